// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access checker of the host role (check=1): once SNP has been initialised,
 * every store of the host to a page that its RMP entry calls assigned is a bug
 * that hardware answers with an RMP #PF.  AMD64 APM volume 2 (24593), chapter
 * 15.36, RMP checks.
 *
 * What it cannot do: a store is seen after it has happened, so there is no
 * fault, only a line in the log, a counter, and a run that counts as failed.
 * Instruction fetches, page walks of the processor (accessed and dirty bits)
 * and devices' DMA are not seen.  The instruction's address is the one that
 * translation saw: right for kernel text, page offset only for code that is
 * mapped twice.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <snp/rmp.h>

#include "asp.h"
#include "host.h"

#define PFN_2M_MASK	511ULL

/* What instructions did to entries lately; the firmware's part is in the shared file. */
#define HISTORY_EVENTS	65536
#define HISTORY_SHOWN	8

struct event {
	uint64_t nr;		/* 0: slot not used yet */
	uint64_t pc;
	uint64_t pfn;
	struct snp_rmp_state operand;
	uint32_t eax;
	uint8_t kind;
	uint8_t vcpu;
};

/* One line for a page and an instruction is enough; counting goes on. */
#define MAX_REPORTS	64

static struct {
	uint64_t pfn;
	uint64_t insn_va;
} reported[MAX_REPORTS];
static unsigned int nr_reported;

static bool enabled;
static struct event history[HISTORY_EVENTS];
static uint64_t nr_events;
static uint64_t nr_violations;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void host_check_enable(void)
{
	enabled = true;
	cpu_watch_stores(&host_shared->nr_changes);
}

bool host_check_enabled(void)
{
	return enabled;
}

void host_check_note(unsigned int vcpu, const struct insn *in, uint64_t spa,
		     const struct snp_rmp_state *operand, uint32_t eax)
{
	struct event *e;

	if (!enabled || in->kind == INSN_RMPREAD)
		return;
	pthread_mutex_lock(&lock);
	e = &history[nr_events++ % HISTORY_EVENTS];
	*e = (struct event){
		.nr = __atomic_add_fetch(&host_shared->nr_changes, 1, __ATOMIC_ACQ_REL),
		.pc = insn_pc(in),
		.pfn = spa >> SNP_PAGE_SHIFT,
		.operand = *operand,
		.eax = eax,
		.kind = in->kind,
		.vcpu = vcpu,
	};
	pthread_mutex_unlock(&lock);
}

static bool event_concerns(const struct event *e, uint64_t pfn)
{
	if (e->kind == INSN_PSMASH || e->operand.pagesize)
		return (e->pfn & ~PFN_2M_MASK) == (pfn & ~PFN_2M_MASK);
	return e->pfn == pfn;
}

static bool change_concerns(const struct softsnp_change *c, uint64_t pfn)
{
	if ((c->before | c->after) & SNP_RMP_RAW_PAGESIZE)
		return (c->pfn & ~PFN_2M_MASK) == (pfn & ~PFN_2M_MASK);
	return c->pfn == pfn;
}

static void show_event(const struct event *e)
{
	char operand[96] = "";

	if (e->kind == INSN_RMPUPDATE)
		snprintf(operand, sizeof(operand),
			 " gpa %#llx assigned %u pagesize %u immutable %u asid %u",
			 (unsigned long long)e->operand.gpa, e->operand.assigned,
			 e->operand.pagesize, e->operand.immutable, e->operand.asid);
	cpu_log("host:   #%llu vCPU %u rip %#llx %s pfn %#llx%s -> %u",
		(unsigned long long)e->nr, e->vcpu, (unsigned long long)e->pc,
		insn_name(e->kind), (unsigned long long)e->pfn, operand, e->eax);
}

static const char *lo_name(uint64_t lo)
{
	const struct snp_rmp_raw e = { .lo = lo };

	return rmp_state_name(rmp_entry_state(&e));
}

static void show_change(const struct softsnp_change *c)
{
	cpu_log("host:   #%llu AMD-SP %s pfn %#llx: %s to %s", (unsigned long long)c->nr,
		asp_cmd_name(c->cmd), (unsigned long long)c->pfn, lo_name(c->before),
		lo_name(c->after));
}

/* The CPU's last event before number @before that concerns the page; NULL: none. */
static const struct event *last_event(uint64_t pfn, uint64_t before)
{
	const struct event *e;
	uint64_t back;

	for (back = 0; back < HISTORY_EVENTS && back < nr_events; back++) {
		e = &history[(nr_events - 1 - back) % HISTORY_EVENTS];
		if (e->nr < before && event_concerns(e, pfn))
			return e;
	}
	return NULL;
}

/* Likewise the firmware's, copied, since the AMD-SP may be writing. */
static bool last_change(uint64_t pfn, uint64_t before, struct softsnp_change *out)
{
	uint64_t nr = __atomic_load_n(&host_shared->nr_fw_changes, __ATOMIC_ACQUIRE), back;
	const struct softsnp_change *c;

	for (back = 0; back < SOFTSNP_CHANGES && back < nr; back++) {
		c = &host_shared->change[(nr - 1 - back) % SOFTSNP_CHANGES];
		*out = *c;
		if (out->nr && out->nr == __atomic_load_n(&c->nr, __ATOMIC_ACQUIRE) &&
		    out->nr < before && change_concerns(out, pfn))
			return true;
	}
	return false;
}

/* What was done to the page lately, by whom ever, latest first. */
static void show_history(uint64_t pfn)
{
	uint64_t before = UINT64_MAX;
	struct softsnp_change c;
	const struct event *e;
	unsigned int shown;
	bool has_c;

	for (shown = 0; shown < HISTORY_SHOWN; shown++) {
		e = last_event(pfn, before);
		has_c = last_change(pfn, before, &c);
		if (!e && !has_c)
			break;
		if (e && (!has_c || e->nr > c.nr)) {
			show_event(e);
			before = e->nr;
		} else {
			show_change(&c);
			before = c.nr;
		}
	}
	if (!shown)
		cpu_log("host:   no change of this page is known");
}

static bool already_reported(uint64_t pfn, uint64_t insn_va)
{
	unsigned int i;

	for (i = 0; i < nr_reported; i++)
		if (reported[i].pfn == pfn && reported[i].insn_va == insn_va)
			return true;
	if (nr_reported == MAX_REPORTS)
		return true;
	reported[nr_reported].pfn = pfn;
	reported[nr_reported].insn_va = insn_va;
	nr_reported++;
	return false;
}

static void report(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		   const struct snp_rmp_raw *e)
{
	uint64_t pfn = pa >> SNP_PAGE_SHIFT;

	pthread_mutex_lock(&lock);
	nr_violations++;
	if (!already_reported(pfn, insn_va)) {
		cpu_log("host: RMP violation: vCPU %u rip %#llx stored to %#llx, %#llx: %s %#llx",
			vcpu, (unsigned long long)insn_va, (unsigned long long)va,
			(unsigned long long)pa, rmp_state_name(rmp_entry_state(e)),
			(unsigned long long)e->lo);
		show_history(pfn);
	}
	pthread_mutex_unlock(&lock);
}

static bool check_byte(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa)
{
	struct snp_rmp_raw e;

	if (rmp_lookup(&host_rmp_store, pa >> SNP_PAGE_SHIFT, &e))
		return true;		/* not covered: never checked */
	if (!(e.lo & SNP_RMP_RAW_ASSIGNED))
		return true;
	report(vcpu, insn_va, va, pa, &e);
	return false;
}

/*
 * SNP_SHUTDOWN_EX does not end the checks: they last as long as SNPEn, that is
 * until reset, and catch what a driver has left behind.
 */
static bool in_force(unsigned int vcpu)
{
	static bool initialised;

	if (!__atomic_load_n(&initialised, __ATOMIC_RELAXED)) {
		if (!__atomic_load_n(&host_shared->snp_init, __ATOMIC_ACQUIRE))
			return false;
		__atomic_store_n(&initialised, true, __ATOMIC_RELAXED);
	}
	return __atomic_load_n(&host_shared->cpu[vcpu].syscfg, __ATOMIC_RELAXED) &
	       SNP_SYSCFG_SNP_EN;
}

void host_check_access(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
		       size_t len, bool store)
{
	struct seen *s = cpu_seen(vcpu);
	uint64_t epoch = seen_epoch(s), last_pa;
	bool on = in_force(vcpu);

	if (!store)
		return;
	if (!on || check_byte(vcpu, insn_va, va, pa))
		seen_keep(s, va, epoch);

	/* A store over the end of a page: the second one may be anywhere. */
	if (on && (va & (SNP_PAGE_SIZE - 1)) + len > SNP_PAGE_SIZE &&
	    cpu_translate(va + len - 1, &last_pa))
		check_byte(vcpu, insn_va, va + len - 1, last_pa);
}

void host_check_exit(void)
{
	uint64_t stores = 0;
	unsigned int i;

	if (!enabled)
		return;
	for (i = 0; i < CPU_MAX; i++)
		stores += cpu_seen(i)->accesses;
	count_add("stores_checked", stores);
	count_add("rmp_violations", nr_violations);
	if (nr_violations)
		cpu_log("host: %llu RMP violations in %llu stores",
			(unsigned long long)nr_violations, (unsigned long long)stores);
}
