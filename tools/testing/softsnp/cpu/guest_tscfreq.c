// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: Secure TSC arithmetic (SNP firmware ABI, 56860; AMD64 APM volume
 * 2, 24593).
 */
#include <snp/rmp.h>

#include "guest_tscfreq.h"

#define SCALE_ONE	(1ULL << 32)
#define FACTOR_ONE	100000ULL	/* TSC_FACTOR counts hundred thousandths */
/* No TSC is near it, and what is computed from it fits. */
#define KHZ_MAX		1000000000ULL

/* mean = nominal - nominal * factor / FACTOR_ONE */
uint64_t tsc_nominal_mhz(uint64_t mean_khz, uint32_t factor)
{
	uint64_t mhz;

	if (factor >= FACTOR_ONE || mean_khz > KHZ_MAX)
		return 0;
	mhz = (mean_khz * FACTOR_ONE / (FACTOR_ONE - factor) + 500) / 1000;
	return mhz <= SNP_GUEST_TSC_FREQ_MHZ ? mhz : 0;
}

bool tsc_vmsa_is_plain(const struct snp_vmsa *vmsa)
{
	return vmsa->tsc_scale == SCALE_ONE && !vmsa->tsc_offset;
}
