// SPDX-License-Identifier: GPL-2.0-only
/*
 * ID block and its authentication at SNP_LAUNCH_FINISH (56860, ID block):
 * what the guest's owner says that the guest must be, signed.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "asp_priv.h"

#define COORD_LEN	48

static void reverse(uint8_t *out, const uint8_t *in)
{
	unsigned int i;

	for (i = 0; i < COORD_LEN; i++)
		out[i] = in[COORD_LEN - 1 - i];
}

static bool number_fits(const uint8_t n[72])
{
	return snp_report_zero(n + COORD_LEN, 72 - COORD_LEN);
}

/* NULL: not a point of the curve. */
static EVP_PKEY *public_key(const struct snp_id_key *k)
{
	uint8_t point[1 + 2 * COORD_LEN] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"P-384", 5),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_END,
	};
	EVP_PKEY *key = NULL;

	reverse(point + 1, k->qx);
	reverse(point + 1 + COORD_LEN, k->qy);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool signature_fits(const struct snp_id_key *k, const struct snp_id_signature *sig,
			   const void *data, size_t len)
{
	EVP_PKEY *key = public_key(k);
	uint8_t r[COORD_LEN], s[COORD_LEN];
	bool ok;

	reverse(r, sig->r);
	reverse(s, sig->s);
	ok = key && asp_verify(key, data, len, r, s);
	EVP_PKEY_free(key);
	return ok;
}

static bool key_well_formed(const struct snp_id_key *k)
{
	return k->curve == SNP_ID_CURVE_P384 && number_fits(k->qx) && number_fits(k->qy) &&
	       snp_report_zero(k->reserved, sizeof(k->reserved));
}

static bool sig_well_formed(const struct snp_id_signature *s)
{
	return number_fits(s->r) && number_fits(s->s) &&
	       snp_report_zero(s->reserved, sizeof(s->reserved));
}

/* U: which of the two codes is whose. */
static uint32_t check_form(struct asp *a, const struct snp_id_block *b,
			   const struct snp_id_auth *auth, bool author)
{
	if (b->version != SNP_ID_BLOCK_VERSION)
		return asp_refuse(a, SNP_FW_BAD_VERSION, "ID block of version %u", b->version);
	if (auth->id_key_algo != SNP_ID_ALGO_P384_SHA384 ||
	    (author && auth->author_key_algo != SNP_ID_ALGO_P384_SHA384))
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "algorithm of ID key %u, author key %u",
				  auth->id_key_algo, auth->author_key_algo);
	if (!key_well_formed(&auth->id_key) || !sig_well_formed(&auth->id_block_sig) ||
	    (author && (!key_well_formed(&auth->author_key) ||
			!sig_well_formed(&auth->id_key_sig))) ||
	    !snp_report_zero(auth->reserved0, sizeof(auth->reserved0)) ||
	    !snp_report_zero(auth->reserved1, sizeof(auth->reserved1)) ||
	    !snp_report_zero(auth->reserved2, sizeof(auth->reserved2)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "ID authentication is malformed");
	return SNP_FW_SUCCESS;
}

static uint32_t check(struct asp *a, const struct asp_guest *g, const struct snp_id_block *b,
		      const struct snp_id_auth *auth, bool author)
{
	uint32_t status = check_form(a, b, auth, author);

	if (status)
		return status;
	if (memcmp(b->ld, g->ld, sizeof(b->ld)))
		return asp_refuse(a, SNP_FW_BAD_MEASUREMENT,
				  "the ID block is for another launch digest");
	if (b->policy != g->policy)
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "the ID block is for policy 0x%llx",
				  (unsigned long long)b->policy);
	if (!signature_fits(&auth->id_key, &auth->id_block_sig, b, sizeof(*b)))
		return asp_refuse(a, SNP_FW_BAD_SIGNATURE, "signature of the ID block");
	if (author && !signature_fits(&auth->author_key, &auth->id_key_sig, &auth->id_key,
				      sizeof(auth->id_key)))
		return asp_refuse(a, SNP_FW_BAD_SIGNATURE, "signature of the ID key");
	return SNP_FW_SUCCESS;
}

static uint32_t fetch(struct asp *a, uint64_t spa, void *buf, size_t len, const char *what)
{
	uint32_t status = asp_check_spa(a, &spa, 8);

	if (!status)
		status = asp_check_readable_range(a, spa, len, what);
	return status ? status : asp_read(a, spa, buf, len);
}

/**
 * asp_id_block() - take the ID block of a launch
 * @a: the model
 * @g: the guest; changes only on success
 * @in: the command, ID_BLOCK_EN set
 *
 * Return: firmware status.
 */
uint32_t asp_id_block(struct asp *a, struct asp_guest *g, const struct snp_fw_launch_finish *in)
{
	bool author = in->flags & SNP_LAUNCH_FINISH_AUTH_KEY_EN;
	uint8_t author_digest[48] = {}, id_digest[48];
	struct snp_id_block block;
	struct snp_id_auth auth;
	uint32_t status;

	status = fetch(a, in->id_block_paddr, &block, sizeof(block), "ID block");
	if (!status)
		status = fetch(a, in->id_auth_paddr, &auth, sizeof(auth), "ID authentication");
	if (!status)
		status = check(a, g, &block, &auth, author);
	if (status)
		return status;
	if (!asp_sha384(&auth.id_key, sizeof(auth.id_key), id_digest) ||
	    (author && !asp_sha384(&auth.author_key, sizeof(auth.author_key), author_digest)))
		return asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");

	memcpy(g->family_id, block.family_id, sizeof(g->family_id));
	memcpy(g->image_id, block.image_id, sizeof(g->image_id));
	memcpy(g->id_key_digest, id_digest, sizeof(g->id_key_digest));
	memcpy(g->author_key_digest, author_digest, sizeof(g->author_key_digest));
	g->guest_svn = block.guest_svn;
	g->author_key_en = author;
	return SNP_FW_SUCCESS;
}
