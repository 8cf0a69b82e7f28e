// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl host and guest, against a device that answers as told.
 */
#include <errno.h>
#include <kselftest_harness.h>
#include <sys/stat.h>

#include "capture.h"
#include "fake_device.h"
#include "snpctl.h"

FIXTURE(guest)
{
	struct output o;
	char *dir, *out;
};

FIXTURE_SETUP(guest)
{
	self->dir = make_dir();
	self->out = path_in(self->dir, "report");
	fake = (struct fake_device){ .payload_size = SNP_REPORT_LEN, .echo = true };
	fake.report.version = 3;
	fake.report.signature_algo = 1;
}

FIXTURE_TEARDOWN(guest)
{
	remove_dir(self->dir);
}

static int report(struct output *o, char *out)
{
	return capture(o, cmd_guest, ARGS("snpctl guest", "report", "--nonce", "00ff10", "--out", out));
}

TEST_F(guest, report_is_written)
{
	struct snp_report r;
	FILE *f;

	ASSERT_EQ(0, report(&self->o, self->out)) TH_LOG("%s", self->o.err);
	f = fopen(self->out, "r");
	ASSERT_NE(NULL, f);
	ASSERT_EQ(sizeof(r), fread(&r, 1, sizeof(r), f));
	EXPECT_EQ(EOF, fgetc(f));
	EXPECT_EQ(0x00, r.report_data[0]);
	EXPECT_EQ(0xff, r.report_data[1]);
	EXPECT_EQ(0x10, r.report_data[2]);
	EXPECT_EQ(0x00, r.report_data[3]);
	EXPECT_EQ(1, count_files(self->dir));
}

TEST_F(guest, vmpl_and_nonce_file_are_sent)
{
	char *nonce = path_in(self->dir, "nonce");
	uint8_t data[64];
	int status;

	memset(data, 7, sizeof(data));
	put_file(nonce, data, sizeof(data));
	status = capture(&self->o, cmd_guest, ARGS("snpctl guest", "report", "-f", nonce,
						   "--vmpl", "2", "--out", self->out));
	EXPECT_EQ(0, status) TH_LOG("%s", self->o.err);
	EXPECT_EQ(2, count_files(self->dir));
}

#define GUEST_FAILS(name, change, because)					\
	TEST_F(guest, name)							\
	{									\
		change;								\
		EXPECT_EQ(SNPCTL_TROUBLE, report(&self->o, self->out));		\
		EXPECT_NE(NULL, strstr(self->o.err, because))			\
			TH_LOG("%s", self->o.err);				\
		EXPECT_EQ(0, count_files(self->dir));				\
	}

GUEST_FAILS(no_device, fake.open_errno = ENOENT, "is this an SNP guest")
GUEST_FAILS(payload_status_is_named, fake.payload_status = 0x16, "0x16 INVALID_PARAM")
GUEST_FAILS(missing_key_is_named, fake.payload_status = 0x27, "0x27 INVALID_KEY")
GUEST_FAILS(unknown_status, fake.payload_status = 0x99, "0x99 unknown status")
GUEST_FAILS(short_report, fake.payload_size = 0x49f, "1183 bytes long instead of 1184")
GUEST_FAILS(report_of_unknown_version, fake.report.version = 9, "malformed")
GUEST_FAILS(answer_to_another_request, fake.echo = false, "answers another request")
GUEST_FAILS(firmware_error, fake.ioctl_errno = EIO; fake.exitinfo2 = 0x1d, "0x1d AEAD_OFLOW")
GUEST_FAILS(hypervisor_error, fake.ioctl_errno = EIO; fake.exitinfo2 = 2ULL << 32, "(busy)")
GUEST_FAILS(no_result, fake.ioctl_errno = ENODEV; fake.exitinfo2 = UINT64_MAX,
	    "No such device, the hypervisor gave no result")
GUEST_FAILS(answer_not_authentic, fake.ioctl_errno = EBADMSG; fake.exitinfo2 = 0xff,
	    "not authentic")
GUEST_FAILS(other_error, fake.ioctl_errno = ENOTTY, "Inappropriate ioctl")

TEST_F(guest, unwritable_place_leaves_nothing)
{
	char *out = path_in(self->dir, "no/such/dir");

	EXPECT_EQ(SNPCTL_TROUBLE, report(&self->o, out));
	EXPECT_EQ(0, count_files(self->dir));
}

/* As root, a rename would replace the device node by a file. */
TEST_F(guest, what_is_no_file_stays)
{
	char *link = path_in(self->dir, "device");
	struct stat st;

	ASSERT_EQ(0, symlink("/dev/null", link));
	EXPECT_EQ(SNPCTL_TROUBLE, report(&self->o, link));
	EXPECT_NE(NULL, strstr(self->o.err, "not a regular file"));
	ASSERT_EQ(0, lstat(link, &st));
	EXPECT_TRUE(S_ISLNK(st.st_mode));
	EXPECT_EQ(SNPCTL_TROUBLE, report(&self->o, self->dir));
	EXPECT_EQ(1, count_files(self->dir));
}

TEST_F(guest, failure_leaves_the_old_file)
{
	char old[4] = "";
	FILE *f;

	put_file(self->out, "old", 3);
	fake.echo = false;
	EXPECT_EQ(SNPCTL_TROUBLE, report(&self->o, self->out));
	f = fopen(self->out, "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(3, fread(old, 1, sizeof(old), f));
	fclose(f);
	EXPECT_STREQ("old", old);
}

TEST_F(guest, usage)
{
	char *long_nonce = calloc(1, 131);

	memset(long_nonce, 'a', 130);
#define USAGE(...) EXPECT_EQ(SNPCTL_TROUBLE, capture(&self->o, cmd_guest, \
		ARGS("snpctl guest", __VA_ARGS__))) TH_LOG("%s", self->o.out)
	USAGE("report", "--out", self->out);
	USAGE("report", "--nonce", "00");
	USAGE("report", "--nonce", "0", "--out", self->out);
	USAGE("report", "--nonce", "zz", "--out", self->out);
	USAGE("report", "--nonce", "", "--out", self->out);
	USAGE("report", "--nonce", long_nonce, "--out", self->out);
	USAGE("report", "--nonce", "00", "-f", "x", "--out", self->out);
	USAGE("report", "--nonce", "00", "--vmpl", "4", "--out", self->out);
	USAGE("report", "--nonce", "00", "--out", self->out, "--bogus");
	USAGE("frob", "--nonce", "00", "--out", self->out);
	USAGE("report", "-f", "/dev/null", "--out", self->out);
	USAGE("report", "-f", "/dev/zero", "--out", self->out);
	USAGE("report", "-f", self->dir, "--out", self->out);
	EXPECT_EQ(0, count_files(self->dir));
}

FIXTURE(host)
{
	struct output o;
};

FIXTURE_SETUP(host)
{
	(void)self;
	fake = (struct fake_device){
		.sev = { .api_major = 1, .api_minor = 58, .state = 1, .flags = 0x100, .build = 17,
			 .guest_count = 3 },
		.snp = { .api_major = 1, .api_minor = 58, .state = 1, .is_rmp_initialized = 1,
			 .rsvd = 1, .build_id = 17, .vlek_en = 1, .guest_count = 4,
			 .current_tcb_version = 0x7308000000000103ULL,
			 .reported_tcb_version = 0x7308000000000103ULL },
	};
}

FIXTURE_TEARDOWN(host)
{
	(void)self;
}

static int host_status(struct output *o)
{
	return capture(o, cmd_host, ARGS("snpctl host", "status"));
}

/* The value on the line that begins with a name. */
static bool says(const char *out, const char *name, const char *value)
{
	char line[128];

	snprintf(line, sizeof(line), "\n  %-22s %s\n", name, value);
	return strstr(out, line);
}

TEST_F(host, every_field_is_printed)
{
	ASSERT_EQ(0, host_status(&self->o));
	EXPECT_TRUE(says(self->o.out, "firmware", "1.58 build 17"));
	EXPECT_TRUE(says(self->o.out, "state", "1 (INIT)"));
	EXPECT_TRUE(says(self->o.out, "owner", "self owned"));
	EXPECT_TRUE(says(self->o.out, "SEV-ES set up", "yes"));
	EXPECT_TRUE(says(self->o.out, "guests", "3"));
	EXPECT_TRUE(says(self->o.out, "RMP initialised", "yes"));
	EXPECT_TRUE(says(self->o.out, "alias check passed", "yes"));
	EXPECT_TRUE(says(self->o.out, "chip id masked", "no"));
	EXPECT_TRUE(says(self->o.out, "chip key masked", "no"));
	EXPECT_TRUE(says(self->o.out, "VLEK loaded", "yes"));
	EXPECT_TRUE(says(self->o.out, "guests", "4"));
	EXPECT_TRUE(says(self->o.out, "TCB, current", "0x7308000000000103"));
	EXPECT_TRUE(says(self->o.out, "TCB, reported", "0x7308000000000103"));
	EXPECT_EQ(NULL, strstr(self->o.out, "unknown flags"));
}

TEST_F(host, unknown_bits_are_shown_as_such)
{
	fake.sev.flags = 0x10000;
	fake.sev.state = 9;
	fake.snp.rsvd1 = 1;
	fake.snp.rsvd = 4;
	ASSERT_EQ(0, host_status(&self->o));
	EXPECT_TRUE(says(self->o.out, "state", "9 (unknown)"));
	EXPECT_TRUE(says(self->o.out, "unknown flags", "0x00010000"));
	EXPECT_TRUE(says(self->o.out, "unknown flags", "0x00000080"));
	EXPECT_TRUE(says(self->o.out, "unknown init flags", "0x08"));
}

TEST_F(host, firmware_error_is_named)
{
	fake.fail_cmd = SNP_PLATFORM_STATUS;
	fake.ioctl_errno = EIO;
	fake.sev_error = 0x1a;
	EXPECT_EQ(SNPCTL_TROUBLE, host_status(&self->o));
	EXPECT_NE(NULL, strstr(self->o.err, "SNP_PLATFORM_STATUS failed"));
	EXPECT_NE(NULL, strstr(self->o.err, "0x1a INVALID_PAGE_STATE"));
}

TEST_F(host, no_firmware_call)
{
	fake.fail_cmd = SEV_PLATFORM_STATUS;
	fake.ioctl_errno = ETIMEDOUT;
	fake.sev_error = SEV_RET_NO_FW_CALL;
	EXPECT_EQ(SNPCTL_TROUBLE, host_status(&self->o));
	EXPECT_STREQ("snpctl: SEV_PLATFORM_STATUS failed: Connection timed out\n", self->o.err);
}

TEST_F(host, no_device)
{
	fake.open_errno = ENOENT;
	EXPECT_EQ(SNPCTL_TROUBLE, host_status(&self->o));
	EXPECT_NE(NULL, strstr(self->o.err, "is snp_host or ccp loaded"));
}

TEST_HARNESS_MAIN
