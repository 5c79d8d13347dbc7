/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that github.com/segmentio/kafka-go sends and receives.
 *
 *   kafka_go_send_start ... kafka_go_send_end      the call that writes messages, on the goroutine that makes it
 *   kafka_go_fetch_start ... kafka_go_fetch_end    the call that returns one, if it does
 *
 * A writer copies messages before it sends them, and neither it nor a reader keeps the id of its cluster: who has sent
 * a message is known by a traceparent among its headers only.
 */
#include "kafka.h"
#include "kafka_client.h"

LAYOUT_MAP(kafka_go_layout);

#define MESSAGE_TIME_BYTES 24 /* time.Time, with which a Message ends */
#define MESSAGES_COMPARED 256

/* What of an open call is not handed over. */
struct kafka_go_send {
	struct call_at at;
	struct trace_reference sent;
	struct go_interface context; /* that it was given */
};

/* ---- send ------------------------------------------------------------------------------------- */

/* A walk through messages that are sent by one call. */
struct kafka_go_walk {
	struct scratch *scratch;
	const struct kafka_go_layout *layout;
	__u64 messages;
	struct go_string topic; /* of the first */
	__u64 topic_hash;
};

/* A thread's work: behind kafka_work, for kafka_hash is called meanwhile. */
struct kafka_go_work {
	struct kafka_work of;
	struct trace_reference sent;
};

static __always_inline __u64 message_at(const struct kafka_go_layout *layout, __u64 messages, __u32 index)
{
	return messages + (__u64)index * (layout->message_time + MESSAGE_TIME_BYTES);
}

static long compare_topic(__u32 index, struct kafka_go_walk *walk)
{
	__u64 message = message_at(walk->layout, walk->messages, index + 1);
	struct go_string topic = read_string_at(message, walk->layout->message_topic);

	if (topic.address == walk->topic.address && topic.length == walk->topic.length)
		return 0;
	if (kafka_hash(walk->scratch, &topic) == walk->topic_hash)
		return 0;
	RECORD(walk->scratch, kafka_record)->topics = 2;
	return 1;
}

static long compare_traceparent(__u32 index, struct kafka_go_walk *walk)
{
	struct scratch *scratch = walk->scratch;
	__u64 message = message_at(walk->layout, walk->messages, index + 1);
	struct go_string headers = read_string_at(message, walk->layout->message_headers);
	struct trace_reference *sent = &WORK(scratch, kafka_go_work)->sent;

	__builtin_memset(sent, 0, sizeof(*sent));
	kafka_traceparent(sent, &headers);
	if (sent->known && same_bytes(sent->span_id, scratch->sent.span_id, sizeof(sent->span_id)) &&
	    same_bytes(sent->trace_id, scratch->sent.trace_id, sizeof(sent->trace_id)))
		return 0;
	scratch->sent.known = false;
	return 1;
}

/* Notes the traceparent that all messages of a call have, if it is one: it names a span that the application has made.
 */
__noinline int note_sent(struct scratch *scratch, const struct kafka_go_layout *layout, __u64 messages, __u64 count)
{
	if (!scratch || !layout)
		return 0;

	struct kafka_go_walk walk = { .scratch = scratch, .layout = layout, .messages = messages };
	struct go_string headers = read_string_at(messages, layout->message_headers);

	kafka_traceparent(&scratch->sent, &headers);
	if (!scratch->sent.known || count < 2)
		return 0;
	if (count > MESSAGES_COMPARED)
		scratch->sent.known = false;
	else
		bpf_loop(count - 1, compare_traceparent, &walk, 0);
	return 0;
}

/* Tells to which topic messages are sent. */
__noinline int pack_topic(struct scratch *scratch, const struct kafka_go_layout *layout, __u64 messages, __u64 writer)
{
	if (!scratch || !layout)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);
	struct kafka_go_walk walk = { .scratch = scratch, .layout = layout, .messages = messages };

	to->topics = 1;
	walk.topic = read_string_at(writer, layout->writer_topic);
	if (!walk.topic.length) {
		walk.topic = read_string_at(messages, layout->message_topic);
		walk.topic_hash = kafka_hash(scratch, &walk.topic);
		if (to->messages > MESSAGES_COMPARED)
			to->topics = 2;
		else if (to->messages > 1)
			bpf_loop(to->messages - 1, compare_topic, &walk, 0);
	}
	pack(scratch, &to->strings[KAFKA_TOPIC], &walk.topic, KAFKA_TOPIC_LIMIT);
	return 0;
}

/* A process that is not traced sends messages: as kafka_go_send_start, without a span. */
static __noinline int pass_kafka_go_send_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && GO_ARG5(ctx) && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_KAFKA_GO);
	return 0;
}

/* (*Writer).WriteMessages(ctx, messages...) */
SEC("uprobe")
int kafka_go_send_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_kafka_go_send_by(ctx, &hit);

	const struct kafka_go_layout *layout = LAYOUT(&hit, kafka_go_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface context = { GO_ARG2(ctx), GO_ARG3(ctx) };
	__u64 writer = GO_ARG1(ctx), messages = GO_ARG4(ctx), many = GO_ARG5(ctx);

	if (!layout || !many)
		return 0;
	count(RECORD_KAFKA_GO, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_KAFKA_GO, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct kafka_record *to = RECORD(scratch, kafka_record);

	begin(scratch, &hit, RECORD_KAFKA_GO, SPAN_PRODUCER, sizeof(*to));
	to->operation = KAFKA_SEND_BATCH;
	to->messages = many;
	to->offset = -1;
	to->partition = -1;
	note_sent(scratch, layout, messages, many);
	if (!settle(scratch, &hit, &context, false, 0))
		return 0;
	KEPT(scratch, kafka_go_send)->sent = scratch->sent;
	KEPT(scratch, kafka_go_send)->context = context;
	KEPT(scratch, kafka_go_send)->at.stack = stack_in_use(&hit);
	pack_topic(scratch, layout, messages, writer);
	if (many == 1)
		to->tombstone = !read_u64_at(messages, layout->message_value);

	struct go_interface transport = read_interface_at(writer, layout->writer_transport);

	if (is_a(&hit, &transport, layout->transport_itab)) {
		struct go_string client = read_string_at(transport.data, layout->transport_client);

		pack(scratch, &to->strings[KAFKA_CLIENT], &client, KAFKA_CLIENT_LIMIT);
	}

	struct call_key key = call_of(&hit.key, RECORD_KAFKA_GO);

	park_call(scratch, &key);
	return 0;
}

struct errors_walk {
	__u64 errors; /* of messages, most of which may have none */
	struct go_interface found;
};

static long find_failed(__u32 index, struct errors_walk *walk)
{
	walk->found = read_interface_at(walk->errors + index * sizeof(walk->found), 0);
	return walk->found.itab != 0;
}

#define ERRORS_SEARCHED 1024

/* Describes the error that a call ended with, and packs its text; of several messages that of the first that has one.
 */
__noinline int describe_kafka_go_error(struct scratch *scratch, const struct kafka_go_layout *layout,
				       const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!scratch || !layout || !runtime || !seen)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);

	to->failed = 1;
	if (has_itab(&seen->error, layout->errors_itab, seen->load_bias)) {
		struct go_string errors = read_string_at(seen->error.data, 0);
		struct errors_walk walk = { .errors = errors.address };
		__u64 searched = errors.length < ERRORS_SEARCHED ? errors.length : ERRORS_SEARCHED;

		bpf_loop(searched, find_failed, &walk, 0);
		if (walk.found.itab)
			seen->error = walk.found;
	}
	describe_error(scratch, &to->error, &to->strings[KAFKA_ERROR_TEXT], runtime, seen);
	if (has_itab(&seen->error, layout->error_itab, seen->load_bias))
		to->code = read_u64_at(seen->error.data, 0);
	else if (has_itab(&seen->error, layout->too_large_itab, seen->load_bias))
		to->code = KAFKA_MESSAGE_TOO_LARGE;
	return 0;
}

/* Hands the call in scratch over, with the link to what the application sends. */
static __always_inline void hand_over_sent(struct scratch *scratch, enum end_reason reason, __u64 end_ns)
{
	const struct trace_reference *sent = &KEPT(scratch, kafka_go_send)->sent;

	if (is_link(sent))
		append_link(scratch, sent);
	hand_over(scratch, reason, end_ns);
}

/* A return of WriteMessages: an error. */
SEC("uprobe")
int kafka_go_send_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct kafka_go_layout *layout = LAYOUT(&hit, kafka_go_layout);
	struct call_key key = call_of(&hit.key, RECORD_KAFKA_GO);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	if (!layout || !take_call(scratch, &key) || !scratch)
		return 0;
	if (error.itab) {
		struct returned_error seen = returned(scratch, &hit, &error, &KEPT(scratch, kafka_go_send)->context);

		describe_kafka_go_error(scratch, layout, hit.runtime, &seen);
	}
	hand_over_sent(scratch, END_RETURNED, end_ns);
	return 0;
}

/* ---- fetch ------------------------------------------------------------------------------------ */

/* (*Reader).FetchMessage(ctx) */
SEC("uprobe")
int kafka_go_fetch_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (identify(ctx, &hit))
		kafka_polls_now(ctx, &hit);
	return 0;
}

/* Describes a message that was received, and its reader. */
__noinline int describe_message(struct scratch *scratch, const struct kafka_go_layout *layout, __u64 message,
				__u64 reader)
{
	if (!scratch || !layout)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);
	struct go_string topic = read_string_at(message, layout->message_topic);
	struct go_string group = read_string_at(reader, layout->reader_group);
	struct go_string client = read_string_at(read_u64_at(reader, layout->reader_dialer), layout->dialer_client);

	to->topics = 1;
	to->offset = -1;
	to->partition = -1;
	if (topic.length) {
		to->offset = read_u64_at(message, layout->message_offset);
		to->partition = read_u64_at(message, layout->message_partition);
	} else { /* it has failed */
		topic = read_string_at(reader, layout->reader_topic);
	}
	pack(scratch, &to->strings[KAFKA_TOPIC], &topic, KAFKA_TOPIC_LIMIT);
	pack(scratch, &to->strings[KAFKA_CLIENT], &client, KAFKA_CLIENT_LIMIT);
	pack(scratch, &to->strings[KAFKA_GROUP], &group, KAFKA_GROUP_LIMIT);
	return 0;
}

/* A process that is not traced has received a message: as kafka_go_fetch_end, without a span. */
static __noinline int pass_kafka_go_fetch_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && !GO_RESULT1(ctx) && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_KAFKA_GO);
	return 0;
}

/* A return of FetchMessage: a Message, for which there are too few registers, and an error. */
SEC("uprobe")
int kafka_go_fetch_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_kafka_go_fetch_by(ctx, &hit);

	const struct kafka_go_layout *layout = LAYOUT(&hit, kafka_go_layout);
	const struct kafka_poll *found = bpf_map_lookup_elem(&kafka_polls, &hit.key);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };
	const char closed[KAFKA_ENDED_TEXT] = "EOF";
	__u64 message = hit.sp + RESULTS_ON_STACK;

	if (!layout || !found)
		return 0;

	struct kafka_poll poll = *found;

	bpf_map_delete_elem(&kafka_polls, &hit.key);
	if (error.itab && is_called_off(&hit, layout->deadline_itab, &error, closed))
		return 0;
	count(RECORD_KAFKA_GO, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_KAFKA_GO, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct kafka_record *to = RECORD(scratch, kafka_record);

	begin(scratch, &hit, RECORD_KAFKA_GO, SPAN_CLIENT, sizeof(*to));
	to->span.core.start_ns = poll.since_ns;
	to->operation = KAFKA_FETCH;
	to->messages = !error.itab;
	if (!settle(scratch, &hit, &poll.context, false, 0))
		return 0;
	count(RECORD_KAFKA_GO, COUNT_SPANS_STARTED);
	describe_message(scratch, layout, error.itab ? 0 : message, poll.client);
	if (error.itab) {
		struct returned_error seen = returned(scratch, &hit, &error, &poll.context);

		describe_kafka_go_error(scratch, layout, hit.runtime, &seen);
	} else {
		struct go_string headers = read_string_at(message, layout->message_headers);
		struct trace_reference *sent = &WORK(scratch, kafka_go_work)->sent;

		__builtin_memset(sent, 0, sizeof(*sent));
		kafka_traceparent(sent, &headers);
		if (sent->known)
			append_link(scratch, sent);
	}
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}
