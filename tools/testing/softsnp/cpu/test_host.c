// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the host role's CPUID leaves, register rules and RMP layout.
 */
#include <kselftest_harness.h>

#include <snp/rmp.h>

#include "host_cpuid.h"
#include "host_msr.h"
#include "host_rst.h"

#define SNP_EN		SNP_SYSCFG_SNP_EN
#define MSR_EFER	0xc0000080

FIXTURE(core) {
	struct host_part part;
	struct host_msrs m;
};

FIXTURE_SETUP(core)
{
	self->m = (struct host_msrs){
		.syscfg = HOST_SYSCFG_BIOS,
		.hwcr = HOST_HWCR_BIOS,
		.rmp_base = 0x30000000,
		.rmp_end = 0x30ffffff,
	};
	ASSERT_TRUE(host_part_find("milan", &self->part));
}

FIXTURE_TEARDOWN(core)
{
}

TEST_F(core, bios_leaves_encryption_on_and_snp_off)
{
	uint64_t v = 0;

	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_SYSCFG, &v));
	EXPECT_EQ(SNP_SYSCFG_MEM_ENCRYPT,
		  v & (SNP_SYSCFG_MEM_ENCRYPT | SNP_EN | SNP_SYSCFG_VMPL_EN | SNP_SYSCFG_MFDM));
	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_HWCR, &v));
	EXPECT_EQ(SNP_HWCR_SMMLOCK, v & SNP_HWCR_SMMLOCK);
}

TEST_F(core, snp_en_cannot_be_cleared)
{
	uint64_t on = self->m.syscfg | SNP_EN | SNP_SYSCFG_VMPL_EN | SNP_SYSCFG_MFDM;

	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, SNP_MSR_SYSCFG, on));
	EXPECT_EQ(on, self->m.syscfg);
	EXPECT_EQ(HOST_MSR_DONE,
		  host_msr_write(&self->part, &self->m, SNP_MSR_SYSCFG, on & ~(SNP_EN | SNP_SYSCFG_MFDM)));
	EXPECT_EQ(on & ~SNP_SYSCFG_MFDM, self->m.syscfg);
}

TEST_F(core, reserved_syscfg_bits_fault)
{
	const uint64_t before = self->m.syscfg;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		if (bit >= 18 && bit <= 25)
			continue;
		EXPECT_EQ(HOST_MSR_GP,
			  host_msr_write(&self->part, &self->m, SNP_MSR_SYSCFG, before | 1ULL << bit));
	}
	EXPECT_EQ(before, self->m.syscfg);
}

TEST_F(core, smm_lock_cannot_be_cleared)
{
	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, SNP_MSR_HWCR, 1 << 30));
	EXPECT_EQ(1 << 30 | SNP_HWCR_SMMLOCK, self->m.hwcr);
}

TEST_F(core, smm_lock_missing_stays_missing)
{
	self->m.hwcr = 0;
	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, SNP_MSR_HWCR, 1 << 30));
	EXPECT_EQ(1 << 30, self->m.hwcr);
}

TEST_F(core, rmp_registers_take_writes_until_snp_is_enabled)
{
	uint64_t v = 0;

	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_RMP_BASE, &v));
	EXPECT_EQ(0x30000000, v);
	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_RMP_END, &v));
	EXPECT_EQ(0x30ffffff, v);
	EXPECT_EQ(HOST_MSR_DONE,
		  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_BASE, 0x20002000));
	/* The low bits of RMP_END read as ones. */
	EXPECT_EQ(HOST_MSR_DONE,
		  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_END, 0x20ffe000));
	EXPECT_EQ(0x20002000, self->m.rmp_base);
	EXPECT_EQ(0x20ffffff, self->m.rmp_end);

	self->m.syscfg |= SNP_EN;
	EXPECT_EQ(HOST_MSR_GP,
		  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_BASE, 0x30000000));
	EXPECT_EQ(HOST_MSR_GP,
		  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_END, 0x30ffffff));
	EXPECT_EQ(0x20002000, self->m.rmp_base);
	EXPECT_EQ(0x20ffffff, self->m.rmp_end);
}

TEST_F(core, rmp_registers_refuse_reserved_bits)
{
	const uint64_t bad[] = { 0x30000001, 0x30001000, 1ULL << 51, 1ULL << 63 };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_EQ(HOST_MSR_GP,
			  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_BASE, bad[i]));
	EXPECT_EQ(HOST_MSR_GP,
		  host_msr_write(&self->part, &self->m, SNP_MSR_RMP_END, 1ULL << 51));
	EXPECT_EQ(0x30000000, self->m.rmp_base);
}

TEST_F(core, rmp_cfg_is_there_on_a_turin)
{
	uint64_t v = 1;

	ASSERT_TRUE(host_part_find("turin", &self->part));
	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_RMP_CFG, &v));
	EXPECT_EQ(0, v);
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_RMP_CFG, 0x2402));
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_RMP_CFG, 0x4001));
	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, SNP_MSR_RMP_CFG, 0x2401));
	EXPECT_EQ(0x2401, self->m.rmp_cfg);
	self->m.syscfg |= SNP_EN;
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_RMP_CFG, 0));
	EXPECT_EQ(0x2401, self->m.rmp_cfg);
}

TEST_F(core, registers_that_cpuid_does_not_report_fault)
{
	const uint32_t absent[] = { SNP_MSR_RMP_CFG, 0xc0010134, 0xc0010138, 0xc001013f };
	unsigned int i;
	uint64_t v;

	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		EXPECT_EQ(HOST_MSR_GP, host_msr_read(&self->part, &self->m, absent[i], &v));
		EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, absent[i], 0));
	}
}

TEST_F(core, sev_status_is_zero_and_read_only)
{
	uint64_t v = 1;

	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_SEV_STATUS, &v));
	EXPECT_EQ(0, v);
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_SEV_STATUS, 1));
}

TEST_F(core, hsave_pa_is_recorded_and_left_to_qemu)
{
	EXPECT_EQ(HOST_MSR_QEMU, host_msr_write(&self->part, &self->m, SNP_MSR_VM_HSAVE_PA, 0x1234000));
	EXPECT_EQ(0x1234000, self->m.hsave_pa);
	EXPECT_EQ(HOST_MSR_QEMU, host_msr_write(&self->part, &self->m, SNP_MSR_VM_HSAVE_PA, 0));
	EXPECT_EQ(0, self->m.hsave_pa);
}

TEST_F(core, unaligned_or_too_high_hsave_pa_faults)
{
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_VM_HSAVE_PA, 0x1234800));
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, SNP_MSR_VM_HSAVE_PA, 1ULL << 51));
	EXPECT_EQ(0, self->m.hsave_pa);
}

TEST_F(core, page_flush_wants_an_asid_and_a_canonical_address)
{
	uint64_t v;

	EXPECT_EQ(HOST_MSR_GP, host_msr_read(&self->part, &self->m, MSR_VM_PAGE_FLUSH, &v));
	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, MSR_VM_PAGE_FLUSH, 0xffff888000001001));
	EXPECT_EQ(HOST_MSR_DONE,
		  host_msr_write(&self->part, &self->m, MSR_VM_PAGE_FLUSH, 0x1000 | self->part.nr_asids));
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, MSR_VM_PAGE_FLUSH, 0xffff888000001000));
	EXPECT_EQ(HOST_MSR_GP,
		  host_msr_write(&self->part, &self->m, MSR_VM_PAGE_FLUSH, 0x1000 | (self->part.nr_asids + 1)));
	EXPECT_EQ(HOST_MSR_GP, host_msr_write(&self->part, &self->m, MSR_VM_PAGE_FLUSH, 0x8000000000001001));
}

TEST_F(core, ghcb_holds_what_was_written)
{
	uint64_t v = 0;

	EXPECT_EQ(HOST_MSR_DONE, host_msr_write(&self->part, &self->m, SNP_MSR_GHCB, 0xabc002));
	EXPECT_EQ(HOST_MSR_DONE, host_msr_read(&self->part, &self->m, SNP_MSR_GHCB, &v));
	EXPECT_EQ(0xabc002, v);
}

TEST_F(core, other_registers_are_qemus)
{
	uint64_t v;

	EXPECT_EQ(HOST_MSR_QEMU, host_msr_read(&self->part, &self->m, MSR_EFER, &v));
	EXPECT_EQ(HOST_MSR_QEMU, host_msr_write(&self->part, &self->m, MSR_EFER, 0xd01));
	EXPECT_EQ(HOST_MSR_QEMU, host_msr_read(&self->part, &self->m, SNP_MSR_VM_HSAVE_PA, &v));
}

FIXTURE(part) {
	struct host_part part;
};

FIXTURE_SETUP(part)
{
	ASSERT_TRUE(host_part_find("milan", &self->part));
}

FIXTURE_TEARDOWN(part)
{
}

TEST_F(part, maximum_leaf_covers_the_encryption_leaves)
{
	struct host_cpuid_regs r;

	ASSERT_TRUE(host_cpuid(&self->part, 0x80000000, &r));
	EXPECT_LE(0x8000001f, r.eax);
	EXPECT_EQ(0, memcmp(&r.ebx, "Auth", 4));
	EXPECT_EQ(0, memcmp(&r.edx, "enti", 4));
	EXPECT_EQ(0, memcmp(&r.ecx, "cAMD", 4));
}

TEST_F(part, encryption_leaf)
{
	struct host_cpuid_regs r;

	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(0, r.eax & 1);
	EXPECT_EQ(1 << 1 | 1 << 3 | 1 << 4 | 1 << 5, r.eax & 0x3a);
	EXPECT_EQ(51, r.ebx & 63);
	EXPECT_EQ(1, r.ebx >> 6 & 63);
	EXPECT_EQ(4, r.ebx >> 12 & 15);
	EXPECT_LT(r.edx, r.ecx);
	EXPECT_LT(1, r.edx);
}

TEST_F(part, cbit_and_rmpread_follow_the_part)
{
	struct host_cpuid_regs r;

	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(0, r.eax >> 21 & 1);
	self->part.cbit = 50;
	self->part.rmpread = true;
	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(1, r.eax >> 21 & 1);
	EXPECT_EQ(50, r.ebx & 63);
}

TEST_F(part, profiles)
{
	struct host_cpuid_regs r;

	EXPECT_FALSE(host_part_find("rome", &self->part));
	EXPECT_FALSE(host_part_find("", &self->part));
	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(0, r.eax & (1 << 21 | 1 << 23));
	EXPECT_EQ(509, r.ecx);
	ASSERT_TRUE(host_cpuid(&self->part, 0x80000025, &r));
	EXPECT_EQ(0, r.eax | r.ebx);
	ASSERT_TRUE(host_part_find("genoa", &self->part));
	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(0, r.eax & (1 << 21 | 1 << 23));
	EXPECT_EQ(1006, r.ecx);
	ASSERT_TRUE(host_part_find("turin", &self->part));
	ASSERT_TRUE(host_cpuid(&self->part, 0x8000001f, &r));
	EXPECT_EQ(1 << 21 | 1 << 23, r.eax & (1 << 21 | 1 << 23));
	ASSERT_TRUE(host_cpuid(&self->part, 0x80000025, &r));
	EXPECT_EQ(30, r.eax & 63);
	EXPECT_EQ(43, r.eax >> 6 & 63);
	EXPECT_EQ(64, r.ebx & 0x7ff);
}

TEST_F(part, leaves_of_qemu_are_left_alone)
{
	const uint32_t leaves[] = { 0, 1, 7, 0xd, 0x80000001, 0x80000008, 0x8000001d, 0x8000001e };
	struct host_cpuid_regs r;
	unsigned int i;

	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		EXPECT_FALSE(host_cpuid(&self->part, leaves[i], &r));
	EXPECT_FALSE(host_cpuid(&self->part, 0x80000026, &r));
}

/* RMP registers to the place of an entry. */

TEST(rmp_registers_that_make_no_table)
{
	static const uint64_t bad[][3] = {
		{ 0, 0xffffff, 0 }, { 0x1000, 0xffffff, 0 }, { 0x30000000, 0, 0 },
		{ 0x30000000, 0x2fffffff, 0 }, { 0x30000000, 0x30000fff, 0 },
		{ 0x30000000, 0x30003fff, 0 }, { 0x30000000, 0x30004fff, 0 },
		{ 0x30000000, 0x30ffffff, 0x2401 }, { 0x30000000, 0, 0x1d01 },
		{ 0x30000000, 0, 0x2c01 }, { 0x30000000, 0, 1 },
	};
	struct rmp_map m;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_NE(NULL, rmp_map_decode(bad[i][0], bad[i][1], bad[i][2], &m)) {
			TH_LOG("case %u", i);
		}
}

TEST(contiguous_entries)
{
	struct rmp_map m;
	uint64_t spa;

	ASSERT_EQ(NULL, rmp_map_decode(0x30000000, 0x30ffffff, 0, &m));
	ASSERT_TRUE(rmp_map_entry(&m, 0, 0, &spa));
	EXPECT_EQ(0x30004000, spa);
	ASSERT_TRUE(rmp_map_entry(&m, 0, 0x12345, &spa));
	EXPECT_EQ(0x30004000 + 0x123450, spa);
	ASSERT_TRUE(rmp_map_entry(&m, 0, 0xffbff, &spa));
	EXPECT_EQ(0x30fffff0, spa);
	EXPECT_FALSE(rmp_map_entry(&m, 0, 0xffc00, &spa));
	EXPECT_FALSE(rmp_map_entry(&m, 0, ~0ULL, &spa));
}

TEST(segmented_entries)
{
	const uint64_t rst = 0x40000000 | 2;
	struct rmp_map m;
	unsigned int i;
	uint64_t spa;

	/* The low bits of RMP_END read as ones; that is no end. */
	ASSERT_EQ(NULL, rmp_map_decode(0x30000000, 0x1fff, 0x2001, &m));
	EXPECT_EQ(0x30004000, rmp_map_rst(&m));
	ASSERT_TRUE(rmp_map_segment(&m, 0x2fffff, &i));
	EXPECT_EQ(2, i);
	ASSERT_TRUE(rmp_map_segment(&m, 0x1ff << 20, &i));
	EXPECT_EQ(511, i);
	EXPECT_FALSE(rmp_map_segment(&m, 0x200 << 20, &i));
	/* 2 of 4 GiB are mapped; no bookkeeping in a segment. */
	ASSERT_TRUE(rmp_map_entry(&m, rst, 0x200000, &spa));
	EXPECT_EQ(0x40000000, spa);
	ASSERT_TRUE(rmp_map_entry(&m, rst, 0x27ffff, &spa));
	EXPECT_EQ(0x407ffff0, spa);
	EXPECT_FALSE(rmp_map_entry(&m, rst, 0x280000, &spa));
	EXPECT_FALSE(rmp_map_entry(&m, 0x40000000, 0x200000, &spa));
	/* A size beyond the segment's is cut to it. */
	EXPECT_EQ(4 * RMP_FRAMES_PER_GIB, rmp_map_segment_frames(&m, 0x400fffff));
}

TEST(bios_writes_a_segment_table)
{
	uint64_t rst[RMP_RST_ENTRIES];
	struct rmp_map m;

	ASSERT_EQ(NULL, rmp_map_decode(0x30000000, 0, 0x2401, &m));
	ASSERT_TRUE(host_rst_build(&m, 0x310fffff, 4, rst));
	EXPECT_EQ(0x30100004, rst[0]);
	EXPECT_EQ(0, rst[1]);
	EXPECT_FALSE(host_rst_build(&m, 0x310ffffe, 4, rst));

	/* One GiB each, last segment first, the last one shorter. */
	ASSERT_EQ(NULL, rmp_map_decode(0x30000000, 0, 0x1f01, &m));
	ASSERT_TRUE(host_rst_build(&m, 0x310fffff, 3, rst));
	EXPECT_EQ(0x30100001, rst[1]);
	EXPECT_EQ(0x30500002, rst[0]);
	EXPECT_EQ(0, rst[2]);
	EXPECT_FALSE(host_rst_build(&m, ~0ULL, 0, rst));
	EXPECT_FALSE(host_rst_build(&m, ~0ULL, 2000, rst));
}

TEST_HARNESS_MAIN
