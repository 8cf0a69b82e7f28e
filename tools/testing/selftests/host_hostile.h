/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of /dev/sev under a hostile program share: bad places, outcomes
 * that are clear, and the state that must be the same afterwards.
 */
#ifndef SELFTEST_HOST_HOSTILE_H
#define SELFTEST_HOST_HOSTILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../include/uapi/linux/psp-sev.h"

#include "kselftest_harness.h"

#define PAGE		4096
#define SYSFS		"/sys/bus/pci/drivers/snp_host/0000:00:04.0/snp/"

/* What must be the same afterwards. */
struct state {
	struct sev_user_data_snp_status snp;
	struct sev_user_data_status sev;
	long quarantined;
	long vmalloc_kb;
};

/* Addresses that a program can pass. */
struct places {
	uint8_t *good;		/* two pages, read and write */
	uint8_t *readonly;
	uint8_t *hole;		/* not mapped; the page before it is */
};

static inline int issue(int fd, struct sev_issue_cmd *arg, uint32_t cmd, const void *data)
{
	arg->cmd = cmd;
	arg->data = (uintptr_t)data;
	return ioctl(fd, SEV_ISSUE_CMD, arg) ? errno : 0;
}

static inline int own(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? errno : 0;
}

static long number_after(const char *file, const char *label)
{
	char line[256];
	long n = -1;
	FILE *f = fopen(file, "r");

	if (!f)
		return -1;
	while (n < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, label, strlen(label)))
			n = strtol(line + strlen(label), NULL, 10);
	fclose(f);
	return n;
}

static int read_state(int fd, struct state *s)
{
	struct sev_issue_cmd arg = {};

	memset(s, 0, sizeof(*s));
	if (issue(fd, &arg, SNP_PLATFORM_STATUS, &s->snp) ||
	    issue(fd, &arg, SEV_PLATFORM_STATUS, &s->sev))
		return -1;
	s->quarantined = number_after(SYSFS "quarantined_pages", "");
	s->vmalloc_kb = number_after("/proc/meminfo", "VmallocUsed:");
	return 0;
}

FIXTURE(hostile)
{
	int rw;
	int ro;
	struct state before;
	struct places at;
};

FIXTURE_SETUP(hostile)
{
	self->rw = open("/dev/sev", O_RDWR);
	self->ro = open("/dev/sev", O_RDONLY);
	ASSERT_GE(self->rw, 0) TH_LOG("cannot open /dev/sev: %m");
	ASSERT_GE(self->ro, 0);

	self->at.good = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->at.good);
	self->at.readonly = self->at.good + 2 * PAGE;
	self->at.hole = self->at.good + 3 * PAGE;
	ASSERT_EQ(0, mprotect(self->at.readonly, PAGE, PROT_READ));
	ASSERT_EQ(0, munmap(self->at.hole, PAGE));
	ASSERT_EQ(0, read_state(self->rw, &self->before));
}

FIXTURE_TEARDOWN(hostile)
{
	struct state after;

	EXPECT_EQ(0, read_state(self->rw, &after));
	EXPECT_EQ(0, memcmp(&self->before.snp, &after.snp, sizeof(after.snp)));
	EXPECT_EQ(0, memcmp(&self->before.sev, &after.sev, sizeof(after.sev)));
	EXPECT_EQ(self->before.quarantined, after.quarantined);
	munmap(self->at.good, 3 * PAGE);
	close(self->rw);
	close(self->ro);
}

/* The sub-commands that may succeed with a buffer of any content. */
static inline int may_succeed(uint32_t cmd)
{
	return cmd == SEV_PLATFORM_STATUS || cmd == SNP_PLATFORM_STATUS || cmd == SEV_GET_ID ||
	       cmd == SEV_GET_ID2 || cmd == SNP_SET_CONFIG;
}

/* Is this an error that the documentation has for a bad call? */
static inline int clear_error(int err, uint32_t error)
{
	switch (err) {
	case EFAULT:
	case EINVAL:
	case EPERM:
	case ENOTTY:
		return 1;
	case EIO:
		return error && error != (uint32_t)SEV_RET_NO_FW_CALL;
	}
	return 0;
}

static inline const void *pick(const struct places *at, unsigned int i)
{
	switch (i) {
	case 0: return NULL;
	case 1: return (void *)1;
	case 2: return (void *)~0UL;
	case 3: return (void *)0xffff888000000000UL;
	case 4: return (void *)0x0000800000000000UL;
	case 5: return at->hole;
	case 6: return at->readonly;
	case 7: return at->hole - 1;
	case 8: return at->good + 3;
	case 9: return at->good;
	}
	return NULL;
}
#define NR_PICKS	10

/* One call; counts what is wrong with its outcome. */
static inline int try_one(int fd, const struct places *at, uint32_t cmd, unsigned int place,
			  uint32_t error)
{
	struct sev_issue_cmd arg = { .error = error };
	int err = issue(fd, &arg, cmd, pick(at, place));

	if (arg.cmd != cmd || arg.data != (uintptr_t)pick(at, place))
		return 1;
	if (!err)
		return !may_succeed(cmd);
	return !clear_error(err, arg.error);
}

static inline void set_row(uint8_t *table, uint32_t offset, uint32_t len)
{
	memcpy(table + 16, &offset, 4);
	memcpy(table + 20, &len, 4);
}

/* One certificate of 100 bytes: its row, the row of zeros, the certificate. */
static inline void make_table(uint8_t *at, uint8_t content)
{
	memset(at, 0, PAGE);
	memset(at, 0x11, 16);
	set_row(at, 48, 100);
	memset(at + 48, content, 100);
}

#endif /* SELFTEST_HOST_HOSTILE_H */
