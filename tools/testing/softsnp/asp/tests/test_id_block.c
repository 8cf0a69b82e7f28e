// SPDX-License-Identifier: GPL-2.0-only
/*
 * ID block and authentication at LAUNCH_FINISH, and what becomes of them in
 * reports and derived keys.
 */
#include <kselftest_harness.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <snp/fw_guest.h>

#include "world.h"

#define SPA_BLOCK	0x30008ULL
#define SPA_AUTH	0x32000ULL

FIXTURE(id) {
	struct world w;
	EVP_PKEY *key, *author;
	struct snp_id_block *block;
	struct snp_id_auth *auth;
	uint64_t seqno;
};

/* The digest of the one page that is launched here: a secrets page at 0x90000. */
static void expected_ld(uint8_t ld[48])
{
	uint8_t rec[0x70] = { [0x60] = 0x70, [0x62] = 5, [0x6a] = 9 };

	SHA384(rec, sizeof(rec), ld);
}

static void le72(const BIGNUM *n, uint8_t out[72])
{
	BN_bn2lebinpad(n, out, 72);
}

static void put_key(EVP_PKEY *key, struct snp_id_key *out)
{
	BIGNUM *x = NULL, *y = NULL;

	memset(out, 0, sizeof(*out));
	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x);
	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y);
	out->curve = 2;
	le72(x, out->qx);
	le72(y, out->qy);
	BN_free(x);
	BN_free(y);
}

static void sign(EVP_PKEY *key, const void *data, size_t len, struct snp_id_signature *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t der_len = 160;
	uint8_t der[160];
	const uint8_t *p = der;
	ECDSA_SIG *sig;

	memset(out, 0, sizeof(*out));
	EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key);
	EVP_DigestSign(ctx, der, &der_len, data, len);
	sig = d2i_ECDSA_SIG(NULL, &p, der_len);
	le72(ECDSA_SIG_get0_r(sig), out->r);
	le72(ECDSA_SIG_get0_s(sig), out->s);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

FIXTURE_SETUP(id)
{
	world_init(&self->w, true);
	self->key = EVP_EC_gen("P-384");
	self->author = EVP_EC_gen("P-384");
	self->block = (void *)(self->w.mem + SPA_BLOCK);
	self->auth = (void *)(self->w.mem + SPA_AUTH);
	self->seqno = 1;
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_SECRETS, 0x90000, ASID);
	ASSERT_EQ(0, world_launch_update(&self->w, SPA_GCTX, SPA_SECRETS, SNP_PAGE_TYPE_SECRETS));

	*self->block = (struct snp_id_block){
		.family_id = "family", .image_id = "image", .version = 1, .guest_svn = 7,
		.policy = POLICY,
	};
	expected_ld(self->block->ld);
	self->auth->id_key_algo = 1;
	self->auth->author_key_algo = 1;
	put_key(self->key, &self->auth->id_key);
	put_key(self->author, &self->auth->author_key);
	sign(self->author, &self->auth->id_key, sizeof(self->auth->id_key),
	     &self->auth->id_key_sig);
}

FIXTURE_TEARDOWN(id)
{
	EVP_PKEY_free(self->author);
	EVP_PKEY_free(self->key);
	world_exit(&self->w);
}

static uint32_t finish(struct world *w, uint64_t flags, uint64_t block, uint64_t auth)
{
	const struct snp_fw_launch_finish in = {
		.gctx_paddr = SPA_GCTX, .id_block_paddr = block, .id_auth_paddr = auth,
		.flags = flags,
	};

	return world_cmd(w, SNP_FW_SNP_LAUNCH_FINISH, &in, sizeof(in));
}

#define SIGN() sign(self->key, self->block, sizeof(*self->block), &self->auth->id_block_sig)
#define FINISH(flags) finish(&self->w, flags, SPA_BLOCK, SPA_AUTH)

static struct snp_report report(struct world *w, uint64_t *seqno)
{
	const struct snp_msg_report_req req = {};
	struct snp_report r = {};
	struct snp_msg rsp;

	world_set_fw(w, SPA_RSP);
	world_put_request(w, 0, *seqno, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	if (world_guest_request(w, SPA_GCTX) || world_get_response(w, 0, &rsp) <= 0)
		return r;
	*seqno += 2;
	memcpy(&r, rsp.payload + 0x20, sizeof(r));
	return r;
}

TEST_F(id, signed_block_goes_into_the_report)
{
	uint8_t digest[48];
	struct snp_report r;

	SIGN();
	EXPECT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
	r = report(&self->w, &self->seqno);
	EXPECT_EQ(7, r.guest_svn);
	EXPECT_STREQ("family", (char *)r.family_id);
	EXPECT_STREQ("image", (char *)r.image_id);
	SHA384((uint8_t *)&self->auth->id_key, 0x404, digest);
	EXPECT_EQ(0, memcmp(digest, r.id_key_digest, 48));
	EXPECT_TRUE(snp_report_zero(r.author_key_digest, 48));
	EXPECT_FALSE(r.flags & SNP_REPORT_AUTHOR_KEY_EN);
}

TEST_F(id, author_key_signs_the_id_key)
{
	uint8_t digest[48];
	struct snp_report r;

	SIGN();
	EXPECT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN | SNP_LAUNCH_FINISH_AUTH_KEY_EN));
	r = report(&self->w, &self->seqno);
	SHA384((uint8_t *)&self->auth->author_key, 0x404, digest);
	EXPECT_EQ(0, memcmp(digest, r.author_key_digest, 48));
	EXPECT_TRUE(r.flags & SNP_REPORT_AUTHOR_KEY_EN);
}

TEST_F(id, without_block_the_report_names_no_owner)
{
	struct snp_report r;

	EXPECT_EQ(0, FINISH(0));
	r = report(&self->w, &self->seqno);
	EXPECT_EQ(0, r.guest_svn);
	EXPECT_TRUE(snp_report_zero(r.family_id, 16));
	EXPECT_TRUE(snp_report_zero(r.id_key_digest, 48));
}

#define BOTH (SNP_LAUNCH_FINISH_ID_BLOCK_EN | SNP_LAUNCH_FINISH_AUTH_KEY_EN)
#define REFUSES(status, change, restore) do { \
	change; \
	SIGN(); \
	EXPECT_EQ(status, FINISH(BOTH)) TH_LOG(#change); \
	restore; \
} while (0)

TEST_F(id, each_defect_has_its_status)
{
	struct snp_id_block *b = self->block;
	struct snp_id_auth *a = self->auth;

	REFUSES(SNP_FW_BAD_VERSION, b->version = 2, b->version = 1);
	REFUSES(SNP_FW_BAD_VERSION, b->version = 0, b->version = 1);
	REFUSES(SNP_FW_UNSUPPORTED, a->id_key_algo = 2, a->id_key_algo = 1);
	REFUSES(SNP_FW_UNSUPPORTED, a->author_key_algo = 0, a->author_key_algo = 1);
	REFUSES(SNP_FW_INVALID_PARAM, a->id_key.curve = 1, a->id_key.curve = 2);
	REFUSES(SNP_FW_INVALID_PARAM, a->author_key.curve = 0, a->author_key.curve = 2);
	REFUSES(SNP_FW_INVALID_PARAM, a->id_key.qx[48] = 1, a->id_key.qx[48] = 0);
	REFUSES(SNP_FW_INVALID_PARAM, a->id_key.reserved[0] = 1, a->id_key.reserved[0] = 0);
	REFUSES(SNP_FW_INVALID_PARAM, a->id_key_sig.s[71] = 1, a->id_key_sig.s[71] = 0);
	REFUSES(SNP_FW_INVALID_PARAM, a->reserved0[0] = 1, a->reserved0[0] = 0);
	REFUSES(SNP_FW_INVALID_PARAM, a->reserved1[0] = 1, a->reserved1[0] = 0);
	REFUSES(SNP_FW_INVALID_PARAM, a->reserved2[0x37b] = 1, a->reserved2[0x37b] = 0);
	REFUSES(SNP_FW_BAD_MEASUREMENT, b->ld[47] ^= 1, b->ld[47] ^= 1);
	REFUSES(SNP_FW_POLICY_FAILURE, b->policy |= BIT_ULL(19), b->policy = POLICY);
	REFUSES(SNP_FW_BAD_SIGNATURE, a->id_key_sig.r[5] ^= 1, a->id_key_sig.r[5] ^= 1);
	/* No point of the curve. */
	REFUSES(SNP_FW_BAD_SIGNATURE, a->id_key.qx[5] ^= 1, a->id_key.qx[5] ^= 1);

	/* Nothing of a refusal stays: the guest can still be finished. */
	SIGN();
	EXPECT_EQ(0, FINISH(BOTH));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, FINISH(BOTH));
}

TEST_F(id, every_byte_of_the_block_is_signed)
{
	uint8_t *at = (uint8_t *)self->block;
	unsigned int i;

	SIGN();
	/* Family and image id, then the SVN: what nothing else checks. */
	for (i = 0x30; i < 0x58; i++) {
		if (i >= 0x50 && i < 0x54)
			continue;
		at[i] ^= 1;
		EXPECT_EQ(SNP_FW_BAD_SIGNATURE, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN))
			TH_LOG("byte 0x%x", i);
		at[i] ^= 1;
	}
	EXPECT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
}

TEST_F(id, measurement_then_policy_then_signature)
{
	self->block->ld[0] ^= 1;
	self->block->policy = 0;
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, FINISH(BOTH));
	self->block->ld[0] ^= 1;
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, FINISH(BOTH));
	self->block->policy = POLICY;
	EXPECT_EQ(SNP_FW_BAD_SIGNATURE, FINISH(BOTH));
}

TEST_F(id, unused_author_key_is_not_looked_at)
{
	memset(&self->auth->author_key, 0xff, sizeof(self->auth->author_key));
	memset(&self->auth->id_key_sig, 0xff, sizeof(self->auth->id_key_sig));
	self->auth->author_key_algo = 9;
	SIGN();
	EXPECT_EQ(SNP_FW_INVALID_PARAM, FINISH(SNP_LAUNCH_FINISH_AUTH_KEY_EN));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, FINISH(BOTH));
	EXPECT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
}

TEST_F(id, both_structures_must_be_readable)
{
	const uint64_t en = SNP_LAUNCH_FINISH_ID_BLOCK_EN;

	SIGN();
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, finish(&self->w, en, SPA_BLOCK + 4, SPA_AUTH));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, finish(&self->w, en, SPA_BLOCK, SPA_AUTH + 4));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, finish(&self->w, en, MEM_SIZE - 8, SPA_AUTH));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, finish(&self->w, en, SPA_BLOCK, MEM_SIZE));
	world_force(&self->w, SPA_BLOCK, SNP_STATE_GUEST_VALID, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, FINISH(en));
	world_force(&self->w, SPA_BLOCK, SNP_STATE_HYPERVISOR, 0, 0);
	world_force(&self->w, SPA_AUTH, SNP_STATE_RECLAIM, 0, 0);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, FINISH(en));
	world_force(&self->w, SPA_AUTH, SNP_STATE_HYPERVISOR, 0, 0);
	EXPECT_EQ(0, finish(&self->w, en, SPA_BLOCK | CBIT, SPA_AUTH | CBIT));
}

static uint32_t derive(struct world *w, uint64_t *seqno, uint64_t gfs, uint32_t svn,
		       uint8_t key[32])
{
	const struct snp_msg_key_req req = { .guest_field_select = gfs, .guest_svn = svn };
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

#define DERIVE(gfs, svn, key) derive(&self->w, &self->seqno, gfs, svn, key)

TEST_F(id, svn_of_the_block_bounds_the_svn_of_keys)
{
	uint8_t k7[32], k6[32], unselected[32];

	SIGN();
	ASSERT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
	world_set_fw(&self->w, SPA_RSP);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, DERIVE(SNP_KEY_GFS_GUEST_SVN, 8, k7));
	EXPECT_EQ(0, DERIVE(SNP_KEY_GFS_GUEST_SVN, 7, k7));
	EXPECT_EQ(0, DERIVE(SNP_KEY_GFS_GUEST_SVN, 6, k6));
	EXPECT_NE(0, memcmp(k7, k6, 32));
	EXPECT_EQ(0, DERIVE(0, 7, k7));
	EXPECT_EQ(0, DERIVE(0, 6, unselected));
	EXPECT_EQ(0, memcmp(k7, unselected, 32));
}

/* The keys of a guest with this block: unselected, image, family. */
static bool keys_of(struct world *w, uint64_t *seqno, uint8_t key[3][32])
{
	return !derive(w, seqno, 0, 0, key[0]) &&
	       !derive(w, seqno, SNP_KEY_GFS_IMAGE_ID, 0, key[1]) &&
	       !derive(w, seqno, SNP_KEY_GFS_FAMILY_ID, 0, key[2]);
}

TEST_F(id, ids_matter_when_selected_and_the_signer_always)
{
	uint8_t one[3][32], other[3][32];
	const struct rmp_store s = world_store(&self->w);
	const struct snp_rmp_state hv = {};
	unsigned int round;

	SIGN();
	ASSERT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
	world_set_fw(&self->w, SPA_RSP);
	ASSERT_TRUE(keys_of(&self->w, &self->seqno, one));
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX));
		ASSERT_EQ(0, world_flush(&self->w));
		rmp_update(&s, SPA_SECRETS, &hv);
		ASSERT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX));
		ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
		ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
		world_set_pre_guest(&self->w, SPA_SECRETS, 0x90000, ASID);
		ASSERT_EQ(0, world_launch_update(&self->w, SPA_GCTX, SPA_SECRETS,
						 SNP_PAGE_TYPE_SECRETS));
		self->seqno = 1;
		self->block->image_id[0] = 'I';
		if (round)
			put_key(self->author, &self->auth->id_key);
		sign(round ? self->author : self->key, self->block, sizeof(*self->block),
		     &self->auth->id_block_sig);
		ASSERT_EQ(0, FINISH(SNP_LAUNCH_FINISH_ID_BLOCK_EN));
		ASSERT_TRUE(keys_of(&self->w, &self->seqno, other));
		EXPECT_EQ(!round, !memcmp(one[0], other[0], 32));
		EXPECT_NE(0, memcmp(one[1], other[1], 32));
		EXPECT_EQ(!round, !memcmp(one[2], other[2], 32));
	}
}

TEST_HARNESS_MAIN
