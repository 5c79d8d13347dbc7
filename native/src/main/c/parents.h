/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose child a span is, and which spans a goroutine is in. One place for all libraries.
 *
 * Only a goroutine's own probes change its stack of active spans, so that needs no lock. A goroutine that it
 * has started may look at it meanwhile: see birthplace_of.
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

/*
 * The innermost span of a record type; 0: the goroutine is in none. There are no branches on the way: the verifier
 * would go each of them with all that follows.
 */
static __always_inline struct active_span *innermost_of(struct active_spans *spans, __u16 type)
{
	const __u64 highest_bits = 0x3333333322221100; /* of 0 to 15, one in four bits */
	__u64 found = 0;

	_Static_assert(ACTIVE_MAX == 4, "so many numbers of four bits");
	if (!spans)
		return 0;
	for (__u64 i = 0; i < ACTIVE_MAX; i++) {
		__u64 differs = spans->spans[i].type ^ type;
		__u64 is_open = (i - spans->depth) >> 63;

		found |= (is_open & (differs - 1) >> 63) << i;
	}
	return found ? active_at(spans, highest_bits >> found * 4) : 0;
}

/* Whether that is a span that is not recorded, so that nothing that begins inside of it is; 0: there is none. */
static __always_inline bool is_unrecorded(const struct active_span *span)
{
	return span && !(span->flags & SPAN_SAMPLED);
}

/* ---- panics ----------------------------------------------------------------------------------- */

#define PANICS_MAX 4 /* at a time: a function that one has called panics itself */

/*
 * How many of the spans a goroutine is in that something can be inside of which begins. While it panics those count no
 * more whose functions are left: a panic that has gone through them runs what another function, outside of them, has
 * deferred. They lie on the stack until that returns. Before Go 1.22 nobody says which function that is: then all
 * are left that the panic began in.
 *
 * A global function, as `pack` is.
 */
__noinline int entered(const struct active_spans *spans, const struct runtime_layout *runtime, __u64 g)
{
	if (!spans || !runtime)
		return 0;

	__u32 depth = spans->depth;
	__u64 panic = depth > 1 || !(spans->spans[0].flags & ACTIVE_REQUEST) ? read_u64_at(g, runtime->g_panic) : 0;
	__u64 stack_high = panic ? read_u64_at(g, G_STACK_HIGH) : 0;

	for (int i = 0; i < PANICS_MAX && panic; i++) {
		__u32 began = stack_high - panic; /* its record is in the frame of gopanic */
		__u64 frame = runtime->panic_frames == 1 ? read_u64_at(panic, runtime->panic_sp) : 0;
		__u32 runs = frame ? stack_high - frame : 0;

		for (int j = ACTIVE_MAX - 1; j >= 0; j--) {
			if (depth == j + 1 && spans->spans[j].stack < began && spans->spans[j].stack > runs)
				depth = j;
		}
		panic = read_u64_at(panic, runtime->panic_link);
	}
	return depth;
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

	__u32 wants = hit->process->wants_births;

	if (!wants || !runtime->goidgen || read_user(&last, sizeof(last), runtime->goidgen + hit->load_bias))
		return;
	if (wants != BIRTHS_FOR_GOOD)
		hit->process->wants_births = wants - 1;
	span->last_goid[0] = last;
	span->last_goid[1] = last >> 32;
	span->batch_age = BATCH_TOO_OLD;

	/* A goroutine that runs keeps its P, so nobody else takes from this batch meanwhile. */
	__u64 p = read_u64_at(read_u64_at(hit->g, runtime->g_m), runtime->m_p);

	if (!p || runtime->p_goidcache == OFFSET_UNKNOWN || read_user(&batch, sizeof(batch), p + runtime->p_goidcache))
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

/* What a goroutine that knows of no span was born in. */
enum birthplace {
	BORN_IN_NONE,	 /* the goroutine that started it is in no span */
	BORN_IN_ENDED,	 /* in none that is still open */
	BORN_IN_OPEN,	 /* in that of `born_in` */
	BORN_IN_UNKNOWN, /* it cannot be told */
};

/*
 * Finds the innermost of the spans that were open on the parent goroutine when this one was born, if it still is.
 *
 * That one goes on meanwhile, and what lies in `spans` changes: a copy counts only if after it the same is
 * found again. A place is written before it is within the depth.
 *
 * A global function, as `pack` is.
 */
__noinline int birthplace_of(struct scratch *scratch, const struct goroutine_key *born, __u64 parent_goid)
{
	if (!scratch || !born || !parent_goid)
		return BORN_IN_NONE;

	struct active_span *found = &scratch->born_in;
	struct goroutine_key parent = {
		.goid = parent_goid,
		.tgid = born->tgid,
		.exec_id = born->exec_id,
	};
	struct active_spans *spans = active_of(&parent);

	if (!spans)
		return BORN_IN_NONE;
	for (int i = ACTIVE_MAX - 1; i >= 0; i--) {
		volatile struct active_span *span = &spans->spans[i];

		if (i >= *(volatile __u8 *)&spans->depth)
			continue;
		*found = *span;

		enum birth birth = birth_of(born->goid, found);

		if (birth == BORN_BEFORE)
			continue;
		barrier();
		if (birth == BORN_UNKNOWN || active_of(&parent) != spans || i >= *(volatile __u8 *)&spans->depth ||
		    !same_bytes(found, &spans->spans[i], sizeof(*found)))
			return BORN_IN_UNKNOWN;
		return BORN_IN_OPEN;
	}
	return BORN_IN_ENDED;
}

/* ---- parents ---------------------------------------------------------------------------------- */

/*
 * Makes what the goroutine is in the parent, unless the context that the call was given says otherwise. True: the
 * parent is settled. A global function, as `pack` is.
 *
 * @depth of spans that count
 * @says  enum context_says
 */
__noinline int adopt_inside(struct scratch *scratch, struct active_spans *spans, __u32 depth, __u32 says)
{
	if (!scratch)
		return true;

	struct span_core *core = &((struct span_header *)scratch->call.record)->core;
	const struct active_span *inside = spans && depth ? active_at(spans, depth - 1) : 0;

	switch (says) {
	case CONTEXT_OF_OWNER:
		if (inside && !(inside->flags & ACTIVE_REQUEST) &&
		    same_bytes(inside->trace_id, core->trace_id, sizeof(core->trace_id)))
			adopt(core, inside, PARENT_GOROUTINE);
		return true;
	case CONTEXT_OF_REQUEST:
		scratch->active.spans[0].flags |= ACTIVE_FOREIGN;
		if (inside && inside->flags & ACTIVE_FOREIGN)
			adopt(core, inside, PARENT_GOROUTINE);
		return true;
	default:
		if (inside)
			adopt(core, inside, PARENT_GOROUTINE);
		return inside != 0;
	}
}

/*
 * Finds the parent of a call: what a traceparent has said already; the span that owns its context; the
 * innermost span of this goroutine; the one that the goroutine was started in, if it does nobody else's work. Without
 * any it is a root, and so is a call whose context is a request's of which nobody can prove whose it is: it need not be
 * this goroutine's.
 *
 * A call that is made inside of another call's function, and with its context, is that call's child: the
 * context cannot know that.
 */
static __always_inline void parent_of(struct scratch *scratch, const struct hit *hit,
				      const struct go_interface *context, struct active_spans *spans)
{
	struct span_header *span = (struct span_header *)scratch->call.record;
	struct span_core *core = &span->core;
	const struct runtime_layout *runtime = hit->runtime;

	if (core->parent_source != PARENT_NONE)
		return;

	__u32 says = adopt_by_context(scratch, hit, spans, context);

	if (adopt_inside(scratch, spans, entered(spans, runtime, hit->g), says))
		return;

	enum birthplace place = birthplace_of(scratch, &hit->key, read_u64_at(hit->g, runtime->g_parent_goid));

	if (place != BORN_IN_NONE)
		hit->process->wants_births = BIRTHS_FOR_GOOD;
	if (place == BORN_IN_UNKNOWN)
		count(span->header.type, COUNT_BIRTH_UNKNOWN);
	if (place != BORN_IN_OPEN)
		return;
	scratch->callers.load_bias = hit->load_bias;
	scratch->callers.binary = hit->binary;
	scratch->callers.frame = frame_of_current();
	scratch->callers.returns_to = read_u64_at(hit->sp, 0);
	if (may_work_for_others(scratch, runtime, hit->g))
		count(span->header.type, COUNT_GIVEN_WORK);
	else
		adopt(core, &scratch->born_in, PARENT_ANCESTOR);
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

/* How many of the spans have not ended, see drop_ended; the others are counted. A global function, as `pack` is. */
__noinline int still_open(const struct active_spans *spans, __u32 stack)
{
	if (!spans)
		return 0;

	__u32 depth = spans->depth;

	for (int i = ACTIVE_MAX - 1; i >= 0; i--) {
		if (depth != i + 1 || spans->spans[i].stack < stack)
			continue;
		count(spans->spans[i].type, COUNT_ENDED_UNSEEN);
		depth = i;
	}
	return depth;
}

/*
 * Drops the spans whose end was missed: their functions had as much of the stack in use as the one that is
 * being called, or more, so they have returned. Returns what is left; 0: nothing.
 */
static __always_inline struct active_spans *drop_ended(const struct goroutine_key *goroutine,
						       struct active_spans *spans, __u32 stack)
{
	const struct active_span *last = innermost(spans);

	if (!last || last->stack < stack)
		return spans;

	__u32 left = still_open(spans, stack);

	leave(goroutine, spans, active_at(spans, left));
	return left ? spans : 0;
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
 * @owned   own_mark of that; 0: nothing
 */
static __always_inline bool enter(struct scratch *scratch, const struct goroutine_key *goroutine,
				  struct active_spans *spans, bool outermost, __u32 context, __u32 owned)
{
	const struct active_span *span = &scratch->active.spans[0];

	if (!spans) {
		if (scratch->full[ROOM_ACTIVE])
			return false;
		scratch->active.depth = 1;
		scratch->active.context = context;
		scratch->active.owned = owned;
		if (bpf_map_update_elem(&active, goroutine, &scratch->active, BPF_ANY))
			return false;
		take_room(goroutine->tgid, ROOM_ACTIVE, goroutine->goid);
		return true;
	}

	__u32 depth = spans->depth;

	if (outermost) {
		release_context(spans->context, spans->spans[0].span_id);
		spans->context = context;
		spans->owned = owned;
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
