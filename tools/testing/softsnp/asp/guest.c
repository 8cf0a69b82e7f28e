// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest contexts and ASIDs (56860: SNP_GCTX_CREATE, SNP_ACTIVATE,
 * SNP_ACTIVATE_EX, SNP_DECOMMISSION, SNP_GUEST_STATUS).
 *
 * Hardware keeps the context encrypted in the context page.  Here it lives in
 * the model, found by the page's frame number, and the page holds noise: host
 * software cannot come to depend on what it reads there.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

unsigned int asp_guest_count(const struct asp *a)
{
	unsigned int i, n = 0;

	for (i = 0; i < ASP_MAX_GUESTS; i++)
		n += a->guest[i].in_use;
	return n;
}

void asp_guest_free(struct asp_guest *g)
{
	OPENSSL_cleanse(g, sizeof(*g));
}

static struct asp_guest *by_pfn(struct asp *a, uint64_t pfn)
{
	unsigned int i;

	for (i = 0; i < ASP_MAX_GUESTS; i++)
		if (a->guest[i].in_use && a->guest[i].gctx_pfn == pfn)
			return &a->guest[i];
	return NULL;
}

/**
 * asp_guest_find() - the guest of a context page
 * @a: the model
 * @gctx_spa: address from the command, C-bit or not
 * @status: receives the reason for NULL
 *
 * The RMP decides, not the model's list: a page that is no longer in Context
 * state names no guest.
 */
struct asp_guest *asp_guest_find(struct asp *a, uint64_t gctx_spa, uint32_t *status)
{
	struct asp_guest *g = NULL;
	struct snp_rmp_raw e;

	*status = asp_check_spa(a, &gctx_spa, SNP_PAGE_SIZE);
	if (*status)
		return NULL;
	if (asp_page_state(a, gctx_spa, &e) == SNP_STATE_CONTEXT)
		g = by_pfn(a, gctx_spa >> SNP_PAGE_SHIFT);
	if (!g)
		*status = asp_refuse(a, SNP_FW_INVALID_GUEST, "0x%llx is not a guest context page",
				     (unsigned long long)gctx_spa);
	return g;
}

static uint32_t fill_with_noise(struct asp *a, uint64_t spa)
{
	uint8_t noise[SNP_PAGE_SIZE];

	if (!asp_random(a, noise, sizeof(noise)))
		return asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	return asp_write(a, spa, noise, sizeof(noise));
}

static struct asp_guest *free_slot(struct asp *a)
{
	unsigned int i;

	for (i = 0; i < ASP_MAX_GUESTS; i++)
		if (!a->guest[i].in_use)
			return &a->guest[i];
	return NULL;
}

uint32_t asp_gctx_create(struct asp *a, void *buf)
{
	uint64_t spa = ((const struct snp_fw_addr *)buf)->paddr;
	enum snp_page_state state;
	struct asp_guest *g;
	struct snp_rmp_raw e;
	uint32_t status;

	status = asp_check_spa(a, &spa, SNP_PAGE_SIZE);
	if (status)
		return status;
	state = asp_page_state(a, spa, &e);
	if (state != SNP_STATE_FIRMWARE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %s, not Firmware",
				  (unsigned long long)spa, rmp_state_name(state));
	if (e.lo & SNP_RMP_RAW_PAGESIZE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "context page within a 2 MiB page");
	g = free_slot(a);
	if (!g)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "%u guests exist", ASP_MAX_GUESTS);

	status = fill_with_noise(a, spa);
	if (!status)
		status = rmp_fw_transition(&a->ops.rmp, spa, SNP_STATE_FIRMWARE,
					   SNP_STATE_CONTEXT);
	if (status)
		return status;
	memset(g, 0, sizeof(*g));
	g->in_use = true;
	g->gctx_pfn = spa >> SNP_PAGE_SHIFT;
	g->state = ASP_GUEST_INIT;
	return SNP_FW_SUCCESS;
}

/* One socket: a policy that asks for a single one is always kept. */
static uint32_t activate(struct asp *a, uint64_t gctx_spa, uint32_t asid)
{
	struct asp_guest *g;
	uint32_t status;

	g = asp_guest_find(a, gctx_spa, &status);
	if (!g)
		return status;
	if (g->state == ASP_GUEST_INIT)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest has not been started");
	if (g->asid)
		return asp_refuse(a, SNP_FW_ACTIVE, "guest has ASID %u", g->asid);
	if (!asid || asid > a->max_snp_asid)
		return asp_refuse(a, SNP_FW_INVALID_ASID, "ASID %u is not in 1..%u", asid,
				  a->max_snp_asid);
	if (a->asid[asid] == ASP_ASID_OWNED)
		return asp_refuse(a, SNP_FW_ASID_OWNED, "ASID %u", asid);
	if (a->asid[asid] == ASP_ASID_RELEASED)
		return asp_refuse(a, SNP_FW_DFFLUSH_REQUIRED, "ASID %u has not been flushed",
				  asid);

	a->asid[asid] = ASP_ASID_OWNED;
	g->asid = asid;
	return SNP_FW_SUCCESS;
}

uint32_t asp_activate(struct asp *a, void *buf)
{
	const struct snp_fw_activate *in = buf;

	return activate(a, in->gctx_paddr, in->asid);
}

static uint32_t check_apic_ids(struct asp *a, uint64_t ids_spa, uint32_t nr_ids)
{
	uint32_t status, id, i;

	if (!nr_ids || nr_ids > ASP_MAX_CORES)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "%u APIC ids", nr_ids);
	status = asp_check_spa(a, &ids_spa, sizeof(id));
	if (!status)
		status = asp_check_readable_range(a, ids_spa, nr_ids * sizeof(id), "APIC ids");
	for (i = 0; i < nr_ids && !status; i++) {
		status = asp_read(a, ids_spa + i * sizeof(id), &id, sizeof(id));
		if (!status && a->ops.apic_exists && !a->ops.apic_exists(a->ops.opaque, id))
			status = asp_refuse(a, SNP_FW_INVALID_PARAM, "no core has APIC id %u", id);
	}
	return status;
}

/* No guest runs on the model's say, so which cores are bound has no effect. */
uint32_t asp_activate_ex(struct asp *a, void *buf)
{
	const struct snp_fw_activate_ex *in = buf;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	status = check_apic_ids(a, in->ids_paddr, in->nr_ids);
	return status ? status : activate(a, in->gctx_paddr, in->asid);
}

uint32_t asp_guest_status(struct asp *a, void *buf)
{
	const struct snp_fw_guest_status *in = buf;
	uint64_t spa = in->status_paddr;
	struct snp_guest_status out = {};
	struct asp_guest *g;
	uint32_t status;

	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = asp_check_output(a, &spa, sizeof(out), 8, "guest status");
	if (status)
		return status;
	out.policy = g->policy;
	out.asid = g->asid;
	out.state = g->state;
	return asp_write(a, spa, &out, sizeof(out));
}

uint32_t asp_decommission(struct asp *a, void *buf)
{
	uint64_t spa = ((const struct snp_fw_addr *)buf)->paddr & ~a->spa_cbit;
	struct asp_guest *g;
	uint32_t status;

	g = asp_guest_find(a, spa, &status);
	if (!g)
		return status;
	status = rmp_fw_transition(&a->ops.rmp, spa, SNP_STATE_CONTEXT, SNP_STATE_FIRMWARE);
	if (status)
		return status;

	if (g->asid) {
		a->asid[g->asid] = ASP_ASID_RELEASED;
		asp_flush_owe(a, &a->snp_flush);
	}
	asp_guest_free(g);
	return SNP_FW_SUCCESS;
}
