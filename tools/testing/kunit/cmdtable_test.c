// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the table of mailbox commands and the check of a buffer against it
 * (drivers/psp/cmdtable.c).  Every row is walked field by field.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <drivers/psp/cmdtable.c>
#include <snp/fw_guest.h>

#define CBIT		BIT_ULL(51)
/* An address that suits every kind: start of a 2 MiB block. */
#define GOOD_PADDR	0x40000000ULL

static void row_desc(const struct psp_cmd_info *info, char *desc)
{
	strscpy(desc, info->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, psp_cmd_table, row_desc);

static void put_le(u8 *at, u64 value, size_t len)
{
	__le64 v = cpu_to_le64(value);

	memcpy(at, &v, len);
}

static u8 *good_buffer(struct kunit *test, const struct psp_cmd_info *info)
{
	u8 *buf = kunit_kzalloc(test, info->len + 1, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	if (info->flags & PSP_CMD_LEN_FIELD)
		put_le(buf, info->len, 4);
	for (i = 0; i < PSP_NR_ADDRS && info->addr[i].kind; i++)
		put_le(buf + info->addr[i].offset, GOOD_PADDR, 8);
	return buf;
}

static void well_formed_buffer_is_sent(struct kunit *test)
{
	const struct psp_cmd_info *info = test->param_value;
	u8 *buf = good_buffer(test, info);

	KUNIT_EXPECT_NULL(test, psp_cmdbuf_defect(info, buf, info->len, CBIT));
	KUNIT_EXPECT_PTR_EQ(test, psp_cmd_info(info->cmd), info);
	KUNIT_EXPECT_STREQ(test, psp_cmd_name(info->cmd), info->name);
	KUNIT_EXPECT_LE(test, info->cmd, 0x7ff);
	KUNIT_EXPECT_LT(test, info->cls, PSP_NR_CLASSES);
}

static void another_length_is_not_sent(struct kunit *test)
{
	const struct psp_cmd_info *info = test->param_value;
	u8 *buf = good_buffer(test, info);

	KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, buf, info->len + 1, CBIT));
	if (!info->len)
		return;
	KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, buf, info->len - 1, CBIT));
	KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, NULL, 0, CBIT));
	if (info->flags & PSP_CMD_LEN_FIELD) {
		put_le(buf, info->len + 1, 4);
		KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, buf, info->len, CBIT));
	}
}

static void each_reserved_bit_is_noticed(struct kunit *test)
{
	const struct psp_cmd_info *info = test->param_value;
	u8 *buf = good_buffer(test, info);
	unsigned int i, bit;

	for (i = 0; i < PSP_NR_ZEROES && info->zero[i].len; i++) {
		const struct psp_zero_field *z = &info->zero[i];

		KUNIT_ASSERT_LE(test, z->offset + z->len, info->len);
		for (bit = 0; bit < 8U * z->len; bit++) {
			bool reserved = !z->mask || z->mask & BIT(bit);

			buf[z->offset + bit / 8] ^= BIT(bit % 8);
			KUNIT_EXPECT_EQ_MSG(test, reserved,
					    !!psp_cmdbuf_defect(info, buf, info->len, CBIT),
					    "offset %#x bit %u", z->offset, bit);
			buf[z->offset + bit / 8] ^= BIT(bit % 8);
		}
	}
}

/* Does a kind of address accept a value? */
static bool accepts(enum psp_addr_kind kind, u64 addr)
{
	switch (kind) {
	case PSP_ADDR_MAYBE_READ:
		return !(addr >> 52);
	case PSP_ADDR_MAYBE_PAGE:
		return !(addr >> 52) && !(addr & 0xfff);
	case PSP_ADDR_READ:
		return addr && !(addr >> 52);
	case PSP_ADDR_READ_PAGE:
	case PSP_ADDR_WRITE_PAGE:
	case PSP_ADDR_PAGE:
		return addr && !(addr >> 52) && !(addr & 0xfff);
	case PSP_ADDR_WRITE:
		return addr && !(addr >> 52) && !(addr & 7);
	case PSP_ADDR_SIZED:
		return addr && !(addr >> 52) && !(addr & 0xffe) &&
		       (!(addr & 1) || !(addr & 0x1ff000));
	case PSP_ADDR_NONE:
		break;
	}
	return false;
}

static void each_address_follows_its_kind(struct kunit *test)
{
	static const u64 addrs[] = {
		0, 1, 7, 8, 0xff8, 0xfff, 0x1000, 0x1001, 0x1002, 0x1008, 0x200000, 0x200001,
		0x201000, 0x201001, GOOD_PADDR, BIT_ULL(51) - 0x1000, BIT_ULL(52), BIT_ULL(63),
		U64_MAX, GENMASK_ULL(63, 12),
	};
	const struct psp_cmd_info *info = test->param_value;
	u8 *buf = good_buffer(test, info);
	unsigned int i, k;

	for (i = 0; i < PSP_NR_ADDRS && info->addr[i].kind; i++) {
		const struct psp_addr_field *f = &info->addr[i];

		KUNIT_ASSERT_LE(test, f->offset + 8, info->len);
		for (k = 0; k < ARRAY_SIZE(addrs); k++) {
			bool sent;

			put_le(buf + f->offset, addrs[k], 8);
			sent = !psp_cmdbuf_defect(info, buf, info->len, 0);
			KUNIT_EXPECT_EQ_MSG(test, sent, accepts(f->kind, addrs[k]),
					    "offset %#x value %#llx", f->offset, addrs[k]);
		}
		put_le(buf + f->offset, GOOD_PADDR | CBIT, 8);
		KUNIT_EXPECT_NULL(test, psp_cmdbuf_defect(info, buf, info->len, CBIT));
		put_le(buf + f->offset, CBIT, 8);
		KUNIT_EXPECT_EQ(test, !psp_cmdbuf_defect(info, buf, info->len, CBIT),
				accepts(f->kind, 0));
		put_le(buf + f->offset, GOOD_PADDR, 8);
	}
}

static void rows_ascend_and_no_name_is_twice(struct kunit *test)
{
	unsigned int i, k;

	for (i = 0; i < psp_nr_cmds; i++)
		for (k = 0; k < i; k++) {
			KUNIT_EXPECT_GT(test, psp_cmd_table[i].cmd, psp_cmd_table[k].cmd);
			KUNIT_EXPECT_STRNEQ(test, psp_cmd_table[i].name, psp_cmd_table[k].name);
		}
}

static void unknown_command_has_no_row(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < psp_nr_cmds; i++)
		if (psp_cmd_table[i].cmd > psp_cmd_table[i - 1].cmd + 1)
			KUNIT_EXPECT_NULL(test, psp_cmd_info(psp_cmd_table[i].cmd - 1));
	KUNIT_EXPECT_NULL(test, psp_cmd_info(0));
	KUNIT_EXPECT_NULL(test, psp_cmd_info(0x7ff));
	KUNIT_EXPECT_STREQ(test, psp_cmd_name(0x7ff), "unknown command");
}

#define EXPECT_LEN(test, id, type)	\
	KUNIT_EXPECT_EQ(test, psp_cmd_info(SNP_FW_##id)->len, sizeof(type))

/* Every command but SNP_DF_FLUSH, which has no buffer. */
static void lengths_are_those_of_the_structures(struct kunit *test)
{
	EXPECT_LEN(test, PLATFORM_STATUS, struct snp_fw_platform_status);
	EXPECT_LEN(test, GET_ID, struct snp_fw_get_id);
	EXPECT_LEN(test, SNP_PLATFORM_STATUS, struct snp_fw_addr);
	EXPECT_LEN(test, SNP_INIT_EX, struct snp_fw_init_ex);
	EXPECT_LEN(test, SNP_SHUTDOWN_EX, struct snp_fw_shutdown_ex);
	EXPECT_LEN(test, SNP_DECOMMISSION, struct snp_fw_addr);
	EXPECT_LEN(test, SNP_ACTIVATE, struct snp_fw_activate);
	EXPECT_LEN(test, SNP_GUEST_STATUS, struct snp_fw_guest_status);
	EXPECT_LEN(test, SNP_GCTX_CREATE, struct snp_fw_addr);
	EXPECT_LEN(test, SNP_GUEST_REQUEST, struct snp_fw_guest_request);
	EXPECT_LEN(test, SNP_LAUNCH_START, struct snp_fw_launch_start);
	EXPECT_LEN(test, SNP_LAUNCH_UPDATE, struct snp_fw_launch_update);
	EXPECT_LEN(test, SNP_LAUNCH_FINISH, struct snp_fw_launch_finish);
	EXPECT_LEN(test, SNP_DBG_DECRYPT, struct snp_fw_dbg);
	EXPECT_LEN(test, SNP_PAGE_RECLAIM, struct snp_fw_addr);
	EXPECT_LEN(test, SNP_CONFIG, struct snp_fw_config);
	EXPECT_LEN(test, SNP_DOWNLOAD_FIRMWARE_EX, struct snp_fw_download_ex);
	EXPECT_LEN(test, SNP_COMMIT, struct snp_fw_commit);
	EXPECT_LEN(test, SNP_VLEK_LOAD, struct snp_fw_vlek_load);
	EXPECT_LEN(test, SNP_FEATURE_INFO, struct snp_fw_feature_info);
}

static struct kunit_case cmdtable_cases[] = {
	KUNIT_CASE_PARAM(well_formed_buffer_is_sent, row_gen_params),
	KUNIT_CASE_PARAM(another_length_is_not_sent, row_gen_params),
	KUNIT_CASE_PARAM(each_reserved_bit_is_noticed, row_gen_params),
	KUNIT_CASE_PARAM(each_address_follows_its_kind, row_gen_params),
	KUNIT_CASE(rows_ascend_and_no_name_is_twice),
	KUNIT_CASE(unknown_command_has_no_row),
	KUNIT_CASE(lengths_are_those_of_the_structures),
	{ }
};

static struct kunit_suite cmdtable_suite = {
	.name = "cmdtable",
	.test_cases = cmdtable_cases,
};

kunit_test_suite(cmdtable_suite);

MODULE_DESCRIPTION("KUnit suite: table of mailbox commands");
MODULE_LICENSE("GPL");
