// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest under a hostile hypervisor: named tricks in every operation that
 * they can touch, and random mixes.  Runs inside SoftSNP's guest role, which
 * it tells what to do through the control port; prints TAP.
 *
 *	hostile cases [CASE]	all named cases, or one: "TRICK OPERATION"
 *	hostile user		tricks against programs
 *	hostile throttle	endless throttling
 *	hostile seeds FIRST N	random mixes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static unsigned int nr, failed;

const char *errno_name(int error)
{
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	return !error ? "success" : name ? name : "LIE";
}

void tap_result(bool ok, const char *trick, const char *operation, const char *outcome,
		const char *wrong)
{
	nr++;
	failed += !ok;
	printf("%sok %u %s x %s # %s\n", ok ? "" : "not ", nr, trick, operation, outcome);
	if (!ok)
		printf("# %s x %s: %s\n", trick, operation, wrong);
	printf("@ %s | %s | %s\n", trick, operation, outcome);
	fflush(stdout);
}

void tap_skip(const char *trick, const char *operation, const char *why)
{
	printf("ok %u %s x %s # SKIP %s\n", ++nr, trick, operation, why);
	fflush(stdout);
}

int tap_end(void)
{
	printf("1..%u\n", nr);
	return failed || !nr;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	printf("TAP version 13\n");
	if (!strcmp(what, "cases")) {
		cases_run(argc > 2 ? argv[2] : NULL);
	} else if (!strcmp(what, "user")) {
		user_cases_run(argc > 2 ? argv[2] : NULL);
	} else if (!strcmp(what, "throttle")) {
		throttle_cases_run();
	} else if (!strcmp(what, "seeds") && argc == 4) {
		seeds_run(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	} else {
		fprintf(stderr, "usage: hostile cases [CASE] | user [CASE] | throttle | seeds FIRST N\n");
		return 2;
	}
	return tap_end();
}
