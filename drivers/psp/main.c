// SPDX-License-Identifier: GPL-2.0-only
/*
 * snp_host: AMD SEV-SNP on the host.  Drives the AMD-SP mailbox, sets up the
 * RMP and brings SNP up; see init.c for the order of steps.
 */
#include <linux/module.h>

#include "psp.h"

static int __init snp_host_init(void)
{
	return psp_pci_register();
}

static void __exit snp_host_exit(void)
{
	psp_pci_unregister();
}

module_init(snp_host_init);
module_exit(snp_host_exit);

MODULE_DESCRIPTION("AMD SEV-SNP host support");
MODULE_LICENSE("GPL");
