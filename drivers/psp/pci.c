// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI binding of the AMD-SP function.  SEV API (AMD 55766), mailbox chapter;
 * which function has which registers is known from the machines themselves.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/slab.h>

#include "psp.h"

#define PSP_BAR			2

#define INT_ENABLE_V6		0x10510
#define INT_STATUS_V6		0x10514

static const struct psp_regs regs_v2 = {
	.cmdresp	= SNP_PSP_REG_CMDRESP,
	.cmdbuf_lo	= SNP_PSP_REG_CMDBUF_LO,
	.cmdbuf_hi	= SNP_PSP_REG_CMDBUF_HI,
	.feature	= SNP_PSP_REG_FEATURE,
	.int_enable	= SNP_PSP_REG_INT_ENABLE,
	.int_status	= SNP_PSP_REG_INT_STATUS,
	.bootloader	= SNP_PSP_REG_BOOTLOADER,
};

static const struct psp_regs regs_v6 = {
	.cmdresp	= SNP_PSP_REG_CMDRESP,
	.cmdbuf_lo	= SNP_PSP_REG_CMDBUF_LO,
	.cmdbuf_hi	= SNP_PSP_REG_CMDBUF_HI,
	.feature	= SNP_PSP_REG_FEATURE,
	.int_enable	= INT_ENABLE_V6,
	.int_status	= INT_STATUS_V6,
	.bootloader	= SNP_PSP_REG_BOOTLOADER,
};

static const struct pci_device_id psp_ids[] = {
	{ PCI_VDEVICE(AMD, 0x1486), (kernel_ulong_t)&regs_v2 },	/* Rome, Milan */
	{ PCI_VDEVICE(AMD, 0x14ca), (kernel_ulong_t)&regs_v2 },	/* Genoa */
	{ PCI_VDEVICE(AMD, 0x156e), (kernel_ulong_t)&regs_v6 },
	{ PCI_VDEVICE(AMD, 0x17d8), (kernel_ulong_t)&regs_v6 },	/* Turin */
	{ }
};
MODULE_DEVICE_TABLE(pci, psp_ids);

/*
 * /dev/sev, the CPU hotplug state and the guests are of one AMD-SP.  By hand
 * another function can be bound while the master is removed.
 */
static atomic_t bound = ATOMIC_INIT(0);

/* Outcome of the last probe of the master, for psp_pci_register(); 1: none. */
static int probe_result;

static u64 position(const struct pci_dev *pdev)
{
	return (u64)pci_domain_nr(pdev->bus) << 16 | pci_dev_id((struct pci_dev *)pdev);
}

/* With several sockets the function with the lowest address takes the commands. */
static bool is_master(struct pci_dev *pdev)
{
	struct pci_dev *other = NULL;

	for_each_pci_dev(other) {
		if (pci_match_id(psp_ids, other) && position(other) < position(pdev)) {
			pci_dev_put(other);
			return false;
		}
	}
	return true;
}

static int alloc_vector(struct psp *psp)
{
	int n;

	/* Of two vectors the first is the mailbox's; one is shared. */
	n = pci_alloc_irq_vectors(psp->pdev, 1, 2, PCI_IRQ_MSIX);
	if (n < 0)
		n = pci_alloc_irq_vectors(psp->pdev, 1, 1, PCI_IRQ_MSI);
	if (n < 0) {
		dev_warn(&psp->pdev->dev, "neither MSI-X nor MSI (%d)\n", n);
		return -1;
	}
	return pci_irq_vector(psp->pdev, 0);
}

static int enable(struct psp *psp)
{
	struct pci_dev *pdev = psp->pdev;
	struct device *dev = &pdev->dev;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return dev_err_probe(dev, err, "cannot be enabled\n");

	if (pci_resource_len(pdev, PSP_BAR) < psp->reg->feature + sizeof(u32)) {
		err = dev_err_probe(dev, -ENODEV, "BAR %d is too small\n", PSP_BAR);
		goto disable;
	}
	err = pci_request_region(pdev, PSP_BAR, KBUILD_MODNAME);
	if (err) {
		dev_err_probe(dev, err, "BAR %d is in use\n", PSP_BAR);
		goto disable;
	}
	psp->regs = pci_iomap(pdev, PSP_BAR, 0);
	if (!psp->regs) {
		err = dev_err_probe(dev, -ENOMEM, "BAR %d cannot be mapped\n", PSP_BAR);
		goto release;
	}
	pci_set_master(pdev);

	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(48));
	if (err)
		err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (err) {
		dev_err_probe(dev, err, "no usable DMA mask\n");
		goto clear_master;
	}
	psp->irq = alloc_vector(psp);
	return 0;

clear_master:
	pci_clear_master(pdev);
release:
	if (psp->regs)
		pci_iounmap(pdev, psp->regs);
	pci_release_region(pdev, PSP_BAR);
disable:
	pci_disable_device(pdev);
	return err;
}

static void disable(struct psp *psp)
{
	pci_free_irq_vectors(psp->pdev);
	pci_clear_master(psp->pdev);
	pci_iounmap(psp->pdev, psp->regs);
	pci_release_region(psp->pdev, PSP_BAR);
	pci_disable_device(psp->pdev);
}

/* SNP is up (again); when there can be no guests the rest works on. */
static void start_host(struct psp *psp)
{
	int err = psp_host_start(psp);

	if (err)
		dev_err(&psp->pdev->dev, "no guests (%d) until the driver is bound again\n", err);
}

static int bind(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct psp *psp;
	int err;

	psp = kzalloc(sizeof(*psp), GFP_KERNEL);
	if (!psp)
		return -ENOMEM;
	psp->pdev = pdev;
	psp->reg = (const struct psp_regs *)id->driver_data;
	mutex_init(&psp->lock);
	init_rwsem(&psp->rmp_lock);
	spin_lock_init(&psp->versions_lock);
	init_completion(&psp->done);
	INIT_LIST_HEAD(&psp->units);
	pci_set_drvdata(pdev, psp);

	err = enable(psp);
	if (err)
		goto free;
	err = psp_mailbox_init(psp);
	if (err)
		goto disable;
	psp_cmd_debugfs_init(psp);
	/*
	 * Without SNP the function stays bound: /dev/sev and the reason in
	 * sysfs are what tells an administrator how to get it.
	 */
	psp_panic_register(psp);
	err = psp_snp_init(psp);
	if (!err)
		start_host(psp);

	err = psp_dev_register(psp);
	if (err)
		goto stop;
	psp_debugfs_init(psp);
	psp_upload_register(psp);
	return 0;

stop:
	psp_host_stop(psp);
	psp_snp_shutdown(psp);
	psp_panic_unregister(psp);
	mutex_lock(&psp->lock);
	psp_fwpages_exit(psp);
	mutex_unlock(&psp->lock);
	psp_cmd_debugfs_exit(psp);
	psp_mailbox_exit(psp);
	psp_snp_exit(psp);
disable:
	disable(psp);
free:
	kfree(psp);
	return err;
}

static int psp_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	/* By driver_override any function gets here, and with an id that says nothing. */
	if (!pci_match_id(psp_ids, pdev)) {
		dev_err(&pdev->dev, "not an AMD-SP function that this driver knows\n");
		return -ENODEV;
	}
	if (!is_master(pdev)) {
		dev_info(&pdev->dev, "not used: commands go to the first AMD-SP function\n");
		return -ENODEV;
	}
	if (atomic_cmpxchg(&bound, 0, 1)) {
		dev_err(&pdev->dev, "not used: another AMD-SP function is bound; unbind it first\n");
		return -EBUSY;
	}
	probe_result = bind(pdev, id);
	if (probe_result)
		atomic_set(&bound, 0);
	return probe_result;
}

static void psp_remove(struct pci_dev *pdev)
{
	struct psp *psp = pci_get_drvdata(pdev);

	psp_upload_unregister(psp);
	psp_debugfs_exit();
	psp_dev_unregister();
	psp_host_stop(psp);
	psp_snp_shutdown(psp);
	psp_panic_unregister(psp);
	mutex_lock(&psp->lock);
	psp_fwpages_exit(psp);
	mutex_unlock(&psp->lock);
	psp_cmd_debugfs_exit(psp);
	psp_mailbox_exit(psp);
	psp_snp_exit(psp);
	disable(psp);
	kfree(psp);
	atomic_set(&bound, 0);
}

/*
 * Reboot and kexec: the next kernel has to find SNP down, and no command under
 * way that writes to what is its memory by then.
 */
static void psp_shutdown(struct pci_dev *pdev)
{
	struct psp *psp = pci_get_drvdata(pdev);

	psp_dev_stop();
	psp_host_stop(psp);
	psp_snp_shutdown(psp);
	psp_mailbox_stop(psp);
}

/* Guests do not survive a sleep: their keys are gone afterwards. */
static int psp_suspend(struct device *dev)
{
	struct psp *psp = dev_get_drvdata(dev);
	int err;

	err = psp_host_freeze(psp);
	if (err)
		return err;
	err = psp_snp_suspend(psp);
	if (err) {
		psp_host_thaw(psp);
		return err;
	}
	psp_host_stop(psp);
	return 0;
}

/* SNP that does not come back is no reason to keep the system from waking up. */
static int psp_resume(struct device *dev)
{
	struct psp *psp = dev_get_drvdata(dev);

	mutex_lock(&psp->lock);
	psp_mailbox_resume(psp);
	mutex_unlock(&psp->lock);
	if (psp->resume_snp && !psp_snp_init(psp))
		start_host(psp);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(psp_pm_ops, psp_suspend, psp_resume);

static struct pci_driver psp_driver = {
	.name		= KBUILD_MODNAME,
	.id_table	= psp_ids,
	.probe		= psp_probe,
	.remove		= psp_remove,
	.shutdown	= psp_shutdown,
	.dev_groups	= psp_groups,
	.driver.pm	= &psp_pm_ops,
	.driver.probe_type = PROBE_FORCE_SYNCHRONOUS,
};

/*
 * The driver core offers a bound function to nobody else, and says nothing
 * about it.
 */
static int check_holders(void)
{
	struct pci_dev *pdev = NULL;
	unsigned int found = 0;
	int err = 0;

	for_each_pci_dev(pdev) {
		const char *holder;

		if (!pci_match_id(psp_ids, pdev))
			continue;
		found++;
		device_lock(&pdev->dev);
		holder = pdev->dev.driver ? pdev->dev.driver->name : NULL;
		if (holder) {
			pci_err(pdev, "held by driver %s: unbind or blacklist %s, then load %s again\n",
				holder, holder, KBUILD_MODNAME);
			err = -EBUSY;
		}
		device_unlock(&pdev->dev);
	}
	if (!found) {
		pr_err("no AMD-SP function with a SEV mailbox on this machine\n");
		return -ENODEV;
	}
	return err;
}

/**
 * psp_pci_register() - find the AMD-SP and bind it
 *
 * Context: module load.
 * Return: 0; -ENODEV without an AMD-SP; -EBUSY while another driver has it;
 *	the error of its probe.
 */
int psp_pci_register(void)
{
	int err;

	err = check_holders();
	if (err)
		return err;

	probe_result = 1;
	err = pci_register_driver(&psp_driver);
	if (err)
		return err;
	if (probe_result > 0) {
		pr_err("the kernel did not offer the AMD-SP function to this driver (driver_override?)\n");
		probe_result = -ENODEV;
	}
	if (probe_result)
		pci_unregister_driver(&psp_driver);
	return probe_result;
}

/**
 * psp_pci_unregister() - let the AMD-SP go
 */
void psp_pci_unregister(void)
{
	pci_unregister_driver(&psp_driver);
}
