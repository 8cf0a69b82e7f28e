// SPDX-License-Identifier: GPL-2.0-only
/*
 * The launch digest of a Linux guest that is booted directly from kernel,
 * initrd and command line ("SoftSNP direct boot").
 *
 * Digest: 56860, SNP_LAUNCH_UPDATE, PAGE_INFO.  VMSA: 24593, appendix B.
 * Addresses: the Linux/x86 boot protocol and the places where QEMU's loader
 * for the machine q35 puts things.  Documentation/snpctl.rst states the rule.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <snp/guest_pages.h>

#include "launch.h"

/* Setup header of a bzImage. */
#define BZ_SETUP_SECTS		0x1f1
#define BZ_MAGIC		0x202
#define BZ_VERSION		0x206
#define BZ_LOADFLAGS		0x211
#define BZ_INITRD_ADDR_MAX	0x22c
#define BZ_XLOADFLAGS		0x236
#define BZ_HEADER_END		0x268
#define BZ_LOADED_HIGH		BIT(0)
#define BZ_ABOVE_4G		BIT(1)
#define BZ_SECTOR		512
#define BZ_DEFAULT_SECTS	4

/* Where things are in a guest's memory. */
#define KERNEL_GPA		0x100000ULL
#define CMDLINE_GPA		0x20000ULL
#define SETUP_DATA_GPA		0x90000ULL
#define CC_BLOB_GPA		0x91000ULL
#define SECRETS_GPA		0x92000ULL
#define CPUID_GPA		0x93000ULL
#define SVSM_CAA_GPA		0x9b000ULL
/* Content of the page that says what plays the SVSM. */
#define SVSM_TEXT		"SoftSNP SVSM, protocols core 1, attestation 1, vTPM 1"

/* QEMU: the machine q35 splits memory that would reach into its MMIO space. */
#define Q35_SPLIT_FROM		0xb0000000ULL
#define Q35_LOW_WHEN_SPLIT	0x80000000ULL
/*
 * Low memory that the BIOS keeps, in the units of 64 KiB of its e801 call.
 * U: depends on BIOS and devices.  Seen with SeaBIOS of QEMU 11.1 on SoftSNP's
 * machine; with QEMU's default devices it is 0x30000.
 */
#define BIOS_RESERVED_LEN	0x20000ULL
#define MEM_UNIT		(1ULL << 20)
#define FOUR_GIB		(1ULL << 32)

/* Segment attributes as in the VMSA: flags 11:8, type and rights 7:0. */
#define CODE32_ATTRIB		0x0c9b
#define DATA32_ATTRIB		0x0c93
#define CODE_SELECTOR		0x10
#define DATA_SELECTOR		0x18

#define CR0_PE_ET		0x11
#define EFER_SVME		0x1000
#define RFLAGS_RESET		0x2
#define DR6_RESET		0xffff0ff0
#define DR7_RESET		0x400
#define PAT_RESET		0x0007040600070406ULL
#define XCR0_X87		1
#define MXCSR_RESET		0x1f80
#define FCW_RESET		0x37f
#define SEV_FEATURES_SNP	BIT_ULL(0)
#define SEV_FEATURES_DEBUG_SWAP	BIT_ULL(5)
#define SEV_FEATURES_SECURE_TSC	BIT_ULL(9)

static uint32_t le(const struct blob *file, size_t at, size_t len)
{
	uint32_t value = 0;

	while (len--)
		value = value << 8 | file->data[at + len];
	return value;
}

static size_t pages(uint64_t len)
{
	return (len + SNP_PAGE_SIZE - 1) / SNP_PAGE_SIZE;
}

/* Is this a kernel that can be booted this way, and where does its loaded part begin? */
static bool kernel_form(const struct blob *kernel, size_t *start, struct reason *why)
{
	uint32_t version, sects;

	if (kernel->len > LAUNCH_KERNEL_MAX)
		return refuse(why, "the kernel is larger than %lu MiB", LAUNCH_KERNEL_MAX >> 20);
	if (kernel->len < BZ_HEADER_END)
		return refuse(why, "the kernel is too short to have a setup header");
	if (memcmp(kernel->data + BZ_MAGIC, "HdrS", 4))
		return refuse(why, "the kernel has no setup header (\"HdrS\"): not a bzImage");
	/* The CC blob hangs on hdr.setup_data, which version 2.09 introduced. */
	version = le(kernel, BZ_VERSION, 2);
	if (version < 0x0209)
		return refuse(why, "the kernel's boot protocol is %u.%02u, 2.09 is needed",
			      version >> 8, version & 0xff);
	if (!(kernel->data[BZ_LOADFLAGS] & BZ_LOADED_HIGH))
		return refuse(why, "the kernel is not loaded at 1 MiB: a zImage");
	sects = kernel->data[BZ_SETUP_SECTS];
	if (!sects)
		sects = BZ_DEFAULT_SECTS;
	*start = (sects + 1) * BZ_SECTOR;
	if (*start >= kernel->len)
		return refuse(why, "the kernel ends (%zu bytes) inside its setup part (%zu bytes)",
			      kernel->len, *start);
	return true;
}

/**
 * launch_place_initrd() - where SoftSNP's machine has the initrd
 * @l: kernel and initrd must be there; receives the initrd's address
 * @mem: bytes of RAM of the machine
 * @why: receives the first defect
 *
 * QEMU proposes an address; the loader in its option ROM replaces it by the
 * last pages of the memory that the BIOS leaves free.
 */
bool launch_place_initrd(struct launch *l, uint64_t mem, struct reason *why)
{
	uint64_t low = mem >= Q35_SPLIT_FROM ? Q35_LOW_WHEN_SPLIT : mem, top, max;
	size_t start;

	if (!kernel_form(&l->kernel, &start, why))
		return false;
	if (!mem || mem % MEM_UNIT)
		return refuse(why, "the memory size is not a multiple of 1 MiB");
	top = low - BIOS_RESERVED_LEN;
	if (l->initrd.len > top)
		return refuse(why, "the initrd (%zu bytes) does not fit into memory",
			      l->initrd.len);

	/* The loader does not ask the kernel, so the kernel must not mind. */
	max = le(&l->kernel, BZ_INITRD_ADDR_MAX, 4);
	if (le(&l->kernel, BZ_VERSION, 2) >= 0x020c &&
	    le(&l->kernel, BZ_XLOADFLAGS, 2) & BZ_ABOVE_4G)
		max = FOUR_GIB - 1;
	if (top - 1 > max)
		return refuse(why,
			      "the kernel wants its initrd below 0x%llx, the loader ends it at 0x%llx",
			      (unsigned long long)max + 1, (unsigned long long)top);
	l->initrd_gpa = (top - l->initrd.len) & ~(uint64_t)(SNP_PAGE_SIZE - 1);
	return true;
}

static void fill_cc_blob(uint8_t *page)
{
	const struct snp_cc_blob blob = {
		.magic = SNP_CC_BLOB_MAGIC,
		.version = 1,
		.secrets_gpa = SECRETS_GPA,
		.secrets_len = SNP_PAGE_SIZE,
		.cpuid_gpa = CPUID_GPA,
		.cpuid_len = SNP_PAGE_SIZE,
	};

	memset(page, 0, SNP_PAGE_SIZE);
	memcpy(page, &blob, sizeof(blob));
}

/* The kernel's 32-bit entry: flat segments, protection on, paging off. */
static void fill_vmsa(uint8_t *page, const struct launch *l)
{
	const struct snp_vmsa_seg code = { CODE_SELECTOR, CODE32_ATTRIB, 0xffffffff, 0 };
	const struct snp_vmsa_seg data = { DATA_SELECTOR, DATA32_ATTRIB, 0xffffffff, 0 };
	const struct snp_vmsa vmsa = {
		.cs = code,
		.es = data, .ss = data, .ds = data, .fs = data, .gs = data,
		.efer = EFER_SVME,
		.cr0 = CR0_PE_ET,
		.dr6 = DR6_RESET,
		.dr7 = DR7_RESET,
		.rflags = RFLAGS_RESET,
		.rip = KERNEL_GPA,
		.rsi = l->boot_params_gpa,
		.g_pat = PAT_RESET,
		.sev_features = SEV_FEATURES_SNP |
				(l->debug_swap ? SEV_FEATURES_DEBUG_SWAP : 0) |
				(l->secure_tsc ? SEV_FEATURES_SECURE_TSC : 0),
		.xcr0 = XCR0_X87,
		.mxcsr = MXCSR_RESET,
		.x87_fcw = FCW_RESET,
	};

	memcpy(page, &vmsa, sizeof(vmsa));
}

static void add(struct launch *l, const char *name, enum snp_page_type type, uint64_t gpa,
		const uint8_t *data, uint64_t len)
{
	l->region[l->nr_regions++] = (struct launch_region) {
		.name = name, .type = type, .gpa = gpa, .data = data,
		.len = data ? len : 0,
		.nr_pages = pages(len),
	};
}

static bool no_overlap(const struct launch *l, struct reason *why)
{
	size_t i, k;

	for (i = 0; i < l->nr_regions; i++) {
		for (k = 0; k < i; k++) {
			const struct launch_region *a = &l->region[k], *b = &l->region[i];

			if (a->gpa < b->gpa + b->nr_pages * SNP_PAGE_SIZE &&
			    b->gpa < a->gpa + a->nr_pages * SNP_PAGE_SIZE)
				return refuse(why, "%s at 0x%llx and %s at 0x%llx overlap",
					      a->name, (unsigned long long)a->gpa,
					      b->name, (unsigned long long)b->gpa);
		}
	}
	return true;
}

/**
 * launch_lay_out() - the pages that are launched, in their order
 * @l: everything but the regions must be there
 * @why: receives the first defect
 */
bool launch_lay_out(struct launch *l, struct reason *why)
{
	size_t start;

	if (!kernel_form(&l->kernel, &start, why))
		return false;
	if (!l->initrd.len)
		return refuse(why, "the initrd is empty");
	if (l->initrd.len > LAUNCH_INITRD_MAX)
		return refuse(why, "the initrd is larger than %lu MiB", LAUNCH_INITRD_MAX >> 20);
	if (l->initrd_gpa % SNP_PAGE_SIZE || l->initrd_gpa > FOUR_GIB - l->initrd.len)
		return refuse(why, "the initrd's address 0x%llx is not a page below 4 GiB",
			      (unsigned long long)l->initrd_gpa);
	if (l->initrd_gpa < KERNEL_GPA + pages(l->kernel.len - start) * SNP_PAGE_SIZE)
		return refuse(why, "the initrd at 0x%llx is not above the kernel",
			      (unsigned long long)l->initrd_gpa);
	if (l->boot_params_gpa % SNP_PAGE_SIZE || l->boot_params_gpa >= FOUR_GIB)
		return refuse(why, "boot_params at 0x%llx is not a page below 4 GiB",
			      (unsigned long long)l->boot_params_gpa);
	if (l->cmdline.len > LAUNCH_CMDLINE_MAX)
		return refuse(why, "the command line is longer than %u bytes", LAUNCH_CMDLINE_MAX);
	if (l->cmdline.len && memchr(l->cmdline.data, 0, l->cmdline.len))
		return refuse(why, "the command line contains a NUL");

	memset(l->cmdline_page, 0, sizeof(l->cmdline_page));
	if (l->cmdline.len)
		memcpy(l->cmdline_page, l->cmdline.data, l->cmdline.len);
	fill_cc_blob(l->cc_blob_page);
	fill_vmsa(l->vmsa_page, l);
	memset(l->svsm_page, 0, sizeof(l->svsm_page));
	memcpy(l->svsm_page, SVSM_TEXT, sizeof(SVSM_TEXT));

	l->nr_regions = 0;
	add(l, "kernel", SNP_PAGE_TYPE_NORMAL, KERNEL_GPA, l->kernel.data + start,
	    l->kernel.len - start);
	add(l, "initrd", SNP_PAGE_TYPE_NORMAL, l->initrd_gpa, l->initrd.data, l->initrd.len);
	add(l, "cmdline", SNP_PAGE_TYPE_NORMAL, CMDLINE_GPA, l->cmdline_page, SNP_PAGE_SIZE);
	add(l, "cc-blob", SNP_PAGE_TYPE_NORMAL, CC_BLOB_GPA, l->cc_blob_page, SNP_PAGE_SIZE);
	add(l, "setup-data", SNP_PAGE_TYPE_UNMEASURED, SETUP_DATA_GPA, NULL, SNP_PAGE_SIZE);
	add(l, "boot-params", SNP_PAGE_TYPE_UNMEASURED, l->boot_params_gpa, NULL, SNP_PAGE_SIZE);
	add(l, "secrets", SNP_PAGE_TYPE_SECRETS, SECRETS_GPA, NULL, SNP_PAGE_SIZE);
	add(l, "cpuid", SNP_PAGE_TYPE_CPUID, CPUID_GPA, NULL, SNP_PAGE_SIZE);
	if (l->svsm) {
		add(l, "svsm", SNP_PAGE_TYPE_NORMAL, l->initrd_gpa - SNP_PAGE_SIZE, l->svsm_page,
		    SNP_PAGE_SIZE);
		add(l, "svsm-caa", SNP_PAGE_TYPE_ZERO, SVSM_CAA_GPA, NULL, SNP_PAGE_SIZE);
	}
	add(l, "vmsa", SNP_PAGE_TYPE_VMSA, SNP_VMSA_GPA, l->vmsa_page, SNP_PAGE_SIZE);
	return no_overlap(l, why);
}

static bool sha384(const void *data, size_t len, uint8_t out[LAUNCH_DIGEST_LEN],
		   struct reason *why)
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha384(), NULL) == 1)
		return true;
	return refuse(why, "SHA-384 failed");
}

static bool hash_page(const struct launch_region *r, size_t n, uint8_t out[LAUNCH_DIGEST_LEN],
		      struct reason *why)
{
	uint8_t page[SNP_PAGE_SIZE] = {};
	size_t at = n * SNP_PAGE_SIZE, len = r->len - at;

	if (len >= SNP_PAGE_SIZE)
		return sha384(r->data + at, SNP_PAGE_SIZE, out, why);
	memcpy(page, r->data + at, len);
	return sha384(page, sizeof(page), out, why);
}

/**
 * launch_digest() - chain the pages of a laid-out launch
 * @l: laid out
 * @digest: receives the launch digest
 * @each: called for each page in launch order, or NULL
 * @ctx: handed to @each
 * @why: receives why it stopped
 *
 * Return: true, or false when @each or the hash function failed.
 */
bool launch_digest(const struct launch *l, uint8_t digest[LAUNCH_DIGEST_LEN],
		   launch_page_fn *each, void *ctx, struct reason *why)
{
	size_t i, n;

	memset(digest, 0, LAUNCH_DIGEST_LEN);
	for (i = 0; i < l->nr_regions; i++) {
		const struct launch_region *r = &l->region[i];

		for (n = 0; n < r->nr_pages; n++) {
			struct launch_page page = {
				.region = r,
				.gpa = r->gpa + n * SNP_PAGE_SIZE,
			};
			struct snp_page_info info = {
				.length = sizeof(info),
				.page_type = r->type,
				.gpa = page.gpa,
			};

			if (r->data && !hash_page(r, n, page.contents, why))
				return false;
			if (each && !each(ctx, &page, why))
				return false;
			memcpy(info.digest_cur, digest, sizeof(info.digest_cur));
			memcpy(info.contents, page.contents, sizeof(info.contents));
			if (!sha384(&info, sizeof(info), digest, why))
				return false;
		}
	}
	return true;
}

/* How page lists write a page type. */
const char *launch_type_name(enum snp_page_type type)
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
