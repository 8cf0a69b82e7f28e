/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one instance of the driver, and its attributes.
 */
#ifndef SEV_GUEST_GUEST_H
#define SEV_GUEST_GUEST_H

#include "msg.h"
#include "secrets.h"

struct attribute_group;
struct device;

/**
 * struct guest - the one instance
 * @dev: the platform device
 * @secrets: secrets page
 * @channel: the VMPCK in use
 */
struct guest {
	struct device		*dev;
	struct secrets		secrets;
	struct msg_channel	channel;
};

extern const struct attribute_group *guest_groups[];

#endif /* SEV_GUEST_GUEST_H */
