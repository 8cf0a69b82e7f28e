// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verification of an attestation report (56860, ATTESTATION_REPORT and guest
 * policy; 57230, certificate chain).
 *
 * A list of steps, each a function that says either what it checked against
 * what, or why it refuses.  The first refusal ends it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <snp/fw.h>

#include "chain.h"
#include "verify.h"

#define P384_BYTES	48
#define TURIN_HWID_LEN	8

/* A verification under way. */
struct job {
	const struct verify_input *in;
	struct verify_result *out;
	struct chain chain;
};

/*
 * A step fills @say either with what it did (returning STEP_OK or
 * STEP_NOT_CHECKED) or with the reason of its refusal (STEP_FAILED).
 */
typedef enum step_result step_fn(struct job *j, struct reason *say);

static enum step_result __attribute__((format(printf, 3, 4)))
say_as(enum step_result result, struct reason *say, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(say->text, sizeof(say->text), fmt, ap);
	va_end(ap);
	return result;
}

#define ok(say, ...)		say_as(STEP_OK, say, __VA_ARGS__)
#define fail(say, ...)		say_as(STEP_FAILED, say, __VA_ARGS__)
#define not_checked(say, ...)	say_as(STEP_NOT_CHECKED, say, __VA_ARGS__)

static enum step_result check_structure(struct job *j, struct reason *say)
{
	const struct blob *file = &j->in->report;
	struct snp_report *r = &j->out->report;
	enum snp_report_defect defect;
	uint32_t signer;

	if (!file->len)
		return fail(say, "the report is empty");
	if (file->len < SNP_REPORT_LEN)
		return fail(say, "the report is truncated: %zu of %u bytes", file->len,
			    SNP_REPORT_LEN);
	if (file->len > SNP_REPORT_LEN)
		return fail(say, "the report is longer than %u bytes", SNP_REPORT_LEN);
	memcpy(r, file->data, sizeof(*r));

	defect = snp_report_check(r, sizeof(*r));
	if (defect == SNP_REPORT_BAD_VERSION)
		return fail(say, "the report's version is %u, not 2, 3 or 5", r->version);
	if (defect != SNP_REPORT_OK)
		return fail(say, "the report is malformed: %s", snp_report_defect_text(defect));

	signer = FIELD_GET(SNP_REPORT_SIGNING_KEY, r->flags);
	if (signer == SNP_REPORT_SIGNER_NONE)
		return fail(say, "the report is not signed: the platform masks its chip key");
	if (signer == SNP_REPORT_SIGNER_VLEK)
		return fail(say, "the report is signed with a VLEK, and a VCEK was given");
	return ok(say, "version %u, ECDSA P-384 with SHA-384, signed by a VCEK", r->version);
}

static enum step_result check_ark(struct job *j, struct reason *say)
{
	char date[CHAIN_DATE_LEN];

	if (!chain_add_ark(&j->chain, &j->in->ark, j->in->now, say))
		return STEP_FAILED;
	chain_date(date, X509_get0_notAfter(j->chain.ark));
	return ok(say, "ARK-%s, RSA-4096, signed by itself (PSS, SHA-384), valid until %s",
		  j->chain.product->name, date);
}

static enum step_result check_ask(struct job *j, struct reason *say)
{
	char date[CHAIN_DATE_LEN];

	if (!chain_add_ask(&j->chain, &j->in->ask, j->in->now, say))
		return STEP_FAILED;
	chain_date(date, X509_get0_notAfter(j->chain.ask));
	return ok(say, "SEV-%s, RSA-4096, signed by ARK-%s (PSS, SHA-384), valid until %s",
		  j->chain.product->name, j->chain.product->name, date);
}

static enum step_result check_crl(struct job *j, struct reason *say)
{
	if (!j->in->crl.data)
		return not_checked(say, "no revocation list given");
	if (!chain_check_crl(&j->chain, &j->in->crl, j->in->now, say))
		return STEP_FAILED;
	return ok(say, "signed by ARK-%s, in date, does not list the ASK",
		  j->chain.product->name);
}

static enum step_result check_vcek(struct job *j, struct reason *say)
{
	char date[CHAIN_DATE_LEN];

	if (!chain_add_vcek(&j->chain, &j->in->vcek, j->in->now, say))
		return STEP_FAILED;
	chain_date(date, X509_get0_notAfter(j->chain.vcek));
	return ok(say, "SEV-VCEK, P-384, signed by SEV-%s (PSS, SHA-384), valid until %s",
		  j->chain.product->name, date);
}

/* The VCEK, the chain and the CPU that the report states must be one product. */
static enum step_result check_product(struct job *j, struct reason *say)
{
	const struct vcek_facts *leaf = &j->chain.leaf;
	const struct product *product = j->chain.product, *by_cpu;
	const struct snp_report *r = &j->out->report;

	if (product_by_name(leaf->product_name, strcspn(leaf->product_name, "-")) != product)
		return fail(say, "the VCEK is for %s, the chain is for %s",
			    leaf->product_name, product->name);
	if (leaf->structure != (product->layout == SNP_TCB_TURIN ? 1 : 0))
		return fail(say, "the VCEK's structure version %u is not that of %s",
			    leaf->structure, product->name);
	if (r->version < 3)
		return ok(say, "VCEK for %s, chain for %s; version %u reports name no CPU",
			  leaf->product_name, product->name, r->version);
	by_cpu = product_by_cpu(r->cpuid_family, r->cpuid_model);
	if (!by_cpu)
		return fail(say, "CPU family 0x%02x model 0x%02x belongs to no known product",
			    r->cpuid_family, r->cpuid_model);
	if (by_cpu != product)
		return fail(say, "the report is from a %s CPU, the chain is for %s",
			    by_cpu->name, product->name);
	return ok(say, "VCEK for %s, chain for %s, CPU family 0x%02x model 0x%02x",
		  leaf->product_name, product->name, r->cpuid_family, r->cpuid_model);
}

static enum step_result check_tcb(struct job *j, struct reason *say)
{
	const struct vcek_facts *leaf = &j->chain.leaf;
	enum snp_tcb_layout layout = j->chain.product->layout;
	uint64_t raw = j->out->report.reported_tcb;
	struct snp_tcb t = snp_tcb_decode(raw, layout);
	const struct {
		const char *name;
		uint8_t reported, certified;
	} part[] = {
		{ "fmc", t.fmc, leaf->tcb.fmc },
		{ "bootloader", t.bootloader, leaf->tcb.bootloader },
		{ "tee", t.tee, leaf->tcb.tee },
		{ "snp", t.snp, leaf->tcb.snp },
		{ "microcode", t.microcode, leaf->tcb.microcode },
	};
	char words[TCB_WORDS];
	size_t i;

	if (tcb_unknown_bits(raw, layout))
		return fail(say, "REPORTED_TCB 0x%016llx has bits that no component owns",
			    (unsigned long long)raw);
	if (leaf->has_fmc && layout != SNP_TCB_TURIN)
		return fail(say, "the VCEK states an FMC level, which %s does not have",
			    j->chain.product->name);
	if (!leaf->has_fmc && layout == SNP_TCB_TURIN)
		return fail(say, "the VCEK states no FMC level, which %s has",
			    j->chain.product->name);
	for (i = 0; i < ARRAY_SIZE(part); i++)
		if (part[i].reported != part[i].certified)
			return fail(say, "REPORTED_TCB says %s %u, the VCEK is for %s %u",
				    part[i].name, part[i].reported,
				    part[i].name, part[i].certified);
	tcb_words(words, raw, layout);
	return ok(say, "%s: REPORTED_TCB and VCEK agree", words);
}

static enum step_result check_chip(struct job *j, struct reason *say)
{
	const struct vcek_facts *leaf = &j->chain.leaf;
	const uint8_t *chip = j->out->report.chip_id;
	size_t want = j->chain.product->layout == SNP_TCB_TURIN ? TURIN_HWID_LEN : 64;
	char hex[2 * 8 + 1];

	if (leaf->hwid_len != want)
		return fail(say, "the VCEK's HWID has %zu bytes, %s has %zu", leaf->hwid_len,
			    j->chain.product->name, want);
	if (snp_report_zero(chip, sizeof(j->out->report.chip_id)))
		return not_checked(say, "the platform masks CHIP_ID; the VCEK names the chip");
	if (memcmp(chip, leaf->hwid, want) || !snp_report_zero(chip + want, 64 - want))
		return fail(say, "CHIP_ID is not the HWID that the VCEK belongs to");
	hex_format(hex, chip, 8);
	return ok(say, "%s...: CHIP_ID and the VCEK's HWID agree", hex);
}

/* R or S as the report has it, little-endian, to a number. */
static BIGNUM *component(const uint8_t *field)
{
	return BN_lebin2bn(field, P384_BYTES, NULL);
}

static bool ecdsa_verify(EVP_PKEY *key, const struct snp_report *r)
{
	BIGNUM *num_r = component(r->signature_r), *num_s = component(r->signature_s);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int len = -1;
	bool good = false;

	if (num_r && num_s && sig && ECDSA_SIG_set0(sig, num_r, num_s)) {
		num_r = NULL;
		num_s = NULL;
		len = i2d_ECDSA_SIG(sig, &der);
	}
	if (len > 0 && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL, key) == 1)
		good = EVP_DigestVerify(ctx, der, len, (const unsigned char *)r,
					SNP_REPORT_SIGNED_LEN) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(sig);
	BN_free(num_r);
	BN_free(num_s);
	ERR_clear_error();
	return good;
}

static enum step_result check_signature(struct job *j, struct reason *say)
{
	if (!ecdsa_verify(X509_get0_pubkey(j->chain.vcek), &j->out->report))
		return fail(say, "the report's signature is not by the VCEK's key");
	return ok(say, "ECDSA P-384 over the first %u bytes, by the VCEK's key",
		  SNP_REPORT_SIGNED_LEN);
}

/* A host can ask for reports too, with REPORT_DATA of its choice. */
static enum step_result check_origin(struct job *j, struct reason *say)
{
	uint32_t vmpl = j->out->report.vmpl;

	if (vmpl > 3)
		return fail(say, "no guest asked for this report: its VMPL is 0x%x", vmpl);
	return ok(say, "asked for by the guest, at VMPL %u", vmpl);
}

static enum step_result check_policy(struct job *j, struct reason *say)
{
	uint64_t policy = j->out->report.policy;
	uint64_t known = known_bits(policy_bits) | SNP_POLICY_ABI_MINOR | SNP_POLICY_ABI_MAJOR |
			 SNP_POLICY_RESERVED_ONE;

	if (!(policy & SNP_POLICY_RESERVED_ONE))
		return fail(say, "the guest policy 0x%llx lacks bit 17, which every policy has",
			    (unsigned long long)policy);
	if (policy & ~known)
		return fail(say, "the guest policy has unknown bits: 0x%llx",
			    (unsigned long long)(policy & ~known));
	if (policy & SNP_POLICY_DEBUG && !j->in->allow_debug)
		return fail(say, "the guest policy allows the host to debug the guest");
	if (policy & SNP_POLICY_MIGRATE_MA && !j->in->allow_migration)
		return fail(say, "the guest policy allows a migration agent");
	return ok(say, "0x%llx: %s, %s", (unsigned long long)policy,
		  policy & SNP_POLICY_DEBUG ? "debugging ALLOWED, as accepted" : "no debugging",
		  policy & SNP_POLICY_MIGRATE_MA ? "migration agent ALLOWED, as accepted"
						 : "no migration agent");
}

static enum step_result check_nonce(struct job *j, struct reason *say)
{
	const struct snp_report *r = &j->out->report;

	if (!j->in->have_nonce)
		return not_checked(say, "no nonce given: the report may be an old one");
	if (memcmp(r->report_data, j->in->nonce, sizeof(r->report_data)))
		return fail(say,
			    "REPORT_DATA is not the nonce: the report answers another request");
	return ok(say, "REPORT_DATA is the nonce");
}

static enum step_result check_measurement(struct job *j, struct reason *say)
{
	const struct snp_report *r = &j->out->report;
	char hex[2 * sizeof(r->measurement) + 1];

	if (!j->in->have_measurement)
		return not_checked(say, "no measurement given: the guest may be any guest");
	hex_format(hex, r->measurement, sizeof(r->measurement));
	if (memcmp(r->measurement, j->in->measurement, sizeof(r->measurement)))
		return fail(say,
			    "the guest was launched from something else: its measurement is %s",
			    hex);
	return ok(say, "the launch digest is the expected one");
}

static const struct {
	const char *name;
	step_fn *check;
} steps[] = {
	{ "report", check_structure },
	{ "ARK", check_ark },
	{ "ASK", check_ask },
	{ "CRL", check_crl },
	{ "VCEK", check_vcek },
	{ "product", check_product },
	{ "TCB", check_tcb },
	{ "chip", check_chip },
	{ "signature", check_signature },
	{ "origin", check_origin },
	{ "policy", check_policy },
	{ "nonce", check_nonce },
	{ "measurement", check_measurement },
};
static_assert(ARRAY_SIZE(steps) <= VERIFY_MAX_STEPS, "too many steps");

static void verdict_verified(struct verify_result *out)
{
	char hex[2 * sizeof(out->report.measurement) + 1], words[TCB_WORDS];

	hex_format(hex, out->report.measurement, sizeof(out->report.measurement));
	tcb_words(words, out->report.reported_tcb, out->product->layout);
	snprintf(out->verdict, sizeof(out->verdict),
		 "VERIFIED: measurement %s, TCB %s, chain VCEK <- SEV-%s <- ARK-%s",
		 hex, words, out->product->name, out->product->name);
}

/**
 * verify_report() - is this report genuine, and the one that was expected
 * @in: report, certificates, expectations; all of it possibly hostile, but the
 *	key of the ARK is what the caller trusts
 * @out: receives the steps and the verdict
 */
void verify_report(const struct verify_input *in, struct verify_result *out)
{
	struct job j = { .in = in, .out = out };
	size_t i;

	*out = (struct verify_result){};
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		struct verify_step *step = &out->step[out->nr_steps++];

		step->name = steps[i].name;
		step->result = steps[i].check(&j, &step->detail);
		if (step->result == STEP_FAILED) {
			snprintf(out->verdict, sizeof(out->verdict), "REFUSED: %s",
				 step->detail.text);
			break;
		}
	}
	out->product = j.chain.product;
	if (i == ARRAY_SIZE(steps)) {
		out->verified = true;
		verdict_verified(out);
	}
	chain_free(&j.chain);
}
