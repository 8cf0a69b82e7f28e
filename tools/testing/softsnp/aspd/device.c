// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AMD-SP function as a whole.
 *
 * A function-level reset comes as a write of configuration space, a bus or
 * system reset as DEVICE_RESET; both leave eventfds and DMA regions alone,
 * which are the client's.
 */
#include <errno.h>
#include <string.h>

#include "device.h"
#include "log.h"

static void device_reset(void *opaque)
{
	struct device *d = opaque;

	mailbox_reset(d->mailbox);
	pci_reset(&d->pci);
}

static int device_read(void *opaque, unsigned int region, uint64_t off, void *buf, uint32_t len)
{
	struct device *d = opaque;

	switch (region) {
	case PCI_BAR_REGS:
		mailbox_read(d->mailbox, off, buf, len);
		return 0;
	case PCI_BAR_MSIX:
		pci_msix_read(&d->pci, off, buf, len);
		return 0;
	case VFU_REGION_CONFIG:
		pci_cfg_read(&d->pci, off, buf, len);
		return 0;
	}
	return -EINVAL;
}

static int device_write(void *opaque, unsigned int region, uint64_t off, const void *buf,
			uint32_t len)
{
	struct device *d = opaque;

	switch (region) {
	case PCI_BAR_REGS:
		mailbox_write(d->mailbox, off, buf, len);
		return 0;
	case PCI_BAR_MSIX:
		/* The table is the client's, the PBA is read-only. */
		return 0;
	case VFU_REGION_CONFIG:
		if (pci_cfg_write(&d->pci, off, buf, len)) {
			log_line("function-level reset by the guest");
			device_reset(d);
		}
		return 0;
	}
	return -EINVAL;
}

static void device_irq_assign(void *opaque, unsigned int index, unsigned int vector, int fd)
{
	struct device *d = opaque;

	irq_assign(d->irq, index, vector, fd);
}

static void device_irq_trigger(void *opaque, unsigned int index, unsigned int vector)
{
	struct device *d = opaque;

	irq_trigger(d->irq, index, vector);
}

static int device_dma_map(void *opaque, uint64_t addr, uint64_t size, uint64_t offset,
			  uint32_t flags, int fd)
{
	struct device *d = opaque;

	return dma_map(d->dma, addr, size, offset, flags, fd);
}

static int device_dma_unmap(void *opaque, uint64_t addr, uint64_t size)
{
	struct device *d = opaque;

	return dma_unmap(d->dma, addr, size);
}

static void device_dma_unmap_all(void *opaque)
{
	struct device *d = opaque;

	dma_unmap_all(d->dma);
}

static const struct vfu_dev device_vfu = {
	.region = {
		[PCI_BAR_REGS] = { PCI_BAR_REGS_SIZE, VFU_REGION_READ | VFU_REGION_WRITE },
		[PCI_BAR_MSIX] = { PCI_BAR_MSIX_SIZE, VFU_REGION_READ | VFU_REGION_WRITE },
		[VFU_REGION_CONFIG] = { PCI_CFG_SIZE, VFU_REGION_READ | VFU_REGION_WRITE },
	},
	.irq = {
		[IRQ_MSI] = { IRQ_VECTORS, VFU_IRQ_EVENTFD | VFU_IRQ_NORESIZE },
		[IRQ_MSIX] = { IRQ_VECTORS, VFU_IRQ_EVENTFD | VFU_IRQ_NORESIZE },
		/* Never signalled: there are no errors to recover from. */
		[IRQ_ERR] = { 1, VFU_IRQ_EVENTFD },
	},
	.read = device_read,
	.write = device_write,
	.irq_assign = device_irq_assign,
	.irq_trigger = device_irq_trigger,
	.dma_map = device_dma_map,
	.dma_unmap = device_dma_unmap,
	.dma_unmap_all = device_dma_unmap_all,
	.reset = device_reset,
};

int device_init(struct device *d, struct dma *dma, const struct mailbox_ops *firmware,
		const struct part *part)
{
	memset(d, 0, sizeof(*d));
	d->vfu = device_vfu;
	d->vfu.opaque = d;
	d->dma = dma;
	d->irq = irq_new();
	if (!d->irq)
		return -ENOMEM;
	pci_init(&d->pci, d->irq, part->device_id);
	d->mailbox = mailbox_new(firmware, d->irq, part);
	if (!d->mailbox) {
		irq_free(d->irq);
		return -ENOMEM;
	}
	return 0;
}

void device_exit(struct device *d)
{
	mailbox_free(d->mailbox);
	irq_free(d->irq);
}
