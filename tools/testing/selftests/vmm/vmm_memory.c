// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of guests on a host: what becomes private and comes back, what is
 * refused, and that nothing is lost when a launch breaks off.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "vmm.h"

#define GPA_MORE	0x40000000ULL
#define SIZE_2M		0x200000ULL

FIXTURE(memory)
{
	int fd, fd2;
	struct image *im;
	long quarantined;
};

FIXTURE_SETUP(memory)
{
	self->fd = vmm_open();
	self->fd2 = vmm_open();
	ASSERT_GE(self->fd2, 0) TH_LOG("/dev/snp_vmm: %m");
	self->im = image_new(POLICY);
	/* Without the large range: these tests are about other memory. */
	self->im->range[0].nr_pages = 3;
	self->im->launch.flags = 0;
	self->quarantined = nr_quarantined();
	ASSERT_GE(self->quarantined, 0);
}

FIXTURE_TEARDOWN(memory)
{
	char line[128];

	close(self->fd);
	close(self->fd2);
	free(self->im);
	EXPECT_EQ(self->quarantined, nr_quarantined());
	ASSERT_TRUE(guests_line(line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, " 0 used")) TH_LOG("%s", line);
	EXPECT_NE(NULL, strstr(line, " 0 lost")) TH_LOG("%s", line);
}

#define EXPECT_ENTRY(fd, gpa, text) do {						\
	char line_[256];								\
	uint64_t pfn_;									\
	ASSERT_EQ(0, vmm_pfn(fd, gpa, &pfn_));						\
	ASSERT_EQ(0, rmp_entry(pfn_, line_, sizeof(line_)));				\
	EXPECT_NE(NULL, strstr(line_, text)) TH_LOG("%s: not %s", line_, text);		\
} while (0)

TEST_F(memory, large_pages_come_and_go_as_such)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 2 * 512 + 1));
	EXPECT_ENTRY(self->fd, GPA_MORE, "size 2M");
	EXPECT_ENTRY(self->fd, GPA_MORE + SIZE_2M, "size 2M");
	EXPECT_ENTRY(self->fd, GPA_MORE + 2 * SIZE_2M, "size 4K");
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 512));
	EXPECT_ENTRY(self->fd, GPA_MORE, "Hypervisor");
	EXPECT_ENTRY(self->fd, GPA_MORE + SIZE_2M, "size 2M");
	/* And once more. */
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512));
	EXPECT_ENTRY(self->fd, GPA_MORE, "size 2M");
}

TEST_F(memory, a_part_of_a_large_page_is_taken_after_a_split)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE + 0x3000, 2));
	EXPECT_ENTRY(self->fd, GPA_MORE + 0x2000, "size 4K");
	EXPECT_ENTRY(self->fd, GPA_MORE + 0x3000, "Hypervisor");
	EXPECT_ENTRY(self->fd, GPA_MORE + 0x5000, "gpa 0x40005000");
	/* The hole can be filled, the rest cannot be given twice. */
	EXPECT_EQ(EBUSY, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512));
	EXPECT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE + 0x3000, 2));
	EXPECT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 512));
	EXPECT_ENTRY(self->fd, GPA_MORE + 0x1ff000, "Hypervisor");
}

TEST_F(memory, split_on_request)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SPLIT, GPA_MORE + 0x7000, 1));
	EXPECT_ENTRY(self->fd, GPA_MORE, "size 4K");
	EXPECT_ENTRY(self->fd, GPA_MORE + 0x7000, "gpa 0x40007000");
	EXPECT_EQ(0, vmm_mem(self->fd, VMM_SPLIT, GPA_MORE + 0x7000, 1));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE + 0x7000, 1));
	EXPECT_EQ(EINVAL, vmm_mem(self->fd, VMM_SPLIT, GPA_MORE + 0x7000, 1));
}

TEST_F(memory, frames_that_are_not_private_do_not_come_back_twice)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 4));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE + 0x1000, 1));
	/* All or nothing. */
	EXPECT_EQ(EINVAL, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 4));
	EXPECT_ENTRY(self->fd, GPA_MORE, "Guest-Invalid");
}

TEST_F(memory, a_block_has_one_guest_only)
{
	struct vmm_mem m = { .gpa = 0x7000000, .nr_pages = 1 };

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_launch(self->fd2, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 1));
	ASSERT_EQ(0, vmm_pfn(self->fd, GPA_MORE, (uint64_t *)&m.pfn));
	EXPECT_EQ(-1, ioctl(self->fd2, VMM_PRIVATE_PFN, &m));
	EXPECT_EQ(EBUSY, errno);
	/* Neither the same frame nor one beside it, and it cannot take it away. */
	m.pfn++;
	EXPECT_EQ(-1, ioctl(self->fd2, VMM_PRIVATE_PFN, &m));
	EXPECT_EQ(EBUSY, errno);
	m.pfn--;
	EXPECT_EQ(-1, ioctl(self->fd2, VMM_SHARED_PFN, &m));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(memory, frames_that_cannot_be_private_are_refused)
{
	static const struct {
		uint64_t pfn, gpa, nr;
		int err;
	} bad[] = {
		{ 0x10000, 0x1000, 0, EINVAL },
		{ 0x10000, 0x1001, 1, EINVAL },
		{ 0x10000, 1ULL << 52, 1, EINVAL },
		{ 0x10000, 0xffffffffff000, 2, EINVAL },
		{ 1ULL << 40, 0x1000, 1, EINVAL },
		{ ~0ULL, 0x1000, 1, EINVAL },
		{ ~0ULL, 0x1000, 2, EINVAL },
		{ 0x10000, 0x1000, ~0ULL, EINVAL },
		{ 0xfed00, 0x1000, 1, EINVAL },		/* a device */
		{ 0x200000, 0x1000, 1, ENXIO },	/* beyond the RMP */
		{ 0, 0x1000, 1, EINVAL },		/* reserved */
	};
	struct vmm_mem m = { };
	unsigned int i;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = (struct vmm_mem) { .pfn = bad[i].pfn, .gpa = bad[i].gpa,
				       .nr_pages = bad[i].nr };
		EXPECT_EQ(-1, ioctl(self->fd, VMM_PRIVATE_PFN, &m)) TH_LOG("row %u", i);
		EXPECT_EQ(bad[i].err, errno) TH_LOG("row %u: %m", i);
	}
	EXPECT_EQ(-1, ioctl(self->fd, VMM_TAIL_PAGE));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(memory, ranges_that_cannot_be_launched_are_refused)
{
	struct vmm_range *r = &self->im->range[2], good = *r;
	unsigned int i;
	static const struct vmm_range bad[] = {
		{ .type = 0 }, { .type = 7 }, { .type = 255 },
		{ .type = SNP_PAGE_TYPE_ZERO, .vmpl_perms = { 0x20, 0, 0 } },
		{ .type = SNP_PAGE_TYPE_ZERO, .vmpl_perms = { 0, 0, 0xff } },
		{ .type = SNP_PAGE_TYPE_ZERO, .gpa = 0x11800 },
		{ .type = SNP_PAGE_TYPE_ZERO, .gpa = 1ULL << 52 },
	};

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*r = bad[i];
		r->nr_pages = 1;
		EXPECT_EQ(EINVAL, vmm_launch(self->fd, self->im)) TH_LOG("row %u", i);
	}
	*r = good;
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_F(memory, a_launch_that_breaks_off_gives_everything_back)
{
	struct vmm_launch *l = &self->im->launch;
	struct snp_cpuid_page *cpuid = (struct snp_cpuid_page *)self->im->cpuid;

	/* The caller's list fails behind the last page. */
	l->flags = VMM_NEXT_FAILS;
	EXPECT_EQ(EDOM, vmm_launch(self->fd, self->im));
	EXPECT_EQ(6, l->nr_updates);
	EXPECT_EQ(~0ULL, l->failed_pfn);

	/* The firmware refuses the CPUID page. */
	l->flags = 0;
	cpuid->count = 65;
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(SNP_FW_SNP_LAUNCH_UPDATE, l->cmd);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, l->fw_status);
	EXPECT_EQ(4, l->nr_updates);
	EXPECT_NE(~0ULL, l->failed_pfn);

	cpuid->count = 1;
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_F(memory, asids_are_flushed_and_used_again)
{
	uint32_t first = 0;
	unsigned int i;

	self->im->range[0].nr_pages = 1;
	self->im->launch.nr_ranges = 1;
	for (i = 0; i < 250; i++) {
		ASSERT_EQ(0, vmm_launch(self->fd, self->im)) TH_LOG("guest %u", i);
		if (!i)
			first = self->im->launch.asid;
		else if (self->im->launch.asid == first)
			break;
		ASSERT_EQ(0, ioctl(self->fd, VMM_END));
	}
	EXPECT_GT(i, 1);
	EXPECT_LT(i, 250);
}

TEST_HARNESS_MAIN
