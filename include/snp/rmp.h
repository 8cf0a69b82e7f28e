/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reverse map table: entry formats, instruction operands and return codes,
 * MSRs.  AMD64 APM volume 2 (24593) chapter 15.36, volume 3 (24594).
 *
 * Layout only; the transition rules are written twice on purpose, once by the
 * module that asks for them and once by the platform that enforces them.
 */
#ifndef SNP_RMP_H
#define SNP_RMP_H

#include "types.h"

/* MSRs. */
#define SNP_MSR_SYSCFG			0xc0010010
#define SNP_SYSCFG_MFDM			BIT_ULL(19)
#define SNP_SYSCFG_MEM_ENCRYPT		BIT_ULL(23)
#define SNP_SYSCFG_SNP_EN		BIT_ULL(24)
#define SNP_SYSCFG_VMPL_EN		BIT_ULL(25)
#define SNP_MSR_HWCR			0xc0010015
#define SNP_HWCR_SMMLOCK		BIT_ULL(0)
#define SNP_MSR_VM_HSAVE_PA		0xc0010117
#define SNP_MSR_GHCB			0xc0010130
#define SNP_MSR_SEV_STATUS		0xc0010131
#define SNP_SEV_STATUS_SEV		BIT_ULL(0)
#define SNP_SEV_STATUS_ES		BIT_ULL(1)
#define SNP_SEV_STATUS_SNP		BIT_ULL(2)
#define SNP_SEV_STATUS_DEBUG_SWAP	BIT_ULL(7)
#define SNP_SEV_STATUS_SECURE_TSC	BIT_ULL(11)
#define SNP_MSR_RMP_BASE		0xc0010132
#define SNP_MSR_RMP_END			0xc0010133
#define SNP_MSR_GUEST_TSC_FREQ		0xc0010134
#define SNP_GUEST_TSC_FREQ_MHZ		GENMASK_ULL(17, 0)
#define SNP_MSR_RMP_CFG			0xc0010136
#define SNP_RMP_CFG_SEGMENTED		BIT_ULL(0)
#define SNP_RMP_CFG_SEG_SHIFT		GENMASK_ULL(13, 8)

/* Contiguous table: bookkeeping first, then 16 bytes a 4 KiB frame. */
#define SNP_RMP_BOOKKEEPING		0x4000
#define SNP_RMP_ENTRY_SIZE		16

/* Raw entry, low quadword (Milan, Genoa). */
#define SNP_RMP_RAW_ASSIGNED		BIT_ULL(0)
#define SNP_RMP_RAW_PAGESIZE		BIT_ULL(1)
#define SNP_RMP_RAW_IMMUTABLE		BIT_ULL(2)
#define SNP_RMP_RAW_GPA_PFN		GENMASK_ULL(50, 12)
#define SNP_RMP_RAW_ASID		GENMASK_ULL(60, 51)
#define SNP_RMP_RAW_VMSA		BIT_ULL(61)
#define SNP_RMP_RAW_VALIDATED		BIT_ULL(62)
#define SNP_RMP_RAW_LOCK		BIT_ULL(63)	/* U: one source */
/* High quadword: permission masks of VMPL 0..3, eight bits each (U: one source). */
#define SNP_RMP_RAW_PERMS(vmpl)		(0xffULL << (8 * (vmpl)))
#define SNP_RMP_PERM_READ		BIT_ULL(0)
#define SNP_RMP_PERM_WRITE		BIT_ULL(1)
#define SNP_RMP_PERM_EXEC_USER		BIT_ULL(2)
#define SNP_RMP_PERM_EXEC_KERNEL	BIT_ULL(3)

struct snp_rmp_raw {
	__u64	lo;
	__u64	hi;
};

SNP_CHECK_SIZE(struct snp_rmp_raw, SNP_RMP_ENTRY_SIZE);

/* Operand of RMPUPDATE, result of RMPREAD. */
struct snp_rmp_state {
	__u64	gpa;
	__u8	assigned;
	__u8	pagesize;		/* 0: 4 KiB, 1: 2 MiB */
	__u8	immutable;
	__u8	reserved;
	__u32	asid;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_rmp_state, 16);
#define SNP_RMP_STATE_GPA		GENMASK_ULL(51, 12)

/* Return codes in EAX. */
#define SNP_RMPUPDATE_FAIL_INPUT	1
#define SNP_RMPUPDATE_FAIL_PERMISSION	2
#define SNP_RMPUPDATE_FAIL_INUSE	3
#define SNP_RMPUPDATE_FAIL_OVERLAP	4
#define SNP_PSMASH_FAIL_INPUT		1
#define SNP_PSMASH_FAIL_PERMISSION	2
#define SNP_PSMASH_FAIL_INUSE		3
#define SNP_PSMASH_FAIL_BADADDR		4	/* not a 2 MiB page; U: 7 in one source */
#define SNP_PVALIDATE_FAIL_INPUT	1
#define SNP_PVALIDATE_FAIL_PERMISSION	2	/* U: below VMPL0 */
#define SNP_PVALIDATE_FAIL_SIZEMISMATCH	6
#define SNP_RMPADJUST_FAIL_INPUT	1
#define SNP_RMPADJUST_FAIL_PERMISSION	2
#define SNP_RMPADJUST_FAIL_SIZEMISMATCH	6
/* U: codes of RMPQUERY, and its registers. */
#define SNP_RMPQUERY_FAIL_INPUT		1
#define SNP_RMPQUERY_FAIL_PERMISSION	2
/* RMPADJUST RDX; also RDX of RMPQUERY, the VMPL in, permissions and VMSA out. */
#define SNP_RMPADJUST_VMPL		GENMASK_ULL(7, 0)
#define SNP_RMPADJUST_PERMS		GENMASK_ULL(15, 8)
#define SNP_RMPADJUST_VMSA		BIT_ULL(16)

/* Page states that software gives names to (56860). */
enum snp_page_state {
	SNP_STATE_HYPERVISOR,
	SNP_STATE_HV_FIXED,
	SNP_STATE_RECLAIM,
	SNP_STATE_FIRMWARE,
	SNP_STATE_CONTEXT,
	SNP_STATE_METADATA,
	SNP_STATE_PRE_GUEST,
	SNP_STATE_GUEST_INVALID,
	SNP_STATE_PRE_SWAP,
	SNP_STATE_GUEST_VALID,
	SNP_STATE_DEFAULT,		/* not covered, or SNP not initialised */
};

#endif /* SNP_RMP_H */
