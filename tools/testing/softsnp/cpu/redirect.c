// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving an instruction in ways that the plugin interface does not offer:
 * through an exception gate, and with exact flags.  AMD64 APM volume 2
 * (24593), interrupts and exceptions.
 */
#include <string.h>

#include "bench.h"
#include "core.h"

#define EFER_LMA	BIT_ULL(10)
#define CR0_PE		1ULL
#define FLAG_TF		BIT_ULL(8)
#define FLAG_IF		BIT_ULL(9)
#define FLAG_NT		BIT_ULL(14)
#define FLAG_RF		BIT_ULL(16)
#define FLAG_VM		BIT_ULL(17)
#define FLAGS_ARITH	0xcd5ULL	/* with DF */
#define GATE_PRESENT	0x80
#define GATE_TYPE	0x0f
#define GATE_INTERRUPT	0x0e
#define TSS64_RSP0	4
#define TSS64_IST1	0x24
#define OPCODE_IRETQ	0xcf48

/* An IRETQ for each half of the address space: canonical-high is the kernel. */
static uint64_t iretq_at[2];

void cpu_note_iretq(uint64_t va)
{
	__atomic_store_n(&iretq_at[va >> 63], va, __ATOMIC_RELAXED);
}

static bool is_iretq(uint64_t va)
{
	uint16_t opcode;

	return va && cpu_read_virt(va, &opcode, sizeof(opcode)) && opcode == OPCODE_IRETQ;
}

/* None was translated that is still mapped: look around @pc, nearest pages first. */
static uint64_t search_iretq(uint64_t pc)
{
	uint8_t page[4096];
	int64_t distance;
	uint64_t base;
	size_t i;
	int side;

	for (distance = 0; distance < 8192; distance++) {
		for (side = -1; side <= 1; side += 2) {
			base = (pc & ~0xfffULL) + (uint64_t)(distance * side * 4096);
			if (!cpu_read_virt(base, page, sizeof(page)))
				continue;
			for (i = 0; i + 1 < sizeof(page); i++)
				if (page[i] == 0x48 && page[i + 1] == 0xcf)
					return base + i;
		}
	}
	return 0;
}

void cpu_continue_flags(uint64_t pc, uint64_t flags)
{
	unsigned int half = pc >> 63;
	uint64_t frame[5], at, rsp;

	if (!(cpu_get(REG_EFER) & EFER_LMA)) {
		cpu_set(REG_EFLAGS, flags);
		cpu_continue_at(pc);
	}
	at = __atomic_load_n(&iretq_at[half], __ATOMIC_RELAXED);
	if (!is_iretq(at)) {
		at = search_iretq(pc);
		if (!at)
			cpu_stop(CPU_STOP_PLATFORM, "core: no IRETQ near %#llx",
				 (unsigned long long)pc);
		__atomic_store_n(&iretq_at[half], at, __ATOMIC_RELAXED);
	}
	rsp = cpu_get(REG_RSP);
	frame[0] = pc;
	frame[1] = cpu_get(REG_CS);
	frame[2] = flags;
	frame[3] = rsp;
	frame[4] = cpu_get(REG_SS);
	if (!cpu_write_virt(rsp - sizeof(frame), frame, sizeof(frame)))
		cpu_stop(CPU_STOP_PLATFORM, "core: stack %#llx is not writable",
			 (unsigned long long)rsp);
	cpu_set(REG_RSP, rsp - sizeof(frame));
	/* An interrupt on the borrowed IRETQ would look like one inside an exit path. */
	cpu_set(REG_EFLAGS, cpu_get(REG_EFLAGS) & ~(FLAG_IF | FLAG_TF));
	bench_discount(cpu_current());
	cpu_continue_at(at);
}

static void __noreturn bad_gate(unsigned int vector, uint64_t pc, const char *why)
{
	cpu_stop(CPU_STOP_SHUTDOWN, "core: exception %u at %#llx: %s: the guest shuts down",
		 vector, (unsigned long long)pc, why);
}

static void __noreturn raise_32(unsigned int vector, int64_t error, uint64_t pc, uint64_t flags)
{
	uint64_t cs = cpu_get(REG_CS);
	uint32_t rsp = cpu_get(REG_RSP), frame[4], n = 0;
	struct cpu_tables *t = cpu_tables(cpu_current());
	uint16_t selector;
	uint8_t gate[8];

	if (!cpu_read_virt(t->idt_base + vector * 8, gate, sizeof(gate)))
		bad_gate(vector, pc, "IDT not readable");
	if (!(gate[5] & GATE_PRESENT))
		bad_gate(vector, pc, "gate not present");
	if (cs & 3)
		bad_gate(vector, pc, "user mode with 32-bit gates is not modelled");
	memcpy(&selector, gate + 2, sizeof(selector));

	if (error != CPU_NO_ERROR)
		frame[n++] = error;
	frame[n++] = pc;
	frame[n++] = cs;
	frame[n++] = flags;
	rsp -= n * sizeof(frame[0]);
	if (!cpu_write_virt(rsp, frame, n * sizeof(frame[0])))
		bad_gate(vector, pc, "stack not writable");
	if (selector != cs)
		cpu_set(REG_CS, selector);
	cpu_set(REG_RSP, rsp);
	flags &= ~(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM);
	if ((gate[5] & GATE_TYPE) == GATE_INTERRUPT)
		flags &= ~FLAG_IF;
	cpu_set(REG_EFLAGS, flags);
	cpu_continue_at(gate[0] | gate[1] << 8 | gate[6] << 16 | (uint32_t)gate[7] << 24);
}

static uint64_t gate_target_64(const uint8_t *gate)
{
	uint32_t high;

	memcpy(&high, gate + 8, sizeof(high));
	return gate[0] | gate[1] << 8 | gate[6] << 16 | (uint64_t)gate[7] << 24 |
	       (uint64_t)high << 32;
}

uint64_t cpu_gate(unsigned int vector)
{
	uint8_t gate[16];

	if (!cpu_read_virt(cpu_tables(cpu_current())->idt_base + vector * sizeof(gate), gate,
			   sizeof(gate)) || !(gate[5] & GATE_PRESENT))
		return 0;
	return gate_target_64(gate);
}

static void __noreturn raise_64(unsigned int vector, int64_t error, uint64_t pc, uint64_t flags)
{
	uint64_t cs = cpu_get(REG_CS), ss = cpu_get(REG_SS);
	uint64_t rsp = cpu_get(REG_RSP), sp = rsp, frame[6], target;
	struct cpu_tables *t = cpu_tables(cpu_current());
	unsigned int ist, n = 0;
	uint16_t selector;
	uint8_t gate[16];

	if (!cpu_read_virt(t->idt_base + vector * 16, gate, sizeof(gate)))
		bad_gate(vector, pc, "IDT not readable");
	if (!(gate[5] & GATE_PRESENT))
		bad_gate(vector, pc, "gate not present");
	memcpy(&selector, gate + 2, sizeof(selector));
	target = gate_target_64(gate);

	ist = gate[4] & 7;
	if (ist) {
		if (!cpu_read_virt(t->tss_base + TSS64_IST1 + 8 * (ist - 1), &sp, sizeof(sp)))
			bad_gate(vector, pc, "IST not readable");
	} else if (cs & 3) {
		if (!cpu_read_virt(t->tss_base + TSS64_RSP0, &sp, sizeof(sp)))
			bad_gate(vector, pc, "RSP0 not readable");
	}
	sp &= ~0xfULL;

	if (error != CPU_NO_ERROR)
		frame[n++] = error;
	frame[n++] = pc;
	frame[n++] = cs;
	frame[n++] = flags;
	frame[n++] = rsp;
	frame[n++] = ss;
	sp -= n * sizeof(frame[0]);

	/* A null SS of the new privilege level, as the architecture has it. */
	if (cs & 3)
		cpu_set(REG_SS, 0);
	if (cs != selector)
		cpu_set(REG_CS, selector);
	if (!cpu_write_virt(sp, frame, n * sizeof(frame[0])))
		bad_gate(vector, pc, "stack not writable");
	cpu_set(REG_RSP, sp);
	flags &= ~(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM);
	if ((gate[5] & GATE_TYPE) == GATE_INTERRUPT)
		flags &= ~FLAG_IF;
	/* The register interface would keep the others for ever. */
	cpu_set(REG_EFLAGS, flags & ~FLAGS_ARITH);
	cpu_continue_at(target);
}

void cpu_raise_flags(unsigned int vector, int64_t error, uint64_t pc, uint64_t flags)
{
	if (!(cpu_get(REG_CR0) & CR0_PE))
		bad_gate(vector, pc, "real mode is not modelled");
	if (cpu_get(REG_EFER) & EFER_LMA)
		raise_64(vector, error, pc, flags);
	raise_32(vector, error, pc, flags);
}

void cpu_raise(unsigned int vector, int64_t error, uint64_t pc)
{
	cpu_raise_flags(vector, error, pc, cpu_get(REG_EFLAGS));
}
