// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware hot-load under guests that run: the new firmware serves them, a bad
 * image changes nothing, and what was loaded becomes permanent with SNP_COMMIT.
 * The images lie in /fw: `good' is 1.58.2 with SVN 28 for a platform of 1.57.1
 * with SVN 27, `fails' does not start, `idle' wants SNP to be shut down, `ruins'
 * leaves no firmware that runs, and `committed' is what the platform began with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <uapi/linux/psp-sev.h>

#include "kselftest_harness.h"

#include "../file_is.h"
#include "vmm.h"

#define UPLOAD		"/sys/class/firmware/snp_host/"
#define SYSFS		"/sys/bus/pci/devices/0000:00:04.0/snp/"
#define COMMANDS	"/sys/kernel/debug/snp_host/commands"

/* Waits for the end.  Return: 0 if the kernel has found no error. */
static int upload(const char *image)
{
	static const char idle[] =
		"while [ $(cat " UPLOAD "status) != idle ]; do sleep 0.1; done";
	char command[256];

	snprintf(command, sizeof(command),
		 "cd " UPLOAD " && echo 1 >loading && cat /fw/%s >data && echo 0 >loading", image);
	if (system(command) || system(idle))
		return -1;
	return system("[ -z \"$(cat " UPLOAD "error)\" ]");
}

/* How many times a command has been sent. */
static long sent(const char *cmd)
{
	char line[256], name[64];
	FILE *f = fopen(COMMANDS, "re");
	long n = 0, calls;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", name, &calls) == 2 && !strcmp(name, cmd))
			n = calls;
	fclose(f);
	return n;
}

FIXTURE(hotload)
{
	int fd[2];
	struct image *im;
};

FIXTURE_SETUP(hotload)
{
	unsigned int i;

	self->im = image_new(POLICY);
	self->im->range[0].nr_pages = 3;
	for (i = 0; i < 2; i++) {
		self->fd[i] = vmm_open();
		ASSERT_GE(self->fd[i], 0) TH_LOG("/dev/snp_vmm: %m");
		ASSERT_EQ(0, vmm_launch(self->fd[i], self->im));
	}
}

FIXTURE_TEARDOWN(hotload)
{
	close(self->fd[0]);
	close(self->fd[1]);
	free(self->im);
}

TEST_F_TIMEOUT(hotload, bad_image_changes_nothing, TIMEOUT_S)
{
	long before = sent("SNP_GUEST_STATUS");

	ASSERT_GE(before, 0);
	log_mark();
	EXPECT_NE(0, upload("fails"));
	EXPECT_TRUE(log_find("firmware image not taken: UPDATE_FAILED", NULL, 0));
	EXPECT_NE(0, upload("idle"));
	EXPECT_TRUE(log_find("firmware image not taken: SHUTDOWN_REQUIRED", NULL, 0));
	EXPECT_TRUE(file_is(SYSFS "api_version", "1.57.1"));
	EXPECT_EQ(before, sent("SNP_GUEST_STATUS"));
}

static unsigned int fw_error(unsigned int cmd, void *data)
{
	struct sev_issue_cmd c = { .cmd = cmd, .data = (uintptr_t)data };
	int sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	int err = ioctl(sev, SEV_ISSUE_CMD, &c);

	close(sev);
	return err && errno == EIO ? c.error : 0;
}

/* Without a firmware nothing is given to it that would not come back. */
TEST_F_TIMEOUT(hotload, image_that_leaves_no_firmware_costs_nothing, TIMEOUT_S)
{
	struct sev_user_data_snp_status snp;
	struct sev_user_data_get_id2 id = { };
	struct sev_user_data_status sev;
	long lost = nr_quarantined();
	struct vmm_status st;
	int fd = vmm_open();

	ASSERT_GE(fd, 0);
	log_mark();
	EXPECT_NE(0, upload("ruins"));
	EXPECT_TRUE(log_find("firmware image not taken: RESTORE_REQUIRED .*upload the committed image",
			     NULL, 0));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, fw_error(SNP_PLATFORM_STATUS, &snp));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, fw_error(SEV_PLATFORM_STATUS, &sev));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, fw_error(SEV_GET_ID2, &id));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, fw_error(SNP_COMMIT, NULL));
	EXPECT_EQ(-1, ioctl(self->fd[0], VMM_STATUS, &st));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(EIO, vmm_launch(fd, self->im));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, self->im->launch.fw_status);
	EXPECT_NE(0, upload("good"));

	ASSERT_EQ(0, upload("committed"));
	EXPECT_EQ(lost, nr_quarantined());
	EXPECT_EQ(0, ioctl(self->fd[0], VMM_STATUS, &st));
	EXPECT_EQ(0, vmm_launch(fd, self->im));
	close(fd);
	EXPECT_EQ(lost, nr_quarantined());
}

TEST_F_TIMEOUT(hotload, new_firmware_serves_old_guests, TIMEOUT_S)
{
	long before = sent("SNP_GUEST_STATUS");
	struct vmm_status st = { };
	int sev;

	ASSERT_GE(before, 0);
	log_mark();
	ASSERT_EQ(0, upload("good"));
	EXPECT_TRUE(log_find("firmware 1.58.2 runs, provisional", NULL, 0));
	EXPECT_TRUE(file_is(SYSFS "api_version", "1.58.2"));
	EXPECT_TRUE(file_is(SYSFS "tcb_current", "0xdb1c000000000004"));
	/* Both guests have been shown to it, and are what they were. */
	EXPECT_EQ(before + 2, sent("SNP_GUEST_STATUS"));
	EXPECT_FALSE(log_find("may not serve it", NULL, 0));
	ASSERT_EQ(0, ioctl(self->fd[0], VMM_STATUS, &st));
	EXPECT_EQ((uint32_t)ioctl(self->fd[0], VMM_ASID), st.asid);
	EXPECT_EQ(POLICY, st.policy);

	sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	ASSERT_GE(sev, 0);
	ASSERT_EQ(0, ioctl(sev, SEV_ISSUE_CMD, &(struct sev_issue_cmd){ .cmd = SNP_COMMIT }));
	close(sev);
	EXPECT_TRUE(file_is(SYSFS "tcb_committed", "0xdb1c000000000004"));
}

/* The firmware answers for one guest, and refuses the other. */
TEST_F_TIMEOUT(hotload, guest_that_is_not_served_is_named, TIMEOUT_S)
{
	char want[128];

	ASSERT_EQ(0, vmm_fault("status:SNP_GUEST_STATUS:INVALID_GUEST:2"));
	log_mark();
	EXPECT_EQ(0, upload("good"));
	vmm_fault("clear");
	snprintf(want, sizeof(want), "guest with ASID %d: .*SNP_GUEST_STATUS: INVALID_GUEST",
		 ioctl(self->fd[1], VMM_ASID));
	EXPECT_TRUE(log_find(want, NULL, 0));
}

TEST_HARNESS_MAIN
