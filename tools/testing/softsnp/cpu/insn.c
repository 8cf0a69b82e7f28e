// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoder for the instructions that roles hook.  AMD64 APM volume 3 (24594).
 */
#include <string.h>

#include "insn.h"

static bool is_prefix(struct insn *in, uint8_t b)
{
	switch (b) {
	case 0xf2:
	case 0xf3:
		in->rep = b;
		return true;
	case 0x66:
		in->opsize16 = true;
		return true;
	case 0x67:
		in->addrsize = true;
		return true;
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
		in->segment = b;
		return true;
	case 0xf0:
		return true;
	}
	return false;
}

/* 0f 01 with a register ModRM: the prefix picks the instruction. */
static enum insn_kind group7_register(uint8_t modrm, uint8_t rep)
{
	switch (modrm) {
	case 0xc8: case 0xfa:
		return INSN_MONITOR;
	case 0xc9: case 0xfb:
		return INSN_MWAIT;
	case 0xd9:
		return rep ? INSN_VMGEXIT : INSN_VMMCALL;
	case 0xf9:
		return INSN_RDTSCP;
	case 0xfd:
		return rep == 0xf3 ? INSN_RMPQUERY : rep == 0xf2 ? INSN_RMPREAD : INSN_NONE;
	case 0xfe:
		return rep == 0xf3 ? INSN_RMPADJUST : rep == 0xf2 ? INSN_RMPUPDATE : INSN_NONE;
	case 0xff:
		return rep == 0xf3 ? INSN_PSMASH : rep == 0xf2 ? INSN_PVALIDATE : INSN_NONE;
	}
	return INSN_NONE;
}

static enum insn_kind two_byte(uint8_t op, bool has_modrm, uint8_t modrm, uint8_t rep)
{
	unsigned int reg = modrm >> 3 & 7;

	switch (op) {
	case 0x08:
		return INSN_INVD;
	case 0x09:
		return INSN_WBINVD;
	case 0x30:
		return INSN_WRMSR;
	case 0x31:
		return INSN_RDTSC;
	case 0x32:
		return INSN_RDMSR;
	case 0x33:
		return INSN_RDPMC;
	case 0xa2:
		return INSN_CPUID;
	}
	if (!has_modrm)
		return INSN_NONE;
	switch (op) {
	case 0x00:
		return reg == 3 ? INSN_LTR : INSN_NONE;
	case 0x01:
		if (modrm >= 0xc0)
			return group7_register(modrm, rep);
		return reg == 2 ? INSN_LGDT : reg == 3 ? INSN_LIDT :
		       reg == 7 ? INSN_TLB_FLUSH : INSN_NONE;
	case 0x21:
		return reg == 7 ? INSN_DR7_READ : INSN_NONE;
	case 0x22:
		return reg == 0 ? INSN_CR0_WRITE :
		       reg == 3 || reg == 4 ? INSN_TLB_FLUSH : INSN_NONE;
	case 0x23:
		return reg == 7 ? INSN_DR7_WRITE : INSN_NONE;
	}
	return INSN_NONE;
}

void insn_decode(struct insn *in, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	memset(in, 0, sizeof(*in));
	if (len > INSN_MAX_LEN)
		len = INSN_MAX_LEN;
	in->len = len;
	memcpy(in->bytes, bytes, len);

	while (at < len && is_prefix(in, bytes[at]))
		at++;
	if (at + 1 < len && (bytes[at] & 0xf0) == 0x40)
		in->rex = bytes[at++];
	in->opcode_at = at;
	if (at >= len)
		return;

	switch (bytes[at]) {
	case 0x0f:
		if (at + 2 < len && bytes[at + 1] == 0x38 && bytes[at + 2] == 0x82 && in->opsize16)
			in->kind = INSN_TLB_FLUSH;
		else if (at + 1 < len)
			in->kind = two_byte(bytes[at + 1], at + 2 < len,
					    at + 2 < len ? bytes[at + 2] : 0, in->rep);
		/* With REX.R it is another register: CR8 to CR15. */
		if (at + 1 < len && bytes[at + 1] == 0x22 && in->rex & 4)
			in->kind = INSN_NONE;
		break;
	case 0x6c ... 0x6f:
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		in->kind = INSN_IOIO;
		break;
	case 0xcf:
		if (in->rex & 8)
			in->kind = INSN_IRETQ;
		break;
	case 0xf4:
		in->kind = INSN_HLT;
		break;
	}
}

const char *insn_name(enum insn_kind kind)
{
	static const char *const names[INSN_KIND_COUNT] = {
		[INSN_NONE] = "none",
		[INSN_CPUID] = "cpuid",
		[INSN_RDMSR] = "rdmsr",
		[INSN_WRMSR] = "wrmsr",
		[INSN_IOIO] = "ioio",
		[INSN_WBINVD] = "wbinvd",
		[INSN_INVD] = "invd",
		[INSN_DR7_READ] = "dr7_read",
		[INSN_DR7_WRITE] = "dr7_write",
		[INSN_CR0_WRITE] = "cr0_write",
		[INSN_TLB_FLUSH] = "tlb_flush",
		[INSN_RDTSC] = "rdtsc",
		[INSN_RDTSCP] = "rdtscp",
		[INSN_RDPMC] = "rdpmc",
		[INSN_MONITOR] = "monitor",
		[INSN_MWAIT] = "mwait",
		[INSN_HLT] = "hlt",
		[INSN_VMMCALL] = "vmmcall",
		[INSN_VMGEXIT] = "vmgexit",
		[INSN_PVALIDATE] = "pvalidate",
		[INSN_RMPADJUST] = "rmpadjust",
		[INSN_RMPQUERY] = "rmpquery",
		[INSN_RMPUPDATE] = "rmpupdate",
		[INSN_PSMASH] = "psmash",
		[INSN_RMPREAD] = "rmpread",
		[INSN_LTR] = "ltr",
		[INSN_LIDT] = "lidt",
		[INSN_LGDT] = "lgdt",
		[INSN_IRETQ] = "iretq",
		[INSN_MMIO] = "mmio",
	};

	return kind < INSN_KIND_COUNT ? names[kind] : "unknown";
}
