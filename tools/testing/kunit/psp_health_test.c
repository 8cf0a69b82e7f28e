// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what sysfs says about the host: advisories, statistics, outcome of a
 * firmware upload (drivers/psp/advisory.h, record.h, upload.h).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <drivers/psp/advisory.h>
#include <drivers/psp/record.h>
#include <drivers/psp/upload.h>

struct product_case {
	const char *name;
	unsigned int family, model, stepping;
	enum psp_product want;
};

static const struct product_case product_cases[] = {
	{ "Rome",		0x17, 0x31, 0, PSP_PRODUCT_OTHER },
	{ "Milan A0",		0x19, 0x01, 0, PSP_PRODUCT_OTHER },
	{ "Milan B1",		0x19, 0x01, 1, PSP_PRODUCT_MILAN_B1 },
	{ "Milan-X",		0x19, 0x01, 2, PSP_PRODUCT_MILAN_B2 },
	{ "Genoa",		0x19, 0x11, 1, PSP_PRODUCT_GENOA },
	{ "Bergamo",		0x19, 0xa0, 2, PSP_PRODUCT_OTHER },
	{ "Turin",		0x1a, 0x02, 1, PSP_PRODUCT_OTHER },
};

KUNIT_ARRAY_PARAM_DESC(product, product_cases, name);

static void product_follows_cpuid(struct kunit *test)
{
	const struct product_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, psp_product(c->family, c->model, c->stepping), c->want);
}

struct advisory_case {
	const char *name;
	enum psp_product product;
	u8 snp, microcode;
	bool checked;
	enum advisory_state cachewarp, badram;
};

#define UNKNOWN		ADVISORY_UNKNOWN
#define FIXED		ADVISORY_FIXED
#define VULNERABLE	ADVISORY_VULNERABLE

static const struct advisory_case advisory_cases[] = {
	{ "Milan, all new",		PSP_PRODUCT_MILAN_B1, 0x1b, 0xdb, true, FIXED, FIXED },
	{ "Milan, least levels",	PSP_PRODUCT_MILAN_B1, 0x17, 0xd1, true, FIXED, FIXED },
	{ "Milan, one below",		PSP_PRODUCT_MILAN_B1, 0x16, 0xd0, true, UNKNOWN, UNKNOWN },
	{ "Milan, lower sources",	PSP_PRODUCT_MILAN_B1, 0x16, 0xab, true, UNKNOWN, UNKNOWN },
	{ "Milan, below all",		PSP_PRODUCT_MILAN_B1, 0x15, 0xaa, true,
	  VULNERABLE, VULNERABLE },
	{ "Milan, not checked",		PSP_PRODUCT_MILAN_B1, 0x1b, 0xdb, false,
	  FIXED, VULNERABLE },
	{ "Milan, unsure and unchecked", PSP_PRODUCT_MILAN_B1, 0x16, 0xdb, false,
	  FIXED, UNKNOWN },
	{ "Milan-X, least levels",	PSP_PRODUCT_MILAN_B2, 0x17, 0xab, true, FIXED, FIXED },
	{ "Milan-X, lower source",	PSP_PRODUCT_MILAN_B2, 0x16, 0x34, true, UNKNOWN, UNKNOWN },
	{ "Milan-X, below all",		PSP_PRODUCT_MILAN_B2, 0x00, 0x33, true,
	  VULNERABLE, VULNERABLE },
	{ "Genoa, least levels",	PSP_PRODUCT_GENOA, 0x16, 0x47, true, FIXED, FIXED },
	{ "Genoa, one below",		PSP_PRODUCT_GENOA, 0x15, 0x46, true, UNKNOWN, VULNERABLE },
	{ "Genoa, zero",		PSP_PRODUCT_GENOA, 0x00, 0x00, false, UNKNOWN, VULNERABLE },
	{ "another, highest",		PSP_PRODUCT_OTHER, 0xff, 0xff, true, UNKNOWN, UNKNOWN },
	{ "another, zero",		PSP_PRODUCT_OTHER, 0x00, 0x00, false, UNKNOWN, UNKNOWN },
};

KUNIT_ARRAY_PARAM_DESC(advisory, advisory_cases, name);

static void advisory_says_only_what_all_sources_say(struct kunit *test)
{
	const struct advisory_case *c = test->param_value;
	/* The other components must not matter. */
	u64 tcb = (u64)c->microcode << 56 | (u64)c->snp << 48 | 0x0000ffffffffffffULL;

	KUNIT_EXPECT_EQ(test, cachewarp_state(c->product, tcb), c->cachewarp);
	KUNIT_EXPECT_EQ(test, badram_state(c->product, tcb, c->checked), c->badram);
}

static void every_state_has_a_name(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, advisory_name(ADVISORY_UNKNOWN), "unknown");
	KUNIT_EXPECT_STREQ(test, advisory_name(ADVISORY_UNAFFECTED), "not affected");
	KUNIT_EXPECT_STREQ(test, advisory_name(ADVISORY_FIXED), "fixed");
	KUNIT_EXPECT_STREQ(test, advisory_name(ADVISORY_VULNERABLE), "vulnerable");
}

static void statistics_keep_extremes_and_the_last_error(struct kunit *test)
{
	static const struct psp_cmd_end ends[] = {
		{ .ret = 0, .ns = 500 },
		{ .ret = -EIO, .status = SNP_FW_INVALID_PARAM, .ns = 100 },
		{ .ret = -EIO, .status = SNP_FW_BAD_SVN, .ns = 900 },
		{ .ret = 0, .ns = 300 },
	};
	static const struct psp_cmd_end timeout = { .ret = -ETIMEDOUT, .ns = 5000 };
	struct psp_cmd_stats s = { };
	unsigned int i;

	psp_stats_add(&s, &ends[0]);
	KUNIT_EXPECT_EQ(test, s.min_ns, 500);
	KUNIT_EXPECT_EQ(test, s.max_ns, 500);
	KUNIT_EXPECT_EQ(test, s.errors, 0);
	for (i = 1; i < ARRAY_SIZE(ends); i++)
		psp_stats_add(&s, &ends[i]);
	KUNIT_EXPECT_EQ(test, s.count, 4);
	KUNIT_EXPECT_EQ(test, s.errors, 2);
	KUNIT_EXPECT_EQ(test, s.timeouts, 0);
	KUNIT_EXPECT_EQ(test, s.last_error, SNP_FW_BAD_SVN);
	KUNIT_EXPECT_EQ(test, s.min_ns, 100);
	KUNIT_EXPECT_EQ(test, s.max_ns, 900);
	KUNIT_EXPECT_EQ(test, s.total_ns, 1800);

	/* What never came has no status. */
	psp_stats_add(&s, &timeout);
	KUNIT_EXPECT_EQ(test, s.errors, 3);
	KUNIT_EXPECT_EQ(test, s.timeouts, 1);
	KUNIT_EXPECT_EQ(test, s.last_error, 0);
}

struct upload_case {
	const char *name;
	int err;
	u32 status;
	enum fw_upload_err want;
	const char *hint;	/* words of it */
};

#define SAYS_NOTHING	"log before"
#define ANOTHER_WAY	"BIOS"

static const struct upload_case upload_cases[] = {
	{ "wrong size", -EINVAL, 0, FW_UPLOAD_ERR_INVALID_SIZE, SAYS_NOTHING },
	{ "no answer", -ETIMEDOUT, 0, FW_UPLOAD_ERR_TIMEOUT, SAYS_NOTHING },
	{ "given up before", -EBUSY, 0, FW_UPLOAD_ERR_BUSY, SAYS_NOTHING },
	{ "no memory", -ENOMEM, 0, FW_UPLOAD_ERR_RW_ERROR, SAYS_NOTHING },
	{ "registers gone", -ENODEV, 0, FW_UPLOAD_ERR_RW_ERROR, "registers are gone" },
	{ "no answer, status of before", -ETIMEDOUT, 0x23, FW_UPLOAD_ERR_TIMEOUT, SAYS_NOTHING },
	{ "INVALID_LEN", -EIO, 0x04, FW_UPLOAD_ERR_INVALID_SIZE, ANOTHER_WAY },
	{ "BAD_SIGNATURE", -EIO, 0x0a, FW_UPLOAD_ERR_RW_ERROR, "not one for this processor" },
	{ "INVALID_PARAM", -EIO, 0x16, FW_UPLOAD_ERR_RW_ERROR, ANOTHER_WAY },
	{ "BAD_SVN", -EIO, 0x21, FW_UPLOAD_ERR_RW_ERROR, "older than" },
	{ "BAD_VERSION", -EIO, 0x22, FW_UPLOAD_ERR_RW_ERROR, "older than" },
	{ "SHUTDOWN_REQUIRED", -EIO, 0x23, FW_UPLOAD_ERR_BUSY, "shut down first" },
	{ "UPDATE_FAILED", -EIO, 0x24, FW_UPLOAD_ERR_HW_ERROR, "before it still runs" },
	{ "RESTORE_REQUIRED", -EIO, 0x25, FW_UPLOAD_ERR_HW_ERROR, "committed image again" },
};

KUNIT_ARRAY_PARAM_DESC(upload, upload_cases, name);

static void expect_hint(struct kunit *test, int err, u32 status, const char *words)
{
	const char *hint = psp_upload_hint(err, status);

	KUNIT_ASSERT_NOT_NULL(test, hint);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(hint, words), "status %#x: \"%s\" lacks \"%s\"",
				  status, hint, words);
}

static void upload_error_tells_what_the_firmware_said(struct kunit *test)
{
	const struct upload_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, psp_upload_error(c->err, c->status), c->want);
	expect_hint(test, c->err, c->status, c->hint);
}

static bool has_row(u32 status)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(upload_cases); i++)
		if (upload_cases[i].err == -EIO && upload_cases[i].status == status)
			return true;
	return false;
}

static void status_that_is_not_about_the_image_is_a_hardware_error(struct kunit *test)
{
	u32 status;

	for (status = 0; status <= 0x40; status++) {
		if (has_row(status))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, psp_upload_error(-EIO, status), FW_UPLOAD_ERR_HW_ERROR,
				    "status %#x", status);
		expect_hint(test, -EIO, status, ANOTHER_WAY);
	}
}

static struct kunit_case psp_health_cases[] = {
	KUNIT_CASE_PARAM(product_follows_cpuid, product_gen_params),
	KUNIT_CASE_PARAM(advisory_says_only_what_all_sources_say, advisory_gen_params),
	KUNIT_CASE(every_state_has_a_name),
	KUNIT_CASE(statistics_keep_extremes_and_the_last_error),
	KUNIT_CASE_PARAM(upload_error_tells_what_the_firmware_said, upload_gen_params),
	KUNIT_CASE(status_that_is_not_about_the_image_is_a_hardware_error),
	{ }
};

static struct kunit_suite psp_health_suite = {
	.name = "psp_health",
	.test_cases = psp_health_cases,
};

kunit_test_suite(psp_health_suite);

MODULE_DESCRIPTION("KUnit suite: health of the AMD-SP");
MODULE_LICENSE("GPL");
