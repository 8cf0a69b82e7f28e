// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest and its owner do with keys: guest messages under a VMPCK, ID
 * blocks signed with P-384.  SNP firmware ABI (AMD 56860).
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "vmm.h"

void sha384(const void *data, size_t len, uint8_t digest[48])
{
	if (EVP_Digest(data, len, digest, NULL, EVP_sha384(), NULL) != 1)
		abort();
}

static bool gcm(const uint8_t key[32], struct snp_msg *msg, bool seal)
{
	uint8_t iv[SNP_MSG_IV_LEN] = { };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, ok;

	memcpy(iv, &msg->hdr.msg_seqno, sizeof(msg->hdr.msg_seqno));
	ok = ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, seal) == 1 &&
	     EVP_CipherUpdate(ctx, NULL, &n, (uint8_t *)&msg->hdr + SNP_MSG_AAD_OFFSET,
			      SNP_MSG_AAD_LEN) == 1 &&
	     EVP_CipherUpdate(ctx, msg->payload, &n, msg->payload, msg->hdr.msg_size) == 1 &&
	     (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SNP_MSG_TAG_LEN,
					  msg->hdr.authtag) == 1) &&
	     EVP_CipherFinal_ex(ctx, msg->payload + n, &n) == 1 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SNP_MSG_TAG_LEN,
					   msg->hdr.authtag) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool msg_seal(const uint8_t key[32], struct snp_msg *msg)
{
	return gcm(key, msg, true);
}

bool msg_open(const uint8_t key[32], struct snp_msg *msg)
{
	return msg->hdr.msg_size <= sizeof(msg->payload) && gcm(key, msg, false);
}

/* A request for a report whose REPORT_DATA is full of @fill; not sealed yet. */
void msg_report_req(struct snp_msg *msg, unsigned int vmpck, uint64_t seqno, uint8_t fill)
{
	struct snp_msg_report_req *req = (struct snp_msg_report_req *)msg->payload;

	memset(msg, 0, sizeof(*msg));
	msg->hdr.msg_seqno = seqno;
	msg->hdr.algo = SNP_MSG_ALGO_AES_256_GCM;
	msg->hdr.hdr_version = SNP_MSG_HDR_VERSION;
	msg->hdr.hdr_size = SNP_MSG_HDR_SIZE;
	msg->hdr.msg_type = SNP_MSG_REPORT_REQ;
	msg->hdr.msg_version = 1;
	msg->hdr.msg_size = sizeof(*req);
	msg->hdr.msg_vmpck = vmpck;
	memset(req->report_data, fill, sizeof(req->report_data));
}

static bool sign(EVP_PKEY *key, const void *data, size_t len, struct snp_id_signature *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t der_len = 0;
	ECDSA_SIG *sig = NULL;
	uint8_t der[160];
	const uint8_t *p = der;
	bool ok;

	der_len = sizeof(der);
	memset(out, 0, sizeof(*out));
	ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key) == 1 &&
	     EVP_DigestSign(ctx, der, &der_len, data, len) == 1;
	sig = ok ? d2i_ECDSA_SIG(NULL, &p, der_len) : NULL;
	ok = sig && BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), out->r, sizeof(out->r)) > 0 &&
	     BN_bn2lebinpad(ECDSA_SIG_get0_s(sig), out->s, sizeof(out->s)) > 0;
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool public_key(EVP_PKEY *key, struct snp_id_key *out)
{
	BIGNUM *x = NULL, *y = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->curve = SNP_ID_CURVE_P384;
	ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	     BN_bn2lebinpad(x, out->qx, sizeof(out->qx)) > 0 &&
	     BN_bn2lebinpad(y, out->qy, sizeof(out->qy)) > 0;
	BN_free(x);
	BN_free(y);
	return ok;
}

/* Sign an ID block with fresh keys, with an author key above the ID key or not. */
bool id_sign(const struct snp_id_block *block, struct snp_id_auth *auth, bool author)
{
	EVP_PKEY *id = EVP_EC_gen("P-384"), *above = EVP_EC_gen("P-384");
	bool ok;

	memset(auth, 0, sizeof(*auth));
	auth->id_key_algo = SNP_ID_ALGO_P384_SHA384;
	ok = id && above && public_key(id, &auth->id_key) &&
	     sign(id, block, sizeof(*block), &auth->id_block_sig);
	if (ok && author) {
		auth->author_key_algo = SNP_ID_ALGO_P384_SHA384;
		ok = public_key(above, &auth->author_key) &&
		     sign(above, &auth->id_key, sizeof(auth->id_key), &auth->id_key_sig);
	}
	EVP_PKEY_free(id);
	EVP_PKEY_free(above);
	return ok;
}
