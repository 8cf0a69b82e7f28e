// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a command may take.  The firmware ABI gives no numbers; the
 * defaults are those that the field uses.
 */
#include <linux/moduleparam.h>

#include "mailbox.h"

static int set_seconds(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 3600);
}

static const struct kernel_param_ops seconds_ops = {
	.set = set_seconds,
	.get = param_get_uint,
};

static int set_class(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 3600);
}

static const struct kernel_param_ops class_ops = {
	.set = set_class,
	.get = param_get_uint,
};

static unsigned int probe_timeout_s = 5;
module_param_cb(probe_timeout_s, &seconds_ops, &probe_timeout_s, 0644);
MODULE_PARM_DESC(probe_timeout_s,
		 "seconds to wait until the first command has been answered (1 to 3600, default 5)");

static unsigned int cmd_timeout_s = 100;
module_param_cb(cmd_timeout_s, &seconds_ops, &cmd_timeout_s, 0644);
MODULE_PARM_DESC(cmd_timeout_s,
		 "seconds to wait for any later command (1 to 3600, default 100)");

static unsigned int panic_timeout_s = 10;
module_param_cb(panic_timeout_s, &seconds_ops, &panic_timeout_s, 0644);
MODULE_PARM_DESC(panic_timeout_s,
		 "seconds to wait for each command of a panic (1 to 3600, default 10)");

static unsigned int class_timeout_s[PSP_NR_CLASSES];

module_param_cb(query_timeout_s, &class_ops, &class_timeout_s[PSP_CLASS_QUERY], 0644);
MODULE_PARM_DESC(query_timeout_s, "the same for commands that ask (default 0: cmd_timeout_s)");

module_param_cb(page_timeout_s, &class_ops, &class_timeout_s[PSP_CLASS_PAGE], 0644);
MODULE_PARM_DESC(page_timeout_s, "the same for page commands (default 0: cmd_timeout_s)");

module_param_cb(guest_timeout_s, &class_ops, &class_timeout_s[PSP_CLASS_GUEST], 0644);
MODULE_PARM_DESC(guest_timeout_s, "the same for guest commands (default 0: cmd_timeout_s)");

module_param_cb(platform_timeout_s, &class_ops, &class_timeout_s[PSP_CLASS_PLATFORM], 0644);
MODULE_PARM_DESC(platform_timeout_s,
		 "the same for commands of the platform: initialise, shut down, configure, download (default 0: cmd_timeout_s)");

/**
 * psp_timeout_s() - time-out of a command
 * @psp: the AMD-SP
 * @info: row of the command; NULL for whatever may be under way
 *
 * Return: seconds.
 */
unsigned int psp_timeout_s(const struct psp *psp, const struct psp_cmd_info *info)
{
	unsigned int limit_s = 0;

	if (!psp->answered)
		return READ_ONCE(probe_timeout_s);
	if (info)
		limit_s = READ_ONCE(class_timeout_s[info->cls]);
	return limit_s ? limit_s : READ_ONCE(cmd_timeout_s);
}

/**
 * psp_panic_timeout_s() - time-out of a command of a panic
 *
 * Return: seconds.
 */
unsigned int psp_panic_timeout_s(void)
{
	return READ_ONCE(panic_timeout_s);
}
