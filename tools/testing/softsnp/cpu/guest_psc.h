/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page state change lists.  Pure; tested without QEMU.  GHCB specification
 * (56421), page state change.
 */
#ifndef SOFTSNP_CPU_GUEST_PSC_H
#define SOFTSNP_CPU_GUEST_PSC_H

#include <snp/ghcb.h>

/**
 * psc_process() - carry out a list
 * @d: private copy of the list; header and progress are updated
 * @max_entries: entries that the buffer around the list has room for
 * @change: makes one page private or shared; false when it cannot
 * @opaque: handed to @change
 *
 * Return: what goes into SW_EXITINFO2.
 */
uint64_t psc_process(struct snp_psc_desc *d, unsigned int max_entries,
		     bool (*change)(void *opaque, uint64_t gpa, bool size_2m, bool private_),
		     void *opaque);

#endif /* SOFTSNP_CPU_GUEST_PSC_H */
