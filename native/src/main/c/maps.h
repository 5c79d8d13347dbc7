/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps that all libraries share.
 *
 * Sizes are defaults; the loader may set others before it loads the object. What can be full of spans is
 * bounded to some 28 MB: `active` 8 MB, open calls 8, 8 and 4 MB, which are 25,088 of them. `contexts` has
 * its 2 MB from the beginning, `wire` 1.6, and what is remembered of Kafka's messages some 1.5.
 */
#ifndef GOSHAWK_MAPS_H
#define GOSHAWK_MAPS_H

#include "goshawk_abi.h"

#define PROCESSES_MAX 16384

/* ---- open calls ------------------------------------------------------------------------------- */

/* A record's strings begin below this, and none is longer than that: what the verifier can follow. */
#define STRINGS_MAX 4608
#define LONGEST_STRING 2048

#define KEPT_BYTES 56

/*
 * An open call is its record in progress: fields and strings are written at the start, as they were then,
 * and the end adds what it knows. So no string is read after the call has begun, when its memory may be
 * another object's.
 */
struct open_call {
	__u64 kept[KEPT_BYTES / 8]; /* what its library needs at the end and does not hand over */
	__u8 record[STRINGS_MAX + LONGEST_STRING];
};

/*
 * A map has values of one size, and most calls are short. Each class fills a size of the kernel's allocator
 * (512 bytes, 1 KB, 8 KB) together with the 80 bytes that a map adds.
 */
struct short_call {
	__u64 words[432 / 8];
};

struct medium_call {
	__u64 words[944 / 8];
};

#define SHORT_CALLS 16384
#define MEDIUM_CALLS 8192
#define LONG_CALLS 512
#define ACTIVE_GOROUTINES 32768

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHORT_CALLS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct call_key);
	__type(value, struct short_call);
} open_short SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MEDIUM_CALLS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct call_key);
	__type(value, struct medium_call);
} open_medium SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LONG_CALLS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct call_key);
	__type(value, struct open_call);
} open_long SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ACTIVE_GOROUTINES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct goroutine_key);
	__type(value, struct active_spans);
} active SEC(".maps");

/* With its key and the 56 bytes that a map and the allocator add, an entry is one of 256 bytes. */
_Static_assert(sizeof(struct active_spans) + sizeof(struct goroutine_key) + 56 <= 256,
	       "the spans of a goroutine fill a size of the kernel's allocator");

/*
 * An array and not a hash map: an entry is made for every request and stays behind when that has ended.
 * Where it is looked for follows from the address.
 */
#define CONTEXT_SETS 8192

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CONTEXT_SETS);
	__type(key, __u32);
	__type(value, struct context_set);
} contexts SEC(".maps");

/* What a process has of the maps above, see room.h. */
struct room_taken {
	__s32 taken[ROOM_COUNT];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct room_taken);
} rooms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct untraced_calls);
} untraced SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct unrecorded_calls);
} unrecorded SEC(".maps");

/* ---- calls on the wire, see wire.h --------------------------------------------------------------- */

/* Who sends a request. */
struct caller {
	__u8 trace_id[16];
	__u8 span_id[8];
	/* The span that a traceparent names which the request has, and only hands on; 0: it has none. */
	__u8 passed_on[8];
	__u8 trace_flags;
	__u8 known; /* 0: nobody knows whose request comes on the connection next */
	__u8 reserved[6];
};

/* A request that was sent. */
struct wire_call {
	__u64 connection[2];
	__u32 stream;
	__u32 version; /* odd while it is being written */
	__u32 sent;
	__u32 received;
	__u32 tgid;
	__u32 incarnation; /* struct process */
	__u32 sent_ms;
	__u8 counted;
	__u8 first; /* nothing is known to have been sent on the connection before */
	__u8 taken;
	__u8 shared;  /* with other connections, which an application makes of this one */
	__u64 holder; /* see send_call */
	struct caller caller;
};

#define WIRE_WAYS 4
#define WIRE_SETS 4096

struct wire_set {
	struct wire_call calls[WIRE_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WIRE_SETS);
	__type(key, __u32);
	__type(value, struct wire_set);
} wire SEC(".maps");

/* Whether it is worth it to look for who has sent a request. */
struct wire_use {
	__u32 calls;	 /* 1: some client on this host is watched */
	__u32 passed_on; /* 1: one has handed a traceparent on */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_use);
} wire_use SEC(".maps");

/* ---- goroutines that take work ---------------------------------------------------------------- */

/* A place in the code of an executable, as its symbols have it. */
struct code_place {
	__u64 address;
	__u32 binary;
	__u32 reserved;
};

/* What was found out about functions, by the places that their calls return to, or by where they begin: receivers.h. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct code_place);
	__type(value, __u8);
} receivers SEC(".maps");

/* Where the functions are found that have called each other up to a hit, and where one of them is searched. */
struct caller_walk {
	__u64 load_bias;
	__u64 frame;
	__u64 returns_to;
	__u64 at;	  /* of the code, what is looked at next */
	__u64 begins;	  /* where the function begins that is searched */
	__u64 callee;	  /* the same of one that it calls */
	__u64 resumes_at; /* where that is called */
	__u64 taken;	  /* a bit for each function, the outermost one's is the lowest: it has TAKES_BEFORE */
	__u64 rounds;	  /* the same: it may call again one that has taken something */
	__u64 takes_at;	  /* where the function that is searched takes something first behind its call */
	__u64 rounds_end; /* behind the last jump by which it comes to its call again */
	__u32 binary;
	__u8 search;	 /* enum code_search */
	__u8 found;	 /* enum takes, of the function that is searched */
	__u8 takes;	 /* the same, of all those that were searched */
	__u8 is_partial; /* not all code was in memory */
	__u8 may_receive;
	__u8 first; /* what it returns to may be no code: it was only taken for that */
	__u8 reserved[6];
};

/* ---- scratch ---------------------------------------------------------------------------------- */

#define WORK_BYTES 1616

/* Bytes of a context, or a connection, of an unknown type that are searched for the one it was made of. */
#define CONTEXT_WINDOW 64

/*
 * A thread's working memory: what is too large for the 512 bytes of a program's stack. Of each thread, for a
 * program may be preempted by another thread's, so a CPU has no scratch of its own.
 */
struct scratch {
	struct open_call call; /* the one that begins or ends */
	struct active_spans active;
	/* Where parents are looked for. */
	__u64 context_words[CONTEXT_WINDOW / 8];
	struct owned_context owner;
	struct active_span born_in;
	struct caller_walk callers;
	__u8 full[ROOM_COUNT];	     /* of the process, when it last began a span on this thread */
	__u32 tgid;		     /* of the process that makes the call whose parent is looked for */
	struct trace_reference sent; /* by the application, with the call that begins */
	struct wire_call sent_call;  /* the one that a request may be, that begins */
	__u8 came_in[8];	     /* with that, in a traceparent: the span, which is not the parent; 0: none */
	__u64 may_replace;	     /* whether an open call may have the key of the one that begins */
	__u64 work[WORK_BYTES / 8];  /* the library's own: WORK */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* ---- what user space tells, and is told ------------------------------------------------------- */

#define BINARIES_MAX 4096

/* Defines the map of a library's layout: LAYOUT_MAP(http_server_layout). */
#define LAYOUT_MAP(layout)                            \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_HASH);      \
		__uint(max_entries, BINARIES_MAX);    \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__type(key, __u32);                   \
		__type(value, struct layout);         \
	} layout SEC(".maps")

LAYOUT_MAP(runtime_layout);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

/* What is captured, see captured_headers.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CAPTURED_NAMES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct captured_header);
} captured_names SEC(".maps");

/* Types that were reported, see report_unknown_type. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct unknown_type);
	__type(value, __u8);
} reported_types SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

#define COUNTERS_MAX (RECORD_TYPES_END * COUNTERS_PER_TYPE)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

#endif
