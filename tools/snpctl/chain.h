/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The certificate chain of a report: ARK, ASK, VCEK, and the revocation list.
 */
#ifndef SNPCTL_CHAIN_H
#define SNPCTL_CHAIN_H

#include <time.h>

#include <openssl/x509.h>

#include "report.h"

/* A certificate or a revocation list is never larger. */
#define CHAIN_FILE_MAX		(64 * 1024)
#define CHAIN_DATE_LEN		16

/**
 * struct vcek_facts - what a VCEK says about chip and TCB
 * @structure: structure version; 1 where the TCB has an FMC
 * @product_name: e.g. "Milan-B0"
 * @tcb: the security patch levels
 * @has_fmc: the certificate has an FMC level
 * @hwid: chip id
 * @hwid_len: its length, 64 or 8
 */
struct vcek_facts {
	uint8_t structure;
	char product_name[32];
	struct snp_tcb tcb;
	bool has_fmc;
	uint8_t hwid[64];
	size_t hwid_len;
};

/**
 * struct chain - certificates, filled in and checked from the root down
 * @ark: AMD root key, the trust anchor
 * @ask: AMD SEV key
 * @vcek: versioned chip endorsement key
 * @product: what the names of ARK and ASK say
 * @leaf: what the VCEK says
 */
struct chain {
	X509 *ark;
	X509 *ask;
	X509 *vcek;
	const struct product *product;
	struct vcek_facts leaf;
};

bool chain_add_ark(struct chain *c, const struct blob *file, time_t now, struct reason *why);
bool chain_add_ask(struct chain *c, const struct blob *file, time_t now, struct reason *why);
bool chain_add_vcek(struct chain *c, const struct blob *file, time_t now, struct reason *why);
bool chain_check_crl(const struct chain *c, const struct blob *file, time_t now,
		     struct reason *why);
void chain_free(struct chain *c);

bool vcek_read(struct vcek_facts *leaf, const X509 *cert, struct reason *why);
bool vcek_owns_extension(const ASN1_OBJECT *oid);
void chain_date(char out[CHAIN_DATE_LEN], const ASN1_TIME *t);

#endif /* SNPCTL_CHAIN_H */
