// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that guests derive (56860, MSG_KEY_REQ).
 *
 * How hardware derives them no guest can see; here it is asp_prf() over the
 * selected fields.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define KEY_GFS_LAUNCH_MIT	BIT_ULL(6)	/* U: ABI 1.58 on, one source */

/*
 * Everything a key can depend on.  What was not selected stays zero; which
 * fields were selected is part of the input, so that a selected field that
 * happens to be zero differs from an unselected one.
 */
struct key_input {
	uint64_t guest_field_select;
	uint64_t policy;
	uint64_t tcb_version;
	uint64_t launch_mit;
	uint32_t guest_svn;
	uint32_t vmpl;
	uint32_t signer;
	uint32_t root_vmrk;
	uint8_t image_id[16];
	uint8_t family_id[16];
	uint8_t measurement[ASP_LD_LEN];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
};

/* The request as of ABI 1.58 on: U. */
struct key_req {
	struct snp_msg_key_req v1;
	uint64_t launch_mit;
	uint64_t reserved;
};

static uint32_t check_fields(const struct asp *a, const struct asp_guest *g,
			     const struct key_req *req, bool has_mit)
{
	uint64_t known = SNP_KEY_GFS_POLICY | SNP_KEY_GFS_IMAGE_ID | SNP_KEY_GFS_FAMILY_ID |
			 SNP_KEY_GFS_MEASUREMENT | SNP_KEY_GFS_GUEST_SVN | SNP_KEY_GFS_TCB_VERSION;

	if (has_mit)
		known |= KEY_GFS_LAUNCH_MIT;
	if (req->v1.guest_field_select & ~known || req->reserved)
		return SNP_FW_INVALID_PARAM;
	/* A guest cannot claim to be newer than it is. */
	if (req->v1.guest_svn > g->guest_svn || req->launch_mit & ~g->launch_mit ||
	    !asp_tcb_within(a, req->v1.tcb_version, a->committed.tcb))
		return SNP_FW_INVALID_PARAM;
	return SNP_FW_SUCCESS;
}

static uint32_t check_key_req(const struct asp *a, const struct asp_guest *g, unsigned int vmpck,
			      const struct key_req *req, bool has_mit, unsigned int *signer)
{
	unsigned int sel = FIELD_GET(SNP_KEY_REQ_KEY_SEL, req->v1.flags);
	uint32_t status;

	if (req->v1.flags & ~(uint32_t)(SNP_KEY_REQ_ROOT_VMRK | SNP_KEY_REQ_KEY_SEL) ||
	    req->v1.reserved)
		return SNP_FW_INVALID_PARAM;
	if (req->v1.vmpl > ASP_MAX_VMPL || req->v1.vmpl < vmpck)
		return SNP_FW_INVALID_PARAM;
	status = check_fields(a, g, req, has_mit);
	if (status)
		return status;
	*signer = SNP_REPORT_SIGNER_NONE;
	if (sel > ASP_KEY_SEL_VLEK)
		return SNP_FW_INVALID_PARAM;
	if (req->v1.flags & SNP_KEY_REQ_ROOT_VMRK)
		return SNP_FW_SUCCESS;
	status = asp_signer(a, g, sel, signer);
	/* Masking hides the chip's key from guests altogether (U). */
	if (!status && *signer == SNP_REPORT_SIGNER_NONE)
		status = SNP_FW_INVALID_KEY;
	return status;
}

static void fill_input(const struct asp_guest *g, const struct key_req *req, unsigned int signer,
		       struct key_input *in)
{
	uint64_t gfs = req->v1.guest_field_select;

	in->guest_field_select = gfs;
	in->vmpl = req->v1.vmpl;
	in->signer = signer;
	in->root_vmrk = req->v1.flags & SNP_KEY_REQ_ROOT_VMRK;
	memcpy(in->host_data, g->host_data, sizeof(in->host_data));
	memcpy(in->id_key_digest, g->id_key_digest, sizeof(in->id_key_digest));
	memcpy(in->author_key_digest, g->author_key_digest, sizeof(in->author_key_digest));
	if (gfs & SNP_KEY_GFS_POLICY)
		in->policy = g->policy;
	if (gfs & SNP_KEY_GFS_IMAGE_ID)
		memcpy(in->image_id, g->image_id, sizeof(in->image_id));
	if (gfs & SNP_KEY_GFS_FAMILY_ID)
		memcpy(in->family_id, g->family_id, sizeof(in->family_id));
	if (gfs & SNP_KEY_GFS_MEASUREMENT)
		memcpy(in->measurement, g->ld, sizeof(in->measurement));
	if (gfs & SNP_KEY_GFS_GUEST_SVN)
		in->guest_svn = req->v1.guest_svn;
	if (gfs & SNP_KEY_GFS_TCB_VERSION)
		in->tcb_version = req->v1.tcb_version;
	if (gfs & KEY_GFS_LAUNCH_MIT)
		in->launch_mit = req->launch_mit;
}

static uint32_t make_key(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			 const uint8_t *payload, size_t len, uint8_t key[32])
{
	bool has_mit = asp_api_at_least(a, ASP_API_MITIGATIONS) && len == sizeof(struct key_req);
	struct key_input in = {};
	struct key_req req = {};
	unsigned int signer;
	uint32_t status;
	bool ok;

	if (len != sizeof(req.v1) && !has_mit)
		return SNP_FW_INVALID_PARAM;
	memcpy(&req, payload, len);
	status = check_key_req(a, g, vmpck, &req, has_mit, &signer);
	if (status)
		return status;

	fill_input(g, &req, signer, &in);
	if (in.root_vmrk)
		ok = asp_prf(g->vmrk, sizeof(g->vmrk), "SNP guest key from VMRK", &in, sizeof(in),
			     key, 32);
	else if (signer == SNP_REPORT_SIGNER_VLEK)
		ok = asp_prf(a->vlek_secret, sizeof(a->vlek_secret), "SNP guest key from VLEK",
			     &in, sizeof(in), key, 32);
	else
		ok = asp_prf(a->chip_secret, sizeof(a->chip_secret), "SNP guest key from VCEK",
			     &in, sizeof(in), key, 32);
	OPENSSL_cleanse(&in, sizeof(in));
	return ok ? SNP_FW_SUCCESS : SNP_FW_HWERROR_PLATFORM;
}

/**
 * asp_msg_key() - answer MSG_KEY_REQ
 * @a: the model
 * @g: the guest that asks
 * @vmpck: key that it asked with
 * @req: decrypted payload
 * @req_len: its length in bytes
 * @rsp: zeroed; receives the response payload
 *
 * Return: length of the response payload in bytes.
 */
size_t asp_msg_key(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		   const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	struct snp_msg_key_rsp *out = (struct snp_msg_key_rsp *)rsp;

	out->status = make_key(a, g, vmpck, req, req_len, out->key);
	if (out->status)
		asp_refuse(a, out->status, "key request of VMPCK %u", vmpck);
	return sizeof(*out);
}
