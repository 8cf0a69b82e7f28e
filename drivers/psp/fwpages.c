// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that the firmware writes to.  SNP firmware ABI (AMD 56860): once SNP
 * is initialised such a page has to be in Firmware state; it comes back by
 * SNP_PAGE_RECLAIM and RMPUPDATE.
 *
 * Why blocks of 2 MiB: a write through a large mapping faults when any 4 KiB
 * frame below it is assigned (AMD64 APM volume 2, 24593, 15.36), and the
 * kernel's direct map uses large mappings.  A Firmware page beside somebody
 * else's data would make that data's writer fault.  Splitting the direct map
 * (set_memory_4k()) is not open to modules, and one Firmware entry of 2 MiB
 * does not serve commands that want 4 KiB entries.  So a whole aligned block
 * is taken from the kernel, its frames change state one by one, and nobody
 * writes to any of them through the direct map before the block goes back,
 * with every frame in Hypervisor state.  Our own writes to frames beside a
 * Firmware page go through an alias that maps exactly 4 KiB.  A frame keeps its
 * alias until the block goes: making one costs more than most commands.
 *
 * A page that does not come back is quarantined: its block never returns to
 * the kernel.
 *
 * Pages that the firmware only reads come from here too.  They stay ordinary,
 * but with a firmware that went silent they are as lost as the others.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "psp.h"
#include "quarantine.h"
#include "rmp_trace.h"

#define UNIT_ORDER		(PMD_SHIFT - PAGE_SHIFT)
#define UNIT_PAGES		BIT(UNIT_ORDER)
static_assert(UNIT_PAGES == PSP_BLOCK_PAGES);

/**
 * struct unit - an aligned block of 2 MiB
 * @list: in psp.units
 * @pages: first page
 * @used: frames that are handed out or quarantined
 * @lost: which of them are quarantined
 * @alias: mapping of 4 KiB of each frame that has ever been handed out
 */
struct unit {
	struct list_head list;
	struct page *pages;
	DECLARE_BITMAP(used, UNIT_PAGES);
	struct psp_lost *lost;
	void *alias[UNIT_PAGES];
};

/**
 * struct psp_fwpage - one page for the firmware to write to
 * @unit: block that it belongs to
 * @index: which frame of the block
 * @firmware: in Firmware state, or whatever the firmware has made of that
 */
struct psp_fwpage {
	struct unit *unit;
	unsigned int index;
	bool firmware;
};

static u64 page_pfn(const struct psp_fwpage *p)
{
	return page_to_pfn(p->unit->pages) + p->index;
}

/**
 * psp_fwpage_va() - address of a page for the kernel
 * @p: the page
 *
 * Reading is always possible, writing only while the page is not the
 * firmware's.
 *
 * Return: address of an alias of 4 KiB.
 */
void *psp_fwpage_va(const struct psp_fwpage *p)
{
	return p->unit->alias[p->index];
}

/**
 * psp_fwpage_paddr() - address of a page for the firmware
 * @p: the page
 *
 * Return: system physical address, with the C-bit when memory encryption is on.
 */
u64 psp_fwpage_paddr(const struct psp_fwpage *p)
{
	return __sme_set(page_pfn(p) << PAGE_SHIFT);
}

static struct unit *unit_alloc(struct psp *psp)
{
	struct unit *u = kzalloc(sizeof(*u), GFP_KERNEL);

	if (!u)
		return NULL;
	u->pages = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL, UNIT_ORDER);
	if (!u->pages) {
		dev_warn_ratelimited(&psp->pdev->dev,
				     "no free block of 2 MiB for pages of the firmware; memory is too fragmented\n");
		goto free_unit;
	}
	u->lost = psp_lost_alloc(page_to_pfn(u->pages));
	if (!u->lost)
		goto free_pages;
	list_add(&u->list, &psp->units);
	return u;

free_pages:
	__free_pages(u->pages, UNIT_ORDER);
free_unit:
	kfree(u);
	return NULL;
}

static bool unit_alias(struct unit *u, unsigned int index)
{
	struct page *page = u->pages + index;

	if (!u->alias[index])
		u->alias[index] = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	return u->alias[index];
}

/* All but the pages themselves. */
static void unit_forget(struct unit *u)
{
	unsigned int i;

	for (i = 0; i < UNIT_PAGES; i++)
		vunmap(u->alias[i]);
	list_del(&u->list);
	psp_lost_free(u->lost);
	kfree(u);
}

static void unit_free(struct unit *u)
{
	struct page *pages = u->pages;

	unit_forget(u);
	__free_pages(pages, UNIT_ORDER);
}

static struct unit *unit_get(struct psp *psp, unsigned int *index)
{
	struct unit *u;

	list_for_each_entry(u, &psp->units, list) {
		*index = find_first_zero_bit(u->used, UNIT_PAGES);
		if (*index < UNIT_PAGES)
			return u;
	}
	*index = 0;
	return unit_alloc(psp);
}

/* One empty block is kept, so that a status query does not cost 2 MiB each time. */
static void unit_put(struct psp *psp, struct unit *u)
{
	if (bitmap_empty(u->used, UNIT_PAGES) && !list_is_singular(&psp->units))
		unit_free(u);
}

/* Most commands want one page, one after the other. */
static struct psp_fwpage *new_page(struct psp *psp)
{
	struct psp_fwpage *p = psp->spare;

	if (!p)
		return kzalloc(sizeof(*p), GFP_KERNEL);
	psp->spare = NULL;
	*p = (struct psp_fwpage){ };
	return p;
}

static void old_page(struct psp *psp, struct psp_fwpage *p)
{
	kfree(psp->spare);
	psp->spare = p;
}

static bool is_lost(const struct psp_fwpage *p)
{
	return test_bit(p->index, p->unit->lost->frames);
}

/**
 * psp_fwpage_alloc_read() - get a zeroed page that the firmware only reads
 * @psp: the AMD-SP
 *
 * An ordinary page, freed with psp_fwpage_free() like the others.
 *
 * Context: may sleep; @psp->lock held.
 * Return: the page, or an error pointer: -ENOMEM, -EBUSY when the AMD-SP has
 *	been given up.
 */
struct psp_fwpage *psp_fwpage_alloc_read(struct psp *psp)
{
	struct psp_fwpage *p;

	lockdep_assert_held(&psp->lock);

	if (psp->death.dead)
		return ERR_PTR(-EBUSY);
	p = new_page(psp);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->unit = unit_get(psp, &p->index);
	if (!p->unit)
		goto free_p;
	if (!unit_alias(p->unit, p->index))
		goto put_unit;
	clear_page(psp_fwpage_va(p));
	__set_bit(p->index, p->unit->used);
	return p;

put_unit:
	unit_put(psp, p->unit);
free_p:
	old_page(psp, p);
	return ERR_PTR(-ENOMEM);
}

/**
 * psp_fwpage_alloc() - get a zeroed page that the firmware may write to
 * @psp: the AMD-SP
 *
 * With SNP up the page is in Firmware state, before that it is ordinary
 * memory; the caller need not care which.  To be had only from an AMD-SP that
 * is alive: one that is not would cost a page each time.
 *
 * Context: may sleep; @psp->lock held.
 * Return: the page, or an error pointer: -ENOMEM, -EBUSY when the AMD-SP has
 *	been given up, -EBUSY and -EFAULT from RMPUPDATE.
 */
struct psp_fwpage *psp_fwpage_alloc(struct psp *psp)
{
	struct psp_fwpage *p = psp_fwpage_alloc_read(psp);
	int err;

	if (IS_ERR(p))
		return p;
	err = psp_fwpage_give(psp, p);
	if (err) {
		psp_fwpage_free(psp, p);
		return ERR_PTR(err);
	}
	return p;
}

/**
 * psp_fwpage_give() - make a page that was ordinary so far the firmware's
 * @psp: the AMD-SP
 * @p: page from psp_fwpage_alloc_read(), filled by the caller
 *
 * For commands that read and write the same page.
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -EBUSY and -EFAULT from RMPUPDATE.
 */
int psp_fwpage_give(struct psp *psp, struct psp_fwpage *p)
{
	int err;

	lockdep_assert_held(&psp->lock);

	if (!psp->snp_up || p->firmware)
		return 0;
	err = rmp_to_firmware(page_pfn(p));
	if (!err)
		p->firmware = true;
	return err;
}

/**
 * psp_fwpage_quarantine() - give up a page that is known not to come back
 * @psp: the AMD-SP
 * @p: the page; it must still be passed to psp_fwpage_free()
 * @why: the reason
 *
 * Context: may sleep; @psp->lock held.
 */
void psp_fwpage_quarantine(struct psp *psp, struct psp_fwpage *p, const char *why)
{
	lockdep_assert_held(&psp->lock);

	psp_quarantine(psp, p->unit->lost, page_pfn(p), 1, "%s", why);
}

/**
 * psp_page_reclaim() - SNP_PAGE_RECLAIM
 * @psp: the AMD-SP
 * @pfn: frame in Firmware, Metadata, Pre-Guest, Pre-Swap or Reclaim state
 * @size_2m: its RMP entry is one of 2 MiB
 * @status: firmware status, as for psp_cmd_at()
 *
 * Afterwards RMPUPDATE can give the frame back to the host.
 *
 * Context: may sleep; @psp->lock held.
 * Return: as for psp_cmd_at().
 */
int psp_page_reclaim(struct psp *psp, u64 pfn, bool size_2m, u32 *status)
{
	const struct snp_fw_addr addr = {
		.paddr = pfn << PAGE_SHIFT | (size_2m ? SNP_RECLAIM_2M : 0),
	};
	u32 unused = 0;
	int err;

	if (!status)
		status = &unused;
	err = psp_cmd(psp, SNP_FW_SNP_PAGE_RECLAIM, &addr, sizeof(addr), status);
	trace_snp_reclaim(pfn, size_2m, err, *status);
	return err;
}

/**
 * psp_fwpage_reclaim() - take a page back from the firmware
 * @psp: the AMD-SP
 * @p: page in Firmware or Reclaim state, or an ordinary one
 *
 * A page that does not come back is quarantined; it must still be passed to
 * psp_fwpage_free().
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0 when the firmware can no longer write to the page; -EFAULT when it
 *	still can; -ETIMEDOUT, -EBUSY, -ENODEV when it has stopped answering.
 */
int psp_fwpage_reclaim(struct psp *psp, struct psp_fwpage *p)
{
	u32 status = 0;
	int err;

	lockdep_assert_held(&psp->lock);

	if (is_lost(p))
		return -EFAULT;
	/* Even an ordinary page may be used by a firmware that went silent. */
	if (psp->death.dead) {
		psp_fwpage_quarantine(psp, p, "the AMD-SP has been given up and may use it");
		return -EBUSY;
	}
	if (!p->firmware)
		return 0;

	err = psp_page_reclaim(psp, page_pfn(p), false, &status);
	if (err) {
		psp_quarantine(psp, p->unit->lost, page_pfn(p), 1, "SNP_PAGE_RECLAIM: %s",
			       err == -EIO ? snp_fw_status_name(status) : "no answer");
		return err == -EIO ? -EFAULT : err;
	}
	if (rmp_to_shared(page_pfn(p), false)) {
		psp_fwpage_quarantine(psp, p, "RMPUPDATE after SNP_PAGE_RECLAIM failed");
		return -EFAULT;
	}
	p->firmware = false;
	return 0;
}

/**
 * psp_fwpage_free() - give up a page
 * @psp: the AMD-SP
 * @p: the page; reclaimed first if it has not been.  Gone afterwards.
 *
 * Context: may sleep; @psp->lock held.
 */
void psp_fwpage_free(struct psp *psp, struct psp_fwpage *p)
{
	lockdep_assert_held(&psp->lock);

	if (!psp_fwpage_reclaim(psp, p)) {
		__clear_bit(p->index, p->unit->used);
		unit_put(psp, p->unit);
	}
	old_page(psp, p);
}

/**
 * psp_fwpages_exit() - give the blocks back to the kernel
 * @psp: the AMD-SP
 *
 * Every page must have been freed; blocks with quarantined pages stay lost.
 *
 * Context: may sleep; @psp->lock held.
 */
void psp_fwpages_exit(struct psp *psp)
{
	struct unit *u, *next;
	unsigned int blocks = 0;

	lockdep_assert_held(&psp->lock);

	kfree(psp->spare);
	psp->spare = NULL;
	list_for_each_entry_safe(u, next, &psp->units, list) {
		WARN_ON_ONCE(!bitmap_equal(u->used, u->lost->frames, UNIT_PAGES));
		if (bitmap_empty(u->used, UNIT_PAGES)) {
			unit_free(u);
			continue;
		}
		unit_forget(u);
		blocks++;
	}
	if (blocks)
		dev_warn(&psp->pdev->dev,
			 "%u block(s) of 2 MiB with quarantined pages are lost until reboot\n",
			 blocks);
}
