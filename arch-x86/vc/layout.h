/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offsets that entry.S and the C code agree on; cpu.h checks them.
 */
#ifndef VC_LAYOUT_H
#define VC_LAYOUT_H

/* struct vc_cpu */
#define VC_CPU_DEPTH		4096
#define VC_CPU_STACKS		8192
#define VC_STACK_SHIFT		13
/* Kernel, NMI in it, machine check in that, and one for the hypervisor's tricks. */
#define VC_STACK_LEVELS		4

/* struct vc_regs, then where the stub keeps its own. */
#define VC_REGS_R15		0
#define VC_REGS_R14		8
#define VC_REGS_R13		16
#define VC_REGS_R12		24
#define VC_REGS_RBP		32
#define VC_REGS_RBX		40
#define VC_REGS_R11		48
#define VC_REGS_R10		56
#define VC_REGS_R9		64
#define VC_REGS_R8		72
#define VC_REGS_RAX		80
#define VC_REGS_RCX		88
#define VC_REGS_RDX		96
#define VC_REGS_RSI		104
#define VC_REGS_RDI		112
#define VC_REGS_ERROR		120
#define VC_REGS_RIP		128
#define VC_REGS_CS		136
#define VC_REGS_RFLAGS		144
#define VC_REGS_RSP		152
#define VC_REGS_SS		160
#define VC_STUB_FRAME		168	/* the hardware's frame, at the error code */
#define VC_STUB_CPU		176
#define VC_STUB_SIZE		192	/* 16-byte aligned */

/* struct vc_exit */
#define VC_EXIT_FIELD		0
#define VC_EXIT_SAVED		104
#define VC_EXIT_SAVED_MSR	208
#define VC_EXIT_GPA		216
#define VC_EXIT_LEN		224
#define VC_EXIT_DATA		232
#define VC_EXIT_SAVED_DATA	488

#endif /* VC_LAYOUT_H */
