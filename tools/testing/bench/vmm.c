// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on guests of /dev/snp_vmm, the test module above snp_host.ko.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../modules/snp_vmm.h"
#include "../softsnp/mark.h"
#include "snpbench.h"

#define DEVICE		"/dev/snp_vmm"
#define PAGES_MIB	256ULL
#define POLICY		0x30000		/* SMT allowed, the bit that is always set */
#define PAGE_NORMAL	1
#define GPA_MEMORY	(1ULL << 32)

static int launch(int fd, uint64_t nr_pages)
{
	struct vmm_range range = { .gpa = 0, .nr_pages = nr_pages, .type = PAGE_NORMAL };
	struct vmm_launch l = {
		.policy = POLICY,
		.ranges = (uintptr_t)&range,
		.nr_ranges = 1,
	};

	if (!ioctl(fd, VMM_LAUNCH, &l))
		return 0;
	fprintf(stderr, "snpbench: no guest: %s, command 0x%x, status 0x%x\n", strerror(errno),
		l.cmd, l.fw_status);
	return -1;
}

int vmm_launch(const char *name, unsigned int mib)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(DEVICE);
	softsnp_mark_begin(name);
	rc = launch(fd, mib * PAGES_MIB);
	softsnp_mark_end(name);
	if (!rc && ioctl(fd, VMM_END))
		rc = fail("VMM_END");
	close(fd);
	return rc;
}

int vmm_memory(const char *to_private, const char *to_shared, unsigned int mib)
{
	struct vmm_mem mem = { .gpa = GPA_MEMORY, .nr_pages = mib * PAGES_MIB };
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(DEVICE);
	rc = launch(fd, 1);
	if (!rc) {
		softsnp_mark_begin(to_private);
		rc = ioctl(fd, VMM_PRIVATE, &mem);
		softsnp_mark_end(to_private);
		if (rc)
			fail("VMM_PRIVATE");
	}
	if (!rc) {
		softsnp_mark_begin(to_shared);
		rc = ioctl(fd, VMM_SHARED, &mem);
		softsnp_mark_end(to_shared);
		if (rc)
			fail("VMM_SHARED");
	}
	close(fd);
	return rc;
}
