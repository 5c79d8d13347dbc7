/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's part of the ledger. */
#ifndef GOSHAWK_COUNTERS_H
#define GOSHAWK_COUNTERS_H

_Static_assert(COUNTER_COUNT <= COUNTERS_PER_TYPE, "a type's counters fit");

/* Adds one to a counter of a record type. */
static __always_inline void count(__u32 type, enum counter counter)
{
	__u32 index = type * COUNTERS_PER_TYPE + counter;
	__u64 *value = bpf_map_lookup_elem(&counters, &index);

	/* Atomic, since a uprobe's program can be preempted by another on the same CPU. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

#endif
