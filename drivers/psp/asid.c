// SPDX-License-Identifier: GPL-2.0-only
/*
 * ASIDs of SNP guests: how many there are, and the flush that makes used ones
 * usable again.  SNP firmware ABI (AMD 56860), SNP_DF_FLUSH; AMD64 APM volume 3
 * (24594), CPUID 8000_001F.
 */
#include <linux/sched.h>

#include <asm/smp.h>
#include <compat/cpuid.h>

#include "asid.h"
#include "psp.h"

#define CPUID_SEV		0x8000001f
#define CPUID_SEV_EAX_RMPREAD	BIT(21)

/**
 * psp_asid_max() - the highest ASID that an SNP guest can have
 *
 * Return: the ASID; 0 when there is none, see asids_max().
 */
u32 psp_asid_max(void)
{
	u32 eax, ebx, ecx, edx;

	cpuid(CPUID_SEV, &eax, &ebx, &ecx, &edx);
	return asids_max(ecx, edx, !(eax & CPUID_SEV_EAX_RMPREAD));
}

/**
 * psp_asid_flush() - make ASIDs that guests have left usable again
 * @psp: the AMD-SP
 * @a: the ASIDs
 * @status: firmware status, as for psp_cmd_at()
 *
 * No guest is decommissioned between the two steps, since that takes the same
 * lock.
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_cmd_at().
 */
int psp_asid_flush(struct psp *psp, struct psp_asids *a, u32 *status)
{
	int err;

	lockdep_assert_held(&psp->lock);

	wbinvd_on_all_cpus();
	err = psp_cmd(psp, SNP_FW_SNP_DF_FLUSH, NULL, 0, status);
	if (!err)
		asids_flushed(a);
	return err;
}

/**
 * psp_asid_alloc() - get an ASID
 * @psp: the AMD-SP
 * @a: the ASIDs
 * @asid: result
 * @status: firmware status, as for psp_cmd_at()
 *
 * Flushes only when there is no other way, because that stops the machine for a
 * while.
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0; -ENOSPC when guests have all of them; otherwise as for
 *	psp_cmd_at().
 */
int psp_asid_alloc(struct psp *psp, struct psp_asids *a, u32 *asid, u32 *status)
{
	int err;

	lockdep_assert_held(&psp->lock);

	err = asids_take(a, asid);
	if (err == -EAGAIN) {
		err = psp_asid_flush(psp, a, status);
		if (err)
			return err;
		err = asids_take(a, asid);
	}
	return err == -EBUSY ? -ENOSPC : err;
}
