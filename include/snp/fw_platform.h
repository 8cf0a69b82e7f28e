/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP platform commands beside those of fw.h: flags of the status, features,
 * mitigations (56860).
 *
 * Layout only.  Every structure is little-endian and packed.
 */
#ifndef SNP_FW_PLATFORM_H
#define SNP_FW_PLATFORM_H

#include "fw.h"

/* More of SNP_PLATFORM_STATUS, flags at offset 8. */
#define SNP_STATUS_RAPL_DIS			BIT(4)
#define SNP_STATUS_CIPHERTEXT_HIDING_CAP	BIT(5)
#define SNP_STATUS_CIPHERTEXT_HIDING_EN		BIT(6)

/* SNP_FEATURE_INFO: registers of sub-leaf 0. */
#define SNP_FEATURE_EBX_TIO			BIT(1)
#define SNP_FEATURE_ECX_RAPL_DIS		BIT(2)
#define SNP_FEATURE_ECX_CIPHERTEXT_HIDING	BIT(3)
#define SNP_FEATURE_ECX_AES_256_XTS		BIT(4)
#define SNP_FEATURE_ECX_CXL_ALLOW		BIT(5)
#define SNP_FEATURE_ECX_VERIFY_MITIGATION	BIT(13)	/* U: one source */

/* SNP_VERIFY_MITIGATION (U: sources disagree about the order of the addresses). */
#define SNP_MITIGATION_STATUS		0
#define SNP_MITIGATION_VERIFY		1
#define SNP_MITIGATION_DST_EN		BIT(0)
#define SNP_MITIGATION_SRC_EN		BIT(1)
struct snp_fw_verify_mitigation {
	__u32	length;
	__u16	subcommand;
	__u16	reserved0;
	__u64	vector;
	__u32	flags;
	__u32	reserved1;
	__u64	src_paddr;
	__u64	dst_paddr;
	__u8	reserved2[24];
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_verify_mitigation, 0x40);

struct snp_fw_mitigation_result {
	__u64	verified;
	__u64	supported;
	__u32	failure_status;
	__u32	reserved;
} __attribute__((packed));
SNP_CHECK_SIZE(struct snp_fw_mitigation_result, 0x18);

#endif /* SNP_FW_PLATFORM_H */
