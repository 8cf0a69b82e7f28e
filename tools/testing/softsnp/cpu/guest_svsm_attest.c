// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: attestation protocol of the SVSM (AMD 58019): a report of VMPL0
 * over a nonce and the manifest of its services.  The report comes from the
 * firmware through a guest message under VMPCK0, which nobody but the SVSM has
 * (SNP firmware ABI, 56860).
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <snp/guest_msg.h>

#include "guest_svsm.h"

#define MANIFEST_ROOM	(2 * SNP_PAGE_SIZE)
#define GUEST_RW	(SNP_RMP_PERM_READ | SNP_RMP_PERM_WRITE)

static struct {
	uint8_t vmpck[SNP_VMPCK_LEN];
	uint64_t seqno;		/* last one used */
} key;

void svsm_attest_start(const uint8_t *vmpck0)
{
	memcpy(key.vmpck, vmpck0, sizeof(key.vmpck));
	key.seqno = 0;
}

static bool seal(struct snp_msg *msg, const void *plain, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[SNP_MSG_IV_LEN] = {};
	const uint8_t *aad = (const uint8_t *)msg + SNP_MSG_AAD_OFFSET;
	int n;
	bool ok;

	memcpy(iv, &msg->hdr.msg_seqno, sizeof(msg->hdr.msg_seqno));
	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key.vmpck, iv) &&
	     EVP_EncryptUpdate(ctx, NULL, &n, aad, SNP_MSG_AAD_LEN) &&
	     EVP_EncryptUpdate(ctx, msg->payload, &n, plain, len) && n == len &&
	     EVP_EncryptFinal_ex(ctx, msg->payload + n, &n) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SNP_MSG_TAG_LEN, msg->hdr.authtag);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool open_response(struct snp_msg *msg, void *plain, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[SNP_MSG_IV_LEN] = {};
	const uint8_t *aad = (const uint8_t *)msg + SNP_MSG_AAD_OFFSET;
	int n;
	bool ok;

	memcpy(iv, &msg->hdr.msg_seqno, sizeof(msg->hdr.msg_seqno));
	ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key.vmpck, iv) &&
	     EVP_DecryptUpdate(ctx, NULL, &n, aad, SNP_MSG_AAD_LEN) &&
	     EVP_DecryptUpdate(ctx, plain, &n, msg->payload, len) && n == len &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SNP_MSG_TAG_LEN, msg->hdr.authtag) &&
	     EVP_DecryptFinal_ex(ctx, (uint8_t *)plain + n, &n);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* A report that states VMPL0. */
static bool get_report(const uint8_t *report_data, struct snp_msg_report_rsp *rsp)
{
	struct snp_msg_report_req req = {};
	struct snp_msg msg = {
		.hdr = {
			.msg_seqno = key.seqno + 1,
			.algo = SNP_MSG_ALGO_AES_256_GCM,
			.hdr_version = SNP_MSG_HDR_VERSION,
			.hdr_size = SNP_MSG_HDR_SIZE,
			.msg_type = SNP_MSG_REPORT_REQ,
			.msg_version = 1,
			.msg_size = sizeof(req),
		},
	};
	struct snp_msg answer = {};
	uint32_t status;

	memcpy(req.report_data, report_data, sizeof(req.report_data));
	if (!seal(&msg, &req, sizeof(req)))
		return false;
	status = guest_firmware_request(&msg, &answer);
	if (status) {
		cpu_log("guest: SVSM: the firmware answers %#x %s", status,
			snp_fw_status_name(status));
		return false;
	}
	if (answer.hdr.msg_seqno != key.seqno + 2 || answer.hdr.msg_type != SNP_MSG_REPORT_RSP ||
	    answer.hdr.msg_size != sizeof(*rsp) || !open_response(&answer, rsp, sizeof(*rsp)))
		return false;
	key.seqno += 2;
	if (rsp->status)
		cpu_log("guest: SVSM: no report: %#x %s", rsp->status,
			snp_fw_status_name(rsp->status));
	return !rsp->status && rsp->report_size == sizeof(rsp->report);
}

static bool hash(uint8_t *out, const uint8_t *nonce, const uint8_t *manifest, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) &&
		  EVP_DigestUpdate(ctx, nonce, SNP_SVSM_NONCE_LEN) &&
		  EVP_DigestUpdate(ctx, manifest, len) && EVP_DigestFinal_ex(ctx, out, NULL);

	EVP_MD_CTX_free(ctx);
	return ok;
}

static size_t make_manifest(uint8_t *out, bool single)
{
	const uint8_t *vtpm;
	size_t len = 0;

	vtpm = svsm_vtpm_manifest(&len);
	/* A TPM that has died: no report says that there never was one. */
	if (guest_config.vtpm && !vtpm)
		return 0;
	if (!single)
		return svsm_manifest(out, MANIFEST_ROOM, vtpm, len);
	if (len > MANIFEST_ROOM)
		return 0;
	if (len)
		memcpy(out, vtpm, len);
	return len;
}

/* Give @len bytes to the guest; the space was checked. */
static bool hand_over(const struct snp_svsm_location *l, const void *data, size_t len)
{
	void *to;

	if (!len)
		return true;
	to = svsm_guest_memory(l->gpa, len, GUEST_RW);
	if (to)
		memcpy(to, data, len);
	return to;
}

/* Is the buffer the guest's: asked before the firmware is. */
static bool usable(const struct snp_svsm_location *l)
{
	return !l->len || svsm_guest_memory(l->gpa, l->len, GUEST_RW);
}

static uint64_t attest(struct svsm_call *c, const struct snp_svsm_attest *a, bool single)
{
	uint8_t manifest[MANIFEST_ROOM], nonce[SNP_SVSM_NONCE_LEN], data[64];
	struct snp_msg_report_rsp rsp;
	size_t manifest_len, certs_len = 0;
	const void *certs, *at;

	at = svsm_guest_memory(a->nonce.gpa, sizeof(nonce), SNP_RMP_PERM_READ);
	if (!at || !usable(&a->report) || !usable(&a->manifest) || !usable(&a->certs))
		return SNP_SVSM_INVALID_ADDRESS;
	memcpy(nonce, at, sizeof(nonce));
	manifest_len = make_manifest(manifest, single);
	if (!manifest_len)
		return single ? SNP_SVSM_UNSUPPORTED_PROTOCOL : SNP_SVSM_INVALID_REQUEST;
	certs = guest_certs_table(&certs_len);
	/* No room at all: none are wanted. */
	if (!a->certs.len)
		certs_len = 0;

	c->rcx = manifest_len;
	c->rdx = certs_len;
	c->r8 = sizeof(rsp.report);
	if (!svsm_attest_fits(a, manifest_len, certs_len, sizeof(rsp.report)))
		return SNP_SVSM_INVALID_PARAMETER;
	if (!hash(data, nonce, manifest, manifest_len) || !get_report(data, &rsp))
		return SNP_SVSM_INVALID_REQUEST;
	if (!hand_over(&a->report, rsp.report, sizeof(rsp.report)) ||
	    !hand_over(&a->manifest, manifest, manifest_len) ||
	    !hand_over(&a->certs, certs, certs_len))
		return SNP_SVSM_INVALID_ADDRESS;
	return SNP_SVSM_SUCCESS;
}

uint64_t svsm_attest(struct svsm_call *c)
{
	uint64_t which = FIELD_GET(SNP_SVSM_RAX_CALL, c->rax), result;
	bool single = which == SNP_SVSM_ATTEST_SINGLE;
	size_t len = single ? sizeof(struct snp_svsm_attest) :
			      offsetof(struct snp_svsm_attest, guid);
	struct snp_svsm_attest a = {};
	const void *at;

	if (which != SNP_SVSM_ATTEST_SERVICES && !single)
		return SNP_SVSM_UNSUPPORTED_CALL;
	if (c->rcx % 8 || (c->rcx & (SNP_PAGE_SIZE - 1)) > SNP_PAGE_SIZE - len)
		return SNP_SVSM_INVALID_PARAMETER;
	at = svsm_guest_memory(c->rcx, len, SNP_RMP_PERM_READ);
	if (!at)
		return SNP_SVSM_INVALID_ADDRESS;
	memcpy(&a, at, len);
	result = svsm_attest_check(&a, single);
	return result ? result : attest(c, &a, single);
}
