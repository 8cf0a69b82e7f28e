// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMP discovery and lookup.  AMD64 APM volume 2 (24593), 15.36: contiguous
 * and segmented table, RMPREAD where the raw format is not architectural.
 */
#include <linux/io.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <arch-x86/insn.h>
#include <compat/cpuid.h>
#include <compat/msr.h>

#include "rmp.h"

#define CPUID_SEV			0x8000001f
#define CPUID_SEV_EAX_RMPREAD		BIT(21)
#define CPUID_SEV_EAX_SEGMENTED		BIT(23)

/* Clear in steps, so that a table of many GiB does not hold the CPU. */
#define RMP_CLEAR_STEP			SZ_16M

/**
 * rmp_read_msrs() - what this CPU says about the RMP
 * @m: result; an MSR that does not exist reads as 0
 *
 * Context: any; describes the CPU that it runs on.
 */
void rmp_read_msrs(struct rmp_msrs *m)
{
	*m = (struct rmp_msrs) { };

	if (rdmsrq_safe(SNP_MSR_RMP_BASE, &m->base))
		m->base = 0;
	if (rdmsrq_safe(SNP_MSR_RMP_END, &m->end))
		m->end = 0;
	if (!(cpuid_eax(CPUID_SEV) & CPUID_SEV_EAX_SEGMENTED) ||
	    rdmsrq_safe(SNP_MSR_RMP_CFG, &m->cfg))
		m->cfg = 0;
}

static u64 segment_bytes(const struct rmp_segment *seg)
{
	return seg->nr_frames * SNP_RMP_ENTRY_SIZE;
}

static int map_segment(struct rmp_table *t, unsigned int i, const struct rmp_segment *seg)
{
	t->segment[i].seg = *seg;
	if (!seg->nr_frames)
		return 0;
	t->segment[i].entries = memremap(seg->base, segment_bytes(seg), MEMREMAP_WB);
	return t->segment[i].entries ? 0 : -ENOMEM;
}

static int map_segments(struct rmp_table *t)
{
	const struct rmp_layout *l = &t->layout;
	struct rmp_segment seg;
	const u64 *rst;
	unsigned int i;
	int err;

	if (!l->segmented) {
		seg.base = l->base + SNP_RMP_BOOKKEEPING;
		seg.nr_frames = l->nr_frames;
		return map_segment(t, 0, &seg);
	}

	rst = t->head + RMP_RST_OFFSET;
	for (i = 0; i < RMP_RST_ENTRIES; i++) {
		seg = rmp_segment_decode(READ_ONCE(rst[i]), l->seg_shift);
		err = map_segment(t, i, &seg);
		if (err)
			return err;
	}
	return 0;
}

/**
 * rmp_map() - map the RMP that a set of MSRs describes
 * @t: result
 * @m: from rmp_read_msrs()
 * @why: on failure, the reason in words
 *
 * Context: may sleep.
 * Return: 0, -ENXIO when the MSRs describe no usable table, -ENOMEM.
 */
int rmp_map(struct rmp_table *t, const struct rmp_msrs *m, const char **why)
{
	enum rmp_defect defect;
	int err = -ENOMEM;

	*t = (struct rmp_table) { .msrs = *m };
	defect = rmp_layout_decode(m->base, m->end, m->cfg, &t->layout);
	if (defect != RMP_OK) {
		*why = rmp_defect_text(defect);
		return -ENXIO;
	}

	*why = "cannot be mapped";
	t->has_rmpread = cpuid_eax(CPUID_SEV) & CPUID_SEV_EAX_RMPREAD;
	t->nr_segments = t->layout.segmented ? RMP_RST_ENTRIES : 1;
	t->segment = kcalloc(t->nr_segments, sizeof(*t->segment), GFP_KERNEL);
	if (!t->segment)
		return err;

	t->head_size = SNP_RMP_BOOKKEEPING + (t->layout.segmented ? RMP_RST_SIZE : 0);
	t->head = memremap(t->layout.base, t->head_size, MEMREMAP_WB);
	if (!t->head)
		goto undo;

	err = map_segments(t);
	if (err)
		goto undo;
	return 0;

undo:
	rmp_unmap(t);
	return err;
}

/**
 * rmp_unmap() - undo rmp_map()
 * @t: the table; may be half mapped or not mapped at all
 *
 * Context: may sleep.
 */
void rmp_unmap(struct rmp_table *t)
{
	unsigned int i;

	for (i = 0; t->segment && i < t->nr_segments; i++)
		if (t->segment[i].entries)
			memunmap(t->segment[i].entries);
	kfree(t->segment);
	if (t->head)
		memunmap(t->head);
	*t = (struct rmp_table) { };
}

static void clear_range(void *p, u64 len)
{
	u64 step;

	for (; len; len -= step, p += step) {
		step = min_t(u64, len, RMP_CLEAR_STEP);
		memset(p, 0, step);
		cond_resched();
	}
}

/**
 * rmp_clear() - zero the bookkeeping area and every entry
 * @t: mapped table
 *
 * Only while SYSCFG.SNPEn is clear on every CPU: afterwards the table is the
 * processor's, and writing to it would undo the protection of every guest.
 *
 * Context: may sleep.
 */
void rmp_clear(struct rmp_table *t)
{
	unsigned int i;

	clear_range(t->head, SNP_RMP_BOOKKEEPING);
	for (i = 0; i < t->nr_segments; i++)
		if (t->segment[i].entries)
			clear_range(t->segment[i].entries, segment_bytes(&t->segment[i].seg));
}

/* Which segment holds @pfn, and where in it; false beyond the table. */
static bool locate(const struct rmp_table *t, u64 pfn, unsigned int *i, u64 *frame)
{
	unsigned int shift;
	u64 n = 0;

	*frame = pfn;
	if (t->layout.segmented) {
		shift = t->layout.seg_shift - SNP_PAGE_SHIFT;
		n = pfn >> shift;
		*frame = pfn & ((1ULL << shift) - 1);
	}
	if (n >= t->nr_segments)
		return false;
	*i = n;
	return *frame < t->segment[n].seg.nr_frames;
}

/**
 * rmp_piece_len() - how far it goes on like this
 * @t: mapped table
 * @pfn: 4 KiB frame below rmp_end_pfn()
 * @covered: set to whether the frame has an entry
 *
 * Return: frames from @pfn to the end of its segment's covered part, or, when
 *	it has no entry, to the end of its segment.
 */
u64 rmp_piece_len(const struct rmp_table *t, u64 pfn, bool *covered)
{
	unsigned int i, shift;
	u64 frame;

	*covered = locate(t, pfn, &i, &frame);
	if (*covered)
		return t->segment[i].seg.nr_frames - frame;
	if (!t->layout.segmented)
		return U64_MAX - pfn;
	shift = t->layout.seg_shift - SNP_PAGE_SHIFT;
	return (((pfn >> shift) + 1) << shift) - pfn;
}

/**
 * rmp_covers() - does the RMP have an entry for each of these frames
 * @t: mapped table
 * @pfn: first 4 KiB frame
 * @nr_pages: how many
 * @missing_pfn: on false, the first frame without an entry
 *
 * Return: true when all of them have one.
 */
bool rmp_covers(const struct rmp_table *t, u64 pfn, u64 nr_pages, u64 *missing_pfn)
{
	u64 end = pfn + nr_pages, frame;
	unsigned int i;

	while (pfn < end) {
		if (!locate(t, pfn, &i, &frame)) {
			*missing_pfn = pfn;
			return false;
		}
		pfn += t->segment[i].seg.nr_frames - frame;
		if (!t->layout.segmented && pfn < end) {
			*missing_pfn = pfn;
			return false;
		}
	}
	return true;
}

static int read_entry(const struct rmp_table *t, unsigned int segment, u64 frame, u64 pfn,
		      struct rmp_entry *e)
{
	const struct snp_rmp_raw *entry;
	struct snp_rmp_state state;
	struct snp_rmp_raw raw;

	if (t->has_rmpread) {
		if (insn_rmpread(pfn << SNP_PAGE_SHIFT, &state))
			return -EIO;
		rmp_entry_from_rmpread(&state, e);
		return 0;
	}
	entry = &t->segment[segment].entries[frame];
	raw.lo = READ_ONCE(entry->lo);
	raw.hi = READ_ONCE(entry->hi);
	rmp_entry_decode(&raw, e);
	return 0;
}

/**
 * rmp_lookup() - read the RMP entry of a frame
 * @t: mapped table
 * @pfn: 4 KiB frame
 * @e: result
 *
 * The flags of a frame in the middle of a 2 MiB entry stand in the entry of
 * the first frame, which therefore is read too.
 *
 * Context: any; SYSCFG.SNPEn set where @t->has_rmpread.
 * Return: 0; -ENXIO for a frame without an entry (Default state); -EIO when
 *	RMPREAD fails.
 */
int rmp_lookup(const struct rmp_table *t, u64 pfn, struct rmp_entry *e)
{
	const u64 head_pfn = pfn & ~(u64)(SZ_2M / SNP_PAGE_SIZE - 1);
	struct rmp_entry head;
	unsigned int i;
	u64 frame;
	int err;

	if (!locate(t, pfn, &i, &frame))
		return -ENXIO;
	err = read_entry(t, i, frame, pfn, e);
	if (err || pfn == head_pfn)
		return err;
	/* Segments are multiples of 2 MiB, so the head lies in the same one. */
	err = read_entry(t, i, frame - (pfn - head_pfn), head_pfn, &head);
	if (err)
		return err;
	if (head.assigned && head.size_2m) {
		*e = head;
		if (head.asid)
			e->gpa += (pfn - head_pfn) << SNP_PAGE_SHIFT;
	}
	return 0;
}
