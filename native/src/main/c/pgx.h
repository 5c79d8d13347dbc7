/* SPDX-License-Identifier: GPL-2.0 */
/* Calls to github.com/jackc/pgx/v5, without database/sql: what their programs share with the Java side. */
#ifndef GOSHAWK_PGX_H
#define GOSHAWK_PGX_H

#include "goshawk_abi.h"
#include "sql.h"

enum pgx_record_type {
	RECORD_PGX = 6,
};
ABI(enum pgx_record_type);

/* What is called for; variant of pgx_call_start and pgx_call_end. */
enum pgx_operation {
	PGX_QUERY, /* until its rows are closed */
	PGX_EXEC,
	PGX_PREPARE,
	PGX_PING,
	PGX_BATCH, /* until its results are closed */
	PGX_COPY,
	PGX_CONNECT, /* a pool's call that waits for a connection to be made, or in vain for one to be given back */
};
ABI(enum pgx_operation);

/* Variant of pgx_batch_end: whose Close it is. */
enum pgx_results {
	PGX_PIPELINE_RESULTS,
	PGX_SIMPLE_RESULTS,
};
ABI(enum pgx_results);

/* Variant of pgx_wait. */
enum pgx_wait_site {
	PGX_WAIT_BEGINS, /* at the call that waits until a connection is given back */
	PGX_WAIT_ENDS,	 /* past it: its error is in the first two registers */
};
ABI(enum pgx_wait_site);

enum pgx_string {
	PGX_TEXT,	 /* of the query, or of those of a batch: "SELECT 1; SELECT 2" */
	PGX_TABLE,	 /* that is copied to: its name, without the schema */
	PGX_SERVER,	 /* host, or folder of a socket */
	PGX_DATABASE,	 /* its name */
	PGX_ERROR_STATE, /* SQLSTATE, where the error has it */
	PGX_ERROR_TEXT,	 /* of an error that has nothing else */
	PGX_STRING_COUNT,
};
ABI(enum pgx_string);

/* RECORD_PGX */
struct pgx_record {
	struct span_header span;
	__u64 wait_ns; /* how long the goroutine had waited for others to give the connection back */
	struct innermost_error error;
	__u32 batch;	/* queries of a PGX_BATCH */
	__u16 port;	/* 0: not known */
	__u8 operation; /* enum pgx_operation */
	__u8 failed;	/* 1: there was an error */
	__u8 differ;	/* 1: the queries of a batch are not all the same */
	__u8 reserved[7];
	struct string_ref strings[PGX_STRING_COUNT];
};
ABI(struct pgx_record);

#define PGX_WRAPPERS 9
#define PGX_ASKERS 3

/* Where some code lies, as the executable's symbols have it. */
struct code_range {
	__u64 begin;
	__u64 end; /* behind it */
};
ABI(struct code_range);

struct pgx_layout {
	struct error_wrapper wrappers[PGX_WRAPPERS];
	struct code_range askers[PGX_ASKERS]; /* what they call pgx for belongs to a call of others; empty: not there */
	__u64 error_itab;		      /* *pgconn.PgError as error */
	__u64 connect_error_itab;	      /* *pgconn.ConnectError, or connectError, as error */
	__u16 error_code;		      /* a string */
	__u16 connect_error_config;
	__u16 conn_pgconn; /* of Conn */
	__u16 pgconn_config;
	struct sql_config_layout config; /* of pgconn.Config */
	__u16 rows_conn;		 /* of baseRows */
	__u16 rows_err;
	__u16 rows_sql;
	__u16 batch_queries;
	__u16 query_sql; /* of QueuedQuery */
	__u16 simple_results_conn;
	__u16 simple_results_err;
	__u16 pipeline_results_conn;
	__u16 pipeline_results_err;
	__u16 copy_conn;
	__u16 copy_table;
	__u16 resource_value; /* of a pool's resource */
	__u16 resource_conn;  /* of that value */
	__u16 reserved[3];
};
ABI(struct pgx_layout);

#endif
