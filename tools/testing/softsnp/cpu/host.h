/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the host role share.  host_cpuid.h, host_msr.h and host_rst.h
 * are apart, because they are pure.
 */
#ifndef SOFTSNP_CPU_HOST_H
#define SOFTSNP_CPU_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "host_msr.h"
#include "rmp_rules.h"
#include "shared.h"

/* host.c: the part, and what the AMD-SP sees of it. */

extern struct host_part host_part;
extern struct softsnp_shared *host_shared;

/* host_bios.c: from the plugin's arguments to the machine that the kernel finds. */
int host_bios(int argc, char **argv);

/* host_iommu.c: the IOMMU's registers, for the AMD-SP. */
void host_iommu_publish(void);

/* host_rmp.c: the RMP in guest DRAM and the instructions on it. */

/* The table as the current vCPU sees it. */
extern const struct rmp_store host_rmp_store;

/* SNPEn is being set on a core: take over the table that its registers name. */
void host_rmp_latch(unsigned int vcpu, const struct host_msrs *m);

/* Execute RMPUPDATE, PSMASH or RMPREAD, with SNPEn set on this core. */
void host_rmp_exec(unsigned int vcpu, const struct insn *in) __attribute__((noreturn));

/* host.c: is this RMPUPDATE one that shall answer FAIL_OVERLAP (fault injection)? */
bool host_fault_overlap(void);

/* host_check.c: no store of the host may meet an assigned page. */

/* From now on RMP changes are remembered and stores are checked; costs time. */
void host_check_enable(void);
/* Whether the core has to be told of flushed translations. */
bool host_check_enabled(void);

/* An instruction has been executed on the entry of @spa; for the page's history. */
void host_check_note(unsigned int vcpu, const struct insn *in, uint64_t spa,
		     const struct snp_rmp_state *operand, uint32_t eax);

void host_check_access(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store);
void host_check_exit(void);

/* host_bench.c: the AMD-SP's commands are events of a span. */
void host_bench_init(void);

#endif /* SOFTSNP_CPU_HOST_H */
