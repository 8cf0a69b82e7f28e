/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AMD-SP function as a whole: configuration space, mailbox, interrupts,
 * guest memory, behind the vfio-user server's interface.
 */
#ifndef ASPD_DEVICE_H
#define ASPD_DEVICE_H

#include "dma.h"
#include "irq.h"
#include "mailbox.h"
#include "part.h"
#include "pci.h"
#include "vfu.h"

struct device {
	struct vfu_dev vfu;
	struct pci pci;
	struct irq *irq;
	struct dma *dma;
	struct mailbox *mailbox;
};

/**
 * device_init() - power on
 * @d: device
 * @dma: guest memory; stays the caller's
 * @firmware: behind the mailbox
 * @part: processor line
 *
 * Return: 0 or -ENOMEM.
 */
int device_init(struct device *d, struct dma *dma, const struct mailbox_ops *firmware,
		const struct part *part);

/* Waits for a command that runs. */
void device_exit(struct device *d);

#endif /* ASPD_DEVICE_H */
