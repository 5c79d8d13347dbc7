/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that clients of google.golang.org/grpc make.
 *
 *   grpc_client_start   a stream is to be made: that is all that a call is, of whichever kind
 *   grpc_client_send    an attempt has a number on its connection: the call is the stream's from here on
 *   grpc_client_failed  [no stream was made]
 *   grpc_client_end     the stream is over
 *
 * Whoever holds a stream may end it on any goroutine; so does its context, or the connection.
 *
 *   grpc_client_made    [instead of grpc_client_failed, and before 1.52 of grpc_client_send as well: a stream was made,
 * or was not]
 */
#include "grpc_client.h"

LAYOUT_MAP(grpc_client_layout);

#define DIAL_TARGET_LIMIT 256

_Static_assert(GRPC_METHOD_LIMIT + DIAL_TARGET_LIMIT <= STRINGS_MAX - sizeof(struct grpc_client_record),
	       "strings of all limits fit");

/* What of an open call is not handed over. */
struct grpc_client_call {
	struct call_at at;
	struct trace_reference sent; /* what the application sends: of another trace, or what it only passes on */
	struct go_interface context; /* that it was given */
};

/* The key of calls whose streams are being made, on this goroutine. */
static __always_inline struct call_key making_key(const struct hit *hit)
{
	return call_of(&hit->key, RECORD_GRPC_CLIENT);
}

/* The key of a call whose stream was made. */
static __always_inline struct call_key made_key(const struct hit *hit, __u64 stream)
{
	struct call_key key = stream_key(hit, RECORD_GRPC_CLIENT, stream);

	key.id[1] = 1; /* a goroutine's id may be anything */
	return key;
}

/* ---- calls that are being made ---------------------------------------------------------------- */

/* A call that is not recorded, and has a stream. */
struct unrecorded_call {
	struct caller caller;
	__u64 start_ns; /* of its first attempt */
	__u64 stack;	/* bytes that were in use */
};

/* By their streams: what is tried again is still not recorded. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct call_key);
	__type(value, struct unrecorded_call);
} unrecorded_streams SEC(".maps");

/* What the goroutine is in, if that is a call which is not recorded, whose stream is being made; 0: it is none. */
static __always_inline const struct active_span *unrecorded_making(struct active_spans *spans)
{
	const struct active_span *span = innermost(spans);

	return span && span->type == RECORD_GRPC_CLIENT ? span : 0;
}

/* Whether a call that has a stream has begun inside of one that is being made. */
static __noinline int is_tried_again(const struct call_key *made, const struct call_key *making)
{
	const void *outer, *kept;

	if (!made || !making)
		return false;
	outer = kept_of(making);
	if (!outer)
		return false;
	kept = kept_of(made);
	if (kept)
		return started_ns(kept) > started_ns(outer);

	const struct unrecorded_call *unrecorded = bpf_map_lookup_elem(&unrecorded_streams, made);

	return unrecorded && unrecorded->start_ns > started_ns(outer);
}

/*
 * Takes the call into scratch whose stream is being made here: the innermost. False: there is none, or it is not
 * recorded, or this is a stream that was made inside of it, and is tried again.
 */
static __noinline int take_making(struct scratch *scratch, const struct hit *hit, const struct call_key *made)
{
	if (!hit)
		return false;

	struct call_key key = making_key(hit);

	if (!find_around(&key, hit->process, stack_in_use(hit)))
		return false;
	if (hit->process->nests) {
		const struct active_span *unrecorded = unrecorded_making(active_of(&hit->key));
		const void *recorded = kept_of(&key);

		if (unrecorded && recorded && unrecorded->stack > stack_of(recorded))
			return false;
		if (made && is_tried_again(made, &key))
			return false;
	}
	return take_call(scratch, &key);
}

/* ---- outgoing metadata ------------------------------------------------------------------------ */

/* metadata.rawMD: what a context has as outgoing metadata. */
struct raw_metadata {
	__u64 md;
	struct go_string added; /* [][]string, of keys and values by turns */
	__u64 added_capacity;
};

/* Where a start works. */
struct grpc_client_work {
	struct header_search headers;
	struct raw_metadata outgoing;
};

/* Of Go's struct types (internal/abi/type.go): where their fields are, how many, and the type of each. */
#define TYPE_FIELDS 56
#define TYPE_FIELD_COUNT 64
#define FIELD_BYTES 24
#define FIELD_TYPE 8
#define KIND_SLICE 23

/* Whether a type is one like metadata.rawMD, a struct of a map and a slice: there is no other way to know it. */
static __noinline bool is_raw_metadata(__u64 type)
{
	if ((read_u8_at(type, TYPE_KIND) & KIND_MASK) != KIND_STRUCT ||
	    read_u64_at(type, 0) != sizeof(struct raw_metadata) || read_u64_at(type, TYPE_FIELD_COUNT) != 2)
		return false;

	__u64 fields = read_u64_at(type, TYPE_FIELDS);

	return (read_u8_at(read_u64_at(fields, FIELD_TYPE), TYPE_KIND) & KIND_MASK) == KIND_MAP &&
	       (read_u8_at(read_u64_at(fields, FIELD_BYTES + FIELD_TYPE), TYPE_KIND) & KIND_MASK) == KIND_SLICE;
}

struct outgoing_walk {
	struct scratch *scratch;
	const struct hit *hit;
	struct go_interface at;
	__u64 found; /* *metadata.rawMD */
};

/* Goes one link up; 1: this is the end, or the metadata was found. */
static long follow_to_metadata(__u32 iteration, struct outgoing_walk *walk)
{
	const struct runtime_layout *runtime = walk->hit->runtime;
	const struct go_interface at = walk->at;

	if (!is_a(walk->hit, &at, runtime->value_context))
		return !go_up(runtime, walk->hit->load_bias, &walk->at);

	const struct value_context *context = read_value_context(walk->scratch, runtime, at.data);

	walk->at = context->parent;
	if (!is_raw_metadata(context->value.itab))
		return 0;
	walk->found = context->value.data;
	return 1;
}

#define OUTGOING_LINKS_MAX 32
#define ADDED_MAX 4 /* calls of AppendToOutgoingContext, the last ones */
#define PAIRS_MAX 8 /* of each */
#define SLICE_BYTES 24

/* Finds the metadata that a context has for calls that are given it: all zero where there is none. */
static __noinline int find_outgoing(struct scratch *scratch, const struct hit *hit, const struct go_interface *context)
{
	if (!scratch || !hit || !context)
		return 0;

	struct outgoing_walk walk = { .scratch = scratch, .hit = hit, .at = *context };
	struct raw_metadata *outgoing = &WORK(scratch, grpc_client_work)->outgoing;

	*outgoing = (struct raw_metadata){};
	bpf_loop(OUTGOING_LINKS_MAX, follow_to_metadata, &walk, 0);
	if (walk.found)
		read_user(outgoing, sizeof(*outgoing), walk.found);
	return 0;
}

/*
 * Looks among what was added to the metadata, too, for what may be captured, and notes the one traceparent that the
 * application sends.
 */
__noinline int read_outgoing(struct scratch *scratch)
{
	if (!scratch)
		return 0;

	struct grpc_client_work *work = WORK(scratch, grpc_client_work);
	struct go_string *traceparent = &work->headers.found[HEADER_TRACEPARENT];
	struct go_string added = work->outgoing.added;
	__u64 first = added.length > ADDED_MAX ? added.length - ADDED_MAX : 0;

	for (__u64 i = 0; i < ADDED_MAX && i < added.length; i++) {
		__u64 slice = added.address + (first + i) * SLICE_BYTES;
		struct go_string pairs = read_string_at(slice, 0);

		for (__u64 j = 0; j < PAIRS_MAX && 2 * j + 1 < pairs.length; j++) {
			__u64 pair = pairs.address + 2 * j * sizeof(struct go_string);
			struct go_string key = read_string_at(pair, 0);
			struct go_string value = { pair + sizeof(key), 1 };

			note_header(&work->headers, &key, &value);
			if (recognize(key.address, key.length) != HEADER_TRACEPARENT)
				continue;
			traceparent->address = value.address;
			traceparent->length++;
		}
	}
	if (traceparent->length == 1) {
		struct go_string text = read_string_at(traceparent->address, 0);

		read_traceparent(&scratch->sent, text.address, text.length);
	}
	return 0;
}

/* ---- start ------------------------------------------------------------------------------------ */

/* A process that is not traced makes a call: as grpc_client_start, without a span. */
static __noinline int pass_client_call_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_GRPC_CLIENT);
	return 0;
}

/*
 * The goroutine is in the call in scratch, which is not recorded, until its stream is made: so that the server is told,
 * unless the goroutine is in something else that is not recorded. Inside of one that is being made it is in any case,
 * or its end would be taken for that of the other.
 */
static __noinline int stay_unrecorded(struct scratch *scratch, const struct hit *hit)
{
	if (!scratch || !hit)
		return 0;

	struct active_spans *spans = active_of(&hit->key);
	struct call_key around = making_key(hit);

	if (is_unrecorded(innermost(spans)) && !unrecorded_making(spans) &&
	    !find_around(&around, hit->process, stack_in_use(hit)))
		return 0;
	hit->process->nests = 1; /* it may be inside of one that is recorded */

	const struct span_core *core = &span_of(scratch)->core;
	struct active_span *self = &scratch->active.spans[0];

	self->type = RECORD_GRPC_CLIENT;
	self->trace_flags = core->trace_flags;
	self->flags = core->flags;
	self->stack = stack_in_use(hit);
	__builtin_memcpy(self->trace_id, core->trace_id, sizeof(self->trace_id));
	__builtin_memcpy(self->span_id, core->span_id, sizeof(self->span_id));
	return enter(scratch, &hit->key, spans, false, 0, 0);
}

/* google.golang.org/grpc.newClientStream(ctx, desc, cc, method, opts) */
SEC("uprobe")
int grpc_client_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_client_call_by(ctx, &hit);

	const struct grpc_client_layout *layout = LAYOUT(&hit, grpc_client_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface context = { GO_ARG1(ctx), GO_ARG2(ctx) };

	if (!layout)
		return 0;
	count(RECORD_GRPC_CLIENT, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_GRPC_CLIENT, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct grpc_client_record *record = RECORD(scratch, grpc_client_record);
	struct grpc_client_work *work = WORK(scratch, grpc_client_work);

	begin(scratch, &hit, RECORD_GRPC_CLIENT, SPAN_CLIENT, sizeof(*record));
	find_outgoing(scratch, &hit, &context);
	if (!find_headers(&work->headers, work->outgoing.md, hit.runtime->map_kind, HEADERS_RPC_CLIENT_REQUEST) ||
	    work->outgoing.added.length > ADDED_MAX)
		record->flags |= GRPC_METADATA_CUT;
	read_outgoing(scratch);
	if (!settle(scratch, &hit, &context, false, 0)) {
		stay_unrecorded(scratch, &hit);
		return 0;
	}
	KEPT(scratch, grpc_client_call)->sent = scratch->sent;
	KEPT(scratch, grpc_client_call)->context = context;
	KEPT(scratch, grpc_client_call)->at.stack = stack_in_use(&hit);

	struct go_string method = { GO_ARG5(ctx), GO_ARG6(ctx) };
	struct go_string target = read_string_at(GO_ARG4(ctx), layout->conn_target);

	pack(scratch, &record->strings[GRPC_CLIENT_METHOD], &method, GRPC_METHOD_LIMIT);
	pack(scratch, &record->strings[GRPC_CLIENT_TARGET], &target, DIAL_TARGET_LIMIT);
	if (!capture_headers(scratch, &work->headers))
		record->flags |= GRPC_METADATA_CUT;

	struct call_key key = making_key(&hit);

	scratch->may_replace = go_deeper(&key, hit.process, stack_in_use(&hit));
	park_call(scratch, &key);
	return 0;
}

/* ---- attempts --------------------------------------------------------------------------------- */

#define SEND_FRAME_WORDS 16
#define ATTEMPT_FRAMES 6

/*
 * The *http2Client whose map of streams that is, among what a function has in its frame: it needs it behind the call
 * that it makes. 0: it is not there.
 */
static __noinline __u64 transport_in_frame(struct pt_regs *ctx, const struct grpc_client_layout *layout)
{
	struct scratch *scratch = scratch_of_thread();
	__u64 streams = GO_ARG2(ctx);

	if (!layout || !scratch || !streams || read_user(scratch->work, SEND_FRAME_WORDS * sizeof(__u64), GO_SP(ctx)))
		return 0;
	for (int i = 0; i < SEND_FRAME_WORDS; i++) {
		if (read_u64_at(scratch->work[i], layout->transport_streams) == streams)
			return scratch->work[i];
	}
	return 0;
}

/*
 * The *clientStream that an attempt over a transport is of: that of the csAttempt with this transport which a function
 * has put away, of those that have called each other on the goroutine. 0: there is none.
 */
static __noinline __u64 stream_of_attempt(struct pt_regs *ctx, const struct grpc_client_layout *layout, __u64 transport)
{
	__u64 frame = GO_FRAME(ctx);

	if (!layout || !transport)
		return 0;
	for (int i = 0; i < ATTEMPT_FRAMES && frame; i++) {
		__u64 attempt = read_u64_at(frame, SPILLED_FROM_BP);

		if (attempt && read_interface_at(attempt, layout->attempt_transport).data == transport)
			return read_u64_at(attempt, layout->attempt_cs);
		frame = read_u64_at(frame, 0);
	}
	return 0;
}

/* The call in scratch is the stream's from here on; false: there is no room. */
static __noinline int give_to_stream(struct scratch *scratch, const struct call_key *key)
{
	if (!scratch || !key)
		return false;

	remove_call(key);
	if (!put_call(scratch, key))
		return true;
	count(RECORD_GRPC_CLIENT, COUNT_SPANS_REPLACED);
	return false;
}

/* Tells which call that is not recorded makes an attempt; false: nobody knows. */
static __noinline int find_unrecorded_caller(struct caller *caller, const struct hit *hit, const struct call_key *made)
{
	if (!caller || !hit || !made)
		return false;

	struct active_spans *spans = active_of(&hit->key);
	const struct active_span *active = innermost(spans), *making = unrecorded_making(spans);
	const struct unrecorded_call *known = bpf_map_lookup_elem(&unrecorded_streams, made);

	if (known && (!making || known->stack > making->stack)) { /* it is tried again, perhaps inside of another */
		*caller = known->caller;
		return true;
	}
	if (!is_unrecorded(active))
		return false;
	BE_CALLER(caller, active, 0);
	if (made->id[0]) {
		struct unrecorded_call call = { *caller, bpf_ktime_get_ns(), active->stack };

		bpf_map_update_elem(&unrecorded_streams, made, &call, BPF_ANY);
	}
	if (making)
		leave(&hit->key, spans, making);
	return true;
}

/*
 * Tells who an attempt is made by: the call that is being made on the goroutine, which is the stream's now; that of the
 * stream, if it is tried again; or one that is not recorded. False: nobody knows.
 */
static __noinline int find_attempt_caller(struct caller *caller, const struct hit *hit, __u64 stream)
{
	struct scratch *scratch = scratch_of_thread();

	if (!caller || !hit || !scratch)
		return false;

	struct call_key made = made_key(hit, stream);

	if (stream && take_making(scratch, hit, &made)) {
		give_to_stream(scratch, &made);
		BE_CALLER(caller, &span_of(scratch)->core, &KEPT(scratch, grpc_client_call)->sent);
		return true;
	}

	const struct grpc_client_call *kept = stream ? kept_of(&made) : 0;

	if (kept) {
		BE_CALLER(caller, &((const struct span_header *)((void *)kept + KEPT_BYTES))->core, &kept->sent);
		return true;
	}

	return find_unrecorded_caller(caller, hit, &made);
}

/*
 * (*http2Client).NewStream has a number for the stream, which the loop that writes does not have yet: where it puts the
 * stream into the transport's map, at the call of runtime.mapassign_fast32(type, map, number). Nothing keeps the stream
 * from being made any more.
 */
SEC("uprobe")
int grpc_client_send(struct pt_regs *ctx)
{
	struct connection connection = { .stream = GO_ARG3(ctx) };
	struct caller caller = {};
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct grpc_client_layout *layout = LAYOUT(&hit, grpc_client_layout);

	if (!layout)
		return 0;

	__u64 transport = transport_in_frame(ctx, layout);

	if (!find_attempt_caller(&caller, &hit, stream_of_attempt(ctx, layout, transport)))
		return 0;

	struct go_interface conn = read_interface_at(transport, layout->transport_conn);

	if (connection.stream && conn.itab && read_end(&connection, &hit, &conn, CLIENT_END))
		send_call(&hit, &connection, &caller, conn.data);
	return 0;
}

/* ---- end -------------------------------------------------------------------------------------- */

#define ERROR_LAYERS 3

/* Takes the first of several errors that another one wraps which has a status, as errors.As does; false: none has. */
static __noinline int take_with_status(const struct hit *hit, const struct grpc_client_layout *layout,
				       struct returned_error *seen)
{
	if (!hit || !layout || !seen)
		return false;

	const struct error_wrapper *list = wrapper_of(hit->runtime->error_lists, ERROR_LISTS, seen);

	if (!list)
		return false;

	struct go_interface whole = seen->error;
	struct go_string errors = read_string_at(whole.data, list->error);

#pragma clang loop unroll(full)
	for (int n = 0; n < SEVERAL_MAX; n++) {
		if (n >= errors.length)
			break;
		seen->error = read_interface_at(errors.address + n * sizeof(seen->error), 0);
		if (!is_a(hit, &seen->error, layout->status_error_itab))
			unwrap_by(hit->runtime->error_wrappers, ERROR_WRAPPERS, seen);
		if (is_a(hit, &seen->error, layout->status_error_itab))
			return true;
	}
	seen->error = whole;
	return false;
}

/*
 * The code of an error that a call ends with, as status.Code has it: of that which it is, or wraps. An error is never
 * OK. CODE_NOT_KNOWN: it cannot be read now, or is of a type that may have a status of its own.
 */
static __noinline __s64 code_of(const struct hit *hit, const struct grpc_client_layout *layout,
				const struct go_interface *error)
{
	if (!hit || !layout || !error)
		return CODE_NOT_KNOWN;
	if (!error->itab)
		return CODE_OK;

	struct returned_error seen = { .error = *error, .load_bias = hit->load_bias };

	for (int i = 0; i < ERROR_LAYERS; i++) {
		if (is_a(hit, &seen.error, layout->status_error_itab)) {
			__s64 code = code_of_status(read_u64_at(seen.error.data, layout->error_s), layout->status_s,
						    layout->status_code, 0, 0);

			return code ? code : CODE_NOT_KNOWN;
		}
		if (!take_with_status(hit, layout, &seen) &&
		    !unwrap_by(hit->runtime->error_wrappers, ERROR_WRAPPERS, &seen))
			break;
	}
	return is_a(hit, &seen.error, hit->runtime->error_string_itab) ? CODE_UNKNOWN : CODE_NOT_KNOWN;
}

/* Whether the application has called the call in scratch off itself, by the context that it gave it. */
static __noinline int was_cancelled(struct scratch *scratch, const struct hit *hit,
				    const struct grpc_client_layout *layout)
{
	if (!scratch || !hit || !layout)
		return false;

	struct go_interface context = KEPT(scratch, grpc_client_call)->context;
	struct returned_error seen = { .load_bias = hit->load_bias };

	note_cause(scratch, hit->runtime, &seen, &context);
	return seen.ended.itab && !is_deadline(layout->deadline_itab, hit->load_bias, seen.ended.itab);
}

/* Hands the call in scratch over, with the link to what the application sends. */
static __always_inline void hand_over_linked(struct scratch *scratch, enum end_reason reason, __u64 end_ns)
{
	const struct trace_reference *sent = &KEPT(scratch, grpc_client_call)->sent;

	if (is_link(sent))
		append_link(scratch, sent);
	hand_over(scratch, reason, end_ns);
}

/* The call in scratch has ended with that code. */
static __always_inline void hand_over_client_call(struct scratch *scratch, const struct hit *hit,
						  const struct grpc_client_layout *layout, __s64 code, __u64 end_ns)
{
	struct grpc_client_record *record = RECORD(scratch, grpc_client_record);

	NOTE_CODE(record, code);
	if (record->code == CODE_CANCELLED && was_cancelled(scratch, hit, layout))
		record->flags |= GRPC_CALLED_OFF;
	hand_over_linked(scratch, END_RETURNED, end_ns);
}

#define STREAM_LAYERS 4

/*
 * The *clientStream that a stream is, or is wrapped around: gRPC's own wrappers begin with the ClientStream that they
 * have. 0: it is another type's.
 */
static __always_inline __u64 client_stream_of(const struct hit *hit, const struct grpc_client_layout *layout,
					      struct go_interface stream)
{
	for (int i = 0; i < STREAM_LAYERS && stream.itab; i++) {
		if (type_of(hit, &stream) == layout->client_stream_type)
			return stream.data;
		stream = read_interface_at(stream.data, 0);
	}
	return 0;
}

static __always_inline struct go_interface failure_of(const struct pt_regs *ctx, enum grpc_client_failure where)
{
	struct go_interface told = { GO_ARG2(ctx), GO_ARG3(ctx) };
	struct go_interface returned = { GO_RESULT3(ctx), GO_RESULT4(ctx) };
	struct go_interface converted = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	/* Or the compiler chooses the registers' address, and the verifier has no context at that. */
	barrier_var(told.itab);
	barrier_var(told.data);
	barrier_var(returned.itab);
	barrier_var(returned.data);
	barrier_var(converted.itab);
	barrier_var(converted.data);
	if (where == GRPC_FAILURE_RETURNED)
		return returned;
	return where == GRPC_FAILURE_CONVERTED ? converted : told;
}

#define FAILING_FRAMES 3 /* what newClientStream has called, and what that has */

/*
 * Whether a call has begun, with so much of the stack in use, in one of the functions that called the one which is
 * here: else it is around that, and waits for this one to be made.
 */
static __noinline int has_begun_here(const struct pt_regs *ctx, const struct hit *hit, __u32 stack)
{
	if (!ctx || !hit)
		return false;

	__u64 begun = hit->sp + stack_in_use(hit) - stack, frame = GO_FRAME(ctx);

	for (int i = 0; i < FAILING_FRAMES && frame; i++) {
		__u64 caller = read_u64_at(frame, 0);

		/* From the stack pointer at the caller's call to where its return address is. */
		if (begun >= frame + 2 * sizeof(__u64) && begun <= caller + sizeof(__u64))
			return true;
		frame = caller;
	}
	return false;
}

/* Whether what fails here is the innermost call that is being made, and none around it. */
static __noinline int is_innermost_failing(const struct pt_regs *ctx, const struct hit *hit)
{
	if (!ctx || !hit)
		return false;

	const struct active_span *unrecorded = unrecorded_making(active_of(&hit->key));
	struct call_key key = making_key(hit);
	const void *recorded = find_around(&key, hit->process, stack_in_use(hit)) ? kept_of(&key) : 0;

	return (unrecorded && has_begun_here(ctx, hit, unrecorded->stack)) ||
	       (recorded && has_begun_here(ctx, hit, stack_of(recorded)));
}

/*
 * No stream is made. What newClientStream has deferred says so to those who want to know: endOfClientStream(cc, err,
 * opts). Older releases do not: newClientStreamWithParams returns (ClientStream, error) then, and what is around it
 * where an interceptor of the resolver's is has called toRPCErr(err).
 */
SEC("uprobe")
int grpc_client_failed(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct go_interface error = failure_of(ctx, hit.variant);

	if (!error.itab)
		return 0;

	const struct grpc_client_layout *layout = LAYOUT(&hit, grpc_client_layout);
	struct scratch *scratch = scratch_of_thread();
	struct active_spans *spans;
	const struct active_span *unrecorded;

	if (!layout || !is_innermost_failing(ctx, &hit))
		return 0;
	if (take_making(scratch, &hit, 0)) {
		if (scratch)
			hand_over_client_call(scratch, &hit, layout, code_of(&hit, layout, &error), end_ns);
		return 0;
	}
	spans = active_of(&hit.key);
	unrecorded = unrecorded_making(spans);
	if (unrecorded)
		leave(&hit.key, spans, unrecorded);
	return 0;
}

/* If a call's context has ended it before it was the stream's, on another goroutine, nobody has found the call. */
static __noinline int end_ended(struct scratch *scratch, const struct hit *hit, const struct grpc_client_layout *layout,
				const struct call_key *key)
{
	if (!scratch || !hit || !layout || !key)
		return 0;

	__u64 stream = key->id[0];

	if (read_u8_at(stream, layout->stream_finished) != 1 || !take_call(scratch, key))
		return 0;

	__u64 error = 0;
	__s64 code = CODE_CANCELLED;

	if (!get_u64_at(read_interface_at(stream, layout->stream_ctx).data, layout->context_err, &error))
		code = CODE_NOT_KNOWN;
	else if (error && is_deadline(layout->deadline_itab, hit->load_bias, error))
		code = CODE_DEADLINE_EXCEEDED;
	hand_over_client_call(scratch, hit, layout, code, bpf_ktime_get_ns());
	return 0;
}

/* A return of newClientStream: (ClientStream, error). */
SEC("uprobe")
int grpc_client_made(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct grpc_client_layout *layout = LAYOUT(&hit, grpc_client_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface made = { GO_RESULT1(ctx), GO_RESULT2(ctx) };
	struct go_interface error = { GO_RESULT3(ctx), GO_RESULT4(ctx) };
	struct call_key key = making_key(&hit);

	struct active_spans *spans = active_of(&hit.key);
	const struct active_span *unrecorded = unrecorded_making(spans);

	if (unrecorded && unrecorded->stack >= stack_in_use(&hit)) {
		leave(&hit.key, spans, unrecorded);
		return 0;
	}
	if (!layout || !find_returning(&key, stack_in_use(&hit)) || !take_call(scratch, &key) || !scratch)
		return 0;
	if (error.itab) {
		hand_over_client_call(scratch, &hit, layout, code_of(&hit, layout, &error), end_ns);
		return 0;
	}
	key = made_key(&hit, client_stream_of(&hit, layout, made));
	if (!key.id[0])
		count(RECORD_GRPC_CLIENT, COUNT_LOST_UNREADABLE);
	else if (give_to_stream(scratch, &key))
		end_ended(scratch, &hit, layout, &key);
	return 0;
}

/* Tells the other end of an attempt's connection. */
static __always_inline void read_attempt(struct scratch *scratch, const struct hit *hit,
					 const struct grpc_client_layout *layout, __u64 attempt)
{
	__u64 transport = read_interface_at(attempt, layout->attempt_transport).data;
	struct go_interface peer = read_interface_at(transport, layout->transport_peer);

	if (is_a(hit, &peer, layout->tcp_addr_itab))
		read_tcp_address(&RECORD(scratch, grpc_client_record)->peer, peer.data, layout->tcp_addr_ip,
				 layout->tcp_addr_port);
}

/* Captures what has come to an attempt. */
static __always_inline void capture_answered(struct scratch *scratch, const struct hit *hit,
					     const struct grpc_client_layout *layout, __u64 attempt)
{
	__u64 stream = read_u64_at(attempt, layout->attempt_stream);
	__u64 header = read_u64_at(stream, layout->stream_header);
	__u64 trailer = read_u64_at(inner_stream(layout->stream_pointed_to, stream), layout->stream_trailer);

	if (!capture_metadata(scratch, header, trailer, hit->runtime->map_kind, HEADERS_RPC_CLIENT_RESPONSE))
		RECORD(scratch, grpc_client_record)->flags |= GRPC_RESPONSE_CUT;
}

/*
 * Takes the call into scratch whose last attempt that is, or that which is being made and whose attempt has got no
 * stream; false: there is none.
 */
static __noinline int take_ended(struct scratch *scratch, const struct hit *hit,
				 const struct grpc_client_layout *layout, __u64 attempt)
{
	if (!hit || !layout)
		return false;

	struct call_key key = made_key(hit, read_u64_at(attempt, layout->attempt_cs));

	if (take_call(scratch, &key))
		return true;
	if (!read_u64_at(attempt, layout->attempt_stream))
		return take_making(scratch, hit, 0);
	bpf_map_delete_elem(&unrecorded_streams, &key);
	return false;
}

/*
 * (*clientStream).finish(err) ends its last attempt: at the call of (*csAttempt).finish(err), which comes once for
 * each stream.
 */
SEC("uprobe")
int grpc_client_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct grpc_client_layout *layout = LAYOUT(&hit, grpc_client_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface error = { GO_ARG2(ctx), GO_ARG3(ctx) };

	if (!layout || !take_ended(scratch, &hit, layout, GO_ARG1(ctx)) || !scratch)
		return 0;
	read_attempt(scratch, &hit, layout, GO_ARG1(ctx));
	if (captures(HEADERS_RPC_CLIENT_RESPONSE))
		capture_answered(scratch, &hit, layout, GO_ARG1(ctx));
	hand_over_client_call(scratch, &hit, layout, code_of(&hit, layout, &error), end_ns);
	return 0;
}
