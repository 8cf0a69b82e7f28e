// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of a chip from its secret.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <stdio.h>

#include "derive.h"

bool derive_bytes(const uint8_t secret[DERIVE_SECRET_LEN], const char *label,
		  const char *product, uint64_t tcb, uint8_t out[64])
{
	char text[128];
	int n;

	n = snprintf(text, sizeof(text), "SoftSNP %s %s %016llx", label, product,
		     (unsigned long long)tcb);
	return HMAC(EVP_sha512(), secret, DERIVE_SECRET_LEN, (const uint8_t *)text, n, out, NULL);
}

static EVP_PKEY *ec_key(const EC_GROUP *group, const BIGNUM *d, BN_CTX *bn)
{
	EC_POINT *q = EC_POINT_new(group);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	uint8_t pub[97];

	if (!q || !bld || !ctx || EC_POINT_mul(group, q, d, NULL, NULL, bn) != 1)
		goto out;
	if (EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, pub, sizeof(pub), bn) !=
	    sizeof(pub))
		goto out;
	if (!OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, pub, sizeof(pub)) ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d))
		goto out;
	params = OSSL_PARAM_BLD_to_param(bld);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	EC_POINT_free(q);
	return key;
}

EVP_PKEY *derive_p384(const uint8_t secret[DERIVE_SECRET_LEN], const char *label,
		      const char *product, uint64_t tcb)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	BN_CTX *bn = BN_CTX_secure_new();
	BIGNUM *d = BN_secure_new(), *range = NULL;
	EVP_PKEY *key = NULL;
	uint8_t raw[64];

	if (!group || !bn || !d || !derive_bytes(secret, label, product, tcb, raw))
		goto out;
	/* 512 bits reduced to 1 .. order - 1: the bias is below 2^-128. */
	range = BN_dup(EC_GROUP_get0_order(group));
	if (!range || !BN_sub_word(range, 1) || !BN_bin2bn(raw, sizeof(raw), d) ||
	    !BN_mod(d, d, range, bn) || !BN_add_word(d, 1))
		goto out;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	key = ec_key(group, d, bn);
out:
	OPENSSL_cleanse(raw, sizeof(raw));
	BN_clear_free(d);
	BN_free(range);
	BN_CTX_free(bn);
	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *derive_vlek(const uint8_t stick[384], const char *product, uint64_t tcb)
{
	uint8_t secret[DERIVE_SECRET_LEN];
	EVP_PKEY *key = NULL;

	if (EVP_Digest(stick, 384, secret, NULL, EVP_sha512(), NULL) == 1)
		key = derive_p384(secret, "VLEK", product, tcb);
	OPENSSL_cleanse(secret, sizeof(secret));
	return key;
}
