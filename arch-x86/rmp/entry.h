/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RMP entry codec: the raw 16 bytes of Milan and Genoa (AMD64 APM volume 2,
 * 24593, chapter 15.36), what RMPREAD returns (APM volume 3, 24594), and the
 * page state that an entry stands for (SNP firmware ABI, 56860, page states).
 *
 * Pure functions on values; nothing here touches the machine.
 */
#ifndef SNP_ARCH_RMP_ENTRY_H
#define SNP_ARCH_RMP_ENTRY_H

#include <linux/errno.h>

#include <snp/rmp.h>

#define RMP_NR_VMPL		4

/**
 * struct rmp_entry - one RMP entry, decoded
 * @gpa: guest physical address in bytes, 4 KiB aligned
 * @asid: owner; 0 is the firmware or nobody
 * @assigned: not writable by the host
 * @size_2m: the entry covers 2 MiB
 * @immutable: software cannot change it, only the firmware can
 * @validated: the guest has accepted the page
 * @vmsa: VMSA or guest context page
 * @partial: from RMPREAD, which does not tell @validated, @vmsa and @perms
 * @perms: access rights of VMPL 0..3; position in the raw entry is unconfirmed
 */
struct rmp_entry {
	u64 gpa;
	u32 asid;
	bool assigned;
	bool size_2m;
	bool immutable;
	bool validated;
	bool vmsa;
	bool partial;
	u8 perms[RMP_NR_VMPL];
};

/**
 * rmp_entry_decode() - raw entry to fields
 * @raw: entry as it stands in the table
 * @e: result
 */
static inline void rmp_entry_decode(const struct snp_rmp_raw *raw, struct rmp_entry *e)
{
	unsigned int vmpl;

	*e = (struct rmp_entry) {
		.gpa	   = FIELD_GET(SNP_RMP_RAW_GPA_PFN, raw->lo) << SNP_PAGE_SHIFT,
		.asid	   = FIELD_GET(SNP_RMP_RAW_ASID, raw->lo),
		.assigned  = raw->lo & SNP_RMP_RAW_ASSIGNED,
		.size_2m   = raw->lo & SNP_RMP_RAW_PAGESIZE,
		.immutable = raw->lo & SNP_RMP_RAW_IMMUTABLE,
		.validated = raw->lo & SNP_RMP_RAW_VALIDATED,
		.vmsa	   = raw->lo & SNP_RMP_RAW_VMSA,
	};
	for (vmpl = 0; vmpl < RMP_NR_VMPL; vmpl++)
		e->perms[vmpl] = raw->hi >> (8 * vmpl);
}

/**
 * rmp_entry_encode() - fields to raw entry
 * @e: the fields
 * @raw: result; untouched on failure
 *
 * Return: 0, or -ERANGE when the GPA or the ASID has no room in the format.
 */
static inline int rmp_entry_encode(const struct rmp_entry *e, struct snp_rmp_raw *raw)
{
	u64 gpa_pfn = e->gpa >> SNP_PAGE_SHIFT;
	unsigned int vmpl;
	u64 lo, hi = 0;

	if (e->gpa & (SNP_PAGE_SIZE - 1) || gpa_pfn > FIELD_MAX(SNP_RMP_RAW_GPA_PFN) ||
	    e->asid > FIELD_MAX(SNP_RMP_RAW_ASID))
		return -ERANGE;

	lo = FIELD_PREP(SNP_RMP_RAW_GPA_PFN, gpa_pfn) |
	     FIELD_PREP(SNP_RMP_RAW_ASID, (u64)e->asid) |
	     (e->assigned ? SNP_RMP_RAW_ASSIGNED : 0) |
	     (e->size_2m ? SNP_RMP_RAW_PAGESIZE : 0) |
	     (e->immutable ? SNP_RMP_RAW_IMMUTABLE : 0) |
	     (e->validated ? SNP_RMP_RAW_VALIDATED : 0) |
	     (e->vmsa ? SNP_RMP_RAW_VMSA : 0);
	for (vmpl = 0; vmpl < RMP_NR_VMPL; vmpl++)
		hi |= (u64)e->perms[vmpl] << (8 * vmpl);

	raw->lo = lo;
	raw->hi = hi;
	return 0;
}

/**
 * rmp_entry_from_rmpread() - result of RMPREAD to fields
 * @s: what the processor wrote; the flag bytes carry their flag in bit 0
 * @e: result, marked partial
 */
static inline void rmp_entry_from_rmpread(const struct snp_rmp_state *s, struct rmp_entry *e)
{
	*e = (struct rmp_entry) {
		.gpa	   = s->gpa & GENMASK_ULL(51, 12),
		.asid	   = s->asid,
		.assigned  = s->assigned & 1,
		.size_2m   = s->pagesize & 1,
		.immutable = s->immutable & 1,
		.partial   = true,
	};
}

/**
 * rmp_entry_state() - name the page state that an entry encodes
 * @e: decoded entry
 *
 * A partial entry cannot tell Context from Firmware, Pre-Swap from Pre-Guest
 * and Guest-Valid from Guest-Invalid; the second of each pair is returned.
 *
 * Return: enum snp_page_state, or -EINVAL for a combination that no state has.
 */
static inline int rmp_entry_state(const struct rmp_entry *e)
{
	if (!e->assigned) {
		if (e->asid || e->validated || e->vmsa)
			return -EINVAL;
		return e->immutable ? SNP_STATE_HV_FIXED : SNP_STATE_HYPERVISOR;
	}

	if (!e->asid) {
		if (e->validated)
			return -EINVAL;
		if (!e->immutable)
			return e->vmsa ? -EINVAL : SNP_STATE_RECLAIM;
		if (e->vmsa)
			return e->gpa ? -EINVAL : SNP_STATE_CONTEXT;
		return e->gpa ? SNP_STATE_METADATA : SNP_STATE_FIRMWARE;
	}

	if (e->validated)
		return e->immutable ? SNP_STATE_PRE_SWAP : SNP_STATE_GUEST_VALID;
	if (e->vmsa)
		return -EINVAL;
	return e->immutable ? SNP_STATE_PRE_GUEST : SNP_STATE_GUEST_INVALID;
}

/**
 * rmp_state_name() - a page state in the specification's words
 * @state: what rmp_entry_state() returned
 *
 * Return: a constant string.
 */
static inline const char *rmp_state_name(int state)
{
	switch (state) {
	case SNP_STATE_HYPERVISOR:	return "Hypervisor";
	case SNP_STATE_HV_FIXED:	return "HV-Fixed";
	case SNP_STATE_RECLAIM:		return "Reclaim";
	case SNP_STATE_FIRMWARE:	return "Firmware";
	case SNP_STATE_CONTEXT:		return "Context";
	case SNP_STATE_METADATA:	return "Metadata";
	case SNP_STATE_PRE_GUEST:	return "Pre-Guest";
	case SNP_STATE_GUEST_INVALID:	return "Guest-Invalid";
	case SNP_STATE_PRE_SWAP:	return "Pre-Swap";
	case SNP_STATE_GUEST_VALID:	return "Guest-Valid";
	case SNP_STATE_DEFAULT:		return "Default";
	}
	return "no such state";
}

#endif /* SNP_ARCH_RMP_ENTRY_H */
