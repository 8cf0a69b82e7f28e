// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel interface for hypervisors: memory of a guest that runs.
 * RMPUPDATE and PSMASH (AMD 24594), SNP_PAGE_RECLAIM (AMD 56860).
 */
#include <linux/export.h>

#include "guest.h"
#include "hostapi.h"

/**
 * snp_guest_make_private() - give a launched guest more memory
 * @g: the guest
 * @pfn: first frame, see "Memory" in include/snp/host.h
 * @gpa: its guest physical address, in bytes
 * @nr_pages: how many 4 KiB frames
 *
 * RMPUPDATE to Guest-Invalid, by entries of 2 MiB where both addresses permit;
 * the guest validates the pages.  All or nothing.  The content stays what it
 * was until the guest validates: clear what it should not see.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV; -EINVAL; -EBUSY; -ENXIO; -ENOMEM; -EFAULT, as for
 *	snp_guest_launch().
 */
int snp_guest_make_private(struct snp_guest *g, u64 pfn, u64 gpa, u64 nr_pages)
{
	const u64 last_pfn = SNP_RMP_STATE_GPA >> SNP_PAGE_SHIFT;
	int err;

	if (!nr_pages || gpa & ~SNP_RMP_STATE_GPA || pfn > last_pfn ||
	    nr_pages - 1 > last_pfn - pfn || nr_pages - 1 > last_pfn - (gpa >> SNP_PAGE_SHIFT))
		return -EINVAL;
	err = host_enter(g);
	if (err)
		return err;
	err = gctx_pages_give(g, pfn, gpa, nr_pages, false);
	host_leave(g);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_make_private);

/**
 * snp_guest_make_shared() - take memory back from a guest
 * @g: the guest
 * @pfn: first frame; all of them private
 * @nr_pages: how many 4 KiB frames
 *
 * A part of an entry of 2 MiB is taken after a PSMASH.  What the guest had in
 * the pages is lost.
 *
 * Context: may sleep; the guest does not use the pages.
 * Return: 0; -ENODEV; -EINVAL when not all are private, and nothing changes;
 *	-EBUSY, -EFAULT when some are quarantined, and the others came back.
 */
int snp_guest_make_shared(struct snp_guest *g, u64 pfn, u64 nr_pages)
{
	int err = host_enter(g);

	if (err)
		return err;
	err = gctx_pages_held(g, pfn, nr_pages) ? gctx_pages_take(g, pfn, nr_pages) : -EINVAL;
	host_leave(g);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_make_shared);

/**
 * snp_guest_split() - PSMASH, after a nested page fault with SIZEM
 * @g: the guest
 * @pfn: a frame of the entry of 2 MiB
 *
 * Context: may sleep.
 * Return: 0, also when the entry is one of 4 KiB already; -ENODEV; -EINVAL when
 *	the frame is not private; -EBUSY when the entry stays in use; -EFAULT.
 */
int snp_guest_split(struct snp_guest *g, u64 pfn)
{
	struct rmp_entry e;
	int err;

	err = host_enter(g);
	if (err)
		return err;
	err = gctx_pages_held(g, pfn, 1) ? rmp_lookup(&g->psp->rmp, pfn, &e) : -EINVAL;
	if (!err && e.size_2m)
		err = rmp_split_2m(round_down(pfn, (u64)PSP_BLOCK_PAGES));
	host_leave(g);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_split);
