// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: a hostile hypervisor between guest and firmware.  What the
 * guest has to do about each trick stands in the SNP firmware ABI (56860),
 * chapter on guest messages, and in the GHCB specification (56421), guest
 * request and extended guest request.
 */
#include <pthread.h>
#include <string.h>

#include <snp/guest_msg.h>

#include "guest_fault.h"

/* Any firmware status that is no success. */
#define MADE_UP_STATUS	0x16
#define GARBAGE		0x5a

/* The exchange before: what there is to repeat. */
static struct {
	pthread_mutex_t lock;
	bool have;
	struct snp_msg request, response;
} before = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool possible(enum guest_trick trick)
{
	switch (trick) {
	case TRICK_REQ_OLD:
	case TRICK_MSG_REPLAY:
		return before.have;
	case TRICK_RACE_RESPONSE:
	case TRICK_RACE_CERTS:
		return guest_race_possible();
	default:
		return true;
	}
}

static void __noreturn answer(struct guest_vcpu *v, uint64_t vmm, uint32_t fw)
{
	v->exit.info2 = FIELD_PREP(SNP_REQ_VMM_STATUS, vmm) | FIELD_PREP(SNP_REQ_FW_STATUS, fw);
	guest_exit_done(v);
}

uint32_t guest_fault_request(struct guest_vcpu *v, struct snp_msg *request,
			     struct snp_msg *response)
{
	switch (guest_fault_strike(HOOK_REQUEST, v->exit.in.sw_exit_code, possible)) {
	case TRICK_REQ_BUSY:
		answer(v, SNP_REQ_VMM_BUSY, 0);
	case TRICK_REQ_BUSY_FW:
		answer(v, SNP_REQ_VMM_BUSY, MADE_UP_STATUS);
	case TRICK_REQ_REFUSE:
		answer(v, SNP_REQ_VMM_GENERIC, 0);
	case TRICK_REQ_STATUS:
		answer(v, 0, MADE_UP_STATUS);
	case TRICK_REQ_LENGTH:
		v->exit.rbx = 1;
		answer(v, SNP_REQ_VMM_INVALID_LEN, 0);
	case TRICK_REQ_LOST:
		answer(v, 0, 0);
	case TRICK_REQ_TWICE:
		guest_firmware_request(request, response);
		break;
	case TRICK_REQ_FLIP:
		request->payload[request->hdr.msg_size % sizeof(request->payload) / 2] ^= 1;
		break;
	case TRICK_REQ_OLD:
		pthread_mutex_lock(&before.lock);
		*request = before.request;
		pthread_mutex_unlock(&before.lock);
		break;
	default:
		break;
	}
	return guest_firmware_request(request, response);
}

static void tamper(enum guest_trick trick, const struct snp_msg *request, struct snp_msg *response)
{
	struct snp_msg_hdr *h = &response->hdr;

	switch (trick) {
	case TRICK_MSG_FLIP:
		response->payload[h->msg_size / 2] ^= 1;
		break;
	case TRICK_MSG_FLIP_TAG:
		h->authtag[0] ^= 0x80;
		break;
	case TRICK_MSG_SEQNO:
		h->msg_seqno += 2;
		break;
	case TRICK_MSG_SEQNO_HIGH:
		h->msg_seqno |= 1ULL << 32;
		break;
	case TRICK_MSG_REPLAY:
		*response = before.response;
		break;
	case TRICK_MSG_REFLECT:
		*response = *request;
		break;
	case TRICK_MSG_DROP:
		memset(response, 0, sizeof(*response));
		break;
	case TRICK_MSG_TYPE:
		h->msg_type ^= SNP_MSG_REPORT_RSP ^ SNP_MSG_KEY_RSP;
		break;
	case TRICK_MSG_VERSION:
		h->msg_version++;
		break;
	case TRICK_MSG_VMPCK:
		h->msg_vmpck ^= 1;
		break;
	case TRICK_MSG_ALGO:
		h->algo = 0;
		break;
	case TRICK_MSG_HEADER:
		h->hdr_size += 0x20;
		break;
	case TRICK_MSG_RESERVED:
		h->reserved2[sizeof(h->reserved2) - 1] = 1;
		break;
	case TRICK_MSG_EMPTY:
		h->msg_size = 0;
		break;
	case TRICK_MSG_SHORT:
		h->msg_size /= 2;
		break;
	case TRICK_MSG_HUGE:
		h->msg_size = 0xffff;
		break;
	default:
		break;
	}
}

void guest_fault_response(struct guest_vcpu *v, const struct snp_msg *request,
			  struct snp_msg *response, uint64_t response_gpa)
{
	const struct snp_msg genuine = *response;
	enum guest_trick trick;

	pthread_mutex_lock(&before.lock);
	trick = guest_fault_strike(HOOK_RESPONSE, v->exit.in.sw_exit_code, possible);
	tamper(trick, request, response);
	before.request = *request;
	before.response = genuine;
	before.have = true;
	pthread_mutex_unlock(&before.lock);
	if (trick == TRICK_RACE_RESPONSE)
		guest_race_start(v - guest_vcpus, response_gpa, SNP_PAGE_SIZE, false);
}

bool guest_fault_certs(struct guest_vcpu *v, uint64_t gpa, uint64_t nr_pages)
{
	const enum guest_trick trick = guest_fault_strike(HOOK_CERTS, 0, possible);
	uint64_t needed, i;

	switch (trick) {
	case TRICK_CERT_ZERO:
		needed = 0;
		break;
	case TRICK_CERT_SAME:
		needed = nr_pages;
		break;
	case TRICK_CERT_MORE:
		needed = nr_pages + 1;
		break;
	case TRICK_CERT_HUGE:
		needed = 1ULL << 52;
		break;
	case TRICK_CERT_GARBAGE:
		for (i = 0; i < nr_pages; i++)
			if (guest_page_is_ram(gpa) && guest_page_shared(gpa + i * SNP_PAGE_SIZE))
				memset(guest_spa(gpa + i * SNP_PAGE_SIZE, SNP_PAGE_SIZE), GARBAGE,
				       SNP_PAGE_SIZE);
		return true;
	case TRICK_RACE_CERTS:
		guest_race_start(v - guest_vcpus, gpa, nr_pages * SNP_PAGE_SIZE, false);
		return false;
	default:
		return false;
	}
	v->exit.rbx = needed;
	answer(v, SNP_REQ_VMM_INVALID_LEN, 0);
}
