/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt descriptor table entries, and whether vector 29 can be taken over
 * on a machine (AMD64 APM volume 2, 24593, section 4.8.3).  Pure functions.
 */
#ifndef VC_GATES_H
#define VC_GATES_H

#include <snp/rmp.h>
#include <snp/types.h>

#define VC_VECTOR_NMI		2
#define VC_VECTOR_UD		6
#define VC_VECTOR_GP		13
#define VC_VECTOR_VC		29
#define VC_VECTORS		256

#define VC_GATE_INTERRUPT	0xe
#define VC_CR4_FRED		BIT_ULL(32)

/**
 * struct vc_gate - one descriptor, in memory as the processor has it
 * @offset_low: bits 15:0 of the handler's address
 * @selector: its code segment
 * @ist: bits 2:0, stack of the interrupt stack table, 0 for none
 * @type: bits 3:0 type, 6:5 least privilege of a software interrupt, 7 present
 * @offset_mid: bits 31:16
 * @offset_high: bits 63:32
 * @reserved: 0
 */
struct vc_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_high;
	u32 reserved;
};

SNP_CHECK_SIZE(struct vc_gate, 16);

/**
 * vc_gate_offset() - address of the handler
 * @gate: descriptor
 *
 * Return: linear address.
 */
static inline u64 vc_gate_offset(const struct vc_gate *gate)
{
	return gate->offset_low | (u64)gate->offset_mid << 16 | (u64)gate->offset_high << 32;
}

/**
 * vc_gate_set_offset() - change the handler, and nothing else
 * @gate: descriptor
 * @offset: linear address
 */
static inline void vc_gate_set_offset(struct vc_gate *gate, u64 offset)
{
	gate->offset_low = (u16)offset;
	gate->offset_mid = (u16)(offset >> 16);
	gate->offset_high = (u32)(offset >> 32);
}

/**
 * vc_gate_usable() - is this a present interrupt gate for hardware events
 * @gate: descriptor
 * @kernel_cs: code segment that it must lead to
 * @with_ist: it must switch to a stack of the IST, or must not
 *
 * Return: true when it is.
 */
static inline bool vc_gate_usable(const struct vc_gate *gate, u16 kernel_cs, bool with_ist)
{
	/* Present, privilege 0. */
	return gate->type == (0x80 | VC_GATE_INTERRUPT) && gate->selector == kernel_cs &&
	       !!(gate->ist & 7) == with_ist;
}

/**
 * struct vc_machine - what a take-over depends on
 * @cr4: CR4
 * @sev_status: MSR SEV_STATUS
 * @pti: the kernel runs user space on page tables that lack most of the kernel
 * @entry_msrs: the kernel's entry code writes MSRs against speculation
 * @idt_limit: limit of the IDT
 * @idt: the IDT; not looked at with FRED
 * @kernel_cs: the kernel's code segment
 */
struct vc_machine {
	u64 cr4;
	u64 sev_status;
	bool pti;
	bool entry_msrs;
	u16 idt_limit;
	const struct vc_gate *idt;
	u16 kernel_cs;
};

/**
 * enum vc_obstacle - why vector 29 cannot be taken over
 * @VC_NO_OBSTACLE: it can
 * @VC_NO_SNP: not an SNP guest: #VC does not exist
 * @VC_FRED: events do not go through the IDT
 * @VC_PTI: a copy of the IDT is not mapped in user mode
 * @VC_ENTRY_MSRS: this entry code would have to write MSRs, too
 * @VC_SHORT_IDT: the IDT does not have all vectors
 * @VC_NO_VC_GATE: the kernel has no #VC handler to go back to
 * @VC_ODD_GATE: NMI, #UD or #GP do not look as expected
 */
enum vc_obstacle {
	VC_NO_OBSTACLE,
	VC_NO_SNP,
	VC_FRED,
	VC_PTI,
	VC_ENTRY_MSRS,
	VC_SHORT_IDT,
	VC_NO_VC_GATE,
	VC_ODD_GATE,
};

/**
 * vc_obstacle() - look for a reason not to take vector 29 over
 * @m: the machine
 *
 * Return: the first that there is, or %VC_NO_OBSTACLE.
 */
static inline enum vc_obstacle vc_obstacle(const struct vc_machine *m)
{
	if (!(m->sev_status & SNP_SEV_STATUS_SNP))
		return VC_NO_SNP;
	if (m->cr4 & VC_CR4_FRED)
		return VC_FRED;
	if (m->pti)
		return VC_PTI;
	if (m->entry_msrs)
		return VC_ENTRY_MSRS;
	if (m->idt_limit != VC_VECTORS * sizeof(*m->idt) - 1)
		return VC_SHORT_IDT;
	/* Its own stack: it may hit while the stack pointer is user space's. */
	if (!vc_gate_usable(&m->idt[VC_VECTOR_VC], m->kernel_cs, true))
		return VC_NO_VC_GATE;
	if (!vc_gate_usable(&m->idt[VC_VECTOR_NMI], m->kernel_cs, true) ||
	    !vc_gate_usable(&m->idt[VC_VECTOR_UD], m->kernel_cs, false) ||
	    !vc_gate_usable(&m->idt[VC_VECTOR_GP], m->kernel_cs, false))
		return VC_ODD_GATE;
	return VC_NO_OBSTACLE;
}

#endif /* VC_GATES_H */
