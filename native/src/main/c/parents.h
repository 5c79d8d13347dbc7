/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose child a span is, and which spans a goroutine is in. One place for all libraries.
 *
 * Only a goroutine's own probes change its stack of active spans, so that needs no lock. A goroutine that it
 * has started may look at it meanwhile: see open_at_birth.
 */
#ifndef GOSHAWK_PARENTS_H
#define GOSHAWK_PARENTS_H

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

/* ---- births ----------------------------------------------------------------------------------- */

/*
 * The scheduler gives a P sixteen ids at once for the goroutines that it will start (Go's runtime/proc.go,
 * newproc1). No goroutine says when it was born, but its id does: above the last one that any P had when a span
 * began, it was born since; in the batch of the P that the span began on, before or since by its place. What other Ps
 * had left of theirs is not known.
 */
#define GOID_BATCH 16
#define BATCH_TOO_OLD 0xffff

static __always_inline void note_births(const struct hit *hit, struct active_span *span)
{
	const struct runtime_layout *runtime = hit->runtime;
	struct {
		__u64 next;
		__u64 end;
	} batch = {};
	__u64 last = 0;

	/* Few programs make calls on goroutines that know no context: the first such call asks for it. */
	if (!hit->process->wants_births || !runtime->goidgen || read_user(&last, sizeof(last), runtime->goidgen + hit->load_bias))
		return;
	span->last_goid[0] = last;
	span->last_goid[1] = last >> 32;
	span->batch_age = BATCH_TOO_OLD;

	/* A goroutine that runs keeps its P, so nobody else takes from this batch meanwhile. */
	__u64 p = read_u64_at(read_u64_at(hit->g, runtime->g_m), runtime->m_p);

	if (!p || runtime->p_goidcache == OFFSET_UNKNOWN ||
	    read_user(&batch, sizeof(batch), p + runtime->p_goidcache))
		return;

	__u64 age = last + 1 - batch.end, left = batch.end - batch.next;

	if (!batch.end || age >= BATCH_TOO_OLD || left > GOID_BATCH)
		return;
	span->batch_age = age;
	span->batch_used = GOID_BATCH - left;
}

enum birth {
	BORN_BEFORE,
	BORN_SINCE,
	BORN_UNKNOWN,
};

/* Whether a goroutine of the process was born before a span began, or since. */
static __always_inline enum birth birth_of(__u64 goid, const struct active_span *span)
{
	__u64 last = span->last_goid[0] | (__u64)span->last_goid[1] << 32;

	if (last && goid > last)
		return BORN_SINCE;
	if (!last || span->batch_age == BATCH_TOO_OLD)
		return BORN_UNKNOWN;

	__u64 place = goid - (last + 1 - span->batch_age - GOID_BATCH);

	if (place >= GOID_BATCH)
		return BORN_UNKNOWN;
	return place < span->batch_used ? BORN_BEFORE : BORN_SINCE;
}

/*
 * The innermost of the spans that were open on the parent goroutine when this one was born, if it still is.
 *
 * That one goes on meanwhile, and what lies in `spans` changes: a copy counts only if after it the same is
 * found again. A place is written before it is within the depth.
 */
static __always_inline bool open_at_birth(const struct hit *hit, struct active_span *found, bool *unknown)
{
	struct goroutine_key parent = {
		.goid = read_u64_at(hit->g, hit->runtime->g_parent_goid),
		.tgid = hit->key.tgid,
		.exec_id = hit->key.exec_id,
	};
	struct active_spans *spans = parent.goid ? active_of(&parent) : 0;

	if (!spans)
		return false;
	hit->process->wants_births = 1;
	for (int i = ACTIVE_MAX - 1; i >= 0; i--) {
		volatile struct active_span *span = &spans->spans[i];

		if (i >= *(volatile __u32 *)&spans->depth)
			continue;
		*found = *span;

		enum birth birth = birth_of(hit->key.goid, found);

		if (birth == BORN_BEFORE)
			continue;
		barrier();
		*unknown = birth == BORN_UNKNOWN || active_of(&parent) != spans ||
			   i >= *(volatile __u32 *)&spans->depth ||
			   !same_bytes(found, &spans->spans[i], sizeof(*found));
		return !*unknown;
	}
	return false;
}

/* ---- parents ---------------------------------------------------------------------------------- */

/*
 * Finds the parent of a call: what a traceparent has said already; the span that owns its context; the
 * innermost span of this goroutine; the one that the goroutine was started in. Without any it is a root.
 *
 * A call that is made inside of another call's function, and with its context, is that call's child: the
 * context cannot know that.
 */
static __always_inline void parent_of(struct scratch *scratch, const struct hit *hit,
				      const struct go_interface *context, struct active_spans *spans)
{
	struct span_header *span = (struct span_header *)scratch->call.record;
	struct span_core *core = &span->core;
	const struct active_span *inside = innermost(spans);

	if (core->parent_source != PARENT_NONE)
		return;
	if (adopt_by_context(scratch, hit, context)) {
		if (inside && same_bytes(inside->trace_id, core->trace_id, sizeof(core->trace_id)) &&
		    !same_bytes(inside->span_id, core->parent_span_id, sizeof(inside->span_id)))
			adopt(core, inside, PARENT_GOROUTINE);
		return;
	}
	if (inside) {
		adopt(core, inside, PARENT_GOROUTINE);
		return;
	}

	bool unknown = false;

	if (open_at_birth(hit, &scratch->born_in, &unknown))
		adopt(core, &scratch->born_in, PARENT_ANCESTOR);
	if (unknown)
		count(span->header.type, COUNT_BIRTH_UNKNOWN);
}

/* ---- the stack of active spans ---------------------------------------------------------------- */

/* The goroutine is no longer in that span, nor in what it entered since. */
static __always_inline void leave(const struct goroutine_key *goroutine, struct active_spans *spans,
				  const struct active_span *span)
{
	__u32 depth = (__u32)((const __u8 *)span - (const __u8 *)spans->spans) / sizeof(*span);

	if (depth) {
		spans->depth = depth;
		return;
	}
	release_context(spans->context, span->span_id);
	if (!bpf_map_delete_elem(&active, goroutine))
		give_room(goroutine->tgid, ROOM_ACTIVE, goroutine->goid);
}

/*
 * Drops the spans whose end was missed: their functions had as much of the stack in use as the one that is
 * being called, or more, so they have returned. Returns what is left; 0: nothing.
 */
static __always_inline struct active_spans *drop_ended(const struct goroutine_key *goroutine,
						       struct active_spans *spans, __u32 stack)
{
	struct active_span *ended = 0;

	if (!spans)
		return 0;
	for (int i = ACTIVE_MAX - 1; i >= 0; i--) {
		if (i >= spans->depth)
			continue;
		if (spans->spans[i].stack < stack)
			break;
		ended = &spans->spans[i];
		count(ended->type, COUNT_ENDED_UNSEEN);
	}
	if (!ended)
		return spans;
	leave(goroutine, spans, ended);
	return ended == spans->spans ? 0 : spans;
}

/* Where a program makes the span that enter takes: the stack has no room for it. */
static __always_inline struct active_span *new_active(struct scratch *scratch)
{
	__builtin_memset(&scratch->active, 0, sizeof(scratch->active));
	return &scratch->active.spans[0];
}

/*
 * The goroutine is in the span of new_active from here on. False: there is no room for another goroutine.
 *
 * @context what an outermost span owns, as own_context said; whatever the goroutine was in before has ended
 */
static __always_inline bool enter(struct scratch *scratch, const struct goroutine_key *goroutine,
				  struct active_spans *spans, bool outermost, __u32 context)
{
	const struct active_span *span = &scratch->active.spans[0];

	if (!spans) {
		if (scratch->full[ROOM_ACTIVE])
			return false;
		scratch->active.depth = 1;
		scratch->active.context = context;
		if (bpf_map_update_elem(&active, goroutine, &scratch->active, BPF_ANY))
			return false;
		take_room(goroutine->tgid, ROOM_ACTIVE, goroutine->goid);
		return true;
	}

	__u32 depth = spans->depth;

	if (outermost) {
		release_context(spans->context, spans->spans[0].span_id);
		spans->context = context;
		spans->depth = depth = 0;
		barrier();
	}
	if (depth >= ACTIVE_MAX) {
		count(span->type, COUNT_TOO_DEEP);
		return true;
	}
	*active_at(spans, depth) = *span;
	barrier();
	spans->depth = depth + 1;
	return true;
}

#endif
