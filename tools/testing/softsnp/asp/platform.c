// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform commands: INIT, SHUTDOWN, PLATFORM_STATUS, DF_FLUSH (55766) and
 * their SNP counterparts (56860).
 *
 * No legacy guest exists here, so the legacy state is never WORKING.
 * Ciphertext hiding splits the ASIDs and shows in status and reports; what the
 * host reads is not hidden, because nothing is encrypted.  Not modelled: TIO
 * (asked for, it is UNSUPPORTED), what SNP does to the IOMMU.
 */
#include "asp_priv.h"

#define SEV_INIT_ES		BIT(0)
#define SEV_STATUS_ES		BIT(8)
#define TMR_LEN			0x100000ULL
#define TMR_LEN_SNP		0x200000ULL


/* Remember WBINVDs executed so far, before the watch starts anew. */
static void flush_sample(struct asp *a)
{
	bool done = !a->ops.wbinvd_done || a->ops.wbinvd_done(a->ops.opaque);

	a->snp_flush.wbinvd_seen |= a->snp_flush.pending && done;
	a->sev_flush.wbinvd_seen |= a->sev_flush.pending && done;
}

/* From now on @f wants WBINVD on all cores, then a DF_FLUSH. */
void asp_flush_owe(struct asp *a, struct asp_flush *f)
{
	flush_sample(a);
	f->pending = true;
	f->wbinvd_seen = false;
	if (a->ops.wbinvd_arm)
		a->ops.wbinvd_arm(a->ops.opaque);
}

static uint32_t flush_pay(struct asp *a, struct asp_flush *f)
{
	flush_sample(a);
	if (f->pending && !f->wbinvd_seen)
		return asp_refuse(a, SNP_FW_WBINVD_REQUIRED,
				  "not every core has executed WBINVD since it was due");
	*f = (struct asp_flush){};
	return SNP_FW_SUCCESS;
}

/* The trusted memory region of SEV-ES. */
static uint32_t check_tmr(struct asp *a, const struct snp_fw_init *in)
{
	bool snp = a->snp_state == SNP_STATE_INIT;
	uint64_t len = snp ? TMR_LEN_SNP : TMR_LEN, spa = in->tmr_paddr, off;
	uint32_t status;

	if (in->tmr_len < len)
		return asp_refuse(a, SNP_FW_INVALID_LEN, "TMR of 0x%x bytes, 0x%llx needed",
				  in->tmr_len, (unsigned long long)len);
	status = asp_check_spa(a, &spa, len);
	for (off = 0; !status && off < len; off += SNP_PAGE_SIZE)
		status = asp_check_writable(a, spa + off, "TMR");
	return status;
}

uint32_t asp_sev_init(struct asp *a, void *buf)
{
	const struct snp_fw_init *in = buf;
	uint32_t status;

	if ((in->flags & ~(uint32_t)SEV_INIT_ES) || in->reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (in->flags & SEV_INIT_ES) {
		status = check_tmr(a, in);
		if (status)
			return status;
	}
	a->sev_es = in->flags & SEV_INIT_ES;
	a->sev_state = SNP_SEV_STATE_INIT;
	asp_flush_owe(a, &a->sev_flush);
	return SNP_FW_SUCCESS;
}

uint32_t asp_sev_shutdown(struct asp *a, void *buf)
{
	(void)buf;
	a->sev_state = SNP_SEV_STATE_UNINIT;
	a->sev_es = false;
	a->sev_flush = (struct asp_flush){};
	return SNP_FW_SUCCESS;
}

uint32_t asp_sev_platform_status(struct asp *a, void *buf)
{
	const struct snp_fw_platform_status out = {
		.api_major = a->current.major,
		.api_minor = a->current.minor,
		.state = a->sev_state,
		.flags = a->sev_es ? SEV_STATUS_ES : 0,
		.build = a->current.build,
	};

	memcpy(buf, &out, sizeof(out));
	return SNP_FW_SUCCESS;
}

uint32_t asp_sev_df_flush(struct asp *a, void *buf)
{
	(void)buf;
	return flush_pay(a, &a->sev_flush);
}

static uint32_t check_init_flags(struct asp *a, const struct snp_fw_init_ex *in)
{
	const uint32_t known = SNP_INIT_EX_INIT_RMP | SNP_INIT_EX_LIST_PADDR_EN |
			       SNP_INIT_EX_RAPL_DIS | SNP_INIT_EX_CIPHERTEXT_HIDING |
			       SNP_INIT_EX_TIO_EN;

	if ((in->flags & ~known) || in->reserved0 ||
	    !snp_report_zero(in->reserved1, sizeof(in->reserved1)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (in->flags & SNP_INIT_EX_TIO_EN)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "SEV-TIO is not built");
	if ((in->flags & SNP_INIT_EX_RAPL_DIS) && !asp_has(a, ASP_FEATURE_RAPL_DIS))
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "RAPL cannot be turned off");
	if (!(in->flags & SNP_INIT_EX_CIPHERTEXT_HIDING)) {
		/* Has a meaning with ciphertext hiding only (U: refused otherwise). */
		if (in->max_snp_asid)
			return asp_refuse(a, SNP_FW_INVALID_PARAM,
					  "MAX_SNP_ASID without CIPHERTEXT_HIDING_EN");
		return SNP_FW_SUCCESS;
	}
	if (!asp_has(a, ASP_FEATURE_CIPHERTEXT_HIDING))
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "the part has no ciphertext hiding");
	if (!in->max_snp_asid || in->max_snp_asid > a->cfg.max_asid)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "MAX_SNP_ASID %u is not in 1..%u",
				  in->max_snp_asid, a->cfg.max_asid);
	return SNP_FW_SUCCESS;
}

static uint32_t init_rmp(struct asp *a, const struct snp_fw_init_ex *in)
{
	if (in->flags & SNP_INIT_EX_INIT_RMP) {
		a->rmp_valid = false;
		if (a->ops.rmp_init(a->ops.opaque))
			return asp_refuse(a, SNP_FW_RMP_INITIALIZATION_FAILED,
					  "the RMP MSRs describe no usable table");
		a->rmp_valid = true;
	}
	if (!a->rmp_valid)
		return asp_refuse(a, SNP_FW_RMP_INIT_REQUIRED,
				  "INIT_RMP=0, RMP not initialised since power-on");
	return SNP_FW_SUCCESS;
}

static void enter_init(struct asp *a, const struct snp_fw_init_ex *in)
{
	unsigned int i;

	a->snp_state = SNP_STATE_INIT;
	a->max_snp_asid = in->max_snp_asid ? in->max_snp_asid : a->cfg.max_asid;
	for (i = 0; i <= a->cfg.max_asid; i++)
		a->asid[i] = ASP_ASID_RELEASED;
	if (in->flags & SNP_INIT_EX_RAPL_DIS)
		a->platform_info |= SNP_PLATFORM_RAPL_DIS;
	if (in->flags & SNP_INIT_EX_CIPHERTEXT_HIDING)
		a->platform_info |= SNP_PLATFORM_CIPHERTEXT_HIDING;
	asp_config_reset(a);
	asp_flush_owe(a, &a->snp_flush);
}

uint32_t asp_snp_init_ex(struct asp *a, void *buf)
{
	const struct snp_fw_init_ex *in = buf;
	uint32_t status, nr_ranges = 0, i;
	uint64_t list_spa = in->list_paddr;
	const char *why = "unknown";
	struct snp_fw_range r;

	status = check_init_flags(a, in);
	if (!status && (in->flags & SNP_INIT_EX_LIST_PADDR_EN))
		status = asp_range_list_read(a, &list_spa, &nr_ranges);
	if (status)
		return status;
	if (a->ops.config_ok && !a->ops.config_ok(a->ops.opaque, &why))
		return asp_refuse(a, SNP_FW_INVALID_CONFIG, "%s", why);

	status = init_rmp(a, in);
	for (i = 0; i < nr_ranges && !status; i++) {
		/* Somebody else may have written the list meanwhile. */
		status = asp_range_read(a, list_spa, i, &r);
		if (!status)
			status = asp_range_fix(a, &r);
	}
	if (!status)
		enter_init(a, in);
	return status;
}

uint32_t asp_snp_init(struct asp *a, void *buf)
{
	struct snp_fw_init_ex in = { .flags = SNP_INIT_EX_INIT_RMP };

	(void)buf;
	return asp_snp_init_ex(a, &in);
}

/*
 * An ASID is owed a flush from its release on.  U: that a context not yet
 * decommissioned refuses the shutdown, and with which status.
 */
static uint32_t shutdown(struct asp *a, bool x86)
{
	if (asp_guest_count(a))
		return asp_refuse(a, SNP_FW_INVALID_PLATFORM_STATE, "%u guest contexts exist",
				  asp_guest_count(a));
	flush_sample(a);
	if (a->snp_flush.pending)
		return asp_refuse(a, a->snp_flush.wbinvd_seen ? SNP_FW_DFFLUSH_REQUIRED :
				  SNP_FW_WBINVD_REQUIRED, "ASIDs were released and not flushed");

	a->snp_state = SNP_STATE_UNINIT;
	a->platform_info = a->cfg.platform_info;
	if (x86) {
		/* The host clears the table next, HV-Fixed pages with it. */
		a->rmp_valid = false;
		a->ops.snp_disable(a->ops.opaque);
	}
	return SNP_FW_SUCCESS;
}

uint32_t asp_snp_shutdown_ex(struct asp *a, void *buf)
{
	const struct snp_fw_shutdown_ex *in = buf;

	if (in->len != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu", in->len,
				  sizeof(*in));
	if (in->flags & ~(uint32_t)(SNP_SHUTDOWN_EX_IOMMU | SNP_SHUTDOWN_EX_X86))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	if ((in->flags & SNP_SHUTDOWN_EX_X86) && !a->ops.snp_disable)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "the part has no X86_SNP_SHUTDOWN");
	return shutdown(a, in->flags & SNP_SHUTDOWN_EX_X86);
}

uint32_t asp_snp_shutdown(struct asp *a, void *buf)
{
	(void)buf;
	return shutdown(a, false);
}

uint32_t asp_snp_df_flush(struct asp *a, void *buf)
{
	uint32_t status = flush_pay(a, &a->snp_flush), i;

	(void)buf;
	if (status)
		return status;
	for (i = 1; i <= a->cfg.max_asid; i++)
		if (a->asid[i] == ASP_ASID_RELEASED)
			a->asid[i] = ASP_ASID_FREE;
	return SNP_FW_SUCCESS;
}

static uint32_t status_flags(const struct asp *a)
{
	uint32_t flags = a->chip_mask;

	if (a->vlek)
		flags |= SNP_STATUS_VLEK_EN;
	if (asp_api_at_least(a, ASP_API_FEATURE_INFO))
		flags |= SNP_STATUS_FEATURE_INFO;
	if (a->platform_info & SNP_PLATFORM_RAPL_DIS)
		flags |= SNP_STATUS_RAPL_DIS;
	if (asp_has(a, ASP_FEATURE_CIPHERTEXT_HIDING))
		flags |= SNP_STATUS_CIPHERTEXT_HIDING_CAP;
	if (a->platform_info & SNP_PLATFORM_CIPHERTEXT_HIDING)
		flags |= SNP_STATUS_CIPHERTEXT_HIDING_EN;
	return flags;
}

uint32_t asp_snp_platform_status(struct asp *a, void *buf)
{
	uint64_t spa = ((const struct snp_fw_addr *)buf)->paddr;
	struct snp_fw_snp_status out = {
		.api_major = a->current.major,
		.api_minor = a->current.minor,
		.state = a->snp_state,
		.build_id = a->current.build,
		.flags = status_flags(a),
		.guest_count = asp_guest_count(a),
		.current_tcb = a->current.tcb,
		.reported_tcb = asp_reported_tcb(a),
	};
	enum snp_page_state state;
	struct snp_rmp_raw e;
	uint32_t status;

	if (a->rmp_valid)
		out.init_flags |= SNP_STATUS_IS_RMP_INIT;
	if (a->platform_info & SNP_PLATFORM_ALIAS_CHECK)
		out.init_flags |= SNP_STATUS_ALIAS_CHECK;

	status = asp_check_output(a, &spa, sizeof(out), 1, "status structure");
	if (!status)
		status = asp_write(a, spa, &out, sizeof(out));
	if (status)
		return status;

	/* The page is handed back to the host, which still has to reclaim it. */
	state = asp_page_state(a, spa, &e);
	if (state != SNP_STATE_FIRMWARE)
		return SNP_FW_SUCCESS;
	return rmp_fw_transition(&a->ops.rmp, spa & ~(uint64_t)(SNP_PAGE_SIZE - 1),
				 SNP_STATE_FIRMWARE, SNP_STATE_RECLAIM);
}
