/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that net/http and x/net/http2 servers answer: what their programs share with the Java side. */
#ifndef GOSHAWK_HTTP_SERVER_H
#define GOSHAWK_HTTP_SERVER_H

#include "goshawk_abi.h"

enum http_server_record_type {
	RECORD_HTTP_SERVER = 1,
};
ABI(enum http_server_record_type);

enum http_string {
	HTTP_METHOD,
	HTTP_REQUEST_TARGET, /* Request.RequestURI, as it came over the wire */
	HTTP_HOST,
	HTTP_REMOTE_ADDRESS, /* "ip:port" of the peer */
	HTTP_ROUTE,	     /* ServeMux pattern, "[METHOD ][HOST]/path" */
	HTTP_USER_AGENT,
	HTTP_FORWARDED,		/* header Forwarded */
	HTTP_X_FORWARDED_FOR,	/* header X-Forwarded-For */
	HTTP_X_FORWARDED_PROTO, /* header X-Forwarded-Proto */
	HTTP_X_FORWARDED_HOST,	/* header X-Forwarded-Host */
	HTTP_TRACESTATE,
	HTTP_STRING_COUNT,
};
ABI(enum http_string);

enum http_server_flag {
	HTTP_TLS = 1,
	HTTP_UPGRADE = 2,      /* the request had an Upgrade header */
	HTTP_HEADERS_CUT = 4,  /* the header map was larger than the programs search */
	HTTP_ROUTE_COPIED = 8, /* only http_route knows the route: without it there would be none, or an outer one */
	HTTP_RESPONSE_HEADERS_CUT = 16, /* not all of the response's headers that a user wants to see are there */
	HTTP_ROUTE_UNPROVEN = 32,	/* what a router had found is left out: it may be other memory by now */
	HTTP_ROUTE_OLD = 64,		/* garbage was collected between a router's search and the request's end */
};
ABI(enum http_server_flag);

/* RECORD_HTTP_SERVER */
struct http_server_record {
	struct span_header span;
	__s64 request_body_bytes;  /* Content-Length of the request; -1: not known */
	__s64 response_body_bytes; /* body bytes the handler wrote and net/http took; -1: not known */
	__u16 status;		   /* what the peer saw; 0: no response was sent */
	__u8 protocol_major;
	__u8 protocol_minor;
	__u8 flags; /* enum http_server_flag */
	__u8 reserved[3];
	struct string_ref strings[HTTP_STRING_COUNT];
};
ABI(struct http_server_record);

/* Offsets of an HTTP/2 server's types; there are several copies of that server. */
struct h2_layout {
	__u16 writer_rws; /* responseWriter.rws */
	__u16 rws_status;
	__u16 rws_wrote_header;
	__u16 rws_sent_header;
	__u16 rws_wrote_bytes;
	__u16 rws_sent_content_length;
	__u16 rws_handler_header;
	__u16 rws_snap_header; /* what that was when the header was written */
	__u16 rws_request;     /* a *net/http.Request; unknown from Go 1.27 on, where the server holds none */
	/* From a response to its connection. */
	__u16 rws_stream;
	__u16 stream_id;
	__u16 stream_sc;
	__u16 sc_conn; /* net.Conn */
	__u16 reserved[3];
	__u64 writer_itab; /* what handlers are given as http.ResponseWriter; 0: its end is not seen */
};
ABI(struct h2_layout);

/* Which copy of the HTTP/2 server a site is in: variant of http2_handler_start and http2_handler_end. */
enum h2_variant {
	H2_STANDARD, /* net/http's: bundled, or net/http/internal/http2 from Go 1.27 */
	H2_X_NET,    /* golang.org/x/net/http2 */
	H2_VARIANT_COUNT,
};
ABI(enum h2_variant);

/* Offsets of a request as a handler gets it: net/http.Request, or http2.ServerRequest of Go 1.27. */
struct request_layout {
	__u16 method;
	__u16 proto_major;
	__u16 proto_minor;
	__u16 header;
	__u16 content_length;
	__u16 host;
	__u16 remote_addr;
	__u16 request_uri;
	__u16 tls;
	__u16 pattern; /* unknown in http2.ServerRequest, as the next */
	__u16 url;
	__u16 context;
};
ABI(struct request_layout);

struct http_server_layout {
	__u64 response_itab; /* of *response as http.ResponseWriter: HTTP/1 */
	__u16 response_status;
	__u16 response_wrote_header;
	__u16 response_written;
	__u16 response_content_length;
	__u16 response_cw_wrote_header; /* response.cw.wroteHeader */
	__u16 response_handler_header;
	__u16 response_cw_header; /* what that was when the header was written */
	__u16 response_request;
	/* From a response to its connection. */
	__u16 response_conn;
	__u16 conn_rwc; /* net.Conn */
	__u16 reserved[2];
	struct request_layout request; /* net/http.Request */
	/*
	 * net/http/internal/http2.ServerRequest, what its runHandler is given (RCX) from Go 1.27 on. All
	 * unknown before. Without it requests of x/net's h2c.NewHandler are not seen in Go 1.27, where
	 * that hands its connections to net/http and no serverHandler.ServeHTTP is called.
	 */
	struct request_layout server_request;
	struct h2_layout h2[H2_VARIANT_COUNT];
};
ABI(struct http_server_layout);

/* Variant of http_server_end: finishRequest, or copies of it. */
enum end_site {
	END_AT_ENTRY, /* past the stack check: RAX is the *response */
	END_INLINED,  /* where a copy begins */
};
ABI(enum end_site);

#endif
