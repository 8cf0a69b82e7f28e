// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part's identity as softsnp-pki made it: chip id, the secret that keys
 * are derived from, the key of firmware images; VCEK and VLEK of a TCB.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "../pki/derive.h"
#include "asp_priv.h"

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	return fopen(path, "rb");
}

/* Exactly @len bytes. */
static bool load_raw(const char *dir, const char *name, uint8_t *buf, size_t len)
{
	FILE *f = open_in(dir, name);
	uint8_t extra;
	bool ok;

	ok = f && fread(buf, len, 1, f) == 1 && fread(&extra, 1, 1, f) == 0;
	if (f)
		fclose(f);
	return ok;
}

/* Keys are the product's: a part of another one could use none of them. */
static bool check_product(struct asp *a, const char **err)
{
	const char *name = asp_product_name(a->cfg.product);
	char found[16] = "";
	FILE *f = open_in(a->cfg.pki_dir, "product");

	/* Directories of an older softsnp-pki do not say. */
	if (!f)
		return true;
	if (fread(found, 1, sizeof(found) - 1, f) && !strcmp(found, name)) {
		fclose(f);
		return true;
	}
	fclose(f);
	*err = "the PKI directory is for another product";
	return false;
}

static bool load_chip_id(struct asp *a, const char **err)
{
	if (!snp_report_zero(a->cfg.chip_id, sizeof(a->cfg.chip_id)))
		return true;
	if (load_raw(a->cfg.pki_dir, "chip_id", a->chip_id, ASP_CHIP_ID_LEN))
		return true;
	*err = "chip_id in the PKI directory is missing or not 64 bytes long";
	return false;
}

static bool is_p384(const EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       !strcmp(group, "secp384r1");
}

static bool load_vcek(struct asp *a, const char **err)
{
	FILE *f = open_in(a->cfg.pki_dir, "vcek.key");

	if (f) {
		a->vcek = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
	}
	if (!a->vcek) {
		*err = "vcek.key in the PKI directory is missing or no private key";
		return false;
	}
	if (!is_p384(a->vcek)) {
		*err = "vcek.key in the PKI directory is not a P-384 key";
		return false;
	}
	return true;
}

/* Without it no image is genuine. */
static bool load_firmware_key(struct asp *a, const char **err)
{
	FILE *f = open_in(a->cfg.pki_dir, "firmware.pub");

	if (!f)
		return true;
	a->firmware_key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	if (a->firmware_key && is_p384(a->firmware_key))
		return true;
	*err = "firmware.pub in the PKI directory is not a P-384 key";
	return false;
}

/*
 * Hardware derives all keys from one fused secret.  A directory that holds
 * nothing but a VCEK has none: then the secret is a function of that VCEK, and
 * the VCEK serves one TCB only.
 */
static bool load_secret(struct asp *a, const char **err)
{
	uint8_t fused[DERIVE_SECRET_LEN], raw[48];
	BIGNUM *d = NULL;
	bool ok;

	if (load_raw(a->cfg.pki_dir, "chip_secret", fused, sizeof(fused))) {
		memcpy(a->fused_secret, fused, sizeof(fused));
		a->has_fused_secret = true;
		ok = asp_prf(fused, sizeof(fused), "SoftSNP chip secret", a->chip_id,
			     sizeof(a->chip_id), a->chip_secret, sizeof(a->chip_secret));
	} else {
		ok = EVP_PKEY_get_bn_param(a->vcek, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
		     BN_bn2binpad(d, raw, sizeof(raw)) == sizeof(raw) &&
		     asp_prf(raw, sizeof(raw), "SoftSNP chip secret", a->chip_id,
			     sizeof(a->chip_id), a->chip_secret, sizeof(a->chip_secret));
	}
	OPENSSL_cleanse(fused, sizeof(fused));
	OPENSSL_cleanse(raw, sizeof(raw));
	BN_clear_free(d);
	if (!ok)
		*err = "libcrypto failed on the chip's secret";
	return ok;
}

/* Load what cfg.pki_dir holds; without one the part has no identity. */
bool asp_identity_load(struct asp *a, const char **err)
{
	memcpy(a->chip_id, a->cfg.chip_id, sizeof(a->chip_id));
	if (!a->cfg.pki_dir)
		return true;
	return check_product(a, err) && load_chip_id(a, err) && load_vcek(a, err) &&
	       load_secret(a, err) && load_firmware_key(a, err);
}

/**
 * asp_vcek() - the key that reports are signed with at a TCB
 * @a: the model
 * @tcb: reported TCB
 *
 * Return: a reference that the caller frees; NULL if the part has no such key.
 */
EVP_PKEY *asp_vcek(struct asp *a, uint64_t tcb)
{
	uint64_t certified = a->cfg.reported_tcb ? a->cfg.reported_tcb : a->cfg.committed_tcb;

	if (!a->vcek)
		return NULL;
	if (a->has_fused_secret)
		return derive_p384(a->fused_secret, DERIVE_VCEK_LABEL,
				   asp_product_name(a->cfg.product), tcb);
	return tcb == certified && EVP_PKEY_up_ref(a->vcek) == 1 ? a->vcek : NULL;
}

void asp_vlek_drop(struct asp *a)
{
	EVP_PKEY_free(a->vlek);
	a->vlek = NULL;
	OPENSSL_cleanse(a->vlek_secret, sizeof(a->vlek_secret));
}

/*
 * U: the wrapping (AES-256-GCM with the TCB as additional data, one key a
 * chip) and what the hashstick's TCB is compared with.
 */
static uint32_t unwrap(struct asp *a, struct snp_vlek_hashstick *w)
{
	const char *product = asp_product_name(a->cfg.product);
	uint8_t key[64];
	bool ok;

	if (!a->has_fused_secret)
		return asp_refuse(a, SNP_FW_BAD_MEASUREMENT, "the chip has no wrapping key");
	if (!derive_bytes(a->fused_secret, DERIVE_WRAP_LABEL, product, 0, key))
		return asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	ok = asp_gcm(key, w->iv, &w->tcb, sizeof(w->tcb), w->wrapped_vlek,
		     sizeof(w->wrapped_vlek), w->tag, false);
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		return asp_refuse(a, SNP_FW_BAD_MEASUREMENT, "the hashstick is not authentic");
	return SNP_FW_SUCCESS;
}

static uint32_t take_vlek(struct asp *a, struct snp_vlek_hashstick *w)
{
	EVP_PKEY *key;

	key = derive_vlek(w->wrapped_vlek, asp_product_name(a->cfg.product), w->tcb);
	if (!key)
		return asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	asp_vlek_drop(a);
	a->vlek = key;
	if (!asp_prf(w->wrapped_vlek, sizeof(w->wrapped_vlek), "SoftSNP VLEK secret", &w->tcb,
		     sizeof(w->tcb), a->vlek_secret, sizeof(a->vlek_secret))) {
		asp_vlek_drop(a);
		return asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	}
	return SNP_FW_SUCCESS;
}

uint32_t asp_snp_vlek_load(struct asp *a, void *buf)
{
	const struct snp_fw_vlek_load *in = buf;
	struct snp_vlek_hashstick w;
	uint64_t spa = in->wrapped_paddr;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->wrapped_version != SNP_VLEK_WRAPPED_VERSION ||
	    !snp_report_zero(in->reserved, sizeof(in->reserved)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM,
				  "hashstick of version %u, or a reserved field set",
				  in->wrapped_version);
	status = asp_check_spa(a, &spa, 1);
	if (!status)
		status = asp_check_readable_range(a, spa, sizeof(w), "hashstick");
	if (!status)
		status = asp_read(a, spa, &w, sizeof(w));
	if (status)
		return status;
	if (!snp_report_zero(w.reserved0, sizeof(w.reserved0)) ||
	    !snp_report_zero(w.reserved1, sizeof(w.reserved1)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "hashstick: reserved field set");
	if (w.tcb != asp_reported_tcb(a))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "hashstick for TCB 0x%llx, 0x%llx is reported",
				  (unsigned long long)w.tcb,
				  (unsigned long long)asp_reported_tcb(a));
	status = unwrap(a, &w);
	if (!status)
		status = take_vlek(a, &w);
	OPENSSL_cleanse(&w, sizeof(w));
	return status;
}
