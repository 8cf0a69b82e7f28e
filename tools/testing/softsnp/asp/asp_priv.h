/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the firmware model share.
 */
#ifndef SOFTSNP_ASP_PRIV_H
#define SOFTSNP_ASP_PRIV_H

#include <openssl/evp.h>
#include <snp/fw_guest.h>
#include <snp/fw_platform.h>
#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

#include "asp.h"

#define ASP_MAX_GUESTS	64
#define ASP_LD_LEN	48	/* SHA-384 */
#define ASP_SECRET_LEN	48
#define ASP_CHIP_ID_LEN	64
#define ASP_SIZE_2M	0x200000ULL
#define ASP_MAX_VMPL	3
#define ASP_MAX_CORES	1024

/* Minor ABI version from which on something exists.  U except the first two. */
#define ASP_API_SNP		51
#define ASP_API_INIT_EX		52
#define ASP_API_FEATURE_INFO	56
#define ASP_API_REPORT_3	56
#define ASP_API_MITIGATIONS	58

/* Messages of migration agents (U: one source). */
#define ASP_MSG_EXPORT_REQ	7
#define ASP_MSG_IMPORT_REQ	9
#define ASP_MSG_ABSORB_REQ	11
#define ASP_MSG_VMRK_REQ	13
#define ASP_MSG_ABSORB_NOMA_REQ	15

enum asp_key_sel { ASP_KEY_SEL_VLEK_ELSE_VCEK, ASP_KEY_SEL_VCEK, ASP_KEY_SEL_VLEK };

enum asp_guest_state {
	ASP_GUEST_INIT = SNP_GUEST_STATE_INIT,
	ASP_GUEST_LAUNCH = SNP_GUEST_STATE_LAUNCH,
	ASP_GUEST_RUNNING = SNP_GUEST_STATE_RUNNING,
};

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
 * @launch_mit: mitigations verified at LAUNCH_START
 * @family_id: of the ID block, like the following ones up to @author_key_en
 * @image_id: likewise
 * @guest_svn: likewise
 * @id_key_digest: of the key that signed the ID block
 * @author_key_digest: of the key that signed the ID key
 * @author_key_en: there was one
 * @report_id_ma: report id of the migration agent, or all ones
 * @imi_en: launched with a migration image
 * @imd: digest of the image's pages so far
 * @tsc_scale: of the guest's TSC, 8.32 fixed point; 0: no Secure TSC
 * @oek: encrypts pages that are swapped out
 * @root_mdata: metadata entry that no Metadata page holds
 * @msg_limited: the following two are valid
 * @msg_left: messages that the guest may send at once
 * @msg_since_ms: when that number was right
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
	uint64_t launch_mit;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t guest_svn;
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	bool author_key_en;
	uint8_t report_id_ma[32];
	bool imi_en;
	uint8_t imd[ASP_LD_LEN];
	uint64_t tsc_scale;
	uint8_t oek[32];
	struct snp_mdata_entry root_mdata;
	bool msg_limited;
	unsigned int msg_left;
	uint64_t msg_since_ms;
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
	uint64_t spa_cbit;
	uint64_t nr_random;		/* position in the seeded stream */

	/* Identity: as long as the chip. */
	EVP_PKEY *vcek;			/* NULL: part without an identity */
	EVP_PKEY *firmware_key;		/* NULL: no image is genuine */
	uint8_t chip_id[ASP_CHIP_ID_LEN];
	uint8_t fused_secret[64];	/* what VCEKs are derived from */
	bool has_fused_secret;
	uint8_t chip_secret[ASP_SECRET_LEN];	/* what guests' keys are derived from */

	/* Firmware and configuration: until power-off, or the next SNP_INIT. */
	struct asp_image current;
	struct asp_image committed;
	bool restore_required;
	uint64_t mit_verified;
	uint64_t reported_tcb;		/* 0: the committed one */
	uint32_t chip_mask;		/* SNP_CONFIG_MASK_* */
	EVP_PKEY *vlek;			/* NULL: none loaded */
	uint8_t vlek_secret[ASP_SECRET_LEN];

	unsigned int snp_state;
	unsigned int sev_state;
	bool sev_es;
	bool rmp_valid;			/* initialised since power-on */
	uint64_t platform_info;
	struct asp_flush snp_flush;
	struct asp_flush sev_flush;
	uint32_t max_snp_asid;
	enum asp_asid_state *asid;	/* cfg.max_asid + 1 of them */
	struct asp_guest guest[ASP_MAX_GUESTS];
};

/* Command handlers.  @buf is the model's copy of the command buffer. */
uint32_t asp_sev_init(struct asp *a, void *buf);
uint32_t asp_sev_shutdown(struct asp *a, void *buf);
uint32_t asp_sev_platform_status(struct asp *a, void *buf);
uint32_t asp_sev_df_flush(struct asp *a, void *buf);
uint32_t asp_sev_download_firmware(struct asp *a, void *buf);
uint32_t asp_get_id(struct asp *a, void *buf);
uint32_t asp_snp_init(struct asp *a, void *buf);
uint32_t asp_snp_init_ex(struct asp *a, void *buf);
uint32_t asp_snp_shutdown(struct asp *a, void *buf);
uint32_t asp_snp_shutdown_ex(struct asp *a, void *buf);
uint32_t asp_snp_platform_status(struct asp *a, void *buf);
uint32_t asp_snp_df_flush(struct asp *a, void *buf);
uint32_t asp_snp_config(struct asp *a, void *buf);
uint32_t asp_snp_feature_info(struct asp *a, void *buf);
uint32_t asp_verify_mitigation(struct asp *a, void *buf);
uint32_t asp_snp_download_firmware_ex(struct asp *a, void *buf);
uint32_t asp_snp_commit(struct asp *a, void *buf);
uint32_t asp_snp_vlek_load(struct asp *a, void *buf);
uint32_t asp_gctx_create(struct asp *a, void *buf);
uint32_t asp_activate(struct asp *a, void *buf);
uint32_t asp_activate_ex(struct asp *a, void *buf);
uint32_t asp_decommission(struct asp *a, void *buf);
uint32_t asp_guest_status(struct asp *a, void *buf);
uint32_t asp_launch_start(struct asp *a, void *buf);
uint32_t asp_launch_update(struct asp *a, void *buf);
uint32_t asp_launch_finish(struct asp *a, void *buf);
uint32_t asp_guest_request(struct asp *a, void *buf);
uint32_t asp_hv_report_req(struct asp *a, void *buf);
uint32_t asp_dbg_decrypt(struct asp *a, void *buf);
uint32_t asp_dbg_encrypt(struct asp *a, void *buf);
uint32_t asp_page_reclaim(struct asp *a, void *buf);
uint32_t asp_page_unsmash(struct asp *a, void *buf);
uint32_t asp_page_set_state(struct asp *a, void *buf);
uint32_t asp_page_md_init(struct asp *a, void *buf);
uint32_t asp_page_move(struct asp *a, void *buf);
uint32_t asp_page_swap_out(struct asp *a, void *buf);
uint32_t asp_page_swap_in(struct asp *a, void *buf);

/* product.c */
bool asp_has(const struct asp *a, unsigned int feature);
uint32_t asp_tsc_factor(const struct asp *a);
bool asp_tcb_within(const struct asp *a, uint64_t tcb, uint64_t limit);

/* firmware.c */
void asp_firmware_reset(struct asp *a);
bool asp_api_at_least(const struct asp *a, unsigned int minor);
uint64_t asp_reported_tcb(const struct asp *a);

/* config.c */
void asp_config_reset(struct asp *a);

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
uint32_t asp_check_readable(struct asp *a, uint64_t spa, const char *what);
uint32_t asp_check_readable_range(struct asp *a, uint64_t spa, uint64_t len, const char *what);
uint32_t asp_check_output(struct asp *a, uint64_t *spa, size_t len, uint64_t align,
			  const char *what);
uint32_t asp_read(struct asp *a, uint64_t spa, void *buf, size_t len);
uint32_t asp_write(struct asp *a, uint64_t spa, const void *buf, size_t len);
uint32_t asp_refuse(struct asp *a, uint32_t status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ranges.c */
uint32_t asp_range_list_read(struct asp *a, uint64_t *list_spa, uint32_t *nr_ranges);
uint32_t asp_range_read(struct asp *a, uint64_t list_spa, uint32_t i, struct snp_fw_range *r);
uint32_t asp_range_fix(struct asp *a, const struct snp_fw_range *r);

/* page.c */
uint32_t asp_page_of_guest(struct asp *a, const struct asp_guest *g, uint64_t spa,
			   enum snp_page_state state, bool size_2m, struct snp_rmp_raw *e);
uint32_t asp_check_swappable(struct asp *a, const struct asp_guest *g);
uint32_t asp_page_copy(struct asp *a, uint64_t src_spa, uint64_t dst_spa, uint64_t size);

/* id_block.c */
uint32_t asp_id_block(struct asp *a, struct asp_guest *g, const struct snp_fw_launch_finish *in);

/* crypto.c; false: libcrypto failed. */
bool asp_random(struct asp *a, void *buf, size_t len);
bool asp_sha384(const void *data, size_t len, uint8_t digest[48]);
bool asp_prf(const uint8_t *key, size_t key_len, const char *label, const void *context,
	     size_t context_len, uint8_t *out, size_t out_len);
bool asp_gcm(const uint8_t key[32], const uint8_t iv[12], const void *aad, size_t aad_len,
	     uint8_t *data, size_t len, uint8_t tag[16], bool seal);
bool asp_gcm_open(const uint8_t key[32], struct snp_msg *msg, size_t len);
bool asp_gcm_seal(const uint8_t key[32], struct snp_msg *msg, size_t len);
bool asp_sign(EVP_PKEY *key, const void *data, size_t len, uint8_t r_le[48], uint8_t s_le[48]);

bool asp_verify(EVP_PKEY *key, const void *data, size_t len, const uint8_t r[48],
		const uint8_t s[48]);

/* identity.c */
bool asp_identity_load(struct asp *a, const char **err);
EVP_PKEY *asp_vcek(struct asp *a, uint64_t tcb);
void asp_vlek_drop(struct asp *a);

/*
 * Payloads of guest messages: the request of @req_len bytes is decrypted,
 * @rsp is zeroed and receives the response, whose length is returned.
 */
typedef size_t (*asp_msg_handler)(struct asp *a, struct asp_guest *g, unsigned int vmpck,
				  const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_report(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_key(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		   const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_cpuid(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		     const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_tsc_info(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_vmrk(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		    const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_export(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp);
size_t asp_msg_import(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp);

/* report.c */
uint32_t asp_signer(const struct asp *a, const struct asp_guest *g, unsigned int sel,
		    unsigned int *signer);

/* cpuid_page.c */
bool asp_cpuid_page_check(struct snp_cpuid_page *p, const char **why);

#endif /* SOFTSNP_ASP_PRIV_H */
