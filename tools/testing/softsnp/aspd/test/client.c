// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vfio-user client for tests.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "client.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "# test client: %s: %s\n", what, strerror(errno));
	abort();
}

static uint32_t test_command(void *opaque, uint32_t cmd, uint64_t buf_spa)
{
	struct client *c = opaque;
	uint8_t data[8];

	switch (cmd) {
	case TEST_CMD_ECHO:
		if (dma_read(c->dma, buf_spa, data, 8) || dma_write(c->dma, buf_spa + 8, data, 8))
			return 9;
		return 0;
	case TEST_CMD_SLOW:
		__atomic_store_n(&c->fw_running, 1, __ATOMIC_SEQ_CST);
		sem_post(&c->fw_entered);
		sem_wait(&c->fw_go);
		__atomic_store_n(&c->fw_running, 0, __ATOMIC_SEQ_CST);
		return TEST_STATUS;
	case TEST_CMD_HANG:
		sem_post(&c->fw_entered);
		return MAILBOX_NO_ANSWER;
	}
	return 0x11;
}

static struct fault_plan test_plan(void *opaque, uint32_t cmd, uint64_t buf_spa)
{
	struct client *c = opaque;

	(void)cmd;
	(void)buf_spa;
	return c->fw_plan;
}

static bool test_dead(void *opaque)
{
	struct client *c = opaque;

	return __atomic_load_n(&c->fw_dead, __ATOMIC_SEQ_CST);
}

static void test_reset(void *opaque)
{
	struct client *c = opaque;

	must(!__atomic_load_n(&c->fw_running, __ATOMIC_SEQ_CST), "reset during a command");
	__atomic_add_fetch(&c->fw_resets, 1, __ATOMIC_SEQ_CST);
}

static void *serve(void *arg)
{
	struct client *c = arg;

	c->end = vfu_serve(&c->dev.vfu, c->server_sock, -1);
	close(c->server_sock);
	return NULL;
}

void client_start(struct client *c, bool versioned)
{
	const struct mailbox_ops ops = {
		.opaque = c, .plan = test_plan, .dead = test_dead, .command = test_command,
		.reset = test_reset,
	};
	struct {
		uint16_t major, minor;
		char text[sizeof(CLIENT_VERSION_TEXT)];
	} __packed v = { 0, 0, CLIENT_VERSION_TEXT };
	int pair[2];

	memset(c, 0, sizeof(*c));
	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
	c->sock = pair[0];
	c->server_sock = pair[1];
	sem_init(&c->fw_entered, 0, 0);
	sem_init(&c->fw_go, 0, 0);
	c->dma = dma_new();
	must(c->dma && !device_init(&c->dev, c->dma, &ops, part_of(ASP_MILAN)), "device");
	must(!pthread_create(&c->server, NULL, serve, c), "thread");
	if (versioned)
		must(!client_call(c, VFU_VERSION, &v, sizeof(v), NULL, 0, NULL), "version");
}

void client_stop(struct client *c)
{
	shutdown(c->sock, SHUT_WR);
	pthread_join(c->server, NULL);
	close(c->sock);
	device_exit(&c->dev);
	dma_free(c->dma);
	sem_destroy(&c->fw_entered);
	sem_destroy(&c->fw_go);
}

void client_send_raw(struct client *c, const void *buf, size_t len, const int *fd,
		     unsigned int nr_fds)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_SPACE(64 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;
	ssize_t n;

	if (nr_fds) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE(nr_fds * sizeof(int));
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nr_fds * sizeof(int));
		memcpy(CMSG_DATA(cm), fd, nr_fds * sizeof(int));
	}
	while (iov.iov_len) {
		n = sendmsg(c->sock, &mh, MSG_NOSIGNAL);
		/* A server that hung up is what some tests want. */
		if (n < 0)
			return;
		iov.iov_base = (uint8_t *)iov.iov_base + n;
		iov.iov_len -= n;
		mh.msg_control = NULL;
		mh.msg_controllen = 0;
	}
}

uint16_t client_send(struct client *c, uint16_t cmd, uint32_t flags, const void *payload,
		     uint32_t len, const int *fd, unsigned int nr_fds)
{
	const struct vfu_header h = {
		.id = c->id++, .cmd = cmd, .size = sizeof(h) + len, .flags = flags,
	};
	uint8_t *msg = malloc(sizeof(h) + len);

	must(msg, "malloc");
	memcpy(msg, &h, sizeof(h));
	if (len)
		memcpy(msg + sizeof(h), payload, len);
	client_send_raw(c, msg, sizeof(h) + len, fd, nr_fds);
	free(msg);
	return h.id;
}

static bool recv_exactly(int sock, void *buf, size_t len)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	uint8_t *pos = buf;
	ssize_t n;

	while (len) {
		if (poll(&p, 1, 5000) != 1)
			return false;
		n = recv(sock, pos, len, 0);
		if (n <= 0)
			return false;
		pos += n;
		len -= n;
	}
	return true;
}

bool client_recv(struct client *c, struct client_reply *r)
{
	if (!recv_exactly(c->sock, &r->h, sizeof(r->h)))
		return false;
	if (r->h.size < sizeof(r->h) || r->h.size > sizeof(r->h) + sizeof(r->data))
		return false;
	r->len = r->h.size - sizeof(r->h);
	return recv_exactly(c->sock, r->data, r->len);
}

int client_call(struct client *c, uint16_t cmd, const void *payload, uint32_t len,
		const int *fd, unsigned int nr_fds, struct client_reply *r)
{
	const struct vfu_region_access *a = payload;
	uint32_t room = len;
	struct client_reply *own = NULL;
	uint16_t id;
	int ret = -1;

	if (!r) {
		own = malloc(sizeof(*own));
		r = own;
	}
	must(r, "malloc");
	id = client_send(c, cmd, 0, payload, len, fd, nr_fds);
	if (cmd == VFU_REGION_READ_CMD && len >= sizeof(*a))
		room += a->count;
	if (!client_recv(c, r) || r->h.id != id || r->h.cmd != cmd || r->len > room)
		goto out;
	if (r->h.flags == 0x01 && !r->h.error)
		ret = 0;
	else if (r->h.flags == 0x21 && r->h.error && !r->len)
		ret = r->h.error;
out:
	free(own);
	return ret;
}

int client_read(struct client *c, uint32_t region, uint64_t off, void *buf, uint32_t len)
{
	const struct vfu_region_access a = { .offset = off, .region = region, .count = len };
	struct client_reply *r = malloc(sizeof(*r));
	int ret;

	must(r, "malloc");
	ret = client_call(c, VFU_REGION_READ_CMD, &a, sizeof(a), NULL, 0, r);
	if (!ret && (r->len != sizeof(a) + len || memcmp(r->data, &a, sizeof(a))))
		ret = -1;
	if (!ret)
		memcpy(buf, r->data + sizeof(a), len);
	free(r);
	return ret;
}

int client_write(struct client *c, uint32_t region, uint64_t off, const void *buf, uint32_t len)
{
	const struct vfu_region_access a = { .offset = off, .region = region, .count = len };
	struct client_reply *r = malloc(sizeof(*r));
	uint8_t *msg = malloc(sizeof(a) + len);
	int ret;

	must(r && msg, "malloc");
	memcpy(msg, &a, sizeof(a));
	memcpy(msg + sizeof(a), buf, len);
	ret = client_call(c, VFU_REGION_WRITE_CMD, msg, sizeof(a) + len, NULL, 0, r);
	if (!ret && (r->len != sizeof(a) || memcmp(r->data, &a, sizeof(a))))
		ret = -1;
	free(msg);
	free(r);
	return ret;
}

uint32_t client_reg(struct client *c, uint32_t off)
{
	uint32_t value = 0;

	must(!client_read(c, PCI_BAR_REGS, off, &value, sizeof(value)), "register read");
	return value;
}

void client_set_reg(struct client *c, uint32_t off, uint32_t value)
{
	struct {
		struct vfu_region_access a;
		uint32_t value;
	} m = { { .offset = off, .region = PCI_BAR_REGS, .count = 4 }, value };

	client_send(c, VFU_REGION_WRITE_CMD, VFU_NO_REPLY, &m, sizeof(m), NULL, 0);
}

int client_set_irqs(struct client *c, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fd, unsigned int nr_fds)
{
	const struct vfu_irq_set s = {
		.argsz = sizeof(s), .flags = flags, .index = index, .start = start,
		.count = count,
	};

	return client_call(c, VFU_SET_IRQS, &s, sizeof(s), fd, nr_fds, NULL);
}

int client_map(struct client *c, uint64_t addr, uint64_t size, uint64_t offset, uint32_t flags,
	       int fd)
{
	const struct vfu_dma_map m = {
		.argsz = sizeof(m), .flags = flags, .offset = offset, .addr = addr, .size = size,
	};

	return client_call(c, VFU_DMA_MAP, &m, sizeof(m), &fd, fd >= 0, NULL);
}

int client_unmap(struct client *c, uint64_t addr, uint64_t size, uint32_t flags)
{
	const struct vfu_dma_unmap u = {
		.argsz = sizeof(u), .flags = flags, .addr = addr, .size = size,
	};

	return client_call(c, VFU_DMA_UNMAP, &u, sizeof(u), NULL, 0, NULL);
}

unsigned int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	must(d, "/proc/self/fd");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

bool leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
	/* A test ends by _exit(), where nothing is looked for. */
	return __lsan_do_recoverable_leak_check();
#else
	return false;
#endif
}

uint64_t event_count(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n = 0;

	if (poll(&p, 1, timeout_ms) != 1 || read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

int memory_file(uint64_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	must(fd >= 0 && !ftruncate(fd, size), "memfd");
	return fd;
}
