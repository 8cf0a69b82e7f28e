// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-pki: the program's manners.  It makes one full hierarchy.
 */
#include <fcntl.h>
#include <kselftest_harness.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "../../asp/fw_image.h"
#include "../pki.h"

FIXTURE(program) {
	uint8_t image[1000];
};

FIXTURE_SETUP(program)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(program)
{
}

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
	EXPECT_EQ(2, run(TEST_DIR "/never --firmware x"));
	EXPECT_EQ(2, run(TEST_DIR "/never --firmware x --version 1.58"));
	EXPECT_EQ(2, run(TEST_DIR "/never --firmware x --version 1.58.256"));
	EXPECT_EQ(2, run(TEST_DIR "/never --firmware x --version 1.58.1 --svn 256"));
	EXPECT_EQ(2, run(TEST_DIR "/never --firmware x --version 1.58.1 --image-flags 8"));
	EXPECT_EQ(1, run(TEST_DIR "/never --certify 0"));
	EXPECT_EQ(1, run(TEST_DIR "/never --firmware x --version 1.58.1"));
	EXPECT_NE(0, access(TEST_DIR "/never", F_OK));
	EXPECT_EQ(0, run("--help"));
	EXPECT_TRUE(output_has("--seed"));
}

TEST_F_TIMEOUT(program, makes_a_complete_hierarchy_once, 300)
{
	struct pki_part part = { .product = pki_product_find("Milan"), .seed = 5 };
	const struct fw_image_header *h = (void *)self->image;
	X509 *ark, *ask, *vcek, *asvk, *vlek;
	EVP_PKEY *key;
	const char *why;
	struct stat before, after;
	uint8_t chip_id[65];
	FILE *f;

	part.tcb = pki_default_tcb(part.product);
	ASSERT_TRUE(pki_make_chip(&part));
	key = pki_make_vcek_key(&part);
	ASSERT_EQ(0, run(TEST_DIR "/milan/ --seed 5"));
	ark = load(TEST_DIR "/milan/ark.pem");
	ask = load(TEST_DIR "/milan/cert_chain.pem");
	vcek = load(TEST_DIR "/milan/vcek.pem");
	ASSERT_NE(NULL, vcek);
	EXPECT_TRUE(pki_verify(ark, ask, vcek, &why)) TH_LOG("%s", why);
	EXPECT_EQ(1, EVP_PKEY_eq(key, X509_get0_pubkey(vcek)));
	EXPECT_EQ(4096, EVP_PKEY_get_bits(X509_get0_pubkey(ark)));
	EXPECT_EQ(4096, EVP_PKEY_get_bits(X509_get0_pubkey(ask)));
	X509_free(ark);
	X509_free(ask);
	X509_free(vcek);
	EVP_PKEY_free(key);
	ark = load(TEST_DIR "/milan/ark.pem");
	asvk = load(TEST_DIR "/milan/vlek_chain.pem");
	vlek = load(TEST_DIR "/milan/vlek.pem");
	ASSERT_NE(NULL, vlek);
	EXPECT_TRUE(pki_verify(ark, asvk, vlek, &why)) TH_LOG("%s", why);
	X509_free(vlek);

	f = fopen(TEST_DIR "/milan/chip_id", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(64, fread(chip_id, 1, sizeof(chip_id), f));
	fclose(f);
	EXPECT_EQ(0, memcmp(part.chip_id, chip_id, 64));

	ASSERT_EQ(0, stat(TEST_DIR "/milan/vcek.key", &before));
	EXPECT_EQ(0600, before.st_mode & 0777);
	ASSERT_EQ(0, stat(TEST_DIR "/milan/ark.key", &after));
	EXPECT_EQ(0600, after.st_mode & 0777);
	ASSERT_EQ(0, stat(TEST_DIR "/milan/ask.key", &after));
	EXPECT_EQ(0600, after.st_mode & 0777);

	/* Another TCB of the same chip. */
	EXPECT_EQ(0, run(TEST_DIR "/milan --certify db1a000000000003"));
	vcek = load(TEST_DIR "/milan/vcek-db1a000000000003.pem");
	vlek = load(TEST_DIR "/milan/vlek-db1a000000000003.pem");
	ASSERT_NE(NULL, vlek);
	EXPECT_TRUE(pki_verify(ark, asvk, vlek, &why)) TH_LOG("%s", why);
	part.tcb = 0xdb1a000000000003;
	key = pki_make_vcek_key(&part);
	EXPECT_EQ(1, EVP_PKEY_eq(key, X509_get0_pubkey(vcek)));
	EVP_PKEY_free(key);
	X509_free(vcek);
	X509_free(vlek);
	X509_free(asvk);
	X509_free(ark);
	EXPECT_EQ(1, run(TEST_DIR "/milan --certify db1a000000000003"));
	EXPECT_TRUE(output_has("File exists"));
	EXPECT_EQ(1, run(TEST_DIR "/milan --certify 10000"));
	EXPECT_TRUE(output_has("no TCB_VERSION of this product"));

	/* A firmware image: what the options say, 96 bytes of signature. */
	EXPECT_EQ(0, run(TEST_DIR "/milan --firmware " TEST_DIR
			 "/image --version 1.58.3 --svn 0x1c --image-flags 1"));
	f = fopen(TEST_DIR "/image", "r");
	ASSERT_NE(NULL, f);
	EXPECT_EQ(64 + 96, fread(self->image, 1, sizeof(self->image), f));
	fclose(f);
	EXPECT_EQ(0, memcmp("SoftSNP firmware", h->magic, 16));
	EXPECT_EQ(64 + 96, h->length);
	EXPECT_EQ(0, h->product);
	EXPECT_EQ(1, h->major);
	EXPECT_EQ(58, h->minor);
	EXPECT_EQ(3, h->build);
	EXPECT_EQ(0x1c, h->svn);
	EXPECT_EQ(1, h->flags);

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
