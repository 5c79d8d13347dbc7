/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which span has sent a message that is received, where both clients are watched.
 *
 * A message is known by its cluster's id, which that has been given by chance, its topic, partition and offset; and
 * that a cluster that was made anew with an old id, or a topic with an old name, does not have the same message again
 * is known by what its producer has written into it: its time, its producer's id and epoch and how long it is.
 *
 * The message is often received before its producer has learnt where it is. So the receiver's record is handed over
 * with the links that are known, and where a client on this host sends to the topic now, what is missing is asked for
 * behind it: who sends the message finds that somebody waits, and adds the link.
 */
#ifndef GOSHAWK_KAFKA_LINKS_H
#define GOSHAWK_KAFKA_LINKS_H

#include "kafka.h"

/* A message; all zero: it cannot be told from another. */
struct kafka_message {
	__u64 cluster; /* hash of its id */
	__u64 topic;   /* hash of its name */
	__u64 content; /* hash of what the producer has written into it */
	__s64 offset;
	__s32 partition;
	__u32 reserved;
};

#define KAFKA_SENT 8192

/* By which span a message was sent: the last ones. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KAFKA_SENT);
	__type(key, struct kafka_message);
	__type(value, struct trace_reference);
} kafka_sent SEC(".maps");

/* Whoever waits for a message's sender. */
struct kafka_waiting {
	__u8 span_id[8];
	__u32 tgid;
	__u32 binary;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct kafka_message);
	__type(value, struct kafka_waiting);
} kafka_awaited SEC(".maps");

/* For how many messages a span waits, by its id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} kafka_waits SEC(".maps");

/* When a client on this host began to send to a topic last, by the hash of its name. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 512);
	__type(key, __u64);
	__type(value, __u64);
} kafka_topics SEC(".maps");

/* A partition, and how far its messages are known to be sent. */
struct kafka_partition {
	__u64 cluster;
	__u64 topic;
	__s32 partition;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct kafka_partition);
	__type(value, __s64);
} kafka_partitions SEC(".maps");

/* ---- hashes ----------------------------------------------------------------------------------- */

#define KAFKA_NAME_MAX 256 /* bytes; a topic's name has 249 at most */
#define KAFKA_NAME_WORDS (KAFKA_NAME_MAX / 8)
#define KAFKA_AWAITED 24 /* messages that a span waits for, the first of them */

static __always_inline __u64 kafka_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

struct kafka_supplement {
	struct supplement_record of;
	struct link_block link;
};

/* A thread's work: what was received, and for whose senders its span has to wait. */
struct kafka_work {
	union {
		__u64 name[KAFKA_NAME_WORDS]; /* that is hashed */
		struct kafka_supplement supplement;
	};
	struct kafka_message awaited[KAFKA_AWAITED];
	__u32 count;
	__u32 looked_at; /* messages, that were received */
};

/* The hash of a name; 0: there is none, it is too long, or it cannot be read. */
__noinline __u64 kafka_hash(struct scratch *scratch, const struct go_string *name)
{
	if (!scratch || !name)
		return 0;

	__u64 *words = WORK(scratch, kafka_work)->name;
	__u64 length = name->length, hash = length;

	__builtin_memset(words, 0, KAFKA_NAME_MAX);
	barrier_var(length);
	if (!length || length > KAFKA_NAME_MAX || read_user(words, length, name->address))
		return 0;
	for (int i = 0; i < KAFKA_NAME_WORDS; i++) {
		if (i * 8 >= length)
			break;
		hash = kafka_mix(hash, words[i]);
	}
	return hash | 1;
}

/* ---- links ------------------------------------------------------------------------------------ */

#define KAFKA_SENDING_NS 5000000000ull
#define KAFKA_NOT_YET 1024 /* offsets: several clients send to one partition, and learn where in no order */

/* A client begins to send to a topic. */
static __always_inline void kafka_begins(__u64 topic, __u64 now_ns)
{
	__u64 *last = bpf_map_lookup_elem(&kafka_topics, &topic);

	if (last)
		*last = now_ns;
	else if (topic)
		bpf_map_update_elem(&kafka_topics, &topic, &now_ns, BPF_ANY);
}

/* Whether it may be that a message was sent by a client on this host that does not know where it is yet. */
static __always_inline bool kafka_may_come(const struct kafka_message *message, __u64 now_ns)
{
	struct kafka_partition key = { message->cluster, message->topic, message->partition, 0 };
	__u64 topic = message->topic;
	const __u64 *last = bpf_map_lookup_elem(&kafka_topics, &topic);
	const __s64 *sent = bpf_map_lookup_elem(&kafka_partitions, &key);

	return last && *last + KAFKA_SENDING_NS > now_ns && (!sent || message->offset + KAFKA_NOT_YET > *sent);
}

static __always_inline void kafka_add(const struct kafka_supplement *supplement, __u64 size)
{
	if (bpf_ringbuf_output(&ring, (void *)supplement, size, BPF_RB_NO_WAKEUP))
		count(RECORD_SUPPLEMENT, COUNT_EVENTS_LOST);
}

/* Adds a link to a span that waits for it; if it is the last that it waits for, it is complete then. */
static __noinline int kafka_tell(struct scratch *scratch, const struct kafka_waiting *waiting,
				 const struct trace_reference *sender)
{
	__u64 span;

	if (!scratch || !waiting || !sender)
		return 0;

	struct kafka_supplement *supplement = &WORK(scratch, kafka_work)->supplement;

	__builtin_memset(supplement, 0, sizeof(*supplement));
	supplement->of.header.size = sizeof(*supplement);
	supplement->of.header.type = RECORD_SUPPLEMENT;
	supplement->of.header.tgid = waiting->tgid;
	supplement->of.header.binary = waiting->binary;
	__builtin_memcpy(supplement->of.span_id, waiting->span_id, sizeof(supplement->of.span_id));
	__builtin_memcpy(&span, waiting->span_id, sizeof(span));
	supplement->link.header.type = BLOCK_LINK;
	supplement->link.header.size = sizeof(supplement->link);
	supplement->link.span = *sender;
	kafka_add(supplement, sizeof(*supplement));

	/* Another one may come from elsewhere meanwhile: only who is last knows that all are in the ring. */
	__u32 *left = bpf_map_lookup_elem(&kafka_waits, &span);

	if (!left || __sync_fetch_and_sub(left, 1) != 1)
		return 0;
	bpf_map_delete_elem(&kafka_waits, &span);
	supplement->of.header.size = sizeof(supplement->of);
	supplement->of.last = 1;
	kafka_add(supplement, sizeof(supplement->of));
	return 0;
}

/* A message was sent, by a span. */
static __noinline int kafka_was_sent(struct scratch *scratch, const struct kafka_message *message,
				     const struct trace_reference *sender)
{
	if (!scratch || !message || !sender)
		return 0;

	struct kafka_partition partition = { message->cluster, message->topic, message->partition, 0 };
	__s64 *sent = bpf_map_lookup_elem(&kafka_partitions, &partition);

	bpf_map_update_elem(&kafka_sent, message, sender, BPF_ANY);
	if (!sent)
		bpf_map_update_elem(&kafka_partitions, &partition, &message->offset, BPF_ANY);
	else
		*sent = message->offset;

	const struct kafka_waiting *found = bpf_map_lookup_elem(&kafka_awaited, message);

	if (!found)
		return 0;

	struct kafka_waiting waiting = *found;

	/* Who removes it tells it. */
	if (!bpf_map_delete_elem(&kafka_awaited, message))
		kafka_tell(scratch, &waiting, sender);
	return 0;
}

#endif
