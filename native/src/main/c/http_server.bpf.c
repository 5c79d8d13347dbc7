/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that net/http servers answer, and what HTTP/2 (http2_server.bpf.c) has in common with HTTP/1.
 *
 * A span is opened for the goroutine that runs the handler and closed on the same one:
 *
 *   HTTP/1       http_server_start .......... http_server_end, or http_server_abort after a panic or hijack
 *   HTTP/2       http_server_start .......... http2_handler_end
 *   HTTP/2 of x/net, and h2c through it:
 *                http2_handler_start [http_server_start, which then is the same request] http2_handler_end
 *   h2c upgrade  http_server_start on the connection's goroutine; http2_handler_start on the one that runs
 *                stream 1 takes the span over; http2_handler_end
 */
#include "http_server.h"
#include "http_router.h"

LAYOUT_MAP(http_server_layout);

/*
 * http_router.bpf.c: the route that a router other than ServeMux has; false: it has none. A route that it had and that
 * is another request's by now is left out.
 */
int complete_by_router(struct scratch *scratch, const struct http_server_layout *layout);

#define METHOD_LIMIT 32
#define TARGET_LIMIT LONGEST_STRING
#define HOST_LIMIT 256
#define ADDRESS_LIMIT 64
#define ROUTE_LIMIT 256
#define USER_AGENT_LIMIT 256
#define FORWARDED_LIMIT 256
#define FORWARDED_PROTO_LIMIT 16
#define FORWARDED_HOST_LIMIT 128
#define TRACESTATE_LIMIT 512

_Static_assert(METHOD_LIMIT + TARGET_LIMIT + HOST_LIMIT + ADDRESS_LIMIT + ROUTE_LIMIT + USER_AGENT_LIMIT +
			       2 * FORWARDED_LIMIT + FORWARDED_PROTO_LIMIT + FORWARDED_HOST_LIMIT + TRACESTATE_LIMIT <=
		       STRINGS_MAX - sizeof(struct http_server_record),
	       "strings of all limits fit");

/* From a request's context to its connection's, and from that to its local address. */
#define HTTP_1_LINKS 2

/* What the end has to know of the start. */
struct http_server_call {
	__u64 writer; /* *http.response or an HTTP/2 server's *responseWriter */
	/*
	 * The *http.Request that the server has given to the handler and holds itself while that runs; at the end what
	 * it holds then. 0: it holds none.
	 */
	__u64 request;
	__u64 routed;  /* ROUTED_BY: what the router has that was asked last; 0: none was, or a ServeMux */
	__u64 context; /* what the server's Request.ctx points to; held until the end */
	__u64 target;  /* address of Request.RequestURI: what the server's Request and all copies of it share */
	__u32 target_length;
	__u32 route;	   /* low half of the address of the pattern that the record has a copy of; 0: it has none */
	__u32 collections; /* of struct process, when what a router has was last known to be alive */
	__u16 old;	   /* 1: that was not when it was searched for */
	__u16 mounted;	   /* 1: a ServeMux has found a pattern behind a router that had been asked before */
};

/* Where a start works. */
struct http_server_work {
	struct header_search headers;
	__u64 header_map; /* Request.Header */
	struct go_interface context;
	/* As the request has them. HTTP_TRACESTATE: a []string instead. */
	struct go_string strings[HTTP_STRING_COUNT];
};

/*
 * What is read at once of a Go struct: all fields of interest, and not more than the struct, for what is
 * behind it may be far from the processor's caches. It belongs on the stack, where the kernel's check of a
 * read's destination is cheapest.
 */
#define REQUEST_BYTES 224
#define RESPONSE_BYTES 192
#define PATTERN_BYTES 96 /* of a Request, from RequestURI to behind Pattern */

/*
 * "PRI * HTTP/2.0", the first line of an HTTP/2 connection: net/http gives it to the handler of an
 * HTTP/1 server as if it were a request. x/net's h2c takes the connection over, for as long as it lasts;
 * others answer 400.
 */
static __always_inline bool is_connection_preface(const struct go_string *method, const struct go_string *target)
{
	char text[4] = {};

	if (method->length != 3 || target->length != 1)
		return false;
	return !read_user(text, 3, method->address) && text[0] == 'P' && text[1] == 'R' && text[2] == 'I';
}

/*
 * Reads a Request into the record that has begun, its strings' places into the work; false: it cannot be read.
 *
 * A function of its own for the Request's place on the stack, and a global one as `pack` is.
 */
__noinline int read_request(struct scratch *scratch, const struct request_layout *layout, __u64 request)
{
	__u64 object[REQUEST_BYTES / 8];

	if (!scratch || !layout)
		return false;

	/* The last field of interest is TLS, behind RequestURI in all versions; but for the context. */
	__u64 bytes = layout->tls == OFFSET_UNKNOWN ? layout->request_uri + 16 : layout->tls + 8;

	if (bytes > sizeof(object) || !read_object(object, sizeof(object), request))
		return false;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	struct http_server_work *work = WORK(scratch, http_server_work);

	record->request_body_bytes = layout->content_length > sizeof(object) - 8 ?
					     -1 :
					     object_u64(object, sizeof(object), layout->content_length);
	record->protocol_major = object_u64(object, sizeof(object), layout->proto_major);
	record->protocol_minor = object_u64(object, sizeof(object), layout->proto_minor);
	record->flags = object_u64(object, sizeof(object), layout->tls) ? HTTP_TLS : 0;
	work->strings[HTTP_METHOD] = object_string(object, sizeof(object), layout->method);
	work->strings[HTTP_REQUEST_TARGET] = object_string(object, sizeof(object), layout->request_uri);
	work->strings[HTTP_HOST] = object_string(object, sizeof(object), layout->host);
	work->strings[HTTP_REMOTE_ADDRESS] = object_string(object, sizeof(object), layout->remote_addr);
	work->header_map = object_u64(object, sizeof(object), layout->header);
	work->context = read_interface_at(request, layout->context);
	return true;
}

/* Values of headers that are read at once: as many as the stack has room for, 512 bytes with the caller's. */
#define NEAR_VALUES 8

/*
 * The first of a header's values; empty when the request has no such header. If `is_near`, it is among those
 * that were read from `base` on.
 */
static __always_inline struct go_string first_value(const struct go_string *values, const __u64 *near, bool is_near,
						    __u64 base)
{
	if (!values->length)
		return (struct go_string){};
	if (!is_near)
		return read_string_at(values->address, 0);
	return object_string(near, sizeof(struct go_string) * NEAR_VALUES, values->address - base);
}

/*
 * Notes where the values of the headers that were found are, and adopts a traceparent. net/http cuts the
 * []string of all of a request's headers out of one array: one read gets the values of all, unless they are
 * many.
 *
 * A function of its own, and a global one, as read_request is.
 */
__noinline int read_headers(struct scratch *scratch)
{
	__u64 near[NEAR_VALUES * sizeof(struct go_string) / 8] = {};
	__u64 base = -1, last = 0;

	if (!scratch)
		return 0;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	struct http_server_work *work = WORK(scratch, http_server_work);
	struct go_string *headers = work->headers.found, *strings = work->strings;

	__builtin_memset(&strings[HTTP_ROUTE], 0, (HTTP_STRING_COUNT - HTTP_ROUTE) * sizeof(*strings));
	for (int header = 0; header < HEADER_COUNT; header++) {
		if (!headers[header].length)
			continue;
		if (headers[header].address < base)
			base = headers[header].address;
		if (headers[header].address > last)
			last = headers[header].address;
	}
	if (base > last) /* none was found */
		return 0;

	__u64 bytes = last - base + sizeof(struct go_string);

	barrier_var(bytes);

	bool is_near = bytes <= sizeof(near) && !read_user(near, bytes, base);

	if (headers[HEADER_UPGRADE].length)
		record->flags |= HTTP_UPGRADE;
	strings[HTTP_USER_AGENT] = first_value(&headers[HEADER_USER_AGENT], near, is_near, base);
	strings[HTTP_FORWARDED] = first_value(&headers[HEADER_FORWARDED], near, is_near, base);
	strings[HTTP_X_FORWARDED_FOR] = first_value(&headers[HEADER_X_FORWARDED_FOR], near, is_near, base);
	strings[HTTP_X_FORWARDED_PROTO] = first_value(&headers[HEADER_X_FORWARDED_PROTO], near, is_near, base);
	strings[HTTP_X_FORWARDED_HOST] = first_value(&headers[HEADER_X_FORWARDED_HOST], near, is_near, base);

	/* Two traceparents are none; a tracestate is worth something only with one. */
	if (headers[HEADER_TRACEPARENT].length != 1)
		return 0;

	struct go_string traceparent = first_value(&headers[HEADER_TRACEPARENT], near, is_near, base);

	if (adopt_traceparent(&record->span.core, traceparent.address, traceparent.length))
		strings[HTTP_TRACESTATE] = headers[HEADER_TRACESTATE];
	return 0;
}

/*
 * Packs method and target, a record's first strings. HTTP/1 cuts both out of one line, with a space between
 * them: one read gets both, and the space.
 */
static __always_inline void pack_request_line(struct scratch *scratch, struct string_ref *refs,
					      const struct go_string *strings)
{
	const struct go_string *method = &strings[HTTP_METHOD], *target = &strings[HTTP_REQUEST_TARGET];
	__u64 begin = method->length + 1;
	struct go_string line = { method->address, begin + target->length };

	if (target->address == method->address + begin && method->length < METHOD_LIMIT &&
	    target->length <= TARGET_LIMIT - METHOD_LIMIT) {
		struct string_ref *whole = &refs[HTTP_REQUEST_TARGET];

		pack(scratch, whole, &line, TARGET_LIMIT);
		if (whole->length) {
			refs[HTTP_METHOD] = (struct string_ref){ whole->offset, method->length, method->length };
			*whole = (struct string_ref){ whole->offset + begin, target->length, target->length };
			return;
		}
	}
	pack(scratch, &refs[HTTP_METHOD], method, METHOD_LIMIT);
	pack(scratch, &refs[HTTP_REQUEST_TARGET], target, TARGET_LIMIT);
}

/* Packs the strings of a request, all of which its handler may change; the route is not yet known. */
__noinline int pack_request(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	struct string_ref *refs = RECORD(scratch, http_server_record)->strings;
	const struct go_string *strings = WORK(scratch, http_server_work)->strings;

	pack_request_line(scratch, refs, strings);
	pack(scratch, &refs[HTTP_HOST], &strings[HTTP_HOST], HOST_LIMIT);
	pack(scratch, &refs[HTTP_REMOTE_ADDRESS], &strings[HTTP_REMOTE_ADDRESS], ADDRESS_LIMIT);
	if (strings[HTTP_USER_AGENT].length)
		pack(scratch, &refs[HTTP_USER_AGENT], &strings[HTTP_USER_AGENT], USER_AGENT_LIMIT);
	if (strings[HTTP_FORWARDED].length)
		pack(scratch, &refs[HTTP_FORWARDED], &strings[HTTP_FORWARDED], FORWARDED_LIMIT);
	if (strings[HTTP_X_FORWARDED_FOR].length)
		pack(scratch, &refs[HTTP_X_FORWARDED_FOR], &strings[HTTP_X_FORWARDED_FOR], FORWARDED_LIMIT);
	if (strings[HTTP_X_FORWARDED_PROTO].length)
		pack(scratch, &refs[HTTP_X_FORWARDED_PROTO], &strings[HTTP_X_FORWARDED_PROTO], FORWARDED_PROTO_LIMIT);
	if (strings[HTTP_X_FORWARDED_HOST].length)
		pack(scratch, &refs[HTTP_X_FORWARDED_HOST], &strings[HTTP_X_FORWARDED_HOST], FORWARDED_HOST_LIMIT);
	if (strings[HTTP_TRACESTATE].length)
		pack_joined(scratch, &refs[HTTP_TRACESTATE], &strings[HTTP_TRACESTATE], TRACESTATE_LIMIT);
	return 0;
}

/* Counts a request that reaches its handler and cannot be traced. */
static __always_inline int lost(enum counter reason)
{
	count(RECORD_HTTP_SERVER, COUNT_SEEN);
	count(RECORD_HTTP_SERVER, reason);
	return 0;
}

/*
 * Looks for who has sent the request in scratch, by the connection that it came on.
 *
 * @h2 the layout of the HTTP/2 server whose response it is; 0: it is one of HTTP/1
 */
static __noinline int find_caller(struct scratch *scratch, const struct hit *hit,
				  const struct http_server_layout *layout, const struct h2_layout *h2, __u64 writer)
{
	struct connection connection = {};
	struct go_interface conn;

	if (!scratch || !hit || !layout)
		return false;
	if (h2) {
		__u64 stream = read_u64_at(read_u64_at(writer, h2->writer_rws), h2->rws_stream);

		connection.stream = read_u64_at(stream, h2->stream_id);
		conn = read_interface_at(read_u64_at(stream, h2->stream_sc), h2->sc_conn);
		if (!connection.stream)
			return false;
	} else {
		conn = read_interface_at(read_u64_at(writer, layout->response_conn), layout->conn_rwc);
	}
	return conn.itab && read_end(&connection, hit, &conn, SERVER_END) &&
	       adopt_caller(scratch, &connection, RECORD(scratch, http_server_record)->flags & HTTP_TLS);
}

/*
 * A request reaches its handler. It has been read into scratch.
 *
 * @h2 as find_caller has it
 */
static __always_inline int start(const struct hit *hit, struct scratch *scratch,
				 const struct http_server_layout *layout, const struct h2_layout *h2, __u64 request,
				 __u64 writer)
{
	struct http_server_record *record = RECORD(scratch, http_server_record);
	struct http_server_call *kept = KEPT(scratch, http_server_call);
	struct http_server_work *work = WORK(scratch, http_server_work);
	struct call_key key = call_of(&hit->key, RECORD_HTTP_SERVER);

	count(RECORD_HTTP_SERVER, COUNT_SEEN);
	if (!find_headers(&work->headers, work->header_map, hit->runtime->map_kind, HEADERS_SERVER_REQUEST))
		record->flags |= HTTP_HEADERS_CUT;
	read_headers(scratch);
	if (may_have_caller(&record->span.core))
		find_caller(scratch, hit, layout, h2, writer);
	if (!settle_request(scratch, hit, &work->context, record->protocol_major == 1 ? HTTP_1_LINKS : 0, 0)) {
		/* If the end of the one before was missed, this one's is not to be taken for it. */
		if (!has_calls(hit) && remove_call(&key))
			count(RECORD_HTTP_SERVER, COUNT_SPANS_REPLACED);
		return 0;
	}
	kept->writer = writer;
	kept->request = request;
	kept->context = work->context.data;
	kept->target = work->strings[HTTP_REQUEST_TARGET].address;
	kept->target_length = work->strings[HTTP_REQUEST_TARGET].length;
	pack_request(scratch);
	if (!capture_headers(scratch, &work->headers))
		record->flags |= HTTP_HEADERS_CUT;
	if (!park_call(scratch, &key))
		leave_request(hit, RECORD_HTTP_SERVER);
	return 0;
}

/* Whether http2_handler_start sees all requests that are answered by this type of writer, and so has begun them. */
static __always_inline bool is_begun_by_handler(const struct http_server_layout *layout, __u64 writer_itab)
{
	if (writer_itab == layout->h2[H2_X_NET].writer_itab)
		return true;
	/* What its row needs is known only if it is on. */
	return writer_itab == layout->h2[H2_STANDARD].writer_itab &&
	       layout->server_request.request_uri != OFFSET_UNKNOWN;
}

/* A process that is not traced is asked something: as http_server_start, without a span. */
static __noinline int pass_request_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(hit, http_server_layout);
	__u64 request = GO_ARG4(ctx);

	if (!layout || is_begun_by_handler(layout, GO_ARG2(ctx) - hit->load_bias))
		return 0;

	struct go_string method = read_string_at(request, layout->request.method);
	struct go_string target = read_string_at(request, layout->request.request_uri);

	if (read_u64_at(request, layout->request.proto_major) != 2 || !is_connection_preface(&method, &target))
		count_untraced(hit, RECORD_HTTP_SERVER);
	return 0;
}

/* net/http.serverHandler.ServeHTTP(rw http.ResponseWriter, req *Request), sh in RAX. */
SEC("uprobe")
int http_server_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_request_by(ctx, &hit);

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	__u64 request = GO_ARG4(ctx);
	struct go_interface writer = { GO_ARG2(ctx), GO_ARG3(ctx) };
	__u64 writer_itab = writer.itab - hit.load_bias;
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;
	if (!scratch)
		return lost(COUNT_LOST_NO_SCRATCH);

	struct http_server_record *record = RECORD(scratch, http_server_record);

	begin(scratch, &hit, RECORD_HTTP_SERVER, SPAN_SERVER, sizeof(*record));
	if (!read_request(scratch, &layout->request, request))
		return lost(COUNT_LOST_UNREADABLE_AT_START);
	/* Go 1.27 makes it of what its HTTP/2 server holds, and lets go of it. */
	if (writer_itab == layout->h2[H2_STANDARD].writer_itab && layout->h2[H2_STANDARD].rws_request == OFFSET_UNKNOWN)
		request = 0;
	if (is_begun_by_handler(layout, writer_itab)) {
		struct call_key key = call_of(&hit.key, RECORD_HTTP_SERVER);
		struct http_server_call *kept = kept_of(&key);

		if (kept)
			kept->request = request;
		return 0;
	}
	if (writer_itab != layout->response_itab && writer_itab != layout->h2[H2_STANDARD].writer_itab) {
		report_unknown_type(&record->span.header, type_of(&hit, &writer));
		return 0;
	}

	const struct go_string *strings = WORK(scratch, http_server_work)->strings;

	if (record->protocol_major == 2 &&
	    is_connection_preface(&strings[HTTP_METHOD], &strings[HTTP_REQUEST_TARGET])) {
		count(RECORD_HTTP_SERVER, COUNT_NOT_CALLS);
		return 0;
	}
	return start(&hit, scratch, layout, record->protocol_major == 1 ? 0 : &layout->h2[H2_STANDARD], request,
		     writer.data);
}

/* Adds the pattern that a router has found to an open request, in place of one that an outer router found. */
static __noinline int add_route(struct scratch *scratch, const struct call_key *key, const struct go_string *pattern,
				__u64 routed)
{
	if (!scratch || !key || !pattern || !copy_call(scratch, key))
		return 0;

	struct http_server_call *kept = KEPT(scratch, http_server_call);

	kept->mounted |= kept->routed && !routed;
	kept->route = pattern->address;
	kept->routed = routed;
	pack(scratch, &RECORD(scratch, http_server_record)->strings[HTTP_ROUTE], pattern, ROUTE_LIMIT);
	renew_call(scratch, key);
	return 0;
}

/*
 * Whether a Request is the server's own or a copy of it, by what it has from RequestURI on: a handler's own
 * making has another RequestURI or none, and so has memory that is another object's by now.
 */
static __always_inline bool is_of_call(const struct go_string *request_uri, const struct http_server_call *kept)
{
	return kept->target_length && request_uri->address == kept->target &&
	       request_uri->length == kept->target_length;
}

/* Writers that are in each other, and words at the beginning of each that may be the one that it wraps. */
#define WRAPPERS_MAX 4
#define WRAPPER_WORDS 12

/*
 * Whether a http.ResponseWriter is the server's own or wraps it: holds it among its own first words, or does so by
 * what it begins with, which is where most embed the one they wrap. A wrapper is not looked at any further than it
 * is long: behind it another may lie.
 */
static __noinline int is_or_wraps(const struct go_interface *writer, __u64 own)
{
	if (!writer)
		return false;

	struct go_interface next = *writer;

	for (int i = 0; i < WRAPPERS_MAX && next.data; i++) {
		__u64 words[WRAPPER_WORDS], pointers;

		if (next.data == own)
			return true;
		pointers = pointers_behind(next.itab);
		if (!pointers || !read_object(words, sizeof(words), next.data))
			return false;
		for (int word = 0; word < WRAPPER_WORDS; word++) {
			if (word * sizeof(__u64) < pointers && words[word] == own)
				return true;
		}
		next = (struct go_interface){ words[0], words[1] };
	}
	return false;
}

/*
 * Whether a router is asked for the client's sake: with the server's own Request; or with a copy of it, and what is
 * written goes to the client. A handler may ask with a copy, another URL and a recorder as well, as often as it likes.
 * Whoever records the answer to the same URL does it to hand it on, unless the URL has got another route already: one
 * that http_route has seen or, where that is not there, that the server's own Request has.
 *
 * All that is looked at is alive: the router has its arguments, and the server its Request, if kept->request has it.
 */
static __noinline int is_for_client(const struct http_server_layout *layout, const struct http_server_call *kept,
				    const struct go_interface *writer, __u64 request)
{
	if (!layout || !kept || !writer)
		return false;

	struct go_string uri = read_string_at(request, layout->request.request_uri);

	if (!is_of_call(&uri, kept))
		return false;
	if (request == kept->request || is_or_wraps(writer, kept->writer))
		return true;

	__u64 url = read_u64_at(kept->request, layout->request.url);

	return url && !kept->route && !read_string_at(kept->request, layout->request.pattern).length &&
	       url == read_u64_at(request, layout->request.url);
}

/*
 * What is kept of the request that a handler's goroutine answers, and its key; 0: none is open. A handler under
 * http.TimeoutHandler runs on a goroutine that the server's one started.
 */
static __always_inline struct http_server_call *kept_of_handler(const struct hit *hit, struct call_key *key)
{
	*key = call_of(&hit->key, RECORD_HTTP_SERVER);

	struct http_server_call *kept = kept_of(key);

	if (kept)
		return kept;
	key->id[0] = read_u64_at(hit->g, hit->runtime->g_parent_goid);
	return kept_of(key);
}

/*
 * (mux *ServeMux).ServeHTTP(w, r), past its call of findHandler, before RCX and RDI are written: they are the address
 * and length of the pattern, its second result, which is copied while the mux has it. Of several muxes that are
 * asked for the client's sake the innermost that found one counts: it comes last.
 */
SEC("uprobe")
int http_route(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	struct call_key key;
	struct http_server_call *kept = kept_of_handler(&hit, &key);
	struct go_string pattern = { GO_RESULT3(ctx), GO_RESULT4(ctx) };
	struct go_interface writer = { spilled_argument(GO_FRAME(ctx), 1), spilled_argument(GO_FRAME(ctx), 2) };

	if (layout && kept && pattern.length &&
	    is_for_client(layout, kept, &writer, spilled_argument(GO_FRAME(ctx), 3)))
		add_route(scratch_of_thread(), &key, &pattern, 0);
	return 0;
}

/* The ServeMux pattern in a Request that is alive. */
static __always_inline struct go_string pattern_of(const struct request_layout *layout,
						   const struct http_server_call *kept, __u64 request)
{
	__u64 object[PATTERN_BYTES / 8]; /* from RequestURI on */
	__u64 pattern = layout->pattern - layout->request_uri;

	if (!request || pattern > sizeof(object) - sizeof(struct go_string) ||
	    !read_object(object, sizeof(object), request + layout->request_uri))
		return (struct go_string){};

	struct go_string uri = object_string(object, sizeof(object), 0);

	return is_of_call(&uri, kept) ? object_string(object, sizeof(object), pattern) : (struct go_string){};
}

/*
 * Completes the route, and notes whether it took http_route to know it: whether without that the request would have no
 * route, or the one of an outer mux or router. Of Requests only the one counts that the server's writer points to now,
 * for that is alive, and so is the pattern it has: read_response and read_h2_response have put it in kept->request.
 * What a copy of it has may be freed by now, and so may Go 1.27's own Request of HTTP/2, which nobody holds but the
 * handler.
 */
__noinline int complete_route(struct scratch *scratch, const struct http_server_layout *layout)
{
	if (!scratch || !layout)
		return 0;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	const struct http_server_call *kept = KEPT(scratch, http_server_call);
	struct string_ref *route = &record->strings[HTTP_ROUTE];

	if (kept->routed && complete_by_router(scratch, layout))
		return 0;

	struct go_string own = pattern_of(&layout->request, kept, kept->request);

	if (!route->original_length && own.length)
		pack(scratch, route, &own, ROUTE_LIMIT);
	else if (route->original_length &&
		 (kept->mounted || (__u32)own.address != kept->route || own.length != route->original_length))
		record->flags |= HTTP_ROUTE_COPIED;
	return 0;
}

/* Captures the response's headers that a handler has set: what net/http adds when it sends them is in no map. */
static __noinline int capture_response(const struct hit *hit, struct scratch *scratch, __u64 headers)
{
	if (!hit || !scratch)
		return 0;

	struct header_search *search = &WORK(scratch, http_server_work)->headers;

	if (!find_headers(search, headers, hit->runtime->map_kind, HEADERS_SERVER_RESPONSE) ||
	    !capture_headers(scratch, search))
		RECORD(scratch, http_server_record)->flags |= HTTP_RESPONSE_HEADERS_CUT;
	return 0;
}

/*
 * The headers of an HTTP/1 response: while none were written, those that the handler has set until now. 0: nobody
 * wants to see them.
 */
static __always_inline __u64 headers_of(const struct http_server_layout *layout, __u64 response)
{
	if (!captures(HEADERS_SERVER_RESPONSE))
		return 0;
	return read_u64_at(response, read_u8_at(response, layout->response_wrote_header) ?
					     layout->response_cw_header :
					     layout->response_handler_header);
}

/*
 * The request in scratch is answered: its span is handed over.
 *
 * @read    whether it could be read what the server says of its answer
 * @headers of the answer; 0: none, or nobody wants to see them
 */
static __always_inline int finish(const struct hit *hit, struct scratch *scratch,
				  const struct http_server_layout *layout, bool read, __u64 headers,
				  enum end_reason reason, __u64 end_ns)
{
	if (!read) {
		count(RECORD_HTTP_SERVER, COUNT_LOST_UNREADABLE);
		return 0;
	}
	complete_route(scratch, layout);
	if (headers && RECORD(scratch, http_server_record)->status)
		capture_response(hit, scratch, headers);
	hand_over(scratch, reason, end_ns);
	return 0;
}

/* Whether the goroutine panics, which its server is going to recover; then no call of it goes on. */
static __always_inline bool ends_by_panic(struct pt_regs *ctx, const struct hit *hit)
{
	bool panics = read_u64_at(hit->g, hit->runtime->g_panic);

	if (panics)
		end_unentered(scratch_of_thread(), hit, GO_FRAME(ctx), read_u64_at(hit->g, G_STACK_HIGH));
	return panics;
}

/*
 * The goroutine's request is answered: takes its record into the thread's scratch. 0: there is none. Never
 * started (a failed Expect), sampled out, or older than the probes.
 */
static __always_inline struct scratch *take_request(const struct hit *hit)
{
	struct call_key key = call_of(&hit->key, RECORD_HTTP_SERVER);

	if (!leave_request(hit, RECORD_HTTP_SERVER))
		return 0;

	struct scratch *scratch = scratch_of_thread();

	return take_call(scratch, &key) ? scratch : 0;
}

/*
 * Body bytes that were sent of those that a handler wrote: what exceeds the declared length is refused a
 * write at a time, but counted. -1: not known how many.
 */
static __always_inline __s64 sent(__s64 written, __s64 declared)
{
	if (declared < 0 || written <= declared)
		return written;
	return declared ? -1 : 0;
}

/*
 * Adds what an HTTP/1 *response says to the record in scratch; false: it cannot be read. Once the handler has
 * returned, a header that it did not write is a 200; before that only a header on its way to the peer counts.
 *
 * The response is alive: finishRequest is asked for it, and until that has returned conn.curReq points to it, also
 * where the connection ends or is taken over.
 *
 * A function of its own for the response's place on the stack, and a global one as `pack` is.
 */
__noinline int read_response(struct scratch *scratch, const struct http_server_layout *layout, __u32 returned)
{
	__u64 object[RESPONSE_BYTES / 8];

	if (!scratch || !layout)
		return false;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	__u16 wrote_header = returned ? layout->response_wrote_header : layout->response_cw_wrote_header;
	__u16 status = layout->response_status, written = layout->response_written;
	__u16 declared = layout->response_content_length;
	struct http_server_call *kept = KEPT(scratch, http_server_call);

	if (wrote_header > sizeof(object) - 1 || status > sizeof(object) - 8 ||
	    !read_object(object, sizeof(object), kept->writer))
		return false;
	kept->request = object_u64(object, sizeof(object), layout->response_request);
	if (object_u8(object, sizeof(object), wrote_header))
		record->status = object_u64(object, sizeof(object), status);
	else
		record->status = returned ? 200 : 0;
	record->response_body_bytes = written > sizeof(object) - 8 ? -1 : object_u64(object, sizeof(object), written);
	/* -1: none was declared. */
	if (declared <= sizeof(object) - 8)
		record->response_body_bytes =
			sent(record->response_body_bytes, object_u64(object, sizeof(object), declared));
	return true;
}

/*
 * net/http.(*response).finishRequest(), w in RAX: an HTTP/1 handler has returned. In a copy that was inlined
 * into (*conn).serve, w may be anywhere.
 */
SEC("uprobe")
int http_server_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	struct scratch *scratch = layout ? take_request(&hit) : 0;

	if (!scratch)
		return 0;

	/* Another request's: the end of the one that is open was missed. */
	if (hit.variant == END_AT_ENTRY && KEPT(scratch, http_server_call)->writer != GO_ARG1(ctx)) {
		count(RECORD_HTTP_SERVER, COUNT_SPANS_REPLACED);
		return 0;
	}

	bool read = read_response(scratch, layout, true);

	return finish(&hit, scratch, layout, read, headers_of(layout, KEPT(scratch, http_server_call)->writer),
		      END_RETURNED, end_ns);
}

/*
 * net/http.(*conn).serve.func1(), deferred: the connection ends, or it is no longer the server's. A span
 * that is still open here has not come to finishRequest.
 */
SEC("uprobe")
int http_server_abort(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	bool panics = ends_by_panic(ctx, &hit);
	struct scratch *scratch = layout ? take_request(&hit) : 0;

	if (!scratch)
		return 0;

	bool read = read_response(scratch, layout, false);

	return finish(&hit, scratch, layout, read, headers_of(layout, KEPT(scratch, http_server_call)->writer),
		      panics ? END_PANICKED : END_HIJACKED, end_ns);
}
