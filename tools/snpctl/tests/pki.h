/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A certificate authority for tests: makes chains and reports as AMD would, and
 * every wrong one that a test asks for.
 */
#ifndef SNPCTL_TEST_PKI_H
#define SNPCTL_TEST_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "verify.h"

#define ABSENT		-1
#define DAY		(24 * 3600L)

/**
 * struct ca_keys - keys, made once a program
 * @ark: RSA-4096
 * @ask: RSA-4096
 * @vcek: P-384
 * @stranger: RSA-4096 key that nobody trusts
 */
struct ca_keys {
	EVP_PKEY *ark, *ask, *vcek, *stranger;
};
extern struct ca_keys keys;
void keys_init(void);
EVP_PKEY *key_rsa(unsigned int bits);
EVP_PKEY *key_ec(const char *curve);

/**
 * struct cert_spec - a certificate to be made
 * @name: subject's common name
 * @issuer: issuer's common name
 * @key: subject's key
 * @signer: issuer's key
 * @from: validity, seconds from now
 * @until: validity, seconds from now
 * @ca: basic constraints: 1 CA, 0 not a CA, ABSENT
 * @pathlen: of a CA, or ABSENT
 * @usage: key usage as X509V3 text, or NULL
 * @hash: hash of the signature
 * @mgf_hash: hash of the mask generation
 * @salt: bytes
 * @pkcs1: RSASSA-PKCS1-v1_5 instead of PSS
 * @version1: X.509 version 1, no extensions
 * @extra: OID of an extension that is added as critical, or NULL
 * @v3: NID of one more extension that libcrypto knows
 * @v3_text: its value as X509V3 text, or NULL
 * @vcek: has AMD's extensions
 * @amd_critical: they are marked critical
 * @structure: structure version or ABSENT
 * @product: product name or NULL
 * @spl: level 1 to 9, or ABSENT
 * @hwid: chip id
 * @hwid_len: its length, 0: absent
 * @hwid_wrapped: inside an OCTET STRING
 * @twice: every extension of AMD's stands there twice
 */
struct cert_spec {
	const char *name, *issuer;
	EVP_PKEY *key, *signer;
	long from, until;
	int ca, pathlen;
	const char *usage;
	const EVP_MD *hash, *mgf_hash;
	int salt;
	bool pkcs1, version1;
	const char *extra;
	int v3;
	const char *v3_text;
	bool vcek, amd_critical;
	int structure;
	const char *product;
	int spl[10];
	const uint8_t *hwid;
	size_t hwid_len;
	bool hwid_wrapped, twice;
};

/**
 * struct scene - everything that a verification needs
 * @ark: what is made by scene_build()
 * @ask: likewise
 * @vcek: likewise
 * @report: signed by scene_build()
 * @nonce: what REPORT_DATA begins with
 * @in: what verify_report() gets; certificates in DER
 * @out: what it said
 */
struct scene {
	struct cert_spec ark, ask, vcek;
	struct snp_report report;
	struct verify_input in;
	struct verify_result out;
};

/* A scene in which everything is right; change it, then build and run it. */
void scene_init(struct scene *s, const char *product);
void scene_build(struct scene *s);
bool scene_run(struct scene *s);
void scene_free(struct scene *s);

struct blob cert_make(const struct cert_spec *spec);
struct blob cert_pem(const struct blob *der);
void report_sign(struct snp_report *r, EVP_PKEY *key);
/* List of the ARK, valid from/until seconds from now; revokes serial 7 if asked. */
struct blob crl_make(const char *issuer, EVP_PKEY *signer, int salt, long from, long until,
		     bool revoke_ask);

#endif /* SNPCTL_TEST_PKI_H */
