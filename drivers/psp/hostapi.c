// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel interface for hypervisors: life of a guest.  See
 * include/snp/host.h for what callers have to keep to.
 *
 * host_lock is held for reading by every call and for writing when the AMD-SP
 * goes away, so that a call either finds it whole or not at all.  A launch lets
 * go of it while it asks the caller for more, who may take as long as he likes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <crypto/hash.h>

#include "guest.h"
#include "hostapi.h"

/* Outermost, see psp_host_stop(): for reading a guest ends, for writing all are told to. */
static DECLARE_RWSEM(end_lock);
static DECLARE_RWSEM(host_lock);
static struct psp *host;	/* host_lock */
static bool going;

/**
 * host_enter() - begin a call for a guest
 * @g: the guest
 *
 * Return: 0 with the guest locked; -ENODEV when it has been ended.
 */
int host_enter(struct snp_guest *g)
{
	down_read(&host_lock);
	mutex_lock(&g->lock);
	if (g->psp)
		return 0;
	host_leave(g);
	return -ENODEV;
}

/**
 * host_leave() - end what host_enter() began
 * @g: the guest
 */
void host_leave(struct snp_guest *g)
{
	mutex_unlock(&g->lock);
	up_read(&host_lock);
}

/**
 * host_return() - go on with a launch after host_leave()
 * @g: the guest; locked afterwards, whatever the result
 *
 * Return: 0; -ENODEV when the AMD-SP has gone meanwhile.
 */
int host_return(struct snp_guest *g)
{
	down_read(&host_lock);
	mutex_lock(&g->lock);
	return g->psp && host ? 0 : -ENODEV;
}

/**
 * host_going() - does psp_host_stop() wait for us
 *
 * Return: true if so: a call that takes long gives up.
 */
bool host_going(void)
{
	return READ_ONCE(going);
}

/* With the guest locked, and host_lock held in whichever way. */
static void guest_end(struct snp_guest *g)
{
	struct psp *psp = g->psp;
	bool gone, clean;

	gone = gctx_decommission(g);
	clean = gctx_pages_end(g);
	gctx_free(g, gone && clean);
	mutex_lock(&psp->guests->list_lock);
	list_del_init(&g->list);
	mutex_unlock(&psp->guests->list_lock);
	g->running = false;
	g->psp = NULL;
}

static void guest_free(struct kref *ref)
{
	struct snp_guest *g = container_of(ref, struct snp_guest, ref);

	xa_destroy(&g->regions);
	mutex_destroy(&g->lock);
	kfree(g);
}

static struct snp_guest *guest_alloc(struct psp *psp, const struct snp_launch *l)
{
	struct snp_guest *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return NULL;
	refcount_set(&g->users, 1);
	kref_init(&g->ref);
	mutex_init(&g->lock);
	xa_init(&g->regions);
	g->psp = psp;
	g->end = l->end;
	g->end_opaque = l->end_opaque;
	mutex_lock(&psp->guests->list_lock);
	list_add_tail(&g->list, &psp->guests->list);
	mutex_unlock(&psp->guests->list_lock);
	return g;
}

static int check_launch(const struct psp *psp, const struct snp_launch *l)
{
	if (!l->next || !l->id_block != !l->id_auth || (l->author_key && !l->id_block))
		return -EINVAL;
	/* Migration agents are not built. */
	if (l->policy & SNP_POLICY_MIGRATE_MA)
		return -EOPNOTSUPP;
	if (l->want_digest && !psp->guests->sha384) {
		dev_err(&psp->pdev->dev, "no launch digest: this kernel has no sha384\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int do_launch(struct snp_guest *g, const struct snp_launch *l,
		     struct snp_launch_result *res)
{
	int err;

	err = gctx_create(g, res);
	if (!err)
		err = gctx_start(g, l, res);
	if (!err)
		err = gctx_activate(g, res);
	if (!err)
		err = launch_pages(g, l, res);
	if (!err)
		err = launch_finish(g, l, res);
	if (!err)
		res->cmd = 0;
	return err;
}

/**
 * snp_guest_launch() - launch a guest in one go
 * @l: how; what it points to is needed during the call only
 * @res: what came of it, also on failure; may be NULL
 *
 * Makes a context, finds an ASID, launches each page that @l->next names and
 * ends the launch: SNP_GCTX_CREATE, SNP_LAUNCH_START, SNP_ACTIVATE,
 * SNP_LAUNCH_UPDATE, SNP_LAUNCH_FINISH (AMD 56860).  On failure all of it is
 * taken back, and the pages are the caller's again, but for those that are
 * quarantined; their content is undefined.
 *
 * Context: may sleep, for as long as the firmware takes.
 * Return: the guest, with a reference for the caller; or an error pointer:
 *	-EINVAL for arguments that contradict each other, a range that cannot
 *	be, or pages without a reference count; -EOPNOTSUPP for a policy with a
 *	migration agent, or a digest in a kernel without SHA-384; -ENODEV when
 *	SNP is not up; -ENOSPC when all ASIDs are in use; -EBUSY for a page that
 *	is not the host's, a block of 2 MiB that another guest has, an RMP entry
 *	that stays in use, or an AMD-SP that has been given up; -ENXIO for a
 *	page outside of the RMP's coverage; -EIO when the firmware refused, with
 *	@res->fw_status; -ETIMEDOUT; -ENOMEM; what @l->next returned.
 */
struct snp_guest *snp_guest_launch(const struct snp_launch *l, struct snp_launch_result *res)
{
	struct snp_launch_result unused;
	struct snp_guest *g;
	int err;

	if (!res)
		res = &unused;
	*res = (struct snp_launch_result) { .failed_pfn = U64_MAX };

	down_read(&host_lock);
	err = host ? check_launch(host, l) : -ENODEV;
	if (err)
		goto unlock;
	g = guest_alloc(host, l);
	if (!g) {
		err = -ENOMEM;
		goto unlock;
	}
	mutex_lock(&g->lock);
	err = do_launch(g, l, res);
	mutex_unlock(&g->lock);
	up_read(&host_lock);

	if (!err)
		return g;
	memset(res->digest, 0, sizeof(res->digest));
	snp_guest_put(g);
	return ERR_PTR(err);

unlock:
	up_read(&host_lock);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(snp_guest_launch);

/**
 * snp_guest_get() - one reference more
 * @g: the guest
 *
 * Context: any; the caller has a reference.
 * Return: @g.
 */
struct snp_guest *snp_guest_get(struct snp_guest *g)
{
	refcount_inc(&g->users);
	return g;
}
EXPORT_SYMBOL_GPL(snp_guest_get);

/**
 * snp_guest_put() - one reference less; the guest ends with the last
 * @g: the guest; error pointers and NULL are let pass
 *
 * Ending is SNP_DECOMMISSION, SNP_PAGE_RECLAIM and RMPUPDATE for its memory.
 * What does not come back is quarantined.
 *
 * Context: may sleep; no CPU runs the guest.
 */
void snp_guest_put(struct snp_guest *g)
{
	if (IS_ERR_OR_NULL(g) || !refcount_dec_and_test(&g->users))
		return;
	down_read(&end_lock);
	if (!host_enter(g)) {
		guest_end(g);
		host_leave(g);
	}
	up_read(&end_lock);
	kref_put(&g->ref, guest_free);
}
EXPORT_SYMBOL_GPL(snp_guest_put);

/**
 * snp_guest_asid() - ASID of a guest, for its VMCB
 * @g: the guest
 *
 * It may have been another guest's: before the first VMRUN on each CPU the
 * hypervisor has that CPU flush the ASID's TLB entries (VMCB, TLB_CONTROL).
 *
 * Context: may sleep.
 * Return: the ASID, 0 when the guest has been ended.
 */
u32 snp_guest_asid(struct snp_guest *g)
{
	u32 asid = 0;

	if (!host_enter(g)) {
		asid = g->asid;
		host_leave(g);
	}
	return asid;
}
EXPORT_SYMBOL_GPL(snp_guest_asid);

/**
 * psp_host_start() - from here on there may be guests
 * @psp: the AMD-SP
 *
 * Context: may sleep; SNP is up.
 * Return: 0; -ENOMEM; -EINVAL when there are no ASIDs.
 */
int psp_host_start(struct psp *psp)
{
	struct psp_guests *gs;
	int err;

	gs = kzalloc(sizeof(*gs), GFP_KERNEL);
	if (!gs)
		return -ENOMEM;
	err = asids_init(&gs->asids, psp_asid_max());
	if (err) {
		kfree(gs);
		return err;
	}
	mutex_init(&gs->list_lock);
	INIT_LIST_HEAD(&gs->list);
	xa_init(&gs->blocks);
	gs->sha384 = crypto_alloc_shash("sha384", 0, 0);
	if (IS_ERR(gs->sha384)) {
		dev_info(&psp->pdev->dev, "no sha384 in this kernel (%ld): no launch digests\n",
			 PTR_ERR(gs->sha384));
		gs->sha384 = NULL;
	}

	down_write(&host_lock);
	psp->guests = gs;
	host = psp;
	up_write(&host_lock);
	return 0;
}

/**
 * psp_host_freeze() - before a sleep: no guest comes any more
 * @psp: the AMD-SP
 *
 * What is known of lost memory and ASIDs stays, should the system not sleep.
 *
 * Context: may sleep.
 * Return: 0, also without psp_host_start(); -EBUSY while there are guests, and
 *	nothing changes.
 */
int psp_host_freeze(struct psp *psp)
{
	int err = 0;

	down_write(&host_lock);
	if (psp->guests && !list_empty(&psp->guests->list)) {
		dev_err(&psp->pdev->dev, "no suspend while there are SNP guests (%zu); end them first\n",
			list_count_nodes(&psp->guests->list));
		err = -EBUSY;
	} else {
		host = NULL;
	}
	up_write(&host_lock);
	return err;
}

/**
 * psp_host_thaw() - undo psp_host_freeze()
 * @psp: the AMD-SP, with SNP in the state that it was in
 *
 * Context: may sleep.
 */
void psp_host_thaw(struct psp *psp)
{
	down_write(&host_lock);
	if (psp->guests)
		host = psp;
	up_write(&host_lock);
}

/**
 * psp_host_stop() - end all guests
 * @psp: the AMD-SP; nothing happens without psp_host_start()
 *
 * To be called while SNP is still up.  First the hypervisors are told to stop
 * their CPUs; calls for guests are still served then, since a CPU may be in one.
 *
 * Context: may sleep, for as long as hypervisors take.
 */
void psp_host_stop(struct psp *psp)
{
	struct psp_guests *gs;
	struct snp_guest *g;

	down_write(&end_lock);
	WRITE_ONCE(going, true);
	down_write(&host_lock);
	WRITE_ONCE(going, false);
	host = NULL;
	gs = psp->guests;
	up_write(&host_lock);
	/*
	 * Guests come and go only with host, and with end_lock.  A hypervisor that gives up
	 * the last reference meanwhile waits for end_lock, and so is there to be told.
	 */
	if (gs)
		list_for_each_entry(g, &gs->list, list)
			if (refcount_read(&g->users) && g->running && g->end)
				g->end(g->end_opaque);
	up_write(&end_lock);

	down_write(&host_lock);
	gs = psp->guests;
	if (!gs)
		goto unlock;
	while ((g = list_first_entry_or_null(&gs->list, struct snp_guest, list))) {
		dev_warn(&psp->pdev->dev, "guest with ASID %u is ended with the AMD-SP\n", g->asid);
		/* The last snp_guest_put() frees it, with host_lock between. */
		mutex_lock(&g->lock);
		guest_end(g);
		mutex_unlock(&g->lock);
	}
	psp->guests = NULL;
	if (gs->sha384)
		crypto_free_shash(gs->sha384);
	xa_destroy(&gs->blocks);
	asids_exit(&gs->asids);
	kfree(gs);
unlock:
	up_write(&host_lock);
}

/* A guest that the firmware in use has not been asked about, with a reference to free. */
static struct snp_guest *next_untouched(struct psp *psp)
{
	struct snp_guest *g, *found = NULL;

	down_read(&host_lock);
	if (!psp->guests)
		goto unlock;
	mutex_lock(&psp->guests->list_lock);
	list_for_each_entry(g, &psp->guests->list, list) {
		if (g->nr_firmware == psp->nr_firmware)
			continue;
		kref_get(&g->ref);
		g->nr_firmware = psp->nr_firmware;
		found = g;
		break;
	}
	mutex_unlock(&psp->guests->list_lock);
unlock:
	up_read(&host_lock);
	return found;
}

/**
 * psp_host_touch() - let a firmware that has just been loaded see every guest
 * @psp: the AMD-SP
 *
 * It brings a context up to date with the first command that names it.  Done
 * here for all of them, so that one which it cannot take is known at once.
 *
 * Context: may sleep; one caller at a time.
 */
void psp_host_touch(struct psp *psp)
{
	struct snp_guest_status st;
	struct snp_guest *g;
	u32 status, asid;
	int err;

	psp->nr_firmware++;
	while ((g = next_untouched(psp))) {
		status = 0;
		asid = 0;
		err = host_enter(g);
		if (!err) {
			asid = g->asid;
			if (g->is_context)
				err = guest_status(g, &st, &status);
			host_leave(g);
		} else {
			/* It has ended. */
			err = 0;
		}
		kref_put(&g->ref, guest_free);
		if (err)
			dev_err(&psp->pdev->dev,
				"guest with ASID %u: the new firmware may not serve it: SNP_GUEST_STATUS: %s (%d)\n",
				asid, err == -EIO ? snp_fw_status_name(status) : "no answer",
				err);
	}
}

/**
 * psp_host_show() - list the guests
 * @psp: the AMD-SP
 * @m: receives a line for each, and one about ASIDs
 *
 * Context: may sleep.
 */
void psp_host_show(struct psp *psp, struct seq_file *m)
{
	const struct psp_asids *a;
	struct snp_guest *g;

	/* No guest goes away meanwhile; the numbers of one may change. */
	down_read(&host_lock);
	if (!psp->guests)
		goto unlock;
	mutex_lock(&psp->guests->list_lock);
	list_for_each_entry(g, &psp->guests->list, list)
		seq_printf(m, "asid %u %s policy %#llx private %llu frames\n",
			   READ_ONCE(g->asid), READ_ONCE(g->running) ? "running" : "not running",
			   READ_ONCE(g->policy), READ_ONCE(g->nr_private));
	mutex_unlock(&psp->guests->list_lock);
	a = &psp->guests->asids;
	seq_printf(m, "asids 1-%u: %u used, %u to be flushed, %u lost\n", a->max, a->nr_used,
		   bitmap_weight(a->dirty, a->max + 1), a->nr_stuck);
unlock:
	up_read(&host_lock);
}
