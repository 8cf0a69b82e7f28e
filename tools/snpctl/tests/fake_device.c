// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for the kernel's devices: answers ioctls as a test tells it to.
 */
#include <errno.h>
#include <string.h>

#include <snp/guest_msg.h>

#include "device.h"
#include "fake_device.h"

struct fake_device fake;

#define FAKE_FD	1000

int device_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	errno = fake.open_errno;
	return fake.open_errno ? -1 : FAKE_FD;
}

void device_close(int fd)
{
	if (fd != FAKE_FD)
		__builtin_trap();
}

static int get_report(struct snp_guest_request_ioctl *arg)
{
	struct snp_msg_report_rsp *rsp = (void *)(uintptr_t)arg->resp_data;
	struct snp_report *r = (void *)rsp->report;

	fake.nr_requests++;
	fake.msg_version = arg->msg_version;
	memcpy(&fake.request, (void *)(uintptr_t)arg->req_data, sizeof(fake.request));
	if (fake.ioctl_errno) {
		arg->exitinfo2 = fake.exitinfo2;
		errno = fake.ioctl_errno;
		return -1;
	}
	rsp->status = fake.payload_status;
	rsp->report_size = fake.payload_size;
	memcpy(r, &fake.report, sizeof(*r));
	if (fake.echo) {
		memcpy(r->report_data, fake.request.user_data, sizeof(r->report_data));
		r->vmpl = fake.request.vmpl;
	}
	return 0;
}

static int issue_cmd(struct sev_issue_cmd *arg)
{
	if (fake.ioctl_errno && arg->cmd == fake.fail_cmd) {
		arg->error = fake.sev_error;
		errno = fake.ioctl_errno;
		return -1;
	}
	if (arg->cmd == SEV_PLATFORM_STATUS)
		memcpy((void *)(uintptr_t)arg->data, &fake.sev, sizeof(fake.sev));
	else if (arg->cmd == SNP_PLATFORM_STATUS)
		memcpy((void *)(uintptr_t)arg->data, &fake.snp, sizeof(fake.snp));
	return 0;
}

int device_ioctl(int fd, unsigned long request, void *arg)
{
	if (fd == FAKE_FD && request == SNP_GET_REPORT)
		return get_report(arg);
	if (fd == FAKE_FD && request == SEV_ISSUE_CMD)
		return issue_cmd(arg);
	errno = ENOTTY;
	return -1;
}
