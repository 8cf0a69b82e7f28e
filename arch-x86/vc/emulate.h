/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a #VC does to the interrupted state (AMD64 APM volume 2, 24593, section
 * 15.35; GHCB specification, 56421, NAE events).  Pure logic; everything that
 * touches the machine goes through the vc_hw_*() functions, which the module,
 * KUnit and the fuzz target each provide.
 */
#ifndef VC_EMULATE_H
#define VC_EMULATE_H

#include <snp/ghcb.h>

#include "cpuid.h"
#include "decode.h"

/* SEV_STATUS: the hardware swaps the debug registers. */
#define VC_STATUS_DEBUG_SWAP	BIT_ULL(7)

/**
 * enum vc_result - what becomes of a #VC
 * @VC_DONE: emulated; the interrupted code goes on
 * @VC_PASS: not for this code: the kernel's handler gets it, nothing was changed
 * @VC_REFUSE: the #VC does not belong to the instruction: an attack, which ends
 *	the guest; nothing was changed
 */
enum vc_result {
	VC_DONE,
	VC_PASS,
	VC_REFUSE,
};

/* Quadwords of the GHCB page that an exit uses; entry.S has their offsets. */
enum vc_field {
	VC_F_CPL,
	VC_F_RAX, VC_F_RCX, VC_F_RDX, VC_F_RBX, VC_F_RSI,
	VC_F_CODE, VC_F_INFO1, VC_F_INFO2, VC_F_SCRATCH,
	VC_F_VALID0, VC_F_VALID1,
	VC_F_VERSION,
	VC_FIELDS,
};

/* Longest string of one exit.  The protocol's limit is 2032; this is on a stack, twice. */
#define VC_DATA_MAX	256

/**
 * struct vc_exit - one exit; offsets are known to entry.S
 * @field: request; after the exit RAX to RBX, INFO1, INFO2 and the validity
 *	bits are the answer: hostile, but stable
 * @saved: what the page held before
 * @saved_msr: what the GHCB MSR held before
 * @ghcb_gpa: address of the page
 * @len: how many bytes of @data go into the shared buffer and come back
 * @data: the shared buffer
 * @saved_data: what the shared buffer held before
 */
struct vc_exit {
	u64 field[VC_FIELDS];
	u64 saved[VC_FIELDS];
	u64 saved_msr;
	u64 ghcb_gpa;
	u64 len;
	u8 data[VC_DATA_MAX];
	u8 saved_data[VC_DATA_MAX];
};

SNP_CHECK_OFFSET(struct vc_exit, saved, 104);
SNP_CHECK_OFFSET(struct vc_exit, saved_msr, 208);
SNP_CHECK_OFFSET(struct vc_exit, ghcb_gpa, 216);
SNP_CHECK_OFFSET(struct vc_exit, len, 224);
SNP_CHECK_OFFSET(struct vc_exit, data, 232);
SNP_CHECK_OFFSET(struct vc_exit, saved_data, 488);

/**
 * struct vc_env - what the handlers know of this guest and this CPU
 * @cpuid: CPUID table, checked
 * @local: this CPU's part of CPUID
 * @sev_status: MSR SEV_STATUS
 * @dr7: what the kernel believes is in DR7, unless @dr7_passed
 * @dr7_passed: a write of DR7 was passed on, or is never seen
 * @ghcb_gpa: GHCB page of this CPU
 * @kvm: hypercalls are KVM's
 * @gate_ud: entry of the kernel's #UD handler
 * @gate_gp: entry of the kernel's #GP handler
 * @kernel_cs: their code segment
 */
struct vc_env {
	const struct snp_cpuid_page *cpuid;
	struct vc_cpuid_local local;
	u64 sev_status;
	u64 dr7;
	bool dr7_passed;
	u64 ghcb_gpa;
	bool kvm;
	u64 gate_ud;
	u64 gate_gp;
	u16 kernel_cs;
};

/**
 * enum vc_mapping - what the guest's page tables say about an address
 * @VC_UNMAPPED: nothing, or not the access that was asked for
 * @VC_PRIVATE: C-bit set: never a device
 * @VC_SHARED: C-bit clear
 */
enum vc_mapping {
	VC_UNMAPPED,
	VC_PRIVATE,
	VC_SHARED,
};

/* The machine. */
size_t vc_hw_fetch(u64 rip, u8 *buf, size_t len);
bool vc_hw_read(u64 va, void *buf, size_t len);
bool vc_hw_write(u64 va, const void *buf, size_t len);
enum vc_mapping vc_hw_translate(u64 va, bool write, u64 *gpa);
const u64 *vc_hw_table(u64 table_pa);
void vc_hw_exit(struct vc_env *env, struct vc_exit *x);
void vc_hw_cpuid_state(struct vc_cpuid_state *state, bool xsave);

enum vc_result vc_emulate(struct vc_env *env, struct vc_regs *regs);

enum vc_mapping vc_walk(u64 root, unsigned int levels, u64 cbit_mask, u64 va, bool write, u64 *gpa);

/* Between the files of this room. */

/**
 * enum vc_answer - what became of an exit
 * @VC_ANSWERED: the answer has what was asked for
 * @VC_EXCEPTION: the exception that the hypervisor asked for is set up
 * @VC_BROKEN: refused, malformed, or incomplete; nothing was changed
 */
enum vc_answer {
	VC_ANSWERED,
	VC_EXCEPTION,
	VC_BROKEN,
};

/* Validity bit of a field, for vc_call(). */
#define VC_NEED(field)	BIT(field)

void vc_exit_begin(struct vc_env *env, struct vc_exit *x, u64 code, u64 info1, u64 info2);
void vc_exit_put(struct vc_exit *x, enum vc_field field, u64 value);
enum vc_answer vc_exit_call(struct vc_env *env, struct vc_exit *x, struct vc_regs *regs,
			    unsigned long needed);
bool vc_raise(struct vc_env *env, struct vc_regs *regs, u64 handler, bool has_error);
void vc_set_reg(u64 *reg, u64 value, unsigned int bytes);
void vc_advance(struct vc_regs *regs, const struct vc_insn *insn);
enum vc_result vc_ioio(struct vc_env *env, struct vc_regs *regs, const struct vc_insn *insn,
		       struct vc_exit *x);
enum vc_result vc_mmio(struct vc_env *env, struct vc_regs *regs, const struct vc_insn *insn,
		       struct vc_exit *x);

#endif /* VC_EMULATE_H */
