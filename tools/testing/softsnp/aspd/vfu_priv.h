/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the transport (vfu.c) and the commands (vfu_cmds.c) of the vfio-user
 * server.
 */
#ifndef ASPD_VFU_PRIV_H
#define ASPD_VFU_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "vfu.h"
#include "vfu_proto.h"

/* Largest payload of a message: an access of the greatest size. */
#define VFU_PAYLOAD_MAX	(sizeof(struct vfu_region_access) + VFU_MAX_XFER)
/* Descriptors that a message may bring; more than the client was told. */
#define VFU_FDS_RECV	16

struct vfu_conn {
	const struct vfu_dev *dev;
	int sock;
	int stop_fd;
	bool versioned;			/* VERSION was agreed on */
	uint8_t *in;			/* payload of the command */
	uint8_t *out;			/* payload of its reply */
	uint32_t out_len;
	unsigned int nr_fds;
	int fd[VFU_FDS_RECV];		/* -1: a command kept it */
};

/* Descriptor @i of the message becomes the caller's. */
int vfu_take_fd(struct vfu_conn *c, unsigned int i);

/**
 * vfu_command() - execute one command
 * @c: connection; payload in @c->in, the reply's in @c->out and @c->out_len
 * @cmd: command number
 * @len: bytes of the payload
 *
 * Return: 0 or a negative errno for the client.
 */
int vfu_command(struct vfu_conn *c, uint16_t cmd, uint32_t len);

#endif /* ASPD_VFU_PRIV_H */
