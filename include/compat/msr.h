/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 64-bit MSR accessors got a "q" in place of the "l" in 6.16.  The names
 * in the sources are the new ones.
 */
#ifndef SNP_COMPAT_MSR_H
#define SNP_COMPAT_MSR_H

#include <asm/msr.h>

#ifndef rdmsrq
#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, p)	rdmsrl_safe(msr, p)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)
#endif

#endif /* SNP_COMPAT_MSR_H */
