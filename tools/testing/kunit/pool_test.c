// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pool of shared pages: who gets what, and what comes back.  The pool's source
 * is built into this test with a stand-in for blocks of shared pages.
 */
#include <arch-x86/pagestate/pool.c>

#include <kunit/test.h>
#include <linux/module.h>

static unsigned int nr_blocks, fail_at;

int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages)
{
	if (++nr_blocks == fail_at) {
		nr_blocks--;
		return -EIO;
	}
	shared->map = kvzalloc(nr_pages * PAGE_SIZE, GFP_KERNEL);
	shared->nr_pages = nr_pages;
	shared->gpa = 0x100000000ULL * nr_blocks;
	return shared->map ? 0 : -ENOMEM;
}

int pagestate_unshare(struct pagestate_shared *shared)
{
	nr_blocks--;
	kvfree(shared->map);
	return 0;
}

static struct snp_guest_pool *new_pool(struct kunit *test, unsigned int nr_pages)
{
	struct snp_guest_pool *pool = pool_create(nr_pages);

	KUNIT_ASSERT_FALSE(test, IS_ERR(pool));
	return pool;
}

static void buffers_do_not_overlap_and_are_zero(struct kunit *test)
{
	struct snp_guest_pool *pool = new_pool(test, 100);
	struct snp_guest_pool_stats s;
	struct snp_guest_buffer b[25];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(b); i++) {
		KUNIT_ASSERT_EQ(test, pool_get(pool, 4, &b[i]), 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(b[i].vaddr, 0, 4 * PAGE_SIZE));
		memset(b[i].vaddr, 0xaa, 4 * PAGE_SIZE);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_TRUE(test, b[j].gpa + 4 * PAGE_SIZE <= b[i].gpa ||
					  b[i].gpa + 4 * PAGE_SIZE <= b[j].gpa);
	}
	KUNIT_EXPECT_EQ(test, pool_get(pool, 1, &b[0]), -ENOSPC);
	KUNIT_EXPECT_NULL(test, b[0].vaddr);
	pool_stats(pool, &s);
	KUNIT_EXPECT_EQ(test, s.nr_pages, 100U);
	KUNIT_EXPECT_EQ(test, s.used_pages, 100U);
	KUNIT_EXPECT_EQ(test, s.gets, 25ULL);
	KUNIT_EXPECT_EQ(test, s.failures, 1ULL);
	/* b[0] has been overwritten: its pages stay in use. */
	for (i = 1; i < ARRAY_SIZE(b); i++)
		pool_put(pool, &b[i]);
	KUNIT_EXPECT_EQ(test, pool_destroy(pool), -EBUSY);
	KUNIT_ASSERT_EQ(test, pool_get(pool, 30, &b[1]), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(b[1].vaddr, 0, 30 * PAGE_SIZE));
	pool_put(pool, &b[1]);
	b[0] = (struct snp_guest_buffer){ .gpa = 0x100000000ULL, .nr_pages = 4 };
	pool_put(pool, &b[0]);
	KUNIT_EXPECT_EQ(test, pool_destroy(pool), 0);
	KUNIT_EXPECT_EQ(test, nr_blocks, 0U);
}

static void pool_grows_and_remembers_its_peak(struct kunit *test)
{
	struct snp_guest_pool *pool = new_pool(test, 1);
	struct snp_guest_pool_stats s;
	struct snp_guest_buffer a, b;

	KUNIT_EXPECT_EQ(test, pool_get(pool, 2, &a), -ENOSPC);
	KUNIT_EXPECT_EQ(test, pool_grow(pool, 64), 0);
	KUNIT_ASSERT_EQ(test, pool_get(pool, 64, &a), 0);
	KUNIT_ASSERT_EQ(test, pool_get(pool, 1, &b), 0);
	pool_put(pool, &a);
	pool_put(pool, &b);
	pool_stats(pool, &s);
	KUNIT_EXPECT_EQ(test, s.nr_pages, 65U);
	KUNIT_EXPECT_EQ(test, s.used_pages, 0U);
	KUNIT_EXPECT_EQ(test, s.peak_pages, 65U);
	KUNIT_EXPECT_EQ(test, pool_destroy(pool), 0);
}

static void bad_lengths_are_refused(struct kunit *test)
{
	struct snp_guest_pool *pool = new_pool(test, 64);
	struct snp_guest_buffer b;

	KUNIT_EXPECT_EQ(test, pool_get(pool, 0, &b), -EINVAL);
	KUNIT_EXPECT_EQ(test, pool_get(pool, 65, &b), -EINVAL);
	KUNIT_EXPECT_EQ(test, pool_get(pool, UINT_MAX, &b), -EINVAL);
	KUNIT_EXPECT_EQ(test, pool_grow(pool, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(pool_create(0)), (long)-EINVAL);
	/* All zero: nothing to give back. */
	pool_put(pool, &b);
	KUNIT_EXPECT_EQ(test, pool_destroy(pool), 0);
}

static void failing_conversion_leaves_nothing(struct kunit *test)
{
	fail_at = 2;
	KUNIT_EXPECT_EQ(test, PTR_ERR(pool_create(65)), (long)-EIO);
	fail_at = 0;
	KUNIT_EXPECT_EQ(test, nr_blocks, 0U);
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(buffers_do_not_overlap_and_are_zero),
	KUNIT_CASE(pool_grows_and_remembers_its_peak),
	KUNIT_CASE(bad_lengths_are_refused),
	KUNIT_CASE(failing_conversion_leaves_nothing),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "pool",
	.test_cases = pool_cases,
};

kunit_test_suite(pool_suite);

MODULE_DESCRIPTION("KUnit: pool of shared pages");
MODULE_LICENSE("GPL");
