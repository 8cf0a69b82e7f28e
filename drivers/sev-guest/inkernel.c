// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports for other modules (SNP firmware ABI, 56860, MSG_REPORT_REQ).
 *
 * A module that uses the symbols holds this one, and the symbols are there only
 * while this one is initialised; so callers always find a channel.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include <snp/guest.h>

#include "include/uapi/linux/sev-guest.h"
#include "inkernel.h"
#include "msg.h"
#include "report.h"

#define INKERNEL_MSG_VERSION	1

static_assert(SNP_GUEST_CERTS_MAX == MSG_CERTS_MAX);
static_assert(sizeof(struct snp_report_resp) == SNP_MSG_MAX_PAYLOAD);

static struct msg_channel *inkernel_channel;
static BLOCKING_NOTIFIER_HEAD(inkernel_notifiers);
/* Others are told of the keys in the order of the choices.  Taken before the channel's lock. */
static DEFINE_MUTEX(inkernel_choice);

/**
 * inkernel_set_channel() - which channel other modules use
 * @ch: open channel; NULL before it is closed
 */
void inkernel_set_channel(struct msg_channel *ch)
{
	inkernel_channel = ch;
}

/**
 * inkernel_select() - go on with another VMPCK, and tell other modules
 * @vmpck: which, 0 to 3
 *
 * Context: process context, waits for the message under way.
 * Return: as msg_select().
 */
int inkernel_select(unsigned int vmpck)
{
	int rc;

	if (!inkernel_channel)
		return -ENODEV;
	if (mutex_lock_killable(&inkernel_choice))
		return -EINTR;
	rc = msg_select(inkernel_channel, vmpck);
	if (!rc)
		blocking_notifier_call_chain(&inkernel_notifiers, vmpck, NULL);
	mutex_unlock(&inkernel_choice);
	return rc;
}

/**
 * snp_guest_vmpck_notify() - be told when another VMPCK is chosen
 * @nb: the notifier; its action is the number
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int snp_guest_vmpck_notify(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&inkernel_notifiers, nb);
}
EXPORT_SYMBOL_GPL(snp_guest_vmpck_notify);

/**
 * snp_guest_vmpck_unnotify() - the end of snp_guest_vmpck_notify()
 * @nb: the notifier
 *
 * Context: process context, may sleep; waits for notifiers that run.
 */
void snp_guest_vmpck_unnotify(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&inkernel_notifiers, nb);
}
EXPORT_SYMBOL_GPL(snp_guest_vmpck_unnotify);

/**
 * snp_guest_vmpck() - number of the VMPCK in use
 *
 * Return: 0 to 3; a report can state this VMPL and those above.
 */
unsigned int snp_guest_vmpck(void)
{
	return inkernel_channel ? READ_ONCE(inkernel_channel->vmpck) : 0;
}
EXPORT_SYMBOL_GPL(snp_guest_vmpck);

/**
 * snp_guest_get_report() - attestation report with certificates of the host
 * @report_data: 64 bytes that the report carries
 * @vmpl: the VMPL that it states, 0 to 3
 * @rsp: payload of the response as the firmware sent it, a struct
 *	snp_msg_report_rsp and zeros; all zero on failure
 * @certs: certificate table as the hypervisor sent it, not to be trusted; all
 *	zero when there is none, and on failure
 *
 * Context: process context, sleeps while the hypervisor throttles.
 * Return: 0, and the first word of @rsp is the firmware's opinion; -ENODEV when
 *	the driver is going away; -EINVAL for a VMPL above 3; or as
 *	msg_exchange().
 */
int snp_guest_get_report(const u8 *report_data, unsigned int vmpl,
			 u8 rsp[SNP_MSG_MAX_PAYLOAD], u8 certs[SNP_GUEST_CERTS_MAX])
{
	struct snp_report_resp *resp = (struct snp_report_resp *)rsp;
	struct snp_report_req req = { .vmpl = vmpl };
	struct msg_certs room = { .buf = certs, .len = SNP_GUEST_CERTS_MAX };
	u64 exitinfo2;

	memset(rsp, 0, SNP_MSG_MAX_PAYLOAD);
	memset(certs, 0, SNP_GUEST_CERTS_MAX);
	if (!inkernel_channel)
		return -ENODEV;
	memcpy(req.user_data, report_data, sizeof(req.user_data));
	return report_get(inkernel_channel, INKERNEL_MSG_VERSION, &req, resp, &room, &exitinfo2);
}
EXPORT_SYMBOL_GPL(snp_guest_get_report);
