/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a goroutine may have been given what it does: by a channel, or a condition that it waited for.
 *
 * A goroutine that was started for one request does what its closure says; one of a pool does what it receives, whoever
 * sends that, and may find something in a channel without ever waiting. But its code shows it: of the functions
 * that have called each other up to the call, one calls the runtime to receive something. So the code of each is
 * searched for calls of these few functions. What was found out is kept by the return address, for a program calls from
 * few places.
 *
 * Nobody says where a function begins and ends; but all that call others begin with a check of the stack, at an address
 * that is a multiple of 16 (cmd/internal/obj/x86/obj6.go, stacksplit). Such a place cannot be inside of a
 * function: what is compared with is g.stackguard0, or R12 has what lies below the stack. One that has no check is
 * searched with its neighbours.
 */
#ifndef GOSHAWK_RECEIVERS_H
#define GOSHAWK_RECEIVERS_H

#define CODE_WORDS_MAX 2048	    /* before, and behind the place where the function is known */
#define CODE_BYTES_MAX (1ull << 32) /* of an executable */

#define CALL_OPCODE 0xe8
#define CALL_BYTES 5
#define FUNCTION_ALIGNMENT 16

enum code_found {
	FOUND_NOTHING,
	FOUND_RECEIVER,
	FOUND_BOUND,   /* the function's beginning, or that of the next one */
	FOUND_NO_CODE, /* it is not in memory, for now */
};

/* 1: they are the same. There is no branch, which the verifier would have to follow for each of a function's bytes. */
static __always_inline __u64 is_same(__u64 one, __u64 other)
{
	__u64 differing = one ^ other;

	return ~(differing | -differing) >> 63;
}

/* 1: a function begins with these bytes: it compares the stack pointer with g.stackguard0 (R14 + 16). */
static __always_inline __u64 is_stack_check(__u64 code)
{
	__u64 first = code & 0xffffffff;

	return is_same(first, 0x10663b49) |		   /* CMPQ SP, 16(R14) */
	       (is_same(first, 0x24648d4c) & code >> 39) | /* LEAQ -x(SP), R12: of a byte */
	       (is_same(first, 0x24a48d4c) & code >> 63) | /* of four */
	       is_same(first & 0xffffff, 0xe48949);	   /* MOVQ SP, R12 */
}

/* Searches the next eight bytes of code. */
static __always_inline enum code_found search_word(struct caller_walk *walk, const struct runtime_layout *runtime)
{
	__u64 word = walk->word, first = 0, second = 0, receives = 0, bound, is_behind;

	if (read_user(&first, sizeof(first), word))
		return FOUND_NO_CODE;
	read_user(&second, sizeof(second), word + sizeof(first)); /* may be on a page that is not there */
	walk->word = word + walk->direction;
	walk->words++;
	for (int i = 0; i < sizeof(first); i++) {
		__u64 code = i ? first >> 8 * i | second << (64 - 8 * i) : first;
		__u64 callee = word + i + CALL_BYTES + (__s64)(__s32)(code >> 8) - walk->load_bias;

		receives |= is_same(code & 0xff, CALL_OPCODE) &
			    (is_same(callee, runtime->chanrecv1) | is_same(callee, runtime->chanrecv2) |
			     is_same(callee, runtime->selectgo) | is_same(callee, runtime->selectnbrecv) |
			     is_same(callee, runtime->cond_wait));
	}
	is_behind = (walk->returns_to - word) >> 63;
	bound = is_same(word & (FUNCTION_ALIGNMENT - 1), 0) & is_same(is_behind, walk->direction > 0) &
		is_stack_check(first);
	if (receives & 1)
		return FOUND_RECEIVER;
	return bound & 1 ? FOUND_BOUND : FOUND_NOTHING;
}

/* Searches from where a call returns to; 0: it does not search. */
static __always_inline void search_towards(struct caller_walk *walk, __s64 direction)
{
	walk->word = walk->returns_to & ~7ull;
	walk->direction = direction;
	walk->words = 0;
}

struct caller_step {
	struct caller_walk *walk; /* in scratch: the stack has no room for it */
	const struct runtime_layout *runtime;
};

/*
 * Searches a bit of the function that a call returns to, backwards from there and then forwards; or, if that is
 * known to receive nothing, goes to its caller. 1: what was asked for is known.
 */
static long follow_caller(__u32 iteration, struct caller_step *step)
{
	struct caller_walk *walk = step->walk;
	struct code_place place = { .address = walk->returns_to - walk->load_bias, .binary = walk->binary };
	bool is_code = place.address - step->runtime->code < CODE_BYTES_MAX;
	struct {
		__u64 caller;
		__u64 returns_to;
	} kept = {};

	if (walk->direction) {
		enum code_found found = search_word(walk, step->runtime);

		if (found == FOUND_NO_CODE)
			return 1;
		if (found == FOUND_BOUND && walk->direction < 0) {
			search_towards(walk, 8);
			return 0;
		}
		if (found == FOUND_NOTHING && walk->words < CODE_WORDS_MAX)
			return 0;

		__u8 receives = found != FOUND_BOUND;

		bpf_map_update_elem(&receivers, &place, &receives, BPF_ANY);
		if (receives)
			return 1;
		search_towards(walk, 0);
	} else if (is_code) {
		const __u8 *known = bpf_map_lookup_elem(&receivers, &place);

		if (!known) {
			search_towards(walk, -8);
			return 0;
		}
		if (*known)
			return 1;
	} else if (!walk->first) {
		return 1;
	}
	walk->first = false;
	if (walk->frame && read_user(&kept, sizeof(kept), walk->frame))
		return 1;
	if (!kept.caller) {
		walk->may_receive = false;
		return 1;
	}
	if (kept.caller <= walk->frame)
		return 1;
	walk->frame = kept.caller;
	walk->returns_to = kept.returns_to;
	return 0;
}

/* The kernel's own struct pt_regs. */
struct pt_regs___kernel {
	unsigned long bp;
} __attribute__((preserve_access_index));

/* The frame pointer of the hit, which is not kept with it: few ask, and a hit is on the stack. */
static __always_inline __u64 frame_of_current(void)
{
	const struct pt_regs___kernel *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return regs->bp;
}

/* Of runtime.g.waitreason, the same in all releases (runtime2.go). */
#define WAIT_NONE 0

#define CALLER_STEPS_MAX 65536 /* of all functions together */

/*
 * Whether a goroutine may do what others than its starter have given it. It has waited: for work, be it on a
 * connection, or for what came behind that, a lock or the garbage collector. Or one of the functions that have called
 * each other up to the hit, which `callers` has, may receive something. Each of those begins by keeping its caller's
 * frame pointer behind the return address; the outermost one has none. At a function's very beginning, where most sites
 * are, the frame is still its caller's. What a function has received that has returned, without waiting, is not seen.
 *
 * A global function, as `pack` is.
 */
__noinline int may_work_for_others(struct scratch *scratch, const struct runtime_layout *runtime, __u64 g)
{
	if (!scratch || !runtime || runtime->g_waitreason == OFFSET_UNKNOWN)
		return true;

	struct caller_step step = { &scratch->callers, runtime };

	if (read_u8_at(g, runtime->g_waitreason) != WAIT_NONE)
		return true;
	search_towards(&scratch->callers, 0);
	scratch->callers.may_receive = scratch->callers.first = true;
	bpf_loop(CALLER_STEPS_MAX, follow_caller, &step, 0);
	return scratch->callers.may_receive;
}

#endif
