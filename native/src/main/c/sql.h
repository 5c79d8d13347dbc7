/* SPDX-License-Identifier: GPL-2.0 */
/* Calls to database/sql: what their programs share with the Java side. */
#ifndef GOSHAWK_SQL_H
#define GOSHAWK_SQL_H

#include "goshawk_abi.h"

enum sql_record_type {
	RECORD_SQL = 3,
};
ABI(enum sql_record_type);

/* What is called for. */
enum sql_operation {
	SQL_QUERY,
	SQL_EXEC,
	SQL_PREPARE,
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_PING,
	SQL_CONNECT,
};
ABI(enum sql_operation);

/* Whose method is called: what the first register points to. */
enum sql_receiver {
	SQL_ON_DB,
	SQL_ON_CONN,
	SQL_ON_TX,
	SQL_ON_STMT,
};
ABI(enum sql_receiver);

/* Variant of sql_call_start and sql_call_end: which method of which receiver. */
enum sql_variant {
	SQL_VARIANT_RECEIVER = 16, /* by how much a receiver's methods are apart */
};
ABI(enum sql_variant);

#define SQL_OPERATION_OF(variant) ((variant) % SQL_VARIANT_RECEIVER)
#define SQL_RECEIVER_OF(variant) ((variant) / SQL_VARIANT_RECEIVER)

/*
 * Variable `sql_slow`: how much of a query its record has hangs on how long it took. Any other number is a limit in
 * microseconds, from which on a call is slow.
 */
enum sql_slow {
	SQL_SLOW_OFF = 0,	    /* all have everything */
	SQL_SLOW_MEAN = 0x7fffffff, /* a call is slow if it took longer than the like of it do */
};
ABI(enum sql_slow);

/* What of a query is in its record. One that fails, or is the first of its like, is told whole. */
enum sql_detail {
	SQL_WHOLE,
	SQL_TEXT_ONLY, /* masked, and nothing of how it came to be slow */
	SQL_KEY_ONLY,  /* a record that was told whole before has the same key, and text, and source */
};
ABI(enum sql_detail);

enum sql_string {
	SQL_TEXT,	 /* of the query */
	SQL_SOURCE,	 /* data-source name, credentials and all */
	SQL_SERVER,	 /* host, host and port, or path of a socket; where there is no SQL_SOURCE */
	SQL_DATABASE,	 /* its name; likewise */
	SQL_ERROR_STATE, /* SQLSTATE, where the error has it */
	SQL_ERROR_TEXT,	 /* of an error that has nothing else; the last that is packed */
	SQL_STRING_COUNT,
};
ABI(enum sql_string);

/* RECORD_SQL */
struct sql_record {
	struct span_header span;
	/*
	 * Address of the type of the driver.Connector, as the executable's symbols have it; where that is
	 * only for a name, of its driver.Driver; where one wraps another, of the inner one. 0: not known.
	 */
	__u64 driver;
	__u64 wait_ns;	 /* how long the call waited for others to give a connection back */
	__u64 statement; /* key of the text and of the database; 0: it has none */
	struct innermost_error error;
	__u32 error_code; /* the system's own, where the error has it as a number; else 0 */
	__u16 port;	  /* of SQL_SERVER; 0: not known, or in there */
	__u8 operation;	  /* enum sql_operation */
	__u8 failed;	  /* 1: an error was returned */
	__u8 detail;	  /* enum sql_detail */
	__u8 discards;	  /* 1: a transaction is given up together with its connection, and any error says but that */
	__u8 reserved[6];
	struct string_ref strings[SQL_STRING_COUNT];
};
ABI(struct sql_record);

enum sql_block_type {
	BLOCK_SQL_ROWS = BLOCK_LIBRARY,
};
ABI(enum sql_block_type);

/* BLOCK_SQL_ROWS: what became of the rows that a query returned. Strings are packed behind it. */
struct sql_rows_block {
	struct block_header header;
	__u64 closed_ns; /* 0: they were not closed yet */
	struct innermost_error error;
	__u32 error_code;
	__u8 failed; /* 1: there was an error while they were read or closed */
	__u8 reserved[3];
	struct string_ref error_state; /* offsets are from the start of the block */
	struct string_ref error_text;
};
ABI(struct sql_rows_block);

/* Offsets in a configuration of what a connection leads to. */
struct sql_config_layout {
	__u16 host; /* a string */
	__u16 port; /* a uint16, or longer */
	__u16 database;
	__u16 reserved;
};
ABI(struct sql_config_layout);

/* A driver.Connector or driver.Driver that does its work by another one. */
struct sql_wrapper {
	__u64 itab;
	__u16 inner; /* the other one */
	__u16 reserved[3];
};
ABI(struct sql_wrapper);

/* A driver.Connector for a driver.Driver that has none of its own. */
struct sql_dsn_connector {
	__u64 itab;
	__u16 driver;
	__u16 dsn; /* a string */
	__u16 reserved[2];
};
ABI(struct sql_dsn_connector);

#define SQL_WRAPPERS 7
#define SQL_DSN_CONNECTORS 5

/* Itabs are those of driver.Connector, and of error. */
struct sql_layout {
	struct sql_wrapper wrappers[SQL_WRAPPERS];
	struct sql_dsn_connector dsn_connectors[SQL_DSN_CONNECTORS];
	__u64 pgx_name_itab;
	__u64 pgx_config_itab;
	__u64 pq_itab;
	__u64 mysql_itab;
	__u64 oracle_itab;
	__u64 mssql_itab;
	__u64 pq_error_itab;
	__u64 pgx_error_itab;
	__u64 pgx_prepare_error_itab;
	__u64 mysql_error_itab;
	__u64 mssql_error_itab;
	__u64 modernc_error_itab;
	__u64 mattn_error_itab;
	__u64 oracle_error_itab;
	__u64 clickhouse_error_itab;

	__u16 db_connector;
	__u16 conn_db;
	__u16 tx_db;
	__u16 tx_ctx;
	__u16 tx_done;
	__u16 stmt_db;
	__u16 stmt_query;
	__u16 rows_dc;
	__u16 rows_last_error;
	__u16 driver_conn_db;
	__u16 pgx_name; /* pgx's connector for a data-source name */
	__u16 mysql_config;
	__u16 mysql_address; /* of the configuration: host and port, or path of a socket */
	__u16 mysql_database;
	struct sql_config_layout pgx_config; /* of pgx's connector for a configuration */
	struct sql_config_layout pq;	     /* of lib/pq's connector */
	struct sql_config_layout mssql;
	__u16 mssql_instance; /* part of what its database is called */
	__u16 oracle_name;    /* data-source name of go-ora's connector */
	__u16 pq_error_code;  /* a string */
	__u16 pgx_error_code;
	__u16 pgx_prepare_error;  /* the error that it wraps */
	__u16 mysql_error_number; /* a uint16 */
	__u16 mssql_error_number; /* an int32 */
	__u16 modernc_error_code; /* an int */
	__u16 mattn_error_code;
	__u16 oracle_error_code;     /* an int */
	__u16 clickhouse_error_code; /* an int32 */
};
ABI(struct sql_layout);

/* Variant of sql_attempt_end: where in (*DB).retry the site lies. */
enum sql_attempt_site {
	/* Past the call of an attempt: its error is in the first two registers. */
	SQL_ATTEMPT_RETURNED,
	/* Past the call of the last one. */
	SQL_LAST_ATTEMPT_RETURNED,
	/* Past errors.Is: whether the error is driver.ErrBadConn, and another attempt follows. */
	SQL_ATTEMPT_JUDGED,
};
ABI(enum sql_attempt_site);

/* Variant of sql_rows_end: where the site lies. */
enum sql_rows_site {
	SQL_ROWS_CLOSED, /* in (*Rows).close.func1, past the driver's Close: its error is in the first two registers */
	SQL_ROWS_UNREADABLE, /* past the call that makes the error of a Scan, which is there */
};
ABI(enum sql_rows_site);

/* Variant of sql_wait: where in (*DB).conn the site lies. */
enum sql_wait_site {
	SQL_WAIT_BEGINS, /* at the call of runtime.selectgo, which waits */
	SQL_WAIT_ENDS,	 /* past it */
};
ABI(enum sql_wait_site);

#endif
