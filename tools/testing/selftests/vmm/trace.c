// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tracepoints of the modules have recorded.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "vmm.h"

static bool switch_events(const char *system, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "events/%s/enable", system);
	return !write_file(path, value);
}

/**
 * trace_begin() - record the events of a system, and forget those so far
 * @system: its name, snp_pages for one
 *
 * Return: true if so.
 */
bool trace_begin(const char *system)
{
	if (access(TRACING "trace", R_OK) && mount("tracefs", TRACING, "tracefs", 0, NULL))
		return false;
	return !write_file(TRACING "trace", "") && switch_events(system, "1");
}

/**
 * trace_find() - has such an event been recorded
 * @regex: extended regular expression for its line
 *
 * Return: true if so.
 */
bool trace_find(const char *regex)
{
	FILE *f = fopen(TRACING "trace", "re");
	bool found = false;
	char line[512];
	regex_t re;

	if (!f)
		return false;
	if (regcomp(&re, regex, REG_EXTENDED | REG_NOSUB))
		abort();
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = !regexec(&re, line, 0, NULL, 0);
	}
	regfree(&re);
	fclose(f);
	return found;
}

/**
 * trace_end() - undo trace_begin(); what has been recorded stays
 * @system: the same
 *
 * Return: true if so.
 */
bool trace_end(const char *system)
{
	return switch_events(system, "0");
}
