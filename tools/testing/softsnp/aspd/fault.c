// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults on demand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../asp/asp.h"
#include "fault.h"

/* Is there a command of that name? */
static bool known(const char *name)
{
	uint32_t id;

	for (id = 1; id <= FIELD_GET(SNP_CMDRESP_CMD, SNP_CMDRESP_CMD); id++)
		if (!strcmp(asp_cmd_name(id), name))
			return true;
	return false;
}

bool fault_add(struct fault *f, const char *spec, const char **err)
{
	unsigned long n = 1;
	const char *name, *colon;
	size_t len;
	char *end;

	if (strncmp(spec, "timeout:", 8)) {
		*err = "the only fault is timeout:COMMAND[:N]";
		return false;
	}
	name = spec + 8;
	colon = strchr(name, ':');
	len = colon ? (size_t)(colon - name) : strlen(name);
	if (f->nr == FAULT_MAX) {
		*err = "too many faults";
		return false;
	}
	if (!len || len >= sizeof(f->hang[0].cmd)) {
		*err = "the fault names no command";
		return false;
	}
	memcpy(f->hang[f->nr].cmd, name, len);
	f->hang[f->nr].cmd[len] = 0;
	if (!known(f->hang[f->nr].cmd)) {
		*err = "the fault names a command that does not exist";
		return false;
	}
	if (colon) {
		errno = 0;
		n = strtoul(colon + 1, &end, 10);
		if (colon[1] < '0' || colon[1] > '9' || *end || errno || !n) {
			*err = "the fault's N is not a count";
			return false;
		}
	}
	f->hang[f->nr++].answered = n - 1;
	return true;
}

bool fault_hangs(struct fault *f, const char *cmd)
{
	unsigned int i;
	bool hangs = false;

	for (i = 0; i < f->nr; i++) {
		if (strcmp(f->hang[i].cmd, cmd))
			continue;
		if (f->hang[i].answered)
			f->hang[i].answered--;
		else
			hangs = true;
	}
	return hangs;
}
