// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quarantine: what cannot be reclaimed is counted, listed and logged once, and
 * never goes back to the kernel's allocator.  SNP firmware ABI (AMD 56860),
 * page states: a write to such a page would fault, or meet the firmware's.
 *
 * The list outlives the binding of a PCI function, because the pages stay lost
 * however often the function is bound again.
 *
 * Lock order: quarantine_lock is the innermost; it is held for no call but those
 * of psp_quarantine_walk().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/math.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/stdarg.h>

#include "psp.h"
#include "quarantine.h"

#define CREATE_TRACE_POINTS
#include "rmp_trace.h"

static DEFINE_MUTEX(quarantine_lock);
static LIST_HEAD(quarantine);
static unsigned long nr_quarantined;

/**
 * psp_lost_alloc() - prepare the record of a block
 * @pfn: any frame of the block
 *
 * Context: may sleep.
 * Return: the record, NULL without memory.
 */
struct psp_lost *psp_lost_alloc(u64 pfn)
{
	struct psp_lost *l = kzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return NULL;
	INIT_LIST_HEAD(&l->list);
	l->first_pfn = round_down(pfn, (u64)PSP_BLOCK_PAGES);
	return l;
}

/**
 * psp_lost_free() - done with a block
 * @l: its record, or NULL; one that has lost frames stays in the list
 */
void psp_lost_free(struct psp_lost *l)
{
	if (l && !psp_lost_any(l))
		kfree(l);
}

/**
 * psp_lost_any() - has this block lost frames
 * @l: its record
 *
 * Return: true if so; it never changes back.
 */
bool psp_lost_any(const struct psp_lost *l)
{
	return !bitmap_empty(l->frames, PSP_BLOCK_PAGES);
}

static unsigned int add(struct psp_lost *l, u64 pfn, unsigned int nr_pages, const char *why)
{
	unsigned int i, added = 0;

	mutex_lock(&quarantine_lock);
	for (i = 0; i < nr_pages; i++)
		added += !test_and_set_bit(pfn - l->first_pfn + i, l->frames);
	nr_quarantined += added;
	if (added && list_empty(&l->list)) {
		strscpy(l->why, why, sizeof(l->why));
		list_add_tail(&l->list, &quarantine);
	}
	mutex_unlock(&quarantine_lock);
	return added;
}

/**
 * psp_quarantine() - keep pages away from everybody for good
 * @psp: the AMD-SP, for the log and for the RMP while that is mapped
 * @l: record of the block around the pages
 * @pfn: the first of them
 * @nr_pages: how many, all within the block; those that are lost already count once
 * @fmt: the reason
 *
 * The caller must not free the pages afterwards.  The log is rate limited, the
 * list is not.
 *
 * Context: may sleep.
 */
void psp_quarantine(struct psp *psp, struct psp_lost *l, u64 pfn, unsigned int nr_pages,
		    const char *fmt, ...)
{
	const char *state = "unknown";
	struct rmp_entry e = { };
	char why[PSP_WHY_LEN];
	va_list args;

	va_start(args, fmt);
	vscnprintf(why, sizeof(why), fmt, args);
	va_end(args);

	if (!add(l, pfn, nr_pages, why))
		return;
	trace_snp_quarantine(pfn, nr_pages, why);
	if (psp->snp_up && !rmp_lookup(&psp->rmp, pfn, &e))
		state = rmp_state_name(rmp_entry_state(&e));
	dev_err_ratelimited(&psp->pdev->dev,
			    "%u page(s) at pfn %#llx quarantined: %s; RMP state %s (assigned %u, immutable %u, validated %u, vmsa %u, asid %u, gpa %#llx, size %s)\n",
			    nr_pages, pfn, why, state, e.assigned, e.immutable, e.validated,
			    e.vmsa, e.asid, e.gpa, e.size_2m ? "2M" : "4K");
}

/**
 * psp_quarantine_pages() - the same for pages that nobody has made records for
 * @psp: the AMD-SP
 * @pfn: the first of them
 * @nr_pages: how many
 * @why: the reason
 *
 * They are counted in any case, and listed unless there is no memory for that.
 *
 * Context: may sleep.
 */
void psp_quarantine_pages(struct psp *psp, u64 pfn, unsigned long nr_pages, const char *why)
{
	unsigned long n;
	struct psp_lost *l;

	for (; nr_pages; nr_pages -= n, pfn += n) {
		n = min_t(u64, nr_pages, PSP_BLOCK_PAGES - pfn % PSP_BLOCK_PAGES);
		l = psp_lost_alloc(pfn);
		if (l) {
			psp_quarantine(psp, l, pfn, n, "%s", why);
			continue;
		}
		mutex_lock(&quarantine_lock);
		nr_quarantined += n;
		mutex_unlock(&quarantine_lock);
		dev_err(&psp->pdev->dev, "%lu page(s) at pfn %#llx quarantined: %s\n", n, pfn, why);
	}
}

/**
 * psp_is_quarantined() - is this page in the list
 * @pfn: its frame number
 *
 * Context: may sleep.
 * Return: true if so.
 */
bool psp_is_quarantined(u64 pfn)
{
	const u64 first = round_down(pfn, (u64)PSP_BLOCK_PAGES);
	struct psp_lost *l;
	bool found = false;

	mutex_lock(&quarantine_lock);
	list_for_each_entry(l, &quarantine, list) {
		found = l->first_pfn == first && test_bit(pfn - first, l->frames);
		if (found)
			break;
	}
	mutex_unlock(&quarantine_lock);
	return found;
}

/**
 * psp_nr_quarantined() - pages lost since the module was loaded
 *
 * Return: their number.
 */
unsigned long psp_nr_quarantined(void)
{
	return READ_ONCE(nr_quarantined);
}

/**
 * psp_quarantine_walk() - name every quarantined page
 * @fn: called for each; another result than 0 ends the walk
 * @arg: its first argument
 *
 * Context: may sleep; @fn must not quarantine.
 * Return: 0, or what @fn returned last.
 */
int psp_quarantine_walk(int (*fn)(void *arg, u64 pfn, const char *why), void *arg)
{
	struct psp_lost *l;
	unsigned int i;
	int err = 0;

	mutex_lock(&quarantine_lock);
	list_for_each_entry(l, &quarantine, list) {
		for_each_set_bit(i, l->frames, PSP_BLOCK_PAGES) {
			err = fn(arg, l->first_pfn + i, l->why);
			if (err)
				goto unlock;
		}
	}
unlock:
	mutex_unlock(&quarantine_lock);
	return err;
}

/**
 * psp_quarantine_exit() - forget the records, not the fact
 *
 * The pages stay lost until reboot.
 *
 * Context: module unload; nobody has a record any more.
 */
void psp_quarantine_exit(void)
{
	struct psp_lost *l, *next;

	if (nr_quarantined)
		pr_warn("%lu quarantined page(s) are lost until reboot\n", nr_quarantined);
	list_for_each_entry_safe(l, next, &quarantine, list)
		kfree(l);
}
