// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks the page-state rules once, on purpose: stores through a mapping
 * without the C-bit to a page that is private.  On hardware that is a nested
 * page fault which the hypervisor cannot resolve; SoftSNP's access checker has
 * to name it.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init snp_violate_init(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *shared;

	if (!page)
		return -ENOMEM;
	shared = vmap(&page, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	if (!shared) {
		__free_page(page);
		return -ENOMEM;
	}
	WRITE_ONCE(shared[16], 0xdeadbeef);
	vunmap(shared);
	__free_page(page);
	return 0;
}

static void __exit snp_violate_exit(void)
{
}

module_init(snp_violate_init);
module_exit(snp_violate_exit);
MODULE_DESCRIPTION("Stores to a private page through a shared mapping (test)");
MODULE_LICENSE("GPL");
