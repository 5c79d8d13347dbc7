/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one translation unit: every program and map of the object goshawk.bpf.o.
 *
 * One file per concern, included below. They are one unit so that no tool but clang is needed and the
 * compiler sees everything it may inline.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "goshawk_abi.h"
#include "maps.h"
#include "counters.h"
#include "go_abi.h"
#include "trace_context.h"
#include "http_headers.h"
#include "span_record.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * The types that user space shares, for the generator of the Java accessors: the member types of this
 * variable are the ABI. A type that nothing refers to would not be in the BTF; the section is not
 * one that libbpf loads.
 */
struct {
	enum record_type record_type;
	enum end_reason end_reason;
	enum span_flag span_flag;
	enum http_string http_string;
	enum h2_variant h2_variant;
	enum map_kind map_kind;
	enum end_site end_site;
	enum route_site route_site;
	enum process_flag process_flag;
	enum sampling sampling;
	enum counter counter;
	struct record_header record_header;
	struct string_ref string_ref;
	struct span_header span_header;
	struct http_server_record http_server_record;
	struct process_record process_record;
	struct h2_layout h2_layout;
	struct request_layout request_layout;
	struct go_layout go_layout;
	struct process process;
	struct settings settings;
	struct goroutine_key goroutine_key;
	struct go_string go_string;
	struct open_span open_span;
} abi SEC(".abi") = {};

#include "http_server.bpf.c"
#include "process_life.bpf.c"
