/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/sev-guest: numbers, structures and names of the mainline interface, and
 * behind them what this driver adds.
 */
#ifndef SNP_UAPI_SEV_GUEST_H
#define SNP_UAPI_SEV_GUEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SNP_REPORT_USER_DATA_SIZE 64

/**
 * struct snp_report_req - what a report is asked with
 * @user_data: 64 bytes that the report carries
 * @vmpl: the VMPL that the report states
 * @rsvd: goes to the firmware as it is; bits 1:0 of the first byte select the key
 */
struct snp_report_req {
	__u8 user_data[SNP_REPORT_USER_DATA_SIZE];
	__u32 vmpl;
	__u8 rsvd[28];
};

/**
 * struct snp_report_resp - message payload as the firmware sent it
 * @data: status, size, 24 reserved bytes, report; zero padded
 */
struct snp_report_resp {
	__u8 data[4000];
};

/**
 * struct snp_derived_key_req - what goes into a derived key
 * @root_key_select: bit 0: 0 VCEK or VLEK, 1 VMRK; bits 2:1 key select
 * @rsvd: zero
 * @guest_field_select: which guest fields are mixed in
 * @vmpl: VMPL to mix in
 * @guest_svn: SVN to mix in
 * @tcb_version: TCB to mix in
 */
struct snp_derived_key_req {
	__u32 root_key_select;
	__u32 rsvd;
	__u64 guest_field_select;
	__u32 vmpl;
	__u32 guest_svn;
	__u64 tcb_version;
};

/**
 * struct snp_derived_key_resp - message payload as the firmware sent it
 * @data: status, 28 reserved bytes, 32-byte key
 */
struct snp_derived_key_resp {
	__u8 data[64];
};

/**
 * struct snp_guest_request_ioctl - argument of every request
 * @msg_version: version of the guest message, not zero
 * @req_data: user pointer to the request structure
 * @resp_data: user pointer to the response structure
 * @exitinfo2: transport result as the hypervisor returned it
 * @fw_error: its firmware half
 * @vmm_error: its hypervisor half
 */
struct snp_guest_request_ioctl {
	__u8 msg_version;
	__u64 req_data;
	__u64 resp_data;
	union {
		__u64 exitinfo2;
		struct {
			__u32 fw_error;
			__u32 vmm_error;
		};
	};
};

/**
 * struct snp_ext_report_req - report with certificates
 * @data: as for a plain report
 * @certs_address: user pointer to the certificate buffer
 * @certs_len: its length in bytes
 */
struct snp_ext_report_req {
	struct snp_report_req data;
	__u64 certs_address;
	__u32 certs_len;
};

#define SNP_GUEST_REQ_IOC_TYPE	'S'
#define SNP_GET_REPORT		_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x0, struct snp_guest_request_ioctl)
#define SNP_GET_DERIVED_KEY	_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x1, struct snp_guest_request_ioctl)
#define SNP_GET_EXT_REPORT	_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x2, struct snp_guest_request_ioctl)

/*
 * Not in mainline, which counts its requests up from 0: far from there.  The
 * letter is shared with others (Documentation/userspace-api/ioctl/ioctl-number.rst
 * of the kernel: cdrom, asequencer, SCSI); what is distinct is the whole number,
 * with direction and size.
 */

/* Which key signs a report. */
#define SNP_REPORT_KEY_ANY	0	/* VLEK if the host has loaded one, else VCEK */
#define SNP_REPORT_KEY_VCEK	1
#define SNP_REPORT_KEY_VLEK	2

/* Certificates of the host are wanted. */
#define SNP_REPORT_KEY_CERTS	(1U << 0)

/**
 * struct snp_report_key_req - report that is signed by a certain key
 * @user_data: 64 bytes that the report carries
 * @vmpl: the VMPL that the report states
 * @key_sel: SNP_REPORT_KEY_ANY, SNP_REPORT_KEY_VCEK or SNP_REPORT_KEY_VLEK
 * @certs_address: user pointer to the certificate buffer
 * @certs_len: its length in bytes; both are zero without SNP_REPORT_KEY_CERTS
 * @flags: 0 or SNP_REPORT_KEY_CERTS, which makes it an extended request
 *
 * The response is that of SNP_GET_REPORT.
 */
struct snp_report_key_req {
	__u8 user_data[SNP_REPORT_USER_DATA_SIZE];
	__u32 vmpl;
	__u32 key_sel;
	__u64 certs_address;
	__u32 certs_len;
	__u32 flags;
};

#define SNP_GET_REPORT_KEY	_IOWR(SNP_GUEST_REQ_IOC_TYPE, 0x60, struct snp_guest_request_ioctl)

#define SNP_GUEST_FW_ERR_MASK		0xffffffffULL
#define SNP_GUEST_VMM_ERR_SHIFT		32
#define SNP_GUEST_VMM_ERR_INVALID_LEN	1
#define SNP_GUEST_VMM_ERR_BUSY		2

#endif /* SNP_UAPI_SEV_GUEST_H */
