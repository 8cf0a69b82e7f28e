// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the SVSM's protocols: lists, versions, attestation requests,
 * manifests, TPM commands, all of them hostile, too.
 */
#include <kselftest_harness.h>

#include "guest_layout.h"
#include "guest_svsm_proto.h"

/* PVALIDATE lists. */

struct seen {
	unsigned int calls, fail_at;
	struct svsm_pvalidate_op op[600];
};

static uint64_t record(void *opaque, const struct svsm_pvalidate_op *op)
{
	struct seen *s = opaque;

	s->op[s->calls++] = *op;
	return s->calls == s->fail_at ? SNP_SVSM_PVALIDATE_SIZEMISMATCH : SNP_SVSM_SUCCESS;
}

FIXTURE(list) {
	uint8_t page[SNP_PAGE_SIZE];
	struct snp_svsm_pvalidate *l;
	struct seen s;
};

FIXTURE_SETUP(list)
{
	memset(self, 0, sizeof(*self));
	self->l = (struct snp_svsm_pvalidate *)(self->page + 8);
}

FIXTURE_TEARDOWN(list)
{
}

TEST_F(list, entries_are_decoded_in_order)
{
	self->l->entries = 3;
	self->l->entry[0] = 0x12345004;
	self->l->entry[1] = 0x400001;
	self->l->entry[2] = 0x200000 | 5 | 8;
	EXPECT_EQ(0, svsm_pvalidate_run(self->page, 8, record, &self->s));
	EXPECT_EQ(3, self->l->next);
	ASSERT_EQ(3, self->s.calls);
	EXPECT_EQ(0x12345000, self->s.op[0].gpa);
	EXPECT_TRUE(self->s.op[0].validate && !self->s.op[0].size_2m && !self->s.op[0].ignore_cf);
	EXPECT_TRUE(!self->s.op[1].validate && self->s.op[1].size_2m);
	EXPECT_TRUE(self->s.op[2].validate && self->s.op[2].size_2m && self->s.op[2].ignore_cf);
}

TEST_F(list, cursor_names_the_entry_that_failed)
{
	self->l->entries = 4;
	self->l->next = 1;
	self->s.fail_at = 2;
	EXPECT_EQ(SNP_SVSM_PVALIDATE_SIZEMISMATCH,
		  svsm_pvalidate_run(self->page, 8, record, &self->s));
	EXPECT_EQ(2, self->l->next);
	EXPECT_EQ(2, self->s.calls);
}

TEST_F(list, header_is_bounded)
{
	const struct { uint16_t entries, next; uint32_t reserved, offset; } bad[] = {
		{ 0, 0, 0, 8 }, { 1, 1, 0, 8 }, { 1, 0xffff, 0, 8 }, { 511, 0, 0, 8 },
		{ 0xffff, 0, 0, 8 }, { 1, 0, 1, 8 }, { 1, 0, 0, 4 }, { 1, 0, 0, 4096 - 8 },
		{ 1, 0, 0, 4096 }, { 1, 0, 0, ~7u }, { 2, 0, 0, 4096 - 16 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct snp_svsm_pvalidate head = { bad[i].entries, bad[i].next, bad[i].reserved };

		memset(self->page, 0, sizeof(self->page));
		if (bad[i].offset <= SNP_PAGE_SIZE - 8)
			memcpy(self->page + bad[i].offset, &head, sizeof(head));
		EXPECT_EQ(SNP_SVSM_INVALID_PARAMETER,
			  svsm_pvalidate_run(self->page, bad[i].offset, record, &self->s));
	}
	EXPECT_EQ(0, self->s.calls);
}

TEST_F(list, as_many_as_a_calling_area_holds)
{
	self->l->entries = SNP_SVSM_PVALIDATE_MAX;
	EXPECT_EQ(0, svsm_pvalidate_run(self->page, 8, record, &self->s));
	EXPECT_EQ(SNP_SVSM_PVALIDATE_MAX, self->s.calls);
}

TEST_F(list, bad_entries_are_refused)
{
	const uint64_t bad[] = { 0x1002, 0x1003, 0x1014, 0x1804, 0x1001, 0x201005 };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		self->l->entries = 1;
		self->l->next = 0;
		self->l->entry[0] = bad[i];
		EXPECT_EQ(SNP_SVSM_INVALID_PARAMETER,
			  svsm_pvalidate_run(self->page, 8, record, &self->s));
		EXPECT_EQ(0, self->l->next);
	}
	EXPECT_EQ(0, self->s.calls);
}

/* Versions. */

TEST(protocols_exist_in_version_1)
{
	EXPECT_EQ(0x100000001, svsm_query(1, false));
	EXPECT_EQ(0x100000001, svsm_query(0x100000001, false));
	EXPECT_EQ(0, svsm_query(0x200000001, false));
	EXPECT_EQ(0x100000001, svsm_query(0x200000001, true));
	EXPECT_EQ(0, svsm_query(0x300000001, true));
	EXPECT_EQ(0, svsm_query(0, true));
	EXPECT_EQ(0, svsm_query(2, true));
}

/* Attestation. */

static struct snp_svsm_attest good_request(void)
{
	static const uint8_t vtpm[16] = SNP_SVSM_GUID_VTPM;
	struct snp_svsm_attest a = {
		.report = { 0x1000, 4096, 0 },
		.nonce = { 0x2fc0, 64, 0 },
		.manifest = { 0x3000, 4096, 0 },
		.certs = { 0x4000, 0x4000, 0 },
	};

	memcpy(a.guid, vtpm, sizeof(vtpm));
	return a;
}

TEST(attestation_request_is_checked)
{
	struct snp_svsm_attest a = good_request();

	EXPECT_EQ(0, svsm_attest_check(&a, false));
	EXPECT_EQ(0, svsm_attest_check(&a, true));
#define BAD(member, value, single, code) do {				\
	a = good_request();						\
	a.member = (value);						\
	EXPECT_EQ(code, svsm_attest_check(&a, single));			\
} while (0)
	BAD(report.gpa, 0x1001, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(report.gpa, ~0xfffULL, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(report.reserved, 1, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(manifest.gpa, 0x3008, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(manifest.reserved, 1, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(certs.gpa, 0x4010, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(certs.len, 0x4001, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(certs.len, 0, false, SNP_SVSM_SUCCESS);
	BAD(nonce.len, 63, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(nonce.len, 0x10040, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(nonce.gpa, 0x2fc1, false, SNP_SVSM_INVALID_PARAMETER);
	BAD(manifest_version, 1, false, SNP_SVSM_SUCCESS);
	BAD(manifest_version, 1, true, SNP_SVSM_INVALID_PARAMETER);
	BAD(reserved, 1, true, SNP_SVSM_INVALID_PARAMETER);
	BAD(guid[15], 0, true, SNP_SVSM_UNSUPPORTED_PROTOCOL);
}

TEST(what_does_not_fit_is_known)
{
	struct snp_svsm_attest a = good_request();

	EXPECT_TRUE(svsm_attest_fits(&a, 4096, 0x4000, 4096));
	EXPECT_FALSE(svsm_attest_fits(&a, 4097, 0, 1184));
	EXPECT_FALSE(svsm_attest_fits(&a, 24, 0x4001, 1184));
	EXPECT_FALSE(svsm_attest_fits(&a, 24, 0, 4097));
	a.certs.len = 0;
	EXPECT_TRUE(svsm_attest_fits(&a, 24, 5000, 1184));
}

TEST(manifest_has_a_row_for_each_service)
{
	static const uint8_t guid[16] = SNP_SVSM_GUID_SERVICES, ek[5] = "EKpub";
	uint8_t out[64];
	struct snp_svsm_manifest *m = (struct snp_svsm_manifest *)out;

	EXPECT_EQ(24, svsm_manifest(out, sizeof(out), NULL, 0));
	EXPECT_EQ(0, memcmp(guid, m->guid, 16));
	EXPECT_EQ(24, m->length);
	EXPECT_EQ(0, m->count);
	EXPECT_EQ(53, svsm_manifest(out, sizeof(out), ek, 5));
	EXPECT_EQ(53, m->length);
	EXPECT_EQ(1, m->count);
	EXPECT_EQ(48, m->service[0].offset);
	EXPECT_EQ(5, m->service[0].length);
	EXPECT_EQ(0, memcmp(ek, out + 48, 5));
	EXPECT_EQ(0, svsm_manifest(out, 52, ek, 5));
	EXPECT_EQ(0, svsm_manifest(out, 23, NULL, 0));
}

/* The TPM. */

TEST(tpm_frames_are_bounded)
{
	struct snp_svsm_vtpm_request r = { .command = 8, .size = 10 };

	EXPECT_EQ(0, svsm_vtpm_check(&r));
	r.size = sizeof(r.data);
	EXPECT_EQ(0, svsm_vtpm_check(&r));
	r.size++;
	EXPECT_EQ(SNP_SVSM_INVALID_PARAMETER, svsm_vtpm_check(&r));
	r.size = 9;
	EXPECT_EQ(SNP_SVSM_INVALID_PARAMETER, svsm_vtpm_check(&r));
	r.size = 10;
	r.locality = 1;
	EXPECT_EQ(SNP_SVSM_INVALID_PARAMETER, svsm_vtpm_check(&r));
	r.locality = 0;
	r.command = 1;
	EXPECT_EQ(SNP_SVSM_UNSUPPORTED_CALL, svsm_vtpm_check(&r));
}

TEST(endorsement_key_is_asked_for_and_found)
{
	uint8_t cmd[512], rsp[64] = { 0x80, 0x02, 0, 0, 0, 30, 0, 0, 0, 0, 0x80, 0, 0, 1,
				      0, 0, 0, 12, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	uint32_t handle = 0;
	size_t len = svsm_tpm_create_ek(cmd, sizeof(cmd)), public_len = 0;

	EXPECT_EQ(355, len);
	EXPECT_EQ(0x163, cmd[4] << 8 | cmd[5]);
	EXPECT_EQ(0x131, cmd[8] << 8 | cmd[9]);
	EXPECT_EQ(0, svsm_tpm_create_ek(cmd, 354));

	EXPECT_EQ(rsp + 20, svsm_tpm_created(rsp, 30, &handle, &public_len));
	EXPECT_EQ(0x80000001, handle);
	EXPECT_EQ(10, public_len);
	EXPECT_EQ(NULL, svsm_tpm_created(rsp, 29, &handle, &public_len));
	EXPECT_EQ(NULL, svsm_tpm_created(rsp, 10, &handle, &public_len));
	rsp[19] = 11;
	EXPECT_EQ(NULL, svsm_tpm_created(rsp, 30, &handle, &public_len));
	rsp[19] = 0;
	EXPECT_EQ(NULL, svsm_tpm_created(rsp, 30, &handle, &public_len));
	rsp[19] = 10;
	rsp[9] = 1;
	EXPECT_EQ(NULL, svsm_tpm_created(rsp, 30, &handle, &public_len));
}

TEST(platform_hierarchy_gets_a_password)
{
	const uint8_t auth[4] = { 1, 2, 3, 4 }, want[] = {
		0x80, 0x02, 0, 0, 0, 33, 0, 0, 0x01, 0x29, 0x40, 0, 0, 0x0c,
		0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4,
	};
	uint8_t cmd[64], rsp[19] = { 0x80, 0x02, 0, 0, 0, 19 };

	ASSERT_EQ(sizeof(want), svsm_tpm_lock_platform(cmd, sizeof(cmd), auth, sizeof(auth)));
	EXPECT_EQ(0, memcmp(want, cmd, sizeof(want)));
	EXPECT_EQ(0, svsm_tpm_lock_platform(cmd, 32, auth, sizeof(auth)));

	EXPECT_TRUE(svsm_tpm_succeeded(rsp, 19));
	EXPECT_FALSE(svsm_tpm_succeeded(rsp, 18));
	EXPECT_FALSE(svsm_tpm_succeeded(rsp, 9));
	EXPECT_FALSE(svsm_tpm_succeeded(rsp, 0));
	rsp[9] = 0xa2;
	EXPECT_FALSE(svsm_tpm_succeeded(rsp, 19));
}

/* Where it is. */

TEST(svsm_has_memory_that_is_nobody_elses)
{
	struct layout_e820 map[4] = {
		{ 0, 0x90000, 1 }, { 0x100000, 0x1ff00000, 1 }, { 0x20000000, 0x1000, 2 },
	};
	unsigned int nr = 3;
	uint64_t gpa = 0;

	EXPECT_EQ(NULL, layout_svsm_reserve(map, &nr, 4, 0x1f000000, &gpa));
	EXPECT_EQ(0x1efff000, gpa);
	ASSERT_EQ(4, nr);
	EXPECT_EQ(0x1eeff000, map[1].size);
	EXPECT_EQ(0x1f000000, map[2].addr);
	EXPECT_EQ(0x1000000, map[2].size);
	EXPECT_EQ(2, map[3].type);
	EXPECT_NE(NULL, layout_svsm_reserve(map, &nr, 4, 0x1e000000, &gpa));
	nr = 1;
	EXPECT_NE(NULL, layout_svsm_reserve(map, &nr, 4, 0, &gpa));
}

TEST(svsm_is_part_of_the_measurement)
{
	struct launch_input in = { .ram_size = 0x20000000, .kernel_len = 0x1000,
				   .cmdline_gpa = 0x20000, .svsm_gpa = 0x1efff000 };
	struct launch_plan plan;

	ASSERT_EQ(NULL, layout_plan(&plan, &in));
	EXPECT_STREQ("svsm", plan.range[plan.nr - 3].source);
	EXPECT_EQ(0x1efff000, plan.range[plan.nr - 3].gpa);
	EXPECT_EQ(SNP_PAGE_TYPE_ZERO, plan.range[plan.nr - 2].type);
	in.svsm_gpa = LAYOUT_KERNEL;
	EXPECT_NE(NULL, layout_plan(&plan, &in));
}

TEST_HARNESS_MAIN
