/* SPDX-License-Identifier: GPL-2.0 */
/* What an error is: the innermost of those that wrap each other. */
#ifndef GOSHAWK_GO_ERROR_H
#define GOSHAWK_GO_ERROR_H

#define WRAPPED_MAX 8
#define ERROR_TEXT_LIMIT 128

/* An error where a function returns it. */
struct returned_error {
	struct go_interface error;
	__u64 load_bias;
};

/* Takes the error that another one wraps; false: it wraps none, as far as is known. */
static __always_inline bool unwrap(const struct runtime_layout *runtime, struct returned_error *seen)
{
	for (int i = 0; i < ERROR_WRAPPERS; i++) {
		const struct error_wrapper *wrapper = &runtime->error_wrappers[i];

		if (!wrapper->itab || seen->error.itab != wrapper->itab + seen->load_bias)
			continue;

		struct go_interface inner = read_interface_at(seen->error.data, wrapper->error);

		if (!inner.itab)
			return false;
		seen->error = inner;
		return true;
	}
	return false;
}

/*
 * Describes an error to `to`, and if it has nothing but a text packs that as `text`, both of the record in
 * scratch. A global function, as `pack` is.
 */
__noinline int describe_error(struct scratch *scratch, struct innermost_error *to, struct string_ref *text,
			      const struct runtime_layout *runtime, const struct returned_error *outer)
{
	if (!scratch || !to || !text || !runtime || !outer)
		return 0;

	struct returned_error seen = *outer;

	for (int i = 0; i < WRAPPED_MAX && unwrap(runtime, &seen); i++)
		;
	to->type = read_u64_at(seen.error.itab, ITAB_TYPE);
	if (to->type)
		to->type -= seen.load_bias;
	to->number = 0;
	if (runtime->errno_itab && seen.error.itab == runtime->errno_itab + seen.load_bias)
		to->number = read_u64_at(seen.error.data, 0);
	if (runtime->error_string_itab && seen.error.itab == runtime->error_string_itab + seen.load_bias) {
		struct go_string string = read_string_at(seen.error.data, 0);

		pack(scratch, text, &string, ERROR_TEXT_LIMIT);
	}
	return 0;
}

#endif
