// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest messages to the SNP firmware (SNP firmware ABI, 56860, chapter on
 * guest messages), carried by the SNP guest request exit (GHCB
 * specification, 56421).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": msg: " fmt

#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include <arch-x86/ghcb/ghcb.h>
#include <snp/fw.h>
#include <snp/ghcb.h>

#include "msg.h"
#include "trace.h"

/**
 * DOC: Life of a message
 *
 * The hypervisor carries the messages and may drop, repeat, reorder or forge
 * them.  It must never see two texts under one key and sequence number, since
 * that would break AES-GCM for the life of the key.  Hence:
 *
 * - A request is built and encrypted in private memory and only then copied
 *   to the shared page.  From there on it is *pending*: whatever happens, the
 *   only thing sent under its number is this very ciphertext, until it is
 *   answered or the key is retired.  A caller that is killed or times out
 *   while the hypervisor throttles leaves it pending; the next caller has it
 *   answered first, and the answer is thrown away.
 * - The counter in the secrets page moves before the hypervisor sees the
 *   request.  Whatever ends this kernel then, a crash kernel or another driver
 *   finds a number that no text has had.
 * - The response page is copied to private memory once, then checked, then
 *   decrypted.
 * - A response that is not the answer, or a firmware error, retires the key:
 *   it is wiped in the secrets page, where a kexec'd kernel or another driver
 *   would find it, and in this driver; the reason stays readable.  So does
 *   unloading with a message pending, because nobody else can get it answered,
 *   and the firmware may wait for its number.
 *
 * An extended request is the same message, carried by another exit that brings
 * certificates along.  When these do not fit, the hypervisor has not passed the
 * message on.  It is sent again as a plain request, so that it gets answered and
 * the key stays usable; that answer is verified like any other, and only then
 * the caller is told the size.
 *
 * The result that the hypervisor returns is not authenticated, the response
 * is: after an exit that an NMI spoilt, the response page decides.
 */

/* A throttled message is sent again after so long, then twice that, up to the most ... */
#define MSG_RETRY_FIRST		(HZ / 4)
#define MSG_RETRY_MOST		(16 * MSG_RETRY_FIRST)
/* ... for so long. */
#define MSG_RETRY_TIME		(60 * HZ)
/* Exits that NMIs spoilt, in one try to get an answer. */
#define MSG_SPOILT_TRIES	16

#define MSG_NO_RESULT		U64_MAX
#define MSG_INVALID_LEN		FIELD_PREP(SNP_REQ_VMM_STATUS, (u64)SNP_REQ_VMM_INVALID_LEN)

static struct snp_msg *msg_shared_request(struct msg_channel *ch)
{
	return ch->shared.map;
}

static struct snp_msg *msg_shared_response(struct msg_channel *ch)
{
	return ch->shared.map + SNP_PAGE_SIZE;
}

static void *msg_shared_certs(struct msg_channel *ch)
{
	return ch->shared.map + MSG_NR_PAGES * SNP_PAGE_SIZE;
}

/* Encrypts into ch->request; the hypervisor has not seen it yet. */
static int msg_build(struct msg_channel *ch, const struct msg_exchange *x)
{
	struct snp_msg *msg = ch->request;
	u8 iv[SNP_MSG_IV_LEN];
	u64 seqno;
	int rc;

	if (!msg_next_seqno(READ_ONCE(ch->secrets->msg_seqno[ch->vmpck]), &seqno)) {
		pr_err_ratelimited("VMPCK%u: sequence counter is %u, exhausted or not even; use another VMPCK\n",
				   ch->vmpck, ch->secrets->msg_seqno[ch->vmpck]);
		return -EIO;
	}
	ch->request_id = (struct msg_id){
		.seqno = seqno,
		.type = x->type,
		.version = x->version,
		.vmpck = ch->vmpck,
	};
	memset(msg, 0, sizeof(*msg));
	msg_build_header(&msg->hdr, &ch->request_id, x->req_len);
	memcpy(msg->payload, x->req, x->req_len);
	msg_iv(iv, seqno);
	rc = gcm_encrypt(&ch->gcm, (u8 *)msg + SNP_MSG_AAD_OFFSET, SNP_MSG_AAD_LEN, x->req_len,
			 iv, msg->hdr.authtag);
	if (rc)
		memzero_explicit(msg, sizeof(*msg));
	return rc;
}

/* One exit.  Fills *@exitinfo2, ch->response, and with @certs *@nr_needed. */
static int msg_send_once(struct msg_channel *ch, const struct msg_certs *certs, u64 *nr_needed,
			 u64 *exitinfo2)
{
	struct ghcb_call call = {
		.code = SNP_EXIT_GUEST_REQUEST,
		.info1 = ch->shared.gpa,
		.info2 = ch->shared.gpa + SNP_PAGE_SIZE,
	};
	int rc;

	if (certs) {
		call.code = SNP_EXIT_EXT_GUEST_REQUEST;
		call.with_regs = true;
		call.rax = ch->shared.gpa + MSG_NR_PAGES * SNP_PAGE_SIZE;
		call.rbx = certs->len / SNP_PAGE_SIZE;
		memset(msg_shared_certs(ch), 0, MSG_CERTS_MAX);
	}
	*exitinfo2 = MSG_NO_RESULT;
	/* Used from now on, the response's too. */
	WRITE_ONCE(ch->secrets->msg_seqno[ch->vmpck], (u32)(ch->request_id.seqno + 1));
	ch->pending = true;
	barrier();
	memset(msg_shared_response(ch), 0, SNP_PAGE_SIZE);
	memcpy(msg_shared_request(ch), ch->request, SNP_PAGE_SIZE);

	rc = ghcb_call(&call);
	/* Once: the hypervisor can write the shared page at any time. */
	memcpy(ch->response, msg_shared_response(ch), SNP_PAGE_SIZE);
	if (!rc) {
		*exitinfo2 = call.info2;
		*nr_needed = call.rbx;
	}
	return rc;
}

/* Jiffies until try number @tries, counted from 1, of a throttled message. */
static unsigned long msg_retry_delay(unsigned int tries)
{
	if (tries > ilog2(MSG_RETRY_MOST / MSG_RETRY_FIRST))
		return MSG_RETRY_MOST;
	return (unsigned long)MSG_RETRY_FIRST << (tries - 1);
}

/* A throttled message waits.  Fatal signals and unloading end the wait. */
static int msg_wait(struct msg_channel *ch, unsigned int tries, unsigned long deadline)
{
	if (time_after(jiffies, deadline))
		return -ETIMEDOUT;
	if (wait_event_killable_timeout(ch->stop_wait, READ_ONCE(ch->stopping),
					msg_retry_delay(tries)) < 0)
		return -EINTR;
	return READ_ONCE(ch->stopping) ? -ENODEV : 0;
}

/*
 * Send the pending message until the hypervisor has a result for it.  With
 * @certs: -EMSGSIZE when they do not fit into @certs->len; then the message is
 * still pending, and *@nr_needed is what the hypervisor said.
 */
static int msg_send(struct msg_channel *ch, const struct msg_certs *certs, u64 *nr_needed,
		    u64 *exitinfo2)
{
	unsigned long deadline = jiffies + MSG_RETRY_TIME;
	unsigned int spoilt = 0, tries = 0;
	u32 fw, vmm;
	int rc;

	for (;;) {
		rc = msg_send_once(ch, certs, nr_needed, exitinfo2);
		trace_snp_guest_message(ch->vmpck, ch->request_id.seqno, ch->request_id.type,
					certs, rc, *exitinfo2);
		if (rc == -EAGAIN) {
			WRITE_ONCE(ch->spoilt, ch->spoilt + 1);
			/* An NMI took the result.  Is there a response? */
			if (ch->response->hdr.msg_seqno == ch->request_id.seqno + 1) {
				*exitinfo2 = 0;
				return 0;
			}
			if (++spoilt < MSG_SPOILT_TRIES)
				continue;
			return rc;
		}
		if (rc == -ENODEV)
			return rc;
		if (rc) {
			msg_retire(ch, "the hypervisor refused the guest request");
			return -EIO;
		}

		if (!*exitinfo2)
			return 0;
		if (certs && *exitinfo2 == MSG_INVALID_LEN)
			return -EMSGSIZE;
		fw = FIELD_GET(SNP_REQ_FW_STATUS, *exitinfo2);
		vmm = FIELD_GET(SNP_REQ_VMM_STATUS, *exitinfo2);
		if (vmm != SNP_REQ_VMM_BUSY || fw) {
			pr_err("message %llu: firmware status 0x%x (%s), hypervisor status 0x%x\n",
			       ch->request_id.seqno, fw, snp_fw_status_name(fw), vmm);
			msg_retire(ch, vmm ? "the hypervisor failed the guest request" :
					     "the firmware refused the message");
			return -EIO;
		}
		WRITE_ONCE(ch->throttled, ch->throttled + 1);
		rc = msg_wait(ch, ++tries, deadline);
		if (rc)
			return rc;
	}
}

/*
 * Check ch->response and decrypt its payload, which the caller wipes with
 * msg_wipe_text().  Every defect is final.
 */
static int msg_receive(struct msg_channel *ch, u16 max_size)
{
	struct snp_msg *msg = ch->response;
	enum msg_defect defect;
	u8 iv[SNP_MSG_IV_LEN];

	defect = msg_check_response(&msg->hdr, &ch->request_id, max_size);
	if (defect != MSG_OK) {
		trace_snp_guest_response(ch->vmpck, msg->hdr.msg_seqno, msg->hdr.msg_size,
					 -EBADMSG);
		pr_err("response to message %llu: %s\n", ch->request_id.seqno,
		       msg_defect_text(defect));
		msg_retire(ch, msg_defect_text(defect));
		return -EBADMSG;
	}
	msg_iv(iv, msg->hdr.msg_seqno);
	if (gcm_decrypt(&ch->gcm, (u8 *)msg + SNP_MSG_AAD_OFFSET, SNP_MSG_AAD_LEN,
			msg->hdr.msg_size, iv, msg->hdr.authtag)) {
		trace_snp_guest_response(ch->vmpck, msg->hdr.msg_seqno, msg->hdr.msg_size,
					 -EBADMSG);
		pr_err("response to message %llu fails authentication\n", ch->request_id.seqno);
		msg_retire(ch, "the response failed authentication");
		return -EBADMSG;
	}

	/* The exchange is over. */
	trace_snp_guest_response(ch->vmpck, msg->hdr.msg_seqno, msg->hdr.msg_size, 0);
	ch->pending = false;
	WRITE_ONCE(ch->messages, ch->messages + 1);
	return 0;
}

static void msg_wipe_text(struct msg_channel *ch)
{
	memzero_explicit(ch->response->payload, ch->response->hdr.msg_size);
}

/* An earlier caller has left its message: nothing else may be sent before. */
static int msg_finish_pending(struct msg_channel *ch, u64 *exitinfo2)
{
	u64 nr_needed;
	int rc;

	if (!ch->pending)
		return 0;
	rc = msg_send(ch, NULL, &nr_needed, exitinfo2);
	if (!rc)
		rc = msg_receive(ch, SNP_MSG_MAX_PAYLOAD);
	if (!rc)
		msg_wipe_text(ch);
	return rc;
}

/*
 * The certificates did not fit: have the message answered without them, then
 * tell the caller how much room they need.  The number is the hypervisor's: it
 * must be one that helps, or a caller could ask again for ever.
 */
static int msg_settle_length(struct msg_channel *ch, struct msg_certs *certs, u64 nr_needed,
			     u64 *exitinfo2)
{
	int rc;

	rc = msg_finish_pending(ch, exitinfo2);
	if (rc)
		return rc;
	*exitinfo2 = MSG_INVALID_LEN;
	if (nr_needed > MSG_CERT_PAGES || nr_needed <= certs->len / SNP_PAGE_SIZE) {
		pr_err_ratelimited("the hypervisor wants %llu pages for certificates, %u were given and %u are the limit\n",
				   nr_needed, certs->len / SNP_PAGE_SIZE, MSG_CERT_PAGES);
		return -EPROTO;
	}
	certs->needed = nr_needed * SNP_PAGE_SIZE;
	return -EIO;
}

/**
 * msg_exchange() - send a request, wait for the response
 * @ch: the channel
 * @x: request, and room for the response
 *
 * Context: process context, sleeps while the hypervisor throttles.
 *	Allocates nothing.
 * Return: 0; -ENOTTY when the key is retired; -EIO when the counter is
 *	exhausted, or firmware or hypervisor failed the message; -EBADMSG when
 *	the response is not the answer; -EPROTO when the hypervisor names a
 *	size for the certificates that cannot be; -ETIMEDOUT when throttled for too long;
 *	-EINTR on a fatal signal; -EAGAIN when NMIs spoilt every try; -ENODEV
 *	when the driver is going away or the GHCB of this CPU is not found.
 *	-EIO from the hypervisor or firmware and -EBADMSG retire the key, except
 *	-EIO with @x->certs->needed set.
 */
int msg_exchange(struct msg_channel *ch, struct msg_exchange *x)
{
	struct msg_certs *certs = x->certs;
	u64 nr_needed = 0;
	int rc;

	x->exitinfo2 = 0;
	memset(x->rsp, 0, x->rsp_len);
	if (certs) {
		certs->needed = 0;
		if (certs->len > MSG_CERTS_MAX || certs->len % SNP_PAGE_SIZE)
			return -EINVAL;
		memset(certs->buf, 0, certs->len);
	}
	if (!x->req_len || x->req_len > SNP_MSG_MAX_PAYLOAD)
		return -EINVAL;

	if (mutex_lock_killable(&ch->lock))
		return -EINTR;
	rc = -ENODEV;
	if (ch->stopping)
		goto out;
	rc = -ENOTTY;
	if (msg_retired(ch, ch->vmpck))
		goto out;
	rc = msg_finish_pending(ch, &x->exitinfo2);
	if (rc)
		goto out;
	x->exitinfo2 = 0;

	rc = msg_build(ch, x);
	if (rc)
		goto out;
	rc = msg_send(ch, certs, &nr_needed, &x->exitinfo2);
	if (rc == -EMSGSIZE)
		rc = msg_settle_length(ch, certs, nr_needed, &x->exitinfo2);
	if (rc)
		goto out;
	rc = msg_receive(ch, min_t(u16, x->rsp_len, SNP_MSG_MAX_PAYLOAD));
	if (rc)
		goto out;
	memcpy(x->rsp, ch->response->payload, ch->response->hdr.msg_size);
	msg_wipe_text(ch);
	/* Once, here too. */
	if (certs)
		memcpy(certs->buf, msg_shared_certs(ch), certs->len);
out:
	mutex_unlock(&ch->lock);
	return rc;
}
