/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages whose next access needs no look: a software TLB of the access checkers.
 * A page is remembered for one epoch of a vCPU.  An epoch ends when the vCPU
 * gives up translations, and when the role's counter of page-state changes
 * moves.
 *
 * A header of its own, all inline: it is asked at every load and store.
 */
#ifndef SOFTSNP_CPU_SEEN_H
#define SOFTSNP_CPU_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include <snp/types.h>

#include "attr.h"

#define SEEN_SLOTS	1024
#define SEEN_MAX_LEN	16	/* QEMU splits what is longer */

struct seen {
	uint64_t accesses;	/* a clock of sorts, for reports */
	uint64_t flushes;	/* of translations, by the vCPU itself or by its reset */
	const uint64_t *changes;
	struct {
		uint64_t page;
		uint64_t epoch;
	} slot[SEEN_SLOTS];
} __aligned(64);

/*
 * Both only grow: the sum is the same only when neither has changed.  Never 0,
 * so that an empty slot is never current.
 */
static inline uint64_t seen_epoch(const struct seen *s)
{
	return 1 + __atomic_load_n(&s->flushes, __ATOMIC_RELAXED) +
	       __atomic_load_n(s->changes, __ATOMIC_ACQUIRE);
}

/*
 * By the thread of the vCPU, as is seen_keep().  Says no where the access may
 * reach into the next page.
 */
static inline bool seen_hit(struct seen *s, uint64_t va)
{
	uint64_t page = va >> SNP_PAGE_SHIFT;

	s->accesses++;
	return (va & (SNP_PAGE_SIZE - 1)) <= SNP_PAGE_SIZE - SEEN_MAX_LEN &&
	       s->slot[page % SEEN_SLOTS].page == page &&
	       s->slot[page % SEEN_SLOTS].epoch == seen_epoch(s);
}

/* @epoch: that in which the look began. */
static inline void seen_keep(struct seen *s, uint64_t va, uint64_t epoch)
{
	uint64_t page = va >> SNP_PAGE_SHIFT;

	s->slot[page % SEEN_SLOTS].page = page;
	s->slot[page % SEEN_SLOTS].epoch = epoch;
}

static inline void seen_flush(struct seen *s)
{
	__atomic_add_fetch(&s->flushes, 1, __ATOMIC_RELEASE);
}

#endif /* SOFTSNP_CPU_SEEN_H */
