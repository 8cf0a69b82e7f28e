// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory operands of 64-bit code.  AMD64 APM volume 3 (24594), chapter 1 and
 * appendix A.
 */
#include <string.h>

#include "memop.h"

enum access { NO, READ, WRITE };

/* ModRM with a memory operand, one-byte opcodes; the groups stand below. */
static enum access one_byte(uint8_t op, unsigned int reg)
{
	static const enum access unary[8] = { READ, READ, WRITE, WRITE, READ, READ, READ, READ };

	switch (op) {
	case 0x00 ... 0x3f:
		if ((op & 7) > 3)
			return NO;
		return (op & 7) < 2 && op < 0x38 ? WRITE : READ;
	case 0x63: case 0x69: case 0x6b: case 0x84: case 0x85: case 0x8a: case 0x8b: case 0x8e:
		return READ;
	case 0x86 ... 0x89: case 0x8c:
		return WRITE;
	case 0x80: case 0x81: case 0x83:
		return reg == 7 ? READ : WRITE;
	case 0x8f: case 0xc6: case 0xc7:
		return reg ? NO : WRITE;
	case 0xc0: case 0xc1: case 0xd0 ... 0xd3:
		return WRITE;
	case 0xd8 ... 0xdf:
		/* Some store: without write permission that is a #PF, which is then missed. */
		return READ;
	case 0xf6: case 0xf7:
		return unary[reg];
	case 0xfe:
		return reg < 2 ? WRITE : NO;
	case 0xff:
		return reg < 2 ? WRITE : reg < 7 ? READ : NO;
	}
	return NO;
}

static enum access two_byte(uint8_t op, unsigned int reg, uint8_t rep)
{
	switch (op) {
	case 0x11: case 0x13: case 0x17: case 0x29: case 0x2b: case 0x7f:
	case 0x90 ... 0x9f:
	case 0xa4: case 0xa5: case 0xac: case 0xad: case 0xb0: case 0xb1:
	case 0xc0: case 0xc1: case 0xc3: case 0xd6: case 0xe7:
		return WRITE;
	case 0x10: case 0x12: case 0x14 ... 0x16: case 0x28: case 0x2a: case 0x2c ... 0x2f:
	case 0x40 ... 0x4f:
	case 0x51 ... 0x70: case 0x74 ... 0x76: case 0x7c: case 0x7d:
	case 0xaf: case 0xb6 ... 0xb8: case 0xbc ... 0xbf:
	case 0xc2: case 0xc4: case 0xc6:
	case 0xd0 ... 0xd5: case 0xd8 ... 0xe6: case 0xe8 ... 0xf6: case 0xf8 ... 0xfe:
		return READ;
	case 0x7e:
		return rep == 0xf3 ? READ : WRITE;
	case 0xba:
		return reg == 4 ? READ : reg > 4 ? WRITE : NO;
	case 0xc7:
		return reg == 1 ? WRITE : NO;
	}
	return NO;
}

static uint64_t bytes_le(const uint8_t *at, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, at, len);
	return v;
}

/* @at: of the ModRM byte; false: it is a register, or cut off. */
static bool modrm_operand(const struct insn *in, size_t at, struct memop *op)
{
	unsigned int mod, rm, sib;

	if (at >= in->len || in->bytes[at] >= 0xc0)
		return false;
	mod = in->bytes[at] >> 6;
	rm = in->bytes[at] & 7;
	at++;
	op->base = rm | (in->rex & 1 ? 8 : 0);
	op->index = MEMOP_NONE;
	if (rm == 4) {
		if (at >= in->len)
			return false;
		sib = in->bytes[at++];
		op->shift = sib >> 6;
		op->index = (sib >> 3 & 7) | (in->rex & 2 ? 8 : 0);
		if (op->index == MEMOP_RSP)
			op->index = MEMOP_NONE;
		op->base = (sib & 7) | (in->rex & 1 ? 8 : 0);
		rm = sib & 7;
		if (!mod && rm == 5)
			op->base = MEMOP_NONE;
	} else if (!mod && rm == 5) {
		op->base = MEMOP_RIP;
	}
	if (mod == 1) {
		if (at + 1 > in->len)
			return false;
		op->disp = (int8_t)in->bytes[at];
	} else if (mod == 2 || rm == 5) {
		if (at + 4 > in->len)
			return false;
		op->disp = (int32_t)bytes_le(in->bytes + at, 4);
	}
	return true;
}

static unsigned int string_operands(uint8_t opcode, struct memop op[MEMOP_MAX])
{
	struct memop source = op[0], dest = op[0];

	source.base = MEMOP_RSI;
	dest.base = MEMOP_RDI;
	/* Always ES. */
	dest.segment = 0;
	opcode &= 0xfe;
	dest.write = opcode == 0xa4 || opcode == 0xaa;
	switch (opcode) {
	case 0xa4: case 0xa6:
		op[0] = source;
		op[1] = dest;
		return 2;
	case 0xaa: case 0xae:
		op[0] = dest;
		return 1;
	}
	op[0] = source;
	return 1;
}

bool memop_string(const struct insn *in)
{
	uint8_t opcode = in->opcode_at < in->len ? in->bytes[in->opcode_at] : 0;

	return (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf);
}

unsigned int memop_decode(const struct insn *in, struct memop op[MEMOP_MAX])
{
	size_t at = in->opcode_at, width = in->addrsize ? 4 : 8;
	enum access access;
	uint8_t opcode, reg;

	if (at >= in->len)
		return 0;
	opcode = in->bytes[at];
	op[0] = (struct memop){
		.base = MEMOP_NONE, .index = MEMOP_NONE, .addr32 = in->addrsize,
		.segment = in->segment == 0x64 || in->segment == 0x65 ? in->segment : 0,
	};
	if (opcode >= 0xa0 && opcode <= 0xa3) {
		if (at + 1 + width > in->len)
			return 0;
		op[0].disp = bytes_le(in->bytes + at + 1, width);
		op[0].write = opcode >= 0xa2;
		return 1;
	}
	if (memop_string(in))
		return string_operands(opcode, op);

	if (opcode == 0x0f && ++at >= in->len)
		return 0;
	if (!modrm_operand(in, at + 1, &op[0]))
		return 0;
	reg = in->bytes[at + 1] >> 3 & 7;
	access = opcode == 0x0f ? two_byte(in->bytes[at], reg, in->rep) : one_byte(opcode, reg);
	op[0].write = access == WRITE;
	return access != NO;
}

bool memop_unknown(const struct insn *in)
{
	struct memop op[MEMOP_MAX];
	size_t at = in->opcode_at;

	if (at + 1 >= in->len)
		return false;
	switch (in->bytes[at]) {
	case 0x62: case 0xc4: case 0xc5:
		return true;
	case 0x0f:
		return !memop_decode(in, op) && modrm_operand(in, at + 2, &op[0]);
	}
	return false;
}

uint64_t memop_address(const struct memop *op, uint64_t base, uint64_t index,
		       uint64_t segment_base)
{
	uint64_t offset = op->disp;

	if (op->base != MEMOP_NONE)
		offset += base;
	if (op->index != MEMOP_NONE)
		offset += index << op->shift;
	if (op->addr32)
		offset = (uint32_t)offset;
	return op->segment ? segment_base + offset : offset;
}

static bool canonical(uint64_t va, unsigned int bits)
{
	int64_t top = (int64_t)va >> (bits - 1);

	return top == 0 || top == -1;
}

bool memop_spoil(const struct memop *op, uint64_t base, uint64_t index, uint64_t segment_base,
		 uint8_t *reg, uint64_t *value)
{
	static const uint64_t try[] = { 1ULL << 62, 1ULL << 60, 1ULL << 59 };
	bool use_base = op->base < MEMOP_RIP && op->base != MEMOP_RSP;
	bool use_index = op->index < MEMOP_RIP && (!use_base || op->index == op->base);
	uint64_t va;
	size_t i;

	if (op->addr32 || (!use_base && !use_index))
		return false;
	for (i = 0; i < sizeof(try) / sizeof(try[0]); i++) {
		va = memop_address(op, use_base ? try[i] : base, use_index ? try[i] : index,
				   segment_base);
		/* Nor an access that begins below it, or with 57 bits. */
		if (canonical(va, 57) || canonical(va + 64, 57) || canonical(va - 64, 57))
			continue;
		*reg = use_base ? op->base : op->index;
		*value = try[i];
		return true;
	}
	return false;
}

#define WALK_PRESENT	0x1ULL
#define WALK_WRITE	0x2ULL
#define WALK_USER	0x4ULL
#define WALK_LARGE	0x80ULL
#define WALK_ADDRESS	0x000ffffffffff000ULL

bool walk(const struct walk *w, uint64_t va, uint64_t *gpa, bool *private_)
{
	unsigned int shift = 12 + 9 * w->levels;
	uint64_t mask = WALK_ADDRESS & ~w->cbit_mask, table = w->root & mask;
	uint64_t rights = WALK_WRITE | WALK_USER, entry, offset;

	if (!canonical(va, shift))
		return false;
	for (;;) {
		shift -= 9;
		if (!w->load(table + (va >> shift & 511) * sizeof(entry), &entry) ||
		    !(entry & WALK_PRESENT))
			return false;
		rights &= entry;
		if (shift == 12 || (entry & WALK_LARGE))
			break;
		table = entry & mask;
	}
	if (shift > 30)
		return false;
	if (w->user ? !(rights & WALK_USER) : w->smap && (rights & WALK_USER))
		return false;
	if (w->write && !(rights & WALK_WRITE) && (w->user || w->wp))
		return false;
	offset = va & ((1ULL << shift) - 1);
	*gpa = (entry & mask & ~((1ULL << shift) - 1)) | offset;
	*private_ = entry & w->cbit_mask;
	return true;
}
