/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that net/http and x/net/http2 servers answer.
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

LAYOUT_MAP(http_server_layout);

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
			       2 * FORWARDED_LIMIT + FORWARDED_PROTO_LIMIT + FORWARDED_HOST_LIMIT +
			       TRACESTATE_LIMIT <=
		       STRINGS_MAX - sizeof(struct http_server_record),
	       "strings of all limits fit");

/* From a request's context to its connection's, and from that to its local address. */
#define HTTP_1_LINKS 2

/* What the end has to know of the start. */
struct http_server_call {
	__u64 writer;	      /* *http.response or an HTTP/2 server's *responseWriter */
	__u64 request;	      /* the server's *http.Request; 0: not known */
	__u64 routed_request; /* ROUTE_AT_ENTRY: the one the innermost ServeMux was given; 0: none was */
	__u64 route;	      /* ROUTE_FOUND: address of the pattern that the record has a copy of */
	struct go_string target; /* Request.RequestURI: what the server's Request and all copies of it share */
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
static __always_inline bool is_connection_preface(const struct http_server_work *work)
{
	const struct go_string *method = &work->strings[HTTP_METHOD];
	char text[4] = {};

	if (method->length != 3 || work->strings[HTTP_REQUEST_TARGET].length != 1)
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
	work->context = (struct go_interface){};
	if (layout->context != OFFSET_UNKNOWN)
		read_user(&work->context, sizeof(work->context), request + layout->context);
	return true;
}

/* Values of headers that are read at once: as many as the stack has room for, 512 bytes with the caller's. */
#define NEAR_VALUES 8

/*
 * The first of a header's values; empty when the request has no such header. If `is_near`, it is among those
 * that were read from `base` on.
 */
static __always_inline struct go_string first_value(const struct go_string *values, const __u64 *near,
						    bool is_near, __u64 base)
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
		pack(scratch, &refs[HTTP_X_FORWARDED_PROTO], &strings[HTTP_X_FORWARDED_PROTO],
		     FORWARDED_PROTO_LIMIT);
	if (strings[HTTP_X_FORWARDED_HOST].length)
		pack(scratch, &refs[HTTP_X_FORWARDED_HOST], &strings[HTTP_X_FORWARDED_HOST],
		     FORWARDED_HOST_LIMIT);
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

/* A request reaches its handler. It has been read into scratch. */
static __always_inline int start(const struct hit *hit, struct scratch *scratch, __u64 request, __u64 writer)
{
	struct http_server_record *record = RECORD(scratch, http_server_record);
	struct http_server_call *kept = KEPT(scratch, http_server_call);
	struct http_server_work *work = WORK(scratch, http_server_work);
	struct call_key key = call_of(&hit->key, RECORD_HTTP_SERVER);

	count(RECORD_HTTP_SERVER, COUNT_SEEN);
	if (!find_headers(&work->headers, work->header_map, hit->runtime->map_kind))
		record->flags |= HTTP_HEADERS_CUT;
	read_headers(scratch);
	if (!settle_request(scratch, hit, &work->context, record->protocol_major == 1 ? HTTP_1_LINKS : 0))
		return 0;
	kept->writer = writer;
	kept->request = request;
	kept->target = work->strings[HTTP_REQUEST_TARGET];
	pack_request(scratch);
	if (!park_call(scratch, &key))
		leave_call(hit, RECORD_HTTP_SERVER);
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

/* net/http.serverHandler.ServeHTTP(rw http.ResponseWriter, req *Request), sh in RAX. */
SEC("uprobe")
int http_server_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

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
	if (record->protocol_major == 2 && is_connection_preface(WORK(scratch, http_server_work))) {
		count(RECORD_HTTP_SERVER, COUNT_NOT_CALLS);
		return 0;
	}
	return start(&hit, scratch, request, writer.data);
}

/*
 * Gives the span of the HTTP/1 request that became stream 1 to the goroutine that runs the stream.
 *
 * A function of its own for what it has on the stack.
 */
static __noinline int take_over(const struct hit *hit, struct scratch *scratch, __u64 writer)
{
	struct goroutine_key parent = {
		.goid = read_u64_at(hit->g, hit->runtime->g_parent_goid),
		.tgid = hit->key.tgid,
		.exec_id = hit->key.exec_id,
	};
	struct active_spans *spans = active_of(&parent);
	struct active_span *span = innermost_of(spans, RECORD_HTTP_SERVER);

	/* None: it was lost, and counted then. */
	if (!span)
		return 0;

	struct active_span *moved = new_active(scratch);
	__u32 context = spans->context;
	struct call_key from = call_of(&parent, RECORD_HTTP_SERVER), to = call_of(&hit->key, RECORD_HTTP_SERVER);

	*moved = *span;
	leave(&parent, spans, span);

	bool entered = enter(scratch, &hit->key, active_of(&hit->key), true, context);

	if (!(moved->flags & SPAN_SAMPLED) || !take_call(scratch, &from))
		return 0;
	KEPT(scratch, http_server_call)->writer = writer;
	span_of(scratch)->goid = hit->key.goid;
	remove_call(&to);
	if (!entered || put_call(scratch, &to))
		count(RECORD_HTTP_SERVER, COUNT_SPANS_REPLACED);
	return 0;
}

/*
 * (*serverConn).runHandler(rw *responseWriter, req, handler), sc in RAX: of x/net with an *http.Request,
 * of net/http/internal/http2 (Go 1.27) with a *ServerRequest. The latter is worth its trap only in a binary
 * that has x/net's (*http2.Server).ServeConn: all other requests come to serverHandler.ServeHTTP as well.
 */
SEC("uprobe")
int http2_handler_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	bool own_type = hit.variant == H2_STANDARD;
	__u64 request = GO_ARG3(ctx);
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;
	if (!scratch)
		return lost(COUNT_LOST_NO_SCRATCH);

	struct http_server_record *record = RECORD(scratch, http_server_record);

	begin(scratch, &hit, RECORD_HTTP_SERVER, SPAN_SERVER, sizeof(*record));
	if (!read_request(scratch, own_type ? &layout->server_request : &layout->request, request))
		return lost(COUNT_LOST_UNREADABLE_AT_START);
	if (record->protocol_major == 1)
		return take_over(&hit, scratch, GO_ARG2(ctx));
	return start(&hit, scratch, own_type ? 0 : request, GO_ARG2(ctx));
}

/* Adds the pattern that a mux has found to an open request, in place of one that an outer mux found. */
static __noinline int add_route(struct scratch *scratch, const struct call_key *key, const struct go_string *pattern)
{
	if (!scratch || !key || !pattern || !copy_call(scratch, key))
		return 0;

	KEPT(scratch, http_server_call)->route = pattern->address;
	pack(scratch, &RECORD(scratch, http_server_record)->strings[HTTP_ROUTE], pattern, ROUTE_LIMIT);
	renew_call(scratch, key);
	return 0;
}

/*
 * Whether a Request is the server's own or a copy of it, by what it has from RequestURI on: a handler's own
 * making has another RequestURI or none, and so has memory that is another object's by now.
 */
static __always_inline bool is_of_call(const struct go_string *request_uri, const struct go_string *target)
{
	return target->length && request_uri->address == target->address && request_uri->length == target->length;
}

/*
 * Where (*ServeMux).ServeHTTP has its r past a call: in the place that the calling convention gives to an
 * argument which a callee puts away (abi-internal.md, "spill area"), behind those of mux and w. BP points to
 * the caller's BP, and that is followed by the return address.
 */
#define ROUTE_REQUEST_FROM_BP (16 + 24)

static __always_inline __u64 routed_request(struct pt_regs *regs, __u32 site)
{
	__u64 argument = GO_ARG4(regs), request = 0;

	barrier_var(argument); /* or the compiler chooses between places in the registers, not values */
	if (site == ROUTE_AT_ENTRY)
		return argument;
	read_user(&request, sizeof(request), GO_FRAME(regs) + ROUTE_REQUEST_FROM_BP);
	return request;
}

/*
 * net/http.(*ServeMux).ServeHTTP(w, r): a mux picks the handler. Of several muxes that are asked about the
 * request the innermost that found one counts: it comes last. A handler under http.TimeoutHandler runs on a
 * goroutine that the server's one started. What a handler asks a mux with a request of its own making is its
 * own business.
 */
SEC("uprobe")
int http_route(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	struct call_key key = call_of(&hit.key, RECORD_HTTP_SERVER);
	struct http_server_call *kept = kept_of(&key);

	if (!layout)
		return 0;
	if (!kept) {
		key.id[0] = read_u64_at(hit.g, hit.runtime->g_parent_goid);
		kept = kept_of(&key);
		if (!kept)
			return 0;
	}

	__u64 request = routed_request(ctx, hit.variant);
	struct go_string uri = read_string_at(request, layout->request.request_uri);

	if (!is_of_call(&uri, &kept->target))
		return 0;
	if (hit.variant == ROUTE_AT_ENTRY) {
		kept->routed_request = request;
		return 0;
	}

	struct go_string pattern = { GO_RESULT3(ctx), GO_RESULT4(ctx) };

	if (pattern.length)
		add_route(scratch_of_thread(), &key, &pattern);
	return 0;
}

/* The ServeMux pattern in a Request. The handler may long be done with a copy of it. */
static __always_inline struct go_string pattern_of(const struct request_layout *layout,
						   const struct go_string *target, __u64 request)
{
	__u64 object[PATTERN_BYTES / 8]; /* from RequestURI on */
	__u64 pattern = layout->pattern - layout->request_uri;

	if (!request || pattern > sizeof(object) - sizeof(struct go_string) ||
	    !read_object(object, sizeof(object), request + layout->request_uri))
		return (struct go_string){};

	struct go_string uri = object_string(object, sizeof(object), 0);

	return is_of_call(&uri, target) ? object_string(object, sizeof(object), pattern) : (struct go_string){};
}

/*
 * Completes the route, and notes whether it took http_route to know it. The server's own Request is held by
 * the server, so the pattern that it still has is alive.
 */
__noinline int complete_route(struct scratch *scratch, const struct http_server_layout *layout)
{
	if (!scratch || !layout)
		return 0;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	const struct http_server_call *kept = KEPT(scratch, http_server_call);
	struct string_ref *route = &record->strings[HTTP_ROUTE];
	struct go_string own = pattern_of(&layout->request, &kept->target, kept->request);

	if (route->original_length) {
		/* From Go 1.27 on nothing but the handler holds on to the Request of HTTP/2. */
		if (own.address != kept->route || own.length != route->original_length ||
		    (record->protocol_major == 2 && layout->server_request.request_uri != OFFSET_UNKNOWN))
			record->flags |= HTTP_ROUTE_COPIED;
		return 0;
	}
	if (kept->routed_request && kept->routed_request != kept->request) {
		struct go_string copied = pattern_of(&layout->request, &kept->target, kept->routed_request);

		if (copied.length) {
			record->flags |= HTTP_ROUTE_COPIED;
			own = copied;
		}
	}
	if (own.length)
		pack(scratch, route, &own, ROUTE_LIMIT);
	return 0;
}

/*
 * The request in scratch is answered: its span is handed over.
 *
 * @read whether it could be read what the server says of its answer
 */
static __always_inline int finish(struct scratch *scratch, const struct http_server_layout *layout, bool read,
				  enum end_reason reason, __u64 end_ns)
{
	if (!read) {
		count(RECORD_HTTP_SERVER, COUNT_LOST_UNREADABLE);
		return 0;
	}
	complete_route(scratch, layout);
	hand_over(scratch, reason, end_ns);
	return 0;
}

/*
 * The goroutine's request is answered: takes its record into the thread's scratch. 0: there is none. Never
 * started (a failed Expect), sampled out, or older than the probes.
 */
static __always_inline struct scratch *take_request(const struct hit *hit)
{
	struct call_key key = call_of(&hit->key, RECORD_HTTP_SERVER);

	if (!leave_call(hit, RECORD_HTTP_SERVER))
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

	if (wrote_header > sizeof(object) - 1 || status > sizeof(object) - 8 ||
	    !read_object(object, sizeof(object), KEPT(scratch, http_server_call)->writer))
		return false;
	if (object_u8(object, sizeof(object), wrote_header))
		record->status = object_u64(object, sizeof(object), status);
	else
		record->status = returned ? 200 : 0;
	record->response_body_bytes =
		written > sizeof(object) - 8 ? -1 : object_u64(object, sizeof(object), written);
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

	return finish(scratch, layout, read_response(scratch, layout, true), END_RETURNED, end_ns);
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
	struct scratch *scratch = layout ? take_request(&hit) : 0;

	if (!scratch)
		return 0;

	bool panics = read_u64_at(hit.g, hit.runtime->g_panic);

	return finish(scratch, layout, read_response(scratch, layout, false), panics ? END_PANICKED : END_HIJACKED,
		      end_ns);
}

/*
 * Adds what an HTTP/2 *responseWriter says to the record in scratch; false: it cannot be read. A panic resets
 * the stream: only a header that was sent before reached the peer.
 */
static __always_inline bool read_h2_response(struct scratch *scratch, const struct h2_layout *layout, bool panics)
{
	struct http_server_record *record = RECORD(scratch, http_server_record);
	__u64 rws = read_u64_at(KEPT(scratch, http_server_call)->writer, layout->writer_rws);

	if (!rws)
		return false;
	if (read_u8_at(rws, panics ? layout->rws_sent_header : layout->rws_wrote_header))
		record->status = read_u64_at(rws, layout->rws_status);
	else
		record->status = panics ? 0 : 200;
	record->response_body_bytes =
		layout->rws_wrote_bytes == OFFSET_UNKNOWN ? -1 : read_u64_at(rws, layout->rws_wrote_bytes);

	__u64 declared = read_u64_at(rws, layout->rws_sent_content_length);

	if (declared) /* 0: none was declared, or nothing */
		record->response_body_bytes = sent(record->response_body_bytes, declared);
	return true;
}

/* (*serverConn).runHandler.func1(), deferred: an HTTP/2 handler has returned or panicked. */
SEC("uprobe")
int http2_handler_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	struct scratch *scratch = layout ? take_request(&hit) : 0;

	if (!scratch)
		return 0;

	bool panics = read_u64_at(hit.g, hit.runtime->g_panic);
	const struct h2_layout *h2 = &layout->h2[hit.variant == H2_X_NET ? H2_X_NET : H2_STANDARD];

	return finish(scratch, layout, read_h2_response(scratch, h2, panics), panics ? END_PANICKED : END_RETURNED,
		      end_ns);
}
