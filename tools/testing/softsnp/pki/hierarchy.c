// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole hierarchy: made, and written to a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"

#define CA_BITS	4096

const char * const pki_files[] = {
	"ark.pem", "ask.pem", "asvk.pem", "vcek.pem", "vcek.der", "vlek.pem", "vlek.der",
	"cert_chain.pem", "vlek_chain.pem", "vlek.hashstick", "firmware.pub", "product", "chip_id",
	"ark.key", "ask.key", "asvk.key", "vcek.key", "firmware.key", "chip_secret", "hashstick",
	NULL
};

int pki_fail(const char *what)
{
	unsigned long e = ERR_peek_error();

	if (pki_interrupted)
		fprintf(stderr, "softsnp-pki: interrupted, nothing was left behind\n");
	else if (e)
		fprintf(stderr, "softsnp-pki: %s: %s\n", what, ERR_error_string(e, NULL));
	else
		fprintf(stderr, "softsnp-pki: %s\n", what);
	return -1;
}

int pki_fail_errno(const char *dir, const char *name)
{
	fprintf(stderr, "softsnp-pki: %s/%s: %s\n", dir, name, strerror(errno));
	return -1;
}

static int check_chain(X509 *ark, X509 *ca, X509 *leaf)
{
	const char *why;

	if (pki_verify(ark, ca, leaf, &why))
		return 0;
	fprintf(stderr, "softsnp-pki: the new chain does not verify: %s\n", why);
	return -1;
}

static bool make_certificates(struct pki_hierarchy *h)
{
	const struct pki_product *p = h->part.product;

	h->ark = pki_make_ark(p, h->ark_key);
	if (!h->ark)
		return false;
	h->ask = pki_make_ask(p, h->ask_key, h->ark, h->ark_key);
	h->asvk = pki_make_asvk(p, h->asvk_key, h->ark, h->ark_key);
	if (!h->ask || !h->asvk)
		return false;
	h->vcek = pki_make_vcek(&h->part, h->vcek_key, h->ask, h->ask_key);
	h->vlek = pki_make_vlek(&h->part, h->vlek_key, h->asvk, h->asvk_key);
	return h->vcek && h->vlek;
}

/**
 * pki_hierarchy_make() - all keys and certificates
 * @h: product, TCB and seed of the part are set
 */
int pki_hierarchy_make(struct pki_hierarchy *h)
{
	h->ark_key = pki_make_rsa_key("ARK", CA_BITS, stderr);
	if (!h->ark_key)
		return pki_fail("ARK key");
	h->ask_key = pki_make_rsa_key("ASK", CA_BITS, stderr);
	if (!h->ask_key)
		return pki_fail("ASK key");
	h->asvk_key = pki_make_rsa_key("ASVK", CA_BITS, stderr);
	if (!h->asvk_key)
		return pki_fail("ASVK key");
	if (!pki_make_chip(&h->part))
		return pki_fail("chip id and secret");
	h->vcek_key = pki_make_vcek_key(&h->part);
	h->vlek_key = pki_make_vlek_key(&h->part);
	h->firmware_key = pki_make_firmware_key(&h->part);
	if (!h->vcek_key || !h->vlek_key || !h->firmware_key)
		return pki_fail("VCEK, VLEK and firmware key");
	if (!make_certificates(h))
		return pki_fail("certificates");
	return check_chain(h->ark, h->ask, h->vcek) ? -1 :
	       check_chain(h->ark, h->asvk, h->vlek);
}

void pki_hierarchy_free(struct pki_hierarchy *h)
{
	X509_free(h->vlek);
	X509_free(h->vcek);
	X509_free(h->asvk);
	X509_free(h->ask);
	X509_free(h->ark);
	EVP_PKEY_free(h->firmware_key);
	EVP_PKEY_free(h->vlek_key);
	EVP_PKEY_free(h->vcek_key);
	EVP_PKEY_free(h->asvk_key);
	EVP_PKEY_free(h->ask_key);
	EVP_PKEY_free(h->ark_key);
}

static int create(const char *dir, const char *name, mode_t mode, BIO **bio)
{
	char path[4096];
	FILE *f = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f)
		return pki_fail_errno(dir, name);
	*bio = BIO_new_fp(f, BIO_CLOSE);
	return *bio ? 0 : pki_fail("out of memory");
}

/* Certificates as PEM, the second one optional. */
int pki_write_pem(const char *dir, const char *name, X509 *cert, X509 *next)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0644, &bio))
		return -1;
	ok = PEM_write_bio_X509(bio, cert) == 1 && (!next || PEM_write_bio_X509(bio, next) == 1) &&
	     BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : pki_fail(name);
}

int pki_write_der(const char *dir, const char *name, X509 *cert)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0644, &bio))
		return -1;
	ok = i2d_X509_bio(bio, cert) == 1 && BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : pki_fail(name);
}

int pki_write_raw(const char *dir, const char *name, const void *data, size_t len, bool private)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, private ? 0600 : 0644, &bio))
		return -1;
	ok = BIO_write(bio, data, len) == (int)len && BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : pki_fail(name);
}

static int write_key(const char *dir, const char *name, EVP_PKEY *key)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0600, &bio))
		return -1;
	ok = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	     BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : pki_fail(name);
}

static int write_public(const char *dir, const char *name, EVP_PKEY *key)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0644, &bio))
		return -1;
	ok = PEM_write_bio_PUBKEY(bio, key) == 1 && BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : pki_fail(name);
}

/* What belongs to one TCB; @suffix goes between name and ending. */
int pki_write_leaves(const char *dir, const char *suffix, const struct pki_part *part,
		     X509 *vcek, X509 *vlek)
{
	char name[4][48];
	struct snp_vlek_hashstick stick;

	snprintf(name[0], sizeof(name[0]), "vcek%s.pem", suffix);
	snprintf(name[1], sizeof(name[1]), "vcek%s.der", suffix);
	snprintf(name[2], sizeof(name[2]), "vlek%s.pem", suffix);
	snprintf(name[3], sizeof(name[3]), "vlek%s.der", suffix);
	if (pki_write_pem(dir, name[0], vcek, NULL) || pki_write_der(dir, name[1], vcek) ||
	    pki_write_pem(dir, name[2], vlek, NULL) || pki_write_der(dir, name[3], vlek))
		return -1;
	if (!pki_wrap_stick(part, &stick))
		return pki_fail("hashstick");
	snprintf(name[0], sizeof(name[0]), "vlek%s.hashstick", suffix);
	return pki_write_raw(dir, name[0], &stick, sizeof(stick), false);
}

/**
 * pki_hierarchy_write() - all files
 * @dir: exists and is empty
 * @h: complete
 */
int pki_hierarchy_write(const char *dir, const struct pki_hierarchy *h)
{
	const struct pki_part *part = &h->part;

	if (pki_write_pem(dir, "ark.pem", h->ark, NULL) ||
	    pki_write_pem(dir, "ask.pem", h->ask, NULL) ||
	    pki_write_pem(dir, "asvk.pem", h->asvk, NULL) ||
	    pki_write_pem(dir, "cert_chain.pem", h->ask, h->ark) ||
	    pki_write_pem(dir, "vlek_chain.pem", h->asvk, h->ark) ||
	    pki_write_leaves(dir, "", part, h->vcek, h->vlek) ||
	    write_public(dir, "firmware.pub", h->firmware_key) ||
	    write_key(dir, "ark.key", h->ark_key) || write_key(dir, "ask.key", h->ask_key) ||
	    write_key(dir, "asvk.key", h->asvk_key) || write_key(dir, "vcek.key", h->vcek_key) ||
	    write_key(dir, "firmware.key", h->firmware_key))
		return -1;
	if (pki_write_raw(dir, "chip_secret", part->secret, sizeof(part->secret), true) ||
	    pki_write_raw(dir, "hashstick", part->stick, sizeof(part->stick), true))
		return -1;
	if (pki_write_raw(dir, "product", part->product->name, strlen(part->product->name), false))
		return -1;
	return pki_write_raw(dir, "chip_id", part->chip_id, PKI_CHIP_ID_LEN, false);
}
