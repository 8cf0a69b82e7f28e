/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOFTSNP_CPU_HOST_MSR_H
#define SOFTSNP_CPU_HOST_MSR_H

#include <stdint.h>

#include "host_cpuid.h"

#define MSR_VM_PAGE_FLUSH	0xc001011e

/* What the BIOS leaves behind; SYSCFG bit 19 (MFDM) is the operating system's. */
#define HOST_SYSCFG_BIOS	0x00f40000ULL
#define HOST_HWCR_BIOS		0x01000001ULL	/* TscFreqSel, SmmLock */

/**
 * struct host_msrs - registers of one core, at reset as the BIOS left them
 * @syscfg: SYSCFG
 * @hwcr: HWCR
 * @hsave_pa: copy of VM_HSAVE_PA, which QEMU itself implements
 * @ghcb: GHCB
 * @rmp_base: RMP_BASE, 0 when the BIOS reserved no table
 * @rmp_end: RMP_END
 * @rmp_cfg: RMP_CFG
 */
struct host_msrs {
	uint64_t syscfg;
	uint64_t hwcr;
	uint64_t hsave_pa;
	uint64_t ghcb;
	uint64_t rmp_base;
	uint64_t rmp_end;
	uint64_t rmp_cfg;
};

enum host_msr_outcome {
	HOST_MSR_DONE,
	HOST_MSR_QEMU,		/* QEMU's instruction does the rest */
	HOST_MSR_GP,		/* #GP(0) */
};

/**
 * host_msr_read() - RDMSR
 * @part: the processor
 * @m: the core's registers
 * @msr: ECX
 * @value: receives EDX:EAX when HOST_MSR_DONE is returned
 */
enum host_msr_outcome host_msr_read(const struct host_part *part, const struct host_msrs *m,
				    uint32_t msr, uint64_t *value);

/**
 * host_msr_write() - WRMSR
 * @part: the processor
 * @m: the core's registers, changed only if the outcome is not HOST_MSR_GP
 * @msr: ECX
 * @value: EDX:EAX
 */
enum host_msr_outcome host_msr_write(const struct host_part *part, struct host_msrs *m,
				     uint32_t msr, uint64_t value);

#endif /* SOFTSNP_CPU_HOST_MSR_H */
