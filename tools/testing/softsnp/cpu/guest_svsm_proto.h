/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest role: protocols of the SVSM (AMD 58019): what their structures mean and
 * what is wrong with them.  Pure; tested without QEMU.
 */
#ifndef SOFTSNP_CPU_GUEST_SVSM_PROTO_H
#define SOFTSNP_CPU_GUEST_SVSM_PROTO_H

#include <snp/svsm.h>

/* Version 1 of each protocol, and no other. */
#define SVSM_VERSION	1

/* One entry of a PVALIDATE list. */
struct svsm_pvalidate_op {
	uint64_t gpa;
	bool size_2m;
	bool validate;
	bool ignore_cf;
};

/**
 * svsm_pvalidate_run() - carry out a PVALIDATE list
 * @list: private copy of the list's page; its cursor moves
 * @offset: where in the page the list begins
 * @one: does one entry; SNP_SVSM_*
 * @opaque: for @one
 *
 * Return: SNP_SVSM_*.  After an error the cursor names the entry to blame.
 */
uint64_t svsm_pvalidate_run(uint8_t list[SNP_PAGE_SIZE], unsigned int offset,
			    uint64_t (*one)(void *opaque, const struct svsm_pvalidate_op *op),
			    void *opaque);

/**
 * svsm_query() - answer of QUERY_PROTOCOL
 * @rcx: protocol and version
 * @vtpm: there is a vTPM
 *
 * Return: highest and lowest version; 0: not supported.
 */
uint64_t svsm_query(uint64_t rcx, bool vtpm);

/**
 * svsm_attest_check() - is an attestation request well formed
 * @a: private copy of the request
 * @single: of one service
 *
 * Return: SNP_SVSM_*.
 */
uint64_t svsm_attest_check(const struct snp_svsm_attest *a, bool single);

/**
 * svsm_attest_fits() - do manifest, certificates and report fit
 * @a: the request
 * @manifest_len: bytes
 * @certs_len: bytes; none when the request has no room for certificates at all
 * @report_len: bytes
 */
bool svsm_attest_fits(const struct snp_svsm_attest *a, size_t manifest_len, size_t certs_len,
		      size_t report_len);

/**
 * svsm_manifest() - the manifest of all services
 * @out: room for @room bytes
 * @room: bytes
 * @vtpm: manifest of the vTPM; NULL: there is no vTPM
 * @vtpm_len: its length
 *
 * Return: length, 0 when it does not fit.
 */
size_t svsm_manifest(uint8_t *out, size_t room, const uint8_t *vtpm, size_t vtpm_len);

/**
 * svsm_vtpm_check() - is a buffer a command that the vTPM can be given
 * @r: private copy
 *
 * Return: SNP_SVSM_*.
 */
uint64_t svsm_vtpm_check(const struct snp_svsm_vtpm_request *r);

/* TPM2_CreatePrimary of the endorsement key; returns the length. */
size_t svsm_tpm_create_ek(uint8_t *out, size_t room);

/* TPM2_HierarchyChangeAuth of the platform hierarchy; returns the length. */
size_t svsm_tpm_lock_platform(uint8_t *out, size_t room, const uint8_t *auth, size_t auth_len);

/* Is this a whole response without an error? */
bool svsm_tpm_succeeded(const uint8_t *rsp, size_t len);

/**
 * svsm_tpm_created() - take the response apart
 * @rsp: response
 * @len: its length
 * @handle: of the key that was made
 * @public_len: length of its public area
 *
 * Return: the public area (TPMT_PUBLIC) in @rsp; NULL: no such response.
 */
const uint8_t *svsm_tpm_created(const uint8_t *rsp, size_t len, uint32_t *handle,
				size_t *public_len);

#endif /* SOFTSNP_CPU_GUEST_SVSM_PROTO_H */
