// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of the CPU model: its log, its end, reading of its arguments.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "core.h"

static FILE *log_file;
static const char *counters_path;
static void (*at_end)(void);

static void write_line(const char *fmt, va_list ap)
{
	FILE *f = log_file ? log_file : stderr;

	flockfile(f);
	vfprintf(f, fmt, ap);
	putc_unlocked('\n', f);
	fflush(f);
	funlockfile(f);
}

void cpu_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(fmt, ap);
	va_end(ap);
}

bool run_log_to(const char *path)
{
	log_file = fopen(path, "ae");
	if (!log_file)
		cpu_log("core: cannot open %s: %s", path, strerror(errno));
	return log_file;
}

void run_counters_to(const char *path)
{
	counters_path = path;
}

void run_at_end(void (*fn)(void))
{
	at_end = fn;
}

void run_end(void)
{
	static int ended;

	if (__atomic_exchange_n(&ended, 1, __ATOMIC_SEQ_CST))
		return;
	if (at_end)
		at_end();
	bench_end();
	if (counters_path && count_write(counters_path))
		cpu_log("core: cannot write %s: %s", counters_path, strerror(errno));
}

void cpu_stop(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(fmt, ap);
	va_end(ap);
	run_end();
	/* Not exit(): other vCPUs still run, and QEMU's handlers wait for them. */
	_exit(status);
}

const char *cpu_arg(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(arg, name, len) && arg[len] == '=' ? arg + len + 1 : NULL;
}

bool cpu_arg_u64(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || n < min || n > max) {
		cpu_log("core: %s=%s: expected a number from %llu to %llu", name, text,
			(unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*v = n;
	return true;
}
