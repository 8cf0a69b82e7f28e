// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of an SVSM (58019) that a driver does not make: what is refused, with
 * which code, and that nothing happens then.  Prints TAP.
 *
 * CPU 1 is taken from the kernel for some of them, and given back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/smp.h>

#include "snp_svsm.h"

static unsigned long svsm_gpa;
module_param_named(svsm, svsm_gpa, ulong, 0);
MODULE_PARM_DESC(svsm, "guest physical address of the SVSM's own memory");

#define ORDER		9
#define BLOCK_2M	(PAGE_SIZE << ORDER)
/* Beyond all RAM. */
#define NO_MEMORY	BIT_ULL(45)
#define ENTRY(at, what)	(__pa(at) | (what))
#define RESCIND		0
#define VALIDATE	SNP_SVSM_PVALIDATE_VALIDATE

static unsigned int tests, failed;
/* 2 MiB of the module's own: pages from here on, a list in the first. */
static u8 *block;
static struct snp_svsm_pvalidate *list;
static struct page *shared;

static void check(const char *what, bool good, u64 got)
{
	tests++;
	failed += !good;
	pr_info("%sok %u %s (%llx)\n", good ? "" : "not ", tests, what, got);
}

static void expect(const char *what, u64 want, u64 got)
{
	check(what, got == want, got);
}

static void call_area_here(void *gpa)
{
	*(u64 *)gpa = call_area();
}

static u8 *page_at(unsigned int n)
{
	return block + n * PAGE_SIZE;
}

static void protocols(void)
{
	u64 rcx = SNP_SVSM_CALL(SNP_SVSM_CORE, 1);

	expect("query_succeeds", SNP_SVSM_SUCCESS, call(CORE(QUERY_PROTOCOL), &rcx, 0, 0));
	expect("core_is_there_in_version_1", 0x100000001, rcx);
	rcx = SNP_SVSM_CALL(SNP_SVSM_CORE, 2);
	expect("query_of_version_2_succeeds", SNP_SVSM_SUCCESS,
	       call(CORE(QUERY_PROTOCOL), &rcx, 0, 0));
	expect("and_says_that_it_is_not_there", 0, rcx);
	expect("protocol_9_is_unsupported", SNP_SVSM_UNSUPPORTED_PROTOCOL,
	       ask(SNP_SVSM_CALL(9, 0), 0, 0, 0));
	expect("core_call_8_is_unsupported", SNP_SVSM_UNSUPPORTED_CALL,
	       ask(SNP_SVSM_CALL(SNP_SVSM_CORE, 8), 0, 0, 0));
	expect("no_deposits", SNP_SVSM_UNSUPPORTED_CALL,
	       ask(CORE(DEPOSIT_MEM), __pa(list), 0, 0));
	expect("no_withdrawals", SNP_SVSM_UNSUPPORTED_CALL,
	       ask(CORE(WITHDRAW_MEM), __pa(list), 0, 0));
	rcx = 1;
	expect("vtom_can_be_asked_for", SNP_SVSM_SUCCESS, call(CORE(CONFIGURE_VTOM), &rcx, 0, 0));
	expect("and_there_is_none", 0, rcx);
	expect("vtom_cannot_be_set", SNP_SVSM_INVALID_REQUEST,
	       ask(CORE(CONFIGURE_VTOM), 0x100000000, 0, 0));

	rcx = SNP_SVSM_CALL(SNP_SVSM_VTPM, 1);
	if (call(CORE(QUERY_PROTOCOL), &rcx, 0, 0) || !rcx)
		return;
	expect("tpm_command_in_the_svsm", SNP_SVSM_INVALID_ADDRESS,
	       ask(SNP_SVSM_CALL(SNP_SVSM_VTPM, SNP_SVSM_VTPM_CMD), svsm_gpa, 0, 0));
	expect("tpm_command_in_shared_memory", SNP_SVSM_INVALID_ADDRESS,
	       ask(SNP_SVSM_CALL(SNP_SVSM_VTPM, SNP_SVSM_VTPM_CMD), page_to_phys(shared), 0, 0));
	expect("tpm_command_across_two_pages", SNP_SVSM_INVALID_PARAMETER,
	       ask(SNP_SVSM_CALL(SNP_SVSM_VTPM, SNP_SVSM_VTPM_CMD), __pa(page_at(1)) + 8, 0, 0));
}

/* A list of one entry. */
static u64 pvalidate(u64 entry)
{
	*list = (struct snp_svsm_pvalidate){ .entries = 1 };
	list->entry[0] = entry;
	return ask(CORE(PVALIDATE), __pa(list), 0, 0);
}

static void pages(void)
{
	u64 *at = (u64 *)page_at(3);

	expect("validate_of_a_valid_page", SNP_SVSM_PVALIDATE_NO_CHANGE,
	       pvalidate(ENTRY(at, VALIDATE)));
	expect("rescind", SNP_SVSM_SUCCESS, pvalidate(ENTRY(at, RESCIND)));
	expect("rescind_again", SNP_SVSM_PVALIDATE_NO_CHANGE, pvalidate(ENTRY(at, RESCIND)));
	expect("rescind_again_regardless", SNP_SVSM_SUCCESS,
	       pvalidate(ENTRY(at, RESCIND | SNP_SVSM_PVALIDATE_IGNORE_CF)));
	expect("validate", SNP_SVSM_SUCCESS, pvalidate(ENTRY(at, VALIDATE)));
	check("page_is_clean", !memchr_inv(at, 0, PAGE_SIZE), READ_ONCE(*at));
	WRITE_ONCE(*at, 1);
	check("and_the_guests", READ_ONCE(*at) == 1, READ_ONCE(*at));
	/* Its 2 MiB have entries of 4 KiB now. */
	expect("validate_2m_of_4k_pages", SNP_SVSM_PVALIDATE_SIZEMISMATCH,
	       pvalidate(ENTRY(block, VALIDATE | SNP_SVSM_PVALIDATE_2M)));
	expect("rescind_2m_of_4k_pages", SNP_SVSM_PVALIDATE_SIZEMISMATCH,
	       pvalidate(ENTRY(block, RESCIND | SNP_SVSM_PVALIDATE_2M)));
	check("which_are_still_there", READ_ONCE(*at) == 1, READ_ONCE(*at));
	expect("2m_that_is_not_aligned", SNP_SVSM_INVALID_PARAMETER,
	       pvalidate(ENTRY(at, VALIDATE | SNP_SVSM_PVALIDATE_2M)));
	expect("size_2", SNP_SVSM_INVALID_PARAMETER, pvalidate(ENTRY(at, VALIDATE | 2)));
	expect("reserved_bit", SNP_SVSM_INVALID_PARAMETER, pvalidate(ENTRY(at, VALIDATE | 0x10)));
	expect("rescind_of_the_svsm", SNP_SVSM_INVALID_ADDRESS, pvalidate(svsm_gpa | RESCIND));
	expect("validate_of_the_svsm", SNP_SVSM_INVALID_ADDRESS, pvalidate(svsm_gpa | VALIDATE));
	expect("2m_around_the_svsm", SNP_SVSM_INVALID_ADDRESS,
	       pvalidate(ALIGN_DOWN(svsm_gpa, BLOCK_2M) | SNP_SVSM_PVALIDATE_2M));
	expect("rescind_of_a_calling_area", SNP_SVSM_INVALID_ADDRESS,
	       pvalidate(call_area() | RESCIND));
	expect("page_that_is_no_memory", SNP_SVSM_INVALID_ADDRESS, pvalidate(NO_MEMORY | VALIDATE));

	*list = (struct snp_svsm_pvalidate){ .entries = 3 };
	list->entry[0] = ENTRY(at, RESCIND);
	list->entry[1] = ENTRY(at, VALIDATE);
	list->entry[2] = ENTRY(at, VALIDATE);
	expect("list_ends_at_an_error", SNP_SVSM_PVALIDATE_NO_CHANGE,
	       ask(CORE(PVALIDATE), __pa(list), 0, 0));
	expect("cursor_names_the_entry", 2, list->next);
	*list = (struct snp_svsm_pvalidate){ .entries = 0 };
	expect("list_without_entries", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(PVALIDATE), __pa(list), 0, 0));
	expect("list_at_an_odd_address", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(PVALIDATE), __pa(list) + 4, 0, 0));
	expect("list_in_the_svsm", SNP_SVSM_INVALID_ADDRESS, ask(CORE(PVALIDATE), svsm_gpa, 0, 0));
	expect("list_in_shared_memory", SNP_SVSM_INVALID_ADDRESS,
	       ask(CORE(PVALIDATE), page_to_phys(shared), 0, 0));
	expect("list_that_is_no_memory", SNP_SVSM_INVALID_ADDRESS,
	       ask(CORE(PVALIDATE), NO_MEMORY, 0, 0));
}

static void areas(void)
{
	struct snp_svsm_ca *old, *new = (struct snp_svsm_ca *)page_at(4);
	u64 other = 0, rcx, response, there, by_old, back;
	unsigned long flags;

	expect("area_at_an_odd_address", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(REMAP_CA), __pa(new) + 8, 0, 0));
	expect("area_in_the_svsm", SNP_SVSM_INVALID_ADDRESS, ask(CORE(REMAP_CA), svsm_gpa, 0, 0));
	expect("area_in_shared_memory", SNP_SVSM_INVALID_ADDRESS,
	       ask(CORE(REMAP_CA), page_to_phys(shared), 0, 0));
	smp_call_function_single(1, call_area_here, &other, 1);
	expect("area_of_another_cpu", SNP_SVSM_INVALID_PARAMETER, ask(CORE(REMAP_CA), other, 0, 0));

	local_irq_save(flags);
	old = __va(call_area());
	rcx = __pa(new);
	there = call_by(old, SNP_GHCB_MSR_RUN_VMPL_REQ, &response, CORE(REMAP_CA), &rcx, 0, 0);
	by_old = call_by(old, SNP_GHCB_MSR_RUN_VMPL_REQ, &response, CORE(QUERY_PROTOCOL), &rcx, 0,
			 0);
	rcx = __pa(old);
	back = call_by(new, SNP_GHCB_MSR_RUN_VMPL_REQ, &response, CORE(REMAP_CA), &rcx, 0, 0);
	local_irq_restore(flags);
	expect("another_area", SNP_SVSM_SUCCESS, there);
	expect("no_call_by_the_old_one", NOT_RUN, by_old);
	expect("and_back", SNP_SVSM_SUCCESS, back);
	expect("same_area", SNP_SVSM_SUCCESS, ask(CORE(REMAP_CA), __pa(old), 0, 0));

	local_irq_save(flags);
	rcx = SNP_SVSM_CALL(SNP_SVSM_CORE, 1);
	by_old = call_by(old, SNP_GHCB_MSR_RUN_VMPL_REQ | 1ULL << 32, &response,
			 CORE(QUERY_PROTOCOL), &rcx, 0, 0);
	local_irq_restore(flags);
	expect("vmpl1_is_not_run", NOT_RUN, by_old);
	check("and_the_hypervisor_says_so",
	      (response & 0xfff) == SNP_GHCB_MSR_RUN_VMPL_RESP && response >> 32, response);
	local_irq_save(flags);
	by_old = call_by(old, SNP_GHCB_MSR_RUN_VMPL_REQ | 1ULL << 40, &response,
			 CORE(QUERY_PROTOCOL), &rcx, 0, 0);
	local_irq_restore(flags);
	expect("reserved_bits_of_the_request", NOT_RUN, by_old);
	check("are_an_error", response >> 32, response);
	expect("vmpl1_is_not_run_by_the_page_either", SNP_GHCB_RESULT_MALFORMED,
	       page_exit(SNP_EXIT_RUN_VMPL, 1, 0, 0));
}

static void vcpus(void)
{
	struct snp_vmsa *vmsa = (struct snp_vmsa *)page_at(5);
	void *ca = page_at(6);
	u64 other = 0;

	fill_vmsa(vmsa);
	smp_call_function_single(1, call_area_here, &other, 1);
	expect("vmsa_at_an_odd_address", SNP_SVSM_INVALID_ADDRESS, create((u8 *)vmsa + 16, ca, 1));
	expect("vmsa_that_is_its_calling_area", SNP_SVSM_INVALID_ADDRESS, create(vmsa, vmsa, 1));
	expect("vmsa_in_the_svsm", SNP_SVSM_INVALID_ADDRESS,
	       ask(CORE(CREATE_VCPU), svsm_gpa, __pa(ca), 1));
	expect("vmsa_in_shared_memory", SNP_SVSM_INVALID_ADDRESS,
	       create(page_address(shared), ca, 1));
	expect("vmsa_in_a_calling_area", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(CREATE_VCPU), call_area(), __pa(ca), 1));
	expect("calling_area_in_the_svsm", SNP_SVSM_INVALID_ADDRESS,
	       ask(CORE(CREATE_VCPU), __pa(vmsa), svsm_gpa, 1));
	expect("calling_area_of_another_cpu", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(CREATE_VCPU), __pa(vmsa), other, 0));
	expect("cpu_that_does_not_exist", SNP_SVSM_INVALID_PARAMETER, create(vmsa, ca, 200));
	expect("apic_id_beyond_32_bits", SNP_SVSM_INVALID_PARAMETER,
	       create(vmsa, ca, 1ULL << 32 | 1));
	vmsa->vmpl = 0;
	expect("vmsa_for_vmpl0", SNP_SVSM_INVALID_PARAMETER, create(vmsa, ca, 1));
	vmsa->vmpl = own_vmpl;
	vmsa->efer = 0;
	expect("vmsa_that_cannot_run", SNP_SVSM_INVALID_PARAMETER, create(vmsa, ca, 1));
	vmsa->efer = EFER_SVME;
	vmsa->sev_features ^= BIT_ULL(5);
	expect("vmsa_with_other_features", SNP_SVSM_INVALID_PARAMETER, create(vmsa, ca, 1));
	vmsa->sev_features ^= BIT_ULL(5);
	expect("vmsa", SNP_SVSM_SUCCESS, create(vmsa, ca, 1));
	check("vmsa_can_be_read", READ_ONCE(vmsa->vmpl) == own_vmpl, vmsa->vmpl);
	expect("vmsa_twice", SNP_SVSM_INVALID_ADDRESS, create(vmsa, ca, 1));
	expect("rescind_of_a_vmsa", SNP_SVSM_INVALID_ADDRESS, pvalidate(ENTRY(vmsa, RESCIND)));
	expect("rescind_of_its_calling_area", SNP_SVSM_INVALID_ADDRESS,
	       pvalidate(ENTRY(ca, RESCIND)));
	expect("area_on_a_vmsa", SNP_SVSM_INVALID_ADDRESS, ask(CORE(REMAP_CA), __pa(vmsa), 0, 0));
	expect("area_of_a_vcpu_that_does_not_run", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(REMAP_CA), __pa(ca), 0, 0));
	expect("start_at_another_vmpl", SNP_GHCB_RESULT_MALFORMED, ap_create(1, vmsa, 0));
	expect("delete_of_no_vmsa", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(DELETE_VCPU), __pa(ca), 0, 0));
	expect("delete_of_the_first_vmsa", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(DELETE_VCPU), 0xfffffffff000, 0, 0));
	expect("delete", SNP_SVSM_SUCCESS, ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0));
	expect("delete_again", SNP_SVSM_INVALID_PARAMETER,
	       ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0));
	check("vmsa_cannot_run_any_more", !(READ_ONCE(vmsa->efer) & EFER_SVME), vmsa->efer);
	WRITE_ONCE(vmsa->efer, 0);
	memset(ca, 0, PAGE_SIZE);
	expect("pages_are_memory_again", SNP_SVSM_PVALIDATE_NO_CHANGE,
	       pvalidate(ENTRY(vmsa, VALIDATE)));
}

/* @made_for: APIC ID that the SVSM is told; CPU 1 runs from the VMSA. */
static void delete_of_a_running_vmsa(u64 made_for)
{
	struct snp_vmsa *vmsa = (struct snp_vmsa *)page_at(7);

	fill_vmsa(vmsa);
	expect("create", SNP_SVSM_SUCCESS, create(vmsa, page_at(8), made_for));
	expect("start", SNP_GHCB_RESULT_OK, ap_create(1, vmsa, own_vmpl));
	expect("delete_of_what_runs", SNP_SVSM_INVALID_REQUEST,
	       ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0));
	/* INIT and SIPI take their time. */
	msleep(100);
	expect("delete_of_what_has_run", SNP_SVSM_INVALID_REQUEST,
	       ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0));
	expect("stop", SNP_GHCB_RESULT_OK, ap_destroy(1));
	expect("delete_of_what_is_stopped", SNP_SVSM_SUCCESS,
	       ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0));
}

static void rules(void)
{
	protocols();
	pages();
	areas();
	vcpus();
	idle_begin();
	if (remove_cpu(1)) {
		check("cpu_can_be_removed", false, 0);
	} else {
		delete_of_a_running_vmsa(1);
		delete_of_a_running_vmsa(0);
		check("cpu_comes_back", !add_cpu(1), 0);
	}
	idle_end();
	pr_info("1..%u\n", tests);
}

static int __init snp_svsm_init(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	u64 here = call_area();

	shared = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!pages || !shared || !here || !svsm_gpa || !own_vmpl || num_online_cpus() < 2)
		return -EINVAL;
	/* Leaked at an error: pages whose state nobody knows. */
	if (set_memory_decrypted((unsigned long)page_address(shared), 1))
		return -EIO;
	block = page_address(pages);
	list = (struct snp_svsm_pvalidate *)block;
	/* Calls and exits come from a CPU that stays. */
	set_cpus_allowed_ptr(current, cpumask_of(0));
	rules();
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	if (!set_memory_encrypted((unsigned long)page_address(shared), 1))
		__free_page(shared);
	__free_pages(pages, ORDER);
	return failed ? -EIO : 0;
}

static void __exit snp_svsm_exit(void)
{
}

module_init(snp_svsm_init);
module_exit(snp_svsm_exit);
MODULE_DESCRIPTION("What an SVSM refuses (test)");
MODULE_LICENSE("GPL");
