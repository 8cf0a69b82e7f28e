/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: tricks of a hostile hypervisor, by name.
 *
 * A trick belongs to one hook: a place where the hypervisor could cheat.  What
 * is armed is asked for at every event there and strikes or not; the files
 * that serve the events carry the trick out.
 */
#ifndef SOFTSNP_CPU_GUEST_FAULT_H
#define SOFTSNP_CPU_GUEST_FAULT_H

#include "guest.h"

/**
 * enum guest_hook - where tricks strike, with what tells events apart
 * @HOOK_MSR: answer of the MSR protocol; the request's code
 * @HOOK_EXIT: exit through the GHCB page, before it is served; its code
 * @HOOK_ANSWER: the same, about to go back to the guest
 * @HOOK_PSC: page state change list; 0
 * @HOOK_REQUEST: guest message on its way to the firmware; the exit's code
 * @HOOK_RESPONSE: and back
 * @HOOK_CERTS: certificates of an extended request; 0
 * @HOOK_PVALIDATE: PVALIDATE about to execute; 0 rescinds, 1 validates
 * @HOOK_VC: #VC about to be raised; its error code
 * @HOOK_CPUID: CPUID asked from the hypervisor; 0
 */
enum guest_hook {
	HOOK_MSR, HOOK_EXIT, HOOK_ANSWER, HOOK_PSC, HOOK_REQUEST, HOOK_RESPONSE, HOOK_CERTS,
	HOOK_PVALIDATE, HOOK_VC, HOOK_CPUID,
	NR_HOOKS,
};

/*
 * T(id, name, hook, in the random mix, what the hypervisor does).  Not in the
 * mix: what ends the guest, what lasts, and what needs more than one request.
 */
#define GUEST_TRICKS(T) \
	T(MSR_SILENT, "msr-silent", HOOK_MSR, 1, "does not know the request") \
	T(MSR_CODE, "msr-code", HOOK_MSR, 1, "answers another request") \
	T(MSR_DATA, "msr-data", HOOK_MSR, 1, "answers with random data") \
	T(MSR_VERSION_LOW, "msr-version-low", HOOK_MSR, 1, "speaks protocol 1 only") \
	T(MSR_VERSION_HIGH, "msr-version-high", HOOK_MSR, 1, "speaks protocols 3 to 7") \
	T(MSR_VERSION_EMPTY, "msr-version-empty", HOOK_MSR, 1, "speaks protocols 2 to 1") \
	T(MSR_CBIT, "msr-cbit", HOOK_MSR, 1, "lies about the position of the C-bit") \
	T(MSR_FEATURES_NONE, "msr-features-none", HOOK_MSR, 1, "claims no feature at all") \
	T(MSR_FEATURES_ALL, "msr-features-all", HOOK_MSR, 1, "claims every feature") \
	T(EXIT_SILENT, "exit-silent", HOOK_EXIT, 1, "resumes the guest and changes nothing") \
	T(EXIT_MALFORMED, "exit-malformed", HOOK_EXIT, 1, "calls a good exit malformed") \
	T(EXIT_UNREGISTERED, "exit-unregistered", HOOK_EXIT, 1, "calls the GHCB unregistered") \
	T(GHCB_INVALID, "ghcb-invalid", HOOK_ANSWER, 1, "marks nothing valid") \
	T(GHCB_ALL_VALID, "ghcb-all-valid", HOOK_ANSWER, 1, "marks everything valid") \
	T(GHCB_INFO1, "ghcb-info1", HOOK_ANSWER, 1, "SW_EXITINFO1 has a value that does not exist") \
	T(GHCB_INFO1_HIGH, "ghcb-info1-high", HOOK_ANSWER, 1, "the upper half of SW_EXITINFO1 is set") \
	T(GHCB_INFO2, "ghcb-info2", HOOK_ANSWER, 1, "SW_EXITINFO2 is random") \
	T(GHCB_REGS, "ghcb-regs", HOOK_ANSWER, 1, "RAX, RBX, RCX and RDX are random") \
	T(GHCB_RAISE_GP, "ghcb-raise-gp", HOOK_ANSWER, 1, "asks for #GP") \
	T(GHCB_RAISE_UD, "ghcb-raise-ud", HOOK_ANSWER, 1, "asks for #UD") \
	T(GHCB_RAISE_PF, "ghcb-raise-pf", HOOK_ANSWER, 1, "asks for #PF, which it may not") \
	T(GHCB_RAISE_NMI, "ghcb-raise-nmi", HOOK_ANSWER, 1, "asks for an NMI, which it may not") \
	T(GHCB_RAISE_NONE, "ghcb-raise-none", HOOK_ANSWER, 1, "asks for an event that is not valid") \
	T(RACE_GHCB, "race-ghcb", HOOK_ANSWER, 1, "changes what the guest has read from the GHCB") \
	T(PSC_REFUSE, "psc-refuse", HOOK_PSC, 1, "fails the list") \
	T(PSC_HEADER, "psc-header", HOOK_PSC, 1, "calls the header invalid") \
	T(PSC_ENTRY, "psc-entry", HOOK_PSC, 1, "calls an entry invalid") \
	T(PSC_LIE, "psc-lie", HOOK_PSC, 1, "claims it is done, does it when the page is touched") \
	T(PSC_HALF, "psc-half", HOOK_PSC, 1, "does half of the list and stops without error") \
	T(PSC_HALF_FAIL, "psc-half-fail", HOOK_PSC, 1, "does half of the list and fails") \
	T(PSC_STALL, "psc-stall", HOOK_PSC, 0, "stops without progress") \
	T(PSC_SHORT, "psc-short", HOOK_PSC, 1, "shortens the list, does that much") \
	T(PSC_LONG, "psc-long", HOOK_PSC, 1, "lengthens the list") \
	T(PSC_BACK, "psc-back", HOOK_PSC, 1, "does half, then moves the cursor back") \
	T(PSC_AGAIN, "psc-again", HOOK_PSC, 1, "does all, wants the last entries again") \
	T(PSC_HUGE, "psc-huge", HOOK_PSC, 1, "cursor 0xffff, nothing is done until touched") \
	T(PSC_RESERVED, "psc-reserved", HOOK_PSC, 1, "sets the reserved field") \
	T(PSC_ENTRIES, "psc-entries", HOOK_PSC, 1, "rewrites the entries in the answer") \
	T(REQ_BUSY, "req-busy", HOOK_REQUEST, 0, "throttles") \
	T(REQ_BUSY_FW, "req-busy-fw", HOOK_REQUEST, 1, "throttles, with a firmware status") \
	T(REQ_REFUSE, "req-refuse", HOOK_REQUEST, 1, "fails the request") \
	T(REQ_STATUS, "req-status", HOOK_REQUEST, 1, "makes up a firmware status") \
	T(REQ_LENGTH, "req-length", HOOK_REQUEST, 1, "wants more room for certificates") \
	T(REQ_LOST, "req-lost", HOOK_REQUEST, 1, "claims success, the firmware saw nothing") \
	T(REQ_TWICE, "req-twice", HOOK_REQUEST, 1, "gives the request to the firmware twice") \
	T(REQ_FLIP, "req-flip", HOOK_REQUEST, 1, "flips a bit of the request") \
	T(REQ_OLD, "req-old", HOOK_REQUEST, 1, "gives the firmware the request before") \
	T(MSG_FLIP, "msg-flip", HOOK_RESPONSE, 1, "flips a bit of the response") \
	T(MSG_FLIP_TAG, "msg-flip-tag", HOOK_RESPONSE, 1, "flips a bit of its tag") \
	T(MSG_SEQNO, "msg-seqno", HOOK_RESPONSE, 1, "renumbers the response") \
	T(MSG_SEQNO_HIGH, "msg-seqno-high", HOOK_RESPONSE, 1, "sets bit 32 of its number") \
	T(MSG_REPLAY, "msg-replay", HOOK_RESPONSE, 1, "gives the response before") \
	T(MSG_REFLECT, "msg-reflect", HOOK_RESPONSE, 1, "gives the request back as response") \
	T(MSG_DROP, "msg-drop", HOOK_RESPONSE, 1, "swallows the response") \
	T(MSG_TYPE, "msg-type", HOOK_RESPONSE, 1, "gives it another type") \
	T(MSG_VERSION, "msg-version", HOOK_RESPONSE, 1, "gives it another version") \
	T(MSG_VMPCK, "msg-vmpck", HOOK_RESPONSE, 1, "gives it another VMPCK") \
	T(MSG_ALGO, "msg-algo", HOOK_RESPONSE, 1, "gives it another algorithm") \
	T(MSG_HEADER, "msg-header", HOOK_RESPONSE, 1, "gives it a longer header") \
	T(MSG_RESERVED, "msg-reserved", HOOK_RESPONSE, 1, "sets reserved bytes of its header") \
	T(MSG_EMPTY, "msg-empty", HOOK_RESPONSE, 1, "says that it has no payload") \
	T(MSG_SHORT, "msg-short", HOOK_RESPONSE, 1, "cuts its payload") \
	T(MSG_HUGE, "msg-huge", HOOK_RESPONSE, 1, "says that its payload is 65,535 bytes long") \
	T(RACE_RESPONSE, "race-response", HOOK_RESPONSE, 1, \
	  "changes what the guest has read of the response") \
	T(CERT_ZERO, "cert-zero", HOOK_CERTS, 1, "wants more room: 0 pages") \
	T(CERT_SAME, "cert-same", HOOK_CERTS, 1, "wants more room: as much as it was given") \
	T(CERT_MORE, "cert-more", HOOK_CERTS, 1, "wants a page more than it was given") \
	T(CERT_HUGE, "cert-huge", HOOK_CERTS, 1, "wants 2^52 pages") \
	T(CERT_GARBAGE, "cert-garbage", HOOK_CERTS, 1, "fills the certificates with garbage") \
	T(RACE_CERTS, "race-certs", HOOK_CERTS, 1, \
	  "changes what the guest has read of the certificates") \
	T(PAGE_REMAP, "page-remap", HOOK_PVALIDATE, 1, "puts another page there, not validated") \
	T(PAGE_BACK, "page-back", HOOK_PVALIDATE, 1, \
	  "puts a page there that the guest has validated before") \
	T(PAGE_ALIAS, "page-alias", HOOK_PVALIDATE, 0, "maps it to a page that has another address") \
	T(VC_CODE_USER, "vc-code-user", HOOK_VC, 0, "wrong #VC error code, in user mode") \
	T(VC_CODE_KERNEL, "vc-code-kernel", HOOK_VC, 0, "wrong #VC error code, in kernel mode") \
	T(CPUID_LIE, "cpuid-lie", HOOK_CPUID, 0, "answers CPUID with nonsense")

enum guest_trick {
#define T(id, name, hook, random, what) TRICK_##id,
	GUEST_TRICKS(T)
#undef T
	NR_TRICKS,
	TRICK_NONE = NR_TRICKS,
};

/**
 * guest_fault_arm() - arm a trick
 * @spec: NAME[@EVENT][:FIRST[:TIMES]], or random:SEED.  Strikes from the
 *	FIRSTth event on (default 1), TIMES times (default and 0: always)
 *
 * Return: NULL, or what is wrong with @spec.
 */
const char *guest_fault_arm(const char *spec);
/* Nothing is armed afterwards.  Returns how often tricks struck since the last call. */
unsigned int guest_fault_disarm(void);

/**
 * guest_fault_strike() - which trick strikes at this event
 * @hook: where
 * @event: what tells events of the hook apart
 * @possible: bit for each trick that makes sense now; NULL: all
 *
 * Return: the trick, counted and logged, or TRICK_NONE.
 */
enum guest_trick guest_fault_strike(enum guest_hook hook, uint64_t event,
				    bool (*possible)(enum guest_trick trick));

/* Random numbers for what a trick makes up; the same for the same seed. */
uint64_t guest_fault_random(void);

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
void guest_fault_pvalidate(void);
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
