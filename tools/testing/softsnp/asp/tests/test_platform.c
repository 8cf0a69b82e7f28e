// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform commands and what every command checks first.
 */
#include <kselftest_harness.h>

#include "world.h"

FIXTURE(platform) {
	struct world w;
};

FIXTURE_SETUP(platform)
{
	world_init(&self->w, false);
}

FIXTURE_TEARDOWN(platform)
{
	world_exit(&self->w);
}

static uint32_t init_ex(struct world *w, struct snp_fw_init_ex in)
{
	return world_cmd(w, SNP_FW_SNP_INIT_EX, &in, sizeof(in));
}

#define INIT_EX(...) init_ex(&self->w, (struct snp_fw_init_ex){ __VA_ARGS__ })

static uint32_t shutdown_ex(struct world *w, uint32_t len, uint32_t flags)
{
	const struct snp_fw_shutdown_ex in = { len, flags };

	return world_cmd(w, SNP_FW_SNP_SHUTDOWN_EX, &in, sizeof(in));
}

static uint32_t sev_init(struct world *w, uint32_t flags, uint64_t tmr, uint32_t tmr_len)
{
	const struct snp_fw_init in = { .flags = flags, .tmr_paddr = tmr, .tmr_len = tmr_len };

	return world_cmd(w, SNP_FW_INIT, &in, sizeof(in));
}

static struct snp_fw_platform_status sev_status(struct world *w)
{
	struct snp_fw_platform_status out;

	memset(&out, 0xff, sizeof(out));
	world_cmd(w, SNP_FW_PLATFORM_STATUS, &out, sizeof(out));
	memcpy(&out, w->mem + SPA_CMD, sizeof(out));
	return out;
}

TEST_F(platform, unknown_and_unbuilt_commands_are_invalid)
{
	static const uint32_t ids[] = { 0, 3, 0x0c, 0x0d, 0x20, 0x81, 0x82, 0x92, 0xb0, 0xc9, 0xca,
					0xcb, 0xcd, 0xce, 0xd0, 0x7ff };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		EXPECT_EQ(SNP_FW_INVALID_COMMAND, asp_command(self->w.asp, ids[i], SPA_CMD))
			TH_LOG("command 0x%x", ids[i]);
	}
	EXPECT_STREQ("SNP_FEATURE_INFO", asp_cmd_name(0xce));
	EXPECT_STREQ("unknown command", asp_cmd_name(0x7ff));
}

TEST_F(platform, commands_in_the_wrong_platform_state_are_refused)
{
	static const uint32_t need_init[] = { 0x86, 0x90, 0x91, 0x93, 0x94, 0xa0, 0xa1, 0xa2,
					      0xc7 };
	size_t i;

	for (i = 0; i < sizeof(need_init) / sizeof(need_init[0]); i++) {
		EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE,
			  asp_command(self->w.asp, need_init[i], SPA_CMD))
			TH_LOG("command 0x%x", need_init[i]);
	}
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, asp_command(self->w.asp, SNP_FW_SHUTDOWN, 0));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, asp_command(self->w.asp, SNP_FW_DF_FLUSH, 0));
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, world_snp_init(&self->w));
}

TEST_F(platform, platform_state_is_checked_before_the_buffer)
{
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE,
		  asp_command(self->w.asp, SNP_FW_SNP_ACTIVATE, MEM_SIZE));
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  asp_command(self->w.asp, SNP_FW_SNP_ACTIVATE, MEM_SIZE));
}

TEST_F(platform, command_buffer_must_be_memory_within_one_page)
{
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  asp_command(self->w.asp, SNP_FW_SNP_INIT_EX, SPA_CMD + 0xfc8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  asp_command(self->w.asp, SNP_FW_SNP_INIT_EX, 1ULL << 52));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  asp_command(self->w.asp, SNP_FW_SNP_INIT_EX, 1ULL << 40));
}

TEST_F(platform, c_bit_of_an_address_is_ignored)
{
	const struct snp_fw_init_ex in = { .flags = SNP_INIT_EX_INIT_RMP };

	memcpy(self->w.mem + SPA_CMD, &in, sizeof(in));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_INIT_EX, SPA_CMD | CBIT));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_OUT | CBIT));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_OUT | CBIT));
}

TEST_F(platform, init_ex_enforces_the_rmp_from_then_on)
{
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
	self->w.rmp[77].lo = ~0ULL;
	EXPECT_EQ(0, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	EXPECT_TRUE(asp_snp_initialised(self->w.asp));
	EXPECT_EQ(SNP_STATE_HYPERVISOR, world_state(&self->w, 77 << 12));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, TABLE_PFN << 12));
}

TEST_F(platform, init_ex_refuses_reserved_fields_then_unbuilt_features)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_EX(.flags = BIT(5) | SNP_INIT_EX_TIO_EN));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_EX(.flags = 1, .reserved0 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_EX(.flags = 1, .reserved1 = { [45] = 1 }));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_EX(.flags = 1, .max_snp_asid = 5));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, INIT_EX(.flags = 1 | SNP_INIT_EX_RAPL_DIS));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, INIT_EX(.flags = 1 | SNP_INIT_EX_CIPHERTEXT_HIDING));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, INIT_EX(.flags = 1 | SNP_INIT_EX_TIO_EN));
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
}

TEST_F(platform, init_ex_says_which_core_is_badly_configured)
{
	self->w.config_defect = "cpu 1: HSAVE_PA is not zero";
	EXPECT_EQ(SNP_FW_INVALID_CONFIG, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	EXPECT_NE(NULL, strstr(self->w.log, "cpu 1: HSAVE_PA is not zero"));
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
}

TEST_F(platform, init_ex_needs_an_initialised_rmp_once)
{
	EXPECT_EQ(SNP_FW_RMP_INIT_REQUIRED, INIT_EX(.flags = 0));
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, shutdown_ex(&self->w, 8, 0));
	EXPECT_EQ(0, INIT_EX(.flags = 0));
	asp_reset(self->w.asp);
	EXPECT_EQ(SNP_FW_RMP_INIT_REQUIRED, INIT_EX(.flags = 0));
}

TEST_F(platform, init_ex_reports_an_unusable_rmp)
{
	self->w.rmp_unusable = true;
	EXPECT_EQ(SNP_FW_RMP_INITIALIZATION_FAILED, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	self->w.rmp_unusable = false;
	EXPECT_EQ(SNP_FW_RMP_INIT_REQUIRED, INIT_EX(.flags = 0));
}

TEST_F(platform, init_ex_comes_before_legacy_init)
{
	EXPECT_EQ(0, sev_init(&self->w, 0, 0, 0));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
}

static struct snp_fw_range *put_ranges(struct world *w, uint32_t n)
{
	struct snp_fw_range_list *l = (struct snp_fw_range_list *)(w->mem + SPA_LIST);

	memset(l, 0, SNP_PAGE_SIZE);
	l->nr_ranges = n;
	return l->range;
}

#define INIT_LIST(spa) INIT_EX(.flags = SNP_INIT_EX_INIT_RMP | SNP_INIT_EX_LIST_PADDR_EN, \
			       .list_paddr = (spa))

TEST_F(platform, init_ex_fixes_listed_pages_until_reset)
{
	struct snp_fw_range *r = put_ranges(&self->w, 3);

	r[0] = (struct snp_fw_range){ .base = 0x300000 | CBIT, .nr_pages = 3 };
	/* The table itself, and memory that the table does not cover. */
	r[1] = (struct snp_fw_range){ .base = TABLE_PFN << 12, .nr_pages = NR_TABLE_PFNS };
	r[2] = (struct snp_fw_range){ .base = 0x7ff000, .nr_pages = 0xffffffff };
	EXPECT_EQ(0, INIT_LIST(SPA_LIST | CBIT));
	EXPECT_EQ(SNP_STATE_HYPERVISOR, world_state(&self->w, 0x2ff000));
	EXPECT_EQ(SNP_STATE_HV_FIXED, world_state(&self->w, 0x300000));
	EXPECT_EQ(SNP_STATE_HV_FIXED, world_state(&self->w, 0x302000));
	EXPECT_EQ(SNP_STATE_HYPERVISOR, world_state(&self->w, 0x303000));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, TABLE_PFN << 12));
	EXPECT_EQ(SNP_STATE_HV_FIXED, world_state(&self->w, 0x7ff000));
	EXPECT_EQ(2, world_set(&self->w, 0x300000, 0, 0, true, false));
}

TEST_F(platform, init_ex_refuses_a_bad_list_before_it_touches_the_rmp)
{
	struct snp_fw_range *r = put_ranges(&self->w, 1);

	self->w.rmp[77].lo = SNP_RMP_RAW_ASSIGNED;
	r[0] = (struct snp_fw_range){ .base = 0x300800, .nr_pages = 3 };
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, INIT_LIST(SPA_LIST));
	r[0] = (struct snp_fw_range){ .base = 0x300000, .nr_pages = 3, .reserved = 1 };
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_LIST(SPA_LIST));
	r[0] = (struct snp_fw_range){ .base = 0x300000, .nr_pages = 3 };
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, INIT_LIST(SPA_LIST + 4));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, INIT_LIST(MEM_SIZE));
	put_ranges(&self->w, 0xffffffff);
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, INIT_LIST(SPA_LIST));
	((struct snp_fw_range_list *)(self->w.mem + SPA_LIST))->nr_ranges = 1;
	((struct snp_fw_range_list *)(self->w.mem + SPA_LIST))->reserved = 1;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, INIT_LIST(SPA_LIST));
	EXPECT_EQ(SNP_RMP_RAW_ASSIGNED, self->w.rmp[77].lo);
}

TEST_F(platform, init_ex_refuses_a_range_beyond_52_bits)
{
	struct snp_fw_range *r = put_ranges(&self->w, 1);
	struct asp_config cfg = world_config(false);
	const char *err;

	cfg.cbit = 40;
	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	r[0] = (struct snp_fw_range){ .base = 0xffffffff7f000ULL, .nr_pages = 0xffffffff };
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, INIT_LIST(SPA_LIST));
}

TEST_F(platform, snp_status_before_init_goes_to_any_memory)
{
	struct snp_fw_snp_status *s = (void *)(self->w.mem + SPA_OUT + 0x10);

	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_OUT + 0x10));
	EXPECT_EQ(1, s->api_major);
	EXPECT_EQ(asp_config_default(ASP_MILAN).api_minor, s->api_minor);
	EXPECT_EQ(0, s->state);
	EXPECT_EQ(SNP_STATUS_ALIAS_CHECK, s->init_flags);
	EXPECT_EQ(0, s->flags);
	EXPECT_EQ(asp_config_default(ASP_MILAN).current_tcb, s->current_tcb);
	EXPECT_EQ(asp_config_default(ASP_MILAN).committed_tcb, s->reported_tcb);
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, MEM_SIZE - 8));
}

TEST_F(platform, snp_status_after_init_wants_a_firmware_page_and_hands_it_back)
{
	struct snp_fw_snp_status *s = (void *)(self->w.mem + SPA_OUT);

	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_OUT));
	EXPECT_EQ(0, s->api_major);
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_OUT + 0xff0));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_OUT));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_OUT));
	EXPECT_EQ(SNP_STATE_RECLAIM, world_state(&self->w, SPA_OUT));
	EXPECT_EQ(1, s->state);
	EXPECT_EQ(SNP_STATUS_IS_RMP_INIT | SNP_STATUS_ALIAS_CHECK, s->init_flags);
	EXPECT_EQ(0, s->guest_count);
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_OUT));
	world_set_hv(&self->w, SPA_OUT);
	/* Memory that the RMP does not cover needs no state. */
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_DEFAULT));
}

TEST_F(platform, snp_status_page_within_a_2m_page_is_refused)
{
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0, 0, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE,
		  world_cmd_addr(&self->w, SNP_FW_SNP_PLATFORM_STATUS, SPA_2M));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_2M));
}

TEST_F(platform, snp_df_flush_wants_wbinvd_on_all_cores_first)
{
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(0, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	EXPECT_EQ(1, self->w.nr_armed);
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	self->w.wbinvd_done = true;
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
}

TEST_F(platform, wbinvd_seen_is_not_forgotten_when_another_flush_becomes_due)
{
	EXPECT_EQ(0, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	self->w.wbinvd_done = true;
	EXPECT_EQ(0, sev_init(&self->w, 0, 0, 0));
	EXPECT_FALSE(self->w.wbinvd_done);
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, asp_command(self->w.asp, SNP_FW_DF_FLUSH, 0));
	self->w.wbinvd_done = true;
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_DF_FLUSH, 0));
}

TEST_F(platform, shutdown_ex_checks_length_then_flags)
{
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_LEN, shutdown_ex(&self->w, 4, BIT(2)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, shutdown_ex(&self->w, 8, BIT(2)));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, shutdown_ex(&self->w, 8, SNP_SHUTDOWN_EX_X86));
	EXPECT_TRUE(asp_snp_initialised(self->w.asp));
	EXPECT_EQ(0, shutdown_ex(&self->w, 8, SNP_SHUTDOWN_EX_IOMMU));
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
}

TEST_F(platform, shutdown_ex_waits_for_the_legacy_platform)
{
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, sev_init(&self->w, 0, 0, 0));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, shutdown_ex(&self->w, 8, 0));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SHUTDOWN, 0));
	EXPECT_EQ(0, shutdown_ex(&self->w, 8, 0));
}

TEST_F(platform, shutdown_ex_wants_wbinvd_then_df_flush)
{
	EXPECT_EQ(0, INIT_EX(.flags = SNP_INIT_EX_INIT_RMP));
	EXPECT_EQ(SNP_FW_WBINVD_REQUIRED, shutdown_ex(&self->w, 8, 0));
	self->w.wbinvd_done = true;
	EXPECT_EQ(SNP_FW_DFFLUSH_REQUIRED, shutdown_ex(&self->w, 8, 0));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(0, shutdown_ex(&self->w, 8, 0));
}

TEST_F(platform, shutdown_ex_is_refused_while_a_context_exists)
{
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, shutdown_ex(&self->w, 8, 0));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX));
	EXPECT_EQ(0, shutdown_ex(&self->w, 8, 0));
}

TEST_F(platform, legacy_status_tells_state_and_es)
{
	EXPECT_EQ(0, sev_status(&self->w).state);
	EXPECT_EQ(0, sev_init(&self->w, 1, 0x100000, 0x100000));
	EXPECT_EQ(1, sev_status(&self->w).state);
	EXPECT_EQ(BIT(8), sev_status(&self->w).flags);
	EXPECT_EQ(1, sev_status(&self->w).api_major);
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SHUTDOWN, 0));
	EXPECT_EQ(0, sev_status(&self->w).state);
	EXPECT_EQ(0, sev_status(&self->w).flags);
}

TEST_F(platform, legacy_status_with_snp_on_wants_its_buffer_in_firmware_state)
{
	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE,
		  asp_command(self->w.asp, SNP_FW_PLATFORM_STATUS, SPA_CMD));
	world_set_fw(&self->w, SPA_CMD);
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_PLATFORM_STATUS, SPA_CMD));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_CMD));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_PLATFORM_STATUS, SPA_DEFAULT));
}

TEST_F(platform, legacy_init_checks_flags_and_tmr)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, sev_init(&self->w, 2, 0, 0));
	EXPECT_EQ(SNP_FW_INVALID_LEN, sev_init(&self->w, 1, 0x100000, 0xff000));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, sev_init(&self->w, 1, 0x180000, 0x100000));
	EXPECT_EQ(0, sev_init(&self->w, 1, 0x100000, 0x100000));
	EXPECT_EQ(SNP_FW_INVALID_PLATFORM_STATE, sev_init(&self->w, 0, 0, 0));
}

TEST_F(platform, legacy_init_with_snp_on_wants_2m_of_firmware_pages)
{
	uint64_t off;

	EXPECT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_LEN, sev_init(&self->w, 1, SPA_2M, 0x100000));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, sev_init(&self->w, 1, SPA_2M, 0x200000));
	for (off = 0; off < SPA_2M - 0x1000; off += 0x1000)
		world_set_fw(&self->w, SPA_2M + off);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, sev_init(&self->w, 1, SPA_2M, 0x200000));
	world_set_fw(&self->w, 2 * SPA_2M - 0x1000);
	EXPECT_EQ(0, sev_init(&self->w, 1, SPA_2M, 0x200000));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SHUTDOWN, 0));
	EXPECT_EQ(0, world_set(&self->w, 3 * SPA_2M, 0, 0, true, true));
	EXPECT_EQ(0, sev_init(&self->w, 1, 3 * SPA_2M, 0x200000));
}

TEST_F(platform, a_part_that_cannot_exist_is_not_built)
{
	struct asp_config cfg = world_config(false);
	const char *err = NULL;

	cfg.max_asid = 1024;
	EXPECT_FALSE(world_new_asp(&self->w, &cfg, &err));
	EXPECT_NE(NULL, err);
	cfg = world_config(false);
	cfg.cbit = 52;
	EXPECT_FALSE(world_new_asp(&self->w, &cfg, &err));
	cfg = world_config(false);
	cfg.pki_dir = "/nonexistent";
	EXPECT_FALSE(world_new_asp(&self->w, &cfg, &err));
	EXPECT_NE(NULL, strstr(err, "chip_id"));
	cfg = world_config(true);
	EXPECT_TRUE(world_new_asp(&self->w, &cfg, &err));
}

TEST_HARNESS_MAIN
