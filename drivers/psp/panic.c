// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP down in a panic: with interrupts off, without locks, by polling.  SNP
 * firmware ABI (AMD 56860), SNP_SHUTDOWN_EX.
 *
 * A crash kernel could not use the IOMMU otherwise, whose buffers belong to the
 * firmware while SNP is up.  The other CPUs have been stopped.  The kernel's stop
 * handlers execute WBINVD, that of the way to a crash kernel only in a kernel that
 * itself hosts SNP; what the firmware says about it is printed.  Whoever held a
 * lock will never let it go, so none is taken, and a command that was under way is
 * waited for.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/mem_encrypt.h>
#include <linux/nmi.h>
#include <linux/panic_notifier.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include <asm/special_insns.h>

#include <arch-x86/insn.h>

#include "mailbox.h"

#define POLL_US			10

/* Interrupts are off: no jiffies, no sleep. */
static int wait_end(struct psp *psp, struct cmdresp *r)
{
	u64 start_ns = ktime_get_mono_fast_ns();
	u64 limit_ns = (u64)psp_panic_timeout_s() * NSEC_PER_SEC;
	bool late;

	for (;;) {
		late = ktime_get_mono_fast_ns() - start_ns > limit_ns;
		*r = psp_cmdresp(psp);
		if (r->kind == CMDRESP_GONE)
			return -ENODEV;
		if (r->kind == CMDRESP_DONE)
			return 0;
		if (late)
			return -ETIMEDOUT;
		touch_nmi_watchdog();
		udelay(POLL_US);
	}
}

/* Without interrupt, whatever the mailbox was doing. */
static int run_atomic(struct psp *psp, unsigned int cmd, u64 paddr, u32 *status)
{
	struct cmdresp r;
	int err;

	err = wait_end(psp, &r);
	if (err)
		return err;
	psp_ring(psp, cmd, paddr, false);
	err = wait_end(psp, &r);
	if (err)
		return err;
	*status = r.status;
	return r.status == SNP_FW_SUCCESS ? 0 : -EIO;
}

static int shutdown_ex(struct psp *psp, u32 *status)
{
	/* The front of the page may hold the buffer of a command under way. */
	struct snp_fw_shutdown_ex *cmd = psp->cmdbuf + PSP_PANIC_BUF;

	cmd->len = sizeof(*cmd);
	cmd->flags = SNP_SHUTDOWN_EX_IOMMU;
	return run_atomic(psp, SNP_FW_SNP_SHUTDOWN_EX, __sme_pa(cmd), status);
}

struct swept {
	unsigned long nr_back;
	unsigned long nr_lost;
	bool late;
};

/* What init.c does in sweep_reclaim_pages(), for one run of entries. */
static void sweep_frames(struct psp *psp, u64 first_pfn, u64 nr_frames, u64 until_ns,
			 struct swept *s)
{
	const struct snp_rmp_state shared = { };
	struct rmp_entry e;
	u64 pfn;

	for (pfn = first_pfn; pfn < first_pfn + nr_frames && !s->late; pfn++) {
		if (!(pfn % 4096)) {
			touch_nmi_watchdog();
			s->late = ktime_get_mono_fast_ns() > until_ns;
		}
		if (rmp_lookup(&psp->rmp, pfn, &e) || rmp_entry_state(&e) != SNP_STATE_RECLAIM)
			continue;
		if (e.size_2m)
			insn_psmash(round_down(pfn, SZ_2M / PAGE_SIZE) << PAGE_SHIFT);
		if (insn_rmpupdate(pfn << PAGE_SHIFT, &shared))
			s->nr_lost++;
		else
			s->nr_back++;
	}
}

/*
 * The kernel's list of RAM has a lock; every frame that has an entry is looked at,
 * as far as the time of one command takes.
 */
static struct swept sweep(struct psp *psp)
{
	const u64 until_ns = ktime_get_mono_fast_ns() +
			     (u64)psp_panic_timeout_s() * NSEC_PER_SEC;
	const struct rmp_table *t = &psp->rmp;
	struct swept s = { };
	u64 first_pfn = 0;
	unsigned int i;

	for (i = 0; i < t->nr_segments; i++) {
		sweep_frames(psp, first_pfn, t->segment[i].seg.nr_frames, until_ns, &s);
		/* In the contiguous form there is only the first. */
		first_pfn += BIT_ULL(t->layout.seg_shift) >> PAGE_SHIFT;
	}
	return s;
}

/* The panic has met a shutdown, and the search for pages after it. */
static bool is_down(struct psp *psp)
{
	struct cmdresp r;

	return !wait_end(psp, &r) && r.cmd == SNP_FW_SNP_SHUTDOWN_EX &&
	       r.status == SNP_FW_SUCCESS;
}

static int take_down(struct psp *psp, u32 *status)
{
	unsigned int n;
	int err;

	if (is_down(psp))
		return 0;
	wbinvd();
	err = shutdown_ex(psp, status);
	if (err == -EIO && *status == SNP_FW_DFFLUSH_REQUIRED) {
		err = run_atomic(psp, SNP_FW_SNP_DF_FLUSH, 0, status);
		if (!err)
			err = shutdown_ex(psp, status);
	}
	for (n = 0; err == -EIO && *status == SNP_FW_SHUTDOWN_INCOMPLETE &&
	     n < PSP_SHUTDOWN_REPEATS; n++)
		err = shutdown_ex(psp, status);
	return err;
}

static int on_panic(struct notifier_block *nb, unsigned long event, void *unused)
{
	struct psp *psp = container_of(nb, struct psp, panic_nb);
	struct swept s;
	u32 status = 0;
	int err;

	if (!READ_ONCE(psp->snp_up) || READ_ONCE(psp->death.dead))
		return NOTIFY_DONE;
	err = take_down(psp, &status);
	if (err) {
		pr_emerg("panic: SNP stays up in the firmware: %s (%d)\n",
			 err == -EIO ? snp_fw_status_name(status) : "no answer", err);
		return NOTIFY_DONE;
	}
	WRITE_ONCE(psp->snp_up, false);
	s = sweep(psp);
	pr_emerg("panic: SNP shut down, %lu pages given back, %lu stay in Reclaim state%s\n",
		 s.nr_back, s.nr_lost,
		 s.late ? "; not all of the RMP was searched in time" : "");
	return NOTIFY_DONE;
}

/**
 * psp_panic_register() - from here on a panic takes SNP down
 * @psp: the AMD-SP
 *
 * With a crash kernel loaded the kernel calls this only when told so
 * (crash_kexec_post_notifiers, which kernels with SNP host support set).
 */
void psp_panic_register(struct psp *psp)
{
	psp->panic_nb.notifier_call = on_panic;
	atomic_notifier_chain_register(&panic_notifier_list, &psp->panic_nb);
}

/**
 * psp_panic_unregister() - undo psp_panic_register()
 * @psp: the AMD-SP
 */
void psp_panic_unregister(struct psp *psp)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &psp->panic_nb);
}
