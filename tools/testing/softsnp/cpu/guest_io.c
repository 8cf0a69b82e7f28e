// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: exits that touch the machine: ports, MSRs, MMIO, TSC.  GHCB
 * specification (56421), standard and software exits.
 */
#include <string.h>

#include "guest.h"
#include "guest_io.h"

#define MSR_APIC_BASE		0x1b
#define APIC_BASE_WRITABLE	0xfffffb00ULL	/* x2APIC mode is not offered */

static void in_done(unsigned int vcpu, const struct native_regs *r)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];

	v->exit.rax = r->rax;
	guest_exit_done(v);
}

static void io_done(unsigned int vcpu, const struct native_regs *r)
{
	(void)r;
	guest_exit_done(&guest_vcpus[vcpu]);
}

void guest_exit_ioio(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	struct native_regs regs = {};
	unsigned int width;
	struct ioio io;
	uint64_t nr;

	ioio_decode(&io, v->exit.in.sw_exit_info_1);
	if (!io.size)
		guest_exit_done(v);
	guest_control_port(vcpu, &io);
	width = io.size == 1 ? 0 : io.size == 2 ? 1 : 2;
	regs.rdx = io.port;
	if (!io.string) {
		regs.rax = io.in ? 0 : v->exit.rax;
		guest_native_run(vcpu, (io.in ? NATIVE_IN8 : NATIVE_OUT8) + width, &regs,
				 io.in ? in_done : io_done);
	}

	nr = v->exit.in.sw_exit_info_2;
	if (!nr)
		guest_exit_done(v);
	if (nr > sizeof(v->exit.in.shared_buffer) / io.size)
		guest_exit_malformed(v, SNP_GHCB_ERR_SCRATCH);
	regs.rsi = v->exit.ghcb_gpa + guest_exit_scratch(v, nr * io.size);
	regs.rdi = regs.rsi;
	regs.rcx = nr;
	guest_native_run(vcpu, (io.in ? NATIVE_INS8 : NATIVE_OUTS8) + width, &regs, io_done);
}

static void rdmsr_done(unsigned int vcpu, const struct native_regs *r)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];

	v->exit.rax = (uint32_t)r->rax;
	v->exit.rdx = (uint32_t)r->rdx;
	guest_exit_done(v);
}

void guest_exit_msr(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint32_t msr = v->exit.in.rcx;
	bool write = v->exit.in.sw_exit_info_1;
	struct native_regs regs = { .rcx = msr };

	if (!msr_known(msr, write)) {
		count("msr.unknown");
		cpu_log("guest: %s of MSR %#x: #GP", write ? "write" : "read", msr);
		guest_exit_exception(v, CPU_VECTOR_GP);
	}
	if (!write)
		guest_native_run(vcpu, NATIVE_RDMSR, &regs, rdmsr_done);

	regs.rax = (uint32_t)v->exit.rax;
	regs.rdx = (uint32_t)v->exit.rdx;
	/* A #GP inside the stub could not be handed on. */
	if (msr == MSR_APIC_BASE && (regs.rdx || regs.rax & ~APIC_BASE_WRITABLE))
		guest_exit_exception(v, CPU_VECTOR_GP);
	guest_native_run(vcpu, NATIVE_WRMSR, &regs, io_done);
}

static void tsc_done(unsigned int vcpu, const struct native_regs *r)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];

	v->exit.rax = (uint32_t)r->rax;
	v->exit.rdx = (uint32_t)r->rdx;
	v->exit.rcx = (uint32_t)r->rcx;
	guest_exit_done(v);
}

void guest_exit_tsc(unsigned int vcpu, bool rdtscp)
{
	const struct native_regs none = {};

	guest_native_run(vcpu, rdtscp ? NATIVE_RDTSCP : NATIVE_RDTSC, &none, tsc_done);
}

void guest_exit_mmio(unsigned int vcpu, bool write)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t gpa = v->exit.in.sw_exit_info_1, len = v->exit.in.sw_exit_info_2;
	uint8_t data[8] = {}, *page;
	size_t at;
	bool ok;

	if (!len)
		guest_exit_done(v);
	if (len > sizeof(data))
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
	at = guest_exit_scratch(v, len);
	/* RAM is no device; the C-bit does not belong into an address here. */
	if (guest_page_is_ram(gpa) || gpa & guest_cbit_mask())
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);

	if (write) {
		memcpy(data, (uint8_t *)&v->exit.in + at, len);
		ok = cpu_write_phys(gpa, data, len);
	} else {
		ok = cpu_read_phys(gpa, data, len);
		page = guest_spa(v->exit.ghcb_gpa, SNP_PAGE_SIZE);
		memcpy(page + at, data, len);
	}
	if (!ok)
		count("mmio.failed");
	guest_exit_done(v);
}
