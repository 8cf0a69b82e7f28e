/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking vector 29 over, and giving it back.
 */
#ifndef VC_VC_H
#define VC_VC_H

#include <snp/guest_pages.h>

/**
 * struct vc_counts - over all CPUs, since the take-over
 * @handled: #VCs of kernel code that were handled
 * @passed: #VCs of kernel code that went on to the kernel's handler
 */
struct vc_counts {
	u64 handled;
	u64 passed;
};

int vc_takeover(const struct snp_cpuid_page *cpuid);
void vc_give_back(void);
void vc_count(struct vc_counts *counts);

#endif /* VC_VC_H */
