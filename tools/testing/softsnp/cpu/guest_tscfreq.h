/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Secure TSC arithmetic.  Pure; tested without QEMU.  SNP firmware ABI (56860),
 * TSC_FACTOR and TSC_INFO; AMD64 APM volume 2 (24593), GUEST_TSC_FREQ.
 */
#ifndef SOFTSNP_CPU_GUEST_TSCFREQ_H
#define SOFTSNP_CPU_GUEST_TSCFREQ_H

#include <snp/guest_pages.h>

/**
 * tsc_nominal_mhz() - what MSR GUEST_TSC_FREQ says
 * @mean_khz: how fast the TSC really counts
 * @factor: by so many 1/100000 that is slower than nominal (TSC_FACTOR)
 *
 * Return: nominal frequency in MHz, rounded; 0: no such frequency, or the MSR
 * cannot hold it.
 */
uint64_t tsc_nominal_mhz(uint64_t mean_khz, uint32_t factor);

/* Scale 1 and offset 0: what a launch gets that asks for no frequency. */
bool tsc_vmsa_is_plain(const struct snp_vmsa *vmsa);

#endif /* SOFTSNP_CPU_GUEST_TSCFREQ_H */
