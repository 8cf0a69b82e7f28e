// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev: SEV_ISSUE_CMD, byte compatible with the mainline driver
 * (dev_cmds.c), and ioctls that only this driver has (dev_host.c).
 *
 * An ioctl beyond these is ENOTTY (mainline: EINVAL).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dev.h"

/*
 * Whose device this is; files may stay open when the function is unbound.
 * Lock order: master_lock, psp.lock, psp.versions_lock.
 */
static DEFINE_MUTEX(master_lock);
static struct psp *master;

/**
 * psp_dev_get() - the AMD-SP behind /dev/sev, locked for commands
 *
 * Context: may sleep until another's command has ended; a fatal signal ends
 *	the wait.
 * Return: the AMD-SP, its lock held; -ENODEV when the function is unbound or
 *	the system goes down; -EINTR.
 */
struct psp *psp_dev_get(void)
{
	if (mutex_lock_killable(&master_lock))
		return ERR_PTR(-EINTR);
	if (!master) {
		mutex_unlock(&master_lock);
		return ERR_PTR(-ENODEV);
	}
	if (mutex_lock_killable(&master->lock)) {
		mutex_unlock(&master_lock);
		return ERR_PTR(-EINTR);
	}
	return master;
}

/**
 * psp_dev_put() - undo psp_dev_get()
 * @psp: what it returned
 */
void psp_dev_put(struct psp *psp)
{
	mutex_unlock(&psp->lock);
	mutex_unlock(&master_lock);
}

static int issue_cmd(struct file *file, void __user *argp)
{
	struct dev_call c = { .writable = file->f_mode & FMODE_WRITE };
	int err;

	if (copy_from_user(&c.cmd, argp, sizeof(c.cmd)))
		return -EFAULT;
	if (c.cmd.cmd >= SEV_MAX)
		return -EINVAL;
	err = psp_dev_issue(&c);
	if (err != -ENODEV && err != -EINTR &&
	    copy_to_user(argp, &c.cmd, sizeof(c.cmd)))
		err = -EFAULT;
	kfree(c.id);
	memzero_explicit(&c, sizeof(c));
	return err;
}

/* Certificates need no AMD-SP, but whoever sets them has one in mind. */
static bool is_bound(void)
{
	return READ_ONCE(master);
}

static long sev_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (request) {
	case SEV_ISSUE_CMD:
		return issue_cmd(file, argp);
	case SNP_HOST_FEATURE_INFO:
		return psp_dev_feature_info(argp);
	case SNP_HOST_SET_CERTS:
		if (!(file->f_mode & FMODE_WRITE))
			return -EPERM;
		return is_bound() ? psp_dev_set_certs(argp) : -ENODEV;
	case SNP_HOST_GET_CERTS:
		return is_bound() ? psp_dev_get_certs(argp) : -ENODEV;
	}
	return -ENOTTY;
}

static const struct file_operations sev_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= sev_ioctl,
};

static struct miscdevice sev_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "sev",
	.fops	= &sev_fops,
};

/**
 * psp_dev_stop() - from here on user space starts no command
 *
 * The device stays, and answers ENODEV.
 *
 * Context: may sleep, until a command under way has ended.
 */
void psp_dev_stop(void)
{
	mutex_lock(&master_lock);
	WRITE_ONCE(master, NULL);
	mutex_unlock(&master_lock);
}

/**
 * psp_dev_start() - undo psp_dev_stop()
 * @psp: the AMD-SP that serves the device
 *
 * Context: may sleep.
 */
void psp_dev_start(struct psp *psp)
{
	mutex_lock(&master_lock);
	WRITE_ONCE(master, psp);
	mutex_unlock(&master_lock);
}

/**
 * psp_dev_register() - make /dev/sev
 * @psp: the AMD-SP that serves it
 *
 * Context: may sleep.
 * Return: 0, -EEXIST when another driver has made it, or what
 *	misc_register() returns.
 */
int psp_dev_register(struct psp *psp)
{
	int err;

	psp_dev_start(psp);

	/* Some kernels leave the last number there, which by now may be another's. */
	sev_misc.minor = MISC_DYNAMIC_MINOR;
	err = misc_register(&sev_misc);
	if (err) {
		dev_err(&psp->pdev->dev, "/dev/sev cannot be made (%d): %s\n", err,
			err == -EEXIST ? "another driver has made it" : "no device number");
		psp_dev_stop();
	}
	return err;
}

/**
 * psp_dev_unregister() - undo psp_dev_register()
 *
 * Files that are open answer ENODEV from here on.
 *
 * Context: may sleep, until a command under way has ended.
 */
void psp_dev_unregister(void)
{
	misc_deregister(&sev_misc);
	psp_dev_stop();
}
