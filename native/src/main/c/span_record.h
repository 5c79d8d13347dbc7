/* SPDX-License-Identifier: GPL-2.0 */
/* Packs the strings of a record and hands it to the ring. */
#ifndef GOSHAWK_SPAN_RECORD_H
#define GOSHAWK_SPAN_RECORD_H

static __always_inline struct scratch *scratch_of_thread(void)
{
	return bpf_task_storage_get(&scratch, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline const struct settings *current_settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
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
 * Appends up to `limit` bytes of a string behind those that end at `end`, and returns the new end. A
 * string that cannot be read keeps its original length and has none of its bytes.
 *
 * A global function, so that the verifier looks at it once and not once for every string and every way to
 * get there (which took 800,000 of the million steps it allows, and a second).
 */
__noinline __u64 pack(struct scratch *scratch, __u64 end, __u64 which, const struct go_string *string,
		      __u64 limit)
{
	barrier_var(which);
	if (!scratch || !string || which >= HTTP_STRING_COUNT)
		return end;

	struct string_ref *ref = &scratch->record.strings[which];
	__u64 bytes = string->length < limit ? string->length : limit;

	ref->offset = sizeof(scratch->record) + end;
	ref->length = 0;
	ref->original_length = string->length < 0xffffffff ? string->length : 0xffffffff;
	barrier_var(bytes);
	if (!bytes || bytes > LONGEST_STRING || end > STRINGS_MAX ||
	    !read_string(scratch->strings + end, bytes, string->address))
		return end;
	ref->length = bytes;
	return end + bytes;
}

/* As `pack`, of a []string's first elements joined by commas: one header given in several lines. */
#define JOINED_MAX 4

__noinline __u64 pack_joined(struct scratch *scratch, __u64 end, __u64 which,
			     const struct go_string *slice, __u64 limit)
{
	barrier_var(which);
	if (!scratch || !slice || which >= HTTP_STRING_COUNT)
		return end;

	struct string_ref *ref = &scratch->record.strings[which];
	__u64 begin = end, original = 0;

	for (__u32 i = 0; i < JOINED_MAX && i < slice->length; i++) {
		struct go_string line = read_string_at(slice->address, i * sizeof(struct go_string));
		__u64 room = limit - (end - begin);

		original += line.length + (i ? 1 : 0);
		if (i && room && end <= STRINGS_MAX) {
			scratch->strings[end] = ',';
			end++;
			room--;
		}

		__u64 bytes = line.length < room ? line.length : room;

		barrier_var(bytes);
		if (!bytes || bytes > LONGEST_STRING || end > STRINGS_MAX ||
		    read_user(scratch->strings + end, bytes, line.address))
			continue;
		end += bytes;
	}
	ref->offset = sizeof(scratch->record) + begin;
	ref->length = end - begin;
	ref->original_length = original < 0xffffffff ? original : 0xffffffff;
	return end;
}

/* Hands the packed record over, its strings ending at `end`. */
static __always_inline void hand_over(struct scratch *scratch, __u64 end)
{
	const struct settings *now = current_settings();
	__u64 size = sizeof(scratch->record) + end;

	barrier_var(size);
	if (!now || size > sizeof(scratch->record) + sizeof(scratch->strings))
		return;
	scratch->record.span.header.size = size;
	count(bpf_ringbuf_output(&ring, &scratch->record, size, wake_flag(now->wake_bytes, size)) ?
		      COUNT_LOST_RING_FULL :
		      COUNT_RECORDS_RESERVED);
}

#endif
