/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOFTSNP_CPU_HOST_CPUID_H
#define SOFTSNP_CPU_HOST_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_MIN_SEV_ASID	100	/* below: SEV-ES and SNP guests only */

struct host_cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/**
 * struct host_part - what kind of processor this is
 * @name: profile
 * @cbit: position of the C-bit
 * @nr_asids: encrypted guests; ASIDs are 1..@nr_asids
 * @rmpread: RMPREAD instruction present
 * @rmp_cfg: RMP_CFG register present, RMP may be segmented
 */
struct host_part {
	const char *name;
	unsigned int cbit;
	unsigned int nr_asids;
	bool rmpread;
	bool rmp_cfg;
};

/* The part of a profile, "milan", "genoa" or "turin"; false: none of these. */
bool host_part_find(const char *name, struct host_part *part);

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
