// SPDX-License-Identifier: GPL-2.0-only
/*
 * Launch of a guest: SNP_LAUNCH_START, SNP_LAUNCH_UPDATE, SNP_LAUNCH_FINISH
 * and the launch digest (56860).
 *
 * Memory is not encrypted here: a launched page keeps its plaintext.  Not
 * built: migration agents and initial migration images, Secure TSC, ID block
 * and ID authentication; each is UNSUPPORTED when asked for.  The content of
 * a VMSA is measured, not checked.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define SECRETS_VERSION		3
#define VMSA_TSC_SCALE		0x2f0
#define VMSA_TSC_LEN		16	/* scale, then offset */

/* Policy bits that this firmware can promise to keep, given the ABI minor. */
static uint64_t known_policy(const struct asp *a)
{
	uint64_t known = SNP_POLICY_ABI_MINOR | SNP_POLICY_ABI_MAJOR | SNP_POLICY_SMT |
			 SNP_POLICY_RESERVED_ONE | SNP_POLICY_MIGRATE_MA | SNP_POLICY_DEBUG |
			 SNP_POLICY_SINGLE_SOCKET | SNP_POLICY_CXL_ALLOW |
			 SNP_POLICY_MEM_AES_256_XTS | SNP_POLICY_RAPL_DIS |
			 SNP_POLICY_CIPHERTEXT_HIDING;

	if (a->current.major > 1 || a->current.minor >= 58)
		known |= SNP_POLICY_PAGE_SWAP_DISABLE;
	return known;
}

static const char *policy_defect(const struct asp *a, uint64_t policy)
{
	unsigned int major = FIELD_GET(SNP_POLICY_ABI_MAJOR, policy);
	unsigned int minor = FIELD_GET(SNP_POLICY_ABI_MINOR, policy);
	uint64_t info = a->cfg.platform_info;

	if (policy & ~known_policy(a))
		return "a bit that this firmware does not know is set";
	if (!(policy & SNP_POLICY_RESERVED_ONE))
		return "bit 17 is clear";
	if (major > a->current.major ||
	    (major == a->current.major && minor > a->current.minor))
		return "a newer firmware ABI is wanted";
	if (!(policy & SNP_POLICY_SMT) && (info & SNP_PLATFORM_SMT_EN))
		return "SMT is forbidden and on";
	if (policy & SNP_POLICY_MEM_AES_256_XTS)
		return "AES-256-XTS is wanted, this part has AES-128";
	if ((policy & SNP_POLICY_RAPL_DIS) && !(info & SNP_PLATFORM_RAPL_DIS))
		return "RAPL must be off and is on";
	if ((policy & SNP_POLICY_CIPHERTEXT_HIDING) && !(info & SNP_PLATFORM_CIPHERTEXT_HIDING))
		return "ciphertext hiding is wanted and off";
	return NULL;
}

uint32_t asp_launch_start(struct asp *a, void *buf)
{
	const struct snp_fw_launch_start *in = buf;
	struct asp_guest *g, fresh;
	const char *defect;
	uint32_t status;

	if (in->flags & ~(uint32_t)(SNP_LAUNCH_START_MA_EN | SNP_LAUNCH_START_IMI_EN))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	if (in->flags || in->desired_tsc_khz)
		return asp_refuse(a, SNP_FW_UNSUPPORTED,
				  "migration agent, migration image, Secure TSC are not built");
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	if (g->state != ASP_GUEST_INIT)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest has been started before");
	defect = policy_defect(a, in->policy);
	if (defect)
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "policy 0x%llx: %s",
				  (unsigned long long)in->policy, defect);

	fresh = *g;
	fresh.state = ASP_GUEST_LAUNCH;
	fresh.policy = in->policy;
	fresh.launch_tcb = a->cfg.launch_tcb ? a->cfg.launch_tcb : a->current.tcb;
	memcpy(fresh.gosvw, in->gosvw, sizeof(fresh.gosvw));
	if (asp_random(a, fresh.vmpck, sizeof(fresh.vmpck)) &&
	    asp_random(a, fresh.vmrk, sizeof(fresh.vmrk)) &&
	    asp_random(a, fresh.report_id, sizeof(fresh.report_id)))
		*g = fresh;
	else
		status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	OPENSSL_cleanse(&fresh, sizeof(fresh));
	return status;
}

/* One record of the launch digest: 4 KiB at @gpa. */
static bool extend_digest(struct asp_guest *g, const struct snp_fw_launch_update *in,
			  uint64_t gpa, const uint8_t *page)
{
	unsigned int type = FIELD_GET(SNP_LAUNCH_UPDATE_PAGE_TYPE, in->flags);
	struct snp_page_info info = {
		.length = sizeof(info),
		.page_type = type,
		.vmpl1_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL1, in->vmpl_perms),
		.vmpl2_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL2, in->vmpl_perms),
		.vmpl3_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL3, in->vmpl_perms),
		.gpa = gpa,
	};

	memcpy(info.digest_cur, g->ld, sizeof(info.digest_cur));
	if (type == SNP_PAGE_TYPE_NORMAL || type == SNP_PAGE_TYPE_VMSA) {
		uint8_t content[SNP_PAGE_SIZE];

		memcpy(content, page, sizeof(content));
		/* U: the host's TSC frequency is not the guest owner's business. */
		if (type == SNP_PAGE_TYPE_VMSA)
			memset(content + VMSA_TSC_SCALE, 0, VMSA_TSC_LEN);
		if (!asp_sha384(content, sizeof(content), info.contents))
			return false;
	}
	return asp_sha384(&info, sizeof(info), g->ld);
}

/* Quadwords of the VMSA that register protection would tweak. */
static void fill_tweak_bitmap(uint8_t bitmap[64])
{
	static const struct { uint16_t first, end; } area[] = {
		{ 0x178, 0x180 },	/* RIP */
		{ 0x1d8, 0x1e0 },	/* RSP */
		{ 0x1f8, 0x200 },	/* RAX */
		{ 0x308, 0x320 },	/* RCX, RDX, RBX */
		{ 0x328, 0x380 },	/* RBP, RSI, RDI, R8..R15 */
		{ 0x400, 0x670 },	/* x87, SSE, AVX */
	};
	unsigned int i, off;

	for (i = 0; i < sizeof(area) / sizeof(area[0]); i++)
		for (off = area[i].first; off < area[i].end; off += 8)
			bitmap[off / 64] |= BIT(off / 8 % 8);
}

static void fill_secrets(const struct asp *a, const struct asp_guest *g,
			 struct snp_secrets_page *p)
{
	memset(p, 0, sizeof(*p));
	p->version = SECRETS_VERSION;
	p->fms = a->cfg.cpuid_fms;
	memcpy(p->gosvw, g->gosvw, sizeof(p->gosvw));
	memcpy(p->vmpck, g->vmpck, sizeof(p->vmpck));
	fill_tweak_bitmap(p->vmsa_tweak_bitmap);
}

/* Give one 4 KiB page the content that its type asks for. */
static uint32_t make_content(struct asp *a, struct asp_guest *g, unsigned int type, uint64_t spa,
			     uint8_t *page)
{
	uint32_t status = asp_read(a, spa, page, SNP_PAGE_SIZE);
	const char *why;

	if (status)
		return status;
	switch (type) {
	case SNP_PAGE_TYPE_ZERO:
		memset(page, 0, SNP_PAGE_SIZE);
		return asp_write(a, spa, page, SNP_PAGE_SIZE);
	case SNP_PAGE_TYPE_SECRETS:
		fill_secrets(a, g, (struct snp_secrets_page *)page);
		return asp_write(a, spa, page, SNP_PAGE_SIZE);
	case SNP_PAGE_TYPE_CPUID:
		if (asp_cpuid_page_check((struct snp_cpuid_page *)page, &why))
			return SNP_FW_SUCCESS;
		status = asp_write(a, spa, page, SNP_PAGE_SIZE);
		if (status)
			return status;
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "CPUID page: %s", why);
	default:
		return SNP_FW_SUCCESS;
	}
}

static uint32_t check_update(struct asp *a, const struct snp_fw_launch_update *in)
{
	unsigned int type = FIELD_GET(SNP_LAUNCH_UPDATE_PAGE_TYPE, in->flags);
	const uint32_t known = SNP_LAUNCH_UPDATE_PAGE_2M | SNP_LAUNCH_UPDATE_PAGE_TYPE |
			       SNP_LAUNCH_UPDATE_IMI_PAGE;

	/* Five rights a VMPL; the lowest byte would be VMPL0's. */
	if ((in->flags & ~known) || in->reserved0 || in->reserved1 ||
	    (in->vmpl_perms & ~0x1f1f1f00U))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	if (type < SNP_PAGE_TYPE_NORMAL || type > SNP_PAGE_TYPE_CPUID)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "page type %u", type);
	if (in->flags & SNP_LAUNCH_UPDATE_IMI_PAGE)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "IMI page without IMI_EN");
	if ((in->flags & SNP_LAUNCH_UPDATE_PAGE_2M) && type != SNP_PAGE_TYPE_NORMAL &&
	    type != SNP_PAGE_TYPE_ZERO && type != SNP_PAGE_TYPE_UNMEASURED)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "page type %u is always 4 KiB", type);
	return SNP_FW_SUCCESS;
}

/* Is the page one that this guest, in this state, can be given? */
static uint32_t check_page(struct asp *a, const struct asp_guest *g, uint64_t spa, bool size_2m,
			   struct snp_rmp_raw *e)
{
	enum snp_page_state state = asp_page_state(a, spa, e);

	if (state != SNP_STATE_PRE_GUEST)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "page 0x%llx is %s, not Pre-Guest",
				  (unsigned long long)spa, rmp_state_name(state));
	if (size_2m != !!(e->lo & SNP_RMP_RAW_PAGESIZE))
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "page 0x%llx is %s",
				  (unsigned long long)spa, size_2m ? "4 KiB" : "2 MiB");
	if (g->state != ASP_GUEST_LAUNCH)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not being launched");
	if (!g->asid)
		return asp_refuse(a, SNP_FW_INACTIVE, "guest has no ASID");
	if (FIELD_GET(SNP_RMP_RAW_ASID, e->lo) != g->asid)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_OWNER, "page of ASID %u, guest has %u",
				  (unsigned int)FIELD_GET(SNP_RMP_RAW_ASID, e->lo), g->asid);
	return SNP_FW_SUCCESS;
}

uint32_t asp_launch_update(struct asp *a, void *buf)
{
	const struct snp_fw_launch_update *in = buf;
	unsigned int type = FIELD_GET(SNP_LAUNCH_UPDATE_PAGE_TYPE, in->flags);
	bool size_2m = in->flags & SNP_LAUNCH_UPDATE_PAGE_2M;
	uint64_t size = size_2m ? 0x200000 : SNP_PAGE_SIZE, spa = in->paddr, off;
	union {
		uint8_t bytes[SNP_PAGE_SIZE];
		uint64_t align;
	} page;
	uint8_t ld_before[ASP_LD_LEN];
	struct asp_guest *g;
	struct snp_rmp_raw e;
	uint32_t status;

	status = check_update(a, in);
	if (status)
		return status;
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	status = asp_check_spa(a, &spa, size);
	if (!status)
		status = check_page(a, g, spa, size_2m, &e);
	if (status)
		return status;

	memcpy(ld_before, g->ld, sizeof(ld_before));
	for (off = 0; !status && off < size; off += SNP_PAGE_SIZE) {
		status = make_content(a, g, type, spa + off, page.bytes);
		if (!status && !extend_digest(g, in, (e.lo & SNP_RMP_RAW_GPA_PFN) + off,
					      page.bytes))
			status = asp_refuse(a, SNP_FW_HWERROR_PLATFORM, "libcrypto failed");
	}
	OPENSSL_cleanse(&page, sizeof(page));
	if (!status)
		status = rmp_fw_launch(&a->ops.rmp, spa, in->vmpl_perms,
				       type == SNP_PAGE_TYPE_VMSA);
	/* A page that was not launched is not measured. */
	if (status)
		memcpy(g->ld, ld_before, sizeof(ld_before));
	return status;
}

uint32_t asp_launch_finish(struct asp *a, void *buf)
{
	const struct snp_fw_launch_finish *in = buf;
	struct asp_guest *g;
	uint32_t status;

	if (in->flags & ~(SNP_LAUNCH_FINISH_ID_BLOCK_EN | SNP_LAUNCH_FINISH_AUTH_KEY_EN |
			  SNP_LAUNCH_FINISH_VCEK_DIS))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved flag set");
	if ((in->flags & SNP_LAUNCH_FINISH_AUTH_KEY_EN) &&
	    !(in->flags & SNP_LAUNCH_FINISH_ID_BLOCK_EN))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "author key without ID block");
	if (in->flags & SNP_LAUNCH_FINISH_ID_BLOCK_EN)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "ID blocks are not built");
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	if (g->state != ASP_GUEST_LAUNCH)
		return asp_refuse(a, SNP_FW_INVALID_GUEST_STATE, "guest is not being launched");

	memcpy(g->host_data, in->host_data, sizeof(g->host_data));
	g->vcek_dis = in->flags & SNP_LAUNCH_FINISH_VCEK_DIS;
	g->state = ASP_GUEST_RUNNING;
	return SNP_FW_SUCCESS;
}
