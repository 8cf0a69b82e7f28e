/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the mailbox: begin and end of each command.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM snp_host

#if !defined(SNP_PSP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SNP_PSP_TRACE_H

#include <linux/tracepoint.h>

#include "cmdtable.h"

TRACE_EVENT(psp_cmd_begin,
	TP_PROTO(unsigned int cmd, u64 paddr),
	TP_ARGS(cmd, paddr),
	TP_STRUCT__entry(
		__field(u16, cmd)
		__field(u64, paddr)
	),
	TP_fast_assign(
		__entry->cmd = cmd;
		__entry->paddr = paddr;
	),
	TP_printk("cmd=%#x paddr=%#llx", __entry->cmd, __entry->paddr)
);

TRACE_EVENT(psp_cmd_end,
	TP_PROTO(unsigned int cmd, int ret, unsigned int status, u64 extra, u64 ns),
	TP_ARGS(cmd, ret, status, extra, ns),
	TP_STRUCT__entry(
		__field(u16, cmd)
		__field(u16, status)
		__field(int, ret)
		__field(u64, extra)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->cmd = cmd;
		__entry->status = status;
		__entry->ret = ret;
		__entry->extra = extra;
		__entry->ns = ns;
	),
	TP_printk("cmd=%#x ret=%d status=%#x extra=%#llx ns=%llu", __entry->cmd, __entry->ret,
		  __entry->status, __entry->extra, __entry->ns)
);

#endif /* SNP_PSP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH drivers/psp
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
