// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processor lines and the parts that they make (56860, TCB_VERSION; CPUID
 * signatures as the lines' certificates and reports have them).
 */
#include <strings.h>

#include "asp_priv.h"

/**
 * struct product - a processor line
 * @name: as in certificates
 * @layout: of its TCB_VERSION
 * @cpuid_fms: CPUID Fn1 EAX of a usual part
 * @chip_id_len: significant bytes of the chip id, the others are zero
 * @features: what it can do
 * @tsc_factor: by how much 1/100000 of the nominal frequency the TSC is slower
 */
struct product {
	const char *name;
	enum snp_tcb_layout layout;
	uint32_t cpuid_fms;
	size_t chip_id_len;
	unsigned int features;
	uint32_t tsc_factor;
};

static const struct product products[] = {
	[ASP_MILAN] = { "Milan", SNP_TCB_MILAN, 0x00a00f11, 64, ASP_FEATURE_RAPL_DIS, 0 },
	[ASP_GENOA] = { "Genoa", SNP_TCB_MILAN, 0x00a10f11, 64,
			ASP_FEATURE_RAPL_DIS | ASP_FEATURE_AES_256_XTS, 200 },
	[ASP_TURIN] = { "Turin", SNP_TCB_TURIN, 0x00b00f21, 8,
			ASP_FEATURE_RAPL_DIS | ASP_FEATURE_CIPHERTEXT_HIDING |
			ASP_FEATURE_AES_256_XTS, 0 },
};

#define NR_PRODUCTS (sizeof(products) / sizeof(products[0]))

/* What softsnp-pki certifies unless told otherwise. */
static const struct snp_tcb default_tcb = { .bootloader = 4, .snp = 0x1b, .microcode = 0xdb };

bool asp_product_find(const char *name, enum asp_product *product)
{
	size_t i;

	for (i = 0; i < NR_PRODUCTS; i++) {
		if (strcasecmp(products[i].name, name))
			continue;
		*product = (enum asp_product)i;
		return true;
	}
	return false;
}

const char *asp_product_name(enum asp_product product)
{
	return products[product].name;
}

enum snp_tcb_layout asp_product_layout(enum asp_product product)
{
	return products[product].layout;
}

struct asp_config asp_config_default(enum asp_product product)
{
	const struct product *p = &products[product];
	uint64_t tcb = snp_tcb_encode(default_tcb, p->layout);

	return (struct asp_config){
		.product = product,
		.api_major = 1,
		.api_minor = 57,
		.build = 1,
		.current_tcb = tcb,
		.committed_tcb = tcb,
		.mit_supported = 0x16,
		.mit_verified = 0x16,
		.features = p->features,
		.cbit = 51,
		.cpuid_fms = p->cpuid_fms,
		.max_asid = 99,
		.platform_info = SNP_PLATFORM_SMT_EN | SNP_PLATFORM_ECC_EN |
				 SNP_PLATFORM_ALIAS_CHECK,
		.tsc_khz = 2000000,
	};
}

bool asp_has(const struct asp *a, unsigned int feature)
{
	return a->cfg.features & feature;
}

uint32_t asp_tsc_factor(const struct asp *a)
{
	return products[a->cfg.product].tsc_factor;
}

/* Is a TCB one of this layout: bytes that are no component are zero? */
static bool fits(enum snp_tcb_layout layout, uint64_t tcb)
{
	return snp_tcb_encode(snp_tcb_decode(tcb, layout), layout) == tcb;
}

static bool within(enum snp_tcb_layout layout, uint64_t tcb, uint64_t limit)
{
	struct snp_tcb x = snp_tcb_decode(tcb, layout), max = snp_tcb_decode(limit, layout);

	return fits(layout, tcb) && x.fmc <= max.fmc && x.bootloader <= max.bootloader &&
	       x.tee <= max.tee && x.snp <= max.snp && x.microcode <= max.microcode;
}

/* Is no component of @tcb above that of @limit? */
bool asp_tcb_within(const struct asp *a, uint64_t tcb, uint64_t limit)
{
	return within(products[a->cfg.product].layout, tcb, limit);
}

const char *asp_config_defect(const struct asp_config *c)
{
	enum snp_tcb_layout layout;

	if ((unsigned int)c->product >= NR_PRODUCTS)
		return "no such product";
	layout = products[c->product].layout;
	if (!fits(layout, c->current_tcb) || !fits(layout, c->committed_tcb) ||
	    !fits(layout, c->reported_tcb) || !fits(layout, c->launch_tcb))
		return "a TCB has bytes set that are no component on this product";
	if (!within(layout, c->committed_tcb, c->current_tcb))
		return "the committed TCB is above the current one";
	if (!within(layout, c->reported_tcb, c->committed_tcb))
		return "the reported TCB is above the committed one";
	if (c->committed_major > c->api_major ||
	    (c->committed_major == c->api_major && c->committed_minor > c->api_minor))
		return "the committed firmware is newer than the one that runs";
	if (!snp_report_zero(c->chip_id + products[c->product].chip_id_len,
			     sizeof(c->chip_id) - products[c->product].chip_id_len))
		return "the chip id is longer than this product's";
	if (c->msg_burst && !c->msg_interval_ms)
		return "a limit on guest messages needs an interval";
	return NULL;
}
