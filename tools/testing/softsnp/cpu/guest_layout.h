/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the guest role's loader puts things, and the list of pages that a
 * guest is launched with.  Pure; tested without QEMU.
 *
 * The list is the documented measurement: page contents, types, addresses and
 * order.  Whoever recomputes the launch digest follows it.
 */
#ifndef SOFTSNP_CPU_GUEST_LAYOUT_H
#define SOFTSNP_CPU_GUEST_LAYOUT_H

#include <snp/fw.h>
#include <snp/guest_pages.h>

#include "attr.h"

/* A hole in the guest's memory map, below the extended BIOS data area. */
#define LAYOUT_HOLE		0x90000
#define LAYOUT_SETUP_DATA	0x90000
#define LAYOUT_CC_BLOB		0x91000
#define LAYOUT_SECRETS		0x92000
#define LAYOUT_CPUID		0x93000
#define LAYOUT_NATIVE_STUB	0x94000
#define LAYOUT_NATIVE_TABLES	0x95000	/* two pages */
#define LAYOUT_BOOT_PARAMS	0x97000
#define LAYOUT_AP_PARK		0x98000
#define LAYOUT_COLLECT_STUB	0x99000
#define LAYOUT_COLLECT_DATA	0x9a000
#define LAYOUT_SVSM_CAA		0x9b000	/* calling area that a guest under an SVSM starts with */
#define LAYOUT_HOLE_END		0x9c000

#define LAYOUT_KERNEL		0x100000
#define LAYOUT_SVSM_SIZE	0x1000
#define LAYOUT_POLICY		0x30000
#define LAYOUT_CMDLINE_MAX	4095
#define LAYOUT_DR7_RESET	0x400	/* of a VMSA */

/* One run of pages of the list. */
struct launch_range {
	enum snp_page_type type;
	uint64_t gpa;
	uint32_t nr_pages;
	const char *source;
};

#define LAUNCH_RANGES	11
struct launch_plan {
	unsigned int nr;
	struct launch_range range[LAUNCH_RANGES];
};

/* What the boot loader left in memory. */
struct launch_input {
	uint64_t ram_size;
	uint64_t kernel_len;		/* protected-mode part */
	uint64_t initrd_gpa;
	uint64_t initrd_len;		/* 0: none */
	uint64_t cmdline_gpa;
	uint64_t cmdline_len;		/* without the NUL */
	uint64_t svsm_gpa;		/* memory of the SVSM; 0: there is none */
};

/**
 * layout_plan() - the page list for an input
 * @plan: receives the list
 * @in: what was loaded
 *
 * Return: NULL, or why this cannot be launched.
 */
const char *layout_plan(struct launch_plan *plan, const struct launch_input *in);

/* "normal", "vmsa", ...: how the list is written down. */
const char *layout_type_name(enum snp_page_type type);

/* Content of the pages that are fully determined. */
void layout_cc_blob(struct snp_cc_blob *b);
void layout_boot_vmsa(struct snp_vmsa *v, uint64_t sev_features);
/* The measured page that says what plays the SVSM; @page is one page. */
void layout_svsm(uint8_t *page);

/* Memory map of the boot protocol. */
struct layout_e820 {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
} __packed;

/**
 * layout_e820_prepare() - make the memory map fit for an SNP guest
 * @map: entries, changed in place
 * @nr: how many, changed
 * @max: room in @map
 *
 * Cuts the hole out of low memory, except the page with the setup_data node:
 * that must be RAM, or Linux would map it shared.  For the same reason turns
 * the reserved range right above RAM, where the BIOS keeps its ACPI tables,
 * into ACPI memory.
 *
 * Return: NULL, or what is wrong with the map.
 */
const char *layout_e820_prepare(struct layout_e820 *map, unsigned int *nr, unsigned int max);

/**
 * layout_svsm_reserve() - take memory for the SVSM out of the memory map
 * @map: entries, changed in place
 * @nr: how many, changed
 * @max: room in @map
 * @initrd_gpa: where the initrd begins; 0: there is none
 * @gpa: receives its address: below the initrd or, without, at the end of the
 *	RAM that the kernel is loaded into.  Not low memory: Linux looks for
 *	tables there.
 *
 * Return: NULL, or what is wrong with the map.
 */
const char *layout_svsm_reserve(struct layout_e820 *map, unsigned int *nr, unsigned int max,
				uint64_t initrd_gpa, uint64_t *gpa);

#endif /* SOFTSNP_CPU_GUEST_LAYOUT_H */
