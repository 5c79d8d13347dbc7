/* SPDX-License-Identifier: GPL-2.0 */
/* Fills a ring on demand with numbered records, so that a test can tell lost, doubled and moved ones. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps");

/* What the test hands in, and gets back. */
struct order {
	__u64 next;	    /* number of the next record; counts attempts, so a lost one leaves a gap */
	__u64 records;	    /* how many to try */
	__u64 reserved;	    /* out: how many found room */
	__u64 discard_each; /* discard every n-th instead of submitting it; 0: none */
	__u64 wake;	    /* 1: the last one wakes the reader */
};

/* Records differ in length, so that every alignment at the ring's end occurs. */
struct small {
	__u64 number;
};

struct large {
	__u64 number;
	__u8 filler[120];
};

static long push(__u32 index, struct order *order)
{
	__u64 number = order->next++;
	__u64 flags = order->wake && index + 1 == order->records ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	void *record;

	if (number % 3) {
		struct small *small = bpf_ringbuf_reserve(&ring, sizeof(*small), 0);

		if (!small)
			return 0;
		small->number = number;
		record = small;
	} else {
		struct large *large = bpf_ringbuf_reserve(&ring, sizeof(*large), 0);

		if (!large)
			return 0;
		large->number = number;
		large->filler[119] = (__u8)number;
		record = large;
	}
	order->reserved++;
	if (order->discard_each && number % order->discard_each == 0)
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(record, flags);
	return 0;
}

SEC("syscall")
int generate(struct order *context)
{
	struct order order = *context;

	bpf_loop(order.records, push, &order, 0);
	*context = order;
	return 0;
}
