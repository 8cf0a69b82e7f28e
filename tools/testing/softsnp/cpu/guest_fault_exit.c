// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: a hostile hypervisor at the exits: MSR protocol, GHCB page (GHCB
 * specification, 56421), #VC (AMD64 APM volume 2, 24593, chapter 15.35), CPUID.
 */
#include <string.h>

#include "guest_cpuid.h"
#include "guest_fault.h"

#define EVENT_VALID		BIT_ULL(31)
#define EVENT_ERROR_CODE	BIT_ULL(11)
#define EVENT_NMI		(2ULL << 8)
#define EVENT_EXCEPTION		(3ULL << 8)
#define VECTOR_NMI		2
#define VECTOR_PF		14

#define ICR_LOW			0xfee00300ULL
#define ICR_HIGH		0xfee00310ULL
#define ICR_NMI			0x4400
#define ICR_DEST_SHIFT		24

#define NO_SUCH_RESULT		0x55
#define OTHER_CBIT		31

static bool possible(enum guest_trick trick)
{
	return trick != TRICK_RACE_GHCB || guest_race_possible();
}

/* Taken as soon as the vCPU goes on. */
static void inject_nmi(unsigned int vcpu)
{
	uint32_t dest = vcpu << ICR_DEST_SHIFT, nmi = ICR_NMI, guests_dest = 0;

	if (!cpu_read_phys(ICR_HIGH, &guests_dest, sizeof(guests_dest)) ||
	    !cpu_write_phys(ICR_HIGH, &dest, sizeof(dest)) ||
	    !cpu_write_phys(ICR_LOW, &nmi, sizeof(nmi)) ||
	    !cpu_write_phys(ICR_HIGH, &guests_dest, sizeof(guests_dest)))
		cpu_stop(CPU_STOP_PLATFORM, "guest: cannot reach the local APIC");
}

static uint64_t versions(uint64_t max, uint64_t min, uint64_t cbit)
{
	return SNP_GHCB_MSR_SEV_INFO_RESP | FIELD_PREP(SNP_GHCB_SEV_INFO_MAX, max) |
	       FIELD_PREP(SNP_GHCB_SEV_INFO_MIN, min) | FIELD_PREP(SNP_GHCB_SEV_INFO_CBIT, cbit);
}

/* What is about versions strikes at that question only, likewise for features. */
static bool possible_sev_info(enum guest_trick trick)
{
	return trick != TRICK_MSR_FEATURES_NONE && trick != TRICK_MSR_FEATURES_ALL;
}

static bool possible_otherwise(enum guest_trick trick)
{
	return trick != TRICK_MSR_VERSION_LOW && trick != TRICK_MSR_VERSION_HIGH &&
	       trick != TRICK_MSR_VERSION_EMPTY && trick != TRICK_MSR_CBIT;
}

void guest_fault_msr(struct guest_vcpu *v, uint64_t request)
{
	uint64_t code = request & SNP_GHCB_MSR_CODE;
	uint64_t features = SNP_GHCB_MSR_HV_FEATURES_RESP;

	switch (guest_fault_strike(HOOK_MSR, code, code == SNP_GHCB_MSR_SEV_INFO_REQ ?
				   possible_sev_info : possible_otherwise)) {
	case TRICK_MSR_SILENT:
		v->ghcb_msr = request;
		break;
	case TRICK_MSR_CODE:
		v->ghcb_msr = (v->ghcb_msr & SNP_GHCB_MSR_DATA) | SNP_GHCB_MSR_PSC_RESP;
		break;
	case TRICK_MSR_DATA:
		v->ghcb_msr = (v->ghcb_msr & SNP_GHCB_MSR_CODE) |
			      (guest_fault_random() & SNP_GHCB_MSR_DATA);
		break;
	case TRICK_MSR_VERSION_LOW:
		v->ghcb_msr = versions(1, 1, guest_config.cbit);
		break;
	case TRICK_MSR_VERSION_HIGH:
		v->ghcb_msr = versions(7, 3, guest_config.cbit);
		break;
	case TRICK_MSR_VERSION_EMPTY:
		v->ghcb_msr = versions(1, 2, guest_config.cbit);
		break;
	case TRICK_MSR_CBIT:
		v->ghcb_msr = versions(GUEST_GHCB_VERSION, 1, OTHER_CBIT);
		break;
	case TRICK_MSR_FEATURES_NONE:
		v->ghcb_msr = features;
		break;
	case TRICK_MSR_FEATURES_ALL:
		v->ghcb_msr = features | SNP_GHCB_MSR_DATA;
		break;
	case TRICK_MSR_NMI:
		inject_nmi(v - guest_vcpus);
		break;
	default:
		break;
	}
}

/* What tells exits apart; those to the port for tests are a kind of their own. */
static uint64_t event_of(const struct guest_vcpu *v)
{
	uint64_t code = v->exit.in.sw_exit_code;

	if (code == SNP_EXIT_IOIO && v->exit.in.sw_exit_info_1 >> 16 == GUEST_PORT_PROBE)
		return GUEST_EVENT_PROBE;
	if ((code == SNP_EXIT_RDTSC || code == SNP_EXIT_RDTSCP) && !v->vc_user)
		return GUEST_EVENT_KERNEL_TSC;
	return code;
}

/* Nothing of the page has been changed yet. */
void guest_fault_exit(struct guest_vcpu *v)
{
	switch (guest_fault_strike(HOOK_EXIT, event_of(v), NULL)) {
	case TRICK_EXIT_SILENT:
		cpu_continue_at(v->exit.resume_pc);
	case TRICK_EXIT_MALFORMED:
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_EVENT);
	case TRICK_EXIT_UNREGISTERED:
		guest_exit_malformed(v, SNP_GHCB_ERR_NOT_REGISTERED);
	default:
		break;
	}
}

static void ask_for(struct snp_ghcb *page, uint64_t event)
{
	page->sw_exit_info_1 = SNP_GHCB_RESULT_EXCEPTION;
	page->sw_exit_info_2 = event;
}

/* The answer stands in the page. */
void guest_fault_answer(struct guest_vcpu *v, struct snp_ghcb *page)
{
	switch (guest_fault_strike(HOOK_ANSWER, event_of(v), possible)) {
	case TRICK_GHCB_INVALID:
		memset(page->valid_bitmap, 0, sizeof(page->valid_bitmap));
		break;
	case TRICK_GHCB_ALL_VALID:
		memset(page->valid_bitmap, 0xff, sizeof(page->valid_bitmap));
		break;
	case TRICK_GHCB_INFO1:
		page->sw_exit_info_1 = NO_SUCH_RESULT;
		break;
	case TRICK_GHCB_INFO1_HIGH:
		page->sw_exit_info_1 |= 0xdeadbeefULL << 32;
		break;
	case TRICK_GHCB_INFO2:
		page->sw_exit_info_2 = guest_fault_random();
		break;
	case TRICK_GHCB_REGS:
		page->rax = guest_fault_random();
		page->rbx = guest_fault_random();
		page->rcx = guest_fault_random();
		page->rdx = guest_fault_random();
		break;
	case TRICK_GHCB_RAISE_GP:
		ask_for(page, EVENT_VALID | EVENT_ERROR_CODE | EVENT_EXCEPTION | CPU_VECTOR_GP);
		break;
	case TRICK_GHCB_RAISE_UD:
		ask_for(page, EVENT_VALID | EVENT_EXCEPTION | CPU_VECTOR_UD);
		break;
	case TRICK_GHCB_RAISE_PF:
		ask_for(page, EVENT_VALID | EVENT_ERROR_CODE | EVENT_EXCEPTION | VECTOR_PF);
		break;
	case TRICK_GHCB_RAISE_NMI:
		ask_for(page, EVENT_VALID | EVENT_NMI | VECTOR_NMI);
		break;
	case TRICK_GHCB_RAISE_NONE:
		ask_for(page, EVENT_EXCEPTION | CPU_VECTOR_GP);
		break;
	case TRICK_NMI:
		inject_nmi(v - guest_vcpus);
		break;
	case TRICK_RACE_GHCB:
		guest_race_start(v - guest_vcpus, v->exit.ghcb_gpa, SNP_PAGE_SIZE, true);
		break;
	default:
		break;
	}
}

static bool possible_in_user_mode(enum guest_trick trick)
{
	return trick == TRICK_VC_CODE_USER;
}

static bool possible_in_kernel_mode(enum guest_trick trick)
{
	return trick == TRICK_VC_CODE_KERNEL;
}

uint32_t guest_fault_vc(uint32_t code)
{
	enum guest_trick trick;

	trick = guest_fault_strike(HOOK_VC, code, cpu_cpl() ? possible_in_user_mode :
				   possible_in_kernel_mode);
	if (trick == TRICK_NONE)
		return code;
	return code == SNP_EXIT_MSR ? SNP_EXIT_IOIO : SNP_EXIT_MSR;
}

void guest_fault_cpuid(struct cpuid_result *r)
{
	if (guest_fault_strike(HOOK_CPUID, 0, NULL) != TRICK_CPUID_LIE)
		return;
	r->eax = guest_fault_random();
	r->ebx = guest_fault_random();
	r->ecx = guest_fault_random();
	r->edx = guest_fault_random();
}

/* One injection at a time; taken by the first vCPU that comes by. */
static struct {
	uint64_t va;
	uint32_t code;
} inject;

void guest_fault_inject(uint64_t va, uint32_t code)
{
	inject.code = code;
	__atomic_store_n(&inject.va, va, __ATOMIC_RELEASE);
}

bool guest_fault_inject_wants(const struct insn *in)
{
	uint64_t va = __atomic_load_n(&inject.va, __ATOMIC_ACQUIRE);

	/* Translated code is shared between addresses of one page offset. */
	return va && !((va ^ in->recorded_va) & (SNP_PAGE_SIZE - 1));
}

void guest_fault_inject_exec(const struct insn *in)
{
	uint64_t va = __atomic_load_n(&inject.va, __ATOMIC_ACQUIRE);

	if (!va || insn_pc(in) != va ||
	    !__atomic_compare_exchange_n(&inject.va, &va, 0, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	count("fault.vc-inject");
	cpu_log("guest: trick vc-inject: the hypervisor raises #VC %#x at %#llx, CPL %u",
		inject.code, (unsigned long long)va, cpu_cpl());
	cpu_raise(CPU_VECTOR_VC, inject.code, va);
}
