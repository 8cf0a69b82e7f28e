// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation reports and derived keys (SNP firmware ABI, 56860, MSG_REPORT_REQ
 * and MSG_KEY_REQ).
 *
 * The user structures are the message payloads, byte for byte, so what is
 * checked here goes to the firmware as it is.  What the firmware thinks of a
 * well-formed request is the first word of the response, and the caller's to
 * read.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/string.h>

#include <snp/guest_msg.h>

#include "msg.h"
#include "report.h"

/* The only payload version of both messages. */
#define REPORT_MSG_VERSION	1
#define REPORT_VMPL_MAX		3

static_assert(sizeof(struct snp_report_req) == sizeof(struct snp_msg_report_req));
static_assert(sizeof(struct snp_derived_key_req) == sizeof(struct snp_msg_key_req));
static_assert(sizeof(struct snp_derived_key_resp) == sizeof(struct snp_msg_key_rsp));
static_assert(sizeof(struct snp_report_resp) == SNP_MSG_MAX_PAYLOAD);

/*
 * The firmware refuses an unknown version with a status outside the message,
 * without an authenticated answer and without moving its counter.  That costs
 * the VMPCK, so user space must not be able to ask for it.
 */
static int report_check_version(u8 version)
{
	return version == REPORT_MSG_VERSION ? 0 : -EINVAL;
}

/**
 * report_fill() - a request for a report
 * @req: the request, overwritten
 * @user_data: what the report carries
 * @vmpl: the VMPL that it states
 * @key_sel: SNP_REPORT_KEY_*
 */
void report_fill(struct snp_report_req *req, const u8 user_data[SNP_REPORT_USER_DATA_SIZE],
		 u32 vmpl, u32 key_sel)
{
	struct snp_msg_report_req payload = {
		.vmpl = vmpl,
		.flags = FIELD_PREP(SNP_REPORT_REQ_KEY_SEL, key_sel),
	};

	memcpy(payload.report_data, user_data, sizeof(payload.report_data));
	memcpy(req, &payload, sizeof(*req));
}

/**
 * report_get() - ask the firmware for an attestation report
 * @ch: the channel
 * @version: message version as user space gave it
 * @req: request as user space gave it, in kernel memory
 * @rsp: response payload; zero on failure
 * @certs: room for certificates of the host, or NULL for a plain report
 * @exitinfo2: result of the exit; written once the arguments are accepted
 *
 * Return: 0, -EINVAL for an argument that the firmware must not see, or as
 *	msg_exchange().
 */
int report_get(struct msg_channel *ch, u8 version, const struct snp_report_req *req,
	       struct snp_report_resp *rsp, struct msg_certs *certs, u64 *exitinfo2)
{
	struct snp_msg_report_req payload;
	struct msg_exchange x = {
		.type = SNP_MSG_REPORT_REQ,
		.version = version,
		.req = &payload,
		.req_len = sizeof(payload),
		.rsp = rsp->data,
		.rsp_len = sizeof(rsp->data),
		.certs = certs,
	};
	int rc;

	memset(rsp, 0, sizeof(*rsp));
	memcpy(&payload, req, sizeof(payload));
	rc = report_check_version(version);
	if (rc)
		return rc;
	if (payload.vmpl > REPORT_VMPL_MAX || payload.flags & ~SNP_REPORT_REQ_KEY_SEL ||
	    memchr_inv(payload.reserved, 0, sizeof(payload.reserved)))
		return -EINVAL;

	rc = msg_exchange(ch, &x);
	*exitinfo2 = x.exitinfo2;
	return rc;
}

/**
 * report_derive_key() - ask the firmware for a key of this guest
 * @ch: the channel
 * @version: message version as user space gave it
 * @req: request as user space gave it, in kernel memory
 * @rsp: response payload, secret; zero on failure
 * @exitinfo2: result of the exit; written once the arguments are accepted
 *
 * Return: as report_get().
 */
int report_derive_key(struct msg_channel *ch, u8 version, const struct snp_derived_key_req *req,
		      struct snp_derived_key_resp *rsp, u64 *exitinfo2)
{
	struct msg_exchange x = {
		.type = SNP_MSG_KEY_REQ,
		.version = version,
		.req = req,
		.req_len = sizeof(*req),
		.rsp = rsp->data,
		.rsp_len = sizeof(rsp->data),
	};
	int rc;

	memset(rsp, 0, sizeof(*rsp));
	rc = report_check_version(version);
	if (rc)
		return rc;
	if (req->vmpl > REPORT_VMPL_MAX || req->rsvd ||
	    req->root_key_select & ~(SNP_KEY_REQ_ROOT_VMRK | SNP_KEY_REQ_KEY_SEL))
		return -EINVAL;

	rc = msg_exchange(ch, &x);
	*exitinfo2 = x.exitinfo2;
	return rc;
}
