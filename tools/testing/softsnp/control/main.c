// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-control: one line to a control socket, the answer to standard
 * output.  Exit status 0 for "ok", 1 for "error: REASON" (printed to standard
 * error), 2 when there is no answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

#define ANSWER_S	20

static int connect_to(const char *path)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	char line[CONTROL_LINE_MAX + 64];
	FILE *f;
	int fd;

	if (argc != 3 || strlen(argv[2]) >= CONTROL_LINE_MAX - 1 || strchr(argv[2], '\n')) {
		fputs("usage: softsnp-control SOCKET LINE\n", stderr);
		return 2;
	}
	fd = connect_to(argv[1]);
	f = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!f) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	fprintf(f, "%s\n", argv[2]);
	fflush(f);
	while (fgets(line, sizeof(line), f)) {
		if (!strcmp(line, "ok\n"))
			return 0;
		if (!strncmp(line, "error: ", 7)) {
			fputs(line + 7, stderr);
			return 1;
		}
		fputs(line, stdout);
	}
	fprintf(stderr, "%s: no answer\n", argv[1]);
	return 2;
}
