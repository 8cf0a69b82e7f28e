// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of guests on a host: what becomes private and comes back, what is
 * refused, and that nothing is lost when a launch breaks off.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "vmm.h"

#define GPA_MORE	0x40000000ULL
#define SIZE_2M		0x200000ULL

#define DEBUGFS		"/sys/kernel/debug/snp_host/"
#define DEVICE_PFN	0xfed00

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
	struct asids a;

	close(self->fd);
	close(self->fd2);
	free(self->im);
	EXPECT_EQ(self->quarantined, nr_quarantined());
	ASSERT_TRUE(read_asids(&a));
	EXPECT_EQ(0, a.used);
	EXPECT_EQ(0, a.lost);
}

#define EXPECT_ENTRY(fd, gpa, text) do {						\
	const char *text_ = (text);							\
	char line_[256];								\
	uint64_t pfn_;									\
	ASSERT_EQ(0, vmm_pfn(fd, gpa, &pfn_));						\
	ASSERT_EQ(0, rmp_entry(pfn_, line_, sizeof(line_)));				\
	EXPECT_NE(NULL, strstr(line_, text_)) TH_LOG("%s: not %s", line_, text_);	\
} while (0)

TEST_F_TIMEOUT(memory, large_pages_come_and_go_as_such, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, a_part_of_a_large_page_is_taken_after_a_split, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, split_on_request, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, frames_that_are_not_private_do_not_come_back_twice, TIMEOUT_S)
{
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 4));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE + 0x1000, 1));
	/* All or nothing. */
	EXPECT_EQ(EINVAL, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 4));
	EXPECT_ENTRY(self->fd, GPA_MORE, "Guest-Invalid");
}

TEST_F_TIMEOUT(memory, a_block_has_one_guest_only, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, frames_that_cannot_be_private_are_refused, TIMEOUT_S)
{
	struct {
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
		{ DEVICE_PFN, 0x1000, 1, EINVAL },
		{ 0x200000, 0x1000, 1, ENXIO },	/* beyond the RMP */
		{ 0, 0x1000, 1, EINVAL },		/* reserved */
	};
	struct vmm_mem m = { };
	char line[256];
	unsigned int i;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	log_mark();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i].pfn == DEVICE_PFN) {
			ASSERT_EQ(0, rmp_entry(DEVICE_PFN, line, sizeof(line)));
			if (strstr(line, "no entry"))
				bad[i].err = ENXIO;
		}
		m = (struct vmm_mem) { .pfn = bad[i].pfn, .gpa = bad[i].gpa,
				       .nr_pages = bad[i].nr };
		EXPECT_EQ(-1, ioctl(self->fd, VMM_PRIVATE_PFN, &m)) TH_LOG("row %u", i);
		EXPECT_EQ(bad[i].err, errno) TH_LOG("row %u: %m", i);
	}
	EXPECT_TRUE(log_find("pfn 0x200000 is outside of the RMP's coverage", NULL, 0));
	EXPECT_EQ(-1, ioctl(self->fd, VMM_TAIL_PAGE));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F_TIMEOUT(memory, ranges_that_cannot_be_launched_are_refused, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, a_launch_that_breaks_off_gives_everything_back, TIMEOUT_S)
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

TEST_F_TIMEOUT(memory, asids_are_flushed_and_used_again, TIMEOUT_S)
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

/* RMPUPDATEs and PSMASHs since the last call, as the tracepoints tell. */
static bool count_updates(unsigned int *large, unsigned int *small, unsigned int *psmash)
{
	FILE *f = fopen(TRACING "trace", "re");
	char line[512];

	*large = *small = *psmash = 0;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		*large += strstr(line, " rmpupdate: ") && strstr(line, "size=2M");
		*small += strstr(line, " rmpupdate: ") && strstr(line, "size=4K");
		*psmash += !!strstr(line, " psmash: ");
	}
	fclose(f);
	return !write_file(TRACING "trace", "");
}

TEST_F_TIMEOUT(memory, one_gib_takes_512_updates_each_way, TIMEOUT_S)
{
	unsigned int large, small, psmash;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_TRUE(trace_begin("snp_rmp")) TH_LOG("%m");

	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512 * 512));
	ASSERT_TRUE(count_updates(&large, &small, &psmash));
	EXPECT_EQ(512, large);
	EXPECT_EQ(0, small);
	EXPECT_EQ(0, psmash);

	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE + 511 * SIZE_2M + 0x1000, 1));
	ASSERT_TRUE(count_updates(&large, &small, &psmash));
	EXPECT_EQ(0, large);
	EXPECT_EQ(1, small);
	EXPECT_EQ(1, psmash);

	ASSERT_EQ(0, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 511 * 512));
	ASSERT_TRUE(count_updates(&large, &small, &psmash));
	EXPECT_EQ(511, large);
	EXPECT_EQ(0, small);
	EXPECT_EQ(0, psmash);
	EXPECT_TRUE(trace_end("snp_rmp"));
}

#define MAX_RANGES	64

struct frames {
	unsigned int nr;
	struct {
		unsigned long long first, last;
	} r[MAX_RANGES];
};

/* In ascending order, and what touches or overlaps in one piece. */
static void frames_add(struct frames *f, unsigned long long first, unsigned long long last)
{
	if (f->nr && first <= f->r[f->nr - 1].last + 1) {
		if (last > f->r[f->nr - 1].last)
			f->r[f->nr - 1].last = last;
		return;
	}
	if (f->nr == MAX_RANGES)
		abort();
	f->r[f->nr].first = first;
	f->r[f->nr++].last = last;
}

static bool frames_have(const struct frames *f, unsigned long long frame)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (frame >= f->r[i].first && frame <= f->r[i].last)
			return true;
	return false;
}

/* What the BIOS, ACPI or SMM may write to. */
static bool read_iomem(struct frames *f)
{
	FILE *iomem = fopen("/proc/iomem", "re");
	unsigned long long first, last;
	char line[256];
	int name;

	if (!iomem)
		return false;
	while (fgets(line, sizeof(line), iomem)) {
		name = 0;
		if (sscanf(line, " %llx-%llx : %n", &first, &last, &name) != 2 || !name)
			continue;
		if (strcmp(line + name, "Reserved\n") && strcmp(line + name, "ACPI Tables\n") &&
		    strcmp(line + name, "ACPI Non-volatile Storage\n"))
			continue;
		frames_add(f, first / SNP_PAGE_SIZE, last / SNP_PAGE_SIZE);
	}
	fclose(iomem);
	return true;
}

static void frames_cut(struct frames *f, unsigned long long end)
{
	while (f->nr && f->r[f->nr - 1].first >= end)
		f->nr--;
	if (f->nr && f->r[f->nr - 1].last >= end)
		f->r[f->nr - 1].last = end - 1;
}

/*
 * What the BIOS writes is HV-Fixed, as far as the table goes, and nothing else is.  The
 * table's own memory is reserved, too, and in Firmware state.
 */
TEST_F_TIMEOUT(memory, rmp_histogram_and_map_show_what_guests_and_bios_have, TIMEOUT_S)
{
	bool large = false, covered = false, rmpread = false;
	unsigned long long counted[4] = { }, entries = 0, first, last = 0;
	unsigned long long nr, nr_fixed = 0, nr_table = 0;
	struct frames reserved = { }, fixed = { };
	char line[256], state[32];
	unsigned int i;
	FILE *f;

	ASSERT_TRUE(read_iomem(&reserved));
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 1024));

	f = fopen(DEBUGFS "rmp", "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		covered = covered || !strncmp(line, "covered: ", 9);
		rmpread = rmpread || !strcmp(line, "read by: RMPREAD\n");
		if (sscanf(line, "Guest-Invalid %llu %llu", &counted[0], &entries) != 2 &&
		    sscanf(line, "Guest-Valid %llu", &counted[1]) != 1 &&
		    sscanf(line, "HV-Fixed %llu", &counted[2]) != 1)
			continue;
		counted[3]++;
	}
	fclose(f);
	EXPECT_TRUE(covered);
	EXPECT_EQ(3, counted[3]);
	/*
	 * As many as were made private, of which two entries.  RMPREAD does not tell
	 * which of a guest's pages are valid.
	 */
	EXPECT_EQ(rmpread ? 1024 + 6 : 1024, counted[0]);
	EXPECT_EQ(2, entries);
	EXPECT_EQ(rmpread ? 0 : 6, counted[1]);

	f = fopen(DEBUGFS "rmp_map", "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx %llu %*s %31s", &first, &last, &nr, state) != 4)
			continue;
		first /= SNP_PAGE_SIZE;
		last /= SNP_PAGE_SIZE;
		large = large || strstr(line, " 2M Guest-Invalid asid ");
		if (!strcmp(state, "HV-Fixed"))
			nr_fixed += nr;
		else if (!strcmp(state, "Firmware") && frames_have(&reserved, first))
			nr_table += nr;
		else
			continue;
		frames_add(&fixed, first, last);
	}
	fclose(f);
	EXPECT_TRUE(large);
	EXPECT_LT(0, nr_fixed);
	EXPECT_EQ(counted[2], nr_fixed);
	/* 16 bytes for each frame, and what comes first. */
	EXPECT_LT((last + 1) * 16 / SNP_PAGE_SIZE, nr_table);
	EXPECT_GT((last + 1) * 16 / SNP_PAGE_SIZE + 16, nr_table);
	frames_cut(&reserved, last + 1);
	EXPECT_EQ(reserved.nr, fixed.nr);
	for (i = 0; i < reserved.nr && i < fixed.nr; i++) {
		EXPECT_EQ(reserved.r[i].first, fixed.r[i].first);
		EXPECT_EQ(reserved.r[i].last, fixed.r[i].last);
	}
}

/* What end() works on is the hypervisor's, and is gone when his last reference is. */
TEST_F_TIMEOUT(memory, last_reference_waits_for_end, TIMEOUT_S)
{
	static const char takes[] = "/sys/module/snp_vmm/parameters/end_ms";
	struct timespec t0, t1;
	int status;
	pid_t pid;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, write_file(takes, "3000"));
	pid = fork();
	ASSERT_NE(-1, pid);
	if (!pid)
		_exit(write_file(DRIVER "unbind", FUNCTION));
	while (!ioctl(self->fd, VMM_ENDED))
		usleep(10000);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	EXPECT_EQ(0, ioctl(self->fd, VMM_END));
	clock_gettime(CLOCK_MONOTONIC, &t1);
	EXPECT_GT((t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000, 1000);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	write_file(takes, "0");
	ASSERT_EQ(0, write_file(DRIVER "bind", FUNCTION));
}

TEST_F_TIMEOUT(memory, guests_end_with_the_asp_and_a_new_one_serves, TIMEOUT_S)
{
	struct vmm_request r = { .req = (uintptr_t)self->im->code,
				 .rsp = (uintptr_t)self->im->code[1] };
	char line[256];
	uint64_t pfn;
	int status;
	pid_t pid;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	/* A launch whose caller takes his time holds nobody up. */
	pid = fork();
	ASSERT_NE(-1, pid);
	if (!pid) {
		self->im->launch.flags |= VMM_NEXT_WAITS;
		_exit(vmm_launch(self->fd2, self->im) == ENODEV ? 0 : 1);
	}
	ASSERT_EQ(0, ioctl(self->fd, VMM_WAITING));
	ASSERT_EQ(0, vmm_mem(self->fd, VMM_PRIVATE, GPA_MORE, 512));
	ASSERT_EQ(0, vmm_pfn(self->fd, GPA_MORE, &pfn));
	ASSERT_EQ(0, write_file(DRIVER "unbind", FUNCTION));

	EXPECT_EQ(0, ioctl(self->fd, VMM_CONTINUE));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* The hypervisor was told, while the guest still was one. */
	EXPECT_EQ(1, ioctl(self->fd, VMM_ENDED));
	EXPECT_EQ(-1, ioctl(self->fd, VMM_REQUEST, &r));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, ioctl(self->fd, VMM_ASID));
	EXPECT_EQ(ENODEV, vmm_mem(self->fd, VMM_SHARED, GPA_MORE, 512));
	EXPECT_EQ(ENODEV, vmm_launch(self->fd2, self->im));

	ASSERT_EQ(0, write_file(DRIVER "bind", FUNCTION));
	/* The old one does not come back to life; a new one has its memory. */
	EXPECT_EQ(-1, ioctl(self->fd, VMM_REQUEST, &r));
	EXPECT_EQ(ENODEV, errno);
	ASSERT_EQ(0, rmp_entry(pfn, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, "Hypervisor")) TH_LOG("%s", line);
	EXPECT_EQ(0, ioctl(self->fd, VMM_END));
	EXPECT_EQ(0, vmm_launch(self->fd2, self->im));
}

TEST_HARNESS_MAIN
