// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest under a hostile hypervisor: named tricks in every operation that
 * they can touch, and random mixes.  Runs inside SoftSNP's guest role, which
 * it tells what to do through the control port; prints TAP.
 *
 *	hostile cases [CASE]	all named cases, or one: "TRICK OPERATION"
 *	hostile user [TRICK]	tricks against programs, or those with TRICK in their name
 *	hostile throttle	endless throttling
 *	hostile seeds FIRST N	random mixes
 *	hostile inject SYMBOL CODE	#VC at a function of the driver
 *	hostile arm TRICK load	arm it and load the driver
 *	hostile leak		give a derived key away
 *
 * The last three are for what ends the guest: they fail when they return.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

#include "ops.h"
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

/* Its first instruction, which must not have run before: loading does not call it. */
static unsigned long symbol_address(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	unsigned long at = 0, found = 0;
	char line[256], symbol[128], module[64];

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %127s [%63[^]]", &at, symbol, module) == 3 &&
		    !strcmp(symbol, name) && !strcmp(module, "snp_guest"))
			found = at;
	if (f)
		fclose(f);
	return found;
}

static int end_by_injection(const char *symbol, const char *code)
{
	unsigned long at;

	if (!module_loaded() && module_load())
		return 1;
	at = symbol_address(symbol);
	if (!at) {
		fprintf(stderr, "no %s in /proc/kallsyms\n", symbol);
		return 1;
	}
	control_ok("inject %#lx %s", at, code);
	message_report();
	fprintf(stderr, "the guest survived\n");
	return 1;
}

/* String output goes through the shared buffer of the GHCB page. */
static int leak(void)
{
	if (module_load() || message_key_first() || ioperm(PORT_PROBE, 1, 1))
		return 1;
	outsb(PORT_PROBE, message_known_key(), 32);
	fprintf(stderr, "nobody noticed\n");
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "inject") && argc == 4)
		return end_by_injection(argv[2], argv[3]);
	if (!strcmp(what, "arm") && argc == 4) {
		control_ok("arm %s", argv[2]);
		module_load();
		fprintf(stderr, "the guest survived\n");
		return 1;
	}
	if (!strcmp(what, "leak"))
		return leak();
	printf("TAP version 13\n");
	if (!strcmp(what, "cases")) {
		run_cases(argc > 2 ? argv[2] : NULL);
	} else if (!strcmp(what, "user")) {
		run_user_cases(argc > 2 ? argv[2] : NULL);
	} else if (!strcmp(what, "throttle")) {
		run_throttle_cases();
	} else if (!strcmp(what, "seeds") && argc == 4) {
		run_seeds(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	} else {
		fprintf(stderr, "usage: hostile cases [CASE] | user [TRICK] | throttle | seeds FIRST N |\n"
			"	inject SYMBOL CODE | arm TRICK load | leak\n");
		return 2;
	}
	return tap_end();
}
