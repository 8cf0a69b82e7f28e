/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware images for the model.  Real ones are signed by AMD and their form
 * is AMD's; this one is SoftSNP's own, signed with the test key firmware.key
 * of a softsnp-pki directory.
 *
 * An image is the header, a body of any content, and a signature: ECDSA P-384
 * with SHA-384 over all bytes before it, R and S of 48 bytes, big-endian.
 */
#ifndef SOFTSNP_FW_IMAGE_H
#define SOFTSNP_FW_IMAGE_H

#include <snp/types.h>

#define FW_IMAGE_MAGIC		"SoftSNP firmware"
#define FW_IMAGE_SIG_LEN	96
#define FW_IMAGE_MAX_LEN	0x100000

/* How the image takes being loaded. */
#define FW_IMAGE_NEEDS_SHUTDOWN	BIT(0)	/* not while SNP is INIT */
#define FW_IMAGE_FAILS		BIT(1)	/* does not start; the old one runs on */
#define FW_IMAGE_BREAKS		BIT(2)	/* does not start, nor does the old one any more */
#define FW_IMAGE_FLAGS		(FW_IMAGE_NEEDS_SHUTDOWN | FW_IMAGE_FAILS | FW_IMAGE_BREAKS)

/**
 * struct fw_image_header - the first 64 bytes
 * @magic: FW_IMAGE_MAGIC, without its NUL
 * @length: of the whole image in bytes
 * @product: enum asp_product
 * @major: ABI version
 * @minor: likewise
 * @build: build number
 * @svn: what the SNP component of the TCB becomes
 * @flags: FW_IMAGE_*
 * @reserved: zero
 */
struct fw_image_header {
	__u8	magic[16];
	__u32	length;
	__u8	product;
	__u8	major;
	__u8	minor;
	__u8	build;
	__u32	svn;
	__u32	flags;
	__u8	reserved[32];
} __attribute__((packed));
SNP_CHECK_SIZE(struct fw_image_header, 64);

#endif /* SOFTSNP_FW_IMAGE_H */
