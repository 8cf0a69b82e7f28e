// SPDX-License-Identifier: GPL-2.0-only
/*
 * A certificate authority for tests.  Names, extensions, key types and
 * signatures are those of AMD's certificates (57230).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <snp/fw.h>

#include "pki.h"

#define AMD_ARC	"1.3.6.1.4.1.3704.1"
#define ASK_SERIAL	7

struct ca_keys keys;

static void *must(void *p, const char *what)
{
	if (p)
		return p;
	fprintf(stderr, "test PKI: %s failed\n", what);
	exit(1);
}

static void must_be(bool good, const char *what)
{
	must(good ? (void *)what : NULL, what);
}

EVP_PKEY *key_rsa(unsigned int bits)
{
	return must(EVP_RSA_gen(bits), "RSA key");
}

EVP_PKEY *key_ec(const char *curve)
{
	return must(EVP_EC_gen(curve), "EC key");
}

/* Large keys take seconds to make: they are kept beside the tests. */
static EVP_PKEY *key_kept(const char *file)
{
	FILE *f = fopen(file, "r");
	char temporary[512];
	EVP_PKEY *key;

	if (f) {
		key = must(PEM_read_PrivateKey(f, NULL, NULL, NULL), file);
		fclose(f);
		return key;
	}
	key = key_rsa(4096);
	snprintf(temporary, sizeof(temporary), "%s.%d", file, getpid());
	f = must(fopen(temporary, "w"), temporary);
	must_be(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1, temporary);
	must_be(!fclose(f) && !rename(temporary, file), file);
	return key;
}

void keys_init(void)
{
	keys.ark = key_kept(KEYS "ark.key");
	keys.ask = key_kept(KEYS "ask.key");
	keys.stranger = key_kept(KEYS "stranger.key");
	keys.vcek = key_ec("P-384");
}

static void add_name(X509_NAME *name, const char *cn)
{
	static const char *const part[][2] = {
		{ "OU", "Engineering" }, { "C", "US" }, { "L", "Santa Clara" }, { "ST", "CA" },
		{ "O", "Advanced Micro Devices" },
	};
	size_t i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		X509_NAME_add_entry_by_txt(name, part[i][0], MBSTRING_ASC,
					   (const unsigned char *)part[i][1], -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
}

static void add_raw(X509 *x, const char *oid, int critical, const uint8_t *data, size_t len)
{
	ASN1_OBJECT *obj = must(OBJ_txt2obj(oid, 1), "OID");
	ASN1_OCTET_STRING *value = must(ASN1_OCTET_STRING_new(), "octets");
	X509_EXTENSION *ext;

	ASN1_OCTET_STRING_set(value, data, len);
	ext = must(X509_EXTENSION_create_by_OBJ(NULL, obj, critical, value), "extension");
	must_be(X509_add_ext(x, ext, -1), "extension");
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(obj);
}

static void add_integer(X509 *x, const char *oid, int critical, int n)
{
	ASN1_INTEGER *a = must(ASN1_INTEGER_new(), "integer");
	unsigned char *der = NULL;
	int len;

	if (n != ABSENT) {
		ASN1_INTEGER_set(a, n);
		len = i2d_ASN1_INTEGER(a, &der);
		must_be(len > 0, "integer");
		add_raw(x, oid, critical, der, len);
	}
	OPENSSL_free(der);
	ASN1_INTEGER_free(a);
}

static void add_v3(X509 *x, int nid, const char *text)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
	ext = must(X509V3_EXT_conf_nid(NULL, &ctx, nid, text), text);
	must_be(X509_add_ext(x, ext, -1), text);
	X509_EXTENSION_free(ext);
}

static void add_amd(X509 *x, const struct cert_spec *spec)
{
	int i, critical = spec->amd_critical;
	uint8_t raw[2 + 64];
	char oid[48];

	add_integer(x, AMD_ARC ".1", critical, spec->structure);
	if (spec->product) {
		raw[0] = V_ASN1_IA5STRING;
		raw[1] = strlen(spec->product);
		memcpy(raw + 2, spec->product, raw[1]);
		add_raw(x, AMD_ARC ".2", critical, raw, 2 + raw[1]);
	}
	for (i = 1; i < 10; i++) {
		snprintf(oid, sizeof(oid), AMD_ARC ".3.%d", i);
		add_integer(x, oid, critical, spec->spl[i]);
	}
	if (spec->hwid_len && spec->hwid_wrapped) {
		raw[0] = V_ASN1_OCTET_STRING;
		raw[1] = spec->hwid_len;
		memcpy(raw + 2, spec->hwid, spec->hwid_len);
		add_raw(x, AMD_ARC ".4", critical, raw, 2 + spec->hwid_len);
	} else if (spec->hwid_len) {
		add_raw(x, AMD_ARC ".4", critical, spec->hwid, spec->hwid_len);
	}
}

static void add_extensions(X509 *x, const struct cert_spec *spec)
{
	char text[64];

	if (spec->ca == 1 && spec->pathlen != ABSENT) {
		snprintf(text, sizeof(text), "critical,CA:TRUE,pathlen:%d", spec->pathlen);
		add_v3(x, NID_basic_constraints, text);
	} else if (spec->ca != ABSENT) {
		add_v3(x, NID_basic_constraints, spec->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	}
	if (spec->usage)
		add_v3(x, NID_key_usage, spec->usage);
	if (spec->v3_text)
		add_v3(x, spec->v3, spec->v3_text);
	if (spec->extra)
		add_raw(x, spec->extra, 1, (const uint8_t *)"\x05", 2);
	if (spec->vcek)
		add_amd(x, spec);
	if (spec->vcek && spec->twice)
		add_amd(x, spec);
}

static EVP_MD_CTX *signer(EVP_PKEY *key, const EVP_MD *hash, const EVP_MD *mgf_hash, int salt,
			  bool pkcs1)
{
	EVP_MD_CTX *ctx = must(EVP_MD_CTX_new(), "digest context");
	EVP_PKEY_CTX *pctx;

	must_be(EVP_DigestSignInit(ctx, &pctx, hash, NULL, key) == 1, "signing");
	if (EVP_PKEY_get_id(key) == EVP_PKEY_RSA && !pkcs1)
		must_be(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, mgf_hash) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) == 1, "PSS");
	return ctx;
}

/* The caller frees the data. */
struct blob cert_make(const struct cert_spec *spec)
{
	X509 *x = must(X509_new(), "certificate");
	X509_NAME *name;
	struct blob der = {};
	EVP_MD_CTX *ctx;
	int len;

	X509_set_version(x, spec->version1 ? X509_VERSION_1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ASK_SERIAL);
	X509_gmtime_adj(X509_getm_notBefore(x), spec->from);
	X509_gmtime_adj(X509_getm_notAfter(x), spec->until);
	name = must(X509_NAME_new(), "name");
	add_name(name, spec->name);
	X509_set_subject_name(x, name);
	X509_NAME_free(name);
	name = must(X509_NAME_new(), "name");
	add_name(name, spec->issuer);
	X509_set_issuer_name(x, name);
	X509_NAME_free(name);
	must_be(X509_set_pubkey(x, spec->key), "public key");
	if (!spec->version1)
		add_extensions(x, spec);

	ctx = signer(spec->signer, spec->hash, spec->mgf_hash, spec->salt, spec->pkcs1);
	must_be(X509_sign_ctx(x, ctx) > 0, "signature");
	EVP_MD_CTX_free(ctx);
	len = i2d_X509(x, &der.data);
	must_be(len > 0, "encoding");
	der.len = len;
	X509_free(x);
	return der;
}

struct blob cert_pem(const struct blob *der)
{
	const unsigned char *p = der->data;
	X509 *x = must(d2i_X509(NULL, &p, der->len), "decoding");
	BIO *bio = must(BIO_new(BIO_s_mem()), "memory");
	struct blob pem = {};
	char *text;

	must_be(PEM_write_bio_X509(bio, x), "PEM");
	pem.len = BIO_get_mem_data(bio, &text);
	pem.data = must(malloc(pem.len), "memory");
	memcpy(pem.data, text, pem.len);
	BIO_free(bio);
	X509_free(x);
	return pem;
}

struct blob crl_make(const char *issuer, EVP_PKEY *key, int salt, long from, long until,
		     bool revoke_ask)
{
	X509_CRL *crl = must(X509_CRL_new(), "list");
	X509_NAME *name = must(X509_NAME_new(), "name");
	ASN1_TIME *t = must(ASN1_TIME_new(), "time");
	struct blob der = {};
	EVP_MD_CTX *ctx;

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	add_name(name, issuer);
	X509_CRL_set_issuer_name(crl, name);
	X509_NAME_free(name);
	X509_gmtime_adj(t, from);
	X509_CRL_set1_lastUpdate(crl, t);
	X509_gmtime_adj(t, until);
	X509_CRL_set1_nextUpdate(crl, t);
	if (revoke_ask) {
		X509_REVOKED *entry = must(X509_REVOKED_new(), "entry");
		ASN1_INTEGER *serial = must(ASN1_INTEGER_new(), "serial");

		ASN1_INTEGER_set(serial, ASK_SERIAL);
		X509_REVOKED_set_serialNumber(entry, serial);
		X509_gmtime_adj(t, -DAY);
		X509_REVOKED_set_revocationDate(entry, t);
		X509_CRL_add0_revoked(crl, entry);
		ASN1_INTEGER_free(serial);
	}
	ASN1_TIME_free(t);
	ctx = signer(key, EVP_sha384(), EVP_sha384(), salt, false);
	must_be(X509_CRL_sign_ctx(crl, ctx) > 0, "signature");
	EVP_MD_CTX_free(ctx);
	der.len = i2d_X509_CRL(crl, &der.data);
	X509_CRL_free(crl);
	return der;
}

void report_sign(struct snp_report *r, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = signer(key, EVP_sha384(), NULL, 0, false);
	unsigned char der[160];
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	must_be(EVP_DigestSign(ctx, der, &len, (unsigned char *)r, SNP_REPORT_SIGNED_LEN) == 1,
		"report signature");
	EVP_MD_CTX_free(ctx);
	sig = must(d2i_ECDSA_SIG(NULL, &p, len), "signature");
	memset(r->signature_r, 0, sizeof(r->signature_r));
	memset(r->signature_s, 0, sizeof(r->signature_s));
	must_be(BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), r->signature_r, 48) == 48 &&
		BN_bn2lebinpad(ECDSA_SIG_get0_s(sig), r->signature_s, 48) == 48, "R and S");
	ECDSA_SIG_free(sig);
}

static struct cert_spec ca_spec(const char *name, const char *issuer, EVP_PKEY *key,
				EVP_PKEY *by, int pathlen)
{
	return (struct cert_spec) {
		.name = name, .issuer = issuer, .key = key, .signer = by,
		.from = -DAY, .until = 1000 * DAY,
		.ca = 1, .pathlen = pathlen, .usage = "critical,keyCertSign,cRLSign",
		.hash = EVP_sha384(), .mgf_hash = EVP_sha384(), .salt = 48,
	};
}

void scene_init(struct scene *s, const char *product)
{
	static char ark[32], ask[32], part[32];
	static uint8_t chip[64];
	bool turin = !strcmp(product, "Turin");
	struct snp_tcb tcb = { .fmc = turin ? 9 : 0, .bootloader = 3, .tee = 1, .snp = 8,
			       .microcode = 115 };
	struct snp_report *r = &s->report;
	size_t i;

	memset(s, 0, sizeof(*s));
	snprintf(ark, sizeof(ark), "ARK-%s", product);
	snprintf(ask, sizeof(ask), "SEV-%s", product);
	snprintf(part, sizeof(part), "%s-B0", product);
	for (i = 0; i < sizeof(chip); i++)
		chip[i] = turin && i >= 8 ? 0 : 0x40 + i;

	s->ark = ca_spec(ark, ark, keys.ark, keys.ark, ABSENT);
	s->ask = ca_spec(ask, ark, keys.ask, keys.ark, 0);
	s->vcek = ca_spec("SEV-VCEK", ask, keys.vcek, keys.ask, ABSENT);
	s->vcek.ca = ABSENT;
	s->vcek.usage = NULL;
	s->vcek.vcek = true;
	s->vcek.structure = turin;
	s->vcek.product = part;
	s->vcek.spl[1] = tcb.bootloader;
	s->vcek.spl[2] = tcb.tee;
	s->vcek.spl[3] = tcb.snp;
	s->vcek.spl[8] = tcb.microcode;
	s->vcek.spl[9] = turin ? tcb.fmc : ABSENT;
	s->vcek.hwid = chip;
	s->vcek.hwid_len = turin ? 8 : 64;

	r->version = 3;
	r->policy = SNP_POLICY_SMT | SNP_POLICY_RESERVED_ONE;
	r->signature_algo = SNP_REPORT_ALGO_P384_SHA384;
	r->reported_tcb = snp_tcb_encode(tcb, turin ? SNP_TCB_TURIN : SNP_TCB_MILAN);
	r->current_tcb = r->reported_tcb;
	r->committed_tcb = r->reported_tcb;
	r->launch_tcb = r->reported_tcb;
	r->cpuid_family = turin ? 0x1a : 0x19;
	r->cpuid_model = !strcmp(product, "Genoa") ? 0x11 : 0x01;
	memset(r->report_data, 0x5a, 32);
	memset(r->measurement, 0xa5, sizeof(r->measurement));
	memset(r->report_id_ma, 0xff, sizeof(r->report_id_ma));
	memcpy(r->chip_id, chip, sizeof(r->chip_id));

	memset(s->in.nonce, 0x5a, 32);
	s->in.have_nonce = true;
	memcpy(s->in.measurement, r->measurement, sizeof(r->measurement));
	s->in.have_measurement = true;
	s->in.now = time(NULL);
}

void scene_build(struct scene *s)
{
	s->in.ark = cert_make(&s->ark);
	s->in.ask = cert_make(&s->ask);
	s->in.vcek = cert_make(&s->vcek);
	if (EVP_PKEY_get_id(s->vcek.key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_bits(s->vcek.key) == 384)
		report_sign(&s->report, s->vcek.key);
	s->in.report.data = (uint8_t *)&s->report;
	s->in.report.len = sizeof(s->report);
}

bool scene_run(struct scene *s)
{
	if (!s->in.ark.data)
		scene_build(s);
	verify_report(&s->in, &s->out);
	return s->out.verified;
}

void scene_free(struct scene *s)
{
	OPENSSL_free(s->in.ark.data);
	OPENSSL_free(s->in.ask.data);
	OPENSSL_free(s->in.vcek.data);
}
