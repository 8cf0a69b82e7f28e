// SPDX-License-Identifier: GPL-2.0-only
/*
 * #VC of kernel code: from the entry stub to the handlers, and what they need
 * of the machine (AMD64 APM volume 2, 24593, section 15.35).
 *
 * The #VC may have interrupted anything: code with interrupts off, an NMI, the
 * scheduler, RCU in idle.  So this code calls nothing of the kernel, cannot be
 * traced or probed, uses no per-CPU data of the kernel, and is compiled without
 * stack protector and sanitizers (objs.mk).
 */
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/uaccess.h>

#include <asm/page.h>
#include <asm/processor-flags.h>

#include <arch-x86/insn.h>

#include "cpu.h"

#define HANDLE_MSR_GS_BASE	0xc0000101
#define HANDLE_MSR_XSS		0x00000da0

/* The same on all CPUs; written before the first of them is taken over. */
static struct {
	u64 cbit_mask;
	unsigned int levels;
	bool xsaves;
	bool fsgsbase;
} handle_machine __ro_after_init;

/**
 * vc_handle_setup() - tell the handlers about the machine
 * @cbit_mask: the C-bit in page table entries
 * @levels: of page tables, 4 or 5
 * @xsaves: MSR IA32_XSS exists
 * @fsgsbase: the instruction RDGSBASE may be used
 *
 * Context: initialisation of the module, before the first CPU is taken over.
 */
void vc_handle_setup(u64 cbit_mask, unsigned int levels, bool xsaves, bool fsgsbase)
{
	handle_machine.cbit_mask = cbit_mask;
	handle_machine.levels = levels;
	handle_machine.xsaves = xsaves;
	handle_machine.fsgsbase = fsgsbase;
}

static __always_inline u64 handle_rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
	return (u64)hi << 32 | lo;
}

static __always_inline void handle_wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)value), "d" ((u32)(value >> 32)) : "memory");
}

static __always_inline u64 handle_read_cr2(void)
{
	u64 cr2;

	asm volatile("mov %%cr2, %0" : "=r" (cr2));
	return cr2;
}

/* A page fault of our own must not be seen by a page fault handler below us. */
static __always_inline void handle_write_cr2(u64 cr2)
{
	asm volatile("mov %0, %%cr2" : : "r" (cr2) : "memory");
}

static __always_inline u64 handle_read_cr4(void)
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	return cr4;
}

static noinstr bool handle_read_bytes(u64 va, u8 *buf, size_t len)
{
	u64 cr2 = handle_read_cr2();
	size_t i;

	for (i = 0; i < len; i++)
		__get_kernel_nofault(&buf[i], (const void *)(va + i), u8, fault);
	return true;
fault:
	handle_write_cr2(cr2);
	return false;
}

/* The handlers' machine; see emulate.h. */

noinstr size_t vc_hw_fetch(u64 rip, u8 *buf, size_t len)
{
	size_t first = SNP_PAGE_SIZE - (rip & (SNP_PAGE_SIZE - 1));
	u64 cr2;

	if (first >= len && len == VC_INSN_MAX) {
		cr2 = handle_read_cr2();
		__get_kernel_nofault((u64 *)buf, (const void *)rip, u64, fault);
		__get_kernel_nofault((u64 *)(buf + VC_INSN_MAX - 8),
				     (const void *)(rip + VC_INSN_MAX - 8), u64, fault);
		return len;
	}
	if (first > len)
		first = len;
	if (!handle_read_bytes(rip, buf, first))
		return 0;
	/* The next page need not be there, and need not be looked at. */
	return handle_read_bytes(rip + first, buf + first, len - first) ? len : first;
fault:
	handle_write_cr2(cr2);
	return 0;
}

noinstr bool vc_hw_read(u64 va, void *buf, size_t len)
{
	/* Of the kernel's half: user memory would need its own rules. */
	if ((s64)va >= 0 || (s64)(va + len) > 0)
		return false;
	return handle_read_bytes(va, buf, len);
}

noinstr bool vc_hw_write(u64 va, const void *buf, size_t len)
{
	const u8 *bytes = buf;
	u64 cr2 = handle_read_cr2();
	size_t i;

	if ((s64)va >= 0 || (s64)(va + len) > 0)
		return false;
	for (i = 0; i < len; i++)
		__put_kernel_nofault((void *)(va + i), &bytes[i], u8, fault);
	return true;
fault:
	handle_write_cr2(cr2);
	return false;
}

noinstr const u64 *vc_hw_table(u64 table_pa)
{
	return __va(table_pa);
}

noinstr enum vc_mapping vc_hw_translate(u64 va, bool write, u64 *gpa)
{
	u64 cr3;

	if ((s64)va >= 0)
		return VC_UNMAPPED;
	asm volatile("mov %%cr3, %0" : "=r" (cr3));
	return vc_walk(cr3, handle_machine.levels, handle_machine.cbit_mask, va, write, gpa);
}

noinstr void vc_hw_exit(struct vc_env *env, struct vc_exit *x)
{
	vc_ghcb_exit(container_of(env, struct vc_cpu, env)->ghcb, x);
}

noinstr void vc_hw_cpuid_state(struct vc_cpuid_state *state, bool xsave)
{
	u64 cr4 = handle_read_cr4();
	u32 lo, hi;

	*state = (struct vc_cpuid_state){
		.osxsave = cr4 & X86_CR4_OSXSAVE,
		.pke = cr4 & X86_CR4_PKE,
		.xcr0 = 1,
	};
	if (!xsave)
		return;
	if (state->osxsave) {
		asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
		state->xcr0 = (u64)hi << 32 | lo;
	}
	if (handle_machine.xsaves)
		state->xss = handle_rdmsr(HANDLE_MSR_XSS);
}

/* Reason set 0, code 0: a general request to terminate. */
static noinstr void __noreturn handle_terminate(void)
{
	for (;;) {
		handle_wrmsr(SNP_MSR_GHCB, SNP_GHCB_MSR_TERMINATE);
		asm volatile(INSN_VMGEXIT "; hlt" : : : "memory");
	}
}

static __always_inline u64 handle_gs_base(void)
{
	u64 base;

	if (!handle_machine.fsgsbase)
		return handle_rdmsr(HANDLE_MSR_GS_BASE);
	asm volatile("rdgsbase %0" : "=r" (base));
	return base;
}

/* The stub's own frame may be gone when its first or last instructions are hit. */
static __always_inline bool handle_stub_is_broken(const struct vc_regs *regs,
						  const struct vc_cpu *cpu)
{
	u64 rsp = regs->rsp;

	if (regs->rip < (u64)vc_entry || regs->rip >= (u64)vc_stub_end)
		return false;
	return rsp < (u64)cpu->stacks || rsp >= (u64)cpu->stacks + sizeof(cpu->stacks);
}

/**
 * vc_handle() - a #VC of kernel code, from the stub
 * @regs: interrupted state
 * @cpu: this CPU
 *
 * After a refused #VC there is nothing to go back to: its frame may have been
 * written over another one that the kernel's entry code had not yet moved off the
 * IST's stack.  The same holds for one that claims to have been raised by the
 * stub, none of whose instructions does.  Both terminate the guest.
 *
 * Return: %VC_HANDLE_RETURN to the interrupted code, %VC_HANDLE_PASS to the
 *	kernel's handler.
 */
noinstr int vc_handle(struct vc_regs *regs, struct vc_cpu *cpu)
{
	if (handle_stub_is_broken(regs, cpu))
		handle_terminate();

	/* Between user mode and the kernel proper nothing is intercepted: not for us. */
	if (handle_gs_base() != cpu->gs_base) {
		cpu->passed++;
		return VC_HANDLE_PASS;
	}
	switch (vc_emulate(&cpu->env, regs)) {
	case VC_DONE:
		cpu->handled++;
		return VC_HANDLE_RETURN;
	case VC_PASS:
		cpu->passed++;
		return VC_HANDLE_PASS;
	default:
		handle_terminate();
	}
}
