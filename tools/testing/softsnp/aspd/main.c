// SPDX-License-Identifier: GPL-2.0-only
/*
 * aspd - the AMD Secure Processor of one virtual machine
 *
 * Presents PCI function 1022:1486 to QEMU through vfio-user and executes the
 * SEV and SNP firmware commands that come through its mailbox.  Lives as long
 * as its virtual machine and its starter.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../control/control.h"
#include "count.h"
#include "device.h"
#include "fault.h"
#include "firmware.h"
#include "log.h"
#include "options.h"

/*
 * End with the starter.  The signal comes when the thread that started us ends;
 * a starter that was gone before the request is seen by the changed parent.
 */
static int follow_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM))
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int signals_fd(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Before any thread exists, so that all inherit the mask. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	mode_t old;
	int fd, ret;

	if (len >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	old = umask(0077);
	ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (ret || listen(fd, 1)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* The descriptor must be a stream socket; says whether it listens. */
static int check_socket(int fd, bool *listening)
{
	int type, accepts;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len))
		return -errno;
	if (type != SOCK_STREAM)
		return -EPROTOTYPE;
	len = sizeof(int);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len))
		return -errno;
	*listening = accepts;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	return 0;
}

/* The client's connection; -EINTR when told to stop first. */
static int accept_one(int fd, int stop_fd)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int conn;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[1].revents)
			return -EINTR;
		conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (conn >= 0)
			return conn;
		if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN)
			return -errno;
	}
}

/* Connected socket, or a negative errno that was reported. */
static int get_client(const struct options *o, int stop_fd)
{
	bool listening = true;
	int fd, conn;

	if (o->socket_path) {
		fd = listen_at(o->socket_path);
		if (fd < 0) {
			fprintf(stderr, "aspd: cannot listen at %s: %s\n", o->socket_path,
				strerror(-fd));
			return fd;
		}
	} else {
		int ret = check_socket(o->fd, &listening);

		if (ret) {
			fprintf(stderr, "aspd: descriptor %d is no stream socket: %s\n", o->fd,
				strerror(-ret));
			return ret;
		}
		fd = o->fd;
	}
	if (!listening)
		return fd;

	conn = accept_one(fd, stop_fd);
	if (o->socket_path)
		unlink(o->socket_path);
	close(fd);
	if (conn < 0 && conn != -EINTR)
		fprintf(stderr, "aspd: accept: %s\n", strerror(-conn));
	return conn;
}

static struct softsnp_shared *map_shared(int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st)) {
		fprintf(stderr, "aspd: shared page: %s\n", strerror(errno));
		return NULL;
	}
	if (st.st_size < (off_t)sizeof(struct softsnp_shared)) {
		fputs("aspd: shared page: the file is too small\n", stderr);
		return NULL;
	}
	p = mmap(NULL, sizeof(struct softsnp_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "aspd: shared page: %s\n", strerror(errno));
		return NULL;
	}
	return p;
}

/* Power on, serve the one client, power off. */
static int run(struct options *o, struct softsnp_shared *shared, struct faults *faults,
	       int stop_fd)
{
	struct mailbox_ops ops;
	struct firmware *fw;
	struct device dev;
	struct dma *dma;
	const char *err = "out of memory";
	int conn, ret = EXIT_FAILURE;

	dma = dma_new();
	fw = dma ? firmware_new(&o->asp, dma, shared, faults, &err) : NULL;
	if (!fw) {
		fprintf(stderr, "aspd: %s\n", err);
		goto free_dma;
	}
	ops = firmware_mailbox_ops(fw);
	if (device_init(&dev, dma, &ops, part_of(o->asp.product))) {
		fputs("aspd: out of memory\n", stderr);
		goto free_fw;
	}

	conn = get_client(o, stop_fd);
	if (conn == -EINTR) {
		ret = EXIT_SUCCESS;
		goto exit_device;
	}
	if (conn < 0)
		goto exit_device;
	log_line("client connected");
	switch (vfu_serve(&dev.vfu, conn, stop_fd)) {
	case VFU_CLIENT_GONE:
		log_line("client gone");
		ret = EXIT_SUCCESS;
		break;
	case VFU_STOPPED:
		log_line("stopped by a signal");
		ret = EXIT_SUCCESS;
		break;
	case VFU_PROTOCOL:
	case VFU_ERROR:
		break;
	}
	close(conn);
exit_device:
	device_exit(&dev);
free_fw:
	firmware_free(fw);
free_dma:
	dma_free(dma);
	return ret;
}

/* The faults that the command line asks for; NULL after an explanation. */
static struct faults *first_faults(const struct options *o, struct softsnp_shared *shared)
{
	struct faults *f = faults_new(shared);
	const char *why = f ? NULL : "out of memory";
	unsigned int i;

	for (i = 0; i < o->nr_faults && !why; i++) {
		why = fault_add(f, o->fault[i]);
		if (why)
			fprintf(stderr, "aspd: %s: %s\n", o->fault[i], why);
	}
	if (!why)
		return f;
	faults_free(f);
	return NULL;
}

int main(int argc, char **argv)
{
	struct options o = { .fd = -1, .shared_fd = -1, .alias_check = true,
			     .asp = asp_config_default(ASP_MILAN) };
	struct softsnp_shared *shared = NULL;
	struct control *control = NULL;
	struct faults *faults;
	pid_t parent = getppid();
	int stop_fd, ret;

	/* The part's own default is a path of nobody's machine. */
	o.asp.pki_dir = NULL;
	ret = options_parse(&o, argc, argv);
	if (ret)
		return ret - 1;
	if (follow_parent(parent))
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	stop_fd = signals_fd();
	if (stop_fd < 0) {
		fprintf(stderr, "aspd: signalfd: %s\n", strerror(-stop_fd));
		return EXIT_FAILURE;
	}
	if (o.shared_fd >= 0) {
		shared = map_shared(o.shared_fd);
		if (!shared)
			return EXIT_FAILURE;
	}
	faults = first_faults(&o, shared);
	if (!faults)
		return 2;
	ret = log_open(o.log_path, o.trace);
	if (ret) {
		fprintf(stderr, "aspd: %s: %s\n", o.log_path, strerror(-ret));
		return EXIT_FAILURE;
	}

	if (o.control_path) {
		control = control_start(o.control_path, fault_control, faults);
		if (!control) {
			fprintf(stderr, "aspd: %s: %s\n", o.control_path, strerror(errno));
			return EXIT_FAILURE;
		}
	}

	ret = run(&o, shared, faults, stop_fd);

	control_stop(control);
	faults_free(faults);
	if (o.counters_path) {
		int err = count_write(o.counters_path);

		if (err) {
			fprintf(stderr, "aspd: %s: %s\n", o.counters_path, strerror(-err));
			ret = EXIT_FAILURE;
		}
	}
	log_close();
	return ret;
}
