// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: guest messages on their way to the firmware.  GHCB specification
 * (56421), SNP guest request and extended guest request.
 */
#include <string.h>

#include <snp/guest_msg.h>

#include "guest.h"

/* The row that ends a certificate table. */
#define CERT_ROW_LEN	24

static bool shared_page(uint64_t gpa)
{
	return guest_page_is_ram(gpa) && guest_page_shared(gpa);
}

/* As KVM without a source of certificates: an empty table. */
static void empty_certificates(struct guest_vcpu *v)
{
	uint64_t gpa = v->exit.rax, nr_pages = v->exit.rbx, i;

	if (!nr_pages)
		return;
	for (i = 0; i < nr_pages; i++) {
		if (!shared_page(gpa + i * SNP_PAGE_SIZE)) {
			v->exit.info2 = FIELD_PREP(SNP_REQ_VMM_STATUS, SNP_REQ_VMM_GENERIC);
			guest_exit_done(v);
		}
	}
	memset(guest_spa(gpa, CERT_ROW_LEN), 0, CERT_ROW_LEN);
}

void guest_exit_request(unsigned int vcpu, bool extended)
{
	struct guest_vcpu *v = &guest_vcpus[vcpu];
	uint64_t request_gpa = v->exit.in.sw_exit_info_1;
	uint64_t response_gpa = v->exit.in.sw_exit_info_2;
	struct snp_msg request, response = {};
	uint32_t status;

	if ((request_gpa | response_gpa) & (SNP_PAGE_SIZE - 1) || request_gpa == response_gpa)
		guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
	if (!shared_page(request_gpa) || !shared_page(response_gpa)) {
		cpu_log("guest: request page %#llx or response page %#llx is not shared memory",
			(unsigned long long)request_gpa, (unsigned long long)response_gpa);
		v->exit.info2 = FIELD_PREP(SNP_REQ_VMM_STATUS, SNP_REQ_VMM_GENERIC);
		guest_exit_done(v);
	}
	memcpy(&request, guest_spa(request_gpa, sizeof(request)), sizeof(request));

	/* Certificates belong to reports. */
	if (extended && request.hdr.msg_type == SNP_MSG_REPORT_REQ) {
		if (!guest_exit_valid(v, SNP_GHCB_VALID_BIT(rax)) ||
		    !guest_exit_valid(v, SNP_GHCB_VALID_BIT(rbx)) ||
		    v->exit.rax & (SNP_PAGE_SIZE - 1))
			guest_exit_malformed(v, SNP_GHCB_ERR_INVALID_INPUT);
		empty_certificates(v);
	}

	status = guest_firmware_request(&request, &response);
	count_fmt("request.status.%#x", status);
	if (!status) {
		guest_fault_response(&response);
		memcpy(guest_spa(response_gpa, sizeof(response)), &response, sizeof(response));
	} else {
		cpu_log("guest: firmware answers a guest message (type %u) with %#x %s",
			request.hdr.msg_type, status, snp_fw_status_name(status));
	}
	v->exit.info2 = FIELD_PREP(SNP_REQ_FW_STATUS, status);
	guest_exit_done(v);
}
