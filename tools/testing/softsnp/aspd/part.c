// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the AMD-SP function of a processor line looks on the PCI bus, as Linux's
 * driver tells the lines apart.  The mailbox is in one place on all of them.
 */
#include "part.h"

static const struct part parts[] = {
	[ASP_MILAN] = { 0x1486, SNP_PSP_REG_INT_ENABLE, SNP_PSP_REG_INT_STATUS },
	[ASP_GENOA] = { 0x14ca, SNP_PSP_REG_INT_ENABLE, SNP_PSP_REG_INT_STATUS },
	[ASP_TURIN] = { 0x17d8, 0x10510, 0x10514 },
};

const struct part *part_of(enum asp_product product)
{
	return &parts[product];
}
