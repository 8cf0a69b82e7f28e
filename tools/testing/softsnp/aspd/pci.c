// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration space of the AMD-SP function: PCI Local Bus 3.0, PCI Express
 * Base, PCI Power Management.
 *
 * Pin 0 (no INTx): the function signals by message only.
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "pci.h"
#include "util.h"

/* Where the capabilities stand. */
#define CAP_PM		0x50
#define CAP_EXP		0x64
#define CAP_MSI		0xa0
#define CAP_MSIX	0xc0

#define DEVCTL_FLR_BYTE	(CAP_EXP + PCI_EXP_DEVCTL + 1)
#define DEVCTL_FLR	(PCI_EXP_DEVCTL_BCR_FLR >> 8)

/* One register of up to four bytes: power-on value, writable bits. */
struct pci_field {
	uint16_t off;
	uint8_t size;
	uint32_t value;
	uint32_t mask;
};

static const struct pci_field pci_fields[] = {
	{ PCI_VENDOR_ID, 2, 0x1022, 0 },
	{ PCI_COMMAND, 2, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
			     PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE },
	{ PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0 },
	{ PCI_REVISION_ID, 4, 0x10800000, 0 },	/* class: encryption controller, other */
	{ PCI_CACHE_LINE_SIZE, 1, 0, 0xff },
	{ PCI_BASE_ADDRESS_2, 4, 0, ~(PCI_BAR_REGS_SIZE - 1U) },
	{ PCI_BASE_ADDRESS_5, 4, 0, ~(PCI_BAR_MSIX_SIZE - 1U) },
	{ PCI_SUBSYSTEM_VENDOR_ID, 2, 0x1022, 0 },
	{ PCI_CAPABILITY_LIST, 1, CAP_PM, 0 },
	{ PCI_INTERRUPT_LINE, 1, 0, 0xff },

	{ CAP_PM, 2, PCI_CAP_ID_PM | CAP_EXP << 8, 0 },
	{ CAP_PM + PCI_PM_PMC, 2, 3, 0 },
	{ CAP_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET, PCI_PM_CTRL_STATE_MASK },

	{ CAP_EXP, 2, PCI_CAP_ID_EXP | CAP_MSI << 8, 0 },
	{ CAP_EXP + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 0 },
	{ CAP_EXP + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 0 },
	/* Maximum read request 512 bytes; the reset bit always reads 0. */
	{ CAP_EXP + PCI_EXP_DEVCTL, 2, 0x2810, 0x78ff },
	{ CAP_EXP + PCI_EXP_LNKCAP, 4, PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4, 0 },
	{ CAP_EXP + PCI_EXP_LNKCTL, 2, 0, PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC |
					  PCI_EXP_LNKCTL_ES },
	{ CAP_EXP + PCI_EXP_LNKSTA, 2, PCI_EXP_LNKSTA_CLS_2_5GB | 1 << 4, 0 },
	{ CAP_EXP + PCI_EXP_DEVCAP2, 4, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS, 0 },
	{ CAP_EXP + PCI_EXP_DEVCTL2, 2, 0, PCI_EXP_DEVCTL2_COMP_TMOUT_DIS },
	{ CAP_EXP + PCI_EXP_LNKCAP2, 4, PCI_EXP_LNKCAP2_SLS_2_5GB, 0 },
	{ CAP_EXP + PCI_EXP_LNKCTL2, 2, PCI_EXP_LNKCTL2_TLS_2_5GT, 0 },

	{ CAP_MSI, 2, PCI_CAP_ID_MSI | CAP_MSIX << 8, 0 },
	{ CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | 1 << 1,
	  PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE },
	{ CAP_MSI + PCI_MSI_ADDRESS_LO, 4, 0, 0xfffffffc },
	{ CAP_MSI + PCI_MSI_ADDRESS_HI, 4, 0, 0xffffffff },
	{ CAP_MSI + PCI_MSI_DATA_64, 2, 0, 0xffff },

	{ CAP_MSIX, 2, PCI_CAP_ID_MSIX, 0 },
	{ CAP_MSIX + PCI_MSIX_FLAGS, 2, IRQ_VECTORS - 1,
	  PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL },
	{ CAP_MSIX + PCI_MSIX_TABLE, 4, PCI_BAR_MSIX, 0 },
	{ CAP_MSIX + PCI_MSIX_PBA, 4, PCI_BAR_MSIX_PBA | PCI_BAR_MSIX, 0 },
};

static uint16_t cfg16(const struct pci *p, unsigned int off)
{
	return p->cfg[off] | p->cfg[off + 1] << 8;
}

void pci_reset(struct pci *p)
{
	const struct pci_field *f;
	unsigned int i, b;

	memset(p->cfg, 0, sizeof(p->cfg));
	memset(p->mask, 0, sizeof(p->mask));
	for (i = 0; i < ARRAY_SIZE(pci_fields); i++) {
		f = &pci_fields[i];
		for (b = 0; b < f->size; b++) {
			p->cfg[f->off + b] = f->value >> (8 * b);
			p->mask[f->off + b] = f->mask >> (8 * b);
		}
	}
	for (b = 0; b < 2; b++) {
		p->cfg[PCI_DEVICE_ID + b] = p->device_id >> (8 * b);
		p->cfg[PCI_SUBSYSTEM_ID + b] = p->device_id >> (8 * b);
	}
	irq_reset(p->irq);
}

void pci_init(struct pci *p, struct irq *irq, uint16_t device_id)
{
	p->irq = irq;
	p->device_id = device_id;
	pci_reset(p);
}

void pci_cfg_read(const struct pci *p, uint32_t off, void *buf, uint32_t len)
{
	memcpy(buf, p->cfg + off, len);
}

bool pci_cfg_write(struct pci *p, uint32_t off, const void *buf, uint32_t len)
{
	const unsigned int pm = CAP_PM + PCI_PM_CTRL;
	const uint8_t *byte = buf;
	uint8_t state = p->cfg[pm] & PCI_PM_CTRL_STATE_MASK;
	bool flr = false;
	uint32_t i;

	for (i = 0; i < len; i++) {
		uint8_t *cfg = &p->cfg[off + i];
		uint8_t mask = p->mask[off + i];

		*cfg = (*cfg & ~mask) | (byte[i] & mask);
		if (off + i == DEVCTL_FLR_BYTE && (byte[i] & DEVCTL_FLR))
			flr = true;
	}

	/* D1 and D2 are not implemented: a write of either is discarded. */
	if ((p->cfg[pm] & PCI_PM_CTRL_STATE_MASK) == 1 ||
	    (p->cfg[pm] & PCI_PM_CTRL_STATE_MASK) == 2)
		p->cfg[pm] = (p->cfg[pm] & ~PCI_PM_CTRL_STATE_MASK) | state;

	irq_set_enabled(p->irq, IRQ_MSI,
			cfg16(p, CAP_MSI + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE);
	irq_set_enabled(p->irq, IRQ_MSIX,
			cfg16(p, CAP_MSIX + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_ENABLE);
	return flr;
}

void pci_msix_read(const struct pci *p, uint32_t off, void *buf, uint32_t len)
{
	uint64_t pending = irq_pending(p->irq);
	uint8_t *byte = buf;
	uint32_t i;

	for (i = 0; i < len; i++) {
		uint32_t pos = off + i;

		byte[i] = pos >= PCI_BAR_MSIX_PBA && pos < PCI_BAR_MSIX_PBA + 8 ?
			  pending >> (8 * (pos - PCI_BAR_MSIX_PBA)) : 0;
	}
}
