// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU side of the CPU model: registers, memory, the hook table, arguments.
 * QEMU TCG plugin interface version 7.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bench.h"
#include "core.h"
#include "flags.h"
#include "qemu_api.h"

QEMU_API_EXPORT int qemu_plugin_version = QEMU_API_VERSION;

#define CR0_PE		1

static const char *const reg_names[REG_COUNT] = {
	"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
	"rip", "eflags", "cs", "ss", "ds", "es", "fs", "gs",
	"fs_base", "gs_base", "k_gs_base",
	"cr0", "cr2", "cr3", "cr4", "cr8", "efer",
};

static struct {
	struct qemu_plugin_register *reg[REG_COUNT];
	struct cpu_tables tables;
} vcpus[CPU_MAX];

static struct seen seen[CPU_MAX];
static const struct cpu_role *role;
static unsigned int nr_vcpus;
static unsigned int watched;	/* enum qemu_mem_rw, 0: nothing */
static bool watch_devices;
static uint8_t *ram;
static size_t ram_size;

/* One thread may serve several vCPUs: set again at the start of each callback. */
static __thread unsigned int current_vcpu;
static __thread bool has_vcpu;
static __thread struct glib_bytes *scratch;

static struct glib_bytes *scratch_empty(void)
{
	if (!scratch)
		scratch = g_byte_array_new();
	return g_byte_array_set_size(scratch, 0);
}

unsigned int cpu_count(void)
{
	return nr_vcpus;
}

unsigned int cpu_current(void)
{
	return current_vcpu;
}

void cpu_enter(unsigned int vcpu)
{
	current_vcpu = vcpu;
}

struct cpu_tables *cpu_tables(unsigned int vcpu)
{
	return &vcpus[vcpu].tables;
}

struct seen *cpu_seen(unsigned int vcpu)
{
	return &seen[vcpu];
}

static void watch(unsigned int what, const uint64_t *changes)
{
	int i;

	watched = what;
	for (i = 0; i < CPU_MAX; i++)
		seen[i].changes = changes;
}

void cpu_watch_accesses(const uint64_t *changes)
{
	watch(QEMU_MEM_RW, changes);
}

void cpu_watch_stores(const uint64_t *changes)
{
	watch(QEMU_MEM_W, changes);
}

void cpu_watch_devices(void)
{
	watch_devices = true;
}

/* Registers. */

uint64_t cpu_get(enum cpu_reg r)
{
	struct glib_bytes *b = scratch_empty();
	uint64_t v = 0;

	if (!qemu_plugin_read_register(vcpus[current_vcpu].reg[r], b))
		cpu_stop(CPU_STOP_PLATFORM, "core: cannot read register %s", reg_names[r]);
	memcpy(&v, b->data, b->len < sizeof(v) ? b->len : sizeof(v));
	return v;
}

void cpu_set(enum cpu_reg r, uint64_t value)
{
	struct glib_bytes *b = scratch_empty();

	g_byte_array_append(b, (const uint8_t *)&value, sizeof(value));
	if (!qemu_plugin_write_register(vcpus[current_vcpu].reg[r], b))
		cpu_stop(CPU_STOP_PLATFORM, "core: cannot write register %s", reg_names[r]);
}

/* Memory. */

bool cpu_read_virt(uint64_t va, void *buf, size_t len)
{
	struct glib_bytes *b = scratch_empty();

	if (!qemu_plugin_read_memory_vaddr(va, b, len) || b->len < len)
		return false;
	memcpy(buf, b->data, len);
	return true;
}

bool cpu_write_virt(uint64_t va, const void *buf, size_t len)
{
	struct glib_bytes *b = scratch_empty();

	g_byte_array_append(b, buf, len);
	return qemu_plugin_write_memory_vaddr(va, b);
}

bool cpu_translate(uint64_t va, uint64_t *paddr)
{
	return qemu_plugin_translate_vaddr(va, paddr);
}

void *cpu_ram(uint64_t pa, size_t len)
{
	/* 0xa0000..0xfffff may be something else than RAM. */
	if (!ram || len > ram_size || pa > ram_size - len)
		return NULL;
	if (pa < 0x100000 && pa + len > 0xa0000)
		return NULL;
	return ram + pa;
}

size_t cpu_ram_size(void)
{
	return ram_size;
}

bool cpu_read_phys(uint64_t pa, void *buf, size_t len)
{
	const void *direct = cpu_ram(pa, len);
	struct glib_bytes *b;

	if (direct) {
		memcpy(buf, direct, len);
		return true;
	}
	b = scratch_empty();
	if (qemu_plugin_read_memory_hwaddr(pa, b, len) || b->len < len)
		return false;
	memcpy(buf, b->data, len);
	return true;
}

bool cpu_write_phys(uint64_t pa, const void *buf, size_t len)
{
	struct glib_bytes *b = scratch_empty();

	g_byte_array_append(b, buf, len);
	return !qemu_plugin_write_memory_hwaddr(pa, b);
}

/* Position. */

static uint64_t real_mode_base(void)
{
	if (cpu_get(REG_CR0) & CR0_PE)
		return 0;
	return (cpu_get(REG_CS) & 0xffff) << 4;
}

uint64_t insn_pc(const struct insn *in)
{
	uint64_t at = cpu_get(REG_RIP) + real_mode_base();

	/* RIP may lag behind, by less than a page, and the block be shared. */
	return at + ((in->recorded_va - at) & 0xfff);
}

void cpu_continue_at(uint64_t pc)
{
	flags_forget();
	qemu_plugin_set_pc(pc - real_mode_base());
}

void cpu_skip(const struct insn *in)
{
	cpu_continue_at(insn_pc(in) + in->len);
}

/* Descriptor tables: QEMU does not expose them, so watch the loads. */

static void note_tss(uint16_t selector)
{
	struct cpu_tables *t = cpu_tables(current_vcpu);
	uint8_t d[16] = {};
	uint64_t base;

	if (!cpu_read_virt(t->gdt_base + (selector & ~7u), d, sizeof(d)) &&
	    !cpu_read_virt(t->gdt_base + (selector & ~7u), d, 8))
		return;
	base = d[2] | d[3] << 8 | d[4] << 16 | (uint64_t)d[7] << 24;
	if (cpu_get(REG_EFER) & 0x400)
		base |= (uint64_t)(d[8] | d[9] << 8 | d[10] << 16 | (uint32_t)d[11] << 24) << 32;
	t->tss_base = base;
}

static void on_table_load(unsigned int vcpu, uint32_t info, uint64_t va, void *opaque)
{
	struct qemu_mem_value v = qemu_plugin_mem_get_value(info);
	const struct insn *in = opaque;
	uint64_t base;

	(void)va;
	current_vcpu = vcpu;
	switch (qemu_plugin_mem_size_shift(info)) {
	case 1:
		if (in->kind == INSN_LTR)
			note_tss(v.data.u16);
		return;
	case 2:
		base = v.data.u32;
		break;
	case 3:
		base = v.data.u64;
		break;
	default:
		return;
	}
	if (in->kind == INSN_LIDT)
		vcpus[vcpu].tables.idt_base = base;
	else if (in->kind == INSN_LGDT)
		vcpus[vcpu].tables.gdt_base = base;
}

static void on_ltr(unsigned int vcpu, void *opaque)
{
	const struct insn *in = opaque;
	uint8_t modrm = in->bytes[in->opcode_at + 2];

	current_vcpu = vcpu;
	note_tss(cpu_get((modrm & 7) | (in->rex & 1 ? 8 : 0)));
}

/* Hooked instructions live until QEMU throws all translations away. */

#define ARENA_INSNS	1024
struct arena {
	struct arena *next;
	unsigned int used;
	struct insn insn[ARENA_INSNS];
};

static pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena *arena;

static struct insn *arena_keep(const struct insn *in)
{
	struct insn *kept = NULL;
	struct arena *a;

	pthread_mutex_lock(&arena_lock);
	if (!arena || arena->used == ARENA_INSNS) {
		a = malloc(sizeof(*a));
		if (!a)
			abort();
		a->next = arena;
		a->used = 0;
		arena = a;
	}
	kept = &arena->insn[arena->used++];
	*kept = *in;
	pthread_mutex_unlock(&arena_lock);
	return kept;
}

static void on_flush(void *opaque)
{
	struct arena *a;

	(void)opaque;
	pthread_mutex_lock(&arena_lock);
	while ((a = arena)) {
		arena = a->next;
		free(a);
	}
	pthread_mutex_unlock(&arena_lock);
}

/* Hooks. */

static void on_exec(unsigned int vcpu, void *opaque)
{
	current_vcpu = vcpu;
	role->exec(vcpu, opaque);
}

static void __noinline look(unsigned int vcpu, uint32_t info, uint64_t va, void *opaque)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, va);

	current_vcpu = vcpu;
	if (!hw || qemu_plugin_hwaddr_is_io(hw))
		return;
	role->access(vcpu, (uint64_t)opaque, va, qemu_plugin_hwaddr_phys_addr(hw),
		     (size_t)1 << qemu_plugin_mem_size_shift(info),
		     qemu_plugin_mem_is_store(info));
}

static void on_access(unsigned int vcpu, uint32_t info, uint64_t va, void *opaque)
{
	if (!seen_hit(&seen[vcpu], va))
		look(vcpu, info, va, opaque);
}

static void on_device(unsigned int vcpu, uint32_t info, uint64_t va, void *opaque)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, va);

	current_vcpu = vcpu;
	if (hw && qemu_plugin_hwaddr_is_io(hw))
		role->device(vcpu, opaque);
}

static void on_diversion(unsigned int vcpu, enum qemu_discon_type type, uint64_t from,
			 uint64_t to, void *opaque)
{
	(void)type;
	(void)opaque;
	current_vcpu = vcpu;
	/* The type means: delivered; that of exceptions comes before their delivery. */
	role->diverted(vcpu, from, to);
}

static void on_translate(struct qemu_plugin_tb *tb, void *opaque)
{
	size_t nr = qemu_plugin_tb_n_insns(tb), i;

	(void)opaque;
	bench_translate_block(tb);
	for (i = 0; i < nr; i++) {
		struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
		uint8_t bytes[INSN_MAX_LEN + 1];
		struct insn in, *kept;
		size_t len;

		len = qemu_plugin_insn_data(q, bytes, sizeof(bytes));
		insn_decode(&in, bytes, len);
		in.recorded_va = qemu_plugin_insn_vaddr(q);

		bench_translate(q, &in, arena_keep);
		if (watched)
			qemu_plugin_register_vcpu_mem_cb(q, on_access, QEMU_CB_NO_REGS,
							 watched, (void *)in.recorded_va);
		if (in.kind == INSN_IRETQ)
			cpu_note_iretq(in.recorded_va);
		if (in.kind == INSN_LIDT || in.kind == INSN_LGDT || in.kind == INSN_LTR) {
			kept = arena_keep(&in);
			if (in.kind == INSN_LTR && in.bytes[in.opcode_at + 2] >= 0xc0)
				qemu_plugin_register_vcpu_insn_exec_cb(q, on_ltr,
								       QEMU_CB_R_REGS, kept);
			else
				qemu_plugin_register_vcpu_mem_cb(q, on_table_load, QEMU_CB_R_REGS,
								 QEMU_MEM_R, kept);
		}
		/* Translation is for the vCPU of this thread. */
		if (watch_devices && nr == 1 && role->alone(current_vcpu, &in))
			qemu_plugin_register_vcpu_mem_cb(q, on_device, QEMU_CB_R_REGS,
							 QEMU_MEM_RW, arena_keep(&in));
		if (role->wants(&in))
			qemu_plugin_register_vcpu_insn_exec_cb(q, on_exec, QEMU_CB_RW_REGS_PC,
							       arena_keep(&in));
	}
}

static void on_vcpu_init(unsigned int vcpu, void *opaque)
{
	struct qemu_reg_descriptor *d;
	struct glib_array *regs;
	unsigned int i;
	int r;

	(void)opaque;
	if (vcpu >= CPU_MAX)
		cpu_stop(CPU_STOP_PLATFORM, "core: more than %d vCPUs", CPU_MAX);
	if (watch_devices && has_vcpu)
		cpu_stop(CPU_STOP_PLATFORM, "core: no thread for each vCPU (thread=multi)");
	has_vcpu = true;
	current_vcpu = vcpu;
	regs = qemu_plugin_get_registers();
	d = (struct qemu_reg_descriptor *)regs->data;
	for (r = 0; r < REG_COUNT; r++) {
		for (i = 0; i < regs->len; i++)
			if (!strcmp(d[i].name, reg_names[r]))
				vcpus[vcpu].reg[r] = d[i].handle;
		if (!vcpus[vcpu].reg[r])
			cpu_stop(CPU_STOP_PLATFORM, "core: this QEMU has no register %s",
				 reg_names[r]);
	}
	g_array_free(regs, 1);
}

static void on_exit_cb(void *opaque)
{
	(void)opaque;
	run_end();
}

/* Arguments. */

static bool map_ram(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size <= 0) {
		cpu_log("core: ram-fd=%d is not a file with guest RAM", fd);
		return false;
	}
	ram = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ram == MAP_FAILED) {
		ram = NULL;
		cpu_log("core: cannot map ram-fd=%d: %s", fd, strerror(errno));
		return false;
	}
	ram_size = st.st_size;
	return true;
}

/* 1: the core's own argument, 0: not, -1: bad value. */
static int take_arg(const char *arg)
{
	const char *value;
	uint64_t n;

	value = cpu_arg(arg, "role");
	if (value) {
		if (!strcmp(value, "guest"))
			role = &guest_role;
		else if (!strcmp(value, "host"))
			role = &host_role;
		else
			cpu_log("core: role=%s: expected guest or host", value);
		return role ? 1 : -1;
	}
	value = cpu_arg(arg, "log");
	if (value)
		return run_log_to(value) ? 1 : -1;
	value = cpu_arg(arg, "counters");
	if (value) {
		run_counters_to(value);
		return 1;
	}
	value = cpu_arg(arg, "marks");
	if (value)
		return bench_marks_to(value) ? 1 : -1;
	value = cpu_arg(arg, "histogram");
	if (value)
		return bench_histogram_to(value) ? 1 : -1;
	value = cpu_arg(arg, "ram-fd");
	if (value)
		return cpu_arg_u64("ram-fd", value, 0, INT_MAX, &n) && map_ram(n) ? 1 : -1;
	return 0;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	char *rest[32];
	int nr_rest = 0, i, taken;

	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		cpu_log("core: needs qemu-system-x86_64");
		return -1;
	}
	for (i = 0; i < argc; i++) {
		taken = take_arg(argv[i]);
		if (taken < 0)
			return -1;
		if (taken)
			continue;
		if (nr_rest == (int)ARRAY_SIZE(rest)) {
			cpu_log("core: too many arguments");
			return -1;
		}
		rest[nr_rest++] = argv[i];
	}
	if (!role) {
		cpu_log("core: argument role= is missing");
		return -1;
	}
	nr_vcpus = info->system.smp_vcpus;
	if (nr_vcpus > CPU_MAX) {
		cpu_log("core: %u vCPUs, at most %d are modelled", nr_vcpus, CPU_MAX);
		return -1;
	}
	if (role->init(nr_rest, rest))
		return -1;
	run_at_end(role->exit);

	if (watch_devices)
		qemu_plugin_register_vcpu_discon_cb(id, QEMU_DISCON_INTERRUPT, on_diversion, NULL);
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate, NULL);
	qemu_plugin_register_flush_cb(id, on_flush, NULL);
	qemu_plugin_register_atexit_cb(id, on_exit_cb, NULL);
	return 0;
}
