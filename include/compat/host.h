/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has this kernel prepared itself for hosting SNP guests?  Those before 6.9
 * cannot.
 */
#ifndef SNP_COMPAT_HOST_H
#define SNP_COMPAT_HOST_H

#include <linux/cc_platform.h>

static inline bool compat_kernel_hosts_snp(void)
{
#ifdef SNP_HAVE_CC_HOST_SNP
	return cc_platform_has(CC_ATTR_HOST_SEV_SNP);
#else
	return false;
#endif
}

#endif /* SNP_COMPAT_HOST_H */
