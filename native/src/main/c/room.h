/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of the maps that can be full each process has. No process may have more than its share, so that
 * one whose spans never end, or that has very many at a time, takes no room from the others.
 *
 * An account of each span would cost a start and an end a quarter of a microsecond together. So one span in
 * sixteen, known by its key, stands for sixteen; whether the process is full is then written beside what
 * every hit looks up anyway.
 */
#ifndef GOSHAWK_ROOM_H
#define GOSHAWK_ROOM_H

#define STANDS_FOR 16

/* Whether a span is one that is counted. Goroutine ids have a step, and addresses too: hence the product. */
static __always_inline bool is_counted(__u64 id)
{
	_Static_assert(STANDS_FOR == 16, "four bits");
	return (id * 0x9e3779b97f4a7c15) >> 60 == 0;
}

/*
 * How much of each a process may have, in percent. User space may set another while the programs run. By default it is
 * three quarters: a lone process has room for 12,288 open streams, and it takes two such processes to leave the others
 * nothing.
 */
volatile __u32 open_share SEC(".data.open_share") = 75;

static __always_inline __u32 room_of(enum room room)
{
	switch (room) {
	case ROOM_SHORT:
		return SHORT_CALLS;
	case ROOM_MEDIUM:
		return MEDIUM_CALLS;
	case ROOM_LONG:
		return LONG_CALLS;
	default:
		return ACTIVE_GOROUTINES;
	}
}

static __always_inline __u32 share_of(enum room room)
{
	return room_of(room) * open_share / 100;
}

/* Adds to what a process has. */
static __always_inline void account(__u32 tgid, __u64 room, __s32 spans)
{
	struct room_taken *taken = bpf_map_lookup_elem(&rooms, &tgid);
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	_Static_assert((ROOM_COUNT & (ROOM_COUNT - 1)) == 0, "a mask bounds the index");
	if (!taken || !process)
		return;
	barrier_var(room);
	room &= ROOM_COUNT - 1;
	__sync_fetch_and_add(&taken->taken[room], spans);
	process->full[room] = taken->taken[room] >= (__s32)share_of(room);
}

/* A span is in a map. */
static __always_inline void take_room(__u32 tgid, enum room room, __u64 id)
{
	if (!is_counted(id))
		return;
	if (!bpf_map_lookup_elem(&rooms, &tgid)) {
		struct room_taken none = {};

		bpf_map_update_elem(&rooms, &tgid, &none, BPF_NOEXIST);
	}
	account(tgid, room, STANDS_FOR);
}

/* It no longer is. */
static __always_inline void give_room(__u32 tgid, enum room room, __u64 id)
{
	if (is_counted(id))
		account(tgid, room, -STANDS_FOR);
}

/* A process's image is gone, and nothing of it ends any more: what it left is user space's to sweep. */
static __always_inline void forget_room(__u32 tgid)
{
	bpf_map_delete_elem(&rooms, &tgid);
}

#endif
