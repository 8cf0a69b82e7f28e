// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMPUPDATE and PSMASH of several processors on the same two 2 MiB regions:
 * whatever interleaving happens, the table stays one that rules could make.
 */
#include <kselftest_harness.h>
#include <pthread.h>
#include <stdlib.h>

#include "../rmp_rules.h"

#define NR_REGIONS	2
#define NR_PFNS		(512 * NR_REGIONS)
#define NR_THREADS	4
#define NR_OPS		2000

struct table {
	pthread_mutex_t lock[64];
	struct snp_rmp_raw e[NR_PFNS];
};

static int load(void *opaque, uint64_t pfn, struct snp_rmp_raw *e)
{
	struct table *t = opaque;

	if (pfn >= NR_PFNS)
		return -1;
	pthread_mutex_lock(&t->lock[pfn % 64]);
	*e = t->e[pfn];
	pthread_mutex_unlock(&t->lock[pfn % 64]);
	return 0;
}

static int cas(void *opaque, uint64_t pfn, const struct snp_rmp_raw *old,
	       const struct snp_rmp_raw *new_)
{
	struct table *t = opaque;
	int done;

	if (pfn >= NR_PFNS)
		return -1;
	pthread_mutex_lock(&t->lock[pfn % 64]);
	done = !memcmp(&t->e[pfn], old, sizeof(*old));
	if (done)
		t->e[pfn] = *new_;
	pthread_mutex_unlock(&t->lock[pfn % 64]);
	return done;
}

struct cpu {
	pthread_t thread;
	struct table *t;
	unsigned int seed;
	unsigned int nr_done[3];
};

/* Give the pieces of a split page back, so that it can be merged again. */
static void free_pieces(const struct rmp_store *s, uint64_t region)
{
	const struct snp_rmp_state hv = {};
	uint64_t i;

	for (i = 0; i < 512; i++)
		rmp_update(s, (region + i) << 12, &hv);
}

/* The 4 KiB operations aim at few pages, so that they meet. */
static void *run_cpu(void *arg)
{
	struct cpu *c = arg;
	const struct rmp_store s = { c->t, load, cas };
	unsigned int i, r, kind;
	uint64_t region, pfn;

	for (i = 0; i < NR_OPS; i++) {
		struct snp_rmp_state in = {};

		r = rand_r(&c->seed) >> 4;
		region = r % NR_REGIONS * 512;
		pfn = region + r / 2 % 4;
		kind = r / 8 % 3;
		if (kind == 0) {
			in.assigned = r / 32 % 4 == 0;
			in.gpa = in.assigned ? pfn << 12 : 0;
			in.asid = in.assigned;
			c->nr_done[0] += !rmp_update(&s, pfn << 12, &in);
		} else if (kind == 1) {
			in.pagesize = 1;
			in.assigned = r / 32 % 4 != 0;
			in.gpa = in.assigned ? region << 12 : 0;
			in.asid = in.assigned;
			c->nr_done[1] += !rmp_update(&s, region << 12, &in);
		} else if (!rmp_psmash(&s, region << 12)) {
			c->nr_done[2]++;
			free_pieces(&s, region);
		}
	}
	return NULL;
}

static bool entry_possible(const struct table *t, uint64_t pfn)
{
	const struct snp_rmp_raw *first = &t->e[pfn & ~511ULL], *e = &t->e[pfn];

	if (e->lo & SNP_RMP_RAW_LOCK)
		return false;
	if (e != first && (first->lo & SNP_RMP_RAW_PAGESIZE))
		return e->lo == SNP_RMP_RAW_ASSIGNED && !e->hi;
	if (e != first && (e->lo & SNP_RMP_RAW_PAGESIZE))
		return false;
	if (!(e->lo & SNP_RMP_RAW_ASSIGNED))
		return !e->lo && !e->hi;
	/* Every guest page here lies at the GPA of its own frame. */
	return FIELD_GET(SNP_RMP_RAW_ASID, e->lo) == 1 && e->hi == 0x1f &&
	       (e->lo & SNP_RMP_RAW_GPA_PFN) == pfn << 12;
}

TEST(mixed_sizes_on_several_processors_leave_a_possible_table)
{
	static struct table t;
	struct cpu c[NR_THREADS] = {};
	unsigned int i, done[3] = {};

	for (i = 0; i < 64; i++)
		pthread_mutex_init(&t.lock[i], NULL);
	for (i = 0; i < NR_THREADS; i++) {
		c[i].t = &t;
		c[i].seed = i + 1;
		ASSERT_EQ(0, pthread_create(&c[i].thread, NULL, run_cpu, &c[i]));
	}
	for (i = 0; i < NR_THREADS; i++) {
		pthread_join(c[i].thread, NULL);
		done[0] += c[i].nr_done[0];
		done[1] += c[i].nr_done[1];
		done[2] += c[i].nr_done[2];
	}
	for (i = 0; i < NR_PFNS; i++) {
		EXPECT_TRUE(entry_possible(&t, i))
			TH_LOG("frame %u: %llx %llx", i, (unsigned long long)t.e[i].lo,
			       (unsigned long long)t.e[i].hi);
	}
	/* All three kinds must have happened, or nothing was tested. */
	EXPECT_LT(100, done[0]);
	EXPECT_LT(100, done[1]);
	EXPECT_LT(100, done[2]);
	TH_LOG("%u RMPUPDATE 4K, %u RMPUPDATE 2M, %u PSMASH", done[0], done[1], done[2]);
}

TEST_HARNESS_MAIN
