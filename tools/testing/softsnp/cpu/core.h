/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the roles of the CPU model share: registers, memory, the position of an
 * instruction, hooks on instructions.  Everything QEMU-specific stands in
 * core.c, bench_count.c and qemu_api.h; roles see only this.
 *
 * State is per vCPU; a hook runs on the thread of its vCPU (MTTCG), and
 * "current" means the vCPU that the hook runs for.
 */
#ifndef SOFTSNP_CPU_CORE_H
#define SOFTSNP_CPU_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <snp/types.h>

#include "attr.h"
#include "insn.h"
#include "seen.h"

#define CPU_MAX		8

/* General registers in encoding order, then what else a role needs. */
enum cpu_reg {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	REG_RIP, REG_EFLAGS, REG_CS, REG_SS, REG_DS, REG_ES, REG_FS, REG_GS,
	REG_FS_BASE, REG_GS_BASE, REG_KERNEL_GS_BASE,
	REG_CR0, REG_CR2, REG_CR3, REG_CR4, REG_CR8, REG_EFER,
	REG_COUNT,
};

/*
 * RIP cannot be set (cpu_continue_at() does that).  EFLAGS set in the middle
 * of a block keeps the system flags only: see cpu_continue_flags().
 */
uint64_t cpu_get(enum cpu_reg r);
void cpu_set(enum cpu_reg r, uint64_t value);

static inline unsigned int cpu_cpl(void)
{
	return cpu_get(REG_CS) & 3;
}

/* Cores of the machine; index of the one whose hook runs. */
unsigned int cpu_count(void);
unsigned int cpu_current(void);
/* At the start of a callback that is none of the core's own. */
void cpu_enter(unsigned int vcpu);

/* Where the last LIDT, LGDT and LTR of the current vCPU put these. */
struct cpu_tables {
	uint64_t idt_base;
	uint64_t gdt_base;
	uint64_t tss_base;
};

/* @vcpu may be another one than the current, to forget what INIT resets. */
struct cpu_tables *cpu_tables(unsigned int vcpu);

/* Pages of @vcpu that the role has seen and that have not changed since; of use once watched. */
struct seen *cpu_seen(unsigned int vcpu);

/* Virtual addresses of the current vCPU; false: not mapped. */
bool cpu_read_virt(uint64_t va, void *buf, size_t len);
bool cpu_write_virt(uint64_t va, const void *buf, size_t len);
bool cpu_translate(uint64_t va, uint64_t *paddr);
/* Physical addresses.  Writes go through QEMU, which notices modified code. */
bool cpu_read_phys(uint64_t pa, void *buf, size_t len);
bool cpu_write_phys(uint64_t pa, const void *buf, size_t len);
/*
 * Guest RAM itself (ram-fd argument), for atomic access and for bulk data that
 * is not code.  NULL: not RAM, or no ram-fd was given.
 */
void *cpu_ram(uint64_t pa, size_t len);
size_t cpu_ram_size(void);

/*
 * Where the hooked instruction really stands: translated code is shared
 * between virtual addresses.  Linear address of its first byte.
 */
uint64_t insn_pc(const struct insn *in);

/* Continue elsewhere, at a linear address.  Nothing of the hooked instruction executes. */
void __noreturn cpu_continue_at(uint64_t pc);
/* Skip the hooked instruction. */
void __noreturn cpu_skip(const struct insn *in);
/*
 * Continue at @pc with RFLAGS exactly @flags, in 64-bit mode, through an IRETQ
 * of the guest's own code.  In other modes only the system flags are exact.
 */
void __noreturn cpu_continue_flags(uint64_t pc, uint64_t flags);
/* Translation saw an IRETQ here; called by the core. */
void cpu_note_iretq(uint64_t va);

/**
 * cpu_raise() - deliver an exception through the IDT
 * @vector: vector
 * @error: error code, or CPU_NO_ERROR
 * @pc: linear address that the frame carries
 *
 * Long mode (IST, RSP0 on a privilege change) and 32-bit gates without a
 * privilege change.  A gate that cannot be used stops the machine: the guest
 * would triple fault.
 */
void __noreturn cpu_raise(unsigned int vector, int64_t error, uint64_t pc);
/* Likewise, with RFLAGS that are known: cpu_get() lacks the arithmetic flags and DF. */
void __noreturn cpu_raise_flags(unsigned int vector, int64_t error, uint64_t pc, uint64_t flags);
/* Where the gate of @vector leads to in long mode; 0: nowhere. */
uint64_t cpu_gate(unsigned int vector);
#define CPU_NO_ERROR	(-1)
#define CPU_VECTOR_UD	6
#define CPU_VECTOR_SS	12
#define CPU_VECTOR_GP	13
#define CPU_VECTOR_VC	29

/**
 * struct cpu_role - what a role provides
 * @init: once, with those plugin arguments that the core does not know; must
 *	refuse (non-zero) what it does not know either
 * @wants: at translation time, should this instruction be hooked; may look at
 *	recorded_va to hook any other instruction too (kind INSN_NONE)
 * @exec: before the hooked instruction executes; return to let it execute as
 *	stock QEMU does, or leave by cpu_continue_at() and friends.  @in is
 *	valid during the call only.
 * @access: after a memory access of any instruction to a page that is not in
 *	cpu_seen(), once cpu_watch_accesses() was called by @init
 * @alone: at translation time, when a block consists of this instruction: it
 *	is what the current vCPU executes next, with the registers that it has
 *	now, which may be set.  True: @device is called after each access of
 *	the instruction to a device.  Needs cpu_watch_devices().
 * @device: see @alone
 * @diverted: an exception or an interrupt has been delivered, nothing of its
 *	handler has been executed; registers may be set, but the vCPU cannot
 *	continue elsewhere.  Needs cpu_watch_devices().
 * @exit: at the end, to add its own counters
 */
struct cpu_role {
	const char *name;
	int (*init)(int argc, char **argv);
	bool (*wants)(const struct insn *in);
	void (*exec)(unsigned int vcpu, const struct insn *in);
	void (*access)(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store);
	bool (*alone)(unsigned int vcpu, const struct insn *in);
	void (*device)(unsigned int vcpu, const struct insn *in);
	void (*diverted)(unsigned int vcpu, uint64_t from, uint64_t to);
	void (*exit)(void);
};

extern const struct cpu_role guest_role;
extern const struct cpu_role host_role;

/* @changes: see seen.h; moves, after the fact, at each change of a page's state. */
void cpu_watch_accesses(const uint64_t *changes);
/* Likewise, stores only. */
void cpu_watch_stores(const uint64_t *changes);

/* Call the role's @alone, @device and @diverted.  Needs a thread for each vCPU. */
void cpu_watch_devices(void);

/* "name=value" in @arg: the value, else NULL. */
const char *cpu_arg(const char *arg, const char *name);
/* Decimal or 0x number in [min, max]; false after a log line otherwise. */
bool cpu_arg_u64(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *v);

/* One line to the platform log (log= argument or stderr). */
void __printf(1, 2) cpu_log(const char *fmt, ...);

/*
 * Stop the machine at once: log the line, write the counters, end QEMU with
 * this status.  For what a guest cannot survive on hardware either, or what
 * the model does not cover.
 */
#define CPU_STOP_TERMINATED	90	/* the guest asked for termination */
#define CPU_STOP_SHUTDOWN	91	/* triple fault, unusable gate, ... */
#define CPU_STOP_VIOLATION	92	/* the access checker found a violation */
#define CPU_STOP_PLATFORM	93	/* launch refused, unmodelled behaviour */
void __noreturn __printf(2, 3) cpu_stop(int status, const char *fmt, ...);

/* Named counters, written as JSON at the end (counters= argument). */
void count_add(const char *name, uint64_t n);
void __printf(1, 2) count_fmt(const char *fmt, ...);
#define count(name) count_add(name, 1)
void count_each(void (*fn)(const char *name, uint64_t n));

/* run.c and counters.c, for core.c: where log and counters go, and the end. */
bool run_log_to(const char *path);
void run_counters_to(const char *path);
void run_at_end(void (*fn)(void));
void run_end(void);
int count_write(const char *path);

#endif /* SOFTSNP_CPU_CORE_H */
