// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for libasp.a at link time.
 */
#include "fake_asp.h"

struct asp fake_asp;

struct asp *asp_new(const struct asp_config *cfg, const struct asp_ops *ops, const char **err)
{
	if (!cfg) {
		*err = "no configuration";
		return NULL;
	}
	fake_asp = (struct asp) { .ops = *ops };
	return &fake_asp;
}

void asp_free(struct asp *a)
{
	a->ops = (struct asp_ops) { 0 };
}

uint32_t asp_command(struct asp *a, uint32_t cmd, uint64_t buf_spa)
{
	(void)buf_spa;
	switch (cmd) {
	case SNP_FW_SNP_INIT:
		a->snp_init = true;
		return SNP_FW_SUCCESS;
	case SNP_FW_SNP_SHUTDOWN:
	case SNP_FW_SNP_SHUTDOWN_EX:
		if (!a->snp_init)
			return SNP_FW_INVALID_PLATFORM_STATE;
		a->snp_init = false;
		return SNP_FW_SUCCESS;
	}
	return SNP_FW_INVALID_PAGE_STATE;
}

void asp_reset(struct asp *a)
{
	a->snp_init = false;
	a->resets++;
}

bool asp_snp_initialised(const struct asp *a)
{
	return a->snp_init;
}

const char *asp_cmd_name(uint32_t cmd)
{
	switch (cmd) {
	case SNP_FW_SNP_INIT:
		return "SNP_INIT";
	case SNP_FW_SNP_SHUTDOWN:
		return "SNP_SHUTDOWN";
	case SNP_FW_SNP_SHUTDOWN_EX:
		return "SNP_SHUTDOWN_EX";
	case SNP_FW_SNP_PAGE_RECLAIM:
		return "SNP_PAGE_RECLAIM";
	}
	return "unknown command";
}
