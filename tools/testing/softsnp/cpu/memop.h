/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory operands of 64-bit code: what an instruction addresses, and a walk of
 * the page tables for it (AMD64 APM volume 3, 24594, chapter 1 and appendix A;
 * volume 2, 24593, chapter 5).  Pure; tested without QEMU.
 */
#ifndef SOFTSNP_CPU_MEMOP_H
#define SOFTSNP_CPU_MEMOP_H

#include "insn.h"

/* Register numbers as encoded; then what else an address is made of. */
#define MEMOP_RSP	4
#define MEMOP_RSI	6
#define MEMOP_RDI	7
#define MEMOP_RIP	16
#define MEMOP_NONE	17

/* A string instruction has two. */
#define MEMOP_MAX	2

/**
 * struct memop - one memory operand
 * @base: register, MEMOP_RIP for the address behind the instruction, or MEMOP_NONE
 * @index: register or MEMOP_NONE
 * @shift: of the index
 * @segment: 0, or the prefix of FS or GS
 * @addr32: the sum is cut to 32 bits
 * @write: the instruction needs permission to write there
 * @disp: displacement, or the whole address
 */
struct memop {
	uint8_t base;
	uint8_t index;
	uint8_t shift;
	uint8_t segment;
	bool addr32;
	bool write;
	int64_t disp;
};

/**
 * memop_decode() - find the memory operands
 * @in: an instruction of 64-bit code
 * @op: receives them
 *
 * Return: how many: 0 for instructions without, for those that access the
 *	stack only, for those that touch no memory through their operand (LEA,
 *	prefetches, NOP), and for those that are not known: VEX and EVEX, 0F38,
 *	0F3A, bit strings, state saving, port strings.
 */
unsigned int memop_decode(const struct insn *in, struct memop op[MEMOP_MAX]);
/* Is it one that REP repeats? */
bool memop_string(const struct insn *in);
/* Has the instruction a memory operand that memop_decode() knows nothing about? */
bool memop_unknown(const struct insn *in);

/* Linear address, from the values of its parts. */
uint64_t memop_address(const struct memop *op, uint64_t base, uint64_t index,
		       uint64_t segment_base);

/**
 * memop_spoil() - make an operand's address impossible
 * @op: the operand
 * @base: values of its parts
 * @index: likewise
 * @segment_base: likewise
 * @reg: receives the register to change
 * @value: and to what: the address is not canonical then
 *
 * Return: false when no register of the operand can be changed.
 */
bool memop_spoil(const struct memop *op, uint64_t base, uint64_t index, uint64_t segment_base,
		 uint8_t *reg, uint64_t *value);

/**
 * struct walk - how page tables are looked at
 * @root: CR3
 * @levels: 4 or 5
 * @cbit_mask: the C-bit
 * @user: as user mode does
 * @write: for a write
 * @wp: CR0.WP
 * @smap: the kernel may not touch pages of user mode now
 * @load: reads an entry at a physical address without C-bit; false: no memory there
 */
struct walk {
	uint64_t root;
	unsigned int levels;
	uint64_t cbit_mask;
	bool user;
	bool write;
	bool wp;
	bool smap;
	bool (*load)(uint64_t gpa, uint64_t *entry);
};

/**
 * walk() - guest physical address of a linear one
 * @w: how
 * @va: the linear address
 * @gpa: receives the address, without the C-bit
 * @private_: receives the C-bit
 *
 * Return: false when the access would be a #PF, or #GP for its address.
 */
bool walk(const struct walk *w, uint64_t va, uint64_t *gpa, bool *private_);

#endif /* SOFTSNP_CPU_MEMOP_H */
