// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics of the mailbox, and the last commands.
 *
 * Has a lock of its own, innermost: whoever reads must not wait for a command
 * that takes its 100 seconds.
 */
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <snp/fw.h>

#include "cmdtable.h"
#include "record.h"

/**
 * psp_record_new() - an empty record
 *
 * Return: to be freed with kfree(); NULL without memory.
 */
struct psp_record *psp_record_new(void)
{
	struct psp_record *rec = kzalloc(struct_size(rec, stats, psp_nr_cmds), GFP_KERNEL);

	if (rec)
		spin_lock_init(&rec->lock);
	return rec;
}

/**
 * psp_record_add() - note the end of a command
 * @rec: the record
 * @info: row of the command
 * @e: how it ended; gets its sequence number
 *
 * Context: any but a hard interrupt.
 */
void psp_record_add(struct psp_record *rec, const struct psp_cmd_info *info,
		    struct psp_cmd_end *e)
{
	spin_lock(&rec->lock);
	e->seq = rec->all.nr++;
	rec->all.nr_errors += !!e->ret;
	rec->last[e->seq % PSP_NR_LAST] = *e;
	psp_stats_add(&rec->stats[info - psp_cmd_table], e);
	spin_unlock(&rec->lock);
}

/**
 * psp_record_lost_irq() - a command has ended and no interrupt said so
 * @rec: the record
 *
 * Context: any but a hard interrupt.
 */
void psp_record_lost_irq(struct psp_record *rec)
{
	spin_lock(&rec->lock);
	rec->all.nr_lost_irqs++;
	spin_unlock(&rec->lock);
}

/**
 * psp_record_counters() - the counters
 * @rec: the record
 *
 * Context: any but a hard interrupt.
 * Return: a copy.
 */
struct psp_counters psp_record_counters(struct psp_record *rec)
{
	struct psp_counters c;

	spin_lock(&rec->lock);
	c = rec->all;
	spin_unlock(&rec->lock);
	return c;
}

static const char *end_name(const struct psp_cmd_end *e)
{
	switch (e->ret) {
	case 0:
	case -EIO:
		return snp_fw_status_name(e->status);
	case -ETIMEDOUT:
		return "no answer";
	}
	return "registers gone";
}

/**
 * psp_record_show_stats() - one line for each command that was ever sent
 * @rec: the record
 * @m: where to
 *
 * Context: may sleep.
 */
void psp_record_show_stats(struct psp_record *rec, struct seq_file *m)
{
	struct psp_cmd_stats s;
	unsigned int i;

	seq_puts(m, "command count errors timeouts last_error min_us avg_us max_us total_us\n");
	for (i = 0; i < psp_nr_cmds; i++) {
		spin_lock(&rec->lock);
		s = rec->stats[i];
		spin_unlock(&rec->lock);
		if (!s.count)
			continue;
		seq_printf(m, "%s %llu %llu %llu %s %llu %llu %llu %llu\n",
			   psp_cmd_table[i].name, s.count, s.errors, s.timeouts,
			   s.errors ? snp_fw_status_name(s.last_error) : "-",
			   div_u64(s.min_ns, 1000), div64_u64(div_u64(s.total_ns, 1000), s.count),
			   div_u64(s.max_ns, 1000), div_u64(s.total_ns, 1000));
	}
}

/**
 * psp_record_show_last() - the last commands, oldest first
 * @rec: the record
 * @m: where to
 *
 * Context: may sleep.
 */
void psp_record_show_last(struct psp_record *rec, struct seq_file *m)
{
	struct psp_cmd_end e;
	u64 seq, nr;

	spin_lock(&rec->lock);
	nr = rec->all.nr;
	spin_unlock(&rec->lock);

	seq_puts(m, "number start_us command status result extra_hi extra_lo took_us\n");
	for (seq = nr > PSP_NR_LAST ? nr - PSP_NR_LAST : 0; seq < nr; seq++) {
		spin_lock(&rec->lock);
		e = rec->last[seq % PSP_NR_LAST];
		spin_unlock(&rec->lock);
		/* Overwritten meanwhile. */
		if (e.seq != seq)
			continue;
		seq_printf(m, "%llu %llu %s %s %d %#x %#x %llu\n", e.seq,
			   div_u64(e.start_ns, 1000), psp_cmd_name(e.cmd), end_name(&e), e.ret,
			   e.extra_hi, e.extra_lo, div_u64(e.ns, 1000));
	}
}
