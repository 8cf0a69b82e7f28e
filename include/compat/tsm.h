/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of the TSM report interface got "report" into them in 6.16, and
 * tsm_register() became something else.  The names in the sources are the new
 * ones; a macro that was renamed with the others tells which there are.
 */
#ifndef SNP_COMPAT_TSM_H
#define SNP_COMPAT_TSM_H

#include <linux/tsm.h>

#ifndef TSM_REPORT_INBLOB_MAX
#define TSM_REPORT_INBLOB_MAX	TSM_INBLOB_MAX
#define tsm_report_desc		tsm_desc
#define tsm_report_ops		tsm_ops

static inline int tsm_report_register(const struct tsm_report_ops *ops, void *priv)
{
	return tsm_register(ops, priv);
}

static inline int tsm_report_unregister(const struct tsm_report_ops *ops)
{
	return tsm_unregister(ops);
}
#endif

#endif /* SNP_COMPAT_TSM_H */
