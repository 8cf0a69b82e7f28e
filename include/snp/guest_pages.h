/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a guest is launched with: secrets page (56860), CPUID page
 * (56860), confidential computing blob (OVMF / Linux boot protocol), VMSA
 * (24593 appendix B).
 */
#ifndef SNP_GUEST_PAGES_H
#define SNP_GUEST_PAGES_H

#include "types.h"

#define SNP_VMPCK_LEN		32
#define SNP_NR_VMPCK		4

struct snp_secrets_page {
	__u32	version;
	__u32	flags;			/* bit 0: launched by an IMI */
	__u32	fms;
	__u32	reserved0;
	__u8	gosvw[16];
	__u8	vmpck[SNP_NR_VMPCK][SNP_VMPCK_LEN];	/* 0x20 */
	__u32	msg_seqno[SNP_NR_VMPCK];		/* 0xa0, guest owned */
	__u64	ap_jump_table_gpa;			/* 0xb0 */
	__u8	reserved1[40];
	__u8	guest_usage[32];			/* 0xe0 */
	__u8	vmsa_tweak_bitmap[64];			/* 0x100 */
	__u64	svsm_base_gpa;				/* 0x140 */
	__u64	svsm_size;
	__u64	svsm_caa_gpa;
	__u32	svsm_max_version;
	__u8	svsm_guest_vmpl;
	__u8	reserved2[3];
	__u32	tsc_factor;				/* 0x160 */
	__u8	reserved3[3740];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_secrets_page, SNP_PAGE_SIZE);
SNP_CHECK_OFFSET(struct snp_secrets_page, vmpck, 0x20);
SNP_CHECK_OFFSET(struct snp_secrets_page, msg_seqno, 0xa0);
SNP_CHECK_OFFSET(struct snp_secrets_page, vmsa_tweak_bitmap, 0x100);
SNP_CHECK_OFFSET(struct snp_secrets_page, svsm_base_gpa, 0x140);
SNP_CHECK_OFFSET(struct snp_secrets_page, tsc_factor, 0x160);

#define SNP_CPUID_MAX_ENTRIES	64
struct snp_cpuid_entry {
	__u32	eax_in;
	__u32	ecx_in;
	__u64	xcr0_in;
	__u64	xss_in;
	__u32	eax;
	__u32	ebx;
	__u32	ecx;
	__u32	edx;
	__u64	reserved;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_cpuid_entry, 48);

struct snp_cpuid_page {
	__u32	count;
	__u32	reserved0;
	__u64	reserved1;
	struct snp_cpuid_entry entry[SNP_CPUID_MAX_ENTRIES];
} __attribute__((packed));

/* Confidential computing blob, found through setup_data or boot_params. */
#define SNP_CC_BLOB_MAGIC	0x45444d41
#define SNP_SETUP_CC_BLOB	7	/* setup_data type */
#define SNP_BOOT_PARAMS_CC_BLOB	0x13c	/* u32 in boot_params */
#define SNP_BOOT_PARAMS_SETUP_DATA 0x250
struct snp_cc_blob {
	__u32	magic;
	__u16	version;
	__u16	reserved;
	__u64	secrets_gpa;
	__u32	secrets_len;
	__u32	reserved1;
	__u64	cpuid_gpa;
	__u32	cpuid_len;
	__u32	reserved2;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_cc_blob, 0x28);

struct snp_vmsa_seg {
	__u16	selector;
	__u16	attrib;
	__u32	limit;
	__u64	base;
} __attribute__((packed));

/* Save area: only the members that software here sets or reads. */
struct snp_vmsa {
	struct snp_vmsa_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	__u8	reserved0[0x2a];
	__u8	vmpl;			/* 0xca */
	__u8	cpl;
	__u32	reserved1;
	__u64	efer;			/* 0xd0 */
	__u8	reserved2[0x70];
	__u64	cr4;			/* 0x148 */
	__u64	cr3;
	__u64	cr0;
	__u64	dr7;			/* 0x160 */
	__u64	dr6;
	__u64	rflags;
	__u64	rip;			/* 0x178 */
	__u8	reserved3[0x58];
	__u64	rsp;			/* 0x1d8 */
	__u8	reserved4[0x18];
	__u64	rax;			/* 0x1f8 */
	__u64	star;
	__u64	lstar;
	__u64	cstar;
	__u64	sfmask;
	__u64	kernel_gs_base;
	__u64	sysenter_cs;
	__u64	sysenter_esp;
	__u64	sysenter_eip;
	__u64	cr2;			/* 0x240 */
	__u8	reserved5[0x20];
	__u64	g_pat;			/* 0x268 */
	__u8	reserved6[0x80];
	__u64	tsc_scale;		/* 0x2f0: with Secure TSC; 8.32 fixed point */
	__u64	tsc_offset;
	__u64	reserved12;
	__u64	rcx;			/* 0x308 */
	__u64	rdx;
	__u64	rbx;
	__u64	reserved7;
	__u64	rbp;
	__u64	rsi;
	__u64	rdi;
	__u64	r8_15[8];		/* 0x340 */
	__u8	reserved8[0x30];
	__u64	sev_features;		/* 0x3b0 */
	__u8	reserved9[0x30];
	__u64	xcr0;			/* 0x3e8 */
	__u8	reserved10[0x18];
	__u32	mxcsr;			/* 0x408 */
	__u16	x87_ftw;
	__u16	x87_fsw;
	__u16	x87_fcw;		/* 0x410 */
	__u8	reserved11[0xbee];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_vmsa, SNP_PAGE_SIZE);
SNP_CHECK_OFFSET(struct snp_vmsa, vmpl, 0xca);
SNP_CHECK_OFFSET(struct snp_vmsa, efer, 0xd0);
SNP_CHECK_OFFSET(struct snp_vmsa, cr4, 0x148);
SNP_CHECK_OFFSET(struct snp_vmsa, rip, 0x178);
SNP_CHECK_OFFSET(struct snp_vmsa, rsp, 0x1d8);
SNP_CHECK_OFFSET(struct snp_vmsa, rax, 0x1f8);
SNP_CHECK_OFFSET(struct snp_vmsa, cr2, 0x240);
SNP_CHECK_OFFSET(struct snp_vmsa, g_pat, 0x268);
SNP_CHECK_OFFSET(struct snp_vmsa, tsc_scale, 0x2f0);
SNP_CHECK_OFFSET(struct snp_vmsa, rcx, 0x308);
SNP_CHECK_OFFSET(struct snp_vmsa, sev_features, 0x3b0);
SNP_CHECK_OFFSET(struct snp_vmsa, xcr0, 0x3e8);
SNP_CHECK_OFFSET(struct snp_vmsa, mxcsr, 0x408);
SNP_CHECK_OFFSET(struct snp_vmsa, x87_fcw, 0x410);

#endif /* SNP_GUEST_PAGES_H */
