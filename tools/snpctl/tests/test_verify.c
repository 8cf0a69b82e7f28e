// SPDX-License-Identifier: GPL-2.0-only
/*
 * snpctl verify: what must be accepted, and for each check on the report a
 * report that only this check refuses.  Everything but the stated change is
 * right and freshly signed, and the reason is compared, so that no other check
 * can stand in for a missing one.
 */
#include <kselftest_harness.h>
#include <snp/fw.h>

#include "pki.h"

#define REFUSES(name, product, change, because)				\
	TEST(name)							\
	{								\
		struct scene s;						\
		struct snp_report *r = &s.report;			\
		struct verify_input *in = &s.in;			\
									\
		(void)r;						\
		(void)in;						\
		scene_init(&s, product);				\
		change;							\
		EXPECT_FALSE(scene_run(&s));				\
		EXPECT_EQ(0, strncmp(s.out.verdict, "REFUSED: ", 9));	\
		EXPECT_NE(NULL, strstr(s.out.verdict, because))		\
			TH_LOG("%s", s.out.verdict);			\
	}

#define ACCEPTS(name, product, change)					\
	TEST(name)							\
	{								\
		struct scene s;						\
		struct snp_report *r = &s.report;			\
		struct verify_input *in = &s.in;			\
									\
		(void)r;						\
		(void)in;						\
		scene_init(&s, product);				\
		change;							\
		EXPECT_TRUE(scene_run(&s))				\
			TH_LOG("%s", s.out.verdict);			\
	}

ACCEPTS(milan, "Milan", )
ACCEPTS(genoa, "Genoa", )
ACCEPTS(turin, "Turin", )
ACCEPTS(version_2_takes_product_from_chain, "Turin",
	r->version = 2; r->cpuid_family = 0; r->cpuid_model = 0)
ACCEPTS(version_5, "Milan", r->version = 5; r->launch_mit_vector = 3; r->current_mit_vector = 7)
ACCEPTS(no_expectations, "Milan", in->have_nonce = false; in->have_measurement = false)
ACCEPTS(masked_chip_id, "Milan", memset(r->chip_id, 0, 64))
ACCEPTS(debug_if_allowed, "Milan", r->policy |= SNP_POLICY_DEBUG; in->allow_debug = true)
ACCEPTS(migration_if_allowed, "Milan",
	r->policy |= SNP_POLICY_MIGRATE_MA; in->allow_migration = true)

TEST(verdict_states_measurement_tcb_and_chain)
{
	struct scene s;

	scene_init(&s, "Milan");
	ASSERT_TRUE(scene_run(&s));
	EXPECT_STREQ("VERIFIED: measurement "
		     "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
		     "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
		     ", TCB bootloader 3, tee 1, snp 8, microcode 115"
		     ", chain VCEK <- SEV-Milan <- ARK-Milan", s.out.verdict);
}

TEST(masked_chip_id_is_not_called_checked)
{
	struct scene s;
	unsigned int i;

	scene_init(&s, "Milan");
	memset(s.report.chip_id, 0, 64);
	ASSERT_TRUE(scene_run(&s));
	for (i = 0; i < s.out.nr_steps; i++)
		if (!strcmp(s.out.step[i].name, "chip"))
			EXPECT_EQ(STEP_NOT_CHECKED, s.out.step[i].result);
}

/* Expectations. */
REFUSES(wrong_nonce, "Milan", in->nonce[0] ^= 1, "is not the nonce")
REFUSES(wrong_nonce_padding, "Milan", r->report_data[63] = 1, "is not the nonce")
REFUSES(wrong_measurement, "Milan", in->measurement[47] ^= 0x80, "launched from something else")

/* Form. */
REFUSES(version_1, "Milan", r->version = 1, "version is 1")
REFUSES(version_4, "Milan", r->version = 4, "version is 4")
REFUSES(version_6, "Milan", r->version = 6, "version is 6")
REFUSES(unknown_algorithm, "Milan", r->signature_algo = 2, "signature algorithm")
REFUSES(signed_by_vlek, "Milan", r->flags = 1 << 2, "signed with a VLEK")
REFUSES(not_signed, "Milan", r->flags = 7 << 2, "is not signed")
REFUSES(unknown_signer, "Milan", r->flags = 3 << 2, "neither VCEK, VLEK nor none")
REFUSES(reserved_flag, "Milan", r->flags |= 1 << 5, "reserved")
REFUSES(reserved_0x4c, "Milan", r->reserved0 = 1, "reserved")
REFUSES(reserved_0x18b, "Milan", r->reserved1[20] = 1, "reserved")
REFUSES(reserved_0x1eb, "Milan", r->reserved2 = 1, "reserved")
REFUSES(reserved_0x1ef, "Milan", r->reserved3 = 1, "reserved")
REFUSES(reserved_0x208, "Milan", r->reserved4[151] = 1, "reserved")
REFUSES(version_2_with_cpu, "Milan", r->version = 2, "reserved")
REFUSES(version_3_with_mitigations, "Milan", r->launch_mit_vector = 1, "reserved")

/* Product, TCB, chip. */
REFUSES(unknown_cpu, "Milan", r->cpuid_family = 0x17, "belongs to no known product")
REFUSES(cpu_of_another_product, "Milan", r->cpuid_model = 0x11, "from a Genoa CPU")
REFUSES(vcek_of_another_product, "Milan", s.vcek.product = "Genoa-B0", "VCEK is for Genoa-B0")
REFUSES(vcek_of_unknown_product, "Milan", s.vcek.product = "Mil", "VCEK is for Mil")
REFUSES(structure_of_another_product, "Milan", s.vcek.structure = 1, "structure version 1")
REFUSES(tcb_bootloader, "Milan", s.vcek.spl[1]++, "bootloader 3, the VCEK is for bootloader 4")
REFUSES(tcb_tee, "Milan", s.vcek.spl[2]++, "tee 1, the VCEK is for tee 2")
REFUSES(tcb_snp, "Milan", s.vcek.spl[3]--, "snp 8, the VCEK is for snp 7")
REFUSES(tcb_microcode, "Milan", s.vcek.spl[8]++, "microcode 115, the VCEK is for microcode 116")
REFUSES(tcb_fmc, "Turin", s.vcek.spl[9]++, "fmc 9, the VCEK is for fmc 10")
REFUSES(tcb_reserved_byte, "Milan", r->reported_tcb |= 1ULL << 16, "no component owns")
REFUSES(tcb_reserved_byte_turin, "Turin", r->reported_tcb |= 1ULL << 48, "no component owns")
REFUSES(milan_with_fmc, "Milan", s.vcek.spl[9] = 0, "states an FMC level")
REFUSES(turin_without_fmc, "Turin", s.vcek.spl[9] = ABSENT, "states no FMC level")
REFUSES(hwid_first_byte, "Milan", r->chip_id[0] ^= 1, "is not the HWID")
REFUSES(hwid_last_byte, "Milan", r->chip_id[63] ^= 1, "is not the HWID")
REFUSES(turin_chip_id_tail, "Turin", r->chip_id[8] = 1, "is not the HWID")
REFUSES(hwid_too_short, "Milan", s.vcek.hwid_len = 8, "HWID has 8 bytes")
REFUSES(hwid_too_long, "Turin", s.vcek.hwid_len = 64, "HWID has 64 bytes")

/* Who asked, and for what guest. */
REFUSES(asked_for_by_host, "Milan", r->vmpl = 0xffffffff, "no guest asked")
REFUSES(vmpl_4, "Milan", r->vmpl = 4, "no guest asked")
REFUSES(debug, "Milan", r->policy |= SNP_POLICY_DEBUG, "debug the guest")
REFUSES(migration, "Milan", r->policy |= SNP_POLICY_MIGRATE_MA, "migration agent")
REFUSES(policy_without_bit_17, "Milan", r->policy = SNP_POLICY_SMT, "lacks bit 17")
REFUSES(policy_with_unknown_bit, "Milan", r->policy |= 1ULL << 26, "unknown bits: 0x4000000")

/* Signature. */
REFUSES(signature_zero, "Milan", scene_build(&s); memset(r->signature_r, 0, 144),
	"signature is not by the VCEK")
REFUSES(signature_r_zero, "Milan", scene_build(&s); memset(r->signature_r, 0, 72),
	"signature is not by the VCEK")
REFUSES(signature_r_high_byte, "Milan", scene_build(&s); r->signature_r[48] = 1,
	"outside the P-384 range")
REFUSES(signature_s_high_byte, "Milan", scene_build(&s); r->signature_s[71] = 1,
	"outside the P-384 range")
REFUSES(signature_tail, "Milan", scene_build(&s); r->signature_reserved[367] = 1,
	"outside the P-384 range")
REFUSES(signature_by_another_key, "Milan", scene_build(&s);
	EVP_PKEY *other = key_ec("P-384"); report_sign(r, other); EVP_PKEY_free(other),
	"signature is not by the VCEK")
REFUSES(signature_big_endian, "Milan", scene_build(&s);
	uint8_t be[48]; for (int i = 0; i < 48; i++) be[i] = r->signature_r[47 - i];
	memcpy(r->signature_r, be, 48), "signature is not by the VCEK")

/* Length. */
REFUSES(empty_report, "Milan", scene_build(&s); in->report.len = 0, "report is empty")
REFUSES(truncated_report, "Milan", scene_build(&s); in->report.len--, "truncated: 1183 of 1184")
REFUSES(one_byte, "Milan", scene_build(&s); in->report.len = 1, "truncated: 1 of 1184")

TEST(longer_report)
{
	uint8_t longer[SNP_REPORT_LEN + 1] = {};
	struct scene s;

	scene_init(&s, "Milan");
	scene_build(&s);
	memcpy(longer, &s.report, SNP_REPORT_LEN);
	s.in.report = (struct blob){ longer, sizeof(longer) };
	EXPECT_FALSE(scene_run(&s));
	EXPECT_STREQ("REFUSED: the report is longer than 1184 bytes", s.out.verdict);
}

/* Each bit of R and S, and one bit of each signed byte: none is free. */
TEST(every_signature_bit_matters)
{
	struct scene s;
	unsigned int bit;

	scene_init(&s, "Milan");
	scene_build(&s);
	for (bit = 0; bit < 8 * 48; bit++) {
		s.report.signature_r[bit / 8] ^= 1 << bit % 8;
		EXPECT_FALSE(scene_run(&s)) TH_LOG("R bit %u", bit);
		s.report.signature_r[bit / 8] ^= 1 << bit % 8;
		s.report.signature_s[bit / 8] ^= 1 << bit % 8;
		EXPECT_FALSE(scene_run(&s)) TH_LOG("S bit %u", bit);
		s.report.signature_s[bit / 8] ^= 1 << bit % 8;
	}
	EXPECT_TRUE(scene_run(&s));
}

TEST(every_report_byte_matters)
{
	struct scene s;
	unsigned int i;

	scene_init(&s, "Milan");
	scene_build(&s);
	for (i = 0; i < sizeof(s.report); i++) {
		((uint8_t *)&s.report)[i] ^= 0x10;
		EXPECT_FALSE(scene_run(&s)) TH_LOG("byte 0x%x", i);
		((uint8_t *)&s.report)[i] ^= 0x10;
	}
}

int main(int argc, char **argv)
{
	keys_init();
	return test_harness_run(argc, argv);
}
