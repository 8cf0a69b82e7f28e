// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel has said since a certain moment, and rows of the table of
 * faults and phases that the tests collect.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

#define LOG_MAX		(64 * 1024)

static int kmsg = -1;
static char *said;		/* since the mark, lines of text */
static size_t said_len;

/**
 * log_mark() - what has been said so far is of no interest any more
 */
void log_mark(void)
{
	if (kmsg < 0)
		kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!said)
		said = malloc(LOG_MAX);
	if (kmsg < 0 || !said)
		abort();
	lseek(kmsg, 0, SEEK_END);
	said_len = 0;
}

/* A record is "level,number,time,flags;text", further lines begin with a blank. */
static void log_read(void)
{
	char record[8192], *text, *end;
	ssize_t n;

	for (;;) {
		n = read(kmsg, record, sizeof(record) - 1);
		/* Records were overwritten before they were read. */
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		text = strchr(record, ';');
		end = text ? strchr(text, '\n') : NULL;
		if (!end || said_len + (end - text) + 1 > LOG_MAX)
			continue;
		memcpy(said + said_len, text + 1, end - text);
		said_len += end - text;
	}
}

/**
 * log_find() - has the kernel said this since the mark
 * @regex: extended regular expression for one line
 * @line: becomes the part of the line that matches; may be NULL
 * @len: room in @line
 *
 * Return: true if so.
 */
bool log_find(const char *regex, char *line, size_t len)
{
	char *p, *end;
	regmatch_t m;
	bool found = false;
	regex_t re;

	log_read();
	if (regcomp(&re, regex, REG_EXTENDED))
		abort();
	for (p = said; !found && p < said + said_len; p = end + 1) {
		end = memchr(p, '\n', said + said_len - p);
		*end = '\0';
		found = !regexec(&re, p, 1, &m, 0);
		if (found && line)
			snprintf(line, len, "%.*s", (int)(m.rm_eo - m.rm_so), p + m.rm_so);
		*end = '\n';
	}
	regfree(&re);
	return found;
}

/**
 * row() - one row of the table
 * @fault: its name
 * @phase: load, launch, run or unload
 * @result: what became of the operation
 * @reported: where and how the cause is told
 * @lost: pages that are quarantined for it
 * @after: what is served afterwards
 */
void row(const char *fault, const char *phase, const char *result, const char *reported,
	 long lost, const char *after)
{
	printf("@ %s | %s | %s | %s | %ld | %s\n", phase, fault, result, reported, lost, after);
}
