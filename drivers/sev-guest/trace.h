/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the guest: exits to the hypervisor, page state changes (GHCB
 * specification, 56421), guest messages (SNP firmware ABI, 56860).  They show
 * what crosses the border and the hypervisor sees anyway; no payload, no key.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM snp_guest

#if !defined(SEV_GUEST_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SEV_GUEST_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(snp_guest_vmgexit,
	TP_PROTO(u64 code, u64 info1, u64 info2, int rc, u64 result1, u64 result2),
	TP_ARGS(code, info1, info2, rc, result1, result2),
	TP_STRUCT__entry(
		__field(u64, code)
		__field(u64, info1)
		__field(u64, info2)
		__field(int, rc)
		__field(u64, result1)
		__field(u64, result2)
	),
	TP_fast_assign(
		__entry->code = code;
		__entry->info1 = info1;
		__entry->info2 = info2;
		__entry->rc = rc;
		__entry->result1 = result1;
		__entry->result2 = result2;
	),
	TP_printk("code=0x%llx info1=0x%llx info2=0x%llx rc=%d result1=0x%llx result2=0x%llx",
		  __entry->code, __entry->info1, __entry->info2, __entry->rc,
		  __entry->result1, __entry->result2)
);

TRACE_EVENT(snp_guest_msr_exit,
	TP_PROTO(u64 request, u64 response, int rc),
	TP_ARGS(request, response, rc),
	TP_STRUCT__entry(
		__field(u64, request)
		__field(u64, response)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->request = request;
		__entry->response = response;
		__entry->rc = rc;
	),
	TP_printk("request=0x%llx response=0x%llx rc=%d",
		  __entry->request, __entry->response, __entry->rc)
);

/* One list as it was sent, and how far the hypervisor says that it is. */
TRACE_EVENT(snp_guest_psc,
	TP_PROTO(unsigned int first, unsigned int last, u64 desc, unsigned int current_entry,
		 int rc, u64 info2),
	TP_ARGS(first, last, desc, current_entry, rc, info2),
	TP_STRUCT__entry(
		__field(unsigned int, first)
		__field(unsigned int, last)
		__field(u64, desc)
		__field(unsigned int, current_entry)
		__field(int, rc)
		__field(u64, info2)
	),
	TP_fast_assign(
		__entry->first = first;
		__entry->last = last;
		__entry->desc = desc;
		__entry->current_entry = current_entry;
		__entry->rc = rc;
		__entry->info2 = info2;
	),
	TP_printk("entries=%u-%u first=0x%llx current=%u rc=%d info2=0x%llx",
		  __entry->first, __entry->last, __entry->desc, __entry->current_entry,
		  __entry->rc, __entry->info2)
);

/* One try to have the SVSM do a call. */
TRACE_EVENT(snp_guest_svsm,
	TP_PROTO(u64 call, int rc, u64 result),
	TP_ARGS(call, rc, result),
	TP_STRUCT__entry(
		__field(u64, call)
		__field(int, rc)
		__field(u64, result)
	),
	TP_fast_assign(
		__entry->call = call;
		__entry->rc = rc;
		__entry->result = result;
	),
	TP_printk("protocol=%llu call=%u rc=%d result=0x%llx", __entry->call >> 32,
		  (u32)__entry->call, __entry->rc, __entry->result)
);

/* One try to get a message answered. */
TRACE_EVENT(snp_guest_message,
	TP_PROTO(unsigned int vmpck, u64 seqno, unsigned int type, bool extended, int rc,
		 u64 exitinfo2),
	TP_ARGS(vmpck, seqno, type, extended, rc, exitinfo2),
	TP_STRUCT__entry(
		__field(unsigned int, vmpck)
		__field(u64, seqno)
		__field(unsigned int, type)
		__field(bool, extended)
		__field(int, rc)
		__field(u64, exitinfo2)
	),
	TP_fast_assign(
		__entry->vmpck = vmpck;
		__entry->seqno = seqno;
		__entry->type = type;
		__entry->extended = extended;
		__entry->rc = rc;
		__entry->exitinfo2 = exitinfo2;
	),
	TP_printk("vmpck=%u seqno=%llu type=%u extended=%d rc=%d exitinfo2=0x%llx",
		  __entry->vmpck, __entry->seqno, __entry->type, __entry->extended,
		  __entry->rc, __entry->exitinfo2)
);

/* What became of a response. */
TRACE_EVENT(snp_guest_response,
	TP_PROTO(unsigned int vmpck, u64 seqno, unsigned int size, int rc),
	TP_ARGS(vmpck, seqno, size, rc),
	TP_STRUCT__entry(
		__field(unsigned int, vmpck)
		__field(u64, seqno)
		__field(unsigned int, size)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->vmpck = vmpck;
		__entry->seqno = seqno;
		__entry->size = size;
		__entry->rc = rc;
	),
	TP_printk("vmpck=%u seqno=%llu size=%u rc=%d",
		  __entry->vmpck, __entry->seqno, __entry->size, __entry->rc)
);

#endif /* SEV_GUEST_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH drivers/sev-guest
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
