/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decoder for the instructions that raise #VC in 64-bit code, and the check of
 * a #VC against the instruction (AMD64 APM volume 2, 24593, section 15.35;
 * volume 3, 24594, chapter 1).  Pure functions.
 */
#ifndef VC_DECODE_H
#define VC_DECODE_H

#include <snp/ghcb.h>

#include "regs.h"

#define VC_INSN_MAX	15

/*
 * What an instruction does, as far as #VC goes.  VC_KIND_OTHER is everything
 * else; its length is not known.
 */
enum vc_kind {
	VC_KIND_OTHER,
	VC_KIND_CPUID, VC_KIND_RDMSR, VC_KIND_WRMSR,
	VC_KIND_IN, VC_KIND_OUT, VC_KIND_INS, VC_KIND_OUTS,
	VC_KIND_RDTSC, VC_KIND_RDTSCP, VC_KIND_RDPMC,
	VC_KIND_WBINVD, VC_KIND_INVD, VC_KIND_MONITOR, VC_KIND_MWAIT, VC_KIND_VMMCALL,
	VC_KIND_DR7_READ, VC_KIND_DR7_WRITE,
	/* Memory: register to memory, immediate to memory, memory to register. */
	VC_KIND_STORE, VC_KIND_STORE_IMM, VC_KIND_LOAD, VC_KIND_LOAD_ZX, VC_KIND_LOAD_SX,
	VC_KIND_MOVS, VC_KIND_STOS,
	VC_KINDS,
};

/**
 * struct vc_insn - one decoded instruction
 * @kind: what it does
 * @len: bytes; 0 when @kind is VC_KIND_OTHER
 * @rep: 0, or the last of the prefixes f2 and f3
 * @rex: 0, or the REX prefix
 * @segment: 0, or the last of the prefixes FS (64) and GS (65)
 * @lock: prefix f0
 * @opsize16: prefix 66
 * @addr32: prefix 67
 * @imm_port: the port of IN and OUT is @imm, not DX
 * @moffs: the address is @disp alone, not ModRM
 * @modrm: ModRM, where there is one
 * @sib: SIB, where there is one
 * @reg: register operand, with REX.R; RAX for the forms without ModRM
 * @rm_reg: register that ModRM.rm names when it is no memory operand, with REX.B
 * @memory: ModRM names memory
 * @bytes: size of the data at the port or in memory: 1, 2, 4 or 8
 * @reg_bytes: size of the register operand: differs for MOVZX and MOVSX
 * @disp: displacement, sign-extended
 * @imm: immediate, sign-extended
 */
struct vc_insn {
	enum vc_kind kind;
	u8 len;
	u8 rep;
	u8 rex;
	u8 segment;
	bool lock;
	bool opsize16;
	bool addr32;
	bool imm_port;
	bool moffs;
	u8 modrm;
	u8 sib;
	u8 reg;
	u8 rm_reg;
	bool memory;
	u8 bytes;
	u8 reg_bytes;
	s64 disp;
	s64 imm;
};

/* Answers of vc_decode(). */
#define VC_DECODED	0
#define VC_TRUNCATED	1	/* more bytes are needed */

int vc_decode(struct vc_insn *insn, const u8 *bytes, size_t len);

/**
 * enum vc_match - is the instruction one that raises this #VC
 * @VC_MATCH: it is
 * @VC_MISMATCH: it never does: the hypervisor made this #VC up
 * @VC_UNKNOWN: not an exit, or not an instruction, that this code handles
 */
enum vc_match {
	VC_MATCH,
	VC_MISMATCH,
	VC_UNKNOWN,
};

enum vc_match vc_match(u64 exit, const struct vc_insn *insn);

/**
 * enum vc_address - how a memory operand's address was made
 * @VC_ADDRESS_FLAT: it is a linear address
 * @VC_ADDRESS_FS: FS base must be added
 * @VC_ADDRESS_GS: GS base must be added
 */
enum vc_address {
	VC_ADDRESS_FLAT,
	VC_ADDRESS_FS,
	VC_ADDRESS_GS,
};

enum vc_address vc_effective_address(const struct vc_insn *insn, struct vc_regs *regs, u64 *ea);

#endif /* VC_DECODE_H */
