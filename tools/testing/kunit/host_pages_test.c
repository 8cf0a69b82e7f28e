// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: pages of the firmware (drivers/psp/fwpages.c) and of guests
 * (gctx_pages.c), and the quarantine (quarantine.c), on an RMP that keeps the
 * processor's rules and with a firmware that knows SNP_PAGE_RECLAIM.  Every
 * page has to be accounted for, whatever goes wrong.
 */
#include <linux/module.h>

#include "../../../arch-x86/rmp/table.c"
#undef pr_fmt
#include "../../../arch-x86/rmp/update.c"
#undef CREATE_TRACE_POINTS
#undef pr_fmt
#include "../../../arch-x86/rmp/range.c"
#undef pr_fmt
#include "../../../drivers/psp/quarantine.c"
#undef CREATE_TRACE_POINTS
#undef pr_fmt
#include "../../../drivers/psp/fwpages.c"
#include "../../../drivers/psp/gctx_pages.c"

#include "rmp_machine.h"

#define FRAMES		BIT(18)		/* memory of the test machine is below 1 GiB */
#define ASID		5

/* The firmware: what it is asked, and what it is told to answer. */
static struct {
	unsigned int nr_cmds;
	unsigned int fail_at;	/* this command fails, counted from 1; 0: none */
	int err;
	u32 status;
} firmware;

int psp_cmd(struct psp *psp, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status)
{
	const struct snp_fw_addr *addr = buf;
	u64 pfn = (addr->paddr & SNP_RECLAIM_PADDR) >> SNP_PAGE_SHIFT;
	bool size_2m = addr->paddr & SNP_RECLAIM_2M;
	struct rmp_entry e = entry_of(pfn);

	*status = 0;
	if (++firmware.nr_cmds == firmware.fail_at) {
		*status = firmware.status;
		if (firmware.err == -ETIMEDOUT)
			psp->death.dead = true;
		return firmware.err;
	}
	if (cmd != SNP_FW_SNP_PAGE_RECLAIM || len != sizeof(*addr) || !e.assigned ||
	    !e.immutable || e.vmsa || inside_2m(pfn)) {
		*status = SNP_FW_INVALID_PAGE_STATE;
		return -EIO;
	}
	if (e.size_2m != size_2m) {
		*status = SNP_FW_INVALID_PAGE_SIZE;
		return -EIO;
	}
	e.immutable = false;
	set_entry(pfn, &e);
	return 0;
}

struct world {
	struct psp psp;
	struct pci_dev pdev;
	struct psp_guests guests;
	struct snp_guest guest;
	struct machine *m;
	struct page *block;	/* memory of the guest */
	u64 pfn;
	unsigned long lost;	/* before the test */
};

static struct world *world_new(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->m = machine_new(test, FRAMES);
	w->pdev.dev.init_name = "asp";
	w->psp.pdev = &w->pdev;
	mutex_init(&w->psp.lock);
	INIT_LIST_HEAD(&w->psp.units);
	w->psp.snp_up = true;
	w->psp.rmp = w->m->t;
	w->psp.guests = &w->guests;
	xa_init(&w->guests.blocks);
	mutex_init(&w->guest.lock);
	xa_init(&w->guest.regions);
	w->guest.psp = &w->psp;
	w->guest.asid = ASID;
	memset(&firmware, 0, sizeof(firmware));
	w->lost = psp_nr_quarantined();
	w->block = alloc_pages(GFP_KERNEL | __GFP_COMP, 9);
	KUNIT_ASSERT_NOT_NULL(test, w->block);
	w->pfn = page_to_pfn(w->block);
	KUNIT_ASSERT_LT(test, w->pfn, FRAMES);
	return w;
}

/* What the owner does in the end; what is lost must not reach the allocator by it. */
static void world_end(struct kunit *test, struct world *w, unsigned int lost)
{
	struct rmp_entry e;
	unsigned int i, assigned = 0;

	KUNIT_EXPECT_EQ(test, psp_nr_quarantined() - w->lost, lost);
	for (i = 0; i < 512; i++) {
		KUNIT_ASSERT_EQ(test, rmp_lookup(&w->m->t, w->pfn + i, &e), 0);
		assigned += e.assigned;
	}
	if (!lost) {
		KUNIT_EXPECT_EQ(test, assigned, 0);
		KUNIT_EXPECT_EQ(test, page_count(w->block), 1);
		KUNIT_EXPECT_TRUE(test, xa_empty(&w->guests.blocks));
	}
	KUNIT_EXPECT_TRUE(test, xa_empty(&w->guest.regions));
	__free_pages(w->block, 9);
	if (assigned)
		KUNIT_EXPECT_GT(test, page_count(w->block), 0);
	xa_destroy(&w->guests.blocks);
}

static void fw_lock(struct world *w)
{
	mutex_lock(&w->psp.lock);
}

static void fw_unlock(struct world *w)
{
	psp_fwpages_exit(&w->psp);
	mutex_unlock(&w->psp.lock);
}

static void firmware_page_goes_and_comes_back(struct kunit *test)
{
	struct world *w = world_new(test);
	struct psp_fwpage *p;
	u64 pfn;

	fw_lock(w);
	p = psp_fwpage_alloc(&w->psp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	pfn = page_pfn(p);
	KUNIT_EXPECT_EQ(test, state_of(pfn), SNP_STATE_FIRMWARE);
	KUNIT_EXPECT_EQ(test, psp_fwpage_reclaim(&w->psp, p), 0);
	KUNIT_EXPECT_EQ(test, state_of(pfn), SNP_STATE_HYPERVISOR);
	psp_fwpage_free(&w->psp, p);
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 1);
	fw_unlock(w);
	world_end(test, w, 0);
}

static void page_that_is_read_stays_the_hosts(struct kunit *test)
{
	struct world *w = world_new(test);
	struct psp_fwpage *p;

	fw_lock(w);
	p = psp_fwpage_alloc_read(&w->psp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	KUNIT_EXPECT_EQ(test, state_of(page_pfn(p)), SNP_STATE_HYPERVISOR);
	KUNIT_EXPECT_EQ(test, psp_fwpage_give(&w->psp, p), 0);
	KUNIT_EXPECT_EQ(test, state_of(page_pfn(p)), SNP_STATE_FIRMWARE);
	psp_fwpage_free(&w->psp, p);
	fw_unlock(w);
	world_end(test, w, 0);
}

static void page_that_no_rmpupdate_takes_is_freed(struct kunit *test)
{
	struct world *w = world_new(test);

	fw_lock(w);
	w->m->fail_at = 1;
	w->m->fail_code = SNP_RMPUPDATE_FAIL_PERMISSION;
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_fwpage_alloc(&w->psp)), -EFAULT);
	fw_unlock(w);
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 0);
	world_end(test, w, 0);
}

static int expect_pfn(void *arg, u64 pfn, const char *why)
{
	u64 *want = arg;

	if (pfn == *want)
		*want = 0;
	return 0;
}

static void reclaim_failure_quarantines_page(struct kunit *test)
{
	struct world *w = world_new(test);
	struct psp_fwpage *p;
	u64 pfn;

	fw_lock(w);
	p = psp_fwpage_alloc(&w->psp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	pfn = page_pfn(p);
	firmware.fail_at = 1;
	firmware.err = -EIO;
	firmware.status = SNP_FW_HWERROR_PLATFORM;
	KUNIT_EXPECT_EQ(test, psp_fwpage_reclaim(&w->psp, p), -EFAULT);
	/* Once is enough: not asked again, not counted again. */
	psp_fwpage_free(&w->psp, p);
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 1);
	fw_unlock(w);
	KUNIT_EXPECT_EQ(test, psp_quarantine_walk(expect_pfn, &pfn), 0);
	KUNIT_EXPECT_EQ(test, pfn, 0);
	world_end(test, w, 1);
}

static void rmpupdate_failure_after_reclaim_quarantines_page(struct kunit *test)
{
	struct world *w = world_new(test);
	struct psp_fwpage *p;

	fw_lock(w);
	p = psp_fwpage_alloc(&w->psp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(p));
	w->m->fail_at = 2;
	w->m->fail_code = SNP_RMPUPDATE_FAIL_INPUT;
	psp_fwpage_free(&w->psp, p);
	fw_unlock(w);
	world_end(test, w, 1);
}

static void silent_firmware_may_use_every_page(struct kunit *test)
{
	struct world *w = world_new(test);
	struct psp_fwpage *read, *written;

	fw_lock(w);
	read = psp_fwpage_alloc_read(&w->psp);
	written = psp_fwpage_alloc(&w->psp);
	KUNIT_ASSERT_FALSE(test, IS_ERR(read) || IS_ERR(written));
	w->psp.death.dead = true;
	psp_fwpage_free(&w->psp, read);
	psp_fwpage_free(&w->psp, written);
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_fwpage_alloc(&w->psp)), -EBUSY);
	KUNIT_EXPECT_EQ(test, PTR_ERR(psp_fwpage_alloc_read(&w->psp)), -EBUSY);
	fw_unlock(w);
	world_end(test, w, 2);
}

static struct kunit_case fwpage_cases[] = {
	KUNIT_CASE(firmware_page_goes_and_comes_back),
	KUNIT_CASE(page_that_is_read_stays_the_hosts),
	KUNIT_CASE(page_that_no_rmpupdate_takes_is_freed),
	KUNIT_CASE(reclaim_failure_quarantines_page),
	KUNIT_CASE(rmpupdate_failure_after_reclaim_quarantines_page),
	KUNIT_CASE(silent_firmware_may_use_every_page),
	{ }
};

static struct kunit_suite fwpage_suite = {
	.name = "psp_fwpages",
	.test_cases = fwpage_cases,
};

static void page_of_a_block_with_private_frames_has_a_reference(struct kunit *test)
{
	struct world *w = world_new(test);
	struct snp_guest *g = &w->guest;

	KUNIT_ASSERT_EQ(test, gctx_pages_give(g, w->pfn, 0x200000, 512, false), 0);
	KUNIT_EXPECT_EQ(test, page_count(w->block), 2);
	KUNIT_EXPECT_EQ(test, g->nr_private, 512);
	KUNIT_EXPECT_TRUE(test, gctx_pages_held(g, w->pfn, 512));
	KUNIT_EXPECT_FALSE(test, gctx_pages_held(g, w->pfn, 513));
	KUNIT_EXPECT_FALSE(test, gctx_pages_held(g, w->pfn, 0));
	KUNIT_EXPECT_FALSE(test, gctx_pages_held(g, w->pfn, U64_MAX));
	KUNIT_EXPECT_EQ(test, w->m->nr_updates, 1);
	KUNIT_EXPECT_EQ(test, gctx_pages_take(g, w->pfn + 5, 2), 0);
	KUNIT_EXPECT_EQ(test, page_count(w->block), 2);
	KUNIT_EXPECT_EQ(test, w->m->nr_psmash, 1);
	KUNIT_EXPECT_TRUE(test, gctx_pages_end(g));
	KUNIT_EXPECT_EQ(test, g->nr_private, 0);
	world_end(test, w, 0);
}

static unsigned int pages_counting(struct page *block, int count)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 512; i++)
		nr += page_count(block + i) == count;
	return nr;
}

/* A block of single pages: none of them gets free while one is private, or lost. */
static void neighbours_of_a_private_frame_are_kept_too(struct kunit *test)
{
	struct world *w = world_new(test);
	struct page *block = alloc_pages(GFP_KERNEL, 9);
	u64 pfn;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, 9);
	pfn = page_to_pfn(block);
	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, pfn + 7, 0x7000, 2, false), 0);
	KUNIT_EXPECT_EQ(test, pages_counting(block, 2), 512);
	KUNIT_EXPECT_EQ(test, gctx_pages_take(&w->guest, pfn + 7, 1), 0);
	KUNIT_EXPECT_EQ(test, pages_counting(block, 2), 512);
	KUNIT_EXPECT_EQ(test, gctx_pages_take(&w->guest, pfn + 8, 1), 0);
	KUNIT_EXPECT_EQ(test, pages_counting(block, 1), 512);

	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, pfn + 7, 0x7000, 2, false), 0);
	w->m->fail_at = w->m->nr_updates + 2;
	w->m->fail_code = SNP_RMPUPDATE_FAIL_INPUT;
	KUNIT_EXPECT_FALSE(test, gctx_pages_end(&w->guest));
	KUNIT_EXPECT_EQ(test, pages_counting(block, 2), 512);
	KUNIT_EXPECT_TRUE(test, psp_is_quarantined(pfn + 8));
	KUNIT_EXPECT_FALSE(test, psp_is_quarantined(pfn + 7));
	KUNIT_EXPECT_FALSE(test, psp_is_quarantined(w->pfn));
	world_end(test, w, 1);
}

static void large_pre_guest_page_is_reclaimed_as_such(struct kunit *test)
{
	struct world *w = world_new(test);

	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, w->pfn, 0x200000, 512, true), 0);
	KUNIT_EXPECT_EQ(test, state_of(w->pfn + 9), SNP_STATE_PRE_GUEST);
	KUNIT_EXPECT_TRUE(test, gctx_pages_end(&w->guest));
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 1);
	KUNIT_EXPECT_EQ(test, w->m->nr_psmash, 0);
	world_end(test, w, 0);
}

static void part_of_a_large_pre_guest_page_comes_back(struct kunit *test)
{
	struct world *w = world_new(test);

	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, w->pfn, 0x200000, 512, true), 0);
	KUNIT_EXPECT_EQ(test, gctx_pages_take(&w->guest, w->pfn + 100, 1), 0);
	KUNIT_EXPECT_EQ(test, state_of(w->pfn + 100), SNP_STATE_HYPERVISOR);
	KUNIT_EXPECT_EQ(test, firmware.nr_cmds, 1);
	KUNIT_EXPECT_TRUE(test, gctx_pages_end(&w->guest));
	world_end(test, w, 0);
}

static void give_is_all_or_nothing(struct kunit *test)
{
	struct world *w = world_new(test);
	unsigned int at;

	for (at = 1; at <= 4; at++) {
		w->m->nr_updates = 0;
		w->m->fail_at = at;
		w->m->fail_code = SNP_RMPUPDATE_FAIL_INPUT;
		/* What was given before the failure cannot be taken back then. */
		if (at > 1)
			break;
		KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, w->pfn + 1, 0x1000, 4, false),
				-EFAULT);
		KUNIT_EXPECT_EQ(test, w->guest.nr_private, 0);
	}
	w->m->fail_at = 0;
	/* A frame of somebody else's in the middle. */
	KUNIT_ASSERT_EQ(test, rmp_to_firmware(w->pfn + 3), 0);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, w->pfn + 1, 0x1000, 4, true), -EBUSY);
	KUNIT_EXPECT_EQ(test, w->guest.nr_private, 0);
	KUNIT_EXPECT_EQ(test, state_of(w->pfn + 1), SNP_STATE_HYPERVISOR);
	KUNIT_EXPECT_EQ(test, state_of(w->pfn + 3), SNP_STATE_FIRMWARE);
	machine->entries[w->pfn + 3] = (struct snp_rmp_raw) { };
	world_end(test, w, 0);
}

static void block_of_another_guest_is_refused(struct kunit *test)
{
	struct world *w = world_new(test);
	struct snp_guest *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, other);
	xa_init(&other->regions);
	other->psp = &w->psp;
	other->asid = ASID + 1;
	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, w->pfn, 0x1000, 1, false), 0);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(other, w->pfn + 1, 0x1000, 1, false), -EBUSY);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, w->pfn, 0x1000, 1, false), -EBUSY);
	KUNIT_EXPECT_TRUE(test, gctx_pages_end(&w->guest));
	KUNIT_EXPECT_EQ(test, gctx_pages_give(other, w->pfn + 1, 0x1000, 1, false), 0);
	KUNIT_EXPECT_TRUE(test, gctx_pages_end(other));
	world_end(test, w, 0);
}

static void pages_without_reference_count_are_refused(struct kunit *test)
{
	struct world *w = world_new(test);
	struct page *tails = alloc_pages(GFP_KERNEL, 1);

	KUNIT_ASSERT_NOT_NULL(test, tails);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, page_to_pfn(tails) + 1, 0, 1, false),
			-EINVAL);
	/* The first of the two can be held, so that it must be let go again. */
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, page_to_pfn(tails), 0, 1, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, page_to_pfn(tails), 0, 2, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, page_count(tails), 1);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, FRAMES - 1, 0, 1, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, gctx_pages_give(&w->guest, FRAMES, 0, 1, false), -ENXIO);
	KUNIT_EXPECT_EQ(test, w->m->nr_updates, 0);
	__free_pages(tails, 1);
	world_end(test, w, 0);
}

/* How a frame gets lost on its way back. */
struct lose_case {
	const char *name;
	u64 nr_pages;
	bool immutable;
	unsigned int cmd_fails_at;
	int err;
	unsigned int update_fails_at;	/* counted from the first on the way back */
	unsigned int lost;
};

static const struct lose_case lose_cases[] = {
	{ "firmware refuses one",	3, true, 2, -EIO, 0, 1 },
	{ "firmware refuses a large one", 512, true, 1, -EIO, 0, 512 },
	{ "firmware goes silent",	3, true, 2, -ETIMEDOUT, 0, 2 },
	{ "no RMPUPDATE any more",	3, false, 0, 0, 2, 2 },
	{ "no RMPUPDATE for a large one", 512, false, 0, 0, 1, 512 },
	{ "neither",			3, true, 1, -EIO, 1, 3 },
};

KUNIT_ARRAY_PARAM_DESC(lose, lose_cases, name);

static void what_does_not_come_back_is_counted_and_kept(struct kunit *test)
{
	const struct lose_case *c = test->param_value;
	struct world *w = world_new(test);

	KUNIT_ASSERT_EQ(test, gctx_pages_give(&w->guest, w->pfn, 0x200000, c->nr_pages,
					      c->immutable), 0);
	firmware.fail_at = c->cmd_fails_at;
	firmware.err = c->err;
	firmware.status = c->err == -EIO ? SNP_FW_HWERROR_PLATFORM : 0;
	if (c->update_fails_at) {
		w->m->fail_at = w->m->nr_updates + c->update_fails_at;
		w->m->fail_code = SNP_RMPUPDATE_FAIL_INPUT;
	}
	KUNIT_EXPECT_FALSE(test, gctx_pages_end(&w->guest));
	/* The block is nobody's any more, and its owner cannot free it. */
	KUNIT_EXPECT_FALSE(test, xa_empty(&w->guests.blocks));
	KUNIT_EXPECT_EQ(test, page_count(w->block), 2);
	world_end(test, w, c->lost);
}

static struct kunit_case guest_page_cases[] = {
	KUNIT_CASE(page_of_a_block_with_private_frames_has_a_reference),
	KUNIT_CASE(neighbours_of_a_private_frame_are_kept_too),
	KUNIT_CASE(large_pre_guest_page_is_reclaimed_as_such),
	KUNIT_CASE(part_of_a_large_pre_guest_page_comes_back),
	KUNIT_CASE(give_is_all_or_nothing),
	KUNIT_CASE(block_of_another_guest_is_refused),
	KUNIT_CASE(pages_without_reference_count_are_refused),
	KUNIT_CASE_PARAM(what_does_not_come_back_is_counted_and_kept, lose_gen_params),
	{ }
};

static struct kunit_suite guest_page_suite = {
	.name = "psp_guest_pages",
	.test_cases = guest_page_cases,
};

kunit_test_suites(&fwpage_suite, &guest_page_suite);

MODULE_DESCRIPTION("KUnit suites: pages of the firmware and of guests, quarantine");
MODULE_LICENSE("GPL");
