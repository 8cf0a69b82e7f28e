/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the AMD-SP function of a processor line looks on the PCI bus.
 */
#ifndef ASPD_PART_H
#define ASPD_PART_H

#include <stdint.h>

#include "../asp/asp.h"

/**
 * struct part - what differs between lines
 * @device_id: PCI device id
 * @int_enable: offset of the interrupt enable register in BAR 2
 * @int_status: offset of the interrupt status register
 */
struct part {
	uint16_t device_id;
	uint32_t int_enable;
	uint32_t int_status;
};

const struct part *part_of(enum asp_product product);

#endif /* ASPD_PART_H */
