// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: which instructions raise #VC, and with which code.  AMD64 APM
 * volume 2 (24593) chapter 15.35, non-automatic exits.
 *
 * Not intercepted: HLT and PAUSE (automatic exits: executed as they are),
 * XSETBV, control registers; RDTSC and RDTSCP only on demand (KVM does not).
 * MMIO (0x400): guest_mmio.c.  Page not validated (0x404) is a checker
 * violation instead.
 */
#include "bench.h"
#include "guest_fault.h"
#include "guest_io.h"

#define FLAG_IOPL_SHIFT	12
#define TSS64_IOMAP	0x66
#define CR4_TSD		BIT_ULL(2)

static const uint16_t exit_code[INSN_KIND_COUNT] = {
	[INSN_CPUID] = SNP_EXIT_CPUID,
	[INSN_RDMSR] = SNP_EXIT_MSR,
	[INSN_WRMSR] = SNP_EXIT_MSR,
	[INSN_IOIO] = SNP_EXIT_IOIO,
	[INSN_WBINVD] = SNP_EXIT_WBINVD,
	[INSN_INVD] = SNP_EXIT_INVD,
	[INSN_DR7_READ] = SNP_EXIT_DR7_READ,
	[INSN_DR7_WRITE] = SNP_EXIT_DR7_WRITE,
	[INSN_RDTSC] = SNP_EXIT_RDTSC,
	[INSN_RDTSCP] = SNP_EXIT_RDTSCP,
	[INSN_RDPMC] = SNP_EXIT_RDPMC,
	[INSN_MONITOR] = SNP_EXIT_MONITOR,
	[INSN_MWAIT] = SNP_EXIT_MWAIT,
	[INSN_VMMCALL] = SNP_EXIT_VMMCALL,
};

bool guest_vc_intercepts(const struct insn *in)
{
	if (in->kind == INSN_RDTSC || in->kind == INSN_RDTSCP)
		return guest_config.intercept_tsc;
	if (in->kind == INSN_DR7_READ || in->kind == INSN_DR7_WRITE)
		return !guest_config.debug_swap;
	return exit_code[in->kind];
}

static uint16_t port_of(const struct insn *in)
{
	uint8_t op = in->bytes[in->opcode_at];

	if (op >= 0xe4 && op <= 0xe7)
		return in->bytes[in->opcode_at + 1];
	return cpu_get(REG_RDX);
}

static unsigned int port_size(const struct insn *in)
{
	uint8_t op = in->bytes[in->opcode_at];

	return !(op & 1) ? 1 : in->opsize16 ? 2 : 4;
}

/* The permission check comes before the intercept: a refused port is #GP, not #VC. */
static bool port_permitted(const struct insn *in)
{
	uint64_t tss = cpu_tables(cpu_current())->tss_base;
	uint16_t iomap, bits, port = port_of(in);
	unsigned int size = port_size(in);

	if (cpu_cpl() <= (cpu_get(REG_EFLAGS) >> FLAG_IOPL_SHIFT & 3))
		return true;
	if (!cpu_read_virt(tss + TSS64_IOMAP, &iomap, sizeof(iomap)) ||
	    !cpu_read_virt(tss + iomap + port / 8, &bits, sizeof(bits)))
		return false;
	return !(bits >> (port & 7) & ((1u << size) - 1));
}

/* MSRs that the CPU serves itself. */
static void msr_local(unsigned int vcpu, const struct insn *in, uint32_t msr)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t value;

	switch (msr) {
	case SNP_MSR_GHCB:
		if (in->kind == INSN_WRMSR) {
			v->ghcb_msr = (uint32_t)cpu_get(REG_RAX) | cpu_get(REG_RDX) << 32;
			cpu_skip(in);
		}
		value = v->ghcb_msr;
		break;
	case SNP_MSR_SEV_STATUS:
		if (in->kind == INSN_WRMSR)
			cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
		value = GUEST_SEV_STATUS;
		break;
	case SNP_MSR_GUEST_TSC_FREQ:
		if (!guest_config.secure_tsc)
			return;
		if (in->kind == INSN_WRMSR)
			cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
		value = guest_tsc_freq();
		break;
	default:
		return;
	}
	cpu_set(REG_RAX, (uint32_t)value);
	cpu_set(REG_RDX, value >> 32);
	cpu_skip(in);
}

void guest_vc_exec(unsigned int vcpu, const struct insn *in)
{
	uint32_t msr;

	switch (in->kind) {
	case INSN_CPUID:
	case INSN_VMMCALL:
	case INSN_RDPMC:
		break;
	case INSN_IOIO:
		if (!port_permitted(in))
			return;
		break;
	case INSN_RDTSC:
	case INSN_RDTSCP:
		if (cpu_cpl() && (cpu_get(REG_CR4) & CR4_TSD))
			return;
		break;
	case INSN_WBINVD:
	case INSN_INVD:
		/* Stock QEMU lets user mode execute these. */
		if (cpu_cpl())
			cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
		break;
	default:
		/* Privileged: the exception comes first, and stock QEMU raises it. */
		if (cpu_cpl())
			return;
	}
	if (in->kind == INSN_RDMSR || in->kind == INSN_WRMSR) {
		msr = cpu_get(REG_RCX);
		msr_local(vcpu, in, msr);
		if (msr_passed_through(msr))
			return;
	}
	count_fmt("vc.%s", insn_name(in->kind));
	bench_vc(vcpu, in, insn_pc(in));
	guest_vcpus[vcpu].vc_user = cpu_cpl();
	cpu_raise(CPU_VECTOR_VC, guest_fault_vc(exit_code[in->kind]), insn_pc(in));
}
