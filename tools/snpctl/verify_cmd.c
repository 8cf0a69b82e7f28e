// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl verify: files in, verdict out.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "chain.h"
#include "json.h"
#include "verify.h"

static const char help[] =
"Usage: snpctl verify FILE --ark FILE --ask FILE --vcek FILE [OPTION]...\n"
"\n"
"Verify an attestation report: its form, the certificate chain down to the\n"
"chip's key, that chip and TCB are those of the key, the signature, the guest\n"
"policy, and that it is the report that was expected.\n"
"\n"
"      --ark FILE          AMD root key: the certificate that you trust\n"
"      --ask FILE          AMD SEV key\n"
"      --vcek FILE         the chip's key for the reported TCB\n"
"      --crl FILE          the ARK's revocation list (default: not checked)\n"
"      --nonce HEX         what REPORT_DATA must be, up to 64 bytes, zero padded\n"
"      --measurement HEX   what the launch digest must be, 48 bytes\n"
"      --allow-debug       accept a guest that its host may debug\n"
"      --allow-migration   accept a guest that a migration agent may move\n"
"      --json              print the result as JSON\n"
"      --help              print this\n"
"\n"
"Certificates and the list may be PEM or DER, one to a file.\n"
"Exit status: 0 verified, 1 refused, 2 could not look (usage, files).\n"
"\n"
"Examples:\n"
"  snpctl verify report.bin --ark ark.pem --ask ask.pem --vcek vcek.pem\n"
"  snpctl verify report.bin --ark ark.pem --ask ask.pem --vcek vcek.der \\\n"
"      --nonce 6f1d2c3b4a59687766554433221100ff \\\n"
"      --measurement $(snpctl measure --quiet --kernel bzImage \\\n"
"          --initrd initrd.img --cmdline console=ttyS0 --mem 1G)\n";

enum {
	OPT_ARK = 256, OPT_ASK, OPT_VCEK, OPT_CRL, OPT_NONCE, OPT_MEASUREMENT,
	OPT_ALLOW_DEBUG, OPT_ALLOW_MIGRATION, OPT_JSON, OPT_HELP,
};

static const struct option options[] = {
	{ "ark", required_argument, NULL, OPT_ARK },
	{ "ask", required_argument, NULL, OPT_ASK },
	{ "vcek", required_argument, NULL, OPT_VCEK },
	{ "crl", required_argument, NULL, OPT_CRL },
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "measurement", required_argument, NULL, OPT_MEASUREMENT },
	{ "allow-debug", no_argument, NULL, OPT_ALLOW_DEBUG },
	{ "allow-migration", no_argument, NULL, OPT_ALLOW_MIGRATION },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{}
};

/* What the command line said. */
struct request {
	const char *report, *ark, *ask, *vcek, *crl;
	bool json;
	struct verify_input in;
};

static const char *const result_word[] = {
	[STEP_OK] = "ok",
	[STEP_FAILED] = "FAILED",
	[STEP_NOT_CHECKED] = "not checked",
};

static void print_people(const struct request *req, const struct verify_result *res)
{
	struct style s = style_stdout();
	char file[256];
	unsigned int i;

	printable(file, sizeof(file), req->report, strlen(req->report));
	printf("%s%s%s\n\n", s.bold, file, s.off);
	for (i = 0; i < res->nr_steps; i++) {
		const struct verify_step *step = &res->step[i];
		const char *colour = step->result == STEP_OK ? s.good :
				     step->result == STEP_FAILED ? s.bad : s.dim;

		printf("  %-12s %s%-12s%s %s\n", step->name, colour, result_word[step->result],
		       s.off, step->detail.text);
	}
	printf("\n%s%s%s\n", res->verified ? s.good : s.bad, res->verdict, s.off);
}

static void print_tcb(struct json *j, uint64_t raw, enum snp_tcb_layout layout)
{
	struct snp_tcb t = snp_tcb_decode(raw, layout);

	json_open(j, "tcb", '{');
	if (layout == SNP_TCB_TURIN)
		json_number(j, "fmc", t.fmc);
	json_number(j, "bootloader", t.bootloader);
	json_number(j, "tee", t.tee);
	json_number(j, "snp", t.snp);
	json_number(j, "microcode", t.microcode);
	json_close(j, '}');
}

/* What the report says is worth printing only once its signature has verified. */
static void print_json(const struct request *req, const struct verify_result *res)
{
	const struct snp_report *r = &res->report;
	struct json j = { .out = stdout };
	unsigned int i;

	json_open(&j, NULL, '{');
	json_string(&j, "file", req->report);
	json_bool(&j, "verified", res->verified);
	json_string(&j, "verdict", res->verdict);
	if (res->verified) {
		json_string(&j, "product", res->product->name);
		json_hex(&j, "measurement", r->measurement, sizeof(r->measurement));
		json_hex(&j, "report_data", r->report_data, sizeof(r->report_data));
		json_hex(&j, "chip_id", r->chip_id, sizeof(r->chip_id));
		json_number(&j, "version", r->version);
		json_number(&j, "vmpl", r->vmpl);
		json_number(&j, "guest_svn", r->guest_svn);
		json_number(&j, "policy", r->policy);
		print_tcb(&j, r->reported_tcb, res->product->layout);
	}
	json_open(&j, "steps", '[');
	for (i = 0; i < res->nr_steps; i++) {
		json_open(&j, NULL, '{');
		json_string(&j, "name", res->step[i].name);
		json_string(&j, "result", result_word[res->step[i].result]);
		json_string(&j, "detail", res->step[i].detail.text);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
}

static int parse_options(struct request *req, int argc, char **argv)
{
	size_t len;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case OPT_ARK:
			req->ark = optarg;
			break;
		case OPT_ASK:
			req->ask = optarg;
			break;
		case OPT_VCEK:
			req->vcek = optarg;
			break;
		case OPT_CRL:
			req->crl = optarg;
			break;
		case OPT_NONCE:
			memset(req->in.nonce, 0, sizeof(req->in.nonce));
			if (hex_parse(optarg, req->in.nonce, sizeof(req->in.nonce), &len)) {
				complain("--nonce wants 1 to 64 bytes as hexadecimal digits");
				return usage_error(argv[0]);
			}
			req->in.have_nonce = true;
			break;
		case OPT_MEASUREMENT:
			if (hex_parse(optarg, req->in.measurement, sizeof(req->in.measurement),
				      &len) || len != sizeof(req->in.measurement)) {
				complain("--measurement wants 48 bytes as hexadecimal digits");
				return usage_error(argv[0]);
			}
			req->in.have_measurement = true;
			break;
		case OPT_ALLOW_DEBUG:
			req->in.allow_debug = true;
			break;
		case OPT_ALLOW_MIGRATION:
			req->in.allow_migration = true;
			break;
		case OPT_JSON:
			req->json = true;
			break;
		case OPT_HELP:
			fputs(help, stdout);
			return SNPCTL_OK;
		default:
			return usage_error(argv[0]);
		}
	}
	if (argc - optind != 1) {
		complain(optind == argc ? "no report to verify" : "one report at a time");
		return usage_error(argv[0]);
	}
	req->report = argv[optind];
	if (!req->ark || !req->ask || !req->vcek) {
		complain("--%s is missing", !req->ark ? "ark" : !req->ask ? "ask" : "vcek");
		return usage_error(argv[0]);
	}
	return -1;
}

static int read_files(struct request *req)
{
	struct verify_input *in = &req->in;

	if (file_read(req->report, SNP_REPORT_LEN, &in->report) ||
	    file_read(req->ark, CHAIN_FILE_MAX, &in->ark) ||
	    file_read(req->ask, CHAIN_FILE_MAX, &in->ask) ||
	    file_read(req->vcek, CHAIN_FILE_MAX, &in->vcek))
		return -1;
	if (!req->crl)
		return 0;
	if (file_read(req->crl, CHAIN_FILE_MAX, &in->crl))
		return -1;
	if (!in->crl.len) {
		/* Must not look as if no list had been given. */
		complain("%s is empty", req->crl);
		return -1;
	}
	return 0;
}

int cmd_verify(int argc, char **argv)
{
	struct request req = {};
	struct verify_result res;
	int status = parse_options(&req, argc, argv);

	if (status >= 0)
		return status;
	status = SNPCTL_TROUBLE;
	req.in.now = time(NULL);
	if (!read_files(&req)) {
		verify_report(&req.in, &res);
		if (req.json)
			print_json(&req, &res);
		else
			print_people(&req, &res);
		status = res.verified ? SNPCTL_OK : SNPCTL_REFUSED;
	}
	blob_free(&req.in.report);
	blob_free(&req.in.ark);
	blob_free(&req.in.ask);
	blob_free(&req.in.vcek);
	blob_free(&req.in.crl);
	return status;
}
