// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform commands: INIT, SHUTDOWN, PLATFORM_STATUS, DF_FLUSH (55766) and
 * their SNP counterparts (56860).
 *
 * No legacy guest exists here, so the legacy state is never WORKING.  Not
 * modelled: TSME, RAPL, ciphertext hiding, TIO, x86 SNP shutdown (asked for,
 * they are UNSUPPORTED), what SNP does to the IOMMU.
 */
#include "asp_priv.h"

#define SEV_INIT_ES		BIT(0)
#define SEV_STATUS_ES		BIT(8)
#define TMR_LEN			0x100000ULL
#define TMR_LEN_SNP		0x200000ULL

#define PFNS_PER_GIB		0x40000ULL
#define MAX_RANGES		4096	/* of HV-Fixed pages; U: what the limit is */

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

static uint32_t read_range(struct asp *a, uint64_t list_spa, uint32_t i, struct snp_fw_range *r)
{
	uint64_t off = offsetof(struct snp_fw_range_list, range) + (uint64_t)i * sizeof(*r);
	uint64_t base;
	uint32_t status;

	status = asp_read(a, list_spa + off, r, sizeof(*r));
	if (status)
		return status;
	if (r->reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "range %u: reserved field set", i);
	base = r->base;
	status = asp_check_spa(a, &base, SNP_PAGE_SIZE);
	if (!status && base + ((uint64_t)r->nr_pages << SNP_PAGE_SHIFT) > BIT_ULL(52))
		status = asp_refuse(a, SNP_FW_INVALID_ADDRESS, "range %u ends beyond 52 bits", i);
	r->base = base;
	return status;
}

/* Every range of the list must hold before the first entry changes. */
static uint32_t check_ranges(struct asp *a, const struct snp_fw_init_ex *in, uint64_t *list_spa,
			     uint32_t *nr_ranges)
{
	struct snp_fw_range_list list;
	struct snp_fw_range r;
	uint32_t status, i;

	*nr_ranges = 0;
	if (!(in->flags & SNP_INIT_EX_LIST_PADDR_EN))
		return SNP_FW_SUCCESS;

	*list_spa = in->list_paddr;
	status = asp_check_spa(a, list_spa, 8);
	if (!status)
		status = asp_read(a, *list_spa, &list, sizeof(list));
	if (status)
		return status;
	if (list.reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "range list: reserved field set");
	if (list.nr_ranges > MAX_RANGES)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "%u ranges, at most %u fit",
				  list.nr_ranges, MAX_RANGES);
	for (i = 0; i < list.nr_ranges && !status; i++)
		status = read_range(a, *list_spa, i, &r);
	*nr_ranges = list.nr_ranges;
	return status;
}

static uint32_t fix_page(struct asp *a, uint64_t pfn)
{
	const struct rmp_store *rmp = &a->ops.rmp;
	struct snp_rmp_raw e;

	if (rmp_lookup(rmp, pfn, &e))
		return SNP_FW_SUCCESS;
	switch (rmp_entry_state(&e)) {
	case SNP_STATE_HV_FIXED:
	case SNP_STATE_FIRMWARE:	/* the table itself lies in reserved memory, too */
		return SNP_FW_SUCCESS;
	default:
		return rmp_fw_transition(rmp, pfn << SNP_PAGE_SHIFT, SNP_STATE_HYPERVISOR,
					 SNP_STATE_HV_FIXED);
	}
}

/* Frames outside the table stay Default. */
static uint32_t fix_range(struct asp *a, const struct snp_fw_range *r)
{
	uint64_t pfn = r->base >> SNP_PAGE_SHIFT, end = pfn + r->nr_pages;
	uint32_t status;

	while (pfn < end) {
		/* A table ends, or has holes, at GiB granularity from there on. */
		if (a->ops.rmp_covered && !a->ops.rmp_covered(a->ops.opaque, pfn)) {
			pfn = (pfn | (PFNS_PER_GIB - 1)) + 1;
			continue;
		}
		status = fix_page(a, pfn);
		if (status)
			return asp_refuse(a, status, "frame 0x%llx cannot become HV-Fixed",
					  (unsigned long long)pfn);
		pfn++;
	}
	return SNP_FW_SUCCESS;
}

static uint32_t check_init_flags(struct asp *a, const struct snp_fw_init_ex *in)
{
	const uint32_t known = SNP_INIT_EX_INIT_RMP | SNP_INIT_EX_LIST_PADDR_EN |
			       SNP_INIT_EX_RAPL_DIS | SNP_INIT_EX_CIPHERTEXT_HIDING |
			       SNP_INIT_EX_TIO_EN;

	if ((in->flags & ~known) || in->reserved0 ||
	    !snp_report_zero(in->reserved1, sizeof(in->reserved1)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (in->flags & (SNP_INIT_EX_RAPL_DIS | SNP_INIT_EX_CIPHERTEXT_HIDING | SNP_INIT_EX_TIO_EN))
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "flags 0x%x: feature not built",
				  in->flags);
	/* Has a meaning with ciphertext hiding only (U: refused otherwise). */
	if (in->max_snp_asid)
		return asp_refuse(a, SNP_FW_INVALID_PARAM,
				  "MAX_SNP_ASID without CIPHERTEXT_HIDING_EN");
	return SNP_FW_SUCCESS;
}

uint32_t asp_snp_init_ex(struct asp *a, void *buf)
{
	const struct snp_fw_init_ex *in = buf;
	uint32_t status, nr_ranges, i;
	const char *why = "unknown";
	struct snp_fw_range r;
	uint64_t list_spa;

	status = check_init_flags(a, in);
	if (!status)
		status = check_ranges(a, in, &list_spa, &nr_ranges);
	if (status)
		return status;
	if (a->ops.config_ok && !a->ops.config_ok(a->ops.opaque, &why))
		return asp_refuse(a, SNP_FW_INVALID_CONFIG, "%s", why);

	if (in->flags & SNP_INIT_EX_INIT_RMP) {
		a->rmp_valid = false;
		if (a->ops.rmp_init(a->ops.opaque))
			return asp_refuse(a, SNP_FW_RMP_INITIALIZATION_FAILED,
					  "the RMP MSRs describe no usable table");
		a->rmp_valid = true;
	} else if (!a->rmp_valid) {
		return asp_refuse(a, SNP_FW_RMP_INIT_REQUIRED,
				  "INIT_RMP=0, RMP not initialised since power-on");
	}

	for (i = 0; i < nr_ranges; i++) {
		/* Somebody else may have written the list meanwhile. */
		status = read_range(a, list_spa, i, &r);
		if (!status)
			status = fix_range(a, &r);
		if (status)
			return status;
	}

	a->snp_state = SNP_STATE_INIT;
	for (i = 0; i <= a->cfg.max_asid; i++)
		a->asid[i] = ASP_ASID_RELEASED;
	asp_flush_owe(a, &a->snp_flush);
	return SNP_FW_SUCCESS;
}

/*
 * An ASID is owed a flush from its release on.  U: that a context not yet
 * decommissioned refuses the shutdown, and with which status.
 */
uint32_t asp_snp_shutdown_ex(struct asp *a, void *buf)
{
	const struct snp_fw_shutdown_ex *in = buf;

	if (in->len != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu", in->len,
				  sizeof(*in));
	if (in->flags & ~(uint32_t)(SNP_SHUTDOWN_EX_IOMMU | SNP_SHUTDOWN_EX_X86))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	if (in->flags & SNP_SHUTDOWN_EX_X86)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "X86_SNP_SHUTDOWN is not built");
	if (asp_guest_count(a))
		return asp_refuse(a, SNP_FW_INVALID_PLATFORM_STATE, "%u guest contexts exist",
				  asp_guest_count(a));

	flush_sample(a);
	if (a->snp_flush.pending)
		return asp_refuse(a, a->snp_flush.wbinvd_seen ? SNP_FW_DFFLUSH_REQUIRED :
				  SNP_FW_WBINVD_REQUIRED, "ASIDs were released and not flushed");

	a->snp_state = SNP_STATE_UNINIT;
	return SNP_FW_SUCCESS;
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

uint32_t asp_snp_platform_status(struct asp *a, void *buf)
{
	uint64_t spa = ((const struct snp_fw_addr *)buf)->paddr;
	struct snp_fw_snp_status out = {
		.api_major = a->current.major,
		.api_minor = a->current.minor,
		.state = a->snp_state,
		.build_id = a->current.build,
		.guest_count = asp_guest_count(a),
		.current_tcb = a->current.tcb,
		.reported_tcb = asp_reported_tcb(a),
	};
	enum snp_page_state state;
	struct snp_rmp_raw e;
	uint32_t status;

	if (a->rmp_valid)
		out.init_flags |= SNP_STATUS_IS_RMP_INIT;
	if (a->cfg.platform_info & SNP_PLATFORM_ALIAS_CHECK)
		out.init_flags |= SNP_STATUS_ALIAS_CHECK;

	status = asp_check_spa(a, &spa, 1);
	if (status)
		return status;
	if (a->snp_state == SNP_STATE_INIT &&
	    (spa & (SNP_PAGE_SIZE - 1)) + sizeof(out) > SNP_PAGE_SIZE)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "status structure crosses a page");
	status = asp_check_writable(a, spa, "status page");
	if (status)
		return status;
	state = asp_page_state(a, spa, &e);
	if (e.lo & SNP_RMP_RAW_PAGESIZE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE,
				  "status page is part of a 2 MiB page");
	status = asp_write(a, spa, &out, sizeof(out));
	if (status)
		return status;

	/* The page is handed back to the host, which still has to reclaim it. */
	if (state != SNP_STATE_FIRMWARE)
		return SNP_FW_SUCCESS;
	return rmp_fw_transition(&a->ops.rmp, spa & ~(uint64_t)(SNP_PAGE_SIZE - 1),
				 SNP_STATE_FIRMWARE, SNP_STATE_RECLAIM);
}
