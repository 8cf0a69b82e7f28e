/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration space of the AMD-SP function 1022:1486: type 0 header, power
 * management, PCI Express endpoint with function-level reset, MSI and MSI-X
 * with two vectors each.
 */
#ifndef ASPD_PCI_H
#define ASPD_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"

#define PCI_CFG_SIZE		4096

/* BARs that exist. */
#define PCI_BAR_REGS		2
#define PCI_BAR_REGS_SIZE	0x100000
#define PCI_BAR_MSIX		5
#define PCI_BAR_MSIX_SIZE	0x2000
#define PCI_BAR_MSIX_PBA	0x1000		/* within that BAR */

struct pci {
	struct irq *irq;
	uint16_t device_id;
	uint8_t cfg[PCI_CFG_SIZE];
	uint8_t mask[PCI_CFG_SIZE];	/* bits that software can write */
};

/* Power-on state. @irq learns when MSI and MSI-X are enabled. */
void pci_init(struct pci *p, struct irq *irq, uint16_t device_id);
void pci_reset(struct pci *p);

/* The caller has checked the range against PCI_CFG_SIZE. */
void pci_cfg_read(const struct pci *p, uint32_t off, void *buf, uint32_t len);

/*
 * Returns true when the write asked for a function-level reset, which is the
 * caller's to perform.
 */
bool pci_cfg_write(struct pci *p, uint32_t off, const void *buf, uint32_t len);

/* The MSI-X BAR. The table is the client's business: it reads as zero here. */
void pci_msix_read(const struct pci *p, uint32_t off, void *buf, uint32_t len);

#endif /* ASPD_PCI_H */
