// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_LAUNCH_UPDATE: the pages that a guest is launched with, and the launch
 * digest (56860).
 *
 * Memory is not encrypted here: a launched page keeps its plaintext.  The
 * content of a VMSA is measured, not checked.  U: that pages of a migration
 * image extend a digest of their own.
 */
#include <openssl/crypto.h>

#include "asp_priv.h"

#define SECRETS_VERSION		3
#define VMSA_TSC_SCALE		0x2f0
#define VMSA_TSC_LEN		16	/* scale, then offset */
#define SECRETS_IMI_EN		BIT(0)
#define SEV_FEATURE_SECURE_TSC	BIT_ULL(9)

/* What a page extends. */
static uint8_t *digest(struct asp_guest *g, const struct snp_fw_launch_update *in)
{
	return in->flags & SNP_LAUNCH_UPDATE_IMI_PAGE ? g->imd : g->ld;
}

/* One record of the launch digest: 4 KiB at @gpa. */
static bool extend_digest(struct asp_guest *g, const struct snp_fw_launch_update *in,
			  uint64_t gpa, const uint8_t *page)
{
	unsigned int type = FIELD_GET(SNP_LAUNCH_UPDATE_PAGE_TYPE, in->flags);
	struct snp_page_info info = {
		.length = sizeof(info),
		.page_type = type,
		.imi_page = !!(in->flags & SNP_LAUNCH_UPDATE_IMI_PAGE),
		.vmpl1_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL1, in->vmpl_perms),
		.vmpl2_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL2, in->vmpl_perms),
		.vmpl3_perms = FIELD_GET(SNP_LAUNCH_UPDATE_VMPL3, in->vmpl_perms),
		.gpa = gpa,
	};
	uint8_t *ld = digest(g, in);

	memcpy(info.digest_cur, ld, sizeof(info.digest_cur));
	if (type == SNP_PAGE_TYPE_NORMAL || type == SNP_PAGE_TYPE_VMSA) {
		uint8_t content[SNP_PAGE_SIZE];

		memcpy(content, page, sizeof(content));
		/* U: the host's TSC frequency is not the guest owner's business. */
		if (type == SNP_PAGE_TYPE_VMSA)
			memset(content + VMSA_TSC_SCALE, 0, VMSA_TSC_LEN);
		if (!asp_sha384(content, sizeof(content), info.contents))
			return false;
	}
	return asp_sha384(&info, sizeof(info), ld);
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
	p->flags = g->imi_en ? SECRETS_IMI_EN : 0;
	p->fms = a->cfg.cpuid_fms;
	memcpy(p->gosvw, g->gosvw, sizeof(p->gosvw));
	memcpy(p->vmpck, g->vmpck, sizeof(p->vmpck));
	fill_tweak_bitmap(p->vmsa_tweak_bitmap);
	p->tsc_factor = g->tsc_scale ? asp_tsc_factor(a) : 0;
}

/* A guest with Secure TSC starts with its own clock. */
static void fill_vmsa(const struct asp_guest *g, struct snp_vmsa *vmsa)
{
	if (!g->tsc_scale || !(vmsa->sev_features & SEV_FEATURE_SECURE_TSC))
		return;
	memcpy((uint8_t *)vmsa + VMSA_TSC_SCALE, &g->tsc_scale, sizeof(g->tsc_scale));
	memset((uint8_t *)vmsa + VMSA_TSC_SCALE + 8, 0, 8);
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
	case SNP_PAGE_TYPE_VMSA:
		fill_vmsa(g, (struct snp_vmsa *)page);
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
	uint64_t size = size_2m ? ASP_SIZE_2M : SNP_PAGE_SIZE, spa = in->paddr, off;
	union {
		uint8_t bytes[SNP_PAGE_SIZE];
		uint64_t align;
	} page;
	uint8_t before[ASP_LD_LEN];
	struct asp_guest *g;
	struct snp_rmp_raw e;
	uint32_t status;

	status = check_update(a, in);
	if (status)
		return status;
	g = asp_guest_find(a, in->gctx_paddr, &status);
	if (!g)
		return status;
	if ((in->flags & SNP_LAUNCH_UPDATE_IMI_PAGE) && !g->imi_en)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "IMI page without IMI_EN");
	status = asp_check_spa(a, &spa, size);
	if (!status)
		status = check_page(a, g, spa, size_2m, &e);
	if (status)
		return status;

	memcpy(before, digest(g, in), sizeof(before));
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
		memcpy(digest(g, in), before, sizeof(before));
	return status;
}
