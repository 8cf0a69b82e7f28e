// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page list that SoftSNP writes when it launches a guest: one line for
 * each run of pages, in launch order: page type, address of the first page,
 * number of pages, what it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pagelist.h"

#define FILE_MAX	(64 * 1024)
#define LINE_LEN	160

/**
 * page_list_read() - read a page list if there is one
 * @list: receives it
 * @path: file
 * @present: receives whether there is one
 *
 * Return: 0, or -1 after a message on standard error.
 */
int page_list_read(struct page_list *list, const char *path, bool *present)
{
	*present = !access(path, F_OK);
	if (!*present)
		return 0;
	if (file_read(path, FILE_MAX, &list->text))
		return -1;
	if (list->text.len > FILE_MAX) {
		complain("%s is larger than %u KiB", path, FILE_MAX / 1024);
		return -1;
	}
	list->path = strdup(path);
	if (!list->path)
		complain("out of memory");
	return list->path ? 0 : -1;
}

/* Copies the line at *@at and moves on; false at the end. */
static bool next_line(const struct blob *text, size_t *at, char line[LINE_LEN])
{
	const uint8_t *p = text->data + *at, *end;
	size_t left = text->len - *at, len;

	if (!left)
		return false;
	end = memchr(p, '\n', left);
	len = end ? (size_t)(end - p) : left;
	printable(line, LINE_LEN, p, len);
	*at += len + !!end;
	return true;
}

/**
 * page_list_compare() - is a page list the one that the rule gives
 * @list: what SoftSNP wrote
 * @l: laid out from the files
 * @why: receives the first difference, with its line
 */
bool page_list_compare(const struct page_list *list, const struct launch *l, struct reason *why)
{
	char line[LINE_LEN], want[LINE_LEN];
	size_t at = 0, i;

	for (i = 0; i < l->nr_regions; i++) {
		const struct launch_region *r = &l->region[i];

		snprintf(want, sizeof(want), "%s 0x%llx %zu %s", launch_type_name(r->type),
			 (unsigned long long)r->gpa, r->nr_pages, r->name);
		if (!next_line(&list->text, &at, line))
			return refuse(why, "%s ends before line %zu, which must be \"%s\"",
				      list->path, i + 1, want);
		if (strcmp(line, want))
			return refuse(why, "%s line %zu is \"%.100s\", the files give \"%s\"",
				      list->path, i + 1, line, want);
	}
	if (next_line(&list->text, &at, line))
		return refuse(why, "%s line %zu is one too many: \"%.100s\"", list->path, i + 1,
			      line);
	return true;
}

void page_list_free(struct page_list *list)
{
	blob_free(&list->text);
	free(list->path);
	list->path = NULL;
}
