/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps of a conversion on entries of a list.
 */
#ifndef PAGESTATE_STEP_H
#define PAGESTATE_STEP_H

#include <linux/types.h>

#include <snp/ghcb.h>
#include <snp/guest.h>

struct page;

/* page_private() of a page that is shared, or lost. */
#define STEP_MARK_SHARED	0x534e5001
#define STEP_MARK_LOST		0x534e5002

/* PVALIDATEs that are done in one go, where an SVSM does them. */
#define STEP_BATCH		256

/**
 * struct step_job - one conversion
 * @sent: list as it is sent
 * @got: list as it came back
 * @stats: what it took
 * @list: PVALIDATEs, as an SVSM takes them
 * @unsure: of those last tried, how many behind those done may be done as well
 * @evict: stale lines must be pushed out after validation
 * @lost_pfn: the first frame that is lost
 * @lost_why: why
 */
struct step_job {
	struct snp_psc_desc sent;
	struct snp_psc_desc got;
	struct snp_guest_convert_stats stats;
	u64 list[1 + STEP_BATCH];
	unsigned int unsure;
	bool evict;
	u64 lost_pfn;
	const char *lost_why;
};

struct page *step_page(u64 pfn);
void *step_alias(u64 pfn);
void step_mark(u64 pfn, unsigned int nr);
void step_unmark(u64 pfn, unsigned int nr);
void step_lose(struct step_job *job, u64 pfn, unsigned int nr, const char *why);
int step_accept(struct step_job *job, unsigned int first, unsigned int nr);
int step_rescind(struct step_job *job, unsigned int nr, unsigned int *done);

#endif /* PAGESTATE_STEP_H */
