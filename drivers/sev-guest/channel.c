// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel to the firmware comes and goes, and changes its VMPCK (SNP
 * firmware ABI, 56860, chapter on guest messages).  How a message lives is
 * described in msg.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": msg: " fmt

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "msg.h"

/**
 * msg_retire() - the key in use is not to be used again, by anyone
 * @ch: the channel, locked
 * @why: the reason, a constant string
 *
 * Wiped in the secrets page, where a kexec'd kernel or another driver would
 * find it, and in this driver.
 */
void msg_retire(struct msg_channel *ch, const char *why)
{
	lockdep_assert_held(&ch->lock);

	memzero_explicit(ch->secrets->vmpck[ch->vmpck], SNP_VMPCK_LEN);
	gcm_wipe(&ch->gcm);
	memzero_explicit(ch->request, sizeof(*ch->request));
	memzero_explicit(ch->response, sizeof(*ch->response));
	ch->pending = false;
	WRITE_ONCE(ch->retired[ch->vmpck], why);
	pr_alert("VMPCK%u is retired and wiped: %s; no more messages with it until this guest is started again\n",
		 ch->vmpck, why);
}

/**
 * msg_retired() - why a key is gone
 * @ch: the channel
 * @vmpck: number of the key
 *
 * Return: a constant string; NULL when this driver has not retired it.
 */
const char *msg_retired(const struct msg_channel *ch, unsigned int vmpck)
{
	return READ_ONCE(ch->retired[vmpck]);
}

/**
 * msg_key_empty() - is there no such key
 * @ch: the channel
 * @vmpck: number of the key
 *
 * Return: true when it is retired, by this driver or one before, or withheld.
 */
bool msg_key_empty(const struct msg_channel *ch, unsigned int vmpck)
{
	return !memchr_inv(ch->secrets->vmpck[vmpck], 0, SNP_VMPCK_LEN);
}

static int msg_alloc(struct msg_channel *ch)
{
	ch->request = kzalloc(sizeof(*ch->request), GFP_KERNEL);
	ch->response = kzalloc(sizeof(*ch->response), GFP_KERNEL);
	return ch->request && ch->response ? 0 : -ENOMEM;
}

static void msg_free(struct msg_channel *ch)
{
	kfree_sensitive(ch->request);
	kfree_sensitive(ch->response);
}

static int msg_expand_key(struct gcm_key *gcm, const u8 *key)
{
	int rc = gcm_init(gcm, key);

	if (rc)
		pr_err("no AES-256-GCM (%d); load the kernel's modules for it (modprobe -a gcm ctr ghash-generic)\n",
		       rc);
	/* -ENOENT would read as a fault of the module file. */
	return rc == -ENOENT ? -ENOPKG : rc;
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
	rc = msg_expand_key(&ch->gcm, secrets->vmpck[vmpck]);
	if (rc)
		goto err_free;
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
 * msg_select() - go on with another key
 * @ch: the channel
 * @vmpck: which key, 0 to 3
 *
 * The key that was in use stays in the secrets page, unless it is retired.
 *
 * Context: process context, waits for the message under way.
 * Return: 0, also when the key is in use already; -EINVAL for another number;
 *	-ENOKEY when the key is empty; -EBUSY while a message is pending under
 *	the key in use, which the next request gets answered first; -ENODEV when
 *	the driver is going away; -EINTR on a fatal signal; -ENOMEM or -ENOPKG.
 *	On failure the key in use stays.
 */
int msg_select(struct msg_channel *ch, unsigned int vmpck)
{
	struct gcm_key *gcm;
	int rc;

	if (vmpck >= SNP_NR_VMPCK)
		return -EINVAL;
	gcm = kzalloc(sizeof(*gcm), GFP_KERNEL);
	if (!gcm)
		return -ENOMEM;
	rc = -EINTR;
	if (mutex_lock_killable(&ch->lock))
		goto out_free;
	rc = -ENODEV;
	if (ch->stopping)
		goto out_unlock;
	rc = -ENOKEY;
	if (msg_key_empty(ch, vmpck))
		goto out_unlock;
	rc = 0;
	if (vmpck == ch->vmpck)
		goto out_unlock;
	rc = -EBUSY;
	if (ch->pending)
		goto out_unlock;
	rc = msg_expand_key(gcm, ch->secrets->vmpck[vmpck]);
	if (rc)
		goto out_unlock;

	if (!msg_retired(ch, ch->vmpck))
		gcm_wipe(&ch->gcm);
	ch->gcm = *gcm;
	WRITE_ONCE(ch->vmpck, vmpck);
	pr_info("VMPCK%u from now on, sequence counter %u\n", vmpck,
		ch->secrets->msg_seqno[vmpck]);
out_unlock:
	mutex_unlock(&ch->lock);
out_free:
	kfree_sensitive(gcm);
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
	if (!msg_retired(ch, ch->vmpck))
		gcm_wipe(&ch->gcm);
	msg_free(ch);
	mutex_destroy(&ch->lock);
}
