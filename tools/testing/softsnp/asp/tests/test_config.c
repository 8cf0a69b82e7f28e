// SPDX-License-Identifier: GPL-2.0-only
/*
 * Products, TCBs, SNP_CONFIG, features, mitigations, GET_ID, shutdown forms.
 */
#include <kselftest_harness.h>
#include <snp/fw_platform.h>

#include "world.h"

#define TCB		0xdb1b000000000004ULL
#define LOWER_TCB	0xdb1a000000000004ULL

FIXTURE(config) {
	struct world w;
	struct asp_config cfg;
	const char *err;
};

FIXTURE_SETUP(config)
{
	world_init(&self->w, true);
	self->cfg = world_config(true);
	self->err = NULL;
}

FIXTURE_TEARDOWN(config)
{
	world_exit(&self->w);
}

#define RENEW() ASSERT_TRUE(world_new_asp(&self->w, &self->cfg, &self->err)) \
	TH_LOG("%s", self->err)

static struct snp_fw_snp_status status(struct world *w)
{
	struct snp_fw_snp_status s;

	world_cmd_addr(w, SNP_FW_SNP_PLATFORM_STATUS, SPA_DEFAULT);
	memcpy(&s, w->mem + SPA_DEFAULT, sizeof(s));
	return s;
}

static uint32_t set_config(struct world *w, struct snp_fw_config in)
{
	return world_cmd(w, SNP_FW_SNP_CONFIG, &in, sizeof(in));
}

#define CONFIG(...) set_config(&self->w, (struct snp_fw_config){ __VA_ARGS__ })

TEST_F(config, product_decides_layout_signature_and_id_length)
{
	static const struct { const char *name; uint64_t tcb; uint32_t fms; } row[] = {
		{ "Milan", 0xdb1b000000000004, 0xa00f11 },
		{ "genoa", 0xdb1b000000000004, 0xa10f11 },
		{ "TURIN", 0xdb0000001b000400, 0xb00f21 },
	};
	enum asp_product product;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(asp_product_find(row[i].name, &product));
		EXPECT_EQ(i, product);
		EXPECT_EQ(0, strcasecmp(row[i].name, asp_product_name(product)));
		EXPECT_EQ(row[i].tcb, asp_config_default(product).current_tcb);
		EXPECT_EQ(row[i].tcb, asp_config_default(product).committed_tcb);
		EXPECT_EQ(row[i].fms, asp_config_default(product).cpuid_fms);
	}
	EXPECT_FALSE(asp_product_find("Rome", &product));
}

#define REFUSED(text, ...) do { \
	self->cfg = world_config(true); \
	__VA_ARGS__; \
	EXPECT_FALSE(world_new_asp(&self->w, &self->cfg, &self->err)); \
	EXPECT_NE(NULL, strstr(self->err, text)) TH_LOG("%s", self->err); \
} while (0)

TEST_F(config, part_that_cannot_exist_is_refused)
{
	REFUSED("no such product", self->cfg.product = 3);
	REFUSED("no component", self->cfg.current_tcb = 0x1b000404);
	REFUSED("no component", self->cfg.product = ASP_TURIN);
	REFUSED("committed TCB is above", self->cfg.current_tcb = LOWER_TCB);
	REFUSED("reported TCB is above", self->cfg.reported_tcb = TCB + 1);
	REFUSED("newer", self->cfg.committed_major = 1; self->cfg.committed_minor = 58);
	REFUSED("needs an interval", self->cfg.msg_burst = 1);
	REFUSED("longer", self->cfg = asp_config_default(ASP_TURIN); self->cfg.chip_id[8] = 1);
}

TEST_F(config, four_tcbs_are_told_apart)
{
	const struct snp_report *r;
	struct snp_msg rsp;
	const struct snp_msg_report_req req = {};

	self->cfg.current_tcb = 0xdb1e000000000004;
	self->cfg.committed_tcb = 0xdb1d000000000004;
	self->cfg.reported_tcb = 0xdb1c000000000004;
	self->cfg.launch_tcb = 0xdb1b000000000004;
	self->cfg.committed_major = 1;
	self->cfg.committed_minor = 55;
	self->cfg.committed_build = 9;
	RENEW();
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0xdb1e000000000004, status(&self->w).current_tcb);
	EXPECT_EQ(0xdb1c000000000004, status(&self->w).reported_tcb);
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_RSP);
	world_put_request(&self->w, 0, 1, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	ASSERT_EQ(0, world_guest_request(&self->w, SPA_GCTX));
	ASSERT_LT(0, world_get_response(&self->w, 0, &rsp));
	r = (const void *)(rsp.payload + 0x20);
	EXPECT_EQ(0xdb1e000000000004, r->current_tcb);
	EXPECT_EQ(0xdb1d000000000004, r->committed_tcb);
	EXPECT_EQ(0xdb1c000000000004, r->reported_tcb);
	EXPECT_EQ(0xdb1b000000000004, r->launch_tcb);
	EXPECT_EQ(57, r->current_minor);
	EXPECT_EQ(55, r->committed_minor);
	EXPECT_EQ(9, r->committed_build);
}

TEST_F(config, reported_tcb_is_bounded_in_each_component)
{
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, CONFIG(.reported_tcb = LOWER_TCB));
	EXPECT_EQ(LOWER_TCB, status(&self->w).reported_tcb);
	/* A larger integer, yet lower: and the other way round. */
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = 0xda1c000000000004));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = TCB + 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = TCB + 0x100));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = TCB + (1ULL << 48)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = TCB + (1ULL << 56)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = 1ULL << 16));
	EXPECT_EQ(LOWER_TCB, status(&self->w).reported_tcb);
	EXPECT_EQ(0, CONFIG(.reported_tcb = 0));
	EXPECT_EQ(TCB, status(&self->w).reported_tcb);
}

TEST_F(config, turin_bounds_the_fmc_too)
{
	self->cfg = asp_config_default(ASP_TURIN);
	self->cfg.current_tcb = 0xdb0000001b000402;
	self->cfg.committed_tcb = 0xdb0000001b000402;
	RENEW();
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, CONFIG(.reported_tcb = 0xdb0000001b000401));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = 0xdb0000001b000403));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reported_tcb = 0xdb1b000000000004));
}

TEST_F(config, config_refuses_reserved_fields_and_changes_nothing)
{
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, CONFIG(.flags = SNP_CONFIG_MASK_CHIP_ID, .reported_tcb = LOWER_TCB));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.flags = BIT(2)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.reserved = { [51] = 1 }));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, CONFIG(.flags = 2, .reported_tcb = TCB + 1));
	EXPECT_EQ(LOWER_TCB, status(&self->w).reported_tcb);
	EXPECT_EQ(SNP_STATUS_FEATURE_INFO | SNP_STATUS_MASK_CHIP_ID, status(&self->w).flags);
}

static uint32_t shutdown_ex(struct world *w, uint32_t flags)
{
	const struct snp_fw_shutdown_ex in = { sizeof(in), flags };

	return world_cmd(w, SNP_FW_SNP_SHUTDOWN_EX, &in, sizeof(in));
}

TEST_F(config, next_init_takes_the_configuration_back)
{
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, CONFIG(.flags = 3, .reported_tcb = LOWER_TCB));
	EXPECT_EQ(0, shutdown_ex(&self->w, 0));
	EXPECT_EQ(LOWER_TCB, status(&self->w).reported_tcb);
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(TCB, status(&self->w).reported_tcb);
	EXPECT_EQ(SNP_STATUS_FEATURE_INFO, status(&self->w).flags);
}

static uint32_t feature_info(struct world *w, uint32_t length, uint32_t ecx, uint64_t spa)
{
	const struct snp_fw_feature_info in = { length, ecx, spa };

	return world_cmd(w, SNP_FW_SNP_FEATURE_INFO, &in, sizeof(in));
}

static struct snp_fw_feature_regs regs(struct world *w)
{
	struct snp_fw_feature_regs r;

	memset(w->mem + SPA_DEFAULT, 0xff, sizeof(r));
	feature_info(w, 16, 0, SPA_DEFAULT);
	memcpy(&r, w->mem + SPA_DEFAULT, sizeof(r));
	return r;
}

TEST_F(config, features_are_the_products)
{
	EXPECT_EQ(0, regs(&self->w).eax);
	EXPECT_EQ(0, regs(&self->w).ebx);
	EXPECT_EQ(BIT(1) | BIT(2) | BIT(5), regs(&self->w).ecx);
	self->cfg = asp_config_default(ASP_TURIN);
	self->cfg.api_minor = 58;
	RENEW();
	EXPECT_EQ(BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(13), regs(&self->w).ecx);
	EXPECT_TRUE(status(&self->w).flags & SNP_STATUS_CIPHERTEXT_HIDING_CAP);
}

TEST_F(config, feature_info_checks_length_leaf_address_state)
{
	EXPECT_EQ(SNP_FW_INVALID_LEN, feature_info(&self->w, 8, 1, SPA_OUT));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, feature_info(&self->w, 16, 1, SPA_OUT + 4));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, feature_info(&self->w, 16, 0, SPA_OUT + 4));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, feature_info(&self->w, 16, 0, SPA_OUT + 0xff8));
	EXPECT_EQ(0, feature_info(&self->w, 16, 0, SPA_OUT + 8));
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, feature_info(&self->w, 16, 0, SPA_OUT));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, feature_info(&self->w, 16, 0, SPA_OUT));
}

TEST_F(config, older_firmware_lacks_the_newer_commands)
{
	const struct snp_fw_init_ex in = { .flags = SNP_INIT_EX_INIT_RMP };

	self->cfg.api_minor = 55;
	RENEW();
	EXPECT_EQ(SNP_FW_INVALID_COMMAND, feature_info(&self->w, 16, 0, SPA_OUT));
	EXPECT_EQ(0, status(&self->w).flags);
	self->cfg.api_minor = 51;
	RENEW();
	EXPECT_EQ(SNP_FW_INVALID_COMMAND,
		  world_cmd(&self->w, SNP_FW_SNP_INIT_EX, &in, sizeof(in)));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_INIT, 0));
	EXPECT_TRUE(asp_snp_initialised(self->w.asp));
	EXPECT_EQ(0, world_flush(&self->w));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_SHUTDOWN, 0));
	EXPECT_FALSE(asp_snp_initialised(self->w.asp));
}

static uint32_t mitigation(struct world *w, struct snp_fw_verify_mitigation in)
{
	in.length = in.length ? in.length : sizeof(in);
	return world_cmd(w, SNP_FW_SNP_VERIFY_MITIGATION, &in, sizeof(in));
}

#define MITIGATION(...) \
	mitigation(&self->w, (struct snp_fw_verify_mitigation){ __VA_ARGS__ })

TEST_F(config, mitigations_are_told_and_verified)
{
	const struct snp_fw_mitigation_result *r = (void *)(self->w.mem + SPA_OUT);

	EXPECT_EQ(SNP_FW_INVALID_COMMAND, MITIGATION(.subcommand = 0));
	self->cfg.api_minor = 58;
	self->cfg.mit_supported = 0x16;
	self->cfg.mit_verified = 2;
	RENEW();
	EXPECT_EQ(SNP_FW_INVALID_LEN, MITIGATION(.length = 0x38, .reserved0 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.reserved0 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.reserved1 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.reserved2 = { [23] = 1 }));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.flags = BIT(2)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.subcommand = 2));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, MITIGATION(.flags = SNP_MITIGATION_SRC_EN));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, MITIGATION(.flags = SNP_MITIGATION_DST_EN,
						     .dst_paddr = SPA_OUT + 8));
	EXPECT_EQ(0, MITIGATION(.flags = SNP_MITIGATION_DST_EN, .dst_paddr = SPA_OUT));
	EXPECT_EQ(2, r->verified);
	EXPECT_EQ(0x16, r->supported);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.subcommand = 1, .vector = 8));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MITIGATION(.subcommand = 1, .vector = 0));
	EXPECT_EQ(0, MITIGATION(.subcommand = 1, .vector = 4));
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, MITIGATION(.flags = SNP_MITIGATION_DST_EN,
							.dst_paddr = SPA_OUT));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, MITIGATION(.flags = SNP_MITIGATION_DST_EN, .dst_paddr = SPA_OUT));
	EXPECT_EQ(6, r->verified);
	EXPECT_EQ(0, r->failure_status);
}

TEST_F(config, get_id_tells_the_chip_id_or_its_length)
{
	struct snp_fw_get_id in = { SPA_OUT, 63 };
	uint8_t id[64];

	EXPECT_EQ(SNP_FW_INVALID_LEN, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	memcpy(&in, self->w.mem + SPA_CMD, sizeof(in));
	EXPECT_EQ(64, in.len);
	in.paddr = SPA_OUT + 4;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	in.paddr = SPA_OUT;
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	ASSERT_EQ(64, world_pki_file("chip_id", id, sizeof(id)));
	EXPECT_EQ(0, memcmp(id, self->w.mem + SPA_OUT, 64));
	/* With SNP both buffers are the firmware's. */
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	world_set_fw(&self->w, SPA_CMD);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	world_set_fw(&self->w, SPA_OUT);
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
}

TEST_F(config, configured_chip_id_takes_precedence)
{
	struct snp_fw_get_id in = { SPA_OUT, 64 };

	self->cfg.chip_id[0] = 0x77;
	RENEW();
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_GET_ID, &in, sizeof(in)));
	EXPECT_EQ(0x77, self->w.mem[SPA_OUT]);
	EXPECT_EQ(0, self->w.mem[SPA_OUT + 1]);
}

static uint32_t init_ex(struct world *w, uint32_t flags, uint16_t max_asid)
{
	const struct snp_fw_init_ex in = { .flags = flags | 1, .max_snp_asid = max_asid };

	return world_cmd(w, SNP_FW_SNP_INIT_EX, &in, sizeof(in));
}

TEST_F(config, ciphertext_hiding_splits_the_asids)
{
	const uint32_t hide = SNP_INIT_EX_CIPHERTEXT_HIDING;

	EXPECT_EQ(SNP_FW_UNSUPPORTED, init_ex(&self->w, hide, 10));
	self->cfg = asp_config_default(ASP_TURIN);
	RENEW();
	EXPECT_EQ(SNP_FW_INVALID_PARAM, init_ex(&self->w, hide, 0));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, init_ex(&self->w, hide, 100));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, init_ex(&self->w, 0, 10));
	EXPECT_EQ(0, init_ex(&self->w, hide, 10));
	EXPECT_TRUE(status(&self->w).flags & SNP_STATUS_CIPHERTEXT_HIDING_EN);
	ASSERT_EQ(0, world_flush(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX,
					POLICY | SNP_POLICY_CIPHERTEXT_HIDING));
	EXPECT_EQ(SNP_FW_INVALID_ASID, world_activate(&self->w, SPA_GCTX, 11));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, 10));
}

TEST_F(config, rapl_is_off_until_shutdown)
{
	ASSERT_EQ(0, init_ex(&self->w, SNP_INIT_EX_RAPL_DIS, 0));
	ASSERT_EQ(0, world_flush(&self->w));
	EXPECT_TRUE(status(&self->w).flags & SNP_STATUS_RAPL_DIS);
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY | SNP_POLICY_RAPL_DIS));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX));
	EXPECT_EQ(0, shutdown_ex(&self->w, 0));
	EXPECT_FALSE(status(&self->w).flags & SNP_STATUS_RAPL_DIS);
	self->cfg.features = 0;
	RENEW();
	EXPECT_EQ(SNP_FW_UNSUPPORTED, init_ex(&self->w, SNP_INIT_EX_RAPL_DIS, 0));
}

TEST_F(config, cxl_memory_wants_a_policy_that_allows_it)
{
	self->cfg.features = ASP_FEATURE_CXL | ASP_FEATURE_AES_256_XTS;
	RENEW();
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, world_launch_start(&self->w, SPA_GCTX, POLICY));
	EXPECT_EQ(0, world_launch_start(&self->w, SPA_GCTX, POLICY | SNP_POLICY_CXL_ALLOW |
					SNP_POLICY_MEM_AES_256_XTS));
}

TEST_F(config, x86_shutdown_clears_snp_en_and_forgets_the_rmp)
{
	const struct snp_fw_init_ex in = {};

	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, shutdown_ex(&self->w, SNP_SHUTDOWN_EX_IOMMU));
	EXPECT_FALSE(self->w.snp_disabled);
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(0, shutdown_ex(&self->w, SNP_SHUTDOWN_EX_IOMMU | SNP_SHUTDOWN_EX_X86));
	EXPECT_TRUE(self->w.snp_disabled);
	EXPECT_EQ(SNP_FW_RMP_INIT_REQUIRED,
		  world_cmd(&self->w, SNP_FW_SNP_INIT_EX, &in, sizeof(in)));
}

TEST_HARNESS_MAIN
