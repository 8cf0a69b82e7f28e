// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversion of pages against a processor and a hypervisor that refuse, stop
 * early, lie and swap pages (APM volume 2, 24593, chapter 15.36; GHCB
 * specification, 56421, page state change).
 *
 * The engine's sources are built into this test.  The stand-in of the platform
 * keeps the state of every page of a block of real memory, and fails the test
 * when a step comes in the wrong order.  Whatever a case does, a page that is
 * not marked is private and validated in the end.
 */
#include <arch-x86/pagestate/convert.c>
#include <arch-x86/pagestate/step.c>

/* The tracepoints of the sources under test. */
#define CREATE_TRACE_POINTS
#include <drivers/sev-guest/trace.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/module.h>

#define ORDER		10
#define NR_PAGES	BIT(ORDER)
#define NONE		NR_PAGES

enum state {
	VALID,
	INVALID,	/* private, not validated */
	SHARED,
};

/**
 * struct platform - what the pages are, and what the platform does wrong
 * @large: the RMP has 2 MiB entries
 * @refuse: page whose change the hypervisor refuses
 * @refuse_op: only to this state; 0: to both
 * @stop_every: the hypervisor stops a list after so many pages
 * @stuck: the hypervisor never does anything
 * @nmis: so many exits are spoilt
 * @no_ghcb: from this exit on there is none
 * @bad_header: the hypervisor answers a header that goes backwards
 * @swapped: page that the hypervisor replaces by a fresh one
 * @blessed: page that the hypervisor replaces by a validated one when it makes it private
 * @failing: page whose PVALIDATE fails
 * @vmpl: 0, or an SVSM executes PVALIDATE
 * @svsm_calls: lists that it was given
 * @svsm_gone: from this call on the hypervisor does not run it
 * @svsm_partly: the first of those calls still does so many entries
 * @svsm_confused: and its answer does not say how many
 */
struct platform {
	struct kunit *test;
	struct page *block;
	u8 state[NR_PAGES];
	bool large[2];
	unsigned int refuse, refuse_op, stop_every, nmis, no_ghcb, swapped, blessed, failing;
	bool stuck, bad_header;
	unsigned int exits;
	unsigned int vmpl, svsm_calls, svsm_gone, svsm_partly;
	bool svsm_confused;
};

static struct platform *platform;

static unsigned long first_pfn(void)
{
	return page_to_pfn(platform->block);
}

static unsigned int fake_pvalidate(const void *vaddr, bool size_2m, bool validate,
				   bool *unchanged)
{
	struct platform *p = platform;
	unsigned int at = virt_to_page(vaddr) - p->block, nr = size_2m ? 512 : 1, i;

	*unchanged = false;
	KUNIT_EXPECT_LE(p->test, at + nr, (unsigned int)NR_PAGES);
	if (size_2m && !p->large[at / 512])
		return SNP_PVALIDATE_FAIL_SIZEMISMATCH;
	if (!size_2m)
		p->large[at / 512] = false;
	if (p->failing >= at && p->failing < at + nr)
		return SNP_PVALIDATE_FAIL_INPUT;
	if (p->swapped >= at && p->swapped < at + nr && p->state[p->swapped] == VALID)
		p->state[p->swapped] = INVALID;
	for (i = at; i < at + nr; i++) {
		/* A nested page fault, for ever. */
		KUNIT_EXPECT_NE_MSG(p->test, (int)p->state[i], (int)SHARED, "page %u", i);
		*unchanged |= (p->state[i] == VALID) == validate;
	}
	for (i = at; i < at + nr && !*unchanged; i++)
		p->state[i] = validate ? VALID : INVALID;
	return 0;
}

unsigned int svsm_vmpl(void)
{
	return platform->vmpl;
}

/* As an SVSM: in order, up to the first that fails. */
unsigned int svsm_pvalidate(struct snp_svsm_pvalidate *list, unsigned int nr, int *rc,
			    unsigned int *unsure)
{
	struct platform *p = platform;
	unsigned int i, code, last = nr;
	bool unchanged;

	*unsure = 0;
	KUNIT_EXPECT_LE(p->test, nr, (unsigned int)SNP_SVSM_PVALIDATE_MAX);
	if (++p->svsm_calls >= p->svsm_gone)
		last = p->svsm_calls == p->svsm_gone ? min(nr, p->svsm_partly) : 0;
	for (i = 0; i < last; i++) {
		u64 e = list->entry[i];

		code = fake_pvalidate(__va(e & SNP_SVSM_PVALIDATE_PAGE),
				      e & SNP_SVSM_PVALIDATE_2M, e & SNP_SVSM_PVALIDATE_VALIDATE,
				      &unchanged);
		*rc = svsm_pvalidate_error(unchanged ? SNP_SVSM_PVALIDATE_NO_CHANGE :
					   code ? SNP_SVSM_PROTOCOL_BASE + code : 0);
		if (*rc)
			return i;
	}
	if (last == nr)
		return nr;
	*rc = -ENODATA;
	if (!p->svsm_confused)
		return last;
	*rc = -EIO;
	*unsure = nr;
	return 0;
}

/* One page or 2 MiB; false when the hypervisor refuses. */
static bool fake_change(struct platform *p, unsigned int at, unsigned int nr, unsigned int op)
{
	unsigned int i;

	if (p->refuse >= at && p->refuse < at + nr && (!p->refuse_op || p->refuse_op == op))
		return false;
	for (i = at; i < at + nr; i++) {
		if (op == SNP_PSC_OP_SHARED) {
			KUNIT_EXPECT_NE_MSG(p->test, (int)p->state[i], (int)VALID, "page %u", i);
			p->state[i] = SHARED;
		} else if (p->state[i] == SHARED) {
			p->state[i] = i == p->blessed ? VALID : INVALID;
		}
		if (op == SNP_PSC_OP_SHARED && nr == 1)
			p->large[i / 512] = false;
	}
	if (nr == 512 && op == SNP_PSC_OP_PRIVATE && p->refuse == NONE)
		p->large[at / 512] = true;
	return true;
}

int ghcb_call(struct ghcb_call *call)
{
	struct platform *p = platform;
	struct snp_psc_desc *d = call->buf;
	unsigned int done = 0;

	KUNIT_EXPECT_EQ(p->test, call->code, (u64)SNP_EXIT_PSC);
	KUNIT_EXPECT_LT(p->test, (unsigned int)d->end_entry, 253U);
	if (++p->exits >= p->no_ghcb)
		return -ENODEV;
	call->info2 = 0;
	if (p->bad_header) {
		d->cur_entry = 0;
		d->reserved = 1;
		return 0;
	}
	if (p->stuck)
		return 0;
	for (; d->cur_entry <= d->end_entry; d->cur_entry++) {
		u64 e = d->entry[d->cur_entry];
		unsigned int at = psc_entry_gfn(e) - first_pfn(), nr = psc_entry_pages(e);
		unsigned int op = FIELD_GET(SNP_PSC_ENTRY_OP, e);
		unsigned int page = FIELD_GET(SNP_PSC_ENTRY_CUR_PAGE, e);

		if (p->stop_every) {
			/* Page by page, and a stop inside an entry. */
			for (; page < nr; page++) {
				if (done++ == p->stop_every) {
					e &= ~SNP_PSC_ENTRY_CUR_PAGE;
					d->entry[d->cur_entry] = e | page;
					return 0;
				}
				fake_change(p, at + page, 1, op);
			}
		} else if (!fake_change(p, at, nr, op)) {
			call->info2 = SNP_PSC_GENERIC_ERROR;
			return 0;
		}
		d->entry[d->cur_entry] = (e & ~SNP_PSC_ENTRY_CUR_PAGE) | nr;
	}
	/* The exit that was spoilt may have been carried out. */
	if (p->nmis) {
		p->nmis--;
		return -EAGAIN;
	}
	return 0;
}

static int share(unsigned int at, unsigned int nr, unsigned int flags,
		 struct snp_guest_convert_stats *s)
{
	const struct snp_guest_range range = { first_pfn() + at, nr };

	return pagestate_to_shared(&range, 1, flags, s);
}

static int unshare(unsigned int at, unsigned int nr, struct snp_guest_convert_stats *s)
{
	const struct snp_guest_range range = { first_pfn() + at, nr };

	return pagestate_to_private(&range, 1, 0, s);
}

/* What is marked, what is lost, and that everything else is usable. */
static void check(unsigned int shared, unsigned int lost)
{
	struct kunit *test = platform->test;
	unsigned int i, nr_shared = 0, nr_lost = 0;

	for (i = 0; i < NR_PAGES; i++) {
		struct page *page = platform->block + i;

		if (!PageOffline(page)) {
			KUNIT_EXPECT_EQ_MSG(test, (int)platform->state[i], (int)VALID,
					    "page %u", i);
			KUNIT_EXPECT_EQ(test, page_private(page), 0UL);
		} else if (pagestate_is_lost(page)) {
			nr_lost++;
			KUNIT_EXPECT_GE_MSG(test, page_count(page), 2, "page %u", i);
			KUNIT_EXPECT_GE_MSG(test, page_count(page - 1), 2, "guard of %u", i);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, (int)platform->state[i], (int)SHARED,
					    "page %u", i);
			nr_shared++;
		}
	}
	KUNIT_EXPECT_EQ(test, nr_shared, shared);
	KUNIT_EXPECT_EQ(test, nr_lost, lost);
}

static void range_goes_there_and_back(struct kunit *test)
{
	static const unsigned int pieces[][2] = {
		{ 1, 1 }, { 1, 1023 }, { 512, 512 }, { 513, 511 }, { 511, 513 }, { 5, 600 },
	};
	struct snp_guest_convert_stats s;
	unsigned int i, large;

	for (i = 0; i < ARRAY_SIZE(pieces) * 2; i++) {
		const unsigned int *p = pieces[i / 2];

		large = i & 1;
		platform->large[0] = large;
		platform->large[1] = large;
		memset(page_address(platform->block), 0xaa, NR_PAGES * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, share(p[0], p[1], 0, &s), 0);
		check(p[1], 0);
		KUNIT_EXPECT_EQ(test, s.entries_2m * 512 + s.entries_4k, (u64)p[1]);
		KUNIT_EXPECT_EQ(test, unshare(p[0], p[1], &s), 0);
		check(0, 0);
		/* Zero inside, untouched outside. */
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(platform->block + p[0]), 0,
						   p[1] * PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(platform->block), 0xaa,
						   p[0] * PAGE_SIZE));
	}
}

static void large_pages_take_one_instruction_each(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->large[1] = true;
	KUNIT_EXPECT_EQ(test, share(512, 512, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, s.exits, 1ULL);
	KUNIT_EXPECT_EQ(test, s.entries_2m, 1ULL);
	KUNIT_EXPECT_EQ(test, s.pvalidates_2m, 1ULL);
	KUNIT_EXPECT_EQ(test, s.pvalidates_4k, 0ULL);
	KUNIT_EXPECT_EQ(test, unshare(512, 512, &s), 0);
	KUNIT_EXPECT_EQ(test, s.pvalidates_2m + s.pvalidates_4k, 1ULL);
}

static void size_mismatch_is_done_page_by_page(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(512, 512, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, s.size_mismatches, 1ULL);
	KUNIT_EXPECT_EQ(test, s.pvalidates_4k, 512ULL);
	KUNIT_EXPECT_EQ(test, s.entries_2m, 1ULL);
	check(512, 0);
}

static void only_4k_asks_for_4k(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->large[1] = true;
	KUNIT_EXPECT_EQ(test, share(512, 512, SNP_GUEST_CONVERT_4K, &s), 0);
	KUNIT_EXPECT_EQ(test, s.exits, 3ULL);
	KUNIT_EXPECT_EQ(test, s.entries_4k, 512ULL);
	KUNIT_EXPECT_EQ(test, s.pvalidates_2m, 0ULL);
}

static void list_that_is_stopped_is_resumed(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->stop_every = 100;
	KUNIT_EXPECT_EQ(test, share(500, 524, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, s.exits, 6ULL);
	KUNIT_EXPECT_EQ(test, s.resumed, 5ULL);
	check(524, 0);
	KUNIT_EXPECT_EQ(test, unshare(500, 524, &s), 0);
	check(0, 0);
}

static void exit_that_an_nmi_spoilt_is_repeated(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->nmis = PAGESTATE_IDLE_TRIES - 1;
	KUNIT_EXPECT_EQ(test, share(1, 300, 0, &s), 0);
	check(300, 0);
	platform->nmis = PAGESTATE_IDLE_TRIES - 1;
	KUNIT_EXPECT_EQ(test, unshare(1, 300, &s), 0);
	check(0, 0);
}

static void no_progress_has_an_end(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->stuck = true;
	KUNIT_EXPECT_EQ(test, share(1, 3, 0, &s), -EIO);
	/* The way back is stuck, too: 16 tries for the list, then for each page. */
	KUNIT_EXPECT_EQ(test, s.exits, 16ULL * 4);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 3ULL);
	check(0, 3);
}

static void refused_share_is_rolled_back(struct kunit *test)
{
	static const unsigned int at[] = { 1, 2, 253, 254, 400, 700 };
	struct snp_guest_convert_stats s;
	unsigned int i;

	platform->refuse_op = SNP_PSC_OP_SHARED;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		platform->refuse = at[i];
		KUNIT_EXPECT_EQ(test, share(1, 700, SNP_GUEST_CONVERT_4K, &s), -EIO);
		KUNIT_EXPECT_EQ(test, s.lost_pages, 0ULL);
		check(0, 0);
		platform->large[1] = true;
		KUNIT_EXPECT_EQ(test, share(1, 1023, 0, &s), -EIO);
		check(0, 0);
	}
}

/* One page cannot be taken back, and only that is lost. */
static void refused_page_is_lost_and_only_that(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 700, SNP_GUEST_CONVERT_4K, &s), 0);
	platform->refuse = 300;
	KUNIT_EXPECT_EQ(test, unshare(1, 500, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(200, 1);
	KUNIT_EXPECT_TRUE(test, pagestate_is_lost(platform->block + 300));
	/* The guard is usable, but not for others. */
	KUNIT_EXPECT_EQ(test, page_count(platform->block + 299), 2);
	KUNIT_EXPECT_FALSE(test, PageOffline(platform->block + 299));
	/* Never a second time. */
	KUNIT_EXPECT_EQ(test, unshare(300, 1, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, share(300, 1, 0, &s), -EINVAL);
}

/* Behind a lost page nothing can be shared any more, but what is goes back. */
static void page_behind_a_lost_one_goes_back(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 700, SNP_GUEST_CONVERT_4K, &s), 0);
	platform->refuse = 300;
	KUNIT_EXPECT_EQ(test, unshare(300, 1, &s), -EIO);
	KUNIT_EXPECT_EQ(test, unshare(301, 400, &s), 0);
	check(299, 1);
	KUNIT_EXPECT_EQ(test, share(301, 400, 0, &s), -EINVAL);
	check(299, 1);
}

static void refused_2m_page_is_lost_whole(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->large[1] = true;
	KUNIT_EXPECT_EQ(test, share(500, 524, 0, &s), 0);
	platform->refuse = 600;
	KUNIT_EXPECT_EQ(test, unshare(500, 524, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 512ULL);
	check(0, 512);
}

static void replaced_page_is_found_at_rescind(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->swapped = 400;
	KUNIT_EXPECT_EQ(test, share(1, 700, SNP_GUEST_CONVERT_4K, &s), -EXDEV);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(0, 1);
	KUNIT_EXPECT_TRUE(test, pagestate_is_lost(platform->block + 400));
}

static void replaced_page_is_found_inside_a_split_one(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	/* 4 KiB entries in the RMP: the 2 MiB entry of the list is done page by page. */
	platform->swapped = 700;
	KUNIT_EXPECT_EQ(test, share(500, 524, 0, &s), -EXDEV);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(0, 1);
	KUNIT_EXPECT_EQ(test, platform->exits, 1U);
}

/* A page that is validated already is not the one that was given away. */
static void double_validation_is_refused(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 100, 0, &s), 0);
	platform->blessed = 50;
	KUNIT_EXPECT_EQ(test, unshare(1, 100, &s), -EXDEV);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(0, 1);
	KUNIT_EXPECT_TRUE(test, pagestate_is_lost(platform->block + 50));
}

static void failing_instruction_loses_its_page(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->failing = 20;
	KUNIT_EXPECT_EQ(test, share(10, 100, 0, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(0, 1);
}

static void without_a_ghcb_nothing_is_shared(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->no_ghcb = 1;
	KUNIT_EXPECT_EQ(test, share(1, 3, 0, &s), -ENODEV);
	check(0, 3);
}

static void bad_header_ends_the_list(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 3, 0, &s), 0);
	platform->bad_header = true;
	KUNIT_EXPECT_EQ(test, unshare(1, 3, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.exits, 3ULL);
	check(0, 3);
}

static void wrong_pages_are_refused_and_untouched(struct kunit *test)
{
	unsigned long pfn = first_pfn();
	const struct snp_guest_range twice[] = { { pfn + 1, 4 }, { pfn + 4, 4 } };
	const struct snp_guest_range down[] = { { pfn + 8, 4 }, { pfn + 1, 4 } };
	const struct snp_guest_range wrap = { pfn + 1, ULONG_MAX - pfn };
	const struct snp_guest_range zero = { 0, 1 };
	struct page *compound = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
	struct snp_guest_range head;
	struct snp_guest_convert_stats s;

	KUNIT_ASSERT_NOT_NULL(test, compound);
	head = (struct snp_guest_range){ page_to_pfn(compound) + 1, 1 };
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(twice, 2, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(down, 2, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(&wrap, 1, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(&zero, 1, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(&head, 1, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, pagestate_to_shared(NULL, 0, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, share(1, 0, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, share(1, 1, BIT(1), &s), -EINVAL);
	/* Not shared, hence not to be validated again. */
	KUNIT_EXPECT_EQ(test, unshare(1, 1, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, share(1, 4, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, share(1, 4, 0, &s), -EINVAL);
	KUNIT_EXPECT_EQ(test, unshare(1, 5, &s), -EINVAL);
	check(4, 0);
	KUNIT_EXPECT_EQ(test, platform->exits, 1U);
	__free_pages(compound, 1);
}

static int pagestate_test_init(struct kunit *test)
{
	struct platform *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->test = test;
	p->refuse = NONE;
	p->swapped = NONE;
	p->blessed = NONE;
	p->failing = NONE;
	p->no_ghcb = UINT_MAX;
	p->svsm_gone = UINT_MAX;
	p->block = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	KUNIT_ASSERT_NOT_NULL(test, p->block);
	split_page(p->block, ORDER);
	platform = p;
	test->priv = p;
	kunit_activate_static_stub(test, insn_pvalidate, fake_pvalidate);
	return 0;
}

/* Nothing is lost for this machine. */
static void pagestate_test_exit(struct kunit *test)
{
	struct platform *p = test->priv;
	unsigned int i;

	if (!p)
		return;
	for (i = 0; i < NR_PAGES; i++) {
		struct page *page = p->block + i;

		set_page_private(page, 0);
		if (PageOffline(page))
			__ClearPageOffline(page);
		while (page_count(page) > 1)
			put_page(page);
		__free_page(page);
	}
}

static struct kunit_case pagestate_cases[] = {
	KUNIT_CASE(range_goes_there_and_back),
	KUNIT_CASE(large_pages_take_one_instruction_each),
	KUNIT_CASE(size_mismatch_is_done_page_by_page),
	KUNIT_CASE(only_4k_asks_for_4k),
	KUNIT_CASE(list_that_is_stopped_is_resumed),
	KUNIT_CASE(exit_that_an_nmi_spoilt_is_repeated),
	KUNIT_CASE(no_progress_has_an_end),
	KUNIT_CASE(refused_share_is_rolled_back),
	KUNIT_CASE(refused_page_is_lost_and_only_that),
	KUNIT_CASE(page_behind_a_lost_one_goes_back),
	KUNIT_CASE(refused_2m_page_is_lost_whole),
	KUNIT_CASE(replaced_page_is_found_at_rescind),
	KUNIT_CASE(replaced_page_is_found_inside_a_split_one),
	KUNIT_CASE(double_validation_is_refused),
	KUNIT_CASE(failing_instruction_loses_its_page),
	KUNIT_CASE(without_a_ghcb_nothing_is_shared),
	KUNIT_CASE(bad_header_ends_the_list),
	KUNIT_CASE(wrong_pages_are_refused_and_untouched),
	{}
};

static struct kunit_suite pagestate_suite = {
	.name = "pagestate",
	.init = pagestate_test_init,
	.exit = pagestate_test_exit,
	.test_cases = pagestate_cases,
};

static int pagestate_svsm_init(struct kunit *test)
{
	int rc = pagestate_test_init(test);

	platform->vmpl = 2;
	return rc;
}

static void svsm_gets_many_pages_at_once(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 600, SNP_GUEST_CONVERT_4K, &s), 0);
	/* As many calls as there are lists of 253 entries. */
	KUNIT_EXPECT_EQ(test, platform->svsm_calls, 3U);
	KUNIT_EXPECT_EQ(test, s.pvalidates_4k, 600ULL);
	KUNIT_EXPECT_EQ(test, unshare(1, 600, &s), 0);
	KUNIT_EXPECT_EQ(test, platform->svsm_calls, 6U);
	check(0, 0);
	/* A 2 MiB entry that is none: one call, then 512 pages in two. */
	KUNIT_EXPECT_EQ(test, share(512, 512, 0, &s), 0);
	KUNIT_EXPECT_EQ(test, platform->svsm_calls, 9U);
	check(512, 0);
}

/* Nobody knows what a rescinded page would hold. */
static void svsm_that_never_runs_costs_the_pages(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	KUNIT_EXPECT_EQ(test, share(1, 3, 0, &s), 0);
	platform->svsm_gone = platform->svsm_calls + 1;
	KUNIT_EXPECT_EQ(test, unshare(1, 3, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 3ULL);
	check(0, 3);
}

static void svsm_that_stops_running_ends_a_share(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->svsm_gone = 1;
	KUNIT_EXPECT_EQ(test, share(1, 100, 0, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 1ULL);
	check(0, 1);
}

/* What it has done by then is rescinded, and nobody can validate it again. */
static void svsm_that_is_gone_half_way_costs_what_it_has_done(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->svsm_gone = 1;
	platform->svsm_partly = 40;
	KUNIT_EXPECT_EQ(test, share(1, 100, 0, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 41ULL);
	check(0, 41);
}

static void svsm_that_does_not_say_what_it_has_done_costs_the_list(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	platform->svsm_gone = 1;
	platform->svsm_partly = 40;
	platform->svsm_confused = true;
	KUNIT_EXPECT_EQ(test, share(1, 100, 0, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 100ULL);
	check(0, 100);
}

static void svsm_that_is_gone_inside_a_split_page_costs_what_it_has_done(struct kunit *test)
{
	struct snp_guest_convert_stats s;

	/* The first call finds out that the page is split. */
	platform->svsm_gone = 2;
	platform->svsm_partly = 40;
	KUNIT_EXPECT_EQ(test, share(512, 512, 0, &s), -EIO);
	KUNIT_EXPECT_EQ(test, s.lost_pages, 41ULL);
	check(0, 41);
}

static struct kunit_case pagestate_svsm_cases[] = {
	KUNIT_CASE(range_goes_there_and_back),
	KUNIT_CASE(large_pages_take_one_instruction_each),
	KUNIT_CASE(size_mismatch_is_done_page_by_page),
	KUNIT_CASE(only_4k_asks_for_4k),
	KUNIT_CASE(list_that_is_stopped_is_resumed),
	KUNIT_CASE(exit_that_an_nmi_spoilt_is_repeated),
	KUNIT_CASE(no_progress_has_an_end),
	KUNIT_CASE(refused_share_is_rolled_back),
	KUNIT_CASE(refused_page_is_lost_and_only_that),
	KUNIT_CASE(refused_2m_page_is_lost_whole),
	KUNIT_CASE(replaced_page_is_found_at_rescind),
	KUNIT_CASE(replaced_page_is_found_inside_a_split_one),
	KUNIT_CASE(double_validation_is_refused),
	KUNIT_CASE(failing_instruction_loses_its_page),
	KUNIT_CASE(without_a_ghcb_nothing_is_shared),
	KUNIT_CASE(bad_header_ends_the_list),
	KUNIT_CASE(wrong_pages_are_refused_and_untouched),
	KUNIT_CASE(svsm_gets_many_pages_at_once),
	KUNIT_CASE(svsm_that_never_runs_costs_the_pages),
	KUNIT_CASE(svsm_that_stops_running_ends_a_share),
	KUNIT_CASE(svsm_that_is_gone_half_way_costs_what_it_has_done),
	KUNIT_CASE(svsm_that_does_not_say_what_it_has_done_costs_the_list),
	KUNIT_CASE(svsm_that_is_gone_inside_a_split_page_costs_what_it_has_done),
	{}
};

/* The same below VMPL0, where an SVSM executes PVALIDATE. */
static struct kunit_suite pagestate_svsm_suite = {
	.name = "pagestate-svsm",
	.init = pagestate_svsm_init,
	.exit = pagestate_test_exit,
	.test_cases = pagestate_svsm_cases,
};

kunit_test_suites(&pagestate_suite, &pagestate_svsm_suite);

MODULE_DESCRIPTION("KUnit: conversion of pages between private and shared");
MODULE_LICENSE("GPL");
