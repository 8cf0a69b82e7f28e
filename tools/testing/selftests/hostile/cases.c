// SPDX-License-Identifier: GPL-2.0-only
/*
 * Named cases: a trick of the hypervisor in an operation of snp_guest.ko, and
 * what must come of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "tap.h"

enum op { OP_LOAD, OP_UNLOAD, OP_REPORT, OP_KEY, OP_EXT, OP_SIZE, NR_OPS };

static const struct {
	const char *name;
	int (*run)(void);
} ops[NR_OPS] = {
	[OP_LOAD] = { "load", module_load },
	[OP_UNLOAD] = { "unload", module_unload },
	[OP_REPORT] = { "report", message_report },
	[OP_KEY] = { "key", message_key },
	[OP_EXT] = { "ext", message_ext },
	[OP_SIZE] = { "ext-size", message_ext_size },
};

#define LOAD	(1 << OP_LOAD)
#define UNLOAD	(1 << OP_UNLOAD)
#define REPORT	(1 << OP_REPORT)
#define KEY	(1 << OP_KEY)
#define EXT	(1 << OP_EXT)
#define SIZE	(1 << OP_SIZE)
#define MESSAGE	(REPORT | KEY | EXT)

/**
 * struct hostile_case - one trick, in one or several operations
 * @trick: what to arm; several with a plus between them
 * @ops: operations that meet it, one case each
 * @error: what each returns
 * @retired: the key is retired, and this is part of the reason
 * @log: the kernel's log has this
 */
static const struct hostile_case {
	const char *trick;
	unsigned int ops;
	int error;
	const char *retired;
	const char *log;
} cases[] = {
	/* Version negotiation, at loading. */
	{ "msr-silent@sev-info", LOAD, EOPNOTSUPP, NULL, "does not tell its GHCB protocol" },
	{ "msr-code@sev-info", LOAD, EIO, NULL, "has the wrong code" },
	{ "msr-version-low", LOAD, EPROTONOSUPPORT, NULL, "speaks GHCB protocol 1 to 1" },
	{ "msr-version-high", LOAD, EPROTONOSUPPORT, NULL, "speaks GHCB protocol 3 to 7" },
	{ "msr-version-empty", LOAD, EIO, NULL, "does not tell its GHCB protocol" },
	{ "msr-cbit", LOAD, 0, NULL, NULL },
	{ "msr-silent@hv-features", LOAD, EOPNOTSUPP, NULL, "does not tell its features" },
	{ "msr-code@hv-features", LOAD, EIO, NULL, "has the wrong code" },
	{ "msr-features-none", LOAD, EPROTONOSUPPORT, NULL, "bit 0 (SEV-SNP) is needed" },
	{ "msr-features-all", LOAD, 0, NULL, NULL },

	/* NMIs make the kernel use the page and the MSR that the driver has borrowed. */
	{ "msr-nmi@sev-info:1:1", LOAD, 0, NULL, NULL },
	{ "msr-nmi@hv-features:1:3", LOAD, 0, NULL, NULL },
	{ "msr-nmi@sev-info", LOAD, EAGAIN, NULL, "does not tell its GHCB protocol" },
	{ "nmi@psc:1:1", LOAD | UNLOAD, 0, NULL, NULL },
	{ "nmi@psc", LOAD, EIO, NULL, "makes no progress" },
	{ "nmi@request:1:1", REPORT | KEY, 0, NULL, NULL },
	/* The answer is lost, the response is not, and proves itself. */
	{ "nmi@request", REPORT | KEY, 0, NULL, NULL },
	{ "nmi@ext", EXT, 0, NULL, NULL },
	{ "nmi@ext:1:1", SIZE, EIO, NULL, NULL },

	/* Page state changes: sharing at loading, and taking back at unloading. */
	{ "psc-refuse", LOAD, EIO, NULL, "leaking" },
	{ "psc-header", LOAD, EIO, NULL, "leaking" },
	{ "psc-entry", LOAD, EIO, NULL, "leaking" },
	{ "psc-half-fail", LOAD, EIO, NULL, "leaking" },
	{ "psc-stall", LOAD, EIO, NULL, "makes no progress" },
	{ "psc-long", LOAD, EIO, NULL, "the hypervisor answered entries" },
	{ "psc-reserved", LOAD, EIO, NULL, "the hypervisor answered entries" },
	{ "psc-half:1:1+psc-back", LOAD, EIO, NULL, "the hypervisor answered entries" },
	{ "psc-lie", LOAD, 0, NULL, NULL },
	{ "psc-huge", LOAD, 0, NULL, NULL },
	{ "psc-half", LOAD, 0, NULL, NULL },
	{ "psc-short:1:1", LOAD, 0, NULL, NULL },
	{ "psc-short", LOAD, EIO, NULL, "makes no progress" },
	{ "psc-again:1:1", LOAD, 0, NULL, NULL },
	{ "psc-again", LOAD, EIO, NULL, "makes no progress" },
	{ "psc-entries", LOAD, 0, NULL, NULL },
	{ "page-remap@rescind", LOAD, EXDEV, NULL, "the hypervisor replaced the page" },
	{ "page-remap@rescind:3", LOAD, EXDEV, NULL, "the hypervisor replaced the page" },
	{ "psc-refuse", UNLOAD, 0, NULL, "leaking" },
	{ "psc-entry", UNLOAD, 0, NULL, "leaking" },
	{ "psc-half-fail", UNLOAD, 0, NULL, "leaking" },
	{ "psc-stall", UNLOAD, 0, NULL, "leaking" },
	{ "psc-long", UNLOAD, 0, NULL, "leaking" },
	{ "psc-reserved", UNLOAD, 0, NULL, "leaking" },
	{ "psc-half", UNLOAD, 0, NULL, NULL },
	{ "psc-lie", UNLOAD, 0, NULL, NULL },
	{ "psc-huge", UNLOAD, 0, NULL, NULL },
	{ "psc-entries", UNLOAD, 0, NULL, NULL },
	{ "page-remap@validate", UNLOAD, 0, NULL, NULL },
	{ "page-back@validate", UNLOAD, 0, NULL, "the hypervisor replaced the page" },
	{ "page-back@validate:2", UNLOAD, 0, NULL, "the hypervisor replaced the page" },

	/* The GHCB page at a page state change. */
	{ "exit-silent@psc", LOAD, EIO, NULL, "makes no progress" },
	{ "exit-silent@psc:1:1", LOAD, 0, NULL, NULL },
	{ "exit-malformed@psc", LOAD, EIO, NULL, "calls the request malformed" },
	{ "exit-unregistered@psc", UNLOAD, 0, NULL, "leaking" },
	{ "ghcb-invalid@psc", LOAD, 0, NULL, NULL },
	{ "ghcb-all-valid@psc", LOAD, 0, NULL, NULL },
	{ "ghcb-info1@psc", LOAD, EIO, NULL, "broke the protocol" },
	{ "ghcb-info1-high@psc", LOAD, 0, NULL, NULL },
	{ "ghcb-info2@psc", LOAD, EIO, NULL, "SW_EXITINFO2" },
	{ "ghcb-regs@psc", LOAD, 0, NULL, NULL },
	{ "ghcb-raise-gp@psc", LOAD, EIO, NULL, "asks for #GP" },
	{ "ghcb-raise-pf@psc", LOAD, EIO, NULL, "broke the protocol" },
	{ "ghcb-raise-nmi@psc", UNLOAD, 0, NULL, "leaking" },
	{ "race-ghcb@psc", LOAD | UNLOAD, 0, NULL, NULL },

	/* And at a guest request. */
	{ "exit-silent@request", REPORT | KEY, EIO, "hypervisor refused", NULL },
	{ "exit-malformed@request", REPORT | KEY, EIO, "hypervisor refused", NULL },
	{ "exit-unregistered@ext", EXT, EIO, "hypervisor refused", NULL },
	{ "ghcb-invalid@request", REPORT | KEY, 0, NULL, NULL },
	{ "ghcb-invalid@ext", EXT, 0, NULL, NULL },
	/* The number of pages must be marked valid to count. */
	{ "ghcb-invalid@ext", SIZE, EPROTO, NULL, "pages for certificates" },
	{ "ghcb-all-valid@request", REPORT, 0, NULL, NULL },
	{ "ghcb-info1@request", REPORT | KEY, EIO, "hypervisor refused", "broke the protocol" },
	{ "ghcb-info1@ext", EXT, EIO, "hypervisor refused", "broke the protocol" },
	{ "ghcb-info1-high@request", REPORT | KEY, 0, NULL, NULL },
	{ "ghcb-info2@request", REPORT | KEY, EIO, "failed the guest request", NULL },
	{ "ghcb-regs@request", REPORT | KEY, 0, NULL, NULL },
	{ "ghcb-regs@ext", EXT, 0, NULL, NULL },
	{ "ghcb-raise-gp@request", REPORT, EIO, "hypervisor refused", "asks for #GP" },
	{ "ghcb-raise-ud@request", REPORT, EIO, "hypervisor refused", "asks for #UD" },
	{ "ghcb-raise-pf@request", REPORT, EIO, "hypervisor refused", "broke the protocol" },
	{ "ghcb-raise-nmi@request", KEY, EIO, "hypervisor refused", "broke the protocol" },
	{ "ghcb-raise-none@ext", EXT, EIO, "hypervisor refused", "broke the protocol" },
	{ "race-ghcb@request", REPORT | KEY, 0, NULL, NULL },
	{ "race-ghcb@ext", EXT, 0, NULL, NULL },

	/* Messages on their way to the firmware. */
	{ "req-busy:1:1", REPORT | KEY, 0, NULL, NULL },
	{ "req-busy-fw", MESSAGE, EIO, "failed the guest request", NULL },
	{ "req-refuse", MESSAGE, EIO, "failed the guest request", NULL },
	{ "req-status", MESSAGE, EIO, "firmware refused", NULL },
	{ "req-length", REPORT | KEY, EIO, "failed the guest request", NULL },
	{ "req-length@ext:1:1", EXT, EPROTO, NULL, "pages for certificates" },
	{ "req-lost", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "req-twice", MESSAGE, EIO, "firmware refused", NULL },
	{ "req-flip", MESSAGE, EIO, "firmware refused", NULL },
	{ "req-old", MESSAGE, EIO, "firmware refused", NULL },

	/* And back. */
	{ "msg-flip", MESSAGE, EBADMSG, "authentication", NULL },
	{ "msg-flip-tag", MESSAGE, EBADMSG, "authentication", NULL },
	{ "msg-short", MESSAGE, EBADMSG, "authentication", NULL },
	{ "msg-seqno", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "msg-seqno-high", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "msg-replay", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "msg-reflect", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "msg-drop", MESSAGE, EBADMSG, "sequence number", NULL },
	{ "msg-type", MESSAGE, EBADMSG, "message type", NULL },
	{ "msg-version", REPORT | KEY, EBADMSG, "message version", NULL },
	{ "msg-vmpck", REPORT | KEY, EBADMSG, "VMPCK", NULL },
	{ "msg-algo", REPORT | KEY, EBADMSG, "algorithm", NULL },
	{ "msg-header", REPORT | KEY, EBADMSG, "header", NULL },
	{ "msg-reserved", REPORT | KEY, EBADMSG, "reserved", NULL },
	{ "msg-empty", MESSAGE, EBADMSG, "payload size", NULL },
	{ "msg-huge", MESSAGE, EBADMSG, "payload size", NULL },
	{ "race-response", MESSAGE, 0, NULL, NULL },

	/* Lengths of certificates. */
	{ "cert-zero", EXT | SIZE, EPROTO, NULL, "pages for certificates" },
	{ "cert-same", EXT | SIZE, EPROTO, NULL, "pages for certificates" },
	{ "cert-huge", EXT | SIZE, EPROTO, NULL, "pages for certificates" },
	/* One page more is possible when none was given, and too many after four. */
	{ "cert-more", SIZE, EIO, NULL, NULL },
	{ "cert-more", EXT, EPROTO, NULL, "pages for certificates" },
	{ "cert-garbage", EXT, 0, NULL, NULL },
	{ "race-certs", EXT, 0, NULL, NULL },
};

/* A channel that works: what each case starts from and must leave behind. */
static bool make_ready(void)
{
	if (module_loaded() && !strcmp(module_state(), "ready"))
		return true;
	if (module_loaded() && module_unload())
		return false;
	control_ok("keys");
	return !module_load() && !strcmp(module_state(), "ready");
}

/* False: the platform cannot do this as it was started. */
static bool arm(const char *tricks)
{
	char spec[64], *plus;
	const char *answer;

	for (;;) {
		snprintf(spec, sizeof(spec), "%s", tricks);
		plus = strchr(spec, '+');
		if (plus)
			*plus = 0;
		answer = control("%s %s", "arm", spec);
		if (!strncmp(answer, "no: needs check=1", 17))
			return false;
		if (strncmp(answer, "ok", 2)) {
			printf("Bail out! %s: %s\n", spec, answer);
			exit(1);
		}
		if (!plus)
			return true;
		tricks = strchr(tricks, '+') + 1;
	}
}

/* The key is gone, and stays gone.  Returns 0, or the length of what is wrong. */
static int check_retired(const struct hostile_case *c, const char *state, char *wrong, size_t len)
{
	int rc;

	if (!c->retired) {
		if (strcmp(state, "ready"))
			return snprintf(wrong, len, "state is \"%s\"", state);
		rc = message_report();
		if (rc)
			return snprintf(wrong, len, "a report afterwards: %s", errno_name(rc));
		return 0;
	}
	if (strncmp(state, "retired: ", 9) || !strstr(state, c->retired))
		return snprintf(wrong, len, "state is \"%s\", retired: ...%s... is expected",
				state, c->retired);
	rc = message_report();
	if (rc != ENOTTY)
		return snprintf(wrong, len, "a report with the retired key: %s", errno_name(rc));
	return 0;
}

static void run_case(const struct hostile_case *c, enum op op)
{
	bool message = op >= OP_REPORT;
	char wrong[256] = "", outcome[192], state[128];
	unsigned int struck;
	int rc;

	control_ok("log case %s %s", c->trick, ops[op].name);
	if (!make_ready() || (message && message_report()) || (op == OP_LOAD && module_unload())) {
		tap_result(false, c->trick, ops[op].name, "not run", "no working channel before");
		return;
	}
	log_clear();
	if (!arm(c->trick)) {
		tap_skip(c->trick, ops[op].name, "the access checker is off");
		return;
	}
	rc = ops[op].run();
	struck = control_ok("disarm");
	control_ok("search");
	snprintf(state, sizeof(state), "%s", module_state());
	snprintf(outcome, sizeof(outcome), "%s%s%s%s", errno_name(rc),
		 *state && strcmp(state, "ready") ? ", " : "",
		 strcmp(state, "ready") ? state : "",
		 log_has("leaking") ? ", pages quarantined" : "");

	if (!struck)
		snprintf(wrong, sizeof(wrong), "the trick never struck");
	else if (rc != c->error)
		snprintf(wrong, sizeof(wrong), "%s, %s is expected", errno_name(rc),
			 errno_name(c->error));
	else if (c->log && !log_has(c->log))
		snprintf(wrong, sizeof(wrong), "the kernel's log lacks \"%s\"", c->log);
	else if (!c->log && log_has("leaking"))
		snprintf(wrong, sizeof(wrong), "pages were leaked");
	else if (message)
		check_retired(c, state, wrong, sizeof(wrong));
	if (!*wrong && !make_ready())
		snprintf(wrong, sizeof(wrong), "no working channel afterwards");
	if (!*wrong && message_report())
		snprintf(wrong, sizeof(wrong), "no report afterwards");
	tap_result(!*wrong, c->trick, ops[op].name, outcome, wrong);
}

void run_cases(const char *only)
{
	char name[96];
	unsigned int i;
	enum op op;

	if (module_load() || message_key_first()) {
		printf("Bail out! no working channel\n");
		return;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (op = 0; op < NR_OPS; op++) {
			snprintf(name, sizeof(name), "%s %s", cases[i].trick, ops[op].name);
			if (cases[i].ops & 1 << op && (!only || !strcmp(only, name)))
				run_case(&cases[i], op);
		}
	}
	if (module_loaded() && module_unload())
		printf("Bail out! the module does not unload\n");
}
