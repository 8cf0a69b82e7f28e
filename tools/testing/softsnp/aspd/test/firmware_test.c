// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware model gets to see: memory, the RMP in it, the cores.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../asp/rmp_atomic.h"
#include "../../rmp_map.h"
#include "../count.h"
#include "../firmware.h"
#include "client.h"
#include "fake_asp.h"
#include <kselftest_harness.h>

/* 32 MiB of memory with an RMP for all of it in the last MiB. */
#define MEM_SIZE	0x2000000ULL
#define RMP_BASE	0x1f00000ULL
#define RMP_SIZE	(0x4000 + MEM_SIZE / 4096 * 16)
#define RMP_END		(RMP_BASE + RMP_SIZE - 1)

#define SYSCFG_GOOD	(SNP_SYSCFG_MEM_ENCRYPT | SNP_SYSCFG_SNP_EN | SNP_SYSCFG_VMPL_EN | \
			 SNP_SYSCFG_MFDM)

FIXTURE(fw) {
	struct dma *dma;
	struct softsnp_shared shared;
	struct faults *faults;
	struct firmware *fw;
	struct mailbox_ops mbox;
	const struct asp_ops *ops;
	const char *why;
	uint8_t *mem;
};

FIXTURE_SETUP(fw)
{
	const struct asp_config cfg = { 0 };
	int fd = memory_file(MEM_SIZE);
	unsigned int i;

	self->mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, self->mem);
	memset(&self->shared, 0, sizeof(self->shared));
	self->faults = faults_new(&self->shared);
	self->dma = dma_new();
	/* Cut in three where QEMU would, the RMP straddling the last cut. */
	ASSERT_EQ(0, dma_map(self->dma, 0, 0x100000, 0, 3, fd));
	ASSERT_EQ(0, dma_map(self->dma, 0x100000, RMP_BASE + 0x8000 - 0x100000, 0x100000, 3, fd));
	ASSERT_EQ(0, dma_map(self->dma, RMP_BASE + 0x8000, MEM_SIZE - RMP_BASE - 0x8000,
			     RMP_BASE + 0x8000, 3, fd));
	close(fd);
	self->shared.magic = SOFTSNP_SHARED_MAGIC;
	self->shared.nr_cpus = 2;
	for (i = 0; i < 2; i++) {
		self->shared.cpu[i].rmp_base = RMP_BASE;
		self->shared.cpu[i].rmp_end = RMP_END;
		self->shared.cpu[i].syscfg = SYSCFG_GOOD;
		self->shared.cpu[i].hwcr = SNP_HWCR_SMMLOCK;
	}
	self->fw = firmware_new(&cfg, self->dma, &self->shared, self->faults, &self->why);
	ASSERT_NE(NULL, self->fw);
	self->mbox = firmware_mailbox_ops(self->fw);
	self->ops = &fake_asp.ops;
}

FIXTURE_TEARDOWN(fw)
{
	firmware_free(self->fw);
	faults_free(self->faults);
	dma_free(self->dma);
	munmap(self->mem, MEM_SIZE);
	EXPECT_FALSE(leaks());
}

static const char *refusal(const struct asp_ops *ops)
{
	const char *why = "";

	return ops->config_ok(ops->opaque, &why) ? "ok" : why;
}

TEST_F(fw, config_names_the_first_thing_wrong)
{
	struct softsnp_shared *s = &self->shared;

	EXPECT_STREQ("ok", refusal(self->ops));
	s->cpu[1].rmp_cfg = 0x2400;
	EXPECT_STREQ("CPU 1: RMP_CFG is 0x2400, CPU 0 has 0x0", refusal(self->ops));
	s->cpu[1].rmp_end = 0x1fff;
	EXPECT_STREQ("CPU 1: RMP_END is 0x1fff, CPU 0 has 0x1f23fff", refusal(self->ops));
	s->cpu[1].rmp_base = 0;
	EXPECT_STREQ("CPU 1: RMP_BASE is 0x0, CPU 0 has 0x1f00000", refusal(self->ops));
	s->cpu[1].hwcr = 0;
	EXPECT_STREQ("CPU 1: HWCR is 0x0, SmmLock is clear", refusal(self->ops));
	s->cpu[1].hsave_pa = 0x5000;
	EXPECT_STREQ("CPU 1: VM_HSAVE_PA is 0x5000, must be 0", refusal(self->ops));
	s->cpu[1].syscfg = SYSCFG_GOOD & ~SNP_SYSCFG_MFDM;
	EXPECT_STREQ("CPU 1: SYSCFG is 0x3800000, MtrrFixDramModEn is clear",
		     refusal(self->ops));
	s->cpu[1].syscfg = SYSCFG_GOOD & ~SNP_SYSCFG_VMPL_EN;
	EXPECT_STREQ("CPU 1: SYSCFG is 0x1880000, VMPLEn is clear", refusal(self->ops));
	s->cpu[0].syscfg = SNP_SYSCFG_MEM_ENCRYPT;
	EXPECT_STREQ("CPU 0: SYSCFG is 0x800000, SNPEn is clear", refusal(self->ops));
	s->cpu[0].syscfg = 0;
	EXPECT_STREQ("CPU 0: SYSCFG is 0x0, MemEncryptionModEn is clear", refusal(self->ops));
	s->nr_cpus = SOFTSNP_SHARED_CPUS + 1;
	EXPECT_STREQ("no CPU model has published the cores' registers", refusal(self->ops));
	s->nr_cpus = 2;
	s->magic = 0;
	EXPECT_STREQ("no CPU model has published the cores' registers", refusal(self->ops));
}

TEST_F(fw, cores_beyond_the_machine_do_not_count)
{
	self->shared.cpu[2].syscfg = 0;
	EXPECT_STREQ("ok", refusal(self->ops));
	self->shared.nr_cpus = 3;
	EXPECT_STRNE("ok", refusal(self->ops));
}

TEST_F(fw, every_core_must_execute_wbinvd_after_arming)
{
	const struct asp_ops *o = self->ops;

	self->shared.cpu[0].nr_wbinvd = 7;
	self->shared.cpu[1].nr_wbinvd = 7;
	o->wbinvd_arm(o->opaque);
	EXPECT_FALSE(o->wbinvd_done(o->opaque));
	self->shared.cpu[0].nr_wbinvd = 9;
	EXPECT_FALSE(o->wbinvd_done(o->opaque));
	self->shared.cpu[1].nr_wbinvd = 8;
	EXPECT_TRUE(o->wbinvd_done(o->opaque));
	o->wbinvd_arm(o->opaque);
	EXPECT_FALSE(o->wbinvd_done(o->opaque));
}

TEST_F(fw, snp_init_is_published_after_each_command)
{
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_INIT, 0));
	EXPECT_EQ(1, self->shared.snp_init);
	EXPECT_EQ(1, self->shared.nr_changes);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  self->mbox.command(self->mbox.opaque, SNP_FW_SNP_PAGE_RECLAIM, 0));
	EXPECT_EQ(1, self->shared.snp_init);
	EXPECT_EQ(1, self->shared.nr_changes);
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_SHUTDOWN, 0));
	EXPECT_EQ(0, self->shared.snp_init);
	EXPECT_EQ(2, self->shared.nr_changes);
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_INIT, 0));
	self->mbox.reset(self->mbox.opaque);
	EXPECT_EQ(0, self->shared.snp_init);
	EXPECT_EQ(1, fake_asp.resets);
	EXPECT_EQ(2, count_get("mailbox.SNP_INIT.SUCCESS"));
	EXPECT_EQ(1, count_get("mailbox.SNP_PAGE_RECLAIM.INVALID_PAGE_STATE"));
}

TEST_F(fw, rmp_init_clears_entries_and_marks_the_table_firmware)
{
	const struct asp_ops *o = self->ops;
	struct snp_rmp_raw e;
	uint64_t pfn;

	memset(self->mem + RMP_BASE, 0xa5, RMP_SIZE);
	ASSERT_EQ(0, o->rmp_init(o->opaque));
	/* Bookkeeping is nobody's business. */
	EXPECT_EQ(0xa5, self->mem[RMP_BASE + 0x3fff]);
	for (pfn = 0; pfn < MEM_SIZE / 4096; pfn++) {
		bool own = pfn >= RMP_BASE / 4096 && pfn <= RMP_END / 4096;

		ASSERT_EQ(0, o->rmp.load(o->rmp.opaque, pfn, &e));
		ASSERT_EQ(own ? SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE : 0, e.lo);
		ASSERT_EQ(0, e.hi);
		ASSERT_TRUE(o->rmp_covered(o->opaque, pfn));
	}
	/* The first frame beyond: DEF. */
	EXPECT_EQ(-1, o->rmp.load(o->rmp.opaque, pfn, &e));
	EXPECT_EQ(-1, o->rmp.cas(o->rmp.opaque, pfn, &e, &e));
	EXPECT_FALSE(o->rmp_covered(o->opaque, pfn));
	EXPECT_EQ(-1, o->rmp.load(o->rmp.opaque, ~0ULL, &e));
}

TEST_F(fw, rmp_init_refuses_a_table_that_cannot_be)
{
	static const uint64_t bad[][3] = {
		{ RMP_BASE, RMP_BASE + 0x5fff, 0 },	/* does not cover itself */
		{ RMP_BASE, RMP_BASE + 0x4fff, 0 },	/* not to a multiple of 8 KiB */
		{ RMP_BASE, RMP_BASE + 0x3fff, 0 },	/* no entry */
		{ RMP_BASE, 0, 0 },
		{ RMP_BASE, ~0ULL, 0 },
		{ 0, RMP_END, 0 },
		{ 0x8000, 0x8000 + 0x3fffffff, 0 },	/* not in memory */
		{ RMP_BASE + 8, RMP_END, 0 },
		{ RMP_BASE + 0x2000, RMP_END, 0 },	/* not where the firmware wants it */
		{ RMP_BASE, RMP_END, 0x1e01 },		/* segmented, and an end */
		{ RMP_BASE, 0, 0x1d01 },		/* segments of 512 MiB */
		{ RMP_BASE, 0, 0x2c01 },		/* or of 16 TiB */
		{ RMP_BASE, 0, 0x1e01 },		/* no segment is there */
	};
	const struct asp_ops *o = self->ops;
	struct softsnp_shared *s = &self->shared;
	struct snp_rmp_raw e;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		s->cpu[0].rmp_base = bad[i][0];
		s->cpu[0].rmp_end = bad[i][1];
		s->cpu[0].rmp_cfg = bad[i][2];
		EXPECT_EQ(-1, o->rmp_init(o->opaque)) {
			TH_LOG("case %u", i);
		}
	}
	s->cpu[0].rmp_base = RMP_BASE;
	s->cpu[0].rmp_end = RMP_END;
	s->cpu[0].rmp_cfg = 0;
	s->magic = 0;
	EXPECT_EQ(-1, o->rmp_init(o->opaque));
	EXPECT_EQ(-1, o->rmp.load(o->rmp.opaque, 0, &e));
	s->magic = SOFTSNP_SHARED_MAGIC;
	EXPECT_EQ(0, o->rmp_init(o->opaque));
}

/* Two segments of 1 GiB, the second one's entries before the first one's. */
#define SEGMENT_0	0x1400000ULL
#define SEGMENT_1	0x1000000ULL
#define SEGMENT_SIZE	(RMP_FRAMES_PER_GIB * 16)

static void make_segmented(struct _test_data_fw *self)
{
	uint64_t *rst = (void *)(self->mem + RMP_BASE + SNP_RMP_BOOKKEEPING);
	unsigned int i;

	rst[0] = SEGMENT_0 | 7;		/* more than a segment is: cut */
	rst[1] = SEGMENT_1 | 1;
	rst[3] = SEGMENT_1;		/* maps nothing */
	for (i = 0; i < 2; i++) {
		self->shared.cpu[i].rmp_end = 0;
		self->shared.cpu[i].rmp_cfg = SNP_RMP_CFG_SEGMENTED | 30 << 8;
	}
}

TEST_F(fw, segmented_rmp_is_initialised)
{
	const struct asp_ops *o = self->ops;
	struct snp_rmp_raw e;
	uint64_t pfn;

	make_segmented(self);
	memset(self->mem + SEGMENT_1, 0xa5, 2 * SEGMENT_SIZE);
	ASSERT_EQ(0, o->rmp_init(o->opaque));
	for (pfn = 0; pfn < 2 * RMP_FRAMES_PER_GIB; pfn++) {
		bool own = (pfn >= RMP_BASE / 4096 && pfn <= RMP_BASE / 4096 + 4) ||
			   (pfn >= SEGMENT_1 / 4096 && pfn < (SEGMENT_1 + 2 * SEGMENT_SIZE) / 4096);

		ASSERT_EQ(0, o->rmp.load(o->rmp.opaque, pfn, &e));
		ASSERT_EQ(own ? SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE : 0, e.lo) {
			TH_LOG("frame 0x%llx", (unsigned long long)pfn);
		}
	}
	/* The segment table has survived. */
	EXPECT_EQ(SEGMENT_1 | 1, ((uint64_t *)(self->mem + RMP_BASE + 0x4000))[1]);
}

TEST_F(fw, segmented_rmp_covers_what_its_table_says)
{
	const struct asp_ops *o = self->ops;
	const struct snp_rmp_raw zero = { 0 }, one = { 1, 2 };
	const uint64_t pfn = RMP_FRAMES_PER_GIB + 5;

	make_segmented(self);
	EXPECT_TRUE(o->rmp_covered(o->opaque, pfn));
	EXPECT_EQ(1, o->rmp.cas(o->rmp.opaque, pfn, &zero, &one));
	EXPECT_EQ(0, memcmp(self->mem + SEGMENT_1 + 5 * 16, &one, 16));
	EXPECT_TRUE(o->rmp_covered(o->opaque, 2 * RMP_FRAMES_PER_GIB - 1));
	EXPECT_FALSE(o->rmp_covered(o->opaque, 2 * RMP_FRAMES_PER_GIB));
	EXPECT_FALSE(o->rmp_covered(o->opaque, 3 * RMP_FRAMES_PER_GIB));
	EXPECT_FALSE(o->rmp_covered(o->opaque, 512 * RMP_FRAMES_PER_GIB));
	EXPECT_FALSE(o->rmp_covered(o->opaque, ~0ULL));
	EXPECT_EQ(-1, o->rmp.cas(o->rmp.opaque, 3 * RMP_FRAMES_PER_GIB, &zero, &one));
}

TEST_F(fw, changes_are_taken_down_without_the_lock)
{
	const struct rmp_store *r = &self->ops->rmp;
	const struct snp_rmp_raw hv = { 0 }, lock = { SNP_RMP_RAW_LOCK, 0 };
	const struct snp_rmp_raw fw = { SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE, 0 };
	const struct softsnp_change *c = self->shared.change;

	self->shared.nr_changes = 41;
	EXPECT_EQ(1, r->cas(r->opaque, 3, &hv, &lock));
	EXPECT_EQ(1, r->cas(r->opaque, 3, &lock, &hv));
	EXPECT_EQ(0, self->shared.nr_fw_changes);
	EXPECT_EQ(1, r->cas(r->opaque, 3, &hv, &lock));
	EXPECT_EQ(1, r->cas(r->opaque, 3, &lock, &fw));
	EXPECT_EQ(1, self->shared.nr_fw_changes);
	EXPECT_EQ(42, self->shared.nr_changes);
	EXPECT_EQ(42, c->nr);
	EXPECT_EQ(3, c->pfn);
	EXPECT_EQ(0, c->before);
	EXPECT_EQ(fw.lo, c->after);
	/* The ring goes round. */
	self->shared.nr_fw_changes = 2 * SOFTSNP_CHANGES;
	EXPECT_EQ(1, r->cas(r->opaque, 3, &fw, &hv));
	EXPECT_EQ(43, c->nr);
}

static uint64_t state_at(struct _test_data_fw *self, uint64_t spa)
{
	struct snp_rmp_raw *rmp = (void *)(self->mem + RMP_BASE + SNP_RMP_BOOKKEEPING);

	return rmp[spa >> 12].lo;
}

TEST_F(fw, iommu_buffers_are_the_firmwares_until_shutdown)
{
	const uint64_t fw = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE;
	struct snp_fw_shutdown_ex *down = (void *)(self->mem + 0x4000);
	struct softsnp_shared *s = &self->shared;

	s->iommu.event_log = 9ULL << 56 | 0x10000;	/* 512 entries: 8 KiB */
	s->iommu.store_limit = 0x30000;
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_INIT, 0));
	EXPECT_EQ(fw, state_at(self, 0x10000));
	EXPECT_EQ(fw, state_at(self, 0x11000));
	EXPECT_EQ(0, state_at(self, 0x12000));
	EXPECT_EQ(fw, state_at(self, 0x30000));
	EXPECT_EQ(0, state_at(self, 0x31000));

	/* Not asked for, not done; a shutdown that fails does nothing either. */
	*down = (struct snp_fw_shutdown_ex) { .len = sizeof(*down) };
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_SHUTDOWN_EX, 0x4000));
	EXPECT_EQ(fw, state_at(self, 0x10000));
	down->flags = SNP_SHUTDOWN_EX_IOMMU;
	EXPECT_NE(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_SHUTDOWN_EX, 0x4000));
	EXPECT_EQ(fw, state_at(self, 0x10000));

	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_INIT, 0));
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_SHUTDOWN_EX, 0x4000));
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, state_at(self, 0x10000));
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, state_at(self, 0x11000));
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, state_at(self, 0x30000));

	/* A reserved length, and nothing to take. */
	memset(self->mem + RMP_BASE + SNP_RMP_BOOKKEEPING, 0, RMP_SIZE - SNP_RMP_BOOKKEEPING);
	s->iommu.event_log = 7ULL << 56 | 0x10000;
	s->iommu.store_limit = 0;
	EXPECT_EQ(0, self->mbox.command(self->mbox.opaque, SNP_FW_SNP_INIT, 0));
	EXPECT_EQ(0, state_at(self, 0x10000));
	EXPECT_EQ(0, state_at(self, 0));
}

TEST_F(fw, x86_shutdown_clears_snp_en_on_all_cores)
{
	self->ops->snp_disable(self->ops->opaque);
	EXPECT_EQ(SYSCFG_GOOD & ~SNP_SYSCFG_SNP_EN, self->shared.cpu[0].syscfg);
	EXPECT_EQ(SYSCFG_GOOD & ~SNP_SYSCFG_SNP_EN, self->shared.cpu[1].syscfg);
}

TEST_F(fw, rmp_entries_change_by_compare_and_swap)
{
	const struct rmp_store *r = &self->ops->rmp;
	const struct snp_rmp_raw zero = { 0 }, one = { 1, 2 }, two = { 5, 6 };
	const struct snp_rmp_raw one_other_perms = { 1, 3 };
	struct snp_rmp_raw e;

	EXPECT_EQ(1, r->cas(r->opaque, 3, &zero, &one));
	EXPECT_EQ(0, r->cas(r->opaque, 3, &zero, &two));
	EXPECT_EQ(0, r->cas(r->opaque, 3, &one_other_perms, &two));
	EXPECT_EQ(0, memcmp(self->mem + RMP_BASE + 0x4000 + 3 * 16, &one, 16));
	EXPECT_EQ(1, r->cas(r->opaque, 3, &one, &two));
	EXPECT_EQ(0, r->load(r->opaque, 3, &e));
	EXPECT_EQ(5, e.lo);
	EXPECT_EQ(6, e.hi);
}

#define RACE_ROUNDS 20000

static void *race(void *arg)
{
	const struct rmp_store *r = arg;
	struct snp_rmp_raw old, new_;
	int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		do {
			r->load(r->opaque, 9, &old);
			new_ = old;
			new_.lo++;
		} while (r->cas(r->opaque, 9, &old, &new_) != 1);
	}
	return NULL;
}

TEST_F(fw, rmp_updates_of_two_threads_are_not_lost)
{
	const struct rmp_store *r = &self->ops->rmp;
	struct snp_rmp_raw e;
	pthread_t t;

	ASSERT_EQ(0, pthread_create(&t, NULL, race, (void *)r));
	race((void *)r);
	pthread_join(t, NULL);
	ASSERT_EQ(0, r->load(r->opaque, 9, &e));
	EXPECT_EQ(2 * RACE_ROUNDS, e.lo);
}

struct flipper {
	const struct rmp_store *r;
	unsigned int nr_flips;
	bool stop;
};

static const struct snp_rmp_raw heads = { 1, 10 }, tails = { 2, 20 };

static void *flip(void *arg)
{
	struct flipper *f = arg;

	while (!__atomic_load_n(&f->stop, __ATOMIC_RELAXED)) {
		f->r->cas(f->r->opaque, 9, &heads, &tails);
		f->r->cas(f->r->opaque, 9, &tails, &heads);
		__atomic_fetch_add(&f->nr_flips, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

#define FLIPS	300000

/* The CPU model's look at an entry that the firmware changes: never half of each. */
TEST_F(fw, rmp_entries_change_as_a_whole)
{
	struct snp_rmp_raw *e = (void *)(self->mem + RMP_BASE + 0x4000 + 9 * 16);
	const struct snp_rmp_raw torn[] = { { heads.lo, tails.hi }, { tails.lo, heads.hi } };
	struct flipper f = { .r = &self->ops->rmp };
	unsigned int nr_torn = 0;
	pthread_t t;

	*e = heads;
	ASSERT_EQ(0, pthread_create(&t, NULL, flip, &f));
	while (__atomic_load_n(&f.nr_flips, __ATOMIC_RELAXED) < FLIPS) {
		nr_torn += rmp_entry_exchange(e, &torn[0], &torn[0]);
		nr_torn += rmp_entry_exchange(e, &torn[1], &torn[1]);
	}
	__atomic_store_n(&f.stop, true, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	EXPECT_EQ(0, nr_torn);
}

TEST_F(fw, memory_access_spans_regions)
{
	const struct asp_ops *o = self->ops;
	const uint64_t edge = RMP_BASE + 0x8000;
	uint8_t buf[16];

	EXPECT_EQ(0, o->mem_write(o->opaque, edge - 8, "0123456789abcdef", 16));
	EXPECT_EQ(0, memcmp(self->mem + edge - 8, "0123456789abcdef", 16));
	EXPECT_EQ(0, o->mem_read(o->opaque, edge - 8, buf, 16));
	EXPECT_EQ(0, memcmp(buf, "0123456789abcdef", 16));
	/* The last byte is memory, the one behind is not: nothing is written. */
	EXPECT_EQ(-1, o->mem_write(o->opaque, MEM_SIZE - 8, "0123456789abcdef", 16));
	EXPECT_EQ(0, self->mem[MEM_SIZE - 8]);
	EXPECT_EQ(0, o->mem_write(o->opaque, MEM_SIZE - 16, "0123456789abcdef", 16));
	EXPECT_EQ(-1, o->mem_read(o->opaque, ~0ULL - 3, buf, 16));
}

TEST_F(fw, read_only_and_fileless_regions_refuse)
{
	const struct asp_ops *o = self->ops;
	int fd = memory_file(0x2000);
	uint8_t buf[8];

	ASSERT_EQ(0, dma_map(self->dma, MEM_SIZE, 0x1000, 0x1000, DMA_READABLE, fd));
	ASSERT_EQ(0, dma_map(self->dma, MEM_SIZE + 0x1000, 0x1000, 0, 3, -1));
	EXPECT_EQ(0, o->mem_read(o->opaque, MEM_SIZE, buf, 8));
	EXPECT_EQ(-1, o->mem_write(o->opaque, MEM_SIZE, buf, 8));
	EXPECT_EQ(-1, o->mem_write(o->opaque, MEM_SIZE - 4, buf, 8));
	EXPECT_EQ(-1, o->mem_read(o->opaque, MEM_SIZE + 0x1000, buf, 8));
	EXPECT_EQ(-1, o->mem_read(o->opaque, MEM_SIZE + 0xffc, buf, 8));
	close(fd);
}

TEST_F(fw, without_cpu_model_nothing_is_covered)
{
	const struct asp_config cfg = { 0 };
	struct firmware *f = firmware_new(&cfg, self->dma, NULL, self->faults, &self->why);
	const struct asp_ops *o = &fake_asp.ops;

	ASSERT_NE(NULL, f);
	EXPECT_EQ(NULL, o->config_ok);
	EXPECT_EQ(NULL, o->wbinvd_done);
	EXPECT_EQ(NULL, o->wbinvd_arm);
	EXPECT_EQ(-1, o->rmp_init(o->opaque));
	EXPECT_FALSE(o->rmp_covered(o->opaque, 0));
	firmware_free(f);
}

static struct fault_plan plan(struct _test_data_fw *self, uint32_t cmd, uint64_t buf)
{
	return self->mbox.plan(self->mbox.opaque, cmd, buf);
}

TEST_F(fw, stuck_page_is_one_in_firmware_state)
{
	const uint64_t page = 0x5000, other = 0x6000;
	struct snp_rmp_raw *rmp = (void *)(self->mem + RMP_BASE + SNP_RMP_BOOKKEEPING);
	struct snp_fw_addr *buf = (void *)(self->mem + 0x4000);
	struct fault_plan p;

	ASSERT_EQ(NULL, fault_add(self->faults, "stuck-page"));
	buf->paddr = page;
	/* A page that the host could free by itself does not stick. */
	rmp[page >> 12].lo = SNP_RMP_RAW_ASSIGNED;
	EXPECT_FALSE(plan(self, SNP_FW_SNP_PAGE_RECLAIM, 0x4000).refuse);
	rmp[page >> 12].lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE;
	/* Other commands have the same first field and do not count. */
	EXPECT_FALSE(plan(self, SNP_FW_SNP_INIT, 0x4000).refuse);
	p = plan(self, SNP_FW_SNP_PAGE_RECLAIM, 0x4000);
	EXPECT_TRUE(p.refuse);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, p.status);
	/* From now on this page, and no other. */
	buf->paddr = other;
	rmp[other >> 12].lo = rmp[page >> 12].lo;
	EXPECT_FALSE(plan(self, SNP_FW_SNP_PAGE_RECLAIM, 0x4000).refuse);
	buf->paddr = page;
	EXPECT_TRUE(plan(self, SNP_FW_SNP_PAGE_RECLAIM, 0x4000).refuse);
	fault_clear(self->faults);
	EXPECT_FALSE(plan(self, SNP_FW_SNP_PAGE_RECLAIM, 0x4000).refuse);
	/* A buffer that is no memory is the model's to refuse. */
	ASSERT_EQ(NULL, fault_add(self->faults, "stuck-page"));
	EXPECT_FALSE(plan(self, SNP_FW_SNP_PAGE_RECLAIM, 1ULL << 40).refuse);
}

TEST_F(fw, rmpupdate_overlap_is_handed_to_the_cpu_model)
{
	ASSERT_EQ(NULL, fault_add(self->faults, "rmpupdate-overlap:3"));
	EXPECT_EQ(3, self->shared.rmpupdate_overlaps);
	ASSERT_EQ(NULL, fault_add(self->faults, "rmpupdate-overlap:2"));
	EXPECT_EQ(5, self->shared.rmpupdate_overlaps);
	fault_clear(self->faults);
	EXPECT_EQ(0, self->shared.rmpupdate_overlaps);
}

TEST_F(fw, dead_is_what_the_mailbox_asks_for)
{
	EXPECT_FALSE(self->mbox.dead(self->mbox.opaque));
	ASSERT_EQ(NULL, fault_add(self->faults, "dead"));
	EXPECT_TRUE(self->mbox.dead(self->mbox.opaque));
	EXPECT_TRUE(plan(self, SNP_FW_SNP_INIT, 0).no_answer);
}

TEST_HARNESS_MAIN
