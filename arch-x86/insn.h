/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SNP instructions.  AMD64 APM volume 3 (24594): PVALIDATE, RMPADJUST,
 * RMPQUERY for guests, PSMASH, RMPUPDATE, RMPREAD for hosts; APM volume 2 (24593), chapter
 * 15.35: VMGEXIT for guests.
 *
 * Every encoding is spelled as bytes, because the oldest assembler that has to
 * build this knows none of the mnemonics, and all of them live here.  A test
 * that wants to replace one includes the source file under test, since each
 * translation unit has its own copy of an inline function.
 *
 * None of these may run where the feature is off: they raise #UD there.
 */
#ifndef SNP_INSN_H
#define SNP_INSN_H

#include <linux/types.h>

#include <compat/kunit.h>
#include <snp/rmp.h>

#define INSN_PVALIDATE	".byte 0xf2, 0x0f, 0x01, 0xff"
#define INSN_PSMASH	".byte 0xf3, 0x0f, 0x01, 0xff"
#define INSN_RMPUPDATE	".byte 0xf2, 0x0f, 0x01, 0xfe"
#define INSN_RMPADJUST	".byte 0xf3, 0x0f, 0x01, 0xfe"
#define INSN_RMPQUERY	".byte 0xf3, 0x0f, 0x01, 0xfd"
#define INSN_RMPREAD	".byte 0xf2, 0x0f, 0x01, 0xfd"
#define INSN_VMGEXIT	".byte 0xf3, 0x0f, 0x01, 0xd9"

/**
 * insn_pvalidate() - set or clear the validated bit of a page of this guest
 * @vaddr: guest virtual address, aligned to the page size asked for
 * @size_2m: the page is 2 MiB, not 4 KiB
 * @validate: true validates, false rescinds
 * @unchanged: set to true when the page was in the wanted state already.  A
 *	guest that validates a page which it has not rescinded must treat this
 *	as an attack: the hypervisor has put another page there.
 *
 * Context: guest, VMPL0, kernel mode.  A page that is not assigned to the
 *	guest ends in a nested page fault, not in a return value.
 * Return: 0 or an SNP_PVALIDATE_FAIL_* code.
 */
static __always_inline unsigned int insn_pvalidate(const void *vaddr, bool size_2m, bool validate,
						   bool *unchanged)
{
	unsigned int code;
	bool carry;

	SNP_TEST_SEAM(insn_pvalidate, vaddr, size_2m, validate, unchanged);

	asm volatile(INSN_PVALIDATE
		     : "=a" (code), "=@ccc" (carry)
		     : "a" (vaddr), "c" ((unsigned long)size_2m), "d" ((unsigned long)validate)
		     : "memory");
	*unchanged = carry;
	return code;
}

/**
 * insn_rmpadjust() - change the permissions of a less privileged VMPL
 * @vaddr: guest virtual address, aligned to the page size asked for
 * @size_2m: the page is 2 MiB, not 4 KiB
 * @attrs: SNP_RMPADJUST_VMPL, _PERMS and _VMSA fields
 *
 * Context: guest, kernel mode.
 * Return: 0 or an SNP_RMPADJUST_FAIL_* code.
 */
static __always_inline unsigned int insn_rmpadjust(const void *vaddr, bool size_2m, u64 attrs)
{
	unsigned int code;

	SNP_TEST_SEAM(insn_rmpadjust, vaddr, size_2m, attrs);

	asm volatile(INSN_RMPADJUST
		     : "=a" (code)
		     : "a" (vaddr), "c" ((unsigned long)size_2m), "d" (attrs)
		     : "memory", "cc");
	return code;
}

/**
 * insn_rmpquery() - read the permissions of a VMPL
 * @vaddr: guest virtual address
 * @attrs: SNP_RMPADJUST_VMPL field in, also _PERMS and _VMSA out
 * @size_2m: set to whether the page is part of a 2 MiB one
 *
 * Context: guest, kernel mode, CPUID 8000_001F EAX bit 6.
 * Return: 0 or an SNP_RMPQUERY_FAIL_* code, and then @attrs and @size_2m mean
 *	nothing.
 */
static __always_inline unsigned int insn_rmpquery(const void *vaddr, u64 *attrs, bool *size_2m)
{
	unsigned long size = 0;
	unsigned int code;

	SNP_TEST_SEAM(insn_rmpquery, vaddr, attrs, size_2m);

	asm volatile(INSN_RMPQUERY
		     : "=a" (code), "+c" (size), "+d" (*attrs)
		     : "a" (vaddr)
		     : "memory", "cc");
	*size_2m = size & 1;
	return code;
}

/**
 * insn_vmgexit() - hand over to the hypervisor
 *
 * The GHCB MSR says what is asked for.  Everything in the GHCB may have
 * changed when this returns.
 *
 * Context: guest, kernel mode, interrupts off.
 */
static __always_inline void insn_vmgexit(void)
{
	SNP_TEST_SEAM(insn_vmgexit);

	asm volatile(INSN_VMGEXIT : : : "memory");
}

/**
 * insn_vmgexit_svsm() - hand over, with the registers of a call of the SVSM
 * @rax: protocol and call in, result code out
 * @rcx: in and out
 * @rdx: in and out
 * @r8: in and out
 * @r9: in and out
 *
 * The registers belong to private state: only the SVSM changes them.
 *
 * Context: guest, kernel mode, interrupts off.
 */
static __always_inline void insn_vmgexit_svsm(u64 *rax, u64 *rcx, u64 *rdx, u64 *r8, u64 *r9)
{
	u64 a = *rax, c = *rcx, d = *rdx, in8 = *r8, in9 = *r9;

	SNP_TEST_SEAM(insn_vmgexit_svsm, rax, rcx, rdx, r8, r9);

	/* No memory access between the two, which a sanitizer could make a call. */
	{
		register u64 arg8 asm("r8") = in8;
		register u64 arg9 asm("r9") = in9;

		asm volatile(INSN_VMGEXIT
			     : "+a" (a), "+c" (c), "+d" (d), "+r" (arg8), "+r" (arg9)
			     : : "memory", "cc");
		in8 = arg8;
		in9 = arg9;
	}
	*rax = a;
	*rcx = c;
	*rdx = d;
	*r8 = in8;
	*r9 = in9;
}

/**
 * insn_rmpupdate() - write the RMP entry of a page
 * @spa: system physical address, without C-bit, aligned to @state->pagesize
 * @state: the new assignment
 *
 * Context: host, kernel mode, SYSCFG.SNPEn set.
 * Return: 0 or an SNP_RMPUPDATE_FAIL_* code.
 */
static __always_inline unsigned int insn_rmpupdate(u64 spa, const struct snp_rmp_state *state)
{
	unsigned int code;

	SNP_TEST_SEAM(insn_rmpupdate, spa, state);

	asm volatile(INSN_RMPUPDATE
		     : "=a" (code)
		     : "a" (spa), "c" (state)
		     : "memory", "cc");
	return code;
}

/**
 * insn_psmash() - split a 2 MiB RMP entry into 512 entries of 4 KiB
 * @spa: system physical address, without C-bit, 2 MiB aligned
 *
 * Context: host, kernel mode, SYSCFG.SNPEn set.
 * Return: 0 or an SNP_PSMASH_FAIL_* code.
 */
static __always_inline unsigned int insn_psmash(u64 spa)
{
	unsigned int code;

	SNP_TEST_SEAM(insn_psmash, spa);

	asm volatile(INSN_PSMASH
		     : "=a" (code)
		     : "a" (spa)
		     : "memory", "cc");
	return code;
}

/**
 * insn_rmpread() - read the architectural part of an RMP entry
 * @spa: system physical address, without C-bit, 4 KiB aligned
 * @state: written by the processor; untouched on failure
 *
 * Context: host, kernel mode, SYSCFG.SNPEn set, CPUID 8000_001F EAX bit 21.
 * Return: 0 or the processor's error code.
 */
static __always_inline unsigned int insn_rmpread(u64 spa, struct snp_rmp_state *state)
{
	unsigned int code;

	SNP_TEST_SEAM(insn_rmpread, spa, state);

	asm volatile(INSN_RMPREAD
		     : "=a" (code)
		     : "a" (spa), "c" (state)
		     : "memory", "cc");
	return code;
}

#endif /* SNP_INSN_H */
