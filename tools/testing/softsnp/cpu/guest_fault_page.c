// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: a hostile hypervisor and the page states.  GHCB specification
 * (56421), page state change; AMD64 APM volume 2 (24593) chapter 15.36.
 *
 * A change that is only claimed happens when the guest touches the page: on
 * hardware that access is a nested page fault, and a hypervisor that did not
 * resolve it would only stop its own guest.
 */
#include <pthread.h>
#include <string.h>

#include "guest_fault.h"
#include "guest_psc.h"

#define PFN_MASK	(~(uint64_t)(SNP_PAGE_SIZE - 1))
#define MAX_CLAIMED	512

static struct {
	pthread_mutex_t lock;
	unsigned int nr;
	uint64_t gpa[MAX_CLAIMED];
} claimed = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Changes of 4 KiB pages only; false: the list has something else. */
static bool claim(const struct snp_psc_desc *list)
{
	unsigned int i;
	bool ok = true;

	pthread_mutex_lock(&claimed.lock);
	for (i = list->cur_entry; ok && i <= list->end_entry; i++) {
		ok = !(list->entry[i] & SNP_PSC_ENTRY_2M) && claimed.nr < MAX_CLAIMED;
		if (ok)
			claimed.gpa[claimed.nr++] = FIELD_GET(SNP_PSC_ENTRY_GFN, list->entry[i])
						    << SNP_PAGE_SHIFT;
	}
	pthread_mutex_unlock(&claimed.lock);
	return ok;
}

static bool take_claim(uint64_t gpa)
{
	bool found = false;
	unsigned int i;

	if (!__atomic_load_n(&claimed.nr, __ATOMIC_RELAXED))
		return false;
	pthread_mutex_lock(&claimed.lock);
	for (i = 0; i < claimed.nr; i++) {
		if (claimed.gpa[i] != gpa)
			continue;
		claimed.gpa[i--] = claimed.gpa[--claimed.nr];
		found = true;
	}
	pthread_mutex_unlock(&claimed.lock);
	return found;
}

bool guest_fault_touch(uint64_t gpa, bool private_)
{
	uint8_t content[SNP_PAGE_SIZE];

	gpa &= PFN_MASK;
	if (!take_claim(gpa))
		return false;
	count("fault.claim_redeemed");
	if (private_)
		return guest_page_make_private(gpa, false);
	/* The access that got us here has already happened: keep what it wrote. */
	memcpy(content, guest_spa(gpa, sizeof(content)), sizeof(content));
	if (!guest_page_make_shared(gpa, false))
		return false;
	memcpy(guest_spa(gpa, sizeof(content)), content, sizeof(content));
	return true;
}

static void process(struct snp_psc_desc *list, unsigned int max_entries, unsigned int entries,
		    uint64_t *info2)
{
	const uint16_t end = list->end_entry;

	list->end_entry = list->cur_entry + entries - 1;
	*info2 = entries ? psc_process(list, max_entries, guest_psc_change, NULL) : 0;
	list->end_entry = end;
}

/**
 * guest_fault_psc() - a list that a trick answers
 * @list: the list, changed into the answer
 * @max_entries: how many fit
 * @info2: receives SW_EXITINFO2
 *
 * Return: false: no trick, process the list.
 */
bool guest_fault_psc(struct snp_psc_desc *list, unsigned int max_entries, uint64_t *info2)
{
	unsigned int nr = list->end_entry - list->cur_entry + 1;
	const uint16_t first = list->cur_entry, end = list->end_entry;
	enum guest_trick trick;

	if (list->end_entry >= max_entries || list->cur_entry > list->end_entry)
		return false;
	trick = guest_fault_strike(HOOK_PSC, 0, NULL);
	*info2 = 0;
	switch (trick) {
	case TRICK_PSC_REFUSE:
		*info2 = SNP_PSC_GENERIC_ERROR;
		return true;
	case TRICK_PSC_HEADER:
		*info2 = SNP_PSC_INVALID_HDR;
		return true;
	case TRICK_PSC_ENTRY:
		*info2 = SNP_PSC_INVALID_ENTRY;
		return true;
	case TRICK_PSC_LIE:
	case TRICK_PSC_HUGE:
		if (!claim(list))
			return false;
		list->cur_entry = trick == TRICK_PSC_HUGE ? 0xffff : end + 1;
		return true;
	case TRICK_PSC_HALF:
		process(list, max_entries, (nr + 1) / 2, info2);
		return true;
	case TRICK_PSC_HALF_FAIL:
		process(list, max_entries, (nr + 1) / 2, info2);
		*info2 = SNP_PSC_GENERIC_ERROR;
		return true;
	case TRICK_PSC_STALL:
		return true;
	case TRICK_PSC_SHORT:
		process(list, max_entries, nr / 2, info2);
		list->end_entry = list->cur_entry ? list->cur_entry - 1 : 0;
		return true;
	case TRICK_PSC_LONG:
		process(list, max_entries, nr, info2);
		list->end_entry = end + 1;
		return true;
	case TRICK_PSC_BACK:
		process(list, max_entries, (nr + 1) / 2, info2);
		list->cur_entry = first ? first - 1 : 0;
		return true;
	case TRICK_PSC_AGAIN:
		process(list, max_entries, nr, info2);
		list->cur_entry = end;
		return true;
	case TRICK_PSC_RESERVED:
		process(list, max_entries, nr, info2);
		list->reserved = 0xdeadbeef;
		return true;
	case TRICK_PSC_ENTRIES:
		process(list, max_entries, nr, info2);
		memset(list->entry, 0x11, sizeof(list->entry[0]) * max_entries);
		return true;
	default:
		return false;
	}
}

/* Two guest addresses for one page: the RMP names one only. */
static void __noreturn alias(uint64_t gpa, bool validate)
{
	uint64_t other = gpa ^ SNP_PAGE_SIZE;
	enum rmp_guest_outcome outcome;
	uint32_t eax;
	bool carry;

	outcome = rmp_pvalidate(guest_rmp(), other, gpa, GUEST_ASID, false, validate, &eax,
				&carry);
	if (outcome == RMP_GUEST_DONE)
		cpu_stop(CPU_STOP_VIOLATION, "RMP violation: %#llx and %#llx are the same page",
			 (unsigned long long)gpa, (unsigned long long)other);
	cpu_stop(CPU_STOP_SHUTDOWN,
		 "guest: vCPU %u does not get past a nested page fault: %#llx is mapped to the page of %#llx",
		 cpu_current(), (unsigned long long)gpa, (unsigned long long)other);
}

void guest_fault_pvalidate(uint64_t gpa, bool size_2m, bool validate)
{
	enum guest_trick trick;
	uint32_t eax;
	bool carry;

	if (!guest_page_has_state(gpa))
		return;
	if (guest_page_shared(gpa))
		guest_fault_touch(gpa, true);
	if (size_2m)
		return;
	trick = guest_fault_strike(HOOK_PVALIDATE, validate, NULL);
	if (trick == TRICK_PAGE_REMAP) {
		/* Another page of the host, assigned to the same place. */
		guest_page_make_shared(gpa, false);
		guest_page_make_private(gpa, false);
	} else if (trick == TRICK_PAGE_ALIAS) {
		alias(gpa, validate);
	} else if (trick == TRICK_PAGE_BACK) {
		rmp_pvalidate(guest_rmp(), gpa, gpa, GUEST_ASID, false, true, &eax, &carry);
	}
}
