// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message channel of the guest against a hypervisor that throttles, lies,
 * repeats and forges (SNP firmware ABI, 56860, chapter on guest messages).
 *
 * The channel's source is built into this test with a stand-in for the cipher
 * (not secret, but with a tag that depends on every input) and for the two
 * rooms below it.  The stand-in of the hypervisor fails the test when it sees
 * two different requests under one sequence number.  It runs with the channel's
 * lock held, so it expects, but never asserts.
 */
#include <linux/types.h>

/* In place of include/compat/gcm.h. */
#define SNP_COMPAT_GCM_H
#define GCM_TAG_LEN	16

struct gcm_key {
	u8 key[32];
};

static void toy_tag(const struct gcm_key *g, const u8 *text, size_t len, const u8 *aad,
		    size_t aad_len, const u8 *iv, u8 *tag)
{
	u64 h = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < sizeof(g->key); i++)
		h = (h ^ g->key[i]) * 0x100000001b3ULL;
	for (i = 0; i < 12; i++)
		h = (h ^ iv[i]) * 0x100000001b3ULL;
	for (i = 0; i < aad_len; i++)
		h = (h ^ aad[i]) * 0x100000001b3ULL;
	for (i = 0; i < len; i++)
		h = (h ^ text[i]) * 0x100000001b3ULL;
	for (i = 0; i < GCM_TAG_LEN; i++)
		tag[i] = h >> (8 * (i % 8));
}

static void toy_crypt(const struct gcm_key *g, u8 *dst, const u8 *src, size_t len, const u8 *iv)
{
	size_t i;

	for (i = 0; i < len; i++)
		dst[i] = src[i] ^ g->key[i % sizeof(g->key)] ^ iv[i % 12];
}

static int gcm_init(struct gcm_key *g, const u8 *key)
{
	__builtin_memcpy(g->key, key, sizeof(g->key));
	return 0;
}

static void gcm_wipe(struct gcm_key *g)
{
	__builtin_memset(g, 0, sizeof(*g));
}

static int gcm_encrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len, const u8 *aad,
		       size_t aad_len, const u8 *iv, u8 *tag)
{
	toy_crypt(g, dst, src, len, iv);
	toy_tag(g, dst, len, aad, aad_len, iv, tag);
	return 0;
}

static int gcm_decrypt(struct gcm_key *g, u8 *dst, const u8 *src, size_t len, const u8 *aad,
		       size_t aad_len, const u8 *iv, const u8 *tag)
{
	u8 want[GCM_TAG_LEN];

	toy_tag(g, src, len, aad, aad_len, iv, want);
	if (__builtin_memcmp(want, tag, sizeof(want)))
		return -1;
	toy_crypt(g, dst, src, len, iv);
	return 0;
}

#include <drivers/sev-guest/msg.c>

#include <kunit/test.h>
#include <linux/module.h>

#define SHARED_GPA	0x12340000ULL
#define KEY_BYTE	0x6b
#define VMPCK		1
#define MAX_STEPS	40

/* What the hypervisor does with one exit. */
enum step {
	HONEST,
	BUSY,			/* throttled, not given to the firmware */
	SPOILT_BEFORE,		/* an NMI took the exit */
	SPOILT_AFTER,		/* an NMI took the result; there is a response */
	REFUSED,		/* malformed, or the protocol is broken */
	NO_GHCB,
	FW_ERROR,
	NOTHING,		/* claims success, writes no response */
	FLIPPED,		/* one bit of the payload */
	FLIPPED_TAG,
	REPLAYED,		/* the response before */
	OTHER_TYPE,
	BUSY_AND_STOP,		/* throttled, and the driver is unloaded meanwhile */
};

struct platform {
	struct kunit *test;
	struct msg_channel ch;
	struct snp_secrets_page *secrets;
	struct snp_msg *shared;
	struct snp_msg *last_request;
	struct snp_msg *last_response;
	struct snp_msg *before;	/* the one before the last */
	struct gcm_key key;
	u64 counter;		/* the firmware's */
	unsigned int exits;
	unsigned int nr_steps;
	enum step steps[MAX_STEPS];
	bool shared_freed;
};

static struct platform *platform;

int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages)
{
	KUNIT_ASSERT_EQ(platform->test, nr_pages, 2U);
	shared->map = platform->shared;
	shared->gpa = SHARED_GPA;
	return 0;
}

int pagestate_unshare(struct pagestate_shared *shared)
{
	if (shared->map)
		platform->shared_freed = true;
	shared->map = NULL;
	return 0;
}

/* The firmware: answers a request with its own payload, every bit turned. */
static u64 firmware(struct platform *p)
{
	struct snp_msg *req = &p->shared[0], *rsp = &p->shared[1];
	u8 iv[SNP_MSG_IV_LEN], *plain = p->last_response->payload;
	struct msg_id id;
	unsigned int i;

	msg_iv(iv, req->hdr.msg_seqno);
	if (gcm_decrypt(&p->key, plain, req->payload, req->hdr.msg_size,
			&req->hdr.algo, SNP_MSG_AAD_LEN, iv, req->hdr.authtag))
		return SNP_FW_BAD_MEASUREMENT;
	if (req->hdr.msg_seqno != p->counter + 1)
		return SNP_FW_AEAD_OFLOW;
	for (i = 0; i < req->hdr.msg_size; i++)
		plain[i] = ~plain[i];

	id = (struct msg_id){
		.seqno = req->hdr.msg_seqno + 1,
		.type = req->hdr.msg_type + 1,
		.version = req->hdr.msg_version,
		.vmpck = req->hdr.msg_vmpck,
	};
	msg_build_header(&rsp->hdr, &id, req->hdr.msg_size);
	msg_iv(iv, id.seqno);
	gcm_encrypt(&p->key, rsp->payload, plain, req->hdr.msg_size, &rsp->hdr.algo,
		    SNP_MSG_AAD_LEN, iv, rsp->hdr.authtag);
	p->counter += 2;
	return 0;
}

/*
 * One text under one number, whatever happens: here, and in whatever kernel
 * reads the counter if this one ends at this moment.
 */
static void check_request(struct platform *p)
{
	struct snp_msg *req = &p->shared[0];

	KUNIT_EXPECT_EQ(p->test, (u64)p->secrets->msg_seqno[VMPCK], req->hdr.msg_seqno + 1);
	if (p->last_request->hdr.msg_seqno == req->hdr.msg_seqno)
		KUNIT_EXPECT_MEMEQ(p->test, p->last_request, req, sizeof(*req));
	else
		KUNIT_EXPECT_GT(p->test, req->hdr.msg_seqno, p->last_request->hdr.msg_seqno);
	*p->last_request = *req;
}

int ghcb_call(struct ghcb_call *call)
{
	struct platform *p = platform;
	struct snp_msg *rsp = &p->shared[1];
	enum step step = HONEST;

	KUNIT_EXPECT_EQ(p->test, call->code, (u64)SNP_EXIT_GUEST_REQUEST);
	KUNIT_EXPECT_EQ(p->test, call->info1, SHARED_GPA);
	KUNIT_EXPECT_EQ(p->test, call->info2, SHARED_GPA + SNP_PAGE_SIZE);
	if (p->exits < p->nr_steps)
		step = p->steps[p->exits];
	p->exits++;
	check_request(p);
	*p->before = *p->last_response;

	switch (step) {
	case NO_GHCB:
		return -ENODEV;
	case REFUSED:
		return -EIO;
	case SPOILT_BEFORE:
		return -EAGAIN;
	case BUSY_AND_STOP:
		WRITE_ONCE(p->ch.stopping, true);
		fallthrough;
	case BUSY:
		call->info2 = (u64)SNP_REQ_VMM_BUSY << 32;
		return 0;
	case FW_ERROR:
		call->info2 = SNP_FW_INVALID_PARAM;
		return 0;
	case NOTHING:
		call->info2 = 0;
		return 0;
	default:
		break;
	}

	call->info2 = firmware(p);
	if (call->info2)
		return 0;
	*p->last_response = *rsp;
	switch (step) {
	case SPOILT_AFTER:
		return -EAGAIN;
	case FLIPPED:
		rsp->payload[5] ^= 0x10;
		break;
	case FLIPPED_TAG:
		rsp->hdr.authtag[15] ^= 1;
		break;
	case REPLAYED:
		*rsp = *p->before;
		break;
	case OTHER_TYPE:
		rsp->hdr.msg_type++;
		break;
	default:
		break;
	}
	return 0;
}

static void plan(enum step step, unsigned int times)
{
	while (times--) {
		KUNIT_ASSERT_LT(platform->test, platform->nr_steps, MAX_STEPS);
		platform->steps[platform->nr_steps++] = step;
	}
}

/* One exchange; checks that outputs are right or zero. */
static int exchange(u8 fill)
{
	struct kunit *test = platform->test;
	u8 req[96], rsp[200], want[200] = {};
	struct msg_exchange x = {
		.type = SNP_MSG_REPORT_REQ,
		.version = 1,
		.req = req,
		.req_len = sizeof(req),
		.rsp = rsp,
		.rsp_len = sizeof(rsp),
	};
	int rc;

	memset(req, fill, sizeof(req));
	memset(rsp, 0xaa, sizeof(rsp));
	rc = msg_exchange(&platform->ch, &x);
	if (!rc)
		memset(want, (u8)~fill, sizeof(req));
	KUNIT_EXPECT_MEMEQ(test, rsp, want, sizeof(want));
	KUNIT_EXPECT_NULL(test, memchr_inv(platform->ch.plain, 0, SNP_MSG_MAX_PAYLOAD));
	return rc;
}

static u32 stored(void)
{
	return platform->secrets->msg_seqno[VMPCK];
}

static void expect_usable(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, platform->ch.retired);
	KUNIT_EXPECT_EQ(test, exchange(0x77), 0);
	KUNIT_EXPECT_EQ(test, (u64)stored(), platform->counter);
}

/* Wiped where others would find it, refused from now on, and nothing sent. */
static void expect_retired(struct kunit *test, const char *why)
{
	unsigned int exits = platform->exits;

	KUNIT_ASSERT_NOT_NULL(test, platform->ch.retired);
	KUNIT_EXPECT_STREQ(test, platform->ch.retired, why);
	KUNIT_EXPECT_NULL(test, memchr_inv(platform->secrets->vmpck[VMPCK], 0, SNP_VMPCK_LEN));
	KUNIT_EXPECT_NULL(test, memchr_inv(&platform->ch.gcm, 0, sizeof(platform->ch.gcm)));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(platform->secrets->vmpck[0], 0, SNP_VMPCK_LEN));
	KUNIT_EXPECT_EQ(test, exchange(0x77), -ENOTTY);
	KUNIT_EXPECT_EQ(test, platform->exits, exits);
}

static int channel_init(struct kunit *test)
{
	struct platform *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->test = test;
	p->secrets = kunit_kzalloc(test, sizeof(*p->secrets), GFP_KERNEL);
	p->shared = kunit_kzalloc(test, 2 * sizeof(*p->shared), GFP_KERNEL);
	p->last_request = kunit_kzalloc(test, sizeof(*p->last_request), GFP_KERNEL);
	p->last_response = kunit_kzalloc(test, sizeof(*p->last_response), GFP_KERNEL);
	p->before = kunit_kzalloc(test, sizeof(*p->before), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, p->secrets && p->shared && p->last_request &&
			  p->last_response && p->before);
	memset(p->secrets->vmpck, KEY_BYTE, sizeof(p->secrets->vmpck));
	memset(p->key.key, KEY_BYTE, sizeof(p->key.key));
	platform = p;
	KUNIT_ASSERT_EQ(test, msg_open(&p->ch, p->secrets, VMPCK), 0);
	return 0;
}

static void channel_exit(struct kunit *test)
{
	msg_close(&platform->ch);
	KUNIT_EXPECT_TRUE(test, platform->shared_freed);
	platform = NULL;
}

static void exchanges_move_the_counter_by_two(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	KUNIT_EXPECT_EQ(test, exchange(2), 0);
	KUNIT_EXPECT_EQ(test, stored(), 4U);
	KUNIT_EXPECT_EQ(test, platform->secrets->msg_seqno[0], 0U);
	KUNIT_EXPECT_EQ(test, platform->ch.messages, 2ULL);
}

static void channel_continues_where_another_driver_stopped(struct kunit *test)
{
	platform->secrets->msg_seqno[VMPCK] = 1000;
	platform->counter = 1000;
	expect_usable(test);
	KUNIT_EXPECT_EQ(test, stored(), 1002U);
}

static void exhausted_counter_sends_nothing_and_keeps_the_key(struct kunit *test)
{
	platform->secrets->msg_seqno[VMPCK] = 0xfffffffe;
	KUNIT_EXPECT_EQ(test, exchange(1), -EIO);
	KUNIT_EXPECT_EQ(test, platform->exits, 0U);
	KUNIT_EXPECT_EQ(test, stored(), 0xfffffffeU);
	KUNIT_EXPECT_NULL(test, platform->ch.retired);
}

static void throttled_message_is_sent_again_unchanged(struct kunit *test)
{
	plan(BUSY, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, platform->exits, 2U);
	expect_usable(test);
}

static void stopping_while_throttled_retires_the_key(struct kunit *test)
{
	plan(BUSY_AND_STOP, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -ENODEV);
	KUNIT_EXPECT_TRUE(test, platform->ch.pending);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	/* Nobody else can get it answered. */
	msg_stop(&platform->ch);
	KUNIT_EXPECT_NOT_NULL(test, platform->ch.retired);
	KUNIT_EXPECT_NULL(test, memchr_inv(platform->secrets->vmpck[VMPCK], 0, SNP_VMPCK_LEN));
}

static void stopping_an_idle_channel_keeps_the_key(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	msg_stop(&platform->ch);
	KUNIT_EXPECT_EQ(test, exchange(1), -ENODEV);
	KUNIT_EXPECT_EQ(test, platform->secrets->vmpck[VMPCK][0], KEY_BYTE);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
}

static void nmi_before_the_exit_is_survived(struct kunit *test)
{
	plan(SPOILT_BEFORE, 3);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, platform->exits, 4U);
	expect_usable(test);
}

static void nmi_after_the_exit_finds_the_response(struct kunit *test)
{
	plan(SPOILT_AFTER, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, platform->exits, 1U);
	expect_usable(test);
}

static void abandoned_message_is_answered_before_the_next(struct kunit *test)
{
	plan(SPOILT_BEFORE, MSG_SPOILT_TRIES);
	KUNIT_EXPECT_EQ(test, exchange(1), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, platform->ch.pending);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	/* Another text: the hypervisor must see the first one again, then it. */
	KUNIT_EXPECT_EQ(test, exchange(2), 0);
	KUNIT_EXPECT_EQ(test, platform->exits, MSG_SPOILT_TRIES + 2U);
	KUNIT_EXPECT_EQ(test, stored(), 4U);
	expect_usable(test);
}

static void cpu_without_ghcb_leaves_the_message_pending(struct kunit *test)
{
	plan(NO_GHCB, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -ENODEV);
	KUNIT_EXPECT_EQ(test, exchange(2), 0);
	KUNIT_EXPECT_EQ(test, stored(), 4U);
}

static void refused_exit_retires_the_key(struct kunit *test)
{
	plan(REFUSED, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EIO);
	expect_retired(test, "the hypervisor refused the guest request");
}

static void firmware_error_retires_the_key(struct kunit *test)
{
	plan(FW_ERROR, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EIO);
	expect_retired(test, "the firmware refused the message");
}

static void missing_response_retires_the_key(struct kunit *test)
{
	plan(NOTHING, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	expect_retired(test, "wrong sequence number");
}

static void flipped_payload_retires_the_key(struct kunit *test)
{
	plan(FLIPPED, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	expect_retired(test, "the response failed authentication");
}

static void flipped_tag_retires_the_key(struct kunit *test)
{
	plan(FLIPPED_TAG, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	expect_retired(test, "the response failed authentication");
}

static void replayed_response_retires_the_key(struct kunit *test)
{
	plan(HONEST, 1);
	plan(REPLAYED, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	expect_retired(test, "wrong sequence number");
}

static void response_of_another_type_retires_the_key(struct kunit *test)
{
	plan(OTHER_TYPE, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	expect_retired(test, "wrong message type");
}

static void response_longer_than_the_buffer_retires_the_key(struct kunit *test)
{
	u8 req[96] = {}, rsp[95];
	struct msg_exchange x = {
		.type = SNP_MSG_REPORT_REQ,
		.version = 1,
		.req = req,
		.req_len = sizeof(req),
		.rsp = rsp,
		.rsp_len = sizeof(rsp),
	};

	memset(rsp, 0xaa, sizeof(rsp));
	KUNIT_EXPECT_EQ(test, msg_exchange(&platform->ch, &x), -EBADMSG);
	KUNIT_EXPECT_NULL(test, memchr_inv(rsp, 0, sizeof(rsp)));
	expect_retired(test, "wrong payload size");
}

static struct kunit_case channel_cases[] = {
	KUNIT_CASE(exchanges_move_the_counter_by_two),
	KUNIT_CASE(channel_continues_where_another_driver_stopped),
	KUNIT_CASE(exhausted_counter_sends_nothing_and_keeps_the_key),
	KUNIT_CASE_SLOW(throttled_message_is_sent_again_unchanged),
	KUNIT_CASE(stopping_while_throttled_retires_the_key),
	KUNIT_CASE(stopping_an_idle_channel_keeps_the_key),
	KUNIT_CASE(nmi_before_the_exit_is_survived),
	KUNIT_CASE(nmi_after_the_exit_finds_the_response),
	KUNIT_CASE(abandoned_message_is_answered_before_the_next),
	KUNIT_CASE(cpu_without_ghcb_leaves_the_message_pending),
	KUNIT_CASE(refused_exit_retires_the_key),
	KUNIT_CASE(firmware_error_retires_the_key),
	KUNIT_CASE(missing_response_retires_the_key),
	KUNIT_CASE(flipped_payload_retires_the_key),
	KUNIT_CASE(flipped_tag_retires_the_key),
	KUNIT_CASE(replayed_response_retires_the_key),
	KUNIT_CASE(response_of_another_type_retires_the_key),
	KUNIT_CASE(response_longer_than_the_buffer_retires_the_key),
	{}
};

static struct kunit_suite channel_suite = {
	.name = "guest_channel",
	.init = channel_init,
	.exit = channel_exit,
	.test_cases = channel_cases,
};

kunit_test_suite(channel_suite);

MODULE_DESCRIPTION("KUnit: SNP guest message channel against a hostile hypervisor");
MODULE_LICENSE("GPL");
