/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest-hypervisor communication block: page layout, MSR protocol, exit
 * codes, page state change list.  GHCB specification (AMD 56421).
 */
#ifndef SNP_GHCB_H
#define SNP_GHCB_H

#include "types.h"

/* MSR protocol: bits 11:0 of MSR 0xc0010130. */
#define SNP_GHCB_MSR_CODE		GENMASK_ULL(11, 0)
#define SNP_GHCB_MSR_DATA		GENMASK_ULL(63, 12)
#define SNP_GHCB_MSR_GPA		0x000
#define SNP_GHCB_MSR_SEV_INFO_RESP	0x001
#define SNP_GHCB_MSR_SEV_INFO_REQ	0x002
#define SNP_GHCB_MSR_CPUID_REQ		0x004
#define SNP_GHCB_MSR_CPUID_RESP		0x005
#define SNP_GHCB_MSR_AP_RESET_HOLD_REQ	0x006
#define SNP_GHCB_MSR_AP_RESET_HOLD_RESP	0x007
#define SNP_GHCB_MSR_PREF_GPA_REQ	0x010
#define SNP_GHCB_MSR_PREF_GPA_RESP	0x011
#define SNP_GHCB_MSR_REG_GPA_REQ	0x012
#define SNP_GHCB_MSR_REG_GPA_RESP	0x013
#define SNP_GHCB_MSR_PSC_REQ		0x014
#define SNP_GHCB_MSR_PSC_RESP		0x015
#define SNP_GHCB_MSR_RUN_VMPL_REQ	0x016
#define SNP_GHCB_MSR_RUN_VMPL_RESP	0x017
#define SNP_GHCB_MSR_HV_FEATURES_REQ	0x080
#define SNP_GHCB_MSR_HV_FEATURES_RESP	0x081
#define SNP_GHCB_MSR_TERMINATE		0x100

#define SNP_GHCB_SEV_INFO_MAX		GENMASK_ULL(63, 48)
#define SNP_GHCB_SEV_INFO_MIN		GENMASK_ULL(47, 32)
#define SNP_GHCB_SEV_INFO_CBIT		GENMASK_ULL(31, 24)
#define SNP_GHCB_CPUID_FN		GENMASK_ULL(63, 32)
#define SNP_GHCB_CPUID_REG		GENMASK_ULL(31, 30)
#define SNP_GHCB_PSC_REQ_OP		GENMASK_ULL(55, 52)
#define SNP_GHCB_PSC_REQ_GFN		GENMASK_ULL(51, 12)
#define SNP_GHCB_PSC_RESP_ERROR		GENMASK_ULL(63, 32)
#define SNP_GHCB_PSC_RESP_RESERVED	GENMASK_ULL(31, 12)
#define SNP_GHCB_TERM_REASON		GENMASK_ULL(23, 16)
#define SNP_GHCB_TERM_SET		GENMASK_ULL(15, 12)
#define SNP_HV_FEATURE_SNP		BIT_ULL(0)
#define SNP_HV_FEATURE_AP_CREATION	BIT_ULL(1)
#define SNP_HV_FEATURE_MULTI_VMPL	BIT_ULL(5)
#define SNP_GHCB_RUN_VMPL_REQ_VMPL	GENMASK_ULL(39, 32)
#define SNP_GHCB_RUN_VMPL_RESP_ERROR	GENMASK_ULL(63, 32)
#define SNP_AP_CREATION_ACTION		GENMASK_ULL(15, 0)
#define SNP_AP_CREATION_VMPL		GENMASK_ULL(19, 16)
#define SNP_AP_CREATION_RESERVED	GENMASK_ULL(31, 20)
#define SNP_AP_CREATION_APIC_ID		GENMASK_ULL(63, 32)

/* The page. */
struct snp_ghcb {
	__u8	reserved0[0xcb];
	__u8	cpl;
	__u8	reserved1[0x74];
	__u64	xss;			/* 0x140 */
	__u8	reserved2[0x18];
	__u64	dr7;			/* 0x160 */
	__u8	reserved3[0x90];
	__u64	rax;			/* 0x1f8 */
	__u8	reserved4[0x108];
	__u64	rcx;			/* 0x308 */
	__u64	rdx;
	__u64	rbx;
	__u8	reserved5[8];
	__u64	rbp;
	__u64	rsi;
	__u64	rdi;
	__u64	r8_15[8];		/* 0x340 */
	__u8	reserved6[0x10];
	__u64	sw_exit_code;		/* 0x390 */
	__u64	sw_exit_info_1;
	__u64	sw_exit_info_2;
	__u64	sw_scratch;
	__u8	reserved7[0x38];
	__u64	xcr0;			/* 0x3e8 */
	__u8	valid_bitmap[16];	/* 0x3f0 */
	__u64	x87_state_gpa;
	__u8	reserved8[0x3f8];
	__u8	shared_buffer[2032];	/* 0x800 */
	__u8	reserved9[10];
	__u16	protocol_version;	/* 0xffa */
	__u32	usage;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_ghcb, SNP_PAGE_SIZE);
SNP_CHECK_OFFSET(struct snp_ghcb, xss, 0x140);
SNP_CHECK_OFFSET(struct snp_ghcb, dr7, 0x160);
SNP_CHECK_OFFSET(struct snp_ghcb, rax, 0x1f8);
SNP_CHECK_OFFSET(struct snp_ghcb, rcx, 0x308);
SNP_CHECK_OFFSET(struct snp_ghcb, rbp, 0x328);
SNP_CHECK_OFFSET(struct snp_ghcb, r8_15, 0x340);
SNP_CHECK_OFFSET(struct snp_ghcb, sw_exit_code, 0x390);
SNP_CHECK_OFFSET(struct snp_ghcb, xcr0, 0x3e8);
SNP_CHECK_OFFSET(struct snp_ghcb, valid_bitmap, 0x3f0);
SNP_CHECK_OFFSET(struct snp_ghcb, shared_buffer, 0x800);
SNP_CHECK_OFFSET(struct snp_ghcb, protocol_version, 0xffa);

/* One validity bit for each aligned quadword below 0x400. */
#define SNP_GHCB_VALID_BIT(member)	(offsetof(struct snp_ghcb, member) / 8)

/* Exit codes. */
#define SNP_EXIT_DR7_READ		0x027
#define SNP_EXIT_DR7_WRITE		0x037
#define SNP_EXIT_AC			0x051
#define SNP_EXIT_RDTSC			0x06e
#define SNP_EXIT_RDPMC			0x06f
#define SNP_EXIT_CPUID			0x072
#define SNP_EXIT_INVD			0x076
#define SNP_EXIT_HLT			0x078
#define SNP_EXIT_IOIO			0x07b
#define SNP_EXIT_MSR			0x07c
#define SNP_EXIT_VMMCALL		0x081
#define SNP_EXIT_RDTSCP			0x087
#define SNP_EXIT_WBINVD			0x089
#define SNP_EXIT_MONITOR		0x08a
#define SNP_EXIT_MWAIT			0x08b
#define SNP_EXIT_NPF			0x400
#define SNP_EXIT_PAGE_NOT_VALIDATED	0x404
#define SNP_EXIT_MMIO_READ		0x80000001
#define SNP_EXIT_MMIO_WRITE		0x80000002
#define SNP_EXIT_NMI_COMPLETE		0x80000003
#define SNP_EXIT_AP_RESET_HOLD		0x80000004
#define SNP_EXIT_AP_JUMP_TABLE		0x80000005
#define SNP_EXIT_PSC			0x80000010
#define SNP_EXIT_GUEST_REQUEST		0x80000011
#define SNP_EXIT_EXT_GUEST_REQUEST	0x80000012
#define SNP_EXIT_AP_CREATION		0x80000013
#define SNP_EXIT_RUN_VMPL		0x80000018
#define SNP_EXIT_HV_FEATURES		0x8000fffd
#define SNP_EXIT_TERMINATE		0x8000fffe
#define SNP_EXIT_UNSUPPORTED		0x8000ffff

/* SW_EXITINFO1 31:0 on return. */
#define SNP_GHCB_RESULT_OK		0
#define SNP_GHCB_RESULT_EXCEPTION	1
#define SNP_GHCB_RESULT_MALFORMED	2
/* SW_EXITINFO2 for MALFORMED. */
#define SNP_GHCB_ERR_NOT_REGISTERED	1
#define SNP_GHCB_ERR_INVALID_USAGE	2
#define SNP_GHCB_ERR_SCRATCH		3
#define SNP_GHCB_ERR_MISSING_INPUT	4
#define SNP_GHCB_ERR_INVALID_INPUT	5
#define SNP_GHCB_ERR_INVALID_EVENT	6

/* SW_EXITINFO2 of the guest request exits. */
#define SNP_REQ_FW_STATUS		GENMASK_ULL(31, 0)
#define SNP_REQ_VMM_STATUS		GENMASK_ULL(63, 32)
#define SNP_REQ_VMM_INVALID_LEN		1
#define SNP_REQ_VMM_BUSY		2
#define SNP_REQ_VMM_GENERIC		0xffffffff

/* Page state change list in the shared buffer. */
#define SNP_PSC_MAX_ENTRIES		253
#define SNP_PSC_OP_PRIVATE		1
#define SNP_PSC_OP_SHARED		2
#define SNP_PSC_OP_PSMASH		3
#define SNP_PSC_OP_UNSMASH		4
#define SNP_PSC_ENTRY_CUR_PAGE		GENMASK_ULL(11, 0)
#define SNP_PSC_ENTRY_GFN		GENMASK_ULL(51, 12)
#define SNP_PSC_ENTRY_OP		GENMASK_ULL(55, 52)
#define SNP_PSC_ENTRY_2M		BIT_ULL(56)
#define SNP_PSC_ENTRY_RESERVED		GENMASK_ULL(63, 57)
#define SNP_PSC_INVALID_HDR		0x0000000100000001ULL
#define SNP_PSC_INVALID_ENTRY		0x0000000100000002ULL
#define SNP_PSC_GENERIC_ERROR		0x0000010000000000ULL
struct snp_psc_desc {
	__u16	cur_entry;
	__u16	end_entry;
	__u32	reserved;
	__u64	entry[SNP_PSC_MAX_ENTRIES];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_psc_desc, 2032);

/* Termination: reason sets and the codes that this project uses. */
#define SNP_TERM_SET_GENERAL		0

#endif /* SNP_GHCB_H */
