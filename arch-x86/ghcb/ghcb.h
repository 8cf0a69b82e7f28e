/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits to the hypervisor through the GHCB that the kernel owns.  The
 * discipline is described in ghcb.c.
 */
#ifndef GHCB_GHCB_H
#define GHCB_GHCB_H

#include <linux/types.h>

/**
 * struct ghcb_call - one exit
 * @code: SW_EXITCODE, an SNP_EXIT_* value
 * @info1: in: SW_EXITINFO1
 * @info2: in: SW_EXITINFO2; out: the same, meaningful when the call succeeds
 * @with_regs: RAX and RBX are part of the request, and RBX of the answer
 * @rax: in: RAX
 * @rbx: in: RBX; out: RBX, 0 unless the hypervisor marked it valid
 * @buf: what goes into the shared buffer and is read back from it, or NULL
 * @len: length of @buf in bytes, at most that of the shared buffer
 */
struct ghcb_call {
	u64	code;
	u64	info1;
	u64	info2;
	bool	with_regs;
	u64	rax;
	u64	rbx;
	void	*buf;
	size_t	len;
};

int ghcb_init(void);
void ghcb_exit(void);
struct snp_ghcb;
int ghcb_locate(struct snp_ghcb **page, u64 *gpa);
int ghcb_call(struct ghcb_call *call);
int ghcb_msr_call(u64 request, u64 *response);

#endif /* GHCB_GHCB_H */
