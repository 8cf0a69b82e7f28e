// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which firmware runs and which is committed: SNP_DOWNLOAD_FIRMWARE_EX,
 * SNP_COMMIT, DOWNLOAD_FIRMWARE (56860, 55766).
 *
 * An image replaces the running firmware at once; guests and their contexts
 * live on.  Until it is committed, the committed one can be loaded again.
 * Which defect has which status, and in which order, is U.
 */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "asp_priv.h"
#include "fw_image.h"

/* DOWNLOAD_FIRMWARE (55766). */
struct sev_download {
	uint64_t paddr;
	uint32_t len;
} __attribute__((packed));

/* Power-on: the firmware of the configuration. */
void asp_firmware_reset(struct asp *a)
{
	const struct asp_config *c = &a->cfg;

	a->current = (struct asp_image){ c->api_major, c->api_minor, c->build, c->current_tcb };
	a->committed = a->current;
	if (c->committed_major) {
		a->committed.major = c->committed_major;
		a->committed.minor = c->committed_minor;
		a->committed.build = c->committed_build;
	}
	a->committed.tcb = c->committed_tcb;
	a->mit_verified = c->mit_verified;
	a->restore_required = false;
}

/* Is the running firmware's ABI 1.@minor or later? */
bool asp_api_at_least(const struct asp *a, unsigned int minor)
{
	return a->current.major > 1 || a->current.minor >= minor;
}

/* What no SNP_CONFIG has changed follows the committed TCB. */
uint64_t asp_reported_tcb(const struct asp *a)
{
	return a->reported_tcb ? a->reported_tcb : a->committed.tcb;
}

static unsigned int version(unsigned int major, unsigned int minor, unsigned int build)
{
	return major << 16 | minor << 8 | build;
}

static unsigned int committed_version(const struct asp *a)
{
	return version(a->committed.major, a->committed.minor, a->committed.build);
}

static void commit(struct asp *a)
{
	uint64_t before = asp_reported_tcb(a);

	a->committed = a->current;
	if (asp_reported_tcb(a) != before)
		asp_vlek_drop(a);
}

/* Form and origin of an image, before any of its claims counts. */
static uint32_t check_origin(struct asp *a, const uint8_t *image, uint32_t len)
{
	const struct fw_image_header *h = (const struct fw_image_header *)image;

	if (len < sizeof(*h) + FW_IMAGE_SIG_LEN || len > FW_IMAGE_MAX_LEN)
		return asp_refuse(a, SNP_FW_INVALID_LEN, "an image of %u bytes", len);
	if (memcmp(h->magic, FW_IMAGE_MAGIC, sizeof(h->magic)))
		return asp_refuse(a, SNP_FW_BAD_SIGNATURE, "this is no firmware image");
	if (h->length != len)
		return asp_refuse(a, SNP_FW_INVALID_LEN, "the image is of %u bytes, %u given",
				  h->length, len);
	if (!a->firmware_key ||
	    !asp_verify(a->firmware_key, image, len - FW_IMAGE_SIG_LEN,
			image + len - FW_IMAGE_SIG_LEN, image + len - FW_IMAGE_SIG_LEN / 2))
		return asp_refuse(a, SNP_FW_BAD_SIGNATURE, "the image's signature does not fit");
	return SNP_FW_SUCCESS;
}

/* A running guest's policy may want more than the image offers. */
static bool guests_allow(const struct asp *a, const struct fw_image_header *h)
{
	unsigned int i, major, minor;

	for (i = 0; i < ASP_MAX_GUESTS; i++) {
		const struct asp_guest *g = &a->guest[i];

		major = FIELD_GET(SNP_POLICY_ABI_MAJOR, g->policy);
		minor = FIELD_GET(SNP_POLICY_ABI_MINOR, g->policy);
		if (g->in_use && (h->major < major || (h->major == major && h->minor < minor)))
			return false;
	}
	return true;
}

static uint32_t check_claims(struct asp *a, const struct fw_image_header *h)
{
	struct snp_tcb least = snp_tcb_decode(a->committed.tcb,
					      asp_product_layout(a->cfg.product));

	if ((h->flags & ~(uint32_t)FW_IMAGE_FLAGS) || h->svn > 0xff ||
	    !snp_report_zero(h->reserved, sizeof(h->reserved)))
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "the image's header is malformed");
	if (h->product != a->cfg.product)
		return asp_refuse(a, SNP_FW_UNSUPPORTED, "the image is for product %u", h->product);
	if (h->svn < least.snp)
		return asp_refuse(a, SNP_FW_BAD_SVN, "SVN %u, committed is %u", h->svn, least.snp);
	if (h->major != 1 || h->minor < ASP_API_SNP ||
	    version(h->major, h->minor, h->build) < committed_version(a))
		return asp_refuse(a, SNP_FW_BAD_VERSION, "version %u.%u.%u, committed is %u.%u.%u",
				  h->major, h->minor, h->build, a->committed.major,
				  a->committed.minor, a->committed.build);
	if (a->restore_required &&
	    version(h->major, h->minor, h->build) != committed_version(a))
		return asp_refuse(a, SNP_FW_RESTORE_REQUIRED,
				  "only the committed firmware can be loaded now");
	if (a->snp_state == SNP_STATE_INIT && h->flags & FW_IMAGE_NEEDS_SHUTDOWN)
		return asp_refuse(a, SNP_FW_SHUTDOWN_REQUIRED, "not while SNP is initialised");
	if (!guests_allow(a, h))
		return asp_refuse(a, SNP_FW_POLICY_FAILURE, "a guest wants a newer ABI");
	if (h->flags & FW_IMAGE_BREAKS) {
		a->restore_required = true;
		return asp_refuse(a, SNP_FW_RESTORE_REQUIRED, "neither image starts");
	}
	if (h->flags & FW_IMAGE_FAILS)
		return asp_refuse(a, SNP_FW_UPDATE_FAILED, "the image does not start");
	return SNP_FW_SUCCESS;
}

static void run_image(struct asp *a, const struct fw_image_header *h)
{
	enum snp_tcb_layout layout = asp_product_layout(a->cfg.product);
	struct snp_tcb t = snp_tcb_decode(a->current.tcb, layout);

	t.snp = h->svn;
	a->current = (struct asp_image){ h->major, h->minor, h->build, snp_tcb_encode(t, layout) };
	a->restore_required = false;
}

static uint32_t download(struct asp *a, uint64_t spa, uint32_t len)
{
	uint8_t *image = NULL;
	uint32_t status;

	status = asp_check_spa(a, &spa, SNP_PAGE_SIZE);
	if (status)
		return status;
	if (!len || len > FW_IMAGE_MAX_LEN)
		return asp_refuse(a, SNP_FW_INVALID_LEN, "an image of %u bytes", len);
	status = asp_check_readable_range(a, spa, len, "firmware image");
	if (status)
		return status;
	image = malloc(len);
	if (!image)
		return asp_refuse(a, SNP_FW_RESOURCE_LIMIT, "out of memory");
	status = asp_read(a, spa, image, len);
	if (!status)
		status = check_origin(a, image, len);
	if (!status)
		status = check_claims(a, (struct fw_image_header *)image);
	if (!status)
		run_image(a, (struct fw_image_header *)image);
	free(image);
	return status;
}

uint32_t asp_snp_download_firmware_ex(struct asp *a, void *buf)
{
	const struct snp_fw_download_ex *in = buf;
	uint32_t status;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	if (in->reserved || in->flags & ~(uint32_t)SNP_DOWNLOAD_EX_COMMIT)
		return asp_refuse(a, SNP_FW_INVALID_PARAM, "reserved field set");
	status = download(a, in->fw_paddr, in->fw_len);
	if (!status && in->flags & SNP_DOWNLOAD_EX_COMMIT)
		commit(a);
	return status;
}

/* The older command: before SEV is initialised; commits nothing. */
uint32_t asp_sev_download_firmware(struct asp *a, void *buf)
{
	const struct sev_download *in = buf;

	return download(a, in->paddr, in->len);
}

uint32_t asp_snp_commit(struct asp *a, void *buf)
{
	const struct snp_fw_commit *in = buf;

	if (in->length != sizeof(*in))
		return asp_refuse(a, SNP_FW_INVALID_LEN, "length field is %u, not %zu",
				  in->length, sizeof(*in));
	commit(a);
	return SNP_FW_SUCCESS;
}
