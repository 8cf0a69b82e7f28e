// SPDX-License-Identifier: GPL-2.0-only
/*
 * snp_guest_tsm: attestation reports through configfs
 * (/sys/kernel/config/tsm/report, Documentation/ABI/testing/configfs-tsm* of the
 * kernel).
 *
 * A module of its own, because it needs the kernel's tsm module: snp_guest must
 * load where that one does not exist.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>

#include <compat/tsm.h>
#include <snp/fw.h>
#include <snp/guest.h>

#include "certs.h"

/* Programs know the provider by the name of the in-tree driver. */
#define TSM_PROVIDER_NAME	"sev_guest"
/* Under an SVSM: who else can be asked. */
#define TSM_SERVICE_PROVIDER	"svsm"

static_assert(sizeof_field(struct snp_msg_report_req, report_data) == TSM_REPORT_INBLOB_MAX);

/**
 * struct tsm_buffers - what one report needs
 * @rsp: response of the firmware
 * @certs: certificate table of the hypervisor
 */
struct tsm_buffers {
	union {
		u8 bytes[SNP_MSG_MAX_PAYLOAD];
		struct snp_msg_report_rsp msg;
	} rsp;
	u8 certs[SNP_GUEST_CERTS_MAX];
};

static int tsm_status_error(u32 status)
{
	switch (status) {
	case SNP_FW_SUCCESS:
		return 0;
	case SNP_FW_INVALID_PARAM:
	case SNP_FW_INVALID_KEY:
		return -EINVAL;
	}
	return -ENXIO;
}

static u8 *tsm_copy(const void *src, size_t len)
{
	u8 *copy = kvmalloc(len, GFP_KERNEL);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

/* Hands both blobs over, or none. */
static int tsm_fill(struct tsm_report *report, const struct tsm_buffers *buf)
{
	const struct snp_msg_report_rsp *msg = &buf->rsp.msg;
	u8 *outblob, *auxblob = NULL;
	int rc, certs_len;

	rc = tsm_status_error(msg->status);
	if (rc)
		return rc;
	if (msg->report_size > SNP_MSG_MAX_PAYLOAD - offsetof(struct snp_msg_report_rsp, report))
		return -ENOMEM;
	if (!msg->report_size)
		return -ENXIO;

	certs_len = certs_table_len(buf->certs, sizeof(buf->certs));
	if (certs_len < 0) {
		/* The report stands without it. */
		pr_warn_ratelimited("the hypervisor's certificate table is malformed and left out\n");
		certs_len = 0;
	}

	outblob = tsm_copy(msg->report, msg->report_size);
	if (!outblob)
		return -ENOMEM;
	if (certs_len) {
		auxblob = tsm_copy(buf->certs, certs_len);
		if (!auxblob) {
			kvfree(outblob);
			return -ENOMEM;
		}
	}
	report->outblob = outblob;
	report->outblob_len = msg->report_size;
	report->auxblob = auxblob;
	report->auxblob_len = certs_len;
	return 0;
}

/* Hands all blobs over, or none. */
static int tsm_fill_svsm(struct tsm_report *report, const struct snp_guest_svsm_report *r)
{
	u8 *outblob, *manifestblob, *auxblob = NULL;

	if (!r->report_len || !r->manifest_len)
		return -ENXIO;
	outblob = tsm_copy(r->report, r->report_len);
	manifestblob = tsm_copy(r->manifest, r->manifest_len);
	if (r->certs_len)
		auxblob = tsm_copy(r->certs, r->certs_len);
	if (!outblob || !manifestblob || (r->certs_len && !auxblob)) {
		kvfree(outblob);
		kvfree(manifestblob);
		kvfree(auxblob);
		return -ENOMEM;
	}
	report->outblob = outblob;
	report->outblob_len = r->report_len;
	report->manifestblob = manifestblob;
	report->manifestblob_len = r->manifest_len;
	report->auxblob = auxblob;
	report->auxblob_len = r->certs_len;
	return 0;
}

/* A report of VMPL0, which no guest message of this kernel's gets. */
static int tsm_svsm_report_new(struct tsm_report *report)
{
	const struct tsm_report_desc *desc = &report->desc;
	struct snp_guest_svsm_request req = {
		.nonce = desc->inblob,
		.manifest_version = desc->service_manifest_version,
	};
	struct snp_guest_svsm_report r;
	u8 guid[sizeof(guid_t)];
	int rc;

	if (!guid_is_null(&desc->service_guid)) {
		export_guid(guid, &desc->service_guid);
		req.guid = guid;
	}
	rc = snp_guest_svsm_attest(&req, &r);
	if (rc)
		return rc;
	rc = tsm_fill_svsm(report, &r);
	snp_guest_svsm_free(&r);
	return rc;
}

static int tsm_report_new(struct tsm_report *report, void *data)
{
	const struct tsm_report_desc *desc = &report->desc;
	struct tsm_buffers *buf;
	int rc;

	if (desc->inblob_len != sizeof(desc->inblob))
		return -EINVAL;
	if (desc->service_provider) {
		if (strcmp(desc->service_provider, TSM_SERVICE_PROVIDER))
			return -EINVAL;
		return tsm_svsm_report_new(report);
	}
	buf = kvzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	rc = snp_guest_get_report(desc->inblob, desc->privlevel, buf->rsp.bytes, buf->certs);
	if (!rc)
		rc = tsm_fill(report, buf);
	kvfree(buf);
	return rc;
}

static bool tsm_attr_visible(int n)
{
	switch (n) {
	case TSM_REPORT_GENERATION:
	case TSM_REPORT_PROVIDER:
	case TSM_REPORT_PRIVLEVEL:
	case TSM_REPORT_PRIVLEVEL_FLOOR:
		return true;
	case TSM_REPORT_SERVICE_PROVIDER:
	case TSM_REPORT_SERVICE_GUID:
	case TSM_REPORT_SERVICE_MANIFEST_VER:
		return snp_guest_vmpl();
	}
	return false;
}

static bool tsm_bin_attr_visible(int n)
{
	switch (n) {
	case TSM_REPORT_INBLOB:
	case TSM_REPORT_OUTBLOB:
	case TSM_REPORT_AUXBLOB:
		return true;
	case TSM_REPORT_MANIFESTBLOB:
		return snp_guest_vmpl();
	}
	return false;
}

static struct tsm_report_ops tsm_provider = {
	.name = TSM_PROVIDER_NAME,
	.report_new = tsm_report_new,
	.report_attr_visible = tsm_attr_visible,
	.report_bin_attr_visible = tsm_bin_attr_visible,
};

/* The firmware states no VMPL below the number of the key.  Whoever comes last is up to date. */
static void tsm_update_floor(void)
{
	static DEFINE_MUTEX(lock);

	mutex_lock(&lock);
	WRITE_ONCE(tsm_provider.privlevel_floor, snp_guest_vmpck());
	mutex_unlock(&lock);
}

static int tsm_vmpck_changed(struct notifier_block *nb, unsigned long vmpck, void *unused)
{
	tsm_update_floor();
	return NOTIFY_OK;
}

static struct notifier_block tsm_notifier = { .notifier_call = tsm_vmpck_changed };

static int __init tsm_init(void)
{
	int rc;

	rc = snp_guest_vmpck_notify(&tsm_notifier);
	if (rc)
		return rc;
	tsm_update_floor();
	rc = tsm_report_register(&tsm_provider, NULL);
	if (rc) {
		pr_err("cannot register with configfs-tsm (%d); unload the other provider, remove what is in tsm/report\n",
		       rc);
		snp_guest_vmpck_unnotify(&tsm_notifier);
	}
	return rc;
}
module_init(tsm_init);

static void __exit tsm_exit(void)
{
	tsm_report_unregister(&tsm_provider);
	snp_guest_vmpck_unnotify(&tsm_notifier);
}
module_exit(tsm_exit);

MODULE_DESCRIPTION("AMD SEV-SNP reports through configfs-tsm");
MODULE_LICENSE("GPL");
