/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID table of an SNP guest: which leaves, what the platform changes in
 * them, look-up.  Pure; tested without QEMU.  SNP firmware ABI (56860, CPUID
 * page).
 */
#ifndef SOFTSNP_CPU_GUEST_CPUID_H
#define SOFTSNP_CPU_GUEST_CPUID_H

#include <snp/guest_pages.h>
#include <snp/rmp.h>

#include "attr.h"

/**
 * cpuid_request() - fill in which leaves to collect
 * @t: receives count and input columns, zero elsewhere
 */
void cpuid_request(struct snp_cpuid_page *t);

/**
 * cpuid_adapt() - turn collected leaves into those of an SNP guest
 * @t: collected rows
 * @cbit: position of the C-bit
 * @sev_status: MSR SEV_STATUS of the guest
 * @vmpl: where it runs; 0: CPUID names no VMPLs
 */
void cpuid_adapt(struct snp_cpuid_page *t, unsigned int cbit, uint64_t sev_status,
		 unsigned int vmpl);

struct cpuid_result {
	uint32_t eax, ebx, ecx, edx;
};

/**
 * cpuid_answer() - what the hypervisor answers to a CPUID exit
 * @t: table
 * @fn: EAX
 * @sub: ECX
 * @apic_id: of the asking vCPU
 */
struct cpuid_result cpuid_answer(const struct snp_cpuid_page *t, uint32_t fn, uint32_t sub,
				 uint32_t apic_id);

#endif /* SOFTSNP_CPU_GUEST_CPUID_H */
