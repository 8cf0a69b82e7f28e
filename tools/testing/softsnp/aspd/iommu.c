// SPDX-License-Identifier: GPL-2.0-only
/*
 * What SNP does to the IOMMU's buffers.  SNP firmware ABI (56860), chapters of
 * SNP_INIT_EX and SNP_SHUTDOWN_EX; I/O virtualization (48882), registers 10h, 38h,
 * 20h and 28h, which a part with SNPSup uses for the completion store.
 *
 * The firmware has the addresses from the IOMMU; here the CPU model reads its
 * registers (host_iommu.c).  Unconfirmed: that the pages are in Firmware state
 * while SNP is on.  That they are left in Reclaim state is not.
 */
#include "iommu.h"
#include "log.h"

#define BUFFER_BASE	GENMASK_ULL(51, 12)
#define BUFFER_LEN	GENMASK_ULL(59, 56)	/* log2 of the number of entries */
#define LOG_ENTRY	16
#define LEN_MIN		8			/* 256 entries; smaller values are reserved */
#define LEN_MAX		15

struct buffer {
	const char *name;
	uint64_t spa;
	uint64_t size;
};

static struct buffer log_buffer(const char *name, uint64_t reg)
{
	unsigned int len = FIELD_GET(BUFFER_LEN, reg);

	if (!(reg & BUFFER_BASE) || len < LEN_MIN || len > LEN_MAX)
		return (struct buffer) { .name = name };
	return (struct buffer) { name, reg & BUFFER_BASE, (uint64_t)LOG_ENTRY << len };
}

static struct buffer store_buffer(const char *name, uint64_t base, uint64_t limit)
{
	base &= BUFFER_BASE;
	limit &= BUFFER_BASE;
	if (!base || limit < base || limit - base > (1ULL << 30))
		return (struct buffer) { .name = name };
	return (struct buffer) { name, base, limit - base + SNP_PAGE_SIZE };
}

static void move(struct rmp_dram *t, const struct buffer *b, enum snp_page_state from,
		 enum snp_page_state to)
{
	const struct rmp_store store = {
		.opaque = t, .load = rmp_dram_load, .cas = rmp_dram_cas,
	};
	uint64_t off;
	uint32_t status;

	for (off = 0; off < b->size; off += SNP_PAGE_SIZE) {
		status = rmp_fw_transition(&store, b->spa + off, from, to);
		if (status)
			log_line("    IOMMU %s: page at 0x%llx is not %s", b->name,
				 (unsigned long long)(b->spa + off), rmp_state_name(from));
	}
	if (b->size)
		log_line("    IOMMU %s at 0x%llx, 0x%llx bytes: %s", b->name,
			 (unsigned long long)b->spa, (unsigned long long)b->size,
			 rmp_state_name(to));
}

static void move_all(struct rmp_dram *t, enum snp_page_state from, enum snp_page_state to)
{
	const struct softsnp_shared *s = t->shared;
	struct buffer b[3];
	unsigned int i;

	if (!s)
		return;
	b[0] = log_buffer("event log", __atomic_load_n(&s->iommu.event_log, __ATOMIC_ACQUIRE));
	b[1] = log_buffer("PPR log", __atomic_load_n(&s->iommu.ppr_log, __ATOMIC_ACQUIRE));
	b[2] = store_buffer("completion store",
			    __atomic_load_n(&s->iommu.store_base, __ATOMIC_ACQUIRE),
			    __atomic_load_n(&s->iommu.store_limit, __ATOMIC_ACQUIRE));
	for (i = 0; i < 3; i++)
		move(t, &b[i], from, to);
}

void iommu_take(struct rmp_dram *t)
{
	move_all(t, SNP_STATE_HYPERVISOR, SNP_STATE_FIRMWARE);
}

void iommu_give_back(struct rmp_dram *t)
{
	move_all(t, SNP_STATE_FIRMWARE, SNP_STATE_RECLAIM);
}
