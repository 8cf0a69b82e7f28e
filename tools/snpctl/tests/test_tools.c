// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl as it is called: the built program, its exit statuses, its output and
 * its messages; and the small functions under it.
 */
#include <kselftest_harness.h>
#include <snp/fw.h>

#include "capture.h"
#include "json.h"
#include "pki.h"

FIXTURE(program)
{
	struct output o;
	struct scene s;
	char *dir, *report, *ark, *ask, *vcek, *bad;
};

static void put_blob(const char *path, const struct blob *b)
{
	put_file(path, b->data, b->len);
}

FIXTURE_SETUP(program)
{
	struct blob pem;

	self->dir = make_dir();
	self->report = path_in(self->dir, "report");
	self->ark = path_in(self->dir, "ark.pem");
	self->ask = path_in(self->dir, "ask.der");
	self->vcek = path_in(self->dir, "vcek.der");
	self->bad = path_in(self->dir, "bad");
	scene_init(&self->s, "Milan");
	scene_build(&self->s);
	pem = cert_pem(&self->s.in.ark);
	put_blob(self->report, &self->s.in.report);
	put_blob(self->ark, &pem);
	put_blob(self->ask, &self->s.in.ask);
	put_blob(self->vcek, &self->s.in.vcek);
}

FIXTURE_TEARDOWN(program)
{
	remove_dir(self->dir);
}

#define RUN(...)	capture_program(&self->o, ARGS("", __VA_ARGS__))
#define CERTS		"--ark", self->ark, "--ask", self->ask, "--vcek", self->vcek
#define NONCE		"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

TEST_F(program, verified)
{
	const char *last;

	EXPECT_EQ(0, RUN("verify", self->report, CERTS, "--nonce", NONCE));
	EXPECT_STREQ("", self->o.err);
	last = strstr(self->o.out, "\nVERIFIED: measurement a5a5");
	ASSERT_NE(NULL, last) TH_LOG("%s", self->o.out);
	EXPECT_STREQ("chain VCEK <- SEV-Milan <- ARK-Milan\n", strstr(last, "chain"));
	/* No colour when the output is not a terminal. */
	EXPECT_EQ(NULL, strchr(self->o.out, '\033'));
}

TEST_F(program, refused)
{
	self->s.report.measurement[0] ^= 1;
	put_file(self->report, &self->s.report, sizeof(self->s.report));
	EXPECT_EQ(1, RUN("verify", self->report, CERTS));
	EXPECT_NE(NULL, strstr(self->o.out,
			       "\nREFUSED: the report's signature is not by the VCEK's key\n"));
	EXPECT_NE(NULL, strstr(self->o.out, "FAILED"));
	EXPECT_EQ(NULL, strstr(self->o.out, "VERIFIED"));
}

TEST_F(program, wrong_nonce)
{
	EXPECT_EQ(1, RUN("verify", self->report, CERTS, "--nonce", "00"));
	EXPECT_NE(NULL, strstr(self->o.out, "REFUSED: REPORT_DATA is not the nonce"));
}

TEST_F(program, json_states_the_verdict)
{
	EXPECT_EQ(0, RUN("verify", self->report, CERTS, "--json"));
	EXPECT_EQ('{', self->o.out[0]);
	EXPECT_NE(NULL, strstr(self->o.out, "\"verified\": true"));
	EXPECT_NE(NULL, strstr(self->o.out, "\"microcode\": 115"));
	EXPECT_EQ(1, RUN("verify", self->report, CERTS, "--json", "--nonce", "00"));
	EXPECT_NE(NULL, strstr(self->o.out, "\"verified\": false"));
	/* What an unverified report claims is not repeated. */
	EXPECT_EQ(NULL, strstr(self->o.out, "\"report_data\""));
}

#define COULD_NOT_LOOK(name, because, ...)				\
	TEST_F(program, name)						\
	{								\
		EXPECT_EQ(2, RUN(__VA_ARGS__));				\
		EXPECT_NE(NULL, strstr(self->o.err, because))		\
			TH_LOG("%s", self->o.err);			\
		EXPECT_EQ(NULL, strstr(self->o.out, "VERIFIED"));	\
	}

COULD_NOT_LOOK(directory, "is a directory", "verify", self->dir, CERTS)
COULD_NOT_LOOK(missing_file, "No such file", "verify", self->bad, CERTS)
COULD_NOT_LOOK(unreadable, "cannot read", "verify", "/proc/self/mem", CERTS)
COULD_NOT_LOOK(missing_ark, "--ark is missing", "verify", self->report, "--ask", self->ask)
COULD_NOT_LOOK(two_reports, "one report", "verify", self->report, self->report, CERTS)
COULD_NOT_LOOK(short_measurement, "48 bytes", "verify", self->report, CERTS, "--measurement", "00")
COULD_NOT_LOOK(bad_nonce, "hexadecimal", "verify", self->report, CERTS, "--nonce", "0x00")
COULD_NOT_LOOK(empty_crl, "is empty", "verify", self->report, CERTS, "--crl", "/dev/null")
COULD_NOT_LOOK(unknown_option, "unrecognized option", "verify", self->report, CERTS, "--vlek", "x")
COULD_NOT_LOOK(unknown_command, "unknown command", "frobnicate")
COULD_NOT_LOOK(show_directory, "is a directory", "show", self->dir)
COULD_NOT_LOOK(show_nothing, "no report", "show")

#define REFUSED(name, file, because)					\
	TEST_F(program, name)						\
	{								\
		EXPECT_EQ(1, RUN("verify", file, CERTS));		\
		EXPECT_NE(NULL, strstr(self->o.out, because))		\
			TH_LOG("%s", self->o.out);			\
	}

REFUSED(empty_report, "/dev/null", "REFUSED: the report is empty")
REFUSED(endless_report, "/dev/zero", "REFUSED: the report is longer than 1184 bytes")
REFUSED(certificate_as_report, self->vcek, "REFUSED: the report is longer than 1184 bytes")

TEST_F(program, endless_certificate)
{
	EXPECT_EQ(1, RUN("verify", self->report, "--ark", "/dev/zero", "--ask", self->ask,
			 "--vcek", self->vcek));
	EXPECT_NE(NULL, strstr(self->o.out, "REFUSED: the ARK file is larger than 64 KiB"));
}

TEST_F(program, full_disk_is_no_success)
{
	char *command;

	ASSERT_LT(0, asprintf(&command, "%s verify %s --ark %s --ask %s --vcek %s >/dev/full",
			      getenv("SNPCTL"), self->report, self->ark, self->ask, self->vcek));
	EXPECT_EQ(2, WEXITSTATUS(system(command)));
	free(command);
}

TEST_F(program, no_command)
{
	EXPECT_EQ(2, capture_program(&self->o, ARGS("")));
	EXPECT_NE(NULL, strstr(self->o.err, "Usage: snpctl COMMAND"));
}

TEST_F(program, help_everywhere)
{
	EXPECT_EQ(0, RUN("--help"));
	EXPECT_EQ(0, RUN("--version"));
	EXPECT_EQ(0, strncmp(self->o.out, "snpctl ", 7));
#define HELP(command)								\
	EXPECT_EQ(0, RUN(command, "--help"));					\
	EXPECT_NE(NULL, strstr(self->o.out, "\nExample"));			\
	EXPECT_NE(NULL, strstr(self->o.out, "Exit status"))
	HELP("host");
	HELP("guest");
	HELP("show");
	HELP("verify");
	HELP("measure");
}

TEST_F(program, show_names_every_field)
{
	static const char *const word[] = {
		"measurement", "report data", "VMPL", "policy", "guest SVN", "family id",
		"image id", "host data", "report id", "migration agent's id", "ID key digest",
		"author key digest", "CPU", "chip id", "platform info", "firmware, current",
		"firmware, committed", "TCB, reported", "TCB, current", "TCB, committed",
		"TCB, at launch", "mitigation vectors", "algorithm", "signing key", "R", "S",
		"bootloader 3, tee 1, snp 8, microcode 115", "SMT allowed", "debugging forbidden",
		"family 0x19, model 0x01, stepping 0 (Milan)",
	};
	size_t i;

	EXPECT_EQ(0, RUN("show", self->report));
	for (i = 0; i < ARRAY_SIZE(word); i++)
		EXPECT_NE(NULL, strstr(self->o.out, word[i])) TH_LOG("word %zu", i);
	EXPECT_EQ(NULL, strstr(self->o.out, "unknown"));
	EXPECT_EQ(NULL, strstr(self->o.out, "Not as it should be"));
}

TEST_F(program, show_marks_what_it_does_not_know)
{
	struct snp_report *r = &self->s.report;

	r->policy |= 1ULL << 40;
	r->platform_info = 1ULL << 6;
	r->flags |= 1 << 9;
	r->reported_tcb |= 1ULL << 20;
	r->reserved4[3] = 0xee;
	put_file(self->bad, r, sizeof(*r));
	EXPECT_EQ(0, RUN("show", self->bad));
	EXPECT_NE(NULL, strstr(self->o.out, "unknown bits 0x10000000000\n"));
	EXPECT_NE(NULL, strstr(self->o.out, "unknown bits 0x40\n"));
	EXPECT_NE(NULL, strstr(self->o.out, "unknown bits 0x100000\n"));
	EXPECT_NE(NULL, strstr(self->o.out, "0x00000200"));
	EXPECT_NE(NULL, strstr(self->o.out, "Not as it should be"));
	EXPECT_NE(NULL, strstr(self->o.out, "reserved 0x208         000000ee"));
}

TEST_F(program, show_uses_the_layout_of_the_family)
{
	struct snp_report *r = &self->s.report;

	r->cpuid_family = 0x1a;
	r->reported_tcb = 0x7300000008010309ULL;
	put_file(self->bad, r, sizeof(*r));
	EXPECT_EQ(0, RUN("show", self->bad));
	EXPECT_NE(NULL, strstr(self->o.out, "fmc 9, bootloader 3, tee 1, snp 8, microcode 115"));
	r->cpuid_family = 0x1c;
	put_file(self->bad, r, sizeof(*r));
	EXPECT_EQ(0, RUN("show", self->bad));
	EXPECT_NE(NULL, strstr(self->o.out, "if Milan or Genoa: bootloader 9"));
	EXPECT_NE(NULL, strstr(self->o.out, "if Turin or later: fmc 9"));
}

TEST_F(program, show_refuses_what_is_no_report)
{
	EXPECT_EQ(1, RUN("show", "/dev/null"));
	EXPECT_NE(NULL, strstr(self->o.err, "less than 1184"));
	EXPECT_EQ(1, RUN("show", "/dev/zero"));
	EXPECT_NE(NULL, strstr(self->o.err, "more than 1184"));
	self->s.report.version = 4;
	put_file(self->bad, &self->s.report, sizeof(self->s.report));
	EXPECT_EQ(1, RUN("show", self->bad));
	EXPECT_NE(NULL, strstr(self->o.err, "it says 4"));
}

TEST(json_strings_are_escaped)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "plain", "\"plain\"\n" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"\n" },
		{ "\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\"\n" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"\n" },
		{ "\xe2\x82\xac \xf0\x9f\x98\x80", "\"\xe2\x82\xac \xf0\x9f\x98\x80\"\n" },
		{ "\xff", "\"\\ufffd\"\n" },
		{ "\xc3", "\"\\ufffd\"\n" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"\n" },
		{ "\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xe2\x82", "\"\\ufffd\\ufffd\"\n" },
	};
	char got[128];
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct json j = { .out = tmpfile() };

		json_string(&j, NULL, t[i].in);
		fputc('\n', j.out);
		rewind(j.out);
		n = fread(got, 1, sizeof(got) - 1, j.out);
		got[n] = '\0';
		fclose(j.out);
		EXPECT_STREQ(t[i].out, got);
	}
}

TEST(sizes_are_those_of_qemu)
{
	uint64_t n;

	EXPECT_EQ(0, size_parse("512", &n));
	EXPECT_EQ(512ULL << 20, n);
	EXPECT_EQ(0, size_parse("2G", &n));
	EXPECT_EQ(2ULL << 30, n);
	EXPECT_EQ(0, size_parse("64k", &n));
	EXPECT_EQ(64ULL << 10, n);
	EXPECT_EQ(-1, size_parse("", &n));
	EXPECT_EQ(-1, size_parse("G", &n));
	EXPECT_EQ(-1, size_parse("-1", &n));
	EXPECT_EQ(-1, size_parse("1GB", &n));
	EXPECT_EQ(-1, size_parse("1P", &n));
	EXPECT_EQ(-1, size_parse("16777216T", &n));
	EXPECT_EQ(-1, size_parse("99999999999999999999999999", &n));
}

TEST(numbers)
{
	uint64_t n;

	EXPECT_EQ(0, number_parse("0x97000", UINT64_MAX, &n));
	EXPECT_EQ(0x97000, n);
	EXPECT_EQ(0, number_parse("010", UINT64_MAX, &n));
	EXPECT_EQ(10, n);
	EXPECT_EQ(-1, number_parse("4", 3, &n));
	EXPECT_EQ(-1, number_parse("0x", UINT64_MAX, &n));
	EXPECT_EQ(-1, number_parse(" 1", UINT64_MAX, &n));
	EXPECT_EQ(-1, number_parse("-1", UINT64_MAX, &n));
	EXPECT_EQ(-1, number_parse("0x10000000000000000", UINT64_MAX, &n));
}

TEST(reasons_are_harmless_for_a_terminal)
{
	struct reason why;

	EXPECT_FALSE(refuse(&why, "%s", "a\033[31mb\nc"));
	EXPECT_STREQ("a?[31mb?c", why.text);
}

int main(int argc, char **argv)
{
	keys_init();
	return test_harness_run(argc, argv);
}
