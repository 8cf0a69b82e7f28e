// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sub-commands of SEV_ISSUE_CMD, numbers and structures of the mainline
 * driver.
 *
 * Legacy SEV is not initialised by this driver, so the sub-commands that need
 * that (PEK, PDH, factory reset) answer ENOTTY, as any ioctl that is not there,
 * with "error" set to SEV_RET_NO_FW_CALL, after mainline's check of write
 * permission; EINVAL, mainline's answer to a number beyond its list, would read
 * as a bad argument.
 *
 * User space is hostile: what it passes is copied once, before the locks, and
 * answers are copied out after them, since user space can make a copy last as
 * long as it likes.
 */
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "cmdtable.h"
#include "dev.h"

static_assert(sizeof(struct sev_issue_cmd) == 16);
static_assert(sizeof(struct sev_user_data_status) == sizeof(struct snp_fw_platform_status));
static_assert(sizeof(struct sev_user_data_snp_status) == sizeof(struct snp_fw_snp_status));
static_assert(sizeof(struct sev_user_data_snp_config) == sizeof(struct snp_fw_config));
static_assert(sizeof(struct sev_user_data_snp_vlek_load) == sizeof(struct snp_fw_vlek_load));
static_assert(sizeof(struct sev_user_data_snp_wrapped_vlek_hashstick) ==
	      sizeof(struct snp_vlek_hashstick));
static_assert(sizeof(struct sev_user_data_get_id) == 2 * SNP_FW_ID_LEN);
static_assert(sizeof(struct sev_user_data_get_id2) == 12);

/**
 * struct subcmd - one sub-command
 * @write: needs write permission
 * @data: needs a pointer in sev_issue_cmd.data; EINVAL without, as mainline
 * @snp: needs SNP to be up; ENODEV otherwise
 * @in: copy what user space passes; may be NULL
 * @run: the command; locks held.  NULL: not built.
 * @out: copy what goes back, called with the result of @run; may be NULL
 */
struct subcmd {
	bool write;
	bool data;
	bool snp;
	int (*in)(struct dev_call *c);
	int (*run)(struct psp *psp, struct dev_call *c, u32 *status);
	int (*out)(struct dev_call *c, int err);
};

static void __user *data_ptr(const struct dev_call *c)
{
	return u64_to_user_ptr(c->cmd.data);
}

static int copy_in(struct dev_call *c, size_t len)
{
	return copy_from_user(&c->in, data_ptr(c), len) ? -EFAULT : 0;
}

static int run_platform_status(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_platform_status(psp, &c->out.platform, status);
}

static int out_platform_status(struct dev_call *c, int err)
{
	if (!err && copy_to_user(data_ptr(c), &c->out.platform, sizeof(c->out.platform)))
		return -EFAULT;
	return err;
}

static int run_snp_status(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_snp_status(psp, &c->out.snp, status);
}

static int out_snp_status(struct dev_call *c, int err)
{
	if (!err && copy_to_user(data_ptr(c), &c->out.snp, sizeof(c->out.snp)))
		return -EFAULT;
	return err;
}

static int alloc_id(struct dev_call *c, u32 len)
{
	c->id_len = len;
	c->id = kzalloc(PAGE_SIZE, GFP_KERNEL);
	return c->id ? 0 : -ENOMEM;
}

static int in_id(struct dev_call *c)
{
	return alloc_id(c, sizeof(struct sev_user_data_get_id));
}

static int run_id(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_get_id(psp, c->id, &c->id_len, status);
}

/* One socket fills one half; the other stays zero. */
static int out_id(struct dev_call *c, int err)
{
	if (!err && copy_to_user(data_ptr(c), c->id, sizeof(struct sev_user_data_get_id)))
		return -EFAULT;
	return err;
}

static int in_id2(struct dev_call *c)
{
	int err = copy_in(c, sizeof(c->in.id2));

	if (err)
		return err;
	/* What a page does not hold no firmware writes; a probe has length 0. */
	return alloc_id(c, c->in.id2.address ? min_t(u32, c->in.id2.length, PAGE_SIZE) : 0);
}

/* The length goes back on errors too: tools ask for it with one that is too small. */
static int out_id2(struct dev_call *c, int err)
{
	struct sev_user_data_get_id2 id2 = c->in.id2;

	if (err && err != -EIO)
		return err;
	id2.length = c->id_len;
	if (!err && copy_to_user(u64_to_user_ptr(id2.address), c->id, c->id_len))
		return -EFAULT;
	return copy_to_user(data_ptr(c), &id2, sizeof(id2)) ? -EFAULT : err;
}

static int run_commit(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_snp_commit(psp, status);
}

static int in_config(struct dev_call *c)
{
	int err = copy_in(c, sizeof(c->in.config));

	if (err)
		return err;
	return psp_cmdbuf_defect(psp_cmd_info(SNP_FW_SNP_CONFIG), &c->in.config,
				 sizeof(c->in.config), 0) ? -EINVAL : 0;
}

static int run_config(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_snp_config(psp, &c->in.config, status);
}

static int in_vlek(struct dev_call *c)
{
	const struct sev_user_data_snp_vlek_load *v = &c->in.vlek;
	int err = copy_in(c, sizeof(*v));

	if (err)
		return err;
	if (v->len != sizeof(*v) || v->vlek_wrapped_version != SNP_VLEK_WRAPPED_VERSION ||
	    memchr_inv(v->rsvd, 0, sizeof(v->rsvd)))
		return -EINVAL;
	if (copy_from_user(&c->stick, u64_to_user_ptr(v->vlek_wrapped_address),
			   sizeof(c->stick)))
		return -EFAULT;
	return 0;
}

static int run_vlek(struct psp *psp, struct dev_call *c, u32 *status)
{
	return psp_vlek_load(psp, &c->stick, status);
}

static const struct subcmd subcmds[SEV_MAX] = {
	[SEV_FACTORY_RESET]	= { .write = true },
	[SEV_PLATFORM_STATUS]	= { .run = run_platform_status, .out = out_platform_status },
	[SEV_PEK_GEN]		= { .write = true },
	[SEV_PEK_CSR]		= { .write = true },
	[SEV_PDH_GEN]		= { .write = true },
	[SEV_PDH_CERT_EXPORT]	= { },
	[SEV_PEK_CERT_IMPORT]	= { .write = true },
	[SEV_GET_ID]		= { .in = in_id, .run = run_id, .out = out_id },
	[SEV_GET_ID2]		= { .in = in_id2, .run = run_id, .out = out_id2 },
	[SNP_PLATFORM_STATUS]	= { .data = true, .run = run_snp_status, .out = out_snp_status },
	/* Cannot be undone: mainline's missing check of write permission is not followed. */
	[SNP_COMMIT]		= { .write = true, .run = run_commit },
	[SNP_SET_CONFIG]	= { .write = true, .data = true, .snp = true,
				    .in = in_config, .run = run_config },
	[SNP_VLEK_LOAD]		= { .write = true, .data = true, .snp = true,
				    .in = in_vlek, .run = run_vlek },
};

static int run_locked(const struct subcmd *s, struct dev_call *c)
{
	struct psp *psp = psp_dev_get();
	u32 status = c->cmd.error;
	int err;

	if (IS_ERR(psp))
		return PTR_ERR(psp);
	if (s->snp && !psp->snp_up) {
		psp_dev_put(psp);
		return -ENODEV;
	}
	err = s->run(psp, c, &status);
	c->cmd.error = status;
	psp_dev_put(psp);
	return err;
}

/**
 * psp_dev_issue() - run a sub-command
 * @c: the call; the number is in range.  @c->cmd.error is set.
 *
 * Context: may sleep.
 * Return: 0; -EPERM without write permission; -ENOTTY when not built;
 *	-EINVAL, -EFAULT, -ENOMEM; -ENODEV and -EINTR from psp_dev_get(), -ENODEV
 *	also without SNP; otherwise as for psp_cmd().
 */
int psp_dev_issue(struct dev_call *c)
{
	const struct subcmd *s = &subcmds[c->cmd.cmd];
	int err;

	if (s->data && !c->cmd.data)
		return -EINVAL;
	if (s->write && !c->writable)
		return -EPERM;
	if (!s->run) {
		c->cmd.error = (u32)SEV_RET_NO_FW_CALL;
		return -ENOTTY;
	}
	if (s->in) {
		err = s->in(c);
		if (err)
			return err;
	}
	err = run_locked(s, c);
	return s->out ? s->out(c, err) : err;
}
