// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory as the vfio-user client maps it.
 *
 * QEMU sends a new descriptor of the same file with every region, and firmware
 * remaps the low megabyte many times: a file is mapped once, whole, and shared
 * by its regions.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dma.h"
#include "log.h"

#define DMA_REGIONS_MAX	1024

struct dma_file {
	struct dma_file *next;
	dev_t dev;
	ino_t ino;
	uint8_t *base;
	uint64_t size;
	bool writable;
	unsigned int refs;
};

struct dma_region {
	uint64_t addr;
	uint64_t size;
	uint64_t offset;
	uint32_t flags;
	struct dma_file *file;		/* NULL: came without a descriptor */
};

struct dma {
	pthread_rwlock_t lock;		/* accesses share it, map and unmap own it */
	struct dma_file *files;
	unsigned int nr_regions;
	struct dma_region region[DMA_REGIONS_MAX];	/* sorted by address */
};

struct dma *dma_new(void)
{
	struct dma *d = calloc(1, sizeof(*d));
	pthread_rwlockattr_t attr;

	if (!d)
		return NULL;
	/* A worker that copies in a loop must not starve an unmap. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&d->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return d;
}

void dma_free(struct dma *d)
{
	if (!d)
		return;
	dma_unmap_all(d);
	pthread_rwlock_destroy(&d->lock);
	free(d);
}

static int file_get(struct dma *d, int fd, bool writable, struct dma_file **out)
{
	struct dma_file *f;
	struct stat st;
	void *base;
	int prot = PROT_READ | PROT_WRITE;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -EINVAL;
	for (f = d->files; f; f = f->next) {
		if (f->dev == st.st_dev && f->ino == st.st_ino &&
		    f->size == (uint64_t)st.st_size && (f->writable || !writable)) {
			f->refs++;
			*out = f;
			return 0;
		}
	}

	/*
	 * Writable if the descriptor permits it, whatever the first region asks
	 * for: a later region of the file may be writable.
	 */
	base = mmap(NULL, st.st_size, prot, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (base == MAP_FAILED && !writable) {
		prot = PROT_READ;
		base = mmap(NULL, st.st_size, prot, MAP_SHARED | MAP_NORESERVE, fd, 0);
	}
	if (base == MAP_FAILED)
		return -errno;
	f = calloc(1, sizeof(*f));
	if (!f) {
		munmap(base, st.st_size);
		return -ENOMEM;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->base = base;
	f->size = st.st_size;
	f->writable = prot & PROT_WRITE;
	f->refs = 1;
	f->next = d->files;
	d->files = f;
	*out = f;
	return 0;
}

static void file_put(struct dma *d, struct dma_file *f)
{
	struct dma_file **p;

	if (!f || --f->refs)
		return;
	for (p = &d->files; *p != f; p = &(*p)->next)
		;
	*p = f->next;
	munmap(f->base, f->size);
	free(f);
}

/* Index of the first region that ends behind @addr. */
static unsigned int region_find(const struct dma *d, uint64_t addr)
{
	unsigned int lo = 0, hi = d->nr_regions;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct dma_region *r = &d->region[mid];

		if (r->addr + (r->size - 1) < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int region_insert(struct dma *d, uint64_t addr, uint64_t size, uint64_t offset,
			 uint32_t flags, int fd)
{
	struct dma_file *file = NULL;
	unsigned int i;
	int ret;

	i = region_find(d, addr);
	if (i < d->nr_regions && d->region[i].addr <= addr + (size - 1))
		return -EEXIST;
	if (d->nr_regions == DMA_REGIONS_MAX)
		return -ENOSPC;
	if (fd >= 0) {
		ret = file_get(d, fd, flags & DMA_WRITABLE, &file);
		if (ret)
			return ret;
		if (offset > file->size || size > file->size - offset) {
			file_put(d, file);
			return -EINVAL;
		}
	}
	memmove(&d->region[i + 1], &d->region[i], (d->nr_regions - i) * sizeof(d->region[0]));
	d->region[i] = (struct dma_region) {
		.addr = addr, .size = size, .offset = offset, .flags = flags, .file = file,
	};
	d->nr_regions++;
	return 0;
}

int dma_map(struct dma *d, uint64_t addr, uint64_t size, uint64_t offset, uint32_t flags, int fd)
{
	int ret;

	if (!size || addr + (size - 1) < addr)
		return -EINVAL;
	pthread_rwlock_wrlock(&d->lock);
	ret = region_insert(d, addr, size, offset, flags, fd);
	pthread_rwlock_unlock(&d->lock);
	return ret;
}

int dma_unmap(struct dma *d, uint64_t addr, uint64_t size)
{
	struct dma_region *r;
	unsigned int i;
	int ret = -ENOENT;

	pthread_rwlock_wrlock(&d->lock);
	i = region_find(d, addr);
	r = &d->region[i];
	if (i < d->nr_regions && r->addr == addr && r->size == size) {
		file_put(d, r->file);
		d->nr_regions--;
		memmove(r, r + 1, (d->nr_regions - i) * sizeof(*r));
		ret = 0;
	}
	pthread_rwlock_unlock(&d->lock);
	return ret;
}

void dma_unmap_all(struct dma *d)
{
	pthread_rwlock_wrlock(&d->lock);
	while (d->nr_regions)
		file_put(d, d->region[--d->nr_regions].file);
	pthread_rwlock_unlock(&d->lock);
}

/* Host address of @addr and how many bytes from there are the region's. */
static uint8_t *region_ptr(const struct dma *d, uint64_t addr, uint32_t need, uint64_t *left)
{
	const struct dma_region *r;
	unsigned int i = region_find(d, addr);
	const char *why;

	r = &d->region[i];
	if (i == d->nr_regions || r->addr > addr)
		why = "nothing is mapped there";
	else if (!r->file)
		why = "the region came without a file descriptor; is guest memory share=on?";
	else if ((r->flags & need) != need)
		why = need & DMA_WRITABLE ? "the region is read-only" : "it is not readable";
	else
		why = NULL;
	if (why) {
		log_warn("DMA at 0x%llx fails: %s", (unsigned long long)addr, why);
		return NULL;
	}
	*left = r->size - (addr - r->addr);
	return r->file->base + r->offset + (addr - r->addr);
}

/* Is every byte accessible?  Checked first, so that a failure changes nothing. */
static bool range_ok(const struct dma *d, uint64_t addr, uint64_t len, uint32_t need)
{
	uint64_t left;

	if (len && addr + (len - 1) < addr)
		return false;
	while (len) {
		if (!region_ptr(d, addr, need, &left))
			return false;
		if (left >= len)
			return true;
		addr += left;
		len -= left;
	}
	return true;
}

enum dma_op { DMA_OP_READ, DMA_OP_WRITE, DMA_OP_ZERO };

static int dma_access(struct dma *d, uint64_t addr, void *buf, uint64_t len, enum dma_op op)
{
	uint32_t need = op == DMA_OP_READ ? DMA_READABLE : DMA_WRITABLE;
	uint8_t *pos = buf;
	uint64_t left, n;
	uint8_t *p;
	int ret = 0;

	pthread_rwlock_rdlock(&d->lock);
	if (!range_ok(d, addr, len, need)) {
		ret = -EFAULT;
		goto out;
	}
	for (; len; addr += n, len -= n) {
		p = region_ptr(d, addr, need, &left);
		n = left < len ? left : len;
		switch (op) {
		case DMA_OP_READ:
			memcpy(pos, p, n);
			break;
		case DMA_OP_WRITE:
			memcpy(p, pos, n);
			break;
		case DMA_OP_ZERO:
			memset(p, 0, n);
			continue;
		}
		pos += n;
	}
out:
	pthread_rwlock_unlock(&d->lock);
	return ret;
}

int dma_read(struct dma *d, uint64_t addr, void *buf, size_t len)
{
	return dma_access(d, addr, buf, len, DMA_OP_READ);
}

int dma_write(struct dma *d, uint64_t addr, const void *buf, size_t len)
{
	return dma_access(d, addr, (void *)buf, len, DMA_OP_WRITE);
}

int dma_zero(struct dma *d, uint64_t addr, uint64_t len)
{
	return dma_access(d, addr, NULL, len, DMA_OP_ZERO);
}

void *dma_hold(struct dma *d, uint64_t addr, size_t len)
{
	uint64_t left;
	uint8_t *p;

	pthread_rwlock_rdlock(&d->lock);
	p = region_ptr(d, addr, DMA_READABLE | DMA_WRITABLE, &left);
	if (p && left >= len)
		return p;
	pthread_rwlock_unlock(&d->lock);
	return NULL;
}

void dma_release(struct dma *d)
{
	pthread_rwlock_unlock(&d->lock);
}

unsigned int dma_nr_files(struct dma *d)
{
	const struct dma_file *f;
	unsigned int n = 0;

	pthread_rwlock_rdlock(&d->lock);
	for (f = d->files; f; f = f->next)
		n++;
	pthread_rwlock_unlock(&d->lock);
	return n;
}
