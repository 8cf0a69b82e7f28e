/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SNP guest messages: header, initialisation vector, sequence numbers (SNP
 * firmware ABI, 56860, chapter on guest messages).  Pure functions; every
 * response has passed through the hands of the hypervisor.
 */
#ifndef SEV_GUEST_MSG_CODEC_H
#define SEV_GUEST_MSG_CODEC_H

#include <linux/limits.h>

#include <snp/guest_msg.h>
#include <snp/guest_pages.h>

/**
 * struct msg_id - what tells one message from another
 * @seqno: sequence number
 * @type: enum snp_msg_type
 * @version: version of the payload layout
 * @vmpck: number of the key, 0 to 3
 */
struct msg_id {
	u64	seqno;
	u8	type;
	u8	version;
	u8	vmpck;
};

/* Why a response is not the answer to a request. */
enum msg_defect {
	MSG_OK,
	MSG_BAD_SEQNO,
	MSG_BAD_ALGO,
	MSG_BAD_HEADER,
	MSG_BAD_TYPE,
	MSG_BAD_VERSION,
	MSG_BAD_VMPCK,
	MSG_BAD_SIZE,
	MSG_RESERVED_SET,
};

/**
 * msg_defect_text() - a defect in words
 * @defect: what msg_check_response() returned
 *
 * Return: a constant string.
 */
static inline const char *msg_defect_text(enum msg_defect defect)
{
	switch (defect) {
	case MSG_OK:
		return "well formed";
	case MSG_BAD_SEQNO:
		return "wrong sequence number";
	case MSG_BAD_ALGO:
		return "wrong algorithm";
	case MSG_BAD_HEADER:
		return "wrong header version or size";
	case MSG_BAD_TYPE:
		return "wrong message type";
	case MSG_BAD_VERSION:
		return "wrong message version";
	case MSG_BAD_VMPCK:
		return "wrong VMPCK number";
	case MSG_BAD_SIZE:
		return "wrong payload size";
	case MSG_RESERVED_SET:
		return "a reserved field is not zero";
	}
	return "unknown defect";
}

/**
 * msg_next_seqno() - number of the next request
 * @stored: counter in the secrets page: the number of the response to the last
 *	request that was sent
 * @seqno: result; untouched on failure
 *
 * Requests are odd, responses even.  The counter is 32 bits wide and shared
 * with whatever else runs in this guest at this VMPL; the response's number
 * must still fit it.  A number is never truncated and never used twice: two
 * texts under one key and IV give the key stream away.
 *
 * Return: false when the counter is exhausted or odd, hence not one that an
 *	exchange has left.
 */
static inline bool msg_next_seqno(u32 stored, u64 *seqno)
{
	if (stored & 1 || stored > U32_MAX - 2)
		return false;
	*seqno = (u64)stored + 1;
	return true;
}

/**
 * msg_iv() - initialisation vector of a message
 * @iv: the result
 * @seqno: sequence number of the message
 */
static inline void msg_iv(u8 iv[SNP_MSG_IV_LEN], u64 seqno)
{
	memset(iv, 0, SNP_MSG_IV_LEN);
	memcpy(iv, &seqno, sizeof(seqno));
}

/**
 * msg_build_header() - header of a request
 * @hdr: the header, overwritten; its tag stays zero
 * @id: number, type, version and key
 * @size: length of the payload in bytes
 */
static inline void msg_build_header(struct snp_msg_hdr *hdr, const struct msg_id *id, u16 size)
{
	memset(hdr, 0, sizeof(*hdr));
	hdr->msg_seqno = id->seqno;
	hdr->algo = SNP_MSG_ALGO_AES_256_GCM;
	hdr->hdr_version = SNP_MSG_HDR_VERSION;
	hdr->hdr_size = SNP_MSG_HDR_SIZE;
	hdr->msg_type = id->type;
	hdr->msg_version = id->version;
	hdr->msg_size = size;
	hdr->msg_vmpck = id->vmpck;
}

/**
 * msg_check_response() - is this the header of the answer to that request
 * @hdr: header, in memory that the hypervisor cannot change
 * @request: the request
 * @max_size: longest payload that the caller takes, in bytes
 *
 * Everything but the sequence number and the field behind it is authenticated
 * by the tag as well; the number is bound by being the IV.
 *
 * Return: MSG_OK or the first defect.
 */
static inline enum msg_defect msg_check_response(const struct snp_msg_hdr *hdr,
						 const struct msg_id *request, u16 max_size)
{
	unsigned int i;

	if (hdr->msg_seqno != request->seqno + 1)
		return MSG_BAD_SEQNO;
	if (hdr->algo != SNP_MSG_ALGO_AES_256_GCM)
		return MSG_BAD_ALGO;
	if (hdr->hdr_version != SNP_MSG_HDR_VERSION || hdr->hdr_size != SNP_MSG_HDR_SIZE)
		return MSG_BAD_HEADER;
	if (hdr->msg_type != request->type + 1)
		return MSG_BAD_TYPE;
	if (hdr->msg_version != request->version)
		return MSG_BAD_VERSION;
	if (hdr->msg_vmpck != request->vmpck)
		return MSG_BAD_VMPCK;
	if (!hdr->msg_size || hdr->msg_size > max_size || hdr->msg_size > SNP_MSG_MAX_PAYLOAD)
		return MSG_BAD_SIZE;
	if (hdr->reserved0 || hdr->reserved1)
		return MSG_RESERVED_SET;
	for (i = 0; i < sizeof(hdr->reserved2); i++)
		if (hdr->reserved2[i])
			return MSG_RESERVED_SET;
	return MSG_OK;
}

#endif /* SEV_GUEST_MSG_CODEC_H */
