// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: #VC handling (arch-x86/vc) on a machine made of the input.  The
 * input is instruction bytes, registers, the hypervisor's answer and a CPUID
 * table.  Whatever it is: nothing is read or written out of bounds, and
 *
 * - an exit is made only for an instruction that raises it, by a second, much
 *   simpler opinion than the decoder's;
 * - what is passed on or refused has changed nothing;
 * - what is done went behind the instruction, or repeats it, or is in a handler
 *   of the kernel; and changed no other register than it may.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch-x86/vc/emulate.h>

#include "fuzz.h"

#define RIP		0xffffffff81000ff8ULL
#define GATE_UD		0xffffffff82000100ULL
#define GATE_GP		0xffffffff82000200ULL
#define KERNEL_CS	0x10
#define CBIT		BIT_ULL(51)

/* The beginning of an input; the CPUID table's entries follow. */
struct input {
	u8 exit;
	u8 machine;
	u8 insn[VC_INSN_MAX];
	u8 fetched;
	u8 answer_valid;
	u8 rflags;
	u16 status;
	u64 gpr[16];
	u64 answer[VC_FIELDS];
	u64 table[4];
} __attribute__((packed));

/* Bits of input.machine. */
#define MACHINE_READ_FAILS	1
#define MACHINE_WRITE_FAILS	2
#define MACHINE_KVM		4
#define MACHINE_OSXSAVE		8
#define MACHINE_ANY_EXIT	0x80

static const u64 exits[] = {
	SNP_EXIT_CPUID, SNP_EXIT_MSR, SNP_EXIT_IOIO, SNP_EXIT_RDTSC, SNP_EXIT_RDTSCP,
	SNP_EXIT_RDPMC, SNP_EXIT_WBINVD, SNP_EXIT_INVD, SNP_EXIT_MONITOR, SNP_EXIT_MWAIT,
	SNP_EXIT_VMMCALL, SNP_EXIT_DR7_READ, SNP_EXIT_DR7_WRITE, SNP_EXIT_NPF, SNP_EXIT_AC,
	SNP_EXIT_PAGE_NOT_VALIDATED,
};

static struct input in;
static unsigned int nr_exits;
static u64 page_table[512];

static void __attribute__((noreturn)) broken(const char *what)
{
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void expect(bool ok, const char *what)
{
	if (!ok)
		broken(what);
}

/* The machine. */

size_t vc_hw_fetch(u64 rip, u8 *buf, size_t len)
{
	expect(rip == RIP && len == VC_INSN_MAX, "fetch from elsewhere");
	len = in.fetched < len ? in.fetched : len;
	memcpy(buf, in.insn, len);
	return len;
}

bool vc_hw_read(u64 va, void *buf, size_t len)
{
	expect(len <= VC_DATA_MAX, "long read");
	memset(buf, va, len);
	return !(in.machine & MACHINE_READ_FAILS);
}

bool vc_hw_write(u64 va, const void *buf, size_t len)
{
	u8 copy[VC_DATA_MAX];

	(void)va;
	expect(len <= sizeof(copy), "long write");
	memcpy(copy, buf, len);
	return !(in.machine & MACHINE_WRITE_FAILS);
}

const u64 *vc_hw_table(u64 table_pa)
{
	expect(!(table_pa & 0xfff) && !(table_pa & CBIT), "page table address");
	/* Every level is this table, so the address says what is found. */
	return table_pa >> 40 ? NULL : page_table;
}

enum vc_mapping vc_hw_translate(u64 va, bool write, u64 *gpa)
{
	enum vc_mapping m;

	*gpa = ~0ULL;
	m = vc_walk(in.table[0], in.status & 1 ? 5 : 4, CBIT, va, write, gpa);
	expect(m == VC_UNMAPPED || (*gpa & 0xfff) == (va & 0xfff), "offset in the page");
	expect(m == VC_UNMAPPED || !(*gpa & CBIT), "C-bit in an address");
	return m;
}

static bool valid(const struct vc_exit *x, unsigned int bit)
{
	return x->field[bit < 64 ? VC_F_VALID0 : VC_F_VALID1] >> (bit & 63) & 1;
}

void vc_hw_exit(struct vc_env *env, struct vc_exit *x)
{
	u64 code = x->field[VC_F_CODE], info2 = x->field[VC_F_INFO2];

	(void)env;
	nr_exits++;
	expect(valid(x, SNP_GHCB_VALID_BIT(sw_exit_code)) &&
	       valid(x, SNP_GHCB_VALID_BIT(sw_exit_info_1)) &&
	       valid(x, SNP_GHCB_VALID_BIT(sw_exit_info_2)), "request without exit code");
	expect(x->len <= VC_DATA_MAX, "too much data");
	expect(!x->len == !valid(x, SNP_GHCB_VALID_BIT(sw_scratch)), "data without an address");
	switch (code) {
	case SNP_EXIT_MMIO_READ:
	case SNP_EXIT_MMIO_WRITE:
		expect(x->len == info2 && info2 && info2 <= 8, "MMIO length");
		expect(!(x->field[VC_F_INFO1] & CBIT), "MMIO to private memory");
		break;
	case SNP_EXIT_IOIO:
		if (x->field[VC_F_INFO1] & 4)
			expect(info2 && x->len == info2 * (x->field[VC_F_INFO1] >> 4 & 7),
			       "string length");
		break;
	default:
		expect(!x->len, "data with an exit that has none");
	}
	/* The hypervisor leaves what it likes. */
	memcpy(x->field, in.answer, sizeof(x->field));
	memset(x->data, in.answer_valid, x->len);
	if (in.answer_valid & 1) {
		x->field[VC_F_INFO1] &= 1;
		x->field[VC_F_VALID0] = ~0ULL;
		x->field[VC_F_VALID1] = ~0ULL;
	}
}

void vc_hw_cpuid_state(struct vc_cpuid_state *state, bool xsave)
{
	*state = (struct vc_cpuid_state){
		.osxsave = in.machine & MACHINE_OSXSAVE,
		.pke = in.status & 2,
		.xcr0 = xsave ? in.table[1] | 1 : 1,
		.xss = xsave ? in.table[2] : 0,
	};
}

/* The second opinion: behind all prefixes, is this the opcode? */
static bool plausible(u64 exit)
{
	static const char prefixes[] = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf2\xf3";
	unsigned int i = 0;
	u8 a, b, c;

	while (i < VC_INSN_MAX && ((in.insn[i] & 0xf0) == 0x40 ||
				   memchr(prefixes, in.insn[i], sizeof(prefixes) - 1)))
		i++;
	a = i < in.fetched && i < VC_INSN_MAX ? in.insn[i] : 0;
	b = i + 1 < in.fetched && i + 1 < VC_INSN_MAX ? in.insn[i + 1] : 0;
	c = i + 2 < in.fetched && i + 2 < VC_INSN_MAX ? in.insn[i + 2] : 0;
	switch (exit) {
	case SNP_EXIT_CPUID:
		return a == 0x0f && b == 0xa2;
	case SNP_EXIT_MSR:
		return a == 0x0f && (b == 0x30 || b == 0x32);
	case SNP_EXIT_IOIO:
		return (a & 0xfc) == 0x6c || (a & 0xf4) == 0xe4;
	case SNP_EXIT_RDTSC:
		return a == 0x0f && b == 0x31;
	case SNP_EXIT_RDTSCP:
		return a == 0x0f && b == 0x01 && c == 0xf9;
	case SNP_EXIT_RDPMC:
		return a == 0x0f && b == 0x33;
	case SNP_EXIT_WBINVD:
		return a == 0x0f && b == 0x09;
	case SNP_EXIT_MONITOR:
		return a == 0x0f && b == 0x01 && (c == 0xc8 || c == 0xfa);
	case SNP_EXIT_MWAIT:
		return a == 0x0f && b == 0x01 && (c == 0xc9 || c == 0xfb);
	case SNP_EXIT_VMMCALL:
		return a == 0x0f && b == 0x01 && c == 0xd9;
	case SNP_EXIT_DR7_READ:
		return a == 0x0f && b == 0x21 && (c & 0x38) == 0x38;
	case SNP_EXIT_DR7_WRITE:
		return a == 0x0f && b == 0x23 && (c & 0x38) == 0x38;
	case SNP_EXIT_NPF:
		return (a >= 0x88 && a <= 0x8b) || a == 0xc6 || a == 0xc7 || a == 0x63 ||
		       (a >= 0xa0 && a <= 0xa5) || a == 0xaa || a == 0xab ||
		       (a == 0x0f && (b == 0xb6 || b == 0xb7 || b == 0xbe || b == 0xbf));
	}
	return false;
}

/* Cut off at any length, an instruction is either the same or incomplete. */
static void check_decoder(struct vc_insn *insn)
{
	struct vc_insn cut;
	size_t len;

	expect(vc_decode(insn, in.insn, VC_INSN_MAX) == VC_DECODED, "truncated at full length");
	expect(insn->len <= VC_INSN_MAX && insn->kind < VC_KINDS, "length");
	expect(!insn->len == (insn->kind == VC_KIND_OTHER), "length without a kind");
	for (len = 0; len < VC_INSN_MAX; len++) {
		int rc = vc_decode(&cut, in.insn, len);

		if (insn->len && len < insn->len)
			expect(rc == VC_TRUNCATED, "decoded bytes that were not there");
		if (insn->len && len >= insn->len)
			expect(rc == VC_DECODED && !memcmp(&cut, insn, sizeof(cut)), "unstable");
	}
}

/* Which general registers, as bits, an exit may change. */
static u32 may_change(u64 exit, const struct vc_insn *insn)
{
	switch (exit) {
	case SNP_EXIT_CPUID:
		return BIT(0) | BIT(1) | BIT(2) | BIT(3);
	case SNP_EXIT_MSR:
	case SNP_EXIT_RDTSC:
	case SNP_EXIT_RDPMC:
		return BIT(0) | BIT(2);
	case SNP_EXIT_RDTSCP:
		return BIT(0) | BIT(1) | BIT(2);
	case SNP_EXIT_IOIO:
		return insn->kind == VC_KIND_IN ? BIT(0) : insn->kind == VC_KIND_OUT ? 0 :
		       BIT(1) | BIT(6) | BIT(7);
	case SNP_EXIT_VMMCALL:
		return BIT(0);
	case SNP_EXIT_DR7_READ:
		return BIT(insn->rm_reg);
	case SNP_EXIT_NPF:
		return insn->kind == VC_KIND_MOVS || insn->kind == VC_KIND_STOS ?
		       BIT(1) | BIT(6) | BIT(7) :
		       insn->kind == VC_KIND_STORE || insn->kind == VC_KIND_STORE_IMM ? 0 :
		       BIT(insn->reg & 15) | BIT(insn->reg & 3);
	}
	return 0;
}

static void check_done(struct vc_regs *before, struct vc_regs *after, const struct vc_insn *insn)
{
	u32 allowed = may_change(before->error, insn);
	unsigned int r;

	expect(plausible(before->error), "done without the instruction");
	if (after->rip == GATE_UD || after->rip == GATE_GP) {
		expect(after->cs == KERNEL_CS && !(after->rflags & (VC_RFLAGS_IF | VC_RFLAGS_TF)),
		       "state in the handler");
		expect(after->rsp < before->rsp &&
		       !((after->rsp + (after->rip == GATE_UD ? 40 : 48)) & 15),
		       "stack of the handler");
		allowed = BIT(4);
	} else {
		expect(after->rip == RIP + insn->len || (after->rip == RIP && insn->rep), "RIP");
		expect(after->cs == before->cs, "CS");
	}
	expect(after->ss == before->ss, "SS");
	for (r = 0; r < 16; r++)
		if (!(allowed & BIT(r)))
			expect(*vc_reg(after, r) == *vc_reg(before, r), "register");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct snp_cpuid_page cpuid;
	struct vc_regs before = {}, after;
	struct vc_env env = {};
	struct vc_insn insn;
	enum vc_result result;
	unsigned int r;

	memset(&in, 0, sizeof(in));
	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	memset(&cpuid, 0, sizeof(cpuid));
	if (size > sizeof(in)) {
		size -= sizeof(in);
		memcpy(&cpuid, data + sizeof(in), size < sizeof(cpuid) ? size : sizeof(cpuid));
	}
	for (r = 0; r < 512; r++)
		page_table[r] = in.table[r & 1 ? 3 : 2] ^ (u64)r << 12;

	nr_exits = 0;
	before.rip = RIP;
	before.cs = KERNEL_CS;
	before.ss = 0x18;
	before.rflags = 2 | VC_RFLAGS_IF;
	if (in.rflags & 1)
		before.rflags |= VC_RFLAGS_DF;
	if (in.rflags & 2)
		before.rflags |= VC_RFLAGS_RF;
	if (in.rflags & 4)
		before.rflags |= VC_RFLAGS_TF;
	before.error = in.machine & MACHINE_ANY_EXIT ? in.answer[0] :
		       exits[in.exit % (sizeof(exits) / sizeof(exits[0]))];
	for (r = 0; r < 16; r++)
		*vc_reg(&before, r) = in.gpr[r];
	before.rsp |= BIT_ULL(63);
	env.sev_status = (u64)in.status;
	env.dr7 = 0x400;
	env.dr7_passed = false;
	env.ghcb_gpa = 0x7000;
	env.kvm = in.machine & MACHINE_KVM;
	env.gate_ud = GATE_UD;
	env.gate_gp = GATE_GP;
	env.kernel_cs = KERNEL_CS;
	/* The take-over does not begin with any other table. */
	if (!vc_cpuid_table_ok(&cpuid)) {
		memset(&cpuid, 0, sizeof(cpuid));
		cpuid.count = 2;
		cpuid.entry[1].eax_in = 0x80000000;
	}
	env.cpuid = &cpuid;

	check_decoder(&insn);
	after = before;
	result = vc_emulate(&env, &after);
	expect(nr_exits <= 1, "more than one exit");
	expect(!nr_exits || plausible(before.error), "exit without the instruction");
	switch (result) {
	case VC_DONE:
		check_done(&before, &after, &insn);
		break;
	case VC_REFUSE:
		expect(!nr_exits, "exit, then refused");
		/* Fall through. */
	case VC_PASS:
		expect(!memcmp(&before, &after, sizeof(before)), "changed, then given up");
		break;
	default:
		broken("result");
	}
	if (!plausible(before.error))
		expect(result != VC_DONE, "acted on a made-up #VC");
	return 0;
}
