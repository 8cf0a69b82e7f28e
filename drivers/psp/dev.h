/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of /dev/sev share.
 */
#ifndef SNP_PSP_DEV_H
#define SNP_PSP_DEV_H

/* By its path in this tree: the kernel has a header of the same name, maybe an older one. */
#include <include/uapi/linux/psp-sev.h>

#include "psp.h"

/**
 * struct dev_call - one SEV_ISSUE_CMD
 * @cmd: argument, copied from user space once
 * @writable: the file is open for writing
 * @in: what @cmd.data points at, copied once
 * @stick: what that points at
 * @out: what goes back
 * @id_len: bytes of @id that the firmware has filled, or would need
 * @id: chip identities
 *
 * Holds a wrapped key at times: to be wiped.
 */
struct dev_call {
	struct sev_issue_cmd cmd;
	bool writable;
	union {
		struct snp_fw_config config;
		struct sev_user_data_snp_vlek_load vlek;
		struct sev_user_data_get_id2 id2;
	} in;
	struct snp_vlek_hashstick stick;
	union {
		struct snp_fw_platform_status platform;
		struct snp_fw_snp_status snp;
	} out;
	u32 id_len;
	u8 *id;
};

/* dev.c */
struct psp *psp_dev_get(void);
void psp_dev_put(struct psp *psp);

/* dev_cmds.c */
int psp_dev_issue(struct dev_call *c);

/* dev_host.c */
int psp_dev_feature_info(void __user *argp);

#endif /* SNP_PSP_DEV_H */
