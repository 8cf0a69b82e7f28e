# SPDX-License-Identifier: GPL-2.0-only
# The configfs-tsm provider needs a kernel with TSM reports whose providers say
# themselves which attributes are visible.  Kernels before have none, or
# providers that register in another way; there the module is not built.
ifneq ($(CONFIG_TSM_REPORTS),)
ifneq ($(shell grep -s report_attr_visible $(srctree)/include/linux/tsm.h),)
snp-tsm-m := snp_guest_tsm.o
endif
endif
