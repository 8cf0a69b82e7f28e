// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware does to RMP entries (56860, page states and page
 * commands).  Locking as in rmp_rules.c.
 */
#include <snp/fw.h>

#include "rmp_entry.h"

#define PFNS_PER_2M	512ULL
#define GPA_2M_MASK	0x1fffffULL

/* @old as it looks in state @to; false: no such entry can be made from it. */
static bool fw_encode(const struct snp_rmp_raw *old, enum snp_page_state to,
		      struct snp_rmp_raw *new)
{
	const uint64_t owner = SNP_RMP_RAW_GPA_PFN | SNP_RMP_RAW_ASID;
	uint64_t base = SNP_RMP_RAW_ASSIGNED | (old->lo & SNP_RMP_RAW_PAGESIZE);
	bool owned = FIELD_GET(SNP_RMP_RAW_ASID, old->lo);

	*new = (struct snp_rmp_raw){};
	switch (to) {
	case SNP_STATE_HYPERVISOR:
		return !(old->lo & SNP_RMP_RAW_PAGESIZE);
	case SNP_STATE_HV_FIXED:
		/* Large pages: rmp_fw_fix(). */
		new->lo = SNP_RMP_RAW_IMMUTABLE;
		return !(old->lo & SNP_RMP_RAW_PAGESIZE);
	case SNP_STATE_RECLAIM:
		new->lo = base;
		return true;
	case SNP_STATE_FIRMWARE:
		new->lo = base | SNP_RMP_RAW_IMMUTABLE;
		return true;
	case SNP_STATE_CONTEXT:
		new->lo = base | SNP_RMP_RAW_IMMUTABLE | SNP_RMP_RAW_VMSA;
		return !(old->lo & SNP_RMP_RAW_PAGESIZE);
	case SNP_STATE_PRE_GUEST:
	case SNP_STATE_PRE_SWAP:
		base |= SNP_RMP_RAW_IMMUTABLE;
		break;
	case SNP_STATE_GUEST_INVALID:
	case SNP_STATE_GUEST_VALID:
		break;
	default:
		return false;
	}

	new->lo = base | (old->lo & owner);
	new->hi = old->hi;
	if (to == SNP_STATE_PRE_SWAP || to == SNP_STATE_GUEST_VALID)
		new->lo |= SNP_RMP_RAW_VALIDATED | (old->lo & SNP_RMP_RAW_VMSA);
	return owned;
}

static uint32_t fw_lock(const struct rmp_store *s, uint64_t spa, enum snp_page_state from,
			struct snp_rmp_raw *old)
{
	uint64_t pfn = spa >> SNP_PAGE_SHIFT;

	if (spa & (SNP_PAGE_SIZE - 1))
		return SNP_FW_INVALID_ADDRESS;
	if (rmp_lock(s, pfn, old) != RMP_LOCKED)
		return SNP_FW_INVALID_PAGE_STATE;
	if (!rmp_alone_in_region(s, pfn)) {
		rmp_unlock(s, pfn, old, old);
		return SNP_FW_INVALID_PAGE_SIZE;
	}
	if (rmp_entry_state(old) != from) {
		rmp_unlock(s, pfn, old, old);
		return SNP_FW_INVALID_PAGE_STATE;
	}
	return SNP_FW_SUCCESS;
}

uint32_t rmp_fw_transition(const struct rmp_store *s, uint64_t spa,
			   enum snp_page_state from, enum snp_page_state to)
{
	struct snp_rmp_raw old, new;
	uint32_t status;

	status = fw_lock(s, spa, from, &old);
	if (status)
		return status;
	if (!fw_encode(&old, to, &new)) {
		rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &old);
		return SNP_FW_INVALID_PAGE_SIZE;
	}
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &new);
	return SNP_FW_SUCCESS;
}

static uint32_t fw_give(const struct rmp_store *s, uint64_t spa, enum snp_page_state to,
			uint32_t perms, bool vmsa)
{
	struct snp_rmp_raw old, new;
	uint32_t status;

	status = fw_lock(s, spa, SNP_STATE_PRE_GUEST, &old);
	if (status)
		return status;
	fw_encode(&old, to, &new);
	if (vmsa)
		new.lo |= SNP_RMP_RAW_VMSA;
	new.hi = perms;
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &new);
	return SNP_FW_SUCCESS;
}

uint32_t rmp_fw_launch(const struct rmp_store *s, uint64_t spa, uint32_t vmpl_perms, bool vmsa)
{
	/* The command has the rights of VMPL1..3 where the entry has them. */
	return fw_give(s, spa, SNP_STATE_GUEST_VALID, (vmpl_perms & 0xffffff00) | RMP_PERM_ALL,
		       vmsa);
}

uint32_t rmp_fw_restore(const struct rmp_store *s, uint64_t spa, uint32_t perms, bool vmsa)
{
	return fw_give(s, spa, SNP_STATE_PRE_SWAP, perms, vmsa);
}

uint32_t rmp_fw_metadata(const struct rmp_store *s, uint64_t spa, uint64_t gctx_spa)
{
	struct snp_rmp_raw old, new;
	uint32_t status;

	status = fw_lock(s, spa, SNP_STATE_FIRMWARE, &old);
	if (status)
		return status;
	new = old;
	new.lo |= gctx_spa & SNP_RMP_RAW_GPA_PFN;
	/* Context page 0 would make it a Firmware page. */
	if (old.lo & SNP_RMP_RAW_PAGESIZE || new.lo == old.lo) {
		status = old.lo & SNP_RMP_RAW_PAGESIZE ? SNP_FW_INVALID_PAGE_SIZE :
							 SNP_FW_INVALID_ADDRESS;
		new = old;
	}
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &new);
	return status;
}

uint32_t rmp_fw_fix(const struct rmp_store *s, uint64_t spa)
{
	const struct snp_rmp_raw fixed = { .lo = SNP_RMP_RAW_IMMUTABLE };
	uint64_t pfn = spa >> SNP_PAGE_SHIFT, i;
	struct snp_rmp_raw old;
	uint32_t status;

	status = fw_lock(s, spa, SNP_STATE_FIRMWARE, &old);
	if (status)
		return status;
	if (old.lo & SNP_RMP_RAW_PAGESIZE)
		for (i = 1; i < PFNS_PER_2M; i++)
			rmp_set(s, pfn + i, &fixed);
	rmp_unlock(s, pfn, &old, &fixed);
	return SNP_FW_SUCCESS;
}

/* Can @e be piece @i of the large page that begins with @first? */
static bool fits(const struct snp_rmp_raw *first, const struct snp_rmp_raw *e, uint64_t i)
{
	uint64_t lo = first->lo;

	if (FIELD_GET(SNP_RMP_RAW_ASID, lo))
		lo += i << SNP_PAGE_SHIFT;
	/* A lock is somebody who is about to see that the entry is immutable. */
	return (e->lo & ~SNP_RMP_RAW_LOCK) == lo && e->hi == first->hi;
}

static uint32_t unsmash_check(const struct rmp_store *s, uint64_t pfn,
			      const struct snp_rmp_raw *first)
{
	struct snp_rmp_raw e;
	uint64_t i;

	if (first->lo & SNP_RMP_RAW_PAGESIZE)
		return SNP_FW_INVALID_PAGE_SIZE;
	switch (rmp_entry_state(first)) {
	case SNP_STATE_FIRMWARE:
		break;
	case SNP_STATE_PRE_GUEST:
	case SNP_STATE_PRE_SWAP:
		if (first->lo & SNP_RMP_RAW_VMSA)
			return SNP_FW_INVALID_PAGE_STATE;
		if (first->lo & SNP_RMP_RAW_GPA_PFN & GPA_2M_MASK)
			return SNP_FW_INVALID_PARAM;
		break;
	default:
		return SNP_FW_INVALID_PAGE_STATE;
	}
	for (i = 1; i < PFNS_PER_2M; i++)
		if (s->load(s->opaque, pfn + i, &e) || !fits(first, &e, i))
			return SNP_FW_INVALID_PAGE_STATE;
	return SNP_FW_SUCCESS;
}

uint32_t rmp_fw_unsmash(const struct rmp_store *s, uint64_t spa)
{
	const struct snp_rmp_raw other = { .lo = SNP_RMP_RAW_ASSIGNED };
	uint64_t pfn = spa >> SNP_PAGE_SHIFT, i;
	struct snp_rmp_raw old, new;
	uint32_t status;

	if (spa & GPA_2M_MASK)
		return SNP_FW_INVALID_ADDRESS;
	if (rmp_lock(s, pfn, &old) != RMP_LOCKED)
		return SNP_FW_INVALID_PAGE_STATE;
	status = unsmash_check(s, pfn, &old);
	new = old;
	if (!status) {
		/* All are immutable: nobody but the firmware changes them meanwhile. */
		for (i = 1; i < PFNS_PER_2M; i++)
			rmp_set(s, pfn + i, &other);
		new.lo |= SNP_RMP_RAW_PAGESIZE;
	}
	rmp_unlock(s, pfn, &old, &new);
	return status;
}
