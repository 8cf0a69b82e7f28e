/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attestation report: layout, and the structural check that precedes every
 * use of one (56860, ATTESTATION_REPORT).  Pure functions on a buffer; used
 * by the guest module's tests, by snpctl and by SoftSNP.
 */
#ifndef SNP_REPORT_H
#define SNP_REPORT_H

#include "types.h"

#define SNP_REPORT_LEN			0x4a0
#define SNP_REPORT_SIGNED_LEN		0x2a0
#define SNP_REPORT_SIG_COMPONENT	72	/* bytes of R and of S, little-endian */
#define SNP_REPORT_ALGO_P384_SHA384	1
#define SNP_REPORT_SIGNER_VCEK		0
#define SNP_REPORT_SIGNER_VLEK		1
#define SNP_REPORT_SIGNER_NONE		7

#define SNP_REPORT_AUTHOR_KEY_EN	BIT(0)
#define SNP_REPORT_MASK_CHIP_KEY	BIT(1)
#define SNP_REPORT_SIGNING_KEY		GENMASK(4, 2)

#define SNP_PLATFORM_SMT_EN		BIT_ULL(0)
#define SNP_PLATFORM_TSME_EN		BIT_ULL(1)
#define SNP_PLATFORM_ECC_EN		BIT_ULL(2)
#define SNP_PLATFORM_RAPL_DIS		BIT_ULL(3)
#define SNP_PLATFORM_CIPHERTEXT_HIDING	BIT_ULL(4)
#define SNP_PLATFORM_ALIAS_CHECK	BIT_ULL(5)
#define SNP_PLATFORM_TIO_EN		BIT_ULL(7)

struct snp_report {
	__u32	version;
	__u32	guest_svn;
	__u64	policy;
	__u8	family_id[16];
	__u8	image_id[16];
	__u32	vmpl;			/* 0x30 */
	__u32	signature_algo;
	__u64	current_tcb;
	__u64	platform_info;		/* 0x40 */
	__u32	flags;			/* 0x48: author key, mask chip key, signing key */
	__u32	reserved0;
	__u8	report_data[64];	/* 0x50 */
	__u8	measurement[48];	/* 0x90 */
	__u8	host_data[32];		/* 0xc0 */
	__u8	id_key_digest[48];	/* 0xe0 */
	__u8	author_key_digest[48];	/* 0x110 */
	__u8	report_id[32];		/* 0x140 */
	__u8	report_id_ma[32];	/* 0x160 */
	__u64	reported_tcb;		/* 0x180 */
	__u8	cpuid_family;		/* 0x188, version 3 on */
	__u8	cpuid_model;
	__u8	cpuid_stepping;
	__u8	reserved1[21];
	__u8	chip_id[64];		/* 0x1a0 */
	__u64	committed_tcb;		/* 0x1e0 */
	__u8	current_build;		/* 0x1e8 */
	__u8	current_minor;
	__u8	current_major;
	__u8	reserved2;
	__u8	committed_build;	/* 0x1ec */
	__u8	committed_minor;
	__u8	committed_major;
	__u8	reserved3;
	__u64	launch_tcb;		/* 0x1f0 */
	__u64	launch_mit_vector;	/* 0x1f8, version 5 on; order of the two: U */
	__u64	current_mit_vector;	/* 0x200 */
	__u8	reserved4[152];
	__u8	signature_r[SNP_REPORT_SIG_COMPONENT];	/* 0x2a0 */
	__u8	signature_s[SNP_REPORT_SIG_COMPONENT];
	__u8	signature_reserved[368];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_report, SNP_REPORT_LEN);
SNP_CHECK_OFFSET(struct snp_report, report_data, 0x50);
SNP_CHECK_OFFSET(struct snp_report, measurement, 0x90);
SNP_CHECK_OFFSET(struct snp_report, reported_tcb, 0x180);
SNP_CHECK_OFFSET(struct snp_report, chip_id, 0x1a0);
SNP_CHECK_OFFSET(struct snp_report, launch_tcb, 0x1f0);
SNP_CHECK_OFFSET(struct snp_report, signature_r, SNP_REPORT_SIGNED_LEN);

/* The two layouts of a TCB_VERSION. */
enum snp_tcb_layout {
	SNP_TCB_MILAN,		/* bootloader, tee, -, -, -, -, snp, microcode */
	SNP_TCB_TURIN,		/* fmc, bootloader, tee, snp, -, -, -, microcode */
};

struct snp_tcb {
	__u8	fmc;		/* Turin only */
	__u8	bootloader;
	__u8	tee;
	__u8	snp;
	__u8	microcode;
};

/**
 * snp_tcb_decode() - split a TCB_VERSION into its components
 * @raw: the 64-bit value
 * @layout: which family's layout
 *
 * Components are compared one by one, never as one integer.
 *
 * Return: the components; @fmc is zero for the Milan layout.
 */
static inline struct snp_tcb snp_tcb_decode(__u64 raw, enum snp_tcb_layout layout)
{
	struct snp_tcb t = {};

	t.microcode = raw >> 56;
	if (layout == SNP_TCB_TURIN) {
		t.fmc = raw;
		t.bootloader = raw >> 8;
		t.tee = raw >> 16;
		t.snp = raw >> 24;
	} else {
		t.bootloader = raw;
		t.tee = raw >> 8;
		t.snp = raw >> 48;
	}
	return t;
}

/**
 * snp_tcb_encode() - build a TCB_VERSION from its components
 * @t: the components
 * @layout: which family's layout
 *
 * Return: the 64-bit value; @t.fmc is left out of the Milan layout.
 */
static inline __u64 snp_tcb_encode(struct snp_tcb t, enum snp_tcb_layout layout)
{
	if (layout == SNP_TCB_TURIN)
		return t.fmc | (__u64)t.bootloader << 8 | (__u64)t.tee << 16 |
		       (__u64)t.snp << 24 | (__u64)t.microcode << 56;
	return t.bootloader | (__u64)t.tee << 8 | (__u64)t.snp << 48 |
	       (__u64)t.microcode << 56;
}

/* Why a buffer is not a report. */
enum snp_report_defect {
	SNP_REPORT_OK,
	SNP_REPORT_BAD_LENGTH,
	SNP_REPORT_BAD_VERSION,
	SNP_REPORT_BAD_ALGO,
	SNP_REPORT_BAD_SIGNER,
	SNP_REPORT_RESERVED_SET,
	SNP_REPORT_BAD_SIGNATURE_FORM,
};

static inline bool snp_report_zero(const __u8 *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/**
 * snp_report_check() - is this buffer a well-formed attestation report
 * @buf: bytes from anywhere, possibly hostile
 * @len: how many
 *
 * Checks length, version (2, 3, 5), algorithm, signer, reserved fields for
 * that version and the form of the signature.  Says nothing about
 * authenticity.
 *
 * Return: SNP_REPORT_OK or the first defect found.
 */
static inline enum snp_report_defect snp_report_check(const void *buf, size_t len)
{
	const struct snp_report *r = buf;
	__u32 signer;

	if (len != SNP_REPORT_LEN)
		return SNP_REPORT_BAD_LENGTH;
	if (r->version != 2 && r->version != 3 && r->version != 5)
		return SNP_REPORT_BAD_VERSION;
	if (r->signature_algo != SNP_REPORT_ALGO_P384_SHA384)
		return SNP_REPORT_BAD_ALGO;

	signer = FIELD_GET(SNP_REPORT_SIGNING_KEY, r->flags);
	if (signer != SNP_REPORT_SIGNER_VCEK && signer != SNP_REPORT_SIGNER_VLEK &&
	    signer != SNP_REPORT_SIGNER_NONE)
		return SNP_REPORT_BAD_SIGNER;

	if (r->flags & ~(__u32)(SNP_REPORT_AUTHOR_KEY_EN | SNP_REPORT_MASK_CHIP_KEY |
				SNP_REPORT_SIGNING_KEY))
		return SNP_REPORT_RESERVED_SET;
	if (r->reserved0 || r->reserved2 || r->reserved3 ||
	    !snp_report_zero(r->reserved1, sizeof(r->reserved1)) ||
	    !snp_report_zero(r->reserved4, sizeof(r->reserved4)))
		return SNP_REPORT_RESERVED_SET;
	if (r->version < 3 && (r->cpuid_family || r->cpuid_model || r->cpuid_stepping))
		return SNP_REPORT_RESERVED_SET;
	if (r->version < 5 && (r->launch_mit_vector || r->current_mit_vector))
		return SNP_REPORT_RESERVED_SET;

	/* P-384: 48 significant bytes in each 72-byte field. */
	if (!snp_report_zero(r->signature_r + 48, SNP_REPORT_SIG_COMPONENT - 48) ||
	    !snp_report_zero(r->signature_s + 48, SNP_REPORT_SIG_COMPONENT - 48) ||
	    !snp_report_zero(r->signature_reserved, sizeof(r->signature_reserved)))
		return SNP_REPORT_BAD_SIGNATURE_FORM;
	return SNP_REPORT_OK;
}

/**
 * snp_report_defect_text() - a defect in words
 * @d: what snp_report_check() returned
 *
 * Return: a phrase without a full stop.
 */
static inline const char *snp_report_defect_text(enum snp_report_defect d)
{
	switch (d) {
	case SNP_REPORT_OK:
		return "well formed";
	case SNP_REPORT_BAD_LENGTH:
		return "not 1184 bytes long";
	case SNP_REPORT_BAD_VERSION:
		return "report version is not 2, 3 or 5";
	case SNP_REPORT_BAD_ALGO:
		return "signature algorithm is not ECDSA P-384 with SHA-384";
	case SNP_REPORT_BAD_SIGNER:
		return "signing key is neither VCEK, VLEK nor none";
	case SNP_REPORT_RESERVED_SET:
		return "a reserved field is not zero";
	case SNP_REPORT_BAD_SIGNATURE_FORM:
		return "signature has bytes outside the P-384 range";
	}
	return "unknown defect";
}

#endif /* SNP_REPORT_H */
