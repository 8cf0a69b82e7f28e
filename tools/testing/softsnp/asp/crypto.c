// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cryptography of the firmware, on libcrypto.
 */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "asp_priv.h"

bool asp_sha384(const void *data, size_t len, uint8_t digest[48])
{
	return EVP_Digest(data, len, digest, NULL, EVP_sha384(), NULL) == 1;
}

/**
 * asp_prf() - pseudo-random function, HMAC-SHA-384 in counter mode
 * @key: secret
 * @key_len: its length in bytes
 * @label: what the output is for
 * @context: what the output depends on
 * @context_len: its length, up to 512 bytes
 * @out: receives the output
 * @out_len: its length in bytes
 *
 * Each block is HMAC(key, counter | label | 0 | context | output length).
 */
bool asp_prf(const uint8_t *key, size_t key_len, const char *label, const void *context,
	     size_t context_len, uint8_t *out, size_t out_len)
{
	size_t label_len = strlen(label) + 1, n, done = 0;
	uint8_t input[4 + 64 + 512 + 4], block[48];
	uint32_t counter = 0, total = out_len;
	bool ok = false;

	if (label_len > 64 || context_len > 512)
		return false;

	while (done < out_len) {
		counter++;
		memcpy(input, &counter, 4);
		memcpy(input + 4, label, label_len);
		memcpy(input + 4 + label_len, context, context_len);
		memcpy(input + 4 + label_len + context_len, &total, 4);
		if (!HMAC(EVP_sha384(), key, key_len, input, 8 + label_len + context_len,
			  block, NULL))
			goto out;
		n = out_len - done < sizeof(block) ? out_len - done : sizeof(block);
		memcpy(out + done, block, n);
		done += n;
	}
	ok = true;
out:
	OPENSSL_cleanse(input, sizeof(input));
	OPENSSL_cleanse(block, sizeof(block));
	if (!ok)
		OPENSSL_cleanse(out, out_len);
	return ok;
}

/* Random bytes, or with a seed the next ones of a stream that the seed fixes. */
bool asp_random(struct asp *a, void *buf, size_t len)
{
	uint64_t position;

	if (!a->cfg.seed)
		return RAND_bytes(buf, len) == 1;
	position = a->nr_random++;
	return asp_prf((uint8_t *)&a->cfg.seed, sizeof(a->cfg.seed), "SoftSNP seeded stream",
		       &position, sizeof(position), buf, len);
}

/**
 * asp_gcm() - one pass of AES-256-GCM, in place
 * @key: 256 bits
 * @iv: 96 bits
 * @aad: authenticated, not encrypted
 * @aad_len: its length in bytes, 0 for none
 * @data: wiped on failure
 * @len: its length in bytes
 * @tag: written when @seal, else what must come out
 * @seal: encrypt
 */
bool asp_gcm(const uint8_t key[32], const uint8_t iv[12], const void *aad, size_t aad_len,
	     uint8_t *data, size_t len, uint8_t tag[16], bool seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = false;
	int n;

	if (!ctx || EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, seal) != 1)
		goto out;
	if (aad_len && EVP_CipherUpdate(ctx, NULL, &n, aad, aad_len) != 1)
		goto out;
	if (EVP_CipherUpdate(ctx, data, &n, data, len) != 1)
		goto out;
	if (!seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, tag) != 1)
		goto out;
	if (EVP_CipherFinal_ex(ctx, data + n, &n) != 1)
		goto out;
	if (seal && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag) != 1)
		goto out;
	ok = true;
out:
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		OPENSSL_cleanse(data, len);
	return ok;
}

/* The payload of a guest message, header bytes 0x30 on as AAD. */
static bool gcm(const uint8_t key[32], struct snp_msg *msg, size_t len, bool seal)
{
	uint8_t iv[SNP_MSG_IV_LEN] = {};

	memcpy(iv, &msg->hdr.msg_seqno, sizeof(msg->hdr.msg_seqno));
	return asp_gcm(key, iv, (uint8_t *)&msg->hdr + SNP_MSG_AAD_OFFSET, SNP_MSG_AAD_LEN,
		       msg->payload, len, msg->hdr.authtag, seal);
}

/* Decrypt in place; false: the tag does not fit, the payload is wiped. */
bool asp_gcm_open(const uint8_t key[32], struct snp_msg *msg, size_t len)
{
	return gcm(key, msg, len, false);
}

/* Encrypt in place and fill the tag in. */
bool asp_gcm_seal(const uint8_t key[32], struct snp_msg *msg, size_t len)
{
	memset(msg->hdr.authtag, 0, sizeof(msg->hdr.authtag));
	return gcm(key, msg, len, true);
}

/* ECDSA P-384 with SHA-384, both halves little-endian as reports have them. */
bool asp_sign(EVP_PKEY *key, const void *data, size_t len, uint8_t r_le[48], uint8_t s_le[48])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[160];
	const uint8_t *p = der;
	size_t der_len = sizeof(der);
	ECDSA_SIG *sig = NULL;
	bool ok = false;

	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, der, &der_len, data, len) != 1)
		goto out;
	sig = d2i_ECDSA_SIG(NULL, &p, der_len);
	if (!sig)
		goto out;
	ok = BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), r_le, 48) == 48 &&
	     BN_bn2lebinpad(ECDSA_SIG_get0_s(sig), s_le, 48) == 48;
out:
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/**
 * asp_verify() - check an ECDSA P-384 signature with SHA-384
 * @key: public key
 * @data: what was signed
 * @len: its length in bytes
 * @r: big-endian
 * @s: big-endian
 */
bool asp_verify(EVP_PKEY *key, const void *data, size_t len, const uint8_t r[48],
		const uint8_t s[48])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *bn_r = BN_bin2bn(r, 48, NULL), *bn_s = BN_bin2bn(s, 48, NULL);
	uint8_t *der = NULL;
	bool ok = false;
	int der_len;

	if (!ctx || !sig || !bn_r || !bn_s || ECDSA_SIG_set0(sig, bn_r, bn_s) != 1)
		goto out;
	bn_r = NULL;
	bn_s = NULL;
	der_len = i2d_ECDSA_SIG(sig, &der);
	ok = der_len > 0 && EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, der, der_len, data, len) == 1;
out:
	BN_free(bn_r);
	BN_free(bn_s);
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	return ok;
}
