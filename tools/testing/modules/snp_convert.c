// SPDX-License-Identifier: GPL-2.0-only
/*
 * Converts memory to shared and back, and prints what it took: by snp_guest's
 * interface, or by the kernel's own for comparison.
 *
 *   mib=N	how much (default 64)
 *   only_4k=1	4 KiB entries only
 *   skip=N	begin N pages behind a 2 MiB boundary, end as many before one
 *   kernel=1	set_memory_decrypted() and set_memory_encrypted() instead
 *
 * In between it stores to the first and the last page of every range through a
 * shared mapping, and afterwards it looks whether every page is zero.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/cacheflush.h>
#include <asm/coco.h>

#include <snp/guest.h>

#define BLOCK_ORDER	10
#define BLOCK_PAGES	BIT(BLOCK_ORDER)
#define SPARE_BLOCKS	8
#define MAX_RANGES	64
#define PAGES_2M	512
#define PAGES_MIB	256

static unsigned int mib = 64;
module_param(mib, uint, 0444);
static bool only_4k;
module_param(only_4k, bool, 0444);
static unsigned int skip;
module_param(skip, uint, 0444);
static bool kernel;
module_param(kernel, bool, 0444);

static unsigned long *blocks;	/* first frames */
static unsigned int nr_blocks;
static struct snp_guest_range ranges[MAX_RANGES];
static unsigned int nr_ranges;

static int compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static int get_blocks(void)
{
	unsigned int want = mib * PAGES_MIB / BLOCK_PAGES + SPARE_BLOCKS;
	struct page *page;

	blocks = kvcalloc(want, sizeof(*blocks), GFP_KERNEL);
	if (!blocks)
		return -ENOMEM;
	for (; nr_blocks < want; nr_blocks++) {
		page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, BLOCK_ORDER);
		if (!page)
			break;
		split_page(page, BLOCK_ORDER);
		blocks[nr_blocks] = page_to_pfn(page);
	}
	sort(blocks, nr_blocks, sizeof(*blocks), compare, NULL);
	return 0;
}

static void put_blocks(void)
{
	unsigned long i;

	while (nr_blocks--)
		for (i = 0; i < BLOCK_PAGES; i++)
			__free_page(pfn_to_page(blocks[nr_blocks] + i));
	kvfree(blocks);
}

/* Runs of adjacent blocks; the first 2 MiB of each hold the guard. */
static int make_ranges(void)
{
	unsigned long left = (unsigned long)mib * PAGES_MIB, pages;
	unsigned int i = 0;

	while (i < nr_blocks && left && nr_ranges < MAX_RANGES) {
		struct snp_guest_range *r = &ranges[nr_ranges++];

		r->pfn = blocks[i] + PAGES_2M;
		pages = BLOCK_PAGES - PAGES_2M;
		while (++i < nr_blocks && blocks[i] == blocks[i - 1] + BLOCK_PAGES)
			pages += BLOCK_PAGES;
		r->nr_pages = min(pages, left);
		left -= r->nr_pages;
		r->pfn += skip;
		r->nr_pages -= 2 * skip;
	}
	return left ? -ENOMEM : 0;
}

static void print(const char *what, int rc, const struct snp_guest_convert_stats *s)
{
	pr_info("%s rc=%d exits=%llu resumed=%llu entries_2m=%llu entries_4k=%llu pvalidates_2m=%llu pvalidates_4k=%llu size_mismatches=%llu lost_pages=%llu\n",
		what, rc, s->exits, s->resumed, s->entries_2m, s->entries_4k, s->pvalidates_2m,
		s->pvalidates_4k, s->size_mismatches, s->lost_pages);
}

static int convert(bool shared)
{
	unsigned int flags = only_4k ? SNP_GUEST_CONVERT_4K : 0, i;
	struct snp_guest_convert_stats stats = {};
	int rc = 0;

	if (!kernel) {
		rc = shared ? snp_guest_share_ranges(ranges, nr_ranges, flags, &stats) :
			      snp_guest_unshare_ranges(ranges, nr_ranges, flags, &stats);
		print(shared ? "share" : "unshare", rc, &stats);
		return rc;
	}
	for (i = 0; i < nr_ranges && !rc; i++) {
		unsigned long va = (unsigned long)page_address(pfn_to_page(ranges[i].pfn));

		rc = shared ? set_memory_decrypted(va, ranges[i].nr_pages) :
			      set_memory_encrypted(va, ranges[i].nr_pages);
	}
	pr_info("kernel %s rc=%d\n", shared ? "share" : "unshare", rc);
	return rc;
}

static int store_shared(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	u64 *map = vmap(&page, 1, VM_MAP, pgprot_decrypted(PAGE_KERNEL));

	if (!map)
		return -ENOMEM;
	memset64(map, pfn, PAGE_SIZE / sizeof(u64));
	clflush_cache_range(map, PAGE_SIZE);
	vunmap(map);
	return 0;
}

static int use(void)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < nr_ranges && !rc; i++)
		rc = store_shared(ranges[i].pfn) ?:
		     store_shared(ranges[i].pfn + ranges[i].nr_pages - 1);
	vm_unmap_aliases();
	return rc;
}

static unsigned long count_dirty(void)
{
	unsigned long n = 0, p;
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		for (p = 0; p < ranges[i].nr_pages; p++)
			n += !!memchr_inv(page_address(pfn_to_page(ranges[i].pfn + p)), 0,
					  PAGE_SIZE);
	return n;
}

static int __init snp_convert_init(void)
{
	int rc, back;

	if (!mib || mib % 2 || skip >= PAGES_2M / 2)
		return -EINVAL;
	rc = get_blocks() ?: make_ranges();
	if (rc) {
		pr_err("no %u MiB in large blocks\n", mib);
		goto out;
	}
	rc = convert(true);
	if (rc)
		goto out;
	rc = use();
	back = convert(false);
	rc = rc ?: back;
	if (!rc)
		pr_info("done mib=%u ranges=%u dirty_pages=%lu\n", mib, nr_ranges,
			kernel ? 0 : count_dirty());
out:
	put_blocks();
	return rc;
}

static void __exit snp_convert_exit(void)
{
}

module_init(snp_convert_init);
module_exit(snp_convert_exit);
MODULE_DESCRIPTION("Converts memory to shared and back, and counts (test)");
MODULE_LICENSE("GPL");
