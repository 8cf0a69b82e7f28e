/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the in-kernel interface for hypervisors.
 */
#ifndef SNP_PSP_HOSTAPI_H
#define SNP_PSP_HOSTAPI_H

#include <linux/types.h>

struct psp;
struct seq_file;
struct snp_guest;

int host_enter(struct snp_guest *g);
void host_leave(struct snp_guest *g);
int host_return(struct snp_guest *g);
bool host_going(void);
void psp_host_show(struct psp *psp, struct seq_file *m);

#endif /* SNP_PSP_HOSTAPI_H */
