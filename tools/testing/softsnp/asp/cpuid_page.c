// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPUID page of a guest at LAUNCH_UPDATE (56860, CPUID page).
 *
 * Hardware compares each row of the standard and extended ranges with what
 * the part can do.  The model knows no part, so it refuses only what is wrong
 * on every part: too many rows, reserved fields in use, the same question
 * answered twice, an AMD processor without its SEV bits in Fn8000_001F.
 * Feature bits, XSAVE sizes and maximum leaves are not checked.
 */
#include "asp_priv.h"

#define FN_ENCRYPTED_MEMORY	0x8000001f
#define FN_1F_EAX_SEV		BIT(1)
#define FN_1F_EAX_SEV_SNP	BIT(4)

static bool same_question(const struct snp_cpuid_entry *x, const struct snp_cpuid_entry *y)
{
	return x->eax_in == y->eax_in && x->ecx_in == y->ecx_in &&
	       x->xcr0_in == y->xcr0_in && x->xss_in == y->xss_in;
}

static bool same_answer(const struct snp_cpuid_entry *x, const struct snp_cpuid_entry *y)
{
	return x->eax == y->eax && x->ebx == y->ebx && x->ecx == y->ecx && x->edx == y->edx;
}

static const char *correct_row(struct snp_cpuid_page *p, uint32_t i)
{
	const uint32_t snp = FN_1F_EAX_SEV | FN_1F_EAX_SEV_SNP;
	struct snp_cpuid_entry *e = &p->entry[i];
	const char *why = NULL;
	uint32_t j;

	if (e->reserved) {
		e->reserved = 0;
		why = "a row's reserved field is set";
	}
	if (e->eax_in == FN_ENCRYPTED_MEMORY && (e->eax & snp) != snp) {
		e->eax |= snp;
		why = "Fn8000_001F denies SEV or SEV-SNP";
	}
	for (j = 0; j < i; j++) {
		if (!same_question(&p->entry[j], e) || same_answer(&p->entry[j], e))
			continue;
		e->eax = p->entry[j].eax;
		e->ebx = p->entry[j].ebx;
		e->ecx = p->entry[j].ecx;
		e->edx = p->entry[j].edx;
		why = "two rows answer one question differently";
	}
	return why;
}

/**
 * asp_cpuid_page_check() - check the table, correct what is wrong
 * @p: the page's content
 * @why: receives one thing that was wrong
 *
 * Return: whether nothing was wrong.
 */
bool asp_cpuid_page_check(struct snp_cpuid_page *p, const char **why)
{
	const char *defect = NULL, *row;
	uint32_t i;

	if (p->count > SNP_CPUID_MAX_ENTRIES) {
		p->count = SNP_CPUID_MAX_ENTRIES;
		defect = "more than 64 rows";
	}
	if (p->reserved0 || p->reserved1) {
		p->reserved0 = 0;
		p->reserved1 = 0;
		defect = "a reserved field of the header is set";
	}
	for (i = 0; i < p->count; i++) {
		row = correct_row(p, i);
		if (row)
			defect = row;
	}
	*why = defect;
	return !defect;
}
