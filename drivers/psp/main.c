// SPDX-License-Identifier: GPL-2.0-only
/*
 * snp_host: AMD SEV-SNP on the host.  Drives the AMD-SP mailbox, sets up the
 * RMP and brings SNP up; see init.c for the order of steps.
 */
#include <linux/module.h>

#include "guest.h"
#include "psp.h"
#include "quarantine.h"

static int __init snp_host_init(void)
{
	int err = psp_pci_register();

	if (err)
		psp_quarantine_exit();
	return err;
}

static void __exit snp_host_exit(void)
{
	psp_pci_unregister();
	psp_certs_exit();
	psp_quarantine_exit();
}

module_init(snp_host_init);
module_exit(snp_host_exit);

MODULE_DESCRIPTION("AMD SEV-SNP host support");
MODULE_LICENSE("GPL");
