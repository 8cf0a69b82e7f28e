// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks of shared pages with a mapping of their own (APM volume 2, 24593,
 * chapter 15.36).
 *
 * A block is allocated together with the guard page that convert.c asks for,
 * and goes back to the allocator only as far as its pages are proven private.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": pagestate: " fmt

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/cacheflush.h>
#include <asm/coco.h>
#include <asm/pgtable.h>

#include "convert.h"
#include "pagestate.h"

static struct snp_guest_range pagestate_range(const struct pagestate_shared *shared)
{
	return (struct snp_guest_range){
		.pfn = page_to_pfn(shared->guard) + 1,
		.nr_pages = shared->nr_pages,
	};
}

static int pagestate_map(struct pagestate_shared *shared)
{
	struct page **pages;
	unsigned int i;

	pages = kmalloc_array(shared->nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < shared->nr_pages; i++)
		pages[i] = shared->guard + 1 + i;
	shared->map = vmap(pages, shared->nr_pages, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	kfree(pages);
	return shared->map ? 0 : -ENOMEM;
}

/* nr_pages + 1 pages in one piece, each free-able on its own. */
static struct page *pagestate_alloc(unsigned int nr_pages)
{
	unsigned int i, order = order_base_2(nr_pages + 1);
	struct page *guard;

	guard = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!guard)
		return NULL;
	split_page(guard, order);
	for (i = nr_pages + 1; i < 1U << order; i++)
		__free_page(guard + i);
	return guard;
}

/* Lost pages and their guards have a reference more and stay. */
static void pagestate_free(struct page *guard, unsigned int nr_pages)
{
	unsigned int i;

	for (i = 0; i <= nr_pages; i++)
		__free_page(guard + i);
}

/**
 * pagestate_share() - allocate pages and share them with the hypervisor
 * @shared: the block, filled in
 * @nr_pages: how many pages, 1 to PAGESTATE_MAX_SHARED
 *
 * The pages are zero in the shared mapping, adjacent in guest physical memory.
 *
 * Context: process context, may sleep; any VMPL.
 * Return: 0 or a negative errno, and then nothing is shared.
 */
int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages)
{
	struct snp_guest_range range;
	int rc;

	memset(shared, 0, sizeof(*shared));
	if (!nr_pages || nr_pages > PAGESTATE_MAX_SHARED)
		return -EINVAL;
	shared->guard = pagestate_alloc(nr_pages);
	if (!shared->guard)
		return -ENOMEM;
	shared->nr_pages = nr_pages;
	shared->gpa = page_to_phys(shared->guard + 1);

	range = pagestate_range(shared);
	rc = pagestate_to_shared(&range, 1, 0, NULL);
	if (rc)
		goto err_free;
	rc = pagestate_map(shared);
	if (rc) {
		pagestate_unshare(shared);
		return rc;
	}
	memset(shared->map, 0, nr_pages * PAGE_SIZE);
	return 0;

err_free:
	pagestate_free(shared->guard, nr_pages);
	memset(shared, 0, sizeof(*shared));
	return rc;
}

/**
 * pagestate_unshare() - make shared pages private again and free them
 * @shared: the block; empty afterwards
 *
 * Context: process context, may sleep; nobody uses the mapping any more.
 * Return: 0, or a negative errno when pages had to be leaked.
 */
int pagestate_unshare(struct pagestate_shared *shared)
{
	struct snp_guest_range range;
	int rc;

	if (!shared->guard)
		return 0;
	if (shared->map) {
		/* No shared line may be written back on top of private data. */
		clflush_cache_range(shared->map, shared->nr_pages * PAGE_SIZE);
		vunmap(shared->map);
		/* vunmap() leaves the TLB for later; the next step may not. */
		vm_unmap_aliases();
	}
	range = pagestate_range(shared);
	rc = pagestate_to_private(&range, 1, 0, NULL);
	/* Not even begun: somebody has damaged the record, and nothing may be freed. */
	if (!WARN_ON_ONCE(rc == -EINVAL))
		pagestate_free(shared->guard, shared->nr_pages);
	memset(shared, 0, sizeof(*shared));
	return rc;
}
