// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest asks the firmware for: attestation reports and derived keys
 * (56860: MSG_REPORT_REQ, MSG_KEY_REQ, ATTESTATION_REPORT).
 *
 * Reports are version 3, signed with the VCEK; no VLEK can be loaded here.
 * The way hardware derives keys is not observable by a guest; here it is
 * asp_prf() over the selected fields.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define REPORT_VERSION	3
#define REPORT_ID_NO_MA	0xff	/* every byte, without a migration agent; U */
#define MAX_VMPL	3

enum key_sel { KEY_SEL_VLEK_ELSE_VCEK, KEY_SEL_VCEK, KEY_SEL_VLEK, KEY_SEL_RESERVED };

static uint32_t check_key_sel(const struct asp *a, const struct asp_guest *g, unsigned int sel)
{
	switch (sel) {
	case KEY_SEL_VLEK_ELSE_VCEK:
	case KEY_SEL_VCEK:
		return a->vcek && !g->vcek_dis ? SNP_FW_SUCCESS : SNP_FW_INVALID_KEY;
	case KEY_SEL_VLEK:
		return SNP_FW_INVALID_KEY;
	default:
		return SNP_FW_INVALID_PARAM;
	}
}

static void fill_cpuid(struct snp_report *r, uint32_t fms)
{
	unsigned int family = (fms >> 8) & 0xf, model = (fms >> 4) & 0xf;

	if (family == 0xf) {
		family += (fms >> 20) & 0xff;
		model |= ((fms >> 16) & 0xf) << 4;
	}
	r->cpuid_family = family;
	r->cpuid_model = model;
	r->cpuid_stepping = fms & 0xf;
}

static void fill_report(const struct asp *a, const struct asp_guest *g,
			const struct snp_msg_report_req *req, struct snp_report *r)
{
	const struct asp_config *cfg = &a->cfg;

	memset(r, 0, sizeof(*r));
	r->version = REPORT_VERSION;
	r->policy = g->policy;
	r->vmpl = req->vmpl;
	r->signature_algo = SNP_REPORT_ALGO_P384_SHA384;
	r->current_tcb = a->current.tcb;
	r->platform_info = cfg->platform_info;
	r->flags = FIELD_PREP(SNP_REPORT_SIGNING_KEY, SNP_REPORT_SIGNER_VCEK);
	memcpy(r->report_data, req->report_data, sizeof(r->report_data));
	memcpy(r->measurement, g->ld, sizeof(r->measurement));
	memcpy(r->host_data, g->host_data, sizeof(r->host_data));
	memcpy(r->report_id, g->report_id, sizeof(r->report_id));
	memset(r->report_id_ma, REPORT_ID_NO_MA, sizeof(r->report_id_ma));
	r->reported_tcb = asp_reported_tcb(a);
	fill_cpuid(r, cfg->cpuid_fms);
	memcpy(r->chip_id, a->chip_id, sizeof(r->chip_id));
	r->committed_tcb = a->committed.tcb;
	r->current_build = a->current.build;
	r->current_minor = a->current.minor;
	r->current_major = a->current.major;
	r->committed_build = a->committed.build;
	r->committed_minor = a->committed.minor;
	r->committed_major = a->committed.major;
	r->launch_tcb = g->launch_tcb;
}

static uint32_t make_report(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			    const uint8_t *payload, size_t len, struct snp_report *r)
{
	struct snp_msg_report_req req;
	uint32_t status;

	if (len != sizeof(req))
		return SNP_FW_INVALID_PARAM;
	memcpy(&req, payload, sizeof(req));
	if ((req.flags & ~(uint32_t)SNP_REPORT_REQ_KEY_SEL) ||
	    !snp_report_zero(req.reserved, sizeof(req.reserved)))
		return SNP_FW_INVALID_PARAM;
	/* A VMPCK speaks for its own VMPL and those below. */
	if (req.vmpl > MAX_VMPL || req.vmpl < vmpck)
		return SNP_FW_INVALID_PARAM;
	status = check_key_sel(a, g, FIELD_GET(SNP_REPORT_REQ_KEY_SEL, req.flags));
	if (status)
		return status;

	fill_report(a, g, &req, r);
	if (!asp_sign(a->vcek, r, SNP_REPORT_SIGNED_LEN, r->signature_r, r->signature_s)) {
		memset(r, 0, sizeof(*r));
		return SNP_FW_HWERROR_PLATFORM;
	}
	return SNP_FW_SUCCESS;
}

/**
 * asp_msg_report() - answer MSG_REPORT_REQ
 * @a: the model
 * @g: the guest that asks
 * @vmpck: key that it asked with
 * @req: decrypted payload
 * @req_len: its length in bytes
 * @rsp: zeroed; receives the response payload
 *
 * Return: length of the response payload in bytes.
 */
size_t asp_msg_report(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	struct snp_msg_report_rsp *out = (struct snp_msg_report_rsp *)rsp;

	out->status = make_report(a, g, vmpck, req, req_len, (struct snp_report *)out->report);
	if (out->status)
		asp_refuse(a, out->status, "report request of VMPCK %u", vmpck);
	else
		out->report_size = SNP_REPORT_LEN;
	return sizeof(*out);
}

/*
 * Everything a key can depend on.  What was not selected stays zero; which
 * fields were selected is part of the input, so that a selected field that
 * happens to be zero differs from an unselected one.
 */
struct key_input {
	uint64_t guest_field_select;
	uint64_t policy;
	uint64_t tcb_version;
	uint32_t guest_svn;
	uint32_t vmpl;
	uint8_t image_id[16];
	uint8_t family_id[16];
	uint8_t measurement[ASP_LD_LEN];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];	/* zero without ID blocks, like author key and ids */
	uint8_t author_key_digest[48];
};

static uint32_t check_key_req(const struct asp *a, const struct asp_guest *g, unsigned int vmpck,
			      const struct snp_msg_key_req *req)
{
	const uint64_t fields = SNP_KEY_GFS_POLICY | SNP_KEY_GFS_IMAGE_ID | SNP_KEY_GFS_FAMILY_ID |
				SNP_KEY_GFS_MEASUREMENT | SNP_KEY_GFS_GUEST_SVN |
				SNP_KEY_GFS_TCB_VERSION;

	if ((req->flags & ~(uint32_t)(SNP_KEY_REQ_ROOT_VMRK | SNP_KEY_REQ_KEY_SEL)) ||
	    req->reserved || (req->guest_field_select & ~fields))
		return SNP_FW_INVALID_PARAM;
	if (req->vmpl > MAX_VMPL || req->vmpl < vmpck)
		return SNP_FW_INVALID_PARAM;
	/* The SVN of the ID block is the limit: none here, so zero. */
	if (req->guest_svn || !asp_tcb_within(a, req->tcb_version, a->committed.tcb))
		return SNP_FW_INVALID_PARAM;
	if (FIELD_GET(SNP_KEY_REQ_KEY_SEL, req->flags) == KEY_SEL_RESERVED)
		return SNP_FW_INVALID_PARAM;
	if (req->flags & SNP_KEY_REQ_ROOT_VMRK)
		return SNP_FW_SUCCESS;
	return check_key_sel(a, g, FIELD_GET(SNP_KEY_REQ_KEY_SEL, req->flags));
}

static uint32_t make_key(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			 const uint8_t *payload, size_t len, uint8_t key[32])
{
	struct snp_msg_key_req req;
	struct key_input in = {};
	uint32_t status;
	bool ok;

	if (len != sizeof(req))
		return SNP_FW_INVALID_PARAM;
	memcpy(&req, payload, sizeof(req));
	status = check_key_req(a, g, vmpck, &req);
	if (status)
		return status;

	in.guest_field_select = req.guest_field_select;
	in.vmpl = req.vmpl;
	memcpy(in.host_data, g->host_data, sizeof(in.host_data));
	if (req.guest_field_select & SNP_KEY_GFS_POLICY)
		in.policy = g->policy;
	if (req.guest_field_select & SNP_KEY_GFS_MEASUREMENT)
		memcpy(in.measurement, g->ld, sizeof(in.measurement));
	if (req.guest_field_select & SNP_KEY_GFS_GUEST_SVN)
		in.guest_svn = req.guest_svn;
	if (req.guest_field_select & SNP_KEY_GFS_TCB_VERSION)
		in.tcb_version = req.tcb_version;

	if (req.flags & SNP_KEY_REQ_ROOT_VMRK)
		ok = asp_prf(g->vmrk, sizeof(g->vmrk), "SNP guest key from VMRK", &in, sizeof(in),
			     key, 32);
	else
		ok = asp_prf(a->chip_secret, sizeof(a->chip_secret), "SNP guest key from VCEK",
			     &in, sizeof(in), key, 32);
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
