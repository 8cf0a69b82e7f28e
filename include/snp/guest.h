/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What snp_guest.ko offers to other modules.
 */
#ifndef SNP_GUEST_H
#define SNP_GUEST_H

#include <linux/types.h>

#include "guest_msg.h"

struct notifier_block;

/* The most that a host may give along with a report, in bytes. */
#define SNP_GUEST_CERTS_MAX	0x4000

/*
 * Reports.  The notifiers run, in process context, when another VMPCK has been
 * chosen; the action is its number.
 */
unsigned int snp_guest_vmpck(void);
int snp_guest_vmpck_notify(struct notifier_block *nb);
void snp_guest_vmpck_unnotify(struct notifier_block *nb);
int snp_guest_get_report(const u8 *report_data, unsigned int vmpl,
			 u8 rsp[SNP_MSG_MAX_PAYLOAD], u8 certs[SNP_GUEST_CERTS_MAX]);

/**
 * struct snp_guest_svsm_request - what the SVSM shall attest
 * @nonce: 64 bytes
 * @guid: one service, as EFI writes GUIDs; NULL: all of them
 * @manifest_version: of that service's manifest
 */
struct snp_guest_svsm_request {
	const u8	*nonce;
	const u8	*guid;
	u32		manifest_version;
};

/**
 * struct snp_guest_svsm_report - a report of the SVSM
 * @report: attestation report of VMPL0; REPORT_DATA is the SHA-512 of nonce and
 *	manifest
 * @manifest: what is attested
 * @certs: certificates of the host, not to be trusted
 * @report_len: bytes
 * @manifest_len: bytes
 * @certs_len: bytes, 0: none
 * @buf: what all of them lie in
 * @len: its length
 */
struct snp_guest_svsm_report {
	const u8	*report;
	const u8	*manifest;
	const u8	*certs;
	u32		report_len;
	u32		manifest_len;
	u32		certs_len;
	void		*buf;
	size_t		len;
};

/* The SVSM, where there is one. */
unsigned int snp_guest_vmpl(void);
int snp_guest_svsm_attest(const struct snp_guest_svsm_request *req,
			  struct snp_guest_svsm_report *report);
void snp_guest_svsm_free(struct snp_guest_svsm_report *report);
int snp_guest_vtpm_present(void);
int snp_guest_vtpm_command(void *page, u8 *buf, size_t room, size_t len);

/**
 * struct snp_guest_range - pages in one piece of guest physical memory
 * @pfn: first guest frame
 * @nr_pages: how many pages of 4 KiB
 */
struct snp_guest_range {
	unsigned long	pfn;
	unsigned long	nr_pages;
};

/**
 * struct snp_guest_convert_stats - what a conversion took
 * @exits: exits to the hypervisor for page state changes
 * @resumed: of those, so many that the hypervisor ended early
 * @entries_2m: 2 MiB entries in the lists
 * @entries_4k: 4 KiB entries
 * @pvalidates_2m: PVALIDATE executed on 2 MiB
 * @pvalidates_4k: PVALIDATE executed on 4 KiB
 * @size_mismatches: 2 MiB PVALIDATEs that were done again as 512 of 4 KiB
 * @lost_pages: pages whose state is not proven
 *
 * An exit that an NMI spoilt counts, and is asked for again.
 */
struct snp_guest_convert_stats {
	u64	exits;
	u64	resumed;
	u64	entries_2m;
	u64	entries_4k;
	u64	pvalidates_2m;
	u64	pvalidates_4k;
	u64	size_mismatches;
	u64	lost_pages;
};

/* Ask for 4 KiB only: for memory that the hypervisor is known to back so. */
#define SNP_GUEST_CONVERT_4K	BIT(0)

int snp_guest_share_ranges(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			   unsigned int flags, struct snp_guest_convert_stats *stats);
int snp_guest_unshare_ranges(const struct snp_guest_range *ranges, unsigned int nr_ranges,
			     unsigned int flags, struct snp_guest_convert_stats *stats);

/* Pool of shared pages: bounce space. */
struct snp_guest_pool;

/* The longest buffer that a pool gives, in pages. */
#define SNP_GUEST_POOL_MAX_BUFFER	64

/**
 * struct snp_guest_buffer - a piece of a pool
 * @vaddr: shared mapping, zero when it is handed out
 * @gpa: guest physical address, without C-bit
 * @nr_pages: its length in pages
 */
struct snp_guest_buffer {
	void		*vaddr;
	u64		gpa;
	unsigned int	nr_pages;
};

/**
 * struct snp_guest_pool_stats - state of a pool
 * @nr_pages: shared pages that it holds
 * @used_pages: of those, handed out
 * @peak_pages: the most that were handed out at one time
 * @gets: buffers handed out so far
 * @failures: requests for which there was no room
 */
struct snp_guest_pool_stats {
	unsigned int	nr_pages;
	unsigned int	used_pages;
	unsigned int	peak_pages;
	u64		gets;
	u64		failures;
};

struct snp_guest_pool *snp_guest_pool_create(unsigned int nr_pages);
int snp_guest_pool_grow(struct snp_guest_pool *pool, unsigned int nr_pages);
int snp_guest_pool_get(struct snp_guest_pool *pool, unsigned int nr_pages,
		       struct snp_guest_buffer *buf);
void snp_guest_pool_put(struct snp_guest_pool *pool, struct snp_guest_buffer *buf);
void snp_guest_pool_stats(struct snp_guest_pool *pool, struct snp_guest_pool_stats *stats);
int snp_guest_pool_destroy(struct snp_guest_pool *pool);

#endif /* SNP_GUEST_H */
