// SPDX-License-Identifier: GPL-2.0-only
/*
 * IVRS ACPI table for QEMU's amd-iommu device, as QEMU would write it if its
 * IOMMU supported SNP.  AMD I/O virtualization specification (48882), chapter
 * 5.2 (table, IVHD type 11h) and section 3.4 (extended feature register).
 *
 * Kernels that set SNP up by themselves ask the IOMMU first: without SNPSup
 * (EFR bit 63) they give SNP up.  QEMU's device says 0 there.  Linux believes
 * the copy of the register that the table holds, and an initramfs may replace
 * the table.
 *
 * No PPRSup (bit 1): the firmware takes the PPR log while SNP is on, and QEMU's
 * device does not keep its address (nor does it ever log a page request).
 */
#include <endian.h>
#include <string.h>

#include <snp/types.h>

#include "ivrs.h"

#define IVRS_REVISION_11H	2	/* the first that allows IVHD type 11h */

#define IVINFO_EFRSUP		BIT(0)
#define IVINFO_PASIZE		GENMASK(14, 8)

#define IVHD_TYPE_11H		0x11
#define IVHD_HTTUNEN		BIT(0)
#define IVHD_IOTLBSUP		BIT(4)
#define IVHD_PREFSUP		BIT(6)

#define IVHD_DEV_ALL		0x01
#define IVHD_DEV_SPECIAL	0x48
#define IVHD_SPECIAL_IOAPIC	1

/*
 * Facts of QEMU's device (11.1, amd-iommu,xtsup=on): register block and
 * capability do not move, the IOAPIC's interrupts arrive as requester 00:14.0.
 */
#define QEMU_IOMMU_BASE		0xfed80000
#define QEMU_IOMMU_CAP_OFFSET	0x40
#define QEMU_IOMMU_PA_BITS	40
#define QEMU_IOMMU_EFR		0x29d7	/* register 30h: X2APIC, GT, IA, GA, HE, ... */
#define QEMU_IOAPIC_ID		0
#define QEMU_IOAPIC_REQUESTER	0x00a0

#define EFR_PPRSUP		BIT_ULL(1)
#define EFR_SNPSUP		BIT_ULL(63)

struct acpi_header {
	char signature[4];
	__le32 length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	__le32 oem_revision;
	char creator_id[4];
	__le32 creator_revision;
} __attribute__((packed));
SNP_CHECK_SIZE(struct acpi_header, 36);

struct ivhd_11h {
	uint8_t type;
	uint8_t flags;
	__le16 length;
	__le16 device_id;
	__le16 cap_offset;
	__le64 base;
	__le16 pci_segment;
	__le16 info;
	__le32 attributes;
	__le64 efr;
	__le64 efr2;
} __attribute__((packed));
SNP_CHECK_SIZE(struct ivhd_11h, 40);

struct ivhd_dev4 {
	uint8_t type;
	__le16 device_id;
	uint8_t dte;
} __attribute__((packed));
SNP_CHECK_SIZE(struct ivhd_dev4, 4);

struct ivhd_special {
	uint8_t type;
	__le16 reserved;
	uint8_t dte;
	uint8_t handle;
	__le16 device_id;
	uint8_t variety;
} __attribute__((packed));
SNP_CHECK_SIZE(struct ivhd_special, 8);

struct ivrs {
	struct acpi_header header;
	__le32 ivinfo;
	__le64 reserved;
	struct ivhd_11h ivhd;
	struct ivhd_dev4 all;
	struct ivhd_special ioapic;
} __attribute__((packed));
SNP_CHECK_SIZE(struct ivrs, 36 + 12 + 40 + 4 + 8);

const struct ivrs_config ivrs_qemu = {
	.device_id = 0x0008,
	.oem_id = { 'B', 'O', 'C', 'H', 'S', ' ' },
	.oem_table_id = { 'B', 'X', 'P', 'C', ' ', ' ', ' ', ' ' },
	.oem_revision = 2,
};

size_t ivrs_build(const struct ivrs_config *cfg, void *buf, size_t size)
{
	struct ivrs t = {
		.header = {
			.signature = { 'I', 'V', 'R', 'S' },
			.length = htole32(sizeof(t)),
			.revision = IVRS_REVISION_11H,
			.oem_revision = htole32(cfg->oem_revision),
			.creator_id = { 'S', 'S', 'N', 'P' },
			.creator_revision = htole32(1),
		},
		.ivinfo = htole32(IVINFO_EFRSUP | FIELD_PREP(IVINFO_PASIZE, QEMU_IOMMU_PA_BITS)),
		.ivhd = {
			.type = IVHD_TYPE_11H,
			.flags = IVHD_HTTUNEN | IVHD_IOTLBSUP | IVHD_PREFSUP,
			.length = htole16(sizeof(t) - offsetof(struct ivrs, ivhd)),
			.device_id = htole16(cfg->device_id),
			.cap_offset = htole16(QEMU_IOMMU_CAP_OFFSET),
			.base = htole64(QEMU_IOMMU_BASE),
			.efr = htole64((QEMU_IOMMU_EFR & ~EFR_PPRSUP) | EFR_SNPSUP),
		},
		/* One entry for all requesters: any set of devices is covered. */
		.all = { .type = IVHD_DEV_ALL },
		.ioapic = {
			.type = IVHD_DEV_SPECIAL,
			.handle = QEMU_IOAPIC_ID,
			.device_id = htole16(QEMU_IOAPIC_REQUESTER),
			.variety = IVHD_SPECIAL_IOAPIC,
		},
	};
	const uint8_t *p = (const uint8_t *)&t;
	uint8_t sum = 0;
	size_t i;

	if (size < sizeof(t))
		return 0;

	memcpy(t.header.oem_id, cfg->oem_id, sizeof(t.header.oem_id));
	memcpy(t.header.oem_table_id, cfg->oem_table_id, sizeof(t.header.oem_table_id));
	for (i = 0; i < sizeof(t); i++)
		sum += p[i];
	t.header.checksum = -sum;

	memcpy(buf, &t, sizeof(t));
	return sizeof(t);
}
