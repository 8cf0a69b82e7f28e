/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificate table of an extended request (GHCB specification, 56421).  Pure
 * function; the table is what the hypervisor wrote, in memory that it cannot
 * change any more.
 */
#ifndef SEV_GUEST_CERTS_H
#define SEV_GUEST_CERTS_H

#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#include <snp/guest_msg.h>

/**
 * certs_table_len() - how much of a buffer a certificate table fills
 * @table: the buffer
 * @len: its length in bytes
 *
 * Rows may overlap or be in any order, but must not point into the rows or out
 * of the buffer.  What they point at is not looked at: whoever uses a
 * certificate verifies its chain.
 *
 * Return: length in bytes from the first row to the end of the last
 *	certificate; 0 for a table without rows; -EINVAL for a table that has no
 *	end, or a row that points elsewhere.
 */
static inline int certs_table_len(const u8 *table, u32 len)
{
	const struct snp_cert_row *row = (const void *)table;
	const struct snp_cert_row none = {};
	u32 i, nr = len / sizeof(*row);
	u64 rows_len, end = 0;

	for (i = 0; i < nr; i++)
		if (!memcmp(&row[i], &none, sizeof(none)))
			break;
	if (i == nr)
		return -EINVAL;
	if (!i)
		return 0;
	nr = i;
	rows_len = (nr + 1) * sizeof(*row);
	for (i = 0; i < nr; i++) {
		u64 row_end = (u64)row[i].offset + row[i].length;

		if (row[i].offset < rows_len || row_end > len)
			return -EINVAL;
		if (row_end > end)
			end = row_end;
	}
	return end;
}

#endif /* SEV_GUEST_CERTS_H */
