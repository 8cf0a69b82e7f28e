// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who handles #VC: the kernel (vc=off), or this module for kernel code
 * (vc=takeover).  arch-x86/vc does it; this is the switch and the counters.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": vc: " fmt

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <arch-x86/vc/vc.h>

#include "secrets.h"
#include "vc.h"

static char *vc = "off";
module_param(vc, charp, 0444);
MODULE_PARM_DESC(vc, "who handles #VC of kernel code: off (default), the kernel; takeover, this module");

static struct snp_cpuid_page *vc_cpuid;

static ssize_t vc_handled_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vc_counts counts;

	vc_count(&counts);
	return sysfs_emit(buf, "%llu\n", counts.handled);
}
static DEVICE_ATTR_RO(vc_handled);

static ssize_t vc_passed_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vc_counts counts;

	vc_count(&counts);
	return sysfs_emit(buf, "%llu\n", counts.passed);
}
static DEVICE_ATTR_RO(vc_passed);

static struct attribute *vc_attrs[] = {
	&dev_attr_vc_handled.attr,
	&dev_attr_vc_passed.attr,
	NULL,
};

static const struct attribute_group vc_group = {
	.attrs = vc_attrs,
};

/**
 * vc_start() - do what the module parameter says
 * @dev: where the counters appear
 *
 * Context: process context, after ghcb_init().
 * Return: 0 or a negative errno; the reason is in the log.
 */
int vc_start(struct device *dev)
{
	int rc;

	if (sysfs_streq(vc, "off"))
		return 0;
	if (!sysfs_streq(vc, "takeover")) {
		pr_err("vc is \"%s\", \"off\" or \"takeover\" is needed\n", vc);
		return -EINVAL;
	}
	vc_cpuid = kvzalloc(sizeof(*vc_cpuid), GFP_KERNEL);
	if (!vc_cpuid)
		return -ENOMEM;
	rc = secrets_copy_cpuid(vc_cpuid);
	if (rc)
		goto err_free;
	rc = vc_takeover(vc_cpuid);
	if (rc)
		goto err_free;
	rc = sysfs_create_group(&dev->kobj, &vc_group);
	if (rc)
		goto err_give_back;
	pr_info("vector 29 is taken over\n");
	return 0;

err_give_back:
	vc_give_back();
err_free:
	kvfree(vc_cpuid);
	vc_cpuid = NULL;
	return rc;
}

/**
 * vc_stop() - the end of vc_start()
 * @dev: as given there
 *
 * Context: process context.
 */
void vc_stop(struct device *dev)
{
	struct vc_counts counts;

	if (!vc_cpuid)
		return;
	sysfs_remove_group(&dev->kobj, &vc_group);
	vc_count(&counts);
	vc_give_back();
	kvfree(vc_cpuid);
	vc_cpuid = NULL;
	pr_info("vector 29 is the kernel's again; %llu handled, %llu passed on\n",
		counts.handled, counts.passed);
}
