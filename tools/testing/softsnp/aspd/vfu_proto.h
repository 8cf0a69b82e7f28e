/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-user messages on the wire: host byte order, packed.
 */
#ifndef ASPD_VFU_PROTO_H
#define ASPD_VFU_PROTO_H

#include <stdint.h>

#include <snp/types.h>

#include "util.h"

enum vfu_cmd {
	VFU_VERSION		= 1,
	VFU_DMA_MAP		= 2,
	VFU_DMA_UNMAP		= 3,
	VFU_GET_INFO		= 4,
	VFU_GET_REGION_INFO	= 5,
	VFU_GET_REGION_IO_FDS	= 6,
	VFU_GET_IRQ_INFO	= 7,
	VFU_SET_IRQS		= 8,
	VFU_REGION_READ_CMD	= 9,
	VFU_REGION_WRITE_CMD	= 10,
	VFU_DMA_READ		= 11,
	VFU_DMA_WRITE		= 12,
	VFU_DEVICE_RESET	= 13,
	VFU_REGION_WRITE_MULTI	= 15,
	VFU_DEVICE_FEATURE	= 16,
	VFU_MIG_DATA_READ	= 17,
	VFU_MIG_DATA_WRITE	= 18,
};

#define VFU_TYPE		GENMASK(3, 0)
#define VFU_TYPE_COMMAND	0
#define VFU_TYPE_REPLY		1
#define VFU_NO_REPLY		BIT(4)
#define VFU_ERROR_FLAG		BIT(5)

struct vfu_header {
	uint16_t id;
	uint16_t cmd;
	uint32_t size;			/* of the whole message */
	uint32_t flags;
	uint32_t error;			/* positive errno */
} __packed;
SNP_CHECK_SIZE(struct vfu_header, 16);

struct vfu_version {
	uint16_t major;
	uint16_t minor;
	char text[];			/* JSON, with its NUL */
} __packed;

struct vfu_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t nr_regions;
	uint32_t nr_irqs;
} __packed;
SNP_CHECK_SIZE(struct vfu_info, 16);
#define VFU_INFO_RESET		BIT(0)
#define VFU_INFO_PCI		BIT(1)

struct vfu_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
} __packed;
SNP_CHECK_SIZE(struct vfu_region_info, 32);

struct vfu_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
} __packed;
SNP_CHECK_SIZE(struct vfu_irq_info, 16);

struct vfu_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
	uint8_t data[];
} __packed;
SNP_CHECK_SIZE(struct vfu_irq_set, 20);
#define VFU_IRQ_DATA		GENMASK(2, 0)
#define VFU_IRQ_DATA_NONE	BIT(0)
#define VFU_IRQ_DATA_BOOL	BIT(1)
#define VFU_IRQ_DATA_EVENTFD	BIT(2)
#define VFU_IRQ_ACTION		GENMASK(5, 3)
#define VFU_IRQ_ACTION_TRIGGER	BIT(5)

struct vfu_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	uint8_t data[];
} __packed;
SNP_CHECK_SIZE(struct vfu_region_access, 16);

struct vfu_write_multi_entry {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	uint8_t data[8];
} __packed;
SNP_CHECK_SIZE(struct vfu_write_multi_entry, 24);

struct vfu_write_multi {
	uint64_t nr;
	struct vfu_write_multi_entry entry[];
} __packed;

struct vfu_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t addr;
	uint64_t size;
} __packed;
SNP_CHECK_SIZE(struct vfu_dma_map, 32);
#define VFU_DMA_READABLE	BIT(0)
#define VFU_DMA_WRITABLE	BIT(1)

struct vfu_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t addr;
	uint64_t size;
} __packed;
SNP_CHECK_SIZE(struct vfu_dma_unmap, 24);
#define VFU_DMA_UNMAP_ALL	BIT(1)

#endif /* ASPD_VFU_PROTO_H */
