// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host role: the machine as its BIOS hands it over to the kernel.
 *
 * Arguments, beside those of core.c:
 *
 *   profile=NAME	milan, genoa or turin (default milan)
 *   rmp=BASE-END	memory that the BIOS reserved for the RMP; without it there
 *			is none
 *   rmp-shift=N	segmented RMP in there, segments of 2^N bytes
 *   rmp-covers=GIB	of a segmented RMP (default 4)
 *   cbit=N		position of the C-bit, 50 or 51 (default: the part's)
 *   shared-fd=N	file of struct softsnp_shared, for the AMD-SP
 *   check=0|1		check the host's stores against the RMP (host_check.c)
 *   syscfg=N, hwcr=N	what the BIOS left there, to try broken machines
 *
 * QEMU command line around it (1 GiB of RAM; the files on descriptors 9 and 8
 * are shared with aspd):
 *
 *   -machine q35,memory-backend=ram -m 1G -accel tcg,thread=multi
 *   -object memory-backend-file,id=ram,size=1G,mem-path=/proc/self/fd/9,share=on
 *   -cpu EPYC-Milan,+svm,-hypervisor,phys-bits=51
 *   -device AMDVI-PCI,id=iommu,addr=0x1
 *   -device amd-iommu,pci-id=iommu,intremap=on,xtsup=on
 *   -plugin softsnp-cpu.so,role=host,ram-fd=9,shared-fd=8,rmp=0x30000000-0x31003fff
 *   -device '{"driver":"vfio-user-pci","id":"psp","bus":"pcie.0","addr":"4",
 *             "socket":{"type":"unix","path":SOCKET}}'
 *
 * Kernel command line: memmap=18M$0x30000000 keeps the kernel out of the RMP;
 * no_timer_check, since on a loaded machine the emulated timer is late for
 * the boot-time test of the timer interrupt, and without the hypervisor bit in
 * CPUID a kernel panics over that; tsc=reliable, since the clock watchdog of
 * Linux 7.2 can wait for ever when emulated CPUs are slow.
 *
 * The initramfs begins with an uncompressed archive of its own that holds
 * kernel/firmware/acpi/ivrs.aml (../ivrs), or else the kernel sees an IOMMU
 * without SNP support and leaves SNP off.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "host_msr.h"
#include "host_rst.h"

static struct {
	uint64_t rmp_base;
	uint64_t rmp_end;
	uint64_t rmp_cfg;
	uint64_t syscfg;
	uint64_t hwcr;
} bios = { .syscfg = HOST_SYSCFG_BIOS, .hwcr = HOST_HWCR_BIOS };

struct host_args {
	const char *profile;
	const char *rmp;
	uint64_t rmp_shift;
	uint64_t rmp_covers;
	uint64_t cbit;
	uint64_t shared_fd;
	bool has_shared;
	uint64_t check;
};

static int take_arg(struct host_args *a, const char *arg)
{
	const struct {
		const char *name;
		uint64_t min;
		uint64_t max;
		uint64_t *value;
	} numbers[] = {
		{ "rmp-shift", RMP_SHIFT_MIN, RMP_SHIFT_MAX, &a->rmp_shift },
		{ "rmp-covers", 1, 512, &a->rmp_covers },
		{ "cbit", 50, 51, &a->cbit },
		{ "shared-fd", 0, INT_MAX, &a->shared_fd },
		{ "check", 0, 1, &a->check },
		{ "syscfg", 0, UINT64_MAX, &bios.syscfg },
		{ "hwcr", 0, UINT64_MAX, &bios.hwcr },
	};
	const char *v;
	size_t i;

	v = cpu_arg(arg, "profile");
	if (v) {
		a->profile = v;
		return 0;
	}
	v = cpu_arg(arg, "rmp");
	if (v) {
		a->rmp = v;
		return 0;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		v = cpu_arg(arg, numbers[i].name);
		if (!v)
			continue;
		a->has_shared |= numbers[i].value == &a->shared_fd;
		return cpu_arg_u64(numbers[i].name, v, numbers[i].min, numbers[i].max,
				   numbers[i].value) ? 0 : -1;
	}
	cpu_log("host: unknown argument %s", arg);
	return -1;
}

static int parse_range(const char *text, uint64_t *from, uint64_t *to)
{
	long long a, b;
	int end = 0;

	if (sscanf(text, "%lli-%lli%n", &a, &b, &end) != 2 || text[end] || a < 0 || b <= a) {
		cpu_log("host: rmp=%s: expected BASE-END", text);
		return -1;
	}
	*from = a;
	*to = b;
	return 0;
}

/* Program the registers and, for a segmented RMP, write the segment table. */
static int reserve_rmp(const struct host_args *a)
{
	uint64_t base, end;
	struct rmp_map map;
	const char *why;
	uint64_t *rst;

	if (parse_range(a->rmp, &base, &end))
		return -1;
	bios.rmp_base = base;
	if (a->rmp_shift) {
		bios.rmp_cfg = SNP_RMP_CFG_SEGMENTED |
			       FIELD_PREP(SNP_RMP_CFG_SEG_SHIFT, a->rmp_shift);
		if (!host_part.rmp_cfg) {
			cpu_log("host: a %s has no segmented RMP", host_part.name);
			return -1;
		}
	} else {
		bios.rmp_end = end;
	}
	why = rmp_map_decode(bios.rmp_base, bios.rmp_end, bios.rmp_cfg, &map);
	if (!why && !cpu_ram(base, end + 1 - base))
		why = "this is not in guest RAM (ram-fd=)";
	if (!why && map.shift) {
		rst = cpu_ram(rmp_map_rst(&map), RMP_RST_SIZE);
		if (!host_rst_build(&map, end, a->rmp_covers, rst))
			why = "too small for a segmented RMP of that coverage";
	}
	if (!why)
		return 0;
	cpu_log("host: rmp=%s: %s", a->rmp, why);
	return -1;
}

static int map_shared(int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) ||
	    (st.st_size < (off_t)sizeof(*host_shared) && ftruncate(fd, sizeof(*host_shared)))) {
		cpu_log("host: shared-fd=%d is not a file", fd);
		return -1;
	}
	p = mmap(NULL, sizeof(*host_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		cpu_log("host: cannot map shared-fd=%d", fd);
		return -1;
	}
	host_shared = p;
	return 0;
}

static void power_on(void)
{
	unsigned int i;

	host_shared->nr_cpus = cpu_count();
	for (i = 0; i < cpu_count() && i < SOFTSNP_SHARED_CPUS; i++) {
		host_shared->cpu[i].syscfg = bios.syscfg;
		host_shared->cpu[i].hwcr = bios.hwcr;
		host_shared->cpu[i].rmp_base = bios.rmp_base;
		host_shared->cpu[i].rmp_end = bios.rmp_end;
		host_shared->cpu[i].rmp_cfg = bios.rmp_cfg;
	}
	__atomic_store_n(&host_shared->magic, SOFTSNP_SHARED_MAGIC, __ATOMIC_RELEASE);
}

int host_bios(int argc, char **argv)
{
	struct host_args a = { .profile = "milan", .rmp_covers = 4 };
	int i;

	static_assert(CPU_MAX <= SOFTSNP_SHARED_CPUS, "the shared page has room for all cores");

	for (i = 0; i < argc; i++)
		if (take_arg(&a, argv[i]))
			return -1;
	if (!host_part_find(a.profile, &host_part)) {
		cpu_log("host: profile=%s: there are milan, genoa and turin", a.profile);
		return -1;
	}
	if (a.cbit)
		host_part.cbit = a.cbit;
	if (a.check && !(a.has_shared && a.rmp)) {
		cpu_log("host: check=1 needs rmp= and shared-fd=");
		return -1;
	}
	if ((a.rmp && reserve_rmp(&a)) || (a.has_shared && map_shared(a.shared_fd)))
		return -1;
	power_on();
	host_bench_init();
	if (a.check)
		host_check_enable();
	return 0;
}
