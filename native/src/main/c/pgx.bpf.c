/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls to github.com/jackc/pgx/v5: one span for each question that is put to the database.
 *
 *   pgx_call_start ... pgx_rows_end    a query, until its rows are closed: only then is its error known
 *   pgx_call_start ... pgx_batch_end   a batch, until its results are closed
 *   pgx_call_start ... pgx_call_end    all others, which end before they return
 *
 * A connection does one thing at a time, so a query and a batch are known by theirs; the others by their goroutine.
 * What database/sql asks by way of pgx has its span there.
 */
#include "pgx.h"

LAYOUT_MAP(pgx_layout);

#define PGX_TABLE_LIMIT 128

_Static_assert(TEXT_LIMIT + PGX_TABLE_LIMIT + SERVER_LIMIT + DATABASE_LIMIT + ERROR_STATE_LIMIT + ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct pgx_record),
	       "strings of all limits fit");

/* What of an open call is not handed over. */
struct pgx_call {
	struct call_at at;
	struct go_interface context; /* that it was given */
	__u64 text;		     /* of the query: where it lies */
	__u64 goid;		     /* of who has made it */
};

/* ---- keys ------------------------------------------------------------------------------------- */

/* The key of a call: its goroutine, or the *pgconn.PgConn that it lasts with. */
static __always_inline struct call_key pgx_key(const struct goroutine_key *goroutine, enum pgx_operation operation,
					       __u64 pgconn)
{
	struct call_key key = call_of(goroutine, RECORD_PGX);

	if (operation == PGX_QUERY || operation == PGX_BATCH)
		key.id[0] = pgconn;
	key.id[1] = 1 + operation;
	return key;
}

/* Whether a statement is prepared for another call that is open. */
static __always_inline bool is_part_of_another(const struct hit *hit, __u64 pgconn)
{
	const enum pgx_operation others[] = { PGX_QUERY, PGX_EXEC, PGX_BATCH, PGX_COPY };

	for (int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct call_key key = pgx_key(&hit->key, others[i], pgconn);

		if (kept_of(&key))
			return true;
	}
	return false;
}

/* Whether the goroutine is in a call to database/sql, which has the span. */
static __always_inline bool is_of_database_sql(const struct hit *hit)
{
	return innermost_of(active_of(&hit->key), RECORD_SQL) != 0;
}

/* ---- waits ------------------------------------------------------------------------------------ */

/* A goroutine that waits for a connection, or has waited. */
struct pgx_waiting {
	struct go_interface context; /* of the call that waits */
	__u64 since_ns;
	__u64 waited_ns; /* 0: it still does */
};

/* By goroutine, until its next call takes it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct goroutine_key);
	__type(value, struct pgx_waiting);
} pgx_waits SEC(".maps");

/* How long the goroutine has waited since its last call. */
static __always_inline __u64 take_wait(const struct hit *hit)
{
	const struct pgx_waiting *waiting = bpf_map_lookup_elem(&pgx_waits, &hit->key);

	if (!waiting)
		return 0;

	__u64 waited_ns = waiting->waited_ns;

	bpf_map_delete_elem(&pgx_waits, &hit->key);
	return waited_ns;
}

/* ---- what a call is about --------------------------------------------------------------------- */

/* Tells the server and the database of a *pgconn.Config, of which nothing else is read. */
static __always_inline void pack_config(struct scratch *scratch, const struct pgx_layout *layout, __u64 config)
{
	struct pgx_record *record = RECORD(scratch, pgx_record);
	struct go_string server = read_string_at(config, layout->config.host);
	struct go_string database = read_string_at(config, layout->config.database);

	record->port = read_u64_at(config, layout->config.port);
	pack(scratch, &record->strings[PGX_SERVER], &server, SERVER_LIMIT);
	pack(scratch, &record->strings[PGX_DATABASE], &database, DATABASE_LIMIT);
}

#define BATCH_TEXTS 8	 /* of a batch's queries that are told, if they differ */
#define BATCH_ALIKE 1024 /* that are compared */

struct batch_walk {
	const struct pgx_layout *layout;
	__u64 queries;
	struct go_string first;
	bool differs;
};

static long compare_query(__u32 index, struct batch_walk *walk)
{
	__u64 query = read_u64_at(walk->queries + (index + 1) * sizeof(__u64), 0);
	struct go_string text = read_string_at(query, walk->layout->query_sql);

	walk->differs = text.address != walk->first.address || text.length != walk->first.length;
	return walk->differs;
}

/* Tells the queries of a batch: their one text, or the texts of the first of them. */
__noinline int pack_batch(struct scratch *scratch, const struct pgx_layout *layout, __u64 queries, __u64 count)
{
	if (!scratch || !layout)
		return 0;

	struct pgx_record *record = RECORD(scratch, pgx_record);
	struct batch_walk walk = {
		.layout = layout,
		.queries = queries,
		.first = read_string_at(read_u64_at(queries, 0), layout->query_sql),
	};

	record->batch = count;
	if (count > BATCH_ALIKE)
		walk.differs = true;
	else if (count > 1)
		bpf_loop(count - 1, compare_query, &walk, 0);
	pack(scratch, &record->strings[PGX_TEXT], &walk.first, TEXT_LIMIT);
	record->differ = walk.differs;
	if (!walk.differs)
		return 0;

	struct string_ref *ref = &record->strings[PGX_TEXT];
	__u64 end = record->span.header.size, begin = end - ref->length, original = ref->original_length;

	for (__u32 i = 1; i < BATCH_TEXTS && i < count; i++) {
		struct go_string text = read_string_at(read_u64_at(queries + i * sizeof(__u64), 0), layout->query_sql);
		__u64 room = TEXT_LIMIT - 2 - (end - begin);
		__u64 bytes = text.length < room ? text.length : room;

		original += 2 + text.length;
		barrier_var(end);
		barrier_var(bytes);
		if (end - begin > TEXT_LIMIT - 2 || !bytes || bytes > LONGEST_STRING || end > STRINGS_MAX - 2 ||
		    read_user(scratch->call.record + end + 2, bytes, text.address))
			break;
		scratch->call.record[end] = ';';
		scratch->call.record[end + 1] = ' ';
		end += 2 + bytes;
	}
	if (count > BATCH_TEXTS)
		original++;
	ref->length = end - begin;
	ref->original_length = original < 0xffffffff ? original : 0xffffffff;
	record->span.header.size = end;
	return 0;
}

/* ---- start ------------------------------------------------------------------------------------ */

/* A call as it begins. */
struct pgx_start {
	__u64 pgconn;
	struct go_string text;
	struct go_string table;
	__u64 queries; /* of a batch */
	__u64 count;
};

/* Tells what a call begins with; false: it is none that has a span. */
static __always_inline bool read_start(struct pt_regs *ctx, const struct hit *hit, const struct pgx_layout *layout,
				       struct pgx_start *start)
{
	__u64 receiver = GO_ARG1(ctx);

	switch (hit->variant) {
	case PGX_QUERY:
	case PGX_EXEC:
		start->pgconn = read_u64_at(receiver, layout->conn_pgconn);
		start->text = (struct go_string){ GO_ARG4(ctx), GO_ARG5(ctx) };
		return true;
	case PGX_PREPARE:
		start->pgconn = receiver;
		start->text = (struct go_string){ GO_ARG6(ctx), GO_ARG7(ctx) };
		return true;
	case PGX_PING:
		start->pgconn = receiver;
		return true;
	case PGX_BATCH: {
		struct go_string queries = read_string_at(GO_ARG4(ctx), layout->batch_queries);

		start->pgconn = read_u64_at(receiver, layout->conn_pgconn);
		start->queries = queries.address;
		start->count = queries.length;
		return start->count != 0;
	}
	case PGX_COPY: {
		struct go_string names = read_string_at(receiver, layout->copy_table);

		start->pgconn = read_u64_at(read_u64_at(receiver, layout->copy_conn), layout->conn_pgconn);
		if (names.length)
			start->table = read_string_at(names.address + (names.length - 1) * sizeof(names), 0);
		return true;
	}
	default: /* PGX_CONNECT: the pool's constructor knows the rest */
		return true;
	}
}

/* Between a call and who asks for it are a few frames of pgx's own, and of the program's hooks. */
#define ASKER_FRAMES 12

static __always_inline bool is_asker(const struct hit *hit, const struct pgx_layout *layout, __u64 returns_to)
{
	__u64 address = returns_to - hit->load_bias;
	bool found = false;

#pragma clang loop unroll(full)
	for (int i = 0; i < PGX_ASKERS; i++)
		found |= address > layout->askers[i].begin && address <= layout->askers[i].end;
	return found;
}

/*
 * Whether a call of a process that is not traced is made for another one: of database/sql, or of pgx. Nobody has kept
 * that one, but it is on the stack.
 */
static __always_inline bool is_asked_for(struct pt_regs *ctx, const struct hit *hit, const struct pgx_layout *layout)
{
	/* But for queries, the site lies where the function has made no frame yet. */
	if (hit->variant != PGX_QUERY && is_asker(hit, layout, read_u64_at(hit->sp, 0)))
		return true;

	__u64 frame = GO_FRAME(ctx);

#pragma clang loop unroll(full)
	for (int i = 0; i < ASKER_FRAMES; i++) {
		__u64 words[2]; /* the caller's frame, and where the function returns to */

		if (!frame || read_user(words, sizeof(words), frame))
			return false;
		if (is_asker(hit, layout, words[1]))
			return true;
		frame = words[0];
	}
	return false;
}

/* A process that is not traced makes a call: as pgx_call_start, without a span. */
static __noinline int pass_pgx_call_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct pgx_layout *layout = LAYOUT(hit, pgx_layout);

	if (layout && !is_asked_for(ctx, hit, layout))
		count_untraced(hit, RECORD_PGX);
	return 0;
}

/* The receiver in RAX, a context in the next two; for each operation see read_start. */
SEC("uprobe")
int pgx_call_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_pgx_call_by(ctx, &hit);

	const struct pgx_layout *layout = LAYOUT(&hit, pgx_layout);
	struct scratch *scratch = scratch_of_thread();
	struct go_interface context = { GO_ARG2(ctx), GO_ARG3(ctx) };
	struct pgx_start start = {};

	if (!layout || is_of_database_sql(&hit) || !read_start(ctx, &hit, layout, &start))
		return 0;
	if (hit.variant == PGX_PREPARE && is_part_of_another(&hit, start.pgconn))
		return 0;
	count(RECORD_PGX, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_PGX, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct pgx_record *record = RECORD(scratch, pgx_record);

	begin(scratch, &hit, RECORD_PGX, SPAN_CLIENT, sizeof(*record));
	record->operation = hit.variant;
	if (hit.variant != PGX_CONNECT)
		record->wait_ns = take_wait(&hit);
	if (!settle(scratch, &hit, &context, false, 0))
		return 0;
	KEPT(scratch, pgx_call)->context = context;
	KEPT(scratch, pgx_call)->text = start.text.address;
	KEPT(scratch, pgx_call)->goid = hit.key.goid;
	KEPT(scratch, pgx_call)->at.stack = stack_in_use(&hit);
	if (start.count)
		pack_batch(scratch, layout, start.queries, start.count);
	else
		pack(scratch, &record->strings[PGX_TEXT], &start.text, TEXT_LIMIT);
	if (start.table.length)
		pack(scratch, &record->strings[PGX_TABLE], &start.table, PGX_TABLE_LIMIT);
	if (start.pgconn)
		pack_config(scratch, layout, read_u64_at(start.pgconn, layout->pgconn_config));

	struct call_key key = pgx_key(&hit.key, hit.variant, start.pgconn);

	park_call(scratch, &key);
	return 0;
}

/* ---- end -------------------------------------------------------------------------------------- */

/*
 * Takes the error that another one wraps; false: it wraps none, as far as is known, or is the context's own. A global
 * function, as `pack` is.
 */
__noinline int unwrap_pgx(const struct pgx_layout *layout, const struct runtime_layout *runtime,
			  struct returned_error *seen)
{
	if (!layout || !runtime || !seen)
		return false;
	return unwrap(runtime, seen) || (!is_cause(seen) && unwrap_by(layout->wrappers, PGX_WRAPPERS, seen));
}

/* Describes the error that a call ended with, of which the innermost is told, and packs its strings. */
__noinline int describe_pgx_error(struct scratch *scratch, const struct pgx_layout *layout,
				  const struct runtime_layout *runtime, const struct hit *hit,
				  struct returned_error *seen)
{
	if (!scratch || !layout || !runtime || !hit || !seen)
		return 0;

	struct pgx_record *record = RECORD(scratch, pgx_record);

	if (is_a(hit, &seen->error, layout->connect_error_itab) && !record->strings[PGX_SERVER].length)
		pack_config(scratch, layout, read_u64_at(seen->error.data, layout->connect_error_config));
#pragma clang loop unroll(full)
	for (int i = 0; i < WRAPPED_MAX; i++) { /* see unwrap_all */
		if (!unwrap_pgx(layout, runtime, seen))
			break;
	}
	record->failed = 1;
	if (!is_cause(seen) && is_a(hit, &seen->error, layout->error_itab)) {
		struct go_string state = read_string_at(seen->error.data, layout->error_code);

		pack(scratch, &record->strings[PGX_ERROR_STATE], &state, ERROR_STATE_LIMIT);
	}
	describe_error(scratch, &record->error, &record->strings[PGX_ERROR_TEXT], runtime, seen);
	return 0;
}

/* Hands the call in scratch over. */
static __always_inline int finish_pgx_call(struct scratch *scratch, const struct hit *hit,
					   const struct pgx_layout *layout, const struct go_interface *error,
					   __u64 end_ns)
{
	struct pgx_record *record = RECORD(scratch, pgx_record);

	pack_cold(scratch, &record->strings[PGX_TEXT], KEPT(scratch, pgx_call)->text, TEXT_LIMIT);
	if (error->itab) {
		struct go_interface context = KEPT(scratch, pgx_call)->context;
		struct returned_error seen = returned(scratch, hit, error, &context);

		describe_pgx_error(scratch, layout, hit->runtime, hit, &seen);
	}
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
}

/* The call in scratch has not returned, since a panic has gone through it. */
static __always_inline void conclude_left_pgx_call(struct scratch *scratch, __u64 end_ns)
{
	pack_cold(scratch, &RECORD(scratch, pgx_record)->strings[PGX_TEXT], KEPT(scratch, pgx_call)->text, TEXT_LIMIT);
	hand_over(scratch, END_PANICKED, end_ns);
}

/* Rows are closed: on the way out of (*baseRows).Close, which knows by then how they ended. */
SEC("uprobe")
int pgx_rows_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct pgx_layout *layout = LAYOUT(&hit, pgx_layout);
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;

	__u64 rows = spilled_argument(GO_FRAME(ctx), 0);
	__u64 pgconn = read_u64_at(read_u64_at(rows, layout->rows_conn), layout->conn_pgconn);
	struct call_key key = pgx_key(&hit.key, PGX_QUERY, pgconn);

	if (!pgconn || !take_call(scratch, &key) || !scratch)
		return 0;

	struct pgx_record *record = RECORD(scratch, pgx_record);
	struct go_string text = read_string_at(rows, layout->rows_sql);
	struct go_interface error = read_interface_at(rows, layout->rows_err);

	/* The text of a prepared statement, which was asked for by its name. */
	if (text.length && text.length != record->strings[PGX_TEXT].original_length)
		pack(scratch, &record->strings[PGX_TEXT], &text, TEXT_LIMIT);
	return finish_pgx_call(scratch, &hit, layout, &error, end_ns);
}

/* The results of a batch are closed: in the function that their Close defers, whose only variable they are. */
SEC("uprobe")
int pgx_batch_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct pgx_layout *layout = LAYOUT(&hit, pgx_layout);
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;

	bool simple = hit.variant == PGX_SIMPLE_RESULTS;
	__u64 results = read_u64_at(GO_CLOSURE(ctx), CLOSURE_FIRST);
	__u64 conn = read_u64_at(results, simple ? layout->simple_results_conn : layout->pipeline_results_conn);
	__u64 pgconn = read_u64_at(conn, layout->conn_pgconn);
	struct call_key key = pgx_key(&hit.key, PGX_BATCH, pgconn);

	if (!pgconn || !take_call(scratch, &key) || !scratch)
		return 0;

	struct go_interface error =
		read_interface_at(results, simple ? layout->simple_results_err : layout->pipeline_results_err);

	return finish_pgx_call(scratch, &hit, layout, &error, end_ns);
}

/* Past a call, or at a return, of what ends before it returns: its last result is the error. */
SEC("uprobe")
int pgx_call_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct pgx_layout *layout = LAYOUT(&hit, pgx_layout);
	struct scratch *scratch = scratch_of_thread();
	struct call_key key = pgx_key(&hit.key, hit.variant, 0);
	struct go_interface error = {};

	if (!layout || !take_call(scratch, &key) || !scratch)
		return 0;
	switch (hit.variant) {
	case PGX_EXEC: /* (CommandTag, error) */
		error = (struct go_interface){ GO_RESULT3(ctx), GO_RESULT4(ctx) };
		break;
	case PGX_PING:
		error = (struct go_interface){ GO_RESULT1(ctx), GO_RESULT2(ctx) };
		break;
	default: /* (*StatementDescription, error), (int64, error), (*Resource, error) */
		error = (struct go_interface){ GO_RESULT2(ctx), GO_RESULT3(ctx) };
	}
	if (hit.variant == PGX_CONNECT && !error.itab) {
		__u64 value = read_u64_at(GO_RESULT1(ctx), layout->resource_value);
		__u64 pgconn = read_u64_at(read_u64_at(value, layout->resource_conn), layout->conn_pgconn);

		pack_config(scratch, layout, read_u64_at(pgconn, layout->pgconn_config));
	}
	return finish_pgx_call(scratch, &hit, layout, &error, end_ns);
}

/* A call that has waited in vain for a connection, as the thread's work says, is over: it has no other span. */
static __noinline int tell_vain_wait(struct scratch *scratch, const struct hit *hit, const struct go_interface *error)
{
	if (!scratch || !hit || !error)
		return 0;

	const struct pgx_waiting *waited = WORK(scratch, pgx_waiting);
	const struct pgx_layout *layout = LAYOUT(hit, pgx_layout);
	struct pgx_record *record = RECORD(scratch, pgx_record);
	struct call_key key = pgx_key(&hit->key, PGX_CONNECT, 0);

	if (!layout)
		return 0;
	count(RECORD_PGX, COUNT_SEEN);
	begin(scratch, hit, RECORD_PGX, SPAN_CLIENT, sizeof(*record));
	record->span.core.start_ns = waited->since_ns;
	record->operation = PGX_CONNECT;
	record->wait_ns = waited->waited_ns;
	if (!settle(scratch, hit, &waited->context, false, 0) || !park_call(scratch, &key) || !take_call(scratch, &key))
		return 0;
	KEPT(scratch, pgx_call)->context = waited->context;
	return finish_pgx_call(scratch, hit, layout, error, waited->since_ns + waited->waited_ns);
}

/* A pool has all its connections in use, and a call waits for one: golang.org/x/sync/semaphore's Acquire(ctx, n). */
SEC("uprobe")
int pgx_wait(struct pt_regs *ctx)
{
	__u64 now_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;
	if (hit.variant == PGX_WAIT_BEGINS) {
		struct pgx_waiting begins = { .context = { GO_ARG2(ctx), GO_ARG3(ctx) }, .since_ns = now_ns };

		if (!is_of_database_sql(&hit))
			bpf_map_update_elem(&pgx_waits, &hit.key, &begins, BPF_ANY);
		return 0;
	}

	struct pgx_waiting *waiting = bpf_map_lookup_elem(&pgx_waits, &hit.key);
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	if (!waiting)
		return 0;
	waiting->waited_ns = now_ns - waiting->since_ns;
	if (!error.itab)
		return 0;

	struct scratch *scratch = scratch_of_thread();

	if (scratch)
		*WORK(scratch, pgx_waiting) = *waiting;
	bpf_map_delete_elem(&pgx_waits, &hit.key);
	return tell_vain_wait(scratch, &hit, &error);
}
