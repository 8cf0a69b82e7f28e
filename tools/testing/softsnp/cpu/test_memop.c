// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of memory operands: decoder, addresses, the walk of page tables.
 */
#include <kselftest_harness.h>

#include "memop.h"

static struct insn insn_of(const char *bytes, size_t len)
{
	struct insn in;

	insn_decode(&in, (const uint8_t *)bytes, len);
	return in;
}

static struct memop one(const char *bytes, size_t len)
{
	struct insn in = insn_of(bytes, len);
	struct memop op[MEMOP_MAX] = {};

	if (memop_decode(&in, op) != 1)
		op[0] = (struct memop){ .base = 99, .index = 99 };
	return op[0];
}

static unsigned int number(const char *bytes, size_t len)
{
	struct insn in = insn_of(bytes, len);
	struct memop op[MEMOP_MAX];

	return memop_decode(&in, op);
}

static bool unknown(const char *bytes, size_t len)
{
	struct insn in = insn_of(bytes, len);

	return memop_unknown(&in);
}

#define ONE(s) one(s, sizeof(s) - 1)
#define NUMBER(s) number(s, sizeof(s) - 1)
#define UNKNOWN(s) unknown(s, sizeof(s) - 1)

#define EXPECT_OP(s, base_, index_, shift_, disp_, write_) do {			\
	struct memop op_ = ONE(s);						\
	EXPECT_EQ(base_, op_.base);						\
	EXPECT_EQ(index_, op_.index);						\
	EXPECT_EQ(shift_, op_.shift);						\
	EXPECT_EQ((int64_t)(disp_), op_.disp);					\
	EXPECT_EQ(write_, op_.write);						\
} while (0)

#define NONE MEMOP_NONE

TEST(every_form_of_an_address)
{
	EXPECT_OP("\x8b\x07", 7, NONE, 0, 0, false);		/* mov (%rdi),%eax */
	EXPECT_OP("\x41\x8b\x04\x24", 12, NONE, 0, 0, false);	/* mov (%r12),%eax */
	EXPECT_OP("\x8b\x47\x80", 7, NONE, 0, -128, false);
	EXPECT_OP("\x8b\x87\x00\x00\x00\x80", 7, NONE, 0, -0x80000000LL, false);
	EXPECT_OP("\x8b\x45\x00", 5, NONE, 0, 0, false);		/* mov 0(%rbp),%eax */
	EXPECT_OP("\x41\x8b\x45\x04", 13, NONE, 0, 4, false);
	EXPECT_OP("\x8b\x05\x78\x56\x34\x12", MEMOP_RIP, NONE, 0, 0x12345678, false);
	EXPECT_OP("\x41\x8b\x05\x78\x56\x34\x12", MEMOP_RIP, NONE, 0, 0x12345678, false);
	EXPECT_OP("\x8b\x44\xd8\x10", 0, 3, 3, 0x10, false);	/* mov 16(%rax,%rbx,8),%eax */
	EXPECT_OP("\x43\x8b\x44\xe5\x10", 13, 12, 3, 0x10, false);	/* (%r13,%r12,8) */
	EXPECT_OP("\x8b\x44\x24\x08", 4, NONE, 0, 8, false);	/* mov 8(%rsp),%eax */
	EXPECT_OP("\x8b\x04\x25\x20\xc0\x5f\xff", NONE, NONE, 0, 0xffffffffff5fc020ULL, false);
	EXPECT_OP("\x8b\x04\x8d\x00\x10\x00\x00", NONE, 1, 2, 0x1000, false);
	EXPECT_OP("\xa1\x88\x77\x66\x55\x44\x33\x22\x11", NONE, NONE, 0, 0x1122334455667788LL,
		  false);
	EXPECT_OP("\x48\xa3\x88\x77\x66\x55\x44\x33\x22\x11", NONE, NONE, 0, 0x1122334455667788LL,
		  true);
	EXPECT_OP("\x67\xa1\x00\x00\xe0\xfe", NONE, NONE, 0, 0xfee00000, false);
}

TEST(reads_are_told_from_writes)
{
	EXPECT_OP("\x89\x07", 7, NONE, 0, 0, true);
	EXPECT_OP("\x88\x07", 7, NONE, 0, 0, true);
	EXPECT_OP("\xc7\x07\x01\x00\x00\x00", 7, NONE, 0, 0, true);
	EXPECT_OP("\xc6\x07\x01", 7, NONE, 0, 0, true);
	EXPECT_OP("\x0f\xb6\x07", 7, NONE, 0, 0, false);
	EXPECT_OP("\x48\x0f\xbf\x07", 7, NONE, 0, 0, false);
	EXPECT_OP("\x48\x63\x07", 7, NONE, 0, 0, false);
	EXPECT_OP("\x39\x07", 7, NONE, 0, 0, false);		/* cmp */
	EXPECT_OP("\x83\x3f\x01", 7, NONE, 0, 0, false);		/* cmpl $1,(%rdi) */
	EXPECT_OP("\x83\x0f\x01", 7, NONE, 0, 0, true);		/* orl $1,(%rdi) */
	EXPECT_OP("\x01\x07", 7, NONE, 0, 0, true);
	EXPECT_OP("\x03\x07", 7, NONE, 0, 0, false);
	EXPECT_OP("\xf7\x07\x01\x00\x00\x00", 7, NONE, 0, 0, false);	/* testl */
	EXPECT_OP("\xf7\x1f", 7, NONE, 0, 0, true);		/* negl */
	EXPECT_OP("\x87\x07", 7, NONE, 0, 0, true);		/* xchg */
	EXPECT_OP("\xf0\x0f\xb1\x0f", 7, NONE, 0, 0, true);	/* lock cmpxchg */
	EXPECT_OP("\xff\x07", 7, NONE, 0, 0, true);		/* incl */
	EXPECT_OP("\xff\x37", 7, NONE, 0, 0, false);		/* push (%rdi) */
	EXPECT_OP("\x0f\xba\x27\x01", 7, NONE, 0, 0, false);	/* btl $1 */
	EXPECT_OP("\x0f\xba\x2f\x01", 7, NONE, 0, 0, true);	/* btsl $1 */
	EXPECT_OP("\x0f\xc3\x07", 7, NONE, 0, 0, true);		/* movnti */
	EXPECT_OP("\xf3\x0f\x6f\x07", 7, NONE, 0, 0, false);	/* movdqu (%rdi),%xmm0 */
	EXPECT_OP("\xf3\x0f\x7f\x07", 7, NONE, 0, 0, true);
	EXPECT_OP("\x66\x0f\x7e\x07", 7, NONE, 0, 0, true);	/* movd %xmm0,(%rdi) */
	EXPECT_OP("\xf3\x0f\x7e\x07", 7, NONE, 0, 0, false);	/* movq (%rdi),%xmm0 */
}

TEST(no_operand_where_memory_is_not_touched)
{
	EXPECT_EQ(0, NUMBER("\x8b\xc7"));			/* mov %edi,%eax */
	EXPECT_EQ(0, NUMBER("\x8d\x07"));			/* lea */
	EXPECT_EQ(0, NUMBER("\x0f\x1f\x07"));			/* nop */
	EXPECT_EQ(0, NUMBER("\x0f\x18\x07"));			/* prefetch */
	EXPECT_EQ(0, NUMBER("\x0f\x0d\x07"));			/* prefetchw */
	EXPECT_EQ(0, NUMBER("\x0f\x01\x3f"));			/* invlpg */
	EXPECT_EQ(0, NUMBER("\x50"));				/* push %rax */
	EXPECT_EQ(0, NUMBER("\xc3"));
	EXPECT_EQ(0, NUMBER("\x04\x07"));			/* add $7,%al */
	EXPECT_EQ(0, NUMBER("\xe8\x00\x00\x00\x00"));
	EXPECT_EQ(0, NUMBER("\x74\x07"));
}

TEST(what_is_not_decoded_is_unknown)
{
	EXPECT_TRUE(UNKNOWN("\xc5\xf8\x10\x07"));		/* vmovups */
	EXPECT_TRUE(UNKNOWN("\x0f\xab\x07"));			/* bts %eax,(%rdi) */
	EXPECT_TRUE(UNKNOWN("\x0f\xae\x07"));			/* fxsave */
	EXPECT_FALSE(UNKNOWN("\x0f\xb6\x07"));
	EXPECT_FALSE(UNKNOWN("\x0f\xa2"));
	EXPECT_FALSE(UNKNOWN("\x8b\x07"));
	EXPECT_FALSE(UNKNOWN("\xc3"));
}

TEST(string_instructions)
{
	struct insn in = insn_of("\xf3\x65\xa5", 3);		/* rep movsl %gs:(%rsi),(%rdi) */
	struct memop op[MEMOP_MAX];

	EXPECT_TRUE(memop_string(&in));
	ASSERT_EQ(2, memop_decode(&in, op));
	EXPECT_EQ(MEMOP_RSI, op[0].base);
	EXPECT_EQ(0x65, op[0].segment);
	EXPECT_FALSE(op[0].write);
	EXPECT_EQ(MEMOP_RDI, op[1].base);
	EXPECT_EQ(0, op[1].segment);
	EXPECT_TRUE(op[1].write);
	EXPECT_EQ(2, NUMBER("\xa6"));
	EXPECT_OP("\xf3\xaa", 7, NONE, 0, 0, true);
	EXPECT_OP("\xac", 6, NONE, 0, 0, false);
	EXPECT_OP("\xf2\xae", 7, NONE, 0, 0, false);
	in = insn_of("\x8b\x07", 2);
	EXPECT_FALSE(memop_string(&in));
}

TEST(decoder_survives_any_bytes)
{
	uint8_t bytes[INSN_MAX_LEN];
	struct memop op[MEMOP_MAX];
	unsigned int i, seed = 1;
	struct insn in;
	size_t len;
	int n;

	for (n = 0; n < 200000; n++) {
		for (i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = seed >> 16;
		}
		len = 1 + n % INSN_MAX_LEN;
		insn_decode(&in, bytes, len);
		EXPECT_LE(memop_decode(&in, op), 2);
		memop_unknown(&in);
	}
}

TEST(address_is_the_sum_of_its_parts)
{
	struct memop op = ONE("\x8b\x44\xd8\x10");

	EXPECT_EQ(0x1000 + 8 * 5 + 0x10, memop_address(&op, 0x1000, 5, 77));
	op = ONE("\x65\x8b\x44\xd8\x10");
	EXPECT_EQ(0x1000 + 8 * 5 + 0x10 + 77, memop_address(&op, 0x1000, 5, 77));
	op = ONE("\x3e\x8b\x07");
	EXPECT_EQ(0x1000, memop_address(&op, 0x1000, 5, 77));	/* DS has no base */
	op = ONE("\x67\x8b\x47\x01");
	EXPECT_EQ(0, memop_address(&op, 0x1ffffffffULL, 0, 0));
	op = ONE("\x8b\x04\x25\x20\xc0\x5f\xff");
	EXPECT_EQ(0xffffffffff5fc020ULL, memop_address(&op, 1, 2, 3));
}

static bool canonical57(uint64_t va)
{
	return (int64_t)va >> 56 == 0 || (int64_t)va >> 56 == -1;
}

TEST(spoiled_address_is_not_canonical)
{
	static const struct { const char *bytes; size_t len; uint8_t reg; } forms[] = {
		{ "\x8b\x07", 2, 7 },
		{ "\x8b\x87\x00\x00\x00\x80", 6, 7 },
		{ "\x8b\x44\xd8\x10", 4, 0 },			/* the base */
		{ "\x8b\x04\xc0", 3, 0 },			/* (%rax,%rax,8) */
		{ "\x8b\x04\x40", 3, 0 },			/* (%rax,%rax,2) */
		{ "\x8b\x04\x8d\x00\x10\x00\x00", 7, 1 },	/* no base */
		{ "\x8b\x04\x0c", 3, 1 },			/* (%rsp,%rcx): not the stack */
		{ "\x65\x8b\x07", 3, 7 },
	};
	static const uint64_t values[] = {
		0, 8, 0x7fffffffffffULL, 0xffff888000000000ULL, 0xffffc90000001000ULL, ~0ULL,
	};
	size_t f, i, j;
	uint64_t va, value;
	struct memop op;
	uint8_t reg;

	for (f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		op = one(forms[f].bytes, forms[f].len);
		for (i = 0; i < 6; i++) {
			for (j = 0; j < 6; j++) {
				if (op.base == op.index && i != j)
					continue;
				ASSERT_TRUE(memop_spoil(&op, values[i], values[j], values[j],
							&reg, &value));
				EXPECT_EQ(forms[f].reg, reg);
				va = memop_address(&op, op.base == reg ? value : values[i],
						   op.index == reg ? value : values[j],
						   values[j]);
				EXPECT_FALSE(canonical57(va));
			}
		}
	}
	op = ONE("\x8b\x44\x24\x08");				/* 8(%rsp) */
	EXPECT_FALSE(memop_spoil(&op, 0, 0, 0, &reg, &value));
	op = ONE("\x8b\x05\x00\x00\x00\x00");			/* (%rip) */
	EXPECT_FALSE(memop_spoil(&op, 0, 0, 0, &reg, &value));
	op = ONE("\x8b\x04\x25\x20\xc0\x5f\xff");
	EXPECT_FALSE(memop_spoil(&op, 0, 0, 0, &reg, &value));
	op = ONE("\x67\x8b\x07");
	EXPECT_FALSE(memop_spoil(&op, 0, 0, 0, &reg, &value));
}

/* Page tables at 0x1000 (top), 0x2000, 0x3000, 0x4000. */
#define CBIT	(1ULL << 46)
static uint64_t tables[4][512];

static bool load(uint64_t gpa, uint64_t *entry)
{
	if (gpa < 0x1000 || gpa >= 0x5000)
		return false;
	*entry = tables[gpa / 0x1000 - 1][gpa % 0x1000 / 8];
	return true;
}

FIXTURE(walk) {
	struct walk w;
	uint64_t gpa;
	bool private_;
};

#define VA	0xffffc90000201234ULL		/* 402, 256 -> indices below */

FIXTURE_SETUP(walk)
{
	memset(tables, 0, sizeof(tables));
	tables[0][VA >> 39 & 511] = 0x2000 | CBIT | 7;
	tables[1][VA >> 30 & 511] = 0x3000 | CBIT | 7;
	tables[2][VA >> 21 & 511] = 0x4000 | CBIT | 7;
	tables[3][VA >> 12 & 511] = 0xfed00000 | 1ULL << 63 | 3;
	self->w = (struct walk){ .root = 0x1000 | CBIT | 0x18, .levels = 4, .cbit_mask = CBIT,
				 .wp = true, .smap = true, .load = load };
}

FIXTURE_TEARDOWN(walk)
{
}

TEST_F(walk, c_bit_is_told_apart_from_the_address)
{
	ASSERT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	EXPECT_EQ(0xfed00234, self->gpa);
	EXPECT_FALSE(self->private_);
	tables[3][VA >> 12 & 511] |= CBIT;
	ASSERT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	EXPECT_EQ(0xfed00234, self->gpa);
	EXPECT_TRUE(self->private_);
}

TEST_F(walk, large_pages)
{
	tables[2][VA >> 21 & 511] = 0xfec00000 | 0x1000 | 0x83;	/* with PAT */
	ASSERT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	EXPECT_EQ(0xfec00000 | (VA & 0x1fffff), self->gpa);
	tables[1][VA >> 30 & 511] = 0xc0000000 | CBIT | 0x83;
	ASSERT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	EXPECT_EQ(0xc0000000 | (VA & 0x3fffffff), self->gpa);
	EXPECT_TRUE(self->private_);
	tables[0][VA >> 39 & 511] |= 0x80;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
}

TEST_F(walk, page_faults_are_no_accesses)
{
	EXPECT_FALSE(walk(&self->w, VA + 0x1000, &self->gpa, &self->private_));
	EXPECT_FALSE(walk(&self->w, 1ULL << 62, &self->gpa, &self->private_));
	EXPECT_FALSE(walk(&self->w, 0x0000c90000201234ULL, &self->gpa, &self->private_));
	self->w.root = 0x9000;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
}

TEST_F(walk, rights_of_all_levels_count)
{
	self->w.write = true;
	EXPECT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	tables[1][VA >> 30 & 511] &= ~2ULL;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
	self->w.wp = false;
	EXPECT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	self->w.user = true;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
	self->w.write = false;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
	tables[3][VA >> 12 & 511] |= 4;
	EXPECT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	/* A page of user mode, and the kernel. */
	self->w.user = false;
	EXPECT_FALSE(walk(&self->w, VA, &self->gpa, &self->private_));
	self->w.smap = false;
	EXPECT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
}

TEST_F(walk, five_levels)
{
	self->w.levels = 5;
	tables[0][VA >> 39 & 511] = 0;
	tables[0][VA >> 48 & 511] = 0x2000 | 7;
	tables[1][VA >> 39 & 511] = 0x3000 | 7;
	tables[2][VA >> 30 & 511] = 0xc0000000 | 0x83;
	ASSERT_TRUE(walk(&self->w, VA, &self->gpa, &self->private_));
	EXPECT_EQ(0xc0000000 | (VA & 0x3fffffff), self->gpa);
}

TEST_HARNESS_MAIN
