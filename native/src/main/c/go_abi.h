/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Go's register calling convention and the pieces of a Go program's memory.
 *
 * Arguments and g are in registers from Go 1.17 on (ABIInternal: src/cmd/compile/abi-internal.md of the
 * Go source). The sites lie past the stack check, where both are still in place.
 */
#ifndef GOSHAWK_GO_ABI_H
#define GOSHAWK_GO_ABI_H

#if defined(__TARGET_ARCH_x86)
#define GO_ARG1(regs) ((regs)->rax)
#define GO_ARG2(regs) ((regs)->rbx)
#define GO_ARG3(regs) ((regs)->rcx)
#define GO_ARG4(regs) ((regs)->rdi)
#define GO_ARG5(regs) ((regs)->rsi)
#define GO_ARG6(regs) ((regs)->r8)
#define GO_ARG7(regs) ((regs)->r9)
#define GO_RESULT1(regs) GO_ARG1(regs) /* results are in the same registers */
#define GO_RESULT2(regs) GO_ARG2(regs)
#define GO_RESULT3(regs) GO_ARG3(regs)
#define GO_RESULT4(regs) GO_ARG4(regs)
#define GO_CLOSURE(regs) ((regs)->rdx)
#define GO_G(regs) ((regs)->r14)
#define GO_SP(regs) ((regs)->rsp)
#define GO_FRAME(regs) ((regs)->rbp) /* where the caller's is kept; the return address is behind it */
#else
#error "the registers of this architecture are not described yet"
#endif

/* Whether bytes on the stack or in a map are the same; for lengths that are multiples of 4. */
static __always_inline bool same_bytes(const void *one, const void *other, __u32 bytes)
{
	const __u32 *a = one, *b = other;

	for (__u32 i = 0; i < bytes / 4; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

static __always_inline int read_user(void *to, __u64 bytes, __u64 address)
{
	return bpf_probe_read_user(to, bytes, (const void *)address);
}

/*
 * Reads all of an object. Part of one that lies across two pages may never have been written: then its
 * second page does not exist yet, the read of the whole fails, and the part is zero to the program as well.
 * It is zero in the buffer, too: a read that fails zeroes what it was to fill.
 */
#define PAGE_SIZE 4096

#define read_object(to, bytes, address) read_object_into(to, sizeof(to), bytes, address)

static __always_inline bool read_object_into(void *to, __u64 room, __u64 bytes, __u64 address)
{
	__u64 first = PAGE_SIZE - (address & (PAGE_SIZE - 1));

	if (!read_user(to, bytes, address))
		return true;
	if (first >= bytes)
		return false;
	/* To the verifier of Linux 6.1 being less than something bounded is no bound. */
	barrier_var(first);
	return first <= room && !read_user(to, first, address);
}

/*
 * Fields of an object that was read; zero when their place is not known. They are aligned, and the verifier
 * wants to see it where the stack is read.
 */

static __always_inline __u64 object_u64(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset); /* or the compiler keeps a bound that the verifier cannot follow */
	return offset > size - 8 ? 0 : object[offset / 8];
}

static __always_inline __u8 object_u8(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset);
	return offset > size - 1 ? 0 : ((const __u8 *)object)[offset];
}

static __always_inline struct go_string object_string(const __u64 *object, __u64 size, __u64 offset)
{
	barrier_var(offset);
	if (offset > size - sizeof(struct go_string))
		return (struct go_string){};
	return *(struct go_string *)&object[offset / 8];
}

/* False: the field's place is not known, or its page is not there now. */
static __always_inline bool get_u64_at(__u64 object, __u16 offset, __u64 *value)
{
	return object && offset != OFFSET_UNKNOWN && !read_user(value, sizeof(*value), object + offset);
}

/* 0 when the field's place is not known or cannot be read. */
static __always_inline __u64 read_u64_at(__u64 object, __u16 offset)
{
	__u64 value = 0;

	get_u64_at(object, offset, &value);
	return value;
}

static __always_inline __u8 read_u8_at(__u64 object, __u16 offset)
{
	__u8 value = 0;

	if (!object || offset == OFFSET_UNKNOWN)
		return 0;
	read_user(&value, sizeof(value), object + offset);
	return value;
}

static __always_inline struct go_string read_string_at(__u64 object, __u16 offset)
{
	struct go_string string = {};

	if (object && offset != OFFSET_UNKNOWN && read_user(&string, sizeof(string), object + offset))
		string.length = 0;
	return string;
}

/* An interface value that has methods, as its owner holds it; all zero: nil. */
struct go_interface {
	__u64 itab;
	__u64 data;
};

static __always_inline struct go_interface read_interface_at(__u64 object, __u16 offset)
{
	struct go_interface value = {};

	if (object && offset != OFFSET_UNKNOWN && read_user(&value, sizeof(value), object + offset))
		value.itab = 0;
	return value;
}

/* internal/abi.ITab */
#define ITAB_INTERFACE 0
#define ITAB_TYPE 8

/* internal/abi.Type, and PtrType, which begins with one */
#define TYPE_SIZE 0
#define TYPE_POINTERS 8 /* bytes from its beginning on in which it has pointers */
#define TYPE_KIND 23
#define TYPE_KIND_MASK 31
#define TYPE_KIND_POINTER 22
#define TYPE_POINTED_AT 48

/*
 * How many bytes of what an interface value points to may hold pointers; 0: that is not known. A value that is
 * nothing but a pointer is in the interface itself.
 */
static __always_inline __u64 pointers_behind(__u64 itab)
{
	__u64 type = read_u64_at(itab, ITAB_TYPE);

	if ((read_u8_at(type, TYPE_KIND) & TYPE_KIND_MASK) == TYPE_KIND_POINTER)
		return read_u64_at(read_u64_at(type, TYPE_POINTED_AT), TYPE_POINTERS);
	return read_u64_at(type, TYPE_SIZE) > 8 ? read_u64_at(type, TYPE_POINTERS) : 0;
}

#define CLOSURE_FIRST 8 /* the first of the variables that a closure refers to, behind its code */

/*
 * An argument of a function, from 0, that it needs again behind a call it makes: the compiler keeps those in the
 * room that the caller has left behind the return address, a word for each register (cmd/compile/abi-internal.md,
 * "spill area").
 */
#define SPILLED_FIRST 16

static __always_inline __u64 spilled_argument(__u64 frame, __u32 argument)
{
	__u64 value = 0;

	read_user(&value, sizeof(value), frame + SPILLED_FIRST + 8 * argument);
	return value;
}

/* At a return: how far above the stack pointer the results are for which there are too few registers. */
#define RESULTS_ON_STACK 8

/* What a program needs to know of the goroutine that hit it. */
struct hit {
	const struct runtime_layout *runtime;
	struct process *process;
	struct goroutine_key key;
	__u64 g;
	__u64 sp;
	__u64 load_bias; /* of the process: struct process */
	__u32 binary;
	__u32 variant; /* of the site: the program's own enum */
};

#define GO_SPAN_BITS 13 /* runtime.pageSize, which spans of small objects have */
#define PLACE_BITS 8

/*
 * Which of so many sets, a power of two, what lies at an address of the process belongs to.
 *
 * Go puts objects of a size side by side, one request's context behind that of the last one, in spans of 8 KB. So do
 * we, for places that were in use a moment ago are in the processor's caches: a set for each 256 bytes, in which are at
 * most four contexts. Where the sets of a span begin is drawn from its address and the process: Go likes to go on in a
 * span that is a round number of megabytes away from the last one.
 */
static __always_inline __u32 place_of(__u32 tgid, __u64 address, __u32 sets)
{
	__u64 span = ((address >> GO_SPAN_BITS) ^ (__u64)tgid << 35) * 0x9e3779b97f4a7c15 >> 32;
	__u32 inside = address >> PLACE_BITS & ((1 << (GO_SPAN_BITS - PLACE_BITS)) - 1);

	return (span << (GO_SPAN_BITS - PLACE_BITS) | inside) & (sets - 1);
}

/* Whether it matters in which spans a goroutine is, and whose a context is. */
static __always_inline bool has_calls(const struct hit *hit)
{
	return hit->runtime->calls == 1;
}

/* The address of a value's dynamic type, as the executable's symbols have it; 0: nil. */
static __always_inline __u64 type_of(const struct hit *hit, const struct go_interface *value)
{
	__u64 type = value->itab ? read_u64_at(value->itab, ITAB_TYPE) : 0;

	return type ? type - hit->load_bias : 0;
}

/* Whether a value's type is the one that has this itab; 0: the executable has no such type. */
static __always_inline bool has_itab(const struct go_interface *value, __u64 itab, __u64 load_bias)
{
	return itab && value->itab == itab + load_bias;
}

/* The same in the process that hit. */
static __always_inline bool is_a(const struct hit *hit, const struct go_interface *value, __u64 itab)
{
	return has_itab(value, itab, hit->load_bias);
}

/*
 * The layout of a library for the binary that was hit; 0: the binary has none. The key is copied: in a global
 * function a hit that is passed on is none to the verifier of Linux 6.1.
 */
#define LAYOUT(hit, layout)                                                   \
	({                                                                    \
		__u32 binary = (hit)->binary;                                 \
		(const struct layout *)bpf_map_lookup_elem(&layout, &binary); \
	})

/* How far the current process's code was moved: the kernel keeps where it has put the first executable segment. */
static __always_inline __u64 load_bias_of_current(const struct runtime_layout *runtime)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return runtime->code ? task->mm->start_code - runtime->code : 0;
}

/*
 * Few programs make calls on goroutines that know no context: so many spans of a process note when others are born, and
 * all once such a call has asked.
 */
#define BIRTHS_AT_FIRST 1000
#define BIRTHS_FOR_GOOD (~0u)

/* A process is hit for the first time: only now is it sure to run the program that has the layout. */
static __always_inline void meet(struct process *process, const struct runtime_layout *runtime)
{
	process->load_bias = load_bias_of_current(runtime);
	process->connection_key = 0;
	process->wants_births = BIRTHS_AT_FIRST;
	process->dialed = 0;
	process->request_links = 0;
	process->exec_id = current_exec_id();
	__builtin_memset(process->rows_closures, 0, sizeof(process->rows_closures));
	__builtin_memset(process->full, 0, sizeof(process->full));
	process->collections = bpf_get_prandom_u32();
	process->incarnation = bpf_get_prandom_u32() | 1;
}

/*
 * Bytes of stack that the goroutine has in use. g.stack.hi is the second word of a g: the compiler's own stack
 * check has what is behind it, g.stackguard0, at 16.
 */
#define G_STACK_HIGH 8

static __always_inline __u32 stack_in_use(const struct hit *hit)
{
	return read_u64_at(hit->g, G_STACK_HIGH) - hit->sp;
}

/* The hit's process and binary, and no goroutine; false: not one of ours. Cheapest test first. */
static __always_inline bool identify_process(struct pt_regs *regs, struct hit *hit)
{
	__u32 tgid = current_process_id();
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (!process)
		return false;

	__u64 cookie = bpf_get_attach_cookie(regs);

	hit->binary = COOKIE_BINARY(cookie);
	if (process->binary && process->binary != hit->binary)
		return false;
	hit->variant = COOKIE_VARIANT(cookie);
	hit->runtime = LAYOUT(hit, runtime_layout);
	if (!hit->runtime)
		return false;
	if (!process->incarnation)
		meet(process, hit->runtime);

	hit->process = process;
	hit->load_bias = process->load_bias;
	hit->g = GO_G(regs);
	hit->sp = GO_SP(regs);
	hit->key.tgid = tgid;
	hit->key.exec_id = process->exec_id;
	hit->key.goid = 0;
	return true;
}

/* The hit's process, binary and goroutine; false: not one of ours. */
static __always_inline bool identify(struct pt_regs *regs, struct hit *hit)
{
	if (!identify_process(regs, hit))
		return false;
	hit->key.goid = read_u64_at(hit->g, hit->runtime->g_goid);
	return hit->key.goid != 0;
}

#endif
