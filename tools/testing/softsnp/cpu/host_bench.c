// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host role: what the AMD-SP process counts, for spans between marks.
 */
#include <stdio.h>

#include "asp.h"
#include "bench.h"
#include "host.h"

static void emit_commands(bench_emit emit)
{
	char name[64];
	uint32_t n;
	size_t cmd;

	for (cmd = 0; cmd < ARRAY_SIZE(host_shared->nr_commands); cmd++) {
		n = __atomic_load_n(&host_shared->nr_commands[cmd], __ATOMIC_ACQUIRE);
		if (!n)
			continue;
		snprintf(name, sizeof(name), "mailbox.%s", asp_cmd_name(cmd));
		emit(name, n);
	}
}

void host_bench_init(void)
{
	bench_source(emit_commands);
}
