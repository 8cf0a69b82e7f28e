/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short names of compiler attributes, as the kernel has them.
 */
#ifndef ASPD_UTIL_H
#define ASPD_UTIL_H

#define __printf(fmt, first)	__attribute((format(printf, fmt, first)))
#undef __packed
#define __packed		__attribute((packed))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif

#endif /* ASPD_UTIL_H */
