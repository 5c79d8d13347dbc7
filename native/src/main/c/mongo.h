/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that go.mongodb.org/mongo-driver/v2 sends: what their programs share with the Java side. */
#ifndef GOSHAWK_MONGO_H
#define GOSHAWK_MONGO_H

#include "goshawk_abi.h"

enum mongo_record_type {
	RECORD_MONGO = 10,
};
ABI(enum mongo_record_type);

enum mongo_string {
	MONGO_SERVER, /* host and port, or path of a socket; of the last attempt */
	MONGO_DATABASE,
	MONGO_COMMAND,
	MONGO_ARGUMENT, /* the command's first argument, if that is a string: mostly a collection's name, but not always
			 */
	MONGO_ERROR_TEXT, /* of an error that has nothing else */
	MONGO_STRING_COUNT,
};
ABI(enum mongo_string);

/* RECORD_MONGO */
struct mongo_record {
	struct span_header span;
	struct innermost_error error;
	__s64 code;  /* of the server's error; 0: it has none */
	__u8 failed; /* 1: there was an error */
	__u8 reserved[7];
	struct string_ref strings[MONGO_STRING_COUNT];
};
ABI(struct mongo_record);

#define MONGO_WRAPPERS 4

struct mongo_layout {
	struct error_wrapper wrappers[MONGO_WRAPPERS];
	__u64 error_itab;	      /* driver.Error as error */
	__u64 write_error_itab;	      /* driver.WriteCommandError as error */
	__u64 single_connection_itab; /* driver.SingleConnectionDeployment as Deployment */
	__u16 operation_database;     /* of Operation */
	__u16 operation_deployment;
	__u16 operation_name;
	__u16 connection_inner;	  /* of topology.Connection */
	__u16 connection_address; /* of that */
	__u16 error_code;	  /* of Error: an int32 */
	__u16 write_errors;	  /* of WriteCommandError: a slice */
	__u16 write_error_code;	  /* of WriteError: an int64 */
	__u16 concern_error;	  /* of WriteCommandError: a pointer */
	__u16 concern_error_code; /* an int64 */
	__u16 reserved[2];
};
ABI(struct mongo_layout);

#endif
