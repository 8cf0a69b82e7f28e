/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for libasp.a at link time: keeps the callbacks, so that a test can
 * play the model.
 */
#ifndef ASPD_TEST_FAKE_ASP_H
#define ASPD_TEST_FAKE_ASP_H

#include "../../asp/asp.h"

struct asp {
	struct asp_ops ops;
	bool snp_init;
	unsigned int resets;
};

/* SNP_INIT and SNP_SHUTDOWN succeed, every other command fails. */
extern struct asp fake_asp;

#endif /* ASPD_TEST_FAKE_ASP_H */
