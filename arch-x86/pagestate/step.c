// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps of a conversion on entries of a list: PVALIDATE (APM volume 3, 24594;
 * below VMPL0 the SVSM's, 58019), the marks of this module's own record, and
 * pages that are lost.  convert.c says what they are for.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include <arch-x86/insn.h>
#include <arch-x86/svsm/codec.h>
#include <arch-x86/svsm/svsm.h>

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
static int step_pvalidate(u64 pfn, bool size_2m, bool validate)
{
	unsigned int code;
	bool unchanged;

	code = insn_pvalidate(step_alias(pfn), size_2m, validate, &unchanged);
	if (size_2m && code == SNP_PVALIDATE_FAIL_SIZEMISMATCH)
		return 1;
	if (code)
		return -EIO;
	/* The RMP entry is not the one that this guest made. */
	return unchanged ? -EXDEV : 0;
}

static u64 *step_ops(struct step_job *job)
{
	return job->list + sizeof(struct snp_svsm_pvalidate) / sizeof(u64);
}

static void step_count(struct step_job *job, u64 op, int rc)
{
	if (op & SNP_SVSM_PVALIDATE_2M)
		job->stats.pvalidates_2m++;
	else
		job->stats.pvalidates_4k++;
	if (rc == 1)
		job->stats.size_mismatches++;
}

/*
 * Do the first @nr operations of step_ops(job).  Returns how many are done; if
 * not all, *@rc is what became of the next one: 1, -EIO or -EXDEV.
 */
static unsigned int step_run(struct step_job *job, unsigned int nr, int *rc)
{
	const u64 *op = step_ops(job);
	unsigned int done = 0, i;

	*rc = 0;
	job->unsure = 0;
	if (svsm_vmpl()) {
		done = svsm_pvalidate((struct snp_svsm_pvalidate *)job->list, nr, rc,
				      &job->unsure);
	} else {
		for (; done < nr; done++) {
			*rc = step_pvalidate(op[done] >> SNP_PAGE_SHIFT,
					     op[done] & SNP_SVSM_PVALIDATE_2M,
					     op[done] & SNP_SVSM_PVALIDATE_VALIDATE);
			if (*rc)
				break;
		}
	}
	for (i = 0; i < done; i++)
		step_count(job, op[i], 0);
	if (done == nr)
		return done;
	if (*rc != -ENODATA)
		step_count(job, op[done], *rc);
	/* Nothing is smaller than 4 KiB; every other reason is a refusal. */
	if (*rc != -EXDEV && (*rc != 1 || !(op[done] & SNP_SVSM_PVALIDATE_2M)))
		*rc = -EIO;
	return done;
}

/* Entries of a page state change list; as step_run(). */
static unsigned int step_run_entries(struct step_job *job, const u64 *entry, unsigned int nr,
				     bool validate, int *rc)
{
	unsigned int i;

	nr = min_t(unsigned int, nr, STEP_BATCH);
	for (i = 0; i < nr; i++)
		step_ops(job)[i] = svsm_pvalidate_entry(psc_entry_gfn(entry[i]),
							entry[i] & SNP_PSC_ENTRY_2M, validate);
	return step_run(job, nr, rc);
}

/* Adjacent pages of 4 KiB; as step_run(). */
static unsigned int step_run_pages(struct step_job *job, u64 pfn, unsigned int nr, bool validate,
				   int *rc)
{
	unsigned int i;

	nr = min_t(unsigned int, nr, STEP_BATCH);
	for (i = 0; i < nr; i++)
		step_ops(job)[i] = svsm_pvalidate_entry(pfn + i, false, validate);
	return step_run(job, nr, rc);
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

/* What is refused is lost; the pages around it are not. */
static int step_accept_pages(struct step_job *job, u64 pfn, unsigned int nr)
{
	int rc, failed = 0;
	unsigned int done;

	while (nr) {
		done = step_run_pages(job, pfn, nr, true, &rc);
		step_restore(job, pfn, done);
		pfn += done;
		nr -= done;
		if (!rc)
			continue;
		failed = rc;
		step_lose(job, pfn, 1, step_why(rc));
		pfn++;
		nr--;
	}
	return failed;
}

/**
 * step_accept() - validate the pages of entries of the list; what fails is lost
 * @job: the conversion
 * @first: first entry of @job->sent, private as the hypervisor claims
 * @nr: how many
 *
 * The pages are zero and have their mark off afterwards.
 *
 * Return: 0; -EIO when PVALIDATE was refused; -EXDEV when it changed nothing.
 */
int step_accept(struct step_job *job, unsigned int first, unsigned int nr)
{
	const u64 *entry = &job->sent.entry[first], *end = entry + nr;
	int rc, failed = 0;
	unsigned int done;

	while (entry < end) {
		done = step_run_entries(job, entry, end - entry, true, &rc);
		for (; done; done--, entry++)
			step_restore(job, psc_entry_gfn(*entry), psc_entry_pages(*entry));
		if (!rc)
			continue;
		if (rc == 1)
			rc = step_accept_pages(job, psc_entry_gfn(*entry), PSC_PAGES_2M);
		else
			step_lose(job, psc_entry_gfn(*entry), psc_entry_pages(*entry),
				  step_why(rc));
		failed = rc ?: failed;
		entry++;
	}
	return failed;
}

/* A 2 MiB page as 512: all, or those that are not lost are validated again. */
static int step_rescind_pages(struct step_job *job, u64 first)
{
	unsigned int at = 0;
	int rc;

	while (at < PSC_PAGES_2M) {
		at += step_run_pages(job, first + at, PSC_PAGES_2M - at, false, &rc);
		if (!rc)
			continue;
		step_lose(job, first + at, max(job->unsure, 1U), step_why(rc));
		step_accept_pages(job, first, at);
		step_unmark(first, PSC_PAGES_2M);
		return rc;
	}
	return 0;
}

/**
 * step_rescind() - make the pages of entries of the list invalid
 * @job: the conversion
 * @nr: how many entries of @job->sent, private and validated
 * @done: receives how many are rescinded
 *
 * On failure the entry behind those that are done is lost, or private and
 * validated with its mark off.  Others are lost, too, when nobody knows what
 * became of them; the rest is untouched.
 *
 * Return: as step_accept().
 */
int step_rescind(struct step_job *job, unsigned int nr, unsigned int *done)
{
	const u64 *entry = job->sent.entry;
	unsigned int i;
	int rc;

	for (*done = 0; *done < nr;) {
		*done += step_run_entries(job, entry + *done, nr - *done, false, &rc);
		if (!rc)
			continue;
		if (rc == 1)
			rc = step_rescind_pages(job, psc_entry_gfn(entry[*done]));
		else
			for (i = *done; i < *done + max(job->unsure, 1U); i++)
				step_lose(job, psc_entry_gfn(entry[i]), psc_entry_pages(entry[i]),
					  step_why(rc));
		if (rc)
			return rc;
		++*done;
	}
	return 0;
}
