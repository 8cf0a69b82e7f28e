// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks the page-state rules twice, on purpose: stores through a mapping
 * without the C-bit to a page that is private, and through one with it over
 * the end of a private page into a shared one.  On hardware each is a nested
 * page fault which the hypervisor cannot resolve; SoftSNP's access checker has
 * to name it.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/vmalloc.h>

static int store_to_private(struct page *page)
{
	u32 *shared = vmap(&page, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));

	if (!shared)
		return -ENOMEM;
	WRITE_ONCE(shared[16], 0xdeadbeef);
	vunmap(shared);
	return 0;
}

static int store_into_shared(struct page **pages)
{
	unsigned long second = (unsigned long)page_address(pages[1]);
	void *both;
	int rc;

	rc = set_memory_decrypted(second, 1);
	if (rc)
		return rc;
	both = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	if (both) {
		/* The checker has seen the first page, and has to look at the second. */
		WRITE_ONCE(*(u32 *)both, 0xdeadbeef);
		WRITE_ONCE(*(u64 *)(both + PAGE_SIZE - 4), 0xdeadbeef);
		vunmap(both);
	}
	rc = set_memory_encrypted(second, 1);
	if (!rc && !both)
		rc = -ENOMEM;
	return rc;
}

static int __init snp_violate_init(void)
{
	struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) };
	int rc = -ENOMEM;

	if (pages[0] && pages[1])
		rc = store_to_private(pages[0]) ?: store_into_shared(pages);
	if (pages[0])
		__free_page(pages[0]);
	/* A page whose state is not known is not given back. */
	if (pages[1] && (!rc || rc == -ENOMEM))
		__free_page(pages[1]);
	return rc;
}

static void __exit snp_violate_exit(void)
{
}

module_init(snp_violate_init);
module_exit(snp_violate_exit);
MODULE_DESCRIPTION("Breaks the page-state rules of a guest (test)");
MODULE_LICENSE("GPL");
