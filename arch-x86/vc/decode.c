// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoder for the instructions that raise #VC (AMD64 APM volume 3, 24594,
 * chapter 1 and appendix A).  64-bit code only: what runs in another mode is
 * not kernel code.  Pure; runs in KUnit and in user space, too.
 */
#include <linux/compiler.h>

#include "decode.h"

/**
 * struct vc_bytes - instruction bytes, and how many of them were used
 * @at: the bytes
 * @len: how many there are
 * @used: how many were consumed
 * @truncated: more were asked for
 */
struct vc_bytes {
	const u8 *at;
	size_t len;
	size_t used;
	bool truncated;
};

static __always_inline u8 vc_next(struct vc_bytes *b)
{
	if (b->used < b->len)
		return b->at[b->used++];
	b->truncated = true;
	return 0;
}

/* Sign-extended. */
static __always_inline s64 vc_next_signed(struct vc_bytes *b, unsigned int bytes)
{
	u64 value = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		value |= (u64)vc_next(b) << 8 * i;
	switch (bytes) {
	case 1:
		return (s8)value;
	case 2:
		return (s16)value;
	case 4:
		return (s32)value;
	}
	return value;
}

/* Legacy prefixes, then REX, which counts only right before the opcode. */
static noinstr u8 vc_decode_prefixes(struct vc_insn *insn, struct vc_bytes *b)
{
	u8 byte;

	for (;;) {
		byte = vc_next(b);
		if (b->truncated)
			return 0;
		if ((byte & 0xf0) == 0x40) {
			insn->rex = byte;
			continue;
		}
		switch (byte) {
		case 0xf0:
			insn->lock = true;
			break;
		case 0xf2:
		case 0xf3:
			insn->rep = byte;
			break;
		case 0x66:
			insn->opsize16 = true;
			break;
		case 0x67:
			insn->addr32 = true;
			break;
		case 0x64:
		case 0x65:
			insn->segment = byte;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			/* ES, CS, SS, DS: ignored in 64-bit mode, also behind FS or GS. */
			break;
		default:
			return byte;
		}
		/* Whatever prefix follows a REX annuls it. */
		insn->rex = 0;
	}
}

static __always_inline unsigned int vc_operand_bytes(const struct vc_insn *insn)
{
	if (insn->rex & 8)
		return 8;
	return insn->opsize16 ? 2 : 4;
}

static noinstr void vc_decode_modrm(struct vc_insn *insn, struct vc_bytes *b)
{
	unsigned int mod, rm;

	insn->modrm = vc_next(b);
	mod = insn->modrm >> 6;
	rm = insn->modrm & 7;
	insn->reg = (insn->modrm >> 3 & 7) | (insn->rex & 4) << 1;
	insn->rm_reg = rm | (insn->rex & 1) << 3;
	insn->memory = mod != 3;
	if (!insn->memory)
		return;
	if (rm == 4) {
		insn->sib = vc_next(b);
		if (!mod && (insn->sib & 7) == 5)
			insn->disp = vc_next_signed(b, 4);
	} else if (rm == 5 && !mod) {
		insn->disp = vc_next_signed(b, 4);
	}
	if (mod == 1)
		insn->disp = vc_next_signed(b, 1);
	else if (mod == 2)
		insn->disp = vc_next_signed(b, 4);
}

/* A MOV between register or immediate and ModRM; only memory raises #VC. */
static __always_inline enum vc_kind vc_decode_mov(struct vc_insn *insn, struct vc_bytes *b,
						  enum vc_kind kind, unsigned int bytes)
{
	vc_decode_modrm(insn, b);
	insn->bytes = bytes;
	insn->reg_bytes = bytes;
	return insn->memory ? kind : VC_KIND_OTHER;
}

static __always_inline enum vc_kind vc_decode_extend(struct vc_insn *insn, struct vc_bytes *b,
						     enum vc_kind kind, unsigned int bytes)
{
	kind = vc_decode_mov(insn, b, kind, bytes);
	insn->reg_bytes = vc_operand_bytes(insn);
	return kind;
}

static __always_inline enum vc_kind vc_decode_0f01(struct vc_insn *insn, struct vc_bytes *b)
{
	u8 modrm = vc_next(b);

	switch (modrm) {
	case 0xc8:	/* MONITOR */
	case 0xfa:	/* MONITORX */
		return insn->rep || insn->opsize16 ? VC_KIND_OTHER : VC_KIND_MONITOR;
	case 0xc9:	/* MWAIT */
	case 0xfb:	/* MWAITX */
		return insn->rep || insn->opsize16 ? VC_KIND_OTHER : VC_KIND_MWAIT;
	case 0xd9:
		/* With a repeat prefix it is VMGEXIT, which never raises #VC. */
		return insn->rep ? VC_KIND_OTHER : VC_KIND_VMMCALL;
	case 0xf9:
		return VC_KIND_RDTSCP;
	}
	return VC_KIND_OTHER;
}

static noinstr enum vc_kind vc_decode_0f(struct vc_insn *insn, struct vc_bytes *b)
{
	switch (vc_next(b)) {
	case 0x01:
		return vc_decode_0f01(insn, b);
	case 0x08:
		return VC_KIND_INVD;
	case 0x09:	/* with f3 WBNOINVD: writing back more than asked for is harmless */
		return VC_KIND_WBINVD;
	case 0x21:
		/* The mod field counts as 3, whatever it is. */
		insn->modrm = vc_next(b);
		insn->rm_reg = (insn->modrm & 7) | (insn->rex & 1) << 3;
		return (insn->modrm >> 3 & 7) == 7 && !(insn->rex & 4) ? VC_KIND_DR7_READ :
									  VC_KIND_OTHER;
	case 0x23:
		insn->modrm = vc_next(b);
		insn->rm_reg = (insn->modrm & 7) | (insn->rex & 1) << 3;
		return (insn->modrm >> 3 & 7) == 7 && !(insn->rex & 4) ? VC_KIND_DR7_WRITE :
									  VC_KIND_OTHER;
	case 0x30:
		return VC_KIND_WRMSR;
	case 0x31:
		return VC_KIND_RDTSC;
	case 0x32:
		return VC_KIND_RDMSR;
	case 0x33:
		return VC_KIND_RDPMC;
	case 0xa2:
		return VC_KIND_CPUID;
	case 0xb6:
		return vc_decode_extend(insn, b, VC_KIND_LOAD_ZX, 1);
	case 0xb7:
		return vc_decode_extend(insn, b, VC_KIND_LOAD_ZX, 2);
	case 0xbe:
		return vc_decode_extend(insn, b, VC_KIND_LOAD_SX, 1);
	case 0xbf:
		return vc_decode_extend(insn, b, VC_KIND_LOAD_SX, 2);
	}
	return VC_KIND_OTHER;
}

/* Even opcodes work on bytes; I/O has no 64-bit form. */
static __always_inline enum vc_kind vc_decode_io(struct vc_insn *insn, u8 opcode,
						 enum vc_kind kind)
{
	insn->bytes = !(opcode & 1) ? 1 : insn->opsize16 ? 2 : 4;
	insn->reg_bytes = insn->bytes;
	return kind;
}

static __always_inline enum vc_kind vc_decode_moffs(struct vc_insn *insn, struct vc_bytes *b,
						    u8 opcode, enum vc_kind kind)
{
	insn->bytes = opcode & 1 ? vc_operand_bytes(insn) : 1;
	insn->reg_bytes = insn->bytes;
	insn->moffs = true;
	insn->disp = insn->addr32 ? (s64)(u32)vc_next_signed(b, 4) : vc_next_signed(b, 8);
	return kind;
}

static __always_inline enum vc_kind vc_decode_store_imm(struct vc_insn *insn, struct vc_bytes *b,
							unsigned int bytes)
{
	enum vc_kind kind = vc_decode_mov(insn, b, VC_KIND_STORE_IMM, bytes);

	if (insn->modrm >> 3 & 7)
		return VC_KIND_OTHER;
	/* A 64-bit operand has a sign-extended immediate of 32 bits. */
	insn->imm = vc_next_signed(b, bytes == 8 ? 4 : bytes);
	return kind;
}

static noinstr enum vc_kind vc_decode_1(struct vc_insn *insn, struct vc_bytes *b, u8 opcode)
{
	unsigned int bytes = opcode & 1 ? vc_operand_bytes(insn) : 1;

	switch (opcode) {
	case 0x0f:
		return vc_decode_0f(insn, b);
	case 0x63:
		insn->reg_bytes = 0;
		if (vc_decode_mov(insn, b, VC_KIND_LOAD_SX, 4) == VC_KIND_OTHER)
			return VC_KIND_OTHER;
		insn->reg_bytes = vc_operand_bytes(insn);
		if (insn->reg_bytes == 2)
			insn->bytes = 2;
		return VC_KIND_LOAD_SX;
	case 0x6c:
	case 0x6d:
		return vc_decode_io(insn, opcode, VC_KIND_INS);
	case 0x6e:
	case 0x6f:
		return vc_decode_io(insn, opcode, VC_KIND_OUTS);
	case 0x88:
	case 0x89:
		return vc_decode_mov(insn, b, VC_KIND_STORE, bytes);
	case 0x8a:
	case 0x8b:
		return vc_decode_mov(insn, b, VC_KIND_LOAD, bytes);
	case 0xa0:
	case 0xa1:
		return vc_decode_moffs(insn, b, opcode, VC_KIND_LOAD);
	case 0xa2:
	case 0xa3:
		return vc_decode_moffs(insn, b, opcode, VC_KIND_STORE);
	case 0xa4:
	case 0xa5:
		insn->bytes = bytes;
		return VC_KIND_MOVS;
	case 0xaa:
	case 0xab:
		insn->bytes = bytes;
		insn->reg_bytes = bytes;
		return VC_KIND_STOS;
	case 0xc6:
	case 0xc7:
		return vc_decode_store_imm(insn, b, bytes);
	case 0xe4:
	case 0xe5:
	case 0xe6:
	case 0xe7:
		insn->imm_port = true;
		insn->imm = vc_next(b);
		return vc_decode_io(insn, opcode, opcode & 2 ? VC_KIND_OUT : VC_KIND_IN);
	case 0xec:
	case 0xed:
	case 0xee:
	case 0xef:
		return vc_decode_io(insn, opcode, opcode & 2 ? VC_KIND_OUT : VC_KIND_IN);
	}
	return VC_KIND_OTHER;
}

/**
 * vc_decode() - decode one instruction of 64-bit code
 * @insn: filled in
 * @bytes: instruction bytes, copied once from the interrupted code
 * @len: how many; more than %VC_INSN_MAX are not looked at
 *
 * A LOCK prefix makes all of these instructions invalid, so nothing with it
 * is decoded.
 *
 * Return: %VC_DECODED, also for an instruction of no interest
 *	(%VC_KIND_OTHER); %VC_TRUNCATED when it goes on behind @len and @len is
 *	below %VC_INSN_MAX.
 */
noinstr int vc_decode(struct vc_insn *insn, const u8 *bytes, size_t len)
{
	struct vc_bytes b = { .at = bytes, .len = len < VC_INSN_MAX ? len : VC_INSN_MAX };
	u8 opcode;

	*insn = (struct vc_insn){};
	opcode = vc_decode_prefixes(insn, &b);
	if (!b.truncated)
		insn->kind = vc_decode_1(insn, &b, opcode);
	if (b.truncated) {
		*insn = (struct vc_insn){};
		/* An instruction is never longer: #GP, hence never a #VC. */
		return len < VC_INSN_MAX ? VC_TRUNCATED : VC_DECODED;
	}
	if (insn->lock)
		insn->kind = VC_KIND_OTHER;
	if (insn->kind != VC_KIND_OTHER)
		insn->len = b.used;
	return VC_DECODED;
}

static __always_inline enum vc_match vc_is(const struct vc_insn *insn, enum vc_kind a,
					   enum vc_kind b)
{
	return insn->kind == a || insn->kind == b ? VC_MATCH : VC_MISMATCH;
}

/**
 * vc_match() - check a #VC against the instruction that is said to have caused it
 * @exit: error code of the #VC
 * @insn: what stands at the interrupted instruction pointer
 *
 * The hypervisor can inject a #VC with any error code at any instruction.  A
 * handler that believed the code would, for instance, overwrite RAX with the
 * "result" of an MSR read in the middle of a permission check.
 *
 * Return: see &enum vc_match.  A nested page fault of an instruction that is
 *	not decoded is unknown: too many instructions access memory.
 */
noinstr enum vc_match vc_match(u64 exit, const struct vc_insn *insn)
{
	switch (exit) {
	case SNP_EXIT_CPUID:
		return vc_is(insn, VC_KIND_CPUID, VC_KIND_CPUID);
	case SNP_EXIT_MSR:
		return vc_is(insn, VC_KIND_RDMSR, VC_KIND_WRMSR);
	case SNP_EXIT_IOIO:
		if (vc_is(insn, VC_KIND_IN, VC_KIND_OUT) == VC_MATCH)
			return VC_MATCH;
		return vc_is(insn, VC_KIND_INS, VC_KIND_OUTS);
	case SNP_EXIT_RDTSC:
		return vc_is(insn, VC_KIND_RDTSC, VC_KIND_RDTSC);
	case SNP_EXIT_RDTSCP:
		return vc_is(insn, VC_KIND_RDTSCP, VC_KIND_RDTSCP);
	case SNP_EXIT_RDPMC:
		return vc_is(insn, VC_KIND_RDPMC, VC_KIND_RDPMC);
	case SNP_EXIT_WBINVD:
		return vc_is(insn, VC_KIND_WBINVD, VC_KIND_WBINVD);
	case SNP_EXIT_INVD:
		return vc_is(insn, VC_KIND_INVD, VC_KIND_INVD);
	case SNP_EXIT_MONITOR:
		return vc_is(insn, VC_KIND_MONITOR, VC_KIND_MONITOR);
	case SNP_EXIT_MWAIT:
		return vc_is(insn, VC_KIND_MWAIT, VC_KIND_MWAIT);
	case SNP_EXIT_VMMCALL:
		return vc_is(insn, VC_KIND_VMMCALL, VC_KIND_VMMCALL);
	case SNP_EXIT_DR7_READ:
		return vc_is(insn, VC_KIND_DR7_READ, VC_KIND_DR7_READ);
	case SNP_EXIT_DR7_WRITE:
		return vc_is(insn, VC_KIND_DR7_WRITE, VC_KIND_DR7_WRITE);
	case SNP_EXIT_AC:
		/* Alignment is checked in user mode only, and this is the kernel. */
		return VC_MISMATCH;
	case SNP_EXIT_NPF:
		if (insn->kind == VC_KIND_OTHER)
			return VC_UNKNOWN;
		return insn->kind >= VC_KIND_STORE || insn->kind == VC_KIND_INS ||
		       insn->kind == VC_KIND_OUTS ? VC_MATCH : VC_MISMATCH;
	}
	return VC_UNKNOWN;
}

/**
 * vc_effective_address() - address of the memory operand
 * @insn: instruction with a ModRM memory operand or @insn->moffs
 * @regs: registers
 * @ea: the address, without the base of the segment
 *
 * Return: which segment base must be added.
 */
noinstr enum vc_address vc_effective_address(const struct vc_insn *insn, struct vc_regs *regs,
					     u64 *ea)
{
	unsigned int mod = insn->modrm >> 6, rm = insn->modrm & 7;
	unsigned int base, index;
	u64 address = insn->disp;

	if (insn->moffs) {
		/* Nothing to add. */
	} else if (rm == 4) {
		base = (insn->sib & 7) | (insn->rex & 1) << 3;
		index = (insn->sib >> 3 & 7) | (insn->rex & 2) << 2;
		if (mod || (insn->sib & 7) != 5)
			address += *vc_reg(regs, base);
		/* RSP is no index; R12 is. */
		if (index != 4)
			address += *vc_reg(regs, index) << (insn->sib >> 6);
	} else if (rm == 5 && !mod) {
		address += regs->rip + insn->len;
	} else {
		address += *vc_reg(regs, insn->rm_reg);
	}
	if (insn->addr32)
		address = (u32)address;
	*ea = address;
	if (insn->segment == 0x64)
		return VC_ADDRESS_FS;
	return insn->segment == 0x65 ? VC_ADDRESS_GS : VC_ADDRESS_FLAT;
}
