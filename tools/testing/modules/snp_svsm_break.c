// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks one rule for VMSAs, on purpose: "store" writes to one, "scale" starts
 * a vCPU whose VMSA has another TSC scale than the firmware's, "twice" starts
 * two vCPUs from one.  The platform has to name it; after the latter two there
 * is no machine that could go on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "snp_svsm.h"

static char *rule = "";
module_param(rule, charp, 0);
MODULE_PARM_DESC(rule, "store, scale or twice");

#define NR_PAGES	4

static u64 new_vmsa(const struct snp_vmsa *vmsa, const void *ca)
{
	u64 code = create(vmsa, ca, 1);

	pr_info("%s: new VMSA: %llx\n", rule, code);
	return code;
}

static int store(struct snp_vmsa *vmsa, void *ca)
{
	if (new_vmsa(vmsa, ca))
		return -EIO;
	WRITE_ONCE(vmsa->rip, 0x10);
	return ask(CORE(DELETE_VCPU), __pa(vmsa), 0, 0) ? -EIO : 0;
}

/* The machine ends in here. */
static int start_all(struct snp_vmsa *vmsa, void *ca, unsigned int nr_cpus)
{
	unsigned int cpu;

	for (cpu = 1; cpu <= nr_cpus; cpu++)
		if (remove_cpu(cpu))
			return -EBUSY;
	idle_begin();
	if (new_vmsa(vmsa, ca))
		return -EIO;
	for (cpu = 1; cpu <= nr_cpus; cpu++) {
		pr_info("%s: CPU %u: %x\n", rule, cpu, ap_create(cpu, vmsa, own_vmpl));
		msleep(500);
	}
	msleep(5000);
	return -EIO;
}

static int __init snp_svsm_break_init(void)
{
	u8 *pages = alloc_pages_exact(NR_PAGES * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	struct snp_vmsa *vmsa;
	int rc = -EINVAL;

	if (!pages || !own_vmpl || !call_area())
		return -EINVAL;
	/* Neither may begin 2 MiB. */
	vmsa = (struct snp_vmsa *)(pages + PAGE_SIZE);
	fill_vmsa(vmsa);
	set_cpus_allowed_ptr(current, cpumask_of(0));
	if (!strcmp(rule, "store")) {
		rc = store(vmsa, pages + 2 * PAGE_SIZE);
	} else if (!strcmp(rule, "scale")) {
		vmsa->tsc_scale += vmsa->tsc_scale / 2;
		rc = start_all(vmsa, pages + 2 * PAGE_SIZE, 1);
	} else if (!strcmp(rule, "twice")) {
		rc = start_all(vmsa, pages + 2 * PAGE_SIZE, 2);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	/* After an error the pages may be the SVSM's. */
	if (!rc)
		free_pages_exact(pages, NR_PAGES * PAGE_SIZE);
	return rc;
}

static void __exit snp_svsm_break_exit(void)
{
}

module_init(snp_svsm_break_init);
module_exit(snp_svsm_break_exit);
MODULE_DESCRIPTION("Breaks a rule for VMSAs (test)");
MODULE_LICENSE("GPL");
