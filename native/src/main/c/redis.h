/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that github.com/redis/go-redis/v9 sends: what their programs share with the Java side. */
#ifndef GOSHAWK_REDIS_H
#define GOSHAWK_REDIS_H

#include "goshawk_abi.h"

enum redis_record_type {
	RECORD_REDIS = 7,
};
ABI(enum redis_record_type);

/* What is sent; variant of redis_start. */
enum redis_operation {
	REDIS_COMMAND,
	REDIS_PIPELINE,
	REDIS_TRANSACTION,	/* a pipeline between MULTI and EXEC, which do not count */
	REDIS_CLUSTER_PIPELINE, /* of a cluster's nodes, of which none is told */
	REDIS_CLUSTER_TRANSACTION,
};
ABI(enum redis_operation);

#define REDIS_TOLD 4 /* commands of a pipeline that are told, the first of them */

enum redis_string {
	REDIS_SERVER,			       /* host and port, or path of a socket */
	REDIS_NAMES,			       /* of the commands that are told */
	REDIS_KEYS = REDIS_NAMES + REDIS_TOLD, /* their first arguments, where they are strings: not all are keys */
	REDIS_REPLY = REDIS_KEYS + REDIS_TOLD, /* the beginning of a reply that is an error: "WRONGTYPE Oper" */
	REDIS_ERROR_TEXT,		       /* of an error that has nothing else */
	REDIS_STRING_COUNT,
};
ABI(enum redis_string);

/* RECORD_REDIS */
struct redis_record {
	struct span_header span;
	struct innermost_error error;
	__u32 commands;
	__u32 database;
	__u32 words[REDIS_TOLD]; /* of each command that is told, its name included */
	__u8 operation;		 /* enum redis_operation */
	__u8 failed;		 /* 1: there was an error, and none that says that nothing is there */
	__u8 differ;		 /* 1: not all commands have the same name */
	__u8 reserved[5];
	struct string_ref strings[REDIS_STRING_COUNT];
};
ABI(struct redis_record);

struct redis_layout {
	__u64 error_itab;	/* proto.RedisError as error */
	__u64 single_pool_itab; /* *pool.SingleConnPool as pool.Pooler */
	__u16 client_opt;	/* of baseClient */
	__u16 client_pool;
	__u16 opt_addr;	    /* of Options */
	__u16 opt_database; /* an int */
	__u16 command_args; /* of baseCmd, with which all commands begin: a []any */
	__u16 command_err;
	__u16 reserved[2];
};
ABI(struct redis_layout);

#endif
