/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that net/http and x/net/http2 clients send: a span for each attempt to get a response.
 *
 *   http_client_start    a transport is asked for a response
 *   http_client_waits    [none of its connections is idle: see http_dial.bpf.c]
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

/* Mark of an active span: with how many calls of the goroutine it is inside of, who began it. */
#define MARK_X_NET 0x80

/* What of an open call is not handed over. That an attempt has failed, and when, its record says: it is its end. */
struct http_client_call {
	__u64 request;		     /* *Request that a transport was asked with */
	__u64 attempt;		     /* *Request of the attempt that it is in, over HTTP/2 */
	struct trace_reference sent; /* what the application sends: of another trace, or what it only passes on */
};

/* Where a start works. */
struct http_client_work {
	struct header_search headers;
	__u64 url;	  /* Request.URL, by which a request is known that is passed on */
	__u64 header_map; /* Request.Header */
	struct go_interface context;
	struct go_string strings[HTTP_CLIENT_STRING_COUNT];
};

/* What is read at once of Go structs; see http_server.bpf.c. */
#define CLIENT_REQUEST_BYTES 96
#define CLIENT_REQUEST_TAIL_BYTES 40 /* of a Request, from Response to behind ctx */
#define URL_BYTES 144
#define CLIENT_RESPONSE_BYTES 88

#define REDIRECTS_MAX 16

/*
 * Requests that a request was redirected from: each has the response that caused the next.
 *
 * @response that caused this one; 0: none
 */
static __always_inline __u16 redirects(const struct http_client_layout *layout, __u64 response)
{
	__u16 count = 0;

	while (response && count < REDIRECTS_MAX) {
		count++;
		response = read_u64_at(read_u64_at(response, layout->response_request), layout->request_response);
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

/* Reads what a request has of the context and of the response that it was redirected by. */
static __always_inline void read_tail(struct http_client_record *record, struct http_client_work *work,
				      const struct http_client_layout *layout, __u64 request)
{
	__u64 object[CLIENT_REQUEST_TAIL_BYTES / 8];
	__u64 context = layout->request_ctx - layout->request_response;

	barrier_var(context);
	if (context > sizeof(object) - sizeof(struct go_interface) ||
	    read_user(object, sizeof(object), request + layout->request_response)) {
		work->context = read_interface_at(request, layout->request_ctx);
		record->resend_count = redirects(layout, read_u64_at(request, layout->request_response));
		return;
	}
	work->context = *(struct go_interface *)&object[context / 8];
	record->resend_count = redirects(layout, object[0]);
}

/* As read_url, of the request that has that URL. */
__noinline int read_client_request(struct scratch *scratch, const struct http_client_layout *layout, __u64 request)
{
	__u64 object[CLIENT_REQUEST_BYTES / 8];

	if (!scratch || !layout || !read_object(object, sizeof(object), request))
		return false;

	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct http_client_call *kept = KEPT(scratch, http_client_call);
	struct http_client_work *work = WORK(scratch, http_client_work);

	kept->request = request;
	work->url = object_u64(object, sizeof(object), layout->request_url);
	record->request_body_bytes = layout->request_content_length > sizeof(object) - 8 ?
					     -1 :
					     object_u64(object, sizeof(object), layout->request_content_length);
	/* With a body, 0 is not known. */
	if (!record->request_body_bytes && object_u64(object, sizeof(object), layout->request_body))
		record->request_body_bytes = -1;
	work->strings[HTTP_CLIENT_METHOD] = object_string(object, sizeof(object), layout->request_method);
	work->header_map = object_u64(object, sizeof(object), layout->request_header);
	read_tail(record, work, layout, request);
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

/* A part of the string that `whole` refers to. */
static __always_inline struct string_ref part_of(const struct string_ref *whole, __u64 from, __u64 length)
{
	return (struct string_ref){ whole->offset + from, length, length };
}

/*
 * Packs scheme, host, path and query. url.Parse cuts them out of one text: where nothing but "://" and "?" lies
 * between them, which says that there are no credentials, one read gets all.
 */
static __always_inline void pack_url(struct scratch *scratch, struct string_ref *refs, const struct go_string *strings)
{
	const struct go_string *scheme = &strings[HTTP_CLIENT_SCHEME], *host = &strings[HTTP_CLIENT_HOST];
	const struct go_string *path = &strings[HTTP_CLIENT_PATH], *query = &strings[HTTP_CLIENT_QUERY];
	__u64 host_at = scheme->length + 3, path_at = host_at + host->length, query_at = path_at + path->length + 1;
	struct go_string text = { scheme->address, query->length ? query_at + query->length : query_at - 1 };

	if (scheme->length <= SCHEME_LIMIT && host->length <= HOST_LIMIT && path->length <= URL_LIMIT / 2 &&
	    query->length <= URL_LIMIT / 2 && path->length && host->address == text.address + host_at &&
	    path->address == text.address + path_at && (!query->length || query->address == text.address + query_at)) {
		struct string_ref whole = {};

		pack(scratch, &whole, &text, LONGEST_STRING);
		if (whole.length) {
			refs[HTTP_CLIENT_SCHEME] = part_of(&whole, 0, scheme->length);
			refs[HTTP_CLIENT_HOST] = part_of(&whole, host_at, host->length);
			refs[HTTP_CLIENT_PATH] = part_of(&whole, path_at, path->length);
			if (query->length)
				refs[HTTP_CLIENT_QUERY] = part_of(&whole, query_at, query->length);
			return;
		}
	}
	pack(scratch, &refs[HTTP_CLIENT_SCHEME], scheme, SCHEME_LIMIT);
	pack(scratch, &refs[HTTP_CLIENT_HOST], host, HOST_LIMIT);
	pack(scratch, &refs[HTTP_CLIENT_PATH], path, URL_LIMIT);
	if (query->length)
		pack(scratch, &refs[HTTP_CLIENT_QUERY], query, URL_LIMIT);
}

__noinline int pack_client_request(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	struct string_ref *refs = RECORD(scratch, http_client_record)->strings;
	const struct go_string *strings = WORK(scratch, http_client_work)->strings;

	if (strings[HTTP_CLIENT_METHOD].length)
		pack(scratch, &refs[HTTP_CLIENT_METHOD], &strings[HTTP_CLIENT_METHOD], METHOD_LIMIT);
	pack_url(scratch, refs, strings);
	if (strings[HTTP_CLIENT_OPAQUE].length)
		pack(scratch, &refs[HTTP_CLIENT_OPAQUE], &strings[HTTP_CLIENT_OPAQUE], HOST_LIMIT);
	if (strings[HTTP_CLIENT_RAW_PATH].length)
		pack(scratch, &refs[HTTP_CLIENT_RAW_PATH], &strings[HTTP_CLIENT_RAW_PATH], URL_LIMIT);
	return 0;
}

/* The innermost client call that the goroutine is in; 0: none. */
static __always_inline struct active_span *client_span(const struct hit *hit)
{
	return innermost_of(active_of(&hit->key), RECORD_HTTP_CLIENT);
}

static __always_inline struct call_key client_key(const struct hit *hit, __u8 mark)
{
	return nested_call(&hit->key, RECORD_HTTP_CLIENT, mark);
}

/*
 * Whether the goroutine's innermost client call is for the same URL object: a transport has given the request,
 * or a copy of it, to another transport.
 */
static __always_inline bool is_passed_on(const struct hit *hit, const struct http_client_layout *layout,
					 const struct active_span *outer, __u64 url)
{
	struct call_key key = client_key(hit, outer->mark);
	const struct http_client_call *kept = kept_of(&key);

	return kept && read_u64_at(kept->request, layout->request_url) == url;
}

/*
 * A process that is not traced sends something: as start_client, without a span. What a transport passes on has
 * the URL that was seen before on the goroutine, which has more stack in use now.
 */
static __noinline int pass_call_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(hit, http_client_layout);
	struct untraced_calls *calls = layout ? untraced_calls_of(hit) : 0;

	if (!calls)
		return 0;

	__u32 place = hit->key.goid % UNTRACED_REQUESTS;
	struct untraced_request *last = &calls->requests[place];
	struct untraced_request now = {
		.url = read_u64_at(GO_ARG2(ctx), layout->request_url),
		.goid = hit->key.goid,
		.stack = stack_in_use(hit),
	};

	if (last->url == now.url && last->goid == now.goid && last->stack < now.stack)
		return 0;
	*last = now;
	__sync_fetch_and_add(&calls->calls[RECORD_HTTP_CLIENT], 1);
	return 0;
}

/* A transport is asked for a response: (t, req) in RAX and RBX. */
static __always_inline int start_client(struct pt_regs *ctx, __u8 who)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_call_by(ctx, &hit);

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

	if (readable && (!work->url || (outer && is_passed_on(&hit, layout, outer, work->url))))
		return 0; /* without a URL it asks for nothing */
	count(RECORD_HTTP_CLIENT, COUNT_SEEN);
	if (!readable || !read_url(scratch, &layout->url, work->url)) {
		count(RECORD_HTTP_CLIENT, COUNT_LOST_UNREADABLE_AT_START);
		return 0;
	}
	if (!find_headers(&work->headers, work->header_map, hit.runtime->map_kind, HEADERS_CLIENT_REQUEST))
		record->flags |= HTTP_CLIENT_HEADERS_CUT;
	read_sent(scratch);

	struct go_interface context = work->context;
	__u8 mark = who | (outer ? (outer->mark + 1) & MARK_NESTING : 0);
	struct call_key key = client_key(&hit, mark);

	if (!settle(scratch, &hit, &context, true, mark))
		return 0;
	kept->sent = scratch->sent;
	pack_client_request(scratch);
	if (!capture_headers(scratch, &work->headers))
		record->flags |= HTTP_CLIENT_HEADERS_CUT;
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

/* Finds the address of a connection's other end. A global function, as `pack` is. */
__noinline int read_peer(struct peer_address *peer, const struct http_client_layout *layout,
			 const struct runtime_layout *runtime, __u64 load_bias, const struct go_interface *connection)
{
	if (!peer || !layout || !runtime || !connection)
		return 0;

	struct go_interface conn = *connection;

	if (!innermost_conn(&conn, runtime, load_bias) || conn.itab != runtime->tcp_conn + load_bias)
		return 0;

	__u64 fd = read_u64_at(conn.data, runtime->conn_fd);

	read_tcp_address(peer, read_interface_at(fd, layout->fd_raddr).data, layout->tcp_addr_ip,
			 layout->tcp_addr_port);
	return 0;
}

/* Of connections that are made, or were and are not used yet, so many are known: a new one takes the oldest's place. */
#define DIALS 1024

/* One that was made and is not used yet. */
struct dialed_key {
	__u64 conn; /* what its net.Conn points to */
	__u32 tgid;
	__u32 incarnation; /* struct process */
};

struct dialed {
	__u64 began_ns;
	struct dial_times times;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DIALS);
	__type(key, struct dialed_key);
	__type(value, struct dialed);
} dialed_connections SEC(".maps");

static __always_inline struct dialed_key dialed_key_of(const struct hit *hit, __u64 conn)
{
	return (struct dialed_key){ conn, hit->key.tgid, hit->process->incarnation };
}

/* The request has a connection, perhaps one that was made meanwhile. */
static __always_inline void note_connection(const struct hit *hit, struct http_client_record *record, __u64 conn)
{
	if (record->flags & HTTP_CLIENT_WAITS) {
		record->flags &= ~HTTP_CLIENT_WAITS;
		record->wait_ns = bpf_ktime_get_ns() - record->wait_ns;
	}
	if (!hit->process->dialed)
		return;

	struct dialed_key key = dialed_key_of(hit, conn);
	const struct dialed *dialed = bpf_map_lookup_elem(&dialed_connections, &key);

	if (!dialed)
		return;
	if (dialed->began_ns >= record->span.core.start_ns)
		record->dial = dialed->times;
	if (!bpf_map_delete_elem(&dialed_connections, &key))
		__sync_fetch_and_add(&hit->process->dialed, -1);
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
	record->span.end_ns = 0;
}

static __always_inline void note_failure(struct scratch *scratch, const struct hit *hit,
					 const struct http_client_layout *layout, const struct go_interface *error)
{
	struct http_client_record *record = RECORD(scratch, http_client_record);
	struct go_interface context = read_interface_at(KEPT(scratch, http_client_call)->request, layout->request_ctx);
	struct returned_error seen = returned(scratch, hit, error, &context);

	forget_failure(scratch);
	record->flags |= HTTP_CLIENT_FAILED;
	describe_error(scratch, &record->error, &record->strings[HTTP_CLIENT_ERROR_TEXT], hit->runtime, &seen);
}

/* Hands an attempt over, with its link. */
static __always_inline void hand_over_attempt(struct scratch *scratch, enum end_reason reason, __u64 end_ns)
{
	const struct trace_reference *sent = &KEPT(scratch, http_client_call)->sent;

	if (is_link(sent))
		append_link(scratch, sent);
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
	__u64 failed_ns = span->end_ns;
	__u32 size = span->header.size;

	hand_over_attempt(scratch, END_RETURNED, failed_ns);

	span->header.size = size;
	span->blocks = 0;
	span->core.start_ns = failed_ns;
	forget_failure(scratch);
	random_id(span->core.span_id);
	__builtin_memcpy(active->span_id, span->core.span_id, sizeof(active->span_id));
	record->peer = (struct peer_address){};
	record->wait_ns = 0;
	record->dial = (struct dial_times){};
	record->flags &= ~HTTP_CLIENT_WAITS;
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
 * Says who sends the request that is next on a connection of HTTP/1: the call that the goroutine is in, or whatever it
 * is in, if that is not recorded.
 *
 * @sent what the application sends with the call that the request is of; 0: no call of it is open
 */
static __noinline int send_request(const struct hit *hit, const struct go_interface *conn,
				   const struct trace_reference *sent)
{
	struct connection connection = {};
	struct caller caller = {};
	const struct active_span *active;

	if (!hit || !conn || !read_end(&connection, hit, conn, CLIENT_END))
		return 0;
	active = innermost(active_of(&hit->key));
	if (active && (sent || is_unrecorded(active)))
		BE_CALLER(&caller, active, sent);
	return send_call(hit, &connection, &caller, conn->data);
}

/*
 * Makes the call that the request is of the caller: one of the goroutine that has started this one, and waits. It may
 * give up meanwhile, and make another call.
 */
static __noinline int find_starter(struct caller *caller, const struct hit *hit, __u64 request)
{
	if (!caller || !hit)
		return 0;

	struct goroutine_key parent = {
		.goid = read_u64_at(hit->g, hit->runtime->g_parent_goid),
		.tgid = hit->key.tgid,
		.exec_id = hit->key.exec_id,
	};
	struct active_spans *spans = parent.goid ? active_of(&parent) : 0;
	const struct active_span *active = innermost_of(spans, RECORD_HTTP_CLIENT);

	if (!active || is_unrecorded(active)) {
		active = innermost(spans);
		if (is_unrecorded(active))
			BE_CALLER(caller, active, 0);
		return 0;
	}

	struct call_key key = nested_call(&parent, RECORD_HTTP_CLIENT, active->mark);
	const struct http_client_call *kept = kept_of(&key);

	if (!kept || kept->attempt != request)
		return 0;

	const struct span_header *span = (void *)kept + KEPT_BYTES;

	BE_CALLER(caller, &span->core, &kept->sent);
	barrier();
	caller->known = kept == kept_of(&key) && *(volatile const __u64 *)&kept->attempt == request &&
			same_bytes(caller->span_id, span->core.span_id, sizeof(caller->span_id));
	return 0;
}

/*
 * (*clientStream).encodeAndWriteHeaders(req) of HTTP/2, cs in RAX: the stream of a request has its number. It has a
 * goroutine of its own, which the caller's has started.
 */
SEC("uprobe")
int http2_client_send(struct pt_regs *ctx)
{
	struct connection connection = {};
	struct caller caller = {};
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);

	if (!layout)
		return 0;
	find_starter(&caller, &hit, GO_ARG2(ctx));
	if (!caller.known)
		return 0;

	const struct h2_stream_layout *fields = &layout->h2[hit.variant == CONNECTION_X_NET];
	struct go_interface conn = conn_of(layout, hit.variant, read_u64_at(GO_ARG1(ctx), fields->stream_cc));

	connection.stream = read_u64_at(GO_ARG1(ctx), fields->stream_id);
	if (connection.stream && conn.itab && read_end(&connection, &hit, &conn, CLIENT_END))
		send_call(&hit, &connection, &caller, conn.data);
	return 0;
}

/* Tells what the open call knows of its connection now, of that kind and with an argument of that attempt. */
static __always_inline void note_attempt(const struct hit *hit, const struct http_client_layout *layout,
					 struct http_client_call *kept, const struct go_interface *conn, __u64 request)
{
	struct http_client_record *record = (void *)kept + KEPT_BYTES;

	kept->attempt = request;
	note_connection(hit, record, conn->data);
	if (conn->itab)
		read_peer(&record->peer, layout, hit->runtime, hit->load_bias, conn);
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
	const struct trace_reference *sent = 0;

	if (!layout)
		return 0;

	struct go_interface conn = conn_of(layout, hit.variant, GO_ARG1(ctx));

	if (active && active->flags & SPAN_SAMPLED) {
		struct call_key key = client_key(&hit, active->mark);
		struct http_client_call *kept = kept_of(&key);

		if (kept && ((struct span_header *)((void *)kept + KEPT_BYTES))->end_ns) {
			begin_again(scratch_of_thread(), &key, active);
			kept = kept_of(&key);
		}
		if (kept) {
			note_attempt(&hit, layout, kept, &conn, GO_ARG2(ctx));
			/* A *transportRequest begins with its *Request. */
			if (read_u64_at(read_u64_at(GO_ARG2(ctx), 0), layout->request_url) ==
			    read_u64_at(kept->request, layout->request_url))
				sent = &kept->sent;
		}
	}
	if (hit.variant == CONNECTION_HTTP1 && conn.itab)
		send_request(&hit, &conn, sent);
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

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);
	const struct active_span *active = client_span(&hit);
	struct scratch *scratch = scratch_of_thread();

	if (!layout || !active || !scratch)
		return 0;

	struct call_key key = client_key(&hit, active->mark);
	struct go_interface error = { GO_ARG3(ctx), GO_ARG4(ctx) };

	if (hit.variant != CONNECTION_HTTP1)
		error = (struct go_interface){ GO_ARG2(ctx), GO_ARG3(ctx) };
	if (!copy_call(scratch, &key))
		return 0;
	note_failure(scratch, &hit, layout, &error);
	span_of(scratch)->end_ns = now;
	renew_call(scratch, &key);
	return 0;
}

/* Reads what a Response says into the record in scratch; false: it cannot be read. */
__noinline int read_client_response(struct scratch *scratch, const struct http_client_layout *layout, __u64 response)
{
	__u64 object[CLIENT_RESPONSE_BYTES / 8];

	if (!scratch || !layout || !read_object(object, sizeof(object), response))
		return false;

	struct http_client_record *record = RECORD(scratch, http_client_record);

	record->status = object_u64(object, sizeof(object), layout->response_status);
	record->protocol_major = object_u64(object, sizeof(object), layout->response_proto_major);
	record->protocol_minor = object_u64(object, sizeof(object), layout->response_proto_minor);
	record->response_body_bytes = layout->response_content_length > sizeof(object) - 8 ?
					      -1 :
					      object_u64(object, sizeof(object), layout->response_content_length);
	return true;
}

/* Captures the headers of a response. */
static __noinline int capture_client_response(const struct hit *hit, struct scratch *scratch, __u64 headers)
{
	if (!hit || !scratch)
		return 0;

	struct header_search *search = &WORK(scratch, http_client_work)->headers;

	if (!find_headers(search, headers, hit->runtime->map_kind, HEADERS_CLIENT_RESPONSE) ||
	    !capture_headers(scratch, search))
		RECORD(scratch, http_client_record)->flags |= HTTP_CLIENT_RESPONSE_HEADERS_CUT;
	return 0;
}

/* Says of the call in scratch, which has ended, what it has got; no response that was read. */
static __always_inline void conclude(struct scratch *scratch, __u64 end_ns)
{
	struct http_client_record *record = RECORD(scratch, http_client_record);

	forget_failure(scratch);
	record->response_body_bytes = -1;
	if (record->flags & HTTP_CLIENT_WAITS) { /* and got none */
		record->flags &= ~HTTP_CLIENT_WAITS;
		record->wait_ns = end_ns - record->wait_ns;
	}
}

/* A transport is done with a request: neither response nor error means that it panicked. */
static __always_inline int end_client(const struct hit *hit, __u8 who, __u64 response, const struct go_interface *error,
				      __u64 end_ns)
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
	conclude(scratch, end_ns);
	if (error->itab) {
		note_failure(scratch, hit, layout, error);
	} else if (response && !read_client_response(scratch, layout, response)) {
		count(RECORD_HTTP_CLIENT, COUNT_LOST_UNREADABLE);
		return 0;
	} else if (response && captures(HEADERS_CLIENT_RESPONSE)) {
		capture_client_response(hit, scratch, read_u64_at(response, layout->response_header));
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
