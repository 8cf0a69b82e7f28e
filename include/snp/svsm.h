/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Secure VM service module: calling area, protocols, result codes (AMD 58019).
 *
 * A call puts protocol and call number into RAX, arguments into RCX, RDX, R8
 * and R9, sets call_pending in the calling area of the CPU and has the
 * hypervisor run VMPL0.  Only the SVSM clears call_pending.
 */
#ifndef SNP_SVSM_H
#define SNP_SVSM_H

#include "types.h"

/* Read by a guest below VMPL0: its kernel answers, never the hypervisor. */
#define SNP_MSR_SVSM_CAA		0xc001f000

struct snp_svsm_ca {
	__u8	call_pending;
	__u8	mem_available;
	__u8	no_eoi_required;
	__u8	reserved[5];
	__u8	buffer[SNP_PAGE_SIZE - 8];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_ca, SNP_PAGE_SIZE);

/* RAX of a call. */
#define SNP_SVSM_CALL(protocol, call)	((__u64)(protocol) << 32 | (call))
#define SNP_SVSM_RAX_PROTOCOL		GENMASK_ULL(63, 32)
#define SNP_SVSM_RAX_CALL		GENMASK_ULL(31, 0)

#define SNP_SVSM_CORE			0
#define SNP_SVSM_CORE_REMAP_CA		0
#define SNP_SVSM_CORE_PVALIDATE		1
#define SNP_SVSM_CORE_CREATE_VCPU	2
#define SNP_SVSM_CORE_DELETE_VCPU	3
#define SNP_SVSM_CORE_DEPOSIT_MEM	4
#define SNP_SVSM_CORE_WITHDRAW_MEM	5
#define SNP_SVSM_CORE_QUERY_PROTOCOL	6
#define SNP_SVSM_CORE_CONFIGURE_VTOM	7

#define SNP_SVSM_ATTEST			1
#define SNP_SVSM_ATTEST_SERVICES	0
#define SNP_SVSM_ATTEST_SINGLE		1

#define SNP_SVSM_VTPM			2
#define SNP_SVSM_VTPM_QUERY		0
#define SNP_SVSM_VTPM_CMD		1

/* RAX on return. */
#define SNP_SVSM_SUCCESS		0
#define SNP_SVSM_FAILURE		0x80000000	/* bit of every other code */
#define SNP_SVSM_INCOMPLETE		0x80000000
#define SNP_SVSM_UNSUPPORTED_PROTOCOL	0x80000001
#define SNP_SVSM_UNSUPPORTED_CALL	0x80000002
#define SNP_SVSM_INVALID_ADDRESS	0x80000003
#define SNP_SVSM_INVALID_FORMAT		0x80000004
#define SNP_SVSM_INVALID_PARAMETER	0x80000005
#define SNP_SVSM_INVALID_REQUEST	0x80000006
#define SNP_SVSM_BUSY			0x80000007
/* Of a protocol's own; of PVALIDATE: what the instruction answered. */
#define SNP_SVSM_PROTOCOL_BASE		0x80001000
#define SNP_SVSM_PVALIDATE_NO_CHANGE	(SNP_SVSM_PROTOCOL_BASE + 0x10)
#define SNP_SVSM_PVALIDATE_SIZEMISMATCH	(SNP_SVSM_PROTOCOL_BASE + 6)

/* PVALIDATE: a list that does not cross a page. */
#define SNP_SVSM_PVALIDATE_SIZE		GENMASK_ULL(1, 0)
#define SNP_SVSM_PVALIDATE_4K		0
#define SNP_SVSM_PVALIDATE_2M		1
#define SNP_SVSM_PVALIDATE_VALIDATE	BIT_ULL(2)
#define SNP_SVSM_PVALIDATE_IGNORE_CF	BIT_ULL(3)
#define SNP_SVSM_PVALIDATE_RESERVED	GENMASK_ULL(11, 4)
#define SNP_SVSM_PVALIDATE_PAGE		GENMASK_ULL(63, 12)
struct snp_svsm_pvalidate {
	__u16	entries;
	__u16	next;
	__u32	reserved;
	__u64	entry[];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_pvalidate, 8);
#define SNP_SVSM_PVALIDATE_MAX		510

/* QUERY_PROTOCOL. */
#define SNP_SVSM_QUERY_PROTOCOL		GENMASK_ULL(63, 32)
#define SNP_SVSM_QUERY_VERSION		GENMASK_ULL(31, 0)
#define SNP_SVSM_QUERY_MAX		GENMASK_ULL(63, 32)
#define SNP_SVSM_QUERY_MIN		GENMASK_ULL(31, 0)

/* Attestation: where things are. */
struct snp_svsm_location {
	__u64	gpa;
	__u32	len;			/* of the nonce: 16 bits, the others zero */
	__u32	reserved;
} __attribute__((packed));

struct snp_svsm_attest {
	struct snp_svsm_location report;
	struct snp_svsm_location nonce;
	struct snp_svsm_location manifest;
	struct snp_svsm_location certs;
	/* From here on for a single service only. */
	__u8	guid[16];
	__u32	manifest_version;
	__u32	reserved;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_attest, 0x58);
SNP_CHECK_OFFSET(struct snp_svsm_attest, guid, 0x40);
#define SNP_SVSM_NONCE_LEN		64

/*
 * Manifest of all services.  GUIDs stand as EFI writes them: the first three
 * groups little-endian.
 */
struct snp_svsm_manifest {
	__u8	guid[16];
	__u32	length;
	__u32	count;
	struct {
		__u8	guid[16];
		__u32	offset;
		__u32	length;
	} __attribute__((packed)) service[];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_manifest, 24);

#define SNP_SVSM_GUID_SERVICES { 0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46, \
				 0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb }
#define SNP_SVSM_GUID_VTPM     { 0xeb, 0xf1, 0x76, 0xc4, 0x23, 0x01, 0xa5, 0x45, \
				 0x96, 0x41, 0xb4, 0xe7, 0xdd, 0xe5, 0xbf, 0xe3 }

/* vTPM: one buffer for the command and its response. */
#define SNP_SVSM_VTPM_SEND_COMMAND	8
struct snp_svsm_vtpm_request {
	__u32	command;
	__u8	locality;
	__u32	size;
	__u8	data[SNP_PAGE_SIZE - 9];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_vtpm_request, SNP_PAGE_SIZE);

struct snp_svsm_vtpm_response {
	__u32	size;
	__u8	data[SNP_PAGE_SIZE - 4];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_svsm_vtpm_response, SNP_PAGE_SIZE);

#endif /* SNP_SVSM_H */
