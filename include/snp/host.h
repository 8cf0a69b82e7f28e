/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What snp_host offers to a hypervisor module: SNP guests, their memory, the
 * messages that they exchange with the firmware.  SNP firmware ABI (AMD 56860).
 *
 * Lifetime
 *
 * A guest is made by snp_guest_launch() and lives until the last reference is
 * gone (snp_guest_put()).  Then it is decommissioned, every frame that is still
 * private comes back to the host, and its ASID becomes free again.  No CPU may
 * run the guest by then, that is no VMRUN with its ASID under way or to come.
 *
 * When the AMD-SP is unbound or the system goes down, all guests are ended in
 * the same way, whatever references there are.  Before that the end() of each
 * launched guest is called, and returns when no CPU runs the guest any more nor
 * ever will.  Afterwards every function answers -ENODEV for them;
 * snp_guest_put() is still owed.  A hypervisor that runs guests without end()
 * has to see to it that nobody unbinds the AMD-SP or reboots under them.
 *
 * Memory
 *
 * The caller brings the memory.  While a frame is private any write of the
 * host to it faults, also a write through a large mapping over it to somebody
 * else's page (AMD64 APM volume 2, 24593, 15.36), and the kernel maps memory in
 * large pages.  So for each frame that it makes private the caller has to own
 * the whole aligned block of 2 MiB around it, and to write to no part of it
 * through the direct map.  Frames of one block go to one guest only.
 *
 * This module holds a reference to each page of such a block while a frame of it
 * is private.  What cannot be given back is quarantined: the references to the
 * pages of its block are never dropped, so that the caller may free its pages as
 * always and these do not get back to the allocator.  All pages of the block must
 * therefore be reference counted: single pages or compound pages, no tails of what
 * alloc_pages() made without __GFP_COMP, and none of them free.
 *
 * All functions may sleep, and may be called at the same time; calls for one
 * guest wait for each other.  The next() of a launch may sleep for as long as it
 * likes: no lock is held then, and should the AMD-SP go meanwhile the launch ends
 * with -ENODEV afterwards.
 */
#ifndef SNP_HOST_H
#define SNP_HOST_H

#include <linux/types.h>

#include <snp/fw_guest.h>
#include <snp/guest_msg.h>

struct snp_guest;

#define SNP_LAUNCH_DIGEST_LEN	48
#define SNP_CERTS_MAX		0x4000	/* bytes of a certificate table */

/**
 * struct snp_launch_range - consecutive frames that a guest starts with
 * @pfn: first frame of the host; holds the content
 * @gpa: its guest physical address, in bytes
 * @nr_pages: how many 4 KiB frames, from @pfn and @gpa on
 * @type: enum snp_page_type
 * @vmpl_perms: rights of VMPL1, VMPL2, VMPL3
 *
 * Frames whose two addresses permit it are launched 2 MiB at a time.  A VMSA
 * is measured under the GPA that is given here; hypervisors use SNP_VMSA_GPA.
 */
struct snp_launch_range {
	u64 pfn;
	u64 gpa;
	u64 nr_pages;
	u8 type;
	u8 vmpl_perms[3];
};

/**
 * struct snp_launch - how a guest is to be launched
 * @policy: guest policy
 * @gosvw: OS visible workarounds, for the secrets page
 * @want_digest: compute the launch digest that the firmware should come to
 * @next: gives the next range: 1, 0 at the end, or an error that ends the launch
 * @opaque: for @next
 * @end: the guest is about to be ended with the AMD-SP: returns when no CPU can
 *	enter it any more.  Called in process context without a lock that calls
 *	for guests need: these are still served, but for the last
 *	snp_guest_put() and a snp_guest_launch() that fails, of whatever guest:
 *	those wait for @end, which must not wait for them.  It may come before
 *	snp_guest_launch() has returned, and does not come once the last
 *	snp_guest_put() has.  May be NULL.
 * @end_opaque: for @end; has to live until the last snp_guest_put() has returned
 * @id_block: ID block, or NULL
 * @id_auth: its authentication; given if and only if @id_block is
 * @author_key: @id_auth has an author key
 * @vcek_disabled: the guest may get no report that a VCEK has signed
 * @host_data: 32 bytes for the guest's reports
 */
struct snp_launch {
	u64 policy;
	u8 gosvw[16];
	bool want_digest;
	int (*next)(void *opaque, struct snp_launch_range *r);
	void *opaque;
	void (*end)(void *opaque);
	void *end_opaque;
	const struct snp_id_block *id_block;
	const struct snp_id_auth *id_auth;
	bool author_key;
	bool vcek_disabled;
	u8 host_data[32];
};

/**
 * struct snp_launch_result - what came of a launch
 * @cmd: the command at which it failed, 0 for none
 * @fw_status: what the firmware answered to it
 * @failed_pfn: frame that could not be launched, U64_MAX for none.  After a
 *	CPUID page was refused it holds the values that the firmware accepts.
 * @nr_updates: SNP_LAUNCH_UPDATE commands that succeeded
 * @digest: the expected launch digest, with @want_digest and success
 */
struct snp_launch_result {
	u32 cmd;
	u32 fw_status;
	u64 failed_pfn;
	u64 nr_updates;
	u8 digest[SNP_LAUNCH_DIGEST_LEN];
};

struct snp_guest *snp_guest_launch(const struct snp_launch *l, struct snp_launch_result *res);
struct snp_guest *snp_guest_get(struct snp_guest *g);
void snp_guest_put(struct snp_guest *g);

u32 snp_guest_asid(struct snp_guest *g);
int snp_guest_status(struct snp_guest *g, struct snp_guest_status *st, u32 *fw_status);

int snp_guest_make_private(struct snp_guest *g, u64 pfn, u64 gpa, u64 nr_pages);
int snp_guest_make_shared(struct snp_guest *g, u64 pfn, u64 nr_pages);
int snp_guest_split(struct snp_guest *g, u64 pfn);

int snp_guest_request(struct snp_guest *g, const struct snp_msg *req, struct snp_msg *rsp,
		      u32 *fw_status);
int snp_guest_ext_request(struct snp_guest *g, const struct snp_msg *req, struct snp_msg *rsp,
			  void *certs, u32 *nr_cert_pages, u32 *fw_status);
int snp_guest_dbg_decrypt(struct snp_guest *g, u64 pfn, void *page, u32 *fw_status);

int snp_host_set_certs(const void *table, size_t len);

#endif /* SNP_HOST_H */
