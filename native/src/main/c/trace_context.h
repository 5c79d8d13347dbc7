/* SPDX-License-Identifier: GPL-2.0 */
/*
 * W3C Trace Context, ids and the sampling decision.
 *
 * https://www.w3.org/TR/trace-context/ : traceparent is version "-" trace-id "-" parent-id "-" flags, lower
 * case hex, 55 characters. A later version may append "-" and more.
 */
#ifndef GOSHAWK_TRACE_CONTEXT_H
#define GOSHAWK_TRACE_CONTEXT_H

#define TRACEPARENT_LENGTH 55
#define TRACE_FLAG_SAMPLED 0x01
/* Level 2: the trace id is random. Ours are, and a parent's word for it is handed on. */
#define TRACE_FLAG_RANDOM 0x02

/*
 * Eight lower case hex digits, the first in the lowest byte, to four bytes in the same order.
 * All at once: a loop over digits costs the program ten times the instructions.
 */
static __always_inline bool decode_hex8(__u64 digits, __u32 *bytes)
{
	const __u64 ones = 0x0101010101010101;
	__u64 letters = (digits >> 6) & ones; /* 'a'..'f' have bit 6, '0'..'9' have not */
	__u64 nibbles = (digits & (ones * 0x0f)) + letters * 9;
	__u64 above9 = ((nibbles + ones * 0x76) >> 7) & ones;

	/* 'g' and what follows is above 15; anything else that is no digit does not come back as it was. */
	if (nibbles & ones * 0xf0 || nibbles + ones * '0' + above9 * ('a' - '0' - 10) != digits)
		return false;

	__u64 pairs = ((nibbles << 4) | (nibbles >> 8)) & 0x00ff00ff00ff00ff;

	pairs = (pairs | pairs >> 8) & 0x0000ffff0000ffff;
	*bytes = pairs | pairs >> 16;
	return true;
}

static __always_inline __u64 load64(const char *at)
{
	__u64 value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

/* Reads the traceparent at an address; false: it is not valid, and to be ignored. */
static __always_inline bool read_traceparent(struct trace_reference *to, __u64 address, __u64 length)
{
	char text[56] = {};
	__u32 trace_id[4], parent_id[2], ends;

	if (length < TRACEPARENT_LENGTH)
		return false;
	if (read_user(text, length > TRACEPARENT_LENGTH ? 56 : 55, address))
		return false;
	if (text[2] != '-' || text[35] != '-' || text[52] != '-')
		return false;

	/* version and flags, made eight digits */
	char rest[8] = { text[0], text[1], text[53], text[54], '0', '0', '0', '0' };

	if (!decode_hex8(load64(rest), &ends) || !decode_hex8(load64(text + 3), &trace_id[0]) ||
	    !decode_hex8(load64(text + 11), &trace_id[1]) || !decode_hex8(load64(text + 19), &trace_id[2]) ||
	    !decode_hex8(load64(text + 27), &trace_id[3]) || !decode_hex8(load64(text + 36), &parent_id[0]) ||
	    !decode_hex8(load64(text + 44), &parent_id[1]))
		return false;

	__u8 version = ends, flags = ends >> 8;

	if (version == 0xff || (length > TRACEPARENT_LENGTH && (version == 0 || text[55] != '-')))
		return false;
	if (!(trace_id[0] | trace_id[1] | trace_id[2] | trace_id[3]) || !(parent_id[0] | parent_id[1]))
		return false;

	__builtin_memcpy(to->trace_id, trace_id, sizeof(trace_id));
	__builtin_memcpy(to->span_id, parent_id, sizeof(parent_id));
	to->trace_flags = flags & (TRACE_FLAG_SAMPLED | TRACE_FLAG_RANDOM);
	to->known = true;
	to->passed_on = false;
	return true;
}

/* Takes that span as the parent. */
static __always_inline void adopt_reference(struct span_core *core, const struct trace_reference *parent,
					    enum parent_source source)
{
	__builtin_memcpy(core->trace_id, parent->trace_id, sizeof(core->trace_id));
	__builtin_memcpy(core->parent_span_id, parent->span_id, sizeof(core->parent_span_id));
	core->trace_flags = parent->trace_flags;
	core->parent_source = source;
}

/* Takes a span that a goroutine is in as the parent. */
static __always_inline void adopt(struct span_core *core, const struct active_span *parent, __u8 source)
{
	__builtin_memcpy(core->trace_id, parent->trace_id, sizeof(core->trace_id));
	__builtin_memcpy(core->parent_span_id, parent->span_id, sizeof(core->parent_span_id));
	core->trace_flags = parent->trace_flags;
	core->parent_source = source;
}

/* Takes a valid traceparent's span as the parent; false: it is to be ignored. */
static __always_inline bool adopt_traceparent(struct span_core *core, __u64 address, __u64 length)
{
	struct trace_reference parent;

	if (!read_traceparent(&parent, address, length))
		return false;
	adopt_reference(core, &parent, PARENT_REMOTE);
	return true;
}

/* A random id's two halves; never zero, which would be no id. */
static __always_inline void random_id(__u8 *id)
{
	__u32 halves[2] = { bpf_get_prandom_u32(), bpf_get_prandom_u32() };

	if (!(halves[0] | halves[1]))
		halves[0] = 1;
	__builtin_memcpy(id, halves, sizeof(halves));
}

/*
 * Which parent a span has adopted can be told from its id, wherever that has gone: the last two bytes follow
 * from the others and from the parent's id.
 */
static __always_inline __u16 adoption(const __u8 *span_id, const __u8 *parent_id)
{
	const __u64 golden_ratio = 0x9e3779b97f4a7c15;
	__u64 random = load64((const char *)span_id) << 16;

	return (random ^ load64((const char *)parent_id)) * golden_ratio >> 48;
}

#define ADOPTION_BYTE 6

static __always_inline void mark_adoption(__u8 *span_id, const __u8 *parent_id)
{
	__u16 mark = adoption(span_id, parent_id);

	__builtin_memcpy(span_id + ADOPTION_BYTE, &mark, sizeof(mark));
}

static __always_inline bool has_adopted(const __u8 *span_id, const __u8 *parent_id)
{
	__u16 mark;

	__builtin_memcpy(&mark, span_id + ADOPTION_BYTE, sizeof(mark));
	return mark == adoption(span_id, parent_id);
}

/*
 * What a traceparent means that the application itself sends with a call whose parent is known. The one that
 * the parent adopted is only passed on. Another one of the same trace, or where we know no parent, names the
 * application's own span: that is the parent. One of another trace is a link. What is left in `sent` is that, or what
 * is passed on.
 */
static __always_inline void weigh(struct span_core *core, struct trace_reference *sent)
{
	if (!sent->known)
		return;
	if (core->parent_source == PARENT_NONE) {
		adopt_reference(core, sent, PARENT_APPLICATION);
	} else if (load64((char *)core->trace_id) != load64((char *)sent->trace_id) ||
		   load64((char *)core->trace_id + 8) != load64((char *)sent->trace_id + 8)) {
		return;
	} else if (has_adopted(core->parent_span_id, sent->span_id)) {
		sent->passed_on = true;
		return;
	} else {
		__builtin_memcpy(core->parent_span_id, sent->span_id, sizeof(core->parent_span_id));
		core->parent_source = PARENT_APPLICATION;
	}
	sent->known = false;
}

/* Whether what the application sends with a call is a link of its span. */
static __always_inline bool is_link(const struct trace_reference *sent)
{
	return sent->known && !sent->passed_on;
}

/* What the settings say of a trace id. */
static __always_inline bool is_sampled(const struct span_core *core, __u8 how, const struct settings *now)
{
	__u64 low;

	if (how != SAMPLE_RATIO)
		return how == SAMPLE_ALWAYS_ON;
	__builtin_memcpy(&low, core->trace_id + 8, sizeof(low));
	return (__builtin_bswap64(low) & 0x7fffffffffffffff) < now->ratio_bound;
}

/*
 * Gives the span its own ids, and settles whether it is recorded: as its parent is, if that is one of ours
 * (`inherits`); else as the settings say.
 */
static __always_inline bool decide(struct span_core *core, const struct settings *now, bool inherits)
{
	bool parent_sampled = core->trace_flags & TRACE_FLAG_SAMPLED;
	bool sampled;

	random_id(core->span_id);
	if (core->parent_source == PARENT_REMOTE)
		mark_adoption(core->span_id, core->parent_span_id);
	if (inherits) {
		sampled = parent_sampled;
	} else if (core->parent_source == PARENT_NONE) {
		random_id(core->trace_id);
		random_id(core->trace_id + 8);
		sampled = is_sampled(core, now->root, now);
	} else {
		sampled = is_sampled(core, parent_sampled ? now->parent_sampled : now->parent_not_sampled, now);
	}
	core->trace_flags &= ~TRACE_FLAG_SAMPLED;
	if (sampled) {
		core->trace_flags |= TRACE_FLAG_SAMPLED;
		core->flags |= SPAN_SAMPLED;
	}
	return sampled;
}

#endif
