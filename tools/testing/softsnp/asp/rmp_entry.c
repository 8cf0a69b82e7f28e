// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locking of RMP entries through their lock bit.  CPU model and AMD-SP are
 * threads of different processes that change the same table; the discipline
 * is explained in rmp_rules.c.
 */
#include <sched.h>

#include "rmp_entry.h"

#define SPIN_FREE	64	/* tries before the processor is given away */
#define SPIN_MAX	4096	/* tries before the holder is believed stuck */

static void relax(unsigned int tries)
{
	if (tries > SPIN_FREE)
		sched_yield();
}

enum rmp_lock_result rmp_lock(const struct rmp_store *s, uint64_t pfn, struct snp_rmp_raw *old)
{
	struct snp_rmp_raw locked;
	unsigned int tries;

	for (tries = 0; tries < SPIN_MAX; tries++) {
		relax(tries);
		if (s->load(s->opaque, pfn, old))
			return RMP_OUTSIDE;
		if (old->lo & SNP_RMP_RAW_LOCK)
			continue;
		locked = *old;
		locked.lo |= SNP_RMP_RAW_LOCK;
		if (s->cas(s->opaque, pfn, old, &locked) == 1)
			return RMP_LOCKED;
	}
	return RMP_BUSY;
}

void rmp_unlock(const struct rmp_store *s, uint64_t pfn, const struct snp_rmp_raw *old,
		const struct snp_rmp_raw *new)
{
	struct snp_rmp_raw locked = *old;

	locked.lo |= SNP_RMP_RAW_LOCK;
	/* Fails only if somebody wrote the table's memory past all rules. */
	s->cas(s->opaque, pfn, &locked, new);
}

void rmp_set(const struct rmp_store *s, uint64_t pfn, const struct snp_rmp_raw *new)
{
	struct snp_rmp_raw old;
	unsigned int tries;

	/* A 4 KiB change may hold the entry until it finds the region taken. */
	for (tries = 0; tries < 4 * SPIN_MAX; tries++) {
		relax(tries);
		if (s->load(s->opaque, pfn, &old))
			return;
		if (!(old.lo & SNP_RMP_RAW_LOCK) && s->cas(s->opaque, pfn, &old, new) == 1)
			return;
	}
}

bool rmp_alone_in_region(const struct rmp_store *s, uint64_t pfn)
{
	uint64_t first = rmp_region(pfn);
	struct snp_rmp_raw e;
	unsigned int tries;

	if (pfn == first)
		return true;
	for (tries = 0; tries < SPIN_MAX; tries++) {
		relax(tries);
		if (s->load(s->opaque, first, &e))
			return true;
		if (!(e.lo & SNP_RMP_RAW_LOCK))
			return !(e.lo & SNP_RMP_RAW_PAGESIZE);
	}
	return false;
}
