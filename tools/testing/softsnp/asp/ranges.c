// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of page ranges: HV-Fixed pages at SNP_INIT_EX, and what
 * SNP_PAGE_SET_STATE changes (56860).
 */
#include "asp_priv.h"

#define PFNS_PER_GIB	0x40000ULL
#define PFNS_PER_2M	512
#define MAX_RANGES	4096	/* U: what the limit is */

/**
 * asp_range_read() - one row of a range list
 * @a: the model
 * @list_spa: the list
 * @i: row
 * @r: receives it, without C-bit
 */
uint32_t asp_range_read(struct asp *a, uint64_t list_spa, uint32_t i, struct snp_fw_range *r)
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

/**
 * asp_range_list_read() - check a range list
 * @a: the model
 * @list_spa: address from the command; loses its C-bit
 * @nr_ranges: receives the number of rows
 *
 * Every range of the list must hold before the first entry changes.
 */
uint32_t asp_range_list_read(struct asp *a, uint64_t *list_spa, uint32_t *nr_ranges)
{
	struct snp_fw_range_list list;
	struct snp_fw_range r;
	uint32_t status, i;

	*nr_ranges = 0;
	status = asp_check_spa(a, list_spa, 8);
	if (!status)
		status = asp_check_readable(a, *list_spa, "range list");
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
		status = asp_range_read(a, *list_spa, i, &r);
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

/* Hypervisor to HV-Fixed; frames outside the table stay Default. */
uint32_t asp_range_fix(struct asp *a, const struct snp_fw_range *r)
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

/* Is each page of @r one that can become HV-Fixed now? */
static uint32_t check_set_state(struct asp *a, const struct snp_fw_range *r)
{
	uint64_t pfn = r->base >> SNP_PAGE_SHIFT, end = pfn + r->nr_pages;
	enum snp_page_state state;
	struct snp_rmp_raw e;

	if (pfn % PFNS_PER_2M || r->nr_pages % PFNS_PER_2M)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "a range is not of whole 2 MiB");
	for (; pfn < end; pfn++) {
		state = asp_page_state(a, pfn << SNP_PAGE_SHIFT, &e);
		if (state != SNP_STATE_FIRMWARE)
			return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE,
					  "frame 0x%llx is %s, not Firmware",
					  (unsigned long long)pfn, rmp_state_name(state));
	}
	return SNP_FW_SUCCESS;
}

static uint32_t set_state(struct asp *a, const struct snp_fw_range *r)
{
	uint64_t pfn = r->base >> SNP_PAGE_SHIFT, end = pfn + r->nr_pages;
	uint32_t status = SNP_FW_SUCCESS;
	struct snp_rmp_raw e;

	while (!status && pfn < end) {
		asp_page_state(a, pfn << SNP_PAGE_SHIFT, &e);
		status = rmp_fw_fix(&a->ops.rmp, pfn << SNP_PAGE_SHIFT);
		pfn += e.lo & SNP_RMP_RAW_PAGESIZE ? PFNS_PER_2M : 1;
	}
	return status;
}

uint32_t asp_page_set_state(struct asp *a, void *buf)
{
	const struct snp_fw_page_set_state *in = buf;
	uint64_t list_spa = in->list_paddr;
	uint32_t status, nr_ranges, i;
	struct snp_fw_range r;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	status = asp_range_list_read(a, &list_spa, &nr_ranges);
	for (i = 0; i < nr_ranges && !status; i++) {
		status = asp_range_read(a, list_spa, i, &r);
		if (!status)
			status = check_set_state(a, &r);
	}
	/* Somebody else may have written the list meanwhile: check each again. */
	for (i = 0; i < nr_ranges && !status; i++) {
		status = asp_range_read(a, list_spa, i, &r);
		if (!status)
			status = check_set_state(a, &r);
		if (!status)
			status = set_state(a, &r);
	}
	return status;
}
