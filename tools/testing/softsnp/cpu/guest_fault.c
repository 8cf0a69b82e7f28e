// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: tricks of a hostile hypervisor, by name.  What the guest has to
 * do about each stands in the SNP firmware ABI (56860), chapter on guest
 * messages.
 */
#include <string.h>

#include <snp/guest_msg.h>

#include "guest.h"

static const char *const names[] = { "msg-flip", "msg-seqno", "msg-replay", "msg-drop" };

enum { MSG_FLIP, MSG_SEQNO, MSG_REPLAY, MSG_DROP };

static bool armed[ARRAY_SIZE(names)];

bool guest_fault_arm(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i])) {
			armed[i] = true;
			return true;
		}
	}
	return false;
}

static bool play(unsigned int trick)
{
	if (!armed[trick])
		return false;
	count_fmt("fault.%s", names[trick]);
	return true;
}

/* The firmware's response passes through the hypervisor's hands. */
void guest_fault_response(struct snp_msg *response)
{
	static struct snp_msg first;
	static bool have_first;

	/* The response of another vCPU's request is as good for a replay. */
	if (armed[MSG_REPLAY] && !__atomic_exchange_n(&have_first, true, __ATOMIC_ACQ_REL)) {
		first = *response;
		return;
	}
	if (play(MSG_REPLAY))
		*response = first;
	if (play(MSG_FLIP))
		response->payload[response->hdr.msg_size / 2] ^= 1;
	if (play(MSG_SEQNO))
		response->hdr.msg_seqno += 2;
	if (play(MSG_DROP))
		memset(response, 0, sizeof(*response));
}
