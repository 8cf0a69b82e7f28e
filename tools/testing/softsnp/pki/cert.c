// SPDX-License-Identifier: GPL-2.0-only
/*
 * ARK, ASK, ASVK, VCEK and VLEK certificates: names, extensions and signature parameters
 * as AMD's key distribution service has them ("VCEK certificate and KDS
 * interface", 57230).  A comment extension says that they are not AMD's.
 */
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "pki.h"

#define VALID_DAYS	(25 * 365 + 6)
#define PSS_SALT_LEN	48
#define SERIAL_LEN	16

static bool set_name(X509_NAME *name, const char *cn)
{
	static const char * const attr[][2] = {
		{ "OU", "Engineering" }, { "C", "US" }, { "L", "Santa Clara" }, { "ST", "CA" },
		{ "O", "Advanced Micro Devices" },
	};
	size_t i;

	for (i = 0; i < sizeof(attr) / sizeof(attr[0]); i++)
		if (!X509_NAME_add_entry_by_txt(name, attr[i][0], MBSTRING_ASC,
						(const uint8_t *)attr[i][1], -1, -1, 0))
			return false;
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1,
					  0);
}

static bool set_serial(X509 *cert)
{
	uint8_t raw[SERIAL_LEN];
	BIGNUM *bn = NULL;
	bool ok;

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return false;
	/* Positive and never short (RFC 5280). */
	raw[0] = (raw[0] & 0x3f) | 0x40;
	bn = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert));
	BN_free(bn);
	return ok;
}

/* Everything but the extensions and the signature. */
static X509 *new_cert(const char *cn, EVP_PKEY *key, const X509 *issuer)
{
	X509 *cert = X509_new();

	if (!cert)
		return NULL;
	/* A day of slack for machines whose clock is behind. */
	if (X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
	    !set_name(X509_get_subject_name(cert), cn) ||
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) != 1 ||
	    !X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, NULL) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0, NULL) ||
	    X509_set_pubkey(cert, key) != 1) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static bool add_standard(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/* One of AMD's extensions: @data becomes the content of the OCTET STRING. */
static bool add_amd(X509 *cert, const char *suffix, const uint8_t *data, int len)
{
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;
	ASN1_OBJECT *oid;
	char text[64];
	bool ok;

	snprintf(text, sizeof(text), PKI_OID_BASE "%s", suffix);
	oid = OBJ_txt2obj(text, 1);
	if (oid && octets && ASN1_OCTET_STRING_set(octets, data, len))
		ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, octets);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(oid);
	return ok;
}

static bool add_amd_integer(X509 *cert, const char *suffix, unsigned int value)
{
	ASN1_INTEGER *i = ASN1_INTEGER_new();
	uint8_t *der = NULL;
	bool ok = false;
	int len;

	if (i && ASN1_INTEGER_set(i, value)) {
		len = i2d_ASN1_INTEGER(i, &der);
		ok = len > 0 && add_amd(cert, suffix, der, len);
	}
	OPENSSL_free(der);
	ASN1_INTEGER_free(i);
	return ok;
}

static bool add_amd_string(X509 *cert, const char *suffix, const char *value)
{
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	uint8_t *der = NULL;
	bool ok = false;
	int len;

	if (s && ASN1_STRING_set(s, value, -1)) {
		len = i2d_ASN1_IA5STRING(s, &der);
		ok = len > 0 && add_amd(cert, suffix, der, len);
	}
	OPENSSL_free(der);
	ASN1_IA5STRING_free(s);
	return ok;
}

/* RSASSA-PSS with SHA-384 for message and mask. */
static bool sign(X509 *cert, EVP_PKEY *ca_key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = ctx && EVP_DigestSignInit(ctx, &pctx, EVP_sha384(), NULL, ca_key) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, EVP_sha384()) == 1 &&
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, PSS_SALT_LEN) == 1 &&
	     X509_sign_ctx(cert, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static X509 *finish(X509 *cert, bool ok, EVP_PKEY *ca_key)
{
	if (ok && sign(cert, ca_key))
		return cert;
	X509_free(cert);
	return NULL;
}

static bool add_ca(X509 *cert, X509 *issuer, const char *constraints)
{
	return add_standard(cert, issuer, NID_basic_constraints, constraints) &&
	       add_standard(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_standard(cert, issuer, NID_subject_key_identifier, "hash") &&
	       add_standard(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
	       add_standard(cert, issuer, NID_netscape_comment, PKI_COMMENT);
}

/**
 * pki_make_ark() - the root
 * @p: product
 * @ark_key: signs itself
 *
 * Return: the certificate, to be freed by the caller; NULL on failure.
 */
X509 *pki_make_ark(const struct pki_product *p, EVP_PKEY *ark_key)
{
	char cn[32];
	X509 *cert;

	snprintf(cn, sizeof(cn), "ARK-%s", p->name);
	cert = new_cert(cn, ark_key, NULL);
	return cert ? finish(cert, add_ca(cert, cert, "critical,CA:TRUE"), ark_key) : NULL;
}

static X509 *make_intermediate(const char *cn, EVP_PKEY *key, X509 *ark, EVP_PKEY *ark_key)
{
	X509 *cert = new_cert(cn, key, ark);

	return cert ? finish(cert, add_ca(cert, ark, "critical,CA:TRUE,pathlen:0"), ark_key) : NULL;
}

/**
 * pki_make_ask() - the intermediate of VCEKs
 * @p: product
 * @ask_key: its subject
 * @ark: its issuer
 * @ark_key: signs it
 *
 * Return: the certificate, to be freed by the caller; NULL on failure.
 */
X509 *pki_make_ask(const struct pki_product *p, EVP_PKEY *ask_key, X509 *ark, EVP_PKEY *ark_key)
{
	char cn[32];

	snprintf(cn, sizeof(cn), "SEV-%s", p->name);
	return make_intermediate(cn, ask_key, ark, ark_key);
}

/* The same of VLEKs. */
X509 *pki_make_asvk(const struct pki_product *p, EVP_PKEY *asvk_key, X509 *ark,
		    EVP_PKEY *ark_key)
{
	char cn[32];

	snprintf(cn, sizeof(cn), "SEV-VLEK-%s", p->name);
	return make_intermediate(cn, asvk_key, ark, ark_key);
}

static bool add_spl(X509 *cert, const struct pki_part *part)
{
	struct snp_tcb t = snp_tcb_decode(part->tcb, part->product->layout);

	return add_amd_integer(cert, "3.1", t.bootloader) &&
	       add_amd_integer(cert, "3.2", t.tee) &&
	       add_amd_integer(cert, "3.3", t.snp) &&
	       add_amd_integer(cert, "3.4", 0) &&
	       add_amd_integer(cert, "3.5", 0) &&
	       add_amd_integer(cert, "3.6", 0) &&
	       add_amd_integer(cert, "3.7", 0) &&
	       add_amd_integer(cert, "3.8", t.microcode) &&
	       (part->product->layout != SNP_TCB_TURIN || add_amd_integer(cert, "3.9", t.fmc));
}

/**
 * pki_make_vcek() - the chip's certificate
 * @part: chip and TCB that it states
 * @vcek_key: its subject
 * @ask: its issuer
 * @ask_key: signs it
 *
 * Return: the certificate, to be freed by the caller; NULL on failure.
 */
X509 *pki_make_vcek(const struct pki_part *part, EVP_PKEY *vcek_key, X509 *ask,
		    EVP_PKEY *ask_key)
{
	const struct pki_product *p = part->product;
	X509 *cert = new_cert("SEV-VCEK", vcek_key, ask);
	bool ok;

	if (!cert)
		return NULL;
	/* The hardware id stands there without an ASN.1 tag. */
	ok = add_amd_integer(cert, "1", p->struct_version) &&
	     add_amd_string(cert, "2", p->stepping_name) && add_spl(cert, part) &&
	     add_amd(cert, "4", part->chip_id, p->hwid_len) &&
	     add_standard(cert, ask, NID_netscape_comment, PKI_COMMENT);
	return finish(cert, ok, ask_key);
}

/**
 * pki_make_vlek() - the provider's certificate
 * @part: product and TCB that it states
 * @vlek_key: its subject
 * @asvk: its issuer
 * @asvk_key: signs it
 *
 * Return: the certificate, to be freed by the caller; NULL on failure.
 */
X509 *pki_make_vlek(const struct pki_part *part, EVP_PKEY *vlek_key, X509 *asvk,
		    EVP_PKEY *asvk_key)
{
	const struct pki_product *p = part->product;
	X509 *cert = new_cert("SEV-VLEK", vlek_key, asvk);
	bool ok;

	if (!cert)
		return NULL;
	/* No stepping and no hardware id: it serves many chips. */
	ok = add_amd_integer(cert, "1", p->struct_version) && add_amd_string(cert, "2", p->name) &&
	     add_spl(cert, part) && add_amd_string(cert, "5", PKI_CSP_ID) &&
	     add_standard(cert, asvk, NID_netscape_comment, PKI_COMMENT);
	return finish(cert, ok, asvk_key);
}

bool pki_verify(X509 *ark, X509 *ask, X509 *leaf, const char **why)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct stack_st_X509 *between = sk_X509_new_null();
	bool ok = false;

	*why = "libcrypto failed";
	if (!store || !ctx || !between || X509_STORE_add_cert(store, ark) != 1)
		goto out;
	if (ask && !sk_X509_push(between, ask))
		goto out;
	if (X509_STORE_CTX_init(ctx, store, leaf, between) != 1)
		goto out;
	ok = X509_verify_cert(ctx) == 1;
	*why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
out:
	sk_X509_free(between);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}
