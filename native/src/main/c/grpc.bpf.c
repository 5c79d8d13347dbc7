/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls over google.golang.org/grpc.
 *
 *   grpc_server_start ... grpc_server_end     a stream's handler begins; the stream's status is written
 *                         grpc_server_unsent  [the connection is gone, and nothing is written]
 *
 * All kinds of calls are streams. A call is known by its stream: handlers may send on other goroutines than their
 * own, and what cannot be sent ends the stream there.
 */
#include "grpc.h"

LAYOUT_MAP(grpc_layout);

#define GRPC_METHOD_LIMIT 256

_Static_assert(GRPC_METHOD_LIMIT + HOST_LIMIT + TRACESTATE_LIMIT <= STRINGS_MAX - sizeof(struct grpc_server_record),
	       "strings of all limits fit");

#define CODE_OK 0
#define CODE_CANCELLED 1
#define CODE_UNKNOWN 2
#define CODE_DEADLINE_EXCEEDED 4
#define CODE_UNIMPLEMENTED 12

#define STREAM_DONE 3 /* transport.streamDone */

/* What the end has to know of the start. */
struct grpc_server_call {
	__u64 context; /* *context.cancelCtx or *context.timerCtx that the transport made; 0: not found */
};

/* Where a start works. */
struct grpc_server_work {
	struct header_search headers;
	struct go_string method;     /* Stream.method */
	struct go_interface context; /* Stream.ctx */
	__u64 metadata;		     /* metadata.MD */
};

static __always_inline struct call_key stream_key(const struct hit *hit, __u16 type, __u64 stream)
{
	struct call_key key = call_of(&hit->key, type);

	key.id[0] = stream;
	return key;
}

/* The transport.Stream of a stream of one side: itself, or embedded in the beginning of it, or pointed to there. */
static __always_inline __u64 inner_stream(__u16 pointed_to, __u64 stream)
{
	return pointed_to == 1 ? read_u64_at(stream, 0) : stream;
}

/* Mark of an active span: whose stream it is, as far as a byte can tell. */
static __always_inline __u8 stream_mark(__u64 stream)
{
	return stream * 0x9e3779b97f4a7c15 >> 56;
}

/* Contexts between a stream's and the one that its transport made: peer, metadata, tags, and what a hook adds. */
#define STREAM_LINKS_MAX 8

/*
 * Finds the context that the transport made for a stream, and the metadata: in a valueCtx next to it, the
 * nearest that has a map.
 */
static __noinline int find_metadata(struct scratch *scratch, const struct hit *hit)
{
	if (!scratch || !hit)
		return 0;

	const struct runtime_layout *runtime = hit->runtime;
	struct grpc_server_work *work = WORK(scratch, grpc_server_work);
	struct go_interface at = work->context;

	work->metadata = 0;
	for (int i = 0; i < STREAM_LINKS_MAX; i++) {
		if (is_a(hit, &at, runtime->cancel_context) || is_a(hit, &at, runtime->timer_context)) {
			KEPT(scratch, grpc_server_call)->context = at.data;
			break;
		}
		if (!is_a(hit, &at, runtime->value_context))
			break;

		const struct value_context *context = read_value_context(scratch, runtime, at.data);

		if ((read_u8_at(context->value.itab, TYPE_KIND) & KIND_MASK) == KIND_MAP)
			work->metadata = context->value.data;
		at = context->parent;
	}
	return 0;
}

/* Adopts a traceparent that was found. */
__noinline int adopt_sender(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	struct grpc_server_record *record = RECORD(scratch, grpc_server_record);
	struct go_string *found = WORK(scratch, grpc_server_work)->headers.found;

	/* Two traceparents are none; a tracestate is worth something only with one. */
	if (found[HEADER_TRACEPARENT].length == 1) {
		struct go_string text = read_string_at(found[HEADER_TRACEPARENT].address, 0);

		if (adopt_traceparent(&record->span.core, text.address, text.length))
			return 0;
	}
	found[HEADER_TRACESTATE].length = 0;
	return 0;
}

/* Looks for who has made the call in scratch, by the connection and the stream that it came on. */
static __noinline int find_grpc_caller(struct scratch *scratch, const struct hit *hit, const struct grpc_layout *layout,
				       __u64 transport, __u64 stream)
{
	struct connection connection = {};
	struct go_interface conn;

	if (!scratch || !hit || !layout)
		return false;
	conn = read_interface_at(transport, layout->transport_conn);
	connection.stream = read_u64_at(stream, layout->stream_id);
	return connection.stream && conn.itab && read_end(&connection, hit, &conn, SERVER_END) &&
	       adopt_caller(scratch, &connection, false);
}

/* Packs what the call asks for, and tells who made it. */
__noinline int pack_server_call(struct scratch *scratch, const struct grpc_layout *layout, __u64 load_bias,
				__u64 transport)
{
	if (!scratch || !layout)
		return 0;

	struct grpc_server_record *record = RECORD(scratch, grpc_server_record);
	struct string_ref *refs = record->strings;
	const struct grpc_server_work *work = WORK(scratch, grpc_server_work);
	const struct go_string *found = work->headers.found;
	struct go_interface peer = read_interface_at(transport, layout->transport_peer);

	if (layout->tcp_addr_itab && peer.itab == layout->tcp_addr_itab + load_bias)
		read_tcp_address(&record->peer, peer.data, layout->tcp_addr_ip, layout->tcp_addr_port);
	pack(scratch, &refs[GRPC_SERVER_METHOD], &work->method, GRPC_METHOD_LIMIT);
	if (found[HEADER_AUTHORITY].length) {
		struct go_string authority = read_string_at(found[HEADER_AUTHORITY].address, 0);

		pack(scratch, &refs[GRPC_SERVER_AUTHORITY], &authority, HOST_LIMIT);
	}
	if (found[HEADER_TRACESTATE].length)
		pack_joined(scratch, &refs[GRPC_SERVER_TRACESTATE], &found[HEADER_TRACESTATE], TRACESTATE_LIMIT);
	return 0;
}

/* A process that is not traced is called: as grpc_server_start, without a span. */
static __noinline int pass_server_call_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct grpc_layout *layout = LAYOUT(hit, grpc_layout);
	struct go_interface transport = { GO_ARG2(ctx), GO_ARG3(ctx) };

	if (layout && is_a(hit, &transport, layout->server_transport_itab))
		count_untraced(hit, RECORD_GRPC_SERVER);
	return 0;
}

/*
 * google.golang.org/grpc.(*Server).handleStream(t transport.ServerTransport, stream, ...), s in RAX. What comes
 * by Server.ServeHTTP is a request that net/http answers, and has a span already.
 */
SEC("uprobe")
int grpc_server_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_server_call_by(ctx, &hit);

	const struct grpc_layout *layout = LAYOUT(&hit, grpc_layout);
	struct go_interface transport = { GO_ARG2(ctx), GO_ARG3(ctx) };
	struct go_interface owned = { 0, GO_ARG4(ctx) };
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;
	if (!is_a(&hit, &transport, layout->server_transport_itab)) {
		disown(&hit, owned.data);
		return 0;
	}
	count(RECORD_GRPC_SERVER, COUNT_SEEN);
	if (!scratch) {
		disown(&hit, owned.data);
		count(RECORD_GRPC_SERVER, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct grpc_server_record *record = RECORD(scratch, grpc_server_record);
	struct grpc_server_work *work = WORK(scratch, grpc_server_work);
	struct call_key key = stream_key(&hit, RECORD_GRPC_SERVER, owned.data);
	__u64 stream = inner_stream(layout->stream_pointed_to, owned.data);

	begin(scratch, &hit, RECORD_GRPC_SERVER, SPAN_SERVER, sizeof(*record));
	work->method = read_string_at(stream, layout->stream_method);
	work->context = read_interface_at(stream, layout->stream_ctx);
	if (!work->context.itab) {
		disown(&hit, owned.data);
		count(RECORD_GRPC_SERVER, COUNT_LOST_UNREADABLE_AT_START);
		return 0;
	}
	find_metadata(scratch, &hit);
	if (!find_headers(&work->headers, work->metadata, hit.runtime->map_kind, HEADERS_RPC_SERVER_REQUEST))
		record->flags |= GRPC_METADATA_CUT;
	adopt_sender(scratch);
	if (may_have_caller(&record->span.core))
		find_grpc_caller(scratch, &hit, layout, transport.data, stream);
	if (!settle_request(scratch, &hit, &owned, OWNER_IS_STREAM, stream_mark(owned.data)))
		return 0;
	pack_server_call(scratch, layout, hit.load_bias, transport.data);
	if (!capture_headers(scratch, &work->headers))
		record->flags |= GRPC_METADATA_CUT;
	if (!park_call(scratch, &key))
		leave_call(&hit, RECORD_GRPC_SERVER);
	return 0;
}

#define METHOD_LETTERS 0xffffffffffffff /* of "method " */

/* Whether a status is what the server itself answers for a method that nobody has registered. */
static __always_inline bool is_unregistered(const struct grpc_layout *layout, __u64 proto)
{
	struct go_string message = read_string_at(proto, layout->status_message);
	__u64 words[2] = {};

	if (message.length < sizeof(words) || read_user(words, sizeof(words), message.address))
		return false;
	return (words[0] == load64("unknown ") &&
		(words[1] == load64("service ") || (words[1] & METHOD_LETTERS) == load64("method \0"))) ||
	       (words[0] == load64("malforme") && words[1] == load64("d method"));
}

/* Whether an error is context.DeadlineExceeded, by the first word of it, or of an atomic.Value that has it. */
static __always_inline bool is_deadline(__u64 deadline_itab, __u64 load_bias, __u64 first)
{
	__u64 itab = deadline_itab + load_bias;

	return deadline_itab && (first == itab || first == read_u64_at(itab, ITAB_TYPE));
}

#define CODE_NOT_KNOWN -1

/*
 * The code of an internal/status.Status, as its method Code has it. CODE_NOT_KNOWN: a page of it is not there now, such
 * as that of a constant which the program has not used yet; but that of a constant OK, the one which all calls end
 * with, is among the memory that is zero at first.
 */
static __noinline __s64 code_of_status(__u64 status, __u16 status_s, __u16 status_code, __u64 zeroes, __u64 zeroes_end)
{
	__u64 proto = 0, code = 0;

	if (!status)
		return CODE_OK;
	if (!get_u64_at(status, status_s, &proto))
		return CODE_NOT_KNOWN;
	if (!proto)
		return CODE_OK;
	if (get_u64_at(proto, status_code, &code))
		return (__u32)code;
	return proto >= zeroes && proto < zeroes_end ? CODE_OK : CODE_NOT_KNOWN;
}

/* Notes a code in a record, which has none yet. */
#define NOTE_CODE(record, known)                                \
	({                                                      \
		__s64 noted = (known);                          \
                                                                \
		if (noted == CODE_NOT_KNOWN)                    \
			(record)->flags |= GRPC_CODE_NOT_KNOWN; \
		else                                            \
			(record)->code = noted;                 \
	})

/*
 * Notes the status in the record in scratch. The peer does not see what the handler returns once the stream has
 * been closed, or its context was cancelled with the connection.
 */
__noinline int note_status(struct scratch *scratch, const struct grpc_layout *layout, __u64 load_bias, __u64 stream,
			   __u64 status)
{
	if (!scratch || !layout)
		return 0;

	struct grpc_server_record *record = RECORD(scratch, grpc_server_record);
	__u64 error = read_u64_at(KEPT(scratch, grpc_server_call)->context, layout->context_err);
	bool closed = (__u32)read_u64_at(inner_stream(layout->stream_pointed_to, stream), layout->stream_state) ==
		      STREAM_DONE;
	bool late = error && is_deadline(layout->deadline_itab, load_bias, error);

	if (closed || (error && !late)) {
		record->code = late ? CODE_DEADLINE_EXCEEDED : CODE_CANCELLED;
		return 0;
	}
	NOTE_CODE(record, code_of_status(status, layout->status_s, layout->status_code, layout->zeroes + load_bias,
					 layout->zeroes_end + load_bias));
	if (record->code == CODE_UNIMPLEMENTED && is_unregistered(layout, read_u64_at(status, layout->status_s)))
		record->flags |= GRPC_UNREGISTERED;
	return 0;
}

/* Captures what a response has, its header and its trailer; false: not all of it. A global function, as `pack` is. */
__noinline int capture_metadata(struct scratch *scratch, __u64 header, __u64 trailer, __u32 map_kind, __u32 side)
{
	if (!scratch)
		return false;

	struct header_search *search = WORK(scratch, header_search);
	bool whole = find_headers(search, header, map_kind, side) && capture_headers(scratch, search);

	return find_headers(search, trailer, map_kind, side) && capture_headers(scratch, search) && whole;
}

/* A stream's handler's goroutine leaves its span; any other goroutine is in none of that stream. */
static __always_inline void leave_stream(const struct hit *hit, __u64 stream)
{
	struct active_spans *spans = active_of(&hit->key);
	struct active_span *span = innermost_of(spans, RECORD_GRPC_SERVER);

	if (span && span->mark == stream_mark(stream))
		leave(&hit->key, spans, span);
}

/* A stream has ended: takes its record into the thread's scratch. 0: it was not begun, or has ended before. */
static __always_inline struct scratch *take_stream(const struct hit *hit, __u64 stream)
{
	struct call_key key = stream_key(hit, RECORD_GRPC_SERVER, stream);

	leave_stream(hit, stream);

	struct scratch *scratch = scratch_of_thread();

	return take_call(scratch, &key) ? scratch : 0;
}

/* Captures what a stream's handler has set. */
static __always_inline void capture_answer(struct scratch *scratch, const struct hit *hit,
					   const struct grpc_layout *layout, __u64 stream)
{
	__u64 header = read_u64_at(stream, layout->stream_header);
	__u64 trailer = read_u64_at(inner_stream(layout->stream_pointed_to, stream), layout->stream_trailer);

	if (!capture_metadata(scratch, header, trailer, hit->runtime->map_kind, HEADERS_RPC_SERVER_RESPONSE))
		RECORD(scratch, grpc_server_record)->flags |= GRPC_RESPONSE_CUT;
}

/*
 * transport.(*http2Server).WriteStatus(s, st), or writeStatus: what a stream ends with. What follows on the same
 * stream is not sent.
 */
SEC("uprobe")
int grpc_server_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct grpc_layout *layout = LAYOUT(&hit, grpc_layout);
	struct scratch *scratch = layout ? take_stream(&hit, GO_ARG2(ctx)) : 0;

	if (!scratch)
		return 0;
	note_status(scratch, layout, hit.load_bias, GO_ARG2(ctx), GO_ARG3(ctx));
	if (captures(HEADERS_RPC_SERVER_RESPONSE))
		capture_answer(scratch, &hit, layout, GO_ARG2(ctx));
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}

/*
 * Where a function has its register arguments past a call: in the places that the calling convention gives to those
 * which a callee puts away (abi-internal.md, "spill area"), behind the caller's BP and the return address.
 */
#define SPILLED_FROM_BP 16
#define SPILLED_WORDS 8

/*
 * (*Server).processUnaryRPC asks what an answer could not be sent for, at the call of status.FromError(err). If
 * the connection is gone no status is written. The stream is the one of its arguments that is a call's.
 */
SEC("uprobe")
int grpc_server_unsent(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct grpc_layout *layout = LAYOUT(&hit, grpc_layout);
	struct go_interface error = { GO_ARG1(ctx), GO_ARG2(ctx) };
	__u64 words[SPILLED_WORDS] = {}, stream = 0;

	if (!layout || !is_a(&hit, &error, layout->connection_error_itab) ||
	    !read_object(words, sizeof(words), GO_FRAME(ctx) + SPILLED_FROM_BP))
		return 0;
	for (int i = 0; i < SPILLED_WORDS && !stream; i++) {
		struct call_key key = stream_key(&hit, RECORD_GRPC_SERVER, words[i]);

		if (words[i] && kept_of(&key))
			stream = words[i];
	}

	struct scratch *scratch = stream ? take_stream(&hit, stream) : 0;

	if (!scratch)
		return 0;
	RECORD(scratch, grpc_server_record)->code = CODE_CANCELLED;
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}
