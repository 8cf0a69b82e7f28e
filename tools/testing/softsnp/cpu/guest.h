/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: the CPU model is the CPU, the hypervisor and the loader of one
 * SNP guest.  What its files share.
 */
#ifndef SOFTSNP_CPU_GUEST_H
#define SOFTSNP_CPU_GUEST_H

#include <snp/ghcb.h>
#include <snp/guest_pages.h>
#include <snp/rmp.h>

#include "asp.h"
#include "core.h"
#include "guest_layout.h"
#include "rmp_rules.h"

/* The guest's address space identifier; one guest, so any non-zero one. */
#define GUEST_ASID		1
/* What the hypervisor offers in the GHCB protocol. */
#define GUEST_GHCB_VERSION	2
#define GUEST_HV_FEATURES	(SNP_HV_FEATURE_SNP | SNP_HV_FEATURE_AP_CREATION | \
				 (guest_config.vmpl ? SNP_HV_FEATURE_MULTI_VMPL : 0))
#define GUEST_SEV_STATUS	(SNP_SEV_STATUS_SEV | SNP_SEV_STATUS_ES | SNP_SEV_STATUS_SNP | \
				 (guest_config.debug_swap ? SNP_SEV_STATUS_DEBUG_SWAP : 0) | \
				 (guest_config.secure_tsc ? SNP_SEV_STATUS_SECURE_TSC : 0))
#define GUEST_SEV_FEATURES	(GUEST_SEV_STATUS >> 2)

/**
 * struct guest_config - the role's arguments
 * @product: processor line
 * @cbit: position of the C-bit
 * @check: check every memory access against the page states
 * @intercept_tsc: RDTSC and RDTSCP raise #VC
 * @mmio_vc: accesses to devices raise #VC
 * @debug_swap: the guest has debug registers of its own: no exits for DR7
 * @secure_tsc: the guest has Secure TSC
 * @certs: give certificates along with reports
 * @vtpm: socket of a TPM 2.0 that the SVSM gives the guest; NULL: none
 * @vmpl: the guest runs at this VMPL, under an SVSM; 0: at VMPL0, without
 * @pki_dir: keys of the part, for the firmware model; NULL: none
 * @launch_dir: where to describe what was launched; NULL: nowhere
 */
struct guest_config {
	enum asp_product product;
	unsigned int cbit;
	bool check;
	bool intercept_tsc;
	bool mmio_vc;
	bool debug_swap;
	bool secure_tsc;
	bool certs;
	const char *vtpm;
	unsigned int vmpl;
	const char *pki_dir;
	const char *launch_dir;
};

extern struct guest_config guest_config;

static inline uint64_t guest_cbit_mask(void)
{
	return 1ULL << guest_config.cbit;
}

enum guest_phase {
	GUEST_FIRMWARE,		/* BIOS and boot loader run, not as a guest of ours */
	GUEST_COLLECTING,	/* the loader's stub looks at the machine */
	GUEST_RUNNING,
};

extern enum guest_phase guest_phase;

/* A GHCB exit in progress: what was copied out of the page, once. */
struct guest_exit {
	uint64_t ghcb_gpa;
	uint64_t resume_pc;
	struct snp_ghcb in;
	uint64_t rax, rbx, rcx, rdx;
	uint64_t info1, info2;
};

/* Instructions that the hypervisor executes natively for the guest. */
enum native_op {
	NATIVE_IN8, NATIVE_IN16, NATIVE_IN32,
	NATIVE_OUT8, NATIVE_OUT16, NATIVE_OUT32,
	NATIVE_INS8, NATIVE_INS16, NATIVE_INS32,
	NATIVE_OUTS8, NATIVE_OUTS16, NATIVE_OUTS32,
	NATIVE_RDMSR, NATIVE_WRMSR, NATIVE_RDTSC, NATIVE_RDTSCP, NATIVE_PARK,
	NATIVE_OPS,
};

struct native_regs {
	uint64_t rax, rcx, rdx, rsi, rdi;
};

/**
 * struct guest_vcpu - one vCPU as the hypervisor knows it
 * @ghcb_msr: MSR 0xc0010130
 * @registered_gpa: the GHCB page that was registered, GHCB_NONE before
 * @dr7: what the guest last wrote
 * @vc_user: its last #VC came from user mode
 * @exit: the GHCB exit in progress
 * @native: the native stub runs
 * @native_done: what to do with the stub's result; does not return
 * @saved: registers that the stub displaced
 * @start_vmsa_gpa: VMSA to start from once INIT and SIPI arrived, or 0
 * @paging: CR0.PG, kept for the checker, which cannot read registers
 */
struct guest_vcpu {
	uint64_t ghcb_msr;
	uint64_t registered_gpa;
	uint64_t dr7;
	bool vc_user;
	struct guest_exit exit;
	bool native;
	void (*native_done)(unsigned int vcpu, const struct native_regs *r);
	struct {
		uint64_t gpr[16];
		uint64_t cr3;
		uint64_t flags;
	} saved;
	uint64_t start_vmsa_gpa;
	bool paging;
};

#define GHCB_NONE	(~0ULL)

extern struct guest_vcpu guest_vcpus[CPU_MAX];
void guest_vcpu_reset(unsigned int vcpu);
/* GHCB MSR as at reset, and as the answer to the request for SEV information. */
void guest_vcpu_reset_msr(struct guest_vcpu *v);

/* guest_loader.c */
bool guest_loader_wants(const struct insn *in);
void guest_loader_exec(unsigned int vcpu, const struct insn *in);
void __noreturn guest_loader_collected(void);
const struct snp_cpuid_page *guest_cpuid_table(void);

/* guest_launch.c: the firmware's part of the hypervisor. */
/**
 * guest_launch() - launch the guest through the firmware model
 * @plan: what to launch; every page of it is in RAM except the VMSA
 * @vmsa: boot CPU
 *
 * Stops the machine when the firmware refuses anything.
 */
void guest_launch(const struct launch_plan *plan, const struct snp_vmsa *vmsa);
/* Hand a request page to the firmware; returns its status. */
uint32_t guest_firmware_request(const void *request, void *response);

/* guest_vc.c */
bool guest_vc_intercepts(const struct insn *in);
void guest_vc_exec(unsigned int vcpu, const struct insn *in);

/* guest_mmio.c; see struct cpu_role for the callbacks. */
void guest_mmio_reset(unsigned int vcpu);
bool guest_mmio_wants(const struct insn *in);
void guest_mmio_exec(unsigned int vcpu, const struct insn *in);
bool guest_mmio_alone(unsigned int vcpu, const struct insn *in);
void guest_mmio_native(unsigned int vcpu, const struct insn *in);
void guest_mmio_diverted(unsigned int vcpu, uint64_t from, uint64_t to);

/* guest_msrproto.c */
void __noreturn guest_msr_protocol(unsigned int vcpu, uint64_t resume_pc);
void __noreturn guest_terminate(unsigned int vcpu, unsigned int set, unsigned int reason,
				uint64_t detail);

/* guest_ghcb.c */
void __noreturn guest_vmgexit(unsigned int vcpu, const struct insn *in);
/* Ways to end an exit. */
void __noreturn guest_exit_done(struct guest_vcpu *v);
void __noreturn guest_exit_malformed(struct guest_vcpu *v, uint32_t reason);
void __noreturn guest_exit_exception(struct guest_vcpu *v, unsigned int vector);
/* Where SW_SCRATCH points in the shared buffer, or does not return. */
size_t guest_exit_scratch(struct guest_vcpu *v, size_t len);
bool guest_exit_valid(const struct guest_vcpu *v, size_t bit);

/* guest_io.c: IOIO, MSR and MMIO exits. */
void __noreturn guest_exit_ioio(unsigned int vcpu);
void __noreturn guest_exit_msr(unsigned int vcpu);
void __noreturn guest_exit_mmio(unsigned int vcpu, bool write);
void __noreturn guest_exit_tsc(unsigned int vcpu, bool rdtscp);

/* guest_tsc.c: Secure TSC. */
bool guest_tsc_measure(void);
/* The firmware has made the secrets page, and the guest has not run yet. */
void guest_tsc_launched(void);
/* What MSR GUEST_TSC_FREQ reads as. */
uint64_t guest_tsc_freq(void);

/* guest_request.c */
void __noreturn guest_exit_request(unsigned int vcpu, bool extended);

/* guest_certs.c: the host's certificate table; nothing of it without certs=1. */
bool guest_certs_load(void);
/* How many pages it needs; write it to as many adjacent shared pages. */
uint64_t guest_certs_pages(void);
void guest_certs_write(uint64_t gpa);
/* The table itself; 0 bytes without certs=1. */
const void *guest_certs_table(size_t *len);

/* guest_stub.S */
extern const uint8_t guest_stub_collect[], guest_stub_collect_end[];
extern const uint8_t guest_stub_native[], guest_stub_native_end[];
extern const uint8_t guest_stub_ap[], guest_stub_ap_end[];

/* guest_native.c */
void guest_native_install(void);
void __noreturn guest_native_run(unsigned int vcpu, enum native_op op, const struct native_regs *in,
				 void (*done)(unsigned int vcpu, const struct native_regs *r));
void __noreturn guest_native_marker(unsigned int vcpu);
/* Halt until another vCPU starts this one. */
void __noreturn guest_native_park(unsigned int vcpu);

/* guest_ap.c */
void __noreturn guest_exit_ap_creation(unsigned int vcpu);
bool guest_ap_wants(const struct insn *in);
void guest_ap_exec(unsigned int vcpu);
/* VMSA that a vCPU runs from, 0: it does not run. */
uint64_t guest_ap_vmsa(unsigned int vcpu);
/* Does any vCPU run from it? */
bool guest_ap_runs_from(uint64_t vmsa_gpa);

/* guest_pages.c */
void guest_pages_init(void);
const struct rmp_store *guest_rmp(void);
/* All entries to the hypervisor's; does the RMP cover a frame. */
void guest_pages_clear(void);
bool guest_page_covered(uint64_t pfn);
bool guest_page_is_ram(uint64_t gpa);
/* RAM, and the legacy video memory and BIOS ranges inside it. */
bool guest_page_has_state(uint64_t gpa);
bool guest_page_shared(uint64_t gpa);
/* Low quadword of the entry that governs a frame, without a lock: the checker. */
uint64_t guest_page_entry(uint64_t gpa);
/* Page state changes; false: not RAM. */
bool guest_page_make_private(uint64_t gpa, bool size_2m);
bool guest_page_make_shared(uint64_t gpa, bool size_2m);
/* Validated: TCG shall see the page as it is under both its names, or as zeros. */
void guest_page_rewrite(uint64_t gpa, bool size_2m, bool zero);
/* Instructions of software at @vmpl; PVALIDATE at VMPL0.  False: nested page fault. */
bool guest_page_pvalidate(uint64_t gpa, bool size_2m, bool validate, uint32_t *eax, bool *carry);
bool guest_page_rmpadjust(uint64_t gpa, bool size_2m, unsigned int vmpl, uint64_t rdx,
			  uint32_t *eax);
bool guest_page_rmpquery(uint64_t gpa, unsigned int vmpl, uint64_t rdx, struct rmp_query *q,
			 uint32_t *eax);
/* May software at @vmpl do all of @perms (RMP_PERM_*) with a page of the guest. */
bool guest_page_permitted(uint64_t gpa, unsigned int vmpl, uint64_t perms);
/* Window of host memory behind guest RAM, for what the firmware works on. */
#define GUEST_WINDOW_SPA	0x10000000000ULL
#define GUEST_WINDOW_PAGES	16
void *guest_spa(uint64_t spa, size_t len);

/* guest_insn.c */
void guest_pvalidate(unsigned int vcpu, const struct insn *in);
void guest_rmpadjust(unsigned int vcpu, const struct insn *in);
void guest_rmpquery(unsigned int vcpu, const struct insn *in);
/* The machine stops: a hypervisor has nothing to resolve here. */
void __noreturn guest_nested_fault(const char *insn, uint64_t va, uint64_t gpa, uint64_t pc);

/* guest_svsm.c: the SVSM at VMPL0, which is there when the guest's VMPL is not 0. */
/**
 * guest_svsm_launched() - the SVSM's own start, before the guest's
 * @svsm_gpa: its memory
 *
 * The guest gets access to all memory but the SVSM's, and a secrets page
 * without the keys of more privileged VMPLs.
 */
void guest_svsm_launched(uint64_t svsm_gpa);
/**
 * guest_svsm_run() - the hypervisor runs a vCPU at VMPL0 until the SVSM gives it back
 * @vcpu: the vCPU; its registers are those of the call
 */
void guest_svsm_run(unsigned int vcpu);
/* Connect to the TPM of vtpm=; false after a log line. */
bool guest_svsm_vtpm_connect(void);
/* A vCPU starts from a VMSA: it is told when the SVSM knows it as another's. */
void guest_svsm_vcpu_starts(unsigned int vcpu, uint64_t vmsa_gpa);

/* guest_check.c */
void guest_check_enable(void);
void guest_check_access(unsigned int vcpu, uint64_t insn_va, uint64_t va, uint64_t pa,
			size_t len, bool store);
void guest_check_note(uint64_t gpa, const char *what);
/* CR0 is about to be written. */
void guest_check_cr0(unsigned int vcpu, const struct insn *in);
void guest_check_exit(void);

/* guest_secrets.c: what must never be seen in shared memory. */
struct snp_msg;
/* The guest has been launched: its message keys are known. */
void guest_secrets_launched(void);
/* The firmware has answered a message. */
void guest_secrets_note(const struct snp_msg *response);
/* Stops the machine when a secret stands in the page, or in any shared page. */
void guest_secrets_search_page(uint64_t gpa);
void guest_secrets_search(void);
/* Message keys as they were at launch, counters as the firmware has them. */
void guest_secrets_restore_keys(void);

/*
 * guest_control.c: ports for the tests that run inside the guest.  Commands go
 * to the first, a byte at a time; nothing happens at the second.
 */
#define GUEST_PORT_CONTROL	0x5e50
#define GUEST_PORT_PROBE	0x5e51
#define GUEST_PROBE_VALUE	0x5a
struct ioio;
/* Does not return when the port is one of the two. */
void guest_control_port(unsigned int vcpu, const struct ioio *io);

#endif /* SOFTSNP_CPU_GUEST_H */
