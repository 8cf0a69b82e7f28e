// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what drivers/psp/cmdtable.c knows about each command, against the
 * specification's tables as they are written down here once more: SEV API (AMD
 * 55766), SNP firmware ABI (AMD 56860), command reference.  The suite cmdtable
 * walks the driver's rows; this one finds what they lack.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include <drivers/psp/cmdtable.c>

/* Two bits, so that it does not become 0 when one is turned; start of 2 MiB. */
#define SOME_PADDR	(BIT_ULL(30) | BIT_ULL(29))

/* Bits of an address that have to be zero. */
#define AT_PAGE		GENMASK_ULL(11, 0)
#define AT_8		GENMASK_ULL(2, 0)
#define AT_ANY		0
#define AT_SIZED	GENMASK_ULL(11, 1)

/**
 * struct want - a command as the specification has it
 * @name: the name
 * @cmd: the number
 * @len: length of its buffer
 * @written_back: the answer lands in the buffer; its content is not looked at
 * @has_len: the first four bytes are the length
 * @rsvd: reserved bytes
 * @flags: four bytes of which only the bits in @used have a meaning
 * @addr: addresses: bits that are zero, and whether it may be missing
 */
struct want {
	const char *name;
	u16 cmd;
	u16 len;
	bool written_back;
	bool has_len;
	struct {
		u8 at, len;
	} rsvd[2];
	struct {
		u8 at;
		bool there;
		u32 used;
	} flags[2];
	struct {
		u8 at;
		bool there, maybe;
		u64 low;
	} addr[3];
};

#define RSVD(...)		.rsvd = { __VA_ARGS__ }
#define FLAGS(...)		.flags = { __VA_ARGS__ }
#define USED(at, bits)		{ at, true, bits }
#define PADDRS(...)		.addr = { __VA_ARGS__ }
#define PADDR(at, low)		{ at, true, false, low }
#define MAYBE(at, low)		{ at, true, true, low }
#define CONTEXT			PADDR(0, AT_PAGE)

static const struct want wants[] = {
	{ "PLATFORM_STATUS", 0x04, 0x0c, .written_back = true },
	{ "GET_ID", 0x0c, 0x0c, .written_back = true },
	{ "SNP_PLATFORM_STATUS", 0x83, 8, PADDRS(PADDR(0, AT_8)) },
	{ "SNP_DF_FLUSH", 0x84, 0 },
	{ "SNP_INIT_EX", 0x85, 0x40, FLAGS(USED(0, 0x1f)), RSVD({ 4, 4 }, { 0x12, 46 }),
	  PADDRS(MAYBE(8, AT_ANY)) },
	{ "SNP_SHUTDOWN_EX", 0x86, 8, .has_len = true, FLAGS(USED(4, 3)) },
	{ "SNP_DECOMMISSION", 0x90, 8, PADDRS(CONTEXT) },
	{ "SNP_ACTIVATE", 0x91, 0x0c, PADDRS(CONTEXT) },
	{ "SNP_GUEST_STATUS", 0x92, 0x10, PADDRS(CONTEXT, PADDR(8, AT_8)) },
	{ "SNP_GCTX_CREATE", 0x93, 8, PADDRS(CONTEXT) },
	{ "SNP_GUEST_REQUEST", 0x94, 0x18,
	  PADDRS(CONTEXT, PADDR(8, AT_PAGE), PADDR(0x10, AT_PAGE)) },
	{ "SNP_LAUNCH_START", 0xa0, 0x30, FLAGS(USED(0x18, 3)),
	  PADDRS(CONTEXT, MAYBE(0x10, AT_PAGE)) },
	{ "SNP_LAUNCH_UPDATE", 0xa1, 0x20, FLAGS(USED(8, 0x1f), USED(0x18, 0xffffff00)),
	  RSVD({ 0x0c, 4 }, { 0x1c, 4 }), PADDRS(CONTEXT, PADDR(0x10, AT_PAGE)) },
	{ "SNP_LAUNCH_FINISH", 0xa2, 0x40, FLAGS(USED(0x18, 7)), RSVD({ 0x1c, 4 }),
	  PADDRS(CONTEXT, MAYBE(8, AT_ANY), MAYBE(0x10, AT_ANY)) },
	{ "SNP_DBG_DECRYPT", 0xb0, 0x18,
	  PADDRS(CONTEXT, PADDR(8, AT_PAGE), PADDR(0x10, AT_PAGE)) },
	{ "SNP_PAGE_RECLAIM", 0xc7, 8, PADDRS(PADDR(0, AT_SIZED)) },
	{ "SNP_CONFIG", 0xc9, 0x40, FLAGS(USED(8, 3)), RSVD({ 0x0c, 52 }) },
	{ "SNP_DOWNLOAD_FIRMWARE_EX", 0xca, 0x18, .has_len = true, FLAGS(USED(0x14, 1)),
	  RSVD({ 4, 4 }), PADDRS(PADDR(8, AT_PAGE)) },
	{ "SNP_COMMIT", 0xcb, 4, .has_len = true },
	{ "SNP_VLEK_LOAD", 0xcd, 0x10, .has_len = true, RSVD({ 5, 3 }),
	  PADDRS(PADDR(8, AT_ANY)) },
	{ "SNP_FEATURE_INFO", 0xce, 0x10, .has_len = true, PADDRS(PADDR(8, AT_8)) },
};

KUNIT_ARRAY_PARAM_DESC(want, wants, name);

static void set_paddr(u8 *buf, unsigned int at, u64 paddr)
{
	__le64 v = cpu_to_le64(paddr);

	memcpy(buf + at, &v, sizeof(v));
}

/* A buffer without anything that is not needed. */
static u8 *lawful(struct kunit *test, const struct want *w)
{
	u8 *buf = kunit_kzalloc(test, w->len + 1, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	if (w->has_len)
		buf[0] = w->len;
	for (i = 0; i < ARRAY_SIZE(w->addr) && w->addr[i].there; i++)
		set_paddr(buf, w->addr[i].at, w->addr[i].maybe ? 0 : SOME_PADDR);
	return buf;
}

static const struct psp_cmd_info *row_of(struct kunit *test, const struct want *w)
{
	const struct psp_cmd_info *info = psp_cmd_info(w->cmd);

	KUNIT_ASSERT_NOT_NULL_MSG(test, info, "no row");
	return info;
}

static void row_is_that_of_the_specification(struct kunit *test)
{
	const struct want *w = test->param_value;
	const struct psp_cmd_info *info = row_of(test, w);
	u8 *buf = lawful(test, w);

	KUNIT_EXPECT_STREQ(test, info->name, w->name);
	KUNIT_EXPECT_EQ(test, info->cmd, w->cmd);
	KUNIT_EXPECT_EQ(test, info->len, w->len);
	KUNIT_EXPECT_EQ(test, !!(info->flags & PSP_CMD_WRITES_BACK), w->written_back);
	KUNIT_EXPECT_EQ(test, !!(info->flags & PSP_CMD_LEN_FIELD), w->has_len);
	KUNIT_EXPECT_NULL(test, psp_cmdbuf_defect(info, buf, w->len, 0));
	KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, buf, w->len + 1, 0));
	if (w->len)
		KUNIT_EXPECT_NOT_NULL(test, psp_cmdbuf_defect(info, buf, w->len - 1, 0));
}

/* Is a bit one that has to be as it is?  @bit counts from the start of the buffer. */
static bool is_fixed(const struct want *w, unsigned int bit)
{
	const unsigned int byte = bit / 8;
	unsigned int i;

	if (w->has_len && byte < 4)
		return true;
	for (i = 0; i < ARRAY_SIZE(w->rsvd); i++)
		if (byte >= w->rsvd[i].at && byte < w->rsvd[i].at + w->rsvd[i].len)
			return true;
	for (i = 0; i < ARRAY_SIZE(w->flags) && w->flags[i].there; i++)
		if (byte >= w->flags[i].at && byte < w->flags[i].at + 4)
			return !(w->flags[i].used & BIT(bit - 8 * w->flags[i].at));
	for (i = 0; i < ARRAY_SIZE(w->addr) && w->addr[i].there; i++)
		if (byte >= w->addr[i].at && byte < w->addr[i].at + 8)
			return (w->addr[i].low | GENMASK_ULL(63, 52)) &
			       BIT_ULL(bit - 8 * w->addr[i].at);
	return false;
}

static void each_bit_is_free_or_fixed(struct kunit *test)
{
	const struct want *w = test->param_value;
	const struct psp_cmd_info *info = row_of(test, w);
	u8 *buf = lawful(test, w);
	unsigned int bit;

	for (bit = 0; bit < 8U * w->len; bit++) {
		buf[bit / 8] ^= BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test, !!psp_cmdbuf_defect(info, buf, w->len, 0),
				    is_fixed(w, bit), "offset %#x bit %u", bit / 8, bit % 8);
		buf[bit / 8] ^= BIT(bit % 8);
	}
}

static void each_address_is_there_and_aligned(struct kunit *test)
{
	const struct want *w = test->param_value;
	const struct psp_cmd_info *info = row_of(test, w);
	const u64 cbit = BIT_ULL(51);
	u8 *buf = lawful(test, w);
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(w->addr) && w->addr[i].there; i++) {
		const unsigned int at = w->addr[i].at;

		set_paddr(buf, at, 0);
		KUNIT_EXPECT_EQ_MSG(test, !psp_cmdbuf_defect(info, buf, w->len, 0),
				    w->addr[i].maybe, "nothing at %#x", at);
		set_paddr(buf, at, cbit);
		KUNIT_EXPECT_EQ_MSG(test, !psp_cmdbuf_defect(info, buf, w->len, cbit),
				    w->addr[i].maybe, "nothing but the C-bit at %#x", at);
		set_paddr(buf, at, SOME_PADDR | cbit);
		KUNIT_EXPECT_NULL_MSG(test, psp_cmdbuf_defect(info, buf, w->len, cbit),
				      "C-bit at %#x", at);
		for (bit = 0; bit < 64; bit++) {
			u64 fixed = w->addr[i].low | GENMASK_ULL(63, 52);

			set_paddr(buf, at, SOME_PADDR ^ BIT_ULL(bit));
			KUNIT_EXPECT_EQ_MSG(test, !!psp_cmdbuf_defect(info, buf, w->len, 0),
					    !!(fixed & BIT_ULL(bit)), "bit %u at %#x", bit, at);
		}
		set_paddr(buf, at, SOME_PADDR);
	}
}

static void page_of_2m_is_aligned_to_its_size(struct kunit *test)
{
	const struct psp_cmd_info *info = psp_cmd_info(0xc7);
	unsigned int bit;
	u8 buf[8];

	KUNIT_ASSERT_NOT_NULL(test, info);
	for (bit = 1; bit < 64; bit++) {
		set_paddr(buf, 0, (SOME_PADDR | BIT_ULL(0)) ^ BIT_ULL(bit));
		KUNIT_EXPECT_EQ_MSG(test, !!psp_cmdbuf_defect(info, buf, sizeof(buf), 0),
				    bit < 21 || bit > 51, "bit %u", bit);
	}
}

static void no_command_has_a_row_but_these(struct kunit *test)
{
	unsigned int cmd, i = 0;

	KUNIT_EXPECT_EQ(test, psp_nr_cmds, ARRAY_SIZE(wants));
	for (cmd = 0; cmd <= 0x800; cmd++) {
		bool wanted = i < ARRAY_SIZE(wants) && wants[i].cmd == cmd;

		KUNIT_EXPECT_EQ_MSG(test, !!psp_cmd_info(cmd), wanted, "command %#x", cmd);
		i += wanted;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(wants));
}

static struct kunit_case cmdlayout_cases[] = {
	KUNIT_CASE_PARAM(row_is_that_of_the_specification, want_gen_params),
	KUNIT_CASE_PARAM(each_bit_is_free_or_fixed, want_gen_params),
	KUNIT_CASE_PARAM(each_address_is_there_and_aligned, want_gen_params),
	KUNIT_CASE(page_of_2m_is_aligned_to_its_size),
	KUNIT_CASE(no_command_has_a_row_but_these),
	{ }
};

static struct kunit_suite cmdlayout_suite = {
	.name = "cmdlayout",
	.test_cases = cmdlayout_cases,
};

kunit_test_suite(cmdlayout_suite);

MODULE_DESCRIPTION("KUnit suite: layout of command buffers");
MODULE_LICENSE("GPL");
