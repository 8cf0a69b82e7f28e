// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev under a hostile program: every call with each field at 0, at its
 * maximum, misaligned, unmapped, with reserved bits, from eight threads.  What
 * is asked: a clear error, nothing changed, nothing lost.
 * Runs inside a VM of the host role with snp_host.ko loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../include/uapi/linux/psp-sev.h"

#include "kselftest_harness.h"

#define PAGE		4096
#define THREADS		8
#define FILLER		0xaa
#define SYSFS		"/sys/bus/pci/drivers/snp_host/0000:00:04.0/snp/"
#define STATUS_INVALID_LEN	0x04
#define STATUS_INVALID_PARAM	0x16

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

static int issue(int fd, struct sev_issue_cmd *arg, uint32_t cmd, const void *data)
{
	arg->cmd = cmd;
	arg->data = (uintptr_t)data;
	return ioctl(fd, SEV_ISSUE_CMD, arg) ? errno : 0;
}

static int own(int fd, unsigned long request, void *arg)
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
static int may_succeed(uint32_t cmd)
{
	return cmd == SEV_PLATFORM_STATUS || cmd == SNP_PLATFORM_STATUS || cmd == SEV_GET_ID ||
	       cmd == SEV_GET_ID2 || cmd == SNP_SET_CONFIG;
}

/* Is this an error that the documentation has for a bad call? */
static int clear_error(int err, uint32_t error)
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

static const void *pick(const struct places *at, unsigned int i)
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
static int try_one(int fd, const struct places *at, uint32_t cmd, unsigned int place,
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

/* COMMIT with write permission is no bad input, and cannot be taken back. */
static int harmless(int writable, uint32_t cmd)
{
	return !(writable && cmd == SNP_COMMIT);
}

TEST_F_TIMEOUT(hostile, every_subcommand_with_every_pointer, 120)
{
	static const uint8_t fill[] = { 0x00, 0xff, 0x01, 0x80 };
	unsigned int f, place;
	uint32_t cmd;

	for (f = 0; f < sizeof(fill); f++)
		for (cmd = 0; cmd <= SEV_MAX + 1; cmd++)
			for (place = 0; place < NR_PICKS; place++) {
				memset(self->at.good, fill[f], 2 * PAGE);
				EXPECT_EQ(0, try_one(self->ro, &self->at, cmd, place, 0))
					TH_LOG("read-only, cmd %u place %u fill %#x: %m",
					       cmd, place, fill[f]);
				if (!harmless(1, cmd))
					continue;
				memset(self->at.good, fill[f], 2 * PAGE);
				EXPECT_EQ(0, try_one(self->rw, &self->at, cmd, place, ~0U))
					TH_LOG("cmd %u place %u fill %#x: %m", cmd, place, fill[f]);
			}
}

TEST_F_TIMEOUT(hostile, argument_itself_at_every_place, 120)
{
	static const unsigned long requests[] = {
		SEV_ISSUE_CMD, SNP_HOST_FEATURE_INFO, SNP_HOST_SET_CERTS, SNP_HOST_GET_CERTS,
	};
	unsigned int i, place;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		for (place = 0; place < 8; place++) {
			void *arg = (void *)pick(&self->at, place);

			/* Readable, and all zero: a call like any other, unless it answers. */
			if (place == 6)
				continue;
			EXPECT_EQ(EFAULT, own(self->rw, requests[i], arg))
				TH_LOG("request %#lx place %u", requests[i], place);
		}
	/* A read-only argument: the answer cannot be written. */
	EXPECT_EQ(EFAULT, own(self->rw, SEV_ISSUE_CMD, self->at.readonly));
	EXPECT_EQ(EFAULT, own(self->rw, SNP_HOST_FEATURE_INFO, self->at.readonly));
}

TEST_F_TIMEOUT(hostile, commands_that_change_need_write_permission, 120)
{
	static const uint32_t cmds[] = {
		SEV_FACTORY_RESET, SEV_PEK_GEN, SEV_PEK_CSR, SEV_PDH_GEN, SEV_PEK_CERT_IMPORT,
		SNP_COMMIT, SNP_SET_CONFIG, SNP_VLEK_LOAD,
	};
	struct snp_host_certs certs = {};
	struct sev_issue_cmd arg = {};
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
		EXPECT_EQ(EPERM, issue(self->ro, &arg, cmds[i], self->at.good))
			TH_LOG("command %u", cmds[i]);
	EXPECT_EQ(EPERM, own(self->ro, SNP_HOST_SET_CERTS, &certs));
}

TEST_F_TIMEOUT(hostile, each_reserved_bit_of_config_is_einval, 120)
{
	struct sev_user_data_snp_config cfg;
	struct sev_issue_cmd arg = {};
	unsigned int bit;

	for (bit = 8 * 8 + 2; bit < 8 * sizeof(cfg); bit++) {
		memset(&cfg, 0, sizeof(cfg));
		((uint8_t *)&cfg)[bit / 8] = 1 << bit % 8;
		EXPECT_EQ(EINVAL, issue(self->rw, &arg, SNP_SET_CONFIG, &cfg))
			TH_LOG("bit %u", bit);
	}
}

TEST_F_TIMEOUT(hostile, reported_tcb_beyond_the_committed_is_refused, 120)
{
	struct sev_user_data_snp_config cfg = { .reported_tcb = ~0ULL };
	struct sev_issue_cmd arg = {};

	EXPECT_EQ(EIO, issue(self->rw, &arg, SNP_SET_CONFIG, &cfg));
	EXPECT_EQ(STATUS_INVALID_PARAM, arg.error);
}

TEST_F_TIMEOUT(hostile, each_field_of_vlek_load, 120)
{
	const struct sev_user_data_snp_vlek_load good = {
		.len = sizeof(good),
		.vlek_wrapped_address = (uintptr_t)self->at.good,
	};
	struct sev_user_data_snp_vlek_load v;
	struct sev_issue_cmd arg = {};
	static const uint32_t lens[] = { 0, 1, 15, 17, 0x80000000, 0xffffffff };
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		v = good;
		v.len = lens[i];
		EXPECT_EQ(EINVAL, issue(self->rw, &arg, SNP_VLEK_LOAD, &v));
	}
	for (i = 1; i < 256; i++) {
		v = good;
		v.vlek_wrapped_version = i;
		EXPECT_EQ(EINVAL, issue(self->rw, &arg, SNP_VLEK_LOAD, &v));
	}
	for (i = 0; i < sizeof(v.rsvd); i++) {
		v = good;
		v.rsvd[i] = 0x80;
		EXPECT_EQ(EINVAL, issue(self->rw, &arg, SNP_VLEK_LOAD, &v));
	}
	for (i = 0; i < 8; i++) {
		if (i == 6)
			continue;
		v = good;
		v.vlek_wrapped_address = (uintptr_t)pick(&self->at, i);
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SNP_VLEK_LOAD, &v))
			TH_LOG("place %zu", i);
	}
	/* A hashstick that nobody wrapped. */
	memset(self->at.good, 0x5a, PAGE);
	EXPECT_EQ(EIO, issue(self->rw, &arg, SNP_VLEK_LOAD, &good));
	EXPECT_NE(0, arg.error);
}

TEST_F_TIMEOUT(hostile, each_field_of_get_id2, 120)
{
	struct sev_user_data_get_id2 id = { .address = (uintptr_t)self->at.good };
	struct sev_issue_cmd arg = {};
	uint32_t len;

	for (len = 0; len < 64; len += 21) {
		memset(self->at.good, FILLER, PAGE);
		id.length = len;
		EXPECT_EQ(EIO, issue(self->rw, &arg, SEV_GET_ID2, &id));
		EXPECT_EQ(STATUS_INVALID_LEN, arg.error);
		EXPECT_EQ(64, id.length);
		EXPECT_EQ(FILLER, self->at.good[0]);
	}
	id.address = 0;
	id.length = 0;
	EXPECT_EQ(EIO, issue(self->rw, &arg, SEV_GET_ID2, &id));
	EXPECT_EQ(64, id.length);

	/* As long as it gets: no more is written than the identity. */
	memset(self->at.good, FILLER, PAGE);
	id.address = (uintptr_t)self->at.good;
	id.length = UINT32_MAX;
	EXPECT_EQ(0, issue(self->rw, &arg, SEV_GET_ID2, &id));
	EXPECT_EQ(64, id.length);
	EXPECT_EQ(FILLER, self->at.good[64]);

	id.address = (uintptr_t)self->at.hole - 8;
	id.length = 64;
	EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID2, &id));
	id.address = ~0ULL;
	EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID2, &id));
}

TEST_F_TIMEOUT(hostile, feature_leaf_that_does_not_exist, 120)
{
	static const uint32_t leaves[] = { 0x80000000, 0xffffffff, 0x8000 };
	struct snp_host_feature_info info;
	size_t i;

	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		memset(&info, FILLER, sizeof(info));
		info.ecx_in = leaves[i];
		EXPECT_EQ(EIO, own(self->rw, SNP_HOST_FEATURE_INFO, &info));
		EXPECT_NE(0, info.error);
		EXPECT_EQ(0, info.eax | info.ebx | info.ecx | info.edx);
	}
}

static void set_row(uint8_t *table, uint32_t offset, uint32_t len)
{
	memcpy(table + 16, &offset, 4);
	memcpy(table + 20, &len, 4);
}

/* One certificate of 100 bytes: its row, the row of zeros, the certificate. */
static void make_table(uint8_t *at, uint8_t content)
{
	memset(at, 0, PAGE);
	memset(at, 0x11, 16);
	set_row(at, 48, 100);
	memset(at + 48, content, 100);
}

TEST_F_TIMEOUT(hostile, certificate_table_is_kept_by_failing_calls, 120)
{
	struct snp_host_certs c = { .address = (uintptr_t)self->at.good, .len = PAGE };
	uint8_t *got = self->at.good + PAGE;

	make_table(self->at.good, 0x77);
	ASSERT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));

	/* Fields. */
	c.reserved = 1;
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_GET_CERTS, &c));
	c.reserved = 0;
	c.len = 0;
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.len = SNP_HOST_CERTS_MAX + 1;
	EXPECT_EQ(E2BIG, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.len = UINT32_MAX;
	EXPECT_EQ(E2BIG, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.len = PAGE;
	c.address = 0;
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.address = (uintptr_t)self->at.hole - 8;
	EXPECT_EQ(EFAULT, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.address = ~0ULL;
	EXPECT_EQ(EFAULT, own(self->rw, SNP_HOST_SET_CERTS, &c));

	/* Tables: no end, a row into the rows, beyond the end, around the end. */
	c.address = (uintptr_t)self->at.good;
	memset(self->at.good, 0x22, PAGE);
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	make_table(self->at.good, 0x33);
	set_row(self->at.good, 47, 1);
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	set_row(self->at.good, PAGE, 1);
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));
	set_row(self->at.good, 48, UINT32_MAX);
	EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c));

	/* Still the first one. */
	c.address = (uintptr_t)got;
	c.len = 1;
	EXPECT_EQ(ENOSPC, own(self->rw, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(PAGE, c.len);
	EXPECT_EQ(0, own(self->ro, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(PAGE, c.len);
	make_table(self->at.good, 0x77);
	EXPECT_EQ(0, memcmp(got, self->at.good, PAGE));
	c.address = (uintptr_t)self->at.readonly;
	EXPECT_EQ(EFAULT, own(self->rw, SNP_HOST_GET_CERTS, &c));

	/* And gone on request. */
	memset(&c, 0, sizeof(c));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c.address = (uintptr_t)got;
	c.len = PAGE;
	EXPECT_EQ(0, own(self->rw, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(0, c.len);
}

struct attacker {
	int rw;
	int ro;
	const struct places *at;
	unsigned int seed;
	long wrong;
};

static void *attack(void *arg)
{
	struct attacker *a = arg;
	struct snp_host_feature_info info;
	struct snp_host_certs certs;
	int i, err;

	for (i = 0; i < 40; i++) {
		unsigned int r = rand_r(&a->seed);
		uint32_t cmd = r % (SEV_MAX + 1);
		int writable = r >> 8 & 1;

		a->at->good[r >> 4 & 0xff] = r >> 16;
		if (harmless(writable, cmd))
			a->wrong += try_one(writable ? a->rw : a->ro, a->at, cmd,
					    (r >> 12 & 15) % NR_PICKS, r);
		memset(&info, r, sizeof(info));
		err = own(a->rw, SNP_HOST_FEATURE_INFO, &info);
		a->wrong += err && err != EIO;
		memset(&certs, 0, sizeof(certs));
		certs.address = (uintptr_t)a->at->good;
		certs.len = r >> 9 & 0x7fff;
		err = own(a->ro, SNP_HOST_GET_CERTS, &certs);
		a->wrong += err && err != ENOSPC && err != EFAULT && err != EINVAL;
	}
	return NULL;
}

TEST_F_TIMEOUT(hostile, eight_attackers_at_once, 120)
{
	struct attacker a[THREADS];
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		a[i] = (struct attacker){ self->rw, self->ro, &self->at, i + 1, 0 };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, attack, &a[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(0, a[i].wrong);
	}
}

/* What a failing call leaves behind shows after a thousand of them. */
TEST_F_TIMEOUT(hostile, a_thousand_failures_leave_no_memory_behind, 120)
{
	struct sev_user_data_get_id2 id = { .address = (uintptr_t)self->at.hole, .length = 64 };
	struct sev_issue_cmd arg = {};
	struct state after;
	long slab;
	int i;

	for (i = 0; i < 20; i++)
		issue(self->rw, &arg, SEV_GET_ID2, &id);
	slab = number_after("/proc/meminfo", "SUnreclaim:");
	ASSERT_EQ(0, read_state(self->rw, &self->before));
	for (i = 0; i < 250; i++) {
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID2, &id));
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SNP_PLATFORM_STATUS, self->at.hole));
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SNP_SET_CONFIG, self->at.hole));
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID, self->at.hole));
	}
	ASSERT_EQ(0, read_state(self->rw, &after));
	/* 250 pages would be 1000 KiB. */
	EXPECT_LT(after.vmalloc_kb - self->before.vmalloc_kb, 200);
	/* KASAN keeps what is freed for a while; there kmemleak looks afterwards. */
	if (access("/sys/kernel/debug/kmemleak", F_OK))
		EXPECT_LT(number_after("/proc/meminfo", "SUnreclaim:") - slab, 600);
}

TEST_HARNESS_MAIN
