// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: arguments and dispatch.
 *
 * What the role does not model:
 *  - memory encryption; a page that changes its state loses its content, that
 *    is all
 *  - nested page tables: a nested page fault that a hypervisor could not
 *    resolve stops the machine; without mmio-vc=1 devices answer MMIO without
 *    a #VC
 *  - page states of instruction fetches, page walks, and, without check=1, of
 *    loads and stores
 *  - the SVSM as software: the model plays it (guest_svsm.c), and its vCPU at
 *    VMPL0 has no VMSA; the guest uses one VMPL
 *  - x2APIC and Secure AVIC, restricted injection, ID blocks, AP creation on INIT
 *  - arithmetic flags and DF in the frame of a #VC: the plugin interface cannot
 *    read them in the middle of a block, so they are clear there.  Compilers
 *    keep none across an intercepted instruction.  (guest_mmio.c has them.)
 *  - NMIs during port and MSR exits: these are executed on the guest's CPU with
 *    page tables that do not map its IDT, so the machine shuts down
 *  - IDTR, GDTR and TR after a reset of the machine: a guest is launched once
 */
#include <string.h>

#include "guest_fault.h"

struct guest_config guest_config;
enum guest_phase guest_phase;
struct guest_vcpu guest_vcpus[CPU_MAX];

void guest_vcpu_reset_msr(struct guest_vcpu *v)
{
	v->ghcb_msr = SNP_GHCB_MSR_SEV_INFO_RESP |
		      FIELD_PREP(SNP_GHCB_SEV_INFO_MAX, (uint64_t)GUEST_GHCB_VERSION) |
		      FIELD_PREP(SNP_GHCB_SEV_INFO_MIN, 1ULL) |
		      FIELD_PREP(SNP_GHCB_SEV_INFO_CBIT, (uint64_t)guest_config.cbit);
}

void guest_vcpu_reset(unsigned int vcpu)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];

	memset(v, 0, sizeof(*v));
	memset(cpu_tables(vcpu), 0, sizeof(struct cpu_tables));
	v->registered_gpa = GHCB_NONE;
	v->dr7 = LAYOUT_DR7_RESET;
	guest_vcpu_reset_msr(v);
	seen_flush(cpu_seen(vcpu));
	guest_mmio_reset(vcpu);
}

/* 1: taken, 0: not a plain switch, text or number, -1: wrong */
static int take_plain_arg(const char *arg)
{
	struct guest_config *c = &guest_config;
	const struct {
		const char *name;
		bool *value;
	} switches[] = {
		{ "check", &c->check },
		{ "intercept-tsc", &c->intercept_tsc },
		{ "mmio-vc", &c->mmio_vc },
		{ "debug-swap", &c->debug_swap },
		{ "secure-tsc", &c->secure_tsc },
		{ "certs", &c->certs },
	};
	const struct {
		const char *name;
		const char **value;
	} texts[] = {
		{ "vtpm", &c->vtpm },
		{ "pki", &c->pki_dir },
		{ "launch", &c->launch_dir },
	};
	const struct {
		const char *name;
		uint64_t min;
		uint64_t max;
		unsigned int *value;
	} numbers[] = {
		{ "cbit", 32, 51, &c->cbit },
		{ "vmpl", 0, 3, &c->vmpl },
	};
	const char *v;
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		v = cpu_arg(arg, switches[i].name);
		if (!v)
			continue;
		if (!cpu_arg_u64(switches[i].name, v, 0, 1, &n))
			return -1;
		*switches[i].value = n;
		return 1;
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		v = cpu_arg(arg, texts[i].name);
		if (!v)
			continue;
		*texts[i].value = v;
		return 1;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		v = cpu_arg(arg, numbers[i].name);
		if (!v)
			continue;
		if (!cpu_arg_u64(numbers[i].name, v, numbers[i].min, numbers[i].max, &n))
			return -1;
		*numbers[i].value = n;
		return 1;
	}
	return 0;
}

static int take_arg(const char *arg)
{
	const char *value, *wrong;
	int taken;

	taken = take_plain_arg(arg);
	if (taken)
		return taken < 0 ? -1 : 0;
	value = cpu_arg(arg, "profile");
	if (value) {
		if (asp_product_find(value, &guest_config.product))
			return 0;
		cpu_log("guest: profile=%s: there are milan, genoa and turin", value);
		return -1;
	}
	value = cpu_arg(arg, "fault");
	if (value) {
		wrong = guest_fault_arm(value);
		if (wrong)
			cpu_log("guest: fault=%s: %s", value, wrong);
		return wrong ? -1 : 0;
	}
	cpu_log("guest: unknown argument %s", arg);
	return -1;
}

static int role_init(int argc, char **argv)
{
	unsigned int vcpu;
	int i;

	for (i = 0; i < argc; i++)
		if (take_arg(argv[i]))
			return -1;
	if (!guest_config.cbit) {
		cpu_log("guest: argument cbit= is missing");
		return -1;
	}
	if (!cpu_ram_size() || cpu_ram_size() > 1ULL << 31) {
		cpu_log("guest: argument ram-fd= with at most 2 GiB of RAM is needed");
		return -1;
	}
	if (guest_config.certs && !guest_certs_load())
		return -1;
	if (guest_config.secure_tsc && guest_config.intercept_tsc) {
		cpu_log("guest: secure-tsc=1: the TSC of such a guest is not intercepted");
		return -1;
	}
	if (guest_config.secure_tsc && !guest_tsc_measure())
		return -1;
	if (guest_config.vtpm && !guest_config.vmpl) {
		cpu_log("guest: vtpm= needs an SVSM (vmpl=)");
		return -1;
	}
	if (guest_config.vtpm && !guest_svsm_vtpm_connect())
		return -1;
	guest_pages_init();
	for (vcpu = 0; vcpu < CPU_MAX; vcpu++)
		guest_vcpu_reset(vcpu);
	if (guest_config.check)
		guest_check_enable();
	if (guest_config.mmio_vc)
		cpu_watch_devices();
	return 0;
}

static bool role_wants(const struct insn *in)
{
	switch (in->kind) {
	case INSN_VMGEXIT:
	case INSN_PVALIDATE:
	case INSN_RMPADJUST:
	case INSN_RMPQUERY:
		return true;
	case INSN_CR0_WRITE:
	case INSN_TLB_FLUSH:
		return guest_config.check;
	default:
		return guest_vc_intercepts(in) || guest_loader_wants(in) || guest_ap_wants(in) ||
		       guest_fault_inject_wants(in) || guest_mmio_wants(in);
	}
}

static void role_exec(unsigned int vcpu, const struct insn *in)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];

	if (guest_phase == GUEST_FIRMWARE) {
		if (guest_loader_wants(in))
			guest_loader_exec(vcpu, in);
		return;
	}
	if (guest_phase == GUEST_COLLECTING) {
		if (in->kind == INSN_VMGEXIT)
			guest_loader_collected();
		return;
	}
	if (guest_ap_wants(in))
		guest_ap_exec(vcpu);
	guest_fault_inject_exec(in);
	if (v->native) {
		if (in->kind == INSN_VMGEXIT)
			guest_native_marker(vcpu);
		return;
	}
	switch (in->kind) {
	case INSN_VMGEXIT:
		guest_vmgexit(vcpu, in);
	case INSN_PVALIDATE:
		guest_pvalidate(vcpu, in);
		break;
	case INSN_RMPADJUST:
		guest_rmpadjust(vcpu, in);
		break;
	case INSN_RMPQUERY:
		guest_rmpquery(vcpu, in);
		break;
	case INSN_CR0_WRITE:
		guest_check_cr0(vcpu, in);
		break;
	case INSN_TLB_FLUSH:
		seen_flush(cpu_seen(vcpu));
		break;
	default:
		if (guest_vc_intercepts(in))
			guest_vc_exec(vcpu, in);
		else if (guest_config.mmio_vc)
			guest_mmio_exec(vcpu, in);
	}
}

static void role_exit(void)
{
	guest_secrets_search();
	if (guest_config.check)
		guest_check_exit();
}

const struct cpu_role guest_role = {
	.name = "guest",
	.init = role_init,
	.wants = role_wants,
	.exec = role_exec,
	.access = guest_check_access,
	.alone = guest_mmio_alone,
	.device = guest_mmio_native,
	.diverted = guest_mmio_diverted,
	.exit = role_exit,
};
