// SPDX-License-Identifier: GPL-2.0-only
/*
 * softsnp-ivrs: writes the IVRS table that makes QEMU's IOMMU one with SNP
 * support in the eyes of a Linux kernel.
 *
 * QEMU must have the IOMMU where the table says it is:
 *
 *   -device AMDVI-PCI,id=iommu,addr=0x1
 *   -device amd-iommu,pci-id=iommu,intremap=on,xtsup=on
 *
 * and the initramfs must begin with an uncompressed cpio archive that holds
 * the table as kernel/firmware/acpi/ivrs.aml (CONFIG_ACPI_TABLE_UPGRADE).
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ivrs.h"

static const char usage[] =
	"usage: softsnp-ivrs [--device BB:DD.F] OUT\n"
	"  --device  where the IOMMU function stands (default 00:01.0)\n"
	"  OUT       file to write, kernel/firmware/acpi/ivrs.aml of an initramfs\n";

static int parse_device(const char *s, uint16_t *id)
{
	unsigned int bus, dev, fn;
	int end = 0;

	if (sscanf(s, "%2x:%2x.%1x%n", &bus, &dev, &fn, &end) != 3 || s[end] ||
	    bus > 0xff || dev > 0x1f || fn > 7)
		return -1;
	*id = bus << 8 | dev << 3 | fn;
	return 0;
}

static int write_file(const char *path, const void *buf, size_t len)
{
	FILE *f = fopen(path, "wb");
	int bad;

	if (!f)
		return -1;
	bad = fwrite(buf, 1, len, f) != len;
	bad |= fclose(f) != 0;
	return bad ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct ivrs_config cfg = ivrs_qemu;
	uint8_t table[256];
	size_t len;
	int c;

	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			if (parse_device(optarg, &cfg.device_id)) {
				fprintf(stderr, "softsnp-ivrs: %s is no PCI function BB:DD.F\n",
					optarg);
				return 2;
			}
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc - 1) {
		fputs(usage, stderr);
		return 2;
	}

	len = ivrs_build(&cfg, table, sizeof(table));
	if (!len || write_file(argv[optind], table, len)) {
		fprintf(stderr, "softsnp-ivrs: %s: %s\n", argv[optind], strerror(errno));
		return 1;
	}
	return 0;
}
