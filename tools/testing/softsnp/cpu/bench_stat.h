/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pure parts of counting between marks: which instruction is a mark, what
 * a name may be, samples and their median.
 */
#ifndef SOFTSNP_CPU_BENCH_STAT_H
#define SOFTSNP_CPU_BENCH_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "insn.h"

/* With the final zero. */
#define BENCH_NAME_MAX	48

/* SOFTSNP_MARK_*, or 0 for an instruction that is no mark. */
unsigned int bench_mark(const struct insn *in);
/* A non-empty name that ends within the buffer and needs no quoting in JSON. */
bool bench_name_ok(const char *name, size_t size);

/* Growing list of numbers. */
struct bench_samples {
	uint64_t *v;
	size_t nr;
	size_t room;
};

void bench_samples_add(struct bench_samples *s, uint64_t v);
void bench_samples_free(struct bench_samples *s);
/* The lower of the two in the middle of an even number; 0 without samples.  Sorts. */
uint64_t bench_samples_median(struct bench_samples *s);

/* How often each key was counted: open addressing, grows. */
struct bench_histogram {
	struct bench_bin {
		uint64_t key;
		uint64_t n;	/* 0: the place is free */
	} *bin;
	size_t nr;
	size_t room;		/* a power of two, or 0 */
};

void bench_histogram_add(struct bench_histogram *h, uint64_t key, uint64_t n);
uint64_t bench_histogram_get(const struct bench_histogram *h, uint64_t key);
void bench_histogram_free(struct bench_histogram *h);

/* What a #VC of this kind is listed as: "cpuid.0x1", "out1", "rdmsr.user". */
void bench_exit_name(char name[BENCH_NAME_MAX], const struct insn *in, uint32_t eax, bool user);

#endif /* SOFTSNP_CPU_BENCH_STAT_H */
