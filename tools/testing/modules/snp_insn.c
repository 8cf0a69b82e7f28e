// SPDX-License-Identifier: GPL-2.0-only
/*
 * PVALIDATE, RMPADJUST and RMPQUERY on 4 KiB and 2 MiB pages of this guest: the
 * code and the carry flag of each case (APM volume 3, 24594).  Prints TAP.
 *
 * Under an SVSM, what changes for a VMPL other than 0.
 *
 * Only on memory that the module has allocated, and left as it was.  A page
 * that is not this guest's would end in a nested page fault, so that is not
 * tried.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include <asm/coco.h>

#include <arch-x86/insn.h>
#include <snp/guest.h>

#define ORDER		10
#define PAGES_2M	512
#define ATTRS(vmpl, perms, vmsa) ((vmpl) | (u64)(perms) << 8 | (u64)(vmsa) << 16)

static unsigned int tests, failed;

static void check(const char *what, bool good, unsigned int code, unsigned int more)
{
	tests++;
	failed += !good;
	pr_info("%sok %u %s (code %u, %u)\n", good ? "" : "not ", tests, what, code, more);
}

static void pvalidate(const char *what, void *at, bool size_2m, bool validate, unsigned int code,
		      bool carry)
{
	bool unchanged = false;
	unsigned int got = insn_pvalidate(at, size_2m, validate, &unchanged);

	check(what, got == code && unchanged == carry, got, unchanged);
}

static void rmpadjust(const char *what, void *at, bool size_2m, u64 attrs, unsigned int code)
{
	unsigned int got = insn_rmpadjust(at, size_2m, attrs);

	check(what, got == code, got, 0);
}

static void rmpquery(const char *what, void *at, u64 attrs, unsigned int code, u64 want, bool large)
{
	bool size_2m = false;
	unsigned int got = insn_rmpquery(at, &attrs, &size_2m);

	check(what, got == code && (code || (attrs == want && size_2m == large)), got,
	      (unsigned int)(attrs >> 8) | size_2m << 31);
}

/* @page is validated, and its 2 MiB have 4 KiB entries. */
static void small_pages(void *page, void *aligned)
{
	pvalidate("validate_of_a_validated_page_sets_carry", page, false, true, 0, true);
	pvalidate("rescind_changes", page, false, false, 0, false);
	pvalidate("rescind_of_an_invalid_page_sets_carry", page, false, false, 0, true);
	pvalidate("validate_changes", page, false, true, 0, false);
	memset(page, 0, PAGE_SIZE);
	pvalidate("2m_on_4k_entries_is_a_size_mismatch", aligned, true, true,
		  SNP_PVALIDATE_FAIL_SIZEMISMATCH, false);
	pvalidate("2m_rescind_on_4k_entries_is_a_size_mismatch", aligned, true, false,
		  SNP_PVALIDATE_FAIL_SIZEMISMATCH, false);
	pvalidate("2m_at_an_unaligned_address_is_bad_input", aligned + PAGE_SIZE, true, true,
		  SNP_PVALIDATE_FAIL_INPUT, false);

	rmpadjust("adjust_of_the_own_vmpl_is_not_permitted", page, false, ATTRS(0, 0, 0),
		  SNP_RMPADJUST_FAIL_PERMISSION);
	rmpadjust("adjust_of_vmpl_4_is_bad_input", page, false, ATTRS(4, 0, 0),
		  SNP_RMPADJUST_FAIL_INPUT);
	rmpadjust("adjust_with_reserved_bits_is_bad_input", page, false, BIT_ULL(17) | 1,
		  SNP_RMPADJUST_FAIL_INPUT);
	rmpadjust("adjust_with_reserved_permissions_is_bad_input", page, false,
		  ATTRS(1, 0x20, 0), SNP_RMPADJUST_FAIL_INPUT);
	rmpadjust("adjust_2m_on_4k_entries_is_a_size_mismatch", aligned, true, ATTRS(1, 0, 0),
		  SNP_RMPADJUST_FAIL_SIZEMISMATCH);
	rmpadjust("adjust_2m_at_an_unaligned_address_is_bad_input", aligned + PAGE_SIZE, true,
		  ATTRS(1, 0, 0), SNP_RMPADJUST_FAIL_INPUT);
	rmpadjust("adjust_2m_to_a_vmsa_is_bad_input", aligned, true, ATTRS(1, 0, 1),
		  SNP_RMPADJUST_FAIL_INPUT);
	rmpadjust("adjust_gives_permissions", page, false, ATTRS(1, 7, 0), 0);
	rmpquery("query_tells_them", page, 1, 0, ATTRS(1, 7, 0), false);
	rmpquery("query_tells_those_of_another_vmpl", page, 2, 0, ATTRS(2, 0, 0), false);
	rmpquery("query_of_vmpl_4_is_bad_input", page, 4, SNP_RMPQUERY_FAIL_INPUT, 0, false);
	pvalidate("rescind_again", page, false, false, 0, false);
	pvalidate("validate_again", page, false, true, 0, false);
	memset(page, 0, PAGE_SIZE);
	rmpadjust("adjust_takes_permissions", page, false, ATTRS(1, 0, 0), 0);
	rmpquery("query_tells_that", page, 1, 0, ATTRS(1, 0, 0), false);
}

/* 2 MiB that are validated, with a 2 MiB entry. */
static void large_page(void *aligned)
{
	pvalidate("2m_validate_of_validated_ones_sets_carry", aligned, true, true, 0, true);
	pvalidate("2m_rescind_changes", aligned, true, false, 0, false);
	pvalidate("2m_rescind_of_invalid_ones_sets_carry", aligned, true, false, 0, true);
	pvalidate("2m_validate_changes", aligned, true, true, 0, false);
	memset(aligned, 0, PAGES_2M * PAGE_SIZE);
	rmpadjust("adjust_2m_gives_permissions", aligned, true, ATTRS(2, 1, 0), 0);
	rmpquery("query_inside_a_2m_page_tells_them", aligned + 5 * PAGE_SIZE, 2, 0,
		 ATTRS(2, 1, 0), true);
	rmpadjust("adjust_2m_takes_permissions", aligned, true, ATTRS(2, 0, 0), 0);
	/* The hypervisor splits the page, and nobody notices. */
	pvalidate("4k_inside_a_2m_page_sets_carry", aligned + 5 * PAGE_SIZE, false, true, 0, true);
	pvalidate("2m_is_a_size_mismatch_afterwards", aligned, true, true,
		  SNP_PVALIDATE_FAIL_SIZEMISMATCH, false);
	rmpquery("query_tells_4k_afterwards", aligned + 5 * PAGE_SIZE, 2, 0, ATTRS(2, 0, 0), false);
}

/* U: what hardware answers; it must not be done. */
static void shared_mapping(struct page *page)
{
	void *map = vmap(&page, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));

	if (!map) {
		check("shared_mapping", false, 0, 0);
		return;
	}
	pvalidate("shared_mapping_is_bad_input", map, false, true, SNP_PVALIDATE_FAIL_INPUT, false);
	vunmap(map);
}

/* Under an SVSM: @at is validated, and the guest's VMPL may do all with it. */
static void below_vmpl0(void *at, unsigned int own)
{
	/* U: the code; that nothing changes is certain. */
	pvalidate("validate_below_vmpl0", at, false, true, SNP_PVALIDATE_FAIL_PERMISSION, false);
	pvalidate("rescind_below_vmpl0", at, false, false, SNP_PVALIDATE_FAIL_PERMISSION, false);
	WRITE_ONCE(*(u64 *)at, 1);
	check("page_is_still_valid", READ_ONCE(*(u64 *)at) == 1, 0, 0);
	rmpadjust("own_vmpl_cannot_be_adjusted", at, false, ATTRS(own, 0, 0),
		  SNP_RMPADJUST_FAIL_PERMISSION);
	rmpadjust("vmpl0_cannot_be_adjusted", at, false, ATTRS(0, 0, 0),
		  SNP_RMPADJUST_FAIL_PERMISSION);
	rmpquery("own_permissions_are_told", at, own, 0, ATTRS(own, 0xf, 0), false);
	rmpquery("those_of_vmpl0_are_not", at, 0, SNP_RMPQUERY_FAIL_PERMISSION, 0, false);
	if (own == 3)
		return;
	/* Below VMPL0 the VMSA bit does nothing. */
	rmpadjust("higher_vmpl_is_adjusted", at, false, ATTRS(3, 1, 1), 0);
	rmpquery("and_has_no_vmsa", at, 3, 0, ATTRS(3, 1, 0), false);
	rmpadjust("more_than_own_is_refused", at, false, ATTRS(3, 0x11, 0),
		  SNP_RMPADJUST_FAIL_PERMISSION);
	rmpadjust("higher_vmpl_is_left_alone", at, false, ATTRS(3, 0, 0), 0);
}

static int __init snp_insn_init(void)
{
	struct page *block = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	struct snp_guest_range range;
	void *aligned;
	int rc, i;

	if (!block)
		return -ENOMEM;
	split_page(block, ORDER);
	aligned = page_address(block + PAGES_2M);
	range = (struct snp_guest_range){ page_to_pfn(block + PAGES_2M), PAGES_2M };

	/* There and back: 4 KiB entries, then one of 2 MiB. */
	rc = snp_guest_share_ranges(&range, 1, SNP_GUEST_CONVERT_4K, NULL) ?:
	     snp_guest_unshare_ranges(&range, 1, SNP_GUEST_CONVERT_4K, NULL);
	check("convert_to_4k", !rc, 0, 0);
	if (!rc && snp_guest_vmpl()) {
		below_vmpl0(aligned + 3 * PAGE_SIZE, snp_guest_vmpl());
	} else if (!rc) {
		small_pages(aligned + 3 * PAGE_SIZE, aligned);
		shared_mapping(block + PAGES_2M + 3);
		rc = snp_guest_share_ranges(&range, 1, 0, NULL) ?:
		     snp_guest_unshare_ranges(&range, 1, 0, NULL);
		check("convert_to_2m", !rc, 0, 0);
	}
	if (!rc && !snp_guest_vmpl())
		large_page(aligned);
	pr_info("1..%u\n", tests);
	for (i = 0; i < 1 << ORDER; i++)
		__free_page(block + i);
	return failed ? -EIO : 0;
}

static void __exit snp_insn_exit(void)
{
}

module_init(snp_insn_init);
module_exit(snp_insn_exit);
MODULE_DESCRIPTION("Codes and flags of PVALIDATE, RMPADJUST and RMPQUERY (test)");
MODULE_LICENSE("GPL");
