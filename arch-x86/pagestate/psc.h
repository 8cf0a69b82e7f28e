/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page state change lists: building one, checking what the hypervisor made
 * of it (GHCB specification, 56421, SNP page state change).  Pure functions.
 */
#ifndef PAGESTATE_PSC_H
#define PAGESTATE_PSC_H

#include <snp/ghcb.h>

/**
 * enum psc_progress - how far a list is
 * @PSC_DONE: every entry is processed
 * @PSC_MORE: stopped early without error; to be sent again
 * @PSC_REFUSED: SW_EXITINFO2 names an error
 * @PSC_VIOLATION: the header changed in a way that the protocol forbids
 */
enum psc_progress {
	PSC_DONE,
	PSC_MORE,
	PSC_REFUSED,
	PSC_VIOLATION,
};

/**
 * psc_fill() - make a list for a range of 4 KiB pages
 * @list: the list, overwritten
 * @gfn: first guest frame
 * @nr_pages: how many
 * @op: SNP_PSC_OP_PRIVATE or SNP_PSC_OP_SHARED
 *
 * Return: how many pages the list covers: @nr_pages, or what a list holds.
 */
static inline unsigned int psc_fill(struct snp_psc_desc *list, u64 gfn, unsigned int nr_pages,
				    unsigned int op)
{
	unsigned int i, nr = min_t(unsigned int, nr_pages, SNP_PSC_MAX_ENTRIES);

	memset(list, 0, sizeof(*list));
	if (!nr)
		return 0;
	for (i = 0; i < nr; i++)
		list->entry[i] = FIELD_PREP(SNP_PSC_ENTRY_GFN, gfn + i) |
				 FIELD_PREP(SNP_PSC_ENTRY_OP, op);
	list->end_entry = nr - 1;
	return nr;
}

/**
 * psc_check() - judge the answer to a list
 * @sent: the list as it was sent
 * @got: the header as it came back
 * @info2: SW_EXITINFO2
 *
 * The hypervisor owns the header during the exit: it may move the current
 * entry forward and nothing else.  That it claims to be done proves nothing;
 * PVALIDATE and the access itself do.
 *
 * Return: how far the list is.
 */
static inline enum psc_progress psc_check(const struct snp_psc_desc *sent,
					  const struct snp_psc_desc *got, u64 info2)
{
	if (info2)
		return PSC_REFUSED;
	if (got->reserved || got->end_entry > sent->end_entry ||
	    got->cur_entry < sent->cur_entry)
		return PSC_VIOLATION;
	/* Against the end that was sent: a shorter list is not a finished one. */
	if (got->cur_entry > sent->end_entry)
		return PSC_DONE;
	return PSC_MORE;
}

#endif /* PAGESTATE_PSC_H */
