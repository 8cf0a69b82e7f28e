// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID, TSC and migration messages; the limit on messages; what depends on
 * the firmware's version in reports and keys.
 */
#include <kselftest_harness.h>

#include "world.h"

FIXTURE(misc) {
	struct world w;
	struct asp_config cfg;
	struct snp_msg rsp;
	uint64_t seqno;
};

FIXTURE_SETUP(misc)
{
	world_init(&self->w, true);
	self->cfg = world_config(true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	self->seqno = 1;
}

FIXTURE_TEARDOWN(misc)
{
	world_exit(&self->w);
}

/* Another part, with a guest that runs. */
#define RENEW() do { \
	const char *err_; \
	ASSERT_TRUE(world_new_asp(&self->w, &self->cfg, &err_)); \
	ASSERT_EQ(0, world_snp_init(&self->w)); \
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID)); \
	world_set_fw(&self->w, SPA_RSP); \
	self->seqno = 1; \
} while (0)

static uint32_t send(struct world *w, uint64_t *seqno, unsigned int vmpck, unsigned int type,
		     const void *req, size_t len, struct snp_msg *rsp)
{
	uint32_t status;

	world_put_request(w, vmpck, *seqno, type, req, len);
	status = world_guest_request(w, SPA_GCTX);
	if (status)
		return status;
	*seqno += 2;
	return world_get_response(w, vmpck, rsp) > 0 ? 0 : UINT32_MAX;
}

#define SEND(type, req, len) \
	send(&self->w, &self->seqno, 0, type, req, len, &self->rsp)
#define STATUS() (*(uint32_t *)self->rsp.payload)

TEST_F(misc, cpuid_rows_come_back_corrected)
{
	struct snp_cpuid_page page = {
		.count = 2,
		.entry = {
			{ .eax_in = 1, .eax = 0xa00f11 },
			{ .eax_in = 0x8000001f, .eax = 0x12 },
		},
	};
	const struct snp_cpuid_entry *row = (void *)(self->rsp.payload + 16);
	const size_t len = 16 + 2 * 48;

	ASSERT_EQ(0, SEND(SNP_MSG_CPUID_REQ, &page, len));
	EXPECT_EQ(SNP_MSG_CPUID_RSP, self->rsp.hdr.msg_type);
	EXPECT_EQ(len, self->rsp.hdr.msg_size);
	EXPECT_EQ(0, STATUS());
	EXPECT_EQ(2, ((uint32_t *)self->rsp.payload)[1]);
	EXPECT_EQ(0xa00f11, row[0].eax);

	page.entry[1].eax = 0;
	ASSERT_EQ(0, SEND(SNP_MSG_CPUID_REQ, &page, len));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	EXPECT_EQ(0x12, row[1].eax);

	page.count = 3;
	ASSERT_EQ(0, SEND(SNP_MSG_CPUID_REQ, &page, len));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	EXPECT_EQ(16, self->rsp.hdr.msg_size);
	page.count = 0xffffffff;
	ASSERT_EQ(0, SEND(SNP_MSG_CPUID_REQ, &page, len));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
}

TEST_F(misc, tsc_info_tells_the_scale)
{
	uint8_t req[128] = {};
	uint64_t scale;

	ASSERT_EQ(0, SEND(SNP_MSG_TSC_INFO_REQ, req, sizeof(req)));
	EXPECT_EQ(0, STATUS());
	EXPECT_EQ(128, self->rsp.hdr.msg_size);
	memcpy(&scale, self->rsp.payload + 8, 8);
	EXPECT_EQ(1ULL << 32, scale);
	EXPECT_TRUE(snp_report_zero(self->rsp.payload + 16, 112));
	req[127] = 1;
	ASSERT_EQ(0, SEND(SNP_MSG_TSC_INFO_REQ, req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	ASSERT_EQ(0, SEND(SNP_MSG_TSC_INFO_REQ, req, 64));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	req[127] = 0;
	self->cfg = asp_config_default(ASP_GENOA);
	RENEW();
	EXPECT_EQ(200, world_secrets(&self->w)->tsc_factor);
	ASSERT_EQ(0, SEND(SNP_MSG_TSC_INFO_REQ, req, sizeof(req)));
	EXPECT_EQ(200, ((uint32_t *)self->rsp.payload)[6]);
	self->cfg.tsc_khz = 0;
	RENEW();
	ASSERT_EQ(0, SEND(SNP_MSG_TSC_INFO_REQ, req, sizeof(req)));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, STATUS());
}

struct vmrk_req {
	uint64_t gctx_paddr;
	uint8_t reserved[24];
	uint8_t vmrk[32];
};

TEST_F(misc, vmrk_comes_from_the_guests_own_agent)
{
	const struct snp_fw_launch_start start = {
		.gctx_paddr = SPA_GCTX2, .ma_gctx_paddr = SPA_GCTX,
		.policy = POLICY | SNP_POLICY_MIGRATE_MA, .flags = SNP_LAUNCH_START_MA_EN,
	};
	struct vmrk_req req = { .gctx_paddr = SPA_GCTX2, .vmrk = { 1, 2, 3 } };

	ASSERT_EQ(0, SEND(13, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, STATUS());
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	ASSERT_EQ(0, SEND(13, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, STATUS());
	ASSERT_EQ(0, world_cmd(&self->w, SNP_FW_SNP_LAUNCH_START, &start, sizeof(start)));
	ASSERT_EQ(0, SEND(13, &req, sizeof(req)));
	EXPECT_EQ(0, STATUS());
	EXPECT_EQ(14, self->rsp.hdr.msg_type);
	EXPECT_EQ(16, self->rsp.hdr.msg_size);
	/* Not one's own. */
	req.gctx_paddr = SPA_GCTX;
	ASSERT_EQ(0, SEND(13, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, STATUS());
	req.gctx_paddr = SPA_GCTX2;
	req.reserved[23] = 1;
	ASSERT_EQ(0, SEND(13, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	req.reserved[23] = 0;
	ASSERT_EQ(0, SEND(13, &req, 48));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
}

TEST_F(misc, vmrk_is_vmpck_0s_business)
{
	const struct vmrk_req req = { .gctx_paddr = SPA_GCTX };
	uint64_t seqno = 1;

	ASSERT_EQ(0, send(&self->w, &seqno, 1, 13, &req, sizeof(req), &self->rsp));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
}

TEST_F(misc, report_names_the_migration_agent)
{
	const struct snp_fw_launch_start start = {
		.gctx_paddr = SPA_GCTX, .ma_gctx_paddr = SPA_GCTX2,
		.policy = POLICY | SNP_POLICY_MIGRATE_MA, .flags = SNP_LAUNCH_START_MA_EN,
	};
	const struct snp_msg_report_req req = {};
	struct snp_report r;
	const char *err;

	ASSERT_TRUE(world_new_asp(&self->w, &self->cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX2, 0));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	ASSERT_EQ(0, world_cmd(&self->w, SNP_FW_SNP_LAUNCH_START, &start, sizeof(start)));
	ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_SECRETS, 0x90000, ASID);
	ASSERT_EQ(0, world_launch_update(&self->w, SPA_GCTX, SPA_SECRETS, SNP_PAGE_TYPE_SECRETS));
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	world_set_fw(&self->w, SPA_RSP);
	ASSERT_EQ(0, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	memcpy(&r, self->rsp.payload + 0x20, sizeof(r));
	EXPECT_FALSE(snp_report_zero(r.report_id_ma, 32));
	EXPECT_NE(0xff, r.report_id_ma[0] & r.report_id_ma[1] & r.report_id_ma[31]);
	EXPECT_NE(0, memcmp(r.report_id_ma, r.report_id, 32));
}

TEST_F(misc, guest_contexts_cannot_be_exported)
{
	static const struct { uint8_t type; uint16_t req, rsp; } row[] = {
		{ 7, 0x10, 0x320 }, { 9, 0x320, 0x10 }, { 11, 0x320, 0x10 }, { 15, 0x320, 0x10 },
	};
	uint8_t req[0x320] = {};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ASSERT_EQ(0, SEND(row[i].type, req, row[i].req));
		EXPECT_EQ(SNP_FW_UNSUPPORTED, STATUS());
		EXPECT_EQ(row[i].rsp, self->rsp.hdr.msg_size);
		EXPECT_EQ(row[i].type + 1, self->rsp.hdr.msg_type);
	}
}

TEST_F(misc, messages_come_no_faster_than_allowed)
{
	const struct snp_msg_report_req req = {};
	unsigned int i;

	self->cfg.msg_burst = 2;
	self->cfg.msg_interval_ms = 100;
	self->w.now_ms = 5000;
	RENEW();
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	self->w.now_ms += 99;
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	/* No counter has moved: the same request is answered when its time has come. */
	self->w.now_ms += 1;
	EXPECT_EQ(0, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	/* However long it was silent, a guest saves up no more than the burst. */
	self->w.now_ms += 100000;
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_RESOURCE_LIMIT, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
}

TEST_F(misc, report_version_follows_the_firmware)
{
	static const struct { uint8_t minor; uint32_t version; } row[] = {
		{ 51, 2 }, { 55, 2 }, { 56, 3 }, { 57, 3 }, { 58, 5 }, { 60, 5 },
	};
	const struct snp_msg_report_req req = {};
	struct snp_report r;
	size_t i;

	self->cfg.mit_verified = 6;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *err;

		self->cfg.api_minor = row[i].minor;
		ASSERT_TRUE(world_new_asp(&self->w, &self->cfg, &err));
		ASSERT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_INIT, 0));
		ASSERT_EQ(0, world_flush(&self->w));
		ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
		world_set_fw(&self->w, SPA_RSP);
		self->seqno = 1;
		ASSERT_EQ(0, SEND(SNP_MSG_REPORT_REQ, &req, sizeof(req)));
		memcpy(&r, self->rsp.payload + 0x20, sizeof(r));
		EXPECT_EQ(row[i].version, r.version);
		EXPECT_EQ(SNP_REPORT_OK, snp_report_check(&r, sizeof(r)));
		EXPECT_EQ(row[i].version < 3 ? 0 : 0x19, r.cpuid_family);
		EXPECT_EQ(row[i].version < 5 ? 0 : 6, r.launch_mit_vector);
		EXPECT_EQ(row[i].version < 5 ? 0 : 6, r.current_mit_vector);
	}
}

TEST_F(misc, launch_mitigations_can_be_mixed_into_keys)
{
	struct {
		struct snp_msg_key_req v1;
		uint64_t mit, reserved;
	} req = { .v1.guest_field_select = BIT_ULL(6), .mit = 2 };
	uint8_t two[32], six[32];

	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	self->cfg.api_minor = 58;
	self->cfg.mit_verified = 6;
	RENEW();
	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req)));
	EXPECT_EQ(0, STATUS());
	memcpy(two, self->rsp.payload + 0x20, 32);
	req.mit = 6;
	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req)));
	memcpy(six, self->rsp.payload + 0x20, 32);
	EXPECT_NE(0, memcmp(two, six, 32));
	req.mit = 8;
	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	/* The old form has no such field. */
	req.mit = 0;
	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req.v1)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, STATUS());
	req.v1.guest_field_select = 0;
	ASSERT_EQ(0, SEND(SNP_MSG_KEY_REQ, &req, sizeof(req.v1)));
	EXPECT_EQ(0, STATUS());
}

TEST_HARNESS_MAIN
