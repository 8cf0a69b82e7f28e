// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests on a platform that misbehaves, phase by phase: what fails says so, the
 * next guest is served, and every page is accounted for.  Faults come from
 * softsnp-fault; each test names those from which there is a way back.  Those
 * from which there is none are in vmm_dead.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "vmm.h"

FIXTURE(fault)
{
	int fd;
	struct image *im;
	long quarantined;	/* before the test */
	long lost;		/* pages that it costs */
	struct asids before, after;
	unsigned int asids_lost;
};

FIXTURE_SETUP(fault)
{
	self->fd = vmm_open();
	ASSERT_GE(self->fd, 0) TH_LOG("/dev/snp_vmm: %m");
	self->im = image_new(POLICY);
	self->im->range[0].nr_pages = 3;
	self->im->launch.flags = 0;
	self->quarantined = nr_quarantined();
	ASSERT_GE(self->quarantined, 0);
	ASSERT_TRUE(read_asids(&self->before));
	ASSERT_EQ(0, self->before.used);
	ASSERT_TRUE(trace_begin("snp_pages")) TH_LOG("%m");
	/* Should a sleep not be refused, it is a rehearsal only. */
	ASSERT_EQ(0, write_file("/sys/power/pm_test", "devices"));
	log_mark();
}

/* Return: 0 or an errno; at once when the driver refuses. */
static int sleep_and_wake(void)
{
	return write_file("/sys/power/state", "mem");
}

/* Whatever the fault was: nothing is lost beyond what the test says, and the next guest lives. */
FIXTURE_TEARDOWN(fault)
{
	ASSERT_EQ(0, vmm_fault("clear"));
	close(self->fd);
	EXPECT_EQ(self->quarantined + self->lost, nr_quarantined());
	ASSERT_TRUE(read_asids(&self->after));
	EXPECT_EQ(0, self->after.used);
	EXPECT_EQ(self->before.lost + self->asids_lost, self->after.lost);

	self->fd = vmm_open();
	self->im->launch.policy = POLICY;
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
	close(self->fd);
	free(self->im);
}

/* Has snp_pages recorded this about a frame; any if it is 0. */
static bool traced(uint64_t pfn, const char *event, const char *rest)
{
	char regex[256];

	if (pfn)
		snprintf(regex, sizeof(regex), " %s: pfn=%#llx %s", event,
			 (unsigned long long)pfn, rest);
	else
		snprintf(regex, sizeof(regex), " %s: pfn=0x[0-9a-f]+ %s", event, rest);
	return trace_find(regex);
}

/* Commands of a launch, refused in turn. */
static const struct {
	const char *spec;
	uint32_t cmd;
	uint64_t nr_updates;
	uint32_t status;
} refused[] = {
	{ "status:SNP_GCTX_CREATE:RESOURCE_LIMIT", SNP_FW_SNP_GCTX_CREATE, 0,
	  SNP_FW_RESOURCE_LIMIT },
	{ "status:SNP_LAUNCH_START:HWERROR_PLATFORM", SNP_FW_SNP_LAUNCH_START, 0,
	  SNP_FW_HWERROR_PLATFORM },
	{ "status:SNP_ACTIVATE:INVALID_CONFIG", SNP_FW_SNP_ACTIVATE, 0,
	  SNP_FW_INVALID_CONFIG },
	{ "status:SNP_LAUNCH_UPDATE:HWERROR_PLATFORM", SNP_FW_SNP_LAUNCH_UPDATE, 0,
	  SNP_FW_HWERROR_PLATFORM },
	{ "status:SNP_LAUNCH_UPDATE:RESOURCE_LIMIT:6", SNP_FW_SNP_LAUNCH_UPDATE, 5,
	  SNP_FW_RESOURCE_LIMIT },
	{ "status:SNP_LAUNCH_FINISH:HWERROR_PLATFORM", SNP_FW_SNP_LAUNCH_FINISH, 6,
	  SNP_FW_HWERROR_PLATFORM },
};

TEST_F_TIMEOUT(fault, refused_launch_names_command_and_status, TIMEOUT_S)
{
	unsigned int i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ASSERT_EQ(0, vmm_fault(refused[i].spec));
		EXPECT_EQ(EIO, vmm_launch(self->fd, self->im)) TH_LOG("%s", refused[i].spec);
		EXPECT_EQ(refused[i].cmd, self->im->launch.cmd) TH_LOG("%s", refused[i].spec);
		EXPECT_EQ(refused[i].status, self->im->launch.fw_status);
		EXPECT_EQ(refused[i].nr_updates, self->im->launch.nr_updates);
	}
}

TEST_F_TIMEOUT(fault, asid_that_must_be_flushed_is_flushed, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_fault("status:SNP_ACTIVATE:DFFLUSH_REQUIRED"));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_F_TIMEOUT(fault, flush_that_fails_is_the_launchs_failure, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_fault("status:SNP_ACTIVATE:DFFLUSH_REQUIRED"));
	ASSERT_EQ(0, vmm_fault("status:SNP_DF_FLUSH:WBINVD_REQUIRED"));
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(SNP_FW_SNP_DF_FLUSH, self->im->launch.cmd);
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, self->im->launch.fw_status);
}

TEST_F_TIMEOUT(fault, asid_of_somebody_else_is_left_to_him, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_fault("status:SNP_ACTIVATE:ASID_OWNED"));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
	self->asids_lost = 1;
}

TEST_F_TIMEOUT(fault, refused_message_can_be_sent_again, TIMEOUT_S)
{
	struct snp_msg req = { }, rsp;
	struct vmm_request r = { .req = (uintptr_t)&req, .rsp = (uintptr_t)&rsp };

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_fault("status:SNP_GUEST_REQUEST:HWERROR_PLATFORM"));
	EXPECT_EQ(-1, ioctl(self->fd, VMM_REQUEST, &r));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(SNP_FW_HWERROR_PLATFORM, r.fw_status);
	/* Not a message at all; but the firmware looks at it. */
	EXPECT_EQ(-1, ioctl(self->fd, VMM_REQUEST, &r));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, r.fw_status);
}

TEST_F_TIMEOUT(fault, overlap_that_passes_is_waited_for, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_fault("rmpupdate-overlap:5"));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_F_TIMEOUT(fault, overlap_that_stays_comes_to_an_end, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_fault("rmpupdate-overlap:100000"));
	EXPECT_EQ(EBUSY, vmm_mem(self->fd, VMM_PRIVATE, 0x40000000, 512));
	ASSERT_EQ(0, vmm_fault("clear"));
	EXPECT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, 0x40000000, 512));
}

TEST_F_TIMEOUT(fault, page_that_cannot_be_shared_is_quarantined, TIMEOUT_S)
{
	char line[256];
	uint64_t pfn;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, 0x40000000, 4));
	ASSERT_EQ(0, vmm_pfn(self->fd, 0x40001000, &pfn));
	ASSERT_EQ(0, vmm_fault("rmpupdate-overlap:100000"));
	EXPECT_EQ(EBUSY, vmm_mem(self->fd, VMM_SHARED, 0x40001000, 1));
	ASSERT_EQ(0, vmm_fault("clear"));
	EXPECT_EQ(self->quarantined + 1, nr_quarantined());
	EXPECT_TRUE(quarantine_lists(pfn));
	/* It stays so, although it could be shared by now; its neighbours come back. */
	EXPECT_EQ(EFAULT, vmm_mem(self->fd, VMM_SHARED, 0x40000000, 4));
	ASSERT_EQ(0, rmp_entry(pfn, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, "Guest-Invalid")) TH_LOG("%s", line);
	ASSERT_EQ(0, rmp_entry(pfn + 1, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, "Hypervisor")) TH_LOG("%s", line);
	EXPECT_TRUE(traced(pfn, "snp_quarantine",
			   "nr_pages=1 why=\"guest with ASID [0-9]+: RMPUPDATE failed\""));
	EXPECT_FALSE(traced(pfn + 1, "snp_quarantine", ""));
	/* A page has the ASID as its owner: no guest may get it. */
	self->lost = 1;
	self->asids_lost = 1;
}

TEST_F_TIMEOUT(fault, pre_guest_page_that_is_not_reclaimed_is_quarantined, TIMEOUT_S)
{
	char want[64];

	ASSERT_EQ(0, vmm_fault("status:SNP_LAUNCH_UPDATE:HWERROR_PLATFORM:2"));
	ASSERT_EQ(0, vmm_fault("status:SNP_PAGE_RECLAIM:HWERROR_PLATFORM"));
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(self->quarantined + 1, nr_quarantined());
	EXPECT_TRUE(quarantine_lists(self->im->launch.failed_pfn));
	snprintf(want, sizeof(want), "size=4K err=-%d status=%#x$", EIO, SNP_FW_HWERROR_PLATFORM);
	EXPECT_TRUE(traced(self->im->launch.failed_pfn, "snp_reclaim", want));
	EXPECT_TRUE(traced(self->im->launch.failed_pfn, "snp_quarantine",
			   "nr_pages=1 why=\"guest with ASID [0-9]+: SNP_PAGE_RECLAIM: HWERROR_"));
	/* Those that did come back. */
	EXPECT_TRUE(traced(0, "snp_reclaim", "size=4K err=0 status=0x0$"));
	self->lost = 1;
	self->asids_lost = 1;
}

TEST_F_TIMEOUT(fault, message_page_that_sticks_is_quarantined, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_fault("stuck-page"));
	ASSERT_EQ(0, ioctl(self->fd, VMM_END));
	EXPECT_TRUE(traced(0, "snp_reclaim", "size=4K err=-5 status=0x[1-9a-f][0-9a-f]*$"));
	EXPECT_TRUE(traced(0, "snp_quarantine", "nr_pages=1 why=\"SNP_PAGE_RECLAIM: [A-Z_]+\""));
	self->lost = 1;
}

TEST_F_TIMEOUT(fault, context_that_is_not_decommissioned_is_quarantined, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_fault("status:SNP_DECOMMISSION:HWERROR_PLATFORM"));
	ASSERT_EQ(0, ioctl(self->fd, VMM_END));
	self->lost = 1;
	self->asids_lost = 1;
	/* The driver has no guest any more, but the firmware has. */
	EXPECT_EQ(EBUSY, sleep_and_wake());
	EXPECT_TRUE(log_find("no suspend while there are SNP guests \\(1\\)", NULL, 0));
}

TEST_F_TIMEOUT(fault, sleep_is_refused_when_the_firmware_does_not_answer_for_it, TIMEOUT_S)
{
	static const char told[] = "no suspend: the firmware does not say how many guests";

	ASSERT_EQ(0, vmm_fault("status:SNP_PLATFORM_STATUS:HWERROR_PLATFORM"));
	/* It is not asked while the driver has guests itself. */
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	EXPECT_EQ(EBUSY, sleep_and_wake());
	EXPECT_TRUE(log_find("no suspend while there are SNP guests \\(1\\)", NULL, 0));
	EXPECT_FALSE(log_find(told, NULL, 0));
	ASSERT_EQ(0, ioctl(self->fd, VMM_END));
	EXPECT_EQ(EBUSY, sleep_and_wake());
	EXPECT_TRUE(log_find(told, NULL, 0));
}

TEST_F_TIMEOUT(fault, late_and_missing_interrupts_change_nothing, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_fault("slow:SNP_LAUNCH_FINISH:1200"));
	ASSERT_EQ(0, vmm_fault("irq-spurious:2"));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_fault("irq-lost:1"));
	EXPECT_EQ(0, ioctl(self->fd, VMM_END));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_HARNESS_MAIN
