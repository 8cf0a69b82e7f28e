// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMPUPDATE, PSMASH and RMPREAD on an RMP in guest DRAM.  AMD64 APM
 * volumes 2 (24593, chapter 15.36) and 3 (24594).
 *
 * The rules are asp/rmp_rules.c; this file is the entry store (the AMD-SP
 * process works on the same bytes, so an entry changes in one 16-byte compare
 * and exchange), the operands and the faults.
 *
 * Flags: OF, ZF, AF, PF and SF are set from the return code.  CF is cleared
 * (the manual leaves it alone, but its old value is out of a plugin's reach).
 */
#include <string.h>

#include <snp/rmp.h>

#include "host.h"
#include "rmp_atomic.h"
#include "rmp_map.h"

#define FLAG_PF			BIT_ULL(2)
#define FLAG_ZF			BIT_ULL(6)
#define FLAGS_ARITHMETIC	0x8d5ULL

#define VECTOR_PF		14
#define PF_WRITE		BIT(1)

/* What a core knows of the table since SNPEn was set on it. */
static struct {
	bool valid;
	struct rmp_map map;
	uint64_t rst[RMP_RST_ENTRIES];
} table[CPU_MAX];

void host_rmp_latch(unsigned int vcpu, const struct host_msrs *m)
{
	struct rmp_map map;
	const uint64_t *rst;
	const char *why;

	why = rmp_map_decode(m->rmp_base, m->rmp_end, m->rmp_cfg, &map);
	if (!why && map.shift) {
		rst = cpu_ram(rmp_map_rst(&map), RMP_RST_SIZE);
		if (rst)
			memcpy(table[vcpu].rst, rst, RMP_RST_SIZE);
		else
			why = "the segment table is not in RAM";
	}
	if (why)
		cpu_log("host: vCPU %u: SNPEn set without an RMP: %s", vcpu, why);
	table[vcpu].map = map;
	table[vcpu].valid = !why;
}

static struct snp_rmp_raw *entry_of(uint64_t pfn)
{
	unsigned int vcpu = cpu_current(), i = 0;
	const struct rmp_map *m = &table[vcpu].map;
	uint64_t spa;

	if (!table[vcpu].valid || (m->shift && !rmp_map_segment(m, pfn, &i)) ||
	    !rmp_map_entry(m, table[vcpu].rst[i], pfn, &spa))
		return NULL;
	return cpu_ram(spa, SNP_RMP_ENTRY_SIZE);
}

static int store_load(void *opaque, uint64_t pfn, struct snp_rmp_raw *e)
{
	const struct snp_rmp_raw *at = entry_of(pfn);

	(void)opaque;
	if (!at)
		return -1;
	rmp_entry_load(at, e);
	return 0;
}

static int store_cas(void *opaque, uint64_t pfn, const struct snp_rmp_raw *old,
		     const struct snp_rmp_raw *new)
{
	struct snp_rmp_raw *at = entry_of(pfn);

	(void)opaque;
	if (!at)
		return -1;
	return rmp_entry_exchange(at, old, new);
}

const struct rmp_store host_rmp_store = { .load = store_load, .cas = store_cas };

static bool canonical48(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

/* The operand in memory at RCX is not there: fault as the first bad byte does. */
static void __attribute__((noreturn)) operand_fault(const struct insn *in, uint64_t va,
						    size_t len, bool store)
{
	uint64_t pa, bad = va;

	if (!canonical48(va) || !canonical48(va + len - 1))
		cpu_raise(CPU_VECTOR_GP, 0, insn_pc(in));
	if (cpu_translate(va, &pa))
		bad = (va + len - 1) & ~(uint64_t)(SNP_PAGE_SIZE - 1);
	cpu_set(REG_CR2, bad);
	cpu_raise(VECTOR_PF, store ? PF_WRITE : 0, insn_pc(in));
}

static void __attribute__((noreturn)) finish(const struct insn *in, uint32_t eax)
{
	uint64_t flags = cpu_get(REG_EFLAGS) & ~FLAGS_ARITHMETIC;

	if (!eax)
		flags |= FLAG_ZF;
	if (!__builtin_parity(eax & 0xff))
		flags |= FLAG_PF;
	cpu_set(REG_RAX, eax);
	cpu_continue_flags(insn_pc(in) + in->len, flags);
}

void host_rmp_exec(unsigned int vcpu, const struct insn *in)
{
	uint64_t spa = cpu_get(REG_RAX), operand_va = cpu_get(REG_RCX);
	struct snp_rmp_state operand = {};
	uint32_t eax;

	if (in->addrsize) {
		spa = (uint32_t)spa;
		operand_va = (uint32_t)operand_va;
	}

	switch (in->kind) {
	case INSN_RMPUPDATE:
		if (!cpu_read_virt(operand_va, &operand, sizeof(operand)))
			operand_fault(in, operand_va, sizeof(operand), false);
		if (host_fault_overlap()) {
			count("fault.rmpupdate-overlap");
			eax = SNP_RMPUPDATE_FAIL_OVERLAP;
			break;
		}
		eax = rmp_update(&host_rmp_store, spa, &operand);
		break;
	case INSN_PSMASH:
		eax = rmp_psmash(&host_rmp_store, spa);
		break;
	default:
		eax = rmp_read(&host_rmp_store, spa, &operand);
		if (!cpu_write_virt(operand_va, &operand, sizeof(operand)))
			operand_fault(in, operand_va, sizeof(operand), true);
		break;
	}
	count_fmt("%s_%u", insn_name(in->kind), eax);
	if (in->kind == INSN_RMPUPDATE && !eax)
		count(operand.pagesize ? "rmpupdate_2m" : "rmpupdate_4k");
	host_check_note(vcpu, in, spa, &operand, eax);
	finish(in, eax);
}
