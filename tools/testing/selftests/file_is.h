/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file of one line says.
 */
#ifndef SELFTEST_FILE_IS_H
#define SELFTEST_FILE_IS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/**
 * file_is() - does a file begin with this line
 * @path: the file
 * @want: the line, without its end
 *
 * What else it says is printed as a comment.
 *
 * Return: true if so; false also when it cannot be read.
 */
static inline bool file_is(const char *path, const char *want)
{
	char line[64] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, want))
		printf("# %s: %s\n", path, line);
	return !strcmp(line, want);
}

#endif /* SELFTEST_FILE_IS_H */
