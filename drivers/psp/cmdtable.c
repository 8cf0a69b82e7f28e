// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of the command table and the check of a command buffer against
 * them.  SEV API (AMD 55766) and SNP firmware ABI (AMD 56860), command
 * reference.
 *
 * Only what holds for every call stands here: length, direction, alignment,
 * reserved bits.  Whether a value makes sense is for the firmware to say, whose
 * status then reaches the caller.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "cmdtable.h"

#define ROW(id, size, klass, fl)	\
	.cmd = SNP_FW_##id, .name = #id, .len = (size), .cls = PSP_CLASS_##klass, .flags = (fl)
#define ADDRS(...)	.addr = { __VA_ARGS__ }
#define ZEROES(...)	.zero = { __VA_ARGS__ }
#define BYTES(at, nr)	{ .offset = (at), .len = (nr) }
#define BITS(at, bits)	{ .offset = (at), .len = 4, .mask = (u32)(bits) }

#define GCTX		{ 0, PSP_ADDR_PAGE }

/* What this module sends.  In the order of the numbers: psp_cmd_info() relies on it. */
const struct psp_cmd_info psp_cmd_table[] = {
	{ ROW(PLATFORM_STATUS, 0x0c, QUERY, PSP_CMD_WRITES_BACK) },
	{ ROW(GET_ID, 0x0c, QUERY, PSP_CMD_WRITES_BACK) },

	{ ROW(SNP_PLATFORM_STATUS, 8, QUERY, 0), ADDRS({ 0, PSP_ADDR_WRITE }) },
	{ ROW(SNP_DF_FLUSH, 0, PLATFORM, 0) },
	{ ROW(SNP_INIT_EX, 0x40, PLATFORM, 0), ADDRS({ 8, PSP_ADDR_MAYBE_READ }),
	  ZEROES(BITS(0, ~GENMASK(4, 0)), BYTES(4, 4), BYTES(0x12, 0x2e)) },
	{ ROW(SNP_SHUTDOWN_EX, 8, PLATFORM, PSP_CMD_LEN_FIELD), ZEROES(BITS(4, ~GENMASK(1, 0))) },

	{ ROW(SNP_DECOMMISSION, 8, GUEST, 0), ADDRS(GCTX) },
	{ ROW(SNP_ACTIVATE, 0x0c, GUEST, 0), ADDRS(GCTX) },
	{ ROW(SNP_GUEST_STATUS, 0x10, QUERY, 0), ADDRS(GCTX, { 8, PSP_ADDR_WRITE }) },
	{ ROW(SNP_GCTX_CREATE, 8, GUEST, 0), ADDRS(GCTX) },
	{ ROW(SNP_GUEST_REQUEST, 0x18, GUEST, 0),
	  ADDRS(GCTX, { 8, PSP_ADDR_READ_PAGE }, { 0x10, PSP_ADDR_WRITE_PAGE }) },

	{ ROW(SNP_LAUNCH_START, 0x30, GUEST, 0), ADDRS(GCTX, { 0x10, PSP_ADDR_MAYBE_PAGE }),
	  ZEROES(BITS(0x18, ~GENMASK(1, 0))) },
	{ ROW(SNP_LAUNCH_UPDATE, 0x20, GUEST, 0), ADDRS(GCTX, { 0x10, PSP_ADDR_PAGE }),
	  ZEROES(BITS(8, ~GENMASK(4, 0)), BYTES(0xc, 4), BITS(0x18, GENMASK(7, 0)),
		 BYTES(0x1c, 4)) },
	{ ROW(SNP_LAUNCH_FINISH, 0x40, GUEST, 0),
	  ADDRS(GCTX, { 8, PSP_ADDR_MAYBE_READ }, { 0x10, PSP_ADDR_MAYBE_READ }),
	  ZEROES(BITS(0x18, ~GENMASK(2, 0)), BYTES(0x1c, 4)) },
	{ ROW(SNP_DBG_DECRYPT, 0x18, GUEST, 0),
	  ADDRS(GCTX, { 8, PSP_ADDR_PAGE }, { 0x10, PSP_ADDR_WRITE_PAGE }) },

	{ ROW(SNP_PAGE_RECLAIM, 8, PAGE, 0), ADDRS({ 0, PSP_ADDR_SIZED }) },
	{ ROW(SNP_CONFIG, 0x40, PLATFORM, 0),
	  ZEROES(BITS(8, ~GENMASK(1, 0)), BYTES(0xc, 0x34)) },
	{ ROW(SNP_DOWNLOAD_FIRMWARE_EX, 0x18, PLATFORM, PSP_CMD_LEN_FIELD),
	  ADDRS({ 8, PSP_ADDR_READ_PAGE }), ZEROES(BYTES(4, 4), BITS(0x14, ~BIT(0))) },
	{ ROW(SNP_COMMIT, 4, PLATFORM, PSP_CMD_LEN_FIELD) },
	{ ROW(SNP_VLEK_LOAD, 0x10, PLATFORM, PSP_CMD_LEN_FIELD), ADDRS({ 8, PSP_ADDR_READ }),
	  ZEROES(BYTES(5, 3)) },
	{ ROW(SNP_FEATURE_INFO, 0x10, QUERY, PSP_CMD_LEN_FIELD), ADDRS({ 8, PSP_ADDR_WRITE }) },
};

const unsigned int psp_nr_cmds = ARRAY_SIZE(psp_cmd_table);

/**
 * psp_cmd_info() - the row of a command
 * @cmd: command number
 *
 * Return: the row; NULL for one that the table does not have, and psp_cmd() refuses.
 */
const struct psp_cmd_info *psp_cmd_info(unsigned int cmd)
{
	unsigned int first = 0, end = ARRAY_SIZE(psp_cmd_table), at;

	while (first < end) {
		at = (first + end) / 2;
		if (psp_cmd_table[at].cmd == cmd)
			return &psp_cmd_table[at];
		if (psp_cmd_table[at].cmd < cmd)
			first = at + 1;
		else
			end = at;
	}
	return NULL;
}

/**
 * psp_cmd_name() - name of a firmware command
 * @cmd: command number
 *
 * Return: the specification's name, or "unknown command".
 */
const char *psp_cmd_name(unsigned int cmd)
{
	const struct psp_cmd_info *info = psp_cmd_info(cmd);

	return info ? info->name : "unknown command";
}

/* Fields of packed structures lie anywhere. */
static u32 le32_at(const u8 *p)
{
	__le32 v;

	memcpy(&v, p, sizeof(v));
	return le32_to_cpu(v);
}

static u64 le64_at(const u8 *p)
{
	__le64 v;

	memcpy(&v, p, sizeof(v));
	return le64_to_cpu(v);
}

static const char *addr_defect(const struct psp_addr_field *f, u64 addr)
{
	switch (f->kind) {
	case PSP_ADDR_MAYBE_READ:
	case PSP_ADDR_MAYBE_PAGE:
		if (!addr)
			return NULL;
		break;
	default:
		if (!addr)
			return "an address is missing";
	}
	if (addr & ~GENMASK_ULL(51, 0))
		return "an address has more than 52 bits";

	switch (f->kind) {
	case PSP_ADDR_READ_PAGE:
	case PSP_ADDR_WRITE_PAGE:
	case PSP_ADDR_PAGE:
	case PSP_ADDR_MAYBE_PAGE:
		return addr & GENMASK_ULL(11, 0) ? "an address is not that of a page" : NULL;
	case PSP_ADDR_SIZED:
		if (addr & GENMASK_ULL(11, 1))
			return "an address is not that of a page";
		if (addr & BIT_ULL(0) && addr & GENMASK_ULL(20, 12))
			return "an address is not that of a page of 2 MiB";
		return NULL;
	case PSP_ADDR_WRITE:
		return addr & 7 ? "an output address is not 8 byte aligned" : NULL;
	}
	return NULL;
}

static bool is_zero(const struct psp_zero_field *z, const u8 *buf)
{
	if (z->mask)
		return !(le32_at(buf + z->offset) & z->mask);
	return !memchr_inv(buf + z->offset, 0, z->len);
}

/**
 * psp_cmdbuf_defect() - may a command buffer be sent
 * @info: row of the command
 * @buf: the buffer; may be NULL when @len is 0
 * @len: its length in bytes
 * @cbit_mask: C-bit of addresses, 0 without memory encryption
 *
 * Return: NULL if it may, otherwise what is wrong in words.
 */
const char *psp_cmdbuf_defect(const struct psp_cmd_info *info, const void *buf, size_t len,
			      u64 cbit_mask)
{
	const u8 *bytes = buf;
	const char *why;
	unsigned int i;

	if (len != info->len)
		return "the buffer has the wrong length";
	if (!len)
		return NULL;
	if (info->flags & PSP_CMD_LEN_FIELD && le32_at(bytes) != len)
		return "the length field is wrong";
	for (i = 0; i < PSP_NR_ZEROES && info->zero[i].len; i++)
		if (!is_zero(&info->zero[i], bytes))
			return "a reserved field is not zero";
	for (i = 0; i < PSP_NR_ADDRS && info->addr[i].kind != PSP_ADDR_NONE; i++) {
		why = addr_defect(&info->addr[i],
				  le64_at(bytes + info->addr[i].offset) & ~cbit_mask);
		if (why)
			return why;
	}
	return NULL;
}
