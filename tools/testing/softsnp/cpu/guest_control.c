// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: what tests that run inside the guest tell the platform.  A port
 * is something that any program of any guest can reach (/dev/port), and the
 * answer is there when the instruction is done: a test knows exactly which of
 * its operations meet a trick.
 *
 * A command is a line, written to the port byte by byte.  Reading gives the
 * answer byte by byte, then zeros.  Commands:
 *
 *	arm SPEC	as --fault SPEC
 *	disarm		nothing is armed any more; "ok N": tricks struck N times
 *	inject VA CODE	the next time code at VA is reached, it meets a #VC with
 *			this error code instead.  The page must not have been
 *			executed before.
 *	keys		message keys as at launch, with the firmware's counters:
 *			stands for launching the guest again
 *	search		look for secrets in all shared memory now
 *	log TEXT	into the platform's log
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest_fault.h"
#include "guest_io.h"

static struct {
	pthread_mutex_t lock;
	char line[128];
	size_t len;
	char answer[128];
	size_t read;
} control = { .lock = PTHREAD_MUTEX_INITIALIZER };

#define ANSWER(...)	snprintf(control.answer, sizeof(control.answer), __VA_ARGS__)

static const char *inject(const char *args)
{
	char *end;
	uint64_t va = strtoull(args, &end, 0), code;

	if (end == args || *end != ' ' || !va)
		return "expected an address and an error code";
	args = end + 1;
	code = strtoull(args, &end, 0);
	if (end == args || *end || code > 0xffffffff)
		return "expected an error code";
	guest_fault_inject(va, code);
	return NULL;
}

static void execute(char *line)
{
	char *args = strchr(line, ' ');
	const char *wrong = NULL;

	if (args)
		*args++ = 0;
	else
		args = line + strlen(line);
	if (!strcmp(line, "arm")) {
		wrong = guest_fault_arm(args);
	} else if (!strcmp(line, "inject")) {
		wrong = inject(args);
	} else if (!strcmp(line, "disarm")) {
		guest_race_stop(0, true);
		ANSWER("ok %u", guest_fault_disarm());
		return;
	} else if (!strcmp(line, "keys")) {
		guest_secrets_restore_keys();
	} else if (!strcmp(line, "search")) {
		guest_secrets_search();
	} else if (!strcmp(line, "log")) {
		cpu_log("guest: test: %s", args);
	} else {
		wrong = "no such command";
	}
	if (wrong)
		ANSWER("no: %s", wrong);
	else
		ANSWER("ok");
}

static void take_byte(uint8_t c)
{
	if (c != '\n') {
		/* One too many makes the line unreadable, not shorter. */
		if (control.len < sizeof(control.line))
			control.line[control.len++] = c;
		return;
	}
	control.read = 0;
	if (control.len == sizeof(control.line)) {
		ANSWER("no: the line is too long");
	} else {
		control.line[control.len] = 0;
		execute(control.line);
	}
	control.len = 0;
}

static uint8_t give_byte(void)
{
	return control.answer[control.read] ? control.answer[control.read++] : 0;
}

void guest_control_port(unsigned int vcpu, const struct ioio *io)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t nr = v->exit.in.sw_exit_info_2;
	size_t at;

	if (io->port == GUEST_PORT_PROBE) {
		if (io->string && nr) {
			if (nr > sizeof(v->exit.in.shared_buffer) / io->size)
				guest_exit_malformed(v, SNP_GHCB_ERR_SCRATCH);
			at = guest_exit_scratch(v, nr * io->size);
			if (io->in)
				memset(guest_spa(v->exit.ghcb_gpa + at, nr * io->size),
				       GUEST_PROBE_VALUE, nr * io->size);
		} else if (io->in) {
			v->exit.rax = GUEST_PROBE_VALUE;
		}
		guest_exit_done(v);
	}
	if (io->port != GUEST_PORT_CONTROL || io->string || io->size != 1)
		return;
	pthread_mutex_lock(&control.lock);
	if (io->in)
		v->exit.rax = give_byte();
	else
		take_byte(v->exit.rax);
	pthread_mutex_unlock(&control.lock);
	guest_exit_done(v);
}
