// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP in every CPU: what the BIOS must have set, what this module sets, and
 * that no CPU comes up without it.  AMD64 APM volume 2 (24593) 15.36; SNP
 * firmware ABI (AMD 56860), conditions of SNP_INIT_EX.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <asm/smp.h>
#include <compat/msr.h>

#include "psp.h"

#define SYSCFG_SNP		(SNP_SYSCFG_SNP_EN | SNP_SYSCFG_VMPL_EN)

/**
 * struct cpu_view - the MSRs of one CPU that decide about SNP
 * @syscfg: SYSCFG
 * @hwcr: HWCR
 * @hsave: VM_HSAVE_PA
 * @efer: EFER
 * @rmp: RMP_BASE, RMP_END, RMP_CFG
 * @err: an MSR could not be read
 */
struct cpu_view {
	u64 syscfg;
	u64 hwcr;
	u64 hsave;
	u64 efer;
	struct rmp_msrs rmp;
	int err;
};

static void read_view(void *arg)
{
	struct cpu_view *v = (struct cpu_view *)arg + smp_processor_id();

	v->err = rdmsrq_safe(SNP_MSR_SYSCFG, &v->syscfg) |
		 rdmsrq_safe(SNP_MSR_HWCR, &v->hwcr) |
		 rdmsrq_safe(SNP_MSR_VM_HSAVE_PA, &v->hsave) |
		 rdmsrq_safe(MSR_EFER, &v->efer);
	rmp_read_msrs(&v->rmp);
}

static struct cpu_view *read_views(void)
{
	struct cpu_view *views = kcalloc(nr_cpu_ids, sizeof(*views), GFP_KERNEL);

	if (views)
		on_each_cpu(read_view, views, 1);
	return views;
}

/**
 * psp_cpus_hold() - from here on no CPU comes online or goes offline
 * @psp: the AMD-SP
 *
 * While SNP is brought up or down.  In between psp_cpus_watch() looks after
 * each one.
 *
 * Context: may sleep.
 * Return: 0, or -EOPNOTSUPP when a present CPU is offline.
 */
int psp_cpus_hold(struct psp *psp)
{
	unsigned int online, present;

	cpu_hotplug_disable();
	psp->cpus_held = true;

	online = num_online_cpus();
	present = num_present_cpus();
	if (online == present)
		return 0;
	psp_cpus_release(psp);
	return psp_refuse(psp, "online CPUs", "all present CPUs online",
			  "bring them online (/sys/devices/system/cpu), boot without nosmt or maxcpus=",
			  "%u of %u", online, present);
}

/**
 * psp_cpus_release() - undo psp_cpus_hold()
 * @psp: the AMD-SP
 *
 * Context: may sleep.
 */
void psp_cpus_release(struct psp *psp)
{
	if (psp->cpus_held)
		cpu_hotplug_enable();
	psp->cpus_held = false;
}

/* The CPU that the others are compared with, for those that come later. */
static struct cpu_view reference;
static struct psp *watched;
static int watch_state;

/* On the CPU that comes online. */
static int cpu_comes(unsigned int cpu)
{
	const u64 bits = SYSCFG_SNP | SNP_SYSCFG_MFDM;
	struct device *dev = &watched->pdev->dev;
	struct rmp_msrs rmp = { };
	u64 syscfg, hwcr;

	rmp_read_msrs(&rmp);
	if (rdmsrq_safe(SNP_MSR_SYSCFG, &syscfg) || rdmsrq_safe(SNP_MSR_HWCR, &hwcr) ||
	    !(syscfg & SNP_SYSCFG_MEM_ENCRYPT) || !(hwcr & SNP_HWCR_SMMLOCK) ||
	    memcmp(&rmp, &reference.rmp, sizeof(rmp))) {
		dev_err(dev, "CPU %u stays offline: its SYSCFG, HWCR or RMP registers are not set up for SNP; update the BIOS\n",
			cpu);
		return -EOPNOTSUPP;
	}
	/* The order is that of psp_cpus_enable(). */
	wrmsrq_safe(SNP_MSR_SYSCFG, syscfg | SNP_SYSCFG_MFDM);
	wrmsrq_safe(SNP_MSR_SYSCFG, syscfg | bits);
	if (rdmsrq_safe(SNP_MSR_SYSCFG, &syscfg) || ~syscfg & bits) {
		dev_err(dev, "CPU %u stays offline: SYSCFG %#llx does not take SNPEn, VMPLEn, MFDM\n",
			cpu, syscfg);
		return -EOPNOTSUPP;
	}
	dev_info(dev, "CPU %u is set up for SNP\n", cpu);
	return 0;
}

/*
 * An ASID can be used again, and SNP be shut down, only after each core has
 * executed WBINVD; one that is offline cannot.
 */
static int cpu_goes(unsigned int cpu)
{
	dev_err(&watched->pdev->dev,
		"CPU %u stays online while SNP is up; unload snp_host first\n", cpu);
	return -EBUSY;
}

/**
 * psp_cpus_watch() - SNP is up: set up CPUs that come, keep those that are here
 * @psp: the AMD-SP, CPU hotplug held off; it is let go
 *
 * A CPU without SYSCFG.SNPEn could write to the RMP and to guest memory: it is
 * set up before it runs tasks, or does not come online.  A CPU that is online
 * stays; writing to its "online" file answers EBUSY.
 *
 * Context: may sleep.
 * Return: 0 or what cpuhp_setup_state() returns; CPU hotplug stays off then.
 */
int psp_cpus_watch(struct psp *psp)
{
	int state;

	watched = psp;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "snp_host:online", cpu_comes,
					  cpu_goes);
	if (state < 0) {
		dev_warn(&psp->pdev->dev, "CPU hotplug stays off while SNP is up (%d)\n", state);
		return state;
	}
	watch_state = state;
	psp_cpus_release(psp);
	return 0;
}

/**
 * psp_cpus_unwatch() - SNP goes down: undo psp_cpus_watch()
 * @psp: the AMD-SP; CPU hotplug is held off afterwards
 *
 * Context: may sleep.
 */
void psp_cpus_unwatch(struct psp *psp)
{
	if (psp->cpus_held)
		return;
	cpu_hotplug_disable();
	psp->cpus_held = true;
	cpuhp_remove_state_nocalls(watch_state);
}

static int refuse_svme(struct psp *psp, unsigned int cpu)
{
	return psp_refuse(psp, "EFER", "SVME (bit 12) clear: no hypervisor running yet",
			  "unload kvm_amd, load it again afterwards", "SVME set on CPU %u", cpu);
}

static int check_view(struct psp *psp, unsigned int cpu, const struct cpu_view *v,
		      const struct cpu_view *first)
{
	if (v->err)
		return psp_refuse(psp, "MSRs SYSCFG, HWCR, VM_HSAVE_PA, EFER", "readable",
				  "none: this is not a processor with SNP",
				  "a fault on CPU %u", cpu);
	if (!(v->syscfg & SNP_SYSCFG_MEM_ENCRYPT))
		return psp_refuse(psp, "SYSCFG", "MemEncryptionModEn (bit 23) set",
				  "enable SMEE (memory encryption) in the BIOS",
				  "%#llx on CPU %u", v->syscfg, cpu);
	if (!(v->hwcr & SNP_HWCR_SMMLOCK))
		return psp_refuse(psp, "HWCR", "SmmLock (bit 0) set", "update the BIOS",
				  "%#llx on CPU %u", v->hwcr, cpu);
	if (v->efer & EFER_SVME)
		return refuse_svme(psp, cpu);
	if (memcmp(&v->rmp, &first->rmp, sizeof(v->rmp)))
		return psp_refuse(psp, "RMP_BASE, RMP_END, RMP_CFG", "equal on all CPUs",
				  "update the BIOS",
				  "%#llx %#llx %#llx on CPU %u, other values on another",
				  v->rmp.base, v->rmp.end, v->rmp.cfg, cpu);
	if ((v->syscfg ^ first->syscfg) & (SYSCFG_SNP | SNP_SYSCFG_MFDM))
		return psp_refuse(psp, "SYSCFG", "the same SNPEn, VMPLEn, MFDM on all CPUs",
				  "reboot", "%#llx on CPU %u, another value on another",
				  v->syscfg, cpu);
	if (v->syscfg & SNP_SYSCFG_SNP_EN &&
	    (~v->syscfg & (SNP_SYSCFG_VMPL_EN | SNP_SYSCFG_MFDM)))
		return psp_refuse(psp, "SYSCFG with SNPEn set already", "VMPLEn and MFDM set too",
				  "reboot", "%#llx on CPU %u", v->syscfg, cpu);
	return 0;
}

/**
 * psp_cpus_check() - do the MSRs of every CPU permit SNP
 * @psp: the AMD-SP
 * @enabled: set to whether SYSCFG.SNPEn is set already, on all of them
 *
 * Context: may sleep; CPU hotplug held off.
 * Return: 0, -EOPNOTSUPP, -ENOMEM.
 */
int psp_cpus_check(struct psp *psp, bool *enabled)
{
	unsigned int cpu, first = cpumask_first(cpu_online_mask);
	struct cpu_view *views = read_views();
	int err = 0;

	if (!views)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		err = check_view(psp, cpu, &views[cpu], &views[first]);
		if (err)
			break;
	}
	reference = views[first];
	*enabled = reference.syscfg & SNP_SYSCFG_SNP_EN;
	kfree(views);
	return err;
}

static void set_syscfg(void *arg)
{
	u64 bits = *(const u64 *)arg, value;

	if (!rdmsrq_safe(SNP_MSR_SYSCFG, &value))
		wrmsrq_safe(SNP_MSR_SYSCFG, value | bits);
}

/*
 * A hypervisor may have been loaded since psp_cpus_check(): its save area is not
 * taken away from under VMRUN.
 */
static void clear_hsave(void *refused_by)
{
	u64 efer;

	if (rdmsrq_safe(MSR_EFER, &efer) || efer & EFER_SVME)
		atomic_set(refused_by, smp_processor_id());
	else
		wrmsrq_safe(SNP_MSR_VM_HSAVE_PA, 0);
}

/**
 * psp_cpus_enable() - SNPEn set and VM_HSAVE_PA 0 on every CPU
 * @psp: the AMD-SP, with the RMP mapped
 * @enabled: SNPEn is set already: the RMP is in force and must not be touched
 *
 * VM_HSAVE_PA comes first, because a hypervisor that has just been loaded can
 * still be told from an idle machine then.  One that comes later is noticed at the
 * end: SNPEn stays set then, and the next bind adopts it.  Of the rest MFDM comes first on all
 * CPUs, then SNPEn and VMPLEn on all; the RMP is zeroed before either, since
 * nobody may write to it afterwards.  Only a reset clears SNPEn again, so all
 * that can be checked is checked before this.
 *
 * Context: may sleep; CPU hotplug held off.
 * Return: 0; -EOPNOTSUPP when a CPU does not take the bits, or a hypervisor has
 *	been loaded meanwhile; -ENOMEM.
 */
int psp_cpus_enable(struct psp *psp, bool enabled)
{
	u64 mfdm = SNP_SYSCFG_MFDM, snp = SYSCFG_SNP;
	atomic_t refused_by = ATOMIC_INIT(-1);
	struct cpu_view *views;
	unsigned int cpu;
	int err = 0;

	on_each_cpu(clear_hsave, &refused_by, 1);
	if (atomic_read(&refused_by) >= 0)
		return refuse_svme(psp, atomic_read(&refused_by));

	if (!enabled) {
		rmp_clear(&psp->rmp);
		wbinvd_on_all_cpus();
		on_each_cpu(set_syscfg, &mfdm, 1);
		on_each_cpu(set_syscfg, &snp, 1);
	}

	views = read_views();
	if (!views)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		if (views[cpu].efer & EFER_SVME) {
			err = refuse_svme(psp, cpu);
			break;
		}
		if (!(~views[cpu].syscfg & (SYSCFG_SNP | SNP_SYSCFG_MFDM)) && !views[cpu].hsave)
			continue;
		err = psp_refuse(psp, "SYSCFG and VM_HSAVE_PA after set-up",
				 "MFDM, SNPEn and VMPLEn set, VM_HSAVE_PA 0", "reboot",
				 "%#llx %#llx on CPU %u", views[cpu].syscfg, views[cpu].hsave, cpu);
		break;
	}
	kfree(views);
	return err;
}
