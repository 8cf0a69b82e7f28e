/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory as the vfio-user client maps it for the device: a table of
 * regions (guest physical address, size, rights) over shared files.
 *
 * The client maps and unmaps from the socket thread while the command worker
 * reads and writes: an unmap waits until no access uses the table.  A region
 * that came without a file (firmware ROM, or RAM of a machine that was started
 * without share=on) is remembered and refuses access.
 *
 * A client that truncates a file after mapping it kills this process (SIGBUS);
 * QEMU seals its memfd against that.
 */
#ifndef ASPD_DMA_H
#define ASPD_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dma;

#define DMA_READABLE	1
#define DMA_WRITABLE	2

struct dma *dma_new(void);
void dma_free(struct dma *d);

/**
 * dma_map() - a new region
 * @d: table
 * @addr: guest physical address of the first byte
 * @size: bytes
 * @offset: where it starts in the file
 * @flags: DMA_READABLE, DMA_WRITABLE
 * @fd: file that backs it, or -1; the caller keeps it and may close it
 *
 * Return: 0; -EEXIST on overlap, -EINVAL for a range that is empty, wraps or
 * reaches past the end of the file, -ENOSPC when the table is full.
 */
int dma_map(struct dma *d, uint64_t addr, uint64_t size, uint64_t offset, uint32_t flags, int fd);

/* Take exactly this region away; -ENOENT if there is none. */
int dma_unmap(struct dma *d, uint64_t addr, uint64_t size);
void dma_unmap_all(struct dma *d);

/**
 * dma_read(), dma_write(), dma_zero() - access guest memory
 *
 * May span regions that touch.  All or nothing as far as the table can tell
 * beforehand: on failure nothing was written.
 *
 * Return: 0 or -EFAULT (a byte is not mapped, has no file, or may not be
 * accessed that way); the reason is logged.
 */
int dma_read(struct dma *d, uint64_t addr, void *buf, size_t len);
int dma_write(struct dma *d, uint64_t addr, const void *buf, size_t len);
int dma_zero(struct dma *d, uint64_t addr, uint64_t len);

/**
 * dma_hold() - pin a piece of memory for direct (atomic) access
 * @d: table
 * @addr: guest physical address
 * @len: bytes, all within one region that is readable and writable
 *
 * Nothing is unmapped until dma_release(); hold it briefly.
 *
 * Return: host address, or NULL when nothing is held.
 */
void *dma_hold(struct dma *d, uint64_t addr, size_t len);
void dma_release(struct dma *d);

/* Files that are mapped at the moment, for tests. */
unsigned int dma_nr_files(struct dma *d);

#endif /* ASPD_DMA_H */
