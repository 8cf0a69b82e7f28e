// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: the certificates that a host gives along with a report, as one
 * table made from the part's directory of keys.  GHCB specification (56421),
 * SNP extended guest request.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <snp/guest_msg.h>

#include "guest.h"

#define NR_CERTS	3

static const struct {
	uint8_t guid[16];
	const char *file;
} sources[NR_CERTS] = {
	{ SNP_CERT_GUID_VCEK, "vcek.pem" },
	{ SNP_CERT_GUID_ASK, "ask.pem" },
	{ SNP_CERT_GUID_ARK, "ark.pem" },
};

static uint8_t *table;
static size_t table_len;

/* DER of one certificate; the caller frees it. */
static int read_certificate(const char *name, uint8_t **der)
{
	char path[PATH_MAX];
	X509 *cert = NULL;
	FILE *f = NULL;
	int len = -1;

	if (snprintf(path, sizeof(path), "%s/%s", guest_config.pki_dir, name) < (int)sizeof(path))
		f = fopen(path, "re");
	if (f) {
		cert = PEM_read_X509(f, NULL, NULL, NULL);
		fclose(f);
	}
	if (cert)
		len = i2d_X509(cert, der);
	X509_free(cert);
	if (len <= 0)
		cpu_log("guest: certs=1: no certificate in %s/%s", guest_config.pki_dir, name);
	return len;
}

bool guest_certs_load(void)
{
	struct snp_cert_row rows[NR_CERTS + 1] = {};
	size_t i;

	if (!guest_config.pki_dir) {
		cpu_log("guest: certs=1 needs argument pki=");
		return false;
	}
	table_len = sizeof(rows);
	table = calloc(1, table_len);
	for (i = 0; table && i < NR_CERTS; i++) {
		uint8_t *der = NULL, *grown;
		int len = read_certificate(sources[i].file, &der);

		if (len <= 0)
			return false;
		memcpy(rows[i].guid, sources[i].guid, sizeof(rows[i].guid));
		rows[i].offset = table_len;
		rows[i].length = len;
		grown = realloc(table, table_len + len);
		if (grown) {
			memcpy(grown + table_len, der, len);
			table_len += len;
		} else {
			free(table);
		}
		table = grown;
		OPENSSL_free(der);
	}
	if (!table) {
		cpu_log("guest: no memory for certificates");
		return false;
	}
	memcpy(table, rows, sizeof(rows));
	return true;
}

uint64_t guest_certs_pages(void)
{
	return (table_len + SNP_PAGE_SIZE - 1) / SNP_PAGE_SIZE;
}

void guest_certs_write(uint64_t gpa)
{
	memcpy(guest_spa(gpa, table_len), table, table_len);
}

const void *guest_certs_table(size_t *len)
{
	*len = table_len;
	return table;
}
