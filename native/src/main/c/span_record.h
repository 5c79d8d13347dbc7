/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A span from its start to the ring. A library's start program calls
 *
 *   begin, settle, pack ..., park_call
 *
 * and its end program
 *
 *   take_call, pack ..., hand_over
 *
 * In between the record lies in a map, under a key that the library chooses.
 */
#ifndef GOSHAWK_SPAN_RECORD_H
#define GOSHAWK_SPAN_RECORD_H

#define EEXIST 17
#define EDQUOT 122

static __always_inline struct scratch *scratch_of_thread(void)
{
	return bpf_task_storage_get(&scratch, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline const struct settings *current_settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

/* The record in scratch, as its library's struct. */
#define RECORD(scratch, type) ((struct type *)(scratch)->call.record)

/* What a library keeps of an open call, as its own struct. */
#define KEPT(scratch, type)                                                                       \
	({                                                                                        \
		_Static_assert(sizeof(struct type) <= KEPT_BYTES, "what is kept of a call fits"); \
		(struct type *)(scratch)->call.kept;                                              \
	})

/* Memory for the length of a program, as the library's own struct. */
#define WORK(scratch, type)                                                         \
	({                                                                          \
		_Static_assert(sizeof(struct type) <= WORK_BYTES, "the work fits"); \
		(struct type *)(scratch)->work;                                     \
	})

static __always_inline struct span_header *span_of(struct scratch *scratch)
{
	return (struct span_header *)scratch->call.record;
}

/* ---- start ------------------------------------------------------------------------------------ */

/* Begins a record in scratch, of `fixed` bytes before its strings; everything else in it is zero. */
static __always_inline void begin(struct scratch *scratch, const struct hit *hit, __u16 type, enum span_kind kind,
				  __u64 fixed)
{
	struct span_header *span = span_of(scratch);

	__builtin_memset(&scratch->call, 0, KEPT_BYTES + fixed);
	__builtin_memcpy(scratch->full, hit->process->full, sizeof(scratch->full));
	scratch->sent.known = false;
	__builtin_memset(scratch->came_in, 0, sizeof(scratch->came_in));
	span->header.size = fixed;
	span->header.type = type;
	span->header.tgid = hit->key.tgid;
	span->header.binary = hit->binary;
	span->goid = hit->key.goid;
	span->core.kind = kind;
	span->core.start_ns = bpf_ktime_get_ns();
}

/*
 * Settles the ids and the sampling of a span whose parent is known. With `enters` the goroutine is in it.
 *
 * @outermost whatever the goroutine was in before has ended
 * @self      of new_active: what others need to know of it, without what is settled here
 * @owned     of settle_request
 */
static __always_inline bool settle_ids(struct scratch *scratch, const struct hit *hit, struct active_spans *spans,
				       bool enters, bool outermost, struct active_span *self,
				       const struct go_interface *owned, __u32 links)
{
	struct span_header *span = span_of(scratch);
	struct span_core *core = &span->core;
	const struct settings *now = current_settings();

	if (!now)
		return false;

	bool inherits = core->parent_source > PARENT_REMOTE;

	weigh(core, &scratch->sent);

	bool sampled = decide(core, now, inherits);

	if (outermost && core->parent_source == PARENT_LINK && load64((const char *)scratch->came_in))
		mark_adoption(core->span_id, scratch->came_in);

	if (!sampled)
		count(span->header.type, COUNT_SAMPLED_OUT);
	if (!enters)
		return sampled;
	/*
	 * What begins inside of a span that is not recorded finds that out from the outermost of them. But the end of
	 * one that is inside of another of its type leaves the innermost, which has to be its own.
	 */
	if (!sampled && inherits && !outermost && spans && !innermost_of(spans, span->header.type))
		return false;
	self->type = span->header.type;
	self->trace_flags = core->trace_flags;
	self->flags |= core->flags | (outermost ? ACTIVE_REQUEST : 0);
	__builtin_memcpy(self->trace_id, core->trace_id, sizeof(self->trace_id));
	__builtin_memcpy(self->span_id, core->span_id, sizeof(self->span_id));
	note_births(hit, self);

	__u32 context = owned ? own_context(hit, span, owned, links) : 0;

	if (enter(scratch, &hit->key, spans, outermost, context, owned ? own_mark(owned->data) : 0))
		return sampled;
	if (!sampled)
		return false;
	if (scratch->full[ROOM_ACTIVE])
		count(span->header.type, COUNT_LOST_OVER_SHARE);
	else
		count(span->header.type, COUNT_LOST_MAP_FULL);
	return false;
}

/*
 * As `settle`, for who has looked up in what the goroutine is.
 *
 * @spans that the goroutine is in
 * @same  the innermost of them that is of the call's own type
 */
static __always_inline bool settle_within(struct scratch *scratch, const struct hit *hit, struct active_spans *spans,
					  const struct active_span *same, const struct go_interface *context,
					  bool enters, __u8 mark)
{
	struct active_span *self = new_active(scratch);

	scratch->may_replace = !enters || (same && same->flags & SPAN_SAMPLED);
	self->mark = mark;
	self->stack = stack_in_use(hit);
	spans = drop_ended(&hit->key, spans, self->stack);
	parent_of(scratch, hit, context, spans);
	return settle_ids(scratch, hit, spans, enters, false, self, 0, 0);
}

/*
 * Settles a call's parent, ids and sampling. False: it is not recorded, and what becomes of it is counted.
 *
 * With `enters` the goroutine is in the span until `leave_call`, and what begins on it meanwhile is a child.
 * That is for calls that end on the goroutine that they began on, and whose function does not return before.
 *
 * @context what the call was given; 0: nothing
 * @mark    the library's own, to be found in struct active_span
 */
static __always_inline bool settle(struct scratch *scratch, const struct hit *hit, const struct go_interface *context,
				   bool enters, __u8 mark)
{
	struct active_spans *spans = active_of(&hit->key);

	return settle_within(scratch, hit, spans, innermost_of(spans, span_of(scratch)->header.type), context, enters,
			     mark);
}

/*
 * As `settle`, of a request that a server answers on the goroutine until `leave_request`. Whatever that was in
 * before has ended; its parent is who sent the request. Where no calls are traced nobody asks in what a goroutine is.
 *
 * @owned the context that the server made for the request: calls that get it are the span's children; 0: none
 * @links from that up to its connection's, see own_context; 0: not known
 * @mark  the library's own, to be found in struct active_span
 */
static __always_inline bool settle_request(struct scratch *scratch, const struct hit *hit,
					   const struct go_interface *owned, __u32 links, __u8 mark)
{
	if (!has_calls(hit)) {
		scratch->may_replace = false;
		return settle_ids(scratch, hit, 0, false, true, 0, 0, 0);
	}

	struct active_spans *spans = active_of(&hit->key);
	const struct active_span *same = innermost_of(spans, span_of(scratch)->header.type);
	struct active_span *self = new_active(scratch);

	scratch->may_replace = same && same->flags & SPAN_SAMPLED;
	self->mark = mark;
	return settle_ids(scratch, hit, spans, true, true, self, owned, links);
}

/*
 * A call is not begun, since no probe would see its end: that is known by the type of the value that goes
 * with it, and this one's is not. Counted, and user space is told of each type once, so that it can name it.
 */
__noinline int report_unknown_type(const struct record_header *header, __u64 address)
{
	if (!header)
		return 0;

	struct unknown_type_record record = {
		.header = { sizeof(record), RECORD_UNKNOWN_TYPE, 0, header->tgid, header->binary },
		.found = { .address = address, .binary = header->binary, .type = header->type },
	};
	__u8 reported = 1;

	count(header->type, COUNT_SEEN);
	count(header->type, COUNT_NO_END);
	if (bpf_map_update_elem(&reported_types, &record.found, &reported, BPF_NOEXIST))
		return 0;
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), 0))
		count(RECORD_UNKNOWN_TYPE, COUNT_EVENTS_LOST);
	return 0;
}

/* ---- strings ---------------------------------------------------------------------------------- */

/* Strings up to here go by way of the stack, where the kernel's check of a read's destination is cheapest. */
#define SHORT_STRING 64

struct short_string {
	__u64 words[SHORT_STRING / 8];
};

/*
 * Reads a string to where it belongs in the record; false: it cannot be read. Behind a short one it leaves
 * zeroes, which the next string overwrites.
 */
static __always_inline bool read_string(__u8 *to, __u64 bytes, __u64 address)
{
	if (bytes > SHORT_STRING)
		return !read_user(to, bytes, address);

	struct short_string text = {};

	if (read_user(&text, bytes, address))
		return false;
	*(struct short_string *)to = text;
	return true;
}

/*
 * Appends up to `limit` bytes of a string to the record in scratch, and has `ref`, one of the record's own,
 * refer to them. A string that cannot be read keeps its original length and has none of its bytes.
 *
 * A global function, so that the verifier looks at it once and not once for every string and every way to
 * get there (which took 800,000 of the million steps it allows, and a second).
 */
__noinline int pack(struct scratch *scratch, struct string_ref *ref, const struct go_string *string, __u64 limit)
{
	if (!scratch || !ref || !string)
		return 0;

	struct span_header *span = span_of(scratch);
	__u64 end = span->header.size;
	__u64 bytes = string->length < limit ? string->length : limit;

	ref->offset = end;
	ref->length = 0;
	ref->original_length = string->length < 0xffffffff ? string->length : 0xffffffff;
	barrier_var(bytes);
	barrier_var(end);
	if (!bytes || bytes > LONGEST_STRING || end > STRINGS_MAX ||
	    !read_string(scratch->call.record + end, bytes, string->address))
		return 0;
	ref->length = bytes;
	span->header.size = end + bytes;
	return 0;
}

/*
 * Packs a string that could not be read when the call began: a constant, on a page of the executable that nobody had
 * looked at yet, as the library has meanwhile. The call holds it.
 */
static __always_inline void pack_cold(struct scratch *scratch, struct string_ref *ref, __u64 address, __u64 limit)
{
	struct go_string string = { address, ref->original_length };

	if (address && string.length && !ref->length)
		pack(scratch, ref, &string, limit);
}

/*
 * As `pack`, of a []string's first elements joined by commas: one header given in several lines. Of what comes
 * after them the original length counts the commas.
 */
#define JOINED_MAX 4

__noinline int pack_joined(struct scratch *scratch, struct string_ref *ref, const struct go_string *slice, __u64 limit)
{
	if (!scratch || !ref || !slice)
		return 0;

	struct span_header *span = span_of(scratch);
	__u64 begin = span->header.size, end = begin, original = 0;

	for (__u32 i = 0; i < JOINED_MAX && i < slice->length; i++) {
		struct go_string line = read_string_at(slice->address, i * sizeof(struct go_string));
		__u64 room = limit - (end - begin);

		original += line.length + (i ? 1 : 0);
		if (i && room && end <= STRINGS_MAX) {
			scratch->call.record[end] = ',';
			end++;
			room--;
		}

		__u64 bytes = line.length < room ? line.length : room;

		barrier_var(bytes);
		if (!bytes || bytes > LONGEST_STRING || end > STRINGS_MAX ||
		    read_user(scratch->call.record + end, bytes, line.address))
			continue;
		end += bytes;
	}
	if (slice->length > JOINED_MAX)
		original += slice->length - JOINED_MAX;
	ref->offset = begin;
	ref->length = end - begin;
	ref->original_length = original < 0xffffffff ? original : 0xffffffff;
	span->header.size = end;
	return 0;
}

/* ---- blocks ----------------------------------------------------------------------------------- */

/* Appends a link, behind the last of the strings. */
__noinline int append_link(struct scratch *scratch, const struct trace_reference *to)
{
	if (!scratch || !to)
		return 0;

	struct span_header *span = span_of(scratch);
	__u64 at = (span->header.size + 7ull) & ~7ull;

	barrier_var(at);
	if (at > STRINGS_MAX)
		return 0;

	struct link_block *block = (void *)(scratch->call.record + at);

	block->header = (struct block_header){ .type = BLOCK_LINK, .size = sizeof(*block) };
	block->span = *to;
	if (!span->blocks)
		span->blocks = at;
	span->header.size = at + sizeof(*block);
	return 0;
}

/* ---- open calls ------------------------------------------------------------------------------- */

/* The key of a call that a goroutine makes one of at a time. */
static __always_inline struct call_key call_of(const struct goroutine_key *goroutine, __u16 type)
{
	return (struct call_key){
		.id = { goroutine->goid },
		.tgid = goroutine->tgid,
		.type = type,
		.exec_id = goroutine->exec_id,
	};
}

/* Of an active span's mark: how many calls of its type it is inside of. The other bits are its library's. */
#define MARK_NESTING 0x3f

/* The key of a call that a goroutine may make while it is in another one of the type. */
static __always_inline struct call_key nested_call(const struct goroutine_key *goroutine, __u16 type, __u8 mark)
{
	struct call_key key = call_of(goroutine, type);

	key.id[1] = mark & MARK_NESTING;
	return key;
}

/*
 * Calls may be inside of others of their kind also where their goroutine is not noted to be in them: who connects asks
 * another server first where to, and a call's credentials are given by a service that is called. What is kept of such
 * calls begins with how much of the stack was in use when they began, which tells them apart.
 */
struct call_at {
	__u32 stack;
};

#define NESTED_MAX 4
#define ONE_DEEPER 0x100 /* in the second word of its key */

static __always_inline __u32 stack_of(const void *kept)
{
	return ((const struct call_at *)kept)->stack;
}

static __always_inline __u64 started_ns(const void *kept)
{
	return ((const struct span_header *)(kept + KEPT_BYTES))->core.start_ns;
}

/* Removes an open call, whatever its class; false: there was none, or another was faster. */
static __always_inline bool remove_call(const struct call_key *key)
{
	if (!bpf_map_delete_elem(&open_short, key))
		give_room(key->tgid, ROOM_SHORT, key->id[0]);
	else if (!bpf_map_delete_elem(&open_medium, key))
		give_room(key->tgid, ROOM_MEDIUM, key->id[0]);
	else if (!bpf_map_delete_elem(&open_long, key))
		give_room(key->tgid, ROOM_LONG, key->id[0]);
	else
		return false;
	return true;
}

/* Which class the call in scratch is of. */
static __always_inline enum room class_of(struct scratch *scratch)
{
	__u64 bytes = KEPT_BYTES + span_of(scratch)->header.size;

	if (bytes <= sizeof(struct short_call))
		return ROOM_SHORT;
	return bytes <= sizeof(struct medium_call) ? ROOM_MEDIUM : ROOM_LONG;
}

static __always_inline long insert_call(struct scratch *scratch, const struct call_key *key, enum room class,
					__u64 flags)
{
	if (class == ROOM_SHORT)
		return bpf_map_update_elem(&open_short, key, &scratch->call, flags);
	if (class == ROOM_MEDIUM)
		return bpf_map_update_elem(&open_medium, key, &scratch->call, flags);
	return bpf_map_update_elem(&open_long, key, &scratch->call, flags);
}

/* Puts the call in scratch into its map, where none is to be yet. 0, or an error: -EDQUOT is the process's. */
static __noinline int put_call(struct scratch *scratch, const struct call_key *key)
{
	if (!scratch || !key)
		return -EEXIST;

	enum room class = class_of(scratch);

	if (scratch->full[class])
		return -EDQUOT;

	long error = insert_call(scratch, key, class, BPF_NOEXIST);

	if (!error)
		take_room(key->tgid, class, key->id[0]);
	return error;
}

/* Puts the call in scratch away until it ends, and counts it. False: there is no room. */
static __noinline int park_call(struct scratch *scratch, const struct call_key *key)
{
	if (!scratch || !key)
		return false;

	bool replaces = scratch->may_replace && remove_call(key);
	int error = put_call(scratch, key);

	if (error == -EEXIST) {
		replaces = remove_call(key);
		error = put_call(scratch, key);
	}
	if (replaces)
		count(key->type, COUNT_SPANS_REPLACED);
	if (!error)
		count(key->type, COUNT_SPANS_STARTED);
	else if (error == -EDQUOT)
		count(key->type, COUNT_LOST_OVER_SHARE);
	else
		count(key->type, COUNT_LOST_MAP_FULL);
	return !error;
}

/* What is kept of an open call, where it lies; 0: there is none. */
static __always_inline void *kept_of(const struct call_key *key)
{
	void *call = bpf_map_lookup_elem(&open_short, key);

	if (!call)
		call = bpf_map_lookup_elem(&open_medium, key);
	return call ? call : bpf_map_lookup_elem(&open_long, key);
}

/*
 * Makes the key of a goroutine's calls that of one which begins where so much of the stack is in use. True: there is a
 * call of that key, whose end was missed. The loop is unrolled for Linux 6.1, as in unwrap_all.
 */
static __noinline int go_deeper(struct call_key *key, struct process *process, __u32 stack)
{
	if (!key || !process)
		return false;
#pragma clang loop unroll(full)
	for (int i = 1; i < NESTED_MAX; i++) {
		const void *open = kept_of(key);

		if (!open || stack_of(open) >= stack)
			return open != 0;
		process->nests = 1;
		key->id[1] += ONE_DEEPER;
	}
	return kept_of(key) != 0;
}

/*
 * Makes it that of the call that returns where so much is in use; false: what returns is none of them. (A start may
 * have its site where its function has more in use than at its return.)
 */
static __noinline int find_returning(struct call_key *key, __u32 stack)
{
	if (!key)
		return false;
	for (int i = 0; i < NESTED_MAX; i++) {
		const void *open = kept_of(key);

		if (!open)
			return false;
		if (stack_of(open) >= stack)
			return true;
		key->id[1] += ONE_DEEPER;
	}
	return false;
}

/* Makes it that of the innermost call that is around a place where so much is in use; false: none is. */
static __noinline int find_around(struct call_key *key, const struct process *process, __u32 stack)
{
	const void *outer = 0;

	if (!key || !process)
		return false;

	struct call_key next = *key;

	for (int i = 0; i < NESTED_MAX && (!i || process->nests); i++) {
		const void *open = kept_of(&next);

		/* What is older than that around it is none of its own: its end was missed. */
		if (!open || stack_of(open) > stack || (outer && started_ns(open) < started_ns(outer)))
			break;
		*key = next;
		outer = open;
		next.id[1] += ONE_DEEPER;
	}
	return outer != 0;
}

/* At once, of a long call: whole words, for each is a step to the verifier. */
struct copied_words {
	__u64 words[8];
};

/* Copies an open call into scratch; false: there is none. */
static __always_inline bool copy_call(struct scratch *scratch, const struct call_key *key)
{
	const struct short_call *brief = bpf_map_lookup_elem(&open_short, key);

	if (brief) {
		*(struct short_call *)&scratch->call = *brief;
		return true;
	}

	const struct medium_call *medium = bpf_map_lookup_elem(&open_medium, key);

	if (medium) {
		*(struct medium_call *)&scratch->call = *medium;
		return true;
	}

	const struct open_call *call = bpf_map_lookup_elem(&open_long, key);

	if (!call)
		return false;

	const __u64 *from = (const __u64 *)call;
	__u64 *to = (__u64 *)&scratch->call;
	const int words = sizeof(*call) / 8, at_once = sizeof(struct copied_words) / 8;

	for (int at = 0; at < words - at_once; at += at_once)
		*(struct copied_words *)(to + at) = *(const struct copied_words *)(from + at);
	*(struct copied_words *)(to + words - at_once) = *(const struct copied_words *)(from + words - at_once);
	return true;
}

/*
 * Puts a copy that was changed in the call's place, into a larger class where it has grown. Where there is no
 * room the call stays as it was; and if it has ended meanwhile, nothing is left of the copy.
 */
static __always_inline void renew_call(struct scratch *scratch, const struct call_key *key)
{
	enum room class = class_of(scratch);

	if (!insert_call(scratch, key, class, BPF_EXIST) || class == ROOM_SHORT)
		return;
	if (put_call(scratch, key))
		return;
	if (!bpf_map_delete_elem(&open_short, key))
		give_room(key->tgid, ROOM_SHORT, key->id[0]);
	else if (!bpf_map_delete_elem(&open_medium, key)) /* it was, or is itself, of this class */
		give_room(key->tgid, ROOM_MEDIUM, key->id[0]);
	else if (!bpf_map_delete_elem(&open_long, key))
		give_room(key->tgid, ROOM_LONG, key->id[0]);
}

/*
 * Takes an open call out of its map into scratch; false: there is none. Who removes it accounts for it: user
 * space may have swept it.
 */
static __noinline int take_call(struct scratch *scratch, const struct call_key *key)
{
	if (!key)
		return false;
	if (!scratch) {
		if (remove_call(key))
			count(key->type, COUNT_LOST_NO_SCRATCH_AT_END);
		return false;
	}
	return copy_call(scratch, key) && remove_call(key);
}

/* ---- end -------------------------------------------------------------------------------------- */

/* The goroutine leaves a span that it is in. False: that is not recorded. */
static __always_inline bool leave_span(const struct hit *hit, struct active_spans *spans,
				       const struct active_span *span)
{
	bool sampled = span->flags & SPAN_SAMPLED;

	leave(&hit->key, spans, span);
	return sampled;
}

/*
 * The goroutine leaves the span of a type that it has entered last. False: it is in none that is recorded.
 */
static __always_inline bool leave_call(const struct hit *hit, __u16 type)
{
	struct active_spans *spans = active_of(&hit->key);
	struct active_span *span = innermost_of(spans, type);

	if (!span)
		return spans && spans->depth == ACTIVE_MAX; /* one that was too deep */
	return leave_span(hit, spans, span);
}

/*
 * panics.bpf.c: ends the innermost call of a goroutine, if it was made where more of the stack was in use than that.
 * False: it was not.
 */
int end_innermost(struct scratch *scratch, const struct goroutine_key *goroutine, __u32 stack);

/*
 * The same of all calls that it is not noted to be in: those that it makes one of at a time, and those whose methods
 * are among the frames that are left.
 *
 * @frame the innermost of them
 * @end   where the goroutine goes on: none of them is behind that
 */
static int end_unentered(struct scratch *scratch, const struct hit *hit, __u64 frame, __u64 end);

/* Ends the calls whose functions a panic has left, or runtime.Goexit: no more of the stack than that is in use. */
static __always_inline void end_left(struct scratch *scratch, const struct goroutine_key *goroutine, __u32 stack)
{
	for (int i = 0; i < ACTIVE_MAX && end_innermost(scratch, goroutine, stack); i++)
		;
}

/*
 * The same of a request that a server answers, and of what has not ended in it. True: if an open call is its own, the
 * request is recorded.
 */
static __always_inline bool leave_request(const struct hit *hit, __u16 type)
{
	if (!has_calls(hit))
		return true;

	const struct active_span *last = innermost(active_of(&hit->key));

	if (last && !(last->flags & ACTIVE_REQUEST))
		end_left(scratch_of_thread(), &hit->key, 0);
	return leave_call(hit, type);
}

/*
 * Whether a record of so many bytes should wake the reader: when the unread bytes pass a multiple of the
 * mark. Not on every record above it, for a wake-up costs the traced thread more than its record.
 */
static __always_inline __u64 wake_flag(__u64 wake_bytes, __u64 record_bytes)
{
	__u64 before = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	__u64 after = before + record_bytes;

	if (!wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	if (after < wake_bytes || before / wake_bytes == after / wake_bytes)
		return BPF_RB_NO_WAKEUP;
	return BPF_RB_FORCE_WAKEUP;
}

/* Hands the record in scratch over; false: it is lost, and counted. */
static __always_inline bool hand_over(struct scratch *scratch, enum end_reason reason, __u64 end_ns)
{
	struct span_header *span = span_of(scratch);
	const struct settings *now = current_settings();
	__u64 size = span->header.size;

	span->end_ns = end_ns;
	span->end_reason = reason;
	barrier_var(size);
	if (!now || size > sizeof(scratch->call.record))
		return false;

	if (bpf_ringbuf_output(&ring, span, size, wake_flag(now->wake_bytes, size))) {
		count(span->header.type, COUNT_LOST_RING_FULL);
		return false;
	}
	count(span->header.type, COUNT_RECORDS_RESERVED);
	return true;
}

#endif
