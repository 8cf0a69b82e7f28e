// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest contexts: from a Firmware page to a guest with an ASID and back.  SNP
 * firmware ABI (AMD 56860): SNP_GCTX_CREATE, SNP_LAUNCH_START, SNP_ACTIVATE,
 * SNP_DECOMMISSION.
 *
 * There is no command that takes an ASID away: SNP_DECOMMISSION ends the guest.
 * The ASID may be used again when the firmware has let go of it and no page of
 * memory has it as its owner; a guest with the same ASID could read that page.
 */
#include <linux/err.h>
#include <linux/pci.h>

#include "guest.h"

/**
 * gctx_cmd() - run one command for a guest
 * @g: the guest, locked
 * @cmd: command number
 * @buf: command buffer
 * @len: its length in bytes
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep.
 * Return: -ENODEV when SNP is not up; otherwise as for psp_cmd_at().
 */
int gctx_cmd(struct snp_guest *g, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status)
{
	int err = -ENODEV;

	mutex_lock(&g->psp->lock);
	if (g->psp->snp_up)
		err = psp_cmd(g->psp, cmd, buf, len, status);
	mutex_unlock(&g->psp->lock);
	return err;
}

static int alloc_pages_of(struct snp_guest *g)
{
	struct psp_fwpage *p;

	lockdep_assert_held(&g->psp->lock);

	p = psp_fwpage_alloc(g->psp);
	if (IS_ERR(p))
		return PTR_ERR(p);
	g->gctx = p;

	p = psp_fwpage_alloc(g->psp);
	if (IS_ERR(p))
		return PTR_ERR(p);
	g->response = p;

	p = psp_fwpage_alloc_read(g->psp);
	if (IS_ERR(p))
		return PTR_ERR(p);
	g->request = p;
	return 0;
}

/**
 * gctx_create() - make the context page, and the pages for messages
 * @g: the guest, locked; on failure gctx_free() has to clean up
 * @res: learns the command that failed
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when SNP is not up; what psp_fwpage_alloc() and
 *	psp_cmd_at() return.
 */
int gctx_create(struct snp_guest *g, struct snp_launch_result *res)
{
	struct snp_fw_addr addr;
	int err = -ENODEV;

	mutex_lock(&g->psp->lock);
	if (!g->psp->snp_up)
		goto unlock;
	res->cmd = SNP_FW_SNP_GCTX_CREATE;
	err = psp_ready(g->psp, res->cmd, &res->fw_status);
	if (err)
		goto unlock;
	err = alloc_pages_of(g);
	if (err) {
		res->cmd = 0;
		goto unlock;
	}

	addr.paddr = psp_fwpage_paddr(g->gctx);
	err = psp_cmd(g->psp, res->cmd, &addr, sizeof(addr), &res->fw_status);
	g->is_context = !err;
unlock:
	mutex_unlock(&g->psp->lock);
	return err;
}

/**
 * gctx_start() - SNP_LAUNCH_START
 * @g: the guest, locked, with a context
 * @l: how it is to be launched
 * @res: learns the command that failed
 *
 * Context: may sleep.
 * Return: as for gctx_cmd().
 */
int gctx_start(struct snp_guest *g, const struct snp_launch *l, struct snp_launch_result *res)
{
	struct snp_fw_launch_start start = {
		.gctx_paddr = psp_fwpage_paddr(g->gctx),
		.policy = l->policy,
	};

	memcpy(start.gosvw, l->gosvw, sizeof(start.gosvw));
	g->policy = l->policy;
	res->cmd = SNP_FW_SNP_LAUNCH_START;
	return gctx_cmd(g, res->cmd, &start, sizeof(start), &res->fw_status);
}

static int try_activate(struct snp_guest *g, struct psp_asids *a, u32 asid,
			struct snp_launch_result *res)
{
	const struct snp_fw_activate act = {
		.gctx_paddr = psp_fwpage_paddr(g->gctx),
		.asid = asid,
	};
	int err;

	res->cmd = SNP_FW_SNP_ACTIVATE;
	err = psp_cmd(g->psp, res->cmd, &act, sizeof(act), &res->fw_status);
	if (err != -EIO || res->fw_status != SNP_FW_DFFLUSH_REQUIRED)
		return err;

	/* Somebody else has used it since SNP came up. */
	res->cmd = SNP_FW_SNP_DF_FLUSH;
	err = psp_asid_flush(g->psp, a, &res->fw_status);
	if (err)
		return err;
	res->cmd = SNP_FW_SNP_ACTIVATE;
	return psp_cmd(g->psp, res->cmd, &act, sizeof(act), &res->fw_status);
}

/**
 * gctx_activate() - find an ASID and bind it to the guest
 * @g: the guest, locked, started
 * @res: learns the command that failed
 *
 * Context: may sleep.
 * Return: 0; -ENOSPC when guests have all ASIDs; -ENODEV when SNP is not up;
 *	otherwise as for psp_cmd_at().
 */
int gctx_activate(struct snp_guest *g, struct snp_launch_result *res)
{
	struct psp_asids *a = &g->psp->guests->asids;
	int err = -ENODEV;
	u32 asid;

	mutex_lock(&g->psp->lock);
	while (g->psp->snp_up) {
		res->cmd = SNP_FW_SNP_DF_FLUSH;
		err = psp_asid_alloc(g->psp, a, &asid, &res->fw_status);
		if (err == -ENOSPC)
			res->cmd = 0;
		if (err)
			break;
		err = try_activate(g, a, asid, res);
		if (!err) {
			g->asid = asid;
			break;
		}
		if (err != -EIO) {
			asids_stick(a, asid);
			break;
		}
		if (res->fw_status != SNP_FW_ASID_OWNED) {
			asids_return(a, asid);
			break;
		}
		dev_warn_ratelimited(&g->psp->pdev->dev,
				     "ASID %u is owned by a guest that is not ours\n", asid);
		asids_stick(a, asid);
	}
	mutex_unlock(&g->psp->lock);
	return err;
}

/**
 * gctx_decommission() - end a guest in the firmware
 * @g: the guest, locked; it may have no context
 *
 * Context: may sleep.
 * Return: true when the firmware has let go of it; on false the context page is
 *	quarantined.
 */
bool gctx_decommission(struct snp_guest *g)
{
	struct psp *psp = g->psp;
	struct snp_fw_addr addr;
	u32 status = 0;
	int err;

	if (!g->is_context)
		return true;

	mutex_lock(&psp->lock);
	addr.paddr = psp_fwpage_paddr(g->gctx);
	err = psp_cmd(psp, SNP_FW_SNP_DECOMMISSION, &addr, sizeof(addr), &status);
	if (err) {
		dev_err(&psp->pdev->dev,
			"guest with ASID %u is not ended: SNP_DECOMMISSION: %s (%d)\n", g->asid,
			err == -EIO ? snp_fw_status_name(status) : "no answer", err);
		psp_fwpage_quarantine(psp, g->gctx, "context page, SNP_DECOMMISSION failed");
	}
	g->is_context = false;
	mutex_unlock(&psp->lock);
	return !err;
}

/**
 * gctx_free() - give back what gctx_create() and gctx_activate() got
 * @g: the guest, locked, decommissioned
 * @asid_free: nothing has its ASID any more
 *
 * Context: may sleep.
 */
void gctx_free(struct snp_guest *g, bool asid_free)
{
	struct psp_fwpage **page[] = { &g->request, &g->response, &g->gctx };
	struct psp *psp = g->psp;
	unsigned int i;

	mutex_lock(&psp->lock);
	for (i = 0; i < ARRAY_SIZE(page); i++) {
		if (*page[i])
			psp_fwpage_free(psp, *page[i]);
		*page[i] = NULL;
	}
	if (g->asid && asid_free) {
		asids_leave(&psp->guests->asids, g->asid);
	} else if (g->asid) {
		asids_stick(&psp->guests->asids, g->asid);
		dev_err(&psp->pdev->dev, "ASID %u cannot be used again before a reset\n", g->asid);
	}
	g->asid = 0;
	mutex_unlock(&psp->lock);
}
