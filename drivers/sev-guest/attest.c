// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation by the SVSM for other modules: a report of VMPL0 over a nonce and
 * the manifest of its services (SVSM, 58019, attestation protocol).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": attest: " fmt

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <arch-x86/svsm/codec.h>
#include <arch-x86/svsm/svsm.h>
#include <snp/guest.h>

/* The SVSM says how much it needs, and is asked again so often. */
#define ATTEST_TRIES		4

static const struct svsm_attest_lens attest_first = {
	.report = SNP_PAGE_SIZE,
	.manifest = SNP_PAGE_SIZE,
	.certs = SNP_GUEST_CERTS_MAX,
};

static const struct svsm_attest_lens attest_most = {
	.report = SNP_PAGE_SIZE,
	.manifest = 16 * SNP_PAGE_SIZE,
	.certs = SNP_GUEST_CERTS_MAX,
};

/* Whole pages for everything, and one for the nonce, which must not cross any. */
static int attest_alloc(struct snp_guest_svsm_report *r, struct svsm_attest_lens *room)
{
	room->report = PAGE_ALIGN(room->report);
	room->manifest = PAGE_ALIGN(room->manifest);
	room->certs = PAGE_ALIGN(room->certs);
	r->len = PAGE_SIZE + room->report + room->manifest + room->certs;
	r->buf = alloc_pages_exact(r->len, GFP_KERNEL | __GFP_ZERO);
	if (!r->buf)
		return -ENOMEM;
	r->report = r->buf + PAGE_SIZE;
	r->manifest = r->report + room->report;
	r->certs = r->manifest + room->manifest;
	return 0;
}

/* Of a page: that is what the SVSM sees of an address. */
static struct snp_svsm_location attest_at(const void *at, u32 len)
{
	return (struct snp_svsm_location){ .gpa = virt_to_phys((void *)at), .len = len };
}

static int attest_once(const struct snp_guest_svsm_request *req, struct snp_guest_svsm_report *r,
		       struct svsm_attest_lens *room, enum svsm_attest_step *step)
{
	struct snp_svsm_attest a = {
		.report = attest_at(r->report, room->report),
		.nonce = attest_at(r->buf, SNP_SVSM_NONCE_LEN),
		.manifest = attest_at(r->manifest, room->manifest),
		.certs = attest_at(r->certs, room->certs),
		.manifest_version = req->manifest_version,
	};
	struct svsm_call call = {
		.rax = SNP_SVSM_CALL(SNP_SVSM_ATTEST, req->guid ? SNP_SVSM_ATTEST_SINGLE :
								  SNP_SVSM_ATTEST_SERVICES),
		.rdx = U64_MAX,
		.r8 = U64_MAX,
		.buf = &a,
		.len = req->guid ? sizeof(a) : offsetof(struct snp_svsm_attest, guid),
	};
	u64 got[3];
	int rc;

	if (req->guid)
		memcpy(a.guid, req->guid, sizeof(a.guid));
	memcpy(r->buf, req->nonce, SNP_SVSM_NONCE_LEN);
	rc = svsm_call(&call);
	if (rc)
		return rc;
	got[0] = call.rcx;
	got[1] = call.rdx;
	got[2] = call.r8;
	*step = svsm_attest_next(call.rax, got, room, &attest_most);
	if (*step == SVSM_ATTEST_REFUSED)
		pr_err_ratelimited("the SVSM gives no report: result 0x%llx, lengths 0x%llx, 0x%llx, 0x%llx\n",
				   call.rax, got[0], got[1], got[2]);
	return 0;
}

/**
 * snp_guest_svsm_attest() - have the SVSM attest its services
 * @req: what is to be attested
 * @report: the result; to be freed by snp_guest_svsm_free()
 *
 * Context: process context, may sleep.
 * Return: 0; -EOPNOTSUPP without an SVSM; -EINVAL when the SVSM refuses, or
 *	answers lengths that cannot be; -EIO when the hypervisor does not run it;
 *	-EBUSY when it does not come to an end; -ENODEV when the kernel has no
 *	calling area; -ENOMEM.
 */
int snp_guest_svsm_attest(const struct snp_guest_svsm_request *req,
			  struct snp_guest_svsm_report *report)
{
	struct svsm_attest_lens room = attest_first;
	enum svsm_attest_step step;
	int rc, tries;

	memset(report, 0, sizeof(*report));
	if (!svsm_vmpl())
		return -EOPNOTSUPP;
	for (tries = 0; tries < ATTEST_TRIES; tries++) {
		rc = attest_alloc(report, &room);
		if (rc)
			return rc;
		rc = attest_once(req, report, &room, &step);
		if (!rc && step == SVSM_ATTEST_DONE) {
			report->report_len = room.report;
			report->manifest_len = room.manifest;
			report->certs_len = room.certs;
			return 0;
		}
		snp_guest_svsm_free(report);
		if (rc)
			return rc;
		if (step == SVSM_ATTEST_REFUSED)
			return -EINVAL;
	}
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(snp_guest_svsm_attest);

/**
 * snp_guest_svsm_free() - the end of a report
 * @report: made by snp_guest_svsm_attest(), or all zero
 */
void snp_guest_svsm_free(struct snp_guest_svsm_report *report)
{
	if (report->buf)
		free_pages_exact(report->buf, report->len);
	memset(report, 0, sizeof(*report));
}
EXPORT_SYMBOL_GPL(snp_guest_svsm_free);

/**
 * snp_guest_vmpl() - the VMPL that this kernel runs at
 *
 * Return: 1 to 3 under an SVSM, 0 without.
 */
unsigned int snp_guest_vmpl(void)
{
	return svsm_vmpl();
}
EXPORT_SYMBOL_GPL(snp_guest_vmpl);
