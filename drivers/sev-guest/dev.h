/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/sev-guest.
 */
#ifndef SEV_GUEST_DEV_H
#define SEV_GUEST_DEV_H

struct device;
struct msg_channel;

int dev_register(struct device *parent, struct msg_channel *ch);
void dev_unregister(void);

#endif /* SEV_GUEST_DEV_H */
