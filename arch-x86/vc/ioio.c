// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port exits: IN, OUT, INS, OUTS, with and without REP (GHCB specification,
 * 56421, IOIO_PROT; AMD64 APM volume 2, 24593, I/O intercepts).
 */
#include <linux/compiler.h>

#include "emulate.h"

#define VC_IOIO_IN		BIT(0)
#define VC_IOIO_STRING		BIT(2)
#define VC_IOIO_REP		BIT(3)
#define VC_IOIO_SIZE_SHIFT	4	/* plus log2 of the bytes */
#define VC_IOIO_ADDR32		BIT(8)
#define VC_IOIO_ADDR64		BIT(9)
#define VC_IOIO_SEG_DS		(3 << 10)
#define VC_IOIO_PORT_SHIFT	16

static noinstr u64 vc_ioio_info1(const struct vc_regs *regs, const struct vc_insn *insn)
{
	u16 port = insn->imm_port ? (u16)insn->imm : (u16)regs->rdx;
	u64 info1 = (u64)port << VC_IOIO_PORT_SHIFT;

	/* 1, 2, 4 bytes: bit 4, 5, 6. */
	info1 |= (u64)insn->bytes << VC_IOIO_SIZE_SHIFT;
	info1 |= insn->addr32 ? VC_IOIO_ADDR32 : VC_IOIO_ADDR64;
	switch (insn->kind) {
	case VC_KIND_IN:
		info1 |= VC_IOIO_IN;
		break;
	case VC_KIND_INS:
		info1 |= VC_IOIO_IN | VC_IOIO_STRING;
		break;
	case VC_KIND_OUTS:
		info1 |= VC_IOIO_STRING | VC_IOIO_SEG_DS;
		break;
	default:
		break;
	}
	if (insn->rep && info1 & VC_IOIO_STRING)
		info1 |= VC_IOIO_REP;
	return info1;
}

static noinstr enum vc_result vc_ioio_single(struct vc_env *env, struct vc_regs *regs,
					     const struct vc_insn *insn, struct vc_exit *x)
{
	bool in = insn->kind == VC_KIND_IN;
	enum vc_answer answer;

	vc_exit_begin(env, x, SNP_EXIT_IOIO, vc_ioio_info1(regs, insn), 0);
	if (!in)
		vc_exit_put(x, VC_F_RAX, regs->rax & (~0ULL >> (64 - 8 * insn->bytes)));
	answer = vc_exit_call(env, x, regs, in ? VC_NEED(VC_F_RAX) : 0);
	if (answer != VC_ANSWERED)
		return answer == VC_EXCEPTION ? VC_DONE : VC_PASS;
	if (in)
		vc_set_reg(&regs->rax, x->field[VC_F_RAX], insn->bytes);
	vc_advance(regs, insn);
	return VC_DONE;
}

/* A register used as address or count, in the width of addresses. */
static __always_inline u64 vc_addr_reg(const struct vc_insn *insn, u64 value)
{
	return insn->addr32 ? (u32)value : value;
}

/*
 * Elements lie in memory in the order of the direction flag, in the buffer in
 * the order of time.
 */
static noinstr bool vc_string_copy(const struct vc_insn *insn, u64 va, s64 step, unsigned int nr,
				   u8 *data, bool to_memory)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; ok && i < nr; i++, va += step, data += insn->bytes) {
		if (to_memory)
			ok = vc_hw_write(vc_addr_reg(insn, va), data, insn->bytes);
		else
			ok = vc_hw_read(vc_addr_reg(insn, va), data, insn->bytes);
	}
	return ok;
}

/* Data that were read from a port cannot be read again: look before. */
static noinstr bool vc_string_writable(const struct vc_insn *insn, u64 va, s64 step,
				       unsigned int nr)
{
	unsigned int i;
	u64 first, gpa;

	for (i = 0; i < nr; i++, va += step) {
		first = vc_addr_reg(insn, va);
		if (vc_hw_translate(first, true, &gpa) == VC_UNMAPPED ||
		    vc_hw_translate(first + insn->bytes - 1, true, &gpa) == VC_UNMAPPED)
			return false;
	}
	return true;
}

static noinstr enum vc_result vc_ioio_string(struct vc_env *env, struct vc_regs *regs,
					     const struct vc_insn *insn, struct vc_exit *x)
{
	bool in = insn->kind == VC_KIND_INS;
	s64 step = regs->rflags & VC_RFLAGS_DF ? -(s64)insn->bytes : insn->bytes;
	u64 *pointer = in ? &regs->rdi : &regs->rsi;
	u64 count = insn->rep ? vc_addr_reg(insn, regs->rcx) : 1;
	unsigned int nr = VC_DATA_MAX / insn->bytes;
	enum vc_answer answer;

	/* Only OUTS has a segment to override; nobody's strings are per-CPU data. */
	if (insn->segment && !in)
		return VC_PASS;
	if (!count) {
		vc_advance(regs, insn);
		return VC_DONE;
	}
	if (count < nr)
		nr = count;

	vc_exit_begin(env, x, SNP_EXIT_IOIO, vc_ioio_info1(regs, insn), nr);
	vc_exit_put(x, VC_F_SCRATCH, env->ghcb_gpa + offsetof(struct snp_ghcb, shared_buffer));
	x->len = nr * insn->bytes;
	if (in) {
		if (!vc_string_writable(insn, *pointer, step, nr))
			return VC_PASS;
		memset(x->data, 0, x->len);
	} else if (!vc_string_copy(insn, *pointer, step, nr, x->data, false)) {
		return VC_PASS;
	}
	answer = vc_exit_call(env, x, regs, 0);
	if (answer != VC_ANSWERED)
		return answer == VC_EXCEPTION ? VC_DONE : VC_PASS;
	/*
	 * Writable before, and not any more: another CPU unmapped it.  What was
	 * read is lost then, and the kernel reads on.
	 */
	if (in && !vc_string_copy(insn, *pointer, step, nr, x->data, true))
		return VC_PASS;

	*pointer = vc_addr_reg(insn, *pointer + step * nr);
	if (insn->rep) {
		regs->rcx = count - nr;
		if (regs->rcx)
			return VC_DONE;
	}
	vc_advance(regs, insn);
	return VC_DONE;
}

/**
 * vc_ioio() - emulate a port access
 * @env: this CPU
 * @regs: interrupted state
 * @insn: IN, OUT, INS or OUTS
 * @x: room for the exit
 *
 * A repeated instruction may need several exits: it is executed again as long
 * as RCX is not 0.
 *
 * Return: see &enum vc_result.
 */
noinstr enum vc_result vc_ioio(struct vc_env *env, struct vc_regs *regs,
			       const struct vc_insn *insn, struct vc_exit *x)
{
	if (insn->kind == VC_KIND_IN || insn->kind == VC_KIND_OUT)
		return vc_ioio_single(env, regs, insn, x);
	return vc_ioio_string(env, regs, insn, x);
}
