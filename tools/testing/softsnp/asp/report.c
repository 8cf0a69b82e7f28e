// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation reports, for guests and for the host (56860: MSG_REPORT_REQ,
 * ATTESTATION_REPORT, SNP_HV_REPORT_REQ).
 *
 * Version 2 below ABI 1.56, 3 from there on, 5 from 1.58 on.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

/**
 * asp_signer() - which key a request is about
 * @a: the model
 * @g: the guest
 * @sel: key selection of the request
 * @signer: receives SNP_REPORT_SIGNER_*; none: the chip's key is masked
 *
 * Return: firmware status.
 */
uint32_t asp_signer(const struct asp *a, const struct asp_guest *g, unsigned int sel,
		    unsigned int *signer)
{
	switch (sel) {
	case ASP_KEY_SEL_VLEK:
		*signer = SNP_REPORT_SIGNER_VLEK;
		return a->vlek ? SNP_FW_SUCCESS : SNP_FW_INVALID_KEY;
	case ASP_KEY_SEL_VLEK_ELSE_VCEK:
		if (a->vlek) {
			*signer = SNP_REPORT_SIGNER_VLEK;
			return SNP_FW_SUCCESS;
		}
		break;
	case ASP_KEY_SEL_VCEK:
		break;
	default:
		return SNP_FW_INVALID_PARAM;
	}
	*signer = a->chip_mask & SNP_CONFIG_MASK_CHIP_KEY ? SNP_REPORT_SIGNER_NONE :
							   SNP_REPORT_SIGNER_VCEK;
	if (g->vcek_dis)
		return SNP_FW_INVALID_KEY;
	return a->vcek || *signer == SNP_REPORT_SIGNER_NONE ? SNP_FW_SUCCESS : SNP_FW_INVALID_KEY;
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

static void fill_platform(struct asp *a, struct snp_report *r)
{
	r->version = asp_api_at_least(a, ASP_API_MITIGATIONS) ? 5 :
		     asp_api_at_least(a, ASP_API_REPORT_3) ? 3 : 2;
	r->current_tcb = a->current.tcb;
	r->platform_info = a->platform_info;
	r->reported_tcb = asp_reported_tcb(a);
	if (r->version >= 3)
		fill_cpuid(r, a->cfg.cpuid_fms);
	if (!(a->chip_mask & SNP_CONFIG_MASK_CHIP_ID))
		memcpy(r->chip_id, a->chip_id, sizeof(r->chip_id));
	r->committed_tcb = a->committed.tcb;
	r->current_build = a->current.build;
	r->current_minor = a->current.minor;
	r->current_major = a->current.major;
	r->committed_build = a->committed.build;
	r->committed_minor = a->committed.minor;
	r->committed_major = a->committed.major;
	if (r->version >= 5)
		r->current_mit_vector = a->mit_verified;
}

static void fill_guest(const struct asp_guest *g, struct snp_report *r)
{
	r->guest_svn = g->guest_svn;
	r->policy = g->policy;
	memcpy(r->family_id, g->family_id, sizeof(r->family_id));
	memcpy(r->image_id, g->image_id, sizeof(r->image_id));
	memcpy(r->measurement, g->ld, sizeof(r->measurement));
	memcpy(r->host_data, g->host_data, sizeof(r->host_data));
	memcpy(r->id_key_digest, g->id_key_digest, sizeof(r->id_key_digest));
	memcpy(r->author_key_digest, g->author_key_digest, sizeof(r->author_key_digest));
	memcpy(r->report_id, g->report_id, sizeof(r->report_id));
	memcpy(r->report_id_ma, g->report_id_ma, sizeof(r->report_id_ma));
	r->launch_tcb = g->launch_tcb;
	if (r->version >= 5)
		r->launch_mit_vector = g->launch_mit;
}

/* Without a signer the signature stays zero. */
static bool sign(struct asp *a, unsigned int signer, struct snp_report *r)
{
	EVP_PKEY *key = NULL;
	bool ok;

	if (signer == SNP_REPORT_SIGNER_NONE)
		return true;
	if (signer == SNP_REPORT_SIGNER_VLEK) {
		key = a->vlek;
		EVP_PKEY_up_ref(key);
	} else {
		key = asp_vcek(a, r->reported_tcb);
	}
	ok = key && asp_sign(key, r, SNP_REPORT_SIGNED_LEN, r->signature_r, r->signature_s);
	EVP_PKEY_free(key);
	return ok;
}

/* @vmpl and @report_data are the requester's. */
static uint32_t issue(struct asp *a, struct asp_guest *g, unsigned int key_sel, uint32_t vmpl,
		      const uint8_t report_data[64], struct snp_report *r)
{
	unsigned int signer;
	uint32_t status = asp_signer(a, g, key_sel, &signer);

	if (status)
		return status;
	memset(r, 0, sizeof(*r));
	fill_platform(a, r);
	fill_guest(g, r);
	r->vmpl = vmpl;
	r->signature_algo = SNP_REPORT_ALGO_P384_SHA384;
	memcpy(r->report_data, report_data, sizeof(r->report_data));
	r->flags = FIELD_PREP(SNP_REPORT_SIGNING_KEY, signer) |
		   (g->author_key_en ? SNP_REPORT_AUTHOR_KEY_EN : 0) |
		   (a->chip_mask & SNP_CONFIG_MASK_CHIP_KEY ? SNP_REPORT_MASK_CHIP_KEY : 0);
	if (sign(a, signer, r))
		return SNP_FW_SUCCESS;
	memset(r, 0, sizeof(*r));
	return SNP_FW_INVALID_KEY;
}

static uint32_t make_report(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			    const uint8_t *payload, size_t len, struct snp_report *r)
{
	struct snp_msg_report_req req;

	if (len != sizeof(req))
		return SNP_FW_INVALID_PARAM;
	memcpy(&req, payload, sizeof(req));
	if ((req.flags & ~(uint32_t)SNP_REPORT_REQ_KEY_SEL) ||
	    !snp_report_zero(req.reserved, sizeof(req.reserved)))
		return SNP_FW_INVALID_PARAM;
	/* A VMPCK speaks for its own VMPL and those below. */
	if (req.vmpl > ASP_MAX_VMPL || req.vmpl < vmpck)
		return SNP_FW_INVALID_PARAM;
	return issue(a, g, FIELD_GET(SNP_REPORT_REQ_KEY_SEL, req.flags), req.vmpl, req.report_data,
		     r);
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

/* What the host may know about a guest it runs: no data of its own goes in. */
uint32_t asp_hv_report_req(struct asp *a, void *buf)
{
	static const uint8_t no_data[64];
	const struct snp_fw_hv_report_req *in = buf;
	struct snp_msg_report_rsp out = {};
	uint64_t spa = in->report_paddr;
	struct asp_guest *g;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->flags & ~(uint32_t)SNP_HV_REPORT_KEY_SEL)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = asp_check_output(a, &spa, sizeof(out), SNP_PAGE_SIZE, "report page");
	if (status)
		return status;
	if (g->state != ASP_GUEST_RUNNING)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not running");
	out.status = issue(a, g, FIELD_GET(SNP_HV_REPORT_KEY_SEL, in->flags), SNP_HV_REPORT_VMPL,
			   no_data, (struct snp_report *)out.report);
	if (out.status)
		asp_refuse(a, out.status, "report request of the host");
	else
		out.report_size = SNP_REPORT_LEN;
	return asp_write(a, spa, &out, sizeof(out));
}
