// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-pki: the certificates' forms, the chain, the program's manners.
 *
 * Forms and chains are tested with RSA-2048 CA keys, which libcrypto finds in
 * no time; the program itself makes one full hierarchy.
 */
#include <fcntl.h>
#include <kselftest_harness.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "../pki.h"

struct chain {
	struct pki_part part;
	EVP_PKEY *ark_key, *ask_key, *vcek_key;
	X509 *ark, *ask, *vcek;
};

static bool make_chain(struct chain *c, const char *product, uint64_t tcb, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	c->part.product = pki_product_find(product);
	c->part.seed = seed;
	c->part.tcb = tcb;
	c->ark_key = pki_make_rsa_key("ARK", 2048, NULL);
	c->ask_key = pki_make_rsa_key("ASK", 2048, NULL);
	if (!c->ark_key || !c->ask_key || !pki_make_chip(&c->part))
		return false;
	c->vcek_key = pki_make_vcek_key(&c->part);
	c->ark = pki_make_ark(c->part.product, c->ark_key);
	c->ask = pki_make_ask(c->part.product, c->ask_key, c->ark, c->ark_key);
	c->vcek = pki_make_vcek(&c->part, c->vcek_key, c->ask, c->ask_key);
	return c->vcek;
}

static void free_chain(struct chain *c)
{
	X509_free(c->vcek);
	X509_free(c->ask);
	X509_free(c->ark);
	EVP_PKEY_free(c->vcek_key);
	EVP_PKEY_free(c->ask_key);
	EVP_PKEY_free(c->ark_key);
}

/* Content of an extension by its dotted OID; NULL if there is none. */
static const ASN1_OCTET_STRING *extension(X509 *cert, const char *oid)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	int at = X509_get_ext_by_OBJ(cert, obj, -1);

	ASN1_OBJECT_free(obj);
	return at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(cert, at));
}

/* An INTEGER that fills its extension; -1 otherwise. */
static long integer(X509 *cert, const char *suffix)
{
	const ASN1_OCTET_STRING *s;
	const uint8_t *p;
	ASN1_INTEGER *i;
	char oid[64];
	long v = -1;

	snprintf(oid, sizeof(oid), "1.3.6.1.4.1.3704.1.%s", suffix);
	s = extension(cert, oid);
	if (!s)
		return -1;
	p = ASN1_STRING_get0_data(s);
	i = d2i_ASN1_INTEGER(NULL, &p, ASN1_STRING_length(s));
	if (i && p == ASN1_STRING_get0_data(s) + ASN1_STRING_length(s))
		v = ASN1_INTEGER_get(i);
	ASN1_INTEGER_free(i);
	return v;
}

static bool name_is(const X509_NAME *name, const char *text)
{
	char *seen = X509_NAME_oneline(name, NULL, 0);
	bool same = !strcmp(seen, text);

	if (!same)
		fprintf(stderr, "# name is %s\n", seen);
	OPENSSL_free(seen);
	return same;
}

#define DN "/OU=Engineering/C=US/L=Santa Clara/ST=CA/O=Advanced Micro Devices/CN="
#define MILAN_TCB 0xdb1b000000000004ULL

FIXTURE(milan) {
	struct chain c;
	const char *why;
};

FIXTURE_SETUP(milan)
{
	ASSERT_TRUE(make_chain(&self->c, "milan", MILAN_TCB, 5));
}

FIXTURE_TEARDOWN(milan)
{
	free_chain(&self->c);
}

TEST_F(milan, chain_verifies_up_to_its_root)
{
	EXPECT_TRUE(pki_verify(self->c.ark, self->c.ask, self->c.vcek, &self->why))
		TH_LOG("%s", self->why);
	EXPECT_TRUE(pki_verify(self->c.ark, NULL, self->c.ask, &self->why));
	EXPECT_FALSE(pki_verify(self->c.ark, NULL, self->c.vcek, &self->why));
}

TEST_F(milan, chain_does_not_verify_under_another_root)
{
	struct chain other;

	ASSERT_TRUE(make_chain(&other, "Milan", MILAN_TCB, 5));
	EXPECT_FALSE(pki_verify(other.ark, self->c.ask, self->c.vcek, &self->why));
	EXPECT_FALSE(pki_verify(self->c.ark, other.ask, self->c.vcek, &self->why));
	free_chain(&other);
}

TEST_F(milan, changed_certificate_does_not_verify)
{
	uint8_t *der = NULL;
	int len = i2d_X509(self->c.vcek, &der), at;
	const uint8_t *p = der;
	X509 *changed;

	ASSERT_LT(0, len);
	/* The last byte of the chip id. */
	at = (uint8_t *)memmem(der, len, self->c.part.chip_id, 64) - der + 63;
	ASSERT_LT(0, at);
	der[at] ^= 1;
	changed = d2i_X509(NULL, &p, len);
	ASSERT_NE(NULL, changed);
	EXPECT_FALSE(pki_verify(self->c.ark, self->c.ask, changed, &self->why));
	X509_free(changed);
	OPENSSL_free(der);
}

TEST_F(milan, names_are_amds)
{
	EXPECT_TRUE(name_is(X509_get_subject_name(self->c.ark), DN "ARK-Milan"));
	EXPECT_TRUE(name_is(X509_get_issuer_name(self->c.ark), DN "ARK-Milan"));
	EXPECT_TRUE(name_is(X509_get_subject_name(self->c.ask), DN "SEV-Milan"));
	EXPECT_TRUE(name_is(X509_get_issuer_name(self->c.ask), DN "ARK-Milan"));
	EXPECT_TRUE(name_is(X509_get_subject_name(self->c.vcek), DN "SEV-VCEK"));
	EXPECT_TRUE(name_is(X509_get_issuer_name(self->c.vcek), DN "SEV-Milan"));
}

TEST_F(milan, every_certificate_says_that_it_is_a_test)
{
	X509 *certs[] = { self->c.ark, self->c.ask, self->c.vcek };
	const ASN1_OCTET_STRING *s;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		s = extension(certs[i], "2.16.840.1.113730.1.13");
		ASSERT_NE(NULL, s);
		EXPECT_NE(NULL, memmem(ASN1_STRING_get0_data(s), ASN1_STRING_length(s),
				       "not AMD's", 9));
		EXPECT_EQ(X509_VERSION_3, X509_get_version(certs[i]));
	}
}

TEST_F(milan, signatures_are_pss_with_sha384_and_salt_48)
{
	X509 *certs[] = { self->c.ark, self->c.ask, self->c.vcek };
	const X509_ALGOR *alg;
	RSA_PSS_PARAMS *pss;
	unsigned int i;
	int nid;

	for (i = 0; i < 3; i++) {
		X509_get0_signature(NULL, &alg, certs[i]);
		EXPECT_EQ(NID_rsassaPss, OBJ_obj2nid(alg->algorithm));
		pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), alg->parameter);
		ASSERT_NE(NULL, pss);
		EXPECT_EQ(NID_sha384, OBJ_obj2nid(pss->hashAlgorithm->algorithm));
		EXPECT_EQ(NID_mgf1, OBJ_obj2nid(pss->maskGenAlgorithm->algorithm));
		EXPECT_EQ(48, ASN1_INTEGER_get(pss->saltLength));
		RSA_PSS_PARAMS_free(pss);
		EXPECT_EQ(1, X509_get_signature_info(certs[i], &nid, NULL, NULL, NULL));
		EXPECT_EQ(NID_sha384, nid);
	}
}

TEST_F(milan, only_the_cas_are_cas)
{
	EXPECT_EQ(1, X509_check_ca(self->c.ark));
	EXPECT_EQ(1, X509_check_ca(self->c.ask));
	EXPECT_EQ(0, X509_check_ca(self->c.vcek));
	EXPECT_EQ(-1, X509_get_pathlen(self->c.ark));
	EXPECT_EQ(0, X509_get_pathlen(self->c.ask));
	EXPECT_EQ(KU_KEY_CERT_SIGN | KU_CRL_SIGN, X509_get_key_usage(self->c.ask));
}

TEST_F(milan, valid_for_25_years_from_yesterday_on)
{
	time_t in = time(NULL) + 24L * 365 * 86400, out = time(NULL) + 26L * 365 * 86400;
	time_t earlier = time(NULL) - 3600;

	EXPECT_LT(0, X509_cmp_time(X509_get0_notAfter(self->c.vcek), &in));
	EXPECT_GT(0, X509_cmp_time(X509_get0_notAfter(self->c.vcek), &out));
	EXPECT_GT(0, X509_cmp_time(X509_get0_notBefore(self->c.vcek), &earlier));
}

TEST_F(milan, extensions_state_chip_and_tcb)
{
	const ASN1_OCTET_STRING *s;

	EXPECT_EQ(0, integer(self->c.vcek, "1"));
	EXPECT_EQ(4, integer(self->c.vcek, "3.1"));
	EXPECT_EQ(0, integer(self->c.vcek, "3.2"));
	EXPECT_EQ(0x1b, integer(self->c.vcek, "3.3"));
	EXPECT_EQ(0, integer(self->c.vcek, "3.4"));
	EXPECT_EQ(0, integer(self->c.vcek, "3.7"));
	EXPECT_EQ(0xdb, integer(self->c.vcek, "3.8"));
	EXPECT_EQ(-1, integer(self->c.vcek, "3.9"));
	s = extension(self->c.vcek, "1.3.6.1.4.1.3704.1.4");
	ASSERT_NE(NULL, s);
	ASSERT_EQ(64, ASN1_STRING_length(s));
	EXPECT_EQ(0, memcmp(self->c.part.chip_id, ASN1_STRING_get0_data(s), 64));
	s = extension(self->c.vcek, "1.3.6.1.4.1.3704.1.2");
	ASSERT_NE(NULL, s);
	ASSERT_EQ(10, ASN1_STRING_length(s));
	EXPECT_EQ(0, memcmp("\x16\x08Milan-B0", ASN1_STRING_get0_data(s), 10));
}

TEST_F(milan, leaf_key_is_p384)
{
	char group[32];

	ASSERT_EQ(1, EVP_PKEY_get_group_name(X509_get0_pubkey(self->c.vcek), group,
					     sizeof(group), NULL));
	EXPECT_STREQ("secp384r1", group);
	EXPECT_EQ(1, EVP_PKEY_eq(self->c.vcek_key, X509_get0_pubkey(self->c.vcek)));
}

TEST(turin_has_its_own_layout_and_a_short_chip_id)
{
	const ASN1_OCTET_STRING *s;
	static const uint8_t zero[56];
	struct chain c;

	ASSERT_TRUE(make_chain(&c, "Turin", 0x4500000003020107ULL, 5));
	EXPECT_EQ(1, integer(c.vcek, "1"));
	EXPECT_EQ(7, integer(c.vcek, "3.9"));
	EXPECT_EQ(1, integer(c.vcek, "3.1"));
	EXPECT_EQ(2, integer(c.vcek, "3.2"));
	EXPECT_EQ(3, integer(c.vcek, "3.3"));
	EXPECT_EQ(0x45, integer(c.vcek, "3.8"));
	s = extension(c.vcek, "1.3.6.1.4.1.3704.1.4");
	ASSERT_NE(NULL, s);
	EXPECT_EQ(8, ASN1_STRING_length(s));
	EXPECT_EQ(0, memcmp(zero, c.part.chip_id + 8, 56));
	EXPECT_NE(0, memcmp(zero, c.part.chip_id, 8));
	free_chain(&c);
}

static void private_scalar(const struct pki_part *part, uint8_t out[48])
{
	EVP_PKEY *key = pki_make_vcek_key(part);
	BIGNUM *d = NULL;

	memset(out, 0, 48);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1)
		BN_bn2binpad(d, out, 48);
	BN_free(d);
	EVP_PKEY_free(key);
}

TEST(seed_fixes_chip_id_and_vcek)
{
	struct pki_part a = { .product = pki_product_find("Milan"), .tcb = MILAN_TCB, .seed = 9 };
	struct pki_part b = a;
	uint8_t x[48], y[48];

	ASSERT_TRUE(pki_make_chip(&a));
	ASSERT_TRUE(pki_make_chip(&b));
	EXPECT_EQ(0, memcmp(a.chip_id, b.chip_id, 64));
	private_scalar(&a, x);
	private_scalar(&b, y);
	EXPECT_EQ(0, memcmp(x, y, 48));

	/* Another TCB: the same chip with another key. */
	b.tcb = MILAN_TCB - 1;
	ASSERT_TRUE(pki_make_chip(&b));
	private_scalar(&b, y);
	EXPECT_EQ(0, memcmp(a.chip_id, b.chip_id, 64));
	EXPECT_NE(0, memcmp(x, y, 48));

	b = a;
	b.seed = 10;
	ASSERT_TRUE(pki_make_chip(&b));
	private_scalar(&b, y);
	EXPECT_NE(0, memcmp(a.chip_id, b.chip_id, 64));
	EXPECT_NE(0, memcmp(x, y, 48));
}

TEST(without_seed_every_chip_is_another)
{
	struct pki_part a = { .product = pki_product_find("Genoa") }, b = a;

	ASSERT_TRUE(pki_make_chip(&a));
	ASSERT_TRUE(pki_make_chip(&b));
	EXPECT_NE(0, memcmp(a.chip_id, b.chip_id, 64));
}

/* The program. */
static int run(const char *args)
{
	char cmd[512];
	int status;

	snprintf(cmd, sizeof(cmd), PROGRAM " %s >" TEST_DIR "/out 2>&1", args);
	status = system(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool output_has(const char *text)
{
	char out[4096] = "";
	int fd = open(TEST_DIR "/out", O_RDONLY);

	if (fd < 0 || read(fd, out, sizeof(out) - 1) < 0)
		return false;
	close(fd);
	return strstr(out, text);
}

static X509 *load(const char *name)
{
	FILE *f = fopen(name, "r");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	return cert;
}

TEST(program_refuses_what_it_does_not_understand)
{
	EXPECT_EQ(2, run(""));
	EXPECT_EQ(2, run("a b"));
	EXPECT_EQ(2, run(TEST_DIR "/never --product Rome"));
	EXPECT_EQ(2, run(TEST_DIR "/never --seed 0"));
	EXPECT_EQ(2, run(TEST_DIR "/never --seed 1x"));
	EXPECT_EQ(2, run(TEST_DIR "/never --tcb -1"));
	EXPECT_EQ(2, run(TEST_DIR "/never --tcb 10000"));
	EXPECT_TRUE(output_has("no TCB_VERSION of this product"));
	EXPECT_EQ(2, run(TEST_DIR "/never --frobnicate"));
	EXPECT_NE(0, access(TEST_DIR "/never", F_OK));
	EXPECT_EQ(0, run("--help"));
	EXPECT_TRUE(output_has("--seed"));
}

TEST_F_TIMEOUT(milan, program_makes_a_complete_hierarchy_once, 120)
{
	X509 *ark, *ask, *vcek;
	struct stat before, after;
	uint8_t chip_id[65];
	FILE *f;

	/* What seed 5 fixes is what the fixture made. */
	ASSERT_EQ(0, run(TEST_DIR "/milan/ --seed 5"));
	ark = load(TEST_DIR "/milan/ark.pem");
	ask = load(TEST_DIR "/milan/cert_chain.pem");
	vcek = load(TEST_DIR "/milan/vcek.pem");
	ASSERT_NE(NULL, vcek);
	EXPECT_TRUE(pki_verify(ark, ask, vcek, &self->why)) TH_LOG("%s", self->why);
	EXPECT_EQ(1, EVP_PKEY_eq(self->c.vcek_key, X509_get0_pubkey(vcek)));
	EXPECT_EQ(4096, EVP_PKEY_get_bits(X509_get0_pubkey(ark)));
	EXPECT_EQ(4096, EVP_PKEY_get_bits(X509_get0_pubkey(ask)));
	X509_free(ark);
	X509_free(ask);
	X509_free(vcek);

	f = fopen(TEST_DIR "/milan/chip_id", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(64, fread(chip_id, 1, sizeof(chip_id), f));
	fclose(f);
	EXPECT_EQ(0, memcmp(self->c.part.chip_id, chip_id, 64));

	ASSERT_EQ(0, stat(TEST_DIR "/milan/vcek.key", &before));
	EXPECT_EQ(0600, before.st_mode & 0777);
	ASSERT_EQ(0, stat(TEST_DIR "/milan/ark.key", &after));
	EXPECT_EQ(0600, after.st_mode & 0777);
	ASSERT_EQ(0, stat(TEST_DIR "/milan/ask.key", &after));
	EXPECT_EQ(0600, after.st_mode & 0777);

	/* The second run touches nothing. */
	EXPECT_EQ(0, run(TEST_DIR "/milan --product Turin"));
	EXPECT_TRUE(output_has("left as it is"));
	ASSERT_EQ(0, stat(TEST_DIR "/milan/vcek.key", &after));
	EXPECT_EQ(before.st_ino, after.st_ino);

	/* Incomplete: neither repaired nor overwritten. */
	ASSERT_EQ(0, unlink(TEST_DIR "/milan/ask.pem"));
	EXPECT_EQ(1, run(TEST_DIR "/milan"));
	EXPECT_TRUE(output_has("without ask.pem"));
	ASSERT_EQ(0, stat(TEST_DIR "/milan/vcek.key", &after));
	EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST(interrupted_program_leaves_nothing_behind)
{
	EXPECT_EQ(0, system("timeout -s INT 0.2 " PROGRAM " " TEST_DIR "/interrupted >" TEST_DIR
			    "/out 2>&1; test $? -ne 0"));
	EXPECT_TRUE(output_has("interrupted"));
	EXPECT_EQ(0, system("! ls -d " TEST_DIR "/interrupted* 2>/dev/null"));
}

TEST(directory_that_cannot_be_made_is_an_error)
{
	EXPECT_EQ(1, run(TEST_DIR "/no/such/parent"));
	EXPECT_TRUE(output_has("No such file or directory"));
}

TEST_HARNESS_MAIN
