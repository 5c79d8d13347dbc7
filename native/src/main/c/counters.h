/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's part of the ledger. */
#ifndef GOSHAWK_COUNTERS_H
#define GOSHAWK_COUNTERS_H

#include "process_id.h"

_Static_assert(COUNTER_COUNT <= COUNTERS_PER_TYPE, "a type's counters fit");

static const struct unrecorded_calls no_unrecorded; /* not on the stack, which has no room for it */

/* A call becomes no record, for a reason that is one of the counters: that is its process's, too. */
__noinline int count_unrecorded(__u32 counter)
{
	__u32 tgid = current_process_id();
	struct unrecorded_calls *calls = bpf_map_lookup_elem(&unrecorded, &tgid);

	if (!calls) {
		bpf_map_update_elem(&unrecorded, &tgid, &no_unrecorded, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&unrecorded, &tgid);
		if (calls) {
			const struct process *process = bpf_map_lookup_elem(&processes, &tgid);

			calls->binary = process ? process->binary : 0;
		} else {
			tgid = 0;
			calls = bpf_map_lookup_elem(&unrecorded, &tgid);
		}
	}
	if (!calls)
		return 0;
	if (counter == COUNT_SAMPLED_OUT) {
		__sync_fetch_and_add(&calls->sampled_out, 1);
	} else if (counter == COUNT_NO_END) {
		__sync_fetch_and_add(&calls->no_end, 1);
	} else {
		__sync_fetch_and_add(&calls->lost, 1);
		if (counter == COUNT_LOST_OVER_SHARE)
			__sync_fetch_and_add(&calls->over_share, 1);
	}
	return 0;
}

/* Whether it is one of calls that become no record. */
static __always_inline bool ends_without_record(enum counter counter)
{
	switch (counter) {
	case COUNT_SAMPLED_OUT:
	case COUNT_LOST_MAP_FULL:
	case COUNT_LOST_OVER_SHARE:
	case COUNT_LOST_NO_SCRATCH:
	case COUNT_LOST_UNREADABLE_AT_START:
	case COUNT_NO_END:
	case COUNT_SPANS_REPLACED:
	case COUNT_LOST_RING_FULL:
	case COUNT_LOST_UNREADABLE:
	case COUNT_LOST_NO_SCRATCH_AT_END:
		return true;
	default:
		return false;
	}
}

/* Adds one to a counter of a record type. */
static __always_inline void count(__u32 type, enum counter counter)
{
	if (ends_without_record(counter))
		count_unrecorded(counter);

	__u32 index = type * COUNTERS_PER_TYPE + counter;
	__u64 *value = bpf_map_lookup_elem(&counters, &index);

	/* Atomic, since a uprobe's program can be preempted by another on the same CPU. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

#endif
