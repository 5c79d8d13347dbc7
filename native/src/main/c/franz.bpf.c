/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that github.com/twmb/franz-go/pkg/kgo sends and receives.
 *
 *   franz_send_start ... franz_send_end    a record, until its promise is kept: on whatever goroutine that is
 *   franz_poll_start ... franz_poll_end    a poll, if anything came of it: only at its end is that known
 *
 * A record is the client's from the one to the other, so a message that is sent is known by its address.
 */
#include "kafka.h"
#include "kafka_links.h"
#include "kafka_client.h"

LAYOUT_MAP(franz_layout);

/* What of an open call is not handed over. */
struct franz_send {
	struct trace_reference sent;
	__u64 client;
};

/* ---- records ---------------------------------------------------------------------------------- */

static __always_inline struct go_string read_pointed_string(__u64 object, __u16 offset)
{
	return read_string_at(read_u64_at(object, offset), 0);
}

/*
 * Which message a record is, in a cluster and a topic whose hashes are known. Both sides know its time to the
 * millisecond, as seconds and nanoseconds.
 */
static __always_inline void identify_record(struct kafka_message *message, const struct franz_layout *layout,
					    __u64 record)
{
	__u64 content = read_u64_at(record, layout->record_time);

	content = kafka_mix(content, read_u64_at(record, layout->record_time + 8));
	content = kafka_mix(content, read_u64_at(record, layout->record_producer));
	content = kafka_mix(content, (__u16)read_u64_at(record, layout->record_epoch));
	content = kafka_mix(content, read_string_at(record, layout->record_key).length);
	message->content = kafka_mix(content, read_string_at(record, layout->record_value).length);
	message->offset = read_u64_at(record, layout->record_offset);
	message->partition = read_u64_at(record, layout->record_partition);
}

/* Tells which client it is. */
__noinline int pack_franz_client(struct scratch *scratch, const struct franz_layout *layout, __u64 client)
{
	if (!scratch || !layout)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);
	struct go_string id = read_pointed_string(client, layout->client_id);

	pack(scratch, &to->strings[KAFKA_CLIENT], &id, KAFKA_CLIENT_LIMIT);
	if (to->operation != KAFKA_POLL)
		return 0;

	struct go_string group = read_string_at(client, layout->client_group);

	pack(scratch, &to->strings[KAFKA_GROUP], &group, KAFKA_GROUP_LIMIT);
	return 0;
}

/* ---- send ------------------------------------------------------------------------------------- */

static __always_inline struct call_key franz_key(const struct hit *hit, __u64 record)
{
	struct call_key key = call_of(&hit->key, RECORD_FRANZ_GO);

	key.id[0] = record;
	return key;
}

/* A process that is not traced sends a message: as franz_send_start, without a span. */
static __noinline int pass_franz_send_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_FRANZ_GO);
	return 0;
}

/* (*Client).produce(ctx, record, promise, block) */
SEC("uprobe")
int franz_send_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_franz_send_by(ctx, &hit);

	const struct franz_layout *layout = LAYOUT(&hit, franz_layout);
	struct scratch *scratch = scratch_of_thread();
	__u64 record = GO_ARG4(ctx);

	if (!layout)
		return 0;
	count(RECORD_FRANZ_GO, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_FRANZ_GO, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	/* The record's own, if it has one: what the client itself goes by. */
	struct go_interface context = read_interface_at(record, layout->record_context);
	struct go_string headers = read_string_at(record, layout->record_headers);
	struct go_string topic = read_string_at(record, layout->record_topic);

	if (!context.itab)
		context = (struct go_interface){ GO_ARG2(ctx), GO_ARG3(ctx) };
	begin(scratch, &hit, RECORD_FRANZ_GO, SPAN_PRODUCER, sizeof(struct kafka_record));
	kafka_traceparent(&scratch->sent, &headers);
	if (!settle(scratch, &hit, &context, false, 0))
		return 0;
	if (!topic.length)
		topic = read_string_at(GO_ARG1(ctx), layout->client_topic);
	kafka_begins(kafka_hash(scratch, &topic), span_of(scratch)->core.start_ns);
	KEPT(scratch, franz_send)->sent = scratch->sent;
	KEPT(scratch, franz_send)->client = GO_ARG1(ctx);

	struct call_key key = franz_key(&hit, record);

	park_call(scratch, &key);
	return 0;
}

/* Takes the error that another one wraps; false: it wraps none, as far as is known. A global function, as `pack` is. */
__noinline int unwrap_franz(const struct franz_layout *layout, const struct runtime_layout *runtime,
			    struct returned_error *seen)
{
	if (!layout || !runtime || !seen)
		return false;
	return unwrap_by(layout->wrappers, FRANZ_WRAPPERS, seen) || unwrap(runtime, seen);
}

/* Describes the error that a call ended with, and packs its strings. */
__noinline int describe_franz_error(struct scratch *scratch, const struct franz_layout *layout,
				    const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!scratch || !layout || !runtime || !seen)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);

#pragma clang loop unroll(full)
	for (int i = 0; i < WRAPPED_MAX; i++) { /* see unwrap_all */
		if (!unwrap_franz(layout, runtime, seen))
			break;
	}
	to->failed = 1;
	if (has_itab(&seen->error, layout->error_itab, seen->load_bias)) {
		struct go_string name = read_string_at(seen->error.data, layout->error_name);

		pack(scratch, &to->strings[KAFKA_ERROR_NAME], &name, KAFKA_ERROR_LIMIT);
	}
	describe_error(scratch, &to->error, &to->strings[KAFKA_ERROR_TEXT], runtime, seen);
	return 0;
}

/*
 * (*Client).finishRecordPromise(promisedRec{ctx, promise, record}, err, ...), which is going to call the promise; or in
 * a copy of it promise(record, err). Where that calls a hook instead, its receiver is no record.
 */
SEC("uprobe")
int franz_send_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct franz_layout *layout = LAYOUT(&hit, franz_layout);
	struct scratch *scratch = scratch_of_thread();
	__u64 record = GO_ARG5(ctx), called_with = GO_ARG1(ctx);
	struct returned_error error = { .error = { GO_ARG6(ctx), GO_ARG7(ctx) }, .load_bias = hit.load_bias };
	struct go_interface called_error = { GO_ARG2(ctx), GO_ARG3(ctx) };

	/* Or the compiler chooses among registers, and the verifier wants each read by itself. */
	barrier_var(record);
	barrier_var(called_with);
	barrier_var(error.error.itab);
	barrier_var(error.error.data);
	barrier_var(called_error.itab);
	barrier_var(called_error.data);
	if (hit.variant == FRANZ_PROMISE_CALLED) {
		record = called_with;
		error.error = called_error;
	}

	struct call_key key = franz_key(&hit, record);

	if (!layout || !take_call(scratch, &key) || !scratch)
		return 0;

	struct kafka_record *to = RECORD(scratch, kafka_record);
	const struct trace_reference *sent = &KEPT(scratch, franz_send)->sent;
	__u64 client = KEPT(scratch, franz_send)->client;
	struct go_string topic = read_string_at(record, layout->record_topic);
	struct go_string value = read_string_at(record, layout->record_value);
	struct kafka_message message = {};

	pack(scratch, &to->strings[KAFKA_TOPIC], &topic, KAFKA_TOPIC_LIMIT);
	to->operation = KAFKA_SEND;
	pack_franz_client(scratch, layout, client);
	to->topics = 1;
	to->tombstone = !value.address;
	to->partition = -1;
	to->offset = -1;
	if (error.error.itab) {
		describe_franz_error(scratch, layout, hit.runtime, &error);
	} else {
		identify_record(&message, layout, record);
		to->partition = message.partition;
		/* Who asks for no acknowledgement does not learn the offset. */
		if ((__u16)read_u64_at(client, layout->client_acks))
			to->offset = message.offset;
	}
	if (is_link(sent))
		append_link(scratch, sent);
	if (!hand_over(scratch, END_RETURNED, end_ns) || to->offset < 0)
		return 0;

	struct go_string cluster = read_pointed_string(client, layout->client_cluster);
	struct trace_reference sender = { .trace_flags = to->span.core.trace_flags, .known = true };

	__builtin_memcpy(sender.trace_id, to->span.core.trace_id, sizeof(sender.trace_id));
	__builtin_memcpy(sender.span_id, to->span.core.span_id, sizeof(sender.span_id));
	message.cluster = kafka_hash(scratch, &cluster);
	message.topic = kafka_hash(scratch, &topic);
	if (message.cluster && message.topic)
		kafka_was_sent(scratch, &message, &sender);
	return 0;
}

/* ---- poll ------------------------------------------------------------------------------------- */

/* (*Client).PollRecords(ctx, max) */
SEC("uprobe")
int franz_poll_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (identify(ctx, &hit))
		kafka_polls_now(ctx, &hit);
	return 0;
}

#define FETCH_BYTES 24	  /* kgo.Fetch has a slice of FetchTopics, and nothing else */
#define SLICE_BYTES 24	  /* with which FetchTopic and FetchPartition end */
#define FRANZ_STEPS 16384 /* of a walk: fetches, topics, partitions, and the messages that are looked at */

/* Where a walk through kgo.Fetches is: each of its slices, of which the first elements are behind it. */
struct franz_walk {
	struct go_string fetches;
	struct go_string topics;
	struct go_string partitions;
	struct go_string records;
	struct go_string topic;
	struct kafka_message message; /* cluster, topic and partition that it is in */
	struct go_interface error;    /* the first */
	struct go_string name;	      /* of the first topic that has messages, or else an error */
	__u64 name_hash;
	__u64 links; /* 1: the messages' senders are looked for */
};

/* A thread's work: the stack has no room for it. */
struct franz_work {
	struct kafka_work of;
	struct franz_walk walk;
	struct kafka_poll poll; /* that ends */
	struct go_string fetches;
	struct returned_error error;
	struct go_string headers; /* of a record */
	struct trace_reference sender;
};

struct franz_step {
	struct scratch *scratch;
	const struct franz_layout *layout;
};

/* Takes the first element off a slice; 0: it has none. */
static __always_inline __u64 next_of(struct go_string *slice, __u64 bytes)
{
	__u64 element = slice->address;

	if (!slice->length)
		return 0;
	slice->address += bytes;
	slice->length--;
	return element;
}

/* A partition, of the topic that the walk is in. */
static __always_inline void visit_partition(struct scratch *scratch, const struct franz_layout *layout, __u64 partition)
{
	struct franz_walk *walk = &WORK(scratch, franz_work)->walk;
	struct kafka_record *to = RECORD(scratch, kafka_record);
	struct go_string records = read_string_at(partition, layout->partition_records);
	__s32 number = read_u64_at(partition, layout->partition_number);

	walk->message.partition = number;
	if (walk->links) {
		walk->records = records;
		return;
	}

	struct go_interface error = read_interface_at(partition, layout->partition_err);

	if (error.itab && !walk->error.itab)
		walk->error = error;
	if (!records.length && !error.itab)
		return;
	if (!to->topics || (records.length && !to->messages)) {
		to->topics = 1;
		walk->name = walk->topic;
		walk->name_hash = walk->message.topic;
		to->partition = number;
	} else if (records.length && walk->message.topic != walk->name_hash) {
		to->topics = 2;
		to->partition = -1;
	} else if (records.length && number != to->partition) {
		to->partition = -1;
	}
	to->messages += records.length;
}

/*
 * Links the span to who has sent a message, as its traceparent says; else as we know. Where that may come, it is
 * awaited.
 */
__noinline int link_record(struct scratch *scratch, const struct franz_layout *layout, __u64 record)
{
	if (!scratch || !layout)
		return 0;

	struct kafka_work *work = WORK(scratch, kafka_work);
	struct trace_reference *sender = &WORK(scratch, franz_work)->sender;
	struct kafka_message message = WORK(scratch, franz_work)->walk.message;

	if (sender->known)
		return append_link(scratch, sender);
	if (!message.cluster || !message.topic)
		return 0;
	identify_record(&message, layout, record);

	const struct trace_reference *found = bpf_map_lookup_elem(&kafka_sent, &message);

	if (found) {
		*sender = *found;
		return append_link(scratch, sender);
	}

	__u32 at = work->count;

	barrier_var(at);
	if (at < KAFKA_AWAITED && kafka_may_come(&message, bpf_ktime_get_ns())) {
		work->awaited[at] = message;
		work->count = at + 1;
	}
	return 0;
}

static long step_on(__u32 index, struct franz_step *step)
{
	struct scratch *scratch = step->scratch;
	const struct franz_layout *layout = step->layout;
	struct franz_work *work = WORK(scratch, franz_work);
	struct franz_walk *walk = &work->walk;
	__u64 next = next_of(&walk->records, sizeof(__u64));

	if (next) {
		__u64 record = read_u64_at(next, 0);

		work->headers = read_string_at(record, layout->record_headers);
		work->sender.known = false;
		kafka_traceparent(&work->sender, &work->headers);
		link_record(scratch, layout, record);
		return ++work->of.looked_at >= KAFKA_LINKS;
	}
	next = next_of(&walk->partitions, layout->partition_records + SLICE_BYTES);
	if (next) {
		visit_partition(scratch, layout, next);
		return 0;
	}
	next = next_of(&walk->topics, layout->topic_partitions + SLICE_BYTES);
	if (next) {
		walk->topic = read_string_at(next, layout->topic_name);
		walk->message.topic = kafka_hash(scratch, &walk->topic);
		walk->partitions = read_string_at(next, layout->topic_partitions);
		return 0;
	}
	next = next_of(&walk->fetches, FETCH_BYTES);
	if (!next)
		return 1;
	walk->topics = read_string_at(next, 0);
	return 0;
}

/* Describes what a poll has returned, but for links: the first error is left to be described. */
__noinline int describe_fetches(struct scratch *scratch, const struct franz_layout *layout)
{
	if (!scratch || !layout)
		return 0;

	struct franz_step step = { scratch, layout };
	struct franz_work *work = WORK(scratch, franz_work);
	struct franz_walk *walk = &work->walk;

	__builtin_memset(walk, 0, sizeof(*walk));
	walk->fetches = work->fetches;
	bpf_loop(FRANZ_STEPS, step_on, &step, 0);
	work->error.error = walk->error;
	pack(scratch, &RECORD(scratch, kafka_record)->strings[KAFKA_TOPIC], &walk->name, KAFKA_TOPIC_LIMIT);
	return 0;
}

/* Links the span to the senders of the first messages. */
__noinline int link_fetches(struct scratch *scratch, const struct franz_layout *layout)
{
	if (!scratch || !layout)
		return 0;

	struct franz_step step = { scratch, layout };
	struct kafka_record *to = RECORD(scratch, kafka_record);
	struct franz_work *work = WORK(scratch, franz_work);
	struct franz_walk *walk = &work->walk;
	struct go_string cluster = read_pointed_string(work->poll.client, layout->client_cluster);

	work->of.count = 0;
	work->of.looked_at = 0;
	__builtin_memset(walk, 0, sizeof(*walk));
	walk->fetches = work->fetches;
	walk->links = 1;
	walk->message.cluster = kafka_hash(scratch, &cluster);
	bpf_loop(FRANZ_STEPS, step_on, &step, 0);
	to->unlinked = to->messages - work->of.looked_at;
	return 0;
}

struct franz_wait_walk {
	struct scratch *scratch;
	struct kafka_waiting waiting;
};

static long await_message(__u32 index, struct franz_wait_walk *walk)
{
	__u64 at = index;

	barrier_var(at);
	if (at >= KAFKA_AWAITED)
		return 1;

	struct kafka_message message = WORK(walk->scratch, kafka_work)->awaited[at];

	bpf_map_update_elem(&kafka_awaited, &message, &walk->waiting, BPF_ANY);

	/* It may have become known a moment ago. */
	const struct trace_reference *found = bpf_map_lookup_elem(&kafka_sent, &message);

	if (!found)
		return 0;

	struct trace_reference sender = *found;

	if (!bpf_map_delete_elem(&kafka_awaited, &message))
		kafka_tell(walk->scratch, &walk->waiting, &sender);
	return 0;
}

/* Asks for the senders that are awaited. The record is in the ring. */
__noinline int await_senders(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	const struct span_header *span = span_of(scratch);
	struct franz_wait_walk walk = { .scratch = scratch };
	__u32 count = WORK(scratch, kafka_work)->count;
	__u64 id;

	walk.waiting.tgid = span->header.tgid;
	walk.waiting.binary = span->header.binary;
	__builtin_memcpy(walk.waiting.span_id, span->core.span_id, sizeof(walk.waiting.span_id));
	__builtin_memcpy(&id, span->core.span_id, sizeof(id));
	bpf_map_update_elem(&kafka_waits, &id, &count, BPF_ANY);
	bpf_loop(count, await_message, &walk, 0);
	return 0;
}

/* A process that is not traced has polled something: as franz_poll_end, without a span. */
static __noinline int pass_franz_poll_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && GO_RESULT2(ctx) && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_FRANZ_GO);
	return 0;
}

/* A return of PollRecords: Fetches. */
SEC("uprobe")
int franz_poll_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_franz_poll_by(ctx, &hit);

	const struct franz_layout *layout = LAYOUT(&hit, franz_layout);
	const struct kafka_poll *found = bpf_map_lookup_elem(&kafka_polls, &hit.key);
	struct scratch *scratch = scratch_of_thread();
	const char closed[KAFKA_ENDED_TEXT] = "client closed";

	if (!layout || !found)
		return 0;
	if (!scratch) {
		bpf_map_delete_elem(&kafka_polls, &hit.key);
		count(RECORD_FRANZ_GO, COUNT_SEEN);
		count(RECORD_FRANZ_GO, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct franz_work *work = WORK(scratch, franz_work);
	struct kafka_record *to = RECORD(scratch, kafka_record);

	work->poll = *found;
	bpf_map_delete_elem(&kafka_polls, &hit.key);
	work->fetches.address = GO_RESULT1(ctx);
	work->fetches.length = GO_RESULT2(ctx);
	__builtin_memset(&work->error, 0, sizeof(work->error));
	work->error.load_bias = hit.load_bias;
	begin(scratch, &hit, RECORD_FRANZ_GO, SPAN_CLIENT, sizeof(*to));
	to->span.core.start_ns = work->poll.since_ns;
	to->operation = KAFKA_POLL;
	to->offset = -1;
	to->partition = -1;
	describe_fetches(scratch, layout);
	if (is_called_off(&hit, layout->deadline_itab, &work->error.error, closed))
		work->error.error.itab = 0;
	if (!to->messages && !work->error.error.itab)
		return 0;
	count(RECORD_FRANZ_GO, COUNT_SEEN);
	if (!settle(scratch, &hit, &work->poll.context, false, 0))
		return 0;
	count(RECORD_FRANZ_GO, COUNT_SPANS_STARTED);
	pack_franz_client(scratch, layout, work->poll.client);
	if (work->error.error.itab)
		describe_franz_error(scratch, layout, hit.runtime, &work->error);
	link_fetches(scratch, layout);
	to->span.awaits = work->of.count != 0;
	if (hand_over(scratch, END_RETURNED, end_ns) && to->span.awaits)
		await_senders(scratch);
	return 0;
}
