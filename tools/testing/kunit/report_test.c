// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation report: structural check and TCB decoding (SNP firmware ABI,
 * 56860, ATTESTATION_REPORT and TCB_VERSION).
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>

#include <snp/report.h>

/* Too large for the stack of a test. */
static struct snp_report *good_report(struct kunit *test, u32 version)
{
	struct snp_report *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->version = version;
	r->signature_algo = SNP_REPORT_ALGO_P384_SHA384;
	if (version >= 3)
		r->cpuid_family = 0x19;
	memset(r->signature_r, 0xff, 48);
	memset(r->signature_s, 0xff, 48);
	return r;
}

static enum snp_report_defect check(const struct snp_report *r)
{
	return snp_report_check(r, sizeof(*r));
}

static void known_versions_are_accepted(struct kunit *test)
{
	static const u32 version[] = { 2, 3, 5 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(version); i++)
		KUNIT_EXPECT_EQ(test, check(good_report(test, version[i])), SNP_REPORT_OK);
}

static void other_versions_are_refused(struct kunit *test)
{
	static const u32 version[] = { 0, 1, 4, 6, 0x02000000, U32_MAX };
	struct snp_report *r = good_report(test, 3);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(version); i++) {
		r->version = version[i];
		KUNIT_EXPECT_EQ(test, check(r), SNP_REPORT_BAD_VERSION);
	}
}

/* Buffers of exactly the stated size, so that KASAN sees a read beyond it. */
static void any_other_length_is_refused(struct kunit *test)
{
	static const size_t len[] = { 0, 1, 4, SNP_REPORT_LEN - 1, SNP_REPORT_LEN + 1, 4000 };
	struct snp_report *good = good_report(test, 3);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		u8 *buf = kunit_kzalloc(test, len[i] ?: 1, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, buf);
		memcpy(buf, good, min(len[i], sizeof(*good)));
		KUNIT_EXPECT_EQ(test, snp_report_check(buf, len[i]), SNP_REPORT_BAD_LENGTH);
	}
}

static void other_algorithm_is_refused(struct kunit *test)
{
	struct snp_report *r = good_report(test, 3);

	r->signature_algo = 0;
	KUNIT_EXPECT_EQ(test, check(r), SNP_REPORT_BAD_ALGO);
	r->signature_algo = 2;
	KUNIT_EXPECT_EQ(test, check(r), SNP_REPORT_BAD_ALGO);
}

static void signer_is_vcek_vlek_or_none(struct kunit *test)
{
	struct snp_report *r = good_report(test, 3);
	u32 signer;

	for (signer = 0; signer < 8; signer++) {
		bool known = signer == SNP_REPORT_SIGNER_VCEK ||
			     signer == SNP_REPORT_SIGNER_VLEK ||
			     signer == SNP_REPORT_SIGNER_NONE;

		r->flags = FIELD_PREP(SNP_REPORT_SIGNING_KEY, signer);
		KUNIT_EXPECT_EQ_MSG(test, check(r),
				    known ? SNP_REPORT_OK : SNP_REPORT_BAD_SIGNER,
				    "signer %u", signer);
	}
}

static void flag_bits_are_known_or_reserved(struct kunit *test)
{
	struct snp_report *r = good_report(test, 3);
	unsigned int bit;

	r->flags = SNP_REPORT_AUTHOR_KEY_EN | SNP_REPORT_MASK_CHIP_KEY;
	KUNIT_EXPECT_EQ(test, check(r), SNP_REPORT_OK);
	for (bit = 5; bit < 32; bit++) {
		r->flags = 1U << bit;
		KUNIT_EXPECT_EQ_MSG(test, check(r), SNP_REPORT_RESERVED_SET, "bit %u", bit);
	}
}

/* Every byte of the signed part: reserved where the specification says so, free elsewhere. */
static void reserved_bytes_by_version(struct kunit *test)
{
	static const struct {
		u16 first, last, until_version;
	} reserved[] = {
		{ 0x04c, 0x04f, 9 },
		{ 0x188, 0x18a, 2 },
		{ 0x18b, 0x19f, 9 },
		{ 0x1eb, 0x1eb, 9 },
		{ 0x1ef, 0x1ef, 9 },
		{ 0x1f8, 0x207, 3 },
		{ 0x208, 0x29f, 9 },
	};
	static const u32 version[] = { 2, 3, 5 };
	size_t v, at, i;

	for (v = 0; v < ARRAY_SIZE(version); v++) {
		struct snp_report *r = good_report(test, version[v]);

		for (at = 8; at < SNP_REPORT_SIGNED_LEN; at++) {
			enum snp_report_defect want = SNP_REPORT_OK;

			/* Algorithm and flags have tests of their own. */
			if ((at >= 0x34 && at < 0x38) || (at >= 0x48 && at < 0x4c))
				continue;
			for (i = 0; i < ARRAY_SIZE(reserved); i++)
				if (at >= reserved[i].first && at <= reserved[i].last &&
				    version[v] <= reserved[i].until_version)
					want = SNP_REPORT_RESERVED_SET;
			((u8 *)r)[at] ^= 0x80;
			KUNIT_EXPECT_EQ_MSG(test, check(r), want, "version %u byte 0x%zx",
					    version[v], at);
			((u8 *)r)[at] ^= 0x80;
		}
	}
}

/* R and S have 48 significant bytes of 72 each; the rest of 512 is zero. */
static void signature_has_the_form_of_p384(struct kunit *test)
{
	struct snp_report *r = good_report(test, 3);
	size_t at;

	for (at = 0; at < SNP_REPORT_LEN - SNP_REPORT_SIGNED_LEN; at++) {
		bool significant = at < 48 || (at >= 72 && at < 72 + 48);
		u8 *byte = (u8 *)r + SNP_REPORT_SIGNED_LEN + at;

		*byte ^= 1;
		KUNIT_EXPECT_EQ_MSG(test, check(r), significant ? SNP_REPORT_OK :
				    SNP_REPORT_BAD_SIGNATURE_FORM, "byte 0x%zx", at);
		*byte ^= 1;
	}
}

static void tcb_of_milan_and_genoa(struct kunit *test)
{
	const u64 raw = 0x7308000000000103ULL;
	struct snp_tcb t = snp_tcb_decode(raw, SNP_TCB_MILAN);

	KUNIT_EXPECT_EQ(test, t.fmc, 0);
	KUNIT_EXPECT_EQ(test, t.bootloader, 3);
	KUNIT_EXPECT_EQ(test, t.tee, 1);
	KUNIT_EXPECT_EQ(test, t.snp, 8);
	KUNIT_EXPECT_EQ(test, t.microcode, 0x73);
	KUNIT_EXPECT_EQ(test, snp_tcb_encode(t, SNP_TCB_MILAN), raw);
}

static void tcb_of_turin(struct kunit *test)
{
	const u64 raw = 0x7300000008010309ULL;
	struct snp_tcb t = snp_tcb_decode(raw, SNP_TCB_TURIN);

	KUNIT_EXPECT_EQ(test, t.fmc, 9);
	KUNIT_EXPECT_EQ(test, t.bootloader, 3);
	KUNIT_EXPECT_EQ(test, t.tee, 1);
	KUNIT_EXPECT_EQ(test, t.snp, 8);
	KUNIT_EXPECT_EQ(test, t.microcode, 0x73);
	KUNIT_EXPECT_EQ(test, snp_tcb_encode(t, SNP_TCB_TURIN), raw);
}

/* Which bytes a layout has, and that no component reaches into another. */
static void tcb_bytes_do_not_mix(struct kunit *test)
{
	static const u64 owned[] = {
		[SNP_TCB_MILAN] = 0xffff00000000ffffULL,
		[SNP_TCB_TURIN] = 0xff000000ffffffffULL,
	};
	unsigned int layout, bit;

	for (layout = SNP_TCB_MILAN; layout <= SNP_TCB_TURIN; layout++)
		for (bit = 0; bit < 64; bit++) {
			struct snp_tcb t = snp_tcb_decode(BIT_ULL(bit), layout);

			KUNIT_EXPECT_EQ_MSG(test, snp_tcb_encode(t, layout),
					    BIT_ULL(bit) & owned[layout],
					    "layout %u bit %u", layout, bit);
		}
}

static void every_defect_has_words(struct kunit *test)
{
	enum snp_report_defect d;

	for (d = SNP_REPORT_OK; d <= SNP_REPORT_BAD_SIGNATURE_FORM; d++)
		KUNIT_EXPECT_STRNEQ(test, snp_report_defect_text(d), "unknown defect");
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(known_versions_are_accepted),
	KUNIT_CASE(other_versions_are_refused),
	KUNIT_CASE(any_other_length_is_refused),
	KUNIT_CASE(other_algorithm_is_refused),
	KUNIT_CASE(signer_is_vcek_vlek_or_none),
	KUNIT_CASE(flag_bits_are_known_or_reserved),
	KUNIT_CASE(reserved_bytes_by_version),
	KUNIT_CASE(signature_has_the_form_of_p384),
	KUNIT_CASE(tcb_of_milan_and_genoa),
	KUNIT_CASE(tcb_of_turin),
	KUNIT_CASE(tcb_bytes_do_not_mix),
	KUNIT_CASE(every_defect_has_words),
	{}
};

static struct kunit_suite report_suite = {
	.name = "report",
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);

MODULE_DESCRIPTION("KUnit: SNP attestation report");
MODULE_LICENSE("GPL");
