/* SPDX-License-Identifier: GPL-2.0 */
/* One program that every verifier takes, one that none does, and one whose tracepoint is nowhere. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

SEC("syscall")
int sound(void *context)
{
	return 42;
}

SEC("syscall")
int reads_through_null(void *context)
{
	__u32 key = 0;
	__u64 *number = bpf_map_lookup_elem(&numbers, &key);

	return (int)*number; /* not checked for null */
}

SEC("tp_btf/goshawk_no_such_tracepoint")
int nowhere(void *context)
{
	return 0;
}
