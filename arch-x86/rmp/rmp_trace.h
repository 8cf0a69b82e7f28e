/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of page-state changes: one event for each RMPUPDATE and PSMASH
 * that has come to its end, retries counted.  AMD64 APM volume 3 (24594).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM snp_rmp

#if !defined(SNP_ARCH_RMP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SNP_ARCH_RMP_TRACE_H

#include <linux/tracepoint.h>

#include <snp/rmp.h>

TRACE_EVENT(rmpupdate,
	TP_PROTO(u64 pfn, const struct snp_rmp_state *state, unsigned int code,
		 unsigned int retries),
	TP_ARGS(pfn, state, code, retries),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u64, gpa)
		__field(u32, asid)
		__field(u8, assigned)
		__field(u8, size_2m)
		__field(u8, immutable)
		__field(u8, code)
		__field(u8, retries)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->gpa = state->gpa;
		__entry->asid = state->asid;
		__entry->assigned = state->assigned;
		__entry->size_2m = state->pagesize;
		__entry->immutable = state->immutable;
		__entry->code = code;
		__entry->retries = retries;
	),
	TP_printk("pfn=%#llx size=%s assigned=%u immutable=%u asid=%u gpa=%#llx code=%u retries=%u",
		  __entry->pfn, __entry->size_2m ? "2M" : "4K", __entry->assigned,
		  __entry->immutable, __entry->asid, __entry->gpa, __entry->code,
		  __entry->retries)
);

TRACE_EVENT(psmash,
	TP_PROTO(u64 pfn, unsigned int code, unsigned int retries),
	TP_ARGS(pfn, code, retries),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u8, code)
		__field(u8, retries)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->code = code;
		__entry->retries = retries;
	),
	TP_printk("pfn=%#llx code=%u retries=%u", __entry->pfn, __entry->code,
		  __entry->retries)
);

#endif /* SNP_ARCH_RMP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH arch-x86/rmp
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE rmp_trace
#include <trace/define_trace.h>
