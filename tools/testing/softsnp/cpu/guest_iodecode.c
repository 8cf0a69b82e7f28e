// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding of IOIO exits and the hypervisor's choice of MSRs.  GHCB
 * specification (56421), AMD64 APM volume 2 (24593, MSR cross reference).
 */
#include <stddef.h>

#include "attr.h"
#include "guest_io.h"

void ioio_decode(struct ioio *io, uint64_t info1)
{
	io->in = info1 & 1;
	io->string = info1 >> 2 & 1;
	io->port = info1 >> 16;
	io->size = 0;
	if (info1 & 1 << 4)
		io->size = 1;
	else if (info1 & 1 << 5)
		io->size = 2;
	else if (info1 & 1 << 6)
		io->size = 4;
}

bool msr_passed_through(uint32_t msr)
{
	switch (msr) {
	case 0x48:		/* SPEC_CTRL */
	case 0x49:		/* PRED_CMD */
	case 0x10b:		/* FLUSH_CMD */
	case 0x174 ... 0x176:	/* SYSENTER */
	case 0x277:		/* PAT */
	case 0xda0:		/* XSS */
	case 0xc0000080:	/* EFER */
	case 0xc0000081 ... 0xc0000084:	/* STAR family */
	case 0xc0000100 ... 0xc0000103:	/* segment bases, TSC_AUX */
		return true;
	}
	return false;
}

static const struct {
	uint32_t first;
	uint32_t last;
	bool writable;
} known[] = {
	{ 0x00000000, 0x00000001, true },	/* P5 machine check */
	{ 0x00000010, 0x00000010, true },	/* TSC */
	{ 0x0000001b, 0x0000001b, true },	/* APIC_BASE */
	{ 0x0000003a, 0x0000003b, true },	/* FEATURE_CONTROL, TSC_ADJUST */
	{ 0x00000079, 0x00000079, true },	/* microcode update */
	{ 0x0000008b, 0x0000008b, true },	/* PATCH_LEVEL */
	{ 0x000000c1, 0x000000c4, true },	/* performance counters */
	{ 0x000000fe, 0x000000fe, false },	/* MTRR capabilities */
	{ 0x0000010a, 0x0000010a, false },	/* ARCH_CAPABILITIES */
	{ 0x00000179, 0x0000017b, true },	/* machine check */
	{ 0x00000186, 0x00000189, true },	/* event selectors */
	{ 0x000001a0, 0x000001a0, true },	/* MISC_ENABLE */
	{ 0x000001d9, 0x000001d9, true },	/* DEBUGCTL */
	{ 0x000001db, 0x000001de, false },	/* last branch */
	{ 0x00000200, 0x0000020f, true },	/* variable MTRRs */
	{ 0x00000250, 0x00000250, true },	/* fixed MTRRs */
	{ 0x00000258, 0x00000259, true },
	{ 0x00000268, 0x0000026f, true },
	{ 0x000002ff, 0x000002ff, true },
	{ 0x00000400, 0x00000427, true },	/* machine check banks */
	{ 0x000006e0, 0x000006e0, true },	/* TSC deadline */
	{ 0xc0010000, 0xc0010007, true },	/* K7 performance counters */
	{ 0xc0010010, 0xc0010010, false },	/* SYSCFG */
	{ 0xc0010015, 0xc0010015, true },	/* HWCR */
	{ 0xc001001a, 0xc001001a, false },	/* TOP_MEM */
	{ 0xc001001d, 0xc001001d, false },	/* TOP_MEM2 */
	{ 0xc001001f, 0xc001001f, true },	/* NB_CFG */
	{ 0xc0010020, 0xc0010020, true },	/* PATCH_LOADER */
	{ 0xc0010055, 0xc0010055, false },	/* INT_PENDING */
	{ 0xc0010058, 0xc0010058, false },	/* MMIO_CFG_BASE */
	{ 0xc0010112, 0xc0010114, false },	/* TSEG, VM_CR */
	{ 0xc0010117, 0xc0010117, true },	/* VM_HSAVE_PA */
	{ 0xc0010140, 0xc0010141, false },	/* OSVW */
	{ 0xc0010200, 0xc001020b, true },	/* F15h performance counters */
	{ 0xc0011022, 0xc0011023, false },	/* DC_CFG, BU_CFG */
	{ 0xc0011029, 0xc0011029, true },	/* DE_CFG */
	{ 0xc001102a, 0xc001102a, false },	/* BU_CFG2 */
};

bool msr_known(uint32_t msr, bool write)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (msr >= known[i].first && msr <= known[i].last)
			return !write || known[i].writable;
	return false;
}
