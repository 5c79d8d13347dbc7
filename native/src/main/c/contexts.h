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
 * request's start overwrites what its address said before. This holds while the span is open and after it.
 */
#ifndef GOSHAWK_CONTEXTS_H
#define GOSHAWK_CONTEXTS_H

#define CONTEXT_LINKS_MAX 64

/* Links from a request's context up to its connection's local address: three with cleartext HTTP/2 of Go 1.27. */
#define CONNECTION_LINKS_MAX 3

/* ---- proof ------------------------------------------------------------------------------------ */

#define LOCAL_ADDRESS "local-addr"

/* Whether a key is http.LocalAddrContextKey: a *contextKey, which has nothing but its name. */
static __always_inline bool names_local_address(__u64 key)
{
	struct go_string name = read_string_at(key, 0);
	char text[12] = {}, local[12] = LOCAL_ADDRESS;

	return name.length == sizeof(LOCAL_ADDRESS) - 1 &&
	       !read_user(text, sizeof(LOCAL_ADDRESS) - 1, name.address) &&
	       same_bytes(text, local, sizeof(text));
}

/*
 * How many links above a context its connection's local address is, the first of them being its parent; 0: it is
 * none of a request. The key is learned from a process' first request.
 */
static __always_inline __u32 links_to_connection(const struct hit *hit, struct go_interface parent)
{
	const struct runtime_layout *runtime = hit->runtime;

	for (__u32 links = 1; links <= CONNECTION_LINKS_MAX; links++) {
		if (is_a(hit, &parent, runtime->value_context)) {
			__u64 key = read_u64_at(parent.data, runtime->value_context_key + 8);

			if (!hit->process->connection_key && names_local_address(key))
				hit->process->connection_key = key;
			if (key && key == hit->process->connection_key)
				return links;
		} else if (!is_a(hit, &parent, runtime->cancel_context)) {
			return 0;
		}
		if (links < CONNECTION_LINKS_MAX)
			parent = read_interface_at(parent.data, 0);
	}
	return 0;
}

/* ---- owners ----------------------------------------------------------------------------------- */

static __always_inline __u32 set_of(const struct hit *hit, __u64 address)
{
	/* A cancelCtx begins at a multiple of 16. */
	__u64 mixed = (address >> 4 ^ (__u64)hit->key.tgid << 40) * 0x9e3779b97f4a7c15;

	_Static_assert((CONTEXT_SETS & (CONTEXT_SETS - 1)) == 0, "bits make the index");
	return mixed >> 32 & (CONTEXT_SETS - 1);
}

static __always_inline bool is_of(const struct context_place *place, const struct hit *hit, __u64 address)
{
	return place->address == address && place->tgid == hit->key.tgid;
}

/* The way for a context: its address' own, else a free one, else that of the span that ended first, else any. */
static __always_inline __u32 way_for(const struct context_set *set, const struct hit *hit, __u64 address)
{
	__u32 way = bpf_get_prandom_u32() % CONTEXT_WAYS, ended = 0;

	for (__u32 i = 0; i < CONTEXT_WAYS; i++) {
		const struct context_place *place = &set->places[i];

		if (is_of(place, hit, address))
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
 * The span owns a context from here on, whoever did before. Returns what release_context wants; 0: the context
 * is none that could be told from others later.
 *
 * @links from the context up to its connection's local address; 0: to be found out
 */
static __always_inline __u32 own_context(const struct hit *hit, const struct span_header *span,
					 const struct go_interface *context, __u32 links)
{
	__u32 index = set_of(hit, context->data);
	struct context_set *set = bpf_map_lookup_elem(&contexts, &index);

	if (!set || !is_a(hit, context, hit->runtime->cancel_context))
		return 0;
	if (!links || !hit->process->connection_key)
		links = links_to_connection(hit, read_interface_at(context->data, 0));

	__u32 way = way_for(set, hit, context->data);

	barrier_var(way);
	way &= CONTEXT_WAYS - 1;

	struct context_place *place = &set->places[way];
	struct owned_context *owned = &set->owned[way];
	__u32 version = owned->version;

	/* A goroutine on another CPU is writing there. */
	if (version & 1 || __sync_val_compare_and_swap(&owned->version, version, version + 1) != version) {
		count(span->header.type, COUNT_CONTEXT_UNOWNED);
		return 0;
	}
	if (!links || (place->address && !place->ended_ms && place->address != context->data))
		count(span->header.type, COUNT_CONTEXT_UNOWNED);
	place->address = context->data;
	place->tgid = hit->key.tgid;
	place->ended_ms = 0;
	__builtin_memcpy(owned->trace_id, span->core.trace_id, sizeof(owned->trace_id));
	__builtin_memcpy(owned->span_id, span->core.span_id, sizeof(owned->span_id));
	owned->incarnation = hit->process->incarnation;
	owned->trace_flags = span->core.trace_flags;
	owned->links = links;
	barrier();
	owned->version = version + 2;
	return 1 + index * CONTEXT_WAYS + way;
}

/* The span that owned a context has ended: others may have its place before that of one that is open. */
static __always_inline void release_context(__u32 context, const __u8 *span_id)
{
	__u32 index = (context - 1) / CONTEXT_WAYS, way = (context - 1) & (CONTEXT_WAYS - 1);
	struct context_set *set = context ? bpf_map_lookup_elem(&contexts, &index) : 0;

	if (set && same_bytes(set->owned[way].span_id, span_id, sizeof(set->owned[way].span_id)))
		set->places[way].ended_ms = (bpf_ktime_get_ns() >> 20) | 1;
}

/*
 * Makes the owner of a context the span's parent; false: it has none.
 *
 * @parent the context's own
 */
static __always_inline bool adopt_owner(struct scratch *scratch, const struct hit *hit,
					const struct go_interface *context, const struct go_interface *parent)
{
	struct span_core *core = &((struct span_header *)scratch->call.record)->core;
	struct owned_context *copy = &scratch->owner;
	__u32 index = set_of(hit, context->data);
	struct context_set *set = bpf_map_lookup_elem(&contexts, &index);

	if (!set)
		return false;
	for (int way = 0; way < CONTEXT_WAYS; way++) {
		const volatile struct owned_context *owned = &set->owned[way];

		if (!is_of(&set->places[way], hit, context->data))
			continue;

		*copy = *owned;

		/* It counts only if it was whole, and still is the same context's. */
		barrier();
		if (copy->version & 1 || owned->version != copy->version ||
		    !is_of(&set->places[way], hit, context->data) ||
		    copy->incarnation != hit->process->incarnation)
			return false;
		if (!copy->links || links_to_connection(hit, *parent) != copy->links)
			return false;
		__builtin_memcpy(core->trace_id, copy->trace_id, sizeof(core->trace_id));
		__builtin_memcpy(core->parent_span_id, copy->span_id, sizeof(core->parent_span_id));
		core->trace_flags = copy->trace_flags;
		core->parent_source = PARENT_CONTEXT;
		return true;
	}
	return false;
}

/* ---- the chain -------------------------------------------------------------------------------- */

struct context_walk {
	struct scratch *scratch;
	const struct hit *hit;
	struct go_interface at;
	bool cut; /* it went on where it could not be followed */
};

/* Of Go's types (internal/abi/type.go), the same from Go 1.18 to 1.27. */
#define TYPE_KIND 23
#define TYPE_POINTED_TO 48 /* of a pointer type */
#define KIND_MASK 31
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
 * The context inside of one whose type is not known: an interface value with an itab of context.Context. One that
 * it begins with, as do most that embed a context; or the only one. All zero: there is none to be sure of.
 */
static __noinline int find_embedded(struct context_walk *walk)
{
	__u64 *words = walk->scratch->context_words;
	__u64 interface = read_u64_at(walk->hit->runtime->cancel_context + walk->hit->load_bias, 0);
	struct go_interface found = {};

	__u64 size = struct_size(&walk->at);

	if (!interface || !read_object_into(words, CONTEXT_WINDOW, CONTEXT_WINDOW, walk->at.data))
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
	walk->at = found;
	return 0;
}

/* Goes one link up; 1: this is the end, or an owner was found. */
static long follow_link(__u32 iteration, struct context_walk *walk)
{
	const struct hit *hit = walk->hit;
	const struct runtime_layout *runtime = hit->runtime;
	const struct go_interface at = walk->at;

	walk->cut = false;
	if (!at.itab || is_a(hit, &at, runtime->background_context) || is_a(hit, &at, runtime->todo_context))
		return 1;
	walk->cut = true;

	if (is_a(hit, &at, runtime->cancel_context)) {
		walk->at = read_interface_at(at.data, 0);
		return adopt_owner(walk->scratch, hit, &at, &walk->at);
	}
	if (is_a(hit, &at, runtime->value_context) || is_a(hit, &at, runtime->timer_context) ||
	    is_a(hit, &at, runtime->without_cancel_context)) {
		walk->at = read_interface_at(at.data, 0);
		return 0;
	}
	find_embedded(walk);
	return !walk->at.itab;
}

/* Makes the span that owns a call's context, or one that it was made of, its parent; false: none does. */
static __always_inline bool adopt_by_context(struct scratch *scratch, const struct hit *hit,
					     const struct go_interface *context)
{
	const struct span_header *span = (const struct span_header *)scratch->call.record;

	/* Without a request there is nobody to own any. */
	if (!context || !context->itab || !hit->process->connection_key)
		return false;

	struct context_walk walk = { .scratch = scratch, .hit = hit, .at = *context };

	bpf_loop(CONTEXT_LINKS_MAX, follow_link, &walk, 0);
	if (span->core.parent_source == PARENT_CONTEXT)
		return true;
	if (walk.cut)
		count(span->header.type, COUNT_CONTEXT_CUT);
	return false;
}

#endif
