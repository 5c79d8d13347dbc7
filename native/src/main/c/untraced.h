/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of processes that are not traced, or not yet: a probe is in every process that runs its file, and
 * user space learns of a process some time after that has begun. Only user space knows whose calls were to be
 * traced, so they are counted for each process, and it adds to the ledger what belongs there.
 *
 * Nothing of this is run for a process that is traced.
 */
#ifndef GOSHAWK_UNTRACED_H
#define GOSHAWK_UNTRACED_H

/* Whether the hit, which `identify` does not know, is one of such a process; if so, what can be said of it. */
static __always_inline bool is_untraced(struct pt_regs *regs, struct hit *hit)
{
	__u32 tgid = current_process_id();
	__u64 cookie = bpf_get_attach_cookie(regs);

	if (!tgid || bpf_map_lookup_elem(&processes, &tgid))
		return false;
	hit->process = 0;
	hit->binary = COOKIE_BINARY(cookie);
	hit->variant = COOKIE_VARIANT(cookie);
	hit->runtime = LAYOUT(hit, runtime_layout);
	if (!hit->runtime)
		return false;
	hit->load_bias = load_bias_of_current(hit->runtime);
	hit->g = GO_G(regs);
	hit->sp = GO_SP(regs);
	hit->key.tgid = tgid;
	hit->key.exec_id = current_exec_id();
	hit->key.goid = read_u64_at(hit->g, hit->runtime->g_goid);
	return true;
}

static const struct untraced_calls no_calls; /* not on the stack, which has no room for it */

/* The calls of the process; 0: there is no room, which is counted, or its probes are being taken over. */
static __noinline struct untraced_calls *untraced_calls_of(const struct hit *hit)
{
	if (!hit)
		return 0;

	__u32 tgid = hit->key.tgid, binary = hit->binary;
	struct untraced_calls *calls = bpf_map_lookup_elem(&untraced, &tgid);

	if (!calls) {
		bpf_map_update_elem(&untraced, &tgid, &no_calls, BPF_NOEXIST);
		calls = bpf_map_lookup_elem(&untraced, &tgid);
	}
	if (!calls) {
		count(RECORD_UNTRACED_CALLS, COUNT_EVENTS_LOST);
		return 0;
	}
	/* Numbers grow. Of two sets of probes in one file the older is on its way out. */
	if (calls->header.binary > binary)
		return 0;
	calls->header = (struct record_header){ sizeof(*calls), RECORD_UNTRACED_CALLS, 0, tgid, binary };
	return calls;
}

/* Counts a call of a record type. */
static __always_inline void count_untraced(const struct hit *hit, __u32 type)
{
	struct untraced_calls *calls = untraced_calls_of(hit);

	if (calls)
		__sync_fetch_and_add(&calls->calls[type], 1);
}

/* A process's image goes, and what it called untraced is user space's to judge. */
static __always_inline void hand_over_untraced(__u32 tgid)
{
	struct untraced_calls *calls = bpf_map_lookup_elem(&untraced, &tgid);

	if (!calls)
		return;
	calls->handed_over = 1; /* before anybody can read the record: it is not to be counted twice */
	if (bpf_ringbuf_output(&ring, calls, sizeof(*calls), 0))
		count(RECORD_UNTRACED_CALLS, COUNT_EVENTS_LOST);
	bpf_map_delete_elem(&untraced, &tgid);
}

#endif
