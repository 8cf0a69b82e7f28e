/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snpctl: exit statuses, the sub-commands, and the few helpers that all of
 * them use.
 */
#ifndef SNPCTL_H
#define SNPCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNPCTL_VERSION	"0.1"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* Exit statuses.  A script can tell "refused" from "could not look". */
enum {
	SNPCTL_OK	= 0,
	SNPCTL_REFUSED	= 1,
	SNPCTL_TROUBLE	= 2,
};

int cmd_host(int argc, char **argv);
int cmd_guest(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_measure(int argc, char **argv);

/**
 * struct blob - bytes in memory that one owner frees
 * @data: the bytes, or NULL
 * @len: how many
 */
struct blob {
	uint8_t *data;
	size_t len;
};

/**
 * struct reason - one sentence that says why something was refused
 * @text: no full stop, no newline, printable characters only
 */
struct reason {
	char text[400];
};

bool refuse(struct reason *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int usage_error(const char *command);

int file_read(const char *path, size_t max, struct blob *out);
int file_write_atomic(const char *path, const void *data, size_t len);
void blob_free(struct blob *b);

int hex_parse(const char *text, uint8_t *out, size_t max, size_t *len);
void hex_format(char *out, const void *data, size_t len);
int number_parse(const char *text, uint64_t max, uint64_t *out);
int size_parse(const char *text, uint64_t *out);
void printable(char *out, size_t size, const void *text, size_t len);

/* Colour codes for standard output; empty strings where colour is unwanted. */
struct style {
	const char *good, *bad, *dim, *bold, *off;
};
struct style style_stdout(void);

/* Lines of "name    value" under a heading. */
void print_heading(const char *text);
void print_field(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void print_hex_field(const char *name, const void *data, size_t len);
void print_more(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* SNPCTL_H */
