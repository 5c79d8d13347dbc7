/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that do not return, since a panic goes through their functions, or runtime.Goexit.
 *
 *   panic_recovered   a function that was deferred further out has recovered it
 *
 * One that a server recovers, and Goexit, end the request, and with it what is still open inside of it: leave_request.
 */

/* The call in scratch has not returned. */
static __always_inline void hand_over_left(struct scratch *scratch, __u64 end_ns)
{
	switch (span_of(scratch)->header.type) {
	case RECORD_SQL:
		conclude_left_query(scratch, end_ns);
		return;
	case RECORD_HTTP_CLIENT:
		conclude(scratch, end_ns);
		hand_over_attempt(scratch, END_PANICKED, end_ns);
		return;
	default:
		hand_over(scratch, END_PANICKED, end_ns);
	}
}

/*
 * A global function, as `pack` is, and so it does one at a time; the key is copied for helpers that take only what is
 * known to the verifier.
 */
__noinline int end_innermost(struct scratch *scratch, const struct goroutine_key *goroutine, __u32 stack)
{
	struct goroutine_key key;

	if (!scratch || !goroutine)
		return false;
	key = *goroutine;

	struct active_spans *spans = active_of(&key);
	const struct active_span *span = innermost(spans);

	if (!span || span->flags & ACTIVE_REQUEST || span->stack <= stack)
		return false;

	struct call_key call = nested_call(&key, span->type, span->mark);
	bool recorded = !is_unrecorded(span);

	leave(&key, spans, span);
	if (recorded && take_call(scratch, &call))
		hand_over_left(scratch, bpf_ktime_get_ns());
	return true;
}

/*
 * runtime.recovery(gp), gp in RAX: the goroutine goes on in the function whose deferred one has recovered the panic, on
 * g0 as long as this lasts.
 */
SEC("uprobe")
int panic_recovered(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify_process(ctx, &hit))
		return 0;

	const struct runtime_layout *runtime = hit.runtime;
	__u64 sp;

	hit.g = GO_ARG1(ctx);
	hit.key.goid = read_u64_at(hit.g, runtime->g_goid);
	if (!innermost(active_of(&hit.key)))
		return 0;
	if (runtime->panic_frames == 1)
		sp = read_u64_at(read_u64_at(hit.g, runtime->g_panic), runtime->panic_sp);
	else
		sp = read_u64_at(hit.g, runtime->g_sigcode0);
	if (sp)
		end_left(scratch_of_thread(), &hit.key, read_u64_at(hit.g, G_STACK_HIGH) - sp);
	return 0;
}
