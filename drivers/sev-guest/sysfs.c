// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of the platform device: the VMPCKs, messages, page conversions.
 * Described in Documentation/ABI/sysfs-snp_guest.
 */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include <arch-x86/pagestate/convert.h>

#include "guest.h"
#include "inkernel.h"

static struct msg_channel *sysfs_channel(struct device *dev)
{
	struct guest *guest = dev_get_drvdata(dev);

	return &guest->channel;
}

static ssize_t vmpck_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(sysfs_channel(dev)->vmpck));
}

static ssize_t vmpck_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t len)
{
	unsigned int vmpck;
	int rc;

	rc = kstrtouint(buf, 10, &vmpck);
	if (rc)
		return rc;
	rc = inkernel_select(vmpck);
	return rc ?: len;
}
static DEVICE_ATTR_RW(vmpck);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct msg_channel *ch = sysfs_channel(dev);
	const char *retired = msg_retired(ch, READ_ONCE(ch->vmpck));

	if (retired)
		return sysfs_emit(buf, "retired: %s\n", retired);
	return sysfs_emit(buf, "ready\n");
}
static DEVICE_ATTR_RO(state);

static ssize_t vmpcks_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct msg_channel *ch = sysfs_channel(dev);
	unsigned int i, used = READ_ONCE(ch->vmpck);
	const char *retired;
	ssize_t at = 0;

	for (i = 0; i < SNP_NR_VMPCK; i++) {
		retired = msg_retired(ch, i);
		if (retired)
			at += sysfs_emit_at(buf, at, "%u retired: %s\n", i, retired);
		else
			at += sysfs_emit_at(buf, at, "%u %s\n", i, i == used ? "used" :
					    msg_key_empty(ch, i) ? "empty" : "available");
	}
	return at;
}
static DEVICE_ATTR_RO(vmpcks);

static ssize_t messages_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(sysfs_channel(dev)->messages));
}
static DEVICE_ATTR_RO(messages);

static ssize_t throttled_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(sysfs_channel(dev)->throttled));
}
static DEVICE_ATTR_RO(throttled);

static ssize_t spoilt_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(sysfs_channel(dev)->spoilt));
}
static DEVICE_ATTR_RO(spoilt);

static ssize_t pending_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(sysfs_channel(dev)->pending));
}
static DEVICE_ATTR_RO(pending);

static struct attribute *sysfs_attrs[] = {
	&dev_attr_vmpck.attr,
	&dev_attr_state.attr,
	&dev_attr_vmpcks.attr,
	&dev_attr_messages.attr,
	&dev_attr_throttled.attr,
	&dev_attr_spoilt.attr,
	&dev_attr_pending.attr,
	NULL,
};

static const struct attribute_group sysfs_group = {
	.attrs = sysfs_attrs,
};

static ssize_t shared_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct snp_guest_convert_stats stats;
	s64 shared;

	pagestate_totals(&stats, &shared);
	return sysfs_emit(buf, "%lld\n", shared);
}
static DEVICE_ATTR_RO(shared);

#define SYSFS_TOTAL(_name, _member) \
static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
{ \
	struct snp_guest_convert_stats stats; \
	s64 shared; \
\
	pagestate_totals(&stats, &shared); \
	return sysfs_emit(buf, "%llu\n", stats._member); \
} \
static DEVICE_ATTR_RO(_name)

SYSFS_TOTAL(lost, lost_pages);
SYSFS_TOTAL(exits, exits);
SYSFS_TOTAL(resumed, resumed);
SYSFS_TOTAL(entries_2m, entries_2m);
SYSFS_TOTAL(entries_4k, entries_4k);
SYSFS_TOTAL(pvalidates_2m, pvalidates_2m);
SYSFS_TOTAL(pvalidates_4k, pvalidates_4k);
SYSFS_TOTAL(size_mismatches, size_mismatches);

static struct attribute *sysfs_page_attrs[] = {
	&dev_attr_shared.attr,
	&dev_attr_lost.attr,
	&dev_attr_exits.attr,
	&dev_attr_resumed.attr,
	&dev_attr_entries_2m.attr,
	&dev_attr_entries_4k.attr,
	&dev_attr_pvalidates_2m.attr,
	&dev_attr_pvalidates_4k.attr,
	&dev_attr_size_mismatches.attr,
	NULL,
};

static const struct attribute_group sysfs_page_group = {
	.name = "pages",
	.attrs = sysfs_page_attrs,
};

const struct attribute_group *guest_groups[] = {
	&sysfs_group,
	&sysfs_page_group,
	NULL,
};
