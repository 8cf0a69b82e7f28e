/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RMP entry in memory that several processes write to: struct rmp_store's
 * rule of all 16 bytes at once, as the processor keeps it.
 */
#ifndef SOFTSNP_RMP_ATOMIC_H
#define SOFTSNP_RMP_ATOMIC_H

#include <stdbool.h>

#include <snp/rmp.h>

union rmp_entry_128 {
	unsigned __int128 all;
	struct snp_rmp_raw raw;
};

/**
 * rmp_entry_exchange() - replace an entry if it still is what it was
 * @at: the entry, aligned to its size
 * @old: what it was
 * @new_: what it is to become
 *
 * Return: false when it is something else by now; then nothing was written.
 */
static inline bool __attribute__((target("cx16")))
rmp_entry_exchange(struct snp_rmp_raw *at, const struct snp_rmp_raw *old,
		   const struct snp_rmp_raw *new_)
{
	union rmp_entry_128 from = { .raw = *old }, to = { .raw = *new_ };

	return __sync_bool_compare_and_swap((unsigned __int128 *)at, from.all, to.all);
}

/**
 * rmp_entry_load() - read an entry
 * @at: the entry
 * @e: receives it; may be torn when it changes back and forth meanwhile
 */
static inline void rmp_entry_load(const struct snp_rmp_raw *at, struct snp_rmp_raw *e)
{
	do {
		e->lo = __atomic_load_n(&at->lo, __ATOMIC_ACQUIRE);
		e->hi = __atomic_load_n(&at->hi, __ATOMIC_ACQUIRE);
	} while (__atomic_load_n(&at->lo, __ATOMIC_ACQUIRE) != e->lo);
}

#endif /* SOFTSNP_RMP_ATOMIC_H */
