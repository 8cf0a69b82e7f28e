// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest role: guest messages on their way to the firmware.  GHCB specification
 * (56421), SNP guest request and extended guest request.
 */
#include <string.h>

#include <snp/guest_msg.h>

#include "guest_fault.h"

static bool shared_page(uint64_t gpa)
{
	guest_fault_touch(gpa, false);
	return guest_page_is_ram(gpa) && guest_page_shared(gpa);
}

/*
 * As KVM: an empty table without a source of certificates.  With one, a table
 * that does not fit ends the exit before the firmware has seen the message.
 */
static void give_certificates(struct guest_vcpu *v)
{
	uint64_t gpa = v->exit.rax, nr_pages = v->exit.rbx, i;

	if (guest_fault_certs(v, gpa, nr_pages))
		return;
	if (guest_config.certs && nr_pages < guest_certs_pages()) {
		count("request.certs.too_small");
		v->exit.rbx = guest_certs_pages();
		v->exit.info2 = FIELD_PREP(SNP_REQ_VMM_STATUS, (uint64_t)SNP_REQ_VMM_INVALID_LEN);
		guest_exit_done(v);
	}
	if (!nr_pages)
		return;
	for (i = 0; i < nr_pages; i++) {
		if (!shared_page(gpa + i * SNP_PAGE_SIZE)) {
			v->exit.info2 = FIELD_PREP(SNP_REQ_VMM_STATUS, SNP_REQ_VMM_GENERIC);
			guest_exit_done(v);
		}
	}
	if (guest_config.certs) {
		count("request.certs.given");
		guest_certs_write(gpa);
	} else {
		memset(guest_spa(gpa, sizeof(struct snp_cert_row)), 0, sizeof(struct snp_cert_row));
	}
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
		give_certificates(v);
	}

	status = guest_fault_request(v, &request, &response);
	count_fmt("request.status.%#x", status);
	if (!status) {
		guest_fault_response(v, &request, &response, response_gpa);
		memcpy(guest_spa(response_gpa, sizeof(response)), &response, sizeof(response));
	} else {
		cpu_log("guest: firmware answers a guest message (type %u) with %#x %s",
			request.hdr.msg_type, status, snp_fw_status_name(status));
	}
	v->exit.info2 = FIELD_PREP(SNP_REQ_FW_STATUS, status);
	guest_exit_done(v);
}
