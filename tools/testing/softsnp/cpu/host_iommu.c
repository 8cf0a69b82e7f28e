// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the firmware wants to know of the IOMMU: where its buffers are.  AMD I/O
 * virtualization (48882), chapter 3.4.
 */
#include <snp/rmp.h>

#include "host.h"

/* Where QEMU's device has its registers; ../ivrs says so to the kernel. */
#define IOMMU_BASE		0xfed80000ULL
#define REG_EVENT_LOG		0x10
#define REG_STORE_BASE		0x20	/* exclusion range on a part without SNPSup */
#define REG_STORE_LIMIT		0x28
#define REG_PPR_LOG		0x38

static void publish(uint64_t *to, unsigned int reg)
{
	uint64_t value;

	if (cpu_read_phys(IOMMU_BASE + reg, &value, sizeof(value)))
		__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

void host_iommu_publish(void)
{
	publish(&host_shared->iommu.event_log, REG_EVENT_LOG);
	publish(&host_shared->iommu.ppr_log, REG_PPR_LOG);
	publish(&host_shared->iommu.store_base, REG_STORE_BASE);
	publish(&host_shared->iommu.store_limit, REG_STORE_LIMIT);
}
