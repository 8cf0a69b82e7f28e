// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chip id, VCEK and CA keys.  With a seed the first two are a function of the
 * seed (the VCEK of product and TCB, too, as on hardware); RSA keys are always
 * random, because libcrypto draws primes from its own generator.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <time.h>

#include "pki.h"

#define PROGRESS_S	2

volatile int pki_interrupted;

/* 64 bytes: random, or what seed and @label fix. */
static bool draw(const struct pki_part *part, const char *label, bool with_tcb, uint8_t out[64])
{
	char text[160];
	int n;

	if (!part->seed)
		return RAND_priv_bytes(out, 64) == 1;
	n = snprintf(text, sizeof(text), "SoftSNP %s %s %016llx", label, part->product->name,
		     (unsigned long long)part->seed);
	if (with_tcb)
		n += snprintf(text + n, sizeof(text) - n, " %016llx",
			      (unsigned long long)part->tcb);
	return EVP_Digest(text, n, out, NULL, EVP_sha512(), NULL) == 1;
}

/**
 * pki_make_chip_id() - fill in the chip id
 * @part: product and seed are set
 */
bool pki_make_chip_id(struct pki_part *part)
{
	size_t used = part->product->hwid_len;

	if (!draw(part, "chip id", false, part->chip_id))
		return false;
	memset(part->chip_id + used, 0, PKI_CHIP_ID_LEN - used);
	return true;
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

/**
 * pki_make_vcek_key() - the chip's key at its TCB, P-384
 * @part: product, TCB and seed are set
 */
EVP_PKEY *pki_make_vcek_key(const struct pki_part *part)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
	BN_CTX *bn = BN_CTX_secure_new();
	BIGNUM *d = BN_secure_new(), *range = NULL;
	EVP_PKEY *key = NULL;
	uint8_t raw[64];

	if (!group || !bn || !d || !draw(part, "VCEK", true, raw))
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

struct keygen {
	const char *what;
	unsigned int bits;
	FILE *progress;
	time_t start, said;
};

static int keygen_step(EVP_PKEY_CTX *ctx)
{
	struct keygen *k = EVP_PKEY_CTX_get_app_data(ctx);
	time_t now = time(NULL);

	if (k->progress && now - k->said >= PROGRESS_S) {
		fprintf(k->progress, "softsnp-pki: %s key, RSA-%u: searching primes, %ld s\n",
			k->what, k->bits, (long)(now - k->start));
		k->said = now;
	}
	return !pki_interrupted;
}

/**
 * pki_make_rsa_key() - a CA key
 * @what: name for progress lines
 * @bits: size
 * @progress: where a line goes every two seconds, or NULL
 */
EVP_PKEY *pki_make_rsa_key(const char *what, unsigned int bits, FILE *progress)
{
	struct keygen k = { what, bits, progress, time(NULL), time(NULL) };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) != 1)
		goto out;
	EVP_PKEY_CTX_set_app_data(ctx, &k);
	EVP_PKEY_CTX_set_cb(ctx, keygen_step);
	if (EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
out:
	EVP_PKEY_CTX_free(ctx);
	return key;
}
