// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl: files, numbers and the look of the output.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snpctl.h"

/**
 * refuse() - state why, and be the failing return value at once
 * @why: receives the sentence
 * @fmt: printf format
 *
 * Return: false.
 */
bool refuse(struct reason *why, const char *fmt, ...)
{
	char raw[sizeof(why->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	printable(why->text, sizeof(why->text), raw, strlen(raw));
	return false;
}

/**
 * complain() - one sentence on standard error
 * @fmt: printf format, no newline
 */
void complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("snpctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/**
 * usage_error() - point to the help of a command
 * @command: its name, with the program's
 *
 * Return: the exit status for wrong usage.
 */
int usage_error(const char *command)
{
	fprintf(stderr, "Try '%s --help'.\n", command);
	return SNPCTL_TROUBLE;
}

void blob_free(struct blob *b)
{
	free(b->data);
	b->data = NULL;
	b->len = 0;
}

static int read_all(int fd, size_t limit, struct blob *out)
{
	size_t room = 0;

	while (out->len < limit) {
		ssize_t n;

		if (out->len == room) {
			size_t more = room ? 2 * room : 8192;
			uint8_t *bigger;

			if (more > limit)
				more = limit;
			bigger = realloc(out->data, more);
			if (!bigger)
				return -ENOMEM;
			out->data = bigger;
			room = more;
		}
		n = read(fd, out->data + out->len, room - out->len);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		out->len += n;
	}
	return 0;
}

/**
 * file_read() - read a file into memory
 * @path: file, pipe or device; not a directory
 * @max: more bytes than this are never wanted
 * @out: receives the content; at most @max + 1 bytes, so that a caller sees
 *	"too large" without this function reading without end
 *
 * Return: 0, or -1 after a message on standard error.
 */
int file_read(const char *path, size_t max, struct blob *out)
{
	struct stat st;
	int fd, err;

	*out = (struct blob){};
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		complain("%s is a directory, not a file", path);
		close(fd);
		return -1;
	}
	err = read_all(fd, max + 1, out);
	close(fd);
	if (err) {
		complain("cannot read %s: %s", path, strerror(-err));
		blob_free(out);
		return -1;
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return fsync(fd) ? -errno : 0;
}

/**
 * file_write_atomic() - make a file appear with all its content or not at all
 * @path: where; an existing file is replaced, anything else is left alone
 * @data: the content
 * @len: its length
 *
 * Return: 0, or -1 after a message on standard error; then @path is as it was.
 */
int file_write_atomic(const char *path, const void *data, size_t len)
{
	mode_t mask = umask(0);
	char *temp = NULL;
	struct stat st;
	int fd = -1, err;

	umask(mask);
	/* rename() would put a file in the place of a device. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		complain("%s is not a regular file", path);
		return -1;
	}
	if (asprintf(&temp, "%s.XXXXXX", path) < 0) {
		complain("out of memory");
		return -1;
	}
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		complain("cannot create a file beside %s: %s", path, strerror(errno));
		free(temp);
		return -1;
	}
	err = write_all(fd, data, len);
	if (!err && fchmod(fd, 0666 & ~mask))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err) {
		unlink(temp);
		complain("cannot write %s: %s", path, strerror(-err));
	}
	free(temp);
	return err ? -1 : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * hex_parse() - hexadecimal text to bytes
 * @text: pairs of digits, nothing else
 * @out: receives the bytes
 * @max: room in @out
 * @len: receives how many
 *
 * Return: 0, or -1 when @text is empty, odd, too long or not hexadecimal.
 */
int hex_parse(const char *text, uint8_t *out, size_t max, size_t *len)
{
	size_t n = strlen(text), i;

	if (!n || n % 2 || n / 2 > max)
		return -1;
	for (i = 0; i < n / 2; i++) {
		int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i] = hi << 4 | lo;
	}
	*len = n / 2;
	return 0;
}

/**
 * hex_format() - bytes to lower-case hexadecimal text
 * @out: room for 2 * @len + 1 characters
 * @data: the bytes
 * @len: how many
 */
void hex_format(char *out, const void *data, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * len] = '\0';
}

/**
 * number_parse() - a number, decimal or 0x
 * @text: the whole text must be the number
 * @max: largest value allowed
 * @out: receives the value
 *
 * Return: 0 or -1.
 */
int number_parse(const char *text, uint64_t max, uint64_t *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || value > max)
		return -1;
	*out = value;
	return 0;
}

/**
 * size_parse() - a memory size as QEMU's -m takes it
 * @text: digits, then K, M, G or T; without a letter the unit is MiB
 * @out: receives bytes
 *
 * Return: 0 or -1.
 */
int size_parse(const char *text, uint64_t *out)
{
	unsigned int shift = 20;
	char digits[24];
	size_t n = strspn(text, "0123456789");

	if (!n || n >= sizeof(digits))
		return -1;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (text[n]) {
		const char *units = "KMGT", *unit = strchr(units, toupper((unsigned char)text[n]));

		if (!unit || text[n + 1])
			return -1;
		shift = 10 * (unit - units + 1);
	}
	if (number_parse(digits, UINT64_MAX >> shift, out))
		return -1;
	*out <<= shift;
	return 0;
}

/**
 * printable() - make text from outside harmless for a terminal
 * @out: receives the text
 * @size: room in @out, with the terminating NUL
 * @text: bytes from anywhere
 * @len: how many
 */
void printable(char *out, size_t size, const void *text, size_t len)
{
	const unsigned char *p = text;
	size_t i;

	for (i = 0; i < len && i + 1 < size; i++)
		out[i] = p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '?';
	out[i] = '\0';
}

/**
 * style_stdout() - colours, if standard output is a terminal that wants them
 *
 * Return: escape sequences, or empty strings (https://no-color.org).
 */
struct style style_stdout(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (no_color && *no_color) ||
	    !term || !strcmp(term, "dumb"))
		return (struct style){ "", "", "", "", "" };
	return (struct style){ "\033[32m", "\033[31m", "\033[2m", "\033[1m", "\033[0m" };
}

void print_heading(const char *text)
{
	struct style s = style_stdout();

	printf("\n%s%s%s\n", s.bold, text, s.off);
}

void print_field(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("  %-22s ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* Another line of the same field. */
void print_more(const char *fmt, ...)
{
	va_list ap;

	printf("  %-22s ", "");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* 32 bytes a line: 64 columns of digits. */
void print_hex_field(const char *name, const void *data, size_t len)
{
	const uint8_t *p = data;
	char line[65];
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = len - i < 32 ? len - i : 32;
		hex_format(line, p + i, n);
		print_field(i ? "" : name, "%s", line);
	}
}
