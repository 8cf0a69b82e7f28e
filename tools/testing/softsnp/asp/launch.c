// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and end of a guest's launch: SNP_LAUNCH_START, SNP_LAUNCH_FINISH
 * (56860).  What a migration agent must be is U.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

/* Policy bits that this firmware can promise to keep, given the ABI minor. */
static uint64_t known_policy(const struct asp *a)
{
	uint64_t known = SNP_POLICY_ABI_MINOR | SNP_POLICY_ABI_MAJOR | SNP_POLICY_SMT |
			 SNP_POLICY_RESERVED_ONE | SNP_POLICY_MIGRATE_MA | SNP_POLICY_DEBUG |
			 SNP_POLICY_SINGLE_SOCKET | SNP_POLICY_CXL_ALLOW |
			 SNP_POLICY_MEM_AES_256_XTS | SNP_POLICY_RAPL_DIS |
			 SNP_POLICY_CIPHERTEXT_HIDING;

	if (asp_api_at_least(a, 58))
		known |= SNP_POLICY_PAGE_SWAP_DISABLE;
	return known;
}

static const char *policy_defect(const struct asp *a, uint64_t policy)
{
	unsigned int major = FIELD_GET(SNP_POLICY_ABI_MAJOR, policy);
	unsigned int minor = FIELD_GET(SNP_POLICY_ABI_MINOR, policy);
	uint64_t info = a->platform_info;

	if (policy & ~known_policy(a))
		return "a bit that this firmware does not know is set";
	if (!(policy & SNP_POLICY_RESERVED_ONE))
		return "bit 17 is clear";
	if (major > a->current.major ||
	    (major == a->current.major && minor > a->current.minor))
		return "a newer firmware ABI is wanted";
	if (!(policy & SNP_POLICY_SMT) && (info & SNP_PLATFORM_SMT_EN))
		return "SMT is forbidden and on";
	if (!(policy & SNP_POLICY_CXL_ALLOW) && asp_has(a, ASP_FEATURE_CXL))
		return "CXL memory is forbidden and attached";
	if ((policy & SNP_POLICY_MEM_AES_256_XTS) && !asp_has(a, ASP_FEATURE_AES_256_XTS))
		return "AES-256-XTS is wanted, this part has AES-128";
	if ((policy & SNP_POLICY_RAPL_DIS) && !(info & SNP_PLATFORM_RAPL_DIS))
		return "RAPL must be off and is on";
	if ((policy & SNP_POLICY_CIPHERTEXT_HIDING) && !(info & SNP_PLATFORM_CIPHERTEXT_HIDING))
		return "ciphertext hiding is wanted and off";
	return NULL;
}

/* The guest that is to move this one. */
static uint32_t find_agent(struct asp *a, const struct snp_fw_launch_start *in,
			   struct asp_guest **ma)
{
	uint32_t status = SNP_FW_SUCCESS;

	*ma = NULL;
	if (!(in->flags & SNP_LAUNCH_START_MA_EN))
		return status;
	*ma = asp_guest_find(a, in->ma_gctx_paddr, &status);
	return status;
}

/* The scale of the guest's TSC, 8.32 fixed point; 0: no Secure TSC. */
static uint32_t check_tsc(struct asp *a, uint32_t desired_khz, uint64_t *scale)
{
	*scale = a->cfg.tsc_khz ? 1ULL << 32 : 0;
	if (!desired_khz)
		return SNP_FW_SUCCESS;
	if (!a->cfg.tsc_khz)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "the part has no Secure TSC");
	*scale = ((uint64_t)desired_khz << 32) / a->cfg.tsc_khz;
	if (!*scale || *scale >> 40)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "TSC of %u kHz from one of %u",
				  desired_khz, a->cfg.tsc_khz);
	return SNP_FW_SUCCESS;
}

static uint32_t check_start(struct asp *a, const struct snp_fw_launch_start *in,
			    const struct asp_guest *g, const struct asp_guest *ma)
{
	const char *defect;

	if (g->state != ASP_GUEST_INIT)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest has been started before");
	if (ma && ma->state != ASP_GUEST_RUNNING)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "migration agent is not running");
	defect = policy_defect(a, in->policy);
	if (!defect && ma && !(in->policy & SNP_POLICY_MIGRATE_MA))
		defect = "no migration agent is allowed";
	if (defect)
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "policy 0x%llx: %s",
				  (unsigned long long)in->policy, defect);
	return SNP_FW_SUCCESS;
}

static bool make_keys(struct asp *a, struct asp_guest *g)
{
	return asp_random(a, g->vmpck, sizeof(g->vmpck)) &&
	       asp_random(a, g->vmrk, sizeof(g->vmrk)) && asp_random(a, g->oek, sizeof(g->oek)) &&
	       asp_random(a, g->report_id, sizeof(g->report_id));
}

uint32_t asp_launch_start(struct asp *a, void *buf)
{
	const struct snp_fw_launch_start *in = buf;
	struct asp_guest *g, *ma = NULL, fresh;
	uint64_t tsc_scale;
	uint32_t status;

	if (in->flags & ~(uint32_t)(SNP_LAUNCH_START_MA_EN | SNP_LAUNCH_START_IMI_EN))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	status = check_tsc(a, in->desired_tsc_khz, &tsc_scale);
	if (status)
		return status;
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (g)
		status = find_agent(a, in, &ma);
	if (!status)
		status = check_start(a, in, g, ma);
	if (status)
		return status;

	fresh = *g;
	fresh.state = ASP_GUEST_LAUNCH;
	fresh.policy = in->policy;
	fresh.imi_en = in->flags & SNP_LAUNCH_START_IMI_EN;
	fresh.tsc_scale = tsc_scale;
	fresh.launch_tcb = a->cfg.launch_tcb ? a->cfg.launch_tcb : a->current.tcb;
	fresh.launch_mit = a->mit_verified;
	memcpy(fresh.gosvw, in->gosvw, sizeof(fresh.gosvw));
	/* Without a migration agent every byte is ones (U). */
	memset(fresh.report_id_ma, 0xff, sizeof(fresh.report_id_ma));
	if (ma)
		memcpy(fresh.report_id_ma, ma->report_id, sizeof(fresh.report_id_ma));
	if (make_keys(a, &fresh))
		*g = fresh;
	else
		status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	OPENSSL_cleanse(&fresh, sizeof(fresh));
	return status;
}

uint32_t asp_launch_finish(struct asp *a, void *buf)
{
	const struct snp_fw_launch_finish *in = buf;
	struct asp_guest *g;
	uint32_t status;

	if (in->flags & ~(SNP_LAUNCH_FINISH_ID_BLOCK_EN | SNP_LAUNCH_FINISH_AUTH_KEY_EN |
			  SNP_LAUNCH_FINISH_VCEK_DIS))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	if ((in->flags & SNP_LAUNCH_FINISH_AUTH_KEY_EN) &&
	    !(in->flags & SNP_LAUNCH_FINISH_ID_BLOCK_EN))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "author key without ID block");
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	if (g->state != ASP_GUEST_LAUNCH)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not being launched");

	if (in->flags & SNP_LAUNCH_FINISH_ID_BLOCK_EN) {
		status = asp_id_block(a, g, in);
		if (status)
			return status;
	}

	memcpy(g->host_data, in->host_data, sizeof(g->host_data));
	g->vcek_dis = in->flags & SNP_LAUNCH_FINISH_VCEK_DIS;
	g->state = ASP_GUEST_RUNNING;
	return SNP_FW_SUCCESS;
}
