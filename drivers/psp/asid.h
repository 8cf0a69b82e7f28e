/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ASIDs are in use.  SNP firmware ABI (AMD 56860), SNP_ACTIVATE,
 * SNP_DECOMMISSION, SNP_DF_FLUSH: an ASID that a guest has left must not be
 * used again before all caches have been written back (WBINVD on every CPU)
 * and the data fabric has been flushed.
 *
 *	free -> used -> dirty -> free
 *	          \---> stuck
 *
 * Pure functions; the caller locks.
 */
#ifndef SNP_PSP_ASID_H
#define SNP_PSP_ASID_H

#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/types.h>

#include <snp/rmp.h>

/**
 * struct psp_asids - the ASIDs of SNP guests
 * @max: they are 1 to @max
 * @taken: not free: used, dirty or stuck
 * @dirty: left by a guest and not flushed since
 * @nr_used: how many guests have one
 * @nr_stuck: how many can never be used again
 */
struct psp_asids {
	u32 max;
	unsigned long *taken;
	unsigned long *dirty;
	u32 nr_used;
	u32 nr_stuck;
};

/**
 * asids_max() - the highest ASID that an SNP guest can have
 * @max: ASIDs of the processor are 1 to this (CPUID 8000_001F ECX)
 * @min_sev: lowest one of a guest without encrypted state (EDX)
 * @raw_entry: RMP entries are read from memory; their field has ten bits
 *
 * Guests with encrypted state have those below @min_sev.
 *
 * Return: the ASID; 0 when there is none.
 */
static inline u32 asids_max(u32 max, u32 min_sev, bool raw_entry)
{
	max = min_sev ? min(max, min_sev - 1) : max;
	return raw_entry ? min_t(u32, max, FIELD_MAX(SNP_RMP_RAW_ASID)) : max;
}

/**
 * asids_init() - none is in use
 * @a: result
 * @max: highest
 *
 * Return: 0, -EINVAL for a @max of 0, -ENOMEM.
 */
static inline int asids_init(struct psp_asids *a, u32 max)
{
	*a = (struct psp_asids) { .max = max };
	if (!max)
		return -EINVAL;
	a->taken = bitmap_zalloc(max + 1, GFP_KERNEL);
	a->dirty = bitmap_zalloc(max + 1, GFP_KERNEL);
	if (!a->taken || !a->dirty) {
		bitmap_free(a->taken);
		bitmap_free(a->dirty);
		return -ENOMEM;
	}
	__set_bit(0, a->taken);
	return 0;
}

static inline void asids_exit(struct psp_asids *a)
{
	bitmap_free(a->taken);
	bitmap_free(a->dirty);
	*a = (struct psp_asids) { };
}

/**
 * asids_take() - get a free one
 * @a: the ASIDs
 * @asid: result
 *
 * Return: 0; -EAGAIN when there are only dirty ones: flush, asids_flushed(), try
 *	again; -EBUSY when all are in use.
 */
static inline int asids_take(struct psp_asids *a, u32 *asid)
{
	unsigned long n = find_first_zero_bit(a->taken, a->max + 1);

	if (n > a->max)
		return bitmap_empty(a->dirty, a->max + 1) ? -EBUSY : -EAGAIN;
	__set_bit(n, a->taken);
	a->nr_used++;
	*asid = n;
	return 0;
}

/* A guest has left it, and no page has it as its owner. */
static inline void asids_leave(struct psp_asids *a, u32 asid)
{
	__set_bit(asid, a->dirty);
	a->nr_used--;
}

/* It was never in use by the firmware. */
static inline void asids_return(struct psp_asids *a, u32 asid)
{
	__clear_bit(asid, a->taken);
	a->nr_used--;
}

/* The firmware, or a page, may have it for ever. */
static inline void asids_stick(struct psp_asids *a, u32 asid)
{
	a->nr_used--;
	a->nr_stuck++;
}

/* Every CPU has done WBINVD and SNP_DF_FLUSH succeeded since the last one was left. */
static inline void asids_flushed(struct psp_asids *a)
{
	bitmap_andnot(a->taken, a->taken, a->dirty, a->max + 1);
	bitmap_zero(a->dirty, a->max + 1);
}

struct psp;

/* asid.c */
u32 psp_asid_max(void);
int psp_asid_flush(struct psp *psp, struct psp_asids *a, u32 *status);
int psp_asid_alloc(struct psp *psp, struct psp_asids *a, u32 *asid, u32 *status);

#endif /* SNP_PSP_ASID_H */
