/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command buffer must look like before it is sent: one row for each
 * command.  SEV API (AMD 55766) and SNP firmware ABI (AMD 56860), command
 * reference.
 */
#ifndef SNP_PSP_CMDTABLE_H
#define SNP_PSP_CMDTABLE_H

#include <linux/bits.h>
#include <linux/types.h>

#include <snp/fw.h>

/**
 * enum psp_cmd_class - commands that take about as long share a time-out
 * @PSP_CLASS_QUERY: asks, changes nothing
 * @PSP_CLASS_PAGE: changes the state of pages
 * @PSP_CLASS_GUEST: works on one guest
 * @PSP_CLASS_PLATFORM: works on the whole platform
 * @PSP_NR_CLASSES: how many there are
 */
enum psp_cmd_class {
	PSP_CLASS_QUERY,
	PSP_CLASS_PAGE,
	PSP_CLASS_GUEST,
	PSP_CLASS_PLATFORM,
	PSP_NR_CLASSES,
};

/* The answer lands in the command buffer. */
#define PSP_CMD_WRITES_BACK	BIT(0)
/* The first four bytes of the buffer are its length. */
#define PSP_CMD_LEN_FIELD	BIT(1)

/**
 * enum psp_addr_kind - what an address in a command buffer is for
 * @PSP_ADDR_NONE: no more addresses
 * @PSP_ADDR_READ: the firmware reads there, at any alignment
 * @PSP_ADDR_READ_PAGE: it reads there, from the start of a page
 * @PSP_ADDR_WRITE: it writes there: a Firmware page once SNP is up; 8 byte aligned
 * @PSP_ADDR_WRITE_PAGE: as @PSP_ADDR_WRITE, from the start of a page
 * @PSP_ADDR_PAGE: the command is about that page of 4 KiB
 * @PSP_ADDR_SIZED: about that page, whose size is in bit 0
 * @PSP_ADDR_MAYBE_READ: as @PSP_ADDR_READ, or 0
 * @PSP_ADDR_MAYBE_PAGE: as @PSP_ADDR_PAGE, or 0
 */
enum psp_addr_kind {
	PSP_ADDR_NONE,
	PSP_ADDR_READ,
	PSP_ADDR_READ_PAGE,
	PSP_ADDR_WRITE,
	PSP_ADDR_WRITE_PAGE,
	PSP_ADDR_PAGE,
	PSP_ADDR_SIZED,
	PSP_ADDR_MAYBE_READ,
	PSP_ADDR_MAYBE_PAGE,
};

/**
 * struct psp_addr_field - an address of 8 bytes in a command buffer
 * @offset: where
 * @kind: enum psp_addr_kind
 */
struct psp_addr_field {
	u8 offset;
	u8 kind;
};

/**
 * struct psp_zero_field - bits that have to be zero
 * @offset: where
 * @len: how many bytes; all of them when @mask is 0
 * @mask: bits of the four bytes at @offset
 */
struct psp_zero_field {
	u8 offset;
	u8 len;
	u32 mask;
};

#define PSP_NR_ADDRS		3
#define PSP_NR_ZEROES		4

/**
 * struct psp_cmd_info - one row
 * @cmd: command number
 * @len: bytes of its buffer, 0 for none
 * @cls: enum psp_cmd_class
 * @flags: PSP_CMD_*
 * @name: the specification's name
 * @addr: addresses in the buffer, up to the first of kind PSP_ADDR_NONE
 * @zero: reserved fields, up to the first without bits
 */
struct psp_cmd_info {
	u16 cmd;
	u16 len;
	u8 cls;
	u8 flags;
	const char *name;
	struct psp_addr_field addr[PSP_NR_ADDRS];
	struct psp_zero_field zero[PSP_NR_ZEROES];
};

extern const struct psp_cmd_info psp_cmd_table[];
extern const unsigned int psp_nr_cmds;

const struct psp_cmd_info *psp_cmd_info(unsigned int cmd);
const char *psp_cmd_name(unsigned int cmd);
const char *psp_cmdbuf_defect(const struct psp_cmd_info *info, const void *buf, size_t len,
			      u64 cbit_mask);

#endif /* SNP_PSP_CMDTABLE_H */
