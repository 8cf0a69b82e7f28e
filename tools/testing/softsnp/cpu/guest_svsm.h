/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: what the files of the SVSM share.
 */
#ifndef SOFTSNP_CPU_GUEST_SVSM_H
#define SOFTSNP_CPU_GUEST_SVSM_H

#include "guest.h"
#include "guest_svsm_proto.h"

/* Registers of a call, in and out. */
struct svsm_call {
	unsigned int vcpu;
	uint64_t rax, rcx, rdx, r8, r9;
};

/**
 * svsm_guest_memory() - memory that the guest itself may use so
 * @gpa: any alignment
 * @len: bytes, not 0
 * @perms: SNP_RMP_PERM_*: the guest cannot have the SVSM do what it may not
 *
 * Return: the memory; NULL: not private and validated, or not the guest's.
 */
void *svsm_guest_memory(uint64_t gpa, uint64_t len, uint64_t perms);

/* Does the range touch memory of the SVSM's own, or pages that it works on. */
bool svsm_guest_may_change(uint64_t gpa, uint64_t len);

/* Protocols; each sets output registers and returns SNP_SVSM_*. */
uint64_t svsm_core(struct svsm_call *c);
uint64_t svsm_attest(struct svsm_call *c);
uint64_t svsm_vtpm(struct svsm_call *c);

/* guest_svsm.c: vCPUs and their calling areas. */
struct svsm_vcpu {
	uint64_t vmsa_gpa;	/* 0: unused; the first vCPU's VMSA is not in RAM */
	uint64_t caa_gpa;
	uint32_t apic_id;
};

#define SVSM_MAX_VCPUS	32
extern struct svsm_vcpu svsm_vcpus[SVSM_MAX_VCPUS];
/* The entry that the vCPU runs with, or NULL. */
struct svsm_vcpu *svsm_running(unsigned int vcpu);
struct svsm_vcpu *svsm_find_vmsa(uint64_t vmsa_gpa);
bool svsm_is_caa(uint64_t gpa);

/* guest_svsm_attest.c: the SVSM's own key. */
void svsm_attest_start(const uint8_t *vmpck0);

/* guest_svsm_vtpm.c */
bool svsm_vtpm_present(void);
/* Public part of the endorsement key; NULL: there is no vTPM, or it does not answer. */
const uint8_t *svsm_vtpm_manifest(size_t *len);

#endif /* SOFTSNP_CPU_GUEST_SVSM_H */
