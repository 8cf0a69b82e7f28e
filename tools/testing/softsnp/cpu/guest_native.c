// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: instructions that the hypervisor executes for the guest.  The
 * plugin interface offers neither ports nor MSRs, so the vCPU itself runs a
 * stub behind an identity map of its own, and comes back with a VMGEXIT.
 */
#include <string.h>

#include "bench.h"
#include "guest.h"

#define STUB_SLOT	16
#define PTE_PRESENT	0x1ULL
#define PTE_WRITE	0x2ULL
#define PTE_LARGE	0x80ULL
#define MAP_GIB		4
#define EFER_LMA	BIT_ULL(10)
#define FLAG_IF		BIT_ULL(9)
#define FLAG_TF		BIT_ULL(8)
#define FLAG_DF		BIT_ULL(10)

void guest_native_install(void)
{
	uint64_t tables[2 * 512] = {};
	size_t len = guest_stub_native_end - guest_stub_native;
	bool ok;
	int i;

	tables[0] = (LAYOUT_NATIVE_TABLES + SNP_PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < MAP_GIB; i++)
		tables[512 + i] = (uint64_t)i << 30 | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	ok = cpu_write_phys(LAYOUT_NATIVE_TABLES, tables, sizeof(tables)) &&
	     cpu_write_phys(LAYOUT_NATIVE_STUB, guest_stub_native, len) &&
	     cpu_write_phys(LAYOUT_AP_PARK, guest_stub_ap, guest_stub_ap_end - guest_stub_ap);
	if (!ok || len != NATIVE_OPS * STUB_SLOT)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot install the native stub");
}

void guest_native_run(unsigned int vcpu, enum native_op op, const struct native_regs *in,
		      void (*done)(unsigned int vcpu, const struct native_regs *r))
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	int r;

	if (!(cpu_get(REG_EFER) & EFER_LMA) || cpu_cpl())
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: exit %#llx outside 64-bit kernel mode is not modelled",
			 (unsigned long long)v->exit.in.sw_exit_code);
	for (r = 0; r < 16; r++)
		v->saved.gpr[r] = cpu_get(r);
	v->saved.cr3 = cpu_get(REG_CR3);
	v->saved.flags = cpu_get(REG_EFLAGS);
	v->native = true;
	v->native_done = done;
	cpu_set(REG_EFLAGS, v->saved.flags & ~(FLAG_IF | FLAG_TF | FLAG_DF));
	cpu_set(REG_RAX, in->rax);
	cpu_set(REG_RCX, in->rcx);
	cpu_set(REG_RDX, in->rdx);
	cpu_set(REG_RSI, in->rsi);
	cpu_set(REG_RDI, in->rdi);
	cpu_set(REG_CR3, LAYOUT_NATIVE_TABLES);
	count("native");
	bench_pause(vcpu);
	cpu_continue_at(LAYOUT_NATIVE_STUB + op * STUB_SLOT);
}

void guest_native_marker(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	struct native_regs result = {
		.rax = cpu_get(REG_RAX),
		.rcx = cpu_get(REG_RCX),
		.rdx = cpu_get(REG_RDX),
		.rsi = cpu_get(REG_RSI),
		.rdi = cpu_get(REG_RDI),
	};
	int r;

	v->native = false;
	bench_resume(vcpu);
	cpu_set(REG_CR3, v->saved.cr3);
	for (r = 0; r < 16; r++)
		cpu_set(r, v->saved.gpr[r]);
	cpu_set(REG_EFLAGS, v->saved.flags);
	v->native_done(vcpu, &result);
	__builtin_unreachable();
}

void guest_native_park(unsigned int vcpu)
{
	const struct native_regs none = {};

	guest_native_run(vcpu, NATIVE_PARK, &none, NULL);
}
