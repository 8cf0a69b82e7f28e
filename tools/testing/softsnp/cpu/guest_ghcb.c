// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: exits through the GHCB page, with the checks and answers of KVM.
 * GHCB specification (56421), standard VMGEXIT.
 */
#include <string.h>

#include "guest.h"
#include "guest_cpuid.h"
#include "guest_fault.h"
#include "guest_psc.h"

#define BIT_OF(member)	SNP_GHCB_VALID_BIT(member)

/* SW_EXITINFO2 of an exception: event injection format. */
#define EVENT_VALID		BIT_ULL(31)
#define EVENT_EXCEPTION		(3ULL << 8)
#define EVENT_ERROR_CODE	BIT_ULL(11)

/* Answer of KVM to an unknown hypercall. */
#define KVM_ENOSYS	1000

bool guest_exit_valid(const struct guest_vcpu *v, size_t bit)
{
	return v->exit.in.valid_bitmap[bit / 8] >> (bit % 8) & 1;
}

static void set_valid(uint8_t *bitmap, size_t bit)
{
	bitmap[bit / 8] |= 1 << (bit % 8);
}

/* Write the answer into the page and let the guest go on. */
void guest_exit_done(struct guest_vcpu *v)
{
	struct snp_ghcb *page = guest_spa(v->exit.ghcb_gpa, sizeof(*page));
	uint8_t bitmap[sizeof(page->valid_bitmap)] = {};

	page->rax = v->exit.rax;
	page->rbx = v->exit.rbx;
	page->rcx = v->exit.rcx;
	page->rdx = v->exit.rdx;
	page->sw_exit_info_1 = v->exit.info1;
	page->sw_exit_info_2 = v->exit.info2;
	/* As KVM: the four registers are valid whether they mean something or not. */
	set_valid(bitmap, BIT_OF(rax));
	set_valid(bitmap, BIT_OF(rbx));
	set_valid(bitmap, BIT_OF(rcx));
	set_valid(bitmap, BIT_OF(rdx));
	set_valid(bitmap, BIT_OF(sw_exit_info_1));
	set_valid(bitmap, BIT_OF(sw_exit_info_2));
	memcpy(page->valid_bitmap, bitmap, sizeof(bitmap));
	guest_fault_answer(v, page);
	cpu_continue_at(v->exit.resume_pc);
}

void guest_exit_malformed(struct guest_vcpu *v, uint32_t reason)
{
	count_fmt("vmgexit.malformed.%u", reason);
	cpu_log("guest: exit %#llx (info %#llx %#llx) is malformed: reason %u",
		(unsigned long long)v->exit.in.sw_exit_code,
		(unsigned long long)v->exit.in.sw_exit_info_1,
		(unsigned long long)v->exit.in.sw_exit_info_2, reason);
	v->exit.info1 = SNP_GHCB_RESULT_MALFORMED;
	v->exit.info2 = reason;
	guest_exit_done(v);
}

void guest_exit_exception(struct guest_vcpu *v, unsigned int vector)
{
	v->exit.info1 = SNP_GHCB_RESULT_EXCEPTION;
	v->exit.info2 = EVENT_VALID | EVENT_EXCEPTION | vector;
	if (vector == CPU_VECTOR_GP)
		v->exit.info2 |= EVENT_ERROR_CODE;
	guest_exit_done(v);
}

size_t guest_exit_scratch(struct guest_vcpu *v, size_t len)
{
	uint64_t start = v->exit.ghcb_gpa + offsetof(struct snp_ghcb, shared_buffer);
	uint64_t scratch = v->exit.in.sw_scratch;

	/* Protocol 2: only the buffer in the page itself. */
	if (scratch < start || scratch - start > sizeof(v->exit.in.shared_buffer) ||
	    len > sizeof(v->exit.in.shared_buffer) - (scratch - start))
		guest_exit_malformed(v, SNP_GHCB_ERR_SCRATCH);
	return scratch - v->exit.ghcb_gpa;
}

/* Which fields an exit cannot do without. */
static bool inputs_present(const struct guest_vcpu *v)
{
	const struct snp_ghcb *in = &v->exit.in;
	uint64_t info1 = in->sw_exit_info_1;

#define HAVE(member)	guest_exit_valid(v, BIT_OF(member))
	if (!HAVE(sw_exit_code) || !HAVE(sw_exit_info_1) || !HAVE(sw_exit_info_2))
		return false;
	switch (in->sw_exit_code) {
	case SNP_EXIT_DR7_WRITE:
		return HAVE(rax);
	case SNP_EXIT_RDPMC:
		return HAVE(rcx);
	case SNP_EXIT_CPUID:
		return HAVE(rax) && HAVE(rcx) && ((uint32_t)in->rax != 0xd || HAVE(xcr0));
	case SNP_EXIT_IOIO:
		if (info1 & 4)
			return HAVE(sw_scratch);
		return (info1 & 1) || HAVE(rax);
	case SNP_EXIT_MSR:
		return HAVE(rcx) && (!info1 || (HAVE(rax) && HAVE(rdx)));
	case SNP_EXIT_VMMCALL:
		/* The byte of the CPL shares its quadword's bit. */
		return HAVE(rax) && guest_exit_valid(v, offsetof(struct snp_ghcb, cpl) / 8);
	case SNP_EXIT_MONITOR:
		return HAVE(rax) && HAVE(rcx) && HAVE(rdx);
	case SNP_EXIT_MWAIT:
		return HAVE(rax) && HAVE(rcx);
	case SNP_EXIT_MMIO_READ:
	case SNP_EXIT_MMIO_WRITE:
	case SNP_EXIT_PSC:
		return HAVE(sw_scratch);
	case SNP_EXIT_AP_CREATION:
		return FIELD_GET(SNP_AP_CREATION_ACTION, info1) == 2 || HAVE(rax);
	}
	return true;
#undef HAVE
}

bool guest_psc_change(void *opaque, uint64_t gpa, bool size_2m, bool private_)
{
	bool ok = private_ ? guest_page_make_private(gpa, size_2m) :
			     guest_page_make_shared(gpa, size_2m);

	(void)opaque;
	count_fmt("psc.entry.%s.%s", size_2m ? "2m" : "4k", !ok ? "refused" :
		  private_ ? "private" : "shared");
	return ok;
}

static void __noreturn exit_psc(struct guest_vcpu *v)
{
	uint8_t *page = guest_spa(v->exit.ghcb_gpa, SNP_PAGE_SIZE);
	size_t header = offsetof(struct snp_psc_desc, entry);
	size_t at = guest_exit_scratch(v, header);
	size_t room = offsetof(struct snp_ghcb, shared_buffer) +
		      sizeof(v->exit.in.shared_buffer) - at;
	unsigned int max_entries = (room - header) / sizeof(uint64_t);
	struct snp_psc_desc list = {};

	memcpy(&list, (uint8_t *)&v->exit.in + at, room);
	if (!guest_fault_psc(&list, max_entries, &v->exit.info2))
		v->exit.info2 = psc_process(&list, max_entries, guest_psc_change, NULL);
	memcpy(page + at, &list, room);
	guest_exit_done(v);
}

static void __noreturn exit_jump_table(struct guest_vcpu *v)
{
	static uint64_t jump_table_gpa;

	switch (v->exit.in.sw_exit_info_1) {
	case 0:
		jump_table_gpa = v->exit.in.sw_exit_info_2;
		guest_exit_done(v);
	case 1:
		v->exit.info2 = jump_table_gpa;
		guest_exit_done(v);
	}
	guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
}

static void __noreturn handle(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	const struct snp_ghcb *in = &v->exit.in;
	struct cpuid_result r;

	switch (in->sw_exit_code) {
	case SNP_EXIT_CPUID:
		r = cpuid_answer(guest_cpuid_table(), in->rax, in->rcx, vcpu);
		guest_fault_cpuid(&r);
		v->exit.rax = r.eax;
		v->exit.rbx = r.ebx;
		v->exit.rcx = r.ecx;
		v->exit.rdx = r.edx;
		guest_exit_done(v);
	case SNP_EXIT_DR7_READ:
		v->exit.rax = v->dr7;
		guest_exit_done(v);
	case SNP_EXIT_DR7_WRITE:
		v->dr7 = in->rax;
		guest_exit_done(v);
	case SNP_EXIT_RDTSC:
	case SNP_EXIT_RDTSCP:
		/* With Secure TSC the hypervisor has no say in the matter. */
		if (guest_config.secure_tsc)
			break;
		guest_exit_tsc(vcpu, in->sw_exit_code == SNP_EXIT_RDTSCP);
	case SNP_EXIT_RDPMC:
		/* No counters are offered. */
		guest_exit_exception(v, CPU_VECTOR_GP);
	case SNP_EXIT_IOIO:
		guest_exit_ioio(vcpu);
	case SNP_EXIT_MSR:
		guest_exit_msr(vcpu);
	case SNP_EXIT_VMMCALL:
		v->exit.rax = -KVM_ENOSYS;
		guest_exit_done(v);
	case SNP_EXIT_INVD:
	case SNP_EXIT_WBINVD:
	case SNP_EXIT_MONITOR:
	case SNP_EXIT_MWAIT:
	case SNP_EXIT_NMI_COMPLETE:
		guest_exit_done(v);
	case SNP_EXIT_MMIO_READ:
		guest_exit_mmio(vcpu, false);
	case SNP_EXIT_MMIO_WRITE:
		guest_exit_mmio(vcpu, true);
	case SNP_EXIT_AP_RESET_HOLD:
		guest_native_park(vcpu);
	case SNP_EXIT_AP_JUMP_TABLE:
		exit_jump_table(v);
	case SNP_EXIT_PSC:
		exit_psc(v);
	case SNP_EXIT_GUEST_REQUEST:
		guest_exit_request(vcpu, false);
	case SNP_EXIT_EXT_GUEST_REQUEST:
		guest_exit_request(vcpu, true);
	case SNP_EXIT_AP_CREATION:
		guest_exit_ap_creation(vcpu);
	case SNP_EXIT_RUN_VMPL:
		/* Only VMPL0 is there to be run. */
		if (!guest_config.vmpl || in->sw_exit_info_1)
			guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
		guest_svsm_run(vcpu);
		guest_exit_done(v);
	case SNP_EXIT_HV_FEATURES:
		v->exit.info2 = GUEST_HV_FEATURES;
		guest_exit_done(v);
	case SNP_EXIT_TERMINATE:
		guest_terminate(vcpu, in->sw_exit_info_1 & 0xf, in->sw_exit_info_1 >> 4 & 0xff,
				in->sw_exit_info_2);
	case SNP_EXIT_UNSUPPORTED:
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: vCPU %u: no handler for #VC %#llx (detail %#llx) at %#llx", vcpu,
			 (unsigned long long)in->sw_exit_info_1,
			 (unsigned long long)in->sw_exit_info_2,
			 (unsigned long long)v->exit.resume_pc);
	}
	guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_EVENT);
}

/* The code is the guest's: far from all events it gets no name of its own. */
static void count_exit(uint64_t code)
{
	if (code <= SNP_EXIT_MWAIT || (code >= SNP_EXIT_MMIO_READ && code < 0x80000020) ||
	    (code >= SNP_EXIT_HV_FEATURES && code <= SNP_EXIT_UNSUPPORTED))
		count_fmt("vmgexit.page.%#llx", (unsigned long long)code);
	else
		count("vmgexit.page.unknown");
}

static void page_exit(unsigned int vcpu, uint64_t resume_pc)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	struct guest_exit *e = &v->exit;
	struct snp_ghcb *page;

	e->ghcb_gpa = v->ghcb_msr;
	e->resume_pc = resume_pc;
	if (!e->ghcb_gpa || !guest_page_is_ram(e->ghcb_gpa)) {
		/* KVM resumes the guest with nothing changed. */
		count("vmgexit.page.unmappable");
		cpu_continue_at(resume_pc);
	}
	if (!guest_page_shared(e->ghcb_gpa))
		cpu_stop(CPU_STOP_VIOLATION,
			 "RMP violation: GHCB page %#llx of vCPU %u is private at VMGEXIT before %#llx",
			 (unsigned long long)e->ghcb_gpa, vcpu, (unsigned long long)resume_pc);

	page = guest_spa(e->ghcb_gpa, sizeof(*page));
	guest_secrets_search_page(e->ghcb_gpa);
	memcpy(&e->in, page, sizeof(e->in));
	if (guest_races)
		guest_race_stop(vcpu, e->in.sw_exit_code == SNP_EXIT_GUEST_REQUEST ||
				e->in.sw_exit_code == SNP_EXIT_EXT_GUEST_REQUEST);
	guest_fault_exit(v);
	memset(page->valid_bitmap, 0, sizeof(page->valid_bitmap));
	count_exit(e->in.sw_exit_code);

	e->rax = guest_exit_valid(v, BIT_OF(rax)) ? e->in.rax : 0;
	e->rbx = guest_exit_valid(v, BIT_OF(rbx)) ? e->in.rbx : 0;
	e->rcx = guest_exit_valid(v, BIT_OF(rcx)) ? e->in.rcx : 0;
	e->rdx = guest_exit_valid(v, BIT_OF(rdx)) ? e->in.rdx : 0;
	e->info1 = 0;
	e->info2 = 0;

	if (v->registered_gpa != e->ghcb_gpa)
		guest_exit_malformed(v, SNP_GHCB_ERR_NOT_REGISTERED);
	if (e->in.usage)
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_USAGE);
	if (!inputs_present(v))
		guest_exit_malformed(v, SNP_GHCB_ERR_MISSING_INPUT);
	handle(vcpu);
}

void guest_vmgexit(unsigned int vcpu, const struct insn *in)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t resume_pc = insn_pc(in) + in->len;

	if (v->ghcb_msr & SNP_GHCB_MSR_CODE)
		guest_msr_protocol(vcpu, resume_pc);
	page_exit(vcpu, resume_pc);
	__builtin_unreachable();
}
