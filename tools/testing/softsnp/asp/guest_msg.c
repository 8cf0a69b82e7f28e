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
 * hence the guest's own.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define MSG_VERSION	1	/* of every type here */

static uint32_t check_pages(struct asp *a, uint64_t *req_spa, uint64_t *rsp_spa)
{
	uint32_t status;

	status = asp_check_spa(a, req_spa, SNP_PAGE_SIZE);
	if (!status)
		status = asp_check_spa(a, rsp_spa, SNP_PAGE_SIZE);
	if (status)
		return status;
	if (*req_spa == *rsp_spa)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "request and response share a page");

	status = asp_check_readable(a, *req_spa, "request page");
	if (status)
		return status;
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

static const struct {
	uint8_t type;
	asp_msg_handler answer;
} handlers[] = {
	{ SNP_MSG_CPUID_REQ, asp_msg_cpuid },
	{ SNP_MSG_KEY_REQ, asp_msg_key },
	{ SNP_MSG_REPORT_REQ, asp_msg_report },
	{ ASP_MSG_EXPORT_REQ, asp_msg_export },
	{ ASP_MSG_IMPORT_REQ, asp_msg_import },
	{ ASP_MSG_ABSORB_REQ, asp_msg_import },
	{ ASP_MSG_VMRK_REQ, asp_msg_vmrk },
	{ ASP_MSG_ABSORB_NOMA_REQ, asp_msg_import },
	{ SNP_MSG_TSC_INFO_REQ, asp_msg_tsc_info },
};

static asp_msg_handler find(unsigned int type)
{
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == type)
			return handlers[i].answer;
	return NULL;
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
	if (!find(h->msg_type))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "message type %u", h->msg_type);
	return SNP_FW_SUCCESS;
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
	uint32_t status;

	out.hdr.msg_size = find(req->hdr.msg_type)(a, g, vmpck, req->payload, req->hdr.msg_size,
						   out.payload);
	if (asp_gcm_seal(g->vmpck[vmpck], &out, out.hdr.msg_size))
		status = asp_write(a, rsp_spa, &out, sizeof(out));
	else
		status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	if (!status)
		g->seqno[vmpck] += 2;
	OPENSSL_cleanse(&out, sizeof(out));
	return status;
}

/*
 * The limit on a guest's messages: a bucket of msg_burst, one more each
 * msg_interval_ms.  U: that the firmware has one, and its status.
 */
static uint32_t throttle(struct asp *a, struct asp_guest *g)
{
	const struct asp_config *c = &a->cfg;
	uint64_t now, more;

	if (!c->msg_burst || !a->ops.now_ms)
		return SNP_FW_SUCCESS;
	now = a->ops.now_ms(a->ops.opaque);
	if (!g->msg_limited) {
		g->msg_limited = true;
		g->msg_left = c->msg_burst;
		g->msg_since_ms = now;
	}
	more = (now - g->msg_since_ms) / c->msg_interval_ms;
	g->msg_since_ms += more * c->msg_interval_ms;
	if (more > c->msg_burst - g->msg_left)
		more = c->msg_burst - g->msg_left;
	g->msg_left += more;
	if (!g->msg_left)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "the guest sends messages too fast");
	g->msg_left--;
	return SNP_FW_SUCCESS;
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

	status = throttle(a, g);
	if (status)
		return status;
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
