/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of the SVSM through the calling area that the kernel owns.  The
 * discipline is described in svsm.c.
 */
#ifndef SVSM_SVSM_H
#define SVSM_SVSM_H

#include <linux/types.h>

/**
 * struct svsm_call - one call
 * @rax: in: protocol and call; out: result code
 * @rcx: in: argument, unless there is a buffer; out: result
 * @rdx: in: argument; out: result
 * @r8: in: argument; out: result
 * @r9: in: argument; out: result
 * @buf: what goes into the calling area's buffer, whose address RCX becomes,
 *	and is read back from it; or NULL
 * @len: length of @buf in bytes
 */
struct svsm_call {
	u64	rax;
	u64	rcx;
	u64	rdx;
	u64	r8;
	u64	r9;
	void	*buf;
	size_t	len;
};

int svsm_init(unsigned int vmpl);
void svsm_exit(void);
unsigned int svsm_vmpl(void);
int svsm_call(struct svsm_call *call);
int svsm_query(unsigned int protocol);
struct snp_svsm_pvalidate;
unsigned int svsm_pvalidate(struct snp_svsm_pvalidate *list, unsigned int nr, int *rc,
			    unsigned int *unsure);

#endif /* SVSM_SVSM_H */
