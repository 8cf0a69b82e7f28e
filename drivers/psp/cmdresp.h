/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CmdResp register codec.  SEV API (AMD 55766) and SNP firmware ABI (AMD
 * 56860), mailbox chapters.
 *
 * Writing the register with bit 31 clear hands the mailbox to the firmware;
 * the firmware hands it back by setting bit 31.  Status and command number
 * mean something only then.  Pure functions on values.
 */
#ifndef SNP_PSP_CMDRESP_H
#define SNP_PSP_CMDRESP_H

#include <snp/fw.h>

/* What a read of the register says. */
enum cmdresp_kind {
	CMDRESP_BUSY,		/* the firmware has the mailbox */
	CMDRESP_DONE,		/* the last command has ended */
	CMDRESP_GONE,		/* all ones: the register cannot be read */
};

/**
 * struct cmdresp - the register, decoded
 * @kind: decides whether the other fields mean anything
 * @status: firmware status
 * @cmd: echo of the command number; firmware may leave it 0
 */
struct cmdresp {
	enum cmdresp_kind kind;
	u16 status;
	u16 cmd;
};

/**
 * cmdresp_encode() - the value that submits a command
 * @cmd: command number, 11 bits
 * @irq: raise an interrupt when done
 *
 * Return: register value, bit 31 clear.
 */
static inline u32 cmdresp_encode(unsigned int cmd, bool irq)
{
	return FIELD_PREP(SNP_CMDRESP_CMD, cmd) | (irq ? SNP_CMDRESP_IOC : 0);
}

/**
 * cmdresp_decode() - what a value read from the register means
 * @reg: the value
 *
 * Return: the decoded register.
 */
static inline struct cmdresp cmdresp_decode(u32 reg)
{
	struct cmdresp r = { .kind = CMDRESP_BUSY };

	if (reg == U32_MAX) {
		r.kind = CMDRESP_GONE;
		return r;
	}
	r.cmd = FIELD_GET(SNP_CMDRESP_CMD, reg);
	if (reg & SNP_CMDRESP_RESPONSE) {
		r.kind = CMDRESP_DONE;
		r.status = FIELD_GET(SNP_CMDRESP_STATUS, reg);
	}
	return r;
}

/**
 * cmdresp_echo_ok() - does an answer belong to a command
 * @r: decoded answer
 * @cmd: the command that was submitted
 *
 * Return: false when the firmware names another command.
 */
static inline bool cmdresp_echo_ok(const struct cmdresp *r, unsigned int cmd)
{
	return !r->cmd || r->cmd == cmd;
}

#endif /* SNP_PSP_CMDRESP_H */
