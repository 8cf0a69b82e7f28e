// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a chip is born with, and CA keys.  With a seed everything but the CA
 * keys is a function of the seed; RSA keys are always random, because
 * libcrypto draws primes from its own generator.
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <time.h>

#include "derive.h"
#include "pki.h"

#define PROGRESS_S	2

volatile int pki_interrupted;

/* 64 bytes: random, or what seed and @label fix. */
static bool draw(const struct pki_part *part, const char *label, uint8_t out[64])
{
	char text[160];
	int n;

	if (!part->seed)
		return RAND_priv_bytes(out, 64) == 1;
	n = snprintf(text, sizeof(text), "SoftSNP %s %s %016llx", label, part->product->name,
		     (unsigned long long)part->seed);
	return EVP_Digest(text, n, out, NULL, EVP_sha512(), NULL) == 1;
}

/**
 * pki_make_chip() - chip id, secret and hashstick
 * @part: product and seed are set; the others are filled in
 */
bool pki_make_chip(struct pki_part *part)
{
	size_t used = part->product->hwid_len, i;
	char label[32];

	if (!draw(part, "chip id", part->chip_id) || !draw(part, "chip secret", part->secret))
		return false;
	memset(part->chip_id + used, 0, PKI_CHIP_ID_LEN - used);
	for (i = 0; i < sizeof(part->stick); i += 64) {
		snprintf(label, sizeof(label), "hashstick %zu", i);
		if (!draw(part, label, part->stick + i))
			return false;
	}
	return true;
}

/* The chip's key at its TCB. */
EVP_PKEY *pki_make_vcek_key(const struct pki_part *part)
{
	return derive_p384(part->secret, DERIVE_VCEK_LABEL, part->product->name, part->tcb);
}

/* The provider's key at that TCB. */
EVP_PKEY *pki_make_vlek_key(const struct pki_part *part)
{
	return derive_vlek(part->stick, part->product->name, part->tcb);
}

/* The key that firmware images are signed with. */
EVP_PKEY *pki_make_firmware_key(const struct pki_part *part)
{
	return derive_p384(part->secret, DERIVE_FIRMWARE_LABEL, part->product->name, 0);
}

/**
 * pki_wrap_stick() - the hashstick as the chip at its TCB accepts it
 * @part: complete
 * @out: receives it
 */
bool pki_wrap_stick(const struct pki_part *part, struct snp_vlek_hashstick *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[64];
	bool ok;
	int n;

	memset(out, 0, sizeof(*out));
	out->tcb = part->tcb;
	ok = ctx && RAND_bytes(out->iv, sizeof(out->iv)) == 1 &&
	     derive_bytes(part->secret, DERIVE_WRAP_LABEL, part->product->name, 0, key) &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out->iv) == 1 &&
	     /* The TCB is authenticated, too. */
	     EVP_EncryptUpdate(ctx, NULL, &n, (uint8_t *)&out->tcb, sizeof(out->tcb)) == 1 &&
	     EVP_EncryptUpdate(ctx, out->wrapped_vlek, &n, part->stick, sizeof(part->stick)) == 1 &&
	     EVP_EncryptFinal_ex(ctx, out->wrapped_vlek + n, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(out->tag), out->tag) == 1;
	OPENSSL_cleanse(key, sizeof(key));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

struct keygen {
	const char *what;
	unsigned int bits;
	FILE *progress;
	time_t start, said;
};

static int keygen_step(EVP_PKEY_CTX *ctx)
{
	struct keygen *k = EVP_PKEY_CTX_get_app_data(ctx);
	time_t now = time(NULL);

	if (k->progress && now - k->said >= PROGRESS_S) {
		fprintf(k->progress, "softsnp-pki: %s key, RSA-%u: searching primes, %ld s\n",
			k->what, k->bits, (long)(now - k->start));
		k->said = now;
	}
	return !pki_interrupted;
}

/**
 * pki_make_rsa_key() - a CA key
 * @what: name for progress lines
 * @bits: size
 * @progress: where a line goes every two seconds, or NULL
 */
EVP_PKEY *pki_make_rsa_key(const char *what, unsigned int bits, FILE *progress)
{
	struct keygen k = { what, bits, progress, time(NULL), time(NULL) };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) != 1)
		goto out;
	EVP_PKEY_CTX_set_app_data(ctx, &k);
	EVP_PKEY_CTX_set_cb(ctx, keygen_step);
	if (EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
out:
	EVP_PKEY_CTX_free(ctx);
	return key;
}
