// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page commands (56860): SNP_PAGE_RECLAIM, SNP_PAGE_UNSMASH,
 * SNP_PAGE_MD_INIT, SNP_PAGE_MOVE.  Swapping stands in swap.c, ranges of
 * pages in ranges.c.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

static uint32_t reclaimed_state(enum snp_page_state from, enum snp_page_state *to)
{
	switch (from) {
	case SNP_STATE_FIRMWARE:
	case SNP_STATE_METADATA:
	case SNP_STATE_RECLAIM:		/* already there: fine */
		*to = SNP_STATE_RECLAIM;
		return SNP_FW_SUCCESS;
	case SNP_STATE_PRE_GUEST:
		*to = SNP_STATE_GUEST_INVALID;
		return SNP_FW_SUCCESS;
	case SNP_STATE_PRE_SWAP:
		*to = SNP_STATE_GUEST_VALID;
		return SNP_FW_SUCCESS;
	default:
		return SNP_FW_INVALID_PAGE_STATE;
	}
}

uint32_t asp_page_reclaim(struct asp *a, void *buf)
{
	uint64_t raw = ((const struct snp_fw_addr *)buf)->paddr & ~a->spa_cbit;
	bool size_2m = raw & SNP_RECLAIM_2M;
	uint64_t spa = raw & ~(uint64_t)(SNP_PAGE_SIZE - 1);
	enum snp_page_state from, to;
	struct snp_rmp_raw e;
	uint32_t status;

	if (raw & (SNP_PAGE_SIZE - 1) & ~SNP_RECLAIM_2M)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "bits 11:1 of 0x%llx are set",
				  (unsigned long long)raw);
	status = asp_check_spa(a, &spa, size_2m ? ASP_SIZE_2M : SNP_PAGE_SIZE);
	if (status)
		return status;

	from = asp_page_state(a, spa, &e);
	status = reclaimed_state(from, &to);
	if (status)
		return asp_refuse(a, status, "page 0x%llx is %s", (unsigned long long)spa,
				  rmp_state_name(from));
	if (size_2m != !!(e.lo & SNP_RMP_RAW_PAGESIZE))
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "page 0x%llx is %s",
				  (unsigned long long)spa, size_2m ? "4 KiB" : "2 MiB");
	if (from == to)
		return SNP_FW_SUCCESS;
	return rmp_fw_transition(&a->ops.rmp, spa, from, to);
}

uint32_t asp_page_unsmash(struct asp *a, void *buf)
{
	uint64_t spa = ((const struct snp_fw_addr *)buf)->paddr & ~a->spa_cbit;
	uint32_t status;

	/* U: whether the page size is stated, so either form is accepted. */
	if (spa & (SNP_PAGE_SIZE - 1) & ~SNP_RECLAIM_2M)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "bits 11:1 of 0x%llx are set",
				  (unsigned long long)spa);
	spa &= ~SNP_RECLAIM_2M;
	status = asp_check_spa(a, &spa, ASP_SIZE_2M);
	if (status)
		return status;
	status = rmp_fw_unsmash(&a->ops.rmp, spa);
	if (status)
		asp_refuse(a, status, "entries from 0x%llx on make no 2 MiB page",
			   (unsigned long long)spa);
	return status;
}

uint32_t asp_page_md_init(struct asp *a, void *buf)
{
	const struct snp_fw_page_md_init *in = buf;
	static const uint8_t zero[SNP_PAGE_SIZE];
	uint64_t spa = in->page_paddr;
	enum snp_page_state state;
	struct asp_guest *g;
	struct snp_rmp_raw e;
	uint32_t status;

	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = asp_check_spa(a, &spa, SNP_PAGE_SIZE);
	if (status)
		return status;
	state = asp_page_state(a, spa, &e);
	if (state != SNP_STATE_FIRMWARE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %s, not Firmware",
				  (unsigned long long)spa, rmp_state_name(state));
	if (e.lo & SNP_RMP_RAW_PAGESIZE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE,
				  "a metadata page within a 2 MiB page");
	status = asp_write(a, spa, zero, sizeof(zero));
	return status ? status :
	       rmp_fw_metadata(&a->ops.rmp, spa, g->gctx_pfn << SNP_PAGE_SHIFT);
}

/**
 * asp_page_of_guest() - is a page in a state, and this guest's
 * @a: the model
 * @g: the guest
 * @spa: the page, aligned to its size
 * @state: what it must be
 * @size_2m: and how large
 * @e: receives its entry
 *
 * Return: firmware status.
 */
uint32_t asp_page_of_guest(struct asp *a, const struct asp_guest *g, uint64_t spa,
			   enum snp_page_state state, bool size_2m, struct snp_rmp_raw *e)
{
	enum snp_page_state is = asp_page_state(a, spa, e);
	bool owned;

	if (is != state)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %s, not %s",
				  (unsigned long long)spa, rmp_state_name(is),
				  rmp_state_name(state));
	if (size_2m != !!(e->lo & SNP_RMP_RAW_PAGESIZE))
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "page 0x%llx is %s",
				  (unsigned long long)spa, size_2m ? "4 KiB" : "2 MiB");
	if (state == SNP_STATE_FIRMWARE)
		return SNP_FW_SUCCESS;
	/* A guest without an ASID owns no page; its commands say so themselves. */
	if (state == SNP_STATE_METADATA)
		owned = (e->lo & SNP_RMP_RAW_GPA_PFN) == g->gctx_pfn << SNP_PAGE_SHIFT;
	else
		owned = !g->asid || FIELD_GET(SNP_RMP_RAW_ASID, e->lo) == g->asid;
	if (!owned)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_OWNER, "page 0x%llx is another guest's",
				  (unsigned long long)spa);
	return SNP_FW_SUCCESS;
}

/*
 * May pages of a guest be moved and swapped?  U: that the policy's bit is
 * about moving, too.
 */
uint32_t asp_check_swappable(struct asp *a, const struct asp_guest *g)
{
	if (g->state != ASP_GUEST_RUNNING)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not running");
	if (!g->asid)
		return asp_refuse(a, SNP_FW_INACTIVE, "guest has no ASID");
	if (g->policy & SNP_POLICY_PAGE_SWAP_DISABLE)
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "the policy forbids it");
	return SNP_FW_SUCCESS;
}

/**
 * asp_page_copy() - copy the content of a page
 * @a: the model
 * @src_spa: from
 * @dst_spa: to
 * @size: bytes, whole pages
 */
uint32_t asp_page_copy(struct asp *a, uint64_t src_spa, uint64_t dst_spa, uint64_t size)
{
	uint8_t page[SNP_PAGE_SIZE];
	uint32_t status = SNP_FW_SUCCESS;
	uint64_t off;

	for (off = 0; off < size && !status; off += SNP_PAGE_SIZE) {
		status = asp_read(a, src_spa + off, page, sizeof(page));
		if (!status)
			status = asp_write(a, dst_spa + off, page, sizeof(page));
	}
	OPENSSL_cleanse(page, sizeof(page));
	return status;
}

/* Metadata: its place in the tree moves, the guest's memory does not. */
static uint32_t move_metadata(struct asp *a, struct asp_guest *g, uint64_t src, uint64_t dst,
			      bool size_2m)
{
	struct snp_rmp_raw e;
	uint32_t status;

	if (size_2m)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "a metadata page is 4 KiB");
	status = asp_page_of_guest(a, g, src, SNP_STATE_METADATA, false, &e);
	if (!status)
		status = asp_page_of_guest(a, g, dst, SNP_STATE_FIRMWARE, false, &e);
	if (!status)
		status = asp_check_swappable(a, g);
	if (!status)
		status = asp_page_copy(a, src, dst, SNP_PAGE_SIZE);
	if (!status)
		status = rmp_fw_metadata(&a->ops.rmp, dst, g->gctx_pfn << SNP_PAGE_SHIFT);
	return status ? status : rmp_fw_transition(&a->ops.rmp, src, SNP_STATE_METADATA,
						   SNP_STATE_FIRMWARE);
}

static uint32_t move_guest(struct asp *a, struct asp_guest *g, uint64_t src, uint64_t dst,
			   bool size_2m)
{
	struct snp_rmp_raw from, to;
	uint32_t status;

	status = asp_page_of_guest(a, g, src, SNP_STATE_PRE_SWAP, size_2m, &from);
	if (!status)
		status = asp_page_of_guest(a, g, dst, SNP_STATE_PRE_GUEST, size_2m, &to);
	if (status)
		return status;
	if ((from.lo ^ to.lo) & SNP_RMP_RAW_GPA_PFN)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "the pages have different GPAs");
	status = asp_check_swappable(a, g);
	if (!status)
		status = asp_page_copy(a, src, dst, size_2m ? ASP_SIZE_2M : SNP_PAGE_SIZE);
	if (!status)
		status = rmp_fw_restore(&a->ops.rmp, dst, from.hi, from.lo & SNP_RMP_RAW_VMSA);
	return status ? status : rmp_fw_transition(&a->ops.rmp, src, SNP_STATE_PRE_SWAP,
						   SNP_STATE_GUEST_INVALID);
}

uint32_t asp_page_move(struct asp *a, void *buf)
{
	const struct snp_fw_page_move *in = buf;
	bool size_2m = in->flags & SNP_PAGE_MOVE_2M;
	uint64_t size = size_2m ? ASP_SIZE_2M : SNP_PAGE_SIZE;
	uint64_t src = in->src_paddr, dst = in->dst_paddr;
	struct asp_guest *g;
	struct snp_rmp_raw e;
	uint32_t status;

	if ((in->flags & ~(uint32_t)SNP_PAGE_MOVE_2M) || in->reserved)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = asp_check_spa(a, &src, size);
	if (!status)
		status = asp_check_spa(a, &dst, size);
	if (status)
		return status;
	if (asp_page_state(a, src, &e) == SNP_STATE_METADATA)
		return move_metadata(a, g, src, dst, size_2m);
	return move_guest(a, g, src, dst, size_2m);
}
