/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conversion of pages between private and shared.  The order of the steps and
 * what protects each page is described in convert.c.
 */
#ifndef PAGESTATE_CONVERT_H
#define PAGESTATE_CONVERT_H

#include <snp/guest.h>

struct page;

int pagestate_to_shared(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			unsigned int flags, struct snp_guest_convert_stats *stats);
int pagestate_to_private(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			 unsigned int flags, struct snp_guest_convert_stats *stats);
void pagestate_totals(struct snp_guest_convert_stats *stats, s64 *shared_pages);
bool pagestate_is_lost(struct page *page);

#endif /* PAGESTATE_CONVERT_H */
