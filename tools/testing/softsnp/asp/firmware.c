// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which firmware runs and which is committed (56860, firmware updates).
 */
#include "asp_priv.h"

/* Power-on: the firmware of the configuration. */
void asp_firmware_reset(struct asp *a)
{
	const struct asp_config *c = &a->cfg;

	a->current = (struct asp_image){ c->api_major, c->api_minor, c->build, c->current_tcb };
	a->committed = a->current;
	if (c->committed_major) {
		a->committed.major = c->committed_major;
		a->committed.minor = c->committed_minor;
		a->committed.build = c->committed_build;
	}
	a->committed.tcb = c->committed_tcb;
	a->reported_tcb = c->reported_tcb;
}

/* Is the running firmware's ABI 1.@minor or later? */
bool asp_api_at_least(const struct asp *a, unsigned int minor)
{
	return a->current.major > 1 || a->current.minor >= minor;
}

/* What no SNP_CONFIG has changed follows the committed TCB. */
uint64_t asp_reported_tcb(const struct asp *a)
{
	return a->reported_tcb ? a->reported_tcb : a->committed.tcb;
}
