// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: commands of a TPM 2.0 that the SVSM itself gives (TCG TPM 2.0
 * library, part 3; TCG EK credential profile, template L-1), and the frame that
 * the guest's commands come in (AMD 58019).
 */
#include <string.h>

#include "guest_svsm_proto.h"

#define TAG_SESSIONS		0x8002
#define CC_CHANGE_AUTH		0x129
#define CC_CREATE_PRIMARY	0x131
#define RH_ENDORSEMENT		0x4000000b
#define RH_PLATFORM		0x4000000c
#define RS_PASSWORD		0x40000009
#define ALG_RSA			0x0001
#define ALG_AES			0x0006
#define ALG_SHA256		0x000b
#define ALG_NULL		0x0010
#define ALG_CFB			0x0043
#define EK_ATTRIBUTES		0x000300b2
#define EK_BITS			2048
#define HEADER_LEN		10

uint64_t svsm_vtpm_check(const struct snp_svsm_vtpm_request *r)
{
	if (r->command != SNP_SVSM_VTPM_SEND_COMMAND)
		return SNP_SVSM_UNSUPPORTED_CALL;
	/* Localities have no meaning yet. */
	if (r->locality || r->size < HEADER_LEN || r->size > sizeof(r->data))
		return SNP_SVSM_INVALID_PARAMETER;
	return SNP_SVSM_SUCCESS;
}

/* TPM numbers are big-endian. */
struct writer {
	uint8_t *out;
	size_t len, room;
};

static void put(struct writer *w, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		if (w->len < w->room)
			w->out[w->len] = value >> (8 * bytes);
		w->len++;
	}
}

static void put_bytes(struct writer *w, const uint8_t *bytes, size_t len)
{
	while (len--)
		put(w, bytes ? *bytes++ : 0, 1);
}

static void set16(uint8_t *at, size_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint64_t get(const uint8_t *at, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | *at++;
	return v;
}

static void put_ek_template(struct writer *w)
{
	/* PolicySecret(TPM_RH_ENDORSEMENT). */
	static const uint8_t policy[32] = {
		0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5,
		0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b,
		0x33, 0x14, 0x69, 0xaa,
	};

	put(w, ALG_RSA, 2);
	put(w, ALG_SHA256, 2);
	put(w, EK_ATTRIBUTES, 4);
	put(w, sizeof(policy), 2);
	put_bytes(w, policy, sizeof(policy));
	put(w, ALG_AES, 2);
	put(w, 128, 2);
	put(w, ALG_CFB, 2);
	put(w, ALG_NULL, 2);		/* no signing scheme */
	put(w, EK_BITS, 2);
	put(w, 0, 4);			/* the usual exponent */
	put(w, EK_BITS / 8, 2);
	put_bytes(w, NULL, EK_BITS / 8);
}

/* A command on a hierarchy that nobody has given a password yet. */
static void put_head(struct writer *w, uint32_t command, uint32_t hierarchy)
{
	put(w, TAG_SESSIONS, 2);
	put(w, 0, 4);			/* length, at the end */
	put(w, command, 4);
	put(w, hierarchy, 4);
	put(w, 9, 4);			/* one session: the empty password */
	put(w, RS_PASSWORD, 4);
	put(w, 0, 5);
}

/* Returns the length; 0: there was no room. */
static size_t finish(struct writer *w)
{
	if (w->len > w->room)
		return 0;
	set16(w->out + 4, w->len);
	return w->len;
}

size_t svsm_tpm_lock_platform(uint8_t *out, size_t room, const uint8_t *auth, size_t auth_len)
{
	struct writer w = { .out = out, .room = room };

	put_head(&w, CC_CHANGE_AUTH, RH_PLATFORM);
	put(&w, auth_len, 2);
	put_bytes(&w, auth, auth_len);
	return finish(&w);
}

size_t svsm_tpm_create_ek(uint8_t *out, size_t room)
{
	struct writer w = { .out = out, .room = room };
	size_t size_at;

	put_head(&w, CC_CREATE_PRIMARY, RH_ENDORSEMENT);
	put(&w, 4, 2);			/* no secret of our own */
	put(&w, 0, 4);
	size_at = w.len;
	put(&w, 0, 2);
	put_ek_template(&w);
	if (w.len <= room)
		set16(out + size_at, w.len - size_at - 2);
	put(&w, 0, 2);			/* no outside data, no PCRs */
	put(&w, 0, 4);
	return finish(&w);
}

bool svsm_tpm_succeeded(const uint8_t *rsp, size_t len)
{
	return len >= HEADER_LEN && get(rsp + 2, 4) == len && !get(rsp + 6, 4);
}

const uint8_t *svsm_tpm_created(const uint8_t *rsp, size_t len, uint32_t *handle,
				size_t *public_len)
{
	const size_t at = HEADER_LEN + 4 + 4;

	if (len < at + 2 || !svsm_tpm_succeeded(rsp, len))
		return NULL;
	*handle = get(rsp + HEADER_LEN, 4);
	*public_len = get(rsp + at, 2);
	if (!*public_len || *public_len > len - at - 2)
		return NULL;
	return rsp + at + 2;
}
