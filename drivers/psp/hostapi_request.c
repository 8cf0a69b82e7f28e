// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hypervisor carries between its guest and the firmware, and what it may
 * ask about the guest.  SNP firmware ABI (AMD 56860): SNP_GUEST_REQUEST,
 * SNP_GUEST_STATUS, SNP_DBG_DECRYPT; GHCB specification (AMD 56421), extended
 * guest request.
 *
 * Messages are encrypted for the firmware and for the guest: nothing in them is
 * looked at here, and a status other than success is the guest's to see.
 */
#include <linux/err.h>
#include <linux/export.h>

#include "guest.h"
#include "hostapi.h"

static void set_status(u32 *fw_status, u32 status)
{
	if (fw_status)
		*fw_status = status;
}

/* The response page stays in Firmware state: the next answer goes there, too. */
static int carry(struct snp_guest *g, const struct snp_msg *req, struct snp_msg *rsp, u32 *status)
{
	const struct snp_fw_guest_request cmd = {
		.gctx_paddr = psp_fwpage_paddr(g->gctx),
		.request_paddr = psp_fwpage_paddr(g->request),
		.response_paddr = psp_fwpage_paddr(g->response),
	};
	struct psp *psp = g->psp;
	int err = -ENODEV;

	mutex_lock(&psp->lock);
	/* A firmware that went silent may still be reading the last message. */
	if (psp->snp_up && !psp->death.dead) {
		memcpy(psp_fwpage_va(g->request), req, sizeof(*req));
		err = psp_cmd(psp, SNP_FW_SNP_GUEST_REQUEST, &cmd, sizeof(cmd), status);
		if (!err)
			memcpy(rsp, psp_fwpage_va(g->response), sizeof(*rsp));
	} else if (psp->snp_up) {
		err = -EBUSY;
	}
	mutex_unlock(&psp->lock);
	return err;
}

/**
 * snp_guest_request() - carry a message of a guest to the firmware, and the answer
 * @g: the guest
 * @req: its message, in memory that it cannot change any more
 * @rsp: receives the answer; zero on failure
 * @fw_status: what the firmware says, 0 when it was not asked; may be NULL
 *
 * After a failure the guest must not send another message with the same sequence
 * number; how it learns that is between hypervisor and guest.
 *
 * Context: may sleep.
 * Return: 0; -EIO when the firmware refused, with @fw_status; -ENODEV; -EBUSY
 *	when the AMD-SP has been given up; -ETIMEDOUT.
 */
int snp_guest_request(struct snp_guest *g, const struct snp_msg *req, struct snp_msg *rsp,
		      u32 *fw_status)
{
	u32 status = 0;
	int err;

	memset(rsp, 0, sizeof(*rsp));
	set_status(fw_status, 0);
	err = host_enter(g);
	if (err)
		return err;
	err = carry(g, req, rsp, &status);
	host_leave(g);
	set_status(fw_status, status);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_request);

/**
 * snp_guest_ext_request() - the same with the host's certificates
 * @g: the guest
 * @req: its message, in memory that it cannot change any more
 * @rsp: receives the answer; zero on failure
 * @certs: receives the certificate table, padded with zeros to whole pages;
 *	zero on failure
 * @nr_cert_pages: room at @certs, in pages; set to what the table takes, 0 when
 *	the host has none
 * @fw_status: what the firmware says, 0 when it was not asked; may be NULL
 *
 * With too little room the firmware is not asked, and the guest's sequence number
 * not used up: it can ask again with as many pages as @nr_cert_pages says.
 *
 * Context: may sleep.
 * Return: -ENOSPC for too little room; otherwise as for snp_guest_request().
 */
int snp_guest_ext_request(struct snp_guest *g, const struct snp_msg *req, struct snp_msg *rsp,
			  void *certs, u32 *nr_cert_pages, u32 *fw_status)
{
	const size_t room = (size_t)*nr_cert_pages * SNP_PAGE_SIZE;
	u32 status = 0;
	int err;

	memset(rsp, 0, sizeof(*rsp));
	if (room)
		memset(certs, 0, room);
	set_status(fw_status, 0);
	err = host_enter(g);
	if (err) {
		*nr_cert_pages = 0;
		return err;
	}
	err = psp_certs_copy(certs, nr_cert_pages);
	if (!err)
		err = carry(g, req, rsp, &status);
	host_leave(g);
	if (err && room)
		memset(certs, 0, room);
	set_status(fw_status, status);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_ext_request);

/* Run a command on a page of output, and copy what the firmware wrote. */
static int with_output(struct snp_guest *g, enum snp_fw_cmd cmd, u64 src_paddr, void *out,
		       size_t len, u32 *status)
{
	union {
		struct snp_fw_guest_status status;
		struct snp_fw_dbg dbg;
	} buf = { };
	struct psp *psp = g->psp;
	struct psp_fwpage *page;
	size_t buf_len;
	int err;

	lockdep_assert_held(&psp->lock);

	if (!psp->snp_up)
		return -ENODEV;
	err = psp_ready(psp, cmd, status);
	if (err)
		return err;
	page = psp_fwpage_alloc(psp);
	if (IS_ERR(page))
		return PTR_ERR(page);
	if (cmd == SNP_FW_SNP_GUEST_STATUS) {
		buf.status.gctx_paddr = psp_fwpage_paddr(g->gctx);
		buf.status.status_paddr = psp_fwpage_paddr(page);
		buf_len = sizeof(buf.status);
	} else {
		buf.dbg.gctx_paddr = psp_fwpage_paddr(g->gctx);
		buf.dbg.src_paddr = src_paddr;
		buf.dbg.dst_paddr = psp_fwpage_paddr(page);
		buf_len = sizeof(buf.dbg);
	}
	err = psp_cmd(psp, cmd, &buf, buf_len, status);
	/* A page that came back is ours to read, and to leave without secrets. */
	if (!psp_fwpage_reclaim(psp, page)) {
		if (!err)
			memcpy(out, psp_fwpage_va(page), len);
		memzero_explicit(psp_fwpage_va(page), PAGE_SIZE);
	} else if (!err) {
		err = -EFAULT;
	}
	psp_fwpage_free(psp, page);
	return err;
}

/**
 * guest_status() - SNP_GUEST_STATUS
 * @g: the guest, locked, with a context
 * @st: result, set on success only
 * @status: what the firmware says, when it was asked
 *
 * Context: may sleep.
 * Return: as for snp_guest_status().
 */
int guest_status(struct snp_guest *g, struct snp_guest_status *st, u32 *status)
{
	int err;

	mutex_lock(&g->psp->lock);
	err = with_output(g, SNP_FW_SNP_GUEST_STATUS, 0, st, sizeof(*st), status);
	mutex_unlock(&g->psp->lock);
	return err;
}

/**
 * snp_guest_status() - what the firmware knows of a guest
 * @g: the guest
 * @st: result; zero on failure
 * @fw_status: what the firmware says, 0 when it was not asked; may be NULL
 *
 * Context: may sleep.
 * Return: 0; -EIO when the firmware refused, with @fw_status; -ENODEV; -EBUSY
 *	when the AMD-SP has been given up; -ETIMEDOUT; -ENOMEM; -EFAULT when the
 *	page with the answer was quarantined.
 */
int snp_guest_status(struct snp_guest *g, struct snp_guest_status *st, u32 *fw_status)
{
	u32 status = 0;
	int err;

	memset(st, 0, sizeof(*st));
	set_status(fw_status, 0);
	err = host_enter(g);
	if (err)
		return err;
	err = guest_status(g, st, &status);
	host_leave(g);
	set_status(fw_status, status);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_status);

/**
 * snp_guest_dbg_decrypt() - read a private page of a guest whose policy permits it
 * @g: the guest
 * @pfn: private frame
 * @page: receives the 4 KiB; zero on failure
 * @fw_status: what the firmware says, 0 when it was not asked; may be NULL
 *
 * Context: may sleep.
 * Return: -EINVAL when the frame is not private; -EPERM when the guest's policy
 *	forbids debugging; otherwise as for snp_guest_status().
 */
int snp_guest_dbg_decrypt(struct snp_guest *g, u64 pfn, void *page, u32 *fw_status)
{
	u32 status = 0;
	int err;

	memset(page, 0, SNP_PAGE_SIZE);
	set_status(fw_status, 0);
	err = host_enter(g);
	if (err)
		return err;
	if (!gctx_pages_held(g, pfn, 1)) {
		err = -EINVAL;
	} else if (!(g->policy & SNP_POLICY_DEBUG)) {
		err = -EPERM;
	} else {
		mutex_lock(&g->psp->lock);
		err = with_output(g, SNP_FW_SNP_DBG_DECRYPT, __sme_set(pfn << PAGE_SHIFT), page,
				  SNP_PAGE_SIZE, &status);
		mutex_unlock(&g->psp->lock);
	}
	host_leave(g);
	set_status(fw_status, status);
	return err;
}
EXPORT_SYMBOL_GPL(snp_guest_dbg_decrypt);

/**
 * snp_host_set_certs() - replace the certificate table for extended requests
 * @table: rows and certificates as the GHCB specification has them; copied.
 *	NULL: there is none any more.
 * @len: its length in bytes, up to SNP_CERTS_MAX
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for something that is no table; -E2BIG; -ENOMEM.  On
 *	failure the table stays what it was.
 */
int snp_host_set_certs(const void *table, size_t len)
{
	return psp_certs_set(table, len);
}
EXPORT_SYMBOL_GPL(snp_host_set_certs);
