// SPDX-License-Identifier: GPL-2.0-only
/*
 * Server side of a control socket.  One client at a time, and not for long:
 * who connects and says nothing is cut off.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

#define IDLE_MS		5000

struct control {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int listen_fd;
	int stop_fd;
	pthread_t thread;
	control_fn fn;
	void *opaque;
};

/* Readable within the time?  Never once the server is to stop. */
static bool readable(const struct control *c, int fd, int timeout_ms)
{
	struct pollfd p[2] = {
		{ .fd = c->stop_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	while (poll(p, 2, timeout_ms) < 0)
		if (errno != EINTR)
			return false;
	return !p[0].revents && p[1].revents;
}

static bool send_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, buf, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= n;
	}
	return true;
}

static bool answer(const struct control *c, int fd, const char *line)
{
	const char *why;
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	bool sent;

	out = open_memstream(&text, &len);
	if (!out)
		return false;
	why = c->fn(c->opaque, line, out);
	if (why)
		fprintf(out, "error: %s\n", why);
	else
		fputs("ok\n", out);
	sent = !fclose(out) && send_all(fd, text, len);
	free(text);
	return sent;
}

static void serve(const struct control *c, int fd)
{
	char line[CONTROL_LINE_MAX];
	size_t len = 0;
	ssize_t n;
	char *end;

	while (readable(c, fd, IDLE_MS)) {
		n = recv(fd, line + len, sizeof(line) - len, 0);
		if (n <= 0)
			return;
		len += n;
		while ((end = memchr(line, '\n', len))) {
			*end++ = 0;
			if (!answer(c, fd, line))
				return;
			len -= end - line;
			memmove(line, end, len);
		}
		if (len == sizeof(line)) {
			static const char too_long[] = "error: the line is too long\n";

			send_all(fd, too_long, sizeof(too_long) - 1);
			return;
		}
	}
}

static void *control_thread(void *arg)
{
	const struct control *c = arg;
	int fd;

	while (readable(c, c->listen_fd, -1)) {
		fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN)
				continue;
			break;
		}
		serve(c, fd);
		close(fd);
	}
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, ret;

	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	old = umask(0077);
	ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (!ret && !listen(fd, 4))
		return fd;
	ret = errno;
	close(fd);
	errno = ret;
	return -1;
}

struct control *control_start(const char *path, control_fn fn, void *opaque)
{
	struct control *c;
	int err;

	if (strlen(path) >= sizeof(c->path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	strcpy(c->path, path);
	c->fn = fn;
	c->opaque = opaque;
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (c->stop_fd < 0)
		goto free_control;
	c->listen_fd = listen_at(path);
	if (c->listen_fd < 0)
		goto close_stop;
	err = pthread_create(&c->thread, NULL, control_thread, c);
	if (!err)
		return c;

	errno = err;
	unlink(c->path);
	close(c->listen_fd);
close_stop:
	err = errno;
	close(c->stop_fd);
	errno = err;
free_control:
	err = errno;
	free(c);
	errno = err;
	return NULL;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	eventfd_write(c->stop_fd, 1);
	pthread_join(c->thread, NULL);
	unlink(c->path);
	close(c->listen_fd);
	close(c->stop_fd);
	free(c);
}
