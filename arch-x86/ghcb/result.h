/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What SW_EXITINFO1 and SW_EXITINFO2 say after a VMGEXIT (GHCB
 * specification, 56421, section on NAE event results).  Pure functions.
 */
#ifndef GHCB_RESULT_H
#define GHCB_RESULT_H

#include <snp/ghcb.h>

/* Event injection format, as SW_EXITINFO2 carries it. */
#define GHCB_EVENT_VECTOR	GENMASK_ULL(7, 0)
#define GHCB_EVENT_TYPE		GENMASK_ULL(10, 8)
#define GHCB_EVENT_VALID	BIT_ULL(31)
#define GHCB_EVENT_EXCEPTION	3
#define GHCB_VECTOR_UD		6
#define GHCB_VECTOR_GP		13

/**
 * enum ghcb_outcome - what became of an exit
 * @GHCB_DONE: done; the outputs count
 * @GHCB_RAISE_GP: the hypervisor asks for #GP
 * @GHCB_RAISE_UD: the hypervisor asks for #UD
 * @GHCB_MALFORMED: the hypervisor calls the request malformed
 * @GHCB_VIOLATION: an answer that the protocol does not have
 */
enum ghcb_outcome {
	GHCB_DONE,
	GHCB_RAISE_GP,
	GHCB_RAISE_UD,
	GHCB_MALFORMED,
	GHCB_VIOLATION,
};

/**
 * ghcb_outcome() - decode the result of an exit
 * @info1: SW_EXITINFO1 after the exit
 * @info2: SW_EXITINFO2 after the exit
 *
 * The hypervisor may ask for #GP and #UD only.  Any other exception would
 * let it run handlers of its choice in this guest.
 *
 * Return: the outcome.
 */
static inline enum ghcb_outcome ghcb_outcome(u64 info1, u64 info2)
{
	switch ((u32)info1) {
	case SNP_GHCB_RESULT_OK:
		return GHCB_DONE;
	case SNP_GHCB_RESULT_MALFORMED:
		return GHCB_MALFORMED;
	case SNP_GHCB_RESULT_EXCEPTION:
		break;
	default:
		return GHCB_VIOLATION;
	}
	if (!(info2 & GHCB_EVENT_VALID) ||
	    FIELD_GET(GHCB_EVENT_TYPE, info2) != GHCB_EVENT_EXCEPTION)
		return GHCB_VIOLATION;
	switch (FIELD_GET(GHCB_EVENT_VECTOR, info2)) {
	case GHCB_VECTOR_GP:
		return GHCB_RAISE_GP;
	case GHCB_VECTOR_UD:
		return GHCB_RAISE_UD;
	}
	return GHCB_VIOLATION;
}

/**
 * ghcb_outcome_text() - an outcome in words
 * @outcome: what ghcb_outcome() said
 *
 * Return: a constant string.
 */
static inline const char *ghcb_outcome_text(enum ghcb_outcome outcome)
{
	switch (outcome) {
	case GHCB_DONE:
		return "done";
	case GHCB_RAISE_GP:
		return "hypervisor asks for #GP";
	case GHCB_RAISE_UD:
		return "hypervisor asks for #UD";
	case GHCB_MALFORMED:
		return "hypervisor calls the request malformed";
	case GHCB_VIOLATION:
		break;
	}
	return "hypervisor broke the protocol";
}

#endif /* GHCB_RESULT_H */
