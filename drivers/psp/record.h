/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the mailbox has done: statistics of each command, the last commands.
 */
#ifndef SNP_PSP_RECORD_H
#define SNP_PSP_RECORD_H

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct psp;
struct psp_cmd_info;
struct seq_file;

#define PSP_NR_LAST		64

/**
 * struct psp_cmd_stats - one command, since the function was bound
 * @count: how often it was submitted
 * @errors: how often it ended with another status than SUCCESS, or not at all
 * @timeouts: how often it did not end
 * @last_error: firmware status of the last error; meaningless without one
 * @min_ns: shortest time from submission to end
 * @max_ns: longest
 * @total_ns: all together
 */
struct psp_cmd_stats {
	u64 count;
	u64 errors;
	u64 timeouts;
	u16 last_error;
	u64 min_ns;
	u64 max_ns;
	u64 total_ns;
};

/**
 * struct psp_cmd_end - how one command ended
 * @cmd: command number
 * @status: firmware status, when @ret is 0 or -EIO
 * @ret: 0, -EIO, or why there is no status
 * @extra_lo: CmdBuf low after an error; what the firmware left there
 * @extra_hi: CmdBuf high
 * @ns: time from submission to end
 * @start_ns: when it was submitted, CLOCK_MONOTONIC
 * @seq: the how-manieth command since the function was bound
 */
struct psp_cmd_end {
	u16 cmd;
	u16 status;
	int ret;
	u32 extra_lo;
	u32 extra_hi;
	u64 ns;
	u64 start_ns;
	u64 seq;
};

/**
 * struct psp_counters - all commands together
 * @nr: commands so far
 * @nr_errors: of them, those that failed
 * @nr_lost_irqs: ends of a command without an interrupt
 */
struct psp_counters {
	u64 nr;
	u64 nr_errors;
	u64 nr_lost_irqs;
};

/**
 * struct psp_record - of one AMD-SP
 * @lock: everything below; taken with interrupts on, never around a command
 * @all: counters
 * @last: ring of the last commands
 * @stats: one for each row of the command table
 */
struct psp_record {
	spinlock_t lock;	/* everything below */
	struct psp_counters all;
	struct psp_cmd_end last[PSP_NR_LAST];
	struct psp_cmd_stats stats[];
};

/**
 * psp_stats_add() - count one command
 * @s: statistics of its kind
 * @e: how it ended
 */
static inline void psp_stats_add(struct psp_cmd_stats *s, const struct psp_cmd_end *e)
{
	if (e->ret) {
		s->errors++;
		s->last_error = e->ret == -EIO ? e->status : 0;
		s->timeouts += e->ret == -ETIMEDOUT;
	}
	s->min_ns = s->count ? min(s->min_ns, e->ns) : e->ns;
	s->max_ns = max(s->max_ns, e->ns);
	s->total_ns += e->ns;
	s->count++;
}

struct psp_record *psp_record_new(void);
void psp_record_add(struct psp_record *rec, const struct psp_cmd_info *info,
		    struct psp_cmd_end *e);
void psp_record_lost_irq(struct psp_record *rec);
struct psp_counters psp_record_counters(struct psp_record *rec);
void psp_record_show_stats(struct psp_record *rec, struct seq_file *m);
void psp_record_show_last(struct psp_record *rec, struct seq_file *m);

#endif /* SNP_PSP_RECORD_H */
