/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a goroutine may have been given what it does: by a channel, a condition that it waited for, or a list of
 * jobs.
 *
 * A goroutine that was started for one request does what its closure says; one of a pool does what it receives, whoever
 * sends that, and may find something in a channel, or behind a lock, without ever waiting. But its code shows it:
 * of the functions that have called each other up to the call, one calls the runtime to receive something, or takes
 * what others may want as well, for which it has a lock or swaps a pointer. A lock may be there for anything else. It
 * counts only where what was taken may be what is called:
 *
 *   - the function comes by the call again, in whatever rounds, and takes something before it or in such a round;
 *   - so do those that it calls, in whose calls something is taken;
 *   - it takes something before the call, and is one of a goroutine's first two.
 *
 * So the code of each function is searched, and that of those that it calls itself. What was found out is kept by the
 * return address, for a program calls from few places.
 *
 * Nobody says where a function begins and ends; but all that call others begin with a check of the stack, at an address
 * that is a multiple of 16 (cmd/internal/obj/x86/obj6.go, stacksplit). Such a place cannot be inside of a
 * function: what is compared with is g.stackguard0, or R12 has what lies below the stack. One that has no check is
 * searched with its neighbours. From there on it is read by instruction, so that a jump is none by chance.
 */
#ifndef GOSHAWK_RECEIVERS_H
#define GOSHAWK_RECEIVERS_H

#define CODE_BYTES_MAX (1ull << 32) /* of an executable */
#define FUNCTION_BYTES_MAX 16384    /* before, and behind the place where a function is known */
#define CALLEE_BYTES_MAX 8192

#define FUNCTION_ALIGNMENT 16

/* ---- functions -------------------------------------------------------------------------------- */

/* Whether a function begins with these bytes: it compares the stack pointer with g.stackguard0 (R14 + 16). */
static __always_inline bool is_stack_check(__u64 code)
{
	__u32 first = code;

	return first == 0x10663b49 ||			  /* CMPQ SP, 16(R14) */
	       (first == 0x24648d4c && code >> 39 & 1) || /* LEAQ -x(SP), R12: of a byte */
	       (first == 0x24a48d4c && code >> 63) ||	  /* of four */
	       (first & 0xffffff) == 0xe48949;		  /* MOVQ SP, R12 */
}

/* What is known of a place that a call returns to; of a function's first byte only whether it takes. */
enum takes {
	TAKES_NEVER = 0,
	TAKES_ALWAYS = 1, /* what it calls there it may have received; or it cannot be told */
	TAKES_BEFORE = 2, /* it may have taken something from behind a lock by then */
	TAKES_BEHIND = 4, /* it may do so after that */
	TAKES_ROUNDS = 8, /* it may come by there again */
};

/* What is searched. */
enum code_search {
	SEARCH_NOTHING,
	SEARCH_BEGINNING, /* for where the function begins that a call returns to, backwards */
	SEARCH_FUNCTION,  /* from there on */
	SEARCH_CALLEE,	  /* one that it calls */
	SEARCH_ENDED,
};

static __always_inline struct code_place place_in(const struct caller_walk *walk, __u64 address)
{
	return (struct code_place){ .address = address - walk->load_bias, .binary = walk->binary };
}

/* Keeps what was found out of a place. */
static __always_inline void keep(const struct caller_walk *walk, __u64 address, __u8 found)
{
	struct code_place place = place_in(walk, address);

	bpf_map_update_elem(&receivers, &place, &found, BPF_ANY);
}

/* The function was searched, or cannot be. */
static __always_inline void end_function(struct caller_walk *walk, bool is_known)
{
	__u8 found = walk->found;

	if (!is_known || (found & TAKES_ROUNDS &&
			  (found & TAKES_BEFORE || (found & TAKES_BEHIND && walk->takes_at < walk->rounds_end))))
		found |= TAKES_ALWAYS;
	if (!walk->is_partial)
		keep(walk, walk->returns_to, found);
	walk->found = found;
	walk->search = SEARCH_ENDED;
}

/*
 * The function takes what several may want, of which one gets it, by an instruction before this one. Where it
 * receives does not matter: few do that are no workers.
 */
static __always_inline void take(struct caller_walk *walk, __u64 next, bool receives)
{
	if (receives) {
		walk->found |= TAKES_ALWAYS;
	} else if (next <= walk->returns_to) {
		walk->found |= TAKES_BEFORE;
	} else if (!(walk->found & TAKES_BEHIND)) {
		walk->found |= TAKES_BEHIND;
		walk->takes_at = next;
	}
}

/* Goes on with the function that calls the one that was searched. */
static __always_inline void end_callee(struct caller_walk *walk, bool takes)
{
	keep(walk, walk->callee, takes);
	if (takes)
		take(walk, walk->resumes_at, false);
	walk->search = SEARCH_FUNCTION;
	walk->at = walk->resumes_at;
}

/*
 * The code that is to be looked at is not in memory. So it was not run of late: it has taken nothing that is being done
 * now, but may at another time. A function that is being run was only begun to be searched.
 */
static __always_inline void end_unread(struct caller_walk *walk)
{
	walk->is_partial = true;
	if (walk->search == SEARCH_CALLEE) {
		walk->search = SEARCH_FUNCTION;
		walk->at = walk->resumes_at;
	} else {
		end_function(walk, false);
	}
}

static __always_inline bool is_receiver(const struct runtime_layout *runtime, __u64 callee)
{
	return callee == runtime->chanrecv1 || callee == runtime->chanrecv2 || callee == runtime->selectgo ||
	       callee == runtime->selectnbrecv || callee == runtime->cond_wait;
}

/* Of package sync those that are not put into their callers. */
static __always_inline bool is_lock(const struct runtime_layout *runtime, __u64 callee)
{
	return callee == runtime->mutex_lock || callee == runtime->rwmutex_lock || callee == runtime->swap_pointer ||
	       callee == runtime->compare_and_swap_pointer;
}

/* Of the runtime those that compiled code calls and that swap something on their own account. */
static __always_inline bool is_harmless(const struct runtime_layout *runtime, __u64 callee)
{
	return callee == runtime->closechan || callee == runtime->type_assert || callee == runtime->interface_switch;
}

/* What is run again if the function comes once more to the call: all up to the last jump that leads back there. */
static __always_inline void follow_jump(struct caller_walk *walk, __u32 kind, __u64 next)
{
	__s32 far = 0;
	__s8 near = 0;
	__u64 to = next;

	if (kind == INSTRUCTION_KIND(INSTRUCTION_JUMP)) {
		read_user(&far, sizeof(far), next - sizeof(far));
		to += far;
	} else if (kind == INSTRUCTION_KIND(INSTRUCTION_SHORT_JUMP)) {
		read_user(&near, sizeof(near), next - sizeof(near));
		to += near;
	} else if (kind == INSTRUCTION_KIND(INSTRUCTION_INDIRECT_JUMP)) {
		to = walk->begins + 1; /* it may lead anywhere */
	}
	/* To the very beginning it goes when the stack has grown: nothing was called before. */
	if (to >= next || to == walk->begins || (to >= walk->returns_to && to >= walk->rounds_end))
		return;
	walk->found |= TAKES_ROUNDS;
	walk->rounds_end = next;
}

/* Looks at one instruction. */
static __always_inline void search_instruction(struct caller_walk *walk, const struct runtime_layout *runtime)
{
	bool is_callee = walk->search == SEARCH_CALLEE;
	__u64 at = walk->at, low = 0, high = 0, begins = is_callee ? walk->callee : walk->begins;
	__u64 behind = is_callee ? begins : walk->returns_to;
	__u64 limit = is_callee ? begins + CALLEE_BYTES_MAX : walk->returns_to + FUNCTION_BYTES_MAX;

	if (read_user(&low, sizeof(low), at)) {
		end_unread(walk);
		return;
	}
	read_user(&high, sizeof(high), at + sizeof(low)); /* may be on a page that is not there */

	__u32 instruction = instruction_at(low, high), length = instruction & INSTRUCTION_LENGTH;
	__u32 kind = instruction & ~INSTRUCTION_LENGTH;
	__u64 next = at + length;
	bool is_end = at > behind && (kind == INSTRUCTION_KIND(INSTRUCTION_PADDING) ||
				      (!(at & (FUNCTION_ALIGNMENT - 1)) && is_stack_check(low)));

	if (is_end || !length || at >= limit || (!is_callee && at < behind && next > behind)) {
		if (is_callee)
			end_callee(walk, !is_end);
		else
			end_function(walk, is_end);
		return;
	}

	bool receives = false, takes = kind == INSTRUCTION_KIND(INSTRUCTION_SWAP);

	walk->at = next;
	if (kind == INSTRUCTION_KIND(INSTRUCTION_CALL)) {
		__s32 relative = 0;

		read_user(&relative, sizeof(relative), next - sizeof(relative));

		__u64 callee = next + relative;

		receives = is_receiver(runtime, callee - walk->load_bias);
		takes = receives || is_lock(runtime, callee - walk->load_bias);
		if (!takes && !is_callee && next != walk->returns_to &&
		    !is_harmless(runtime, callee - walk->load_bias)) {
			struct code_place place = place_in(walk, callee);
			const __u8 *known = bpf_map_lookup_elem(&receivers, &place);

			if (!known) {
				walk->search = SEARCH_CALLEE;
				walk->resumes_at = next;
				walk->at = walk->callee = callee;
				return;
			}
			takes = *known;
		}
	} else if (!is_callee && at >= walk->returns_to) {
		follow_jump(walk, kind, next);
	}
	if (takes && is_callee)
		end_callee(walk, true);
	else if (takes)
		take(walk, next, receives);
}

/* Searches the function that a call returns to. */
static __always_inline void search_function(struct caller_walk *walk)
{
	walk->search = SEARCH_BEGINNING;
	walk->at = walk->returns_to & ~(FUNCTION_ALIGNMENT - 1ull);
	walk->found = 0;
	walk->is_partial = false;
	walk->rounds_end = walk->takes_at = 0;
}

/* Goes on backwards to where the function begins. */
static __always_inline void search_beginning(struct caller_walk *walk)
{
	__u64 code = 0;

	if (read_user(&code, sizeof(code), walk->at)) {
		end_unread(walk);
	} else if (is_stack_check(code) && walk->at != walk->returns_to) {
		walk->search = SEARCH_FUNCTION;
		walk->begins = walk->at;
	} else if (walk->returns_to - walk->at >= FUNCTION_BYTES_MAX) {
		end_function(walk, false);
	} else {
		walk->at -= FUNCTION_ALIGNMENT;
	}
}

struct caller_step {
	struct caller_walk *walk; /* in scratch: the stack has no room for it */
	const struct runtime_layout *runtime;
};

/* The function that a goroutine begins with, and the next one: its own may only hand arguments over to that. */
#define OUTERMOST_FUNCTIONS 3

/*
 * Searches a bit of the function that a call returns to; or, if that is known, goes to its caller. 1: what was asked
 * for is known.
 */
static long follow_caller(__u32 iteration, struct caller_step *step)
{
	struct caller_walk *walk = step->walk;
	bool is_code = walk->returns_to - walk->load_bias - step->runtime->code < CODE_BYTES_MAX;
	struct {
		__u64 caller;
		__u64 returns_to;
	} kept = {};

	if (walk->search == SEARCH_BEGINNING) {
		search_beginning(walk);
		return 0;
	}
	if (walk->search == SEARCH_FUNCTION || walk->search == SEARCH_CALLEE) {
		search_instruction(walk, step->runtime);
		return 0;
	}
	if (is_code) {
		__u8 found = walk->found;

		if (walk->search == SEARCH_NOTHING) {
			struct code_place place = place_in(walk, walk->returns_to);
			const __u8 *known = bpf_map_lookup_elem(&receivers, &place);

			if (!known) {
				search_function(walk);
				return 0;
			}
			found = *known;
		}
		walk->search = SEARCH_NOTHING;
		if (found & TAKES_ALWAYS || (found & TAKES_ROUNDS && walk->takes & TAKES_BEFORE))
			return 1;
		walk->taken = walk->taken << 1 | !!(found & TAKES_BEFORE);
		walk->rounds = walk->rounds << 1 | (found & TAKES_ROUNDS && walk->takes);
		walk->takes |= found & (TAKES_BEFORE | TAKES_BEHIND);
	} else if (!walk->first) {
		return 1;
	}
	walk->first = false;
	if (walk->frame && read_user(&kept, sizeof(kept), walk->frame))
		return 1;
	if (!kept.caller) {
		walk->may_receive = (walk->taken | walk->rounds) & OUTERMOST_FUNCTIONS;
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
 * each other up to the hit, which `callers` has, receives something, or takes it. Each of those begins by keeping its
 * caller's frame pointer behind the return address; the outermost one has none. At a function's very beginning, where
 * most sites are, the frame is still its caller's. What a function that has returned has another one take, is not seen,
 * nor what one takes that is called by an interface or a func.
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
	scratch->callers.search = SEARCH_NOTHING;
	scratch->callers.taken = scratch->callers.rounds = scratch->callers.takes = 0;
	scratch->callers.may_receive = scratch->callers.first = true;
	bpf_loop(CALLER_STEPS_MAX, follow_caller, &step, 0);
	return scratch->callers.may_receive;
}

#endif
