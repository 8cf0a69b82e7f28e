// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-user server, transport: framing, descriptors, replies.  The commands
 * stand in vfu_cmds.c.
 *
 * The client's three rules are kept here: a reply goes out by one sendmsg (a
 * header in pieces ends the connection), it is never larger than the request
 * allows, and a command with the no-reply flag gets none, errors included.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log.h"
#include "vfu_priv.h"

/* Wait until @sock is ready for @events; 0, or why to end. */
static int wait_for(const struct vfu_conn *c, short events, enum vfu_end *end)
{
	struct pollfd p[2] = {
		{ .fd = c->sock, .events = events },
		{ .fd = c->stop_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			log_warn("poll: %s", strerror(errno));
			*end = VFU_ERROR;
			return -1;
		}
		if (p[1].revents) {
			*end = VFU_STOPPED;
			return -1;
		}
		if (p[0].revents)
			return 0;
	}
}

static int socket_failed(int err, enum vfu_end *end)
{
	if (err == ECONNRESET || err == EPIPE) {
		*end = VFU_CLIENT_GONE;
	} else {
		log_warn("socket: %s", strerror(err));
		*end = VFU_ERROR;
	}
	return -1;
}

/* Keep the descriptors of one control message, up to VFU_FDS_RECV. */
static void take_fds(struct vfu_conn *c, struct msghdr *mh)
{
	struct cmsghdr *cm;
	size_t n, i;
	int fd;

	for (cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
			if (c->nr_fds < VFU_FDS_RECV)
				c->fd[c->nr_fds++] = fd;
			else
				close(fd);
		}
	}
}

/*
 * Read exactly @len bytes.  Descriptors are expected with the header only; the
 * kernel drops what comes with a payload, since no room is offered for it.
 */
static int recv_all(struct vfu_conn *c, void *buf, size_t len, bool header, enum vfu_end *end)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_SPACE(VFU_FDS_RECV * sizeof(int))];
	} control;
	uint8_t *pos = buf;
	size_t done = 0;

	while (done < len) {
		struct iovec iov = { .iov_base = pos + done, .iov_len = len - done };
		struct msghdr mh = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = header ? &control : NULL,
			.msg_controllen = header ? sizeof(control) : 0,
		};
		ssize_t n;

		if (wait_for(c, POLLIN, end))
			return -1;
		n = recvmsg(c->sock, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return socket_failed(errno, end);
		}
		if (header)
			take_fds(c, &mh);
		if (!n) {
			*end = VFU_CLIENT_GONE;
			if (!header || done)
				log_line("the client went away in the middle of a message");
			return -1;
		}
		if (header && (mh.msg_flags & MSG_CTRUNC)) {
			log_warn("a message carries more than %d descriptors", VFU_FDS_RECV);
			*end = VFU_PROTOCOL;
			return -1;
		}
		done += n;
	}
	return 0;
}

static int send_reply(struct vfu_conn *c, const struct vfu_header *h, const void *payload,
		      size_t len, enum vfu_end *end)
{
	struct iovec iov[2] = {
		{ .iov_base = (void *)h, .iov_len = sizeof(*h) },
		{ .iov_base = (void *)payload, .iov_len = len },
	};
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t left = sizeof(*h) + len;
	unsigned int i;
	ssize_t n;

	while (left) {
		if (wait_for(c, POLLOUT, end))
			return -1;
		n = sendmsg(c->sock, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return socket_failed(errno, end);
		}
		left -= n;
		for (i = 0; i < 2; i++) {
			size_t part = (size_t)n < iov[i].iov_len ? (size_t)n : iov[i].iov_len;

			iov[i].iov_base = (uint8_t *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			n -= part;
		}
	}
	return 0;
}

/* Close what the command did not keep. */
static void drop_fds(struct vfu_conn *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_fds; i++)
		if (c->fd[i] >= 0)
			close(c->fd[i]);
	c->nr_fds = 0;
}

int vfu_take_fd(struct vfu_conn *c, unsigned int i)
{
	int fd = c->fd[i];

	c->fd[i] = -1;
	return fd;
}

/* One message; 0, or -1 with the reason to end. */
static int serve_one(struct vfu_conn *c, enum vfu_end *end)
{
	struct vfu_header h, reply;
	uint32_t len;
	int ret;

	if (recv_all(c, &h, sizeof(h), true, end))
		return -1;
	if (h.size < sizeof(h) || h.size > sizeof(h) + VFU_PAYLOAD_MAX) {
		log_warn("message of %u bytes: cannot follow the stream", h.size);
		*end = VFU_PROTOCOL;
		return -1;
	}
	len = h.size - sizeof(h);
	if (recv_all(c, c->in, len, false, end))
		return -1;

	if ((h.flags & VFU_TYPE) == VFU_TYPE_REPLY) {
		log_warn("reply to id %u, to which no command was sent: ignored", h.id);
		return 0;
	}
	c->out_len = 0;
	if ((h.flags & VFU_TYPE) != VFU_TYPE_COMMAND)
		ret = -EINVAL;
	else
		ret = vfu_command(c, h.cmd, len);
	log_trace("id %u command %u size %u fds %u%s -> %s", h.id, h.cmd, h.size, c->nr_fds,
		  h.flags & VFU_NO_REPLY ? " posted" : "", ret ? strerror(-ret) : "ok");
	if (h.flags & VFU_NO_REPLY)
		return 0;

	reply = (struct vfu_header) {
		.id = h.id,
		.cmd = h.cmd,
		.size = sizeof(reply),
		.flags = VFU_TYPE_REPLY,
	};
	if (ret) {
		reply.flags |= VFU_ERROR_FLAG;
		reply.error = -ret;
		c->out_len = 0;
	}
	reply.size += c->out_len;
	return send_reply(c, &reply, c->out, c->out_len, end);
}

enum vfu_end vfu_serve(const struct vfu_dev *dev, int sock, int stop_fd)
{
	struct vfu_conn c = { .dev = dev, .sock = sock, .stop_fd = stop_fd };
	enum vfu_end end = VFU_ERROR;

	c.in = malloc(VFU_PAYLOAD_MAX);
	c.out = malloc(VFU_PAYLOAD_MAX);
	if (!c.in || !c.out) {
		log_warn("out of memory");
		goto out;
	}
	while (!serve_one(&c, &end))
		drop_fds(&c);
	drop_fds(&c);
out:
	free(c.in);
	free(c.out);
	return end;
}
