// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware hot-load: the kernel's firmware-upload interface in front of
 * SNP_DOWNLOAD_FIRMWARE_EX (AMD 56860).
 *
 *   echo 1 > /sys/class/firmware/snp_host/loading
 *   cat image > /sys/class/firmware/snp_host/data
 *   echo 0 > /sys/class/firmware/snp_host/loading
 *
 * The new firmware is provisional until SNP_COMMIT.  The image is the
 * firmware's to judge: it is signed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "psp.h"
#include "upload.h"

#define IMAGE_MAX		SZ_2M

static enum fw_upload_err upload_prepare(struct fw_upload *fw, const u8 *data, u32 size)
{
	struct psp *psp = fw->dd_handle;

	if (!size || size > IMAGE_MAX) {
		dev_err(&psp->pdev->dev, "firmware image of %u bytes: 1 to %u expected\n",
			size, IMAGE_MAX);
		return FW_UPLOAD_ERR_INVALID_SIZE;
	}
	return FW_UPLOAD_ERR_NONE;
}

static enum fw_upload_err upload_write(struct fw_upload *fw, const u8 *data, u32 offset, u32 size,
				       u32 *written)
{
	struct psp *psp = fw->dd_handle;
	struct device *dev = &psp->pdev->dev;
	struct psp_versions v;
	u32 status = 0;
	int err;

	/* The firmware takes an image in one piece. */
	mutex_lock(&psp->lock);
	err = psp_download_firmware(psp, data, size, &status);
	mutex_unlock(&psp->lock);
	if (err) {
		dev_err(dev, "firmware image not taken: %s (%d); %s\n",
			err == -EIO ? snp_fw_status_name(status) : "no answer from the firmware",
			err, psp_upload_hint(err, status));
		return psp_upload_error(err, status);
	}
	v = psp_versions(psp);
	dev_info(dev, "firmware %u.%u.%u runs, provisional until SNP_COMMIT\n", v.snp.api_major,
		 v.snp.api_minor, v.snp.build_id);
	psp_host_touch(psp);
	*written = size;
	return FW_UPLOAD_ERR_NONE;
}

static enum fw_upload_err upload_poll_complete(struct fw_upload *fw)
{
	return FW_UPLOAD_ERR_NONE;
}

/* A command that runs cannot be called back; one that does not run yet has no effect. */
static void upload_cancel(struct fw_upload *fw)
{
}

static const struct fw_upload_ops upload_ops = {
	.prepare	= upload_prepare,
	.write		= upload_write,
	.poll_complete	= upload_poll_complete,
	.cancel		= upload_cancel,
};

/**
 * psp_upload_register() - make /sys/class/firmware/snp_host
 * @psp: the AMD-SP
 *
 * Without it firmware can be updated by the BIOS only, and all else works.
 *
 * Context: may sleep.
 */
void psp_upload_register(struct psp *psp)
{
	struct device *dev = &psp->pdev->dev;
	struct fw_upload *fw;

	if (!IS_ENABLED(CONFIG_FW_UPLOAD)) {
		dev_info(dev, "this kernel has no firmware upload (CONFIG_FW_UPLOAD): no firmware hot-load\n");
		return;
	}
	/* Not THIS_MODULE: registration would keep the module from being unloaded. */
	fw = firmware_upload_register(NULL, dev, KBUILD_MODNAME, &upload_ops, psp);
	if (IS_ERR(fw)) {
		dev_warn(dev, "no firmware hot-load (%ld)\n", PTR_ERR(fw));
		return;
	}
	psp->upload = fw;
}

/**
 * psp_upload_unregister() - undo psp_upload_register()
 * @psp: the AMD-SP
 *
 * Context: may sleep, until an upload under way has ended.
 */
void psp_upload_unregister(struct psp *psp)
{
	if (psp->upload)
		firmware_upload_unregister(psp->upload);
	psp->upload = NULL;
}
