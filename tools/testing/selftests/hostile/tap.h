/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of cases: TAP for the harness, and a row for the table of tricks,
 * operations and outcomes.
 */
#ifndef SELFTESTS_HOSTILE_TAP_H
#define SELFTESTS_HOSTILE_TAP_H

#include <stdbool.h>

void tap_result(bool ok, const char *trick, const char *operation, const char *outcome,
		const char *wrong);
void tap_skip(const char *trick, const char *operation, const char *why);
/* End of the list; the program's exit status. */
int tap_end(void);
const char *errno_name(int error);

/* cases.c: tricks against snp_guest.ko. */
void run_cases(const char *only);
/* user.c: tricks against programs, which the kernel has to catch. */
void run_user_cases(const char *only);
/* seeds.c: random mixes. */
void run_seeds(unsigned long first, unsigned long count);
/* throttle.c: what takes long. */
void run_throttle_cases(void);

#endif /* SELFTESTS_HOSTILE_TAP_H */
