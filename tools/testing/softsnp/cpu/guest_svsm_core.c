// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: core protocol of the SVSM: calling areas, page validation, vCPUs
 * (AMD 58019).
 *
 * Not offered: memory deposits (the model needs none) and vTOM.
 */
#include <string.h>

#include "guest_fault.h"
#include "guest_svsm.h"

#define SIZE_2M		0x200000ULL
#define PAGE_OFFSET	(SNP_PAGE_SIZE - 1ULL)
#define GUEST_RW	(SNP_RMP_PERM_READ | SNP_RMP_PERM_WRITE)
#define GUEST_PERMS	(GUEST_RW | SNP_RMP_PERM_EXEC_USER | SNP_RMP_PERM_EXEC_KERNEL)
#define EFER_SVME	BIT_ULL(12)
/* CONFIGURE_VTOM: only ask whether it could be. */
#define VTOM_QUERY	BIT_ULL(0)

/* What the guest's VMPL may do with a page; RMPADJUST's code. */
static uint32_t permit(uint64_t gpa, bool size_2m, uint64_t perms, bool vmsa)
{
	uint64_t rdx = FIELD_PREP(SNP_RMPADJUST_VMPL, (uint64_t)guest_config.vmpl) |
		       FIELD_PREP(SNP_RMPADJUST_PERMS, perms) | (vmsa ? SNP_RMPADJUST_VMSA : 0);
	uint32_t eax;

	if (!guest_page_rmpadjust(gpa, size_2m, 0, rdx, &eax))
		guest_nested_fault("RMPADJUST of the SVSM", gpa, gpa, cpu_get(REG_RIP));
	return eax;
}

/*
 * The guest loses access before the page loses its state, and gets it once the
 * page is clean: whatever the hypervisor put there might have been the SVSM's.
 */
static uint64_t pvalidate_one(void *opaque, const struct svsm_pvalidate_op *op)
{
	uint64_t last = op->gpa + (op->size_2m ? SIZE_2M : SNP_PAGE_SIZE) - SNP_PAGE_SIZE;
	uint32_t eax = 0;
	bool carry;

	(void)opaque;
	if (!guest_page_has_state(op->gpa) || !guest_page_has_state(last) ||
	    !svsm_guest_may_change(op->gpa, last - op->gpa + SNP_PAGE_SIZE))
		return SNP_SVSM_INVALID_ADDRESS;
	if (!op->validate && guest_page_entry(op->gpa) & SNP_RMP_RAW_VALIDATED)
		eax = permit(op->gpa, op->size_2m, 0, false);
	if (eax)
		return SNP_SVSM_PROTOCOL_BASE + eax;

	guest_fault_pvalidate(op->gpa, op->size_2m, op->validate);
	if (!guest_page_pvalidate(op->gpa, op->size_2m, op->validate, &eax, &carry))
		guest_nested_fault("PVALIDATE of the SVSM", op->gpa, op->gpa, cpu_get(REG_RIP));
	if (eax)
		return SNP_SVSM_PROTOCOL_BASE + eax;
	if (carry && !op->ignore_cf)
		return SNP_SVSM_PVALIDATE_NO_CHANGE;
	if (!op->validate)
		return SNP_SVSM_SUCCESS;
	guest_page_rewrite(op->gpa, op->size_2m, true);
	eax = permit(op->gpa, op->size_2m, GUEST_PERMS, false);
	return eax ? SNP_SVSM_PROTOCOL_BASE + eax : SNP_SVSM_SUCCESS;
}

static uint64_t pvalidate(struct svsm_call *c)
{
	uint64_t page_gpa = c->rcx & ~PAGE_OFFSET, result;
	unsigned int offset = c->rcx & PAGE_OFFSET;
	uint8_t list[SNP_PAGE_SIZE], *page;
	struct snp_svsm_pvalidate *head;

	if (offset % 8)
		return SNP_SVSM_INVALID_PARAMETER;
	page = svsm_guest_memory(page_gpa, SNP_PAGE_SIZE, GUEST_RW);
	if (!page)
		return SNP_SVSM_INVALID_ADDRESS;
	memcpy(list, page, sizeof(list));
	result = svsm_pvalidate_run(list, offset, pvalidate_one, NULL);
	/* The page may be among those that lost their state. */
	page = svsm_guest_memory(page_gpa, SNP_PAGE_SIZE, GUEST_RW);
	if (page && offset <= SNP_PAGE_SIZE - sizeof(*head)) {
		head = (struct snp_svsm_pvalidate *)(list + offset);
		memcpy(page + offset + offsetof(struct snp_svsm_pvalidate, next), &head->next,
		       sizeof(head->next));
	}
	return result;
}

/* Neither a VMSA nor another vCPU's calling area; a vCPU may get a new VMSA. */
static bool free_for_caa(uint64_t gpa, uint32_t apic_id)
{
	unsigned int i;

	for (i = 0; i < SVSM_MAX_VCPUS; i++)
		if (svsm_vcpus[i].vmsa_gpa && svsm_vcpus[i].caa_gpa == gpa &&
		    svsm_vcpus[i].apic_id != apic_id)
			return false;
	return !svsm_find_vmsa(gpa);
}

static uint64_t remap_ca(struct svsm_call *c)
{
	struct svsm_vcpu *self = svsm_running(c->vcpu);
	uint8_t *ca;

	if (c->rcx & PAGE_OFFSET)
		return SNP_SVSM_INVALID_PARAMETER;
	ca = svsm_guest_memory(c->rcx, SNP_PAGE_SIZE, GUEST_RW);
	if (!ca)
		return SNP_SVSM_INVALID_ADDRESS;
	if (c->rcx == self->caa_gpa)
		return SNP_SVSM_SUCCESS;
	if (!free_for_caa(c->rcx, c->vcpu))
		return SNP_SVSM_INVALID_PARAMETER;
	memset(ca, 0, offsetof(struct snp_svsm_ca, buffer));
	self->caa_gpa = c->rcx;
	return SNP_SVSM_SUCCESS;
}

static uint64_t create_vcpu(struct svsm_call *c)
{
	uint64_t vmsa_gpa = c->rcx, caa_gpa = c->rdx;
	uint64_t apic_id = c->r8;
	struct svsm_vcpu *slot = NULL;
	struct snp_vmsa *vmsa;
	unsigned int i;

	if ((vmsa_gpa | caa_gpa) & PAGE_OFFSET || vmsa_gpa == caa_gpa ||
	    !svsm_guest_memory(caa_gpa, SNP_PAGE_SIZE, GUEST_RW))
		return SNP_SVSM_INVALID_ADDRESS;
	vmsa = svsm_guest_memory(vmsa_gpa, SNP_PAGE_SIZE, GUEST_RW);
	if (!vmsa)
		return SNP_SVSM_INVALID_ADDRESS;
	/* U: bits 63:32 of R8; known SVSMs do not look at them. */
	if (apic_id >= cpu_count() || svsm_is_caa(vmsa_gpa) || !free_for_caa(caa_gpa, apic_id))
		return SNP_SVSM_INVALID_PARAMETER;
	for (i = 0; i < SVSM_MAX_VCPUS && !slot; i++)
		if (!svsm_vcpus[i].vmsa_gpa)
			slot = &svsm_vcpus[i];
	if (!slot)
		return SNP_SVSM_INVALID_REQUEST;

	/* From here on the guest cannot change what is checked. */
	if (permit(vmsa_gpa, false, 0, false))
		return SNP_SVSM_INVALID_REQUEST;
	if (vmsa->vmpl != guest_config.vmpl || !(vmsa->efer & EFER_SVME) ||
	    vmsa->sev_features != GUEST_SEV_FEATURES) {
		permit(vmsa_gpa, false, GUEST_PERMS, false);
		return SNP_SVSM_INVALID_PARAMETER;
	}
	permit(vmsa_gpa, false, SNP_RMP_PERM_READ, true);
	*slot = (struct svsm_vcpu){ vmsa_gpa, caa_gpa, apic_id };
	return SNP_SVSM_SUCCESS;
}

static uint64_t delete_vcpu(struct svsm_call *c)
{
	struct svsm_vcpu *v = svsm_find_vmsa(c->rcx);
	struct snp_vmsa *vmsa;

	/* The first vCPU's VMSA is none of the guest's pages. */
	if (!v || v->vmsa_gpa == SNP_VMSA_GPA)
		return SNP_SVSM_INVALID_PARAMETER;
	/* U: the code for a VMSA that is in use. */
	if (guest_ap_runs_from(v->vmsa_gpa))
		return SNP_SVSM_INVALID_REQUEST;
	vmsa = cpu_ram(v->vmsa_gpa, SNP_PAGE_SIZE);
	vmsa->efer &= ~EFER_SVME;
	permit(v->vmsa_gpa, false, GUEST_PERMS, false);
	memset(v, 0, sizeof(*v));
	return SNP_SVSM_SUCCESS;
}

uint64_t svsm_core(struct svsm_call *c)
{
	switch (FIELD_GET(SNP_SVSM_RAX_CALL, c->rax)) {
	case SNP_SVSM_CORE_REMAP_CA:
		return remap_ca(c);
	case SNP_SVSM_CORE_PVALIDATE:
		return pvalidate(c);
	case SNP_SVSM_CORE_CREATE_VCPU:
		return create_vcpu(c);
	case SNP_SVSM_CORE_DELETE_VCPU:
		return delete_vcpu(c);
	case SNP_SVSM_CORE_QUERY_PROTOCOL:
		c->rcx = svsm_query(c->rcx, svsm_vtpm_present());
		return SNP_SVSM_SUCCESS;
	case SNP_SVSM_CORE_CONFIGURE_VTOM:
		if (!(c->rcx & VTOM_QUERY))
			return SNP_SVSM_INVALID_REQUEST;
		c->rcx = 0;
		return SNP_SVSM_SUCCESS;
	}
	return SNP_SVSM_UNSUPPORTED_CALL;
}
