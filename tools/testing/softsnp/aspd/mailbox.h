/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mailbox registers of the AMD-SP in BAR 2, and the worker that executes
 * commands.  SEV API (55766) and SNP firmware ABI (56860), mailbox chapters.
 *
 * Registers are served on the socket thread and never wait for a command: the
 * whole virtual machine stands still while a register read is unanswered.
 */
#ifndef ASPD_MAILBOX_H
#define ASPD_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

struct irq;
struct mailbox;
struct part;

/* Firmware that hangs: the mailbox stays busy until the function is reset. */
#define MAILBOX_NO_ANSWER	0xffffffffU

/**
 * struct mailbox_ops - the firmware behind the mailbox
 * @opaque: handed to all
 * @plan: what goes wrong with a command, asked on the worker before @command;
 *	NULL: nothing ever does
 * @dead: do the registers read as all ones; NULL: never
 * @command: execute one command, on the worker; returns the status or
 *	MAILBOX_NO_ANSWER
 * @reset: power-on state; called while no command runs
 */
struct mailbox_ops {
	void *opaque;
	struct fault_plan (*plan)(void *opaque, uint32_t cmd, uint64_t buf_spa);
	bool (*dead)(void *opaque);
	uint32_t (*command)(void *opaque, uint32_t cmd, uint64_t buf_spa);
	void (*reset)(void *opaque);
};

/**
 * mailbox_new() - power on, start the worker
 * @ops: copied
 * @irq: completion raises vector 0 of this
 * @part: where registers are
 *
 * Return: NULL when out of memory or threads.
 */
struct mailbox *mailbox_new(const struct mailbox_ops *ops, struct irq *irq,
			    const struct part *part);

/* Waits for a command that runs. */
void mailbox_free(struct mailbox *m);

/* The caller has checked the range against the BAR. */
void mailbox_read(struct mailbox *m, uint32_t off, void *buf, uint32_t len);
void mailbox_write(struct mailbox *m, uint32_t off, const void *buf, uint32_t len);

/*
 * Function reset: waits until the worker is quiet, drops what the command
 * answered, puts registers and firmware into their power-on state.
 */
void mailbox_reset(struct mailbox *m);

#endif /* ASPD_MAILBOX_H */
