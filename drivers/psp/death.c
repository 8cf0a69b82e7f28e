// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of the AMD-SP: it may still read and write memory, and takes no more
 * commands.  Neither the SEV API (AMD 55766) nor the SNP firmware ABI (AMD
 * 56860) has a reset that brings the firmware back while the system runs, so
 * this is for good, and what the firmware may touch is never freed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include "mailbox.h"

/**
 * psp_mark_dead() - give the AMD-SP up
 * @psp: the AMD-SP
 * @cmd: the command that it died of
 * @fmt: why, in words
 *
 * Context: @psp->lock held.
 */
void psp_mark_dead(struct psp *psp, unsigned int cmd, const char *fmt, ...)
{
	struct psp_death *d = &psp->death;
	va_list args;

	lockdep_assert_held(&psp->lock);

	va_start(args, fmt);
	vscnprintf(d->why, sizeof(d->why), fmt, args);
	va_end(args);
	d->cmd = cmd;
	d->when = ktime_get_real_seconds();
	d->cmdresp = psp_reg_read(psp, psp->reg->cmdresp);
	d->extra = psp_extra(psp);
	/* Readers of sysfs take no lock: the text first, then the flag. */
	smp_store_release(&d->dead, true);
	dev_err(&psp->pdev->dev,
		"AMD-SP given up at command %s (%#x): %s; CmdResp %#010x CmdBuf %#llx; only a reboot helps\n",
		psp_cmd_name(cmd), cmd, d->why, d->cmdresp, d->extra);
}

/**
 * psp_alive() - does the AMD-SP still take commands
 * @psp: the AMD-SP
 * @cmd: the command that is to be run, for the log
 *
 * Context: @psp->lock held.
 * Return: 0; -EBUSY when it has been given up; -ENODEV when the system sleeps
 *	or goes down.
 */
int psp_alive(struct psp *psp, enum snp_fw_cmd cmd)
{
	lockdep_assert_held(&psp->lock);

	if (psp->stopped)
		return -ENODEV;
	if (!psp->death.dead)
		return 0;
	dev_err_ratelimited(&psp->pdev->dev,
			    "command %s refused: AMD-SP given up at command %s: %s\n",
			    psp_cmd_name(cmd), psp_cmd_name(psp->death.cmd), psp->death.why);
	return -EBUSY;
}

/**
 * psp_ready() - may a page be made the firmware's for a command
 * @psp: the AMD-SP
 * @cmd: the command that is to be run, for the log
 * @status: firmware status, set when no firmware runs
 *
 * Where the page would not come back, it is not given.
 *
 * Context: @psp->lock held.
 * Return: as for psp_alive(); -EIO when no firmware runs, with the status
 *	RESTORE_REQUIRED that the command would have got.
 */
int psp_ready(struct psp *psp, enum snp_fw_cmd cmd, u32 *status)
{
	int err = psp_alive(psp, cmd);

	if (err || !psp->restore_required)
		return err;
	dev_err_ratelimited(&psp->pdev->dev,
			    "command %s refused: no firmware runs; upload the committed image\n",
			    psp_cmd_name(cmd));
	*status = SNP_FW_RESTORE_REQUIRED;
	return -EIO;
}
