// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware images: loading, committing, rolling back.
 */
#include <kselftest_harness.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include "../fw_image.h"
#include "world.h"

#define SPA_IMAGE	0x30000ULL
#define TCB		0xdb1b000000000004ULL
#define TCB_1C		0xdb1c000000000004ULL

struct image {
	struct fw_image_header h;
	uint8_t body[100];
	uint8_t sig[FW_IMAGE_SIG_LEN];
} __attribute__((packed));

FIXTURE(firmware) {
	struct world w;
	EVP_PKEY *key;
	struct image image;
};

FIXTURE_SETUP(firmware)
{
	FILE *f = fopen(PKI_DIR "/firmware.key", "r");

	ASSERT_NE(NULL, f);
	self->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	ASSERT_NE(NULL, self->key);
	world_init(&self->w, true);
	self->image = (struct image){
		.h = {
			.length = sizeof(struct image),
			.product = ASP_MILAN,
			.major = 1, .minor = 58, .build = 3,
			.svn = 0x1c,
		},
		.body = "anything",
	};
	memcpy(self->image.h.magic, FW_IMAGE_MAGIC, sizeof(self->image.h.magic));
}

FIXTURE_TEARDOWN(firmware)
{
	EVP_PKEY_free(self->key);
	world_exit(&self->w);
}

static void sign(EVP_PKEY *key, struct image *i)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 160;
	uint8_t der[160];
	const uint8_t *p = der;
	ECDSA_SIG *sig;

	EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key);
	EVP_DigestSign(ctx, der, &len, (uint8_t *)i, sizeof(*i) - sizeof(i->sig));
	sig = d2i_ECDSA_SIG(NULL, &p, len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), i->sig, 48);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), i->sig + 48, 48);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

static uint32_t download_ex(struct world *w, struct snp_fw_download_ex in)
{
	return world_cmd(w, SNP_FW_SNP_DOWNLOAD_FIRMWARE_EX, &in, sizeof(in));
}

/* Signed as it is and loaded. */
static uint32_t load(struct world *w, EVP_PKEY *key, struct image *i, uint32_t flags)
{
	const struct snp_fw_download_ex in = {
		.length = sizeof(in), .fw_paddr = SPA_IMAGE, .fw_len = sizeof(*i), .flags = flags,
	};

	sign(key, i);
	memcpy(w->mem + SPA_IMAGE, i, sizeof(*i));
	return download_ex(w, in);
}

#define LOAD(flags) load(&self->w, self->key, &self->image, flags)

static uint32_t commit(struct world *w, uint32_t length)
{
	return world_cmd(w, SNP_FW_SNP_COMMIT, &length, sizeof(length));
}

static struct snp_fw_snp_status status(struct world *w)
{
	struct snp_fw_snp_status s;

	world_cmd_addr(w, SNP_FW_SNP_PLATFORM_STATUS, SPA_DEFAULT);
	memcpy(&s, w->mem + SPA_DEFAULT, sizeof(s));
	return s;
}

TEST_F(firmware, loaded_image_runs_at_once_and_reports_the_old_tcb)
{
	EXPECT_EQ(0, LOAD(0));
	EXPECT_EQ(58, status(&self->w).api_minor);
	EXPECT_EQ(3, status(&self->w).build_id);
	EXPECT_EQ(TCB_1C, status(&self->w).current_tcb);
	EXPECT_EQ(TCB, status(&self->w).reported_tcb);
	EXPECT_EQ(0, commit(&self->w, 4));
	EXPECT_EQ(TCB_1C, status(&self->w).reported_tcb);
	/* Power off and on: what the configuration says. */
	asp_reset(self->w.asp);
	EXPECT_EQ(57, status(&self->w).api_minor);
	EXPECT_EQ(TCB, status(&self->w).current_tcb);
}

TEST_F(firmware, download_can_commit)
{
	EXPECT_EQ(0, LOAD(SNP_DOWNLOAD_EX_COMMIT));
	EXPECT_EQ(TCB_1C, status(&self->w).reported_tcb);
	self->image.h.svn = 0x1b;
	EXPECT_EQ(SNP_FW_BAD_SVN, LOAD(0));
}

TEST_F(firmware, rollback_ends_at_the_committed_firmware)
{
	EXPECT_EQ(0, LOAD(0));
	/* Down to what is committed. */
	self->image.h.svn = 0x1b;
	self->image.h.minor = 57;
	self->image.h.build = 1;
	EXPECT_EQ(0, LOAD(0));
	EXPECT_EQ(TCB, status(&self->w).current_tcb);
	self->image.h.build = 0;
	EXPECT_EQ(SNP_FW_BAD_VERSION, LOAD(0));
	self->image.h.build = 2;
	self->image.h.svn = 0x1a;
	EXPECT_EQ(SNP_FW_BAD_SVN, LOAD(0));
	self->image.h.svn = 0x1b;
	self->image.h.major = 2;
	EXPECT_EQ(SNP_FW_BAD_VERSION, LOAD(0));
	EXPECT_EQ(57, status(&self->w).api_minor);
	EXPECT_EQ(1, status(&self->w).build_id);
	/* Once committed, there is no way back. */
	self->image.h.major = 1;
	self->image.h.minor = 58;
	EXPECT_EQ(0, LOAD(0));
	EXPECT_EQ(0, commit(&self->w, 4));
	self->image.h.minor = 57;
	EXPECT_EQ(SNP_FW_BAD_VERSION, LOAD(0));
}

TEST_F(firmware, every_changed_byte_spoils_the_signature)
{
	const struct snp_fw_download_ex in = {
		.length = sizeof(in), .fw_paddr = SPA_IMAGE, .fw_len = sizeof(struct image),
	};
	uint8_t *at = self->w.mem + SPA_IMAGE;
	unsigned int i;

	sign(self->key, &self->image);
	for (i = 0; i < sizeof(struct image); i += 7) {
		/* The length has a status of its own. */
		if (i >= 16 && i < 20)
			continue;
		memcpy(at, &self->image, sizeof(self->image));
		at[i] ^= 0x40;
		EXPECT_EQ(SNP_FW_BAD_SIGNATURE, download_ex(&self->w, in)) TH_LOG("byte %u", i);
	}
	EXPECT_EQ(57, status(&self->w).api_minor);
}

TEST_F(firmware, image_of_another_signer_is_refused)
{
	EVP_PKEY *other = EVP_EC_gen("P-384");

	EXPECT_EQ(SNP_FW_BAD_SIGNATURE, load(&self->w, other, &self->image, 0));
	EVP_PKEY_free(other);
}

TEST_F(firmware, part_without_identity_takes_no_image)
{
	const struct asp_config cfg = world_config(false);
	const char *err;

	ASSERT_TRUE(world_new_asp(&self->w, &cfg, &err));
	EXPECT_EQ(SNP_FW_BAD_SIGNATURE, LOAD(0));
}

TEST_F(firmware, download_checks_length_fields_address_state_then_image)
{
	struct snp_fw_download_ex in = {
		.length = 0x10, .reserved = 1, .fw_paddr = SPA_IMAGE + 8, .fw_len = 0x100001,
	};

	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	in.length = sizeof(in);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, download_ex(&self->w, in));
	in.reserved = 0;
	in.flags = 2;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, download_ex(&self->w, in));
	in.flags = 0;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, download_ex(&self->w, in));
	in.fw_paddr = SPA_IMAGE;
	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	in.fw_len = 0;
	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	ASSERT_EQ(0, world_snp_init(&self->w));
	world_force(&self->w, SPA_IMAGE, SNP_STATE_PRE_GUEST, 0x1000, ASID);
	in.fw_len = sizeof(struct image);
	EXPECT_EQ(SNP_FW_INVALID_PAGE_STATE, download_ex(&self->w, in));
	world_force(&self->w, SPA_IMAGE, SNP_STATE_HYPERVISOR, 0, 0);
	/* Zeros. */
	EXPECT_EQ(SNP_FW_BAD_SIGNATURE, download_ex(&self->w, in));
	in.fw_paddr = MEM_SIZE;
	EXPECT_EQ(SNP_FW_INVALID_ADDRESS, download_ex(&self->w, in));
}

TEST_F(firmware, image_says_its_own_length)
{
	struct snp_fw_download_ex in = {
		.length = sizeof(in), .fw_paddr = SPA_IMAGE, .fw_len = sizeof(struct image) + 16,
	};

	sign(self->key, &self->image);
	memcpy(self->w.mem + SPA_IMAGE, &self->image, sizeof(self->image));
	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	in.fw_len = sizeof(struct image) - 16;
	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	in.fw_len = 100;
	EXPECT_EQ(SNP_FW_INVALID_LEN, download_ex(&self->w, in));
	in.fw_len = sizeof(struct image);
	EXPECT_EQ(0, download_ex(&self->w, in));
}

TEST_F(firmware, header_is_checked_although_it_is_signed)
{
	self->image.h.product = ASP_GENOA;
	EXPECT_EQ(SNP_FW_UNSUPPORTED, LOAD(0));
	self->image.h.product = ASP_MILAN;
	self->image.h.svn = 0x100;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, LOAD(0));
	self->image.h.svn = 0x1c;
	self->image.h.flags = BIT(3);
	EXPECT_EQ(SNP_FW_INVALID_PARAM, LOAD(0));
	self->image.h.flags = 0;
	self->image.h.reserved[31] = 1;
	EXPECT_EQ(SNP_FW_INVALID_PARAM, LOAD(0));
}

TEST_F(firmware, image_that_needs_shutdown_waits_for_it)
{
	self->image.h.flags = FW_IMAGE_NEEDS_SHUTDOWN;
	ASSERT_EQ(0, world_snp_init(&self->w));
	EXPECT_EQ(SNP_FW_SHUTDOWN_REQUIRED, LOAD(0));
	EXPECT_EQ(0, asp_command(self->w.asp, SNP_FW_SNP_SHUTDOWN, 0));
	EXPECT_EQ(0, LOAD(0));
}

TEST_F(firmware, image_that_does_not_start_leaves_the_old_one)
{
	self->image.h.flags = FW_IMAGE_FAILS;
	EXPECT_EQ(SNP_FW_UPDATE_FAILED, LOAD(SNP_DOWNLOAD_EX_COMMIT));
	EXPECT_EQ(57, status(&self->w).api_minor);
	EXPECT_EQ(0, world_snp_init(&self->w));
}

TEST_F(firmware, broken_update_wants_the_committed_image)
{
	self->image.h.flags = FW_IMAGE_BREAKS;
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, LOAD(0));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, asp_command(self->w.asp, SNP_FW_SNP_DF_FLUSH, 0));
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, asp_command(self->w.asp, SNP_FW_SNP_INIT, 0));
	EXPECT_EQ(57, status(&self->w).api_minor);
	self->image.h.flags = 0;
	EXPECT_EQ(SNP_FW_RESTORE_REQUIRED, LOAD(0));
	self->image.h.minor = 57;
	self->image.h.build = 1;
	self->image.h.svn = 0x1b;
	EXPECT_EQ(0, LOAD(0));
	EXPECT_EQ(0, world_snp_init(&self->w));
}

TEST_F(firmware, guests_live_through_an_update_and_their_policy_bounds_it)
{
	const struct snp_msg_report_req req = {};
	const struct snp_report *r;
	struct snp_msg rsp;

	EXPECT_EQ(0, LOAD(0));
	ASSERT_EQ(0, world_snp_init(&self->w));
	ASSERT_EQ(0, world_run_guest(&self->w, SPA_GCTX, ASID));
	ASSERT_EQ(0, world_gctx_create(&self->w, SPA_GCTX2));
	ASSERT_EQ(0, world_launch_start(&self->w, SPA_GCTX2, POLICY | 0x13a));

	/* The second guest was promised ABI 1.58. */
	self->image.h.minor = 57;
	self->image.h.build = 1;
	self->image.h.svn = 0x1b;
	EXPECT_EQ(SNP_FW_POLICY_FAILURE, LOAD(0));
	EXPECT_EQ(0, world_cmd_addr(&self->w, SNP_FW_SNP_DECOMMISSION, SPA_GCTX2));
	EXPECT_EQ(0, LOAD(0));

	world_set_fw(&self->w, SPA_RSP);
	world_put_request(&self->w, 0, 1, SNP_MSG_REPORT_REQ, &req, sizeof(req));
	EXPECT_EQ(0, world_guest_request(&self->w, SPA_GCTX));
	ASSERT_LT(0, world_get_response(&self->w, 0, &rsp));
	r = (const void *)(rsp.payload + 0x20);
	EXPECT_EQ(3, r->version);
	EXPECT_EQ(TCB_1C, r->launch_tcb);
	EXPECT_EQ(TCB, r->current_tcb);
}

TEST_F(firmware, legacy_download_loads_and_does_not_commit)
{
	struct { uint64_t paddr; uint32_t len; } __attribute__((packed)) in = {
		SPA_IMAGE, sizeof(struct image),
	};

	sign(self->key, &self->image);
	memcpy(self->w.mem + SPA_IMAGE, &self->image, sizeof(self->image));
	EXPECT_EQ(0, world_cmd(&self->w, SNP_FW_DOWNLOAD_FIRMWARE, &in, sizeof(in)));
	EXPECT_EQ(TCB_1C, status(&self->w).current_tcb);
	EXPECT_EQ(TCB, status(&self->w).reported_tcb);
	EXPECT_EQ(SNP_FW_INVALID_LEN, commit(&self->w, 8));
}

TEST_HARNESS_MAIN
