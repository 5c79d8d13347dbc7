/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes span records into the ring of a running agent, as its own programs do: complete requests, only that
 * nobody asked. So the agent can be offered any rate while no Go service competes with it for the processors.
 *
 * One run writes as many as its context asks for and leaves there how many the ring took. The maps are the
 * agent's (`bpftool prog load ... map name ring id ...`), so its ledger counts these requests too.
 */
#include <linux/bpf.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>

#include "http_server.h"

char LICENSE[] SEC("license") = "GPL";

/* What they are is the agent's affair: see native/src/main/c/maps.h. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORD_TYPES_END *COUNTERS_PER_TYPE);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* The context of a run; compare/generator.go has the same. */
struct burst {
	__u32 offered; /* records to write */
	__u32 written; /* those that the ring took */
	__u32 tgid;    /* process that is said to have answered */
	__u32 reserved;
};

struct texts {
	char method[3];
	char target[41];
	char host[22];
	char remote_address[15];
	char route[24];
	char user_agent[71];
};

static struct {
	struct http_server_record record;
	struct texts texts;
} generated = {
	.record = {
		.span = {
			.header = { .type = RECORD_HTTP_SERVER },
			.core = { .trace_flags = 1, .kind = SPAN_SERVER, .flags = SPAN_SAMPLED },
			.end_reason = END_RETURNED,
		},
		.response_body_bytes = 1432,
		.status = 200,
		.protocol_major = 1,
		.protocol_minor = 1,
#define TEXT(name)                                                                                                   \
	{                                                                                                            \
		sizeof(struct http_server_record) + offsetof(struct texts, name), sizeof(((struct texts *)0)->name), \
			sizeof(((struct texts *)0)->name)                                                            \
	}
		.strings = {
			[HTTP_METHOD] = TEXT(method),
			[HTTP_REQUEST_TARGET] = TEXT(target),
			[HTTP_HOST] = TEXT(host),
			[HTTP_REMOTE_ADDRESS] = TEXT(remote_address),
			[HTTP_ROUTE] = TEXT(route),
			[HTTP_USER_AGENT] = TEXT(user_agent),
		},
	},
	.texts = {
		"GET", "/api/orders/8472915/items?page=3&limit=50", "shop.example.test:8080", "127.0.0.1:48132",
		"GET /api/orders/{order}/", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0a",
	},
};

#define RECORD_BYTES (sizeof(struct http_server_record) + sizeof(struct texts))

static void count(__u32 counter)
{
	__u32 index = RECORD_HTTP_SERVER * COUNTERS_PER_TYPE + counter;
	__u64 *value = bpf_map_lookup_elem(&counters, &index);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static void random_bytes(__u8 *bytes, __u32 words)
{
	for (__u32 i = 0; i < words; i++)
		((__u32 *)bytes)[i] = bpf_get_prandom_u32();
}

/* As in native/src/main/c/span_record.h. */
static __u64 wake_flag(__u64 wake_bytes)
{
	__u64 before = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	__u64 after = before + RECORD_BYTES;

	return wake_bytes && (after < wake_bytes || before / wake_bytes == after / wake_bytes) ? BPF_RB_NO_WAKEUP :
												 BPF_RB_FORCE_WAKEUP;
}

static long generate_one(__u64 index, void *context)
{
	struct burst *burst = context;
	struct span_header *span = &generated.record.span;
	__u32 zero = 0;
	const struct settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (!now)
		return 1;
	count(COUNT_SEEN);
	count(COUNT_SPANS_STARTED);
	span->header.size = RECORD_BYTES;
	span->header.tgid = burst->tgid;
	span->end_ns = bpf_ktime_get_ns();
	span->core.start_ns = span->end_ns - 1000000;
	span->goid++;
	random_bytes(span->core.trace_id, 4);
	random_bytes(span->core.span_id, 2);
	if (bpf_ringbuf_output(&ring, &generated, RECORD_BYTES, wake_flag(now->wake_bytes))) {
		count(COUNT_LOST_RING_FULL);
	} else {
		count(COUNT_RECORDS_RESERVED);
		burst->written++;
	}
	return 0;
}

SEC("syscall")
int generate(struct burst *context)
{
	struct burst burst = { .tgid = context->tgid };

	bpf_loop(context->offered, generate_one, &burst, 0);
	context->written = burst.written;
	return 0;
}
