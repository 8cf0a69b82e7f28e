// SPDX-License-Identifier: GPL-2.0-only
/*
 * PVALIDATE, RMPADJUST and RMPQUERY: every row of the rules.
 */
#include <kselftest_harness.h>

#include "world.h"

#define GPA	0x40000000ULL
#define SPA	0x3000ULL
#define PFN	3
#define RDX(vmpl, perms, vmsa) ((vmpl) | ((uint64_t)(perms) << 8) | ((uint64_t)(vmsa) << 16))

FIXTURE(guest) {
	struct world w;
	struct rmp_store s;
	struct rmp_query q;
	uint32_t eax;
	bool carry;
};

FIXTURE_SETUP(guest)
{
	world_init(&self->w, false);
	self->s = world_store(&self->w);
	self->eax = 99;
	/* One 4 KiB and one 2 MiB page of the guest. */
	ASSERT_EQ(0, world_set(&self->w, SPA, GPA, ASID, false, false));
	ASSERT_EQ(0, world_set(&self->w, SPA_2M, GPA + SPA_2M, ASID, false, true));
}

FIXTURE_TEARDOWN(guest)
{
	world_exit(&self->w);
}

#define PVALIDATE(spa, gpa, asid, size_2m, validate) \
	rmp_pvalidate(&self->s, spa, gpa, asid, size_2m, validate, &self->eax, &self->carry)
#define RMPADJUST(spa, gpa, size_2m, vmpl, rdx) \
	rmp_adjust(&self->s, spa, gpa, ASID, size_2m, vmpl, rdx, &self->eax)

#define RMPQUERY(spa, gpa, vmpl, rdx) \
	rmp_query(&self->s, spa, gpa, ASID, vmpl, rdx, &self->q, &self->eax)

TEST_F(guest, pvalidate_validates_and_rescinds)
{
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA, ASID, false, true));
	EXPECT_EQ(0, self->eax);
	EXPECT_FALSE(self->carry);
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA));
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA, ASID, false, false));
	EXPECT_EQ(0, self->eax);
	EXPECT_FALSE(self->carry);
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA));
}

TEST_F(guest, pvalidate_without_effect_sets_carry)
{
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA, ASID, false, false));
	EXPECT_EQ(0, self->eax);
	EXPECT_TRUE(self->carry);
	PVALIDATE(SPA, GPA, ASID, false, true);
	EXPECT_FALSE(self->carry);
	PVALIDATE(SPA, GPA, ASID, false, true);
	EXPECT_TRUE(self->carry);
}

TEST_F(guest, pvalidate_of_a_2m_page_covers_each_frame)
{
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA_2M, GPA + SPA_2M, ASID, true, true));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_2M + 0x1ff000));
}

TEST_F(guest, pvalidate_2m_of_a_4k_page_is_a_size_mismatch)
{
	ASSERT_EQ(0, world_set(&self->w, 2 * SPA_2M, GPA, ASID, false, false));
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(2 * SPA_2M, GPA, ASID, true, true));
	EXPECT_EQ(6, self->eax);
	EXPECT_FALSE(self->carry);
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, 2 * SPA_2M));
}

TEST_F(guest, pvalidate_4k_of_a_2m_page_asks_the_host_to_split)
{
	EXPECT_EQ(RMP_GUEST_NPF_SIZEM,
		  PVALIDATE(SPA_2M + 0x7000, GPA + SPA_2M + 0x7000, ASID, false, true));
	EXPECT_EQ(0, rmp_psmash(&self->s, SPA_2M));
	EXPECT_EQ(RMP_GUEST_DONE,
		  PVALIDATE(SPA_2M + 0x7000, GPA + SPA_2M + 0x7000, ASID, false, true));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_2M + 0x7000));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA_2M + 0x8000));
}

TEST_F(guest, pvalidate_2m_of_a_misaligned_address_is_bad_input)
{
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA + 0x1000, ASID, true, true));
	EXPECT_EQ(1, self->eax);
	EXPECT_FALSE(self->carry);
}

TEST_F(guest, pvalidate_of_what_is_not_the_guests_faults)
{
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(0x8000, GPA, ASID, false, true));
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA, GPA, ASID + 1, false, true));
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA, GPA + 0x1000, ASID, false, true));
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA_DEFAULT, GPA, ASID, false, true));
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA, GPA, 0, false, true));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA));
}

TEST_F(guest, pvalidate_of_an_immutable_page_faults)
{
	self->w.rmp[PFN].lo |= SNP_RMP_RAW_IMMUTABLE;
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA, GPA, ASID, false, true));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA));
}

TEST_F(guest, pvalidate_of_a_locked_entry_faults_and_comes_again)
{
	self->w.rmp[PFN].lo |= SNP_RMP_RAW_LOCK;
	EXPECT_EQ(RMP_GUEST_NPF, PVALIDATE(SPA, GPA, ASID, false, true));
	self->w.rmp[PFN].lo &= ~SNP_RMP_RAW_LOCK;
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA, ASID, false, true));
}

TEST_F(guest, rescinding_takes_the_vmsa_bit_away)
{
	self->w.rmp[PFN].lo |= SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA;
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA, GPA, ASID, false, false));
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_VMSA);
}

TEST_F(guest, adjust_sets_the_rights_of_one_vmpl)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(SPA, GPA, false, 0, RDX(1, 0x07, 0)));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(0x0000071f, self->w.rmp[PFN].hi);
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(SPA, GPA, false, 0, RDX(3, 0x01, 0)));
	EXPECT_EQ(0x0100071f, self->w.rmp[PFN].hi);
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(SPA, GPA, false, 0, RDX(1, 0, 0)));
	EXPECT_EQ(0x0100001f, self->w.rmp[PFN].hi);
}

TEST_F(guest, adjust_makes_and_unmakes_a_vmsa_from_vmpl0)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0, 1));
	EXPECT_EQ(0, self->eax);
	EXPECT_TRUE(self->w.rmp[PFN].lo & SNP_RMP_RAW_VMSA);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0, 0));
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_VMSA);
}

TEST_F(guest, adjust_from_vmpl1_ignores_the_vmsa_bit)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0x1f, 0));
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(SPA, GPA, false, 1, RDX(2, 0x01, 1)));
	EXPECT_EQ(0, self->eax);
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_VMSA);
}

TEST_F(guest, adjust_reaches_only_less_privileged_vmpls)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(0, 0x1f, 0));
	EXPECT_EQ(2, self->eax);
	RMPADJUST(SPA, GPA, false, 2, RDX(1, 0, 0));
	EXPECT_EQ(2, self->eax);
	RMPADJUST(SPA, GPA, false, 2, RDX(2, 0, 0));
	EXPECT_EQ(2, self->eax);
}

TEST_F(guest, adjust_grants_only_what_the_caller_has)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0x03, 0));
	RMPADJUST(SPA, GPA, false, 1, RDX(2, 0x07, 0));
	EXPECT_EQ(2, self->eax);
	EXPECT_EQ(0x0000031f, self->w.rmp[PFN].hi);
	RMPADJUST(SPA, GPA, false, 1, RDX(2, 0x03, 0));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(0x0003031f, self->w.rmp[PFN].hi);
}

TEST_F(guest, adjust_refuses_bad_operands_as_input)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(4, 0, 0));
	EXPECT_EQ(1, self->eax);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0x20, 0));
	EXPECT_EQ(1, self->eax);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 0, 0) | BIT_ULL(17));
	EXPECT_EQ(1, self->eax);
	RMPADJUST(SPA, GPA + 0x1000, true, 0, RDX(1, 0, 0));
	EXPECT_EQ(1, self->eax);
	RMPADJUST(SPA_2M, GPA + SPA_2M, true, 0, RDX(1, 0, 1));
	EXPECT_EQ(1, self->eax);
}

TEST_F(guest, adjust_knows_page_sizes)
{
	PVALIDATE(SPA_2M, GPA + SPA_2M, ASID, true, true);
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(SPA_2M, GPA + SPA_2M, true, 0, RDX(1, 1, 0)));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(RMP_GUEST_NPF_SIZEM, RMPADJUST(SPA_2M, GPA + SPA_2M, false, 0, RDX(1, 1, 0)));
	ASSERT_EQ(0, world_set(&self->w, 2 * SPA_2M, GPA, ASID, false, false));
	PVALIDATE(2 * SPA_2M, GPA, ASID, false, true);
	EXPECT_EQ(RMP_GUEST_DONE, RMPADJUST(2 * SPA_2M, GPA, true, 0, RDX(1, 1, 0)));
	EXPECT_EQ(6, self->eax);
}

TEST_F(guest, adjust_of_a_page_that_is_not_validated_faults)
{
	EXPECT_EQ(RMP_GUEST_NPF, RMPADJUST(SPA, GPA, false, 0, RDX(1, 1, 0)));
	EXPECT_EQ(0x1f, self->w.rmp[PFN].hi);
	/* The fault must have let the entry go. */
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_LOCK);
}

TEST_F(guest, query_tells_what_adjust_has_set)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	RMPADJUST(SPA, GPA, false, 0, RDX(1, 7, 1));
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 0, 1));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(7, self->q.perms);
	EXPECT_TRUE(self->q.vmsa);
	EXPECT_FALSE(self->q.size_2m);
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 0, 3));
	EXPECT_EQ(0, self->q.perms);
	/* About itself, and from a less privileged level. */
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 1, 1));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(7, self->q.perms);
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_LOCK);
}

TEST_F(guest, query_looks_at_the_large_page_around)
{
	PVALIDATE(SPA_2M, GPA + SPA_2M, ASID, true, true);
	RMPADJUST(SPA_2M, GPA + SPA_2M, true, 0, RDX(2, 5, 0));
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA_2M + 0x7000, GPA + SPA_2M + 0x7000, 0, 2));
	EXPECT_EQ(0, self->eax);
	EXPECT_EQ(5, self->q.perms);
	EXPECT_TRUE(self->q.size_2m);
	/* Nothing is split by looking. */
	EXPECT_EQ(RMP_GUEST_DONE, PVALIDATE(SPA_2M, GPA + SPA_2M, ASID, true, true));
	EXPECT_EQ(0, self->eax);
	EXPECT_TRUE(self->carry);
}

TEST_F(guest, query_refuses_bad_operands)
{
	PVALIDATE(SPA, GPA, ASID, false, true);
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 0, 4));
	EXPECT_EQ(1, self->eax);
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 0, RDX(1, 1, 0)));
	EXPECT_EQ(1, self->eax);
	EXPECT_EQ(RMP_GUEST_DONE, RMPQUERY(SPA, GPA, 2, 1));
	EXPECT_EQ(2, self->eax);
	EXPECT_EQ(0, self->q.perms);
}

TEST_F(guest, query_of_what_is_not_the_guests_faults)
{
	EXPECT_EQ(RMP_GUEST_NPF, RMPQUERY(SPA, GPA, 0, 1));	/* not validated */
	EXPECT_FALSE(self->w.rmp[PFN].lo & SNP_RMP_RAW_LOCK);
	PVALIDATE(SPA, GPA, ASID, false, true);
	EXPECT_EQ(RMP_GUEST_NPF, RMPQUERY(SPA, GPA + 0x1000, 0, 1));
	EXPECT_EQ(RMP_GUEST_NPF, RMPQUERY(0x8000, GPA, 0, 1));
	EXPECT_EQ(RMP_GUEST_NPF, RMPQUERY(SPA_DEFAULT, GPA, 0, 1));
}

TEST_HARNESS_MAIN
