/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of vectors 29 (#VC) and 2 (NMI) while they are taken over, and the
 * exit through the GHCB (AMD64 APM volume 2, 24593, sections 8.9 and 15.35;
 * GHCB specification, 56421).
 *
 * #VC.  The hardware frame is on the stack of the IST, whose top the next #VC
 * would overwrite.  So the frame is copied to a stack of this CPU's own before
 * anything else happens, one for each level of nesting; and it is put back to
 * where it came from at the end, because an IRET must not run on a stack that
 * has been given up.  While RSP is on the IST's stack an NMI is safe: the
 * kernel's NMI entry moves the IST entry below it.
 *
 * Passing on.  Neither a RET nor an indirect branch may run before the kernel's
 * mitigations do, and NMIs must stay blocked; so it is a direct jump, which
 * vc_takeover() points to where the kernel's gate leads.  Nor may it write below
 * the hardware's frame: of the NMI's stack the kernel owns all but one word
 * there, and tells by it whether an NMI hit in another one.
 *
 * NMI.  The kernel's NMI code exits through the GHCB page before a module can
 * know of the NMI.  So an NMI that hits while vc_ghcb_exit() has something in
 * the page moves the interrupted code to where nothing is lost: back to filling
 * the page, if the hypervisor has not seen it; forward, with the answer read
 * out here, if it has.  So no NMI has a request asked twice or an answer lost.
 * That is true of NMIs only: the page is not guarded against what else the
 * hypervisor injects in the window, #MC or #DB.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

#include <asm/asm.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>
#include <asm/segment.h>
#include <asm/smap.h>
#include <asm/unwind_hints.h>

#include "layout.h"

#define MSR_GHCB		0xc0010130
#define CS_RPL			3

/* Fields of the GHCB page, in the order of enum vc_field. */
#define GHCB_CPL		0x0c8
#define GHCB_RAX		0x1f8
#define GHCB_RCX		0x308
#define GHCB_RDX		0x310
#define GHCB_RBX		0x318
#define GHCB_RSI		0x330
#define GHCB_CODE		0x390
#define GHCB_INFO1		0x398
#define GHCB_INFO2		0x3a0
#define GHCB_SCRATCH		0x3a8
#define GHCB_VALID0		0x3f0
#define GHCB_VALID1		0x3f8
#define GHCB_VERSION		0xff8
#define GHCB_BUFFER		0x800

	.section .noinstr.text, "ax"

/*
 * To the kernel's handler.  objtool makes a static call site of a jump to the
 * trampoline, and wants the key among the symbols.
 */
.macro VC_PASS_ON name:req
	.pushsection .discard.addressable, "aw"
	.quad	__SCK__\name
	.popsection
	jmp	__SCT__\name
.endm

SYM_CODE_START(vc_entry)
	UNWIND_HINT_IRET_REGS offset=8
	ENDBR
	testb	$CS_RPL, 16(%rsp)
	jnz	.Lpass
	/* Nothing of user mode's gets here, not even speculatively. */
	lfence
	ASM_CLAC
	cld
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	UNWIND_HINT_IRET_REGS offset=32
	/* The table's address is that of struct vc_cpu. */
	subq	$16, %rsp
	sidt	(%rsp)
	movq	2(%rsp), %rax
	addq	$16, %rsp
	movl	VC_CPU_DEPTH(%rax), %ecx
	cmpl	$VC_STACK_LEVELS, %ecx
	jae	.Lpass_full
	incl	VC_CPU_DEPTH(%rax)
	incl	%ecx
	shll	$VC_STACK_SHIFT, %ecx
	leaq	(VC_CPU_STACKS - VC_STUB_SIZE)(%rax,%rcx), %rcx

	movq	0(%rsp), %rdx
	movq	%rdx, VC_REGS_RDX(%rcx)
	movq	8(%rsp), %rdx
	movq	%rdx, VC_REGS_RCX(%rcx)
	movq	16(%rsp), %rdx
	movq	%rdx, VC_REGS_RAX(%rcx)
	movq	24(%rsp), %rdx
	movq	%rdx, VC_REGS_ERROR(%rcx)
	movq	32(%rsp), %rdx
	movq	%rdx, VC_REGS_RIP(%rcx)
	movq	40(%rsp), %rdx
	movq	%rdx, VC_REGS_CS(%rcx)
	movq	48(%rsp), %rdx
	movq	%rdx, VC_REGS_RFLAGS(%rcx)
	movq	56(%rsp), %rdx
	movq	%rdx, VC_REGS_RSP(%rcx)
	movq	64(%rsp), %rdx
	movq	%rdx, VC_REGS_SS(%rcx)
	leaq	24(%rsp), %rdx
	movq	%rdx, VC_STUB_FRAME(%rcx)
	movq	%rax, VC_STUB_CPU(%rcx)
	/* From here on the frame on the IST's stack may be overwritten. */
	movq	%rcx, %rsp
	UNWIND_HINT_REGS partial=1
	movq	%rdi, VC_REGS_RDI(%rsp)
	movq	%rsi, VC_REGS_RSI(%rsp)
	movq	%r8, VC_REGS_R8(%rsp)
	movq	%r9, VC_REGS_R9(%rsp)
	movq	%r10, VC_REGS_R10(%rsp)
	movq	%r11, VC_REGS_R11(%rsp)
	movq	%rbx, VC_REGS_RBX(%rsp)
	movq	%rbp, VC_REGS_RBP(%rsp)
	movq	%r12, VC_REGS_R12(%rsp)
	movq	%r13, VC_REGS_R13(%rsp)
	movq	%r14, VC_REGS_R14(%rsp)
	movq	%r15, VC_REGS_R15(%rsp)
	UNWIND_HINT_REGS

	/* It may have hit before the kernel's own entry code did so: nothing has returned yet. */
	CALL_UNTRAIN_RET
	movq	%rsp, %rdi
	movq	VC_STUB_CPU(%rsp), %rsi
	call	vc_handle

	movq	%rsp, %rdi
	movq	VC_STUB_FRAME(%rdi), %rsi
	leaq	48(%rsi), %rsp
	UNWIND_HINT_REGS base=%rdi
	pushq	VC_REGS_SS(%rdi)
	pushq	VC_REGS_RSP(%rdi)
	pushq	VC_REGS_RFLAGS(%rdi)
	pushq	VC_REGS_CS(%rdi)
	pushq	VC_REGS_RIP(%rdi)
	pushq	VC_REGS_ERROR(%rdi)
	pushq	VC_REGS_RDI(%rdi)
	pushq	VC_REGS_RCX(%rdi)
	pushq	VC_REGS_RAX(%rdi)
	UNWIND_HINT_IRET_REGS offset=32
	movq	VC_REGS_R15(%rdi), %r15
	movq	VC_REGS_R14(%rdi), %r14
	movq	VC_REGS_R13(%rdi), %r13
	movq	VC_REGS_R12(%rdi), %r12
	movq	VC_REGS_RBP(%rdi), %rbp
	movq	VC_REGS_RBX(%rdi), %rbx
	movq	VC_REGS_R11(%rdi), %r11
	movq	VC_REGS_R10(%rdi), %r10
	movq	VC_REGS_R9(%rdi), %r9
	movq	VC_REGS_R8(%rdi), %r8
	movq	VC_REGS_RDX(%rdi), %rdx
	movq	VC_REGS_RSI(%rdi), %rsi
	movq	VC_STUB_CPU(%rdi), %rcx
	decl	VC_CPU_DEPTH(%rcx)
	testl	%eax, %eax
	popq	%rax
	popq	%rcx
	popq	%rdi
	UNWIND_HINT_IRET_REGS offset=8
	jnz	.Lpass
	addq	$8, %rsp
	UNWIND_HINT_IRET_REGS
	iretq

.Lpass_full:
	UNWIND_HINT_IRET_REGS offset=32
	popq	%rdx
	popq	%rcx
	popq	%rax
	UNWIND_HINT_IRET_REGS offset=8
.Lpass:
	VC_PASS_ON vc_to_kernel_entry
SYM_CODE_END(vc_entry)

/* Registers and data of the answer, from the page (%r12) to struct vc_exit (%r13). */
.macro VC_READ_ANSWER
	movq	GHCB_RAX(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 1)(%r13)
	movq	GHCB_RCX(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 2)(%r13)
	movq	GHCB_RDX(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 3)(%r13)
	movq	GHCB_RBX(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 4)(%r13)
	movq	GHCB_INFO1(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 7)(%r13)
	movq	GHCB_INFO2(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 8)(%r13)
	movq	GHCB_VALID0(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 10)(%r13)
	movq	GHCB_VALID1(%r12), %rax
	movq	%rax, (VC_EXIT_FIELD + 8 * 11)(%r13)
	movq	VC_EXIT_LEN(%r13), %rcx
	jrcxz	.Lno_data\@
	leaq	GHCB_BUFFER(%r12), %rsi
	leaq	VC_EXIT_DATA(%r13), %rdi
	rep movsb
.Lno_data\@:
.endm

.macro VC_COPY_FIELD offset:req, index:req, to:req
	movq	(\to + 8 * \index)(%r13), %rax
	movq	%rax, \offset(%r12)
.endm

/* All fields and the data, from struct vc_exit (%r13) to the page (%r12). */
.macro VC_FILL_PAGE fields:req, data:req
	VC_COPY_FIELD GHCB_CPL, 0, \fields
	VC_COPY_FIELD GHCB_RAX, 1, \fields
	VC_COPY_FIELD GHCB_RCX, 2, \fields
	VC_COPY_FIELD GHCB_RDX, 3, \fields
	VC_COPY_FIELD GHCB_RBX, 4, \fields
	VC_COPY_FIELD GHCB_RSI, 5, \fields
	VC_COPY_FIELD GHCB_CODE, 6, \fields
	VC_COPY_FIELD GHCB_INFO1, 7, \fields
	VC_COPY_FIELD GHCB_INFO2, 8, \fields
	VC_COPY_FIELD GHCB_SCRATCH, 9, \fields
	VC_COPY_FIELD GHCB_VALID0, 10, \fields
	VC_COPY_FIELD GHCB_VALID1, 11, \fields
	VC_COPY_FIELD GHCB_VERSION, 12, \fields
	movq	VC_EXIT_LEN(%r13), %rcx
	jrcxz	.Lno_data\@
	leaq	\data(%r13), %rsi
	leaq	GHCB_BUFFER(%r12), %rdi
	rep movsb
.Lno_data\@:
.endm

.macro VC_SAVE_FIELD offset:req, index:req
	movq	\offset(%r12), %rax
	movq	%rax, (VC_EXIT_SAVED + 8 * \index)(%r13)
.endm

/*
 * The kernel's NMI entry, with the interrupted code moved if it is between
 * vc_window_fill and vc_window_end.
 */
SYM_CODE_START(vc_nmi_entry)
	UNWIND_HINT_IRET_REGS
	ENDBR
	testb	$CS_RPL, 8(%rsp)
	jnz	.Lnmi_pass
	/* As at vc_entry: what follows reads by registers of the interrupted code. */
	lfence
	/* The one word that may be written. */
	pushq	%rax
	UNWIND_HINT_IRET_REGS offset=8
	leaq	vc_window_fill(%rip), %rax
	cmpq	%rax, 8(%rsp)
	jb	.Lnmi_outside
	leaq	vc_window_answer(%rip), %rax
	cmpq	%rax, 8(%rsp)
	jb	.Lnmi_unseen
	leaq	vc_window_restore(%rip), %rax
	cmpq	%rax, 8(%rsp)
	jb	.Lnmi_answered
	leaq	vc_window_end(%rip), %rax
	cmpq	%rax, 8(%rsp)
	jae	.Lnmi_outside
	leaq	vc_window_restore(%rip), %rax
	movq	%rax, 8(%rsp)
	jmp	.Lnmi_outside
.Lnmi_unseen:
	leaq	vc_window_fill(%rip), %rax
	movq	%rax, 8(%rsp)
	jmp	.Lnmi_outside
.Lnmi_answered:
	/* From vc_window_restore on, %rcx, %rsi and %rdi are not what they were. */
	ASM_CLAC
	cld
	VC_READ_ANSWER
	leaq	vc_window_restore(%rip), %rax
	movq	%rax, 8(%rsp)
.Lnmi_outside:
	popq	%rax
	UNWIND_HINT_IRET_REGS
.Lnmi_pass:
	VC_PASS_ON vc_to_kernel_nmi
SYM_INNER_LABEL(vc_stub_end, SYM_L_GLOBAL)
SYM_CODE_END(vc_nmi_entry)

/*
 * void vc_ghcb_exit(struct snp_ghcb *page, struct vc_exit *x)
 *
 * Interrupts are off.  What is in the page, and in the MSR, is put back: other
 * code may be in the middle of using them.  In the window, %r12 and %r13 are
 * all that the code needs.
 */
SYM_FUNC_START(vc_ghcb_exit)
	pushq	%r12
	pushq	%r13
	movq	%rdi, %r12
	movq	%rsi, %r13
	movl	$MSR_GHCB, %ecx
	rdmsr
	movl	%eax, VC_EXIT_SAVED_MSR(%r13)
	movl	%edx, (VC_EXIT_SAVED_MSR + 4)(%r13)
	VC_SAVE_FIELD GHCB_CPL, 0
	VC_SAVE_FIELD GHCB_RAX, 1
	VC_SAVE_FIELD GHCB_RCX, 2
	VC_SAVE_FIELD GHCB_RDX, 3
	VC_SAVE_FIELD GHCB_RBX, 4
	VC_SAVE_FIELD GHCB_RSI, 5
	VC_SAVE_FIELD GHCB_CODE, 6
	VC_SAVE_FIELD GHCB_INFO1, 7
	VC_SAVE_FIELD GHCB_INFO2, 8
	VC_SAVE_FIELD GHCB_SCRATCH, 9
	VC_SAVE_FIELD GHCB_VALID0, 10
	VC_SAVE_FIELD GHCB_VALID1, 11
	VC_SAVE_FIELD GHCB_VERSION, 12
	movq	VC_EXIT_LEN(%r13), %rcx
	jrcxz	vc_window_fill
	leaq	GHCB_BUFFER(%r12), %rsi
	leaq	VC_EXIT_SAVED_DATA(%r13), %rdi
	rep movsb
SYM_INNER_LABEL(vc_window_fill, SYM_L_LOCAL)
	ANNOTATE_NOENDBR
	VC_FILL_PAGE VC_EXIT_FIELD, VC_EXIT_DATA
	movl	VC_EXIT_GPA(%r13), %eax
	movl	(VC_EXIT_GPA + 4)(%r13), %edx
	movl	$MSR_GHCB, %ecx
	wrmsr
	rep; vmmcall			/* VMGEXIT */
SYM_INNER_LABEL(vc_window_answer, SYM_L_LOCAL)
	ANNOTATE_NOENDBR
	VC_READ_ANSWER
SYM_INNER_LABEL(vc_window_restore, SYM_L_LOCAL)
	ANNOTATE_NOENDBR
	VC_FILL_PAGE VC_EXIT_SAVED, VC_EXIT_SAVED_DATA
	movl	VC_EXIT_SAVED_MSR(%r13), %eax
	movl	(VC_EXIT_SAVED_MSR + 4)(%r13), %edx
	movl	$MSR_GHCB, %ecx
	wrmsr
SYM_INNER_LABEL(vc_window_end, SYM_L_LOCAL)
	ANNOTATE_NOENDBR
	popq	%r13
	popq	%r12
	RET
SYM_FUNC_END(vc_ghcb_exit)
