/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attestation reports and derived keys: the requests behind the ioctls.
 */
#ifndef SEV_GUEST_REPORT_H
#define SEV_GUEST_REPORT_H

#include <linux/types.h>

#include "include/uapi/linux/sev-guest.h"

struct msg_certs;
struct msg_channel;

void report_fill(struct snp_report_req *req, const u8 user_data[SNP_REPORT_USER_DATA_SIZE],
		 u32 vmpl, u32 key_sel);
int report_get(struct msg_channel *ch, u8 version, const struct snp_report_req *req,
	       struct snp_report_resp *rsp, struct msg_certs *certs, u64 *exitinfo2);
int report_derive_key(struct msg_channel *ch, u8 version, const struct snp_derived_key_req *req,
		      struct snp_derived_key_resp *rsp, u64 *exitinfo2);

#endif /* SEV_GUEST_REPORT_H */
