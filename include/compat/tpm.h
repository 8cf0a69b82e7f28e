/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel exports what makes a TPM device, and keeps the prototypes in a
 * header of its own directory.
 */
#ifndef SNP_COMPAT_TPM_H
#define SNP_COMPAT_TPM_H

#include <linux/tpm.h>

struct tpm_chip *tpmm_chip_alloc(struct device *dev, const struct tpm_class_ops *ops);
int tpm2_probe(struct tpm_chip *chip);
int tpm_chip_register(struct tpm_chip *chip);
void tpm_chip_unregister(struct tpm_chip *chip);

#endif /* SNP_COMPAT_TPM_H */
