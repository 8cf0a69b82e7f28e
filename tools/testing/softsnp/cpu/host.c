// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host role: makes QEMU's Milan an SNP-capable processor as a BIOS hands it
 * over, for an unmodified kernel that brings SNP up with an AMD-SP (aspd).
 * AMD64 APM volumes 2 (24593) and 3 (24594).
 *
 * Arguments, beside those of core.c:
 *
 *   cbit=N		position of the C-bit, 50 or 51 (default 51)
 *   rmp=BASE-END	RMP_BASE and RMP_END; without it the BIOS reserved no RMP
 *   shared-fd=N	file of struct softsnp_shared, for the AMD-SP
 *   check=0|1		check the host's stores against the RMP (host_check.c)
 *   rmpread=0|1	RMPREAD instruction present (default 0, as on Milan)
 *   syscfg=N, hwcr=N	what the BIOS left there, to try broken machines
 *
 * QEMU command line around it (1 GiB of RAM; the file on descriptor 9 and the
 * page on descriptor 8 are shared with aspd):
 *
 *   -machine q35,memory-backend=ram -m 1G -accel tcg,thread=multi
 *   -object memory-backend-file,id=ram,size=1G,mem-path=/proc/self/fd/9,share=on
 *   -cpu EPYC-Milan,+svm,-hypervisor,phys-bits=51
 *   -device AMDVI-PCI,id=iommu,addr=0x1
 *   -device amd-iommu,pci-id=iommu,intremap=on,xtsup=on
 *   -plugin softsnp-cpu.so,role=host,ram-fd=9,shared-fd=8,rmp=0x30000000-0x30ffffff
 *   -device '{"driver":"vfio-user-pci","id":"psp","bus":"pcie.0","addr":"4",
 *             "socket":{"type":"unix","path":SOCKET}}'
 *
 * Kernel command line: memmap=16M$0x30000000 keeps the kernel out of the RMP;
 * no_timer_check, since on a loaded machine the emulated timer is late for
 * the boot-time test of the timer interrupt, and without the hypervisor bit in
 * CPUID a kernel panics over that; tsc=reliable, since the clock watchdog of
 * Linux 7.2 can wait for ever when emulated CPUs are slow.
 *
 * The initramfs begins with an uncompressed archive of its own that holds
 * kernel/firmware/acpi/ivrs.aml (../ivrs), or else the kernel sees an IOMMU
 * without SNP support and leaves SNP off.
 *
 * Not modelled: reset (start QEMU with -no-reboot), CPU hotplug, encryption
 * of anything (SME is absent), DMA and IOMMU checks, TLB effects.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <snp/rmp.h>

#include "host.h"
#include "host_cpuid.h"
#include "host_msr.h"

#define CR0_PE		BIT_ULL(0)
#define EFER_LMA	BIT_ULL(10)

#define RMP_ALIGN	0x2000		/* RMP_BASE and RMP_END have bits 51:13 */

static struct host_part part = { .cbit = 51 };
static struct {
	uint64_t rmp_base;
	uint64_t rmp_end;
	uint64_t syscfg;
	uint64_t hwcr;
} bios = { .syscfg = HOST_SYSCFG_BIOS, .hwcr = HOST_HWCR_BIOS };

/* The registers that the AMD-SP sees live in the shared page; without one, here. */
static struct softsnp_shared own;
static struct softsnp_shared *shared = &own;
static uint64_t ghcb[CPU_MAX];

/* In real mode the low bits of CS are no privilege level. */
static bool at_cpl0(void)
{
	return !(cpu_get(REG_CR0) & CR0_PE) || !cpu_cpl();
}

static void load_msrs(unsigned int vcpu, struct host_msrs *m)
{
	m->syscfg = __atomic_load_n(&shared->cpu[vcpu].syscfg, __ATOMIC_ACQUIRE);
	m->hwcr = __atomic_load_n(&shared->cpu[vcpu].hwcr, __ATOMIC_ACQUIRE);
	m->hsave_pa = __atomic_load_n(&shared->cpu[vcpu].hsave_pa, __ATOMIC_ACQUIRE);
	m->ghcb = ghcb[vcpu];
	m->rmp_base = shared->rmp_base;
	m->rmp_end = shared->rmp_end;
	m->phys_bits = part.cbit;
}

static void store_msrs(unsigned int vcpu, const struct host_msrs *m)
{
	__atomic_store_n(&shared->cpu[vcpu].syscfg, m->syscfg, __ATOMIC_RELEASE);
	__atomic_store_n(&shared->cpu[vcpu].hwcr, m->hwcr, __ATOMIC_RELEASE);
	__atomic_store_n(&shared->cpu[vcpu].hsave_pa, m->hsave_pa, __ATOMIC_RELEASE);
	ghcb[vcpu] = m->ghcb;
}

static void exec_cpuid(const struct insn *in)
{
	struct host_cpuid_regs r;

	if (!host_cpuid(&part, cpu_get(REG_RAX), &r))
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
	switch (host_msr_read(&m, cpu_get(REG_RCX), &value)) {
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
	outcome = host_msr_write(&m, msr, value);
	if (outcome == HOST_MSR_GP) {
		count_fmt("wrmsr_gp_%08x", msr);
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	}
	if (outcome == HOST_MSR_DONE || memcmp(&m, &old, sizeof(m)))
		count_fmt("wrmsr_%08x", msr);
	store_msrs(vcpu, &m);
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
	__atomic_add_fetch(&shared->cpu[vcpu].nr_wbinvd, 1, __ATOMIC_RELEASE);
}

static void exec_rmp(unsigned int vcpu, const struct insn *in)
{
	uint64_t syscfg = __atomic_load_n(&shared->cpu[vcpu].syscfg, __ATOMIC_ACQUIRE);

	/* QEMU does not know the instruction and raises #UD. */
	if (!(syscfg & SNP_SYSCFG_SNP_EN) || !(cpu_get(REG_EFER) & EFER_LMA))
		return;
	if (in->kind == INSN_RMPREAD && !part.rmpread)
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
	default:
		return false;
	}
}

/* Arguments. */

static int parse_rmp(const char *text)
{
	uint64_t base, size;
	unsigned long long from, to;
	int end = 0;

	if (sscanf(text, "%lli-%lli%n", (long long *)&from, (long long *)&to, &end) != 2 ||
	    text[end]) {
		cpu_log("host: rmp=%s: expected BASE-END", text);
		return -1;
	}
	base = from;
	size = to + 1 - from;
	if (!base || to < from || base % RMP_ALIGN || size % RMP_ALIGN ||
	    size <= SNP_RMP_BOOKKEEPING || to >> part.cbit) {
		cpu_log("host: rmp=%s: not two 8 KiB aligned ends of a table", text);
		return -1;
	}
	bios.rmp_base = base;
	bios.rmp_end = to;
	return 0;
}

static int map_shared(int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) ||
	    (st.st_size < (off_t)sizeof(*shared) && ftruncate(fd, sizeof(*shared)))) {
		cpu_log("host: shared-fd=%d is not a file", fd);
		return -1;
	}
	p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		cpu_log("host: cannot map shared-fd=%d", fd);
		return -1;
	}
	shared = p;
	return 0;
}

struct host_args {
	const char *rmp;
	uint64_t shared_fd;
	bool has_shared;
	uint64_t check;
};

static int take_arg(struct host_args *a, const char *arg)
{
	const char *v;
	uint64_t n;

	v = cpu_arg(arg, "rmp");
	if (v) {
		a->rmp = v;
		return 0;
	}
	v = cpu_arg(arg, "cbit");
	if (v) {
		if (!cpu_arg_u64("cbit", v, 50, 51, &n))
			return -1;
		part.cbit = n;
		return 0;
	}
	v = cpu_arg(arg, "shared-fd");
	if (v) {
		a->has_shared = true;
		return cpu_arg_u64("shared-fd", v, 0, INT_MAX, &a->shared_fd) ? 0 : -1;
	}
	v = cpu_arg(arg, "check");
	if (v)
		return cpu_arg_u64("check", v, 0, 1, &a->check) ? 0 : -1;
	v = cpu_arg(arg, "rmpread");
	if (v) {
		if (!cpu_arg_u64("rmpread", v, 0, 1, &n))
			return -1;
		part.rmpread = n;
		return 0;
	}
	v = cpu_arg(arg, "syscfg");
	if (v)
		return cpu_arg_u64("syscfg", v, 0, UINT64_MAX, &bios.syscfg) ? 0 : -1;
	v = cpu_arg(arg, "hwcr");
	if (v)
		return cpu_arg_u64("hwcr", v, 0, UINT64_MAX, &bios.hwcr) ? 0 : -1;
	cpu_log("host: unknown argument %s", arg);
	return -1;
}

static void power_on(void)
{
	unsigned int i;

	shared->nr_cpus = cpu_count();
	shared->rmp_base = bios.rmp_base;
	shared->rmp_end = bios.rmp_end;
	for (i = 0; i < cpu_count() && i < SOFTSNP_SHARED_CPUS; i++) {
		shared->cpu[i].syscfg = bios.syscfg;
		shared->cpu[i].hwcr = bios.hwcr;
	}
	__atomic_store_n(&shared->magic, SOFTSNP_SHARED_MAGIC, __ATOMIC_RELEASE);
}

static int host_init(int argc, char **argv)
{
	struct host_args a = {};
	int i;

	static_assert(CPU_MAX <= SOFTSNP_SHARED_CPUS, "the shared page has room for all cores");

	for (i = 0; i < argc; i++)
		if (take_arg(&a, argv[i]))
			return -1;
	if (a.check && !(a.has_shared && a.rmp)) {
		cpu_log("host: check=1 needs rmp= and shared-fd=");
		return -1;
	}
	if (a.rmp && (parse_rmp(a.rmp) || host_rmp_init(bios.rmp_base, bios.rmp_end)))
		return -1;
	if (a.has_shared && map_shared(a.shared_fd))
		return -1;
	power_on();
	if (a.check)
		host_check_enable(shared);
	return 0;
}

const struct cpu_role host_role = {
	.name = "host",
	.init = host_init,
	.wants = host_wants,
	.exec = host_exec,
	.access = host_check_access,
	.exit = host_check_exit,
};
