// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: statistics of the commands, the last commands.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "psp.h"
#include "record.h"

static int commands_show(struct seq_file *m, void *unused)
{
	struct psp *psp = m->private;

	psp_record_show_stats(psp->record, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(commands);

static int last_commands_show(struct seq_file *m, void *unused)
{
	struct psp *psp = m->private;

	psp_record_show_last(psp->record, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(last_commands);

/**
 * psp_cmd_debugfs_init() - make the files
 * @psp: the AMD-SP
 *
 * Nothing depends on them, so nothing is said when they cannot be made.
 */
void psp_cmd_debugfs_init(struct psp *psp)
{
	psp->debugfs = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("commands", 0400, psp->debugfs, psp, &commands_fops);
	debugfs_create_file("last_commands", 0400, psp->debugfs, psp, &last_commands_fops);
}

/**
 * psp_cmd_debugfs_exit() - remove them
 * @psp: the AMD-SP
 *
 * Context: may sleep, until a reader has left.
 */
void psp_cmd_debugfs_exit(struct psp *psp)
{
	debugfs_remove(psp->debugfs);
}
