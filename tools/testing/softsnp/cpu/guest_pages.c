// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: page states, and the instructions PVALIDATE, RMPADJUST, RMPQUERY.
 * AMD64 APM volume 2 (24593) chapter 15.36, volume 3 (24594).
 *
 * System addresses: guest RAM stands at its guest physical address; a small
 * window of host memory behind it holds what only hypervisor and firmware use.
 * The RMP covers both.
 *
 * Not modelled: the size of the guest's own mapping (a 2 MiB PVALIDATE through
 * 4 KiB mappings is taken as one through a 2 MiB mapping), VMPLs other than 0.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "rmp_rules.h"

#define SIZE_2M		0x200000ULL
#define PAGES_2M	512
#define PFN_MASK	(~(uint64_t)(SNP_PAGE_SIZE - 1))

#define FLAG_CF		BIT_ULL(0)
#define FLAG_PF		BIT_ULL(2)
#define FLAG_AF		BIT_ULL(4)
#define FLAG_ZF		BIT_ULL(6)
#define FLAG_SF		BIT_ULL(7)
#define FLAG_OF		BIT_ULL(11)
#define FLAGS_ARITH	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VECTOR_PF	14
#define CR0_PG		BIT_ULL(31)

/* What a page holds after it became private: nobody may rely on it. */
#define GARBAGE		0xa5

static struct snp_rmp_raw *entries;
static uint64_t nr_ram_pages;
static uint8_t *window;
/* Makes one access to an entry atomic. */
static pthread_mutex_t rmp_lock_mutex = PTHREAD_MUTEX_INITIALIZER;
/*
 * Makes one change of a page's state atomic.  Without it a vCPU could look at
 * an entry while another splits the 2 MiB page around it, and take a fault
 * that hardware would resolve by trying again.
 */
static pthread_mutex_t change_mutex = PTHREAD_MUTEX_INITIALIZER;

static struct snp_rmp_raw *entry_of(uint64_t pfn)
{
	uint64_t first = GUEST_WINDOW_SPA >> SNP_PAGE_SHIFT;

	if (pfn < nr_ram_pages)
		return &entries[pfn];
	if (pfn >= first && pfn < first + GUEST_WINDOW_PAGES)
		return &entries[nr_ram_pages + pfn - first];
	return NULL;
}

static int rmp_load(void *opaque, uint64_t pfn, struct snp_rmp_raw *e)
{
	struct snp_rmp_raw *at = entry_of(pfn);

	(void)opaque;
	if (!at)
		return -1;
	pthread_mutex_lock(&rmp_lock_mutex);
	*e = *at;
	pthread_mutex_unlock(&rmp_lock_mutex);
	return 0;
}

static int rmp_cas(void *opaque, uint64_t pfn, const struct snp_rmp_raw *old,
		   const struct snp_rmp_raw *new_)
{
	struct snp_rmp_raw *at = entry_of(pfn);
	int done;

	(void)opaque;
	if (!at)
		return -1;
	pthread_mutex_lock(&rmp_lock_mutex);
	done = at->lo == old->lo && at->hi == old->hi;
	if (done) {
		at->hi = new_->hi;
		/* The checker reads this half without the mutex. */
		__atomic_store_n(&at->lo, new_->lo, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&rmp_lock_mutex);
	return done;
}

static const struct rmp_store store = { .load = rmp_load, .cas = rmp_cas };

const struct rmp_store *guest_rmp(void)
{
	return &store;
}

void guest_pages_init(void)
{
	nr_ram_pages = cpu_ram_size() >> SNP_PAGE_SHIFT;
	entries = calloc(nr_ram_pages + GUEST_WINDOW_PAGES, sizeof(*entries));
	window = aligned_alloc(SNP_PAGE_SIZE, GUEST_WINDOW_PAGES * SNP_PAGE_SIZE);
	if (!entries || !window)
		cpu_stop(CPU_STOP_PLATFORM, "guest: no memory for the RMP");
	memset(window, 0, GUEST_WINDOW_PAGES * SNP_PAGE_SIZE);
}

void guest_pages_clear(void)
{
	memset(entries, 0, (nr_ram_pages + GUEST_WINDOW_PAGES) * sizeof(*entries));
}

bool guest_page_covered(uint64_t pfn)
{
	return entry_of(pfn);
}

void *guest_spa(uint64_t spa, size_t len)
{
	uint64_t at = spa - GUEST_WINDOW_SPA;
	uint64_t size = GUEST_WINDOW_PAGES * SNP_PAGE_SIZE;

	if (spa >= GUEST_WINDOW_SPA && at <= size && len <= size - at)
		return window + at;
	return cpu_ram(spa, len);
}

bool guest_page_is_ram(uint64_t gpa)
{
	return cpu_ram(gpa & PFN_MASK, SNP_PAGE_SIZE);
}

bool guest_page_has_state(uint64_t gpa)
{
	return gpa >> SNP_PAGE_SHIFT < nr_ram_pages;
}

uint64_t guest_page_entry(uint64_t gpa)
{
	uint64_t pfn = gpa >> SNP_PAGE_SHIFT, around;

	around = __atomic_load_n(&entries[pfn & ~511ULL].lo, __ATOMIC_RELAXED);
	if (around & SNP_RMP_RAW_PAGESIZE)
		return around;
	return __atomic_load_n(&entries[pfn].lo, __ATOMIC_RELAXED);
}

bool guest_page_shared(uint64_t gpa)
{
	return guest_page_has_state(gpa) && !(guest_page_entry(gpa) & SNP_RMP_RAW_ASSIGNED);
}

/*
 * The page has two names for TCG, and code translated through one does not
 * notice a write through the other: write it through both.
 */
static void rewrite(uint64_t gpa, uint64_t len, int fill)
{
	uint8_t page[SNP_PAGE_SIZE];
	uint64_t end = gpa + len;

	for (; gpa < end; gpa += SNP_PAGE_SIZE) {
		if (fill >= 0)
			memset(page, fill, sizeof(page));
		else if (!cpu_read_phys(gpa, page, sizeof(page)))
			continue;
		cpu_write_phys(gpa, page, sizeof(page));
		cpu_write_phys(gpa | guest_cbit_mask(), page, sizeof(page));
	}
}

static void update(uint64_t gpa, bool assigned, bool size_2m)
{
	struct snp_rmp_state s = {
		.gpa = assigned ? gpa : 0,
		.assigned = assigned,
		.pagesize = size_2m,
		.asid = assigned ? GUEST_ASID : 0,
	};
	uint32_t code = rmp_update(&store, gpa, &s);

	if (code)
		cpu_stop(CPU_STOP_PLATFORM, "guest: RMPUPDATE of %#llx ended with %u",
			 (unsigned long long)gpa, code);
	count(assigned ? "rmpupdate.assign" : "rmpupdate.release");
}

static void split(uint64_t gpa)
{
	uint64_t base = gpa & ~(SIZE_2M - 1);
	uint32_t code;

	if (!(__atomic_load_n(&entries[base >> SNP_PAGE_SHIFT].lo, __ATOMIC_RELAXED) &
	      SNP_RMP_RAW_PAGESIZE))
		return;
	code = rmp_psmash(&store, base);
	if (code)
		cpu_stop(CPU_STOP_PLATFORM, "guest: PSMASH of %#llx ended with %u",
			 (unsigned long long)base, code);
	count("psmash");
}

/* One page, or a 2 MiB page whose 512 frames are all in the same state. */
static void change(uint64_t gpa, bool assigned, bool size_2m)
{
	update(gpa, assigned, size_2m);
	guest_check_note(gpa, assigned ? "private" : "shared");
	/* Another key: what was there is lost either way. */
	rewrite(gpa, size_2m ? SIZE_2M : SNP_PAGE_SIZE, assigned ? GARBAGE : 0);
}

static bool in_ram(uint64_t gpa, bool size_2m)
{
	uint64_t last = gpa + (size_2m ? SIZE_2M : SNP_PAGE_SIZE) - SNP_PAGE_SIZE;

	return guest_page_has_state(gpa) && guest_page_has_state(last);
}

static void make_private(uint64_t gpa, bool size_2m)
{
	unsigned int i, nr_shared = 0;

	if (!size_2m) {
		if (guest_page_shared(gpa))
			change(gpa, true, false);
		return;
	}
	for (i = 0; i < PAGES_2M; i++)
		nr_shared += guest_page_shared(gpa + i * SNP_PAGE_SIZE);
	if (nr_shared == PAGES_2M) {
		change(gpa, true, true);
		return;
	}
	for (i = 0; i < PAGES_2M; i++)
		if (guest_page_shared(gpa + i * SNP_PAGE_SIZE))
			change(gpa + i * SNP_PAGE_SIZE, true, false);
}

static void make_shared(uint64_t gpa, bool size_2m)
{
	unsigned int i;

	if (size_2m && (guest_page_entry(gpa) & SNP_RMP_RAW_PAGESIZE)) {
		change(gpa, false, true);
		return;
	}
	if (!size_2m && !guest_page_shared(gpa))
		split(gpa);
	for (i = 0; i < (size_2m ? PAGES_2M : 1); i++)
		if (!guest_page_shared(gpa + i * SNP_PAGE_SIZE))
			change(gpa + i * SNP_PAGE_SIZE, false, false);
}

bool guest_page_make_private(uint64_t gpa, bool size_2m)
{
	if (!in_ram(gpa, size_2m))
		return false;
	pthread_mutex_lock(&change_mutex);
	make_private(gpa, size_2m);
	pthread_mutex_unlock(&change_mutex);
	return true;
}

bool guest_page_make_shared(uint64_t gpa, bool size_2m)
{
	if (!in_ram(gpa, size_2m))
		return false;
	pthread_mutex_lock(&change_mutex);
	make_shared(gpa, size_2m);
	pthread_mutex_unlock(&change_mutex);
	return true;
}

static void __noreturn nested_fault(const char *insn, uint64_t va, uint64_t gpa, uint64_t pc)
{
	struct snp_rmp_raw e = {};
	const char *state = "not RAM";

	if (!rmp_lookup(&store, gpa >> SNP_PAGE_SHIFT, &e))
		state = rmp_state_name(rmp_entry_state(&e));
	/* A hypervisor has nothing to resolve here. */
	cpu_stop(CPU_STOP_VIOLATION,
		 "RMP violation: %s at %#llx of va %#llx gpa %#llx: nested page fault, page is %s",
		 insn, (unsigned long long)pc, (unsigned long long)va, (unsigned long long)gpa,
		 state);
}

/* The operand's page, or the exception that the instruction deserves instead. */
static uint64_t operand_gpa(const struct insn *in, uint64_t *pc, bool *cbit)
{
	uint64_t va = cpu_get(REG_RAX), pa;

	*pc = insn_pc(in);
	if (cpu_cpl())
		cpu_raise(CPU_VECTOR_GP, 0, *pc);
	va &= PFN_MASK;
	if (!cpu_translate(va, &pa)) {
		cpu_set(REG_CR2, va);
		cpu_raise(VECTOR_PF, 0, *pc);
	}
	*cbit = (pa & guest_cbit_mask()) || !(cpu_get(REG_CR0) & CR0_PG);
	return pa & PFN_MASK & ~guest_cbit_mask();
}

static void __noreturn finish(uint64_t pc, const struct insn *in, uint32_t eax, bool carry)
{
	uint64_t flags = cpu_get(REG_EFLAGS) & ~FLAGS_ARITH;

	cpu_set(REG_RAX, eax);
	if (carry)
		flags |= FLAG_CF;
	if (!eax)
		flags |= FLAG_ZF;
	if (!__builtin_parity(eax & 0xff))
		flags |= FLAG_PF;
	cpu_continue_flags(pc + in->len, flags);
}

void guest_pvalidate(unsigned int vcpu, const struct insn *in)
{
	enum rmp_guest_outcome outcome;
	bool cbit, carry, size_2m, validate;
	uint64_t gpa, pc, va;
	uint32_t eax;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	size_2m = cpu_get(REG_RCX) & 1;
	validate = cpu_get(REG_RDX) & 1;
	if (!cbit) {
		/* U: what hardware answers for a shared mapping. */
		count("pvalidate.shared_mapping");
		finish(pc, in, SNP_PVALIDATE_FAIL_INPUT, false);
	}
	pthread_mutex_lock(&change_mutex);
	outcome = rmp_pvalidate(&store, gpa, gpa, GUEST_ASID, size_2m, validate, &eax, &carry);
	if (outcome == RMP_GUEST_NPF_SIZEM) {
		split(gpa);
		outcome = rmp_pvalidate(&store, gpa, gpa, GUEST_ASID, size_2m, validate,
					&eax, &carry);
	}
	pthread_mutex_unlock(&change_mutex);
	if (outcome != RMP_GUEST_DONE)
		nested_fault("PVALIDATE", va, gpa, pc);
	count_fmt("pvalidate.%s.%s.%s", size_2m ? "2m" : "4k", validate ? "validate" : "rescind",
		  eax == SNP_PVALIDATE_FAIL_SIZEMISMATCH ? "size_mismatch" :
		  eax ? "failed" : carry ? "unchanged" : "done");
	if (!eax && !carry) {
		guest_check_note(gpa, validate ? "validated" : "rescinded");
		if (validate)
			rewrite(gpa, size_2m ? SIZE_2M : SNP_PAGE_SIZE, -1);
	}
	finish(pc, in, eax, carry);
}

void guest_rmpadjust(unsigned int vcpu, const struct insn *in)
{
	enum rmp_guest_outcome outcome;
	uint64_t gpa, pc, va, rdx;
	bool cbit, size_2m;
	uint32_t eax;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	size_2m = cpu_get(REG_RCX) & 1;
	rdx = cpu_get(REG_RDX);
	if (!cbit)
		finish(pc, in, SNP_RMPADJUST_FAIL_INPUT, false);
	pthread_mutex_lock(&change_mutex);
	outcome = rmp_adjust(&store, gpa, gpa, GUEST_ASID, size_2m, 0, rdx, &eax);
	if (outcome == RMP_GUEST_NPF_SIZEM) {
		split(gpa);
		outcome = rmp_adjust(&store, gpa, gpa, GUEST_ASID, size_2m, 0, rdx, &eax);
	}
	pthread_mutex_unlock(&change_mutex);
	if (outcome != RMP_GUEST_DONE)
		nested_fault("RMPADJUST", va, gpa, pc);
	count_fmt("rmpadjust.%u", eax);
	finish(pc, in, eax, false);
}

void guest_rmpquery(unsigned int vcpu, const struct insn *in)
{
	enum rmp_guest_outcome outcome;
	uint64_t gpa, pc, va, rdx;
	struct rmp_query q;
	uint32_t eax;
	bool cbit;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	rdx = cpu_get(REG_RDX);
	if (!cbit)
		finish(pc, in, SNP_RMPQUERY_FAIL_INPUT, false);
	pthread_mutex_lock(&change_mutex);
	outcome = rmp_query(&store, gpa, gpa, GUEST_ASID, 0, rdx, &q, &eax);
	pthread_mutex_unlock(&change_mutex);
	if (outcome != RMP_GUEST_DONE)
		nested_fault("RMPQUERY", va, gpa, pc);
	count_fmt("rmpquery.%u", eax);
	if (!eax) {
		rdx = FIELD_PREP(SNP_RMPADJUST_VMPL, FIELD_GET(SNP_RMPADJUST_VMPL, rdx)) |
		      FIELD_PREP(SNP_RMPADJUST_PERMS, (uint64_t)q.perms);
		cpu_set(REG_RDX, rdx | (q.vmsa ? SNP_RMPADJUST_VMSA : 0));
		cpu_set(REG_RCX, q.size_2m);
	}
	finish(pc, in, eax, false);
}
