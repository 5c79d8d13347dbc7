/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose child a span is, and which spans a goroutine is in. One place for all libraries.
 *
 * Only a goroutine's own probes change its stack of active spans, so nothing here needs a lock.
 */
#ifndef GOSHAWK_PARENTS_H
#define GOSHAWK_PARENTS_H

/* A context.Context as a call is given it; all zero: the call has none. */
struct go_context {
	__u64 type; /* address of its itab */
	__u64 data;
};

static __always_inline struct active_spans *active_of(const struct goroutine_key *goroutine)
{
	return bpf_map_lookup_elem(&active, goroutine);
}

/* One of the spans; the verifier wants its index bounded in just this way. */
static __always_inline struct active_span *active_at(struct active_spans *spans, __u64 index)
{
	_Static_assert((ACTIVE_MAX & (ACTIVE_MAX - 1)) == 0, "a mask bounds the index");
	barrier_var(index);
	index &= ACTIVE_MAX - 1;
	return &spans->spans[index];
}

/* The innermost span that the goroutine is in; 0: none. */
static __always_inline struct active_span *innermost(struct active_spans *spans)
{
	if (!spans || !spans->depth)
		return 0;
	return active_at(spans, spans->depth - 1);
}

/* The innermost span of a record type; 0: the goroutine is in none. */
static __always_inline struct active_span *innermost_of(struct active_spans *spans, __u16 type)
{
	if (!spans)
		return 0;
	for (int i = ACTIVE_MAX - 1; i >= 0; i--) {
		if (i < spans->depth && spans->spans[i].type == type)
			return &spans->spans[i];
	}
	return 0;
}

static __always_inline void adopt(struct span_core *core, const struct active_span *parent, __u8 source)
{
	__builtin_memcpy(core->trace_id, parent->trace_id, sizeof(core->trace_id));
	__builtin_memcpy(core->parent_span_id, parent->span_id, sizeof(core->parent_span_id));
	core->trace_flags = parent->trace_flags;
	core->parent_source = source;
}

/*
 * Finds the parent of a call: what a traceparent has said already; the span that owns its context; the
 * innermost span of this goroutine; the one that the goroutine was started in. Without any it is a root.
 */
static __always_inline void parent_of(const struct hit *hit, struct span_core *core, const struct go_context *context,
				      struct active_spans *spans)
{
	const struct active_span *parent = innermost(spans);

	if (core->parent_source == PARENT_NONE && parent)
		adopt(core, parent, PARENT_GOROUTINE);
}

/*
 * The goroutine is in the span from here on. `outermost`: whatever it was in before has ended unseen. False:
 * there is no room for another goroutine.
 */
static __always_inline bool enter(struct scratch *scratch, const struct goroutine_key *goroutine,
				  struct active_spans *spans, const struct active_span *span, bool outermost)
{
	if (!spans) {
		__builtin_memset(&scratch->active, 0, sizeof(scratch->active));
		scratch->active.spans[0] = *span;
		scratch->active.depth = 1;
		return !bpf_map_update_elem(&active, goroutine, &scratch->active, BPF_ANY);
	}

	__u32 depth = outermost ? 0 : spans->depth;

	if (depth >= ACTIVE_MAX) {
		count(span->type, COUNT_TOO_DEEP);
		return true;
	}
	*active_at(spans, depth) = *span;
	spans->depth = depth + 1;
	return true;
}

/* The goroutine is no longer in that span, nor in what it entered since. */
static __always_inline void leave(const struct goroutine_key *goroutine, struct active_spans *spans,
				  const struct active_span *span)
{
	__u32 depth = span - spans->spans;

	if (depth)
		spans->depth = depth;
	else
		bpf_map_delete_elem(&active, goroutine);
}

#endif
