/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flags across a redirection: see flags.c.
 */
#ifndef SOFTSNP_CPU_FLAGS_H
#define SOFTSNP_CPU_FLAGS_H

/* The current vCPU leaves a block in its middle, and goes on somewhere else. */
void flags_forget(void);

#endif /* SOFTSNP_CPU_FLAGS_H */
