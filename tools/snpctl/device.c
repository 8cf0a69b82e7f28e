// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one way to the kernel's devices, so that tests can stand in for it.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"

int device_open(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC);
}

int device_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

void device_close(int fd)
{
	close(fd);
}
