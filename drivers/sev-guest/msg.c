// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest messages to the SNP firmware (SNP firmware ABI, 56860, chapter on
 * guest messages), carried by the SNP guest request exit (GHCB
 * specification, 56421).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": msg: " fmt

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <arch-x86/ghcb/ghcb.h>
#include <snp/fw.h>
#include <snp/ghcb.h>

#include "msg.h"

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

/* A throttled message is sent again so often, for so long. */
#define MSG_RETRY_DELAY		(2 * HZ)
#define MSG_RETRY_TIME		(60 * HZ)
/* Exits that NMIs spoilt, in one try to get an answer. */
#define MSG_SPOILT_TRIES	16

#define MSG_NO_RESULT		U64_MAX
#define MSG_INVALID_LEN		FIELD_PREP(SNP_REQ_VMM_STATUS, (u64)SNP_REQ_VMM_INVALID_LEN)
/* Shared pages in front of those for certificates. */
#define MSG_NR_PAGES		2

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

/* The key is not to be used again, by anyone. */
static void msg_retire(struct msg_channel *ch, const char *why)
{
	lockdep_assert_held(&ch->lock);

	memzero_explicit(ch->secrets->vmpck[ch->vmpck], SNP_VMPCK_LEN);
	gcm_wipe(&ch->gcm);
	memzero_explicit(ch->request, sizeof(*ch->request));
	memzero_explicit(ch->response, sizeof(*ch->response));
	memzero_explicit(ch->plain, SNP_MSG_MAX_PAYLOAD);
	ch->pending = false;
	WRITE_ONCE(ch->retired, why);
	pr_alert("VMPCK%u is retired and wiped: %s; no more messages with it until this guest is started again\n",
		 ch->vmpck, why);
}

/* Encrypts into ch->request; the hypervisor has not seen it yet. */
static int msg_build(struct msg_channel *ch, const struct msg_exchange *x)
{
	struct snp_msg *msg = ch->request;
	u8 iv[SNP_MSG_IV_LEN];
	u64 seqno;

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
	msg_iv(iv, seqno);
	return gcm_encrypt(&ch->gcm, msg->payload, x->req, x->req_len,
			   (u8 *)&msg->hdr + SNP_MSG_AAD_OFFSET, SNP_MSG_AAD_LEN, iv,
			   msg->hdr.authtag);
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

/* A throttled message waits.  Fatal signals and unloading end the wait. */
static int msg_wait(struct msg_channel *ch, unsigned long deadline)
{
	if (time_after(jiffies, deadline))
		return -ETIMEDOUT;
	if (wait_event_killable_timeout(ch->stop_wait, READ_ONCE(ch->stopping),
					MSG_RETRY_DELAY) < 0)
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
	unsigned int spoilt = 0;
	u32 fw, vmm;
	int rc;

	for (;;) {
		rc = msg_send_once(ch, certs, nr_needed, exitinfo2);
		if (rc == -EAGAIN) {
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
		rc = msg_wait(ch, deadline);
		if (rc)
			return rc;
	}
}

/* Check and decrypt ch->response into ch->plain.  Every defect is final. */
static int msg_receive(struct msg_channel *ch, u16 max_size, u16 *size)
{
	const struct snp_msg *msg = ch->response;
	enum msg_defect defect;
	u8 iv[SNP_MSG_IV_LEN];

	defect = msg_check_response(&msg->hdr, &ch->request_id, max_size);
	if (defect != MSG_OK) {
		pr_err("response to message %llu: %s\n", ch->request_id.seqno,
		       msg_defect_text(defect));
		msg_retire(ch, msg_defect_text(defect));
		return -EBADMSG;
	}
	msg_iv(iv, msg->hdr.msg_seqno);
	if (gcm_decrypt(&ch->gcm, ch->plain, msg->payload, msg->hdr.msg_size,
			(const u8 *)&msg->hdr + SNP_MSG_AAD_OFFSET, SNP_MSG_AAD_LEN, iv,
			msg->hdr.authtag)) {
		pr_err("response to message %llu fails authentication\n", ch->request_id.seqno);
		msg_retire(ch, "the response failed authentication");
		return -EBADMSG;
	}
	*size = msg->hdr.msg_size;

	/* The exchange is over. */
	ch->pending = false;
	WRITE_ONCE(ch->messages, ch->messages + 1);
	return 0;
}

/* An earlier caller has left its message: nothing else may be sent before. */
static int msg_finish_pending(struct msg_channel *ch, u64 *exitinfo2)
{
	u64 nr_needed;
	u16 size;
	int rc;

	if (!ch->pending)
		return 0;
	rc = msg_send(ch, NULL, &nr_needed, exitinfo2);
	if (!rc)
		rc = msg_receive(ch, SNP_MSG_MAX_PAYLOAD, &size);
	memzero_explicit(ch->plain, SNP_MSG_MAX_PAYLOAD);
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
	u16 size;
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
	if (ch->retired)
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
	rc = msg_receive(ch, min_t(u16, x->rsp_len, SNP_MSG_MAX_PAYLOAD), &size);
	if (!rc) {
		memcpy(x->rsp, ch->plain, size);
		/* Once, here too. */
		if (certs)
			memcpy(certs->buf, msg_shared_certs(ch), certs->len);
	}
	memzero_explicit(ch->plain, SNP_MSG_MAX_PAYLOAD);
out:
	mutex_unlock(&ch->lock);
	return rc;
}

static int msg_alloc(struct msg_channel *ch)
{
	ch->request = kzalloc(sizeof(*ch->request), GFP_KERNEL);
	ch->response = kzalloc(sizeof(*ch->response), GFP_KERNEL);
	ch->plain = kzalloc(SNP_MSG_MAX_PAYLOAD, GFP_KERNEL);
	return ch->request && ch->response && ch->plain ? 0 : -ENOMEM;
}

static void msg_free(struct msg_channel *ch)
{
	kfree_sensitive(ch->request);
	kfree_sensitive(ch->response);
	kfree_sensitive(ch->plain);
}

/**
 * msg_open() - set a channel up
 * @ch: the channel, zeroed
 * @secrets: mapped secrets page, stays mapped until msg_close()
 * @vmpck: which key, 0 to 3; not empty
 *
 * Context: process context, may sleep; ghcb_init() has been called.
 * Return: 0 or a negative errno; the reason is in the log.
 */
int msg_open(struct msg_channel *ch, struct snp_secrets_page *secrets, unsigned int vmpck)
{
	int rc;

	mutex_init(&ch->lock);
	init_waitqueue_head(&ch->stop_wait);
	ch->secrets = secrets;
	ch->vmpck = vmpck;

	rc = msg_alloc(ch);
	if (rc)
		goto err_free;
	rc = gcm_init(&ch->gcm, secrets->vmpck[vmpck]);
	if (rc) {
		pr_err("no AES-256-GCM (%d); load the kernel's modules for it (modprobe -a gcm ctr ghash-generic)\n",
		       rc);
		/* -ENOENT would read as a fault of the module file. */
		if (rc == -ENOENT)
			rc = -ENOPKG;
		goto err_free;
	}
	rc = pagestate_share(&ch->shared, MSG_NR_PAGES + MSG_CERT_PAGES);
	if (rc) {
		pr_err("no shared pages (%d)\n", rc);
		goto err_gcm;
	}
	return 0;

err_gcm:
	gcm_wipe(&ch->gcm);
err_free:
	msg_free(ch);
	return rc;
}

/**
 * msg_stop() - no more messages; the shared pages become private again
 * @ch: the channel
 *
 * Waits for the message under way, except where it waits itself.  May be
 * called twice.
 *
 * Context: process context, may sleep.
 */
void msg_stop(struct msg_channel *ch)
{
	WRITE_ONCE(ch->stopping, true);
	wake_up_all(&ch->stop_wait);

	mutex_lock(&ch->lock);
	if (ch->pending)
		msg_retire(ch, "stopped with a message unanswered");
	pagestate_unshare(&ch->shared);
	mutex_unlock(&ch->lock);
}

/**
 * msg_close() - the end of msg_open()
 * @ch: the channel; nobody calls msg_exchange() any more
 */
void msg_close(struct msg_channel *ch)
{
	msg_stop(ch);
	if (!ch->retired)
		gcm_wipe(&ch->gcm);
	msg_free(ch);
	mutex_destroy(&ch->lock);
}
