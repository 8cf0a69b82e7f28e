/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The secrets page of this guest, mapped.
 */
#ifndef SEV_GUEST_SECRETS_H
#define SEV_GUEST_SECRETS_H

#include <linux/types.h>

#include <snp/guest_pages.h>

/**
 * struct secrets - the mapped secrets page
 * @page: private mapping
 * @gpa: guest physical address
 * @ioremapped: how it was mapped
 */
struct secrets {
	struct snp_secrets_page	*page;
	u64			gpa;
	bool			ioremapped;
};

int secrets_map(struct secrets *secrets);
void secrets_unmap(struct secrets *secrets);
int secrets_copy_cpuid(struct snp_cpuid_page *cpuid);

#endif /* SEV_GUEST_SECRETS_H */
