// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl verify on damaged input: seeded mutations of reports and of
 * certificates.  Whatever happens to a report, it must not be accepted.  The
 * same holds for a certificate in DER; of a certificate in PEM, only line ends
 * and text around the block are free, so it may be accepted if it still decodes
 * to the very same DER.
 */
#include <kselftest_harness.h>
#include <openssl/pem.h>

#include "pki.h"

#define REPORT_ROUNDS	1500
#define FILE_ROUNDS	500	/* for each of ARK, ASK, VCEK, PEM, CRL */

static uint64_t state;

/* xorshift64*: the same on every machine. */
static uint32_t next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL) >> 32;
}

static size_t below(size_t n)
{
	return next() % n;
}

/* One to four random changes; never the identity. */
static struct blob mutate(const struct blob *good)
{
	struct blob bad = { malloc(2 * good->len + 64), good->len };
	unsigned int n = 1 + below(4);
	size_t at, k;

	memcpy(bad.data, good->data, good->len);
	while (n--) {
		at = below(bad.len);
		k = 1 + below(16);
		switch (below(7)) {
		case 0:		/* a bit */
			bad.data[at] ^= 1 << below(8);
			break;
		case 1:		/* a byte */
			bad.data[at] = next();
			break;
		case 2:		/* a value that lengths and counters fear */
			bad.data[at] = (uint8_t []){ 0, 0x7f, 0x80, 0x84, 0xff }[below(5)];
			break;
		case 3:		/* cut off */
			bad.len = 1 + at;
			break;
		case 4:		/* some bytes more */
			if (bad.len + k <= 2 * good->len) {
				memmove(bad.data + at + k, bad.data + at, bad.len - at);
				bad.len += k;
			}
			break;
		case 5:		/* some bytes less */
			if (k < bad.len - at) {
				memmove(bad.data + at, bad.data + at + k, bad.len - at - k);
				bad.len -= k;
			}
			break;
		case 6:		/* a piece of itself elsewhere */
			if (at + k <= bad.len)
				memmove(bad.data + below(bad.len - k + 1), bad.data + at, k);
			break;
		}
	}
	if (bad.len == good->len && !memcmp(bad.data, good->data, good->len))
		bad.data[below(bad.len)] ^= 1 << below(8);
	return bad;
}

/* Exact size on the heap, so that a sanitizer sees the first byte too far. */
static void shrink(struct blob *b)
{
	struct blob tight = { malloc(b->len), b->len };

	memcpy(tight.data, b->data, b->len);
	free(b->data);
	*b = tight;
}

TEST(mutated_reports)
{
	struct scene s;
	struct blob good, bad;
	unsigned int i, accepted = 0;

	state = 0x5eed0001;
	scene_init(&s, "Milan");
	scene_build(&s);
	/* The signature alone has to hold. */
	s.in.have_nonce = false;
	s.in.have_measurement = false;
	ASSERT_TRUE(scene_run(&s));
	good = s.in.report;
	for (i = 0; i < REPORT_ROUNDS; i++) {
		bad = mutate(&good);
		shrink(&bad);
		s.in.report = bad;
		accepted += scene_run(&s);
		free(bad.data);
	}
	EXPECT_EQ(0, accepted);
}

static unsigned int mutated_certificates(struct scene *s, struct blob *which, uint64_t seed)
{
	struct blob good = *which, bad;
	unsigned int i, accepted = 0;

	state = seed;
	for (i = 0; i < FILE_ROUNDS; i++) {
		bad = mutate(&good);
		shrink(&bad);
		*which = bad;
		accepted += scene_run(s);
		free(bad.data);
	}
	*which = good;
	return accepted;
}

TEST(mutated_certificates_der)
{
	struct scene s;

	scene_init(&s, "Milan");
	ASSERT_TRUE(scene_run(&s));
	EXPECT_EQ(0, mutated_certificates(&s, &s.in.vcek, 0x5eed0002));
	EXPECT_EQ(0, mutated_certificates(&s, &s.in.ask, 0x5eed0003));
	EXPECT_EQ(0, mutated_certificates(&s, &s.in.ark, 0x5eed0004));
	EXPECT_TRUE(scene_run(&s));
}

/* No byte of the certificate that comes from the platform is free. */
TEST(every_byte_of_the_vcek_matters)
{
	struct scene s;
	size_t i;

	state = 0x5eed0007;
	scene_init(&s, "Milan");
	ASSERT_TRUE(scene_run(&s));
	for (i = 0; i < s.in.vcek.len; i++) {
		uint8_t flip = 1 << below(8);

		s.in.vcek.data[i] ^= flip;
		EXPECT_FALSE(scene_run(&s)) TH_LOG("byte %zu, bits 0x%x", i, flip);
		s.in.vcek.data[i] ^= flip;
	}
}

static bool same_der(const struct blob *pem, const struct blob *der)
{
	BIO *bio = BIO_new_mem_buf(pem->data, pem->len);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	bool same = PEM_read_bio(bio, &name, &header, &data, &len) &&
		    (size_t)len == der->len && !memcmp(data, der->data, len);

	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(bio);
	return same;
}

TEST(mutated_certificates_pem)
{
	struct scene s;
	struct blob der, pem, bad;
	unsigned int i;

	state = 0x5eed0005;
	scene_init(&s, "Milan");
	scene_build(&s);
	der = s.in.vcek;
	pem = cert_pem(&der);
	for (i = 0; i < FILE_ROUNDS; i++) {
		bad = mutate(&pem);
		shrink(&bad);
		s.in.vcek = bad;
		if (scene_run(&s))
			EXPECT_TRUE(same_der(&bad, &der)) TH_LOG("round %u", i);
		free(bad.data);
	}
}

TEST(mutated_crls)
{
	struct scene s;

	scene_init(&s, "Milan");
	scene_build(&s);
	s.in.crl = crl_make("ARK-Milan", keys.ark, 48, -DAY, DAY, false);
	ASSERT_TRUE(scene_run(&s));
	EXPECT_EQ(0, mutated_certificates(&s, &s.in.crl, 0x5eed0006));
}

int main(int argc, char **argv)
{
	keys_init();
	return test_harness_run(argc, argv);
}
