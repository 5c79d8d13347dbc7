/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps.
 *
 * Sizes are defaults; the loader may set others before it loads the object.
 */
#ifndef GOSHAWK_MAPS_H
#define GOSHAWK_MAPS_H

#include "goshawk_abi.h"

/* The record's strings, at most; the longest fits behind a full one, which the verifier can follow. */
#define STRINGS_MAX 4096
#define LONGEST_STRING 2048

#define GROUP_MAX 336 /* of a map[string][]string, one group or bucket */

/* The headers that are looked for; the first of them become strings of the record. */
enum sought_header {
	HEADER_TRACEPARENT,
	HEADER_TRACESTATE,
	HEADER_USER_AGENT,
	HEADER_FORWARDED,
	HEADER_X_FORWARDED_FOR,
	HEADER_X_FORWARDED_PROTO,
	HEADER_X_FORWARDED_HOST,
	HEADER_UPGRADE,
	HEADER_COUNT,
};

/* A thread's working memory: what is too large for the 512 bytes of a program's stack. */
struct scratch {
	union {
		struct { /* at the start of a span */
			struct open_span span;
			__u64 header_map; /* Request.Header */
			struct go_string headers[HEADER_COUNT]; /* []string of each: address and length */
			__u8 group[GROUP_MAX];
		};
		struct { /* at the end; adjacent, since they are handed over as one */
			struct http_server_record record;
			__u8 strings[STRINGS_MAX + LONGEST_STRING];
		};
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct go_layout);
} binaries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
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

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct goroutine_key);
	__type(value, struct open_span);
} open_spans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTER_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Of each thread: a program may be preempted by another thread's, so a CPU has no scratch of its own. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratch SEC(".maps");

#endif
