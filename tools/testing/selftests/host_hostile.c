// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev under a hostile program: every call with each field at 0, at its
 * maximum, misaligned, unmapped, with reserved bits.  What is asked: a clear error,
 * nothing changed, nothing lost.  From eight threads: host_attack.
 * Runs inside a VM of the host role with snp_host.ko loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host_hostile.h"

#define FILLER		0xaa
#define STATUS_INVALID_LEN	0x04
#define STATUS_INVALID_PARAM	0x16

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

TEST_F_TIMEOUT(hostile, arguments_need_no_alignment, 120)
{
	struct snp_host_feature_info want = {};
	struct snp_host_certs *certs = (void *)(self->at.good + 3);
	struct sev_issue_cmd *arg = (void *)(self->at.good + 5);

	EXPECT_EQ(0, issue(self->rw, arg, SNP_PLATFORM_STATUS, self->at.good + PAGE + 1));
	EXPECT_EQ(0, memcmp(self->at.good + PAGE + 1, &self->before.snp,
			    sizeof(self->before.snp)));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_FEATURE_INFO, &want));
	memset(self->at.good, FILLER, PAGE);
	memset(self->at.good + 1, 0, sizeof(want.ecx_in));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_FEATURE_INFO, self->at.good + 1));
	EXPECT_EQ(0, memcmp(self->at.good + 1, &want, sizeof(want)));
	memset(self->at.good, 0, PAGE);
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, certs));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_GET_CERTS, certs));
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
	/* It may stand anywhere that can be read, and so may what points at it. */
	for (i = 6; i < NR_PICKS; i++) {
		if (i == 7)
			continue;
		v = good;
		v.vlek_wrapped_address = (uintptr_t)pick(&self->at, i);
		memcpy(self->at.good + PAGE + 1, &v, sizeof(v));
		arg.error = 0;
		EXPECT_EQ(EIO, issue(self->rw, &arg, SNP_VLEK_LOAD, self->at.good + PAGE + 1))
			TH_LOG("place %zu", i);
		EXPECT_NE(0, arg.error);
	}
}

TEST_F_TIMEOUT(hostile, each_field_of_get_id2, 120)
{
	struct sev_user_data_get_id2 id = { .address = (uintptr_t)self->at.good };
	struct sev_issue_cmd arg = {};
	unsigned int i;
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

	/* Without an address it is the question for the length; with one it has to be good. */
	for (i = 1; i < 8; i++) {
		id.address = (uintptr_t)pick(&self->at, i);
		id.length = 64;
		EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID2, &id)) TH_LOG("place %u", i);
		EXPECT_EQ(64, id.length);
	}
	/* The last bytes of it cannot be written. */
	id.address = (uintptr_t)self->at.readonly - 8;
	EXPECT_EQ(EFAULT, issue(self->rw, &arg, SEV_GET_ID2, &id));
	memset(self->at.good, FILLER, PAGE);
	id.address = (uintptr_t)self->at.good + 3;
	EXPECT_EQ(0, issue(self->rw, &arg, SEV_GET_ID2, &id));
	EXPECT_EQ(FILLER, self->at.good[2]);
	EXPECT_EQ(FILLER, self->at.good[3 + 64]);
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

/* A bad call of either kind: the table is the same, and so is the argument. */
static int refused(int fd, uint64_t address, uint32_t len, uint32_t reserved, int err)
{
	static const unsigned long requests[] = { SNP_HOST_SET_CERTS, SNP_HOST_GET_CERTS };
	int i, bad = 0;

	for (i = 0; i < 2; i++) {
		struct snp_host_certs c = { address, len, reserved }, was = c;

		bad += own(fd, requests[i], &c) != err || memcmp(&c, &was, sizeof(c));
	}
	return !bad;
}

TEST_F_TIMEOUT(hostile, each_field_of_the_certificate_calls, 120)
{
	static const uint32_t short_lens[] = { 1, 23, 24, 47, 48, 147 };
	static const uint32_t long_lens[] = {
		PAGE, PAGE + 1, SNP_HOST_CERTS_MAX, SNP_HOST_CERTS_MAX + 1, UINT32_MAX,
	};
	static uint8_t longest[SNP_HOST_CERTS_MAX], got[SNP_HOST_CERTS_MAX];
	const uint64_t good = (uintptr_t)self->at.good;
	struct snp_host_certs c;
	unsigned int i;

	make_table(self->at.good, 0x66);
	c = (struct snp_host_certs) { .address = good, .len = PAGE };
	ASSERT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));

	EXPECT_TRUE(refused(self->rw, 0, PAGE, 0, EINVAL));
	EXPECT_TRUE(refused(self->rw, 0, UINT32_MAX, 0, EINVAL));
	EXPECT_TRUE(refused(self->rw, good, 0, 0, EINVAL));
	EXPECT_TRUE(refused(self->rw, ~0ULL, 0, 0, EINVAL));
	for (i = 0; i < 32; i++) {
		EXPECT_TRUE(refused(self->rw, good, PAGE, 1U << i, EINVAL)) TH_LOG("bit %u", i);
		EXPECT_TRUE(refused(self->rw, 0, 0, 1U << i, EINVAL)) TH_LOG("bit %u", i);
	}
	for (i = 1; i < 8; i++)
		/* A table can be read there, but not written. */
		if (i != 6)
			EXPECT_TRUE(refused(self->rw, (uintptr_t)pick(&self->at, i), PAGE, 0,
					    EFAULT))
				TH_LOG("place %u", i);
	for (i = 0; i < sizeof(short_lens) / sizeof(short_lens[0]); i++) {
		c = (struct snp_host_certs) { .address = good, .len = short_lens[i] };
		EXPECT_EQ(EINVAL, own(self->rw, SNP_HOST_SET_CERTS, &c)) TH_LOG("length %u", c.len);
		EXPECT_EQ(ENOSPC, own(self->rw, SNP_HOST_GET_CERTS, &c));
		EXPECT_EQ(PAGE, c.len);
	}
	/* Behind the page at got nothing can be written. */
	for (i = 0; i < sizeof(long_lens) / sizeof(long_lens[0]); i++) {
		memset(self->at.good + PAGE, FILLER, PAGE);
		c = (struct snp_host_certs) { .address = good + PAGE, .len = long_lens[i] };
		EXPECT_EQ(0, own(self->rw, SNP_HOST_GET_CERTS, &c)) TH_LOG("length %u", c.len);
		EXPECT_EQ(PAGE, c.len);
		EXPECT_EQ(0, memcmp(self->at.good, self->at.good + PAGE, PAGE));
	}
	c = (struct snp_host_certs) { .address = (uintptr_t)self->at.readonly - 8, .len = PAGE };
	EXPECT_EQ(EFAULT, own(self->rw, SNP_HOST_GET_CERTS, &c));

	/* No alignment is asked for. */
	make_table(self->at.good + 3, 0x67);
	c = (struct snp_host_certs) { .address = good + 3, .len = PAGE };
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));
	memcpy(got, self->at.good + 3, PAGE);
	memset(self->at.good, FILLER, 2 * PAGE);
	EXPECT_EQ(0, own(self->rw, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(0, memcmp(got, self->at.good + 3, PAGE));
	EXPECT_EQ(FILLER, self->at.good[2]);
	EXPECT_EQ(FILLER, self->at.good[3 + PAGE]);

	/* The longest that there can be. */
	make_table(longest, 0x68);
	set_row(longest, 48, sizeof(longest) - 48);
	memset(longest + 48, 0x68, sizeof(longest) - 48);
	c = (struct snp_host_certs) { .address = (uintptr_t)longest, .len = sizeof(longest) };
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));
	c = (struct snp_host_certs) { .address = (uintptr_t)got, .len = sizeof(got) - 1 };
	EXPECT_EQ(ENOSPC, own(self->rw, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(sizeof(got), c.len);
	EXPECT_EQ(0, own(self->rw, SNP_HOST_GET_CERTS, &c));
	EXPECT_EQ(0, memcmp(got, longest, sizeof(got)));

	memset(&c, 0, sizeof(c));
	EXPECT_EQ(0, own(self->rw, SNP_HOST_SET_CERTS, &c));
}

TEST_HARNESS_MAIN
