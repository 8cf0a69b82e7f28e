// SPDX-License-Identifier: GPL-2.0-only
/*
 * snp_guest_tpm: the TPM that an SVSM has for this guest, as /dev/tpmN and
 * /dev/tpmrmN (SVSM, 58019, vTPM protocol).
 *
 * For kernels that make the platform device "tpm-svsm" and have no driver for
 * it.  A module of its own, because it needs the kernel's TPM core.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <compat/tpm.h>
#include <snp/guest.h>
#include <snp/svsm.h>

#define TPM_DEVICE	"tpm-svsm"

/* The TPM core has one command under way at a time. */
static int tpm_send(struct tpm_chip *chip, u8 *buf, size_t bufsiz, size_t cmd_len)
{
	void *page = dev_get_drvdata(&chip->dev);

	return snp_guest_vtpm_command(page, buf, bufsiz, cmd_len);
}

static const struct tpm_class_ops tpm_ops = {
	.flags = TPM_OPS_AUTO_STARTUP,
	.send = tpm_send,
};

static int tpm_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct tpm_chip *chip;
	void *page;
	int rc;

	rc = snp_guest_vtpm_present();
	if (rc) {
		dev_err(dev, "the SVSM offers no TPM (%d)\n", rc);
		return rc;
	}
	page = (void *)devm_get_free_pages(dev, GFP_KERNEL | __GFP_ZERO, 0);
	if (!page)
		return -ENOMEM;
	chip = tpmm_chip_alloc(dev, &tpm_ops);
	if (IS_ERR(chip))
		return PTR_ERR(chip);
	dev_set_drvdata(&chip->dev, page);
	chip->flags |= TPM_CHIP_FLAG_SYNC;
	rc = tpm2_probe(chip);
	if (!rc)
		rc = tpm_chip_register(chip);
	if (rc) {
		dev_err(dev, "the SVSM's TPM does not start (%d)\n", rc);
		return rc;
	}
	dev_info(dev, "the SVSM's TPM is %s\n", dev_name(&chip->dev));
	return 0;
}

static void tpm_remove(struct platform_device *pdev)
{
	tpm_chip_unregister(platform_get_drvdata(pdev));
}

static const struct platform_device_id tpm_ids[] = {
	{ .name = TPM_DEVICE },
	{ }
};
MODULE_DEVICE_TABLE(platform, tpm_ids);

static struct platform_driver tpm_driver = {
	.probe = tpm_probe,
	.remove = tpm_remove,
	.id_table = tpm_ids,
	.driver = {
		.name = KBUILD_MODNAME,
	},
};

module_platform_driver(tpm_driver);

MODULE_DESCRIPTION("TPM of an SVSM");
MODULE_LICENSE("GPL");
