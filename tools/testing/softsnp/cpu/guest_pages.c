// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: page states.  AMD64 APM volume 2 (24593) chapter 15.36.
 *
 * System addresses: guest RAM stands at its guest physical address; a small
 * window of host memory behind it holds what only hypervisor and firmware use.
 * The RMP covers both.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "rmp_rules.h"

#define SIZE_2M		0x200000ULL
#define PAGES_2M	512
#define PFN_MASK	(~(uint64_t)(SNP_PAGE_SIZE - 1))

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

void guest_page_rewrite(uint64_t gpa, bool size_2m, bool zero)
{
	rewrite(gpa, size_2m ? SIZE_2M : SNP_PAGE_SIZE, zero ? 0 : -1);
}

/*
 * The three instructions.  A 4 KiB operand inside a 2 MiB page faults into the
 * hypervisor, which splits the page and lets the guest try again.
 */
bool guest_page_pvalidate(uint64_t gpa, bool size_2m, bool validate, uint32_t *eax, bool *carry)
{
	enum rmp_guest_outcome outcome;

	pthread_mutex_lock(&change_mutex);
	outcome = rmp_pvalidate(&store, gpa, gpa, GUEST_ASID, size_2m, validate, eax, carry);
	if (outcome == RMP_GUEST_NPF_SIZEM) {
		split(gpa);
		outcome = rmp_pvalidate(&store, gpa, gpa, GUEST_ASID, size_2m, validate, eax,
					carry);
	}
	pthread_mutex_unlock(&change_mutex);
	if (outcome != RMP_GUEST_DONE)
		return false;
	count_fmt("pvalidate.%s.%s.%s", size_2m ? "2m" : "4k", validate ? "validate" : "rescind",
		  *eax == SNP_PVALIDATE_FAIL_SIZEMISMATCH ? "size_mismatch" :
		  *eax ? "failed" : *carry ? "unchanged" : "done");
	if (!*eax && !*carry)
		guest_check_note(gpa, validate ? "validated" : "rescinded");
	return true;
}

bool guest_page_rmpadjust(uint64_t gpa, bool size_2m, unsigned int vmpl, uint64_t rdx,
			  uint32_t *eax)
{
	enum rmp_guest_outcome outcome;

	pthread_mutex_lock(&change_mutex);
	outcome = rmp_adjust(&store, gpa, gpa, GUEST_ASID, size_2m, vmpl, rdx, eax);
	if (outcome == RMP_GUEST_NPF_SIZEM) {
		split(gpa);
		outcome = rmp_adjust(&store, gpa, gpa, GUEST_ASID, size_2m, vmpl, rdx, eax);
	}
	pthread_mutex_unlock(&change_mutex);
	if (outcome != RMP_GUEST_DONE)
		return false;
	count_fmt("rmpadjust.%u", *eax);
	if (!*eax)
		guest_check_note(gpa, "adjusted");
	return true;
}

bool guest_page_rmpquery(uint64_t gpa, unsigned int vmpl, uint64_t rdx, struct rmp_query *q,
			 uint32_t *eax)
{
	enum rmp_guest_outcome outcome;

	pthread_mutex_lock(&change_mutex);
	outcome = rmp_query(&store, gpa, gpa, GUEST_ASID, vmpl, rdx, q, eax);
	pthread_mutex_unlock(&change_mutex);
	if (outcome == RMP_GUEST_DONE)
		count_fmt("rmpquery.%u", *eax);
	return outcome == RMP_GUEST_DONE;
}

bool guest_page_permitted(uint64_t gpa, unsigned int vmpl, uint64_t perms)
{
	uint64_t pfn = gpa >> SNP_PAGE_SHIFT, hi;

	if (__atomic_load_n(&entries[pfn & ~511ULL].lo, __ATOMIC_RELAXED) & SNP_RMP_RAW_PAGESIZE)
		pfn &= ~511ULL;
	hi = __atomic_load_n(&entries[pfn].hi, __ATOMIC_RELAXED);
	return !(perms & ~(hi >> (8 * vmpl)));
}
