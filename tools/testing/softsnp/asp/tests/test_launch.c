// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch commands, the digest, the pages that the firmware makes.
 */
#include <kselftest_harness.h>
#include <openssl/sha.h>

#include "world.h"

#define UPDATE(...) launch_update(&self->w, (struct snp_fw_launch_update){ __VA_ARGS__ })
#define TYPE(t) FIELD_PREP(SNP_LAUNCH_UPDATE_PAGE_TYPE, SNP_PAGE_TYPE_##t)

static uint32_t launch_update(struct world *w, struct snp_fw_launch_update in)
{
	in.gctx_paddr = SPA_GCTX;
	if (!in.paddr)
		in.paddr = SPA_PAGE;
	return world_cmd(w, SNP_FW_SNP_LAUNCH_UPDATE, &in, sizeof(in));
}

/* The digest that the running guest's report states. */
static void reported_digest(struct world *w, uint8_t digest[48])
{
	const struct snp_msg_report_req req = {};
	struct snp_msg rsp = {};

	memset(digest, 0, 48);
	world_set_fw(w, SPA_RSP);
	world_put_request(w, 0, 1, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	if (!world_guest_request(w, SPA_GCTX) && world_get_response(w, 0, &rsp) > 0)
		memcpy(digest, rsp.payload + 0x20 + 0x90, 48);
}

/*
 * One link of the chain as the specification draws it: a 0x70-byte record by
 * offsets, not by the structure that the model uses.
 */
static void extend(uint8_t ld[48], unsigned int type, uint64_t gpa, const uint8_t *page,
		   uint32_t perms)
{
	uint8_t rec[0x70] = {};
	unsigned int i;

	memcpy(rec, ld, 48);
	if (page)
		SHA384(page, 4096, rec + 0x30);
	rec[0x60] = 0x70;
	rec[0x62] = type;
	/* VMPL3 first, as public calculators name the bytes. */
	rec[0x64] = perms >> 24;
	rec[0x65] = perms >> 16;
	rec[0x66] = perms >> 8;
	for (i = 0; i < 8; i++)
		rec[0x68 + i] = gpa >> (8 * i);
	SHA384(rec, sizeof(rec), ld);
}

FIXTURE(launch) {
	struct world w;
};

FIXTURE_SETUP(launch)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
}

FIXTURE_TEARDOWN(launch)
{
	world_exit(&self->w);
}

static uint32_t start(struct world *w, struct snp_fw_launch_start in)
{
	in.gctx_paddr = SPA_GCTX;
	return world_cmd(w, SNP_FW_SNP_LAUNCH_START, &in, sizeof(in));
}

#define START(...) start(&self->w, (struct snp_fw_launch_start){ __VA_ARGS__ })

TEST_F(launch, start_refuses_reserved_flags_then_impossible_clocks)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, START(.policy = POLICY, .flags = BIT(2) | BIT(0)));
	/* 8 bits before the point. */
	EXPECT_EQ(SNP_FW_INVALID_PARAM, START(.policy = POLICY, .desired_tsc_khz = 512000000));
	EXPECT_EQ(0, START(.policy = POLICY, .desired_tsc_khz = 511000000));
}

TEST_F(launch, start_without_secure_tsc_has_no_clock_to_choose)
{
	struct asp_config cfg = world_config(true);
	const char *err;

	cfg.tsc_khz = 0;
	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	EXPECT_EQ(SNP_FW_UNSUPPORTED, START(.policy = POLICY, .desired_tsc_khz = 2000000));
	EXPECT_EQ(0, START(.policy = POLICY));
}

TEST_F(launch, start_checks_the_migration_agent)
{
	const uint64_t policy = POLICY | SNP_POLICY_MIGRATE_MA;

#define START_MA(p, ma) START(.policy = p, .flags = SNP_LAUNCH_START_MA_EN, .ma_gctx_paddr = ma)
	EXPECT_EQ(SNP_FW_INVALID_GUEST, START_MA(policy, SPA_GCTX2));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, START_MA(policy, SPA_GCTX2 + 8));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, START_MA(policy, SPA_GCTX2));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, START_MA(policy, SPA_GCTX));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX2, 0));
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, START_MA(POLICY, SPA_GCTX2));
	EXPECT_EQ(0, START_MA(policy, SPA_GCTX2));
}

TEST_F(launch, image_pages_extend_their_own_digest)
{
	uint8_t ld[48] = {}, seen[48];

	EXPECT_EQ(0, START(.policy = POLICY, .flags = SNP_LAUNCH_START_IMI_EN));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_SECRETS, 0xb000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(SECRETS), .paddr = SPA_SECRETS));
	extend(ld, 5, 0xb000, NULL, 0);
	EXPECT_EQ(1, world_secrets(&self->w)->flags);
	world_set_pre_guest(&self->w, SPA_PAGE, 0x1000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(NORMAL) | SNP_LAUNCH_UPDATE_IMI_PAGE));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	reported_digest(&self->w, seen);
	EXPECT_EQ(0, memcmp(ld, seen, 48));
}

TEST_F(launch, vmsa_with_secure_tsc_gets_the_guests_clock)
{
	const uint64_t feature = BIT_ULL(9);
	uint64_t seen[2];

	EXPECT_EQ(0, START(.policy = POLICY, .desired_tsc_khz = 3000000));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	memset(self->w.mem + SPA_PAGE, 0, 0x2000);
	memset(self->w.mem + SPA_PAGE + 0x2f0, 0xee, 16);
	memset(self->w.mem + SPA_PAGE + 0x12f0, 0xee, 16);
	memcpy(self->w.mem + SPA_PAGE + 0x3b0, &feature, 8);
	world_set_pre_guest(&self->w, SPA_PAGE, SNP_VMSA_GPA, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(VMSA)));
	memcpy(seen, self->w.mem + SPA_PAGE + 0x2f0, 16);
	EXPECT_EQ(0x180000000, seen[0]);
	EXPECT_EQ(0, seen[1]);
	/* Without the feature a VMSA is the host's. */
	world_set_pre_guest(&self->w, SPA_PAGE + 0x1000, SNP_VMSA_GPA, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(VMSA), .paddr = SPA_PAGE + 0x1000));
	EXPECT_EQ(0xee, self->w.mem[SPA_PAGE + 0x12f0]);
}

TEST_F(launch, start_happens_once)
{
	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, START(.policy = POLICY));
}

TEST_F(launch, start_refuses_a_policy_that_the_platform_cannot_keep)
{
	static const struct { uint64_t policy; uint32_t status; } row[] = {
		{ 0x10000, SNP_FW_POLICY_FAILURE },			/* bit 17 */
		{ 0x20000, SNP_FW_POLICY_FAILURE },			/* SMT is on */
		{ POLICY | BIT_ULL(22), SNP_FW_POLICY_FAILURE },	/* AES-256-XTS */
		{ POLICY | BIT_ULL(23), SNP_FW_POLICY_FAILURE },	/* RAPL */
		{ POLICY | BIT_ULL(24), SNP_FW_POLICY_FAILURE },	/* ciphertext hiding */
		{ POLICY | BIT_ULL(25), SNP_FW_POLICY_FAILURE },	/* since ABI 1.58 */
		{ POLICY | BIT_ULL(26), SNP_FW_POLICY_FAILURE },
		{ POLICY | BIT_ULL(63), SNP_FW_POLICY_FAILURE },
		{ POLICY | 0x013a, SNP_FW_POLICY_FAILURE },		/* ABI 1.58 */
		{ POLICY | 0x0200, SNP_FW_POLICY_FAILURE },		/* ABI 2.0 */
		{ POLICY | 0x0139 | BIT_ULL(18) | BIT_ULL(19) | BIT_ULL(20) | BIT_ULL(21), 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		EXPECT_EQ(row[i].status, START(.policy = row[i].policy))
			TH_LOG("policy 0x%llx", (unsigned long long)row[i].policy);
	}
}

TEST_F(launch, update_refuses_reserved_fields_and_unknown_types)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL) | BIT(5)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL), .reserved0 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL), .reserved1 = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL), .vmpl_perms = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL), .vmpl_perms = 0x2000));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = 0));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = 7 << 1));
	/* An image page without an image. */
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(NORMAL) | BIT(4)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(VMSA) | 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(SECRETS) | 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID) | 1));
}

TEST_F(launch, update_checks_page_then_guest)
{
	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, UPDATE(.flags = TYPE(NORMAL), .paddr = SPA_PAGE + 8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, UPDATE(.flags = TYPE(NORMAL) | 1));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, UPDATE(.flags = TYPE(NORMAL)));
	world_set_pre_guest(&self->w, SPA_PAGE, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INACTIVE, UPDATE(.flags = TYPE(NORMAL)));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID + 1));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, UPDATE(.flags = TYPE(NORMAL)));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA_PAGE));
}

TEST_F(launch, update_compares_page_sizes)
{
	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0x200000, ASID, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, UPDATE(.flags = TYPE(NORMAL), .paddr = SPA_2M));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE,
		  UPDATE(.flags = TYPE(NORMAL), .paddr = SPA_2M + 0x1000));
	world_set_pre_guest(&self->w, 2 * SPA_2M, 0x400000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, UPDATE(.flags = TYPE(NORMAL) | 1, .paddr = 2 * SPA_2M));
	EXPECT_EQ(0, UPDATE(.flags = TYPE(NORMAL) | 1, .paddr = SPA_2M));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_2M + 0x1ff000));
}

TEST_F(launch, update_belongs_between_start_and_finish)
{
	world_set_pre_guest(&self->w, SPA_PAGE, 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, UPDATE(.flags = TYPE(NORMAL)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_launch_finish(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, UPDATE(.flags = TYPE(NORMAL)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE, world_launch_finish(&self->w, SPA_GCTX, 0));
}

TEST_F(launch, finish_refuses_reserved_flags)
{
	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, world_launch_finish(&self->w, SPA_GCTX, BIT_ULL(3)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, world_launch_finish(&self->w, SPA_GCTX, 2));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
}

TEST_F(launch, digest_is_the_chain_over_all_page_types)
{
	uint8_t ld[48] = {}, seen[48], vmsa[4096];
	uint64_t spa = SPA_PAGE, i;

	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));

	/* Content that differs from page to page, and from what zeros would give. */
	for (i = 0; i < 5 * 4096; i++)
		self->w.mem[SPA_PAGE + i] = i * 7 + (i >> 12);
	/* The VMSA: without Secure TSC. */
	memset(self->w.mem + SPA_PAGE + 0x43b0, 0, 8);
	for (i = 0; i < SPA_2M; i++)
		self->w.mem[SPA_2M + i] = i * 13 + (i >> 12);

	world_set_pre_guest(&self->w, spa, 0x8000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(NORMAL), .vmpl_perms = 0x01030700));
	extend(ld, 1, 0x8000, self->w.mem + spa, 0x01030700);

	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0x600000, ASID, true, true));
	EXPECT_EQ(0, UPDATE(.flags = TYPE(NORMAL) | 1, .paddr = SPA_2M));
	for (i = 0; i < 512; i++)
		extend(ld, 1, 0x600000 + i * 4096, self->w.mem + SPA_2M + i * 4096, 0);

	spa += 0x1000;
	world_set_pre_guest(&self->w, spa, 0x9000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(ZERO), .paddr = spa));
	extend(ld, 3, 0x9000, NULL, 0);
	EXPECT_EQ(0, self->w.mem[spa + 5] | self->w.mem[spa + 4095]);

	spa += 0x1000;
	world_set_pre_guest(&self->w, spa, 0xa000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(UNMEASURED), .paddr = spa));
	extend(ld, 4, 0xa000, NULL, 0);
	EXPECT_EQ((uint8_t)(2 * 4096 * 7 + 2), self->w.mem[spa]);

	world_set_pre_guest(&self->w, SPA_SECRETS, 0xb000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(SECRETS), .paddr = SPA_SECRETS));
	extend(ld, 5, 0xb000, NULL, 0);

	spa += 0x1000;
	memset(self->w.mem + spa, 0, 4096);
	world_set_pre_guest(&self->w, spa, 0xc000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(CPUID), .paddr = spa));
	extend(ld, 6, 0xc000, NULL, 0);

	spa += 0x1000;
	world_set_pre_guest(&self->w, spa, SNP_VMSA_GPA, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(VMSA), .paddr = spa));
	memcpy(vmsa, self->w.mem + spa, sizeof(vmsa));
	EXPECT_NE(0, vmsa[0x2f1]);
	memset(vmsa + 0x2f0, 0, 16);
	extend(ld, 2, 0xfffffffff000, vmsa, 0);
	EXPECT_TRUE(self->w.rmp[spa >> 12].lo & SNP_RMP_RAW_VMSA);
	EXPECT_FALSE(self->w.rmp[SPA_PAGE >> 12].lo & SNP_RMP_RAW_VMSA);
	EXPECT_EQ(0x0103071f, self->w.rmp[SPA_PAGE >> 12].hi);

	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	reported_digest(&self->w, seen);
	EXPECT_EQ(0, memcmp(ld, seen, 48));
}

TEST_F(launch, page_that_was_refused_is_not_measured)
{
	uint8_t ld[48] = {}, seen[48];

	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_SECRETS, 0xb000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(SECRETS), .paddr = SPA_SECRETS));
	extend(ld, 5, 0xb000, NULL, 0);
	memset(self->w.mem + SPA_PAGE, 0xff, 4096);
	world_set_pre_guest(&self->w, SPA_PAGE, 0xc000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	reported_digest(&self->w, seen);
	EXPECT_EQ(0, memcmp(ld, seen, 48));
}

TEST_F(launch, large_page_that_fails_half_way_is_not_measured)
{
	uint8_t ld[48] = {}, seen[48];

	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_SECRETS, 0xb000, ASID);
	EXPECT_EQ(0, UPDATE(.flags = TYPE(SECRETS), .paddr = SPA_SECRETS));
	extend(ld, 5, 0xb000, NULL, 0);
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0x200000, ASID, true, true));
	self->w.broken_spa = SPA_2M + 0x9000;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, UPDATE(.flags = TYPE(NORMAL) | 1, .paddr = SPA_2M));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA_2M));
	EXPECT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	reported_digest(&self->w, seen);
	EXPECT_EQ(0, memcmp(ld, seen, 48));
}

TEST_F(launch, secrets_page_has_four_different_keys_and_the_launch_data)
{
	const struct snp_secrets_page *s = world_secrets(&self->w);
	static const uint8_t zero[32];
	unsigned int i, j;

	world_exit(&self->w);
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	memset(self->w.mem + SPA_SECRETS, 0xff, 4096);
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	s = world_secrets(&self->w);

	EXPECT_EQ(3, s->version);
	EXPECT_EQ(0, s->flags);
	EXPECT_EQ(asp_config_default(ASP_MILAN).cpuid_fms, s->fms);
	EXPECT_EQ(1, s->gosvw[0]);
	EXPECT_EQ(3, s->gosvw[2]);
	for (i = 0; i < 4; i++) {
		EXPECT_NE(0, memcmp(zero, s->vmpck[i], 32));
		for (j = 0; j < i; j++)
			EXPECT_NE(0, memcmp(s->vmpck[i], s->vmpck[j], 32));
		EXPECT_EQ(0, s->msg_seqno[i]);
	}
	/* RIP and R15 are protected registers, CR3 is not. */
	EXPECT_TRUE(s->vmsa_tweak_bitmap[0x178 / 64] & BIT(0x178 / 8 % 8));
	EXPECT_TRUE(s->vmsa_tweak_bitmap[0x378 / 64] & BIT(0x378 / 8 % 8));
	EXPECT_FALSE(s->vmsa_tweak_bitmap[0x150 / 64] & BIT(0x150 / 8 % 8));
	EXPECT_EQ(0, s->svsm_size);
	EXPECT_EQ(0, s->reserved3[sizeof(s->reserved3) - 1]);
}

TEST_F(launch, two_guests_have_different_keys_unless_the_seed_is_replayed)
{
	uint8_t first[32], again[32];
	struct asp_config cfg = world_config(true);
	const char *err;

	world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX);
	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	memcpy(first, world_secrets(&self->w)->vmpck[0], 32);

	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	memcpy(again, world_secrets(&self->w)->vmpck[0], 32);
	EXPECT_EQ(0, memcmp(first, again, 32));

	cfg.seed = 0;
	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	EXPECT_NE(0, memcmp(first, world_secrets(&self->w)->vmpck[0], 32));
}

static struct snp_cpuid_page *cpuid_page(struct world *w)
{
	struct snp_cpuid_page *p = (void *)(w->mem + SPA_PAGE);

	memset(p, 0, 4096);
	p->count = 2;
	p->entry[0] = (struct snp_cpuid_entry){ .eax_in = 1, .eax = 0xa00f11, .edx = 5 };
	p->entry[1] = (struct snp_cpuid_entry){ .eax_in = 0x8000001f, .eax = 0x12 };
	return p;
}

TEST_F(launch, cpuid_page_is_refused_with_corrected_values)
{
	struct snp_cpuid_page *p = cpuid_page(&self->w);

	EXPECT_EQ(0, START(.policy = POLICY));
	EXPECT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	world_set_pre_guest(&self->w, SPA_PAGE, 0xc000, ASID);

	p->count = 65;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(64, p->count);
	p = cpuid_page(&self->w);
	p->reserved1 = 1;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(0, p->reserved1);
	p->entry[1].reserved = 9;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(0, p->entry[1].reserved);
	p->entry[1].eax = 0x1;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(0x13, p->entry[1].eax);
	p->count = 3;
	p->entry[2] = p->entry[0];
	p->entry[2].edx = 6;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(5, p->entry[2].edx);
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA_PAGE));

	/* What the firmware corrected, it accepts. */
	EXPECT_EQ(0, UPDATE(.flags = TYPE(CPUID)));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_PAGE));
}

TEST_HARNESS_MAIN
