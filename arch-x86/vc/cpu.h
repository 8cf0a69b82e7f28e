/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the take-over keeps for each CPU, and what its files share.
 */
#ifndef VC_CPU_H
#define VC_CPU_H

#include <linux/linkage.h>
#include <linux/types.h>

#include <asm/desc_defs.h>

#include "emulate.h"
#include "gates.h"
#include "layout.h"

/**
 * struct vc_cpu - one CPU
 * @idt: the table that this CPU uses.  It stands first: its address, which
 *	SIDT tells, is how the stub finds the rest without the GS base, which may
 *	be user space's.
 * @depth: how many stacks are in use
 * @gs_base: the kernel's GS base on this CPU
 * @ghcb: GHCB page of this CPU in the direct map
 * @kernel_idt: the kernel's table
 * @env: what the handlers know
 * @taken: this CPU uses @idt
 * @handled: #VCs handled
 * @passed: #VCs of kernel code that went on to the kernel
 * @stacks: one for each level of nesting; next to each other, without pages
 *	between that would fault.  The handlers, which do not recurse, use less than
 *	half of one; the rest is for a page fault of vc_hw_*().
 */
struct vc_cpu {
	struct vc_gate idt[VC_VECTORS];
	u32 depth;
	u64 gs_base;
	struct snp_ghcb *ghcb;
	struct desc_ptr kernel_idt;
	struct vc_env env;
	bool taken;
	u64 handled;
	u64 passed;
	u8 stacks[VC_STACK_LEVELS][1 << VC_STACK_SHIFT] __aligned(SNP_PAGE_SIZE);
};

SNP_CHECK_OFFSET(struct vc_cpu, depth, VC_CPU_DEPTH);
SNP_CHECK_OFFSET(struct vc_cpu, stacks, VC_CPU_STACKS);
SNP_CHECK_OFFSET(struct vc_regs, r15, VC_REGS_R15);
SNP_CHECK_OFFSET(struct vc_regs, rbp, VC_REGS_RBP);
SNP_CHECK_OFFSET(struct vc_regs, r8, VC_REGS_R8);
SNP_CHECK_OFFSET(struct vc_regs, rax, VC_REGS_RAX);
SNP_CHECK_OFFSET(struct vc_regs, rdi, VC_REGS_RDI);
SNP_CHECK_OFFSET(struct vc_regs, ss, VC_REGS_SS);
SNP_CHECK_OFFSET(struct vc_exit, field, VC_EXIT_FIELD);
SNP_CHECK_OFFSET(struct vc_exit, saved, VC_EXIT_SAVED);
SNP_CHECK_OFFSET(struct vc_exit, len, VC_EXIT_LEN);
SNP_CHECK_OFFSET(struct vc_exit, data, VC_EXIT_DATA);
SNP_CHECK_OFFSET(struct vc_exit, saved_data, VC_EXIT_SAVED_DATA);

/* entry.S */
asmlinkage void vc_entry(void);
asmlinkage void vc_nmi_entry(void);
asmlinkage void vc_ghcb_exit(struct snp_ghcb *page, struct vc_exit *x);
/* Behind the last instruction of the two entries. */
extern const char vc_stub_end[];

/* handle.c */
/* What vc_handle() tells the stub. */
#define VC_HANDLE_RETURN	0
#define VC_HANDLE_PASS		1

asmlinkage int vc_handle(struct vc_regs *regs, struct vc_cpu *cpu);
void vc_handle_setup(u64 cbit_mask, unsigned int levels, bool xsaves, bool fsgsbase);

#endif /* VC_CPU_H */
