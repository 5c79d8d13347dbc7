/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's part of the ledger. */
#ifndef GOSHAWK_COUNTERS_H
#define GOSHAWK_COUNTERS_H

static __always_inline void count(enum counter counter)
{
	__u32 index = counter;
	__u64 *value = bpf_map_lookup_elem(&counters, &index);

	/* Atomic, since a uprobe's program can be preempted by another on the same CPU. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

#endif
