// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what guests on a host need of pure functions and small state: ASIDs
 * (drivers/psp/asid.h), launch ranges (launch_digest.h), the certificate table
 * (hostapi_certs.c).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "../../../drivers/psp/asid.h"
#include "../../../drivers/psp/launch_digest.h"
#include "../../../drivers/psp/hostapi_certs.c"

static void asids_of_snp_guests_are_those_below_the_first_of_plain_sev(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, asids_max(509, 100, true), 99);
	KUNIT_EXPECT_EQ(test, asids_max(509, 100, false), 99);
	/* All of them are given to guests without encrypted state. */
	KUNIT_EXPECT_EQ(test, asids_max(509, 1, false), 0);
	KUNIT_EXPECT_EQ(test, asids_max(0, 0, false), 0);
	KUNIT_EXPECT_EQ(test, asids_max(509, 0, true), 509);
	KUNIT_EXPECT_EQ(test, asids_max(50, 100, false), 50);
	KUNIT_EXPECT_EQ(test, asids_max(5000, 2000, true), 1023);
	KUNIT_EXPECT_EQ(test, asids_max(5000, 2000, false), 1999);
}

static void asids_are_one_to_max(struct kunit *test)
{
	struct psp_asids a;
	u32 asid, i;

	KUNIT_EXPECT_EQ(test, asids_init(&a, 0), -EINVAL);
	KUNIT_ASSERT_EQ(test, asids_init(&a, 3), 0);
	for (i = 1; i <= 3; i++) {
		KUNIT_ASSERT_EQ(test, asids_take(&a, &asid), 0);
		KUNIT_EXPECT_EQ(test, asid, i);
		KUNIT_EXPECT_EQ(test, a.nr_used, i);
	}
	KUNIT_EXPECT_EQ(test, asids_take(&a, &asid), -EBUSY);
	KUNIT_EXPECT_EQ(test, a.nr_used, 3);
	asids_exit(&a);
}

/* What becomes of an ASID that is left in one of three ways. */
static void left_asid_needs_a_flush_and_a_stuck_one_never_comes_back(struct kunit *test)
{
	struct psp_asids a;
	u32 asid;

	KUNIT_ASSERT_EQ(test, asids_init(&a, 3), 0);
	asids_take(&a, &asid);
	asids_take(&a, &asid);
	asids_take(&a, &asid);
	asids_leave(&a, 1);
	asids_stick(&a, 2);
	asids_return(&a, 3);
	KUNIT_EXPECT_EQ(test, a.nr_used, 0);
	KUNIT_EXPECT_EQ(test, a.nr_stuck, 1);

	/* One that was never used comes at once, the other after a flush. */
	KUNIT_ASSERT_EQ(test, asids_take(&a, &asid), 0);
	KUNIT_EXPECT_EQ(test, asid, 3);
	KUNIT_EXPECT_EQ(test, asids_take(&a, &asid), -EAGAIN);
	asids_flushed(&a);
	KUNIT_ASSERT_EQ(test, asids_take(&a, &asid), 0);
	KUNIT_EXPECT_EQ(test, asid, 1);
	KUNIT_EXPECT_EQ(test, asids_take(&a, &asid), -EBUSY);
	asids_flushed(&a);
	KUNIT_EXPECT_EQ(test, asids_take(&a, &asid), -EBUSY);
	asids_exit(&a);
}

struct range_case {
	const char *name;
	struct snp_launch_range r;
	int err;
};

#define LAST_PFN	((1ULL << 40) - 1)

static const struct range_case range_cases[] = {
	{ "one page",	{ .type = 1, .nr_pages = 1 }, 0 },
	{ "last types",	{ .type = 6, .nr_pages = 1 }, 0 },
	{ "type 0",	{ .type = 0, .nr_pages = 1 }, -EINVAL },
	{ "type 7",	{ .type = 7, .nr_pages = 1 }, -EINVAL },
	{ "no page",	{ .type = 1 }, -EINVAL },
	{ "all rights",	{ .type = 1, .nr_pages = 1, .vmpl_perms = { 0x1f, 0x1f, 0x1f } }, 0 },
	{ "VMPL1",	{ .type = 1, .nr_pages = 1, .vmpl_perms = { 0x20 } }, -EINVAL },
	{ "VMPL2",	{ .type = 1, .nr_pages = 1, .vmpl_perms = { 0, 0x40 } }, -EINVAL },
	{ "VMPL3",	{ .type = 1, .nr_pages = 1, .vmpl_perms = { 0, 0, 0x80 } }, -EINVAL },
	{ "GPA not aligned", { .type = 1, .nr_pages = 1, .gpa = 0x800 }, -EINVAL },
	{ "last GPA",	{ .type = 1, .nr_pages = 1, .gpa = LAST_PFN << 12 }, 0 },
	{ "beyond the last GPA", { .type = 1, .nr_pages = 2, .gpa = LAST_PFN << 12 }, -EINVAL },
	{ "GPA too large", { .type = 1, .nr_pages = 1, .gpa = 1ULL << 52 }, -EINVAL },
	{ "last frame",	{ .type = 1, .nr_pages = 1, .pfn = LAST_PFN }, 0 },
	{ "beyond the last frame", { .type = 1, .nr_pages = 2, .pfn = LAST_PFN }, -EINVAL },
	{ "frame too large", { .type = 1, .nr_pages = 1, .pfn = LAST_PFN + 1 }, -EINVAL },
	{ "all there is", { .type = 1, .nr_pages = LAST_PFN + 1 }, 0 },
	{ "more than there is", { .type = 1, .nr_pages = LAST_PFN + 2 }, -EINVAL },
	{ "most pages",	{ .type = 1, .nr_pages = U64_MAX }, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(range, range_cases, name);

static void launch_range_is_checked_before_anything_changes(struct kunit *test)
{
	const struct range_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, launch_range_check(&c->r), c->err);
}

static void page_types_say_what_they_are(struct kunit *test)
{
	static const struct {
		u8 type;
		bool measured, large;
	} t[] = {
		{ SNP_PAGE_TYPE_NORMAL, true, true },
		{ SNP_PAGE_TYPE_VMSA, true, false },
		{ SNP_PAGE_TYPE_ZERO, false, true },
		{ SNP_PAGE_TYPE_UNMEASURED, false, true },
		{ SNP_PAGE_TYPE_SECRETS, false, false },
		{ SNP_PAGE_TYPE_CPUID, false, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		KUNIT_EXPECT_EQ(test, launch_type_is_measured(t[i].type), t[i].measured);
		KUNIT_EXPECT_EQ(test, launch_type_may_be_2m(t[i].type), t[i].large);
	}
}

static void certificate_table_comes_in_whole_pages(struct kunit *test)
{
	u8 *table = kunit_kzalloc(test, SNP_CERTS_MAX + 1, GFP_KERNEL);
	u8 *to = kunit_kmalloc(test, SNP_CERTS_MAX, GFP_KERNEL);
	struct snp_cert_row *row = (void *)table;
	u32 nr;

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_NOT_NULL(test, to);
	nr = 0;
	KUNIT_EXPECT_EQ(test, psp_certs_copy(to, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 0);

	memset(table + 48, 0xc7, SNP_PAGE_SIZE);
	row->guid[0] = 1;
	row->offset = 48;
	row->length = SNP_PAGE_SIZE;
	/* What is behind the last certificate is not the guest's to see. */
	KUNIT_ASSERT_EQ(test, psp_certs_set(table, SNP_CERTS_MAX), 0);
	for (nr = 0; nr < 2;) {
		memset(to, 0x5a, SNP_CERTS_MAX);
		KUNIT_EXPECT_EQ(test, psp_certs_copy(to, &nr), -ENOSPC);
		KUNIT_ASSERT_EQ(test, nr, 2);
		KUNIT_EXPECT_EQ(test, to[0], 0x5a);
	}
	nr = 4;
	KUNIT_EXPECT_EQ(test, psp_certs_copy(to, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 2);
	KUNIT_EXPECT_MEMEQ(test, to, table, 48 + SNP_PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(to + 48 + SNP_PAGE_SIZE, 0,
					   SNP_PAGE_SIZE - 48));
	KUNIT_EXPECT_EQ(test, to[2 * SNP_PAGE_SIZE], 0x5a);

	/* What is no table leaves the old one. */
	KUNIT_EXPECT_EQ(test, psp_certs_set(table, SNP_CERTS_MAX + 1), -E2BIG);
	KUNIT_EXPECT_EQ(test, psp_certs_set(table, 24), -EINVAL);
	KUNIT_EXPECT_EQ(test, psp_certs_set(table + SNP_CERTS_MAX - 100, 100), -EINVAL);
	row->offset = 47;
	KUNIT_EXPECT_EQ(test, psp_certs_set(table, SNP_CERTS_MAX), -EINVAL);
	nr = 2;
	KUNIT_EXPECT_EQ(test, psp_certs_copy(to, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 2);
	KUNIT_ASSERT_EQ(test, psp_certs_set(NULL, 0), 0);
	nr = 2;
	KUNIT_EXPECT_EQ(test, psp_certs_copy(to, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 0);
}

static struct kunit_case guest_cases[] = {
	KUNIT_CASE(asids_of_snp_guests_are_those_below_the_first_of_plain_sev),
	KUNIT_CASE(asids_are_one_to_max),
	KUNIT_CASE(left_asid_needs_a_flush_and_a_stuck_one_never_comes_back),
	KUNIT_CASE_PARAM(launch_range_is_checked_before_anything_changes, range_gen_params),
	KUNIT_CASE(page_types_say_what_they_are),
	KUNIT_CASE(certificate_table_comes_in_whole_pages),
	{ }
};

static struct kunit_suite guest_suite = {
	.name = "psp_guest",
	.test_cases = guest_cases,
};

kunit_test_suite(guest_suite);

MODULE_DESCRIPTION("KUnit suite: ASIDs, launch ranges, certificate table");
MODULE_LICENSE("GPL");
