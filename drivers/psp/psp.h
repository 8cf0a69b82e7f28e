/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snp_host: the AMD-SP function, its mailbox, and SNP on this host.
 */
#ifndef SNP_PSP_H
#define SNP_PSP_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/irqreturn.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <arch-x86/rmp/rmp.h>
#include <snp/fw.h>

struct pci_dev;
struct psp_guests;
struct psp_lost;
struct fw_upload;
struct psp_record;

#define PSP_TEXT_LEN		320

/*
 * SNP_SHUTDOWN_EX that ends with SHUTDOWN_INCOMPLETE is to be repeated; how
 * often is not said (U).
 */
#define PSP_SHUTDOWN_REPEATS	10

/**
 * struct psp_regs - where a generation keeps its registers, offsets in BAR 2
 * @cmdresp: CmdResp
 * @cmdbuf_lo: command buffer address, bits 31:0
 * @cmdbuf_hi: command buffer address, bits 63:32
 * @feature: feature register
 * @int_enable: interrupt enable
 * @int_status: interrupt status, write 1 to clear
 * @bootloader: bootloader version, AA.BB.CC.DD
 */
struct psp_regs {
	u32 cmdresp;
	u32 cmdbuf_lo;
	u32 cmdbuf_hi;
	u32 feature;
	u32 int_enable;
	u32 int_status;
	u32 bootloader;
};

/**
 * struct psp_death - why the AMD-SP takes no more commands
 * @dead: it does not
 * @cmd: the command that it died of
 * @when: wall clock time
 * @cmdresp: CmdResp at that time
 * @extra: CmdBuf at that time
 * @why: reason in words
 */
struct psp_death {
	bool dead;
	u16 cmd;
	time64_t when;
	u32 cmdresp;
	u64 extra;
	char why[PSP_TEXT_LEN];
};

/**
 * struct psp_versions - what the firmware last said about itself
 * @known: it has been asked
 * @committed_known: @committed_tcb is; no command tells, so only after SNP_COMMIT
 * @committed_tcb: what was current when it was committed
 * @snp: the rest
 */
struct psp_versions {
	bool known;
	bool committed_known;
	u64 committed_tcb;
	struct snp_fw_snp_status snp;
};

/**
 * struct psp - the AMD-SP of this host
 * @pdev: its PCI function
 * @regs: BAR 2
 * @reg: offsets in it
 * @irq: interrupt number, negative without one
 * @lock: one command, and what belongs to it: page states before and after
 * @polled: completion is polled, because there is no working interrupt
 * @answered: some command has been answered, so the long time-out applies
 * @done: the interrupt handler has seen the end of a command
 * @cmdbuf: command buffer, one page
 * @death: set once, under @lock
 * @restore_required: no firmware runs since an upload: until one succeeds, pages given to
 *	it would not come back; under @lock
 * @stopped: the system sleeps or goes down: no command is to begin; under @lock
 * @record: statistics and the last commands
 * @bootloader: bootloader version register
 * @snp_up: the firmware has, or may have, SNP up
 * @versions_lock: protects @versions; innermost
 * @versions: for those who do not want to wait for @lock
 * @reason: why SNP is not up, or up but of no use; empty when all is well
 * @rmp: valid while SNP is being brought up or is up
 * @rmp_lock: keeps @rmp where it is for those who do not hold @lock; inside of @lock
 * @rmp_open: SNP is up as it should be, and @rmp may be read under @rmp_lock
 * @cpus_held: CPU hotplug is off
 * @resume_snp: SNP was up before the system went to sleep
 * @panic_nb: takes SNP down in a panic
 * @units: blocks of memory that firmware pages are taken from
 * @spare: what described a firmware page, for the next one; may be NULL
 * @cmdbuf_lost: quarantine record of @cmdbuf
 * @guests: what there is of guests while SNP is up, see guest.h
 * @nr_firmware: how many firmware images have been loaded; for psp_host_touch()
 * @debugfs: directory of this module
 * @upload: firmware upload; NULL where the kernel has none
 */
struct psp {
	struct pci_dev *pdev;
	void __iomem *regs;
	const struct psp_regs *reg;
	int irq;

	struct mutex lock;	/* the mailbox and the pages in its use */
	bool polled;
	bool answered;
	struct completion done;
	void *cmdbuf;
	struct psp_death death;
	bool restore_required;
	bool stopped;
	struct psp_record *record;
	u32 bootloader;

	bool snp_up;
	spinlock_t versions_lock;	/* @versions */
	struct psp_versions versions;
	char reason[PSP_TEXT_LEN];
	struct rmp_table rmp;
	struct rw_semaphore rmp_lock;	/* rmp, rmp_open */
	bool rmp_open;
	bool cpus_held;
	bool resume_snp;
	struct notifier_block panic_nb;

	struct list_head units;
	struct psp_fwpage *spare;
	struct psp_lost *cmdbuf_lost;

	struct psp_guests *guests;
	unsigned int nr_firmware;
	struct dentry *debugfs;
	struct fw_upload *upload;
};

/* pci.c */
int psp_pci_register(void);
void psp_pci_unregister(void);

/* mailbox.c */
int psp_mailbox_init(struct psp *psp);
void psp_mailbox_exit(struct psp *psp);
void psp_mailbox_stop(struct psp *psp);
void psp_mailbox_resume(struct psp *psp);
irqreturn_t psp_mailbox_irq(int irq, void *data);
int psp_cmd(struct psp *psp, enum snp_fw_cmd cmd, const void *buf, size_t len, u32 *status);
int psp_cmd_at(struct psp *psp, enum snp_fw_cmd cmd, u64 paddr, u32 *status);

/* death.c */
int psp_alive(struct psp *psp, enum snp_fw_cmd cmd);
int psp_ready(struct psp *psp, enum snp_fw_cmd cmd, u32 *status);

/* cmdtable.c */
const char *psp_cmd_name(unsigned int cmd);

/* cmds.c */
int psp_platform_status(struct psp *psp, struct snp_fw_platform_status *st, u32 *status);
int psp_snp_status(struct psp *psp, struct snp_fw_snp_status *st, u32 *status);
int psp_feature_info(struct psp *psp, u32 ecx, struct snp_fw_feature_regs *regs, u32 *status);
int psp_get_id(struct psp *psp, void *id, u32 *len, u32 *status);
int psp_snp_commit(struct psp *psp, u32 *status);
int psp_snp_config(struct psp *psp, const struct snp_fw_config *config, u32 *status);
int psp_vlek_load(struct psp *psp, const struct snp_vlek_hashstick *stick, u32 *status);
int psp_download_firmware(struct psp *psp, const void *image, u32 len, u32 *status);
struct psp_versions psp_versions(struct psp *psp);

/* fwpages.c */
struct psp_fwpage;
struct psp_fwpage *psp_fwpage_alloc(struct psp *psp);
struct psp_fwpage *psp_fwpage_alloc_read(struct psp *psp);
int psp_fwpage_give(struct psp *psp, struct psp_fwpage *p);
int psp_page_reclaim(struct psp *psp, u64 pfn, bool size_2m, u32 *status);
int psp_fwpage_reclaim(struct psp *psp, struct psp_fwpage *p);
void psp_fwpage_quarantine(struct psp *psp, struct psp_fwpage *p, const char *why);
void psp_fwpage_free(struct psp *psp, struct psp_fwpage *p);
void *psp_fwpage_va(const struct psp_fwpage *p);
u64 psp_fwpage_paddr(const struct psp_fwpage *p);
void psp_fwpages_exit(struct psp *psp);

/* gates.c */
__printf(5, 6) int psp_refuse(struct psp *psp, const char *checked, const char *needed,
			      const char *next, const char *seen, ...);
int psp_gate_kernel(struct psp *psp);
int psp_gate_cpu(struct psp *psp);
int psp_gate_prepared(struct psp *psp, bool enabled);
int psp_gate_rmp(struct psp *psp);
int psp_gate_firmware(struct psp *psp);

/* cpus.c */
int psp_cpus_hold(struct psp *psp);
void psp_cpus_release(struct psp *psp);
int psp_cpus_watch(struct psp *psp);
void psp_cpus_unwatch(struct psp *psp);
int psp_cpus_check(struct psp *psp, bool *enabled);
int psp_cpus_enable(struct psp *psp, bool enabled);

/* init.c */
int psp_snp_init(struct psp *psp);
void psp_snp_shutdown(struct psp *psp);
void psp_snp_exit(struct psp *psp);
int psp_snp_suspend(struct psp *psp);

/* panic.c */
void psp_panic_register(struct psp *psp);
void psp_panic_unregister(struct psp *psp);

/* dev.c */
int psp_dev_register(struct psp *psp);
void psp_dev_start(struct psp *psp);
void psp_dev_stop(void);
void psp_dev_unregister(void);

/* upload.c */
void psp_upload_register(struct psp *psp);
void psp_upload_unregister(struct psp *psp);

/* hostapi.c */
int psp_host_start(struct psp *psp);
void psp_host_stop(struct psp *psp);
int psp_host_freeze(struct psp *psp);
void psp_host_thaw(struct psp *psp);
void psp_host_touch(struct psp *psp);

/* debugfs.c */
void psp_debugfs_init(struct psp *psp);
void psp_debugfs_exit(void);

/* cmd_debugfs.c */
void psp_cmd_debugfs_init(struct psp *psp);
void psp_cmd_debugfs_exit(struct psp *psp);

/* sysfs.c */
extern const struct attribute_group *psp_groups[];

#endif /* SNP_PSP_H */
