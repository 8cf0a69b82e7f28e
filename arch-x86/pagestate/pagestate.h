/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that this module shares with the hypervisor.  The order of the steps
 * and what protects each page is described in pagestate.c.
 */
#ifndef PAGESTATE_PAGESTATE_H
#define PAGESTATE_PAGESTATE_H

#include <linux/types.h>

struct page;

/* More than this in one block is better served by several blocks. */
#define PAGESTATE_MAX_SHARED	64

/**
 * struct pagestate_shared - a block of shared pages
 * @guard: page before the block; private, never used
 * @nr_pages: shared pages in the block
 * @map: shared mapping of the pages: the only way to touch them
 * @gpa: guest physical address of the first shared page, without C-bit
 */
struct pagestate_shared {
	struct page	*guard;
	unsigned int	nr_pages;
	void		*map;
	u64		gpa;
};

int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages);
int pagestate_unshare(struct pagestate_shared *shared);

#endif /* PAGESTATE_PAGESTATE_H */
