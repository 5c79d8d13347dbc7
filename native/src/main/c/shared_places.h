/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Places in arrays that programs on several CPUs read and write. Each has a version, which is odd while somebody
 * writes there: who comes by then goes elsewhere, or without.
 */
#ifndef GOSHAWK_SHARED_PLACES_H
#define GOSHAWK_SHARED_PLACES_H

/* Takes a place to write in, whose version was that when it was chosen; false: somebody writes there, or has since. */
static __always_inline bool own_place(__u32 *version, __u32 chosen)
{
	return !(chosen & 1) && __sync_val_compare_and_swap(version, chosen, chosen + 1) == chosen;
}

/* Gives it back, for all to read. */
static __always_inline void give_place(__u32 *version, __u32 chosen)
{
	barrier();
	*version = chosen + 2;
}

/* Whether what was copied of a place was whole, and still is what lies there. */
static __always_inline bool is_whole(__u32 copied, const volatile __u32 *version)
{
	barrier();
	return !(copied & 1) && *version == copied;
}

#endif
