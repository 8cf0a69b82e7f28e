// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bringing SNP up and down.  SNP firmware ABI (AMD 56860), SNP_INIT_EX,
 * SNP_SHUTDOWN_EX and the chapter on the RMP.
 *
 *   ask the firmware - hold CPUs - check MSRs - map RMP - zero the RMP, set
 *   MFDM, SNPEn - WBINVD - SNP_INIT_EX - WBINVD - SNP_DF_FLUSH - ask again
 *
 * and back.  SYSCFG.SNPEn stays set after a shutdown: only a reset clears it.
 * Whoever finds it set takes the RMP over as it is, and never writes to it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ioport.h>
#include <linux/mem_encrypt.h>
#include <linux/pci.h>
#include <linux/sched.h>

#include <asm/smp.h>

#include "psp.h"
#include "quarantine.h"

#define MAX_RANGES	((PAGE_SIZE - sizeof(struct snp_fw_range_list)) / \
			 sizeof(struct snp_fw_range))

static int add_hv_fixed(struct resource *res, void *arg)
{
	u64 first = PHYS_PFN(res->start), end = PHYS_PFN(res->end) + 1;
	struct snp_fw_range_list *list = arg;
	struct snp_fw_range *r;
	u64 n;

	/* nr_pages has 32 bits. */
	for (; first < end; first += n) {
		if (list->nr_ranges == MAX_RANGES)
			return -E2BIG;
		n = min_t(u64, end - first, U32_MAX);
		r = &list->range[list->nr_ranges++];
		r->base = first << PAGE_SHIFT;
		r->nr_pages = n;
	}
	return 0;
}

/*
 * Memory that the BIOS, ACPI or SMM writes to at any time has to stay
 * writable: the firmware makes it HV-Fixed.
 */
static int list_hv_fixed(struct snp_fw_range_list *list)
{
	static const unsigned long descs[] = {
		IORES_DESC_ACPI_TABLES, IORES_DESC_ACPI_NV_STORAGE, IORES_DESC_RESERVED,
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(descs); i++) {
		err = walk_iomem_res_desc(descs[i], IORESOURCE_MEM, 0, -1, list, add_hv_fixed);
		/* -EINVAL: no such resource. */
		if (err && err != -EINVAL)
			return err;
	}
	return 0;
}

static const char *init_hint(u32 status)
{
	switch (status) {
	case SNP_FW_INVALID_CONFIG:
		return "check that the IOMMU is on and supports SNP (BIOS, dmesg)";
	case SNP_FW_INVALID_PLATFORM_STATE:
		return "SEV or SNP runs already: unload what started it, or reboot";
	case SNP_FW_INVALID_ADDRESS:
	case SNP_FW_RMP_INITIALIZATION_FAILED:
		return "check the RMP's place and size in the BIOS";
	}
	return "update BIOS and SEV firmware";
}

static int init_ex(struct psp *psp)
{
	struct snp_fw_init_ex cmd = { .flags = SNP_INIT_EX_INIT_RMP };
	struct snp_fw_range_list *list;
	struct psp_fwpage *page;
	u32 status = 0;
	int err;

	page = psp_fwpage_alloc(psp);
	if (IS_ERR(page))
		return PTR_ERR(page);

	list = psp_fwpage_va(page);
	err = list_hv_fixed(list);
	if (err) {
		err = psp_refuse(psp, "reserved memory ranges", "a list that fits a page",
				 "none: report this machine's /proc/iomem",
				 "more than %zu (%d)", MAX_RANGES, err);
		goto free;
	}
	if (list->nr_ranges) {
		cmd.flags |= SNP_INIT_EX_LIST_PADDR_EN;
		cmd.list_paddr = psp_fwpage_paddr(page);
	}

	/* From now on for a panic, and for good when there is no answer: then nobody knows. */
	WRITE_ONCE(psp->snp_up, true);
	err = psp_cmd(psp, SNP_FW_SNP_INIT_EX, &cmd, sizeof(cmd), &status);
	if (err == -EIO) {
		WRITE_ONCE(psp->snp_up, false);
		err = psp_refuse(psp, "SNP_INIT_EX", "SUCCESS", init_hint(status), "%s (%#x)",
				 snp_fw_status_name(status), status);
	}
free:
	psp_fwpage_free(psp, page);
	return err;
}

static int df_flush(struct psp *psp)
{
	u32 status = 0;
	int err;

	err = psp_cmd(psp, SNP_FW_SNP_DF_FLUSH, NULL, 0, &status);
	if (err == -EIO)
		return psp_refuse(psp, "SNP_DF_FLUSH", "SUCCESS", "update the SEV firmware",
				  "%s (%#x)", snp_fw_status_name(status), status);
	return err;
}

static int shutdown_ex(struct psp *psp, u32 *status)
{
	const struct snp_fw_shutdown_ex cmd = {
		.len = sizeof(cmd),
		.flags = SNP_SHUTDOWN_EX_IOMMU,
	};

	return psp_cmd(psp, SNP_FW_SNP_SHUTDOWN_EX, &cmd, sizeof(cmd), status);
}

/**
 * struct sweep - the search for pages in Reclaim state
 * @psp: the AMD-SP
 * @nr_back: pages that are the host's again
 * @nr_lost: pages that are not, and that nobody has quarantined before
 */
struct sweep {
	struct psp *psp;
	unsigned long nr_back;
	unsigned long nr_lost;
};

static void sweep_lost(struct sweep *s, u64 pfn, unsigned int nr_pages)
{
	for (; nr_pages; nr_pages--, pfn++) {
		if (psp_is_quarantined(pfn))
			continue;
		s->nr_lost++;
		psp_quarantine_pages(s->psp, pfn, 1, "left in Reclaim state by SNP_SHUTDOWN_EX");
	}
}

static int sweep_range(struct resource *res, void *arg)
{
	u64 pfn = PHYS_PFN(res->start), end = PHYS_PFN(res->end) + 1;
	const u64 block = SZ_2M / PAGE_SIZE;
	struct sweep *s = arg;
	struct rmp_entry e;

	for (; pfn < end; pfn++) {
		if (!(pfn % 4096))
			cond_resched();
		if (rmp_lookup(&s->psp->rmp, pfn, &e) || rmp_entry_state(&e) != SNP_STATE_RECLAIM)
			continue;
		if (e.size_2m && rmp_split_2m(round_down(pfn, block))) {
			sweep_lost(s, pfn, round_down(pfn, block) + block - pfn);
			pfn |= block - 1;
			continue;
		}
		if (rmp_to_shared(pfn, false))
			sweep_lost(s, pfn, 1);
		else
			s->nr_back++;
	}
	return 0;
}

/*
 * With the IOMMU bit of SNP_SHUTDOWN_EX the firmware lets go of the IOMMU's
 * log and completion buffers, and leaves them in Reclaim state, where the
 * kernel's next write to one would fault.  So all of RAM is searched for that
 * state.  Of ours a quarantined page may be found in it, and stays quarantined.
 */
static struct sweep sweep_reclaim_pages(struct psp *psp)
{
	struct sweep s = { .psp = psp };

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
			    0, -1, &s, sweep_range);
	return s;
}

static void firmware_down(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	struct sweep s;
	u32 status = 0;
	unsigned int n;
	int err;

	if (psp->death.dead) {
		dev_err(dev, "SNP stays up in the firmware: the AMD-SP has been given up (%s)\n",
			psp->death.why);
		return;
	}

	wbinvd_on_all_cpus();
	err = shutdown_ex(psp, &status);
	if (err == -EIO && status == SNP_FW_DFFLUSH_REQUIRED) {
		err = psp_cmd(psp, SNP_FW_SNP_DF_FLUSH, NULL, 0, &status);
		if (!err)
			err = shutdown_ex(psp, &status);
	}
	for (n = 0; err == -EIO && status == SNP_FW_SHUTDOWN_INCOMPLETE &&
	     n < PSP_SHUTDOWN_REPEATS; n++)
		err = shutdown_ex(psp, &status);
	if (err) {
		dev_err(dev, "SNP stays up in the firmware: SNP_SHUTDOWN_EX: %s (%d); reboot before SNP is used again\n",
			err == -EIO ? snp_fw_status_name(status) : "no answer", err);
		return;
	}
	s = sweep_reclaim_pages(psp);
	WRITE_ONCE(psp->snp_up, false);
	dev_info(dev, "SNP shut down, %lu pages given back; SYSCFG.SNPEn stays set until reset\n",
		 s.nr_back);
	if (s.nr_lost)
		dev_err(dev, "SNP shut down, but %lu pages stay in Reclaim state: a write to them faults; reboot\n",
			s.nr_lost);
}

static int bring_up(struct psp *psp, bool adopted, struct snp_fw_snp_status *st)
{
	int err;

	err = psp_cpus_enable(psp, adopted);
	if (err)
		return err;

	wbinvd_on_all_cpus();
	err = init_ex(psp);
	if (err)
		return err;

	wbinvd_on_all_cpus();
	err = df_flush(psp);
	if (err)
		goto down;

	/* Also proves that a page gets to the firmware and back. */
	err = psp_snp_status(psp, st, NULL);
	if (err)
		goto down;
	return 0;

down:
	firmware_down(psp);
	return err;
}

/* What a gate has not put into better words. */
static void say_error(struct psp *psp, int err)
{
	const char *hint = "";

	if (psp->death.dead)
		hint = psp->death.why;
	else if (err == -EBUSY || err == -EFAULT)
		hint = "a page for the firmware was not to be had, or stays with it; see the log";
	scnprintf(psp->reason, sizeof(psp->reason), "error %d%s%s", err,
		  psp->death.dead ? ", AMD-SP given up: " : *hint ? ": " : "", hint);
	dev_err(&psp->pdev->dev, "SNP is not brought up: %s\n", psp->reason);
}

/* Readers of the table scan all of it: they hold up its end, but no command. */
static void rmp_set_open(struct psp *psp, bool open)
{
	down_write(&psp->rmp_lock);
	psp->rmp_open = open;
	up_write(&psp->rmp_lock);
}

/**
 * psp_snp_init() - bring SNP up
 * @psp: the AMD-SP
 *
 * On failure nothing stays half done except what only a reset undoes, and
 * @psp->reason says why.
 *
 * Context: may sleep, for as long as the firmware takes.
 * Return: 0; -EOPNOTSUPP when a gate failed; otherwise the error of the
 *	mailbox or of memory allocation.
 */
int psp_snp_init(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	struct snp_fw_snp_status st;
	bool adopted = false;
	int err;

	mutex_lock(&psp->lock);
	psp->reason[0] = '\0';

	err = psp_gate_kernel(psp);
	if (!err)
		err = psp_gate_cpu(psp);
	if (err)
		goto unlock;
	err = psp_gate_firmware(psp);
	if (err)
		goto unlock;
	err = psp_cpus_hold(psp);
	if (err)
		goto unlock;
	err = psp_cpus_check(psp, &adopted);
	if (err)
		goto release;
	err = psp_gate_prepared(psp, adopted);
	if (err)
		goto release;
	err = psp_gate_rmp(psp);
	if (err)
		goto release;
	err = bring_up(psp, adopted, &st);
	if (err)
		goto unmap;
	/* Without it CPU hotplug just stays off. */
	psp_cpus_watch(psp);
	rmp_set_open(psp, true);

	dev_info(dev, "SNP is up: API %u.%u build %u, RMP at %#llx%s%s\n",
		 st.api_major, st.api_minor, st.build_id,
		 psp->rmp.layout.base, psp->rmp.layout.segmented ? " (segmented)" : "",
		 adopted ? ", SNPEn was set already" : "");
	mutex_unlock(&psp->lock);
	return 0;

unmap:
	/* A failed way back leaves SNP up: then the rest has to stay as well. */
	if (psp->snp_up)
		goto unlock;
	rmp_unmap(&psp->rmp);
release:
	psp_cpus_release(psp);
unlock:
	if (!psp->reason[0])
		say_error(psp, err);
	mutex_unlock(&psp->lock);
	return err;
}

/**
 * psp_snp_shutdown() - take SNP down and give everything back that is safe
 * @psp: the AMD-SP; SNP may be down already
 *
 * Pages that the firmware may still own stay quarantined; while it may still
 * run SNP, CPU hotplug stays off, and the RMP mapped for a panic that tries again.
 *
 * Context: may sleep, for as long as the firmware takes.
 */
void psp_snp_shutdown(struct psp *psp)
{
	mutex_lock(&psp->lock);
	if (psp->snp_up) {
		psp_cpus_unwatch(psp);
		firmware_down(psp);
	}
	rmp_set_open(psp, false);
	if (psp->snp_up) {
		dev_warn(&psp->pdev->dev, "CPU hotplug stays off until reboot\n");
	} else {
		rmp_unmap(&psp->rmp);
		psp_cpus_release(psp);
	}
	mutex_unlock(&psp->lock);
}

/**
 * psp_snp_exit() - forget what describes SNP, be it up or not
 * @psp: the AMD-SP, after psp_snp_shutdown() and psp_panic_unregister()
 *
 * Context: may sleep.
 */
void psp_snp_exit(struct psp *psp)
{
	rmp_unmap(&psp->rmp);
}

/* Those that this driver does not know of would refuse the shutdown, too. */
static int refuse_sleep(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	struct snp_fw_snp_status st;
	int err;

	err = psp_snp_status(psp, &st, NULL);
	if (err) {
		dev_err(dev, "no suspend: the firmware does not say how many guests there are (%d)\n",
			err);
		return -EBUSY;
	}
	if (st.guest_count) {
		dev_err(dev, "no suspend while there are SNP guests (%u); end them first\n",
			st.guest_count);
		return -EBUSY;
	}
	return 0;
}

/**
 * psp_snp_suspend() - take SNP down for a sleep of the system
 * @psp: the AMD-SP; @psp->resume_snp says afterwards whether SNP was up
 *
 * psp_snp_init() brings it up again: SYSCFG.SNPEn and the RMP may or may not
 * survive the sleep, and it copes with both.
 *
 * Context: may sleep, for as long as the firmware takes.
 * Return: 0; -EBUSY while guests exist, or when SNP does not go down: it is up
 *	as before then.
 */
int psp_snp_suspend(struct psp *psp)
{
	int err = 0;

	mutex_lock(&psp->lock);
	psp->resume_snp = psp->snp_up;
	if (!psp->snp_up)
		goto stop;
	err = refuse_sleep(psp);
	if (err)
		goto unlock;

	psp_cpus_unwatch(psp);
	firmware_down(psp);
	if (psp->snp_up) {
		psp_cpus_watch(psp);
		err = -EBUSY;
		goto unlock;
	}
	rmp_set_open(psp, false);
	rmp_unmap(&psp->rmp);
	psp_cpus_release(psp);
	scnprintf(psp->reason, sizeof(psp->reason), "the system sleeps");
stop:
	/* An upload of firmware runs in a thread that is not frozen. */
	psp->stopped = true;
unlock:
	mutex_unlock(&psp->lock);
	return err;
}
