/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <asm/processor.h> brought the CPUID accessors in, until they moved to
 * <asm/cpuid/api.h>; what it includes from the new directory gives that away.
 * (sparse does not know __has_include.)
 */
#ifndef SNP_COMPAT_CPUID_H
#define SNP_COMPAT_CPUID_H

#include <asm/processor.h>

#ifdef _ASM_X86_CPUID_TYPES_H
#include <asm/cpuid/api.h>
#endif

#endif /* SNP_COMPAT_CPUID_H */
