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

enum sql_string {
	SQL_TEXT,	/* of the query */
	SQL_SOURCE,	/* data-source name, credentials and all */
	SQL_SERVER,	/* host, host and port, or path of a socket; where there is no SQL_SOURCE */
	SQL_DATABASE,	/* its name; likewise */
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
	 * only database/sql's own, of its driver.Driver. 0: not known.
	 */
	__u64 driver;
	__u64 wait_ns; /* how long the call waited for others to give a connection back */
	struct innermost_error error;
	__u32 error_code; /* the system's own, where the error has it as a number; else 0 */
	__u16 port;	    /* of SQL_SERVER; 0: not known, or in there */
	__u8 operation;	    /* enum sql_operation */
	__u8 failed;	    /* 1: an error was returned */
	struct string_ref strings[SQL_STRING_COUNT];
};
ABI(struct sql_record);

/* Offsets in a configuration of what a connection leads to. */
struct sql_config_layout {
	__u16 host; /* a string */
	__u16 port; /* a uint16 */
	__u16 database;
	__u16 reserved;
};
ABI(struct sql_config_layout);

/* Itabs are those of driver.Connector, and of error. */
struct sql_layout {
	__u64 dsn_connector_itab;
	__u64 pgx_name_itab;
	__u64 pgx_config_itab;
	__u64 pq_itab;
	__u64 mysql_itab;
	__u64 pq_error_itab;
	__u64 pgx_error_itab;
	__u64 pgx_prepare_error_itab;
	__u64 mysql_error_itab;
	__u64 mssql_error_itab;
	__u64 modernc_error_itab;
	__u64 mattn_error_itab;

	__u16 db_connector;
	__u16 conn_db;
	__u16 tx_db;
	__u16 tx_ctx;
	__u16 tx_done;
	__u16 stmt_db;
	__u16 stmt_query;
	/* database/sql.dsnConnector: of a driver that has none of its own */
	__u16 dsn_connector_driver;
	__u16 dsn_connector_dsn;
	__u16 pgx_name; /* pgx's connector for a data-source name */
	__u16 mysql_config;
	__u16 mysql_address; /* of the configuration: host and port, or path of a socket */
	__u16 mysql_database;
	struct sql_config_layout pgx_config; /* of pgx's connector for a configuration */
	struct sql_config_layout pq;	     /* of lib/pq's connector */
	__u16 pq_error_code; /* a string */
	__u16 pgx_error_code;
	__u16 pgx_prepare_error; /* the error that it wraps */
	__u16 mysql_error_number; /* a uint16 */
	__u16 mssql_error_number; /* an int32 */
	__u16 modernc_error_code; /* an int */
	__u16 mattn_error_code;
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

/* Variant of sql_wait: where in (*DB).conn the site lies. */
enum sql_wait_site {
	SQL_WAIT_BEGINS, /* at the call of runtime.selectgo, which waits */
	SQL_WAIT_ENDS,	 /* past it */
};
ABI(enum sql_wait_site);

#endif
