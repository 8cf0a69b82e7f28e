/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of QEMU's TCG plugin interface, version 7 (QEMU 11.1), that the CPU
 * model calls, and the two GLib containers that it passes data in.  Declared
 * here so that neither QEMU's nor GLib's headers are needed to build; the
 * symbols are resolved by the QEMU process that loads the plugin.
 */
#ifndef SOFTSNP_CPU_QEMU_API_H
#define SOFTSNP_CPU_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"

#define QEMU_API_VERSION	7
#define QEMU_API_EXPORT		__attribute__((visibility("default")))

/* GLib: only the public members, in GLib's order. */
struct glib_bytes {
	uint8_t *data;
	unsigned int len;
};

struct glib_array {
	char *data;
	unsigned int len;
};

struct glib_bytes *g_byte_array_new(void);
struct glib_bytes *g_byte_array_append(struct glib_bytes *a, const uint8_t *data, unsigned int len);
struct glib_bytes *g_byte_array_set_size(struct glib_bytes *a, unsigned int len);
char *g_array_free(struct glib_array *a, int free_segment);

/* Handles. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;
struct qemu_plugin_hwaddr;

struct qemu_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

/* What a callback may do with registers. */
enum qemu_cb_flags {
	QEMU_CB_NO_REGS,
	QEMU_CB_R_REGS,
	QEMU_CB_RW_REGS,
	QEMU_CB_RW_REGS_PC,
};

enum qemu_mem_rw {
	QEMU_MEM_R = 1,
	QEMU_MEM_W = 2,
	QEMU_MEM_RW = 3,
};

struct qemu_mem_value {
	int type;		/* 0: 1 byte ... 4: 16 bytes */
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
		uint64_t u128[2];
	} data;
};

/* Element of the array that qemu_plugin_get_registers() returns. */
struct qemu_reg_descriptor {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
	bool is_readonly;
};

typedef void (*qemu_vcpu_cb)(unsigned int vcpu, void *opaque);
typedef void (*qemu_tb_cb)(struct qemu_plugin_tb *tb, void *opaque);
typedef void (*qemu_mem_cb)(unsigned int vcpu, uint32_t info, uint64_t va,
			    void *opaque);
typedef void (*qemu_plain_cb)(void *opaque);

/* Ways to leave the code that a vCPU executes. */
enum qemu_discon_type {
	QEMU_DISCON_INTERRUPT = 1,	/* x86: delivered, exceptions too */
	QEMU_DISCON_EXCEPTION = 2,	/* x86: raised, not delivered yet */
};

typedef void (*qemu_discon_cb)(unsigned int vcpu, enum qemu_discon_type type, uint64_t from,
			       uint64_t to, void *opaque);

/* Registration. */
void qemu_plugin_register_vcpu_init_cb(uint64_t id, qemu_vcpu_cb cb, void *opaque);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_tb_cb cb, void *opaque);
void qemu_plugin_register_vcpu_discon_cb(uint64_t id, enum qemu_discon_type types,
					 qemu_discon_cb cb, void *opaque);
void qemu_plugin_register_flush_cb(uint64_t id, qemu_plain_cb cb, void *opaque);
void qemu_plugin_register_atexit_cb(uint64_t id, qemu_plain_cb cb, void *opaque);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_vcpu_cb cb,
					    enum qemu_cb_flags flags, void *opaque);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_mem_cb cb,
				      enum qemu_cb_flags flags, enum qemu_mem_rw rw, void *opaque);

/* Numbers of each vCPU that inline operations work on. */
struct qemu_plugin_scoreboard;
struct qemu_u64 {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
};

enum qemu_op {
	QEMU_INLINE_ADD_U64,
	QEMU_INLINE_STORE_U64,
};

enum qemu_cond {
	QEMU_COND_NEVER,
	QEMU_COND_ALWAYS,
	QEMU_COND_EQ,
	QEMU_COND_NE,
};

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
uint64_t qemu_plugin_u64_get(struct qemu_u64 entry, unsigned int vcpu);
void qemu_plugin_u64_set(struct qemu_u64 entry, unsigned int vcpu, uint64_t value);
void qemu_plugin_u64_add(struct qemu_u64 entry, unsigned int vcpu, uint64_t added);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn,
							 enum qemu_op op, struct qemu_u64 entry,
							 uint64_t imm);
void qemu_plugin_register_vcpu_tb_exec_cond_cb(struct qemu_plugin_tb *tb, qemu_vcpu_cb cb,
					       enum qemu_cb_flags flags, enum qemu_cond cond,
					       struct qemu_u64 entry, uint64_t imm, void *opaque);
void qemu_plugin_register_vcpu_insn_exec_cond_cb(struct qemu_plugin_insn *insn, qemu_vcpu_cb cb,
						 enum qemu_cb_flags flags, enum qemu_cond cond,
						 struct qemu_u64 entry, uint64_t imm,
						 void *opaque);

/* Translation time. */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *buf, size_t len);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* Run time. */
struct glib_array *qemu_plugin_get_registers(void);
bool qemu_plugin_read_register(struct qemu_plugin_register *reg, struct glib_bytes *buf);
bool qemu_plugin_write_register(struct qemu_plugin_register *reg, struct glib_bytes *buf);
void __noreturn qemu_plugin_set_pc(uint64_t pc);
bool qemu_plugin_read_memory_vaddr(uint64_t va, struct glib_bytes *buf, size_t len);
bool qemu_plugin_write_memory_vaddr(uint64_t va, struct glib_bytes *buf);
/* The two physical ones return 0 when they succeeded. */
int qemu_plugin_read_memory_hwaddr(uint64_t pa, struct glib_bytes *buf, size_t len);
int qemu_plugin_write_memory_hwaddr(uint64_t pa, struct glib_bytes *buf);
bool qemu_plugin_translate_vaddr(uint64_t va, uint64_t *pa);
unsigned int qemu_plugin_mem_size_shift(uint32_t info);
bool qemu_plugin_mem_is_store(uint32_t info);
struct qemu_mem_value qemu_plugin_mem_get_value(uint32_t info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t va);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *hw);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *hw);

/* What QEMU looks for in a plugin. */
extern QEMU_API_EXPORT int qemu_plugin_version;
QEMU_API_EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
					char **argv);

#endif /* SOFTSNP_CPU_QEMU_API_H */
