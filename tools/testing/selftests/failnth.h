/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection at every site: an operation is run again and again, and the
 * first, second, third, ... of its allocations and user copies fails, until it
 * has none left that could (/proc/thread-self/fail-nth, see
 * Documentation/fault-injection of the kernel).  Each time the operation says
 * ENOMEM, EFAULT or something as clear, or does without and succeeds.
 */
#ifndef SELFTEST_FAILNTH_H
#define SELFTEST_FAILNTH_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILNTH_MAX	20000

/* How often an operation allocates varies; past its last site it is not hit so many times. */
#define FAILNTH_MISSES	4

/**
 * struct failnth_op - an operation
 * @name: of the test
 * @run: do it; 0 or an errno
 * @undo: what has to be done before it can be done again; learns the errno; may be NULL
 * @stride: only every so many sites; 0: each
 * @normal: what it returns without a fault
 * @also: what else it may return, where the kernel swallows the reason; 0: nothing
 */
struct failnth_op {
	const char *name;
	int (*run)(void);
	void (*undo)(int err);
	unsigned int stride;
	int normal;
	int also[3];
};

static unsigned int failnth_tests;
static bool failnth_failed;

static inline int failnth_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* All kinds of allocations may fail, those that may sleep and single pages included. */
static inline void failnth_init(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" }, { "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" }, { "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[128];
	unsigned int i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i][0]);
		if (failnth_write(path, settings[i][1])) {
			printf("Bail out! no %s in this kernel\n", path);
			exit(1);
		}
	}
}

/* What is still armed may meet this itself, once. */
static inline void failnth_arm(int fd, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fd, text, len, 0) != len && (errno != EFAULT ||
						pwrite(fd, text, len, 0) != len)) {
		printf("Bail out! fail-nth: %m\n");
		exit(1);
	}
}

/* Has the fault happened since failnth_arm(), and not here?  Asking disarms. */
static inline bool failnth_hit(int fd)
{
	char text[16] = "";
	bool hit = pread(fd, text, sizeof(text) - 1, 0) > 0 && !strtoul(text, NULL, 10);

	failnth_arm(fd, 0);
	return hit;
}

static inline bool failnth_clear_errno(const struct failnth_op *op, int err)
{
	unsigned int i;

	for (i = 0; i < sizeof(op->also) / sizeof(op->also[0]); i++)
		if (err == op->also[i])
			return true;
	return !err || err == op->normal || err == ENOMEM || err == EFAULT ||
	       err == ENOSPC || err == EAGAIN || err == E2BIG;
}

static inline void failnth_report(bool ok, const char *name, const char *detail)
{
	printf("%sok %u %s%s%s\n", ok ? "" : "not ", ++failnth_tests, name, *detail ? " # " : "",
	       detail);
	fflush(stdout);
	failnth_failed = failnth_failed || !ok;
}

/**
 * failnth_walk() - a test: one operation, each site
 * @op: the operation
 */
static inline void failnth_walk(const struct failnth_op *op)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), err;
	const int normal = op->normal;
	unsigned int n, hits = 0, misses = 0, refused = 0, stride = op->stride ? op->stride : 1;
	char detail[160];
	bool ok = true, hit;

	if (fd < 0) {
		failnth_report(false, op->name, "no fail-nth in this kernel");
		return;
	}
	err = op->run();
	if (op->undo)
		op->undo(err);
	if (err != normal) {
		failnth_report(false, op->name, strerror(err));
		close(fd);
		return;
	}
	for (n = 1; n < FAILNTH_MAX && misses < FAILNTH_MISSES; n += stride) {
		failnth_arm(fd, n);
		err = op->run();
		hit = failnth_hit(fd);
		if (op->undo)
			op->undo(err);
		if (hit) {
			misses = 0;
			hits++;
			refused += err && err != normal;
		} else {
			misses++;
		}
		if (!failnth_clear_errno(op, err)) {
			printf("# %s: fault %u: %s\n", op->name, n, strerror(err));
			ok = false;
		}
	}
	if (n >= FAILNTH_MAX || err != normal) {
		printf("# %s: without a fault at last: %s\n", op->name, strerror(err));
		ok = false;
	}
	err = op->run();
	if (op->undo)
		op->undo(err);
	ok = ok && err == normal && hits;
	snprintf(detail, sizeof(detail), "%u faults, %u refusals, else done; normally: %s", hits,
		 refused, normal ? strerror(normal) : "done");
	failnth_report(ok, op->name, detail);
	close(fd);
}

/* insmod and rmmod without a program that allocates for itself. */
static inline int failnth_load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, parameters, 0))
		err = errno;
	close(fd);
	return err;
}

static inline int failnth_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

#endif /* SELFTEST_FAILNTH_H */
