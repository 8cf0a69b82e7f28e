// SPDX-License-Identifier: GPL-2.0-only
/*
 * The certificate chain of a report: ARK -> ASK -> VCEK (57230, certificate
 * chain; RFC 5280, RFC 4055 for RSASSA-PSS).
 *
 * Every file is hostile except that the ARK's key is what the user chose to
 * trust.  Chain building is not left to a library: the chain has exactly these
 * three certificates, and each rule below is stated once.  No text of a
 * certificate goes into a reason before its signature is verified: it could
 * read like the opposite verdict.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "chain.h"

#define CA_KEY_BITS	4096
#define PSS_SALT_LEN	48
#define NAME_LEN	64

/* A date for people: "2045-10-22". */
void chain_date(char out[CHAIN_DATE_LEN], const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm) || !strftime(out, CHAIN_DATE_LEN, "%Y-%m-%d", &tm))
		snprintf(out, CHAIN_DATE_LEN, "unknown");
}

/*
 * The one PEM block of @kind in @file.  Text around it is allowed (RFC 7468);
 * a second block is not, because it would silently be ignored.
 */
static bool pem_block(const struct blob *file, const char *kind, const char *role,
		      unsigned char **der, long *len, struct reason *why)
{
	char *name = NULL, *header = NULL, *extra_name = NULL, *extra_header = NULL;
	unsigned char *extra = NULL;
	long extra_len;
	BIO *bio = BIO_new_mem_buf(file->data, file->len);
	bool good = false;

	if (!bio || !PEM_read_bio(bio, &name, &header, der, len))
		refuse(why, "the %s file is neither DER nor PEM", role);
	else if (strcmp(name, kind) || *header)
		refuse(why, "the %s file holds another PEM block instead of \"%s\"", role, kind);
	else if (PEM_read_bio(bio, &extra_name, &extra_header, &extra, &extra_len))
		refuse(why, "the %s file holds more than one PEM block", role);
	else
		good = true;

	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(extra_name);
	OPENSSL_free(extra_header);
	OPENSSL_free(extra);
	BIO_free(bio);
	ERR_clear_error();
	return good;
}

/* DER bytes of @file, whichever form it has; the caller frees *@der. */
static bool get_der(const struct blob *file, const char *kind, const char *role,
		    unsigned char **der, long *len, struct reason *why)
{
	*der = NULL;
	if (!file->len)
		return refuse(why, "the %s file is empty", role);
	if (file->len > CHAIN_FILE_MAX)
		return refuse(why, "the %s file is larger than %u KiB", role,
			      CHAIN_FILE_MAX / 1024);
	if (file->data[0] != 0x30)
		return pem_block(file, kind, role, der, len, why);
	*der = OPENSSL_memdup(file->data, file->len);
	*len = file->len;
	return *der ? true : refuse(why, "out of memory");
}

/*
 * Parse @file, and parse it strictly: what was understood must encode to the
 * very bytes that came in.  Without that, bytes outside the signed part (length
 * encodings, trailing data) could be changed unnoticed.
 */
static bool parse(const struct blob *file, const char *kind, const char *role,
		  const ASN1_ITEM *item, void **out, struct reason *why)
{
	unsigned char *der, *again = NULL;
	const unsigned char *p;
	long len;
	int again_len;
	bool good;

	*out = NULL;
	if (!get_der(file, kind, role, &der, &len, why)) {
		OPENSSL_free(der);
		return false;
	}
	p = der;
	*out = (void *)ASN1_item_d2i(NULL, &p, len, item);
	again_len = *out ? ASN1_item_i2d(*out, &again, item) : -1;
	good = again_len == len && !memcmp(der, again, len);
	if (!good) {
		if (*out)
			ASN1_item_free(*out, item);
		*out = NULL;
		refuse(why, "the %s file is not a well-formed %s", role,
		       item == ASN1_ITEM_rptr(X509) ? "certificate" : "revocation list");
	}
	OPENSSL_free(again);
	OPENSSL_free(der);
	ERR_clear_error();
	return good;
}

/* The one common name of @name, restricted to characters that AMD's names have. */
static bool common_name(const X509_NAME *name, char out[NAME_LEN])
{
	int at = X509_NAME_get_index_by_NID((X509_NAME *)name, NID_commonName, -1);
	const ASN1_STRING *value;
	int len, i;

	if (at < 0 || X509_NAME_get_index_by_NID((X509_NAME *)name, NID_commonName, at) >= 0)
		return false;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	len = ASN1_STRING_length(value);
	if (len <= 0 || len >= NAME_LEN)
		return false;
	printable(out, NAME_LEN, ASN1_STRING_get0_data(value), len);
	for (i = 0; i < len; i++)
		if (out[i] == '?')
			return false;
	return true;
}

/* RSASSA-PSS with SHA-384, MGF1 with SHA-384, 48 bytes of salt, nothing else. */
static bool pss_form(const X509_ALGOR *algor, const char *role, struct reason *why)
{
	RSA_PSS_PARAMS *pss = NULL;
	X509_ALGOR *mgf_hash = NULL;
	const ASN1_OBJECT *oid;
	const void *param;
	const char *defect = NULL;
	int type;

	X509_ALGOR_get0(&oid, &type, &param, algor);
	if (OBJ_obj2nid(oid) != NID_rsassaPss)
		return refuse(why, "the %s is not signed with RSASSA-PSS", role);
	if (type == V_ASN1_SEQUENCE)
		pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
						algor->parameter);
	if (pss && pss->maskGenAlgorithm &&
	    OBJ_obj2nid(pss->maskGenAlgorithm->algorithm) == NID_mgf1)
		mgf_hash = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR),
						     pss->maskGenAlgorithm->parameter);

	/* Absent parameters mean SHA-1 and 20 bytes: never what AMD signs with. */
	if (!pss)
		defect = "PSS parameters are missing or malformed";
	else if (!pss->hashAlgorithm ||
		 OBJ_obj2nid(pss->hashAlgorithm->algorithm) != NID_sha384)
		defect = "PSS hash is not SHA-384";
	else if (!mgf_hash || OBJ_obj2nid(mgf_hash->algorithm) != NID_sha384)
		defect = "PSS mask generation is not MGF1 with SHA-384";
	else if (!pss->saltLength || ASN1_INTEGER_get(pss->saltLength) != PSS_SALT_LEN)
		defect = "PSS salt is not 48 bytes long";
	else if (pss->trailerField && ASN1_INTEGER_get(pss->trailerField) != 1)
		defect = "PSS trailer is not the standard one";

	X509_ALGOR_free(mgf_hash);
	RSA_PSS_PARAMS_free(pss);
	ERR_clear_error();
	return defect ? refuse(why, "the %s's %s", role, defect) : true;
}

static bool in_date(const ASN1_TIME *from, const ASN1_TIME *until, const char *role, time_t now,
		    struct reason *why)
{
	char date[CHAIN_DATE_LEN];
	int since = X509_cmp_time(from, &now), left = X509_cmp_time(until, &now);

	ERR_clear_error();
	if (!since || !left)
		return refuse(why, "the %s has a malformed date", role);
	if (since > 0) {
		chain_date(date, from);
		return refuse(why, "the %s is not valid before %s", role, date);
	}
	if (left < 0) {
		chain_date(date, until);
		return refuse(why, "the %s expired on %s", role, date);
	}
	return true;
}

/*
 * The extensions whose rules this file enforces.  libcrypto knows more (name
 * constraints, policies, extended key usage), but it would enforce them only in
 * a chain that it builds itself.
 */
static bool enforced(X509_EXTENSION *ext)
{
	switch (OBJ_obj2nid(X509_EXTENSION_get_object(ext))) {
	case NID_basic_constraints:
	case NID_key_usage:
	case NID_subject_key_identifier:
	case NID_authority_key_identifier:
		return true;
	}
	return false;
}

/* RFC 5280: a critical extension that is not understood means "do not use". */
static bool extensions_understood(const X509 *cert, bool leaf, const char *role,
				  struct reason *why)
{
	int i;

	if (X509_get_version(cert) != X509_VERSION_3)
		return refuse(why, "the %s is not an X.509 version 3 certificate", role);
	if (X509_get_extension_flags((X509 *)cert) & EXFLAG_INVALID)
		return refuse(why, "the %s has a malformed extension", role);
	for (i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert, i);

		if (!X509_EXTENSION_get_critical(ext) || enforced(ext))
			continue;
		if (leaf && vcek_owns_extension(X509_EXTENSION_get_object(ext)))
			continue;
		return refuse(why, "the %s has a critical extension that is not understood", role);
	}
	return true;
}

static bool ca_form(X509 *cert, const char *role, struct reason *why)
{
	uint32_t flags = X509_get_extension_flags(cert);
	EVP_PKEY *key = X509_get0_pubkey(cert);

	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
		return refuse(why, "the %s is not marked as a CA", role);
	/* All ones when the certificate does not restrict its key. */
	if (!(X509_get_key_usage(cert) & X509v3_KU_KEY_CERT_SIGN))
		return refuse(why, "the %s's key usage does not allow to sign certificates", role);
	if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(key) != CA_KEY_BITS)
		return refuse(why, "the %s's key is not RSA with %u bits", role, CA_KEY_BITS);
	return true;
}

static bool leaf_form(X509 *cert, struct reason *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	char group[32] = "";

	if (X509_get_extension_flags(cert) & EXFLAG_CA)
		return refuse(why, "the VCEK is marked as a CA");
	if (!(X509_get_key_usage(cert) & X509v3_KU_DIGITAL_SIGNATURE))
		return refuse(why, "the VCEK's key usage does not allow signatures");
	if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_EC ||
	    !EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) ||
	    OBJ_txt2nid(group) != NID_secp384r1)
		return refuse(why, "the VCEK's key is not on the curve P-384");
	return true;
}

/* Names chain, identifiers (where stated) chain, signature verifies. */
static bool issued_by(X509 *cert, const char *role, X509 *issuer, const char *issuer_role,
		      struct reason *why)
{
	const X509_ALGOR *algor;
	int verified;

	if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer)))
		return refuse(why, "the %s does not name the %s as its issuer", role, issuer_role);
	if (X509_check_issued(issuer, cert) != X509_V_OK)
		return refuse(why, "the %s's authority key identifier is not the %s's", role,
			      issuer_role);
	X509_get0_signature(NULL, &algor, cert);
	if (!pss_form(algor, role, why))
		return false;
	verified = X509_verify(cert, X509_get0_pubkey(issuer));
	ERR_clear_error();
	return verified == 1 ? true : refuse(why, "the %s's signature is not by the %s's key",
					     role, issuer_role);
}

/**
 * chain_add_ark() - take the root
 * @c: empty chain
 * @file: certificate as it was read, PEM or DER
 * @now: when to be valid
 * @why: receives the first defect
 *
 * Sets @c->product from the name "ARK-<product>".
 */
bool chain_add_ark(struct chain *c, const struct blob *file, time_t now, struct reason *why)
{
	char name[NAME_LEN];

	if (!parse(file, PEM_STRING_X509, "ARK", ASN1_ITEM_rptr(X509), (void **)&c->ark, why))
		return false;
	if (!common_name(X509_get_subject_name(c->ark), name) || strncmp(name, "ARK-", 4))
		return refuse(why, "the ARK's name is not \"ARK-\" and a product");
	c->product = product_by_name(name + 4, strlen(name + 4));
	if (!c->product)
		return refuse(why, "the ARK's name is of an unknown product");
	return extensions_understood(c->ark, false, "ARK", why) &&
	       ca_form(c->ark, "ARK", why) &&
	       (X509_get_pathlen(c->ark) != 0 ||
		refuse(why, "the ARK's path length forbids an ASK below it")) &&
	       in_date(X509_get0_notBefore(c->ark), X509_get0_notAfter(c->ark), "ARK", now, why) &&
	       issued_by(c->ark, "ARK", c->ark, "ARK", why);
}

/**
 * chain_add_ask() - take the intermediate
 * @c: chain with an ARK
 * @file: certificate as it was read, PEM or DER
 * @now: when to be valid
 * @why: receives the first defect
 */
bool chain_add_ask(struct chain *c, const struct blob *file, time_t now, struct reason *why)
{
	char name[NAME_LEN];

	if (!parse(file, PEM_STRING_X509, "ASK", ASN1_ITEM_rptr(X509), (void **)&c->ask, why))
		return false;
	if (!common_name(X509_get_subject_name(c->ask), name) || strncmp(name, "SEV-", 4))
		return refuse(why, "the ASK's name is not \"SEV-\" and a product");
	if (strcmp(name + 4, c->product->name))
		return refuse(why, "the ASK's name is of another product than %s",
			      c->product->name);
	return extensions_understood(c->ask, false, "ASK", why) &&
	       ca_form(c->ask, "ASK", why) &&
	       in_date(X509_get0_notBefore(c->ask), X509_get0_notAfter(c->ask), "ASK", now, why) &&
	       issued_by(c->ask, "ASK", c->ark, "ARK", why);
}

/**
 * chain_add_vcek() - take the leaf and read what it says
 * @c: chain with ARK and ASK
 * @file: certificate as it was read, PEM or DER
 * @now: when to be valid
 * @why: receives the first defect
 */
bool chain_add_vcek(struct chain *c, const struct blob *file, time_t now, struct reason *why)
{
	char name[NAME_LEN];

	if (!parse(file, PEM_STRING_X509, "VCEK", ASN1_ITEM_rptr(X509), (void **)&c->vcek, why))
		return false;
	if (!common_name(X509_get_subject_name(c->vcek), name) || strcmp(name, "SEV-VCEK"))
		return refuse(why, "the VCEK's name is not SEV-VCEK");
	return extensions_understood(c->vcek, true, "VCEK", why) &&
	       leaf_form(c->vcek, why) &&
	       in_date(X509_get0_notBefore(c->vcek), X509_get0_notAfter(c->vcek), "VCEK", now,
		       why) &&
	       issued_by(c->vcek, "VCEK", c->ask, "ASK", why) &&
	       vcek_read(&c->leaf, c->vcek, why);
}

static bool crl_good(const struct chain *c, X509_CRL *crl, time_t now, struct reason *why)
{
	const X509_ALGOR *algor;
	X509_REVOKED *entry;

	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(c->ark)))
		return refuse(why, "the CRL does not name the ARK as its issuer");
	if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0)
		return refuse(why, "the CRL has a critical extension that is not understood");
	if (!X509_CRL_get0_nextUpdate(crl))
		return refuse(why, "the CRL does not say until when it is valid");
	if (!in_date(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), "CRL", now,
		     why))
		return false;
	X509_CRL_get0_signature(crl, NULL, &algor);
	if (!pss_form(algor, "CRL", why))
		return false;
	if (X509_CRL_verify(crl, X509_get0_pubkey(c->ark)) != 1)
		return refuse(why, "the CRL's signature is not by the ARK's key");
	if (X509_CRL_get0_by_cert(crl, &entry, c->ask))
		return refuse(why, "the ASK has been revoked by the ARK");
	return true;
}

/**
 * chain_check_crl() - is the ASK still good
 * @c: chain with ARK and ASK
 * @file: revocation list as it was read, PEM or DER
 * @now: when to be valid
 * @why: receives the first defect
 */
bool chain_check_crl(const struct chain *c, const struct blob *file, time_t now,
		     struct reason *why)
{
	X509_CRL *crl;
	bool good;

	if (!parse(file, PEM_STRING_X509_CRL, "CRL", ASN1_ITEM_rptr(X509_CRL), (void **)&crl, why))
		return false;
	good = crl_good(c, crl, now, why);
	X509_CRL_free(crl);
	ERR_clear_error();
	return good;
}

void chain_free(struct chain *c)
{
	X509_free(c->ark);
	X509_free(c->ask);
	X509_free(c->vcek);
	*c = (struct chain){};
}
