// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps of a conversion on one entry of a list: PVALIDATE (APM volume 3,
 * 24594), the marks of this module's own record, and pages that are lost.
 * convert.c says what they are for.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include <arch-x86/insn.h>

#include "psc.h"
#include "step.h"

/**
 * step_page() - the page of a frame
 * @pfn: a valid frame number
 *
 * Return: the page.
 */
struct page *step_page(u64 pfn)
{
	return pfn_to_page((unsigned long)pfn);
}

/**
 * step_alias() - private alias of a frame in the direct map
 * @pfn: a valid frame number
 *
 * Return: its address; not to be touched while the page is shared.
 */
void *step_alias(u64 pfn)
{
	return page_address(step_page(pfn));
}

/**
 * step_lose() - pages whose state is not proven: nobody gets them back
 * @job: counts them
 * @pfn: first frame
 * @nr: how many
 * @why: for the log
 *
 * The page in front of them is held, too: it is the guard of what follows.
 */
void step_lose(struct step_job *job, u64 pfn, unsigned int nr, const char *why)
{
	struct page *guard = step_page(pfn - 1);
	unsigned int i;

	if (!job->stats.lost_pages) {
		job->lost_pfn = pfn;
		job->lost_why = why;
	}
	job->stats.lost_pages += nr;
	if (page_private(guard) != STEP_MARK_LOST)
		get_page(guard);
	for (i = 0; i < nr; i++) {
		get_page(step_page(pfn + i));
		set_page_private(step_page(pfn + i), STEP_MARK_LOST);
	}
}

/**
 * step_mark() - note that pages are about to be shared
 * @pfn: first frame
 * @nr: how many
 *
 * Context: between page_offline_begin() and page_offline_end().
 */
void step_mark(u64 pfn, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		__SetPageOffline(step_page(pfn + i));
		set_page_private(step_page(pfn + i), STEP_MARK_SHARED);
	}
}

/**
 * step_unmark() - note that pages are private and validated; not those lost
 * @pfn: first frame
 * @nr: how many
 */
void step_unmark(u64 pfn, unsigned int nr)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		page = step_page(pfn + i);
		if (page_private(page) != STEP_MARK_SHARED)
			continue;
		set_page_private(page, 0);
		__ClearPageOffline(page);
	}
}

/* 0; 1: do it with 4 KiB; -EIO: refused; -EXDEV: not the page it should be. */
static int step_pvalidate(struct step_job *job, u64 pfn, bool size_2m, bool validate)
{
	unsigned int code;
	bool unchanged;

	code = insn_pvalidate(step_alias(pfn), size_2m, validate, &unchanged);
	if (size_2m)
		job->stats.pvalidates_2m++;
	else
		job->stats.pvalidates_4k++;
	if (size_2m && code == SNP_PVALIDATE_FAIL_SIZEMISMATCH) {
		job->stats.size_mismatches++;
		return 1;
	}
	if (code)
		return -EIO;
	/* The RMP entry is not the one that this guest made. */
	return unchanged ? -EXDEV : 0;
}

static const char *step_why(int rc)
{
	return rc == -EXDEV ? "PVALIDATE changed nothing: the hypervisor replaced the page" :
			      "PVALIDATE was refused";
}

/* Pages are validated: what they hold is undefined, and theirs again. */
static void step_restore(struct step_job *job, u64 pfn, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u8 *alias = step_alias(pfn + i);

		if (job->evict) {
			(void)READ_ONCE(alias[0]);
			(void)READ_ONCE(alias[PAGE_SIZE - 1]);
		}
		clear_page(alias);
	}
	step_unmark(pfn, nr);
}

static int step_accept_page(struct step_job *job, u64 pfn)
{
	int rc = step_pvalidate(job, pfn, false, true);

	if (rc)
		step_lose(job, pfn, 1, step_why(rc));
	else
		step_restore(job, pfn, 1);
	return rc;
}

/**
 * step_accept() - validate the pages of one entry; what fails is lost
 * @job: the conversion
 * @entry: the entry, private as the hypervisor claims
 *
 * The pages are zero and have their mark off afterwards.
 *
 * Return: 0; -EIO when PVALIDATE was refused; -EXDEV when it changed nothing.
 */
int step_accept(struct step_job *job, u64 entry)
{
	u64 pfn = psc_entry_gfn(entry);
	int i, rc = 1, failed = 0;

	if (entry & SNP_PSC_ENTRY_2M)
		rc = step_pvalidate(job, pfn, true, true);
	if (!rc) {
		step_restore(job, pfn, PSC_PAGES_2M);
		return 0;
	}
	if (rc < 0) {
		step_lose(job, pfn, PSC_PAGES_2M, step_why(rc));
		return rc;
	}
	for (i = 0; i < psc_entry_pages(entry); i++)
		failed = step_accept_page(job, pfn + i) ?: failed;
	return failed;
}

/**
 * step_rescind() - make the pages of one entry invalid
 * @job: the conversion
 * @entry: the entry, private and validated
 *
 * On failure what is not lost is validated again and has its mark off.
 *
 * Return: as step_accept().
 */
int step_rescind(struct step_job *job, u64 entry)
{
	unsigned int i, nr = psc_entry_pages(entry);
	u64 pfn = psc_entry_gfn(entry);
	int rc = 1;

	if (entry & SNP_PSC_ENTRY_2M)
		rc = step_pvalidate(job, pfn, true, false);
	if (!rc)
		return 0;
	if (rc < 0) {
		step_lose(job, pfn, nr, step_why(rc));
		return rc;
	}
	for (i = 0; i < nr; i++) {
		rc = step_pvalidate(job, pfn + i, false, false);
		if (rc)
			break;
	}
	if (!rc)
		return 0;
	step_lose(job, pfn + i, 1, step_why(rc));
	while (i--)
		step_accept_page(job, pfn + i);
	step_unmark(pfn, nr);
	return rc;
}
