// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of a secure VM service module, which runs at VMPL0 when this kernel
 * does not (SVSM, 58019; run VMPL request of the GHCB MSR protocol, 56421).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": svsm: " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/percpu.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/coco.h>
#include <asm/msr.h>
#include <asm/pgtable.h>

#include <arch-x86/insn.h>
#include <compat/msr.h>
#include <drivers/sev-guest/trace.h>
#include <snp/ghcb.h>
#include <snp/rmp.h>
#include <snp/svsm.h>

#include "codec.h"
#include "svsm.h"

/**
 * DOC: Borrowed calling area
 *
 * Each CPU has one calling area, a private page, and it is the kernel's.  Its
 * address is what MSR 0xc001f000 reads: a #VC that the kernel answers itself,
 * without the hypervisor.  The area is borrowed for one call at a time:
 *
 * 1. Interrupts are off from reading the MSR to putting the content back.  The
 *    kernel, too, uses the area with interrupts off only, and no NMI uses it.
 * 2. The call is announced in the area's first byte, registers are loaded, the
 *    MSR protocol asks for VMPL0, VMGEXIT.
 * 3. The SVSM clears that byte when it has done the call.  Whatever the
 *    hypervisor answers, and whether or not an NMI has spoilt its answer, this
 *    byte alone says whether the registers are a result.
 * 4. Results are copied out, the content is put back.
 *
 * The hypervisor decides when, and if, the SVSM runs.  A call that it does not
 * let through is tried again a few times and then ends in -EIO; the SVSM has
 * not seen it.
 */

/* Exits without the SVSM having run, in a row. */
#define SVSM_EXIT_TRIES		16
/* How long an SVSM may be busy, or come back with part of its work. */
#define SVSM_PATIENCE_S		60
/* Pause after BUSY, doubled each time up to the longest. */
#define SVSM_PAUSE_US		20
#define SVSM_PAUSE_MAX_US	10000

/* What a list of 510 entries takes is the most. */
#define SVSM_BUFFER_LEN		sizeof_field(struct snp_svsm_ca, buffer)

/* 0: there is none. */
static unsigned int svsm_own_vmpl;
/* Content of a calling area while it is borrowed. */
static struct snp_svsm_ca __percpu *svsm_saved;

/* A page of the kernel's own that nobody can free, and private. */
static bool svsm_is_private(u64 gpa)
{
	unsigned int level;
	pte_t *pte;

	if (!gpa || gpa & ~PAGE_MASK || !pfn_valid(PHYS_PFN(gpa)) ||
	    !PageReserved(pfn_to_page(PHYS_PFN(gpa))))
		return false;
	pte = lookup_address((unsigned long)__va(gpa), &level);
	return pte && pte_present(*pte) && cc_mkdec(pte_val(*pte)) != pte_val(*pte);
}

static u64 svsm_msr_swap(u64 value)
{
	u32 lo, hi;

	native_rdmsr(SNP_MSR_GHCB, lo, hi);
	native_wrmsr(SNP_MSR_GHCB, (u32)value, (u32)(value >> 32));
	return (u64)hi << 32 | lo;
}

/* Interrupts are off.  The calling area of this CPU. */
static int svsm_find(struct snp_svsm_ca **ca, u64 *gpa)
{
	u64 msr;

	lockdep_assert_irqs_disabled();
	if (rdmsrq_safe(SNP_MSR_SVSM_CAA, &msr) || !svsm_is_private(msr)) {
		pr_err_ratelimited("CPU %d: MSR 0x%x does not give the kernel's calling area; use a kernel that supports SVSMs\n",
				   smp_processor_id(), SNP_MSR_SVSM_CAA);
		return -ENODEV;
	}
	*gpa = msr;
	*ca = __va(msr);
	return 0;
}

/* One exit.  True: the SVSM has done the call, and @call has its results. */
static bool svsm_exit_once(struct snp_svsm_ca *ca, struct svsm_call *call, u64 rcx)
{
	struct svsm_call regs = *call;
	u64 msr;

	regs.rcx = rcx;
	WRITE_ONCE(ca->call_pending, 1);
	/* VMPL0: no bit of the request's data is set. */
	msr = svsm_msr_swap(SNP_GHCB_MSR_RUN_VMPL_REQ);
	insn_vmgexit_svsm(&regs.rax, &regs.rcx, &regs.rdx, &regs.r8, &regs.r9);
	svsm_msr_swap(msr);
	if (xchg(&ca->call_pending, 0))
		return false;
	call->rax = regs.rax;
	call->rcx = regs.rcx;
	call->rdx = regs.rdx;
	call->r8 = regs.r8;
	call->r9 = regs.r9;
	return true;
}

/* -EAGAIN: the SVSM did not run. */
static int svsm_call_once(struct svsm_call *call)
{
	const size_t head = offsetof(struct snp_svsm_ca, buffer);
	struct snp_svsm_ca *ca, *saved;
	unsigned long flags;
	u64 gpa;
	int rc;

	local_irq_save(flags);
	rc = svsm_find(&ca, &gpa);
	if (!rc) {
		saved = this_cpu_ptr(svsm_saved);
		memcpy(saved, ca, head + call->len);
		if (call->buf)
			memcpy(ca->buffer, call->buf, call->len);
		if (!svsm_exit_once(ca, call, call->buf ? gpa + head : call->rcx))
			rc = -EAGAIN;
		if (call->buf)
			memcpy(call->buf, ca->buffer, call->len);
		memcpy(ca, saved, head + call->len);
	}
	local_irq_restore(flags);
	return rc;
}

/**
 * svsm_call() - one call of the SVSM
 * @call: request, and the answer when the SVSM has answered
 *
 * Context: process context, any CPU; not from a #VC handler or an NMI.  May
 *	sleep between tries.
 * Return: 0 when the SVSM has answered, and @call->rax is its opinion; -ENODEV
 *	without an SVSM, or without a calling area; -EINVAL for a buffer that is
 *	too long; -EIO when the hypervisor does not let the SVSM run; -EBUSY
 *	when the SVSM does not come to an end within a minute.
 */
int svsm_call(struct svsm_call *call)
{
	const unsigned long end = jiffies + SVSM_PATIENCE_S * HZ;
	const struct svsm_call request = *call;
	unsigned int tries = 0, pause_us = SVSM_PAUSE_US;
	int rc;

	if (!svsm_own_vmpl)
		return -ENODEV;
	if (call->len > (call->buf ? SVSM_BUFFER_LEN : 0))
		return -EINVAL;
	for (;;) {
		rc = svsm_call_once(call);
		trace_snp_guest_svsm(request.rax, rc, call->rax);
		if (rc == -EAGAIN && ++tries < SVSM_EXIT_TRIES)
			continue;
		if (rc == -EAGAIN) {
			pr_err_ratelimited("the hypervisor does not run the SVSM for call 0x%llx\n",
					   request.rax);
			return -EIO;
		}
		if (rc || svsm_verdict(call->rax) != SVSM_AGAIN)
			return rc;
		if (time_after(jiffies, end)) {
			pr_err_ratelimited("the SVSM does not finish call 0x%llx\n",
					   request.rax);
			return -EBUSY;
		}
		if (call->rax == SNP_SVSM_BUSY) {
			usleep_range(pause_us, 2 * pause_us);
			pause_us = min(2 * pause_us, SVSM_PAUSE_MAX_US);
		} else {
			cond_resched();
		}
		tries = 0;
		/* The buffer keeps how far it came. */
		*call = request;
	}
}

/**
 * svsm_query() - does the SVSM have a protocol, in the version known here
 * @protocol: SNP_SVSM_CORE, ...
 *
 * Context: as svsm_call().
 * Return: 0; -EPROTONOSUPPORT when not; or as svsm_call().
 */
int svsm_query(unsigned int protocol)
{
	struct svsm_call call = {
		.rax = SNP_SVSM_CALL(SNP_SVSM_CORE, SNP_SVSM_CORE_QUERY_PROTOCOL),
		.rcx = FIELD_PREP(SNP_SVSM_QUERY_PROTOCOL, (u64)protocol) | SVSM_PROTOCOL_VERSION,
	};
	int rc = svsm_call(&call);

	if (rc)
		return rc;
	return call.rax == SNP_SVSM_SUCCESS && svsm_speaks(call.rcx) ? 0 : -EPROTONOSUPPORT;
}

/**
 * svsm_pvalidate() - have the SVSM validate or rescind pages
 * @list: its entries are made by svsm_pvalidate_entry(); the rest is overwritten
 * @nr: how many entries, 1 to SNP_SVSM_PVALIDATE_MAX
 * @rc: receives 0, or what became of the entry behind those done, as
 *	svsm_pvalidate_error() has it; -ENODATA: the SVSM has not come to it
 * @unsure: receives how many entries behind those done may be done or not; 0:
 *	but for the one to blame, what is behind them is untouched
 *
 * Context: as svsm_call().
 * Return: how many entries are done.
 */
unsigned int svsm_pvalidate(struct snp_svsm_pvalidate *list, unsigned int nr, int *rc,
			    unsigned int *unsure)
{
	struct svsm_call call = {
		.rax = SNP_SVSM_CALL(SNP_SVSM_CORE, SNP_SVSM_CORE_PVALIDATE),
		.buf = list,
		.len = sizeof(*list) + nr * sizeof(list->entry[0]),
	};
	int done;

	list->entries = nr;
	list->next = 0;
	list->reserved = 0;
	*unsure = 0;
	if (svsm_call(&call)) {
		/* The cursor is that of the last INCOMPLETE, or 0. */
		*rc = -ENODATA;
		done = list->next < nr ? (int)list->next : -EIO;
	} else {
		*rc = svsm_pvalidate_error(call.rax);
		done = svsm_pvalidate_done(call.rax, list->next, nr);
	}
	if (done >= 0)
		return done;
	pr_err_ratelimited("the SVSM answers a list of %u with 0x%llx at entry %u\n", nr,
			   call.rax, list->next);
	*rc = -EIO;
	*unsure = nr;
	return 0;
}

/**
 * svsm_vmpl() - the VMPL that this kernel runs at
 *
 * Return: 1 to 3 under an SVSM, 0 without.
 */
unsigned int svsm_vmpl(void)
{
	return svsm_own_vmpl;
}

/**
 * svsm_init() - find the SVSM
 * @vmpl: the VMPL that the secrets page names, 1 to 3
 *
 * Context: process context, once, after ghcb_init().
 * Return: 0 or a negative errno; the reason is in the log.
 */
int svsm_init(unsigned int vmpl)
{
	int rc;

	svsm_saved = alloc_percpu(struct snp_svsm_ca);
	if (!svsm_saved)
		return -ENOMEM;
	svsm_own_vmpl = vmpl;
	rc = svsm_query(SNP_SVSM_CORE);
	if (!rc)
		return 0;
	pr_err("the SVSM above VMPL%u does not answer for its core protocol, version %u (%d); update SVSM or hypervisor\n",
	       vmpl, SVSM_PROTOCOL_VERSION, rc);
	svsm_exit();
	return rc;
}

/**
 * svsm_exit() - the end of svsm_init()
 *
 * Context: process context; no call is running or can start.  Does nothing
 *	when there is no SVSM.
 */
void svsm_exit(void)
{
	if (!svsm_own_vmpl)
		return;
	svsm_own_vmpl = 0;
	free_percpu(svsm_saved);
}
