// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page conversions and pools of shared pages for other modules (APM volume 2,
 * 24593, chapter 15.36).
 *
 * A module that uses the symbols holds this one, and the symbols are there only
 * while this one is initialised.  The driver cannot be unbound meanwhile, so
 * callers always find the GHCBs.
 */
#include <linux/export.h>

#include <arch-x86/pagestate/convert.h>
#include <arch-x86/pagestate/pool.h>
#include <snp/guest.h>

/**
 * snp_guest_share_ranges() - share pages with the hypervisor
 * @ranges: the pages, upwards and disjoint
 * @nr_ranges: how many ranges
 * @flags: 0 or SNP_GUEST_CONVERT_4K
 * @stats: what it took, or NULL
 *
 * Each page is the caller's, of the direct map, with a reference of its own
 * (alloc_page(), or alloc_pages() and split_page()).  So is the page in front
 * of each range, unless it is shared already: it is a guard, stays private, and
 * holds nothing as long as the range is shared.
 *
 * Afterwards the pages are reached through a mapping with the C-bit clear only
 * (vmap() with pgprot_decrypted()), never through page_address(): that would end
 * the guest.  They hold undefined bytes.  Before they are freed, and in the
 * caller's shutdown callback, they go through snp_guest_unshare_ranges().
 *
 * Context: process context, may sleep.  The same page is not in two conversions
 *	at one time.
 * Return: 0; -EINVAL for pages that cannot be shared, -ENOMEM: nothing was
 *	done.  -EIO when the hypervisor or the processor refused, -EXDEV when
 *	the hypervisor has replaced a page, -ENODEV when the GHCB of this CPU is
 *	not found: no page is shared, and what has been touched is zero.  When
 *	@stats->lost_pages is not zero then, do not touch any of the pages, just
 *	free them: those that are lost have another reference.
 */
int snp_guest_share_ranges(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			   unsigned int flags, struct snp_guest_convert_stats *stats)
{
	return pagestate_to_shared(ranges, nr_ranges, flags, stats);
}
EXPORT_SYMBOL_GPL(snp_guest_share_ranges);

/**
 * snp_guest_unshare_ranges() - make shared pages private again
 * @ranges: pages that are shared, upwards and disjoint
 * @nr_ranges: how many ranges
 * @flags: 0 or SNP_GUEST_CONVERT_4K
 * @stats: what it took, or NULL
 *
 * The caller has flushed its mapping from the caches (clflush_cache_range())
 * and unmapped it, with the TLBs flushed (vm_unmap_aliases()).  Afterwards the
 * pages are zero, private and validated.
 *
 * Context: as snp_guest_share_ranges().
 * Return: 0; -EINVAL when not all of the pages are shared by this module:
 *	nothing was done.  Else as snp_guest_share_ranges(): everything that
 *	could be made private is; the pages may be freed, and not touched.
 */
int snp_guest_unshare_ranges(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			     unsigned int flags, struct snp_guest_convert_stats *stats)
{
	return pagestate_to_private(ranges, nr_ranges, flags, stats);
}
EXPORT_SYMBOL_GPL(snp_guest_unshare_ranges);

/**
 * snp_guest_pool_create() - a pool of shared pages
 * @nr_pages: pages that it begins with, at least 1
 *
 * Context: process context, may sleep.
 * Return: the pool, or an error pointer: -EINVAL, -ENOMEM, or as
 *	snp_guest_share_ranges().
 */
struct snp_guest_pool *snp_guest_pool_create(unsigned int nr_pages)
{
	return pool_create(nr_pages);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_create);

/**
 * snp_guest_pool_grow() - more pages for a pool
 * @pool: the pool
 * @nr_pages: how many more, at least 1
 *
 * Context: process context, may sleep.
 * Return: 0 or as snp_guest_pool_create(); part of the pages may have come
 *	nevertheless, and the statistics tell.
 */
int snp_guest_pool_grow(struct snp_guest_pool *pool, unsigned int nr_pages)
{
	return pool_grow(pool, nr_pages);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_grow);

/**
 * snp_guest_pool_get() - a buffer in shared memory
 * @pool: the pool
 * @nr_pages: its length in pages, up to SNP_GUEST_POOL_MAX_BUFFER
 * @buf: the buffer, adjacent in guest physical memory; all zero on failure
 *
 * The hypervisor reads and writes it at any time: copy once, then check.
 *
 * Context: any but NMI; does not sleep.
 * Return: 0; -EINVAL for a length that no pool serves; -ENOSPC when there is no
 *	room now.
 */
int snp_guest_pool_get(struct snp_guest_pool *pool, unsigned int nr_pages,
		       struct snp_guest_buffer *buf)
{
	return pool_get(pool, nr_pages, buf);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_get);

/**
 * snp_guest_pool_put() - give a buffer back
 * @pool: the pool that it is from
 * @buf: the buffer; all zero afterwards, and that again is no error
 *
 * Context: any but NMI; does not sleep.
 */
void snp_guest_pool_put(struct snp_guest_pool *pool, struct snp_guest_buffer *buf)
{
	pool_put(pool, buf);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_put);

/**
 * snp_guest_pool_stats() - state of a pool
 * @pool: the pool
 * @stats: filled in
 *
 * Context: any but NMI.
 */
void snp_guest_pool_stats(struct snp_guest_pool *pool, struct snp_guest_pool_stats *stats)
{
	pool_stats(pool, stats);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_stats);

/**
 * snp_guest_pool_destroy() - make the pages of a pool private again, free all
 * @pool: the pool; no buffer of it is in use
 *
 * Context: process context, may sleep; also the owner's shutdown callback.
 * Return: 0; -EBUSY when buffers are in use, and then the pool stays as it is;
 *	another errno when pages had to be leaked.
 */
int snp_guest_pool_destroy(struct snp_guest_pool *pool)
{
	return pool_destroy(pool);
}
EXPORT_SYMBOL_GPL(snp_guest_pool_destroy);
