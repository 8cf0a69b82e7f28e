// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: page-state changes of many frames (arch-x86/rmp/range.c) and the
 * report about the whole table (report.c), on an RMP that keeps the
 * processor's rules.
 */
#include <linux/module.h>

#include "../../../arch-x86/rmp/table.c"
#undef pr_fmt
#include "../../../arch-x86/rmp/update.c"
#undef CREATE_TRACE_POINTS
#undef pr_fmt
#include "../../../arch-x86/rmp/range.c"
#include "../../../arch-x86/rmp/report.c"

#include "rmp_machine.h"

#define FRAMES		(8 * RMP_PAGES_2M)
#define ASID		7

/* Which entries a range becomes. */
struct give_case {
	const char *name;
	u64 pfn, gpa, nr_pages;
	unsigned int nr_2m, nr_4k;
};

static const struct give_case give_cases[] = {
	{ "one page",			 3, 0x1000, 1, 0, 1 },
	{ "2 MiB",			 512, 0x200000, 512, 1, 0 },
	{ "4 MiB",			 1024, 0x40000000, 1024, 2, 0 },
	{ "one page less than 2 MiB",	 512, 0x200000, 511, 0, 511 },
	{ "2 MiB and a page",		 512, 0x200000, 513, 1, 1 },
	{ "a page and 2 MiB",		 511, 0x1ff000, 513, 1, 1 },
	{ "frame not aligned",		 513, 0x200000, 512, 0, 512 },
	{ "guest address not aligned",	 512, 0x201000, 512, 0, 512 },
	{ "aligned only later",		 513, 0x201000, 511 + 512, 1, 511 },
	{ "up to the end of the table",	 FRAMES - 512, 0, 512, 1, 0 },
};

KUNIT_ARRAY_PARAM_DESC(give, give_cases, name);

static void range_becomes_large_entries_where_it_can(struct kunit *test)
{
	const struct give_case *c = test->param_value;
	const struct rmp_guest_page first = { .gpa = c->gpa, .asid = ASID };
	struct machine *m = machine_new(test, FRAMES);
	struct rmp_entry e;
	u64 done, i;

	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, c->pfn, c->nr_pages, &first, &done), 0);
	KUNIT_EXPECT_EQ(test, done, c->nr_pages);
	KUNIT_EXPECT_EQ(test, m->nr_updates_2m, c->nr_2m);
	KUNIT_EXPECT_EQ(test, m->nr_updates, c->nr_2m + c->nr_4k);
	for (i = 0; i < c->nr_pages; i++) {
		KUNIT_ASSERT_EQ(test, rmp_lookup(&m->t, c->pfn + i, &e), 0);
		KUNIT_ASSERT_EQ(test, rmp_entry_state(&e), SNP_STATE_GUEST_INVALID);
		KUNIT_ASSERT_EQ(test, e.gpa, c->gpa + i * SNP_PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, e.asid, ASID);
	}
	/* And back with as many. */
	m->nr_updates = 0;
	KUNIT_ASSERT_EQ(test, rmp_range_to_shared(&m->t, c->pfn, c->nr_pages, &done), 0);
	KUNIT_EXPECT_EQ(test, done, c->nr_pages);
	KUNIT_EXPECT_EQ(test, m->nr_updates, c->nr_2m + c->nr_4k);
	KUNIT_EXPECT_EQ(test, m->nr_psmash, 0);
	for (i = 0; i < FRAMES; i++)
		KUNIT_ASSERT_EQ(test, state_of(i), SNP_STATE_HYPERVISOR);
}

/* From each state: may the host give the page to a guest, may it take it back? */
struct from_case {
	const char *name;
	struct rmp_entry e;
	int give;
	int take;
};

static const struct from_case from_cases[] = {
	{ "Hypervisor",	   { }, 0, 0 },
	{ "HV-Fixed",	   { .immutable = true }, -EBUSY, 0 },
	{ "Reclaim",	   { .assigned = true }, -EBUSY, 0 },
	{ "Firmware",	   { .assigned = true, .immutable = true }, -EBUSY, -EPERM },
	{ "Context",	   { .assigned = true, .immutable = true, .vmsa = true }, -EBUSY, -EPERM },
	{ "Metadata",	   { .assigned = true, .immutable = true, .gpa = 0x1000 }, -EBUSY, -EPERM },
	{ "Pre-Guest",	   { .assigned = true, .immutable = true, .asid = 3 }, -EBUSY, -EPERM },
	{ "Guest-Invalid", { .assigned = true, .asid = 3 }, -EBUSY, 0 },
	{ "Pre-Swap",	   { .assigned = true, .immutable = true, .asid = 3, .validated = true },
	  -EBUSY, -EPERM },
	{ "Guest-Valid",   { .assigned = true, .asid = 3, .validated = true }, -EBUSY, 0 },
	{ "VMSA",	   { .assigned = true, .asid = 3, .validated = true, .vmsa = true },
	  -EBUSY, 0 },
	{ "no state",	   { .asid = 3 }, -EBUSY, 0 },
};

KUNIT_ARRAY_PARAM_DESC(from, from_cases, name);

/* What stands in the entry of the frame itself, as in the table. */
static unsigned int read_one_entry(u64 spa, struct snp_rmp_state *state)
{
	const struct rmp_entry e = entry_of(spa >> SNP_PAGE_SHIFT);

	*state = (struct snp_rmp_state) {
		.gpa = e.gpa,
		.assigned = e.assigned,
		.pagesize = e.size_2m,
		.immutable = e.immutable,
		.asid = e.asid,
	};
	return 0;
}

static void head_of_a_large_entry_counts_with_rmpread_too(struct kunit *test)
{
	const struct rmp_guest_page p = { .gpa = 0x40000000, .asid = 7, .size_2m = true };
	struct machine *m = machine_new(test, 1024);
	struct rmp_entry e;

	kunit_activate_static_stub(test, insn_rmpread, read_one_entry);
	m->t.has_rmpread = true;
	KUNIT_ASSERT_EQ(test, rmp_to_guest(512, &p), 0);
	KUNIT_ASSERT_EQ(test, rmp_lookup(&m->t, 512 + 3, &e), 0);
	KUNIT_EXPECT_TRUE(test, e.size_2m);
	KUNIT_EXPECT_TRUE(test, e.partial);
	KUNIT_EXPECT_EQ(test, e.asid, 7);
	KUNIT_EXPECT_EQ(test, e.gpa, 0x40003000);
	KUNIT_ASSERT_EQ(test, rmp_lookup(&m->t, 511, &e), 0);
	KUNIT_EXPECT_FALSE(test, e.assigned);
}

static void a_guest_gets_only_what_the_host_owns(struct kunit *test)
{
	const struct rmp_guest_page first = { .gpa = 0x3000, .asid = ASID };
	const struct from_case *c = test->param_value;
	struct machine *m = machine_new(test, FRAMES);
	const struct snp_rmp_raw *raw = &m->entries[9];
	struct snp_rmp_raw before;
	u64 done;

	set_entry(9, &c->e);
	before = *raw;
	KUNIT_EXPECT_EQ(test, rmp_range_to_guest(&m->t, 8, 3, &first, &done), c->give);
	KUNIT_EXPECT_EQ(test, done, c->give ? 1 : 3);
	if (c->give)
		KUNIT_EXPECT_MEMEQ(test, raw, &before, sizeof(before));
}

static void the_host_takes_all_but_what_the_firmware_has(struct kunit *test)
{
	const struct from_case *c = test->param_value;
	struct machine *m = machine_new(test, FRAMES);
	u64 done;

	set_entry(9, &c->e);
	KUNIT_EXPECT_EQ(test, rmp_range_to_shared(&m->t, 8, 3, &done), c->take);
	KUNIT_EXPECT_EQ(test, done, c->take ? 1 : 3);
	KUNIT_EXPECT_EQ(test, m->nr_updates, c->e.assigned && !c->e.immutable);
}

/* Part of a large entry. */
struct part_case {
	const char *name;
	u64 pfn, nr_pages;
	unsigned int nr_psmash, nr_2m, nr_4k;
};

static const struct part_case part_cases[] = {
	{ "all of it",		 512, 512, 0, 1, 0 },
	{ "its first page",	 512, 1, 1, 0, 1 },
	{ "its last page",	 1023, 1, 1, 0, 1 },
	{ "all but the last",	 512, 511, 1, 0, 511 },
	{ "it and the next",	 512, 1024, 0, 2, 0 },
	{ "half of two",	 768, 512, 2, 0, 512 },
	{ "what is around it",	 511, 514, 1, 1, 1 },
};

KUNIT_ARRAY_PARAM_DESC(part, part_cases, name);

static void psmash_only_where_a_part_changes(struct kunit *test)
{
	const struct rmp_guest_page first = { .gpa = 0x200000, .asid = ASID };
	const struct part_case *c = test->param_value;
	struct machine *m = machine_new(test, FRAMES);
	u64 done, i;

	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, 512, 1024, &first, &done), 0);
	m->nr_updates = 0;
	m->nr_updates_2m = 0;
	KUNIT_ASSERT_EQ(test, rmp_range_to_shared(&m->t, c->pfn, c->nr_pages, &done), 0);
	KUNIT_EXPECT_EQ(test, m->nr_psmash, c->nr_psmash);
	KUNIT_EXPECT_EQ(test, m->nr_updates_2m, c->nr_2m);
	KUNIT_EXPECT_EQ(test, m->nr_updates, c->nr_2m + c->nr_4k);
	for (i = 0; i < FRAMES; i++) {
		bool taken = i >= c->pfn && i < c->pfn + c->nr_pages;
		bool guest = i >= 512 && i < 512 + 1024 && !taken;

		KUNIT_ASSERT_EQ(test, state_of(i),
				guest ? SNP_STATE_GUEST_INVALID : SNP_STATE_HYPERVISOR);
	}
}

struct bad_case {
	const char *name;
	u64 pfn, nr_pages;
	int err;
};

static const struct bad_case bad_cases[] = {
	{ "nothing",		   3, 0, -EINVAL },
	{ "wraps around",	   3, U64_MAX, -EINVAL },
	{ "behind the table",	   FRAMES, 1, -ENXIO },
	{ "far behind the table",  1ULL << 40, 1, -ENXIO },
	{ "across its end",	   FRAMES - 1, 2, -ENXIO },
};

KUNIT_ARRAY_PARAM_DESC(bad, bad_cases, name);

static void frames_without_entry_are_refused_before_any_changes(struct kunit *test)
{
	const struct rmp_guest_page first = { .gpa = 0x3000, .asid = ASID };
	const struct bad_case *c = test->param_value;
	struct machine *m = machine_new(test, FRAMES);
	u64 done = 1;

	KUNIT_EXPECT_EQ(test, rmp_range_to_guest(&m->t, c->pfn, c->nr_pages, &first, &done),
			c->err);
	KUNIT_EXPECT_EQ(test, done, 0);
	done = 1;
	KUNIT_EXPECT_EQ(test, rmp_range_to_shared(&m->t, c->pfn, c->nr_pages, &done), c->err);
	KUNIT_EXPECT_EQ(test, done, 0);
	KUNIT_EXPECT_EQ(test, m->nr_updates, 0);
}

static void failure_tells_how_far_it_came(struct kunit *test)
{
	const struct rmp_guest_page first = { .gpa = 0x3000, .asid = ASID };
	struct machine *m = machine_new(test, FRAMES);
	u64 done;

	m->fail_at = 3;
	m->fail_code = SNP_RMPUPDATE_FAIL_PERMISSION;
	KUNIT_EXPECT_EQ(test, rmp_range_to_guest(&m->t, 8, 5, &first, &done), -EFAULT);
	KUNIT_EXPECT_EQ(test, done, 2);
	m->fail_at = 0;
	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, 10, 3, &first, &done), 0);
	m->fail_at = m->nr_updates + 2;
	KUNIT_EXPECT_EQ(test, rmp_range_to_shared(&m->t, 8, 5, &done), -EFAULT);
	KUNIT_EXPECT_EQ(test, done, 1);
	m->fail_at = 0;
	KUNIT_ASSERT_EQ(test, rmp_range_to_shared(&m->t, 8, 5, &done), 0);
}

static void split_that_fails_changes_nothing(struct kunit *test)
{
	const struct rmp_guest_page first = { .gpa = 0x200000, .asid = ASID };
	struct machine *m = machine_new(test, FRAMES);
	u64 done;

	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, 512, 512, &first, &done), 0);
	m->psmash_code = SNP_PSMASH_FAIL_INUSE;
	KUNIT_EXPECT_EQ(test, rmp_range_to_shared(&m->t, 513, 1, &done), -EBUSY);
	KUNIT_EXPECT_EQ(test, done, 0);
	KUNIT_EXPECT_EQ(test, state_of(513), SNP_STATE_GUEST_INVALID);
}

static void owner_that_no_entry_can_hold_is_refused(struct kunit *test)
{
	static const struct {
		u64 pfn;
		struct rmp_guest_page p;
	} bad[] = {
		{ 1, { .gpa = 0x1000 } },
		{ 1, { .gpa = 0x1001, .asid = 1 } },
		{ 1, { .gpa = 1ULL << 52, .asid = 1 } },
		{ 1, { .gpa = 0x200000, .asid = 1, .size_2m = true } },
		{ 512, { .gpa = 0x201000, .asid = 1, .size_2m = true } },
	};
	struct machine *m = machine_new(test, FRAMES);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, rmp_to_guest(bad[i].pfn, &bad[i].p), -EINVAL);
	KUNIT_EXPECT_EQ(test, m->nr_updates, 0);
}

static void runs_cover_the_table_once(struct kunit *test)
{
	const struct rmp_guest_page small = { .gpa = 0x3000, .asid = ASID, .immutable = true };
	const struct rmp_guest_page large = { .gpa = 0x200000, .asid = ASID };
	const struct rmp_run want[] = {
		{ 0, 5, SNP_STATE_HYPERVISOR },
		{ 5, 2, SNP_STATE_PRE_GUEST, ASID },
		{ 7, 1, SNP_STATE_FIRMWARE },
		{ 8, 504, SNP_STATE_HYPERVISOR },
		{ 512, 1024, SNP_STATE_GUEST_INVALID, ASID, true },
		{ 1536, FRAMES - 1536, SNP_STATE_HYPERVISOR },
	};
	struct machine *m = machine_new(test, FRAMES);
	struct rmp_run run;
	u64 done, pfn = 0;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, 5, 2, &small, &done), 0);
	KUNIT_ASSERT_EQ(test, rmp_to_firmware(7), 0);
	KUNIT_ASSERT_EQ(test, rmp_range_to_guest(&m->t, 512, 1024, &large, &done), 0);
	KUNIT_EXPECT_EQ(test, rmp_end_pfn(&m->t), FRAMES);
	KUNIT_EXPECT_EQ(test, rmp_nr_covered(&m->t), FRAMES);
	for (i = 0; i < ARRAY_SIZE(want); i++, pfn = run.pfn + run.nr_pages) {
		KUNIT_ASSERT_TRUE(test, rmp_next_run(&m->t, pfn, &run));
		KUNIT_EXPECT_EQ(test, run.pfn, want[i].pfn);
		KUNIT_EXPECT_EQ(test, run.nr_pages, want[i].nr_pages);
		KUNIT_EXPECT_EQ(test, run.state, want[i].state);
		KUNIT_EXPECT_EQ(test, run.asid, want[i].asid);
		KUNIT_EXPECT_EQ(test, run.size_2m, want[i].size_2m);
	}
	KUNIT_EXPECT_FALSE(test, rmp_next_run(&m->t, pfn, &run));
}

static void runs_name_what_no_segment_covers(struct kunit *test)
{
	const u64 per_segment = 1ULL << (30 - SNP_PAGE_SHIFT);
	struct machine *m = machine_new(test, FRAMES);
	struct rmp_mapping seg[4] = { };
	struct rmp_run run;

	m->t.layout.segmented = true;
	m->t.layout.seg_shift = 30;
	m->t.segment = seg;
	m->t.nr_segments = 4;
	seg[0].seg.nr_frames = 16;
	seg[0].entries = m->entries;
	seg[2].seg.nr_frames = 32;
	seg[2].entries = m->entries;
	KUNIT_EXPECT_EQ(test, rmp_end_pfn(&m->t), 2 * per_segment + 32);
	KUNIT_EXPECT_EQ(test, rmp_nr_covered(&m->t), 48);
	KUNIT_ASSERT_TRUE(test, rmp_next_run(&m->t, 0, &run));
	KUNIT_EXPECT_EQ(test, run.nr_pages, 16);
	KUNIT_ASSERT_TRUE(test, rmp_next_run(&m->t, 16, &run));
	KUNIT_EXPECT_EQ(test, run.state, SNP_STATE_DEFAULT);
	KUNIT_EXPECT_EQ(test, run.nr_pages, per_segment - 16);
	KUNIT_ASSERT_TRUE(test, rmp_next_run(&m->t, per_segment, &run));
	KUNIT_EXPECT_EQ(test, run.state, SNP_STATE_DEFAULT);
	KUNIT_EXPECT_EQ(test, run.nr_pages, per_segment);
	KUNIT_ASSERT_TRUE(test, rmp_next_run(&m->t, 2 * per_segment, &run));
	KUNIT_EXPECT_EQ(test, run.nr_pages, 32);
	KUNIT_EXPECT_FALSE(test, rmp_next_run(&m->t, 2 * per_segment + 32, &run));
}

static struct kunit_case range_cases[] = {
	KUNIT_CASE_PARAM(range_becomes_large_entries_where_it_can, give_gen_params),
	KUNIT_CASE(head_of_a_large_entry_counts_with_rmpread_too),
	KUNIT_CASE_PARAM(a_guest_gets_only_what_the_host_owns, from_gen_params),
	KUNIT_CASE_PARAM(the_host_takes_all_but_what_the_firmware_has, from_gen_params),
	KUNIT_CASE_PARAM(psmash_only_where_a_part_changes, part_gen_params),
	KUNIT_CASE_PARAM(frames_without_entry_are_refused_before_any_changes, bad_gen_params),
	KUNIT_CASE(failure_tells_how_far_it_came),
	KUNIT_CASE(split_that_fails_changes_nothing),
	KUNIT_CASE(owner_that_no_entry_can_hold_is_refused),
	KUNIT_CASE(runs_cover_the_table_once),
	KUNIT_CASE(runs_name_what_no_segment_covers),
	{ }
};

static struct kunit_suite range_suite = {
	.name = "rmp_range",
	.test_cases = range_cases,
};

kunit_test_suite(range_suite);

MODULE_DESCRIPTION("KUnit suite: RMP ranges and reports");
MODULE_LICENSE("GPL");
