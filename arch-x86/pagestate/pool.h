/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pool of shared pages; see snp/guest.h.
 */
#ifndef PAGESTATE_POOL_H
#define PAGESTATE_POOL_H

#include <snp/guest.h>

struct snp_guest_pool *pool_create(unsigned int nr_pages);
int pool_grow(struct snp_guest_pool *pool, unsigned int nr_pages);
int pool_get(struct snp_guest_pool *pool, unsigned int nr_pages, struct snp_guest_buffer *buf);
void pool_put(struct snp_guest_pool *pool, struct snp_guest_buffer *buf);
void pool_stats(struct snp_guest_pool *pool, struct snp_guest_pool_stats *stats);
int pool_destroy(struct snp_guest_pool *pool);

#endif /* PAGESTATE_POOL_H */
