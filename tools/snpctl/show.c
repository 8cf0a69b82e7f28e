// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl show: every field of an attestation report in words (56860,
 * ATTESTATION_REPORT).  Says nothing about authenticity.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <snp/fw.h>

#include "report.h"

static const char help[] =
"Usage: snpctl show FILE\n"
"\n"
"Print every field of an attestation report.  The report is not verified: see\n"
"'snpctl verify --help'.\n"
"\n"
"      --help    print this\n"
"\n"
"Exit status: 0 printed, 1 not a report, 2 could not look (usage, files).\n"
"\n"
"Example:\n"
"  snpctl show report.bin\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{}
};

/* A field of bits: the value, then a line for each bit that has something to say. */
static void show_bits(const char *name, uint64_t value, const struct bit_name *bits,
		      uint64_t elsewhere)
{
	uint64_t unknown = value & ~known_bits(bits) & ~elsewhere;

	print_field(name, "0x%016" PRIx64, value);
	for (; bits->mask; bits++)
		if (value & bits->mask)
			print_more("bit %-2d  %s", __builtin_ctzll(bits->mask), bits->set);
		else if (bits->clear)
			print_more("bit %-2d  %s", __builtin_ctzll(bits->mask), bits->clear);
	if (unknown)
		print_more("unknown bits 0x%" PRIx64, unknown);
}

static void show_policy(uint64_t policy)
{
	show_bits("policy", policy, policy_bits,
		  SNP_POLICY_ABI_MINOR | SNP_POLICY_ABI_MAJOR | SNP_POLICY_RESERVED_ONE);
	print_more("firmware ABI %u.%u or later",
		   (unsigned int)FIELD_GET(SNP_POLICY_ABI_MAJOR, policy),
		   (unsigned int)FIELD_GET(SNP_POLICY_ABI_MINOR, policy));
	if (!(policy & SNP_POLICY_RESERVED_ONE))
		print_more("bit 17 is clear, which no policy has");
}

static void show_tcb(const char *name, uint64_t raw, const enum snp_tcb_layout *layout)
{
	static const enum snp_tcb_layout both[] = { SNP_TCB_MILAN, SNP_TCB_TURIN };
	static const char *const title[] = { "if Milan or Genoa: ", "if Turin or later: " };
	size_t i, n = layout ? 1 : 2;
	char words[TCB_WORDS];

	print_field(name, "0x%016" PRIx64, raw);
	for (i = 0; i < n; i++) {
		enum snp_tcb_layout l = layout ? *layout : both[i];

		tcb_words(words, raw, l);
		print_more("%s%s", layout ? "" : title[i], words);
		if (tcb_unknown_bits(raw, l))
			print_more("unknown bits 0x%" PRIx64, tcb_unknown_bits(raw, l));
	}
}

/*
 * Which TCB layout: stated by version 3 on through the CPU; version 2 leaves
 * only the hint that chip ids of Turin have 8 bytes.
 */
static const enum snp_tcb_layout *find_layout(const struct snp_report *r)
{
	static const enum snp_tcb_layout layout[] = { SNP_TCB_MILAN, SNP_TCB_TURIN };
	const struct product *p;

	if (r->version >= 3) {
		p = product_by_cpu(r->cpuid_family, r->cpuid_model);
		if (p)
			return &p->layout;
		if (r->cpuid_family == 0x19 || r->cpuid_family == 0x1a)
			return &layout[r->cpuid_family - 0x19];
		return NULL;
	}
	if (snp_report_zero(r->chip_id, sizeof(r->chip_id)))
		return NULL;
	return &layout[snp_report_zero(r->chip_id + 8, sizeof(r->chip_id) - 8)];
}

static void show_cpu(const struct snp_report *r)
{
	const struct product *p = product_by_cpu(r->cpuid_family, r->cpuid_model);

	if (r->version < 3) {
		print_field("CPU", "not stated by version %u reports", r->version);
		return;
	}
	print_field("CPU", "family 0x%02x, model 0x%02x, stepping %u (%s)", r->cpuid_family,
		    r->cpuid_model, r->cpuid_stepping, p ? p->name : "unknown product");
}

static void show_guest(const struct snp_report *r)
{
	static const char none[] = " (zero: none)";
	bool agent = false;
	size_t i;

	for (i = 0; i < sizeof(r->report_id_ma); i++)
		agent |= r->report_id_ma[i] != 0xff;

	print_heading("Guest");
	print_hex_field("measurement", r->measurement, sizeof(r->measurement));
	print_hex_field("report data", r->report_data, sizeof(r->report_data));
	if (r->vmpl == 0xffffffff)
		print_field("VMPL", "0xffffffff (asked for by the host)");
	else
		print_field("VMPL", "%u%s", r->vmpl, r->vmpl > 3 ? " (there is no such VMPL)" : "");
	show_policy(r->policy);
	print_field("guest SVN", "%u", r->guest_svn);
	print_hex_field("family id", r->family_id, sizeof(r->family_id));
	print_hex_field("image id", r->image_id, sizeof(r->image_id));
	print_hex_field("host data", r->host_data, sizeof(r->host_data));
	print_hex_field("report id", r->report_id, sizeof(r->report_id));
	print_hex_field("migration agent's id", r->report_id_ma, sizeof(r->report_id_ma));
	if (!agent)
		print_more("(all ones: none)");
	print_hex_field("ID key digest", r->id_key_digest, sizeof(r->id_key_digest));
	if (snp_report_zero(r->id_key_digest, sizeof(r->id_key_digest)))
		print_more("%s", none + 1);
	print_hex_field("author key digest", r->author_key_digest, sizeof(r->author_key_digest));
	if (!(r->flags & SNP_REPORT_AUTHOR_KEY_EN))
		print_more("(no author key)");
}

static void show_platform(const struct snp_report *r, const enum snp_tcb_layout *layout)
{
	print_heading("Platform");
	show_cpu(r);
	print_hex_field("chip id", r->chip_id, sizeof(r->chip_id));
	if (snp_report_zero(r->chip_id, sizeof(r->chip_id)))
		print_more("(zero: masked)");
	show_bits("platform info", r->platform_info, platform_bits, 0);
	print_field("firmware, current", "%u.%u build %u", r->current_major, r->current_minor,
		    r->current_build);
	print_field("firmware, committed", "%u.%u build %u", r->committed_major,
		    r->committed_minor, r->committed_build);
	show_tcb("TCB, reported", r->reported_tcb, layout);
	show_tcb("TCB, current", r->current_tcb, layout);
	show_tcb("TCB, committed", r->committed_tcb, layout);
	show_tcb("TCB, at launch", r->launch_tcb, layout);
	if (r->version < 5) {
		print_field("mitigation vectors", "not stated by version %u reports", r->version);
		return;
	}
	print_field("mitigations, launch", "0x%016" PRIx64, (uint64_t)r->launch_mit_vector);
	print_field("mitigations, current", "0x%016" PRIx64, (uint64_t)r->current_mit_vector);
}

/* Big-endian, as numbers are written. */
static void show_component(const char *name, const uint8_t *field)
{
	uint8_t big[48];
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = field[sizeof(big) - 1 - i];
	print_hex_field(name, big, sizeof(big));
	if (!snp_report_zero(field + 48, SNP_REPORT_SIG_COMPONENT - 48))
		print_more("and bytes beyond P-384's 48");
}

static void show_signature(const struct snp_report *r)
{
	uint32_t signer = FIELD_GET(SNP_REPORT_SIGNING_KEY, r->flags);
	uint32_t unknown = r->flags & ~(uint32_t)(SNP_REPORT_AUTHOR_KEY_EN |
						  SNP_REPORT_MASK_CHIP_KEY |
						  SNP_REPORT_SIGNING_KEY);

	print_heading("Signature");
	print_field("algorithm", "%u (%s)", r->signature_algo,
		    r->signature_algo == SNP_REPORT_ALGO_P384_SHA384 ?
		    "ECDSA P-384 with SHA-384" : "unknown");
	print_field("signing key", "%u (%s)", signer,
		    signer == SNP_REPORT_SIGNER_VCEK ? "VCEK" :
		    signer == SNP_REPORT_SIGNER_VLEK ? "VLEK" :
		    signer == SNP_REPORT_SIGNER_NONE ? "none: not signed" : "unknown");
	print_field("author key", r->flags & SNP_REPORT_AUTHOR_KEY_EN ? "yes" : "no");
	print_field("chip key masked", r->flags & SNP_REPORT_MASK_CHIP_KEY ? "yes" : "no");
	if (unknown)
		print_field("unknown flags", "0x%08x", unknown);
	show_component("R", r->signature_r);
	show_component("S", r->signature_s);
}

static void show_reserved(const char *name, const void *data, size_t len)
{
	if (!snp_report_zero(data, len))
		print_hex_field(name, data, len);
}

/* Silent for a report as it should be. */
static void show_defects(const struct snp_report *r)
{
	enum snp_report_defect defect = snp_report_check(r, sizeof(*r));

	if (defect == SNP_REPORT_OK)
		return;
	print_heading("Not as it should be");
	print_field("defect", "%s", snp_report_defect_text(defect));
	show_reserved("reserved 0x04c", &r->reserved0, sizeof(r->reserved0));
	show_reserved("reserved 0x18b", r->reserved1, sizeof(r->reserved1));
	if (r->version < 3)
		show_reserved("reserved 0x188", &r->cpuid_family, 3);
	show_reserved("reserved 0x1eb", &r->reserved2, sizeof(r->reserved2));
	show_reserved("reserved 0x1ef", &r->reserved3, sizeof(r->reserved3));
	if (r->version < 5)
		show_reserved("reserved 0x1f8", (const uint8_t *)r + 0x1f8, 16);
	show_reserved("reserved 0x208", r->reserved4, sizeof(r->reserved4));
	show_reserved("reserved 0x330", r->signature_reserved, sizeof(r->signature_reserved));
}

int cmd_show(int argc, char **argv)
{
	struct snp_report r;
	struct blob file;
	size_t len;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'h')
			return usage_error(argv[0]);
		fputs(help, stdout);
		return SNPCTL_OK;
	}
	if (argc - optind != 1) {
		complain(optind == argc ? "no report to show" : "one report at a time");
		return usage_error(argv[0]);
	}
	if (file_read(argv[optind], SNP_REPORT_LEN, &file))
		return SNPCTL_TROUBLE;
	len = file.len;
	if (len == sizeof(r))
		memcpy(&r, file.data, sizeof(r));
	blob_free(&file);
	if (len != sizeof(r)) {
		complain("%s is not an attestation report: it is %s %u bytes long", argv[optind],
			 len < sizeof(r) ? "less than" : "more than", SNP_REPORT_LEN);
		return SNPCTL_REFUSED;
	}
	/* Fields cannot be named without knowing the version. */
	if (snp_report_check(&r, sizeof(r)) == SNP_REPORT_BAD_VERSION) {
		complain("%s is not an attestation report of a known version: it says %u",
			 argv[optind], r.version);
		return SNPCTL_REFUSED;
	}
	printf("Attestation report, version %u (not verified)\n", r.version);
	show_guest(&r);
	show_platform(&r, find_layout(&r));
	show_signature(&r);
	show_defects(&r);
	return SNPCTL_OK;
}
