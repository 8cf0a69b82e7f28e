/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the entry of a frame lies, for both kinds of RMP.  AMD64 APM volume 2
 * (24593), chapter 15.36.
 *
 * Contiguous: 16 KiB of bookkeeping at RMP_BASE, then 16 bytes a frame up to
 * RMP_END.  Segmented (RMP_CFG bit 0): bookkeeping, then the segment table
 * (RST), 512 quadwords of which each gives the entries of one segment of memory
 * a place of their own.
 */
#ifndef SOFTSNP_RMP_MAP_H
#define SOFTSNP_RMP_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include <snp/rmp.h>

#define RMP_MSR_ALIGN		0x2000ULL	/* RMP_BASE and RMP_END have bits 51:13 */
#define RMP_FW_ALIGN		0x100000ULL	/* where the firmware wants it (U: one source) */

#define RMP_RST_ENTRIES		512
#define RMP_RST_SIZE		(RMP_RST_ENTRIES * 8)
#define RMP_RST_GIB		GENMASK_ULL(19, 0)
#define RMP_RST_BASE		GENMASK_ULL(51, 20)

/* What CPUID 8000_0025 of a part with a segmented RMP says; RST sizes are in GiB. */
#define RMP_SHIFT_MIN		30
#define RMP_SHIFT_MAX		43

#define RMP_FRAMES_PER_GIB	0x40000ULL

/**
 * struct rmp_map - the table as the registers describe it
 * @base: RMP_BASE
 * @shift: log2 of the bytes of memory that one segment is for; 0: contiguous
 * @nr_frames: frames covered; contiguous only
 */
struct rmp_map {
	uint64_t base;
	unsigned int shift;
	uint64_t nr_frames;
};

/**
 * rmp_map_decode() - the three registers to a map
 * @base: RMP_BASE
 * @end: RMP_END
 * @cfg: RMP_CFG, 0 without the register
 * @m: filled in on success
 *
 * Return: NULL, or a sentence about what is wrong with the registers.
 */
static inline const char *rmp_map_decode(uint64_t base, uint64_t end, uint64_t cfg,
					 struct rmp_map *m)
{
	*m = (struct rmp_map) { .base = base };
	if (!base)
		return "RMP_BASE and RMP_END name no range";
	if (base % RMP_MSR_ALIGN)
		return "the RMP does not begin at a multiple of 8 KiB";
	if (cfg & SNP_RMP_CFG_SEGMENTED) {
		m->shift = FIELD_GET(SNP_RMP_CFG_SEG_SHIFT, cfg);
		if (m->shift < RMP_SHIFT_MIN || m->shift > RMP_SHIFT_MAX)
			return "RMP_CFG has a segment size that CPUID does not allow";
		return end / RMP_MSR_ALIGN ? "RMP_END is not 0 with a segmented RMP" : NULL;
	}
	if (end <= base)
		return "RMP_BASE and RMP_END name no range";
	if ((end + 1) % RMP_MSR_ALIGN)
		return "the RMP does not end at a multiple of 8 KiB";
	if (end - base < SNP_RMP_BOOKKEEPING + SNP_RMP_ENTRY_SIZE - 1)
		return "the RMP is too small for one entry";
	m->nr_frames = (end + 1 - base - SNP_RMP_BOOKKEEPING) / SNP_RMP_ENTRY_SIZE;
	return NULL;
}

/* First byte of the segment table. */
static inline uint64_t rmp_map_rst(const struct rmp_map *m)
{
	return m->base + SNP_RMP_BOOKKEEPING;
}

/* Which quadword of the segment table a frame depends on; false: beyond the table. */
static inline bool rmp_map_segment(const struct rmp_map *m, uint64_t pfn, unsigned int *index)
{
	uint64_t i = pfn >> (m->shift - SNP_PAGE_SHIFT);

	*index = i;
	return i < RMP_RST_ENTRIES;
}

/* Frames that a segment covers, from its first on; a size beyond the segment's is cut. */
static inline uint64_t rmp_map_segment_frames(const struct rmp_map *m, uint64_t rst)
{
	uint64_t gib = FIELD_GET(RMP_RST_GIB, rst), max = 1ULL << (m->shift - 30);

	return (gib < max ? gib : max) * RMP_FRAMES_PER_GIB;
}

/**
 * rmp_map_entry() - where the entry of a frame is
 * @m: map
 * @rst: the quadword of the segment table; ignored for a contiguous table
 * @pfn: frame
 * @spa: receives the address
 *
 * Return: false when the frame is not covered.
 */
static inline bool rmp_map_entry(const struct rmp_map *m, uint64_t rst, uint64_t pfn,
				 uint64_t *spa)
{
	uint64_t i;

	if (!m->shift) {
		*spa = rmp_map_rst(m) + pfn * SNP_RMP_ENTRY_SIZE;
		return pfn < m->nr_frames;
	}
	i = pfn & ((1ULL << (m->shift - SNP_PAGE_SHIFT)) - 1);
	*spa = (rst & RMP_RST_BASE) + i * SNP_RMP_ENTRY_SIZE;
	return i < rmp_map_segment_frames(m, rst);
}

#endif /* SOFTSNP_RMP_MAP_H */
