// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: the SVSM.  The model plays software that runs at VMPL0 of every
 * vCPU: its start, and a call from the guest at a higher VMPL.  Secure VM
 * Service Module (AMD 58019).
 *
 * The guest is hostile to the SVSM: what it passes is copied once, checked, and
 * the SVSM does nothing for it with memory that it could not use itself.
 *
 * The launched VMSA is the SVSM's.  The model starts the guest's first vCPU
 * with the same registers.
 */
#include <pthread.h>
#include <string.h>

#include "guest_svsm.h"
#include "guest_tricks.h"

#define SIZE_2M		0x200000ULL
#define PFN_MASK	(~(uint64_t)(SNP_PAGE_SIZE - 1))
#define GUEST_PERMS	(SNP_RMP_PERM_READ | SNP_RMP_PERM_WRITE | SNP_RMP_PERM_EXEC_USER | \
			 SNP_RMP_PERM_EXEC_KERNEL)

struct svsm_vcpu svsm_vcpus[SVSM_MAX_VCPUS];
static uint64_t svsm_gpa;
/* One call at a time: page states and vCPUs belong together. */
static pthread_mutex_t svsm_mutex = PTHREAD_MUTEX_INITIALIZER;

struct svsm_vcpu *svsm_find_vmsa(uint64_t vmsa_gpa)
{
	unsigned int i;

	for (i = 0; vmsa_gpa && i < SVSM_MAX_VCPUS; i++)
		if (svsm_vcpus[i].vmsa_gpa == vmsa_gpa)
			return &svsm_vcpus[i];
	return NULL;
}

struct svsm_vcpu *svsm_running(unsigned int vcpu)
{
	struct svsm_vcpu *v = svsm_find_vmsa(guest_ap_vmsa(vcpu));

	/* Calls come by the vCPU that a VMSA was made for, not by another. */
	return v && v->apic_id == vcpu ? v : NULL;
}

bool svsm_is_caa(uint64_t gpa)
{
	unsigned int i;

	for (i = 0; i < SVSM_MAX_VCPUS; i++)
		if (svsm_vcpus[i].vmsa_gpa && svsm_vcpus[i].caa_gpa == gpa)
			return true;
	return false;
}

static bool overlaps(uint64_t gpa, uint64_t len, uint64_t start, uint64_t size)
{
	return gpa < start + size && start < gpa + len;
}

bool svsm_guest_may_change(uint64_t gpa, uint64_t len)
{
	unsigned int i;

	if (gpa > UINT64_MAX - len || overlaps(gpa, len, svsm_gpa, LAYOUT_SVSM_SIZE))
		return false;
	for (i = 0; i < SVSM_MAX_VCPUS; i++)
		if (svsm_vcpus[i].vmsa_gpa &&
		    (overlaps(gpa, len, svsm_vcpus[i].vmsa_gpa, SNP_PAGE_SIZE) ||
		     overlaps(gpa, len, svsm_vcpus[i].caa_gpa, SNP_PAGE_SIZE)))
			return false;
	return true;
}

void *svsm_guest_memory(uint64_t gpa, uint64_t len, uint64_t perms)
{
	const uint64_t need = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_VALIDATED;
	uint64_t at;

	if (!len || !cpu_ram(gpa, len) || overlaps(gpa, len, svsm_gpa, LAYOUT_SVSM_SIZE))
		return NULL;
	for (at = gpa & PFN_MASK; at < gpa + len; at += SNP_PAGE_SIZE)
		if ((guest_page_entry(at) & need) != need ||
		    !guest_page_permitted(at, guest_config.vmpl, perms))
			return NULL;
	return cpu_ram(gpa, len);
}

/* Everything that is validated by now, in as large pages as there are. */
static void give_memory(void)
{
	uint64_t rdx = FIELD_PREP(SNP_RMPADJUST_VMPL, (uint64_t)guest_config.vmpl) |
		       FIELD_PREP(SNP_RMPADJUST_PERMS, GUEST_PERMS);
	uint64_t gpa, step, entry;
	bool size_2m;
	uint32_t eax;

	for (gpa = 0; gpa < cpu_ram_size(); gpa += step) {
		entry = guest_page_entry(gpa);
		size_2m = entry & SNP_RMP_RAW_PAGESIZE;
		step = size_2m ? SIZE_2M : SNP_PAGE_SIZE;
		if (!(entry & SNP_RMP_RAW_VALIDATED) ||
		    overlaps(gpa, step, svsm_gpa, LAYOUT_SVSM_SIZE))
			continue;
		if (!guest_page_rmpadjust(gpa, size_2m, 0, rdx, &eax) || eax)
			cpu_stop(CPU_STOP_PLATFORM, "guest: SVSM: RMPADJUST of %#llx failed",
				 (unsigned long long)gpa);
	}
}

void guest_svsm_launched(uint64_t gpa)
{
	struct snp_secrets_page *s = guest_spa(LAYOUT_SECRETS, sizeof(*s));

	svsm_gpa = gpa;
	svsm_attest_start(s->vmpck[0]);
	memset(s->vmpck, 0, guest_config.vmpl * sizeof(s->vmpck[0]));
	s->svsm_base_gpa = svsm_gpa;
	s->svsm_size = LAYOUT_SVSM_SIZE;
	s->svsm_caa_gpa = LAYOUT_SVSM_CAA;
	s->svsm_max_version = SVSM_VERSION;
	s->svsm_guest_vmpl = guest_config.vmpl;
	svsm_vcpus[0] = (struct svsm_vcpu){
		.vmsa_gpa = SNP_VMSA_GPA,
		.caa_gpa = LAYOUT_SVSM_CAA,
	};
	give_memory();
	cpu_log("guest: SVSM at VMPL0, the guest runs at VMPL%u", guest_config.vmpl);
}

void guest_svsm_vcpu_starts(unsigned int vcpu, uint64_t vmsa_gpa)
{
	struct svsm_vcpu *v;

	pthread_mutex_lock(&svsm_mutex);
	v = svsm_find_vmsa(vmsa_gpa);
	if (v && v->apic_id != vcpu)
		cpu_log("guest: SVSM: VMSA %#llx was made for APIC ID %u: vCPU %u has no calling area",
			(unsigned long long)vmsa_gpa, v->apic_id, vcpu);
	pthread_mutex_unlock(&svsm_mutex);
}

static uint64_t serve(struct svsm_call *c)
{
	switch (FIELD_GET(SNP_SVSM_RAX_PROTOCOL, c->rax)) {
	case SNP_SVSM_CORE:
		return svsm_core(c);
	case SNP_SVSM_ATTEST:
		return svsm_attest(c);
	case SNP_SVSM_VTPM:
		if (svsm_vtpm_present())
			return svsm_vtpm(c);
		break;
	}
	return SNP_SVSM_UNSUPPORTED_PROTOCOL;
}

/* RAX is the guest's: what no protocol has gets no name of its own. */
static void count_call(uint64_t rax, uint64_t result)
{
	uint64_t protocol = FIELD_GET(SNP_SVSM_RAX_PROTOCOL, rax);
	uint64_t call = FIELD_GET(SNP_SVSM_RAX_CALL, rax);

	if (protocol > SNP_SVSM_VTPM || call > SNP_SVSM_CORE_CONFIGURE_VTOM)
		count("svsm.unknown");
	else
		count_fmt("svsm.%llu.%llu.%#llx", (unsigned long long)protocol,
			  (unsigned long long)call, (unsigned long long)result);
}

/*
 * A call is announced by the first byte of the calling area, which is cleared
 * in the area that the call was made from.  Without one there is nothing to do.
 */
void guest_svsm_run(unsigned int vcpu)
{
	struct svsm_call c = {
		.vcpu = vcpu,
		.rax = cpu_get(REG_RAX),
		.rcx = cpu_get(REG_RCX),
		.rdx = cpu_get(REG_RDX),
		.r8 = cpu_get(REG_R8),
		.r9 = cpu_get(REG_R9),
	};
	uint64_t rax = c.rax, result;
	enum guest_trick trick = guest_fault_strike(HOOK_SVSM, c.rax, NULL);
	struct svsm_vcpu *self;
	struct snp_svsm_ca *ca = NULL;

	if (trick == TRICK_SVSM_SKIP)
		return;
	pthread_mutex_lock(&svsm_mutex);
	self = svsm_running(vcpu);
	if (self)
		ca = svsm_guest_memory(self->caa_gpa, sizeof(*ca), GUEST_PERMS);
	if (!ca || __atomic_load_n(&ca->call_pending, __ATOMIC_ACQUIRE) != 1) {
		pthread_mutex_unlock(&svsm_mutex);
		count("svsm.no_call");
		return;
	}
	result = trick == TRICK_SVSM_BUSY ? SNP_SVSM_BUSY : serve(&c);
	__atomic_store_n(&ca->call_pending, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&svsm_mutex);

	count_call(rax, result);
	cpu_set(REG_RAX, result);
	cpu_set(REG_RCX, c.rcx);
	cpu_set(REG_RDX, c.rdx);
	cpu_set(REG_R8, c.r8);
	cpu_set(REG_R9, c.r9);
}
