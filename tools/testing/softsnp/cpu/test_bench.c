// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of counting between marks, as far as it does not need QEMU.
 */
#include <kselftest_harness.h>

#include <mark.h>

#include "bench_stat.h"

static struct insn decoded(const char *bytes, size_t len)
{
	struct insn in;

	insn_decode(&in, (const uint8_t *)bytes, len);
	return in;
}

#define DECODED(s) decoded(s, sizeof(s) - 1)
#define MARK(s) ({ struct insn in_ = DECODED(s); bench_mark(&in_); })

/* Where the compiler put them: the first is at the start of the function. */
__attribute__((noipa)) static void all_marks(const char *name)
{
	softsnp_mark_begin(name);
	softsnp_mark_end(name);
	softsnp_mark_watch(name, 0);
	softsnp_mark_symbols(name, name, 0);
}

TEST(marks_as_the_compiler_emits_them_are_recognised)
{
	const uint8_t *code = (const uint8_t *)all_marks;
	unsigned int seen = 0;
	struct insn in;
	size_t at;

	for (at = 0; at < 64 && seen < 4; at++) {
		insn_decode(&in, code + at, 8);
		if (bench_mark(&in)) {
			seen++;
			EXPECT_EQ(seen, bench_mark(&in));
		}
	}
	EXPECT_EQ(4, seen);
	all_marks("nothing happens on a processor");
}

TEST(other_nops_are_no_marks)
{
	EXPECT_EQ(SOFTSNP_MARK_BEGIN, MARK("\x0f\x1f\x84\x00\x01\x50\x4e\x53"));
	EXPECT_EQ(0, MARK("\x0f\x1f\x84\x00\x00\x00\x00\x00"));
	EXPECT_EQ(0, MARK("\x0f\x1f\x84\x00\x00\x50\x4e\x53"));
	EXPECT_EQ(0, MARK("\x0f\x1f\x84\x00\x05\x50\x4e\x53"));
	EXPECT_EQ(0, MARK("\x0f\x1f\x84\x00\x01\x50\x4e"));
	EXPECT_EQ(0, MARK("\x66\x0f\x1f\x84\x00\x01\x50\x4e\x53"));
	EXPECT_EQ(0, MARK("\x0f\x1f\x84\x08\x01\x50\x4e\x53"));
}

TEST(names_are_bounded_and_need_no_quoting)
{
	char longest[BENCH_NAME_MAX + 1];

	EXPECT_TRUE(bench_name_ok("snp_guest/get-report.1:2", 64));
	EXPECT_FALSE(bench_name_ok("", 1));
	EXPECT_FALSE(bench_name_ok("a\"b", 4));
	EXPECT_FALSE(bench_name_ok("a b", 4));
	EXPECT_FALSE(bench_name_ok("a\n", 3));
	EXPECT_FALSE(bench_name_ok("abc", 3));	/* no end within the buffer */
	memset(longest, 'a', sizeof(longest));
	longest[BENCH_NAME_MAX - 1] = 0;
	EXPECT_TRUE(bench_name_ok(longest, sizeof(longest)));
	longest[BENCH_NAME_MAX - 1] = 'a';
	longest[BENCH_NAME_MAX] = 0;
	EXPECT_FALSE(bench_name_ok(longest, sizeof(longest)));
}

TEST(median_ignores_order_and_outliers)
{
	struct bench_samples s = {};
	int i;

	EXPECT_EQ(0, bench_samples_median(&s));
	bench_samples_add(&s, 7);
	EXPECT_EQ(7, bench_samples_median(&s));
	bench_samples_add(&s, 5);
	EXPECT_EQ(5, bench_samples_median(&s));
	bench_samples_add(&s, UINT64_MAX);
	EXPECT_EQ(7, bench_samples_median(&s));
	for (i = 0; i < 1000; i++)
		bench_samples_add(&s, 1000 - i);
	EXPECT_EQ(1003, s.nr);
	EXPECT_EQ(500, bench_samples_median(&s));
	bench_samples_free(&s);
	EXPECT_EQ(0, bench_samples_median(&s));
}

TEST(histogram_counts_every_key)
{
	struct bench_histogram h = {};
	uint64_t i;

	EXPECT_EQ(0, bench_histogram_get(&h, 1));
	for (i = 0; i < 5000; i++)
		bench_histogram_add(&h, i * 4096, 1 + i % 3);
	for (i = 0; i < 5000; i++)
		bench_histogram_add(&h, i * 4096, 10);
	EXPECT_EQ(5000, h.nr);
	for (i = 0; i < 5000; i++)
		ASSERT_EQ(11 + i % 3, bench_histogram_get(&h, i * 4096));
	EXPECT_EQ(0, bench_histogram_get(&h, 1));
	bench_histogram_free(&h);
	EXPECT_EQ(0, bench_histogram_get(&h, 0));
}

TEST(exits_are_named_by_what_they_cost)
{
	char name[BENCH_NAME_MAX];
	struct insn in;

#define NAMED(s, eax, user) ({ in = DECODED(s); bench_exit_name(name, &in, eax, user); name; })
	EXPECT_STREQ("cpuid.0x80000001", NAMED("\x0f\xa2", 0x80000001, false));
	EXPECT_STREQ("cpuid.0x7.user", NAMED("\x0f\xa2", 7, true));
	EXPECT_STREQ("out1", NAMED("\xee", 0, false));
	EXPECT_STREQ("out1", NAMED("\xe6\x80", 0, false));
	EXPECT_STREQ("in2", NAMED("\x66\xed", 0, false));
	EXPECT_STREQ("in4.user", NAMED("\xe5\x60", 0, true));
	EXPECT_STREQ("outs1", NAMED("\xf3\x6e", 0, false));
	EXPECT_STREQ("ins4", NAMED("\xf3\x6d", 0, false));
	EXPECT_STREQ("rdmsr", NAMED("\x0f\x32", 0, false));
}

TEST_HARNESS_MAIN
