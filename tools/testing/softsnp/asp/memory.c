// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the firmware looks at system memory: addresses without their C-bit,
 * page states, the rule that whatever the firmware writes is in Firmware
 * state while SNP is INIT (56860, page states; 55766, SNP active).
 */
#include <stdarg.h>
#include <stdio.h>

#include "asp_priv.h"

/**
 * asp_refuse() - log why a command fails
 * @a: the model
 * @status: what the command answers
 * @fmt: the reason, without newline
 *
 * Return: @status.
 */
uint32_t asp_refuse(struct asp *a, uint32_t status, const char *fmt, ...)
{
	char line[256];
	va_list args;
	int n;

	if (!a->ops.log)
		return status;

	n = snprintf(line, sizeof(line), "%s: ", snp_fw_status_name(status));
	va_start(args, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, args);
	va_end(args);
	a->ops.log(a->ops.opaque, line);
	return status;
}

/**
 * asp_check_spa() - take an address from a command
 * @a: the model
 * @spa: the address; loses its C-bit
 * @align: alignment in bytes, a power of two
 */
uint32_t asp_check_spa(struct asp *a, uint64_t *spa, uint64_t align)
{
	*spa &= ~a->spa_cbit;
	if (*spa & (align - 1))
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS,
				  "address 0x%llx is not aligned to 0x%llx",
				  (unsigned long long)*spa, (unsigned long long)align);
	if (*spa >> 52)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "address 0x%llx is beyond 52 bits",
				  (unsigned long long)*spa);
	return SNP_FW_SUCCESS;
}

/* State of the page around @spa; *@e is its entry unless the state is DEFAULT. */
enum snp_page_state asp_page_state(struct asp *a, uint64_t spa, struct snp_rmp_raw *e)
{
	memset(e, 0, sizeof(*e));
	if (a->snp_state != SNP_STATE_INIT ||
	    rmp_lookup(&a->ops.rmp, spa >> SNP_PAGE_SHIFT, e))
		return SNP_STATE_DEFAULT;
	return rmp_entry_state(e);
}

/* May the firmware write to the page around @spa? */
uint32_t asp_check_writable(struct asp *a, uint64_t spa, const char *what)
{
	enum snp_page_state state;
	struct snp_rmp_raw e;

	state = asp_page_state(a, spa, &e);
	if (state == SNP_STATE_FIRMWARE || state == SNP_STATE_DEFAULT)
		return SNP_FW_SUCCESS;
	return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "%s at 0x%llx is %s, not Firmware", what,
			  (unsigned long long)spa, rmp_state_name(state));
}

/* May the firmware read the host's data from the page around @spa? */
uint32_t asp_check_readable(struct asp *a, uint64_t spa, const char *what)
{
	enum snp_page_state state;
	struct snp_rmp_raw e;

	state = asp_page_state(a, spa, &e);
	switch (state) {
	case SNP_STATE_HYPERVISOR:
	case SNP_STATE_HV_FIXED:
	case SNP_STATE_FIRMWARE:
	case SNP_STATE_DEFAULT:
		return SNP_FW_SUCCESS;
	default:
		return asp_refuse(a, SNP_FW_INVALID_PAGE_STATE, "%s at 0x%llx is %s", what,
				  (unsigned long long)spa, rmp_state_name(state));
	}
}

/* The same for @len bytes from @spa on. */
uint32_t asp_check_readable_range(struct asp *a, uint64_t spa, uint64_t len, const char *what)
{
	uint64_t at = spa & ~(uint64_t)(SNP_PAGE_SIZE - 1);
	uint32_t status = SNP_FW_SUCCESS;

	for (; !status && at < spa + len; at += SNP_PAGE_SIZE)
		status = asp_check_readable(a, at, what);
	return status;
}

/**
 * asp_check_output() - may the firmware write @len bytes to @spa
 * @a: the model
 * @spa: address from the command; loses its C-bit
 * @len: bytes
 * @align: alignment in bytes
 * @what: for the log
 *
 * With SNP on, what is written must lie in one Firmware page of 4 KiB.
 */
uint32_t asp_check_output(struct asp *a, uint64_t *spa, size_t len, uint64_t align,
			  const char *what)
{
	struct snp_rmp_raw e;
	uint32_t status;

	status = asp_check_spa(a, spa, align);
	if (status)
		return status;
	if (a->snp_state == SNP_STATE_INIT && (*spa & (SNP_PAGE_SIZE - 1)) + len > SNP_PAGE_SIZE)
		return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "%s crosses a page", what);
	status = asp_check_writable(a, *spa, what);
	if (status)
		return status;
	asp_page_state(a, *spa, &e);
	if (e.lo & SNP_RMP_RAW_PAGESIZE)
		return asp_refuse(a, SNP_FW_INVALID_PAGE_SIZE, "%s is part of a 2 MiB page", what);
	return SNP_FW_SUCCESS;
}

uint32_t asp_read(struct asp *a, uint64_t spa, void *buf, size_t len)
{
	if (!a->ops.mem_read(a->ops.opaque, spa, buf, len))
		return SNP_FW_SUCCESS;
	return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "0x%zx bytes at 0x%llx are not memory", len,
			  (unsigned long long)spa);
}

uint32_t asp_write(struct asp *a, uint64_t spa, const void *buf, size_t len)
{
	if (!a->ops.mem_write(a->ops.opaque, spa, buf, len))
		return SNP_FW_SUCCESS;
	return asp_refuse(a, SNP_FW_INVALID_ADDRESS, "0x%zx bytes at 0x%llx are not memory", len,
			  (unsigned long long)spa);
}
