// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses devices with every instruction that a #VC handler emulates, on each
 * CPU in turn, when it is loaded.  Expected values come through ports.
 * Loading fails after a wrong value.
 *
 * Devices: the host bridge's configuration space (any access width; its
 * interrupt line is a byte that only stores what is written) and the HPET.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/smp.h>

/* The machine q35. */
#define MMIO_ECAM		0xb0000000
#define MMIO_HPET		0xfed00000
#define HPET_PERIOD_FS		10000000
#define VENDOR_INTEL		0x8086

#define PORT_PCI_ADDRESS	0xcf8
#define PORT_PCI_DATA		0xcfc
#define PCI_LINE		0x3c

#define PATTERN			0x1122334455667788UL

/*
 * Also what Linux 7.2 does not emulate (STOS, MOVSXD) or emulates differently:
 * for AH it takes the stack pointer, for a 64-bit immediate eight bytes, and an
 * extension to 32 bits leaves the upper half of the register.
 */
static bool all;
module_param(all, bool, 0444);

static atomic_t accesses = ATOMIC_INIT(0);
static atomic_t errors = ATOMIC_INIT(0);

static int mmio_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(kp->arg));
}

static const struct kernel_param_ops mmio_ops = { .get = mmio_get };
module_param_cb(accesses, &mmio_ops, &accesses, 0444);
module_param_cb(errors, &mmio_ops, &errors, 0444);

static u8 __iomem *ecam;
static u8 __iomem *hpet;

static void same(const char *what, u64 got, u64 want)
{
	if (got == want)
		return;
	atomic_inc(&errors);
	pr_err("CPU %d: %s: 0x%llx, not 0x%llx\n", smp_processor_id(), what, got, want);
}

static void same_in(int line, u64 got, u64 want)
{
	char what[16];

	snprintf(what, sizeof(what), "line %d", line);
	same(what, got, want);
}

static u32 port_read(unsigned int reg)
{
	outl(0x80000000 | (reg & ~3), PORT_PCI_ADDRESS);
	return inl(PORT_PCI_DATA);
}

static u8 port_line(void)
{
	return port_read(PCI_LINE);
}

/* RAX is the register that is loaded; what is left of the pattern counts, too. */
#define LOAD(insn, where, want) do {						\
	u64 rax_ = PATTERN;							\
										\
	asm volatile(insn : "+a" (rax_) : "D" (where), "c" (1UL) : "memory");	\
	atomic_inc(&accesses);							\
	same_in(__LINE__, rax_, want);						\
} while (0)

#define STORE(insn, value, want) do {						\
	asm volatile(insn : : "a" ((u64)(value)), "D" (ecam + PCI_LINE), "c" (1UL)	\
		     : "memory");						\
	atomic_inc(&accesses);							\
	same_in(__LINE__, port_line(), want);					\
} while (0)

static void mmio_loads(void)
{
	u32 id = port_read(0), upper = port_read(4);
	u32 low = readl(hpet), high = readl(hpet + 4);

	same("vendor by port", (u16)id, VENDOR_INTEL);
	same("HPET vendor", low >> 16, VENDOR_INTEL);
	same("HPET period", high, HPET_PERIOD_FS);
	atomic_add(2, &accesses);

	LOAD("movb (%%rdi), %%al", ecam, (PATTERN & ~0xffUL) | (u8)id);
	LOAD("movw (%%rdi), %%ax", ecam, (PATTERN & ~0xffffUL) | (u16)id);
	LOAD("movl (%%rdi), %%eax", ecam, id);
	LOAD("movq (%%rdi), %%rax", ecam, (u64)upper << 32 | id);
	LOAD("movq (%%rdi), %%rax", hpet, (u64)high << 32 | low);
	LOAD("movzbw (%%rdi), %%ax", ecam, (PATTERN & ~0xffffUL) | (u8)id);
	LOAD("movzbq (%%rdi), %%rax", ecam, (u8)id);
	LOAD("movzwq (%%rdi), %%rax", ecam, (u16)id);
	LOAD("movsbw (%%rdi), %%ax", ecam, (PATTERN & ~0xffffUL) | 0xff86);
	LOAD("movsbq (%%rdi), %%rax", ecam, 0xffffffffffffff86UL);
	LOAD("movswq (%%rdi), %%rax", ecam, 0xffffffffffff8086UL);
	/* Forms of the address. */
	LOAD("movl 0x7f(%%rdi), %%eax", ecam - 0x7f, id);
	LOAD("movl -0x12345678(%%rdi), %%eax", ecam + 0x12345678, id);
	LOAD("movl -8(%%rdi,%%rcx,8), %%eax", ecam, id);
	LOAD("movl -4(,%%rdi,4), %%eax", ((unsigned long)ecam + 4) >> 2, (u32)id);
	LOAD("xchg %%rdi, %%r12; movl (%%r12), %%eax; xchg %%rdi, %%r12", ecam, id);
	LOAD("xchg %%rdi, %%r13; movl (%%r13,%%rcx,2), %%eax; xchg %%rdi, %%r13", ecam - 2, id);
	LOAD("movq %%rdi, %%rax; movl (%%rax), %%eax", ecam, id);
	/* A handler must not change the flags. */
	LOAD("stc; movl (%%rdi), %%eax; sbbq %%rax, %%rax", ecam, ~0UL);
	LOAD("clc; movl (%%rdi), %%eax; sbbq %%rax, %%rax", ecam, 0);
	LOAD("cmpq %%rcx, %%rcx; movl (%%rdi), %%eax; sete %%al; movzbl %%al, %%eax", ecam, 1);
	if (!all)
		return;
	LOAD("movb (%%rdi), %%ah", ecam, (PATTERN & ~0xff00UL) | (id & 0xff) << 8);
	LOAD("movzbl (%%rdi), %%eax", ecam, (u8)id);
	LOAD("movzwl (%%rdi), %%eax", ecam, (u16)id);
	LOAD("movsbl (%%rdi), %%eax", ecam, 0xffffff86);
	LOAD("movswl (%%rdi), %%eax", ecam, 0xffff8086);
	LOAD("movslq (%%rdi), %%rax", hpet, (u64)(s64)(s32)low);
}

static void mmio_stores(void)
{
	u8 before = port_line();

	STORE("movb %%al, (%%rdi)", 0x5a, 0x5a);
	STORE("movw %%ax, (%%rdi)", 0x21, 0x21);
	STORE("movl %%eax, (%%rdi)", 0x32, 0x32);
	STORE("movq %%rax, -4(%%rdi)", 0x43UL << 32, 0x43);
	STORE("movb $0x54, (%%rdi)", 0, 0x54);
	STORE("movw $0x65, (%%rdi)", 0, 0x65);
	STORE("movl $0x76, -1(%%rdi,%%rcx)", 0, 0x76);
	if (all) {
		STORE("movb %%ah, (%%rdi)", 0xa55a, 0xa5);
		STORE("movq $-1, -4(%%rdi)", 0, 0xff);
		STORE("stosb", 0x87, 0x87);
		STORE("rep stosb", 0x98, 0x98);
		STORE("rep stosl", 0xa9, 0xa9);
	}
	STORE("movb %%al, (%%rdi)", before, before);
}

static void mmio_strings(void)
{
	u32 there[8], want[8], *to;
	void __iomem *from;
	unsigned long n;
	u8 before = port_line(), byte = 0xba;
	const u8 *source = &byte;
	void __iomem *line;
	int i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		want[i] = port_read(4 * i);

	to = there, from = ecam, n = ARRAY_SIZE(there);
	asm volatile("rep movsl" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	same("rep movsl", memcmp(there, want, sizeof(want)), 0);
	same("rep movsl, RDI", (u64)to, (u64)&there[ARRAY_SIZE(there)]);
	same("rep movsl, RSI", (u64)from, (u64)ecam + sizeof(want));
	same("rep movsl, RCX", n, 0);

	/* Backwards: the handler has to see the direction flag. */
	memset(there, 0, sizeof(there));
	to = &there[ARRAY_SIZE(there) - 1], from = ecam + sizeof(want) - 4, n = ARRAY_SIZE(there);
	asm volatile("std; rep movsl; cld" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	same("std, rep movsl", memcmp(there, want, sizeof(want)), 0);
	same("std, rep movsl, RSI", (u64)from, (u64)ecam - 4);

	memset(there, 0, sizeof(there));
	memcpy_fromio(there, ecam, sizeof(there));
	same("memcpy_fromio", memcmp(there, want, sizeof(want)), 0);
	atomic_add(3 * ARRAY_SIZE(want), &accesses);

	/* Nothing to do is no access. */
	to = there, from = ecam, n = 0;
	asm volatile("rep movsl" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	same("rep movsl of nothing, RSI", (u64)from, (u64)ecam);

	line = ecam + PCI_LINE;
	asm volatile("movsb" : "+D" (line), "+S" (source) : : "memory");
	same("movsb", port_line(), byte);
	writeb(before, ecam + PCI_LINE);
	same("writeb", port_line(), before);
	atomic_add(2, &accesses);
}

static void mmio_run(void *unused)
{
	mmio_loads();
	mmio_stores();
	mmio_strings();
}

static int __init snp_vc_mmio_init(void)
{
	unsigned int cpu;

	ecam = ioremap(MMIO_ECAM, PAGE_SIZE);
	hpet = ioremap(MMIO_HPET, PAGE_SIZE);
	if (ecam && hpet) {
		cpus_read_lock();
		for_each_online_cpu(cpu)
			smp_call_function_single(cpu, mmio_run, NULL, 1);
		cpus_read_unlock();
	} else {
		atomic_inc(&errors);
	}
	if (hpet)
		iounmap(hpet);
	if (ecam)
		iounmap(ecam);
	return atomic_read(&errors) ? -EIO : 0;
}

static void __exit snp_vc_mmio_exit(void)
{
}

module_init(snp_vc_mmio_init);
module_exit(snp_vc_mmio_exit);
MODULE_DESCRIPTION("Accesses devices of an SEV-SNP guest (test)");
MODULE_LICENSE("GPL");
