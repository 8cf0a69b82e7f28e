/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's short names for what user space has no headers for.
 */
#ifndef SOFTSNP_CPU_ATTR_H
#define SOFTSNP_CPU_ATTR_H

#define __noreturn	__attribute__((__noreturn__))
#ifndef __printf
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#endif
#define __noinline	__attribute__((__noinline__))
#define __aligned(x)	__attribute__((__aligned__(x)))
#ifndef __packed
#define __packed	__attribute__((__packed__))
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#endif /* SOFTSNP_CPU_ATTR_H */
