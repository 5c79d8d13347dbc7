/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that do not return, since a panic goes through their functions, or runtime.Goexit.
 *
 *   panic_recovered   a function that was deferred further out has recovered it
 *   goroutine_exits   runtime.Goexit is called, which nobody recovers
 *
 * One that a server recovers ends the request, and with it what is still open inside of it: leave_request.
 */

/* The call in scratch has not returned. */
static __always_inline void hand_over_left(struct scratch *scratch, __u64 end_ns)
{
	switch (span_of(scratch)->header.type) {
	case RECORD_SQL:
		conclude_left_query(scratch, end_ns);
		return;
	case RECORD_PGX:
		conclude_left_pgx_call(scratch, end_ns);
		return;
	case RECORD_KAFKA_GO:
		hand_over_sent(scratch, END_PANICKED, end_ns);
		return;
	case RECORD_GRPC_CLIENT:
		hand_over_linked(scratch, END_PANICKED, end_ns);
		return;
	case RECORD_HTTP_CLIENT:
		conclude(scratch, end_ns);
		hand_over_attempt(scratch, END_PANICKED, end_ns);
		return;
	default:
		hand_over(scratch, END_PANICKED, end_ns);
	}
}

/* Takes an open call, if there is one, which has not returned. */
static __noinline int end_call(struct scratch *scratch, const struct call_key *key)
{
	if (!scratch || !key)
		return false;
	if (take_call(scratch, key))
		hand_over_left(scratch, bpf_ktime_get_ns());
	return true;
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
	return !recorded || end_call(scratch, &call);
}

/* ---- calls that a goroutine is not noted to be in --------------------------------------------- */

/* By which the calls of a goroutine are known that it makes one of at a time. */
static const struct {
	__u16 type;
	__u8 id; /* the second word of their keys */
} unentered[] = {
	{ RECORD_REDIS, 0 },	      { RECORD_MONGO, 0 },	    { RECORD_KAFKA_GO, 0 },
	{ RECORD_GRPC_CLIENT, 0 },    { RECORD_PGX, 1 + PGX_EXEC }, { RECORD_PGX, 1 + PGX_PREPARE },
	{ RECORD_PGX, 1 + PGX_PING }, { RECORD_PGX, 1 + PGX_COPY }, { RECORD_PGX, 1 + PGX_CONNECT },
};

#define UNENTERED (sizeof(unentered) / sizeof(unentered[0]))

/*
 * Ends an open call, and those inside of it, that were made where more of the stack was in use than that. A global
 * function, as `pack` is.
 */
__noinline int end_if_left(struct scratch *scratch, const struct call_key *outermost, __u32 stack)
{
	if (!scratch || !outermost)
		return 0;

	struct call_key key = *outermost;

	for (int i = 0; i < NESTED_MAX; i++) {
		const void *kept = kept_of(&key);

		if (!kept)
			break;
		if (stack_of(kept) > stack)
			end_call(scratch, &key);
		key.id[1] += ONE_DEEPER;
	}
	return 0;
}

/* ---- calls of pgx that are known by their connection ------------------------------------------ */

#define FRAMES_LEFT 64

struct left_walk {
	struct scratch *scratch;
	const struct pgx_layout *layout;
	struct goroutine_key goroutine;
	__u64 frame;
	__u64 end;   /* of the frames that are left */
	__u32 stack; /* that is in use there */
};

/* Ends the call of that kind on a connection, if this goroutine has made it, and in a function that is left. */
static __always_inline void end_pgx_call(const struct left_walk *walk, enum pgx_operation operation, __u64 pgconn)
{
	struct call_key key = pgx_key(&walk->goroutine, operation, pgconn);
	const struct pgx_call *kept = kept_of(&key);

	if (kept && kept->goid == walk->goroutine.goid)
		end_if_left(walk->scratch, &key, walk->stack);
}

/* Such a call's method has its receiver, a *Conn, as its first argument; see spilled_argument. */
static long leave_frame(__u32 index, struct left_walk *walk)
{
	__u64 pgconn = read_u64_at(spilled_argument(walk->frame, 0), walk->layout->conn_pgconn);

	if (pgconn) {
		end_pgx_call(walk, PGX_QUERY, pgconn);
		end_pgx_call(walk, PGX_BATCH, pgconn);
	}
	walk->frame = read_u64_at(walk->frame, 0);
	return !walk->frame || walk->frame >= walk->end;
}

/* No global one: these take what `hit` has for no pointers any more. */
static __noinline __attribute__((used)) int end_unentered(struct scratch *scratch, const struct hit *hit, __u64 frame,
							  __u64 end)
{
	if (!scratch || !hit)
		return 0;

	struct left_walk walk = {
		.scratch = scratch,
		.layout = LAYOUT(hit, pgx_layout),
		.goroutine = hit->key,
		.frame = frame,
		.end = end,
		.stack = read_u64_at(hit->g, G_STACK_HIGH) - end,
	};

	if (walk.layout && frame)
		bpf_loop(FRAMES_LEFT, leave_frame, &walk, 0);
#pragma clang loop unroll(full)
	for (int i = 0; i < UNENTERED; i++) {
		struct call_key key = call_of(&walk.goroutine, unentered[i].type);

		key.id[1] = unentered[i].id;
		end_if_left(scratch, &key, walk.stack);
	}
	return 0;
}

/* ---- programs --------------------------------------------------------------------------------- */

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
	struct scratch *scratch = scratch_of_thread();
	__u64 sp;

	hit.g = GO_ARG1(ctx);
	hit.key.goid = read_u64_at(hit.g, runtime->g_goid);
	if (runtime->panic_frames == 1)
		sp = read_u64_at(read_u64_at(hit.g, runtime->g_panic), runtime->panic_sp);
	else
		sp = read_u64_at(hit.g, runtime->g_sigcode0);
	if (!sp)
		return 0;

	end_unentered(scratch, &hit, read_u64_at(hit.g, runtime->g_sched_bp), sp);
	end_left(scratch, &hit.key, read_u64_at(hit.g, G_STACK_HIGH) - sp);
	return 0;
}

/* runtime.Goexit(): the goroutine runs what its functions have deferred, and returns to none of them. */
SEC("uprobe")
int goroutine_exits(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct scratch *scratch = scratch_of_thread();

	end_unentered(scratch, &hit, GO_FRAME(ctx), read_u64_at(hit.g, G_STACK_HIGH));
	end_left(scratch, &hit.key, 0);
	return 0;
}
