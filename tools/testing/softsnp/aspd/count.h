/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named event counters of the AMD-SP process, written as one flat JSON object
 * at the end: { "mailbox.SNP_INIT_EX.SUCCESS": 1, ... }.
 */
#ifndef ASPD_COUNT_H
#define ASPD_COUNT_H

#include <stdint.h>

#include "util.h"

/* Add one to the counter with that name; any thread. */
__printf(1, 2) void count_event(const char *fmt, ...);

/* What a counter stands at; 0 for one that never counted. */
uint64_t count_get(const char *name);

/**
 * count_write() - write all counters as JSON
 * @path: file that is created or replaced
 *
 * Return: 0 or a negative errno.
 */
int count_write(const char *path);

#endif /* ASPD_COUNT_H */
