/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps that all libraries share.
 *
 * Sizes are defaults; the loader may set others before it loads the object. What can be full of spans is
 * bounded to some 28 MB: `active` 8 MB, open calls 8, 8 and 4 MB, which are 25,088 of them. `contexts` has
 * its 2 MB from the beginning.
 */
#ifndef GOSHAWK_MAPS_H
#define GOSHAWK_MAPS_H

#include "goshawk_abi.h"

#define PROCESSES_MAX 16384

/* ---- open calls ------------------------------------------------------------------------------- */

/* A record's strings begin below this, and none is longer than that: what the verifier can follow. */
#define STRINGS_MAX 4608
#define LONGEST_STRING 2048

#define KEPT_BYTES 48

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

/* ---- scratch ---------------------------------------------------------------------------------- */

#define WORK_BYTES 768

/* Bytes of a context of an unknown type that are searched for the one it was made of. */
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
	__u8 full[ROOM_COUNT]; /* of the process, when it last began a span on this thread */
	struct trace_reference sent; /* by the application, with the call that begins */
	__u64 may_replace; /* whether an open call may have the key of the one that begins */
	__u64 work[WORK_BYTES / 8]; /* the library's own: WORK */
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
#define LAYOUT_MAP(layout)                                                                                   \
	struct {                                                                                             \
		__uint(type, BPF_MAP_TYPE_HASH);                                                             \
		__uint(max_entries, BINARIES_MAX);                                                           \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                                        \
		__type(key, __u32);                                                                          \
		__type(value, struct layout);                                                                \
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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORD_TYPES_END * COUNTERS_PER_TYPE);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

#endif
