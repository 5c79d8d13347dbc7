/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layouts that the kernel programs and the Java side share: ring records, map keys, map values.
 *
 * This header is their only home. The Java accessors (package io.goshawk.abi) are generated from the
 * BTF of the compiled object, so a field that moves here moves there, and one that goes away no longer
 * compiles. Everything is little-endian, naturally aligned, without implicit padding.
 */
#ifndef GOSHAWK_ABI_H
#define GOSHAWK_ABI_H

/* ---- ring records ---------------------------------------------------------------------------- */

enum record_type {
	RECORD_HTTP_SERVER = 1,
	/* Not spans: the life of processes. */
	RECORD_PROCESS_EXEC = 64,
	RECORD_PROCESS_EXIT = 65,
};

/* Every record starts with this. */
struct record_header {
	__u32 size; /* bytes, this header and the packed strings included */
	__u16 type; /* enum record_type */
	__u16 reserved;
	__u32 tgid;   /* process id in the initial pid namespace */
	__u32 binary; /* key into the map `binaries`; 0 for process records */
};

/* A string packed behind the fixed part of its record. */
struct string_ref {
	__u16 offset;	       /* from the start of the record; meaningless when length is 0 */
	__u16 length;	       /* bytes that are there */
	__u32 original_length; /* bytes the target had; larger than length when it was cut */
};

/* How a span ended. */
enum end_reason {
	END_RETURNED = 1, /* the handler returned */
	END_PANICKED = 2, /* it panicked, http.ErrAbortHandler and runtime.Goexit included */
	END_HIJACKED = 3, /* it returned after it had taken the connection over */
};

enum span_flag {
	SPAN_SAMPLED = 1,	/* the sampling decision, made at the start */
	SPAN_REMOTE_PARENT = 2, /* parent_span_id came in with a valid traceparent */
	SPAN_HEADERS_CUT = 4,	/* the header map was larger than the programs search */
	SPAN_ROUTE_COPIED = 8,	/* without http_route the route would be lost: not in the server's own Request */
};

/* What every span record has in common. Times are CLOCK_MONOTONIC nanoseconds. */
struct span_header {
	struct record_header header;
	__u64 start_ns;
	__u64 end_ns;
	__u64 goid;
	__u8 trace_id[16];
	__u8 span_id[8];
	__u8 parent_span_id[8]; /* all zero: a root */
	__u8 trace_flags;	/* W3C trace-flags to carry on */
	__u8 span_flags;	/* enum span_flag */
	__u8 end_reason;	/* enum end_reason */
	__u8 reserved[5];
};

enum http_string {
	HTTP_METHOD,
	HTTP_REQUEST_TARGET, /* Request.RequestURI, as it came over the wire */
	HTTP_HOST,
	HTTP_REMOTE_ADDRESS, /* "ip:port" of the peer */
	HTTP_ROUTE,	     /* ServeMux pattern, "[METHOD ][HOST]/path" */
	HTTP_USER_AGENT,
	HTTP_FORWARDED,		/* header Forwarded */
	HTTP_X_FORWARDED_FOR,	/* header X-Forwarded-For */
	HTTP_X_FORWARDED_PROTO, /* header X-Forwarded-Proto */
	HTTP_X_FORWARDED_HOST,	/* header X-Forwarded-Host */
	HTTP_TRACESTATE,
	HTTP_STRING_COUNT,
};

/* RECORD_HTTP_SERVER: one request that a net/http or x/net/http2 server has answered. */
struct http_server_record {
	struct span_header span;
	__s64 request_body_bytes;  /* Content-Length of the request; -1: not known */
	__s64 response_body_bytes; /* body bytes the handler wrote; -1: not known */
	__u16 status;		   /* what the peer saw; 0: no response was sent */
	__u8 protocol_major;
	__u8 protocol_minor;
	__u8 tls;
	__u8 upgrade; /* the request had an Upgrade header */
	__u8 reserved[2];
	struct string_ref strings[HTTP_STRING_COUNT];
};

/* RECORD_PROCESS_EXEC, RECORD_PROCESS_EXIT: of a process in `processes`, or of any with settings.watch_exec. */
struct process_record {
	struct record_header header;
	__u64 time_ns;
	__u32 parent_tgid;
	__s32 exit_code; /* as wait(2) reports it; exec: 0 */
};

/* ---- maps ------------------------------------------------------------------------------------ */

/* A Go struct field's offset that is not known for a binary. */
#define OFFSET_UNKNOWN 0xffff

/* Offsets of an HTTP/2 server's types; there are several copies of that server. */
struct h2_layout {
	__u16 writer_rws; /* responseWriter.rws */
	__u16 rws_status;
	__u16 rws_wrote_header;
	__u16 rws_sent_header;
	__u16 rws_wrote_bytes;
	__u16 reserved[3];
};

enum h2_variant {
	H2_STANDARD, /* net/http's: bundled, or net/http/internal/http2 from Go 1.27 */
	H2_X_NET,    /* golang.org/x/net/http2 */
	H2_VARIANT_COUNT,
};

/* How the executable's Go maps are laid out: http.Header is one. */
enum map_kind {
	MAP_SWISS,	 /* internal/runtime/maps: Go 1.24 and newer */
	MAP_BUCKETS,	 /* runtime.hmap: older ones, and GOEXPERIMENT=noswissmap in 1.24 and 1.25 */
	MAP_SWISS_SPLIT, /* GOEXPERIMENT=mapsplitgroup in 1.27 */
};

/* Offsets of a request as a handler gets it: net/http.Request, or http2.ServerRequest of Go 1.27. */
struct request_layout {
	__u16 method;
	__u16 proto_major;
	__u16 proto_minor;
	__u16 header;
	__u16 content_length;
	__u16 host;
	__u16 remote_addr;
	__u16 request_uri;
	__u16 tls;
	__u16 pattern; /* unknown in http2.ServerRequest */
	__u16 reserved[2];
};

/* Value of `binaries`, key: binary id. Offsets in bytes of one executable's Go structs. */
struct go_layout {
	__u16 g_goid;
	__u16 g_parent_goid;
	__u16 g_panic;
	__u16 map_kind; /* enum map_kind */
	__u16 response_status;
	__u16 response_wrote_header;
	__u16 response_written;
	__u16 response_cw_wrote_header; /* response.cw.wroteHeader */
	struct request_layout request;	/* net/http.Request */
	/*
	 * net/http/internal/http2.ServerRequest, what its runHandler is given (RCX) from Go 1.27 on. All
	 * unknown before. Without it requests of x/net's h2c.NewHandler are not seen in Go 1.27, where
	 * that hands its connections to net/http and no serverHandler.ServeHTTP is called.
	 */
	struct request_layout server_request;
	struct h2_layout h2[H2_VARIANT_COUNT];
};

/* The attach cookie of every site: which binary was hit, and which copy of a library. */
#define COOKIE_BINARY(cookie) ((__u32)(cookie))
#define COOKIE_VARIANT(cookie) ((__u32)((cookie) >> 32))

/* The variant of http_server_end's sites: finishRequest, or copies of it. */
enum end_site {
	END_AT_ENTRY, /* past the stack check: RAX is the *response */
	END_INLINED,  /* where a copy begins */
};

/* The variant of http_route's sites: where in (*ServeMux).ServeHTTP it lies. */
enum route_site {
	/*
	 * Past the stack check: RDI is the *Request that will get the Pattern. What is found there at the
	 * end is lost when the garbage collector was faster.
	 */
	ROUTE_AT_ENTRY,
	/*
	 * Past the call of (*ServeMux).findHandler, before RCX and RDI are written: they are the address and
	 * length of the pattern, its second result. In Go 1.24 to 1.27 the first emulated instruction there
	 * is a nop or the jump of the write barrier. Never wrong; to be preferred.
	 */
	ROUTE_FOUND,
};

enum process_flag {
	PROCESS_TRACED = 1,
	PROCESS_FOLLOW_CHILDREN = 2, /* fork copies the entry to the child, in the kernel */
};

/* Value of `processes`, key: tgid. A hit by a process that is not here is none of ours. */
struct process {
	__u32 flags; /* enum process_flag */
	__u32 reserved;
};

enum sampling {
	SAMPLE_ALWAYS_OFF,
	SAMPLE_ALWAYS_ON,
	SAMPLE_RATIO,
};

/* Value of `settings`, an array of one; may be rewritten while the programs run. */
struct settings {
	__u64 ratio_bound;	  /* SAMPLE_RATIO: sampled iff the low 63 bits of the id's last 8 bytes, big-endian, are below */
	__u64 wake_bytes;	  /* unread ring bytes at which a record wakes the reader */
	__u8 root;		  /* enum sampling: without a parent */
	__u8 parent_sampled;	  /* enum sampling: with a sampled parent */
	__u8 parent_not_sampled;  /* enum sampling: with an unsampled parent */
	__u8 watch_exec;	  /* 1: report every exec on the machine */
	__u8 reserved[4];
};

/* Key of `open_spans`. A goid is never reused within a process; an address of a g is. */
struct goroutine_key {
	__u64 goid;
	__u32 tgid;
	__u32 reserved;
};

/* A Go string as its owner holds it. */
struct go_string {
	__u64 address;
	__u64 length;
};

/* Value of `open_spans`: settled at a span's start, completed and handed over at its end. */
struct open_span {
	__u64 start_ns;
	__u64 writer;	      /* *http.response or an HTTP/2 server's *responseWriter */
	__u64 request;	      /* the server's *http.Request; 0: not known */
	__u64 routed_request; /* ROUTE_AT_ENTRY: the one the innermost ServeMux was given; 0: none was */
	__s64 request_body_bytes;
	__u8 trace_id[16];
	__u8 span_id[8];
	__u8 parent_span_id[8];
	__u8 trace_flags;
	__u8 span_flags; /* enum span_flag; without SPAN_SAMPLED no span, only the memory of the decision */
	__u8 protocol_major;
	__u8 protocol_minor;
	__u8 tls;
	__u8 upgrade;
	__u8 from_handler; /* started by http2_handler_start: ServeHTTP may follow for the same request */
	__u8 reserved;
	/* As they were at the start; the bytes stay where they are. HTTP_TRACESTATE: a []string instead. */
	struct go_string strings[HTTP_STRING_COUNT];
};

/*
 * Index of `counters`, a per-CPU array of __u64. The ledger:
 *   requests_seen = sampled_out + lost_map_full + lost_no_scratch + lost_request_unreadable + spans_started
 *   spans_started = spans_replaced + spans_swept + lost_ring_full + lost_unreadable + lost_no_scratch_at_end
 *                   + records_reserved + open now
 * spans_swept is counted by who removes entries of `open_spans` from user space. Open now, and swept, is
 * an entry with SPAN_SAMPLED only.
 */
enum counter {
	COUNT_REQUESTS_SEEN,
	COUNT_SAMPLED_OUT,
	COUNT_LOST_MAP_FULL,
	COUNT_LOST_NO_SCRATCH, /* the thread's scratch memory could not be had at the start */
	COUNT_LOST_REQUEST_UNREADABLE, /* the target's memory could not be read at the start */
	COUNT_SPANS_STARTED,
	COUNT_SPANS_REPLACED, /* a goroutine started a span while one was open: its end was missed */
	COUNT_LOST_RING_FULL,
	COUNT_LOST_UNREADABLE, /* the target's memory could not be read at the end */
	COUNT_LOST_NO_SCRATCH_AT_END,
	COUNT_RECORDS_RESERVED, /* span records handed to the ring */
	COUNT_EVENTS_LOST,	/* process records that found the ring full */
	COUNTER_COUNT,
};

#endif
