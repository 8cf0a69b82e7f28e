// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host can ask and set about the platform: SNP_CONFIG,
 * SNP_FEATURE_INFO, SNP_VERIFY_MITIGATION (56860), GET_ID (55766).
 */
#include "asp_priv.h"

/* U: SNP_INIT takes back what SNP_CONFIG and SNP_VLEK_LOAD did. */
void asp_config_reset(struct asp *a)
{
	a->reported_tcb = a->cfg.reported_tcb;
	a->chip_mask = 0;
	asp_vlek_drop(a);
}

/* U: that each component of the reported TCB is bounded by the committed one. */
uint32_t asp_snp_config(struct asp *a, void *buf)
{
	const uint32_t known = SNP_CONFIG_MASK_CHIP_ID | SNP_CONFIG_MASK_CHIP_KEY;
	const struct snp_fw_config *in = buf;
	uint64_t before = asp_reported_tcb(a);

	if ((in->flags & ~known) || !snp_report_zero(in->reserved, sizeof(in->reserved)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (!asp_tcb_within(a, in->reported_tcb, a->committed.tcb))
		return asp_refuse(a, SNP_FW_INVALID_PARAM,
				  "reported TCB 0x%llx is not within the committed one, 0x%llx",
				  (unsigned long long)in->reported_tcb,
				  (unsigned long long)a->committed.tcb);
	a->reported_tcb = in->reported_tcb;
	a->chip_mask = in->flags;
	/* A VLEK is one for a single TCB. */
	if (asp_reported_tcb(a) != before)
		asp_vlek_drop(a);
	return SNP_FW_SUCCESS;
}

static uint32_t features_ecx(const struct asp *a)
{
	uint32_t ecx = 0;

	if (a->ops.snp_disable)
		ecx |= SNP_FEATURE_ECX_X86_SHUTDOWN;
	if (asp_has(a, ASP_FEATURE_RAPL_DIS))
		ecx |= SNP_FEATURE_ECX_RAPL_DIS;
	if (asp_has(a, ASP_FEATURE_CIPHERTEXT_HIDING))
		ecx |= SNP_FEATURE_ECX_CIPHERTEXT_HIDING;
	if (asp_has(a, ASP_FEATURE_AES_256_XTS))
		ecx |= SNP_FEATURE_ECX_AES_256_XTS;
	ecx |= SNP_FEATURE_ECX_CXL_ALLOW;
	if (asp_api_at_least(a, ASP_API_MITIGATIONS))
		ecx |= SNP_FEATURE_ECX_VERIFY_MITIGATION;
	return ecx;
}

/* One sub-leaf exists (U: what a higher one answers). */
uint32_t asp_snp_feature_info(struct asp *a, void *buf)
{
	const struct snp_fw_feature_info *in = buf;
	const struct snp_fw_feature_regs out = { .ecx = features_ecx(a) };
	uint64_t spa = in->out_paddr;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->ecx_in)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "sub-leaf %u", in->ecx_in);
	/* Within one page even before SNP_INIT: that is what the alignment leaves. */
	status = asp_check_output(a, &spa, sizeof(out), 8, "feature information");
	if (!status && (spa & (SNP_PAGE_SIZE - 1)) + sizeof(out) > SNP_PAGE_SIZE)
		status = asp_refuse(a, SNP_FW_INVALID_ADDRESS, "the output crosses a page");
	return status ? status : asp_write(a, spa, &out, sizeof(out));
}

/*
 * STATUS tells, VERIFY looks again.  Here a check of what the firmware knows
 * of always passes; one of what it does not know is refused.
 */
uint32_t asp_verify_mitigation(struct asp *a, void *buf)
{
	const struct snp_fw_verify_mitigation *in = buf;
	struct snp_fw_mitigation_result out = {};
	uint64_t spa = in->dst_paddr;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->reserved0 || in->reserved1 ||
	    in->flags & ~(uint32_t)(SNP_MITIGATION_DST_EN | SNP_MITIGATION_SRC_EN) ||
	    !snp_report_zero(in->reserved2, sizeof(in->reserved2)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (in->subcommand > SNP_MITIGATION_VERIFY)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "subcommand %u", in->subcommand);
	if (in->flags & SNP_MITIGATION_SRC_EN)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "no mitigation here takes input");
	if (in->flags & SNP_MITIGATION_DST_EN) {
		status = asp_check_output(a, &spa, sizeof(out), SNP_PAGE_SIZE, "result page");
		if (status)
			return status;
	}
	if (in->subcommand == SNP_MITIGATION_VERIFY) {
		if (!in->vector || in->vector & ~a->cfg.mit_supported)
			return asp_refuse(a, SNP_FW_INVALID_PARAM, "vector 0x%llx, known 0x%llx",
					  (unsigned long long)in->vector,
					  (unsigned long long)a->cfg.mit_supported);
		a->mit_verified |= in->vector;
	}
	out.verified = a->mit_verified;
	out.supported = a->cfg.mit_supported;
	return in->flags & SNP_MITIGATION_DST_EN ? asp_write(a, spa, &out, sizeof(out)) :
						   SNP_FW_SUCCESS;
}

/* One socket.  A buffer that is too short learns the length. */
uint32_t asp_get_id(struct asp *a, void *buf)
{
	struct snp_fw_get_id *in = buf;
	uint64_t spa = in->paddr;
	uint32_t status, len = in->len;

	in->len = sizeof(a->chip_id);
	if (len < sizeof(a->chip_id))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "%u bytes, %zu needed", len,
				  sizeof(a->chip_id));
	status = asp_check_output(a, &spa, sizeof(a->chip_id), 8, "id buffer");
	return status ? status : asp_write(a, spa, a->chip_id, sizeof(a->chip_id));
}
