// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segment table of a segmented RMP, as a BIOS would write it.  AMD64 APM volume
 * 2 (24593), chapter 15.36.
 */
#include <string.h>

#include "host_rst.h"

#define SEGMENT_ALIGN	0x100000ULL

bool host_rst_build(const struct rmp_map *m, uint64_t end, uint64_t covers_gib, uint64_t *rst)
{
	uint64_t seg_gib = 1ULL << (m->shift - 30), gib, size, at;
	unsigned int nr = (covers_gib + seg_gib - 1) / seg_gib, i;

	memset(rst, 0, RMP_RST_SIZE);
	if (!nr || nr > RMP_RST_ENTRIES)
		return false;
	at = rmp_map_rst(m) + RMP_RST_SIZE;
	for (i = nr; i-- > 0;) {
		gib = covers_gib - i * seg_gib < seg_gib ? covers_gib - i * seg_gib : seg_gib;
		size = gib * RMP_FRAMES_PER_GIB * SNP_RMP_ENTRY_SIZE;
		at = (at + SEGMENT_ALIGN - 1) & ~(SEGMENT_ALIGN - 1);
		if (at + size - 1 > end)
			return false;
		rst[i] = at | gib;
		at += size;
	}
	return true;
}
