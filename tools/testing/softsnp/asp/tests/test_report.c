// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports and derived keys, as a guest and a relying party see them.
 */
#include <kselftest_harness.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "world.h"

FIXTURE(report) {
	struct world w;
	struct snp_msg rsp;
	uint64_t seqno;
};

FIXTURE_SETUP(report)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	self->seqno = 1;
}

FIXTURE_TEARDOWN(report)
{
	world_exit(&self->w);
}

/* One exchange; NULL when it failed, else the payload of the response. */
static const void *exchange(struct world *w, uint64_t *seqno, struct snp_msg *rsp,
			    unsigned int vmpck, unsigned int type, const void *req, size_t len)
{
	world_put_request(w, vmpck, *seqno, type, req, len);
	if (world_guest_request(w, SPA_GCTX) || world_get_response(w, vmpck, rsp) <= 0)
		return NULL;
	*seqno += 2;
	return rsp->payload;
}

#define REPORT(...) ({ \
	const struct snp_msg_report_req req_ = { __VA_ARGS__ }; \
	const struct snp_msg_report_rsp *out_ = exchange(&self->w, &self->seqno, &self->rsp, 0, \
		SNP_MSG_REPORT_REQ, &req_, sizeof(req_)); \
	ASSERT_NE(NULL, out_); \
	out_; \
})

/* Verified the way a relying party does it, with the certificate's key. */
static bool signature_fits(const struct snp_report *r)
{
	FILE *f = fopen(PKI_DIR "/vcek.pem", "r");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	bool ok = false;
	int len;

	if (!cert || !sig || !ctx)
		goto out;
	ECDSA_SIG_set0(sig, BN_lebin2bn(r->signature_r, 72, NULL),
		       BN_lebin2bn(r->signature_s, 72, NULL));
	len = i2d_ECDSA_SIG(sig, &der);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL, X509_get0_pubkey(cert)) == 1 &&
	     EVP_DigestVerify(ctx, der, len, (const uint8_t *)r, 0x2a0) == 1;
out:
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(sig);
	X509_free(cert);
	if (f)
		fclose(f);
	return ok;
}

TEST_F(report, report_is_well_formed_and_signed_by_the_vcek)
{
	const struct snp_msg_report_rsp *out = REPORT(.report_data = { 1, 2, 3 }, .vmpl = 1);
	struct snp_report r;
	uint8_t chip_id[64];
	unsigned int i;
	FILE *f;

	EXPECT_EQ(0, out->status);
	EXPECT_EQ(0x4a0, out->report_size);
	memcpy(&r, out->report, sizeof(r));
	EXPECT_EQ(SNP_REPORT_OK, snp_report_check(&r, sizeof(r)));
	EXPECT_TRUE(signature_fits(&r));

	EXPECT_EQ(3, r.version);
	EXPECT_EQ(POLICY, r.policy);
	EXPECT_EQ(1, r.vmpl);
	EXPECT_EQ(1, r.report_data[0]);
	EXPECT_EQ(3, r.report_data[2]);
	EXPECT_EQ(0xaa, r.host_data[0]);
	EXPECT_EQ(asp_config_default(ASP_MILAN).current_tcb, r.current_tcb);
	EXPECT_EQ(asp_config_default(ASP_MILAN).current_tcb, r.launch_tcb);
	EXPECT_EQ(asp_config_default(ASP_MILAN).committed_tcb, r.reported_tcb);
	EXPECT_EQ(asp_config_default(ASP_MILAN).committed_tcb, r.committed_tcb);
	EXPECT_EQ(asp_config_default(ASP_MILAN).platform_info, r.platform_info);
	EXPECT_EQ(0x19, r.cpuid_family);
	EXPECT_EQ(1, r.cpuid_model);
	EXPECT_EQ(1, r.cpuid_stepping);
	EXPECT_EQ(asp_config_default(ASP_MILAN).api_minor, r.current_minor);
	EXPECT_EQ(0, r.flags);
	for (i = 0; i < 32; i++)
		EXPECT_EQ(0xff, r.report_id_ma[i]);
	f = fopen(PKI_DIR "/chip_id", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(1, fread(chip_id, 64, 1, f));
	fclose(f);
	EXPECT_EQ(0, memcmp(chip_id, r.chip_id, 64));
}

TEST_F(report, signature_covers_every_byte_before_it)
{
	const struct snp_msg_report_rsp *out = REPORT(.vmpl = 0);
	struct snp_report r;
	unsigned int i;

	memcpy(&r, out->report, sizeof(r));
	ASSERT_TRUE(signature_fits(&r));
	for (i = 0; i < 0x2a0; i += 13) {
		((uint8_t *)&r)[i] ^= 0x10;
		EXPECT_FALSE(signature_fits(&r)) TH_LOG("byte 0x%x", i);
		((uint8_t *)&r)[i] ^= 0x10;
	}
	((uint8_t *)&r)[0x29f] ^= 1;
	EXPECT_FALSE(signature_fits(&r));
}

TEST_F(report, report_id_stays_for_the_life_of_a_guest)
{
	struct snp_report first, second;

	memcpy(&first, REPORT(.vmpl = 0)->report, sizeof(first));
	memcpy(&second, REPORT(.vmpl = 0)->report, sizeof(second));
	EXPECT_EQ(0, memcmp(first.report_id, second.report_id, 32));
}

TEST_F(report, report_request_is_checked_inside_the_response)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT(.vmpl = 4)->status);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT(.vmpl = 0xffffffff)->status);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT(.flags = 3)->status);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT(.flags = 4)->status);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT(.reserved = { [23] = 1 })->status);
	EXPECT_EQ(SNP_FW_INVALID_KEY, REPORT(.flags = 2)->status);
	EXPECT_EQ(0, REPORT(.flags = 1)->status);
	EXPECT_EQ(0, REPORT(.vmpl = 3)->status);
}

TEST_F(report, vmpck_does_not_speak_for_a_more_privileged_vmpl)
{
	struct snp_msg_report_req req = { .vmpl = 1 };
	const struct snp_msg_report_rsp *out;
	uint64_t seqno = 1;

	out = exchange(&self->w, &seqno, &self->rsp, 2, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, out->status);
	req.vmpl = 2;
	out = exchange(&self->w, &seqno, &self->rsp, 2, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(0, out->status);
}

TEST_F(report, vmpck_derives_no_key_for_a_more_privileged_vmpl)
{
	struct snp_msg_key_req req = { .vmpl = 1 };
	const struct snp_msg_key_rsp *out;
	uint64_t seqno = 1;

	out = exchange(&self->w, &seqno, &self->rsp, 2, SNP_MSG_KEY_REQ, &req, sizeof(req));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, out->status);
	req.vmpl = 2;
	out = exchange(&self->w, &seqno, &self->rsp, 2, SNP_MSG_KEY_REQ, &req, sizeof(req));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(0, out->status);
}

/* Derived keys. */
static uint32_t derive(struct world *w, uint64_t *seqno, struct snp_msg_key_req req,
		       uint8_t key[32])
{
	struct snp_msg rsp;
	const struct snp_msg_key_rsp *out = exchange(w, seqno, &rsp, 0, SNP_MSG_KEY_REQ, &req,
						     sizeof(req));

	memset(key, 0, 32);
	if (!out)
		return UINT32_MAX;
	memcpy(key, out->key, 32);
	return out->status;
}

#define DERIVE(key, ...) derive(&self->w, &self->seqno, \
				(struct snp_msg_key_req){ __VA_ARGS__ }, key)
#define SAME(a, b) (!memcmp(a, b, 32))
#define TCB asp_config_default(ASP_MILAN).committed_tcb

/* Begin again with another guest: @policy, one NORMAL page of @fill. */
static bool relaunch(struct world *w, uint64_t *seqno, uint64_t policy, uint8_t fill,
		     uint8_t host_data, uint64_t finish_flags)
{
	const struct snp_fw_launch_finish finish = {
		.gctx_paddr = SPA_GCTX, .flags = finish_flags, .host_data = { host_data },
	};
	const struct snp_rmp_state hv = {};
	const struct rmp_store s = world_store(w);

	*seqno = 1;
	if (world_cmd_addr(w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX) || world_flush(w))
		return false;
	rmp_update(&s, SPA_SECRETS, &hv);
	rmp_update(&s, SPA_PAGE, &hv);
	if (world_cmd_addr(w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX) ||
	    world_launch_start(w, SPA_GCTX, policy) || world_activate(w, SPA_GCTX, ASID))
		return false;
	world_set_pre_guest(w, SPA_SECRETS, 0x90000, ASID);
	world_set_pre_guest(w, SPA_PAGE, 0x1000, ASID);
	memset(w->mem + SPA_PAGE, fill, 4096);
	return !world_launch_update(w, SPA_GCTX, SPA_SECRETS, SNP_PAGE_TYPE_SECRETS) &&
	       !world_launch_update(w, SPA_GCTX, SPA_PAGE, SNP_PAGE_TYPE_NORMAL) &&
	       !world_cmd(w, SNP_FW_SNP_LAUNCH_FINISH, &finish, sizeof(finish));
}

TEST_F(report, same_request_derives_the_same_key_after_a_relaunch)
{
	uint8_t x[32], y[32], zero[32] = {};

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(x, .guest_field_select = 0x3f, .tcb_version = TCB));
	EXPECT_FALSE(SAME(x, zero));
	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(y, .guest_field_select = 0x3f, .tcb_version = TCB));
	EXPECT_TRUE(SAME(x, y));
}

TEST_F(report, measurement_matters_only_when_selected)
{
	uint8_t plain[32], with[32], plain2[32], with2[32];

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(plain, .guest_field_select = 0));
	EXPECT_EQ(0, DERIVE(with, .guest_field_select = SNP_KEY_GFS_MEASUREMENT));
	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 2, 7, 0));
	EXPECT_EQ(0, DERIVE(plain2, .guest_field_select = 0));
	EXPECT_EQ(0, DERIVE(with2, .guest_field_select = SNP_KEY_GFS_MEASUREMENT));
	EXPECT_TRUE(SAME(plain, plain2));
	EXPECT_FALSE(SAME(with, with2));
	EXPECT_FALSE(SAME(plain, with));
}

TEST_F(report, policy_matters_only_when_selected)
{
	uint8_t plain[32], with[32], plain2[32], with2[32];

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(plain, .guest_field_select = 0));
	EXPECT_EQ(0, DERIVE(with, .guest_field_select = SNP_KEY_GFS_POLICY));
	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY | SNP_POLICY_DEBUG, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(plain2, .guest_field_select = 0));
	EXPECT_EQ(0, DERIVE(with2, .guest_field_select = SNP_KEY_GFS_POLICY));
	EXPECT_TRUE(SAME(plain, plain2));
	EXPECT_FALSE(SAME(with, with2));
}

TEST_F(report, tcb_matters_only_when_selected)
{
	uint8_t plain[32], with[32], plain2[32], with2[32];

	EXPECT_EQ(0, DERIVE(plain, .tcb_version = TCB));
	EXPECT_EQ(0, DERIVE(plain2, .tcb_version = 0));
	EXPECT_TRUE(SAME(plain, plain2));
	EXPECT_EQ(0, DERIVE(with, .guest_field_select = SNP_KEY_GFS_TCB_VERSION,
			    .tcb_version = TCB));
	EXPECT_EQ(0, DERIVE(with2, .guest_field_select = SNP_KEY_GFS_TCB_VERSION,
			    .tcb_version = TCB - 1));
	EXPECT_FALSE(SAME(with, with2));
}

TEST_F(report, each_field_selection_is_a_key_of_its_own)
{
	uint8_t key[64][32];
	unsigned int i, j;

	for (i = 0; i < 64; i++) {
		EXPECT_EQ(0, DERIVE(key[i], .guest_field_select = i, .tcb_version = TCB));
		for (j = 0; j < i; j++) {
			EXPECT_FALSE(SAME(key[i], key[j])) TH_LOG("fields 0x%x and 0x%x", i, j);
		}
	}
}

TEST_F(report, vmpl_and_host_data_always_matter)
{
	uint8_t x[32], y[32];

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(x, .vmpl = 0));
	EXPECT_EQ(0, DERIVE(y, .vmpl = 1));
	EXPECT_FALSE(SAME(x, y));
	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 8, 0));
	EXPECT_EQ(0, DERIVE(y, .vmpl = 0));
	EXPECT_FALSE(SAME(x, y));
}

TEST_F(report, vmrk_is_the_guests_and_vcek_the_chips)
{
	uint8_t vcek[32], vmrk[32], again[32];

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(vcek, .flags = 0));
	EXPECT_EQ(0, DERIVE(again, .flags = 1 << 1));
	EXPECT_TRUE(SAME(vcek, again));
	EXPECT_EQ(0, DERIVE(vmrk, .flags = SNP_KEY_REQ_ROOT_VMRK));
	EXPECT_FALSE(SAME(vcek, vmrk));
	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, 0));
	EXPECT_EQ(0, DERIVE(again, .flags = SNP_KEY_REQ_ROOT_VMRK));
	EXPECT_FALSE(SAME(vmrk, again));
}

TEST_F(report, key_request_is_checked_inside_the_response)
{
	static const uint8_t zero[32];
	uint8_t key[32];

	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .flags = BIT(3)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .flags = 3 << 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .flags = 1 | 3 << 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .reserved = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .guest_field_select = BIT(6)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .vmpl = 4));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .guest_svn = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .tcb_version = TCB + 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .tcb_version = TCB + (1ULL << 48)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(key, .tcb_version = 1ULL << 16));
	EXPECT_EQ(SNP_FW_INVALID_KEY, DERIVE(key, .flags = 2 << 1));
	EXPECT_TRUE(SAME(key, zero));
}

TEST_F(report, guest_launched_without_vcek_gets_neither_report_nor_key_from_it)
{
	uint8_t key[32];

	ASSERT_TRUE(relaunch(&self->w, &self->seqno, POLICY, 1, 7, SNP_LAUNCH_FINISH_VCEK_DIS));
	EXPECT_EQ(SNP_FW_INVALID_KEY, REPORT(.vmpl = 0)->status);
	EXPECT_EQ(SNP_FW_INVALID_KEY, DERIVE(key, .vmpl = 0));
	EXPECT_EQ(0, DERIVE(key, .flags = SNP_KEY_REQ_ROOT_VMRK));
}

TEST_F(report, part_without_identity_signs_nothing)
{
	const struct asp_config cfg = world_config(false);
	const char *err;

	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	EXPECT_EQ(SNP_FW_INVALID_KEY, REPORT(.vmpl = 0)->status);
}

TEST_F(report, certificate_states_the_tcb_and_chip_of_the_report)
{
	struct snp_report r;
	uint8_t der[4096];
	size_t len;
	FILE *f = fopen(PKI_DIR "/vcek.der", "r");

	ASSERT_NE(NULL, f);
	len = fread(der, 1, sizeof(der), f);
	fclose(f);
	memcpy(&r, REPORT(.vmpl = 0)->report, sizeof(r));
	EXPECT_NE(NULL, memmem(der, len, r.chip_id, 64));
	/* OID ...3704.1.3.3 and .3.8, then the INTEGER in an OCTET STRING. */
	EXPECT_NE(NULL, memmem(der, len, "\x9c\x78\x01\x03\x03\x04\x03\x02\x01\x1b", 10));
	EXPECT_NE(NULL, memmem(der, len, "\x9c\x78\x01\x03\x08\x04\x04\x02\x02\x00\xdb", 11));
	EXPECT_EQ(0x1b, snp_tcb_decode(r.reported_tcb, SNP_TCB_MILAN).snp);
	EXPECT_EQ(0xdb, snp_tcb_decode(r.reported_tcb, SNP_TCB_MILAN).microcode);
}

TEST_HARNESS_MAIN
