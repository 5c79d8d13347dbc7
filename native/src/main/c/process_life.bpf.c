/* SPDX-License-Identifier: GPL-2.0 */
/* Processes: who is born, who becomes another program, who is gone. */

struct signal_struct {
	struct {
		int counter;
	} live; /* threads of the process that have not exited */
	int group_exit_code;
	unsigned int flags;
} __attribute__((preserve_access_index));

#define SIGNAL_GROUP_EXIT 0x4 /* include/linux/sched/signal.h */

static __always_inline struct process_record life_of(enum process_record_type type, struct task_struct *task,
						     __u32 tgid, __u64 bytes)
{
	return (struct process_record){
		.header = { .size = bytes, .type = type, .tgid = tgid },
		.time_ns = bpf_ktime_get_ns(),
		.parent_tgid = process_id(task->real_parent),
		.exec_id = task->self_exec_id,
	};
}

/* ---- what a process is told by who executes it ------------------------------------------------ */

#define COMMAND_MAX 256
#define SERVICE_NAME_MAX 1024
#define ATTRIBUTES_MAX LONGEST_STRING

#define PIECE 128	/* bytes of the environment that are read at once */
#define PIECES_MAX 8192 /* what comes behind so many is not looked at */

enum variable {
	OTHER_VARIABLE,
	SERVICE_NAME,
	RESOURCE_ATTRIBUTES,
};

struct environment_walk {
	__u64 at, end;
	__u32 variable; /* that the last piece was of */
	__u32 goes_on;	/* and the next one is as well */
	struct go_string service_name, attributes;
};

/* "OTEL_SERVICE_NAME=" and "OTEL_RESOURCE_ATTRIBUTES=" as they lie in memory, eight bytes each. */
#define OTEL_SER 0x5245535f4c45544fULL
#define VICE_NAM 0x4d414e5f45434956ULL
#define E_EQUALS 0x3d45
#define OTEL_RES 0x5345525f4c45544fULL
#define OURCE_AT 0x54415f454352554fULL
#define TRIBUTES 0x5345545542495254ULL
#define EQUALS '='

#define SERVICE_NAME_PREFIX 18
#define ATTRIBUTES_PREFIX 25

/* Which variable a string sets, of which so many bytes are there. */
static __always_inline enum variable variable_of(const __u64 *words, __u64 length)
{
	if (length >= SERVICE_NAME_PREFIX && words[0] == OTEL_SER && words[1] == VICE_NAM &&
	    (words[2] & 0xffff) == E_EQUALS)
		return SERVICE_NAME;
	if (length >= ATTRIBUTES_PREFIX && words[0] == OTEL_RES && words[1] == OURCE_AT && words[2] == TRIBUTES &&
	    (words[3] & 0xff) == EQUALS)
		return RESOURCE_ATTRIBUTES;
	return OTHER_VARIABLE;
}

/* Of a variable that is set twice the first counts, as for Go's os.Getenv. */
static __always_inline bool begin_value(struct go_string *value, __u64 address)
{
	if (value->address)
		return false;
	value->address = address;
	return true;
}

static long next_piece(__u32 index, struct environment_walk *walk)
{
	__u64 words[PIECE / 8];

	if (walk->at >= walk->end)
		return 1;

	long read = bpf_probe_read_user_str(words, sizeof(words), (void *)walk->at);

	if (read <= 0)
		return 1;

	__u64 length = read - 1; /* without the NUL */
	__u64 end = walk->at + length;

	if (!walk->goes_on) {
		walk->variable = variable_of(words, length);
		if ((walk->variable == SERVICE_NAME &&
		     !begin_value(&walk->service_name, walk->at + SERVICE_NAME_PREFIX)) ||
		    (walk->variable == RESOURCE_ATTRIBUTES &&
		     !begin_value(&walk->attributes, walk->at + ATTRIBUTES_PREFIX)))
			walk->variable = OTHER_VARIABLE;
	}
	if (walk->variable == SERVICE_NAME)
		walk->service_name.length = end - walk->service_name.address;
	else if (walk->variable == RESOURCE_ATTRIBUTES)
		walk->attributes.length = end - walk->attributes.address;
	walk->goes_on = read == PIECE;
	walk->at = walk->goes_on ? end : end + 1;
	return 0;
}

/*
 * Tells user space, at once: it has to attach before the new program serves its first request. The kernel has
 * just written arguments and environment, so they are in memory.
 */
static __always_inline void report_execution(struct task_struct *task, __u32 tgid)
{
	struct scratch *scratch = scratch_of_thread();
	const struct mm_struct *mm = task->mm;

	if (!scratch || !mm) {
		count(RECORD_PROCESS_EXEC, COUNT_EVENTS_LOST);
		return;
	}

	struct execution_record *record = RECORD(scratch, execution_record);
	struct environment_walk walk = { .at = mm->env_start, .end = mm->env_end };
	struct go_string command = { mm->arg_start, mm->arg_end - mm->arg_start };

	bpf_loop(PIECES_MAX, next_piece, &walk, 0);
	__builtin_memset(record, 0, sizeof(*record));
	record->life = life_of(RECORD_PROCESS_EXEC, task, tgid, sizeof(*record));
	record->start_boottime_ns = task->start_boottime;
	record->effective_uid = task->cred->euid.val;
	pack(scratch, &record->strings[EXECUTION_COMMAND], &command, COMMAND_MAX);
	pack(scratch, &record->strings[EXECUTION_SERVICE_NAME], &walk.service_name, SERVICE_NAME_MAX);
	pack(scratch, &record->strings[EXECUTION_RESOURCE_ATTRIBUTES], &walk.attributes, ATTRIBUTES_MAX);

	__u64 bytes = record->life.header.size;

	barrier_var(bytes);
	if (bytes > sizeof(scratch->call.record) || bpf_ringbuf_output(&ring, record, bytes, BPF_RB_FORCE_WAKEUP))
		count(RECORD_PROCESS_EXEC, COUNT_EVENTS_LOST);
}

/*
 * Says what a process runs that is in `processes`; 0: it is not. User space has this done here, for what the programs
 * have noted of a process that was hit already must stay: it would write it back as it was some time ago.
 */
SEC("syscall")
int trace_process(struct traced_process *traced)
{
	__u32 tgid = traced->tgid;
	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (!process)
		return 0;
	if (process->binary && process->binary != traced->binary)
		process->incarnation = 0; /* it is met anew */
	process->binary = traced->binary;
	process->flags |= PROCESS_TRACED;
	return 1;
}

/* sched_process_fork(parent, child): the child is not running yet. */
SEC("tp_btf/sched_process_fork")
int process_fork(__u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];

	if (child->pid != child->tgid) /* a thread */
		return 0;

	__u32 parent_tgid = process_id(parent), child_tgid = process_id(child);

	struct process *process = bpf_map_lookup_elem(&processes, &parent_tgid);

	if (!process || !(process->flags & PROCESS_FOLLOW_CHILDREN))
		return 0;

	struct process copy = { .flags = process->flags };

	bpf_map_update_elem(&processes, &child_tgid, &copy, BPF_ANY);
	return 0;
}

/* sched_process_exec(task, old_pid, bprm) */
SEC("tp_btf/sched_process_exec")
int process_exec(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	const struct settings *now = current_settings();
	__u32 tgid = process_id(task);

	if (!tgid)
		return 0;
	forget_room(tgid);
	hand_over_untraced(tgid);

	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (process) {
		process->binary = 0;
		process->incarnation = 0;
	}
	if (process || (now && now->watch_exec))
		report_execution(task, tgid);
	return 0;
}

/* sched_process_exit(task): once per thread; the process is gone with the last. */
SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct signal_struct *signal = task->signal;
	const struct settings *now = current_settings();

	if (signal->live.counter)
		return 0;

	__u32 tgid = process_id(task);

	if (!tgid)
		return 0;
	forget_room(tgid);
	hand_over_untraced(tgid);
	if (bpf_map_delete_elem(&processes, &tgid) && !(now && now->watch_exec))
		return 0;

	struct process_record record = life_of(RECORD_PROCESS_EXIT, task, tgid, sizeof(record));

	record.exit_code = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->group_leader->exit_code;
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), BPF_RB_FORCE_WAKEUP))
		count(RECORD_PROCESS_EXIT, COUNT_EVENTS_LOST);
	return 0;
}
