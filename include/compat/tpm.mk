# SPDX-License-Identifier: GPL-2.0-only
# The vTPM's driver needs a kernel whose TPM drivers may answer in send(), from
# 6.16 on.  A kernel with a driver of its own needs no other.
ifneq ($(CONFIG_TCG_TPM),)
ifeq ($(CONFIG_TCG_SVSM),)
ifneq ($(shell grep -s TPM_CHIP_FLAG_SYNC $(srctree)/include/linux/tpm.h),)
snp-tpm-m := snp_guest_tpm.o
endif
endif
endif
