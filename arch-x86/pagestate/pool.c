// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pool of shared pages, for drivers that need bounce space: converting is slow,
 * sleeps and splits large pages, so it is done in blocks and ahead of use.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": pool: " fmt

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "pagestate.h"
#include "pool.h"

#define POOL_BLOCK_PAGES	SNP_GUEST_POOL_MAX_BUFFER

static_assert(POOL_BLOCK_PAGES <= PAGESTATE_MAX_SHARED);

/**
 * struct pool_block - one block of a pool
 * @node: in the pool's list
 * @shared: its pages
 * @used: a bit for each page
 */
struct pool_block {
	struct list_head	node;
	struct pagestate_shared	shared;
	DECLARE_BITMAP(used, POOL_BLOCK_PAGES);
};

/**
 * struct snp_guest_pool - a pool
 * @lock: the list, the bitmaps, the statistics; taken with interrupts off, so
 *	that buffers can come and go anywhere but in an NMI
 * @blocks: the blocks; they leave when the pool ends
 * @stats: its state
 */
struct snp_guest_pool {
	spinlock_t			lock;	/* everything below */
	struct list_head		blocks;
	struct snp_guest_pool_stats	stats;
};

static int pool_add_block(struct snp_guest_pool *pool, unsigned int nr_pages)
{
	struct pool_block *block;
	unsigned long flags;
	int rc;

	block = kzalloc(sizeof(*block), GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	rc = pagestate_share(&block->shared, nr_pages);
	if (rc) {
		kfree(block);
		return rc;
	}
	spin_lock_irqsave(&pool->lock, flags);
	list_add_tail(&block->node, &pool->blocks);
	pool->stats.nr_pages += nr_pages;
	spin_unlock_irqrestore(&pool->lock, flags);
	return 0;
}

/**
 * pool_grow() - more pages; see snp_guest_pool_grow()
 * @pool: the pool
 * @nr_pages: how many more
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; some of the pages may have come nevertheless.
 */
int pool_grow(struct snp_guest_pool *pool, unsigned int nr_pages)
{
	unsigned int nr;
	int rc = nr_pages ? 0 : -EINVAL;

	for (; nr_pages && !rc; nr_pages -= nr) {
		nr = min_t(unsigned int, nr_pages, POOL_BLOCK_PAGES);
		rc = pool_add_block(pool, nr);
	}
	return rc;
}

/**
 * pool_create() - a new pool; see snp_guest_pool_create()
 * @nr_pages: pages that it begins with
 *
 * Context: process context, may sleep.
 * Return: the pool or an error pointer.
 */
struct snp_guest_pool *pool_create(unsigned int nr_pages)
{
	struct snp_guest_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	int rc;

	if (!pool)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->blocks);
	rc = pool_grow(pool, nr_pages);
	if (rc) {
		pool_destroy(pool);
		return ERR_PTR(rc);
	}
	return pool;
}

static bool pool_take(struct snp_guest_pool *pool, unsigned int nr_pages,
		      struct snp_guest_buffer *buf)
{
	struct pool_block *block;
	unsigned long at;

	list_for_each_entry(block, &pool->blocks, node) {
		at = bitmap_find_next_zero_area(block->used, block->shared.nr_pages, 0,
						nr_pages, 0);
		if (at >= block->shared.nr_pages)
			continue;
		bitmap_set(block->used, at, nr_pages);
		buf->vaddr = block->shared.map + at * PAGE_SIZE;
		buf->gpa = block->shared.gpa + at * PAGE_SIZE;
		buf->nr_pages = nr_pages;
		return true;
	}
	return false;
}

/**
 * pool_get() - a buffer; see snp_guest_pool_get()
 * @pool: the pool
 * @nr_pages: its length
 * @buf: the buffer; zero on failure
 *
 * Context: any but NMI.
 * Return: 0; -EINVAL for a length that no pool can serve; -ENOSPC when there is
 *	no room now.
 */
int pool_get(struct snp_guest_pool *pool, unsigned int nr_pages, struct snp_guest_buffer *buf)
{
	struct snp_guest_pool_stats *s = &pool->stats;
	unsigned long flags;
	bool taken;

	memset(buf, 0, sizeof(*buf));
	if (!nr_pages || nr_pages > SNP_GUEST_POOL_MAX_BUFFER)
		return -EINVAL;
	spin_lock_irqsave(&pool->lock, flags);
	taken = pool_take(pool, nr_pages, buf);
	if (taken) {
		s->gets++;
		s->used_pages += nr_pages;
		s->peak_pages = max(s->peak_pages, s->used_pages);
	} else {
		s->failures++;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	if (!taken)
		return -ENOSPC;
	/* Not what its last user, or the hypervisor, has left. */
	memset(buf->vaddr, 0, (size_t)nr_pages * PAGE_SIZE);
	return 0;
}

/* The lock is held. */
static bool pool_release(struct snp_guest_pool *pool, const struct snp_guest_buffer *buf)
{
	struct pool_block *block;
	unsigned long at, end;

	list_for_each_entry(block, &pool->blocks, node) {
		if (buf->gpa < block->shared.gpa)
			continue;
		at = (buf->gpa - block->shared.gpa) >> PAGE_SHIFT;
		end = at + buf->nr_pages;
		if (end > block->shared.nr_pages)
			continue;
		if (find_next_zero_bit(block->used, end, at) < end)
			return false;
		bitmap_clear(block->used, at, buf->nr_pages);
		pool->stats.used_pages -= buf->nr_pages;
		return true;
	}
	return false;
}

/**
 * pool_put() - the end of pool_get()
 * @pool: the pool
 * @buf: the buffer; zero afterwards
 *
 * Context: any but NMI.
 */
void pool_put(struct snp_guest_pool *pool, struct snp_guest_buffer *buf)
{
	unsigned long flags;
	bool released;

	if (!buf->nr_pages)
		return;
	spin_lock_irqsave(&pool->lock, flags);
	released = pool_release(pool, buf);
	spin_unlock_irqrestore(&pool->lock, flags);
	WARN(!released, "buffer at 0x%llx is not one of this pool's in use\n", buf->gpa);
	memset(buf, 0, sizeof(*buf));
}

/**
 * pool_stats() - state of a pool
 * @pool: the pool
 * @stats: a consistent copy
 *
 * Context: any but NMI.
 */
void pool_stats(struct snp_guest_pool *pool, struct snp_guest_pool_stats *stats)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	*stats = pool->stats;
	spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * pool_destroy() - the end of a pool; see snp_guest_pool_destroy()
 * @pool: the pool
 *
 * Context: process context, may sleep.
 * Return: 0; -EBUSY when buffers are in use, and then the pool stays; or the
 *	error of the last block whose pages had to be leaked.
 */
int pool_destroy(struct snp_guest_pool *pool)
{
	struct pool_block *block, *next;
	int rc = 0;

	if (pool->stats.used_pages)
		return -EBUSY;
	list_for_each_entry_safe(block, next, &pool->blocks, node) {
		list_del(&block->node);
		rc = pagestate_unshare(&block->shared) ?: rc;
		kfree(block);
	}
	kfree(pool);
	return rc;
}
