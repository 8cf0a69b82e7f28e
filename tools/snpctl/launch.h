/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch digest of a Linux guest that is booted directly from kernel,
 * initrd and command line ("SoftSNP direct boot").
 */
#ifndef SNPCTL_LAUNCH_H
#define SNPCTL_LAUNCH_H

#include <snp/fw.h>

#include "snpctl.h"

#define LAUNCH_DIGEST_LEN	48
#define LAUNCH_KERNEL_MAX	(256UL << 20)
#define LAUNCH_INITRD_MAX	(1UL << 30)
#define LAUNCH_CMDLINE_MAX	4095
#define LAUNCH_BOOT_PARAMS_GPA	0x97000ULL
#define LAUNCH_MAX_REGIONS	11

/**
 * struct launch_region - consecutive pages of one type
 * @name: for people
 * @type: page type
 * @gpa: guest physical address of the first page
 * @data: content; zeros follow up to @nr_pages.  NULL when the type's content
 *	is not measured
 * @len: bytes at @data
 * @nr_pages: 4 KiB pages
 */
struct launch_region {
	const char *name;
	enum snp_page_type type;
	uint64_t gpa;
	const uint8_t *data;
	size_t len;
	size_t nr_pages;
};

/**
 * struct launch - what a guest is launched from
 * @kernel: bzImage file
 * @initrd: initial RAM disk file
 * @cmdline: command line without NUL
 * @initrd_gpa: where the initrd goes; launch_place_initrd() computes it
 * @boot_params_gpa: where the loader leaves boot_params
 * @svsm: under an SVSM: its page lies below the initrd
 * @debug_swap: with debug registers of its own
 * @secure_tsc: with Secure TSC
 * @nr_regions: used entries of @region, set by launch_lay_out()
 * @region: the pages in the order in which they are launched
 * @cmdline_page: content of a region
 * @cc_blob_page: content of a region
 * @svsm_page: content of a region
 * @vmsa_page: content of a region
 */
struct launch {
	struct blob kernel, initrd, cmdline;
	uint64_t initrd_gpa, boot_params_gpa;
	bool svsm, debug_swap, secure_tsc;
	size_t nr_regions;
	struct launch_region region[LAUNCH_MAX_REGIONS];
	uint8_t cmdline_page[SNP_PAGE_SIZE];
	uint8_t cc_blob_page[SNP_PAGE_SIZE];
	uint8_t svsm_page[SNP_PAGE_SIZE];
	uint8_t vmsa_page[SNP_PAGE_SIZE];
};

/**
 * struct launch_page - one page as the firmware measures it
 * @region: to which it belongs
 * @gpa: guest physical address
 * @contents: SHA-384 of the page, or zeros for types that are not measured
 */
struct launch_page {
	const struct launch_region *region;
	uint64_t gpa;
	uint8_t contents[LAUNCH_DIGEST_LEN];
};

/* Return: false to stop, with a reason. */
typedef bool launch_page_fn(void *ctx, const struct launch_page *page, struct reason *why);

bool launch_place_initrd(struct launch *l, uint64_t mem, struct reason *why);
bool launch_lay_out(struct launch *l, struct reason *why);
bool launch_digest(const struct launch *l, uint8_t digest[LAUNCH_DIGEST_LEN],
		   launch_page_fn *each, void *ctx, struct reason *why);
const char *launch_type_name(enum snp_page_type type);

#endif /* SNPCTL_LAUNCH_H */
