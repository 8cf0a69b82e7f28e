/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of a secure VM service module (SVSM, 58019): what requests and results
 * look like.  Pure functions.
 *
 * The SVSM is trusted to be correct, not to be bug-free: what it answers is
 * bounded before it is used.
 */
#ifndef SVSM_CODEC_H
#define SVSM_CODEC_H

#include <linux/errno.h>
#include <linux/types.h>

#include <snp/svsm.h>

/* The only version of each protocol so far. */
#define SVSM_PROTOCOL_VERSION	1

/**
 * enum svsm_verdict - what a result code asks for
 * @SVSM_DONE: the call succeeded
 * @SVSM_AGAIN: the same call again
 * @SVSM_FAILED: the call failed; the code says how
 */
enum svsm_verdict {
	SVSM_DONE,
	SVSM_AGAIN,
	SVSM_FAILED,
};

/**
 * svsm_verdict() - what a result code asks for
 * @rax: the code
 *
 * Return: the verdict.
 */
static inline enum svsm_verdict svsm_verdict(u64 rax)
{
	switch (rax) {
	case SNP_SVSM_SUCCESS:
		return SVSM_DONE;
	case SNP_SVSM_INCOMPLETE:
	case SNP_SVSM_BUSY:
		return SVSM_AGAIN;
	}
	return SVSM_FAILED;
}

/**
 * svsm_pvalidate_entry() - an entry of a PVALIDATE list
 * @pfn: guest frame, 2 MiB aligned if @size_2m
 * @size_2m: the page is 2 MiB, not 4 KiB
 * @validate: validate, or rescind
 *
 * Return: the entry; a page that does not change its state is an error.
 */
static inline u64 svsm_pvalidate_entry(u64 pfn, bool size_2m, bool validate)
{
	return FIELD_PREP(SNP_SVSM_PVALIDATE_PAGE, pfn) |
	       (size_2m ? SNP_SVSM_PVALIDATE_2M : SNP_SVSM_PVALIDATE_4K) |
	       (validate ? SNP_SVSM_PVALIDATE_VALIDATE : 0);
}

/**
 * svsm_pvalidate_error() - result of the entry that ended a list
 * @rax: result code of the call
 *
 * Return: 0; 1: the page is not one of 2 MiB; -EXDEV: its state did not change;
 *	-EIO: anything else.
 */
static inline int svsm_pvalidate_error(u64 rax)
{
	switch (rax) {
	case SNP_SVSM_SUCCESS:
		return 0;
	case SNP_SVSM_PVALIDATE_SIZEMISMATCH:
		return 1;
	case SNP_SVSM_PVALIDATE_NO_CHANGE:
		return -EXDEV;
	}
	return -EIO;
}

/**
 * svsm_pvalidate_done() - how many entries of a list are done
 * @rax: result code of the call
 * @next: cursor of the list as it came back
 * @entries: how many the list has
 *
 * Return: the number; -EIO when result and cursor contradict each other, or the
 *	result is none: the request that still stands in RAX, of a call that was
 *	begun and left.
 */
static inline int svsm_pvalidate_done(u64 rax, unsigned int next, unsigned int entries)
{
	if (rax == SNP_SVSM_SUCCESS)
		return next == entries ? (int)entries : -EIO;
	return rax & SNP_SVSM_FAILURE && next < entries ? (int)next : -EIO;
}

/**
 * svsm_speaks() - is version 1 of a protocol there
 * @rcx: answer of QUERY_PROTOCOL
 *
 * Return: true when it is.
 */
static inline bool svsm_speaks(u64 rcx)
{
	return FIELD_GET(SNP_SVSM_QUERY_MIN, rcx) <= SVSM_PROTOCOL_VERSION &&
	       FIELD_GET(SNP_SVSM_QUERY_MIN, rcx) &&
	       FIELD_GET(SNP_SVSM_QUERY_MAX, rcx) >= SVSM_PROTOCOL_VERSION;
}

/**
 * enum svsm_attest_step - what follows an attestation call
 * @SVSM_ATTEST_DONE: lengths are those of what was written, and fit
 * @SVSM_ATTEST_GROW: lengths are what is needed; call again
 * @SVSM_ATTEST_REFUSED: no report
 */
enum svsm_attest_step {
	SVSM_ATTEST_DONE,
	SVSM_ATTEST_GROW,
	SVSM_ATTEST_REFUSED,
};

/**
 * struct svsm_attest_lens - lengths of the buffers, or of what is in them
 * @report: bytes
 * @manifest: bytes
 * @certs: bytes
 */
struct svsm_attest_lens {
	u32 report;
	u32 manifest;
	u32 certs;
};

/**
 * svsm_attest_next() - judge the answer to an attestation call
 * @rax: result code
 * @got: lengths as the SVSM returned them, and all ones where it returned none
 * @room: of the buffers; replaced by what is in them, or by what is needed
 * @most: what any of them may need
 *
 * Return: what to do.
 */
static inline enum svsm_attest_step
svsm_attest_next(u64 rax, const u64 got[3], struct svsm_attest_lens *room,
		 const struct svsm_attest_lens *most)
{
	u32 *const rooms[3] = { &room->manifest, &room->certs, &room->report };
	const u32 limits[3] = { most->manifest, most->certs, most->report };
	bool grows = false;
	int i;

	if (rax != SNP_SVSM_SUCCESS && rax != SNP_SVSM_INVALID_PARAMETER)
		return SVSM_ATTEST_REFUSED;
	for (i = 0; i < 3; i++) {
		/* Not written: a reason for a call that failed, none for a length. */
		if (got[i] == U64_MAX && rax == SNP_SVSM_INVALID_PARAMETER)
			continue;
		if (got[i] > limits[i])
			return SVSM_ATTEST_REFUSED;
		if (got[i] <= *rooms[i] && rax == SNP_SVSM_INVALID_PARAMETER)
			continue;
		if (got[i] > *rooms[i] && rax == SNP_SVSM_SUCCESS)
			return SVSM_ATTEST_REFUSED;
		grows |= got[i] > *rooms[i];
		*rooms[i] = got[i];
	}
	if (rax == SNP_SVSM_SUCCESS)
		return SVSM_ATTEST_DONE;
	return grows ? SVSM_ATTEST_GROW : SVSM_ATTEST_REFUSED;
}

#endif /* SVSM_CODEC_H */
