// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a guest on a host: launch, measurement, ID block, messages, status,
 * end.  The program plays the guest, too: with a policy that permits debugging
 * the firmware decrypts the secrets page, and with the keys in it messages are
 * exchanged that only guest and firmware can make.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <snp/report.h>

#include "kselftest_harness.h"

#include "vmm.h"

/* The digest that the owner of the image works out for himself. */
static void extend(uint8_t ld[48], uint8_t type, uint64_t gpa, const void *content)
{
	struct snp_page_info info = { .length = sizeof(info), .page_type = type, .gpa = gpa };

	memcpy(info.digest_cur, ld, sizeof(info.digest_cur));
	if (content)
		sha384(content, SNP_PAGE_SIZE, info.contents);
	sha384(&info, sizeof(info), ld);
}

static void owners_digest(const struct image *im, uint8_t ld[48])
{
	unsigned int i;

	memset(ld, 0, 48);
	for (i = 0; i < NR_IMAGE; i++)
		extend(ld, SNP_PAGE_TYPE_NORMAL, GPA_IMAGE + i * 0x1000ULL, im->code[i]);
	extend(ld, SNP_PAGE_TYPE_SECRETS, GPA_SECRETS, NULL);
	extend(ld, SNP_PAGE_TYPE_CPUID, GPA_CPUID, NULL);
	extend(ld, SNP_PAGE_TYPE_VMSA, SNP_VMSA_GPA, &im->vmsa);
}

FIXTURE(guest)
{
	int fd;
	struct image *im;
	struct snp_msg req, rsp;
	long quarantined;
};

FIXTURE_SETUP(guest)
{
	self->fd = vmm_open();
	ASSERT_GE(self->fd, 0) TH_LOG("/dev/snp_vmm: %m");
	self->im = image_new(POLICY_DEBUG);
	self->quarantined = nr_quarantined();
	ASSERT_GE(self->quarantined, 0);
}

FIXTURE_TEARDOWN(guest)
{
	close(self->fd);
	free(self->im);
	EXPECT_EQ(self->quarantined, nr_quarantined());
}

static int carry(int fd, const struct snp_msg *req, struct snp_msg *rsp, uint32_t *status)
{
	struct vmm_request r = { .req = (uintptr_t)req, .rsp = (uintptr_t)rsp };
	int err = ioctl(fd, VMM_REQUEST, &r) ? errno : 0;

	*status = r.fw_status;
	return err;
}

static int decrypt(int fd, uint64_t gpa, void *page, uint32_t *status)
{
	struct vmm_page p = { .gpa = gpa, .out = (uintptr_t)page };
	int err = ioctl(fd, VMM_DBG, &p) ? errno : 0;

	*status = p.fw_status;
	return err;
}

static bool zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	while (len--)
		if (*b++)
			return false;
	return true;
}

TEST_F_TIMEOUT(guest, launch_takes_one_update_for_2_mib, TIMEOUT_S)
{
	char line[256];
	uint64_t pfn;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im))
		TH_LOG("command %#x status %#x", self->im->launch.cmd, self->im->launch.fw_status);
	EXPECT_EQ(1 + 3 + 3, self->im->launch.nr_updates);
	EXPECT_EQ(0, self->im->launch.cmd);
	EXPECT_NE(0, self->im->launch.asid);
	EXPECT_EQ(self->im->launch.asid, (uint32_t)ioctl(self->fd, VMM_ASID));

	ASSERT_EQ(0, vmm_pfn(self->fd, GPA_IMAGE + 0x5000, &pfn));
	ASSERT_EQ(0, rmp_entry(pfn, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, "size 2M")) TH_LOG("%s", line);
	EXPECT_NE(NULL, strstr(line, "gpa 0x205000")) TH_LOG("%s", line);
	ASSERT_EQ(0, vmm_pfn(self->fd, GPA_IMAGE + 512 * 0x1000ULL, &pfn));
	ASSERT_EQ(0, rmp_entry(pfn, line, sizeof(line)));
	EXPECT_NE(NULL, strstr(line, "size 4K")) TH_LOG("%s", line);
}

TEST_F_TIMEOUT(guest, host_and_owner_expect_the_same_digest, TIMEOUT_S)
{
	uint8_t ld[48];

	owners_digest(self->im, ld);
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	EXPECT_EQ(0, memcmp(ld, self->im->launch.digest, sizeof(ld)));
}

TEST_F_TIMEOUT(guest, digest_is_computed_only_when_wanted, TIMEOUT_S)
{
	self->im->launch.flags = 0;
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	EXPECT_TRUE(zero(self->im->launch.digest, 48));
}

TEST_F_TIMEOUT(guest, status_is_the_firmwares, TIMEOUT_S)
{
	struct vmm_status st;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, ioctl(self->fd, VMM_STATUS, &st)) TH_LOG("%m");
	EXPECT_EQ(POLICY_DEBUG, st.policy);
	EXPECT_EQ(self->im->launch.asid, st.asid);
	EXPECT_EQ(SNP_GUEST_STATE_RUNNING, st.state);
}

TEST_F_TIMEOUT(guest, report_over_the_proxy_has_the_expected_measurement, TIMEOUT_S)
{
	struct snp_msg_report_rsp *rsp = (struct snp_msg_report_rsp *)self->rsp.payload;
	struct snp_secrets_page secrets;
	struct snp_report *report;
	uint32_t status;
	uint64_t seqno;

	memset(self->im->launch.host_data, 0x77, 32);
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status)) TH_LOG("%#x", status);
	for (seqno = 1; seqno < 6; seqno += 2) {
		msg_report_req(&self->req, 0, seqno, seqno);
		ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));
		ASSERT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status))
			TH_LOG("%#x", status);
		EXPECT_EQ(seqno + 1, self->rsp.hdr.msg_seqno);
		ASSERT_TRUE(msg_open(secrets.vmpck[0], &self->rsp));
		ASSERT_EQ(0, rsp->status);
		report = (struct snp_report *)rsp->report;
		EXPECT_EQ(seqno, report->report_data[0]);
		EXPECT_EQ(POLICY_DEBUG, report->policy);
		EXPECT_EQ(0x77, report->host_data[31]);
		EXPECT_EQ(0, memcmp(report->measurement, self->im->launch.digest, 48));
	}
}

TEST_F_TIMEOUT(guest, sleep_is_refused_while_a_guest_lives, TIMEOUT_S)
{
	struct snp_secrets_page secrets;
	uint32_t status;

	ASSERT_EQ(0, write_file("/sys/power/pm_test", "devices"));
	ASSERT_EQ(0, write_file("/sys/module/suspend/parameters/pm_test_delay", "1"));
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	log_mark();
	EXPECT_EQ(EBUSY, write_file("/sys/power/state", "mem"));
	EXPECT_TRUE(log_find("no suspend while there are SNP guests \\(1\\)", NULL, 0));

	/* Nothing has happened to it, and others may come. */
	msg_report_req(&self->req, 0, 1, 0);
	ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));
	EXPECT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status)) TH_LOG("%#x", status);
	EXPECT_TRUE(msg_open(secrets.vmpck[0], &self->rsp));
	ASSERT_EQ(0, ioctl(self->fd, VMM_END));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, ioctl(self->fd, VMM_END));

	log_mark();
	EXPECT_EQ(0, write_file("/sys/power/state", "mem"));
	EXPECT_TRUE(log_find("SNP shut down", NULL, 0));
	EXPECT_TRUE(log_find("SNP is up: API", NULL, 0));
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_F_TIMEOUT(guest, message_under_a_wrong_key_gets_the_firmwares_status, TIMEOUT_S)
{
	static const uint8_t wrong[32] = { 1 };
	struct snp_secrets_page secrets;
	uint32_t status;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	msg_report_req(&self->req, 0, 1, 0);
	ASSERT_TRUE(msg_seal(wrong, &self->req));
	memset(&self->rsp, 0x5a, sizeof(self->rsp));
	EXPECT_EQ(EIO, carry(self->fd, &self->req, &self->rsp, &status));
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, status);
	EXPECT_TRUE(zero(&self->rsp, sizeof(self->rsp)));

	/* The guest can go on with the same number. */
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	msg_report_req(&self->req, 0, 1, 0);
	ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));
	EXPECT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status));
}

TEST_F_TIMEOUT(guest, message_sent_twice_is_refused, TIMEOUT_S)
{
	struct snp_secrets_page secrets;
	uint32_t status;

	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	msg_report_req(&self->req, 1, 1, 0);
	ASSERT_TRUE(msg_seal(secrets.vmpck[1], &self->req));
	ASSERT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status));
	EXPECT_EQ(EIO, carry(self->fd, &self->req, &self->rsp, &status));
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, status);
	EXPECT_TRUE(zero(&self->rsp, sizeof(self->rsp)));
}

/* MESSAGE_LIMIT is what softsnp run --message-limit says. */
TEST_F_TIMEOUT(guest, too_many_messages_get_the_firmwares_status, TIMEOUT_S)
{
	const char *limit = getenv("MESSAGE_LIMIT");
	struct snp_secrets_page secrets, secrets2;
	struct image *im2;
	unsigned int burst, ms, i;
	uint32_t status;
	int fd2;

	if (!limit || sscanf(limit, "%u,%u", &burst, &ms) != 2)
		SKIP(return, "there is no limit");
	im2 = image_new(POLICY_DEBUG);
	fd2 = vmm_open();
	ASSERT_GE(fd2, 0);
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, vmm_launch(fd2, im2));
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	ASSERT_EQ(0, decrypt(fd2, GPA_SECRETS, &secrets2, &status));
	for (i = 0; i <= burst; i++) {
		msg_report_req(&self->req, 0, 2 * i + 1, i);
		ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));
		memset(&self->rsp, 0x5a, sizeof(self->rsp));
		if (i == burst)
			break;
		ASSERT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status))
			TH_LOG("message %u: %#x", i, status);
	}
	EXPECT_EQ(EIO, carry(self->fd, &self->req, &self->rsp, &status));
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, status);
	EXPECT_TRUE(zero(&self->rsp, sizeof(self->rsp)));

	/* It is the one guest's limit. */
	msg_report_req(&self->rsp, 0, 1, 0);
	ASSERT_TRUE(msg_seal(secrets2.vmpck[0], &self->rsp));
	EXPECT_EQ(0, carry(fd2, &self->rsp, &self->rsp, &status));

	/* The same message once more; that was not a second one with its number. */
	usleep(ms * 1000);
	EXPECT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status));
	EXPECT_TRUE(msg_open(secrets.vmpck[0], &self->rsp));
	close(fd2);
	free(im2);
}

TEST_F_TIMEOUT(guest, size_query_costs_no_sequence_number, TIMEOUT_S)
{
	static uint8_t certs[2 * SNP_PAGE_SIZE], table[SNP_PAGE_SIZE + 100];
	struct snp_cert_row *row = (struct snp_cert_row *)table;
	struct vmm_certs set = { .table = (uintptr_t)table, .len = sizeof(table) };
	struct vmm_request r = { .req = (uintptr_t)&self->req, .rsp = (uintptr_t)&self->rsp,
				 .certs = (uintptr_t)certs };
	struct snp_secrets_page secrets;
	uint32_t status;

	memset(table + 48, 0xc7, sizeof(table) - 48);
	row->guid[0] = 1;
	row->offset = 48;
	row->length = sizeof(table) - 48;
	ASSERT_EQ(0, ioctl(self->fd, VMM_SET_CERTS, &set));
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	msg_report_req(&self->req, 0, 1, 9);
	ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));

	for (r.nr_cert_pages = 0; r.nr_cert_pages < 2;) {
		ASSERT_EQ(-1, ioctl(self->fd, VMM_EXT_REQUEST, &r));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(0, r.fw_status);
		EXPECT_EQ(2, r.nr_cert_pages);
		EXPECT_TRUE(zero(certs, sizeof(certs)));
	}
	ASSERT_EQ(0, ioctl(self->fd, VMM_EXT_REQUEST, &r)) TH_LOG("%m, %#x", r.fw_status);
	EXPECT_EQ(0, memcmp(certs, table, sizeof(table)));
	EXPECT_TRUE(zero(certs + sizeof(table), sizeof(certs) - sizeof(table)));
	EXPECT_TRUE(msg_open(secrets.vmpck[0], &self->rsp));

	/* A request that fails brings no certificates. */
	ASSERT_EQ(-1, ioctl(self->fd, VMM_EXT_REQUEST, &r));
	EXPECT_EQ(EIO, errno);
	EXPECT_TRUE(zero(certs, sizeof(certs)));

	/* What is no table does not replace one. */
	row->offset = 1;
	ASSERT_EQ(-1, ioctl(self->fd, VMM_SET_CERTS, &set));
	EXPECT_EQ(EINVAL, errno);
	set.len = 0x4001;
	ASSERT_EQ(-1, ioctl(self->fd, VMM_SET_CERTS, &set));
	set.table = 0;
	ASSERT_EQ(0, ioctl(self->fd, VMM_SET_CERTS, &set));
	r.nr_cert_pages = 2;
	ASSERT_EQ(-1, ioctl(self->fd, VMM_EXT_REQUEST, &r));
	EXPECT_EQ(0, r.nr_cert_pages);
}

TEST_F_TIMEOUT(guest, debugging_needs_the_policy, TIMEOUT_S)
{
	struct snp_secrets_page page;
	uint32_t status;

	self->im->launch.policy = POLICY;
	ASSERT_EQ(0, vmm_launch(self->fd, self->im));
	memset(&page, 0x5a, sizeof(page));
	EXPECT_EQ(EPERM, decrypt(self->fd, GPA_SECRETS, &page, &status));
	EXPECT_TRUE(zero(&page, sizeof(page)));
}

TEST_F_TIMEOUT(guest, id_block_with_the_digest_is_accepted_and_another_is_not, TIMEOUT_S)
{
	struct snp_id_block block = { .version = SNP_ID_BLOCK_VERSION, .policy = POLICY_DEBUG,
				      .guest_svn = 7 };
	struct snp_msg_report_rsp *rsp = (struct snp_msg_report_rsp *)self->rsp.payload;
	struct vmm_launch *l = &self->im->launch;
	struct snp_secrets_page secrets;
	struct snp_report *report;
	struct snp_id_auth auth;
	uint8_t key_digest[48];
	uint32_t status;

	owners_digest(self->im, block.ld);
	l->id_block = (uintptr_t)&block;
	l->id_auth = (uintptr_t)&auth;
	l->flags |= VMM_AUTHOR_KEY;

	block.ld[0] ^= 1;
	ASSERT_TRUE(id_sign(&block, &auth, true));
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(SNP_FW_SNP_LAUNCH_FINISH, l->cmd);
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, l->fw_status);
	EXPECT_TRUE(zero(l->digest, 48));

	block.ld[0] ^= 1;
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(SNP_FW_BAD_SIGNATURE, l->fw_status);

	ASSERT_TRUE(id_sign(&block, &auth, true));
	ASSERT_EQ(0, vmm_launch(self->fd, self->im)) TH_LOG("%#x: %#x", l->cmd, l->fw_status);
	ASSERT_EQ(0, decrypt(self->fd, GPA_SECRETS, &secrets, &status));
	msg_report_req(&self->req, 0, 1, 0);
	ASSERT_TRUE(msg_seal(secrets.vmpck[0], &self->req));
	ASSERT_EQ(0, carry(self->fd, &self->req, &self->rsp, &status));
	ASSERT_TRUE(msg_open(secrets.vmpck[0], &self->rsp));
	report = (struct snp_report *)rsp->report;
	EXPECT_EQ(7, report->guest_svn);
	sha384(&auth.id_key, sizeof(auth.id_key), key_digest);
	EXPECT_EQ(0, memcmp(key_digest, report->id_key_digest, 48));
}

TEST_F_TIMEOUT(guest, arguments_that_contradict_each_other_are_refused, TIMEOUT_S)
{
	struct vmm_launch *l = &self->im->launch, good = *l;

	l->id_block = (uintptr_t)self->im->cpuid;
	EXPECT_EQ(EINVAL, vmm_launch(self->fd, self->im));
	*l = good;
	l->id_auth = (uintptr_t)self->im->cpuid;
	EXPECT_EQ(EINVAL, vmm_launch(self->fd, self->im));
	*l = good;
	l->flags |= VMM_AUTHOR_KEY;
	EXPECT_EQ(EINVAL, vmm_launch(self->fd, self->im));
	*l = good;
	l->policy |= SNP_POLICY_MIGRATE_MA;
	EXPECT_EQ(EOPNOTSUPP, vmm_launch(self->fd, self->im));
	*l = good;
	l->policy = SNP_POLICY_SMT;
	EXPECT_EQ(EIO, vmm_launch(self->fd, self->im));
	EXPECT_EQ(SNP_FW_SNP_LAUNCH_START, l->cmd);
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, l->fw_status);
	*l = good;
	EXPECT_EQ(0, vmm_launch(self->fd, self->im));
}

TEST_HARNESS_MAIN
