/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults on demand, by name: from the command line before the machine starts,
 * through the control socket while it runs.  Documentation/softsnp.rst lists
 * the names.
 */
#ifndef ASPD_FAULT_H
#define ASPD_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../shared.h"

struct faults;

/**
 * struct fault_plan - what goes wrong with one command
 * @delay_ms: it takes so much longer
 * @spurious: an interrupt says that it is done while it is not
 * @lose_irq: its own interrupt does not arrive
 * @no_answer: it is never executed and never ends
 * @refuse: it is not executed and answers @status
 * @status: see @refuse
 */
struct fault_plan {
	uint32_t delay_ms;
	bool spurious;
	bool lose_irq;
	bool no_answer;
	bool refuse;
	uint32_t status;
};

/**
 * faults_new() - no faults yet
 * @shared: page of the CPU model, which plays some of the faults; may be NULL
 */
struct faults *faults_new(struct softsnp_shared *shared);
void faults_free(struct faults *f);

/**
 * fault_add() - one more fault; any thread
 * @f: faults
 * @spec: NAME[:ARGUMENT]...
 *
 * Return: NULL, or a sentence that says what is wrong with @spec.
 */
const char *fault_add(struct faults *f, const char *spec);

/* Nothing goes wrong any more: stuck pages and a dead processor included. */
void fault_clear(struct faults *f);

/* What is still to come, a line each, as it could be given to fault_add(). */
void fault_list(struct faults *f, FILE *out);

/* The function does not respond: its registers read as all ones. */
bool fault_dead(const struct faults *f);

/* What goes wrong with this command; to be asked once for each. */
struct fault_plan fault_next(struct faults *f, uint32_t cmd);

/**
 * fault_sticks() - does the page of a PAGE_RECLAIM stay as it is?
 * @f: faults
 * @pfn: the page
 * @firmware: it is in Firmware state; only such a page becomes stuck
 */
bool fault_sticks(struct faults *f, uint64_t pfn, bool firmware);

/* Handler of the control socket: SPEC, "clear" or "list". */
const char *fault_control(void *faults, const char *line, FILE *out);

#endif /* ASPD_FAULT_H */
