/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of the AMD-SP process: one line per event, with the time since the
 * process started.  Warnings go to standard error when there is no log file,
 * so that a failure is never silent; the rest is written on request only.
 */
#ifndef ASPD_LOG_H
#define ASPD_LOG_H

#include <stdbool.h>

#include "util.h"

/**
 * log_open() - choose where lines go
 * @path: file that is created or emptied; NULL: no file
 * @trace: also write what log_trace() gets
 *
 * Return: 0 or a negative errno.
 */
int log_open(const char *path, bool trace);
void log_close(void);

/* To the log file only. */
__printf(1, 2) void log_line(const char *fmt, ...);
/* To the log file, or to standard error without one. */
__printf(1, 2) void log_warn(const char *fmt, ...);
/* Likewise, if tracing was asked for. */
__printf(1, 2) void log_trace(const char *fmt, ...);

#endif /* ASPD_LOG_H */
