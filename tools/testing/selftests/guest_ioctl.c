// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest as a program sees it: layout, reports, keys, errors, nothing
 * written and no message spent on failure.  Runs inside an SNP guest with
 * snp_guest.ko loaded.  With the kernel's own driver, which has neither the
 * counter nor the stricter checks, the tests of what both have in common run.
 * GUEST_CERTS=1 in the environment: the host gives certificates.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../include/uapi/linux/sev-guest.h"
#include <snp/guest_msg.h>
#include <snp/report.h>

#include "kselftest_harness.h"

#define DEVICE		"/dev/sev-guest"
#define DRIVER		"/sys/bus/platform/devices/sev-guest/driver"
#define COUNTER		"/sys/bus/platform/devices/sev-guest/messages"
#define STATE		"/sys/bus/platform/devices/sev-guest/state"
#define UNWRITTEN	0x1122334455667788ULL
#define ARGUMENT_ERROR	0xffULL
#define NR_THREADS	8
#define NR_ROUNDS	4

/* One request with its buffers. */
struct request {
	struct snp_guest_request_ioctl arg;
	union {
		struct snp_report_req report;
		struct snp_derived_key_req key;
		struct snp_ext_report_req ext;
		struct snp_report_key_req signer;
	} req;
	union {
		struct snp_report_resp report;
		struct snp_derived_key_resp key;
		uint8_t raw[4000];
	} rsp;
};

static void prepare(struct request *r)
{
	memset(r, 0, sizeof(*r));
	memset(&r->rsp, 0xaa, sizeof(r->rsp));
	r->arg.msg_version = 1;
	r->arg.req_data = (uintptr_t)&r->req;
	r->arg.resp_data = (uintptr_t)&r->rsp;
	r->arg.exitinfo2 = UNWRITTEN;
}

static int issue(int fd, unsigned long cmd, struct request *r)
{
	return ioctl(fd, cmd, &r->arg) ? errno : 0;
}

static bool zero(const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

static long long messages(void)
{
	long long n = -1;
	FILE *f = fopen(COUNTER, "r");

	if (f) {
		if (fscanf(f, "%lld", &n) != 1)
			n = -1;
		fclose(f);
	}
	return n;
}

static bool ours(void)
{
	char link[256] = "";

	return readlink(DRIVER, link, sizeof(link) - 1) > 0 && strstr(link, "/snp_guest");
}

/* A report with @fill as report data; 0, or what is wrong with it. */
static const char *good_report(int fd, uint8_t fill)
{
	const struct snp_msg_report_rsp *rsp;
	const struct snp_report *report;
	struct request r;
	int rc;

	prepare(&r);
	memset(r.req.report.user_data, fill, sizeof(r.req.report.user_data));
	rc = issue(fd, SNP_GET_REPORT, &r);
	if (rc)
		return strerror(rc);
	rsp = (const void *)&r.rsp;
	report = (const void *)rsp->report;
	if (r.arg.exitinfo2 != UNWRITTEN)
		return "exitinfo2 was written on success";
	if (rsp->status)
		return "firmware status in the payload";
	if (rsp->report_size != SNP_REPORT_LEN)
		return "wrong report size";
	if (snp_report_check(rsp->report, sizeof(rsp->report)) != SNP_REPORT_OK)
		return snp_report_defect_text(snp_report_check(rsp->report, sizeof(rsp->report)));
	if (memcmp(report->report_data, r.req.report.user_data, sizeof(report->report_data)))
		return "report data is not the one given";
	if (!zero(&r.rsp.raw[sizeof(*rsp)], sizeof(r.rsp.raw) - sizeof(*rsp)))
		return "no zero padding after the report";
	return NULL;
}

FIXTURE(sev_guest)
{
	int fd;
	long long before;
	struct request r;
};

FIXTURE_SETUP(sev_guest)
{
	self->fd = open(DEVICE, O_RDWR);
	ASSERT_GE(self->fd, 0) TH_LOG("cannot open " DEVICE ": %m");
	prepare(&self->r);
	self->before = -1;
	if (ours()) {
		self->before = messages();
		ASSERT_GE(self->before, 0) TH_LOG("cannot read " COUNTER);
	}
}

FIXTURE_TEARDOWN(sev_guest)
{
	const char *wrong = good_report(self->fd, 0x5a);

	/* After whatever the test did, the channel works. */
	EXPECT_EQ(NULL, wrong) TH_LOG("after the test: %s", wrong);
	close(self->fd);
}

/* So many messages were answered since the test began. */
#define EXPECT_SENT(n) do { \
	if (self->before >= 0) \
		EXPECT_EQ(self->before + (n), messages()); \
} while (0)

/* For what the kernel's own driver does not promise. */
#define NOT_OURS	"not snp_guest.ko"

/* The request failed before a message was sent, and left nothing behind. */
#define EXPECT_REFUSED(error, cmd, info2) do { \
	unsigned long _cmd = (cmd); \
\
	EXPECT_EQ(error, issue(self->fd, _cmd, &self->r)); \
	EXPECT_EQ((unsigned long long)(info2), (unsigned long long)self->r.arg.exitinfo2); \
	if (self->before >= 0) \
		EXPECT_TRUE(zero(&self->r.rsp, _cmd == SNP_GET_DERIVED_KEY ? \
				 sizeof(self->r.rsp.key) : sizeof(self->r.rsp.report))); \
	EXPECT_SENT(0); \
} while (0)

TEST(numbers_and_layout_are_the_established_ones)
{
	EXPECT_EQ(0xc0205300UL, (unsigned long)SNP_GET_REPORT);
	EXPECT_EQ(0xc0205301UL, (unsigned long)SNP_GET_DERIVED_KEY);
	EXPECT_EQ(0xc0205302UL, (unsigned long)SNP_GET_EXT_REPORT);
	EXPECT_EQ(0xc0205360UL, (unsigned long)SNP_GET_REPORT_KEY);
	EXPECT_EQ(88, sizeof(struct snp_report_key_req));
	EXPECT_EQ(72, offsetof(struct snp_report_key_req, certs_address));
	EXPECT_EQ(32, sizeof(struct snp_guest_request_ioctl));
	EXPECT_EQ(8, offsetof(struct snp_guest_request_ioctl, req_data));
	EXPECT_EQ(16, offsetof(struct snp_guest_request_ioctl, resp_data));
	EXPECT_EQ(24, offsetof(struct snp_guest_request_ioctl, exitinfo2));
	EXPECT_EQ(96, sizeof(struct snp_report_req));
	EXPECT_EQ(4000, sizeof(struct snp_report_resp));
	EXPECT_EQ(112, sizeof(struct snp_ext_report_req));
	EXPECT_EQ(96, offsetof(struct snp_ext_report_req, certs_address));
	EXPECT_EQ(104, offsetof(struct snp_ext_report_req, certs_len));
	EXPECT_EQ(32, sizeof(struct snp_derived_key_req));
	EXPECT_EQ(64, sizeof(struct snp_derived_key_resp));
}

TEST_F(sev_guest, report_carries_the_data_given)
{
	EXPECT_EQ(NULL, good_report(self->fd, 0x00));
	EXPECT_EQ(NULL, good_report(self->fd, 0x01));
	EXPECT_EQ(NULL, good_report(self->fd, 0xff));
	EXPECT_SENT(3);
}

TEST_F(sev_guest, report_states_the_vmpl_asked_for)
{
	const struct snp_msg_report_rsp *rsp = (const void *)&self->r.rsp;
	const struct snp_report *report = (const void *)rsp->report;
	unsigned int vmpl;

	for (vmpl = 0; vmpl <= 3; vmpl++) {
		prepare(&self->r);
		self->r.req.report.vmpl = vmpl;
		ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT, &self->r));
		ASSERT_EQ(0, rsp->status);
		EXPECT_EQ(vmpl, report->vmpl);
	}
}

TEST_F(sev_guest, key_select_reaches_the_firmware)
{
	const struct snp_msg_report_rsp *rsp = (const void *)&self->r.rsp;

	/* 1: VCEK.  3 is reserved: the firmware says so inside its answer. */
	self->r.req.report.rsvd[0] = 1;
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT, &self->r));
	EXPECT_EQ(0, rsp->status);
	prepare(&self->r);
	self->r.req.report.rsvd[0] = 3;
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT, &self->r));
	EXPECT_EQ(0x16, rsp->status);
	EXPECT_TRUE(zero(rsp->report, sizeof(rsp->report)));
}

static int derive(int fd, struct request *r, const struct snp_derived_key_req *req)
{
	const struct snp_msg_key_rsp *rsp = (const void *)&r->rsp;
	int rc;

	prepare(r);
	r->req.key = *req;
	rc = issue(fd, SNP_GET_DERIVED_KEY, r);
	return rc ?: (int)rsp->status;
}

TEST_F(sev_guest, same_inputs_give_the_same_key)
{
	const struct snp_msg_key_rsp *a = (const void *)&self->r.rsp;
	struct snp_derived_key_req req = { .guest_field_select = SNP_KEY_GFS_POLICY };
	struct request again;
	const struct snp_msg_key_rsp *b = (const void *)&again.rsp;

	ASSERT_EQ(0, derive(self->fd, &self->r, &req));
	ASSERT_EQ(0, derive(self->fd, &again, &req));
	EXPECT_FALSE(zero(a->key, sizeof(a->key)));
	EXPECT_EQ(0, memcmp(a->key, b->key, sizeof(a->key)));
	EXPECT_TRUE(zero(a->reserved, sizeof(a->reserved)));
	EXPECT_EQ(UNWRITTEN, self->r.arg.exitinfo2);
	EXPECT_SENT(2);
}

TEST_F(sev_guest, other_inputs_give_other_keys)
{
	static const struct snp_derived_key_req reqs[] = {
		{ .guest_field_select = 0 },
		{ .guest_field_select = SNP_KEY_GFS_POLICY },
		{ .guest_field_select = SNP_KEY_GFS_MEASUREMENT },
		{ .guest_field_select = SNP_KEY_GFS_POLICY | SNP_KEY_GFS_MEASUREMENT },
		{ .vmpl = 1 },
		{ .vmpl = 3 },
	};
	uint8_t keys[ARRAY_SIZE(reqs)][32];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		ASSERT_EQ(0, derive(self->fd, &self->r, &reqs[i])) TH_LOG("request %u", i);
		memcpy(keys[i], ((const struct snp_msg_key_rsp *)&self->r.rsp)->key, 32);
		for (j = 0; j < i; j++)
			EXPECT_NE(0, memcmp(keys[i], keys[j], 32)) TH_LOG("%u and %u", i, j);
	}
}

TEST_F(sev_guest, other_file_sees_the_same_keys)
{
	struct snp_derived_key_req req = { .guest_field_select = SNP_KEY_GFS_MEASUREMENT };
	struct request other;
	int fd = open(DEVICE, O_RDWR);

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, derive(self->fd, &self->r, &req));
	ASSERT_EQ(0, derive(fd, &other, &req));
	EXPECT_EQ(0, memcmp(&self->r.rsp.key, &other.rsp.key, sizeof(other.rsp.key)));
	close(fd);
}

TEST_F(sev_guest, message_version_zero_is_einval)
{
	/* The one failure after which the argument is not written back. */
	self->r.arg.msg_version = 0;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, UNWRITTEN);
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, UNWRITTEN);
}

TEST_F(sev_guest, unknown_message_version_is_einval_and_costs_nothing)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	self->r.arg.msg_version = 2;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.arg.msg_version = 255;
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
}

TEST_F(sev_guest, vmpl_above_three_is_einval)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	self->r.req.report.vmpl = 4;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.req.report.vmpl = UINT32_MAX;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.req.key.vmpl = 4;
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
}

TEST_F(sev_guest, every_reserved_byte_of_a_report_request_is_einval)
{
	unsigned int i;

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	for (i = 0; i < sizeof(self->r.req.report.rsvd); i++) {
		prepare(&self->r);
		self->r.req.report.rsvd[i] = i ? 1 : 4;
		EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, ARGUMENT_ERROR);
	}
}

TEST_F(sev_guest, reserved_bits_of_a_key_request_are_einval)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	self->r.req.key.rsvd = 1;
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.req.key.root_key_select = 8;
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
}

/* The request must be read before the response is written, or cleared. */
TEST_F(sev_guest, request_and_response_may_share_a_buffer)
{
	const struct snp_msg_report_rsp *rsp = (const void *)&self->r.rsp;
	const struct snp_report *report = (const void *)rsp->report;
	uint8_t data[64];

	memset(data, 0x3c, sizeof(data));
	memset(&self->r.rsp, 0, sizeof(self->r.rsp));
	memcpy(&self->r.rsp, data, sizeof(data));
	self->r.arg.req_data = self->r.arg.resp_data;
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT, &self->r));
	ASSERT_EQ(0, rsp->status);
	EXPECT_EQ(0, memcmp(report->report_data, data, sizeof(data)));
}

TEST_F(sev_guest, null_request_is_einval)
{
	self->r.arg.req_data = 0;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.arg.req_data = 0;
	EXPECT_REFUSED(EINVAL, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
}

TEST_F(sev_guest, null_response_is_einval)
{
	self->r.arg.resp_data = 0;
	EXPECT_EQ(EINVAL, issue(self->fd, SNP_GET_REPORT, &self->r));
	EXPECT_EQ(ARGUMENT_ERROR, self->r.arg.exitinfo2);
	EXPECT_EQ(EINVAL, issue(self->fd, SNP_GET_DERIVED_KEY, &self->r));
	EXPECT_SENT(0);
}

TEST_F(sev_guest, bad_request_pointer_is_efault)
{
	self->r.arg.req_data = 8;
	EXPECT_REFUSED(EFAULT, SNP_GET_REPORT, ARGUMENT_ERROR);
	prepare(&self->r);
	self->r.arg.req_data = 0xffff800000000000ULL;	/* kernel space */
	EXPECT_REFUSED(EFAULT, SNP_GET_DERIVED_KEY, ARGUMENT_ERROR);
}

TEST_F(sev_guest, bad_response_pointer_is_efault_before_a_message_is_sent)
{
	void *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint64_t wrong[] = { 8, 0xffff800000000000ULL, (uintptr_t)ro };
	unsigned int i;

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	ASSERT_NE(MAP_FAILED, ro);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		prepare(&self->r);
		self->r.arg.resp_data = wrong[i];
		EXPECT_EQ(EFAULT, issue(self->fd, SNP_GET_REPORT, &self->r));
		EXPECT_EQ(ARGUMENT_ERROR, self->r.arg.exitinfo2);
		EXPECT_EQ(EFAULT, issue(self->fd, SNP_GET_DERIVED_KEY, &self->r));
	}
	EXPECT_SENT(0);
	munmap(ro, 4096);
}

TEST_F(sev_guest, response_at_the_end_of_a_mapping_is_efault)
{
	uint8_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, munmap(p + 4096, 4096));
	self->r.arg.resp_data = (uintptr_t)p + 200;
	EXPECT_EQ(EFAULT, issue(self->fd, SNP_GET_REPORT, &self->r));
	EXPECT_EQ(ARGUMENT_ERROR, self->r.arg.exitinfo2);
	EXPECT_SENT(0);
	munmap(p, 4096);
}

TEST_F(sev_guest, bad_argument_pointer_is_efault)
{
	EXPECT_EQ(-1, ioctl(self->fd, SNP_GET_REPORT, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, SNP_GET_DERIVED_KEY, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_SENT(0);
}

TEST_F(sev_guest, unknown_ioctl_is_enotty)
{
	static const unsigned long wrong[] = {
		0, _IOWR('S', 3, struct snp_guest_request_ioctl), _IO('S', 0),
		_IOWR('T', 0, struct snp_guest_request_ioctl), _IOR('S', 0, struct request),
	};
	unsigned int i;

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(ENOTTY, issue(self->fd, wrong[i], &self->r));
		EXPECT_EQ(-1, ioctl(self->fd, wrong[i], NULL));
		EXPECT_EQ(ENOTTY, errno);
	}
	EXPECT_EQ(UNWRITTEN, self->r.arg.exitinfo2);
	EXPECT_SENT(0);
}

/* Extended reports. */

#define CERTS_MAX	0x4000
#define TOO_SMALL	(1ULL << 32)

static uint8_t certs[CERTS_MAX + 4096];

static bool have_certs(void)
{
	const char *given = getenv("GUEST_CERTS");

	return given && !strcmp(given, "1");
}

static void prepare_ext(struct request *r, const void *address, uint32_t len)
{
	prepare(r);
	memset(&r->req.ext.data.user_data, 0x42, sizeof(r->req.ext.data.user_data));
	r->req.ext.certs_address = (uintptr_t)address;
	r->req.ext.certs_len = len;
	memset(certs, 0xaa, sizeof(certs));
}

static bool report_is_there(const struct request *r)
{
	const struct snp_msg_report_rsp *rsp = (const void *)&r->rsp;
	const struct snp_report *report = (const void *)rsp->report;

	return !rsp->status && rsp->report_size == SNP_REPORT_LEN &&
	       snp_report_check(rsp->report, sizeof(rsp->report)) == SNP_REPORT_OK &&
	       report->report_data[0] == 0x42 && report->report_data[63] == 0x42;
}

/* Rows up to the row of zeros; -1: a row that points elsewhere, or no end. */
static int table_rows(uint32_t len)
{
	const struct snp_cert_row *row = (const void *)certs;
	int n;

	for (n = 0; (n + 1) * sizeof(*row) <= len; n++) {
		if (zero(&row[n], sizeof(*row)))
			return n;
		/* Each is a DER sequence. */
		if ((uint64_t)row[n].offset + row[n].length > len || row[n].length < 100 ||
		    certs[row[n].offset] != 0x30)
			return -1;
	}
	return -1;
}

TEST_F(sev_guest, size_query_tells_the_size_and_keeps_the_key)
{
	static const struct {
		const void *address;
		uint32_t len;
	} queries[] = { { NULL, 0 }, { certs, 0 }, { NULL, 4096 }, { NULL, 5 } };
	unsigned int i;

	if (!have_certs())
		SKIP(return, "no certificates");
	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		prepare_ext(&self->r, queries[i].address, queries[i].len);
		EXPECT_EQ(EIO, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
		EXPECT_EQ(TOO_SMALL, (unsigned long long)self->r.arg.exitinfo2);
		EXPECT_EQ(8192, self->r.req.ext.certs_len);
		EXPECT_EQ(0xaa, certs[0]);
		if (self->before >= 0)
			EXPECT_TRUE(zero(&self->r.rsp, sizeof(self->r.rsp.report)));
	}
	EXPECT_SENT((long long)ARRAY_SIZE(queries));
}

TEST_F(sev_guest, too_small_a_buffer_tells_the_size)
{
	if (!have_certs())
		SKIP(return, "no certificates");
	prepare_ext(&self->r, certs, 4096);
	EXPECT_EQ(EIO, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
	EXPECT_EQ(TOO_SMALL, (unsigned long long)self->r.arg.exitinfo2);
	EXPECT_EQ(8192, self->r.req.ext.certs_len);
	EXPECT_EQ(0xaa, certs[4096]);
	if (self->before >= 0)
		EXPECT_TRUE(zero(certs, 4096));
	EXPECT_SENT(1);
}

TEST_F(sev_guest, certificates_come_with_the_report)
{
	uint32_t len;

	if (!have_certs())
		SKIP(return, "no certificates");
	for (len = 8192; len <= CERTS_MAX; len += 4096) {
		prepare_ext(&self->r, certs, len);
		ASSERT_EQ(0, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
		EXPECT_EQ(UNWRITTEN, (unsigned long long)self->r.arg.exitinfo2);
		EXPECT_EQ(len, self->r.req.ext.certs_len);
		EXPECT_TRUE(report_is_there(&self->r));
		EXPECT_EQ(3, table_rows(len));
		EXPECT_EQ(0xaa, certs[len]);
	}
	EXPECT_SENT(3);
}

TEST_F(sev_guest, host_without_certificates_gives_an_empty_table)
{
	if (have_certs())
		SKIP(return, "there are certificates");
	prepare_ext(&self->r, NULL, 0);
	EXPECT_EQ(0, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
	EXPECT_TRUE(report_is_there(&self->r));
	prepare_ext(&self->r, certs, CERTS_MAX);
	EXPECT_EQ(0, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
	EXPECT_TRUE(report_is_there(&self->r));
	EXPECT_EQ(0, table_rows(CERTS_MAX));
	EXPECT_EQ(0xaa, certs[CERTS_MAX]);
	EXPECT_SENT(2);
}

TEST_F(sev_guest, length_of_certificates_must_be_whole_pages_up_to_the_limit)
{
	static const uint32_t wrong[] = { 1, 4095, 4097, CERTS_MAX - 1, CERTS_MAX + 1,
					  CERTS_MAX + 4096, 0x80000000, 0xfffff000, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		prepare_ext(&self->r, certs, wrong[i]);
		EXPECT_REFUSED(EINVAL, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
		EXPECT_EQ(wrong[i], self->r.req.ext.certs_len);
		EXPECT_EQ(0xaa, certs[0]);
	}
}

TEST_F(sev_guest, unwritable_certificate_buffer_costs_no_message)
{
	uint8_t *readonly = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, readonly);
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	prepare_ext(&self->r, (void *)8, 8192);
	EXPECT_REFUSED(EFAULT, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	prepare_ext(&self->r, readonly, 8192);
	EXPECT_REFUSED(EFAULT, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	prepare_ext(&self->r, (void *)0xffffffffffffe000, 8192);
	EXPECT_REFUSED(EFAULT, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	munmap(readonly, 8192);
}

TEST_F(sev_guest, extended_report_refuses_what_a_plain_one_does)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	prepare_ext(&self->r, certs, CERTS_MAX);
	self->r.req.ext.data.vmpl = 4;
	EXPECT_REFUSED(EINVAL, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	EXPECT_TRUE(zero(certs, CERTS_MAX));
	prepare_ext(&self->r, certs, CERTS_MAX);
	self->r.req.ext.data.rsvd[27] = 1;
	EXPECT_REFUSED(EINVAL, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	prepare_ext(&self->r, certs, CERTS_MAX);
	self->r.arg.resp_data = 0;
	EXPECT_EQ(EINVAL, issue(self->fd, SNP_GET_EXT_REPORT, &self->r));
	prepare_ext(&self->r, certs, CERTS_MAX);
	self->r.arg.req_data = 0;
	EXPECT_REFUSED(EINVAL, SNP_GET_EXT_REPORT, ARGUMENT_ERROR);
	EXPECT_SENT(0);
}

/* Reports that say which key signs: not in mainline. */

static void prepare_key(struct request *r, uint32_t key_sel, uint32_t flags)
{
	prepare(r);
	memset(r->req.signer.user_data, 0x42, sizeof(r->req.signer.user_data));
	r->req.signer.key_sel = key_sel;
	r->req.signer.flags = flags;
	memset(certs, 0xaa, sizeof(certs));
}

TEST_F(sev_guest, report_is_signed_by_the_key_that_was_chosen)
{
	const struct snp_msg_report_rsp *rsp = (const void *)&self->r.rsp;
	const struct snp_report *report = (const void *)rsp->report;

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	prepare_key(&self->r, SNP_REPORT_KEY_ANY, 0);
	self->r.req.signer.vmpl = 2;
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT_KEY, &self->r));
	EXPECT_EQ(UNWRITTEN, (unsigned long long)self->r.arg.exitinfo2);
	EXPECT_TRUE(report_is_there(&self->r));
	EXPECT_EQ(2, report->vmpl);
	prepare_key(&self->r, SNP_REPORT_KEY_VCEK, 0);
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT_KEY, &self->r));
	EXPECT_TRUE(report_is_there(&self->r));
	EXPECT_EQ(0, FIELD_GET(SNP_REPORT_SIGNING_KEY, report->flags));
	/* A VLEK only signs where the host has loaded one: 0x27 says that it has not. */
	prepare_key(&self->r, SNP_REPORT_KEY_VLEK, 0);
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT_KEY, &self->r));
	if (rsp->status) {
		EXPECT_EQ(0x27, rsp->status);
		EXPECT_TRUE(zero(rsp->report, sizeof(rsp->report)));
	} else {
		EXPECT_EQ(1, FIELD_GET(SNP_REPORT_SIGNING_KEY, report->flags));
	}
	EXPECT_SENT(3);
}

TEST_F(sev_guest, report_by_key_refuses_what_is_not_defined)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	prepare_key(&self->r, 3, 0);
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, UINT32_MAX, 0);
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, 0, 2);
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, 0, 0);
	self->r.req.signer.vmpl = 4;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, 0, 0);
	self->r.req.signer.certs_len = 8192;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, 0, SNP_REPORT_KEY_CERTS);
	self->r.req.signer.certs_address = (uintptr_t)certs;
	self->r.req.signer.certs_len = 4097;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, ARGUMENT_ERROR);
	prepare_key(&self->r, 0, 0);
	self->r.arg.msg_version = 0;
	EXPECT_REFUSED(EINVAL, SNP_GET_REPORT_KEY, UNWRITTEN);
}

TEST_F(sev_guest, report_by_key_brings_certificates)
{
	if (self->before < 0)
		SKIP(return, NOT_OURS);
	prepare_key(&self->r, SNP_REPORT_KEY_VCEK, SNP_REPORT_KEY_CERTS);
	if (have_certs()) {
		EXPECT_EQ(EIO, issue(self->fd, SNP_GET_REPORT_KEY, &self->r));
		EXPECT_EQ(TOO_SMALL, (unsigned long long)self->r.arg.exitinfo2);
		EXPECT_EQ(8192, self->r.req.signer.certs_len);
		prepare_key(&self->r, SNP_REPORT_KEY_VCEK, SNP_REPORT_KEY_CERTS);
	}
	self->r.req.signer.certs_address = (uintptr_t)certs;
	self->r.req.signer.certs_len = CERTS_MAX;
	ASSERT_EQ(0, issue(self->fd, SNP_GET_REPORT_KEY, &self->r));
	EXPECT_TRUE(report_is_there(&self->r));
	EXPECT_EQ(have_certs() ? 3 : 0, table_rows(CERTS_MAX));
	EXPECT_EQ(0xaa, certs[CERTS_MAX]);
	EXPECT_SENT(have_certs() ? 2 : 1);
}

struct thread {
	pthread_t id;
	int fd;
	uint8_t fill;
	const char *wrong;
};

static void *thread_reports(void *arg)
{
	struct thread *t = arg;
	int i;

	for (i = 0; i < NR_ROUNDS && !t->wrong; i++)
		t->wrong = good_report(t->fd, t->fill + i * NR_THREADS);
	return NULL;
}

/* Half of them share a file, half have their own. */
TEST_F(sev_guest, concurrent_threads_each_get_their_own_report)
{
	struct thread threads[NR_THREADS] = {};
	int i;

	for (i = 0; i < NR_THREADS; i++) {
		threads[i].fill = i;
		threads[i].fd = i % 2 ? open(DEVICE, O_RDWR) : self->fd;
		ASSERT_GE(threads[i].fd, 0);
		ASSERT_EQ(0, pthread_create(&threads[i].id, NULL, thread_reports, &threads[i]));
	}
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		EXPECT_EQ(NULL, threads[i].wrong) TH_LOG("thread %d: %s", i, threads[i].wrong);
		if (i % 2)
			close(threads[i].fd);
	}
	EXPECT_SENT(NR_THREADS * NR_ROUNDS);
}

TEST_F(sev_guest, state_is_ready)
{
	char state[64] = "";
	FILE *f = fopen(STATE, "r");

	if (self->before < 0)
		SKIP(return, NOT_OURS);
	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(state, sizeof(state), f));
	fclose(f);
	EXPECT_STREQ("ready\n", state);
}

TEST_HARNESS_MAIN
