// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the parts of the CPU model that do not need QEMU.
 */
#include <kselftest_harness.h>

#include "insn.h"
#include "seen.h"

/* core.h names registers as signal.h does. */
void cpu_log(const char *fmt, ...);
void count_add(const char *name, uint64_t n);
void count_fmt(const char *fmt, ...);
void count_each(void (*fn)(const char *name, uint64_t n));
int count_write(const char *path);

static unsigned int logged;

void cpu_log(const char *fmt, ...)
{
	logged++;
}

static enum insn_kind kind_of(const char *bytes, size_t len)
{
	struct insn in;

	insn_decode(&in, (const uint8_t *)bytes, len);
	return in.kind;
}

#define KIND(s) kind_of(s, sizeof(s) - 1)

TEST(decoder_knows_every_intercepted_instruction)
{
	EXPECT_EQ(INSN_CPUID, KIND("\x0f\xa2"));
	EXPECT_EQ(INSN_RDMSR, KIND("\x0f\x32"));
	EXPECT_EQ(INSN_WRMSR, KIND("\x0f\x30"));
	EXPECT_EQ(INSN_RDTSC, KIND("\x0f\x31"));
	EXPECT_EQ(INSN_RDPMC, KIND("\x0f\x33"));
	EXPECT_EQ(INSN_INVD, KIND("\x0f\x08"));
	EXPECT_EQ(INSN_WBINVD, KIND("\x0f\x09"));
	EXPECT_EQ(INSN_WBINVD, KIND("\xf3\x0f\x09"));
	EXPECT_EQ(INSN_HLT, KIND("\xf4"));
	EXPECT_EQ(INSN_MONITOR, KIND("\x0f\x01\xc8"));
	EXPECT_EQ(INSN_MWAIT, KIND("\x0f\x01\xc9"));
	EXPECT_EQ(INSN_RDTSCP, KIND("\x0f\x01\xf9"));
}

TEST(prefix_tells_the_snp_instructions_apart)
{
	EXPECT_EQ(INSN_PVALIDATE, KIND("\xf2\x0f\x01\xff"));
	EXPECT_EQ(INSN_PSMASH, KIND("\xf3\x0f\x01\xff"));
	EXPECT_EQ(INSN_RMPADJUST, KIND("\xf3\x0f\x01\xfe"));
	EXPECT_EQ(INSN_RMPUPDATE, KIND("\xf2\x0f\x01\xfe"));
	EXPECT_EQ(INSN_RMPQUERY, KIND("\xf3\x0f\x01\xfd"));
	EXPECT_EQ(INSN_RMPREAD, KIND("\xf2\x0f\x01\xfd"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x01\xff"));
	EXPECT_EQ(INSN_VMMCALL, KIND("\x0f\x01\xd9"));
	EXPECT_EQ(INSN_VMGEXIT, KIND("\xf3\x0f\x01\xd9"));
	EXPECT_EQ(INSN_VMGEXIT, KIND("\xf2\x0f\x01\xd9"));
}

TEST(port_instructions_with_any_prefix)
{
	EXPECT_EQ(INSN_IOIO, KIND("\xe4\x60"));
	EXPECT_EQ(INSN_IOIO, KIND("\xec"));
	EXPECT_EQ(INSN_IOIO, KIND("\x66\xef"));
	EXPECT_EQ(INSN_IOIO, KIND("\xf3\x6c"));
	EXPECT_EQ(INSN_IOIO, KIND("\x66\xf3\x6f"));
	EXPECT_EQ(INSN_IOIO, KIND("\x67\x66\xf3\x64\x6f"));
	EXPECT_EQ(INSN_IOIO, KIND("\xf3\x48\x6d"));
	EXPECT_EQ(INSN_NONE, KIND("\xe8\x00\x00\x00\x00"));
}

TEST(debug_register_seven_only)
{
	EXPECT_EQ(INSN_DR7_WRITE, KIND("\x0f\x23\xf8"));
	EXPECT_EQ(INSN_DR7_WRITE, KIND("\x41\x0f\x23\xfa"));
	EXPECT_EQ(INSN_DR7_READ, KIND("\x0f\x21\xf8"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x23\xf0"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x21\xc0"));
}

TEST(writes_of_control_registers)
{
	EXPECT_EQ(INSN_CR0_WRITE, KIND("\x0f\x22\xc0"));
	EXPECT_EQ(INSN_CR0_WRITE, KIND("\x41\x0f\x22\xc4"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x22\xd0"));			/* mov %rax, %cr2 */
	EXPECT_EQ(INSN_TLB_FLUSH, KIND("\x0f\x22\xd8"));		/* mov %rax, %cr3 */
	EXPECT_EQ(INSN_TLB_FLUSH, KIND("\x0f\x22\xe0"));		/* mov %rax, %cr4 */
	EXPECT_EQ(INSN_NONE, KIND("\x44\x0f\x22\xc0"));		/* mov %rax, %cr8 */
	EXPECT_EQ(INSN_TLB_FLUSH, KIND("\x0f\x01\x38"));		/* invlpg (%rax) */
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x01\xf8"));			/* swapgs */
	EXPECT_EQ(INSN_TLB_FLUSH, KIND("\x66\x0f\x38\x82\x08"));	/* invpcid (%rax), %rcx */
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x38\x82\x08"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x20\xc0"));
}

TEST(table_loads_are_told_from_register_forms)
{
	EXPECT_EQ(INSN_LGDT, KIND("\x0f\x01\x17"));
	EXPECT_EQ(INSN_LIDT, KIND("\x0f\x01\x1d\x00\x00\x00\x00"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x01\xd0"));
	EXPECT_EQ(INSN_LTR, KIND("\x0f\x00\xd8"));
	EXPECT_EQ(INSN_LTR, KIND("\x41\x0f\x00\xdf"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x00\xd0"));
}

TEST(rex_needs_an_opcode_behind_it)
{
	struct insn in;

	insn_decode(&in, (const uint8_t *)"\x48\xcf", 2);
	EXPECT_EQ(INSN_IRETQ, in.kind);
	EXPECT_EQ(1, in.opcode_at);
	EXPECT_EQ(0x48, in.rex);
	EXPECT_EQ(INSN_NONE, KIND("\xcf"));
	/* inc %eax in 32-bit code */
	insn_decode(&in, (const uint8_t *)"\x40", 1);
	EXPECT_EQ(0, in.rex);
	EXPECT_EQ(INSN_NONE, in.kind);
}

TEST(decoder_survives_truncated_and_oversized_input)
{
	uint8_t bytes[32], first;
	struct insn in;
	size_t len;

	for (first = 0; first < 255; first++) {
		memset(bytes, first, sizeof(bytes));
		for (len = 0; len <= sizeof(bytes); len++) {
			insn_decode(&in, bytes, len);
			EXPECT_LE(in.len, INSN_MAX_LEN);
			EXPECT_LE(in.opcode_at, in.len);
		}
	}
	EXPECT_EQ(INSN_NONE, KIND("\x0f"));
	EXPECT_EQ(INSN_NONE, KIND("\x0f\x01"));
	EXPECT_EQ(INSN_NONE, KIND("\xf2\xf3\x66"));
}

/* Counters. */

static unsigned int names;
static char last_name[64];

static void see(const char *name, uint64_t n)
{
	names += n > 0 && strcmp(last_name, name) < 0;
	snprintf(last_name, sizeof(last_name), "%s", name);
}

static void written(char *text, size_t room)
{
	char path[] = "/tmp/counters.XXXXXX";
	int fd = mkstemp(path);
	ssize_t n = -1;

	if (fd >= 0 && !count_write(path))
		n = read(fd, text, room - 1);
	text[n > 0 ? n : 0] = 0;
	close(fd);
	unlink(path);
}

TEST(counters_are_sorted_and_added_up)
{
	char text[256];

	count_add("b", 1);
	count_fmt("%c.%d", 'a', 7);
	count_add("b", 41);
	written(text, sizeof(text));
	EXPECT_STREQ("{\n\t\"a.7\": 1,\n\t\"b\": 42\n}\n", text);
	EXPECT_EQ(0, logged);
}

TEST(counter_without_room_is_told)
{
	static char text[1 << 16];
	unsigned int i;

	for (i = 0; i < 512; i++)
		count_fmt("name.%03u", i);
	EXPECT_EQ(0, logged);
	count_add("a.late.one", 1);
	count_add("z.late.one", 2);
	count_add("name.007", 1);
	EXPECT_EQ(1, logged);
	count_each(see);
	EXPECT_EQ(512, names);
	written(text, sizeof(text));
	EXPECT_EQ(NULL, strstr(text, "late"));
	EXPECT_NE(NULL, strstr(text, "\"name.007\": 2,"));
	EXPECT_NE(NULL, strstr(text, ",\n\t\"dropped\": 3\n}"));
}

static uint64_t changes;
static struct seen seen;

FIXTURE(seen_pages) { };

FIXTURE_SETUP(seen_pages)
{
	changes = 0;
	memset(&seen, 0, sizeof(seen));
	seen.changes = &changes;
}

FIXTURE_TEARDOWN(seen_pages)
{
}

TEST_F(seen_pages, none_at_first_not_even_page_zero)
{
	EXPECT_FALSE(seen_hit(&seen, 0));
	EXPECT_FALSE(seen_hit(&seen, 0x1000));
	EXPECT_EQ(2, seen.accesses);
}

TEST_F(seen_pages, a_page_is_one_of_all_bits_of_its_address)
{
	seen_keep(&seen, 0xffff888000123456, seen_epoch(&seen));
	EXPECT_TRUE(seen_hit(&seen, 0xffff888000123000));
	EXPECT_FALSE(seen_hit(&seen, 0xffff888000124000));
	/* Same slot. */
	EXPECT_FALSE(seen_hit(&seen, 0xffff888000123000 + (SEEN_SLOTS << SNP_PAGE_SHIFT)));
	EXPECT_FALSE(seen_hit(&seen, 0x0000888000123000));
}

TEST_F(seen_pages, the_end_of_a_page_is_always_looked_at)
{
	seen_keep(&seen, 0x5000, seen_epoch(&seen));
	EXPECT_TRUE(seen_hit(&seen, 0x5ff0));
	EXPECT_FALSE(seen_hit(&seen, 0x5ff1));
	EXPECT_FALSE(seen_hit(&seen, 0x5fff));
}

TEST_F(seen_pages, a_flush_and_a_change_end_the_epoch)
{
	uint64_t epoch = seen_epoch(&seen);

	seen_keep(&seen, 0x5000, epoch);
	seen_flush(&seen);
	EXPECT_FALSE(seen_hit(&seen, 0x5000));
	seen_keep(&seen, 0x5000, seen_epoch(&seen));
	EXPECT_TRUE(seen_hit(&seen, 0x5000));
	changes++;
	EXPECT_FALSE(seen_hit(&seen, 0x5000));
	/* A look that began before the change. */
	seen_keep(&seen, 0x5000, epoch);
	EXPECT_FALSE(seen_hit(&seen, 0x5000));
}

TEST_HARNESS_MAIN
