/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What snp_guest.ko offers to other modules.
 */
#ifndef SNP_GUEST_H
#define SNP_GUEST_H

#include <linux/types.h>

#include "guest_msg.h"

/* The most that a host may give along with a report, in bytes. */
#define SNP_GUEST_CERTS_MAX	0x4000

unsigned int snp_guest_vmpck(void);
int snp_guest_get_report(const u8 *report_data, unsigned int vmpl,
			 u8 rsp[SNP_MSG_MAX_PAYLOAD], u8 certs[SNP_GUEST_CERTS_MAX]);

#endif /* SNP_GUEST_H */
