/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of the function: eventfds that the vfio-user client assigns to
 * MSI and MSI-X vectors, and what is pending for a vector without one.
 */
#ifndef ASPD_IRQ_H
#define ASPD_IRQ_H

#include <stdbool.h>
#include <stdint.h>

/* vfio interrupt indexes. */
enum irq_index {
	IRQ_INTX,
	IRQ_MSI,
	IRQ_MSIX,
	IRQ_ERR,
	IRQ_REQ,
	IRQ_INDEX_COUNT,
};

#define IRQ_VECTORS	2

struct irq;

struct irq *irq_new(void);
void irq_free(struct irq *q);

/**
 * irq_assign() - give a vector its eventfd
 * @q: interrupts
 * @index: which kind; the caller has checked @vector against its count
 * @vector: which vector
 * @fd: taken over; -1 takes the present one away
 *
 * An interrupt that is pending for the vector is delivered at once.
 */
void irq_assign(struct irq *q, enum irq_index index, unsigned int vector, int fd);

/* MSI or MSI-X was enabled or disabled in configuration space. */
void irq_set_enabled(struct irq *q, enum irq_index index, bool enabled);

/*
 * Raise a vector: through MSI-X or MSI, whichever has an eventfd.  Without one
 * it stays pending if MSI-X or MSI is enabled (masked), else it is lost, as the
 * PCI specification has it.  Returns whether it was delivered.
 */
bool irq_raise(struct irq *q, unsigned int vector);

/* Signal one eventfd if there is one: the client's loopback test. */
void irq_trigger(struct irq *q, enum irq_index index, unsigned int vector);

/* Pending bits of MSI-X, as the PBA shows them. */
uint64_t irq_pending(struct irq *q);

/* Function reset: nothing is pending or enabled; eventfds stay. */
void irq_reset(struct irq *q);

#endif /* ASPD_IRQ_H */
