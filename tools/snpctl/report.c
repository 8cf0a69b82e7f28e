// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attestation reports in words: product of a CPU, TCB, policy, platform info
 * (56860: guest policy, PLATFORM_INFO, TCB_VERSION).
 */
#include <stdio.h>
#include <string.h>

#include <snp/fw.h>

#include "report.h"

static const struct product milan = { "Milan", SNP_TCB_MILAN };
static const struct product genoa = { "Genoa", SNP_TCB_MILAN };
static const struct product turin = { "Turin", SNP_TCB_TURIN };
/* U: models, and that the name is also that of the chain: one source. */
static const struct product venice = { "Venice", SNP_TCB_TURIN };

/* Bergamo and Siena are certified by the Genoa chain. */
static const struct {
	uint8_t family, first_model, last_model;
	const struct product *product;
} cpus[] = {
	{ 0x19, 0x00, 0x0f, &milan },
	{ 0x19, 0x10, 0x1f, &genoa },
	{ 0x19, 0xa0, 0xaf, &genoa },
	{ 0x1a, 0x00, 0x11, &turin },
	{ 0x1a, 0x50, 0x57, &venice },
	{ 0x1a, 0x90, 0xaf, &venice },
	{ 0x1a, 0xc0, 0xc7, &venice },
};

/**
 * product_by_name() - product of a name in a certificate
 * @name: not necessarily terminated
 * @len: its length
 *
 * Return: the product, or NULL.
 */
const struct product *product_by_name(const char *name, size_t len)
{
	static const struct product *const all[] = { &milan, &genoa, &turin, &venice };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (len == strlen(all[i]->name) && !memcmp(name, all[i]->name, len))
			return all[i];
	return NULL;
}

/**
 * product_by_cpu() - product of a CPU
 * @family: base and extended family added up
 * @model: base and extended model put together
 *
 * Return: the product, or NULL.
 */
const struct product *product_by_cpu(uint8_t family, uint8_t model)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cpus); i++)
		if (family == cpus[i].family && model >= cpus[i].first_model &&
		    model <= cpus[i].last_model)
			return cpus[i].product;
	return NULL;
}

const struct bit_name policy_bits[] = {
	{ SNP_POLICY_SMT, "SMT allowed", "SMT forbidden" },
	{ SNP_POLICY_MIGRATE_MA, "migration agent allowed", "migration agent forbidden" },
	{ SNP_POLICY_DEBUG, "DEBUGGING ALLOWED: the host can read guest memory",
	  "debugging forbidden" },
	{ SNP_POLICY_SINGLE_SOCKET, "single socket only", "several sockets allowed" },
	{ SNP_POLICY_CXL_ALLOW, "CXL allowed", "CXL forbidden" },
	{ SNP_POLICY_MEM_AES_256_XTS, "AES-256-XTS memory encryption required", NULL },
	{ SNP_POLICY_RAPL_DIS, "RAPL must be off", NULL },
	{ SNP_POLICY_CIPHERTEXT_HIDING, "ciphertext hiding required", NULL },
	{ SNP_POLICY_PAGE_SWAP_DISABLE, "page move and swap forbidden", NULL },
	{}
};

const struct bit_name platform_bits[] = {
	{ SNP_PLATFORM_SMT_EN, "SMT on", "SMT off" },
	{ SNP_PLATFORM_TSME_EN, "TSME on", "TSME off" },
	{ SNP_PLATFORM_ECC_EN, "ECC memory", "no ECC memory stated" },
	{ SNP_PLATFORM_RAPL_DIS, "RAPL off", "RAPL on" },
	{ SNP_PLATFORM_CIPHERTEXT_HIDING, "ciphertext hiding on", "ciphertext hiding off" },
	{ SNP_PLATFORM_ALIAS_CHECK, "memory alias check passed",
	  "memory alias check not stated" },
	{ SNP_PLATFORM_TIO_EN, "SEV-TIO on", "SEV-TIO off" },
	{}
};

/* The bits that a table has words for. */
uint64_t known_bits(const struct bit_name *names)
{
	uint64_t known = 0;

	for (; names->mask; names++)
		known |= names->mask;
	return known;
}

/**
 * tcb_words() - a TCB_VERSION for people
 * @out: receives "bootloader 3, tee 0, ..."
 * @raw: the value
 * @layout: which family's layout
 */
void tcb_words(char out[TCB_WORDS], uint64_t raw, enum snp_tcb_layout layout)
{
	struct snp_tcb t = snp_tcb_decode(raw, layout);
	char fmc[16] = "";

	if (layout == SNP_TCB_TURIN)
		snprintf(fmc, sizeof(fmc), "fmc %u, ", t.fmc);
	snprintf(out, TCB_WORDS, "%sbootloader %u, tee %u, snp %u, microcode %u",
		 fmc, t.bootloader, t.tee, t.snp, t.microcode);
}

/* Bits of a TCB_VERSION that belong to no component. */
uint64_t tcb_unknown_bits(uint64_t raw, enum snp_tcb_layout layout)
{
	return raw & ~snp_tcb_encode(snp_tcb_decode(~0ULL, layout), layout);
}
