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
	void (*log)(void *opaque, const char *line);
};

/**
 * struct asp_config - what the part is
 * @api_major: firmware ABI, 1
 * @api_minor: firmware ABI, 57: reports of version 3
 * @build: firmware build
 * @cbit: position of the C-bit, masked off every address
 * @cpuid_fms: CPUID Fn1 EAX of the part, for secrets page and report
 * @layout: TCB layout
 * @current_tcb: TCB that runs
 * @committed_tcb: TCB that is committed
 * @max_asid: highest ASID that SNP guests may use
 * @platform_info: PLATFORM_INFO of reports
 * @pki_dir: directory with vcek.key and chip_id, as made by softsnp-pki; NULL: no
 *	VCEK, reports and keys that need it answer INVALID_KEY
 * @seed: non-zero makes VMPCKs and report ids deterministic
 */
struct asp_config {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	unsigned int cbit;
	uint32_t cpuid_fms;
	enum snp_tcb_layout layout;
	uint64_t current_tcb;
	uint64_t committed_tcb;
	uint32_t max_asid;
	uint64_t platform_info;
	const char *pki_dir;
	uint64_t seed;
};

/* A Milan part with firmware 1.57 and the TCB that softsnp-pki certifies. */
extern const struct asp_config asp_config_milan;

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
