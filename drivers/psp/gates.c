// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has to be true before SNP is brought up, apart from the MSRs of each
 * CPU (cpus.c).  AMD64 APM volume 2 (24593) 15.36, SNP firmware ABI (AMD
 * 56860), SNP_INIT_EX.
 *
 * A gate that fails says what was checked, what was seen, what is needed, and
 * what to do next.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/ioport.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>

#include <compat/cpuid.h>
#include <compat/host.h>

#include "asid.h"
#include "psp.h"

#define CPUID_SEV			0x8000001f
#define CPUID_SEV_EAX_SNP		BIT(4)
#define CPUID_SEV_EAX_RMPREAD		BIT(21)

#define FAMILY_ZEN3_ZEN4		0x19

#define FW_API(major, minor)		((major) << 8 | (minor))
#define FW_API_SNP			FW_API(1, 51)
#define FW_API_INIT_EX			FW_API(1, 52)

static bool require_alias_check;
module_param(require_alias_check, bool, 0444);
MODULE_PARM_DESC(require_alias_check,
		 "bring SNP up only when the firmware says ALIAS_CHECK_COMPLETE (BadRAM, AMD-SB-3015; default no)");

static bool unprepared_kernel;
module_param(unprepared_kernel, bool, 0444);
MODULE_PARM_DESC(unprepared_kernel,
		 "set SNPEn on a kernel that has not prepared itself for SNP guests; not for production (default no)");

/**
 * psp_refuse() - a gate has failed: log it and keep it for sysfs
 * @psp: the AMD-SP
 * @checked: what was checked
 * @needed: the value needed
 * @next: what the administrator can do
 * @seen: format of the value seen
 *
 * Return: -EOPNOTSUPP.
 */
int psp_refuse(struct psp *psp, const char *checked, const char *needed,
	       const char *next, const char *seen, ...)
{
	struct va_format vaf = { .fmt = seen };
	va_list args;

	va_start(args, seen);
	vaf.va = &args;
	scnprintf(psp->reason, sizeof(psp->reason), "%s: seen %pV, needed %s; next step: %s",
		  checked, &vaf, needed, next);
	va_end(args);
	dev_err(&psp->pdev->dev, "SNP is not brought up: %s\n", psp->reason);
	return -EOPNOTSUPP;
}

/**
 * psp_gate_kernel() - may this kernel bring SNP up
 * @psp: the AMD-SP
 *
 * A crash kernel has little memory of its own, and the RMP describes that of
 * the kernel before.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int psp_gate_kernel(struct psp *psp)
{
	if (is_kdump_kernel())
		return psp_refuse(psp, "kernel", "one that is not a crash kernel",
				  "none: SNP comes back with the next boot",
				  "a crash kernel (elfcorehdr=)");
	return 0;
}

/**
 * psp_gate_prepared() - has this kernel prepared itself for hosting SNP guests
 * @psp: the AMD-SP
 * @enabled: SYSCFG.SNPEn is set already: whoever did it has decided
 *
 * Only a reset clears SNPEn, so a kernel that would go without its workarounds
 * and its SNP set-up of the IOMMU, which SNP_INIT_EX asks for, is not to get it.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int psp_gate_prepared(struct psp *psp, bool enabled)
{
	if (enabled || compat_kernel_hosts_snp())
		return 0;
	if (!unprepared_kernel)
		return psp_refuse(psp, "the kernel's set-up for SNP hosts (CC_ATTR_HOST_SEV_SNP)",
				  "done at boot",
				  "boot Linux 6.9 or later with KVM_AMD_SEV and with the IOMMU on, not in passthrough mode, and look for SNP in dmesg",
				  "not done");
	dev_warn(&psp->pdev->dev,
		 "SNPEn is set on a kernel that is not prepared for it (unprepared_kernel=1)\n");
	return 0;
}

/**
 * psp_gate_cpu() - is this a processor that can host SNP guests
 * @psp: the AMD-SP
 *
 * The raw CPUID leaf is asked, because the kernel clears feature flags for
 * reasons of its own.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int psp_gate_cpu(struct psp *psp)
{
	u32 eax;

	if (boot_cpu_data.x86_vendor != X86_VENDOR_AMD)
		return psp_refuse(psp, "CPU vendor", "AuthenticAMD", "use an AMD EPYC host", "%s",
				  boot_cpu_data.x86_vendor_id);
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return psp_refuse(psp, "CPUID 1 ECX bit 31 (hypervisor)", "0",
				  "run on the host itself, not in a virtual machine", "1");

	eax = cpuid_eax(0x80000000) >= CPUID_SEV ? cpuid_eax(CPUID_SEV) : 0;
	if (!(eax & CPUID_SEV_EAX_SNP))
		return psp_refuse(psp, "CPUID 8000_001F EAX", "bit 4 (SNP) set",
				  "enable SNP in the BIOS; Zen 3 EPYC or later is required",
				  "%#010x", eax);
	if (boot_cpu_data.x86 != FAMILY_ZEN3_ZEN4 && !(eax & CPUID_SEV_EAX_RMPREAD))
		return psp_refuse(psp, "CPU family",
				  "0x19, or CPUID 8000_001F EAX bit 21 (RMPREAD)",
				  "none: the RMP format of this processor is not architectural",
				  "%#x without RMPREAD", boot_cpu_data.x86);
	if (!psp_asid_max())
		return psp_refuse(psp, "CPUID 8000_001F ECX (ASIDs), EDX (lowest without SEV-ES)",
				  "EDX > 1: ASIDs for SNP guests",
				  "raise the limit of SEV-ES ASIDs in the BIOS", "%u, %u",
				  cpuid_ecx(CPUID_SEV), cpuid_edx(CPUID_SEV));
	return 0;
}

struct coverage {
	struct psp *psp;
	u64 missing_pfn;
};

static int check_covered(struct resource *res, void *arg)
{
	u64 first = PHYS_PFN(res->start), last = PHYS_PFN(res->end);
	struct coverage *c = arg;

	return rmp_covers(&c->psp->rmp, first, last - first + 1, &c->missing_pfn) ? 0 : 1;
}

/*
 * The kernel must not use the table's own memory, nor what is left of the
 * 2 MiB blocks at its ends: a large mapping there would cross into the table.
 */
static bool table_in_ram(u64 base, u64 len)
{
	u64 first = round_down(base, SZ_2M), end = round_up(base + len, SZ_2M);

	return region_intersects(first, end - first, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
	       REGION_DISJOINT;
}

static int check_reserved(struct psp *psp)
{
	static const char next[] =
		"update the BIOS, or reserve the range at boot (memmap=SIZE$START)";
	const struct rmp_table *t = &psp->rmp;
	unsigned int i;
	u64 base, len;

	base = t->layout.base;
	len = t->head_size;
	for (i = 0;; i++) {
		if (table_in_ram(base, len))
			return psp_refuse(psp, "memory of the RMP",
					  "reserved, whole 2 MiB blocks", next,
					  "%#llx-%#llx in use as RAM", base, base + len - 1);
		while (i < t->nr_segments && !t->segment[i].seg.nr_frames)
			i++;
		if (i >= t->nr_segments)
			return 0;
		base = t->segment[i].seg.base;
		len = t->segment[i].seg.nr_frames * SNP_RMP_ENTRY_SIZE;
	}
}

/**
 * psp_gate_rmp() - find and map the RMP, check its place and its coverage
 * @psp: the AMD-SP; on success @psp->rmp is mapped and the caller unmaps it
 *
 * Context: may sleep; the CPUs have been found to agree on the MSRs.
 * Return: 0, -EOPNOTSUPP, -ENOMEM.
 */
int psp_gate_rmp(struct psp *psp)
{
	struct coverage c = { .psp = psp };
	struct rmp_msrs msrs;
	const char *why;
	int err;

	rmp_read_msrs(&msrs);
	err = rmp_map(&psp->rmp, &msrs, &why);
	if (err == -ENXIO)
		return psp_refuse(psp, "RMP range", "a usable table",
				  "enable SNP memory (RMP table) coverage in the BIOS",
				  "RMP_BASE %#llx RMP_END %#llx RMP_CFG %#llx (%s)",
				  msrs.base, msrs.end, msrs.cfg, why);
	if (err)
		return err;

	err = check_reserved(psp);
	if (err)
		goto unmap;

	/* One piece has an entry for each of its own frames, too. */
	if (!psp->rmp.layout.segmented &&
	    !rmp_covers(&psp->rmp, PHYS_PFN(psp->rmp.msrs.base),
			PHYS_PFN(psp->rmp.msrs.end) + 1 - PHYS_PFN(psp->rmp.msrs.base),
			&c.missing_pfn)) {
		err = psp_refuse(psp, "RMP coverage", "an entry for every page of the RMP itself",
				 "raise the RMP coverage in the BIOS",
				 "no entry for address %#llx", c.missing_pfn << PAGE_SHIFT);
		goto unmap;
	}

	if (walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				0, -1, &c, check_covered) > 0) {
		err = psp_refuse(psp, "RMP coverage", "an entry for every page of RAM",
				 "raise the RMP coverage in the BIOS, or limit RAM with mem=",
				 "no entry for address %#llx", c.missing_pfn << PAGE_SHIFT);
		goto unmap;
	}
	return 0;

unmap:
	rmp_unmap(&psp->rmp);
	return err;
}

/* Whoever brought SNP up has not taken it down: a module before this one, or a kernel. */
static int refuse_snp_up(struct psp *psp, const char *seen)
{
	return psp_refuse(psp, "SNP platform state", "0 (UNINIT)",
			  "shut SNP down in the driver that started it, or reboot", "%s", seen);
}

/**
 * psp_gate_firmware() - is the firmware new enough and idle
 * @psp: the AMD-SP
 *
 * Context: may sleep; @psp->lock held.
 * Return: 0, -EOPNOTSUPP, or an error of the mailbox.
 */
int psp_gate_firmware(struct psp *psp)
{
	static const char update[] = "update the SEV firmware";
	static const char page_state[] = "INVALID_PAGE_STATE for an ordinary page, so INIT";
	struct snp_fw_platform_status legacy;
	struct snp_fw_snp_status st;
	unsigned int api;
	u32 status = 0;
	int err;

	err = psp_platform_status(psp, &legacy, &status);
	if (err == -EIO && status == SNP_FW_INVALID_PAGE_STATE)
		return refuse_snp_up(psp, page_state);
	if (err == -EIO)
		return psp_refuse(psp, "PLATFORM_STATUS", "SUCCESS", update, "%s (%#x)",
				  snp_fw_status_name(status), status);
	if (err)
		return err;
	api = FW_API(legacy.api_major, legacy.api_minor);
	if (api < FW_API_SNP)
		return psp_refuse(psp, "firmware API version", "1.51 for SNP", update,
				  "%u.%u", legacy.api_major, legacy.api_minor);
	if (api < FW_API_INIT_EX)
		return psp_refuse(psp, "firmware API version", "1.52 for SNP_INIT_EX", update,
				  "%u.%u", legacy.api_major, legacy.api_minor);
	if (legacy.state != SNP_SEV_STATE_UNINIT)
		return psp_refuse(psp, "SEV platform state", "0 (UNINIT): SNP has to come first",
				  "shut SEV down in the driver that started it, or reboot",
				  "%u", legacy.state);

	err = psp_snp_status(psp, &st, &status);
	if (err == -EIO && status == SNP_FW_INVALID_PAGE_STATE)
		return refuse_snp_up(psp, page_state);
	if (err == -EIO)
		return psp_refuse(psp, "SNP_PLATFORM_STATUS", "SUCCESS", update, "%s (%#x)",
				  snp_fw_status_name(status), status);
	if (err)
		return err;
	if (st.state != SNP_STATE_UNINIT)
		return refuse_snp_up(psp, "not UNINIT");
	if (require_alias_check && !(st.init_flags & SNP_STATUS_ALIAS_CHECK))
		return psp_refuse(psp, "ALIAS_CHECK_COMPLETE (require_alias_check=1)", "1",
				  "update the BIOS, and see AMD-SB-3015", "0");
	return 0;
}
