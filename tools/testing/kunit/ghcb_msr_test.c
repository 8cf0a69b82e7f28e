// SPDX-License-Identifier: GPL-2.0-only
/*
 * GHCB MSR protocol, exit results (GHCB specification, 56421): what a
 * hypervisor may answer and what it may not.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <arch-x86/ghcb/msr_codec.h>
#include <arch-x86/ghcb/result.h>

static void aligned_address_is_a_ghcb(struct kunit *test)
{
	u64 gpa = 0;

	KUNIT_EXPECT_TRUE(test, ghcb_msr_to_gpa(0x7ffe1000, 46, &gpa));
	KUNIT_EXPECT_EQ(test, gpa, 0x7ffe1000ULL);
	KUNIT_EXPECT_TRUE(test, ghcb_msr_to_gpa(BIT_ULL(46) - SZ_4K, 46, &gpa));
	KUNIT_EXPECT_EQ(test, gpa, BIT_ULL(46) - SZ_4K);
}

static void message_zero_or_wide_value_is_no_ghcb(struct kunit *test)
{
	static const u64 wrong[] = {
		0, 0x7ffe1001, 0x7ffe1fff, SNP_GHCB_MSR_CPUID_RESP,
		BIT_ULL(46),			/* the C-bit, or just too wide */
		BIT_ULL(63), BIT_ULL(46) | 0x7ffe1000,
	};
	u64 gpa = 77;
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_FALSE_MSG(test, ghcb_msr_to_gpa(wrong[i], 46, &gpa), "0x%llx",
				       wrong[i]);
	KUNIT_EXPECT_EQ(test, gpa, 77ULL);
}

static void response_code_follows_the_request(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, ghcb_msr_answers(SNP_GHCB_MSR_SEV_INFO_REQ,
						 0x0002000133000001ULL));
	KUNIT_EXPECT_TRUE(test, ghcb_msr_answers(SNP_GHCB_MSR_HV_FEATURES_REQ, 0x3081));
	KUNIT_EXPECT_TRUE(test, ghcb_msr_answers(0x0000000100000004ULL, 0x5));
}

static void other_response_code_is_no_answer(struct kunit *test)
{
	/* Unchanged, another message's answer, a GHCB address. */
	KUNIT_EXPECT_FALSE(test, ghcb_msr_answers(SNP_GHCB_MSR_HV_FEATURES_REQ, 0x80));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_answers(SNP_GHCB_MSR_HV_FEATURES_REQ, 0x5));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_answers(SNP_GHCB_MSR_HV_FEATURES_REQ, 0x7ffe1000));
	/* 0x002 is answered by 0x001; 0x003 is another message. */
	KUNIT_EXPECT_FALSE(test, ghcb_msr_answers(SNP_GHCB_MSR_SEV_INFO_REQ, 0x3));
}

static void sev_info_is_split(struct kunit *test)
{
	struct ghcb_sev_info info = {};

	KUNIT_ASSERT_TRUE(test, ghcb_msr_sev_info(0x0002000133000001ULL, &info));
	KUNIT_EXPECT_EQ(test, info.max_protocol, 2);
	KUNIT_EXPECT_EQ(test, info.min_protocol, 1);
	KUNIT_EXPECT_EQ(test, info.cbit, 51);
	KUNIT_EXPECT_TRUE(test, ghcb_msr_speaks(&info, 2));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_speaks(&info, 3));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_speaks(&info, 0));
}

static void sev_info_with_an_impossible_range_is_refused(struct kunit *test)
{
	struct ghcb_sev_info info = { .cbit = 77 };

	/* Maximum below minimum; minimum zero; another code. */
	KUNIT_EXPECT_FALSE(test, ghcb_msr_sev_info(0x0001000233000001ULL, &info));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_sev_info(0x0002000033000001ULL, &info));
	KUNIT_EXPECT_FALSE(test, ghcb_msr_sev_info(0x0002000133000002ULL, &info));
	KUNIT_EXPECT_EQ(test, info.cbit, 77);
}

static void hv_features_are_the_upper_bits(struct kunit *test)
{
	u64 features = 0;

	KUNIT_EXPECT_TRUE(test, ghcb_msr_hv_features(0x3081, &features));
	KUNIT_EXPECT_EQ(test, features, SNP_HV_FEATURE_SNP | SNP_HV_FEATURE_AP_CREATION);
	KUNIT_EXPECT_TRUE(test, ghcb_msr_hv_features(0xfffffffffffff081ULL, &features));
	KUNIT_EXPECT_EQ(test, features, GENMASK_ULL(51, 0));
	features = 77;
	KUNIT_EXPECT_FALSE(test, ghcb_msr_hv_features(0x3080, &features));
	KUNIT_EXPECT_EQ(test, features, 77ULL);
}

static struct kunit_case ghcb_msr_cases[] = {
	KUNIT_CASE(aligned_address_is_a_ghcb),
	KUNIT_CASE(message_zero_or_wide_value_is_no_ghcb),
	KUNIT_CASE(response_code_follows_the_request),
	KUNIT_CASE(other_response_code_is_no_answer),
	KUNIT_CASE(sev_info_is_split),
	KUNIT_CASE(sev_info_with_an_impossible_range_is_refused),
	KUNIT_CASE(hv_features_are_the_upper_bits),
	{}
};

static struct kunit_suite ghcb_msr_suite = {
	.name = "ghcb_msr",
	.test_cases = ghcb_msr_cases,
};

static void only_gp_and_ud_may_be_asked_for(struct kunit *test)
{
	unsigned int vector, type;
	u64 event;

	for (vector = 0; vector < 256; vector++) {
		for (type = 0; type < 8; type++) {
			enum ghcb_outcome want = GHCB_VIOLATION;

			event = GHCB_EVENT_VALID | FIELD_PREP(GHCB_EVENT_TYPE, type) | vector;
			if (type == GHCB_EVENT_EXCEPTION && vector == 13)
				want = GHCB_RAISE_GP;
			if (type == GHCB_EVENT_EXCEPTION && vector == 6)
				want = GHCB_RAISE_UD;
			KUNIT_ASSERT_EQ_MSG(test, ghcb_outcome(1, event), want,
					    "vector %u type %u", vector, type);
			KUNIT_ASSERT_EQ(test, ghcb_outcome(1, event & ~GHCB_EVENT_VALID),
					GHCB_VIOLATION);
		}
	}
}

static void result_is_the_low_half_of_info1(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ghcb_outcome(0, 0), GHCB_DONE);
	KUNIT_EXPECT_EQ(test, ghcb_outcome(0, U64_MAX), GHCB_DONE);
	KUNIT_EXPECT_EQ(test, ghcb_outcome(0xffffffff00000000ULL, 0), GHCB_DONE);
	KUNIT_EXPECT_EQ(test, ghcb_outcome(2, SNP_GHCB_ERR_MISSING_INPUT), GHCB_MALFORMED);
	KUNIT_EXPECT_EQ(test, ghcb_outcome(3, 0), GHCB_VIOLATION);
	/* What stays there when the hypervisor did nothing: the request's address. */
	KUNIT_EXPECT_EQ(test, ghcb_outcome(0x7ffe1000, 0x7ffe2000), GHCB_VIOLATION);
}

static struct kunit_case ghcb_result_cases[] = {
	KUNIT_CASE(only_gp_and_ud_may_be_asked_for),
	KUNIT_CASE(result_is_the_low_half_of_info1),
	{}
};

static struct kunit_suite ghcb_result_suite = {
	.name = "ghcb_result",
	.test_cases = ghcb_result_cases,
};

kunit_test_suites(&ghcb_msr_suite, &ghcb_result_suite);

MODULE_DESCRIPTION("KUnit: GHCB MSR protocol, exit results");
MODULE_LICENSE("GPL");
