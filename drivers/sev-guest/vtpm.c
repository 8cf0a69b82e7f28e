// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands for the SVSM's TPM (SVSM, 58019, vTPM protocol), for the module that
 * makes a device of it.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/string.h>

#include <arch-x86/svsm/codec.h>
#include <arch-x86/svsm/svsm.h>
#include <snp/guest.h>

/**
 * snp_guest_vtpm_present() - does the SVSM have a TPM that takes commands
 *
 * Context: process context, may sleep.
 * Return: 0; -ENODEV without an SVSM or a TPM; or as svsm_call().
 */
int snp_guest_vtpm_present(void)
{
	struct svsm_call call = {
		.rax = SNP_SVSM_CALL(SNP_SVSM_VTPM, SNP_SVSM_VTPM_QUERY),
	};
	int rc;

	rc = svsm_query(SNP_SVSM_VTPM);
	if (!rc)
		rc = svsm_call(&call);
	if (rc == -EPROTONOSUPPORT)
		return -ENODEV;
	if (rc)
		return rc;
	if (call.rax != SNP_SVSM_SUCCESS || !(call.rcx & BIT_ULL(SNP_SVSM_VTPM_SEND_COMMAND)))
		return -ENODEV;
	return 0;
}
EXPORT_SYMBOL_GPL(snp_guest_vtpm_present);

/**
 * snp_guest_vtpm_command() - one command of the SVSM's TPM
 * @page: a page of the caller's own, for the command and its response
 * @buf: the command, then the response
 * @room: length of @buf in bytes
 * @len: length of the command in bytes
 *
 * Context: process context, may sleep; one call at a time for each @page.
 * Return: length of the response; -EINVAL for a command that is too long;
 *	-EMSGSIZE for a response that is; -EPROTO when the SVSM refuses the
 *	command; or as svsm_call().
 */
int snp_guest_vtpm_command(void *page, u8 *buf, size_t room, size_t len)
{
	struct snp_svsm_vtpm_request *req = page;
	struct snp_svsm_vtpm_response *rsp = page;
	struct svsm_call call = {
		.rax = SNP_SVSM_CALL(SNP_SVSM_VTPM, SNP_SVSM_VTPM_CMD),
		.rcx = virt_to_phys(page),
	};
	u32 size;
	int rc;

	if (len > sizeof(req->data) || len > room)
		return -EINVAL;
	memset(page, 0, SNP_PAGE_SIZE);
	req->command = SNP_SVSM_VTPM_SEND_COMMAND;
	req->size = len;
	memcpy(req->data, buf, len);
	rc = svsm_call(&call);
	if (!rc && call.rax != SNP_SVSM_SUCCESS)
		rc = -EPROTO;
	size = READ_ONCE(rsp->size);
	if (!rc && (size > sizeof(rsp->data) || size > room))
		rc = -EMSGSIZE;
	if (!rc)
		memcpy(buf, rsp->data, size);
	/* Commands carry secrets. */
	memzero_explicit(page, SNP_PAGE_SIZE);
	return rc ?: (int)size;
}
EXPORT_SYMBOL_GPL(snp_guest_vtpm_command);
