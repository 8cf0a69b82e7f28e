// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page state changes by this module itself: PVALIDATE (APM volume 3, 24594),
 * page state change requests (GHCB specification, 56421), and the order of
 * the steps (APM volume 2, 24593, chapter 15.36).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": pagestate: " fmt

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/cacheflush.h>
#include <asm/coco.h>
#include <asm/pgtable.h>

#include <arch-x86/ghcb/ghcb.h>
#include <arch-x86/insn.h>
#include <compat/cpuid.h>
#include <snp/ghcb.h>

#include "pagestate.h"
#include "psc.h"

/**
 * DOC: Own shared pages
 *
 * Private to shared: flush the private cache lines, rescind (PVALIDATE 0),
 * page state change to shared, map with the C-bit clear.  Shared to private:
 * flush the shared cache lines, unmap and flush the TLB, page state change to
 * private, PVALIDATE 1, which must report a change, then zero: the old content
 * is undefined.
 *
 * The shared pages are reached through a mapping of their own.  The kernel's
 * direct map keeps its private alias, and nothing may touch the pages through
 * it until they are private again: such an access is one to a page that is
 * not this guest's, and ends the guest.  Who could, and what keeps them away:
 *
 * - the page allocator, page poisoning, init_on_free: the pages stay
 *   allocated, and go back only once they are proven private;
 * - load_unaligned_zeropad(), which may read a few bytes past the end of an
 *   object into the next page: the page before the block is a guard that is
 *   allocated with it and holds nothing;
 * - hibernation, /proc/kcore, crash dumps: the pages are marked PageOffline,
 *   which all of them leave out;
 * - a kernel started by kexec, which takes all memory for private: the driver
 *   makes the pages private again in its shutdown callback.
 *
 * A page whose state is not proven is never freed: it is leaked on purpose,
 * together with its guard, counted and named in the log.
 */

/* CPUID 8000_001F EBX: no software cache eviction needed after validation. */
#define PAGESTATE_CPUID		0x8000001f
#define PAGESTATE_COHERENT	BIT(31)
/* Exits that make no progress, or were spoilt by an NMI, in one list. */
#define PAGESTATE_IDLE_TRIES	16

static atomic_long_t pagestate_leaked_pages;

static void pagestate_leak(struct page *guard, unsigned int nr_pages, const char *why)
{
	long leaked = atomic_long_add_return(nr_pages + 1, &pagestate_leaked_pages);

	pr_alert("leaking %u pages from frame 0x%lx: %s; %ld pages leaked since loading\n",
		 nr_pages + 1, page_to_pfn(guard), why, leaked);
}

static void *pagestate_private_alias(struct page *guard, unsigned int i)
{
	return page_address(guard + 1 + i);
}

static int pagestate_pvalidate(struct page *guard, unsigned int nr_pages, bool validate)
{
	unsigned int i, code;
	bool unchanged;

	for (i = 0; i < nr_pages; i++) {
		code = insn_pvalidate(pagestate_private_alias(guard, i), false, validate,
				      &unchanged);
		if (code) {
			pr_alert("PVALIDATE %d of frame 0x%lx failed with code %u\n", validate,
				 page_to_pfn(guard) + 1 + i, code);
			return -EIO;
		}
		if (unchanged) {
			/*
			 * The RMP entry is not the one that this guest made:
			 * the hypervisor has put another page here.
			 */
			pr_alert("PVALIDATE %d of frame 0x%lx changed nothing: the hypervisor replaced the page\n",
				 validate, page_to_pfn(guard) + 1 + i);
			return -EXDEV;
		}
	}
	return 0;
}

/* Where the processor does not do it: push stale lines of fresh pages out. */
static void pagestate_evict(struct page *guard, unsigned int nr_pages)
{
	unsigned int i;

	if (cpuid_ebx(PAGESTATE_CPUID) & PAGESTATE_COHERENT)
		return;
	for (i = 0; i < nr_pages; i++) {
		u8 *page = pagestate_private_alias(guard, i);

		(void)READ_ONCE(page[0]);
		(void)READ_ONCE(page[PAGE_SIZE - 1]);
	}
}

/* One list.  Asking twice for the same state is harmless, so -EAGAIN is. */
static int pagestate_change(u64 gfn, unsigned int nr_pages, unsigned int op)
{
	struct snp_psc_desc *sent, *got;
	unsigned int idle = 0;
	struct ghcb_call call;
	int rc;

	sent = kmalloc_array(2, sizeof(*sent), GFP_KERNEL);
	if (!sent)
		return -ENOMEM;
	got = sent + 1;
	psc_fill(sent, gfn, nr_pages, op);

	do {
		*got = *sent;
		call = (struct ghcb_call){ .code = SNP_EXIT_PSC, .buf = got, .len = sizeof(*got) };
		rc = ghcb_call(&call);
		if (rc == -EAGAIN)
			continue;
		if (rc)
			goto out;

		switch (psc_check(sent, got, call.info2)) {
		case PSC_DONE:
			goto out;
		case PSC_MORE:
			if (got->cur_entry > sent->cur_entry)
				idle = 0;
			sent->cur_entry = got->cur_entry;
			break;
		case PSC_REFUSED:
			pr_err("page state change refused, SW_EXITINFO2 0x%llx\n", call.info2);
			rc = -EIO;
			goto out;
		case PSC_VIOLATION:
			pr_err("page state change: the hypervisor answered entries %u to %u, reserved 0x%x\n",
			       got->cur_entry, got->end_entry, got->reserved);
			rc = -EIO;
			goto out;
		}
	} while (++idle < PAGESTATE_IDLE_TRIES);
	pr_err("page state change makes no progress\n");
	rc = -EIO;
out:
	kfree(sent);
	return rc;
}

static int pagestate_map(struct pagestate_shared *shared)
{
	struct page **pages;
	unsigned int i;

	pages = kmalloc_array(shared->nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < shared->nr_pages; i++)
		pages[i] = shared->guard + 1 + i;
	shared->map = vmap(pages, shared->nr_pages, VM_MAP, pgprot_decrypted(PAGE_KERNEL));
	kfree(pages);
	return shared->map ? 0 : -ENOMEM;
}

/* nr_pages + 1 pages in one piece, each free-able on its own. */
static struct page *pagestate_alloc(unsigned int nr_pages)
{
	unsigned int i, order = order_base_2(nr_pages + 1);
	struct page *guard;

	guard = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!guard)
		return NULL;
	split_page(guard, order);
	for (i = nr_pages + 1; i < 1U << order; i++)
		__free_page(guard + i);
	for (i = 0; i < nr_pages; i++)
		__SetPageOffline(guard + 1 + i);
	return guard;
}

static void pagestate_free(struct page *guard, unsigned int nr_pages)
{
	unsigned int i;

	for (i = 0; i < nr_pages; i++) {
		__ClearPageOffline(guard + 1 + i);
		__free_page(guard + 1 + i);
	}
	__free_page(guard);
}

/* Pages are private for the hypervisor and not validated: take them back. */
static int pagestate_accept(struct page *guard, unsigned int nr_pages)
{
	unsigned int i;
	int rc;

	rc = pagestate_pvalidate(guard, nr_pages, true);
	if (rc)
		return rc;
	pagestate_evict(guard, nr_pages);
	for (i = 0; i < nr_pages; i++)
		clear_page(pagestate_private_alias(guard, i));
	return 0;
}

/**
 * pagestate_share() - allocate pages and share them with the hypervisor
 * @shared: the block, filled in
 * @nr_pages: how many pages, 1 to PAGESTATE_MAX_SHARED
 *
 * The pages are zero in the shared mapping, adjacent in guest physical memory.
 *
 * Context: process context, may sleep; VMPL0.
 * Return: 0 or a negative errno, and then nothing is shared.
 */
int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages)
{
	struct page *guard;
	int rc;

	if (!nr_pages || nr_pages > PAGESTATE_MAX_SHARED)
		return -EINVAL;
	guard = pagestate_alloc(nr_pages);
	if (!guard)
		return -ENOMEM;
	shared->guard = guard;
	shared->nr_pages = nr_pages;
	shared->gpa = page_to_phys(guard + 1);

	/* No private line may be written back on top of shared data. */
	clflush_cache_range(pagestate_private_alias(guard, 0), nr_pages * PAGE_SIZE);

	rc = pagestate_pvalidate(guard, nr_pages, false);
	if (rc) {
		/* The page that failed is in an unknown state; so is its block. */
		pagestate_leak(guard, nr_pages, "rescinding failed");
		return rc;
	}
	rc = pagestate_change(shared->gpa >> PAGE_SHIFT, nr_pages, SNP_PSC_OP_SHARED);
	if (rc) {
		pagestate_leak(guard, nr_pages, "the change to shared failed");
		return rc;
	}
	rc = pagestate_map(shared);
	if (rc)
		goto err_back;
	memset(shared->map, 0, nr_pages * PAGE_SIZE);
	return 0;

err_back:
	pagestate_unshare(shared);
	return rc;
}

/**
 * pagestate_unshare() - make shared pages private again and free them
 * @shared: the block; empty afterwards
 *
 * Context: process context, may sleep; nobody uses the mapping any more.
 * Return: 0, or a negative errno when the pages had to be leaked.
 */
int pagestate_unshare(struct pagestate_shared *shared)
{
	struct page *guard = shared->guard;
	unsigned int nr_pages = shared->nr_pages;
	u64 gfn = shared->gpa >> PAGE_SHIFT;
	int rc;

	if (!guard)
		return 0;
	if (shared->map) {
		/* Nor may a shared line be written back on top of private data. */
		clflush_cache_range(shared->map, nr_pages * PAGE_SIZE);
		vunmap(shared->map);
		/* vunmap() leaves the TLB for later; the next step may not. */
		vm_unmap_aliases();
	}
	memset(shared, 0, sizeof(*shared));

	rc = pagestate_change(gfn, nr_pages, SNP_PSC_OP_PRIVATE);
	if (rc) {
		pagestate_leak(guard, nr_pages, "the change to private failed");
		return rc;
	}
	rc = pagestate_accept(guard, nr_pages);
	if (rc) {
		pagestate_leak(guard, nr_pages, "validating failed");
		return rc;
	}
	pagestate_free(guard, nr_pages);
	return 0;
}
