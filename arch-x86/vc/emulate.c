// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of the exits without memory operands, and what all handlers share
 * (GHCB specification, 56421, NAE events; AMD64 APM volume 2, 24593, section
 * 15.35).
 *
 * The hypervisor is the attacker.  It chooses when a #VC arrives and with
 * which code, so the instruction is decoded before anything is believed; and
 * it chooses every answer, so an answer counts only if it has the validity
 * bits of all that was asked for, and only in the width that was asked for.
 */
#include <linux/compiler.h>

#include <arch-x86/ghcb/result.h>
#include <snp/rmp.h>

#include "emulate.h"

#define VC_GHCB_VERSION		2
/* The version stands in the upper half of a half of the last quadword. */
#define VC_F_VERSION_VALUE	((u64)VC_GHCB_VERSION << 16)

#define VC_STATUS_SECURE_TSC	BIT_ULL(11)

#define VC_MSR_TSC		0x00000010
#define VC_MSR_TSC_FREQ		0xc0010134
#define VC_MSR_SAVIC_CONTROL	0xc0010138
#define VC_MSR_SVSM_CAA		0xc001f000

#define VC_DR7_WRITABLE		0xffff23ffULL
#define VC_DR7_FIXED		BIT_ULL(10)

/* Index of the validity bit of each field. */
static __always_inline unsigned int vc_valid_bit(enum vc_field field)
{
	switch (field) {
	case VC_F_CPL:
		return offsetof(struct snp_ghcb, cpl) / 8;
	case VC_F_RAX:
		return SNP_GHCB_VALID_BIT(rax);
	case VC_F_RCX:
		return SNP_GHCB_VALID_BIT(rcx);
	case VC_F_RDX:
		return SNP_GHCB_VALID_BIT(rdx);
	case VC_F_RBX:
		return SNP_GHCB_VALID_BIT(rbx);
	case VC_F_RSI:
		return SNP_GHCB_VALID_BIT(rsi);
	case VC_F_CODE:
		return SNP_GHCB_VALID_BIT(sw_exit_code);
	case VC_F_INFO1:
		return SNP_GHCB_VALID_BIT(sw_exit_info_1);
	case VC_F_INFO2:
		return SNP_GHCB_VALID_BIT(sw_exit_info_2);
	default:
		return SNP_GHCB_VALID_BIT(sw_scratch);
	}
}

/**
 * vc_exit_put() - put a value into a request, and mark it valid
 * @x: the request
 * @field: which
 * @value: the value; of %VC_F_CPL the whole quadword
 */
noinstr void vc_exit_put(struct vc_exit *x, enum vc_field field, u64 value)
{
	unsigned int bit = vc_valid_bit(field);

	x->field[field] = value;
	x->field[bit < 64 ? VC_F_VALID0 : VC_F_VALID1] |= BIT_ULL(bit & 63);
}

/**
 * vc_exit_begin() - start a request
 * @env: this CPU
 * @x: the request; its data are left alone
 * @code: SW_EXITCODE
 * @info1: SW_EXITINFO1
 * @info2: SW_EXITINFO2
 */
noinstr void vc_exit_begin(struct vc_env *env, struct vc_exit *x, u64 code, u64 info1, u64 info2)
{
	unsigned int i;

	for (i = 0; i < VC_FIELDS; i++)
		x->field[i] = 0;
	x->ghcb_gpa = env->ghcb_gpa;
	x->len = 0;
	x->field[VC_F_VERSION] = VC_F_VERSION_VALUE;
	vc_exit_put(x, VC_F_CODE, code);
	vc_exit_put(x, VC_F_INFO1, info1);
	vc_exit_put(x, VC_F_INFO2, info2);
}

/**
 * vc_raise() - make the interrupted code take an exception where it stands
 * @env: this CPU
 * @regs: interrupted state, which becomes that of the handler
 * @handler: entry of the kernel's handler, behind an interrupt gate without IST
 * @has_error: the exception has an error code; it is 0
 *
 * The interrupted code is kernel code at an instruction that may fault, so its
 * stack can be used.
 *
 * Return: false when the stack cannot be written; nothing was changed then.
 */
noinstr bool vc_raise(struct vc_env *env, struct vc_regs *regs, u64 handler, bool has_error)
{
	u64 frame[6] = { 0, regs->rip, regs->cs, regs->rflags | VC_RFLAGS_RF, regs->rsp, regs->ss };
	unsigned int skip = has_error ? 0 : 1;
	u64 len = sizeof(frame) - skip * sizeof(frame[0]);
	u64 rsp = (regs->rsp & ~15ULL) - len;

	if (!vc_hw_write(rsp, frame + skip, len))
		return false;
	regs->rsp = rsp;
	regs->rip = handler;
	regs->cs = env->kernel_cs;
	regs->rflags &= ~(VC_RFLAGS_TF | VC_RFLAGS_IF | VC_RFLAGS_NT | VC_RFLAGS_RF | VC_RFLAGS_VM);
	return true;
}

/**
 * vc_exit_call() - one exit, and the checks that every answer must pass
 * @env: this CPU
 * @x: the request, then the answer
 * @regs: interrupted state, for an exception
 * @needed: VC_NEED() of each register that the answer must have
 *
 * Return: see &enum vc_answer.
 */
noinstr enum vc_answer vc_exit_call(struct vc_env *env, struct vc_exit *x, struct vc_regs *regs,
				    unsigned long needed)
{
	enum vc_field field;
	unsigned int bit;

	vc_hw_exit(env, x);
	switch (ghcb_outcome(x->field[VC_F_INFO1], x->field[VC_F_INFO2])) {
	case GHCB_DONE:
		break;
	case GHCB_RAISE_GP:
		return vc_raise(env, regs, env->gate_gp, true) ? VC_EXCEPTION : VC_BROKEN;
	case GHCB_RAISE_UD:
		return vc_raise(env, regs, env->gate_ud, false) ? VC_EXCEPTION : VC_BROKEN;
	default:
		return VC_BROKEN;
	}
	for (field = VC_F_RAX; field <= VC_F_RBX; field++) {
		bit = vc_valid_bit(field);
		if (needed & VC_NEED(field) &&
		    !(x->field[bit < 64 ? VC_F_VALID0 : VC_F_VALID1] & BIT_ULL(bit & 63)))
			return VC_BROKEN;
	}
	return VC_ANSWERED;
}

/**
 * vc_set_reg() - write a register in a width
 * @reg: register
 * @value: value
 * @bytes: 1 or 2 keep the rest of the register, 4 clears it, 8
 */
noinstr void vc_set_reg(u64 *reg, u64 value, unsigned int bytes)
{
	switch (bytes) {
	case 1:
		*reg = (*reg & ~0xffULL) | (u8)value;
		break;
	case 2:
		*reg = (*reg & ~0xffffULL) | (u16)value;
		break;
	case 4:
		*reg = (u32)value;
		break;
	default:
		*reg = value;
	}
}

/**
 * vc_advance() - go behind an emulated instruction
 * @regs: interrupted state
 * @insn: the instruction
 */
noinstr void vc_advance(struct vc_regs *regs, const struct vc_insn *insn)
{
	regs->rip += insn->len;
	regs->rflags &= ~VC_RFLAGS_RF;
}

/* What a handler returns for an exit that did not bring an answer. */
static __always_inline enum vc_result vc_no_answer(enum vc_answer answer)
{
	/*
	 * The kernel asks once more.  A hypervisor that did what it was asked for
	 * and then broke the protocol has done it twice; it could as well alone.
	 */
	return answer == VC_EXCEPTION ? VC_DONE : VC_PASS;
}

static noinstr enum vc_result vc_do_cpuid(struct vc_env *env, struct vc_regs *regs,
					  const struct vc_insn *insn)
{
	u32 fn = regs->rax, sub = regs->rcx;
	struct vc_cpuid_state state;
	struct vc_cpuid_regs out;

	vc_hw_cpuid_state(&state, vc_cpuid_needs_xsave_state(fn, sub));
	if (!vc_cpuid(env->cpuid, &env->local, &state, fn, sub, &out))
		return VC_PASS;
	regs->rax = out.eax;
	regs->rbx = out.ebx;
	regs->rcx = out.ecx;
	regs->rdx = out.edx;
	vc_advance(regs, insn);
	return VC_DONE;
}

/*
 * Some MSRs are never intercepted by a hypervisor that keeps to the rules, so
 * a #VC for one is made up.  Others the kernel handles by rules of its own.
 */
static __always_inline enum vc_result vc_msr_policy(const struct vc_env *env, u32 msr)
{
	switch (msr) {
	case SNP_MSR_GHCB:
	case SNP_MSR_SEV_STATUS:
		return VC_REFUSE;
	case VC_MSR_SVSM_CAA:
	case VC_MSR_SAVIC_CONTROL:
		return VC_PASS;
	case VC_MSR_TSC:
	case VC_MSR_TSC_FREQ:
		return env->sev_status & VC_STATUS_SECURE_TSC ? VC_PASS : VC_DONE;
	}
	return VC_DONE;
}

static noinstr enum vc_result vc_do_msr(struct vc_env *env, struct vc_regs *regs,
					const struct vc_insn *insn, struct vc_exit *x)
{
	bool write = insn->kind == VC_KIND_WRMSR;
	enum vc_result policy = vc_msr_policy(env, regs->rcx);
	enum vc_answer answer;

	if (policy != VC_DONE)
		return policy;
	vc_exit_begin(env, x, SNP_EXIT_MSR, write, 0);
	vc_exit_put(x, VC_F_RCX, (u32)regs->rcx);
	if (write) {
		vc_exit_put(x, VC_F_RAX, (u32)regs->rax);
		vc_exit_put(x, VC_F_RDX, (u32)regs->rdx);
	}
	answer = vc_exit_call(env, x, regs, write ? 0 : VC_NEED(VC_F_RAX) | VC_NEED(VC_F_RDX));
	if (answer != VC_ANSWERED)
		return vc_no_answer(answer);
	if (!write) {
		regs->rax = (u32)x->field[VC_F_RAX];
		regs->rdx = (u32)x->field[VC_F_RDX];
	}
	vc_advance(regs, insn);
	return VC_DONE;
}

/* RDTSC, RDTSCP, RDPMC: a counter in EDX:EAX, and for RDTSCP TSC_AUX in ECX. */
static noinstr enum vc_result vc_do_counter(struct vc_env *env, struct vc_regs *regs,
					    const struct vc_insn *insn, struct vc_exit *x)
{
	unsigned long needed = VC_NEED(VC_F_RAX) | VC_NEED(VC_F_RDX);
	enum vc_answer answer;

	/* A Secure TSC is never intercepted: the kernel has to say what happens now. */
	if (insn->kind != VC_KIND_RDPMC && env->sev_status & VC_STATUS_SECURE_TSC)
		return VC_PASS;
	vc_exit_begin(env, x, regs->error, 0, 0);
	if (insn->kind == VC_KIND_RDPMC)
		vc_exit_put(x, VC_F_RCX, (u32)regs->rcx);
	if (insn->kind == VC_KIND_RDTSCP)
		needed |= VC_NEED(VC_F_RCX);
	answer = vc_exit_call(env, x, regs, needed);
	if (answer != VC_ANSWERED)
		return vc_no_answer(answer);
	regs->rax = (u32)x->field[VC_F_RAX];
	regs->rdx = (u32)x->field[VC_F_RDX];
	if (insn->kind == VC_KIND_RDTSCP)
		regs->rcx = (u32)x->field[VC_F_RCX];
	vc_advance(regs, insn);
	return VC_DONE;
}

static noinstr enum vc_result vc_do_wbinvd(struct vc_env *env, struct vc_regs *regs,
					   const struct vc_insn *insn, struct vc_exit *x)
{
	enum vc_answer answer;

	vc_exit_begin(env, x, SNP_EXIT_WBINVD, 0, 0);
	answer = vc_exit_call(env, x, regs, 0);
	if (answer != VC_ANSWERED)
		return vc_no_answer(answer);
	vc_advance(regs, insn);
	return VC_DONE;
}

/* KVM's calling convention: number and result in RAX, four arguments. */
static noinstr enum vc_result vc_do_vmmcall(struct vc_env *env, struct vc_regs *regs,
					    const struct vc_insn *insn, struct vc_exit *x)
{
	enum vc_answer answer;

	if (!env->kvm)
		return VC_PASS;
	vc_exit_begin(env, x, SNP_EXIT_VMMCALL, 0, 0);
	vc_exit_put(x, VC_F_CPL, 0);
	vc_exit_put(x, VC_F_RAX, regs->rax);
	vc_exit_put(x, VC_F_RBX, regs->rbx);
	vc_exit_put(x, VC_F_RCX, regs->rcx);
	vc_exit_put(x, VC_F_RDX, regs->rdx);
	vc_exit_put(x, VC_F_RSI, regs->rsi);
	answer = vc_exit_call(env, x, regs, VC_NEED(VC_F_RAX));
	if (answer != VC_ANSWERED)
		return vc_no_answer(answer);
	regs->rax = x->field[VC_F_RAX];
	vc_advance(regs, insn);
	return VC_DONE;
}

static noinstr enum vc_result vc_do_dr7(struct vc_env *env, struct vc_regs *regs,
					const struct vc_insn *insn, struct vc_exit *x)
{
	u64 *reg = vc_reg(regs, insn->rm_reg);
	enum vc_answer answer;
	u64 value;

	/* Debug registers that the hardware swaps are never intercepted. */
	if (env->sev_status & VC_STATUS_DEBUG_SWAP || env->dr7_passed)
		return VC_PASS;
	if (insn->kind == VC_KIND_DR7_READ) {
		*reg = env->dr7;
		vc_advance(regs, insn);
		return VC_DONE;
	}
	if (*reg >> 32)
		return vc_raise(env, regs, env->gate_gp, true) ? VC_DONE : VC_PASS;
	value = (*reg & VC_DR7_WRITABLE) | VC_DR7_FIXED;
	vc_exit_begin(env, x, SNP_EXIT_DR7_WRITE, 0, 0);
	vc_exit_put(x, VC_F_RAX, value);
	answer = vc_exit_call(env, x, regs, 0);
	if (answer != VC_ANSWERED)
		return vc_no_answer(answer);
	env->dr7 = value;
	vc_advance(regs, insn);
	return VC_DONE;
}

static noinstr enum vc_result vc_do(struct vc_env *env, struct vc_regs *regs,
				    const struct vc_insn *insn)
{
	struct vc_exit x;

	/*
	 * Whoever single-steps the kernel expects a trap behind the instruction.  A
	 * read of DR7 passed on for that gets what the kernel has seen written last.
	 */
	if (regs->rflags & VC_RFLAGS_TF)
		return VC_PASS;
	if (regs->error == SNP_EXIT_NPF)
		return vc_mmio(env, regs, insn, &x);

	switch (insn->kind) {
	case VC_KIND_CPUID:
		return vc_do_cpuid(env, regs, insn);
	case VC_KIND_RDMSR:
	case VC_KIND_WRMSR:
		return vc_do_msr(env, regs, insn, &x);
	case VC_KIND_IN:
	case VC_KIND_OUT:
	case VC_KIND_INS:
	case VC_KIND_OUTS:
		return vc_ioio(env, regs, insn, &x);
	case VC_KIND_RDTSC:
	case VC_KIND_RDTSCP:
	case VC_KIND_RDPMC:
		return vc_do_counter(env, regs, insn, &x);
	case VC_KIND_WBINVD:
		return vc_do_wbinvd(env, regs, insn, &x);
	case VC_KIND_MONITOR:
	case VC_KIND_MWAIT:
		/* An address would leak, and not waiting is allowed. */
		vc_advance(regs, insn);
		return VC_DONE;
	case VC_KIND_VMMCALL:
		return vc_do_vmmcall(env, regs, insn, &x);
	case VC_KIND_DR7_READ:
	case VC_KIND_DR7_WRITE:
		return vc_do_dr7(env, regs, insn, &x);
	default:
		/* INVD would drop what other code has written: the kernel stops there. */
		return VC_PASS;
	}
}

/**
 * vc_emulate() - handle a #VC of kernel code
 * @env: this CPU
 * @regs: interrupted state; changed only with %VC_DONE
 *
 * Context: as the #VC interrupted it; neither sleeps nor calls the kernel.
 * Return: see &enum vc_result.
 */
noinstr enum vc_result vc_emulate(struct vc_env *env, struct vc_regs *regs)
{
	u8 bytes[VC_INSN_MAX];
	enum vc_result result;
	struct vc_insn insn;
	size_t len;

	len = vc_hw_fetch(regs->rip, bytes, sizeof(bytes));
	if (vc_decode(&insn, bytes, len) == VC_TRUNCATED)
		insn = (struct vc_insn){};

	switch (vc_match(regs->error, &insn)) {
	case VC_MATCH:
		break;
	case VC_MISMATCH:
		return VC_REFUSE;
	default:
		return VC_PASS;
	}
	result = vc_do(env, regs, &insn);
	if (result == VC_PASS && insn.kind == VC_KIND_DR7_WRITE)
		env->dr7_passed = true;
	return result;
}
