// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named event counters.  There are some dozens of names, so a list that is
 * searched serves well.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

#define COUNT_NAME_MAX	80

struct counter {
	struct counter *next;
	uint64_t value;
	char name[COUNT_NAME_MAX];
};

static struct counter *counters;
static pthread_mutex_t counters_lock = PTHREAD_MUTEX_INITIALIZER;

void count_event(const char *fmt, ...)
{
	char name[COUNT_NAME_MAX];
	struct counter **p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);

	pthread_mutex_lock(&counters_lock);
	for (p = &counters; *p; p = &(*p)->next)
		if (!strcmp((*p)->name, name))
			break;
	if (!*p) {
		*p = calloc(1, sizeof(**p));
		if (*p)
			memcpy((*p)->name, name, sizeof(name));
	}
	if (*p)
		(*p)->value++;
	pthread_mutex_unlock(&counters_lock);
}

uint64_t count_get(const char *name)
{
	const struct counter *c;
	uint64_t value = 0;

	pthread_mutex_lock(&counters_lock);
	for (c = counters; c; c = c->next)
		if (!strcmp(c->name, name))
			value = c->value;
	pthread_mutex_unlock(&counters_lock);
	return value;
}

int count_write(const char *path)
{
	const struct counter *c;
	const char *p;
	FILE *f;
	int ret;

	f = fopen(path, "we");
	if (!f)
		return -errno;
	pthread_mutex_lock(&counters_lock);
	fputs("{", f);
	for (c = counters; c; c = c->next) {
		fputs(c == counters ? "\n  \"" : ",\n  \"", f);
		for (p = c->name; *p; p++)
			fputc(*p == '"' || *p == '\\' || (unsigned char)*p < ' ' ? '_' : *p, f);
		fprintf(f, "\": %llu", (unsigned long long)c->value);
	}
	fputs("\n}\n", f);
	pthread_mutex_unlock(&counters_lock);
	ret = ferror(f) ? -EIO : 0;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}
