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
 * @snp_states: SNP platform states that allow it
 * @sev_states: legacy platform states that allow it
 * @len: bytes of its buffer, 0 for none
 * @writes_back: the answer goes into the command buffer
 * @run: everything beyond the common checks
 */
struct asp_command {
	uint32_t id;
	uint8_t snp_states;
	uint8_t sev_states;
	uint16_t len;
	bool writes_back;
	uint32_t (*run)(struct asp *a, void *buf);
};

#define LEN(type) sizeof(struct type)
static const struct asp_command commands[] = {
	{ SNP_FW_INIT, SNP_ANY, SEV_UNINIT, LEN(snp_fw_init), false, asp_sev_init },
	{ SNP_FW_SHUTDOWN, SNP_ANY, SEV_INIT | SEV_WORKING, 0, false, asp_sev_shutdown },
	{ SNP_FW_PLATFORM_STATUS, SNP_ANY, SEV_ANY, LEN(snp_fw_platform_status), true,
	  asp_sev_platform_status },
	{ SNP_FW_DF_FLUSH, SNP_ANY, SEV_INIT | SEV_WORKING, 0, false, asp_sev_df_flush },

	{ SNP_FW_SNP_INIT_EX, SNP_UNINIT, SEV_UNINIT, LEN(snp_fw_init_ex), false,
	  asp_snp_init_ex },
	{ SNP_FW_SNP_SHUTDOWN_EX, SNP_INIT, SEV_UNINIT, LEN(snp_fw_shutdown_ex), false,
	  asp_snp_shutdown_ex },
	{ SNP_FW_SNP_PLATFORM_STATUS, SNP_ANY, SEV_ANY, LEN(snp_fw_addr), false,
	  asp_snp_platform_status },
	{ SNP_FW_SNP_DF_FLUSH, SNP_ANY, SEV_ANY, 0, false, asp_snp_df_flush },

	{ SNP_FW_SNP_GCTX_CREATE, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), false, asp_gctx_create },
	{ SNP_FW_SNP_DECOMMISSION, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), false,
	  asp_decommission },
	{ SNP_FW_SNP_ACTIVATE, SNP_INIT, SEV_ANY, LEN(snp_fw_activate), false, asp_activate },
	{ SNP_FW_SNP_LAUNCH_START, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_start), false,
	  asp_launch_start },
	{ SNP_FW_SNP_LAUNCH_UPDATE, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_update), false,
	  asp_launch_update },
	{ SNP_FW_SNP_LAUNCH_FINISH, SNP_INIT, SEV_ANY, LEN(snp_fw_launch_finish), false,
	  asp_launch_finish },
	{ SNP_FW_SNP_GUEST_REQUEST, SNP_INIT, SEV_ANY, LEN(snp_fw_guest_request), false,
	  asp_guest_request },
	{ SNP_FW_SNP_PAGE_RECLAIM, SNP_INIT, SEV_ANY, LEN(snp_fw_addr), false,
	  asp_page_reclaim },
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
	switch (cmd) {
#define NAME(id) case SNP_FW_##id: return #id
	NAME(INIT);
	NAME(SHUTDOWN);
	NAME(PLATFORM_STATUS);
	NAME(DF_FLUSH);
	NAME(DOWNLOAD_FIRMWARE);
	NAME(GET_ID);
	NAME(INIT_EX);
	NAME(SNP_INIT);
	NAME(SNP_SHUTDOWN);
	NAME(SNP_PLATFORM_STATUS);
	NAME(SNP_DF_FLUSH);
	NAME(SNP_INIT_EX);
	NAME(SNP_SHUTDOWN_EX);
	NAME(SNP_DECOMMISSION);
	NAME(SNP_ACTIVATE);
	NAME(SNP_GUEST_STATUS);
	NAME(SNP_GCTX_CREATE);
	NAME(SNP_GUEST_REQUEST);
	NAME(SNP_ACTIVATE_EX);
	NAME(SNP_LAUNCH_START);
	NAME(SNP_LAUNCH_UPDATE);
	NAME(SNP_LAUNCH_FINISH);
	NAME(SNP_PAGE_RECLAIM);
	NAME(SNP_PAGE_UNSMASH);
	NAME(SNP_CONFIG);
	NAME(SNP_DOWNLOAD_FIRMWARE_EX);
	NAME(SNP_COMMIT);
	NAME(SNP_VLEK_LOAD);
	NAME(SNP_FEATURE_INFO);
#undef NAME
	}
	return "unknown command";
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
	uint32_t status;

	if (!c)
		return asp_refuse(a, SNP_FW_INVALID_COMMAND, "%s (0x%03x) is not built",
				  asp_cmd_name(cmd), cmd);
	if (!(c->snp_states & BIT(a->snp_state)) || !(c->sev_states & BIT(a->sev_state)))
		return asp_refuse(a, SNP_FW_INVALID_PLATFORM_STATE,
				  "%s with SNP state %u, SEV state %u", asp_cmd_name(cmd),
				  a->snp_state, a->sev_state);

	status = fetch(a, c, &buf_spa, buf.bytes);
	if (!status)
		status = c->run(a, buf.bytes);
	if (!status && c->writes_back)
		status = asp_write(a, buf_spa, buf.bytes, c->len);
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
	why = asp_product_defect(a);
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
