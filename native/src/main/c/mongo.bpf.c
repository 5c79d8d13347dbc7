/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that go.mongodb.org/mongo-driver/v2 sends: one span for each, however often it is tried.
 *
 *   mongo_start ... mongo_attempt ... mongo_end    a driver.Operation from Execute's entry to its returns; in between
 *                                                  each message that it writes to a connection
 *
 * Of a message its command's name is read, and its first argument where that is a string; user space knows of which
 * commands that is a collection, and forgets all others.
 */
#include "mongo.h"

LAYOUT_MAP(mongo_layout);

#define MONGO_SERVER_LIMIT 128
#define MONGO_DATABASE_LIMIT 128
#define MONGO_COMMAND_LIMIT 48
#define MONGO_ARGUMENT_LIMIT 256
#define MONGO_ATTEMPTS_TOLD 4

_Static_assert(MONGO_SERVER_LIMIT *MONGO_ATTEMPTS_TOLD + MONGO_DATABASE_LIMIT + 2 * MONGO_COMMAND_LIMIT +
			       MONGO_ARGUMENT_LIMIT + ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct mongo_record),
	       "strings of all limits fit");

/* What of an open call is not handed over. */
struct mongo_call {
	struct call_at at;
	__u32 attempts;		     /* that were told */
	struct go_interface context; /* that it was given */
};

static __always_inline struct call_key mongo_key(const struct hit *hit)
{
	return call_of(&hit->key, RECORD_MONGO);
}

/* ---- start ------------------------------------------------------------------------------------ */

/* At a function's entry: how far above the stack pointer the arguments are for which there are too few registers. */
#define ARGUMENTS_ON_STACK 8

/* Whether an operation is one of the driver's own, to learn of a server, or to tell it who we are. */
static __always_inline bool is_own(const struct hit *hit, const struct mongo_layout *layout, __u64 operation)
{
	struct go_interface deployment = read_interface_at(operation, layout->operation_deployment);

	return is_a(hit, &deployment, layout->single_connection_itab);
}

/* A process that is not traced sends a command: as mongo_start, without a span. */
static __noinline int pass_mongo_by(struct pt_regs *ctx, struct hit *hit)
{
	const struct mongo_layout *layout;

	if (!hit || !is_untraced(ctx, hit))
		return 0;
	layout = LAYOUT(hit, mongo_layout);
	if (layout && !is_own(hit, layout, hit->sp + ARGUMENTS_ON_STACK))
		count_untraced(hit, RECORD_MONGO);
	return 0;
}

/* Operation.Execute(ctx): the Operation is no pointer, and too large for registers. */
SEC("uprobe")
int mongo_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_mongo_by(ctx, &hit);

	const struct mongo_layout *layout = LAYOUT(&hit, mongo_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface context = { GO_ARG1(ctx), GO_ARG2(ctx) };
	__u64 operation = hit.sp + ARGUMENTS_ON_STACK;

	if (!layout || is_own(&hit, layout, operation))
		return 0;
	count(RECORD_MONGO, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_MONGO, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct mongo_record *record = RECORD(scratch, mongo_record);
	struct mongo_call *kept = KEPT(scratch, mongo_call);

	begin(scratch, &hit, RECORD_MONGO, SPAN_CLIENT, sizeof(*record));
	if (!settle(scratch, &hit, &context, false, 0))
		return 0;
	kept->context = context;
	kept->at.stack = stack_in_use(&hit);

	struct go_string database = read_string_at(operation, layout->operation_database);
	struct go_string command = read_string_at(operation, layout->operation_name);

	pack(scratch, &record->strings[MONGO_DATABASE], &database, MONGO_DATABASE_LIMIT);
	if (command.length)
		pack(scratch, &record->strings[MONGO_COMMAND], &command, MONGO_COMMAND_LIMIT);

	struct call_key key = mongo_key(&hit);

	scratch->may_replace = go_deeper(&key, hit.process, stack_in_use(&hit));
	park_call(scratch, &key);
	return 0;
}

/* ---- attempt ---------------------------------------------------------------------------------- */

/* OP_MSG (MongoDB Wire Protocol): a header with a code, flags, and as its first section, of kind 0, a document. */
#define MESSAGE_CODE 12
#define MESSAGE_OP_MSG 2013
#define MESSAGE_SECTION 20
#define MESSAGE_ELEMENTS 25

/* BSON: an element has its type, its name, a zero, and its value. */
#define BSON_STRING 2 /* its length in bytes, with a zero at its end, and these */
#define BSON_INT64 18
#define BSON_HEAD 64 /* bytes that are looked at of an element */

/* Where an argument stands behind a command's own, that of getMore (a number): "collection". */
#define SECOND_NAME "collection"
#define SECOND_NAME_BYTES 12 /* its type and the zero included */

/* A thread's work. */
struct mongo_work {
	__u8 head[BSON_HEAD];
};

/* How long a name is that begins in an element's second byte; 0: too long. */
static __always_inline __u32 length_of_name(const __u8 *head)
{
#pragma clang loop unroll(full)
	for (__u32 i = 1; i <= MONGO_COMMAND_LIMIT; i++) {
		if (!head[i])
			return i - 1;
	}
	return 0;
}

/* A string element's value. */
static __always_inline struct go_string string_value(__u64 address)
{
	__u32 length = 0;

	if (read_user(&length, sizeof(length), address) || !length)
		return (struct go_string){};
	return (struct go_string){ address + sizeof(length), length - 1 };
}

/* Tells the command of a message, and what it is about. */
__noinline int pack_message(struct scratch *scratch, __u64 message, __u64 length)
{
	if (!scratch)
		return 0;

	struct mongo_record *record = RECORD(scratch, mongo_record);
	__u8 *head = WORK(scratch, mongo_work)->head;
	__u64 at = message + MESSAGE_ELEMENTS, bytes = length - MESSAGE_ELEMENTS;
	__u32 code = 0;

	if (length <= MESSAGE_ELEMENTS || read_user(&code, sizeof(code), message + MESSAGE_CODE) ||
	    code != MESSAGE_OP_MSG || read_u8_at(message, MESSAGE_SECTION))
		return 0;
	if (bytes > BSON_HEAD)
		bytes = BSON_HEAD;
	__builtin_memset(head, 0xff, BSON_HEAD); /* no name ends behind it */
	barrier_var(bytes);
	if (!bytes || bytes > BSON_HEAD || read_user(head, bytes, at))
		return 0;

	struct go_string name = { at + 1, length_of_name(head) };
	__u8 type = head[0];
	struct go_string argument = {};

	if (!name.length)
		return 0;
	at += name.length + 2;
	if (type == BSON_STRING) {
		argument = string_value(at);
	} else if (type == BSON_INT64) {
		char found[SECOND_NAME_BYTES] = {}, wanted[SECOND_NAME_BYTES] = "\x02" SECOND_NAME;

		at += sizeof(__u64);
		if (!read_user(found, sizeof(found), at) && same_bytes(found, wanted, sizeof(found)))
			argument = string_value(at + sizeof(found));
	}
	pack(scratch, &record->strings[MONGO_COMMAND], &name, MONGO_COMMAND_LIMIT);
	if (argument.length)
		pack(scratch, &record->strings[MONGO_ARGUMENT], &argument, MONGO_ARGUMENT_LIMIT);
	return 0;
}

/* (*topology.Connection).Write(ctx, message): who learns of servers writes to something else. */
SEC("uprobe")
int mongo_attempt(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct mongo_layout *layout = LAYOUT(&hit, mongo_layout);
	struct call_key key = mongo_key(&hit);
	const struct mongo_call *open = find_around(&key, hit.process, stack_in_use(&hit)) ? kept_of(&key) : 0;
	struct scratch *scratch = scratch_of_thread();
	__u64 connection = GO_ARG1(ctx), message = GO_ARG4(ctx), length = GO_ARG5(ctx);

	if (!layout || !open || open->attempts >= MONGO_ATTEMPTS_TOLD || !scratch || !copy_call(scratch, &key))
		return 0;

	struct go_string server =
		read_string_at(read_u64_at(connection, layout->connection_inner), layout->connection_address);

	pack(scratch, &RECORD(scratch, mongo_record)->strings[MONGO_SERVER], &server, MONGO_SERVER_LIMIT);
	if (!KEPT(scratch, mongo_call)->attempts++)
		pack_message(scratch, message, length);
	renew_call(scratch, &key);
	return 0;
}

/* ---- end -------------------------------------------------------------------------------------- */

/* Takes the error that another one wraps; false: it wraps none, as far as is known. A global function, as `pack` is. */
__noinline int unwrap_mongo(const struct mongo_layout *layout, const struct runtime_layout *runtime,
			    struct returned_error *seen)
{
	if (!layout || !runtime || !seen)
		return false;
	return unwrap_by(layout->wrappers, MONGO_WRAPPERS, seen) || unwrap(runtime, seen);
}

/* The code of a server's error; 0: it is none. */
static __always_inline __s64 server_code(const struct mongo_layout *layout, const struct returned_error *seen)
{
	if (has_itab(&seen->error, layout->error_itab, seen->load_bias))
		return (__s32)read_u64_at(seen->error.data, layout->error_code);
	if (!has_itab(&seen->error, layout->write_error_itab, seen->load_bias))
		return 0;

	struct go_string errors = read_string_at(seen->error.data, layout->write_errors);

	if (errors.length)
		return read_u64_at(errors.address, layout->write_error_code);
	return read_u64_at(read_u64_at(seen->error.data, layout->concern_error), layout->concern_error_code);
}

/* Describes the error that a call ended with, and packs its text. */
__noinline int describe_mongo_error(struct scratch *scratch, const struct mongo_layout *layout,
				    const struct runtime_layout *runtime, struct returned_error *seen)
{
	if (!scratch || !layout || !runtime || !seen)
		return 0;

	struct mongo_record *record = RECORD(scratch, mongo_record);

#pragma clang loop unroll(full)
	for (int i = 0; i < WRAPPED_MAX; i++) { /* see unwrap_all */
		record->code = server_code(layout, seen);
		if (record->code || !unwrap_mongo(layout, runtime, seen))
			break;
	}
	record->failed = 1;
	describe_error(scratch, &record->error, &record->strings[MONGO_ERROR_TEXT], runtime, seen);
	return 0;
}

/* A return of Execute: an error. */
SEC("uprobe")
int mongo_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct mongo_layout *layout = LAYOUT(&hit, mongo_layout);
	struct call_key key = mongo_key(&hit);

	/* What returns elsewhere in the stack is an operation of the driver's own. */
	if (!layout || !find_returning(&key, stack_in_use(&hit)))
		return 0;

	struct scratch *scratch = scratch_of_thread();
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	if (!take_call(scratch, &key) || !scratch)
		return 0;
	if (error.itab) {
		struct returned_error seen = returned(scratch, &hit, &error, &KEPT(scratch, mongo_call)->context);

		describe_mongo_error(scratch, layout, hit.runtime, &seen);
	}
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}
