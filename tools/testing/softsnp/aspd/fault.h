/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults on demand: firmware that does not answer a command.
 */
#ifndef ASPD_FAULT_H
#define ASPD_FAULT_H

#include <stdbool.h>

#define FAULT_MAX	8

/**
 * struct fault - the faults that were asked for
 * @nr: how many
 * @hang: command by name, and how many of it are answered before one is not
 */
struct fault {
	unsigned int nr;
	struct {
		char cmd[32];
		unsigned long answered;
	} hang[FAULT_MAX];
};

/**
 * fault_add() - one more fault
 * @f: faults
 * @spec: "timeout:COMMAND[:N]", COMMAND as the log prints it: from the Nth one
 *	(default the first) on, none is answered
 * @err: receives a sentence on failure
 */
bool fault_add(struct fault *f, const char *spec, const char **err);

/* Does the firmware hang on this command?  To be asked once a command. */
bool fault_hangs(struct fault *f, const char *cmd);

#endif /* ASPD_FAULT_H */
