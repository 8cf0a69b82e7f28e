// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: RMP entry codec and layout (arch-x86/rmp/{entry,layout}.h), lookup in
 * a table made of ordinary memory (table.c), and page-state changes with the
 * instructions replaced (update.c).  The sources are included, because the
 * instructions are inline functions that each translation unit has a copy of.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/module.h>

#include "../../../arch-x86/rmp/table.c"
#undef pr_fmt
#include "../../../arch-x86/rmp/update.c"

#define GPA_MAX		GENMASK_ULL(50, 12)
#define ASID_MAX	0x3ff

/* Every page state, and what no state has. */
struct state_case {
	const char *name;
	struct rmp_entry e;
	int state;
	bool partial_differs;	/* RMPREAD cannot tell it from ... */
	int partial_state;	/* ... this one */
};

static const struct state_case state_cases[] = {
	{ "Hypervisor",		{ },
	  SNP_STATE_HYPERVISOR },
	{ "HV-Fixed",		{ .immutable = true },
	  SNP_STATE_HV_FIXED },
	{ "Reclaim",		{ .assigned = true },
	  SNP_STATE_RECLAIM },
	{ "Reclaim, 2 MiB",	{ .assigned = true, .size_2m = true },
	  SNP_STATE_RECLAIM },
	{ "Firmware",		{ .assigned = true, .immutable = true },
	  SNP_STATE_FIRMWARE },
	{ "Context",		{ .assigned = true, .immutable = true, .vmsa = true },
	  SNP_STATE_CONTEXT, true, SNP_STATE_FIRMWARE },
	{ "Metadata",		{ .assigned = true, .immutable = true, .gpa = 0x1000 },
	  SNP_STATE_METADATA },
	{ "Metadata, highest",	{ .assigned = true, .immutable = true, .gpa = GPA_MAX },
	  SNP_STATE_METADATA },
	{ "Pre-Guest",		{ .assigned = true, .immutable = true, .asid = 1 },
	  SNP_STATE_PRE_GUEST },
	{ "Guest-Invalid",	{ .assigned = true, .asid = 1, .gpa = 0x1000 },
	  SNP_STATE_GUEST_INVALID },
	{ "Guest-Invalid, highest ASID", { .assigned = true, .asid = ASID_MAX },
	  SNP_STATE_GUEST_INVALID },
	{ "Pre-Swap",		{ .assigned = true, .immutable = true, .asid = 1,
				  .validated = true },
	  SNP_STATE_PRE_SWAP, true, SNP_STATE_PRE_GUEST },
	{ "Pre-Swap, VMSA",	{ .assigned = true, .immutable = true, .asid = 1,
				  .validated = true, .vmsa = true },
	  SNP_STATE_PRE_SWAP, true, SNP_STATE_PRE_GUEST },
	{ "Guest-Valid",	{ .assigned = true, .asid = 1, .validated = true },
	  SNP_STATE_GUEST_VALID, true, SNP_STATE_GUEST_INVALID },
	{ "Guest-Valid, VMSA",	{ .assigned = true, .asid = 1, .validated = true, .vmsa = true },
	  SNP_STATE_GUEST_VALID, true, SNP_STATE_GUEST_INVALID },
	{ "unassigned with ASID",	{ .asid = 1 }, -EINVAL },
	{ "unassigned, validated",	{ .validated = true }, -EINVAL,
	  true, SNP_STATE_HYPERVISOR },
	{ "unassigned VMSA",		{ .vmsa = true }, -EINVAL,
	  true, SNP_STATE_HYPERVISOR },
	{ "nobody's, validated",	{ .assigned = true, .validated = true }, -EINVAL,
	  true, SNP_STATE_RECLAIM },
	{ "Reclaim with VMSA",		{ .assigned = true, .vmsa = true }, -EINVAL,
	  true, SNP_STATE_RECLAIM },
	{ "Context with GPA",		{ .assigned = true, .immutable = true, .vmsa = true,
					  .gpa = 0x1000 }, -EINVAL,
	  true, SNP_STATE_METADATA },
	{ "Guest-Invalid VMSA",		{ .assigned = true, .asid = 1, .vmsa = true }, -EINVAL,
	  true, SNP_STATE_GUEST_INVALID },
	{ "Pre-Guest VMSA",		{ .assigned = true, .asid = 1, .immutable = true,
					  .vmsa = true }, -EINVAL,
	  true, SNP_STATE_PRE_GUEST },
};

KUNIT_ARRAY_PARAM_DESC(state, state_cases, name);

static void state_of_each_encoding(struct kunit *test)
{
	const struct state_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, rmp_entry_state(&c->e), c->state);
}

/* Field by field: the structure has padding. */
static void expect_same(struct kunit *test, const struct rmp_entry *a, const struct rmp_entry *b)
{
	KUNIT_EXPECT_EQ(test, a->gpa, b->gpa);
	KUNIT_EXPECT_EQ(test, a->asid, b->asid);
	KUNIT_EXPECT_EQ(test, a->assigned, b->assigned);
	KUNIT_EXPECT_EQ(test, a->size_2m, b->size_2m);
	KUNIT_EXPECT_EQ(test, a->immutable, b->immutable);
	KUNIT_EXPECT_EQ(test, a->validated, b->validated);
	KUNIT_EXPECT_EQ(test, a->vmsa, b->vmsa);
	KUNIT_EXPECT_EQ(test, a->partial, b->partial);
	KUNIT_EXPECT_MEMEQ(test, a->perms, b->perms, sizeof(a->perms));
}

static void each_encoding_comes_back_from_raw(struct kunit *test)
{
	const struct state_case *c = test->param_value;
	struct snp_rmp_raw raw;
	struct rmp_entry e;

	KUNIT_ASSERT_EQ(test, rmp_entry_encode(&c->e, &raw), 0);
	rmp_entry_decode(&raw, &e);
	expect_same(test, &e, &c->e);
}

static void rmpread_tells_what_it_can(struct kunit *test)
{
	const struct state_case *c = test->param_value;
	const struct snp_rmp_state s = {
		.gpa = c->e.gpa,
		.assigned = c->e.assigned,
		/* Bit 1 is the region's status, not a size. */
		.pagesize = c->e.size_2m | 2,
		.immutable = c->e.immutable,
		.asid = c->e.asid,
	};
	struct rmp_entry e;

	rmp_entry_from_rmpread(&s, &e);
	KUNIT_EXPECT_TRUE(test, e.partial);
	KUNIT_EXPECT_EQ(test, e.size_2m, c->e.size_2m);
	KUNIT_EXPECT_EQ(test, rmp_entry_state(&e),
			c->partial_differs ? c->partial_state : c->state);
}

/* One bit or field of the raw entry at a time. */
struct field_case {
	const char *name;
	u64 lo;
	u64 hi;
	struct rmp_entry e;
};

static const struct field_case field_cases[] = {
	{ "nothing",		0, 0, { } },
	{ "assigned",		1ULL << 0, 0, { .assigned = true } },
	{ "page size",		1ULL << 1, 0, { .size_2m = true } },
	{ "immutable",		1ULL << 2, 0, { .immutable = true } },
	{ "lowest GPA bit",	1ULL << 12, 0, { .gpa = 0x1000 } },
	{ "highest GPA bit",	1ULL << 50, 0, { .gpa = 1ULL << 50 } },
	{ "all GPA bits",	0x0007fffffffff000, 0, { .gpa = GPA_MAX } },
	{ "lowest ASID bit",	1ULL << 51, 0, { .asid = 1 } },
	{ "highest ASID bit",	1ULL << 60, 0, { .asid = 0x200 } },
	{ "all ASID bits",	0x1ff8000000000000, 0, { .asid = ASID_MAX } },
	{ "VMSA",		1ULL << 61, 0, { .vmsa = true } },
	{ "validated",		1ULL << 62, 0, { .validated = true } },
	{ "permissions",	0, 0x1f070301, { .perms = { 0x01, 0x03, 0x07, 0x1f } } },
};

KUNIT_ARRAY_PARAM_DESC(field, field_cases, name);

static void each_field_has_its_place(struct kunit *test)
{
	const struct field_case *c = test->param_value;
	const struct snp_rmp_raw raw = { .lo = c->lo, .hi = c->hi };
	struct snp_rmp_raw back;
	struct rmp_entry e;

	rmp_entry_decode(&raw, &e);
	expect_same(test, &e, &c->e);
	KUNIT_ASSERT_EQ(test, rmp_entry_encode(&c->e, &back), 0);
	KUNIT_EXPECT_EQ(test, back.lo, c->lo);
	KUNIT_EXPECT_EQ(test, back.hi, c->hi);
}

static void reserved_bits_are_ignored(struct kunit *test)
{
	const struct snp_rmp_raw raw = { .lo = GENMASK_ULL(11, 3) | SNP_RMP_RAW_LOCK };
	const struct rmp_entry none = { };
	struct rmp_entry e;

	rmp_entry_decode(&raw, &e);
	expect_same(test, &e, &none);
}

static void what_does_not_fit_is_refused(struct kunit *test)
{
	const struct rmp_entry gpa = { .gpa = 1ULL << 51 };
	const struct rmp_entry unaligned = { .gpa = 0x1800 };
	const struct rmp_entry asid = { .asid = ASID_MAX + 1 };
	struct snp_rmp_raw raw = { .lo = 0x55, .hi = 0xaa };

	KUNIT_EXPECT_EQ(test, rmp_entry_encode(&gpa, &raw), -ERANGE);
	KUNIT_EXPECT_EQ(test, rmp_entry_encode(&unaligned, &raw), -ERANGE);
	KUNIT_EXPECT_EQ(test, rmp_entry_encode(&asid, &raw), -ERANGE);
	KUNIT_EXPECT_EQ(test, raw.lo, 0x55);
	KUNIT_EXPECT_EQ(test, raw.hi, 0xaa);
}

static void states_have_names(struct kunit *test)
{
	int s;

	for (s = SNP_STATE_HYPERVISOR; s <= SNP_STATE_DEFAULT; s++)
		KUNIT_EXPECT_STRNEQ(test, rmp_state_name(s), "no such state");
	KUNIT_EXPECT_STREQ(test, rmp_state_name(-EINVAL), "no such state");
	KUNIT_EXPECT_STREQ(test, rmp_state_name(SNP_STATE_FIRMWARE), "Firmware");
}

/* The MSRs. */
struct layout_case {
	const char *name;
	u64 base, end, cfg;
	enum rmp_defect defect;
	u64 nr_frames;
	unsigned int seg_shift;
};

static const struct layout_case layout_cases[] = {
	{ "16 MiB",		0x20000000, 0x20ffffff, 0, RMP_OK, 0xffc00 },
	{ "smallest",		0x2000, 0x7fff, 0, RMP_OK, 0x200 },
	{ "not programmed",	0, 0, 0, RMP_NOT_PROGRAMMED },
	{ "no end",		0x20000000, 0, 0, RMP_NOT_PROGRAMMED },
	{ "no base",		0, 0x20ffffff, 0, RMP_NOT_PROGRAMMED },
	{ "base at 4 KiB",	0x20001000, 0x20ffffff, 0, RMP_MISALIGNED },
	{ "base beyond 52 bits", 1ULL << 52, (1ULL << 52) | 0xffffff, 0, RMP_MISALIGNED },
	{ "end not at 8 KiB",	0x20000000, 0x20ffefff, 0, RMP_MISALIGNED },
	{ "end below base",	0x20000000, 0x1fffffff, 0, RMP_END_BELOW_BASE },
	{ "only bookkeeping",	0x20000000, 0x20003fff, 0, RMP_TOO_SMALL },
	{ "segmented, 64 GiB",	0x20000000, 0, 0x2401, RMP_OK, 0, 36 },
	{ "segmented, end reads ones", 0x20000000, 0x1fff, 0x2401, RMP_OK, 0, 36 },
	{ "segmented with end",	0x20000000, 0x20ffffff, 0x2401, RMP_SEG_END_SET, 0, 36 },
	{ "segments below 1 GiB", 0x20000000, 0, 0x1d01, RMP_SEG_BAD_SHIFT, 0, 29 },
	{ "segments of 1 GiB",	0x20000000, 0, 0x1e01, RMP_OK, 0, 30 },
	{ "segments of 8 TiB",	0x20000000, 0, 0x2b01, RMP_OK, 0, 43 },
	{ "segments too large",	0x20000000, 0, 0x2c01, RMP_SEG_BAD_SHIFT, 0, 44 },
	{ "shift without the enable bit", 0x20000000, 0x20ffffff, 0x2400, RMP_OK, 0xffc00 },
};

KUNIT_ARRAY_PARAM_DESC(layout, layout_cases, name);

static void msrs_describe_a_table_or_a_defect(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	struct rmp_layout l;

	KUNIT_EXPECT_EQ(test, rmp_layout_decode(c->base, c->end, c->cfg, &l), c->defect);
	KUNIT_EXPECT_STRNEQ(test, rmp_defect_text(c->defect), "unknown defect");
	if (c->defect != RMP_OK)
		return;
	KUNIT_EXPECT_EQ(test, l.base, c->base);
	KUNIT_EXPECT_EQ(test, l.nr_frames, c->nr_frames);
	KUNIT_EXPECT_EQ(test, l.seg_shift, c->seg_shift);
	KUNIT_EXPECT_EQ(test, l.segmented, !!c->seg_shift);
}

static void segment_entry_names_base_and_size(struct kunit *test)
{
	struct rmp_segment s;

	s = rmp_segment_decode(0, 36);
	KUNIT_EXPECT_EQ(test, s.nr_frames, 0);
	s = rmp_segment_decode(0x0000000123400000 | 64, 36);
	KUNIT_EXPECT_EQ(test, s.base, 0x123400000);
	KUNIT_EXPECT_EQ(test, s.nr_frames, 64ULL << 18);
	/* A size beyond the segment's is clamped, an absent one has no base. */
	s = rmp_segment_decode(0x0000000123400000 | 65, 36);
	KUNIT_EXPECT_EQ(test, s.nr_frames, 64ULL << 18);
	s = rmp_segment_decode(0x000fffffffffffff, 30);
	KUNIT_EXPECT_EQ(test, s.base, GENMASK_ULL(51, 20));
	KUNIT_EXPECT_EQ(test, s.nr_frames, 1ULL << 18);
	s = rmp_segment_decode(0x0000000123400000, 36);
	KUNIT_EXPECT_EQ(test, s.base, 0);
}

static struct kunit_case entry_cases[] = {
	KUNIT_CASE_PARAM(state_of_each_encoding, state_gen_params),
	KUNIT_CASE_PARAM(each_encoding_comes_back_from_raw, state_gen_params),
	KUNIT_CASE_PARAM(rmpread_tells_what_it_can, state_gen_params),
	KUNIT_CASE_PARAM(each_field_has_its_place, field_gen_params),
	KUNIT_CASE(reserved_bits_are_ignored),
	KUNIT_CASE(what_does_not_fit_is_refused),
	KUNIT_CASE(states_have_names),
	KUNIT_CASE_PARAM(msrs_describe_a_table_or_a_defect, layout_gen_params),
	KUNIT_CASE(segment_entry_names_base_and_size),
	{ }
};

static struct kunit_suite entry_suite = {
	.name = "rmp_entry",
	.test_cases = entry_cases,
};

/* Lookup, in a table of 1024 frames made of ordinary memory. */
#define NR_FRAMES	1024

struct fake {
	struct rmp_table t;
	struct rmp_mapping segment[4];
	struct snp_rmp_raw entries[NR_FRAMES];
};

static struct fake *fake_table(struct kunit *test)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->t.segment = f->segment;
	f->t.nr_segments = 1;
	f->segment[0].seg.nr_frames = NR_FRAMES;
	f->segment[0].entries = f->entries;
	return f;
}

static void frame_beyond_the_table_has_no_entry(struct kunit *test)
{
	struct fake *f = fake_table(test);
	struct rmp_entry e;
	u64 missing = 0;

	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, NR_FRAMES - 1, &e), 0);
	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, NR_FRAMES, &e), -ENXIO);
	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, U64_MAX, &e), -ENXIO);
	KUNIT_EXPECT_TRUE(test, rmp_covers(&f->t, 0, NR_FRAMES, &missing));
	KUNIT_EXPECT_TRUE(test, rmp_covers(&f->t, NR_FRAMES - 1, 1, &missing));
	KUNIT_EXPECT_FALSE(test, rmp_covers(&f->t, 0, NR_FRAMES + 1, &missing));
	KUNIT_EXPECT_EQ(test, missing, NR_FRAMES);
	KUNIT_EXPECT_FALSE(test, rmp_covers(&f->t, NR_FRAMES + 7, 1, &missing));
	KUNIT_EXPECT_EQ(test, missing, NR_FRAMES + 7);
}

static void hole_between_segments_is_not_covered(struct kunit *test)
{
	const u64 per_segment = 1ULL << (30 - SNP_PAGE_SHIFT);
	struct fake *f = fake_table(test);
	struct rmp_entry e;
	u64 missing = 0;

	f->t.layout.segmented = true;
	f->t.layout.seg_shift = 30;
	f->t.nr_segments = 4;
	f->segment[0].seg.nr_frames = per_segment;
	f->segment[1].seg.nr_frames = per_segment;
	f->segment[3].seg.nr_frames = NR_FRAMES;
	f->segment[3].entries = f->entries;
	f->entries[5].lo = SNP_RMP_RAW_ASSIGNED;

	KUNIT_EXPECT_TRUE(test, rmp_covers(&f->t, 0, 2 * per_segment, &missing));
	KUNIT_EXPECT_FALSE(test, rmp_covers(&f->t, 1, 2 * per_segment, &missing));
	KUNIT_EXPECT_EQ(test, missing, 2 * per_segment);
	KUNIT_EXPECT_TRUE(test, rmp_covers(&f->t, 3 * per_segment, NR_FRAMES, &missing));
	KUNIT_EXPECT_FALSE(test, rmp_covers(&f->t, 3 * per_segment, NR_FRAMES + 1, &missing));
	KUNIT_EXPECT_EQ(test, missing, 3 * per_segment + NR_FRAMES);

	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, 3 * per_segment + 5, &e), 0);
	KUNIT_EXPECT_TRUE(test, e.assigned);
	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, 2 * per_segment, &e), -ENXIO);
	KUNIT_EXPECT_EQ(test, rmp_lookup(&f->t, 4 * per_segment, &e), -ENXIO);
}

static void frame_inside_2m_entry_takes_its_fields(struct kunit *test)
{
	struct fake *f = fake_table(test);
	const struct rmp_entry head = {
		.assigned = true, .size_2m = true, .asid = 7, .gpa = 0x40000000,
	};
	struct rmp_entry e;

	KUNIT_ASSERT_EQ(test, rmp_entry_encode(&head, &f->entries[512]), 0);
	KUNIT_ASSERT_EQ(test, rmp_lookup(&f->t, 512 + 9, &e), 0);
	KUNIT_EXPECT_TRUE(test, e.size_2m);
	KUNIT_EXPECT_EQ(test, e.asid, 7);
	KUNIT_EXPECT_EQ(test, e.gpa, 0x40009000);
	/* The region below and an entry of 4 KiB have nothing to do with it. */
	KUNIT_ASSERT_EQ(test, rmp_lookup(&f->t, 511, &e), 0);
	KUNIT_EXPECT_FALSE(test, e.assigned);
	f->entries[0].lo = SNP_RMP_RAW_ASSIGNED;
	KUNIT_ASSERT_EQ(test, rmp_lookup(&f->t, 1, &e), 0);
	KUNIT_EXPECT_FALSE(test, e.assigned);
}

static void clear_leaves_nothing(struct kunit *test)
{
	struct fake *f = fake_table(test);

	f->t.head = kunit_kzalloc(test, SNP_RMP_BOOKKEEPING, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->t.head);
	memset(f->t.head, 0xff, SNP_RMP_BOOKKEEPING);
	memset(f->entries, 0xff, sizeof(f->entries));
	rmp_clear(&f->t);
	KUNIT_EXPECT_NULL(test, memchr_inv(f->t.head, 0, SNP_RMP_BOOKKEEPING));
	KUNIT_EXPECT_NULL(test, memchr_inv(f->entries, 0, sizeof(f->entries)));
}

/* Page-state changes, with the processor's answers scripted. */
struct script {
	unsigned int calls;
	unsigned int fail_first;	/* this many calls answer @code */
	unsigned int code;
	u64 spa;
	struct snp_rmp_state state;
};

static unsigned int fake_rmpupdate(u64 spa, const struct snp_rmp_state *state)
{
	struct script *s = kunit_get_current_test()->priv;

	s->spa = spa;
	s->state = *state;
	return s->calls++ < s->fail_first ? s->code : 0;
}

static unsigned int fake_psmash(u64 spa)
{
	struct script *s = kunit_get_current_test()->priv;

	s->spa = spa;
	return s->calls++ < s->fail_first ? s->code : 0;
}

static struct script *script(struct kunit *test)
{
	struct script *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;
	kunit_activate_static_stub(test, insn_rmpupdate, fake_rmpupdate);
	kunit_activate_static_stub(test, insn_psmash, fake_psmash);
	return s;
}

static void to_firmware_asks_for_firmware_state(struct kunit *test)
{
	struct script *s = script(test);
	struct rmp_entry e;

	KUNIT_EXPECT_EQ(test, rmp_to_firmware(0x1234), 0);
	KUNIT_EXPECT_EQ(test, s->calls, 1);
	KUNIT_EXPECT_EQ(test, s->spa, 0x1234000);
	KUNIT_EXPECT_EQ(test, s->state.reserved, 0);
	rmp_entry_from_rmpread(&s->state, &e);
	KUNIT_EXPECT_EQ(test, rmp_entry_state(&e), SNP_STATE_FIRMWARE);
	KUNIT_EXPECT_FALSE(test, e.size_2m);
}

static void to_shared_asks_for_hypervisor_state(struct kunit *test)
{
	struct script *s = script(test);
	struct rmp_entry e;

	KUNIT_EXPECT_EQ(test, rmp_to_shared(0x200, true), 0);
	rmp_entry_from_rmpread(&s->state, &e);
	KUNIT_EXPECT_EQ(test, rmp_entry_state(&e), SNP_STATE_HYPERVISOR);
	KUNIT_EXPECT_TRUE(test, e.size_2m);
	KUNIT_EXPECT_EQ(test, rmp_to_shared(0x200, false), 0);
	KUNIT_EXPECT_EQ(test, s->state.pagesize, 0);
}

static void transient_failure_is_retried(struct kunit *test)
{
	struct script *s = script(test);

	s->fail_first = 3;
	s->code = SNP_RMPUPDATE_FAIL_OVERLAP;
	KUNIT_EXPECT_EQ(test, rmp_to_firmware(1), 0);
	KUNIT_EXPECT_EQ(test, s->calls, 4);

	s->calls = 0;
	s->code = SNP_PSMASH_FAIL_INUSE;
	KUNIT_EXPECT_EQ(test, rmp_split_2m(512), 0);
	KUNIT_EXPECT_EQ(test, s->calls, 4);
	KUNIT_EXPECT_EQ(test, s->spa, SZ_2M);
}

static void retries_come_to_an_end(struct kunit *test)
{
	struct script *s = script(test);

	s->fail_first = UINT_MAX;
	s->code = SNP_RMPUPDATE_FAIL_OVERLAP;
	KUNIT_EXPECT_EQ(test, rmp_to_shared(1, false), -EBUSY);
	KUNIT_EXPECT_EQ(test, s->calls, RMP_RETRIES + 1);

	s->calls = 0;
	s->code = SNP_PSMASH_FAIL_INUSE;
	KUNIT_EXPECT_EQ(test, rmp_split_2m(512), -EBUSY);
	KUNIT_EXPECT_EQ(test, s->calls, RMP_RETRIES + 1);
}

static void lasting_failure_is_not_retried(struct kunit *test)
{
	static const unsigned int codes[] = {
		SNP_RMPUPDATE_FAIL_INPUT, SNP_RMPUPDATE_FAIL_PERMISSION, 7,
	};
	struct script *s = script(test);
	unsigned int i;

	s->fail_first = UINT_MAX;
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		s->calls = 0;
		s->code = codes[i];
		KUNIT_EXPECT_EQ(test, rmp_to_firmware(1), -EFAULT);
		KUNIT_EXPECT_EQ(test, s->calls, 1);
		s->calls = 0;
		KUNIT_EXPECT_EQ(test, rmp_split_2m(512), -EFAULT);
		KUNIT_EXPECT_EQ(test, s->calls, 1);
	}
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(frame_beyond_the_table_has_no_entry),
	KUNIT_CASE(hole_between_segments_is_not_covered),
	KUNIT_CASE(frame_inside_2m_entry_takes_its_fields),
	KUNIT_CASE(clear_leaves_nothing),
	KUNIT_CASE(to_firmware_asks_for_firmware_state),
	KUNIT_CASE(to_shared_asks_for_hypervisor_state),
	KUNIT_CASE(transient_failure_is_retried),
	KUNIT_CASE(retries_come_to_an_end),
	KUNIT_CASE(lasting_failure_is_not_retried),
	{ }
};

static struct kunit_suite table_suite = {
	.name = "rmp_table",
	.test_cases = table_cases,
};

kunit_test_suites(&entry_suite, &table_suite);

MODULE_DESCRIPTION("KUnit suites: RMP entry codec, layout, lookup, page-state changes");
MODULE_LICENSE("GPL");
