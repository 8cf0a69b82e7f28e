/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verification of an attestation report, without any I/O.
 */
#ifndef SNPCTL_VERIFY_H
#define SNPCTL_VERIFY_H

#include <time.h>

#include "report.h"

/**
 * struct verify_input - what is verified against what
 * @report: the report as it was read
 * @ark: trust anchor, PEM or DER
 * @ask: intermediate
 * @vcek: leaf
 * @crl: revocation list of the ARK; no data: not checked
 * @have_nonce: compare @nonce with REPORT_DATA
 * @nonce: zero padded
 * @have_measurement: compare @measurement with MEASUREMENT
 * @measurement: launch digest
 * @allow_debug: accept a guest that its host may debug
 * @allow_migration: accept a guest that a migration agent may move
 * @now: the time at which certificates must be valid
 */
struct verify_input {
	struct blob report, ark, ask, vcek, crl;
	bool have_nonce;
	uint8_t nonce[64];
	bool have_measurement;
	uint8_t measurement[48];
	bool allow_debug;
	bool allow_migration;
	time_t now;
};

enum step_result {
	STEP_OK,
	STEP_FAILED,
	STEP_NOT_CHECKED,
};

/**
 * struct verify_step - one check that was made
 * @name: short
 * @result: outcome
 * @detail: what was checked against what
 */
struct verify_step {
	const char *name;
	enum step_result result;
	struct reason detail;
};

#define VERIFY_MAX_STEPS	16

/**
 * struct verify_result - everything that verification found
 * @verified: the verdict
 * @nr_steps: checks made; when refused, the last one is the failed one
 * @step: the checks
 * @verdict: one sentence; begins "VERIFIED: " or "REFUSED: "
 * @report: the report, valid if the first step is ok
 * @product: from the chain, NULL if it did not get that far
 */
struct verify_result {
	bool verified;
	unsigned int nr_steps;
	struct verify_step step[VERIFY_MAX_STEPS];
	char verdict[512];
	struct snp_report report;
	const struct product *product;
};

void verify_report(const struct verify_input *in, struct verify_result *out);

#endif /* SNPCTL_VERIFY_H */
