// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_DBG_DECRYPT, SNP_DBG_ENCRYPT: the host reads and writes a guest whose
 * owner allowed it (56860).
 *
 * Memory is not encrypted here, so both copy; what they check is everything
 * that stands between host and guest.  U: 4 KiB at a time, the states of the
 * guest's page, that the guest must be active.
 */
#include "asp_priv.h"

/* Is the page around @spa memory of @g? */
static uint32_t check_guest_page(struct asp *a, const struct asp_guest *g, uint64_t spa,
				 bool immutable)
{
	enum snp_page_state state;
	struct snp_rmp_raw e;

	state = asp_page_state(a, spa, &e);
	switch (state) {
	case SNP_STATE_GUEST_INVALID:
	case SNP_STATE_GUEST_VALID:
		if (!immutable)
			break;
		/* fallthrough */
	default:
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %s",
				  (unsigned long long)spa, rmp_state_name(state));
	case SNP_STATE_PRE_GUEST:
	case SNP_STATE_PRE_SWAP:
		break;
	}
	if (g->asid && FIELD_GET(SNP_RMP_RAW_ASID, e.lo) != g->asid)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_OWNER, "page of ASID %u, guest has %u",
				  (unsigned int)FIELD_GET(SNP_RMP_RAW_ASID, e.lo), g->asid);
	return SNP_FW_SUCCESS;
}

static uint32_t check_guest(struct asp *a, const struct asp_guest *g)
{
	if (g->state == ASP_GUEST_INIT)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest has not been started");
	if (!g->asid)
		return asp_refuse(a, SNP_FW_INACTIVE, "guest has no ASID");
	if (!(g->policy & SNP_POLICY_DEBUG))
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "the policy forbids debugging");
	return SNP_FW_SUCCESS;
}

static struct asp_guest *start(struct asp *a, const struct snp_fw_dbg *in, uint64_t *src,
			       uint64_t *dst, uint32_t *status)
{
	struct asp_guest *g = asp_guest_find(a, in->gctx_paddr, status);

	if (!g)
		return NULL;
	*src = in->src_paddr;
	*dst = in->dst_paddr;
	*status = asp_check_spa(a, src, SNP_PAGE_SIZE);
	if (!*status)
		*status = asp_check_spa(a, dst, SNP_PAGE_SIZE);
	return *status ? NULL : g;
}

uint32_t asp_dbg_decrypt(struct asp *a, void *buf)
{
	uint64_t src, dst;
	struct asp_guest *g;
	uint32_t status;

	g = start(a, buf, &src, &dst, &status);
	if (!g)
		return status;
	status = check_guest_page(a, g, src, false);
	if (!status)
		status = asp_check_output(a, &dst, SNP_PAGE_SIZE, SNP_PAGE_SIZE, "destination");
	if (!status)
		status = check_guest(a, g);
	return status ? status : asp_page_copy(a, src, dst, SNP_PAGE_SIZE);
}

uint32_t asp_dbg_encrypt(struct asp *a, void *buf)
{
	uint64_t src, dst;
	struct asp_guest *g;
	uint32_t status;

	g = start(a, buf, &src, &dst, &status);
	if (!g)
		return status;
	status = asp_check_readable(a, src, "source");
	if (!status)
		status = check_guest_page(a, g, dst, true);
	if (!status)
		status = check_guest(a, g);
	return status ? status : asp_page_copy(a, src, dst, SNP_PAGE_SIZE);
}
