// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints of the guest.
 */
#include <linux/types.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
