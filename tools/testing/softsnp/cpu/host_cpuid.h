/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOFTSNP_CPU_HOST_CPUID_H
#define SOFTSNP_CPU_HOST_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_ASIDS		509	/* encrypted guests; ASIDs are 1..HOST_ASIDS */
#define HOST_MIN_SEV_ASID	100	/* below: SEV-ES and SNP guests only */

struct host_cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/**
 * struct host_part - what kind of processor this is
 * @cbit: position of the C-bit
 * @rmpread: RMPREAD instruction present
 */
struct host_part {
	unsigned int cbit;
	bool rmpread;
};

/**
 * host_cpuid() - leaves that the part adds to QEMU's CPU
 * @part: the part
 * @leaf: EAX before the instruction
 * @out: result
 *
 * Return: false when the leaf is QEMU's own business.
 */
bool host_cpuid(const struct host_part *part, uint32_t leaf, struct host_cpuid_regs *out);

#endif /* SOFTSNP_CPU_HOST_CPUID_H */
