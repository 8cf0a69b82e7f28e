// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: structures of the SVSM's protocols (AMD 58019).
 */
#include <string.h>

#include "guest_svsm_proto.h"

#define PAGE_MASK_4K	(SNP_PAGE_SIZE - 1ULL)
#define MASK_2M		0x1fffffULL
/* What one host can give along with a report. */
#define CERTS_MAX	0x4000

static const uint8_t guid_services[16] = SNP_SVSM_GUID_SERVICES;
static const uint8_t guid_vtpm[16] = SNP_SVSM_GUID_VTPM;

static uint64_t decode(uint64_t entry, struct svsm_pvalidate_op *op)
{
	uint64_t size = FIELD_GET(SNP_SVSM_PVALIDATE_SIZE, entry);

	if (entry & SNP_SVSM_PVALIDATE_RESERVED || size > SNP_SVSM_PVALIDATE_2M)
		return SNP_SVSM_INVALID_PARAMETER;
	*op = (struct svsm_pvalidate_op){
		.gpa = entry & SNP_SVSM_PVALIDATE_PAGE,
		.size_2m = size == SNP_SVSM_PVALIDATE_2M,
		.validate = entry & SNP_SVSM_PVALIDATE_VALIDATE,
		.ignore_cf = entry & SNP_SVSM_PVALIDATE_IGNORE_CF,
	};
	return op->size_2m && op->gpa & MASK_2M ? SNP_SVSM_INVALID_PARAMETER : SNP_SVSM_SUCCESS;
}

uint64_t svsm_pvalidate_run(uint8_t list[SNP_PAGE_SIZE], unsigned int offset,
			    uint64_t (*one)(void *opaque, const struct svsm_pvalidate_op *op),
			    void *opaque)
{
	struct snp_svsm_pvalidate head;
	struct svsm_pvalidate_op op;
	uint64_t entry, result;

	if (offset % 8 || offset > SNP_PAGE_SIZE - sizeof(head))
		return SNP_SVSM_INVALID_PARAMETER;
	memcpy(&head, list + offset, sizeof(head));
	if (!head.entries || head.next >= head.entries || head.reserved ||
	    head.entries > (SNP_PAGE_SIZE - offset - sizeof(head)) / sizeof(entry))
		return SNP_SVSM_INVALID_PARAMETER;

	for (result = SNP_SVSM_SUCCESS; head.next < head.entries; head.next++) {
		memcpy(&entry, list + offset + sizeof(head) + head.next * sizeof(entry),
		       sizeof(entry));
		result = decode(entry, &op);
		if (result == SNP_SVSM_SUCCESS)
			result = one(opaque, &op);
		if (result != SNP_SVSM_SUCCESS)
			break;
	}
	memcpy(list + offset, &head, sizeof(head));
	return result;
}

uint64_t svsm_query(uint64_t rcx, bool vtpm)
{
	uint64_t protocol = FIELD_GET(SNP_SVSM_QUERY_PROTOCOL, rcx);

	if (FIELD_GET(SNP_SVSM_QUERY_VERSION, rcx) != SVSM_VERSION)
		return 0;
	if (protocol != SNP_SVSM_CORE && protocol != SNP_SVSM_ATTEST &&
	    !(vtpm && protocol == SNP_SVSM_VTPM))
		return 0;
	return FIELD_PREP(SNP_SVSM_QUERY_MAX, (uint64_t)SVSM_VERSION) | SVSM_VERSION;
}

/* A buffer of the guest that begins a page and does not wrap. */
static bool good_buffer(const struct snp_svsm_location *l)
{
	return !l->reserved && !(l->gpa & PAGE_MASK_4K) && l->gpa <= UINT64_MAX - l->len;
}

uint64_t svsm_attest_check(const struct snp_svsm_attest *a, bool single)
{
	const struct snp_svsm_location *nonce = &a->nonce;

	if (!good_buffer(&a->report) || !good_buffer(&a->manifest) || !good_buffer(&a->certs) ||
	    a->certs.len > CERTS_MAX)
		return SNP_SVSM_INVALID_PARAMETER;
	/* U: its length could be any; it is one of REPORT_DATA here, as in known SVSMs. */
	if (nonce->reserved || nonce->len != SNP_SVSM_NONCE_LEN ||
	    (nonce->gpa & PAGE_MASK_4K) > SNP_PAGE_SIZE - SNP_SVSM_NONCE_LEN)
		return SNP_SVSM_INVALID_PARAMETER;
	if (!single)
		return SNP_SVSM_SUCCESS;
	/* Manifests exist in version 0 only. */
	if (a->reserved || a->manifest_version)
		return SNP_SVSM_INVALID_PARAMETER;
	/* U: the code for a service that does not exist. */
	if (memcmp(a->guid, guid_vtpm, sizeof(guid_vtpm)))
		return SNP_SVSM_UNSUPPORTED_PROTOCOL;
	return SNP_SVSM_SUCCESS;
}

bool svsm_attest_fits(const struct snp_svsm_attest *a, size_t manifest_len, size_t certs_len,
		      size_t report_len)
{
	return manifest_len <= a->manifest.len && report_len <= a->report.len &&
	       (!a->certs.len || certs_len <= a->certs.len);
}

size_t svsm_manifest(uint8_t *out, size_t room, const uint8_t *vtpm, size_t vtpm_len)
{
	struct snp_svsm_manifest *m = (struct snp_svsm_manifest *)out;
	size_t head = sizeof(*m) + (vtpm ? sizeof(m->service[0]) : 0);

	if (head > room || vtpm_len > room - head)
		return 0;
	memcpy(m->guid, guid_services, sizeof(m->guid));
	m->count = vtpm ? 1 : 0;
	m->length = head;
	if (vtpm) {
		memcpy(m->service[0].guid, guid_vtpm, sizeof(guid_vtpm));
		m->service[0].offset = head;
		m->service[0].length = vtpm_len;
		memcpy(out + head, vtpm, vtpm_len);
		m->length += vtpm_len;
	}
	return m->length;
}
