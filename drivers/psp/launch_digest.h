/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch digest that the firmware should come to: a chain of SHA-384 over
 * one record for each 4 KiB page.  SNP firmware ABI (AMD 56860), PAGE_INFO.
 */
#ifndef SNP_PSP_LAUNCH_DIGEST_H
#define SNP_PSP_LAUNCH_DIGEST_H

#include <linux/mm.h>

#include <crypto/hash.h>

#include <snp/host.h>
#include <snp/rmp.h>

/* Of these the content counts, of the others only that they are there. */
static inline bool launch_type_is_measured(u8 type)
{
	return type == SNP_PAGE_TYPE_NORMAL || type == SNP_PAGE_TYPE_VMSA;
}

/**
 * launch_digest_extend() - one page more
 * @sha384: the hash
 * @r: range of the page: type and rights count
 * @gpa: guest physical address of the page, in bytes
 * @page: its 4 KiB
 * @ld: the digest, 48 bytes, all zero before the first page
 *
 * Return: 0 or the error of the hash.
 */
static inline int launch_digest_extend(struct crypto_shash *sha384,
				       const struct snp_launch_range *r, u64 gpa,
				       const void *page, u8 *ld)
{
	struct snp_page_info info = {
		.length = sizeof(info),
		.page_type = r->type,
		.vmpl1_perms = r->vmpl_perms[0],
		.vmpl2_perms = r->vmpl_perms[1],
		.vmpl3_perms = r->vmpl_perms[2],
		.gpa = gpa,
	};
	int err;

	memcpy(info.digest_cur, ld, sizeof(info.digest_cur));
	if (launch_type_is_measured(r->type)) {
		err = crypto_shash_tfm_digest(sha384, page, SNP_PAGE_SIZE, info.contents);
		if (err)
			return err;
	}
	return crypto_shash_tfm_digest(sha384, (const u8 *)&info, sizeof(info), ld);
}

/**
 * launch_range_check() - can a guest be launched with such a range
 * @r: what the caller gave
 *
 * Return: 0 or -EINVAL.
 */
static inline int launch_range_check(const struct snp_launch_range *r)
{
	const u64 last_pfn = SNP_RMP_STATE_GPA >> SNP_PAGE_SHIFT;
	const u64 gfn = r->gpa >> SNP_PAGE_SHIFT;
	unsigned int i;

	if (r->type < SNP_PAGE_TYPE_NORMAL || r->type > SNP_PAGE_TYPE_CPUID)
		return -EINVAL;
	/* Read, write, user execute, supervisor execute, shadow stack. */
	for (i = 0; i < ARRAY_SIZE(r->vmpl_perms); i++)
		if (r->vmpl_perms[i] & ~0x1f)
			return -EINVAL;
	if (!r->nr_pages || r->gpa % SNP_PAGE_SIZE)
		return -EINVAL;
	if (gfn > last_pfn || r->nr_pages - 1 > last_pfn - gfn)
		return -EINVAL;
	if (r->pfn > last_pfn || r->nr_pages - 1 > last_pfn - r->pfn)
		return -EINVAL;
	return 0;
}

/* Pages of the other types are always 4 KiB. */
static inline bool launch_type_may_be_2m(u8 type)
{
	return type == SNP_PAGE_TYPE_NORMAL || type == SNP_PAGE_TYPE_ZERO ||
	       type == SNP_PAGE_TYPE_UNMEASURED;
}

#endif /* SNP_PSP_LAUNCH_DIGEST_H */
