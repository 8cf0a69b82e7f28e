// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev-guest: the ioctls of the mainline driver, same numbers, structures
 * and error codes (Documentation/virt/coco/sev-guest.rst of the kernel), and
 * one that says which key signs a report.
 *
 * User space is hostile.  Beyond mainline, what could cost the VMPCK or is
 * reserved is refused with EINVAL, and the response buffer of the caller is
 * cleared as soon as the request has been copied, and so is one for
 * certificates: they are never left with old bytes on a failing path, and a
 * pointer that cannot be written fails with EFAULT before a message is sent.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dev.h"
#include "include/uapi/linux/sev-guest.h"
#include "msg.h"
#include "report.h"

/* What exitinfo2 says when a request fails on its arguments. */
#define DEV_EXITINFO2_ARGUMENT	0xff

/**
 * struct dev_file - an open file: the buffers of one request
 * @lock: one request at a time
 * @req: request as copied in
 * @rsp: response to be copied out; wiped after every request
 * @certs: private copy of the certificates; its buffer holds MSG_CERTS_MAX bytes
 *
 * Requests through different files meet at the lock of the channel only, which
 * is not held while user memory is touched.
 */
struct dev_file {
	struct mutex lock;	/* serialises the requests of this file */
	union {
		struct snp_report_req report;
		struct snp_derived_key_req key;
		struct snp_ext_report_req ext;
		struct snp_report_key_req signer;
	} req;
	union {
		struct snp_report_resp report;
		struct snp_derived_key_resp key;
	} rsp;
	struct msg_certs certs;
};

static struct msg_channel *dev_channel;

static int dev_open(struct inode *inode, struct file *file)
{
	struct dev_file *df;

	df = kzalloc(sizeof(*df), GFP_KERNEL_ACCOUNT);
	if (!df)
		return -ENOMEM;
	df->certs.buf = kvzalloc(MSG_CERTS_MAX, GFP_KERNEL_ACCOUNT);
	if (!df->certs.buf) {
		kfree(df);
		return -ENOMEM;
	}
	mutex_init(&df->lock);
	file->private_data = df;
	return 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	struct dev_file *df = file->private_data;

	mutex_destroy(&df->lock);
	kvfree(df->certs.buf);
	kfree_sensitive(df);
	return 0;
}

/* Sizes of the user structures of a request. */
static int dev_sizes(unsigned int cmd, size_t *req_len, size_t *rsp_len)
{
	switch (cmd) {
	case SNP_GET_REPORT:
		*req_len = sizeof(struct snp_report_req);
		*rsp_len = sizeof(struct snp_report_resp);
		return 0;
	case SNP_GET_DERIVED_KEY:
		*req_len = sizeof(struct snp_derived_key_req);
		*rsp_len = sizeof(struct snp_derived_key_resp);
		return 0;
	case SNP_GET_EXT_REPORT:
		*req_len = sizeof(struct snp_ext_report_req);
		*rsp_len = sizeof(struct snp_report_resp);
		return 0;
	case SNP_GET_REPORT_KEY:
		*req_len = sizeof(struct snp_report_key_req);
		*rsp_len = sizeof(struct snp_report_resp);
		return 0;
	}
	return -ENOTTY;
}

/* The request first: mainline lets it share its buffer with the response. */
static int dev_take_request(struct dev_file *df, const struct snp_guest_request_ioctl *arg,
			    size_t req_len, size_t rsp_len)
{
	bool taken = arg->req_data &&
		     !copy_from_user(&df->req, u64_to_user_ptr(arg->req_data), req_len);

	if (arg->resp_data && clear_user(u64_to_user_ptr(arg->resp_data), rsp_len))
		return -EFAULT;
	if (!arg->req_data || !arg->resp_data)
		return -EINVAL;
	return taken ? 0 : -EFAULT;
}

/* Without an address or a length the certificates' size is asked for. */
static int dev_take_certs(struct dev_file *df, u64 address, u32 len)
{
	df->certs.len = 0;
	if (!len || !address)
		return 0;
	if (len > MSG_CERTS_MAX || len % SNP_PAGE_SIZE)
		return -EINVAL;
	if (clear_user(u64_to_user_ptr(address), len))
		return -EFAULT;
	df->certs.len = len;
	return 0;
}

/* @req is in @df; @certs_len is where user space finds the size. */
static int dev_ext_report(struct dev_file *df, u8 version, const struct snp_report_req *req,
			  u64 address, u32 len, u32 __user *certs_len, u64 *exitinfo2)
{
	int rc;

	rc = dev_take_certs(df, address, len);
	if (rc)
		return rc;
	rc = report_get(dev_channel, version, req, &df->rsp.report, &df->certs, exitinfo2);
	if (rc == -EIO && df->certs.needed && put_user(df->certs.needed, certs_len))
		rc = -EFAULT;
	if (!rc && copy_to_user(u64_to_user_ptr(address), df->certs.buf, df->certs.len))
		rc = -EFAULT;
	return rc;
}

static int dev_report_key(struct dev_file *df, const struct snp_guest_request_ioctl *arg,
			  u64 *exitinfo2)
{
	struct snp_report_key_req __user *ureq = u64_to_user_ptr(arg->req_data);
	const struct snp_report_key_req *signer = &df->req.signer;
	struct snp_report_req req;

	if (signer->key_sel > SNP_REPORT_KEY_VLEK || signer->flags & ~SNP_REPORT_KEY_CERTS)
		return -EINVAL;
	if (!signer->flags && (signer->certs_address || signer->certs_len))
		return -EINVAL;
	report_fill(&req, signer->user_data, signer->vmpl, signer->key_sel);
	if (!signer->flags)
		return report_get(dev_channel, arg->msg_version, &req, &df->rsp.report, NULL,
				  exitinfo2);
	return dev_ext_report(df, arg->msg_version, &req, signer->certs_address,
			      signer->certs_len, &ureq->certs_len, exitinfo2);
}

static int dev_send(struct dev_file *df, unsigned int cmd,
		    const struct snp_guest_request_ioctl *arg, u64 *exitinfo2)
{
	struct snp_ext_report_req __user *ureq = u64_to_user_ptr(arg->req_data);
	const struct snp_ext_report_req *ext = &df->req.ext;

	switch (cmd) {
	case SNP_GET_EXT_REPORT:
		return dev_ext_report(df, arg->msg_version, &ext->data, ext->certs_address,
				      ext->certs_len, &ureq->certs_len, exitinfo2);
	case SNP_GET_REPORT_KEY:
		return dev_report_key(df, arg, exitinfo2);
	case SNP_GET_REPORT:
		return report_get(dev_channel, arg->msg_version, &df->req.report,
				  &df->rsp.report, NULL, exitinfo2);
	}
	return report_derive_key(dev_channel, arg->msg_version, &df->req.key, &df->rsp.key,
				 exitinfo2);
}

/* @arg->exitinfo2 is preset; it changes when a message is sent. */
static int dev_request(struct dev_file *df, unsigned int cmd, struct snp_guest_request_ioctl *arg,
		       size_t rsp_len)
{
	void __user *rsp = u64_to_user_ptr(arg->resp_data);
	u64 exitinfo2 = arg->exitinfo2;
	int rc;

	rc = dev_send(df, cmd, arg, &exitinfo2);
	arg->exitinfo2 = exitinfo2;
	if (!rc && copy_to_user(rsp, &df->rsp, rsp_len))
		rc = -EFAULT;
	return rc;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long user_arg)
{
	struct snp_guest_request_ioctl __user *uarg = (void __user *)user_arg;
	struct dev_file *df = file->private_data;
	struct snp_guest_request_ioctl arg;
	size_t req_len, rsp_len;
	int rc;

	rc = dev_sizes(cmd, &req_len, &rsp_len);
	if (rc)
		return rc;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	arg.exitinfo2 = DEV_EXITINFO2_ARGUMENT;

	if (mutex_lock_killable(&df->lock))
		return -EINTR;
	rc = dev_take_request(df, &arg, req_len, rsp_len);
	if (!rc && arg.msg_version)
		rc = dev_request(df, cmd, &arg, rsp_len);
	memzero_explicit(&df->req, sizeof(df->req));
	memzero_explicit(&df->rsp, sizeof(df->rsp));
	mutex_unlock(&df->lock);

	/* Mainline does not write the argument back here. */
	if (!arg.msg_version)
		return -EINVAL;

	if (arg.exitinfo2 && copy_to_user(uarg, &arg, sizeof(arg)))
		return -EFAULT;
	return rc;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.unlocked_ioctl = dev_ioctl,
};

static struct miscdevice dev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sev-guest",
	.fops = &dev_fops,
};

/**
 * dev_register() - make /dev/sev-guest
 * @parent: the device that it belongs to
 * @ch: open channel
 *
 * Return: 0 or a negative errno.
 */
int dev_register(struct device *parent, struct msg_channel *ch)
{
	dev_channel = ch;
	dev_misc.parent = parent;
	return misc_register(&dev_misc);
}

/**
 * dev_unregister() - the end of dev_register()
 *
 * Open files hold the module, so at unloading none is left.
 */
void dev_unregister(void)
{
	misc_deregister(&dev_misc);
}
