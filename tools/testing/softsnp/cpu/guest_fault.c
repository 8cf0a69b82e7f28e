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

#include "guest_fault.h"

#define MAX_ARMED	8
#define NAME_MAX_LEN	32
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

static const struct {
	const char *name;
	enum guest_hook hook;
	bool random;
	const char *what;
} tricks[NR_TRICKS] = {
#define T(id, name, hook, random, what) { name, hook, random, what },
	GUEST_TRICKS(T)
#undef T
};

/* Names of events, where a trick may be limited to one. */
static const struct {
	const char *name;
	uint64_t event;
} events[] = {
	{ "psc", SNP_EXIT_PSC }, { "request", SNP_EXIT_GUEST_REQUEST },
	{ "ext", SNP_EXIT_EXT_GUEST_REQUEST }, { "cpuid", SNP_EXIT_CPUID },
	{ "ioio", SNP_EXIT_IOIO }, { "msr", SNP_EXIT_MSR }, { "vmmcall", SNP_EXIT_VMMCALL },
	{ "probe", GUEST_EVENT_PROBE }, { "hv-features", SNP_GHCB_MSR_HV_FEATURES_REQ },
	{ "sev-info", SNP_GHCB_MSR_SEV_INFO_REQ }, { "psc-msr", SNP_GHCB_MSR_PSC_REQ },
	{ "rescind", 0 }, { "validate", 1 },
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
	if (!wrong && !guest_config.check &&
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
		if (tricks[t].hook == hook && tricks[t].random && (!possible || possible(t)))
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
