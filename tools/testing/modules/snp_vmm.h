/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/snp_vmm: one guest for each open file, for tests of the interface in
 * include/snp/host.h.  No CPU ever runs the guest.
 */
#ifndef SNP_VMM_H
#define SNP_VMM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Pages that the guest starts with; @uaddr 0: zeros. */
struct vmm_range {
	__u64	gpa;
	__u64	nr_pages;
	__u64	uaddr;
	__u8	type;
	__u8	vmpl_perms[3];
	__u32	reserved;
};

#define VMM_WANT_DIGEST		1
#define VMM_AUTHOR_KEY		2
#define VMM_VCEK_DISABLED	4
#define VMM_NEXT_FAILS		8	/* behind the last range comes -EDOM */
#define VMM_NEXT_WAITS		16	/* behind the last range it waits for VMM_CONTINUE */

struct vmm_launch {
	__u64	policy;
	__u64	ranges;
	__u32	nr_ranges;
	__u32	flags;
	__u64	id_block;
	__u64	id_auth;
	__u8	host_data[32];
	/* results, also of a launch that failed */
	__u32	cmd;
	__u32	fw_status;
	__u64	failed_pfn;
	__u64	nr_updates;
	__u32	asid;
	__u32	reserved;
	__u8	digest[48];
};

/* Also for VMM_DBG and VMM_READ: one page of the guest to @out. */
struct vmm_page {
	__u64	gpa;
	__u64	out;
	__u32	fw_status;
	__u32	reserved;
};

struct vmm_request {
	__u64	req;		/* a page */
	__u64	rsp;		/* a page, written in any case */
	__u64	certs;		/* VMM_EXT_REQUEST */
	__u32	nr_cert_pages;
	__u32	fw_status;
};

/* For VMM_PRIVATE memory is allocated, by 2 MiB. */
struct vmm_mem {
	__u64	gpa;
	__u64	nr_pages;
	__u64	pfn;		/* VMM_PRIVATE_PFN, VMM_SHARED_PFN; result of VMM_PFN */
};

struct vmm_certs {
	__u64	table;
	__u64	len;
};

struct vmm_status {
	__u64	policy;
	__u32	asid;
	__u32	state;
	__u32	fw_status;
	__u32	reserved;
};

#define VMM_LAUNCH		_IOWR('V', 0, struct vmm_launch)
#define VMM_END			_IO('V', 1)
#define VMM_REQUEST		_IOWR('V', 2, struct vmm_request)
#define VMM_EXT_REQUEST		_IOWR('V', 3, struct vmm_request)
#define VMM_STATUS		_IOR('V', 4, struct vmm_status)
#define VMM_DBG			_IOWR('V', 5, struct vmm_page)
#define VMM_READ		_IOWR('V', 6, struct vmm_page)
#define VMM_PRIVATE		_IOW('V', 7, struct vmm_mem)
#define VMM_SHARED		_IOW('V', 8, struct vmm_mem)
#define VMM_SPLIT		_IOW('V', 9, struct vmm_mem)
#define VMM_PFN			_IOWR('V', 10, struct vmm_mem)
#define VMM_PRIVATE_PFN		_IOW('V', 11, struct vmm_mem)
#define VMM_SHARED_PFN		_IOW('V', 12, struct vmm_mem)
#define VMM_SET_CERTS		_IOW('V', 13, struct vmm_certs)
#define VMM_ASID		_IO('V', 14)	/* returns it */
#define VMM_TAIL_PAGE		_IO('V', 15)	/* offers a page without reference count */
#define VMM_WAITING		_IO('V', 16)	/* returns when a VMM_NEXT_WAITS waits */
#define VMM_CONTINUE		_IO('V', 17)	/* lets it go on */
#define VMM_ENDED		_IO('V', 18)	/* how often end() has found the guest alive */

#endif /* SNP_VMM_H */
