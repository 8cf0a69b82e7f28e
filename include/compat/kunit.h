/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static stubs of KUnit: the seam at which a test replaces the hardware.
 * Nothing is left of it in a kernel without KUnit, or with one too old to
 * have static stubs.
 */
#ifndef SNP_COMPAT_KUNIT_H
#define SNP_COMPAT_KUNIT_H

#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT) && defined(__has_include)
#if __has_include("kunit/static_stub.h")
#include <kunit/static_stub.h>
#define SNP_TEST_SEAM(fn, args...)	KUNIT_STATIC_STUB_REDIRECT(fn, args)
#endif
#endif

#ifndef SNP_TEST_SEAM
#define SNP_TEST_SEAM(fn, args...)	((void)(fn))
#endif

#endif /* SNP_COMPAT_KUNIT_H */
