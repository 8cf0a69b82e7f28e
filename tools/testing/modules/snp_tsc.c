// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure TSC: what the kernel has made of MSR GUEST_TSC_FREQ and TSC_FACTOR
 * (56860), and how fast the TSC really counts, by the ACPI timer, which has
 * nothing to do with either.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/module.h>

#include <asm/tsc.h>

#include <compat/msr.h>
#include <snp/rmp.h>

static unsigned int factor;
module_param(factor, uint, 0);
MODULE_PARM_DESC(factor, "TSC_FACTOR of the part");

#define TIMER_HZ	3579545ULL
#define TIMER_MASK	0xffffffU	/* 24 bits: 4.7 s */
#define ROUNDS		8
#define ROUND_MS	500
#define TRIES		32

struct sample {
	u64 tsc;
	u32 timer;
};

/* Both clocks at one time, as nearly as the best of many tries. */
static struct sample take_sample(void)
{
	struct sample best = {};
	u64 before, after, width = U64_MAX;
	unsigned long flags;
	u32 count;
	int i;

	for (i = 0; i < TRIES; i++) {
		local_irq_save(flags);
		before = rdtsc_ordered();
		count = inl(acpi_gbl_FADT.xpm_timer_block.address);
		after = rdtsc_ordered();
		local_irq_restore(flags);
		if (after - before >= width)
			continue;
		width = after - before;
		best = (struct sample){ before + width / 2, count };
	}
	return best;
}

static u64 measure_khz(void)
{
	struct sample first = take_sample(), last = first, now;
	u64 ticks = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		msleep(ROUND_MS);
		now = take_sample();
		ticks += (now.timer - last.timer) & TIMER_MASK;
		last = now;
	}
	return ticks ? div64_u64((last.tsc - first.tsc) * TIMER_HZ, ticks * 1000) : 0;
}

static bool within(u64 a, u64 b, u64 most)
{
	return (a > b ? a - b : b - a) <= most;
}

static int __init snp_tsc_init(void)
{
	u64 nominal, mean, measured;

	if (!acpi_gbl_FADT.xpm_timer_block.address ||
	    rdmsrq_safe(SNP_MSR_GUEST_TSC_FREQ, &nominal))
		return -ENODEV;
	nominal = (nominal & SNP_GUEST_TSC_FREQ_MHZ) * 1000;
	mean = nominal - div_u64(nominal * factor, 100000);
	measured = measure_khz();
	pr_info("nominal %llu kHz, less 1/100000 * %u %llu kHz, the kernel's %u kHz, measured %llu kHz\n",
		nominal, factor, mean, tsc_khz, measured);
	/* A thousandth of what is measured, a kHz of what is computed. */
	return within(mean, tsc_khz, 1) && within(measured, tsc_khz, tsc_khz / 1000) ? 0 : -ERANGE;
}

static void __exit snp_tsc_exit(void)
{
}

module_init(snp_tsc_init);
module_exit(snp_tsc_exit);
MODULE_DESCRIPTION("Frequency of a Secure TSC (test)");
MODULE_LICENSE("GPL");
