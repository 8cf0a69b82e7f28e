// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting between marks: instructions of each vCPU, marks, the way from a #VC
 * to the IRETQ that ends it, calls of watched functions.
 *
 * Each instruction gets an inline increment, each block a callback that only
 * runs while something wants every block: a profile, or a watched function.
 */
#include <stdlib.h>
#include <string.h>

#include <mark.h>

#include "bench.h"
#include "bench_stat.h"
#include "qemu_api.h"

#define OPEN_MAX	8
#define WATCH_MAX	4
#define SYMBOLS_MAX	(64u << 20)

/* What the inline operations of a vCPU work on. */
struct board {
	uint64_t insns;
	uint64_t nr_vc;		/* entries of struct vcpu */
	uint64_t stepping;
	uint64_t halts;
};

struct open_vc {
	uint64_t rip;		/* where the handler should return to */
	uint64_t rsp;
	uint64_t insns;
	char name[BENCH_NAME_MAX];
};

struct open_call {
	unsigned int watch;
	uint64_t ret;
	uint64_t rsp;
	uint64_t insns;
};

static struct vcpu {
	struct open_vc vc[OPEN_MAX];
	struct open_call call[OPEN_MAX];
	unsigned int nr_calls;
	uint64_t paused_at;
} vcpus[CPU_MAX];

static struct watch {
	char name[BENCH_NAME_MAX];
	uint64_t address;
} watches[WATCH_MAX];

static bool on;
static struct qemu_u64 insns, nr_vc, stepping, halts;

bool bench_marks_to(const char *path)
{
	struct qemu_plugin_scoreboard *score;

	if (!bench_spans_to(path))
		return false;
	score = qemu_plugin_scoreboard_new(sizeof(struct board));
	insns = (struct qemu_u64) { score, offsetof(struct board, insns) };
	nr_vc = (struct qemu_u64) { score, offsetof(struct board, nr_vc) };
	stepping = (struct qemu_u64) { score, offsetof(struct board, stepping) };
	halts = (struct qemu_u64) { score, offsetof(struct board, halts) };
	on = true;
	return true;
}

bool bench_histogram_to(const char *path)
{
	return bench_profiles_to(path);
}

static struct bench_now read_board(void)
{
	struct bench_now now = {};
	unsigned int i;

	for (i = 0; i < cpu_count(); i++) {
		now.insns[i] = qemu_plugin_u64_get(insns, i);
		now.halts += qemu_plugin_u64_get(halts, i);
	}
	return now;
}

static bool watching(void)
{
	unsigned int i;

	for (i = 0; i < WATCH_MAX; i++)
		if (watches[i].address)
			return true;
	return false;
}

/* Do the vCPUs have to report each block? */
static void update_stepping(void)
{
	bool step = bench_spans_open() && (bench_profiling() || watching());
	unsigned int i;

	for (i = 0; i < cpu_count(); i++)
		qemu_plugin_u64_set(stepping, i, step);
}

/* Names come from the machine: read what is mapped, believe nothing. */
static bool read_name(uint64_t va, char name[BENCH_NAME_MAX])
{
	size_t len = BENCH_NAME_MAX, page = 4096 - (va & 4095);

	memset(name, 0, BENCH_NAME_MAX);
	if (!cpu_read_virt(va, name, len < page ? len : page))
		return false;
	if (page < len && !memchr(name, 0, page) &&
	    !cpu_read_virt(va + page, name + page, len - page))
		return false;
	return bench_name_ok(name, BENCH_NAME_MAX);
}

static void set_watch(const char *name, uint64_t address)
{
	struct watch *w, *free_one = NULL;
	unsigned int i;

	for (i = 0; i < WATCH_MAX; i++) {
		w = &watches[i];
		if (w->address && !strcmp(w->name, name)) {
			w->address = address;
			return;
		}
		if (!w->address && !free_one)
			free_one = w;
	}
	if (!address)
		return;
	if (!free_one) {
		cpu_log("marks: no more than %d functions can be watched", WATCH_MAX);
		return;
	}
	memcpy(free_one->name, name, BENCH_NAME_MAX);
	free_one->address = address;
}

static void keep_symbols(const char *name, uint64_t va, uint64_t len)
{
	char *text;

	if (!bench_profiling())
		return;
	text = len && len <= SYMBOLS_MAX ? malloc(len) : NULL;
	if (text && cpu_read_virt(va, text, len))
		bench_profile_symbols(name, text, len);
	else
		cpu_log("marks: %s: symbols at %#llx, %llu bytes, cannot be read", name,
			(unsigned long long)va, (unsigned long long)len);
	free(text);
}

static void on_mark(unsigned int vcpu, void *opaque)
{
	const struct insn *in = opaque;
	char name[BENCH_NAME_MAX];
	struct bench_now now = read_board();

	cpu_enter(vcpu);
	if (!read_name(cpu_get(REG_RDI), name)) {
		cpu_log("marks: vCPU %u: the name at %#llx cannot be read or has other characters than letters, digits and ._-/:",
			vcpu, (unsigned long long)cpu_get(REG_RDI));
		return;
	}
	switch (bench_mark(in)) {
	case SOFTSNP_MARK_BEGIN:
		bench_span_begin(name, &now);
		break;
	case SOFTSNP_MARK_END:
		now.insns[vcpu]--;	/* the mark itself */
		bench_span_end(name, &now);
		break;
	case SOFTSNP_MARK_WATCH:
		set_watch(name, cpu_get(REG_RSI));
		break;
	case SOFTSNP_MARK_SYMBOLS:
		keep_symbols(name, cpu_get(REG_RSI), cpu_get(REG_RDX));
		break;
	}
	update_stepping();
}

/*
 * Each block, while stepping, before it counts.  What is called and what is
 * returned to is the start of a block.  The callback's value is the address;
 * the highest 16 bits repeat bit 47 and make room for the number of
 * instructions.
 */
static void on_step(unsigned int vcpu, void *opaque)
{
	uint64_t va = (uint64_t)((int64_t)(uintptr_t)opaque << 16 >> 16), now, rsp;
	struct vcpu *v = &vcpus[vcpu];
	struct open_call *c;
	unsigned int i;

	cpu_enter(vcpu);
	if (bench_profiling())
		bench_span_step(va, (uintptr_t)opaque >> 48);
	now = qemu_plugin_u64_get(insns, vcpu);
	if (v->nr_calls && va == v->call[v->nr_calls - 1].ret) {
		c = &v->call[v->nr_calls - 1];
		if (cpu_get(REG_RSP) == c->rsp + 8) {
			bench_span_sample(BENCH_CALL, watches[c->watch].name, now - c->insns);
			v->nr_calls--;
		}
	}
	for (i = 0; i < WATCH_MAX; i++) {
		if (!watches[i].address || va != watches[i].address)
			continue;
		if (v->nr_calls == OPEN_MAX)
			v->nr_calls = 0;	/* left by other ways than a return */
		c = &v->call[v->nr_calls];
		rsp = cpu_get(REG_RSP);
		if (cpu_read_virt(rsp, &c->ret, sizeof(c->ret))) {
			c->watch = i;
			c->rsp = rsp;
			c->insns = now;
			v->nr_calls++;
		}
	}
}

/* An IRETQ, while a #VC is open: is this the end of the handler? */
static void on_iretq(unsigned int vcpu, void *opaque)
{
	uint64_t frame[4], nr = qemu_plugin_u64_get(nr_vc, vcpu), i;
	struct vcpu *v = &vcpus[vcpu];

	(void)opaque;
	cpu_enter(vcpu);
	if (!cpu_read_virt(cpu_get(REG_RSP), frame, sizeof(frame)))
		return;
	for (i = nr; i-- > 0; ) {
		if (frame[3] != v->vc[i].rsp)
			continue;
		/* Elsewhere: the instruction was repeated or given up. */
		if (frame[0] == v->vc[i].rip)
			bench_span_sample(BENCH_VC, v->vc[i].name,
					  qemu_plugin_u64_get(insns, vcpu) - v->vc[i].insns);
		qemu_plugin_u64_set(nr_vc, vcpu, i);
		return;
	}
}

void bench_vc(unsigned int vcpu, const struct insn *in, uint64_t pc)
{
	struct vcpu *v = &vcpus[vcpu];
	struct open_vc *o;
	uint64_t nr;

	if (!on || !bench_spans_open())
		return;
	nr = qemu_plugin_u64_get(nr_vc, vcpu);
	if (nr == OPEN_MAX)
		nr = 0;
	o = &v->vc[nr];
	bench_exit_name(o->name, in, cpu_get(REG_RAX), cpu_cpl() == 3);
	o->rip = pc + in->len;
	o->rsp = cpu_get(REG_RSP);
	o->insns = qemu_plugin_u64_get(insns, vcpu);
	qemu_plugin_u64_set(nr_vc, vcpu, nr + 1);
}

void bench_pause(unsigned int vcpu)
{
	if (!on)
		return;
	vcpus[vcpu].paused_at = qemu_plugin_u64_get(insns, vcpu);
	qemu_plugin_u64_set(stepping, vcpu, 0);
}

void bench_resume(unsigned int vcpu)
{
	if (!on)
		return;
	qemu_plugin_u64_set(insns, vcpu, vcpus[vcpu].paused_at);
	update_stepping();
}

void bench_discount(unsigned int vcpu)
{
	if (on)
		qemu_plugin_u64_add(insns, vcpu, -1ULL);
}

void bench_translate_block(struct qemu_plugin_tb *tb)
{
	uint64_t va, nr;

	if (!on)
		return;
	va = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
	nr = qemu_plugin_tb_n_insns(tb);
	qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, on_step, QEMU_CB_R_REGS, QEMU_COND_NE,
						  stepping, 0,
						  (void *)(nr << 48 | (va & 0xffffffffffffULL)));
}

void bench_translate(struct qemu_plugin_insn *q, const struct insn *in,
		     struct insn *(*keep)(const struct insn *in))
{
	if (!on)
		return;
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(q, QEMU_INLINE_ADD_U64, insns, 1);
	if (in->kind == INSN_HLT)
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(q, QEMU_INLINE_ADD_U64, halts,
								    1);
	if (in->kind == INSN_IRETQ)
		qemu_plugin_register_vcpu_insn_exec_cond_cb(q, on_iretq, QEMU_CB_R_REGS,
							    QEMU_COND_NE, nr_vc, 0, NULL);
	if (bench_mark(in))
		qemu_plugin_register_vcpu_insn_exec_cb(q, on_mark, QEMU_CB_R_REGS, keep(in));
}
