/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of a directory, one by one.  0, or -1 with a reason on stderr.
 */
#ifndef SOFTSNP_PKI_FILES_H
#define SOFTSNP_PKI_FILES_H

#include "pki.h"

int pki_write_pem(const char *dir, const char *name, X509 *cert, X509 *next);
int pki_write_der(const char *dir, const char *name, X509 *cert);
int pki_write_raw(const char *dir, const char *name, const void *data, size_t len, bool private);
int pki_write_leaves(const char *dir, const char *suffix, const struct pki_part *part,
		     X509 *vcek, X509 *vlek);

#endif /* SOFTSNP_PKI_FILES_H */
