// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the RMP as a whole looks like: how much it covers, and runs of frames in
 * the same state.  AMD64 APM volume 2 (24593), 15.36.
 *
 * Entries may change while they are read: a report is a picture of no single
 * moment, and nothing may be decided on it.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "rmp.h"

#define RESCHED_PAGES		BIT(16)

/**
 * rmp_end_pfn() - first frame behind everything that the RMP covers
 * @t: mapped table
 *
 * Return: a frame number; 0 for a table that is not mapped.
 */
u64 rmp_end_pfn(const struct rmp_table *t)
{
	const unsigned int shift = t->layout.segmented ? t->layout.seg_shift - SNP_PAGE_SHIFT : 0;
	unsigned int i = t->nr_segments;

	while (i--)
		if (t->segment[i].seg.nr_frames)
			return ((u64)i << shift) + t->segment[i].seg.nr_frames;
	return 0;
}

/**
 * rmp_nr_covered() - frames that have an entry
 * @t: mapped table
 *
 * Return: their number.
 */
u64 rmp_nr_covered(const struct rmp_table *t)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < t->nr_segments; i++)
		n += t->segment[i].seg.nr_frames;
	return n;
}

static void read_one(const struct rmp_table *t, u64 pfn, struct rmp_run *run)
{
	struct rmp_entry e;

	*run = (struct rmp_run) { .pfn = pfn, .nr_pages = 1 };
	if (rmp_lookup(t, pfn, &e)) {
		run->state = -EIO;
		return;
	}
	run->state = rmp_entry_state(&e);
	run->asid = e.asid;
	run->size_2m = e.assigned && e.size_2m;
	/* The frames of one large entry need not be asked one by one. */
	if (run->size_2m)
		run->nr_pages = RMP_PAGES_2M - pfn % RMP_PAGES_2M;
}

static bool same(const struct rmp_run *a, const struct rmp_run *b)
{
	return a->state == b->state && a->asid == b->asid && a->size_2m == b->size_2m;
}

/**
 * rmp_next_run() - frames from here on that are in the same state
 * @t: mapped table
 * @pfn: first frame
 * @run: result
 *
 * Context: may sleep.
 * Return: false when the RMP covers nothing from @pfn on.
 */
bool rmp_next_run(const struct rmp_table *t, u64 pfn, struct rmp_run *run)
{
	const u64 end = rmp_end_pfn(t);
	struct rmp_run next;
	u64 piece_end;
	bool covered;

	if (pfn >= end)
		return false;

	piece_end = pfn + rmp_piece_len(t, pfn, &covered);
	if (!covered) {
		*run = (struct rmp_run) {
			.pfn = pfn,
			.nr_pages = min(piece_end, end) - pfn,
			.state = SNP_STATE_DEFAULT,
		};
		return true;
	}

	read_one(t, pfn, run);
	for (pfn += run->nr_pages; pfn < piece_end; pfn += next.nr_pages) {
		read_one(t, pfn, &next);
		if (!same(run, &next))
			break;
		run->nr_pages += next.nr_pages;
		if (!(pfn % RESCHED_PAGES))
			cond_resched();
	}
	return true;
}
