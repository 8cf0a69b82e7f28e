// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host learns of a guest and does to it beside launching:
 * SNP_GUEST_STATUS, SNP_ACTIVATE_EX, debugging, SNP_HV_REPORT_REQ.
 */
#include <kselftest_harness.h>
#include <snp/fw_guest.h>

#include "world.h"

#define SPA_X	0x30000ULL
#define SPA_IDS	0x31000ULL

FIXTURE(host) {
	struct world w;
};

FIXTURE_SETUP(host)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
}

FIXTURE_TEARDOWN(host)
{
	world_exit(&self->w);
}

static uint32_t guest_status(struct world *w, uint64_t gctx, uint64_t spa)
{
	const struct snp_fw_guest_status in = { gctx, spa };

	return world_cmd(w, SNP_FW_SNP_GUEST_STATUS, &in, sizeof(in));
}

TEST_F(host, guest_status_follows_the_guest)
{
	const struct snp_guest_status *s = (void *)(self->w.mem + SPA_OUT);

	EXPECT_EQ(SNP_FW_INVALID_GUEST, guest_status(&self->w, SPA_GCTX, SPA_OUT + 4));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, guest_status(&self->w, SPA_GCTX, SPA_OUT + 4));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, guest_status(&self->w, SPA_GCTX, SPA_OUT + 0xff0));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, guest_status(&self->w, SPA_GCTX, SPA_OUT));
	world_set_fw(&self->w, SPA_OUT);
	memset(self->w.mem + SPA_OUT, 0xff, sizeof(*s));
	EXPECT_EQ(0, guest_status(&self->w, SPA_GCTX, SPA_OUT));
	EXPECT_TRUE(snp_report_zero((uint8_t *)s, sizeof(*s)));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, guest_status(&self->w, SPA_GCTX, SPA_OUT));
	EXPECT_EQ(POLICY, s->policy);
	EXPECT_EQ(ASID, s->asid);
	EXPECT_EQ(1, s->state);
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(0, guest_status(&self->w, SPA_GCTX, SPA_OUT));
	EXPECT_EQ(2, s->state);
}

static uint32_t activate_ex(struct world *w, struct snp_fw_activate_ex in)
{
	in.length = in.length ? in.length : sizeof(in);
	in.gctx_paddr = SPA_GCTX;
	in.asid = in.asid ? in.asid : ASID;
	in.ids_paddr = in.ids_paddr ? in.ids_paddr : SPA_IDS;
	return world_cmd(w, SNP_FW_SNP_ACTIVATE_EX, &in, sizeof(in));
}

#define ACTIVATE_EX(...) activate_ex(&self->w, (struct snp_fw_activate_ex){ __VA_ARGS__ })

TEST_F(host, activate_ex_checks_the_list_then_as_activate)
{
	uint32_t *ids = (uint32_t *)(self->w.mem + SPA_IDS);

	ids[0] = 0;
	ids[1] = 3;
	EXPECT_EQ(SNP_FW_INVALID_LEN, ACTIVATE_EX(.length = 0x18, .reserved = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, ACTIVATE_EX(.reserved = 1, .nr_ids = 2));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, ACTIVATE_EX(.nr_ids = 0));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, ACTIVATE_EX(.nr_ids = 1025));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, ACTIVATE_EX(.nr_ids = 2, .ids_paddr = SPA_IDS + 2));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, ACTIVATE_EX(.nr_ids = 2, .ids_paddr = MEM_SIZE));
	world_force(&self->w, SPA_IDS, SNP_STATE_GUEST_VALID, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, ACTIVATE_EX(.nr_ids = 2));
	world_force(&self->w, SPA_IDS, SNP_STATE_HYPERVISOR, 0, 0);
	EXPECT_EQ(SNP_FW_INVALID_GUEST, ACTIVATE_EX(.nr_ids = 2));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, ACTIVATE_EX(.nr_ids = 2));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY));
	ids[1] = 4;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, ACTIVATE_EX(.nr_ids = 2));
	ids[1] = 3;
	EXPECT_EQ(SNP_FW_INVALID_ASID, ACTIVATE_EX(.nr_ids = 2, .asid = 100));
	EXPECT_EQ(0, ACTIVATE_EX(.nr_ids = 2));
	EXPECT_EQ(SNP_FW_ACTIVE, ACTIVATE_EX(.nr_ids = 2));
}

static uint32_t dbg(struct world *w, uint32_t cmd, uint64_t src, uint64_t dst)
{
	const struct snp_fw_dbg in = { SPA_GCTX, src, dst };

	return world_cmd(w, cmd, &in, sizeof(in));
}

#define DECRYPT(src, dst) dbg(&self->w, SNP_FW_SNP_DBG_DECRYPT, src, dst)
#define ENCRYPT(src, dst) dbg(&self->w, SNP_FW_SNP_DBG_ENCRYPT, src, dst)

static uint32_t launch(struct world *w, uint64_t policy)
{
	uint32_t status = world_gctx_create(w, SPA_GCTX);

	if (!status)
		status = world_launch_start(w, SPA_GCTX, policy);
	return status ? status : world_activate(w, SPA_GCTX, ASID);
}

TEST_F(host, debugging_needs_the_policy)
{
	ASSERT_EQ(0, launch(&self->w, POLICY));
	world_force(&self->w, SPA_X, SNP_STATE_GUEST_VALID, 0x1000, ASID);
	memset(self->w.mem + SPA_X, 0x77, 4096);
	/* Pages first, as everywhere. */
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, DECRYPT(SPA_X, SPA_OUT));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, DECRYPT(SPA_X, SPA_OUT));
	EXPECT_EQ(0, self->w.mem[SPA_OUT]);
	world_force(&self->w, SPA_X, SNP_STATE_PRE_GUEST, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, ENCRYPT(SPA_LIST, SPA_X));
	EXPECT_EQ(0x77, self->w.mem[SPA_X]);
}

TEST_F(host, debugging_copies_in_both_directions)
{
	ASSERT_EQ(0, launch(&self->w, POLICY | SNP_POLICY_DEBUG));
	world_force(&self->w, SPA_X, SNP_STATE_GUEST_VALID, 0x1000, ASID);
	memset(self->w.mem + SPA_X, 0x77, 4096);
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, DECRYPT(SPA_X + 8, SPA_OUT));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, DECRYPT(SPA_X, SPA_OUT + 8));
	EXPECT_EQ(0, DECRYPT(SPA_X, SPA_OUT));
	EXPECT_EQ(0x77, self->w.mem[SPA_OUT + 4095]);
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_OUT));

	memset(self->w.mem + SPA_LIST, 0x88, 4096);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, ENCRYPT(SPA_LIST, SPA_X));
	world_force(&self->w, SPA_X, SNP_STATE_PRE_SWAP, 0x1000, ASID);
	EXPECT_EQ(0, ENCRYPT(SPA_LIST, SPA_X));
	EXPECT_EQ(0x88, self->w.mem[SPA_X + 4095]);
	world_force(&self->w, SPA_LIST, SNP_STATE_GUEST_VALID, 0x2000, ASID + 1);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, ENCRYPT(SPA_LIST, SPA_X));
}

TEST_F(host, debugging_keeps_to_the_guests_own_pages)
{
	ASSERT_EQ(0, launch(&self->w, POLICY | SNP_POLICY_DEBUG));
	world_set_fw(&self->w, SPA_OUT);
	world_force(&self->w, SPA_X, SNP_STATE_GUEST_VALID, 0x1000, ASID + 1);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, DECRYPT(SPA_X, SPA_OUT));
	world_force(&self->w, SPA_X, SNP_STATE_PRE_GUEST, 0x1000, ASID + 1);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, ENCRYPT(SPA_LIST, SPA_X));
}

static uint32_t hv_report(struct world *w, uint32_t length, uint32_t flags, uint64_t spa)
{
	const struct snp_fw_hv_report_req in = { length, flags, SPA_GCTX, spa };

	return world_cmd(w, SNP_FW_SNP_HV_REPORT_REQ, &in, sizeof(in));
}

TEST_F(host, report_for_the_host_says_so)
{
	const struct snp_msg_report_rsp *out = (void *)(self->w.mem + SPA_OUT);
	struct snp_report r;

	EXPECT_EQ(SNP_FW_INVALID_LEN, hv_report(&self->w, 0x10, BIT(2), SPA_OUT));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, hv_report(&self->w, 0x18, BIT(2), SPA_OUT));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, hv_report(&self->w, 0x18, 0, SPA_OUT));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, hv_report(&self->w, 0x18, 0, SPA_OUT + 8));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, hv_report(&self->w, 0x18, 0, SPA_OUT));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, hv_report(&self->w, 0x18, 0, SPA_OUT));
	EXPECT_EQ(0, out->status);
	EXPECT_EQ(0x4a0, out->report_size);
	memcpy(&r, out->report, sizeof(r));
	EXPECT_EQ(SNP_REPORT_OK, snp_report_check(&r, sizeof(r)));
	EXPECT_EQ(0xffffffff, r.vmpl);
	EXPECT_TRUE(snp_report_zero(r.report_data, 64));
	EXPECT_FALSE(snp_report_zero(r.signature_r, 48));
	/* What cannot be signed is said inside. */
	EXPECT_EQ(0, hv_report(&self->w, 0x18, 2, SPA_OUT));
	EXPECT_EQ(SNP_FW_INVALID_KEY, out->status);
	EXPECT_EQ(0, out->report_size);
	EXPECT_TRUE(snp_report_zero(out->report, sizeof(r)));
}

TEST_HARNESS_MAIN
