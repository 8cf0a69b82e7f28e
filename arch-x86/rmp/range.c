// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page-state changes of many frames: entries of 2 MiB where alignment permits,
 * and a PSMASH only where a part of one has to change.  AMD64 APM volume 2
 * (24593), 15.36, and volume 3 (24594).
 *
 * The processor would let RMPUPDATE take a page away from one guest and give it
 * to another.  Here a guest gets what the host owns, and nothing else.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/math.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "rmp.h"

/**
 * rmp_step_2m() - can the next step of a range be an entry of 2 MiB
 * @pfn: first frame of what is left
 * @gpa: its guest physical address, in bytes
 * @nr_pages: frames that are left
 *
 * Return: true when both addresses are aligned and 2 MiB are left.
 */
bool rmp_step_2m(u64 pfn, u64 gpa, u64 nr_pages)
{
	return nr_pages >= RMP_PAGES_2M && !(pfn % RMP_PAGES_2M) && !(gpa % SZ_2M);
}

/**
 * rmp_check_range() - can these frames change state at all
 * @t: mapped table
 * @pfn: first frame
 * @nr_pages: how many
 *
 * Return: 0; -EINVAL for no range; -ENXIO when one has no entry, which the log
 *	names.
 */
int rmp_check_range(const struct rmp_table *t, u64 pfn, u64 nr_pages)
{
	u64 missing;

	if (!nr_pages || pfn + nr_pages < pfn)
		return -EINVAL;
	if (rmp_covers(t, pfn, nr_pages, &missing))
		return 0;
	pr_err_ratelimited("pfn %#llx is outside of the RMP's coverage (%llu frames from %#llx asked for): it cannot change state\n",
			   missing, nr_pages, pfn);
	return -ENXIO;
}

/* For an entry of 2 MiB the processor looks at the other 511. */
static int check_host_owns(const struct rmp_table *t, u64 pfn)
{
	struct rmp_entry e;
	int err, state;

	err = rmp_lookup(t, pfn, &e);
	if (err)
		return err;
	state = rmp_entry_state(&e);
	if (state == SNP_STATE_HYPERVISOR)
		return 0;
	pr_err_ratelimited("pfn %#llx is %s (asid %u), not Hypervisor: no guest gets it\n", pfn,
			   rmp_state_name(state), e.asid);
	return -EBUSY;
}

/**
 * rmp_range_to_guest() - give frames to a guest
 * @t: mapped table
 * @pfn: first frame; all of them in Hypervisor state
 * @nr_pages: how many
 * @first: what the first becomes; the GPA advances, size_2m is not looked at
 * @done: frames that have been changed, also on failure; the caller takes them
 *	back with rmp_range_to_shared()
 *
 * Context: may sleep; SYSCFG.SNPEn set; nobody else changes these frames.
 * Return: 0; -EINVAL; -ENXIO for a frame without an entry; -EBUSY for a frame
 *	that is not the host's, or an entry that stays in use; -EIO, -EFAULT.
 */
int rmp_range_to_guest(const struct rmp_table *t, u64 pfn, u64 nr_pages,
		       const struct rmp_guest_page *first, u64 *done)
{
	struct rmp_guest_page p = *first;
	u64 step;
	int err;

	*done = 0;
	err = rmp_check_range(t, pfn, nr_pages);
	while (!err && *done < nr_pages) {
		p.gpa = first->gpa + (*done << SNP_PAGE_SHIFT);
		p.size_2m = rmp_step_2m(pfn + *done, p.gpa, nr_pages - *done);
		step = p.size_2m ? RMP_PAGES_2M : 1;
		err = check_host_owns(t, pfn + *done);
		if (!err)
			err = rmp_to_guest(pfn + *done, &p);
		if (!err)
			*done += step;
		cond_resched();
	}
	return err;
}

/* One step of rmp_range_to_shared(); @step: frames that are the host's now. */
static int step_to_shared(const struct rmp_table *t, u64 pfn, u64 nr_pages, u64 *step)
{
	const u64 head = round_down(pfn, (u64)RMP_PAGES_2M);
	struct rmp_entry e;
	int err;

	*step = 1;
	err = rmp_lookup(t, pfn, &e);
	if (err || !e.assigned)
		return err;
	if (e.immutable) {
		pr_err_ratelimited("pfn %#llx is %s: only the firmware gives it back\n", pfn,
				   rmp_state_name(rmp_entry_state(&e)));
		return -EPERM;
	}
	if (!e.size_2m)
		return rmp_to_shared(pfn, false);
	if (pfn == head && nr_pages >= RMP_PAGES_2M) {
		*step = RMP_PAGES_2M;
		return rmp_to_shared(pfn, true);
	}
	err = rmp_split_2m(head);
	return err ? err : rmp_to_shared(pfn, false);
}

/**
 * rmp_range_to_shared() - take frames back for the host
 * @t: mapped table
 * @pfn: first frame
 * @nr_pages: how many; those that are the host's already stay as they are
 * @done: frames that are the host's now, counted from the first, also on failure
 *
 * Context: may sleep; SYSCFG.SNPEn set; nobody else changes these frames.
 * Return: 0; -EINVAL; -ENXIO for a frame without an entry; -EPERM for one that
 *	SNP_PAGE_RECLAIM has to bring back first; -EBUSY, -EIO, -EFAULT.
 */
int rmp_range_to_shared(const struct rmp_table *t, u64 pfn, u64 nr_pages, u64 *done)
{
	u64 step;
	int err;

	*done = 0;
	err = rmp_check_range(t, pfn, nr_pages);
	while (!err && *done < nr_pages) {
		err = step_to_shared(t, pfn + *done, nr_pages - *done, &step);
		if (!err)
			*done += step;
		cond_resched();
	}
	return err;
}
