/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way to the kernel's devices, so that tests can stand in for it.
 */
#ifndef SNPCTL_DEVICE_H
#define SNPCTL_DEVICE_H

/* Return: a file descriptor, or -1 with errno. */
int device_open(const char *path, int flags);
/* Return: what ioctl() returned, with errno. */
int device_ioctl(int fd, unsigned long request, void *arg);
void device_close(int fd);

#endif /* SNPCTL_DEVICE_H */
