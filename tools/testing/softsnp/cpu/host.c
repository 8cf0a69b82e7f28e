// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host role: makes QEMU's Milan an SNP-capable processor as a BIOS hands it
 * over, for an unmodified kernel that brings SNP up with an AMD-SP (aspd).
 * AMD64 APM volumes 2 (24593) and 3 (24594).
 *
 * Not modelled: reset (start QEMU with -no-reboot), CPU hotplug, encryption
 * of anything (SME is absent), DMA and IOMMU checks, TLB effects.
 */
#include <string.h>

#include <snp/rmp.h>

#include "host.h"
#include "host_msr.h"

#define CR0_PE		BIT_ULL(0)
#define EFER_LMA	BIT_ULL(10)

struct host_part host_part;
/* The registers that the AMD-SP sees live in the shared file; without one, here. */
static struct softsnp_shared own;
struct softsnp_shared *host_shared = &own;
static uint64_t ghcb[CPU_MAX];

/* In real mode the low bits of CS are no privilege level. */
static bool at_cpl0(void)
{
	return !(cpu_get(REG_CR0) & CR0_PE) || !cpu_cpl();
}

static void load_msrs(unsigned int vcpu, struct host_msrs *m)
{
	m->syscfg = __atomic_load_n(&host_shared->cpu[vcpu].syscfg, __ATOMIC_ACQUIRE);
	m->hwcr = __atomic_load_n(&host_shared->cpu[vcpu].hwcr, __ATOMIC_ACQUIRE);
	m->hsave_pa = __atomic_load_n(&host_shared->cpu[vcpu].hsave_pa, __ATOMIC_ACQUIRE);
	m->rmp_base = __atomic_load_n(&host_shared->cpu[vcpu].rmp_base, __ATOMIC_ACQUIRE);
	m->rmp_end = __atomic_load_n(&host_shared->cpu[vcpu].rmp_end, __ATOMIC_ACQUIRE);
	m->rmp_cfg = __atomic_load_n(&host_shared->cpu[vcpu].rmp_cfg, __ATOMIC_ACQUIRE);
	m->ghcb = ghcb[vcpu];
}

static void store_msrs(unsigned int vcpu, const struct host_msrs *old, const struct host_msrs *m)
{
	uint64_t syscfg = old->syscfg;

	/* The AMD-SP may clear SNPEn meanwhile: then its write came last. */
	if (m->syscfg != syscfg)
		__atomic_compare_exchange_n(&host_shared->cpu[vcpu].syscfg, &syscfg, m->syscfg,
					    false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	__atomic_store_n(&host_shared->cpu[vcpu].hwcr, m->hwcr, __ATOMIC_RELEASE);
	__atomic_store_n(&host_shared->cpu[vcpu].hsave_pa, m->hsave_pa, __ATOMIC_RELEASE);
	__atomic_store_n(&host_shared->cpu[vcpu].rmp_base, m->rmp_base, __ATOMIC_RELEASE);
	__atomic_store_n(&host_shared->cpu[vcpu].rmp_end, m->rmp_end, __ATOMIC_RELEASE);
	__atomic_store_n(&host_shared->cpu[vcpu].rmp_cfg, m->rmp_cfg, __ATOMIC_RELEASE);
	ghcb[vcpu] = m->ghcb;
}

bool host_fault_overlap(void)
{
	uint32_t n = __atomic_load_n(&host_shared->rmpupdate_overlaps, __ATOMIC_ACQUIRE);

	while (n && !__atomic_compare_exchange_n(&host_shared->rmpupdate_overlaps, &n, n - 1, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
	return n;
}

static void exec_cpuid(const struct insn *in)
{
	struct host_cpuid_regs r;

	if (!host_cpuid(&host_part, cpu_get(REG_RAX), &r))
		return;
	cpu_set(REG_RAX, r.eax);
	cpu_set(REG_RBX, r.ebx);
	cpu_set(REG_RCX, r.ecx);
	cpu_set(REG_RDX, r.edx);
	cpu_skip(in);
}

static void exec_rdmsr(unsigned int vcpu, const struct insn *in)
{
	struct host_msrs m;
	uint64_t value = 0;

	if (!at_cpl0())
		return;		/* QEMU raises #GP */
	load_msrs(vcpu, &m);
	switch (host_msr_read(&host_part, &m, cpu_get(REG_RCX), &value)) {
	case HOST_MSR_QEMU:
		return;
	case HOST_MSR_GP:
		count_fmt("rdmsr_gp_%08x", (uint32_t)cpu_get(REG_RCX));
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	case HOST_MSR_DONE:
		break;
	}
	cpu_set(REG_RAX, (uint32_t)value);
	cpu_set(REG_RDX, value >> 32);
	cpu_skip(in);
}

static void exec_wrmsr(unsigned int vcpu, const struct insn *in)
{
	uint32_t msr = cpu_get(REG_RCX);
	enum host_msr_outcome outcome;
	struct host_msrs m, old;
	uint64_t value;

	if (!at_cpl0())
		return;
	value = (uint32_t)cpu_get(REG_RAX) | cpu_get(REG_RDX) << 32;
	load_msrs(vcpu, &m);
	old = m;
	outcome = host_msr_write(&host_part, &m, msr, value);
	if (outcome == HOST_MSR_GP) {
		count_fmt("wrmsr_gp_%08x", msr);
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	}
	if (outcome == HOST_MSR_DONE || memcmp(&m, &old, sizeof(m)))
		count_fmt("wrmsr_%08x", msr);
	/* The core looks at the table's registers here, and they are locked from now on. */
	if (~old.syscfg & m.syscfg & SNP_SYSCFG_SNP_EN)
		host_rmp_latch(vcpu, &m);
	store_msrs(vcpu, &old, &m);
	seen_flush(cpu_seen(vcpu));
	if (~old.syscfg & m.syscfg & SNP_SYSCFG_SNP_EN)
		cpu_log("host: vCPU %u: SNPEn set, SYSCFG %#llx", vcpu,
			(unsigned long long)m.syscfg);
	if (outcome == HOST_MSR_DONE)
		cpu_skip(in);
}

static void exec_wbinvd(unsigned int vcpu, const struct insn *in)
{
	/* QEMU lets user mode execute it. */
	if (!at_cpl0())
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	if (in->rep == 0xf3) {
		count("wbnoinvd");	/* leaves the caches valid: not what the AMD-SP waits for */
		return;
	}
	count("wbinvd");
	/* The firmware asks for one everywhere before SNP_INIT: a good moment. */
	if (__atomic_load_n(&host_shared->cpu[vcpu].syscfg, __ATOMIC_ACQUIRE) & SNP_SYSCFG_SNP_EN)
		host_iommu_publish();
	__atomic_add_fetch(&host_shared->cpu[vcpu].nr_wbinvd, 1, __ATOMIC_RELEASE);
}

static void exec_rmp(unsigned int vcpu, const struct insn *in)
{
	uint64_t syscfg = __atomic_load_n(&host_shared->cpu[vcpu].syscfg, __ATOMIC_ACQUIRE);

	/* QEMU does not know the instruction and raises #UD. */
	if (!(syscfg & SNP_SYSCFG_SNP_EN) || !(cpu_get(REG_EFER) & EFER_LMA))
		return;
	if (in->kind == INSN_RMPREAD && !host_part.rmpread)
		return;
	if (cpu_cpl())
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	host_rmp_exec(vcpu, in);
}

static void host_exec(unsigned int vcpu, const struct insn *in)
{
	switch (in->kind) {
	case INSN_CPUID:
		exec_cpuid(in);
		break;
	case INSN_RDMSR:
		exec_rdmsr(vcpu, in);
		break;
	case INSN_WRMSR:
		exec_wrmsr(vcpu, in);
		break;
	case INSN_WBINVD:
		exec_wbinvd(vcpu, in);
		break;
	case INSN_CR0_WRITE:
	case INSN_TLB_FLUSH:
		seen_flush(cpu_seen(vcpu));
		break;
	default:
		exec_rmp(vcpu, in);
		break;
	}
}

static bool host_wants(const struct insn *in)
{
	switch (in->kind) {
	case INSN_CPUID:
	case INSN_RDMSR:
	case INSN_WRMSR:
	case INSN_WBINVD:
	case INSN_RMPUPDATE:
	case INSN_PSMASH:
	case INSN_RMPREAD:
		return true;
	case INSN_CR0_WRITE:
	case INSN_TLB_FLUSH:
		return host_check_enabled();
	default:
		return false;
	}
}

const struct cpu_role host_role = {
	.name = "host",
	.init = host_bios,
	.wants = host_wants,
	.exec = host_exec,
	.access = host_check_access,
	.exit = host_check_exit,
};
