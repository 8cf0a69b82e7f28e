// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests through /dev/snp_vmm, and what the host shows of them in debugfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm.h"

#define DEBUGFS		"/sys/kernel/debug/snp_host/"

/**
 * image_new() - a guest with every type of page
 * @policy: guest policy
 *
 * Return: the image, for free().
 */
struct image *image_new(uint64_t policy)
{
	struct image *im = calloc(1, sizeof(*im));
	struct snp_cpuid_page *cpuid;
	unsigned int i;

	if (!im)
		abort();
	for (i = 0; i < NR_IMAGE; i++)
		memset(im->code[i], i * 7 + 1, SNP_PAGE_SIZE);
	cpuid = (struct snp_cpuid_page *)im->cpuid;
	cpuid->count = 1;
	cpuid->entry[0].eax_in = 1;
	cpuid->entry[0].eax = 0x00a00f11;
	im->vmsa.rip = 0xfff0;
	im->vmsa.sev_features = 1;

	im->range[0] = (struct vmm_range) { .gpa = GPA_IMAGE, .nr_pages = NR_IMAGE,
		.uaddr = (uintptr_t)im->code, .type = SNP_PAGE_TYPE_NORMAL };
	im->range[1] = (struct vmm_range) { .gpa = GPA_SECRETS, .nr_pages = 1,
		.type = SNP_PAGE_TYPE_SECRETS };
	im->range[2] = (struct vmm_range) { .gpa = GPA_CPUID, .nr_pages = 1,
		.uaddr = (uintptr_t)im->cpuid, .type = SNP_PAGE_TYPE_CPUID };
	im->range[3] = (struct vmm_range) { .gpa = SNP_VMSA_GPA, .nr_pages = 1,
		.uaddr = (uintptr_t)&im->vmsa, .type = SNP_PAGE_TYPE_VMSA };
	im->launch.policy = policy;
	im->launch.ranges = (uintptr_t)im->range;
	im->launch.nr_ranges = 4;
	im->launch.flags = VMM_WANT_DIGEST;
	return im;
}

int vmm_open(void)
{
	return open("/dev/snp_vmm", O_RDWR | O_CLOEXEC);
}

/* Return: 0 or an errno. */
int vmm_launch(int fd, struct image *im)
{
	return ioctl(fd, VMM_LAUNCH, &im->launch) ? errno : 0;
}

int vmm_mem(int fd, unsigned long cmd, uint64_t gpa, uint64_t nr_pages)
{
	struct vmm_mem m = { .gpa = gpa, .nr_pages = nr_pages };

	return ioctl(fd, cmd, &m) ? errno : 0;
}

int vmm_pfn(int fd, uint64_t gpa, uint64_t *pfn)
{
	struct vmm_mem m = { .gpa = gpa };

	if (ioctl(fd, VMM_PFN, &m))
		return errno;
	*pfn = m.pfn;
	return 0;
}

static int read_line(const char *path, char *line, size_t len, bool last)
{
	FILE *f = fopen(path, "re");
	int err = -1;

	if (!f)
		return -1;
	while (fgets(line, len, f)) {
		err = 0;
		if (!last)
			break;
	}
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return err;
}

/* The RMP entry of a frame, in the host's words. */
int rmp_entry(uint64_t pfn, char *line, size_t len)
{
	FILE *f = fopen(DEBUGFS "rmp_entry", "we");
	bool bad;

	if (!f)
		return -1;
	bad = fprintf(f, "%#llx\n", (unsigned long long)pfn) < 0;
	if (fclose(f) || bad)
		return -1;
	return read_line(DEBUGFS "rmp_entry", line, len, false);
}

/* Return: 0 or an errno. */
int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

long read_long(const char *path)
{
	char line[64];

	return read_line(path, line, sizeof(line), false) ? -1 : strtol(line, NULL, 0);
}

long nr_quarantined(void)
{
	char line[64];

	return read_line(DEBUGFS "quarantine", line, sizeof(line), false) ? -1 :
	       strtol(line, NULL, 0);
}

/* Is the page in the list of quarantined ones, with its RMP entry? */
bool quarantine_lists(uint64_t pfn)
{
	FILE *f = fopen(DEBUGFS "quarantine", "re");
	char line[256], want[64];
	bool found = false;

	if (!f)
		return false;
	snprintf(want, sizeof(want), "pfn %#llx: ", (unsigned long long)pfn);
	while (fgets(line, sizeof(line), f))
		found = found || (strstr(line, want) && strstr(line, "assigned 1"));
	fclose(f);
	return found;
}

bool read_asids(struct asids *a)
{
	char line[128];

	return !read_line(DEBUGFS "guests", line, sizeof(line), true) &&
	       sscanf(line, "asids 1-%u: %u used, %u to be flushed, %u lost", &a->max, &a->used,
		      &a->dirty, &a->lost) == 4;
}

/* Make the platform misbehave; "clear" for not any more. */
int vmm_fault(const char *spec)
{
	char command[128];

	snprintf(command, sizeof(command), "softsnp-fault %s", spec);
	return system(command);
}
