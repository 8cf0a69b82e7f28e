/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the CPU model and the AMD-SP process of one virtual machine tell each
 * other outside the guest's memory: the registers that SNP_INIT inspects on
 * every core, whether SNP is initialised, and what the firmware did to the RMP.
 * Lives in an unlinked file whose descriptor both processes inherit.
 */
#ifndef SOFTSNP_SHARED_H
#define SOFTSNP_SHARED_H

#include <stdint.h>

#define SOFTSNP_SHARED_MAGIC	0x504e5346
#define SOFTSNP_SHARED_CPUS	8
#define SOFTSNP_CHANGES		8192

/**
 * struct softsnp_change - the firmware changed an RMP entry
 * @nr: counts all changes of the machine, from 1; 0 while the slot is written
 * @pfn: frame
 * @before: low quadword of the entry
 * @after: likewise
 * @cmd: mailbox command that did it
 */
struct softsnp_change {
	uint64_t nr;
	uint64_t pfn;
	uint64_t before;
	uint64_t after;
	uint32_t cmd;
	uint32_t reserved;
};

/**
 * struct softsnp_shared - written with atomic stores
 * @magic: SOFTSNP_SHARED_MAGIC once the CPU model has filled the page in
 * @nr_cpus: cores of the machine
 * @snp_init: written by the AMD-SP: 1 while the SNP platform state is INIT
 * @rmpupdate_overlaps: written by the AMD-SP, counted down by the CPU model: so
 *	many RMPUPDATEs answer FAIL_OVERLAP (fault injection)
 * @nr_changes: changes of RMP entries and of @snp_init, by whom ever; whoever
 *	makes one adds one, afterwards
 * @iommu: registers of the IOMMU, as they were at the last WBINVD of a core with
 *	SNPEn set: event log, last page of the completion store
 * @cpu: what each core's registers hold; SNPEn is also cleared by the AMD-SP
 * @nr_fw_changes: slots of @change ever used
 * @change: ring of the firmware's changes
 * @nr_commands: written by the AMD-SP: commands that it has received, by number;
 *	for the CPU model's counting between marks
 */
struct softsnp_shared {
	uint32_t magic;
	uint32_t nr_cpus;
	uint32_t snp_init;
	uint32_t rmpupdate_overlaps;
	uint64_t nr_changes;
	struct {
		uint64_t event_log;
		uint64_t store_limit;
	} iommu;
	struct {
		uint64_t syscfg;
		uint64_t hwcr;
		uint64_t hsave_pa;
		uint64_t rmp_base;
		uint64_t rmp_end;
		uint64_t rmp_cfg;
		uint64_t nr_wbinvd;	/* executed since power-on */
		uint64_t reserved;
	} cpu[SOFTSNP_SHARED_CPUS];
	uint64_t nr_fw_changes;
	struct softsnp_change change[SOFTSNP_CHANGES];
	uint32_t nr_commands[256];
};

#endif /* SOFTSNP_SHARED_H */
