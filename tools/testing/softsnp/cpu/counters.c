// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named counters of one run, written as one flat JSON object.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MAX_COUNTERS	512
#define MAX_NAME	64

static struct counter {
	char name[MAX_NAME];
	uint64_t n;
} counters[MAX_COUNTERS];
static unsigned int nr_counters;
/* What was counted under names for which there was no room. */
static uint64_t dropped;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Sorted by name: the output is, and lookups are short. */
static unsigned int find_slot(const char *name, bool *found)
{
	unsigned int lo = 0, hi = nr_counters, mid;
	int cmp;

	*found = true;
	while (lo < hi) {
		mid = (lo + hi) / 2;
		cmp = strncmp(name, counters[mid].name, MAX_NAME - 1);
		if (!cmp)
			return mid;
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	*found = false;
	return lo;
}

void count_add(const char *name, uint64_t n)
{
	bool found, first = false;
	unsigned int at;

	pthread_mutex_lock(&lock);
	at = find_slot(name, &found);
	if (!found && nr_counters < MAX_COUNTERS) {
		memmove(&counters[at + 1], &counters[at], (nr_counters - at) * sizeof(counters[0]));
		snprintf(counters[at].name, MAX_NAME, "%s", name);
		counters[at].n = 0;
		nr_counters++;
		found = true;
	}
	if (found) {
		counters[at].n += n;
	} else {
		first = !dropped;
		dropped += n;
	}
	pthread_mutex_unlock(&lock);
	if (first)
		cpu_log("counters: no room for %s: there are more than %d names", name,
			MAX_COUNTERS);
}

void count_fmt(const char *fmt, ...)
{
	char name[MAX_NAME];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	count_add(name, 1);
}

void count_each(void (*fn)(const char *name, uint64_t n))
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < nr_counters; i++)
		fn(counters[i].name, counters[i].n);
	pthread_mutex_unlock(&lock);
}

int count_write(const char *path)
{
	FILE *f = fopen(path, "we");
	unsigned int i;
	int err;

	if (!f)
		return -1;
	pthread_mutex_lock(&lock);
	fputs("{", f);
	for (i = 0; i < nr_counters; i++)
		fprintf(f, "%s\n\t\"%s\": %llu", i ? "," : "", counters[i].name,
			(unsigned long long)counters[i].n);
	/* Only then: a name that is missing does not mean that it did not happen. */
	if (dropped)
		fprintf(f, ",\n\t\"dropped\": %llu", (unsigned long long)dropped);
	fputs("\n}\n", f);
	pthread_mutex_unlock(&lock);
	err = ferror(f);
	return fclose(f) || err ? -1 : 0;
}
