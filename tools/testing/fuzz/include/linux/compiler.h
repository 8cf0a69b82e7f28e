/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of kernel sources that are built in user space.
 */
#ifndef FUZZ_LINUX_COMPILER_H
#define FUZZ_LINUX_COMPILER_H

#define noinstr
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif

#endif /* FUZZ_LINUX_COMPILER_H */
