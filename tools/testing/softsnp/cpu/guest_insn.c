// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: the instructions PVALIDATE, RMPADJUST and RMPQUERY at the VMPL
 * that the guest runs at.  AMD64 APM volume 3 (24594).
 *
 * Not modelled: the size of the guest's own mapping (a 2 MiB PVALIDATE through
 * 4 KiB mappings is taken as one through a 2 MiB mapping).
 */
#include "guest_fault.h"

#define PFN_MASK	(~(uint64_t)(SNP_PAGE_SIZE - 1))

#define FLAG_CF		BIT_ULL(0)
#define FLAG_PF		BIT_ULL(2)
#define FLAG_AF		BIT_ULL(4)
#define FLAG_ZF		BIT_ULL(6)
#define FLAG_SF		BIT_ULL(7)
#define FLAG_OF		BIT_ULL(11)
#define FLAGS_ARITH	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VECTOR_PF	14
#define CR0_PG		BIT_ULL(31)

void guest_nested_fault(const char *insn, uint64_t va, uint64_t gpa, uint64_t pc)
{
	struct snp_rmp_raw e = {};
	const char *state = "not RAM";

	if (!rmp_lookup(guest_rmp(), gpa >> SNP_PAGE_SHIFT, &e))
		state = rmp_state_name(rmp_entry_state(&e));
	/* A hypervisor has nothing to resolve here. */
	cpu_stop(CPU_STOP_VIOLATION,
		 "RMP violation: %s at %#llx of va %#llx gpa %#llx: nested page fault, page is %s",
		 insn, (unsigned long long)pc, (unsigned long long)va, (unsigned long long)gpa,
		 state);
}

/* The operand's page, or the exception that the instruction deserves instead. */
static uint64_t operand_gpa(const struct insn *in, uint64_t *pc, bool *cbit)
{
	uint64_t va = cpu_get(REG_RAX), pa;

	*pc = insn_pc(in);
	if (cpu_cpl())
		cpu_raise(CPU_VECTOR_GP, 0, *pc);
	va &= PFN_MASK;
	if (!cpu_translate(va, &pa)) {
		cpu_set(REG_CR2, va);
		cpu_raise(VECTOR_PF, 0, *pc);
	}
	*cbit = (pa & guest_cbit_mask()) || !(cpu_get(REG_CR0) & CR0_PG);
	return pa & PFN_MASK & ~guest_cbit_mask();
}

static void __noreturn finish(uint64_t pc, const struct insn *in, uint32_t eax, bool carry)
{
	uint64_t flags = cpu_get(REG_EFLAGS) & ~FLAGS_ARITH;

	cpu_set(REG_RAX, eax);
	if (carry)
		flags |= FLAG_CF;
	if (!eax)
		flags |= FLAG_ZF;
	if (!__builtin_parity(eax & 0xff))
		flags |= FLAG_PF;
	cpu_continue_flags(pc + in->len, flags);
}

void guest_pvalidate(unsigned int vcpu, const struct insn *in)
{
	bool cbit, carry, size_2m, validate;
	uint64_t gpa, pc, va;
	uint32_t eax;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	size_2m = cpu_get(REG_RCX) & 1;
	validate = cpu_get(REG_RDX) & 1;
	if (guest_config.vmpl) {
		/* U: what hardware answers below VMPL0; nothing changes, that is certain. */
		count("pvalidate.below_vmpl0");
		finish(pc, in, SNP_PVALIDATE_FAIL_PERMISSION, false);
	}
	if (!cbit) {
		/* U: what hardware answers for a shared mapping. */
		count("pvalidate.shared_mapping");
		finish(pc, in, SNP_PVALIDATE_FAIL_INPUT, false);
	}
	guest_fault_pvalidate(gpa, size_2m, validate);
	if (!guest_page_pvalidate(gpa, size_2m, validate, &eax, &carry))
		guest_nested_fault("PVALIDATE", va, gpa, pc);
	if (!eax && !carry && validate)
		guest_page_rewrite(gpa, size_2m, false);
	finish(pc, in, eax, carry);
}

void guest_rmpadjust(unsigned int vcpu, const struct insn *in)
{
	uint64_t gpa, pc, va, rdx;
	bool cbit, size_2m;
	uint32_t eax;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	size_2m = cpu_get(REG_RCX) & 1;
	rdx = cpu_get(REG_RDX);
	if (!cbit)
		finish(pc, in, SNP_RMPADJUST_FAIL_INPUT, false);
	if (!guest_page_rmpadjust(gpa, size_2m, guest_config.vmpl, rdx, &eax))
		guest_nested_fault("RMPADJUST", va, gpa, pc);
	finish(pc, in, eax, false);
}

void guest_rmpquery(unsigned int vcpu, const struct insn *in)
{
	uint64_t gpa, pc, va, rdx;
	struct rmp_query q;
	uint32_t eax;
	bool cbit;

	(void)vcpu;
	gpa = operand_gpa(in, &pc, &cbit);
	va = cpu_get(REG_RAX);
	rdx = cpu_get(REG_RDX);
	if (!cbit)
		finish(pc, in, SNP_RMPQUERY_FAIL_INPUT, false);
	if (!guest_page_rmpquery(gpa, guest_config.vmpl, rdx, &q, &eax))
		guest_nested_fault("RMPQUERY", va, gpa, pc);
	if (!eax) {
		rdx = FIELD_PREP(SNP_RMPADJUST_VMPL, FIELD_GET(SNP_RMPADJUST_VMPL, rdx)) |
		      FIELD_PREP(SNP_RMPADJUST_PERMS, (uint64_t)q.perms);
		cpu_set(REG_RDX, rdx | (q.vmsa ? SNP_RMPADJUST_VMSA : 0));
		cpu_set(REG_RCX, q.size_2m);
	}
	finish(pc, in, eax, false);
}
