// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: what a hostile hypervisor does on demand: arming tricks, alone
 * or as a seeded mix, and deciding when they strike.
 *
 * In a mix each hook draws from a stream of its own, numbered by the events of
 * that hook, so that a seed means the same however the vCPUs interleave.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <snp/ghcb.h>
#include <snp/svsm.h>

#include "core.h"
#include "guest_tricks.h"

#define MAX_ARMED	8
/* One event in so many meets a trick of the mix: fewer where there are many. */
static const unsigned int one_in[NR_HOOKS] = {
	[HOOK_MSR] = 8,
	[HOOK_EXIT] = 12,
	[HOOK_ANSWER] = 6,
	[HOOK_PSC] = 4,
	[HOOK_REQUEST] = 8,
	[HOOK_RESPONSE] = 8,
	[HOOK_CERTS] = 3,
	[HOOK_PVALIDATE] = 40,
};

/*
 * Not in the mix: what ends the guest, what lasts, and what strikes programs.
 */
static const struct {
	const char *name;
	enum guest_hook hook;
	bool in_mix;
	const char *what;
} tricks[NR_TRICKS] = {
	[TRICK_MSR_SILENT] = { "msr-silent", HOOK_MSR, true, "does not know the request" },
	[TRICK_MSR_CODE] = { "msr-code", HOOK_MSR, true, "answers another request" },
	[TRICK_MSR_DATA] = { "msr-data", HOOK_MSR, true, "answers with random data" },
	[TRICK_MSR_VERSION_LOW] = { "msr-version-low", HOOK_MSR, true, "speaks protocol 1 only" },
	[TRICK_MSR_VERSION_HIGH] = { "msr-version-high", HOOK_MSR, true,
		"speaks protocols 3 to 7" },
	[TRICK_MSR_VERSION_EMPTY] = { "msr-version-empty", HOOK_MSR, true,
		"speaks protocols 2 to 1" },
	[TRICK_MSR_CBIT] = { "msr-cbit", HOOK_MSR, true, "lies about the position of the C-bit" },
	[TRICK_MSR_FEATURES_NONE] = { "msr-features-none", HOOK_MSR, true,
		"claims no feature at all" },
	[TRICK_MSR_FEATURES_ALL] = { "msr-features-all", HOOK_MSR, true, "claims every feature" },
	[TRICK_MSR_NMI] = { "msr-nmi", HOOK_MSR, true, "injects an NMI on top of its answer" },
	[TRICK_EXIT_SILENT] = { "exit-silent", HOOK_EXIT, true,
		"resumes the guest and changes nothing" },
	[TRICK_EXIT_MALFORMED] = { "exit-malformed", HOOK_EXIT, true,
		"calls a good exit malformed" },
	[TRICK_EXIT_UNREGISTERED] = { "exit-unregistered", HOOK_EXIT, true,
		"calls the GHCB unregistered" },
	[TRICK_GHCB_INVALID] = { "ghcb-invalid", HOOK_ANSWER, true, "marks nothing valid" },
	[TRICK_GHCB_ALL_VALID] = { "ghcb-all-valid", HOOK_ANSWER, true, "marks everything valid" },
	[TRICK_GHCB_INFO1] = { "ghcb-info1", HOOK_ANSWER, true,
		"SW_EXITINFO1 has a value that does not exist" },
	[TRICK_GHCB_INFO1_HIGH] = { "ghcb-info1-high", HOOK_ANSWER, true,
		"the upper half of SW_EXITINFO1 is set" },
	[TRICK_GHCB_INFO2] = { "ghcb-info2", HOOK_ANSWER, true, "SW_EXITINFO2 is random" },
	[TRICK_GHCB_REGS] = { "ghcb-regs", HOOK_ANSWER, true, "RAX, RBX, RCX and RDX are random" },
	[TRICK_GHCB_RAISE_GP] = { "ghcb-raise-gp", HOOK_ANSWER, true, "asks for #GP" },
	[TRICK_GHCB_RAISE_UD] = { "ghcb-raise-ud", HOOK_ANSWER, true, "asks for #UD" },
	[TRICK_GHCB_RAISE_PF] = { "ghcb-raise-pf", HOOK_ANSWER, true,
		"asks for #PF, which it may not" },
	[TRICK_GHCB_RAISE_NMI] = { "ghcb-raise-nmi", HOOK_ANSWER, true,
		"asks for an NMI, which it may not" },
	[TRICK_GHCB_RAISE_NONE] = { "ghcb-raise-none", HOOK_ANSWER, true,
		"asks for an event that is not valid" },
	[TRICK_RACE_GHCB] = { "race-ghcb", HOOK_ANSWER, true,
		"changes what the guest has read from the GHCB" },
	[TRICK_NMI] = { "nmi", HOOK_ANSWER, true, "injects an NMI on top of its answer" },
	[TRICK_PSC_REFUSE] = { "psc-refuse", HOOK_PSC, true, "fails the list" },
	[TRICK_PSC_HEADER] = { "psc-header", HOOK_PSC, true, "calls the header invalid" },
	[TRICK_PSC_ENTRY] = { "psc-entry", HOOK_PSC, true, "calls an entry invalid" },
	[TRICK_PSC_LIE] = { "psc-lie", HOOK_PSC, true,
		"claims it is done, does it when the page is touched" },
	[TRICK_PSC_HALF] = { "psc-half", HOOK_PSC, true,
		"does half of the list and stops without error" },
	[TRICK_PSC_HALF_FAIL] = { "psc-half-fail", HOOK_PSC, true,
		"does half of the list and fails" },
	[TRICK_PSC_STALL] = { "psc-stall", HOOK_PSC, false, "stops without progress" },
	[TRICK_PSC_SHORT] = { "psc-short", HOOK_PSC, true, "shortens the list, does that much" },
	[TRICK_PSC_LONG] = { "psc-long", HOOK_PSC, true, "lengthens the list" },
	[TRICK_PSC_BACK] = { "psc-back", HOOK_PSC, true, "does half, then moves the cursor back" },
	[TRICK_PSC_AGAIN] = { "psc-again", HOOK_PSC, true,
		"does all, wants the last entries again" },
	[TRICK_PSC_HUGE] = { "psc-huge", HOOK_PSC, true,
		"cursor 0xffff, nothing is done until touched" },
	[TRICK_PSC_RESERVED] = { "psc-reserved", HOOK_PSC, true, "sets the reserved field" },
	[TRICK_PSC_ENTRIES] = { "psc-entries", HOOK_PSC, true,
		"rewrites the entries in the answer" },
	[TRICK_REQ_BUSY] = { "req-busy", HOOK_REQUEST, false, "throttles" },
	[TRICK_REQ_BUSY_FW] = { "req-busy-fw", HOOK_REQUEST, true,
		"throttles, with a firmware status" },
	[TRICK_REQ_REFUSE] = { "req-refuse", HOOK_REQUEST, true, "fails the request" },
	[TRICK_REQ_STATUS] = { "req-status", HOOK_REQUEST, true, "makes up a firmware status" },
	[TRICK_REQ_LENGTH] = { "req-length", HOOK_REQUEST, true,
		"wants more room for certificates" },
	[TRICK_REQ_LOST] = { "req-lost", HOOK_REQUEST, true,
		"claims success, the firmware saw nothing" },
	[TRICK_REQ_TWICE] = { "req-twice", HOOK_REQUEST, true,
		"gives the request to the firmware twice" },
	[TRICK_REQ_FLIP] = { "req-flip", HOOK_REQUEST, true, "flips a bit of the request" },
	[TRICK_REQ_OLD] = { "req-old", HOOK_REQUEST, true,
		"gives the firmware the request before" },
	[TRICK_MSG_FLIP] = { "msg-flip", HOOK_RESPONSE, true, "flips a bit of the response" },
	[TRICK_MSG_FLIP_TAG] = { "msg-flip-tag", HOOK_RESPONSE, true, "flips a bit of its tag" },
	[TRICK_MSG_SEQNO] = { "msg-seqno", HOOK_RESPONSE, true, "renumbers the response" },
	[TRICK_MSG_SEQNO_HIGH] = { "msg-seqno-high", HOOK_RESPONSE, true,
		"sets bit 32 of its number" },
	[TRICK_MSG_REPLAY] = { "msg-replay", HOOK_RESPONSE, true, "gives the response before" },
	[TRICK_MSG_REFLECT] = { "msg-reflect", HOOK_RESPONSE, true,
		"gives the request back as response" },
	[TRICK_MSG_DROP] = { "msg-drop", HOOK_RESPONSE, true, "swallows the response" },
	[TRICK_MSG_TYPE] = { "msg-type", HOOK_RESPONSE, true, "gives it another type" },
	[TRICK_MSG_VERSION] = { "msg-version", HOOK_RESPONSE, true, "gives it another version" },
	[TRICK_MSG_VMPCK] = { "msg-vmpck", HOOK_RESPONSE, true, "gives it another VMPCK" },
	[TRICK_MSG_ALGO] = { "msg-algo", HOOK_RESPONSE, true, "gives it another algorithm" },
	[TRICK_MSG_HEADER] = { "msg-header", HOOK_RESPONSE, true, "gives it a longer header" },
	[TRICK_MSG_RESERVED] = { "msg-reserved", HOOK_RESPONSE, true,
		"sets reserved bytes of its header" },
	[TRICK_MSG_EMPTY] = { "msg-empty", HOOK_RESPONSE, true, "says that it has no payload" },
	[TRICK_MSG_SHORT] = { "msg-short", HOOK_RESPONSE, true, "cuts its payload" },
	[TRICK_MSG_HUGE] = { "msg-huge", HOOK_RESPONSE, true,
		"says that its payload is 65,535 bytes long" },
	[TRICK_RACE_RESPONSE] = { "race-response", HOOK_RESPONSE, true,
		"changes what the guest has read of the response" },
	[TRICK_CERT_ZERO] = { "cert-zero", HOOK_CERTS, true, "wants more room: 0 pages" },
	[TRICK_CERT_SAME] = { "cert-same", HOOK_CERTS, true,
		"wants more room: as much as it was given" },
	[TRICK_CERT_MORE] = { "cert-more", HOOK_CERTS, true,
		"wants a page more than it was given" },
	[TRICK_CERT_HUGE] = { "cert-huge", HOOK_CERTS, true, "wants 2^52 pages" },
	[TRICK_CERT_GARBAGE] = { "cert-garbage", HOOK_CERTS, true,
		"fills the certificates with garbage" },
	[TRICK_RACE_CERTS] = { "race-certs", HOOK_CERTS, true,
		"changes what the guest has read of the certificates" },
	[TRICK_PAGE_REMAP] = { "page-remap", HOOK_PVALIDATE, true,
		"puts another page there, not validated" },
	[TRICK_PAGE_BACK] = { "page-back", HOOK_PVALIDATE, true,
		"puts a page there that the guest has validated before" },
	[TRICK_PAGE_ALIAS] = { "page-alias", HOOK_PVALIDATE, false,
		"maps it to a page that has another address" },
	[TRICK_VC_CODE_USER] = { "vc-code-user", HOOK_VC, false,
		"wrong #VC error code, in user mode" },
	[TRICK_VC_CODE_KERNEL] = { "vc-code-kernel", HOOK_VC, false,
		"wrong #VC error code, in kernel mode" },
	[TRICK_CPUID_LIE] = { "cpuid-lie", HOOK_CPUID, false, "answers CPUID with nonsense" },
	[TRICK_SVSM_SKIP] = { "svsm-skip", HOOK_SVSM, false, "does not run the SVSM" },
	[TRICK_SVSM_BUSY] = { "svsm-busy", HOOK_SVSM, false, "finds the SVSM busy" },
};

/* Names of events, where a trick may be limited to one. */
static const struct {
	const char *name;
	uint64_t event;
} events[] = {
	{ "psc", SNP_EXIT_PSC }, { "request", SNP_EXIT_GUEST_REQUEST },
	{ "ext", SNP_EXIT_EXT_GUEST_REQUEST }, { "cpuid", SNP_EXIT_CPUID },
	{ "ioio", SNP_EXIT_IOIO }, { "msr", SNP_EXIT_MSR }, { "vmmcall", SNP_EXIT_VMMCALL },
	{ "rdtsc", SNP_EXIT_RDTSC }, { "rdtscp", SNP_EXIT_RDTSCP },
	{ "probe", GUEST_EVENT_PROBE }, { "hv-features", SNP_GHCB_MSR_HV_FEATURES_REQ },
	{ "sev-info", SNP_GHCB_MSR_SEV_INFO_REQ }, { "psc-msr", SNP_GHCB_MSR_PSC_REQ },
	{ "rescind", 0 }, { "validate", 1 },
	{ "svsm-pvalidate", SNP_SVSM_CALL(SNP_SVSM_CORE, SNP_SVSM_CORE_PVALIDATE) },
	{ "svsm-attest", SNP_SVSM_CALL(SNP_SVSM_ATTEST, SNP_SVSM_ATTEST_SERVICES) },
};

#define ANY_EVENT	(~0ULL)

struct armed {
	enum guest_trick trick;
	uint64_t event;
	unsigned int first, times;
	unsigned int seen, struck;
};

static struct {
	pthread_mutex_t lock;
	unsigned int nr;	/* also read without the lock: nothing armed is the usual case */
	struct armed armed[MAX_ARMED];
	bool mix;
	uint64_t seed;
	uint64_t drawn[NR_HOOKS];
	uint64_t made_up;
	unsigned int struck;
} faults = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t mixed(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t guest_fault_random(void)
{
	return mixed(faults.seed ^ mixed(__atomic_add_fetch(&faults.made_up, 1,
							     __ATOMIC_RELAXED)));
}

static const char *parse_number(const char **at, unsigned int *n)
{
	unsigned long v;
	char *end;

	if (**at < '0' || **at > '9')
		return "a number is expected behind the colon";
	v = strtoul(*at, &end, 0);
	if (v > 1000000)
		return "at most 1000000 events";
	*n = v;
	*at = end;
	return NULL;
}

static bool parse_event(const char *name, size_t len, uint64_t *event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (strlen(events[i].name) == len && !strncmp(name, events[i].name, len)) {
			*event = events[i].event;
			return true;
		}
	}
	return false;
}

static const char *parse(const char *spec, struct armed *a)
{
	size_t len = strcspn(spec, "@:");
	const char *at = spec + len, *wrong = NULL;
	enum guest_trick t;

	*a = (struct armed){ .event = ANY_EVENT, .first = 1 };
	for (t = 0; t < NR_TRICKS; t++)
		if (strlen(tricks[t].name) == len && !strncmp(spec, tricks[t].name, len))
			break;
	if (t == NR_TRICKS)
		return "no such trick";
	a->trick = t;
	if (*at == '@') {
		len = strcspn(++at, ":");
		if (!parse_event(at, len, &a->event))
			return "no such event";
		at += len;
	}
	if (*at == ':') {
		at++;
		wrong = parse_number(&at, &a->first);
	}
	if (!wrong && *at == ':') {
		at++;
		wrong = parse_number(&at, &a->times);
	}
	if (!wrong && *at)
		wrong = "something stands behind the numbers";
	if (!wrong && !a->first)
		wrong = "events are counted from 1";
	/* Everything the kernel does is an exit: none of it may be meant by accident. */
	if (!wrong && (tricks[t].hook == HOOK_EXIT || tricks[t].hook == HOOK_ANSWER ||
		       tricks[t].hook == HOOK_VC) && a->event == ANY_EVENT)
		wrong = "needs @EVENT";
	if (!wrong && !guest_race_possible() &&
	    (t == TRICK_RACE_GHCB || t == TRICK_RACE_RESPONSE || t == TRICK_RACE_CERTS))
		wrong = "needs check=1, to see what the guest reads";
	return wrong;
}

const char *guest_fault_arm(const char *spec)
{
	const char *wrong = NULL;
	struct armed a = {};
	char *end;
	bool mix = !strncmp(spec, "random:", 7);
	uint64_t seed = 0;

	if (mix) {
		seed = strtoull(spec + 7, &end, 0);
		if (spec[7] < '0' || spec[7] > '9' || *end)
			wrong = "a seed is expected behind the colon";
	} else {
		wrong = parse(spec, &a);
	}
	if (wrong)
		return wrong;

	pthread_mutex_lock(&faults.lock);
	if (mix) {
		faults.mix = true;
		faults.seed = seed;
		memset(faults.drawn, 0, sizeof(faults.drawn));
		faults.made_up = 0;
	} else if (faults.nr == MAX_ARMED) {
		wrong = "too many tricks are armed";
	} else {
		faults.armed[faults.nr] = a;
		__atomic_store_n(&faults.nr, faults.nr + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&faults.lock);
	return wrong;
}

unsigned int guest_fault_disarm(void)
{
	unsigned int struck;

	pthread_mutex_lock(&faults.lock);
	struck = faults.struck;
	faults.struck = 0;
	faults.mix = false;
	__atomic_store_n(&faults.nr, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&faults.lock);
	return struck;
}

static enum guest_trick armed_strike(enum guest_hook hook, uint64_t event,
				     bool (*possible)(enum guest_trick trick))
{
	unsigned int i;

	for (i = 0; i < faults.nr; i++) {
		struct armed *a = &faults.armed[i];

		if (tricks[a->trick].hook != hook || (a->event != ANY_EVENT && a->event != event))
			continue;
		if (possible && !possible(a->trick))
			continue;
		if (++a->seen < a->first || (a->times && a->struck >= a->times))
			continue;
		a->struck++;
		return a->trick;
	}
	return TRICK_NONE;
}

/* Only what the guest asks of its own accord: the kernel's other exits stay as they are. */
static bool mix_covers(enum guest_hook hook, uint64_t event)
{
	switch (hook) {
	case HOOK_EXIT:
	case HOOK_ANSWER:
		return event == SNP_EXIT_PSC || event == SNP_EXIT_GUEST_REQUEST ||
		       event == SNP_EXIT_EXT_GUEST_REQUEST;
	case HOOK_MSR:
		return event == SNP_GHCB_MSR_HV_FEATURES_REQ || event == SNP_GHCB_MSR_SEV_INFO_REQ;
	case HOOK_VC:
	case HOOK_CPUID:
	case HOOK_SVSM:
		return false;
	default:
		return true;
	}
}

static enum guest_trick mix_strike(enum guest_hook hook, uint64_t event,
				   bool (*possible)(enum guest_trick trick))
{
	unsigned int fit[NR_TRICKS], nr = 0;
	enum guest_trick t;
	uint64_t r;

	if (!mix_covers(hook, event))
		return TRICK_NONE;
	r = mixed(faults.seed ^ mixed((uint64_t)hook << 32 | faults.drawn[hook]++));
	if (r % one_in[hook])
		return TRICK_NONE;
	for (t = 0; t < NR_TRICKS; t++)
		if (tricks[t].hook == hook && tricks[t].in_mix && (!possible || possible(t)))
			fit[nr++] = t;
	return nr ? fit[(r >> 8) % nr] : TRICK_NONE;
}

enum guest_trick guest_fault_strike(enum guest_hook hook, uint64_t event,
				    bool (*possible)(enum guest_trick trick))
{
	enum guest_trick t;

	if (!__atomic_load_n(&faults.nr, __ATOMIC_ACQUIRE) && !faults.mix)
		return TRICK_NONE;
	pthread_mutex_lock(&faults.lock);
	t = armed_strike(hook, event, possible);
	if (t == TRICK_NONE && faults.mix)
		t = mix_strike(hook, event, possible);
	if (t != TRICK_NONE)
		faults.struck++;
	pthread_mutex_unlock(&faults.lock);
	if (t == TRICK_NONE)
		return t;
	count_fmt("fault.%s", tricks[t].name);
	cpu_log("guest: trick %s (event %#llx): the hypervisor %s", tricks[t].name,
		(unsigned long long)event, tricks[t].what);
	return t;
}
