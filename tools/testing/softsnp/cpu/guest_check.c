// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: every memory access against the page states.  AMD64 APM volume
 * 2 (24593) chapter 15.36: a private access needs an assigned and validated
 * page, a shared access one that is not assigned.
 *
 * Sees loads and stores of instructions after the fact; not instruction
 * fetches, page walks or devices.  A page that passed is not looked at again
 * for a while (seen.h), as a TLB keeps what the page tables and the RMP allowed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "guest_fault.h"

#define HISTORY		4
#define CR0_PG		BIT_ULL(31)
#define MAX_REPORTS	50

struct note {
	const char *what;
	uint64_t accesses;	/* of the noting vCPU so far: a clock of sorts */
};

static struct note (*history)[HISTORY];
static uint64_t nr_history;

static uint64_t changes;
static uint64_t nr_violations;

void guest_check_enable(void)
{
	cpu_watch_accesses(&changes);
}

void guest_check_note(uint64_t gpa, const char *what)
{
	uint64_t pfn = gpa >> SNP_PAGE_SHIFT;
	int i;

	if (!guest_config.check)
		return;
	__atomic_add_fetch(&changes, 1, __ATOMIC_RELEASE);
	if (!history) {
		nr_history = cpu_ram_size() >> SNP_PAGE_SHIFT;
		history = calloc(nr_history, sizeof(*history));
		if (!history)
			cpu_stop(CPU_STOP_PLATFORM, "guest: no memory for the access checker");
	}
	if (pfn >= nr_history)
		return;
	for (i = HISTORY - 1; i > 0; i--)
		history[pfn][i] = history[pfn][i - 1];
	history[pfn][0].what = what;
	history[pfn][0].accesses = cpu_seen(cpu_current())->accesses;
}

/* The page's last transitions, newest first: "what@when". */
static void describe_history(char *text, size_t len, uint64_t gpa, uint64_t now)
{
	const struct note *h = history ? history[gpa >> SNP_PAGE_SHIFT] : NULL;
	size_t at;
	int i, n;

	at = snprintf(text, len, "now@%llu, before: ", (unsigned long long)now);
	for (i = 0; h && i < HISTORY && h[i].what && at < len; i++) {
		n = snprintf(text + at, len - at, "%s@%llu, ", h[i].what,
			     (unsigned long long)h[i].accesses);
		at += n;
	}
	if (at < len)
		snprintf(text + at, len - at, "launch");
}

static void report(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t gpa, bool private_,
		   size_t len, bool store)
{
	uint64_t e = guest_page_entry(gpa);
	const char *state = "shared";
	char before[160];

	if (e & SNP_RMP_RAW_ASSIGNED)
		state = !(e & SNP_RMP_RAW_VALIDATED) ? "private, not validated" :
			private_ ? "private, not this VMPL's" : "private";
	describe_history(before, sizeof(before), gpa, cpu_seen(vcpu)->accesses);
	cpu_log("RMP violation: vCPU %u at %#llx: %s of %zu, C=%d, va %#llx gpa %#llx: page %s, %s",
		vcpu, (unsigned long long)insn_va, store ? "store" : "load", len, private_,
		(unsigned long long)va, (unsigned long long)gpa, state, before);
}

/* One page of an access.  True: the page needs no look at the next one. */
static bool check_page(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	bool private_ = pa & guest_cbit_mask(), ok, remember = true;
	uint64_t gpa = pa & ~guest_cbit_mask(), e;

	/* Without paging every access is private. */
	if (!v->paging)
		private_ = true;
	if (!guest_page_has_state(gpa)) {
		if (!(pa & guest_cbit_mask()))
			return false;
		e = 0;
	} else {
		e = guest_page_entry(gpa);
	}
	if (guest_races && !store)
		guest_race_loaded(gpa, len);
	ok = private_ ? (e & SNP_RMP_RAW_ASSIGNED) && (e & SNP_RMP_RAW_VALIDATED) :
			!(e & SNP_RMP_RAW_ASSIGNED);
	if (ok && private_ && guest_config.vmpl) {
		ok = guest_page_permitted(gpa, guest_config.vmpl,
					  store ? SNP_RMP_PERM_WRITE : SNP_RMP_PERM_READ);
		remember = guest_page_permitted(gpa, guest_config.vmpl,
						SNP_RMP_PERM_READ | SNP_RMP_PERM_WRITE);
	}
	if (!ok && !guest_fault_touch(gpa, private_) &&
	    __atomic_fetch_add(&nr_violations, 1, __ATOMIC_RELAXED) < MAX_REPORTS &&
	    guest_page_has_state(gpa))
		report(vcpu, insn_va, va, gpa, private_, len, store);
	return ok && remember && !guest_races;
}

void guest_check_access(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
			size_t len, bool store)
{
	size_t here = SNP_PAGE_SIZE - (va & (SNP_PAGE_SIZE - 1));
	struct seen *s = cpu_seen(vcpu);
	uint64_t epoch = seen_epoch(s), next_pa;

	if (guest_phase != GUEST_RUNNING || guest_vcpus[vcpu].native)
		return;
	if (check_page(vcpu, insn_va, va, pa, here < len ? here : len, store))
		seen_keep(s, va, epoch);
	/* The rest may be anywhere. */
	if (here < len && cpu_translate(va + here, &next_pa))
		check_page(vcpu, insn_va, va + here, next_pa, len - here, store);
}

void guest_check_cr0(unsigned int vcpu, const struct insn *in)
{
	unsigned int r = (in->bytes[in->opcode_at + 2] & 7) | (in->rex & 1 ? 8 : 0);

	guest_vcpus[vcpu].paging = cpu_get(r) & CR0_PG;
	seen_flush(cpu_seen(vcpu));
}

void guest_check_exit(void)
{
	uint64_t total = 0;
	int i;

	for (i = 0; i < CPU_MAX; i++)
		total += cpu_seen(i)->accesses;
	count_add("check.accesses", total);
	count_add("check.violations", nr_violations);
	if (nr_violations)
		cpu_log("RMP violation: %llu accesses in all broke the page-state rules",
			(unsigned long long)nr_violations);
}
