// SPDX-License-Identifier: GPL-2.0-only
/*
 * State tables: what each command makes of a page in each state, of a guest
 * in each state; unsmashing and fixing of ranges.
 */
#include <kselftest_harness.h>
#include <snp/fw_guest.h>

#include "world.h"

#define SPA_X		0x30000ULL	/* the page that the table is about */
#define SPA_Y		0x31000ULL
#define GPA		0x5000ULL

FIXTURE(state) {
	struct world w;
};

FIXTURE_SETUP(state)
{
	world_init(&self->w, false);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY | SNP_POLICY_DEBUG));
	ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
}

FIXTURE_TEARDOWN(state)
{
	world_exit(&self->w);
}

static uint32_t reclaim(struct world *w)
{
	return world_cmd_addr(w, SNP_FW_SNP_PAGE_RECLAIM, SPA_X);
}

static uint32_t create(struct world *w)
{
	return world_cmd_addr(w, SNP_FW_SNP_GCTX_CREATE, SPA_X);
}

static uint32_t md_init(struct world *w)
{
	const struct snp_fw_page_md_init in = { SPA_GCTX, SPA_X };

	return world_cmd(w, SNP_FW_SNP_PAGE_MD_INIT, &in, sizeof(in));
}

static uint32_t launch_update(struct world *w)
{
	return world_launch_update(w, SPA_GCTX, SPA_X, SNP_PAGE_TYPE_NORMAL);
}

static uint32_t platform_status(struct world *w)
{
	return world_cmd_addr(w, SNP_FW_SNP_PLATFORM_STATUS, SPA_X);
}

static uint32_t guest_status(struct world *w)
{
	const struct snp_fw_guest_status in = { SPA_GCTX, SPA_X };

	return world_cmd(w, SNP_FW_SNP_GUEST_STATUS, &in, sizeof(in));
}

static uint32_t dbg_from(struct world *w)
{
	const struct snp_fw_dbg in = { SPA_GCTX, SPA_X, SPA_Y };

	world_force(w, SPA_Y, SNP_STATE_FIRMWARE, 0, 0);
	return world_cmd(w, SNP_FW_SNP_DBG_DECRYPT, &in, sizeof(in));
}

static uint32_t dbg_into(struct world *w)
{
	const struct snp_fw_dbg in = { SPA_GCTX, SPA_Y, SPA_X };

	world_force(w, SPA_Y, SNP_STATE_HYPERVISOR, 0, 0);
	return world_cmd(w, SNP_FW_SNP_DBG_ENCRYPT, &in, sizeof(in));
}

/* The rows: commands; the columns: status and state afterwards. */
#define NR_STATES	(SNP_STATE_DEFAULT)
#define BAD		SNP_FW_INVALID_PAGE_STATE
static const struct {
	const char *name;
	uint32_t (*run)(struct world *w);
	struct { uint32_t status; enum snp_page_state after; } at[NR_STATES];
} table[] = {
#define HV	SNP_STATE_HYPERVISOR
#define HF	SNP_STATE_HV_FIXED
#define RC	SNP_STATE_RECLAIM
#define FW	SNP_STATE_FIRMWARE
#define CX	SNP_STATE_CONTEXT
#define MD	SNP_STATE_METADATA
#define PG	SNP_STATE_PRE_GUEST
#define GI	SNP_STATE_GUEST_INVALID
#define PS	SNP_STATE_PRE_SWAP
#define GV	SNP_STATE_GUEST_VALID
	/*                   HV         HF         RC         FW         CX
	 *                   MD         PG         GI         PS         GV
	 */
	{ "reclaim", reclaim, {
		{ BAD, HV }, { BAD, HF }, { 0, RC },   { 0, RC },   { BAD, CX },
		{ 0, RC },   { 0, GI },   { BAD, GI }, { 0, GV },   { BAD, GV } } },
	{ "gctx_create", create, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { 0, CX },   { BAD, CX },
		{ BAD, MD }, { BAD, PG }, { BAD, GI }, { BAD, PS }, { BAD, GV } } },
	{ "md_init", md_init, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { 0, MD },   { BAD, CX },
		{ BAD, MD }, { BAD, PG }, { BAD, GI }, { BAD, PS }, { BAD, GV } } },
	{ "launch_update", launch_update, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { BAD, FW }, { BAD, CX },
		{ BAD, MD }, { 0, GV },   { BAD, GI }, { BAD, PS }, { BAD, GV } } },
	{ "platform_status", platform_status, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { 0, RC },   { BAD, CX },
		{ BAD, MD }, { BAD, PG }, { BAD, GI }, { BAD, PS }, { BAD, GV } } },
	{ "guest_status", guest_status, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { 0, FW },   { BAD, CX },
		{ BAD, MD }, { BAD, PG }, { BAD, GI }, { BAD, PS }, { BAD, GV } } },
	{ "dbg_decrypt", dbg_from, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { BAD, FW }, { BAD, CX },
		{ BAD, MD }, { 0, PG },   { 0, GI },   { 0, PS },   { 0, GV } } },
	{ "dbg_encrypt", dbg_into, {
		{ BAD, HV }, { BAD, HF }, { BAD, RC }, { BAD, FW }, { BAD, CX },
		{ BAD, MD }, { 0, PG },   { BAD, GI }, { 0, PS },   { BAD, GV } } },
};

TEST_F(state, commands_take_pages_of_their_states_only)
{
	unsigned int row, s;

	for (row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
		for (s = 0; s < NR_STATES; s++) {
			world_force(&self->w, SPA_X, s, s == MD ? SPA_GCTX : GPA, ASID);
			EXPECT_EQ(table[row].at[s].status, table[row].run(&self->w))
				TH_LOG("%s, state %u", table[row].name, s);
			EXPECT_EQ(table[row].at[s].after, world_state(&self->w, SPA_X))
				TH_LOG("%s, state %u", table[row].name, s);
			/* A context that came to be goes again. */
			if (table[row].run == create && world_state(&self->w, SPA_X) == CX)
				world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_X);
		}
	}
}

static uint32_t start(struct world *w)
{
	return world_launch_start(w, SPA_GCTX2, POLICY);
}

static uint32_t activate(struct world *w)
{
	return world_activate(w, SPA_GCTX2, ASID + 2);
}

static uint32_t update(struct world *w)
{
	world_force(w, SPA_X, PG, GPA, ASID + 2);
	return world_launch_update(w, SPA_GCTX2, SPA_X, SNP_PAGE_TYPE_ZERO);
}

static uint32_t finish(struct world *w)
{
	return world_launch_finish(w, SPA_GCTX2, 0);
}

static uint32_t hv_report(struct world *w)
{
	const struct snp_fw_hv_report_req in = { sizeof(in), 0, SPA_GCTX2, SPA_X };

	world_force(w, SPA_X, FW, 0, 0);
	return world_cmd(w, SNP_FW_SNP_HV_REPORT_REQ, &in, sizeof(in));
}

static uint32_t dbg(struct world *w)
{
	const struct snp_fw_dbg in = { SPA_GCTX2, SPA_X, SPA_Y };

	world_force(w, SPA_X, GV, GPA, ASID + 2);
	world_force(w, SPA_Y, FW, 0, 0);
	return world_cmd(w, SNP_FW_SNP_DBG_DECRYPT, &in, sizeof(in));
}

static uint32_t get_status(struct world *w)
{
	const struct snp_fw_guest_status in = { SPA_GCTX2, SPA_X };

	world_force(w, SPA_X, FW, 0, 0);
	return world_cmd(w, SNP_FW_SNP_GUEST_STATUS, &in, sizeof(in));
}

static uint32_t decommission(struct world *w)
{
	return world_cmd_addr(w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX2);
}

/* A second guest, brought to this state: no context, INIT, LAUNCH, RUNNING. */
static void bring(struct world *w, unsigned int state)
{
	decommission(w);
	world_flush(w);
	world_force(w, SPA_GCTX2, FW, 0, 0);
	if (state > 0)
		world_cmd_addr(w, SNP_FW_SNP_GCTX_CREATE, SPA_GCTX2);
	if (state > 1)
		start(w);
	if (state > 2)
		finish(w);
}

TEST_F(state, commands_take_guests_of_their_states_only)
{
	static const struct {
		const char *name;
		uint32_t (*run)(struct world *w);
		uint32_t status[4];
	} row[] = {
#define NO	SNP_FW_INVALID_GUEST
#define WRONG	SNP_FW_INVALID_GUEST_STATE
		{ "LAUNCH_START", start, { NO, 0, WRONG, WRONG } },
		{ "ACTIVATE", activate, { NO, WRONG, 0, 0 } },
		{ "LAUNCH_UPDATE", update, { NO, WRONG, SNP_FW_INACTIVE, WRONG } },
		{ "LAUNCH_FINISH", finish, { NO, WRONG, 0, WRONG } },
		{ "HV_REPORT_REQ", hv_report, { NO, WRONG, WRONG, 0 } },
		{ "DBG_DECRYPT", dbg, { NO, WRONG, SNP_FW_INACTIVE, SNP_FW_INACTIVE } },
		{ "GUEST_STATUS", get_status, { NO, 0, 0, 0 } },
		{ "DECOMMISSION", decommission, { NO, 0, 0, 0 } },
	};
	unsigned int i, s;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		for (s = 0; s < 4; s++) {
			bring(&self->w, s);
			EXPECT_EQ(row[i].status[s], row[i].run(&self->w))
				TH_LOG("%s, state %u", row[i].name, s);
		}
	}
}

static uint32_t unsmash(struct world *w, uint64_t paddr)
{
	return world_cmd_addr(w, SNP_FW_SNP_PAGE_UNSMASH, paddr);
}

static void fill(struct world *w, enum snp_page_state state, uint64_t gpa)
{
	uint64_t i;

	for (i = 0; i < 512; i++)
		world_force(w, SPA_2M + i * 4096, state, gpa + i * 4096, ASID);
}

TEST_F(state, unsmash_makes_one_page_of_512_immutable_ones)
{
	const struct rmp_store s = world_store(&self->w);
	unsigned int state;

	for (state = 0; state < NR_STATES; state++) {
		bool can = state == FW || state == PG || state == PS;

		fill(&self->w, state, state == MD ? SPA_GCTX : 0x400000);
		if (state == MD)
			continue;
		EXPECT_EQ(can ? 0 : BAD, unsmash(&self->w, SPA_2M | SNP_RECLAIM_2M))
			TH_LOG("state %u", state);
		EXPECT_EQ(state, world_state(&self->w, SPA_2M + 0x5000));
		EXPECT_EQ(can, !!(self->w.rmp[SPA_2M >> 12].lo & SNP_RMP_RAW_PAGESIZE));
	}
	/* It can be taken apart again once it is the guest's. */
	fill(&self->w, PG, 0x400000);
	EXPECT_EQ(0, unsmash(&self->w, SPA_2M));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, unsmash(&self->w, SPA_2M));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_2M | SNP_RECLAIM_2M));
	EXPECT_EQ(0, rmp_psmash(&s, SPA_2M));
	EXPECT_EQ(0x405000, self->w.rmp[(SPA_2M >> 12) + 5].lo & SNP_RMP_RAW_GPA_PFN);
}

TEST_F(state, unsmash_refuses_what_does_not_fit_together)
{
	struct snp_rmp_raw *last = &self->w.rmp[(SPA_2M >> 12) + 511];

	EXPECT_EQ(SNP_FW_INVALID_PARAM, unsmash(&self->w, SPA_2M + 8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, unsmash(&self->w, SPA_2M + 0x1000));
	fill(&self->w, PG, 0x401000);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, unsmash(&self->w, SPA_2M));
	fill(&self->w, PG, 0x400000);
	last->lo += 0x1000;
	EXPECT_EQ(BAD, unsmash(&self->w, SPA_2M));
	fill(&self->w, PG, 0x400000);
	last->lo += BIT_ULL(51);
	EXPECT_EQ(BAD, unsmash(&self->w, SPA_2M));
	fill(&self->w, PG, 0x400000);
	last->hi = 1;
	EXPECT_EQ(BAD, unsmash(&self->w, SPA_2M));
	fill(&self->w, PG, 0x400000);
	last->lo |= SNP_RMP_RAW_VALIDATED;
	EXPECT_EQ(BAD, unsmash(&self->w, SPA_2M));
	fill(&self->w, PG, 0x400000);
	EXPECT_EQ(0, unsmash(&self->w, SPA_2M));
}

static uint32_t set_state(struct world *w, uint64_t base, uint32_t nr_pages)
{
	const struct snp_fw_page_set_state in = { sizeof(in), 0, SPA_LIST };
	struct snp_fw_range_list *l = (void *)(w->mem + SPA_LIST);

	l->nr_ranges = 1;
	l->reserved = 0;
	l->range[0] = (struct snp_fw_range){ .base = base, .nr_pages = nr_pages };
	return world_cmd(w, SNP_FW_SNP_PAGE_SET_STATE, &in, sizeof(in));
}

TEST_F(state, ranges_of_firmware_pages_become_fixed)
{
	fill(&self->w, FW, 0);
	ASSERT_EQ(0, world_set(&self->w, 2 * SPA_2M, 0, 0, true, true));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, set_state(&self->w, SPA_2M + 0x1000, 512));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, set_state(&self->w, SPA_2M, 511));
	EXPECT_EQ(BAD, set_state(&self->w, SPA_2M, 1536));
	EXPECT_EQ(FW, world_state(&self->w, SPA_2M));
	EXPECT_EQ(0, set_state(&self->w, SPA_2M, 1024));
	EXPECT_EQ(HF, world_state(&self->w, SPA_2M));
	EXPECT_EQ(HF, world_state(&self->w, 2 * SPA_2M));
	EXPECT_EQ(HF, world_state(&self->w, 2 * SPA_2M + 0x1ff000));
	EXPECT_EQ(BAD, set_state(&self->w, SPA_2M, 512));
}

TEST_F(state, set_state_checks_length_then_reserved_then_list)
{
	struct snp_fw_page_set_state in = { 8, 1, SPA_LIST + 4 };

	EXPECT_EQ(SNP_FW_INVALID_LEN,
		  world_cmd(&self->w, SNP_FW_SNP_PAGE_SET_STATE, &in, sizeof(in)));
	in.length = sizeof(in);
	EXPECT_EQ(SNP_FW_INVALID_PARAM,
		  world_cmd(&self->w, SNP_FW_SNP_PAGE_SET_STATE, &in, sizeof(in)));
	in.reserved = 0;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  world_cmd(&self->w, SNP_FW_SNP_PAGE_SET_STATE, &in, sizeof(in)));
	world_force(&self->w, SPA_LIST, GV, GPA, ASID);
	in.list_paddr = SPA_LIST;
	EXPECT_EQ(BAD, world_cmd(&self->w, SNP_FW_SNP_PAGE_SET_STATE, &in, sizeof(in)));
}

TEST_HARNESS_MAIN
