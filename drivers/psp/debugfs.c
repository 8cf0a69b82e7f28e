// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: the RMP as a whole, any one of its entries, the quarantine and the
 * guests.
 *
 *   rmp		where the RMP is, what it covers, frames by page state
 *   rmp_map		runs of frames in the same state
 *   rmp_entry		write a frame number, read its entry
 *   quarantine		pages that are lost, each with its RMP entry
 *   guests		ASID, memory and state of each guest
 *
 * For people: the format is no interface.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/seq_file.h>

#include "guest.h"
#include "hostapi.h"

/* Not with psp.lock: the whole table takes long to read, and commands go on meanwhile. */
static bool rmp_enter(struct psp *psp)
{
	down_read(&psp->rmp_lock);
	if (psp->rmp_open)
		return true;
	up_read(&psp->rmp_lock);
	return false;
}

static void rmp_leave(struct psp *psp)
{
	up_read(&psp->rmp_lock);
}

struct state_count {
	u64 frames;
	u64 large;
};

static void show_counts(struct seq_file *m, const struct rmp_table *t)
{
	struct state_count count[SNP_STATE_DEFAULT + 1] = { }, unreadable = { }, *c;
	struct rmp_run run;
	int state;
	u64 pfn;

	for (pfn = 0; rmp_next_run(t, pfn, &run); pfn = run.pfn + run.nr_pages) {
		c = run.state < 0 ? &unreadable : &count[run.state];
		c->frames += run.nr_pages;
		if (run.size_2m)
			c->large += run.nr_pages / RMP_PAGES_2M;
	}
	seq_printf(m, "%-16s%12s%14s\n", "state", "frames", "2M entries");
	for (state = 0; state < SNP_STATE_DEFAULT; state++)
		seq_printf(m, "%-16s%12llu%14llu\n", rmp_state_name(state), count[state].frames,
			   count[state].large);
	seq_printf(m, "%-16s%12llu%14llu\n", "no such state", unreadable.frames, unreadable.large);
	seq_printf(m, "%-16s%12llu\n", "no entry", count[SNP_STATE_DEFAULT].frames);
}

static int rmp_show(struct seq_file *m, void *unused)
{
	struct psp *psp = m->private;
	const struct rmp_table *t = &psp->rmp;
	unsigned int i, n = 0;

	if (!rmp_enter(psp)) {
		seq_puts(m, "SNP is not up\n");
		return 0;
	}
	for (i = 0; i < t->nr_segments; i++)
		n += !!t->segment[i].seg.nr_frames;
	seq_printf(m, "form: %s\n", t->layout.segmented ? "segmented" : "contiguous");
	seq_printf(m, "base: %#llx\nend: %#llx\nconfiguration: %#llx\n", t->msrs.base,
		   t->msrs.end, t->msrs.cfg);
	if (t->layout.segmented)
		seq_printf(m, "segments: %u of %llu GiB\n", n,
			   (1ULL << t->layout.seg_shift) / SZ_1G);
	seq_printf(m, "read by: %s\n", t->has_rmpread ? "RMPREAD" : "memory");
	seq_printf(m, "covered: %llu frames, %llu MiB, below %#llx\n\n", rmp_nr_covered(t),
		   rmp_nr_covered(t) * SNP_PAGE_SIZE / SZ_1M, rmp_end_pfn(t) << SNP_PAGE_SHIFT);
	show_counts(m, t);
	rmp_leave(psp);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rmp);

/*
 * The position is a frame number: a long map is read in pieces.  seq_file calls
 * stop after every start, whatever that has returned.
 */
static void *map_start(struct seq_file *m, loff_t *pos)
{
	struct psp *psp = m->private;

	down_read(&psp->rmp_lock);
	if (!psp->rmp_open)
		return NULL;
	return (u64)*pos < rmp_end_pfn(&psp->rmp) ? pos : NULL;
}

static void *map_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct psp *psp = m->private;
	struct rmp_run run;

	if (rmp_next_run(&psp->rmp, *pos, &run))
		*pos = run.pfn + run.nr_pages;
	return (u64)*pos < rmp_end_pfn(&psp->rmp) ? pos : NULL;
}

static void map_stop(struct seq_file *m, void *v)
{
	rmp_leave(m->private);
}

static int map_show(struct seq_file *m, void *v)
{
	struct psp *psp = m->private;
	struct rmp_run run;

	if (!rmp_next_run(&psp->rmp, *(loff_t *)v, &run))
		return 0;
	seq_printf(m, "%#013llx-%#013llx %9llu %s %s", run.pfn << SNP_PAGE_SHIFT,
		   ((run.pfn + run.nr_pages) << SNP_PAGE_SHIFT) - 1, run.nr_pages,
		   run.size_2m ? "2M" : "4K",
		   run.state == SNP_STATE_DEFAULT ? "no entry" : rmp_state_name(run.state));
	if (run.asid)
		seq_printf(m, " asid %u", run.asid);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations rmp_map_sops = {
	.start	= map_start,
	.next	= map_next,
	.stop	= map_stop,
	.show	= map_show,
};
DEFINE_SEQ_ATTRIBUTE(rmp_map);

static void show_entry(struct seq_file *m, const struct rmp_table *t, u64 pfn)
{
	struct rmp_entry e;
	int err = rmp_lookup(t, pfn, &e);

	seq_printf(m, "pfn %#llx: ", pfn);
	if (err == -ENXIO) {
		seq_puts(m, "no entry, outside of the RMP's coverage\n");
		return;
	}
	if (err) {
		seq_printf(m, "entry cannot be read (%d)\n", err);
		return;
	}
	seq_printf(m, "%s, assigned %u, size %s, immutable %u, asid %u, gpa %#llx",
		   rmp_state_name(rmp_entry_state(&e)), e.assigned, e.size_2m ? "2M" : "4K",
		   e.immutable, e.asid, e.gpa);
	if (e.partial)
		seq_puts(m, ", validated and vmsa unknown\n");
	else
		seq_printf(m, ", validated %u, vmsa %u, rights %02x %02x %02x %02x\n",
			   e.validated, e.vmsa, e.perms[0], e.perms[1], e.perms[2], e.perms[3]);
}

/* Which frame is asked for; there is one AMD-SP that this module drives. */
static u64 entry_pfn;

static int rmp_entry_show(struct seq_file *m, void *unused)
{
	struct psp *psp = m->private;

	if (!rmp_enter(psp)) {
		seq_puts(m, "SNP is not up\n");
		return 0;
	}
	show_entry(m, &psp->rmp, READ_ONCE(entry_pfn));
	rmp_leave(psp);
	return 0;
}

static int rmp_entry_open(struct inode *inode, struct file *file)
{
	return single_open(file, rmp_entry_show, inode->i_private);
}

static ssize_t rmp_entry_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	u64 pfn;
	int err = kstrtoull_from_user(buf, len, 0, &pfn);

	if (err)
		return err;
	WRITE_ONCE(entry_pfn, pfn);
	return len;
}

static const struct file_operations rmp_entry_fops = {
	.owner		= THIS_MODULE,
	.open		= rmp_entry_open,
	.read		= seq_read,
	.write		= rmp_entry_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

struct quarantine_show {
	struct seq_file *m;
	const struct rmp_table *t;
	char why[PSP_WHY_LEN];
};

static int show_lost(void *arg, u64 pfn, const char *why)
{
	struct quarantine_show *q = arg;

	if (strcmp(q->why, why)) {
		seq_printf(q->m, "%s, and others of its block:\n", why);
		strscpy(q->why, why, sizeof(q->why));
	}
	seq_puts(q->m, "  ");
	if (q->t)
		show_entry(q->m, q->t, pfn);
	else
		seq_printf(q->m, "pfn %#llx: entry unknown, SNP is not up\n", pfn);
	return seq_has_overflowed(q->m);
}

static int quarantine_show(struct seq_file *m, void *unused)
{
	struct psp *psp = m->private;
	struct quarantine_show q = { .m = m };
	bool up = rmp_enter(psp);

	seq_printf(m, "%lu page(s)\n", psp_nr_quarantined());
	if (up)
		q.t = &psp->rmp;
	psp_quarantine_walk(show_lost, &q);
	if (up)
		rmp_leave(psp);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(quarantine);

static int guests_show(struct seq_file *m, void *unused)
{
	psp_host_show(m->private, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(guests);

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
} files[] = {
	{ "rmp",	0400, &rmp_fops },
	{ "rmp_map",	0400, &rmp_map_fops },
	{ "rmp_entry",	0600, &rmp_entry_fops },
	{ "quarantine",	0400, &quarantine_fops },
	{ "guests",	0400, &guests_fops },
};

/* There is one AMD-SP that this module drives. */
static struct dentry *dentries[ARRAY_SIZE(files)];

/**
 * psp_debugfs_init() - make the files
 * @psp: the AMD-SP, with its directory made
 *
 * Without debugfs there are none, and nothing else is missing.
 *
 * Context: may sleep.
 */
void psp_debugfs_init(struct psp *psp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		dentries[i] = debugfs_create_file(files[i].name, files[i].mode, psp->debugfs, psp,
						  files[i].fops);
}

/**
 * psp_debugfs_exit() - remove the files
 *
 * Context: may sleep, until nobody reads.
 */
void psp_debugfs_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_remove(dentries[i]);
}
