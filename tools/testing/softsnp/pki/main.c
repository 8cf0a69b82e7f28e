// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-pki: a certificate hierarchy like AMD's, for one emulated chip, and
 * what else comes from AMD: certificates for other TCBs, firmware images.
 *
 * Everything is written to a directory beside the final one, which gets its
 * name in one step when all files are there and the chain verifies.
 */
#include <errno.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki.h"

static const char help[] =
"usage: softsnp-pki DIR [--product Milan|Genoa|Turin] [--seed N] [--tcb HEX]\n"
"       softsnp-pki DIR --certify HEX\n"
"       softsnp-pki DIR --firmware FILE --version 1.MINOR.BUILD --svn N [--image-flags N]\n"
"\n"
"Makes a test hierarchy for SoftSNP in DIR: ARK, ASK, ASVK (RSA-4096, RSASSA-PSS\n"
"with SHA-384), VCEK and VLEK (P-384) with AMD's names and extensions, the wrapped\n"
"VLEK hashstick, a key for firmware images, and the chip id.  An existing complete\n"
"DIR is left alone.\n"
"\n"
"  --product NAME  processor line (default Milan)\n"
"  --seed N        chip, VCEK, VLEK and firmware key are a function of N, product\n"
"                  and TCB; N is not 0.  The CA keys, serial numbers, dates and\n"
"                  signatures are new in each run all the same.\n"
"  --tcb HEX       TCB_VERSION that VCEK and VLEK certify (default: bootloader 4,\n"
"                  tee 0, snp 0x1b, microcode 0xdb; Milan: db1b000000000004)\n"
"  --certify HEX   in an existing DIR: vcek-HEX.pem, vlek-HEX.pem (and .der) and\n"
"                  vlek-HEX.hashstick for another TCB\n"
"  --firmware FILE with the key of an existing DIR: a firmware image for\n"
"                  SNP_DOWNLOAD_FIRMWARE_EX, of --version and security version --svn;\n"
"                  --image-flags: 1 needs shutdown, 2 fails, 4 breaks the old one too\n"
"  --help          this text\n"
"\n"
"Files: ark.pem ask.pem asvk.pem vcek.pem vcek.der vlek.pem vlek.der\n"
"cert_chain.pem (ASK, ARK) vlek_chain.pem (ASVK, ARK) vlek.hashstick firmware.pub\n"
"chip_id, readable by the owner only: ark.key ask.key asvk.key vcek.key\n"
"firmware.key chip_secret hashstick\n";

static void on_signal(int sig)
{
	(void)sig;
	pki_interrupted = 1;
}

static void discard(const char *dir)
{
	char path[4096];
	size_t i;

	for (i = 0; pki_files[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, pki_files[i]);
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

	for (i = 0; pki_files[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, pki_files[i]);
		if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
			return pki_files[i];
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

static int build(const char *dir, struct pki_hierarchy *h)
{
	char tmp[4000];
	int err;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", dir) >= (int)sizeof(tmp))
		return pki_fail("name of the directory is too long");
	if (!mkdtemp(tmp)) {
		fprintf(stderr, "softsnp-pki: %s: %s\n", tmp, strerror(errno));
		return -1;
	}
	err = pki_hierarchy_make(h);
	if (!err)
		err = pki_hierarchy_write(tmp, h);
	if (!err && chmod(tmp, 0755))
		err = pki_fail_errno(tmp, "");
	if (!err && rename(tmp, dir)) {
		int why = errno;

		/* Another run was faster: its hierarchy counts. */
		discard(tmp);
		if (existing(dir) == 1)
			return 0;
		errno = why;
		return pki_fail_errno(dir, "");
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

struct request {
	struct pki_hierarchy h;
	const char *dir;
	const char *tcb;
	bool certify;
	struct pki_image image;
};

static bool parse_version(const char *text, struct pki_image *image)
{
	unsigned int major, minor, build;
	int end = 0;

	if (sscanf(text, "%3u.%3u.%3u%n", &major, &minor, &build, &end) != 3 || text[end] ||
	    !major || major > 255 || minor > 255 || build > 255)
		return false;
	image->major = major;
	image->minor = minor;
	image->build = build;
	return true;
}

static int parse_option(struct request *r, int opt, const char *value)
{
	uint64_t n = 0;

	switch (opt) {
	case 'p':
		r->h.part.product = pki_product_find(value);
		return r->h.part.product ? 0 : bad_usage("no such product", value);
	case 's':
		if (!parse_u64(value, 0, &r->h.part.seed) || !r->h.part.seed)
			return bad_usage("no number, or zero", value);
		return 0;
	case 'c':
		r->certify = true;
		/* fallthrough */
	case 't':
		r->tcb = value;
		return 0;
	case 'f':
		r->image.file = value;
		return 0;
	case 'v':
		return parse_version(value, &r->image) ? 0 : bad_usage("no version", value);
	case 'n':
		if (!parse_u64(value, 0, &n) || n > 255)
			return bad_usage("no security version", value);
		r->image.svn = n;
		return 0;
	case 'i':
		if (!parse_u64(value, 0, &n) || n > 7)
			return bad_usage("no image flags", value);
		r->image.flags = n;
		return 0;
	default:
		return 2;
	}
}

/* 0: go on; 1: help was given; 2: bad usage. */
static int parse(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "product", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "tcb", required_argument, NULL, 't' },
		{ "certify", required_argument, NULL, 'c' },
		{ "firmware", required_argument, NULL, 'f' },
		{ "version", required_argument, NULL, 'v' },
		{ "svn", required_argument, NULL, 'n' },
		{ "image-flags", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int opt, err;
	char *dir;
	size_t len;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return 1;
		}
		err = parse_option(r, opt, optarg);
		if (err)
			return err;
	}
	if (optind != argc - 1 || !*argv[optind])
		return bad_usage("exactly one directory is needed", "DIR");
	if (r->image.file && !r->image.major)
		return bad_usage("--firmware needs", "--version");

	r->h.part.tcb = pki_default_tcb(r->h.part.product);
	/* Whether another TCB fits an existing directory is found there. */
	if (r->tcb && (!parse_u64(r->tcb, 16, &r->h.part.tcb) ||
		       (!r->certify && !pki_tcb_fits(r->h.part.product, r->h.part.tcb))))
		return bad_usage("no TCB_VERSION of this product", r->tcb);

	dir = argv[optind];
	for (len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
		dir[len - 1] = '\0';
	r->dir = dir;
	return 0;
}

int main(int argc, char **argv)
{
	struct request r = { .h.part.product = pki_product_find("Milan") };
	const struct sigaction sa = { .sa_handler = on_signal };
	int err = parse(&r, argc, argv);

	if (err)
		return err == 1 ? 0 : 2;
	if (r.certify)
		return !!pki_certify(r.dir, r.h.part.tcb);
	if (r.image.file)
		return !!pki_firmware_image(r.dir, &r.image);

	err = existing(r.dir);
	if (err)
		return err < 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	err = build(r.dir, &r.h);
	pki_hierarchy_free(&r.h);
	OPENSSL_cleanse(&r, sizeof(r));
	return !!err;
}
