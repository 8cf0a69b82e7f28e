/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security advisories that a host can judge from what the firmware says:
 * CacheWarp (AMD-SB-3005, CVE-2023-20592) and BadRAM (AMD-SB-3015,
 * CVE-2024-21944).
 *
 * The least levels below were quoted from the bulletins by others, and those
 * disagree.  So there is a range in which the answer is "unknown": at or above
 * the higher number the machine counts as fixed, below the lower one as
 * vulnerable.  A level is one component of the TCB; components are compared one
 * by one.  Pure functions on values.
 */
#ifndef SNP_PSP_ADVISORY_H
#define SNP_PSP_ADVISORY_H

#include <linux/bitfield.h>
#include <linux/types.h>

#include <snp/fw.h>

#define ADVISORY_SOURCE	"as quoted by others, not compared with the bulletin"

/**
 * enum psp_product - processors whose levels are known
 * @PSP_PRODUCT_OTHER: none of them
 * @PSP_PRODUCT_MILAN_B1: Milan, stepping B1
 * @PSP_PRODUCT_MILAN_B2: Milan-X, stepping B2
 * @PSP_PRODUCT_GENOA: Genoa
 */
enum psp_product {
	PSP_PRODUCT_OTHER,
	PSP_PRODUCT_MILAN_B1,
	PSP_PRODUCT_MILAN_B2,
	PSP_PRODUCT_GENOA,
};

/**
 * enum advisory_state - what can be said about one advisory
 * @ADVISORY_UNKNOWN: nothing
 * @ADVISORY_UNAFFECTED: no such processor
 * @ADVISORY_FIXED: every source agrees
 * @ADVISORY_VULNERABLE: every source agrees
 */
enum advisory_state {
	ADVISORY_UNKNOWN,
	ADVISORY_UNAFFECTED,
	ADVISORY_FIXED,
	ADVISORY_VULNERABLE,
};

/* Components of the TCB of Milan and Genoa. */
#define TCB_MILAN_SNP		GENMASK_ULL(55, 48)
#define TCB_MILAN_MICROCODE	GENMASK_ULL(63, 56)

static inline const char *advisory_name(enum advisory_state s)
{
	switch (s) {
	case ADVISORY_UNAFFECTED:
		return "not affected";
	case ADVISORY_FIXED:
		return "fixed";
	case ADVISORY_VULNERABLE:
		return "vulnerable";
	case ADVISORY_UNKNOWN:
		break;
	}
	return "unknown";
}

/**
 * psp_product() - which processor is it
 * @family: CPU family
 * @model: CPU model
 * @stepping: CPU stepping
 *
 * Return: the product.
 */
static inline enum psp_product psp_product(unsigned int family, unsigned int model,
					   unsigned int stepping)
{
	if (family != 0x19)
		return PSP_PRODUCT_OTHER;
	if (model == 0x01 && stepping == 1)
		return PSP_PRODUCT_MILAN_B1;
	if (model == 0x01 && stepping == 2)
		return PSP_PRODUCT_MILAN_B2;
	/* Genoa-X shares the model, Bergamo and Siena (0xa0) have numbers of their own. */
	if (model == 0x11)
		return PSP_PRODUCT_GENOA;
	return PSP_PRODUCT_OTHER;
}

/**
 * struct advisory_levels - what the sources say
 * @low: the lowest level that a source calls fixed; 0: no source has one
 * @high: the highest
 */
struct advisory_levels {
	u8 low;
	u8 high;
};

static inline enum advisory_state advisory_judge(u8 level, struct advisory_levels l)
{
	if (!l.high)
		return ADVISORY_UNKNOWN;
	if (level >= l.high)
		return ADVISORY_FIXED;
	return level < l.low ? ADVISORY_VULNERABLE : ADVISORY_UNKNOWN;
}

/**
 * cachewarp_levels() - least microcode level against CacheWarp
 * @p: processor
 *
 * The microcode component is the low byte of the patch id.  The bulletin as
 * quoted by one source names 0x0a0011d1 (B1) and 0x0a001234 (B2); another
 * names 0xab, and 0x47 for Genoa, which the first holds unaffected.
 *
 * Return: levels.
 */
static inline struct advisory_levels cachewarp_levels(enum psp_product p)
{
	switch (p) {
	case PSP_PRODUCT_MILAN_B1:
		return (struct advisory_levels){ 0xab, 0xd1 };
	case PSP_PRODUCT_MILAN_B2:
		return (struct advisory_levels){ 0x34, 0xab };
	case PSP_PRODUCT_GENOA:
		/* Below it the sources disagree whether it is affected at all. */
		return (struct advisory_levels){ 0x00, 0x47 };
	case PSP_PRODUCT_OTHER:
		break;
	}
	return (struct advisory_levels){ };
}

/**
 * badram_levels() - least SNP firmware level against BadRAM
 * @p: processor
 *
 * 0x17 for Milan and 0x16 for Genoa in one source, 0x16 for both in another.
 *
 * Return: levels.
 */
static inline struct advisory_levels badram_levels(enum psp_product p)
{
	switch (p) {
	case PSP_PRODUCT_MILAN_B1:
	case PSP_PRODUCT_MILAN_B2:
		return (struct advisory_levels){ 0x16, 0x17 };
	case PSP_PRODUCT_GENOA:
		return (struct advisory_levels){ 0x16, 0x16 };
	case PSP_PRODUCT_OTHER:
		break;
	}
	return (struct advisory_levels){ };
}

/**
 * cachewarp_state() - is the machine open to CacheWarp
 * @p: processor
 * @tcb: current TCB
 *
 * Return: state.
 */
static inline enum advisory_state cachewarp_state(enum psp_product p, u64 tcb)
{
	return advisory_judge(FIELD_GET(TCB_MILAN_MICROCODE, tcb), cachewarp_levels(p));
}

/**
 * badram_state() - is the machine open to BadRAM
 * @p: processor
 * @tcb: current TCB
 * @alias_checked: ALIAS_CHECK_COMPLETE: the check at boot ran and found nothing
 *
 * A level alone does not help: the check has to have run.
 *
 * Return: state.
 */
static inline enum advisory_state badram_state(enum psp_product p, u64 tcb, bool alias_checked)
{
	enum advisory_state s = advisory_judge(FIELD_GET(TCB_MILAN_SNP, tcb), badram_levels(p));

	return s == ADVISORY_FIXED && !alias_checked ? ADVISORY_VULNERABLE : s;
}

#endif /* SNP_PSP_ADVISORY_H */
