// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl guest: fetch an attestation report through /dev/sev-guest (56860,
 * MSG_REPORT_REQ; 56421, SNP guest request).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <snp/fw.h>
#include <snp/ghcb.h>
#include <snp/guest_msg.h>
#include <uapi/linux/sev-guest.h>

#include "device.h"
#include "report.h"

#define DEVICE		"/dev/sev-guest"
#define MSG_VERSION	1

static_assert(SNP_GET_REPORT == 0xc0205300, "SNP_GET_REPORT");
static_assert(sizeof(struct snp_report_req) == 96, "snp_report_req");
static_assert(sizeof(struct snp_msg_report_rsp) <= sizeof(struct snp_report_resp), "response");

static const char help[] =
"Usage: snpctl guest report {--nonce HEX | -f FILE} --out FILE [OPTION]...\n"
"\n"
"Ask the AMD secure processor for an attestation report of this guest.\n"
"\n"
"      --nonce HEX     what the report carries as REPORT_DATA: 1 to 64 bytes,\n"
"                      zero padded; the verifier chose it\n"
"  -f, --nonce-file FILE   the same as the raw bytes of a file\n"
"      --out FILE      where the report goes; written whole or not at all\n"
"      --vmpl N        VMPL that the report states, 0 to 3 (default 0)\n"
"      --device FILE   instead of " DEVICE "\n"
"      --help          print this\n"
"\n"
"Exit status: 0 report written, 2 not (usage, device, firmware error).\n"
"\n"
"Examples:\n"
"  snpctl guest report --nonce 6f1d2c3b4a59687766554433221100ff --out report.bin\n"
"  head -c 64 /dev/urandom > nonce && snpctl guest report -f nonce --out report.bin\n";

enum { OPT_NONCE = 256, OPT_OUT, OPT_VMPL, OPT_DEVICE, OPT_HELP };

static const struct option options[] = {
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "nonce-file", required_argument, NULL, 'f' },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "vmpl", required_argument, NULL, OPT_VMPL },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "help", no_argument, NULL, OPT_HELP },
	{}
};

struct request {
	const char *nonce, *nonce_file, *out, *device;
	struct snp_report_req req;
};

static const char *vmm_error_name(uint32_t error)
{
	switch (error) {
	case SNP_REQ_VMM_INVALID_LEN:
		return "invalid length";
	case SNP_REQ_VMM_BUSY:
		return "busy";
	case SNP_REQ_VMM_GENERIC:
		return "generic error";
	}
	return "unknown error";
}

static void explain_ioctl(int err, const struct snp_guest_request_ioctl *arg)
{
	/* What snp_guest returns when there was no result; no hypervisor sends it. */
	if (arg->exitinfo2 == UINT64_MAX)
		complain("SNP_GET_REPORT failed: %s, the hypervisor gave no result",
			 strerror(err));
	else if (arg->vmm_error)
		complain("SNP_GET_REPORT failed: %s, hypervisor error 0x%x (%s)", strerror(err),
			 arg->vmm_error, vmm_error_name(arg->vmm_error));
	/* 0xff is what the driver presets, no status of the firmware's. */
	else if (arg->fw_error && arg->fw_error != 0xff)
		complain("SNP_GET_REPORT failed: %s, firmware status 0x%02x %s", strerror(err),
			 arg->fw_error, snp_fw_status_name(arg->fw_error));
	else if (err == EBADMSG)
		complain("SNP_GET_REPORT failed: the answer was not authentic");
	else
		complain("SNP_GET_REPORT failed: %s", strerror(err));
}

/* A report that is not what was asked for must not end up in a file. */
static int check_payload(const struct snp_msg_report_rsp *rsp, const struct snp_report_req *req)
{
	struct snp_report r;
	enum snp_report_defect defect;

	if (rsp->status) {
		complain("the firmware made no report: status 0x%02x %s", rsp->status,
			 snp_fw_status_name(rsp->status));
		return -1;
	}
	if (rsp->report_size != SNP_REPORT_LEN) {
		complain("the firmware's report is %u bytes long instead of %u",
			 rsp->report_size, SNP_REPORT_LEN);
		return -1;
	}
	memcpy(&r, rsp->report, sizeof(r));
	defect = snp_report_check(&r, sizeof(r));
	if (defect != SNP_REPORT_OK) {
		complain("the firmware's report is malformed: %s", snp_report_defect_text(defect));
		return -1;
	}
	if (memcmp(r.report_data, req->user_data, sizeof(r.report_data)) || r.vmpl != req->vmpl) {
		complain("the firmware's report answers another request");
		return -1;
	}
	return 0;
}

static int fetch(const struct request *rq, struct snp_msg_report_rsp *rsp)
{
	struct snp_report_req req = rq->req;
	struct snp_report_resp resp = {};
	/* exitinfo2 is written back only if it is not zero, so it starts as zero. */
	struct snp_guest_request_ioctl arg = {
		.msg_version = MSG_VERSION,
		.req_data = (uintptr_t)&req,
		.resp_data = (uintptr_t)&resp,
	};
	int fd = device_open(rq->device, O_RDWR), ret, err;

	if (fd < 0) {
		complain("cannot open %s: %s%s", rq->device, strerror(errno), errno == ENOENT ?
			 " (is this an SNP guest, with snp_guest or sev-guest loaded?)" : "");
		return -1;
	}
	ret = device_ioctl(fd, SNP_GET_REPORT, &arg);
	err = errno;
	device_close(fd);
	if (ret) {
		explain_ioctl(err, &arg);
		return -1;
	}
	memcpy(rsp, resp.data, sizeof(*rsp));
	return check_payload(rsp, &rq->req);
}

static int guest_report(const struct request *rq)
{
	struct snp_msg_report_rsp rsp;

	if (fetch(rq, &rsp) || file_write_atomic(rq->out, rsp.report, sizeof(rsp.report)))
		return SNPCTL_TROUBLE;
	printf("Report written to %s.\n", rq->out);
	return SNPCTL_OK;
}

static int read_nonce(struct request *rq)
{
	struct blob file;
	size_t len;
	int ret = -1;

	if (rq->nonce) {
		if (!hex_parse(rq->nonce, rq->req.user_data, sizeof(rq->req.user_data), &len))
			return 0;
		complain("--nonce wants 1 to 64 bytes as hexadecimal digits");
		return -1;
	}
	if (file_read(rq->nonce_file, sizeof(rq->req.user_data), &file))
		return -1;
	if (file.len && file.len <= sizeof(rq->req.user_data)) {
		memcpy(rq->req.user_data, file.data, file.len);
		ret = 0;
	} else {
		complain("%s holds %s, a nonce has 1 to 64 bytes", rq->nonce_file,
			 file.len ? "more than 64 bytes" : "nothing");
	}
	blob_free(&file);
	return ret;
}

static int parse_options(struct request *rq, int argc, char **argv)
{
	uint64_t vmpl;
	int opt;

	while ((opt = getopt_long(argc, argv, "f:", options, NULL)) != -1) {
		switch (opt) {
		case OPT_NONCE:
			rq->nonce = optarg;
			break;
		case 'f':
			rq->nonce_file = optarg;
			break;
		case OPT_OUT:
			rq->out = optarg;
			break;
		case OPT_VMPL:
			if (number_parse(optarg, 3, &vmpl)) {
				complain("--vmpl wants a number from 0 to 3");
				return usage_error(argv[0]);
			}
			rq->req.vmpl = vmpl;
			break;
		case OPT_DEVICE:
			rq->device = optarg;
			break;
		case OPT_HELP:
			fputs(help, stdout);
			return SNPCTL_OK;
		default:
			return usage_error(argv[0]);
		}
	}
	if (argc - optind != 1 || strcmp(argv[optind], "report")) {
		complain("guest knows one word: report");
		return usage_error(argv[0]);
	}
	if (!rq->nonce == !rq->nonce_file) {
		complain("one of --nonce and -f is needed");
		return usage_error(argv[0]);
	}
	if (!rq->out) {
		complain("--out is missing");
		return usage_error(argv[0]);
	}
	return -1;
}

int cmd_guest(int argc, char **argv)
{
	struct request rq = { .device = DEVICE };
	int status = parse_options(&rq, argc, argv);

	if (status >= 0)
		return status;
	if (read_nonce(&rq))
		return SNPCTL_TROUBLE;
	return guest_report(&rq);
}
