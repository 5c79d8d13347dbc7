/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel programs of all libraries share with the Java side: ring records, map keys, map values.
 * What only one library has is in that library's header.
 *
 * These headers are the only home of the layouts. The Java accessors (package io.goshawk.abi) are generated
 * from the BTF of the compiled object, so a field that moves here moves there, and one that goes away no
 * longer compiles. Everything is little-endian, naturally aligned, without implicit padding.
 */
#ifndef GOSHAWK_ABI_H
#define GOSHAWK_ABI_H

/*
 * Makes a struct or enum known to the generator of the Java accessors. A type that no variable has would not
 * be in the BTF; the section is not one that libbpf loads.
 */
#ifdef __bpf__
#define ABI_JOIN(name, number) name##number
#define ABI_NAME(number) ABI_JOIN(abi_, number)
#define ABI(type) type ABI_NAME(__COUNTER__) __attribute__((section(".abi"))) = { 0 }
#else
#define ABI(type) _Static_assert(sizeof(type) > 0, "a type of the ABI")
#endif

enum abi_limit {
	RECORD_SPANS_END = 64,
	RECORD_TYPES_END = 128,
	COUNTERS_PER_TYPE = 32,
	CAPTURED_NAMES_MAX = 256, /* headers, of all sides together */
};
ABI(enum abi_limit);

/* ---- ring records ---------------------------------------------------------------------------- */

/*
 * Types of records. Each library has an enum `<library>_record_type`; the generator makes the one Java enum
 * RecordType of all of them and refuses a number that stands twice. Below RECORD_SPANS_END they are spans.
 */
enum process_record_type {
	RECORD_PROCESS_EXEC = RECORD_SPANS_END,
	RECORD_PROCESS_EXIT,
	RECORD_UNKNOWN_TYPE,
	RECORD_UNTRACED_CALLS,
	RECORD_SUPPLEMENT,
};
ABI(enum process_record_type);

/* Every record starts with this. */
struct record_header {
	__u32 size; /* bytes, this header, the packed strings and the blocks included */
	__u16 type; /* a record type */
	__u16 reserved;
	__u32 tgid;   /* process id in the agent's pid namespace */
	__u32 binary; /* key into the layout maps; 0 in a process_record */
};
ABI(struct record_header);

/* A string packed behind the fixed part of its record. */
struct string_ref {
	__u16 offset;	       /* from the start of the record; meaningless when length is 0 */
	__u16 length;	       /* bytes that are there */
	__u32 original_length; /* bytes the target had; larger than length when it was cut */
};
ABI(struct string_ref);

/*
 * An optional part of a span record, behind its strings: from span_header.blocks on, one behind the other up
 * to the record's end, each beginning at a multiple of 8 bytes. A type that the reader does not know is passed over.
 * Any library's spans may have those below BLOCK_LIBRARY, from there on each is one library's.
 */
struct block_header {
	__u16 type; /* never 0 */
	__u16 size; /* bytes, this header included */
	__u32 reserved;
};
ABI(struct block_header);

/* Types of blocks. */
enum block_type {
	BLOCK_LINK = 1,
	BLOCK_LIBRARY = 64,
};
ABI(enum block_type);

/* A span of some trace, as a traceparent names it. */
struct trace_reference {
	__u8 trace_id[16];
	__u8 span_id[8];
	__u8 trace_flags;
	__u8 known;	/* 0: there is none */
	__u8 passed_on; /* 1: it only goes with a call as it came, and is no link of its span */
	__u8 reserved[5];
};
ABI(struct trace_reference);

/* BLOCK_LINK: a span that this one has to do with and is no child of. */
struct link_block {
	struct block_header header;
	struct trace_reference span;
};
ABI(struct link_block);

/*
 * Whose headers, or metadata, of which a user wants to see some: `captured_sides` has a bit for each.
 */
enum header_side {
	HEADERS_SERVER_REQUEST,
	HEADERS_SERVER_RESPONSE,
	HEADERS_CLIENT_REQUEST,
	HEADERS_CLIENT_RESPONSE,
	HEADERS_RPC_SERVER_REQUEST,
	HEADERS_RPC_CLIENT_REQUEST,
	HEADERS_RPC_SERVER_RESPONSE,
	HEADERS_RPC_CLIENT_RESPONSE,
};
ABI(enum header_side);

/* Of the name of a header that is captured: in lower case, with zeroes behind it, and then the side that it is of. */
#define NAME_WORDS 8
#define NAME_MAX (8 * NAME_WORDS - 4)

struct captured_name {
	__u8 text[NAME_MAX];
	__u32 side; /* enum header_side */
};
ABI(struct captured_name);

/*
 * The key of a name in `captured_names`: begun with 0, of each word w of its eight (key ^ w) * NAME_HASH, turned by 32
 * bits.
 */
#define NAME_HASH 0x9e3779b97f4a7c15ull

/* Value of `captured_names`: a header whose values are captured. */
struct captured_header {
	struct captured_name name;
	__u16 number;  /* as user space has numbered it */
	__u8 redacted; /* 1: its values are never read, only counted */
	__u8 reserved[5];
};
ABI(struct captured_header);

/*
 * A value of a header, among a record's strings: a captured_value, and the bytes. span_header.captured is where the
 * last one begins, at a multiple of 8 bytes; each says where the one before it does.
 */
struct captured_value {
	__u16 before;	       /* offset from the start of the record; 0: it is the first */
	__u16 number;	       /* of its header, see captured_header */
	__u16 length;	       /* bytes that are there */
	__u16 more;	       /* 1: the header has further values, which are not there */
	__u32 original_length; /* bytes the target had; redacted: 0 */
	__u32 reserved;
};
ABI(struct captured_value);

/* The innermost of the errors that wrap each other. */
struct innermost_error {
	__u64 type;   /* address of its type, as the executable's symbols have it; 0: not known */
	__u32 number; /* of a syscall.Errno; else 0 */
	__u32 reserved;
};
ABI(struct innermost_error);

/* The other end of a TCP connection. */
struct peer_address {
	__u8 address[16];
	__u16 port;
	__u8 length; /* of the address: 4, 16, or 0 where it is not known */
	__u8 reserved[5];
};
ABI(struct peer_address);

/* How a span ended. */
enum end_reason {
	END_RETURNED = 1, /* the handler or the call returned */
	END_PANICKED = 2, /* it panicked, http.ErrAbortHandler and runtime.Goexit included */
	END_HIJACKED = 3, /* it returned after it had taken the connection over */
};
ABI(enum end_reason);

/* As OTLP numbers them. */
enum span_kind {
	SPAN_INTERNAL = 1,
	SPAN_SERVER = 2,
	SPAN_CLIENT = 3,
	SPAN_PRODUCER = 4,
	SPAN_CONSUMER = 5,
};
ABI(enum span_kind);

enum span_flag {
	SPAN_SAMPLED = 1, /* the sampling decision, made at the start */
};
ABI(enum span_flag);

/* What struct active_span.flags has besides. */
enum active_flag {
	ACTIVE_REQUEST = 2, /* a server's, not a call */
	ACTIVE_FOREIGN = 4, /* a call with a request's context, of which nobody can prove whose it is */
};
ABI(enum active_flag);

/* Who says which span is the parent. */
enum parent_source {
	PARENT_NONE,	    /* a root */
	PARENT_REMOTE,	    /* a traceparent that came in */
	PARENT_APPLICATION, /* a traceparent that the application itself sends: its own span */
	PARENT_CONTEXT,	    /* the context that the call was given */
	PARENT_GOROUTINE,   /* the innermost open span of the goroutine */
	PARENT_ANCESTOR,    /* what was open on the goroutine that started this one, and still is */
	PARENT_LINK,	    /* the caller on this host, by the connection: see wire.h */
};
ABI(enum parent_source);

/* What is settled when a span begins. Times are CLOCK_MONOTONIC nanoseconds. */
struct span_core {
	__u64 start_ns;
	__u8 trace_id[16];
	__u8 span_id[8];
	__u8 parent_span_id[8]; /* all zero: a root */
	__u8 trace_flags;	/* W3C trace-flags to carry on */
	__u8 kind;		/* enum span_kind */
	__u8 flags;		/* enum span_flag */
	__u8 parent_source;	/* enum parent_source */
	__u8 reserved[4];
};
ABI(struct span_core);

/* What every span record starts with. */
struct span_header {
	struct record_header header;
	struct span_core core;
	__u64 end_ns;
	__u64 goid;
	__u16 blocks;	 /* offset of the first block_header; 0: there is none */
	__u8 end_reason; /* enum end_reason */
	__u8 awaits;	 /* 1: a RECORD_SUPPLEMENT is to come, if nothing prevents it */
	__u16 captured;	 /* offset of the last captured_value; 0: there is none */
	__u8 reserved[2];
};
ABI(struct span_header);

/* RECORD_SUPPLEMENT: what was known of a span only after its record was written: further blocks behind this. */
struct supplement_record {
	struct record_header header;
	__u8 span_id[8];
	__u8 last; /* 1: there is none after it */
	__u8 reserved[7];
};
ABI(struct supplement_record);

/*
 * RECORD_PROCESS_EXIT: of a process in `processes`, or of any with settings.watch_exec; and so is an execution_record.
 */
struct process_record {
	struct record_header header;
	__u64 time_ns;
	__u32 parent_tgid;
	__s32 exit_code; /* as wait(2) reports it; exec: 0 */
	__u32 exec_id;	 /* as in struct goroutine_key, after an exec */
	__u32 reserved;
};
ABI(struct process_record);

/* Strings of an execution_record; environment variables without their names. */
enum execution_string {
	EXECUTION_COMMAND, /* the first argument, and what may follow behind a NUL */
	EXECUTION_SERVICE_NAME,
	EXECUTION_RESOURCE_ATTRIBUTES,
	EXECUTION_STRINGS,
};
ABI(enum execution_string);

/*
 * RECORD_PROCESS_EXEC. It comes before any record of what the process does in this life of its, and says what
 * nobody can ask any more once that is over.
 */
struct execution_record {
	struct process_record life;
	__u64 start_boottime_ns; /* of the process, after the machine's: an exec does not change it */
	__u32 effective_uid;	 /* as the initial user namespace has it */
	__u32 reserved;
	struct string_ref strings[EXECUTION_STRINGS];
};
ABI(struct execution_record);

/* What mapped_inode is given, and answers. */
struct mapped_file {
	__u64 address; /* in the memory of who asks, where the file is mapped */
	__u64 inode;   /* which inode of the kernel's that is, while the file is open; 0: nothing is mapped there */
};
ABI(struct mapped_file);

/* A type of whose values no probe sees the end, in one binary. */
struct unknown_type {
	__u64 address; /* as the executable's symbols have it */
	__u32 binary;
	__u16 type; /* the record type of the calls that have no span */
	__u16 reserved;
};
ABI(struct unknown_type);

/* RECORD_UNKNOWN_TYPE: one was met; once for each. */
struct unknown_type_record {
	struct record_header header;
	struct unknown_type found;
};
ABI(struct unknown_type_record);

/* Where a client's request was last seen to begin, of the goroutines that share a place. */
struct untraced_request {
	__u64 url;   /* the object, by its address */
	__u32 goid;  /* its low half */
	__u32 stack; /* bytes of the goroutine's that were in use */
};
ABI(struct untraced_request);

#define UNTRACED_REQUESTS 8

/*
 * Value of `untraced`, key: tgid, and RECORD_UNTRACED_CALLS, when that process's image goes: what a process that
 * is not in `processes`, or was not yet, has called where probes are.
 */
struct untraced_calls {
	struct record_header header;   /* binary: the newest that was hit */
	__u64 handed_over;	       /* 1: the record has this; it is still in the map for a moment */
	__u32 calls[RECORD_SPANS_END]; /* by record type */
	struct untraced_request requests[UNTRACED_REQUESTS];
};
ABI(struct untraced_calls);

/*
 * Value of `unrecorded`, key: tgid: what a process in `processes` has called that became no record. From an exec
 * or the process's end on it is user space's to take away. The key 0 is for those that have found no room.
 */
struct unrecorded_calls {
	__u64 lost;	  /* for any reason */
	__u64 over_share; /* those of them that the process had no room for in its share */
	__u64 sampled_out;
	__u64 no_end;
	__u32 binary; /* of struct process, at the first of them */
	__u32 reserved;
};
ABI(struct unrecorded_calls);

/* ---- maps ------------------------------------------------------------------------------------ */

/*
 * A library's layout is a struct `<library>_layout` of __u16 and __u64, and a map of that name with binary
 * ids as keys: what its programs have to know of one executable. A __u16 is the offset of a Go struct's
 * field, or a fact; a __u64 is an address as the executable's symbols have it, to which struct process
 * .load_bias is to be added, and 0 where it is not known.
 */
#define OFFSET_UNKNOWN 0xffff

/* How the executable's Go maps are laid out: http.Header is one. */
enum map_kind {
	MAP_SWISS,	 /* internal/runtime/maps: Go 1.24 and newer */
	MAP_BUCKETS,	 /* runtime.hmap: older ones, and GOEXPERIMENT=noswissmap in 1.24 and 1.25 */
	MAP_SWISS_SPLIT, /* GOEXPERIMENT=mapsplitgroup in 1.27 */
};
ABI(enum map_kind);

/* A type of errors that wrap another one. */
struct error_wrapper {
	__u64 itab;  /* of a pointer to it as error, or of it as error */
	__u16 error; /* the other one, an error */
	__u16 reserved[3];
};
ABI(struct error_wrapper);

#define ERROR_WRAPPERS 6
#define ERROR_LISTS 2

/* Go's runtime and its errors, for all libraries. A binary without one is not traced. */
struct runtime_layout {
	__u16 g_goid;
	__u16 g_parent_goid;
	__u16 g_panic;
	__u16 map_kind; /* enum map_kind */
	__u16 g_m;
	__u16 m_p;
	__u16 p_goidcache; /* with goidcacheend behind it */
	__u16 value_context_key;
	__u16 calls; /* 1: calls are traced, whose parents are looked for; else nobody asks who is in what */
	__u16 timer_context_pointer; /* 1: a timerCtx begins with a *cancelCtx, not with a cancelCtx: Go 1.20 */
	/* From a connection to the kernel's socket. */
	__u16 tls_conn_inner;	  /* crypto/tls.Conn.conn */
	__u16 conn_fd;		  /* net.conn.fd, with which a net.TCPConn and a net.UnixConn begin */
	__u16 fd_state;		  /* net.netFD.pfd.fdmu.state */
	__u16 fd_number;	  /* net.netFD.pfd.Sysfd */
	__u16 cancel_context_err; /* an error; since Go 1.25 an any */
	__u16 cancel_context_cause;
	/* Panics. */
	__u16 panic_frames; /* 1: a _panic has the frame whose deferred functions it runs: Go 1.22 */
	__u16 panic_sp;	    /* the stack pointer of that frame */
	__u16 panic_link;
	__u16 g_sigcode0;   /* before Go 1.22: where a recovered panic goes on */
	__u16 g_waitreason; /* what a goroutine waited for last */
	__u16 g_sched_bp;   /* the frame in which a goroutine was when it left its stack */
	__u16 reserved[2];
	__u64 errno_itab;	 /* syscall.Errno as error */
	__u64 error_string_itab; /* *errors.errorString as error */
	struct error_wrapper error_wrappers[ERROR_WRAPPERS];
	struct error_wrapper error_lists[ERROR_LISTS]; /* those that wrap several, in a slice */
	__u64 code;				       /* where the first executable segment begins */
	__u64 goidgen;				       /* runtime.sched.goidgen */
	/* Functions by which goroutines are given work. */
	__u64 chanrecv1;
	__u64 chanrecv2;
	__u64 selectgo;
	__u64 selectnbrecv;
	__u64 cond_wait; /* sync.(*Cond).Wait */
	/* By which one of several takes it, where the compiler has not put them into their callers. */
	__u64 mutex_lock;   /* sync.(*Mutex).Lock */
	__u64 rwmutex_lock; /* sync.(*RWMutex).Lock */
	__u64 swap_pointer; /* sync/atomic.SwapPointer */
	__u64 compare_and_swap_pointer;
	/* Functions of the runtime that compare and swap what is its own. */
	__u64 closechan;
	__u64 type_assert;
	__u64 interface_switch;
	/* The itabs of package context's own types, as context.Context. */
	__u64 cancel_context;
	__u64 timer_context;
	__u64 value_context;
	__u64 without_cancel_context;
	__u64 background_context;
	__u64 todo_context;
	__u64 grpc_stream; /* the type of what a gRPC server's contexts have as their stream: see contexts.h */
	/* Itabs as net.Conn. */
	__u64 tcp_conn;	 /* *net.TCPConn */
	__u64 unix_conn; /* *net.UnixConn */
	__u64 tls_conn;	 /* *crypto/tls.Conn */
};
ABI(struct runtime_layout);

/*
 * The attach cookie of every site: which binary was hit, and the variant, of which each program has its own
 * enum.
 */
#define COOKIE_BINARY(cookie) ((__u32)(cookie))
#define COOKIE_VARIANT(cookie) ((__u32)((cookie) >> 32))

enum process_flag {
	PROCESS_TRACED = 1,
	PROCESS_FOLLOW_CHILDREN = 2, /* fork copies the entry to the child, in the kernel */
};
ABI(enum process_flag);

/* The maps that can be full of spans: of each, a process has a share. */
enum room {
	ROOM_SHORT,
	ROOM_MEDIUM,
	ROOM_LONG,
	ROOM_ACTIVE,
	ROOM_COUNT,
};

#define ROWS_CLOSURES 2 /* of (*DB).QueryContext and (*Stmt).QueryContext */

/* Value of `processes`, key: tgid. A hit by a process that is not here is none of ours. */
struct process {
	__u32 flags;  /* enum process_flag */
	__u32 binary; /* whose probes count; 0: not known yet, any */
	/* The programs' own, from a first hit on. */
	__u64 load_bias;       /* how far a position-independent executable was moved from its symbols' addresses */
	__u64 connection_key;  /* *net/http.contextKey of the local address; 0: no request has come yet */
	__u32 incarnation;     /* never 0 then: tells a process from an earlier one with its id */
	__u32 wants_births;    /* so many further spans note which goroutines were there before: go_abi.h */
	__u8 full[ROOM_COUNT]; /* 1: it has its share of that */
	__u32 exec_id;	       /* of struct goroutine_key */
	__u32 dialed;	       /* connections that were made, and whose first use was not seen yet */
	__u8 request_links;    /* bit n: the context of some request was n links below its connection's: contexts.h */
	__u8 nests;	       /* 1: it makes calls inside of others of their kind: span_record.h */
	__u8 reserved[2];
	__u32 collections; /* of garbage that its collector has finished to mark, counted from anywhere */
	__u32 reserved_too;
	/* Functions that database/sql gives (*DB).retry, and the variable that each puts rows into; see sql.bpf.c. */
	__u64 rows_closures[ROWS_CLOSURES];
};
ABI(struct process);

/* Context of trace_process: a process that is in `processes`, and the binary that it runs. */
struct traced_process {
	__u32 tgid;
	__u32 binary;
};
ABI(struct traced_process);

enum sampling {
	SAMPLE_ALWAYS_OFF,
	SAMPLE_ALWAYS_ON,
	SAMPLE_RATIO,
};
ABI(enum sampling);

/* Value of `settings`, an array of one; may be rewritten while the programs run. */
struct settings {
	/* SAMPLE_RATIO: sampled iff the low 63 bits of the id's last 8 bytes, big-endian, are below. */
	__u64 ratio_bound;
	__u64 wake_bytes;	 /* unread ring bytes at which a record wakes the reader */
	__u8 root;		 /* enum sampling: without a parent */
	__u8 parent_sampled;	 /* enum sampling: with a sampled parent in another process */
	__u8 parent_not_sampled; /* enum sampling: with an unsampled parent in another process */
	__u8 watch_exec;	 /* 1: report every exec on the machine */
	__u8 reserved[4];
};
ABI(struct settings);

/*
 * Key of `active`. A goid is never reused within a process's image; an address of a g is. A process that
 * executes itself again has the same goids once more, and no use for what was open.
 */
struct goroutine_key {
	__u64 goid;
	__u32 tgid;
	__u32 exec_id; /* how often the process, or who it was forked from, has executed something */
};
ABI(struct goroutine_key);

/*
 * A span that a goroutine is in, for those that begin inside of it. The ids are those of the scheduler when it
 * began: they tell which goroutines were born since.
 */
struct active_span {
	__u8 trace_id[16];
	__u8 span_id[8];
	__u16 type; /* its record type */
	__u8 trace_flags;
	__u8 flags; /* enum span_flag, enum active_flag; without SPAN_SAMPLED there is no open call, only this memory */
	__u8 mark;  /* its library's own */
	__u8 batch_used;    /* ids of the P's batch that were given to goroutines by then */
	__u16 batch_age;    /* ids that Ps have got since that batch; 0xffff: too many, or not known */
	__u32 stack;	    /* bytes of stack that were in use */
	__u32 last_goid[2]; /* the last id that a P had got, low half first; 0: not known */
};
ABI(struct active_span);

#define ACTIVE_MAX 4

/* Value of `active`: the spans that a goroutine is in, innermost last. */
struct active_spans {
	struct active_span spans[ACTIVE_MAX];
	__u8 depth;
	__u8 reserved;
	__u16 context; /* 1 + the place in `contexts` of what the outermost owns; 0: it has none there */
	__u32 owned;   /* what the outermost owns, see own_mark; 0: nothing */
};
ABI(struct active_spans);

/* Key of the maps of open calls: each library says by what it knows a call again. */
struct call_key {
	__u64 id[2]; /* a goroutine; a connection and a stream; an object's address and its owner */
	__u32 tgid;
	__u16 type;    /* its record type: no two libraries share a key */
	__u16 exec_id; /* that of struct goroutine_key, its low half */
};
ABI(struct call_key);

/*
 * A context.Context that a span owns: calls that get it, or one made of it, are the span's children. Its
 * address is no proof, since memory is used again: see contexts.h.
 */
struct owned_context {
	__u8 trace_id[16];
	__u8 span_id[8];
	__u32 incarnation; /* struct process */
	__u32 version;	   /* odd while it is being written */
	__u8 trace_flags;
	__u8 links; /* from the context up to its connection's; OWNER_IS_STREAM: see contexts.h */
	__u8 reserved[6];
};
ABI(struct owned_context);

/* Whose an owned_context is. */
struct context_place {
	__u64 address; /* of what the context.Context points to; 0: nobody's */
	__u32 tgid;
	__u32 ended_ms; /* when the span ended, for whoever needs the place; 0: it is open */
};
ABI(struct context_place);

/* Value of `contexts`: those whose addresses fall together. */
#define CONTEXT_WAYS 4

struct context_set {
	struct context_place places[CONTEXT_WAYS]; /* together, since all are looked through */
	struct owned_context owned[CONTEXT_WAYS];
	__u64 overflowed; /* 1: some that belong here were put into their second sets */
};
ABI(struct context_set);

/* A Go string as its owner holds it. */
struct go_string {
	__u64 address;
	__u64 length;
};
ABI(struct go_string);

/*
 * What is counted, of each record type apart: `counters` is a per-CPU array of __u64, and a type's begin at
 * type * COUNTERS_PER_TYPE. The ledger, of each type of span:
 *   seen = sampled_out + lost_map_full + lost_over_share + lost_no_scratch + lost_unreadable_at_start
 *          + no_end + spans_started
 *   spans_started = spans_replaced + spans_swept + lost_ring_full + lost_unreadable + lost_no_scratch_at_end
 *                   + records_reserved + open now
 * spans_swept is counted by who removes open calls from user space.
 */
enum counter {
	COUNT_SEEN,
	COUNT_SAMPLED_OUT,
	COUNT_LOST_MAP_FULL,
	COUNT_LOST_OVER_SHARE,		/* its process has its share of a map's room */
	COUNT_LOST_NO_SCRATCH,		/* the thread's scratch memory could not be had at the start */
	COUNT_LOST_UNREADABLE_AT_START, /* the target's memory could not be read at the start */
	COUNT_NO_END,			/* no probe would see its end: RECORD_UNKNOWN_TYPE says why */
	COUNT_SPANS_STARTED,
	COUNT_SPANS_REPLACED, /* its end was missed: the same call began again */
	COUNT_LOST_RING_FULL,
	COUNT_LOST_UNREADABLE, /* the target's memory could not be read at the end */
	COUNT_LOST_NO_SCRATCH_AT_END,
	COUNT_RECORDS_RESERVED, /* span records handed to the ring */
	COUNT_EVENTS_LOST,	/* records other than spans that found the ring full */
	COUNT_NOT_CALLS,	/* what only looks like a call, and was not seen as one: HTTP/2's connection preface */
	/* Spans inside of ACTIVE_MAX others: what begins in them takes the innermost of those as parent. */
	COUNT_TOO_DEEP,
	COUNT_ENDED_UNSEEN,    /* spans that a goroutine was in, and whose function was no longer on its stack */
	COUNT_CONTEXT_UNOWNED, /* open spans whose context cannot be told from another, or had to make room */
	COUNT_CONTEXT_FOREIGN, /* calls with a request's context, of which nobody can prove whose it is */
	COUNT_CONTEXT_CUT,     /* calls whose context leads further than the programs follow */
	COUNT_BIRTH_UNKNOWN,   /* calls of goroutines that were started in a span or before it */
	COUNT_REST_UNSEEN,     /* spans of which a supplement was to come, and others have taken its place */
	COUNT_GIVEN_WORK,      /* calls of goroutines that were started in a span, and may work for others */
	/* Records of calls that are told by how slow they are, see there. */
	COUNT_TOLD_WHOLE,
	COUNT_TOLD_BRIEFLY,
	COUNT_TOLD_BY_KEY,
	COUNTER_COUNT,
};
ABI(enum counter);

#endif
