// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl: talk to the SEV-SNP devices of host and guest, read and verify
 * attestation reports, compute launch measurements.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "snpctl.h"

static const char help[] =
"Usage: snpctl COMMAND ...\n"
"\n"
"  host status     what the AMD secure processor of this machine says\n"
"  guest report    fetch an attestation report of this guest\n"
"  show            print every field of a report\n"
"  verify          is a report genuine, and the expected one\n"
"  measure         compute the measurement that a report should have\n"
"\n"
"  --help          print this; 'snpctl COMMAND --help' has options and examples\n"
"  --version       print the version\n";

static const struct {
	const char *name;
	const char *full;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "host", "snpctl host", cmd_host },
	{ "guest", "snpctl guest", cmd_guest },
	{ "show", "snpctl show", cmd_show },
	{ "verify", "snpctl verify", cmd_verify },
	{ "measure", "snpctl measure", cmd_measure },
};

static int dispatch(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		fputs(help, stderr);
		return SNPCTL_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		fputs(help, stdout);
		return SNPCTL_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("snpctl " SNPCTL_VERSION);
		return SNPCTL_OK;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* getopt_long() begins its messages with this. */
		argv[1] = (char *)commands[i].full;
		return commands[i].run(argc - 1, argv + 1);
	}
	complain("unknown command: %s", argv[1]);
	return usage_error("snpctl");
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	/* A full disk must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write the output: %s", strerror(errno));
		return SNPCTL_TROUBLE;
	}
	return status;
}
