// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of /dev/sev that are open while the driver is unbound and bound again.
 * Runs inside a VM of the host role with snp_host.ko loaded; it is bound afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../include/uapi/linux/psp-sev.h"

#include "kselftest_harness.h"

#define DRIVER		"/sys/bus/pci/drivers/snp_host/"
#define FUNCTION	"0000:00:04.0"
#define FILLER		0xaa
#define THREADS		4

/* Room for what any call reads or writes, so that none fails for want of it. */
struct room {
	union {
		struct sev_user_data_status sev;
		struct sev_user_data_snp_status snp;
		struct sev_user_data_get_id id;
		struct sev_user_data_get_id2 id2;
		struct sev_user_data_snp_config config;
		struct sev_user_data_snp_vlek_load vlek;
	};
	uint8_t more[4096];
};

static int drive(const char *file)
{
	int fd = open(file, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, FUNCTION, strlen(FUNCTION)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* A call without a mistake; @r says what it wrote. */
static int issue(int fd, uint32_t cmd, struct room *r)
{
	struct sev_issue_cmd arg = { .cmd = cmd, .data = (uintptr_t)r, .error = FILLER };

	memset(r, 0, sizeof(*r));
	memset(r->more, FILLER, sizeof(r->more));
	if (cmd == SEV_GET_ID2)
		r->id2 = (struct sev_user_data_get_id2) { (uintptr_t)r->more, 64 };
	if (cmd == SNP_VLEK_LOAD)
		r->vlek = (struct sev_user_data_snp_vlek_load) {
			.len = sizeof(r->vlek), .vlek_wrapped_address = (uintptr_t)r->more,
		};
	return ioctl(fd, SEV_ISSUE_CMD, &arg) ? errno : 0;
}

static int own(int fd, unsigned long request, struct room *r)
{
	struct snp_host_feature_info info = {};
	struct snp_host_certs certs = {};
	void *arg = &certs;

	if (request == SNP_HOST_FEATURE_INFO)
		arg = &info;
	if (request == SNP_HOST_GET_CERTS)
		certs = (struct snp_host_certs) { .address = (uintptr_t)r->more,
						  .len = sizeof(r->more) };
	return ioctl(fd, request, arg) ? errno : 0;
}

/* Legacy commands are not built, with or without a device. */
static int legacy(uint32_t cmd)
{
	return cmd == SEV_FACTORY_RESET || cmd == SEV_PEK_GEN || cmd == SEV_PEK_CSR ||
	       cmd == SEV_PDH_GEN || cmd == SEV_PDH_CERT_EXPORT || cmd == SEV_PEK_CERT_IMPORT;
}

static const unsigned long requests[] = {
	SNP_HOST_FEATURE_INFO, SNP_HOST_SET_CERTS, SNP_HOST_GET_CERTS,
};

TEST(every_call_on_a_stale_file_is_enodev)
{
	int fd = open("/dev/sev", O_RDWR), i;
	struct room r, was;
	uint32_t cmd;

	ASSERT_GE(fd, 0) TH_LOG("/dev/sev: %m");
	ASSERT_EQ(0, drive(DRIVER "unbind"));
	EXPECT_NE(0, access("/dev/sev", F_OK));
	for (cmd = 0; cmd < SEV_MAX; cmd++) {
		EXPECT_EQ(legacy(cmd) ? ENOTTY : ENODEV, issue(fd, cmd, &r))
			TH_LOG("command %u: %m", cmd);
		if (cmd != SNP_PLATFORM_STATUS)
			continue;
		memset(&was, 0, sizeof(was));
		EXPECT_EQ(0, memcmp(&r.snp, &was, sizeof(r.snp)));
	}
	for (i = 0; i < 3; i++)
		EXPECT_EQ(ENODEV, own(fd, requests[i], &r)) TH_LOG("request %#lx: %m", requests[i]);
	/* The file is as good as a new one when there is a device again. */
	ASSERT_EQ(0, drive(DRIVER "bind"));
	EXPECT_EQ(0, issue(fd, SNP_PLATFORM_STATUS, &r));
	EXPECT_EQ(1, r.snp.state);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, own(fd, requests[i], &r)) TH_LOG("request %#lx: %m", requests[i]);
	close(fd);
}

struct caller {
	int fd;
	int end;
	long served;
	long refused;
	long wrong;
};

static void count(struct caller *c, int err)
{
	c->served += !err;
	c->refused += err == ENODEV;
	c->wrong += err && err != ENODEV;
}

static void *call(void *arg)
{
	static const uint32_t cmds[] = {
		SEV_PLATFORM_STATUS, SNP_PLATFORM_STATUS, SEV_GET_ID, SEV_GET_ID2, SNP_COMMIT,
		SNP_SET_CONFIG,
	};
	struct caller *c = arg;
	struct room r;
	size_t i;
	int fd;

	while (!__atomic_load_n(&c->end, __ATOMIC_RELAXED)) {
		for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
			count(c, issue(c->fd, cmds[i], &r));
		for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
			count(c, own(c->fd, requests[i], &r));
		/* A hashstick that nobody wrapped. */
		c->wrong += issue(c->fd, SNP_VLEK_LOAD, &r) == 0;
		/* Another file comes and goes; the device may be gone. */
		fd = open("/dev/sev", O_RDWR);
		if (fd >= 0) {
			count(c, issue(fd, SNP_PLATFORM_STATUS, &r));
			close(fd);
		}
		usleep(2000);
	}
	return NULL;
}

FIXTURE(callers)
{
	struct caller caller[THREADS];
	pthread_t thread[THREADS];
};

FIXTURE_SETUP(callers)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		self->caller[i] = (struct caller) { .fd = open("/dev/sev", O_RDWR) };
		ASSERT_GE(self->caller[i].fd, 0) TH_LOG("/dev/sev: %m");
		ASSERT_EQ(0, pthread_create(&self->thread[i], NULL, call, &self->caller[i]));
	}
}

FIXTURE_TEARDOWN(callers)
{
}

TEST_F_TIMEOUT(callers, device_goes_and_comes_under_them, 300)
{
	struct room r;
	int i;

	for (i = 0; i < 2; i++) {
		usleep(200000);
		ASSERT_EQ(0, drive(DRIVER "unbind"));
		usleep(200000);
		ASSERT_EQ(0, drive(DRIVER "bind"));
	}
	usleep(200000);
	for (i = 0; i < THREADS; i++)
		__atomic_store_n(&self->caller[i].end, 1, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++) {
		pthread_join(self->thread[i], NULL);
		EXPECT_EQ(0, self->caller[i].wrong);
		EXPECT_LT(0, self->caller[i].served);
		EXPECT_LT(0, self->caller[i].refused);
		EXPECT_EQ(0, issue(self->caller[i].fd, SNP_PLATFORM_STATUS, &r));
		EXPECT_EQ(1, r.snp.state);
		close(self->caller[i].fd);
	}
}

TEST_HARNESS_MAIN
