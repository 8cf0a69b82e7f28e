/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firmware model, connected to guest memory, to the RMP in it and to what
 * the CPU model publishes about the cores.
 */
#ifndef ASPD_FIRMWARE_H
#define ASPD_FIRMWARE_H

#include "../asp/asp.h"
#include "../shared.h"
#include "dma.h"
#include "fault.h"
#include "mailbox.h"

struct firmware;

/**
 * firmware_new() - power on
 * @cfg: the part
 * @dma: guest memory
 * @shared: page that the CPU model shares; NULL: no SNP on this machine
 * @faults: what goes wrong on demand; stays the caller's
 * @err: receives a sentence when NULL is returned
 */
struct firmware *firmware_new(const struct asp_config *cfg, struct dma *dma,
			      struct softsnp_shared *shared, struct faults *faults,
			      const char **err);
void firmware_free(struct firmware *f);

/* What the mailbox calls. */
struct mailbox_ops firmware_mailbox_ops(struct firmware *f);

#endif /* ASPD_FIRMWARE_H */
