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
	SNP_FW_PLATFORM_STATUS		= 0x004,
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
	SNP_FW_SNP_LAUNCH_START		= 0x0a0,
	SNP_FW_SNP_LAUNCH_UPDATE	= 0x0a1,
	SNP_FW_SNP_LAUNCH_FINISH	= 0x0a2,
	SNP_FW_SNP_PAGE_RECLAIM		= 0x0c7,
	SNP_FW_SNP_PAGE_UNSMASH		= 0x0c8,
	SNP_FW_SNP_CONFIG		= 0x0c9,
	SNP_FW_SNP_DOWNLOAD_FIRMWARE_EX	= 0x0ca,
	SNP_FW_SNP_COMMIT		= 0x0cb,
	SNP_FW_SNP_VLEK_LOAD		= 0x0cd,
	SNP_FW_SNP_FEATURE_INFO		= 0x0ce,
};

/* Status: bits 15:0 of CmdResp once bit 31 is set. */
#define SNP_FW_STATUS_LIST(X)				\
	X(0x00, SUCCESS)				\
	X(0x01, INVALID_PLATFORM_STATE)			\
	X(0x02, INVALID_GUEST_STATE)			\
	X(0x03, INVALID_CONFIG)				\
	X(0x04, INVALID_LEN)				\
	X(0x05, ALREADY_OWNED)				\
	X(0x06, INVALID_CERTIFICATE)			\
	X(0x07, POLICY_FAILURE)				\
	X(0x08, INACTIVE)				\
	X(0x09, INVALID_ADDRESS)			\
	X(0x0a, BAD_SIGNATURE)				\
	X(0x0b, BAD_MEASUREMENT)			\
	X(0x0c, ASID_OWNED)				\
	X(0x0d, INVALID_ASID)				\
	X(0x0e, WBINVD_REQUIRED)			\
	X(0x0f, DFFLUSH_REQUIRED)			\
	X(0x10, INVALID_GUEST)				\
	X(0x11, INVALID_COMMAND)			\
	X(0x12, ACTIVE)					\
	X(0x13, HWERROR_PLATFORM)			\
	X(0x14, HWERROR_UNSAFE)				\
	X(0x15, UNSUPPORTED)				\
	X(0x16, INVALID_PARAM)				\
	X(0x17, RESOURCE_LIMIT)				\
	X(0x18, SECURE_DATA_INVALID)			\
	X(0x19, INVALID_PAGE_SIZE)			\
	X(0x1a, INVALID_PAGE_STATE)			\
	X(0x1b, INVALID_MDATA_ENTRY)			\
	X(0x1c, INVALID_PAGE_OWNER)			\
	X(0x1d, AEAD_OFLOW)				\
	X(0x1f, EXIT_RING_BUFFER)			\
	X(0x20, RMP_INIT_REQUIRED)			\
	X(0x21, BAD_SVN)				\
	X(0x22, BAD_VERSION)				\
	X(0x23, SHUTDOWN_REQUIRED)			\
	X(0x24, UPDATE_FAILED)				\
	X(0x25, RESTORE_REQUIRED)			\
	X(0x26, RMP_INITIALIZATION_FAILED)		\
	X(0x27, INVALID_KEY)				\
	X(0x28, SHUTDOWN_INCOMPLETE)

enum snp_fw_status {
#define SNP_FW_STATUS_ENUM(value, name) SNP_FW_##name = value,
	SNP_FW_STATUS_LIST(SNP_FW_STATUS_ENUM)
#undef SNP_FW_STATUS_ENUM
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
#define SNP_FW_STATUS_CASE(value, name) case value: return #name;
	SNP_FW_STATUS_LIST(SNP_FW_STATUS_CASE)
#undef SNP_FW_STATUS_CASE
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
	__u8	reserved;
	__u8	vmpl1_perms;		/* byte order of 1..3: U, all zero in every flow here */
	__u8	vmpl2_perms;
	__u8	vmpl3_perms;
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
