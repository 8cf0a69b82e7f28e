// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversion of pages between private and shared: PVALIDATE (APM volume 3,
 * 24594), page state change requests (GHCB specification, 56421), and the
 * order of the steps (APM volume 2, 24593, chapter 15.36).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": pagestate: " fmt

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <asm/cacheflush.h>

#include <arch-x86/ghcb/ghcb.h>
#include <compat/cpuid.h>
#include <drivers/sev-guest/trace.h>
#include <snp/ghcb.h>

#include "convert.h"
#include "psc.h"
#include "step.h"

/**
 * DOC: Conversion
 *
 * Private to shared: flush the private cache lines, rescind (PVALIDATE 0),
 * page state change to shared.  Shared to private: page state change to
 * private, PVALIDATE 1, which must report a change, then zero: the old content
 * is undefined.
 *
 * Below VMPL0 the SVSM executes PVALIDATE, for up to 256 entries in one call.
 *
 * Both go list by list, with 253 entries of 4 KiB or 2 MiB in each.  An entry
 * of 2 MiB whose PVALIDATE answers a size mismatch is done again as 512 pages.
 *
 * What the hypervisor claims proves nothing; PVALIDATE does.  The record of
 * what this module has shared is its own: PageOffline and a mark in
 * page_private().  A page that has not the right mark is refused before
 * anything is done, so that no page is validated twice: the second PVALIDATE
 * would bless whatever page the hypervisor has put there meanwhile.  One that
 * changes nothing shows that it has.
 *
 * When a conversion to shared fails, everything that was touched is made
 * private again.  A conversion to private goes on after a failure, so that one
 * refused page does not cost the others.  In both, a page whose state is not
 * proven is *lost*: it gets a reference that nobody gives back, stays marked,
 * and is counted.  So does the page in front of it, which may be used no
 * more: see the guard pages below.
 *
 * The kernel's direct map keeps the private alias of a shared page, and nothing
 * may touch the page through it: such an access is one to a page that is not
 * this guest's, and ends the guest.  Who could, and what keeps them away:
 *
 * - the page allocator, page poisoning, init_on_free: the pages stay
 *   allocated, and go back only once they are proven private;
 * - load_unaligned_zeropad(), which may read a few bytes past the end of an
 *   object into the next page: the page before each range is a guard that
 *   holds nothing;
 * - hibernation, /proc/kcore, makedumpfile: the pages are marked PageOffline,
 *   which all of them leave out; a plain copy of /proc/vmcore does not;
 * - a kernel started by kexec, which takes all memory for private: the owner
 *   makes the pages private again in its shutdown callback.  A panic calls none:
 *   a crash kernel finds the pages shared, and must not read them.
 */

/* CPUID 8000_001F: hardware keeps both kinds of cache lines coherent. */
#define PAGESTATE_CPUID		0x8000001f
#define PAGESTATE_EAX_COHERENT	BIT(10)
/* EBX: no software cache eviction needed after validation. */
#define PAGESTATE_EBX_NO_EVICT	BIT(31)
/* Exits that make no progress, or were spoilt by an NMI, in a row. */
#define PAGESTATE_IDLE_TRIES	16

static DEFINE_SPINLOCK(pagestate_lock);	/* the totals */
static struct snp_guest_convert_stats pagestate_sum;
static s64 pagestate_shared_pages;

/*
 * Send the list until it is done.  Asking twice for the same state is
 * harmless, so -EAGAIN is.  On failure job->sent.cur_entry is the first entry
 * that the hypervisor does not claim to have done.
 */
static int pagestate_change(struct step_job *job)
{
	struct snp_psc_desc *sent = &job->sent, *got = &job->got;
	unsigned int idle = 0;
	struct ghcb_call call;
	int rc;

	do {
		*got = *sent;
		call = (struct ghcb_call){ .code = SNP_EXIT_PSC, .buf = got, .len = sizeof(*got) };
		rc = ghcb_call(&call);
		job->stats.exits++;
		trace_snp_guest_psc(sent->cur_entry, sent->end_entry,
				    sent->entry[sent->cur_entry], got->cur_entry, rc, call.info2);
		cond_resched();
		if (rc == -EAGAIN)
			continue;
		if (rc)
			return rc;

		switch (psc_check(sent, got, call.info2)) {
		case PSC_DONE:
			sent->cur_entry = sent->end_entry + 1;
			return 0;
		case PSC_MORE:
			job->stats.resumed++;
			if (psc_resume(sent, got))
				idle = 0;
			break;
		case PSC_REFUSED:
			psc_resume(sent, got);
			pr_err_ratelimited("the hypervisor refused entry 0x%llx, SW_EXITINFO2 0x%llx\n",
					   sent->entry[sent->cur_entry], call.info2);
			return -EIO;
		case PSC_VIOLATION:
			pr_err_ratelimited("the hypervisor answered entries %u to %u, reserved 0x%x\n",
					   got->cur_entry, got->end_entry, got->reserved);
			return -EIO;
		}
	} while (++idle < PAGESTATE_IDLE_TRIES);
	pr_err_ratelimited("page state change makes no progress\n");
	return -EIO;
}

static void pagestate_count_entries(struct step_job *job, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (job->sent.entry[i] & SNP_PSC_ENTRY_2M)
			job->stats.entries_2m++;
		else
			job->stats.entries_4k++;
	}
}

/* The list in job->sent, to private.  An entry that is refused is lost, and only that. */
static int pagestate_take_back(struct step_job *job, unsigned int nr)
{
	unsigned int i = 0, claimed;
	int rc, failed = 0;

	pagestate_count_entries(job, nr);
	job->sent.end_entry = nr - 1;
	while (i < nr) {
		job->sent.cur_entry = i;
		rc = pagestate_change(job);
		claimed = job->sent.cur_entry;
		failed = step_accept(job, i, claimed - i) ?: failed;
		i = claimed;
		if (!rc)
			break;
		failed = rc;
		step_lose(job, psc_entry_gfn(job->sent.entry[i]),
			  psc_entry_pages(job->sent.entry[i]),
			  "the hypervisor refused to make it private");
		i++;
	}
	return failed;
}

/* The list in job->sent, to shared.  On failure *@touched entries are to be taken back. */
static int pagestate_give(struct step_job *job, unsigned int nr, unsigned int *touched)
{
	unsigned int i;
	u64 entry;
	int rc;

	pagestate_count_entries(job, nr);
	page_offline_begin();
	for (i = 0; i < nr; i++)
		step_mark(psc_entry_gfn(job->sent.entry[i]),
			  psc_entry_pages(job->sent.entry[i]));
	page_offline_end();

	rc = step_rescind(job, nr, touched);
	if (rc) {
		for (i = *touched + 1; i < nr; i++) {
			entry = job->sent.entry[i];
			step_unmark(psc_entry_gfn(entry), psc_entry_pages(entry));
		}
		return rc;
	}
	return pagestate_change(job);
}

/* The first @nr_entries entries of @ranges and what is in job->sent, to private. */
static void pagestate_roll_back(struct step_job *job, struct psc_cursor c, u64 nr_entries,
				unsigned int nr_sent)
{
	unsigned int i, nr;

	for (i = 0; i < nr_sent; i++) {
		job->sent.entry[i] &= ~(SNP_PSC_ENTRY_OP | SNP_PSC_ENTRY_CUR_PAGE);
		job->sent.entry[i] |= FIELD_PREP(SNP_PSC_ENTRY_OP, (u64)SNP_PSC_OP_PRIVATE);
	}
	if (nr_sent)
		pagestate_take_back(job, nr_sent);
	while ((nr = psc_fill(&job->sent, &c, SNP_PSC_OP_PRIVATE, nr_entries))) {
		pagestate_take_back(job, nr);
		nr_entries -= nr;
	}
}

/* An own, allocated page, with its own reference; none of the kernel's. */
static bool pagestate_is_plain(u64 pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = step_page(pfn);
	return page_count(page) && !PageCompound(page) && !PageReserved(page) &&
	       !PageSlab(page) && !PageLRU(page);
}

static bool pagestate_may_convert(u64 pfn, bool shared)
{
	struct page *page = step_page(pfn);

	if (!shared)
		return pagestate_is_plain(pfn) && !PageOffline(page);
	return pfn_valid(pfn) && PageOffline(page) &&
	       page_private(page) == STEP_MARK_SHARED;
}

static int pagestate_check(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			   unsigned int flags, bool shared)
{
	unsigned long i, end = 1;
	unsigned int r;

	if (!nr_ranges || flags & ~SNP_GUEST_CONVERT_4K)
		return -EINVAL;
	for (r = 0; r < nr_ranges; r++) {
		/* Upwards: a page that is named twice would be rescinded twice. */
		if (ranges[r].pfn < end || !ranges[r].nr_pages ||
		    ranges[r].nr_pages > ULONG_MAX - ranges[r].pfn)
			return -EINVAL;
		end = ranges[r].pfn + ranges[r].nr_pages;
		/*
		 * The guard, which may be a shared page itself.  It need not be
		 * one to go back: it may have been lost meanwhile.
		 */
		if (!shared && !pagestate_may_convert(ranges[r].pfn - 1, false) &&
		    !pagestate_may_convert(ranges[r].pfn - 1, true))
			return -EINVAL;
		for (i = 0; i < ranges[r].nr_pages; i++) {
			if (!pagestate_may_convert(ranges[r].pfn + i, shared))
				return -EINVAL;
		}
	}
	return 0;
}

/* Where the processor does not do it: no private line may hit shared data. */
static void pagestate_flush(const struct snp_guest_range *ranges, unsigned int nr_ranges)
{
	unsigned long i;
	unsigned int r;

	if (cpuid_eax(PAGESTATE_CPUID) & PAGESTATE_EAX_COHERENT)
		return;
	for (r = 0; r < nr_ranges; r++) {
		for (i = 0; i < ranges[r].nr_pages; i++)
			clflush_cache_range(step_alias(ranges[r].pfn + i), PAGE_SIZE);
		cond_resched();
	}
}

static struct step_job *pagestate_start(gfp_t gfp)
{
	struct step_job *job = kzalloc(sizeof(*job), gfp);

	if (job)
		job->evict = !(cpuid_ebx(PAGESTATE_CPUID) & PAGESTATE_EBX_NO_EVICT);
	return job;
}

static void pagestate_finish(struct step_job *job, s64 newly_shared,
			     struct snp_guest_convert_stats *stats)
{
	u64 lost;

	spin_lock(&pagestate_lock);
	pagestate_sum.exits += job->stats.exits;
	pagestate_sum.resumed += job->stats.resumed;
	pagestate_sum.entries_2m += job->stats.entries_2m;
	pagestate_sum.entries_4k += job->stats.entries_4k;
	pagestate_sum.pvalidates_2m += job->stats.pvalidates_2m;
	pagestate_sum.pvalidates_4k += job->stats.pvalidates_4k;
	pagestate_sum.size_mismatches += job->stats.size_mismatches;
	pagestate_sum.lost_pages += job->stats.lost_pages;
	pagestate_shared_pages += newly_shared;
	lost = pagestate_sum.lost_pages;
	spin_unlock(&pagestate_lock);

	if (job->stats.lost_pages)
		pr_alert("leaking %llu pages, the first is frame 0x%llx: %s; %llu pages leaked since loading\n",
			 job->stats.lost_pages, job->lost_pfn, job->lost_why, lost);
	if (stats)
		*stats = job->stats;
	kfree(job);
}

static s64 pagestate_nr_pages(const struct snp_guest_range *ranges, unsigned int nr_ranges)
{
	s64 sum = 0;

	while (nr_ranges--)
		sum += ranges[nr_ranges].nr_pages;
	return sum;
}

/**
 * pagestate_to_shared() - share pages with the hypervisor
 * @ranges: what to convert; see snp_guest_share_ranges()
 * @nr_ranges: how many ranges
 * @flags: SNP_GUEST_CONVERT_*
 * @stats: what it took, or NULL
 *
 * Context: process context, may sleep; any VMPL.
 * Return: as snp_guest_share_ranges().
 */
int pagestate_to_shared(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			unsigned int flags, struct snp_guest_convert_stats *stats)
{
	struct psc_cursor c = {
		.ranges = ranges, .nr_ranges = nr_ranges, .only_4k = flags & SNP_GUEST_CONVERT_4K,
	};
	const struct psc_cursor start = c;
	struct step_job *job;
	unsigned int nr, touched;
	u64 nr_done = 0;
	int rc;

	if (stats)
		memset(stats, 0, sizeof(*stats));
	rc = pagestate_check(ranges, nr_ranges, flags, false);
	if (rc)
		return rc;
	job = pagestate_start(GFP_KERNEL);
	if (!job)
		return -ENOMEM;

	pagestate_flush(ranges, nr_ranges);
	while ((nr = psc_fill(&job->sent, &c, SNP_PSC_OP_SHARED, SNP_PSC_MAX_ENTRIES))) {
		rc = pagestate_give(job, nr, &touched);
		if (rc) {
			pagestate_roll_back(job, start, nr_done, touched);
			break;
		}
		nr_done += nr;
	}
	pagestate_finish(job, rc ? 0 : pagestate_nr_pages(ranges, nr_ranges), stats);
	return rc;
}

/**
 * pagestate_to_private() - take shared pages back
 * @ranges: what to convert; see snp_guest_unshare_ranges()
 * @nr_ranges: how many ranges
 * @flags: SNP_GUEST_CONVERT_*
 * @stats: what it took, or NULL
 *
 * Context: process context, may sleep; any VMPL; nothing maps the pages.
 * Return: as snp_guest_unshare_ranges().
 */
int pagestate_to_private(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			 unsigned int flags, struct snp_guest_convert_stats *stats)
{
	struct psc_cursor c = {
		.ranges = ranges, .nr_ranges = nr_ranges, .only_4k = flags & SNP_GUEST_CONVERT_4K,
	};
	struct step_job *job;
	int rc, failed = 0;
	unsigned int nr;

	if (stats)
		memset(stats, 0, sizeof(*stats));
	rc = pagestate_check(ranges, nr_ranges, flags, true);
	if (rc)
		return rc;
	/* Who gives up shared pages cannot do anything about a lack of memory. */
	job = pagestate_start(GFP_KERNEL | __GFP_NOFAIL);
	while ((nr = psc_fill(&job->sent, &c, SNP_PSC_OP_PRIVATE, SNP_PSC_MAX_ENTRIES)))
		failed = pagestate_take_back(job, nr) ?: failed;
	pagestate_finish(job, -pagestate_nr_pages(ranges, nr_ranges), stats);
	return failed;
}

/**
 * pagestate_is_lost() - is this page one that nobody gets back
 * @page: any page
 *
 * Return: true when its state is not proven.
 */
bool pagestate_is_lost(struct page *page)
{
	return PageOffline(page) && page_private(page) == STEP_MARK_LOST;
}

/**
 * pagestate_totals() - what all conversions since loading took
 * @stats: the sums
 * @shared_pages: pages that are shared now
 *
 * Context: any that may spin.
 */
void pagestate_totals(struct snp_guest_convert_stats *stats, s64 *shared_pages)
{
	spin_lock(&pagestate_lock);
	*stats = pagestate_sum;
	*shared_pages = pagestate_shared_pages;
	spin_unlock(&pagestate_lock);
}
