/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of the headers that a user wants to see, off unless there is one: a library's program finds the headers
 * (find_headers), and where it packs its strings it calls capture_headers.
 *
 * What is redacted is not read: credentials do not leave their process.
 */
#ifndef GOSHAWK_CAPTURED_HEADERS_H
#define GOSHAWK_CAPTURED_HEADERS_H

#define CAPTURED_VALUES_MAX 8 /* of a header */
#define CAPTURED_VALUE_LIMIT 512
#define CAPTURED_END (STRINGS_MAX - 1024) /* strings that are packed later have room behind it */

/* Appends a value to the record in scratch; false: there is no room. */
static __always_inline bool append_value(struct scratch *scratch, const struct found_header *header,
					 const struct go_string *value, bool more)
{
	struct span_header *span = span_of(scratch);
	__u64 at = (span->header.size + 7ull) & ~7ull;
	__u64 bytes = value->length < CAPTURED_VALUE_LIMIT ? value->length : CAPTURED_VALUE_LIMIT;

	barrier_var(at);
	if (at > CAPTURED_END)
		return false;

	struct captured_value *captured = (void *)(scratch->call.record + at);

	if (header->redacted)
		bytes = 0;
	barrier_var(bytes);
	if (bytes && (bytes > CAPTURED_VALUE_LIMIT ||
		      read_user(scratch->call.record + at + sizeof(*captured), bytes, value->address)))
		bytes = 0;
	*captured = (struct captured_value){
		.before = span->captured,
		.number = header->number,
		.length = bytes,
		.more = more,
		.original_length = header->redacted ? 0 : value->length,
	};
	span->captured = at;
	span->header.size = at + sizeof(*captured) + bytes;
	return true;
}

/*
 * Appends the values of a header that is captured; false: there is no room.
 *
 * A global function, as `pack` is.
 */
__noinline int capture_header(struct scratch *scratch, const struct found_header *found)
{
	if (!scratch || !found)
		return false;

	struct go_string values = found->values;

	for (__u32 i = 0; i < CAPTURED_VALUES_MAX && i < values.length; i++) {
		struct go_string value = read_string_at(values.address, i * sizeof(struct go_string));

		if (!append_value(scratch, found, &value,
				  i == CAPTURED_VALUES_MAX - 1 && values.length > CAPTURED_VALUES_MAX))
			return false;
	}
	return true;
}

static __always_inline bool captures(enum header_side side)
{
	return captured_sides & 1u << side;
}

/* Appends the headers that were found and are captured to the record in scratch; false: not all of them. */
static __always_inline bool capture_headers(struct scratch *scratch, struct header_search *search)
{
	bool all = true;

	if (!search->captured_count)
		return true;
	for (__u32 i = 0; i < FOUND_MAX && i < search->captured_count; i++)
		all &= capture_header(scratch, &search->captured[i]);
	return all && search->captured_count <= FOUND_MAX;
}

#endif
