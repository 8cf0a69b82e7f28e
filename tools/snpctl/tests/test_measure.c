// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl measure: the digest against a second computation that knows nothing of
 * the first but the rule, and what must be refused.
 */
#include <kselftest_harness.h>
#include <openssl/sha.h>

#include "capture.h"
#include "launch.h"
#include "snpctl.h"

#define SETUP_SECTS	3
#define SETUP_LEN	((SETUP_SECTS + 1) * 512)
#define KERNEL_BODY	9000	/* two pages and a part */
#define INITRD_LEN	5001
#define CMDLINE		"console=ttyS0 quiet"

static void put(uint8_t *p, uint64_t value, size_t len)
{
	while (len--) {
		*p++ = value;
		value >>= 8;
	}
}

static uint8_t kernel[SETUP_LEN + KERNEL_BODY], initrd[INITRD_LEN];

static void make_files(void)
{
	size_t i;

	memset(kernel, 0, sizeof(kernel));
	kernel[0x1f1] = SETUP_SECTS;
	memcpy(kernel + 0x202, "HdrS", 4);
	put(kernel + 0x206, 0x020f, 2);
	kernel[0x211] = 1;
	put(kernel + 0x22c, 0x7fffffff, 4);
	put(kernel + 0x236, 0x3, 2);
	for (i = SETUP_LEN; i < sizeof(kernel); i++)
		kernel[i] = i * 7;
	for (i = 0; i < sizeof(initrd); i++)
		initrd[i] = i * 13;
}

/* One PAGE_INFO record, byte by byte. */
static void extend(uint8_t *digest, int type, uint64_t gpa, const uint8_t *page)
{
	uint8_t info[112] = {};

	memcpy(info, digest, 48);
	if (page)
		SHA384(page, 4096, info + 48);
	put(info + 0x60, 112, 2);
	info[0x62] = type;
	put(info + 0x68, gpa, 8);
	SHA384(info, sizeof(info), digest);
}

static void extend_data(uint8_t *digest, uint64_t gpa, const uint8_t *data, size_t len)
{
	uint8_t page[4096];
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = len - at < 4096 ? len - at : 4096;
		memset(page, 0, sizeof(page));
		memcpy(page, data + at, n);
		extend(digest, 1, gpa + at, page);
	}
}

static void put_segment(uint8_t *vmsa, size_t at, int selector, int attrib)
{
	put(vmsa + at, selector, 2);
	put(vmsa + at + 2, attrib, 2);
	put(vmsa + at + 4, 0xffffffff, 4);
}

/* The whole rule again, with the offsets of the specification as numbers. */
static void expected(uint8_t *digest, uint64_t initrd_gpa, const char *cmdline, uint64_t rsi)
{
	uint8_t page[4096] = {};
	size_t seg;

	memset(digest, 0, 48);
	extend_data(digest, 0x100000, kernel + SETUP_LEN, KERNEL_BODY);
	extend_data(digest, initrd_gpa, initrd, sizeof(initrd));
	memcpy(page, cmdline, strlen(cmdline));
	extend(digest, 1, 0x20000, page);
	memset(page, 0, sizeof(page));
	put(page, 0x45444d41, 4);
	put(page + 4, 1, 2);
	put(page + 8, 0x92000, 8);
	put(page + 16, 4096, 4);
	put(page + 24, 0x93000, 8);
	put(page + 32, 4096, 4);
	extend(digest, 1, 0x91000, page);
	extend(digest, 4, 0x90000, NULL);
	extend(digest, 4, rsi, NULL);
	extend(digest, 5, 0x92000, NULL);
	extend(digest, 6, 0x93000, NULL);
	memset(page, 0, sizeof(page));
	for (seg = 0; seg < 0x60; seg += 0x10)
		put_segment(page, seg, seg == 0x10 ? 0x10 : 0x18, seg == 0x10 ? 0xc9b : 0xc93);
	put(page + 0x0d0, 0x1000, 8);			/* EFER */
	put(page + 0x158, 0x11, 8);			/* CR0 */
	put(page + 0x160, 0x400, 8);			/* DR7 */
	put(page + 0x168, 0xffff0ff0, 8);		/* DR6 */
	put(page + 0x170, 2, 8);			/* RFLAGS */
	put(page + 0x178, 0x100000, 8);			/* RIP */
	put(page + 0x268, 0x0007040600070406, 8);	/* G_PAT */
	put(page + 0x330, rsi, 8);			/* RSI */
	put(page + 0x3b0, 1, 8);			/* SEV_FEATURES */
	put(page + 0x3e8, 1, 8);			/* XCR0 */
	put(page + 0x408, 0x1f80, 4);			/* MXCSR */
	put(page + 0x410, 0x37f, 2);			/* FCW */
	extend(digest, 2, 0xfffffffff000, page);
}

FIXTURE(measure)
{
	struct output o;
	char *dir, *kernel, *initrd, *cmdline, *mem, *pages;
	char hex[98];
};

static void write_files(struct _test_data_measure *self)
{
	put_file(self->kernel, kernel, sizeof(kernel));
	put_file(self->initrd, initrd, sizeof(initrd));
	put_file(self->cmdline, CMDLINE, strlen(CMDLINE));
	put_file(self->mem, "268435456\n", 10);
}

static void expect_hex(char *hex, uint64_t initrd_gpa, const char *cmdline, uint64_t rsi)
{
	uint8_t digest[48];

	expected(digest, initrd_gpa, cmdline, rsi);
	hex_format(hex, digest, sizeof(digest));
	strcat(hex, "\n");
}

/* 256 MiB, less what the BIOS keeps, less two pages. */
#define INITRD_GPA_256M	(0x10000000ULL - 0x20000 - 0x2000)

FIXTURE_SETUP(measure)
{
	make_files();
	self->dir = make_dir();
	self->kernel = path_in(self->dir, "kernel");
	self->initrd = path_in(self->dir, "initrd");
	self->cmdline = path_in(self->dir, "cmdline");
	self->mem = path_in(self->dir, "mem");
	self->pages = path_in(self->dir, "pages");
	write_files(self);
	expect_hex(self->hex, INITRD_GPA_256M, CMDLINE, 0x97000);
}

FIXTURE_TEARDOWN(measure)
{
	remove_dir(self->dir);
}

#define MEASURE(...)	capture(&self->o, cmd_measure, ARGS("snpctl measure", __VA_ARGS__))
#define FILES		"--kernel", self->kernel, "--initrd", self->initrd
#define GIVEN		"-q", FILES, "--cmdline", CMDLINE

TEST_F(measure, digest_follows_the_rule)
{
	EXPECT_EQ(0, MEASURE(GIVEN, "--mem", "256M")) TH_LOG("%s", self->o.err);
	EXPECT_STREQ(self->hex, self->o.out);
	EXPECT_EQ(0, MEASURE("-q", FILES, "--cmdline-file", self->cmdline, "--mem", "256"));
	EXPECT_STREQ(self->hex, self->o.out);
	EXPECT_EQ(0, MEASURE("-q", "--launch", self->dir));
	EXPECT_STREQ(self->hex, self->o.out);
}

TEST_F(measure, addresses_are_measured)
{
	expect_hex(self->hex, 0x2000000, CMDLINE, 0x14000);
	EXPECT_EQ(0, MEASURE(GIVEN, "--initrd-gpa", "0x2000000", "--boot-params-gpa", "0x14000"));
	EXPECT_STREQ(self->hex, self->o.out);
}

TEST_F(measure, setup_sects_zero_means_four)
{
	uint8_t same[sizeof(kernel) + 512];

	/* The same body behind a setup part that is one sector longer. */
	memcpy(same, kernel, SETUP_LEN);
	memcpy(same + SETUP_LEN + 512, kernel + SETUP_LEN, KERNEL_BODY);
	same[0x1f1] = 0;
	put_file(self->kernel, same, sizeof(same));
	EXPECT_EQ(0, MEASURE(GIVEN, "--mem", "256M")) TH_LOG("%s", self->o.err);
	EXPECT_STREQ(self->hex, self->o.out);
}

TEST_F(measure, final_newline_of_cmdline_file_is_dropped)
{
	put_file(self->cmdline, CMDLINE "\n", strlen(CMDLINE) + 1);
	EXPECT_EQ(0, MEASURE("-q", "--launch", self->dir));
	EXPECT_STREQ(self->hex, self->o.out);
}

TEST_F(measure, json_is_printed)
{
	EXPECT_EQ(0, MEASURE(FILES, "--cmdline", CMDLINE, "--mem", "256M", "--json"));
	self->hex[96] = '\0';
	EXPECT_NE(NULL, strstr(self->o.out, self->hex));
	EXPECT_NE(NULL, strstr(self->o.out, "\"gpa\": 281474976706560"));
}

#define GOOD_PAGES							\
	"normal 0x100000 3 kernel\nnormal 0xffde000 2 initrd\n"		\
	"normal 0x20000 1 cmdline\nnormal 0x91000 1 cc-blob\n"		\
	"unmeasured 0x90000 1 setup-data\nunmeasured 0x97000 1 boot-params\n" \
	"secrets 0x92000 1 secrets\ncpuid 0x93000 1 cpuid\n"		\
	"vmsa 0xfffffffff000 1 vmsa\n"

TEST_F(measure, page_list_is_compared)
{
	put_file(self->pages, GOOD_PAGES, strlen(GOOD_PAGES));
	EXPECT_EQ(0, MEASURE("--launch", self->dir)) TH_LOG("%s", self->o.err);
	EXPECT_NE(NULL, strstr(self->o.out, "The page list is that of"));
}

#define SVSM_PAGES							\
	"normal 0x100000 3 kernel\nnormal 0xffde000 2 initrd\n"		\
	"normal 0x20000 1 cmdline\nnormal 0x91000 1 cc-blob\n"		\
	"unmeasured 0x90000 1 setup-data\nunmeasured 0x97000 1 boot-params\n" \
	"secrets 0x92000 1 secrets\ncpuid 0x93000 1 cpuid\n"		\
	"normal 0xffdd000 1 svsm\nzero 0x9b000 1 svsm-caa\n"		\
	"vmsa 0xfffffffff000 1 vmsa\n"

TEST_F(measure, svsm_and_features_are_measured)
{
	char plain[97], svsm[97];

	EXPECT_EQ(0, MEASURE(FILES, "--cmdline", CMDLINE, "--mem", "256M", "-q"));
	memcpy(plain, self->o.out, 96);
	EXPECT_EQ(0, MEASURE(FILES, "--cmdline", CMDLINE, "--mem", "256M", "-q", "--svsm"));
	memcpy(svsm, self->o.out, 96);
	EXPECT_NE(0, memcmp(plain, svsm, 96));
	EXPECT_EQ(0, MEASURE(FILES, "--cmdline", CMDLINE, "--mem", "256M", "-q", "--svsm",
			     "--secure-tsc"));
	EXPECT_NE(0, memcmp(svsm, self->o.out, 96));
	EXPECT_EQ(0, MEASURE(FILES, "--cmdline", CMDLINE, "--mem", "256M", "-q", "--debug-swap"));
	EXPECT_NE(0, memcmp(plain, self->o.out, 96));

	put_file(self->pages, SVSM_PAGES, strlen(SVSM_PAGES));
	EXPECT_EQ(0, MEASURE("--launch", self->dir, "--svsm")) TH_LOG("%s", self->o.err);
	EXPECT_EQ(SNPCTL_REFUSED, MEASURE("--launch", self->dir));
}

#define BAD_PAGES(name, text, because)						\
	TEST_F(measure, name)							\
	{									\
		put_file(self->pages, text, strlen(text));			\
		EXPECT_EQ(SNPCTL_REFUSED, MEASURE("--launch", self->dir));	\
		EXPECT_NE(NULL, strstr(self->o.err, because))			\
			TH_LOG("%s", self->o.err);				\
		EXPECT_STREQ("", self->o.out);					\
	}

BAD_PAGES(page_list_empty, "", "ends before line 1")
BAD_PAGES(page_list_cut, "normal 0x100000 3 kernel\n", "ends before line 2")
BAD_PAGES(page_list_longer, GOOD_PAGES "zero 0x0 1 x\n", "line 10 is one too many")
BAD_PAGES(page_list_other_count, "normal 0x100000 4 kernel\n", "line 1 is \"normal 0x100000 4")
BAD_PAGES(page_list_other_gpa, "normal 0x100000 3 kernel\nnormal 0xffdf000 2 initrd\n", "line 2")

#define REFUSES(name, change, because)						\
	TEST_F(measure, name)							\
	{									\
		change;								\
		write_files(self);						\
		EXPECT_EQ(SNPCTL_REFUSED, MEASURE(GIVEN, "--mem", "256M"));	\
		EXPECT_NE(NULL, strstr(self->o.err, because))			\
			TH_LOG("%s", self->o.err);				\
		EXPECT_STREQ("", self->o.out);					\
	}

REFUSES(setup_beyond_the_file, kernel[0x1f1] = 255, "inside its setup part")
REFUSES(missing_magic, kernel[0x202] = 'h', "not a bzImage")
REFUSES(old_protocol, put(kernel + 0x206, 0x0208, 2), "boot protocol is 2.08, 2.09 is needed")
REFUSES(zimage, kernel[0x211] = 0, "zImage")

#define MEASURE_FAILS(name, status, because, ...)				\
	TEST_F(measure, name)							\
	{									\
		EXPECT_EQ(status, MEASURE(__VA_ARGS__));			\
		EXPECT_NE(NULL, strstr(self->o.err, because))			\
			TH_LOG("%s", self->o.err);				\
	}

MEASURE_FAILS(initrd_over_kernel, SNPCTL_REFUSED, "not above", GIVEN, "--initrd-gpa", "0x101000")
MEASURE_FAILS(initrd_below_kernel, SNPCTL_REFUSED, "not above", GIVEN, "--initrd-gpa", "0x8f000")
MEASURE_FAILS(initrd_misaligned, SNPCTL_REFUSED, "not a page", GIVEN, "--initrd-gpa", "0x2000800")
MEASURE_FAILS(initrd_above_4g, SNPCTL_REFUSED, "below 4 GiB", GIVEN, "--initrd-gpa", "0xfffff000")
MEASURE_FAILS(initrd_wraps, SNPCTL_REFUSED, "below 4 GiB", GIVEN,
	      "--initrd-gpa", "0xfffffffffffff000")
MEASURE_FAILS(boot_params_misaligned, SNPCTL_REFUSED, "not a page", GIVEN, "--mem", "256M",
	      "--boot-params-gpa", "0x14790")
MEASURE_FAILS(boot_params_over_secrets, SNPCTL_REFUSED, "overlap", GIVEN, "--mem", "256M",
	      "--boot-params-gpa", "0x92000")
MEASURE_FAILS(odd_memory, SNPCTL_REFUSED, "multiple of 1 MiB", GIVEN, "--mem", "1000K")
MEASURE_FAILS(no_memory, SNPCTL_REFUSED, "multiple of 1 MiB", GIVEN, "--mem", "0")
MEASURE_FAILS(too_little_memory, SNPCTL_REFUSED, "not above", GIVEN, "--mem", "1M")
MEASURE_FAILS(empty_kernel, SNPCTL_REFUSED, "too short", "--kernel", "/dev/null", "--initrd",
	      self->initrd, "--cmdline", "", "--mem", "256M")
MEASURE_FAILS(empty_initrd, SNPCTL_REFUSED, "initrd is empty", "--kernel", self->kernel,
	      "--initrd", "/dev/null", "--cmdline", "", "--mem", "256M")
MEASURE_FAILS(directory, SNPCTL_TROUBLE, "is a directory", "--kernel", self->dir, "--initrd",
	      self->initrd, "--cmdline", "", "--mem", "256M")
MEASURE_FAILS(bad_size, SNPCTL_TROUBLE, "--mem wants", GIVEN, "--mem", "12X")
MEASURE_FAILS(huge_size, SNPCTL_TROUBLE, "--mem wants", GIVEN, "--mem", "99999999999999T")
MEASURE_FAILS(mem_and_gpa, SNPCTL_TROUBLE, "one of --mem", GIVEN, "--mem", "1G",
	      "--initrd-gpa", "0x1000000")
MEASURE_FAILS(launch_and_kernel, SNPCTL_TROUBLE, "--launch already", FILES, "--launch", self->dir)
MEASURE_FAILS(no_cmdline, SNPCTL_TROUBLE, "one of --cmdline", FILES, "--mem", "1G")
MEASURE_FAILS(quiet_json, SNPCTL_TROUBLE, "exclude", GIVEN, "--mem", "1G", "--json")

TEST_F(measure, long_command_line)
{
	char text[4098];

	memset(text, 'x', sizeof(text));
	text[4095] = '\0';
	EXPECT_EQ(0, MEASURE("-q", FILES, "--cmdline", text, "--mem", "256M"));
	memset(text, 'x', sizeof(text));
	text[4096] = '\0';
	EXPECT_EQ(SNPCTL_REFUSED, MEASURE("-q", FILES, "--cmdline", text, "--mem", "256M"));
	EXPECT_NE(NULL, strstr(self->o.err, "longer than 4095"));
}

TEST(initrd_is_the_last_of_the_free_memory)
{
	static const struct {
		uint64_t mem;
		size_t len;
		uint64_t gpa;
	} t[] = {
		{ 512ULL << 20, 2066116, 0x1fde7000 },	/* as seen */
		{ 512ULL << 20, 4095, 0x1ffdf000 },
		{ 512ULL << 20, 4096, 0x1ffdf000 },
		{ 512ULL << 20, 4097, 0x1ffde000 },
		{ 2815ULL << 20, 4096, 0xafedf000 },
		{ 2816ULL << 20, 4096, 0x7ffdf000 },	/* split below the MMIO space */
	};
	static uint8_t space[2066116];
	struct launch *l = calloc(1, sizeof(*l));
	struct reason why;
	size_t i;

	make_files();
	l->kernel = (struct blob){ kernel, sizeof(kernel) };
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		l->initrd = (struct blob){ space, t[i].len };
		EXPECT_TRUE(launch_place_initrd(l, t[i].mem, &why));
		EXPECT_EQ(t[i].gpa, l->initrd_gpa);
	}
	/* A kernel that wants it lower cannot be launched so. */
	put(kernel + 0x236, 0, 2);
	put(kernel + 0x22c, 0x1ffdffff, 4);
	EXPECT_TRUE(launch_place_initrd(l, 512ULL << 20, &why));
	put(kernel + 0x22c, 0x1ffdfffe, 4);
	EXPECT_FALSE(launch_place_initrd(l, 512ULL << 20, &why));
	free(l);
}

TEST_HARNESS_MAIN
