// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags across a redirection.
 *
 * TCG keeps the arithmetic flags as the operands of the instruction that last
 * set them, and the name of that instruction; the name is stored only where a
 * translated block ends.  A redirection leaves a block in its middle, so name
 * and operands may belong to different instructions.  That costs the
 * arithmetic flags, which callers know.  But when the stale name says "flags
 * were loaded as a whole", the first operand counts as RFLAGS as it is: the
 * next interrupt pushes arbitrary VM, NT, IOPL and TF bits, and a vCPU that
 * leaves its execution loop keeps them.  No kernel survives that.
 *
 * With a first operand of zero every name yields flags with harmless bits
 * only.  The plugin interface has no access to it, so it is looked for: in
 * QEMU's record of the vCPU it follows the general registers, the instruction
 * pointer, RFLAGS and the result.  The record is found by the values of the
 * registers and believed only if everything around it fits.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"
#include "flags.h"

/* Where things stand behind RIP in the record, in quadwords. */
enum {
	AT_RFLAGS = 1,
	AT_RESULT,
	AT_OPERAND,
	AT_OPERAND2,
	AT_NAME,	/* 32 bits; then +1 or -1 for the direction flag */
	AFTER_NAME,
};

#define NR_LEGACY	8	/* RAX to RDI */
/* RIP follows the 16 or more general registers. */
#define RIP_MIN		16
#define RIP_MAX		64
#define RECORD_WORDS	(RIP_MAX + AFTER_NAME)
#define CHUNK_WORDS	0x20000
#define NAMES_MAX	256

static struct {
	bool sought;
	uint64_t *operand;	/* NULL: not found */
} vcpus[CPU_MAX];

/* What the registers are set to while they are looked for. */
struct pattern {
	uint64_t saved[NR_LEGACY];
	uint64_t value[NR_LEGACY];
	uint64_t rip;
	uint64_t rflags;
};

/* Not RSP: nothing runs meanwhile, but it is the one that must be right. */
static void mark_registers(struct pattern *p)
{
	uint64_t x = 0x9e3779b97f4a7c15ULL * (cpu_current() + 1);
	int r;

	for (r = 0; r < NR_LEGACY; r++) {
		p->saved[r] = cpu_get(r);
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p->value[r] = r == REG_RSP ? p->saved[r] : (uint32_t)x;
		if (r != REG_RSP)
			cpu_set(r, p->value[r]);
	}
	p->rip = cpu_get(REG_RIP);
	p->rflags = cpu_get(REG_EFLAGS);
}

static void unmark_registers(const struct pattern *p)
{
	int r;

	for (r = 0; r < NR_LEGACY; r++)
		if (r != REG_RSP)
			cpu_set(r, p->saved[r]);
}

/* @record begins with the general registers: where behind them is the operand? */
static unsigned int operand_in(const struct pattern *p, const uint64_t *record)
{
	unsigned int i;

	for (i = RIP_MIN; i < RIP_MAX; i++) {
		const uint64_t *at = record + i;
		int32_t direction = at[AT_NAME] >> 32;

		if (at[0] == p->rip && at[AT_RFLAGS] == p->rflags &&
		    (uint32_t)at[AT_NAME] < NAMES_MAX && (direction == 1 || direction == -1))
			return i + AT_OPERAND;
	}
	return 0;
}

static uint64_t *search(const struct pattern *p, int mem, uint64_t from, uint64_t to)
{
	static __thread uint64_t chunk[CHUNK_WORDS + RECORD_WORDS];
	unsigned int at;
	ssize_t len, i, words;

	for (; from < to; from += CHUNK_WORDS * sizeof(uint64_t)) {
		len = to - from < sizeof(chunk) ? to - from : sizeof(chunk);
		len = pread(mem, chunk, len, from);
		words = len / (ssize_t)sizeof(uint64_t) - RECORD_WORDS;
		for (i = 0; i < words && i < CHUNK_WORDS; i++) {
			if (chunk[i] != p->value[0] ||
			    memcmp(chunk + i, p->value, sizeof(p->value)))
				continue;
			at = operand_in(p, chunk + i);
			if (at)
				return (uint64_t *)(uintptr_t)from + i + at;
		}
	}
	return NULL;
}

/* QEMU allocates the record: private memory that can be written, not executed. */
static uint64_t *find_operand(const struct pattern *p)
{
	unsigned long long from, to;
	uint64_t *found = NULL;
	char line[512], perms[5];
	FILE *maps;
	int mem;

	mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	maps = fopen("/proc/self/maps", "re");
	while (mem >= 0 && maps && !found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%llx-%llx %4s", &from, &to, perms) != 3 ||
		    strcmp(perms, "rw-p") || strstr(line, "[stack"))
			continue;
		found = search(p, mem, from, to);
	}
	if (maps)
		fclose(maps);
	if (mem >= 0)
		close(mem);
	return found;
}

void flags_forget(void)
{
	unsigned int vcpu = cpu_current();
	struct pattern p;

	if (!vcpus[vcpu].sought) {
		vcpus[vcpu].sought = true;
		mark_registers(&p);
		vcpus[vcpu].operand = find_operand(&p);
		unmark_registers(&p);
		if (!vcpus[vcpu].operand)
			cpu_log("core: vCPU %u: flags not found in this QEMU, a rare crash may be its fault",
				vcpu);
	}
	if (vcpus[vcpu].operand)
		*vcpus[vcpu].operand = 0;
}
