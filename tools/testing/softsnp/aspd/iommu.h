/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What SNP does to the IOMMU's buffers.
 */
#ifndef ASPD_IOMMU_H
#define ASPD_IOMMU_H

#include "rmp_dram.h"

/* SNP is on: event log, PPR log and completion store belong to the firmware. */
void iommu_take(struct rmp_dram *t);

/* SNP_SHUTDOWN_EX with IOMMU_SNP_SHUTDOWN: they wait for the host in Reclaim state. */
void iommu_give_back(struct rmp_dram *t);

#endif /* ASPD_IOMMU_H */
