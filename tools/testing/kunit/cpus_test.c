// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: a CPU that comes online while SNP is up (drivers/psp/cpus.c).  MSRs
 * are variables; the CPU that goes and comes is real.  With all CPUs online,
 * as SNP wants them, only a processor that is plugged in would get there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <compat/msr.h>

#define NEWCOMER	1U
#define NR_FAKES	8
#define NR_WRITES	4

/**
 * struct fake_cpu - MSRs of a CPU, and what is wrong with them
 * @syscfg: SYSCFG
 * @hwcr: HWCR
 * @rmp: what describes the RMP
 * @stuck: bits of SYSCFG that no write sets
 * @no_read: this MSR cannot be read
 * @reads_left: so many can be read before none can; negative: all
 * @nr_writes: how often SYSCFG has been written
 * @written: with what
 */
struct fake_cpu {
	u64 syscfg;
	u64 hwcr;
	struct {
		u64 base, end, cfg;
	} rmp;
	u64 stuck;
	u32 no_read;
	int reads_left;
	unsigned int nr_writes;
	u64 written[NR_WRITES];
};

static struct fake_cpu fakes[NR_FAKES];

static int fake_rdmsr(u32 msr, u64 *value);
static int fake_wrmsr(u32 msr, u64 value);

#undef rdmsrq_safe
#undef wrmsrq_safe
#define rdmsrq_safe(msr, p)	fake_rdmsr(msr, p)
#define wrmsrq_safe(msr, val)	fake_wrmsr(msr, val)
#include <drivers/psp/cpus.c>

#define GOOD_SYSCFG	SNP_SYSCFG_MEM_ENCRYPT
#define BITS_OF_SNP	(SNP_SYSCFG_SNP_EN | SNP_SYSCFG_VMPL_EN | SNP_SYSCFG_MFDM)

static int fake_rdmsr(u32 msr, u64 *value)
{
	struct fake_cpu *c = &fakes[smp_processor_id()];

	*value = 0;
	if (msr == c->no_read || !c->reads_left)
		return -EIO;
	if (c->reads_left > 0)
		c->reads_left--;
	if (msr == SNP_MSR_SYSCFG)
		*value = c->syscfg;
	else if (msr == SNP_MSR_HWCR)
		*value = c->hwcr;
	return 0;
}

static int fake_wrmsr(u32 msr, u64 value)
{
	struct fake_cpu *c = &fakes[smp_processor_id()];

	if (msr != SNP_MSR_SYSCFG || c->nr_writes == NR_WRITES)
		return -EIO;
	c->written[c->nr_writes++] = value;
	c->syscfg = value & ~c->stuck;
	return 0;
}

void rmp_read_msrs(struct rmp_msrs *m)
{
	const struct fake_cpu *c = &fakes[smp_processor_id()];

	m->base = c->rmp.base;
	m->end = c->rmp.end;
	m->cfg = c->rmp.cfg;
}

void rmp_clear(struct rmp_table *t)
{
}

static const char *refused;

int psp_refuse(struct psp *psp, const char *checked, const char *needed, const char *next,
	       const char *seen, ...)
{
	refused = checked;
	return -EOPNOTSUPP;
}

static struct psp *psp;

static void reset_fakes(void)
{
	static const struct fake_cpu good = {
		.syscfg = GOOD_SYSCFG,
		.hwcr = SNP_HWCR_SMMLOCK,
		.rmp = { 0x100000, 0x8fffff, 0x2401 },
		.reads_left = -1,
	};
	unsigned int i;

	for (i = 0; i < NR_FAKES; i++)
		fakes[i] = good;
}

/* SNP as it is once it is up: the first CPU has been looked at, it is watched. */
static int cpus_init(struct kunit *test)
{
	bool enabled;

	if (num_online_cpus() < 2 || nr_cpu_ids > NR_FAKES || !cpu_online(NEWCOMER))
		kunit_skip(test, "needs 2 to %u CPUs", NR_FAKES);
	psp = kunit_kzalloc(test, sizeof(*psp), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, psp);
	psp->pdev = kunit_kzalloc(test, sizeof(*psp->pdev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, psp->pdev);
	psp->pdev->dev.init_name = "amd-sp";
	watched = psp;
	refused = NULL;
	reset_fakes();
	KUNIT_ASSERT_EQ(test, psp_cpus_check(psp, &enabled), 0);
	KUNIT_ASSERT_FALSE(test, enabled);
	return 0;
}

static void cpus_exit(struct kunit *test)
{
	if (watch_state) {
		psp_cpus_unwatch(psp);
		watch_state = 0;
	}
	if (psp)
		psp_cpus_release(psp);
	if (!cpu_online(NEWCOMER))
		add_cpu(NEWCOMER);
	psp = NULL;
}

struct come_case {
	const char *name;
	struct fake_cpu differs;	/* bits that do */
	int err;
	unsigned int nr_writes;
};

static const struct come_case come_cases[] = {
	{ "as the others", { }, 0, 2 },
	{ "bits set already", { .syscfg = BITS_OF_SNP }, 0, 2 },
	{ "MemEncryptionModEn clear", { .syscfg = SNP_SYSCFG_MEM_ENCRYPT }, -EOPNOTSUPP },
	{ "SmmLock clear", { .hwcr = SNP_HWCR_SMMLOCK }, -EOPNOTSUPP },
	{ "another RMP_BASE", { .rmp.base = BIT_ULL(20) }, -EOPNOTSUPP },
	{ "another RMP_END", { .rmp.end = BIT_ULL(21) }, -EOPNOTSUPP },
	{ "another RMP_CFG", { .rmp.cfg = BIT_ULL(0) }, -EOPNOTSUPP },
	{ "SYSCFG cannot be read", { .no_read = SNP_MSR_SYSCFG }, -EOPNOTSUPP },
	{ "HWCR cannot be read", { .no_read = SNP_MSR_HWCR }, -EOPNOTSUPP },
	{ "SYSCFG not readable afterwards", { .reads_left = 2 }, -EOPNOTSUPP, 2 },
	{ "SNPEn does not take", { .stuck = SNP_SYSCFG_SNP_EN }, -EOPNOTSUPP, 2 },
	{ "VMPLEn does not take", { .stuck = SNP_SYSCFG_VMPL_EN }, -EOPNOTSUPP, 2 },
	{ "MFDM does not take", { .stuck = SNP_SYSCFG_MFDM }, -EOPNOTSUPP, 2 },
};

KUNIT_ARRAY_PARAM_DESC(come, come_cases, name);

static void call_cpu_comes(void *err)
{
	*(int *)err = cpu_comes(smp_processor_id());
}

static void cpu_that_comes_is_set_up_or_turned_away(struct kunit *test)
{
	const struct come_case *c = test->param_value;
	struct fake_cpu *cpu = &fakes[NEWCOMER];
	int err = 1;
	u64 before;

	cpu->syscfg ^= c->differs.syscfg;
	cpu->hwcr ^= c->differs.hwcr;
	cpu->rmp.base ^= c->differs.rmp.base;
	cpu->rmp.end ^= c->differs.rmp.end;
	cpu->rmp.cfg ^= c->differs.rmp.cfg;
	cpu->stuck = c->differs.stuck;
	cpu->no_read = c->differs.no_read;
	if (c->differs.reads_left)
		cpu->reads_left = c->differs.reads_left;
	before = cpu->syscfg;

	KUNIT_ASSERT_EQ(test, smp_call_function_single(NEWCOMER, call_cpu_comes, &err, 1), 0);
	KUNIT_EXPECT_EQ(test, err, c->err);
	KUNIT_ASSERT_EQ(test, cpu->nr_writes, c->nr_writes);
	if (!c->nr_writes)
		return;
	/* MFDM before SNPEn. */
	KUNIT_EXPECT_EQ(test, cpu->written[0], before | SNP_SYSCFG_MFDM);
	KUNIT_EXPECT_EQ(test, cpu->written[1], before | BITS_OF_SNP);
}

static void no_cpu_may_be_missing_when_snp_comes_up(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, psp_cpus_hold(psp), 0);
	/* Held: none goes. */
	KUNIT_EXPECT_EQ(test, remove_cpu(NEWCOMER), -EBUSY);
	psp_cpus_release(psp);
	KUNIT_ASSERT_EQ(test, remove_cpu(NEWCOMER), 0);
	KUNIT_EXPECT_EQ(test, psp_cpus_hold(psp), -EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, refused, "online CPUs");
	KUNIT_EXPECT_FALSE(test, psp->cpus_held);
	KUNIT_EXPECT_EQ(test, add_cpu(NEWCOMER), 0);
}

static void watched_cpu_comes_set_up_and_stays(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, remove_cpu(NEWCOMER), 0);
	KUNIT_ASSERT_EQ(test, psp_cpus_watch(psp), 0);

	/* One that cannot have SNP does not come. */
	fakes[NEWCOMER].stuck = SNP_SYSCFG_SNP_EN;
	KUNIT_EXPECT_EQ(test, add_cpu(NEWCOMER), -EOPNOTSUPP);
	KUNIT_EXPECT_FALSE(test, cpu_online(NEWCOMER));

	reset_fakes();
	KUNIT_EXPECT_EQ(test, add_cpu(NEWCOMER), 0);
	KUNIT_EXPECT_TRUE(test, cpu_online(NEWCOMER));
	KUNIT_EXPECT_EQ(test, fakes[NEWCOMER].syscfg, GOOD_SYSCFG | BITS_OF_SNP);
	KUNIT_EXPECT_EQ(test, fakes[0].nr_writes, 0);

	KUNIT_EXPECT_EQ(test, remove_cpu(NEWCOMER), -EBUSY);
	KUNIT_EXPECT_TRUE(test, cpu_online(NEWCOMER));
}

/* Unwatched and released, a CPU comes and goes as it likes. */
static void unwatched_cpu_is_left_alone(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, psp_cpus_watch(psp), 0);
	psp_cpus_unwatch(psp);
	watch_state = 0;
	KUNIT_EXPECT_TRUE(test, psp->cpus_held);
	KUNIT_EXPECT_EQ(test, remove_cpu(NEWCOMER), -EBUSY);
	psp_cpus_release(psp);
	KUNIT_EXPECT_EQ(test, remove_cpu(NEWCOMER), 0);
	KUNIT_EXPECT_EQ(test, add_cpu(NEWCOMER), 0);
	KUNIT_EXPECT_EQ(test, fakes[NEWCOMER].nr_writes, 0);
}

static struct kunit_case cpus_cases[] = {
	KUNIT_CASE_PARAM(cpu_that_comes_is_set_up_or_turned_away, come_gen_params),
	KUNIT_CASE(no_cpu_may_be_missing_when_snp_comes_up),
	KUNIT_CASE(watched_cpu_comes_set_up_and_stays),
	KUNIT_CASE(unwatched_cpu_is_left_alone),
	{ }
};

static struct kunit_suite cpus_suite = {
	.name = "cpus",
	.init = cpus_init,
	.exit = cpus_exit,
	.test_cases = cpus_cases,
};

kunit_test_suite(cpus_suite);

MODULE_DESCRIPTION("KUnit suite: CPUs that come while SNP is up");
MODULE_LICENSE("GPL");
