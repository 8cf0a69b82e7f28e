/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of pages that come back from the firmware, and of those that do
 * not.  SNP firmware ABI (AMD 56860), SNP_PAGE_RECLAIM.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM snp_pages

#if !defined(SNP_PSP_RMP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SNP_PSP_RMP_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

TRACE_EVENT(snp_reclaim,
	TP_PROTO(u64 pfn, bool size_2m, int err, u32 status),
	TP_ARGS(pfn, size_2m, err, status),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u32, status)
		__field(int, err)
		__field(bool, size_2m)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->status = status;
		__entry->err = err;
		__entry->size_2m = size_2m;
	),
	TP_printk("pfn=%#llx size=%s err=%d status=%#x", __entry->pfn,
		  __entry->size_2m ? "2M" : "4K", __entry->err, __entry->status)
);

#define SNP_TRACE_WHY_LEN	64

TRACE_EVENT(snp_quarantine,
	TP_PROTO(u64 pfn, unsigned int nr_pages, const char *why),
	TP_ARGS(pfn, nr_pages, why),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u32, nr_pages)
		__array(char, why, SNP_TRACE_WHY_LEN)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->nr_pages = nr_pages;
		strscpy(__entry->why, why, SNP_TRACE_WHY_LEN);
	),
	TP_printk("pfn=%#llx nr_pages=%u why=\"%s\"", __entry->pfn, __entry->nr_pages,
		  __entry->why)
);

#endif /* SNP_PSP_RMP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH drivers/psp
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE rmp_trace
#include <trace/define_trace.h>
