/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of snpbench share. */
#ifndef SNPBENCH_H
#define SNPBENCH_H

/* Says that @what failed, with errno; returns -1. */
int fail(const char *what);

/*
 * Names of spans must be in memory that has been touched.  vmm_launch(): a guest
 * with @mib MiB of measured zeros.  vmm_memory(): @mib MiB for a small guest, and
 * back.
 */
int vmm_launch(const char *name, unsigned int mib);
int vmm_memory(const char *to_private, const char *to_shared, unsigned int mib);

#endif /* SNPBENCH_H */
