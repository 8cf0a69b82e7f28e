/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control socket of a platform process: a UNIX stream socket at a path.  A
 * client sends one line of text, the answer is any number of lines of which
 * the last is "ok" or "error: REASON"; then the next line may follow.
 */
#ifndef SOFTSNP_CONTROL_H
#define SOFTSNP_CONTROL_H

#include <stdbool.h>
#include <stdio.h>

/* Longest line that is understood, newline included. */
#define CONTROL_LINE_MAX	256

struct control;

/**
 * typedef control_fn - what a line does; called on the thread of the socket
 * @opaque: as given to control_start()
 * @line: without its newline
 * @out: receives lines of the answer, the last one excepted
 *
 * Return: NULL for "ok", else the REASON of "error: REASON".
 */
typedef const char *(*control_fn)(void *opaque, const char *line, FILE *out);

/**
 * control_start() - listen
 * @path: where; must not exist
 * @fn: handler
 * @opaque: for @fn
 *
 * Return: NULL with errno set on failure.
 */
struct control *control_start(const char *path, control_fn fn, void *opaque);

/* Ends the thread and removes the path; NULL is fine. */
void control_stop(struct control *c);

#endif /* SOFTSNP_CONTROL_H */
