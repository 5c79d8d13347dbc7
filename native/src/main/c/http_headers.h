/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds headers in an http.Header or a metadata.MD of gRPC, which are Go maps[string][]string.
 *
 * No hashing: the groups of a map are visited in order, at most GROUPS_MAX of them. Offsets are those of
 * 64-bit Go, the same in all versions named:
 *   MAP_SWISS        src/internal/runtime/maps/{map,table,group}.go, 1.24 to 1.27
 *   MAP_SWISS_SPLIT  the same with all keys of a group before all its elements
 *   MAP_BUCKETS      src/runtime/map.go, later map_noswiss.go, 1.0 to 1.25
 */
#ifndef GOSHAWK_HTTP_HEADERS_H
#define GOSHAWK_HTTP_HEADERS_H

#define GROUPS_MAX 128
#define GROUP_MAX 336 /* bytes of one group or bucket */

/* The headers that are looked for; the first of them become strings of a record. */
enum sought_header {
	HEADER_TRACEPARENT,
	HEADER_TRACESTATE,
	HEADER_USER_AGENT,
	HEADER_FORWARDED,
	HEADER_X_FORWARDED_FOR,
	HEADER_X_FORWARDED_PROTO,
	HEADER_X_FORWARDED_HOST,
	HEADER_UPGRADE,
	HEADER_AUTHORITY, /* in gRPC's metadata */
	HEADER_COUNT,
};

/*
 * Of which sides some headers are captured, a bit for each enum header_side, and of how long names, a bit for each
 * length modulo 32. User space may set others while the programs run.
 */
volatile __u32 captured_sides SEC(".data.captured_sides");
volatile __u32 captured_lengths SEC(".data.captured_lengths");

/* A header that is captured. */
struct found_header {
	struct go_string values; /* []string */
	__u16 number;		 /* of struct captured_header */
	__u16 redacted;
	__u32 reserved;
};

#define FOUND_MAX 32

/* What was found, and where the search works. */
struct header_search {
	struct go_string found[HEADER_COUNT]; /* []string of each: address and length */
	__u8 group[GROUP_MAX];
	__u64 name[NAME_WORDS]; /* struct captured_name */
	struct found_header captured[FOUND_MAX];
	__u32 captured_count; /* more than FOUND_MAX: the others were left out */
	__u32 side;	      /* enum header_side */
	__u32 lengths;	      /* captured_lengths, if any of the side are captured */
	__u32 reserved;
};

#define GROUP_SLOTS 8
#define KEY_SIZE 16	/* string */
#define ELEMENT_SIZE 24 /* []string */
#define SWISS_GROUP_SIZE (8 + GROUP_SLOTS * (KEY_SIZE + ELEMENT_SIZE))
#define BUCKET_SIZE (SWISS_GROUP_SIZE + 8) /* and a pointer to the overflow bucket */

#define BUCKET_MIN_TOP_HASH 5 /* below: empty or moved away */
#define HMAP_SAME_SIZE_GROW 8 /* hmap.flags */
#define HMAP_LARGEST_B 8      /* 2^B buckets; more are cut off anyway */

struct swiss_map {
	__u64 used;
	__u64 seed;
	__u64 directory; /* one group when directory_length is 0, else an array of *table */
	__u64 directory_length;
};

struct swiss_table {
	__u16 used;
	__u16 capacity;
	__u16 growth_left;
	__u8 local_depth;
	__u8 padding;
	__u64 index;
	__u64 groups;
	__u64 length_mask;
};

struct hmap {
	__u64 count;
	__u8 flags;
	__u8 b;
	__u16 noverflow;
	__u32 hash0;
	__u64 buckets;
	__u64 old_buckets;
};

#define LOWER_CASE 0x20 /* of the first letter */

/* Of the headers that recognize() knows. */
#define SOUGHT_LENGTHS (1 << 7 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 17)

/*
 * Which of the sought headers a key is that has the length of one; HEADER_COUNT: none. Keys are as net/http stores
 * them, canonical, or as gRPC does, in lower case.
 *
 * A global function: the verifier looks at it once, and not for each slot of a group.
 */
__noinline int recognize(__u64 address, __u64 length)
{
	__u64 key[3] = {};

	if (length > 17 || read_user(key, length, address))
		return HEADER_COUNT;

	if ((key[0] | LOWER_CASE) == load64("tracepar") && key[1] == load64("ent\0\0\0\0"))
		return HEADER_TRACEPARENT;
	if ((key[0] | LOWER_CASE) == load64("tracesta") && key[1] == load64("te\0\0\0\0\0"))
		return HEADER_TRACESTATE;
	if (key[0] == load64(":authori") && key[1] == load64("ty\0\0\0\0\0"))
		return HEADER_AUTHORITY;
	if (key[0] == load64("User-Age") && key[1] == load64("nt\0\0\0\0\0"))
		return HEADER_USER_AGENT;
	if (key[0] == load64("Forwarde") && key[1] == load64("d\0\0\0\0\0\0"))
		return HEADER_FORWARDED;
	if (key[0] == load64("X-Forwar")) {
		if (key[1] == load64("ded-For"))
			return HEADER_X_FORWARDED_FOR;
		if (key[1] == load64("ded-Prot") && key[2] == 'o')
			return HEADER_X_FORWARDED_PROTO;
		if (key[1] == load64("ded-Host") && key[2] == 0)
			return HEADER_X_FORWARDED_HOST;
	}
	if (key[0] == load64("Upgrade") && key[1] == 0)
		return HEADER_UPGRADE;
	return HEADER_COUNT;
}

#define EACH_BYTE(byte) (0x0101010101010101ull * (byte))

/* Eight letters in lower case: A to Z are those to which adding one number passes 0x7f, and adding another does not. */
static __always_inline __u64 in_lower_case(__u64 letters)
{
	__u64 low = letters & EACH_BYTE(0x7f);
	__u64 from_a = low + EACH_BYTE(0x80 - 'A'), past_z = low + EACH_BYTE(0x7f - 'Z');

	return letters | (((from_a ^ past_z) & ~letters & EACH_BYTE(0x80)) >> 2);
}

/*
 * Notes a header, its name and its []string, if it is captured.
 *
 * A global function, which has next to nothing on the stack: what comes here is deep enough.
 */
__noinline int note_captured(struct header_search *search, __u64 address, __u64 length, const struct go_string *values)
{
	__u64 key = 0, count, differs = 0;

	barrier_var(length);
	if (!search || !values || !length || length > NAME_MAX)
		return 0;
	__builtin_memset(search->name, 0, sizeof(search->name));
	if (read_user(search->name, length, address))
		return 0;
	((struct captured_name *)search->name)->side = search->side;
	/* One word after the other: all at once they would be on the stack. */
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAME_WORDS; i++) {
		__u64 word = in_lower_case(search->name[i]);

		search->name[i] = word;
		key = (key ^ word) * NAME_HASH;
		key = key >> 32 | key << 32;
	}

	const struct captured_header *header = bpf_map_lookup_elem(&captured_names, &key);

	if (!header)
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAME_WORDS; i++)
		differs |= search->name[i] ^ ((const __u64 *)&header->name)[i];
	if (differs)
		return 0;
	count = search->captured_count++;
	barrier_var(count);
	if (count < FOUND_MAX)
		search->captured[count] = (struct found_header){ *values, header->number, header->redacted, 0 };
	return 0;
}

/* The same, as far as its length tells without a look at the name. */
static __always_inline void note_header(struct header_search *search, const struct go_string *name,
					const struct go_string *values)
{
	if (search->lengths & 1u << (name->length & 31))
		note_captured(search, name->address, name->length, values);
}

/*
 * Searches the group or bucket at an address; one read for all of it. One that cannot be read is empty: a
 * bucket that nothing was ever put into may lie on a page that does not exist yet.
 *
 * A global function: the verifier looks at it once.
 */
__noinline int search_group(struct header_search *search, __u64 address, __u64 kind)
{
	if (!search)
		return 0;

	__u64 bytes = kind == MAP_BUCKETS ? BUCKET_SIZE : SWISS_GROUP_SIZE;
	__u64 key_stride = kind == MAP_SWISS ? KEY_SIZE + ELEMENT_SIZE : KEY_SIZE;
	__u64 element_stride = kind == MAP_SWISS ? KEY_SIZE + ELEMENT_SIZE : ELEMENT_SIZE;
	__u64 key_at = 8;
	__u64 element_at = kind == MAP_SWISS ? 8 + KEY_SIZE : 8 + GROUP_SLOTS * KEY_SIZE;

	if (!read_object(search->group, bytes, address)) {
		__builtin_memset(search->group, 0, GROUP_MAX);
		return 0;
	}
	for (int slot = 0; slot < GROUP_SLOTS; slot++, key_at += key_stride, element_at += element_stride) {
		__u8 control = search->group[slot];

		if (kind == MAP_BUCKETS ? control < BUCKET_MIN_TOP_HASH : control & 0x80)
			continue;
		/* Never true, but not all verifiers see that from the loop. */
		if (key_at > GROUP_MAX - KEY_SIZE || element_at > GROUP_MAX - KEY_SIZE)
			break;

		struct go_string *key = (void *)(search->group + key_at);
		struct go_string *element = (void *)(search->group + element_at);
		__u64 length = key->length;

		note_header(search, key, element);
		if (length > 17 || !(SOUGHT_LENGTHS & 1 << length))
			continue;

		__u32 header = recognize(key->address, length);

		if (header < HEADER_COUNT)
			search->found[header] = *element;
	}
	return 0;
}

/* Where the search in a map of more than one group is. */
struct group_walk {
	struct header_search *search;
	__u64 array;
	__u64 overflow;	  /* bucket that continues the current one */
	__u64 next_array; /* hmap.oldbuckets, searched after the buckets */
	__u32 index;
	__u32 length;
	__u32 next_length;
	__u32 kind;
};

static long visit_group(__u32 iteration, struct group_walk *walk)
{
	if (walk->index >= walk->length && !walk->overflow) {
		if (!walk->next_array)
			return 1;
		walk->array = walk->next_array;
		walk->length = walk->next_length;
		walk->index = 0;
		walk->next_array = 0;
	}

	__u64 group = walk->overflow;

	if (!group) {
		group = walk->array + (__u64)walk->index * (walk->kind == MAP_BUCKETS ? BUCKET_SIZE : SWISS_GROUP_SIZE);
		walk->index++;
	}
	walk->overflow = 0;
	search_group(walk->search, group, walk->kind);
	if (walk->kind == MAP_BUCKETS)
		__builtin_memcpy(&walk->overflow, walk->search->group + SWISS_GROUP_SIZE, 8);
	return 0;
}

/* Searches all groups; false: there were more than the programs search. */
static __always_inline bool walk_groups(struct group_walk *walk)
{
	bpf_loop(GROUPS_MAX, visit_group, walk, 0);
	return walk->index >= walk->length && !walk->overflow && !walk->next_array;
}

static __always_inline bool search_swiss(struct header_search *search, __u64 map, __u32 kind)
{
	struct swiss_map head;
	struct swiss_table table;
	__u64 first;

	if (read_user(&head, sizeof(head), map) || !head.used)
		return true;
	if (!head.directory_length) {
		search_group(search, head.directory, kind);
		return true;
	}
	/*
	 * A directory has a second table only when the first became larger than 1024 slots
	 * (maxTableCapacity): 128 groups, all that are searched. So only the first is looked at, and no
	 * table can be met twice.
	 */
	if (read_user(&first, sizeof(first), head.directory) || read_user(&table, sizeof(table), first))
		return false;

	struct group_walk walk = {
		.search = search,
		.array = table.groups,
		.length = table.length_mask + 1,
		.kind = kind,
	};

	return walk_groups(&walk) && head.directory_length == 1;
}

static __always_inline bool search_buckets(struct header_search *search, __u64 map)
{
	struct hmap head;

	if (read_user(&head, sizeof(head), map) || !head.count)
		return true;
	if (head.b > HMAP_LARGEST_B)
		head.b = HMAP_LARGEST_B;

	/* While a map grows, an entry is either in the new buckets or, not yet moved, in the old ones. */
	__u32 length = 1u << head.b;
	struct group_walk walk = {
		.search = search,
		.array = head.buckets,
		.length = length,
		.next_array = head.old_buckets,
		.next_length = head.flags & HMAP_SAME_SIZE_GROW ? length : length / 2,
		.kind = MAP_BUCKETS,
	};

	return walk_groups(&walk);
}

/*
 * Fills search->found, and search->captured of a side, from the http.Header at an address; false: not all of it was
 * searched.
 *
 * A global function, for the place on the stack of what it reads.
 */
__noinline int find_headers(struct header_search *search, __u64 map, __u32 kind, __u32 side)
{
	if (!search)
		return false;
	__builtin_memset(search->found, 0, sizeof(search->found));
	search->captured_count = 0;
	search->side = side;
	search->lengths = captured_sides & 1u << (side & 31) ? captured_lengths : 0;
	if (!map)
		return true;
	return kind == MAP_BUCKETS ? search_buckets(search, map) : search_swiss(search, map, kind);
}

#endif
