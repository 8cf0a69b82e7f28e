// SPDX-License-Identifier: GPL-2.0-only
/*
 * Converts one piece of contiguous memory to shared and back, between marks: by
 * snp_guest.ko's interface, or by the kernel's own.
 *
 *   mib=N		how much (default 1024)
 *   only_4k=1		entries of 4 KiB.  The kernel's functions choose the size
 *			themselves: they get pieces of 1 MiB then
 *   kernel=1		set_memory_decrypted() and set_memory_encrypted()
 *
 * Loading does the work, and fails always, so that nothing has to be unloaded:
 * -ECANCELED when all went well.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>

#include <snp/guest.h>

#include "../../softsnp/mark.h"

#define PAGES_2M	(SZ_2M >> PAGE_SHIFT)
#define PAGES_1M	(SZ_1M >> PAGE_SHIFT)

static unsigned int mib = 1024;
module_param(mib, uint, 0444);
static bool only_4k;
module_param(only_4k, bool, 0444);
static bool kernel;
module_param(kernel, bool, 0444);

/* The block before the memory is the guard that snp_guest.ko asks for. */
static unsigned long find_memory(unsigned long nr_pages)
{
	unsigned long pfn = ALIGN(node_start_pfn(0), PAGES_2M);

	for (; pfn + PAGES_2M + nr_pages <= node_end_pfn(0); pfn += PAGES_2M)
		if (!alloc_contig_range(pfn, pfn + PAGES_2M + nr_pages, ACR_FLAGS_NONE,
					GFP_KERNEL | __GFP_NOWARN))
			return pfn + PAGES_2M;
	return 0;
}

static int by_kernel(unsigned long pfn, unsigned long nr_pages, bool shared)
{
	unsigned long step = only_4k ? PAGES_1M : nr_pages, at;
	int rc = 0;

	for (at = 0; at < nr_pages && !rc; at += step) {
		unsigned long va = (unsigned long)page_address(pfn_to_page(pfn + at));

		rc = shared ? set_memory_decrypted(va, step) : set_memory_encrypted(va, step);
	}
	return rc;
}

static int by_snp_guest(unsigned long pfn, unsigned long nr_pages, bool shared)
{
	const struct snp_guest_range range = { .pfn = pfn, .nr_pages = nr_pages };
	unsigned int flags = only_4k ? SNP_GUEST_CONVERT_4K : 0;
	struct snp_guest_convert_stats stats = {};

	return shared ? snp_guest_share_ranges(&range, 1, flags, &stats) :
			snp_guest_unshare_ranges(&range, 1, flags, &stats);
}

static int convert(unsigned long pfn, unsigned long nr_pages, bool shared)
{
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "%s/%s-%s", kernel ? "kernel" : "snp_guest",
		 shared ? "share" : "unshare", only_4k ? "4k" : "2m");
	softsnp_mark_begin(name);
	rc = kernel ? by_kernel(pfn, nr_pages, shared) : by_snp_guest(pfn, nr_pages, shared);
	softsnp_mark_end(name);
	if (rc)
		pr_err("%s: %d\n", name, rc);
	return rc;
}

static int __init snp_bench_init(void)
{
	unsigned long nr_pages = (unsigned long)mib * PAGES_1M, pfn;
	int rc, back;

	if (!mib || mib % 2)
		return -EINVAL;
	pfn = find_memory(nr_pages);
	if (!pfn) {
		pr_err("no %u MiB of contiguous memory\n", mib);
		return -ENOMEM;
	}
	rc = convert(pfn, nr_pages, true);
	back = rc ? 0 : convert(pfn, nr_pages, false);
	/* After a failure nothing is known: such memory is not given back. */
	if (!rc && !back)
		free_contig_range(pfn - PAGES_2M, PAGES_2M + nr_pages);
	return rc ?: back ?: -ECANCELED;
}

static void __exit snp_bench_exit(void)
{
}

module_init(snp_bench_init);
module_exit(snp_bench_exit);
MODULE_DESCRIPTION("Converts memory to shared and back between marks (test)");
MODULE_LICENSE("GPL");
