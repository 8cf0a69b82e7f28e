// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest messages other than reports and keys: CPUID, TSC_INFO and those of
 * migration agents (56860, chapter on guest messages).
 *
 * No document at hand says what an exported guest context looks like, so
 * EXPORT, IMPORT, ABSORB and ABSORB_NOMA are known and answer UNSUPPORTED
 * inside their response.  Layouts of the migration group are U: one source.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define EXPORT_RSP_LEN	0x320
#define IMPORT_RSP_LEN	0x10

/* MSG_CPUID_RSP; the request has the count in place of the status. */
struct cpuid_rsp {
	uint32_t status;
	uint32_t count;
	uint64_t reserved;
	struct snp_cpuid_entry entry[SNP_CPUID_MAX_ENTRIES];
} __attribute__((packed));

/* What is wrong is corrected and said, as on the CPUID page. */
size_t asp_msg_cpuid(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		     const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	struct cpuid_rsp *out = (struct cpuid_rsp *)rsp;
	struct snp_cpuid_page page = {};
	const size_t head = offsetof(struct snp_cpuid_page, entry);
	const char *why = "count and length disagree";
	size_t len;

	(void)g;
	memcpy(&page, req, req_len < sizeof(page) ? req_len : sizeof(page));
	len = head + (size_t)page.count * sizeof(page.entry[0]);
	if (page.count > SNP_CPUID_MAX_ENTRIES || len != req_len) {
		out->status = asp_refuse(a, SNP_FW_INVALID_PARAM, "CPUID request of VMPCK %u: %s",
					 vmpck, why);
		return head;
	}
	if (!asp_cpuid_page_check(&page, &why))
		out->status = asp_refuse(a, SNP_FW_INVALID_PARAM, "CPUID request of VMPCK %u: %s",
					 vmpck, why);
	out->count = page.count;
	memcpy(out->entry, page.entry, len - head);
	return len;
}

struct tsc_info_rsp {
	uint32_t status;
	uint32_t reserved0;
	uint64_t tsc_scale;
	uint64_t tsc_offset;
	uint32_t tsc_factor;
	uint8_t reserved1[0x64];
} __attribute__((packed));
SNP_CHECK_SIZE(struct tsc_info_rsp, 0x80);

size_t asp_msg_tsc_info(struct asp *a, struct asp_guest *g, unsigned int vmpck,
			const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	struct tsc_info_rsp *out = (struct tsc_info_rsp *)rsp;

	if (req_len != sizeof(*out) || !snp_report_zero(req, req_len)) {
		out->status = asp_refuse(a, SNP_FW_INVALID_PARAM, "TSC request of VMPCK %u", vmpck);
		return sizeof(*out);
	}
	if (!g->tsc_scale) {
		out->status = asp_refuse(a, SNP_FW_UNSUPPORTED, "the part has no Secure TSC");
		return sizeof(*out);
	}
	out->tsc_scale = g->tsc_scale;
	out->tsc_factor = asp_tsc_factor(a);
	return sizeof(*out);
}

struct vmrk_req {
	uint64_t gctx_paddr;
	uint8_t reserved[24];
	uint8_t vmrk[32];
} __attribute__((packed));
SNP_CHECK_SIZE(struct vmrk_req, 0x40);

static uint32_t set_vmrk(struct asp *a, const struct asp_guest *ma, unsigned int vmpck,
			 const uint8_t *payload, size_t len)
{
	struct vmrk_req req;
	struct asp_guest *g;
	uint32_t status;

	if (len != sizeof(req) || vmpck)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "VMRK request of %zu bytes, VMPCK %u",
				  len, vmpck);
	memcpy(&req, payload, sizeof(req));
	if (!snp_report_zero(req.reserved, sizeof(req.reserved)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	g = asp_guest_find(a, req.gctx_paddr, &status);
	if (!g)
		return status;
	if (g->state == ASP_GUEST_INIT || memcmp(g->report_id_ma, ma->report_id,
						 sizeof(g->report_id_ma)))
		return asp_refuse(a, SNP_FW_INVALID_GUEST, "not a guest of this migration agent");
	memcpy(g->vmrk, req.vmrk, sizeof(g->vmrk));
	OPENSSL_cleanse(&req, sizeof(req));
	return SNP_FW_SUCCESS;
}

/* A migration agent gives a guest the root of keys that it takes along. */
size_t asp_msg_vmrk(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		    const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	uint32_t status = set_vmrk(a, g, vmpck, req, req_len);

	memcpy(rsp, &status, sizeof(status));
	return IMPORT_RSP_LEN;
}

static size_t not_built(struct asp *a, const char *what, size_t len, uint8_t *rsp)
{
	uint32_t status = asp_refuse(a, SNP_FW_UNSUPPORTED,
				     "%s: the form of a guest context is not known", what);

	memcpy(rsp, &status, sizeof(status));
	return len;
}

size_t asp_msg_export(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	(void)g;
	(void)vmpck;
	(void)req;
	(void)req_len;
	return not_built(a, "export", EXPORT_RSP_LEN, rsp);
}

size_t asp_msg_import(struct asp *a, struct asp_guest *g, unsigned int vmpck,
		      const uint8_t *req, size_t req_len, uint8_t *rsp)
{
	(void)g;
	(void)vmpck;
	(void)req;
	(void)req_len;
	return not_built(a, "import", IMPORT_RSP_LEN, rsp);
}
