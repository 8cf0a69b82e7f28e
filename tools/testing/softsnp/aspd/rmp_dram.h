/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RMP in guest memory, contiguous or segmented.  AMD64 APM volume 2 (24593),
 * chapter 15.36.
 *
 * The CPU model writes the same entries for RMPUPDATE and its relatives; both
 * sides replace an entry by one compare-and-exchange of its 16 bytes.
 */
#ifndef ASPD_RMP_DRAM_H
#define ASPD_RMP_DRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "../asp/rmp_rules.h"
#include "../shared.h"
#include "dma.h"

/**
 * struct rmp_dram - the table
 * @dma: guest memory
 * @shared: says where the table is and takes down its changes; NULL: there is none
 * @cmd: command that runs, for the record of changes
 */
struct rmp_dram {
	struct dma *dma;
	struct softsnp_shared *shared;
	uint32_t cmd;
};

/* Members of struct rmp_store and struct asp_ops; @t is a struct rmp_dram. */
int rmp_dram_load(void *t, uint64_t pfn, struct snp_rmp_raw *e);
int rmp_dram_cas(void *t, uint64_t pfn, const struct snp_rmp_raw *old,
		 const struct snp_rmp_raw *new_);
bool rmp_dram_covered(void *t, uint64_t pfn);

/**
 * rmp_dram_init() - every entry HV, the pages of the table itself FW
 * @t: table
 * @why: names what is wrong with the table when it fails
 *
 * Return: 0, or -1 without a usable table.
 */
int rmp_dram_init(struct rmp_dram *t, const char **why);

#endif /* ASPD_RMP_DRAM_H */
