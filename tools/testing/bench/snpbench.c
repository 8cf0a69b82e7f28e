// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "make bench" runs inside a test VM: operations of the drivers, each
 * between marks, so that the platform can count.
 *
 *   snpbench empty SPAN			nothing at all
 *   snpbench report SPAN			SNP_GET_REPORT of /dev/sev-guest
 *   snpbench status SPAN			SNP_PLATFORM_STATUS of /dev/sev
 *   snpbench kernel-exits SPAN			CPUID and one-byte OUT in kernel mode
 *   snpbench write SPAN FILE TEXT		write to a file of sysfs, once
 *   snpbench insmod SPAN FILE [PARAMETERS]	load a module, once
 *   snpbench work FILE [PARAMETERS]		a module that works, with marks of its
 *						own, while it is loaded, and fails with
 *						ECANCELED then
 *   snpbench launch SPAN MIB			a guest through /dev/snp_vmm, once
 *   snpbench memory SPAN MIB			memory for a guest and back, spans
 *						SPAN-private and SPAN-shared
 *   snpbench watch NAME SYMBOL			count calls of this function from now on
 *   snpbench symbols NAME			symbols for the profile of spans NAME/...
 *
 * An operation runs a few times unmarked, then RUNS times OPS or OPS_SLEEPING
 * times, each with a span of its own, kernel-exits with one for each run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../include/uapi/linux/psp-sev.h"
#include "../../../include/uapi/linux/sev-guest.h"
#include "../softsnp/mark.h"
#include "snpbench.h"

#define RUNS		5
#define OPS		9
/* Of an operation that sleeps: so many that some meet the same ticks and halts. */
#define OPS_SLEEPING	40
#define WARM_UP		3

/* A port that nothing listens to. */
#define PORT_SILENT	0x80

int fail(const char *what)
{
	fprintf(stderr, "snpbench: %s: %s\n", what, strerror(errno));
	return -1;
}

static int report(int fd)
{
	static struct snp_report_resp rsp;
	static struct snp_report_req req;
	struct snp_guest_request_ioctl arg = {
		.msg_version = 1,
		.req_data = (uintptr_t)&req,
		.resp_data = (uintptr_t)&rsp,
	};

	return ioctl(fd, SNP_GET_REPORT, &arg);
}

static int status(int fd)
{
	static struct sev_user_data_snp_status data;
	struct sev_issue_cmd arg = {
		.cmd = SNP_PLATFORM_STATUS,
		.data = (uintptr_t)&data,
	};

	return ioctl(fd, SEV_ISSUE_CMD, &arg);
}

static int empty(int fd)
{
	(void)fd;
	return 0;
}

/* @name stays in one place, so that it is mapped when the marks are read. */
static int marked(const char *name, const char *device, int (*op)(int fd), int ops)
{
	int fd = -1, i, rc = 0;

	if (device) {
		fd = open(device, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return fail(device);
	}
	for (i = 0; i < WARM_UP && !rc; i++)
		rc = op(fd);
	for (i = 0; i < RUNS * ops && !rc; i++) {
		softsnp_mark_begin(name);
		rc = op(fd);
		softsnp_mark_end(name);
	}
	if (rc)
		fail(name);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Drivers that execute the instructions in kernel mode; answered from a table, and asked for. */
static int kernel_exits(const char *name)
{
	static const off_t leaves[] = { 0x0, 0x1 };
	int port, cpuid, run, i;
	uint32_t regs[4];
	uint8_t byte = 0;
	size_t leaf;
	int rc = -1;

	port = open("/dev/port", O_RDWR | O_CLOEXEC);
	if (port < 0)
		return fail("/dev/port");
	cpuid = open("/dev/cpu/0/cpuid", O_RDONLY | O_CLOEXEC);
	if (cpuid < 0) {
		fail("/dev/cpu/0/cpuid");
		goto out;
	}
	for (run = 0; run <= RUNS; run++) {
		/* The first one warms up. */
		if (run)
			softsnp_mark_begin(name);
		for (i = 0; i < OPS; i++) {
			for (leaf = 0; leaf < sizeof(leaves) / sizeof(leaves[0]); leaf++) {
				rc = pread(cpuid, regs, sizeof(regs), leaves[leaf]) -
				     (int)sizeof(regs);
				if (rc)
					break;
			}
			if (rc || pwrite(port, &byte, 1, PORT_SILENT) != 1)
				break;
		}
		if (run)
			softsnp_mark_end(name);
		if (i < OPS) {
			rc = fail(name);
			break;
		}
	}
	close(cpuid);
out:
	close(port);
	return rc;
}

static int load(const char *name, const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(path);
	softsnp_mark_begin(name);
	rc = syscall(SYS_finit_module, fd, params, 0);
	softsnp_mark_end(name);
	if (rc)
		fail(path);
	close(fd);
	return rc;
}

/* Once: insmod tries again with another system call. */
static int work(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return fail(path);
	rc = syscall(SYS_finit_module, fd, params, 0);
	if (!rc)
		errno = 0;
	rc = rc && errno == ECANCELED ? 0 : fail(path);
	close(fd);
	return rc;
}

static int write_to(const char *name, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return fail(path);
	softsnp_mark_begin(name);
	n = write(fd, text, len);
	softsnp_mark_end(name);
	if (n != (ssize_t)len)
		fail(path);
	close(fd);
	return n == (ssize_t)len ? 0 : -1;
}

static int watch(const char *name, const char *symbol)
{
	char line[512], sym[256];
	unsigned long address, found = 0;
	FILE *f = fopen("/proc/kallsyms", "re");

	if (!f)
		return fail("/proc/kallsyms");
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &address, sym) == 2 && !strcmp(sym, symbol))
			found = address;
	fclose(f);
	if (!found) {
		fprintf(stderr, "snpbench: no symbol %s\n", symbol);
		return -1;
	}
	softsnp_mark_watch(name, found);
	return 0;
}

static int symbols(const char *group)
{
	size_t len = 0, room = 1 << 20;
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char *text = malloc(room), *bigger;
	ssize_t n = 0;

	if (fd < 0 || !text) {
		fail("/proc/kallsyms");
		goto out;
	}
	while ((n = read(fd, text + len, room - len)) > 0) {
		len += n;
		if (len < room)
			continue;
		bigger = realloc(text, 2 * room);
		if (!bigger) {
			n = -1;
			break;
		}
		text = bigger;
		room *= 2;
	}
	if (n < 0)
		fail("/proc/kallsyms");
	else
		softsnp_mark_symbols(group, text, len);
out:
	free(text);
	if (fd >= 0)
		close(fd);
	return len && !n ? 0 : -1;
}

static char name[64], second[64];	/* touched, unlike an argument */

static int memory(unsigned int mib)
{
	size_t len = strlen(name);

	snprintf(second, sizeof(second), "%.40s-shared", name);
	snprintf(name + len, sizeof(name) - len, "-private");
	return vmm_memory(name, second, mib);
}

int main(int argc, char **argv)
{
	const char *op = argc > 1 ? argv[1] : "";

	if (argc < 3 || strlen(argv[2]) >= sizeof(name)) {
		fputs("usage: snpbench OPERATION SPAN [ARGUMENT]...\n", stderr);
		return 2;
	}
	if (!strcmp(op, "work"))
		return !!work(argv[2], argc > 3 ? argv[3] : "");
	snprintf(name, sizeof(name), "%s", argv[2]);
	if (!strcmp(op, "empty"))
		return !!marked(name, NULL, empty, OPS);
	if (!strcmp(op, "report"))
		return !!marked(name, "/dev/sev-guest", report, OPS);
	if (!strcmp(op, "status"))
		return !!marked(name, "/dev/sev", status, OPS_SLEEPING);
	if (!strcmp(op, "kernel-exits"))
		return !!kernel_exits(name);
	if (!strcmp(op, "insmod") && argc >= 4)
		return !!load(name, argv[3], argc > 4 ? argv[4] : "");
	if (!strcmp(op, "write") && argc == 5)
		return !!write_to(name, argv[3], argv[4]);
	if (!strcmp(op, "launch") && argc == 4)
		return !!vmm_launch(name, atoi(argv[3]));
	if (!strcmp(op, "memory") && argc == 4)
		return !!memory(atoi(argv[3]));
	if (!strcmp(op, "watch") && argc == 4)
		return !!watch(name, argv[3]);
	if (!strcmp(op, "symbols"))
		return !!symbols(name);
	fprintf(stderr, "snpbench: no operation %s\n", op);
	return 2;
}
