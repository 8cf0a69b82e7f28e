// SPDX-License-Identifier: GPL-2.0-only
/*
 * #VC: decoder, check of a #VC against the instruction, handlers, CPUID from
 * the table, page table walk, obstacles to a take-over (arch-x86/vc).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <arch-x86/vc/cpuid.c>
#include <arch-x86/vc/decode.c>
#include <arch-x86/vc/emulate.c>
#include <arch-x86/vc/gates.h>
#include <arch-x86/vc/ioio.c>
#include <arch-x86/vc/mmio.c>
#include <arch-x86/vc/walk.c>

#define RIP		0xffffffff81000000ULL
#define STACK		0xffffc90000002008ULL
#define DEVICE		0xffffc90000003010ULL
#define GATE_UD		0xffffffff82000100ULL
#define GATE_GP		0xffffffff82000200ULL
#define KERNEL_CS	0x10

/* The machine of a test. */
static struct {
	u8 insn[VC_INSN_MAX];
	struct vc_exit request;
	u64 answer[VC_FIELDS];
	u8 data[VC_DATA_MAX];
	unsigned int exits;
	u8 memory[64];
	u64 written_at;
	enum vc_mapping mapping;
	u64 table[2][512];
} hw;

size_t vc_hw_fetch(u64 rip, u8 *buf, size_t len)
{
	memcpy(buf, hw.insn, len);
	return len;
}

bool vc_hw_read(u64 va, void *buf, size_t len)
{
	memcpy(buf, hw.memory + (va & 31), len);
	return true;
}

bool vc_hw_write(u64 va, const void *buf, size_t len)
{
	if (len > sizeof(hw.memory))
		return false;
	hw.written_at = va;
	memcpy(hw.memory, buf, len);
	return true;
}

const u64 *vc_hw_table(u64 table_pa)
{
	return table_pa < 0x2000 ? hw.table[table_pa >> 12] : NULL;
}

enum vc_mapping vc_hw_translate(u64 va, bool write, u64 *gpa)
{
	*gpa = 0xfee00000 | (va & 0xfff);
	return hw.mapping;
}

void vc_hw_exit(struct vc_env *env, struct vc_exit *x)
{
	hw.exits++;
	hw.request = *x;
	memcpy(x->field, hw.answer, sizeof(x->field));
	memcpy(x->data, hw.data, x->len);
}

void vc_hw_cpuid_state(struct vc_cpuid_state *state, bool xsave)
{
	*state = (struct vc_cpuid_state){ .osxsave = true, .pke = true, .xcr0 = 7, .xss = 0x800 };
}

static const struct snp_cpuid_page table = {
	.count = 8,
	.entry = {
		{ .eax_in = 0, .eax = 0x10, .ebx = 0x68747541 },
		{ .eax_in = 1, .eax = 0xa00f11, .ebx = 0xff000800, .edx = 0x200 },
		{ .eax_in = 7, .ebx = 5 },
		{ .eax_in = 0xd, .xcr0_in = 1, .eax = 0x207, .ebx = 1, .ecx = 0x988 },
		{ .eax_in = 0xd, .ecx_in = 1, .xcr0_in = 1, .eax = 0xf },
		{ .eax_in = 0xd, .ecx_in = 2, .eax = 0x100, .ebx = 0x240 },
		{ .eax_in = 0xd, .ecx_in = 11, .eax = 0x10 },
		{ .eax_in = 0x80000000, .eax = 0x80000021 },
	},
};

static struct vc_env env;
static struct vc_regs regs, before;

static void start(u64 exit, const char *insn, size_t len)
{
	memset(&hw, 0, sizeof(hw));
	memset(hw.insn, 0x90, sizeof(hw.insn));
	memcpy(hw.insn, insn, len);
	hw.answer[VC_F_VALID0] = U64_MAX;
	hw.answer[VC_F_VALID1] = U64_MAX;
	hw.mapping = VC_SHARED;
	env = (struct vc_env){
		.cpuid = &table,
		.local = { .leaf1_ebx = 0x03000000, .leafb_edx = 3 },
		.dr7 = 0x400, .ghcb_gpa = 0x7000, .kvm = true,
		.gate_ud = GATE_UD, .gate_gp = GATE_GP, .kernel_cs = KERNEL_CS,
	};
	regs = (struct vc_regs){
		.error = exit, .rip = RIP, .cs = KERNEL_CS, .ss = 0x18, .rsp = STACK,
		.rflags = VC_RFLAGS_IF | 2,
		.rax = 0xa0a0a0a0a0a0a0a0, .rbx = 0xb0b0b0b0b0b0b0b0, .rcx = 0xc0c0c0c0c0c0c0c0,
		.rdx = 0xd0d0d0d0d0d0d0d0, .r9 = DEVICE,
	};
	before = regs;
}

#define START(exit, insn)	start(exit, insn, sizeof(insn) - 1)

static enum vc_result emulate(void)
{
	before = regs;
	return vc_emulate(&env, &regs);
}

#define EXPECT_UNTOUCHED(test)	KUNIT_EXPECT_MEMEQ(test, &regs, &before, sizeof(regs))

/* Instructions, what they are, and how long. */
static const struct {
	const char *bytes;
	u8 len;
	enum vc_kind kind;
	u8 data_bytes;
	u8 exit_index;
} insns[] = {
	{ "\x0f\xa2", 2, VC_KIND_CPUID, 0, 0 },
	{ "\x48\x0f\xa2", 3, VC_KIND_CPUID, 0, 0 },
	{ "\x0f\x32", 2, VC_KIND_RDMSR, 0, 1 },
	{ "\x0f\x30", 2, VC_KIND_WRMSR, 0, 1 },
	{ "\xe4\x61", 2, VC_KIND_IN, 1, 2 },
	{ "\x66\xe5\x61", 3, VC_KIND_IN, 2, 2 },
	{ "\x48\xed", 2, VC_KIND_IN, 4, 2 },
	{ "\xe6\x80", 2, VC_KIND_OUT, 1, 2 },
	{ "\xef", 1, VC_KIND_OUT, 4, 2 },
	{ "\xf3\x6c", 2, VC_KIND_INS, 1, 2 },
	{ "\xf3\x66\x6d", 3, VC_KIND_INS, 2, 2 },
	{ "\x67\x6f", 2, VC_KIND_OUTS, 4, 2 },
	{ "\x0f\x31", 2, VC_KIND_RDTSC, 0, 3 },
	{ "\x0f\x01\xf9", 3, VC_KIND_RDTSCP, 0, 4 },
	{ "\x0f\x33", 2, VC_KIND_RDPMC, 0, 5 },
	{ "\x0f\x09", 2, VC_KIND_WBINVD, 0, 6 },
	{ "\xf3\x0f\x09", 3, VC_KIND_WBINVD, 0, 6 },
	{ "\x0f\x08", 2, VC_KIND_INVD, 0, 7 },
	{ "\x0f\x01\xc8", 3, VC_KIND_MONITOR, 0, 8 },
	{ "\x0f\x01\xfa", 3, VC_KIND_MONITOR, 0, 8 },
	{ "\x0f\x01\xc9", 3, VC_KIND_MWAIT, 0, 9 },
	{ "\x0f\x01\xd9", 3, VC_KIND_VMMCALL, 0, 10 },
	{ "\x41\x0f\x21\xf8", 4, VC_KIND_DR7_READ, 0, 11 },
	{ "\x0f\x23\xf8", 3, VC_KIND_DR7_WRITE, 0, 12 },
	{ "\x41\x89\x01", 3, VC_KIND_STORE, 4, 13 },
	{ "\x88\x05\x10\x20\x30\x40", 6, VC_KIND_STORE, 1, 13 },
	{ "\x48\xc7\x44\x24\x08\xff\xff\xff\xff", 9, VC_KIND_STORE_IMM, 8, 13 },
	{ "\x66\xc7\x00\x34\x12", 5, VC_KIND_STORE_IMM, 2, 13 },
	{ "\x48\x8b\x04\xcd\x00\x00\x00\x80", 8, VC_KIND_LOAD, 8, 13 },
	{ "\x0f\xb7\x41\x10", 4, VC_KIND_LOAD_ZX, 2, 13 },
	{ "\x48\x63\x80\x00\x01\x00\x00", 7, VC_KIND_LOAD_SX, 4, 13 },
	{ "\xa1\x01\x02\x03\x04\x05\x06\x07\x08", 9, VC_KIND_LOAD, 4, 13 },
	{ "\xf3\x48\xa5", 3, VC_KIND_MOVS, 8, 13 },
	{ "\xaa", 1, VC_KIND_STOS, 1, 13 },
};

static const u64 exit_codes[] = {
	SNP_EXIT_CPUID, SNP_EXIT_MSR, SNP_EXIT_IOIO, SNP_EXIT_RDTSC, SNP_EXIT_RDTSCP,
	SNP_EXIT_RDPMC, SNP_EXIT_WBINVD, SNP_EXIT_INVD, SNP_EXIT_MONITOR, SNP_EXIT_MWAIT,
	SNP_EXIT_VMMCALL, SNP_EXIT_DR7_READ, SNP_EXIT_DR7_WRITE, SNP_EXIT_NPF,
};

static void every_form_is_decoded(struct kunit *test)
{
	struct vc_insn insn;
	u8 bytes[VC_INSN_MAX];
	int i, len;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		memset(bytes, 0xcc, sizeof(bytes));
		memcpy(bytes, insns[i].bytes, insns[i].len);
		KUNIT_ASSERT_EQ(test, vc_decode(&insn, bytes, sizeof(bytes)), VC_DECODED);
		KUNIT_EXPECT_EQ_MSG(test, insn.kind, insns[i].kind, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.len, insns[i].len, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.bytes, insns[i].data_bytes, "row %d", i);
		for (len = 0; len < insns[i].len; len++)
			KUNIT_EXPECT_EQ_MSG(test, vc_decode(&insn, bytes, len), VC_TRUNCATED,
					    "row %d, %d bytes", i, len);
	}
}

static void other_instructions_are_not(struct kunit *test)
{
	static const struct {
		const char *bytes;
		u8 len;
	} other[] = {
		{ "\x90", 1 }, { "\xf0\x0f\xa2", 3 },		/* NOP, LOCK CPUID */
		{ "\xf3\x0f\x01\xd9", 4 },			/* VMGEXIT */
		{ "\xf2\x0f\x01\xd9", 4 }, { "\x8b\xc1", 2 },	/* the same; MOV EAX, ECX */
		{ "\x0f\x21\xf0", 3 }, { "\x44\x0f\x23\xf8", 4 },	/* DR6, DR15 */
		{ "\xc7\x48\x01\x02\x03\x04\x05", 7 },		/* C7 /1 */
		{ "\x0f\x05", 2 }, { "\xf4", 1 },		/* SYSCALL, HLT */
		{ "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66", 15 },
	};
	struct vc_insn insn;
	u8 bytes[VC_INSN_MAX];
	int i;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		memset(bytes, 0x90, sizeof(bytes));
		memcpy(bytes, other[i].bytes, other[i].len);
		KUNIT_EXPECT_EQ(test, vc_decode(&insn, bytes, sizeof(bytes)), VC_DECODED);
		KUNIT_EXPECT_EQ_MSG(test, insn.kind, VC_KIND_OTHER, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, insn.len, 0, "row %d", i);
	}
}

/* Every instruction with every exit code: exactly the right pairs match. */
static void code_and_instruction_must_belong_together(struct kunit *test)
{
	struct vc_insn insn;
	bool io_memory;
	u8 bytes[VC_INSN_MAX];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		memset(bytes, 0x90, sizeof(bytes));
		memcpy(bytes, insns[i].bytes, insns[i].len);
		vc_decode(&insn, bytes, sizeof(bytes));
		io_memory = insn.kind == VC_KIND_INS || insn.kind == VC_KIND_OUTS;
		for (j = 0; j < ARRAY_SIZE(exit_codes); j++) {
			enum vc_match want = insns[i].exit_index == j ? VC_MATCH : VC_MISMATCH;

			if (io_memory && exit_codes[j] == SNP_EXIT_NPF)
				want = VC_MATCH;
			KUNIT_EXPECT_EQ_MSG(test, vc_match(exit_codes[j], &insn), want,
					    "row %d, exit 0x%llx", i, exit_codes[j]);
		}
		KUNIT_EXPECT_EQ(test, vc_match(SNP_EXIT_AC, &insn), VC_MISMATCH);
		KUNIT_EXPECT_EQ(test, vc_match(SNP_EXIT_PAGE_NOT_VALIDATED, &insn), VC_UNKNOWN);
	}
	memset(&insn, 0, sizeof(insn));
	for (j = 0; j < ARRAY_SIZE(exit_codes); j++)
		KUNIT_EXPECT_EQ(test, vc_match(exit_codes[j], &insn),
				exit_codes[j] == SNP_EXIT_NPF ? VC_UNKNOWN : VC_MISMATCH);
}

static void effective_address_follows_modrm_and_sib(struct kunit *test)
{
	struct vc_insn insn;
	u64 ea;

	START(0, "");
	/* mov eax, [r9 + rcx * 4 - 16] */
	vc_decode(&insn, "\x41\x8b\x44\x89\xf0\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90", 15);
	regs.rcx = 2;
	KUNIT_EXPECT_EQ(test, vc_effective_address(&insn, &regs, &ea), VC_ADDRESS_FLAT);
	KUNIT_EXPECT_EQ(test, ea, DEVICE + 8 - 16);
	/* mov eax, [rip - 2]: behind the instruction */
	vc_decode(&insn, "\x8b\x05\xfe\xff\xff\xff\x90\x90\x90\x90\x90\x90\x90\x90\x90", 15);
	vc_effective_address(&insn, &regs, &ea);
	KUNIT_EXPECT_EQ(test, ea, RIP + 4);
	/* mov eax, gs:[r13]; R13 needs a displacement, R12 as index counts */
	vc_decode(&insn, "\x65\x43\x8b\x44\x25\x00\x90\x90\x90\x90\x90\x90\x90\x90\x90", 15);
	regs.r13 = 0x100;
	regs.r12 = 0x20;
	KUNIT_EXPECT_EQ(test, vc_effective_address(&insn, &regs, &ea), VC_ADDRESS_GS);
	KUNIT_EXPECT_EQ(test, ea, 0x120);
	/* mov eax, [disp32] with an address size of 32 bits */
	vc_decode(&insn, "\x67\x8b\x04\x25\xf0\xff\xff\xff\x90\x90\x90\x90\x90\x90\x90", 15);
	vc_effective_address(&insn, &regs, &ea);
	KUNIT_EXPECT_EQ(test, ea, 0xfffffff0);
}

static struct kunit_case decode_cases[] = {
	KUNIT_CASE(every_form_is_decoded),
	KUNIT_CASE(other_instructions_are_not),
	KUNIT_CASE(code_and_instruction_must_belong_together),
	KUNIT_CASE(effective_address_follows_modrm_and_sib),
	{}
};

static struct kunit_suite decode_suite = {
	.name = "vc_decode",
	.test_cases = decode_cases,
};

static void injected_vc_is_refused(struct kunit *test)
{
	/* WeSee: "an MSR was read" at TEST EAX, EAX. */
	START(SNP_EXIT_MSR, "\x85\xc0");
	KUNIT_EXPECT_EQ(test, emulate(), VC_REFUSE);
	EXPECT_UNTOUCHED(test);
	START(SNP_EXIT_AC, "\x8b\x00");
	KUNIT_EXPECT_EQ(test, emulate(), VC_REFUSE);
	/* A "device" in private memory. */
	START(SNP_EXIT_NPF, "\x41\x8b\x01");
	hw.mapping = VC_PRIVATE;
	KUNIT_EXPECT_EQ(test, emulate(), VC_REFUSE);
	EXPECT_UNTOUCHED(test);
	/* MSRs that are never intercepted. */
	START(SNP_EXIT_MSR, "\x0f\x32");
	regs.rcx = SNP_MSR_SEV_STATUS;
	KUNIT_EXPECT_EQ(test, emulate(), VC_REFUSE);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
}

static void msr_read_needs_both_halves(struct kunit *test)
{
	START(SNP_EXIT_MSR, "\x0f\x32");
	hw.answer[VC_F_RAX] = 0xffffffff12345678;
	hw.answer[VC_F_RDX] = 0xffffffff9abcdef0;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0x12345678ULL);
	KUNIT_EXPECT_EQ(test, regs.rdx, 0x9abcdef0ULL);
	KUNIT_EXPECT_EQ(test, regs.rip, RIP + 2);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_RCX], 0xc0c0c0c0ULL);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_VERSION], 0x20000ULL);

	START(SNP_EXIT_MSR, "\x0f\x32");
	hw.answer[VC_F_VALID1] &= ~BIT_ULL(SNP_GHCB_VALID_BIT(rdx) - 64);
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	EXPECT_UNTOUCHED(test);
}

static void hypervisor_may_ask_for_gp_and_ud_only(struct kunit *test)
{
	START(SNP_EXIT_MSR, "\x0f\x30");
	hw.answer[VC_F_INFO1] = 1;
	hw.answer[VC_F_INFO2] = 0x80000b0d;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rip, GATE_GP);
	KUNIT_EXPECT_EQ(test, regs.rsp, (STACK & ~15ULL) - 48);
	KUNIT_EXPECT_EQ(test, hw.written_at, regs.rsp);
	KUNIT_EXPECT_EQ(test, ((u64 *)hw.memory)[0], 0);
	KUNIT_EXPECT_EQ(test, ((u64 *)hw.memory)[1], RIP);
	KUNIT_EXPECT_EQ(test, ((u64 *)hw.memory)[4], STACK);
	KUNIT_EXPECT_FALSE(test, regs.rflags & VC_RFLAGS_IF);

	START(SNP_EXIT_MSR, "\x0f\x30");
	hw.answer[VC_F_INFO1] = 1;
	hw.answer[VC_F_INFO2] = 0x80000306;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rip, GATE_UD);
	KUNIT_EXPECT_EQ(test, regs.rsp, (STACK & ~15ULL) - 40);

	START(SNP_EXIT_MSR, "\x0f\x30");
	hw.answer[VC_F_INFO1] = 1;
	hw.answer[VC_F_INFO2] = 0x8000030e;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	EXPECT_UNTOUCHED(test);
}

static void port_input_keeps_what_it_does_not_write(struct kunit *test)
{
	START(SNP_EXIT_IOIO, "\xec");
	hw.answer[VC_F_RAX] = U64_MAX - 1;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0xa0a0a0a0a0a0a0feULL);
	/* Port d0d0, 8 bits, 64-bit addresses, in. */
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO1], 0xd0d00211ULL);

	START(SNP_EXIT_IOIO, "\x66\xe5\x70");
	hw.answer[VC_F_RAX] = 0x1234;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0xa0a0a0a0a0a01234ULL);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO1], 0x00700221ULL);

	START(SNP_EXIT_IOIO, "\xed");
	hw.answer[VC_F_RAX] = U64_MAX;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0xffffffffULL);
}

static void port_output_sends_no_more_than_the_operand(struct kunit *test)
{
	START(SNP_EXIT_IOIO, "\xe6\x80");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_RAX], 0xa0ULL);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO1], 0x00800210ULL);
	KUNIT_EXPECT_EQ(test, regs.rax, before.rax);
}

static void strings_go_in_pieces_and_in_both_directions(struct kunit *test)
{
	START(SNP_EXIT_IOIO, "\xf3\x6c");
	regs.rcx = VC_DATA_MAX + 3;
	regs.rdi = DEVICE;
	hw.data[0] = 0x55;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO2], (u64)VC_DATA_MAX);
	KUNIT_EXPECT_EQ(test, regs.rcx, 3ULL);
	KUNIT_EXPECT_EQ(test, regs.rdi, DEVICE + VC_DATA_MAX);
	KUNIT_EXPECT_EQ(test, regs.rip, RIP);
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rcx, 0ULL);
	KUNIT_EXPECT_EQ(test, regs.rip, RIP + 2);

	START(SNP_EXIT_IOIO, "\x66\x6f");
	regs.rflags |= VC_RFLAGS_DF;
	regs.rsi = DEVICE;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rsi, DEVICE - 2);
	KUNIT_EXPECT_EQ(test, regs.rcx, before.rcx);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_SCRATCH], 0x7800ULL);

	/* Nowhere to put the data: they are not fetched. */
	START(SNP_EXIT_IOIO, "\x6c");
	hw.mapping = VC_UNMAPPED;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
}

static void device_access_has_the_width_of_the_instruction(struct kunit *test)
{
	START(SNP_EXIT_NPF, "\x41\x8b\x01");
	memset(hw.data, 0x77, sizeof(hw.data));
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0x77777777ULL);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_CODE], (u64)SNP_EXIT_MMIO_READ);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO1], 0xfee00010ULL);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_INFO2], 4ULL);

	/* mov [r9], ah needs no REX for R9: mov [rcx], ah. */
	START(SNP_EXIT_NPF, "\x88\x21");
	regs.rcx = DEVICE;
	regs.rax = 0x1234;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.request.data[0], 0x12);
	KUNIT_EXPECT_EQ(test, hw.request.len, 1ULL);

	/* movsx rax, byte [r9] */
	START(SNP_EXIT_NPF, "\x49\x0f\xbe\x01");
	hw.data[0] = 0x80;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0xffffffffffffff80ULL);

	/* A 64-bit store of a sign-extended immediate. */
	START(SNP_EXIT_NPF, "\x49\xc7\x01\xfe\xff\xff\xff");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, *(u64 *)hw.request.data, 0xfffffffffffffffeULL);

	START(SNP_EXIT_NPF, "\x49\x8b\x01");
	regs.r9 = DEVICE | 0xffc;	/* crosses a page */
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
}

static void dr7_is_checked_and_remembered(struct kunit *test)
{
	START(SNP_EXIT_DR7_WRITE, "\x0f\x23\xf8");
	regs.rax = 0xffff;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_RAX], 0x27ffULL);
	KUNIT_EXPECT_EQ(test, env.dr7, 0x27ffULL);
	START(SNP_EXIT_DR7_WRITE, "\x0f\x23\xf8");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rip, GATE_GP);
	KUNIT_EXPECT_EQ(test, env.dr7, 0x400ULL);
	START(SNP_EXIT_DR7_READ, "\x41\x0f\x21\xf9");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.r9, 0x400ULL);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
}

static void after_a_dr7_write_passed_on_the_kernel_has_it(struct kunit *test)
{
	START(SNP_EXIT_DR7_WRITE, "\x0f\x23\xf8");
	regs.rax = 0xffff;
	hw.answer[VC_F_INFO1] = 0x55;		/* an answer that there is not */
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	EXPECT_UNTOUCHED(test);
	KUNIT_EXPECT_TRUE(test, env.dr7_passed);
	/* What the kernel wrote then is not known. */
	regs.error = SNP_EXIT_DR7_READ;
	memcpy(hw.insn, "\x41\x0f\x21\xf9", 4);
	before = regs;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	EXPECT_UNTOUCHED(test);
	KUNIT_EXPECT_EQ(test, hw.exits, 1);
	/* A read that is passed on says nothing about writes. */
	START(SNP_EXIT_DR7_READ, "\x41\x0f\x21\xf9");
	regs.rflags |= VC_RFLAGS_TF;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	KUNIT_EXPECT_FALSE(test, env.dr7_passed);
}

static void what_is_the_kernels_is_passed_on(struct kunit *test)
{
	START(SNP_EXIT_INVD, "\x0f\x08");
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	START(SNP_EXIT_CPUID, "\x0f\xa2");
	regs.rflags |= VC_RFLAGS_TF;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	START(SNP_EXIT_RDTSC, "\x0f\x31");
	env.sev_status = BIT_ULL(11);
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	START(SNP_EXIT_VMMCALL, "\x0f\x01\xd9");
	env.kvm = false;
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	START(SNP_EXIT_PAGE_NOT_VALIDATED, "\x8b\x00");
	KUNIT_EXPECT_EQ(test, emulate(), VC_PASS);
	EXPECT_UNTOUCHED(test);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
}

static void counters_hypercalls_and_idling(struct kunit *test)
{
	START(SNP_EXIT_RDTSCP, "\x0f\x01\xf9");
	hw.answer[VC_F_RAX] = 1;
	hw.answer[VC_F_RDX] = 2;
	hw.answer[VC_F_RCX] = 3;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax | regs.rdx << 8 | regs.rcx << 16, 0x30201ULL);
	START(SNP_EXIT_VMMCALL, "\x0f\x01\xd9");
	hw.answer[VC_F_RAX] = -1000;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, (u64)-1000);
	KUNIT_EXPECT_EQ(test, hw.request.field[VC_F_RBX], before.rbx);
	START(SNP_EXIT_MWAIT, "\x0f\x01\xc9");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.exits, 0);
	START(SNP_EXIT_WBINVD, "\x0f\x09");
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, hw.exits, 1);
}

static struct kunit_case emulate_cases[] = {
	KUNIT_CASE(injected_vc_is_refused),
	KUNIT_CASE(msr_read_needs_both_halves),
	KUNIT_CASE(hypervisor_may_ask_for_gp_and_ud_only),
	KUNIT_CASE(port_input_keeps_what_it_does_not_write),
	KUNIT_CASE(port_output_sends_no_more_than_the_operand),
	KUNIT_CASE(strings_go_in_pieces_and_in_both_directions),
	KUNIT_CASE(device_access_has_the_width_of_the_instruction),
	KUNIT_CASE(dr7_is_checked_and_remembered),
	KUNIT_CASE(after_a_dr7_write_passed_on_the_kernel_has_it),
	KUNIT_CASE(what_is_the_kernels_is_passed_on),
	KUNIT_CASE(counters_hypercalls_and_idling),
	{}
};

static struct kunit_suite emulate_suite = {
	.name = "vc_emulate",
	.test_cases = emulate_cases,
};

static void cpuid_comes_from_the_table(struct kunit *test)
{
	START(SNP_EXIT_CPUID, "\x0f\xa2");
	regs.rax = 1;
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax, 0xa00f11ULL);
	KUNIT_EXPECT_EQ(test, regs.rbx, 0x03000800ULL);		/* this CPU's APIC ID */
	KUNIT_EXPECT_EQ(test, regs.rcx, (u64)BIT(27));		/* OSXSAVE */
	KUNIT_EXPECT_EQ(test, regs.rdx, 0ULL);			/* APIC not enabled */
	KUNIT_EXPECT_EQ(test, hw.exits, 0);

	START(SNP_EXIT_CPUID, "\x0f\xa2");
	regs.rax = 0xb;		/* in range, not in the table */
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rdx, 3ULL);
	START(SNP_EXIT_CPUID, "\x0f\xa2");
	regs.rax = 0x40000001;	/* no such range */
	KUNIT_EXPECT_EQ(test, emulate(), VC_DONE);
	KUNIT_EXPECT_EQ(test, regs.rax | regs.rbx | regs.rcx | regs.rdx, 0ULL);
}

static void xsave_sizes_follow_the_enabled_components(struct kunit *test)
{
	struct vc_cpuid_state state = { .xcr0 = 7, .xss = 0x800 };
	struct vc_cpuid_local local = {};
	struct vc_cpuid_regs out;

	KUNIT_EXPECT_TRUE(test, vc_cpuid(&table, &local, &state, 0xd, 0, &out));
	KUNIT_EXPECT_EQ(test, out.ebx, 0x340U);
	KUNIT_EXPECT_TRUE(test, vc_cpuid(&table, &local, &state, 0xd, 1, &out));
	KUNIT_EXPECT_EQ(test, out.ebx, 0x350U);
	state.xcr0 = 3;
	KUNIT_EXPECT_TRUE(test, vc_cpuid(&table, &local, &state, 0xd, 0, &out));
	KUNIT_EXPECT_EQ(test, out.ebx, 0x240U);
	/* Enabled, and unknown to the table. */
	state.xcr0 = 0x203;
	KUNIT_EXPECT_FALSE(test, vc_cpuid(&table, &local, &state, 0xd, 0, &out));
}

static void table_without_ranges_is_refused(struct kunit *test)
{
	struct snp_cpuid_page *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_TRUE(test, vc_cpuid_table_ok(&table));
	KUNIT_EXPECT_FALSE(test, vc_cpuid_table_ok(t));
	t->count = 1;
	KUNIT_EXPECT_FALSE(test, vc_cpuid_table_ok(t));
	*t = table;
	t->count = SNP_CPUID_MAX_ENTRIES + 1;
	KUNIT_EXPECT_FALSE(test, vc_cpuid_table_ok(t));
}

static void walk_finds_pages_and_their_c_bit(struct kunit *test)
{
	u64 cbit = BIT_ULL(51), gpa = 77;

	memset(&hw, 0, sizeof(hw));
	hw.table[0][0] = 0x1003 | cbit;			/* every level leads here */
	hw.table[1][0] = 0x1003 | cbit;
	hw.table[1][1] = 0x5000 | cbit | 1;		/* read-only, private */
	hw.table[1][2] = 0xfee00003;			/* shared */
	KUNIT_EXPECT_EQ(test, vc_walk(cbit, 4, cbit, 0x1234, false, &gpa), VC_PRIVATE);
	KUNIT_EXPECT_EQ(test, gpa, 0x5234ULL);
	KUNIT_EXPECT_EQ(test, vc_walk(0, 4, cbit, 0x1234, true, &gpa), VC_UNMAPPED);
	KUNIT_EXPECT_EQ(test, vc_walk(0, 5, cbit, 0x2234, true, &gpa), VC_SHARED);
	KUNIT_EXPECT_EQ(test, gpa, 0xfee00234ULL);
	KUNIT_EXPECT_EQ(test, vc_walk(0, 4, cbit, 0x3000, false, &gpa), VC_UNMAPPED);
	/* Not canonical with four levels. */
	KUNIT_EXPECT_EQ(test, vc_walk(0, 4, cbit, BIT_ULL(48), false, &gpa), VC_UNMAPPED);
	/* A 2 MiB page: PAT is an address bit of 4 KiB pages only. */
	hw.table[1][3] = 0x40000083 | BIT(12);
	hw.table[0][0] = 0x1003;
	KUNIT_EXPECT_EQ(test, vc_walk(0, 4, cbit, 3ULL << 21 | 0x1abc, true, &gpa), VC_SHARED);
	KUNIT_EXPECT_EQ(test, gpa, 0x40001abcULL);
}

static struct vc_gate gate(u64 offset, u8 ist)
{
	struct vc_gate g = { .selector = KERNEL_CS, .ist = ist, .type = 0x8e };

	vc_gate_set_offset(&g, offset);
	return g;
}

static void every_obstacle_is_named(struct kunit *test)
{
	struct vc_gate *idt = kunit_kzalloc(test, VC_VECTORS * sizeof(*idt), GFP_KERNEL);
	struct vc_machine m = {
		.sev_status = SNP_SEV_STATUS_SEV | SNP_SEV_STATUS_ES | SNP_SEV_STATUS_SNP,
		.idt_limit = 4095, .idt = idt, .kernel_cs = KERNEL_CS,
	}, good;

	KUNIT_ASSERT_NOT_NULL(test, idt);
	idt[VC_VECTOR_VC] = gate(RIP, 5);
	idt[VC_VECTOR_NMI] = gate(RIP + 16, 2);
	idt[VC_VECTOR_UD] = gate(GATE_UD, 0);
	idt[VC_VECTOR_GP] = gate(GATE_GP, 0);
	good = m;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_NO_OBSTACLE);
	KUNIT_EXPECT_EQ(test, vc_gate_offset(&idt[VC_VECTOR_GP]), GATE_GP);

	m.sev_status = SNP_SEV_STATUS_SEV | SNP_SEV_STATUS_ES;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_NO_SNP);
	m = good;
	m.cr4 = BIT_ULL(32);
	m.idt = NULL;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_FRED);
	m = good;
	m.pti = true;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_PTI);
	m = good;
	m.entry_msrs = true;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_ENTRY_MSRS);
	m = good;
	m.idt_limit = 0x7f;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_SHORT_IDT);
	m = good;
	idt[VC_VECTOR_VC].type = 0;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_NO_VC_GATE);
	idt[VC_VECTOR_VC] = gate(RIP, 0);
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_NO_VC_GATE);
	idt[VC_VECTOR_VC] = gate(RIP, 5);
	idt[VC_VECTOR_GP].selector = 0x33;
	KUNIT_EXPECT_EQ(test, vc_obstacle(&m), VC_ODD_GATE);
}

static struct kunit_case machine_cases[] = {
	KUNIT_CASE(cpuid_comes_from_the_table),
	KUNIT_CASE(xsave_sizes_follow_the_enabled_components),
	KUNIT_CASE(table_without_ranges_is_refused),
	KUNIT_CASE(walk_finds_pages_and_their_c_bit),
	KUNIT_CASE(every_obstacle_is_named),
	{}
};

static struct kunit_suite machine_suite = {
	.name = "vc_machine",
	.test_cases = machine_cases,
};

kunit_test_suites(&decode_suite, &emulate_suite, &machine_suite);

MODULE_DESCRIPTION("KUnit: #VC handling");
MODULE_LICENSE("GPL");
