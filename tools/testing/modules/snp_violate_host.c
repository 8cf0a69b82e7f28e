// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks the RMP rules of a host twice, on purpose: stores to a page that is
 * assigned, and over the end of the page in front of it, which is not.  On
 * hardware that is a page fault with the RMP bit; SoftSNP's access checker has
 * to name it.  Needs SNP enabled on this CPU (snp_host).
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <arch-x86/insn.h>
#include <snp/rmp.h>

static int __init snp_violate_host_init(void)
{
	struct snp_rmp_state reclaim = { .assigned = 1 };
	struct snp_rmp_state hypervisor = {};
	unsigned long pages, page;
	u32 rc;

	/* Zeroed: the checker has seen both, and has to look again. */
	pages = __get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	if (!pages)
		return -ENOMEM;
	page = pages + PAGE_SIZE;
	rc = insn_rmpupdate(virt_to_phys((void *)page), &reclaim);
	if (rc) {
		free_pages(pages, 1);
		pr_err("RMPUPDATE failed with code %u\n", rc);
		return -EIO;
	}
	WRITE_ONCE(*(u32 *)(page + 64), 0xdeadbeef);
	WRITE_ONCE(*(u32 *)pages, 0xdeadbeef);
	WRITE_ONCE(*(u64 *)(page - 4), 0xdeadbeef);
	rc = insn_rmpupdate(virt_to_phys((void *)page), &hypervisor);
	if (!rc)
		free_pages(pages, 1);
	return rc ? -EIO : 0;
}

static void __exit snp_violate_host_exit(void)
{
}

module_init(snp_violate_host_init);
module_exit(snp_violate_host_exit);
MODULE_DESCRIPTION("Stores to a page that the RMP does not give to the host (test)");
MODULE_LICENSE("GPL");
