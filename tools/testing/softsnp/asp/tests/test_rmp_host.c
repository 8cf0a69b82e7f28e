// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMPUPDATE, PSMASH, RMPREAD, firmware transitions: every row of the rules.
 */
#include <kselftest_harness.h>
#include <snp/fw.h>

#include "world.h"

#define GPA	0x40000000ULL
#define LOCK_OF(w, spa) ((w)->rmp[(spa) >> 12].lo)

FIXTURE(rmp) {
	struct world w;
	struct rmp_store s;
};

FIXTURE_SETUP(rmp)
{
	world_init(&self->w, false);
	self->s = world_store(&self->w);
}

FIXTURE_TEARDOWN(rmp)
{
	world_exit(&self->w);
}

static uint32_t update(struct world *w, uint64_t spa, struct snp_rmp_state in)
{
	const struct rmp_store s = world_store(w);

	return rmp_update(&s, spa, &in);
}

#define UPDATE(spa, ...) update(&self->w, (spa), (struct snp_rmp_state){ __VA_ARGS__ })

TEST(entry_state_follows_the_page_state_table)
{
	static const struct { uint64_t lo; enum snp_page_state state; } row[] = {
		{ 0, SNP_STATE_HYPERVISOR },
		{ BIT_ULL(2), SNP_STATE_HV_FIXED },
		{ BIT_ULL(0), SNP_STATE_RECLAIM },
		{ BIT_ULL(0) | BIT_ULL(2), SNP_STATE_FIRMWARE },
		{ BIT_ULL(0) | BIT_ULL(2) | BIT_ULL(61), SNP_STATE_CONTEXT },
		{ BIT_ULL(0) | BIT_ULL(2) | 0x1000, SNP_STATE_METADATA },
		{ BIT_ULL(0) | BIT_ULL(2) | BIT_ULL(51), SNP_STATE_PRE_GUEST },
		{ BIT_ULL(0) | BIT_ULL(51), SNP_STATE_GUEST_INVALID },
		{ BIT_ULL(0) | BIT_ULL(51) | BIT_ULL(2) | BIT_ULL(62), SNP_STATE_PRE_SWAP },
		{ BIT_ULL(0) | BIT_ULL(51) | BIT_ULL(62), SNP_STATE_GUEST_VALID },
		{ BIT_ULL(0) | BIT_ULL(51) | BIT_ULL(62) | BIT_ULL(61), SNP_STATE_GUEST_VALID },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct snp_rmp_raw e = { .lo = row[i].lo };

		EXPECT_EQ(row[i].state, rmp_entry_state(&e))
			TH_LOG("row %zu is %s", i, rmp_state_name(rmp_entry_state(&e)));
	}
	EXPECT_STREQ("unknown state", rmp_state_name(99));
}

TEST_F(rmp, update_makes_the_four_states_that_a_host_can_make)
{
	EXPECT_EQ(0, UPDATE(0x1000, .assigned = 1, .immutable = 1));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, 0x1000));
	EXPECT_EQ(0, UPDATE(0x2000, .assigned = 1));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, 0x2000));
	EXPECT_EQ(0, UPDATE(0x3000, .assigned = 1, .immutable = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, 0x3000));
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, 0x4000));
	EXPECT_EQ(0, UPDATE(0x4000));
	EXPECT_EQ(SNP_STATE_HYPERVISOR, world_state(&self->w, 0x4000));
	EXPECT_EQ(0, self->w.rmp[4].lo);
	EXPECT_EQ(0, self->w.rmp[4].hi);
}

TEST_F(rmp, update_gives_vmpl0_all_rights_and_the_others_none)
{
	self->w.rmp[4].hi = ~0ULL;
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(0x1f, self->w.rmp[4].hi);
}

TEST_F(rmp, update_clears_validated_and_vmsa_of_a_guest_page)
{
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .asid = 1, .gpa = GPA));
	self->w.rmp[4].lo |= SNP_RMP_RAW_VALIDATED | SNP_RMP_RAW_VMSA;
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, 0x4000));
	EXPECT_FALSE(self->w.rmp[4].lo & SNP_RMP_RAW_VMSA);
}

TEST_F(rmp, update_from_valid_to_pre_swap_keeps_validation_of_the_same_owner_only)
{
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .asid = 1, .gpa = GPA));
	self->w.rmp[4].lo |= SNP_RMP_RAW_VALIDATED;
	self->w.rmp[4].hi = 0x0101011f;
	EXPECT_EQ(0, UPDATE(0x4000, .assigned = 1, .immutable = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, 0x4000));
	EXPECT_EQ(0x0101011f, self->w.rmp[4].hi);

	EXPECT_EQ(0, UPDATE(0x5000, .assigned = 1, .asid = 1, .gpa = GPA));
	self->w.rmp[5].lo |= SNP_RMP_RAW_VALIDATED;
	EXPECT_EQ(0, UPDATE(0x5000, .assigned = 1, .immutable = 1, .asid = 1,
			    .gpa = GPA + 0x1000));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, 0x5000));
}

TEST_F(rmp, update_refuses_bad_operands_as_input)
{
	EXPECT_EQ(1, UPDATE(0x1001, .assigned = 1));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .pagesize = 1));
	EXPECT_EQ(1, UPDATE(0x1000, .immutable = 1));
	EXPECT_EQ(1, UPDATE(0x1000, .asid = 1));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 2));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .pagesize = 2));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .immutable = 2));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .reserved = 1));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .asid = 1024));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .asid = 1, .gpa = 0x800));
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .asid = 1, .gpa = 1ULL << 51));
	EXPECT_EQ(1, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .asid = 1, .gpa = 0x1000));
	EXPECT_EQ(0, self->w.rmp[1].lo);
}

TEST_F(rmp, update_cannot_forge_a_metadata_page)
{
	EXPECT_EQ(1, UPDATE(0x1000, .assigned = 1, .immutable = 1, .gpa = 0x1000));
}

TEST_F(rmp, update_outside_the_table_is_bad_input)
{
	EXPECT_EQ(1, UPDATE(SPA_DEFAULT, .assigned = 1));
	EXPECT_EQ(1, UPDATE(MEM_SIZE - SPA_2M, .assigned = 1, .pagesize = 1));
}

TEST_F(rmp, update_of_an_immutable_page_lacks_permission)
{
	self->w.rmp[1].lo = SNP_RMP_RAW_IMMUTABLE;
	EXPECT_EQ(2, UPDATE(0x1000));
	EXPECT_EQ(SNP_STATE_HV_FIXED, world_state(&self->w, 0x1000));
	world_set_fw(&self->w, 0x2000);
	EXPECT_EQ(2, UPDATE(0x2000));
	world_set_pre_guest(&self->w, 0x3000, GPA, 1);
	EXPECT_EQ(2, UPDATE(0x3000));
	/* In a 2 MiB update the same holds for each page of the region. */
	self->w.rmp[512 + 77].lo = SNP_RMP_RAW_IMMUTABLE;
	EXPECT_EQ(2, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1));
}

TEST_F_TIMEOUT(rmp, update_of_a_locked_entry_is_in_use_and_leaves_it_alone, 180)
{
	LOCK_OF(&self->w, 0x1000) = SNP_RMP_RAW_LOCK;
	EXPECT_EQ(3, UPDATE(0x1000, .assigned = 1));
	EXPECT_EQ(SNP_RMP_RAW_LOCK, self->w.rmp[1].lo);
}

TEST_F(rmp, update_4k_within_a_2m_page_overlaps)
{
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(4, UPDATE(SPA_2M, .assigned = 1, .asid = 1, .gpa = GPA));
	EXPECT_EQ(4, UPDATE(SPA_2M + 0x3000));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA_2M + 0x3000));
}

TEST_F_TIMEOUT(rmp, update_4k_while_the_region_is_being_merged_overlaps, 180)
{
	LOCK_OF(&self->w, SPA_2M) = SNP_RMP_RAW_LOCK;
	EXPECT_EQ(4, UPDATE(SPA_2M + 0x1000, .assigned = 1));
	EXPECT_EQ(0, self->w.rmp[513].lo);
}

TEST_F(rmp, update_2m_over_an_assigned_4k_page_overlaps)
{
	EXPECT_EQ(0, UPDATE(SPA_2M + 0x1ff000, .assigned = 1));
	EXPECT_EQ(4, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1));
	EXPECT_EQ(0, self->w.rmp[512].lo);
	EXPECT_EQ(0, UPDATE(SPA_2M + 0x1ff000));
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1));
	EXPECT_EQ(4, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1));
}

TEST_F(rmp, update_2m_over_a_locked_4k_page_overlaps)
{
	LOCK_OF(&self->w, SPA_2M + 0x5000) = SNP_RMP_RAW_LOCK;
	EXPECT_EQ(4, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1));
}

TEST_F(rmp, a_2m_page_is_found_from_each_of_its_frames)
{
	struct snp_rmp_raw e;

	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .asid = 3, .gpa = GPA));
	ASSERT_EQ(0, rmp_lookup(&self->s, 512 + 9, &e));
	EXPECT_EQ(GPA + 0x9000, e.lo & SNP_RMP_RAW_GPA_PFN);
	EXPECT_EQ(3, FIELD_GET(SNP_RMP_RAW_ASID, e.lo));
	EXPECT_TRUE(self->w.rmp[512 + 9].lo & SNP_RMP_RAW_ASSIGNED);
	EXPECT_EQ(0, UPDATE(SPA_2M, .pagesize = 1));
	EXPECT_EQ(0, self->w.rmp[512].lo);
	EXPECT_EQ(0, self->w.rmp[512 + 9].lo);
}

TEST_F(rmp, a_2m_firmware_page_has_no_gpa_in_any_frame)
{
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .immutable = 1));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_2M + 0x1000));
}

TEST_F(rmp, psmash_splits_into_512_pages_with_their_gpas_rights_and_validation)
{
	unsigned int i;

	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .asid = 3, .gpa = GPA));
	self->w.rmp[512].lo |= SNP_RMP_RAW_VALIDATED;
	self->w.rmp[512].hi = 0x0000071f;
	EXPECT_EQ(0, rmp_psmash(&self->s, SPA_2M));
	for (i = 0; i < 512; i++) {
		EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_2M + i * 0x1000));
		EXPECT_EQ(GPA + i * 0x1000ULL, self->w.rmp[512 + i].lo & SNP_RMP_RAW_GPA_PFN);
		EXPECT_EQ(0x0000071f, self->w.rmp[512 + i].hi);
		EXPECT_FALSE(self->w.rmp[512 + i].lo & SNP_RMP_RAW_PAGESIZE);
	}
	EXPECT_EQ(0, UPDATE(SPA_2M + 0x1000));
}

TEST_F_TIMEOUT(rmp, psmash_refuses_what_cannot_be_split, 180)
{
	EXPECT_EQ(1, rmp_psmash(&self->s, SPA_2M + 0x1000));
	EXPECT_EQ(1, rmp_psmash(&self->s, 0xc00000));
	EXPECT_EQ(4, rmp_psmash(&self->s, SPA_2M));
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1));
	EXPECT_EQ(4, rmp_psmash(&self->s, SPA_2M));
	EXPECT_EQ(0, UPDATE(SPA_2M));
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .immutable = 1));
	EXPECT_EQ(2, rmp_psmash(&self->s, SPA_2M));
	self->w.rmp[512].lo |= SNP_RMP_RAW_LOCK;
	EXPECT_EQ(3, rmp_psmash(&self->s, SPA_2M));
}

TEST_F(rmp, read_shows_the_entry_without_what_guests_own)
{
	struct snp_rmp_state out;

	EXPECT_EQ(0, UPDATE(0x3000, .assigned = 1, .immutable = 1, .asid = 7, .gpa = GPA));
	EXPECT_EQ(0, rmp_read(&self->s, 0x3000, &out));
	EXPECT_EQ(GPA, out.gpa);
	EXPECT_EQ(7, out.asid);
	EXPECT_EQ(1, out.assigned);
	EXPECT_EQ(1, out.immutable);
	EXPECT_EQ(0, out.pagesize);
	EXPECT_EQ(1, rmp_read(&self->s, 0x3008, &out));
	EXPECT_EQ(1, rmp_read(&self->s, SPA_DEFAULT, &out));
	EXPECT_EQ(0, out.asid);
}

TEST_F(rmp, read_of_a_region_tells_that_a_page_inside_is_assigned)
{
	struct snp_rmp_state out;

	EXPECT_EQ(0, rmp_read(&self->s, SPA_2M, &out));
	EXPECT_EQ(0, out.pagesize);
	EXPECT_EQ(0, UPDATE(SPA_2M + 0x8000, .assigned = 1));
	EXPECT_EQ(0, rmp_read(&self->s, SPA_2M, &out));
	EXPECT_EQ(2, out.pagesize);
	EXPECT_EQ(0, out.assigned);
}

TEST_F(rmp, firmware_moves_only_from_the_state_it_names)
{
	world_set_fw(&self->w, 0x1000);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  rmp_fw_transition(&self->s, 0x1000, SNP_STATE_CONTEXT, SNP_STATE_FIRMWARE));
	EXPECT_EQ(0, rmp_fw_transition(&self->s, 0x1000, SNP_STATE_FIRMWARE, SNP_STATE_CONTEXT));
	EXPECT_EQ(SNP_STATE_CONTEXT, world_state(&self->w, 0x1000));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  rmp_fw_transition(&self->s, 0x1008, SNP_STATE_CONTEXT, SNP_STATE_FIRMWARE));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  rmp_fw_transition(&self->s, SPA_DEFAULT, SNP_STATE_FIRMWARE,
				    SNP_STATE_RECLAIM));
}

TEST_F(rmp, firmware_does_not_touch_a_piece_of_a_2m_page)
{
	EXPECT_EQ(0, UPDATE(SPA_2M, .assigned = 1, .pagesize = 1, .immutable = 1));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE,
		  rmp_fw_transition(&self->s, SPA_2M + 0x1000, SNP_STATE_FIRMWARE,
				    SNP_STATE_RECLAIM));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE,
		  rmp_fw_transition(&self->s, SPA_2M, SNP_STATE_FIRMWARE, SNP_STATE_CONTEXT));
	EXPECT_EQ(0, rmp_fw_transition(&self->s, SPA_2M, SNP_STATE_FIRMWARE, SNP_STATE_RECLAIM));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_2M + 0x1000));
}

TEST_F(rmp, firmware_keeps_owner_and_gpa_where_the_new_state_has_them)
{
	world_set_pre_guest(&self->w, 0x1000, GPA, 9);
	EXPECT_EQ(0, rmp_fw_transition(&self->s, 0x1000, SNP_STATE_PRE_GUEST,
				       SNP_STATE_GUEST_INVALID));
	EXPECT_EQ(GPA, self->w.rmp[1].lo & SNP_RMP_RAW_GPA_PFN);
	EXPECT_EQ(9, FIELD_GET(SNP_RMP_RAW_ASID, self->w.rmp[1].lo));
	EXPECT_EQ(0, rmp_fw_transition(&self->s, 0x1000, SNP_STATE_GUEST_INVALID,
				       SNP_STATE_RECLAIM));
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, self->w.rmp[1].lo);
}

TEST_F(rmp, launch_validates_and_sets_the_rights_of_lower_vmpls)
{
	world_set_pre_guest(&self->w, 0x1000, GPA, 9);
	EXPECT_EQ(0, rmp_fw_launch(&self->s, 0x1000, 0x01030700, true));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, 0x1000));
	EXPECT_TRUE(self->w.rmp[1].lo & SNP_RMP_RAW_VMSA);
	EXPECT_EQ(0x0103071f, self->w.rmp[1].hi);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, rmp_fw_launch(&self->s, 0x1000, 0, false));
}

TEST_HARNESS_MAIN
