/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPU model and the AMD-SP process of one virtual machine tell each
 * other outside the guest's memory: the registers that SNP_INIT inspects on
 * every core, and whether SNP is initialised.  Lives in an unlinked file whose
 * descriptor both processes inherit.
 */
#ifndef SOFTSNP_SHARED_H
#define SOFTSNP_SHARED_H

#include <stdint.h>

#define SOFTSNP_SHARED_MAGIC	0x504e5346
#define SOFTSNP_SHARED_CPUS	8

/**
 * struct softsnp_shared - one page, written with atomic stores
 * @magic: SOFTSNP_SHARED_MAGIC once the CPU model has filled the page in
 * @nr_cpus: cores of the machine
 * @snp_init: written by the AMD-SP: 1 while the SNP platform state is INIT
 * @rmp_base: RMP_BASE as the BIOS programmed it
 * @rmp_end: RMP_END as the BIOS programmed it
 * @cpu: what each core's registers hold
 * @nr_commands: written by the AMD-SP: commands that it has received, by the
 *	low byte of their number; for the CPU model's counting between marks
 */
struct softsnp_shared {
	uint32_t magic;
	uint32_t nr_cpus;
	uint32_t snp_init;
	uint32_t reserved;
	uint64_t rmp_base;
	uint64_t rmp_end;
	struct {
		uint64_t syscfg;
		uint64_t hwcr;
		uint64_t hsave_pa;
		uint64_t rmp_cfg;
		uint64_t nr_wbinvd;	/* executed since power-on */
		uint64_t reserved[3];
	} cpu[SOFTSNP_SHARED_CPUS];
	uint32_t nr_commands[256];
};

#endif /* SOFTSNP_SHARED_H */
