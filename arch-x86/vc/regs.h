/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the code that a #VC interrupted, in the order in which the
 * entry stub pushes them.
 */
#ifndef VC_REGS_H
#define VC_REGS_H

#include <snp/types.h>

/*
 * Interrupted state; offsets are known to entry.S.  "error" is the error code of
 * the #VC, which is the exit code.  The order is that of the kernel's pt_regs,
 * which the stack unwinder knows.
 */
struct vc_regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 error;
	u64 rip, cs, rflags, rsp, ss;
};

SNP_CHECK_SIZE(struct vc_regs, 168);
SNP_CHECK_OFFSET(struct vc_regs, error, 120);

#define VC_RFLAGS_TF	BIT_ULL(8)
#define VC_RFLAGS_IF	BIT_ULL(9)
#define VC_RFLAGS_DF	BIT_ULL(10)
#define VC_RFLAGS_NT	BIT_ULL(14)
#define VC_RFLAGS_RF	BIT_ULL(16)
#define VC_RFLAGS_VM	BIT_ULL(17)

static __always_inline u64 *vc_reg_high(struct vc_regs *regs, unsigned int number)
{
	switch (number) {
	case 8:
		return &regs->r8;
	case 9:
		return &regs->r9;
	case 10:
		return &regs->r10;
	case 11:
		return &regs->r11;
	case 12:
		return &regs->r12;
	case 13:
		return &regs->r13;
	case 14:
		return &regs->r14;
	}
	return &regs->r15;
}

/**
 * vc_reg() - a general register by its number
 * @regs: registers
 * @number: 0 (RAX) to 15 (R15), as ModRM and REX spell it
 *
 * Return: where it is.
 */
static __always_inline u64 *vc_reg(struct vc_regs *regs, unsigned int number)
{
	switch (number & 15) {
	case 0:
		return &regs->rax;
	case 1:
		return &regs->rcx;
	case 2:
		return &regs->rdx;
	case 3:
		return &regs->rbx;
	case 4:
		return &regs->rsp;
	case 5:
		return &regs->rbp;
	case 6:
		return &regs->rsi;
	case 7:
		return &regs->rdi;
	}
	return vc_reg_high(regs, number & 15);
}

#endif /* VC_REGS_H */
