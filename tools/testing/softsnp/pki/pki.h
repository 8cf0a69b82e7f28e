/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of softsnp-pki share: products, keys, certificates.
 */
#ifndef SOFTSNP_PKI_H
#define SOFTSNP_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <snp/fw.h>
#include <snp/report.h>
#include <stdio.h>

#define PKI_CHIP_ID_LEN		64
#define PKI_OID_BASE		"1.3.6.1.4.1.3704.1."
#define PKI_CSP_ID		"SoftSNP test provider"
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
 * @secret: what the chip's keys are derived from
 * @stick: what the VLEK is derived from, the provider's and not the chip's
 */
struct pki_part {
	const struct pki_product *product;
	uint64_t tcb;
	uint64_t seed;
	uint8_t chip_id[PKI_CHIP_ID_LEN];
	uint8_t secret[64];
	uint8_t stick[384];
};

/* product.c */
const struct pki_product *pki_product_find(const char *name);
unsigned int pki_product_number(const struct pki_product *p);
uint64_t pki_default_tcb(const struct pki_product *p);
bool pki_tcb_fits(const struct pki_product *p, uint64_t tcb);

/* key.c; NULL or false: libcrypto failed or the user interrupted. */
extern volatile int pki_interrupted;
bool pki_make_chip(struct pki_part *part);
EVP_PKEY *pki_make_vcek_key(const struct pki_part *part);
EVP_PKEY *pki_make_vlek_key(const struct pki_part *part);
EVP_PKEY *pki_make_firmware_key(const struct pki_part *part);
bool pki_wrap_stick(const struct pki_part *part, struct snp_vlek_hashstick *out);
EVP_PKEY *pki_make_rsa_key(const char *what, unsigned int bits, FILE *progress);

/* cert.c */
X509 *pki_make_ark(const struct pki_product *p, EVP_PKEY *ark_key);
X509 *pki_make_ask(const struct pki_product *p, EVP_PKEY *ask_key, X509 *ark, EVP_PKEY *ark_key);
X509 *pki_make_asvk(const struct pki_product *p, EVP_PKEY *asvk_key, X509 *ark,
		    EVP_PKEY *ark_key);
X509 *pki_make_vcek(const struct pki_part *part, EVP_PKEY *vcek_key, X509 *ask,
		    EVP_PKEY *ask_key);
X509 *pki_make_vlek(const struct pki_part *part, EVP_PKEY *vlek_key, X509 *asvk,
		    EVP_PKEY *asvk_key);

/**
 * pki_verify() - does a certificate chain up to a root
 * @ark: the one trusted certificate
 * @ask: intermediate, may be missing (NULL)
 * @leaf: what to verify
 * @why: receives the reason of a failure
 */
bool pki_verify(X509 *ark, X509 *ask, X509 *leaf, const char **why);

/**
 * struct pki_hierarchy - everything of a directory
 * @part: the chip
 * @ark_key: root, signs @ark, @ask and @asvk
 * @ask_key: signs @vcek
 * @asvk_key: signs @vlek
 * @vcek_key: the chip's
 * @vlek_key: the provider's
 * @firmware_key: signs firmware images
 * @ark: certificate, and so on
 */
struct pki_hierarchy {
	struct pki_part part;
	EVP_PKEY *ark_key, *ask_key, *asvk_key, *vcek_key, *vlek_key, *firmware_key;
	X509 *ark, *ask, *asvk, *vcek, *vlek;
};

/* hierarchy.c; each says on stderr why it failed. */
int pki_fail(const char *what);
int pki_fail_errno(const char *dir, const char *name);
int pki_hierarchy_make(struct pki_hierarchy *h);
int pki_hierarchy_write(const char *dir, const struct pki_hierarchy *h);
void pki_hierarchy_free(struct pki_hierarchy *h);
extern const char * const pki_files[];	/* all names, ends with NULL */

/* load.c: what an existing directory serves for. */
int pki_certify(const char *dir, uint64_t tcb);

/**
 * struct pki_image - a firmware image to be made
 * @file: where to
 * @major: ABI version
 * @minor: likewise
 * @build: build number
 * @svn: SNP component of the TCB
 * @flags: FW_IMAGE_*
 */
struct pki_image {
	const char *file;
	uint8_t major;
	uint8_t minor;
	uint8_t build;
	uint8_t svn;
	uint32_t flags;
};

int pki_firmware_image(const char *dir, const struct pki_image *image);

#endif /* SOFTSNP_PKI_H */
