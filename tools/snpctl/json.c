// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writer of JSON (RFC 8259): keeps track of commas, escapes strings.
 */
#include <string.h>

#include "json.h"

/*
 * Length of the UTF-8 sequence at @p, 0 if there is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF).
 */
static size_t utf8_len(const unsigned char *p)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;

	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void quote(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	fputc('"', out);
	for (; *p; p += n) {
		n = utf8_len(p);
		if (!n) {
			/* Bytes that are no text, e.g. of a file name. */
			fputs("\\ufffd", out);
			n = 1;
		} else if (*p == '"' || *p == '\\') {
			fprintf(out, "\\%c", *p);
		} else if (*p < 0x20 || *p == 0x7f) {
			fprintf(out, "\\u%04x", *p);
		} else {
			fwrite(p, 1, n, out);
		}
	}
	fputc('"', out);
}

static void before(struct json *j, const char *key)
{
	if (j->more)
		fputc(',', j->out);
	if (j->depth)
		fprintf(j->out, "\n%*s", 2 * (int)j->depth, "");
	if (key) {
		quote(j->out, key);
		fputs(": ", j->out);
	}
	j->more = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	before(j, key);
	fputc(bracket, j->out);
	j->depth++;
	j->more = false;
}

void json_close(struct json *j, char bracket)
{
	bool empty = !j->more;

	j->depth--;
	if (!empty)
		fprintf(j->out, "\n%*s", 2 * (int)j->depth, "");
	fputc(bracket, j->out);
	j->more = true;
	if (!j->depth)
		fputc('\n', j->out);
}

void json_string(struct json *j, const char *key, const char *value)
{
	before(j, key);
	quote(j->out, value);
}

void json_hex(struct json *j, const char *key, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	before(j, key);
	fputc('"', j->out);
	for (i = 0; i < len; i++)
		fprintf(j->out, "%02x", p[i]);
	fputc('"', j->out);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	before(j, key);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	before(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	before(j, key);
	fputs("null", j->out);
}
