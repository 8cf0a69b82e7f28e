/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the firmware model share.
 */
#ifndef SOFTSNP_ASP_PRIV_H
#define SOFTSNP_ASP_PRIV_H

#include <openssl/evp.h>
#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

#include "asp.h"

#define ASP_MAX_GUESTS	64
#define ASP_LD_LEN	48	/* SHA-384 */
#define ASP_SECRET_LEN	48
#define ASP_CHIP_ID_LEN	64

enum asp_guest_state { ASP_GUEST_INIT, ASP_GUEST_LAUNCH, ASP_GUEST_RUNNING };

/**
 * struct asp_guest - what a context page stands for
 * @in_use: slot taken
 * @gctx_pfn: the context page; its content is noise
 * @state: of the launch
 * @policy: guest policy
 * @asid: 0 while not active
 * @ld: launch digest so far
 * @gosvw: goes to the secrets page
 * @host_data: goes to reports
 * @report_id: goes to reports
 * @vmpck: message keys
 * @vmrk: root of keys that migrate with the guest
 * @seqno: last sequence number used with each VMPCK
 * @launch_tcb: TCB that ran at LAUNCH_START
 * @vcek_dis: no report may be signed, no key derived with the VCEK
 */
struct asp_guest {
	bool in_use;
	uint64_t gctx_pfn;
	enum asp_guest_state state;
	uint64_t policy;
	uint32_t asid;
	uint8_t ld[ASP_LD_LEN];
	uint8_t gosvw[16];
	uint8_t host_data[32];
	uint8_t report_id[32];
	uint8_t vmpck[SNP_NR_VMPCK][SNP_VMPCK_LEN];
	uint8_t vmrk[32];
	uint64_t seqno[SNP_NR_VMPCK];
	uint64_t launch_tcb;
	bool vcek_dis;
};

/**
 * struct asp_image - a firmware image as far as anybody can tell
 * @major: ABI version
 * @minor: likewise
 * @build: build number
 * @tcb: TCB_VERSION of the part while it runs
 */
struct asp_image {
	uint8_t major;
	uint8_t minor;
	uint8_t build;
	uint64_t tcb;
};

enum asp_asid_state { ASP_ASID_FREE, ASP_ASID_OWNED, ASP_ASID_RELEASED };

/**
 * struct asp_flush - one cache flush that is owed
 * @pending: WBINVD and DF_FLUSH are owed
 * @wbinvd_seen: all cores have paid the WBINVD, only DF_FLUSH is missing
 */
struct asp_flush {
	bool pending;
	bool wbinvd_seen;
};

struct asp {
	struct asp_config cfg;
	struct asp_ops ops;
	EVP_PKEY *vcek;			/* NULL: part without an identity */
	uint8_t chip_id[ASP_CHIP_ID_LEN];
	uint8_t chip_secret[ASP_SECRET_LEN];
	uint64_t nr_random;		/* position in the seeded stream */
	uint64_t spa_cbit;

	struct asp_image current;
	struct asp_image committed;
	uint64_t reported_tcb;		/* 0: the committed one */

	unsigned int snp_state;
	unsigned int sev_state;
	bool sev_es;
	bool rmp_valid;			/* initialised since power-on */
	struct asp_flush snp_flush;
	struct asp_flush sev_flush;
	enum asp_asid_state *asid;	/* max_asid + 1 of them */
	struct asp_guest guest[ASP_MAX_GUESTS];
};

/* Command handlers.  @buf is the model's copy of the command buffer. */
uint32_t asp_sev_init(struct asp *a, void *buf);
uint32_t asp_sev_shutdown(struct asp *a, void *buf);
uint32_t asp_sev_platform_status(struct asp *a, void *buf);
uint32_t asp_sev_df_flush(struct asp *a, void *buf);
uint32_t asp_snp_init_ex(struct asp *a, void *buf);
uint32_t asp_snp_shutdown_ex(struct asp *a, void *buf);
uint32_t asp_snp_platform_status(struct asp *a, void *buf);
uint32_t asp_snp_df_flush(struct asp *a, void *buf);
uint32_t asp_gctx_create(struct asp *a, void *buf);
uint32_t asp_activate(struct asp *a, void *buf);
uint32_t asp_decommission(struct asp *a, void *buf);
uint32_t asp_page_reclaim(struct asp *a, void *buf);
uint32_t asp_launch_start(struct asp *a, void *buf);
uint32_t asp_launch_update(struct asp *a, void *buf);
uint32_t asp_launch_finish(struct asp *a, void *buf);
uint32_t asp_guest_request(struct asp *a, void *buf);

/* product.c */
bool asp_tcb_fits(const struct asp *a, uint64_t tcb);
bool asp_tcb_within(const struct asp *a, uint64_t tcb, uint64_t limit);
const char *asp_product_defect(const struct asp *a);

/* firmware.c */
void asp_firmware_reset(struct asp *a);
bool asp_api_at_least(const struct asp *a, unsigned int minor);
uint64_t asp_reported_tcb(const struct asp *a);

/* platform.c */
void asp_flush_owe(struct asp *a, struct asp_flush *f);

/* guest.c */
struct asp_guest *asp_guest_find(struct asp *a, uint64_t gctx_spa, uint32_t *status);
unsigned int asp_guest_count(const struct asp *a);
void asp_guest_free(struct asp_guest *g);

/* memory.c */
uint32_t asp_check_spa(struct asp *a, uint64_t *spa, uint64_t align);
enum snp_page_state asp_page_state(struct asp *a, uint64_t spa, struct snp_rmp_raw *e);
uint32_t asp_check_writable(struct asp *a, uint64_t spa, const char *what);
uint32_t asp_read(struct asp *a, uint64_t spa, void *buf, size_t len);
uint32_t asp_write(struct asp *a, uint64_t spa, const void *buf, size_t len);
uint32_t asp_refuse(struct asp *a, uint32_t status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* crypto.c; false: libcrypto failed. */
bool asp_random(struct asp *a, void *buf, size_t len);
bool asp_sha384(const void *data, size_t len, uint8_t digest[48]);
bool asp_prf(const uint8_t *key, size_t key_len, const char *label, const void *context,
	     size_t context_len, uint8_t *out, size_t out_len);
bool asp_gcm_open(const uint8_t key[32], struct snp_msg *msg, size_t len);
bool asp_gcm_seal(const uint8_t key[32], struct snp_msg *msg, size_t len);
bool asp_sign(EVP_PKEY *key, const void *data, size_t len, uint8_t r_le[48], uint8_t s_le[48]);

/* identity.c */
bool asp_identity_load(struct asp *a, const char **err);

/* report.c: payloads of guest messages, answered into @rsp. */
size_t asp_msg_report(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_key(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		   const uint8_t *req, size_t req_len, uint8_t *rsp);

/* cpuid_page.c */
bool asp_cpuid_page_check(struct snp_cpuid_page *p, const char **why);

#endif /* SOFTSNP_ASP_PRIV_H */
