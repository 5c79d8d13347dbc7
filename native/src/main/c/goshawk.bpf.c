/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one translation unit: every program and map of the object goshawk.bpf.o.
 *
 * One file per concern and per library, included below. They are one unit so that no tool but clang is
 * needed, the compiler sees everything it may inline, and the verifier looks at shared functions once.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.h"
#include "counters.h"
#include "room.h"
#include "process_id.h"
#include "go_abi.h"
#include "untraced.h"
#include "net_address.h"
#include "trace_context.h"
#include "shared_places.h"
#include "contexts.h"
#include "instructions.h"
#include "receivers.h"
#include "parents.h"
#include "span_record.h"
#include "wire.h"
#include "http_headers.h"
#include "captured_headers.h"
#include "go_error.h"

char LICENSE[] SEC("license") = "GPL";

/* One line for each library. */
#include "http_server.bpf.c"
#include "http2_server.bpf.c"
#include "http_router.bpf.c"
#include "http_client.bpf.c"
#include "http_dial.bpf.c"
#include "sql.bpf.c"
#include "pgx.bpf.c"
#include "redis.bpf.c"
#include "franz.bpf.c"
#include "kafka_go.bpf.c"
#include "mongo.bpf.c"
#include "grpc.bpf.c"
#include "grpc_client.bpf.c"

#include "panics.bpf.c"

#include "mapped_inode.bpf.c"
#include "process_life.bpf.c"
