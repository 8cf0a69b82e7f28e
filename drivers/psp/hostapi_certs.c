// SPDX-License-Identifier: GPL-2.0-only
/*
 * The certificate table that goes along with an extended guest request: what
 * the administrator of the host gave, the same for every guest.  GHCB
 * specification (AMD 56421).
 *
 * The table is checked for form only: a guest verifies the chain itself.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include <drivers/sev-guest/certs.h>

#include "guest.h"

static DEFINE_MUTEX(certs_lock);
static void *certs;
static u32 certs_len;

/**
 * psp_certs_set() - replace the certificate table
 * @table: the table; copied.  NULL: there is none any more.
 * @len: its length in bytes, up to SNP_CERTS_MAX
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for something that is no table; -E2BIG; -ENOMEM.  On
 *	failure the table stays what it was.
 */
int psp_certs_set(const void *table, size_t len)
{
	void *copy = NULL;
	int used = 0;

	if (len > SNP_CERTS_MAX)
		return -E2BIG;
	if (table) {
		copy = kmemdup(table, len, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		/* A guest gets nothing beyond the last certificate. */
		used = certs_table_len(copy, len);
		if (used <= 0) {
			kfree(copy);
			return -EINVAL;
		}
	}
	mutex_lock(&certs_lock);
	swap(certs, copy);
	certs_len = used;
	mutex_unlock(&certs_lock);
	kfree(copy);
	return 0;
}

/**
 * psp_certs_copy() - the certificate table for a guest
 * @to: receives it, padded with zeros to whole pages
 * @nr_pages: room at @to, in pages; set to what the table takes, 0 without one
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC when there is too little room; nothing is copied then.
 */
int psp_certs_copy(void *to, u32 *nr_pages)
{
	const u32 room = *nr_pages;
	int err = 0;

	mutex_lock(&certs_lock);
	*nr_pages = DIV_ROUND_UP(certs_len, SNP_PAGE_SIZE);
	if (room < *nr_pages) {
		err = -ENOSPC;
	} else if (certs_len) {
		memcpy(to, certs, certs_len);
		memset(to + certs_len, 0, (size_t)*nr_pages * SNP_PAGE_SIZE - certs_len);
	}
	mutex_unlock(&certs_lock);
	return err;
}

/**
 * psp_certs_exit() - free the table
 *
 * Context: module unload.
 */
void psp_certs_exit(void)
{
	kfree(certs);
}
