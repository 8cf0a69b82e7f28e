/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The channel to the firmware: one VMPCK, one message at a time.  How a
 * message lives is described in msg.c.
 */
#ifndef SEV_GUEST_MSG_H
#define SEV_GUEST_MSG_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <arch-x86/pagestate/pagestate.h>
#include <compat/gcm.h>
#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

#include "msg_codec.h"

/* Shared pages in front of those for certificates: request, response. */
#define MSG_NR_PAGES		2
/* Pages for certificates: as many as mainline lets a caller ask for. */
#define MSG_CERT_PAGES		4
#define MSG_CERTS_MAX		(MSG_CERT_PAGES * SNP_PAGE_SIZE)

/**
 * struct msg_channel - one VMPCK in use
 * @lock: serialises everything; sequence numbers leave no other choice
 * @secrets: mapped secrets page: key and counter
 * @vmpck: number of the key
 * @gcm: expanded key; wiped on retirement
 * @shared: shared pages: request, response, MSG_CERT_PAGES for certificates
 * @request: the ciphertext in flight; kept until it is answered
 * @request_id: what @request is
 * @pending: @request has been shown to the hypervisor and is not answered
 * @response: private copy of the response page; decrypted in place, and the
 *	text wiped after use
 * @stopping: no new message, and waiting ones give up
 * @stop_wait: where a throttled message waits
 * @retired: for each key, why it is gone; NULL while it is usable
 * @messages: answered messages since loading
 * @throttled: exits that the hypervisor answered with "busy"
 * @spoilt: exits whose result an NMI took
 */
struct msg_channel {
	struct mutex		lock;	/* all of the channel */
	struct snp_secrets_page	*secrets;
	unsigned int		vmpck;
	struct gcm_key		gcm;
	struct pagestate_shared	shared;
	struct snp_msg		*request;
	struct msg_id		request_id;
	bool			pending;
	struct snp_msg		*response;
	bool			stopping;
	wait_queue_head_t	stop_wait;
	const char		*retired[SNP_NR_VMPCK];
	u64			messages;
	u64			throttled;
	u64			spoilt;
};

/**
 * struct msg_certs - certificates that come with a report
 * @buf: room for them in private memory; all zero on failure
 * @len: length of @buf in bytes, whole pages up to MSG_CERTS_MAX; 0: none
 *	wanted, or asking for the size
 * @needed: length in bytes that would do, when the exchange failed because
 *	@len would not; else 0
 */
struct msg_certs {
	void	*buf;
	u32	len;
	u32	needed;
};

/**
 * struct msg_exchange - one request with its response
 * @type: message type of the request
 * @version: message version
 * @req: payload of the request
 * @req_len: its length in bytes
 * @rsp: payload of the response, zero padded; all zero on failure
 * @rsp_len: length of @rsp in bytes
 * @certs: makes it an extended request; NULL: a plain one
 * @exitinfo2: what the hypervisor returned for the last try, 0 when it was
 *	not asked, all ones when it gave no result
 */
struct msg_exchange {
	u8		type;
	u8		version;
	const void	*req;
	u16		req_len;
	void		*rsp;
	u16		rsp_len;
	struct msg_certs *certs;
	u64		exitinfo2;
};

int msg_open(struct msg_channel *ch, struct snp_secrets_page *secrets, unsigned int vmpck);
int msg_select(struct msg_channel *ch, unsigned int vmpck);
void msg_stop(struct msg_channel *ch);
void msg_close(struct msg_channel *ch);
void msg_retire(struct msg_channel *ch, const char *why);
const char *msg_retired(const struct msg_channel *ch, unsigned int vmpck);
bool msg_key_empty(const struct msg_channel *ch, unsigned int vmpck);
int msg_exchange(struct msg_channel *ch, struct msg_exchange *x);

#endif /* SEV_GUEST_MSG_H */
