/* SPDX-License-Identifier: GPL-2.0 */
/* Counts the hits of a uprobe by process and cookie, and the forks of a tracepoint. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct hit {
	__u64 cookie;
	__u32 tgid;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct hit);
	__type(value, __u64);
} hits SEC(".maps");

static void count(__u64 cookie)
{
	struct hit hit = { .cookie = cookie, .tgid = bpf_get_current_pid_tgid() >> 32 };
	__u64 one = 1;
	__u64 *count = bpf_map_lookup_elem(&hits, &hit);

	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&hits, &hit, &one, BPF_ANY);
}

SEC("uprobe")
int on_hit(struct pt_regs *context)
{
	count(bpf_get_attach_cookie(context));
	return 0;
}

/* Reports as cookie all ones: tracepoints of this kind have none. */
SEC("tp_btf/sched_process_fork")
int on_fork(__u64 *context)
{
	count(~0ULL);
	return 0;
}
