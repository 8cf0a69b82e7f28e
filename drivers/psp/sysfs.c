// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator can read about SNP: group "snp" of the PCI function.
 *
 *   state              "up", "down", "dead"
 *   api_version        SNP firmware ABI, "major.minor.build"; absent until known
 *   health             "ok", or why SNP is not up or the AMD-SP is dead
 *   quarantined_pages  pages that the firmware may still own and that are lost
 */
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "psp.h"
#include "quarantine.h"

static struct psp *to_psp(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static bool is_dead(struct psp *psp)
{
	/* Pairs with the release in the mailbox: the text is there. */
	return smp_load_acquire(&psp->death.dead);
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct psp *psp = to_psp(dev);

	if (is_dead(psp))
		return sysfs_emit(buf, "dead\n");
	return sysfs_emit(buf, "%s\n", READ_ONCE(psp->snp_up) ? "up" : "down");
}
static DEVICE_ATTR_RO(state);

static ssize_t api_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct psp *psp = to_psp(dev);

	return sysfs_emit(buf, "%u.%u.%u\n", psp->status.api_major, psp->status.api_minor,
			  psp->status.build_id);
}
static DEVICE_ATTR_RO(api_version);

static ssize_t health_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct psp *psp = to_psp(dev);

	if (is_dead(psp))
		return sysfs_emit(buf, "AMD-SP given up at %ptTs at command %s (%#x): %s\n",
				  &psp->death.when, psp_cmd_name(psp->death.cmd),
				  psp->death.cmd, psp->death.why);
	if (psp->reason[0])
		return sysfs_emit(buf, "SNP is not up: %s\n", psp->reason);
	return sysfs_emit(buf, "ok\n");
}
static DEVICE_ATTR_RO(health);

static ssize_t quarantined_pages_show(struct device *dev, struct device_attribute *attr,
				      char *buf)
{
	return sysfs_emit(buf, "%lu\n", psp_nr_quarantined());
}
static DEVICE_ATTR_RO(quarantined_pages);

static struct attribute *snp_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_api_version.attr,
	&dev_attr_health.attr,
	&dev_attr_quarantined_pages.attr,
	NULL
};

static umode_t snp_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct psp *psp = to_psp(kobj_to_dev(kobj));

	if (attr == &dev_attr_api_version.attr && !psp->status.api_major)
		return 0;
	return attr->mode;
}

static const struct attribute_group snp_group = {
	.name = "snp",
	.attrs = snp_attrs,
	.is_visible = snp_visible,
};

const struct attribute_group *psp_groups[] = { &snp_group, NULL };
