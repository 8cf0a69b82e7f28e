// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware model's view of the machine.
 *
 * What SNP_INIT wants of every core: SNP firmware ABI (56860), chapter on
 * platform initialisation; the equality of the cores is (U).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "count.h"
#include "firmware.h"
#include "iommu.h"
#include "log.h"
#include "rmp_dram.h"
#include "util.h"

struct firmware {
	struct asp *asp;
	struct faults *faults;
	struct dma *dma;
	struct softsnp_shared *shared;
	struct rmp_dram rmp;
	unsigned int cbit;
	uint64_t nr_wbinvd[SOFTSNP_SHARED_CPUS];	/* when last armed */
	char why[160];
};

static int fw_mem_read(void *opaque, uint64_t spa, void *buf, size_t len)
{
	struct firmware *f = opaque;

	return dma_read(f->dma, spa, buf, len) ? -1 : 0;
}

static int fw_mem_write(void *opaque, uint64_t spa, const void *buf, size_t len)
{
	struct firmware *f = opaque;

	return dma_write(f->dma, spa, buf, len) ? -1 : 0;
}

static int fw_rmp_init(void *opaque)
{
	struct firmware *f = opaque;
	const char *why;

	if (!rmp_dram_init(&f->rmp, &why))
		return 0;
	log_line("RMP initialisation fails: %s", why);
	return -1;
}

static bool fw_rmp_covered(void *opaque, uint64_t pfn)
{
	struct firmware *f = opaque;

	return rmp_dram_covered(&f->rmp, pfn);
}

__printf(3, 4)
static bool refuse(struct firmware *f, const char **why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	*why = f->why;
	return false;
}

/* Cores of the machine; 0 while the CPU model has not filled the page in. */
static unsigned int nr_cpus(const struct firmware *f)
{
	const struct softsnp_shared *s = f->shared;
	unsigned int nr;

	if (__atomic_load_n(&s->magic, __ATOMIC_ACQUIRE) != SOFTSNP_SHARED_MAGIC)
		return 0;
	nr = __atomic_load_n(&s->nr_cpus, __ATOMIC_RELAXED);
	return nr <= SOFTSNP_SHARED_CPUS ? nr : 0;
}

/* Does a core have a register as core 0 has it? */
static bool same(struct firmware *f, unsigned int cpu, const char *name, const uint64_t *reg,
		 const uint64_t *reg0, const char **why)
{
	unsigned long long value = __atomic_load_n(reg, __ATOMIC_RELAXED);
	unsigned long long value0 = __atomic_load_n(reg0, __ATOMIC_RELAXED);

	if (value == value0)
		return true;
	return refuse(f, why, "CPU %u: %s is 0x%llx, CPU 0 has 0x%llx", cpu, name, value, value0);
}

static bool core_ok(struct firmware *f, unsigned int cpu, const char **why)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} syscfg_bits[] = {
		{ SNP_SYSCFG_MEM_ENCRYPT, "MemEncryptionModEn" },
		{ SNP_SYSCFG_SNP_EN, "SNPEn" },
		{ SNP_SYSCFG_VMPL_EN, "VMPLEn" },
		{ SNP_SYSCFG_MFDM, "MtrrFixDramModEn" },
	};
	const struct softsnp_shared *s = f->shared;
	unsigned long long syscfg = __atomic_load_n(&s->cpu[cpu].syscfg, __ATOMIC_RELAXED);
	unsigned long long hsave_pa = __atomic_load_n(&s->cpu[cpu].hsave_pa, __ATOMIC_RELAXED);
	unsigned long long hwcr = __atomic_load_n(&s->cpu[cpu].hwcr, __ATOMIC_RELAXED);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(syscfg_bits); i++)
		if (!(syscfg & syscfg_bits[i].bit))
			return refuse(f, why, "CPU %u: SYSCFG is 0x%llx, %s is clear", cpu,
				      syscfg, syscfg_bits[i].name);
	if (hsave_pa)
		return refuse(f, why, "CPU %u: VM_HSAVE_PA is 0x%llx, must be 0", cpu,
			      hsave_pa);
	if (!(hwcr & SNP_HWCR_SMMLOCK))
		return refuse(f, why, "CPU %u: HWCR is 0x%llx, SmmLock is clear", cpu,
			      hwcr);
	return same(f, cpu, "RMP_BASE", &s->cpu[cpu].rmp_base, &s->cpu[0].rmp_base, why) &&
	       same(f, cpu, "RMP_END", &s->cpu[cpu].rmp_end, &s->cpu[0].rmp_end, why) &&
	       same(f, cpu, "RMP_CFG", &s->cpu[cpu].rmp_cfg, &s->cpu[0].rmp_cfg, why);
}

static bool fw_config_ok(void *opaque, const char **why)
{
	struct firmware *f = opaque;
	unsigned int cpu, nr = nr_cpus(f);

	if (!nr)
		return refuse(f, why, "no CPU model has published the cores' registers");
	for (cpu = 0; cpu < nr; cpu++)
		if (!core_ok(f, cpu, why))
			return false;
	return true;
}

static void fw_wbinvd_arm(void *opaque)
{
	struct firmware *f = opaque;
	unsigned int cpu;

	for (cpu = 0; cpu < SOFTSNP_SHARED_CPUS; cpu++)
		f->nr_wbinvd[cpu] = __atomic_load_n(&f->shared->cpu[cpu].nr_wbinvd,
						    __ATOMIC_ACQUIRE);
}

static bool fw_wbinvd_done(void *opaque)
{
	struct firmware *f = opaque;
	unsigned int cpu, nr = nr_cpus(f);

	for (cpu = 0; cpu < nr; cpu++)
		if (__atomic_load_n(&f->shared->cpu[cpu].nr_wbinvd, __ATOMIC_ACQUIRE) ==
		    f->nr_wbinvd[cpu])
			return false;
	return nr > 0;
}

/* X86_SNP_SHUTDOWN: the cores' registers are in the shared page. */
static void fw_snp_disable(void *opaque)
{
	struct firmware *f = opaque;
	unsigned int cpu;

	for (cpu = 0; cpu < SOFTSNP_SHARED_CPUS; cpu++)
		__atomic_and_fetch(&f->shared->cpu[cpu].syscfg, ~(uint64_t)SNP_SYSCFG_SNP_EN,
				   __ATOMIC_ACQ_REL);
}

static uint64_t fw_now_ms(void *opaque)
{
	struct timespec now;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void fw_log(void *opaque, const char *line)
{
	(void)opaque;
	log_line("    %s", line);
}

/* The CPU model enforces the RMP from the moment on that this says 1. */
static void publish(struct firmware *f)
{
	bool on = asp_snp_initialised(f->asp);

	if (!f->shared || f->shared->snp_init == on)
		return;
	__atomic_store_n(&f->shared->snp_init, on, __ATOMIC_RELEASE);
	__atomic_add_fetch(&f->shared->nr_changes, 1, __ATOMIC_RELEASE);
}

/* A PAGE_RECLAIM whose page is stuck in the firmware's hands. */
static bool page_sticks(struct firmware *f, uint64_t buf_spa)
{
	struct snp_fw_addr a;
	struct snp_rmp_raw e;
	uint64_t pfn;

	if (dma_read(f->dma, buf_spa & ~(1ULL << f->cbit), &a, sizeof(a)))
		return false;
	pfn = (a.paddr & ~(1ULL << f->cbit)) >> SNP_PAGE_SHIFT;
	return !rmp_dram_load(&f->rmp, pfn, &e) &&
	       fault_sticks(f->faults, pfn, rmp_entry_state(&e) == SNP_STATE_FIRMWARE);
}

static struct fault_plan fw_plan(void *opaque, uint32_t cmd, uint64_t buf_spa)
{
	struct firmware *f = opaque;
	struct fault_plan plan = fault_next(f->faults, cmd);
	const char *name = asp_cmd_name(cmd);

	if (cmd == SNP_FW_SNP_PAGE_RECLAIM && !plan.no_answer && !plan.refuse &&
	    page_sticks(f, buf_spa)) {
		plan.refuse = true;
		plan.status = SNP_FW_INVALID_PAGE_STATE;
	}
	if (plan.delay_ms || plan.spurious)
		log_line("command 0x%03x %s: %u ms late%s (fault injected)", cmd, name,
			 plan.delay_ms, plan.spurious ? ", spurious interrupt" : "");
	if (plan.no_answer) {
		log_line("command 0x%03x %s buffer 0x%llx -> no answer (fault injected)", cmd,
			 name, (unsigned long long)buf_spa);
		count_event("mailbox.%s.no answer", name);
	} else if (plan.refuse) {
		log_line("command 0x%03x %s buffer 0x%llx -> 0x%x %s (fault injected)", cmd,
			 name, (unsigned long long)buf_spa, plan.status,
			 snp_fw_status_name(plan.status));
		count_event("mailbox.%s.%s", name, snp_fw_status_name(plan.status));
	}
	return plan;
}

static bool fw_dead(void *opaque)
{
	const struct firmware *f = opaque;

	return fault_dead(f->faults);
}

/* Does this SNP_SHUTDOWN_EX end the IOMMU's part of SNP, and nothing more? */
static bool wants_iommu_back(struct firmware *f, uint64_t buf_spa)
{
	struct snp_fw_shutdown_ex in;

	if (dma_read(f->dma, buf_spa & ~(1ULL << f->cbit), &in, sizeof(in)))
		return false;
	return (in.flags & (SNP_SHUTDOWN_EX_IOMMU | SNP_SHUTDOWN_EX_X86)) == SNP_SHUTDOWN_EX_IOMMU;
}

static uint32_t fw_command(void *opaque, uint32_t cmd, uint64_t buf_spa)
{
	struct firmware *f = opaque;
	struct timespec a, b;
	uint32_t status;
	bool give_back;

	if (f->shared && cmd < ARRAY_SIZE(f->shared->nr_commands))
		__atomic_add_fetch(&f->shared->nr_commands[cmd], 1, __ATOMIC_RELEASE);
	f->rmp.cmd = cmd;
	clock_gettime(CLOCK_MONOTONIC, &a);
	give_back = cmd == SNP_FW_SNP_SHUTDOWN_EX && wants_iommu_back(f, buf_spa);
	status = asp_command(f->asp, cmd, buf_spa);
	if (status == SNP_FW_SUCCESS && (cmd == SNP_FW_SNP_INIT || cmd == SNP_FW_SNP_INIT_EX))
		iommu_take(&f->rmp);
	else if (status == SNP_FW_SUCCESS && give_back)
		iommu_give_back(&f->rmp);
	publish(f);
	clock_gettime(CLOCK_MONOTONIC, &b);
	log_line("command 0x%03x %s buffer 0x%llx -> 0x%x %s (%lld us)", cmd,
		 asp_cmd_name(cmd), (unsigned long long)buf_spa, status,
		 snp_fw_status_name(status),
		 (b.tv_sec - a.tv_sec) * 1000000LL + (b.tv_nsec - a.tv_nsec) / 1000);
	count_event("mailbox.%s.%s", asp_cmd_name(cmd), snp_fw_status_name(status));
	return status;
}

static void fw_reset(void *opaque)
{
	struct firmware *f = opaque;

	asp_reset(f->asp);
	publish(f);
	log_line("function reset");
}

struct mailbox_ops firmware_mailbox_ops(struct firmware *f)
{
	return (struct mailbox_ops) {
		.opaque = f,
		.plan = fw_plan,
		.dead = fw_dead,
		.command = fw_command,
		.reset = fw_reset,
	};
}

struct firmware *firmware_new(const struct asp_config *cfg, struct dma *dma,
			      struct softsnp_shared *shared, struct faults *faults,
			      const char **err)
{
	struct firmware *f = calloc(1, sizeof(*f));
	struct asp_ops ops;

	if (!f) {
		*err = "out of memory";
		return NULL;
	}
	f->faults = faults;
	f->cbit = cfg->cbit;
	f->dma = dma;
	f->shared = shared;
	f->rmp = (struct rmp_dram) { .dma = dma, .shared = shared };
	ops = (struct asp_ops) {
		.opaque = f,
		.mem_read = fw_mem_read,
		.mem_write = fw_mem_write,
		.rmp = {
			.opaque = &f->rmp,
			.load = rmp_dram_load,
			.cas = rmp_dram_cas,
		},
		.rmp_init = fw_rmp_init,
		.rmp_covered = fw_rmp_covered,
		.now_ms = fw_now_ms,
		.log = fw_log,
	};
	if (shared) {
		ops.config_ok = fw_config_ok;
		ops.wbinvd_done = fw_wbinvd_done;
		ops.wbinvd_arm = fw_wbinvd_arm;
		ops.snp_disable = fw_snp_disable;
		fw_wbinvd_arm(f);
	}
	f->asp = asp_new(cfg, &ops, err);
	if (!f->asp) {
		free(f);
		return NULL;
	}
	publish(f);
	return f;
}

void firmware_free(struct firmware *f)
{
	if (!f)
		return;
	asp_free(f->asp);
	free(f);
}
