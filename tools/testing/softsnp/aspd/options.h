/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASPD_OPTIONS_H
#define ASPD_OPTIONS_H

#include <stdbool.h>

#include "../asp/asp.h"

#define MAX_FAULTS	16

enum options_tcb { TCB_CURRENT, TCB_COMMITTED, TCB_REPORTED, TCB_LAUNCH, NR_TCBS };

/**
 * struct options - what the command line says
 * @socket_path: where to listen; NULL: @fd
 * @fd: inherited socket, or -1
 * @shared_fd: file of struct softsnp_shared, or -1
 * @log_path: log; NULL: warnings to standard error
 * @counters_path: where counters go at the end; NULL: nowhere
 * @trace: log every message
 * @control_path: control socket; NULL: none
 * @fault: faults from the start
 * @nr_faults: how many
 * @asp: the part
 * @alias_check: ALIAS_CHECK_COMPLETE
 * @tcb: what @asp gets, where @tcb_said
 * @tcb_said: TCBs that the command line has
 */
struct options {
	const char *socket_path;
	int fd;
	int shared_fd;
	const char *log_path;
	const char *counters_path;
	bool trace;
	const char *control_path;
	const char *fault[MAX_FAULTS];
	unsigned int nr_faults;
	struct asp_config asp;
	bool alias_check;
	uint64_t tcb[NR_TCBS];
	bool tcb_said[NR_TCBS];
};

/**
 * options_parse() - read the command line
 * @o: options with their defaults
 * @argc: as main() got it
 * @argv: likewise
 *
 * Return: 0: go on; else exit with that status minus one, all is said.
 */
int options_parse(struct options *o, int argc, char **argv);

#endif /* ASPD_OPTIONS_H */
