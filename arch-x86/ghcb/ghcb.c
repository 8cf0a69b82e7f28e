// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits to the hypervisor from a module: MSR protocol and NAE events (GHCB
 * specification, 56421; APM volume 2, 24593, chapter 15.35).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": ghcb: " fmt

#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/percpu.h>
#include <linux/pfn.h>
#include <linux/set_memory.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/coco.h>
#include <asm/msr.h>
#include <asm/nmi.h>
#include <asm/pgtable.h>
#include <asm/processor.h>

#include <arch-x86/insn.h>
#include <drivers/sev-guest/trace.h>
#include <snp/ghcb.h>
#include <snp/rmp.h>

#include "ghcb.h"
#include "msr_codec.h"
#include "result.h"

/**
 * DOC: Borrowed GHCB
 *
 * The hypervisor keeps one registered GHCB for each vCPU, and the kernel owns
 * it: a module that registered another one would take away the page that the
 * kernel's #VC handler needs for its next exit.  So this module borrows the
 * kernel's page, one exit at a time:
 *
 * 1. Interrupts are off from the first read to the last write.  The caller is
 *    never a #VC handler, and a #VC handler runs to its end before anything
 *    else runs on its CPU; so the kernel is not using the page now.
 * 2. The page is found through the GHCB MSR, after a port access that made
 *    the kernel exit through the page (a CPUID would not do: the kernel
 *    answers most leaves from its own table).  The hypervisor can put any
 *    number into that MSR.  It is therefore only believed when it names memory
 *    that the kernel's direct map has as *shared*, and that the page allocator
 *    never had, so that nobody can free it and make it private under this
 *    module's feet: then the worst that a lie can hit is memory which the
 *    hypervisor may write anyway, for as long as the kernel runs.
 * 3. Content and MSR are saved, the request is filled in, the MSR is written,
 *    VMGEXIT, the answer is copied out once, content and MSR are put back.
 *    Every decision is taken on the copy.  Content is what the call changes:
 *    the fields up to the valid bitmap, the part of the shared buffer that the
 *    request takes, version and usage.
 * 4. Nothing in between may cause a #VC: no CPUID, no intercepted MSR, no
 *    port access.
 *
 * NMIs cannot be shut out, and the kernel's NMI code exits through this very
 * page (NMI complete).  It does not see that the page is in use; the request
 * or the answer is lost then.  An NMI handler counts on each CPU, and a call
 * during which the count moved answers -EAGAIN: it is not known whether the
 * hypervisor acted on the request.  The caller decides whether asking again
 * is safe.
 *
 * Only NMIs are counted.  With vc=off a #MC or #DB that the hypervisor injects
 * in between can touch the page as well, and the call is not marked as spoilt.
 */

/* A port that has no side effect on read, and that every hypervisor intercepts. */
#define GHCB_PROVOKE_PORT	0x80
/* Queries that change nothing are asked again after an NMI, so many times. */
#define GHCB_MSR_TRIES		8

/**
 * struct ghcb_cpu - what is known on one CPU
 * @page: the kernel's GHCB of this CPU in the direct map, NULL until found
 * @gpa: its guest physical address
 * @nmis: counts NMIs on this CPU
 * @saved: content of the page while it is borrowed, as far as the call changes it
 */
struct ghcb_cpu {
	struct snp_ghcb	*page;
	u64		gpa;
	unsigned long	nmis;
	struct snp_ghcb	saved;
};

static struct ghcb_cpu __percpu *ghcb_cpus;

static u64 ghcb_msr_read(void)
{
	u32 lo, hi;

	native_rdmsr(SNP_MSR_GHCB, lo, hi);
	return (u64)hi << 32 | lo;
}

static void ghcb_msr_write(u64 value)
{
	native_wrmsr(SNP_MSR_GHCB, (u32)value, (u32)(value >> 32));
}

static int ghcb_nmi(unsigned int type, struct pt_regs *regs)
{
	struct ghcb_cpu *cpu = this_cpu_ptr(ghcb_cpus);

	WRITE_ONCE(cpu->nmis, cpu->nmis + 1);
	return NMI_DONE;
}

/* Is this memory from boot time, and does the kernel itself treat it as shared? */
static bool ghcb_is_shared(u64 gpa)
{
	unsigned int level;
	pte_t *pte;

	if (!pfn_valid(PHYS_PFN(gpa)) || !PageReserved(pfn_to_page(PHYS_PFN(gpa))))
		return false;
	pte = lookup_address((unsigned long)__va(gpa), &level);
	if (!pte || !pte_present(*pte))
		return false;
	return cc_mkdec(pte_val(*pte)) == pte_val(*pte);
}

/* Interrupts are off. */
static int ghcb_find(struct ghcb_cpu *cpu)
{
	u64 msr, gpa;

	lockdep_assert_irqs_disabled();
	if (cpu->page)
		return 0;

	inb(GHCB_PROVOKE_PORT);
	msr = ghcb_msr_read();
	if (!ghcb_msr_to_gpa(msr, boot_cpu_data.x86_phys_bits, &gpa) || !ghcb_is_shared(gpa)) {
		pr_err_ratelimited("CPU %d: MSR 0x%x is 0x%llx, which is no shared page of this kernel; the hypervisor lies, or this kernel keeps no GHCB page\n",
				   smp_processor_id(), SNP_MSR_GHCB, msr);
		return -ENODEV;
	}
	cpu->gpa = gpa;
	cpu->page = __va(gpa);
	return 0;
}

static void ghcb_find_here(void *failed)
{
	if (ghcb_find(this_cpu_ptr(ghcb_cpus)))
		atomic_inc(failed);
}

/**
 * ghcb_locate() - the kernel's GHCB of this CPU, for code that handles #VC itself
 * @page: in the direct map
 * @gpa: guest physical address
 *
 * Context: interrupts off, on the CPU in question, while #VC is the kernel's;
 *	after ghcb_init() has begun.
 * Return: 0; -ENODEV when there is none, and the reason is in the log.
 */
int ghcb_locate(struct snp_ghcb **page, u64 *gpa)
{
	struct ghcb_cpu *cpu = this_cpu_ptr(ghcb_cpus);
	int rc;

	rc = ghcb_find(cpu);
	if (rc)
		return rc;
	*page = cpu->page;
	*gpa = cpu->gpa;
	return 0;
}

/* What a call with @len bytes in the shared buffer changes. */
static void ghcb_copy(struct snp_ghcb *to, const struct snp_ghcb *from, size_t len)
{
	memcpy(to, from, offsetofend(struct snp_ghcb, valid_bitmap));
	if (len)
		memcpy(to->shared_buffer, from->shared_buffer, len);
	to->protocol_version = from->protocol_version;
	to->usage = from->usage;
}

static void ghcb_set_valid(struct snp_ghcb *page, unsigned int bit)
{
	page->valid_bitmap[bit / 8] |= BIT(bit % 8);
}

static void ghcb_fill(struct ghcb_cpu *cpu, const struct ghcb_call *call)
{
	struct snp_ghcb *page = cpu->page;

	page->sw_exit_code = 0;
	memset(page->valid_bitmap, 0, sizeof(page->valid_bitmap));
	if (call->buf) {
		memcpy(page->shared_buffer, call->buf, call->len);
		page->sw_scratch = cpu->gpa + offsetof(struct snp_ghcb, shared_buffer);
		ghcb_set_valid(page, SNP_GHCB_VALID_BIT(sw_scratch));
	}
	if (call->with_regs) {
		page->rax = call->rax;
		page->rbx = call->rbx;
		ghcb_set_valid(page, SNP_GHCB_VALID_BIT(rax));
		ghcb_set_valid(page, SNP_GHCB_VALID_BIT(rbx));
	}
	page->protocol_version = GHCB_PROTOCOL_SNP;
	page->usage = 0;
	page->sw_exit_code = call->code;
	page->sw_exit_info_1 = call->info1;
	page->sw_exit_info_2 = call->info2;
	ghcb_set_valid(page, SNP_GHCB_VALID_BIT(sw_exit_code));
	ghcb_set_valid(page, SNP_GHCB_VALID_BIT(sw_exit_info_1));
	ghcb_set_valid(page, SNP_GHCB_VALID_BIT(sw_exit_info_2));
}

static bool ghcb_is_valid(const struct snp_ghcb *page, unsigned int bit)
{
	return READ_ONCE(page->valid_bitmap[bit / 8]) & BIT(bit % 8);
}

/**
 * ghcb_call() - one exit through the GHCB page of this CPU
 * @call: request, and on success the answer
 *
 * @call->buf is written with what the hypervisor left in the shared buffer:
 * hostile, but stable.  So is @call->rbx.
 *
 * Context: process context, any CPU; not from a #VC handler or an NMI.
 *	Interrupts are off during the exit.
 * Return: 0 when the hypervisor did it; -EAGAIN when an NMI spoilt the exit
 *	and nothing is known; -ENODEV when this CPU's GHCB cannot be found (the
 *	hypervisor was not called); -EINVAL for a buffer that is too long; -EIO
 *	when the hypervisor refused or broke the protocol.
 */
int ghcb_call(struct ghcb_call *call)
{
	size_t len = call->buf ? call->len : 0;
	enum ghcb_outcome outcome;
	struct ghcb_cpu *cpu;
	unsigned long flags, nmis;
	u64 msr, info1, info2, rbx = 0;
	bool spoilt;
	int rc;

	if (len > sizeof_field(struct snp_ghcb, shared_buffer))
		return -EINVAL;

	local_irq_save(flags);
	cpu = this_cpu_ptr(ghcb_cpus);
	rc = ghcb_find(cpu);
	if (rc) {
		local_irq_restore(flags);
		return rc;
	}

	nmis = READ_ONCE(cpu->nmis);
	msr = ghcb_msr_read();
	ghcb_copy(&cpu->saved, cpu->page, len);
	ghcb_fill(cpu, call);

	ghcb_msr_write(cpu->gpa);
	insn_vmgexit();

	info1 = READ_ONCE(cpu->page->sw_exit_info_1);
	info2 = READ_ONCE(cpu->page->sw_exit_info_2);
	if (call->with_regs && ghcb_is_valid(cpu->page, SNP_GHCB_VALID_BIT(rbx)))
		rbx = READ_ONCE(cpu->page->rbx);
	if (call->buf)
		memcpy(call->buf, cpu->page->shared_buffer, call->len);

	ghcb_copy(cpu->page, &cpu->saved, len);
	ghcb_msr_write(msr);
	spoilt = READ_ONCE(cpu->nmis) != nmis;
	local_irq_restore(flags);

	outcome = ghcb_outcome(info1, info2);
	rc = spoilt ? -EAGAIN : outcome == GHCB_DONE ? 0 : -EIO;
	trace_snp_guest_vmgexit(call->code, call->info1, call->info2, rc, info1, info2);
	if (spoilt)
		return rc;
	if (rc) {
		pr_err_ratelimited("exit 0x%llx: %s (SW_EXITINFO1 0x%llx, SW_EXITINFO2 0x%llx)\n",
				   call->code, ghcb_outcome_text(outcome), info1, info2);
		return rc;
	}
	call->info2 = info2;
	call->rbx = rbx;
	return 0;
}

/**
 * ghcb_msr_call() - one request of the MSR protocol
 * @request: value for the GHCB MSR; a query, which changes nothing
 * @response: value of the MSR afterwards, with the right response code
 *
 * Context: as ghcb_call().
 * Return: 0; -EOPNOTSUPP when the hypervisor does not know the request; -EIO
 *	when it answered something else; -EAGAIN when NMIs spoilt every try.
 */
int ghcb_msr_call(u64 request, u64 *response)
{
	unsigned long flags, nmis;
	struct ghcb_cpu *cpu;
	u64 msr, answer;
	bool spoilt;
	int tries;

	for (tries = 0; tries < GHCB_MSR_TRIES; tries++) {
		local_irq_save(flags);
		cpu = this_cpu_ptr(ghcb_cpus);
		nmis = READ_ONCE(cpu->nmis);
		msr = ghcb_msr_read();
		ghcb_msr_write(request);
		insn_vmgexit();
		answer = ghcb_msr_read();
		ghcb_msr_write(msr);
		spoilt = READ_ONCE(cpu->nmis) != nmis;
		local_irq_restore(flags);

		trace_snp_guest_msr_exit(request, answer, spoilt ? -EAGAIN : 0);
		if (spoilt)
			continue;
		if (answer == request)
			return -EOPNOTSUPP;
		if (!ghcb_msr_answers(request, answer)) {
			pr_err("MSR request 0x%llx: answer 0x%llx has the wrong code\n",
			       request, answer);
			return -EIO;
		}
		*response = answer;
		return 0;
	}
	return -EAGAIN;
}

/* Each gate says what was found, what is needed, and what to do. */
static int ghcb_check_hypervisor(void)
{
	struct ghcb_sev_info info;
	u64 response, features;
	int rc;

	rc = ghcb_msr_call(SNP_GHCB_MSR_SEV_INFO_REQ, &response);
	if (rc || !ghcb_msr_sev_info(response, &info)) {
		pr_err("the hypervisor does not tell its GHCB protocol versions (%d); update the hypervisor\n",
		       rc);
		return rc ?: -EIO;
	}
	if (!ghcb_msr_speaks(&info, GHCB_PROTOCOL_SNP)) {
		pr_err("the hypervisor speaks GHCB protocol %u to %u, SNP needs %u; update the hypervisor\n",
		       info.min_protocol, info.max_protocol, GHCB_PROTOCOL_SNP);
		return -EPROTONOSUPPORT;
	}

	rc = ghcb_msr_call(SNP_GHCB_MSR_HV_FEATURES_REQ, &response);
	if (rc || !ghcb_msr_hv_features(response, &features)) {
		pr_err("the hypervisor does not tell its features (%d); update the hypervisor\n",
		       rc);
		return rc ?: -EIO;
	}
	if (!(features & SNP_HV_FEATURE_SNP)) {
		pr_err("hypervisor features are 0x%llx, bit 0 (SEV-SNP) is needed; start this VM with SEV-SNP enabled\n",
		       features);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/**
 * ghcb_init() - find the GHCB of every online CPU, check the hypervisor
 *
 * A CPU that comes online later is looked at when it makes its first call.
 *
 * Context: process context, once, in an SNP guest.
 * Return: 0 or a negative errno; the reason is in the log.
 */
int ghcb_init(void)
{
	atomic_t failed = ATOMIC_INIT(0);
	int rc;

	ghcb_cpus = alloc_percpu(struct ghcb_cpu);
	if (!ghcb_cpus)
		return -ENOMEM;
	rc = register_nmi_handler(NMI_LOCAL, ghcb_nmi, 0, KBUILD_MODNAME);
	if (rc)
		goto err_free;

	on_each_cpu(ghcb_find_here, &failed, 1);
	if (atomic_read(&failed)) {
		rc = -ENODEV;
		goto err_nmi;
	}
	rc = ghcb_check_hypervisor();
	if (rc)
		goto err_nmi;
	return 0;

err_nmi:
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
err_free:
	free_percpu(ghcb_cpus);
	return rc;
}

/**
 * ghcb_exit() - the end of ghcb_init()
 *
 * Context: process context; no call is running or can start.
 */
void ghcb_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
	free_percpu(ghcb_cpus);
}
