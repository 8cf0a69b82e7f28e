/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: tricks of a hostile hypervisor, by name, and when they strike.
 * Pure; tested without QEMU.
 *
 * A trick belongs to one hook: a place where the hypervisor could cheat.  What
 * is armed is asked for at every event there and strikes or not; the files
 * that serve the events carry the trick out.
 */
#ifndef SOFTSNP_CPU_GUEST_TRICKS_H
#define SOFTSNP_CPU_GUEST_TRICKS_H

#include <stdbool.h>
#include <stdint.h>

/* Exits to the port for tests are an event of their own... */
#define GUEST_EVENT_PROBE	0xffff5e51ULL
/* ... and the kernel's own RDTSC is none: its clock would stop. */
#define GUEST_EVENT_KERNEL_TSC	0xffff0000ULL

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
 * @HOOK_SVSM: the SVSM about to be run; protocol and call
 */
enum guest_hook {
	HOOK_MSR, HOOK_EXIT, HOOK_ANSWER, HOOK_PSC, HOOK_REQUEST, HOOK_RESPONSE, HOOK_CERTS,
	HOOK_PVALIDATE, HOOK_VC, HOOK_CPUID, HOOK_SVSM,
	NR_HOOKS,
};

/* What each does stands in guest_fault.c. */
enum guest_trick {
	TRICK_MSR_SILENT, TRICK_MSR_CODE, TRICK_MSR_DATA, TRICK_MSR_VERSION_LOW,
	TRICK_MSR_VERSION_HIGH, TRICK_MSR_VERSION_EMPTY, TRICK_MSR_CBIT,
	TRICK_MSR_FEATURES_NONE, TRICK_MSR_FEATURES_ALL, TRICK_MSR_NMI,
	TRICK_EXIT_SILENT, TRICK_EXIT_MALFORMED, TRICK_EXIT_UNREGISTERED,
	TRICK_GHCB_INVALID, TRICK_GHCB_ALL_VALID, TRICK_GHCB_INFO1, TRICK_GHCB_INFO1_HIGH,
	TRICK_GHCB_INFO2, TRICK_GHCB_REGS, TRICK_GHCB_RAISE_GP, TRICK_GHCB_RAISE_UD,
	TRICK_GHCB_RAISE_PF, TRICK_GHCB_RAISE_NMI, TRICK_GHCB_RAISE_NONE, TRICK_RACE_GHCB,
	TRICK_NMI,
	TRICK_PSC_REFUSE, TRICK_PSC_HEADER, TRICK_PSC_ENTRY, TRICK_PSC_LIE, TRICK_PSC_HALF,
	TRICK_PSC_HALF_FAIL, TRICK_PSC_STALL, TRICK_PSC_SHORT, TRICK_PSC_LONG, TRICK_PSC_BACK,
	TRICK_PSC_AGAIN, TRICK_PSC_HUGE, TRICK_PSC_RESERVED, TRICK_PSC_ENTRIES,
	TRICK_REQ_BUSY, TRICK_REQ_BUSY_FW, TRICK_REQ_REFUSE, TRICK_REQ_STATUS,
	TRICK_REQ_LENGTH, TRICK_REQ_LOST, TRICK_REQ_TWICE, TRICK_REQ_FLIP, TRICK_REQ_OLD,
	TRICK_MSG_FLIP, TRICK_MSG_FLIP_TAG, TRICK_MSG_SEQNO, TRICK_MSG_SEQNO_HIGH,
	TRICK_MSG_REPLAY, TRICK_MSG_REFLECT, TRICK_MSG_DROP, TRICK_MSG_TYPE, TRICK_MSG_VERSION,
	TRICK_MSG_VMPCK, TRICK_MSG_ALGO, TRICK_MSG_HEADER, TRICK_MSG_RESERVED, TRICK_MSG_EMPTY,
	TRICK_MSG_SHORT, TRICK_MSG_HUGE, TRICK_RACE_RESPONSE,
	TRICK_CERT_ZERO, TRICK_CERT_SAME, TRICK_CERT_MORE, TRICK_CERT_HUGE, TRICK_CERT_GARBAGE,
	TRICK_RACE_CERTS,
	TRICK_PAGE_REMAP, TRICK_PAGE_BACK, TRICK_PAGE_ALIAS,
	TRICK_VC_CODE_USER, TRICK_VC_CODE_KERNEL,
	TRICK_CPUID_LIE,
	TRICK_SVSM_SKIP, TRICK_SVSM_BUSY,
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

/* guest_race.c: can the hypervisor change what the guest has read. */
bool guest_race_possible(void);

#endif /* SOFTSNP_CPU_GUEST_TRICKS_H */
