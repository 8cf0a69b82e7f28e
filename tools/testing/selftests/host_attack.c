// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev under eight hostile threads: good calls of every kind among bad ones,
 * and what a thousand failures leave behind.  Every answer is a clear one, what
 * one thread is given is whole, and in the end the state is the same.
 * Runs inside a VM of the host role with snp_host.ko loaded.
 */
#include <pthread.h>

#include "host_hostile.h"

#define THREADS		8
#define ROUNDS		40
#define CERTS_ROUNDS	500

/* The real thing, if the VM has it; noise otherwise. */
#define STICK		"/vlek.hashstick"

struct attacker {
	int rw;
	int ro;
	const struct places *at;
	const struct sev_user_data_snp_wrapped_vlek_hashstick *stick;
	int stick_err;		/* what it is answered with */
	uint64_t tcb;		/* the highest that can be reported */
	uint8_t id[64];
	unsigned int seed;
	long wrong;
	uint8_t page[PAGE];
	uint8_t got[PAGE];
};

static int config(const struct attacker *a, unsigned int r)
{
	/* One level of SNP firmware less (Milan and Genoa: byte 6), or what runs. */
	struct sev_user_data_snp_config cfg = {
		.reported_tcb = r & 1 ? a->tcb - (1ULL << 48) : 0,
		.mask_chip_id = r >> 1 & 1,
		.mask_chip_key = r >> 2 & 1,
	};
	struct sev_issue_cmd arg = {};

	return issue(a->rw, &arg, SNP_SET_CONFIG, &cfg);
}

static int vlek(const struct attacker *a)
{
	struct sev_user_data_snp_vlek_load v = {
		.len = sizeof(v),
		.vlek_wrapped_address = (uintptr_t)a->stick,
	};
	struct sev_issue_cmd arg = {};

	return issue(a->rw, &arg, SNP_VLEK_LOAD, &v);
}

/* With the chip id masked or not, the firmware tells its own. */
static int identity(struct attacker *a)
{
	struct sev_user_data_get_id2 id = { .address = (uintptr_t)a->got, .length = PAGE };
	struct sev_issue_cmd arg = {};

	memset(a->got, 0, sizeof(a->got));
	return issue(a->ro, &arg, SEV_GET_ID2, &id) || id.length != sizeof(a->id) ||
	       memcmp(a->got, a->id, sizeof(a->id));
}

static int set_certs(struct attacker *a, unsigned int r)
{
	struct snp_host_certs c = { .address = (uintptr_t)a->page, .len = PAGE };
	int bad = r & 1;

	make_table(a->page, r >> 8);
	if (bad)
		set_row(a->page, PAGE - 50, 100);
	return own(a->rw, SNP_HOST_SET_CERTS, &c) != (bad ? EINVAL : 0);
}

static int get_certs(struct attacker *a, unsigned int r)
{
	struct snp_host_certs c = { .address = (uintptr_t)a->got, .len = PAGE };

	if (own(a->ro, SNP_HOST_GET_CERTS, &c))
		return 1;
	/* Somebody's table, and all of it. */
	if (c.len) {
		make_table(a->page, a->got[48]);
		if (c.len != PAGE || memcmp(a->page, a->got, PAGE))
			return 1;
	}
	c.address = (uintptr_t)pick(a->at, r % NR_PICKS);
	c.len = r >> 9 & 0x7fff;
	switch (own(a->ro, SNP_HOST_GET_CERTS, &c)) {
	case 0:
	case ENOSPC:
	case EFAULT:
	case EINVAL:
		return 0;
	}
	return 1;
}

static void *attack(void *arg)
{
	struct attacker *a = arg;
	struct snp_host_feature_info info;
	struct sev_issue_cmd commit = {};
	int i, err;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int r = rand_r(&a->seed);
		uint32_t cmd = r % (SEV_MAX + 1);
		/* SNP_COMMIT takes no argument that could be bad; below it is a good call. */
		int fd = r >> 8 & 1 && cmd != SNP_COMMIT ? a->rw : a->ro;

		a->at->good[r >> 4 & 0xff] = r >> 16;
		a->wrong += try_one(fd, a->at, cmd, (r >> 12 & 15) % NR_PICKS, r);
		memset(&info, r, sizeof(info));
		err = own(a->rw, SNP_HOST_FEATURE_INFO, &info);
		a->wrong += err && err != EIO;

		r = rand_r(&a->seed);
		a->wrong += !!config(a, r);
		a->wrong += !!identity(a);
		a->wrong += !!set_certs(a, r);
		a->wrong += !!get_certs(a, r);
		if (i % 4)
			continue;
		/* The real one is for a TCB that may not be the reported one just now. */
		err = vlek(a);
		a->wrong += err != EIO && err != a->stick_err;
		a->wrong += !!issue(a->rw, &commit, SNP_COMMIT, NULL);
	}
	/* These never wait for the firmware, so they have to meet each other by number. */
	for (i = 0; i < CERTS_ROUNDS; i++) {
		unsigned int r = rand_r(&a->seed);

		a->wrong += !!set_certs(a, r);
		a->wrong += !!get_certs(a, r);
	}
	return NULL;
}

static int load_stick(struct sev_user_data_snp_wrapped_vlek_hashstick *stick)
{
	FILE *f = fopen(STICK, "re");
	size_t n;

	memset(stick, 0x5a, sizeof(*stick));
	if (!f)
		return EIO;
	n = fread(stick, sizeof(*stick), 1, f);
	fclose(f);
	return n ? 0 : EIO;
}

TEST_F_TIMEOUT(hostile, eight_attackers_at_once, 240)
{
	static struct sev_user_data_snp_wrapped_vlek_hashstick stick;
	struct sev_user_data_snp_config cfg = {};
	static struct attacker a[THREADS];
	struct sev_user_data_get_id id;
	struct snp_host_certs none = {};
	struct sev_issue_cmd arg = {};
	pthread_t thread[THREADS];
	int i, stick_err;

	/* What cannot be taken back comes before. */
	stick_err = load_stick(&stick);
	a[0] = (struct attacker) { .rw = self->rw, .stick = &stick, .stick_err = stick_err };
	ASSERT_EQ(stick_err, vlek(&a[0]));
	ASSERT_EQ(0, issue(self->rw, &arg, SNP_COMMIT, NULL));
	ASSERT_EQ(0, issue(self->rw, &arg, SEV_GET_ID, &id));
	ASSERT_EQ(0, read_state(self->rw, &self->before));
	for (i = 0; i < THREADS; i++) {
		a[i] = (struct attacker) {
			.rw = self->rw, .ro = self->ro, .at = &self->at, .stick = &stick,
			.stick_err = stick_err, .tcb = self->before.snp.current_tcb_version,
			.seed = i + 1,
		};
		memcpy(a[i].id, id.socket1, sizeof(a[i].id));
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, attack, &a[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(0, a[i].wrong);
	}
	/* Nothing sticks: the fixture looks whether the rest is as before. */
	EXPECT_EQ(0, issue(self->rw, &arg, SNP_SET_CONFIG, &cfg));
	EXPECT_EQ(stick_err, vlek(&a[0]));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &none));
	EXPECT_EQ(0, identity(&a[0]));
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
