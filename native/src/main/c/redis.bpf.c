/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that github.com/redis/go-redis/v9 sends: one span for each, or for each pipeline.
 *
 *   redis_start ... redis_end    at the entry and the returns of what a client has its hooks run in the end
 *
 * While a command runs, a connection may be made, and be told who we are by commands of the client's own, which it has
 * a pool of its own for: these have no spans. Of a command its name is read, and its first argument where that is a
 * string; user space knows which of these are keys, and forgets all others.
 */
#include "redis.h"

LAYOUT_MAP(redis_layout);

#define REDIS_SERVER_LIMIT 128
#define REDIS_NAME_LIMIT 32
#define REDIS_KEY_LIMIT 128
#define REDIS_REPLY_LIMIT 24

_Static_assert(REDIS_SERVER_LIMIT + REDIS_TOLD * (REDIS_NAME_LIMIT + REDIS_KEY_LIMIT) + REDIS_REPLY_LIMIT +
			       ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct redis_record),
	       "strings of all limits fit");

/* What of an open call is not handed over. */
struct redis_call {
	struct call_at at;
	struct go_interface context; /* that it was given */
	__u64 commands;		     /* of a pipeline: where they lie */
	__u64 count;
};

/* ---- commands --------------------------------------------------------------------------------- */

#define INTERFACE_BYTES 16
#define KIND_STRING 24

/* The arguments of a command, a Cmder, by their address: a []any. */
static __always_inline struct go_string arguments_of(const struct redis_layout *layout, __u64 command)
{
	return read_string_at(read_interface_at(command, 0).data, layout->command_args);
}

/* An argument, if it is a string; else an empty one. */
static __always_inline struct go_string string_argument(const struct go_string *arguments, __u32 index)
{
	struct go_interface value = {};

	/* An `any`: it has its type where others have an itab. */
	if (index < arguments->length)
		value = read_interface_at(arguments->address + index * INTERFACE_BYTES, 0);
	if (!value.itab || (read_u8_at(value.itab, TYPE_KIND) & KIND_MASK) != KIND_STRING)
		return (struct go_string){};
	return read_string_at(value.data, 0);
}

/* Tells the command at a place. */
static __always_inline void pack_command(struct scratch *scratch, const struct go_string *arguments, __u32 at)
{
	struct redis_record *record = RECORD(scratch, redis_record);
	struct go_string name = string_argument(arguments, 0), key = string_argument(arguments, 1);

	record->words[at] = arguments->length;
	pack(scratch, &record->strings[REDIS_NAMES + at], &name, REDIS_NAME_LIMIT);
	if (key.length)
		pack(scratch, &record->strings[REDIS_KEYS + at], &key, REDIS_KEY_LIMIT);
}

struct name_walk {
	const struct redis_layout *layout;
	__u64 commands;
	struct go_string first;
	bool differs;
};

/* Names are constants, which the linker keeps once. */
static long compare_name(__u32 index, struct name_walk *walk)
{
	struct go_string arguments = arguments_of(walk->layout, walk->commands + (index + 1) * INTERFACE_BYTES);
	struct go_string name = string_argument(&arguments, 0);

	walk->differs = name.address != walk->first.address || name.length != walk->first.length;
	return walk->differs;
}

#define NAMES_COMPARED 256

/* Tells the commands of a pipeline. */
__noinline int pack_commands(struct scratch *scratch, const struct redis_layout *layout, __u64 commands, __u64 count)
{
	if (!scratch || !layout)
		return 0;

	struct redis_record *record = RECORD(scratch, redis_record);
	struct name_walk walk = { .layout = layout, .commands = commands };
	struct go_string arguments = arguments_of(layout, commands);

	walk.first = string_argument(&arguments, 0);
	record->commands = count;
	if (count > NAMES_COMPARED)
		walk.differs = true;
	else if (count > 1)
		bpf_loop(count - 1, compare_name, &walk, 0);
	record->differ = walk.differs;
	for (__u32 i = 0; i < REDIS_TOLD; i++) {
		if (i >= count)
			break;
		arguments = arguments_of(layout, commands + i * INTERFACE_BYTES);
		pack_command(scratch, &arguments, i);
	}
	return 0;
}

/* ---- start ------------------------------------------------------------------------------------ */

/* A process that is not traced sends a command: as redis_start, without a span. */
static __noinline int pass_command_by(struct pt_regs *ctx, struct hit *hit)
{
	if (hit && is_untraced(ctx, hit))
		count_untraced(hit, RECORD_REDIS);
	return 0;
}

static __always_inline bool is_transaction(enum redis_operation operation)
{
	return operation == REDIS_TRANSACTION || operation == REDIS_CLUSTER_TRANSACTION;
}

/* A method value of baseClient's: (ctx, Cmder), or (ctx, []Cmder). */
SEC("uprobe")
int redis_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_command_by(ctx, &hit);

	const struct redis_layout *layout = LAYOUT(&hit, redis_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface context = { GO_ARG1(ctx), GO_ARG2(ctx) };
	__u64 client = read_u64_at(GO_CLOSURE(ctx), CLOSURE_FIRST);

	if (!layout)
		return 0;

	struct go_interface pool = read_interface_at(client, layout->client_pool);

	if (is_a(&hit, &pool, layout->single_pool_itab))
		return 0;
	count(RECORD_REDIS, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_REDIS, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct redis_record *record = RECORD(scratch, redis_record);
	struct redis_call *kept = KEPT(scratch, redis_call);

	begin(scratch, &hit, RECORD_REDIS, SPAN_CLIENT, sizeof(*record));
	record->operation = hit.variant;
	record->commands = 1;
	if (!settle(scratch, &hit, &context, false, 0))
		return 0;
	kept->context = context;
	kept->at.stack = stack_in_use(&hit);
	if (hit.variant == REDIS_COMMAND) {
		struct go_string arguments = read_string_at(GO_ARG4(ctx), layout->command_args);

		pack_command(scratch, &arguments, 0);
	} else {
		kept->commands = GO_ARG3(ctx);
		kept->count = GO_ARG4(ctx);
		if (is_transaction(hit.variant) && kept->count > 2) {
			kept->commands += INTERFACE_BYTES;
			kept->count -= 2;
		}
		pack_commands(scratch, layout, kept->commands, kept->count);
	}
	if (hit.variant <= REDIS_TRANSACTION) {
		__u64 options = read_u64_at(client, layout->client_opt);
		struct go_string server = read_string_at(options, layout->opt_addr);

		record->database = read_u64_at(options, layout->opt_database);
		pack(scratch, &record->strings[REDIS_SERVER], &server, REDIS_SERVER_LIMIT);
	}

	struct call_key key = call_of(&hit.key, RECORD_REDIS);

	scratch->may_replace = go_deeper(&key, hit.process, stack_in_use(&hit));
	park_call(scratch, &key);
	return 0;
}

/* ---- end -------------------------------------------------------------------------------------- */

#define NIL "redis: nil"

/* Whether an error is redis.Nil, by which a server says that nothing is there. */
static __always_inline bool is_redis_nil(const struct hit *hit, const struct redis_layout *layout,
					 const struct go_interface *error)
{
	struct go_string text = read_string_at(error->data, 0);
	char found[12] = {}, nil[12] = NIL;

	return is_a(hit, error, layout->error_itab) && text.length == sizeof(NIL) - 1 &&
	       !read_user(found, sizeof(NIL) - 1, text.address) && same_bytes(found, nil, sizeof(nil));
}

struct error_walk {
	const struct hit *hit;
	const struct redis_layout *layout;
	__u64 commands;
	struct go_interface found;
};

static long find_error(__u32 index, struct error_walk *walk)
{
	__u64 command = read_interface_at(walk->commands + index * INTERFACE_BYTES, 0).data;
	struct go_interface error = read_interface_at(command, walk->layout->command_err);

	if (!error.itab || is_redis_nil(walk->hit, walk->layout, &error))
		return 0;
	walk->found = error;
	return 1;
}

#define ERRORS_LOOKED_AT 1024

/* Describes the error of a call, and packs its strings; of a pipeline the first that is none of redis.Nil. */
static __noinline int describe_redis_error(struct scratch *scratch, const struct redis_layout *layout,
					   const struct hit *hit, struct go_interface *error)
{
	if (!scratch || !layout || !hit || !error)
		return 0;

	struct redis_record *record = RECORD(scratch, redis_record);
	const struct redis_call *kept = KEPT(scratch, redis_call);

	if (is_redis_nil(hit, layout, error)) {
		struct error_walk walk = { .hit = hit, .layout = layout, .commands = kept->commands };
		__u64 looked_at = kept->count < ERRORS_LOOKED_AT ? kept->count : ERRORS_LOOKED_AT;

		bpf_loop(looked_at, find_error, &walk, 0);
		*error = walk.found;
	}
	if (!error->itab)
		return 0;

	struct returned_error seen = returned(scratch, hit, error, &kept->context);

	record->failed = 1;
	if (is_a(hit, error, layout->error_itab)) {
		struct go_string reply = read_string_at(error->data, 0);

		pack(scratch, &record->strings[REDIS_REPLY], &reply, REDIS_REPLY_LIMIT);
	}
	describe_error(scratch, &record->error, &record->strings[REDIS_ERROR_TEXT], hit->runtime, &seen);
	return 0;
}

/* A return of such a method value: its result is the error. */
SEC("uprobe")
int redis_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct redis_layout *layout = LAYOUT(&hit, redis_layout);

	struct call_key key = call_of(&hit.key, RECORD_REDIS);

	/* What returns elsewhere in the stack is a command of the client's own. */
	if (!layout || !find_returning(&key, stack_in_use(&hit)))
		return 0;

	struct scratch *scratch = scratch_of_thread();
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	if (!take_call(scratch, &key) || !scratch)
		return 0;
	if (error.itab)
		describe_redis_error(scratch, layout, &hit, &error);
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}
