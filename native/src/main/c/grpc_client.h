/* SPDX-License-Identifier: GPL-2.0 */
/* Calls that clients of google.golang.org/grpc make: what their programs share with the Java side. */
#ifndef GOSHAWK_GRPC_CLIENT_H
#define GOSHAWK_GRPC_CLIENT_H

#include "goshawk_abi.h"

enum grpc_client_record_type {
	RECORD_GRPC_CLIENT = 5,
};
ABI(enum grpc_client_record_type);

enum grpc_client_string {
	GRPC_CLIENT_METHOD, /* "/package.Service/Method" */
	GRPC_CLIENT_TARGET, /* what was dialled: "dns:///orders.example:443" */
	GRPC_CLIENT_STRING_COUNT,
};
ABI(enum grpc_client_string);

/* RECORD_GRPC_CLIENT: a call, whatever number of attempts it took. */
struct grpc_client_record {
	struct span_header span;
	struct peer_address peer; /* of the last attempt */
	__u32 code;		  /* codes.Code that the client saw */
	__u8 flags;		  /* enum grpc_flag */
	__u8 reserved[3];
	struct string_ref strings[GRPC_CLIENT_STRING_COUNT];
};
ABI(struct grpc_client_record);

/* Where the error is with which no stream is made: variant of grpc_client_failed. */
enum grpc_client_failure {
	GRPC_FAILURE_TOLD,	/* the second argument of a call */
	GRPC_FAILURE_RETURNED,	/* the second result, at a return */
	GRPC_FAILURE_CONVERTED, /* the result of a call, behind it */
	GRPC_FAILURE_COUNT,
};
ABI(enum grpc_client_failure);

struct grpc_client_layout {
	__u64 client_stream_type; /* *clientStream */
	__u64 status_error_itab;  /* *internal/status.Error as error */
	__u64 tcp_addr_itab;	  /* *net.TCPAddr as net.Addr */
	__u64 deadline_itab;	  /* context.deadlineExceededError as error */
	__u16 conn_target;	  /* ClientConn.target */
	/* clientStream */
	__u16 stream_finished;
	__u16 stream_ctx;
	/* csAttempt */
	__u16 attempt_cs;
	__u16 attempt_transport;
	__u16 transport_peer; /* http2Client.remoteAddr */
	__u16 tcp_addr_ip;
	__u16 tcp_addr_port;
	__u16 error_s;	/* internal/status.Error.s */
	__u16 status_s; /* internal/status.Status.s */
	__u16 status_code;
	__u16 context_err; /* context.cancelCtx.err */
	/* http2Client */
	__u16 transport_conn;
	__u16 transport_streams; /* activeStreams */
	__u16 attempt_stream;	 /* csAttempt.transportStream */
	__u16 stream_pointed_to; /* 1: a transport.ClientStream begins with a pointer to its transport.Stream */
	/* What has come: in a transport.ClientStream, and in its transport.Stream. */
	__u16 stream_header;
	__u16 stream_trailer;
	__u16 reserved[2];
};
ABI(struct grpc_client_layout);

#endif
