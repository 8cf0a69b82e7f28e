/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of an SVSM (58019) and exits for vCPUs (56421), made directly: for
 * modules that make those which a driver does not.
 */
#ifndef SNP_SVSM_TEST_H
#define SNP_SVSM_TEST_H

#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include <arch-x86/insn.h>
#include <compat/msr.h>
#include <snp/ghcb.h>
#include <snp/guest_pages.h>
#include <snp/svsm.h>

static unsigned int own_vmpl;
module_param_named(vmpl, own_vmpl, uint, 0);
MODULE_PARM_DESC(vmpl, "VMPL that the kernel runs at");

/* No code of the SVSM's: it has not run. */
#define NOT_RUN		0xdead0000ULL
#define CORE(call)	SNP_SVSM_CALL(SNP_SVSM_CORE, SNP_SVSM_CORE_ ## call)
/* Below 1 MiB, which the kernel leaves alone: code for a vCPU that does nothing. */
#define IDLE_GPA	0x6000UL

static inline u64 msr_swap(u64 value)
{
	u32 lo, hi;

	native_rdmsr(SNP_MSR_GHCB, lo, hi);
	native_wrmsr(SNP_MSR_GHCB, (u32)value, (u32)(value >> 32));
	return (u64)hi << 32 | lo;
}

/* Interrupts are off.  A call through @ca by @request of the MSR protocol. */
static inline u64 call_by(struct snp_svsm_ca *ca, u64 request, u64 *response, u64 rax, u64 *rcx,
			  u64 rdx, u64 r8)
{
	u64 r9 = 0, msr;

	WRITE_ONCE(ca->call_pending, 1);
	msr = msr_swap(request);
	insn_vmgexit_svsm(&rax, rcx, &rdx, &r8, &r9);
	*response = msr_swap(msr);
	return xchg(&ca->call_pending, 0) ? NOT_RUN : rax;
}

/* 0: there is none. */
static inline u64 call_area(void)
{
	u64 gpa;

	return rdmsrq_safe(SNP_MSR_SVSM_CAA, &gpa) ? 0 : gpa;
}

static inline u64 call(u64 rax, u64 *rcx, u64 rdx, u64 r8)
{
	unsigned long flags;
	u64 response;

	local_irq_save(flags);
	rax = call_by(__va(call_area()), SNP_GHCB_MSR_RUN_VMPL_REQ, &response, rax, rcx, rdx, r8);
	local_irq_restore(flags);
	return rax;
}

static inline u64 ask(u64 rax, u64 rcx, u64 rdx, u64 r8)
{
	return call(rax, &rcx, rdx, r8);
}

/* One exit through the kernel's GHCB; SW_EXITINFO1 31:0. */
static inline u32 page_exit(u64 code, u64 info1, u64 info2, u64 rax)
{
	static const unsigned int bits[] = {
		SNP_GHCB_VALID_BIT(rax), SNP_GHCB_VALID_BIT(sw_exit_code),
		SNP_GHCB_VALID_BIT(sw_exit_info_1), SNP_GHCB_VALID_BIT(sw_exit_info_2),
	};
	static struct snp_ghcb saved;
	unsigned long flags;
	struct snp_ghcb *page;
	unsigned int i;
	u32 result;
	u64 msr;

	local_irq_save(flags);
	/* An exit of the kernel's, after which the MSR names its page. */
	inb(0x80);
	msr = msr_swap(0);
	msr_swap(msr);
	page = __va(msr);
	saved = *page;
	memset(page->valid_bitmap, 0, sizeof(page->valid_bitmap));
	for (i = 0; i < ARRAY_SIZE(bits); i++)
		page->valid_bitmap[bits[i] / 8] |= BIT(bits[i] % 8);
	page->protocol_version = 2;
	page->usage = 0;
	page->rax = rax;
	page->sw_exit_code = code;
	page->sw_exit_info_1 = info1;
	page->sw_exit_info_2 = info2;
	insn_vmgexit();
	result = READ_ONCE(page->sw_exit_info_1);
	*page = saved;
	local_irq_restore(flags);
	return result;
}

static inline u32 ap_create(unsigned int apic_id, const void *vmsa, unsigned int vmpl)
{
	return page_exit(SNP_EXIT_AP_CREATION, (u64)apic_id << 32 | vmpl << 16 | 1, __pa(vmsa),
			 ((const struct snp_vmsa *)vmsa)->sev_features);
}

static inline u32 ap_destroy(unsigned int apic_id)
{
	return page_exit(SNP_EXIT_AP_CREATION, (u64)apic_id << 32 | own_vmpl << 16 | 2, 0, 0);
}

static inline void fill_vmsa(struct snp_vmsa *vmsa)
{
	const struct snp_vmsa_seg data = { .attrib = 0x92, .limit = 0xffff };
	u64 status = 0;

	rdmsrq_safe(SNP_MSR_SEV_STATUS, &status);
	memset(vmsa, 0, sizeof(*vmsa));
	vmsa->es = data;
	vmsa->ss = data;
	vmsa->ds = data;
	vmsa->fs = data;
	vmsa->gs = data;
	vmsa->cs = (struct snp_vmsa_seg){ IDLE_GPA >> 4, 0x9a, 0xffff, IDLE_GPA };
	vmsa->vmpl = own_vmpl;
	vmsa->efer = EFER_SVME;
	vmsa->cr0 = 0x60000010;
	vmsa->dr6 = 0xffff0ff0;
	vmsa->dr7 = 0x400;
	vmsa->rflags = 2;
	vmsa->g_pat = 0x0007040600070406;
	vmsa->tsc_scale = 1ULL << 32;
	vmsa->sev_features = status >> 2;
	vmsa->xcr0 = 1;
	vmsa->mxcsr = 0x1f80;
	vmsa->x87_ftw = 0x5555;
	vmsa->x87_fcw = 0x40;
}

static inline u64 create(const void *vmsa, const void *ca, u64 apic_id)
{
	return ask(CORE(CREATE_VCPU), __pa(vmsa), __pa(ca), apic_id);
}

static const u8 idle_code[] = { 0xfa, 0xf4, 0xeb, 0xfd };	/* cli; hlt; jmp hlt */
static u8 idle_saved[sizeof(idle_code)];

static inline void idle_begin(void)
{
	memcpy(idle_saved, __va(IDLE_GPA), sizeof(idle_saved));
	memcpy(__va(IDLE_GPA), idle_code, sizeof(idle_code));
}

static inline void idle_end(void)
{
	memcpy(__va(IDLE_GPA), idle_saved, sizeof(idle_saved));
}

#endif /* SNP_SVSM_TEST_H */
