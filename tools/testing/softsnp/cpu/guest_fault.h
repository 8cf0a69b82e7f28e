/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: where a hostile hypervisor plays its tricks.
 */
#ifndef SOFTSNP_CPU_GUEST_FAULT_H
#define SOFTSNP_CPU_GUEST_FAULT_H

#include "guest.h"
#include "guest_tricks.h"

/* guest_fault_msg.c: guest messages and certificates. */
struct snp_msg;

/**
 * guest_fault_request() - a message on its way to the firmware
 * @v: vCPU whose exit it is
 * @request: what the guest wrote; may change
 * @response: receives the firmware's answer
 *
 * Does not return when the hypervisor answers itself.
 *
 * Return: the firmware's status.
 */
uint32_t guest_fault_request(struct guest_vcpu *v, struct snp_msg *request,
			     struct snp_msg *response);
void guest_fault_response(struct guest_vcpu *v, const struct snp_msg *request,
			  struct snp_msg *response, uint64_t response_gpa);
/* True: written by a trick.  Does not return when the exit ends here. */
bool guest_fault_certs(struct guest_vcpu *v, uint64_t gpa, uint64_t nr_pages);

/* guest_fault_exit.c: MSR protocol, GHCB page, #VC, CPUID. */
void guest_fault_msr(struct guest_vcpu *v, uint64_t request);
void guest_fault_exit(struct guest_vcpu *v);
void guest_fault_answer(struct guest_vcpu *v, struct snp_ghcb *page);
uint32_t guest_fault_vc(uint32_t code);
struct cpuid_result;
void guest_fault_cpuid(struct cpuid_result *r);
/* #VC at an address, in code that was not translated before. */
void guest_fault_inject(uint64_t va, uint32_t code);
bool guest_fault_inject_wants(const struct insn *in);
void guest_fault_inject_exec(const struct insn *in);

/* guest_fault_page.c: page states. */
bool guest_fault_psc(struct snp_psc_desc *list, unsigned int max_entries, uint64_t *info2);
/* PVALIDATE is about to execute on a page that is mapped private. */
void guest_fault_pvalidate(uint64_t gpa, bool size_2m, bool validate);
/* The guest touches a page whose change was only claimed: now it happens. */
bool guest_fault_touch(uint64_t gpa, bool private_);
/* guest_ghcb.c: carries out an entry of a list, for psc_process(). */
bool guest_psc_change(void *opaque, uint64_t gpa, bool size_2m, bool private_);

/* guest_race.c: changes shared memory behind the guest's reads; needs check=1. */
void guest_race_start(unsigned int vcpu, uint64_t gpa, uint64_t len, bool any_exit);
void guest_race_stop(unsigned int vcpu, bool request);
extern unsigned int guest_races;
void guest_race_loaded(uint64_t gpa, size_t len);

#endif /* SOFTSNP_CPU_GUEST_FAULT_H */
