# SPDX-License-Identifier: GPL-2.0-only
# Whether the kernel prepares itself for hosting SNP guests, and says whether it
# has.  An enumerator cannot be probed by the preprocessor.
ifneq ($(shell grep -s CC_ATTR_HOST_SEV_SNP $(srctree)/include/linux/cc_platform.h),)
ccflags-y += -DSNP_HAVE_CC_HOST_SNP
endif
