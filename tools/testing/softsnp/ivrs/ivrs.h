/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOFTSNP_IVRS_H
#define SOFTSNP_IVRS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct ivrs_config - what differs between machines
 * @device_id: PCI requester id of the IOMMU function, bus 15:8, device 7:3,
 *	function 2:0
 * @oem_id: OEM id of the table to be replaced, 6 characters, blank padded
 * @oem_table_id: OEM table id of the table to be replaced, 8 characters
 * @oem_revision: must be above the revision of the table to be replaced
 */
struct ivrs_config {
	uint16_t device_id;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
};

/* What QEMU's q35 machine has with the command line in main.c. */
extern const struct ivrs_config ivrs_qemu;

/**
 * ivrs_build() - the ACPI table, checksum included
 * @cfg: machine
 * @buf: receives the table
 * @size: bytes that @buf holds
 *
 * Return: length of the table, 0 if @buf is too small.
 */
size_t ivrs_build(const struct ivrs_config *cfg, void *buf, size_t size);

#endif /* SOFTSNP_IVRS_H */
