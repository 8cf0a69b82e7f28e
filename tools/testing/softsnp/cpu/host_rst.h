/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOFTSNP_CPU_HOST_RST_H
#define SOFTSNP_CPU_HOST_RST_H

#include "rmp_map.h"

/**
 * host_rst_build() - the segment table that a BIOS writes
 * @m: segmented map
 * @end: last byte of the memory that is reserved for the RMP, from @m->base on
 * @covers_gib: memory to be covered, from address 0 on
 * @rst: RMP_RST_ENTRIES quadwords, filled in
 *
 * The segments' entries follow the table in reverse order, so that nobody who
 * takes them for one table gets away with it.
 *
 * Return: false when the memory does not suffice.
 */
bool host_rst_build(const struct rmp_map *m, uint64_t end, uint64_t covers_gib, uint64_t *rst);

#endif /* SOFTSNP_CPU_HOST_RST_H */
