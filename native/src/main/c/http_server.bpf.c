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
		       STRINGS_MAX,
	       "strings of all limits fit");

#define EEXIST 17

/*
 * What is read at once of a Go struct: all fields of interest, and not more than the struct, for what is
 * behind it may be far from the processor's caches. It belongs on the stack, where the kernel's check of a
 * read's destination is cheapest.
 */
#define REQUEST_BYTES 256
#define RESPONSE_BYTES 192
#define PATTERN_BYTES 96 /* of a Request, from RequestURI to behind Pattern */

/*
 * Fields of an object that was read; zero when their place is not known. They are aligned, and the verifier
 * wants to see it where the stack is read.
 */

static __always_inline __u64 object_u64(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset); /* or the compiler keeps a bound that the verifier cannot follow */
	return offset > size - 8 ? 0 : object[offset / 8];
}

static __always_inline __u8 object_u8(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset);
	return offset > size - 1 ? 0 : ((const __u8 *)object)[offset];
}

static __always_inline struct go_string object_string(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset);
	if (offset > size - sizeof(struct go_string))
		return (struct go_string){};
	return *(struct go_string *)&object[offset / 8];
}

/*
 * "PRI * HTTP/2.0", the first line of an HTTP/2 connection: net/http gives it to the handler of an
 * HTTP/1 server as if it were a request (x/net's h2c hijacks it).
 */
static __always_inline bool is_connection_preface(const struct open_span *span)
{
	const struct go_string *method = &span->strings[HTTP_METHOD];
	char text[4] = {};

	if (method->length != 3 || span->strings[HTTP_REQUEST_TARGET].length != 1)
		return false;
	return !read_user(text, 3, method->address) && text[0] == 'P' && text[1] == 'R' && text[2] == 'I';
}

/*
 * Begins the span in scratch with what the middleware may change of a Request; false: it cannot be read.
 *
 * A function of its own for the Request's place on the stack, and a global one as `pack` is.
 */
__noinline int begin_span(struct scratch *scratch, const struct request_layout *layout, __u64 request)
{
	__u64 object[REQUEST_BYTES / 8];

	if (!scratch || !layout)
		return false;

	/* The last field of interest is TLS, behind RequestURI in all versions. */
	__u64 bytes = layout->tls == OFFSET_UNKNOWN ? layout->request_uri + 16 : layout->tls + 8;

	if (bytes > sizeof(object) || !read_object(object, sizeof(object), request))
		return false;

	struct open_span *span = &scratch->span;

	__builtin_memset(span, 0, sizeof(*span));
	span->request_body_bytes = layout->content_length > sizeof(object) - 8 ?
					   -1 :
					   object_u64(object, sizeof(object), layout->content_length);
	span->protocol_major = object_u64(object, sizeof(object), layout->proto_major);
	span->protocol_minor = object_u64(object, sizeof(object), layout->proto_minor);
	span->tls = object_u64(object, sizeof(object), layout->tls) != 0;
	span->strings[HTTP_METHOD] = object_string(object, sizeof(object), layout->method);
	span->strings[HTTP_REQUEST_TARGET] = object_string(object, sizeof(object), layout->request_uri);
	span->strings[HTTP_HOST] = object_string(object, sizeof(object), layout->host);
	span->strings[HTTP_REMOTE_ADDRESS] = object_string(object, sizeof(object), layout->remote_addr);
	scratch->header_map = object_u64(object, sizeof(object), layout->header);
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
 * Copies the headers that were found into the span in scratch. net/http cuts the []string of all of a
 * request's headers out of one array: one read gets the values of all, unless they are many.
 *
 * A function of its own, and a global one, as begin_span is.
 */
__noinline int snapshot_headers(struct scratch *scratch)
{
	__u64 near[NEAR_VALUES * sizeof(struct go_string) / 8] = {};
	__u64 base = -1, last = 0;

	if (!scratch)
		return 0;

	struct open_span *span = &scratch->span;
	struct go_string *headers = scratch->headers;

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

	span->upgrade = headers[HEADER_UPGRADE].length != 0;
	span->strings[HTTP_USER_AGENT] = first_value(&headers[HEADER_USER_AGENT], near, is_near, base);
	span->strings[HTTP_FORWARDED] = first_value(&headers[HEADER_FORWARDED], near, is_near, base);
	span->strings[HTTP_X_FORWARDED_FOR] = first_value(&headers[HEADER_X_FORWARDED_FOR], near, is_near, base);
	span->strings[HTTP_X_FORWARDED_PROTO] =
		first_value(&headers[HEADER_X_FORWARDED_PROTO], near, is_near, base);
	span->strings[HTTP_X_FORWARDED_HOST] =
		first_value(&headers[HEADER_X_FORWARDED_HOST], near, is_near, base);

	/* Two traceparents are none; a tracestate is worth something only with one. */
	if (headers[HEADER_TRACEPARENT].length != 1)
		return 0;

	struct go_string traceparent = first_value(&headers[HEADER_TRACEPARENT], near, is_near, base);

	if (adopt_traceparent(span, traceparent.address, traceparent.length))
		span->strings[HTTP_TRACESTATE] = headers[HEADER_TRACESTATE];
	return 0;
}

/* Opens the span in scratch for the goroutine, and counts it. */
static __always_inline void open_span(const struct hit *hit, struct scratch *scratch, bool sampled)
{
	long error = bpf_map_update_elem(&open_spans, &hit->key, &scratch->span, BPF_NOEXIST);

	if (error == -EEXIST) {
		struct open_span *old = bpf_map_lookup_elem(&open_spans, &hit->key);

		if (old && old->span_flags & SPAN_SAMPLED)
			count(COUNT_SPANS_REPLACED);
		error = bpf_map_update_elem(&open_spans, &hit->key, &scratch->span, BPF_ANY);
	}
	if (sampled)
		count(error ? COUNT_LOST_MAP_FULL : COUNT_SPANS_STARTED);
}

/* A request reaches its handler. Its span has begun in scratch. */
static __always_inline int start(const struct hit *hit, struct scratch *scratch, __u64 request, __u64 writer,
				 bool from_handler)
{
	struct open_span *span = &scratch->span;
	const struct settings *now = current_settings();

	if (!now)
		return 0;
	span->start_ns = bpf_ktime_get_ns();
	span->writer = writer;
	span->request = request;
	span->from_handler = from_handler;
	if (!find_headers(scratch, scratch->header_map, hit->layout->map_kind))
		span->span_flags |= SPAN_HEADERS_CUT;
	snapshot_headers(scratch);

	bool sampled = decide(span, now);

	if (!sampled) {
		count(COUNT_SAMPLED_OUT);
		/* Remember it where the same request may come by again. */
		if (!from_handler)
			return 0;
	}
	open_span(hit, scratch, sampled);
	return 0;
}

/* net/http.serverHandler.ServeHTTP(rw http.ResponseWriter, req *Request), sh in RAX. */
SEC("uprobe")
int http_server_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct request_layout *layout = &hit.layout->request;
	__u64 request = GO_ARG4(ctx);
	struct scratch *scratch = scratch_of_thread();

	if (!scratch) {
		count(COUNT_REQUESTS_SEEN);
		count(COUNT_LOST_NO_SCRATCH);
		return 0;
	}
	if (!begin_span(scratch, layout, request)) {
		count(COUNT_REQUESTS_SEEN);
		count(COUNT_LOST_REQUEST_UNREADABLE);
		return 0;
	}
	if (scratch->span.protocol_major == 2) {
		struct open_span *open = bpf_map_lookup_elem(&open_spans, &hit.key);

		if (open && open->from_handler) {
			open->request = request;
			return 0;
		}
		if (is_connection_preface(&scratch->span))
			return 0;
	}
	count(COUNT_REQUESTS_SEEN);
	return start(&hit, scratch, request, GO_ARG3(ctx), false);
}

/* Gives the span of the HTTP/1 request that became stream 1 to the goroutine that runs the stream. */
static __always_inline int take_over(const struct hit *hit, struct scratch *scratch, __u64 writer)
{
	struct goroutine_key parent = {
		.goid = read_u64_at(hit->g, hit->layout->g_parent_goid),
		.tgid = hit->key.tgid,
	};
	struct open_span *open = bpf_map_lookup_elem(&open_spans, &parent);

	/* None: it was sampled out or lost, and counted then. */
	if (!open)
		return 0;
	scratch->span = *open;
	scratch->span.writer = writer;
	scratch->span.from_handler = true;
	if (bpf_map_delete_elem(&open_spans, &parent))
		return 0;
	if (bpf_map_update_elem(&open_spans, &hit->key, &scratch->span, BPF_ANY))
		count(COUNT_SPANS_REPLACED);
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

	bool own_type = hit.variant == H2_STANDARD;
	const struct request_layout *layout = own_type ? &hit.layout->server_request : &hit.layout->request;
	__u64 request = GO_ARG3(ctx);
	struct scratch *scratch = scratch_of_thread();

	if (!scratch) {
		count(COUNT_REQUESTS_SEEN);
		count(COUNT_LOST_NO_SCRATCH);
		return 0;
	}
	if (!begin_span(scratch, layout, request)) {
		count(COUNT_REQUESTS_SEEN);
		count(COUNT_LOST_REQUEST_UNREADABLE);
		return 0;
	}
	if (scratch->span.protocol_major == 1)
		return take_over(&hit, scratch, GO_ARG2(ctx));
	count(COUNT_REQUESTS_SEEN);
	return start(&hit, scratch, own_type ? 0 : request, GO_ARG2(ctx), true);
}

/*
 * net/http.(*ServeMux).ServeHTTP(w, r): a mux picks the handler. Of several muxes the innermost that found
 * one counts: it comes last. A handler under http.TimeoutHandler runs on a goroutine that the server's one
 * started.
 */
SEC("uprobe")
int http_route(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct open_span *open = bpf_map_lookup_elem(&open_spans, &hit.key);

	if (!open) {
		hit.key.goid = read_u64_at(hit.g, hit.layout->g_parent_goid);
		open = bpf_map_lookup_elem(&open_spans, &hit.key);
		if (!open)
			return 0;
	}
	if (hit.variant == ROUTE_AT_ENTRY) {
		open->routed_request = GO_ARG4(ctx);
		return 0;
	}

	struct go_string pattern = { GO_RESULT3(ctx), GO_RESULT4(ctx) };

	if (pattern.length)
		open->strings[HTTP_ROUTE] = pattern;
	return 0;
}

/*
 * The ServeMux pattern in a Request. The handler may long be done with a copy of it, and the memory be
 * another object's by now: it is the request only if it still has the same RequestURI.
 */
static __always_inline struct go_string pattern_of(const struct request_layout *layout,
						   const struct open_span *span, __u64 request)
{
	__u64 object[PATTERN_BYTES / 8]; /* from RequestURI on */
	__u64 pattern = layout->pattern - layout->request_uri;

	if (!request || pattern > sizeof(object) - sizeof(struct go_string) ||
	    !read_object(object, sizeof(object), request + layout->request_uri))
		return (struct go_string){};

	struct go_string target = object_string(object, sizeof(object), 0);

	if (target.address != span->strings[HTTP_REQUEST_TARGET].address ||
	    target.length != span->strings[HTTP_REQUEST_TARGET].length)
		return (struct go_string){};
	return object_string(object, sizeof(object), pattern);
}

/* The route, and whether it took http_route to know it. */
static __always_inline struct go_string route_of(const struct go_layout *layout, const struct open_span *span,
						 bool *copied)
{
	struct go_string own = pattern_of(&layout->request, span, span->request);
	struct go_string route = span->strings[HTTP_ROUTE];

	if (!route.length && span->routed_request && span->routed_request != span->request)
		route = pattern_of(&layout->request, span, span->routed_request);
	if (!route.length) {
		*copied = false;
		return own;
	}
	/* From Go 1.27 on nothing but the handler holds on to the Request of HTTP/2. */
	*copied = own.address != route.address || own.length != route.length ||
		  (span->protocol_major == 2 && layout->server_request.request_uri != OFFSET_UNKNOWN);
	return route;
}

/* What the server knows of its answer. */
struct answer {
	__u16 status;
	__s64 body_bytes;
	enum end_reason reason; /* 0: it could not be read */
};

/*
 * Packs method and target, a record's first strings. HTTP/1 cuts both out of one line, with a space between
 * them: one read gets both, and the space.
 */
static __always_inline __u64 pack_request_line(struct scratch *scratch, const struct go_string *strings)
{
	const struct go_string *method = &strings[HTTP_METHOD], *target = &strings[HTTP_REQUEST_TARGET];
	struct string_ref *refs = scratch->record.strings;
	__u64 begin = method->length + 1;
	struct go_string line = { method->address, begin + target->length };
	__u64 end = 0;

	if (target->address == method->address + begin && method->length < METHOD_LIMIT &&
	    target->length <= TARGET_LIMIT - METHOD_LIMIT)
		end = pack(scratch, end, HTTP_REQUEST_TARGET, &line, TARGET_LIMIT);
	if (end) {
		refs[HTTP_METHOD] = (struct string_ref){ sizeof(scratch->record), method->length, method->length };
		refs[HTTP_REQUEST_TARGET] =
			(struct string_ref){ sizeof(scratch->record) + begin, target->length, target->length };
		return end;
	}
	end = pack(scratch, end, HTTP_METHOD, method, METHOD_LIMIT);
	return pack(scratch, end, HTTP_REQUEST_TARGET, target, TARGET_LIMIT);
}

/* Puts the record together in scratch and returns the end of its strings. */
static __always_inline __u64 write_record(const struct hit *hit, struct scratch *scratch,
					  const struct open_span *span, const struct answer *answer, __u64 end_ns)
{
	struct http_server_record *record = &scratch->record;
	struct span_header *header = &record->span;
	__u64 end = 0;

	header->header.type = RECORD_HTTP_SERVER;
	header->header.reserved = 0;
	header->header.tgid = hit->key.tgid;
	header->header.binary = hit->binary;
	header->start_ns = span->start_ns;
	header->end_ns = end_ns;
	header->goid = hit->key.goid;
	__builtin_memcpy(header->trace_id, span->trace_id, sizeof(header->trace_id));
	__builtin_memcpy(header->span_id, span->span_id, sizeof(header->span_id));
	__builtin_memcpy(header->parent_span_id, span->parent_span_id, sizeof(header->parent_span_id));
	header->trace_flags = span->trace_flags;
	header->span_flags = span->span_flags;
	header->end_reason = answer->reason;
	__builtin_memset(header->reserved, 0, sizeof(header->reserved));

	record->request_body_bytes = span->request_body_bytes;
	record->response_body_bytes = answer->body_bytes;
	record->status = answer->status;
	record->protocol_major = span->protocol_major;
	record->protocol_minor = span->protocol_minor;
	record->tls = span->tls;
	record->upgrade = span->upgrade;
	__builtin_memset(record->reserved, 0, sizeof(record->reserved));

	const struct go_string *strings = span->strings;
	bool copied;
	struct go_string route = route_of(hit->layout, span, &copied);

	if (copied)
		header->span_flags |= SPAN_ROUTE_COPIED;

	end = pack_request_line(scratch, strings);
	end = pack(scratch, end, HTTP_HOST, &strings[HTTP_HOST], HOST_LIMIT);
	end = pack(scratch, end, HTTP_REMOTE_ADDRESS, &strings[HTTP_REMOTE_ADDRESS], ADDRESS_LIMIT);
	end = pack(scratch, end, HTTP_ROUTE, &route, ROUTE_LIMIT);
	end = pack(scratch, end, HTTP_USER_AGENT, &strings[HTTP_USER_AGENT], USER_AGENT_LIMIT);
	end = pack(scratch, end, HTTP_FORWARDED, &strings[HTTP_FORWARDED], FORWARDED_LIMIT);
	end = pack(scratch, end, HTTP_X_FORWARDED_FOR, &strings[HTTP_X_FORWARDED_FOR], FORWARDED_LIMIT);
	end = pack(scratch, end, HTTP_X_FORWARDED_PROTO, &strings[HTTP_X_FORWARDED_PROTO], FORWARDED_PROTO_LIMIT);
	end = pack(scratch, end, HTTP_X_FORWARDED_HOST, &strings[HTTP_X_FORWARDED_HOST], FORWARDED_HOST_LIMIT);
	return pack_joined(scratch, end, HTTP_TRACESTATE, &strings[HTTP_TRACESTATE], TRACESTATE_LIMIT);
}

/*
 * The request is answered: its span becomes a record. Without scratch, or without an answer that could be
 * read, it is lost and counted.
 */
static __always_inline int finish(const struct hit *hit, struct scratch *scratch, const struct open_span *span,
				  const struct answer *answer, __u64 end_ns)
{
	bool sampled = span->span_flags & SPAN_SAMPLED;
	bool complete = scratch && answer->reason;
	__u64 end = sampled && complete ? write_record(hit, scratch, span, answer, end_ns) : 0;

	/* Who removes the entry accounts for it: user space may have swept it. */
	if (bpf_map_delete_elem(&open_spans, &hit->key) || !sampled)
		return 0;
	if (complete)
		hand_over(scratch, end);
	else
		count(scratch ? COUNT_LOST_UNREADABLE : COUNT_LOST_NO_SCRATCH_AT_END);
	return 0;
}

/*
 * What an HTTP/1 *response says. Once the handler has returned, a header that it did not write is a 200;
 * before that only a header on its way to the peer counts.
 */
static __always_inline struct answer read_response(const struct go_layout *layout, __u64 response,
						   enum end_reason reason)
{
	struct answer answer = {};
	__u64 object[RESPONSE_BYTES / 8];
	__u16 wrote_header = reason == END_RETURNED ? layout->response_wrote_header :
						      layout->response_cw_wrote_header;
	__u16 status = layout->response_status, written = layout->response_written;

	if (wrote_header > sizeof(object) - 1 || status > sizeof(object) - 8 ||
	    !read_object(object, sizeof(object), response))
		return answer;
	if (object_u8(object, sizeof(object), wrote_header))
		answer.status = object_u64(object, sizeof(object), status);
	else
		answer.status = reason == END_RETURNED ? 200 : 0;
	answer.body_bytes = written > sizeof(object) - 8 ? -1 : object_u64(object, sizeof(object), written);
	answer.reason = reason;
	return answer;
}

/* The span that is open for the goroutine that hit a probe; 0: none, or it is not one of ours. */
static __always_inline struct open_span *span_of_hit(struct pt_regs *ctx, struct hit *hit)
{
	return identify(ctx, hit) ? bpf_map_lookup_elem(&open_spans, &hit->key) : 0;
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
	struct open_span *span = span_of_hit(ctx, &hit);

	/* None: never started (a failed Expect), sampled out, or older than the probes. */
	if (!span || (hit.variant == END_AT_ENTRY && span->writer != GO_ARG1(ctx)))
		return 0;

	struct scratch *scratch = scratch_of_thread();
	struct answer answer = read_response(hit.layout, span->writer, END_RETURNED);

	return finish(&hit, scratch, span, &answer, end_ns);
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
	struct open_span *span = span_of_hit(ctx, &hit);

	if (!span)
		return 0;

	bool panics = read_u64_at(hit.g, hit.layout->g_panic);
	struct scratch *scratch = scratch_of_thread();
	struct answer answer = read_response(hit.layout, span->writer, panics ? END_PANICKED : END_HIJACKED);

	return finish(&hit, scratch, span, &answer, end_ns);
}

/*
 * What an HTTP/2 *responseWriter says. A panic resets the stream: only a header that was sent before
 * reached the peer.
 */
static __always_inline struct answer read_h2_response(const struct h2_layout *layout, __u64 writer, bool panics)
{
	struct answer answer = {};
	__u64 rws = read_u64_at(writer, layout->writer_rws);

	if (!rws)
		return answer;
	if (read_u8_at(rws, panics ? layout->rws_sent_header : layout->rws_wrote_header))
		answer.status = read_u64_at(rws, layout->rws_status);
	else
		answer.status = panics ? 0 : 200;
	answer.body_bytes =
		layout->rws_wrote_bytes == OFFSET_UNKNOWN ? -1 : (__s64)read_u64_at(rws, layout->rws_wrote_bytes);
	answer.reason = panics ? END_PANICKED : END_RETURNED;
	return answer;
}

/* (*serverConn).runHandler.func1(), deferred: an HTTP/2 handler has returned or panicked. */
SEC("uprobe")
int http2_handler_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;
	struct open_span *span = span_of_hit(ctx, &hit);

	if (!span)
		return 0;

	bool panics = read_u64_at(hit.g, hit.layout->g_panic);
	const struct h2_layout *layout = &hit.layout->h2[hit.variant == H2_X_NET ? H2_X_NET : H2_STANDARD];
	struct answer answer = read_h2_response(layout, span->writer, panics);

	return finish(&hit, scratch_of_thread(), span, &answer, end_ns);
}
