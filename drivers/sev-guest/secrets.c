// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding and mapping the secrets page (SNP firmware ABI, 56860, secrets
 * page; confidential computing blob of the Linux boot protocol).
 *
 * The page is wherever the launch put it.  The kernel finds the blob in EFI
 * tables or setup_data while it boots and records the blob's address in
 * boot_params, which a module can read through sysfs only.  sysfs is mounted
 * privately for that, so that it does not matter what is mounted where.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": secrets: " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/page-flags.h>
#include <linux/path.h>
#include <linux/pfn.h>

#include <asm/coco.h>
#include <asm/pgtable.h>

#include "secrets.h"

/* Versions before had another layout; later ones only filled reserved fields. */
#define SECRETS_VERSION_MIN	2
#define SECRETS_VERSION_MAX	4

static int secrets_read_boot_params(u32 offset, void *buf, size_t len)
{
	struct file_system_type *sysfs;
	struct vfsmount *mnt;
	struct path root;
	struct file *file;
	loff_t pos = offset;
	ssize_t n;

	sysfs = get_fs_type("sysfs");
	if (!sysfs)
		return -ENODEV;
	mnt = kern_mount(sysfs);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	file = file_open_root(&root, "kernel/boot_params/data", O_RDONLY, 0);
	if (IS_ERR(file)) {
		n = PTR_ERR(file);
	} else {
		n = kernel_read(file, buf, len, &pos);
		filp_close(file, NULL);
	}
	kern_unmount(mnt);

	if (n < 0)
		return n;
	return n == len ? 0 : -EIO;
}

/*
 * Memory that the kernel manages can only be a launch page if the kernel never
 * hands it out, and has it as private.  Messages write to the secrets page: a
 * hypervisor that forged its address must not choose among the memory in use.
 */
static bool secrets_is_launch_page(u64 gpa)
{
	unsigned int level;
	pte_t *pte;

	if (!pfn_valid(PHYS_PFN(gpa)) || !PageReserved(pfn_to_page(PHYS_PFN(gpa))))
		return false;
	pte = lookup_address((unsigned long)__va(gpa), &level);
	return pte && pte_present(*pte) && cc_mkdec(pte_val(*pte)) != pte_val(*pte);
}

/*
 * Map memory of this guest with the C-bit set, whether or not the kernel
 * counts it as memory: the launch pages are reserved on most platforms.
 */
static void *secrets_map_private(u64 gpa, size_t len, bool *ioremapped)
{
	*ioremapped = false;
	switch (region_intersects(gpa, len, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE)) {
	case REGION_INTERSECTS:
		if (!secrets_is_launch_page(gpa) || !secrets_is_launch_page(gpa + len - 1)) {
			pr_err("0x%llx is memory in use, not a page of the launch\n", gpa);
			return NULL;
		}
		return memremap(gpa, len, MEMREMAP_WB | MEMREMAP_ENC);
	case REGION_DISJOINT:
		*ioremapped = true;
		/* It is memory, not registers, whatever the type says. */
		return (void __force *)ioremap_encrypted(gpa, len);
	}
	return NULL;
}

static void secrets_unmap_private(void *map, bool ioremapped)
{
	if (ioremapped)
		iounmap((void __iomem __force *)map);
	else
		memunmap(map);
}

static int secrets_find_blob(struct snp_cc_blob *blob)
{
	bool ioremapped;
	u32 blob_gpa;
	void *map;
	int rc;

	rc = secrets_read_boot_params(SNP_BOOT_PARAMS_CC_BLOB, &blob_gpa, sizeof(blob_gpa));
	if (rc) {
		pr_err("cannot read boot_params from sysfs (%d); the kernel must have CONFIG_SYSFS\n",
		       rc);
		return rc;
	}
	if (!blob_gpa) {
		pr_err("boot_params has no confidential computing blob; boot through firmware or a loader that passes one\n");
		return -ENODEV;
	}

	map = secrets_map_private(blob_gpa, sizeof(*blob), &ioremapped);
	if (!map) {
		pr_err("cannot map the confidential computing blob at 0x%x\n", blob_gpa);
		return -ENODEV;
	}
	memcpy(blob, map, sizeof(*blob));
	secrets_unmap_private(map, ioremapped);

	if (blob->magic != SNP_CC_BLOB_MAGIC) {
		pr_err("blob at 0x%x has magic 0x%x, 0x%x is needed; its memory was overwritten\n",
		       blob_gpa, blob->magic, SNP_CC_BLOB_MAGIC);
		return -ENODEV;
	}
	return 0;
}

static int secrets_find(u64 *gpa)
{
	struct snp_cc_blob blob;
	int rc;

	rc = secrets_find_blob(&blob);
	if (rc)
		return rc;
	if (!blob.secrets_gpa || !IS_ALIGNED(blob.secrets_gpa, SNP_PAGE_SIZE) ||
	    blob.secrets_len != SNP_PAGE_SIZE) {
		pr_err("blob names a secrets page at 0x%llx of %u bytes, an aligned page of %u bytes is needed\n",
		       blob.secrets_gpa, blob.secrets_len, SNP_PAGE_SIZE);
		return -ENODEV;
	}
	*gpa = blob.secrets_gpa;
	return 0;
}

/**
 * secrets_map() - find, map and check the secrets page
 * @secrets: filled in
 *
 * Context: process context, may sleep; SNP guest.
 * Return: 0 or a negative errno; the reason is in the log.
 */
int secrets_map(struct secrets *secrets)
{
	u32 version;
	int rc;

	rc = secrets_find(&secrets->gpa);
	if (rc)
		return rc;
	secrets->page = secrets_map_private(secrets->gpa, SNP_PAGE_SIZE, &secrets->ioremapped);
	if (!secrets->page) {
		pr_err("cannot map the secrets page at 0x%llx\n", secrets->gpa);
		return -ENODEV;
	}

	version = READ_ONCE(secrets->page->version);
	if (version < SECRETS_VERSION_MIN) {
		pr_err("secrets page at 0x%llx has version %u, at least %u is needed; update the SNP firmware\n",
		       secrets->gpa, version, SECRETS_VERSION_MIN);
		secrets_unmap(secrets);
		return -ENODEV;
	}
	if (version > SECRETS_VERSION_MAX)
		pr_notice("secrets page has version %u, newer than the known %u\n", version,
			  SECRETS_VERSION_MAX);
	return 0;
}

/**
 * secrets_unmap() - the end of secrets_map()
 * @secrets: the mapped page
 *
 * The content stays: the next user of the page needs keys and counters.
 */
void secrets_unmap(struct secrets *secrets)
{
	secrets_unmap_private(secrets->page, secrets->ioremapped);
	secrets->page = NULL;
}

/**
 * secrets_copy_cpuid() - copy the CPUID page, which the same blob names
 * @cpuid: the copy
 *
 * The firmware checked the page at launch, and it is private memory since.
 *
 * Context: process context, may sleep; SNP guest.
 * Return: 0 or a negative errno; the reason is in the log.
 */
int secrets_copy_cpuid(struct snp_cpuid_page *cpuid)
{
	struct snp_cc_blob blob;
	bool ioremapped;
	void *map;
	int rc;

	rc = secrets_find_blob(&blob);
	if (rc)
		return rc;
	if (!blob.cpuid_gpa || !IS_ALIGNED(blob.cpuid_gpa, SNP_PAGE_SIZE) ||
	    blob.cpuid_len != SNP_PAGE_SIZE) {
		pr_err("blob names a CPUID page at 0x%llx of %u bytes, an aligned page of %u bytes is needed\n",
		       blob.cpuid_gpa, blob.cpuid_len, SNP_PAGE_SIZE);
		return -ENODEV;
	}
	map = secrets_map_private(blob.cpuid_gpa, SNP_PAGE_SIZE, &ioremapped);
	if (!map) {
		pr_err("cannot map the CPUID page at 0x%llx\n", blob.cpuid_gpa);
		return -ENODEV;
	}
	memcpy(cpuid, map, sizeof(*cpuid));
	secrets_unmap_private(map, ioremapped);
	return 0;
}
