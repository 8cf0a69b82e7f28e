// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking vector 29 over on every CPU of a running guest, and giving it back
 * (AMD64 APM volume 2, 24593, sections 4.8.3, 8.9 and 15.35).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": vc: " fmt

#include <linux/cache.h>
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/static_call.h>

#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/segment.h>

#include <arch-x86/ghcb/ghcb.h>
#include <compat/cpuid.h>
#include <compat/msr.h>

#include "cpu.h"
#include "vc.h"

/**
 * DOC: Take-over
 *
 * The kernel's IDT is read-only and belongs to the kernel, so every CPU gets a
 * copy of it in which two gates lead to this module: 29, and 2, because of
 * what an NMI does to the GHCB page (entry.S).  LIDT makes the CPU use it; LIDT
 * with the old address gives the vector back.  Nothing of the kernel is
 * written.
 *
 * Callbacks of CPU hotplug do both, on each CPU: so a CPU that comes online
 * later is taken over as well, and one that goes offline has the kernel's IDT
 * again.
 *
 * Why this is safe at any time: the stub runs with interrupts off until the end
 * and leaves nothing behind, neither on a stack of the kernel nor in a register.
 * After a CPU has executed LIDT in a callback, nothing on it is in the stub
 * any more: the callback itself is not, and what it interrupted is not either,
 * since the stub cannot be interrupted by anything that would run a callback.
 */

/* One pointer for each possible CPU; a block stays until vc_give_back(). */
static struct vc_cpu **vc_cpus;
static const struct snp_cpuid_page *vc_cpuid_table;
static enum cpuhp_state vc_hotplug;
static bool vc_is_kvm;
/* vc_takeover() runs: a CPU that cannot be taken over is an error. */
static bool vc_starting;

/* Where the kernel's gates lead: for C, and as direct jumps for the stubs. */
static u64 vc_kernel_entry __ro_after_init;
static u64 vc_kernel_nmi __ro_after_init;
DEFINE_STATIC_CALL_NULL(vc_to_kernel_entry, vc_entry);
DEFINE_STATIC_CALL_NULL(vc_to_kernel_nmi, vc_nmi_entry);

static u64 vc_sev_status(void)
{
	u64 status;

	return rdmsrq_safe(SNP_MSR_SEV_STATUS, &status) ? 0 : status;
}

static void vc_look_at_machine(struct vc_machine *m)
{
	struct desc_ptr idt;

	store_idt(&idt);
	*m = (struct vc_machine){
		.cr4 = native_read_cr4(),
		.sev_status = vc_sev_status(),
		.pti = boot_cpu_has(X86_FEATURE_PTI),
		.entry_msrs = boot_cpu_has(X86_FEATURE_ENTRY_IBPB) ||
			      boot_cpu_has(X86_FEATURE_KERNEL_IBRS),
		.idt_limit = idt.size,
		.idt = (const struct vc_gate *)idt.address,
		.kernel_cs = __KERNEL_CS,
	};
}

/* Each gate says what was found, what is needed, and what to do. */
static int vc_report(const struct vc_machine *m, enum vc_obstacle obstacle)
{
	const struct vc_gate *gate;

	switch (obstacle) {
	case VC_NO_OBSTACLE:
		return 0;
	case VC_NO_SNP:
		pr_err("MSR 0x%x (SEV_STATUS) is 0x%llx, bit 2 (SNP) is needed; start this machine as an SEV-SNP guest\n",
		       SNP_MSR_SEV_STATUS, m->sev_status);
		return -ENODEV;
	case VC_FRED:
		pr_err("CR4 is 0x%llx, bit 32 (FRED) must be clear: events do not use the IDT; boot with fred=off, or load with vc=off\n",
		       m->cr4);
		return -EOPNOTSUPP;
	case VC_PTI:
		pr_err("page table isolation is on, and would hide a copy of the IDT in user mode; boot with pti=off (AMD processors need none), or load with vc=off\n");
		return -EOPNOTSUPP;
	case VC_ENTRY_MSRS:
		pr_err("the kernel writes SPEC_CTRL or PRED_CMD at each entry, which this module's entry does not do; boot without retbleed=ibpb, spec_rstack_overflow=ibpb and spectre_v2=ibrs, or load with vc=off\n");
		return -EOPNOTSUPP;
	case VC_SHORT_IDT:
		pr_err("IDT limit is 0x%x, 0x%zx is needed; load with vc=off\n", m->idt_limit,
		       VC_VECTORS * sizeof(struct vc_gate) - 1);
		return -EOPNOTSUPP;
	case VC_NO_VC_GATE:
		gate = &m->idt[VC_VECTOR_VC];
		pr_err("IDT gate 29 (#VC) has type 0x%02x, selector 0x%x, IST %u, an interrupt gate with an IST stack is needed; build the kernel with CONFIG_AMD_MEM_ENCRYPT\n",
		       gate->type, gate->selector, gate->ist & 7);
		return -ENODEV;
	case VC_ODD_GATE:
		break;
	}
	pr_err("IDT gates 2 (NMI), 6 (#UD) and 13 (#GP) are of types 0x%02x, 0x%02x and 0x%02x, kernel interrupt gates are needed; load with vc=off\n",
	       m->idt[VC_VECTOR_NMI].type, m->idt[VC_VECTOR_UD].type, m->idt[VC_VECTOR_GP].type);
	return -EOPNOTSUPP;
}

/* What only the kernel's handler knows, which still has the vector. */
static void vc_ask_kernel(struct vc_env *env)
{
	u32 eax, ebx, ecx, edx;

	cpuid(1, &eax, &ebx, &ecx, &edx);
	env->local.leaf1_ebx = ebx;
	env->local.leaf1_edx = edx;
	cpuid_count(0xb, 0, &eax, &ebx, &ecx, &edx);
	env->local.leafb_edx = edx;
	if (boot_cpu_data.extended_cpuid_level >= 0x8000001e) {
		cpuid(0x8000001e, &eax, &ebx, &ecx, &edx);
		env->local.ext1e_eax = eax;
		env->local.ext1e_ebx = ebx;
		env->local.ext1e_ecx = ecx;
	}
	get_debugreg(env->dr7, 7);
	env->dr7_passed = env->sev_status & VC_STATUS_DEBUG_SWAP;
}

/* Interrupts are off. */
static int vc_take_this_cpu(struct vc_cpu *cpu)
{
	enum vc_obstacle obstacle;
	struct desc_ptr idt = { .size = sizeof(cpu->idt) - 1, .address = (unsigned long)cpu->idt };
	struct vc_machine m;
	int rc;

	lockdep_assert_irqs_disabled();
	vc_look_at_machine(&m);
	obstacle = vc_obstacle(&m);
	if (obstacle)
		return vc_report(&m, obstacle);
	if (vc_gate_offset(&m.idt[VC_VECTOR_VC]) != vc_kernel_entry ||
	    vc_gate_offset(&m.idt[VC_VECTOR_NMI]) != vc_kernel_nmi) {
		pr_err("CPU %d has other handlers in its IDT than the first one; load with vc=off\n",
		       smp_processor_id());
		return -EOPNOTSUPP;
	}
	rc = ghcb_locate(&cpu->ghcb, &cpu->env.ghcb_gpa);
	if (rc)
		return rc;

	store_idt(&cpu->kernel_idt);
	memcpy(cpu->idt, m.idt, sizeof(cpu->idt));
	vc_gate_set_offset(&cpu->idt[VC_VECTOR_VC], (u64)vc_entry);
	vc_gate_set_offset(&cpu->idt[VC_VECTOR_NMI], (u64)vc_nmi_entry);
	cpu->env.cpuid = vc_cpuid_table;
	cpu->env.sev_status = m.sev_status;
	cpu->env.kvm = vc_is_kvm;
	cpu->env.gate_ud = vc_gate_offset(&m.idt[VC_VECTOR_UD]);
	cpu->env.gate_gp = vc_gate_offset(&m.idt[VC_VECTOR_GP]);
	cpu->env.kernel_cs = __KERNEL_CS;
	rdmsrq(MSR_GS_BASE, cpu->gs_base);
	vc_ask_kernel(&cpu->env);

	native_load_idt(&idt);
	cpu->taken = true;
	return 0;
}

/* Interrupts are off. */
static void vc_give_this_cpu_back(struct vc_cpu *cpu)
{
	struct desc_ptr idt;
	unsigned long dr7;

	lockdep_assert_irqs_disabled();
	store_idt(&idt);
	/* The kernel loads its own again when it wakes up from suspend. */
	if (idt.address == (unsigned long)cpu->idt)
		native_load_idt(&cpu->kernel_idt);
	cpu->taken = false;
	/* The kernel's handler answers reads from what it saw written. */
	if (cpu->env.dr7_passed)
		return;
	get_debugreg(dr7, 7);
	if (dr7 != cpu->env.dr7)
		set_debugreg((unsigned long)cpu->env.dr7, 7);
}

static int vc_cpu_online(unsigned int nr)
{
	struct vc_cpu *cpu = vc_cpus[nr];
	unsigned long flags;
	int rc;

	if (!cpu) {
		cpu = alloc_pages_exact(sizeof(*cpu), GFP_KERNEL | __GFP_ZERO);
		if (!cpu)
			return vc_starting ? -ENOMEM : 0;
		WRITE_ONCE(vc_cpus[nr], cpu);
	}
	local_irq_save(flags);
	rc = vc_take_this_cpu(cpu);
	local_irq_restore(flags);
	if (!rc || vc_starting)
		return rc;
	/* Not a reason to keep it from coming online: the kernel handles its #VCs. */
	pr_warn("CPU %u keeps the kernel's handler (%d)\n", nr, rc);
	return 0;
}

static int vc_cpu_offline(unsigned int nr)
{
	struct vc_cpu *cpu = vc_cpus[nr];
	unsigned long flags;

	local_irq_save(flags);
	if (cpu && cpu->taken)
		vc_give_this_cpu_back(cpu);
	local_irq_restore(flags);
	return 0;
}

static void vc_free(void)
{
	unsigned int nr;

	for (nr = 0; nr < nr_cpu_ids; nr++)
		if (vc_cpus[nr])
			free_pages_exact(vc_cpus[nr], sizeof(*vc_cpus[nr]));
	kfree(vc_cpus);
	vc_cpus = NULL;
}

/**
 * vc_takeover() - take vector 29 over on all CPUs, now and when they come online
 * @cpuid: the CPUID table of the launch, a private copy that stays until
 *	vc_give_back()
 *
 * Context: initialisation of the module, may sleep; SNP guest, after ghcb_init().
 * Return: 0, or a negative errno and no CPU is taken over; the reason is in the
 *	log.
 */
int vc_takeover(const struct snp_cpuid_page *cpuid)
{
	enum vc_obstacle obstacle;
	struct vc_machine m;
	int rc;

	vc_look_at_machine(&m);
	obstacle = vc_obstacle(&m);
	if (obstacle)
		return vc_report(&m, obstacle);
	if (!vc_cpuid_table_ok(cpuid)) {
		pr_err("the CPUID table has %u entries, or lacks leaf 0 or 8000_0000; load with vc=off\n",
		       cpuid->count);
		return -ENODEV;
	}
	vc_cpus = kcalloc(nr_cpu_ids, sizeof(*vc_cpus), GFP_KERNEL);
	if (!vc_cpus)
		return -ENOMEM;

	vc_cpuid_table = cpuid;
	vc_is_kvm = vc_cpuid_is_kvm(cpuid);
	vc_kernel_entry = vc_gate_offset(&m.idt[VC_VECTOR_VC]);
	vc_kernel_nmi = vc_gate_offset(&m.idt[VC_VECTOR_NMI]);
	static_call_update(vc_to_kernel_entry, (void *)vc_kernel_entry);
	static_call_update(vc_to_kernel_nmi, (void *)vc_kernel_nmi);
	vc_handle_setup(sme_me_mask, m.cr4 & X86_CR4_LA57 ? 5 : 4,
			boot_cpu_has(X86_FEATURE_XSAVES), m.cr4 & X86_CR4_FSGSBASE);

	vc_starting = true;
	rc = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "snp_guest/vc:online", vc_cpu_online,
			       vc_cpu_offline);
	vc_starting = false;
	if (rc < 0) {
		vc_free();
		return rc;
	}
	vc_hotplug = rc;
	return 0;
}

/**
 * vc_give_back() - the end of vc_takeover()
 *
 * Context: process context, may sleep.
 */
void vc_give_back(void)
{
	cpuhp_remove_state(vc_hotplug);
	vc_free();
}

/**
 * vc_count() - what happened so far
 * @counts: filled in
 *
 * Context: between vc_takeover() and vc_give_back().  CPUs go on counting.
 */
void vc_count(struct vc_counts *counts)
{
	const struct vc_cpu *cpu;
	unsigned int nr;

	*counts = (struct vc_counts){};
	for (nr = 0; nr < nr_cpu_ids; nr++) {
		cpu = READ_ONCE(vc_cpus[nr]);
		if (!cpu)
			continue;
		counts->handled += READ_ONCE(cpu->handled);
		counts->passed += READ_ONCE(cpu->passed);
	}
}
