// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of an SNP host as the processors have them once SNP is enabled: the
 * same on every core, locked, #GP where there is none.  Runs inside a VM of the
 * host role with the msr module; needs nothing of this project's modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <snp/rmp.h>

#include "kselftest_harness.h"

#define MAX_CPUS	8
#define GP		EIO	/* what the msr driver makes of it */

FIXTURE(host_msr)
{
	int fd[MAX_CPUS];
	int nr;
};

FIXTURE_SETUP(host_msr)
{
	char path[32];

	for (self->nr = 0; self->nr < MAX_CPUS; self->nr++) {
		snprintf(path, sizeof(path), "/dev/cpu/%d/msr", self->nr);
		self->fd[self->nr] = open(path, O_RDWR);
		if (self->fd[self->nr] < 0)
			break;
	}
	ASSERT_GT(self->nr, 0) TH_LOG("cannot open %s: %m", path);
	ASSERT_EQ(self->nr, (int)sysconf(_SC_NPROCESSORS_ONLN));
}

FIXTURE_TEARDOWN(host_msr)
{
	while (self->nr > 0)
		close(self->fd[--self->nr]);
}

static int get(int fd, uint32_t msr, uint64_t *value)
{
	return pread(fd, value, sizeof(*value), msr) == sizeof(*value) ? 0 : errno;
}

static int set(int fd, uint32_t msr, uint64_t value)
{
	return pwrite(fd, &value, sizeof(value), msr) == sizeof(value) ? 0 : errno;
}

TEST_F(host_msr, every_core_has_snp_enabled)
{
	const uint64_t on = SNP_SYSCFG_MEM_ENCRYPT | SNP_SYSCFG_SNP_EN | SNP_SYSCFG_VMPL_EN |
			    SNP_SYSCFG_MFDM;
	uint64_t v;
	int i;

	for (i = 0; i < self->nr; i++) {
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_SYSCFG, &v));
		EXPECT_EQ(on, v & on);
	}
}

TEST_F(host_msr, every_core_has_the_same_table)
{
	const uint32_t regs[] = { SNP_MSR_RMP_BASE, SNP_MSR_RMP_END, SNP_MSR_RMP_CFG };
	uint64_t first, v;
	unsigned int r;
	int i, err;

	for (r = 0; r < sizeof(regs) / sizeof(regs[0]); r++) {
		err = get(self->fd[0], regs[r], &first);
		/* Parts without a segmented RMP have no RMP_CFG. */
		EXPECT_TRUE(!err || (regs[r] == SNP_MSR_RMP_CFG && err == GP));
		for (i = 1; i < self->nr; i++) {
			EXPECT_EQ(err, get(self->fd[i], regs[r], &v));
			EXPECT_TRUE(err || v == first);
		}
	}
}

TEST_F(host_msr, snp_en_and_the_table_are_locked)
{
	uint64_t syscfg, base, v;
	int i;

	for (i = 0; i < self->nr; i++) {
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_SYSCFG, &syscfg));
		EXPECT_EQ(0, set(self->fd[i], SNP_MSR_SYSCFG, syscfg & ~SNP_SYSCFG_SNP_EN));
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_SYSCFG, &v));
		EXPECT_EQ(syscfg, v);
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_RMP_BASE, &base));
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_RMP_BASE, base));
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_RMP_END, base + 0xffffff));
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_RMP_CFG, 0));
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_RMP_BASE, &v));
		EXPECT_EQ(base, v);
	}
}

TEST_F(host_msr, smm_stays_locked)
{
	uint64_t hwcr, v;
	int i;

	for (i = 0; i < self->nr; i++) {
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_HWCR, &hwcr));
		EXPECT_EQ(SNP_HWCR_SMMLOCK, hwcr & SNP_HWCR_SMMLOCK);
		EXPECT_EQ(0, set(self->fd[i], SNP_MSR_HWCR, hwcr & ~SNP_HWCR_SMMLOCK));
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_HWCR, &v));
		EXPECT_EQ(hwcr, v);
	}
}

TEST_F(host_msr, what_is_not_there_faults)
{
	uint64_t hsave, v;
	int i;

	for (i = 0; i < self->nr; i++) {
		EXPECT_EQ(GP, get(self->fd[i], 0xc001011e, &v));	/* write only */
		EXPECT_EQ(GP, set(self->fd[i], 0xc001011e, 0x1000));	/* ASID 0 */
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_SEV_STATUS, 0));
		EXPECT_EQ(GP, get(self->fd[i], 0xc0010138, &v));
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_SYSCFG, 1));
		/* KVM has put a page there, if it has switched SVM on already. */
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_VM_HSAVE_PA, &hsave));
		EXPECT_EQ(GP, set(self->fd[i], SNP_MSR_VM_HSAVE_PA, 0x1234));
		ASSERT_EQ(0, get(self->fd[i], SNP_MSR_VM_HSAVE_PA, &v));
		EXPECT_EQ(hsave, v);
	}
}

TEST_HARNESS_MAIN
