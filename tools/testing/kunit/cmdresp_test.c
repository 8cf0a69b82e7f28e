// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: CmdResp register codec (drivers/psp/cmdresp.h).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <drivers/psp/cmdresp.h>

struct encode_case {
	const char *name;
	unsigned int cmd;
	bool irq;
	u32 want;
};

static const struct encode_case encode_cases[] = {
	{ "no command, polled",		0x000,			false, 0x00000000 },
	{ "no command, interrupt",	0x000,			true,  0x00000001 },
	{ "PLATFORM_STATUS",		SNP_FW_PLATFORM_STATUS,	true,  0x00040001 },
	{ "SNP_INIT_EX polled",		SNP_FW_SNP_INIT_EX,	false, 0x00850000 },
	{ "SNP_FEATURE_INFO",		SNP_FW_SNP_FEATURE_INFO, true, 0x00ce0001 },
	{ "largest command",		0x7ff,			true,  0x07ff0001 },
	{ "command of 12 bits is cut",	0x885,			false, 0x00850000 },
};

KUNIT_ARRAY_PARAM_DESC(encode, encode_cases, name);

static void encode_places_command_and_ioc(struct kunit *test)
{
	const struct encode_case *c = test->param_value;
	u32 reg = cmdresp_encode(c->cmd, c->irq);

	KUNIT_EXPECT_EQ(test, reg, c->want);
	KUNIT_EXPECT_FALSE(test, reg & SNP_CMDRESP_RESPONSE);
}

struct decode_case {
	const char *name;
	u32 reg;
	enum cmdresp_kind kind;
	u16 status;
	u16 cmd;
};

static const struct decode_case decode_cases[] = {
	{ "reset value",		0x00000000, CMDRESP_BUSY, 0, 0 },
	{ "submitted with IOC",		0x00850001, CMDRESP_BUSY, 0, 0x085 },
	{ "status bits while busy",	0x0085ffff, CMDRESP_BUSY, 0, 0x085 },
	{ "done, no echo",		0x80000000, CMDRESP_DONE, 0, 0 },
	{ "done, echo",			0x80850000, CMDRESP_DONE, SNP_FW_SUCCESS, 0x085 },
	{ "error status",		0x8083001a, CMDRESP_DONE, 0x1a, 0x083 },
	{ "largest status",		0x8000ffff, CMDRESP_DONE, 0xffff, 0 },
	{ "largest command",		0x87ff0000, CMDRESP_DONE, 0, 0x7ff },
	{ "bits 30:27 are not command",	0xf8040000, CMDRESP_DONE, 0, 0x004 },
	{ "bit 30 alone is not done",	0x40000000, CMDRESP_BUSY, 0, 0 },
	{ "all ones",			0xffffffff, CMDRESP_GONE, 0, 0 },
	{ "all ones but bit 0",		0xfffffffe, CMDRESP_DONE, 0xfffe, 0x7ff },
};

KUNIT_ARRAY_PARAM_DESC(decode, decode_cases, name);

static void decode_follows_bit_31(struct kunit *test)
{
	const struct decode_case *c = test->param_value;
	struct cmdresp r = cmdresp_decode(c->reg);

	KUNIT_EXPECT_EQ(test, r.kind, c->kind);
	KUNIT_EXPECT_EQ(test, r.status, c->status);
	KUNIT_EXPECT_EQ(test, r.cmd, c->cmd);
}

static void every_command_and_status_come_back(struct kunit *test)
{
	unsigned int cmd, status;

	for (cmd = 0; cmd <= 0x7ff; cmd++) {
		struct cmdresp r = cmdresp_decode(cmdresp_encode(cmd, true));

		KUNIT_ASSERT_EQ(test, r.kind, CMDRESP_BUSY);
		KUNIT_ASSERT_EQ(test, r.cmd, cmd);
	}
	for (status = 0; status <= 0xffff; status++) {
		struct cmdresp r = cmdresp_decode(SNP_CMDRESP_RESPONSE | status);

		KUNIT_ASSERT_EQ(test, r.kind, CMDRESP_DONE);
		KUNIT_ASSERT_EQ(test, r.status, status);
	}
}

static void echo_of_another_command_is_noticed(struct kunit *test)
{
	struct cmdresp none = cmdresp_decode(0x80000000);
	struct cmdresp same = cmdresp_decode(0x80850000);
	struct cmdresp other = cmdresp_decode(0x80860000);

	KUNIT_EXPECT_TRUE(test, cmdresp_echo_ok(&none, SNP_FW_SNP_INIT_EX));
	KUNIT_EXPECT_TRUE(test, cmdresp_echo_ok(&same, SNP_FW_SNP_INIT_EX));
	KUNIT_EXPECT_FALSE(test, cmdresp_echo_ok(&other, SNP_FW_SNP_INIT_EX));
}

/* Numbers, not the enumeration: it is under test too. */
static const struct {
	u16 status;
	const char *name;
} status_names[] = {
	{ 0x00, "SUCCESS" },
	{ 0x01, "INVALID_PLATFORM_STATE" },
	{ 0x02, "INVALID_GUEST_STATE" },
	{ 0x03, "INVALID_CONFIG" },
	{ 0x04, "INVALID_LEN" },
	{ 0x05, "ALREADY_OWNED" },
	{ 0x06, "INVALID_CERTIFICATE" },
	{ 0x07, "POLICY_FAILURE" },
	{ 0x08, "INACTIVE" },
	{ 0x09, "INVALID_ADDRESS" },
	{ 0x0a, "BAD_SIGNATURE" },
	{ 0x0b, "BAD_MEASUREMENT" },
	{ 0x0c, "ASID_OWNED" },
	{ 0x0d, "INVALID_ASID" },
	{ 0x0e, "WBINVD_REQUIRED" },
	{ 0x0f, "DFFLUSH_REQUIRED" },
	{ 0x10, "INVALID_GUEST" },
	{ 0x11, "INVALID_COMMAND" },
	{ 0x12, "ACTIVE" },
	{ 0x13, "HWERROR_PLATFORM" },
	{ 0x14, "HWERROR_UNSAFE" },
	{ 0x15, "UNSUPPORTED" },
	{ 0x16, "INVALID_PARAM" },
	{ 0x17, "RESOURCE_LIMIT" },
	{ 0x18, "SECURE_DATA_INVALID" },
	{ 0x19, "INVALID_PAGE_SIZE" },
	{ 0x1a, "INVALID_PAGE_STATE" },
	{ 0x1b, "INVALID_MDATA_ENTRY" },
	{ 0x1c, "INVALID_PAGE_OWNER" },
	{ 0x1d, "AEAD_OFLOW" },
	{ 0x1f, "EXIT_RING_BUFFER" },
	{ 0x20, "RMP_INIT_REQUIRED" },
	{ 0x21, "BAD_SVN" },
	{ 0x22, "BAD_VERSION" },
	{ 0x23, "SHUTDOWN_REQUIRED" },
	{ 0x24, "UPDATE_FAILED" },
	{ 0x25, "RESTORE_REQUIRED" },
	{ 0x26, "RMP_INITIALIZATION_FAILED" },
	{ 0x27, "INVALID_KEY" },
	{ 0x28, "SHUTDOWN_INCOMPLETE" },
};

/* Those of SEV-TIO (0x30 and up) are unknown too: no such command is sent. */
static void every_status_has_its_name_and_no_other_has_one(struct kunit *test)
{
	unsigned int status, i = 0;

	for (status = 0; status <= 0x10000; status++) {
		const char *want = "unknown status";

		if (i < ARRAY_SIZE(status_names) && status_names[i].status == status)
			want = status_names[i++].name;
		KUNIT_EXPECT_STREQ_MSG(test, snp_fw_status_name(status), want, "%#x", status);
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(status_names));
	KUNIT_EXPECT_STREQ(test, snp_fw_status_name(U32_MAX), "unknown status");
}

static struct kunit_case cmdresp_cases[] = {
	KUNIT_CASE_PARAM(encode_places_command_and_ioc, encode_gen_params),
	KUNIT_CASE_PARAM(decode_follows_bit_31, decode_gen_params),
	KUNIT_CASE(every_command_and_status_come_back),
	KUNIT_CASE(echo_of_another_command_is_noticed),
	KUNIT_CASE(every_status_has_its_name_and_no_other_has_one),
	{ }
};

static struct kunit_suite cmdresp_suite = {
	.name = "cmdresp",
	.test_cases = cmdresp_cases,
};

kunit_test_suite(cmdresp_suite);

MODULE_DESCRIPTION("KUnit suite: CmdResp register codec");
MODULE_LICENSE("GPL");
