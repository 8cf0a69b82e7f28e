// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part's identity: VCEK and chip id as softsnp-pki made them, and the
 * secret that keys are derived from.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "asp_priv.h"

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	return fopen(path, "rb");
}

static bool load_chip_id(struct asp *a, const char **err)
{
	FILE *f;
	uint8_t extra;
	bool ok;

	if (!snp_report_zero(a->chip_id, sizeof(a->chip_id)))
		return true;
	f = open_in(a->cfg.pki_dir, "chip_id");
	ok = f && fread(a->chip_id, ASP_CHIP_ID_LEN, 1, f) == 1 && fread(&extra, 1, 1, f) == 0;
	if (f)
		fclose(f);
	if (!ok)
		*err = "chip_id in the PKI directory is missing or not 64 bytes long";
	return ok;
}

static bool load_vcek(struct asp *a, const char **err)
{
	FILE *f = open_in(a->cfg.pki_dir, "vcek.key");
	char group[32] = "";

	if (f) {
		a->vcek = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
	}
	if (!a->vcek) {
		*err = "vcek.key in the PKI directory is missing or no private key";
		return false;
	}
	if (!EVP_PKEY_is_a(a->vcek, "EC") ||
	    EVP_PKEY_get_group_name(a->vcek, group, sizeof(group), NULL) != 1 ||
	    strcmp(group, "secp384r1")) {
		*err = "vcek.key in the PKI directory is not a P-384 key";
		return false;
	}
	return true;
}

/*
 * Hardware derives VCEK and guest keys from one fused secret.  Here the VCEK
 * comes from a file, so the secret is derived from it: as stable as the chip.
 */
static bool derive_secret(struct asp *a, const char **err)
{
	BIGNUM *d = NULL;
	uint8_t raw[48];
	bool ok;

	ok = EVP_PKEY_get_bn_param(a->vcek, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	     BN_bn2binpad(d, raw, sizeof(raw)) == sizeof(raw) &&
	     asp_prf(raw, sizeof(raw), "SoftSNP chip secret", a->chip_id, sizeof(a->chip_id),
		     a->chip_secret, sizeof(a->chip_secret));
	OPENSSL_cleanse(raw, sizeof(raw));
	BN_clear_free(d);
	if (!ok)
		*err = "libcrypto failed on vcek.key";
	return ok;
}

/* Load what cfg.pki_dir holds; without one the part has no identity. */
bool asp_identity_load(struct asp *a, const char **err)
{
	memcpy(a->chip_id, a->cfg.chip_id, sizeof(a->chip_id));
	if (!a->cfg.pki_dir)
		return true;
	return load_chip_id(a, err) && load_vcek(a, err) && derive_secret(a, err);
}
