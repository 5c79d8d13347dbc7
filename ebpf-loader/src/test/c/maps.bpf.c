/* SPDX-License-Identifier: GPL-2.0 */
/* A map of each kind that the agent uses, with programs that write where user space cannot. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct key {
	__u64 a;
	__u32 b;
	__u32 c;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, __u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu SEC(".maps");

SEC("syscall")
int count(void *context)
{
	__u32 key = 2;
	__u64 *value = bpf_map_lookup_elem(&per_cpu, &key);

	if (value)
		__sync_fetch_and_add(value, 5);
	return 0;
}
