// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev as a program sees it: layout, errors, nothing written on failure.
 * Runs inside a VM of the host role with snp_host.ko loaded.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <snp/report.h>

#include "../../../include/uapi/linux/psp-sev.h"

#include "kselftest_harness.h"

FIXTURE(dev_sev)
{
	int fd;
	struct sev_issue_cmd arg;
	struct sev_user_data_snp_status snp;
	struct sev_user_data_status sev;
};

FIXTURE_SETUP(dev_sev)
{
	self->fd = open("/dev/sev", O_RDWR);
	ASSERT_GE(self->fd, 0) TH_LOG("cannot open /dev/sev: %m");
	memset(&self->snp, 0xaa, sizeof(self->snp));
	memset(&self->sev, 0xaa, sizeof(self->sev));
	memset(&self->arg, 0, sizeof(self->arg));
}

FIXTURE_TEARDOWN(dev_sev)
{
	close(self->fd);
}

static int issue(int fd, struct sev_issue_cmd *arg, uint32_t cmd, void *data)
{
	arg->cmd = cmd;
	arg->data = (uintptr_t)data;
	return ioctl(fd, SEV_ISSUE_CMD, arg) ? errno : 0;
}

TEST(request_number_is_the_established_one)
{
	ASSERT_EQ(0xc0105300UL, (unsigned long)SEV_ISSUE_CMD);
	ASSERT_EQ(16, sizeof(struct sev_issue_cmd));
	ASSERT_EQ(32, sizeof(struct sev_user_data_snp_status));
	ASSERT_EQ(12, sizeof(struct sev_user_data_status));
}

TEST_F(dev_sev, snp_status_reports_an_initialised_platform)
{
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
	EXPECT_EQ(0, self->arg.error);
	EXPECT_EQ(1, self->snp.api_major);
	EXPECT_GE(self->snp.api_minor, 51);
	EXPECT_EQ(1, self->snp.state);
	EXPECT_EQ(1, (int)self->snp.is_rmp_initialized);
	EXPECT_EQ(0, self->snp.guest_count);
	EXPECT_NE(0, self->snp.current_tcb_version);
}

TEST_F(dev_sev, sev_status_is_written_whole)
{
	ASSERT_EQ(0, issue(self->fd, &self->arg, SEV_PLATFORM_STATUS, &self->sev));
	EXPECT_EQ(0, self->arg.error);
	EXPECT_EQ(1, self->sev.api_major);
	EXPECT_EQ(0, self->sev.guest_count);
	EXPECT_LE(self->sev.state, 2);
}

TEST_F(dev_sev, status_works_without_write_permission)
{
	int fd = open("/dev/sev", O_RDONLY);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, issue(fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
	EXPECT_EQ(0, issue(fd, &self->arg, SEV_PLATFORM_STATUS, &self->sev));
	close(fd);
}

TEST_F(dev_sev, unknown_request_is_enotty)
{
	EXPECT_EQ(-1, ioctl(self->fd, _IOWR('S', 9, struct sev_issue_cmd), &self->arg));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO('T', 0), NULL));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(dev_sev, command_out_of_range_is_einval)
{
	EXPECT_EQ(EINVAL, issue(self->fd, &self->arg, SEV_MAX, &self->snp));
	EXPECT_EQ(EINVAL, issue(self->fd, &self->arg, SEV_MAX + 1, &self->snp));
	EXPECT_EQ(EINVAL, issue(self->fd, &self->arg, UINT32_MAX, &self->snp));
	EXPECT_EQ(0xaa, ((uint8_t *)&self->snp)[0]);
}

TEST_F(dev_sev, legacy_commands_fail_and_write_nothing)
{
	static const uint32_t cmds[] = {
		SEV_FACTORY_RESET, SEV_PEK_GEN, SEV_PEK_CSR, SEV_PDH_GEN, SEV_PDH_CERT_EXPORT,
		SEV_PEK_CERT_IMPORT,
	};
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		EXPECT_EQ(ENOTTY, issue(self->fd, &self->arg, cmds[i], &self->snp))
			TH_LOG("command %u", cmds[i]);
		EXPECT_EQ((uint32_t)SEV_RET_NO_FW_CALL, self->arg.error);
		EXPECT_EQ(0xaa, ((uint8_t *)&self->snp)[0]);
	}
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
}

TEST_F(dev_sev, identity_is_the_same_by_both_commands)
{
	struct sev_user_data_get_id id = {};
	struct sev_user_data_get_id2 id2 = {};
	uint8_t chip[64] = {}, zero[64] = {};

	ASSERT_EQ(0, issue(self->fd, &self->arg, SEV_GET_ID, &id));
	EXPECT_NE(0, memcmp(id.socket1, zero, 64));
	EXPECT_EQ(0, memcmp(id.socket2, zero, 64));

	/* As tools do it: ask for the length, then for the identity. */
	EXPECT_EQ(EIO, issue(self->fd, &self->arg, SEV_GET_ID2, &id2));
	EXPECT_EQ(0x04, self->arg.error);
	ASSERT_EQ(64, id2.length);
	id2.address = (uintptr_t)chip;
	ASSERT_EQ(0, issue(self->fd, &self->arg, SEV_GET_ID2, &id2));
	EXPECT_EQ(0, memcmp(id.socket1, chip, 64));
}

/* Milan and Genoa are family 0x19. */
static enum snp_tcb_layout tcb_layout(void)
{
	unsigned int eax = 0, ebx, ecx, edx;

	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	return (eax >> 20 & 0xff) + (eax >> 8 & 0xf) > 0x19 ? SNP_TCB_TURIN : SNP_TCB_MILAN;
}

TEST_F(dev_sev, reported_tcb_follows_config_and_comes_back)
{
	struct sev_user_data_snp_config cfg = {};
	struct sev_user_data_snp_status was;
	char text[64] = "", want[64];
	struct snp_tcb tcb;
	FILE *f;

	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &was));
	/* One level of SNP firmware less. */
	tcb = snp_tcb_decode(was.reported_tcb_version, tcb_layout());
	ASSERT_NE(0, tcb.snp--);
	cfg.reported_tcb = snp_tcb_encode(tcb, tcb_layout());
	cfg.mask_chip_id = 1;
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_SET_CONFIG, &cfg))
		TH_LOG("firmware status %#x", self->arg.error);
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
	EXPECT_EQ(cfg.reported_tcb, self->snp.reported_tcb_version);
	EXPECT_EQ(was.current_tcb_version, self->snp.current_tcb_version);
	EXPECT_EQ(1, (int)self->snp.mask_chip_id);

	f = fopen("/sys/bus/pci/drivers/snp_host/0000:00:04.0/snp/tcb_reported", "r");
	ASSERT_NE(NULL, f);
	snprintf(want, sizeof(want), "0x%016llx\n", (unsigned long long)cfg.reported_tcb);
	EXPECT_NE(NULL, fgets(text, sizeof(text), f));
	EXPECT_STREQ(want, text);
	fclose(f);

	memset(&cfg, 0, sizeof(cfg));
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_SET_CONFIG, &cfg));
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
	EXPECT_EQ(0, memcmp(&was, &self->snp, sizeof(was)));
}

TEST_F(dev_sev, commit_makes_the_committed_tcb_known)
{
	char text[64] = "", want[64];
	FILE *f;

	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_COMMIT, NULL));
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
	f = fopen("/sys/bus/pci/drivers/snp_host/0000:00:04.0/snp/tcb_committed", "r");
	ASSERT_NE(NULL, f);
	snprintf(want, sizeof(want), "0x%016llx\n",
		 (unsigned long long)self->snp.current_tcb_version);
	EXPECT_NE(NULL, fgets(text, sizeof(text), f));
	EXPECT_STREQ(want, text);
	fclose(f);
}

TEST_F(dev_sev, features_are_told)
{
	struct snp_host_feature_info info = { .eax = 0xaaaaaaaa, .edx = 0xaaaaaaaa };

	ASSERT_EQ(1, (int)(issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp) == 0 &&
			   self->snp.feature_info));
	ASSERT_EQ(0, ioctl(self->fd, SNP_HOST_FEATURE_INFO, &info));
	EXPECT_EQ(0, info.error);
	EXPECT_NE(0xaaaaaaaa, info.eax);
	EXPECT_NE(0xaaaaaaaa, info.edx);
}

TEST_F(dev_sev, bad_pointers_are_efault)
{
	void *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, ro);
	/* Mainline tells a missing pointer from a bad one, here and only here. */
	EXPECT_EQ(EINVAL, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, NULL));
	EXPECT_EQ(EFAULT, issue(self->fd, &self->arg, SEV_PLATFORM_STATUS, NULL));
	EXPECT_EQ(EFAULT, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, (void *)~0UL));
	EXPECT_EQ(EFAULT, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, ro));
	EXPECT_EQ(EFAULT, issue(self->fd, &self->arg, SEV_PLATFORM_STATUS, ro));
	EXPECT_EQ(-1, ioctl(self->fd, SEV_ISSUE_CMD, NULL));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, issue(self->fd, &self->arg, SNP_PLATFORM_STATUS, &self->snp));
}

static void *hammer(void *arg)
{
	struct sev_user_data_snp_status snp;
	struct sev_user_data_status sev;
	struct sev_issue_cmd cmd = {};
	long bad = 0, i;
	int fd = *(int *)arg;

	for (i = 0; i < 50; i++) {
		bad += !!issue(fd, &cmd, SNP_PLATFORM_STATUS, &snp);
		bad += snp.state != 1;
		bad += !!issue(fd, &cmd, SEV_PLATFORM_STATUS, &sev);
		bad += issue(fd, &cmd, SEV_PLATFORM_STATUS, NULL) != EFAULT;
	}
	return (void *)bad;
}

TEST_F_TIMEOUT(dev_sev, eight_callers_at_once, 120)
{
	pthread_t thread[8];
	void *bad;
	int i;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, hammer, &self->fd));
	for (i = 0; i < 8; i++) {
		pthread_join(thread[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
}

TEST_HARNESS_MAIN
