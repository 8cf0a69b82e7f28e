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

static void toy_crypt(const struct gcm_key *g, u8 *text, size_t len, const u8 *iv)
{
	size_t i;

	for (i = 0; i < len; i++)
		text[i] ^= g->key[i % sizeof(g->key)] ^ iv[i % 12];
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

static int gcm_encrypt(struct gcm_key *g, u8 *msg, size_t aad_len, size_t len, u8 *iv, u8 *tag)
{
	toy_crypt(g, msg + aad_len, len, iv);
	toy_tag(g, msg + aad_len, len, msg, aad_len, iv, tag);
	return 0;
}

/* Decrypts before it checks, and wipes then, as the real one may. */
static int gcm_decrypt(struct gcm_key *g, u8 *msg, size_t aad_len, size_t len, u8 *iv, u8 *tag)
{
	u8 want[GCM_TAG_LEN];

	toy_tag(g, msg + aad_len, len, msg, aad_len, iv, want);
	toy_crypt(g, msg + aad_len, len, iv);
	if (!__builtin_memcmp(want, tag, sizeof(want)))
		return 0;
	__builtin_memset(msg + aad_len, 0, len);
	return -1;
}

#include <drivers/sev-guest/msg.c>
#include <drivers/sev-guest/channel.c>
#include <drivers/sev-guest/certs.h>

/* The tracepoints of the sources under test. */
#define CREATE_TRACE_POINTS
#include <drivers/sev-guest/trace.h>

#include <kunit/test.h>
#include <linux/module.h>

#define SHARED_GPA	0x12340000ULL
#define KEY_BYTE	0x6b
#define VMPCK		1
#define MAX_STEPS	40
#define CERT_FILL	0xc5

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
	TOO_SMALL,		/* certificates do not fit; not given to the firmware */
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
	unsigned int nr_extended;	/* so many of the exits were extended ones */
	u64 given_pages;	/* RBX of the last of those */
	u64 needed_pages;	/* RBX that TOO_SMALL answers */
	bool shared_freed;
};

static struct platform *platform;

int pagestate_share(struct pagestate_shared *shared, unsigned int nr_pages)
{
	KUNIT_ASSERT_EQ(platform->test, nr_pages, 2U + MSG_CERT_PAGES);
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

	*p->last_response = *req;
	msg_iv(iv, req->hdr.msg_seqno);
	if (gcm_decrypt(&p->key, &p->last_response->hdr.algo, SNP_MSG_AAD_LEN, req->hdr.msg_size,
			iv, p->last_response->hdr.authtag))
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
	memcpy(rsp->payload, plain, req->hdr.msg_size);
	msg_iv(iv, id.seqno);
	gcm_encrypt(&p->key, &rsp->hdr.algo, SNP_MSG_AAD_LEN, req->hdr.msg_size, iv,
		    rsp->hdr.authtag);
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

	KUNIT_EXPECT_EQ(p->test, (u64)p->secrets->msg_seqno[p->ch.vmpck], req->hdr.msg_seqno + 1);
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

	if (call->code == SNP_EXIT_EXT_GUEST_REQUEST) {
		KUNIT_EXPECT_TRUE(p->test, call->with_regs);
		KUNIT_EXPECT_EQ(p->test, call->rax, SHARED_GPA + 2 * SNP_PAGE_SIZE);
		KUNIT_EXPECT_LE(p->test, call->rbx, (u64)MSG_CERT_PAGES);
		p->nr_extended++;
		p->given_pages = call->rbx;
	} else {
		KUNIT_EXPECT_EQ(p->test, call->code, (u64)SNP_EXIT_GUEST_REQUEST);
		KUNIT_EXPECT_FALSE(p->test, call->with_regs);
	}
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
	case TOO_SMALL:
		call->info2 = (u64)SNP_REQ_VMM_INVALID_LEN << 32;
		call->rbx = p->needed_pages;
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
	if (call->code == SNP_EXIT_EXT_GUEST_REQUEST)
		memset(&p->shared[2], CERT_FILL, MSG_CERTS_MAX);
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
static int exchange_with(u8 fill, struct msg_certs *certs)
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
		.certs = certs,
	};
	int rc;

	memset(req, fill, sizeof(req));
	memset(rsp, 0xaa, sizeof(rsp));
	rc = msg_exchange(&platform->ch, &x);
	if (!rc)
		memset(want, (u8)~fill, sizeof(req));
	KUNIT_EXPECT_MEMEQ(test, rsp, want, sizeof(want));
	/* The text is wiped, whatever else is there. */
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(platform->ch.response->payload, (u8)~fill,
					       sizeof(req)));
	if (!rc)
		KUNIT_EXPECT_NULL(test, memchr_inv(platform->ch.response->payload, 0,
						   SNP_MSG_MAX_PAYLOAD));
	return rc;
}

static int exchange(u8 fill)
{
	return exchange_with(fill, NULL);
}

/*
 * One extended exchange with room for @nr_pages; checks that the certificates
 * are all there or zero, and that nothing is written behind their room.
 */
static int exchange_ext(u8 fill, unsigned int nr_pages, u32 *needed)
{
	struct kunit *test = platform->test;
	struct msg_certs certs = { .len = nr_pages * SNP_PAGE_SIZE, .needed = 0xaaaaaaaa };
	u8 *buf = kunit_kmalloc(test, certs.len + 8, GFP_KERNEL);
	int rc;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xaa, certs.len + 8);
	certs.buf = buf;
	rc = exchange_with(fill, &certs);
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, rc ? 0 : CERT_FILL, certs.len));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf + certs.len, 0xaa, 8));
	*needed = certs.needed;
	return rc;
}

static u32 stored(void)
{
	return platform->secrets->msg_seqno[VMPCK];
}

static void expect_usable(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, platform->ch.retired[VMPCK]);
	KUNIT_EXPECT_EQ(test, exchange(0x77), 0);
	KUNIT_EXPECT_EQ(test, (u64)stored(), platform->counter);
}

/* Wiped where others would find it, refused from now on, and nothing sent. */
static void expect_retired(struct kunit *test, const char *why)
{
	unsigned int exits = platform->exits;

	KUNIT_ASSERT_NOT_NULL(test, platform->ch.retired[VMPCK]);
	KUNIT_EXPECT_STREQ(test, platform->ch.retired[VMPCK], why);
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
	p->shared = kunit_kzalloc(test, (2 + MSG_CERT_PAGES) * sizeof(*p->shared), GFP_KERNEL);
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
	KUNIT_EXPECT_NULL(test, platform->ch.retired[VMPCK]);
}

static void throttled_message_is_sent_again_unchanged(struct kunit *test)
{
	plan(BUSY, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, platform->exits, 2U);
	expect_usable(test);
}

static void throttled_message_waits_longer_each_time(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, msg_retry_delay(1), (unsigned long)MSG_RETRY_FIRST);
	for (i = 1; i < 10; i++) {
		KUNIT_EXPECT_GE(test, msg_retry_delay(i + 1), msg_retry_delay(i));
		KUNIT_EXPECT_LE(test, msg_retry_delay(i + 1), 2 * msg_retry_delay(i));
	}
	KUNIT_EXPECT_EQ(test, msg_retry_delay(5), (unsigned long)MSG_RETRY_MOST);
	KUNIT_EXPECT_EQ(test, msg_retry_delay(UINT_MAX), (unsigned long)MSG_RETRY_MOST);
	/* And it is counted. */
	plan(BUSY, 2);
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	KUNIT_EXPECT_EQ(test, platform->ch.throttled, 2ULL);
}

/* The firmware has a counter for each key. */
static int select_key(unsigned int vmpck)
{
	int rc = msg_select(&platform->ch, vmpck);

	if (!rc) {
		platform->counter = platform->secrets->msg_seqno[vmpck];
		memset(platform->last_request, 0, sizeof(*platform->last_request));
	}
	return rc;
}

static void another_key_goes_on_with_its_own_counter(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, exchange(1), 0);
	platform->secrets->msg_seqno[3] = 40;
	KUNIT_EXPECT_EQ(test, select_key(3), 0);
	KUNIT_EXPECT_EQ(test, exchange(2), 0);
	KUNIT_EXPECT_EQ(test, platform->last_request->hdr.msg_vmpck, 3);
	KUNIT_EXPECT_EQ(test, platform->secrets->msg_seqno[3], 42U);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	/* The first one was not touched. */
	KUNIT_EXPECT_EQ(test, select_key(VMPCK), 0);
	expect_usable(test);
	KUNIT_EXPECT_EQ(test, stored(), 4U);
}

static void another_key_serves_when_one_is_retired(struct kunit *test)
{
	plan(FLIPPED, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EBADMSG);
	KUNIT_EXPECT_EQ(test, select_key(VMPCK), -ENOKEY);
	expect_retired(test, "the response failed authentication");
	KUNIT_EXPECT_EQ(test, select_key(2), 0);
	KUNIT_EXPECT_EQ(test, exchange(3), 0);
	/* For ever, and one can still read why. */
	KUNIT_EXPECT_EQ(test, select_key(VMPCK), -ENOKEY);
	KUNIT_EXPECT_STREQ(test, msg_retired(&platform->ch, VMPCK),
			   "the response failed authentication");
	KUNIT_EXPECT_NULL(test, msg_retired(&platform->ch, 2));
	KUNIT_EXPECT_EQ(test, exchange(4), 0);
}

static void key_that_cannot_serve_is_not_chosen(struct kunit *test)
{
	memset(platform->secrets->vmpck[0], 0, SNP_VMPCK_LEN);
	KUNIT_EXPECT_EQ(test, select_key(0), -ENOKEY);
	KUNIT_EXPECT_EQ(test, select_key(SNP_NR_VMPCK), -EINVAL);
	KUNIT_EXPECT_EQ(test, select_key(UINT_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, select_key(VMPCK), 0);
	/* For expect_retired(), which looks whether others are left alone. */
	memset(platform->secrets->vmpck[0], KEY_BYTE, SNP_VMPCK_LEN);
	expect_usable(test);
}

static void pending_message_keeps_its_key(struct kunit *test)
{
	plan(NO_GHCB, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -ENODEV);
	KUNIT_EXPECT_EQ(test, select_key(2), -EBUSY);
	KUNIT_EXPECT_EQ(test, platform->ch.vmpck, (unsigned int)VMPCK);
	expect_usable(test);
	KUNIT_EXPECT_EQ(test, select_key(2), 0);
	msg_stop(&platform->ch);
	KUNIT_EXPECT_EQ(test, select_key(3), -ENODEV);
}

static void stopping_while_throttled_retires_the_key(struct kunit *test)
{
	plan(BUSY_AND_STOP, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -ENODEV);
	KUNIT_EXPECT_TRUE(test, platform->ch.pending);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	/* Nobody else can get it answered. */
	msg_stop(&platform->ch);
	KUNIT_EXPECT_NOT_NULL(test, platform->ch.retired[VMPCK]);
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

static void certificates_come_with_the_response(struct kunit *test)
{
	unsigned int nr_pages;
	u32 needed;

	for (nr_pages = 0; nr_pages <= MSG_CERT_PAGES; nr_pages++) {
		KUNIT_EXPECT_EQ(test, exchange_ext(nr_pages, nr_pages, &needed), 0);
		KUNIT_EXPECT_EQ(test, needed, 0U);
		KUNIT_EXPECT_EQ(test, platform->given_pages, (u64)nr_pages);
	}
	KUNIT_EXPECT_EQ(test, platform->nr_extended, MSG_CERT_PAGES + 1U);
	expect_usable(test);
}

/* check_request() sees to it that both exits carry the same text. */
static void too_little_room_is_settled_by_the_same_text_sent_plainly(struct kunit *test)
{
	u32 needed;

	platform->needed_pages = 3;
	plan(TOO_SMALL, 1);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 2, &needed), -EIO);
	KUNIT_EXPECT_EQ(test, needed, 3U * SNP_PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, platform->exits, 2U);
	KUNIT_EXPECT_EQ(test, platform->nr_extended, 1U);
	KUNIT_EXPECT_EQ(test, stored(), 2U);
	KUNIT_EXPECT_EQ(test, platform->counter, 2ULL);
	KUNIT_EXPECT_FALSE(test, platform->ch.pending);
	KUNIT_EXPECT_EQ(test, exchange_ext(2, 3, &needed), 0);
	expect_usable(test);
}

static void size_query_has_no_pages(struct kunit *test)
{
	u32 needed;

	platform->needed_pages = MSG_CERT_PAGES;
	plan(TOO_SMALL, 1);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 0, &needed), -EIO);
	KUNIT_EXPECT_EQ(test, platform->given_pages, 0ULL);
	KUNIT_EXPECT_EQ(test, needed, (u32)MSG_CERTS_MAX);
	expect_usable(test);
}

static void number_of_pages_that_cannot_be_is_not_believed(struct kunit *test)
{
	static const u64 lies[] = { 0, 1, 2, MSG_CERT_PAGES + 1, 0x100000, 0x100000003ULL,
				    0x10000000000003ULL, U64_MAX };
	unsigned int i;
	u32 needed;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		platform->needed_pages = lies[i];
		platform->nr_steps = platform->exits;
		KUNIT_ASSERT_LT(test, platform->exits, MAX_STEPS);
		plan(TOO_SMALL, 1);
		KUNIT_EXPECT_EQ(test, exchange_ext(i, 2, &needed), -EPROTO);
		KUNIT_EXPECT_EQ(test, needed, 0U);
		KUNIT_EXPECT_FALSE(test, platform->ch.pending);
	}
	expect_usable(test);
}

static void plain_answer_after_too_little_room_is_verified(struct kunit *test)
{
	u32 needed;

	platform->needed_pages = 3;
	plan(TOO_SMALL, 1);
	plan(FLIPPED, 1);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 2, &needed), -EBADMSG);
	KUNIT_EXPECT_EQ(test, needed, 0U);
	expect_retired(test, "the response failed authentication");
}

static void plain_message_that_fails_after_too_little_room_retires_the_key(struct kunit *test)
{
	u32 needed;

	platform->needed_pages = 3;
	plan(TOO_SMALL, 1);
	plan(FW_ERROR, 1);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 2, &needed), -EIO);
	KUNIT_EXPECT_EQ(test, needed, 0U);
	expect_retired(test, "the firmware refused the message");
}

static void too_little_room_for_a_plain_message_retires_the_key(struct kunit *test)
{
	platform->needed_pages = 3;
	plan(TOO_SMALL, 1);
	KUNIT_EXPECT_EQ(test, exchange(1), -EIO);
	KUNIT_EXPECT_EQ(test, platform->exits, 1U);
	expect_retired(test, "the hypervisor failed the guest request");
}

static void too_little_room_twice_retires_the_key(struct kunit *test)
{
	u32 needed;

	platform->needed_pages = 3;
	plan(TOO_SMALL, 2);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 2, &needed), -EIO);
	KUNIT_EXPECT_EQ(test, needed, 0U);
	expect_retired(test, "the hypervisor failed the guest request");
}

static void abandoned_extended_message_is_answered_before_the_next(struct kunit *test)
{
	u32 needed;

	plan(SPOILT_BEFORE, MSG_SPOILT_TRIES);
	KUNIT_EXPECT_EQ(test, exchange_ext(1, 2, &needed), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, platform->ch.pending);
	KUNIT_EXPECT_EQ(test, exchange(2), 0);
	KUNIT_EXPECT_EQ(test, stored(), 4U);
	expect_usable(test);
}

static void room_must_be_whole_pages_up_to_the_limit(struct kunit *test)
{
	static const u32 wrong[] = { 1, SNP_PAGE_SIZE - 1, MSG_CERTS_MAX + 1,
				     MSG_CERTS_MAX + SNP_PAGE_SIZE, 0xfffff000 };
	struct msg_certs certs = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		certs.len = wrong[i];
		KUNIT_EXPECT_EQ(test, exchange_with(1, &certs), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, platform->exits, 0U);
}

/* Certificate tables. */

static void table_with_rows(u8 *table, unsigned int nr, u32 offset, u32 length)
{
	struct snp_cert_row *row = (void *)table;

	memset(table, 0, SNP_PAGE_SIZE);
	while (nr--) {
		row->guid[0] = 1;
		row->offset = offset;
		row->length = length;
		row++;
	}
}

static void length_of_a_table_is_the_end_of_its_last_certificate(struct kunit *test)
{
	u8 *table = kunit_kzalloc(test, SNP_PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), 0);
	table_with_rows(table, 1, 48, 100);
	KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), 148);
	table_with_rows(table, 3, 4000, 96);
	KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), (int)SNP_PAGE_SIZE);
	((struct snp_cert_row *)table)[2].offset = 96;
	KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), (int)SNP_PAGE_SIZE);
}

static void table_that_points_elsewhere_is_refused(struct kunit *test)
{
	static const struct {
		u32 offset, length;
	} wrong[] = { { 0, 10 }, { 47, 10 }, { 4096, 1 }, { 4000, 97 }, { 48, 0xffffffff },
		      { 0xffffffff, 2 }, { 0xfffff000, 0x1100 } };
	u8 *table = kunit_kzalloc(test, SNP_PAGE_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		table_with_rows(table, 1, wrong[i].offset, wrong[i].length);
		KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), -EINVAL);
	}
	/* No row of zeros. */
	table_with_rows(table, SNP_PAGE_SIZE / sizeof(struct snp_cert_row), 4090, 1);
	KUNIT_EXPECT_EQ(test, certs_table_len(table, SNP_PAGE_SIZE), -EINVAL);
	KUNIT_EXPECT_EQ(test, certs_table_len(table, 0), -EINVAL);
}

static struct kunit_case channel_cases[] = {
	KUNIT_CASE(exchanges_move_the_counter_by_two),
	KUNIT_CASE(channel_continues_where_another_driver_stopped),
	KUNIT_CASE(exhausted_counter_sends_nothing_and_keeps_the_key),
	KUNIT_CASE_SLOW(throttled_message_is_sent_again_unchanged),
	KUNIT_CASE(throttled_message_waits_longer_each_time),
	KUNIT_CASE(another_key_goes_on_with_its_own_counter),
	KUNIT_CASE(another_key_serves_when_one_is_retired),
	KUNIT_CASE(key_that_cannot_serve_is_not_chosen),
	KUNIT_CASE(pending_message_keeps_its_key),
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
	KUNIT_CASE(certificates_come_with_the_response),
	KUNIT_CASE(too_little_room_is_settled_by_the_same_text_sent_plainly),
	KUNIT_CASE(size_query_has_no_pages),
	KUNIT_CASE(number_of_pages_that_cannot_be_is_not_believed),
	KUNIT_CASE(plain_answer_after_too_little_room_is_verified),
	KUNIT_CASE(plain_message_that_fails_after_too_little_room_retires_the_key),
	KUNIT_CASE(too_little_room_for_a_plain_message_retires_the_key),
	KUNIT_CASE(too_little_room_twice_retires_the_key),
	KUNIT_CASE(abandoned_extended_message_is_answered_before_the_next),
	KUNIT_CASE(room_must_be_whole_pages_up_to_the_limit),
	KUNIT_CASE(length_of_a_table_is_the_end_of_its_last_certificate),
	KUNIT_CASE(table_that_points_elsewhere_is_refused),
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
