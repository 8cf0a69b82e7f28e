// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_GUEST_REQUEST: what the firmware accepts from a carrying host, and what
 * a refused message leaves behind (nothing).
 */
#include <kselftest_harness.h>

#include "../asp_priv.h"
#include "world.h"

FIXTURE(msg) {
	struct world w;
	struct snp_msg rsp;
	struct snp_msg_report_req req;
};

FIXTURE_SETUP(msg)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	memset(self->w.mem + SPA_RSP, 0x5a, SNP_PAGE_SIZE);
	memset(&self->req, 0, sizeof(self->req));
}

FIXTURE_TEARDOWN(msg)
{
	world_exit(&self->w);
}

static struct snp_msg *request(struct world *w)
{
	return (struct snp_msg *)(w->mem + SPA_REQ);
}

static bool untouched(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < SNP_PAGE_SIZE; i++)
		if (w->mem[SPA_RSP + i] != 0x5a)
			return false;
	return true;
}

#define PUT(vmpck, seqno) world_put_request(&self->w, vmpck, seqno, SNP_MSG_REPORT_REQ, \
					    &self->req, sizeof(self->req))
#define SEND() world_guest_request(&self->w, SPA_GCTX)
#define RECEIVE(vmpck) world_get_response(&self->w, vmpck, &self->rsp)
/* Refused, without a trace: the right message goes through afterwards. */
#define EXPECT_REFUSED(status) do { \
	EXPECT_EQ(status, SEND()); \
	EXPECT_TRUE(untouched(&self->w)); \
	PUT(0, 1); \
	EXPECT_EQ(0, SEND()); \
} while (0)

TEST_F(msg, request_is_answered_with_the_next_number)
{
	PUT(0, 1);
	EXPECT_EQ(0, SEND());
	ASSERT_EQ(sizeof(struct snp_msg_report_rsp), (size_t)RECEIVE(0));
	EXPECT_EQ(2, self->rsp.hdr.msg_seqno);
	EXPECT_EQ(SNP_MSG_REPORT_RSP, self->rsp.hdr.msg_type);
	EXPECT_EQ(1, self->rsp.hdr.msg_version);
	EXPECT_EQ(0x60, self->rsp.hdr.hdr_size);
	EXPECT_EQ(1, self->rsp.hdr.hdr_version);
	EXPECT_EQ(1, self->rsp.hdr.algo);
	EXPECT_EQ(0, self->rsp.hdr.msg_vmpck);
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_RSP));
	PUT(0, 3);
	EXPECT_EQ(0, SEND());
	EXPECT_LT(0, RECEIVE(0));
	EXPECT_EQ(4, self->rsp.hdr.msg_seqno);
}

TEST_F(msg, each_vmpck_counts_for_itself)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		self->req.vmpl = i;
		PUT(i, 1);
		EXPECT_EQ(0, SEND());
		EXPECT_LT(0, RECEIVE(i));
		EXPECT_EQ(i, self->rsp.hdr.msg_vmpck);
	}
	self->req.vmpl = 2;
	PUT(2, 3);
	EXPECT_EQ(0, SEND());
	PUT(1, 5);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
}

TEST_F(msg, replayed_request_is_refused)
{
	PUT(0, 1);
	EXPECT_EQ(0, SEND());
	memset(self->w.mem + SPA_RSP, 0x5a, SNP_PAGE_SIZE);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
	EXPECT_TRUE(untouched(&self->w));
	PUT(0, 3);
	EXPECT_EQ(0, SEND());
}

TEST_F(msg, skipped_and_even_numbers_are_refused)
{
	PUT(0, 3);
	EXPECT_REFUSED(SNP_FW_AEAD_OFLOW);
	PUT(0, 2);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
	PUT(0, 4);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
}

TEST_F(msg, number_zero_is_refused)
{
	PUT(0, 0);
	EXPECT_REFUSED(SNP_FW_AEAD_OFLOW);
}

TEST_F(msg, number_that_32_bits_would_confuse_is_refused)
{
	PUT(0, 0x100000001ULL);
	EXPECT_REFUSED(SNP_FW_AEAD_OFLOW);
	PUT(0, UINT64_MAX);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
}

TEST_F(msg, last_numbers_are_used_and_then_no_more)
{
	uint64_t *last = &self->w.asp->guest[0].seqno[0];

	*last = UINT64_MAX - 3;
	PUT(0, UINT64_MAX - 2);
	EXPECT_EQ(0, SEND());
	ASSERT_LT(0, RECEIVE(0));
	EXPECT_EQ(UINT64_MAX - 1, self->rsp.hdr.msg_seqno);
	PUT(0, UINT64_MAX);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
	EXPECT_NE(NULL, strstr(self->w.log, "used up"));
	EXPECT_EQ(UINT64_MAX - 1, *last);
}

TEST_F(msg, number_changed_on_the_way_is_not_authentic)
{
	PUT(0, 3);
	request(&self->w)->hdr.msg_seqno = 1;
	EXPECT_REFUSED(SNP_FW_BAD_MEASUREMENT);
}

TEST_F(msg, every_flipped_bit_of_header_tag_and_payload_is_noticed)
{
	unsigned int bit, end = 8 * (SNP_MSG_HDR_SIZE + sizeof(self->req)), refused = 0, tried = 0;
	uint8_t good[SNP_PAGE_SIZE];

	PUT(0, 1);
	memcpy(good, self->w.mem + SPA_REQ, sizeof(good));
	for (bit = 0; bit < end; bit++) {
		/* Half of the tag field and a reserved field are nobody's. */
		if ((bit >= 8 * 16 && bit < 8 * 32) || (bit >= 8 * 0x28 && bit < 8 * 0x30))
			continue;
		tried++;
		memcpy(self->w.mem + SPA_REQ, good, sizeof(good));
		self->w.mem[SPA_REQ + bit / 8] ^= BIT(bit % 8);
		if (SEND())
			refused++;
		else
			TH_LOG("bit %u of byte 0x%x was accepted", bit % 8, bit / 8);
	}
	EXPECT_EQ(tried, refused);
	EXPECT_TRUE(untouched(&self->w));
	memcpy(self->w.mem + SPA_REQ, good, sizeof(good));
	EXPECT_EQ(0, SEND());
}

TEST_F(msg, key_of_another_vmpl_does_not_fit)
{
	PUT(0, 1);
	world_reseal(&self->w, world_secrets(&self->w)->vmpck[1]);
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, SEND());
}

/* Header fields, each wrong for itself, sealed with the right key. */
#define BAD_HEADER(field, value) do { \
	PUT(0, 1); \
	request(&self->w)->hdr.field = (value); \
	world_put_sealed(&self->w); \
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SEND()) TH_LOG(#field " = " #value); \
} while (0)

/* Replace the ciphertext by the plaintext again and seal with the header as it is. */
static void world_put_sealed(struct world *w)
{
	const struct snp_msg_report_req req = {};

	memcpy(request(w)->payload, &req, sizeof(req));
	test_gcm(world_secrets(w)->vmpck[0], request(w), sizeof(req), true);
}

TEST_F(msg, wrong_header_fields_are_bad_parameters)
{
	BAD_HEADER(hdr_version, 0);
	BAD_HEADER(hdr_version, 2);
	BAD_HEADER(hdr_size, 0x5f);
	BAD_HEADER(algo, 0);
	BAD_HEADER(algo, 2);
	BAD_HEADER(msg_version, 0);
	BAD_HEADER(msg_version, 2);
	BAD_HEADER(msg_type, SNP_MSG_INVALID);
	BAD_HEADER(msg_type, SNP_MSG_CPUID_RSP);
	BAD_HEADER(msg_type, SNP_MSG_KEY_RSP);
	BAD_HEADER(msg_type, SNP_MSG_TSC_INFO_RSP);
	BAD_HEADER(msg_type, 19);
	BAD_HEADER(msg_type, 0xff);
	BAD_HEADER(msg_vmpck, 4);
	BAD_HEADER(msg_vmpck, 0xff);
	BAD_HEADER(msg_size, 0);
	BAD_HEADER(msg_size, 0x5f);
	BAD_HEADER(msg_size, SNP_MSG_MAX_PAYLOAD + 16);
	BAD_HEADER(msg_size, 0xfff0);
	EXPECT_TRUE(untouched(&self->w));
	PUT(0, 1);
	EXPECT_EQ(0, SEND());
}

TEST_F(msg, checks_run_in_the_order_header_key_tag_number_version_type)
{
	struct snp_msg_hdr *h = &request(&self->w)->hdr;

	PUT(0, 7);
	h->msg_version = 9;
	h->msg_type = 99;
	world_put_sealed(&self->w);
	EXPECT_EQ(SNP_FW_AEAD_OFLOW, SEND());
	h->authtag[0] ^= 1;
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, SEND());
	h->msg_vmpck = 4;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SEND());
	EXPECT_NE(NULL, strstr(self->w.log, "VMPCK"));
	h->algo = 3;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SEND());
	EXPECT_NE(NULL, strstr(self->w.log, "algorithm"));
}

TEST_F(msg, truncated_payload_fails_inside_the_response)
{
	const struct snp_msg_report_rsp *out = (void *)self->rsp.payload;

	world_put_request(&self->w, 0, 1, SNP_MSG_REPORT_REQ, &self->req, 0x50);
	EXPECT_EQ(0, SEND());
	ASSERT_EQ(sizeof(*out), (size_t)RECEIVE(0));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, out->status);
	EXPECT_EQ(0, out->report_size);
	EXPECT_EQ(0, out->report[0]);
	/* It was an exchange: the counter has moved. */
	PUT(0, 3);
	EXPECT_EQ(0, SEND());
}

TEST_F(msg, longest_payload_is_decrypted_and_refused_as_a_report_request)
{
	static const uint8_t long_req[SNP_MSG_MAX_PAYLOAD];
	const struct snp_msg_report_rsp *out = (void *)self->rsp.payload;

	world_put_request(&self->w, 0, 1, SNP_MSG_REPORT_REQ, long_req, sizeof(long_req));
	EXPECT_EQ(0, SEND());
	EXPECT_LT(0, RECEIVE(0));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, out->status);
}

TEST_F(msg, pages_must_be_aligned_different_and_in_the_right_state)
{
	struct snp_fw_guest_request in = { SPA_GCTX, SPA_REQ, SPA_RSP };

	PUT(0, 1);
	in.request_paddr = SPA_REQ + 0x10;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	in.request_paddr = SPA_RSP;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	in.request_paddr = SPA_SECRETS;
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	in.request_paddr = SPA_REQ;
	in.response_paddr = SPA_OUT;
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	in.response_paddr = SPA_GCTX;
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	in.response_paddr = SPA_RSP | CBIT;
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
}

TEST_F(msg, response_that_cannot_be_written_moves_no_counter)
{
	struct snp_fw_guest_request in = { SPA_GCTX, SPA_REQ, MEM_SIZE };

	PUT(0, 1);
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd(&self->w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in)));
	EXPECT_EQ(0, SEND());
}

TEST_F(msg, guest_that_does_not_run_gets_no_answer)
{
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	PUT(0, 1);
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_guest_request(&self->w, SPA_GCTX2));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_guest_request(&self->w, SPA_GCTX2));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX2, 0));
	/* It runs, but the message is another guest's. */
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, world_guest_request(&self->w, SPA_GCTX2));
}

TEST_F(msg, tail_of_the_response_page_is_zero)
{
	unsigned int i, n = SNP_MSG_HDR_SIZE + sizeof(struct snp_msg_report_rsp), bits = 0;

	PUT(0, 1);
	EXPECT_EQ(0, SEND());
	for (i = n; i < SNP_PAGE_SIZE; i++)
		bits |= self->w.mem[SPA_RSP + i];
	EXPECT_EQ(0, bits);
}

TEST_HARNESS_MAIN
