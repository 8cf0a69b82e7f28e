// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLEK, and which key signs: selection, masking, other TCBs.
 */
#include <kselftest_harness.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "world.h"

#define SPA_STICK	0x30fe0ULL	/* crosses a page */
#define TCB		0xdb1b000000000004ULL
#define LOWER_TCB	0xdb1a000000000004ULL

FIXTURE(vlek) {
	struct world w;
	struct snp_msg rsp;
	uint64_t seqno;
};

FIXTURE_SETUP(vlek)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	self->seqno = 1;
	ASSERT_EQ(432, world_pki_file("vlek.hashstick", self->w.mem + SPA_STICK, 1000));
}

FIXTURE_TEARDOWN(vlek)
{
	world_exit(&self->w);
}

static struct snp_vlek_hashstick *stick(struct world *w)
{
	return (struct snp_vlek_hashstick *)(w->mem + SPA_STICK);
}

static uint32_t vlek_load(struct world *w, struct snp_fw_vlek_load in)
{
	in.length = in.length ? in.length : sizeof(in);
	in.wrapped_paddr = in.wrapped_paddr ? in.wrapped_paddr : SPA_STICK;
	return world_cmd(w, SNP_FW_SNP_VLEK_LOAD, &in, sizeof(in));
}

#define VLEK_LOAD(...) vlek_load(&self->w, (struct snp_fw_vlek_load){ __VA_ARGS__ })

static uint32_t set_config(struct world *w, uint64_t tcb, uint32_t flags)
{
	const struct snp_fw_config in = { .reported_tcb = tcb, .flags = flags };

	return world_cmd(w, SNP_FW_SNP_CONFIG, &in, sizeof(in));
}

static bool vlek_loaded(struct world *w)
{
	const struct snp_fw_snp_status *s = (void *)(w->mem + SPA_DEFAULT);

	world_cmd_addr(w, SNP_FW_SNP_PLATFORM_STATUS, SPA_DEFAULT);
	return s->flags & SNP_STATUS_VLEK_EN;
}

/* The report of a request with this key selection; *status is its payload's. */
static struct snp_report report(struct world *w, uint64_t *seqno, unsigned int sel,
				uint32_t *status)
{
	const struct snp_msg_report_req req = { .flags = sel };
	struct snp_report r = {};
	struct snp_msg rsp;

	*status = UINT32_MAX;
	world_put_request(w, 0, *seqno, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	if (world_guest_request(w, SPA_GCTX) || world_get_response(w, 0, &rsp) <= 0)
		return r;
	*seqno += 2;
	memcpy(status, rsp.payload, 4);
	memcpy(&r, rsp.payload + 0x20, sizeof(r));
	return r;
}

#define REPORT(sel) ({ \
	uint32_t status_; \
	struct snp_report r_ = report(&self->w, &self->seqno, sel, &status_); \
	EXPECT_EQ(0, status_); \
	r_; \
})
#define REPORT_STATUS(sel) ({ \
	uint32_t status_; \
	report(&self->w, &self->seqno, sel, &status_); \
	status_; \
})

static bool signed_by(const struct snp_report *r, const char *pem)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	X509 *cert;
	char path[512];
	FILE *f;
	bool ok;
	int len;

	snprintf(path, sizeof(path), PKI_DIR "/%s", pem);
	f = fopen(path, "r");
	cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	ECDSA_SIG_set0(sig, BN_lebin2bn(r->signature_r, 72, NULL),
		       BN_lebin2bn(r->signature_s, 72, NULL));
	len = i2d_ECDSA_SIG(sig, &der);
	ok = cert && EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL,
					  X509_get0_pubkey(cert)) == 1 &&
	     EVP_DigestVerify(ctx, der, len, (const uint8_t *)r, 0x2a0) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(sig);
	X509_free(cert);
	return ok;
}

static unsigned int signer(const struct snp_report *r)
{
	return FIELD_GET(SNP_REPORT_SIGNING_KEY, r->flags);
}

TEST_F(vlek, loaded_vlek_signs_what_its_certificate_verifies)
{
	struct snp_report r;

	EXPECT_EQ(SNP_FW_INVALID_KEY, REPORT_STATUS(2));
	r = REPORT(0);
	EXPECT_EQ(SNP_REPORT_SIGNER_VCEK, signer(&r));
	EXPECT_EQ(0, VLEK_LOAD());
	EXPECT_TRUE(vlek_loaded(&self->w));

	r = REPORT(0);
	EXPECT_EQ(SNP_REPORT_SIGNER_VLEK, signer(&r));
	EXPECT_TRUE(signed_by(&r, "vlek.pem"));
	EXPECT_FALSE(signed_by(&r, "vcek.pem"));
	r = REPORT(2);
	EXPECT_EQ(SNP_REPORT_SIGNER_VLEK, signer(&r));
	r = REPORT(1);
	EXPECT_EQ(SNP_REPORT_SIGNER_VCEK, signer(&r));
	EXPECT_TRUE(signed_by(&r, "vcek.pem"));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, REPORT_STATUS(3));
}

TEST_F(vlek, hashstick_that_was_changed_is_refused)
{
	static const unsigned int authentic[] = { 0, 11, 0x10, 0x18f, 0x1a0, 0x1af };
	static const unsigned int reserved[] = { 0xc, 0xf, 0x198, 0x19f };
	unsigned int i;

	for (i = 0; i < sizeof(authentic) / sizeof(authentic[0]); i++) {
		self->w.mem[SPA_STICK + authentic[i]] ^= 1;
		EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, VLEK_LOAD()) TH_LOG("byte %x", authentic[i]);
		self->w.mem[SPA_STICK + authentic[i]] ^= 1;
	}
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		self->w.mem[SPA_STICK + reserved[i]] ^= 1;
		EXPECT_EQ(SNP_FW_INVALID_PARAM, VLEK_LOAD()) TH_LOG("byte %x", reserved[i]);
		self->w.mem[SPA_STICK + reserved[i]] ^= 1;
	}
	stick(&self->w)->tcb = LOWER_TCB;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, VLEK_LOAD());
	/* Even where that TCB is reported, the hashstick is for another one. */
	EXPECT_EQ(0, set_config(&self->w, LOWER_TCB, 0));
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, VLEK_LOAD());
	EXPECT_FALSE(vlek_loaded(&self->w));
}

TEST_F(vlek, load_checks_length_version_address_state)
{
	EXPECT_EQ(SNP_FW_INVALID_LEN, VLEK_LOAD(.length = 8, .wrapped_version = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, VLEK_LOAD(.wrapped_version = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, VLEK_LOAD(.reserved = { 0, 0, 1 }));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, VLEK_LOAD(.wrapped_paddr = MEM_SIZE - 8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, VLEK_LOAD(.wrapped_paddr = 1ULL << 52));
	/* Both pages count. */
	world_force(&self->w, 0x31000, SNP_STATE_GUEST_VALID, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, VLEK_LOAD());
	world_force(&self->w, 0x31000, SNP_STATE_HYPERVISOR, 0, 0);
	EXPECT_EQ(0, VLEK_LOAD());
}

TEST_F(vlek, another_chip_cannot_unwrap_the_hashstick)
{
	const struct asp_config cfg = world_config(false);
	const char *err;

	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, VLEK_LOAD());
}

TEST_F(vlek, another_reported_tcb_destroys_the_vlek)
{
	EXPECT_EQ(0, VLEK_LOAD());
	EXPECT_EQ(0, set_config(&self->w, TCB, SNP_CONFIG_MASK_CHIP_ID));
	EXPECT_TRUE(vlek_loaded(&self->w));
	EXPECT_EQ(0, set_config(&self->w, LOWER_TCB, 0));
	EXPECT_FALSE(vlek_loaded(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_KEY, REPORT_STATUS(2));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, VLEK_LOAD());
}

TEST_F(vlek, lower_reported_tcb_has_keys_and_certificates_of_its_own)
{
	struct snp_report r;

	EXPECT_EQ(0, set_config(&self->w, LOWER_TCB, 0));
	r = REPORT(0);
	EXPECT_EQ(LOWER_TCB, r.reported_tcb);
	EXPECT_EQ(TCB, r.committed_tcb);
	EXPECT_FALSE(signed_by(&r, "vcek.pem"));
	EXPECT_TRUE(signed_by(&r, "vcek-db1a000000000004.pem"));
	ASSERT_EQ(432, world_pki_file("vlek-db1a000000000004.hashstick",
				      self->w.mem + SPA_STICK, 1000));
	EXPECT_EQ(0, VLEK_LOAD());
	r = REPORT(0);
	EXPECT_TRUE(signed_by(&r, "vlek-db1a000000000004.pem"));
}

TEST_F(vlek, masked_chip_id_is_zero)
{
	struct snp_report r;

	EXPECT_EQ(0, set_config(&self->w, 0, SNP_CONFIG_MASK_CHIP_ID));
	r = REPORT(0);
	EXPECT_TRUE(snp_report_zero(r.chip_id, 64));
	EXPECT_TRUE(signed_by(&r, "vcek.pem"));
	EXPECT_EQ(0, set_config(&self->w, 0, 0));
	r = REPORT(0);
	EXPECT_FALSE(snp_report_zero(r.chip_id, 64));
}

static uint32_t derive(struct world *w, uint64_t *seqno, uint32_t flags, uint8_t key[32])
{
	const struct snp_msg_key_req req = { .flags = flags };
	struct snp_msg rsp;
	uint32_t status;

	world_put_request(w, 0, *seqno, SNP_MSG_KEY_REQ, &req, sizeof(req));
	if (world_guest_request(w, SPA_GCTX) || world_get_response(w, 0, &rsp) <= 0)
		return UINT32_MAX;
	*seqno += 2;
	memcpy(&status, rsp.payload, 4);
	memcpy(key, rsp.payload + 0x20, 32);
	return status;
}

#define DERIVE(flags, key) derive(&self->w, &self->seqno, flags, key)

TEST_F(vlek, masked_chip_key_signs_and_derives_nothing)
{
	struct snp_report r;
	uint8_t key[32];

	EXPECT_EQ(0, set_config(&self->w, 0, SNP_CONFIG_MASK_CHIP_KEY));
	r = REPORT(0);
	EXPECT_EQ(SNP_REPORT_SIGNER_NONE, signer(&r));
	EXPECT_TRUE(r.flags & SNP_REPORT_MASK_CHIP_KEY);
	EXPECT_EQ(SNP_REPORT_OK, snp_report_check(&r, sizeof(r)));
	EXPECT_TRUE(snp_report_zero(r.signature_r, 512));
	EXPECT_EQ(SNP_FW_INVALID_KEY, DERIVE(0, key));
	EXPECT_EQ(0, DERIVE(SNP_KEY_REQ_ROOT_VMRK, key));
	EXPECT_EQ(0, VLEK_LOAD());
	r = REPORT(0);
	EXPECT_EQ(SNP_REPORT_SIGNER_VLEK, signer(&r));
	EXPECT_TRUE(signed_by(&r, "vlek.pem"));
}

TEST_F(vlek, key_selection_decides_what_a_key_is_derived_from)
{
	uint8_t vcek[32], vlek[32], first[32];

	EXPECT_EQ(SNP_FW_INVALID_KEY, DERIVE(2 << 1, vlek));
	EXPECT_EQ(0, VLEK_LOAD());
	EXPECT_EQ(0, DERIVE(0 << 1, first));
	EXPECT_EQ(0, DERIVE(1 << 1, vcek));
	EXPECT_EQ(0, DERIVE(2 << 1, vlek));
	EXPECT_EQ(0, memcmp(first, vlek, 32));
	EXPECT_NE(0, memcmp(vcek, vlek, 32));
}

TEST_HARNESS_MAIN
