// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load a kernel for kexec, or for the case of a panic, and start it if wanted.
 *
 *   kexec_file now|panic KERNEL INITRD COMMAND-LINE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long flags = 0;
	int kernel, initrd;

	if (argc != 5 || (strcmp(argv[1], "now") && strcmp(argv[1], "panic"))) {
		fprintf(stderr, "usage: kexec_file now|panic KERNEL INITRD COMMAND-LINE\n");
		return 2;
	}
	if (!strcmp(argv[1], "panic"))
		flags |= KEXEC_FILE_ON_CRASH;
	kernel = open(argv[2], O_RDONLY | O_CLOEXEC);
	initrd = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (kernel < 0 || initrd < 0) {
		perror("kexec_file: open");
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[4]) + 1, argv[4], flags)) {
		perror("kexec_file: kexec_file_load");
		return 1;
	}
	if (flags)
		return 0;
	/* The shutdown path of every driver, then the new kernel. */
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("kexec_file: reboot");
	return 1;
}
