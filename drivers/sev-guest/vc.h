/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameter vc=, and what sysfs says about it.
 */
#ifndef SEV_GUEST_VC_H
#define SEV_GUEST_VC_H

struct device;

int vc_start(struct device *dev);
void vc_stop(struct device *dev);

#endif /* SEV_GUEST_VC_H */
