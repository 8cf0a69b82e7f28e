// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMP in guest memory.  AMD64 APM volume 2 (24593), chapter 15.36.
 */
#include "../asp/rmp_atomic.h"
#include "rmp_dram.h"

/* Bounds of the table as the BIOS programmed them; false: no usable table. */
static bool table_bounds(const struct rmp_dram *t, uint64_t *base, uint64_t *end,
			 const char **why)
{
	const struct softsnp_shared *s = t->shared;

	*why = NULL;
	if (!s || __atomic_load_n(&s->magic, __ATOMIC_ACQUIRE) != SOFTSNP_SHARED_MAGIC) {
		*why = "no CPU model has stated where the RMP is";
		return false;
	}
	*base = __atomic_load_n(&s->rmp_base, __ATOMIC_RELAXED);
	*end = __atomic_load_n(&s->rmp_end, __ATOMIC_RELAXED);
	if (__atomic_load_n(&s->cpu[0].rmp_cfg, __ATOMIC_RELAXED) & SNP_RMP_CFG_SEGMENTED)
		*why = "RMP_CFG asks for a segmented RMP, which is not modelled";
	else if (!*base || *base >= *end)
		*why = "RMP_BASE and RMP_END name no range";
	else if (*base & (SNP_PAGE_SIZE - 1) || (*end + 1) & (SNP_PAGE_SIZE - 1))
		*why = "the RMP does not begin and end at a page boundary";
	else if (*end - *base < SNP_RMP_BOOKKEEPING + SNP_RMP_ENTRY_SIZE - 1)
		*why = "the RMP is too small for one entry";
	return !*why;
}

/* Where the entry of @pfn is; false: not covered. */
static bool entry_addr(const struct rmp_dram *t, uint64_t pfn, uint64_t *addr)
{
	uint64_t base, end;
	const char *why;

	if (!table_bounds(t, &base, &end, &why))
		return false;
	if (pfn >= (end + 1 - base - SNP_RMP_BOOKKEEPING) / SNP_RMP_ENTRY_SIZE)
		return false;
	*addr = base + SNP_RMP_BOOKKEEPING + pfn * SNP_RMP_ENTRY_SIZE;
	return true;
}

/* The entry itself, held; NULL: not covered, or not in memory. */
static struct snp_rmp_raw *entry_hold(const struct rmp_dram *t, uint64_t pfn)
{
	struct snp_rmp_raw *e;
	uint64_t addr;

	if (!entry_addr(t, pfn, &addr))
		return NULL;
	e = dma_hold(t->dma, addr, sizeof(*e));
	/* A client may map a region at an odd file offset: no atomics there. */
	if (e && (uintptr_t)e % sizeof(*e)) {
		dma_release(t->dma);
		return NULL;
	}
	return e;
}

int rmp_dram_load(void *t, uint64_t pfn, struct snp_rmp_raw *out)
{
	struct rmp_dram *table = t;
	struct snp_rmp_raw *e = entry_hold(table, pfn);

	if (!e)
		return -1;
	rmp_entry_load(e, out);
	dma_release(table->dma);
	return 0;
}

int rmp_dram_cas(void *t, uint64_t pfn, const struct snp_rmp_raw *old,
		 const struct snp_rmp_raw *new_)
{
	struct rmp_dram *table = t;
	struct snp_rmp_raw *e = entry_hold(table, pfn);
	int ret;

	if (!e)
		return -1;
	ret = rmp_entry_exchange(e, old, new_);
	dma_release(table->dma);
	return ret;
}

bool rmp_dram_covered(void *t, uint64_t pfn)
{
	uint64_t addr;

	return entry_addr(t, pfn, &addr);
}

int rmp_dram_init(struct rmp_dram *t, const char **why)
{
	const struct snp_rmp_raw hv = { 0 };
	const struct snp_rmp_raw fw = { .lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE };
	uint64_t base, end, pfn, addr;

	if (!table_bounds(t, &base, &end, why))
		return -1;
	if (!entry_addr(t, end >> SNP_PAGE_SHIFT, &addr)) {
		*why = "the RMP does not cover itself";
		return -1;
	}
	if (dma_zero(t->dma, base + SNP_RMP_BOOKKEEPING, end + 1 - base - SNP_RMP_BOOKKEEPING)) {
		*why = "the RMP is not in writable guest memory";
		return -1;
	}
	for (pfn = base >> SNP_PAGE_SHIFT; pfn <= end >> SNP_PAGE_SHIFT; pfn++) {
		if (rmp_dram_cas(t, pfn, &hv, &fw) != 1) {
			*why = "the RMP changed while it was initialised";
			return -1;
		}
	}
	return 0;
}
