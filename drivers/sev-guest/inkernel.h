/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports for other modules.
 */
#ifndef SEV_GUEST_INKERNEL_H
#define SEV_GUEST_INKERNEL_H

struct msg_channel;

void inkernel_set_channel(struct msg_channel *ch);
int inkernel_select(unsigned int vmpck);

#endif /* SEV_GUEST_INKERNEL_H */
