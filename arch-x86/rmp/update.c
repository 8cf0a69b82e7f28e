// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page-state changes by RMPUPDATE and PSMASH.  AMD64 APM volume 3 (24594).
 *
 * Two of the return codes are transient: another processor or the firmware
 * has the entry, or a neighbour within the same 2 MiB, in hand.  Those are
 * retried with growing pauses, but not for ever: an entry that never comes
 * free is an error to report, not a hung task.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include <arch-x86/insn.h>

#include "rmp.h"

#define CREATE_TRACE_POINTS
#include "rmp_trace.h"

#define RMP_RETRIES		12
#define RMP_RETRY_FIRST_US	10	/* doubles each time: 40 ms in all */

static bool retry_later(unsigned int *tries)
{
	unsigned long us = RMP_RETRY_FIRST_US << *tries;

	if (*tries == RMP_RETRIES)
		return false;
	++*tries;
	usleep_range(us, us * 2);
	return true;
}

static int update(u64 pfn, const struct snp_rmp_state *state)
{
	unsigned int code, tries = 0;

	do {
		code = insn_rmpupdate(pfn << SNP_PAGE_SHIFT, state);
	} while ((code == SNP_RMPUPDATE_FAIL_OVERLAP || code == SNP_RMPUPDATE_FAIL_INUSE) &&
		 retry_later(&tries));

	trace_rmpupdate(pfn, state, code, tries);
	if (!code)
		return 0;
	pr_err_ratelimited("RMPUPDATE of pfn %#llx (assigned %u, size %s, immutable %u, asid %u, gpa %#llx) fails with code %u after %u retries\n",
			   pfn, state->assigned, state->pagesize ? "2M" : "4K", state->immutable,
			   state->asid, state->gpa, code, tries);
	return code == SNP_RMPUPDATE_FAIL_OVERLAP || code == SNP_RMPUPDATE_FAIL_INUSE ?
	       -EBUSY : -EFAULT;
}

/**
 * rmp_to_firmware() - give a 4 KiB frame to the firmware
 * @pfn: frame in Hypervisor or Reclaim state
 *
 * Afterwards only SNP_PAGE_RECLAIM gets it back, and any write to it or
 * through a large mapping over it faults.
 *
 * Context: may sleep; SYSCFG.SNPEn set.
 * Return: 0, -EBUSY when the entry stays in use, -EFAULT for any other code.
 */
int rmp_to_firmware(u64 pfn)
{
	static const struct snp_rmp_state firmware = { .assigned = 1, .immutable = 1 };

	return update(pfn, &firmware);
}

/**
 * rmp_to_guest() - give a frame to a guest
 * @pfn: frame in Hypervisor state; 2 MiB aligned with @p->size_2m
 * @p: whose it becomes, and where
 *
 * With @p->immutable the result is Pre-Guest, which SNP_LAUNCH_UPDATE wants,
 * else Guest-Invalid, which the guest validates.
 *
 * Context: may sleep; SYSCFG.SNPEn set.
 * Return: 0, -EINVAL for an owner or address that no entry can hold, -EBUSY
 *	when the entry stays in use, -EFAULT for any other code.
 */
int rmp_to_guest(u64 pfn, const struct rmp_guest_page *p)
{
	const u64 size = p->size_2m ? SZ_2M : SNP_PAGE_SIZE;
	const struct snp_rmp_state guest = {
		.gpa = p->gpa,
		.assigned = 1,
		.pagesize = p->size_2m,
		.immutable = p->immutable,
		.asid = p->asid,
	};

	if (!p->asid || p->gpa & (size - 1) || p->gpa & ~SNP_RMP_STATE_GPA ||
	    (pfn << SNP_PAGE_SHIFT) & (size - 1))
		return -EINVAL;
	return update(pfn, &guest);
}

/**
 * rmp_to_shared() - give a frame back to the host
 * @pfn: frame in Reclaim or guest state, not immutable
 * @size_2m: its entry is a 2 MiB one
 *
 * Context: may sleep; SYSCFG.SNPEn set.
 * Return: 0, -EBUSY when the entry stays in use, -EFAULT for any other code.
 */
int rmp_to_shared(u64 pfn, bool size_2m)
{
	const struct snp_rmp_state shared = { .pagesize = size_2m };

	return update(pfn, &shared);
}

/**
 * rmp_split_2m() - split a 2 MiB entry into entries of 4 KiB
 * @pfn: first frame, 2 MiB aligned, assigned and not immutable
 *
 * Context: may sleep; SYSCFG.SNPEn set.
 * Return: 0, -EBUSY when the entry stays in use, -EFAULT for any other code.
 */
int rmp_split_2m(u64 pfn)
{
	unsigned int code, tries = 0;

	do {
		code = insn_psmash(pfn << SNP_PAGE_SHIFT);
	} while (code == SNP_PSMASH_FAIL_INUSE && retry_later(&tries));

	trace_psmash(pfn, code, tries);
	if (!code)
		return 0;
	pr_err_ratelimited("PSMASH of pfn %#llx fails with code %u after %u retries\n", pfn, code,
			   tries);
	return code == SNP_PSMASH_FAIL_INUSE ? -EBUSY : -EFAULT;
}
