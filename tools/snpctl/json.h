/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer of JSON (RFC 8259): keeps track of commas, escapes strings.
 */
#ifndef SNPCTL_JSON_H
#define SNPCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct json - where the text goes, and what stands before the next value
 * @out: stream
 * @depth: how many objects and arrays are open
 * @more: something has been written in the innermost one
 */
struct json {
	FILE *out;
	unsigned int depth;
	bool more;
};

/* @key is NULL inside an array and at the top. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_string(struct json *j, const char *key, const char *value);
void json_hex(struct json *j, const char *key, const void *data, size_t len);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif /* SNPCTL_JSON_H */
