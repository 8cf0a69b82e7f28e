// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers of an SVSM (58019): what they mean, and that nothing in them is
 * believed that cannot be.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <arch-x86/svsm/codec.h>

static void only_incomplete_and_busy_are_asked_again(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0), (int)SVSM_DONE);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0x80000000), (int)SVSM_AGAIN);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0x80000007), (int)SVSM_AGAIN);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0x80000005), (int)SVSM_FAILED);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0x80001006), (int)SVSM_FAILED);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(1), (int)SVSM_FAILED);
	KUNIT_EXPECT_EQ(test, (int)svsm_verdict(0x180000000ULL), (int)SVSM_FAILED);
}

static void pvalidate_entries_are_laid_out(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_entry(0x12345, false, true), 0x12345004ULL);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_entry(0x12200, true, false), 0x12200001ULL);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_entry(0xfffffffffffffULL, true, true),
			0xfffffffffffff005ULL);
}

static void pvalidate_results_are_told_apart(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(0), 0);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(0x80001006), 1);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(0x80001010), -EXDEV);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(0x80001001), -EIO);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(0x80000003), -EIO);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_error(6), -EIO);
}

static void cursor_that_contradicts_the_result_is_no_answer(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0, 5, 5), 5);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0, 4, 5), -EIO);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0, 6, 5), -EIO);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0x80001006, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0x80001006, 4, 5), 4);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0x80001006, 5, 5), -EIO);
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(0x80001006, 0xffff, 5), -EIO);
	/* PVALIDATE as it was asked for. */
	KUNIT_EXPECT_EQ(test, svsm_pvalidate_done(SNP_SVSM_CALL(SNP_SVSM_CORE,
								SNP_SVSM_CORE_PVALIDATE), 3, 5),
			-EIO);
}

static void version_1_is_spoken(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, svsm_speaks(0x100000001ULL));
	KUNIT_EXPECT_TRUE(test, svsm_speaks(0x300000001ULL));
	KUNIT_EXPECT_FALSE(test, svsm_speaks(0));
	KUNIT_EXPECT_FALSE(test, svsm_speaks(0x300000002ULL));
	KUNIT_EXPECT_FALSE(test, svsm_speaks(0x000000001ULL));
	KUNIT_EXPECT_FALSE(test, svsm_speaks(0x100000000ULL));
}

static const struct svsm_attest_lens most = { .report = 4096, .manifest = 65536, .certs = 16384 };

/* The result, with the lengths that are left in *@room. */
static int next(u64 rax, u64 manifest, u64 certs, u64 report, struct svsm_attest_lens *room)
{
	const u64 got[3] = { manifest, certs, report };

	*room = (struct svsm_attest_lens){ .report = 4096, .manifest = 4096, .certs = 16384 };
	return svsm_attest_next(rax, got, room, &most);
}

static void lengths_of_a_report_are_bounded(struct kunit *test)
{
	struct svsm_attest_lens room;

	KUNIT_EXPECT_EQ(test, next(0, 24, 0, 1184, &room), (int)SVSM_ATTEST_DONE);
	KUNIT_EXPECT_EQ(test, room.manifest, 24U);
	KUNIT_EXPECT_EQ(test, room.certs, 0U);
	KUNIT_EXPECT_EQ(test, room.report, 1184U);
	KUNIT_EXPECT_EQ(test, next(0, 4096, 16384, 4096, &room), (int)SVSM_ATTEST_DONE);
	/* More than there was room for, and no length at all. */
	KUNIT_EXPECT_EQ(test, next(0, 4097, 0, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(0, 24, 16385, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(0, 24, 0, 4097, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(0, U64_MAX, 0, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(0, 24, U64_MAX, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	/* Lower halves look good. */
	KUNIT_EXPECT_EQ(test, next(0, 0x100000018ULL, 0, 1184, &room), (int)SVSM_ATTEST_REFUSED);
}

static void more_room_is_given_within_limits(struct kunit *test)
{
	const u64 more = SNP_SVSM_INVALID_PARAMETER;
	struct svsm_attest_lens room;

	KUNIT_EXPECT_EQ(test, next(more, 5000, U64_MAX, U64_MAX, &room), (int)SVSM_ATTEST_GROW);
	KUNIT_EXPECT_EQ(test, room.manifest, 5000U);
	KUNIT_EXPECT_EQ(test, room.certs, 16384U);
	KUNIT_EXPECT_EQ(test, room.report, 4096U);
	KUNIT_EXPECT_EQ(test, next(more, 65536, 100, 1184, &room), (int)SVSM_ATTEST_GROW);
	KUNIT_EXPECT_EQ(test, next(more, 65537, 100, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(more, 24, 16385, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	/* Nothing more is wanted: then something else is wrong. */
	KUNIT_EXPECT_EQ(test, next(more, 24, 0, 1184, &room), (int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(more, U64_MAX, U64_MAX, U64_MAX, &room),
			(int)SVSM_ATTEST_REFUSED);
	KUNIT_EXPECT_EQ(test, next(SNP_SVSM_INVALID_ADDRESS, 5000, 0, 0, &room),
			(int)SVSM_ATTEST_REFUSED);
}

static struct kunit_case svsm_cases[] = {
	KUNIT_CASE(only_incomplete_and_busy_are_asked_again),
	KUNIT_CASE(pvalidate_entries_are_laid_out),
	KUNIT_CASE(pvalidate_results_are_told_apart),
	KUNIT_CASE(cursor_that_contradicts_the_result_is_no_answer),
	KUNIT_CASE(version_1_is_spoken),
	KUNIT_CASE(lengths_of_a_report_are_bounded),
	KUNIT_CASE(more_room_is_given_within_limits),
	{}
};

static struct kunit_suite svsm_suite = {
	.name = "svsm",
	.test_cases = svsm_cases,
};

kunit_test_suite(svsm_suite);

MODULE_DESCRIPTION("KUnit: answers of an SVSM");
MODULE_LICENSE("GPL");
