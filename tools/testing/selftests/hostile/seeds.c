// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random mixes of tricks, by seed: whatever the hypervisor does, what the
 * driver calls success is true, what it calls failure has left nothing behind,
 * and without tricks everything works again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ops.h"
#include "tap.h"

/* Longest time for an operation: throttling waits in steps of two seconds. */
#define BOUND_S		30

static const struct {
	const char *name;
	int (*run)(void);
} script[] = {
	{ "report", message_report }, { "key", message_key }, { "ext", message_ext },
	{ "ext-size", message_ext_size }, { "report", message_report }, { "key", message_key },
};

/* Errors that the driver's interface documents. */
static bool documented(bool load, int rc)
{
	switch (rc) {
	case 0:
	case EIO:
	case EAGAIN:
		return true;
	case EXDEV:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
		return load;
	case EBADMSG:
	case ENOTTY:
	case EPROTO:
		return !load;
	}
	return false;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Both return 0, or the length of what is wrong. */
static int meet_tricks(char *outcome, size_t outcome_len, char *wrong, size_t len)
{
	size_t at = 0;
	unsigned int i;
	time_t t0;
	int rc;

	rc = module_load();
	at += snprintf(outcome, outcome_len, "load %s", errno_name(rc));
	if (!documented(true, rc))
		return snprintf(wrong, len, "load: %s", errno_name(rc));
	if (rc)
		return 0;
	for (i = 0; i < sizeof(script) / sizeof(script[0]); i++) {
		t0 = now();
		rc = script[i].run();
		if (at < outcome_len)
			at += snprintf(outcome + at, outcome_len - at, ", %s %s", script[i].name,
				       errno_name(rc));
		if (!documented(false, rc))
			return snprintf(wrong, len, "%s: %s", script[i].name, errno_name(rc));
		if (now() - t0 > BOUND_S)
			return snprintf(wrong, len, "%s took %ld s",
					script[i].name, (long)(now() - t0));
	}
	rc = module_unload();
	if (rc)
		return snprintf(wrong, len, "unload: %s", errno_name(rc));
	return 0;
}

static int work_again(char *wrong, size_t len)
{
	unsigned int i;
	int rc;

	if (module_loaded()) {
		rc = module_unload();
		if (rc)
			return snprintf(wrong, len, "unload afterwards: %s", errno_name(rc));
	}
	control_ok("keys");
	rc = module_load();
	if (rc)
		return snprintf(wrong, len, "load afterwards: %s", errno_name(rc));
	for (i = 0; i < 3; i++) {
		rc = script[i].run();
		if (rc)
			return snprintf(wrong, len, "%s afterwards: %s",
					script[i].name, errno_name(rc));
	}
	rc = module_unload();
	if (rc)
		return snprintf(wrong, len, "unload afterwards: %s", errno_name(rc));
	return 0;
}

void run_seeds(unsigned long first, unsigned long count)
{
	char name[32], outcome[256], wrong[128];
	unsigned long seed;
	unsigned int struck;

	if (module_load() || message_key_first() || module_unload()) {
		printf("Bail out! no working channel\n");
		return;
	}
	for (seed = first; seed < first + count; seed++) {
		snprintf(name, sizeof(name), "random:%lu", seed);
		control_ok("log seed %lu", seed);
		control_ok("keys");
		*wrong = 0;
		*outcome = 0;
		control_ok("arm %s", name);
		meet_tricks(outcome, sizeof(outcome), wrong, sizeof(wrong));
		struck = control_ok("disarm");
		control_ok("search");
		if (!*wrong)
			work_again(wrong, sizeof(wrong));
		printf("# seed %lu: %u tricks\n", seed, struck);
		tap_result(!*wrong, name, "load, messages, unload", outcome, wrong);
	}
}
