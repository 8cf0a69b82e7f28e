// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/sev, byte compatible with the mainline driver: one ioctl with
 * sub-commands.
 *
 * Where this module does not have a sub-command of mainline, the answer is
 * EOPNOTSUPP with "error" set to SEV_RET_NO_FW_CALL, after mainline's check of
 * write permission: tools print "Operation not supported", whereas EINVAL,
 * mainline's answer to a number beyond its list, would read as a bad argument.
 * An ioctl other than SEV_ISSUE_CMD is ENOTTY (mainline: EINVAL).
 *
 * User space is hostile: the argument is copied once.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

/* By its path in this tree: the kernel has a header of the same name, maybe an older one. */
#include <include/uapi/linux/psp-sev.h>

#include "psp.h"

/* Whose device this is; files may stay open when the function is unbound. */
static DEFINE_MUTEX(master_lock);
static struct psp *master;

static_assert(sizeof(struct sev_user_data_status) == sizeof(struct snp_fw_platform_status));
static_assert(sizeof(struct sev_user_data_snp_status) == sizeof(struct snp_fw_snp_status));
static_assert(sizeof(struct sev_issue_cmd) == 16);

/* What goes to the address in sev_issue_cmd.data. */
struct answer {
	union {
		struct snp_fw_platform_status platform;
		struct snp_fw_snp_status snp;
	};
	size_t len;
};

static int do_platform_status(struct psp *psp, struct sev_issue_cmd *cmd, struct answer *out)
{
	u32 status = cmd->error;
	int err;

	err = psp_platform_status(psp, &out->platform, &status);
	cmd->error = status;
	out->len = sizeof(out->platform);
	return err;
}

static int do_snp_platform_status(struct psp *psp, struct sev_issue_cmd *cmd, struct answer *out)
{
	u32 status = cmd->error;
	int err;

	if (!cmd->data)
		return -EINVAL;
	err = psp_snp_status(psp, &out->snp, &status);
	cmd->error = status;
	out->len = sizeof(out->snp);
	return err;
}

static int not_built(struct sev_issue_cmd *cmd)
{
	cmd->error = (u32)SEV_RET_NO_FW_CALL;
	return -EOPNOTSUPP;
}

static int dispatch(struct psp *psp, struct sev_issue_cmd *cmd, bool writable,
		    struct answer *out)
{
	switch (cmd->cmd) {
	case SEV_PLATFORM_STATUS:
		return do_platform_status(psp, cmd, out);
	case SNP_PLATFORM_STATUS:
		return do_snp_platform_status(psp, cmd, out);
	case SEV_FACTORY_RESET:
	case SEV_PEK_GEN:
	case SEV_PDH_GEN:
	case SEV_PEK_CSR:
	case SEV_PEK_CERT_IMPORT:
	case SNP_SET_CONFIG:
	case SNP_VLEK_LOAD:
		return writable ? not_built(cmd) : -EPERM;
	default:
		return not_built(cmd);
	}
}

static long sev_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct answer out = { };
	struct sev_issue_cmd cmd;
	int err;

	if (request != SEV_ISSUE_CMD)
		return -ENOTTY;
	if (copy_from_user(&cmd, argp, sizeof(cmd)))
		return -EFAULT;
	if (cmd.cmd >= SEV_MAX)
		return -EINVAL;

	mutex_lock(&master_lock);
	if (!master) {
		mutex_unlock(&master_lock);
		return -ENODEV;
	}
	mutex_lock(&master->lock);
	err = dispatch(master, &cmd, file->f_mode & FMODE_WRITE, &out);
	mutex_unlock(&master->lock);
	mutex_unlock(&master_lock);

	/* Without the locks: user space can make a copy last as long as it likes. */
	if (!err && copy_to_user(u64_to_user_ptr(cmd.data), &out, out.len))
		err = -EFAULT;
	if (copy_to_user(argp, &cmd, sizeof(cmd)))
		err = -EFAULT;
	return err;
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
	master = NULL;
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

	mutex_lock(&master_lock);
	master = psp;
	mutex_unlock(&master_lock);

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
