// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page state change lists, checked and carried out as KVM does.  GHCB
 * specification (56421), page state change.
 */
#include "guest_psc.h"

#define PAGES_2M	512

static bool carry_out(uint64_t entry,
		      bool (*change)(void *opaque, uint64_t gpa, bool size_2m, bool private_),
		      void *opaque)
{
	uint64_t gpa = FIELD_GET(SNP_PSC_ENTRY_GFN, entry) << SNP_PAGE_SHIFT;
	bool private_ = FIELD_GET(SNP_PSC_ENTRY_OP, entry) == SNP_PSC_OP_PRIVATE;
	unsigned int cur = FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, entry), i;

	if (!(entry & SNP_PSC_ENTRY_2M))
		return cur || change(opaque, gpa, false, private_);
	if (!cur)
		return change(opaque, gpa, true, private_);
	/* A 2 MiB entry that was partly done goes on page by page. */
	for (i = cur; i < PAGES_2M; i++)
		if (!change(opaque, gpa + i * SNP_PAGE_SIZE, false, private_))
			return false;
	return true;
}

uint64_t psc_process(struct snp_psc_desc *d, unsigned int max_entries,
		     bool (*change)(void *opaque, uint64_t gpa, bool size_2m, bool private_),
		     void *opaque)
{
	if (max_entries > SNP_PSC_MAX_ENTRIES)
		max_entries = SNP_PSC_MAX_ENTRIES;
	if (d->end_entry >= max_entries)
		return SNP_PSC_INVALID_HDR;

	for (; d->cur_entry <= d->end_entry; d->cur_entry++) {
		uint64_t e = d->entry[d->cur_entry];
		bool size_2m = e & SNP_PSC_ENTRY_2M;
		unsigned int pages = size_2m ? PAGES_2M : 1;

		if (FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, e) > pages)
			return SNP_PSC_INVALID_ENTRY;
		if (size_2m && (FIELD_GET(SNP_PSC_ENTRY_GFN, e) & (PAGES_2M - 1)))
			return SNP_PSC_INVALID_ENTRY;
		switch (FIELD_GET(SNP_PSC_ENTRY_OP, e)) {
		case SNP_PSC_OP_PRIVATE:
		case SNP_PSC_OP_SHARED:
			if (!carry_out(e, change, opaque))
				return SNP_PSC_GENERIC_ERROR;
			break;
		case SNP_PSC_OP_PSMASH:
		case SNP_PSC_OP_UNSMASH:
			break;
		default:
			return SNP_PSC_INVALID_ENTRY;
		}
		d->entry[d->cur_entry] = (e & ~SNP_PSC_ENTRY_CUR_PAGE) | pages;
	}
	return 0;
}
