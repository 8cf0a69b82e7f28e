/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting between marks (marks= argument, ../mark.h).  Off: no instruction is
 * instrumented, and each function here returns at once.
 *
 * An instruction counts when it begins: one that faults counts again when it
 * is repeated, a REP counts once for each time that QEMU enters it.  What the
 * platform itself executes on the vCPU does not count.
 */
#ifndef SOFTSNP_CPU_BENCH_H
#define SOFTSNP_CPU_BENCH_H

#include "core.h"

struct qemu_plugin_insn;
struct qemu_plugin_tb;

/* Arguments marks= and histogram=; false after a log line. */
bool bench_marks_to(const char *path);
bool bench_histogram_to(const char *path);
/* Before the other instrumentation of this block, of this instruction. */
void bench_translate_block(struct qemu_plugin_tb *tb);
void bench_translate(struct qemu_plugin_insn *q, const struct insn *in,
		     struct insn *(*keep)(const struct insn *in));

/* Code of the platform runs on the vCPU from here to there. */
void bench_pause(unsigned int vcpu);
void bench_resume(unsigned int vcpu);
/* The next instruction is the platform's. */
void bench_discount(unsigned int vcpu);
/* @in, which stands at @pc, is about to raise #VC. */
void bench_vc(unsigned int vcpu, const struct insn *in, uint64_t pc);

/*
 * Numbers that are kept elsewhere and belong to a span's events.  @fn calls
 * @emit for each; before the machine runs.
 */
typedef void (*bench_emit)(const char *name, uint64_t n);
void bench_source(void (*fn)(bench_emit emit));

/* The machine ends. */
void bench_end(void);

/* bench_span.c, for bench_count.c. */
enum bench_kind {
	BENCH_VC,		/* a #VC, from delivery to the IRETQ back */
	BENCH_CALL,		/* a watched function, from entry to return */
};

/* What the vCPUs have counted; @halts: of all together. */
struct bench_now {
	uint64_t insns[CPU_MAX];
	uint64_t halts;
};

bool bench_spans_to(const char *path);
bool bench_profiles_to(const char *path);
void bench_profile_symbols(const char *name, const char *text, size_t len);
bool bench_spans_open(void);
bool bench_profiling(void);
void bench_span_begin(const char *name, const struct bench_now *now);
void bench_span_end(const char *name, const struct bench_now *now);
void bench_span_sample(enum bench_kind kind, const char *name, uint64_t insns);
void bench_span_step(uint64_t va, unsigned int nr_insns);

#endif /* SOFTSNP_CPU_BENCH_H */
