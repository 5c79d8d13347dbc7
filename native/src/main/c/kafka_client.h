/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs of several clients of Kafka share. */
#ifndef GOSHAWK_KAFKA_CLIENT_H
#define GOSHAWK_KAFKA_CLIENT_H

#include "kafka.h"

#define KAFKA_TOPIC_LIMIT 256
#define KAFKA_CLIENT_LIMIT 128
#define KAFKA_GROUP_LIMIT 256
#define KAFKA_ERROR_LIMIT 64
#define KAFKA_LINKS 64 /* of a span: to the senders of the first messages */

_Static_assert(KAFKA_TOPIC_LIMIT + KAFKA_CLIENT_LIMIT + KAFKA_GROUP_LIMIT + KAFKA_ERROR_LIMIT + ERROR_TEXT_LIMIT +
			       KAFKA_LINKS * sizeof(struct link_block) + 8 <=
		       STRINGS_MAX - sizeof(struct kafka_record),
	       "strings of all limits and as many links fit");

/* ---- headers ---------------------------------------------------------------------------------- */

#define KAFKA_HEADER_BYTES 40 /* kgo.RecordHeader, and kafka-go's Header: a string and a []byte */
#define KAFKA_HEADER_VALUE 16
#define KAFKA_HEADERS_SEARCHED 32

#define TRACEPARENT "traceparent"
#define TRACEPARENT_NAME_LENGTH (sizeof(TRACEPARENT) - 1)

struct kafka_header_walk {
	__u64 headers;
	struct go_string value;
};

static long find_traceparent(__u32 index, struct kafka_header_walk *walk)
{
	__u64 header = walk->headers + index * KAFKA_HEADER_BYTES;
	struct go_string name = read_string_at(header, 0);
	char found[12] = {}, wanted[12] = TRACEPARENT;

	if (name.length != TRACEPARENT_NAME_LENGTH || read_user(found, TRACEPARENT_NAME_LENGTH, name.address) ||
	    !same_bytes(found, wanted, sizeof(found)))
		return 0;
	walk->value = read_string_at(header, KAFKA_HEADER_VALUE);
	return 1;
}

/* Reads the traceparent among the headers of a message: a slice of them. */
__noinline int kafka_traceparent(struct trace_reference *to, const struct go_string *headers)
{
	if (!to || !headers || !headers->length)
		return 0;

	struct kafka_header_walk walk = { .headers = headers->address };
	__u64 searched = headers->length < KAFKA_HEADERS_SEARCHED ? headers->length : KAFKA_HEADERS_SEARCHED;

	bpf_loop(searched, find_traceparent, &walk, 0);
	if (walk.value.length)
		read_traceparent(to, walk.value.address, walk.value.length);
	return 0;
}

/* ---- polls ------------------------------------------------------------------------------------ */

/* A goroutine that polls. */
struct kafka_poll {
	__u64 client;
	struct go_interface context;
	__u64 since_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct goroutine_key);
	__type(value, struct kafka_poll);
} kafka_polls SEC(".maps");

/* A method of a client (ctx, ...) begins to poll. */
static __always_inline void kafka_polls_now(struct pt_regs *ctx, const struct hit *hit)
{
	struct kafka_poll poll = { GO_ARG1(ctx), { GO_ARG2(ctx), GO_ARG3(ctx) }, bpf_ktime_get_ns() };

	bpf_map_update_elem(&kafka_polls, &hit->key, &poll, BPF_ANY);
}

#define KAFKA_ENDED_TEXT 16

/*
 * Whether an error says that the program itself has called a poll off: its context is over, or the client closed.
 *
 * @deadline_itab of context.deadlineExceededError
 * @closed        what the client's error says then
 */
static __always_inline bool is_called_off(const struct hit *hit, __u64 deadline_itab, const struct go_interface *error,
					  const char closed[KAFKA_ENDED_TEXT])
{
	if (is_a(hit, error, deadline_itab))
		return true;
	if (!is_a(hit, error, hit->runtime->error_string_itab))
		return false;

	struct go_string text = read_string_at(error->data, 0);
	char found[KAFKA_ENDED_TEXT] = {}, canceled[KAFKA_ENDED_TEXT] = CANCELED;
	__u64 length = text.length;

	barrier_var(length);
	if (!length || length > sizeof(found) || read_user(found, length, text.address))
		return false;
	return same_bytes(found, canceled, sizeof(found)) || same_bytes(found, closed, sizeof(found));
}

#endif
