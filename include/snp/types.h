/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ABI headers need, for the kernel and for user space alike: fixed
 * width types, bit masks, compile-time checks.  User space gets the small
 * subset of the kernel's macros that these headers use.
 */
#ifndef SNP_TYPES_H
#define SNP_TYPES_H

#ifdef __KERNEL__
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>

#ifndef BIT_ULL
#define BIT_ULL(n)		(1ULL << (n))
#endif
#ifndef BIT
#define BIT(n)			(1UL << (n))
#endif
#ifndef GENMASK_ULL
#define GENMASK_ULL(h, l)	((~0ULL >> (63 - (h))) & (~0ULL << (l)))
#endif
#ifndef GENMASK
#define GENMASK(h, l)		((unsigned long)GENMASK_ULL(h, l))
#endif
#ifndef FIELD_GET
#define FIELD_GET(mask, reg)	((__typeof__(mask))(((reg) & (mask)) >> __builtin_ctzll(mask)))
#define FIELD_PREP(mask, val)	(((__typeof__(mask))(val) << __builtin_ctzll(mask)) & (mask))
#endif
#endif /* __KERNEL__ */

#define SNP_PAGE_SIZE		4096
#define SNP_PAGE_SHIFT		12

#define SNP_CHECK_SIZE(type, size) \
	static_assert(sizeof(type) == (size), #type " has the wrong size")
#define SNP_CHECK_OFFSET(type, member, off) \
	static_assert(offsetof(type, member) == (off), #type "." #member " is misplaced")

#endif /* SNP_TYPES_H */
