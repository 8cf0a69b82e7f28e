// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports with certificates, to and from files.
 *
 *   ext_report ioctl REPORT TABLE	size query, then SNP_GET_EXT_REPORT
 *   ext_report split TABLE DIR		vcek.der, ask.der and ark.der of a table
 *
 * What REPORT carries is the bytes 0 to 31 in both directions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../include/uapi/linux/sev-guest.h"
#include <snp/guest_msg.h>
#include <snp/report.h>

#define TABLE_MAX	0x4000

static int store(const char *path, const void *buf, size_t len)
{
	FILE *f = fopen(path, "wbe");
	size_t n;

	if (!f) {
		perror(path);
		return -1;
	}
	n = fwrite(buf, 1, len, f);
	if (fclose(f) || n != len) {
		perror(path);
		return -1;
	}
	return 0;
}

static int ask(int fd, struct snp_ext_report_req *req, struct snp_report_resp *rsp,
	       struct snp_guest_request_ioctl *arg)
{
	memset(arg, 0, sizeof(*arg));
	arg->msg_version = 1;
	arg->req_data = (uintptr_t)req;
	arg->resp_data = (uintptr_t)rsp;
	return ioctl(fd, SNP_GET_EXT_REPORT, arg) ? errno : 0;
}

static int by_ioctl(const char *report_path, const char *table_path)
{
	static uint8_t table[TABLE_MAX];
	struct snp_guest_request_ioctl arg;
	struct snp_ext_report_req req = {};
	struct snp_report_resp rsp;
	const struct snp_msg_report_rsp *msg = (const void *)&rsp;
	int fd, rc;
	size_t i;

	for (i = 0; i < 32; i++) {
		req.data.user_data[i] = i;
		req.data.user_data[63 - i] = (i & 15) << 4 | i >> 4;
	}
	fd = open("/dev/sev-guest", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/sev-guest");
		return 1;
	}
	rc = ask(fd, &req, &rsp, &arg);
	if (rc == EIO && arg.vmm_error == SNP_GUEST_VMM_ERR_INVALID_LEN) {
		printf("size %u\n", req.certs_len);
		if (req.certs_len > sizeof(table))
			return 1;
		req.certs_address = (uintptr_t)table;
		rc = ask(fd, &req, &rsp, &arg);
	} else {
		req.certs_len = 0;
	}
	close(fd);
	if (rc || msg->status || msg->report_size != SNP_REPORT_LEN) {
		fprintf(stderr, "SNP_GET_EXT_REPORT: %s, exitinfo2 %#llx\n", strerror(rc),
			(unsigned long long)arg.exitinfo2);
		return 1;
	}
	return store(report_path, msg->report, SNP_REPORT_LEN) ||
	       store(table_path, table, req.certs_len);
}

static int split(const char *table_path, const char *dir)
{
	static const struct {
		uint8_t guid[16];
		const char *name;
	} known[] = {
		{ SNP_CERT_GUID_VCEK, "vcek" },
		{ SNP_CERT_GUID_ASK, "ask" },
		{ SNP_CERT_GUID_ARK, "ark" },
	};
	static uint8_t table[TABLE_MAX];
	const struct snp_cert_row *row = (const void *)table;
	FILE *f = fopen(table_path, "rbe");
	size_t len, i, found = 0;
	char path[4096];

	if (!f) {
		perror(table_path);
		return 1;
	}
	len = fread(table, 1, sizeof(table), f);
	fclose(f);
	for (; (size_t)((const uint8_t *)(row + 1) - table) <= len && row->length; row++) {
		if (row->offset > len || row->length > len - row->offset) {
			fprintf(stderr, "%s: a row points out of the table\n", table_path);
			return 1;
		}
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (memcmp(row->guid, known[i].guid, sizeof(row->guid)))
				continue;
			snprintf(path, sizeof(path), "%s/%s.der", dir, known[i].name);
			if (store(path, table + row->offset, row->length))
				return 1;
			found++;
		}
	}
	printf("certificates %zu\n", found);
	return found == sizeof(known) / sizeof(known[0]) ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "ioctl"))
		return by_ioctl(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "split"))
		return split(argv[2], argv[3]);
	fprintf(stderr, "usage: ext_report ioctl REPORT TABLE | split TABLE DIR\n");
	return 2;
}
