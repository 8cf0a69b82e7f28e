// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl verify: the certificate chain.  For each rule a chain that breaks only
 * this rule; everything else is right and freshly signed, and the reason is
 * compared.
 */
#include <kselftest_harness.h>

#include "pki.h"

#define REFUSES(name, product, change, because)				\
	TEST(name)							\
	{								\
		struct scene s;						\
									\
		scene_init(&s, product);				\
		change;							\
		EXPECT_FALSE(scene_run(&s));				\
		EXPECT_NE(NULL, strstr(s.out.verdict, because))		\
			TH_LOG("%s", s.out.verdict);			\
	}

#define ACCEPTS(name, product, change)					\
	TEST(name)							\
	{								\
		struct scene s;						\
									\
		scene_init(&s, product);				\
		change;							\
		EXPECT_TRUE(scene_run(&s))				\
			TH_LOG("%s", s.out.verdict);			\
	}

static struct blob bytes(const char *text)
{
	return (struct blob){ (uint8_t *)text, strlen(text) };
}

/* Forms that must be accepted. */
ACCEPTS(hwid_as_octet_string, "Milan", s.vcek.hwid_wrapped = true)
ACCEPTS(turin_hwid_as_octet_string, "Turin", s.vcek.hwid_wrapped = true)
ACCEPTS(no_key_usage, "Milan", s.ark.usage = NULL; s.ask.usage = NULL)
ACCEPTS(leaf_says_not_ca, "Milan", s.vcek.ca = 0)
ACCEPTS(reserved_levels_zero, "Milan", for (int i = 4; i <= 7; i++) s.vcek.spl[i] = 0)
ACCEPTS(critical_amd_extensions_in_leaf, "Milan", s.vcek.amd_critical = true)
ACCEPTS(pem, "Milan", scene_build(&s);
	s.in.ark = cert_pem(&s.in.ark); s.in.ask = cert_pem(&s.in.ask);
	s.in.vcek = cert_pem(&s.in.vcek))

/* Dates. */
REFUSES(ark_expired, "Milan", s.ark.until = -3600, "the ARK expired on")
REFUSES(ask_expired, "Milan", s.ask.until = -3600, "the ASK expired on")
REFUSES(vcek_expired, "Milan", s.vcek.until = -3600, "the VCEK expired on")
REFUSES(ark_from_the_future, "Milan", s.ark.from = DAY, "the ARK is not valid before")
REFUSES(ask_from_the_future, "Milan", s.ask.from = DAY, "the ASK is not valid before")
REFUSES(vcek_from_the_future, "Milan", s.vcek.from = DAY, "the VCEK is not valid before")

/* CA flags. */
REFUSES(ark_not_ca, "Milan", s.ark.ca = 0, "the ARK is not marked as a CA")
REFUSES(ask_not_ca, "Milan", s.ask.ca = 0, "the ASK is not marked as a CA")
REFUSES(ark_without_constraints, "Milan", s.ark.ca = ABSENT, "the ARK is not marked as a CA")
REFUSES(ask_without_constraints, "Milan", s.ask.ca = ABSENT, "the ASK is not marked as a CA")
REFUSES(vcek_is_ca, "Milan", s.vcek.ca = 1, "the VCEK is marked as a CA")
REFUSES(ark_path_length, "Milan", s.ark.pathlen = 0, "path length")
REFUSES(ark_usage, "Milan", s.ark.usage = "critical,cRLSign", "the ARK's key usage")
REFUSES(ask_usage, "Milan", s.ask.usage = "critical,cRLSign", "the ASK's key usage")
REFUSES(vcek_usage, "Milan", s.vcek.usage = "critical,keyAgreement", "the VCEK's key usage")
REFUSES(version_1_ask, "Milan", s.ask.version1 = true, "the ASK is not an X.509 version 3")
REFUSES(version_1_vcek, "Milan", s.vcek.version1 = true, "the VCEK is not an X.509 version 3")
REFUSES(unknown_critical_ask, "Milan", s.ask.extra = "1.2.3.4", "the ASK has a critical")
REFUSES(unknown_critical_vcek, "Milan", s.vcek.extra = "1.2.3.4", "the VCEK has a critical")
REFUSES(unknown_critical_amd_extension, "Milan", s.vcek.extra = "1.3.6.1.4.1.3704.1.99",
	"the VCEK has a critical")
/* libcrypto would call these supported, but nothing enforces them. */
REFUSES(critical_extended_usage_ask, "Milan", s.ask.v3 = NID_ext_key_usage;
	s.ask.v3_text = "critical,codeSigning", "the ASK has a critical")
REFUSES(critical_extended_usage_vcek, "Milan", s.vcek.v3 = NID_ext_key_usage;
	s.vcek.v3_text = "critical,codeSigning", "the VCEK has a critical")
REFUSES(critical_name_constraints_ark, "Milan", s.ark.v3 = NID_name_constraints;
	s.ark.v3_text = "critical,permitted;DNS:example.org", "the ARK has a critical")
REFUSES(usage_twice, "Milan", s.ask.v3 = NID_key_usage; s.ask.v3_text = "critical,cRLSign",
	"the ASK has a malformed extension")
REFUSES(critical_amd_extension_in_ca, "Milan", s.ask.extra = "1.3.6.1.4.1.3704.1.99",
	"the ASK has a critical")

/* Names. */
REFUSES(ark_name, "Milan", s.ark.name = s.ark.issuer = "SEV-Milan", "the ARK's name is not")
REFUSES(ark_product, "Milan", s.ark.name = s.ark.issuer = "ARK-Rome", "name is of an unknown product")
REFUSES(ark_issuer, "Milan", s.ark.issuer = "ARK-Genoa", "the ARK does not name the ARK")
REFUSES(ask_name, "Milan", s.ask.name = s.vcek.issuer = "ASK-Milan", "the ASK's name is not")
REFUSES(ask_product, "Milan", s.ask.name = s.vcek.issuer = "SEV-Genoa", "another product")
REFUSES(ask_issuer, "Milan", s.ask.issuer = "ARK-Genoa", "the ASK does not name the ARK")
REFUSES(vcek_name, "Milan", s.vcek.name = "SEV-VLEK", "name is not SEV-VCEK")
REFUSES(vcek_issuer, "Milan", s.vcek.issuer = "SEV-Genoa", "the VCEK does not name the ASK")

/* Keys. */
REFUSES(ark_rsa_2048, "Milan", s.ark.key = s.ark.signer = s.ask.signer = key_rsa(2048),
	"the ARK's key is not RSA with 4096 bits")
REFUSES(ask_rsa_2048, "Milan", s.ask.key = s.vcek.signer = key_rsa(2048),
	"the ASK's key is not RSA with 4096 bits")
REFUSES(ask_ec, "Milan", s.ask.key = keys.vcek, "the ASK's key is not RSA with 4096 bits")
REFUSES(vcek_p256, "Milan", s.vcek.key = key_ec("P-256"), "not on the curve P-384")
REFUSES(vcek_p521, "Milan", s.vcek.key = key_ec("P-521"), "not on the curve P-384")
REFUSES(vcek_brainpool_384, "Milan", s.vcek.key = key_ec("brainpoolP384r1"),
	"not on the curve P-384")
REFUSES(vcek_rsa, "Milan", s.vcek.key = keys.stranger, "not on the curve P-384")

/* Signatures of certificates. */
#define PSS(who)								\
	REFUSES(who##_salt_32, "Milan", s.who.salt = 32, "salt is not 48")	\
	REFUSES(who##_salt_49, "Milan", s.who.salt = 49, "salt is not 48")	\
	REFUSES(who##_sha256, "Milan", s.who.hash = EVP_sha256(), "hash is not SHA-384") \
	REFUSES(who##_sha512, "Milan", s.who.hash = EVP_sha512(), "hash is not SHA-384") \
	REFUSES(who##_pss_defaults, "Milan", s.who.hash = s.who.mgf_hash = EVP_sha1();	\
		s.who.salt = 20, "hash is not SHA-384")					\
	REFUSES(who##_mgf_sha256, "Milan", s.who.mgf_hash = EVP_sha256(),	\
		"MGF1 with SHA-384")						\
	REFUSES(who##_pkcs1, "Milan", s.who.pkcs1 = true, "RSASSA-PSS")
PSS(ark)
PSS(ask)
PSS(vcek)

REFUSES(ark_signed_by_stranger, "Milan", s.ark.signer = keys.stranger,
	"the ARK's signature is not by the ARK's key")
REFUSES(ask_signed_by_stranger, "Milan", s.ask.signer = keys.stranger,
	"the ASK's signature is not by the ARK's key")
REFUSES(vcek_signed_by_stranger, "Milan", s.vcek.signer = keys.stranger,
	"the VCEK's signature is not by the ASK's key")
REFUSES(vcek_signed_by_ark, "Milan", s.vcek.signer = keys.ark,
	"the VCEK's signature is not by the ASK's key")
/* A whole chain of the attacker's below the root that the user trusts. */
REFUSES(swapped_ask, "Milan", s.ask.key = s.ask.signer = s.vcek.signer = keys.stranger,
	"the ASK's signature is not by the ARK's key")
REFUSES(another_ask_of_the_ark, "Milan", s.ask.key = keys.stranger,
	"the VCEK's signature is not by the ASK's key")
REFUSES(ark_and_ask_exchanged, "Milan", scene_build(&s);
	struct blob b = s.in.ark; s.in.ark = s.in.ask; s.in.ask = b, "the ARK's name is not")
REFUSES(ask_as_vcek, "Milan", scene_build(&s); s.in.vcek = s.in.ask, "name is not SEV-VCEK")

/* AMD's extensions. */
REFUSES(no_structure, "Milan", s.vcek.structure = ABSENT, "does not state its structure version")
REFUSES(structure_2, "Milan", s.vcek.structure = 2, "structure version is 2")
REFUSES(no_product, "Milan", s.vcek.product = NULL, "does not name a product")
REFUSES(no_bootloader, "Milan", s.vcek.spl[1] = ABSENT, "does not state its bootloader level")
REFUSES(no_tee, "Milan", s.vcek.spl[2] = ABSENT, "does not state its TEE level")
REFUSES(no_snp, "Milan", s.vcek.spl[3] = ABSENT, "does not state its SNP level")
REFUSES(no_microcode, "Milan", s.vcek.spl[8] = ABSENT, "does not state its microcode level")
REFUSES(level_256, "Milan", s.vcek.spl[3] = 256, "not a number from 0 to 255")
REFUSES(negative_level, "Milan", s.vcek.spl[3] = -2, "not a number from 0 to 255")
REFUSES(reserved_level_4, "Milan", s.vcek.spl[4] = 1, "reserved patch level")
REFUSES(reserved_level_7, "Milan", s.vcek.spl[7] = 1, "reserved patch level")
REFUSES(no_hwid, "Milan", s.vcek.hwid_len = 0, "does not state a HWID")
REFUSES(hwid_of_63_bytes, "Milan", s.vcek.hwid_len = 63, "63 bytes long instead of 64 or 8")
REFUSES(twice, "Milan", s.vcek.twice = true, "twice")
REFUSES(no_amd_extensions, "Milan", s.vcek.vcek = false, "does not state its structure version")

/* Files. */
REFUSES(empty_file, "Milan", scene_build(&s); s.in.ask.len = 0, "the ASK file is empty")
REFUSES(not_a_certificate, "Milan", scene_build(&s); s.in.ask = bytes("hello"),
	"neither DER nor PEM")
REFUSES(pem_of_something_else, "Milan", scene_build(&s);
	s.in.ask = bytes("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"),
	"instead of \"CERTIFICATE\"")
REFUSES(der_of_something_else, "Milan", scene_build(&s); s.in.ask = bytes("0\x03\x02\x01\x01"),
	"not a well-formed certificate")
REFUSES(truncated_der, "Milan", scene_build(&s); s.in.vcek.len--,
	"not a well-formed certificate")
REFUSES(report_as_certificate, "Milan", scene_build(&s); s.in.vcek = s.in.report,
	"neither DER nor PEM")

TEST(trailing_bytes)
{
	struct scene s;
	struct blob b;

	scene_init(&s, "Milan");
	scene_build(&s);
	b.len = s.in.vcek.len + 1;
	b.data = calloc(1, b.len);
	memcpy(b.data, s.in.vcek.data, s.in.vcek.len);
	s.in.vcek = b;
	EXPECT_FALSE(scene_run(&s));
	EXPECT_NE(NULL, strstr(s.out.verdict, "not a well-formed certificate"));
}

TEST(two_certificates_in_one_file)
{
	struct scene s;
	struct blob one, two;

	scene_init(&s, "Milan");
	scene_build(&s);
	one = cert_pem(&s.in.ask);
	two.len = 2 * one.len;
	two.data = malloc(two.len);
	memcpy(two.data, one.data, one.len);
	memcpy(two.data + one.len, one.data, one.len);
	s.in.ask = two;
	EXPECT_FALSE(scene_run(&s));
	EXPECT_NE(NULL, strstr(s.out.verdict, "more than one PEM block"));
}

TEST(oversized_file)
{
	struct scene s;

	scene_init(&s, "Milan");
	scene_build(&s);
	s.in.ark = (struct blob){ calloc(1, 65537), 65537 };
	EXPECT_FALSE(scene_run(&s));
	EXPECT_STREQ("REFUSED: the ARK file is larger than 64 KiB", s.out.verdict);
}

/* A reason must not read like the opposite verdict, whatever the files say. */
TEST(reasons_repeat_no_foreign_text)
{
	static const char pem[] = "-----BEGIN VERIFIED: all good-----\nMAA=\n"
				  "-----END VERIFIED: all good-----\n";
	struct scene s;

	scene_init(&s, "Milan");
	s.ark.name = "ARK-VERIFIED: all good";
	s.ark.issuer = s.ark.name;
	EXPECT_FALSE(scene_run(&s));
	EXPECT_EQ(NULL, strstr(s.out.verdict, "VERIFIED")) TH_LOG("%s", s.out.verdict);

	scene_init(&s, "Milan");
	s.ask.name = "SEV-VERIFIED: all good";
	EXPECT_FALSE(scene_run(&s));
	EXPECT_EQ(NULL, strstr(s.out.verdict, "VERIFIED")) TH_LOG("%s", s.out.verdict);

	scene_init(&s, "Milan");
	scene_build(&s);
	s.in.ark = bytes(pem);
	EXPECT_FALSE(scene_run(&s));
	EXPECT_EQ(NULL, strstr(s.out.verdict, "VERIFIED")) TH_LOG("%s", s.out.verdict);
}

/* Revocation list. */
#define CRL(...) scene_build(&s); s.in.crl = crl_make(__VA_ARGS__)
ACCEPTS(crl, "Milan", CRL("ARK-Milan", keys.ark, 48, -DAY, DAY, false))
REFUSES(crl_revokes_ask, "Milan", CRL("ARK-Milan", keys.ark, 48, -DAY, DAY, true),
	"the ASK has been revoked")
REFUSES(crl_expired, "Milan", CRL("ARK-Milan", keys.ark, 48, -2 * DAY, -DAY, false),
	"the CRL expired on")
REFUSES(crl_from_the_future, "Milan", CRL("ARK-Milan", keys.ark, 48, DAY, 2 * DAY, false),
	"the CRL is not valid before")
REFUSES(crl_of_another_issuer, "Milan", CRL("ARK-Genoa", keys.ark, 48, -DAY, DAY, false),
	"does not name the ARK")
REFUSES(crl_signed_by_stranger, "Milan", CRL("ARK-Milan", keys.stranger, 48, -DAY, DAY, false),
	"the CRL's signature is not by the ARK's key")
REFUSES(crl_salt, "Milan", CRL("ARK-Milan", keys.ark, 20, -DAY, DAY, false), "salt is not 48")
REFUSES(crl_malformed, "Milan", scene_build(&s); s.in.crl = bytes("0\x03\x02\x01\x01"),
	"not a well-formed revocation list")

int main(int argc, char **argv)
{
	keys_init();
	return test_harness_run(argc, argv);
}
