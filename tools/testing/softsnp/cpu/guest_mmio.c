// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: #VC for accesses to devices.  The hypervisor maps no memory
 * where a device is, and sets a reserved bit there: AMD64 APM volume 2 (24593)
 * chapter 15.35, exit code 0x400; GHCB specification (56421), MMIO access.
 *
 * No instruction is looked at until it accesses a device.  TCG does not let
 * the middle of a block do that: it goes back to the instruction and
 * translates it again, alone.  That is when the model hears of it, before the
 * access (cpu_role.alone).  Nothing can be redirected then, but registers can
 * be set: the operand's register gets a value that makes the address
 * impossible, so that the instruction ends in a #GP, which also puts exact
 * flags into its frame.  At the first instruction of the #GP handler the
 * delivery is undone and #VC raised instead.
 *
 * From then on the instruction is known (recorded address): each block with it
 * is translated with a hook that does the same.  Instructions whose operand has no
 * register that could be set are hooked when their address can be a device's;
 * the arithmetic flags and DF are clear in the frames of their #VCs.
 *
 * Not modelled, but counted as mmio.native: a first access through an address
 * of 32 bits, or of FS or GS or RSP alone; instructions that memop.h does not
 * know; one that a vCPU makes while another makes the first one of the same
 * instruction.  Not noticed: code that is not 64-bit, and the last instruction
 * of a block of 512, which TCG does not translate again.
 */
#include <string.h>

#include "bench.h"
#include "guest_fault.h"
#include "memop.h"

#define EFER_LMA	BIT_ULL(10)
#define CR0_WP		BIT_ULL(16)
#define CR4_LA57	BIT_ULL(12)
#define CR4_SMAP	BIT_ULL(21)
#define FLAG_RF		BIT_ULL(16)
#define FLAG_AC		BIT_ULL(18)
#define DESC_LONG	0x20
#define SEG_FS		0x64

/* QEMU keeps video memory out of RAM. */
#define VIDEO_GPA	0xa0000
#define VIDEO_END_GPA	0xc0000
/* Text, data and modules of Linux; above it the fixed mappings, devices among them. */
#define KERNEL_IMAGE	0xffffffff80000000ULL
#define FIXED_MAPPINGS	0xffffffffff000000ULL

#define MAX_REPORTS	10

/*
 * struct spoiled - an access that was made impossible
 * @in: the instruction
 * @pc: where it stands
 * @reg: register with a false value
 * @value: its value
 * @cr2, @rsp, @cs, @ss: what the delivery of an exception changes
 * @known: the hook of a known instruction did it
 */
struct spoiled {
	struct insn in;
	uint64_t pc;
	enum cpu_reg reg;
	uint64_t value;
	uint64_t cr2;
	uint64_t rsp;
	uint64_t cs;
	uint64_t ss;
	bool known;
};

/* An NMI may come between the delivery and the first instruction of a handler. */
#define DELIVERED_MAX	4

static struct mmio_vcpu {
	bool pending;
	struct spoiled next;	/* when @pending: not executed yet */
	unsigned int nr_delivered;
	struct {
		uint64_t frame;	/* stack pointer in the #GP handler; 0: free */
		struct spoiled access;
	} delivered[DELIVERED_MAX];
} vcpus[CPU_MAX] __aligned(64);

/* Linear addresses of instructions to hook; never removed. */
#define KNOWN_SLOTS	4096
static uint64_t known[KNOWN_SLOTS];

static size_t known_slot(uint64_t va)
{
	return (va * 0x9e3779b97f4a7c15ULL) >> 52;
}

static_assert(KNOWN_SLOTS == 1 << 12, "known_slot() yields 12 bits");

static bool is_known(uint64_t va)
{
	size_t at = known_slot(va), n;
	uint64_t here;

	for (n = 0; n < KNOWN_SLOTS; n++) {
		here = __atomic_load_n(&known[(at + n) % KNOWN_SLOTS], __ATOMIC_RELAXED);
		if (here == va)
			return true;
		if (!here)
			return false;
	}
	return false;
}

/* True: it was not known.  Blocks with it have to be translated again. */
static bool make_known(uint64_t va)
{
	size_t at = known_slot(va), n;
	uint64_t here;

	for (n = 0; n < KNOWN_SLOTS; n++) {
		here = 0;
		if (__atomic_compare_exchange_n(&known[(at + n) % KNOWN_SLOTS], &here, va, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
		if (here == va)
			return false;
	}
	count("mmio.table_full");
	return false;
}

/* A write of the same byte through QEMU drops every block with the instruction. */
static void forget_blocks(uint64_t va)
{
	uint64_t pa;
	uint8_t byte;

	if (cpu_translate(va, &pa) && cpu_read_virt(va, &byte, sizeof(byte)))
		cpu_write_phys(pa, &byte, sizeof(byte));
}

void guest_mmio_reset(unsigned int vcpu)
{
	memset(&vcpus[vcpu], 0, sizeof(vcpus[vcpu]));
}

static bool load_entry(uint64_t gpa, uint64_t *entry)
{
	const void *at = cpu_ram(gpa, sizeof(*entry));

	if (at)
		*entry = __atomic_load_n((const uint64_t *)at, __ATOMIC_RELAXED);
	return at;
}

/*
 * U: which comes first for a mapping with the C-bit, the reserved bit or the
 * RMP.  With the reserved bit it is a #VC as well, which handlers refuse.
 */
static bool is_device(uint64_t gpa, bool private_)
{
	if (gpa >= VIDEO_GPA && gpa < VIDEO_END_GPA)
		return !private_;
	return !guest_page_has_state(gpa);
}

static bool is_64bit(unsigned int cpl)
{
	uint64_t gdt = cpu_tables(cpu_current())->gdt_base;
	uint8_t desc[8];

	if (!(cpu_get(REG_EFER) & EFER_LMA))
		return false;
	if (!cpl)
		return true;
	return cpu_read_virt(gdt + (cpu_get(REG_CS) & ~7ULL), desc, sizeof(desc)) &&
	       (desc[6] & DESC_LONG);
}

static uint64_t part(uint8_t reg, uint64_t next_pc)
{
	if (reg == MEMOP_NONE)
		return 0;
	return reg == MEMOP_RIP ? next_pc : cpu_get(REG_RAX + reg);
}

/* The values that an operand's address is made of. */
struct parts {
	uint64_t base, index, segment;
};

/* Is one of the operands in a device, and would the access get there? */
static const struct memop *device_operand(const struct insn *in, uint64_t pc,
					  struct memop op[MEMOP_MAX], struct parts *parts)
{
	unsigned int n = memop_decode(in, op), cpl, i;
	struct walk w = { .load = load_entry };
	uint64_t va, gpa;
	bool private_;

	if (!n || (memop_string(in) && in->rep && !cpu_get(REG_RCX)))
		return NULL;
	cpl = cpu_cpl();
	if (!is_64bit(cpl))
		return NULL;
	for (i = 0; i < n; i++) {
		parts->base = part(op[i].base, pc + in->len);
		parts->index = part(op[i].index, 0);
		parts->segment = !op[i].segment ? 0 :
				 cpu_get(op[i].segment == SEG_FS ? REG_FS_BASE : REG_GS_BASE);
		va = memop_address(&op[i], parts->base, parts->index, parts->segment);
		if (va >= KERNEL_IMAGE && va < FIXED_MAPPINGS)
			continue;
		w.root = cpu_get(REG_CR3);
		w.levels = cpu_get(REG_CR4) & CR4_LA57 ? 5 : 4;
		w.cbit_mask = guest_cbit_mask();
		w.user = cpl == 3;
		w.write = op[i].write;
		w.wp = cpu_get(REG_CR0) & CR0_WP;
		w.smap = !w.user && (cpu_get(REG_CR4) & CR4_SMAP) &&
			 !(cpu_get(REG_EFLAGS) & FLAG_AC);
		if (walk(&w, va, &gpa, &private_) && is_device(gpa, private_))
			return &op[i];
	}
	return NULL;
}

static void __noreturn raise_vc(unsigned int vcpu, const struct insn *in, uint64_t pc,
				uint64_t flags)
{
	struct insn named = *in;

	named.kind = INSN_MMIO;
	count("vc.mmio");
	bench_vc(vcpu, &named, pc);
	guest_vcpus[vcpu].vc_user = cpu_cpl();
	cpu_raise_flags(CPU_VECTOR_VC, guest_fault_vc(SNP_EXIT_NPF), pc, flags);
}

/* False: there is no register to spoil, or no handler that would notice. */
static bool spoil(unsigned int vcpu, const struct insn *in, uint64_t pc, const struct memop *op,
		  const struct parts *parts, bool is_known_insn)
{
	struct mmio_vcpu *v = &vcpus[vcpu];
	uint64_t value;
	uint8_t reg;

	if (!cpu_gate(CPU_VECTOR_GP) || !cpu_gate(CPU_VECTOR_SS) ||
	    !memop_spoil(op, parts->base, parts->index, parts->segment, &reg, &value))
		return false;
	v->next = (struct spoiled){
		.in = *in, .pc = pc, .reg = REG_RAX + reg, .known = is_known_insn,
		.value = cpu_get(REG_RAX + reg), .cr2 = cpu_get(REG_CR2),
		.rsp = cpu_get(REG_RSP), .cs = cpu_get(REG_CS), .ss = cpu_get(REG_SS),
	};
	cpu_set(v->next.reg, value);
	v->pending = true;
	return true;
}

bool guest_mmio_alone(unsigned int vcpu, const struct insn *in)
{
	struct memop op[MEMOP_MAX];
	const struct memop *device;
	struct parts parts;

	if (guest_phase != GUEST_RUNNING || guest_vcpus[vcpu].native)
		return false;
	device = device_operand(in, in->recorded_va, op, &parts);
	if (device)
		spoil(vcpu, in, in->recorded_va, device, &parts, false);
	return device || memop_unknown(in);
}

void guest_mmio_native(unsigned int vcpu, const struct insn *in)
{
	static unsigned int nr;

	if (guest_phase != GUEST_RUNNING || guest_vcpus[vcpu].native)
		return;
	count("mmio.native");
	if (__atomic_fetch_add(&nr, 1, __ATOMIC_RELAXED) < MAX_REPORTS)
		cpu_log("guest: vCPU %u: a device answered the instruction at %#llx without a #VC",
			vcpu, (unsigned long long)insn_pc(in));
	make_known(insn_pc(in));
}

void guest_mmio_diverted(unsigned int vcpu, uint64_t from, uint64_t to)
{
	struct mmio_vcpu *v = &vcpus[vcpu];
	uint64_t frame, at = 0;
	int i;

	if (!v->pending)
		return;
	v->pending = false;
	for (i = 0; i < DELIVERED_MAX && v->delivered[i].frame; i++)
		;
	frame = cpu_get(REG_RSP);
	if (from == v->next.pc && i < DELIVERED_MAX &&
	    (to == cpu_gate(CPU_VECTOR_GP) || to == cpu_gate(CPU_VECTOR_SS)) &&
	    cpu_read_virt(frame + 8, &at, sizeof(at)) && at == v->next.pc) {
		v->delivered[i].frame = frame;
		v->delivered[i].access = v->next;
		v->nr_delivered++;
		if (make_known(to))
			forget_blocks(to);
		return;
	}
	/* Something else came first: the instruction will be executed again. */
	cpu_set(v->next.reg, v->next.value);
}

/* The first instruction of a #GP handler; back to the access. */
static void take(unsigned int vcpu)
{
	struct mmio_vcpu *v = &vcpus[vcpu];
	uint64_t frame, flags;
	struct spoiled s;
	int i;

	if (!v->nr_delivered)
		return;
	frame = cpu_get(REG_RSP);
	for (i = 0; i < DELIVERED_MAX; i++)
		if (v->delivered[i].frame == frame)
			break;
	if (i == DELIVERED_MAX || !cpu_read_virt(frame + 24, &flags, sizeof(flags)))
		return;
	s = v->delivered[i].access;
	v->delivered[i].frame = 0;
	v->nr_delivered--;

	cpu_set(s.reg, s.value);
	cpu_set(REG_CR2, s.cr2);
	cpu_set(REG_RSP, s.rsp);
	if (cpu_get(REG_SS) != s.ss)
		cpu_set(REG_SS, s.ss);
	if (cpu_get(REG_CS) != s.cs)
		cpu_set(REG_CS, s.cs);
	if (!s.known) {
		make_known(s.pc);
		forget_blocks(s.pc);
	}
	raise_vc(vcpu, &s.in, s.pc, flags & ~FLAG_RF);
}

/* No register in the address, and it can be a device's. */
static bool fixed_operand(const struct insn *in)
{
	struct memop op[MEMOP_MAX];
	uint64_t va;

	if (!memop_decode(in, op) || op[0].segment || op[0].index != MEMOP_NONE)
		return false;
	if (op[0].base == MEMOP_RIP)
		return memop_address(&op[0], in->recorded_va + in->len, 0, 0) >= FIXED_MAPPINGS;
	if (op[0].base != MEMOP_NONE)
		return false;
	va = memop_address(&op[0], 0, 0, 0);
	return va < KERNEL_IMAGE || va >= FIXED_MAPPINGS;
}

bool guest_mmio_wants(const struct insn *in)
{
	return guest_config.mmio_vc && (is_known(in->recorded_va) || fixed_operand(in));
}

void guest_mmio_exec(unsigned int vcpu, const struct insn *in)
{
	struct memop op[MEMOP_MAX];
	const struct memop *device;
	struct parts parts;
	uint64_t pc;

	take(vcpu);
	if (vcpus[vcpu].pending)
		return;
	pc = insn_pc(in);
	device = device_operand(in, pc, op, &parts);
	if (device && !spoil(vcpu, in, pc, device, &parts, true))
		raise_vc(vcpu, in, pc, cpu_get(REG_EFLAGS));
}
