/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-SP firmware ABI: command numbers, status codes, command buffers, the
 * mailbox register.  SEV API (AMD 55766) and SNP firmware ABI (AMD 56860).
 *
 * Layout only.  Every structure is little-endian and packed.
 */
#ifndef SNP_FW_H
#define SNP_FW_H

#include "types.h"

/* Commands: what stands in bits 26:16 of CmdResp. */
enum snp_fw_cmd {
	SNP_FW_INIT			= 0x001,
	SNP_FW_SHUTDOWN			= 0x002,
	SNP_FW_PLATFORM_RESET		= 0x003,
	SNP_FW_PLATFORM_STATUS		= 0x004,
	SNP_FW_PEK_GEN			= 0x005,
	SNP_FW_PEK_CSR			= 0x006,
	SNP_FW_PEK_CERT_IMPORT		= 0x007,
	SNP_FW_PDH_CERT_EXPORT		= 0x008,
	SNP_FW_PDH_GEN			= 0x009,
	SNP_FW_DF_FLUSH			= 0x00a,
	SNP_FW_DOWNLOAD_FIRMWARE	= 0x00b,
	SNP_FW_GET_ID			= 0x00c,
	SNP_FW_INIT_EX			= 0x00d,

	SNP_FW_SNP_INIT			= 0x081,
	SNP_FW_SNP_SHUTDOWN		= 0x082,
	SNP_FW_SNP_PLATFORM_STATUS	= 0x083,
	SNP_FW_SNP_DF_FLUSH		= 0x084,
	SNP_FW_SNP_INIT_EX		= 0x085,
	SNP_FW_SNP_SHUTDOWN_EX		= 0x086,
	SNP_FW_SNP_DECOMMISSION		= 0x090,
	SNP_FW_SNP_ACTIVATE		= 0x091,
	SNP_FW_SNP_GUEST_STATUS		= 0x092,
	SNP_FW_SNP_GCTX_CREATE		= 0x093,
	SNP_FW_SNP_GUEST_REQUEST	= 0x094,
	SNP_FW_SNP_ACTIVATE_EX		= 0x095,
	SNP_FW_SNP_HV_REPORT_REQ	= 0x096,
	SNP_FW_SNP_LAUNCH_START		= 0x0a0,
	SNP_FW_SNP_LAUNCH_UPDATE	= 0x0a1,
	SNP_FW_SNP_LAUNCH_FINISH	= 0x0a2,
	SNP_FW_SNP_DBG_DECRYPT		= 0x0b0,
	SNP_FW_SNP_DBG_ENCRYPT		= 0x0b1,
	SNP_FW_SNP_VERIFY_MITIGATION	= 0x0b2,
	SNP_FW_SNP_PAGE_SWAP_OUT	= 0x0c0,
	SNP_FW_SNP_PAGE_SWAP_IN		= 0x0c1,
	SNP_FW_SNP_PAGE_MOVE		= 0x0c2,
	SNP_FW_SNP_PAGE_MD_INIT		= 0x0c3,
	SNP_FW_SNP_PAGE_SET_STATE	= 0x0c6,
	SNP_FW_SNP_PAGE_RECLAIM		= 0x0c7,
	SNP_FW_SNP_PAGE_UNSMASH		= 0x0c8,
	SNP_FW_SNP_CONFIG		= 0x0c9,
	SNP_FW_SNP_DOWNLOAD_FIRMWARE_EX	= 0x0ca,
	SNP_FW_SNP_COMMIT		= 0x0cb,
	SNP_FW_SNP_VLEK_LOAD		= 0x0cd,
	SNP_FW_SNP_FEATURE_INFO		= 0x0ce,
};

/* Status: bits 15:0 of CmdResp once bit 31 is set. */
enum snp_fw_status {
	SNP_FW_SUCCESS				= 0x00,
	SNP_FW_INVALID_PLATFORM_STATE		= 0x01,
	SNP_FW_INVALID_GUEST_STATE		= 0x02,
	SNP_FW_INVALID_CONFIG			= 0x03,
	SNP_FW_INVALID_LEN			= 0x04,
	SNP_FW_ALREADY_OWNED			= 0x05,
	SNP_FW_INVALID_CERTIFICATE		= 0x06,
	SNP_FW_POLICY_FAILURE			= 0x07,
	SNP_FW_INACTIVE				= 0x08,
	SNP_FW_INVALID_ADDRESS			= 0x09,
	SNP_FW_BAD_SIGNATURE			= 0x0a,
	SNP_FW_BAD_MEASUREMENT			= 0x0b,
	SNP_FW_ASID_OWNED			= 0x0c,
	SNP_FW_INVALID_ASID			= 0x0d,
	SNP_FW_WBINVD_REQUIRED			= 0x0e,
	SNP_FW_DFFLUSH_REQUIRED			= 0x0f,
	SNP_FW_INVALID_GUEST			= 0x10,
	SNP_FW_INVALID_COMMAND			= 0x11,
	SNP_FW_ACTIVE				= 0x12,
	SNP_FW_HWERROR_PLATFORM			= 0x13,
	SNP_FW_HWERROR_UNSAFE			= 0x14,
	SNP_FW_UNSUPPORTED			= 0x15,
	SNP_FW_INVALID_PARAM			= 0x16,
	SNP_FW_RESOURCE_LIMIT			= 0x17,
	SNP_FW_SECURE_DATA_INVALID		= 0x18,
	SNP_FW_INVALID_PAGE_SIZE		= 0x19,
	SNP_FW_INVALID_PAGE_STATE		= 0x1a,
	SNP_FW_INVALID_MDATA_ENTRY		= 0x1b,
	SNP_FW_INVALID_PAGE_OWNER		= 0x1c,
	SNP_FW_AEAD_OFLOW			= 0x1d,
	SNP_FW_EXIT_RING_BUFFER			= 0x1f,
	SNP_FW_RMP_INIT_REQUIRED		= 0x20,
	SNP_FW_BAD_SVN				= 0x21,
	SNP_FW_BAD_VERSION			= 0x22,
	SNP_FW_SHUTDOWN_REQUIRED		= 0x23,
	SNP_FW_UPDATE_FAILED			= 0x24,
	SNP_FW_RESTORE_REQUIRED			= 0x25,
	SNP_FW_RMP_INITIALIZATION_FAILED	= 0x26,
	SNP_FW_INVALID_KEY			= 0x27,
	SNP_FW_SHUTDOWN_INCOMPLETE		= 0x28,
};

/**
 * snp_fw_status_name() - name of a firmware status code
 * @status: CmdResp bits 15:0
 *
 * Return: the specification's name, or "unknown status".
 */
static inline const char *snp_fw_status_name(unsigned int status)
{
	switch (status) {
	case SNP_FW_SUCCESS:
		return "SUCCESS";
	case SNP_FW_INVALID_PLATFORM_STATE:
		return "INVALID_PLATFORM_STATE";
	case SNP_FW_INVALID_GUEST_STATE:
		return "INVALID_GUEST_STATE";
	case SNP_FW_INVALID_CONFIG:
		return "INVALID_CONFIG";
	case SNP_FW_INVALID_LEN:
		return "INVALID_LEN";
	case SNP_FW_ALREADY_OWNED:
		return "ALREADY_OWNED";
	case SNP_FW_INVALID_CERTIFICATE:
		return "INVALID_CERTIFICATE";
	case SNP_FW_POLICY_FAILURE:
		return "POLICY_FAILURE";
	case SNP_FW_INACTIVE:
		return "INACTIVE";
	case SNP_FW_INVALID_ADDRESS:
		return "INVALID_ADDRESS";
	case SNP_FW_BAD_SIGNATURE:
		return "BAD_SIGNATURE";
	case SNP_FW_BAD_MEASUREMENT:
		return "BAD_MEASUREMENT";
	case SNP_FW_ASID_OWNED:
		return "ASID_OWNED";
	case SNP_FW_INVALID_ASID:
		return "INVALID_ASID";
	case SNP_FW_WBINVD_REQUIRED:
		return "WBINVD_REQUIRED";
	case SNP_FW_DFFLUSH_REQUIRED:
		return "DFFLUSH_REQUIRED";
	case SNP_FW_INVALID_GUEST:
		return "INVALID_GUEST";
	case SNP_FW_INVALID_COMMAND:
		return "INVALID_COMMAND";
	case SNP_FW_ACTIVE:
		return "ACTIVE";
	case SNP_FW_HWERROR_PLATFORM:
		return "HWERROR_PLATFORM";
	case SNP_FW_HWERROR_UNSAFE:
		return "HWERROR_UNSAFE";
	case SNP_FW_UNSUPPORTED:
		return "UNSUPPORTED";
	case SNP_FW_INVALID_PARAM:
		return "INVALID_PARAM";
	case SNP_FW_RESOURCE_LIMIT:
		return "RESOURCE_LIMIT";
	case SNP_FW_SECURE_DATA_INVALID:
		return "SECURE_DATA_INVALID";
	case SNP_FW_INVALID_PAGE_SIZE:
		return "INVALID_PAGE_SIZE";
	case SNP_FW_INVALID_PAGE_STATE:
		return "INVALID_PAGE_STATE";
	case SNP_FW_INVALID_MDATA_ENTRY:
		return "INVALID_MDATA_ENTRY";
	case SNP_FW_INVALID_PAGE_OWNER:
		return "INVALID_PAGE_OWNER";
	case SNP_FW_AEAD_OFLOW:
		return "AEAD_OFLOW";
	case SNP_FW_EXIT_RING_BUFFER:
		return "EXIT_RING_BUFFER";
	case SNP_FW_RMP_INIT_REQUIRED:
		return "RMP_INIT_REQUIRED";
	case SNP_FW_BAD_SVN:
		return "BAD_SVN";
	case SNP_FW_BAD_VERSION:
		return "BAD_VERSION";
	case SNP_FW_SHUTDOWN_REQUIRED:
		return "SHUTDOWN_REQUIRED";
	case SNP_FW_UPDATE_FAILED:
		return "UPDATE_FAILED";
	case SNP_FW_RESTORE_REQUIRED:
		return "RESTORE_REQUIRED";
	case SNP_FW_RMP_INITIALIZATION_FAILED:
		return "RMP_INITIALIZATION_FAILED";
	case SNP_FW_INVALID_KEY:
		return "INVALID_KEY";
	case SNP_FW_SHUTDOWN_INCOMPLETE:
		return "SHUTDOWN_INCOMPLETE";
	}
	return "unknown status";
}

/* CmdResp register (56860, mailbox chapter). */
#define SNP_CMDRESP_IOC		BIT(0)
#define SNP_CMDRESP_STATUS	GENMASK(15, 0)
#define SNP_CMDRESP_CMD		GENMASK(26, 16)
#define SNP_CMDRESP_RESPONSE	BIT(31)

/* Platform states, SEV and SNP. */
enum {
	SNP_SEV_STATE_UNINIT	= 0,
	SNP_SEV_STATE_INIT	= 1,
	SNP_SEV_STATE_WORKING	= 2,
	SNP_STATE_UNINIT	= 0,
	SNP_STATE_INIT		= 1,
};

/* PLATFORM_STATUS (55766), written back into the command buffer. */
struct snp_fw_platform_status {
	__u8	api_major;
	__u8	api_minor;
	__u8	state;
	__u32	flags;
	__u8	build;
	__u32	guest_count;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_platform_status, 0x0c);

/* INIT (55766). */
struct snp_fw_init {
	__u32	flags;
	__u32	reserved;
	__u64	tmr_paddr;
	__u32	tmr_len;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_init, 0x14);

/* SNP_INIT_EX. */
#define SNP_INIT_EX_INIT_RMP		BIT(0)
#define SNP_INIT_EX_LIST_PADDR_EN	BIT(1)
#define SNP_INIT_EX_RAPL_DIS		BIT(2)
#define SNP_INIT_EX_CIPHERTEXT_HIDING	BIT(3)
#define SNP_INIT_EX_TIO_EN		BIT(4)
struct snp_fw_init_ex {
	__u32	flags;
	__u32	reserved0;
	__u64	list_paddr;
	__u16	max_snp_asid;
	__u8	reserved1[46];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_init_ex, 0x40);

/* List of HV-Fixed ranges that SNP_INIT_EX reads. */
struct snp_fw_range {
	__u64	base;
	__u32	nr_pages;
	__u32	reserved;
} __attribute__((packed));
struct snp_fw_range_list {
	__u32	nr_ranges;
	__u32	reserved;
	struct snp_fw_range range[];
} __attribute__((packed));

/* SNP_SHUTDOWN_EX. */
#define SNP_SHUTDOWN_EX_IOMMU		BIT(0)
#define SNP_SHUTDOWN_EX_X86		BIT(1)
struct snp_fw_shutdown_ex {
	__u32	len;
	__u32	flags;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_shutdown_ex, 8);

/* Commands whose buffer is one address. */
struct snp_fw_addr {
	__u64	paddr;
} __attribute__((packed));

/* SNP_PLATFORM_STATUS: what lands at status_paddr. */
#define SNP_STATUS_IS_RMP_INIT		BIT(0)	/* byte 3 */
#define SNP_STATUS_ALIAS_CHECK		BIT(1)	/* byte 3 */
#define SNP_STATUS_MASK_CHIP_ID		BIT(0)
#define SNP_STATUS_MASK_CHIP_KEY	BIT(1)
#define SNP_STATUS_VLEK_EN		BIT(2)
#define SNP_STATUS_FEATURE_INFO		BIT(3)
struct snp_fw_snp_status {
	__u8	api_major;
	__u8	api_minor;
	__u8	state;
	__u8	init_flags;
	__u32	build_id;
	__u32	flags;
	__u32	guest_count;
	__u64	current_tcb;
	__u64	reported_tcb;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_snp_status, 0x20);

/* SNP_ACTIVATE. */
struct snp_fw_activate {
	__u64	gctx_paddr;
	__u32	asid;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_activate, 0x0c);

/* SNP_LAUNCH_START. */
#define SNP_LAUNCH_START_MA_EN		BIT(0)
#define SNP_LAUNCH_START_IMI_EN		BIT(1)
struct snp_fw_launch_start {
	__u64	gctx_paddr;
	__u64	policy;
	__u64	ma_gctx_paddr;
	__u32	flags;
	__u32	desired_tsc_khz;
	__u8	gosvw[16];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_launch_start, 0x30);

/* SNP_LAUNCH_UPDATE. */
enum snp_page_type {
	SNP_PAGE_TYPE_NORMAL		= 1,
	SNP_PAGE_TYPE_VMSA		= 2,
	SNP_PAGE_TYPE_ZERO		= 3,
	SNP_PAGE_TYPE_UNMEASURED	= 4,
	SNP_PAGE_TYPE_SECRETS		= 5,
	SNP_PAGE_TYPE_CPUID		= 6,
};

#define SNP_LAUNCH_UPDATE_PAGE_2M	BIT(0)
#define SNP_LAUNCH_UPDATE_PAGE_TYPE	GENMASK(3, 1)
#define SNP_LAUNCH_UPDATE_IMI_PAGE	BIT(4)
#define SNP_LAUNCH_UPDATE_VMPL1		GENMASK(15, 8)
#define SNP_LAUNCH_UPDATE_VMPL2		GENMASK(23, 16)
#define SNP_LAUNCH_UPDATE_VMPL3		GENMASK(31, 24)
struct snp_fw_launch_update {
	__u64	gctx_paddr;
	__u32	flags;
	__u32	reserved0;
	__u64	paddr;
	__u32	vmpl_perms;
	__u32	reserved1;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_launch_update, 0x20);

/* What a launch digest is made of: one record a 4 KiB page. */
struct snp_page_info {
	__u8	digest_cur[48];
	__u8	contents[48];
	__u16	length;			/* 0x70 */
	__u8	page_type;
	__u8	imi_page;
	__u8	vmpl3_perms;		/* order of 3..1: public calculators name it, with zeros */
	__u8	vmpl2_perms;
	__u8	vmpl1_perms;
	__u8	reserved;
	__u64	gpa;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_page_info, 0x70);

/* The GPA under which VMSA pages are measured. */
#define SNP_VMSA_GPA		0xfffffffff000ULL

/* SNP_LAUNCH_FINISH. */
#define SNP_LAUNCH_FINISH_ID_BLOCK_EN	BIT_ULL(0)
#define SNP_LAUNCH_FINISH_AUTH_KEY_EN	BIT_ULL(1)
#define SNP_LAUNCH_FINISH_VCEK_DIS	BIT_ULL(2)
struct snp_fw_launch_finish {
	__u64	gctx_paddr;
	__u64	id_block_paddr;
	__u64	id_auth_paddr;
	__u64	flags;
	__u8	host_data[32];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_launch_finish, 0x40);

/* SNP_GUEST_REQUEST. */
struct snp_fw_guest_request {
	__u64	gctx_paddr;
	__u64	request_paddr;
	__u64	response_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_guest_request, 0x18);

/* SNP_PAGE_RECLAIM: bit 0 of the address is the page size. */
#define SNP_RECLAIM_2M			BIT_ULL(0)
#define SNP_RECLAIM_PADDR		GENMASK_ULL(51, 12)

/* GET_ID (55766): 64 bytes of chip identity for each socket. */
#define SNP_FW_ID_LEN			64
struct snp_fw_get_id {
	__u64	paddr;
	__u32	len;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_get_id, 0x0c);

/* SNP_CONFIG. */
#define SNP_CONFIG_MASK_CHIP_ID		BIT(0)
#define SNP_CONFIG_MASK_CHIP_KEY	BIT(1)
struct snp_fw_config {
	__u64	reported_tcb;
	__u32	flags;
	__u8	reserved[52];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_config, 0x40);

/* SNP_COMMIT. */
struct snp_fw_commit {
	__u32	length;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_commit, 4);

/* SNP_VLEK_LOAD, and the hashstick that it reads. */
#define SNP_VLEK_WRAPPED_VERSION	0
struct snp_fw_vlek_load {
	__u32	length;
	__u8	wrapped_version;
	__u8	reserved[3];
	__u64	wrapped_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_vlek_load, 0x10);

struct snp_vlek_hashstick {
	__u8	iv[12];
	__u8	reserved0[4];
	__u8	wrapped_vlek[384];
	__u64	tcb;
	__u8	reserved1[8];
	__u8	tag[16];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_vlek_hashstick, 432);

/* SNP_DOWNLOAD_FIRMWARE_EX.  U: the layout is known from one source only. */
#define SNP_DOWNLOAD_EX_COMMIT		BIT(0)
struct snp_fw_download_ex {
	__u32	length;
	__u32	reserved;
	__u64	fw_paddr;
	__u32	fw_len;
	__u32	flags;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_download_ex, 0x18);

/* What SNP_FEATURE_INFO writes: CPUID leaf 8000_0024 of the firmware. */
#define SNP_FEATURE_ECX_X86_SHUTDOWN	BIT(1)
struct snp_fw_feature_regs {
	__u32	eax;
	__u32	ebx;
	__u32	ecx;
	__u32	edx;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_feature_regs, 0x10);

/* SNP_FEATURE_INFO. */
struct snp_fw_feature_info {
	__u32	length;
	__u32	ecx_in;
	__u64	out_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_feature_info, 0x10);

/* Guest policy (56860, section on guest policy). */
#define SNP_POLICY_ABI_MINOR		GENMASK_ULL(7, 0)
#define SNP_POLICY_ABI_MAJOR		GENMASK_ULL(15, 8)
#define SNP_POLICY_SMT			BIT_ULL(16)
#define SNP_POLICY_RESERVED_ONE		BIT_ULL(17)
#define SNP_POLICY_MIGRATE_MA		BIT_ULL(18)
#define SNP_POLICY_DEBUG		BIT_ULL(19)
#define SNP_POLICY_SINGLE_SOCKET	BIT_ULL(20)
#define SNP_POLICY_CXL_ALLOW		BIT_ULL(21)
#define SNP_POLICY_MEM_AES_256_XTS	BIT_ULL(22)
#define SNP_POLICY_RAPL_DIS		BIT_ULL(23)
#define SNP_POLICY_CIPHERTEXT_HIDING	BIT_ULL(24)
#define SNP_POLICY_PAGE_SWAP_DISABLE	BIT_ULL(25)

/* AMD-SP registers in BAR 2 of function 1022:1486 ("sevv2", "pspv2"). */
#define SNP_PSP_VENDOR			0x1022
#define SNP_PSP_REG_CMDRESP		0x10980
#define SNP_PSP_REG_CMDBUF_LO		0x109e0
#define SNP_PSP_REG_CMDBUF_HI		0x109e4
#define SNP_PSP_REG_FEATURE		0x109fc
#define SNP_PSP_REG_BOOTLOADER		0x109ec
#define SNP_PSP_REG_INT_ENABLE		0x10690
#define SNP_PSP_REG_INT_STATUS		0x10694
#define SNP_PSP_FEATURE_SEV		BIT(0)
#define SNP_PSP_FEATURE_SECURITY	BIT(7)
#define SNP_PSP_INT_CMD_DONE		BIT(1)

#endif /* SNP_FW_H */
