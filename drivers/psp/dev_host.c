// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls of /dev/sev that mainline does not have.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dev.h"
#include "guest.h"

static_assert(sizeof(struct snp_host_feature_info) == 24);
static_assert(sizeof(struct snp_host_certs) == 16);
static_assert(SNP_HOST_CERTS_MAX == SNP_CERTS_MAX);

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

static int copy_certs_arg(struct snp_host_certs *c, void __user *argp)
{
	if (copy_from_user(c, argp, sizeof(*c)))
		return -EFAULT;
	return c->reserved || !c->address != !c->len ? -EINVAL : 0;
}

/**
 * psp_dev_set_certs() - SNP_HOST_SET_CERTS: what extended guest requests give
 * @argp: struct snp_host_certs of user space
 *
 * Context: may sleep.
 * Return: 0; -EFAULT; -ENOMEM; -E2BIG; -EINVAL for what is no table, a reserved
 *	field that is not zero, or an address without a length.  On failure the
 *	table stays what it was.
 */
int psp_dev_set_certs(void __user *argp)
{
	struct snp_host_certs c;
	void *table = NULL;
	int err;

	err = copy_certs_arg(&c, argp);
	if (err)
		return err;
	if (c.len > SNP_HOST_CERTS_MAX)
		return -E2BIG;
	if (c.len) {
		table = memdup_user(u64_to_user_ptr(c.address), c.len);
		if (IS_ERR(table))
			return PTR_ERR(table);
	}
	err = psp_certs_set(table, c.len);
	kfree(table);
	return err;
}

/**
 * psp_dev_get_certs() - SNP_HOST_GET_CERTS
 * @argp: struct snp_host_certs of user space
 *
 * Context: may sleep.
 * Return: 0; -EFAULT; -ENOMEM; -EINVAL as for psp_dev_set_certs(); -ENOSPC when
 *	there is too little room, with the length that is needed.
 */
int psp_dev_get_certs(void __user *argp)
{
	struct snp_host_certs c;
	void *table;
	u32 pages;
	int err;

	err = copy_certs_arg(&c, argp);
	if (err)
		return err;
	pages = min_t(u32, c.len, SNP_HOST_CERTS_MAX) / SNP_PAGE_SIZE;
	table = kzalloc(SNP_HOST_CERTS_MAX, GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	err = psp_certs_copy(table, &pages);
	c.len = pages * SNP_PAGE_SIZE;
	if (!err && copy_to_user(u64_to_user_ptr(c.address), table, c.len))
		err = -EFAULT;
	if ((!err || err == -ENOSPC) && copy_to_user(argp, &c, sizeof(c)))
		err = -EFAULT;
	kfree(table);
	return err;
}
