// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metadata pages, swapping out and in, moving.
 */
#include <kselftest_harness.h>
#include <snp/fw_guest.h>

#include "world.h"

#define SPA_MD		0x30000ULL
#define SPA_MD2		0x31000ULL
#define SPA_DISK	0x32000ULL
#define SPA_NEW		0x33000ULL
#define GPA		0x5000ULL
#define PERMS		0x0103071fULL

FIXTURE(swap) {
	struct world w;
};

static uint32_t md_init(struct world *w, uint64_t gctx, uint64_t spa)
{
	const struct snp_fw_page_md_init in = { gctx, spa };

	return world_cmd(w, SNP_FW_SNP_PAGE_MD_INIT, &in, sizeof(in));
}

/* A page of the guest that the host asked back, with content of its own. */
static void pre_swap(struct world *w, uint64_t spa, uint64_t gpa, bool vmsa)
{
	unsigned int i;

	world_force(w, spa, SNP_STATE_PRE_SWAP, gpa, ASID);
	w->rmp[spa >> 12].hi = PERMS;
	if (vmsa)
		w->rmp[spa >> 12].lo |= SNP_RMP_RAW_VMSA;
	for (i = 0; i < 4096; i++)
		w->mem[spa + i] = i * 5 + (i >> 8);
}

FIXTURE_SETUP(swap)
{
	world_init(&self->w, true);
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	world_set_fw(&self->w, SPA_MD);
	memset(self->w.mem + SPA_MD, 0xff, 4096);
	ASSERT_EQ(0, md_init(&self->w, SPA_GCTX, SPA_MD));
	pre_swap(&self->w, SPA_PAGE, GPA, false);
	world_set_fw(&self->w, SPA_DISK);
}

FIXTURE_TEARDOWN(swap)
{
	world_exit(&self->w);
}

static uint32_t swap(struct world *w, uint32_t cmd, struct snp_fw_page_swap in)
{
	in.gctx_paddr = in.gctx_paddr ? in.gctx_paddr : SPA_GCTX;
	return world_cmd(w, cmd, &in, sizeof(in));
}

#define OUT_(...) swap(&self->w, SNP_FW_SNP_PAGE_SWAP_OUT, (struct snp_fw_page_swap){ __VA_ARGS__ })
#define IN_(...) swap(&self->w, SNP_FW_SNP_PAGE_SWAP_IN, (struct snp_fw_page_swap){ __VA_ARGS__ })
#define SWAP_OUT(...) OUT_(.src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK, .mdata_paddr = SPA_MD, \
			   ##__VA_ARGS__)
#define SWAP_IN(...) IN_(.src_paddr = SPA_DISK, .dst_paddr = SPA_NEW, .mdata_paddr = SPA_MD, \
			 ##__VA_ARGS__)
#define AS(t) FIELD_PREP(SNP_SWAP_TYPE, SNP_SWAP_TYPE_##t)

TEST_F(swap, metadata_page_is_empty_and_its_guests)
{
	static const uint8_t zero[4096];

	EXPECT_EQ(SNP_STATE_METADATA, world_state(&self->w, SPA_MD));
	EXPECT_EQ(SPA_GCTX, self->w.rmp[SPA_MD >> 12].lo & SNP_RMP_RAW_GPA_PFN);
	EXPECT_EQ(0, memcmp(zero, self->w.mem + SPA_MD, 4096));
}

TEST_F(swap, md_init_checks_guest_address_state_size)
{
	EXPECT_EQ(SNP_FW_INVALID_GUEST, md_init(&self->w, SPA_MD2, SPA_MD2 + 8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, md_init(&self->w, SPA_GCTX, SPA_MD2 + 8));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, md_init(&self->w, SPA_GCTX, SPA_MD2));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, md_init(&self->w, SPA_GCTX, SPA_MD));
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0, 0, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, md_init(&self->w, SPA_GCTX, SPA_2M));
}

TEST_F(swap, page_comes_back_as_it_went)
{
	uint8_t before[4096];

	memcpy(before, self->w.mem + SPA_PAGE, sizeof(before));
	EXPECT_EQ(0, SWAP_OUT(.software_data = 0x1234));
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA_PAGE));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_DISK));
	EXPECT_NE(0, memcmp(before, self->w.mem + SPA_DISK, 4096));
	EXPECT_EQ(0x1234, *(uint64_t *)(self->w.mem + SPA_MD));

	/* The host may keep the ciphertext in a page of its own. */
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_DISK));
	world_set_hv(&self->w, SPA_DISK);
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	EXPECT_EQ(0, SWAP_IN());
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, SPA_NEW));
	EXPECT_EQ(PERMS, self->w.rmp[SPA_NEW >> 12].hi);
	EXPECT_EQ(0, memcmp(before, self->w.mem + SPA_NEW, 4096));

	/* The entry is used up: no second copy. */
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_PAGE_RECLAIM, SPA_NEW));
	EXPECT_EQ(SNP_STATE_GUEST_VALID, world_state(&self->w, SPA_NEW));
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_GUEST, GPA, ASID);
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY, SWAP_IN());
}

TEST_F(swap, page_comes_back_in_place)
{
	uint8_t before[4096];

	memcpy(before, self->w.mem + SPA_PAGE, sizeof(before));
	EXPECT_EQ(0, SWAP_OUT());
	memcpy(self->w.mem + SPA_NEW, self->w.mem + SPA_DISK, 4096);
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_IN(.flags = SNP_SWAP_IN_PLACE));
	EXPECT_EQ(0, IN_(.src_paddr = SPA_NEW, .dst_paddr = SPA_NEW, .mdata_paddr = SPA_MD,
			 .flags = SNP_SWAP_IN_PLACE));
	EXPECT_EQ(0, memcmp(before, self->w.mem + SPA_NEW, 4096));
}

TEST_F(swap, large_page_goes_and_comes_back)
{
	const uint64_t disk = 3 * SPA_2M, new = 2 * SPA_2M;
	uint64_t i;

	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0x400000, ASID, true, true));
	self->w.rmp[SPA_2M >> 12].lo |= SNP_RMP_RAW_VALIDATED;
	for (i = 0; i < 0x1e0000; i += 8)
		memcpy(self->w.mem + SPA_2M + i, &i, 8);
	EXPECT_EQ(0, world_set(&self->w, disk, 0, 0, true, true));
	EXPECT_EQ(0, OUT_(.src_paddr = SPA_2M, .dst_paddr = disk, .mdata_paddr = SPA_MD + 64,
			  .flags = SNP_SWAP_2M));
	EXPECT_EQ(0, world_set(&self->w, new, 0x400000, ASID, true, true));
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY,
		  IN_(.src_paddr = disk, .dst_paddr = new, .mdata_paddr = SPA_MD,
		      .flags = SNP_SWAP_2M));
	EXPECT_EQ(0, IN_(.src_paddr = disk, .dst_paddr = new, .mdata_paddr = SPA_MD + 64,
			 .flags = SNP_SWAP_2M));
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, new + 0x1ff000));
	EXPECT_EQ(0, memcmp(self->w.mem + new, self->w.mem + SPA_2M, 0x1e0000));
}

TEST_F(swap, every_changed_byte_is_noticed)
{
	static const unsigned int entry[] = { 0, 8, 0x18, 0x27, 0x30, 0x33 };
	unsigned int i;

	EXPECT_EQ(0, SWAP_OUT());
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	self->w.mem[SPA_DISK + 4095] ^= 1;
	EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, SWAP_IN());
	self->w.mem[SPA_DISK + 4095] ^= 1;
	/* The host cannot write a Metadata page; if it could: */
	for (i = 0; i < sizeof(entry) / sizeof(entry[0]); i++) {
		self->w.mem[SPA_MD + entry[i]] ^= 1;
		EXPECT_EQ(SNP_FW_BAD_MEASUREMENT, SWAP_IN()) TH_LOG("byte 0x%x", entry[i]);
		self->w.mem[SPA_MD + entry[i]] ^= 1;
	}
	EXPECT_EQ(SNP_STATE_PRE_GUEST, world_state(&self->w, SPA_NEW));
	EXPECT_EQ(0, SWAP_IN());
}

TEST_F(swap, page_comes_back_at_its_gpa_and_as_its_kind_only)
{
	EXPECT_EQ(0, SWAP_OUT());
	world_set_pre_guest(&self->w, SPA_NEW, GPA + 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY, SWAP_IN());
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_GUEST, GPA, ASID);
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY, SWAP_IN(.flags = AS(VMSA)));
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY,
		  IN_(.src_paddr = SPA_DISK, .dst_paddr = SPA_NEW, .mdata_paddr = SPA_MD + 64));
	EXPECT_EQ(0, SWAP_IN());
}

TEST_F(swap, vmsa_stays_a_vmsa)
{
	pre_swap(&self->w, SPA_PAGE, GPA, true);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, SWAP_OUT());
	EXPECT_EQ(0, SWAP_OUT(.flags = AS(VMSA)));
	EXPECT_FALSE(self->w.rmp[SPA_PAGE >> 12].lo & SNP_RMP_RAW_VMSA);
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	EXPECT_EQ(0, SWAP_IN(.flags = AS(VMSA)));
	EXPECT_TRUE(self->w.rmp[SPA_NEW >> 12].lo & SNP_RMP_RAW_VMSA);
	pre_swap(&self->w, SPA_PAGE, GPA, false);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, SWAP_OUT(.flags = AS(VMSA)));
}

TEST_F(swap, metadata_itself_is_swapped_under_the_root)
{
	const uint64_t root = AS(METADATA) | SNP_SWAP_ROOT_MDATA_EN;

	EXPECT_EQ(0, SWAP_OUT());
	world_set_fw(&self->w, SPA_NEW);
	EXPECT_EQ(0, OUT_(.src_paddr = SPA_MD, .dst_paddr = SPA_NEW, .flags = root));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_MD));
	/* The root holds one. */
	world_set_fw(&self->w, SPA_MD2);
	EXPECT_EQ(0, md_init(&self->w, SPA_GCTX, SPA_MD2));
	EXPECT_EQ(SNP_FW_INVALID_MDATA_ENTRY,
		  OUT_(.src_paddr = SPA_MD2, .dst_paddr = SPA_MD, .flags = root));
	/* Another page takes its place. */
	EXPECT_EQ(0, IN_(.src_paddr = SPA_NEW, .dst_paddr = SPA_MD, .flags = root));
	EXPECT_EQ(SNP_STATE_METADATA, world_state(&self->w, SPA_MD));
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_GUEST, GPA, ASID);
	EXPECT_EQ(0, SWAP_IN());
}

TEST_F(swap, entry_of_a_metadata_page_cannot_lie_in_it)
{
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS,
		  OUT_(.src_paddr = SPA_MD, .dst_paddr = SPA_DISK, .mdata_paddr = SPA_MD + 64,
		       .flags = AS(METADATA)));
}

TEST_F(swap, flags_and_addresses_are_checked_first)
{
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_OUT(.flags = BIT_ULL(5)));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_OUT(.flags = SNP_SWAP_IN_PLACE));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_OUT(.flags = 3 << 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_OUT(.flags = SNP_SWAP_ROOT_MDATA_EN));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, SWAP_OUT(.flags = SNP_SWAP_2M | AS(VMSA)));
	EXPECT_EQ(SNP_FW_INVALID_GUEST, SWAP_OUT(.gctx_paddr = SPA_GCTX2));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, SWAP_OUT(.flags = SNP_SWAP_2M));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, OUT_(.src_paddr = SPA_PAGE + 8, .dst_paddr = SPA_DISK,
					       .mdata_paddr = SPA_MD));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, OUT_(.src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK + 8,
					       .mdata_paddr = SPA_MD));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, OUT_(.src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK,
					       .mdata_paddr = SPA_MD + 32));
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, SPA_PAGE));
}

TEST_F(swap, pages_then_guest_then_policy)
{
	/* Another guest's page, and its metadata. */
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_SWAP, GPA, ASID + 1);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, OUT_(.src_paddr = SPA_NEW, .dst_paddr = SPA_DISK,
						  .mdata_paddr = SPA_MD));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, SWAP_OUT(.gctx_paddr = SPA_GCTX2));
	world_set_fw(&self->w, SPA_MD2);
	EXPECT_EQ(0, md_init(&self->w, SPA_GCTX2, SPA_MD2));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, OUT_(.src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK,
						  .mdata_paddr = SPA_MD2));
	EXPECT_EQ(SNP_FW_INVALID_GUEST_STATE,
		  OUT_(.gctx_paddr = SPA_GCTX2, .src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK,
		       .mdata_paddr = SPA_MD2));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY));
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX2, 0));
	EXPECT_EQ(SNP_FW_INACTIVE,
		  OUT_(.gctx_paddr = SPA_GCTX2, .src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK,
		       .mdata_paddr = SPA_MD2));
}

TEST_F(swap, policy_can_forbid_it)
{
	struct asp_config cfg = world_config(true);
	const char *err;

	cfg.api_minor = 58;
	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX,
					POLICY | SNP_POLICY_PAGE_SWAP_DISABLE));
	ASSERT_EQ(0, world_activate(&self->w, SPA_GCTX, ASID));
	ASSERT_EQ(0, world_launch_finish(&self->w, SPA_GCTX, 0));
	pre_swap(&self->w, SPA_PAGE, GPA, false);
	world_set_fw(&self->w, SPA_DISK);
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, OUT_(.src_paddr = SPA_PAGE, .dst_paddr = SPA_DISK,
					      .flags = SNP_SWAP_ROOT_MDATA_EN));
}

static uint32_t move(struct world *w, struct snp_fw_page_move in)
{
	in.gctx_paddr = SPA_GCTX;
	return world_cmd(w, SNP_FW_SNP_PAGE_MOVE, &in, sizeof(in));
}

#define MOVE(src, dst, ...) move(&self->w, (struct snp_fw_page_move){ \
	.src_paddr = src, .dst_paddr = dst, ##__VA_ARGS__ })

TEST_F(swap, moved_page_keeps_content_rights_and_gpa)
{
	uint8_t before[4096];

	memcpy(before, self->w.mem + SPA_PAGE, sizeof(before));
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MOVE(SPA_PAGE, SPA_NEW, .reserved = 1));
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MOVE(SPA_PAGE, SPA_NEW, .flags = 2));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, MOVE(SPA_PAGE + 8, SPA_NEW));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, MOVE(SPA_PAGE, SPA_NEW + 8));
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, MOVE(SPA_PAGE, SPA_NEW, .flags = SNP_PAGE_MOVE_2M));
	EXPECT_EQ(0, MOVE(SPA_PAGE, SPA_NEW));
	EXPECT_EQ(SNP_STATE_GUEST_INVALID, world_state(&self->w, SPA_PAGE));
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, SPA_NEW));
	EXPECT_EQ(PERMS, self->w.rmp[SPA_NEW >> 12].hi);
	EXPECT_EQ(0, memcmp(before, self->w.mem + SPA_NEW, 4096));
}

TEST_F(swap, move_compares_states_owners_gpas_and_sizes)
{
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, MOVE(SPA_PAGE, SPA_NEW));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, MOVE(SPA_NEW, SPA_PAGE));
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_GUEST, GPA, ASID + 1);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_OWNER, MOVE(SPA_PAGE, SPA_NEW));
	world_force(&self->w, SPA_NEW, SNP_STATE_PRE_GUEST, GPA + 0x1000, ASID);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, MOVE(SPA_PAGE, SPA_NEW));
	EXPECT_EQ(0, world_set(&self->w, SPA_2M, 0x200000, ASID, true, true));
	EXPECT_EQ(SNP_FW_INVALID_PAGE_SIZE, MOVE(SPA_PAGE, SPA_2M));
	EXPECT_EQ(SNP_STATE_PRE_SWAP, world_state(&self->w, SPA_PAGE));
}

TEST_F(swap, metadata_moves_with_its_entries)
{
	EXPECT_EQ(0, SWAP_OUT());
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, MOVE(SPA_MD, SPA_MD2));
	world_set_fw(&self->w, SPA_MD2);
	EXPECT_EQ(0, MOVE(SPA_MD, SPA_MD2));
	EXPECT_EQ(SNP_STATE_FIRMWARE, world_state(&self->w, SPA_MD));
	EXPECT_EQ(SNP_STATE_METADATA, world_state(&self->w, SPA_MD2));
	world_set_pre_guest(&self->w, SPA_NEW, GPA, ASID);
	EXPECT_EQ(0, IN_(.src_paddr = SPA_DISK, .dst_paddr = SPA_NEW, .mdata_paddr = SPA_MD2));
}

TEST_HARNESS_MAIN
