// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest contexts, ASIDs, page reclaim.
 */
#include <kselftest_harness.h>

#include "../asp_priv.h"
#include "world.h"

#define RECLAIM(spa) world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, spa)
#define DECOMMISSION(spa) world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, spa)

FIXTURE(guest) {
	struct world w;
};

FIXTURE_SETUP(guest)
{
	world_init(&self->w, false);
	ASSERT_EQ(0, world_snp_init(&self->w));
}

FIXTURE_TEARDOWN(guest)
{
	world_exit(&self->w);
}

static unsigned int guest_count(struct world *w)
{
	const struct snp_fw_snp_status *s = (void *)(w->mem + SPA_DEFAULT);

	world_cmd_addr(w, SNP_FW_SNP_PLATFORM_STATUS, SPA_DEFAULT);
	return s->guest_count;
}

TEST_F(guest, context_page_needs_firmware_state_and_4k)
{
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_DEFAULT));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX + 8));
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0, 0, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_2M));
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_STATE_CONTEXT, world_state(&self->w, SPA_GCTX));
	EXPECT_EQ(1, guest_count(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX));
}

TEST_F(guest, context_page_shows_nothing_of_the_guest)
{
	static const uint8_t zero[SNP_PAGE_SIZE];
	uint8_t before[SNP_PAGE_SIZE];

	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	memcpy(before, self->w.mem + SPA_GCTX, sizeof(before));
	EXPECT_NE(0, memcmp(before, zero, sizeof(zero)));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	EXPECT_EQ(0, memcmp(before, self->w.mem + SPA_GCTX, sizeof(before)));
}

TEST_F(guest, number_of_contexts_is_limited)
{
	unsigned int i;

	for (i = 0; i < ASP_MAX_GUESTS; i++)
		EXPECT_EQ(0, world_gctx_create(&self->w, 0x100000 + i * 0x1000));
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(0, DECOMMISSION(0x100000));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX));
}

TEST_F(guest, commands_on_no_context_name_no_guest)
{
	world_set_fw(&self->w, SPA_GCTX);
	EXPECT_EQ(SNP_FW_INVALID_GUEST, world_launch_start(&self->w, SPA_GCTX, POLICY));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, world_activate(&self->w, SPA_GCTX, 1));
	EXPECT_EQ(SNP_FW_INVALID_GUEST,
		  world_launch_update(&self->w, SPA_GCTX, SPA_PAGE, SNP_PAGE_TYPE_NORMAL));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, world_launch_finish(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, world_guest_request(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, DECOMMISSION(SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, DECOMMISSION(SPA_GCTX + 0x10));
}

TEST_F(guest, a_page_that_lost_its_context_state_names_no_guest)
{
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	self->w.rmp[SPA_GCTX >> 12].lo &= ~SNP_RMP_RAW_VMSA;
	EXPECT_EQ(SNP_FW_INVALID_GUEST, world_launch_start(&self->w, SPA_GCTX, POLICY));
}

TEST_F(guest, activate_checks_state_then_asid)
{
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_activate(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	EXPECT_EQ(SNP_FW_INVALID_ASID, world_activate(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(SNP_FW_INVALID_ASID,
		  world_activate(&self->w, SPA_GCTX, asp_config_default(ASP_MILAN).max_asid + 1));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, asp_config_default(ASP_MILAN).max_asid));
	EXPECT_EQ(SNP_FW_ACTIVE, world_activate(&self->w, SPA_GCTX, 1));
}

TEST_F(guest, asid_of_another_guest_cannot_be_taken)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	EXPECT_EQ(SNP_FW_ASID_OWNED, world_activate(&self->w, SPA_GCTX2, ASID));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX2, ASID + 1));
	EXPECT_EQ(2, guest_count(&self->w));
}

TEST_F(guest, released_asid_needs_wbinvd_and_df_flush)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	self->w.wbinvd_done = true;
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX));
	EXPECT_FALSE(self->w.wbinvd_done);
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	EXPECT_EQ(SNP_FW_DFFLUSH_REQUIRED, world_activate(&self->w, SPA_GCTX2, ASID));
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(0, world_flush(&self->w));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX2, ASID));
}

TEST_F(guest, wbinvd_before_a_release_does_not_count_for_it)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX2, ASID + 1));
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX));
	self->w.wbinvd_done = true;
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX2));
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(0, world_flush(&self->w));
}

TEST_F(guest, keys_are_wiped_when_the_guest_goes)
{
	static const struct asp_guest zero;
	const struct asp_guest *g = &self->w.asp->guest[0];

	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, memcmp(g->vmpck, world_secrets(&self->w)->vmpck, sizeof(g->vmpck)));
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX));
	EXPECT_EQ(0, memcmp(g, &zero, sizeof(zero)));
	EXPECT_EQ(0, world_flush(&self->w));
	world_set_hv(&self->w, SPA_SECRETS);
	EXPECT_EQ(0, RECLAIM(SPA_GCTX));
	world_set_hv(&self->w, SPA_GCTX);
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	asp_reset(self->w.asp);
	EXPECT_EQ(0, memcmp(g, &zero, sizeof(zero)));
}

TEST_F(guest, asids_are_unusable_between_init_and_flush)
{
	const struct snp_fw_init_ex in = { .flags = SNP_INIT_EX_INIT_RMP };

	asp_reset(self->w.asp);
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_SNP_INIT_EX, &in, sizeof(in)));
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	EXPECT_EQ(SNP_FW_DFFLUSH_REQUIRED, world_activate(&self->w, SPA_GCTX, ASID));
}

TEST_F(guest, decommission_hands_the_page_back_to_the_firmware)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX | CBIT));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, DECOMMISSION(SPA_GCTX));
	EXPECT_EQ(0, guest_count(&self->w));
	EXPECT_EQ(0, RECLAIM(SPA_GCTX));
	world_set_hv(&self->w, SPA_GCTX);
}

TEST_F(guest, context_created_again_starts_from_nothing)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, DECOMMISSION(SPA_GCTX));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_launch_finish(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_activate(&self->w, SPA_GCTX, ASID + 1));
}

TEST_F(guest, reset_forgets_every_guest)
{
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	asp_reset(self->w.asp);
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
	EXPECT_EQ(0, guest_count(&self->w));
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
}

TEST_F(guest, reclaim_of_context_page_is_refused)
{
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, RECLAIM(SPA_GCTX));
	EXPECT_EQ(SNP_STATE_CONTEXT, world_state(&self->w, SPA_GCTX));
}

TEST_F(guest, reclaim_of_firmware_page_is_repeatable)
{
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, RECLAIM(SPA_OUT));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_OUT));
	EXPECT_EQ(0, RECLAIM(SPA_OUT));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_OUT));
}

TEST_F(guest, reclaim_of_immutable_guest_pages_returns_them_to_the_guest)
{
	world_set_pre_guest(&self->w, SPA_PAGE, 0x1000, ASID);
	EXPECT_EQ(0, RECLAIM(SPA_PAGE));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA_PAGE));
	world_set_pre_guest(&self->w, SPA_PAGE + 0x1000, 0x2000, ASID);
	self->w.rmp[(SPA_PAGE >> 12) + 1].lo |= SNP_RMP_RAW_VALIDATED;
	EXPECT_EQ(0, RECLAIM(SPA_PAGE + 0x1000));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_PAGE + 0x1000));
}

TEST_F(guest, reclaim_of_metadata_page_succeeds)
{
	self->w.rmp[SPA_PAGE >> 12].lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE | 0x5000;
	EXPECT_EQ(SNP_STATE_METADATA, world_state(&self->w, SPA_PAGE));
	EXPECT_EQ(0, RECLAIM(SPA_PAGE));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_PAGE));
}

TEST_F(guest, reclaim_of_pages_nobody_holds_is_refused)
{
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, RECLAIM(SPA_PAGE));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, RECLAIM(SPA_DEFAULT));
	EXPECT_EQ(0, world_set(&self->w, SPA_PAGE, 0x1000, ASID, false, false));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, RECLAIM(SPA_PAGE));
	self->w.rmp[SPA_PAGE >> 12].lo |= SNP_RMP_RAW_VALIDATED;
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, RECLAIM(SPA_PAGE));
}

TEST_F(guest, reclaim_compares_page_sizes)
{
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0, 0, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, RECLAIM(SPA_2M));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, RECLAIM(SPA_2M + 0x1000));
	EXPECT_EQ(0, RECLAIM(SPA_2M | SNP_RECLAIM_2M));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_2M + 0x1000));
	world_set_fw(&self->w, 2 * SPA_2M);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, RECLAIM(2 * SPA_2M | SNP_RECLAIM_2M));
}

TEST_F(guest, reclaim_checks_its_address)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, RECLAIM(SPA_OUT | 2));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, RECLAIM(SPA_OUT | 0x800));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, RECLAIM(SPA_OUT | SNP_RECLAIM_2M));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, RECLAIM(1ULL << 60));
}

TEST_HARNESS_MAIN
