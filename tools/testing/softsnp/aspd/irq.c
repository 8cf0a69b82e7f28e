// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of the function.
 *
 * QEMU takes a vector's eventfd away while the guest has it masked, and for a
 * moment whenever it rearranges vectors: what is raised then is pending, not
 * lost.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "irq.h"
#include "log.h"

struct irq {
	pthread_mutex_t lock;
	int fd[IRQ_INDEX_COUNT][IRQ_VECTORS];
	bool enabled[IRQ_INDEX_COUNT];
	uint64_t pending[IRQ_INDEX_COUNT];
};

struct irq *irq_new(void)
{
	struct irq *q = calloc(1, sizeof(*q));
	unsigned int i, v;

	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	for (i = 0; i < IRQ_INDEX_COUNT; i++)
		for (v = 0; v < IRQ_VECTORS; v++)
			q->fd[i][v] = -1;
	return q;
}

void irq_free(struct irq *q)
{
	unsigned int i, v;

	if (!q)
		return;
	for (i = 0; i < IRQ_INDEX_COUNT; i++)
		for (v = 0; v < IRQ_VECTORS; v++)
			if (q->fd[i][v] >= 0)
				close(q->fd[i][v]);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static bool irq_signal(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	const uint64_t one = 1;

	/*
	 * The client chose the descriptor: one that would block must not stop
	 * the command worker.  An eventfd blocks only when its count is full.
	 */
	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT) ||
	    write(fd, &one, sizeof(one)) != sizeof(one)) {
		log_warn("interrupt lost: cannot signal its eventfd");
		return false;
	}
	return true;
}

void irq_assign(struct irq *q, enum irq_index index, unsigned int vector, int fd)
{
	uint64_t bit = 1ULL << vector;

	pthread_mutex_lock(&q->lock);
	if (q->fd[index][vector] >= 0)
		close(q->fd[index][vector]);
	q->fd[index][vector] = fd;
	if (fd >= 0 && (q->pending[index] & bit)) {
		q->pending[index] &= ~bit;
		irq_signal(fd);
	}
	pthread_mutex_unlock(&q->lock);
}

void irq_set_enabled(struct irq *q, enum irq_index index, bool enabled)
{
	pthread_mutex_lock(&q->lock);
	q->enabled[index] = enabled;
	if (!enabled)
		q->pending[index] = 0;
	pthread_mutex_unlock(&q->lock);
}

bool irq_raise(struct irq *q, unsigned int vector)
{
	static const enum irq_index order[] = { IRQ_MSIX, IRQ_MSI };
	bool delivered = false;
	unsigned int i;

	pthread_mutex_lock(&q->lock);
	for (i = 0; i < 2; i++) {
		if (q->fd[order[i]][vector] >= 0) {
			delivered = irq_signal(q->fd[order[i]][vector]);
			goto out;
		}
	}
	for (i = 0; i < 2; i++) {
		if (q->enabled[order[i]]) {
			q->pending[order[i]] |= 1ULL << vector;
			goto out;
		}
	}
out:
	pthread_mutex_unlock(&q->lock);
	return delivered;
}

void irq_trigger(struct irq *q, enum irq_index index, unsigned int vector)
{
	pthread_mutex_lock(&q->lock);
	if (q->fd[index][vector] >= 0)
		irq_signal(q->fd[index][vector]);
	pthread_mutex_unlock(&q->lock);
}

uint64_t irq_pending(struct irq *q)
{
	uint64_t bits;

	pthread_mutex_lock(&q->lock);
	bits = q->pending[IRQ_MSIX];
	pthread_mutex_unlock(&q->lock);
	return bits;
}

void irq_reset(struct irq *q)
{
	unsigned int i;

	pthread_mutex_lock(&q->lock);
	for (i = 0; i < IRQ_INDEX_COUNT; i++) {
		q->enabled[i] = false;
		q->pending[i] = 0;
	}
	pthread_mutex_unlock(&q->lock);
}
