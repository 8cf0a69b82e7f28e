/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP guest messages: header and payloads (56860, chapter on guest messages).
 */
#ifndef SNP_GUEST_MSG_H
#define SNP_GUEST_MSG_H

#include "types.h"

enum snp_msg_type {
	SNP_MSG_INVALID		= 0,
	SNP_MSG_CPUID_REQ	= 1,
	SNP_MSG_CPUID_RSP	= 2,
	SNP_MSG_KEY_REQ		= 3,
	SNP_MSG_KEY_RSP		= 4,
	SNP_MSG_REPORT_REQ	= 5,
	SNP_MSG_REPORT_RSP	= 6,
	SNP_MSG_TSC_INFO_REQ	= 17,
	SNP_MSG_TSC_INFO_RSP	= 18,
};

#define SNP_MSG_ALGO_AES_256_GCM	1
#define SNP_MSG_HDR_VERSION		1
#define SNP_MSG_HDR_SIZE		0x60
#define SNP_MSG_TAG_LEN			16
#define SNP_MSG_IV_LEN			12
#define SNP_MSG_MAX_PAYLOAD		4000
#define SNP_MSG_AAD_OFFSET		0x30
#define SNP_MSG_AAD_LEN			0x30

struct snp_msg_hdr {
	__u8	authtag[32];
	__u64	msg_seqno;
	__u64	reserved0;
	__u8	algo;			/* 0x30: from here on authenticated */
	__u8	hdr_version;
	__u16	hdr_size;
	__u8	msg_type;
	__u8	msg_version;
	__u16	msg_size;
	__u32	reserved1;
	__u8	msg_vmpck;
	__u8	reserved2[35];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg_hdr, SNP_MSG_HDR_SIZE);
SNP_CHECK_OFFSET(struct snp_msg_hdr, msg_seqno, 0x20);
SNP_CHECK_OFFSET(struct snp_msg_hdr, algo, SNP_MSG_AAD_OFFSET);
SNP_CHECK_OFFSET(struct snp_msg_hdr, msg_vmpck, 0x3c);

struct snp_msg {
	struct snp_msg_hdr hdr;
	__u8	payload[SNP_MSG_MAX_PAYLOAD];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg, SNP_PAGE_SIZE);

#define SNP_REPORT_REQ_KEY_SEL		GENMASK(1, 0)
struct snp_msg_report_req {
	__u8	report_data[64];
	__u32	vmpl;
	__u32	flags;			/* 1:0 key select */
	__u8	reserved[24];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg_report_req, 0x60);

struct snp_msg_report_rsp {
	__u32	status;
	__u32	report_size;
	__u8	reserved[24];
	__u8	report[0x4a0];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg_report_rsp, 0x4c0);

#define SNP_KEY_REQ_ROOT_VMRK		BIT(0)
#define SNP_KEY_REQ_KEY_SEL		GENMASK(2, 1)
#define SNP_KEY_GFS_POLICY		BIT_ULL(0)
#define SNP_KEY_GFS_IMAGE_ID		BIT_ULL(1)
#define SNP_KEY_GFS_FAMILY_ID		BIT_ULL(2)
#define SNP_KEY_GFS_MEASUREMENT		BIT_ULL(3)
#define SNP_KEY_GFS_GUEST_SVN		BIT_ULL(4)
#define SNP_KEY_GFS_TCB_VERSION		BIT_ULL(5)
struct snp_msg_key_req {
	__u32	flags;
	__u32	reserved;
	__u64	guest_field_select;
	__u32	vmpl;
	__u32	guest_svn;
	__u64	tcb_version;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg_key_req, 0x20);

struct snp_msg_key_rsp {
	__u32	status;
	__u8	reserved[28];
	__u8	key[32];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_msg_key_rsp, 0x40);

/*
 * Certificate table of an extended request (GHCB specification, 56421): rows,
 * ended by a row of zeros, then what they point at.  Bytes of a GUID stand in
 * the order of its text form.
 */
struct snp_cert_row {
	__u8	guid[16];
	__u32	offset;			/* from the start of the table */
	__u32	length;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_cert_row, 24);

#define SNP_CERT_GUID_VCEK { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, \
			     0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd }
#define SNP_CERT_GUID_ASK  { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, \
			     0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 }
#define SNP_CERT_GUID_ARK  { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, \
			     0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae }

#endif /* SNP_GUEST_MSG_H */
