// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AMD-SP mailbox: one command at a time through three registers.  SEV API
 * (AMD 55766) and SNP firmware ABI (AMD 56860), mailbox chapters.
 *
 * A command that gets no answer in time leaves the firmware in an unknown
 * state: it may still read the command buffer and write to output pages.  So
 * the AMD-SP is then given up for good, with the reason kept, and nothing that
 * it may still touch is freed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/mem_encrypt.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "mailbox.h"
#include "quarantine.h"
#include "record.h"
#include "trace.h"

/* How often a wait for the interrupt looks at the register itself. */
#define IRQ_CHECK_MS		250
/* An interrupt that has not arrived this long after bit 31 is lost. */
#define IRQ_LATE_MS		250
#define POLL_FIRST_US		20
#define POLL_MAX_US		5000

static bool poll_mailbox;
module_param_named(poll, poll_mailbox, bool, 0444);
MODULE_PARM_DESC(poll, "poll for completion instead of using an interrupt (default no)");

/**
 * psp_mailbox_irq() - interrupt handler of the function
 * @irq: number
 * @data: struct psp
 *
 * Context: hard interrupt.
 * Return: IRQ_NONE when the function has not raised it.
 */
irqreturn_t psp_mailbox_irq(int irq, void *data)
{
	struct psp *psp = data;
	u32 status = psp_reg_read(psp, psp->reg->int_status);

	if (!status || status == U32_MAX)
		return IRQ_NONE;
	psp_reg_write(psp, psp->reg->int_status, status);

	if (status & SNP_PSP_INT_CMD_DONE &&
	    psp_cmdresp(psp).kind == CMDRESP_DONE)
		complete(&psp->done);
	return IRQ_HANDLED;
}

static int wait_polled(struct psp *psp, unsigned long deadline, struct cmdresp *r)
{
	unsigned int us = POLL_FIRST_US;
	bool late;

	for (;;) {
		late = time_after(jiffies, deadline);
		*r = psp_cmdresp(psp);
		if (r->kind != CMDRESP_BUSY)
			return 0;
		if (late)
			return -ETIMEDOUT;
		usleep_range(us, 2 * us);
		us = min(2 * us, (unsigned int)POLL_MAX_US);
	}
}

static int wait_irq(struct psp *psp, unsigned long deadline, struct cmdresp *r)
{
	const unsigned long late_irq = msecs_to_jiffies(IRQ_LATE_MS);
	bool late, signalled;

	for (;;) {
		late = time_after(jiffies, deadline);
		signalled = wait_for_completion_timeout(&psp->done,
							msecs_to_jiffies(IRQ_CHECK_MS));
		*r = psp_cmdresp(psp);
		if (r->kind == CMDRESP_GONE)
			return 0;
		if (r->kind == CMDRESP_DONE) {
			if (signalled || wait_for_completion_timeout(&psp->done, late_irq))
				return 0;
			dev_warn(&psp->pdev->dev,
				 "command ended without an interrupt; polling from here on\n");
			psp_record_lost_irq(psp->record);
			psp->polled = true;
			return 0;
		}
		if (late)
			return -ETIMEDOUT;
	}
}

/*
 * Bit 31 has to be set before a command may be submitted, except after a
 * reset, when the whole register reads 0.  psp_mailbox_init() has waited for
 * that; here it shows that nobody else uses the mailbox.
 */
static int wait_ready(struct psp *psp, unsigned int cmd)
{
	u32 reg = psp_reg_read(psp, psp->reg->cmdresp);
	struct cmdresp r = cmdresp_decode(reg);

	if (r.kind == CMDRESP_DONE || (!reg && !psp->answered))
		return 0;
	if (r.kind == CMDRESP_GONE) {
		psp_mark_dead(psp, cmd, "register access blocked (CmdResp reads 0xffffffff)");
		return -ENODEV;
	}
	psp_mark_dead(psp, cmd, "mailbox in use by somebody else, command %s (CmdResp %#010x)",
		      psp_cmd_name(r.cmd), reg);
	return -ETIMEDOUT;
}

/* What a module before this one may have left behind. */
static int wait_idle(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	unsigned int limit_s = psp_timeout_s(psp, NULL);
	struct cmdresp r;

	if (!psp_reg_read(psp, psp->reg->cmdresp))
		return 0;
	if (wait_polled(psp, jiffies + limit_s * HZ, &r))
		return dev_err_probe(dev, -ETIMEDOUT,
				     "mailbox still busy after %u s with command %s (%#x) from before; only a reboot helps\n",
				     limit_s, psp_cmd_name(r.cmd), r.cmd);
	if (r.kind == CMDRESP_GONE)
		return dev_err_probe(dev, -ENODEV,
				     "CmdResp reads 0xffffffff: register access is blocked\n");
	return 0;
}

static int submit(struct psp *psp, const struct psp_cmd_info *info, u64 paddr,
		  struct cmdresp *r)
{
	unsigned int limit_s = psp_timeout_s(psp, info), cmd = info->cmd;
	unsigned long deadline;
	int err;

	reinit_completion(&psp->done);
	psp_ring(psp, cmd, paddr, !psp->polled);

	deadline = jiffies + limit_s * HZ;
	err = psp->polled ? wait_polled(psp, deadline, r) : wait_irq(psp, deadline, r);
	if (err) {
		psp_mark_dead(psp, cmd, "no answer within %u s", limit_s);
		return err;
	}
	if (r->kind == CMDRESP_GONE) {
		psp_mark_dead(psp, cmd, "register access blocked (CmdResp reads 0xffffffff)");
		return -ENODEV;
	}
	psp->answered = true;
	return r->status == SNP_FW_SUCCESS ? 0 : -EIO;
}

/* One command, counted and traced. */
static int run(struct psp *psp, const struct psp_cmd_info *info, u64 paddr, u32 *status)
{
	struct psp_cmd_end end = { .cmd = info->cmd, .start_ns = ktime_get_ns() };
	struct device *dev = &psp->pdev->dev;
	unsigned int cmd = info->cmd;
	struct cmdresp r = { };
	u64 extra = 0;
	int err;

	err = wait_ready(psp, cmd);
	if (err)
		return err;

	trace_psp_cmd_begin(cmd, paddr);
	err = submit(psp, info, paddr, &r);
	end.ns = ktime_get_ns() - end.start_ns;
	if (err == -EIO)
		extra = psp_extra(psp);
	/* What was written there is not the firmware's word. */
	if (extra == paddr)
		extra = 0;
	trace_psp_cmd_end(cmd, err, r.status, extra, end.ns);
	end.ret = err;
	end.status = r.status;
	end.extra_lo = lower_32_bits(extra);
	end.extra_hi = upper_32_bits(extra);
	psp_record_add(psp->record, info, &end);

	if (status)
		*status = r.status;
	if (err && err != -EIO)
		return err;
	if (!cmdresp_echo_ok(&r, cmd))
		dev_warn_once(dev, "command %s (%#x) was answered with command number %#x\n",
			      psp_cmd_name(cmd), cmd, r.cmd);
	if (!err)
		return 0;

	dev_dbg(dev, "command %s (%#x): status %s (%#x)\n", psp_cmd_name(cmd), cmd,
		snp_fw_status_name(r.status), r.status);
	if (extra)
		dev_warn_ratelimited(dev, "command %s: status %s, error words %#x %#x\n",
				     psp_cmd_name(cmd), snp_fw_status_name(r.status),
				     end.extra_hi, end.extra_lo);
	if (r.status == SNP_FW_RESTORE_REQUIRED)
		psp->restore_required = true;
	if (r.status == SNP_FW_HWERROR_UNSAFE)
		psp_mark_dead(psp, cmd, "status HWERROR_UNSAFE: memory in its use stays unsafe");
	return err;
}

/*
 * What leaves this module must be well formed: a buffer that is not is our
 * defect, or that of a caller in the kernel, and the firmware does not see it.
 */
static int refuse_buffer(struct psp *psp, unsigned int cmd, const char *why)
{
	dev_err_ratelimited(&psp->pdev->dev, "command %s (%#x) not sent: %s\n",
			    psp_cmd_name(cmd), cmd, why);
	return -EINVAL;
}

/**
 * psp_cmd_at() - run a command that writes back into its buffer
 * @psp: the AMD-SP
 * @cmd: command number
 * @paddr: system physical address of the command buffer, C-bit included when
 *	memory encryption is on; the start of a page, in Firmware state once SNP
 *	is up
 * @status: firmware status; 0 after a time-out, untouched when no command was
 *	submitted.  May be NULL.
 *
 * Context: may sleep for the whole time-out; @psp->lock held.
 * Return: 0; -EIO when the firmware answered with an error status; -ETIMEDOUT;
 *	-EBUSY when the AMD-SP has been given up before; -ENODEV when its
 *	registers cannot be read, or the system sleeps or goes down; -EINVAL for
 *	a command of another kind.
 */
int psp_cmd_at(struct psp *psp, enum snp_fw_cmd cmd, u64 paddr, u32 *status)
{
	const struct psp_cmd_info *info = psp_cmd_info(cmd);
	int err;

	err = psp_alive(psp, cmd);
	if (err)
		return err;
	if (!info || !(info->flags & PSP_CMD_WRITES_BACK))
		return refuse_buffer(psp, cmd, "the command does not write into its buffer");
	if (!paddr || paddr & ~PAGE_MASK)
		return refuse_buffer(psp, cmd, "its buffer is not a page");
	return run(psp, info, paddr, status);
}

/**
 * psp_cmd() - run a command that does not write back into its buffer
 * @psp: the AMD-SP
 * @cmd: command number
 * @buf: command buffer; may be on the stack, since it is copied.  NULL: none.
 * @len: its length in bytes, that of the specification
 * @status: as for psp_cmd_at()
 *
 * The buffer is copied immediately before it is sent.  So SNP_PAGE_RECLAIM may
 * be run while another command is being prepared.
 *
 * Context: may sleep for the whole time-out; @psp->lock held.
 * Return: as for psp_cmd_at(); -EINVAL for a buffer that breaks the rules of
 *	the command's row (cmdtable.c).
 */
int psp_cmd(struct psp *psp, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status)
{
	const struct psp_cmd_info *info = psp_cmd_info(cmd);
	const char *why;
	int err;

	err = psp_alive(psp, cmd);
	if (err)
		return err;
	if (!info)
		return refuse_buffer(psp, cmd, "not in the table of commands");
	if (info->flags & PSP_CMD_WRITES_BACK)
		return refuse_buffer(psp, cmd, "the answer would be lost");
	why = psp_cmdbuf_defect(info, buf, len, sme_me_mask);
	if (why)
		return refuse_buffer(psp, cmd, why);

	if (!len)
		return run(psp, info, 0, status);
	memcpy(psp->cmdbuf, buf, len);
	err = run(psp, info, __sme_pa(psp->cmdbuf), status);
	/* Wrapped keys pass through here. */
	if (!psp->death.dead)
		memzero_explicit(psp->cmdbuf, len);
	return err;
}

/**
 * psp_mailbox_init() - check the registers and get the interrupt going
 * @psp: the AMD-SP, with registers mapped and interrupt vector chosen
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when the function has no SEV mailbox or blocks access;
 *	-ETIMEDOUT when a command from before never ends; -ENOMEM; what
 *	request_irq() returns.
 */
int psp_mailbox_init(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	u32 feature = psp_reg_read(psp, psp->reg->feature);
	int err;

	if (feature == U32_MAX)
		return dev_err_probe(dev, -ENODEV,
				     "feature register reads 0xffffffff: register access is blocked; check the BIOS\n");
	if (!(feature & SNP_PSP_FEATURE_SEV))
		return dev_err_probe(dev, -ENODEV,
				     "feature register %#x lacks SEV (bit 0); enable SEV in the BIOS\n",
				     feature);

	psp->bootloader = psp_reg_read(psp, psp->reg->bootloader);

	err = wait_idle(psp);
	if (err)
		return err;

	psp->cmdbuf = (void *)get_zeroed_page(GFP_KERNEL);
	psp->record = psp_record_new();
	if (psp->cmdbuf)
		psp->cmdbuf_lost = psp_lost_alloc(PHYS_PFN(__pa(psp->cmdbuf)));
	if (!psp->cmdbuf_lost || !psp->record) {
		err = -ENOMEM;
		goto free;
	}

	psp_reg_write(psp, psp->reg->int_enable, 0);
	psp_reg_write(psp, psp->reg->int_status, U32_MAX);

	psp->polled = poll_mailbox || psp->irq < 0;
	if (psp->polled) {
		psp->irq = -1;
		dev_info(dev, "mailbox is polled\n");
		return 0;
	}

	err = request_irq(psp->irq, psp_mailbox_irq, 0, KBUILD_MODNAME, psp);
	if (err) {
		dev_err_probe(dev, err, "interrupt %d cannot be had\n", psp->irq);
		goto free;
	}
	psp_reg_write(psp, psp->reg->int_enable, U32_MAX);
	return 0;

free:
	psp_lost_free(psp->cmdbuf_lost);
	kfree(psp->record);
	free_page((unsigned long)psp->cmdbuf);
	return err;
}

/**
 * psp_mailbox_exit() - undo psp_mailbox_init()
 * @psp: the AMD-SP
 *
 * Context: may sleep; no command under way.
 */
void psp_mailbox_exit(struct psp *psp)
{
	if (psp->irq >= 0) {
		psp_reg_write(psp, psp->reg->int_enable, 0);
		free_irq(psp->irq, psp);
	}
	kfree(psp->record);
	if (psp->death.dead) {
		psp_quarantine(psp, psp->cmdbuf_lost, PHYS_PFN(__pa(psp->cmdbuf)), 1,
			       "command buffer of an AMD-SP that has been given up");
		return;
	}
	psp_lost_free(psp->cmdbuf_lost);
	free_page((unsigned long)psp->cmdbuf);
}

/**
 * psp_mailbox_stop() - the system goes down: no command begins any more
 * @psp: the AMD-SP
 *
 * Firmware upload and others that outlive /dev/sev get -ENODEV.
 *
 * Context: may sleep, until a command under way has ended.
 */
void psp_mailbox_stop(struct psp *psp)
{
	mutex_lock(&psp->lock);
	psp->stopped = true;
	mutex_unlock(&psp->lock);
}

/**
 * psp_mailbox_resume() - go on after a sleep that may have reset the AMD-SP
 * @psp: the AMD-SP
 *
 * A reset leaves CmdResp 0 and interrupts off, as psp_mailbox_init() finds them.
 *
 * Context: may sleep; @psp->lock held.
 */
void psp_mailbox_resume(struct psp *psp)
{
	lockdep_assert_held(&psp->lock);

	psp->stopped = false;
	psp->answered = false;
	psp->restore_required = false;
	if (psp->irq < 0)
		return;
	psp_reg_write(psp, psp->reg->int_status, U32_MAX);
	psp_reg_write(psp, psp->reg->int_enable, U32_MAX);
}
