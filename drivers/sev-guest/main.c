// SPDX-License-Identifier: GPL-2.0-only
/*
 * snp_guest: messages of an SEV-SNP guest to the AMD-SP, for kernels from 6.1
 * on, next to an in-tree sev-guest that is not loaded.
 *
 * The module takes the platform device "sev-guest", which the kernel makes in
 * every SNP guest; so it and the in-tree driver can never use one VMPCK at the
 * same time.  A gate that fails says what was found, what is needed, and what
 * to do.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/string.h>

#include <arch-x86/ghcb/ghcb.h>
#include <arch-x86/svsm/svsm.h>
#include <compat/msr.h>
#include <snp/rmp.h>

#include "dev.h"
#include "guest.h"
#include "inkernel.h"
#include "vc.h"

#define GUEST_DEVICE		"sev-guest"
/* SEV_STATUS bit 3: the C-bit means the opposite, and the kernel runs on top of a paravisor. */
#define GUEST_STATUS_VTOM	BIT_ULL(3)

static int vmpck_id = -1;
module_param(vmpck_id, int, 0444);
MODULE_PARM_DESC(vmpck_id, "VMPCK to use, 0 to 3; -1 (default): that of the VMPL this kernel runs at");

/* The driver core hides why a probe failed. */
static int guest_probe_error;

/* Gates: this is an SNP guest, and the kernel knows it. */
static int __init guest_check_platform(void)
{
	u64 status;

	if (rdmsrq_safe(SNP_MSR_SEV_STATUS, &status)) {
		pr_err("MSR 0x%x (SEV_STATUS) does not exist, bit 2 (SNP) is needed; start this machine as an SEV-SNP guest\n",
		       SNP_MSR_SEV_STATUS);
		return -ENODEV;
	}
	if (!(status & SNP_SEV_STATUS_SNP)) {
		pr_err("MSR 0x%x (SEV_STATUS) is 0x%llx, bit 2 (SNP) is needed; start this machine as an SEV-SNP guest\n",
		       SNP_MSR_SEV_STATUS, status);
		return -ENODEV;
	}
	if (status & GUEST_STATUS_VTOM) {
		pr_err("MSR 0x%x (SEV_STATUS) is 0x%llx, bit 3 (vTOM) must be clear; ask the paravisor for reports\n",
		       SNP_MSR_SEV_STATUS, status);
		return -ENODEV;
	}
	return 0;
}

/* Gate: the device is there and nobody has it. */
static int __init guest_check_device(void)
{
	struct device *dev;
	int rc = 0;

	dev = bus_find_device_by_name(&platform_bus_type, NULL, GUEST_DEVICE);
	if (!dev) {
		pr_err("no platform device \"%s\": this kernel did not come up as an SNP guest; build it with CONFIG_AMD_MEM_ENCRYPT\n",
		       GUEST_DEVICE);
		return -ENODEV;
	}
	device_lock(dev);
	if (dev->driver) {
		pr_err("platform device \"%s\" and /dev/sev-guest belong to driver %s (the in-tree one is sev-guest); unload that first (rmmod sev_guest)\n",
		       GUEST_DEVICE, dev->driver->name);
		rc = -EBUSY;
	}
	device_unlock(dev);
	put_device(dev);
	return rc;
}

/* Gate: what the secrets page says of an SVSM makes sense, and the SVSM is there. */
static int __init guest_find_svsm(const struct snp_secrets_page *secrets)
{
	unsigned int vmpl = secrets->svsm_guest_vmpl;

	if (!secrets->svsm_size)
		return 0;
	if (!vmpl || vmpl >= SNP_NR_VMPCK) {
		pr_err("an SVSM of 0x%llx bytes is present and the secrets page says VMPL%u, 1 to %d is needed; update the SVSM\n",
		       secrets->svsm_size, vmpl, SNP_NR_VMPCK - 1);
		return -ENODEV;
	}
	return svsm_init(vmpl);
}

/* Gate: the key is there. */
static int __init guest_choose_vmpck(const struct snp_secrets_page *secrets, unsigned int *vmpck)
{
	if (vmpck_id < -1 || vmpck_id >= SNP_NR_VMPCK) {
		pr_err("vmpck_id is %d, -1 to %d is needed\n", vmpck_id, SNP_NR_VMPCK - 1);
		return -EINVAL;
	}
	*vmpck = vmpck_id < 0 ? svsm_vmpl() : vmpck_id;
	if (!memchr_inv(secrets->vmpck[*vmpck], 0, SNP_VMPCK_LEN)) {
		pr_err("VMPCK%u is empty: retired by an earlier driver, or withheld; load with another vmpck_id, or start this guest again\n",
		       *vmpck);
		return -ENODEV;
	}
	return 0;
}

static void guest_stop(void *data)
{
	struct guest *guest = data;

	inkernel_set_channel(NULL);
	dev_unregister();
	msg_close(&guest->channel);
	svsm_exit();
	secrets_unmap(&guest->secrets);
	vc_stop(guest->dev);
	ghcb_exit();
}

static int __init guest_start(struct device *dev, struct guest *guest)
{
	unsigned int vmpck;
	int rc;

	rc = ghcb_init();
	if (rc)
		return rc;
	guest->dev = dev;
	rc = vc_start(dev);
	if (rc)
		goto err_ghcb;
	rc = secrets_map(&guest->secrets);
	if (rc)
		goto err_vc;
	rc = guest_find_svsm(guest->secrets.page);
	if (rc)
		goto err_secrets;
	rc = guest_choose_vmpck(guest->secrets.page, &vmpck);
	if (rc)
		goto err_svsm;
	rc = msg_open(&guest->channel, guest->secrets.page, vmpck);
	if (rc)
		goto err_svsm;
	rc = dev_register(dev, &guest->channel);
	if (rc) {
		pr_err("cannot make /dev/sev-guest (%d); unload whatever has that name\n", rc);
		goto err_msg;
	}
	inkernel_set_channel(&guest->channel);
	pr_info("ready at VMPL%u, VMPCK%u, sequence counter %u\n", svsm_vmpl(), vmpck,
		guest->secrets.page->msg_seqno[vmpck]);
	return 0;

err_msg:
	msg_close(&guest->channel);
err_svsm:
	svsm_exit();
err_secrets:
	secrets_unmap(&guest->secrets);
err_vc:
	vc_stop(dev);
err_ghcb:
	ghcb_exit();
	return rc;
}

static int __init guest_probe(struct platform_device *pdev)
{
	struct guest *guest;
	int rc;

	guest = devm_kzalloc(&pdev->dev, sizeof(*guest), GFP_KERNEL);
	if (!guest) {
		rc = -ENOMEM;
		goto out;
	}
	platform_set_drvdata(pdev, guest);
	rc = guest_start(&pdev->dev, guest);
	if (rc)
		goto out;
	rc = devm_add_action_or_reset(&pdev->dev, guest_stop, guest);
out:
	guest_probe_error = rc;
	return rc;
}

/* A kernel that is started next takes all memory for private; not called before a crash kernel. */
static void guest_shutdown(struct platform_device *pdev)
{
	struct guest *guest = platform_get_drvdata(pdev);

	msg_stop(&guest->channel);
}

static const struct platform_device_id guest_ids[] = {
	{ .name = GUEST_DEVICE },
	{ }
};
MODULE_DEVICE_TABLE(platform, guest_ids);

/* Not called "sev-guest": the in-tree driver could not register then. */
static struct platform_driver guest_driver = {
	.shutdown = guest_shutdown,
	.id_table = guest_ids,
	.driver = {
		.name = KBUILD_MODNAME,
		.dev_groups = guest_groups,
	},
};

static int __init guest_init(void)
{
	int rc;

	rc = guest_check_platform();
	if (rc)
		return rc;
	rc = guest_check_device();
	if (rc)
		return rc;
	rc = platform_driver_probe(&guest_driver, guest_probe);
	return rc ? guest_probe_error ?: rc : 0;
}
module_init(guest_init);

static void __exit guest_exit(void)
{
	platform_driver_unregister(&guest_driver);
}
module_exit(guest_exit);

MODULE_SOFTDEP("pre: aesni-intel gcm ctr ghash-generic post: snp_guest_tsm");
MODULE_DESCRIPTION("AMD SEV-SNP guest messages");
MODULE_LICENSE("GPL");
