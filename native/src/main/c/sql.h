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
	SQL_TEXT,   /* of the query */
	SQL_SOURCE, /* data-source name, credentials and all */
	SQL_STRING_COUNT,
};
ABI(enum sql_string);

/* RECORD_SQL */
struct sql_record {
	struct span_header span;
	/* Addresses of types, as the executable's symbols have them; 0: not known, or none. */
	__u64 driver; /* of the driver.Connector; where that is only database/sql's own, of its driver.Driver */
	__u64 error;  /* of the error that was returned */
	__u8 operation; /* enum sql_operation */
	__u8 failed;	/* 1: an error was returned */
	__u8 reserved[6];
	struct string_ref strings[SQL_STRING_COUNT];
};
ABI(struct sql_record);

struct sql_layout {
	__u16 db_connector;
	__u16 conn_db;
	__u16 tx_db;
	__u16 tx_ctx;
	__u16 tx_done;
	__u16 stmt_db;
	__u16 stmt_query;
	__u16 dsn_connector_dsn;
	__u16 dsn_connector_driver;
	__u16 reserved[3];
	__u64 dsn_connector_itab; /* database/sql.dsnConnector as driver.Connector */
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

#endif
