// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: starting further vCPUs from a VMSA that the guest made.  GHCB
 * specification (56421), SNP AP creation; AMD64 APM volume 2 (24593, VMSA).
 *
 * Modelled: VMSAs in real mode with segment bases of sixteen times the
 * selector, which is what every known guest uses.  Of the state, everything
 * that the plugin interface can reach is loaded, and nothing is saved: the page
 * goes on to hold what the vCPU started with.
 */
#include <string.h>

#include "guest.h"
#include "guest_tscfreq.h"

#define ICR_LOW		0xfee00300ULL
#define ICR_HIGH	0xfee00310ULL
#define ICR_INIT	0x4500
#define ICR_STARTUP	0x4600
#define ICR_DEST_SHIFT	24

#define ACTION_CREATE	1
#define ACTION_DESTROY	2
#define SIZE_2M		0x200000ULL
#define EFER_SVME	BIT_ULL(12)
#define CR0_PE		1ULL

/*
 * What each vCPU runs from, 0: nothing.  The launched VMSA is none of the
 * guest's pages.  Another one counts from the exit on that asks for it: the
 * vCPU does not run from the old one again.
 */
static uint64_t vmsa_of[CPU_MAX] = { SNP_VMSA_GPA };

uint64_t guest_ap_vmsa(unsigned int vcpu)
{
	return __atomic_load_n(&vmsa_of[vcpu], __ATOMIC_ACQUIRE);
}

/* Another vCPU than @vcpu that runs from the page, or -1. */
static int other_user(unsigned int vcpu, uint64_t vmsa_gpa)
{
	unsigned int i;

	for (i = 0; i < cpu_count(); i++)
		if (i != vcpu && guest_ap_vmsa(i) == vmsa_gpa)
			return i;
	return -1;
}

bool guest_ap_runs_from(uint64_t vmsa_gpa)
{
	return other_user(CPU_MAX, vmsa_gpa) >= 0;
}

static void run_from(unsigned int vcpu, uint64_t vmsa_gpa)
{
	__atomic_store_n(&vmsa_of[vcpu], vmsa_gpa, __ATOMIC_RELEASE);
	__atomic_store_n(&guest_vcpus[vcpu].start_vmsa_gpa, vmsa_gpa, __ATOMIC_RELEASE);
}

static bool send_ipi(uint32_t apic_id, uint32_t command)
{
	uint32_t dest = apic_id << ICR_DEST_SHIFT;

	return cpu_write_phys(ICR_HIGH, &dest, sizeof(dest)) &&
	       cpu_write_phys(ICR_LOW, &command, sizeof(command));
}

/* INIT, and SIPI to our own page unless the vCPU shall only stop. */
static void restart(uint32_t apic_id, bool start)
{
	uint32_t guests_dest = 0;
	bool ok;

	/* The sender's APIC is the guest's: leave its ICR as it was. */
	ok = cpu_read_phys(ICR_HIGH, &guests_dest, sizeof(guests_dest)) &&
	     send_ipi(apic_id, ICR_INIT) &&
	     (!start || send_ipi(apic_id, ICR_STARTUP | LAYOUT_AP_PARK >> SNP_PAGE_SHIFT)) &&
	     cpu_write_phys(ICR_HIGH, &guests_dest, sizeof(guests_dest));
	if (!ok)
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot reach the local APIC");
}

void guest_exit_ap_creation(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t info1 = v->exit.in.sw_exit_info_1;
	uint32_t action = FIELD_GET(SNP_AP_CREATION_ACTION, info1);
	uint32_t apic_id = FIELD_GET(SNP_AP_CREATION_APIC_ID, info1);
	uint64_t vmsa_gpa = v->exit.in.sw_exit_info_2;

	/* One VMPL of each vCPU is the guest's own, and no other is run for it. */
	if (apic_id >= cpu_count() || apic_id == vcpu || info1 & SNP_AP_CREATION_RESERVED ||
	    FIELD_GET(SNP_AP_CREATION_VMPL, info1) != guest_config.vmpl)
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
	switch (action) {
	case ACTION_CREATE:
		if (v->exit.rax != GUEST_SEV_FEATURES || vmsa_gpa & (SNP_PAGE_SIZE - 1) ||
		    !guest_page_is_ram(vmsa_gpa) || !(vmsa_gpa & (SIZE_2M - 1)))
			guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
		run_from(apic_id, vmsa_gpa);
		break;
	case ACTION_DESTROY:
		run_from(apic_id, 0);
		break;
	default:
		/* Create on INIT is not modelled: the guest's INIT does not come by here. */
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
	}
	cpu_log("guest: vCPU %u %s vCPU %u, VMSA %#llx", vcpu,
		action == ACTION_CREATE ? "starts" : "stops", apic_id,
		(unsigned long long)vmsa_gpa);
	count(action == ACTION_CREATE ? "ap.create" : "ap.destroy");
	if (guest_config.vmpl && action == ACTION_CREATE)
		guest_svsm_vcpu_starts(apic_id, vmsa_gpa);
	restart(apic_id, action == ACTION_CREATE);
	guest_exit_done(v);
}

bool guest_ap_wants(const struct insn *in)
{
	return in->recorded_va == LAYOUT_AP_PARK;
}

static void load_segment(unsigned int vcpu, enum cpu_reg r, const struct snp_vmsa_seg *s)
{
	if (s->base != (uint64_t)s->selector << 4)
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: VMSA of vCPU %u: a segment base that is not 16 times the selector is not modelled",
			 vcpu);
	cpu_set(r, s->selector);
}

static void check_vmsa(unsigned int vcpu, uint64_t gpa, const struct snp_vmsa *vmsa)
{
	const uint64_t need = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA;
	int user = other_user(vcpu, gpa);

	/* What VMRUN checks. */
	if ((guest_page_entry(gpa) & need) != need)
		cpu_stop(CPU_STOP_VIOLATION,
			 "RMP violation: vCPU %u: page %#llx is not a validated VMSA page", vcpu,
			 (unsigned long long)gpa);
	if (user >= 0)
		cpu_stop(CPU_STOP_SHUTDOWN,
			 "guest: vCPU %u cannot run: VMSA %#llx is busy, vCPU %d runs from it",
			 vcpu, (unsigned long long)gpa, user);
	if (!(vmsa->efer & EFER_SVME) || vmsa->sev_features != GUEST_SEV_FEATURES ||
	    vmsa->vmpl != guest_config.vmpl)
		cpu_stop(CPU_STOP_SHUTDOWN,
			 "guest: VMSA of vCPU %u: EFER %#llx, SEV_FEATURES %#llx, VMPL %u cannot run",
			 vcpu, (unsigned long long)vmsa->efer,
			 (unsigned long long)vmsa->sev_features, vmsa->vmpl);
	if (guest_config.debug_swap && vmsa->dr7 != LAYOUT_DR7_RESET)
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: VMSA of vCPU %u: DR7 %#llx: breakpoints in a VMSA are not modelled",
			 vcpu, (unsigned long long)vmsa->dr7);
	if (guest_config.secure_tsc && !tsc_vmsa_is_plain(vmsa))
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: VMSA of vCPU %u: TSC scale %#llx, offset %#llx are not the firmware's, which is not modelled",
			 vcpu, (unsigned long long)vmsa->tsc_scale,
			 (unsigned long long)vmsa->tsc_offset);
	if (vmsa->cr0 & CR0_PE)
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: VMSA of vCPU %u: protected mode is not modelled", vcpu);
}

void guest_ap_exec(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t gpa = __atomic_exchange_n(&v->start_vmsa_gpa, 0, __ATOMIC_ACQUIRE);
	struct snp_vmsa vmsa;
	int r;

	if (!gpa)
		return;
	guest_vcpu_reset(vcpu);
	memcpy(&vmsa, guest_spa(gpa, sizeof(vmsa)), sizeof(vmsa));
	check_vmsa(vcpu, gpa, &vmsa);

	load_segment(vcpu, REG_DS, &vmsa.ds);
	load_segment(vcpu, REG_ES, &vmsa.es);
	load_segment(vcpu, REG_FS, &vmsa.fs);
	load_segment(vcpu, REG_GS, &vmsa.gs);
	load_segment(vcpu, REG_SS, &vmsa.ss);
	load_segment(vcpu, REG_CS, &vmsa.cs);
	cpu_set(REG_RAX, vmsa.rax);
	cpu_set(REG_RCX, vmsa.rcx);
	cpu_set(REG_RDX, vmsa.rdx);
	cpu_set(REG_RBX, vmsa.rbx);
	cpu_set(REG_RSP, vmsa.rsp);
	cpu_set(REG_RBP, vmsa.rbp);
	cpu_set(REG_RSI, vmsa.rsi);
	cpu_set(REG_RDI, vmsa.rdi);
	for (r = 0; r < 8; r++)
		cpu_set(REG_R8 + r, vmsa.r8_15[r]);
	cpu_set(REG_EFLAGS, vmsa.rflags);
	cpu_set(REG_CR2, vmsa.cr2);
	cpu_set(REG_CR3, vmsa.cr3);
	cpu_set(REG_CR4, vmsa.cr4);
	cpu_set(REG_EFER, vmsa.efer);
	cpu_set(REG_CR0, vmsa.cr0);
	v->dr7 = vmsa.dr7;
	cpu_continue_at(vmsa.cs.base + vmsa.rip);
}
