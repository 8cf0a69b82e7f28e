// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator can read about SNP: group "snp" of the PCI function.
 * Documentation/ABI/testing/sysfs-snp_host has the words.
 *
 * No file runs a command: they show what the firmware said last, so that
 * reading them never waits for it.
 */
#include <linux/pci.h>
#include <linux/sysfs.h>

#include <asm/processor.h>

#include "advisory.h"
#include "psp.h"
#include "quarantine.h"
#include "record.h"

static struct psp *to_psp(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static bool is_dead(struct psp *psp)
{
	/* Pairs with the release in the mailbox: the text is there. */
	return smp_load_acquire(&psp->death.dead);
}

/* Bringing it up failed half-way, or taking it down, and the firmware still has it up. */
static bool is_stuck(struct psp *psp)
{
	return READ_ONCE(psp->snp_up) && !READ_ONCE(psp->rmp_open);
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct psp *psp = to_psp(dev);

	if (is_dead(psp))
		return sysfs_emit(buf, "dead\n");
	if (is_stuck(psp))
		return sysfs_emit(buf, "stuck\n");
	return sysfs_emit(buf, "%s\n", READ_ONCE(psp->snp_up) ? "up" : "down");
}
static DEVICE_ATTR_RO(state);

static ssize_t api_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct psp_versions v = psp_versions(to_psp(dev));

	return sysfs_emit(buf, "%u.%u.%u\n", v.snp.api_major, v.snp.api_minor, v.snp.build_id);
}
static DEVICE_ATTR_RO(api_version);

static ssize_t bootloader_version_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	const u32 v = to_psp(dev)->bootloader;

	return sysfs_emit(buf, "%02x.%02x.%02x.%02x\n", v >> 24, v >> 16 & 0xff, v >> 8 & 0xff,
			  v & 0xff);
}
static DEVICE_ATTR_RO(bootloader_version);

static ssize_t tcb_current_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#018llx\n", psp_versions(to_psp(dev)).snp.current_tcb);
}
static DEVICE_ATTR_RO(tcb_current);

static ssize_t tcb_reported_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#018llx\n", psp_versions(to_psp(dev)).snp.reported_tcb);
}
static DEVICE_ATTR_RO(tcb_reported);

static ssize_t tcb_committed_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct psp_versions v = psp_versions(to_psp(dev));

	if (!v.committed_known)
		return sysfs_emit(buf, "unknown\n");
	return sysfs_emit(buf, "%#018llx\n", v.committed_tcb);
}
static DEVICE_ATTR_RO(tcb_committed);

/* The launch TCB of a guest is the TCB that was current when it was launched. */
static ssize_t tcb_launch_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return tcb_current_show(dev, attr, buf);
}
static DEVICE_ATTR_RO(tcb_launch);

static ssize_t guests_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", psp_versions(to_psp(dev)).snp.guest_count);
}
static DEVICE_ATTR_RO(guests);

static int emit_cause(struct psp *psp, char *buf)
{
	const struct psp_death *d = &psp->death;

	if (is_dead(psp))
		return sysfs_emit(buf,
				  "AMD-SP given up at %ptTs at command %s (%#x): %s; CmdResp %#010x CmdBuf %#llx; only a reboot helps\n",
				  &d->when, psp_cmd_name(d->cmd), d->cmd, d->why, d->cmdresp,
				  d->extra);
	if (psp->reason[0])
		return sysfs_emit(buf, "SNP is %s: %s\n", is_stuck(psp) ? "stuck" : "not up",
				  psp->reason);
	return sysfs_emit(buf, "ok\n");
}

static int emit_cachewarp(enum psp_product p, u64 tcb, char *buf, int at)
{
	const struct advisory_levels l = cachewarp_levels(p);

	at += sysfs_emit_at(buf, at, "CacheWarp (AMD-SB-3005): %s: ",
			    advisory_name(cachewarp_state(p, tcb)));
	if (!l.high)
		return at + sysfs_emit_at(buf, at, "no level known for this processor\n");
	at += sysfs_emit_at(buf, at, "microcode level %#llx, fixed from %#x",
			    FIELD_GET(TCB_MILAN_MICROCODE, tcb), l.high);
	if (l.low != l.high)
		at += l.low ? sysfs_emit_at(buf, at, " or %#x", l.low) :
			      sysfs_emit_at(buf, at, ", or not affected");
	return at + sysfs_emit_at(buf, at, " (%s)\n", ADVISORY_SOURCE);
}

static int emit_badram(enum psp_product p, u64 tcb, bool checked, char *buf, int at)
{
	const struct advisory_levels l = badram_levels(p);

	at += sysfs_emit_at(buf, at, "BadRAM (AMD-SB-3015): %s: ALIAS_CHECK_COMPLETE %u, ",
			    advisory_name(badram_state(p, tcb, checked)), checked);
	if (!l.high)
		return at + sysfs_emit_at(buf, at, "no level known for this processor\n");
	at += sysfs_emit_at(buf, at, "SNP firmware level %#llx, fixed from %#x",
			    FIELD_GET(TCB_MILAN_SNP, tcb), l.high);
	if (l.low != l.high)
		at += sysfs_emit_at(buf, at, " or %#x", l.low);
	return at + sysfs_emit_at(buf, at, " (%s)\n", ADVISORY_SOURCE);
}

static ssize_t health_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	static const char untold[] = "unknown: the firmware has not told its TCB";
	struct psp *psp = to_psp(dev);
	const struct psp_versions v = psp_versions(psp);
	enum psp_product p = psp_product(boot_cpu_data.x86, boot_cpu_data.x86_model,
					 boot_cpu_data.x86_stepping);
	int at = emit_cause(psp, buf);

	if (!v.known)
		return at + sysfs_emit_at(buf, at, "CacheWarp (AMD-SB-3005): %s\n"
					  "BadRAM (AMD-SB-3015): %s\n", untold, untold);
	at = emit_cachewarp(p, v.snp.current_tcb, buf, at);
	return emit_badram(p, v.snp.current_tcb, v.snp.init_flags & SNP_STATUS_ALIAS_CHECK, buf,
			   at);
}
static DEVICE_ATTR_RO(health);

static ssize_t quarantined_pages_show(struct device *dev, struct device_attribute *attr,
				      char *buf)
{
	return sysfs_emit(buf, "%lu\n", psp_nr_quarantined());
}
static DEVICE_ATTR_RO(quarantined_pages);

static ssize_t commands_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", psp_record_counters(to_psp(dev)->record).nr);
}
static DEVICE_ATTR_RO(commands);

static ssize_t command_errors_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", psp_record_counters(to_psp(dev)->record).nr_errors);
}
static DEVICE_ATTR_RO(command_errors);

static ssize_t lost_interrupts_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", psp_record_counters(to_psp(dev)->record).nr_lost_irqs);
}
static DEVICE_ATTR_RO(lost_interrupts);

static struct attribute *snp_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_api_version.attr,
	&dev_attr_bootloader_version.attr,
	&dev_attr_tcb_current.attr,
	&dev_attr_tcb_reported.attr,
	&dev_attr_tcb_committed.attr,
	&dev_attr_tcb_launch.attr,
	&dev_attr_guests.attr,
	&dev_attr_health.attr,
	&dev_attr_quarantined_pages.attr,
	&dev_attr_commands.attr,
	&dev_attr_command_errors.attr,
	&dev_attr_lost_interrupts.attr,
	NULL
};

/* What the firmware has to have said first. */
static bool needs_versions(const struct attribute *attr)
{
	return attr == &dev_attr_api_version.attr || attr == &dev_attr_tcb_current.attr ||
	       attr == &dev_attr_tcb_reported.attr || attr == &dev_attr_tcb_committed.attr ||
	       attr == &dev_attr_tcb_launch.attr || attr == &dev_attr_guests.attr;
}

static umode_t snp_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	struct psp *psp = to_psp(kobj_to_dev(kobj));

	return needs_versions(attr) && !psp_versions(psp).known ? 0 : attr->mode;
}

static const struct attribute_group snp_group = {
	.name = "snp",
	.attrs = snp_attrs,
	.is_visible = snp_visible,
};

const struct attribute_group *psp_groups[] = { &snp_group, NULL };
