// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine for the unit tests of the firmware model.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

static int mem_read(void *opaque, uint64_t spa, void *buf, size_t len)
{
	struct world *w = opaque;

	if (spa >= MEM_SIZE || len > MEM_SIZE - spa)
		return -1;
	if (w->broken_spa && spa >> SNP_PAGE_SHIFT == w->broken_spa >> SNP_PAGE_SHIFT)
		return -1;
	memcpy(buf, w->mem + spa, len);
	return 0;
}

static int mem_write(void *opaque, uint64_t spa, const void *buf, size_t len)
{
	struct world *w = opaque;

	if (spa >= MEM_SIZE || len > MEM_SIZE - spa)
		return -1;
	memcpy(w->mem + spa, buf, len);
	return 0;
}

static int rmp_load(void *opaque, uint64_t pfn, struct snp_rmp_raw *e)
{
	struct world *w = opaque;

	if (pfn >= NR_PFNS)
		return -1;
	*e = w->rmp[pfn];
	return 0;
}

static int rmp_cas(void *opaque, uint64_t pfn, const struct snp_rmp_raw *old,
		   const struct snp_rmp_raw *new_)
{
	struct world *w = opaque;

	if (pfn >= NR_PFNS)
		return -1;
	if (memcmp(&w->rmp[pfn], old, sizeof(*old)))
		return 0;
	w->rmp[pfn] = *new_;
	return 1;
}

static int rmp_init(void *opaque)
{
	struct world *w = opaque;
	unsigned int i;

	if (w->rmp_unusable)
		return -1;
	memset(w->rmp, 0, sizeof(w->rmp));
	for (i = 0; i < NR_TABLE_PFNS; i++)
		w->rmp[TABLE_PFN + i].lo = SNP_RMP_RAW_ASSIGNED | SNP_RMP_RAW_IMMUTABLE;
	return 0;
}

static bool rmp_covered(void *opaque, uint64_t pfn)
{
	(void)opaque;
	return pfn < NR_PFNS;
}

static bool config_ok(void *opaque, const char **why)
{
	struct world *w = opaque;

	*why = w->config_defect;
	return !w->config_defect;
}

static bool wbinvd_done(void *opaque)
{
	return ((struct world *)opaque)->wbinvd_done;
}

static void wbinvd_arm(void *opaque)
{
	struct world *w = opaque;

	w->wbinvd_done = false;
	w->nr_armed++;
}

static void log_line(void *opaque, const char *line)
{
	struct world *w = opaque;

	snprintf(w->log, sizeof(w->log), "%s", line);
}

struct rmp_store world_store(struct world *w)
{
	return (struct rmp_store){ .opaque = w, .load = rmp_load, .cas = rmp_cas };
}

struct asp_config world_config(bool pki)
{
	struct asp_config cfg = asp_config_default(ASP_MILAN);

	cfg.pki_dir = pki ? PKI_DIR : NULL;
	cfg.seed = 42;
	return cfg;
}

bool world_new_asp(struct world *w, const struct asp_config *cfg, const char **err)
{
	const struct asp_ops ops = {
		.opaque = w,
		.mem_read = mem_read,
		.mem_write = mem_write,
		.rmp = world_store(w),
		.rmp_init = rmp_init,
		.rmp_covered = rmp_covered,
		.config_ok = config_ok,
		.wbinvd_done = wbinvd_done,
		.wbinvd_arm = wbinvd_arm,
		.log = log_line,
	};

	asp_free(w->asp);
	w->asp = asp_new(cfg, &ops, err);
	return w->asp;
}

void world_init(struct world *w, bool pki)
{
	const struct asp_config cfg = world_config(pki);
	const char *err;

	memset(w, 0, sizeof(*w));
	w->mem = calloc(1, MEM_SIZE);
	if (!w->mem || !world_new_asp(w, &cfg, &err)) {
		fprintf(stderr, "no machine: %s\n", w->mem ? err : "out of memory");
		abort();
	}
}

void world_exit(struct world *w)
{
	asp_free(w->asp);
	free(w->mem);
}

uint32_t world_cmd(struct world *w, uint32_t cmd, const void *buf, size_t len)
{
	if (len)
		memcpy(w->mem + SPA_CMD, buf, len);
	return asp_command(w->asp, cmd, SPA_CMD);
}

uint32_t world_cmd_addr(struct world *w, uint32_t cmd, uint64_t paddr)
{
	const struct snp_fw_addr buf = { paddr };

	return world_cmd(w, cmd, &buf, sizeof(buf));
}

uint32_t world_set(struct world *w, uint64_t spa, uint64_t gpa, uint32_t asid, bool immutable,
		   bool size_2m)
{
	const struct snp_rmp_state in = {
		.gpa = gpa, .assigned = 1, .pagesize = size_2m, .immutable = immutable,
		.asid = asid,
	};
	const struct rmp_store s = world_store(w);

	return rmp_update(&s, spa, &in);
}

static void must(uint32_t eax, const char *what)
{
	if (!eax)
		return;
	fprintf(stderr, "test set-up: %s: %u\n", what, eax);
	abort();
}

void world_set_fw(struct world *w, uint64_t spa)
{
	must(world_set(w, spa, 0, 0, true, false), "page to Firmware");
}

void world_set_hv(struct world *w, uint64_t spa)
{
	const struct rmp_store s = world_store(w);
	const struct snp_rmp_state in = {};

	must(rmp_update(&s, spa, &in), "page to Hypervisor");
}

void world_set_pre_guest(struct world *w, uint64_t spa, uint64_t gpa, uint32_t asid)
{
	must(world_set(w, spa, gpa, asid, true, false), "page to Pre-Guest");
}

enum snp_page_state world_state(struct world *w, uint64_t spa)
{
	const struct rmp_store s = world_store(w);
	struct snp_rmp_raw e;

	if (rmp_lookup(&s, spa >> SNP_PAGE_SHIFT, &e))
		return SNP_STATE_DEFAULT;
	return rmp_entry_state(&e);
}

uint32_t world_flush(struct world *w)
{
	w->wbinvd_done = true;
	return asp_command(w->asp, SNP_FW_SNP_DF_FLUSH, 0);
}

uint32_t world_snp_init(struct world *w)
{
	const struct snp_fw_init_ex in = { .flags = SNP_INIT_EX_INIT_RMP };
	uint32_t status = world_cmd(w, SNP_FW_SNP_INIT_EX, &in, sizeof(in));

	return status ? status : world_flush(w);
}

uint32_t world_gctx_create(struct world *w, uint64_t gctx)
{
	world_set_fw(w, gctx);
	return world_cmd_addr(w, SNP_FW_SNP_GCTX_CREATE, gctx);
}

uint32_t world_launch_start(struct world *w, uint64_t gctx, uint64_t policy)
{
	const struct snp_fw_launch_start in = {
		.gctx_paddr = gctx, .policy = policy, .gosvw = { 1, 2, 3 },
	};

	return world_cmd(w, SNP_FW_SNP_LAUNCH_START, &in, sizeof(in));
}

uint32_t world_activate(struct world *w, uint64_t gctx, uint32_t asid)
{
	const struct snp_fw_activate in = { gctx, asid };

	return world_cmd(w, SNP_FW_SNP_ACTIVATE, &in, sizeof(in));
}

uint32_t world_launch_update(struct world *w, uint64_t gctx, uint64_t spa, unsigned int type)
{
	const struct snp_fw_launch_update in = {
		.gctx_paddr = gctx, .paddr = spa,
		.flags = FIELD_PREP(SNP_LAUNCH_UPDATE_PAGE_TYPE, type),
	};

	return world_cmd(w, SNP_FW_SNP_LAUNCH_UPDATE, &in, sizeof(in));
}

uint32_t world_launch_finish(struct world *w, uint64_t gctx, uint64_t flags)
{
	const struct snp_fw_launch_finish in = {
		.gctx_paddr = gctx, .flags = flags, .host_data = { 0xaa, 0xbb },
	};

	return world_cmd(w, SNP_FW_SNP_LAUNCH_FINISH, &in, sizeof(in));
}

uint32_t world_run_guest(struct world *w, uint64_t gctx, uint32_t asid)
{
	uint32_t status;

	status = world_gctx_create(w, gctx);
	if (!status)
		status = world_launch_start(w, gctx, POLICY);
	if (!status)
		status = world_activate(w, gctx, asid);
	if (!status) {
		world_set_pre_guest(w, SPA_SECRETS, 0x90000, asid);
		status = world_launch_update(w, gctx, SPA_SECRETS, SNP_PAGE_TYPE_SECRETS);
	}
	return status ? status : world_launch_finish(w, gctx, 0);
}

struct snp_secrets_page *world_secrets(struct world *w)
{
	return (struct snp_secrets_page *)(w->mem + SPA_SECRETS);
}

bool test_gcm(const uint8_t key[32], struct snp_msg *msg, size_t len, bool seal)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[12] = {};
	bool ok;
	int n;

	memcpy(iv, (uint8_t *)msg + 0x20, 8);
	ok = EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, seal) == 1 &&
	     EVP_CipherUpdate(ctx, NULL, &n, (uint8_t *)msg + 0x30, 0x30) == 1 &&
	     EVP_CipherUpdate(ctx, msg->payload, &n, msg->payload, len) == 1;
	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, msg) == 1;
	ok = ok && EVP_CipherFinal_ex(ctx, msg->payload + n, &n) == 1;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, msg) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

void world_put_request(struct world *w, unsigned int vmpck, uint64_t seqno, unsigned int type,
		       const void *payload, size_t len)
{
	struct snp_msg *msg = (struct snp_msg *)(w->mem + SPA_REQ);

	memset(msg, 0, sizeof(*msg));
	msg->hdr.msg_seqno = seqno;
	msg->hdr.algo = 1;
	msg->hdr.hdr_version = 1;
	msg->hdr.hdr_size = 0x60;
	msg->hdr.msg_type = type;
	msg->hdr.msg_version = 1;
	msg->hdr.msg_size = len;
	msg->hdr.msg_vmpck = vmpck;
	memcpy(msg->payload, payload, len);
	if (vmpck < SNP_NR_VMPCK)
		test_gcm(world_secrets(w)->vmpck[vmpck], msg, len, true);
}

void world_reseal(struct world *w, const uint8_t key[32])
{
	struct snp_msg *msg = (struct snp_msg *)(w->mem + SPA_REQ);

	test_gcm(key, msg, msg->hdr.msg_size, true);
}

uint32_t world_guest_request(struct world *w, uint64_t gctx)
{
	const struct snp_fw_guest_request in = { gctx, SPA_REQ, SPA_RSP };

	return world_cmd(w, SNP_FW_SNP_GUEST_REQUEST, &in, sizeof(in));
}

int world_get_response(struct world *w, unsigned int vmpck, struct snp_msg *rsp)
{
	memcpy(rsp, w->mem + SPA_RSP, sizeof(*rsp));
	if (rsp->hdr.msg_size > SNP_MSG_MAX_PAYLOAD ||
	    !test_gcm(world_secrets(w)->vmpck[vmpck], rsp, rsp->hdr.msg_size, false))
		return -1;
	return rsp->hdr.msg_size;
}
