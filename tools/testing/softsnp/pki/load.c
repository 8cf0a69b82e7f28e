// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services for a chip that exists: certificates for another TCB, as the key
 * distribution service gives them, and signed firmware images.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "../asp/fw_image.h"
#include "files.h"

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f)
		pki_fail_errno(dir, name);
	return f;
}

static bool read_raw(const char *dir, const char *name, void *buf, size_t len)
{
	FILE *f = open_in(dir, name);
	bool ok;

	if (!f)
		return false;
	ok = fread(buf, len, 1, f) == 1 && fgetc(f) == EOF;
	fclose(f);
	if (!ok)
		fprintf(stderr, "softsnp-pki: %s/%s is not %zu bytes long\n", dir, name, len);
	return ok;
}

static EVP_PKEY *read_key(const char *dir, const char *name)
{
	FILE *f = open_in(dir, name);
	EVP_PKEY *key;

	if (!f)
		return NULL;
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (!key)
		pki_fail(name);
	return key;
}

static X509 *read_cert(const char *dir, const char *name)
{
	FILE *f = open_in(dir, name);
	X509 *cert;

	if (!f)
		return NULL;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (!cert)
		pki_fail(name);
	return cert;
}

/* The ASK is called SEV-Milan and so on. */
static const struct pki_product *product_of(X509 *ask)
{
	char cn[64] = "";

	X509_NAME_get_text_by_NID(X509_get_subject_name(ask), NID_commonName, cn, sizeof(cn));
	return strncmp(cn, "SEV-", 4) ? NULL : pki_product_find(cn + 4);
}

static bool load(const char *dir, struct pki_hierarchy *h)
{
	struct pki_part *part = &h->part;

	h->ask = read_cert(dir, "ask.pem");
	h->asvk = h->ask ? read_cert(dir, "asvk.pem") : NULL;
	h->ask_key = h->asvk ? read_key(dir, "ask.key") : NULL;
	h->asvk_key = h->ask_key ? read_key(dir, "asvk.key") : NULL;
	if (!h->asvk_key || !read_raw(dir, "chip_id", part->chip_id, sizeof(part->chip_id)) ||
	    !read_raw(dir, "chip_secret", part->secret, sizeof(part->secret)) ||
	    !read_raw(dir, "hashstick", part->stick, sizeof(part->stick)))
		return false;
	part->product = product_of(h->ask);
	if (!part->product)
		pki_fail("ask.pem names no known product");
	return part->product;
}

/**
 * pki_certify() - VCEK, VLEK and hashstick for another TCB
 * @dir: complete
 * @tcb: TCB_VERSION; vcek-TCB.pem and so on are the files
 */
int pki_certify(const char *dir, uint64_t tcb)
{
	struct pki_hierarchy h = { .part.tcb = tcb };
	char suffix[32];
	int err = -1;

	snprintf(suffix, sizeof(suffix), "-%016llx", (unsigned long long)tcb);
	if (!load(dir, &h))
		goto out;
	if (!pki_tcb_fits(h.part.product, tcb)) {
		pki_fail("no TCB_VERSION of this product");
		goto out;
	}
	h.vcek_key = pki_make_vcek_key(&h.part);
	h.vlek_key = pki_make_vlek_key(&h.part);
	if (h.vcek_key && h.vlek_key) {
		h.vcek = pki_make_vcek(&h.part, h.vcek_key, h.ask, h.ask_key);
		h.vlek = pki_make_vlek(&h.part, h.vlek_key, h.asvk, h.asvk_key);
	}
	if (!h.vcek || !h.vlek)
		pki_fail("certificates");
	else
		err = pki_write_leaves(dir, suffix, &h.part, h.vcek, h.vlek);
	if (!err)
		printf("softsnp-pki: %s: vcek%s.pem, vlek%s.pem, vlek%s.hashstick\n", dir, suffix,
		       suffix, suffix);
out:
	OPENSSL_cleanse(&h.part, sizeof(h.part));
	pki_hierarchy_free(&h);
	return err;
}

static bool sign(EVP_PKEY *key, const uint8_t *data, size_t len, uint8_t sig[FW_IMAGE_SIG_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[160];
	const uint8_t *p = der;
	size_t der_len = sizeof(der);
	ECDSA_SIG *rs = NULL;
	bool ok;

	ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key) == 1 &&
	     EVP_DigestSign(ctx, der, &der_len, data, len) == 1;
	if (ok)
		rs = d2i_ECDSA_SIG(NULL, &p, der_len);
	ok = rs && BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, 48) == 48 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + 48, 48) == 48;
	ECDSA_SIG_free(rs);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool write_file(const char *file, const void *data, size_t len)
{
	FILE *f = fopen(file, "wb");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(data, len, 1, f) == 1;
	return !fclose(f) && ok;
}

/**
 * pki_firmware_image() - make a signed image that the model can load
 * @dir: complete
 * @image: what it claims
 */
int pki_firmware_image(const char *dir, const struct pki_image *image)
{
	struct {
		struct fw_image_header h;
		uint8_t sig[FW_IMAGE_SIG_LEN];
	} out = {
		.h = {
			.length = sizeof(out),
			.major = image->major,
			.minor = image->minor,
			.build = image->build,
			.svn = image->svn,
			.flags = image->flags,
		},
	};
	EVP_PKEY *key = read_key(dir, "firmware.key");
	X509 *ask = key ? read_cert(dir, "ask.pem") : NULL;
	const struct pki_product *p = ask ? product_of(ask) : NULL;
	int err = -1;

	memcpy(out.h.magic, FW_IMAGE_MAGIC, sizeof(out.h.magic));
	if (p) {
		out.h.product = pki_product_number(p);
		if (!sign(key, (uint8_t *)&out.h, sizeof(out.h), out.sig))
			pki_fail("signature");
		else if (!write_file(image->file, &out, sizeof(out)))
			fprintf(stderr, "softsnp-pki: %s: %s\n", image->file, strerror(errno));
		else
			err = 0;
	}
	X509_free(ask);
	EVP_PKEY_free(key);
	return err;
}
