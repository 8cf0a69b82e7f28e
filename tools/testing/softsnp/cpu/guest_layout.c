// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page list of the guest role and the determined pages of it.  SNP firmware
 * ABI (56860, launch), AMD64 APM volume 2 (24593, VMSA), Linux boot protocol.
 */
#include <string.h>

#include "guest_layout.h"

#define E820_RAM	1
#define E820_RESERVED	2
#define E820_ACPI	3

#define LAYOUT_SVSM_TEXT	"SoftSNP SVSM, protocols core 1, attestation 1, vTPM 1"

#define PAGES(len)	(((len) + SNP_PAGE_SIZE - 1) >> SNP_PAGE_SHIFT)

static void add(struct launch_plan *p, enum snp_page_type type, uint64_t gpa, uint64_t nr_pages,
		const char *source)
{
	p->range[p->nr++] = (struct launch_range){ type, gpa, nr_pages, source };
}

static bool inside(uint64_t gpa, uint64_t len, uint64_t start, uint64_t end)
{
	return gpa >= start && gpa <= end && len <= end - gpa;
}

const char *layout_plan(struct launch_plan *plan, const struct launch_input *in)
{
	uint64_t kernel_end;

	memset(plan, 0, sizeof(*plan));
	if (!in->kernel_len || !inside(LAYOUT_KERNEL, in->kernel_len, LAYOUT_KERNEL, in->ram_size))
		return "the kernel does not fit into memory";
	kernel_end = LAYOUT_KERNEL + PAGES(in->kernel_len) * SNP_PAGE_SIZE;

	if (in->initrd_len) {
		if (in->initrd_gpa & (SNP_PAGE_SIZE - 1))
			return "the initrd is not page aligned";
		if (!inside(in->initrd_gpa, PAGES(in->initrd_len) * SNP_PAGE_SIZE, kernel_end,
			    in->ram_size))
			return "the initrd is not between kernel and end of memory";
	}
	if (in->svsm_gpa && in->svsm_gpa < kernel_end)
		return "the kernel leaves no room for the SVSM";
	if (in->cmdline_gpa & (SNP_PAGE_SIZE - 1))
		return "the command line is not page aligned";
	if (in->cmdline_len > LAYOUT_CMDLINE_MAX)
		return "the command line is longer than 4095 bytes";
	if (!inside(in->cmdline_gpa, SNP_PAGE_SIZE, SNP_PAGE_SIZE, LAYOUT_HOLE))
		return "the command line is not below the loader's pages";

	add(plan, SNP_PAGE_TYPE_NORMAL, LAYOUT_KERNEL, PAGES(in->kernel_len), "kernel");
	if (in->initrd_len)
		add(plan, SNP_PAGE_TYPE_NORMAL, in->initrd_gpa, PAGES(in->initrd_len), "initrd");
	add(plan, SNP_PAGE_TYPE_NORMAL, in->cmdline_gpa, 1, "cmdline");
	add(plan, SNP_PAGE_TYPE_NORMAL, LAYOUT_CC_BLOB, 1, "cc-blob");
	add(plan, SNP_PAGE_TYPE_UNMEASURED, LAYOUT_SETUP_DATA, 1, "setup-data");
	add(plan, SNP_PAGE_TYPE_UNMEASURED, LAYOUT_BOOT_PARAMS, 1, "boot-params");
	add(plan, SNP_PAGE_TYPE_SECRETS, LAYOUT_SECRETS, 1, "secrets");
	add(plan, SNP_PAGE_TYPE_CPUID, LAYOUT_CPUID, 1, "cpuid");
	if (in->svsm_gpa) {
		add(plan, SNP_PAGE_TYPE_NORMAL, in->svsm_gpa, 1, "svsm");
		add(plan, SNP_PAGE_TYPE_ZERO, LAYOUT_SVSM_CAA, 1, "svsm-caa");
	}
	add(plan, SNP_PAGE_TYPE_VMSA, SNP_VMSA_GPA, 1, "vmsa");
	return NULL;
}

const char *layout_type_name(enum snp_page_type type)
{
	switch (type) {
	case SNP_PAGE_TYPE_NORMAL:
		return "normal";
	case SNP_PAGE_TYPE_VMSA:
		return "vmsa";
	case SNP_PAGE_TYPE_ZERO:
		return "zero";
	case SNP_PAGE_TYPE_UNMEASURED:
		return "unmeasured";
	case SNP_PAGE_TYPE_SECRETS:
		return "secrets";
	case SNP_PAGE_TYPE_CPUID:
		return "cpuid";
	}
	return "unknown";
}

void layout_cc_blob(struct snp_cc_blob *b)
{
	*b = (struct snp_cc_blob){
		.magic = SNP_CC_BLOB_MAGIC,
		.version = 1,
		.secrets_gpa = LAYOUT_SECRETS,
		.secrets_len = SNP_PAGE_SIZE,
		.cpuid_gpa = LAYOUT_CPUID,
		.cpuid_len = SNP_PAGE_SIZE,
	};
}

void layout_svsm(uint8_t *page)
{
	memset(page, 0, SNP_PAGE_SIZE);
	memcpy(page, LAYOUT_SVSM_TEXT, sizeof(LAYOUT_SVSM_TEXT));
}

void layout_boot_vmsa(struct snp_vmsa *v, uint64_t sev_features)
{
	const struct snp_vmsa_seg data = {
		.selector = 0x18, .attrib = 0xc93, .limit = 0xffffffff,
	};

	memset(v, 0, sizeof(*v));
	v->cs = (struct snp_vmsa_seg){ .selector = 0x10, .attrib = 0xc9b, .limit = 0xffffffff };
	v->ds = data;
	v->es = data;
	v->ss = data;
	v->fs = data;
	v->gs = data;
	v->efer = 0x1000;
	v->cr0 = 0x11;
	v->dr6 = 0xffff0ff0;
	v->dr7 = LAYOUT_DR7_RESET;
	v->rflags = 2;
	v->rip = LAYOUT_KERNEL;
	v->g_pat = 0x0007040600070406ULL;
	v->rsi = LAYOUT_BOOT_PARAMS;
	v->sev_features = sev_features;
	v->xcr0 = 1;
	v->mxcsr = 0x1f80;
	v->x87_fcw = 0x37f;
}

const char *layout_e820_prepare(struct layout_e820 *map, unsigned int *nr, unsigned int max)
{
	const struct layout_e820 node = { LAYOUT_SETUP_DATA, SNP_PAGE_SIZE, E820_RAM };
	unsigned int i, low = max;
	uint64_t ram_end = 0;

	for (i = 0; i < *nr; i++) {
		if (map[i].type != E820_RAM)
			continue;
		if (map[i].addr <= LAYOUT_KERNEL && map[i].addr + map[i].size > LAYOUT_KERNEL)
			ram_end = map[i].addr + map[i].size;
		if (!map[i].addr) {
			if (map[i].size < LAYOUT_HOLE_END)
				return "low memory ends below the loader's pages";
			map[i].size = LAYOUT_HOLE;
			low = i;
		}
	}
	if (!ram_end || low == max)
		return "no low memory, or none at 1 MiB";
	if (*nr == max)
		return "the memory map is full";
	for (i = 0; i < *nr; i++)
		if (map[i].type == E820_RESERVED && map[i].addr == ram_end)
			map[i].type = E820_ACPI;
	/* An entry of its own: Linux puts its trampoline at the end of a larger one. */
	memmove(&map[low + 2], &map[low + 1], (*nr - low - 1) * sizeof(*map));
	map[low + 1] = node;
	(*nr)++;
	return NULL;
}

const char *layout_svsm_reserve(struct layout_e820 *map, unsigned int *nr, unsigned int max,
				uint64_t initrd_gpa, uint64_t *gpa)
{
	struct layout_e820 rest = { .type = E820_RAM };
	uint64_t start, end;
	unsigned int i;

	for (i = 0; i < *nr; i++) {
		start = map[i].addr;
		end = start + map[i].size;
		rest.addr = (initrd_gpa ? initrd_gpa : end) & ~(SNP_PAGE_SIZE - 1ULL);
		if (map[i].type == E820_RAM && start <= LAYOUT_KERNEL && rest.addr <= end &&
		    rest.addr > LAYOUT_KERNEL + LAYOUT_SVSM_SIZE)
			break;
	}
	if (i == *nr)
		return "no memory for the SVSM";
	if (*nr == max)
		return "the memory map is full";
	*gpa = rest.addr - LAYOUT_SVSM_SIZE;
	rest.size = end - rest.addr;
	map[i].size = *gpa - start;
	memmove(&map[i + 2], &map[i + 1], (*nr - i - 1) * sizeof(*map));
	map[i + 1] = rest;
	(*nr)++;
	return NULL;
}
