// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID table of an SNP guest.  SNP firmware ABI (56860, CPUID page), AMD64
 * APM volume 3 (24594, appendix E).
 */
#include <string.h>

#include "guest_cpuid.h"

static const struct {
	uint32_t fn;
	uint8_t nr_sub;		/* sub-leaves from 0 on */
} leaves[] = {
	{ 0x00000000, 1 }, { 0x00000001, 1 }, { 0x00000002, 1 }, { 0x00000004, 4 },
	{ 0x00000005, 1 }, { 0x00000006, 1 }, { 0x00000007, 3 }, { 0x0000000a, 1 },
	{ 0x0000000b, 3 }, { 0x0000000d, 10 },
	{ 0x40000000, 1 }, { 0x40000001, 1 },
	{ 0x80000000, 1 }, { 0x80000001, 1 }, { 0x80000002, 1 }, { 0x80000003, 1 },
	{ 0x80000004, 1 }, { 0x80000005, 1 }, { 0x80000006, 1 }, { 0x80000007, 1 },
	{ 0x80000008, 1 }, { 0x80000019, 1 }, { 0x8000001a, 1 }, { 0x8000001d, 4 },
	{ 0x8000001e, 1 }, { 0x8000001f, 1 }, { 0x80000021, 1 },
};

#define MAX_EXTENDED	0x80000021
#define MAX_ASIDS	509
#define MIN_SEV_ASID	100

void cpuid_request(struct snp_cpuid_page *t)
{
	unsigned int i, sub;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		for (sub = 0; sub < leaves[i].nr_sub; sub++) {
			struct snp_cpuid_entry *e = &t->entry[t->count++];

			e->eax_in = leaves[i].fn;
			e->ecx_in = sub;
			/* The guest looks sub-leaves 0 and 1 up by this value. */
			if (leaves[i].fn == 0xd && sub < 2)
				e->xcr0_in = 1;
		}
	}
}

static void adapt_features(struct snp_cpuid_entry *e, bool *xsave)
{
	*xsave = e->ecx & BIT(26);
	e->ecx &= ~(BIT(3) |		/* MONITOR: intercepted, so not offered */
		    BIT(21) |		/* x2APIC: AP start-up uses the xAPIC */
		    BIT(27));		/* OSXSAVE follows CR4 */
	if (!*xsave)
		e->ecx &= ~(BIT(12) | BIT(28) | BIT(29));	/* FMA, AVX, F16C */
}

static void adapt_structured(struct snp_cpuid_entry *e, bool xsave)
{
	if (e->ecx_in == 0 && !xsave) {
		e->ebx &= ~BIT(5);				/* AVX2 */
		e->ecx &= ~(BIT(3) | BIT(9) | BIT(10));		/* PKU, VAES, VPCLMULQDQ */
	}
	if (e->ecx_in == 1) {
		e->eax &= ~BIT(17);				/* FRED: #VC has a gate */
		if (!xsave)
			e->eax &= ~(BIT(4) | BIT(5) | BIT(23));	/* more AVX */
	}
}

static void adapt_encryption(struct snp_cpuid_entry *e, unsigned int cbit, uint64_t sev_status,
			     unsigned int vmpl)
{
	e->eax = BIT(1) | BIT(3) | BIT(4) |	/* SEV, SEV-ES, SEV-SNP */
		 BIT(6) |			/* RMPQUERY */
		 BIT(10) |			/* coherent across encryption domains */
		 (vmpl ? BIT(5) : 0) |		/* VMPLs */
		 (sev_status & SNP_SEV_STATUS_SECURE_TSC ? BIT(8) : 0) |
		 (sev_status & SNP_SEV_STATUS_DEBUG_SWAP ? BIT(14) : 0);
	e->ebx = cbit | 1 << 6 |		/* one address bit lost to encryption */
		 (vmpl ? 4 << 12 : 0) |		/* number of VMPLs */
		 (uint32_t)BIT(31);		/* no cache flush after validation */
	e->ecx = MAX_ASIDS;
	e->edx = MIN_SEV_ASID;
}

void cpuid_adapt(struct snp_cpuid_page *t, unsigned int cbit, uint64_t sev_status,
		 unsigned int vmpl)
{
	bool xsave = false;
	unsigned int i;

	for (i = 0; i < t->count; i++) {
		struct snp_cpuid_entry *e = &t->entry[i];

		switch (e->eax_in) {
		case 0x1:
			adapt_features(e, &xsave);
			break;
		case 0x7:
			adapt_structured(e, xsave);
			break;
		case 0xd:
			/* Linux refuses a table without XSAVEC and XSAVES. */
			if (e->ecx_in == 1)
				e->eax |= BIT(1);
			break;
		case 0x80000000:
			if (e->eax < MAX_EXTENDED)
				e->eax = MAX_EXTENDED;
			break;
		case 0x8000001f:
			adapt_encryption(e, cbit, sev_status, vmpl);
			break;
		}
	}
}

static const struct snp_cpuid_entry *find(const struct snp_cpuid_page *t, uint32_t fn,
					  uint32_t sub)
{
	unsigned int i;

	for (i = 0; i < t->count && i < SNP_CPUID_MAX_ENTRIES; i++)
		if (t->entry[i].eax_in == fn && t->entry[i].ecx_in == sub)
			return &t->entry[i];
	return NULL;
}

static bool has_subleaves(uint32_t fn)
{
	switch (fn) {
	case 0x4: case 0x7: case 0xb: case 0xd: case 0x8000001d:
		return true;
	}
	return false;
}

struct cpuid_result cpuid_answer(const struct snp_cpuid_page *t, uint32_t fn, uint32_t sub,
				 uint32_t apic_id)
{
	const struct snp_cpuid_entry *e = find(t, fn, has_subleaves(fn) ? sub : 0);
	struct cpuid_result r = {};

	if (e)
		r = (struct cpuid_result){ e->eax, e->ebx, e->ecx, e->edx };
	switch (fn) {
	case 0x1:
		r.ebx = (r.ebx & 0xffffff) | apic_id << 24;
		break;
	case 0xb:
		r.edx = apic_id;
		break;
	case 0x8000001e:
		r.eax = apic_id;
		r.ebx = (r.ebx & ~0xffu) | (apic_id & 0xff);
		break;
	}
	return r;
}
