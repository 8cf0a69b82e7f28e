/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RMP of this machine: discovery, lookup, and the page-state changes that
 * a host may ask the processor for.  AMD64 APM volume 2 (24593), 15.36.
 */
#ifndef SNP_ARCH_RMP_H
#define SNP_ARCH_RMP_H

#include <linux/types.h>

#include "entry.h"
#include "layout.h"

#define RMP_PAGES_2M		(SZ_2M / SNP_PAGE_SIZE)

/**
 * struct rmp_msrs - the MSRs that describe the RMP, as one CPU has them
 * @base: RMP_BASE
 * @end: RMP_END
 * @cfg: RMP_CFG, 0 without CPUID 8000_001F EAX bit 23
 */
struct rmp_msrs {
	u64 base;
	u64 end;
	u64 cfg;
};

/**
 * struct rmp_mapping - entries that lie in one piece, mapped
 * @seg: where they are and what they cover
 * @entries: their mapping, NULL when there are none
 */
struct rmp_mapping {
	struct rmp_segment seg;
	struct snp_rmp_raw *entries;
};

/**
 * struct rmp_table - the RMP, mapped
 * @layout: where it lies
 * @msrs: what it was found with
 * @has_rmpread: entries are read by RMPREAD, never from memory
 * @head: bookkeeping area, and the segment table behind it if there is one
 * @head_size: bytes mapped at @head
 * @nr_segments: how many of @segment are in use; 1 in the contiguous form
 * @segment: mapped entries
 */
struct rmp_table {
	struct rmp_layout layout;
	struct rmp_msrs msrs;
	bool has_rmpread;
	void *head;
	size_t head_size;
	unsigned int nr_segments;
	struct rmp_mapping *segment;
};

/**
 * struct rmp_guest_page - what a frame becomes when a guest gets it
 * @gpa: guest physical address, aligned to the page size
 * @asid: the guest, not 0
 * @size_2m: one entry of 2 MiB
 * @immutable: Pre-Guest, not Guest-Invalid
 */
struct rmp_guest_page {
	u64 gpa;
	u32 asid;
	bool size_2m;
	bool immutable;
};

/**
 * struct rmp_run - neighbouring frames in the same state
 * @pfn: first frame
 * @nr_pages: how many
 * @state: what rmp_entry_state() says, SNP_STATE_DEFAULT without an entry,
 *	-EIO when an entry cannot be read
 * @asid: owner of all of them
 * @size_2m: their entries cover 2 MiB
 */
struct rmp_run {
	u64 pfn;
	u64 nr_pages;
	int state;
	u32 asid;
	bool size_2m;
};

void rmp_read_msrs(struct rmp_msrs *m);
int rmp_map(struct rmp_table *t, const struct rmp_msrs *m, const char **why);
void rmp_unmap(struct rmp_table *t);
void rmp_clear(struct rmp_table *t);
u64 rmp_piece_len(const struct rmp_table *t, u64 pfn, bool *covered);
bool rmp_covers(const struct rmp_table *t, u64 pfn, u64 nr_pages, u64 *missing_pfn);
int rmp_lookup(const struct rmp_table *t, u64 pfn, struct rmp_entry *e);

int rmp_to_firmware(u64 pfn);
int rmp_to_guest(u64 pfn, const struct rmp_guest_page *p);
int rmp_to_shared(u64 pfn, bool size_2m);
int rmp_split_2m(u64 pfn);

/* range.c */
bool rmp_step_2m(u64 pfn, u64 gpa, u64 nr_pages);
int rmp_check_range(const struct rmp_table *t, u64 pfn, u64 nr_pages);
int rmp_range_to_guest(const struct rmp_table *t, u64 pfn, u64 nr_pages,
		       const struct rmp_guest_page *first, u64 *done);
int rmp_range_to_shared(const struct rmp_table *t, u64 pfn, u64 nr_pages, u64 *done);

/* report.c */
u64 rmp_end_pfn(const struct rmp_table *t);
u64 rmp_nr_covered(const struct rmp_table *t);
bool rmp_next_run(const struct rmp_table *t, u64 pfn, struct rmp_run *run);

#endif /* SNP_ARCH_RMP_H */
