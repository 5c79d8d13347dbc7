/* SPDX-License-Identifier: GPL-2.0 */
/* Calls over google.golang.org/grpc: what their programs share with the Java side. */
#ifndef GOSHAWK_GRPC_H
#define GOSHAWK_GRPC_H

#include "goshawk_abi.h"

enum grpc_record_type {
	RECORD_GRPC_SERVER = 4,
};
ABI(enum grpc_record_type);

enum grpc_server_string {
	GRPC_SERVER_METHOD,    /* ":path" as it came: "/package.Service/Method" */
	GRPC_SERVER_AUTHORITY, /* metadata ":authority" */
	GRPC_SERVER_TRACESTATE,
	GRPC_SERVER_STRING_COUNT,
};
ABI(enum grpc_server_string);

enum grpc_flag {
	GRPC_UNREGISTERED = 1,	  /* the server has no such method */
	GRPC_METADATA_CUT = 2,	  /* there was more metadata than the programs search */
	GRPC_CALLED_OFF = 4,	  /* of a client: CODE_CANCELLED, as the application has cancelled the call's context */
	GRPC_RESPONSE_CUT = 8,	  /* not all of the response's metadata to be captured is there */
	GRPC_CODE_NOT_KNOWN = 16, /* what it is nobody knows; of a client: but that there is an error */
};
ABI(enum grpc_flag);

/* RECORD_GRPC_SERVER: a call that a server answers over grpc's own transport. */
struct grpc_server_record {
	struct span_header span;
	struct peer_address peer;
	__u32 code; /* codes.Code that the peer saw */
	__u8 flags; /* enum grpc_flag */
	__u8 reserved[3];
	struct string_ref strings[GRPC_SERVER_STRING_COUNT];
};
ABI(struct grpc_server_record);

struct grpc_layout {
	__u64 server_transport_itab; /* *http2Server as transport.ServerTransport */
	__u64 tcp_addr_itab;	     /* *net.TCPAddr as net.Addr */
	__u64 deadline_itab;	     /* context.deadlineExceededError as error */
	__u64 connection_error_itab; /* transport.ConnectionError as error */
	/* Where memory lies that is zero until the program writes to it, and no page until the program uses it. */
	__u64 zeroes;
	__u64 zeroes_end;
	__u16 stream_pointed_to; /* 1: a ServerStream begins with a pointer to its transport.Stream */
	/* transport.Stream */
	__u16 stream_ctx;
	__u16 stream_method;
	__u16 stream_state;
	__u16 transport_peer; /* net.Addr of the other end, in *http2Server */
	__u16 tcp_addr_ip;
	__u16 tcp_addr_port;
	__u16 status_s; /* internal/status.Status.s */
	/* google.rpc.Status */
	__u16 status_code;
	__u16 status_message;
	__u16 context_err; /* context.cancelCtx.err */
	__u16 stream_id;
	__u16 transport_conn; /* http2Server.conn */
	/* What handlers have set: in a ServerStream, and in its transport.Stream. */
	__u16 stream_header;
	__u16 stream_trailer;
	__u16 reserved[1];
};
ABI(struct grpc_layout);

#endif
