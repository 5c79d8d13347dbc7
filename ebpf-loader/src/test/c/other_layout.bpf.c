/* SPDX-License-Identifier: GPL-2.0 */
/* A map with the agent's name for it and another value. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32[5]);
} processes SEC(".maps");
