/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID of an SNP guest, answered from the table that the firmware checked at
 * launch (SNP firmware ABI, 56860, CPUID page; AMD64 APM volume 3, 24594,
 * appendix E).  Pure functions.
 */
#ifndef VC_CPUID_H
#define VC_CPUID_H

#include <snp/guest_pages.h>

/**
 * struct vc_cpuid_local - what differs from CPU to CPU, hence is in no table
 * @leaf1_ebx: APIC ID in bits 31:24
 * @leaf1_edx: bit 9, APIC enabled
 * @leafb_edx: x2APIC ID
 * @ext1e_eax: extended APIC ID
 * @ext1e_ebx: core ID in bits 7:0
 * @ext1e_ecx: node ID in bits 7:0
 *
 * The hypervisor says so, through the kernel, once.
 */
struct vc_cpuid_local {
	u32 leaf1_ebx;
	u32 leaf1_edx;
	u32 leafb_edx;
	u32 ext1e_eax;
	u32 ext1e_ebx;
	u32 ext1e_ecx;
};

/**
 * struct vc_cpuid_state - control state that CPUID reflects
 * @osxsave: CR4.OSXSAVE
 * @pke: CR4.PKE
 * @xcr0: XCR0; 1 when @osxsave is not set
 * @xss: IA32_XSS
 */
struct vc_cpuid_state {
	bool osxsave;
	bool pke;
	u64 xcr0;
	u64 xss;
};

/* The four registers of an answer. */
struct vc_cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

bool vc_cpuid_table_ok(const struct snp_cpuid_page *table);
bool vc_cpuid_is_kvm(const struct snp_cpuid_page *table);
bool vc_cpuid_needs_xsave_state(u32 fn, u32 sub);
bool vc_cpuid(const struct snp_cpuid_page *table, const struct vc_cpuid_local *local,
	      const struct vc_cpuid_state *state, u32 fn, u32 sub, struct vc_cpuid_regs *out);

#endif /* VC_CPUID_H */
