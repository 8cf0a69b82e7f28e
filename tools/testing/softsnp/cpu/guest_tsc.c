// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: Secure TSC (AMD64 APM volume 2, 24593; SNP firmware ABI, 56860,
 * TSC_INFO).  The guest knows its frequency from an MSR that is not
 * intercepted and from the secrets page, and nobody intercepts RDTSC.
 *
 * QEMU's TSC is that of the machine underneath, whose frequency is measured.
 * Modelled is one scale, 1, and one offset, 0: those of a launch that asks for
 * no frequency of its own.
 */
#include <time.h>

#include "guest.h"
#include "guest_tscfreq.h"

#define MEASURE_NS	50000000L
#define TRIES		64

static uint64_t measured_khz;
/* The CPU's: what the guest makes of its secrets page changes nothing. */
static uint64_t nominal_mhz;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

#ifdef __x86_64__
struct sample {
	uint64_t tsc;
	int64_t ns;
};

/* Both clocks at one time: the try that nothing came between. */
static struct sample take_sample(void)
{
	uint64_t before, after, width = UINT64_MAX;
	struct sample best = {};
	int64_t ns;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = __builtin_ia32_rdtsc();
		ns = now_ns();
		after = __builtin_ia32_rdtsc();
		if (after - before >= width)
			continue;
		width = after - before;
		best = (struct sample){ before + width / 2, ns };
	}
	return best;
}
#endif

bool guest_tsc_measure(void)
{
#ifdef __x86_64__
	const struct timespec while_it_counts = { .tv_nsec = MEASURE_NS };
	struct sample first = take_sample(), last;

	nanosleep(&while_it_counts, NULL);
	last = take_sample();
	if (last.ns > first.ns)
		measured_khz = (last.tsc - first.tsc) * 1000000 / (last.ns - first.ns);
#endif
	if (!measured_khz)
		cpu_log("guest: secure-tsc=1: the frequency of this machine's TSC is not known");
	return measured_khz;
}

/* The mean frequency is what is measured; the nominal one is above it. */
void guest_tsc_launched(void)
{
	const struct snp_secrets_page *s = guest_spa(LAYOUT_SECRETS, sizeof(*s));

	nominal_mhz = tsc_nominal_mhz(measured_khz, s->tsc_factor);
	if (!nominal_mhz)
		cpu_stop(CPU_STOP_PLATFORM,
			 "guest: cannot launch: no TSC frequency from %llu kHz and factor %u",
			 (unsigned long long)measured_khz, s->tsc_factor);
}

uint64_t guest_tsc_freq(void)
{
	return nominal_mhz;
}
