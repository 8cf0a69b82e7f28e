/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for the kernel's devices: answers ioctls as a test tells it to.
 */
#ifndef SNPCTL_TEST_FAKE_DEVICE_H
#define SNPCTL_TEST_FAKE_DEVICE_H

#include <stdint.h>

#include <snp/report.h>
#include <uapi/linux/psp-sev.h>
#include <uapi/linux/sev-guest.h>

/**
 * struct fake_device - how the next ioctls are answered
 * @open_errno: opening fails with this
 * @ioctl_errno: SNP_GET_REPORT or SEV_ISSUE_CMD fails with this
 * @fail_cmd: the SEV command that @ioctl_errno is for
 * @exitinfo2: written back by SNP_GET_REPORT
 * @sev_error: written back by SEV_ISSUE_CMD
 * @payload_status: status in the payload
 * @payload_size: report size in the payload
 * @report: what the payload holds; REPORT_DATA and VMPL come from the request
 * @echo: copy REPORT_DATA and VMPL from the request into the report
 * @sev: SEV_PLATFORM_STATUS
 * @snp: SNP_PLATFORM_STATUS
 * @nr_requests: how many SNP_GET_REPORT were seen
 * @request: the last one
 * @msg_version: of the last one
 */
struct fake_device {
	int open_errno, ioctl_errno;
	uint32_t fail_cmd;
	uint64_t exitinfo2;
	uint32_t sev_error;
	uint32_t payload_status, payload_size;
	struct snp_report report;
	bool echo;
	struct sev_user_data_status sev;
	struct sev_user_data_snp_status snp;
	unsigned int nr_requests;
	struct snp_report_req request;
	uint8_t msg_version;
};
extern struct fake_device fake;

#endif /* SNPCTL_TEST_FAKE_DEVICE_H */
