// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of guests: which frames are private, and the way back.  SNP firmware
 * ABI (AMD 56860), page states, SNP_PAGE_RECLAIM; AMD64 APM volume 2 (24593),
 * 15.36.
 *
 * A block of 2 MiB with private frames has a reference to each of its pages, so
 * that whatever their owner does none can reach the allocator: the kernel would
 * write to the other frames through one large mapping, which faults.  When a
 * frame does not come back, the block is kept like that.
 */
#include <linux/cacheflush.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <compat/cpuid.h>

#include "guest.h"

#define CPUID_SEV		0x8000001f
#define CPUID_SEV_EAX_COHERENT	BIT(10)

static unsigned long block_of(u64 pfn)
{
	return pfn / PSP_BLOCK_PAGES;
}

static struct guest_region *region_find(struct snp_guest *g, u64 pfn)
{
	return xa_load(&g->regions, block_of(pfn));
}

/* First frame behind the page of a frame of the block, or behind the block. */
static u64 page_end(u64 pfn)
{
	struct folio *f = page_folio(pfn_to_page(pfn));

	return min_t(u64, page_to_pfn(folio_page(f, 0)) + folio_nr_pages(f),
		     round_down(pfn, (u64)PSP_BLOCK_PAGES) + PSP_BLOCK_PAGES);
}

static bool get_page_of(u64 pfn)
{
	struct folio *f;
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	f = page_folio(page);
	if (PageReserved(page) || !folio_try_get(f))
		return false;
	if (page_folio(page) == f)
		return true;
	/* Nobody owned it: it has become a part of another page. */
	folio_put(f);
	return false;
}

/* With a reference pages neither split nor merge: the same ones are found. */
static void put_pages(u64 pfn, u64 end)
{
	u64 next;

	for (; pfn < end; pfn = next) {
		next = page_end(pfn);
		folio_put(page_folio(pfn_to_page(pfn)));
	}
}

static bool get_block(u64 first)
{
	u64 pfn;

	for (pfn = first; pfn < first + PSP_BLOCK_PAGES; pfn = page_end(pfn)) {
		if (!get_page_of(pfn)) {
			put_pages(first, pfn);
			return false;
		}
	}
	return true;
}

static struct guest_region *region_make(struct snp_guest *g, u64 pfn)
{
	struct xarray *blocks = &g->psp->guests->blocks;
	struct guest_region *r;
	int err = -ENOMEM;

	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return ERR_PTR(err);
	r->block = block_of(pfn);
	r->lost = psp_lost_alloc(pfn);
	if (!r->lost)
		goto free;
	err = xa_insert(blocks, r->block, xa_mk_value(1), GFP_KERNEL);
	if (err)
		goto free_lost;
	err = xa_insert(&g->regions, r->block, r, GFP_KERNEL);
	if (err)
		goto erase;
	if (!get_block(r->lost->first_pfn)) {
		err = -EINVAL;
		goto erase_region;
	}
	return r;

erase_region:
	xa_erase(&g->regions, r->block);
erase:
	xa_erase(blocks, r->block);
free_lost:
	psp_lost_free(r->lost);
free:
	kfree(r);
	return ERR_PTR(err);
}

/* A block with quarantined frames is never anybody's again, nor are its pages. */
static void region_put(struct snp_guest *g, struct guest_region *r)
{
	const u64 first = r->lost->first_pfn;

	if (!bitmap_empty(r->held, PSP_BLOCK_PAGES))
		return;
	xa_erase(&g->regions, r->block);
	if (!psp_lost_any(r->lost)) {
		/* In this order: the next owner of the pages may be another guest's. */
		xa_erase(&g->psp->guests->blocks, r->block);
		put_pages(first, first + PSP_BLOCK_PAGES);
	}
	psp_lost_free(r->lost);
	kfree(r);
}

static int hold_one(struct snp_guest *g, u64 pfn)
{
	struct guest_region *r = region_find(g, pfn);

	if (!r)
		r = region_make(g, pfn);
	if (IS_ERR(r))
		return PTR_ERR(r);
	if (test_bit(pfn % PSP_BLOCK_PAGES, r->held))
		return -EBUSY;
	__set_bit(pfn % PSP_BLOCK_PAGES, r->held);
	g->nr_private++;
	return 0;
}

static void unhold(struct snp_guest *g, u64 pfn, u64 nr_pages)
{
	struct guest_region *r;

	for (; nr_pages; nr_pages--, pfn++) {
		r = region_find(g, pfn);
		__clear_bit(pfn % PSP_BLOCK_PAGES, r->held);
		g->nr_private--;
		region_put(g, r);
		cond_resched();
	}
}

static int hold(struct snp_guest *g, u64 pfn, u64 nr_pages)
{
	u64 done;
	int err;

	for (done = 0; done < nr_pages; done++) {
		err = hold_one(g, pfn + done);
		if (err) {
			unhold(g, pfn, done);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/**
 * gctx_pages_held() - are all of these frames private to the guest
 * @g: the guest, locked
 * @pfn: first frame
 * @nr_pages: how many
 *
 * Return: true if so.
 */
bool gctx_pages_held(struct snp_guest *g, u64 pfn, u64 nr_pages)
{
	const u64 end = pfn + nr_pages;
	struct guest_region *r;

	if (!nr_pages || end < pfn)
		return false;
	for (; pfn < end; pfn++) {
		r = region_find(g, pfn);
		if (!r || !test_bit(pfn % PSP_BLOCK_PAGES, r->held))
			return false;
		cond_resched();
	}
	return true;
}

/**
 * gctx_pages_give() - make frames private
 * @g: the guest, locked, with an ASID
 * @pfn: first frame
 * @gpa: its guest physical address, in bytes
 * @nr_pages: how many
 * @immutable: Pre-Guest, not Guest-Invalid
 *
 * All or nothing.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL for a block with pages that have no reference count; -EBUSY for those
 *	that are not the host's, or in a block that another guest has; -ENOMEM;
 *	otherwise as for rmp_range_to_guest().
 */
int gctx_pages_give(struct snp_guest *g, u64 pfn, u64 gpa, u64 nr_pages, bool immutable)
{
	const struct rmp_guest_page first = {
		.gpa = gpa,
		.asid = g->asid,
		.immutable = immutable,
	};
	u64 done;
	int err;

	err = rmp_check_range(&g->psp->rmp, pfn, nr_pages);
	if (!err)
		err = hold(g, pfn, nr_pages);
	if (err)
		return err;
	err = rmp_range_to_guest(&g->psp->rmp, pfn, nr_pages, &first, &done);
	if (!err)
		return 0;
	unhold(g, pfn + done, nr_pages - done);
	if (done)
		gctx_pages_take(g, pfn, done);
	return err;
}

/* What the kernel's lines of the cache said before must not be written back. */
static void flush_cache(u64 pfn, u64 nr_pages)
{
	if (!(cpuid_eax(CPUID_SEV) & CPUID_SEV_EAX_COHERENT))
		clflush_cache_range(pfn_to_kaddr(pfn), nr_pages << PAGE_SHIFT);
}

static void lose(struct snp_guest *g, u64 pfn, u64 nr_pages, const char *what, u32 status)
{
	struct guest_region *r = region_find(g, pfn);

	psp_quarantine(g->psp, r->lost, pfn, nr_pages, "guest with ASID %u: %s%s%s", g->asid, what,
		       status ? ": " : "", status ? snp_fw_status_name(status) : "");
}

/* Pre-Guest pages are the firmware's to give back. */
static int reclaim(struct snp_guest *g, u64 pfn, bool size_2m, u32 *status)
{
	struct psp *psp = g->psp;
	int err;

	mutex_lock(&psp->lock);
	err = psp->death.dead ? -EBUSY : psp_page_reclaim(psp, pfn, size_2m, status);
	mutex_unlock(&psp->lock);
	return err;
}

/* One step of gctx_pages_take(): frames of one entry, or of a part of it. */
static int take_step(struct snp_guest *g, u64 pfn, u64 nr_pages, u64 *step)
{
	struct rmp_entry e = { };
	u32 status = 0;
	u64 done;
	int err;

	*step = 1;
	err = rmp_lookup(&g->psp->rmp, pfn, &e);
	if (!err && e.assigned && e.size_2m)
		*step = min_t(u64, nr_pages, PSP_BLOCK_PAGES - pfn % PSP_BLOCK_PAGES);
	if (err || (e.assigned && e.asid != g->asid)) {
		lose(g, pfn, *step, "its RMP entry is not the guest's", 0);
		return -EFAULT;
	}
	if (e.assigned && e.immutable) {
		err = reclaim(g, e.size_2m ? round_down(pfn, (u64)PSP_BLOCK_PAGES) : pfn,
			      e.size_2m, &status);
		if (err) {
			lose(g, pfn, *step, err == -EIO ? "SNP_PAGE_RECLAIM" :
			     "SNP_PAGE_RECLAIM: no answer", status);
			return err;
		}
	}
	err = rmp_range_to_shared(&g->psp->rmp, pfn, *step, &done);
	flush_cache(pfn, done);
	if (err)
		lose(g, pfn + done, *step - done, "RMPUPDATE failed", 0);
	unhold(g, pfn, done);
	return err;
}

/**
 * gctx_pages_take() - make frames the host's again
 * @g: the guest, locked
 * @pfn: first frame; all of them held by the guest
 * @nr_pages: how many
 *
 * A frame that does not come back is quarantined, and the others are taken.
 *
 * Context: may sleep.
 * Return: 0, or the error of the first frame that is lost.
 */
int gctx_pages_take(struct snp_guest *g, u64 pfn, u64 nr_pages)
{
	int err = 0, first_err = 0;
	struct guest_region *r;
	u64 step;

	for (; nr_pages; nr_pages -= step, pfn += step) {
		r = region_find(g, pfn);
		if (test_bit(pfn % PSP_BLOCK_PAGES, r->lost->frames)) {
			step = 1;
			err = -EFAULT;
		} else {
			err = take_step(g, pfn, nr_pages, &step);
		}
		if (!first_err)
			first_err = err;
		cond_resched();
	}
	return first_err;
}

/**
 * gctx_pages_end() - make all memory of the guest the host's again
 * @g: the guest, locked, decommissioned
 *
 * Context: may sleep.
 * Return: true when all of it came back; on false some of it is quarantined.
 */
bool gctx_pages_end(struct snp_guest *g)
{
	unsigned int first, end, len;
	struct guest_region *r;
	unsigned long block;
	bool clean = true;
	u64 pfn;

	xa_for_each(&g->regions, block, r) {
		pfn = (u64)block * PSP_BLOCK_PAGES;
		for (first = 0; first < PSP_BLOCK_PAGES; first = end) {
			/* The region goes away with its last frame. */
			r = xa_load(&g->regions, block);
			if (!r)
				break;
			first = find_next_bit(r->held, PSP_BLOCK_PAGES, first);
			end = find_next_zero_bit(r->held, PSP_BLOCK_PAGES, first);
			len = end - first;
			if (len && gctx_pages_take(g, pfn + first, len))
				clean = false;
		}
		r = xa_load(&g->regions, block);
		if (!r)
			continue;
		/* What is left is lost; its references stay. */
		bitmap_zero(r->held, PSP_BLOCK_PAGES);
		region_put(g, r);
	}
	return clean;
}
