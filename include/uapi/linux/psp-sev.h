/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/sev: numbers, structures and names of the mainline interface, so that
 * existing programs run unmodified.
 */
#ifndef SNP_UAPI_PSP_SEV_H
#define SNP_UAPI_PSP_SEV_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* struct sev_issue_cmd.cmd */
enum {
	SEV_FACTORY_RESET = 0,
	SEV_PLATFORM_STATUS,
	SEV_PEK_GEN,
	SEV_PEK_CSR,
	SEV_PDH_GEN,
	SEV_PDH_CERT_EXPORT,
	SEV_PEK_CERT_IMPORT,
	SEV_GET_ID,
	SEV_GET_ID2,
	SNP_PLATFORM_STATUS,
	SNP_COMMIT,
	SNP_SET_CONFIG,
	SNP_VLEK_LOAD,
	SEV_MAX,
};

/**
 * struct sev_user_data_status - SEV_PLATFORM_STATUS
 * @api_major: firmware API version, major
 * @api_minor: firmware API version, minor
 * @state: 0 UNINIT, 1 INIT, 2 WORKING
 * @flags: bit 0 owned, bit 8 SEV-ES configured
 * @build: firmware build number
 * @guest_count: guests that the firmware manages
 */
struct sev_user_data_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u32 flags;
	__u8 build;
	__u32 guest_count;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_status - SNP_PLATFORM_STATUS
 * @api_major: SNP firmware ABI, major
 * @api_minor: SNP firmware ABI, minor
 * @state: 0 UNINIT, 1 INIT
 * @is_rmp_initialized: the RMP has been initialised
 * @rsvd: reserved
 * @build_id: firmware build
 * @mask_chip_id: reports carry a zero chip id
 * @mask_chip_key: reports are not signed with the VCEK
 * @vlek_en: a VLEK is loaded
 * @feature_info: SNP_FEATURE_INFO exists
 * @rapl_dis: RAPL is off
 * @ciphertext_hiding_cap: ciphertext hiding is possible
 * @ciphertext_hiding_en: ciphertext hiding is on
 * @rsvd1: reserved
 * @guest_count: active guest contexts
 * @current_tcb_version: TCB that runs
 * @reported_tcb_version: TCB that reports state
 *
 * Bit-fields, because mainline's interface has them.
 */
struct sev_user_data_snp_status {
	__u8 api_major;
	__u8 api_minor;
	__u8 state;
	__u8 is_rmp_initialized:1;
	__u8 rsvd:7;
	__u32 build_id;
	__u32 mask_chip_id:1;
	__u32 mask_chip_key:1;
	__u32 vlek_en:1;
	__u32 feature_info:1;
	__u32 rapl_dis:1;
	__u32 ciphertext_hiding_cap:1;
	__u32 ciphertext_hiding_en:1;
	__u32 rsvd1:25;
	__u32 guest_count;
	__u64 current_tcb_version;
	__u64 reported_tcb_version;
} __attribute__((packed));

/**
 * struct sev_user_data_get_id - SEV_GET_ID
 * @socket1: chip identity of the first socket
 * @socket2: of the second; zero without one
 */
struct sev_user_data_get_id {
	__u8 socket1[64];
	__u8 socket2[64];
} __attribute__((packed));

/**
 * struct sev_user_data_get_id2 - SEV_GET_ID2
 * @address: user pointer to where the identities go
 * @length: room there; becomes their length, or the length needed
 */
struct sev_user_data_get_id2 {
	__u64 address;
	__u32 length;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_config - SNP_SET_CONFIG
 * @reported_tcb: TCB that reports are to state
 * @mask_chip_id: reports carry a zero chip id
 * @mask_chip_key: reports are not signed with the VCEK
 * @rsvd: zero
 * @rsvd1: zero
 */
struct sev_user_data_snp_config {
	__u64 reported_tcb;
	__u32 mask_chip_id:1;
	__u32 mask_chip_key:1;
	__u32 rsvd:30;
	__u8 rsvd1[52];
} __attribute__((packed));

/**
 * struct sev_user_data_snp_vlek_load - SNP_VLEK_LOAD
 * @len: length of this structure
 * @vlek_wrapped_version: 0
 * @rsvd: zero
 * @vlek_wrapped_address: user pointer to the hashstick
 */
struct sev_user_data_snp_vlek_load {
	__u32 len;
	__u8 vlek_wrapped_version;
	__u8 rsvd[3];
	__u64 vlek_wrapped_address;
} __attribute__((packed));

/**
 * struct sev_user_data_snp_wrapped_vlek_hashstick - what it points at
 * @data: as AMD's key service gave it
 */
struct sev_user_data_snp_wrapped_vlek_hashstick {
	__u8 data[432];
} __attribute__((packed));

/**
 * struct sev_issue_cmd - argument of SEV_ISSUE_CMD
 * @cmd: one of the numbers above
 * @data: user pointer to the command's structure
 * @error: firmware status on return
 */
struct sev_issue_cmd {
	__u32 cmd;
	__u64 data;
	__u32 error;
} __attribute__((packed));

#define SEV_IOC_TYPE		'S'
#define SEV_ISSUE_CMD		_IOWR(SEV_IOC_TYPE, 0x0, struct sev_issue_cmd)

/*
 * Below: what mainline does not have.  Numbers from 0x80 on, so that what
 * mainline may add does not meet them.
 */

/**
 * struct snp_host_feature_info - SNP_HOST_FEATURE_INFO
 * @ecx_in: sub-leaf of CPUID leaf 8000_0024 of the firmware
 * @error: firmware status on return
 * @eax: register
 * @ebx: register
 * @ecx: register
 * @edx: register
 */
struct snp_host_feature_info {
	__u32 ecx_in;
	__u32 error;
	__u32 eax;
	__u32 ebx;
	__u32 ecx;
	__u32 edx;
};

#define SNP_HOST_FEATURE_INFO	_IOWR(SEV_IOC_TYPE, 0x80, struct snp_host_feature_info)

/* sev_issue_cmd.error when the firmware was not called. */
#define SEV_RET_NO_FW_CALL	-1

#endif /* SNP_UAPI_PSP_SEV_H */
