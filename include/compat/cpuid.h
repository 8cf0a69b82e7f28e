/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUID accessors moved from <asm/processor.h> (which still brought them
 * in from <asm/cpuid.h> for a while) to <asm/cpuid/api.h>.  Older versions of
 * sparse do not know __has_include.
 */
#ifndef SNP_COMPAT_CPUID_H
#define SNP_COMPAT_CPUID_H

#include <asm/processor.h>

#ifdef __has_include
#if __has_include("asm/cpuid/api.h")
#include <asm/cpuid/api.h>
#endif
#endif

#endif /* SNP_COMPAT_CPUID_H */
