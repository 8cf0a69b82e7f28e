// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations of a guest that a hostile hypervisor may spoil: see ops.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../../include/uapi/linux/sev-guest.h"
#include <snp/guest_msg.h>
#include <snp/report.h>

#include "ops.h"

#define PORT_CONTROL	0x5e50
#define MODULE		"/snp_guest.ko"
#define DEVICE		"/dev/sev-guest"
#define STATE		"/sys/bus/platform/devices/sev-guest/state"
#define CERTS_LEN	(4 * SNP_PAGE_SIZE)
#define OLD_BYTE	0xaa
#define KLOG_CLEAR	5
#define KLOG_READ_ALL	3
#define KLOG_LEN	(1 << 18)

/* Control port. */

static void port_byte(bool write_, uint8_t *c)
{
	static int fd = -1;
	ssize_t n = -1;

	if (fd < 0)
		fd = open("/dev/port", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		n = write_ ? pwrite(fd, c, 1, PORT_CONTROL) : pread(fd, c, 1, PORT_CONTROL);
	if (n != 1) {
		fprintf(stderr, "/dev/port: %m\n");
		exit(1);
	}
}

static const char *vcontrol(const char *fmt, va_list ap)
{
	static char line[160];
	unsigned int i;
	uint8_t c = 0;

	vsnprintf(line, sizeof(line) - 1, fmt, ap);
	strcat(line, "\n");
	for (i = 0; line[i]; i++) {
		c = line[i];
		port_byte(true, &c);
	}
	for (i = 0; i < sizeof(line) - 1; i++) {
		port_byte(false, &c);
		line[i] = c;
		if (!c)
			break;
	}
	line[i] = 0;
	if (strncmp(line, "ok", 2) && strncmp(line, "no", 2)) {
		fprintf(stderr, "no SoftSNP control port at %#x\n", PORT_CONTROL);
		exit(1);
	}
	return line;
}

const char *control(const char *fmt, ...)
{
	const char *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = vcontrol(fmt, ap);
	va_end(ap);
	return answer;
}

unsigned int control_ok(const char *fmt, ...)
{
	const char *answer;
	va_list ap;

	va_start(ap, fmt);
	answer = vcontrol(fmt, ap);
	va_end(ap);
	if (strncmp(answer, "ok", 2)) {
		fprintf(stderr, "platform: %s: %s\n", fmt, answer);
		exit(1);
	}
	return strtoul(answer + 2, NULL, 10);
}

/* Module. */

int module_load(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0) {
		perror(MODULE);
		exit(1);
	}
	rc = syscall(SYS_finit_module, fd, "vmpck_id=0", 0) ? errno : 0;
	close(fd);
	return rc;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "snp_guest", 0) ? errno : 0;
}

bool module_loaded(void)
{
	return !access("/sys/module/snp_guest", F_OK);
}

const char *module_state(void)
{
	static char state[128];
	FILE *f = fopen(STATE, "r");

	state[0] = 0;
	if (f) {
		if (!fgets(state, sizeof(state), f))
			state[0] = 0;
		fclose(f);
	}
	state[strcspn(state, "\n")] = 0;
	return state;
}

/* Messages. */

struct request {
	struct snp_guest_request_ioctl arg;
	union {
		struct snp_report_req report;
		struct snp_derived_key_req key;
		struct snp_ext_report_req ext;
	} req;
	union {
		struct snp_msg_report_rsp report;
		struct snp_msg_key_rsp key;
		uint8_t raw[4000];
	} rsp;
	uint8_t certs[CERTS_LEN];
};

static bool all(const uint8_t *p, size_t len, uint8_t value)
{
	while (len && *p == value) {
		p++;
		len--;
	}
	return !len;
}

static int lie(const char *what)
{
	fprintf(stderr, "LIE: %s\n", what);
	return -1;
}

static int issue(unsigned long cmd, struct request *r, size_t rsp_len)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), rc;

	if (fd < 0)
		return errno;
	r->arg.msg_version = 1;
	r->arg.req_data = (uintptr_t)&r->req;
	r->arg.resp_data = (uintptr_t)&r->rsp;
	memset(&r->rsp, OLD_BYTE, sizeof(r->rsp));
	memset(r->certs, OLD_BYTE, sizeof(r->certs));
	rc = ioctl(fd, cmd, &r->arg) ? errno : 0;
	close(fd);
	if (rc && !all(r->rsp.raw, rsp_len, 0))
		return lie("a failed request left bytes in the response buffer");
	return rc;
}

static int check_report(const struct request *r, const uint8_t *nonce, size_t len)
{
	const struct snp_report *report = (const void *)r->rsp.report.report;

	if (r->rsp.report.status || r->rsp.report.report_size != SNP_REPORT_LEN ||
	    snp_report_check(r->rsp.report.report, SNP_REPORT_LEN) != SNP_REPORT_OK)
		return lie("success without a report");
	if (memcmp(report->report_data, nonce, len))
		return lie("the report is about something else");
	return 0;
}

static void fresh_nonce(uint8_t *nonce, size_t len)
{
	static uint8_t count;

	memset(nonce, ++count, len);
}

int message_report(void)
{
	static struct request r;
	int rc;

	memset(&r.req, 0, sizeof(r.req));
	fresh_nonce(r.req.report.user_data, sizeof(r.req.report.user_data));
	rc = issue(SNP_GET_REPORT, &r, sizeof(struct snp_report_resp));
	return rc ?: check_report(&r, r.req.report.user_data, sizeof(r.req.report.user_data));
}

static uint8_t first_key[32];

static int derive(uint8_t *key)
{
	static struct request r;
	int rc;

	memset(&r.req, 0, sizeof(r.req));
	r.req.key.guest_field_select = SNP_KEY_GFS_POLICY | SNP_KEY_GFS_MEASUREMENT;
	rc = issue(SNP_GET_DERIVED_KEY, &r, sizeof(struct snp_derived_key_resp));
	if (rc)
		return rc;
	if (r.rsp.key.status)
		return lie("success without a key");
	memcpy(key, r.rsp.key.key, 32);
	return 0;
}

int message_key_first(void)
{
	return derive(first_key);
}

const uint8_t *message_known_key(void)
{
	return first_key;
}

int message_key(void)
{
	uint8_t key[32];
	int rc = derive(key);

	if (!rc && memcmp(key, first_key, sizeof(key)))
		return lie("another key for the same inputs");
	return rc;
}

static int ext(uint32_t len)
{
	static struct request r;
	int rc;

	memset(&r.req, 0, sizeof(r.req));
	fresh_nonce(r.req.ext.data.user_data, sizeof(r.req.ext.data.user_data));
	r.req.ext.certs_address = len ? (uintptr_t)r.certs : 0;
	r.req.ext.certs_len = len;
	rc = issue(SNP_GET_EXT_REPORT, &r, sizeof(struct snp_report_resp));
	if (rc && len && !all(r.certs, len, 0))
		return lie("a failed request left bytes in the certificates' buffer");
	return rc ?: check_report(&r, r.req.ext.data.user_data,
				  sizeof(r.req.ext.data.user_data));
}

int message_ext(void)
{
	return ext(CERTS_LEN);
}

int message_ext_size(void)
{
	return ext(0);
}

/* Kernel log. */

void log_clear(void)
{
	klogctl(KLOG_CLEAR, NULL, 0);
}

bool log_has(const char *text)
{
	static char log[KLOG_LEN];
	int len = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);

	if (len < 0)
		return false;
	log[len] = 0;
	return strstr(log, text);
}
