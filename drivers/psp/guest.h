/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP guests on this host, as the files of this directory see them.
 *
 * Lock order: end_lock, host_lock (hostapi.c), snp_guest.lock, psp.lock, then nothing
 * but quarantine_lock.  A guest's regions are protected by its lock; that no
 * two guests have the same block is decided by psp_guests.blocks.
 */
#ifndef SNP_PSP_GUEST_H
#define SNP_PSP_GUEST_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

#include <snp/host.h>

#include "asid.h"
#include "psp.h"
#include "quarantine.h"

struct crypto_shash;

/**
 * struct psp_guests - guests of one AMD-SP
 * @asids: ASIDs that they may have; protected by psp.lock
 * @blocks: 2 MiB blocks of memory that some guest has
 * @list_lock: protects @list
 * @list: every guest
 * @sha384: for launch digests; NULL in a kernel without
 */
struct psp_guests {
	struct psp_asids asids;
	struct xarray blocks;
	struct mutex list_lock;	/* @list */
	struct list_head list;
	struct crypto_shash *sha384;
};

/**
 * struct guest_region - a block of 2 MiB some of whose frames are private
 * @block: number of the block; there is a reference to each of its pages
 * @held: frames that are private
 * @lost: those that are quarantined; they stay held
 */
struct guest_region {
	unsigned long block;
	DECLARE_BITMAP(held, PSP_BLOCK_PAGES);
	struct psp_lost *lost;
};

/**
 * struct snp_guest - a guest
 * @users: references that hypervisors have; with the last of them the guest ends
 * @ref: references to this structure; all of @users count as one, until it has ended
 * @list: in psp_guests.list
 * @lock: one call at a time
 * @psp: the AMD-SP; NULL once the guest has ended
 * @end: tells the hypervisor that the guest is about to be ended; may be NULL
 * @end_opaque: its argument
 * @policy: guest policy
 * @asid: its ASID, 0 for none
 * @gctx: context page
 * @is_context: @gctx is in Context state
 * @running: launched
 * @nr_firmware: psp.nr_firmware that it has been shown to; protected by psp_guests.list_lock
 * @request: message page that the firmware reads
 * @response: message page that the firmware writes to
 * @regions: struct guest_region by number of the block
 * @nr_private: frames held
 */
struct snp_guest {
	refcount_t users;
	struct kref ref;
	struct list_head list;
	struct mutex lock;	/* one call at a time */
	struct psp *psp;
	void (*end)(void *opaque);
	void *end_opaque;
	u64 policy;
	u32 asid;
	struct psp_fwpage *gctx;
	bool is_context;
	bool running;
	unsigned int nr_firmware;
	struct psp_fwpage *request;
	struct psp_fwpage *response;
	struct xarray regions;
	u64 nr_private;
};

/* gctx.c */
int gctx_create(struct snp_guest *g, struct snp_launch_result *res);
int gctx_start(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res);
int gctx_activate(struct snp_guest *g, struct snp_launch_result *res);
bool gctx_decommission(struct snp_guest *g);
void gctx_free(struct snp_guest *g, bool asid_free);
int gctx_cmd(struct snp_guest *g, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status);

/* gctx_pages.c */
int gctx_pages_give(struct snp_guest *g, u64 pfn, u64 gpa, u64 nr_pages, bool immutable);
int gctx_pages_take(struct snp_guest *g, u64 pfn, u64 nr_pages);
bool gctx_pages_held(struct snp_guest *g, u64 pfn, u64 nr_pages);
bool gctx_pages_end(struct snp_guest *g);

/* launch.c */
int launch_pages(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res);
int launch_finish(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res);

/* hostapi_request.c */
int guest_status(struct snp_guest *g, struct snp_guest_status *st, u32 *status);

/* hostapi_certs.c */
int psp_certs_set(const void *table, size_t len);
int psp_certs_copy(void *to, u32 *nr_pages);
void psp_certs_exit(void);

#endif /* SNP_PSP_GUEST_H */
