// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware commands with typed arguments: what each one's buffer and output
 * page need before, and what has to be undone after.  SEV API (AMD 55766),
 * SNP firmware ABI (AMD 56860).
 */
#include <linux/pci.h>
#include <linux/string.h>

#include "psp.h"

/*
 * Run a command on an output page and copy what the firmware wrote.  With
 * @is_buffer the page is the command buffer itself, otherwise the command
 * buffer holds its address.  The copy is taken after the page has come back:
 * before that the firmware may still change it.
 */
static int run_with_output(struct psp *psp, enum snp_fw_cmd cmd, bool is_buffer,
			   void *out, size_t len, u32 *status)
{
	struct snp_fw_addr addr;
	struct psp_fwpage *page;
	int err, reclaimed;

	lockdep_assert_held(&psp->lock);
	memset(out, 0, len);

	err = psp_alive(psp, cmd);
	if (err)
		return err;
	page = psp_fwpage_alloc(psp);
	if (IS_ERR(page))
		return PTR_ERR(page);

	addr.paddr = psp_fwpage_paddr(page);
	if (is_buffer)
		err = psp_cmd_at(psp, cmd, addr.paddr, status);
	else
		err = psp_cmd(psp, cmd, &addr, sizeof(addr), status);

	reclaimed = psp_fwpage_reclaim(psp, page);
	if (!err && !reclaimed)
		memcpy(out, psp_fwpage_va(page), len);
	psp_fwpage_free(psp, page);
	return err ? err : reclaimed;
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
	return run_with_output(psp, SNP_FW_PLATFORM_STATUS, true, st, sizeof(*st), status);
}

/**
 * psp_snp_status() - SNP_PLATFORM_STATUS
 * @psp: the AMD-SP
 * @st: result; zero on failure
 * @status: firmware status, as for psp_cmd_at()
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -ENOMEM, what psp_fwpage_reclaim() returns when the page does not
 *	come back, otherwise as for psp_cmd_at().
 */
int psp_snp_status(struct psp *psp, struct snp_fw_snp_status *st, u32 *status)
{
	return run_with_output(psp, SNP_FW_SNP_PLATFORM_STATUS, false, st, sizeof(*st), status);
}
