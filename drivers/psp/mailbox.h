/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the mailbox share: registers, time-outs, the end of the
 * AMD-SP.
 */
#ifndef SNP_PSP_MAILBOX_H
#define SNP_PSP_MAILBOX_H

#include <linux/io.h>

#include "cmdresp.h"
#include "cmdtable.h"
#include "psp.h"

/* Where in the command buffer page a panic puts its buffer: the other may be in use. */
#define PSP_PANIC_BUF		2048

static inline u32 psp_reg_read(struct psp *psp, u32 offset)
{
	return ioread32(psp->regs + offset);
}

static inline void psp_reg_write(struct psp *psp, u32 offset, u32 value)
{
	iowrite32(value, psp->regs + offset);
}

static inline struct cmdresp psp_cmdresp(struct psp *psp)
{
	return cmdresp_decode(psp_reg_read(psp, psp->reg->cmdresp));
}

/* CmdBuf, where the firmware may leave more words about an error. */
static inline u64 psp_extra(struct psp *psp)
{
	return (u64)psp_reg_read(psp, psp->reg->cmdbuf_hi) << 32 |
	       psp_reg_read(psp, psp->reg->cmdbuf_lo);
}

/* Hand a command to the firmware. */
static inline void psp_ring(struct psp *psp, unsigned int cmd, u64 paddr, bool irq)
{
	psp_reg_write(psp, psp->reg->cmdbuf_lo, lower_32_bits(paddr));
	psp_reg_write(psp, psp->reg->cmdbuf_hi, upper_32_bits(paddr));
	psp_reg_write(psp, psp->reg->cmdresp, cmdresp_encode(cmd, irq));
}

/* timeout.c */
unsigned int psp_timeout_s(const struct psp *psp, const struct psp_cmd_info *info);
unsigned int psp_panic_timeout_s(void);

/* death.c */
__printf(3, 4)
void psp_mark_dead(struct psp *psp, unsigned int cmd, const char *fmt, ...);

#endif /* SNP_PSP_MAILBOX_H */
