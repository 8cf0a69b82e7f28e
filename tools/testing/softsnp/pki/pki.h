/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of softsnp-pki share: products, keys, certificates.
 */
#ifndef SOFTSNP_PKI_H
#define SOFTSNP_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <snp/report.h>
#include <stdio.h>

#define PKI_CHIP_ID_LEN		64
#define PKI_OID_BASE		"1.3.6.1.4.1.3704.1."
#define PKI_COMMENT		"SoftSNP test hierarchy, not AMD's"

/**
 * struct pki_product - a processor line
 * @name: as in certificate names
 * @stepping_name: as in the VCEK's product extension
 * @layout: of its TCB_VERSION
 * @struct_version: of the VCEK's extensions
 * @hwid_len: significant bytes of the chip id
 */
struct pki_product {
	const char *name;
	const char *stepping_name;
	enum snp_tcb_layout layout;
	int struct_version;
	size_t hwid_len;
};

/**
 * struct pki_part - one chip at one TCB
 * @product: its line
 * @tcb: TCB_VERSION in the product's layout
 * @seed: 0: random chip id and VCEK, otherwise what fixes them
 * @chip_id: as reports carry it
 */
struct pki_part {
	const struct pki_product *product;
	uint64_t tcb;
	uint64_t seed;
	uint8_t chip_id[PKI_CHIP_ID_LEN];
};

/* product.c */
const struct pki_product *pki_product_find(const char *name);
uint64_t pki_default_tcb(const struct pki_product *p);
bool pki_tcb_fits(const struct pki_product *p, uint64_t tcb);

/* key.c; NULL or false: libcrypto failed or the user interrupted. */
extern volatile int pki_interrupted;
bool pki_make_chip_id(struct pki_part *part);
EVP_PKEY *pki_make_vcek_key(const struct pki_part *part);
EVP_PKEY *pki_make_rsa_key(const char *what, unsigned int bits, FILE *progress);

/* cert.c */
X509 *pki_make_ark(const struct pki_product *p, EVP_PKEY *ark_key);
X509 *pki_make_ask(const struct pki_product *p, EVP_PKEY *ask_key, X509 *ark, EVP_PKEY *ark_key);
X509 *pki_make_vcek(const struct pki_part *part, EVP_PKEY *vcek_key, X509 *ask,
		    EVP_PKEY *ask_key);

/**
 * pki_verify() - does a certificate chain up to a root
 * @ark: the one trusted certificate
 * @ask: intermediate, may be missing (NULL)
 * @leaf: what to verify
 * @why: receives the reason of a failure
 */
bool pki_verify(X509 *ark, X509 *ask, X509 *leaf, const char **why);

#endif /* SOFTSNP_PKI_H */
