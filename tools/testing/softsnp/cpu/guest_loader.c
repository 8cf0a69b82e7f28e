// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: from the kernel's 32-bit entry point to a launched SNP guest.
 *
 * BIOS and boot loader bring kernel, initrd and command line into memory as
 * for any machine.  When the kernel is entered, a stub collects CPUID and the
 * kernel's length; then the pages of guest_layout.h are put together and the
 * guest is launched through the firmware model.  Linux boot protocol (32-bit).
 */
#include <string.h>

#include "guest.h"
#include "guest_cpuid.h"

/* boot_params. */
#define BP_EXT_RAMDISK		0xc0	/* image and size, upper halves */
#define BP_EXT_CMDLINE		0xc8
#define BP_E820_ENTRIES		0x1e8
#define BP_HDR_MAGIC		0x202
#define BP_RAMDISK_IMAGE	0x218
#define BP_RAMDISK_SIZE		0x21c
#define BP_CMDLINE		0x228
#define BP_E820_TABLE		0x2d0
#define BP_E820_MAX		128
#define HDR_MAGIC		0x53726448

#define FW_CFG_KERNEL_SIZE	0x08

#define CR0_PE		1ULL
#define CR0_PG		BIT_ULL(31)

struct setup_data {
	uint64_t next;
	uint32_t type;
	uint32_t len;
	uint32_t cc_blob_address;
} __packed;

/* What the stub works on. */
struct collected {
	struct snp_cpuid_page cpuid;
	uint32_t fw_cfg[2];
};

static_assert(sizeof(struct collected) <= SNP_PAGE_SIZE, "collected data exceed their page");

static struct snp_cpuid_page cpuid_table;
static uint64_t loader_boot_params;

const struct snp_cpuid_page *guest_cpuid_table(void)
{
	return &cpuid_table;
}

static void __noreturn refuse(const char *why)
{
	cpu_stop(CPU_STOP_PLATFORM, "guest: cannot launch: %s", why);
}

static void put(uint64_t gpa, const void *buf, size_t len)
{
	if (!cpu_write_phys(gpa, buf, len))
		refuse("memory is not writable");
}

static void get(uint64_t gpa, void *buf, size_t len)
{
	if (!cpu_read_phys(gpa, buf, len))
		refuse("memory is not readable");
}

/* One page: @len bytes, then zeros. */
static void put_page(uint64_t gpa, const void *buf, size_t len)
{
	uint8_t page[SNP_PAGE_SIZE] = {};

	memcpy(page, buf, len);
	put(gpa, page, sizeof(page));
}

/* Zeros from @end to the end of its page. */
static void pad(uint64_t end)
{
	static const uint8_t zeros[SNP_PAGE_SIZE];
	size_t rest = -end & (SNP_PAGE_SIZE - 1);

	if (rest)
		put(end, zeros, rest);
}

bool guest_loader_wants(const struct insn *in)
{
	return in->recorded_va == LAYOUT_KERNEL;
}

void guest_loader_exec(unsigned int vcpu, const struct insn *in)
{
	static struct collected c;
	uint32_t magic;

	(void)vcpu;
	(void)in;
	if ((cpu_get(REG_CR0) & (CR0_PE | CR0_PG)) != CR0_PE)
		return;
	loader_boot_params = (uint32_t)cpu_get(REG_RSI);
	get(loader_boot_params + BP_HDR_MAGIC, &magic, sizeof(magic));
	if (magic != HDR_MAGIC)
		refuse("ESI does not point to boot_params at the kernel's entry");

	cpuid_request(&c.cpuid);
	c.fw_cfg[0] = FW_CFG_KERNEL_SIZE;
	c.fw_cfg[1] = 0;
	put(LAYOUT_COLLECT_DATA, &c, sizeof(c));
	put(LAYOUT_COLLECT_STUB, guest_stub_collect, guest_stub_collect_end - guest_stub_collect);
	cpu_set(REG_RSI, LAYOUT_COLLECT_DATA + offsetof(struct collected, cpuid.entry));
	cpu_set(REG_RDI, c.cpuid.count);
	cpu_set(REG_RBP, LAYOUT_COLLECT_DATA + offsetof(struct collected, fw_cfg));
	guest_phase = GUEST_COLLECTING;
	cpu_continue_at(LAYOUT_COLLECT_STUB);
}

static uint64_t split_u64(const uint8_t *bp, size_t low, size_t high)
{
	uint32_t lo, hi;

	memcpy(&lo, bp + low, sizeof(lo));
	memcpy(&hi, bp + high, sizeof(hi));
	return lo | (uint64_t)hi << 32;
}

static uint64_t cmdline_length(uint64_t gpa)
{
	char text[LAYOUT_CMDLINE_MAX + 2];

	get(gpa, text, sizeof(text));
	return strnlen(text, sizeof(text));
}

static void prepare_boot_params(struct launch_input *in)
{
	struct layout_e820 map[BP_E820_MAX];
	struct setup_data node = {
		.type = SNP_SETUP_CC_BLOB,
		.len = sizeof(node.cc_blob_address),
		.cc_blob_address = LAYOUT_CC_BLOB,
	};
	uint64_t node_gpa = LAYOUT_SETUP_DATA;
	uint8_t bp[SNP_PAGE_SIZE];
	unsigned int nr;
	const char *why;

	get(loader_boot_params, bp, sizeof(bp));
	in->initrd_gpa = split_u64(bp, BP_RAMDISK_IMAGE, BP_EXT_RAMDISK);
	in->initrd_len = split_u64(bp, BP_RAMDISK_SIZE, BP_EXT_RAMDISK + 4);
	in->cmdline_gpa = split_u64(bp, BP_CMDLINE, BP_EXT_CMDLINE);
	in->cmdline_len = cmdline_length(in->cmdline_gpa);

	if (bp[BP_E820_ENTRIES] > BP_E820_MAX)
		refuse("boot_params has too many memory ranges");
	memcpy(map, bp + BP_E820_TABLE, sizeof(map));
	nr = bp[BP_E820_ENTRIES];
	why = layout_e820_prepare(map, &nr, BP_E820_MAX);
	if (!why && guest_config.vmpl)
		why = layout_svsm_reserve(map, &nr, BP_E820_MAX,
					  in->initrd_len ? in->initrd_gpa : 0, &in->svsm_gpa);
	if (why)
		refuse(why);
	bp[BP_E820_ENTRIES] = nr;
	memcpy(bp + BP_E820_TABLE, map, sizeof(map));

	memcpy(&node.next, bp + SNP_BOOT_PARAMS_SETUP_DATA, sizeof(node.next));
	memcpy(bp + SNP_BOOT_PARAMS_SETUP_DATA, &node_gpa, sizeof(node_gpa));
	put_page(LAYOUT_SETUP_DATA, &node, sizeof(node));
	put_page(LAYOUT_BOOT_PARAMS, bp, sizeof(bp));
}

/* The vCPU gets exactly the state that the measured VMSA describes. */
static void __noreturn enter(const struct snp_vmsa *vmsa)
{
	int r;

	for (r = REG_RAX; r <= REG_R15; r++)
		cpu_set(r, 0);
	cpu_set(REG_RSI, vmsa->rsi);
	cpu_set(REG_CR0, vmsa->cr0);
	cpu_set(REG_CR2, vmsa->cr2);
	cpu_set(REG_CR3, vmsa->cr3);
	cpu_set(REG_CR4, vmsa->cr4);
	cpu_set(REG_EFER, vmsa->efer);
	cpu_set(REG_DS, vmsa->ds.selector);
	cpu_set(REG_ES, vmsa->es.selector);
	cpu_set(REG_FS, vmsa->fs.selector);
	cpu_set(REG_GS, vmsa->gs.selector);
	cpu_set(REG_SS, vmsa->ss.selector);
	cpu_set(REG_CS, vmsa->cs.selector);
	cpu_set(REG_EFLAGS, vmsa->rflags);
	cpu_continue_at(vmsa->rip);
}

void guest_loader_collected(void)
{
	struct launch_input in = { .ram_size = cpu_ram_size() };
	uint8_t svsm[SNP_PAGE_SIZE];
	static struct snp_vmsa vmsa;
	struct launch_plan plan;
	struct snp_cc_blob blob;
	struct collected c;
	const char *why;

	get(LAYOUT_COLLECT_DATA, &c, sizeof(c));
	cpuid_table = c.cpuid;
	cpuid_adapt(&cpuid_table, guest_config.cbit, GUEST_SEV_STATUS,
		    guest_config.vmpl);
	in.kernel_len = c.fw_cfg[0];

	prepare_boot_params(&in);
	why = layout_plan(&plan, &in);
	if (why)
		refuse(why);
	pad(LAYOUT_KERNEL + in.kernel_len);
	if (in.initrd_len)
		pad(in.initrd_gpa + in.initrd_len);
	pad(in.cmdline_gpa + in.cmdline_len);
	layout_cc_blob(&blob);
	put_page(LAYOUT_CC_BLOB, &blob, sizeof(blob));
	put_page(LAYOUT_SECRETS, "", 0);
	put_page(LAYOUT_CPUID, &cpuid_table, sizeof(cpuid_table));
	if (in.svsm_gpa) {
		layout_svsm(svsm);
		put_page(in.svsm_gpa, svsm, sizeof(svsm));
		put_page(LAYOUT_SVSM_CAA, "", 0);
	}
	layout_boot_vmsa(&vmsa, GUEST_SEV_FEATURES);
	guest_native_install();

	guest_launch(&plan, &vmsa);
	if (in.svsm_gpa)
		guest_svsm_launched(in.svsm_gpa);
	guest_phase = GUEST_RUNNING;
	enter(&vmsa);
}
