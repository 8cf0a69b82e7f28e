// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_PAGE_SWAP_OUT, SNP_PAGE_SWAP_IN (56860): pages of a guest leave memory
 * encrypted and come back.  What is needed to check them lies in metadata
 * entries, which Metadata pages hold; the root of a tree of them is in the
 * guest context.
 *
 * U: nearly everything but the purpose.  Commands and entry are laid out in
 * <snp/fw_guest.h>, and the root entry's place is the context.
 */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "asp_priv.h"

/**
 * struct swap - one command, checked
 * @g: the guest
 * @src: first byte of the page to read
 * @dst: first byte of the page to write
 * @mdata: address of the metadata entry, unless @root
 * @size: of the page in bytes
 * @type: SNP_SWAP_TYPE_*
 * @root: the entry is the one of the context
 * @in_place: the encrypted page lies where it is to be restored
 */
struct swap {
	struct asp_guest *g;
	uint64_t src, dst, mdata, size;
	unsigned int type;
	bool root;
	bool in_place;
};

static bool is_2m(const struct swap *s)
{
	return s->size == ASP_SIZE_2M;
}

static uint32_t parse(struct asp *a, const struct snp_fw_page_swap *in, uint64_t known,
		      struct swap *s)
{
	uint32_t status;

	*s = (struct swap){
		.src = in->src_paddr, .dst = in->dst_paddr, .mdata = in->mdata_paddr,
		.size = in->flags & SNP_SWAP_2M ? ASP_SIZE_2M : SNP_PAGE_SIZE,
		.type = FIELD_GET(SNP_SWAP_TYPE, in->flags),
		.root = in->flags & SNP_SWAP_ROOT_MDATA_EN,
		.in_place = in->flags & SNP_SWAP_IN_PLACE,
	};
	if (in->flags & ~known || s->type > SNP_SWAP_TYPE_VMSA || (s->root && s->mdata))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (is_2m(s) && s->type != SNP_SWAP_TYPE_DATA)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "only data pages are of 2 MiB");
	s->g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!status)
		status = asp_check_spa(a, &s->src, s->size);
	if (!status)
		status = asp_check_spa(a, &s->dst, s->size);
	if (!status && !s->root)
		status = asp_check_spa(a, &s->mdata, sizeof(struct snp_mdata_entry));
	if (!status && s->in_place && s->src != s->dst)
		status = asp_refuse(a, SNP_FW_INVALID_PARAM, "in place, at two addresses");
	return status;
}

static uint32_t load_entry(struct asp *a, const struct swap *s, struct snp_mdata_entry *e)
{
	uint64_t page = s->mdata & ~(uint64_t)(SNP_PAGE_SIZE - 1);
	struct snp_rmp_raw rmp;
	uint32_t status;

	if (s->root) {
		*e = s->g->root_mdata;
		return SNP_FW_SUCCESS;
	}
	status = asp_page_of_guest(a, s->g, page, SNP_STATE_METADATA, false, &rmp);
	if (!status && s->type == SNP_SWAP_TYPE_METADATA &&
	    (page == s->src || page == s->dst))
		status = asp_refuse(a, SNP_FW_INVALID_ADDRESS, "a page that holds its own entry");
	return status ? status : asp_read(a, s->mdata, e, sizeof(*e));
}

static uint32_t store_entry(struct asp *a, const struct swap *s, const struct snp_mdata_entry *e)
{
	if (!s->root)
		return asp_write(a, s->mdata, e, sizeof(*e));
	s->g->root_mdata = *e;
	return SNP_FW_SUCCESS;
}

/* What of an entry the tag covers: everything but IV and tag. */
static bool crypt(const struct swap *s, struct snp_mdata_entry *e, uint8_t *data, bool seal)
{
	struct snp_mdata_entry aad = *e;

	memset(aad.iv, 0, sizeof(aad.iv));
	memset(aad.authtag, 0, sizeof(aad.authtag));
	return asp_gcm(s->g->oek, e->iv, &aad, sizeof(aad), data, s->size, e->authtag, seal);
}

static uint32_t check_out_pages(struct asp *a, const struct swap *s, struct snp_rmp_raw *e)
{
	enum snp_page_state from = s->type == SNP_SWAP_TYPE_METADATA ? SNP_STATE_METADATA :
								      SNP_STATE_PRE_SWAP;
	uint32_t status = asp_page_of_guest(a, s->g, s->src, from, is_2m(s), e);
	uint64_t off;

	if (!status && from == SNP_STATE_PRE_SWAP &&
	    !(e->lo & SNP_RMP_RAW_VMSA) != (s->type != SNP_SWAP_TYPE_VMSA))
		status = asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %sa VMSA",
				    (unsigned long long)s->src,
				    s->type == SNP_SWAP_TYPE_VMSA ? "not " : "");
	for (off = 0; off < s->size && !status; off += SNP_PAGE_SIZE)
		status = asp_check_writable(a, s->dst + off, "destination");
	return status;
}

static struct snp_mdata_entry make_entry(const struct swap *s, const struct snp_rmp_raw *rmp,
					 uint64_t software_data)
{
	struct snp_mdata_entry e = {
		.software_data = software_data,
		.gpa = SNP_MDATA_VALID | (is_2m(s) ? SNP_MDATA_2M : 0),
	};
	unsigned int i;

	if (s->type == SNP_SWAP_TYPE_METADATA) {
		e.gpa |= SNP_MDATA_METADATA;
		return e;
	}
	e.gpa |= rmp->lo & SNP_RMP_RAW_GPA_PFN;
	if (s->type == SNP_SWAP_TYPE_VMSA)
		e.gpa |= SNP_MDATA_VMSA;
	for (i = 0; i < 4; i++)
		e.vmpl_perms[i] = rmp->hi >> (8 * i);
	return e;
}

/* Everything is checked: encrypt, write, note, hand over. */
static uint32_t swap_out(struct asp *a, const struct swap *s, struct snp_mdata_entry *e,
			 uint8_t *data)
{
	uint32_t status = asp_read(a, s->src, data, s->size);

	if (!status && (!asp_random(a, e->iv, sizeof(e->iv)) || !crypt(s, e, data, true)))
		status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	if (!status)
		status = asp_write(a, s->dst, data, s->size);
	if (!status)
		status = store_entry(a, s, e);
	if (status)
		return status;
	if (s->type == SNP_SWAP_TYPE_METADATA)
		return rmp_fw_transition(&a->ops.rmp, s->src, SNP_STATE_METADATA,
					 SNP_STATE_FIRMWARE);
	return rmp_fw_transition(&a->ops.rmp, s->src, SNP_STATE_PRE_SWAP, SNP_STATE_PRE_GUEST);
}

uint32_t asp_page_swap_out(struct asp *a, void *buf)
{
	const uint64_t known = SNP_SWAP_2M | SNP_SWAP_TYPE | SNP_SWAP_ROOT_MDATA_EN;
	const struct snp_fw_page_swap *in = buf;
	struct snp_mdata_entry e;
	struct snp_rmp_raw rmp;
	uint8_t *data;
	struct swap s;
	uint32_t status;

	status = parse(a, in, known, &s);
	if (!status)
		status = check_out_pages(a, &s, &rmp);
	if (!status)
		status = load_entry(a, &s, &e);
	if (!status && e.gpa & SNP_MDATA_VALID)
		status = asp_refuse(a, SNP_FW_INVALID_MDATA_ENTRY, "the entry is in use");
	if (!status)
		status = asp_check_swappable(a, s.g);
	if (status)
		return status;

	data = malloc(s.size);
	if (!data)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "out of memory");
	e = make_entry(&s, &rmp, in->software_data);
	status = swap_out(a, &s, &e, data);
	OPENSSL_cleanse(data, s.size);
	free(data);
	return status;
}

/* Is the entry one of the page that the host wants back, and where it wants it? */
static uint32_t check_entry(struct asp *a, const struct swap *s, const struct snp_mdata_entry *e,
			    const struct snp_rmp_raw *rmp)
{
	const uint64_t kind = SNP_MDATA_VALID | SNP_MDATA_METADATA | SNP_MDATA_VMSA | SNP_MDATA_2M;
	uint64_t want = SNP_MDATA_VALID | (is_2m(s) ? SNP_MDATA_2M : 0);

	if (s->type == SNP_SWAP_TYPE_METADATA)
		want |= SNP_MDATA_METADATA;
	if (s->type == SNP_SWAP_TYPE_VMSA)
		want |= SNP_MDATA_VMSA;
	if ((e->gpa & kind) != want)
		return asp_refuse(a, SNP_FW_INVALID_MDATA_ENTRY,
				  "the entry is free, or of another kind of page");
	if (s->type != SNP_SWAP_TYPE_METADATA &&
	    (e->gpa & SNP_MDATA_GPA) != (rmp->lo & SNP_RMP_RAW_GPA_PFN))
		return asp_refuse(a, SNP_FW_INVALID_MDATA_ENTRY, "the entry is of another GPA");
	return SNP_FW_SUCCESS;
}

static uint32_t swap_in(struct asp *a, const struct swap *s, struct snp_mdata_entry *e,
			uint8_t *data)
{
	const struct snp_mdata_entry none = {};
	uint32_t status = asp_read(a, s->src, data, s->size), perms;

	if (!status && !crypt(s, e, data, false))
		status = asp_refuse(a, SNP_FW_BAD_MEASUREMENT, "the page is not what was swapped out");
	if (!status)
		status = asp_write(a, s->dst, data, s->size);
	if (!status)
		status = store_entry(a, s, &none);
	if (status)
		return status;
	if (s->type == SNP_SWAP_TYPE_METADATA)
		return rmp_fw_metadata(&a->ops.rmp, s->dst, s->g->gctx_pfn << SNP_PAGE_SHIFT);
	memcpy(&perms, e->vmpl_perms, sizeof(perms));
	return rmp_fw_restore(&a->ops.rmp, s->dst, perms, s->type == SNP_SWAP_TYPE_VMSA);
}

uint32_t asp_page_swap_in(struct asp *a, void *buf)
{
	const uint64_t known = SNP_SWAP_2M | SNP_SWAP_TYPE | SNP_SWAP_ROOT_MDATA_EN |
			       SNP_SWAP_IN_PLACE;
	const struct snp_fw_page_swap *in = buf;
	struct snp_mdata_entry e;
	enum snp_page_state to;
	struct snp_rmp_raw rmp;
	uint8_t *data;
	struct swap s;
	uint32_t status;

	status = parse(a, in, known, &s);
	if (status)
		return status;
	to = s.type == SNP_SWAP_TYPE_METADATA ? SNP_STATE_FIRMWARE : SNP_STATE_PRE_GUEST;
	if (!s.in_place)
		status = asp_check_readable_range(a, s.src, s.size, "source");
	if (!status)
		status = asp_page_of_guest(a, s.g, s.dst, to, is_2m(&s), &rmp);
	if (!status)
		status = load_entry(a, &s, &e);
	if (!status)
		status = check_entry(a, &s, &e, &rmp);
	if (!status)
		status = asp_check_swappable(a, s.g);
	if (status)
		return status;

	data = malloc(s.size);
	if (!data)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "out of memory");
	status = swap_in(a, &s, &e, data);
	OPENSSL_cleanse(data, s.size);
	free(data);
	return status;
}
