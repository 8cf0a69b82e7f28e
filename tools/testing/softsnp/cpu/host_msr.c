// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-specific registers of an SNP host.  AMD64 APM volume 2 (24593),
 * chapters 7.10 (memory encryption), 15.30 (SVM registers) and 15.36 (SNP).
 *
 * Stock QEMU reads unknown registers as 0 and drops writes to them, so a
 * register of the ranges below that this part does not have must fault here.
 * Unconfirmed: which reserved bits fault and which are ignored; that the RMP
 * registers take writes until SNPEn is set on the core, and fault from then on.
 */
#include <stdbool.h>

#include <snp/rmp.h>

#include "host_msr.h"
#include "rmp_map.h"

#define SYSCFG_WRITABLE		GENMASK_ULL(25, 18)

/* The SEV and RMP registers; what is not listed in the switches is not there. */
#define SEV_RANGE_FIRST		0xc0010130
#define SEV_RANGE_LAST		0xc001013f

#define PAGE_FLUSH_ASID		GENMASK_ULL(11, 0)

static bool sev_range(uint32_t msr)
{
	return msr >= SEV_RANGE_FIRST && msr <= SEV_RANGE_LAST;
}

static bool canonical48(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

enum host_msr_outcome host_msr_read(const struct host_part *part, const struct host_msrs *m,
				    uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case SNP_MSR_SYSCFG:
		*value = m->syscfg;
		return HOST_MSR_DONE;
	case SNP_MSR_HWCR:
		*value = m->hwcr;
		return HOST_MSR_DONE;
	case SNP_MSR_GHCB:
		*value = m->ghcb;
		return HOST_MSR_DONE;
	case SNP_MSR_SEV_STATUS:
		*value = 0;	/* not a guest */
		return HOST_MSR_DONE;
	case SNP_MSR_RMP_BASE:
		*value = m->rmp_base;
		return HOST_MSR_DONE;
	case SNP_MSR_RMP_END:
		*value = m->rmp_end;
		return HOST_MSR_DONE;
	case SNP_MSR_RMP_CFG:
		if (!part->rmp_cfg)
			break;
		*value = m->rmp_cfg;
		return HOST_MSR_DONE;
	case MSR_VM_PAGE_FLUSH:
		return HOST_MSR_GP;	/* write only */
	}
	return sev_range(msr) ? HOST_MSR_GP : HOST_MSR_QEMU;
}

static enum host_msr_outcome write_syscfg(struct host_msrs *m, uint64_t value)
{
	if (value & ~SYSCFG_WRITABLE)
		return HOST_MSR_GP;
	/* Only a reset, or the AMD-SP at shutdown, clears SNPEn. */
	m->syscfg = value | (m->syscfg & SNP_SYSCFG_SNP_EN);
	return HOST_MSR_DONE;
}

static enum host_msr_outcome write_rmp(const struct host_part *part, struct host_msrs *m,
				       uint32_t msr, uint64_t value)
{
	if (m->syscfg & SNP_SYSCFG_SNP_EN)
		return HOST_MSR_GP;
	switch (msr) {
	case SNP_MSR_RMP_BASE:
		if (value % RMP_MSR_ALIGN || value >> part->cbit)
			return HOST_MSR_GP;
		m->rmp_base = value;
		return HOST_MSR_DONE;
	case SNP_MSR_RMP_END:
		if (value >> part->cbit)
			return HOST_MSR_GP;
		m->rmp_end = value | (RMP_MSR_ALIGN - 1);
		return HOST_MSR_DONE;
	default:
		if (!part->rmp_cfg || value & ~(SNP_RMP_CFG_SEGMENTED | SNP_RMP_CFG_SEG_SHIFT))
			return HOST_MSR_GP;
		m->rmp_cfg = value;
		return HOST_MSR_DONE;
	}
}

enum host_msr_outcome host_msr_write(const struct host_part *part, struct host_msrs *m,
				     uint32_t msr, uint64_t value)
{
	uint64_t asid;

	switch (msr) {
	case SNP_MSR_SYSCFG:
		return write_syscfg(m, value);
	case SNP_MSR_HWCR:
		m->hwcr = value | (m->hwcr & SNP_HWCR_SMMLOCK);
		return HOST_MSR_DONE;
	case SNP_MSR_VM_HSAVE_PA:
		if (value & (SNP_PAGE_SIZE - 1) || value >> part->cbit)
			return HOST_MSR_GP;
		m->hsave_pa = value;
		return HOST_MSR_QEMU;
	case MSR_VM_PAGE_FLUSH:
		/* Nothing to flush: the model has one view of memory. */
		asid = value & PAGE_FLUSH_ASID;
		if (!asid || asid > part->nr_asids || !canonical48(value & ~PAGE_FLUSH_ASID))
			return HOST_MSR_GP;
		return HOST_MSR_DONE;
	case SNP_MSR_GHCB:
		m->ghcb = value;
		return HOST_MSR_DONE;
	case SNP_MSR_RMP_BASE:
	case SNP_MSR_RMP_END:
	case SNP_MSR_RMP_CFG:
		return write_rmp(part, m, msr, value);
	}
	return sev_range(msr) ? HOST_MSR_GP : HOST_MSR_QEMU;
}
