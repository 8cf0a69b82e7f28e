// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMP in guest memory.  AMD64 APM volume 2 (24593), chapter 15.36.
 */
#include "../asp/rmp_atomic.h"
#include "../rmp_map.h"
#include "rmp_dram.h"

/* The table as core 0 has it: SNP_INIT makes sure that all agree.  NULL, or why not. */
static const char *table_map(const struct rmp_dram *t, struct rmp_map *m)
{
	const struct softsnp_shared *s = t->shared;

	if (!s || __atomic_load_n(&s->magic, __ATOMIC_ACQUIRE) != SOFTSNP_SHARED_MAGIC)
		return "no CPU model has stated where the RMP is";
	return rmp_map_decode(__atomic_load_n(&s->cpu[0].rmp_base, __ATOMIC_RELAXED),
			      __atomic_load_n(&s->cpu[0].rmp_end, __ATOMIC_RELAXED),
			      __atomic_load_n(&s->cpu[0].rmp_cfg, __ATOMIC_RELAXED), m);
}

/* The quadword of the segment table for @pfn; 0, an absent segment, if there is none. */
static uint64_t rst_entry(const struct rmp_dram *t, const struct rmp_map *m, uint64_t pfn)
{
	unsigned int i;
	uint64_t rst;

	if (!m->shift || !rmp_map_segment(m, pfn, &i) ||
	    dma_read(t->dma, rmp_map_rst(m) + 8 * i, &rst, sizeof(rst)))
		return 0;
	return rst;
}

/* Where the entry of @pfn is; false: not covered. */
static bool entry_addr(const struct rmp_dram *t, uint64_t pfn, uint64_t *addr)
{
	struct rmp_map m;

	return !table_map(t, &m) && rmp_map_entry(&m, rst_entry(t, &m, pfn), pfn, addr);
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

/* For the history that the CPU model's access checker prints. */
static void record(const struct rmp_dram *t, uint64_t pfn, const struct snp_rmp_raw *old,
		   const struct snp_rmp_raw *new)
{
	struct softsnp_shared *s = t->shared;
	struct softsnp_change *c;

	/* Taking and giving back the lock is no change. */
	if (new->lo & SNP_RMP_RAW_LOCK ||
	    !((old->lo ^ new->lo) & ~SNP_RMP_RAW_LOCK || old->hi != new->hi))
		return;
	/* Only the command worker gets here: nobody else writes the ring. */
	c = &s->change[s->nr_fw_changes % SOFTSNP_CHANGES];
	__atomic_store_n(&c->nr, 0, __ATOMIC_RELEASE);
	c->pfn = pfn;
	c->before = old->lo & ~SNP_RMP_RAW_LOCK;
	c->after = new->lo;
	c->cmd = t->cmd;
	__atomic_store_n(&c->nr, __atomic_add_fetch(&s->nr_changes, 1, __ATOMIC_ACQ_REL),
			 __ATOMIC_RELEASE);
	__atomic_add_fetch(&s->nr_fw_changes, 1, __ATOMIC_RELEASE);
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
	if (ret == 1)
		record(table, pfn, old, new_);
	return ret;
}

bool rmp_dram_covered(void *t, uint64_t pfn)
{
	uint64_t addr;

	return entry_addr(t, pfn, &addr);
}

/* Pages @spa to @end of the table: from now on the firmware's. */
static const char *own(struct rmp_dram *t, uint64_t spa, uint64_t end)
{
	const struct snp_rmp_raw hv = { 0 };
	const struct snp_rmp_raw fw = { .lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE };
	uint64_t pfn;

	for (pfn = spa >> SNP_PAGE_SHIFT; pfn << SNP_PAGE_SHIFT < end; pfn++) {
		if (!rmp_dram_covered(t, pfn))
			return "the RMP does not cover itself";
		if (rmp_dram_cas(t, pfn, &hv, &fw) != 1)
			return "the RMP changed while it was initialised";
	}
	return NULL;
}

static const char *init_contiguous(struct rmp_dram *t, const struct rmp_map *m)
{
	uint64_t end = rmp_map_rst(m) + m->nr_frames * SNP_RMP_ENTRY_SIZE;

	if (!rmp_dram_covered(t, (end - 1) >> SNP_PAGE_SHIFT))
		return "the RMP does not cover itself";
	if (dma_zero(t->dma, rmp_map_rst(m), end - rmp_map_rst(m)))
		return "the RMP is not in writable guest memory";
	return own(t, m->base, end);
}

static const char *init_segmented(struct rmp_dram *t, const struct rmp_map *m)
{
	uint64_t rst[RMP_RST_ENTRIES], size;
	const char *why;
	unsigned int i, pass;

	if (dma_read(t->dma, rmp_map_rst(m), rst, sizeof(rst)))
		return "the segment table is not in guest memory";
	/* All entries are clear before the first is set: a segment covers another. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < RMP_RST_ENTRIES; i++) {
			size = rmp_map_segment_frames(m, rst[i]) * SNP_RMP_ENTRY_SIZE;
			if (!size)
				continue;
			if (!pass && dma_zero(t->dma, rst[i] & RMP_RST_BASE, size))
				return "a segment of the RMP is not in writable guest memory";
			why = pass ? own(t, rst[i] & RMP_RST_BASE,
					 (rst[i] & RMP_RST_BASE) + size) : NULL;
			if (why)
				return why;
		}
	}
	return own(t, m->base, rmp_map_rst(m) + RMP_RST_SIZE);
}

int rmp_dram_init(struct rmp_dram *t, const char **why)
{
	struct rmp_map m;

	*why = table_map(t, &m);
	if (!*why && m.base % RMP_FW_ALIGN)
		*why = "the RMP does not begin at a multiple of 1 MiB";
	if (!*why)
		*why = m.shift ? init_segmented(t, &m) : init_contiguous(t, &m);
	return *why ? -1 : 0;
}
