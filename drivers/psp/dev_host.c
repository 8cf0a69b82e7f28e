// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls of /dev/sev that mainline does not have.
 */
#include <linux/uaccess.h>

#include "dev.h"

static_assert(sizeof(struct snp_host_feature_info) == 24);

/**
 * psp_dev_feature_info() - SNP_HOST_FEATURE_INFO
 * @argp: struct snp_host_feature_info of user space
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, otherwise as for psp_dev_get() and psp_feature_info().
 */
int psp_dev_feature_info(void __user *argp)
{
	struct snp_host_feature_info info;
	struct snp_fw_feature_regs regs;
	struct psp *psp;
	u32 status = 0;
	int err;

	if (copy_from_user(&info, argp, sizeof(info)))
		return -EFAULT;
	psp = psp_dev_get();
	if (IS_ERR(psp))
		return PTR_ERR(psp);
	err = psp_feature_info(psp, info.ecx_in, &regs, &status);
	psp_dev_put(psp);

	info.error = status;
	info.eax = regs.eax;
	info.ebx = regs.ebx;
	info.ecx = regs.ecx;
	info.edx = regs.edx;
	return copy_to_user(argp, &info, sizeof(info)) ? -EFAULT : err;
}
