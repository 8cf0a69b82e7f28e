/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locking of RMP entries, for the files that hold the rules.
 */
#ifndef SOFTSNP_RMP_ENTRY_H
#define SOFTSNP_RMP_ENTRY_H

#include "rmp_rules.h"

/* Read, write, execute in user and in supervisor mode, shadow stack. */
#define RMP_PERM_ALL	0x1fULL

enum rmp_lock_result { RMP_LOCKED, RMP_BUSY, RMP_OUTSIDE };

/* First frame of the 2 MiB region around @pfn. */
static inline uint64_t rmp_region(uint64_t pfn)
{
	return pfn & ~511ULL;
}

/**
 * rmp_lock() - take the lock bit of an entry
 * @s: the entries
 * @pfn: frame
 * @old: receives the entry without the lock bit
 *
 * Return: RMP_BUSY when the holder did not let go for long.
 */
enum rmp_lock_result rmp_lock(const struct rmp_store *s, uint64_t pfn, struct snp_rmp_raw *old);

/* Replace an entry locked when it was @old by @new, unlocked. */
void rmp_unlock(const struct rmp_store *s, uint64_t pfn, const struct snp_rmp_raw *old,
		const struct snp_rmp_raw *new);

/* Write an entry of a region whose first entry the caller has locked. */
void rmp_set(const struct rmp_store *s, uint64_t pfn, const struct snp_rmp_raw *new);

/* With @pfn locked: is there no 2 MiB page around it, nor one in the making? */
bool rmp_alone_in_region(const struct rmp_store *s, uint64_t pfn);

#endif /* SOFTSNP_RMP_ENTRY_H */
