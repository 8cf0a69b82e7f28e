// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mailbox commands: which exist, how long their buffers are, when they are
 * allowed (56860 and 55766, command reference).
 *
 * Checks run in the specification's order: command known, platform state,
 * buffer address and length, reserved fields, page states, guest state,
 * policy.  The first three stand here, the others in the handlers.
 */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "asp_priv.h"

/* SNP platform states in which a command is allowed. */
#define SNP_UNINIT	BIT(SNP_STATE_UNINIT)
#define SNP_INIT	BIT(SNP_STATE_INIT)
#define SNP_ANY		(SNP_UNINIT | SNP_INIT)
/* The same for the legacy state. */
#define SEV_UNINIT	BIT(SNP_SEV_STATE_UNINIT)
#define SEV_INIT	BIT(SNP_SEV_STATE_INIT)
#define SEV_WORKING	BIT(SNP_SEV_STATE_WORKING)
#define SEV_ANY		(SEV_UNINIT | SEV_INIT | SEV_WORKING)

/**
 * struct asp_command - one row of the command table
 * @id: CmdResp bits 26:16
 * @name: the specification's
 * @snp_states: SNP platform states that allow it
 * @sev_states: legacy platform states that allow it
 * @len: bytes of its buffer, 0 for none
 * @writes_back: the answer goes into the command buffer
 * @always: the answer goes there even when the command fails
 * @api_minor: exists from ABI 1.api_minor on
 * @run: everything beyond the common checks; NULL: not built
 */
struct asp_command {
	uint32_t id;
	const char *name;
	uint8_t snp_states;
	uint8_t sev_states;
	uint16_t len;
	uint8_t api_minor;
	bool writes_back;
	bool always;
	uint32_t (*run)(struct asp *a, void *buf);
};

#define LEN(type) sizeof(struct type)
#define CMD(id_, snp_, sev_, len_, run_) \
	{ .id = SNP_FW_##id_, .name = #id_, .snp_states = snp_, .sev_states = sev_, .len = len_, \
	  .run = run_ }
#define CMD_SINCE(id_, snp_, len_, run_, minor_) \
	{ .id = SNP_FW_##id_, .name = #id_, .snp_states = snp_, .sev_states = SEV_ANY, \
	  .len = len_, .run = run_, .api_minor = minor_ }
#define NOT_BUILT(id_) { .id = SNP_FW_##id_, .name = #id_ }

static const struct asp_command commands[] = {
	CMD(INIT, SNP_ANY, SEV_UNINIT, LEN(snp_fw_init), asp_sev_init),
	CMD(SHUTDOWN, SNP_ANY, SEV_INIT | SEV_WORKING, 0, asp_sev_shutdown),
	{ .id = SNP_FW_PLATFORM_STATUS, .name = "PLATFORM_STATUS", .snp_states = SNP_ANY,
	  .sev_states = SEV_ANY, .len = LEN(snp_fw_platform_status), .writes_back = true,
	  .run = asp_sev_platform_status },
	CMD(DF_FLUSH, SNP_ANY, SEV_INIT | SEV_WORKING, 0, asp_sev_df_flush),
	/* Address and length, like GET_ID. */
	CMD(DOWNLOAD_FIRMWARE, SNP_ANY, SEV_UNINIT, LEN(snp_fw_get_id),
	    asp_sev_download_firmware),
	{ .id = SNP_FW_GET_ID, .name = "GET_ID", .snp_states = SNP_ANY, .sev_states = SEV_ANY,
	  .len = LEN(snp_fw_get_id), .writes_back = true, .always = true, .run = asp_get_id },
	NOT_BUILT(PLATFORM_RESET),
	NOT_BUILT(PEK_GEN),
	NOT_BUILT(PEK_CSR),
	NOT_BUILT(PEK_CERT_IMPORT),
	NOT_BUILT(PDH_CERT_EXPORT),
	NOT_BUILT(PDH_GEN),
	NOT_BUILT(INIT_EX),

	CMD(SNP_INIT, SNP_UNINIT, SEV_UNINIT, 0, asp_snp_init),
	{ .id = SNP_FW_SNP_INIT_EX, .name = "SNP_INIT_EX", .snp_states = SNP_UNINIT,
	  .sev_states = SEV_UNINIT, .len = LEN(snp_fw_init_ex), .api_minor = ASP_API_INIT_EX,
	  .run = asp_snp_init_ex },
	CMD(SNP_SHUTDOWN, SNP_INIT, SEV_UNINIT, 0, asp_snp_shutdown),
	CMD(SNP_SHUTDOWN_EX, SNP_INIT, SEV_UNINIT, LEN(snp_fw_shutdown_ex), asp_snp_shutdown_ex),
	CMD(SNP_PLATFORM_STATUS, SNP_ANY, SEV_ANY, LEN(snp_fw_addr), asp_snp_platform_status),
	CMD(SNP_DF_FLUSH, SNP_ANY, SEV_ANY, 0, asp_snp_df_flush),
	CMD(SNP_DOWNLOAD_FIRMWARE_EX, SNP_ANY, SEV_ANY, LEN(snp_fw_download_ex),
	    asp_snp_download_firmware_ex),
	CMD(SNP_COMMIT, SNP_ANY, SEV_ANY, LEN(snp_fw_commit), asp_snp_commit),
	CMD_SINCE(SNP_FEATURE_INFO, SNP_ANY, LEN(snp_fw_feature_info), asp_snp_feature_info,
		  ASP_API_FEATURE_INFO),
	CMD_SINCE(SNP_VERIFY_MITIGATION, SNP_ANY, LEN(snp_fw_verify_mitigation),
		  asp_verify_mitigation, ASP_API_MITIGATIONS),
	/* U: that these two need SNP, as Linux takes it. */
	CMD(SNP_CONFIG, SNP_INIT, SEV_ANY, LEN(snp_fw_config), asp_snp_config),
	CMD(SNP_VLEK_LOAD, SNP_INIT, SEV_ANY, LEN(snp_fw_vlek_load), asp_snp_vlek_load),

	CMD(SNP_GCTX_CREATE, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), asp_gctx_create),
	CMD(SNP_DECOMMISSION, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), asp_decommission),
	CMD(SNP_ACTIVATE, SNP_INIT, SEV_ANY, LEN(snp_fw_activate), asp_activate),
	CMD(SNP_ACTIVATE_EX, SNP_INIT, SEV_ANY, LEN(snp_fw_activate_ex), asp_activate_ex),
	CMD(SNP_GUEST_STATUS, SNP_INIT, SEV_ANY, LEN(snp_fw_guest_status), asp_guest_status),
	CMD(SNP_LAUNCH_START, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_start), asp_launch_start),
	CMD(SNP_LAUNCH_UPDATE, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_update), asp_launch_update),
	CMD(SNP_LAUNCH_FINISH, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_finish), asp_launch_finish),
	CMD(SNP_GUEST_REQUEST, SNP_INIT, SEV_ANY, LEN(snp_fw_guest_request), asp_guest_request),
	CMD(SNP_HV_REPORT_REQ, SNP_INIT, SEV_ANY, LEN(snp_fw_hv_report_req), asp_hv_report_req),
	CMD(SNP_DBG_DECRYPT, SNP_INIT, SEV_ANY, LEN(snp_fw_dbg), asp_dbg_decrypt),
	CMD(SNP_DBG_ENCRYPT, SNP_INIT, SEV_ANY, LEN(snp_fw_dbg), asp_dbg_encrypt),

	CMD(SNP_PAGE_RECLAIM, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), asp_page_reclaim),
	CMD(SNP_PAGE_UNSMASH, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), asp_page_unsmash),
	CMD(SNP_PAGE_SET_STATE, SNP_INIT, SEV_ANY, LEN(snp_fw_page_set_state),
	    asp_page_set_state),
	CMD(SNP_PAGE_MD_INIT, SNP_INIT, SEV_ANY, LEN(snp_fw_page_md_init), asp_page_md_init),
	CMD(SNP_PAGE_MOVE, SNP_INIT, SEV_ANY, LEN(snp_fw_page_move), asp_page_move),
	CMD(SNP_PAGE_SWAP_OUT, SNP_INIT, SEV_ANY, LEN(snp_fw_page_swap), asp_page_swap_out),
	CMD(SNP_PAGE_SWAP_IN, SNP_INIT, SEV_ANY, LEN(snp_fw_page_swap), asp_page_swap_in),
};

static const struct asp_command *find(uint32_t cmd)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].id == cmd)
			return &commands[i];
	return NULL;
}

const char *asp_cmd_name(uint32_t cmd)
{
	const struct asp_command *c = find(cmd);

	return c ? c->name : "unknown command";
}

/* Read the command buffer; *@spa loses its C-bit. */
static uint32_t fetch(struct asp *a, const struct asp_command *c, uint64_t *spa, void *buf)
{
	uint32_t status;

	if (!c->len)
		return SNP_FW_SUCCESS;
	status = asp_check_spa(a, spa, 1);
	if (status)
		return status;
	if ((*spa & (SNP_PAGE_SIZE - 1)) + c->len > SNP_PAGE_SIZE)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "command buffer crosses a page");
	status = asp_read(a, *spa, buf, c->len);
	if (status)
		return status;
	return c->writes_back ? asp_check_writable(a, *spa, "command buffer") : SNP_FW_SUCCESS;
}

uint32_t asp_command(struct asp *a, uint32_t cmd, uint64_t buf_spa)
{
	const struct asp_command *c = find(cmd);
	union {
		uint8_t bytes[SNP_PAGE_SIZE];
		uint64_t align;
	} buf;
	uint32_t status, written = SNP_FW_SUCCESS;

	if (!c || !c->run || !asp_api_at_least(a, c->api_minor))
		return asp_refuse(a, SNP_FW_INVALID_COMMAND, "%s (0x%03x) does not exist",
				  asp_cmd_name(cmd), cmd);
	if (a->restore_required && c->run != asp_snp_download_firmware_ex &&
	    c->run != asp_snp_platform_status)
		return asp_refuse(a, SNP_FW_RESTORE_REQUIRED, "no firmware runs");
	if (!(c->snp_states & BIT(a->snp_state)) || !(c->sev_states & BIT(a->sev_state)))
		return asp_refuse(a, SNP_FW_INVALID_PLATFORM_STATE,
				  "%s with SNP state %u, SEV state %u", asp_cmd_name(cmd),
				  a->snp_state, a->sev_state);

	status = fetch(a, c, &buf_spa, buf.bytes);
	if (!status) {
		status = c->run(a, buf.bytes);
		if (c->writes_back && (!status || c->always))
			written = asp_write(a, buf_spa, buf.bytes, c->len);
		if (!status)
			status = written;
	}
	OPENSSL_cleanse(buf.bytes, c->len);
	return status;
}

static void reset_state(struct asp *a)
{
	unsigned int i;

	for (i = 0; i < ASP_MAX_GUESTS; i++)
		asp_guest_free(&a->guest[i]);
	memset(a->asid, 0, (a->cfg.max_asid + 1) * sizeof(*a->asid));
	asp_firmware_reset(a);
	asp_config_reset(a);
	a->platform_info = a->cfg.platform_info;
	a->max_snp_asid = a->cfg.max_asid;
	a->snp_state = SNP_STATE_UNINIT;
	a->sev_state = SNP_SEV_STATE_UNINIT;
	a->sev_es = false;
	a->rmp_valid = false;
	a->snp_flush = (struct asp_flush){};
	a->sev_flush = (struct asp_flush){};
}

static const char *config_defect(const struct asp_config *cfg, const struct asp_ops *ops)
{
	if (!ops->mem_read || !ops->mem_write || !ops->rmp_init || !ops->rmp.load || !ops->rmp.cas)
		return "a mandatory callback is missing";
	if (cfg->cbit < 32 || cfg->cbit > 51)
		return "C-bit position is not in 32..51";
	if (!cfg->max_asid || cfg->max_asid > 1023)
		return "max_asid is not in 1..1023, what an RMP entry can hold";
	return NULL;
}

struct asp *asp_new(const struct asp_config *cfg, const struct asp_ops *ops, const char **err)
{
	const char *why = config_defect(cfg, ops);
	struct asp *a = NULL;

	if (why)
		goto fail;
	why = "out of memory";
	a = calloc(1, sizeof(*a));
	if (!a)
		goto fail;
	a->cfg = *cfg;
	a->ops = *ops;
	a->spa_cbit = BIT_ULL(cfg->cbit);
	why = asp_config_defect(&a->cfg);
	if (why)
		goto fail;
	why = "out of memory";
	a->asid = calloc(cfg->max_asid + 1, sizeof(*a->asid));
	if (!a->asid || !asp_identity_load(a, &why))
		goto fail;
	/* The string is the caller's and was needed for loading only. */
	a->cfg.pki_dir = NULL;
	reset_state(a);
	return a;
fail:
	asp_free(a);
	if (err)
		*err = why;
	return NULL;
}

void asp_free(struct asp *a)
{
	if (!a)
		return;
	asp_vlek_drop(a);
	EVP_PKEY_free(a->firmware_key);
	EVP_PKEY_free(a->vcek);
	free(a->asid);
	OPENSSL_cleanse(a, sizeof(*a));
	free(a);
}

void asp_reset(struct asp *a)
{
	reset_state(a);
}

bool asp_snp_initialised(const struct asp *a)
{
	return a->snp_state == SNP_STATE_INIT;
}
