/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the host role share.  host_cpuid.h and host_msr.h are
 * apart, because they are pure.
 */
#ifndef SOFTSNP_CPU_HOST_H
#define SOFTSNP_CPU_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "rmp_rules.h"
#include "shared.h"

/* host_rmp.c: the RMP in guest DRAM and the instructions on it. */

extern struct rmp_store host_rmp_store;

/**
 * host_rmp_init() - find the table in guest RAM
 * @base: RMP_BASE
 * @end: RMP_END, last byte
 *
 * Return: 0, or -1 after a log line.
 */
int host_rmp_init(uint64_t base, uint64_t end);

/* Execute RMPUPDATE, PSMASH or RMPREAD, with SNPEn set on this core. */
void host_rmp_exec(unsigned int vcpu, const struct insn *in) __attribute__((noreturn));

/* host_check.c: no store of the host may meet an assigned page. */

/* From now on RMP changes are remembered and stores are checked; costs time. */
void host_check_enable(const struct softsnp_shared *shared);

/* An instruction has been executed on the entry of @spa; for the page's history. */
void host_check_note(unsigned int vcpu, const struct insn *in, uint64_t spa,
		     const struct snp_rmp_state *operand, uint32_t eax);

void host_check_access(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store);
void host_check_exit(void);

/* host_bench.c: the AMD-SP's commands are events of a span. */
void host_bench_init(const struct softsnp_shared *shared);

#endif /* SOFTSNP_CPU_HOST_H */
