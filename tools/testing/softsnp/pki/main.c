// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-pki: a certificate hierarchy like AMD's, for one emulated chip.
 *
 * Everything is written to a directory beside the final one, which gets its
 * name in one step when all files are there and the chain verifies.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki.h"

#define CA_BITS	4096

static const char * const files[] = {
	"ark.pem", "ask.pem", "vcek.pem", "vcek.der", "cert_chain.pem", "ark.key", "ask.key",
	"vcek.key", "chip_id",
};

#define NR_FILES (sizeof(files) / sizeof(files[0]))

static const char help[] =
"usage: softsnp-pki DIR [--product Milan|Genoa|Turin] [--seed N] [--tcb HEX]\n"
"\n"
"Makes a test hierarchy for SoftSNP in DIR: ARK, ASK (RSA-4096, RSASSA-PSS with\n"
"SHA-384), VCEK (P-384) with AMD's names and extensions, and the chip id.  An\n"
"existing complete DIR is left alone.\n"
"\n"
"  --product NAME  processor line (default Milan)\n"
"  --seed N        chip id and VCEK key are a function of N, product and TCB;\n"
"                  N is not 0.  The CA keys, serial numbers, dates and\n"
"                  signatures are new in each run all the same.\n"
"  --tcb HEX       TCB_VERSION that the VCEK certifies (default: bootloader 4,\n"
"                  tee 0, snp 0x1b, microcode 0xdb; Milan: db1b000000000004)\n"
"  --help          this text\n"
"\n"
"Files: ark.pem ask.pem vcek.pem vcek.der cert_chain.pem (ASK, ARK) chip_id,\n"
"readable by the owner only: ark.key ask.key vcek.key\n";

static void on_signal(int sig)
{
	(void)sig;
	pki_interrupted = 1;
}

static int fail(const char *what)
{
	unsigned long e = ERR_peek_error();

	if (pki_interrupted)
		fprintf(stderr, "softsnp-pki: interrupted, nothing was left behind\n");
	else if (e)
		fprintf(stderr, "softsnp-pki: %s: %s\n", what, ERR_error_string(e, NULL));
	else
		fprintf(stderr, "softsnp-pki: %s\n", what);
	return -1;
}

static int fail_errno(const char *dir, const char *name)
{
	fprintf(stderr, "softsnp-pki: %s/%s: %s\n", dir, name, strerror(errno));
	return -1;
}

struct hierarchy {
	struct pki_part part;
	EVP_PKEY *ark_key, *ask_key, *vcek_key;
	X509 *ark, *ask, *vcek;
};

static int make(struct hierarchy *h)
{
	const struct pki_product *p = h->part.product;
	const char *why;

	h->ark_key = pki_make_rsa_key("ARK", CA_BITS, stderr);
	if (!h->ark_key)
		return fail("ARK key");
	h->ask_key = pki_make_rsa_key("ASK", CA_BITS, stderr);
	if (!h->ask_key)
		return fail("ASK key");
	h->vcek_key = pki_make_vcek_key(&h->part);
	if (!h->vcek_key || !pki_make_chip_id(&h->part))
		return fail("VCEK key and chip id");

	h->ark = pki_make_ark(p, h->ark_key);
	if (h->ark)
		h->ask = pki_make_ask(p, h->ask_key, h->ark, h->ark_key);
	if (h->ask)
		h->vcek = pki_make_vcek(&h->part, h->vcek_key, h->ask, h->ask_key);
	if (!h->vcek)
		return fail("certificates");
	if (!pki_verify(h->ark, h->ask, h->vcek, &why)) {
		fprintf(stderr, "softsnp-pki: the new chain does not verify: %s\n", why);
		return -1;
	}
	return 0;
}

static void release(struct hierarchy *h)
{
	X509_free(h->vcek);
	X509_free(h->ask);
	X509_free(h->ark);
	EVP_PKEY_free(h->vcek_key);
	EVP_PKEY_free(h->ask_key);
	EVP_PKEY_free(h->ark_key);
}

static int create(const char *dir, const char *name, mode_t mode, BIO **bio)
{
	char path[4096];
	FILE *f = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f)
		return fail_errno(dir, name);
	*bio = BIO_new_fp(f, BIO_CLOSE);
	return *bio ? 0 : fail("out of memory");
}

/* Certificates as PEM, the second one optional. */
static int write_pem(const char *dir, const char *name, X509 *cert, X509 *next)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0644, &bio))
		return -1;
	ok = PEM_write_bio_X509(bio, cert) == 1 && (!next || PEM_write_bio_X509(bio, next) == 1) &&
	     BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : fail(name);
}

static int write_key(const char *dir, const char *name, EVP_PKEY *key)
{
	BIO *bio;
	bool ok;

	if (create(dir, name, 0600, &bio))
		return -1;
	ok = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	     BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : fail(name);
}

static int write_der_and_id(const char *dir, const struct hierarchy *h)
{
	BIO *bio;
	bool ok;

	if (create(dir, "vcek.der", 0644, &bio))
		return -1;
	ok = i2d_X509_bio(bio, h->vcek) == 1 && BIO_flush(bio) == 1;
	BIO_free(bio);
	if (!ok)
		return fail("vcek.der");

	if (create(dir, "chip_id", 0644, &bio))
		return -1;
	ok = BIO_write(bio, h->part.chip_id, PKI_CHIP_ID_LEN) == PKI_CHIP_ID_LEN &&
	     BIO_flush(bio) == 1;
	BIO_free(bio);
	return ok ? 0 : fail("chip_id");
}

static int write_all(const char *dir, const struct hierarchy *h)
{
	if (write_pem(dir, "ark.pem", h->ark, NULL) || write_pem(dir, "ask.pem", h->ask, NULL) ||
	    write_pem(dir, "vcek.pem", h->vcek, NULL) ||
	    write_pem(dir, "cert_chain.pem", h->ask, h->ark) ||
	    write_key(dir, "ark.key", h->ark_key) || write_key(dir, "ask.key", h->ask_key) ||
	    write_key(dir, "vcek.key", h->vcek_key))
		return -1;
	return write_der_and_id(dir, h);
}

static void discard(const char *dir)
{
	char path[4096];
	size_t i;

	for (i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* The first file that a directory lacks, NULL if it is complete. */
static const char *missing(const char *dir)
{
	char path[4096];
	struct stat st;
	size_t i;

	for (i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
			return files[i];
	}
	return NULL;
}

/* 1: nothing to do; 0: to be made; -1: something else is in the way. */
static int existing(const char *dir)
{
	const char *lacks;
	struct stat st;

	if (stat(dir, &st)) {
		if (errno == ENOENT)
			return 0;
		fprintf(stderr, "softsnp-pki: %s: %s\n", dir, strerror(errno));
		return -1;
	}
	lacks = missing(dir);
	if (!lacks) {
		printf("softsnp-pki: %s is complete and left as it is\n", dir);
		return 1;
	}
	/* An empty directory is as good as none: rename() replaces it. */
	if (!S_ISDIR(st.st_mode) || (rmdir(dir) && errno != ENOENT)) {
		fprintf(stderr, "softsnp-pki: %s exists without %s: remove it or choose another\n",
			dir, lacks);
		return -1;
	}
	return 0;
}

static int build(const char *dir, struct hierarchy *h)
{
	char tmp[4000];
	int err;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", dir) >= (int)sizeof(tmp))
		return fail("name of the directory is too long");
	if (!mkdtemp(tmp)) {
		fprintf(stderr, "softsnp-pki: %s: %s\n", tmp, strerror(errno));
		return -1;
	}
	err = make(h);
	if (!err)
		err = write_all(tmp, h);
	if (!err && chmod(tmp, 0755))
		err = fail_errno(tmp, "");
	if (!err && rename(tmp, dir)) {
		int why = errno;

		/* Another run was faster: its hierarchy counts. */
		discard(tmp);
		if (existing(dir) == 1)
			return 0;
		errno = why;
		return fail_errno(dir, "");
	}
	if (err)
		discard(tmp);
	else
		printf("softsnp-pki: %s: %s, TCB %016llx\n", dir, h->part.product->name,
		       (unsigned long long)h->part.tcb);
	return err;
}

static bool parse_u64(const char *text, int base, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, base);
	return *text && *text != '-' && !*end && !errno;
}

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "softsnp-pki: %s: %s (try --help)\n", what, value);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "product", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "tcb", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct hierarchy h = { .part.product = pki_product_find("Milan") };
	const struct sigaction sa = { .sa_handler = on_signal };
	const char *tcb = NULL;
	char *dir;
	size_t len;
	int opt, err;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			h.part.product = pki_product_find(optarg);
			if (!h.part.product)
				return bad_usage("no such product", optarg);
			break;
		case 's':
			if (!parse_u64(optarg, 0, &h.part.seed) || !h.part.seed)
				return bad_usage("no number, or zero", optarg);
			break;
		case 't':
			tcb = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (optind != argc - 1 || !*argv[optind])
		return bad_usage("exactly one directory is needed", "DIR");

	h.part.tcb = pki_default_tcb(h.part.product);
	if (tcb && (!parse_u64(tcb, 16, &h.part.tcb) ||
		    !pki_tcb_fits(h.part.product, h.part.tcb)))
		return bad_usage("no TCB_VERSION of this product", tcb);

	dir = argv[optind];
	for (len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
		dir[len - 1] = '\0';

	err = existing(dir);
	if (err)
		return err < 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	err = build(dir, &h);
	release(&h);
	return !!err;
}
