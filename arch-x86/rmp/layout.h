/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the RMP lies: the three MSRs, contiguous and segmented form, and the
 * segment table.  AMD64 APM volume 2 (24593), chapter 15.36.
 *
 * Pure functions on values; nothing here touches the machine.
 */
#ifndef SNP_ARCH_RMP_LAYOUT_H
#define SNP_ARCH_RMP_LAYOUT_H

#include <linux/sizes.h>

#include <snp/rmp.h>

#define RMP_BASE_ADDR		GENMASK_ULL(51, 13)
#define RMP_END_LOW		GENMASK_ULL(12, 0)

/* Segment table: behind the bookkeeping area, 512 entries. */
#define RMP_RST_OFFSET		SNP_RMP_BOOKKEEPING
#define RMP_RST_ENTRIES		512
#define RMP_RST_SIZE		(RMP_RST_ENTRIES * sizeof(u64))
#define RMP_RST_MAPPED_GIB	GENMASK_ULL(19, 0)
#define RMP_RST_BASE		GENMASK_ULL(51, 20)

/* A size field counts GiB, so no segment is smaller; 512 of them fill 52 bits. */
#define RMP_SEG_SHIFT_MIN	30
#define RMP_SEG_SHIFT_MAX	43

/**
 * struct rmp_layout - the RMP as its MSRs describe it
 * @base: system physical address of the bookkeeping area
 * @segmented: entries lie in segments that the segment table names
 * @seg_shift: log2 of the bytes of memory that one segment covers
 * @nr_frames: 4 KiB frames covered; contiguous form only
 */
struct rmp_layout {
	u64 base;
	bool segmented;
	unsigned int seg_shift;
	u64 nr_frames;
};

/**
 * struct rmp_segment - one entry of the segment table
 * @base: system physical address of its first RMP entry
 * @nr_frames: 4 KiB frames covered, from the start of the segment; 0: absent
 */
struct rmp_segment {
	u64 base;
	u64 nr_frames;
};

/* Why the MSRs describe no usable RMP. */
enum rmp_defect {
	RMP_OK,
	RMP_NOT_PROGRAMMED,
	RMP_MISALIGNED,
	RMP_END_BELOW_BASE,
	RMP_TOO_SMALL,
	RMP_SEG_END_SET,
	RMP_SEG_BAD_SHIFT,
};

/**
 * rmp_layout_decode() - the three MSRs to a layout
 * @base: RMP_BASE
 * @end: RMP_END, address of the last byte
 * @cfg: RMP_CFG, or 0 on processors without it
 * @l: result, valid only with RMP_OK
 *
 * Return: RMP_OK or the first defect found.
 */
static inline enum rmp_defect rmp_layout_decode(u64 base, u64 end, u64 cfg, struct rmp_layout *l)
{
	*l = (struct rmp_layout) {
		.base	   = base,
		.segmented = cfg & SNP_RMP_CFG_SEGMENTED,
	};

	if (!base)
		return RMP_NOT_PROGRAMMED;
	if (base & ~RMP_BASE_ADDR)
		return RMP_MISALIGNED;

	if (l->segmented) {
		l->seg_shift = FIELD_GET(SNP_RMP_CFG_SEG_SHIFT, cfg);
		if (l->seg_shift < RMP_SEG_SHIFT_MIN || l->seg_shift > RMP_SEG_SHIFT_MAX)
			return RMP_SEG_BAD_SHIFT;
		return end & ~RMP_END_LOW ? RMP_SEG_END_SET : RMP_OK;
	}

	if (!end)
		return RMP_NOT_PROGRAMMED;
	if ((end & RMP_END_LOW) != RMP_END_LOW || end & ~(RMP_BASE_ADDR | RMP_END_LOW))
		return RMP_MISALIGNED;
	if (end < base)
		return RMP_END_BELOW_BASE;
	if (end - base + 1 <= SNP_RMP_BOOKKEEPING)
		return RMP_TOO_SMALL;
	l->nr_frames = (end - base + 1 - SNP_RMP_BOOKKEEPING) / SNP_RMP_ENTRY_SIZE;
	return RMP_OK;
}

/**
 * rmp_segment_decode() - one entry of the segment table
 * @rst: the entry
 * @seg_shift: from struct rmp_layout
 *
 * Return: the segment; a size beyond that of a segment is clamped to it.
 */
static inline struct rmp_segment rmp_segment_decode(u64 rst, unsigned int seg_shift)
{
	u64 gib = FIELD_GET(RMP_RST_MAPPED_GIB, rst);
	u64 max_gib = 1ULL << (seg_shift - 30);

	if (gib > max_gib)
		gib = max_gib;
	return (struct rmp_segment) {
		.base	   = gib ? rst & RMP_RST_BASE : 0,
		.nr_frames = gib << (30 - SNP_PAGE_SHIFT),
	};
}

/**
 * rmp_defect_text() - a defect in words
 * @d: what rmp_layout_decode() returned
 *
 * Return: a constant string.
 */
static inline const char *rmp_defect_text(enum rmp_defect d)
{
	switch (d) {
	case RMP_OK:			return "usable";
	case RMP_NOT_PROGRAMMED:	return "not programmed";
	case RMP_MISALIGNED:		return "not aligned to 8 KiB, or reserved bits set";
	case RMP_END_BELOW_BASE:	return "end below base";
	case RMP_TOO_SMALL:		return "no room for entries";
	case RMP_SEG_END_SET:		return "segmented, but RMP_END is not 0";
	case RMP_SEG_BAD_SHIFT:		return "segmented, segment size out of range";
	}
	return "unknown defect";
}

#endif /* SNP_ARCH_RMP_LAYOUT_H */
