// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest message header, initialisation vector and sequence rules (SNP
 * firmware ABI, 56860, chapter on guest messages).
 */
#include <kunit/test.h>
#include <linux/module.h>

#include <drivers/sev-guest/msg_codec.h>

static const struct msg_id request = {
	.seqno = 41,
	.type = SNP_MSG_REPORT_REQ,
	.version = 1,
	.vmpck = 2,
};

/* The answer that honest firmware gives to @request. */
static struct snp_msg_hdr good_response(void)
{
	const struct msg_id id = {
		.seqno = 42,
		.type = SNP_MSG_REPORT_RSP,
		.version = 1,
		.vmpck = 2,
	};
	struct snp_msg_hdr hdr;

	msg_build_header(&hdr, &id, 0x4c0);
	return hdr;
}

static void header_has_every_field_at_its_place(struct kunit *test)
{
	struct snp_msg_hdr hdr;
	const u8 *raw = (const u8 *)&hdr;
	static const u8 want[SNP_MSG_HDR_SIZE] = {
		[0x20] = 41,		/* sequence number */
		[0x30] = 1, 1,		/* AES-256-GCM, header version */
		[0x32] = 0x60,		/* header size */
		[0x34] = 5, 1,		/* MSG_REPORT_REQ, version 1 */
		[0x36] = 0x34, 0x12,	/* payload size */
		[0x3c] = 2,		/* VMPCK */
	};

	memset(&hdr, 0xaa, sizeof(hdr));
	msg_build_header(&hdr, &request, 0x1234);
	KUNIT_EXPECT_MEMEQ(test, raw, want, sizeof(want));
}

static void iv_is_the_sequence_number_little_endian(struct kunit *test)
{
	static const u8 want[SNP_MSG_IV_LEN] = { 8, 7, 6, 5, 4, 3, 2, 1 };
	u8 iv[SNP_MSG_IV_LEN];

	memset(iv, 0xaa, sizeof(iv));
	msg_iv(iv, 0x0102030405060708ULL);
	KUNIT_EXPECT_MEMEQ(test, iv, want, sizeof(want));
}

static void requests_are_odd_and_count_by_two(struct kunit *test)
{
	u64 seqno = 0;

	KUNIT_EXPECT_TRUE(test, msg_next_seqno(0, &seqno));
	KUNIT_EXPECT_EQ(test, seqno, 1ULL);
	KUNIT_EXPECT_TRUE(test, msg_next_seqno(2, &seqno));
	KUNIT_EXPECT_EQ(test, seqno, 3ULL);
}

static void odd_counter_is_refused(struct kunit *test)
{
	u64 seqno = 77;

	KUNIT_EXPECT_FALSE(test, msg_next_seqno(1, &seqno));
	KUNIT_EXPECT_FALSE(test, msg_next_seqno(U32_MAX, &seqno));
	KUNIT_EXPECT_EQ(test, seqno, 77ULL);
}

static void counter_stops_before_32_bits_are_full(struct kunit *test)
{
	u64 seqno = 0;

	KUNIT_EXPECT_TRUE(test, msg_next_seqno(0xfffffffc, &seqno));
	KUNIT_EXPECT_EQ(test, seqno, 0xfffffffdULL);
	seqno = 77;
	/* The request would fit, its response's number would not. */
	KUNIT_EXPECT_FALSE(test, msg_next_seqno(0xfffffffe, &seqno));
	KUNIT_EXPECT_EQ(test, seqno, 77ULL);
}

static void good_response_is_accepted(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD), MSG_OK);
	/* The tag is for the cipher to judge. */
	memset(hdr.authtag, 0x5a, sizeof(hdr.authtag));
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD), MSG_OK);
}

static void replayed_or_future_number_is_refused(struct kunit *test)
{
	static const u64 wrong[] = { 0, 40, 41, 43, 44, 42 + (1ULL << 32), U64_MAX };
	struct snp_msg_hdr hdr = good_response();
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		hdr.msg_seqno = wrong[i];
		KUNIT_EXPECT_EQ_MSG(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
				    MSG_BAD_SEQNO, "number %llu", wrong[i]);
	}
}

static void other_type_is_refused(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	hdr.msg_type = SNP_MSG_REPORT_REQ;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_TYPE);
	hdr.msg_type = SNP_MSG_KEY_RSP;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_TYPE);
}

static void other_version_is_refused(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	hdr.msg_version = 2;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_VERSION);
}

static void other_vmpck_is_refused(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	hdr.msg_vmpck = 0;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_VMPCK);
}

static void other_algorithm_or_header_is_refused(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	hdr.algo = 0;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_ALGO);
	hdr = good_response();
	hdr.hdr_version = 2;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_HEADER);
	hdr = good_response();
	hdr.hdr_size = 0x61;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_HEADER);
}

static void size_is_bounded_by_the_caller_and_the_page(struct kunit *test)
{
	struct snp_msg_hdr hdr = good_response();

	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, 0x4c0), MSG_OK);
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, 0x4bf), MSG_BAD_SIZE);
	hdr.msg_size = 0;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
			MSG_BAD_SIZE);
	hdr.msg_size = SNP_MSG_MAX_PAYLOAD;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, U16_MAX), MSG_OK);
	hdr.msg_size = SNP_MSG_MAX_PAYLOAD + 1;
	KUNIT_EXPECT_EQ(test, msg_check_response(&hdr, &request, U16_MAX), MSG_BAD_SIZE);
}

static void any_reserved_byte_is_refused(struct kunit *test)
{
	struct snp_msg_hdr hdr;
	u8 *raw = (u8 *)&hdr;
	unsigned int i;

	for (i = 0x28; i < SNP_MSG_HDR_SIZE; i++) {
		if (i >= 0x30 && i < 0x38)	/* algorithm to payload size */
			continue;
		if (i == 0x3c)			/* VMPCK */
			continue;
		hdr = good_response();
		raw[i] = 1;
		KUNIT_EXPECT_EQ_MSG(test, msg_check_response(&hdr, &request, SNP_MSG_MAX_PAYLOAD),
				    MSG_RESERVED_SET, "byte 0x%x", i);
	}
}

static struct kunit_case guest_msg_cases[] = {
	KUNIT_CASE(header_has_every_field_at_its_place),
	KUNIT_CASE(iv_is_the_sequence_number_little_endian),
	KUNIT_CASE(requests_are_odd_and_count_by_two),
	KUNIT_CASE(odd_counter_is_refused),
	KUNIT_CASE(counter_stops_before_32_bits_are_full),
	KUNIT_CASE(good_response_is_accepted),
	KUNIT_CASE(replayed_or_future_number_is_refused),
	KUNIT_CASE(other_type_is_refused),
	KUNIT_CASE(other_version_is_refused),
	KUNIT_CASE(other_vmpck_is_refused),
	KUNIT_CASE(other_algorithm_or_header_is_refused),
	KUNIT_CASE(size_is_bounded_by_the_caller_and_the_page),
	KUNIT_CASE(any_reserved_byte_is_refused),
	{}
};

static struct kunit_suite guest_msg_suite = {
	.name = "guest_msg",
	.test_cases = guest_msg_cases,
};

kunit_test_suite(guest_msg_suite);

MODULE_DESCRIPTION("KUnit: SNP guest message header and sequence rules");
MODULE_LICENSE("GPL");
