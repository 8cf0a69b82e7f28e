/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that a role may hook, and their decoder (AMD64 APM volume 3,
 * 24594).  Pure; tested without QEMU.
 */
#ifndef SOFTSNP_CPU_INSN_H
#define SOFTSNP_CPU_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_kind {
	INSN_NONE,
	INSN_CPUID, INSN_RDMSR, INSN_WRMSR, INSN_IOIO, INSN_WBINVD, INSN_INVD,
	INSN_DR7_READ, INSN_DR7_WRITE, INSN_CR0_WRITE, INSN_TLB_FLUSH,
	INSN_RDTSC, INSN_RDTSCP, INSN_RDPMC,
	INSN_MONITOR, INSN_MWAIT, INSN_HLT,
	INSN_VMMCALL, INSN_VMGEXIT,
	INSN_PVALIDATE, INSN_RMPADJUST, INSN_RMPQUERY,
	INSN_RMPUPDATE, INSN_PSMASH, INSN_RMPREAD,
	INSN_LTR, INSN_LIDT, INSN_LGDT, INSN_IRETQ,
	INSN_MMIO,
	INSN_KIND_COUNT,
};

/*
 * INSN_TLB_FLUSH: moves to CR3 and CR4, INVLPG, INVPCID.  INSN_MMIO: never
 * decoded; any instruction that accesses a device.
 */
#define INSN_MAX_LEN	15

/**
 * struct insn - one hooked instruction
 * @kind: what it is
 * @len: bytes
 * @opcode_at: index of the first opcode byte in @bytes
 * @rep: 0, or the last of the prefixes f2 and f3
 * @rex: 0, or the REX prefix
 * @opsize16: prefix 66
 * @addrsize: prefix 67
 * @segment: 0, or the last segment override prefix
 * @bytes: the instruction
 * @recorded_va: where translation saw it: the page offset is reliable, the
 *	rest is not
 */
struct insn {
	enum insn_kind kind;
	uint8_t len;
	uint8_t opcode_at;
	uint8_t rep;
	uint8_t rex;
	bool opsize16;
	bool addrsize;
	uint8_t segment;
	uint8_t bytes[INSN_MAX_LEN + 1];
	uint64_t recorded_va;
};

/**
 * insn_decode() - classify an instruction
 * @in: filled in, @recorded_va excepted
 * @bytes: exactly the instruction, as its executor delimited it
 * @len: how many bytes
 *
 * 40..4f is REX only when more bytes follow, which is what tells 64-bit code
 * from the one-byte INC and DEC of other modes.
 */
void insn_decode(struct insn *in, const uint8_t *bytes, size_t len);

const char *insn_name(enum insn_kind kind);

#endif /* SOFTSNP_CPU_INSN_H */
