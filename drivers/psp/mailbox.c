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
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/mem_encrypt.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include "cmdresp.h"
#include "psp.h"
#include "quarantine.h"

/* How often a wait for the interrupt looks at the register itself. */
#define IRQ_CHECK_MS		250
/* An interrupt that has not arrived this long after bit 31 is lost. */
#define IRQ_LATE_MS		20
#define POLL_FIRST_US		20
#define POLL_MAX_US		5000

static int set_timeout(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 3600);
}

static const struct kernel_param_ops timeout_ops = {
	.set = set_timeout,
	.get = param_get_uint,
};

static unsigned int probe_timeout_s = 5;
module_param_cb(probe_timeout_s, &timeout_ops, &probe_timeout_s, 0644);
MODULE_PARM_DESC(probe_timeout_s,
		 "seconds to wait until the first command has been answered (1 to 3600, default 5)");

static unsigned int cmd_timeout_s = 100;
module_param_cb(cmd_timeout_s, &timeout_ops, &cmd_timeout_s, 0644);
MODULE_PARM_DESC(cmd_timeout_s,
		 "seconds to wait for any later command (1 to 3600, default 100)");

static bool poll_mailbox;
module_param_named(poll, poll_mailbox, bool, 0444);
MODULE_PARM_DESC(poll, "poll for completion instead of using an interrupt (default no)");

static u32 reg_read(struct psp *psp, u32 offset)
{
	return ioread32(psp->regs + offset);
}

static void reg_write(struct psp *psp, u32 offset, u32 value)
{
	iowrite32(value, psp->regs + offset);
}

__printf(3, 4)
static void mark_dead(struct psp *psp, unsigned int cmd, const char *fmt, ...)
{
	va_list args;

	lockdep_assert_held(&psp->lock);

	va_start(args, fmt);
	vscnprintf(psp->death.why, sizeof(psp->death.why), fmt, args);
	va_end(args);
	psp->death.cmd = cmd;
	psp->death.when = ktime_get_real_seconds();
	/* Readers of sysfs take no lock: the text first, then the flag. */
	smp_store_release(&psp->death.dead, true);
	dev_err(&psp->pdev->dev, "AMD-SP given up at command %s (%#x): %s; only a reboot helps\n",
		psp_cmd_name(cmd), cmd, psp->death.why);
}

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
	u32 status = reg_read(psp, psp->reg->int_status);

	if (!status || status == U32_MAX)
		return IRQ_NONE;
	reg_write(psp, psp->reg->int_status, status);

	if (status & SNP_PSP_INT_CMD_DONE &&
	    cmdresp_decode(reg_read(psp, psp->reg->cmdresp)).kind == CMDRESP_DONE)
		complete(&psp->done);
	return IRQ_HANDLED;
}

static int wait_polled(struct psp *psp, unsigned long deadline, struct cmdresp *r)
{
	unsigned int us = POLL_FIRST_US;
	bool late;

	for (;;) {
		late = time_after(jiffies, deadline);
		*r = cmdresp_decode(reg_read(psp, psp->reg->cmdresp));
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
		*r = cmdresp_decode(reg_read(psp, psp->reg->cmdresp));
		if (r->kind == CMDRESP_GONE)
			return 0;
		if (r->kind == CMDRESP_DONE) {
			if (signalled || wait_for_completion_timeout(&psp->done, late_irq))
				return 0;
			dev_warn(&psp->pdev->dev,
				 "command ended without an interrupt; polling from here on\n");
			psp->polled = true;
			return 0;
		}
		if (late)
			return -ETIMEDOUT;
	}
}

static unsigned int timeout_s(struct psp *psp)
{
	return READ_ONCE(*(psp->answered ? &cmd_timeout_s : &probe_timeout_s));
}

/*
 * Bit 31 has to be set before a command may be submitted, except after a
 * reset, when the whole register reads 0.  psp_mailbox_init() has waited for
 * that; here it shows that nobody else uses the mailbox.
 */
static int wait_ready(struct psp *psp, unsigned int cmd)
{
	u32 reg = reg_read(psp, psp->reg->cmdresp);
	struct cmdresp r = cmdresp_decode(reg);

	if (r.kind == CMDRESP_DONE || (!reg && !psp->answered))
		return 0;
	if (r.kind == CMDRESP_GONE) {
		mark_dead(psp, cmd, "register access blocked (CmdResp reads 0xffffffff)");
		return -ENODEV;
	}
	mark_dead(psp, cmd, "mailbox in use by somebody else, command %s (CmdResp %#010x)",
		  psp_cmd_name(r.cmd), reg);
	return -ETIMEDOUT;
}

/* What a module before this one may have left behind. */
static int wait_idle(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	unsigned int limit_s = timeout_s(psp);
	struct cmdresp r;

	if (!reg_read(psp, psp->reg->cmdresp))
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

static int submit(struct psp *psp, unsigned int cmd, u64 paddr, struct cmdresp *r)
{
	unsigned int limit_s = timeout_s(psp);
	unsigned long deadline;
	int err;

	reinit_completion(&psp->done);
	reg_write(psp, psp->reg->cmdbuf_lo, lower_32_bits(paddr));
	reg_write(psp, psp->reg->cmdbuf_hi, upper_32_bits(paddr));
	reg_write(psp, psp->reg->cmdresp, cmdresp_encode(cmd, !psp->polled));

	deadline = jiffies + limit_s * HZ;
	err = psp->polled ? wait_polled(psp, deadline, r) : wait_irq(psp, deadline, r);
	if (err) {
		mark_dead(psp, cmd, "no answer within %u s (CmdResp %#010x)", limit_s,
			  reg_read(psp, psp->reg->cmdresp));
		return err;
	}
	if (r->kind == CMDRESP_GONE) {
		mark_dead(psp, cmd, "register access blocked (CmdResp reads 0xffffffff)");
		return -ENODEV;
	}
	psp->answered = true;
	return 0;
}

/**
 * psp_alive() - does the AMD-SP still take commands
 * @psp: the AMD-SP
 * @cmd: the command that is to be run, for the log
 *
 * To be asked before a page is prepared for a command, too.
 *
 * Context: @psp->lock held.
 * Return: 0, or -EBUSY when it has been given up.
 */
int psp_alive(struct psp *psp, enum snp_fw_cmd cmd)
{
	lockdep_assert_held(&psp->lock);

	if (!psp->death.dead)
		return 0;
	dev_err_ratelimited(&psp->pdev->dev,
			    "command %s refused: AMD-SP given up at command %s: %s\n",
			    psp_cmd_name(cmd), psp_cmd_name(psp->death.cmd), psp->death.why);
	return -EBUSY;
}

/**
 * psp_cmd_at() - run a command whose buffer the caller has prepared
 * @psp: the AMD-SP
 * @cmd: command number
 * @paddr: system physical address of the command buffer, C-bit included when
 *	memory encryption is on; it must not cross a 4 KiB page.  0: none.
 * @status: firmware status; 0 after a time-out, untouched when no command was
 *	submitted.  May be NULL.
 *
 * Context: may sleep for the whole time-out; @psp->lock held.
 * Return: 0; -EIO when the firmware answered with an error status; -ETIMEDOUT;
 *	-EBUSY when the AMD-SP has been given up before; -ENODEV when its
 *	registers cannot be read.
 */
int psp_cmd_at(struct psp *psp, enum snp_fw_cmd cmd, u64 paddr, u32 *status)
{
	struct device *dev = &psp->pdev->dev;
	struct cmdresp r = { };
	int err;

	err = psp_alive(psp, cmd);
	if (err)
		return err;
	err = wait_ready(psp, cmd);
	if (err)
		return err;

	err = submit(psp, cmd, paddr, &r);
	if (status)
		*status = r.status;
	if (err)
		return err;

	if (!cmdresp_echo_ok(&r, cmd))
		dev_warn_once(dev, "command %s (%#x) was answered with command number %#x\n",
			      psp_cmd_name(cmd), cmd, r.cmd);
	if (r.status == SNP_FW_SUCCESS)
		return 0;

	dev_dbg(dev, "command %s (%#x): status %s (%#x), buffer registers %#x %#x\n",
		psp_cmd_name(cmd), cmd, snp_fw_status_name(r.status), r.status,
		reg_read(psp, psp->reg->cmdbuf_hi), reg_read(psp, psp->reg->cmdbuf_lo));
	if (r.status == SNP_FW_HWERROR_UNSAFE)
		mark_dead(psp, cmd, "status HWERROR_UNSAFE: memory in its use stays unsafe");
	return -EIO;
}

/**
 * psp_cmd() - run a command that does not write back into its buffer
 * @psp: the AMD-SP
 * @cmd: command number
 * @buf: command buffer; may be on the stack, since it is copied.  NULL: none.
 * @len: its length in bytes, at most a page
 * @status: as for psp_cmd_at()
 *
 * Context: may sleep for the whole time-out; @psp->lock held.
 * Return: as for psp_cmd_at().
 */
int psp_cmd(struct psp *psp, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status)
{
	lockdep_assert_held(&psp->lock);

	if (!buf)
		return psp_cmd_at(psp, cmd, 0, status);
	if (WARN_ON_ONCE(len > PAGE_SIZE))
		return -EINVAL;
	/* After a time-out the firmware may be reading this page. */
	if (!psp->death.dead)
		memcpy(psp->cmdbuf, buf, len);
	return psp_cmd_at(psp, cmd, __sme_pa(psp->cmdbuf), status);
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
	u32 feature = reg_read(psp, psp->reg->feature);
	int err;

	if (feature == U32_MAX)
		return dev_err_probe(dev, -ENODEV,
				     "feature register reads 0xffffffff: register access is blocked; check the BIOS\n");
	if (!(feature & SNP_PSP_FEATURE_SEV))
		return dev_err_probe(dev, -ENODEV,
				     "feature register %#x lacks SEV (bit 0); enable SEV in the BIOS\n",
				     feature);

	err = wait_idle(psp);
	if (err)
		return err;

	psp->cmdbuf = (void *)get_zeroed_page(GFP_KERNEL);
	if (!psp->cmdbuf)
		return -ENOMEM;
	psp->cmdbuf_lost = psp_lost_alloc(PHYS_PFN(__pa(psp->cmdbuf)));
	if (!psp->cmdbuf_lost) {
		err = -ENOMEM;
		goto free_cmdbuf;
	}

	reg_write(psp, psp->reg->int_enable, 0);
	reg_write(psp, psp->reg->int_status, U32_MAX);

	psp->polled = poll_mailbox || psp->irq < 0;
	if (psp->polled) {
		psp->irq = -1;
		dev_info(dev, "mailbox is polled\n");
		return 0;
	}

	err = request_irq(psp->irq, psp_mailbox_irq, 0, KBUILD_MODNAME, psp);
	if (err) {
		dev_err_probe(dev, err, "interrupt %d cannot be had\n", psp->irq);
		goto free_lost;
	}
	reg_write(psp, psp->reg->int_enable, U32_MAX);
	return 0;

free_lost:
	psp_lost_free(psp->cmdbuf_lost);
free_cmdbuf:
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
		reg_write(psp, psp->reg->int_enable, 0);
		free_irq(psp->irq, psp);
	}
	if (psp->death.dead) {
		psp_quarantine(psp, psp->cmdbuf_lost, PHYS_PFN(__pa(psp->cmdbuf)), 1,
			       "command buffer of an AMD-SP that has been given up");
		return;
	}
	psp_lost_free(psp->cmdbuf_lost);
	free_page((unsigned long)psp->cmdbuf);
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

	psp->answered = false;
	if (psp->irq < 0)
		return;
	reg_write(psp, psp->reg->int_status, U32_MAX);
	reg_write(psp, psp->reg->int_enable, U32_MAX);
}
