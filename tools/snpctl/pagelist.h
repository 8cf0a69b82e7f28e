/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page list that SoftSNP writes when it launches a guest.
 */
#ifndef SNPCTL_PAGELIST_H
#define SNPCTL_PAGELIST_H

#include "launch.h"

/**
 * struct page_list - a file of lines "type gpa pages source"
 * @text: the file, not terminated
 * @path: for messages
 */
struct page_list {
	struct blob text;
	char *path;
};

int page_list_read(struct page_list *list, const char *path, bool *present);
bool page_list_compare(const struct page_list *list, const struct launch *l, struct reason *why);
void page_list_free(struct page_list *list);

#endif /* SNPCTL_PAGELIST_H */
