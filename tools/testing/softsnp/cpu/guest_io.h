/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decoding of IOIO exits and the hypervisor's choice of MSRs.  Pure; tested
 * without QEMU.  GHCB specification (56421), AMD64 APM volume 2 (24593).
 */
#ifndef SOFTSNP_CPU_GUEST_IO_H
#define SOFTSNP_CPU_GUEST_IO_H

#include <stdbool.h>
#include <stdint.h>

struct ioio {
	bool in;
	bool string;
	uint8_t size;		/* bytes; 0: none given, nothing to do */
	uint16_t port;
};

void ioio_decode(struct ioio *io, uint64_t info1);

/* Does the hypervisor leave this MSR to the guest, without a #VC? */
bool msr_passed_through(uint32_t msr);
/* Does it exist for the guest?  Others get #GP. */
bool msr_known(uint32_t msr, bool write);

#endif /* SOFTSNP_CPU_GUEST_IO_H */
