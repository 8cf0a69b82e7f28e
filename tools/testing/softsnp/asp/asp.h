/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-SP firmware model: platform, guest contexts, launch, guest messages,
 * reports.  SEV API (55766), SNP firmware ABI (56860).
 *
 * A library without I/O of its own.  System memory, the RMP and the state of
 * the cores are reached through callbacks, so that the same model serves the
 * AMD-SP process (host role), the CPU model (guest role) and unit tests.
 * Not thread safe: one command at a time, as the mailbox has it.
 */
#ifndef SOFTSNP_ASP_H
#define SOFTSNP_ASP_H

#include <snp/fw.h>
#include <snp/report.h>

#include "rmp_rules.h"

struct asp;

/**
 * struct asp_ops - what the model asks of the world
 * @opaque: handed to every function
 * @mem_read: read @len bytes of system memory at @spa; -1 if not memory
 * @mem_write: likewise write
 * @rmp: the RMP entries
 * @rmp_init: set every entry to HV (INIT_RMP=1), entries of the table itself
 *	to FW; -1 if there is no usable RMP
 * @rmp_covered: is the frame covered by the RMP
 * @config_ok: do all cores have the configuration that SNP_INIT wants (SYSCFG,
 *	HSAVE_PA, SMMLOCK, equal RMP MSRs); NULL when unknowable.  On false
 *	*why names the first thing wrong.
 * @wbinvd_done: has every core executed WBINVD since the last call of
 *	@wbinvd_arm; NULL: assume so
 * @wbinvd_arm: start watching for WBINVD; may be NULL
 * @snp_disable: clear SNPEn on all cores; NULL: the part has no X86_SNP_SHUTDOWN
 * @apic_exists: is there a core with this APIC id; NULL: unknowable, every id is good
 * @now_ms: a clock that never goes back, for the limit on guest messages; NULL: no limit
 * @log: one line of explanation, no newline; may be NULL
 */
struct asp_ops {
	void *opaque;
	int (*mem_read)(void *opaque, uint64_t spa, void *buf, size_t len);
	int (*mem_write)(void *opaque, uint64_t spa, const void *buf, size_t len);
	struct rmp_store rmp;
	int (*rmp_init)(void *opaque);
	bool (*rmp_covered)(void *opaque, uint64_t pfn);
	bool (*config_ok)(void *opaque, const char **why);
	bool (*wbinvd_done)(void *opaque);
	void (*wbinvd_arm)(void *opaque);
	void (*snp_disable)(void *opaque);
	bool (*apic_exists)(void *opaque, uint32_t apic_id);
	uint64_t (*now_ms)(void *opaque);
	void (*log)(void *opaque, const char *line);
};

/* Processor lines.  TCB layout, CPUID signature and chip id length follow. */
enum asp_product { ASP_MILAN, ASP_GENOA, ASP_TURIN };

/* Abilities of the part that FEATURE_INFO or the policy check depend on. */
#define ASP_FEATURE_RAPL_DIS		BIT(0)	/* SNP_INIT_EX can turn RAPL off */
#define ASP_FEATURE_CIPHERTEXT_HIDING	BIT(1)	/* and ciphertext hiding on */
#define ASP_FEATURE_AES_256_XTS		BIT(2)	/* memory is encrypted with 256-bit keys */
#define ASP_FEATURE_CXL			BIT(3)	/* CXL memory is attached */

/**
 * struct asp_config - what the part is
 * @product: processor line
 * @api_major: ABI of the firmware that runs at power-on, 1
 * @api_minor: likewise; decides which commands exist, what a report looks like (version 2
 *	below 56, 3 from 56, 5 from 58 on) and which policy bits are known
 * @build: its build
 * @committed_major: ABI of the committed firmware; 0: the firmware at power-on is committed
 * @committed_minor: likewise
 * @committed_build: its build
 * @current_tcb: TCB that runs
 * @committed_tcb: TCB below which no firmware can be loaded
 * @reported_tcb: TCB that reports name and the VCEK is made for; 0: the committed one
 * @launch_tcb: TCB that guests are recorded to be launched with; 0: what runs at
 *	LAUNCH_START, as on hardware
 * @mit_supported: mitigation vector, what the firmware knows of
 * @mit_verified: mitigation vector, what has been verified at power-on
 * @features: ASP_FEATURE_*
 * @cbit: position of the C-bit, masked off every address
 * @cpuid_fms: CPUID Fn1 EAX of the part, for secrets page and report
 * @max_asid: highest ASID that SNP guests may use
 * @platform_info: PLATFORM_INFO of reports at power-on
 * @chip_id: as reports carry it; all zero: what @pki_dir says
 * @pki_dir: directory with vcek.key, chip_id and so on as made by softsnp-pki; NULL: no
 *	VCEK, reports and keys that need it answer INVALID_KEY
 * @seed: non-zero makes VMPCKs and report ids deterministic
 * @msg_burst: messages that a guest can send in one go; 0: no limit
 * @msg_interval_ms: time after which it may send one more
 * @tsc_khz: frequency of the part's TSC; 0: no Secure TSC
 */
struct asp_config {
	enum asp_product product;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	uint8_t committed_major;
	uint8_t committed_minor;
	uint8_t committed_build;
	uint64_t current_tcb;
	uint64_t committed_tcb;
	uint64_t reported_tcb;
	uint64_t launch_tcb;
	uint64_t mit_supported;
	uint64_t mit_verified;
	unsigned int features;
	unsigned int cbit;
	uint32_t cpuid_fms;
	uint32_t max_asid;
	uint64_t platform_info;
	uint8_t chip_id[64];
	const char *pki_dir;
	uint64_t seed;
	unsigned int msg_burst;
	unsigned int msg_interval_ms;
	uint32_t tsc_khz;
};

/**
 * asp_config_default() - a part with firmware 1.57 and the TCB that softsnp-pki certifies
 * @product: processor line
 */
struct asp_config asp_config_default(enum asp_product product);

/* What is wrong with a configured part, NULL: nothing. */
const char *asp_config_defect(const struct asp_config *c);

/* Names as in certificates: "Milan", "Genoa", "Turin"; capitals do not matter. */
bool asp_product_find(const char *name, enum asp_product *product);
const char *asp_product_name(enum asp_product product);
enum snp_tcb_layout asp_product_layout(enum asp_product product);

/**
 * asp_new() - power on
 * @cfg: copied
 * @ops: copied; must outlive the model
 * @err: receives a sentence when NULL is returned; may be NULL
 */
struct asp *asp_new(const struct asp_config *cfg, const struct asp_ops *ops, const char **err);
void asp_free(struct asp *a);

/**
 * asp_command() - execute one mailbox command
 * @a: the model
 * @cmd: command id, CmdResp bits 26:16
 * @buf_spa: command buffer, 0 when the command has none
 *
 * Return: status code for CmdResp bits 15:0.
 */
uint32_t asp_command(struct asp *a, uint32_t cmd, uint64_t buf_spa);

/* Power-on state again, as after a function-level or system reset. */
void asp_reset(struct asp *a);

/* Is SNP in INIT: from then on the RMP is enforced. */
bool asp_snp_initialised(const struct asp *a);

const char *asp_cmd_name(uint32_t cmd);

#endif /* SOFTSNP_ASP_H */
