// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID of an SNP host: the extended leaves that stock QEMU does not give a
 * TCG guest, with the values of Milan, Genoa and Turin parts.  AMD64 APM
 * volume 3 (24594), appendix E.
 *
 * Unconfirmed: the segment sizes of a Turin, and how many segments it caches.
 */
#include <string.h>

#include <snp/types.h>

#include "rmp_map.h"

#include "host_cpuid.h"

#define MAX_LEAF		0x80000025

/* 8000_000A EDX.  kvm_amd wants all of them before it looks at SEV. */
#define SVM_NPT			BIT(0)
#define SVM_LBR_VIRT		BIT(1)
#define SVM_NRIP_SAVE		BIT(3)
#define SVM_FLUSH_BY_ASID	BIT(6)
#define SVM_DECODE_ASSISTS	BIT(7)
#define SVM_VGIF		BIT(16)
#define SVM_REVISION		1
#define SVM_NR_ASIDS		32768

/* 8000_001F EAX. SME (bit 0) is absent: the model has no encrypted alias of RAM. */
#define ENC_SEV			BIT(1)
#define ENC_VM_PAGE_FLUSH	BIT(2)
#define ENC_SEV_ES		BIT(3)
#define ENC_SEV_SNP		BIT(4)
#define ENC_VMPL		BIT(5)
#define ENC_COHERENT		BIT(10)
#define ENC_RMPREAD		BIT(21)
/* 8000_001F EBX */
#define ENC_CBIT		GENMASK(5, 0)
#define ENC_ADDRESS_REDUCTION	GENMASK(11, 6)
#define ENC_NR_VMPLS		GENMASK(15, 12)

#define ENC_SEGMENTED_RMP	BIT(23)

/* 8000_0025 */
#define SEG_SHIFT_MIN		GENMASK(5, 0)
#define SEG_SHIFT_MAX		GENMASK(11, 6)
#define SEG_NR_CACHED		GENMASK(9, 0)
#define NR_CACHED_SEGMENTS	64

/* 8000_0021 EAX */
#define EXT2_LFENCE_SERIALIZES	BIT(2)
#define EXT2_NULL_CLEARS_BASE	BIT(6)

static const struct host_part parts[] = {
	{ .name = "milan", .cbit = 51, .nr_asids = 509 },
	{ .name = "genoa", .cbit = 51, .nr_asids = 1006 },
	{ .name = "turin", .cbit = 51, .nr_asids = 1006, .rmpread = true, .rmp_cfg = true },
};

bool host_part_find(const char *name, struct host_part *part)
{
	unsigned int i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strcmp(parts[i].name, name)) {
			*part = parts[i];
			return true;
		}
	}
	return false;
}

bool host_cpuid(const struct host_part *part, uint32_t leaf, struct host_cpuid_regs *out)
{
	*out = (struct host_cpuid_regs){};

	switch (leaf) {
	case 0x80000000:
		out->eax = MAX_LEAF;
		out->ebx = 0x68747541;	/* "AuthenticAMD" */
		out->edx = 0x69746e65;
		out->ecx = 0x444d4163;
		return true;
	case 0x8000000a:
		out->eax = SVM_REVISION;
		out->ebx = SVM_NR_ASIDS;
		out->edx = SVM_NPT | SVM_LBR_VIRT | SVM_NRIP_SAVE | SVM_FLUSH_BY_ASID |
			   SVM_DECODE_ASSISTS | SVM_VGIF;
		return true;
	case 0x8000001f:
		out->eax = ENC_SEV | ENC_VM_PAGE_FLUSH | ENC_SEV_ES | ENC_SEV_SNP | ENC_VMPL |
			   ENC_COHERENT | (part->rmpread ? ENC_RMPREAD : 0) |
			   (part->rmp_cfg ? ENC_SEGMENTED_RMP : 0);
		out->ebx = FIELD_PREP(ENC_CBIT, (unsigned long)part->cbit) |
			   FIELD_PREP(ENC_ADDRESS_REDUCTION, 1UL) | FIELD_PREP(ENC_NR_VMPLS, 4UL);
		out->ecx = part->nr_asids;
		out->edx = HOST_MIN_SEV_ASID;
		return true;
	case 0x80000021:
		out->eax = EXT2_LFENCE_SERIALIZES | EXT2_NULL_CLEARS_BASE;
		return true;
	case 0x80000025:
		if (!part->rmp_cfg)
			return true;
		out->eax = FIELD_PREP(SEG_SHIFT_MIN, (unsigned long)RMP_SHIFT_MIN) |
			   FIELD_PREP(SEG_SHIFT_MAX, (unsigned long)RMP_SHIFT_MAX);
		out->ebx = FIELD_PREP(SEG_NR_CACHED, (unsigned long)NR_CACHED_SEGMENTS);
		return true;
	case 0x80000020:
	case 0x80000022 ... 0x80000024:
		return true;	/* nothing of that here: no PerfMonV2, no resource control */
	}
	return false;
}
