/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls to database/sql: one span for each call of the application's, however many attempts it takes.
 *
 *   sql_call_start ... sql_attempt_end    calls that (*DB).retry repeats on another connection
 *   sql_call_start ... sql_call_end       all others, at their returns
 */
#include "sql.h"

LAYOUT_MAP(sql_layout);

#define TEXT_LIMIT LONGEST_STRING
#define SOURCE_LIMIT 512
#define SERVER_LIMIT 256
#define DATABASE_LIMIT 128
#define ERROR_STATE_LIMIT 8

_Static_assert(TEXT_LIMIT + SOURCE_LIMIT + SERVER_LIMIT + DATABASE_LIMIT + ERROR_STATE_LIMIT +
			       ERROR_TEXT_LIMIT <=
		       STRINGS_MAX - sizeof(struct sql_record),
	       "strings of all limits fit");

/* Mark of an active span: how many calls it is inside of, and whether it ends in (*DB).retry. */
#define MARK_RETRIED 0x80
#define MARK_NESTING 0x7f

/* What the end has to know of the start. */
struct sql_call {
	struct go_interface error; /* of the attempt that is being judged */
	__u64 waits_since;	   /* for a connection; 0: it does not */
	__u64 wait_ns;		   /* for those before */
	__u64 discards; /* (*Tx).rollback(discardConn): it returns driver.ErrBadConn, whatever came of it */
};

/* The key of the innermost call of the goroutine; a driver may make calls itself. */
static __always_inline struct call_key sql_key(const struct hit *hit, __u8 mark)
{
	struct call_key key = call_of(&hit->key, RECORD_SQL);

	key.id[1] = mark & MARK_NESTING;
	return key;
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

/* Tells whose driver a database has, and what it connects to. */
__noinline int pack_database(struct scratch *scratch, const struct sql_layout *layout, const struct hit *hit,
			     __u64 db)
{
	if (!scratch || !layout || !hit)
		return 0;

	struct sql_record *record = RECORD(scratch, sql_record);
	struct go_interface connector = read_interface_at(db, layout->db_connector);
	struct go_interface driver = connector;
	struct go_string source = {}, server = {}, database = {};
	const struct sql_config_layout *config = 0;

	if (is_a(hit, &connector, layout->dsn_connector_itab)) {
		driver = read_interface_at(connector.data, layout->dsn_connector_driver);
		source = read_string_at(connector.data, layout->dsn_connector_dsn);
	} else if (is_a(hit, &connector, layout->pgx_name_itab)) {
		source = read_string_at(connector.data, layout->pgx_name);
	} else if (is_a(hit, &connector, layout->mysql_itab)) {
		__u64 settings = read_u64_at(connector.data, layout->mysql_config);

		server = read_string_at(settings, layout->mysql_address);
		database = read_string_at(settings, layout->mysql_database);
	} else if (is_a(hit, &connector, layout->pgx_config_itab)) {
		config = &layout->pgx_config;
	} else if (is_a(hit, &connector, layout->pq_itab)) {
		config = &layout->pq;
	}
	if (config) {
		server = read_string_at(connector.data, config->host);
		database = read_string_at(connector.data, config->database);
		record->port = read_u64_at(connector.data, config->port);
	}
	record->driver = type_of(hit, &driver);
	if (source.length)
		pack(scratch, &record->strings[SQL_SOURCE], &source, SOURCE_LIMIT);
	if (server.length)
		pack(scratch, &record->strings[SQL_SERVER], &server, SERVER_LIMIT);
	if (database.length)
		pack(scratch, &record->strings[SQL_DATABASE], &database, DATABASE_LIMIT);
	return 0;
}

/* A method of *DB, *Conn, *Tx or *Stmt, its receiver in RAX, for most of them a context next. */
SEC("uprobe")
int sql_call_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct sql_layout *layout = LAYOUT(&hit, sql_layout);
	struct scratch *scratch = scratch_of_thread();
	enum sql_operation operation = SQL_OPERATION_OF(hit.variant);
	enum sql_receiver receiver = SQL_RECEIVER_OF(hit.variant);
	__u64 object = GO_ARG1(ctx);
	struct go_interface context = { GO_ARG2(ctx), GO_ARG3(ctx) };

	if (!layout)
		return 0;
	/* `defer tx.Rollback()` after a commit asks the database nothing. */
	if (operation == SQL_ROLLBACK && read_u8_at(object, layout->tx_done))
		return 0;
	count(RECORD_SQL, COUNT_SEEN);
	if (!scratch) {
		count(RECORD_SQL, COUNT_LOST_NO_SCRATCH);
		return 0;
	}

	struct sql_record *record = RECORD(scratch, sql_record);
	const struct active_span *outer = innermost_of(active_of(&hit.key), RECORD_SQL);
	bool pooled = receiver == SQL_ON_DB || receiver == SQL_ON_STMT;
	bool retried = pooled && operation <= SQL_BEGIN;
	__u8 mark = (outer ? (outer->mark + 1) & MARK_NESTING : 0) | (retried ? MARK_RETRIED : 0);
	struct call_key key = sql_key(&hit, mark);

	begin(scratch, &hit, RECORD_SQL, SPAN_CLIENT, sizeof(*record));
	record->operation = operation;
	if (operation == SQL_COMMIT || operation == SQL_ROLLBACK)
		context = read_interface_at(object, layout->tx_ctx);
	if (!settle(scratch, &hit, &context, true, mark))
		return 0;

	struct go_string text = {};

	if (operation == SQL_ROLLBACK)
		KEPT(scratch, sql_call)->discards = (__u8)GO_ARG2(ctx);
	if (receiver == SQL_ON_STMT)
		text = read_string_at(object, layout->stmt_query);
	else if (operation <= SQL_PREPARE)
		text = (struct go_string){ GO_ARG4(ctx), GO_ARG5(ctx) };
	pack(scratch, &record->strings[SQL_TEXT], &text, TEXT_LIMIT);
	pack_database(scratch, layout, &hit, db_of(layout, receiver, object));
	if (!park_call(scratch, &key))
		leave_call(&hit, RECORD_SQL);
	return 0;
}

/* Tells the error of a call, and the code that the database gave it. */
__noinline int pack_error(struct scratch *scratch, const struct sql_layout *layout,
			  const struct runtime_layout *runtime, const struct hit *hit,
			  const struct go_interface *outer)
{
	if (!scratch || !layout || !runtime || !hit || !outer)
		return 0;

	struct sql_record *record = RECORD(scratch, sql_record);
	struct returned_error returned = { *outer, hit->load_bias };
	struct go_string state = {};

	if (is_a(hit, &returned.error, layout->pgx_prepare_error_itab))
		returned.error = read_interface_at(outer->data, layout->pgx_prepare_error);
	describe_error(scratch, &record->error, &record->strings[SQL_ERROR_TEXT], runtime, &returned);

	__u64 data = returned.error.data;

	if (is_a(hit, &returned.error, layout->pq_error_itab))
		state = read_string_at(data, layout->pq_error_code);
	else if (is_a(hit, &returned.error, layout->pgx_error_itab))
		state = read_string_at(data, layout->pgx_error_code);
	else if (is_a(hit, &returned.error, layout->mysql_error_itab))
		record->error_code = (__u16)read_u64_at(data, layout->mysql_error_number);
	else if (is_a(hit, &returned.error, layout->mssql_error_itab))
		record->error_code = read_u64_at(data, layout->mssql_error_number);
	else if (is_a(hit, &returned.error, layout->modernc_error_itab))
		record->error_code = read_u64_at(data, layout->modernc_error_code);
	else if (is_a(hit, &returned.error, layout->mattn_error_itab))
		record->error_code = read_u64_at(data, layout->mattn_error_code);
	if (state.length)
		pack(scratch, &record->strings[SQL_ERROR_STATE], &state, ERROR_STATE_LIMIT);
	return 0;
}

/* The goroutine's innermost call, which has the key, is over. */
static __always_inline int finish_call(const struct hit *hit, const struct call_key *key,
				       const struct go_interface *error, __u64 end_ns)
{
	if (!leave_call(hit, RECORD_SQL))
		return 0;

	struct scratch *scratch = scratch_of_thread();

	if (!take_call(scratch, key) || !scratch)
		return 0;

	const struct sql_layout *layout = LAYOUT(hit, sql_layout);
	struct sql_record *record = RECORD(scratch, sql_record);
	const struct sql_call *kept = KEPT(scratch, sql_call);

	record->wait_ns = kept->wait_ns;
	record->failed = error->itab && !kept->discards;
	if (record->failed && layout)
		pack_error(scratch, layout, hit->runtime, hit, error);
	hand_over(scratch, END_RETURNED, end_ns);
	return 0;
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

	const struct active_span *span = innermost_of(active_of(&hit.key), RECORD_SQL);
	__u64 results[] = { GO_RESULT1(ctx), GO_RESULT2(ctx), GO_RESULT3(ctx), GO_RESULT4(ctx) };
	__u32 first = words_before_error(SQL_OPERATION_OF(hit.variant));

	if (!span)
		return 0;

	struct call_key key = sql_key(&hit, span->mark);
	struct go_interface error = { results[first], results[first + 1] };

	return finish_call(&hit, &key, &error, end_ns);
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

	const struct active_span *span = innermost_of(active_of(&hit.key), RECORD_SQL);

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
	return finish_call(&hit, &key, &error, end_ns);
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
		kept->wait_ns += bpf_ktime_get_ns() - kept->waits_since;
		kept->waits_since = 0;
	}
	return 0;
}
