/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHCB MSR protocol: what the 64 bits of MSR 0xc0010130 mean, in both
 * directions (GHCB specification, 56421, section on the MSR protocol).
 *
 * Pure functions.  Every response comes from the hypervisor, so each decoder
 * checks the response code and says when the value is not an answer.
 */
#ifndef GHCB_MSR_CODEC_H
#define GHCB_MSR_CODEC_H

#include <snp/ghcb.h>

/* Versions of the GHCB protocol: SNP is not defined before version 2. */
#define GHCB_PROTOCOL_SNP	2

/**
 * struct ghcb_sev_info - decoded SEV information response
 * @max_protocol: highest GHCB protocol version of the hypervisor
 * @min_protocol: lowest
 * @cbit: claimed position of the C-bit.  A claim of the hypervisor: never to
 *	be used in a page table without the boot code's check.
 */
struct ghcb_sev_info {
	u16	max_protocol;
	u16	min_protocol;
	u8	cbit;
};

/**
 * ghcb_msr_code() - the message code of a GHCB MSR value
 * @msr: value of the MSR
 *
 * Return: bits 11:0; SNP_GHCB_MSR_GPA (0) for the address of a GHCB.
 */
static inline u16 ghcb_msr_code(u64 msr)
{
	return FIELD_GET(SNP_GHCB_MSR_CODE, msr);
}

/**
 * ghcb_msr_to_gpa() - the GHCB address in a GHCB MSR value
 * @msr: value of the MSR
 * @phys_bits: width of a guest physical address, C-bit excluded
 * @gpa: the address; untouched when there is none
 *
 * Return: false when the value is a protocol message, zero or no address.
 */
static inline bool ghcb_msr_to_gpa(u64 msr, unsigned int phys_bits, u64 *gpa)
{
	if (ghcb_msr_code(msr) != SNP_GHCB_MSR_GPA || !msr)
		return false;
	if (phys_bits < 64 && msr >> phys_bits)
		return false;
	*gpa = msr;
	return true;
}

/**
 * ghcb_msr_answers() - is this value the response to that request
 * @request: what was written into the MSR
 * @response: what was read after VMGEXIT
 *
 * A hypervisor that does not know a request leaves the MSR as it was.
 *
 * Return: true when the response code is the request code plus one, or the
 *	one below it for the SEV information request.
 */
static inline bool ghcb_msr_answers(u64 request, u64 response)
{
	u16 code = ghcb_msr_code(request);

	if (code == SNP_GHCB_MSR_SEV_INFO_REQ)
		return ghcb_msr_code(response) == SNP_GHCB_MSR_SEV_INFO_RESP;
	return ghcb_msr_code(response) == code + 1;
}

/**
 * ghcb_msr_sev_info() - decode an SEV information response
 * @response: value of the MSR
 * @info: result; untouched on failure
 *
 * Return: false when the value is not such a response or its range of
 *	versions is empty.
 */
static inline bool ghcb_msr_sev_info(u64 response, struct ghcb_sev_info *info)
{
	u16 max, min;

	if (ghcb_msr_code(response) != SNP_GHCB_MSR_SEV_INFO_RESP)
		return false;
	max = FIELD_GET(SNP_GHCB_SEV_INFO_MAX, response);
	min = FIELD_GET(SNP_GHCB_SEV_INFO_MIN, response);
	if (!min || min > max)
		return false;
	info->max_protocol = max;
	info->min_protocol = min;
	info->cbit = FIELD_GET(SNP_GHCB_SEV_INFO_CBIT, response);
	return true;
}

/**
 * ghcb_msr_speaks() - does the hypervisor speak this protocol version
 * @info: decoded SEV information
 * @version: protocol version
 *
 * Return: true when it lies in the hypervisor's range.
 */
static inline bool ghcb_msr_speaks(const struct ghcb_sev_info *info, u16 version)
{
	return info->min_protocol <= version && version <= info->max_protocol;
}

/**
 * ghcb_msr_hv_features() - decode a hypervisor features response
 * @response: value of the MSR
 * @features: SNP_HV_FEATURE_* bits; untouched on failure
 *
 * Return: false when the value is not such a response.
 */
static inline bool ghcb_msr_hv_features(u64 response, u64 *features)
{
	if (ghcb_msr_code(response) != SNP_GHCB_MSR_HV_FEATURES_RESP)
		return false;
	*features = FIELD_GET(SNP_GHCB_MSR_DATA, response);
	return true;
}

#endif /* GHCB_MSR_CODEC_H */
