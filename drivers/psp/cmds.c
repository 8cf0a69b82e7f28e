// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware commands with typed arguments: what each one's buffer and output
 * page need before, and what has to be undone after.  SEV API (AMD 55766),
 * SNP firmware ABI (AMD 56860).
 */
#include <linux/gfp.h>
#include <linux/mem_encrypt.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "psp.h"
#include "quarantine.h"

/* Where the hashstick stands in the command buffer page, behind the buffer. */
#define STICK_OFFSET		1024

/**
 * struct output - a command that writes to a page
 * @cmd: command number
 * @buf: command buffer; NULL: the output page is the command buffer itself
 * @len: its length
 * @paddr: the field of @buf that takes the address of the page
 * @out: what the firmware wrote; zero on failure
 * @out_len: how much of it
 */
struct output {
	enum snp_fw_cmd cmd;
	void *buf;
	size_t len;
	void *paddr;
	void *out;
	size_t out_len;
};

/*
 * The copy is taken after the page has come back: before that the firmware may
 * still change it.
 */
static int output_once(struct psp *psp, const struct output *o, u32 *status)
{
	struct psp_fwpage *page;
	int err, reclaimed;
	u64 paddr;

	err = psp_ready(psp, o->cmd, status);
	if (err)
		return err;
	page = psp_fwpage_alloc(psp);
	if (IS_ERR(page))
		return PTR_ERR(page);

	paddr = psp_fwpage_paddr(page);
	if (o->buf) {
		memcpy(o->paddr, &paddr, sizeof(paddr));
		err = psp_cmd(psp, o->cmd, o->buf, o->len, status);
	} else {
		err = psp_cmd_at(psp, o->cmd, paddr, status);
	}

	reclaimed = psp_fwpage_reclaim(psp, page);
	if (!err && !reclaimed)
		memcpy(o->out, psp_fwpage_va(page), o->out_len);
	psp_fwpage_free(psp, page);
	return err ? err : reclaimed;
}

static int run_output(struct psp *psp, const struct output *o, u32 *status)
{
	u32 mine = 0;
	int err;

	lockdep_assert_held(&psp->lock);
	memset(o->out, 0, o->out_len);

	if (!status)
		status = &mine;
	err = output_once(psp, o, status);
	/*
	 * The firmware does not find the page in Firmware state, though it was
	 * put there.  It has been reclaimed by now; another gets a second try.
	 */
	if (err == -EIO && *status == SNP_FW_INVALID_PAGE_STATE && psp->snp_up)
		err = output_once(psp, o, status);
	return err;
}

/**
 * psp_platform_status() - PLATFORM_STATUS of the legacy API
 * @psp: the AMD-SP
 * @st: result; zero on failure
 * @status: firmware status, as for psp_cmd_at()
 *
 * The firmware answers in the command buffer, which therefore has to be a
 * Firmware page once SNP is initialised.
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -ENOMEM, what psp_fwpage_reclaim() returns when the page does not
 *	come back, otherwise as for psp_cmd_at().
 */
int psp_platform_status(struct psp *psp, struct snp_fw_platform_status *st, u32 *status)
{
	const struct output o = {
		.cmd = SNP_FW_PLATFORM_STATUS,
		.out = st,
		.out_len = sizeof(*st),
	};

	return run_output(psp, &o, status);
}

/**
 * psp_snp_status() - SNP_PLATFORM_STATUS
 * @psp: the AMD-SP; remembers the answer, see psp_versions()
 * @st: result; zero on failure
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -ENOMEM, what psp_fwpage_reclaim() returns when the page does not
 *	come back, otherwise as for psp_cmd_at().
 */
int psp_snp_status(struct psp *psp, struct snp_fw_snp_status *st, u32 *status)
{
	struct snp_fw_addr addr = { };
	const struct output o = {
		.cmd = SNP_FW_SNP_PLATFORM_STATUS,
		.buf = &addr,
		.len = sizeof(addr),
		.paddr = &addr.paddr,
		.out = st,
		.out_len = sizeof(*st),
	};
	int err;

	err = run_output(psp, &o, status);
	if (err)
		return err;
	spin_lock(&psp->versions_lock);
	psp->versions.known = true;
	psp->versions.snp = *st;
	spin_unlock(&psp->versions_lock);
	return 0;
}

/**
 * psp_versions() - what the firmware last said about itself
 * @psp: the AMD-SP
 *
 * Context: any but a hard interrupt; takes no command.
 * Return: a copy.
 */
struct psp_versions psp_versions(struct psp *psp)
{
	struct psp_versions v;

	spin_lock(&psp->versions_lock);
	v = psp->versions;
	spin_unlock(&psp->versions_lock);
	return v;
}

/**
 * psp_feature_info() - SNP_FEATURE_INFO
 * @psp: the AMD-SP
 * @ecx: sub-leaf
 * @regs: result; zero on failure
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_snp_status().
 */
int psp_feature_info(struct psp *psp, u32 ecx, struct snp_fw_feature_regs *regs, u32 *status)
{
	struct snp_fw_feature_info buf = { .length = sizeof(buf), .ecx_in = ecx };
	const struct output o = {
		.cmd = SNP_FW_SNP_FEATURE_INFO,
		.buf = &buf,
		.len = sizeof(buf),
		.paddr = &buf.out_paddr,
		.out = regs,
		.out_len = sizeof(*regs),
	};

	return run_output(psp, &o, status);
}

/*
 * GET_ID writes to two pages: the identity to one, its length to the command
 * buffer, which the host has to fill before it becomes the firmware's.
 */
static int get_id_pages(struct psp *psp, struct psp_fwpage *cmd, struct psp_fwpage *out,
			void *id, u32 *len, u32 *status)
{
	struct snp_fw_get_id *buf = psp_fwpage_va(cmd);
	u32 room = min_t(u32, *len, PAGE_SIZE), got;
	int err, reclaimed;

	buf->paddr = psp_fwpage_paddr(out);
	buf->len = room;
	err = psp_fwpage_give(psp, cmd);
	if (err)
		return err;
	err = psp_cmd_at(psp, SNP_FW_GET_ID, psp_fwpage_paddr(cmd), status);

	reclaimed = psp_fwpage_reclaim(psp, out);
	if (psp_fwpage_reclaim(psp, cmd))
		reclaimed = -EFAULT;
	if (reclaimed)
		return err ? err : reclaimed;
	got = buf->len;
	/* A length that is too small is answered with the one that is needed. */
	if (err == -EIO)
		*len = got;
	if (err)
		return err;
	if (got > room)
		return -EPROTO;
	memcpy(id, psp_fwpage_va(out), got);
	*len = got;
	return 0;
}

/**
 * psp_get_id() - GET_ID of the legacy API: chip identity of each socket
 * @psp: the AMD-SP
 * @id: result, at most a page
 * @len: room in @id; becomes the length of the result, or the length needed
 *	when the firmware's status is INVALID_LEN
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0; -EPROTO when the firmware claims to have written more than it was
 *	allowed to; otherwise as for psp_snp_status().
 */
int psp_get_id(struct psp *psp, void *id, u32 *len, u32 *status)
{
	struct psp_fwpage *cmd, *out;
	int err;

	lockdep_assert_held(&psp->lock);

	err = psp_ready(psp, SNP_FW_GET_ID, status);
	if (err)
		return err;
	cmd = psp_fwpage_alloc_read(psp);
	if (IS_ERR(cmd))
		return PTR_ERR(cmd);
	out = psp_fwpage_alloc(psp);
	if (IS_ERR(out)) {
		err = PTR_ERR(out);
		goto free_cmd;
	}
	err = get_id_pages(psp, cmd, out, id, len, status);
	psp_fwpage_free(psp, out);
free_cmd:
	psp_fwpage_free(psp, cmd);
	return err;
}

/* What a command may have changed is asked for again; the command has done its work. */
static int refresh(struct psp *psp)
{
	struct snp_fw_snp_status st;

	return psp_snp_status(psp, &st, NULL);
}

/**
 * psp_snp_commit() - SNP_COMMIT: no way back to older firmware from here on
 * @psp: the AMD-SP
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_cmd().
 */
int psp_snp_commit(struct psp *psp, u32 *status)
{
	const struct snp_fw_commit buf = { .length = sizeof(buf) };
	int err;

	err = psp_cmd(psp, SNP_FW_SNP_COMMIT, &buf, sizeof(buf), status);
	if (err)
		return err;
	err = refresh(psp);
	spin_lock(&psp->versions_lock);
	psp->versions.committed_known = !err;
	psp->versions.committed_tcb = psp->versions.snp.current_tcb;
	spin_unlock(&psp->versions_lock);
	return 0;
}

/**
 * psp_snp_config() - SNP_CONFIG: reported TCB, what reports mask
 * @psp: the AMD-SP
 * @config: the command's buffer
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_cmd().
 */
int psp_snp_config(struct psp *psp, const struct snp_fw_config *config, u32 *status)
{
	int err;

	err = psp_cmd(psp, SNP_FW_SNP_CONFIG, config, sizeof(*config), status);
	if (!err)
		refresh(psp);
	return err;
}

/**
 * psp_vlek_load() - SNP_VLEK_LOAD
 * @psp: the AMD-SP
 * @stick: the wrapped key
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_cmd().
 */
int psp_vlek_load(struct psp *psp, const struct snp_vlek_hashstick *stick, u32 *status)
{
	u8 *copy = psp->cmdbuf + STICK_OFFSET;
	const struct snp_fw_vlek_load buf = {
		.length = sizeof(buf),
		.wrapped_version = SNP_VLEK_WRAPPED_VERSION,
		.wrapped_paddr = __sme_pa(copy),
	};
	int err;

	lockdep_assert_held(&psp->lock);

	err = psp_alive(psp, SNP_FW_SNP_VLEK_LOAD);
	if (err)
		return err;
	/* This page outlives a firmware that goes silent over it. */
	memcpy(copy, stick, sizeof(*stick));
	err = psp_cmd(psp, SNP_FW_SNP_VLEK_LOAD, &buf, sizeof(buf), status);
	if (psp->death.dead)
		return err;
	memzero_explicit(copy, sizeof(*stick));
	if (!err)
		refresh(psp);
	return err;
}

/**
 * psp_download_firmware() - SNP_DOWNLOAD_FIRMWARE_EX, not committed
 * @psp: the AMD-SP
 * @image: the firmware image
 * @len: its length in bytes
 * @status: firmware status, as for psp_cmd_at()
 *
 * The new firmware runs at once and goes away with SNP_COMMIT not done.
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -ENOMEM, -EINVAL for an image of more than 2 MiB, otherwise as for
 *	psp_cmd().
 */
int psp_download_firmware(struct psp *psp, const void *image, u32 len, u32 *status)
{
	struct snp_fw_download_ex buf = { .length = sizeof(buf), .fw_len = len };
	size_t size = PAGE_ALIGN(len);
	void *copy;
	int err;

	lockdep_assert_held(&psp->lock);

	err = psp_alive(psp, SNP_FW_SNP_DOWNLOAD_FIRMWARE_EX);
	if (err)
		return err;
	if (!len || len > SZ_2M)
		return -EINVAL;
	copy = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, image, len);
	buf.fw_paddr = __sme_pa(copy);
	err = psp_cmd(psp, SNP_FW_SNP_DOWNLOAD_FIRMWARE_EX, &buf, sizeof(buf), status);
	if (psp->death.dead) {
		psp_quarantine_pages(psp, PHYS_PFN(__pa(copy)), size / PAGE_SIZE,
				     "firmware image of an AMD-SP that has been given up");
		return err;
	}
	if (!err) {
		psp->restore_required = false;
		refresh(psp);
	}
	free_pages_exact(copy, size);
	return err;
}
