// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-user protocol: what QEMU relies on, and what it must not be able to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client.h"
#include <kselftest_harness.h>

FIXTURE(vfu) {
	struct client c;
	struct client_reply *r;
	unsigned int fds;
};

FIXTURE_SETUP(vfu)
{
	self->fds = open_fds();
	self->r = malloc(sizeof(*self->r));
	ASSERT_NE(NULL, self->r);
	client_start(&self->c, false);
}

FIXTURE_TEARDOWN(vfu)
{
	client_stop(&self->c);
	free(self->r);
	EXPECT_EQ(self->fds, open_fds());
	EXPECT_FALSE(leaks());
}

static int version(struct client *c, uint16_t major, const char *text, uint32_t text_len,
		   struct client_reply *r)
{
	uint8_t msg[512] = { 0 };

	memcpy(msg, &major, 2);
	memcpy(msg + 4, text, text_len);
	return client_call(c, VFU_VERSION, msg, 4 + text_len, NULL, 0, r);
}

#define VERSION(c, text, r) version(c, 0, text, sizeof(text), r)

TEST_F(vfu, version_states_limits)
{
	static const char want[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576}}";

	ASSERT_EQ(0, VERSION(&self->c, CLIENT_VERSION_TEXT, self->r));
	ASSERT_EQ(4 + sizeof(want), self->r->len);
	EXPECT_EQ(0, memcmp("\0\0\0\0", self->r->data, 4));
	EXPECT_STREQ(want, (char *)self->r->data + 4);
}

/* client_call() fails when a reply is larger than its request. */
TEST_F(vfu, version_reply_is_never_larger_than_the_request)
{
	ASSERT_EQ(0, VERSION(&self->c, "{}", self->r));
	EXPECT_STREQ("{}", (char *)self->r->data + 4);
}

TEST_F(vfu, version_without_text_gets_none)
{
	ASSERT_EQ(0, version(&self->c, 0, "", 0, self->r));
	EXPECT_EQ(4, self->r->len);
}

TEST_F(vfu, version_must_be_first_and_only_once)
{
	const struct vfu_info i = { .argsz = sizeof(i) };

	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_GET_INFO, &i, sizeof(i), NULL, 0, NULL));
	EXPECT_EQ(ENOTSUP, version(&self->c, 1, "{}", 3, NULL));
	EXPECT_EQ(EINVAL, version(&self->c, 0, "{}", 2, NULL));	/* no NUL */
	EXPECT_EQ(EINVAL, version(&self->c, 0, "[]", 3, NULL));
	EXPECT_EQ(0, VERSION(&self->c, "{}", NULL));
	EXPECT_EQ(EINVAL, VERSION(&self->c, "{}", NULL));
	EXPECT_EQ(0, client_call(&self->c, VFU_GET_INFO, &i, sizeof(i), NULL, 0, NULL));
}

/* From here on the version is agreed. */
FIXTURE(dev) {
	struct client c;
	struct client_reply *r;
	unsigned int fds;
};

FIXTURE_SETUP(dev)
{
	self->fds = open_fds();
	self->r = malloc(sizeof(*self->r));
	ASSERT_NE(NULL, self->r);
	client_start(&self->c, true);
}

FIXTURE_TEARDOWN(dev)
{
	client_stop(&self->c);
	free(self->r);
	EXPECT_EQ(self->fds, open_fds());
	EXPECT_FALSE(leaks());
}

TEST_F(dev, info_is_what_qemu_accepts)
{
	const struct vfu_info i = { .argsz = sizeof(i) };
	const struct vfu_info *r = (void *)self->r->data;

	ASSERT_EQ(0, client_call(&self->c, VFU_GET_INFO, &i, sizeof(i), NULL, 0, self->r));
	EXPECT_EQ(sizeof(i), self->r->len);
	EXPECT_EQ(VFU_INFO_RESET | VFU_INFO_PCI, r->flags);
	EXPECT_EQ(9, r->nr_regions);
	EXPECT_EQ(5, r->nr_irqs);
}

TEST_F(dev, absent_bars_are_regions_of_size_0)
{
	static const uint64_t size[VFU_NR_REGIONS] = { [2] = 0x100000, [5] = 0x2000, [7] = 4096 };
	const struct vfu_region_info *r = (void *)self->r->data;
	struct vfu_region_info i = { .argsz = sizeof(i) };

	for (i.index = 0; i.index < VFU_NR_REGIONS; i.index++) {
		ASSERT_EQ(0, client_call(&self->c, VFU_GET_REGION_INFO, &i, sizeof(i), NULL, 0,
					 self->r));
		EXPECT_EQ(sizeof(i), self->r->len);
		EXPECT_EQ(i.index, r->index);
		EXPECT_EQ(size[i.index], r->size);
		/* Never mmap-able: the mailbox must see each access. */
		EXPECT_EQ(size[i.index] ? 3 : 0, r->flags);
	}
	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_GET_REGION_INFO, &i, sizeof(i), NULL, 0,
				      NULL));
}

TEST_F(dev, irq_info_covers_msi_and_msix)
{
	static const uint32_t count[VFU_NR_IRQS] = { 0, 2, 2, 1, 0 };
	static const uint32_t flags[VFU_NR_IRQS] = { 0, 9, 9, 1, 0 };
	const struct vfu_irq_info *r = (void *)self->r->data;
	struct vfu_irq_info i = { .argsz = sizeof(i) };

	for (i.index = 0; i.index < VFU_NR_IRQS; i.index++) {
		ASSERT_EQ(0, client_call(&self->c, VFU_GET_IRQ_INFO, &i, sizeof(i), NULL, 0,
					 self->r));
		EXPECT_EQ(count[i.index], r->count);
		EXPECT_EQ(flags[i.index], r->flags);
	}
	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_GET_IRQ_INFO, &i, sizeof(i), NULL, 0, NULL));
}

TEST_F(dev, short_payloads_are_refused)
{
	static const uint16_t cmd[] = {
		VFU_DMA_MAP, VFU_DMA_UNMAP, VFU_GET_INFO, VFU_GET_REGION_INFO, VFU_GET_IRQ_INFO,
		VFU_SET_IRQS, VFU_REGION_READ_CMD, VFU_REGION_WRITE_CMD, VFU_REGION_WRITE_MULTI,
	};
	const uint8_t zero[4] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		EXPECT_EQ(EINVAL, client_call(&self->c, cmd[i], zero, 4, NULL, 0, NULL));
		EXPECT_EQ(EINVAL, client_call(&self->c, cmd[i], NULL, 0, NULL, 0, NULL));
	}
}

TEST_F(dev, unknown_commands_are_refused)
{
	static const uint16_t cmd[] = {
		0, VFU_GET_REGION_IO_FDS, VFU_DMA_READ, VFU_DMA_WRITE, 14, VFU_DEVICE_FEATURE,
		VFU_MIG_DATA_READ, VFU_MIG_DATA_WRITE, 19, 0xffff,
	};
	const uint8_t zero[32] = { 0 };
	int fd[2] = { STDIN_FILENO, STDOUT_FILENO };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmd); i++)
		EXPECT_EQ(ENOTSUP, client_call(&self->c, cmd[i], zero, 32, fd, 2, NULL));
}

/* QEMU takes an answer to a posted write for the end of the stream. */
TEST_F(dev, posted_commands_get_no_reply_not_even_errors)
{
	const struct vfu_info i = { .argsz = sizeof(i) };
	uint16_t id;

	client_set_reg(&self->c, 0x10690, 0x55);
	client_set_reg(&self->c, 0xfffffff0, 0);
	client_send(&self->c, 77, VFU_NO_REPLY, NULL, 0, NULL, 0);
	id = client_send(&self->c, VFU_GET_INFO, 0, &i, sizeof(i), NULL, 0);
	ASSERT_TRUE(client_recv(&self->c, self->r));
	EXPECT_EQ(id, self->r->h.id);
	EXPECT_EQ(0x55, client_reg(&self->c, 0x10690));
}

TEST_F(dev, messages_may_arrive_in_pieces)
{
	struct {
		struct vfu_header h;
		struct vfu_region_access a;
	} m = {
		{ .id = 7, .cmd = VFU_REGION_READ_CMD, .size = sizeof(m) },
		{ .region = VFU_REGION_CONFIG, .count = 4 },
	};
	const uint8_t *byte = (void *)&m;
	unsigned int i;

	for (i = 0; i < sizeof(m); i++) {
		client_send_raw(&self->c, byte + i, 1, NULL, 0);
		if (!(i % 8))
			usleep(1000);
	}
	ASSERT_TRUE(client_recv(&self->c, self->r));
	EXPECT_EQ(7, self->r->h.id);
	EXPECT_EQ(0, memcmp("\x22\x10\x86\x14", self->r->data + sizeof(m.a), 4));
}

TEST_F(dev, several_messages_may_arrive_at_once)
{
	struct {
		struct vfu_header h;
		struct vfu_info i;
	} m[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		m[i].h = (struct vfu_header) {
			.id = i, .cmd = VFU_GET_INFO, .size = sizeof(m[0]),
		};
		m[i].i = (struct vfu_info) { .argsz = sizeof(m[0].i) };
	}
	client_send_raw(&self->c, m, sizeof(m), NULL, 0);
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(client_recv(&self->c, self->r));
		EXPECT_EQ(i, self->r->h.id);
	}
}

TEST_F(dev, impossible_sizes_end_the_connection)
{
	struct vfu_header h = { .cmd = VFU_GET_INFO, .size = 15 };

	client_send_raw(&self->c, &h, sizeof(h), NULL, 0);
	EXPECT_FALSE(client_recv(&self->c, self->r));
	client_stop(&self->c);
	EXPECT_EQ(VFU_PROTOCOL, self->c.end);

	client_start(&self->c, true);
	h.size = 0xffffffff;
	client_send_raw(&self->c, &h, sizeof(h), NULL, 0);
	EXPECT_FALSE(client_recv(&self->c, self->r));
	client_stop(&self->c);
	EXPECT_EQ(VFU_PROTOCOL, self->c.end);
	client_start(&self->c, true);
}

/* QEMU may be killed at any byte. */
TEST_F(dev, end_of_stream_is_a_good_end)
{
	client_stop(&self->c);
	EXPECT_EQ(VFU_CLIENT_GONE, self->c.end);

	client_start(&self->c, true);
	client_send_raw(&self->c, "\0\0\1", 3, NULL, 0);
	client_stop(&self->c);
	EXPECT_EQ(VFU_CLIENT_GONE, self->c.end);
	client_start(&self->c, true);
}

TEST_F(dev, too_many_descriptors_end_the_connection)
{
	const struct vfu_info i = { .argsz = sizeof(i) };
	int fd[40];
	unsigned int n;

	for (n = 0; n < 40; n++)
		fd[n] = STDIN_FILENO;
	client_send(&self->c, VFU_GET_INFO, 0, &i, sizeof(i), fd, 16);
	EXPECT_TRUE(client_recv(&self->c, self->r));
	client_send(&self->c, VFU_GET_INFO, 0, &i, sizeof(i), fd, 40);
	EXPECT_FALSE(client_recv(&self->c, self->r));
}

TEST_F(dev, replies_to_nothing_are_ignored)
{
	const struct vfu_info i = { .argsz = sizeof(i) };

	client_send(&self->c, VFU_GET_INFO, VFU_TYPE_REPLY, &i, sizeof(i), NULL, 0);
	EXPECT_EQ(0, client_call(&self->c, VFU_GET_INFO, &i, sizeof(i), NULL, 0, NULL));
}

TEST_F(dev, accesses_stay_within_their_region)
{
	uint8_t buf[4096];
	const struct {
		uint32_t region;
		uint64_t off;
		uint32_t len;
		int want;
	} t[] = {
		{ 7, 0, 4096, 0 },
		{ 7, 4092, 4, 0 },
		{ 7, 4093, 4, EINVAL },
		{ 7, 4096, 1, EINVAL },
		{ 7, 1, 4096, EINVAL },
		{ 7, 0, 0, EINVAL },
		{ 7, ~0ULL, 2, EINVAL },
		{ 2, 0xffffc, 4, 0 },
		{ 2, 0xffffd, 4, EINVAL },
		{ 5, 0x1ff8, 8, 0 },
		{ 5, 0x2000, 1, EINVAL },
		{ 0, 0, 4, EINVAL },
		{ 6, 0, 4, EINVAL },
		{ 9, 0, 4, EINVAL },
		{ 0xffffffff, 0, 4, EINVAL },
	};
	unsigned int i;

	memset(buf, 0, sizeof(buf));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		EXPECT_EQ(t[i].want, client_read(&self->c, t[i].region, t[i].off, buf, t[i].len));
		memset(buf, 0, sizeof(buf));
		EXPECT_EQ(t[i].want, client_write(&self->c, t[i].region, t[i].off, buf,
						  t[i].len));
	}
}

TEST_F(dev, a_write_carries_as_many_bytes_as_it_says)
{
	struct {
		struct vfu_region_access a;
		uint8_t data[8];
	} m = { { .region = PCI_BAR_REGS, .offset = 0x10690, .count = 8 }, { 1 } };

	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_REGION_WRITE_CMD, &m, sizeof(m) - 4, NULL, 0,
				      NULL));
	m.a.count = 4;
	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_REGION_WRITE_CMD, &m, sizeof(m), NULL, 0,
				      NULL));
	EXPECT_EQ(0, client_reg(&self->c, 0x10690));
}

TEST_F(dev, write_multi_writes_each_entry)
{
	struct {
		uint64_t nr;
		struct vfu_write_multi_entry e[2];
	} m = { 2, {
		{ .region = 2, .offset = 0x109e0, .count = 8, .data = { 1, 0, 0, 0, 2 } },
		{ .region = 2, .offset = 0x10690, .count = 4, .data = { 3 } },
	} };

	EXPECT_EQ(0, client_call(&self->c, VFU_REGION_WRITE_MULTI, &m, sizeof(m), NULL, 0, NULL));
	EXPECT_EQ(1, client_reg(&self->c, 0x109e0));
	EXPECT_EQ(2, client_reg(&self->c, 0x109e4));
	EXPECT_EQ(3, client_reg(&self->c, 0x10690));
	m.nr = 3;
	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_REGION_WRITE_MULTI, &m, sizeof(m), NULL, 0,
				      NULL));
	m.nr = 2;
	m.e[1].count = 9;
	EXPECT_EQ(EINVAL, client_call(&self->c, VFU_REGION_WRITE_MULTI, &m, sizeof(m), NULL, 0,
				      NULL));
}

TEST_F(dev, set_irqs_assigns_and_deassigns)
{
	int fd[2] = { eventfd(0, 0), eventfd(0, 0) };

	/* Assign both, signal by the client's loopback. */
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 2, fd, 2));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 1, 1, NULL, 0));
	EXPECT_EQ(0, event_count(fd[0], 0));
	EXPECT_EQ(1, event_count(fd[1], 0));
	/* The flag of eventfds without one takes it away, and is no error. */
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 1, 1, NULL, 0));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 2, NULL, 0));
	EXPECT_EQ(1, event_count(fd[0], 0));
	EXPECT_EQ(0, event_count(fd[1], 0));
	/* Count 0 drops all of the index. */
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 0, NULL, 0));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSIX, 0, 2, NULL, 0));
	EXPECT_EQ(0, event_count(fd[0], 0));
	/* A later eventfd replaces the earlier. */
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSI, 0, 1, &fd[0], 1));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x24, IRQ_MSI, 0, 1, &fd[1], 1));
	EXPECT_EQ(0, client_set_irqs(&self->c, 0x21, IRQ_MSI, 0, 1, NULL, 0));
	EXPECT_EQ(0, event_count(fd[0], 0));
	EXPECT_EQ(1, event_count(fd[1], 0));
	close(fd[0]);
	close(fd[1]);
}

TEST_F(dev, set_irqs_refuses_what_does_not_exist)
{
	int fd[3] = { STDIN_FILENO, STDIN_FILENO, STDIN_FILENO };

	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 3, fd, 3));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 2, 1, fd, 1));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0xffffffff, 2, fd, 2));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 1, 0xffffffff, fd, 2));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 1, 0xffffffff, NULL, 0));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_MSIX, 0, 2, fd, 1));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, IRQ_INTX, 0, 1, fd, 1));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x24, 5, 0, 1, fd, 1));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x27, IRQ_MSIX, 0, 1, fd, 1));
	EXPECT_EQ(ENOTSUP, client_set_irqs(&self->c, 0x0c, IRQ_MSIX, 0, 1, fd, 1));
	EXPECT_EQ(EINVAL, client_set_irqs(&self->c, 0x22, IRQ_MSIX, 0, 2, NULL, 0));
}

TEST_F(dev, dma_regions_do_not_overlap)
{
	int fd = memory_file(0x10000);

	EXPECT_EQ(0, client_map(&self->c, 0x1000, 0x2000, 0x1000, 3, fd));
	EXPECT_EQ(EEXIST, client_map(&self->c, 0x1000, 0x2000, 0x1000, 3, fd));
	EXPECT_EQ(EEXIST, client_map(&self->c, 0x2fff, 1, 0, 3, fd));
	EXPECT_EQ(EEXIST, client_map(&self->c, 0, 0x10000, 0, 3, fd));
	EXPECT_EQ(0, client_map(&self->c, 0x3000, 0x1000, 0x3000, 3, fd));
	EXPECT_EQ(0, client_map(&self->c, 0, 0x1000, 0, 1, fd));
	/* One file, however often it comes. */
	EXPECT_EQ(1, dma_nr_files(self->c.dma));
	EXPECT_EQ(ENOENT, client_unmap(&self->c, 0x1000, 0x1000, 0));
	EXPECT_EQ(ENOENT, client_unmap(&self->c, 0x5000, 0x1000, 0));
	EXPECT_EQ(0, client_unmap(&self->c, 0x1000, 0x2000, 0));
	EXPECT_EQ(ENOENT, client_unmap(&self->c, 0x1000, 0x2000, 0));
	EXPECT_EQ(1, dma_nr_files(self->c.dma));
	EXPECT_EQ(EINVAL, client_unmap(&self->c, 1, 0, 2));
	EXPECT_EQ(0, client_unmap(&self->c, 0, 0, 2));
	EXPECT_EQ(0, dma_nr_files(self->c.dma));
	EXPECT_EQ(ENOTSUP, client_unmap(&self->c, 0, 0, 1));
	close(fd);
}

TEST_F(dev, dma_regions_lie_within_their_file)
{
	int ro, fd = memory_file(0x10000);
	int pair[2];
	char path[64];

	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x11000, 0, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x1000, 0xf001, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x1000, ~0ULL, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, ~0ULL, 0x1000, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, ~0ULL - 0xfff, 0x2000, 0, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0, 0, 3, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x1000, 0, 0, fd));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x1000, 0, 4, fd));
	ASSERT_EQ(0, pipe(pair));
	EXPECT_EQ(EINVAL, client_map(&self->c, 0, 0x1000, 0, 3, pair[0]));
	close(pair[0]);
	close(pair[1]);
	/* A descriptor that permits less than the region claims. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(EACCES, client_map(&self->c, 0, 0x1000, 0, 3, ro));
	EXPECT_EQ(0, client_map(&self->c, 0, 0x1000, 0, 1, ro));
	EXPECT_EQ(0, client_map(&self->c, 0x1000, 0x1000, 0, 3, fd));
	close(ro);
	close(fd);
}

TEST_HARNESS_MAIN
