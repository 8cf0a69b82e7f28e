// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hypervisor that throttles guest requests for ever: a caller can be killed,
 * the message stays the next to be sent, unloading does not wait, and without
 * a signal the caller's time is bounded.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ops.h"
#include "tap.h"

/* The driver gives up after 60 s; its last wait may begin just before. */
#define GIVES_UP_S	60
#define SLACK_S		15

static void reload(void)
{
	if (module_loaded())
		module_unload();
	control_ok("keys");
	module_load();
}

static pid_t caller(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(message_report() & 0xff);
	sleep(1);
	return pid;
}

static void killed_caller(void)
{
	const char *wrong = NULL;
	int status = 0, rc;
	pid_t pid;

	reload();
	control_ok("arm req-busy");
	pid = caller();
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		wrong = "the caller was not killed";
	if (!control_ok("disarm"))
		wrong = "the trick never struck";
	/* The message that was left is answered first, then the new one. */
	rc = message_report();
	if (rc)
		wrong = "the next caller failed";
	tap_result(!wrong, "req-busy", "report, killed", wrong ? "wrong" :
		   "killed at once; the next report succeeds", wrong);
}

static void unload_meanwhile(void)
{
	const char *wrong = NULL;
	struct timespec t0, t1;
	int status = 0;
	pid_t pid;

	reload();
	control_ok("arm req-busy");
	pid = caller();
	/* The caller's open file keeps the module. */
	if (module_unload() != EWOULDBLOCK)
		wrong = "the module was unloaded under its caller";
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (module_unload())
		wrong = "the module does not unload";
	clock_gettime(CLOCK_MONOTONIC, &t1);
	if (t1.tv_sec - t0.tv_sec > 5)
		wrong = "unloading waited";
	control_ok("disarm");
	if (!log_has("stopped with a message unanswered"))
		wrong = "the key is not retired";
	tap_result(!wrong, "req-busy", "unload", wrong ? "wrong" :
		   "EWOULDBLOCK while in use, then unloads at once; key retired", wrong);
}

static void gives_up(void)
{
	const char *wrong = NULL;
	struct timespec t0, t1;
	char outcome[64];
	long took;
	int rc;

	reload();
	control_ok("arm req-busy");
	clock_gettime(CLOCK_MONOTONIC, &t0);
	rc = message_report();
	clock_gettime(CLOCK_MONOTONIC, &t1);
	control_ok("disarm");
	took = t1.tv_sec - t0.tv_sec;
	if (rc != ETIMEDOUT)
		wrong = "ETIMEDOUT is expected";
	else if (took < GIVES_UP_S - 1 || took > GIVES_UP_S + SLACK_S)
		wrong = "not after a minute";
	else if (message_report())
		wrong = "no report afterwards";
	snprintf(outcome, sizeof(outcome), "%s after %ld s", errno_name(rc), took);
	tap_result(!wrong, "req-busy", "report, endless", outcome, wrong);
}

void run_throttle_cases(void)
{
	log_clear();
	killed_caller();
	unload_meanwhile();
	gives_up();
	if (module_loaded())
		module_unload();
}
