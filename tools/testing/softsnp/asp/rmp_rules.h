/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-state rules of the platform: what RMPUPDATE, PSMASH, RMPREAD,
 * PVALIDATE, RMPADJUST and the firmware may do to an RMP entry.  AMD64 APM
 * volumes 2 and 3 (24593, 24594), SNP firmware ABI (56860).
 *
 * Pure rules over an entry store that somebody else owns: the CPU model keeps
 * it in guest DRAM (host role) or in an array (guest role), the AMD-SP process
 * reaches the same DRAM through its DMA mapping.
 */
#ifndef SOFTSNP_RMP_RULES_H
#define SOFTSNP_RMP_RULES_H

#include <snp/rmp.h>

/**
 * struct rmp_store - where the entries live
 * @opaque: handed to the functions
 * @load: read the entry of @pfn; -1 when @pfn is outside the table (DEF)
 * @cas: replace @old by @new_ if the entry still equals @old; 1 when done, 0
 *	when somebody else was faster, -1 outside the table
 *
 * @cas acts on all 16 bytes at once (CMPXCHG16B): a high quadword written after
 * the low one would hit an entry that its next holder has already locked.
 * @load may be torn; a torn entry does not survive the @cas that follows.
 */
struct rmp_store {
	void *opaque;
	int (*load)(void *opaque, uint64_t pfn, struct snp_rmp_raw *e);
	int (*cas)(void *opaque, uint64_t pfn, const struct snp_rmp_raw *old,
		   const struct snp_rmp_raw *new_);
};

/* The state that an entry encodes (56860, page states). */
enum snp_page_state rmp_entry_state(const struct snp_rmp_raw *e);
const char *rmp_state_name(enum snp_page_state s);

/**
 * rmp_lookup() - the entry that governs a frame
 * @s: the entries
 * @pfn: any frame
 * @e: receives the frame's own entry or, inside a 2 MiB page, that page's
 *	entry with the GPA of this very frame
 *
 * The entries 1 to 511 of a 2 MiB page hold nothing but the assigned bit, so
 * decode none without this function.
 *
 * Return: 0, or -1 when the table does not cover @pfn.
 */
int rmp_lookup(const struct rmp_store *s, uint64_t pfn, struct snp_rmp_raw *e);

/* Host instructions: the return value is what goes into EAX. */
uint32_t rmp_update(const struct rmp_store *s, uint64_t spa, const struct snp_rmp_state *in);
uint32_t rmp_psmash(const struct rmp_store *s, uint64_t spa);
uint32_t rmp_read(const struct rmp_store *s, uint64_t spa, struct snp_rmp_state *out);

/* What a guest instruction can end in, beside a code in EAX. */
enum rmp_guest_outcome {
	RMP_GUEST_DONE,		/* *eax is valid, *carry too for PVALIDATE */
	RMP_GUEST_NPF,		/* nested page fault: entry not the guest's */
	RMP_GUEST_NPF_SIZEM,	/* nested page fault with size mismatch: PSMASH and retry */
};

enum rmp_guest_outcome rmp_pvalidate(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				     uint32_t asid, bool size_2m, bool validate,
				     uint32_t *eax, bool *carry);
enum rmp_guest_outcome rmp_adjust(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				  uint32_t asid, bool size_2m, unsigned int caller_vmpl,
				  uint64_t rdx, uint32_t *eax);

/**
 * struct rmp_query - what RMPQUERY tells
 * @perms: permission mask of the VMPL asked for
 * @vmsa: the page is a VMSA
 * @size_2m: the page is part of a 2 MiB page
 */
struct rmp_query {
	uint8_t perms;
	bool vmsa;
	bool size_2m;
};

enum rmp_guest_outcome rmp_query(const struct rmp_store *s, uint64_t spa, uint64_t gpa,
				 uint32_t asid, unsigned int caller_vmpl, uint64_t rdx,
				 struct rmp_query *q, uint32_t *eax);

/*
 * Firmware side.  rmp_fw_transition() moves the entry from @from to @to (4 KiB
 * or 2 MiB as the entry says), keeping ASID and GPA unless the new state has
 * none; fails with the firmware status that the wrong state deserves.
 */
uint32_t rmp_fw_transition(const struct rmp_store *s, uint64_t spa,
			   enum snp_page_state from, enum snp_page_state to);

/**
 * rmp_fw_launch() - Pre-Guest to Guest-Valid, as LAUNCH_UPDATE does
 * @s: the entries
 * @spa: first byte of the page
 * @vmpl_perms: bits 15:8, 23:16, 31:24: what VMPL1..3 may do; VMPL0 may all
 * @vmsa: the page is a VMSA
 *
 * Return: firmware status.
 */
uint32_t rmp_fw_launch(const struct rmp_store *s, uint64_t spa, uint32_t vmpl_perms, bool vmsa);

/**
 * rmp_fw_restore() - Pre-Guest to Pre-Swap, as swapping in and moving do
 * @s: the entries
 * @spa: first byte of the page
 * @perms: what VMPL0..3 may do, eight bits each
 * @vmsa: the page is a VMSA
 *
 * Return: firmware status.
 */
uint32_t rmp_fw_restore(const struct rmp_store *s, uint64_t spa, uint32_t perms, bool vmsa);

/* Firmware to Metadata of the guest whose context page is @gctx_spa; 4 KiB. */
uint32_t rmp_fw_metadata(const struct rmp_store *s, uint64_t spa, uint64_t gctx_spa);

/* Firmware to HV-Fixed, 4 KiB or 2 MiB as the entry says. */
uint32_t rmp_fw_fix(const struct rmp_store *s, uint64_t spa);

/* 512 immutable 4 KiB entries that fit together become one of 2 MiB. */
uint32_t rmp_fw_unsmash(const struct rmp_store *s, uint64_t spa);

#endif /* SOFTSNP_RMP_RULES_H */
