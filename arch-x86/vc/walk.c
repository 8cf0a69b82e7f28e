// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walk of the guest's own page tables (AMD64 APM volume 2, 24593, section 5.3).
 * The kernel's functions for it may be traced, and know only its own tables.
 * Pure; runs in KUnit and in user space, too.
 */
#include <linux/compiler.h>

#include "emulate.h"

#define WALK_PRESENT	BIT_ULL(0)
#define WALK_WRITE	BIT_ULL(1)
#define WALK_LARGE	BIT_ULL(7)
#define WALK_ADDRESS	GENMASK_ULL(51, 12)

/**
 * vc_walk() - what do the page tables say about an address
 * @root: physical address of the top table, C-bit included or not
 * @levels: 4 or 5
 * @cbit_mask: the C-bit
 * @va: linear address
 * @write: look for permission to write, too
 * @gpa: physical address without the C-bit; untouched when unmapped
 *
 * Return: see &enum vc_mapping.
 */
noinstr enum vc_mapping vc_walk(u64 root, unsigned int levels, u64 cbit_mask, u64 va, bool write,
				u64 *gpa)
{
	u64 address_mask = WALK_ADDRESS & ~cbit_mask, table = root & address_mask, entry, offset;
	unsigned int shift = 12 + 9 * levels;
	const u64 *entries;
	s64 top = (s64)va >> (shift - 1);

	if (top != 0 && top != -1)
		return VC_UNMAPPED;
	for (shift -= 9; ; shift -= 9) {
		entries = vc_hw_table(table);
		if (!entries)
			return VC_UNMAPPED;
		entry = READ_ONCE(entries[va >> shift & 511]);
		if (!(entry & WALK_PRESENT) || (write && !(entry & WALK_WRITE)))
			return VC_UNMAPPED;
		if (shift == 12)
			break;
		if (entry & WALK_LARGE) {
			/* No page is larger than 1 GiB. */
			if (shift > 30)
				return VC_UNMAPPED;
			break;
		}
		table = entry & address_mask;
	}
	offset = va & (BIT_ULL(shift) - 1);
	*gpa = (entry & address_mask & ~(BIT_ULL(shift) - 1)) | offset;
	return entry & cbit_mask ? VC_PRIVATE : VC_SHARED;
}
