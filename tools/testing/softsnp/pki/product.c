// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processor lines and their TCB_VERSION (56860, TCB_VERSION).
 */
#include <strings.h>

#include "pki.h"

static const struct pki_product products[] = {
	{ "Milan", "Milan-B0", SNP_TCB_MILAN, 0, 64 },
	{ "Genoa", "Genoa-B1", SNP_TCB_MILAN, 0, 64 },
	{ "Turin", "Turin-C1", SNP_TCB_TURIN, 1, 8 },
};

/* Components of the part that the firmware model describes. */
static const struct snp_tcb default_tcb = {
	.bootloader = 4,
	.snp = 0x1b,
	.microcode = 0xdb,
};

const struct pki_product *pki_product_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(products) / sizeof(products[0]); i++)
		if (!strcasecmp(products[i].name, name))
			return &products[i];
	return NULL;
}

uint64_t pki_default_tcb(const struct pki_product *p)
{
	return snp_tcb_encode(default_tcb, p->layout);
}

/* Are all bytes zero that are no component in this product's layout? */
bool pki_tcb_fits(const struct pki_product *p, uint64_t tcb)
{
	return snp_tcb_encode(snp_tcb_decode(tcb, p->layout), p->layout) == tcb;
}

/* As firmware images have it: the order of the table. */
unsigned int pki_product_number(const struct pki_product *p)
{
	return p - products;
}
