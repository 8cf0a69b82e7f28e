// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps every CPU of a guest busy with instructions that raise #VC in kernel
 * mode: with interrupts on, off, and in NMIs.  Every result is compared with
 * what the same CPU got when the module was loaded; "errors" counts the others.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include <asm/asm.h>
#include <asm/debugreg.h>
#include <asm/nmi.h>

#include <compat/cpuid.h>
#include <compat/msr.h>

#define MSR_APIC		0x1b
#define MSR_UNKNOWN		0xc0011fff
#define PORT_POST		0x80
#define PORT_FW_SELECT		0x510
#define PORT_FW_DATA		0x511
#define PORT_PCI_ADDRESS	0xcf8
#define PORT_PCI_DATA		0xcfc
#define ENOSYS_KVM		(-1000L)

/*
 * Ports and MSRs that exist.  SoftSNP executes these in a context of the guest's
 * CPU in which no NMI may arrive, so that they and NMIs exclude each other.
 */
static bool machine = true;
module_param(machine, bool, 0444);

static atomic_t errors = ATOMIC_INIT(0);
static atomic_t rounds = ATOMIC_INIT(0);
static atomic_t nmis = ATOMIC_INIT(0);

static int work_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(kp->arg));
}

static const struct kernel_param_ops work_ops = { .get = work_get };
module_param_cb(errors, &work_ops, &errors, 0444);
module_param_cb(rounds, &work_ops, &rounds, 0444);
module_param_cb(nmis, &work_ops, &nmis, 0444);

static const struct {
	u32 fn;
	u32 sub;
} leaves[] = {
	{ 0x0 }, { 0x1 }, { 0x7 }, { 0x7, 1 }, { 0xb }, { 0xb, 1 }, { 0xd }, { 0xd, 2 }, { 0x40 },
	{ 0x40000000 }, { 0x40000100 }, { 0x80000000 }, { 0x80000002 }, { 0x80000008 },
	{ 0x8000001d, 1 }, { 0x8000001e }, { 0x8000001f }, { 0x80001000 },
};

struct work_cpu {
	struct task_struct *task;
	u32 leaf[ARRAY_SIZE(leaves)][4];
	u64 apic_base;
	u32 pci;
};

static DEFINE_PER_CPU(struct work_cpu, work_cpus);
/* Index and data ports belong together. */
static DEFINE_RAW_SPINLOCK(ports);

static void wrong(const char *what, u64 got, u64 want)
{
	if (atomic_inc_return(&errors) < 10)
		pr_err("CPU %d: %s: 0x%llx, not 0x%llx\n", raw_smp_processor_id(), what, got, want);
}

static void same(const char *what, u64 got, u64 want)
{
	if (got != want)
		wrong(what, got, want);
}

static void read_leaf(int i, u32 *r)
{
	cpuid_count(leaves[i].fn, leaves[i].sub, &r[0], &r[1], &r[2], &r[3]);
}

static void work_expect(void *unused)
{
	struct work_cpu *w = this_cpu_ptr(&work_cpus);
	unsigned long flags;
	int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		read_leaf(i, w->leaf[i]);
	rdmsrq(MSR_APIC, w->apic_base);
	raw_spin_lock_irqsave(&ports, flags);
	outl(0x80000000, PORT_PCI_ADDRESS);
	w->pci = inl(PORT_PCI_DATA);
	raw_spin_unlock_irqrestore(&ports, flags);
}

static void work_cpuid(struct work_cpu *w)
{
	u32 r[4];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		read_leaf(i, r);
		for (j = 0; j < 4; j++)
			same("cpuid", r[j], w->leaf[i][j]);
	}
}

static void work_ports(struct work_cpu *w)
{
	static const char post[] = "abcdefgh";
	unsigned long flags;
	char signature[4] = {};

	raw_spin_lock_irqsave(&ports, flags);
	outw(0, PORT_FW_SELECT);
	insb(PORT_FW_DATA, signature, sizeof(signature));
	outl(0x80000000, PORT_PCI_ADDRESS);
	same("inl", inl(PORT_PCI_DATA), w->pci);
	same("inw", inw(PORT_PCI_DATA), (u16)w->pci);
	same("inb", inb(PORT_PCI_DATA), (u8)w->pci);
	raw_spin_unlock_irqrestore(&ports, flags);
	same("insb", memcmp(signature, "QEMU", 4), 0);
	outsb(PORT_POST, post, sizeof(post));
}

/* A #GP instead of a result: the kernel's exception table takes it. */
static bool rdpmc_faults(void)
{
	bool fault = true;

	asm volatile("1: rdpmc\n"
		     "	movb $0, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+m" (fault) : "c" (0) : "eax", "edx");
	return fault;
}

static void work_msr(struct work_cpu *w)
{
	u64 value;

	rdmsrq(MSR_APIC, value);
	same("rdmsr", value, w->apic_base);
	wrmsrq(MSR_APIC, value);
}

static void work_exits(void)
{
	unsigned long dr7;
	u64 value;

	same("unknown rdmsr", rdmsrq_safe(MSR_UNKNOWN, &value) ? 1 : 0, 1);
	same("unknown wrmsr", wrmsrq_safe(MSR_UNKNOWN, 0) ? 1 : 0, 1);
	same("rdpmc", rdpmc_faults(), 1);
	get_debugreg(dr7, 7);
	same("dr7", dr7, 0x400);
	set_debugreg(0x400UL, 7);
	asm volatile("wbinvd" : : : "memory");
}

static void work_rest(void)
{
	long rax = 99;

	asm volatile("monitor" : : "a" (&rounds), "c" (0), "d" (0));
	asm volatile("mwait" : : "a" (0), "c" (0));
	asm volatile("vmmcall" : "+a" (rax) : "b" (0), "c" (0), "d" (0) : "memory");
	same("vmmcall", rax, ENOSYS_KVM);
}

static void work_round(struct work_cpu *w)
{
	work_cpuid(w);
	work_exits();
	work_rest();
	if (machine) {
		work_ports(w);
		work_msr(w);
	}
}

static int work(void *data)
{
	struct work_cpu *w = data;
	unsigned long flags;

	while (!kthread_should_stop()) {
		work_round(w);
		local_irq_save(flags);
		work_round(w);
		local_irq_restore(flags);
		atomic_inc(&rounds);
		usleep_range(50, 100);
	}
	return 0;
}

static int work_nmi(unsigned int type, struct pt_regs *regs)
{
	struct work_cpu *w = this_cpu_ptr(&work_cpus);

	if (!w->task)
		return NMI_DONE;
	work_cpuid(w);
	work_exits();
	atomic_inc(&nmis);
	return NMI_DONE;
}

static void work_stop(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct work_cpu *w = per_cpu_ptr(&work_cpus, cpu);

		if (w->task)
			kthread_stop(w->task);
	}
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
}

static int __init snp_vc_work_init(void)
{
	struct task_struct *task;
	unsigned int cpu;
	int rc;

	rc = register_nmi_handler(NMI_LOCAL, work_nmi, 0, KBUILD_MODNAME);
	if (rc)
		return rc;
	cpus_read_lock();
	on_each_cpu(work_expect, NULL, 1);
	for_each_online_cpu(cpu) {
		struct work_cpu *w = per_cpu_ptr(&work_cpus, cpu);

		task = kthread_create_on_cpu(work, w, cpu, "snp_vc_work/%u");
		if (IS_ERR(task)) {
			rc = PTR_ERR(task);
			break;
		}
		w->task = task;
		wake_up_process(task);
	}
	cpus_read_unlock();
	if (rc)
		work_stop();
	return rc;
}

static void __exit snp_vc_work_exit(void)
{
	work_stop();
}

module_init(snp_vc_work_init);
module_exit(snp_vc_work_exit);
MODULE_DESCRIPTION("Raises #VC in kernel mode on every CPU (test)");
MODULE_LICENSE("GPL");
