/* SPDX-License-Identifier: GPL-2.0 */
/* What an error is: the innermost of those that wrap each other. */
#ifndef GOSHAWK_GO_ERROR_H
#define GOSHAWK_GO_ERROR_H

#define WRAPPED_MAX 8
#define ERROR_TEXT_LIMIT 128

/* An error where a function returns it, and what is known of the context that the function was given. */
struct returned_error {
	struct go_interface error;
	__u64 load_bias;
	struct go_interface cause; /* with which the context has ended; 0: it has not, or nobody knows */
	struct go_interface ended; /* what the context itself says of that: context.Canceled, or a deadline's */
};

/* ---- the call's context ----------------------------------------------------------------------- */

struct cancel_walk {
	struct scratch *scratch;
	const struct runtime_layout *runtime;
	__u64 load_bias;
	struct go_interface at;
	__u64 found; /* *cancelCtx */
};

/* Goes one link up; 1: this is the end, or a cancelCtx was found. */
static long follow_to_cancel(__u32 iteration, struct cancel_walk *walk)
{
	const struct runtime_layout *runtime = walk->runtime;
	const struct go_interface at = walk->at;

	if (has_itab(&at, runtime->cancel_context, walk->load_bias)) {
		walk->found = at.data;
		return 1;
	}
	if (has_itab(&at, runtime->timer_context, walk->load_bias)) {
		walk->found = runtime->timer_context_pointer ? read_u64_at(at.data, 0) : at.data;
		return 1;
	}
	/* It does not end with the one that it was made of. */
	if (!at.itab || has_itab(&at, runtime->without_cancel_context, walk->load_bias))
		return 1;
	if (has_itab(&at, runtime->value_context, walk->load_bias))
		walk->at = read_interface_at(at.data, 0);
	else
		find_embedded(walk->scratch, &walk->at, runtime->cancel_context + walk->load_bias);
	return 0;
}

/*
 * Notes whether a context has ended, and with which cause, by the nearest cancelCtx that it was made of: it has the
 * cause of whichever above it was cancelled first. Only a call that fails asks. A global function, as `pack` is.
 */
__noinline int note_cause(struct scratch *scratch, const struct runtime_layout *runtime, struct returned_error *seen,
			  const struct go_interface *context)
{
	if (!scratch || !runtime || !seen || !context || !runtime->cancel_context)
		return 0;

	struct cancel_walk walk = {
		.scratch = scratch,
		.runtime = runtime,
		.load_bias = seen->load_bias,
		.at = *context,
	};

	bpf_loop(CONTEXT_LINKS_MAX, follow_to_cancel, &walk, 0);
	if (!walk.found)
		return 0;
	seen->ended = read_interface_at(walk.found, runtime->cancel_context_err);
	if (seen->ended.itab)
		seen->cause = read_interface_at(walk.found, runtime->cancel_context_cause);
	return 0;
}

/* The error that a function returns which was given that context. */
static __always_inline struct returned_error returned(struct scratch *scratch, const struct hit *hit,
						      const struct go_interface *error,
						      const struct go_interface *context)
{
	struct returned_error seen = { .error = *error, .load_bias = hit->load_bias };

	note_cause(scratch, hit->runtime, &seen, context);
	return seen;
}

static __always_inline bool is_cause(const struct returned_error *seen)
{
	return seen->cause.itab && seen->error.itab == seen->cause.itab && seen->error.data == seen->cause.data;
}

#define CANCELED "context canceled"

/* Whether it is context.Canceled. */
static __always_inline bool is_canceled(const struct runtime_layout *runtime, const struct returned_error *seen)
{
	struct go_string text = read_string_at(seen->error.data, 0);
	char found[16] = {}, canceled[] = CANCELED;

	return has_itab(&seen->error, runtime->error_string_itab, seen->load_bias) && text.length == sizeof(found) &&
	       !read_user(found, sizeof(found), text.address) && same_bytes(found, canceled, sizeof(found));
}

/* ---- errors that wrap others ------------------------------------------------------------------ */

/* That of a list of `count` types that an error is of; 0: none. */
static __always_inline const struct error_wrapper *wrapper_of(const struct error_wrapper *list, int count,
							      const struct returned_error *seen)
{
	for (int i = 0; i < count; i++) {
		if (list[i].itab && seen->error.itab == list[i].itab + seen->load_bias)
			return &list[i];
	}
	return 0;
}

/* Takes the error that another one wraps, by a list of `count` types that do; false: it is none of them. */
static __always_inline bool unwrap_by(const struct error_wrapper *list, int count, struct returned_error *seen)
{
	const struct error_wrapper *wrapper = wrapper_of(list, count, seen);

	if (!wrapper)
		return false;

	struct go_interface inner = read_interface_at(seen->error.data, wrapper->error);

	if (!inner.itab)
		return false;
	seen->error = inner;
	return true;
}

#define SEVERAL_MAX 4

/*
 * Takes one of several errors that another one wraps: that by which the caller has called the work off, if one says
 * so, as errors.Is would find it, else the first. False: it is of no type that does.
 */
__noinline int unwrap_several(const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!runtime || !seen)
		return false;

	const struct error_wrapper *list = wrapper_of(runtime->error_lists, ERROR_LISTS, seen);

	if (!list)
		return false;

	struct go_string errors = read_string_at(seen->error.data, list->error);
	struct go_interface first = read_interface_at(errors.address, 0);

	if (!errors.length || !first.itab)
		return false;
#pragma clang loop unroll(full)
	for (int n = 0; n < SEVERAL_MAX; n++) {
		if (n >= errors.length)
			break;
		seen->error = read_interface_at(errors.address + n * sizeof(first), 0);
		unwrap_by(runtime->error_wrappers, ERROR_WRAPPERS, seen);
		if (is_cause(seen) || is_canceled(runtime, seen))
			return true;
	}
	seen->error = first;
	return true;
}

/*
 * Takes an error that another one wraps, of the types that Go itself has; false: it is none of them, or is the cause.
 * A global function, as `pack` is.
 */
__noinline int unwrap(const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!runtime || !seen || is_cause(seen))
		return false;
	return unwrap_by(runtime->error_wrappers, ERROR_WRAPPERS, seen) || unwrap_several(runtime, seen);
}

/*
 * Takes the innermost error. Here and where a library's own types are taken as well the loop is unrolled: Linux 6.1
 * refuses a loop that begins right behind a call.
 */
static __always_inline void unwrap_all(const struct runtime_layout *runtime, struct returned_error *seen)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < WRAPPED_MAX; i++) {
		if (!unwrap(runtime, seen))
			break;
	}
}

/* ---- description ------------------------------------------------------------------------------ */

/* The address of the type of what a context says of its end: an error, or since Go 1.25 an any. */
static __always_inline __u64 type_of_end(const struct returned_error *seen)
{
	/* Where an itab has its type, a type has how many of its bytes have pointers. */
	__u64 type = read_u64_at(seen->ended.itab, ITAB_TYPE);

	return type > 0xffff ? type : seen->ended.itab;
}

/*
 * Describes an error to `to`, and if it has nothing but a text packs that as `text`, both of the record in
 * scratch. The cause with which the call's context has ended is told as that end. What is described of it is the
 * innermost error, which `seen` is then. A global function, as `pack` is.
 */
__noinline int describe_error(struct scratch *scratch, struct innermost_error *to, struct string_ref *text,
			      const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!scratch || !to || !text || !runtime || !seen)
		return 0;
	unwrap_all(runtime, seen);

	bool ended = is_cause(seen);
	__u64 type = ended ? type_of_end(seen) : read_u64_at(seen->error.itab, ITAB_TYPE);
	__u64 data = ended ? seen->ended.data : seen->error.data;

	to->type = type ? type - seen->load_bias : 0;
	to->number = 0;
	if (!ended && has_itab(&seen->error, runtime->errno_itab, seen->load_bias))
		to->number = read_u64_at(data, 0);
	if (runtime->error_string_itab &&
	    type == read_u64_at(runtime->error_string_itab + seen->load_bias, ITAB_TYPE)) {
		struct go_string string = read_string_at(data, 0);

		pack(scratch, text, &string, ERROR_TEXT_LIMIT);
	}
	return 0;
}

#endif
