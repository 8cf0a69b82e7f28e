/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the roles of the CPU model share: registers, memory, the position of an
 * instruction, hooks on instructions.  Everything QEMU-specific stands in
 * core.c and qemu_api.h; roles see only this.
 *
 * State is per vCPU; a hook runs on the thread of its vCPU (MTTCG).
 */
#ifndef SOFTSNP_CPU_CORE_H
#define SOFTSNP_CPU_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_MAX		8

/* General registers in encoding order, then what else a role needs. */
enum cpu_reg {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	REG_RIP, REG_EFLAGS, REG_CS, REG_SS, REG_DS, REG_ES,
	REG_CR0, REG_CR2, REG_CR3, REG_CR4, REG_EFER,
	REG_COUNT,
};

uint64_t cpu_get(enum cpu_reg r);
void cpu_set(enum cpu_reg r, uint64_t value);

/* Virtual addresses of the current vCPU; false: not mapped. */
bool cpu_read_virt(uint64_t va, void *buf, size_t len);
bool cpu_write_virt(uint64_t va, const void *buf, size_t len);
bool cpu_translate(uint64_t va, uint64_t *paddr);
/* Physical addresses. */
bool cpu_read_phys(uint64_t pa, void *buf, size_t len);
bool cpu_write_phys(uint64_t pa, const void *buf, size_t len);

/* Instructions that roles hook.  Decoded at translation time. */
enum insn_kind {
	INSN_NONE,
	INSN_CPUID, INSN_RDMSR, INSN_WRMSR, INSN_IOIO, INSN_WBINVD, INSN_INVD,
	INSN_DR7_READ, INSN_DR7_WRITE, INSN_RDTSC, INSN_RDTSCP, INSN_RDPMC,
	INSN_MONITOR, INSN_MWAIT, INSN_HLT,
	INSN_VMMCALL, INSN_VMGEXIT,
	INSN_PVALIDATE, INSN_RMPADJUST, INSN_RMPQUERY,
	INSN_RMPUPDATE, INSN_PSMASH, INSN_RMPREAD,
	INSN_LTR, INSN_LIDT, INSN_LGDT,
	INSN_KIND_COUNT,
};

struct insn {
	enum insn_kind kind;
	uint8_t len;
	uint8_t bytes[15];
	uint64_t recorded_va;	/* where translation saw it: page offset is reliable, the rest is not */
};

/*
 * Where the hooked instruction really stands: translated code is shared
 * between virtual addresses.  Linear address of its first byte.
 */
uint64_t insn_pc(const struct insn *in);

/* Continue elsewhere. Never returns; nothing of the hooked instruction executes. */
void cpu_continue_at(uint64_t pc) __attribute__((noreturn));

/**
 * struct cpu_role - what a role provides
 * @init: once, with the plugin's arguments; non-zero refuses to start
 * @wants: at translation time, should this instruction be hooked; may look at
 *	recorded_va to hook any other instruction too (kind INSN_NONE)
 * @exec: before the hooked instruction executes; return to let it execute as
 *	stock QEMU does, or leave by cpu_continue_at()
 * @access: after a memory access of any instruction (NULL: no cost)
 * @exit: at the end, to print counters
 */
struct cpu_role {
	const char *name;
	int (*init)(int argc, char **argv);
	bool (*wants)(const struct insn *in);
	void (*exec)(unsigned int vcpu, const struct insn *in);
	void (*access)(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store);
	void (*exit)(void);
};

extern const struct cpu_role guest_role;
extern const struct cpu_role host_role;

/* One line to the platform log (file= argument or stderr). */
void cpu_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Named counters, written as JSON at the end (counters= argument). */
void count_add(const char *name, uint64_t n);
#define count(name) count_add(name, 1)

#endif /* SOFTSNP_CPU_CORE_H */
