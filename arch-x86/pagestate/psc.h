/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page state change lists: building one, checking what the hypervisor made
 * of it (GHCB specification, 56421, SNP page state change).  Pure functions.
 */
#ifndef PAGESTATE_PSC_H
#define PAGESTATE_PSC_H

#include <linux/types.h>

#include <snp/ghcb.h>
#include <snp/guest.h>

#define PSC_PAGES_2M	512

/**
 * struct psc_cursor - a walk over ranges, one list entry after the other
 * @ranges: what to walk over
 * @nr_ranges: how many ranges
 * @only_4k: no 2 MiB entries
 * @range: the range that the next entry comes from
 * @page: its first page in that range
 */
struct psc_cursor {
	const struct snp_guest_range *ranges;
	unsigned int	nr_ranges;
	bool		only_4k;
	unsigned int	range;
	unsigned long	page;
};

static inline u64 psc_entry_gfn(u64 entry)
{
	return FIELD_GET(SNP_PSC_ENTRY_GFN, entry);
}

static inline unsigned int psc_entry_pages(u64 entry)
{
	return entry & SNP_PSC_ENTRY_2M ? PSC_PAGES_2M : 1;
}

/**
 * psc_next() - the next entry of a walk
 * @c: where the walk is; moves on
 * @op: SNP_PSC_OP_PRIVATE or SNP_PSC_OP_SHARED
 * @entry: the entry
 *
 * 2 MiB wherever a range covers an aligned one.
 *
 * Return: false at the end.
 */
static inline bool psc_next(struct psc_cursor *c, unsigned int op, u64 *entry)
{
	const struct snp_guest_range *r;
	u64 gfn;

	while (c->range < c->nr_ranges && c->page >= c->ranges[c->range].nr_pages) {
		c->range++;
		c->page = 0;
	}
	if (c->range >= c->nr_ranges)
		return false;
	r = &c->ranges[c->range];
	gfn = r->pfn + c->page;
	*entry = FIELD_PREP(SNP_PSC_ENTRY_GFN, gfn) | FIELD_PREP(SNP_PSC_ENTRY_OP, (u64)op);
	if (!c->only_4k && !(gfn % PSC_PAGES_2M) && r->nr_pages - c->page >= PSC_PAGES_2M)
		*entry |= SNP_PSC_ENTRY_2M;
	c->page += psc_entry_pages(*entry);
	return true;
}

/**
 * psc_fill() - make a list
 * @list: the list, overwritten
 * @c: where the walk is; moves on
 * @op: SNP_PSC_OP_PRIVATE or SNP_PSC_OP_SHARED
 * @max: at most so many entries; more than a list holds are not taken
 *
 * Return: how many entries the list has; 0 at the end of the walk.
 */
static inline unsigned int psc_fill(struct snp_psc_desc *list, struct psc_cursor *c,
				    unsigned int op, u64 max)
{
	unsigned int nr = 0;

	memset(list, 0, sizeof(*list));
	if (max > SNP_PSC_MAX_ENTRIES)
		max = SNP_PSC_MAX_ENTRIES;
	while (nr < max && psc_next(c, op, &list->entry[nr]))
		nr++;
	list->end_entry = nr ? nr - 1 : 0;
	return nr;
}

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
 * psc_check() - judge the answer to a list
 * @sent: the list as it was sent
 * @got: the list as it came back
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

/**
 * psc_resume() - make a list that was stopped ready to be sent again
 * @sent: the list as it was sent; its progress moves on
 * @got: the list as it came back, with any header
 *
 * Takes over the current entry and the progress inside it, if they only moved
 * forward, and nothing else: what is asked for stays what this guest wrote.
 *
 * Return: true when the list has moved on.
 */
static inline bool psc_resume(struct snp_psc_desc *sent, const struct snp_psc_desc *got)
{
	unsigned int cur = got->cur_entry;
	u64 *entry, page;
	bool moved;

	if (got->reserved || cur < sent->cur_entry || cur > sent->end_entry)
		return false;
	moved = cur > sent->cur_entry;
	sent->cur_entry = cur;
	entry = &sent->entry[cur];
	page = FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, got->entry[cur]);
	if ((got->entry[cur] ^ *entry) & ~SNP_PSC_ENTRY_CUR_PAGE ||
	    page <= FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, *entry) || page > psc_entry_pages(*entry))
		return moved;
	*entry = (*entry & ~SNP_PSC_ENTRY_CUR_PAGE) | FIELD_PREP(SNP_PSC_ENTRY_CUR_PAGE, page);
	return true;
}

#endif /* PAGESTATE_PSC_H */
