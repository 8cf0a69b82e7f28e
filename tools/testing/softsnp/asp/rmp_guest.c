// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page-state rules of the guest instructions PVALIDATE, RMPADJUST and
 * RMPQUERY.  AMD64 APM volume 3 (24594).
 *
 * What depends on the guest's page tables (mapping present, large enough,
 * C-bit set), on CPL and, for PVALIDATE, on the VMPL is the CPU model's part.
 */
#include "rmp_entry.h"

#define GPA_2M_MASK	0x1fffffULL

/*
 * Lock the entry of the page that the instruction is about and check that it
 * is this guest's.  A 4 KiB operand inside a 2 MiB page never locks: it faults.
 */
static bool guest_entry(const struct rmp_store *s, uint64_t spa, uint64_t gpa, uint32_t asid,
			bool size_2m, struct snp_rmp_raw *old, enum rmp_guest_outcome *fault)
{
	uint64_t pfn = spa >> SNP_PAGE_SHIFT;
	struct snp_rmp_raw e;

	*fault = RMP_GUEST_NPF;
	if (!asid || rmp_lookup(s, pfn, &e) || !(e.lo & SNP_RMP_RAW_ASSIGNED))
		return false;
	if (FIELD_GET(SNP_RMP_RAW_ASID, e.lo) != asid)
		return false;
	if ((e.lo & SNP_RMP_RAW_GPA_PFN) != (gpa & ~(uint64_t)(SNP_PAGE_SIZE - 1)))
		return false;
	if (e.lo & SNP_RMP_RAW_IMMUTABLE)
		return false;

	if (!size_2m && (e.lo & SNP_RMP_RAW_PAGESIZE)) {
		*fault = RMP_GUEST_NPF_SIZEM;
		return false;
	}

	/* The host may have changed the entry since: then the guest faults and comes again. */
	if (rmp_lock(s, pfn, old) != RMP_LOCKED)
		return false;
	if (old->lo != (e.lo & ~SNP_RMP_RAW_LOCK)) {
		rmp_unlock(s, pfn, old, old);
		return false;
	}
	return true;
}

/**
 * rmp_pvalidate() - PVALIDATE at VMPL0
 * @s: the entries
 * @spa: where the nested page tables lead
 * @gpa: where the guest's page tables lead
 * @asid: of the guest
 * @size_2m: ECX bit 0
 * @validate: EDX bit 0
 * @eax: receives the return code
 * @carry: receives CF: nothing changed
 *
 * Return: RMP_GUEST_DONE, or the nested page fault to take.
 */
enum rmp_guest_outcome rmp_pvalidate(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				     uint32_t asid, bool size_2m, bool validate,
				     uint32_t *eax, bool *carry)
{
	enum rmp_guest_outcome fault;
	struct snp_rmp_raw old, new;

	*eax = 0;
	/* Linux looks at CF before EAX, so it stays clear on every failure. */
	*carry = false;
	/* U: #GP in one reading of the manual. */
	if (size_2m && (gpa & GPA_2M_MASK)) {
		*eax = SNP_PVALIDATE_FAIL_INPUT;
		return RMP_GUEST_DONE;
	}
	if (!guest_entry(s, spa, gpa, asid, size_2m, &old, &fault))
		return fault;

	new = old;
	if (size_2m && !(old.lo & SNP_RMP_RAW_PAGESIZE)) {
		*eax = SNP_PVALIDATE_FAIL_SIZEMISMATCH;
	} else if (validate == !!(old.lo & SNP_RMP_RAW_VALIDATED)) {
		*carry = true;
	} else if (validate) {
		new.lo |= SNP_RMP_RAW_VALIDATED;
	} else {
		/* Guest-Invalid has no VMSA bit (U: whether PVALIDATE clears it). */
		new.lo &= ~(SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA);
	}
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &new);
	return RMP_GUEST_DONE;
}

/* What RMPADJUST refuses before it looks at the table; 0: nothing. */
static uint32_t adjust_operand(uint64_t gpa, bool size_2m, unsigned int caller_vmpl, uint64_t rdx)
{
	uint64_t target = FIELD_GET(SNP_RMPADJUST_VMPL, rdx);
	uint64_t perms = FIELD_GET(SNP_RMPADJUST_PERMS, rdx);

	if (rdx & ~(SNP_RMPADJUST_VMPL | SNP_RMPADJUST_PERMS | SNP_RMPADJUST_VMSA))
		return SNP_RMPADJUST_FAIL_INPUT;
	if (target > 3 || (perms & ~RMP_PERM_ALL))
		return SNP_RMPADJUST_FAIL_INPUT;
	if (size_2m && ((gpa & GPA_2M_MASK) || (rdx & SNP_RMPADJUST_VMSA)))
		return SNP_RMPADJUST_FAIL_INPUT;
	if (target <= caller_vmpl)
		return SNP_RMPADJUST_FAIL_PERMISSION;
	return 0;
}

/**
 * rmp_adjust() - RMPADJUST
 * @s: the entries
 * @spa: where the nested page tables lead
 * @gpa: where the guest's page tables lead
 * @asid: of the guest
 * @size_2m: RCX bit 0
 * @caller_vmpl: VMPL that executes the instruction
 * @rdx: RDX
 * @eax: receives the return code
 *
 * Return: RMP_GUEST_DONE, or the nested page fault to take.
 */
enum rmp_guest_outcome rmp_adjust(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				  uint32_t asid, bool size_2m, unsigned int caller_vmpl,
				  uint64_t rdx, uint32_t *eax)
{
	unsigned int target = FIELD_GET(SNP_RMPADJUST_VMPL, rdx);
	uint64_t perms = FIELD_GET(SNP_RMPADJUST_PERMS, rdx);
	enum rmp_guest_outcome fault;
	struct snp_rmp_raw old, new;
	uint64_t own;

	*eax = adjust_operand(gpa, size_2m, caller_vmpl, rdx);
	if (*eax)
		return RMP_GUEST_DONE;
	if (!guest_entry(s, spa, gpa, asid, size_2m, &old, &fault))
		return fault;

	new = old;
	own = (old.hi >> (8 * caller_vmpl)) & 0xff;
	if (!(old.lo & SNP_RMP_RAW_VALIDATED)) {
		rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &old);
		return RMP_GUEST_NPF;
	}

	if (size_2m && !(old.lo & SNP_RMP_RAW_PAGESIZE)) {
		*eax = SNP_RMPADJUST_FAIL_SIZEMISMATCH;
	} else if (perms & ~own) {
		*eax = SNP_RMPADJUST_FAIL_PERMISSION;
	} else {
		new.hi &= ~(0xffULL << (8 * target));
		new.hi |= perms << (8 * target);
		/* At other VMPLs the bit is ignored, not refused. */
		if (!caller_vmpl) {
			new.lo &= ~SNP_RMP_RAW_VMSA;
			if (rdx & SNP_RMPADJUST_VMSA)
				new.lo |= SNP_RMP_RAW_VMSA;
		}
	}
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &new);
	return RMP_GUEST_DONE;
}

/**
 * rmp_query() - RMPQUERY
 * @s: the entries
 * @spa: where the nested page tables lead
 * @gpa: where the guest's page tables lead
 * @asid: of the guest
 * @caller_vmpl: VMPL that executes the instruction
 * @rdx: RDX: the VMPL that is asked about
 * @q: receives the answer; zero unless *@eax is 0
 * @eax: receives the return code
 *
 * U: registers, codes, and that a VMPL may ask about itself, but not about a
 * more privileged one; reserved bits of RDX are taken as RMPADJUST takes them.
 *
 * Return: RMP_GUEST_DONE, or the nested page fault to take.
 */
enum rmp_guest_outcome rmp_query(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				 uint32_t asid, unsigned int caller_vmpl, uint64_t rdx,
				 struct rmp_query *q, uint32_t *eax)
{
	uint64_t target = FIELD_GET(SNP_RMPADJUST_VMPL, rdx);
	enum rmp_guest_outcome fault;
	struct snp_rmp_raw old;
	bool found;

	*q = (struct rmp_query){};
	*eax = 0;
	if (rdx & ~SNP_RMPADJUST_VMPL || target > 3)
		*eax = SNP_RMPQUERY_FAIL_INPUT;
	else if (target < caller_vmpl)
		*eax = SNP_RMPQUERY_FAIL_PERMISSION;
	if (*eax)
		return RMP_GUEST_DONE;
	found = guest_entry(s, spa, gpa, asid, false, &old, &fault);
	if (!found && fault == RMP_GUEST_NPF_SIZEM) {
		/* Inside a 2 MiB page: that page's entry. */
		spa &= ~GPA_2M_MASK;
		gpa &= ~GPA_2M_MASK;
		found = guest_entry(s, spa, gpa, asid, true, &old, &fault);
	}
	if (!found)
		return fault;
	rmp_unlock(s, spa >> SNP_PAGE_SHIFT, &old, &old);
	if (!(old.lo & SNP_RMP_RAW_VALIDATED))
		return RMP_GUEST_NPF;
	q->perms = (old.hi >> (8 * target)) & 0xff;
	q->vmsa = old.lo & SNP_RMP_RAW_VMSA;
	q->size_2m = old.lo & SNP_RMP_RAW_PAGESIZE;
	return RMP_GUEST_DONE;
}
