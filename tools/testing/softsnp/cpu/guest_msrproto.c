// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: GHCB MSR protocol, answered as KVM does.  GHCB specification
 * (56421), chapter on the MSR protocol.
 */
#include "guest.h"
#include "guest_cpuid.h"
#include "guest_fault.h"

/* What KVM puts into the error field of a failed page state change. */
#define PSC_ERROR	0x80000000ULL

/* U: any value but 0 is an error. */
#define RUN_VMPL_ERROR	1ULL

static uint64_t cpuid_response(unsigned int vcpu, uint64_t msr)
{
	uint64_t which = FIELD_GET(SNP_GHCB_CPUID_REG, msr);
	struct cpuid_result r = cpuid_answer(guest_cpuid_table(),
					     FIELD_GET(SNP_GHCB_CPUID_FN, msr), 0, vcpu);
	uint32_t regs[4];

	guest_fault_cpuid(&r);
	regs[0] = r.eax;
	regs[1] = r.ebx;
	regs[2] = r.ecx;
	regs[3] = r.edx;
	return SNP_GHCB_MSR_CPUID_RESP | FIELD_PREP(SNP_GHCB_CPUID_REG, which) |
	       FIELD_PREP(SNP_GHCB_CPUID_FN, (uint64_t)regs[which]);
}

static uint64_t psc_response(uint64_t msr)
{
	uint64_t gpa = FIELD_GET(SNP_GHCB_PSC_REQ_GFN, msr) << SNP_PAGE_SHIFT;
	bool ok = false;

	switch (FIELD_GET(SNP_GHCB_PSC_REQ_OP, msr)) {
	case SNP_PSC_OP_PRIVATE:
		ok = guest_page_make_private(gpa, false);
		break;
	case SNP_PSC_OP_SHARED:
		ok = guest_page_make_shared(gpa, false);
		break;
	}
	count_fmt("psc.msr.%s", ok ? "done" : "refused");
	return SNP_GHCB_MSR_PSC_RESP | FIELD_PREP(SNP_GHCB_PSC_RESP_ERROR, ok ? 0 : PSC_ERROR);
}

/* Without an SVSM the hypervisor does not know the request, as KVM. */
static uint64_t run_vmpl_response(unsigned int vcpu, uint64_t msr)
{
	/* VMPL0 alone is there to be run.  U: bits beside the field are refused. */
	bool ok = msr == SNP_GHCB_MSR_RUN_VMPL_REQ;

	if (!guest_config.vmpl)
		return msr;
	if (ok)
		guest_svsm_run(vcpu);
	return SNP_GHCB_MSR_RUN_VMPL_RESP |
	       FIELD_PREP(SNP_GHCB_RUN_VMPL_RESP_ERROR, ok ? 0 : RUN_VMPL_ERROR);
}

void guest_terminate(unsigned int vcpu, unsigned int set, unsigned int reason, uint64_t detail)
{
	cpu_stop(CPU_STOP_TERMINATED,
		 "guest: vCPU %u asks for termination: reason set %u, code %u, detail %#llx",
		 vcpu, set, reason, (unsigned long long)detail);
}

/* As count_exit(): the guest has 4096 codes, and few of them are requests. */
static void count_request(uint64_t code)
{
	if (code <= SNP_GHCB_MSR_RUN_VMPL_RESP || code == SNP_GHCB_MSR_HV_FEATURES_REQ ||
	    code == SNP_GHCB_MSR_TERMINATE)
		count_fmt("vmgexit.msr.%#llx", (unsigned long long)code);
	else
		count("vmgexit.msr.unknown");
}

void guest_msr_protocol(unsigned int vcpu, uint64_t resume_pc)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t msr = v->ghcb_msr, code = msr & SNP_GHCB_MSR_CODE;

	count_request(code);
	switch (code) {
	case SNP_GHCB_MSR_SEV_INFO_REQ:
		guest_vcpu_reset_msr(v);
		break;
	case SNP_GHCB_MSR_CPUID_REQ:
		v->ghcb_msr = cpuid_response(vcpu, msr);
		break;
	case SNP_GHCB_MSR_AP_RESET_HOLD_REQ:
		guest_native_park(vcpu);
	case SNP_GHCB_MSR_PREF_GPA_REQ:
		v->ghcb_msr = SNP_GHCB_MSR_PREF_GPA_RESP | SNP_GHCB_MSR_DATA;
		break;
	case SNP_GHCB_MSR_REG_GPA_REQ:
		v->registered_gpa = msr & SNP_GHCB_MSR_DATA;
		v->ghcb_msr = v->registered_gpa | SNP_GHCB_MSR_REG_GPA_RESP;
		break;
	case SNP_GHCB_MSR_PSC_REQ:
		v->ghcb_msr = psc_response(msr);
		break;
	case SNP_GHCB_MSR_RUN_VMPL_REQ:
		v->ghcb_msr = run_vmpl_response(vcpu, msr);
		break;
	case SNP_GHCB_MSR_HV_FEATURES_REQ:
		v->ghcb_msr = SNP_GHCB_MSR_HV_FEATURES_RESP | GUEST_HV_FEATURES << 12;
		break;
	case SNP_GHCB_MSR_TERMINATE:
		guest_terminate(vcpu, FIELD_GET(SNP_GHCB_TERM_SET, msr),
				FIELD_GET(SNP_GHCB_TERM_REASON, msr), 0);
	default:
		/* Unknown requests leave the MSR as it is. */
		cpu_log("guest: vCPU %u: unknown MSR protocol request %#llx", vcpu,
			(unsigned long long)msr);
		break;
	}
	guest_fault_msr(v, msr);
	cpu_continue_at(resume_pc);
}
