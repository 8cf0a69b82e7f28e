/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that the firmware or a guest may still own and that nobody gets back.
 */
#ifndef SNP_PSP_QUARANTINE_H
#define SNP_PSP_QUARANTINE_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/types.h>

struct psp;

#define PSP_BLOCK_PAGES		512	/* 2 MiB */
#define PSP_WHY_LEN		96

/**
 * struct psp_lost - quarantined frames of one aligned block of 2 MiB
 * @list: in the list of all, once there is a frame in it
 * @first_pfn: first frame of the block
 * @frames: which of its frames are lost
 * @why: why the first of them is
 *
 * Made together with what may get lost, so that an accident needs no memory.
 */
struct psp_lost {
	struct list_head list;
	u64 first_pfn;
	DECLARE_BITMAP(frames, PSP_BLOCK_PAGES);
	char why[PSP_WHY_LEN];
};

struct psp_lost *psp_lost_alloc(u64 pfn);
void psp_lost_free(struct psp_lost *l);
bool psp_lost_any(const struct psp_lost *l);
__printf(5, 6) void psp_quarantine(struct psp *psp, struct psp_lost *l, u64 pfn,
				   unsigned int nr_pages, const char *fmt, ...);
void psp_quarantine_pages(struct psp *psp, u64 pfn, unsigned long nr_pages, const char *why);
unsigned long psp_nr_quarantined(void);
bool psp_is_quarantined(u64 pfn);
int psp_quarantine_walk(int (*fn)(void *arg, u64 pfn, const char *why), void *arg);
void psp_quarantine_exit(void);

#endif /* SNP_PSP_QUARANTINE_H */
