// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page states, and the rules of the host instructions RMPUPDATE, PSMASH and
 * RMPREAD.  AMD64 APM volumes 2 (24593, chapter 15.36) and 3 (24594).
 *
 * Concurrency: whoever changes an entry holds its lock bit meanwhile.  A
 * 4 KiB change locks its own entry, then looks at the entry of the 2 MiB
 * region around it; a 2 MiB change locks the region's first entry, then looks
 * at the other 511.  Each sets its lock before it looks at the other's, so
 * one of the two always notices.
 */
#include "rmp_entry.h"

#define PFNS_PER_2M	512ULL
#define SIZE_4K		0x1000ULL
#define SIZE_2M		0x200000ULL

enum snp_page_state rmp_entry_state(const struct snp_rmp_raw *e)
{
	bool immutable = e->lo & SNP_RMP_RAW_IMMUTABLE;
	bool validated = e->lo & SNP_RMP_RAW_VALIDATED;

	if (!(e->lo & SNP_RMP_RAW_ASSIGNED))
		return immutable ? SNP_STATE_HV_FIXED : SNP_STATE_HYPERVISOR;

	if (!FIELD_GET(SNP_RMP_RAW_ASID, e->lo)) {
		if (!immutable)
			return SNP_STATE_RECLAIM;
		if (e->lo & SNP_RMP_RAW_VMSA)
			return SNP_STATE_CONTEXT;
		return (e->lo & SNP_RMP_RAW_GPA_PFN) ? SNP_STATE_METADATA : SNP_STATE_FIRMWARE;
	}

	if (immutable)
		return validated ? SNP_STATE_PRE_SWAP : SNP_STATE_PRE_GUEST;
	return validated ? SNP_STATE_GUEST_VALID : SNP_STATE_GUEST_INVALID;
}

const char *rmp_state_name(enum snp_page_state s)
{
	static const char * const names[] = {
		[SNP_STATE_HYPERVISOR]		= "Hypervisor",
		[SNP_STATE_HV_FIXED]		= "HV-Fixed",
		[SNP_STATE_RECLAIM]		= "Reclaim",
		[SNP_STATE_FIRMWARE]		= "Firmware",
		[SNP_STATE_CONTEXT]		= "Context",
		[SNP_STATE_METADATA]		= "Metadata",
		[SNP_STATE_PRE_GUEST]		= "Pre-Guest",
		[SNP_STATE_GUEST_INVALID]	= "Guest-Invalid",
		[SNP_STATE_PRE_SWAP]		= "Pre-Swap",
		[SNP_STATE_GUEST_VALID]		= "Guest-Valid",
		[SNP_STATE_DEFAULT]		= "Default",
	};

	if ((unsigned int)s >= sizeof(names) / sizeof(names[0]))
		return "unknown state";
	return names[s];
}

int rmp_lookup(const struct rmp_store *s, uint64_t pfn, struct snp_rmp_raw *e)
{
	uint64_t first = rmp_region(pfn);
	struct snp_rmp_raw around;

	if (s->load(s->opaque, pfn, e))
		return -1;
	if (pfn == first || s->load(s->opaque, first, &around))
		return 0;
	if (!(around.lo & SNP_RMP_RAW_PAGESIZE))
		return 0;

	*e = around;
	/* Without an owner the GPA field is no address and must stay zero. */
	if (FIELD_GET(SNP_RMP_RAW_ASID, e->lo))
		e->lo += (pfn - first) << SNP_PAGE_SHIFT;
	return 0;
}

/* Everything RMPUPDATE refuses before it looks at the table. */
static bool update_operand_ok(uint64_t spa, const struct snp_rmp_state *in)
{
	uint64_t size = in->pagesize ? SIZE_2M : SIZE_4K;

	if (in->assigned > 1 || in->pagesize > 1 || in->immutable > 1 || in->reserved)
		return false;
	if (spa & (size - 1))
		return false;
	if (!in->assigned)
		return !in->immutable && !in->asid;
	if (in->asid > FIELD_GET(SNP_RMP_RAW_ASID, SNP_RMP_RAW_ASID))
		return false;
	/* A GPA without an owner would forge a Metadata page (U: the code). */
	if (!in->asid && in->gpa)
		return false;
	return !(in->gpa & ~SNP_RMP_RAW_GPA_PFN) && !(in->gpa & (size - 1));
}

static struct snp_rmp_raw update_result(const struct snp_rmp_raw *old,
					const struct snp_rmp_state *in)
{
	struct snp_rmp_raw new = {};

	if (!in->assigned)
		return new;

	new.lo = SNP_RMP_RAW_ASSIGNED | in->gpa | FIELD_PREP(SNP_RMP_RAW_ASID, (uint64_t)in->asid);
	if (in->pagesize)
		new.lo |= SNP_RMP_RAW_PAGESIZE;
	if (in->immutable)
		new.lo |= SNP_RMP_RAW_IMMUTABLE;
	if (in->asid)
		new.hi = FIELD_PREP(SNP_RMP_RAW_PERMS(0), RMP_PERM_ALL);

	/* Guest-Valid to Pre-Swap keeps what the guest made of the page (U). */
	if (rmp_entry_state(old) == SNP_STATE_GUEST_VALID &&
	    new.lo == ((old->lo & ~(SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA)) |
		       SNP_RMP_RAW_IMMUTABLE)) {
		new.lo |= old->lo & (SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA);
		new.hi = old->hi;
	}
	return new;
}

/* May the 511 other entries of the region become part of one 2 MiB page? */
static uint32_t region_mergeable(const struct rmp_store *s, uint64_t first)
{
	struct snp_rmp_raw e;
	uint64_t i;

	for (i = 1; i < PFNS_PER_2M; i++) {
		if (s->load(s->opaque, first + i, &e))
			return SNP_RMPUPDATE_FAIL_INPUT;
		if (e.lo & (SNP_RMP_RAW_LOCK | SNP_RMP_RAW_ASSIGNED))
			return SNP_RMPUPDATE_FAIL_OVERLAP;
		if (e.lo & SNP_RMP_RAW_IMMUTABLE)
			return SNP_RMPUPDATE_FAIL_PERMISSION;
	}
	return 0;
}

static uint32_t update_checks(const struct rmp_store *s, uint64_t pfn,
			      const struct snp_rmp_raw *old, bool to_2m)
{
	bool was_2m = old->lo & SNP_RMP_RAW_PAGESIZE;

	if (old->lo & SNP_RMP_RAW_IMMUTABLE)
		return SNP_RMPUPDATE_FAIL_PERMISSION;

	if (!to_2m) {
		if (was_2m || !rmp_alone_in_region(s, pfn))
			return SNP_RMPUPDATE_FAIL_OVERLAP;
		return 0;
	}
	if (was_2m)
		return 0;
	if (old->lo & SNP_RMP_RAW_ASSIGNED)
		return SNP_RMPUPDATE_FAIL_OVERLAP;
	return region_mergeable(s, pfn);
}

/**
 * rmp_update() - RMPUPDATE
 * @s: the entries
 * @spa: RAX, system physical address of the page
 * @in: the 16 bytes that RCX points to
 *
 * Return: EAX.
 */
uint32_t rmp_update(const struct rmp_store *s, uint64_t spa, const struct snp_rmp_state *in)
{
	const struct snp_rmp_raw other = { .lo = in->assigned ? SNP_RMP_RAW_ASSIGNED : 0 };
	uint64_t pfn = spa >> SNP_PAGE_SHIFT, i;
	struct snp_rmp_raw old, new;
	uint32_t eax;

	if (!update_operand_ok(spa, in))
		return SNP_RMPUPDATE_FAIL_INPUT;

	switch (rmp_lock(s, pfn, &old)) {
	case RMP_OUTSIDE:
		return SNP_RMPUPDATE_FAIL_INPUT;
	case RMP_BUSY:
		return SNP_RMPUPDATE_FAIL_INUSE;
	case RMP_LOCKED:
		break;
	}

	eax = update_checks(s, pfn, &old, in->pagesize);
	if (eax) {
		rmp_unlock(s, pfn, &old, &old);
		return eax;
	}

	new = update_result(&old, in);
	if (in->pagesize)
		for (i = 1; i < PFNS_PER_2M; i++)
			rmp_set(s, pfn + i, &other);
	rmp_unlock(s, pfn, &old, &new);
	return 0;
}

/**
 * rmp_psmash() - PSMASH
 * @s: the entries
 * @spa: RAX, system physical address of the 2 MiB page
 *
 * Return: EAX.
 */
uint32_t rmp_psmash(const struct rmp_store *s, uint64_t spa)
{
	uint64_t pfn = spa >> SNP_PAGE_SHIFT, i;
	struct snp_rmp_raw old, new;

	if (spa & (SIZE_2M - 1))
		return SNP_PSMASH_FAIL_INPUT;

	switch (rmp_lock(s, pfn, &old)) {
	case RMP_OUTSIDE:
		return SNP_PSMASH_FAIL_INPUT;
	case RMP_BUSY:
		return SNP_PSMASH_FAIL_INUSE;
	case RMP_LOCKED:
		break;
	}
	if (old.lo & SNP_RMP_RAW_IMMUTABLE) {
		rmp_unlock(s, pfn, &old, &old);
		return SNP_PSMASH_FAIL_PERMISSION;
	}
	if (!(old.lo & SNP_RMP_RAW_ASSIGNED) || !(old.lo & SNP_RMP_RAW_PAGESIZE)) {
		rmp_unlock(s, pfn, &old, &old);
		return SNP_PSMASH_FAIL_BADADDR;
	}

	new = old;
	new.lo &= ~SNP_RMP_RAW_PAGESIZE;
	for (i = 1; i < PFNS_PER_2M; i++) {
		struct snp_rmp_raw piece = new;

		if (FIELD_GET(SNP_RMP_RAW_ASID, piece.lo))
			piece.lo += i << SNP_PAGE_SHIFT;
		rmp_set(s, pfn + i, &piece);
	}
	rmp_unlock(s, pfn, &old, &new);
	return 0;
}

/* Is any 4 KiB page assigned in the region that starts at @first? */
static bool region_in_use(const struct rmp_store *s, uint64_t first)
{
	struct snp_rmp_raw e;
	uint64_t i;

	for (i = 0; i < PFNS_PER_2M; i++)
		if (!s->load(s->opaque, first + i, &e) && (e.lo & SNP_RMP_RAW_ASSIGNED))
			return true;
	return false;
}

/**
 * rmp_read() - RMPREAD
 * @s: the entries
 * @spa: RAX, system physical address of the page
 * @out: receives the 16 bytes for the address in RCX
 *
 * Return: EAX.
 */
uint32_t rmp_read(const struct rmp_store *s, uint64_t spa, struct snp_rmp_state *out)
{
	uint64_t pfn = spa >> SNP_PAGE_SHIFT;
	struct snp_rmp_raw e;

	memset(out, 0, sizeof(*out));
	if ((spa & (SIZE_4K - 1)) || rmp_lookup(s, pfn, &e))
		return SNP_RMPUPDATE_FAIL_INPUT;

	out->gpa = e.lo & SNP_RMP_RAW_GPA_PFN;
	out->assigned = FIELD_GET(SNP_RMP_RAW_ASSIGNED, e.lo);
	out->pagesize = FIELD_GET(SNP_RMP_RAW_PAGESIZE, e.lo);
	out->immutable = FIELD_GET(SNP_RMP_RAW_IMMUTABLE, e.lo);
	out->asid = FIELD_GET(SNP_RMP_RAW_ASID, e.lo);
	/* Bit 1: some 4 KiB page of this region is assigned. */
	if (!out->pagesize && pfn == rmp_region(pfn) && region_in_use(s, pfn))
		out->pagesize |= 2;
	return 0;
}
