// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutated vfio-user messages: the server must neither crash nor keep a
 * descriptor, whatever it is sent.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include <kselftest_harness.h>

#define MUTATIONS	2000
#define MSG_MAX		4200

/* xorshift64: the same messages in every run. */
static uint64_t rnd_state = 0x5eed5eed5eed5eedULL;

static uint32_t rnd(uint32_t below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return (rnd_state >> 11) % below;
}

/* A valid message of a random kind; its length. */
static uint32_t valid(uint8_t *msg)
{
	static const uint16_t cmds[] = {
		VFU_VERSION, VFU_DMA_MAP, VFU_DMA_UNMAP, VFU_GET_INFO, VFU_GET_REGION_INFO,
		VFU_GET_IRQ_INFO, VFU_SET_IRQS, VFU_REGION_READ_CMD, VFU_REGION_WRITE_CMD,
		VFU_REGION_WRITE_MULTI, VFU_DEVICE_RESET, VFU_DMA_READ,
	};
	struct vfu_header *h = (void *)msg;
	uint8_t *p = msg + sizeof(*h);
	uint32_t len = 0;

	memset(msg, 0, MSG_MAX);
	h->id = rnd(0x10000);
	h->cmd = cmds[rnd(ARRAY_SIZE(cmds))];
	h->flags = rnd(4) ? 0 : VFU_NO_REPLY;
	switch (h->cmd) {
	case VFU_VERSION:
		memcpy(p + 4, CLIENT_VERSION_TEXT, sizeof(CLIENT_VERSION_TEXT));
		len = 4 + sizeof(CLIENT_VERSION_TEXT);
		break;
	case VFU_DMA_MAP:
		*(struct vfu_dma_map *)p = (struct vfu_dma_map) {
			.argsz = 32, .flags = 1 + rnd(3), .offset = rnd(4) * 0x1000,
			.addr = rnd(16) * 0x1000, .size = (1 + rnd(4)) * 0x1000,
		};
		len = 32;
		break;
	case VFU_DMA_UNMAP:
		*(struct vfu_dma_unmap *)p = (struct vfu_dma_unmap) {
			.argsz = 24, .flags = rnd(8) ? 0 : 2, .addr = rnd(16) * 0x1000,
			.size = (1 + rnd(4)) * 0x1000,
		};
		len = 24;
		break;
	case VFU_GET_INFO:
	case VFU_GET_IRQ_INFO:
		*(struct vfu_irq_info *)p = (struct vfu_irq_info) {
			.argsz = 16, .index = rnd(5),
		};
		len = 16;
		break;
	case VFU_GET_REGION_INFO:
		*(struct vfu_region_info *)p = (struct vfu_region_info) {
			.argsz = 32, .index = rnd(9),
		};
		len = 32;
		break;
	case VFU_SET_IRQS:
		*(struct vfu_irq_set *)p = (struct vfu_irq_set) {
			.argsz = 20, .flags = rnd(2) ? 0x24 : 0x21, .index = 1 + rnd(2),
			.start = rnd(2), .count = rnd(3),
		};
		len = 20;
		break;
	case VFU_REGION_READ_CMD:
	case VFU_REGION_WRITE_CMD:
		*(struct vfu_region_access *)p = (struct vfu_region_access) {
			.region = rnd(2) ? 2 : 7, .offset = rnd(2) ? 0x10980 : rnd(0x1100) & ~3U,
			.count = rnd(8) ? 4 : 1 + rnd(4096),
		};
		len = 16;
		if (h->cmd == VFU_REGION_WRITE_CMD)
			len += ((struct vfu_region_access *)p)->count;
		break;
	case VFU_REGION_WRITE_MULTI:
		p[0] = rnd(5);
		len = 8 + p[0] * 24;
		break;
	}
	h->size = sizeof(*h) + len;
	return h->size;
}

static void mutate(uint8_t *msg, uint32_t *len)
{
	struct vfu_header *h = (void *)msg;
	uint32_t i, n;

	switch (rnd(6)) {
	case 0:		/* bits */
		for (n = 1 + rnd(8); n; n--)
			msg[rnd(*len)] ^= 1 << rnd(8);
		break;
	case 1:		/* a field becomes extreme */
		if (*len >= sizeof(*h) + 4) {
			i = (4 + rnd(*len / 4 - 4)) * 4;
			memset(msg + i, rnd(2) ? 0xff : 0x80, 4);
		}
		break;
	case 2:		/* the message is shorter, and says so */
		*len = sizeof(*h) + (*len > sizeof(*h) ? rnd(*len - sizeof(*h)) : 0);
		h->size = *len;
		break;
	case 3:		/* the message is longer than its kind */
		n = rnd(64);
		for (i = 0; i < n; i++)
			msg[*len + i] = rnd(256);
		*len += n;
		h->size = *len;
		break;
	case 4:		/* the size is a lie */
		h->size = rnd(2) ? rnd(64) : rnd(0x7fffffff);
		break;
	case 5:		/* noise behind a sound header */
		for (i = sizeof(*h); i < *len; i++)
			msg[i] = rnd(256);
		break;
	}
}

/* Read away what the server answers; false once it hung up. */
static bool drain(struct client *c)
{
	static uint8_t sink[65536];
	ssize_t n;

	while ((n = recv(c->sock, sink, sizeof(sink), MSG_DONTWAIT)) > 0)
		;
	return n < 0 && errno == EAGAIN;
}

/* Wait until the server has read all that was sent, or hung up. */
static void settle(struct client *c)
{
	int i, left = 1;

	for (i = 0; i < 50 && left && drain(c); i++) {
		if (ioctl(c->sock, TIOCOUTQ, &left))
			break;
		if (left)
			usleep(100);
	}
}

TEST(mutated_messages_neither_crash_nor_leak)
{
	unsigned int before = open_fds(), i, n, deaths = 0;
	uint8_t msg[MSG_MAX + 128];
	int fd[4], mem = memory_file(0x4000);
	struct client c;
	uint32_t len;

	for (n = 0; n < 4; n++)
		fd[n] = n & 1 ? mem : eventfd(0, EFD_CLOEXEC);
	client_start(&c, true);
	for (i = 0; i < MUTATIONS; i++) {
		len = valid(msg);
		mutate(msg, &len);
		client_send_raw(&c, msg, len, fd, rnd(5));
		settle(&c);
		/* A server that ended, or takes what follows for the rest of a lie. */
		if (!drain(&c) || ((struct vfu_header *)msg)->size != len) {
			deaths++;
			client_stop(&c);
			client_start(&c, rnd(8) != 0);
		}
	}
	client_stop(&c);
	for (n = 0; n < 4; n += 2)
		close(fd[n]);
	close(mem);
	EXPECT_EQ(before, open_fds());
	EXPECT_FALSE(leaks());
	TH_LOG("%u messages, %u servers", i, deaths + 1);
	/* Most messages are such that the server goes on: those are the worse ones. */
	EXPECT_LT(MUTATIONS / 20, deaths);
	EXPECT_GT(MUTATIONS / 2, deaths);
}

/* Mutated accesses on a server that stays up answer every one of them. */
TEST(mutated_accesses_are_all_answered)
{
	unsigned int before = open_fds(), i;
	struct client_reply *r = malloc(sizeof(*r));
	struct vfu_region_access a;
	uint8_t data[64 + sizeof(a)];
	struct client c;
	int ret;

	ASSERT_NE(NULL, r);
	client_start(&c, true);
	for (i = 0; i < MUTATIONS; i++) {
		a = (struct vfu_region_access) {
			.offset = rnd(2) ? rnd(0x110000) : rnd_state,
			.region = rnd(16) ? rnd(10) : rnd_state >> 32,
			.count = rnd(64),
		};
		memset(data, rnd(256), sizeof(data));
		memcpy(data, &a, sizeof(a));
		if (rnd(2))
			ret = client_call(&c, VFU_REGION_READ_CMD, &a, sizeof(a), NULL, 0, r);
		else
			ret = client_call(&c, VFU_REGION_WRITE_CMD, data, sizeof(a) + a.count,
					  NULL, 0, r);
		ASSERT_LE(0, ret);
		if (a.region > 8 || !a.count)
			ASSERT_EQ(EINVAL, ret);
	}
	client_stop(&c);
	free(r);
	EXPECT_EQ(before, open_fds());
	EXPECT_FALSE(leaks());
}

TEST_HARNESS_MAIN
