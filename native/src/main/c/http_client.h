/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that net/http and x/net/http2 clients send: what their programs share with the Java side. */
#ifndef GOSHAWK_HTTP_CLIENT_H
#define GOSHAWK_HTTP_CLIENT_H

#include "goshawk_abi.h"

enum http_client_record_type {
	RECORD_HTTP_CLIENT = 2,
};
ABI(enum http_client_record_type);

enum http_client_string {
	HTTP_CLIENT_ERROR_TEXT, /* of an error that is nothing but its text; the last that is packed */
	/* What was asked for. */
	HTTP_CLIENT_METHOD, /* empty: GET */
	/* Fields of Request.URL */
	HTTP_CLIENT_SCHEME,
	HTTP_CLIENT_OPAQUE,
	HTTP_CLIENT_HOST,
	HTTP_CLIENT_PATH,     /* without escapes */
	HTTP_CLIENT_RAW_PATH, /* with escapes, where the usual ones would not do */
	HTTP_CLIENT_QUERY,
	HTTP_CLIENT_STRING_COUNT,
};
ABI(enum http_client_string);

enum http_client_flag {
	HTTP_CLIENT_USER_INFO = 1,   /* the URL has credentials */
	HTTP_CLIENT_HEADERS_CUT = 2, /* the header map was larger than the programs search */
	HTTP_CLIENT_FAILED = 4,	     /* an error came instead of a response */
	HTTP_CLIENT_WAITS = 8,	     /* only while it is open: it has no connection, and wait_ns is since when */
	HTTP_CLIENT_RESPONSE_HEADERS_CUT = 16, /* not all of the response's headers to be captured are there */
};
ABI(enum http_client_flag);

/* How long it took to make a connection, in nanoseconds; 0: that was not done, or elsewhere. */
struct dial_times {
	__u64 lookup_ns;    /* of the host's addresses */
	__u64 connect_ns;   /* to one of them */
	__u64 handshake_ns; /* of TLS */
};
ABI(struct dial_times);

/* What of making a connection: variant of http_dial_stage and http_dial_stage_end. */
enum http_dial_stage {
	HTTP_DIAL_LOOKUP,
	HTTP_DIAL_CONNECT,
	HTTP_DIAL_HANDSHAKE,
};
ABI(enum http_dial_stage);

/* RECORD_HTTP_CLIENT: one attempt to get a response. */
struct http_client_record {
	struct span_header span;
	struct peer_address peer;
	struct innermost_error error; /* HTTP_CLIENT_FAILED */
	__s64 request_body_bytes;     /* Request.ContentLength; -1: not known */
	__s64 response_body_bytes;    /* Response.ContentLength; -1: not known */
	__u64 wait_ns;		      /* for a connection, since none was idle; 0: one was */
	struct dial_times dial;	      /* of the connection, if this is the first request on it, and waited for it */
	__u16 status;		      /* 0: no response */
	__u16 resend_count;	      /* attempts and redirects before this one */
	__u8 protocol_major;	      /* of the response */
	__u8 protocol_minor;
	__u8 flags; /* enum http_client_flag */
	__u8 reserved;
	struct string_ref strings[HTTP_CLIENT_STRING_COUNT];
};
ABI(struct http_client_record);

/*
 * What a connection is: variant of http_client_attempt, whose first register is one, and of
 * http_client_failed and http2_client_send.
 */
enum http_client_connection {
	CONNECTION_HTTP1, /* net/http.persistConn */
	CONNECTION_HTTP2, /* net/http's HTTP/2 */
	CONNECTION_X_NET, /* golang.org/x/net/http2.ClientConn */
	CONNECTION_NONE,  /* not known yet: another attempt may be about to follow */
};
ABI(enum http_client_connection);

/* Offsets of net/url.URL. */
struct url_layout {
	__u16 scheme;
	__u16 opaque;
	__u16 user;
	__u16 host;
	__u16 path;
	__u16 raw_path;
	__u16 raw_query;
	__u16 reserved;
};
ABI(struct url_layout);

/* Offsets of an HTTP/2 client's type clientStream; there are two copies of that client. */
struct h2_stream_layout {
	__u16 stream_cc;
	__u16 stream_id;
};
ABI(struct h2_stream_layout);

struct http_client_layout {
	/* net/http.Request */
	__u16 request_method;
	__u16 request_url;
	__u16 request_header;
	__u16 request_body;
	__u16 request_content_length;
	__u16 request_response;
	__u16 request_ctx;
	/* net/http.Response */
	__u16 response_status;
	__u16 response_proto_major;
	__u16 response_proto_minor;
	__u16 response_content_length;
	__u16 response_request;
	__u16 response_header;
	__u16 reserved[3];
	struct url_layout url;
	/* From a connection to the address of its other end. */
	__u16 http1_conn; /* net.Conn of CONNECTION_HTTP1 */
	__u16 http2_conn;
	__u16 x_net_conn;
	struct h2_stream_layout h2[2]; /* net/http's, x/net's */
	__u16 fd_raddr;
	__u16 tcp_addr_ip;
	__u16 tcp_addr_port;
};
ABI(struct http_client_layout);

#endif
