/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose a context.Context is: the chain of contexts that a call was given, up to one that a span owns.
 *
 * A server's span owns the context that the server made for its request. Who owns what is kept by address, and
 * addresses are used again, so that what lies there has to prove itself: it is a request's context only if the
 * connection's hangs in just the same place above it. net/http and x/net/http2 make
 *
 *   HTTP/1    cancelCtx (the request)  <- cancelCtx (the connection)    <- valueCtx (its local address)
 *   HTTP/2    cancelCtx (the stream)   <- [cancelCtx] [valueCtx]        <- valueCtx (its local address)
 *
 * with http.LocalAddrContextKey, a pointer to static data, as the last one's key. Nobody but the server gets hold of
 * what lies between, so whatever is exactly so far below such a value is a request's context; and each
 * request's start overwrites what its address said before. This holds while the span is open and after it. Where a
 * process has requests whose contexts are at different distances, a context that is made of a nearer one's may be as
 * far below as a farther one: then only an open span is proof of it, whose server holds the context.
 *
 * A gRPC server's call is known by its stream: google.golang.org/grpc gives each handler a context made of a
 * valueCtx with the stream, so while a context has it nothing else lies at the stream's address, and each
 * stream's start overwrites what its address said before, or takes it away where the stream has no span.
 */
#ifndef GOSHAWK_CONTEXTS_H
#define GOSHAWK_CONTEXTS_H

#define CONTEXT_LINKS_MAX 64

/* Links from a request's context up to its connection's local address: three with cleartext HTTP/2 of Go 1.27. */
#define CONNECTION_LINKS_MAX 3

/* In place of links: what is owned is a gRPC server's stream. */
#define OWNER_IS_STREAM 0xff

/* ---- proof ------------------------------------------------------------------------------------ */

#define LOCAL_ADDRESS "local-addr"

/* Whether a key is http.LocalAddrContextKey: a *contextKey, which has nothing but its name. */
static __always_inline bool names_local_address(__u64 key)
{
	struct go_string name = read_string_at(key, 0);
	char text[12] = {}, local[12] = LOCAL_ADDRESS;

	return name.length == sizeof(LOCAL_ADDRESS) - 1 && !read_user(text, sizeof(LOCAL_ADDRESS) - 1, name.address) &&
	       same_bytes(text, local, sizeof(text));
}

/*
 * How many links above a context its connection's local address is, the first of them being its parent; 0: it is
 * none of a request. The key is learned from a process' first request. A global function, as `pack` is.
 */
__noinline int links_to_connection(struct process *process, const struct runtime_layout *runtime,
				   const struct go_interface *first)
{
	if (!process || !runtime || !first)
		return 0;

	struct go_interface parent = *first;

	for (__u32 links = 1; links <= CONNECTION_LINKS_MAX; links++) {
		if (has_itab(&parent, runtime->value_context, process->load_bias)) {
			__u64 key = read_u64_at(parent.data, runtime->value_context_key + 8);

			if (!process->connection_key && names_local_address(key))
				process->connection_key = key;
			if (key && key == process->connection_key)
				return links;
		} else if (!has_itab(&parent, runtime->cancel_context, process->load_bias)) {
			return 0;
		}
		if (links < CONNECTION_LINKS_MAX)
			parent = read_interface_at(parent.data, 0);
	}
	return 0;
}

/* ---- owners ----------------------------------------------------------------------------------- */

static __always_inline __u32 set_of(__u32 tgid, __u64 address)
{
	return place_of(tgid, address, CONTEXT_SETS);
}

/* Where a context goes whose set is full of others. */
static __always_inline __u32 second_set_of(__u32 tgid, __u64 address)
{
	return ((address >> 4) + tgid) * 0xc2b2ae3d27d4eb4f >> 40 & (CONTEXT_SETS - 1);
}

static __always_inline struct context_set *context_set(__u32 index)
{
	return bpf_map_lookup_elem(&contexts, &index);
}

static __always_inline bool is_of(const struct context_place *place, __u32 tgid, __u64 address)
{
	return place->address == address && place->tgid == tgid;
}

/* The number of a place, which is never 0. */
static __always_inline __u32 context_number(__u32 index, __u32 way)
{
	return 1 + index * CONTEXT_WAYS + way;
}

/* The number of the place that says whose a context is; 0: none does. A global function, as `pack` is. */
__noinline int find_context(__u32 tgid, __u64 address)
{
	__u32 index = set_of(tgid, address);

	for (int i = 0; i < 2; i++) {
		const struct context_set *set = context_set(index);

		if (!set)
			return 0;
		for (int way = 0; way < CONTEXT_WAYS; way++) {
			if (is_of(&set->places[way], tgid, address))
				return context_number(index, way);
		}
		if (!set->overflowed)
			return 0;
		index = second_set_of(tgid, address);
	}
	return 0;
}

/* For so long a context's owner is kept if it can be, when it has ended: what it has started may make calls yet. */
#define CONTEXT_KEPT_MS 1000

/* Whether a place has another context that is in use, or was a moment ago. */
static __always_inline bool is_anothers(const struct context_place *place, __u32 tgid, __u64 address)
{
	if (!place->address || is_of(place, tgid, address))
		return false;
	return !place->ended_ms || (__u32)(bpf_ktime_get_ns() >> 20) - place->ended_ms < CONTEXT_KEPT_MS;
}

/*
 * Whether a context so many links below its connection's may be one that was made of a request's, and is none itself.
 */
static __always_inline bool may_be_inner(const struct process *process, __u8 links)
{
	return process->request_links & ((1u << links) - 1);
}

#define CONTEXT_TRIES 3

/* Of the places of a set. */
struct context_versions {
	__u32 of[CONTEXT_WAYS];
};

/*
 * The way for a context: its address' own, else a free one, else that of the span that ended first, else any. The
 * versions are as they were before. A global function, as `pack` is.
 */
__noinline int way_for(const struct context_set *set, __u32 tgid, __u64 address, struct context_versions *versions)
{
	__u32 way = bpf_get_prandom_u32() % CONTEXT_WAYS, ended = 0;

	if (!set || !versions)
		return 0;
	for (__u32 i = 0; i < CONTEXT_WAYS; i++)
		versions->of[i] = ((const volatile struct context_set *)set)->owned[i].version;
	barrier();
	for (__u32 i = 0; i < CONTEXT_WAYS; i++) {
		const struct context_place *place = &set->places[i];

		if (is_of(place, tgid, address))
			return i;
		if (!place->address) {
			way = i;
			ended = 1; /* earlier than any other */
		} else if (place->ended_ms && (!ended || place->ended_ms < ended)) {
			way = i;
			ended = place->ended_ms;
		}
	}
	return way;
}

/*
 * What a span owns, as far as 32 bits tell it from others: what a context, or a stream, points to. No two that
 * are in use at the same time have the same, unless they are 64 GB apart.
 */
static __always_inline __u32 own_mark(__u64 address)
{
	return address >> 4;
}

static __always_inline void disown_in(__u32 index, __u32 tgid, __u64 address)
{
	struct context_set *set = context_set(index);

	if (!set)
		return;
	for (int way = 0; way < CONTEXT_WAYS; way++) {
		if (is_of(&set->places[way], tgid, address))
			set->places[way].address = 0;
	}
}

/*
 * The span owns a context from here on, whoever did before. Returns what release_context wants; 0: the context
 * is none that could be told from others later.
 *
 * @links from the context up to its connection's local address; 0: to be found out; OWNER_IS_STREAM: it is a stream
 */
static __always_inline __u32 own_context(const struct hit *hit, const struct span_header *span,
					 const struct go_interface *context, __u32 links)
{
	__u32 tgid = hit->key.tgid, index = set_of(tgid, context->data);
	struct context_set *set = context_set(index);

	if (!set || (links != OWNER_IS_STREAM && !is_a(hit, context, hit->runtime->cancel_context)))
		return 0;
	if (links != OWNER_IS_STREAM && (!links || !hit->process->connection_key)) {
		struct go_interface parent = read_interface_at(context->data, 0);

		links = links_to_connection(hit->process, hit->runtime, &parent);
	}
	if (links && links <= CONNECTION_LINKS_MAX && !(hit->process->request_links & 1u << links))
		hit->process->request_links |= 1u << links;

	struct context_versions versions;
	__u32 version = 0, way = way_for(set, tgid, context->data, &versions);
	struct owned_context *owned = 0;

	barrier_var(way);
	if (is_anothers(&set->places[way & (CONTEXT_WAYS - 1)], tgid, context->data)) {
		set->overflowed = true;
		index = second_set_of(tgid, context->data);
		set = context_set(index);
		if (!set)
			return 0;
		way = way_for(set, tgid, context->data, &versions);
	} else if (set->overflowed) {
		disown_in(second_set_of(tgid, context->data), tgid, context->data);
	}

	/* A goroutine on another CPU may write where this one wants to. */
	for (int i = 0; i < CONTEXT_TRIES && !owned; i++) {
		if (i)
			way = way_for(set, tgid, context->data, &versions);
		barrier_var(way);
		way &= CONTEXT_WAYS - 1;
		version = versions.of[way];
		if (own_place(&set->owned[way].version, version))
			owned = &set->owned[way];
	}
	if (!owned) {
		count(span->header.type, COUNT_CONTEXT_UNOWNED);
		return 0;
	}

	struct context_place *place = &set->places[way];

	if (!links || (place->address && !place->ended_ms && place->address != context->data))
		count(span->header.type, COUNT_CONTEXT_UNOWNED);
	place->address = context->data;
	place->tgid = tgid;
	place->ended_ms = 0;
	__builtin_memcpy(owned->trace_id, span->core.trace_id, sizeof(owned->trace_id));
	__builtin_memcpy(owned->span_id, span->core.span_id, sizeof(owned->span_id));
	owned->incarnation = hit->process->incarnation;
	owned->trace_flags = span->core.trace_flags;
	owned->links = links;
	give_place(&owned->version, version);
	return context_number(index, way);
}

/* Nobody owns what is at an address, whoever did before. */
static __always_inline void disown(const struct hit *hit, __u64 address)
{
	__u32 tgid = hit->key.tgid;

	disown_in(set_of(tgid, address), tgid, address);
	disown_in(second_set_of(tgid, address), tgid, address);
}

/* The span that owned a context has ended: others may have its place before that of one that is open. */
static __always_inline void release_context(__u32 context, const __u8 *span_id)
{
	__u32 way = (context - 1) & (CONTEXT_WAYS - 1);
	struct context_set *set = context ? context_set((context - 1) / CONTEXT_WAYS) : 0;

	if (set && same_bytes(set->owned[way].span_id, span_id, sizeof(set->owned[way].span_id)))
		set->places[way].ended_ms = (bpf_ktime_get_ns() >> 20) | 1;
}

/*
 * Makes the goroutine's outermost span the parent if it owns what is at an address; false: it does not. Nothing needs
 * proof: while the request is open its server holds that, so that nothing else lies there.
 */
static __always_inline bool adopt_own(struct span_core *core, const struct active_spans *spans, __u64 address)
{
	if (!spans || !spans->owned || spans->owned != own_mark(address))
		return false;
	adopt(core, &spans->spans[0], PARENT_CONTEXT);
	return true;
}

/* ---- the chain -------------------------------------------------------------------------------- */

/* A context.valueCtx. An `any` has its type where others have an itab. */
struct value_context {
	struct go_interface parent;
	struct go_interface key;
	struct go_interface value;
};

/* Reads one into scratch; all zero where it cannot be read, or is not laid out like that. */
static __always_inline const struct value_context *
read_value_context(struct scratch *scratch, const struct runtime_layout *runtime, __u64 context)
{
	struct value_context *value = (struct value_context *)scratch->context_words;

	_Static_assert(sizeof(*value) <= sizeof(scratch->context_words), "it fits");
	if (runtime->value_context_key != offsetof(struct value_context, key) ||
	    read_user(value, sizeof(*value), context))
		__builtin_memset(value, 0, sizeof(*value));
	return value;
}

struct context_walk {
	struct scratch *scratch;
	struct process *process;
	const struct runtime_layout *runtime;
	const struct active_spans *spans; /* that the goroutine is in */
	struct go_interface at;
	bool cut;	 /* it went on where it could not be followed */
	bool foreign;	 /* it came by a request's context that nobody owns, as far as can be proved */
	bool connection; /* it came by a connection's: that of any other request is not the nearest */
};

/*
 * Makes the owner of a context the span's parent; false: it has none.
 *
 * @parent the context's own; 0: it is a stream, and no context
 */
static __always_inline bool adopt_owner(const struct context_walk *walk, const struct go_interface *context,
					const struct go_interface *parent)
{
	struct scratch *scratch = walk->scratch;
	struct span_core *core = &((struct span_header *)scratch->call.record)->core;
	struct owned_context *copy = &scratch->owner;
	__u32 found = find_context(scratch->tgid, context->data);
	__u32 way = (found - 1) & (CONTEXT_WAYS - 1);
	struct context_set *set = found ? context_set((found - 1) / CONTEXT_WAYS) : 0;

	if (!set)
		return false;

	const volatile struct owned_context *owned = &set->owned[way];

	*copy = *owned;

	/* It counts only if it was whole, and still is the same context's. */
	if (!is_whole(copy->version, &owned->version) || !is_of(&set->places[way], scratch->tgid, context->data) ||
	    copy->incarnation != walk->process->incarnation)
		return false;
	if (!parent) {
		if (copy->links != OWNER_IS_STREAM)
			return false;
	} else if (!copy->links || links_to_connection(walk->process, walk->runtime, parent) != copy->links ||
		   (set->places[way].ended_ms && may_be_inner(walk->process, copy->links))) {
		return false;
	}
	__builtin_memcpy(core->trace_id, copy->trace_id, sizeof(core->trace_id));
	__builtin_memcpy(core->parent_span_id, copy->span_id, sizeof(core->parent_span_id));
	core->trace_flags = copy->trace_flags;
	core->parent_source = PARENT_CONTEXT;
	return true;
}

/* Whether a context's type is the one of an itab, in the process that it is of. */
static __always_inline bool is_context(const struct context_walk *walk, const struct go_interface *context, __u64 itab)
{
	return has_itab(context, itab, walk->process->load_bias);
}

/* Of Go's types (internal/abi/type.go), the same from Go 1.17 to 1.27. */
#define TYPE_KIND 23
#define TYPE_POINTED_TO 48 /* of a pointer type */
#define KIND_MASK 31
#define KIND_MAP 21
#define KIND_POINTER 22
#define KIND_STRUCT 25

/* Bytes of the struct that a context is, or points to; 0: it is no struct. */
static __always_inline __u64 struct_size(const struct go_interface *context)
{
	__u64 type = read_u64_at(context->itab, ITAB_TYPE);

	if ((read_u8_at(type, TYPE_KIND) & KIND_MASK) == KIND_POINTER)
		type = read_u64_at(type, TYPE_POINTED_TO);
	return (read_u8_at(type, TYPE_KIND) & KIND_MASK) == KIND_STRUCT ? read_u64_at(type, 0) : 0;
}

/*
 * Goes to the context inside of one whose type is not known: an interface value with an itab of context.Context. One
 * that it begins with, as do most that embed a context; or the only one. All zero: there is none to be sure of.
 *
 * A global function, as `pack` is.
 */
__noinline int find_embedded(struct scratch *scratch, struct go_interface *at, __u64 cancel_context)
{
	if (!scratch || !at)
		return 0;

	__u64 *words = scratch->context_words;
	__u64 interface = read_u64_at(cancel_context, 0);
	struct go_interface found = {};
	__u64 size = struct_size(at);

	if (!interface || !read_object_into(words, CONTEXT_WINDOW, CONTEXT_WINDOW, at->data))
		size = 0;
	for (int i = 0; i < CONTEXT_WINDOW / 8 - 1 && (i + 2) * 8 <= size; i++) {
		if (!words[i] || words[i] & 7 || !words[i + 1] || read_u64_at(words[i], 0) != interface)
			continue;
		if (found.itab) {
			found = (struct go_interface){};
			break;
		}
		found = (struct go_interface){ words[i], words[i + 1] };
		if (!i)
			break;
	}
	*at = found;
	return 0;
}

/* Goes from one of package context's own contexts to the one that it was made of; false: it is none of them. */
static __always_inline bool go_up(const struct runtime_layout *runtime, __u64 load_bias, struct go_interface *at)
{
	bool is_timer = has_itab(at, runtime->timer_context, load_bias);

	if (is_timer && runtime->timer_context_pointer) {
		at->itab = runtime->cancel_context + load_bias;
		at->data = read_u64_at(at->data, 0);
		return true;
	}
	if (!is_timer && !has_itab(at, runtime->value_context, load_bias) &&
	    !has_itab(at, runtime->cancel_context, load_bias) &&
	    !has_itab(at, runtime->without_cancel_context, load_bias))
		return false;
	*at = read_interface_at(at->data, 0);
	return true;
}

/* Goes one link up; 1: this is the end, or an owner was found. */
static long follow_link(__u32 iteration, struct context_walk *walk)
{
	const struct runtime_layout *runtime = walk->runtime;
	const struct go_interface at = walk->at;

	/* Each has a parent but for these: where there seems to be none it could not be read. */
	walk->cut =
		!is_context(walk, &at, runtime->background_context) && !is_context(walk, &at, runtime->todo_context);
	if (!walk->cut || !at.itab)
		return 1;

	struct span_core *core = &((struct span_header *)walk->scratch->call.record)->core;

	if (is_context(walk, &at, runtime->cancel_context)) {
		if (adopt_own(core, walk->spans, at.data))
			return 1;
		walk->at = read_interface_at(at.data, 0);
		return !walk->connection && adopt_owner(walk, &at, &walk->at);
	}
	if (is_context(walk, &at, runtime->value_context)) {
		const struct value_context *context = read_value_context(walk->scratch, runtime, at.data);

		walk->at = context->parent;
		if (context->key.data && context->key.data == walk->process->connection_key) {
			walk->foreign = walk->connection = true;
		} else if (is_context(walk, &context->value, runtime->grpc_stream)) {
			walk->foreign = true;
			return adopt_own(core, walk->spans, context->value.data) ||
			       adopt_owner(walk, &context->value, 0);
		}
		return 0;
	}
	if (go_up(runtime, walk->process->load_bias, &walk->at))
		return 0;
	find_embedded(walk->scratch, &walk->at, runtime->cancel_context + walk->process->load_bias);
	return !walk->at.itab;
}

/* What a call's context says of its parent. */
enum context_says {
	CONTEXT_OF_NONE,    /* nothing: it is none of a request */
	CONTEXT_OF_OWNER,   /* who it is */
	CONTEXT_OF_REQUEST, /* that it is a request, and nobody can prove which one */
};

/*
 * Goes up from a call's context to the nearest one that a span owns, and makes that the parent. A global function, as
 * `pack` is. Returns an enum context_says.
 */
__noinline int walk_contexts(struct scratch *scratch, struct process *process, const struct runtime_layout *runtime,
			     const struct active_spans *spans, const struct go_interface *context)
{
	if (!scratch || !process || !runtime || !context)
		return CONTEXT_OF_NONE;

	const struct span_header *span = (const struct span_header *)scratch->call.record;
	struct context_walk walk = {
		.scratch = scratch,
		.process = process,
		.runtime = runtime,
		.spans = spans,
		.at = *context,
	};

	bpf_loop(CONTEXT_LINKS_MAX, follow_link, &walk, 0);
	if (span->core.parent_source == PARENT_CONTEXT)
		return CONTEXT_OF_OWNER;
	if (walk.foreign) {
		count(span->header.type, COUNT_CONTEXT_FOREIGN);
		return CONTEXT_OF_REQUEST;
	}
	if (walk.cut)
		count(span->header.type, COUNT_CONTEXT_CUT);
	return CONTEXT_OF_NONE;
}

/* Makes the span that owns a call's context, or the nearest that it was made of, its parent: enum context_says. */
static __always_inline __u32 adopt_by_context(struct scratch *scratch, const struct hit *hit,
					      const struct active_spans *spans, const struct go_interface *context)
{
	struct span_header *span = (struct span_header *)scratch->call.record;

	/* Without a request there is nobody to own any. */
	if (!context || !context->itab || (!hit->process->connection_key && !hit->runtime->grpc_stream))
		return CONTEXT_OF_NONE;
	if (is_a(hit, context, hit->runtime->cancel_context) && adopt_own(&span->core, spans, context->data))
		return CONTEXT_OF_OWNER;
	scratch->tgid = hit->key.tgid;
	return walk_contexts(scratch, hit->process, hit->runtime, spans, context);
}

#endif
