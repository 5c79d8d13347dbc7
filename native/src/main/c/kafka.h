/* SPDX-License-Identifier: GPL-2.0 */
/* Messages that clients of Kafka send and receive: what the programs of their libraries share with the Java side. */
#ifndef GOSHAWK_KAFKA_H
#define GOSHAWK_KAFKA_H

#include "goshawk_abi.h"

/* By library. */
enum kafka_record_type {
	RECORD_FRANZ_GO = 8,
	RECORD_KAFKA_GO = 9,
};
ABI(enum kafka_record_type);

enum kafka_operation {
	KAFKA_SEND,
	KAFKA_POLL,
	KAFKA_SEND_BATCH, /* by a call that takes several messages */
	KAFKA_FETCH,	  /* by a call that returns one */
};
ABI(enum kafka_operation);

#define KAFKA_MESSAGE_TOO_LARGE 10 /* an error of the protocol's */

/* Where a record's promise is kept; variant of franz_send_end. */
enum franz_promise {
	FRANZ_PROMISE_KEPT,   /* at the entry of what keeps it */
	FRANZ_PROMISE_CALLED, /* at a call that a copy of that makes: a hook, or the promise itself */
};
ABI(enum franz_promise);

enum kafka_string {
	KAFKA_TOPIC,
	KAFKA_CLIENT,
	KAFKA_GROUP,
	KAFKA_ERROR_NAME, /* of an error of Kafka's: "MESSAGE_TOO_LARGE" */
	KAFKA_ERROR_TEXT, /* of an error that has nothing else */
	KAFKA_STRING_COUNT,
};
ABI(enum kafka_string);

/* A record of a library's: a span for messages that are sent, or received. */
struct kafka_record {
	struct span_header span;
	struct innermost_error error;
	__u64 messages;	 /* that are received, or sent by one call */
	__u64 unlinked;	 /* messages of which nobody has looked up who sent them, behind those that have links */
	__s64 offset;	 /* of the one message; -1: not known */
	__s32 partition; /* of all messages; -1: not known, or of several */
	__u8 operation;	 /* enum kafka_operation */
	__u8 failed;	 /* 1: there was an error */
	__u8 tombstone;	 /* 1: the message that is sent has no value, only a key */
	__u8 topics;	 /* of how many: 1, or 2 for several */
	__s32 code;	 /* of an error of Kafka's that has but a number; 0: it is none */
	__u32 reserved;
	struct string_ref strings[KAFKA_STRING_COUNT];
};
ABI(struct kafka_record);

#define FRANZ_WRAPPERS 3

/* github.com/twmb/franz-go/pkg/kgo */
struct franz_layout {
	struct error_wrapper wrappers[FRANZ_WRAPPERS];
	__u64 error_itab;    /* *kerr.Error as error */
	__u64 deadline_itab; /* context.deadlineExceededError as error */
	__u16 error_name;
	__u16 client_id; /* of Client: a *string, as the next */
	__u16 client_cluster;
	__u16 client_group;
	__u16 client_topic; /* where records go that name none */
	__u16 client_acks;  /* 0: none are asked for */
	__u16 record_key;
	__u16 record_value;
	__u16 record_headers;
	__u16 record_time;
	__u16 record_topic;
	__u16 record_partition;
	__u16 record_epoch; /* of its producer */
	__u16 record_producer;
	__u16 record_offset;
	__u16 record_context;
	__u16 topic_name;	/* of FetchTopic */
	__u16 topic_partitions; /* its last field */
	__u16 partition_number; /* of FetchPartition */
	__u16 partition_err;
	__u16 partition_records; /* its last field */
	__u16 reserved[3];
};
ABI(struct franz_layout);

/* github.com/segmentio/kafka-go */
struct kafka_go_layout {
	__u64 error_itab;     /* Error as error */
	__u64 too_large_itab; /* MessageTooLargeError as error */
	__u64 errors_itab;    /* WriteErrors as error */
	__u64 transport_itab; /* *Transport as RoundTripper */
	__u64 deadline_itab;  /* context.deadlineExceededError as error */
	__u16 writer_topic;
	__u16 writer_transport;
	__u16 transport_client;
	__u16 reader_topic; /* of Reader's configuration, as the next */
	__u16 reader_group;
	__u16 reader_dialer;
	__u16 dialer_client;
	__u16 message_topic;
	__u16 message_partition;
	__u16 message_offset;
	__u16 message_value;
	__u16 message_headers;
	__u16 message_time; /* its last field */
	__u16 reserved[3];
};
ABI(struct kafka_go_layout);

#endif
