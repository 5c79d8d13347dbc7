/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls to database/sql: one span for each call of the application's, however many attempts it takes.
 *
 *   sql_call_start ... sql_attempt_end    calls that (*DB).retry repeats on another connection
 *   sql_call_start ... sql_call_end       all others, at their returns
 *
 * A query's record is handed over when the call returns. What becomes of its rows follows as a supplement, of
 * which sql_rows_end hands over the last when they are closed; nothing waits for that here.
 */
#include "sql.h"

LAYOUT_MAP(sql_layout);

#define TEXT_LIMIT LONGEST_STRING
#define SOURCE_LIMIT 512
#define SERVER_LIMIT 256
#define DATABASE_LIMIT 128
#define ERROR_STATE_LIMIT 8

_Static_assert(TEXT_LIMIT + SOURCE_LIMIT + SERVER_LIMIT + DATABASE_LIMIT + ERROR_STATE_LIMIT + ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct sql_record),
	       "strings of all limits fit");

/* Mark of an active span: how many calls it is inside of, whether it ends in (*DB).retry. */
#define MARK_RETRIED 0x80
#define MARK_ROWS 0x40 /* it returns rows */

/* What the end has to know of the start. */
struct sql_call {
	struct go_interface context; /* that it was given */
	struct go_interface error;   /* of the attempt that is being judged */
	__u64 waits_since;	     /* for a connection; 0: it does not */
	__u64 db;
};

/* The key of the innermost call of the goroutine; a driver may make calls itself. */
static __always_inline struct call_key sql_key(const struct hit *hit, __u8 mark)
{
	return nested_call(&hit->key, RECORD_SQL, mark);
}

/* The mark of a call that is made inside of another one; 0: of none. A global function, as `pack` is. */
__noinline int mark_of(__u32 variant, const struct active_span *outer)
{
	enum sql_operation operation = SQL_OPERATION_OF(variant);
	enum sql_receiver receiver = SQL_RECEIVER_OF(variant);
	bool pooled = receiver == SQL_ON_DB || receiver == SQL_ON_STMT;
	bool retried = pooled && operation <= SQL_BEGIN;
	__u8 nesting = outer ? (outer->mark + 1) & MARK_NESTING : 0;

	return nesting | (retried ? MARK_RETRIED : 0) | (operation == SQL_QUERY ? MARK_ROWS : 0);
}

/* The *DB behind the receiver of a call. */
static __always_inline __u64 db_of(const struct sql_layout *layout, enum sql_receiver receiver, __u64 object)
{
	switch (receiver) {
	case SQL_ON_CONN:
		return read_u64_at(object, layout->conn_db);
	case SQL_ON_TX:
		return read_u64_at(object, layout->tx_db);
	case SQL_ON_STMT:
		return read_u64_at(object, layout->stmt_db);
	default:
		return object;
	}
}

#define WRAPPED_DRIVERS_MAX 4

/* A connector or driver, and the data-source name that it was found with. */
struct sql_driver {
	struct go_interface value;
	struct go_string source;
};

/*
 * Takes what a connector or driver has inside of it, and the data-source name if it has one; false: nothing known. A
 * global function, as `pack` is.
 */
__noinline int unwrap_driver(const struct sql_layout *layout, const struct hit *hit, struct sql_driver *seen)
{
	struct go_interface inner = {};

	if (!layout || !hit || !seen)
		return false;
	for (int i = 0; i < SQL_DSN_CONNECTORS; i++) {
		const struct sql_dsn_connector *connector = &layout->dsn_connectors[i];

		if (!is_a(hit, &seen->value, connector->itab))
			continue;
		inner = read_interface_at(seen->value.data, connector->driver);
		seen->source = read_string_at(seen->value.data, connector->dsn);
		break;
	}
	for (int i = 0; i < SQL_WRAPPERS && !inner.itab; i++) {
		if (is_a(hit, &seen->value, layout->wrappers[i].itab))
			inner = read_interface_at(seen->value.data, layout->wrappers[i].inner);
	}
	if (!inner.itab)
		return false;
	seen->value = inner;
	return true;
}

/* Tells whose driver a database has, and what it connects to. */
__noinline int pack_database(struct scratch *scratch, const struct sql_layout *layout, const struct hit *hit, __u64 db)
{
	if (!scratch || !layout || !hit)
		return 0;

	struct sql_record *record = RECORD(scratch, sql_record);
	struct sql_driver driver = { .value = read_interface_at(db, layout->db_connector) };
	struct go_string server = {}, database = {};
	const struct sql_config_layout *config = 0;

	for (int i = 0; i < WRAPPED_DRIVERS_MAX && unwrap_driver(layout, hit, &driver); i++)
		;

	struct go_interface connector = driver.value;
	struct go_string source = driver.source;

	if (is_a(hit, &connector, layout->pgx_name_itab)) {
		source = read_string_at(connector.data, layout->pgx_name);
	} else if (is_a(hit, &connector, layout->oracle_itab)) {
		source = read_string_at(connector.data, layout->oracle_name);
	} else if (is_a(hit, &connector, layout->mysql_itab)) {
		__u64 settings = read_u64_at(connector.data, layout->mysql_config);

		server = read_string_at(settings, layout->mysql_address);
		database = read_string_at(settings, layout->mysql_database);
	} else if (is_a(hit, &connector, layout->pgx_config_itab)) {
		config = &layout->pgx_config;
	} else if (is_a(hit, &connector, layout->pq_itab)) {
		config = &layout->pq;
	} else if (is_a(hit, &connector, layout->mssql_itab)) {
		config = &layout->mssql;
	}
	if (config) {
		server = read_string_at(connector.data, config->host);
		if (config != &layout->mssql || !read_string_at(connector.data, layout->mssql_instance).length)
			database = read_string_at(connector.data, config->database);
		record->port = read_u64_at(connector.data, config->port);
	}
	record->driver = type_of(hit, &connector);
	if (source.length)
		pack(scratch, &record->strings[SQL_SOURCE], &source, SOURCE_LIMIT);
	if (server.length)
		pack(scratch, &record->strings[SQL_SERVER], &server, SERVER_LIMIT);
	if (database.length)
		pack(scratch, &record->strings[SQL_DATABASE], &database, DATABASE_LIMIT);
	return 0;
}

/* ---- slow calls ------------------------------------------------------------------------------- */

/* enum sql_slow, or a limit. User space may set another while the programs run. */
volatile __u32 sql_slow SEC(".data.sql_slow");

/* Of one statement on one database: how long its calls take. */
struct statement {
	__u64 mean_ns; /* exponentially weighted: each call counts an eighth */
};

/* By their keys. One that is pushed out by others is told whole again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, __u64);
	__type(value, struct statement);
} statements SEC(".maps");

#define MIX 0x9e3779b97f4a7c15

static __always_inline __u64 mixed(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * MIX;
	return hash ^ hash >> 29;
}

/*
 * The key of a call: of its text as far as it was read, which is the first string of the record in scratch, and of
 * the database. It is no other process's, nor that of an earlier one.
 */
static __noinline __u64 statement_of(struct scratch *scratch, __u64 db, __u32 exec_id)
{
	if (!scratch)
		return 0;

	struct task_struct *process = bpf_get_current_task_btf()->group_leader;
	struct sql_record *record = RECORD(scratch, sql_record);
	const __u64 *text = (void *)(record + 1);
	__u32 length = record->strings[SQL_TEXT].length;
	__u64 hash = mixed(mixed(process->start_boottime, record->span.header.tgid), exec_id);

	hash = mixed(mixed(mixed(hash, db), record->strings[SQL_TEXT].original_length), record->operation);

	_Static_assert(sizeof(struct sql_record) % 8 == 0, "words are aligned");
	for (__u32 i = 0; i < TEXT_LIMIT / 8 && i * 8 < length; i++) {
		__u32 left = length - i * 8;

		hash = mixed(hash, left < 8 ? text[i] & ((1ull << 8 * left) - 1) : text[i]);
	}
	return hash ? hash : 1;
}

/* How much the record of a call has, by how long those of its like take. */
static __always_inline enum sql_detail detail_of(__u64 took_ns, __u64 mean_ns)
{
	__u32 slow = sql_slow;

	if (slow != SQL_SLOW_MEAN)
		return took_ns >= slow * 1000ull ? SQL_WHOLE : SQL_KEY_ONLY;
	if (took_ns > mean_ns + mean_ns / 5 * 4)
		return SQL_WHOLE;
	return took_ns > mean_ns + mean_ns / 10 * 3 ? SQL_TEXT_ONLY : SQL_KEY_ONLY;
}

/*
 * Weighs a call that has ended, and counts its time with those of its like. True: none of them has been told whole
 * yet. Two that end at the same moment may count as one.
 */
static __always_inline bool weigh_call(struct sql_record *record, __u64 took_ns)
{
	if (!sql_slow || !record->statement)
		return false;

	struct statement *known = bpf_map_lookup_elem(&statements, &record->statement);

	if (!known)
		return true;

	__u64 mean_ns = known->mean_ns;

	known->mean_ns = mean_ns - mean_ns / 8 + took_ns / 8;
	record->detail = record->failed ? SQL_WHOLE : detail_of(took_ns, mean_ns);
	if (record->detail != SQL_WHOLE)
		record->wait_ns = 0;
	if (record->detail == SQL_KEY_ONLY) {
		__builtin_memset(record->strings, 0, sizeof(record->strings));
		record->span.header.size = sizeof(*record);
	}
	return false;
}

/* A call's record was handed over. */
static __always_inline void told(const struct sql_record *record, bool first, __u64 took_ns)
{
	if (!sql_slow || !record->statement)
		return;
	count(RECORD_SQL, COUNT_TOLD_WHOLE + record->detail);
	if (first) {
		struct statement known = { .mean_ns = took_ns };

		bpf_map_update_elem(&statements, &record->statement, &known, BPF_ANY);
	}
}

/* ---- calls ------------------------------------------------------------------------------------ */

/* `defer tx.Rollback()` after a commit asks the database nothing. */
static __always_inline bool asks_nothing(const struct sql_layout *layout, __u32 variant, __u64 object)
{
	return SQL_OPERATION_OF(variant) == SQL_ROLLBACK && read_u8_at(object, layout->tx_done);
}

/* A process that is not traced asks a database something. */
static __noinline int pass_query_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct sql_layout *layout = LAYOUT(hit, sql_layout);

	if (layout && !asks_nothing(layout, hit->variant, GO_ARG1(ctx)))
		count_untraced(hit, RECORD_SQL);
	return 0;
}

/* A method of *DB, *Conn, *Tx or *Stmt, its receiver in RAX, for most of them a context next. */
SEC("uprobe")
int sql_call_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_query_by(ctx, &hit);

	const struct sql_layout *layout = LAYOUT(&hit, sql_layout);
	struct scratch *scratch = scratch_of_thread();
	enum sql_operation operation = SQL_OPERATION_OF(hit.variant);
	enum sql_receiver receiver = SQL_RECEIVER_OF(hit.variant);
	__u64 object = GO_ARG1(ctx);
	struct go_interface context = { GO_ARG2(ctx), GO_ARG3(ctx) };

	if (!layout || asks_nothing(layout, hit.variant, object))
		return 0;
	count(RECORD_SQL, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_SQL, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct sql_record *record = RECORD(scratch, sql_record);
	struct active_spans *spans = active_of(&hit.key);
	const struct active_span *outer = innermost_of(spans, RECORD_SQL);
	__u8 mark = mark_of(hit.variant, outer);
	struct call_key key = sql_key(&hit, mark);

	begin(scratch, &hit, RECORD_SQL, SPAN_CLIENT, sizeof(*record));
	record->operation = operation;
	if (operation == SQL_COMMIT || operation == SQL_ROLLBACK)
		context = read_interface_at(object, layout->tx_ctx);
	if (!settle_within(scratch, &hit, spans, outer, &context, true, mark))
		return 0;

	struct go_string text = {};
	__u64 db = db_of(layout, receiver, object);

	KEPT(scratch, sql_call)->context = context;
	KEPT(scratch, sql_call)->db = db;
	/* (*Tx).rollback(discardConn) returns driver.ErrBadConn then, whatever came of it. */
	record->discards = operation == SQL_ROLLBACK && (__u8)GO_ARG2(ctx);
	if (receiver == SQL_ON_STMT)
		text = read_string_at(object, layout->stmt_query);
	else if (operation <= SQL_PREPARE)
		text = (struct go_string){ GO_ARG4(ctx), GO_ARG5(ctx) };
	pack(scratch, &record->strings[SQL_TEXT], &text, TEXT_LIMIT);
	if (text.length && !record->strings[SQL_TEXT].length)
		record->statement = text.address; /* see read_cold_text */
	else if (sql_slow && text.length)
		record->statement = statement_of(scratch, db, hit.key.exec_id);
	pack_database(scratch, layout, &hit, db);
	if (!park_call(scratch, &key))
		leave_call(&hit, RECORD_SQL);
	return 0;
}

/* What an error says, while a program runs. */
struct sql_failure {
	struct innermost_error error;
	struct string_ref state;
	struct string_ref text;
	__u32 code;
};

/* Describes an error to the thread's work, and packs its strings behind the record in scratch. */
__noinline int describe_failure(struct scratch *scratch, const struct sql_layout *layout,
				const struct runtime_layout *runtime, const struct hit *hit,
				struct returned_error *seen)
{
	if (!scratch || !layout || !runtime || !hit || !seen)
		return 0;

	struct sql_failure *failure = WORK(scratch, sql_failure);
	struct go_string state = {};

	__builtin_memset(failure, 0, sizeof(*failure));
	unwrap_all(runtime, seen);
	if (is_a(hit, &seen->error, layout->pgx_prepare_error_itab))
		seen->error = read_interface_at(seen->error.data, layout->pgx_prepare_error);
	describe_error(scratch, &failure->error, &failure->text, runtime, seen);
	if (is_cause(seen))
		return 0;

	__u64 data = seen->error.data;

	if (is_a(hit, &seen->error, layout->pq_error_itab))
		state = read_string_at(data, layout->pq_error_code);
	else if (is_a(hit, &seen->error, layout->pgx_error_itab))
		state = read_string_at(data, layout->pgx_error_code);
	else if (is_a(hit, &seen->error, layout->mysql_error_itab))
		failure->code = (__u16)read_u64_at(data, layout->mysql_error_number);
	else if (is_a(hit, &seen->error, layout->mssql_error_itab))
		failure->code = read_u64_at(data, layout->mssql_error_number);
	else if (is_a(hit, &seen->error, layout->modernc_error_itab))
		failure->code = read_u64_at(data, layout->modernc_error_code);
	else if (is_a(hit, &seen->error, layout->mattn_error_itab))
		failure->code = read_u64_at(data, layout->mattn_error_code);
	else if (is_a(hit, &seen->error, layout->oracle_error_itab))
		failure->code = read_u64_at(data, layout->oracle_error_code);
	else if (is_a(hit, &seen->error, layout->clickhouse_error_itab))
		failure->code = read_u64_at(data, layout->clickhouse_error_code);
	if (state.length)
		pack(scratch, &failure->state, &state, ERROR_STATE_LIMIT);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------- */

/* A *sql.Rows that a query has returned, and the query's span. */
struct rows_place {
	__u64 rows; /* 0: none; ROWS_BEING_NOTED */
	__u32 tgid;
	__u32 exec_id;
	__u64 since_ns;
	__u64 span_id;
};

#define ROWS_SETS 8192
#define ROWS_WAYS 4
#define ROWS_BEING_NOTED 1 /* no address */

struct rows_set {
	struct rows_place places[ROWS_WAYS];
};

/*
 * The rows that are open, at a place that follows from their address. Rows that are never closed are pushed out by
 * later ones: all they cost is that their spans do not say when they were closed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ROWS_SETS);
	__type(key, __u32);
	__type(value, struct rows_set);
} open_rows SEC(".maps");

static __always_inline struct rows_set *rows_set_of(const struct hit *hit, __u64 rows)
{
	__u32 index = place_of(hit->key.tgid, rows, ROWS_SETS);

	return bpf_map_lookup_elem(&open_rows, &index);
}

/* Where rows were noted; 0: they were not, or were pushed out. */
static __always_inline struct rows_place *noted_rows(const struct hit *hit, __u64 rows)
{
	struct rows_set *set = rows_set_of(hit, rows);

	if (!set || rows <= ROWS_BEING_NOTED)
		return 0;
	for (int way = 0; way < ROWS_WAYS; way++) {
		struct rows_place *place = &set->places[way];

		if (place->rows == rows && place->tgid == hit->key.tgid && place->exec_id == hit->key.exec_id)
			return place;
	}
	return 0;
}

/* Counts rows that are pushed out, if they can still be open: not those of a process that is gone. */
static __always_inline void count_pushed_out(const struct rows_place *place)
{
	__u32 tgid = place->tgid;
	const struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (process && process->exec_id == place->exec_id)
		count(RECORD_SQL, COUNT_REST_UNSEEN);
}

/* Notes whose rows these are; false: others are just being noted at their place. */
static __always_inline bool note_rows(const struct hit *hit, __u64 rows, __u64 span_id, __u64 now_ns)
{
	struct rows_set *set = rows_set_of(hit, rows);
	struct rows_place *place = 0;

	if (!set)
		return false;
	/* The way of rows that had the same address; else one that is free, else the one that was taken first. */
	for (int way = 0; way < ROWS_WAYS; way++) {
		struct rows_place *other = &set->places[way];

		if (other->rows == rows && other->tgid == hit->key.tgid) {
			place = other;
			break;
		}
		if (!place || (place->rows && (!other->rows || other->since_ns < place->since_ns)))
			place = other;
	}

	__u64 before = place->rows;

	if (before == ROWS_BEING_NOTED ||
	    __sync_val_compare_and_swap(&place->rows, before, ROWS_BEING_NOTED) != before) {
		count(RECORD_SQL, COUNT_REST_UNSEEN);
		return false;
	}
	if (before && before != rows)
		count_pushed_out(place);
	place->tgid = hit->key.tgid;
	place->exec_id = hit->key.exec_id;
	place->since_ns = now_ns;
	place->span_id = span_id;
	barrier();
	place->rows = rows;
	return true;
}

#define CLOSURE_WORDS 11 /* that are looked at, the first its code; the largest has its rows in the ninth */

/*
 * The *sql.Rows that an attempt has returned; 0: none is found. (*DB).retry does not know them: the function that
 * it was given has put them into a variable of the method that called it, and knows that by its address. It is
 * the variable whose value has a connection of the call's own database: in all closures of the same code the same one.
 */
static __noinline __u64 rows_of_attempt(const struct hit *hit, __u64 frame, __u64 db)
{
	__u64 words[CLOSURE_WORDS];

	if (!hit || !db || read_user(words, sizeof(words), spilled_argument(frame, 1)))
		return 0;

	struct process *process = hit->process;

	for (__u32 i = 0; i < ROWS_CLOSURES; i++) {
		__u64 known = process->rows_closures[i];

		if (known && known / CLOSURE_WORDS == words[0])
			return read_u64_at(object_u64(words, sizeof(words), known % CLOSURE_WORDS * 8), 0);
	}

	const struct sql_layout *layout = LAYOUT(hit, sql_layout);

	if (!layout || layout->rows_dc == OFFSET_UNKNOWN)
		return 0;
	for (__u32 i = 1; i < CLOSURE_WORDS; i++) {
		__u64 rows = read_u64_at(words[i], 0);
		__u64 connection = read_u64_at(rows, layout->rows_dc);

		if (read_u64_at(connection, layout->driver_conn_db) != db)
			continue;
		process->rows_closures[process->rows_closures[0] != 0] = words[0] * CLOSURE_WORDS + i;
		return rows;
	}
	return 0;
}

/* As pack_cold, of the text of a query, which is not told by how slow it is then. */
static __always_inline void read_cold_text(struct scratch *scratch, struct sql_record *record)
{
	struct string_ref *ref = &record->strings[SQL_TEXT];
	__u64 address = record->statement;

	if (!ref->original_length || ref->length)
		return;
	record->statement = 0;
	pack_cold(scratch, ref, address, TEXT_LIMIT);
}

/* A query has returned rows, of whose end a supplement will tell; 0: it has not. */
static __always_inline void await_rows(const struct hit *hit, struct sql_record *record, __u64 rows, __u64 now_ns)
{
	__u64 span_id;

	if (!rows)
		return;
	__builtin_memcpy(&span_id, record->span.core.span_id, sizeof(span_id));
	record->span.awaits = note_rows(hit, rows, span_id, now_ns);
}

/*
 * The goroutine's innermost call is over.
 *
 * @spans that the goroutine is in
 * @span  that of the call
 * @rows  that it has returned; 0: none, or not known
 * @retry frame of (*DB).retry, where rows that are not known are looked for; 0: there are none
 */
static __always_inline int finish_call(const struct hit *hit, struct active_spans *spans,
				       const struct active_span *span, const struct go_interface *error, __u64 rows,
				       __u64 retry, __u64 end_ns)
{
	struct call_key key = sql_key(hit, span->mark);

	if (!leave_span(hit, spans, span))
		return 0;

	struct scratch *scratch = scratch_of_thread();

	if (!take_call(scratch, &key) || !scratch)
		return 0;

	struct sql_record *record = RECORD(scratch, sql_record);
	const struct sql_call *kept = KEPT(scratch, sql_call);

	__u64 took_ns = end_ns - record->span.core.start_ns;

	record->failed = error->itab && !record->discards;

	read_cold_text(scratch, record);

	bool first = weigh_call(record, took_ns);

	if (record->failed) {
		const struct sql_failure *failure = WORK(scratch, sql_failure);
		const struct sql_layout *layout = LAYOUT(hit, sql_layout);

		if (layout) {
			struct returned_error seen = returned(scratch, hit, error, &kept->context);

			describe_failure(scratch, layout, hit->runtime, hit, &seen);
			record->error = failure->error;
			record->error_code = failure->code;
			record->strings[SQL_ERROR_STATE] = failure->state;
			record->strings[SQL_ERROR_TEXT] = failure->text;
		}
	} else if (record->detail == SQL_WHOLE && !first) {
		/* The first of its like goes on at once: those that have but its key follow. */
		if (!rows && retry)
			rows = rows_of_attempt(hit, retry, kept->db);
		await_rows(hit, record, rows, end_ns);
	}
	if (hand_over(scratch, END_RETURNED, end_ns))
		told(record, first, took_ns);
	return 0;
}

/* The call in scratch has not returned, since a panic has gone through it: it is told whole, as others that fail. */
static __always_inline void conclude_left_query(struct scratch *scratch, __u64 end_ns)
{
	struct sql_record *record = RECORD(scratch, sql_record);

	record->failed = 1;
	read_cold_text(scratch, record);
	if (hand_over(scratch, END_PANICKED, end_ns) && sql_slow && record->statement)
		count(RECORD_SQL, COUNT_TOLD_WHOLE);
}

/* Registers that are taken by what a method returns before its error. */
static __always_inline __u32 words_before_error(enum sql_operation operation)
{
	switch (operation) {
	case SQL_EXEC: /* (Result, error) */
		return 2;
	case SQL_COMMIT:
	case SQL_ROLLBACK:
	case SQL_PING:
		return 0;
	default: /* (*Rows, error) */
		return 1;
	}
}

/* A return of such a method: its last result is the error. */
SEC("uprobe")
int sql_call_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct active_spans *spans = active_of(&hit.key);
	const struct active_span *span = innermost_of(spans, RECORD_SQL);
	__u64 results[] = { GO_RESULT1(ctx), GO_RESULT2(ctx), GO_RESULT3(ctx), GO_RESULT4(ctx) };
	__u32 first = words_before_error(SQL_OPERATION_OF(hit.variant));

	if (!span)
		return 0;

	struct go_interface error = { results[first], results[first + 1] };
	const struct sql_layout *layout = LAYOUT(&hit, sql_layout);
	bool knows_rows = layout && layout->rows_dc != OFFSET_UNKNOWN;
	__u64 rows = SQL_OPERATION_OF(hit.variant) == SQL_QUERY && knows_rows ? results[0] : 0;

	return finish_call(&hit, spans, span, &error, rows, 0, end_ns);
}

/*
 * (*DB).retry(fn), which calls fn up to three times: the end of a call that it was for, in time before the
 * call returns by a few moves of its results.
 */
SEC("uprobe")
int sql_attempt_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct active_spans *spans = active_of(&hit.key);
	const struct active_span *span = innermost_of(spans, RECORD_SQL);

	if (!span || !(span->mark & MARK_RETRIED))
		return 0;

	struct call_key key = sql_key(&hit, span->mark);
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };

	if (hit.variant == SQL_ATTEMPT_RETURNED && error.itab) {
		struct sql_call *kept = kept_of(&key);

		if (kept)
			kept->error = error;
		return 0;
	}
	if (hit.variant == SQL_ATTEMPT_JUDGED) {
		struct sql_call *kept = kept_of(&key);

		if ((__u8)GO_RESULT1(ctx))
			return 0;
		error = kept ? kept->error : (struct go_interface){};
	}

	return finish_call(&hit, spans, span, &error, 0, span->mark & MARK_ROWS ? GO_FRAME(ctx) : 0, end_ns);
}

#define ROWS_STRINGS (ERROR_STATE_LIMIT + ERROR_TEXT_LIMIT)

struct rows_supplement {
	struct supplement_record of;
	struct sql_rows_block rows;
};

_Static_assert(sizeof(struct rows_supplement) + ROWS_STRINGS <= STRINGS_MAX, "a supplement is a short record");

/* A string of the supplement in scratch, as it is in the block. */
static __always_inline struct string_ref in_block(struct string_ref string)
{
	string.offset -= offsetof(struct rows_supplement, rows);
	return string;
}

/* Hands over what becomes of the rows of a query; with a time, they are closed. */
static __always_inline void supplement(struct scratch *scratch, const struct sql_layout *layout, const struct hit *hit,
				       __u64 span_id, const struct go_interface *error, __u64 closed_ns)
{
	struct rows_supplement *to = RECORD(scratch, rows_supplement);

	__builtin_memset(to, 0, sizeof(*to));
	to->of.header.size = sizeof(*to);
	to->of.header.type = RECORD_SUPPLEMENT;
	to->of.header.tgid = hit->key.tgid;
	to->of.header.binary = hit->binary;
	to->of.last = closed_ns != 0;
	__builtin_memcpy(to->of.span_id, &span_id, sizeof(span_id));
	to->rows.closed_ns = closed_ns;
	if (error->itab) {
		const struct sql_failure *failure = WORK(scratch, sql_failure);

		struct returned_error seen = { .error = *error, .load_bias = hit->load_bias };

		describe_failure(scratch, layout, hit->runtime, hit, &seen);
		to->rows.failed = 1;
		to->rows.error = failure->error;
		to->rows.error_code = failure->code;
		to->rows.error_state = in_block(failure->state);
		to->rows.error_text = in_block(failure->text);
	}

	__u64 size = to->of.header.size;

	to->rows.header.type = BLOCK_SQL_ROWS;
	to->rows.header.size = size - offsetof(struct rows_supplement, rows);
	barrier_var(size);
	if (size > sizeof(*to) + ROWS_STRINGS)
		return;
	if (bpf_ringbuf_output(&ring, to, size, BPF_RB_NO_WAKEUP))
		count(RECORD_SUPPLEMENT, COUNT_EVENTS_LOST);
}

/* Whether an error is io.EOF, by which rows are at their end. */
static __always_inline bool is_end(const struct hit *hit, const struct go_interface *error)
{
	struct go_string text = read_string_at(error->data, 0);
	char found[4] = {};

	if (!is_a(hit, error, hit->runtime->error_string_itab) || text.length != 3)
		return false;
	read_user(found, 3, text.address);
	return found[0] == 'E' && found[1] == 'O' && found[2] == 'F';
}

/* What withLock(lock, fn) has spilled, from the second word of the lock on. */
struct with_lock_arguments {
	__u64 connection;
	__u64 function;
};

#define WITH_LOCK_ARGUMENTS (SPILLED_FIRST + 8)

#define CLOSING_VARIABLES 2

/*
 * Where the rows are noted that are being closed; 0: they are not. The site is in the function that (*Rows).close has
 * withLock run; it knows them and where the error of their closing is to go.
 */
static __always_inline struct rows_place *closing_rows(const struct sql_layout *layout, const struct hit *hit,
						       __u64 frame)
{
	struct with_lock_arguments arguments;
	__u64 variables[CLOSING_VARIABLES];
	__u64 with_lock = 0;

	if (read_user(&with_lock, sizeof(with_lock), frame) ||
	    read_user(&arguments, sizeof(arguments), with_lock + WITH_LOCK_ARGUMENTS) ||
	    read_user(variables, sizeof(variables), arguments.function + CLOSURE_FIRST))
		return 0;
	for (__u32 i = 0; i < CLOSING_VARIABLES; i++) {
		struct rows_place *place = noted_rows(hit, variables[i]);

		if (place && read_u64_at(variables[i], layout->rows_dc) == arguments.connection)
			return place;
	}
	return 0;
}

/* Rows are closed, which happens once whoever does it, or cannot be read. */
SEC("uprobe")
int sql_rows_end(struct pt_regs *ctx)
{
	__u64 now_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify_process(ctx, &hit))
		return 0;

	const struct sql_layout *layout = LAYOUT(&hit, sql_layout);

	if (!layout)
		return 0;

	bool closed = hit.variant == SQL_ROWS_CLOSED;
	struct go_interface error = { GO_RESULT1(ctx), GO_RESULT2(ctx) };
	struct rows_place *place = closed ? closing_rows(layout, &hit, GO_FRAME(ctx)) :
					    noted_rows(&hit, spilled_argument(GO_FRAME(ctx), 0));

	if (!place || (!closed && !error.itab))
		return 0;

	__u64 rows = place->rows, span_id = place->span_id;
	struct scratch *scratch = scratch_of_thread();

	/* Others may have taken the place meanwhile. */
	barrier();
	if (__sync_val_compare_and_swap(&place->rows, rows, closed ? 0 : rows) != rows)
		return 0;
	if (closed) {
		struct go_interface last = read_interface_at(rows, layout->rows_last_error);

		if (last.itab && !is_end(&hit, &last))
			error = last;
	}
	if (scratch)
		supplement(scratch, layout, &hit, span_id, &error, closed ? now_ns : 0);
	else
		count(RECORD_SUPPLEMENT, COUNT_EVENTS_LOST);
	return 0;
}

/* (*DB).conn: all connections are in use, and the call waits for one. */
SEC("uprobe")
int sql_wait(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct active_span *span = innermost_of(active_of(&hit.key), RECORD_SQL);

	if (!span)
		return 0;

	struct call_key key = sql_key(&hit, span->mark);
	struct sql_call *kept = kept_of(&key);

	if (!kept)
		return 0;
	if (hit.variant == SQL_WAIT_BEGINS) {
		kept->waits_since = bpf_ktime_get_ns();
	} else if (kept->waits_since) {
		struct sql_record *record = (void *)kept + KEPT_BYTES;

		record->wait_ns += bpf_ktime_get_ns() - kept->waits_since;
		kept->waits_since = 0;
	}
	return 0;
}
