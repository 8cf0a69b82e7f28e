// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of the AMD-SP process.  Written by the socket thread and by the
 * command worker; a line is one write, so lines never mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static int log_fd = -1;
static bool log_tracing;
static struct timespec log_start;

int log_open(const char *path, bool trace)
{
	clock_gettime(CLOCK_MONOTONIC, &log_start);
	log_tracing = trace;
	if (!path)
		return 0;
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	return log_fd < 0 ? -errno : 0;
}

void log_close(void)
{
	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
}

__printf(3, 0)
static void log_write(int fd, const char *prefix, const char *fmt, va_list ap)
{
	struct timespec now;
	char line[512];
	long long us;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &now);
	us = (now.tv_sec - log_start.tv_sec) * 1000000LL +
	     (now.tv_nsec - log_start.tv_nsec) / 1000;
	n = snprintf(line, sizeof(line) - 1, "[%5lld.%06lld] %s", us / 1000000, us % 1000000,
		     prefix);
	n += vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap);
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	/* A full disk must not stop the device. */
	if (write(fd, line, n) < 0)
		return;
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	if (log_fd < 0)
		return;
	va_start(ap, fmt);
	log_write(log_fd, "", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_write(log_fd >= 0 ? log_fd : STDERR_FILENO, "aspd: ", fmt, ap);
	va_end(ap);
}

void log_trace(const char *fmt, ...)
{
	va_list ap;

	if (!log_tracing)
		return;
	va_start(ap, fmt);
	log_write(log_fd >= 0 ? log_fd : STDERR_FILENO, "vfio-user: ", fmt, ap);
	va_end(ap);
}
