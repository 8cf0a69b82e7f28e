// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_GUEST_REQUEST: messages between a guest and the firmware that the host
 * carries but cannot read (56860, chapter on guest messages).
 *
 * Nothing of a refused request leaves a trace: no response is written and no
 * counter moves.  From the moment the request is authentic, current and of a
 * known type the command succeeds, and what is wrong with the payload is said
 * inside the encrypted response.
 *
 * Reserved header fields are not checked: those that matter are authenticated,
 * hence the guest's own.  Message types other than key and report requests are
 * not built and refused like unknown ones.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define MSG_VERSION	1	/* of every type here */

/* A response payload, large enough for each type. */
union response {
	struct snp_msg_report_rsp report;
	struct snp_msg_key_rsp key;
};

static uint32_t check_pages(struct asp *a, uint64_t *req_spa, uint64_t *rsp_spa)
{
	enum snp_page_state state;
	struct snp_rmp_raw e;
	uint32_t status;

	status = asp_check_spa(a, req_spa, SNP_PAGE_SIZE);
	if (!status)
		status = asp_check_spa(a, rsp_spa, SNP_PAGE_SIZE);
	if (status)
		return status;
	if (*req_spa == *rsp_spa)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "request and response share a page");

	state = asp_page_state(a, *req_spa, &e);
	switch (state) {
	case SNP_STATE_HYPERVISOR:
	case SNP_STATE_HV_FIXED:
	case SNP_STATE_FIRMWARE:
	case SNP_STATE_DEFAULT:
		break;
	default:
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "request page 0x%llx is %s",
				  (unsigned long long)*req_spa, rmp_state_name(state));
	}
	return asp_check_writable(a, *rsp_spa, "response page");
}

static uint32_t check_header(struct asp *a, const struct snp_msg_hdr *h)
{
	if (h->hdr_version != SNP_MSG_HDR_VERSION || h->hdr_size != SNP_MSG_HDR_SIZE)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "header version %u, size 0x%x",
				  h->hdr_version, h->hdr_size);
	if (h->algo != SNP_MSG_ALGO_AES_256_GCM)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "algorithm %u", h->algo);
	if (!h->msg_size || h->msg_size % 16 || h->msg_size > SNP_MSG_MAX_PAYLOAD)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "payload of %u bytes", h->msg_size);
	if (h->msg_vmpck >= SNP_NR_VMPCK)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "VMPCK %u", h->msg_vmpck);
	return SNP_FW_SUCCESS;
}

/* Authenticity, then freshness, then what kind of message it is. */
static uint32_t open_request(struct asp *a, struct asp_guest *g, struct snp_msg *msg)
{
	struct snp_msg_hdr *h = &msg->hdr;
	uint64_t last = g->seqno[h->msg_vmpck];

	if (!asp_gcm_open(g->vmpck[h->msg_vmpck], msg, h->msg_size))
		return asp_refuse(a, SNP_FW_BAD_MEASUREMENT, "message is not authentic");
	/* The response takes a number, too. */
	if (last > UINT64_MAX - 2)
		return asp_refuse(a, SNP_FW_AEAD_OFLOW, "sequence numbers of VMPCK %u are used up",
				  h->msg_vmpck);
	if (h->msg_seqno != last + 1)
		return asp_refuse(a, SNP_FW_AEAD_OFLOW, "sequence number %llu after %llu",
				  (unsigned long long)h->msg_seqno, (unsigned long long)last);
	if (h->msg_version != MSG_VERSION)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "message version %u", h->msg_version);
	if (h->msg_type != SNP_MSG_KEY_REQ && h->msg_type != SNP_MSG_REPORT_REQ)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "message type %u", h->msg_type);
	return SNP_FW_SUCCESS;
}

static size_t answer(struct asp *a, struct asp_guest *g, const struct snp_msg *req,
		     union response *rsp)
{
	const struct snp_msg_hdr *h = &req->hdr;

	memset(rsp, 0, sizeof(*rsp));
	if (h->msg_type == SNP_MSG_REPORT_REQ)
		return asp_msg_report(a, g, h->msg_vmpck, req->payload, h->msg_size,
				      (uint8_t *)rsp);
	return asp_msg_key(a, g, h->msg_vmpck, req->payload, h->msg_size, (uint8_t *)rsp);
}

static uint32_t respond(struct asp *a, struct asp_guest *g, const struct snp_msg *req,
			uint64_t rsp_spa)
{
	const unsigned int vmpck = req->hdr.msg_vmpck;
	struct snp_msg out = {
		.hdr = {
			.msg_seqno = req->hdr.msg_seqno + 1,
			.algo = SNP_MSG_ALGO_AES_256_GCM,
			.hdr_version = SNP_MSG_HDR_VERSION,
			.hdr_size = SNP_MSG_HDR_SIZE,
			.msg_type = req->hdr.msg_type + 1,
			.msg_version = req->hdr.msg_version,
			.msg_vmpck = vmpck,
		},
	};
	union response rsp;
	uint32_t status;

	out.hdr.msg_size = answer(a, g, req, &rsp);
	memcpy(out.payload, &rsp, out.hdr.msg_size);
	OPENSSL_cleanse(&rsp, sizeof(rsp));

	if (asp_gcm_seal(g->vmpck[vmpck], &out, out.hdr.msg_size))
		status = asp_write(a, rsp_spa, &out, sizeof(out));
	else
		status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	if (!status)
		g->seqno[vmpck] += 2;
	return status;
}

uint32_t asp_guest_request(struct asp *a, void *buf)
{
	const struct snp_fw_guest_request *in = buf;
	uint64_t req_spa = in->request_paddr, rsp_spa = in->response_paddr;
	struct asp_guest *g;
	struct snp_msg msg;
	uint32_t status;

	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = check_pages(a, &req_spa, &rsp_spa);
	if (status)
		return status;
	if (g->state != ASP_GUEST_RUNNING)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not running");

	status = asp_read(a, req_spa, &msg, sizeof(msg));
	if (!status)
		status = check_header(a, &msg.hdr);
	if (!status)
		status = open_request(a, g, &msg);
	if (!status)
		status = respond(a, g, &msg, rsp_spa);
	OPENSSL_cleanse(&msg, sizeof(msg));
	return status;
}
