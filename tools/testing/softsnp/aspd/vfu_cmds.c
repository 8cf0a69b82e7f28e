// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-user server, commands.  Every number of a message comes from the client
 * and is checked against the payload that arrived and against the device.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vfu_priv.h"

/* Payload of the reply, zeroed.  @len fits VFU_PAYLOAD_MAX. */
static void *reply(struct vfu_conn *c, uint32_t len)
{
	c->out_len = len;
	return memset(c->out, 0, len);
}

/*
 * The reply must not be larger than the request: the longest text that fits is
 * sent.  write_multiple is left out, so that posted writes come one by one.
 */
static int cmd_version(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_version *v = (const void *)c->in;
	struct vfu_version *r;
	uint32_t text_len, room;
	char text[128];
	int n;

	if (c->versioned || len < sizeof(*v))
		return -EINVAL;
	text_len = len - sizeof(*v);
	if (text_len && (v->text[0] != '{' || v->text[text_len - 1]))
		return -EINVAL;
	if (v->major != 0)
		return -ENOTSUP;

	n = snprintf(text, sizeof(text),
		     "{\"capabilities\":{\"max_msg_fds\":%d,\"max_data_xfer_size\":%d}}",
		     VFU_MAX_FDS, VFU_MAX_XFER);
	room = text_len;
	if ((uint32_t)n + 1 > room)
		n = snprintf(text, sizeof(text), "{}");
	if ((uint32_t)n + 1 > room)
		n = -1;
	r = reply(c, sizeof(*r) + n + 1);
	memcpy(r->text, text, n + 1);
	c->versioned = true;
	return 0;
}

static int cmd_get_info(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_info *i = (const void *)c->in;
	struct vfu_info *r;

	if (len < sizeof(*i) || i->argsz < sizeof(*i))
		return -EINVAL;
	r = reply(c, sizeof(*r));
	r->argsz = sizeof(*r);
	r->flags = VFU_INFO_RESET | VFU_INFO_PCI;
	r->nr_regions = VFU_NR_REGIONS;
	r->nr_irqs = VFU_NR_IRQS;
	return 0;
}

/* An absent BAR is a region of size 0: an error would end QEMU's start. */
static int cmd_get_region_info(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_region_info *i = (const void *)c->in;
	struct vfu_region_info *r;

	if (len < sizeof(*i) || i->argsz < sizeof(*i) || i->index >= VFU_NR_REGIONS)
		return -EINVAL;
	r = reply(c, sizeof(*r));
	r->argsz = sizeof(*r);
	r->index = i->index;
	r->flags = c->dev->region[i->index].flags;
	r->size = c->dev->region[i->index].size;
	return 0;
}

static int cmd_get_irq_info(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_irq_info *i = (const void *)c->in;
	struct vfu_irq_info *r;

	if (len < sizeof(*i) || i->argsz < sizeof(*i) || i->index >= VFU_NR_IRQS)
		return -EINVAL;
	r = reply(c, sizeof(*r));
	r->argsz = sizeof(*r);
	r->index = i->index;
	r->flags = c->dev->irq[i->index].flags;
	r->count = c->dev->irq[i->index].count;
	return 0;
}

/* Eventfds for vectors; no descriptor at all takes them away. */
static int set_eventfds(struct vfu_conn *c, const struct vfu_irq_set *s)
{
	const struct vfu_dev *d = c->dev;
	uint32_t v;

	if (c->nr_fds && c->nr_fds != s->count)
		return -EINVAL;
	for (v = 0; v < s->count; v++)
		d->irq_assign(d->opaque, s->index, s->start + v,
			      c->nr_fds ? vfu_take_fd(c, v) : -1);
	return 0;
}

static int cmd_set_irqs(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_irq_set *s = (const void *)c->in;
	const struct vfu_dev *d = c->dev;
	uint32_t v, nr;

	if (len < sizeof(*s) || s->argsz < sizeof(*s) || s->index >= VFU_NR_IRQS)
		return -EINVAL;
	nr = d->irq[s->index].count;
	if (s->start > nr || s->count > nr - s->start)
		return -EINVAL;
	if (s->flags & ~(VFU_IRQ_DATA | VFU_IRQ_ACTION))
		return -EINVAL;
	/* No interrupt of the device is maskable through the protocol. */
	if ((s->flags & VFU_IRQ_ACTION) != VFU_IRQ_ACTION_TRIGGER)
		return -ENOTSUP;

	switch (s->flags & VFU_IRQ_DATA) {
	case VFU_IRQ_DATA_EVENTFD:
		return set_eventfds(c, s);
	case VFU_IRQ_DATA_NONE:
		if (!s->count)
			for (v = 0; v < nr; v++)
				d->irq_assign(d->opaque, s->index, v, -1);
		for (v = 0; v < s->count; v++)
			d->irq_trigger(d->opaque, s->index, s->start + v);
		return 0;
	case VFU_IRQ_DATA_BOOL:
		if (len - sizeof(*s) < s->count)
			return -EINVAL;
		for (v = 0; v < s->count; v++)
			if (s->data[v])
				d->irq_trigger(d->opaque, s->index, s->start + v);
		return 0;
	}
	return -EINVAL;
}

static int check_access(const struct vfu_dev *d, uint32_t region, uint64_t off, uint32_t count,
			uint32_t right)
{
	const struct vfu_region *r;

	if (region >= VFU_NR_REGIONS)
		return -EINVAL;
	r = &d->region[region];
	if (!(r->flags & right) || !count || count > VFU_MAX_XFER)
		return -EINVAL;
	if (off > r->size || count > r->size - off)
		return -EINVAL;
	return 0;
}

static int cmd_region_read(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_region_access *a = (const void *)c->in;
	struct vfu_region_access *r;
	int ret;

	if (len < sizeof(*a))
		return -EINVAL;
	ret = check_access(c->dev, a->region, a->offset, a->count, VFU_REGION_READ);
	if (ret)
		return ret;
	r = reply(c, sizeof(*r) + a->count);
	r->offset = a->offset;
	r->region = a->region;
	r->count = a->count;
	return c->dev->read(c->dev->opaque, a->region, a->offset, r->data, a->count);
}

static int cmd_region_write(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_region_access *a = (const void *)c->in;
	struct vfu_region_access *r;
	int ret;

	if (len < sizeof(*a))
		return -EINVAL;
	ret = check_access(c->dev, a->region, a->offset, a->count, VFU_REGION_WRITE);
	if (ret)
		return ret;
	if (len - sizeof(*a) != a->count)
		return -EINVAL;
	r = reply(c, sizeof(*r));
	r->offset = a->offset;
	r->region = a->region;
	r->count = a->count;
	return c->dev->write(c->dev->opaque, a->region, a->offset, a->data, a->count);
}

/* Not offered in the version reply, but defined. */
static int cmd_region_write_multi(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_write_multi *m = (const void *)c->in;
	const struct vfu_write_multi_entry *e;
	uint64_t i;
	int ret;

	if (len < sizeof(*m) || m->nr > (len - sizeof(*m)) / sizeof(*e))
		return -EINVAL;
	for (i = 0; i < m->nr; i++) {
		e = &m->entry[i];
		if (e->count > sizeof(e->data))
			return -EINVAL;
		ret = check_access(c->dev, e->region, e->offset, e->count, VFU_REGION_WRITE);
		if (ret)
			return ret;
		ret = c->dev->write(c->dev->opaque, e->region, e->offset, e->data, e->count);
		if (ret)
			return ret;
	}
	return 0;
}

static int cmd_dma_map(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_dma_map *m = (const void *)c->in;

	if (len < sizeof(*m) || m->argsz < sizeof(*m) || c->nr_fds > 1)
		return -EINVAL;
	if (!m->flags || (m->flags & ~(VFU_DMA_READABLE | VFU_DMA_WRITABLE)))
		return -EINVAL;
	return c->dev->dma_map(c->dev->opaque, m->addr, m->size, m->offset, m->flags,
			       c->nr_fds ? c->fd[0] : -1);
}

static int cmd_dma_unmap(struct vfu_conn *c, uint32_t len)
{
	const struct vfu_dma_unmap *u = (const void *)c->in;
	int ret = 0;

	if (len < sizeof(*u) || u->argsz < sizeof(*u))
		return -EINVAL;
	/* No dirty page tracking. */
	if (u->flags & ~VFU_DMA_UNMAP_ALL)
		return -ENOTSUP;
	if (u->flags & VFU_DMA_UNMAP_ALL) {
		if (u->addr || u->size)
			return -EINVAL;
		c->dev->dma_unmap_all(c->dev->opaque);
	} else {
		ret = c->dev->dma_unmap(c->dev->opaque, u->addr, u->size);
	}
	if (!ret)
		memcpy(reply(c, sizeof(*u)), u, sizeof(*u));
	return ret;
}

static int cmd_device_reset(struct vfu_conn *c)
{
	c->dev->reset(c->dev->opaque);
	return 0;
}

int vfu_command(struct vfu_conn *c, uint16_t cmd, uint32_t len)
{
	if (!c->versioned && cmd != VFU_VERSION)
		return -EINVAL;

	switch (cmd) {
	case VFU_VERSION:
		return cmd_version(c, len);
	case VFU_DMA_MAP:
		return cmd_dma_map(c, len);
	case VFU_DMA_UNMAP:
		return cmd_dma_unmap(c, len);
	case VFU_GET_INFO:
		return cmd_get_info(c, len);
	case VFU_GET_REGION_INFO:
		return cmd_get_region_info(c, len);
	case VFU_GET_IRQ_INFO:
		return cmd_get_irq_info(c, len);
	case VFU_SET_IRQS:
		return cmd_set_irqs(c, len);
	case VFU_REGION_READ_CMD:
		return cmd_region_read(c, len);
	case VFU_REGION_WRITE_CMD:
		return cmd_region_write(c, len);
	case VFU_REGION_WRITE_MULTI:
		return cmd_region_write_multi(c, len);
	case VFU_DEVICE_RESET:
		return cmd_device_reset(c);
	}
	/*
	 * No region is mapped by ioeventfd and nothing migrates; DMA_READ and
	 * DMA_WRITE are the server's to send.
	 */
	return -ENOTSUP;
}
