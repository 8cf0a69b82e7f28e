/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of a chip from its secret: shared by softsnp-pki, which certifies them,
 * and by the firmware model, which uses them.  On hardware each VCEK and VLEK
 * is a function of a secret and of the TCB; which function is SoftSNP's own.
 */
#ifndef SOFTSNP_DERIVE_H
#define SOFTSNP_DERIVE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#define DERIVE_SECRET_LEN	64
#define DERIVE_WRAP_LABEL	"VLEK wrapping key"
#define DERIVE_VCEK_LABEL	"VCEK"
#define DERIVE_FIRMWARE_LABEL	"firmware signing key"

/**
 * derive_bytes() - 64 bytes from a secret
 * @secret: of a chip
 * @label: what they are for
 * @product: name of the processor line
 * @tcb: TCB_VERSION, 0 where it does not matter
 * @out: receives them
 */
bool derive_bytes(const uint8_t secret[DERIVE_SECRET_LEN], const char *label,
		  const char *product, uint64_t tcb, uint8_t out[64]);

/* The same as a P-384 key; NULL: libcrypto failed. */
EVP_PKEY *derive_p384(const uint8_t secret[DERIVE_SECRET_LEN], const char *label,
		      const char *product, uint64_t tcb);

/* The key of a provider at a TCB; every byte of the hashstick counts. */
EVP_PKEY *derive_vlek(const uint8_t stick[384], const char *product, uint64_t tcb);

#endif /* SOFTSNP_DERIVE_H */
