// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch of a guest: its pages, one after the other, 2 MiB at a time where that
 * is possible, and the end of the launch.  SNP firmware ABI (AMD 56860):
 * SNP_LAUNCH_UPDATE, SNP_LAUNCH_FINISH.
 *
 * Each page becomes Pre-Guest, is hashed when nobody can write to it any more,
 * and goes to the firmware.  So the expected digest is over what the firmware
 * has measured, whatever the caller does to its memory meanwhile.
 */
#include <linux/err.h>
#include <linux/pci.h>

#include "guest.h"
#include "hostapi.h"
#include "launch_digest.h"

static int extend(struct snp_guest *g, const struct snp_launch_range *r, u64 pfn, u64 gpa,
		  u64 nr_pages, u8 *ld)
{
	int err = 0;

	for (; !err && nr_pages; nr_pages--, pfn++, gpa += SNP_PAGE_SIZE)
		err = launch_digest_extend(g->psp->guests->sha384, r, gpa, pfn_to_kaddr(pfn), ld);
	return err;
}

static int update(struct snp_guest *g, const struct snp_launch_range *r, u64 pfn, bool size_2m,
		  struct snp_launch_result *res)
{
	const struct snp_fw_launch_update cmd = {
		.gctx_paddr = psp_fwpage_paddr(g->gctx),
		.flags = (size_2m ? SNP_LAUNCH_UPDATE_PAGE_2M : 0) |
			 FIELD_PREP(SNP_LAUNCH_UPDATE_PAGE_TYPE, r->type),
		.paddr = __sme_set(pfn << PAGE_SHIFT),
		.vmpl_perms = FIELD_PREP(SNP_LAUNCH_UPDATE_VMPL1, r->vmpl_perms[0]) |
			      FIELD_PREP(SNP_LAUNCH_UPDATE_VMPL2, r->vmpl_perms[1]) |
			      FIELD_PREP(SNP_LAUNCH_UPDATE_VMPL3, r->vmpl_perms[2]),
	};

	res->cmd = SNP_FW_SNP_LAUNCH_UPDATE;
	return gctx_cmd(g, res->cmd, &cmd, sizeof(cmd), &res->fw_status);
}

static int launch_step(struct snp_guest *g, const struct snp_launch *l,
		       const struct snp_launch_range *r, u64 done, u64 *step,
		       struct snp_launch_result *res)
{
	const u64 pfn = r->pfn + done, gpa = r->gpa + (done << PAGE_SHIFT);
	const bool size_2m = launch_type_may_be_2m(r->type) &&
			     rmp_step_2m(pfn, gpa, r->nr_pages - done);
	int err;

	*step = size_2m ? PSP_BLOCK_PAGES : 1;
	res->failed_pfn = pfn;
	res->cmd = 0;
	err = gctx_pages_give(g, pfn, gpa, *step, true);
	if (err)
		return err;
	if (l->want_digest)
		err = extend(g, r, pfn, gpa, *step, res->digest);
	if (!err)
		err = update(g, r, pfn, size_2m, res);
	if (err) {
		gctx_pages_take(g, pfn, *step);
		return err;
	}
	res->nr_updates++;
	res->failed_pfn = U64_MAX;
	return 0;
}

/**
 * launch_pages() - launch everything that the caller names
 * @g: the guest, locked, activated
 * @l: how it is to be launched
 * @res: learns the command and the frame that failed, and the digest so far
 *
 * Context: may sleep; calls @l->next without the locks, and has them again
 *	afterwards.
 * Return: 0; -EINVAL for a range that cannot be; -ENODEV when the AMD-SP goes, and
 *	the guest may have ended by then; the error of @l->next; what
 *	gctx_pages_give() and gctx_cmd() return.
 */
int launch_pages(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res)
{
	struct snp_launch_range r;
	u64 done, step = 0;
	int err, gone;

	for (;;) {
		r = (struct snp_launch_range) { };
		res->cmd = 0;
		host_leave(g);
		err = l->next(l->opaque, &r);
		gone = host_return(g);
		if (err <= 0 || gone)
			return err < 0 ? err : gone;
		err = launch_range_check(&r);
		for (done = 0; !err && done < r.nr_pages; done += step) {
			err = host_going() ? -ENODEV :
			      launch_step(g, l, &r, done, &step, res);
			cond_resched();
		}
		if (err)
			return err;
	}
}

static int id_page(struct psp *psp, const void *from, size_t len, struct psp_fwpage **page)
{
	struct psp_fwpage *p = psp_fwpage_alloc_read(psp);

	if (IS_ERR(p))
		return PTR_ERR(p);
	memcpy(psp_fwpage_va(p), from, len);
	*page = p;
	return 0;
}

/**
 * launch_finish() - SNP_LAUNCH_FINISH
 * @g: the guest, locked, with all its pages
 * @l: how it is to be launched
 * @res: learns the command that failed
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -ENODEV when SNP is not up; otherwise as for psp_cmd_at().
 */
int launch_finish(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res)
{
	struct snp_fw_launch_finish cmd = {
		.gctx_paddr = psp_fwpage_paddr(g->gctx),
		.flags = (l->id_block ? SNP_LAUNCH_FINISH_ID_BLOCK_EN : 0) |
			 (l->author_key ? SNP_LAUNCH_FINISH_AUTH_KEY_EN : 0) |
			 (l->vcek_disabled ? SNP_LAUNCH_FINISH_VCEK_DIS : 0),
	};
	struct psp_fwpage *block = NULL, *auth = NULL;
	struct psp *psp = g->psp;
	int err = 0;

	memcpy(cmd.host_data, l->host_data, sizeof(cmd.host_data));
	res->cmd = SNP_FW_SNP_LAUNCH_FINISH;
	mutex_lock(&psp->lock);
	if (!psp->snp_up)
		err = -ENODEV;
	if (!err && l->id_block) {
		err = id_page(psp, l->id_block, sizeof(*l->id_block), &block);
		if (!err)
			err = id_page(psp, l->id_auth, sizeof(*l->id_auth), &auth);
		if (!err) {
			cmd.id_block_paddr = psp_fwpage_paddr(block);
			cmd.id_auth_paddr = psp_fwpage_paddr(auth);
		}
	}
	if (!err)
		err = psp_cmd(psp, res->cmd, &cmd, sizeof(cmd), &res->fw_status);
	if (auth)
		psp_fwpage_free(psp, auth);
	if (block)
		psp_fwpage_free(psp, block);
	mutex_unlock(&psp->lock);
	g->running = !err;
	return err;
}
