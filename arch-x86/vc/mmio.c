// SPDX-License-Identifier: GPL-2.0-only
/*
 * MMIO exits: a nested page fault that the hypervisor turned into a #VC by a
 * reserved bit in its page tables (GHCB specification, 56421, MMIO access;
 * AMD64 APM volume 2, 24593, section 15.35).
 */
#include <linux/compiler.h>

#include "emulate.h"

/**
 * struct vc_mem - the memory operand
 * @va: linear address
 * @gpa: guest physical address, when @mapping is %VC_SHARED
 * @mapping: what the page tables say
 */
struct vc_mem {
	u64 va;
	u64 gpa;
	enum vc_mapping mapping;
};

static noinstr void vc_mem_at(struct vc_mem *mem, u64 va, unsigned int bytes, bool write)
{
	mem->va = va;
	mem->mapping = VC_UNMAPPED;
	/* No register crosses a page. */
	if ((va & (SNP_PAGE_SIZE - 1)) + bytes > SNP_PAGE_SIZE)
		return;
	mem->mapping = vc_hw_translate(va, write, &mem->gpa);
}

/* Legacy byte registers 4 to 7 are AH, CH, DH, BH. */
static __always_inline bool vc_high_byte(const struct vc_insn *insn, unsigned int bytes)
{
	return bytes == 1 && !insn->rex && insn->reg >= 4 && insn->reg <= 7;
}

static noinstr u64 vc_mmio_source(struct vc_regs *regs, const struct vc_insn *insn)
{
	if (insn->kind == VC_KIND_STORE_IMM)
		return insn->imm;
	if (vc_high_byte(insn, insn->reg_bytes))
		return *vc_reg(regs, insn->reg - 4) >> 8;
	return *vc_reg(regs, insn->reg);
}

static noinstr void vc_mmio_loaded(struct vc_regs *regs, const struct vc_insn *insn, u64 value)
{
	u64 *reg;

	if (insn->kind == VC_KIND_LOAD_SX) {
		switch (insn->bytes) {
		case 1:
			value = (s64)(s8)value;
			break;
		case 2:
			value = (s64)(s16)value;
			break;
		default:
			value = (s64)(s32)value;
		}
	}
	if (vc_high_byte(insn, insn->reg_bytes)) {
		reg = vc_reg(regs, insn->reg - 4);
		*reg = (*reg & ~0xff00ULL) | (value & 0xff) << 8;
		return;
	}
	vc_set_reg(vc_reg(regs, insn->reg), value, insn->reg_bytes);
}

/* One access; @value counts in the width of the access only. */
static noinstr enum vc_answer vc_mmio_access(struct vc_env *env, struct vc_regs *regs,
					     struct vc_exit *x, u64 gpa, unsigned int bytes,
					     bool write, u64 *value)
{
	enum vc_answer answer;

	vc_exit_begin(env, x, write ? SNP_EXIT_MMIO_WRITE : SNP_EXIT_MMIO_READ, gpa, bytes);
	vc_exit_put(x, VC_F_SCRATCH, env->ghcb_gpa + offsetof(struct snp_ghcb, shared_buffer));
	x->len = bytes;
	if (!write)
		*value = 0;
	memcpy(x->data, value, bytes);
	answer = vc_exit_call(env, x, regs, 0);
	if (answer == VC_ANSWERED && !write)
		memcpy(value, x->data, bytes);
	return answer;
}

static noinstr enum vc_result vc_mmio_move(struct vc_env *env, struct vc_regs *regs,
					   const struct vc_insn *insn, struct vc_exit *x)
{
	bool write = insn->kind == VC_KIND_STORE || insn->kind == VC_KIND_STORE_IMM;
	enum vc_answer answer;
	struct vc_mem mem;
	u64 ea, value;

	/* Per-CPU data are no device. */
	if (vc_effective_address(insn, regs, &ea) != VC_ADDRESS_FLAT)
		return VC_PASS;
	vc_mem_at(&mem, ea, insn->bytes, write);
	if (mem.mapping == VC_UNMAPPED)
		return VC_PASS;
	/* A value that the hypervisor would have put into private memory. */
	if (mem.mapping == VC_PRIVATE)
		return VC_REFUSE;

	if (write)
		value = vc_mmio_source(regs, insn);
	answer = vc_mmio_access(env, regs, x, mem.gpa, insn->bytes, write, &value);
	if (answer != VC_ANSWERED)
		return answer == VC_EXCEPTION ? VC_DONE : VC_PASS;
	if (!write)
		vc_mmio_loaded(regs, insn, value);
	vc_advance(regs, insn);
	return VC_DONE;
}

/* MOVS and STOS: one element; with REP the instruction is executed again. */
static noinstr enum vc_result vc_mmio_string(struct vc_env *env, struct vc_regs *regs,
					     const struct vc_insn *insn, struct vc_exit *x)
{
	s64 step = regs->rflags & VC_RFLAGS_DF ? -(s64)insn->bytes : insn->bytes;
	bool movs = insn->kind == VC_KIND_MOVS;
	struct vc_mem from = { .mapping = VC_PRIVATE }, to;
	enum vc_answer answer;
	u64 value = regs->rax;

	if (insn->addr32 || insn->segment)
		return VC_PASS;
	if (insn->rep && !regs->rcx) {
		vc_advance(regs, insn);
		return VC_DONE;
	}
	vc_mem_at(&to, regs->rdi, insn->bytes, true);
	if (movs)
		vc_mem_at(&from, regs->rsi, insn->bytes, false);
	if (to.mapping == VC_UNMAPPED || from.mapping == VC_UNMAPPED)
		return VC_PASS;
	if (to.mapping == VC_PRIVATE && from.mapping == VC_PRIVATE)
		return VC_REFUSE;
	/* Which one is the device cannot be told. */
	if (to.mapping == from.mapping)
		return VC_PASS;

	if (to.mapping == VC_SHARED) {
		if (movs && !vc_hw_read(from.va, &value, insn->bytes))
			return VC_PASS;
		answer = vc_mmio_access(env, regs, x, to.gpa, insn->bytes, true, &value);
	} else {
		answer = vc_mmio_access(env, regs, x, from.gpa, insn->bytes, false, &value);
	}
	if (answer != VC_ANSWERED)
		return answer == VC_EXCEPTION ? VC_DONE : VC_PASS;
	if (to.mapping == VC_PRIVATE && !vc_hw_write(to.va, &value, insn->bytes))
		return VC_PASS;

	regs->rdi += step;
	if (movs)
		regs->rsi += step;
	if (insn->rep && --regs->rcx)
		return VC_DONE;
	vc_advance(regs, insn);
	return VC_DONE;
}

/**
 * vc_mmio() - emulate an access to a device
 * @env: this CPU
 * @regs: interrupted state
 * @insn: instruction with a memory operand
 * @x: room for the exit
 *
 * Return: see &enum vc_result.  INS and OUTS with a device as memory are the
 *	kernel's.
 */
noinstr enum vc_result vc_mmio(struct vc_env *env, struct vc_regs *regs,
			       const struct vc_insn *insn, struct vc_exit *x)
{
	switch (insn->kind) {
	case VC_KIND_STORE:
	case VC_KIND_STORE_IMM:
	case VC_KIND_LOAD:
	case VC_KIND_LOAD_ZX:
	case VC_KIND_LOAD_SX:
		return vc_mmio_move(env, regs, insn, x);
	case VC_KIND_MOVS:
	case VC_KIND_STOS:
		return vc_mmio_string(env, regs, insn, x);
	default:
		return VC_PASS;
	}
}
