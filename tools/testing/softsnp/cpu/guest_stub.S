/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that the guest role puts into guest memory.  Each piece ends with a
 * VMGEXIT, on which the CPU model takes over again; none of it is seen by the
 * guest.  Position independent, no stack.
 */
#define MARKER	.byte 0xf3, 0x0f, 0x01, 0xd9

	.section .rodata

/*
 * Run at the kernel's 32-bit entry point, before there is a guest: executes
 * CPUID for each row of a table (ESI, EDI rows of 48 bytes), then asks fw_cfg
 * for 32-bit items (EBP: list of keys up to a zero; the answer replaces the key).
 */
	.code32
	.globl	guest_stub_collect, guest_stub_collect_end
guest_stub_collect:
1:	movl	0(%esi), %eax
	movl	4(%esi), %ecx
	cpuid
	movl	%eax, 24(%esi)
	movl	%ebx, 28(%esi)
	movl	%ecx, 32(%esi)
	movl	%edx, 36(%esi)
	addl	$48, %esi
	decl	%edi
	jnz	1b
2:	movl	(%ebp), %eax
	testl	%eax, %eax
	jz	4f
	movl	$0x510, %edx
	outw	%ax, %dx
	movl	$0x511, %edx
	xorl	%eax, %eax
	movl	$4, %ecx
3:	inb	%dx, %al
	rorl	$8, %eax
	loop	3b
	movl	%eax, (%ebp)
	addl	$4, %ebp
	jmp	2b
4:	MARKER
guest_stub_collect_end:

/* One slot of 16 bytes for each enum native_op, in its order. */
	.code64
	.globl	guest_stub_native, guest_stub_native_end
	.macro	slot text:vararg
	.balign	16
	\text
	MARKER
	.endm
	.balign	16
guest_stub_native:
	slot	inb %dx, %al
	slot	inw %dx, %ax
	slot	inl %dx, %eax
	slot	outb %al, %dx
	slot	outw %ax, %dx
	slot	outl %eax, %dx
	slot	rep insb
	slot	rep insw
	slot	rep insl
	slot	rep outsb
	slot	rep outsw
	slot	rep outsl
	slot	rdmsr
	slot	wrmsr
	slot	rdtsc
	slot	rdtscp
	/* Park: INIT and SIPI are the only way out. */
	.balign	16
1:	hlt
	jmp	1b
	.balign	16
guest_stub_native_end:

/* First instruction of a vCPU that was started; replaced before it runs. */
	.code16
	.globl	guest_stub_ap, guest_stub_ap_end
guest_stub_ap:
1:	cli
	hlt
	jmp	1b
guest_stub_ap_end:

	.section .note.GNU-stack, "", @progbits
