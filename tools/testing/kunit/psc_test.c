// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page state change lists (GHCB specification, 56421): what goes into one, and
 * what a hypervisor may make of it.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <arch-x86/pagestate/psc.h>

static struct snp_psc_desc *new_list(struct kunit *test)
{
	struct snp_psc_desc *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	return list;
}

static struct psc_cursor walk(const struct snp_guest_range *ranges, unsigned int nr_ranges)
{
	return (struct psc_cursor){ .ranges = ranges, .nr_ranges = nr_ranges };
}

static void list_names_every_page_once(struct kunit *test)
{
	static const struct snp_guest_range range = { 0x12345, 3 };
	struct snp_psc_desc *list = new_list(test);
	struct psc_cursor c = walk(&range, 1);

	KUNIT_EXPECT_EQ(test, psc_fill(list, &c, SNP_PSC_OP_SHARED, 253), 3U);
	KUNIT_EXPECT_EQ(test, list->cur_entry, 0);
	KUNIT_EXPECT_EQ(test, list->end_entry, 2);
	KUNIT_EXPECT_EQ(test, list->reserved, 0U);
	KUNIT_EXPECT_EQ(test, list->entry[0], 0x0020000012345000ULL);
	KUNIT_EXPECT_EQ(test, list->entry[2], 0x0020000012347000ULL);
	KUNIT_EXPECT_EQ(test, list->entry[3], 0ULL);
	KUNIT_EXPECT_EQ(test, psc_fill(list, &c, SNP_PSC_OP_SHARED, 253), 0U);
}

static void list_holds_253_entries(struct kunit *test)
{
	static const struct snp_guest_range range = { 1, 300 };
	struct snp_psc_desc *list = new_list(test);
	struct psc_cursor c = walk(&range, 1);

	KUNIT_EXPECT_EQ(test, psc_fill(list, &c, SNP_PSC_OP_PRIVATE, U64_MAX), 253U);
	KUNIT_EXPECT_EQ(test, list->end_entry, 252);
	KUNIT_EXPECT_EQ(test, list->entry[252], 0x00100000000fd000ULL);
	/* The next one goes on where it ended. */
	KUNIT_EXPECT_EQ(test, psc_fill(list, &c, SNP_PSC_OP_PRIVATE, 5), 5U);
	KUNIT_EXPECT_EQ(test, list->entry[0], 0x00100000000fe000ULL);
	KUNIT_EXPECT_EQ(test, list->entry[5], 0ULL);
	KUNIT_EXPECT_EQ(test, psc_fill(list, &c, SNP_PSC_OP_PRIVATE, U64_MAX), 42U);
}

/* Entries of a walk, by size. */
struct shape {
	struct snp_guest_range ranges[3];
	unsigned int nr_ranges;
	bool only_4k;
	u64 nr_4k, nr_2m, lists;
};

static const struct shape shapes[] = {
	{ { { 0x200, 512 } }, 1, false, 0, 1, 1 },
	{ { { 0x200, 511 } }, 1, false, 511, 0, 3 },
	{ { { 0x201, 512 } }, 1, false, 512, 0, 3 },
	{ { { 0x1ff, 514 } }, 1, false, 2, 1, 1 },
	{ { { 0x200, 512 } }, 1, true, 512, 0, 3 },
	/* Ranges do not merge, lists go across them. */
	{ { { 0x200, 256 }, { 0x300, 256 } }, 2, false, 512, 0, 3 },
	{ { { 0x200, 512 }, { 0x501, 1 }, { 0x600, 1024 } }, 3, false, 1, 3, 1 },
	/* 1 GiB: 2 MiB pages, 4 KiB pages. */
	{ { { 0x40000, 0x40000 } }, 1, false, 0, 512, 3 },
	{ { { 0x40000, 0x40000 } }, 1, true, 262144, 0, 1037 },
	/* Above 4 GiB, at the end of 52-bit addresses. */
	{ { { 0xfffffffe00, 512 } }, 1, false, 0, 1, 1 },
};

static void walk_takes_2m_wherever_one_fits(struct kunit *test)
{
	struct snp_psc_desc *list = new_list(test);
	unsigned int s, i, nr;

	for (s = 0; s < ARRAY_SIZE(shapes); s++) {
		struct psc_cursor c = walk(shapes[s].ranges, shapes[s].nr_ranges);
		u64 nr_4k = 0, nr_2m = 0, lists = 0, at = 0, pages = 0;

		c.only_4k = shapes[s].only_4k;
		while ((nr = psc_fill(list, &c, SNP_PSC_OP_SHARED, U64_MAX))) {
			lists++;
			for (i = 0; i < nr; i++) {
				u64 e = list->entry[i];

				KUNIT_ASSERT_GE(test, psc_entry_gfn(e), at);
				at = psc_entry_gfn(e) + psc_entry_pages(e);
				pages += psc_entry_pages(e);
				nr_2m += !!(e & SNP_PSC_ENTRY_2M);
				nr_4k += !(e & SNP_PSC_ENTRY_2M);
				if (e & SNP_PSC_ENTRY_2M)
					KUNIT_EXPECT_EQ(test, psc_entry_gfn(e) % 512, 0ULL);
			}
		}
		for (i = 0; i < shapes[s].nr_ranges; i++)
			pages -= shapes[s].ranges[i].nr_pages;
		KUNIT_EXPECT_EQ_MSG(test, pages, 0ULL, "shape %u", s);
		KUNIT_EXPECT_EQ_MSG(test, nr_4k, shapes[s].nr_4k, "shape %u", s);
		KUNIT_EXPECT_EQ_MSG(test, nr_2m, shapes[s].nr_2m, "shape %u", s);
		KUNIT_EXPECT_EQ_MSG(test, lists, shapes[s].lists, "shape %u", s);
	}
}

static void fill(struct snp_psc_desc *list, unsigned long pfn, unsigned long nr_pages)
{
	const struct snp_guest_range range = { pfn, nr_pages };
	struct psc_cursor c = walk(&range, 1);

	psc_fill(list, &c, SNP_PSC_OP_SHARED, U64_MAX);
}

static void answer_to_a_list_is_judged(struct kunit *test)
{
	struct snp_psc_desc *sent = new_list(test), *got = new_list(test);

	fill(sent, 1, 10);
	sent->cur_entry = 4;

	*got = *sent;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_MORE);
	got->cur_entry = 9;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_MORE);
	got->cur_entry = 10;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_DONE);

	/* Backwards, past what was sent, reserved bits. */
	got->cur_entry = 3;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_VIOLATION);
	*got = *sent;
	got->end_entry = 10;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_VIOLATION);
	*got = *sent;
	got->reserved = 1;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_VIOLATION);

	/* An error outweighs whatever the header says. */
	*got = *sent;
	got->cur_entry = 10;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, SNP_PSC_INVALID_ENTRY), PSC_REFUSED);
}

static void shortened_list_is_not_done(struct kunit *test)
{
	struct snp_psc_desc *sent = new_list(test), *got = new_list(test);

	fill(sent, 1, 10);
	*got = *sent;
	got->end_entry = 4;
	got->cur_entry = 5;
	KUNIT_EXPECT_EQ(test, psc_check(sent, got, 0), PSC_MORE);
}

static void stopped_list_goes_on_where_it_stopped(struct kunit *test)
{
	struct snp_psc_desc *sent = new_list(test), *got = new_list(test);

	fill(sent, 0x200, 3 * 512);
	*got = *sent;
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->cur_entry = 1;
	KUNIT_EXPECT_TRUE(test, psc_resume(sent, got));
	KUNIT_EXPECT_EQ(test, sent->cur_entry, 1);
	KUNIT_EXPECT_EQ(test, sent->entry[1], 0x0120000000400000ULL);
	/* Inside a 2 MiB entry. */
	got->entry[1] |= 100;
	KUNIT_EXPECT_TRUE(test, psc_resume(sent, got));
	KUNIT_EXPECT_EQ(test, sent->entry[1], 0x0120000000400064ULL);
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
}

static void only_progress_is_taken_over(struct kunit *test)
{
	struct snp_psc_desc *sent = new_list(test), *got = new_list(test), *want = new_list(test);

	fill(sent, 0x200, 3 * 512);
	sent->cur_entry = 1;
	sent->entry[1] |= 100;
	*want = *sent;

	*got = *sent;
	got->cur_entry = 0;			/* back */
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->cur_entry = 3;			/* behind the end */
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->cur_entry = 2;
	got->reserved = 1;
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	*got = *sent;
	got->entry[1] -= 1;			/* back inside the entry */
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->entry[1] = (sent->entry[1] & ~0xfffULL) | 513;
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->entry[1] = (sent->entry[1] ^ BIT_ULL(21)) | 0xff;	/* another page */
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	got->entry[2] = ~0ULL;			/* not its turn */
	KUNIT_EXPECT_FALSE(test, psc_resume(sent, got));
	KUNIT_EXPECT_MEMEQ(test, sent, want, sizeof(*sent));
}

static struct kunit_case psc_cases[] = {
	KUNIT_CASE(list_names_every_page_once),
	KUNIT_CASE(list_holds_253_entries),
	KUNIT_CASE(walk_takes_2m_wherever_one_fits),
	KUNIT_CASE(answer_to_a_list_is_judged),
	KUNIT_CASE(shortened_list_is_not_done),
	KUNIT_CASE(stopped_list_goes_on_where_it_stopped),
	KUNIT_CASE(only_progress_is_taken_over),
	{}
};

static struct kunit_suite psc_suite = {
	.name = "psc",
	.test_cases = psc_cases,
};

kunit_test_suite(psc_suite);

MODULE_DESCRIPTION("KUnit: page state change lists");
MODULE_LICENSE("GPL");
