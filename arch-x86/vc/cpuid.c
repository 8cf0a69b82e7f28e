// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID from the table of the launch (SNP firmware ABI, 56860, CPUID page;
 * AMD64 APM volume 3, 24594, appendix E).  Pure; runs in KUnit and in user
 * space, too.
 */
#include <linux/compiler.h>

#include "cpuid.h"

/* Legacy region and header of an XSAVE area. */
#define CPUID_XSAVE_MIN		0x240
#define CPUID_XSAVEC		BIT(1)
#define CPUID_XSAVES		BIT(3)
#define CPUID_OSXSAVE		BIT(27)
#define CPUID_OSPKE		BIT(4)
#define CPUID_APIC_ENABLED	BIT(9)

/**
 * vc_cpuid_table_ok() - can this table be used
 * @table: private copy of the CPUID page
 *
 * Return: false when the number of entries is out of range, or the table does
 *	not say up to where its ranges go.
 */
bool vc_cpuid_table_ok(const struct snp_cpuid_page *table)
{
	bool standard = false, extended = false;
	u32 i;

	if (!table->count || table->count > SNP_CPUID_MAX_ENTRIES)
		return false;
	for (i = 0; i < table->count; i++) {
		standard |= !table->entry[i].eax_in;
		extended |= table->entry[i].eax_in == 0x80000000;
	}
	return standard && extended;
}

static __always_inline bool vc_cpuid_has_subleaves(u32 fn)
{
	switch (fn) {
	case 0x7: case 0xb: case 0xd: case 0xf: case 0x10: case 0x12: case 0x14: case 0x17:
	case 0x18: case 0x1d: case 0x1e: case 0x1f: case 0x24: case 0x8000001d:
		return true;
	}
	return false;
}

static noinstr const struct snp_cpuid_entry *vc_cpuid_find(const struct snp_cpuid_page *table,
							   u32 fn, u32 sub)
{
	const struct snp_cpuid_entry *e;
	u32 i;

	for (i = 0; i < table->count && i < SNP_CPUID_MAX_ENTRIES; i++) {
		e = &table->entry[i];
		if (e->eax_in != fn || (vc_cpuid_has_subleaves(fn) && e->ecx_in != sub))
			continue;
		/* One entry for each XCR0: that for the least one says it all. */
		if (fn == 0xd && sub < 2 && ((e->xcr0_in != 1 && e->xcr0_in != 3) || e->xss_in))
			continue;
		return e;
	}
	return NULL;
}

/* Highest leaf of the range that @fn lies in. */
static noinstr u32 vc_cpuid_limit(const struct snp_cpuid_page *table, u32 fn)
{
	const struct snp_cpuid_entry *e;
	u32 base = fn >= 0x80000000 ? 0x80000000 : fn >= 0x40000000 ? 0x40000000 : 0;

	e = vc_cpuid_find(table, base, 0);
	return e ? e->eax : 0;
}

/* Size of the XSAVE area for these components; 0 when the table lacks one. */
static noinstr u32 vc_cpuid_xsave_size(const struct snp_cpuid_page *table, u64 features,
				       bool compacted)
{
	u64 missing = features & ~3ULL;
	const struct snp_cpuid_entry *e;
	u32 i, size = CPUID_XSAVE_MIN;

	for (i = 0; i < table->count && i < SNP_CPUID_MAX_ENTRIES; i++) {
		e = &table->entry[i];
		if (e->eax_in != 0xd || e->ecx_in >= 64 || !(missing & BIT_ULL(e->ecx_in)))
			continue;
		missing &= ~BIT_ULL(e->ecx_in);
		if (compacted)
			size += e->eax;
		else if (e->ebx + e->eax > size)
			size = e->ebx + e->eax;
	}
	return missing ? 0 : size;
}

/**
 * vc_cpuid_is_kvm() - does the table say that the hypervisor is KVM
 * @table: checked by vc_cpuid_table_ok()
 *
 * Return: true when hypercalls follow KVM's convention.
 */
bool vc_cpuid_is_kvm(const struct snp_cpuid_page *table)
{
	const struct snp_cpuid_entry *e = vc_cpuid_find(table, 0x40000000, 0);

	/* "KVMKVMKVM" */
	return e && e->ebx == 0x4b4d564b && e->ecx == 0x564b4d56 && e->edx == 0x4d;
}

/**
 * vc_cpuid_needs_xsave_state() - does an answer depend on XCR0 and IA32_XSS
 * @fn: leaf
 * @sub: sub-leaf
 *
 * Return: true when vc_cpuid() looks at them.
 */
noinstr bool vc_cpuid_needs_xsave_state(u32 fn, u32 sub)
{
	return fn == 0xd && sub < 2;
}

static noinstr bool vc_cpuid_xsave(const struct snp_cpuid_page *table,
				   const struct vc_cpuid_state *state, u32 sub,
				   struct vc_cpuid_regs *out)
{
	u64 features = state->xcr0;

	if (sub == 1) {
		if (!(out->eax & (CPUID_XSAVEC | CPUID_XSAVES)))
			return false;
		if (out->eax & CPUID_XSAVES)
			features |= state->xss;
	}
	out->ebx = vc_cpuid_xsave_size(table, features, sub == 1);
	return out->ebx;
}

/**
 * vc_cpuid() - answer one CPUID
 * @table: checked by vc_cpuid_table_ok()
 * @local: what this CPU has of its own
 * @state: control state; xcr0 and xss only if vc_cpuid_needs_xsave_state()
 * @fn: EAX
 * @sub: ECX
 * @out: the answer
 *
 * A leaf within a range of the table that the table does not have is all
 * zeros, except for what is not in a table anyway; so is a leaf beyond.
 *
 * Return: false when there is no right answer: the table contradicts the
 *	state of the CPU.
 */
noinstr bool vc_cpuid(const struct snp_cpuid_page *table, const struct vc_cpuid_local *local,
		      const struct vc_cpuid_state *state, u32 fn, u32 sub,
		      struct vc_cpuid_regs *out)
{
	const struct snp_cpuid_entry *e = vc_cpuid_find(table, fn, sub);

	*out = (struct vc_cpuid_regs){};
	if (e)
		*out = (struct vc_cpuid_regs){ e->eax, e->ebx, e->ecx, e->edx };
	else if (fn > vc_cpuid_limit(table, fn))
		return true;

	switch (fn) {
	case 0x1:
		out->ebx = (out->ebx & 0xffffff) | (local->leaf1_ebx & 0xff000000);
		out->edx &= ~CPUID_APIC_ENABLED;
		out->edx |= local->leaf1_edx & CPUID_APIC_ENABLED;
		if (state->osxsave)
			out->ecx |= CPUID_OSXSAVE;
		break;
	case 0x7:
		if (sub)
			break;
		out->ecx &= ~CPUID_OSPKE;
		if (state->pke)
			out->ecx |= CPUID_OSPKE;
		break;
	case 0xb:
		out->edx = local->leafb_edx;
		break;
	case 0xd:
		if (sub < 2)
			return vc_cpuid_xsave(table, state, sub, out);
		break;
	case 0x8000001e:
		out->eax = local->ext1e_eax;
		out->ebx = (out->ebx & ~0xffu) | (local->ext1e_ebx & 0xff);
		out->ecx = (out->ecx & ~0xffu) | (local->ext1e_ecx & 0xff);
		break;
	}
	return true;
}
