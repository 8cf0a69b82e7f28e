/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attestation reports in words: product of a CPU, TCB, policy, platform info.
 */
#ifndef SNPCTL_REPORT_H
#define SNPCTL_REPORT_H

#include <snp/report.h>

#include "snpctl.h"

/**
 * struct product - a line of processors that one certificate chain serves
 * @name: as the chain's names end ("ARK-Milan")
 * @layout: TCB layout
 */
struct product {
	const char *name;
	enum snp_tcb_layout layout;
};

const struct product *product_by_name(const char *name, size_t len);
const struct product *product_by_cpu(uint8_t family, uint8_t model);

/**
 * struct bit_name - one bit of a field in words
 * @mask: the bit
 * @set: what it means when set
 * @clear: what it means when clear, or NULL when that is not worth a line
 */
struct bit_name {
	uint64_t mask;
	const char *set;
	const char *clear;
};

extern const struct bit_name policy_bits[], platform_bits[];
uint64_t known_bits(const struct bit_name *names);

#define TCB_WORDS	96
void tcb_words(char out[TCB_WORDS], uint64_t raw, enum snp_tcb_layout layout);
uint64_t tcb_unknown_bits(uint64_t raw, enum snp_tcb_layout layout);

#endif /* SNPCTL_REPORT_H */
