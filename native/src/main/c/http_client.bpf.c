/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that net/http and x/net/http2 clients send: a span for each attempt to get a response.
 *
 *   http_client_start    a transport is asked for a response
 *   http_client_attempt  it has a connection, and tries
 *   http_client_failed   [the attempt failed; whether another one follows is looked into]
 *   http_client_attempt  [another one does: the first span is handed over, and the next begins]
 *   http_client_end      the transport gives a response or an error back
 *
 * All of it happens on the goroutine of the caller. A redirect is a request that the http.Client makes.
 */
#include "http_client.h"

LAYOUT_MAP(http_client_layout);

#define SCHEME_LIMIT 16
#define URL_LIMIT 1024 /* of its path, and of its query */

_Static_assert(METHOD_LIMIT + SCHEME_LIMIT + 2 * HOST_LIMIT + 3 * URL_LIMIT + ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct http_client_record),
	       "strings of all limits fit");

/* Mark of an active span: how many calls of the goroutine it is inside of, and who began it. */
#define MARK_NESTING 0x7f
#define MARK_X_NET 0x80

/* What of an open call is not handed over. */
struct http_client_call {
	__u64 url;		     /* Request.URL, by which a request is known that is passed on */
	__u64 failed_ns;	     /* when the attempt failed; 0: it has not */
	struct trace_reference link; /* what the application sends of another trace */
};

/* Where a start works. */
struct http_client_work {
	struct header_search headers;
	__u64 header_map; /* Request.Header */
	struct go_interface context;
	struct go_string strings[HTTP_CLIENT_STRING_COUNT];
};

/* What is read at once of Go structs; see http_server.bpf.c. */
#define CLIENT_REQUEST_BYTES 96
#define URL_BYTES 144
#define CLIENT_RESPONSE_BYTES 88

#define REDIRECTS_MAX 16

/* Requests that this one was redirected from: each has the response that caused the next. */
static __always_inline __u16 redirects(const struct http_client_layout *layout, __u64 request)
{
	__u16 count = 0;

	while (count < REDIRECTS_MAX) {
		__u64 response = read_u64_at(request, layout->request_response);

		if (!response)
			break;
		count++;
		request = read_u64_at(response, layout->response_request);
	}
	return count;
}

/* Reads a URL into the record that has begun, its strings' places into the work; false: it cannot be read. */
__noinline int read_url(struct scratch *scratch, const struct url_layout *layout, __u64 url)
{
	__u64 object[URL_BYTES / 8];

	if (!scratch || !layout)
		return false;

	if (!read_object(object, sizeof(object), url))
		return false;

	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct go_string *strings = WORK(scratch, http_client_work)->strings;

	if (object_u64(object, sizeof(object), layout->user))
		record->flags |= HTTP_CLIENT_USER_INFO;
	strings[HTTP_CLIENT_SCHEME] = object_string(object, sizeof(object), layout->scheme);
	strings[HTTP_CLIENT_OPAQUE] = object_string(object, sizeof(object), layout->opaque);
	strings[HTTP_CLIENT_HOST] = object_string(object, sizeof(object), layout->host);
	strings[HTTP_CLIENT_PATH] = object_string(object, sizeof(object), layout->path);
	strings[HTTP_CLIENT_RAW_PATH] = object_string(object, sizeof(object), layout->raw_path);
	strings[HTTP_CLIENT_QUERY] = object_string(object, sizeof(object), layout->raw_query);
	return true;
}

/* As read_url, of the request that has that URL. */
__noinline int read_client_request(struct scratch *scratch, const struct http_client_layout *layout,
				   __u64 request)
{
	__u64 object[CLIENT_REQUEST_BYTES / 8];

	if (!scratch || !layout || !read_object(object, sizeof(object), request))
		return false;

	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct http_client_call *kept = KEPT(scratch, http_client_call);
	struct http_client_work *work = WORK(scratch, http_client_work);

	kept->url = object_u64(object, sizeof(object), layout->request_url);
	record->request_body_bytes =
		layout->request_content_length > sizeof(object) - 8 ?
			-1 :
			object_u64(object, sizeof(object), layout->request_content_length);
	/* With a body, 0 is not known. */
	if (!record->request_body_bytes && object_u64(object, sizeof(object), layout->request_body))
		record->request_body_bytes = -1;
	record->resend_count = redirects(layout, request);
	work->strings[HTTP_CLIENT_METHOD] = object_string(object, sizeof(object), layout->request_method);
	work->header_map = object_u64(object, sizeof(object), layout->request_header);
	work->context = read_interface_at(request, layout->request_ctx);
	return true;
}

/* Notes the traceparent that the application sends. */
__noinline int read_sent(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	const struct go_string *lines = &WORK(scratch, http_client_work)->headers.found[HEADER_TRACEPARENT];

	if (lines->length == 1) {
		struct go_string text = read_string_at(lines->address, 0);

		read_traceparent(&scratch->sent, text.address, text.length);
	}
	return 0;
}

__noinline int pack_client_request(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	struct string_ref *refs = RECORD(scratch, http_client_record)->strings;
	const struct go_string *strings = WORK(scratch, http_client_work)->strings;

	if (strings[HTTP_CLIENT_METHOD].length)
		pack(scratch, &refs[HTTP_CLIENT_METHOD], &strings[HTTP_CLIENT_METHOD], METHOD_LIMIT);
	pack(scratch, &refs[HTTP_CLIENT_SCHEME], &strings[HTTP_CLIENT_SCHEME], SCHEME_LIMIT);
	if (strings[HTTP_CLIENT_OPAQUE].length)
		pack(scratch, &refs[HTTP_CLIENT_OPAQUE], &strings[HTTP_CLIENT_OPAQUE], HOST_LIMIT);
	pack(scratch, &refs[HTTP_CLIENT_HOST], &strings[HTTP_CLIENT_HOST], HOST_LIMIT);
	pack(scratch, &refs[HTTP_CLIENT_PATH], &strings[HTTP_CLIENT_PATH], URL_LIMIT);
	if (strings[HTTP_CLIENT_RAW_PATH].length)
		pack(scratch, &refs[HTTP_CLIENT_RAW_PATH], &strings[HTTP_CLIENT_RAW_PATH], URL_LIMIT);
	if (strings[HTTP_CLIENT_QUERY].length)
		pack(scratch, &refs[HTTP_CLIENT_QUERY], &strings[HTTP_CLIENT_QUERY], URL_LIMIT);
	return 0;
}

/* The innermost client call that the goroutine is in; 0: none. */
static __always_inline struct active_span *client_span(const struct hit *hit)
{
	return innermost_of(active_of(&hit->key), RECORD_HTTP_CLIENT);
}

static __always_inline struct call_key client_key(const struct hit *hit, __u8 mark)
{
	struct call_key key = call_of(&hit->key, RECORD_HTTP_CLIENT);

	key.id[1] = mark & MARK_NESTING;
	return key;
}

/*
 * Whether the goroutine's innermost client call is for the same URL object: a transport has given the request,
 * or a copy of it, to another transport.
 */
static __always_inline bool is_passed_on(const struct hit *hit, const struct active_span *outer, __u64 url)
{
	struct call_key key = client_key(hit, outer->mark);
	const struct http_client_call *kept = kept_of(&key);

	return kept && kept->url == url;
}

/* A transport is asked for a response: (t, req) in RAX and RBX. */
static __always_inline int start_client(struct pt_regs *ctx, __u8 who)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);
	__u64 request = GO_ARG2(ctx);
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;
	if (!scratch) {
		count(RECORD_HTTP_CLIENT, COUNT_SEEN);
		count(RECORD_HTTP_CLIENT, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct http_client_call *kept = KEPT(scratch, http_client_call);
	struct http_client_work *work = WORK(scratch, http_client_work);
	const struct active_span *outer = client_span(&hit);

	begin(scratch, &hit, RECORD_HTTP_CLIENT, SPAN_CLIENT, sizeof(*record));

	bool readable = read_client_request(scratch, layout, request);

	if (readable && outer && is_passed_on(&hit, outer, kept->url))
		return 0;
	count(RECORD_HTTP_CLIENT, COUNT_SEEN);
	if (!readable || !read_url(scratch, &layout->url, kept->url)) {
		count(RECORD_HTTP_CLIENT, COUNT_LOST_UNREADABLE_AT_START);
		return 0;
	}
	if (!find_headers(&work->headers, work->header_map, hit.runtime->map_kind))
		record->flags |= HTTP_CLIENT_HEADERS_CUT;
	read_sent(scratch);

	struct go_interface context = work->context;
	__u8 mark = who | (outer ? (outer->mark + 1) & MARK_NESTING : 0);
	struct call_key key = client_key(&hit, mark);

	if (!settle(scratch, &hit, &context, true, mark))
		return 0;
	kept->link = scratch->sent;
	pack_client_request(scratch);
	if (!park_call(scratch, &key))
		leave_call(&hit, RECORD_HTTP_CLIENT);
	return 0;
}

/* net/http.(*Transport).roundTrip(req) */
SEC("uprobe")
int http_client_start(struct pt_regs *ctx)
{
	return start_client(ctx, 0);
}

/*
 * golang.org/x/net/http2.(*Transport).RoundTripOpt(req, opt), or roundTripViaPool(req, opt, pool): of its own, or
 * asked by net/http's.
 */
SEC("uprobe")
int http2_client_start(struct pt_regs *ctx)
{
	return start_client(ctx, MARK_X_NET);
}

/* Words at the beginning of a struct in which the net.Conn is looked for that it wraps, and structs around one. */
#define CONN_WORDS 16
#define CONN_LAYERS 4

/*
 * Takes the net.Conn that another one wraps. The field is known of a *tls.Conn; in any other struct it is the first
 * value whose itab is one of net.Conn. A global function, as `pack` is.
 */
__noinline int unwrap_conn(struct go_interface *conn, const struct http_client_layout *layout, __u64 load_bias)
{
	__u64 words[CONN_WORDS] = {};

	if (!conn || !layout)
		return false;
	if (conn->itab == layout->tls_itab + load_bias) {
		*conn = read_interface_at(conn->data, layout->tls_conn);
		return true;
	}

	__u64 net_conn = read_u64_at(layout->tcp_itab + load_bias, ITAB_INTERFACE);

	if (!net_conn || !read_object(words, sizeof(words), conn->data))
		return false;
	for (int i = 0; i < CONN_WORDS - 1; i++) {
		if (read_u64_at(words[i], ITAB_INTERFACE) == net_conn) {
			conn->itab = words[i];
			conn->data = words[i + 1];
			return true;
		}
	}
	return false;
}

/* Finds the address of a connection's other end. A global function, as `pack` is. */
__noinline int read_peer(struct peer_address *peer, const struct http_client_layout *layout, __u64 load_bias,
			 const struct go_interface *connection)
{
	if (!peer || !layout || !connection || !layout->tcp_itab)
		return 0;

	struct go_interface conn = *connection;
	__u64 tcp_itab = layout->tcp_itab + load_bias;

	for (int i = 0; i < CONN_LAYERS && conn.itab != tcp_itab; i++) {
		if (!unwrap_conn(&conn, layout, load_bias))
			return 0;
	}
	if (conn.itab != tcp_itab)
		return 0;

	__u64 fd = read_u64_at(conn.data, layout->conn_fd);
	__u64 address = read_interface_at(fd, layout->fd_raddr).data;
	struct go_string ip = read_string_at(address, layout->tcp_addr_ip);
	__u8 bytes[sizeof(peer->address)] = {};

	if (ip.length == sizeof(bytes)) {
		if (read_user(bytes, sizeof(bytes), ip.address))
			return 0;
	} else if (ip.length != 4 || read_user(bytes, 4, ip.address)) {
		return 0;
	}
	__builtin_memcpy(peer->address, bytes, sizeof(bytes));
	peer->length = ip.length;
	peer->port = read_u64_at(address, layout->tcp_addr_port);
	return 0;
}

/* Takes what was said of a failure back: it was not the last word. */
static __always_inline void forget_failure(struct scratch *scratch)
{
	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct string_ref *text = &record->strings[HTTP_CLIENT_ERROR_TEXT];

	/* Nothing was packed after it. */
	record->span.header.size -= text->length;
	*text = (struct string_ref){};
	record->error = (struct innermost_error){};
	record->flags &= ~HTTP_CLIENT_FAILED;
	KEPT(scratch, http_client_call)->failed_ns = 0;
}

static __always_inline void note_failure(struct scratch *scratch, const struct hit *hit,
					 const struct go_interface *error)
{
	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct returned_error returned = { *error, hit->load_bias };

	forget_failure(scratch);
	record->flags |= HTTP_CLIENT_FAILED;
	describe_error(scratch, &record->error, &record->strings[HTTP_CLIENT_ERROR_TEXT], hit->runtime, &returned);
}

/* Hands an attempt over, with its link. */
static __always_inline void hand_over_attempt(struct scratch *scratch, enum end_reason reason, __u64 end_ns)
{
	const struct trace_reference *link = &KEPT(scratch, http_client_call)->link;

	if (link->known)
		append_link(scratch, link);
	hand_over(scratch, reason, end_ns);
}

/*
 * After an attempt that failed another one begins. What the application gave the transport is the same, and so
 * is the parent.
 */
static __noinline int begin_again(struct scratch *scratch, const struct call_key *key, struct active_span *active)
{
	if (!scratch || !key || !active || !take_call(scratch, key))
		return 0;

	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct span_header *span = &record->span;
	__u64 failed_ns = KEPT(scratch, http_client_call)->failed_ns;
	__u32 size = span->header.size;

	hand_over_attempt(scratch, END_RETURNED, failed_ns);

	span->header.size = size;
	span->blocks = 0;
	span->core.start_ns = failed_ns;
	forget_failure(scratch);
	random_id(span->core.span_id);
	__builtin_memcpy(active->span_id, span->core.span_id, sizeof(active->span_id));
	record->peer = (struct peer_address){};
	record->resend_count++;
	scratch->may_replace = false;
	count(RECORD_HTTP_CLIENT, COUNT_SEEN);
	return park_call(scratch, key);
}

/* The net.Conn of a connection. */
static __always_inline struct go_interface conn_of(const struct http_client_layout *layout, __u32 kind,
						   __u64 connection)
{
	switch (kind) {
	case CONNECTION_HTTP1:
		return read_interface_at(connection, layout->http1_conn);
	case CONNECTION_HTTP2:
		return read_interface_at(connection, layout->http2_conn);
	case CONNECTION_X_NET:
		return read_interface_at(connection, layout->x_net_conn);
	default:
		return (struct go_interface){};
	}
}

/*
 * net/http.(*persistConn).roundTrip(req), (*ClientConn).roundTrip(req) of HTTP/2: an attempt begins on a
 * connection. net/http.rewindBody(req): if one has failed another one follows, for which there is no
 * connection yet.
 */
SEC("uprobe")
int http_client_attempt(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);
	struct active_span *active = client_span(&hit);

	if (!layout || !active || !(active->flags & SPAN_SAMPLED))
		return 0;

	struct call_key key = client_key(&hit, active->mark);
	struct http_client_call *kept = kept_of(&key);

	if (kept && kept->failed_ns) {
		begin_again(scratch_of_thread(), &key, active);
		kept = kept_of(&key);
	}
	if (!kept)
		return 0;

	struct http_client_record *record = (void *)kept + KEPT_BYTES;
	struct go_interface conn = conn_of(layout, hit.variant, GO_ARG1(ctx));

	if (conn.itab)
		read_peer(&record->peer, layout, hit.load_bias, &conn);
	return 0;
}

/*
 * net/http.(*persistConn).shouldRetryRequest(req, err), shouldRetryRequest(req, err) of HTTP/2: an attempt has
 * failed.
 */
SEC("uprobe")
int http_client_failed(struct pt_regs *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct active_span *active = client_span(&hit);
	struct scratch *scratch = scratch_of_thread();

	if (!active || !scratch)
		return 0;

	struct call_key key = client_key(&hit, active->mark);
	struct go_interface error = { GO_ARG3(ctx), GO_ARG4(ctx) };

	if (hit.variant != CONNECTION_HTTP1)
		error = (struct go_interface){ GO_ARG2(ctx), GO_ARG3(ctx) };
	if (!copy_call(scratch, &key))
		return 0;
	note_failure(scratch, &hit, &error);
	KEPT(scratch, http_client_call)->failed_ns = now;
	renew_call(scratch, &key);
	return 0;
}

/* Reads what a Response says into the record in scratch; false: it cannot be read. */
__noinline int read_client_response(struct scratch *scratch, const struct http_client_layout *layout,
				    __u64 response)
{
	__u64 object[CLIENT_RESPONSE_BYTES / 8];

	if (!scratch || !layout || !read_object(object, sizeof(object), response))
		return false;

	struct http_client_record *record = RECORD(scratch, http_client_record);

	record->status = object_u64(object, sizeof(object), layout->response_status);
	record->protocol_major = object_u64(object, sizeof(object), layout->response_proto_major);
	record->protocol_minor = object_u64(object, sizeof(object), layout->response_proto_minor);
	record->response_body_bytes =
		layout->response_content_length > sizeof(object) - 8 ?
			-1 :
			object_u64(object, sizeof(object), layout->response_content_length);
	return true;
}

/* A transport is done with a request: neither response nor error means that it panicked. */
static __always_inline int end_client(const struct hit *hit, __u8 who, __u64 response,
				      const struct go_interface *error, __u64 end_ns)
{
	const struct active_span *active = client_span(hit);
	__u8 mark = active ? active->mark : who;

	if ((mark & MARK_X_NET) != who)
		return 0;

	const struct http_client_layout *layout = LAYOUT(hit, http_client_layout);
	struct call_key key = client_key(hit, mark);

	if (!layout || !leave_call(hit, RECORD_HTTP_CLIENT))
		return 0;

	struct scratch *scratch = scratch_of_thread();

	if (!take_call(scratch, &key) || !scratch)
		return 0;
	forget_failure(scratch);
	RECORD(scratch, http_client_record)->response_body_bytes = -1;
	if (error->itab) {
		note_failure(scratch, hit, error);
	} else if (response && !read_client_response(scratch, layout, response)) {
		count(RECORD_HTTP_CLIENT, COUNT_LOST_UNREADABLE);
		return 0;
	}
	hand_over_attempt(scratch, response || error->itab ? END_RETURNED : END_PANICKED, end_ns);
	return 0;
}

/*
 * net/http.(*Transport).roundTrip returns (*Response, error), in registers where the variant is 0. Else this
 * is where it runs its deferred function, which refers to the error where the caller's frame has it; the
 * response is the variant, a distance in bytes, below.
 */
SEC("uprobe")
int http_client_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	__u64 response = GO_RESULT1(ctx);
	struct go_interface error = { GO_RESULT2(ctx), GO_RESULT3(ctx) };

	if (hit.variant) {
		__u64 slot = read_u64_at(GO_CLOSURE(ctx), CLOSURE_FIRST);

		error = read_interface_at(slot, 0);
		response = read_u64_at(slot - (__s32)hit.variant, 0);
	}
	return end_client(&hit, 0, response, &error, end_ns);
}

/* A return of the same: (*Response, error) in registers. */
SEC("uprobe")
int http2_client_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct go_interface error = { GO_RESULT2(ctx), GO_RESULT3(ctx) };

	return end_client(&hit, MARK_X_NET, GO_RESULT1(ctx), &error, end_ns);
}
