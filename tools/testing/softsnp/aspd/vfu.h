/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-user server: one device, one client, one stream socket.  Protocol
 * version 0.0 as the vfio-user specification has it, server side.
 *
 * Messages are processed in order on the calling thread.  The server sends
 * replies only.
 */
#ifndef ASPD_VFU_H
#define ASPD_VFU_H

#include <stdbool.h>
#include <stdint.h>

/* Regions of a vfio-pci device. */
#define VFU_REGION_CONFIG	7
#define VFU_NR_REGIONS		9

#define VFU_REGION_READ		1
#define VFU_REGION_WRITE	2

#define VFU_IRQ_EVENTFD		1
#define VFU_IRQ_NORESIZE	8
#define VFU_NR_IRQS		5

/* What the server states in the version reply. */
#define VFU_MAX_FDS		8
#define VFU_MAX_XFER		0x100000

struct vfu_region {
	uint64_t size;			/* 0: absent */
	uint32_t flags;
};

struct vfu_irq {
	uint32_t count;
	uint32_t flags;
};

/**
 * struct vfu_dev - the device that is served
 * @opaque: handed to every function
 * @region: what GET_REGION_INFO says
 * @irq: what GET_IRQ_INFO says
 * @read: read from a region; the range lies within it
 * @write: likewise write
 * @irq_assign: eventfd of a vector, taken over; -1 takes it away
 * @irq_trigger: signal a vector's eventfd
 * @dma_map: new region of guest memory; @fd (or -1) is the caller's
 * @dma_unmap: take a region away
 * @dma_unmap_all: take all away
 * @reset: DEVICE_RESET; returns when the device is quiet
 *
 * Functions that return int give 0 or a negative errno, which the client gets.
 */
struct vfu_dev {
	void *opaque;
	struct vfu_region region[VFU_NR_REGIONS];
	struct vfu_irq irq[VFU_NR_IRQS];
	int (*read)(void *opaque, unsigned int region, uint64_t off, void *buf, uint32_t len);
	int (*write)(void *opaque, unsigned int region, uint64_t off, const void *buf,
		     uint32_t len);
	void (*irq_assign)(void *opaque, unsigned int index, unsigned int vector, int fd);
	void (*irq_trigger)(void *opaque, unsigned int index, unsigned int vector);
	int (*dma_map)(void *opaque, uint64_t addr, uint64_t size, uint64_t offset,
		       uint32_t flags, int fd);
	int (*dma_unmap)(void *opaque, uint64_t addr, uint64_t size);
	void (*dma_unmap_all)(void *opaque);
	void (*reset)(void *opaque);
};

/* Why vfu_serve() came back. */
enum vfu_end {
	VFU_CLIENT_GONE,		/* end of stream */
	VFU_STOPPED,			/* @stop_fd became readable */
	VFU_PROTOCOL,			/* the client broke the framing; logged */
	VFU_ERROR,			/* of the socket, or out of memory; logged */
};

/**
 * vfu_serve() - serve one client until it goes away
 * @dev: device
 * @sock: connected stream socket; stays open
 * @stop_fd: makes the function return when it becomes readable; -1: none
 */
enum vfu_end vfu_serve(const struct vfu_dev *dev, int sock, int stop_fd);

#endif /* ASPD_VFU_H */
