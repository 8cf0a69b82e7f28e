// SPDX-License-Identifier: GPL-2.0-only
/* The socket as a client sees it; the handler is the test's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kselftest_harness.h>

#include "control.h"

FIXTURE(control) {
	char dir[64];
	char path[96];
	struct control *c;
	int fd;
};

/* "say N": N lines; "bad": refused; else the line itself. */
static const char *handle(void *opaque, const char *line, FILE *out)
{
	int i, n;

	(*(int *)opaque)++;
	if (!strcmp(line, "bad"))
		return "as it was said";
	if (sscanf(line, "say %d", &n) == 1)
		for (i = 0; i < n; i++)
			fprintf(out, "line %d\n", i);
	else
		fprintf(out, "%s\n", line);
	return NULL;
}

static int handled;

static int client(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (!connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		return fd;
	close(fd);
	return -1;
}

FIXTURE_SETUP(control)
{
	snprintf(self->dir, sizeof(self->dir), "/tmp/control-test.%d", getpid());
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	snprintf(self->path, sizeof(self->path), "%s/sock", self->dir);
	handled = 0;
	self->c = control_start(self->path, handle, &handled);
	ASSERT_NE(NULL, self->c);
	self->fd = client(self->path);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(control)
{
	close(self->fd);
	control_stop(self->c);
	/* The path went away with the server. */
	EXPECT_EQ(0, rmdir(self->dir));
}

/* One answer, to the end of its last line. */
static const char *answer(int fd)
{
	static char buf[4096];
	size_t len = 0, line = 0;

	while (len < sizeof(buf) - 1 && recv(fd, buf + len, 1, 0) == 1) {
		if (buf[len++] != '\n')
			continue;
		buf[len] = 0;
		if (!strcmp(buf + line, "ok\n") || !strncmp(buf + line, "error: ", 7))
			return buf;
		line = len;
	}
	return "end";
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		abort();
}

TEST_F(control, each_line_is_answered)
{
	say(self->fd, "hello\n");
	EXPECT_STREQ("hello\nok\n", answer(self->fd));
	say(self->fd, "bad\n");
	EXPECT_STREQ("error: as it was said\n", answer(self->fd));
	say(self->fd, "say 3\n");
	EXPECT_STREQ("line 0\nline 1\nline 2\nok\n", answer(self->fd));
	EXPECT_EQ(3, handled);
}

TEST_F(control, a_line_may_come_in_pieces_and_two_at_once)
{
	say(self->fd, "he");
	usleep(20000);
	EXPECT_EQ(0, handled);
	say(self->fd, "llo\nbad\n");
	EXPECT_STREQ("hello\nok\n", answer(self->fd));
	EXPECT_STREQ("error: as it was said\n", answer(self->fd));
}

TEST_F(control, a_line_without_end_is_cut_off)
{
	char line[CONTROL_LINE_MAX + 1];

	memset(line, 'x', CONTROL_LINE_MAX);
	line[CONTROL_LINE_MAX] = 0;
	say(self->fd, line);
	EXPECT_STREQ("error: the line is too long\n", answer(self->fd));
	EXPECT_STREQ("end", answer(self->fd));
	EXPECT_EQ(0, handled);
}

TEST_F(control, a_client_that_left_does_not_stop_the_next)
{
	int next;

	say(self->fd, "say 100\n");
	close(self->fd);
	self->fd = client(self->path);
	next = client(self->path);
	say(next, "waits\n");
	say(self->fd, "hello\n");
	EXPECT_STREQ("hello\nok\n", answer(self->fd));
	shutdown(self->fd, SHUT_WR);
	EXPECT_STREQ("waits\nok\n", answer(next));
	close(next);
}

TEST_F(control, path_in_use_or_too_long_is_refused)
{
	char path[200];

	EXPECT_EQ(NULL, control_start(self->path, handle, &handled));
	EXPECT_EQ(EADDRINUSE, errno);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = 0;
	EXPECT_EQ(NULL, control_start(path, handle, &handled));
	EXPECT_EQ(ENAMETOOLONG, errno);
	/* The server that has it still answers. */
	say(self->fd, "hello\n");
	EXPECT_STREQ("hello\nok\n", answer(self->fd));
}

TEST_F(control, socket_is_the_owners_alone)
{
	struct stat st;

	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_EQ(0700, st.st_mode & 0777);
}

/* Exit status of softsnp-control. */
static int command(const char *path, const char *line)
{
	char text[512];

	snprintf(text, sizeof(text), "\"$CONTROL\" %s '%s' >/dev/null 2>&1", path, line);
	return WEXITSTATUS(system(text));
}

TEST_F(control, exit_status_of_the_command)
{
	close(self->fd);
	EXPECT_EQ(0, command(self->path, "hello"));
	EXPECT_EQ(1, command(self->path, "bad"));
	EXPECT_EQ(2, command("/nonexistent", "hello"));
	EXPECT_EQ(2, command(self->path, "two\nlines"));
	EXPECT_EQ(2, handled);
	self->fd = client(self->path);
}

TEST_HARNESS_MAIN
