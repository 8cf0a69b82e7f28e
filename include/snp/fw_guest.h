/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP commands about guests and their pages: activation by core, status,
 * debugging, page states, swapping; ID block (56860).  Beside fw.h, which has
 * the basic ones.
 *
 * Layout only.  Every structure is little-endian and packed.  The layouts of
 * SNP_ACTIVATE_EX and of the page commands are U: one source, no user.
 */
#ifndef SNP_FW_GUEST_H
#define SNP_FW_GUEST_H

#include "fw.h"

/* SNP_ACTIVATE_EX: @ids_paddr is an array of APIC ids, 32 bits each. */
struct snp_fw_activate_ex {
	__u32	length;
	__u32	reserved;
	__u64	gctx_paddr;
	__u32	asid;
	__u32	nr_ids;
	__u64	ids_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_activate_ex, 0x20);

/* SNP_GUEST_STATUS, and what lands at status_paddr. */
struct snp_fw_guest_status {
	__u64	gctx_paddr;
	__u64	status_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_guest_status, 0x10);

#define SNP_GUEST_STATE_INIT		0
#define SNP_GUEST_STATE_LAUNCH		1
#define SNP_GUEST_STATE_RUNNING		2
struct snp_guest_status {
	__u64	policy;
	__u32	asid;
	__u8	state;
	__u8	reserved[19];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_guest_status, 0x20);

/* SNP_HV_REPORT_REQ (U: one source); the answer is a MSG_REPORT_RSP. */
#define SNP_HV_REPORT_KEY_SEL		GENMASK(1, 0)
#define SNP_HV_REPORT_VMPL		0xffffffff
struct snp_fw_hv_report_req {
	__u32	length;
	__u32	flags;
	__u64	gctx_paddr;
	__u64	report_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_hv_report_req, 0x18);

/* SNP_DBG_DECRYPT, SNP_DBG_ENCRYPT. */
struct snp_fw_dbg {
	__u64	gctx_paddr;
	__u64	src_paddr;
	__u64	dst_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_dbg, 0x18);

/* SNP_PAGE_SET_STATE: the list is one of HV-Fixed ranges as SNP_INIT_EX reads it. */
struct snp_fw_page_set_state {
	__u32	length;
	__u32	reserved;
	__u64	list_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_page_set_state, 0x10);

/* SNP_PAGE_MOVE. */
#define SNP_PAGE_MOVE_2M		BIT(0)
struct snp_fw_page_move {
	__u64	gctx_paddr;
	__u32	flags;
	__u32	reserved;
	__u64	src_paddr;
	__u64	dst_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_page_move, 0x20);

/* SNP_PAGE_MD_INIT. */
struct snp_fw_page_md_init {
	__u64	gctx_paddr;
	__u64	page_paddr;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_page_md_init, 0x10);

/* SNP_PAGE_SWAP_OUT, SNP_PAGE_SWAP_IN. */
#define SNP_SWAP_2M			BIT_ULL(0)
#define SNP_SWAP_TYPE			GENMASK_ULL(2, 1)
#define SNP_SWAP_TYPE_DATA		0
#define SNP_SWAP_TYPE_METADATA		1
#define SNP_SWAP_TYPE_VMSA		2
#define SNP_SWAP_ROOT_MDATA_EN		BIT_ULL(3)
#define SNP_SWAP_IN_PLACE		BIT_ULL(4)	/* SNP_PAGE_SWAP_IN */
struct snp_fw_page_swap {
	__u64	gctx_paddr;
	__u64	src_paddr;
	__u64	dst_paddr;
	__u64	mdata_paddr;
	__u64	flags;
	__u64	software_data;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_page_swap, 0x30);

/* One swapped page: 64 of these fill a Metadata page. */
#define SNP_MDATA_VALID			BIT_ULL(0)
#define SNP_MDATA_METADATA		BIT_ULL(1)
#define SNP_MDATA_VMSA			BIT_ULL(2)
#define SNP_MDATA_2M			BIT_ULL(3)
#define SNP_MDATA_GPA			GENMASK_ULL(51, 12)
struct snp_mdata_entry {
	__u64	software_data;
	__u8	iv[12];
	__u8	reserved0[4];
	__u8	authtag[16];
	__u64	gpa;			/* 0x28, with the flags above */
	__u8	vmpl_perms[4];
	__u8	reserved1[12];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_mdata_entry, 64);

/* What LAUNCH_FINISH compares a guest with. */
#define SNP_ID_BLOCK_VERSION		1
struct snp_id_block {
	__u8	ld[48];
	__u8	family_id[16];
	__u8	image_id[16];
	__u32	version;
	__u32	guest_svn;
	__u64	policy;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_id_block, 0x60);

/* P-384 public key and signature as ID blocks have them, little-endian numbers. */
#define SNP_ID_ALGO_P384_SHA384		1
#define SNP_ID_CURVE_P384		2
struct snp_id_key {
	__u32	curve;
	__u8	qx[72];
	__u8	qy[72];
	__u8	reserved[0x404 - 4 - 2 * 72];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_id_key, 0x404);

struct snp_id_signature {
	__u8	r[72];
	__u8	s[72];
	__u8	reserved[512 - 2 * 72];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_id_signature, 512);

struct snp_id_auth {
	__u32	id_key_algo;
	__u32	author_key_algo;
	__u8	reserved0[0x38];
	struct snp_id_signature id_block_sig;	/* 0x40: by the ID key, over the ID block */
	struct snp_id_key id_key;		/* 0x240 */
	__u8	reserved1[0x3c];
	struct snp_id_signature id_key_sig;	/* 0x680: by the author key, over the ID key */
	struct snp_id_key author_key;		/* 0x880 */
	__u8	reserved2[0x37c];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_id_auth, SNP_PAGE_SIZE);
SNP_CHECK_OFFSET(struct snp_id_auth, id_block_sig, 0x40);
SNP_CHECK_OFFSET(struct snp_id_auth, id_key, 0x240);
SNP_CHECK_OFFSET(struct snp_id_auth, id_key_sig, 0x680);
SNP_CHECK_OFFSET(struct snp_id_auth, author_key, 0x880);

#endif /* SNP_FW_GUEST_H */
