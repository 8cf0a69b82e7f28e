// SPDX-License-Identifier: GPL-2.0-only
/* The table as an operating system reads it: byte offsets, no structure of the builder. */
#include <kselftest_harness.h>

#include "ivrs.h"

static uint64_t get(const uint8_t *p, unsigned int len)
{
	uint64_t v = 0;

	while (len--)
		v = v << 8 | p[len];
	return v;
}

FIXTURE(table) {
	uint8_t b[256];
	size_t len;
};

FIXTURE_SETUP(table)
{
	self->len = ivrs_build(&ivrs_qemu, self->b, sizeof(self->b));
	ASSERT_GT(self->len, 48);
}

FIXTURE_TEARDOWN(table)
{
}

TEST_F(table, header_length_and_checksum)
{
	uint8_t sum = 0;
	size_t i;

	EXPECT_EQ(0, memcmp(self->b, "IVRS", 4));
	EXPECT_EQ(self->len, get(self->b + 4, 4));
	for (i = 0; i < self->len; i++)
		sum += self->b[i];
	EXPECT_EQ(0, sum);
}

TEST_F(table, replaces_the_table_of_qemu)
{
	EXPECT_EQ(0, memcmp(self->b + 10, "BOCHS BXPC    ", 14));
	EXPECT_LT(1, get(self->b + 24, 4));
}

TEST_F(table, one_ivhd_fills_the_table)
{
	EXPECT_EQ(0x11, self->b[48]);
	EXPECT_EQ(self->len, 48 + get(self->b + 50, 2));
	EXPECT_EQ(0x0008, get(self->b + 52, 2));
	EXPECT_EQ(0x40, get(self->b + 54, 2));
	EXPECT_EQ(0xfed80000, get(self->b + 56, 8));
}

TEST_F(table, efr_of_the_device_plus_snpsup_without_ppr)
{
	EXPECT_EQ(0x80000000000029d5, get(self->b + 72, 8));
	EXPECT_EQ(0, get(self->b + 80, 8));
	/* EFRSup: without it the copy of the register is not to be used. */
	EXPECT_EQ(1, get(self->b + 36, 4) & 1);
}

TEST_F(table, entries_cover_all_devices_and_the_ioapic)
{
	const uint8_t *e = self->b + 88, *end = self->b + self->len;
	bool all = false, ioapic = false;

	while (e < end) {
		if (e[0] == 0x01) {
			all = true;
		} else if (e[0] == 0x48) {
			EXPECT_EQ(0xa0, get(e + 5, 2));
			EXPECT_EQ(1, e[7]);
			ioapic = true;
		}
		/* Bits 7:6 of the type give the length. */
		e += 4 << (e[0] >> 6);
	}
	EXPECT_EQ(end, e);
	EXPECT_TRUE(all);
	EXPECT_TRUE(ioapic);
}

TEST(device_id_is_taken_from_the_configuration)
{
	struct ivrs_config cfg = ivrs_qemu;
	uint8_t b[256];

	cfg.device_id = 0x1234;
	ASSERT_LT(0, ivrs_build(&cfg, b, sizeof(b)));
	EXPECT_EQ(0x1234, get(b + 52, 2));
}

TEST(small_buffer_is_refused_and_untouched)
{
	uint8_t b[99];

	memset(b, 0x5a, sizeof(b));
	EXPECT_EQ(0, ivrs_build(&ivrs_qemu, b, sizeof(b)));
	EXPECT_EQ(0x5a, b[0]);
}

TEST_HARNESS_MAIN
